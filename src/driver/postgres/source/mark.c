#include "../connection/pg.h"

#include <string.h>

/*
 * The mark says of a database that it is a copy, and of what: table dbtwin.mark, which
 * target/mark.c writes. Who reads it may be on either side.
 */

/*
 * Which database a mark is in, for as long as that lives: the cluster, its timeline, which a
 * promoted clone leaves, the database's oid, which a copy of a template has not, and the mark's
 * own, which a restored dump has not. Not the moment the server started (pg_facts): a mark outlives
 * that. A clone of files that was never promoted is known by its place, where this role may see
 * that.
 */
#define IDENTITY                                                                          \
    "SELECT 'target_id', c.system_identifier::pg_catalog.text || '/'::pg_catalog.text ||" \
    " CASE WHEN pg_catalog.pg_is_in_recovery()"                                           \
    " THEN pg_catalog.upper(pg_catalog.lpad(pg_catalog.to_hex((SELECT timeline_id FROM"   \
    " pg_catalog.pg_control_checkpoint())), 8, '0')) ELSE pg_catalog.left("               \
    "pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8) END ||"              \
    " '/'::pg_catalog.text || d.oid::pg_catalog.text || '/'::pg_catalog.text ||"          \
    " 'dbtwin.mark'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.text"                \
    " FROM pg_catalog.pg_control_system() c, pg_catalog.pg_database d"                    \
    " WHERE d.datname = pg_catalog.current_database() UNION ALL"                          \
    " SELECT 'target_place', setting FROM pg_catalog.pg_settings WHERE name = 'data_directory'"

const char pg_mark_identity_sql[] = "; INSERT INTO dbtwin.mark " IDENTITY;

/* A mark that does not say which database it is of was written by an earlier dbtwin. Its table is
 * made in the database that it is in, so that its oid is the later one, but in a copy of a
 * template.
 */
static const char mark_sql[] =
    "SELECT 'mark', key, value FROM dbtwin.mark UNION ALL SELECT 'own', own.* FROM (" IDENTITY
    ") own UNION ALL SELECT 'own', 'later', CASE WHEN m.oid > d.oid THEN 'yes' ELSE 'no' END"
    " FROM pg_catalog.pg_class m, pg_catalog.pg_database d WHERE m.oid ="
    " 'dbtwin.mark'::pg_catalog.regclass AND d.datname = pg_catalog.current_database()";

/* A value of the mark, or of what the database says of itself; NULL: there is none. */
static const char *marked(const PGresult *res, const char *whose, const char *key)
{
    for (int i = 0; i < PQntuples(res); i++)
        if (strcmp(PQgetvalue(res, i, 0), whose) == 0 && strcmp(PQgetvalue(res, i, 1), key) == 0)
            return PQgetisnull(res, i, 2) ? NULL : PQgetvalue(res, i, 2);
    return NULL;
}

static bool mark_fits(const PGresult *res)
{
    const char *id = marked(res, "mark", "target_id"), *place = marked(res, "mark", "target_place");
    const char *here = marked(res, "own", "target_place");

    if (!id)
        return str_eq(marked(res, "own", "later"), "yes");
    return str_eq(id, marked(res, "own", "target_id")) && (!place || !here || str_eq(place, here));
}

static void take_mark(struct target_facts *f, const PGresult *res, struct arena *a)
{
    const char *role = marked(res, "mark", "role"), *source = marked(res, "mark", "source");
    const char *taken = marked(res, "mark", "taken_at");

    if (str_eq(role, "production")) {
        f->mark = MARK_PRODUCTION;
        f->mark_text = "marked as production";
    } else if (str_eq(role, "copy")) {
        f->mark = mark_fits(res) ? MARK_COPY : MARK_ELSEWHERE;
        f->mark_is_old = f->mark == MARK_COPY && !marked(res, "mark", "target_id");
        f->mark_text =
            arena_printf(a, "copied from %s as of %s", source ? source : "?", taken ? taken : "?");
    }
}

bool pg_mark_read(struct session *s, struct arena *a, struct target_facts *ret, struct err *err)
{
    const char *there = NULL;
    PGresult *res;

    if (!pg_value(s,
                  "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
                  " ON n.oid = c.relnamespace WHERE n.nspname = 'dbtwin' AND c.relname = 'mark'"
                  " AND c.relkind = 'r'",
                  a, &there, err))
        return false;
    if (!there)
        return true;
    res = pg_query(s, mark_sql, err);
    if (!res)
        return err_context(err, "while reading the mark (table dbtwin.mark)");
    take_mark(ret, res, a);
    PQclear(res);
    return true;
}

/* Objects of extensions are not anybody's; of schemas only their contents count. */
static const char objects_sql[] =
    "SELECT EXISTS (SELECT 1 FROM (SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS class,"
    " oid, relnamespace AS space FROM pg_catalog.pg_class WHERE relkind IN"
    " ('r', 'p', 'v', 'm', 'f', 'S', 'c')"
    " UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid, pronamespace"
    " FROM pg_catalog.pg_proc"
    " UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, oid, typnamespace"
    " FROM pg_catalog.pg_type WHERE typtype IN ('d', 'e', 'r')) o"
    " JOIN pg_catalog.pg_namespace n ON n.oid = o.space"
    " WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'dbtwin')"
    " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = o.class"
    " AND d.objid = o.oid AND d.deptype = 'e'))";

bool pg_mark_has_objects(struct session *s, struct arena *a, bool *ret, struct err *err)
{
    const char *objects = NULL;
    if (!pg_value(s, objects_sql, a, &objects, err))
        return false;
    *ret = str_eq(objects, "t");
    return true;
}
