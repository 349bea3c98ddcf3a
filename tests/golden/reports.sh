#!/bin/bash
# reports.sh DBTWIN - pairs of hand-written models, and every report of their diff. A folder is a
# case: from.xml, to.xml, code (the exit code), args (further options), and what is expected in the
# formats that have a file: text, json, xml, junit, colour and the others below. Expectations are written or checked by
# hand: when a report is changed on purpose, read the difference before you store it.
dbtwin=$(realpath "$1") || exit 2
export SOURCE_DATE_EPOCH=1700000000
unset GITHUB_STEP_SUMMARY GITHUB_SERVER_URL CI_JOB_URL BUILD_URL PAGER DBTWIN_PAGER
formats="html markdown github gitlab sarif csv"
top=$(cd "$(dirname "$0")" && pwd)
. "$top/../lib/tap.sh"

# number NAME FILE: the attribute of the testsuite
number() { sed -n "s/.*<testsuite .* $1=\"\([0-9]*\)\".*/\1/p" "$2"; }

# count REGEX FILE
count() { grep -cE "$1" "$2"; }

check_case() {
    local name=$1 code args=() format
    cd "$top/$name" || bail "no case $name"
    code=$(cat code)
    [ ! -f args ] || read -ra args <args
    expect_exit "$code" "$name: exit code" "$dbtwin" diff from.xml to.xml "${args[@]}" \
        -o text:"$WORK/text" -o json:"$WORK/json" -o xml:"$WORK/xml" -o "$WORK/all.junit.xml"
    mv "$WORK/all.junit.xml" "$WORK/junit"
    same_files "$name: what is on stdout is the text report" "$OUT" "$WORK/text"
    is "$name: nothing on stderr" "$(cat "$ERR")" ""
    for format in $formats; do
        [ ! -f "$format" ] || "$dbtwin" diff from.xml to.xml "${args[@]}" -f "$format" >"$WORK/$format" 2>&1
    done
    for format in text json xml junit $formats; do
        [ ! -f $format ] || same_files "$name: $format" "$format" "$WORK/$format"
        is "$name: no $format half written" "$(ls "$WORK" | grep -c partial)" 0
    done
    if [ -f colour ]; then
        "$dbtwin" diff from.xml to.xml "${args[@]}" --color always >"$WORK/colour" 2>&1
        same_files "$name: colours" colour "$WORK/colour"
    fi
    is "$name: JUnit counts its test cases" "$(number tests "$WORK/junit")" \
        "$(count '<testcase ' "$WORK/junit")"
    is "$name: JUnit counts its failures" "$(number failures "$WORK/junit")" \
        "$(count '<failure ' "$WORK/junit")"
    is "$name: JUnit counts its errors" "$(number errors "$WORK/junit")" \
        "$(count '<error ' "$WORK/junit")"
    is "$name: each test case has a name of its own" \
        "$(grep -o '<testcase [^>]*' "$WORK/junit" | sort | uniq -d)" ""
    case $code in
    0) is "$name: a good verdict fails no test case" "$(number failures "$WORK/junit")" 0 ;;
    1) isnt "$name: drift fails a test case" "$(number failures "$WORK/junit")" 0 ;;
    3) isnt "$name: what was not compared is an error" "$(number errors "$WORK/junit")" 0 ;;
    esac
    # The other way round: what was missing is too much, and the verdict is the same.
    expect_exit "$code" "$name: the other way round" "$dbtwin" diff to.xml from.xml "${args[@]}" \
        -o json:"$WORK/back"
    is "$name: what was added is now removed" "$(grep -c '"change": "removed"' "$WORK/back")" \
        "$(grep -c '"change": "added"' "$WORK/json")"
    is "$name: what changed still does" "$(grep -c '"change": "changed"' "$WORK/back")" \
        "$(grep -c '"change": "changed"' "$WORK/json")"
    # A side against itself is never drift.
    for side in from to; do
        "$dbtwin" diff $side.xml $side.xml "${args[@]}" >"$OUT" 2>"$ERR"
        isnt "$name: $side.xml has not drifted from itself" $? 1
    done
}

for folder in "$top"/*/; do check_case "$(basename "$folder")"; done

cd "$top/same" || bail "no case same"
ok "-o - is stdout, once" "$dbtwin" diff from.xml to.xml -o - -f json
is "and in the format asked for" "$(head -c 1 "$OUT")" "{"
ok "-q says nothing when all is well" "$dbtwin" diff -q from.xml to.xml
is "-q: stdout" "$(cat "$OUT")" ""
expect_exit 1 "-q: drift" "$dbtwin" diff -q ../drift/from.xml ../drift/to.xml
out_has "-q: drift is told" "Drift:"
ok "--fail-on never" "$dbtwin" diff ../drift/from.xml ../drift/to.xml --fail-on never
out_has "--fail-on never: drift is told" "Drift:"
expect_exit 3 "--fail-on incomplete" "$dbtwin" diff ../incomplete/from.xml ../incomplete/to.xml \
    --fail-on incomplete
expect_exit 1 "--fail-on drift: drift" "$dbtwin" diff ../drift/from.xml ../drift/to.xml \
    --fail-on drift
cd ../severity || bail "no case severity"
for what in security data security,data harmless,data; do
    expect_exit 1 "--fail-on $what" "$dbtwin" diff from.xml to.xml --fail-on $what
done
ok "--fail-on behaviour: there is none" "$dbtwin" diff from.xml to.xml --fail-on behaviour
expect_exit 1 "--fail-on harmless: beside a severe one" "$dbtwin" diff from.xml to.xml --fail-on harmless
ok "--fail-on security: what is only data" "$dbtwin" diff ../partitions/from.xml ../partitions/to.xml \
    --fail-on security
expect_exit 3 "--fail-on security: it may be" "$dbtwin" diff ../incomplete/from.xml ../incomplete/to.xml \
    --fail-on security
cd ../same || bail "no case same"
expect_exit 2 "PostgreSQL against MySQL" "$dbtwin" diff from.xml ../kind/from.xml
err_has "PostgreSQL against MySQL: says why" "PostgreSQL schema cannot be compared with a MySQL"
expect_exit 2 "a report that cannot be written" "$dbtwin" diff from.xml to.xml \
    -o "$WORK/no/such/folder.json"
err_has "a report that cannot be written: names the file" "no/such/folder.json"
expect_exit 2 "a full disk" "$dbtwin" diff from.xml to.xml -o json:/dev/full
expect_exit 3 "inspect: what was not covered" "$dbtwin" inspect ../incomplete/from.xml -f json
err_has "inspect: and it is named" "subscription: only a superuser may read subscriptions"
for format in xml json tree; do
    ok "inspect -f $format" "$dbtwin" inspect from.xml -f $format -o "$WORK/model.$format"
    [ -s "$WORK/model.$format" ] && pass "inspect: $format" || fail "inspect: $format" "is empty"
done
ok "a model that inspect wrote is the same" "$dbtwin" diff from.xml "$WORK/model.xml" --strict
done_testing
