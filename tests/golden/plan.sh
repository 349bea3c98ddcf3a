#!/bin/bash
# plan.sh DBTWIN ROOT - plans between hand-written models, in every format. A folder of fixtures/plan is a case:
# from.xml, to.xml, and what plan --reverse prints as sql, json and markdown, checked by hand.
dbtwin=$(realpath "$1") || exit 2
root=$(realpath "$2") || exit 2
. "$(dirname "$0")/../lib/tap.sh"

for folder in "$root"/fixtures/plan/*/; do
    [ -f "$folder/from.xml" ] || continue # of a live scenario
    name=$(basename "$folder")
    cd "$folder" || bail "no case $name"
    for format in sql json markdown; do
        ok "$name: $format" "$dbtwin" plan from.xml to.xml --reverse --format $format
        same_files "$name: $format is what it should be" "$format" "$OUT"
    done
    ok "$name: files by their endings" "$dbtwin" plan from.xml to.xml --reverse -o "$WORK/p.sql" -o "$WORK/p.json" \
        -o "$WORK/p.md" -o "markdown:$WORK/p.txt"
    out_empty "$name: nothing on standard output then"
    same_files "$name: -o .sql" sql "$WORK/p.sql"
    same_files "$name: -o .json" json "$WORK/p.json"
    same_files "$name: -o .md" markdown "$WORK/p.md"
    same_files "$name: -o markdown:" markdown "$WORK/p.txt"
    expect_exit 1 "$name: --exit-code" "$dbtwin" plan from.xml to.xml --exit-code
    ok "$name: nothing to do" "$dbtwin" plan from.xml from.xml --exit-code
    is "$name: nothing to do is said" "$(cat "$OUT")" "-- nothing to do"
    ok "$name: nothing to do, quietly" "$dbtwin" plan -q from.xml from.xml
    out_empty "$name: nothing to do, quietly: nothing"
    python3 - json <<'PY' 2>"$ERR" && pass "$name: JSON" || fail "$name: JSON" "$(cat "$ERR")"
import json, sys
p = json.load(open(sys.argv[1]))
assert p["dbtwin"] == 1 and p["steps"] and not p["manual"]
for s in p["steps"] + p["reverse"]["steps"]:
    assert s["act"] in ("create", "alter", "drop") and s["path"] and not s["sql"].endswith(";")
    assert set(s["hazards"]) <= set(p["hazards"]) or s in p["reverse"]["steps"]
PY
done

cd "$root/fixtures/plan/small" || bail "no case"
expect_exit 2 "a format that is none" "$dbtwin" plan from.xml to.xml -f yaml
err_has "a format that is none: which there are" "plan writes sql, json and markdown"
ok "--ignore" "$dbtwin" plan from.xml to.xml --ignore public.orders.beta
is "--ignore: the column stays" "$(grep -c beta "$OUT")" 0
ok "--no-owners" "$dbtwin" plan from.xml to.xml --no-owners
is "--no-owners: none is set" "$(grep -c 'OWNER TO' "$OUT")" 0
ok "a pattern that fits nothing" "$dbtwin" plan from.xml to.xml --ignore nosuch
err_has "a pattern that fits nothing is named" "nosuch matches nothing"

# What no server writes, and a client would carry out: a stranger's model.
stranger() { # WHAT DEFINITION MESSAGE
    python3 - "$2" "$root/tests/golden/drift/from.xml" >"$WORK/stranger.xml" <<'PY'
import sys
from xml.sax.saxutils import escape
print(open(sys.argv[2]).read().replace("never shown, FROM", escape(sys.argv[1])), end="")
PY
    expect_exit "${4:-4}" "$1" "$dbtwin" plan "$WORK/stranger.xml" "$root/tests/golden/drift/to.xml"
    [ -z "$3" ] || err_has "$1: says why" "$3"
    [ -z "$3" ] || out_empty "$1: nothing is printed"
}
head="CREATE FUNCTION public.total(bigint) RETURNS bigint LANGUAGE sql"
stranger "psql's commands" "$head"$' AS $$x$$\n\\! touch pwned' "a backslash outside quotes, which psql"
stranger "another statement" "$head AS 'x'; DROP TABLE people" "another statement, which psql"
stranger "behind quotes that end early" "$head AS E'\\\\'; DROP TABLE people; --'" "another statement"
stranger "behind a tag that is none" "$head AS 1\$a\$ ; DROP TABLE people; --\$a\$" "" 0
stranger "behind a body's end" "$head BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END; DROP TABLE people" "another statement"
stranger "a body of statements" "$head BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END" "" 0
stranger "quoted" "$head"$' AS $f$ SELECT \'\\!;\' :x $f$' "" 0

# Names that a shell would take apart; a proposal is an argument as it stands. A typed table's columns have their type's names.
renamed() { # LABEL ATTRIBUTE
    cat <<XML
<?xml version="1.0" encoding="UTF-8"?>
<model dbtwin="1" engine="postgresql" version="150020" server_version="15.20" database="x">
  <database name="x"><schema name="public">
    <enum name="mood"><enum_label name="$1" position="1"/><enum_label name="other" position="2"/></enum>
    <composite name="pair"><attribute name="$2" type="text" position="1"/></composite>
    <table name="typed" of_type="public.pair"><column name="$2" type="text" position="1"/></table>
  </schema></database>
</model>
XML
}
renamed "it's \\ &#36;(touch pwned)" b >"$WORK/old.xml"
renamed "it's new" c >"$WORK/new.xml"
ok "labels with quotes" "$dbtwin" plan "$WORK/new.xml" "$WORK/old.xml"
err_lacks "a typed table's column is no proposal" "public.typed.b"
cp "$ERR" "$WORK/said"
mapfile -t proposals < <(sed -n 's/.*: --rename //p' "$WORK/said")
is "both are proposed" "${#proposals[@]}" 2
eval "arguments=($(printf ' --rename %s' "${proposals[@]}"))"
ok "the proposals, as a shell reads them" "$dbtwin" plan "$WORK/new.xml" "$WORK/old.xml" "${arguments[@]}"
out_has "the label" "RENAME VALUE E'it''s \\\\ \$(touch pwned)' TO 'it''s new'"
out_has "the attribute" 'RENAME ATTRIBUTE "b" TO "c"'
is "and nothing else" "$(grep -c '^-- [0-9]*: ' "$OUT")" 2
expect_exit 2 "a typed table's column" "$dbtwin" plan "$WORK/new.xml" "$WORK/old.xml" --rename public.typed.b=c
err_has "a typed table's column: what to rename instead" "attributes of its type"
done_testing
