#include "target.h"

#include <string.h>

#include <dbtwin/log.h>

/*
 * States that were replaced schema by schema and that were kept: each old schema stands beside its
 * successor as "<schema>__dbtwin_20261122T031500", by the UTC time of the swap. Views, keys,
 * defaults, rights and owners follow a schema's oid, so those between kept schemas go on pointing
 * at the kept ones, and a rollback is the same renaming once more.
 *
 * Table kept in the state's own schema dbtwin ("dbtwin__dbtwin_20261122T031500") says which schema
 * is which, because names may have been cut; without a name is a schema that was made for the
 * table only. A schema that ends in the time of such a table is dbtwin's: no query of the catalog
 * gives it (introspect.c), no copy replaces it (strategy.c).
 *
 * What is in no schema cannot stand there twice: where there is any that the swap would replace,
 * in what is kept or in what takes its place, nothing is kept and nothing is copied. What the swap
 * leaves alone stays with the database: settings, extensions and the schemas where these are alone,
 * default privileges of no schema.
 */

/* ---- what is in no schema ------------------------------------------------------------------ */

/* As drops_sql of swap_schemas.c, and what comes with types. */
static const char bound_sql[] =
    "WITH member AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e')"
    " SELECT o.what FROM ("
    " SELECT pg_catalog.format('event trigger %I', evtname) AS what, oid,"
    " 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AS class FROM pg_catalog.pg_event_trigger"
    " UNION ALL SELECT pg_catalog.format('publication %I', pubname), oid,"
    " 'pg_catalog.pg_publication'::pg_catalog.regclass FROM pg_catalog.pg_publication"
    " UNION ALL SELECT pg_catalog.format('foreign server %I', srvname), oid,"
    " 'pg_catalog.pg_foreign_server'::pg_catalog.regclass FROM pg_catalog.pg_foreign_server"
    " UNION ALL SELECT pg_catalog.format('foreign-data wrapper %I', fdwname), oid,"
    " 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass"
    " FROM pg_catalog.pg_foreign_data_wrapper"
    " UNION ALL SELECT pg_catalog.format('cast (%s AS %s)',"
    " pg_catalog.format_type(castsource, NULL), pg_catalog.format_type(casttarget, NULL)), oid,"
    " 'pg_catalog.pg_cast'::pg_catalog.regclass FROM pg_catalog.pg_cast WHERE oid >= 16384"
    " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid ="
    " 'pg_catalog.pg_cast'::pg_catalog.regclass AND d.objid = pg_cast.oid AND d.deptype = 'i')"
    " UNION ALL SELECT pg_catalog.format('transform for %s', pg_catalog.format_type(trftype, "
    "NULL)),"
    " oid, 'pg_catalog.pg_transform'::pg_catalog.regclass FROM pg_catalog.pg_transform"
    " UNION ALL SELECT pg_catalog.format('large object %s%s', pg_catalog.min(oid::bigint),"
    " CASE pg_catalog.count(*) WHEN 1 THEN '' ELSE pg_catalog.format(' (one of %s)',"
    " pg_catalog.count(*)) END), 0, 'pg_catalog.pg_largeobject'::pg_catalog.regclass"
    " FROM pg_catalog.pg_largeobject_metadata HAVING pg_catalog.count(*) > 0) o"
    " WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = o.class AND m.objid = o.oid)"
    " ORDER BY 1 LIMIT 1";

bool pg_previous_schemas_check(struct target *t, struct session *s, struct err *err)
{
    const char *what = NULL;

    if (!pg_value(s, bound_sql, &t->arena, &what, err))
        return false;
    if (!what)
        return true;
    err_set(err, ERR_REFUSED,
            "%s: schema by schema, a state that has a %s cannot be kept: it is in no schema and "
            "cannot exist twice",
            t->endpoint->label, what);
    return err_hint(err, "drop it on the target, or omit --keep-previous; a role with CREATEDB "
                         "that owns the database can keep whole states, as databases of their own");
}

bool pg_previous_schemas_keeps(struct target *t, struct err *err)
{
    struct session *s = NULL;

    t->keeping = true;
    bool good = pg_target_connect(t, t->name, DRIVER_SOURCE, &s, err) &&
                pg_previous_schemas_check(t, s, err);
    pg_close(s);
    return good;
}

/* ---- what is to come ------------------------------------------------------------------------ */

static const char names_sql[] = "SELECT nspname FROM pg_catalog.pg_namespace n"
                                " WHERE " PG_KEPT_SCHEMA " ORDER BY 1";

