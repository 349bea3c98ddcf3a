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

    # Between two states that are each made by one transaction every reading is the one or the other,
    # also where the server's own texts (of types, views, keys) come from a newer catalog than the rows.
    fresh_db prod states
    other="BEGIN; ALTER TYPE left_type RENAME TO right_type; ALTER TABLE one RENAME TO two; ALTER TABLE two RENAME a TO b;
        ALTER SCHEMA here RENAME TO there; CREATE TABLE duo (x int); CREATE VIEW both_view AS SELECT x FROM duo;
        CREATE FUNCTION both_function(x duo) RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMIT;"
    back="BEGIN; DROP FUNCTION both_function(duo); DROP TABLE duo CASCADE; ALTER SCHEMA there RENAME TO here;
        ALTER TABLE two RENAME b TO a; ALTER TABLE two RENAME TO one; ALTER TYPE right_type RENAME TO left_type; COMMIT;"
    must q prod states "CREATE TYPE left_type AS ENUM ('x'); CREATE TABLE one (a int PRIMARY KEY, e left_type DEFAULT 'x');
        CREATE SCHEMA here; CREATE TABLE here.t (a int REFERENCES one, b left_type CHECK (b <> 'x'));
        CREATE VIEW v AS SELECT o.a, o.e, t.b AS c FROM one o, here.t; CREATE FUNCTION f(left_type, one) RETURNS SETOF here.t
        LANGUAGE sql AS 'SELECT * FROM here.t'"
    for i in $(seq 150); do # more to read, so that reading takes longer
        echo "CREATE TABLE here.more$i (a int PRIMARY KEY REFERENCES one, e left_type); CREATE VIEW here.view$i AS SELECT a, e FROM one;"
    done >"$WORK/more.sql"
    must load prod states "$WORK/more.sql"
    state() { dbtwin inspect "$(url prod states)" --format json 2>"$WORK/err" >"$WORK/y" || return; grep -vE '"(taken_at|rows|bytes)":' "$WORK/y" >"$1"; }
    must state "$WORK/state.0"
    must q prod states "$other"
    must state "$WORK/state.1"
    must q prod states "$back"
    must state "$WORK/state.2"
    same_files "$kind: a state that comes back reads the same" "$WORK/state.0" "$WORK/state.2"
    ok "$kind: and another reads otherwise" sh -c "! cmp -s $WORK/state.0 $WORK/state.1"
    for _ in $(seq 200); do echo "$other SELECT pg_sleep(1); $back SELECT pg_sleep(1);"; done >"$WORK/loop.sql"
    pg prod states -f "$WORK/loop.sql" >"$WORK/loop.log" 2>&1 &
    loop=$!
    at_exit sh -c "kill $loop 2>/dev/null || true"
    read_well=0 mixed=0 refused=0
    for _ in $(seq 8); do
        if state "$WORK/state"; then
            read_well=$((read_well + 1))
            cmp -s "$WORK/state" "$WORK/state.0" || cmp -s "$WORK/state" "$WORK/state.1" || {
                mixed=$((mixed + 1))
                diff "$WORK/state.0" "$WORK/state" | head -n 8 | sed 's/^/# /'
            }
        elif grep -q 'schema kept changing' "$WORK/err"; then
            refused=$((refused + 1))
        else
            mixed=$((mixed + 1))
            sed 's/^/# /' "$WORK/err"
        fi
    done
    kill "$loop" 2>/dev/null
    wait "$loop" 2>/dev/null
    isnt "$kind: readings came through ($read_well, refused $refused)" "$read_well" 0
    is "$kind: and each was a state that there was" "$mixed" 0
done
done_testing
