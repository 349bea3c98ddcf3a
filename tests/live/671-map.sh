#!/bin/bash
# The config's map drives copies as it drives diff: owners, grantees and DEFINERs become staging's, and a
# foreign server points to the host that it is mapped to, and nowhere else.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

config() { # what stands below map:
    printf 'databases:\n  prod:\n    url: %s\n    role: production\n  staging:\n    url: %s\nmap:\n%s\n' \
        "$(url prod mapped)" "$(url staging mapped)" "$1" >"$WORK/c.yaml"
}
run() { dbtwin "$@" -c "$WORK/c.yaml"; }

for kind in $(servers pg); do
    start "$kind" prod staging
    for n in prod staging; do
        q $n postgres "DROP DATABASE IF EXISTS mapped" >/dev/null
        q $n postgres "DROP ROLE IF EXISTS map_app, map_ro, stage_app, stage_ro" >/dev/null
    done
    fresh_db prod mapped
    fresh_db staging mapped
    must q prod postgres "CREATE ROLE map_app; CREATE ROLE map_ro"
    must q staging postgres "CREATE ROLE stage_app; CREATE ROLE stage_ro"
    cat >"$WORK/prod.sql" <<'SQL'
CREATE SCHEMA app AUTHORIZATION map_app;
SET ROLE map_app;
CREATE TABLE app.t (a serial PRIMARY KEY, b text); INSERT INTO app.t (b) VALUES ('map_app'), ('x');
CREATE VIEW app.v AS SELECT a FROM app.t;
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON app.t TO map_ro USING (a > 0);
GRANT USAGE ON SCHEMA app TO map_ro; GRANT SELECT ON app.t, app.v TO map_ro; GRANT UPDATE (b) ON app.t TO map_ro;
ALTER DEFAULT PRIVILEGES FOR ROLE map_app IN SCHEMA app GRANT SELECT ON TABLES TO map_ro;
SELECT lo_from_bytea(4711, 'map_app'); GRANT SELECT, UPDATE ON LARGE OBJECT 4711 TO map_ro; GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC;
RESET ROLE;
CREATE FOREIGN DATA WRAPPER wrap;
CREATE SERVER billing FOREIGN DATA WRAPPER wrap OPTIONS (host 'billing.prod.example', dbname 'billing', port '5433');
CREATE SERVER other FOREIGN DATA WRAPPER wrap OPTIONS (host 'other.prod.example');
ALTER SERVER billing OWNER TO map_app;
SQL
    must load prod mapped "$WORK/prod.sql"
    config "  hosts: {}"
    expect_exit 4 "$kind: without a map" run copy prod staging
    err_has "$kind: roles are missed by name" map_app
    config "  roles: {map_app: stage_app, map_ro: stage_ro}
  hosts: {billing.prod.example: billing.staging.example}"
    ok "$kind: preflight" run preflight prod staging
    ok "$kind: a copy" run copy prod staging
    dump prod mapped >"$WORK/a.sql"
    dump staging mapped >"$WORK/b.sql"
    # pg_dump of production by staging's names; lists of roles are in another order, so by line
    for f in a b; do
        sed -e 's/map_app/stage_app/g; s/map_ro/stage_ro/g' "$WORK/$f.sql" | grep -vE "^(CREATE SERVER| *(host|dbname|port) |\);?$)|map_app|stage_app	|^[0-9]+	" | sort >"$WORK/$f.sorted"
    done
    same_files "$kind: pg_dump has production's by other names" "$WORK/a.sorted" "$WORK/b.sorted"
    is "$kind: rows are not mapped" "$(q staging mapped "SELECT b FROM app.t ORDER BY 1")" "map_app
x"
    is "$kind: the owner" "$(q staging mapped "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'app.t'::regclass")" stage_app
    is "$kind: who may read" "$(q staging mapped "SELECT has_table_privilege('stage_ro', 'app.t', 'SELECT'), has_column_privilege('stage_ro', 'app.t', 'b', 'UPDATE')")" "t	t"
    large="SELECT pg_get_userbyid(lomowner), (SELECT array_agg(a::text ORDER BY a::text COLLATE \"C\") FROM unnest(lomacl) a), convert_from(lo_get(oid), 'UTF8') FROM pg_largeobject_metadata ORDER BY oid"
    is "$kind: a large object" "$(q staging mapped "$large")" "stage_app	{=r/stage_app,stage_app=rw/stage_app,stage_ro=rw/stage_app}	map_app"
    is "$kind: the policy" "$(q staging mapped "SELECT roles FROM pg_policies WHERE tablename = 't'")" "{stage_ro}"
    is "$kind: the server points to its mapped host, and no other" "$(q staging mapped "SELECT srvname, srvoptions FROM pg_foreign_server ORDER BY 1")" "billing	{host=billing.staging.example}
