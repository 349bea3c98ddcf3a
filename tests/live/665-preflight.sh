#!/bin/bash
# preflight says what stands in a copy's way, by the statement that helps, and changes nothing: when
# all it asks for is done, it says go, and the copy goes.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

# what JSON says in $OUT: todo SIDE CHECK... gives the statements; result CHECK the worst result
todo() { python3 -c '
import json, sys
for c in json.load(open(sys.argv[1]))["checks"]:
    if c["side"] == sys.argv[2] and c["check"] in sys.argv[3:] and c["todo"] and c["result"] in ("cannot", "refused", "warning"):
        print(c["todo"].split(", or ")[0].rstrip("."))' "$OUT" "$@"; }
result() { python3 -c '
import json, sys
order = ["ok", "note", "warning", "cannot", "refused"]
print(max((c["result"] for c in json.load(open(sys.argv[1]))["checks"] if c["check"] == sys.argv[2]), key=order.index, default="none"))' "$OUT" "$1"; }
value() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$OUT" "$1"; }
look() { dbtwin preflight --no-rehearsal -c "$WORK/c.yaml" "$@" --format json; }
last() { tail -n 1 "$OUT"; }

config() { # URL URL
    printf 'databases:\n  prod:\n    url: %s\n    role: production\n  staging:\n    url: %s\n' "$1" "$2" >"$WORK/c.yaml"
}

# That nothing was changed: contents, databases, and on PostgreSQL not one transaction id was taken
state() {
    local n
    for n in prod staging; do
        sum_of $n pre
        if server_is_pg $n; then
            q $n postgres "SELECT datname, datdba, datacl FROM pg_database ORDER BY 1"
            q $n postgres "SELECT txid_snapshot_xmax(txid_current_snapshot())"
        else
            q $n '' "SHOW DATABASES"
        fi
    done
}

# by_the_book: does what preflight asks for, on either side, until it asks for nothing more
by_the_book() {
    local i side line n=0
    for i in 1 2 3 4; do
        look prod staging >"$OUT" 2>"$ERR" && return 0
        for side in prod staging; do
            while read -r line; do
                case $line in GRANT* | ALTER\ ROLE* | CREATE\ ROLE*) ;; *) continue ;; esac
                n=$((n + 1))
                q $side "$admin_db" "$line" || fail "$kind: its statement runs" "$line"
            done < <(todo $side readable rights roles)
        done
    done
    return 1
}

for kind in $(servers pg); do
    start "$kind" prod staging
    fresh_db prod pre
    fresh_db staging pre
    admin_db=pre
    for n in prod staging; do
        q $n postgres "DROP OWNED BY pre_reader, pre_loader, pre_owner; DROP ROLE pre_reader, pre_loader, pre_owner" >/dev/null 2>&1
    done
    must q prod pre "CREATE ROLE pre_reader LOGIN; CREATE ROLE pre_owner;
        CREATE TABLE open (a int PRIMARY KEY); INSERT INTO open VALUES (1), (2);
        CREATE TABLE closed (a serial PRIMARY KEY, b text); INSERT INTO closed (b) VALUES ('x'), ('y');
        CREATE TABLE rls (a int PRIMARY KEY); ALTER TABLE rls ENABLE ROW LEVEL SECURITY; INSERT INTO rls VALUES (1), (2);
        CREATE SCHEMA dark; CREATE TABLE dark.t (a int); ALTER TABLE open OWNER TO pre_owner;
        SELECT lo_create(7001)"
    must q staging pre "CREATE ROLE pre_loader LOGIN"
    config "$(url prod pre)" "$(url staging pre)"
    before=$(state)

    expect_exit 4 "$kind: a role that staging lacks" dbtwin preflight --no-rehearsal -c "$WORK/c.yaml" prod staging
    out_has "$kind: is named" "pre_owner"
    out_like "$kind: with its statement" 'CREATE ROLE "pre_owner"'
    is "$kind: no-go is the last line" "$(last | cut -d: -f1)" no-go
    must q staging pre "CREATE ROLE pre_owner"
    before=$(state)
    ok "$kind: superusers may" dbtwin preflight --no-rehearsal -c "$WORK/c.yaml" prod staging
    is "$kind: go is the last line" "$(last | cut -c 1-2)" go
    out_like "$kind: says how much disk it takes" 'needs about [0-9.]+ [kM]B beside what is there'
    out_like "$kind: and that there is enough" 'are free in /'
    out_like "$kind: says how long it takes" 'about .* s, at .*/s'
    out_has "$kind: names the client" "libpq"
    is "$kind: nothing was changed" "$(state)" "$before"
    ok "$kind: quietly it says nothing" dbtwin preflight -q --no-rehearsal -c "$WORK/c.yaml" prod staging
    out_empty "$kind: nothing at all"

    # who may nothing, on either side
    config "$(url prod pre pre_reader)" "$(url staging pre pre_loader)"
    expect_exit 2 "$kind: roles without rights" look prod staging
    is "$kind: what cannot be read" "$(todo prod readable | sort -f)" "GRANT SELECT ON dark.t TO pre_reader
