#!/bin/bash
# A schema that is not asked for is not read: what is left is what is left of a whole model, object for
# object, and what is locked or broken there does not matter.
. "$(dirname "$0")/../lib/live.sh"

set -f # patterns are no names of files

for kind in $(servers pg); do
    start "$kind" prod
    db=select_all
    fresh_db prod "$db"
    must load prod "$db" "$TOP/fixtures/introspect/postgres.sql"
    must q prod "$db" "CREATE SCHEMA giant; CREATE TABLE giant.t (a int PRIMARY KEY, b text DEFAULT 'x', CHECK (a > 0));
        CREATE VIEW giant.v AS SELECT a FROM giant.t; CREATE FUNCTION giant.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE TABLE giant.child (a int REFERENCES giant.t); CREATE TYPE giant.e AS ENUM ('a');
        CREATE TABLE public.uses_giant (a int REFERENCES giant.t, e giant.e)"
    ok "$kind: the whole" dbtwin inspect "$(url prod $db)" -f xml
    sed 's/ taken_at="[^"]*"//; s/ label="[^"]*"//' "$OUT" >"$WORK/whole.xml"
    for what in "--ignore giant" "--schema giant" "--schema public" "--schema select --schema g*" \
        "--ignore S.* --ignore gi?nt" "--ignore giant --ignore kind:grant"; do
        ok "$kind: $what: live" dbtwin inspect "$(url prod $db)" -f xml $what
        sed 's/ taken_at="[^"]*"//; s/ label="[^"]*"//' "$OUT" >"$WORK/live.xml"
        ok "$kind: $what: of the whole model" dbtwin inspect "$WORK/whole.xml" -f xml $what
        sed 's/ taken_at="[^"]*"//; s/ label="[^"]*"//' "$OUT" >"$WORK/file.xml"
        same_files "$kind: $what: the same" "$WORK/file.xml" "$WORK/live.xml"
        isnt "$kind: $what: something is left out" "$(wc -c <"$WORK/live.xml")" "$(wc -c <"$WORK/whole.xml")"
    done
    ok "$kind: no pattern is said to match nothing" dbtwin inspect "$(url prod $db)" --ignore giant --schema public --schema giant
    err_lacks "$kind: no warning" "matches nothing"

    q prod postgres "DROP DATABASE IF EXISTS ${db}_twin" >/dev/null 2>&1
    must q prod postgres "CREATE DATABASE ${db}_twin TEMPLATE $db"
    # Another session holds the table that the view reads.
    pg prod "$db" -c "BEGIN" -c "LOCK TABLE giant.t" -c "SELECT pg_sleep(60)" >"$WORK/lock" 2>&1 &
    at_exit sh -c "kill $! 2>/dev/null || true"
    for _ in $(seq 100); do
        [ "$(q prod "$db" "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'giant.t'::regclass")" = 1 ] && break
        sleep 0.1
    done
    # (1: settings and grants of the database itself do not come with a template)
    expect_exit 1 "$kind: a locked table in it does not matter" timeout 8 "$DBTWIN" diff "$(url prod ${db}_twin)" "$(url prod $db)" --ignore giant
    out_has "$kind: and it is said" "not read: 1 schema"
    expect_exit 2 "$kind: where it is read, it does" dbtwin inspect "$(url prod $db)"
    q prod "$db" "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()" >/dev/null
done
done_testing
