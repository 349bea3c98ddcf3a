#!/bin/bash
# A role that may not create databases, but owns the schemas: the copy goes schema by schema within the
# database, by itself. Readers go on, and see the old state or the new, each whole; a kill leaves one of
# them; what is kept, granted and set stays. Where it cannot be done so, it is refused, with what it takes.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

lock_of() { q staging postgres "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"; }
is_deep() { [ "$(q staging postgres "SELECT count(*) FROM pg_stat_activity WHERE datname = 'swaps' AND query ~ 'COPY \"app\"' AND backend_xid IS NOT NULL")" = 1 ]; }
idle_again() { [ "$(q staging postgres "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'dbtwin%'")" = 0 ]; }
left() { q staging swaps "SELECT nspname FROM pg_namespace WHERE nspname ~ 'dbtwin_old'"; }
# without what a killed run left to drop: everything that bears a name of its own
state() { dump staging swaps -N '*__dbtwin_old' | cksum; }
is_new() { [ "$(q staging swaps "SELECT count(*) FROM app.t" 2>/dev/null)" = 60000 ]; }
as_own() { PGUSER=swap_own q staging "$@"; }

for kind in $(servers pg | tail -n 1); do
    start "$kind" prod staging
    for n in prod staging; do
        q $n postgres "DROP DATABASE IF EXISTS swaps" >/dev/null
        q $n postgres "DROP OWNED BY swap_own, swap_reader, swap_tester; DROP ROLE swap_own, swap_reader, swap_tester" >/dev/null 2>&1
        must q $n postgres "CREATE ROLE swap_own LOGIN; CREATE ROLE swap_reader LOGIN; CREATE ROLE swap_tester LOGIN"
        must q $n postgres "CREATE DATABASE swaps OWNER swap_own"
        must q $n swaps "ALTER SCHEMA public OWNER TO swap_own; CREATE SCHEMA ext; GRANT USAGE ON SCHEMA ext TO PUBLIC; CREATE EXTENSION hstore SCHEMA ext"
        must q $n swaps "ALTER SCHEMA ext OWNER TO swap_own"
    done
    cat >"$WORK/prod.sql" <<'SQL'
SET ROLE swap_own;
CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('a', 'b'); GRANT USAGE ON SCHEMA app TO swap_reader;
CREATE TABLE app.t (id serial PRIMARY KEY, m app.mood, h ext.hstore, t text, u int);
INSERT INTO app.t (m, h, t, u) SELECT 'a', 'k=>1', repeat(md5(n::text), 8), n FROM generate_series(1, 60000) n;
CREATE INDEX ON app.t (t); CREATE INDEX ON app.t (u); CREATE INDEX ON app.t USING gin (h);
CREATE TABLE public.u (id int PRIMARY KEY REFERENCES app.t, n int); CREATE INDEX ON u (n);
INSERT INTO public.u SELECT n, n FROM generate_series(1, 60000) n;
CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM app.t';
CREATE VIEW public.v AS SELECT id, m FROM app.t; CREATE MATERIALIZED VIEW public.mv AS SELECT count(*) AS n FROM app.t;
CREATE FUNCTION public.tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER g BEFORE INSERT ON public.u FOR EACH ROW EXECUTE FUNCTION public.tf();
GRANT SELECT ON app.t, public.u, public.v TO swap_reader; GRANT USAGE ON SCHEMA public TO swap_reader;
SELECT lo_from_bytea(4711, 'large');
SQL
    cat >"$WORK/old.sql" <<'SQL'