GRANT SELECT ON public.closed TO pre_reader
GRANT SELECT ON public.open TO pre_reader
GRANT SELECT ON public.rls TO pre_reader
GRANT SELECT ON SEQUENCE public.closed_a_seq TO pre_reader
GRANT USAGE ON SCHEMA dark TO pre_reader"
    out_like "$kind: large objects" 'GRANT SELECT ON LARGE OBJECT 7001 TO pre_reader'
    is "$kind: what staging's role lacks" "$(todo staging rights | sort)" "ALTER ROLE pre_loader CREATEDB
GRANT pg_signal_backend TO pre_loader
GRANT postgres TO pre_loader"
    is "$kind: nothing was changed by that either" "$(state)" "$before"
    out_like "$kind: an owner that only a superuser can set" 'pre_owner owns table .*open.* in schema public'
    must q prod pre "ALTER TABLE open OWNER TO postgres"
    expect_exit 2 "$kind: a copy would not go either" dbtwin copy -c "$WORK/c.yaml" prod staging
    by_the_book && pass "$kind: by the book it is go" || fail "$kind: by the book it is go" "$(cat "$OUT" "$ERR")"
    ok "$kind: and the copy goes" dbtwin copy -c "$WORK/c.yaml" prod staging
    is "$kind: with all rows" "$(q staging pre "SELECT (SELECT count(*) FROM rls) + (SELECT count(*) FROM closed)")" 4

    config "$(url prod pre)" "$(url staging pre)"
    ok "$kind: after a copy" dbtwin preflight --no-rehearsal -c "$WORK/c.yaml" prod staging
    out_like "$kind: it knows how long one takes" 'as long as the copy that ended 20'
    out_like "$kind: and whose staging is" 'filled by dbtwin before'

    # what else may be in the way
    must q prod pre "CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER et ON ddl_command_start EXECUTE FUNCTION et()"
    must q staging pre "ALTER ROLE pre_loader NOSUPERUSER; GRANT postgres TO pre_loader"
    must q staging postgres "ALTER DATABASE pre SET \"DateStyle\" = 'German'"
    must q prod pre "CREATE COLLATION own_c FROM \"C\""
    expect_exit 0 "$kind: settings that differ are no hindrance" look prod staging
    is "$kind: but are told" "$(result settings)" note
    out_has "$kind: by name" '"name": "DateStyle"'
    out_has "$kind: what its log takes is told" "wal_level = $(q prod postgres 'SHOW wal_level')"
    must q prod pre 'CREATE TABLE sorted (t text COLLATE "sv-x-icu")'
    for db in postgres pre; do must q staging $db "DELETE FROM pg_collation WHERE collname = 'sv-x-icu'"; done
    expect_exit 2 "$kind: a collation that staging lacks" look prod staging
    is "$kind: is a check of its own" "$(result collations)" cannot
    out_has "$kind: and named" "sv-x-icu"
    for db in postgres pre; do q staging $db "SELECT pg_import_system_collations('pg_catalog')" >/dev/null; done
    ok "$kind: when it is there" look prod staging
    is "$kind: all are" "$(result collations)" ok
    must q prod pre 'DROP TABLE sorted'
    config "$(url prod pre)" "$(url staging pre pre_loader)"
    expect_exit 2 "$kind: what only superusers make" look prod staging
    is "$kind: is found" "$(result superuser)" cannot
    must q prod pre "DROP EVENT TRIGGER et"

    # the safety rules
    config "$(url prod pre)" "$(url prod pre)"
    expect_exit 4 "$kind: one and the same database" look prod staging
    is "$kind: is refused" "$(result target)" refused
    expect_exit 4 "$kind: production as a target" look staging prod
    must q staging pre "DROP TABLE dbtwin.mark"
    config "$(url prod pre)" "$(url staging pre)"
    expect_exit 4 "$kind: rows that are not ours" look prod staging
    out_has "$kind: with the way out" "--replace pre"
    ok "$kind: which is a way" look prod staging --replace pre
    fresh_db prod pre_empty
    expect_exit 2 "$kind: a source that is empty" look "$(url prod pre_empty)" staging --replace pre
    is "$kind: is nothing to copy" "$(result objects)" cannot
    must q prod postgres "DROP DATABASE pre_empty"
    expect_exit 2 "$kind: a source that is not there" look "$(url prod nosuch)" staging
    is "$kind: is named" "$(result reachable)" cannot
    is "$kind: with the verdict" "$(value verdict)" no-go
    fresh_db staging later
    must q staging postgres "DROP DATABASE later"
    ok "$kind: a target that is yet to be made" look prod "$(url staging later)"
    is "$kind: and was not made by it" "$(q staging postgres "SELECT count(*) FROM pg_database WHERE datname = 'later'")" 0

    # which way it would go, and what each of them lacks
    fresh_db staging ways
    q staging postgres "DROP ROLE IF EXISTS pre_ways" >/dev/null
    must q staging ways "CREATE ROLE pre_ways LOGIN; CREATE SCHEMA app; CREATE TABLE app.note (a int PRIMARY KEY); INSERT INTO app.note SELECT generate_series(1, 5000)"
    must q staging ways "VACUUM ANALYZE app.note"
    config "$(url prod pre)" "$(url staging ways)"
    ok "$kind: who may all" look prod staging --replace ways
    out_has "$kind: goes by a database" "in a shadow database"
    config "$(url prod pre)" "$(url staging ways pre_ways)"
    o="--replace ways --no-owners --no-grants"
    # shellcheck disable=SC2086
    expect_exit 2 "$kind: who may nothing" look prod staging $o
    out_has "$kind: is told the way by a database" "ALTER ROLE pre_ways CREATEDB"
    python3 -c 'import json, sys
