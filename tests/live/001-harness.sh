#!/bin/bash
# The tests' own tools: a failed check counts, an early end counts, dumps of different databases
# differ, and no server outlives the scenario that started it for itself.
. "$(dirname "$0")/../lib/live.sh"

lib=$TOP/tests/lib/live.sh
scenario() { # its TAP in $OUT, its exit code as ours
    printf '. "%s"\n%s\n' "$lib" "$1" >"$WORK/inner.sh"
    bash "$WORK/inner.sh" >"$OUT" 2>"$ERR" </dev/null
}

scenario 'pass one; is two 2 2; done_testing'
is "two checks passed" "$? $(grep -c '^ok' "$OUT") $(tail -n 1 "$OUT")" "0 2 1..2"
scenario 'is one 1 2; pass two; done_testing'
is "a wrong value is a failed check" "$? $(grep -c '^not ok 1 - one' "$OUT")" "1 1"
scenario 'expect_exit 3 one sh -c "exit 4"; done_testing'
is "a wrong exit code is a failed check" "$? $(grep -c '^not ok' "$OUT")" "1 1"
scenario 'RUN_TIMEOUT=1 ok one sleep 20; done_testing'
is "a command over its time is a failed check" "$? $(grep -c '^not ok' "$OUT")" "1 1"
scenario ': >$WORK/a; : >$WORK/b; same_files one "$WORK/a" "$WORK/b"; done_testing'
is "two empty files are not the same" "$? $(grep -c '^not ok' "$OUT")" "1 1"
scenario 'ok one echo yes; out_has two no; out_lacks three yes; done_testing'
is "looking at what was written can fail" "$? $(grep -c '^not ok' "$OUT")" "1 2"
scenario 'pass one; exit 0'
isnt "an early end is a failure" "$?" 0
scenario 'done_testing'
isnt "no check at all is a failure" "$?" 0
scenario 'need pg99; pass one; done_testing'
is "a server that was not asked for is a skip" "$? $(grep -c '^1\.\.0 # SKIP' "$OUT")" "0 1"

for kind in $(servers all); do
    start "$kind" prod
    fresh_db prod 'har"n`ess é'
    must q prod 'har"n`ess é' 'CREATE TABLE t (a int PRIMARY KEY, b text)'
    must dump prod 'har"n`ess é'
    cp "$OUT" "$WORK/one"
    must q prod 'har"n`ess é' "INSERT INTO t VALUES (2, 'x'), (1, 'y')"
    must dump prod 'har"n`ess é'
    cp "$OUT" "$WORK/two"
    if cmp -s "$WORK/one" "$WORK/two"; then fail "$kind: a dump sees rows"; else pass "$kind: a dump sees rows"; fi
    must q prod 'har"n`ess é' "DELETE FROM t"
    must q prod 'har"n`ess é' "INSERT INTO t VALUES (1, 'y'), (2, 'x')"
    must dump prod 'har"n`ess é'
    same_files "$kind: but not their order" "$WORK/two" "$OUT"

    scenario "server_start $kind own --own; server_pid own; exit 0"
    pid=$(grep -E '^[0-9]+$' "$OUT")
    isnt "$kind: a server of a scenario's own started" "$pid" ''
    if [ -n "$pid" ] && server_alive "$pid"; then
        fail "$kind: and was stopped with it" "pid $pid is still there"
    else
        pass "$kind: and was stopped with it"
    fi
done
done_testing
