#!/bin/bash
# diff --all-databases compares every database of two servers but the system's, and says so in one
# report; the exit code is the worst of all.
. "$(dirname "$0")/../lib/live.sh"

table="CREATE TABLE t (a int PRIMARY KEY, b varchar(20))"
for kind in $(some_servers); do
    many=50 entry=''
    case $kind in pg*) many=12 ;; esac # each takes PostgreSQL a while to make
    for side in prod staging; do
        server_start "$kind" $side --own || bail "$kind did not start"
        server_is_pg $side && entry=postgres
        for n in $(seq $many); do
            case $kind in
                pg*) echo "CREATE DATABASE shop_$n TEMPLATE template0 STRATEGY wal_log;" ;;
                *) echo "CREATE DATABASE shop_$n; CREATE TABLE shop_$n.${table#CREATE TABLE };" ;;
            esac
        done >"$WORK/all.sql"
        must load $side "$entry" "$WORK/all.sql"
        for n in 1 2 3; do server_is_pg $side && must q $side shop_$n "$table"; done
    done
    p=$(url prod "$entry") s=$(url staging "$entry")

    start=$(date +%s%N)
    expect_exit 0 "$kind: $many databases without drift" dbtwin diff --all-databases "$p" "$s"
    echo "# $kind: $many databases in $((($(date +%s%N) - start) / 1000000)) ms"
    out_has "$kind: each is told" "Database shop_$many: "
    out_lacks "$kind: none of the system's" "Database mysql"
    out_lacks "$kind: no template" "template"

    must q staging shop_2 "ALTER TABLE t ADD c int"
    must q prod shop_3 "CREATE VIEW w AS SELECT a FROM t"
    case $kind in pg*) only="CREATE DATABASE \"only here\"" ;; *) only="CREATE DATABASE \`only here\`" ;; esac
    must q prod "$entry" "$only"
    expect_exit 1 "$kind: drift in some" dbtwin diff --all-databases "$p" "$s" -o "$WORK/r.json" -o "$WORK/r.xml" \
        -o "$WORK/r.junit.xml" -o "$WORK/r.md" -o "$WORK/r.html" -o "$WORK/r.github.txt" -o "$WORK/r.gitlab.json" \
        -o "$WORK/r.sarif" -o "$WORK/r.csv"
    for file in "$WORK"/r.*; do
        is "$kind: ${file##*/} names what drifted" "$(grep -oE 'only here|shop_[23]' "$file" | sort -u | tr '\n' ' ')" \
            "only here shop_2 shop_3 "
    done
    is "$kind: findings, by four formats" "$(python3 -c '
import csv, json, sys
sarif = json.load(open(sys.argv[1] + ".sarif"))["runs"][0]["results"]
gitlab = json.load(open(sys.argv[1] + ".gitlab.json"))
rows = list(csv.DictReader(open(sys.argv[1] + ".csv", newline="")))
lines = open(sys.argv[1] + ".github.txt").read().splitlines()
print(len(sarif), len(gitlab), len(rows), len(lines), len({i["fingerprint"] for i in gitlab}),
      sorted((r["database"] or r["path"], r["change"], r["kind"]) for r in rows))' "$WORK/r")" \
        "3 3 3 3 3 [('only here', 'removed', 'database'), ('shop_2', 'added', 'column'), ('shop_3', 'removed', 'view')]"
    is "$kind: the JSON fits its schema" "$(python3 -c '
import json, sys
try:
    import jsonschema
    jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))
except ImportError:
    pass # tests/golden/formats.py says so' "$WORK/r.json" "$TOP/share/dbtwin-report.schema.json" 2>&1 | head -n 3)" ""
    out_has "$kind: text: one drifted" "Database shop_2: drift"
    out_has "$kind: text: one is missing" "Database only here: missing in"
    out_has "$kind: text: others are the same" "Database shop_1: same"
    is "$kind: JSON" "$(python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
print(r["verdict"], *(d["database"] + "=" + (d.get("change") or d["verdict"]) for d in r["databases"]
      if d["verdict"] == "drift"))' "$WORK/r.json")" "drift only here=removed shop_2=drift shop_3=drift"
    is "$kind: JUnit: a failure for each" "$(python3 -c '
import sys, xml.etree.ElementTree as x
r = x.parse(sys.argv[1]).getroot()
print(len(r.findall("testsuite")) > 2, sum(int(s.get("failures")) for s in r))' "$WORK/r.junit.xml")" "True 3"
    is "$kind: XML" "$(python3 -c '
import sys, xml.etree.ElementTree as x
r = x.parse(sys.argv[1]).getroot()
print(r.get("verdict"), len(r.findall("database/diff[@verdict=\"drift\"]")))' "$WORK/r.xml")" "drift 2"
    expect_exit 2 "$kind: no baseline" dbtwin diff --all-databases --write-baseline "$WORK/b" --reason x "$p" "$s"
    expect_exit 2 "$kind: no file" dbtwin diff --all-databases "$WORK/r.xml" "$s"

    case $kind in
        pg*)
            must q prod postgres "CREATE ROLE lowly LOGIN; REVOKE CONNECT ON DATABASE shop_1 FROM PUBLIC"
            dbtwin diff --all-databases "$(url prod postgres lowly)" "$s" >"$OUT" 2>"$ERR"
            out_has "$kind: one that cannot be read is said" "Database shop_1: not compared"
            ;;
        *)
            must q staging '' "CREATE USER lowly@localhost; GRANT SELECT ON shop_1.* TO lowly@localhost"
            expect_exit 3 "$kind: hidden databases are not absent" dbtwin diff --all-databases --schema shop_5 \
                "$p" "$(url staging '' lowly)"
            out_has "$kind: with the right that helps" "GRANT SHOW DATABASES"
            expect_exit 1 "$kind: --schema selects databases" dbtwin diff --all-databases --schema 'shop_[2]' --schema shop_2 "$p" "$s"
            out_lacks "$kind: and no others" "Database shop_1"
            must q staging '' "RENAME TABLE shop_4.t TO shop_5.u"
            printf 'databases:\n  prod: {url: "%s"}\n  staging: {url: "%s"}\nmap:\n  schemas: {only here: shop_4}\n' "$p" "$s" >"$WORK/m.yaml"
            chmod 600 "$WORK/m.yaml"
            dbtwin -c "$WORK/m.yaml" diff --all-databases prod staging >"$OUT" 2>"$ERR"
            out_has "$kind: mapped names meet" "Database only here: empty on both sides"
            ;;
    esac
    server_stop prod
    server_stop staging
done
done_testing
