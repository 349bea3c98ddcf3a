#!/bin/bash
# Several databases in one run on PostgreSQL: by pattern, by mapped name, all; one that fails leaves
# the others alone or, together, keeps them from being swapped; files in a folder and back.
. "$(dirname "$0")/../lib/live.sh"

rows() { q "$1" "$2" "SELECT count(*) || ' ' || coalesce(sum(a), 0) FROM t"; }

for kind in $(servers pg); do
    for side in prod staging; do
        server_start "$kind" $side --own -- -c max_connections=20 || bail "$kind did not start"
    done
    p=$(url prod postgres) s=$(url staging postgres)
    for n in 1 2 3; do
        must q prod postgres "CREATE DATABASE shop_$n TEMPLATE template0"
        must q prod shop_$n "CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t SELECT g, 'x' || g FROM generate_series(1, $n * 10) g; CREATE VIEW v AS SELECT a FROM t"
    done
    must q prod postgres "CREATE DATABASE other TEMPLATE template0"
    must q prod other "CREATE TABLE t (a int)"

    ok "$kind: a pattern" dbtwin copy --databases 'shop_*' "$p" "$s"
    err_has "$kind: a line a database" "shop_2: 1 tables, 20 rows"
    err_has "$kind: and one over all" "3 databases: 3 done"
    for n in 1 2 3; do
        dump prod shop_$n >"$WORK/p$n" && dump staging shop_$n >"$WORK/s$n"
        same_files "$kind: shop_$n is as pg_dump has it" "$WORK/p$n" "$WORK/s$n"
    done
    is "$kind: no other was made" "$(q staging postgres "SELECT count(*) FROM pg_database WHERE datname IN ('other')")" 0

    ok "$kind: mapped names" dbtwin copy --databases 'shop_*=stage_*_x,other' "$p" "$s" --metrics "$WORK/m"
    is "$kind: the rows are there" "$(rows staging stage_2_x)" "20 210"
    is "$kind: metrics over all" "$(grep -c '^dbtwin_last_success_rows{.*} 60$' "$WORK/m")" 1
    is "$kind: and the history" "$(q staging stage_3_x "SELECT count(*) FROM dbtwin.run")" 1

    # One of them fails: shop_2's target is not dbtwin's.
    must q staging postgres "DROP DATABASE shop_2"
    must q staging postgres "CREATE DATABASE shop_2 TEMPLATE template0"
    must q staging shop_2 "CREATE TABLE mine (a int); INSERT INTO mine VALUES (1)"
    must q prod shop_1 "INSERT INTO t VALUES (1000)"
    must q prod shop_3 "INSERT INTO t VALUES (1000)"
    expect_exit 4 "$kind: together: one is refused" dbtwin copy --databases 'shop_*' --together yes -j 1 "$p" "$s"
    err_has "$kind: it is told" "shop_2: failed: "
    err_has "$kind: the first was loaded" "shop_1: loaded, not swapped"
    err_has "$kind: the last not begun" "shop_3: not begun"
    is "$kind: and is the old one" "$(rows staging shop_1)" "10 55"
    is "$kind: no shadow is left" "$(q staging postgres "SELECT count(*) FROM pg_database WHERE datname LIKE '%dbtwin%'")" 0
    expect_exit 4 "$kind: apart: one is refused" dbtwin copy --databases 'shop_*' --together no -j 2 "$p" "$s"
    is "$kind: the others are new" "$(rows staging shop_1), $(rows staging shop_3)" "11 1055, 31 1465"
    is "$kind: that one is as it was" "$(q staging shop_2 "SELECT a FROM mine")" 1
    ok "$kind: together, and it may be replaced" dbtwin copy --databases 'shop_*' --together yes --replace other,shop_2 "$p" "$s"
    is "$kind: it is new" "$(rows staging shop_2)" "20 210"

    # What it says of them
    ok "$kind: verify" dbtwin verify --databases 'shop_*,shop_1' "$p" "$s"
    must q staging shop_3 "DELETE FROM t WHERE a = 7"
    expect_exit 1 "$kind: verify: the worst of them" dbtwin verify --databases 'shop_*' "$p" "$s"
    out_like "$kind: it is named" 'shop_3'
    out_has "$kind: the row, too" "row 7: missing on the target"
    expect_exit 1 "$kind: verify: in JSON" dbtwin verify --databases 'shop_*' "$p" "$s" -f json
    is "$kind: verify: in JSON: each" "$(python3 -c '
