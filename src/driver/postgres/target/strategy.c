#include "target.h"

#include <string.h>

#include <dbtwin/log.h>

/*
 * What keeps a copy from going schema by schema within the target (swap_schemas.c), where this role
 * may not create a database: everything there must be able to step aside without anybody waiting.
 * Found from within the target, as answers of the topic "schema": what would help, why, and "mixed"
 * where --in-place does without it.
 */

/* ---- the schemas of the target -------------------------------------------------------------- */

/* But for those that extensions made, and those of kept states. */
static const char schemas_sql[] =
    "SELECT n.oid, n.nspname, pg_catalog.pg_has_role(n.nspowner, 'USAGE'),"
    " EXISTS (SELECT 1 FROM pg_catalog.pg_extension e WHERE e.extnamespace = n.oid"
    " AND e.extname <> 'plpgsql'),"
    " EXISTS (SELECT 1 FROM (SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS class, oid,"
    " relnamespace AS space FROM pg_catalog.pg_class"
    " UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid, pronamespace"
    " FROM pg_catalog.pg_proc UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, oid,"
    " typnamespace FROM pg_catalog.pg_type WHERE typtype IN ('d', 'e', 'r')"
    " UNION ALL SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, oid, oprnamespace"
    " FROM pg_catalog.pg_operator UNION ALL SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass,"
    " oid, collnamespace FROM pg_catalog.pg_collation"
    " UNION ALL SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, oid, cfgnamespace"
    " FROM pg_catalog.pg_ts_config UNION ALL SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass,"
    " oid, dictnamespace FROM pg_catalog.pg_ts_dict) o WHERE o.space = n.oid AND NOT EXISTS"
    " (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = o.class AND d.objid = o.oid"
    " AND d.deptype IN ('e', 'i'))), pg_catalog.pg_get_userbyid(n.nspowner),"
    " pg_catalog.obj_description(n.oid, 'pg_namespace')"
    " FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <>"
    " 'information_schema' AND n.nspname NOT LIKE '%\\_\\_dbtwin\\_old' AND NOT (" PG_KEPT_SCHEMA
    ") AND NOT EXISTS (SELECT 1"
    " FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass"
    " AND d.objid = n.oid AND d.deptype = 'e') ORDER BY n.nspname";

bool pg_strategy_list(struct session *s, struct arena *a, struct vec *ret, struct err *err)
{
    PGresult *res = pg_query(s, schemas_sql, err);

    for (int i = 0; res && i < PQntuples(res); i++)
        VEC_PUSH(ret, struct own_schema,
                 ((struct own_schema){.oid = arena_strdup(a, PQgetvalue(res, i, 0)),
                                      .name = arena_strdup(a, PQgetvalue(res, i, 1)),
                                      .owner = arena_strdup(a, PQgetvalue(res, i, 5)),
                                      .comment = PQgetisnull(res, i, 6)
                                                     ? NULL
                                                     : arena_strdup(a, PQgetvalue(res, i, 6)),
                                      .owned = PQgetvalue(res, i, 2)[0] == 't',
                                      .extensions = PQgetvalue(res, i, 3)[0] == 't',
                                      .others = PQgetvalue(res, i, 4)[0] == 't'}));
    PQclear(res);
    return res != NULL;
}

/* Holds nothing that would have to go. */
bool pg_strategy_may_stay(const struct own_schema *s)
{
    return s->extensions && !s->others;
}

/* ---- what keeps it from going schema by schema ---------------------------------------------- */