/* A former staging whose schemas nothing says are dbtwin's, but which are named so. */
static bool check_names(struct target *t, struct session *s, const struct model *m, struct err *err)
{
    PGresult *res = pg_query(s, names_sql, err);
    bool good = res != NULL;

    for (int i = 0; good && i < PQntuples(res); i++)
        if (model_child(m, m->root, SPACE_SCHEMA, PQgetvalue(res, i, 0))) {
            err_set(err, ERR_REFUSED,
                    "%s: the source has a schema \"%s\", which is the name of a kept schema of a "
                    "previous state",
                    t->endpoint->label, PQgetvalue(res, i, 0));
            good = err_hint(err, "rename it in the source, or drop the kept one");
        }
    PQclear(res);
    return good;
}

static bool holds_others(const struct model *m, const struct object *schema)
{
    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct object *o = m->objects[i];
        if (o->parent == schema && o->kind->id != K_GRANT && o->kind->id != K_DEFAULT_PRIVILEGE &&
            o->kind->id != K_SECURITY_LABEL)
            return true;
    }
    return false;
}

static bool steps_aside(const struct vec *schemas, const char *name)
{
    for (size_t i = 0; i < schemas->len; i++) {
        const struct own_schema *o = &VEC_AT(schemas, struct own_schema, i);
        if (strcmp(o->name, name) == 0)
            return !pg_strategy_may_stay(o);
    }
    return false;
}

/* A schema with an extension stays where it is: what is kept cannot come back under its name, and
 * what is beside the extension cannot step aside in the rollback. */
static bool check_extensions(struct target *t, struct session *s, const struct model *m,
                             struct err *err)
{
    struct vec schemas = VEC_INIT(struct own_schema);
    bool good = pg_strategy_list(s, &t->arena, &schemas, err);

    for (uint32_t i = 0; good && i < m->n_objects; i++) {
        const struct object *x = m->objects[i];
        const char *in = x->kind->id == K_EXTENSION ? model_get(x, P_EXTENSION_SCHEMA) : NULL;
        const struct object *schema = in ? model_child(m, m->root, SPACE_SCHEMA, in) : NULL;
        bool mixed = schema && holds_others(m, schema);

        if (!mixed && !(schema && steps_aside(&schemas, in)))
            continue;
        err_set(err, ERR_REFUSED,
                "%s: schema by schema, no state can be kept: extension %s lives in schema \"%s\" "
                "%s, so the state could not be put back",
                t->endpoint->label, x->name, in,
                mixed ? "of the source beside other things"
                      : "of the source and not of the target");
        good = err_hint(
            err,
            mixed ? "give the extension a schema of its own in the source, or omit --keep-previous"
                  : "omit --keep-previous once");
    }
    vec_release(&schemas);
    return good;
}

bool pg_previous_schemas_fits(struct target *t, struct session *s, const struct model *m,
                              struct err *err)
{
    return check_names(t, s, m, err) && (!t->keeping || check_extensions(t, s, m, err));
}

/* ---- which there are ------------------------------------------------------------------------ */

static const char stamps_sql[] =
    "SELECT pg_catalog.right(n.nspname, 15) FROM pg_catalog.pg_namespace n"
    " WHERE n.nspname LIKE 'dbtwin\\_\\_dbtwin\\_%' AND pg_catalog.length(n.nspname) = 30"
    " AND pg_catalog.pg_has_role(n.nspowner, 'USAGE') AND " PG_KEPT_SCHEMA " ORDER BY 1 DESC";

/* Appends const char *, the newest first. */
static bool list(struct target *t, struct session *s, struct vec *ret, struct err *err)
{
    PGresult *res = pg_query(s, stamps_sql, err);

    for (int i = 0; res && i < PQntuples(res); i++)
        VEC_PUSH(ret, const char *, arena_strdup(&t->arena, PQgetvalue(res, i, 0)));
    PQclear(res);
    return res != NULL;
}

bool pg_previous_schemas_newest(struct target *t, const char **ret, struct err *err)
{
    struct session *s = NULL;
    const char *newest = NULL;
    bool good = !t->oid || (pg_target_connect(t, t->name, DRIVER_SOURCE, &s, err) &&
                            pg_value(s, stamps_sql, &t->arena, &newest, err));

    pg_close(s);
    if (good)
        *ret = newest;
    return good;
}

bool pg_previous_schemas_look(struct target *t, struct session *s, struct err *err)
{
    const char *newest = NULL;

    if (!pg_value(s, stamps_sql, &t->arena, &newest, err))
        return false;
    t->keeps_inside = newest != NULL;
    return true;
}

struct kept_schema {
    const char *name; /* NULL: made for the table only */
    const char *as;
};

