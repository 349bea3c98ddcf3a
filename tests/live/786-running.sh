#!/bin/bash
# While a copy runs, preflight says no-go, with who and since when; status shows how far it is; when
# it has failed, status says why.
. "$(dirname "$0")/../lib/live.sh"

wait_for() { # wait_for TEXT command…: until the command's stdout has it
    local text=$1 i
    shift
    for i in $(seq 60); do
        "$@" >"$OUT" 2>"$ERR"
        grep -qE -- "$text" "$OUT" && return 0
        sleep 0.3
    done
    return 1
}

held() { [ "$(q staging '' "SELECT IS_USED_LOCK('$1') IS NOT NULL")" = 1 ]; }

for kind in $(some_servers); do
    start "$kind" prod staging
    fresh_db prod shop
    must q prod shop "CREATE TABLE t (a int PRIMARY KEY, b varchar(1000)); CREATE INDEX i ON t (a)"
    for i in 1 2 3 4; do
        must q prod shop "INSERT INTO t SELECT 1000 * $i + x.a * 100 + y.a * 10 + z.a, repeat('row ', 200)
            FROM (SELECT 0 AS a UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) x,
            (SELECT 0 AS a UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) y,
            (SELECT 0 AS a UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) z"
    done
    fresh_db staging stage
    s=$(url prod shop) t=$(url staging stage)
    ok "$kind: a first copy" dbtwin copy "$s" "$t"
    ok "$kind: nothing runs" dbtwin preflight --no-rehearsal "$s" "$t"
    out_like "$kind: and that is said" "running +ok +no other run"

    "$DBTWIN" copy --max-rate 100k "$s" "$t" >"$WORK/copy.out" 2>&1 &
    pid=$!
    at_exit kill "$pid" 2>/dev/null
    ok "$kind: status shows a copy that runs, and how far it is" wait_for 'at work there.*: data, [0-9]+ % done' dbtwin status "$t"
    out_like "$kind: since when" "since 20[0-9-]+T[0-9:]+Z"
    out_like "$kind: and by whom" ", by (process [0-9]+ of postgres|connection [0-9]+ of root@localhost)"
    ok "$kind: and in the end how long it will take" wait_for ':[0-9]+ left' dbtwin status "$t"
    ok "$kind: as JSON" dbtwin status --format json "$t"
    out_has "$kind: for programs" '"phase": "data"'
    expect_exit 4 "$kind: preflight is a no-go meanwhile" dbtwin preflight --no-rehearsal "$s" "$t"
    out_like "$kind: which says so" "running .*another run of dbtwin is at work there since 20.*, by .*: data"
    out_has "$kind: with the verdict" "no-go: 1 thing stands in the way"
    expect_exit 4 "$kind: a rehearsal too" dbtwin preflight "$s" "$t"
    out_has "$kind: once" "no-go: 1 thing stands in the way"
    expect_exit 4 "$kind: and another copy is refused" dbtwin copy "$s" "$t"
    err_like "$kind: which says the same" "another run of dbtwin .*since 20[0-9-]+T"
    lock=$(sed -n 's/.*it holds the lock \(dbtwin:[0-9a-f]*\) .*/\1/p' "$ERR")
    kill -9 "$pid"
    wait "$pid" 2>/dev/null
    ok "$kind: a killed run is gone soon" wait_for "running +ok" dbtwin preflight --no-rehearsal "$s" "$t"

    expect_exit 2 "$kind: a copy that fails" dbtwin copy --after "SELECT nonsense_column" "$s" "$t"
    ok "$kind: the target is as it was" dbtwin status "$t"
    out_like "$kind: and the failure is told, with its reason" "the last run failed at 20.*nonsense_column"
    out_like "$kind: it is in the list" "^  20[^ ]+  failed  "
    ok "$kind: as JSON" dbtwin status --format json "$t"
    out_has "$kind: with its reason" '"last_failure": {'
    is "$kind: the rows are there" "$(q staging stage "SELECT count(*) FROM t")" 4000
    expect_exit 2 "$kind: a source that is down" dbtwin copy "$(url prod nowhere_at_all)" "$t"
    ok "$kind: is told" dbtwin status "$t"
    out_like "$kind: for its reason" "the last run failed at 20.*nowhere_at_all"
    # The lock of a run that has just ended may be there for a moment.
    if ! server_is_pg staging; then
        isnt "$kind: the lock is named" "$lock" ""
        my staging '' -e "SELECT GET_LOCK('$lock', 0), SLEEP(1)" >/dev/null &
        until_true 5 held "$lock"
    fi
    ok "$kind: the next copy" dbtwin copy "$s" "$t"
    ok "$kind: is the last run" dbtwin status "$t"
    out_lacks "$kind: and what failed before is history" "the last run failed"
    out_like "$kind: which is kept" "^  20[^ ]+  failed  .*nonsense_column"
    fresh_db staging empty
    expect_exit 2 "$kind: a failure into what is no copy" dbtwin copy "$(url prod nowhere_at_all)" "$(url staging empty)"
    is "$kind: leaves nothing there" "$(if server_is_pg staging; then q staging empty "SELECT count(*) FROM pg_namespace WHERE nspname = 'dbtwin'"
        else q staging empty "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'empty'"; fi)" 0
done
done_testing
