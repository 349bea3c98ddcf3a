#!/bin/bash
# An apply that fails, waits in vain, is interrupted or killed: what stands is known, PostgreSQL is old or new, the
# history says at which step it was, and the next apply arrives. A schema that changed after the plan was made, and a
# wrong answer on the terminal, stop it before anything is changed.
. "$(dirname "$0")/../lib/live.sh"

apply() { dbtwin apply prod stag --config "$WORK/c.yaml" --no-rehearsal "$@"; }
schema_of() { if server_is_pg one; then dump one "$1" -s; else dump one "$1" --no-data; fi | grep -v '^--'; }
# hold: another session reads the table old until let_go; its pid is in $HOLDER
hold() {
    local sql="BEGIN; SELECT * FROM old; SELECT SLEEP(100)"
    server_is_pg one && sql="BEGIN; SELECT * FROM old; SELECT pg_sleep(100)"
    q one stag "$sql" >"$WORK/held" 2>&1 &
    HOLDER=$!
    until_true 30 holds
}
holds() { [ -n "$(holders)" ]; }
holders() {
    if server_is_pg one; then
        q one stag "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
    else
        q one "" "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP(%'"
    fi
}
let_go() {
    local id
    for id in $(holders); do
        if server_is_pg one; then q one stag "SELECT pg_terminate_backend($id)" >/dev/null; else q one "" "KILL $id"; fi
    done
    wait "$HOLDER" 2>/dev/null
}
waits() { # until apply waits for the lock
    local i
    for ((i = 0; i < 100; i++)); do
        if server_is_pg one; then
            [ "$(q one stag "SELECT count(*) FROM pg_locks WHERE NOT granted")" = 0 ] || return 0
        else
            [ "$(q one "" "SELECT count(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for%lock'")" = 0 ] || return 0
        fi
        sleep 0.1
    done
    return 1
}

for kind in $(servers all); do
    case $kind in pg15 | mariadb | mysql9) ;; *) continue ;; esac
    start "$kind" one
    fresh_db one prod
    fresh_db one stag
    q one prod "CREATE TABLE users (id int PRIMARY KEY, a int)" >"$OUT"
    printf 'databases:\n  prod:\n    url: %s\n  stag:\n    url: %s\n    role: staging\n' \
        "$(url one prod)" "$(url one stag)" >"$WORK/c.yaml"
    chmod 600 "$WORK/c.yaml"
    ok "$kind: a copy" dbtwin copy prod stag --config "$WORK/c.yaml"
    q one stag "INSERT INTO users VALUES (1, 1), (2, 1)" >"$OUT"
    drift() {
        q one stag "CREATE TABLE old (a int)" >"$OUT"
        q one prod "CREATE VIEW v AS SELECT id FROM users" >"$OUT"
        schema_of stag >"$WORK/before"
    }
    drift

    # Somebody has a lock, and lets it go: tried again.
    hold
    apply --yes --allow data --lock-timeout 1 >"$OUT" 2>"$ERR" &
    pid=$!
    until_true 60 grep -q "next try in" "$ERR"
    let_go
    wait "$pid"
    is "$kind: waits in vain, and again" $? 0
    err_has "$kind: waits in vain: is told" "next try in"
    ok "$kind: and arrives" dbtwin diff prod stag --config "$WORK/c.yaml"
    ok "$kind: the history" dbtwin status stag --config "$WORK/c.yaml"
    out_has "$kind: the history: steps and seconds" "applied: "
    out_has "$kind: the history: each step's seconds" "s (step 1: 0."
    out_has "$kind: the rows are as old as the copy" "copy of"

    # Killed while it waits.
    q one prod "DROP VIEW v" >"$OUT"
    q one stag "DROP VIEW v" >"$OUT"
    drift
    hold
    for how in KILL INT; do
        apply --yes --allow data --lock-timeout 60s >"$OUT" 2>"$ERR" &
        pid=$!
        waits && pass "$kind: $how: it waits" || fail "$kind: $how: it waits" "$(cat "$ERR")"
        if [ $how = KILL ]; then # a long step says that it is at work
            until_true 20 grep -q 'step 1 of .*: [2-9] s' "$ERR" && pass "$kind: progress" || fail "$kind: progress" "$(cat "$ERR")"
        fi
        # timeout(1) runs it
        pkill_child=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
        for p in $pkill_child $pid; do
            [ "$how" = KILL ] || [ "$p" != "$pid" ] || continue
            for c in $(cat "/proc/$p/task/$p/children" 2>/dev/null) $p; do kill "-$how" "$c" 2>/dev/null; done
        done
        wait "$pid"
        code=$?
        [ "$how" = KILL ] || is "$kind: interrupted" "$code" 130
        dbtwin status stag --config "$WORK/c.yaml" >"$OUT" 2>"$ERR"
        out_has "$kind: $how: the history says where" "ended while applying: step"
    done
    let_go
    if server_is_pg one; then
        schema_of stag >"$WORK/after"
        same_files "$kind: killed: the schema is as it was" "$WORK/before" "$WORK/after"
    fi
    ok "$kind: the next one arrives" apply --yes --allow data
    dbtwin status stag --config "$WORK/c.yaml" >"$OUT" 2>"$ERR"
    out_has "$kind: the interrupted ones are told as such" "apply, ended while applying: step"
    is "$kind: none is told as under way" "$(grep -cE '^  [^ ]+  (ended while )?applying' "$OUT")" 0
    is "$kind: nor as what failed last" "$(grep -c 'last run failed' "$OUT")" 0
    ok "$kind: the next one has arrived" dbtwin diff prod stag --config "$WORK/c.yaml"
    is "$kind: rows survive" "$(q one stag "SELECT count(*) FROM users")" 2

    # A statement that fails, since rows do not fit.
    if server_is_pg one; then
        q one prod "ALTER TABLE users ADD CONSTRAINT once UNIQUE (a)" >"$OUT"
        q one prod "CREATE TABLE another (a int)" >"$OUT"
        schema_of stag >"$WORK/before"
        expect_exit 2 "$kind: a step fails" apply --yes --no-row-checks --allow scan,lock
        err_has "$kind: a step fails: which" "(create unique public.users.once): stag: could not"
        err_has "$kind: a step fails: what stands" "the target's schema is as it was"
        schema_of stag >"$WORK/after"
        same_files "$kind: a step fails: it is" "$WORK/before" "$WORK/after"
        q one stag "UPDATE users SET a = id" >"$OUT"
    else
        # A program that cannot be made again: its text is kept, until an apply has succeeded.
        q one prod "CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW SET NEW.a = 2" >"$OUT"
        q one stag "CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW SET NEW.a = 1 + 40" >"$OUT"
        # This account may drop it, but not make one that runs with the rights of another.
        q one "" "CREATE USER IF NOT EXISTS lim@localhost; GRANT ALL ON stag.* TO lim@localhost" >"$OUT"
        sed "s|$(url one stag)|$(url one stag lim)|" "$WORK/c.yaml" >"$WORK/d.yaml"
        chmod 600 "$WORK/d.yaml"
        expect_exit 2 "$kind: a trigger cannot be made again" dbtwin apply prod stag --config "$WORK/d.yaml" --no-rehearsal --yes
        err_has "$kind: a trigger cannot be made again: where its text is" "dbtwin_run"
        is "$kind: its text" "$(q one stag "SELECT COUNT(*) FROM dbtwin_run WHERE result LIKE 'kept: trigger%1 + 40%'")" 1
        dbtwin status stag --config "$WORK/c.yaml" >"$OUT" 2>"$ERR"
        out_has "$kind: status names it" "  kept: trigger users.t"
        ok "$kind: the next one makes it" apply --yes
        is "$kind: its text is needed no more" "$(q one stag "SELECT COUNT(*) FROM dbtwin_run WHERE result LIKE 'kept:%'")" 0
        q one prod "CREATE TABLE another (a int)" >"$OUT"
    fi

    # Asked on a terminal.
    ask() { python3 "$TOP/tests/lib/ask.py" "$@" "$DBTWIN" apply prod stag --config "$WORK/c.yaml" --allow scan,lock --no-rehearsal; }
    expect_exit 4 "$kind: a wrong name" ask prod
    out_has "$kind: a wrong name: what was asked" "Type the database's name (stag) to change it"
    is "$kind: a wrong name: nothing was changed" "$(q one stag "SELECT count(*) FROM information_schema.tables WHERE table_name = 'another' AND table_schema IN ('stag', 'public')")" 0
    (until_true 60 test -e "$WORK/asked"; q one stag "CREATE TABLE between_them (a int)"; rm "$WORK/asked") >"$WORK/between" 2>&1 &
    between=$!
    expect_exit 4 "$kind: changed after the plan was made" env ASK_FILE="$WORK/asked" python3 "$TOP/tests/lib/ask.py" stag \
        "$DBTWIN" apply prod stag --config "$WORK/c.yaml" --allow scan,lock --no-rehearsal
    wait $between
    out_has "$kind: changed after the plan was made: said" "has changed since the plan was made"
    q one stag "DROP TABLE between_them" >"$OUT"
    ok "$kind: the right name" ask stag
    ok "$kind: the right name: it is done" dbtwin diff prod stag --config "$WORK/c.yaml"
    server_stop one
done
done_testing
