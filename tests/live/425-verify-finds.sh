#!/bin/bash
# verify names exactly what differs: one row changed, one gone, one more, on the target; in tables
# of every shape of key, in ranges; and is silent or says "equal" otherwise.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

# The differing tables and rows, as verify tells them
told() { grep -E '^[^ ].*rows? differ|^  row ' "$OUT"; }

check() { # NAME SQL LINE...: after SQL on the target exactly these lines are told
    local name=$1 sql=$2 want
    shift 2
    must q staging verified "$sql"
    expect_exit 1 "$kind: $name" dbtwin verify "$(url prod verified)" "$(url staging verified)"
    want=$(printf '%s\n' "$@")
    is "$kind: $name: is named, and nothing else" "$(told | sed -E 's/ \(.*//; s/^([^ ].*): [0-9]+ rows? differ.*/\1/' | LC_ALL=C sort)" \
        "$(printf '%s\n' "$want" | LC_ALL=C sort)"
}

for kind in $(some_servers); do
    start "$kind" prod staging
    fresh_db prod verified
    fresh_db staging verified
    p=
    if server_is_pg prod; then
        p=public. many="SELECT n, 'row ' || n FROM generate_series(1, 20000) n"
        bytes=bytea
    else
        many="WITH d AS (SELECT 0 n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)
            SELECT 1 + a.n + 10 * b.n + 100 * c.n + 1000 * e.n, 'row' FROM d a, d b, d c, d e"
        bytes=varbinary\(20\)
    fi
    must q prod verified "CREATE TABLE one (id int PRIMARY KEY, t varchar(100)); CREATE TABLE nokey (a int, t varchar(100));
        CREATE TABLE two (a int, b varchar(20), t varchar(100), PRIMARY KEY (a, b)); CREATE TABLE raw (k $bytes PRIMARY KEY, t text);
        CREATE TABLE bare (a int PRIMARY KEY); CREATE TABLE nulls (id int PRIMARY KEY, t text)"
    must q prod verified "INSERT INTO one $many"
    must q prod verified "INSERT INTO nokey VALUES (1, 'x'), (1, 'x'), (2, NULL);
        INSERT INTO two VALUES (1, 'a', 'x'), (1, 'b', 'y'), (2, 'a', 'z'); INSERT INTO raw VALUES ('x', 'y'), ('z', '');
        INSERT INTO nulls VALUES (1, NULL), (2, '')"
    again() { dbtwin copy "$(url prod verified)" "$(url staging verified)" --quiet >"$OUT" 2>"$ERR" || fail "copy" "$(cat "$ERR")"; }
    again
    ok "$kind: equal" dbtwin verify "$(url prod verified)" "$(url staging verified)"
    out_has "$kind: and says so" "Equal"
    ok "$kind: JSON of what is equal" dbtwin verify --format json "$(url prod verified)" "$(url staging verified)"
    is "$kind: JSON of what is equal: says so" "$(python3 -c 'import json, sys
r = json.load(open(sys.argv[1])); print(r["verdict"], r["differences"])' "$OUT")" "equal []"
    ok "$kind: quiet" dbtwin verify --quiet "$(url prod verified)" "$(url staging verified)"
    out_empty "$kind: quiet, and silent"
    err_empty "$kind: on both channels"

    check "a changed row" "UPDATE one SET t = 'ROW' WHERE id = 4711" "${p}one" "  row 4711: differs"
    expect_exit 1 "$kind: JSON" dbtwin verify -f json "$(url prod verified)" "$(url staging verified)"
    is "$kind: JSON: the same" "$(python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
print(r["dbtwin"], r["verdict"], r["tables"], [(t["table"], t["why"], t["rows_different"], t["rows"], t["more_rows"])
      for t in r["differences"]])' "$OUT")" \
        "1 different 6 [('${p}one', None, 1, [{'key': '4711', 'change': 'changed'}], False)]"
    expect_exit 1 "$kind: --table" dbtwin verify --table one --table 't*' "$(url prod verified)" "$(url staging verified)"
    out_has "$kind: --table: what was compared" "1 of 2 tables"
    ok "$kind: --table: others" dbtwin verify --table "${p}two" "$(url prod verified)" "$(url staging verified)"
    out_has "$kind: --table: only that" "1 tables"
    expect_exit 2 "$kind: --table that is not there" dbtwin verify --table one --table nowhere "$(url prod verified)" "$(url staging verified)"
    err_has "$kind: --table that is not there: is named" "no table matches nowhere"
    if server_is_pg prod; then
        for side in prod staging; do
            must q $side verified "CREATE TABLE parts (a int) PARTITION BY LIST (a); CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1)"
        done
        must q staging verified "INSERT INTO parts VALUES (1)"
        expect_exit 1 "$kind: --table of a partitioned table" dbtwin verify --table parts "$(url prod verified)" "$(url staging verified)"
        out_has "$kind: --table: its partition" "public.part_1: 1 row differs"
        for side in prod staging; do must q $side verified "DROP TABLE parts"; done
    fi
    check "and one gone" "DELETE FROM one WHERE id = 1" "${p}one" "  row 1: missing on the target" "  row 4711: differs"
    check "and one more" "INSERT INTO one VALUES (-5, 'x')" "${p}one" "  row -5: only on the target" "  row 1: missing on the target" "  row 4711: differs"
    out_like "$kind: with its range" "range: "
    again
    check "a duplicate gone where there is no key" "DELETE FROM nokey WHERE a = 1; INSERT INTO nokey VALUES (1, 'x')" "${p}nokey" "  row 1 x: missing on the target"
    again
    check "NULL is not empty" "UPDATE nulls SET t = '' WHERE id = 1" "${p}nulls" "  row 1: differs"
    again
    check "one of a key of two" "UPDATE two SET t = 'X' WHERE a = 1 AND b = 'b'" "${p}two" "  row 1 b: differs"
    again
    check "a row in an empty table" "INSERT INTO bare VALUES (7)" "${p}bare" "  row 7: only on the target"
    again
    must q staging verified "UPDATE one SET t = 'all' WHERE id <= 50"
    expect_exit 1 "$kind: many rows" dbtwin verify --limit 3 "$(url prod verified)" "$(url staging verified)"
    is "$kind: no more than --limit are listed" "$(grep -c '^  row ' "$OUT")" 3
    out_like "$kind: but all are counted" "one: 50 rows differ"
    must q staging verified "DROP TABLE nulls; CREATE TABLE more (a int PRIMARY KEY)"
    expect_exit 1 "$kind: tables missing" dbtwin verify "$(url prod verified)" "$(url staging verified)"
    out_has "$kind: on the target" "${p}nulls: the table is missing on the target"
    out_has "$kind: and on the source" "${p}more: the table is missing on the source"
    fresh_db staging verified
    fresh_db prod nothing
    expect_exit 3 "$kind: nothing against nothing is not equal" dbtwin verify "$(url prod nothing)" "$(url staging verified)"
done
done_testing
