#!/bin/bash
# A role that may not create databases, and extensions among the tables: refused with a hint; with
# --in-place the contents are replaced in one transaction, and readers see the old state or the new (655
# is what happens by itself where schemas can be swapped). MySQL: the GRANT that is needed.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

idle_again() { [ "$(q staging postgres "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'dbtwin%'")" = 0 ]; }
for kind in $(servers pg); do
    start "$kind" prod staging
    fresh_db prod place
    fresh_db staging place
    must q staging postgres "DO \$\$ BEGIN CREATE ROLE place_own LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$"
    must q staging postgres "ALTER DATABASE place OWNER TO place_own"
    must q prod place "CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext; CREATE EXTENSION citext SCHEMA ext"
    must q prod place "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('a', 'b')"
    must q prod place "CREATE TABLE app.t (id serial PRIMARY KEY, m app.mood, h ext.hstore, c ext.citext)"
    must q prod place "INSERT INTO app.t (m, h, c) SELECT 'a', 'k=>1', n::text FROM generate_series(1, 20000) n"
    must q prod place "CREATE TABLE public.u (id int PRIMARY KEY REFERENCES app.t, n int); CREATE INDEX ON u (n)"
    must q prod place "INSERT INTO u SELECT n, n FROM generate_series(1, 20000) n"
    must q prod place "CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql AS 'SELECT sum(n) FROM public.u'"
    must q prod place "CREATE VIEW v AS SELECT id, m FROM app.t; CREATE MATERIALIZED VIEW mv AS SELECT count(*) AS n FROM app.t"
    must q prod place "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    must q prod place "CREATE TRIGGER g BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION tf()"
    # as the role has it: extensions that it may move, its own old content
    must q staging place "SET ROLE place_own; CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext; CREATE EXTENSION citext SCHEMA ext"
    must q staging place "SET ROLE place_own; CREATE TABLE u (old int); INSERT INTO u VALUES (7); CREATE SCHEMA gone; CREATE TABLE gone.x (h ext.hstore)"
    must q staging place "ALTER SCHEMA public OWNER TO place_own"
    from=$(url prod place) to=$(url staging place place_own)
    o="--no-owners --no-grants --replace place"

    # readers all the while
    (
        while [ ! -e "$WORK/stop" ]; do
            q staging place "BEGIN; SELECT count(*) FROM u; SELECT count(*) FROM information_schema.tables WHERE table_schema IN ('app', 'gone'); COMMIT" 2>>"$WORK/trouble" | tr '\n' ' '
            echo
        done >"$WORK/seen"
    ) &
    reader=$!
    at_exit touch "$WORK/stop"
    # shellcheck disable=SC2086
    ok "$kind: in place" dbtwin copy $from $to $o --in-place
    err_has "$kind: with a warning" "in place"
    touch "$WORK/stop"
    wait "$reader"
    rm -f "$WORK/stop"
    is "$kind: readers saw the old or the new" "$(grep -cvE '^(1 1|20000 [1-9]|) *$' "$WORK/seen")" 0
    isnt "$kind: the old" "$(grep -c '^1 1' "$WORK/seen")" 0
    ok "$kind: the schema is production's" dbtwin diff "$from" "$to" --ignore '**:owner' --ignore kind:grant --ignore database --ignore kind:role
    ok "$kind: the rows too" dbtwin verify "$from" "$to"
    is "$kind: bodies find their tables" "$(q staging place "SELECT f()")" "$(q prod place "SELECT f()")"
    is "$kind: nothing is left aside" "$(q staging place "SELECT count(*) FROM pg_namespace WHERE nspname ~ 'dbtwin_'")" 0
    is "$kind: the old is gone" "$(q staging place "SELECT to_regclass('gone.x') IS NULL")" t
    ok "$kind: the mark says so" dbtwin status "$to"
    # shellcheck disable=SC2086
    ok "$kind: again, over a copy" dbtwin copy -q $from $to --no-owners --no-grants --in-place --verify full
    before=$(sum_of staging place)

    # it fails, or is killed: as it was
    # shellcheck disable=SC2086
    expect_exit 2 "$kind: --after that fails" dbtwin copy $from $to $o --in-place --after "DELETE FROM u" --after nonsense
    untouched "$kind: --after that fails" staging place "$before"
    # shellcheck disable=SC2086
    expect_exit 4 "$kind: --after that would commit" dbtwin copy $from $to $o --in-place --after "COMMIT"
    untouched "$kind: --after that would commit" staging place "$before"
    # shellcheck disable=SC2086
    expect_exit 2 "$kind: two statements" dbtwin copy $from $to $o --in-place --after "DELETE FROM public.u; COMMIT"
    untouched "$kind: two statements" staging place "$before"
    # behind the commit it is a whole copy, and what stepped aside is the next run's to drop
    aside="-N *__dbtwin_old"
    # shellcheck disable=SC2086
    before=$(set -f; sum_of staging place $aside)
    for n in 1 2 3 4; do
        # shellcheck disable=SC2086
        "$DBTWIN" copy --create -q $from $to --no-owners --no-grants --in-place >/dev/null 2>&1 </dev/null &
        run=$!
        sleep "0.$((n * 2))"
        kill -KILL $run 2>/dev/null
        wait $run 2>/dev/null
        until_true 10 idle_again
        # shellcheck disable=SC2086
        is "$kind: killed after 0.$((n * 2)) s: as it was, or the same again" "$(set -f; sum_of staging place $aside)" "$before"
        is "$kind: killed after 0.$((n * 2)) s: no shadow" "$(shadows staging)" ''
    done
    # extensions among the tables: as whole, but readers wait
    must q prod place "CREATE EXTENSION pg_trgm SCHEMA public; CREATE INDEX t_c ON app.t USING gin ((c::text) gin_trgm_ops)"
    must q staging place "SET ROLE place_own; CREATE EXTENSION pg_trgm SCHEMA public; CREATE DOMAIN public.d AS int; CREATE TABLE public.w (a d); CREATE VIEW public.wv AS SELECT * FROM w"
    before=$(sum_of staging place)
    # shellcheck disable=SC2086
    expect_exit 2 "$kind: no right to create databases" dbtwin copy $from $to $o
    err_has "$kind: the hint has both ways" "CREATEDB"
    err_has "$kind: the other too" "--in-place"
    untouched "$kind: no right to create databases" staging place "$before"
    # shellcheck disable=SC2086
    ok "$kind: an extension in a schema with tables" dbtwin copy $from $to --no-owners --no-grants --in-place
    err_has "$kind: a warning" "wait until"
    ok "$kind: the rows are production's" dbtwin verify "$from" "$to"
    is "$kind: what was there is gone" "$(q staging place "SELECT to_regclass('public.w') IS NULL")" t
    is "$kind: the extension stayed" "$(q staging place "SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")" 1
    must q staging place "SET ROLE place_own; SELECT lo_from_bytea(99, 'old')"
    must q prod place "SELECT lo_from_bytea(99, 'new')"
    # shellcheck disable=SC2086
    ok "$kind: large objects" dbtwin copy $from $to $o --in-place
    is "$kind: are production's" "$(q staging place "SELECT lo_get(99)")" "$(q prod place "SELECT lo_get(99)")"
    # shellcheck disable=SC2086
    expect_exit 2 "$kind: --keep-previous" dbtwin copy $from $to $o --in-place --keep-previous 1
    must q prod place "SELECT lo_unlink(oid) FROM pg_largeobject_metadata"
    fresh_db staging place
    must q staging postgres "DROP ROLE place_own"
done
for kind in $(servers my); do
    start "$kind" prod staging
    fresh_db prod place
    fresh_db staging place
    must q prod place "CREATE TABLE t (a int PRIMARY KEY)"
    must q staging '' "DROP USER IF EXISTS place_own@localhost"
    must q staging '' "CREATE USER place_own@localhost"
    must q staging '' "GRANT ALL ON place.* TO place_own@localhost"
    before=$(sum_of staging place)
    expect_exit 2 "$kind: no right to the shadow" dbtwin copy "$(url prod place)" "$(url staging place place_own)"
    err_has "$kind: the GRANT is named" 'GRANT ALL ON `place\_\_dbtwin\_%`.*'
    untouched "$kind: no right to the shadow" staging place "$before"
    must q staging '' "GRANT ALL ON \`place\\_\\_dbtwin\\_%\`.* TO place_own@localhost"
    ok "$kind: with it" dbtwin copy -q "$(url prod place)" "$(url staging place place_own)"
    expect_exit 2 "$kind: in place" dbtwin copy "$(url prod place)" "$(url staging place)" --in-place
    must q staging '' "DROP USER place_own@localhost"
done
done_testing