/* In no schema, dropped at once, and this role may not. */
static const char others_sql[] =
    "WITH member AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e')"
    " SELECT CASE WHEN r.rolsuper THEN pg_catalog.format('DROP %s %I', o.kind, o.name)"
    " ELSE pg_catalog.format('GRANT %I TO %I', r.rolname, current_user) END,"
    " pg_catalog.format('%s %I belongs to %I, and only its owner may replace it',"
    " pg_catalog.lower(o.kind), o.name, r.rolname) FROM ("
    " SELECT 'EVENT TRIGGER' AS kind, evtname AS name, evtowner AS owner, oid,"
    " 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AS class FROM pg_catalog.pg_event_trigger"
    " UNION ALL SELECT 'PUBLICATION', pubname, pubowner, oid,"
    " 'pg_catalog.pg_publication'::pg_catalog.regclass FROM pg_catalog.pg_publication"
    " UNION ALL SELECT 'SERVER', srvname, srvowner, oid,"
    " 'pg_catalog.pg_foreign_server'::pg_catalog.regclass FROM pg_catalog.pg_foreign_server"
    " UNION ALL SELECT 'FOREIGN DATA WRAPPER', fdwname, fdwowner, oid,"
    " 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass FROM"
    " pg_catalog.pg_foreign_data_wrapper) o JOIN pg_catalog.pg_roles r ON r.oid = o.owner"
    " WHERE NOT pg_catalog.pg_has_role(o.owner, 'USAGE') AND NOT EXISTS (SELECT 1 FROM member m"
    " WHERE m.classid = o.class AND m.objid = o.oid)"
    " UNION ALL SELECT pg_catalog.format('DROP SUBSCRIPTION %I', subname),"
    " pg_catalog.format('subscription %I takes another''s changes', subname)"
    " FROM pg_catalog.pg_subscription WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database"
    " WHERE datname = pg_catalog.current_database())"
    " UNION ALL SELECT pg_catalog.format('GRANT %I TO %I', pg_catalog.pg_get_userbyid(lomowner),"
    " current_user), pg_catalog.format('%s large object(s) belong to %I, and only their owner may"
    " replace them', pg_catalog.count(*), pg_catalog.pg_get_userbyid(lomowner))"
    " FROM pg_catalog.pg_largeobject_metadata WHERE NOT pg_catalog.pg_has_role(lomowner, 'USAGE')"
    " GROUP BY lomowner"
    " UNION ALL SELECT pg_catalog.format('GRANT CREATE ON DATABASE %I TO %I',"
    " pg_catalog.current_database(), current_user), 'the schemas are recreated' WHERE NOT"
    " pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')";

static void add(struct target *t, const char *todo, const char *why, const char *more)
{
    VEC_PUSH(&t->hurdles, struct answer,
             ((struct answer){.topic = "schema",
                              .name = arena_strdup(&t->arena, todo),
                              .value = arena_strdup(&t->arena, why),
                              .more = more}));
}

static void add_schema(struct target *t, const struct own_schema *o, const char *user)
{
    if (o->extensions && o->others)
        add(t, "--in-place",
            arena_printf(&t->arena,
                         "extensions live in schema \"%s\" beside other objects, so it cannot be "
                         "renamed: readers there would wait until the copy is done",
                         o->name),
            "mixed");
    if (!o->owned)
        add(t, arena_printf(&t->arena, "ALTER SCHEMA \"%s\" OWNER TO %s", o->name, user),
            arena_printf(&t->arena,
                         "schema \"%s\" belongs to %s, and only its owner may replace it", o->name,
                         o->owner),
            NULL);
}

static bool look_inside(struct target *t, struct session *s, struct err *err)
{
    struct vec schemas = VEC_INIT(struct own_schema);
    const char *user = NULL;
    PGresult *res = NULL;
    bool good = pg_value(s, "SELECT pg_catalog.quote_ident(current_user)", &t->arena, &user, err) &&
                pg_strategy_list(s, &t->arena, &schemas, err) &&
                (res = pg_query(s, others_sql, err));

    for (int i = 0; good && i < PQntuples(res); i++)
        add(t, PQgetvalue(res, i, 0), PQgetvalue(res, i, 1), NULL);
    for (size_t i = 0; good && i < schemas.len; i++)
        add_schema(t, &VEC_AT(&schemas, struct own_schema, i), user);
    PQclear(res);
    vec_release(&schemas);
    return good;
}

bool pg_strategy_hurdles(struct target *t, struct err *err)
{
    struct session *s = NULL;
    bool good = pg_target_connect(t, t->name, DRIVER_SOURCE, &s, err) && look_inside(t, s, err);

    pg_close(s);
    return good;
}
