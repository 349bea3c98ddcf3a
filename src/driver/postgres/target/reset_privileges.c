#include "target.h"

/*
 * In place, and schema by schema, the database itself stays, and with it privileges that belong to
 * no schema: default privileges of roles, and what was given or taken of the system's own objects
 * and of extensions' members. They become what initdb, or the extension's script, made; what the
 * source has comes with the copy.
 */

/* An entry is gone once it equals what is built in. */
static const char defaults_sql[] =
    "WITH entry AS (SELECT defaclrole AS role, defaclnamespace AS nsp, defaclacl AS acl,"
    " CASE defaclnamespace WHEN 0 THEN pg_catalog.acldefault(CASE defaclobjtype WHEN 'S' THEN 's'"
    " ELSE defaclobjtype END, defaclrole) ELSE pg_catalog.acldefault('c', defaclrole) END AS "
    "builtin,"
    " CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'"
    " WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END AS word"
    " FROM pg_catalog.pg_default_acl WHERE pg_catalog.pg_has_role(defaclrole, 'USAGE')),"
    " item AS (SELECT e.*, x.* FROM entry e, pg_catalog.aclexplode(e.acl) x),"
    " born AS (SELECT e.*, x.* FROM entry e, pg_catalog.aclexplode(e.builtin) x),"
    " todo AS ("
    "SELECT 1 AS n, i.*, 'REVOKE' AS verb, 'FROM' AS prep FROM item i WHERE NOT EXISTS (SELECT 1"
    " FROM pg_catalog.aclexplode(i.builtin) b WHERE b.grantee = i.grantee AND b.privilege_type ="
    " i.privilege_type AND b.is_grantable = i.is_grantable)"
    " UNION ALL SELECT 2, b.*, 'GRANT', 'TO' FROM born b WHERE NOT EXISTS (SELECT 1"
    " FROM pg_catalog.aclexplode(b.acl) i WHERE b.grantee = i.grantee AND b.privilege_type ="
    " i.privilege_type AND b.is_grantable = i.is_grantable))"
    " SELECT pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s %s %s ON %s %s %s%s',"
    " pg_catalog.pg_get_userbyid(role), CASE WHEN nsp <> 0 THEN (SELECT pg_catalog.format("
    "' IN SCHEMA %I', nspname) FROM pg_catalog.pg_namespace p WHERE p.oid = nsp) END, verb,"
    " privilege_type, word, prep, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident("
    "pg_catalog.pg_get_userbyid(grantee)) END, CASE WHEN n = 2 AND is_grantable THEN"
    " ' WITH GRANT OPTION' END) FROM todo ORDER BY n";

/* What initdb gives in information_schema is not recorded: anybody may read there. */
static const char objects_sql[] =
    "WITH every AS ("
    "SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS class, oid, 0 AS sub, NULL::name AS col,"
    " relacl AS acl, pg_catalog.acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\","
    " relowner) AS born, CASE WHEN relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE"
    " nspname = 'information_schema') THEN pg_catalog.makeaclitem(0, relowner, 'SELECT', false) END"
    " AS more, CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS word"
    " FROM pg_catalog.pg_class WHERE relacl IS NOT NULL AND relkind IN ('r', 'p', 'v', 'm', 'f',"
    " 'S')"
    " UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, attrelid, attnum, attname,"
    " attacl, pg_catalog.acldefault('c', 10), NULL, 'TABLE' FROM pg_catalog.pg_attribute WHERE "
    "attacl IS NOT NULL AND NOT"
    " attisdropped"
    " UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid, 0, NULL, proacl,"
    " pg_catalog.acldefault('f', proowner), NULL, 'ROUTINE' FROM pg_catalog.pg_proc WHERE proacl IS"
    " NOT NULL"
    " UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, oid, 0, NULL, typacl,"
    " pg_catalog.acldefault('T', typowner), NULL, 'TYPE' FROM pg_catalog.pg_type WHERE typacl IS"
    " NOT NULL"
    " UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, oid, 0, NULL, lanacl,"
    " pg_catalog.acldefault('l', lanowner), NULL, 'LANGUAGE' FROM pg_catalog.pg_language WHERE"
    " lanacl IS NOT NULL"
    " UNION ALL SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, oid, 0, NULL, nspacl,"
    " pg_catalog.acldefault('n', nspowner), CASE nspname WHEN 'information_schema' THEN"
    " pg_catalog.makeaclitem(0, nspowner, 'USAGE', false) END, 'SCHEMA' FROM"
    " pg_catalog.pg_namespace WHERE nspacl IS NOT NULL AND (nspname = 'information_schema' OR"
    " nspname = 'pg_catalog')),"
    " changed AS (SELECT e.*, COALESCE(i.initprivs, CASE WHEN e.more IS NULL THEN e.born ELSE"
    " pg_catalog.array_append(e.born, e.more) END) AS init, CASE e.word WHEN 'TYPE' THEN"
    " (SELECT pg_catalog.format('%I.%I', n.nspname, t.typname) FROM pg_catalog.pg_type t JOIN"
    " pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = e.oid) ELSE"
    " (pg_catalog.pg_identify_object(e.class, e.oid, 0)).identity END AS name FROM every e LEFT "
    "JOIN pg_catalog.pg_init_privs i ON i.classoid ="
    " e.class AND i.objoid = e.oid AND i.objsubid = e.sub WHERE e.acl IS DISTINCT FROM i.initprivs"
    " AND (e.oid < 16384 OR EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = e.class"
    " AND d.objid = e.oid AND d.deptype = 'e'))),"
    " item AS (SELECT c.*, x.* FROM changed c, pg_catalog.aclexplode(c.acl) x),"
    " first AS (SELECT c.*, x.* FROM changed c, pg_catalog.aclexplode(c.init) x),"
    " todo AS ("
    "SELECT 1 AS n, i.*, 'REVOKE' AS verb, 'FROM' AS prep FROM item i WHERE NOT EXISTS (SELECT 1"
    " FROM pg_catalog.aclexplode(i.init) b WHERE b.grantee = i.grantee AND b.privilege_type ="
    " i.privilege_type AND b.is_grantable = i.is_grantable)"
    " UNION ALL SELECT 2, b.*, 'GRANT', 'TO' FROM first b WHERE NOT EXISTS (SELECT 1"
    " FROM pg_catalog.aclexplode(b.acl) i WHERE b.grantee = i.grantee AND b.privilege_type ="
    " i.privilege_type AND b.is_grantable = i.is_grantable))"
    " SELECT pg_catalog.format('%s %s%s ON %s %s %s %s%s', verb, privilege_type, CASE WHEN sub <> 0"
    " THEN pg_catalog.format(' (%I)', col) END, word, name, prep, CASE grantee WHEN 0 THEN 'PUBLIC'"
    " ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(grantee)) END, CASE WHEN n = 1 THEN"
    " ' CASCADE' WHEN is_grantable THEN ' WITH GRANT OPTION' END) FROM todo"
    " WHERE pg_catalog.current_setting('is_superuser') = 'on' ORDER BY n";

static bool run_all(struct session *s, const char *sql, struct err *err)
{
    PGresult *res = pg_query(s, sql, err);
    bool good = res != NULL;
    for (int i = 0; good && i < PQntuples(res); i++)
        good = pg_run(s, PQgetvalue(res, i, 0), err);
    PQclear(res);
    return good;
}

bool pg_reset_privileges(struct target *t, struct err *err)
{
    return t->options.no_grants ||
           (run_all(t->work, defaults_sql, err) && run_all(t->work, objects_sql, err)) ||
           err_context(err, "while resetting privileges to their initial state");
}
