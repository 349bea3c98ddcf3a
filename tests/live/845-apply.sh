#!/bin/bash
# apply closes a drift and proves it: what only staging has goes if that is allowed, what it lacks comes, rows of
# what stays survive; hazards, a changed schema, production and rows that do not fit stop it before anything is
# changed; --prove rehearses and leaves nothing behind.
. "$(dirname "$0")/../lib/live.sh"

pg_prod() {
    cat <<'SQL'
CREATE TABLE public.users (id bigint PRIMARY KEY, email text DEFAULT 'a;b', note text);
COMMENT ON COLUMN public.users.note IS E'psql: :x \\! touch pwned';
CREATE VIEW public.v AS SELECT id, email FROM public.users WHERE note <> 'a:b\c;';
CREATE FUNCTION public.f(a text[]) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN a[1:2]; /* \! x; */ END $f$;
SQL
}
pg_stag() {
    cat <<'SQL'
CREATE TABLE public.users (id bigint PRIMARY KEY, email text, note text);
INSERT INTO public.users SELECT g, 'm' || g FROM generate_series(1, 100) g;
CREATE TABLE public.old (a int);
INSERT INTO public.old VALUES (1);
SQL
}
my_prod() {
    cat <<'SQL'
CREATE TABLE users (id bigint PRIMARY KEY, email varchar(100), note varchar(20)) ENGINE=InnoDB COMMENT='a;b\\c';
CREATE VIEW v AS SELECT id, email FROM users;
DELIMITER $$
CREATE PROCEDURE p() BEGIN SELECT 'a;\'$$'; SELECT "b"; END
$$
DELIMITER ;
SQL
}
my_stag() {
    cat <<'SQL'
CREATE TABLE users (id bigint PRIMARY KEY, email varchar(100), note varchar(20)) ENGINE=InnoDB COMMENT='a;b\\c';
INSERT INTO users VALUES (1, 'a', 'b'), (2, 'c', 'd');
CREATE TABLE old (a int) ENGINE=InnoDB;
SQL
}
fresh_pair() {
    local of=my
    server_is_pg one && of=pg
    fresh_db one prod && fresh_db one stag
    ${of}_prod | load one prod -
    ${of}_stag | load one stag -
}
databases() {
    if server_is_pg one; then q one postgres "SELECT datname FROM pg_database ORDER BY 1"; else q one "" "SHOW DATABASES"; fi
}
schema_of() { if server_is_pg one; then dump one "$1" -s; else dump one "$1" --no-data --routines; fi | grep -v '^--'; }

