#!/bin/bash
# What diff calls security, data, behaviour and harmless in live databases, by statements whose effect
# the manuals describe; --fail-on lets the rest pass. A side that is not there is an error in the reports
# that a CI server reads.
. "$(dirname "$0")/../lib/live.sh"

# severity NAME: that of the one change of the last JSON report
severity() { python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
print(*[c["severity"] for c in r["changes"]] or ["none"])' "$OUT"; }

# one LEVEL NAME SQL: a statement on staging that is one change of that severity, and is undone
one() {
    must q staging severe "$3"
    expect_exit 1 "$kind: $2: --fail-on $1" dbtwin diff "$p" "$s" --fail-on "$1" -f json
    is "$kind: $2: is $1" "$(severity)" "$1"
    others=$(printf '%s\n' security data behaviour harmless | grep -v "$1" | paste -sd,)
    ok "$kind: $2: --fail-on $others" dbtwin diff "$p" "$s" --fail-on "$others" -q
    must q staging severe "$4"
}

seen=
for kind in $(servers all); do
    # One of either engine: severities do not hang on the version. security_invoker came with 15.
    case $kind:$seen in pg13:* | pg14:* | pg*:*pg* | m*:*m*) continue ;; esac
    seen="$seen $kind"
    start "$kind" prod staging
    for side in prod staging; do
        fresh_db $side severe
        if server_is_pg $side; then
            must q $side severe "CREATE TABLE t (a int PRIMARY KEY, b text); CREATE VIEW v AS SELECT a FROM t;
                ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON t USING (b = CURRENT_USER);
                CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"
        else
            must q $side severe "CREATE TABLE t (a int PRIMARY KEY, b varchar(9)); CREATE SQL SECURITY INVOKER VIEW v AS SELECT a FROM t"
        fi
    done
    p=$(url prod severe) s=$(url staging severe)
    ok "$kind: the same" dbtwin diff "$p" "$s"
    if server_is_pg staging; then
        one security "a dropped policy" "DROP POLICY own ON t" "CREATE POLICY own ON t USING (b = CURRENT_USER)"
        one security "row security" "ALTER TABLE t DISABLE ROW LEVEL SECURITY" "ALTER TABLE t ENABLE ROW LEVEL SECURITY"
        one security "security_invoker" "ALTER VIEW v SET (security_invoker = true)" "ALTER VIEW v RESET (security_invoker)"
        one security "a grant to PUBLIC" "GRANT SELECT ON t TO PUBLIC" "REVOKE SELECT ON t FROM PUBLIC"
        one security "SECURITY DEFINER" "ALTER FUNCTION f() SECURITY DEFINER" "ALTER FUNCTION f() SECURITY INVOKER"
        one security "a view for PUBLIC" "CREATE VIEW w AS SELECT 1 AS x; GRANT SELECT ON w TO PUBLIC" "DROP VIEW w"
        one behaviour "a view" "CREATE VIEW w AS SELECT 1 AS x" "DROP VIEW w"
        one harmless "fillfactor" "ALTER TABLE t SET (fillfactor = 70)" "ALTER TABLE t RESET (fillfactor)"
        one harmless "a statistics target" "ALTER TABLE t ALTER b SET STATISTICS 7" "ALTER TABLE t ALTER b SET STATISTICS -1"
    else
        one security "SQL SECURITY DEFINER" "ALTER SQL SECURITY DEFINER VIEW v AS SELECT a FROM t" \
            "ALTER SQL SECURITY INVOKER VIEW v AS SELECT a FROM t"
        one data "a narrower type" "ALTER TABLE t MODIFY b varchar(8)" "ALTER TABLE t MODIFY b varchar(9)"
    fi
    one data "a column" "ALTER TABLE t ADD c int" "ALTER TABLE t DROP COLUMN c"
    one data "a unique index" "CREATE UNIQUE INDEX i ON t (b)" "DROP INDEX i$(server_is_pg staging || echo ' ON t')"
    one behaviour "an index" "CREATE INDEX i ON t (b)" "DROP INDEX i$(server_is_pg staging || echo ' ON t')"

    nowhere=${s/severe/nowhere}
    expect_exit 2 "$kind: a side that is not there" dbtwin diff "$p" "$nowhere" -f github -o "$WORK/r.junit.xml" -o "$WORK/r.md" \
        -o "$WORK/r.html" -o "$WORK/r.json"
    out_like "$kind: it is an annotation" '^::error .*title=dbtwin not_compared.*nowhere'
    is "$kind: and an error case" "$(python3 -c '
import sys, xml.etree.ElementTree as x
r = x.parse(sys.argv[1]).getroot()
print([(s.get("tests"), s.get("errors"), s.get("timestamp") is not None, len(s.findall("testcase/error"))) for s in r])' \
        "$WORK/r.junit.xml")" "[('1', '1', True, 1)]"
    for file in r.md r.html; do
        [ -s "$WORK/$file" ] && pass "$kind: $file is written" || fail "$kind: $file is written"
    done
    [ ! -e "$WORK/r.json" ] && pass "$kind: JSON is not: there is nothing to say of two schemas" || fail "$kind: JSON is not written"
done
done_testing
