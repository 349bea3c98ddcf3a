#!/bin/bash
# A hot standby: either side of diff and the source of copy and snapshot; what it means is said. What it
# cannot do is told; and when its replay ends a reader, one error says what to do about it.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

# standby NAME PRIMARY [OPTION...]: a streaming standby, by pg_basebackup where the machine's own is new enough
standby() {
    local name=$1 primary=$2 kind user bin dir data pid
    kind=$(server_kind "$primary") user=$(server_user pg)
    dir=$DBTWIN_SESSION/$name-$kind-$$
    shift 2
    data=$dir/data
    mkdir -m 755 "$dir"
    [ "$(id -u)" != 0 ] || chown "$user:" "$dir"
    echo "$kind" >"$dir/kind"
    echo "$data" >"$dir/where"
    : >"$dir/port"
    at_exit server_drop_dir "$dir"
    bin=$(server_pg_bin "$kind")
    [ -x "$bin/pg_basebackup" ] || bin=$(server_pg_bin "$(server_default_pg)")
    if [ "$(server_pg_bin "$kind")" = "$bin" ]; then
        server_as "$user" timeout 60 "$bin/pg_basebackup" -h "$(server_dir "$primary")" -U postgres -D "$data" -R \
            -c fast -X stream >"$dir/base.log" 2>&1 || { cat "$dir/base.log" >&2; return 1; }
    else # its files, as a backup taken between the two calls
        {
            echo "SELECT pg_$(backup_word "$kind" start)('dbtwin', true);"
            echo "\\! cp -a $(cat "$(server_dir "$primary")/where") $data && rm -rf $data/postmaster.pid"
            echo "\\t on"
            case $kind in pg13 | pg14) echo "\\g /dev/null"; echo "SELECT labelfile FROM pg_stop_backup(false) \\g $dir/label" ;;
                *) echo "SELECT labelfile FROM pg_backup_stop() \\g $dir/label" ;; esac
        } >"$dir/backup.sql"
        pg "$primary" postgres -A -t -o /dev/null -f "$dir/backup.sql" || return 1
        sed '/^$/d' "$dir/label" >"$data/backup_label"
        echo "primary_conninfo = 'host=$(server_dir "$primary") user=postgres'" >>"$data/postgresql.auto.conf"
        : >"$data/standby.signal"
        [ "$(id -u)" != 0 ] || chown "$user:" "$data/backup_label" "$data/standby.signal" "$data/postgresql.auto.conf"
    fi
    server_start_pg "$kind" "$user" "$dir" "$data" '' "$@" || { tail -n 5 "$dir/log" >&2; return 1; }
    server_ID[$name]=$name-$kind-$$
}
backup_word() { case $1 in pg13 | pg14) echo "$2_backup" ;; *) echo "backup_$2" ;; esac; }
caught_up() { # until the standby has replayed what the primary has done
    # A commit that is waited for gives a position where a record ends. Where nothing followed a change of WAL
    # segments, the insert position is behind the next page's header: no replay gets there.
    local at
    q main postgres "SET synchronous_commit = on; SELECT pg_logical_emit_message(true, 'test', '')" >/dev/null || return 1
    at=$(q main postgres "SELECT pg_current_wal_flush_lsn()")
    for _ in $(seq 300); do
        [ "$(q behind postgres "SELECT pg_last_wal_replay_lsn() >= '$at'")" = t ] && return 0
        sleep 0.1
    done
    echo "# the primary is at $at, the standby at $(q behind postgres "SELECT pg_last_wal_replay_lsn()")"
    return 1
}

is_paused() { [ "$(q behind postgres "SELECT pg_get_wal_replay_pause_state()")" = paused ]; }
t_is_noted() {
    [ "$(q main twin__dbtwin_shadow "SELECT count(*) FROM dbtwin.progress WHERE name LIKE 'chunk public.t#%'" 2>/dev/null)" = 1 ] || ! server_alive $run
}

