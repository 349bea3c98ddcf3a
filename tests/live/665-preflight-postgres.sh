#!/bin/bash
# preflight says what stands in a copy's way on PostgreSQL, by the statement that helps, and changes nothing: when
# all it asks for is done, it says go, and the copy goes.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"
. "$TOP/tests/lib/preflight.sh"

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

expect_exit 2 "a model cannot be copied" dbtwin preflight "$TOP/tests/golden/same/from.xml" postgresql:///x
done_testing
