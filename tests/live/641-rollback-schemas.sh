#!/bin/bash
# A role that may not create databases: what a copy replaces is kept as schemas under dated names, whole
# and unseen by all that reads the database, and rollback renames it back. What is in no schema cannot be
# kept so; where there is any, the copy is refused before anything is read.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

at='__dbtwin_[0-9]{8}T[0-9]{6}$'
stamps() { q staging keeps "SELECT right(nspname, 15) FROM pg_namespace WHERE nspname ~ '^dbtwin$at' ORDER BY 1"; }
# all of the state in place, but for the mark and the history
state() { dump staging keeps -N '*__dbtwin_*' -N dbtwin | cksum; }
schemas() { q staging keeps "SELECT nspname FROM pg_namespace WHERE nspname ~ '$at' ORDER BY 1"; }
left() { q staging keeps "SELECT nspname FROM pg_namespace WHERE nspname ~ '__dbtwin_old$'"; }
version() { q staging keeps "SELECT n FROM app.t WHERE id = 1"; }
publish() { # VERSION OPTION...: a copy of another state
    must q prod keeps "UPDATE app.t SET n = $1 WHERE id = 1"
    shift
    must dbtwin copy -q "$from" "$to" "$@"
    err_empty "$kind: a copy of another state: quietly"
}
# keys, views, defaults ... of kept schemas that lead out of what was kept with them
strays() {
    q staging keeps "WITH s AS (SELECT oid, CASE WHEN nspname ~ '$at' THEN right(nspname, 15) END AS at FROM pg_namespace WHERE nspname !~ '^pg_'),
        o AS (SELECT 'pg_class'::regclass AS class, c.oid, at FROM pg_class c JOIN s ON s.oid = relnamespace
            UNION ALL SELECT 'pg_proc'::regclass, c.oid, at FROM pg_proc c JOIN s ON s.oid = pronamespace
            UNION ALL SELECT 'pg_type'::regclass, c.oid, at FROM pg_type c JOIN s ON s.oid = typnamespace
            UNION ALL SELECT 'pg_constraint'::regclass, c.oid, at FROM pg_constraint c JOIN s ON s.oid = connamespace
            UNION ALL SELECT 'pg_attrdef'::regclass, d.oid, at FROM pg_attrdef d JOIN pg_class c ON c.oid = adrelid JOIN s ON s.oid = c.relnamespace
            UNION ALL SELECT 'pg_trigger'::regclass, d.oid, at FROM pg_trigger d JOIN pg_class c ON c.oid = tgrelid JOIN s ON s.oid = c.relnamespace
            UNION ALL SELECT 'pg_rewrite'::regclass, d.oid, at FROM pg_rewrite d JOIN pg_class c ON c.oid = ev_class JOIN s ON s.oid = c.relnamespace)
        SELECT count(*) FROM pg_depend d JOIN o a ON a.class = d.classid AND a.oid = d.objid JOIN o b ON b.class = d.refclassid AND b.oid = d.refobjid
        LEFT JOIN pg_depend e ON e.classid = b.class AND e.objid = b.oid AND e.deptype = 'e'
        WHERE a.at IS DISTINCT FROM b.at AND e.objid IS NULL"
}

