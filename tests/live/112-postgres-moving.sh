#!/bin/bash
# While somebody creates and drops objects, reading gives a consistent model or a clear error, never
# a crash or half an object.
. "$(dirname "$0")/../lib/live.sh"

for kind in $(servers pg); do
    start "$kind" prod
    fresh_db prod moving
    must q prod moving "CREATE TABLE still (a int PRIMARY KEY, b text DEFAULT 'x')"
    for _ in $(seq 300); do
        echo "CREATE TABLE t (a serial PRIMARY KEY, b text DEFAULT lower('X'), c int CHECK (c > 0));
            CREATE VIEW v AS SELECT a, b FROM t WHERE c > 1; CREATE INDEX ON t (lower(b)) WHERE c > 3;
            CREATE FUNCTION f(x t) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TYPE e AS ENUM ('a');
            ALTER TABLE t ADD COLUMN e e DEFAULT 'a'; DROP TABLE t CASCADE; DROP TYPE e;"
    done >"$WORK/loop.sql"
    pg prod moving -f "$WORK/loop.sql" >"$WORK/loop.log" 2>&1 &
    loop=$!
    at_exit sh -c "kill $loop 2>/dev/null || true"
    tried=0 whole=0 odd=0
    while kill -0 "$loop" 2>/dev/null && [ "$tried" -lt 30 ]; do
        dbtwin inspect "$(url prod moving)" --format xml >"$WORK/x" 2>"$WORK/err"
        code=$?
        tried=$((tried + 1))
        # Whole: the view only with its table, the table with its key.
        if [ "$code" = 0 ]; then
            whole=$((whole + 1))
            if grep -q '<view name="v"' "$WORK/x" && ! grep -q '<table name="t"' "$WORK/x"; then odd=$((odd + 1)); fi
            if grep -q '<table name="t"' "$WORK/x" && ! grep -q '<primary_key name="t_pkey"' "$WORK/x"; then odd=$((odd + 1)); fi
            grep -q '<table name="still"' "$WORK/x" || odd=$((odd + 1))
        elif [ "$code" != 2 ] || ! grep -q 'schema kept changing' "$WORK/err"; then
            odd=$((odd + 1))
            sed 's/^/# /' "$WORK/err"
        fi
    done
    kill "$loop" 2>/dev/null
    wait "$loop" 2>/dev/null
    isnt "$kind: it was read while it moved" "$tried" 0
    isnt "$kind: and some readings came through" "$whole" 0
    is "$kind: each was whole or clearly refused" "$odd" 0
done
done_testing