import json, sys
print([(d["database"], d["verdict"], [r["key"] for t in d["differences"] for r in t["rows"]])
      for d in json.load(open(sys.argv[1]))["databases"]])' "$OUT")" \
        "[('shop_1', 'equal', []), ('shop_2', 'equal', []), ('shop_3', 'different', ['7'])]"
    ok "$kind: status" dbtwin status --databases 'shop_*=stage_*_x' "$s"
    out_like "$kind: of each" 'stage_3_x[^ ]* is a copy of [^ ]*/shop_3'
    must q staging postgres "CREATE DATABASE stage_4_x TEMPLATE template0"
    expect_exit 1 "$kind: status: one was never filled" dbtwin status --databases 'stage_*' "$s" --format json
    is "$kind: in JSON" "$(python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
print(r["verdict"], *(d["target"].split("@")[0] + "=" + d["verdict"] for d in r["databases"]))' "$OUT")" \
        "never stage_1_x=ok stage_2_x=ok stage_3_x=ok stage_4_x=never"
    must q prod shop_2 "CREATE ROLE elsewhere; CREATE TABLE u (a int); ALTER TABLE u OWNER TO elsewhere"
    expect_exit 4 "$kind: preflight: the worst" dbtwin preflight --databases 'shop_*' --no-rehearsal "$p" "$s"
    out_like "$kind: of each" 'shop_3'
    out_has "$kind: the verdict over all" "no-go: 1 of 3 databases"
    must q prod shop_2 "DROP TABLE u"

    # Files in a folder, and back
    ok "$kind: snapshot" dbtwin snapshot --all-databases "$p" -o "$WORK/$kind/"
    ok "$kind: each is whole" dbtwin check "$(ls "$WORK/$kind"/shop_2-*)"
    ok "$kind: restore" dbtwin restore "$WORK/$kind" "$s" --databases 'shop_*=back_*'
    is "$kind: it is back" "$(rows staging back_3)" "31 1465"
    printf x >>"$(ls "$WORK/$kind"/shop_3-*)"
    must q staging back_1 "DELETE FROM t"
    expect_exit 2 "$kind: a damaged one" dbtwin restore "$WORK/$kind" "$s" --databases 'shop_*=back_*' --together yes
    is "$kind: none is swapped" "$(rows staging back_1)" "0 0"
    is "$kind: its failure is in the history" "$(q staging back_3 "SELECT count(*) FROM dbtwin.run WHERE result LIKE 'failed%'")" 1
    is "$kind: and in no other's" "$(q staging back_1 "SELECT count(*) FROM dbtwin.run WHERE result LIKE 'failed%'")" 0
    expect_exit 2 "$kind: into one file" dbtwin snapshot --all-databases "$p" -o "$WORK/one"
    err_has "$kind: it says how" "/ would be a folder"

    # What is refused beforehand
    expect_exit 2 "$kind: a misspelt name" dbtwin copy --databases 'shop_*,shpo_1' "$p" "$s"
    err_has "$kind: is told" "shpo_1"
    expect_exit 2 "$kind: two with one name" dbtwin copy --databases 'shop_1=x,shop_2=x' "$p" "$s"
    expect_exit 4 "$kind: the server's own" dbtwin copy --databases 'shop_1=postgres' "$p" "$s"
    expect_exit 2 "$kind: no source either" dbtwin copy --databases postgres "$p" "$s"
    expect_exit 4 "$kind: a source of the set" dbtwin copy --databases 'shop_1=shop_2,shop_2=shop_9' "$p" "$p"
    is "$kind: is as it was" "$(rows prod shop_2)" "20 210"
    expect_exit 2 "$kind: a pattern of tables that fits nowhere" dbtwin copy --databases 'shop_*' --together yes --truncate nothing "$p" "$s"
    err_has "$kind: is told, too" "--truncate nothing"
    server_stop prod
    server_stop staging
done
done_testing
