#include "target.h"

#include <string.h>
#include <strings.h>

#include <dbtwin/log.h>

/*
 * Where this role may not create databases, the contents of the target are replaced within it, in
 * one transaction of one connection. The old schemas are renamed first, which locks no table:
 * until the commit all others still find them by their old names. What is made bears its final
 * names from the start, so no body, default or setting has to be changed. With the commit the new
 * ones are there, and what has stepped aside is dropped after it (old_schemas.c).
 *
 * That is the way schema by schema. With --in-place it is also taken where extensions live among
 * other things: what cannot step aside is dropped first, and whoever reads it waits for the commit.
 *
 * The transaction is the server's to undo, however this run ends; of what follows it the next run
 * makes the rest.
 */

/* What is in no schema goes at once; types and functions of casts are still there then. */
static const char drops_sql[] =
    "WITH member AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype IN ('e', 'i'))"
    " SELECT s FROM (SELECT 1 AS n, pg_catalog.format('DROP EVENT TRIGGER %I', evtname) AS s"
    " FROM pg_catalog.pg_event_trigger WHERE oid NOT IN (SELECT objid FROM member WHERE classid ="
    " 'pg_catalog.pg_event_trigger'::pg_catalog.regclass)"
    " UNION ALL SELECT 2, pg_catalog.format('DROP PUBLICATION %I', pubname)"
    " FROM pg_catalog.pg_publication"
    " UNION ALL SELECT 3, pg_catalog.format('DROP SERVER %I CASCADE', srvname)"
    " FROM pg_catalog.pg_foreign_server WHERE oid NOT IN (SELECT objid FROM member WHERE classid ="
    " 'pg_catalog.pg_foreign_server'::pg_catalog.regclass)"
    " UNION ALL SELECT 4, pg_catalog.format('DROP FOREIGN DATA WRAPPER %I CASCADE', fdwname)"
    " FROM pg_catalog.pg_foreign_data_wrapper WHERE oid NOT IN (SELECT objid FROM member WHERE"
    " classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass)"
    " UNION ALL SELECT 5, pg_catalog.format('DROP CAST (%s AS %s) CASCADE',"
    " pg_catalog.format_type(castsource, NULL), pg_catalog.format_type(casttarget, NULL))"
    " FROM pg_catalog.pg_cast WHERE oid >= 16384 AND oid NOT IN (SELECT objid FROM member WHERE"
    " classid = 'pg_catalog.pg_cast'::pg_catalog.regclass)"
    " UNION ALL SELECT 6, pg_catalog.format('DROP TRANSFORM FOR %s LANGUAGE %I CASCADE',"
    " pg_catalog.format_type(trftype, NULL), lanname) FROM pg_catalog.pg_transform t JOIN"
    " pg_catalog.pg_language l ON l.oid = trflang WHERE t.oid NOT IN (SELECT objid FROM member"
    " WHERE classid = 'pg_catalog.pg_transform'::pg_catalog.regclass)"
    " UNION ALL SELECT 7, pg_catalog.format('DROP ACCESS METHOD %I CASCADE', amname)"
    " FROM pg_catalog.pg_am WHERE oid >= 16384 AND oid NOT IN (SELECT objid FROM member WHERE"
    " classid = 'pg_catalog.pg_am'::pg_catalog.regclass)"
    " UNION ALL SELECT 8, pg_catalog.format('DROP LANGUAGE %I CASCADE', lanname)"
    " FROM pg_catalog.pg_language WHERE oid >= 16384 AND oid NOT IN (SELECT objid FROM member WHERE"
    " classid = 'pg_catalog.pg_language'::pg_catalog.regclass)"
    " UNION ALL SELECT 9, 'SELECT pg_catalog.count(pg_catalog.lo_unlink(oid))"
    " FROM pg_catalog.pg_largeobject_metadata' WHERE EXISTS (SELECT 1 FROM"
    " pg_catalog.pg_largeobject_metadata)) q ORDER BY n, s";

/* ---- before anything moves ---------------------------------------------------------------- */

