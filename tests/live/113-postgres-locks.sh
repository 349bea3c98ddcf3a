#!/bin/bash
# What printing a view locks is given back soon: many views are read with few locks at a time; and
# where a table is locked, reading waits for seconds only and says why it ended.
. "$(dirname "$0")/../lib/live.sh"

for kind in $(servers pg); do
    # a small lock table, so that there are some two hundred ranges
    server_start "$kind" prod --own -- -c max_locks_per_transaction=10 -c max_connections=10 ||
        bail "$kind did not start"
    fresh_db prod locks
    {
        echo "SET client_min_messages = warning;"
        for i in $(seq 1000); do
            echo "CREATE TABLE t$i (id int); CREATE VIEW v$i AS SELECT id FROM t$i;"
            [ $((i % 10)) = 0 ] || continue
            echo "CREATE RULE r AS ON INSERT TO t$i DO ALSO SELECT count(*) FROM t$((i - 1));
                CREATE POLICY p ON t$i USING (EXISTS (SELECT FROM t$((i - 2)) x WHERE x.id = t$i.id));
                CREATE MATERIALIZED VIEW m$i AS SELECT t.id FROM t$i t, t$((i - 3)) u WITH NO DATA;"
        done
    } >"$WORK/make.sql"
    must load prod locks "$WORK/make.sql"
    dbtwin inspect -v "$(url prod locks)" -o "$WORK/x" 2>"$WORK/log"
    is "$kind: it is read" $? 0
    counts=$(sed -n 's/.* rows of \([0-9]*\) statements in \([0-9]*\) messages.*/\1 \2/p' "$WORK/log")
    ok "$kind: in many statements, but few messages ($counts)" \
        test "${counts% *}" -gt 240 -a "${counts#* }" -le 20
    # from 16 on a column is qualified only where there are two relations
    is "$kind: every view has its query" \
        "$(grep -cE '<query> *SELECT (t[0-9]*\.)?id' "$WORK/x")" 1100
    is "$kind: every rule has its text" "$(grep -c '<definition>CREATE RULE' "$WORK/x")" 100
    is "$kind: every policy has its condition" "$(grep -c '<using>(EXISTS' "$WORK/x")" 100

    # A session that holds a table until its input ends.
    mkfifo "$WORK/hold-$kind"
    pg prod locks <"$WORK/hold-$kind" >"$WORK/held-$kind" 2>&1 &
    holder=$!
    exec 8>"$WORK/hold-$kind"
    at_exit sh -c "kill $holder 2>/dev/null || true"
    echo "BEGIN; LOCK TABLE t990 IN ACCESS EXCLUSIVE MODE; SELECT 'held' AS held;" >&8
    for _ in $(seq 50); do
        if grep -q held "$WORK/held-$kind"; then break; fi
        sleep 0.1
    done
    s=$SECONDS
    dbtwin inspect "$(url prod locks)" -o "$WORK/y" >/dev/null 2>"$WORK/err" &
    reader=$!
    locks=
    for _ in $(seq 80); do
        locks=$(q prod locks "SELECT count(*) FILTER (WHERE l.granted) FROM pg_locks l
            JOIN pg_stat_activity a USING (pid)
            WHERE a.application_name = 'dbtwin' AND l.locktype = 'relation'
            HAVING count(*) FILTER (WHERE NOT l.granted) > 0")
        if [ -n "$locks" ] || ! kill -0 "$reader" 2>/dev/null; then break; fi
        sleep 0.1
    done
    isnt "$kind: it waits for the locked table" "$locks" ''
    # 12 relations at most in one range, and the catalogs that the query reads
    ok "$kind: and holds few locks meanwhile (${locks:-none})" test "${locks:-9999}" -lt 150
    wait "$reader"
    is "$kind: a locked table is an error" $? 2
    ok "$kind: after seconds, not hours" test $((SECONDS - s)) -lt 60
    ok "$kind: which says what to do" grep -q 'hint: .*has locked a table' "$WORK/err"
    exec 8>&-
    wait "$holder"
    server_stop prod
done
done_testing