/* Appends the schemas of a state. */
static bool read_state(struct target *t, const char *stamp, struct vec *ret, struct err *err)
{
    const char *sql = arena_printf(
        &t->arena,
        "SELECT k.name, k.kept_as, n.oid IS NOT NULL FROM \"dbtwin" PREVIOUS "%s\".kept k LEFT JOIN"
        " pg_catalog.pg_namespace n ON n.nspname = k.kept_as ORDER BY k.kept_as",
        stamp);
    PGresult *res = pg_query(t->work, sql, err);
    bool good = res != NULL;

    for (int i = 0; good && i < PQntuples(res); i++) {
        const char *as = arena_strdup(&t->arena, PQgetvalue(res, i, 1));
        if (PQgetvalue(res, i, 2)[0] == 't' && str_ends(as, stamp))
            VEC_PUSH(ret, struct kept_schema,
                     ((struct kept_schema){PQgetisnull(res, i, 0)
                                               ? NULL
                                               : arena_strdup(&t->arena, PQgetvalue(res, i, 0)),
                                           as}));
        else if (!err_is_set(err))
            err_set(err, ERR_REFUSED, "%s: schema \"%s\" of the kept state is missing",
                    t->endpoint->label, as);
    }
    PQclear(res);
    return good && !err_is_set(err);
}

/* ---- keeping -------------------------------------------------------------------------------- */

/* Two swaps within one second would want one name: the later one waits for the next second. */
static bool choose_stamp(struct target *t, const char **ret, struct err *err)
{
    static const char now_sql[] = "SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME"
                                  " ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS')";
    const char *newest = NULL, *slept = NULL;

    if (!pg_value(t->work, stamps_sql, &t->arena, &newest, err) ||
        !pg_value(t->work, now_sql, &t->arena, ret, err))
        return false;
    return !newest || strcmp(*ret, newest) > 0 ||
           (pg_value(t->work, "SELECT pg_catalog.pg_sleep(1)", &t->arena, &slept, err) &&
            pg_value(t->work, now_sql, &t->arena, ret, err));
}

static void add_rename(struct buf *sql, const char *from, const char *to)
{
    buf_adds(sql, "ALTER SCHEMA ");
    pg_add_ident(sql, from);
    buf_adds(sql, " RENAME TO ");
    pg_add_ident(sql, to);
    buf_adds(sql, "; ");
}

static void add_comment(struct buf *sql, const char *schema, const char *comment)
{
    buf_adds(sql, "COMMENT ON SCHEMA ");
    pg_add_ident(sql, schema);
    buf_adds(sql, " IS ");
    if (comment)
        pg_add_literal(sql, comment);
    else
        buf_adds(sql, "NULL");
    buf_adds(sql, "; ");
}

static void add_row(struct buf *rows, const char *name, const char *as)
{
    buf_adds(rows, rows->len ? ", (" : "(");
    if (name)
        pg_add_literal(rows, name);
    else
        buf_adds(rows, "NULL");
    buf_adds(rows, ", ");
    pg_add_literal(rows, as);
    buf_addch(rows, ')');
}

bool pg_previous_schemas_store(struct target *t, const char **ret_stamp, struct err *err)
{
    struct buf sql = BUF_INIT, rows = BUF_INIT;
    const char *stamp = NULL, *own, *suffix;
    bool marked = false, good = choose_stamp(t, &stamp, err);

    suffix = arena_printf(&t->arena, PREVIOUS "%s", good ? stamp : "");
    own = pg_target_derived(&t->arena, "dbtwin", suffix);
    for (size_t i = 0; i < t->moved.len; i++) {
        const struct moved_schema *o = &VEC_AT(&t->moved, struct moved_schema, i);
        const char *as = pg_target_derived(&t->arena, o->name, suffix);
        add_rename(&sql, o->old_name, as);
        add_comment(&sql, as, o->comment);
        add_row(&rows, o->name, as);
        marked |= strcmp(as, own) == 0;
    }
    if (!marked) {
        buf_addf(&sql, "CREATE SCHEMA \"%s\"; ", own);
        add_row(&rows, NULL, own);
    }
    buf_addf(&sql,
             "CREATE TABLE \"%s\".kept (name text, kept_as text PRIMARY KEY);"
             " INSERT INTO \"%s\".kept VALUES %s",
             own, own, rows.data);
    good = good && pg_run(t->work, sql.data, err);
    buf_release(&sql);
    buf_release(&rows);
    if (good)
        *ret_stamp = stamp;
    return good || err_context(err, "while keeping the old schemas");
}

/* ---- dropping ------------------------------------------------------------------------------- */

/* All at once a state is none any more: what is left of it if the rest fails is what the next run
 * drops. */
