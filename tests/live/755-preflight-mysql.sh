#!/bin/bash
# preflight says what stands in a copy's way on MySQL and MariaDB, by the statement that helps, and changes nothing: when
# all it asks for is done, it says go, and the copy goes.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"
. "$TOP/tests/lib/preflight.sh"

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
done_testing