for c in json.load(open(sys.argv[1]))["checks"]:
    if c["check"] == "rights" and "schema by schema" in c["text"]: print(c["todo"])' "$OUT" >"$WORK/todo"
    out_has "$kind: and the way by schemas" 'GRANT CREATE ON DATABASE ways TO pre_ways'
    while read -r line; do must q staging ways "$line"; done <"$WORK/todo"
    # shellcheck disable=SC2086
    ok "$kind: which is go when that is done" look prod staging $o
    out_has "$kind: schema by schema" "schema by schema within the database"
    out_lacks "$kind: CREATEDB is not asked for" CREATEDB
    # shellcheck disable=SC2086
    expect_exit 4 "$kind: earlier states cannot be kept so" look prod staging $o --keep-previous 2
    # shellcheck disable=SC2086
    expect_exit 4 "$kind: a table that is kept, and cannot be read" look prod staging $o --keep-table app.note
    is "$kind: is a check of its own" "$(result keep)" refused
    out_has "$kind: with the statement" 'GRANT SELECT ON app.note TO pre_ways'
    must q staging ways "GRANT SELECT ON app.note TO pre_ways"
    # shellcheck disable=SC2086
    expect_exit 2 "$kind: nor locked" look prod staging $o --keep-table app.note
    out_has "$kind: which needs more" 'GRANT SELECT, UPDATE ON \"app\".\"note\" TO \"pre_ways\"'
    must q staging ways "GRANT SELECT, UPDATE ON app.note TO pre_ways"
    # shellcheck disable=SC2086
    ok "$kind: then it is kept" look prod staging $o --keep-table app.note
    out_like "$kind: and its size counts" 'what is kept [0-9.]+ [kM]?B'
    # shellcheck disable=SC2086
    expect_exit 2 "$kind: a table that is not there" look prod staging $o --keep-table app.nosuch
    # shellcheck disable=SC2086
    ok "$kind: and the copy goes so" dbtwin copy -c "$WORK/c.yaml" prod staging $o --keep-table app.note
    err_has "$kind: that way" "schema by schema"
    is "$kind: with what is kept" "$(q staging ways "SELECT count(*) FROM app.note")" 5000
    must q prod pre "CREATE SCHEMA app; CREATE EXTENSION hstore SCHEMA app; CREATE TABLE app.more (h app.hstore)"
    must q staging ways "CREATE EXTENSION hstore SCHEMA app"
    # shellcheck disable=SC2086
    expect_exit 2 "$kind: an extension among other things" look prod staging $o
    out_has "$kind: is a matter of --in-place" '"todo": "--in-place"'
    # shellcheck disable=SC2086
    ok "$kind: which is go" look prod staging $o --in-place
    is "$kind: with a warning" "$(result rights)" warning
    # shellcheck disable=SC2086
    ok "$kind: and goes" dbtwin copy -q -c "$WORK/c.yaml" prod staging $o --in-place
    must q staging ways "ALTER SCHEMA app OWNER TO postgres"
    # shellcheck disable=SC2086
    expect_exit 2 "$kind: in place too needs the schemas" look prod staging $o --in-place
    out_has "$kind: by the statement" 'ALTER SCHEMA \"app\" OWNER TO pre_ways'
    must q prod pre "DROP SCHEMA app CASCADE"
    must q staging postgres "DROP DATABASE ways"
    must q staging postgres "DROP ROLE pre_ways"
    config "$(url prod pre)" "$(url staging pre)"

    # a snapshot
    must dbtwin snapshot -q -c "$WORK/c.yaml" prod -o "$WORK/pre.dbtwin" --force
    ok "$kind: a snapshot can be looked at too" look "$WORK/pre.dbtwin" "$(url staging later)"
    q staging postgres "DROP DATABASE pre" >/dev/null
    q prod postgres "DROP DATABASE pre" >/dev/null
    q prod postgres "DROP ROLE pre_reader, pre_owner" >/dev/null
    q staging postgres "DROP OWNED BY pre_loader; DROP ROLE pre_loader, pre_owner" >/dev/null