static bool condemn(struct target *t, const char *stamp, struct err *err)
{
    struct vec schemas = VEC_INIT(struct kept_schema);
    struct buf sql = BUF_INIT;
    struct err missing = ERR_INIT;
    bool good;

    if (!read_state(t, stamp, &schemas, &missing) && missing.cls != ERR_REFUSED)
        *err = missing;
    good = !err_is_set(err);
    buf_adds(&sql, "BEGIN; ");
    for (size_t i = 0; good && i < schemas.len; i++)
        pg_old_schemas_add_old(t, VEC_AT(&schemas, struct kept_schema, i).as, &sql);
    buf_adds(&sql, "COMMIT");
    good = good && pg_run(t->work, sql.data, err);
    if (!good)
        PQclear(PQexec(t->work->conn, "ROLLBACK"));
    buf_release(&sql);
    vec_release(&schemas);
    return good;
}

void pg_previous_schemas_prune(struct target *t, unsigned keep)
{
    struct vec stamps = VEC_INIT(const char *);
    struct err why = ERR_INIT;
    bool good = list(t, t->work, &stamps, &why);

    for (size_t i = keep; good && i < stamps.len; i++) {
        const char *stamp = VEC_AT(&stamps, const char *, i);
        log_info("dropping the schemas of database \"%s\" whose names end in " PREVIOUS
                 "%s, a previous state",
                 t->name, stamp);
        good = condemn(t, stamp, &why) && pg_old_schemas_drop(t->work, &why);
    }
    if (!good)
        log_warn("previous states remain in database \"%s\"; the next run drops them: %s", t->name,
                 why.msg);
    vec_release(&stamps);
}

/* ---- the way back ---------------------------------------------------------------------------- */

static bool all_aside(struct target *t, struct err *err)
{
    struct vec schemas = VEC_INIT(struct own_schema);
    bool good = pg_strategy_list(t->work, &t->arena, &schemas, err);

    for (size_t i = 0; good && i < schemas.len; i++) {
        const struct own_schema *o = &VEC_AT(&schemas, struct own_schema, i);
        good = pg_strategy_may_stay(o) || pg_old_schemas_aside(t, o, err);
    }
    vec_release(&schemas);
    return good;
}

static bool bring_back(struct target *t, const struct vec *schemas, const char *stamp,
                       struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good;

    buf_addf(&sql, "DROP TABLE \"dbtwin" PREVIOUS "%s\".kept; ", stamp);
    for (size_t i = 0; i < schemas->len; i++) {
        const struct kept_schema *k = &VEC_AT(schemas, struct kept_schema, i);
        if (k->name)
            add_rename(&sql, k->as, k->name);
        else
            buf_addf(&sql, "DROP SCHEMA \"%s\"; ", k->as);
    }
    good = pg_run(t->work, sql.data, err);
    buf_release(&sql);
    return good;
}

static bool commit(struct target *t, struct err *err)
{
    if (!pg_run(t->work, "SET LOCAL synchronous_commit = on", err) ||
        (t->old_oids && !pg_old_schemas_lock(t, err)))
        return false;
    if (log_cancelled())
        return err_set(err, ERR_INTERRUPTED, "%s: interrupted", t->endpoint->label);
    PGresult *res = PQexec(t->work->conn, "COMMIT");
    bool good = PQresultStatus(res) == PGRES_COMMAND_OK && strcmp(PQcmdStatus(res), "COMMIT") == 0;
    if (!good)
        pg_error(t->work, res, err);
    PQclear(res);
    return good || (PQstatus(t->work->conn) != CONNECTION_OK && pg_admin_committed(t, err));
}

bool pg_previous_schemas_rollback(struct target *t, const char *stamp, struct arena *a,
                                  const char **ret_kept, struct err *err)
{
    struct vec schemas = VEC_INIT(struct kept_schema);
    struct err why = ERR_INIT;
    const char *now = NULL;
    bool good = pg_target_connect(t, t->name, DRIVER_TARGET, &t->work, err) &&
                pg_run(t->work, "SET client_min_messages = error; BEGIN", err) &&
                pg_value(t->work, "SELECT pg_catalog.txid_current()", &t->arena, &t->xid, err) &&
                pg_previous_schemas_check(t, t->work, err) && read_state(t, stamp, &schemas, err) &&
                all_aside(t, err) && pg_previous_schemas_store(t, &now, err) &&
                bring_back(t, &schemas, stamp, err) && commit(t, err);

    vec_release(&schemas);
    if (!good)
        return err_context(err, "while putting the previous state back");
    if (PQstatus(t->work->conn) == CONNECTION_OK && !pg_history_add_rollback(t->work, &why))
        log_warn("the history of runs could not be added to: %s", why.msg);
    *ret_kept = arena_printf(a, "in schemas whose names end in " PREVIOUS "%s", now);
    return true;
}