for kind in $(servers pg); do
    server_start "$kind" main --own -- -c max_wal_senders=4 || bail "$kind did not start"
    fresh_db main shop
    must q main shop "CREATE TABLE t (id serial PRIMARY KEY, b text CHECK (b IN ('x', 'y'))); CREATE VIEW v AS SELECT b FROM t;
        INSERT INTO t (b) SELECT 'x' FROM generate_series(1, 2000)"
    must q main postgres "CREATE DATABASE staging TEMPLATE shop"
    must standby behind main -c max_standby_streaming_delay=200ms -c hot_standby_feedback=off
    must caught_up

    ok "$kind: a standby is a diff's source" dbtwin diff "$(url behind shop)" "$(url main staging)"
    err_has "$kind: and that it is one is said" "is a standby: read as of what it has replayed"
    ok "$kind: and its target" dbtwin diff "$(url main shop)" "$(url behind staging)"
    must q main staging "ALTER TABLE t DROP CONSTRAINT t_b_check, ADD CONSTRAINT t_b_check CHECK (b = 'x' OR b = 'y')"
    must caught_up
    expect_exit 1 "$kind: drift on a primary target" dbtwin diff "$(url behind shop)" "$(url main staging)"
    expect_exit 3 "$kind: a standby target cannot be asked for its own spelling" \
        dbtwin diff "$(url main shop)" "$(url behind staging)"
    out_has "$kind: and that is said" "could not be asked"

    fresh_db main twin
    ok "$kind: a standby is a copy's source" dbtwin copy "$(url behind shop)" "$(url main twin)" -j 3
    err_has "$kind: what it means is said" "read from a standby, as of what it had replayed"
    is "$kind: the rows came" "$(q main twin "SELECT count(*), max(id) FROM t")" $'2000\t2000'
    ok "$kind: a snapshot of it" dbtwin snapshot -q "$(url behind shop)" -o "$WORK/$kind.dbtwin"
    expect_exit 4 "$kind: it is never a target" dbtwin copy "$(url main shop)" "$(url behind twin)"
    err_has "$kind: and why" "standby"

    # Rows that an unlogged table has on the primary are not on a standby.
    must q main shop "CREATE UNLOGGED TABLE u (a int)"
    must caught_up
    expect_exit 4 "$kind: an unlogged table cannot be copied from there" dbtwin copy "$(url behind shop)" "$(url main twin)"
    err_has "$kind: and it is named" "public.u"
    ok "$kind: but compared" dbtwin diff "$(url behind shop)" "$(url main shop)"
    must q main shop "DROP TABLE u"

    # A reader that does not read: the pipe is full, the snapshot held, and then the table goes.
    must q main shop "CREATE TABLE big AS SELECT g, repeat(md5(g::text), 40) AS b FROM generate_series(1, 30000) g"
    must caught_up

    # --resume: the same snapshot is to be had as long as replay is paused
    if [ "$kind" = pg13 ]; then
        skip "$kind: --resume from a paused standby" "13 does not tell whether replay is paused"
    else
        must q behind postgres "SELECT pg_wal_replay_pause()"
        must until_true 20 is_paused
        "$DBTWIN" copy --create "$(url behind shop)" "$(url main twin)" --resume -j 2 --max-rate 4M >"$OUT" 2>"$ERR" </dev/null &
        run=$!
        until_true 60 t_is_noted
        kill -KILL $run
        wait $run 2>/dev/null
        is "$kind: a copy from a paused standby is killed" $? 137
        ok "$kind: the next run" dbtwin copy "$(url behind shop)" "$(url main twin)" --resume -j 2
        err_like "$kind: goes on" 'resumed: [1-9][0-9]* of [0-9]+ tables'
        is "$kind: with all rows" "$(q main twin "SELECT count(*) FROM big")" 30000
        must q behind postgres "SELECT pg_wal_replay_resume()"
        must caught_up
        ok "$kind: while it replays on" dbtwin copy "$(url behind shop)" "$(url main twin)" --resume -j 2
        err_has "$kind: none could go on, which is told" "it cannot be resumed: the source is a standby that keeps replaying"
    fi
    mkfifo "$WORK/pipe-$kind"
    dbtwin snapshot "$(url behind shop)" -o - >"$WORK/pipe-$kind" 2>"$WORK/err-$kind" &
    reader=$!
    exec 7<"$WORK/pipe-$kind"
    for _ in $(seq 100); do
        [ "$(q behind postgres "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%COPY \"public\".\"big\"%' AND state = 'active' AND pid <> pg_backend_pid()")" = 1 ] && break
        sleep 0.1
    done
    must q main shop "DROP TABLE big"
    sleep 1 # longer than replay waits
    cat <&7 >/dev/null &
    drain=$!
    wait $reader
    is "$kind: a reader that replay ended fails" $? 2
    exec 7<&-
    wait $drain
    is "$kind: with one error" "$(grep -c '^dbtwin: error: ' "$WORK/err-$kind")" 1
    sed 's/^/# /' "$WORK/err-$kind"
    ok "$kind: that says what to do" grep -q 'hint: .*hot_standby_feedback.*max_standby_streaming_delay' "$WORK/err-$kind"
    server_stop behind
    server_stop main
done
done_testing
