#!/bin/bash
# A partition whose DETACH CONCURRENTLY was cut short is neither in its table nor out of it: diff does not call
# that the same, a copy is refused with the statement that ends it, and goes once that was done.
. "$(dirname "$0")/../lib/live.sh"

for kind in $(servers pg); do
    [ "$kind" != pg13 ] || continue # DETACH CONCURRENTLY came with 14
    start "$kind" prod staging
    for n in prod staging; do
        fresh_db $n pending
        must q $n pending "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2)"
    done
    must q prod pending "INSERT INTO p VALUES (1), (2)"
    # a reader keeps the second half from beginning
    pg prod pending -c "BEGIN; SELECT * FROM p; SELECT pg_sleep(20)" >/dev/null 2>&1 &
    reader=$!
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        [ "$(q prod postgres "SELECT count(*) FROM pg_stat_activity WHERE query ~ 'pg_sleep\(20' AND pid <> pg_backend_pid() AND state = 'active'")" = 1 ] && break
        sleep 0.2
    done
    pg prod pending -c "SET statement_timeout = '2s'" -c "ALTER TABLE p DETACH PARTITION p2 CONCURRENTLY" >/dev/null 2>&1
    q prod postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ 'pg_sleep\(20' AND pid <> pg_backend_pid()" >/dev/null
    wait "$reader" 2>/dev/null
    is "$kind: a partition is half detached" "$(q prod pending "SELECT count(*) FROM pg_inherits WHERE inhdetachpending")" 1
    from=$(url prod pending) to=$(url staging pending)
    dbtwin diff "$from" "$to" >"$OUT" 2>"$ERR"
    isnt "$kind: diff does not say the same" $? 0
    out_has "$kind: and names the partition" "DETACH PARTITION public.p2 FINALIZE"
    expect_exit 4 "$kind: a copy is refused" dbtwin copy "$from" "$to" --replace pending
    err_has "$kind: with the way out" "DETACH PARTITION public.p2 FINALIZE"
    must q prod pending "ALTER TABLE p DETACH PARTITION p2 FINALIZE"
    ok "$kind: then it goes" dbtwin copy -q "$from" "$to" --replace pending
    is "$kind: with the rows of both" "$(q staging pending "SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM p2)")" "1	1"
    for n in prod staging; do must q $n postgres "DROP DATABASE pending"; done
done
done_testing
