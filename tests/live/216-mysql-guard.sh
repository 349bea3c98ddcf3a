#!/bin/bash
# The round-trip guard: a table that has what the model cannot hold is named, whatever else is said
# of it, and no statement is made of it; all others are proven.
. "$(dirname "$0")/../lib/live.sh"

for kind in $(servers my); do
    start "$kind" prod staging
    case $kind in
        mysql*) odd="CREATE TABLE odd (id int PRIMARY KEY, a int NOT SECONDARY)" ;;
        *) odd="SET sql_mode = 'IGNORE_BAD_TABLE_OPTIONS'; CREATE TABLE odd (id int PRIMARY KEY, a int UNHEARD_OF = 'x')" ;;
    esac
    fresh_db prod guard
    fresh_db prod guard2
    fresh_db staging guard_s
    for db in guard guard2; do
        must q prod "$db" "$odd"
        must q prod "$db" "CREATE TABLE plain (id int PRIMARY KEY, t text); INSERT INTO plain VALUES (1, 'x');
            CREATE VIEW on_odd AS SELECT id FROM odd; CREATE VIEW on_plain AS SELECT id FROM plain"
    done
    must q staging guard_s "CREATE TABLE before_it (a int)"

    expect_exit 3 "$kind: inspect is incomplete" dbtwin inspect "$(url prod guard)" --format xml
    err_like "$kind: names the table and what of it" "table odd: unproven: SHOW CREATE TABLE has .*(unheard_of|not secondary)"
    err_lacks "$kind: and no other" "plain"
    out_like "$kind: which is marked" '<table .*name="odd".* proven="no"'
    out_like "$kind: the other is proven" '<table .*name="plain".* proven="yes"'
    out_lacks "$kind: no text of the server's is kept" "<definition"
    cp "$OUT" "$WORK/odd.xml"

    expect_exit 3 "$kind: two alike are not the same" dbtwin diff "$(url prod guard)" "$(url prod guard2)" --format json
    is "$kind: not_compared names it, for both sides" \
        "$(python3 -c 'import json, sys; print(*{g["kind"] + " " + g["path"] + " " + str("unproven: SHOW" in g["why"]) for g in json.load(sys.stdin)["not_compared"]})' <"$OUT")" "table odd True"
    expect_exit 3 "$kind: a model on file keeps that" dbtwin diff "$WORK/odd.xml" "$(url prod guard2)"
    out_has "$kind: for both sides" "unproven"
    expect_exit 0 "$kind: who asks for another table is not bothered" dbtwin diff --table plain "$(url prod guard)" "$(url prod guard2)"
    must q prod guard2 "ALTER TABLE plain ADD x int"
    expect_exit 1 "$kind: drift is drift" dbtwin diff "$(url prod guard)" "$(url prod guard2)"
    out_has "$kind: and the unproven is named still" "unproven"

    expect_exit 4 "$kind: a copy is refused" dbtwin copy -q "$(url prod guard)" "$(url staging guard_s)"
    err_has "$kind: by name" "table odd"
    is "$kind: nothing was moved" "$(q staging guard_s 'SHOW TABLES')" before_it
    expect_exit 4 "$kind: a snapshot too" dbtwin snapshot -q "$(url prod guard)" -o "$WORK/s.dbtwin"
    if [ -e "$WORK/s.dbtwin" ]; then fail "$kind: leaves no file" "there is one"; else pass "$kind: leaves no file"; fi
    expect_exit 4 "$kind: preflight foresees it" dbtwin preflight "$(url prod guard)" "$(url staging guard_s)"
    out_has "$kind: by name as well" "unproven"
    ok "$kind: left out by name, the rest is copied" dbtwin copy "$(url prod guard)" "$(url staging guard_s)" --without unproven
    err_has "$kind: which is said" "left out: table odd"
    err_has "$kind: with what needs it" "left out: view on_odd"
    is "$kind: the rest is there" "$(q staging guard_s "SHOW FULL TABLES WHERE Tables_in_guard_s LIKE '%plain'" | cut -f1 | tr '\n' ' ')" "on_plain plain "
    is "$kind: with its rows" "$(q staging guard_s "SELECT t FROM plain")" x
    is "$kind: the unproven is not" "$(q staging guard_s "SHOW TABLES LIKE '%odd'")" ""
done
done_testing