for kind in $(servers all); do
    start "$kind" one
    rows=100
    server_is_pg one || rows=2
    fresh_pair
    prod=$(url one prod) stag=$(url one stag)
    schema_of stag >"$WORK/before"
    databases >"$WORK/databases"

    ok "$kind: --prove" dbtwin plan "$prod" "$stag" --prove -o "$WORK/plan.sql" -o "$WORK/plan.json"
    err_has "$kind: --prove: proven" "proven in a scratch"
    is "$kind: --prove leaves nothing behind" "$(databases)" "$(cat "$WORK/databases")"
    expect_exit 4 "$kind: a hazard that is not allowed" dbtwin apply "$prod" "$stag" --yes
    err_has "$kind: a hazard that is not allowed is named" "not allowed: data (step"
    expect_exit 4 "$kind: nobody to ask" dbtwin apply "$prod" "$stag" --allow data </dev/null
    err_has "$kind: nobody to ask: what to say" "--yes"
    expect_exit 2 "$kind: no such hazard" dbtwin apply "$prod" "$stag" --yes --allow nosuch
    expect_exit 4 "$kind: production by its role" dbtwin -c <(
        echo "databases:"; echo "  here:"; echo "    url: $stag"; echo "    role: production"
    ) apply "$prod" here --yes --allow data
    expect_exit 4 "$kind: production by another name" dbtwin -c <(
        echo "databases:"; echo "  here:"; echo "    url: $stag"; echo "    role: production"
    ) apply "$prod" "$stag" --yes --allow data
    schema_of stag >"$WORK/after"
    same_files "$kind: nothing was changed" "$WORK/before" "$WORK/after"

    ok "$kind: apply" dbtwin apply "$prod" "$stag" --yes --allow data
    err_has "$kind: apply: rehearsed" "rehearsed in a scratch"
    err_has "$kind: apply: proven" "the same as FROM"
    schema_of prod >"$WORK/before"
    schema_of stag >"$WORK/after"
    same_files "$kind: the dump of one is that of the other" "$WORK/before" "$WORK/after"
    is "$kind: rows survive" "$(q one stag "SELECT count(*) FROM users")" $rows
    is "$kind: no scratch is left" "$(databases)" "$(cat "$WORK/databases")"
    ok "$kind: nothing is left to do" dbtwin apply "$prod" "$stag" --yes
    out_has "$kind: nothing is left to do: said" "nothing to do"

    # The printed plan, run by hand, arrives at the same place.
    fresh_pair
    if server_is_pg one; then
        ok "$kind: psql takes it" pg one stag -v ON_ERROR_STOP=1 -f "$WORK/plan.sql"
    else
        my one stag --comments <"$WORK/plan.sql" >"$OUT" 2>"$ERR" && pass "$kind: mysql takes it" || fail "$kind: mysql takes it" "$(cat "$ERR")"
    fi
    schema_of stag >"$WORK/after"
    same_files "$kind: and it is the same" "$WORK/before" "$WORK/after"
    # Rows that do not fit are counted before anything runs.
    if server_is_pg one; then
        q one prod "ALTER TABLE users ALTER COLUMN note SET NOT NULL" >"$OUT"
        schema_of stag >"$WORK/before"
        expect_exit 2 "$kind: rows that do not fit" dbtwin apply "$prod" "$stag" --yes --allow scan,lock
        err_has "$kind: rows that do not fit: how many" "100 rows"
        schema_of stag >"$WORK/after"
        same_files "$kind: rows that do not fit: nothing was changed" "$WORK/before" "$WORK/after"
        q one stag "UPDATE users SET note = 'x'" >"$OUT"
        ok "$kind: rows that fit" dbtwin apply "$prod" "$stag" --yes --allow scan,lock
    fi
    # The rehearsal sees which tables are rewritten, and that the plan says so.
    q one stag "ALTER TABLE users ADD n int" >"$OUT"
    q one prod "ALTER TABLE users ADD n bigint" >"$OUT"
    ok "$kind: a rewrite" dbtwin plan "$prod" "$stag" --prove -v
    err_has "$kind: a rewrite: tables are watched" "rehearsal watches "
    err_has "$kind: a rewrite: the table has a row" "a generated row in 1 tables"
    err_has "$kind: a rewrite: seen" "users, as the plan says"
    # An event is not tried out, for it would act; that is no difference of the rehearsal's.
    if ! server_is_pg one; then
        q one prod "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1" >"$OUT"
        q one stag "CREATE EVENT e ON SCHEDULE EVERY 2 DAY DO SELECT 2" >"$OUT"
        # Neither are rights on a routine, which MySQL forgets with it and which belong to the server.
        q one stag "DROP PROCEDURE p; CREATE PROCEDURE p() SELECT 1; CREATE USER IF NOT EXISTS plan_app@localhost; GRANT EXECUTE ON PROCEDURE p TO plan_app@localhost" >"$OUT"
        ok "$kind: an event, and a rewrite" dbtwin apply "$prod" "$stag" --yes --allow rewrite,lock
        is "$kind: an event: it is production's" "$(q one stag "SELECT CONCAT(INTERVAL_VALUE, EVENT_DEFINITION) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'stag'")" "1SELECT 1"
        is "$kind: a right on a routine is there again, and nowhere else" \
            "$(q one mysql "SELECT Db, Routine_name, Proc_priv FROM procs_priv WHERE User = 'plan_app'" | tr '\t' ' ')" "stag p Execute"
    fi
    [ ! -e pwned ] && pass "$kind: nothing was carried out on the way" || fail "$kind: nothing was carried out on the way" pwned
    server_stop one
done
done_testing
