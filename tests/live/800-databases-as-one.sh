#!/bin/bash
# Databases of one MySQL or MariaDB server that name each other are copied as one: one snapshot, a
# shadow each, one swap; their views, foreign keys, triggers and routines name the targets.
. "$(dirname "$0")/../lib/live.sh"

for kind in $(servers my); do
    for side in prod staging; do
        server_start "$kind" $side --own || bail "$kind did not start"
    done
    p=$(url prod '') s=$(url staging '')
    cat >"$WORK/all.sql" <<'SQL'
CREATE DATABASE shop_a; CREATE DATABASE shop_b; CREATE DATABASE lone;
CREATE TABLE shop_b.customer (id int PRIMARY KEY, name varchar(20)) ENGINE=InnoDB;
CREATE TABLE shop_a.orders (id int PRIMARY KEY, customer int, CONSTRAINT o_c FOREIGN KEY (customer) REFERENCES shop_b.customer (id)) ENGINE=InnoDB;
CREATE TABLE shop_b.log (n int AUTO_INCREMENT PRIMARY KEY, what varchar(99)) ENGINE=InnoDB;
CREATE TABLE shop_b.best (id int PRIMARY KEY, o int, CONSTRAINT b_o FOREIGN KEY (o) REFERENCES shop_a.orders (id)) ENGINE=InnoDB;
CREATE VIEW shop_a.v1 AS SELECT o.id, c.name FROM shop_a.orders o JOIN shop_b.customer c ON c.id = o.customer;
CREATE VIEW shop_b.v2 AS SELECT id, name, 'shop_a.v1' AS label FROM shop_a.v1;
CREATE VIEW shop_a.a_v3 AS SELECT count(*) AS n FROM shop_b.v2;
CREATE FUNCTION shop_b.f(i int) RETURNS int DETERMINISTIC NO SQL RETURN i * 2;
CREATE VIEW shop_a.v4 AS SELECT shop_b.f(id) AS d FROM shop_a.orders;
CREATE PROCEDURE shop_a.p() INSERT INTO shop_b.log (what) SELECT name FROM shop_b.customer;
USE shop_a;
CREATE TRIGGER t AFTER INSERT ON orders FOR EACH ROW INSERT INTO shop_b.log (what) VALUES (concat('shop_b.log ', NEW.id));
INSERT INTO shop_b.customer VALUES (1, 'ann'), (2, 'bob');
INSERT INTO shop_a.orders VALUES (10, 1), (11, 2);
INSERT INTO shop_b.best VALUES (1, 11);
CREATE TABLE lone.t (a int PRIMARY KEY) ENGINE=InnoDB; INSERT INTO lone.t VALUES (1);
SQL
    must load prod '' "$WORK/all.sql"

    # Alone, its view names a database that the target does not have.
    expect_exit 4 "$kind: one outside the set" dbtwin copy --databases shop_a "$p" "$s"
    err_has "$kind: is named" '"shop_b"'
    is "$kind: nothing was made" "$(q staging '' "SELECT count(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'shop%'")" 0

    expect_exit 4 "$kind: preflight: one outside the set" dbtwin preflight --databases shop_a "$p" "$s"
    out_like "$kind: preflight names it" 'references +NO .*names database "shop_b"'
    ok "$kind: both, by their names" dbtwin copy --databases 'shop_*' "$p" "$s"
    for db in shop_a shop_b; do
        dump prod $db >"$WORK/p" && dump staging $db >"$WORK/s"
        same_files "$kind: $db is as production's dump" "$WORK/p" "$WORK/s"
    done
    ok "$kind: all, mapped" dbtwin copy --databases 'shop_*=stage_*,lone' "$p" "$s"
    for db in a b; do
        # Names, but not texts: production's dump, renamed by sed.
        dump prod shop_$db | sed -e 's/`shop_\([ab]\)`/`stage_\1`/g' \
            -e 's/INTO shop_b\.log/INTO `stage_b`.log/; s/FROM shop_b\.customer/FROM `stage_b`.customer/' >"$WORK/p"
        dump staging stage_$db >"$WORK/s"
        same_files "$kind: stage_$db is production's dump by other names" "$WORK/p" "$WORK/s"
    done
    is "$kind: a view through both" "$(q staging stage_a "SELECT group_concat(name ORDER BY id) FROM v1")" "ann,bob"
    is "$kind: and back" "$(q staging stage_a "SELECT n FROM a_v3")" 2
    must q staging stage_a "INSERT INTO orders VALUES (12, 1); CALL p()"
    is "$kind: trigger and routine write there" "$(q staging stage_b "SELECT count(*) FROM log")" \
        "$(q prod shop_b "SELECT count(*) + 3 FROM log")"
    is "$kind: and not elsewhere" "$(q staging shop_b "SELECT count(*) FROM log")" "$(q prod shop_b "SELECT count(*) FROM log")"
    q staging stage_a "INSERT INTO orders VALUES (13, 99)" >"$OUT" 2>&1 && fail "$kind: the key holds" "it took a row" || pass "$kind: the key holds"
    is "$kind: keys name the targets" "$(q staging '' "SELECT group_concat(DISTINCT UNIQUE_CONSTRAINT_SCHEMA ORDER BY 1) FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA LIKE 'stage%'")" "stage_a,stage_b"

    # Again, over what is there; and nothing of it stays.
    ok "$kind: preflight: as the copy sees them" dbtwin preflight --databases 'shop_*=stage_*' "$p" "$s"
    is "$kind: each was rehearsed with the other" "$(grep -c 'in a shadow, with those of the others, proven and dropped' "$OUT")" 2
    out_lacks "$kind: their keys are in nobody's way" "foreign key"
    must q prod shop_b "INSERT INTO customer VALUES (3, 'cy')"
    ok "$kind: again" dbtwin copy --databases 'shop_*=stage_*' "$p" "$s"
    is "$kind: it is new" "$(q staging stage_b "SELECT count(*) FROM customer")" 3
    is "$kind: no shadow is left" "$(q staging '' "SELECT count(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '%dbtwin%'")" 0
    is "$kind: and no journal" "$(q staging '' "SELECT count(*) FROM information_schema.TABLES WHERE TABLE_NAME = 'dbtwin_journal'")" 0
    ok "$kind: verify" dbtwin verify --databases 'shop_*=stage_*' "$p" "$s"
    ok "$kind: status" dbtwin status --databases 'shop_*=stage_*' "$s"

    # One fails: none is swapped.
    must q staging lone "DROP TABLE t, dbtwin_mark, dbtwin_run; CREATE TABLE mine (a int); INSERT INTO mine VALUES (1)"
    must q prod shop_b "INSERT INTO customer VALUES (4, 'di')"
    expect_exit 4 "$kind: one is refused" dbtwin copy --databases 'shop_*=stage_*,lone' "$p" "$s"
    is "$kind: the others are old" "$(q staging stage_b "SELECT count(*) FROM customer")" 3
    is "$kind: no shadow of them is left" "$(q staging '' "SELECT count(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '%dbtwin%'")" 0

    # Killed behind the swap: somebody's transaction uses a function, which keeps it from being made
    # again. All tables are new by then, and the next run makes the rest.
    must q prod '' "INSERT INTO shop_b.customer VALUES (5, 'ed'); INSERT INTO shop_a.orders VALUES (20, 5)"
    (echo "BEGIN; SELECT stage_b.f(1);"; sleep 20) | my staging stage_b --unbuffered >"$WORK/holds" 2>&1 &
    holder=$!
    for ((i = 0; i < 100; i++)); do grep -q 2 "$WORK/holds" && break; sleep 0.1; done
    "$DBTWIN" copy --databases 'shop_*=stage_*' "$p" "$s" >"$WORK/killed" 2>&1 &
    run=$!
    for ((i = 0; i < 200; i++)); do
        [ "$(q staging '' "SELECT count(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'DROP FUNCTION%'")" = 0 ] || break
        sleep 0.1
    done
    kill -KILL $run
    wait $run 2>/dev/null
    kill $holder 2>/dev/null
    wait $holder 2>/dev/null
    is "$kind: killed: the tables of both are new" \
        "$(q staging '' "SELECT (SELECT max(id) FROM stage_b.customer), (SELECT max(id) FROM stage_a.orders)")" "5	20"
    is "$kind: and it was in between" "$(q staging '' "SELECT count(*) > 0 FROM information_schema.TABLES WHERE TABLE_NAME = 'dbtwin_journal' AND TABLE_SCHEMA LIKE 'stage\\_b'")" 1
    expect_exit 4 "$kind: alone it would break the other's key" dbtwin copy "$(url prod shop_b)" "$(url staging stage_b)"
    err_has "$kind: but first it finishes what was begun" "finishing it"
    is "$kind: what both show is right" "$(q staging stage_a "SELECT group_concat(name ORDER BY id) FROM v1"), $(q staging stage_a "SELECT n FROM a_v3")" "ann,bob,ed, 3"

    # Killed at any moment: the tables are all old or all new.
    for round in 1 3; do
        must q prod '' "INSERT INTO shop_b.customer VALUES (100 + $round, 'k'); INSERT INTO shop_a.orders VALUES (100 + $round, 1)"
        : >"$WORK/killed"
        "$DBTWIN" copy -v --databases 'shop_*=stage_*' "$p" "$s" >"$WORK/killed" 2>&1 &
        run=$!
        for ((i = 0; i < 600; i++)); do grep -q 'phase: publish' "$WORK/killed" && break; sleep 0.02; done
        sleep "0.0$((round * 2 - 1))"
        kill -KILL $run 2>/dev/null
        wait $run 2>/dev/null
        sleep 0.5
        IFS=$'\t' read -r a b <<<"$(q staging '' "SELECT (SELECT max(id) FROM stage_b.customer), (SELECT max(id) FROM stage_a.orders)")"
        [ "$a" -lt 100 ] && a=old && [ "$b" -lt 100 ] && b=old
        is "$kind: killed at $round: both old or both new" "$a" "$b"
    done
    ok "$kind: and the next run is whole" dbtwin copy --databases 'shop_*=stage_*' "$p" "$s"
    is "$kind: views, too" "$(q staging stage_a "SELECT n FROM a_v3")" 5
    is "$kind: nothing is left" "$(q staging '' "SELECT count(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '%dbtwin%'")" 0

    # Through files
    ok "$kind: snapshot" dbtwin snapshot --all-databases "$p" -o "$WORK/$kind/"
    is "$kind: one state" "$(python3 -c '
import json, sys
print(len({d["taken_at"] for d in json.load(open(sys.argv[1]))["databases"]}))' "$WORK/$kind/databases.json")" 1
    ok "$kind: restore" dbtwin restore "$WORK/$kind" "$s" --databases 'shop_*=back_*'
    is "$kind: it is back" "$(q staging back_a "SELECT group_concat(name ORDER BY id) FROM v1")" \
        "$(q prod shop_a "SELECT group_concat(name ORDER BY id) FROM v1")"
    server_stop prod
    server_stop staging
done
done_testing
