#!/bin/bash
# map: of schemas, tablespaces, settings and accounts: a copy has staging's names wherever the server holds a
# name, the next diff is "same", and what names a schema in a text is refused by name.
. "$(dirname "$0")/../lib/live.sh"

config() { # what stands below map:
    printf 'databases:\n  prod:\n    url: %s\n    role: production\n  staging:\n    url: %s\nmap:\n%s\n' \
        "$(url prod names)" "$(url staging names)" "$1" >"$WORK/c.yaml"
}
run() { dbtwin "$@" -c "$WORK/c.yaml"; }

for kind in $(servers pg); do
    start "$kind" prod staging
    for n in prod staging; do fresh_db $n names; done
    for n in prod staging; do
        q $n postgres "DROP ROLE IF EXISTS nm_boss, nm_stage" >/dev/null 2>&1
        q $n postgres "DROP TABLESPACE IF EXISTS nm_fast" >/dev/null 2>&1
        q $n postgres "DROP TABLESPACE IF EXISTS nm_slow" >/dev/null 2>&1
    done
    for n in prod:nm_fast prod:nm_slow staging:nm_slow; do
        must pg "${n%:*}" postgres -c "SET allow_in_place_tablespaces = on" -c "CREATE TABLESPACE ${n#*:} LOCATION ''"
    done
    must q prod postgres "CREATE ROLE nm_boss"
    must q staging postgres "CREATE ROLE nm_stage"
    sql_body=
    case $kind in pg13) ;; *) sql_body="CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM app.t; END;" ;; esac
    cat >"$WORK/prod.sql" <<SQL
CREATE SCHEMA app; CREATE SCHEMA log; CREATE SCHEMA other;
CREATE TYPE app.mood AS ENUM ('sad', 'glad');
CREATE FUNCTION app.plus(app.mood, int) RETURNS int LANGUAGE plpgsql IMMUTABLE SET search_path = app, pg_temp AS 'BEGIN RETURN \$2 + 1; END';
CREATE FUNCTION app.boss() RETURNS text LANGUAGE sql SET role = nm_boss AS 'SELECT current_user::text';
CREATE TABLE app.t (id serial PRIMARY KEY USING INDEX TABLESPACE nm_fast, m app.mood DEFAULT 'sad'::app.mood, n int CHECK (app.plus('glad', n) > 0)) TABLESPACE nm_slow;
CREATE INDEX t_n ON app.t (app.plus(m, n)) TABLESPACE nm_slow;
CREATE TABLE log.e (id int REFERENCES app.t, at nm_none) TABLESPACE nm_fast;
$sql_body
CREATE VIEW log.v AS SELECT t.id, app.plus(t.m, t.n) AS p FROM app.t JOIN log.e USING (id);
CREATE MATERIALIZED VIEW other.mv TABLESPACE nm_slow AS SELECT * FROM log.v;
INSERT INTO app.t (m, n) SELECT 'glad', i FROM generate_series(1, 50) i;
INSERT INTO log.e SELECT i FROM generate_series(1, 20) i;
REFRESH MATERIALIZED VIEW other.mv;
ALTER DATABASE names SET search_path = app, log;
REVOKE USAGE ON TYPE int8 FROM PUBLIC;
SQL
    sed -i 's/, at nm_none//' "$WORK/prod.sql"
    must load prod names "$WORK/prod.sql"
    # without a map: rows and all, in the default tablespace
    q prod postgres "CREATE ROLE nm_stage" >/dev/null 2>&1
    q staging postgres "CREATE ROLE nm_boss" >/dev/null 2>&1
    ok "$kind: a copy without a map" dbtwin copy -q "$(url prod names)" "$(url staging names)"
    is "$kind: brings the rows of tables in tablespaces" "$(q staging names "SELECT (SELECT count(*) FROM app.t), (SELECT count(*) FROM log.e), (SELECT count(*) FROM other.mv)")" "50	20	20"
    err_has "$kind: and says where they stand" "its tablespace nm_slow"
    q prod postgres "DROP ROLE nm_stage" >/dev/null 2>&1
    must q staging postgres "DROP DATABASE names"
    must q staging postgres "CREATE DATABASE names"
    must q staging postgres "DROP ROLE nm_boss"
    config "  roles: {nm_boss: nm_stage}
  schemas: {app: shop, log: app}
  tablespaces: {nm_slow: nm_slow, nm_fast: pg_default}"
    ok "$kind: preflight" run preflight prod staging
    ok "$kind: a copy" run copy prod staging
    is "$kind: schemas have their new names, one of them the other's old one" \
        "$(q staging names "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|info|dbtwin)' ORDER BY 1")" "app
other
public
shop"
    is "$kind: tables and indexes stand where the map says" "$(q staging names "SELECT relnamespace::regnamespace || '.' || relname, coalesce(spcname, '-') FROM pg_class c LEFT JOIN pg_tablespace s ON s.oid = reltablespace
        WHERE relkind IN ('r', 'i', 'm') AND c.oid >= 16384 AND relnamespace::regnamespace::text IN ('app', 'shop', 'other') ORDER BY 1")" "app.e	-