static bool check_database(struct target *t, struct err *err)
{
    static const char sql[] =
        "SELECT d.oid, pg_catalog.pg_is_in_recovery(),"
        " pg_catalog.has_database_privilege(d.oid, 'CREATE'), pg_catalog.quote_ident(d.datname),"
        " pg_catalog.quote_ident(current_user) FROM pg_catalog.pg_database d "
        "WHERE d.datname = $1";
    const char *label = t->endpoint->label;
    PGresult *res = pg_query_params(t->admin, sql, 1, &t->name, err);
    bool good = false, look = t->options.look; /* then the rights are asked for, all of them */

    if (!res)
        return false;
    if (PQntuples(res) == 0) {
        err_set(err, ERR_USAGE, "%s: there is no database \"%s\"", label, t->name);
        err_hint(err, "--in-place replaces what a database holds: create it first");
    } else if (PQgetvalue(res, 0, 1)[0] == 't' && !look) {
        err_set(err, ERR_REFUSED, "%s is a standby, to which nothing can be copied", label);
    } else if (PQgetvalue(res, 0, 2)[0] != 't' && !look) {
        err_set(err, ERR_DENIED, "%s: role %s may not create schemas in database \"%s\"", label,
                PQgetvalue(res, 0, 4), t->name);
        err_hint(err, "as its owner: GRANT CREATE ON DATABASE %s TO %s", PQgetvalue(res, 0, 3),
                 PQgetvalue(res, 0, 4));
    } else {
        t->oid = arena_strdup(&t->arena, PQgetvalue(res, 0, 0));
        good = true;
    }
    PQclear(res);
    return good;
}

bool pg_swap_schemas_open(struct target *t, struct err *err)
{
    /* Any database will do for the lock, this one too: nobody renames it. */
    struct err other = ERR_INIT;
    if (!pg_admin_open(t, &t->admin, &other) &&
        !pg_target_connect(t, t->name, t->options.look ? DRIVER_SOURCE : DRIVER_TARGET, &t->admin,
                           err))
        return false;
    if (t->options.look)
        return check_database(t, err) && pg_strategy_hurdles(t, err);
    return pg_admin_lock(t, err) && check_database(t, err) && pg_old_schemas_sweep(t, err);
}

static bool refuse(struct target *t, struct err *err, const char *what, const char *hint)
{
    err_set(err, ERR_REFUSED, "%s: not possible within the database: %s", t->endpoint->label, what);
    return err_hint(err, "%s", hint);
}

static bool check_encoding(struct target *t, struct session *s, const struct model *m,
                           struct err *err)
{
    const char *encoding = model_get(m->root, P_DATABASE_ENCODING), *own = NULL;
    if (!pg_value(s, "SELECT pg_catalog.current_setting('server_encoding')", &t->arena, &own, err))
        return false;
    return !encoding || str_eq(encoding, own) ||
           refuse(t, err, "the source's database has another encoding",
                  "recreate the target with the source's encoding");
}

/* What the copy makes only where it is not there yet, and could not take away. */
static const char extras_sql[] =
    "SELECT 'extension', extname::text FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql'"
    " UNION ALL SELECT 'subscription', subname FROM pg_catalog.pg_subscription s"
    " JOIN pg_catalog.pg_database d ON d.oid = s.subdbid"
    " WHERE d.datname = pg_catalog.current_database() ORDER BY 1, 2";

static bool check_extras(struct target *t, struct session *s, const struct model *m,
                         struct err *err)
{
    PGresult *res = pg_query(s, extras_sql, err);
    bool good = res != NULL;
    for (int i = 0; good && i < PQntuples(res); i++) {
        const char *kind = PQgetvalue(res, i, 0), *name = PQgetvalue(res, i, 1);
        bool extension = strcmp(kind, "extension") == 0;
        if (!extension || !model_child(m, m->root, SPACE_EXTENSION, name))
            good = refuse(
                t, err,
                arena_printf(&t->arena, "%s %s %s", kind, name,
                             extension ? "does not exist in the source" : "exists on the target"),
                extension ? "DROP EXTENSION it on the target first" : "DROP SUBSCRIPTION it first");
    }
    PQclear(res);
    return good;
}

