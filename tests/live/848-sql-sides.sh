#!/bin/bash
# SQL as a side of plan and apply: a script, a dump, a folder of migrations, loaded into a scratch database that is gone
# afterwards; what would reach beyond it is refused, and on production's server there is none.
. "$(dirname "$0")/../lib/live.sh"

databases() { if server_is_pg one; then q one postgres "SELECT datname FROM pg_database ORDER BY 1"; else q one "" "SHOW DATABASES"; fi; }
scratches_are() { [ "$(databases | grep -c '^dbtwin_sql_')" = "$1" ]; }
sweeps() { dbtwin plan "$WORK/dump.sql" "$(url one stag)" --scratch "$admin" >"$OUT" 2>"$ERR"; grep -q "which a killed run left" "$ERR"; }

for kind in $(servers all); do
    case $kind in pg15 | pg18 | mariadb | mysql9) ;; *) continue ;; esac
    start "$kind" one
    fresh_db one stag
    fresh_db one other
    mkdir -p "$WORK/migrations/2"
    echo "CREATE TABLE users (id int PRIMARY KEY, email varchar(50)); -- ;" >"$WORK/migrations/001_users.sql"
    echo "CREATE VIEW v AS SELECT id FROM users" >"$WORK/migrations/2/002_view.sql"
    echo "not SQL" >"$WORK/migrations/README"
    if server_is_pg one; then
        cat >"$WORK/migrations/003.sql" <<'SQL'
BEGIN;
CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;
COMMIT;
CREATE FUNCTION g() RETURNS text LANGUAGE plpgsql AS $x$ BEGIN RETURN 'a;'; END $x$;
SQL
        [ "$kind" != pg13 ] || rm "$WORK/migrations/003.sql"
        bad="ALTER SYSTEM SET work_mem = '1MB'"
        admin=$(url one postgres)
    else
        cat >"$WORK/migrations/003.sql" <<'SQL'
DELIMITER //
CREATE PROCEDURE p() BEGIN SELECT 'a//;'; END//
delimiter ;
/*!50003 CREATE TABLE more (a int) */;
SQL
        bad="DROP TABLE other.t"
        q one other "CREATE TABLE t (a int)" >"$OUT"
        admin=$(url one "")
        admin=$(url one other)
    fi
    databases >"$WORK/databases"
    printf 'databases:\n  stag:\n    url: %s\n    role: staging\n  prod:\n    url: %s\n    role: production\n' \
        "$(url one stag)" "$(url one other)" >"$WORK/c.yaml"
    chmod 600 "$WORK/c.yaml"
    printf 'databases:\n  stag:\n    url: %s\n    role: staging\n' "$(url one stag)" >"$WORK/d.yaml"
    chmod 600 "$WORK/d.yaml"

    expect_exit 4 "$kind: on production's server there is none" dbtwin -c "$WORK/c.yaml" plan "$WORK/migrations" stag
    ok "$kind: a folder" dbtwin plan "$WORK/migrations" "$(url one stag)" --scratch "$admin"
    out_has "$kind: a folder: a step" "users"
    is "$kind: no scratch is left" "$(databases)" "$(cat "$WORK/databases")"
    ok "$kind: apply, on TO's own server" dbtwin -c "$WORK/d.yaml" apply "$WORK/migrations" stag --yes
    expect_exit 0 "$kind: apply: nothing is left" dbtwin -c "$WORK/d.yaml" plan "$WORK/migrations" stag --exit-code
    out_has "$kind: apply: nothing is left: said" "nothing to do"
    # Its dump is the same, too.
    if server_is_pg one; then dump one stag -s >"$WORK/dump.sql"; else dump one stag --no-data --routines >"$WORK/dump.sql"; fi
    expect_exit 0 "$kind: a dump" dbtwin plan "$WORK/dump.sql" "$(url one stag)" --exit-code --scratch "$admin"
    expect_exit 1 "$kind: a script as TO" dbtwin plan "$(url one stag)" "$WORK/migrations/001_users.sql" --exit-code --scratch "$admin" --prove
    expect_exit 1 "$kind: two scripts" dbtwin plan "$WORK/dump.sql" "$WORK/migrations/001_users.sql" --exit-code --scratch "$admin"
    is "$kind: no scratch is left after all" "$(databases)" "$(cat "$WORK/databases")"
    printf 'SELECT 1;\n\n%s;\n' "$bad" >"$WORK/bad.sql"
    DBTWIN_TIMEOUT=20 dbtwin plan "$WORK/bad.sql" "$(url one stag)" --scratch "$admin" >"$OUT" 2>"$ERR"
    isnt "$kind: what reaches beyond is refused" $? 0
    err_has "$kind: what reaches beyond: where" "bad.sql: line 3"
    echo "CREATE TABEL x" >"$WORK/bad.sql"
    expect_exit 2 "$kind: what the server does not take" dbtwin plan "$WORK/bad.sql" "$(url one stag)" --scratch "$admin"
    err_has "$kind: what the server does not take: where" "bad.sql: line 1"
    is "$kind: no scratch is left then either" "$(databases)" "$(cat "$WORK/databases")"

    # Of a killed run one remains; the next run drops it, and leaves what is not such a one.
    q one "$( ! server_is_pg one || echo postgres)" "CREATE DATABASE dbtwin_sql_00000001" >"$OUT"
    sleeps="SELECT pg_sleep(30)"
    server_is_pg one || sleeps="DO SLEEP(30)"
    echo "$sleeps;" >"$WORK/long.sql"
    "$DBTWIN" plan "$WORK/long.sql" "$(url one stag)" --scratch "$admin" >"$WORK/long.out" 2>&1 &
    killed=$!
    until_true 60 scratches_are 2
    is "$kind: one is there while its run lives" "$(databases | grep -c '^dbtwin_sql_')" 2
    dbtwin plan "$WORK/dump.sql" "$(url one stag)" --scratch "$admin" >"$OUT" 2>"$ERR"
    is "$kind: others leave it alone" "$(databases | grep -c '^dbtwin_sql_')" 2
    kill -KILL $killed
    wait $killed 2>/dev/null
    if server_is_pg one; then
        q one postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'dbtwin_sql_%'" >"$OUT"
    else
        for id in $(q one "" "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'DO SLEEP%'"); do q one "" "KILL $id"; done
    fi
    until_true 30 sweeps # the server learns of the run's end by and by
    err_has "$kind: of a killed run: dropped" "which a killed run left"
    is "$kind: of a killed run: only that one" "$(databases | grep '^dbtwin_sql_')" dbtwin_sql_00000001
    rm -r "$WORK/migrations"
    server_stop one
done
done_testing