done

for kind in $(servers my); do
    start "$kind" prod staging
    fresh_db prod pre
    fresh_db staging pre
    admin_db=
    must q prod pre "CREATE TABLE open (a int PRIMARY KEY); INSERT INTO open VALUES (1), (2);
        CREATE TABLE closed (a int PRIMARY KEY, b text); INSERT INTO closed VALUES (1, 'x'), (2, 'y');
        CREATE VIEW vw AS SELECT a FROM open;
        CREATE TRIGGER trg BEFORE INSERT ON open FOR EACH ROW SET NEW.a = NEW.a + 0;
        CREATE EVENT ev ON SCHEDULE EVERY 1 DAY DO DELETE FROM open WHERE a = -1"
    must q prod '' "DROP USER IF EXISTS pre_reader@localhost; CREATE USER pre_reader@localhost; GRANT SELECT ON pre.open TO pre_reader@localhost"
    must q staging '' "DROP USER IF EXISTS pre_loader@localhost; CREATE USER pre_loader@localhost"
    config "$(url prod pre)" "$(url staging pre)"
    before=$(state)
    ok "$kind: root may" dbtwin preflight --no-rehearsal -c "$WORK/c.yaml" prod staging
    is "$kind: go is the last line" "$(last | cut -c 1-2)" go
    out_like "$kind: says how much disk it takes" 'needs about [0-9.]+ [kM]B beside what is there'
    out_like "$kind: and that there is enough" 'are free in /'
    out_like "$kind: says how long it takes" 'about .* s, at .*/s'
    out_has "$kind: knows the event" "event ev"
    case $(q prod '' 'SELECT @@log_bin') in 0) log=off ;; *) log=on ;; esac
    out_has "$kind: and the source's log" "binlog $log"
    is "$kind: nothing was changed" "$(state)" "$before"

    config "$(url prod pre pre_reader)" "$(url staging pre pre_loader)"
    expect_exit 2 "$kind: accounts without rights" look prod staging
    for right in SELECT TRIGGER EVENT "SHOW VIEW"; do
        out_has "$kind: $right" "GRANT $right ON \`pre\`.* TO 'pre_reader'@'localhost'"
    done
    is "$kind: what staging's account lacks" "$(todo staging rights | grep 'GRANT ALL')" "GRANT ALL ON \`pre\`.* TO 'pre_loader'@'localhost'