SET ROLE swap_own;
CREATE SCHEMA app; GRANT USAGE ON SCHEMA app, public TO swap_reader, swap_tester;
CREATE TABLE app.t (id int PRIMARY KEY, h ext.hstore); INSERT INTO app.t SELECT generate_series(1, 7);
CREATE TABLE public.u (old int); INSERT INTO public.u SELECT generate_series(1, 7);
CREATE TABLE app.notes (id serial PRIMARY KEY, t text); INSERT INTO app.notes (t) VALUES ('mine');
CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM app.t';
CREATE SCHEMA gone; CREATE TABLE gone.x (h ext.hstore); SELECT lo_from_bytea(4711, 'small');
GRANT SELECT ON app.t, public.u TO swap_reader; GRANT SELECT ON app.t TO swap_tester;
SQL
    must load prod swaps "$WORK/prod.sql"
    must load staging swaps "$WORK/old.sql"
    must q staging postgres "ALTER DATABASE swaps SET work_mem = '7MB'; ALTER ROLE swap_reader IN DATABASE swaps SET search_path = app, public"
    from=$(url prod swaps) to=$(url staging swaps swap_own)

    # ---- which way
    must q staging swaps "ALTER SCHEMA gone OWNER TO postgres"
    before=$(state)
    expect_exit 2 "$kind: a schema of somebody else's" dbtwin copy "$from" "$to" --replace swaps
    err_has "$kind: the way by a database" "ALTER ROLE swap_own CREATEDB"
    err_has "$kind: the way by schemas" 'ALTER SCHEMA "gone" OWNER TO swap_own'
    err_has "$kind: nor in place" "--in-place"
    must q staging swaps "ALTER SCHEMA gone OWNER TO swap_own; CREATE EXTENSION pg_trgm SCHEMA gone"
    expect_exit 2 "$kind: an extension among other things" dbtwin copy "$from" "$to" --replace swaps
    err_has "$kind: is told" 'extensions live in schema "gone"'
    must q staging swaps "DROP EXTENSION pg_trgm"
    is "$kind: as it was" "$(state)" "$(dump staging swaps -N '*__dbtwin_old' | cksum)"
    expect_exit 4 "$kind: no earlier state can be kept" dbtwin copy -v "$from" "$to" --replace swaps --keep-previous 1
    err_has "$kind: with the reason" "large object 4711"
    err_has "$kind: and what to do" "omit --keep-previous"
    err_lacks "$kind: before anything of production is read" "phase: snapshot"
    expect_exit 4 "$kind: preflight knows it" dbtwin preflight "$from" "$to" --replace swaps --keep-previous 1
    out_has "$kind: and says so" "omit --keep-previous"

    # ---- killed: the old state; a kill behind the commit: the new
    before=$(state)
    for n in 2 5 8 11 14; do
        "$DBTWIN" copy --create -q "$from" "$to" --replace swaps -j 4 >/dev/null 2>&1 </dev/null &
        run=$!
        sleep "$(awk "BEGIN { print $n / 10 }")"
        kill -KILL $run 2>/dev/null && hit=yes || hit=no
        wait $run 2>/dev/null
        until_true 20 idle_again
        if is_new; then
            tap_say "$kind: killed after 0.$n s: the new state (still running: $hit)"
            must q staging swaps "SET ROLE swap_own; SELECT lo_unlink(4711); DROP SCHEMA app CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS dbtwin CASCADE"
            [ "$kind" = pg13 ] || [ "$kind" = pg14 ] || must q staging swaps "COMMENT ON SCHEMA public IS 'standard public schema'"
            must load staging swaps "$WORK/old.sql"
            before=$(state)
        else
            is "$kind: killed after $((n * 100)) ms" "$(state)" "$before"
        fi
    done

    # ---- a run whose machine is gone, but for the server it is not: the next one ends it. Anybody
    # else who is in the way is named in time, and not ended
    "$DBTWIN" copy --create -q --max-rate 100k "$from" "$to" --replace swaps >"$WORK/gone.out" 2>&1 </dev/null &
    run=$!
    ok "$kind: a run that holds what is replaced" until_true 20 is_deep
    kill -STOP $run
    must q staging postgres "SELECT pg_terminate_backend($(lock_of))"
    expect_exit 2 "$kind: the next one ends its session" dbtwin copy "$from" "$to" --replace swaps --max-rate 100k --max-snapshot-age 2s
    err_has "$kind: and comes as far as to the rows" "max-snapshot-age"
    kill -CONT $run
    code=0
    wait $run || code=$?
    is "$kind: it fails, should it come back" "$code" 2
    until_true 20 idle_again
    is "$kind: nothing came of either" "$(state)" "$before"

    # ---- a copy, beside readers and a writer of what is kept
    printf '%s\n' '\timing on' 'PREPARE p AS SELECT count(*) FROM u;' 'EXECUTE p \watch 0.01' |
        PGUSER=swap_reader pg staging swaps -At >"$WORK/watch" 2>"$WORK/watch.err" &
    watch=$!
    at_exit kill $watch
    (
        while [ ! -e "$WORK/stop" ]; do
            PGUSER=swap_reader q staging swaps "BEGIN; SELECT count(*) FROM t; SELECT f(); SELECT count(*) FROM u; COMMIT" 2>>"$WORK/trouble" | tr '\n' ' '
            echo
        done >"$WORK/seen"
    ) &
    reader=$!
    (
        n=0
        while [ ! -e "$WORK/stop" ]; do
            PGUSER=swap_own q staging swaps "INSERT INTO app.notes (t) VALUES ('w')" 2>>"$WORK/trouble" && n=$((n + 1))
            echo $n >"$WORK/written"
        done
    ) &
    writer=$!
    at_exit touch "$WORK/stop"
    sleep 0.3
    ok "$kind: a copy" dbtwin copy "$from" "$to" --replace swaps -j 4 --keep-table app.notes --keep-grants swap_tester
    err_has "$kind: says its way" "schema by schema"
    err_has "$kind: and why" "may not create databases"
    sleep 0.3
    touch "$WORK/stop"
    wait "$reader" "$writer"
    rm -f "$WORK/stop"
    cp "$WORK/watch.err" "$WORK/watch.trouble"
    q staging postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'swap_reader'" >/dev/null
    wait $watch 2>/dev/null
    is "$kind: readers saw the old or the new" "$(sort "$WORK/seen" | uniq -c | grep -cvE '^ *[0-9]+ (7 7 7|60000 60000 60000) $')" 0
    isnt "$kind: the old" "$(grep -c '^7 ' "$WORK/seen")" 0
    isnt "$kind: and the new" "$(grep -c '^60000 ' "$WORK/seen")" 0
    is "$kind: without an error" "$(cat "$WORK/trouble" "$WORK/watch.trouble")" ''
    is "$kind: a prepared statement found the new one" "$(grep -E '^(7|60000)$' "$WORK/watch" | uniq | tr '\n' ' ')" '7 60000 '
    most=$(sed -n 's/^Time: \([0-9]*\)[.,].*/\1/p' "$WORK/watch" | sort -n | tail -n 1)
    tap_say "$kind: $(grep -c '^Time' "$WORK/watch") reads, the longest took $most ms; $(wc -l <"$WORK/seen") transactions; $(cat "$WORK/written") rows written"
    [ "${most:-9999}" -lt 1000 ] && pass "$kind: nobody waited for a second" || fail "$kind: nobody waited for a second" "$most ms"
    is "$kind: no row of what is kept was lost" "$(q staging swaps "SELECT count(*) FROM app.notes")" "$(($(cat "$WORK/written") + 1))"
    is "$kind: the rights that are kept" "$(q staging swaps "SELECT has_table_privilege('swap_tester', 'app.t', 'SELECT')")" t
    is "$kind: the settings of the database" "$(PGUSER=swap_reader q staging swaps "SHOW work_mem") $(PGUSER=swap_reader q staging swaps "SHOW search_path")" "7MB app, public"
    is "$kind: the large object" "$(q staging swaps "SELECT lo_get(4711)")" "$(q prod swaps "SELECT lo_get(4711)")"
    is "$kind: nothing is left" "$(left)" ''
    is "$kind: what was there is gone" "$(q staging swaps "SELECT to_regclass('gone.x') IS NULL")" t

    # ---- the result by pg_dump
    ok "$kind: again, over a copy" dbtwin copy -q "$from" "$to" --verify full
    err_empty "$kind: quietly"
    dump prod swaps >"$WORK/a.sql"
    dump staging swaps >"$WORK/b.sql"
    same_files "$kind: byte for byte production's" "$WORK/a.sql" "$WORK/b.sql"
    ok "$kind: no drift" dbtwin diff "$from" "$to" --ignore kind:setting
    ok "$kind: status" dbtwin status "$to"
    expect_exit 4 "$kind: there is no way back" dbtwin rollback "$to"
    err_has "$kind: and why" "no previous state"
    err_lacks "$kind: no word of a copy" "the copy is made"
    is "$kind: the history goes on" "$(q staging swaps "SELECT count(*) FROM dbtwin.run")" 2
    must dbtwin snapshot -q "$from" -o "$WORK/swaps.dbtwin" --force
    ok "$kind: a restore goes the same way" dbtwin restore "$WORK/swaps.dbtwin" "$to"
    err_has "$kind: and says so" "schema by schema"
    dump staging swaps >"$WORK/b.sql"
    same_files "$kind: byte for byte too" "$WORK/a.sql" "$WORK/b.sql"

    # ---- who stays in a transaction is ended; who may not be ended keeps the old state
    must q prod swaps "UPDATE public.u SET n = -1 WHERE id = 1"
    PGUSER=swap_own pg staging swaps -At -c "BEGIN" -c "SELECT count(*) FROM app.t" -c "SELECT pg_sleep(60)" >/dev/null 2>&1 &
    sitter=$!
    sleep 0.5
    ok "$kind: somebody sits in a transaction" dbtwin copy "$from" "$to"
    err_has "$kind: and is ended, which is told" "ends a session of swap_own"
    wait $sitter 2>/dev/null
    is "$kind: the new state" "$(q staging swaps "SELECT n FROM public.u WHERE id = 1")" -1
    before=$(state)
    must q prod swaps "UPDATE public.u SET n = -2 WHERE id = 1"
    pg staging swaps -At -c "BEGIN" -c "SELECT count(*) FROM app.t" -c "SELECT pg_sleep(60)" >/dev/null 2>&1 &
    sitter=$!
    sleep 0.5
    expect_exit 2 "$kind: a superuser's cannot be ended" dbtwin copy -q "$from" "$to"
    err_has "$kind: a hint says what to do" "pg_signal_backend"
    q staging postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()" >/dev/null
    wait $sitter 2>/dev/null
    is "$kind: as it was" "$(state)" "$before"

    # ---- killed behind the commit, while somebody's transaction is waited for
    pg staging swaps -At -c "BEGIN" -c "SELECT 1" -c "SELECT pg_sleep(60)" >/dev/null 2>&1 &
    sitter=$!
    "$DBTWIN" copy --create -q "$from" "$to" >"$OUT" 2>"$ERR" </dev/null &
    run=$!
    swapped() { [ "$(q staging swaps "SELECT n FROM public.u WHERE id = 1")" = -2 ]; }
    until_true 60 swapped
    kill -KILL $run
    wait $run 2>/dev/null
    q staging postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()" >/dev/null
    wait $sitter 2>/dev/null
    isnt "$kind: killed before the old ones were dropped" "$(left)" ''
    dump prod swaps >"$WORK/a.sql"
    dump staging swaps -N '*__dbtwin_old' >"$WORK/b.sql"
    same_files "$kind: the new state, all of it" "$WORK/a.sql" "$WORK/b.sql"
    ok "$kind: the next run" dbtwin copy "$from" "$to"
    err_has "$kind: tells" "left by an earlier run"
    is "$kind: and removes them" "$(left)" ''

    # ---- with the right to create databases it is a database
    case $kind in
        pg13 | pg14) skip "$kind: with CREATEDB" "before 15 public of a new database is a superuser's" ;;
        *)
            must q staging postgres "ALTER ROLE swap_own CREATEDB"
            ok "$kind: with CREATEDB" dbtwin copy "$from" "$to"
            err_lacks "$kind: it goes by a database" "schema by schema"
            ;;
    esac
    must q staging postgres "ALTER ROLE swap_own NOCREATEDB; ALTER DATABASE swaps OWNER TO postgres; GRANT CREATE ON DATABASE swaps TO swap_own"
    # who owns not the database, but its schemas
    ok "$kind: not the database's owner" dbtwin copy "$from" "$to"
    err_has "$kind: schema by schema" "schema by schema"
    must q staging postgres "REVOKE CREATE ON DATABASE swaps FROM swap_own"
    expect_exit 2 "$kind: who may not create schemas" dbtwin copy -q "$from" "$to"
    err_has "$kind: is told the GRANT" "GRANT CREATE ON DATABASE swaps TO swap_own"
    for n in prod staging; do
        must q $n postgres "DROP DATABASE swaps"
        must q $n postgres "DROP ROLE swap_own, swap_reader, swap_tester"
    done
done
done_testing
