#!/bin/bash
# However a copy ends too early (a signal, a kill, a lost session, a lost server), the target is what
# it was, or whole and new; nothing of the shadow stays, or the next run removes it.
# DBTWIN_KILLS=60 tries as many points in time with SIGKILL (12 by itself).
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

rows() { # a table of some megabytes, others, a foreign key, a view, a trigger
    if server_is_pg prod; then
        cat <<'SQL'
CREATE TABLE big (id int PRIMARY KEY, t text);
INSERT INTO big SELECT n, repeat(md5(n::text), 10) FROM generate_series(1, 30000) n;
CREATE TABLE more (id int PRIMARY KEY, big int REFERENCES big, t text);
INSERT INTO more SELECT n, n, md5(n::text) FROM generate_series(1, 5000) n; CREATE INDEX ON more (t);
CREATE TABLE small (a int); INSERT INTO small VALUES (1); CREATE VIEW vw AS SELECT * FROM small;
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER trg BEFORE INSERT ON small FOR EACH ROW EXECUTE FUNCTION tf();
SQL
    else
        cat <<'SQL'
CREATE TABLE big (id int PRIMARY KEY, t text);
INSERT INTO big VALUES (0, 'x'), (1, 'x'), (2, 'x'), (3, 'x'), (4, 'x'), (5, 'x'), (6, 'x'), (7, 'x'), (8, 'x'), (9, 'x');
INSERT INTO big SELECT 10 + a.id + 10 * b.id + 100 * c.id + 1000 * d.id, REPEAT(MD5(a.id + 10 * b.id + 100 * c.id), 10) FROM big a, big b, big c, big d;
CREATE TABLE more (id int AUTO_INCREMENT PRIMARY KEY, big int, t varchar(40), KEY (t), FOREIGN KEY (big) REFERENCES big (id));
INSERT INTO more SELECT id + 1, id, MD5(id) FROM big WHERE id < 5000;
CREATE TABLE small (a int); INSERT INTO small VALUES (1); CREATE VIEW vw AS SELECT * FROM small;
CREATE TRIGGER trg BEFORE INSERT ON small FOR EACH ROW SET NEW.a = NEW.a + 0;
SQL
    fi
}

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

begin() { # starts a copy in the background: $run is its pid
    "$DBTWIN" copy "$from" "$to" >"$OUT" 2>"$ERR" </dev/null &
    run=$!
}
# ended CODE NAME: it ends, soon, with that code, and with one error
ended() {
    local code=0
    (sleep 40; kill -KILL $run) 2>/dev/null &
    local watch=$!
    wait $run || code=$?
    kill $watch 2>/dev/null
    is "$2: exit code" "$code" "$1"
    is "$2: one error" "$(grep -c 'error:' "$ERR")" 1
    err_lacks "$2: no password" secret
    [ "$code" = "$1" ] || tap_show
}
# The tables of a MySQL database and their rows: what its one RENAME TABLE moves
tables_of() {
    local t
    for t in $(q "$1" "$2" "SELECT table_name FROM information_schema.tables
        WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'dbtwin%' ORDER BY 1"); do
        echo "$t $(q "$1" "$2" "SELECT * FROM $t ORDER BY 1" | cksum)"
    done
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
back() { # the old state: an own copy, so that it may be replaced
    dbtwin copy "$(url prod old)" "$to" >"$OUT" 2>"$ERR" || fail "back to the old state" "$(cat "$ERR")"
}

for kind in $(one_of_each); do
    server_start "$kind" prod --own && server_start "$kind" staging --own || bail "$kind did not start"
    fresh_db prod ends
    fresh_db prod old
    fresh_db staging ends
    rows >"$WORK/rows.sql"
    must load prod ends "$WORK/rows.sql"
    must q prod old "CREATE TABLE was (a int PRIMARY KEY); INSERT INTO was VALUES (1), (2); CREATE TABLE small (a int); CREATE VIEW big AS SELECT * FROM was"
    from=$(url prod ends) to=$(url staging ends)
    new=$(sum_of prod ends) old=$(sum_of prod old)
    isnt "$kind: old and new can be told apart" "$old" "$new"

    # signals, while a lock on the source holds the copy up, and while rows move
    back
    for signal in INT TERM; do
        hold 20
        begin
        until_true 10 reads_prod
        sleep 0.3
        kill -$signal $run
        ended 130 "$kind: SIG$signal while it waits"
        release
        untouched "$kind: SIG$signal while it waits" staging ends "$old"
    done
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

    # SIGKILL at any point; then the target is old or new, whole, and the next run cleans up
    n=${DBTWIN_KILLS:-12} bad=0 early=0 t0=$(date +%s%N)
    dbtwin copy "$from" "$to" >/dev/null 2>&1 || fail "$kind: a whole copy"
    span=$((($(date +%s%N) - t0) / 1000000))
    back
    for ((i = 1; i <= n; i++)); do
        begin
        sleep "$(awk "BEGIN { print $span * $i / ($n + 1) / 1000 }")"
        kill -KILL $run 2>/dev/null
        code=0
        wait $run 2>/dev/null || code=$?
        [ "$code" = 0 ] || early=$((early + 1))
        # on MySQL triggers and views follow right after the tables, finished by the next run
        if server_is_pg prod; then got=$(sum_of staging ends); else got=$(tables_of staging ends); fi
        if server_is_pg prod; then o=$old m=$new; else o=$(tables_of prod old) m=$(tables_of prod ends); fi
        case $got in
            "$o" | "$m") ;;
            *) bad=$((bad + 1)); tap_say "neither old nor new after kill $i of $n" ;;
        esac
        if ! dbtwin copy "$(url prod old)" "$to" >"$OUT" 2>"$ERR"; then
            bad=$((bad + 1)); tap_say "the next run after kill $i of $n: $(cat "$ERR")"
        fi
        [ "$(sum_of staging ends)" = "$old" ] || { bad=$((bad + 1)); tap_say "not the old state after kill $i"; }
        [ -z "$(shadows staging)" ] || { bad=$((bad + 1)); tap_say "left after kill $i: $(shadows staging)"; }
    done
    is "$kind: $n kills: always old or new, and the next run cleans up" "$bad" 0
    isnt "$kind: and they came in time" "$early" 0

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
    begin
    sleep 0.4
    server_stop staging
    ended 2 "$kind: the target's server is gone"
    restart staging
    is "$kind: the target's server is gone: then the target is as it was" "$(sum_of staging ends)" "$old"
    again "$kind: a lost server"
done
done_testing