GRANT ALL ON \`pre\\_\\_dbtwin\\_%\`.* TO 'pre_loader'@'localhost'"
    is "$kind: nothing was changed by that either" "$(state)" "$before"
    by_the_book && pass "$kind: by the book it is go" || fail "$kind: by the book it is go" "$(cat "$OUT" "$ERR")"
    is "$kind: with several readers" "$(todo prod rights)" ""
    ok "$kind: and the copy goes" dbtwin copy -c "$WORK/c.yaml" prod staging
    is "$kind: with all rows" "$(q staging pre "SELECT count(*) FROM closed")" 2
    err_lacks "$kind: several jobs read" "one session reads alone"
    case $kind in
        mariadb*) err_lacks "$kind: definers stay" "(definers)" ;;
        *) # root has SYSTEM_USER, which this account has not
            err_like "$kind: definers become this account" 'neutralised \(definers\): .*view vw'
            is "$kind: so it is" "$(q staging pre "SELECT definer FROM information_schema.views WHERE table_schema = 'pre'")" pre_loader@localhost
            ok "$kind: and diff knows" dbtwin diff "$(url prod pre)" "$(url staging pre)" --kind view,trigger,event
            ;;
    esac

    config "$(url prod pre)" "$(url staging pre)"
    was=$(q staging '' "SELECT @@GLOBAL.group_concat_max_len, @@GLOBAL.local_infile, @@GLOBAL.max_allowed_packet")
    must q staging '' "SET GLOBAL group_concat_max_len = 999, GLOBAL local_infile = 0, GLOBAL max_allowed_packet = 1048576"
    expect_exit 0 "$kind: settings that differ are no hindrance" look prod staging
    out_has "$kind: but are told" '"name": "group_concat_max_len"'
    is "$kind: LOAD DATA that is off is a warning" "$(result loading)" warning
    is "$kind: so are small packets" "$(result packets)" warning
    case $kind in mariadb*) # MySQL takes rows that come so
        must q prod pre "CREATE TABLE many AS SELECT seq, repeat('x', 3000) AS b FROM seq_1_to_100"
        must q staging '' "SET GLOBAL max_allowed_packet = 65536"
        expect_exit 2 "$kind: packets that are too small" dbtwin copy -q "$(url prod pre)" "$(url staging pre)"
        err_has "$kind: are told" max_allowed_packet
        must q prod pre "DROP TABLE many" ;;
    esac
    must q staging '' "SET GLOBAL read_only = 1"
    expect_exit 0 "$kind: a target that is read-only, but not for this account" look prod staging
    is "$kind: is a warning" "$(result writable)" warning
    ok "$kind: and the copy goes" dbtwin copy -q "$(url prod pre)" "$(url staging pre)"
    config "$(url prod pre)" "$(url staging pre pre_loader)"
    expect_exit 2 "$kind: read-only for this one" look prod staging
    is "$kind: is no target" "$(result writable)" cannot
    expect_exit 2 "$kind: and there is no copy" dbtwin copy -q "$(url prod pre)" "$(url staging pre pre_loader)"
    config "$(url prod pre)" "$(url staging pre)"
    set -- $was
    must q staging '' "SET GLOBAL read_only = 0, GLOBAL group_concat_max_len = $1, GLOBAL local_infile = $2, GLOBAL max_allowed_packet = $3"
    must q staging '' "CREATE DATABASE IF NOT EXISTS pre_other; CREATE TABLE pre_other.r (a int PRIMARY KEY, FOREIGN KEY (a) REFERENCES pre.open (a))"
    expect_exit 2 "$kind: a foreign key of another database" look prod staging
    is "$kind: is in the way of the swap" "$(result swap)" cannot
    must q staging '' "DROP DATABASE pre_other"
    case $kind in mysql9)
        must q prod pre "INSTALL COMPONENT 'file://component_query_attributes'; CREATE PROCEDURE asks() SELECT mysql_query_attribute_string('n')"
        ok "$kind: a component that staging lacks is no hindrance" look prod staging
        is "$kind: but is told" "$(result plugins)" warning
        is "$kind: by the statement that helps" "$(todo staging plugins)" "INSTALL COMPONENT 'file://component_query_attributes'"
        must q staging '' "INSTALL COMPONENT 'file://component_query_attributes'"
        ok "$kind: when that is done" look prod staging
        is "$kind: all are there" "$(result plugins)" ok
        for n in prod staging; do must q $n '' "UNINSTALL COMPONENT 'file://component_query_attributes'"; done
        ;;
    esac
    config "$(url prod pre)" "$(url prod pre)"
    expect_exit 4 "$kind: one and the same database" look prod staging
    q prod '' "DROP DATABASE pre; DROP USER pre_reader@localhost"
    q staging '' "DROP DATABASE pre; DROP USER pre_loader@localhost"
done
# MariaDB has none of MySQL's full-text parsers
if [ "$(servers my | grep -cx -e mysql9 -e mariadb)" = 2 ]; then
    start mysql9 prod
    start mariadb staging
    fresh_db prod pre
    fresh_db staging pre
    must q prod pre "ALTER DATABASE pre CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci" # which both have
    must q prod pre "CREATE TABLE words (a int PRIMARY KEY, t text, FULLTEXT KEY ft (t) WITH PARSER ngram); INSERT INTO words VALUES (1, 'x')"
    expect_exit 2 "a full-text parser that staging lacks" look "$(url prod pre)" "$(url staging pre)"
    is "is a check of its own" "$(result plugins)" cannot
    out_has "and named" "has no full-text parser ngram"
    for n in prod staging; do must q $n '' "DROP DATABASE pre"; done
fi
expect_exit 2 "a model cannot be copied" dbtwin preflight "$TOP/tests/golden/same/from.xml" postgresql:///x
done_testing