static bool fits(struct target *t, const struct model *m, struct err *err)
{
    struct session *s = NULL;
    bool good = pg_target_connect(t, t->name, DRIVER_SOURCE, &s, err) &&
                check_encoding(t, s, m, err) && check_extras(t, s, m, err) &&
                pg_previous_schemas_fits(t, s, m, err);
    pg_close(s);
    return good;
}

/* ---- the old schemas step aside ------------------------------------------------------------ */

/* As template0 has it: from 15 on it belongs to whoever owns the database, who alone may say so. */
static bool make_public(struct target *t, struct err *err)
{
    bool modern = t->work->version >= 150000;
    const char *owner = NULL;

    if (modern && !pg_value(t->work,
                            "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname ="
                            " 'pg_database_owner' AND pg_catalog.pg_has_role(oid, 'USAGE')",
                            &t->arena, &owner, err))
        return false;
    return pg_run(t->work,
                  owner ? "CREATE SCHEMA public AUTHORIZATION pg_database_owner"
                        : "CREATE SCHEMA public",
                  err) &&
           pg_run(t->work,
                  modern ? "GRANT USAGE ON SCHEMA public TO PUBLIC"
                         : "GRANT ALL ON SCHEMA public TO PUBLIC",
                  err) &&
           pg_run(t->work, "COMMENT ON SCHEMA public IS 'standard public schema'", err);
}

/*
 * A schema in which extensions live cannot step aside (their objects mostly belong to a superuser),
 * so all else in it is dropped at once. From then on readers of it wait for the commit.
 */
static const char clear_sql[] =
    "WITH member AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype IN ('e', 'i'))"
    " SELECT s FROM (SELECT 1 AS n, pg_catalog.format('DROP %s IF EXISTS %s CASCADE', CASE relkind"
    " WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'"
    " WHEN 'S' THEN 'SEQUENCE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END, oid::pg_catalog.regclass)"
    " AS s, oid, 'pg_catalog.pg_class'::pg_catalog.regclass AS class FROM pg_catalog.pg_class"
    " WHERE relnamespace = $1::oid AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')"
    " UNION ALL SELECT 2, pg_catalog.format('DROP ROUTINE IF EXISTS %s CASCADE',"
    " oid::pg_catalog.regprocedure), oid, 'pg_catalog.pg_proc'::pg_catalog.regclass"
    " FROM pg_catalog.pg_proc WHERE pronamespace = $1::oid"
    " UNION ALL SELECT 3, pg_catalog.format('DROP %s IF EXISTS %s CASCADE', CASE typtype WHEN 'd'"
    " THEN 'DOMAIN' ELSE 'TYPE' END, oid::pg_catalog.regtype), oid,"
    " 'pg_catalog.pg_type'::pg_catalog.regclass FROM pg_catalog.pg_type"
    " t WHERE typnamespace = $1::oid AND (typtype IN ('d', 'e', 'r') OR typtype = 'b' AND NOT"
    " EXISTS (SELECT 1 FROM pg_catalog.pg_type e WHERE e.typarray = t.oid))"
    " UNION ALL SELECT 4, pg_catalog.format('DROP OPERATOR IF EXISTS %s CASCADE',"
    " oid::pg_catalog.regoperator), oid, 'pg_catalog.pg_operator'::pg_catalog.regclass"
    " FROM pg_catalog.pg_operator WHERE oprnamespace = $1::oid"
    " UNION ALL SELECT 5, pg_catalog.format('DROP COLLATION IF EXISTS %s CASCADE',"
    " oid::pg_catalog.regcollation), oid, 'pg_catalog.pg_collation'::pg_catalog.regclass"
    " FROM pg_catalog.pg_collation WHERE collnamespace = $1::oid"
    " UNION ALL SELECT 6, pg_catalog.format('DROP TEXT SEARCH CONFIGURATION IF EXISTS %s CASCADE',"
    " oid::pg_catalog.regconfig), oid, 'pg_catalog.pg_ts_config'::pg_catalog.regclass"
    " FROM pg_catalog.pg_ts_config WHERE cfgnamespace = $1::oid"
    " UNION ALL SELECT 7, pg_catalog.format('DROP TEXT SEARCH DICTIONARY IF EXISTS %s CASCADE',"
    " oid::pg_catalog.regdictionary), oid, 'pg_catalog.pg_ts_dict'::pg_catalog.regclass"
    " FROM pg_catalog.pg_ts_dict WHERE dictnamespace = $1::oid"
    " UNION ALL SELECT 8, pg_catalog.format('DROP %s IF EXISTS %s CASCADE', CASE WHEN c.class ="
    " 'pg_catalog.pg_conversion'::pg_catalog.regclass THEN 'CONVERSION' WHEN c.class ="
    " 'pg_catalog.pg_opfamily'::pg_catalog.regclass THEN 'OPERATOR FAMILY' WHEN c.class ="
    " 'pg_catalog.pg_ts_parser'::pg_catalog.regclass THEN 'TEXT SEARCH PARSER' ELSE"
    " 'TEXT SEARCH TEMPLATE' END, (pg_catalog.pg_identify_object(c.class, c.oid, 0)).identity),"
    " c.oid, c.class FROM ("
    "SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass AS class, oid FROM"
    " pg_catalog.pg_conversion WHERE connamespace = $1::oid"
    " UNION ALL SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, oid FROM"
    " pg_catalog.pg_opfamily WHERE opfnamespace = $1::oid"
    " UNION ALL SELECT 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, oid FROM"
    " pg_catalog.pg_ts_parser WHERE prsnamespace = $1::oid"
    " UNION ALL SELECT 'pg_catalog.pg_ts_template'::pg_catalog.regclass, oid FROM"
    " pg_catalog.pg_ts_template WHERE tmplnamespace = $1::oid) c) q"
    " WHERE NOT EXISTS (SELECT 1 FROM member WHERE classid = q.class AND objid = q.oid)"
    " ORDER BY n, s";