other.mv	nm_slow
shop.t	nm_slow
shop.t_n	nm_slow
shop.t_pkey	-"
    is "$kind: the view follows" "$(q staging names "SELECT count(*), sum(p) FROM app.v")" "20	230"
    is "$kind: search_path of the function and of the database" "$(q staging names "SELECT proconfig FROM pg_proc WHERE proname = 'plus'") $(q staging names "SHOW search_path")" '{"search_path=shop, pg_temp"} shop, app'
    is "$kind: the function's role" "$(q staging names "SELECT shop.boss()")" nm_stage
    is "$kind: a right that was taken of the server's own type" "$(q staging names "SELECT has_type_privilege('nm_stage', 'int8', 'USAGE')")" f
    is "$kind: a default" "$(q staging names "INSERT INTO shop.t (n) VALUES (7) RETURNING id, m; DELETE FROM shop.t WHERE n = 7 AND id > 50")" "51	sad"
    [ -z "$sql_body" ] || is "$kind: a body in standard SQL" "$(q staging names "SELECT shop.total()")" 50
    ok "$kind: diff finds no drift" run diff prod staging
    ok "$kind: verify finds the tables" run verify prod staging
    must q prod names "CREATE FUNCTION other.late() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM app.t); END';
        CREATE TABLE other.d (a text DEFAULT 'app.t', b regclass DEFAULT 'app.t')"
    expect_exit 4 "$kind: a body that names a schema is refused" run copy prod staging
    err_has "$kind: by name" "other.late"
    expect_exit 4 "$kind: preflight knows" run preflight prod staging
    must q prod names "DROP FUNCTION other.late"
    expect_exit 0 "$kind: a text that names a table but no schema as such" run copy -q prod staging --without table:other.d
    must q prod names "DROP TABLE other.d"
    must q staging postgres "DROP DATABASE names"
    must q staging postgres "CREATE DATABASE names TABLESPACE nm_slow"
    ok "$kind: a copy into a database that lies in the mapped tablespace itself" run copy -q prod staging
    is "$kind: which its tables then do not name" "$(q staging names "SELECT reltablespace FROM pg_class WHERE oid = 'shop.t'::regclass
        UNION ALL SELECT oid FROM pg_tablespace WHERE spcname = 'nm_slow' AND oid <> (SELECT dattablespace FROM pg_database WHERE datname = 'names')")" 0
    config "  roles: {nm_boss: nm_stage}
  schemas: {app: other}"
    expect_exit 4 "$kind: a name that is taken" run copy prod staging
    err_has "$kind: is refused by name" "which another schema has"
    for n in prod staging; do
        must q $n postgres "DROP DATABASE names"
        q $n postgres "DROP TABLESPACE IF EXISTS nm_fast" >/dev/null 2>&1
        q $n postgres "DROP TABLESPACE IF EXISTS nm_slow" >/dev/null 2>&1
        q $n postgres "DROP ROLE IF EXISTS nm_boss, nm_stage" >/dev/null 2>&1
    done
done

for kind in $(servers my); do
    start "$kind" prod staging
    accounts="nm_app@localhost, 'nm_app'@'10.%', nm_stage@localhost, 'nm_stage'@'10.%'"
    for n in prod staging; do
        fresh_db $n names
        q $n '' "DROP USER IF EXISTS $accounts" >/dev/null 2>&1
        must q $n '' "CREATE USER $accounts"
    done
    must q prod names "CREATE TABLE t (a int PRIMARY KEY)"
    must q prod names "CREATE DEFINER=nm_app@localhost VIEW v AS SELECT a FROM t"
    must q prod names "CREATE DEFINER='nm_app'@'10.%' PROCEDURE p() SELECT 1"
    must q prod names "CREATE DEFINER=nm_app@localhost TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = NEW.a"
    must q prod '' "GRANT SELECT ON names.* TO nm_app@localhost; GRANT INSERT ON names.t TO 'nm_app'@'10.%'"
    definers() { q staging '' "SELECT definer FROM information_schema.views WHERE table_schema = 'names'
        UNION ALL SELECT definer FROM information_schema.triggers WHERE trigger_schema = 'names'
        UNION ALL SELECT definer FROM information_schema.routines WHERE routine_schema = 'names'" | tr '\n' ' '; }
    try() { # try MAP DEFINERS GRANTEE GRANTEE
        config "  roles: {$1}"
        ok "$kind: a copy, $1" run copy -q prod staging
        is "$kind: its definers, $1" "$(definers)" "$2"
        for n in nm_app nm_stage; do
            q staging '' "REVOKE ALL PRIVILEGES, GRANT OPTION FROM $n@localhost; REVOKE ALL PRIVILEGES, GRANT OPTION FROM '$n'@'10.%'" >/dev/null 2>&1
        done
        must q staging '' "GRANT SELECT ON names.* TO $3; GRANT INSERT ON names.t TO $4"
        ok "$kind: no drift, accounts and all, $1" run diff prod staging --ignore kind:role
        ok "$kind: nor the other way round, $1" run diff staging prod --ignore kind:role
    }
    try "nm_app: nm_stage" "nm_stage@localhost nm_stage@localhost nm_stage@10.% " nm_stage@localhost "'nm_stage'@'10.%'"
    try "nm_app@localhost: 'nm_stage@10.%', 'nm_app@10.%': nm_stage@localhost" "nm_stage@10.% nm_stage@10.% nm_stage@localhost " "'nm_stage'@'10.%'" nm_stage@localhost
    try "nm_app@localhost: nm_stage" "nm_stage@localhost nm_stage@localhost nm_app@10.% " nm_stage@localhost "'nm_app'@'10.%'"
    try "nm_app@localhost: 'nm_stage@10.%'" "nm_stage@10.% nm_stage@10.% nm_app@10.% " "'nm_stage'@'10.%'" "'nm_app'@'10.%'"
    for n in prod staging; do must q $n '' "DROP DATABASE names; DROP USER $accounts"; done
done
done_testing
