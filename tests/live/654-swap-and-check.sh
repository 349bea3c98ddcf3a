#!/bin/bash
# The swap tells whose sessions it ends, ends them and lets them come back; what hangs on the database
# itself survives it. Rows that go missing or change between load and swap are noticed.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

# tamper SQL SEEN: does that in the shadow as soon as there are rows; SEEN gives 1 when it was done
tamper() {
    local db=carry__dbtwin_shadow
    (
        for _ in $(seq 400); do
            [ ! -e "$WORK/stop" ] || exit
            q staging "$db" "$1" >/dev/null 2>&1 && [ "$(q staging "$db" "$2" 2>/dev/null)" = 1 ] && exit
            sleep 0.02
        done
    ) &
    tampering=$!
}
tampered() { # waits for it
    touch "$WORK/stop"
    wait "$tampering"
    rm -f "$WORK/stop"
}

for kind in $(some_servers); do
    start "$kind" prod staging
    fresh_db prod carry
    fresh_db staging carry
    from=$(url prod carry) to=$(url staging carry)
    must q prod carry "CREATE TABLE t (id int PRIMARY KEY, a varchar(40), b varchar(40))"
    if server_is_pg prod; then
        must q prod carry "INSERT INTO t SELECT n, md5(n::text), md5((2 * n)::text) FROM generate_series(1, 100000) n"
    else
        must q prod carry "INSERT INTO t WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT x.i + 1000 * (y.i - 1), LEFT(SHA2(x.i, 256), 32), LEFT(SHA2(y.i, 256), 32) FROM n x, n y WHERE y.i <= 50"
    fi
    must q prod carry "CREATE INDEX t_a ON t (a)"
    must q prod carry "CREATE INDEX t_b ON t (b)"
    must q prod carry "CREATE INDEX t_ab ON t (a, b)"
    must q prod carry "CREATE INDEX t_ba ON t (b, a)"

    for how in counts full none; do
        ok "$kind: --verify $how" dbtwin copy -q "$from" "$to" --verify $how
    done
    expect_exit 2 "$kind: --verify otherwise" dbtwin copy "$from" "$to" --verify half
    before=$(sum_of staging carry)
    tamper "DELETE FROM t WHERE id = 77" "SELECT CASE WHEN count(*) > 1000 AND count(CASE WHEN id = 77 THEN 1 END) = 0 THEN 1 END FROM t"
    expect_exit 2 "$kind: a row that goes missing" dbtwin copy "$from" "$to"
    tampered
    err_like "$kind: is counted" 'rows were loaded, but it holds'
    untouched "$kind: a row that goes missing" staging carry "$before"
    tamper "UPDATE t SET b = 'x' WHERE id = 77" "SELECT count(*) FROM t WHERE id = 77 AND b = 'x'"
    expect_exit 2 "$kind: a row that changes" dbtwin copy "$from" "$to" --verify full
    tampered
    err_has "$kind: is seen" "differ from those that were read"
    untouched "$kind: a row that changes" staging carry "$before"

    if server_is_pg prod; then
        must q staging postgres "DO \$\$ BEGIN CREATE ROLE carry_r LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$"
        must q staging carry "ALTER DATABASE carry SET search_path = \"My Schema\", public"
        must q staging carry "ALTER DATABASE carry SET work_mem = '9MB'"
        must q staging carry "ALTER ROLE carry_r IN DATABASE carry SET statement_timeout = '33s'"
        must q staging carry "REVOKE CONNECT ON DATABASE carry FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE carry TO carry_r WITH GRANT OPTION"
        must q staging carry "ALTER DATABASE carry CONNECTION LIMIT 77"
        must q staging carry "COMMENT ON DATABASE carry IS 'it''s ours'"
        own() {
            q staging postgres "SELECT setrole::regrole, setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = 'carry' ORDER BY 1::text;
                SELECT pg_get_userbyid(datdba), (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a), datconnlimit, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'carry'"
        }
        had=$(own)
        (PGAPPNAME='a tester' q staging carry "SELECT pg_sleep(60)") >/dev/null 2>"$WORK/guest" &
        guest=$!
        until_true 10 eval '[ "$(q staging postgres "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '"'%pg_sleep(60)'"'")" -ge 1 ]'
        ok "$kind: a copy while somebody is there" dbtwin copy "$from" "$to"
        err_like "$kind: tells whom it ends" 'ends 1 session.*a tester'
        wait "$guest"
        is "$kind: settings, rights, limit and comment are the same" "$(own)" "$had"
        is "$kind: and everybody may come again" "$(q staging carry "SELECT count(*) FROM public.t")" 100000
        fresh_db staging carry
        must q staging postgres "DROP ROLE carry_r"
    else
        must q staging '' "DROP USER IF EXISTS carry_r@localhost"
        must q staging '' "CREATE USER carry_r@localhost"
        must q staging '' "GRANT SELECT, INSERT ON carry.* TO carry_r@localhost"
        must q staging '' "GRANT UPDATE (b) ON carry.t TO carry_r@localhost"
        had=$(q staging '' "SHOW GRANTS FOR carry_r@localhost")
        (q staging carry "START TRANSACTION; SELECT COUNT(*) FROM t; SELECT SLEEP(60)") >/dev/null 2>&1 &
        guest=$!
        until_true 10 eval '[ "$(q staging "" "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '"'SELECT SLEEP%'"'")" = 1 ]'
        ok "$kind: a copy while somebody's transaction is open" dbtwin copy "$from" "$to"
        err_like "$kind: tells whom it ends" 'ends 1 session in database carry.*root from localhost'
        wait "$guest"
        isnt "$kind: who is ended" $? 0
        is "$kind: rights are the same" "$(q staging '' "SHOW GRANTS FOR carry_r@localhost")" "$had"
        must q staging '' "DROP USER carry_r@localhost"
    fi
done
done_testing