static bool clear_schema(struct target *t, const struct own_schema *o, struct err *err)
{
    PGresult *res = pg_query_params(t->work, clear_sql, 1, &o->oid, err);
    bool good = res != NULL && pg_run(t->work, "SET LOCAL lock_timeout = '10s'", err);
    log_warn("%s: in place: extensions live in schema \"%s\", so readers there wait until the copy "
             "is done",
             t->endpoint->label, o->name);
    for (int i = 0; good && i < PQntuples(res); i++)
        good = pg_run(t->work, PQgetvalue(res, i, 0), err);
    PQclear(res);
    if (!good && strcmp(err->sqlstate, "55P03") == 0)
        err_hint(err,
                 "sessions work with the tables of schema \"%s\": copy when staging is idle, "
                 "or give the extensions a schema of their own",
                 o->name);
    return good;
}

static bool refuse_mixed(struct target *t, const struct own_schema *o, struct err *err)
{
    (void)o;
    return refuse(t, err, "an extension was put into a schema with other objects meanwhile",
                  "--in-place copies anyway, while readers wait");
}

static bool step_all_aside(struct target *t, struct err *err)
{
    struct vec schemas = VEC_INIT(struct own_schema);
    bool good = pg_strategy_list(t->work, &t->arena, &schemas, err), public = false;

    for (size_t i = 0; good && i < schemas.len; i++) {
        const struct own_schema *o = &VEC_AT(&schemas, struct own_schema, i);
        size_t before = t->moved.len;
        good = pg_strategy_may_stay(o) || pg_old_schemas_aside(t, o, err);
        public |= strcmp(o->name, "public") == 0 && t->moved.len == before;
    }
    vec_release(&schemas);
    return good && (public || make_public(t, err));
}

static bool drop_others(struct target *t, struct err *err)
{
    PGresult *res = pg_query(t->work, drops_sql, err);
    bool good = res != NULL;
    for (int i = 0; good && i < PQntuples(res); i++)
        good = pg_run(t->work, PQgetvalue(res, i, 0), err);
    PQclear(res);
    return good && pg_reset_privileges(t, err);
}

