#!/bin/bash
# However a copy ends too early (a signal, a lost session, a lost server), the target is what
# it was, or whole and new; nothing of the shadow stays, or the next run removes it.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

# hold SECONDS: nobody reads prod's small table for so long, and so no copy of it ends
hold() {
    if server_is_pg prod; then
        q prod ends "BEGIN; LOCK TABLE small IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep($1)"
    else
        q prod ends "LOCK TABLES small WRITE; SELECT SLEEP($1)"
    fi >/dev/null 2>&1 &
    holder=$!
    until_true 10 is_held || fail "the lock was not taken"
}
is_held() {
    if server_is_pg prod; then
        [ "$(q prod ends "SELECT count(*) FROM pg_locks WHERE relation = 'small'::regclass AND mode = 'AccessExclusiveLock' AND granted")" = 1 ]
    else
        [ "$(q prod '' "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'")" = 1 ]
    fi
}
release() {
    if server_is_pg prod; then
        q prod ends "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
    else
        q prod '' "KILL $(q prod '' "SELECT MAX(id) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'")"
    fi >/dev/null 2>&1
    wait "$holder"
}
reads_prod() { # dbtwin has a session on prod that waits
    if server_is_pg prod; then
        [ "$(q prod ends "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'dbtwin%' AND state <> 'idle'")" = t ]
    else
        [ "$(q prod '' "SELECT COUNT(*) > 0 FROM information_schema.processlist WHERE state LIKE '%lock%'")" = 1 ]
    fi
}

# ended CODE NAME: it ends, soon, with that code, and with one error
ended() {
    local code=0
    (sleep 40; kill -KILL $run) 2>/dev/null &
    local watch=$!
    wait $run || code=$?
    kill $watch 2>/dev/null
    is "$2: exit code" "$code" "$1"
    is "$2: one error" "$(grep -c '^dbtwin: error:' "$ERR")" 1
    err_lacks "$2: no password" secret
    [ "$code" = "$1" ] || tap_show
}
restart() { # a server that was stopped, on its own data
    local dir kind
    dir=$(server_dir "$1")
    kind=$(cat "$dir/kind")
    case $kind in
        pg*) server_start_pg "$kind" "$(server_user "$kind")" "$dir" "$(cat "$dir/where")" '' ;;
        *) server_start_my "$kind" "$(server_user "$kind")" "$dir" "$(cat "$dir/where")" '' ;;
    esac || bail "$kind did not start again"
}
# again NAME: the next run has no trouble with what is left
again() {
    ok "$1: the next run" dbtwin copy "$from" "$to"
    is "$1: leaves the twin" "$(sum_of staging ends)" "$new"
    is "$1: and nothing else" "$(shadows staging)" ''
}
for kind in $(one_of_each); do
    server_start "$kind" prod --own && server_start "$kind" staging --own || bail "$kind did not start"
    fresh_db prod ends
    fresh_db prod old
    fresh_db staging ends
    ends_begin

    # signals, while a lock on the source holds the copy up, and while rows move
    back
    for signal in INT TERM HUP; do
        hold 20
        begin
        until_true 10 reads_prod
        sleep 0.3
        kill -$signal $run
        ended 130 "$kind: SIG$signal while it waits"
        release
        untouched "$kind: SIG$signal while it waits" staging ends "$old"
    done
    hold 2
    (trap '' HUP; exec "$DBTWIN" copy --create "$from" "$to" >"$OUT" 2>"$ERR" </dev/null) & # as nohup does
    run=$!
    until_true 10 reads_prod
    sleep 0.3
    kill -HUP $run
    code=0
    wait $run || code=$?
    is "$kind: SIGHUP under nohup ends nothing" "$code" 0
    release
    is "$kind: SIGHUP under nohup: it is copied" "$(sum_of staging ends)" "$new"
    back
    for delay in 0.2 0.5 0.8; do
        begin
        sleep $delay
        kill -INT $run 2>/dev/null
        code=0
        wait $run || code=$?
        case $code in
            130) untouched "$kind: SIGINT after $delay s" staging ends "$old" ;;
            0) is "$kind: SIGINT after $delay s came too late" "$(sum_of staging ends)" "$new"; back ;;
            *) fail "$kind: SIGINT after $delay s" "exit code $code: $(cat "$ERR")" ;;
        esac
    done

    # lost sessions
    hold 20
    begin
    until_true 10 reads_prod
    sleep 0.3
    if server_is_pg prod; then
        q prod ends "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'dbtwin%'" >/dev/null
    else
        for id in $(q prod '' "SELECT id FROM information_schema.processlist WHERE db = 'ends' AND info NOT LIKE '%SLEEP%' OR db = 'ends' AND command = 'Sleep'"); do
            q prod '' "KILL $id"
        done
    fi
    ended 2 "$kind: the source's sessions killed"
    release
    untouched "$kind: the source's sessions killed" staging ends "$old"

    hold 20
    begin
    until_true 10 reads_prod
    sleep 0.3
    if server_is_pg prod; then
        q staging postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'dbtwin%'" >/dev/null
    else
        for id in $(q staging '' "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND user = 'root'"); do
            q staging '' "KILL $id"
        done
    fi
    sleep 0.2
    release
    ended 2 "$kind: the target's sessions killed"
    is "$kind: the target's sessions killed: the target is as it was" "$(sum_of staging ends)" "$old"
    again "$kind: after that"
    back

    # lost servers
    hold 20
    begin
    until_true 10 reads_prod
    sleep 0.3
    server_stop prod
    wait "$holder"
    ended 2 "$kind: the source's server is gone"
    untouched "$kind: the source's server is gone" staging ends "$old"
    restart prod
    hold 20
    begin
    until_true 10 reads_prod
    sleep 0.3
    server_stop staging
    release
    ended 2 "$kind: the target's server is gone"
    restart staging
    is "$kind: the target's server is gone: then the target is as it was" "$(sum_of staging ends)" "$old"
    again "$kind: a lost server"
done
done_testing