for kind in $(servers pg | tail -n 1); do
    start "$kind" prod staging
    for n in prod staging; do
        q $n postgres "DROP DATABASE IF EXISTS keeps" >/dev/null
        q $n postgres "DROP OWNED BY keep_own, keep_team, keep_reader; DROP ROLE keep_own, keep_team, keep_reader" >/dev/null 2>&1
        must q $n postgres "CREATE ROLE keep_own LOGIN; CREATE ROLE keep_team; CREATE ROLE keep_reader LOGIN; GRANT keep_team TO keep_own"
        must q $n postgres "CREATE DATABASE keeps OWNER keep_own"
        must q $n keeps "ALTER SCHEMA public OWNER TO keep_own; CREATE SCHEMA ext AUTHORIZATION keep_own; GRANT USAGE ON SCHEMA ext TO PUBLIC; SET ROLE keep_own; CREATE EXTENSION hstore SCHEMA ext"
    done
    long="a \"schema's \\ name " # of 63 bytes
    while [ ${#long} -lt 63 ]; do long+=x; done
    cat >"$WORK/prod.sql" <<'SQL'
SET ROLE keep_own;
CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY, n int); INSERT INTO app.t SELECT i, i FROM generate_series(1, 5000) i;
CREATE TABLE public.u (id int PRIMARY KEY REFERENCES app.t, n int); INSERT INTO public.u SELECT id, n FROM app.t;
CREATE VIEW public.v AS SELECT sum(n) AS n FROM app.t; GRANT USAGE ON SCHEMA app, public TO keep_reader; GRANT SELECT ON app.t, public.u TO keep_reader;
SQL
    # staging as somebody worked on it: schemas that hold on to each other
    cat >"$WORK/own.sql" <<SQL
SET ROLE keep_own;
CREATE SCHEMA "${long//\"/\"\"}"; COMMENT ON SCHEMA "${long//\"/\"\"}" IS 'it''s long';
CREATE SCHEMA team AUTHORIZATION keep_team; GRANT USAGE ON SCHEMA team, public TO keep_reader; ALTER DEFAULT PRIVILEGES IN SCHEMA team GRANT SELECT ON TABLES TO keep_reader;
CREATE TYPE team.mood AS ENUM ('a', 'b'); CREATE SEQUENCE team.s START 40; CREATE DOMAIN public.d AS int CHECK (VALUE > 0);
CREATE FUNCTION team.twice(n int) RETURNS int LANGUAGE sql IMMUTABLE SET search_path = team, public AS 'SELECT 2 * n';
CREATE FUNCTION team.tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := 7; RETURN NEW; END';
CREATE TABLE "${long//\"/\"\"}".t (id int PRIMARY KEY DEFAULT nextval('team.s'), m team.mood, h ext.hstore, n public.d, g int GENERATED ALWAYS AS (team.twice(1)) STORED);
INSERT INTO "${long//\"/\"\"}".t (m, h, n) SELECT 'a', 'k=>1', i FROM generate_series(1, 50) i;
CREATE TABLE team.kid (id serial PRIMARY KEY, t int REFERENCES "${long//\"/\"\"}".t ON DELETE CASCADE, n int); INSERT INTO team.kid (t) SELECT id FROM "${long//\"/\"\"}".t;
CREATE TRIGGER g BEFORE INSERT ON team.kid FOR EACH ROW EXECUTE FUNCTION team.tf();
CREATE TABLE public.p (k int, t text) PARTITION BY LIST (k); CREATE TABLE team.p1 PARTITION OF public.p FOR VALUES IN (1); INSERT INTO public.p VALUES (1, 'x');
CREATE VIEW public.kv AS SELECT k.id, t.m FROM team.kid k JOIN "${long//\"/\"\"}".t t ON t.id = k.t; CREATE MATERIALIZED VIEW public.km AS SELECT count(*) AS n FROM public.kv;
GRANT SELECT ON public.kv TO keep_reader; ALTER TABLE team.kid ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON team.kid USING (n > 0);
COMMENT ON TABLE team.kid IS 'kids'; COMMENT ON SCHEMA team IS 'the team''s';
SQL
    must load prod keeps "$WORK/prod.sql"
    must q staging keeps "SET ROLE keep_own; CREATE TABLE first (a int); INSERT INTO first VALUES (1)"
    must q staging postgres "ALTER DATABASE keeps SET work_mem = '7MB'"
    from=$(url prod keeps) to=$(url staging keeps keep_own)

    # ---- refused before anything is read, and why
    expect_exit 4 "$kind: nothing was kept yet" dbtwin rollback "$to"
    err_lacks "$kind: no word of a copy" "the copy is made"
    refused() { # NAME WHAT: of the target
        before=$(state)
        expect_exit 4 "$kind: $1" dbtwin copy -v "$from" "$to" --replace keeps --keep-previous 2
        err_has "$kind: $1: it is named" "$2"
        err_has "$kind: $1: what to do" "omit --keep-previous"
        err_lacks "$kind: $1: before anything is read" "phase: snapshot"
        is "$kind: $1: as it was" "$(state)" "$before"
        expect_exit 4 "$kind: $1: preflight" dbtwin preflight "$from" "$to" --replace keeps --keep-previous 2
        out_has "$kind: $1: preflight names it" "$2"
    }
    must q staging keeps "SET ROLE keep_own; SELECT lo_from_bytea(4711, 'large')"
    refused "a large object" "large object 4711"
    must q staging keeps "SELECT lo_unlink(4711); CREATE PUBLICATION pub; ALTER PUBLICATION pub OWNER TO keep_own"
    refused "a publication" "publication pub"
    must q staging keeps "DROP PUBLICATION pub; CREATE FOREIGN DATA WRAPPER w; GRANT USAGE ON FOREIGN DATA WRAPPER w TO keep_own; ALTER EXTENSION hstore ADD FOREIGN DATA WRAPPER w; SET ROLE keep_own; CREATE SERVER far FOREIGN DATA WRAPPER w"
    refused "a foreign server" "foreign server far"
    must q staging keeps "SET ROLE keep_own; DROP SERVER far; CREATE TYPE ct AS (a int); CREATE FUNCTION cf(ct) RETURNS text LANGUAGE sql AS 'SELECT ''c''::text'; CREATE CAST (ct AS text) WITH FUNCTION cf(ct)"
    refused "a cast" "cast (public.ct AS text)"
    must q staging keeps "DROP TYPE public.ct CASCADE; ALTER EXTENSION hstore DROP FOREIGN DATA WRAPPER w; DROP FOREIGN DATA WRAPPER w CASCADE"
    must q prod keeps "SELECT lo_from_bytea(4711, 'large')"
    before=$(state)
    expect_exit 4 "$kind: large objects of the source" dbtwin copy -v "$from" "$to" --replace keeps --keep-previous 2
    err_has "$kind: what to do" "without large_objects"
    err_lacks "$kind: before rows are read" "phase: data"
    expect_exit 4 "$kind: preflight knows it" dbtwin preflight "$from" "$to" --replace keeps --keep-previous 2
    out_has "$kind: preflight tells it" "large_objects"
    is "$kind: as it was" "$(state)" "$before"
    must q prod keeps "SELECT lo_unlink(4711); CREATE EXTENSION pg_trgm SCHEMA app"
    expect_exit 4 "$kind: an extension among other things" dbtwin copy "$from" "$to" --replace keeps --keep-previous 2
    err_has "$kind: is named" 'extension pg_trgm lives in schema "app"'
    must q prod keeps "DROP EXTENSION pg_trgm; CREATE SCHEMA trgm; CREATE EXTENSION pg_trgm SCHEMA trgm"
    must q staging keeps "SET ROLE keep_own; CREATE SCHEMA trgm; CREATE TABLE trgm.x (a int)"
    expect_exit 4 "$kind: an extension where something stands" dbtwin copy "$from" "$to" --replace keeps --keep-previous 2
    err_has "$kind: is told" "could not be put back"
    must q prod keeps "DROP EXTENSION pg_trgm; DROP SCHEMA trgm"
    must q staging keeps "DROP SCHEMA trgm CASCADE"
    expect_exit 2 "$kind: in place" dbtwin copy "$from" "$to" --replace keeps --in-place --keep-previous 2
    err_has "$kind: in place is told why" "keeps no previous state"
    is "$kind: as it was after all" "$(state)" "$before"

    # ---- kept, whoever filled it
    must load staging keeps "$WORK/own.sql"
    old=$(state)
    ok "$kind: preflight goes" dbtwin preflight "$from" "$to" --replace keeps --keep-previous 2
    ok "$kind: a copy" dbtwin copy "$from" "$to" --replace keeps --keep-previous 2
    err_has "$kind: schema by schema" "schema by schema"
    new=$(state)
    is "$kind: one state is kept" "$(stamps | wc -l)" 1
    at1=$(stamps)
    is "$kind: all its schemas by one time, and within 63 bytes" "$(schemas | grep -c "__dbtwin_$at1\$") $(schemas | wc -l)" "4 4"
    is "$kind: nothing leads out of it" "$(strays)" 0
    is "$kind: its view reads its own tables" "$(q staging keeps "SELECT count(*), min(m) FROM \"public__dbtwin_$at1\".kv")" "50	a"
    is "$kind: its trigger and its default" "$(q staging keeps "BEGIN; INSERT INTO \"team__dbtwin_$at1\".kid (id, t) SELECT 0, min(t) FROM \"team__dbtwin_$at1\".kid RETURNING n; ROLLBACK" | head -n 1)" 7
    dump prod keeps >"$WORK/a.sql"
    dump staging keeps -N '*__dbtwin_*' >"$WORK/b.sql"
    same_files "$kind: what is in place is production's" "$WORK/a.sql" "$WORK/b.sql"

    # ---- and nobody sees it
    ok "$kind: diff" dbtwin diff "$from" "$to" --ignore kind:setting
    ok "$kind: the other way round" dbtwin diff "$to" "$from" --ignore kind:setting
    ok "$kind: verify" dbtwin verify "$from" "$to"
    ok "$kind: inspect" dbtwin inspect "$to" -f xml
    out_lacks "$kind: nothing of it" "__dbtwin_"
    out_lacks "$kind: nor a role" "keep_team"
    must dbtwin snapshot -q "$to" -o "$WORK/keeps.dbtwin" --force
    must dbtwin inspect "$WORK/keeps.dbtwin" -f xml -o "$WORK/keeps.xml"
    is "$kind: nor is it in a snapshot" "$(grep -c '__dbtwin_' "$WORK/keeps.xml")" 0
    fresh_db staging keeps2
    must dbtwin copy -q "$to" "$(url staging keeps2)"
    is "$kind: nor copied" "$(q staging keeps2 "SELECT count(*) FROM pg_namespace WHERE nspname ~ '__dbtwin'")" 0
    must q staging postgres "DROP DATABASE keeps2"

    # ---- the way back, and forth again
    (
        while [ ! -e "$WORK/stop" ]; do
            PGUSER=keep_reader q staging keeps "SELECT to_regclass('public.kv') IS NULL, to_regclass('public.v') IS NULL" 2>>"$WORK/trouble"
        done >"$WORK/seen"
    ) &
    reader=$!
    ok "$kind: rollback" dbtwin rollback "$to"
    touch "$WORK/stop"
    wait $reader
    rm -f "$WORK/stop"
    err_has "$kind: says where the other is" "in schemas whose names end in __dbtwin_"
    err_lacks "$kind: and no word of a copy" "the copy is made"
    is "$kind: readers saw the one or the other" "$(sort -u "$WORK/seen" | grep -cvxE 't	f|f	t')$(cat "$WORK/trouble")" 0
    is "$kind: byte for byte what was there" "$(state)" "$old"
    is "$kind: the setting of the database stays" "$(PGUSER=keep_own q staging keeps 'SHOW work_mem')" 7MB
    is "$kind: the copy is kept instead" "$(stamps | wc -l)" 1
    is "$kind: and nothing is left over" "$(schemas | wc -l) $(left)" "3 "
    expect_exit 4 "$kind: dbtwin did not fill this one" dbtwin rollback "$to"
    err_has "$kind: which is told" "not filled by dbtwin"

    publish 2 --replace keeps --keep-previous 2
    new=$(state)
    publish 3 --keep-previous 2
    third=$(state)
    is "$kind: two are kept" "$(stamps | wc -l)" 2
    is "$kind: nothing leads out of them" "$(strays)" 0
    isnt "$kind: the first of them is no more" "$(stamps | head -n 1)" "$at1"
    is "$kind: nor half of it" "$(schemas | grep -c "$at1") $(left)" "0 "
    ok "$kind: rollback to a copy" dbtwin rollback "$to"
    is "$kind: byte for byte that copy" "$(state)" "$new"
    ok "$kind: no drift: all but rows" dbtwin diff "$from" "$to" --ignore kind:setting
    ok "$kind: status" dbtwin status "$to"
    out_has "$kind: knows of it" "rolled back"
    ok "$kind: once more" dbtwin rollback -q "$to"
    err_empty "$kind: quietly"
    is "$kind: is the way forth" "$(state)" "$third"
    publish 4
    is "$kind: without the option the kept ones stay" "$(stamps | wc -l)" 2
    publish 5 --keep-previous 1
    is "$kind: fewer, when fewer are asked for" "$(stamps | wc -l)" 1
    is "$kind: the newest" "$(q staging keeps "SELECT n FROM \"app__dbtwin_$(stamps)\".t WHERE id = 1")" 4

    # ---- no way back that is less than whole
    before=$(state)
    must q staging keeps "SET ROLE keep_own; SELECT lo_from_bytea(4711, 'large')"
    expect_exit 4 "$kind: rollback with a large object" dbtwin rollback "$to"
    err_has "$kind: names it" "large object 4711"
    must q staging keeps "SELECT lo_unlink(4711)"
    must q staging keeps "ALTER SCHEMA \"app__dbtwin_$(stamps)\" RENAME TO mine"
    expect_exit 4 "$kind: a kept schema is gone" dbtwin rollback "$to"
    err_has "$kind: it is named" "app__dbtwin_$(stamps)"
    must q staging keeps "ALTER SCHEMA mine RENAME TO \"app__dbtwin_$(stamps)\""
    must q staging keeps "UPDATE dbtwin.mark SET value = 'production' WHERE key = 'role'"
    expect_exit 4 "$kind: production by mark" dbtwin rollback "$to"
    must q staging keeps "UPDATE dbtwin.mark SET value = 'copy' WHERE key = 'role'"
    is "$kind: nothing happened" "$(state)" "$before"
    pg staging keeps -At -c "BEGIN" -c "SELECT count(*) FROM app.t" -c "SELECT pg_sleep(60)" >/dev/null 2>&1 &
    sitter=$!
    sleep 0.5
    expect_exit 2 "$kind: a superuser in a transaction" dbtwin rollback -q "$to"
    err_has "$kind: a hint says what to do" "pg_signal_backend"
    q staging postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()" >/dev/null
    wait $sitter 2>/dev/null
    is "$kind: nothing happened then" "$(state)" "$before"

    # ---- who may create databases since finds what was kept as schemas
    must q staging postgres "ALTER ROLE keep_own CREATEDB"
    ok "$kind: rollback with CREATEDB" dbtwin rollback "$to"
    is "$kind: brings back the newest" "$(version)" 4
    must q staging postgres "ALTER ROLE keep_own NOCREATEDB"

    # ---- a source that has schemas of such names
    must q prod keeps "CREATE SCHEMA \"app__dbtwin_$(stamps)\""
    expect_exit 4 "$kind: a schema of the source is named as what is kept" dbtwin copy -q "$from" "$to"
    err_has "$kind: it is named too" "app__dbtwin_$(stamps)"
    must q prod keeps "DROP SCHEMA \"app__dbtwin_$(stamps)\""

    # ---- kept schemas go where their database goes
    case $kind in
        pg13 | pg14) skip "$kind: a copy with CREATEDB" "before 15 public of a new database is a superuser's" ;;
        *)
            must q staging postgres "ALTER ROLE keep_own CREATEDB"
            ok "$kind: a copy with CREATEDB" dbtwin copy "$from" "$to" --keep-previous 1
            err_lacks "$kind: keeps the database, and in it what it kept" "dropped with it"
            is "$kind: in it, and not beside" "$(stamps)" ''
            ok "$kind: which comes back" dbtwin rollback "$to"
            is "$kind: with what it kept" "$(stamps | wc -l) $(version)" "1 4"
            ok "$kind: a copy that keeps nothing" dbtwin copy "$from" "$to"
            err_has "$kind: says what goes" "dropped with it"
            for d in $(shadows staging); do must q staging postgres "DROP DATABASE \"$d\""; done
            ;;
    esac
    for n in prod staging; do
        must q $n postgres "DROP DATABASE keeps"
        must q $n postgres "DROP ROLE keep_own, keep_team, keep_reader"
    done
done
done_testing