/* Renaming waits for whoever changes these schemas, and nobody should have to find out why. */
static bool make_room(struct target *t, struct err *err)
{
    bool good = pg_run(t->work, "SET LOCAL lock_timeout = '1min'", err) &&
                (t->keeping ? pg_previous_schemas_check(t, t->work, err) : drop_others(t, err)) &&
                step_all_aside(t, err);
    if (!good && strcmp(err->sqlstate, "55P03") == 0)
        return err_hint(err,
                        "a session in database \"%s\" holds what is to be replaced: SELECT pid, "
                        "query FROM pg_stat_activity WHERE xact_start IS NOT NULL",
                        t->name);
    return good && pg_run(t->work, "SET LOCAL lock_timeout = 0", err);
}

static void tell_schemas(struct target *t)
{
    log_info("%s; so the copy is made schema by schema within database \"%s\": one transaction "
             "of one connection, so --jobs has no effect",
             t->denied, t->name);
}

static void tell_in_place(struct target *t)
{
    log_warn("%s: in place: one connection loads in one transaction, and anything written to "
             "database \"%s\" meanwhile is lost",
             t->endpoint->label, t->name);
}

static bool prepare(struct target *t, const struct model *m, struct err *err)
{
    bool good = pg_target_connect(t, t->name, DRIVER_TARGET, &t->work, err);
    if (!good)
        return false;
    t->work->lent = true;
    t->work->into = &t->options;
    t->work->settings = &t->settings;
    t->strategy->tell(t);
    good = pg_target_set(t, t->work, err) && pg_run(t->work, "BEGIN", err) &&
           pg_value(t->work, "SELECT pg_catalog.txid_current()", &t->arena, &t->xid, err) &&
           check_extras(t, t->work, m, err) && make_room(t, err);
    if (!good)
        return err_context(err, "while making room in database \"%s\"", t->name);
    t->work->snapshot = true; /* a transaction that others must not end */
    t->work->without = t->old_oids;
    t->prepared = true;
    return true;
}

static bool session(struct target *t, struct session **ret, struct err *err)
{
    (void)err;
    *ret = t->work;
    return true;
}

/* ---- statements ---------------------------------------------------------------------------- */

static bool exec_one(struct session *s, const char *sql, struct err *err)
{
    PGresult *res = pg_query_params(s, sql, 0, NULL, err);
    PQclear(res);
    return res != NULL;
}

static bool is_there(struct session *s, const struct object *extension, bool *ret, struct err *err)
{
    static const char sql[] = "SELECT 1 FROM pg_catalog.pg_extension WHERE extname = $1";
    PGresult *res = pg_query_params(s, sql, 1, &extension->name, err);
    *ret = res && PQntuples(res) > 0;
    PQclear(res);
    return res != NULL;
}

/*
 * What has stayed need not be made: public, schemas of extensions, and the extensions, most of
 * which belong to a superuser. What is then not as it should be is found when the schema is read
 * back.
 */
static bool has_stayed(struct session *s, const struct object *o, const struct err *why, bool *ret,
                       struct err *err)
{
    *ret = o->kind->id == K_SCHEMA && strcmp(why->sqlstate, "42P06") == 0;
    return o->kind->id != K_EXTENSION || strcmp(why->sqlstate, "42501") != 0 ||
           is_there(s, o, ret, err);
}

static bool exec_or_leave(struct session *s, const struct object *o, const char *sql,
                          struct err *err)
{
    struct err why = ERR_INIT;
    bool stayed = false;
    if (!pg_run(s, "SAVEPOINT dbtwin", err))
        return false;
    if (exec_one(s, sql, &why))
        return pg_run(s, "RELEASE dbtwin", err);
    if (why.sqlstate[0] && (!pg_run(s, "ROLLBACK TO dbtwin; RELEASE dbtwin", err) ||
                            !has_stayed(s, o, &why, &stayed, err)))
        return false;
    if (!stayed)
        *err = why;
    return stayed;
}

static const char *first_word(const char *sql)
{
    for (;;) {
        sql += strspn(sql, " \t\r\n\f\v;");
        if (sql[0] == '-' && sql[1] == '-') {
            sql += strcspn(sql, "\r\n");
        } else if (sql[0] == '/' && sql[1] == '*') {
            unsigned deep = 0;
            do { /* comments may be within one another */
                bool open = sql[0] == '/' && sql[1] == '*', close = sql[0] == '*' && sql[1] == '/';
                deep += open;
                deep -= close;
                sql += open || close ? 2 : 1;
            } while (deep && *sql);
        } else {
            return sql;
        }
    }
}

