#!/bin/bash
# From a standby or replica: --max-replica-lag refuses one that is late, pauses while it is, goes on when
# it has caught up, and gives up where it does not; the target is then as it was.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

# pair_pg KIND: servers lead and late, late a standby of lead; the files are copied while both stand still
pair_pg() {
    local kind=$1 dir lead u
    u=$(server_user "$kind")
    server_start "$kind" lead --own && server_start "$kind" late --own || return 1
    server_stop lead INT && server_stop late INT || return 1
    lead=$(server_dir lead) dir=$(server_dir late)
    rm -rf "$dir/data" && cp -a "$lead/data" "$dir/data" && rm -f "$dir/data/postmaster.pid" || return 1
    : >"$dir/data/standby.signal"
    [ "$(id -u)" != 0 ] || chown "$u:" "$dir/data/standby.signal"
    server_start_pg "$kind" "$u" "$lead" "$lead/data" '' || return 1
    server_start_pg "$kind" "$u" "$dir" "$dir/data" '' -c "primary_conninfo=host=$lead user=postgres" \
        -c max_standby_streaming_delay=-1 -c hot_standby_feedback=on
}
pair_my() {
    local port
    server_start "$1" lead --tcp -- --log-bin=b --server-id=1 && server_start "$1" late --own -- --server-id=2 || return 1
    port=$(cat "$(server_dir lead)/port")
    case $1 in
        mysql*) q late '' "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=$port, SOURCE_USER='test', SOURCE_PASSWORD='test', GET_SOURCE_PUBLIC_KEY=1, SOURCE_LOG_FILE='b.000001', SOURCE_LOG_POS=4; START REPLICA" ;;
        *) q late '' "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=$port, MASTER_USER='test', MASTER_PASSWORD='test', MASTER_LOG_FILE='b.000001', MASTER_LOG_POS=4; START SLAVE" ;;
    esac
}
rows_late() { q late lag "SELECT count(*) FROM w" 2>/dev/null; }
caught_up() { [ "$(rows_late)" = "$(q lead lag "SELECT count(*) FROM w")" ]; }
add_row() { q lead lag "INSERT INTO w SELECT max(a) + 1 FROM w" >/dev/null; }
# replay stands still from hold to release, and there is something to replay
hold() {
    add_row
    until_true 20 caught_up || fail "$kind: replay" "stands still"
    if server_is_pg late; then
        q late postgres "SELECT pg_wal_replay_pause()" >/dev/null
    else
        (my late lag -N -e "LOCK TABLES w READ; SELECT SLEEP(60)" >/dev/null 2>&1) &
        holder=$!
        until_true 10 held
    fi
    add_row
}
held() { [ "$(q late '' "SELECT count(*) FROM information_schema.processlist WHERE info = 'SELECT SLEEP(60)'")" = 1 ]; }
release() {
    if server_is_pg late; then
        q late postgres "SELECT pg_wal_replay_resume()" >/dev/null
    else
        q late '' "KILL $(q late '' "SELECT id FROM information_schema.processlist WHERE info = 'SELECT SLEEP(60)'")"
        wait "$holder" 2>/dev/null
    fi
    until_true 20 caught_up || fail "$kind: replay" "does not go on"
}

for kind in $(one_of_each) $(servers my | grep mysql9); do
    start "$kind" staging
    case $kind in pg*) pair_pg "$kind" ;; *) pair_my "$kind" ;; esac || { fail "$kind: a pair of servers" "did not start"; continue; }
    # all these servers were born alike, and the n-th database has one oid on each: then they would be one
    fresh_db staging lag_before
    fresh_db staging lag
    fresh_db lead lag
    must q lead lag "CREATE TABLE w (a int PRIMARY KEY)"
    must q lead lag "INSERT INTO w VALUES (1)"
    must q lead lag "CREATE TABLE t (a int PRIMARY KEY, b varchar(2000))"
    must q lead lag "INSERT INTO t VALUES (0, 'x'), (1, 'x'), (2, 'x'), (3, 'x'), (4, 'x'), (5, 'x'), (6, 'x'), (7, 'x'), (8, 'x'), (9, 'x')"
    must q lead lag "INSERT INTO t SELECT 10 + x.a + 10 * y.a + 100 * z.a, repeat('x', 1000) FROM t x, t y, t z"
    must add_row # the last thing done, which is what is waited for
    until_true 30 caught_up || bail "$kind: replication does not run"
    from=$(url late lag) to=$(url staging lag)

    ok "$kind: one that keeps up" dbtwin copy "$from" "$to" --max-replica-lag 30s
    is "$kind: is copied" "$(q staging lag "SELECT count(*) FROM t")" 1010
    ok "$kind: preflight" dbtwin preflight "$from" "$to" --max-replica-lag 30s
    out_like "$kind: knows a replica" 'a replica, [0-9]+ s behind'
    before=$(sum_of staging lag)
    hold
    sleep 2.5
    expect_exit 2 "$kind: one that is late" dbtwin copy "$from" "$to" --max-replica-lag 1s
    err_like "$kind: is refused with numbers" '[2-9] s behind, more than --max-replica-lag 1 s'
    expect_exit 2 "$kind: preflight says so" dbtwin preflight "$from" "$to" --max-replica-lag 1s
    release
    until_true 20 dbtwin preflight -q "$from" "$to" --max-replica-lag 1s >/dev/null 2>&1

    # 1 MB in some ten seconds; late in the middle, and then not
    "$DBTWIN" copy --create "$from" "$to" --max-replica-lag 2s --max-rate 100k -j 1 >"$OUT" 2>"$WORK/paused" </dev/null &
    run=$!
    sleep 0.7
    hold
    until_true 15 grep -q 'reading pauses' "$WORK/paused" &&
        pass "$kind: reading pauses" || fail "$kind: reading pauses" "$(cat "$WORK/paused")"
    release
    wait "$run"
    is "$kind: the copy is made all the same" $? 0
    ok "$kind: having gone on" grep -q 'has caught up' "$WORK/paused"

    before=$(sum_of staging lag)
    "$DBTWIN" copy --create "$from" "$to" --max-replica-lag 1s --max-rate 100k -j 1 >"$OUT" 2>"$WORK/paused" </dev/null &
    run=$!
    sleep 0.7
    hold
    wait "$run"
    is "$kind: one that does not catch up" $? 2
    ok "$kind: ends it with a reason" grep -q 'does not catch up (--max-replica-lag 1 s)' "$WORK/paused"
    untouched "$kind: given up" staging lag "$before"
    release
    ok "$kind: a primary is no replica" dbtwin copy "$(url lead lag)" "$to" --max-replica-lag 1s
    err_has "$kind: and it says so" "has no effect"
    if ! server_is_pg late; then
        q late '' "STOP SLAVE" 2>/dev/null || q late '' "STOP REPLICA"
        expect_exit 2 "$kind: replication that does not run" dbtwin copy "$from" "$to" --max-replica-lag 60s
        err_has "$kind: is named" "is stopped"
        must q late '' "CREATE USER lagless@localhost; GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE ON \`lag\`.* TO lagless@localhost"
        expect_exit 2 "$kind: an account that may not ask" dbtwin copy "$(url late lag lagless)" "$to" --max-replica-lag 60s
        err_like "$kind: is told what it needs" "GRANT REPLICA(TION CLIENT| MONITOR)"
    fi
    server_stop late
    server_stop lead
done
done_testing