other	"
    err_like "$kind: what else the server had is told" 'neutralised \(foreign_servers\): .*billing.dbname'
    ok "$kind: diff finds no drift" run diff prod staging
    must q staging mapped "ALTER SERVER billing OPTIONS (SET host 'billing.prod.example')"
    expect_exit 1 "$kind: a server that points back is drift" run diff prod staging
    must q staging mapped "ALTER TABLE app.t OWNER TO postgres"
    expect_exit 1 "$kind: so is another owner" run diff prod staging
    must run snapshot -q prod -o "$WORK/mapped.dbtwin" --force
    ok "$kind: a restore" run restore -q "$WORK/mapped.dbtwin" staging
    is "$kind: is mapped too" "$(q staging mapped "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'app.t'::regclass") $(q staging mapped "SELECT srvoptions FROM pg_foreign_server WHERE srvname = 'billing'")" "stage_app {host=billing.staging.example}"
    is "$kind: of a large object as well" "$(q staging mapped "$large")" "stage_app	{=r/stage_app,stage_app=rw/stage_app,stage_ro=rw/stage_app}	map_app"
    ok "$kind: no drift" run diff prod staging
    # large objects of a role that is not there are told; or nothing is asked for
    for n in prod staging; do fresh_db $n large; done
    must q prod large "CREATE TABLE t (a int); SELECT lo_from_bytea(i, 'x') FROM generate_series(1, 2500) i; ALTER LARGE OBJECT 1 OWNER TO map_app;
        GRANT SELECT ON LARGE OBJECT 2 TO map_ro, PUBLIC; ALTER LARGE OBJECT 2400 OWNER TO map_app;
        DROP ROLE IF EXISTS map_gone; CREATE ROLE map_gone SUPERUSER; SET ROLE map_gone; CREATE EXTENSION hstore"
    ok "$kind: who made an extension need not be there" dbtwin preflight "$(url prod large)" "$(url staging large)"
    ok "$kind: large objects of missing roles" dbtwin copy "$(url prod large)" "$(url staging large)" -j 1
    is "$kind: their owner is named once" "$(grep -c 'large objects do not belong to map_app' "$ERR")" 1
    is "$kind: and who had rights" "$(grep -c 'large objects are not granted to map_ro' "$ERR")" 1
    is "$kind: they are the copier's" "$(q staging large "SELECT pg_get_userbyid(lomowner), lomacl, count(*) FROM pg_largeobject_metadata GROUP BY 1, 2 ORDER BY 3")" "postgres	{postgres=rw/postgres,=r/postgres}	1
postgres		2499"
    ok "$kind: without owners and rights" dbtwin copy -q "$(url prod large)" "$(url staging large)" --no-owners --no-grants
    err_empty "$kind: nothing is to be told"
    is "$kind: and none are given" "$(q staging large "SELECT DISTINCT pg_get_userbyid(lomowner), lomacl FROM pg_largeobject_metadata")" "postgres	"
    for n in prod staging; do must q $n postgres "DROP DATABASE large"; done
    must q prod postgres "DROP ROLE map_gone"
    # any value of an option, by itself
    config "  roles: {map_app: stage_app, map_ro: stage_ro}
  hosts: {billing.prod.example: billing.staging.example, billing: billing_stage, '5433': '6432'}"
    ok "$kind: a host, a database, a port" run copy -q prod staging
    is "$kind: are mapped" "$(q staging mapped "SELECT srvoptions FROM pg_foreign_server WHERE srvname = 'billing'")" "{dbname=billing_stage,host=billing.staging.example,port=6432}"
    ok "$kind: and are no drift" run diff prod staging
    config "  roles: {map_app: stage_app, map_ro: stage_ro}
  schemas: {app: stage}"
    ok "$kind: schemas" run copy prod staging
    is "$kind: are renamed" "$(q staging mapped "SELECT b FROM stage.t WHERE a = 1")" map_app
    config "  roles: {map_app: stage_app}"
    expect_exit 4 "$kind: a role that is not mapped" run copy prod staging
    err_has "$kind: is named" map_ro
    err_lacks "$kind: alone" map_app
    for n in prod staging; do q $n postgres "DROP DATABASE mapped" >/dev/null; done
    q prod postgres "DROP ROLE map_app, map_ro" >/dev/null
    q staging postgres "DROP ROLE stage_app, stage_ro" >/dev/null
done

for kind in $(servers my); do
    start "$kind" prod staging
    fresh_db prod mapped
    fresh_db staging mapped
    q prod '' "DROP USER IF EXISTS map_app@localhost" >/dev/null
    q staging '' "DROP USER IF EXISTS stage_app@localhost" >/dev/null
    must q prod '' "CREATE USER map_app@localhost; GRANT ALL ON mapped.* TO map_app@localhost"
    must q staging '' "CREATE USER stage_app@localhost; GRANT ALL ON mapped.* TO stage_app@localhost"
    must q prod mapped "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1);
        CREATE DEFINER=map_app@localhost VIEW v AS SELECT a FROM t;
        CREATE DEFINER=map_app@localhost PROCEDURE p() SELECT 'map_app@localhost';
        CREATE DEFINER=map_app@localhost TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = NEW.a;
        CREATE DEFINER=map_app@localhost EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' DO DELETE FROM t"
    definers() { q staging '' "SELECT definer FROM information_schema.views WHERE table_schema = 'mapped'
        UNION ALL SELECT definer FROM information_schema.triggers WHERE trigger_schema = 'mapped'
        UNION ALL SELECT definer FROM information_schema.routines WHERE routine_schema = 'mapped'
        UNION ALL SELECT definer FROM information_schema.events WHERE event_schema = 'mapped'" | sort | uniq -c | tr -s ' '; }
    config "  hosts: {}"
    ok "$kind: without a map" run copy prod staging
    err_has "$kind: a DEFINER that is missing is named" map_app@localhost
    config "  roles: {map_app: stage_app}"
    ok "$kind: with one" run copy prod staging
    err_lacks "$kind: none is missing" "no account"
    is "$kind: all are staging's" "$(definers)" " 4 stage_app@localhost"
    is "$kind: who may use them" "$(q staging mapped "SELECT a FROM v")" 1
    is "$kind: bodies are not mapped" "$(q staging mapped "CALL p()")" map_app@localhost
    ok "$kind: diff finds no drift" run diff prod staging --ignore kind:grant --ignore kind:role
    config "  hosts: {}"
    expect_exit 1 "$kind: without the map it is" run diff prod staging --kind view
    q prod '' "DROP DATABASE mapped; DROP USER map_app@localhost" >/dev/null
    q staging '' "DROP DATABASE mapped; DROP USER stage_app@localhost" >/dev/null
done
done_testing