/* One statement at a time, so that none can end the transaction unseen. */
bool pg_swap_schemas_exec(struct session *s, const struct object *o, const char *sql,
                          struct err *err)
{
    static const char *const ends[] = {"COMMIT", "END", "ROLLBACK", "ABORT", "PREPARE"};

    const char *p = first_word(sql);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (strncasecmp(p, ends[i], strlen(ends[i])) == 0) {
            err_set(err, ERR_REFUSED, "%s would end the transaction that the copy is made in",
                    ends[i]);
            return err_hint(err, "schema by schema, all is one transaction: omit %s", ends[i]);
        }
    bool may_fail = o && (o->kind->id == K_SCHEMA || o->kind->id == K_EXTENSION ||
                          o->kind->id == K_FOREIGN_KEY); /* over rows that refer to nothing */
    return may_fail ? exec_or_leave(s, o, sql, err) : exec_one(s, sql, err);
}

/* ---- the end ------------------------------------------------------------------------------- */

static bool commit(struct target *t, const struct mark *mark, struct err *err)
{
    const char *xid = NULL, *stamp = NULL;
    if (!pg_mark_look_again(t, err) || !pg_mark_write(t, mark, err) ||
        !pg_value(t->work, "SELECT pg_catalog.txid_current()", &t->arena, &xid, err))
        return false;
    if (!str_eq(xid, t->xid))
        return err_set(err, ERR_RUNTIME, "%s: the transaction of the copy was ended by a statement",
                       t->endpoint->label);
    if (log_cancelled())
        return err_set(err, ERR_INTERRUPTED, "%s: interrupted", t->endpoint->label);
    if ((mark->keep_previous && !pg_previous_schemas_store(t, &stamp, err)) ||
        !pg_admin_run(t->work, "SET LOCAL synchronous_commit = on", err) ||
        (t->old_oids && !pg_old_schemas_lock(t, err)))
        return false;
    if (pg_admin_run(t->work, "COMMIT", err))
        return true;
    return PQstatus(t->work->conn) != CONNECTION_OK && pg_admin_committed(t, err);
}

/* Writers of what is kept wait for t->held until the new one is what they find. */
static bool publish(struct target *t, const struct mark *mark, struct err *err)
{
    if (!commit(t, mark, err))
        return err_context(err, "while putting the copy into place");
    t->prepared = false;
    pg_close(t->held);
    t->held = NULL;
    if (PQstatus(t->work->conn) != CONNECTION_OK)
        return true;
    if (mark->keep_previous)
        pg_previous_schemas_prune(t, mark->keep_previous);
    else
        pg_old_schemas_finish(t);
    if (mark->drop_kept && !mark->keep_previous)
        pg_previous_schemas_prune(t, 0);
    return true;
}

static bool sweep(struct target *t, struct err *err)
{
    return t->options.rehearse || pg_old_schemas_sweep(t, err);
}

static bool keeps_none(struct target *t, struct err *err)
{
    return err_set(err, ERR_REFUSED, "%s: in place, no previous state can be kept",
                   t->endpoint->label);
}

const struct pg_strategy pg_swap_schemas_strategy = {
    .base = {.about = "schema by schema within the database, in one transaction of one connection; "
                      "readers are not blocked",
             .name = "a swap schema by schema",
             .one_transaction = true},
    .sweep = sweep,
    .fits = fits,
    .keeps = pg_previous_schemas_keeps,
    .mixed = refuse_mixed,
    .tell = tell_schemas,
    .prepare = prepare,
    .session = session,
    .publish = publish,
};

const struct pg_strategy pg_swap_schemas_in_place = {
    .base = {.about = "in place, in one transaction of one connection",
             .name = "--in-place",
             .one_transaction = true,
             .blocks_readers = true},
    .sweep = sweep,
    .fits = fits,
    .keeps = keeps_none,
    .mixed = clear_schema,
    .tell = tell_in_place,
    .prepare = prepare,
    .session = session,
    .publish = publish,
};
