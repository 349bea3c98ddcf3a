#include "target.h"

#include <stdlib.h>
#include <string.h>

#include <dbtwin/log.h>

/* ---- opening ---------------------------------------------------------------------------- */

/* Neither way: what each of them would take. */
static bool refuse_both(struct target *t, const struct err *denied, struct err *err)
{
    *err = *denied;
    if (t->hurdles.len) {
        const struct answer *x = &VEC_AT(&t->hurdles, struct answer, 0);
        bool mixed = x->more != NULL;
        err_hint(err, "%s; or, schema by schema: %s%s%s%s", denied->hint, x->value,
                 mixed ? "" : ": ", mixed ? "" : x->name,
                 mixed ? "; --in-place copies anyway" : "; --in-place needs that too");
    }
    return false;
}

static bool choose(struct target *t, const struct err *denied, struct err *err)
{
    struct err why = ERR_INIT;
    bool look = t->options.look, may;

    if (!err_is_set(denied))
        return true;
    may = t->oid && pg_strategy_hurdles(t, &why) && !t->hurdles.len;
    if (why.cls == ERR_INTERRUPTED) {
        *err = why;
        return false;
    }
    if (!may)
        return look || refuse_both(t, denied, err);
    t->strategy = &pg_swap_schemas_strategy;
    t->denied = arena_strdup(&t->arena, denied->msg);
    return true;
}

/* Through the shadow, unless the rights do not reach that far. */
static bool open_way(struct target *t, struct err *err)
{
    struct err denied = ERR_INIT;
    bool look = t->options.look;

    if (t->options.in_place) {
        t->strategy = &pg_swap_schemas_in_place;
        return pg_swap_schemas_open(t, err);
    }
    t->strategy = &pg_shadow_database_strategy;
    /* The lock first: who had it may have replaced what is looked at here. */
    if (!pg_admin_begin(t, err) || (!look && !pg_admin_lock(t, err)) ||
        !pg_admin_check(t, &denied, err) || !choose(t, &denied, err))
        return false;
    return look || t->strategy->sweep(t, err);
}

/* A template that somebody made of his own database is a target as any. */
static bool refuse_own(const char *label, const char *name, struct err *err)
{
    static const char *const own[] = {"postgres", "template0", "template1"};

    for (size_t i = 0; i < ARRAY_LEN(own); i++) {
        if (strcmp(name, own[i]) != 0)
            continue;
        err_set(err, ERR_REFUSED, "%s: \"%s\" is the server's own and is never a target", label,
                name);
        return err_hint(err, "copy into a database of its own (--create)");
    }
    return true;
}

bool pg_target_open(const struct endpoint *e, const struct target_options *o, struct target **ret,
                    struct err *err)
{
    struct arena arena = ARENA_INIT; /* the target lives in its own */
    struct target *t = arena_new(&arena, struct target);
    bool good;

    t->arena = arena;
    t->endpoint = e;
    if (o)
        t->options = *o;
    vec_init(&t->hurdles, sizeof(struct answer));
    vec_init(&t->moved, sizeof(struct moved_schema));
    good = pg_url_database(e, &t->arena, &t->name, err);
    good = good && refuse_own(e->label, t->name, err);
    if (good) {
        t->shadow = pg_target_derived(
            &t->arena, t->name, t->options.rehearse ? "__dbtwin_rehearsal" : "__dbtwin_shadow");
        t->old = pg_target_derived(&t->arena, t->name, "__dbtwin_old");
        good = open_way(t, err);
    }
    if (!good) {
        pg_target_close(t);
        return false;
    }
    *ret = t;
    return true;
}

void pg_target_close(struct target *t)
{
    if (!t)
        return;
    pg_close(t->held);
    pg_close(t->teller);
    if (t->work)
        t->work->lent = false;
    pg_close(t->work);
    t->work = NULL;
    if (t->strategy && t->strategy->drop)
        t->strategy->drop(t);
    pg_admin_end(t, NULL);
    vec_release(&t->hurdles);
    vec_release(&t->moved);
    vec_release(&t->settings);
    struct arena arena = t->arena; /* the target itself is in it */
    arena_release(&arena);
}

/* ---- facts ------------------------------------------------------------------------------ */

bool pg_target_server(struct target *t, struct arena *a, struct server_facts *ret, struct err *err)
{
    struct server_facts f;

    if (!pg_facts(t->admin, a, &f, err))
        return false;
    f.database = arena_strdup(a, t->name);
    f.database_id = arena_printf(a, "%s/%s", f.server_id, t->oid ? t->oid : "none");
    *ret = f;
    return true;
}

/* The likely ones first. Large objects are rows too. */
static const char tables_sql[] =
    "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'"
    " AND n.nspname NOT IN ('information_schema', 'dbtwin') AND NOT EXISTS (SELECT 1"
    " FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    " AND d.objid = c.oid AND d.deptype = 'e') ORDER BY c.relpages DESC, 1";

enum { TABLES_PER_QUERY = 100 };

static void add_question(struct buf *sql, const char *table)
{
    if (sql->len)
        buf_adds(sql, " UNION ALL ");
    buf_adds(sql, "(SELECT ");
    pg_add_literal(sql, table);
    buf_addf(sql, " WHERE EXISTS (SELECT 1 FROM ONLY %s LIMIT 1))", table);
}

/* Where a role may not look there may be rows: then the answer is yes. */
static bool find_rows(struct session *s, const PGresult *tables, int from, int to, struct arena *a,
                      const char **ret, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good;

    for (int i = from; i < to; i++)
        add_question(&sql, PQgetvalue(tables, i, 0));
    buf_adds(&sql, " LIMIT 1");
    good = pg_value(s, sql.data, a, ret, err);
    if (!good && pg_names_wanted(err)) {
        err_clear(err);
        good = pg_names_default(s, err) && pg_value(s, sql.data, a, ret, err);
    }
    buf_release(&sql);
    if (good || err->cls != ERR_DENIED)
        return good;
    err_clear(err);
    if (to - from == 1) {
        *ret = arena_printf(a, "%s, which this role may not read", PQgetvalue(tables, from, 0));
        return true;
    }
    *ret = NULL;
    for (int i = from; i < to && !*ret; i++)
        if (!find_rows(s, tables, i, i + 1, a, ret, err))
            return false;
    return true;
}

static bool read_rows(struct session *s, struct arena *a, struct target_facts *ret, struct err *err)
{
    static const char large_sql[] =
        "SELECT 'large objects' FROM pg_catalog.pg_largeobject_metadata LIMIT 1";
    PGresult *tables = pg_query(s, tables_sql, err);
    const char *found = NULL;
    bool good = tables != NULL;

    for (int i = 0; good && !found && i < PQntuples(tables); i += TABLES_PER_QUERY) {
        int to = i + TABLES_PER_QUERY;
        good = find_rows(s, tables, i, to < PQntuples(tables) ? to : PQntuples(tables), a, &found,
                         err);
    }
    good = good && (found || pg_value(s, large_sql, a, &found, err));
    PQclear(tables);
    if (good) {
        ret->has_rows = found != NULL;
        ret->row_table = found;
    }
    return good;
}

bool pg_target_facts(struct target *t, struct arena *a, struct target_facts *ret, struct err *err)
{
    struct target_facts f = {.exists = t->oid != NULL};
    struct session *s;
    bool good;

    if (!t->oid) {
        *ret = f;
        return true;
    }
    /* As a source, that is read-only: these are questions. */
    if (!pg_target_connect(t, t->name, DRIVER_SOURCE, &s, err))
        return err_context(err, "while inspecting database \"%s\"", t->name);
    good = pg_run(s, "SET lock_timeout = '10s'", err) && pg_mark_read(s, a, &f, err) &&
           pg_mark_has_objects(s, a, &f.has_objects, err) && read_rows(s, a, &f, err);
    pg_close(s);
    if (!good)
        return err_context(err, "while inspecting database \"%s\"", t->name);
    *ret = f;
    return true;
}

const struct target_strategy *pg_target_strategy(const struct target *t)
{
    return &t->strategy->base;
}

bool pg_target_roles(struct target *t, struct arena *a, struct vec *ret, struct err *err)
{
    PGresult *res = pg_query(t->admin, "SELECT rolname FROM pg_catalog.pg_roles", err);

    for (int i = 0; res && i < PQntuples(res); i++)
        VEC_PUSH(ret, const char *, arena_strdup(a, PQgetvalue(res, i, 0)));
    PQclear(res);
    return res != NULL;
}

/* ---- the present state ------------------------------------------------------------------- */

bool pg_target_state(struct target *t, enum target_state which, struct session **ret,
                     struct err *err)
{
    const char *name = t->oid ? t->name : NULL;

    if (which == STATE_KEPT && !pg_previous_databases_newest(t, &name, err))
        return false;
    *ret = NULL;
    return !name || pg_target_connect(t, name, DRIVER_SOURCE, ret, err);
}

/* What LOCK TABLE ... IN SHARE MODE wants, beside the right to read. */
bool pg_target_may_lock(struct target *t, const struct object *const *tables, size_t n,
                        struct err *err)
{
    struct session *s = NULL;
    struct buf sql = BUF_INIT;
    const char *first = NULL;

    for (size_t i = 0; i < n; i++) {
        struct buf name = BUF_INIT;
        buf_adds(&sql, i ? " UNION ALL SELECT c FROM (SELECT " : "SELECT c FROM (SELECT ");
        pg_add_qualified(&name, tables[i]);
        pg_add_literal(&sql, name.data);
        buf_release(&name);
        buf_adds(
            &sql,
            "::pg_catalog.text AS c) q WHERE NOT pg_catalog.has_table_privilege(c, 'UPDATE, DELETE,"
            " TRUNCATE') OR NOT pg_catalog.has_table_privilege(c, 'SELECT')");
    }
    bool good = !n || (pg_target_connect(t, t->name, DRIVER_SOURCE, &s, err) &&
                       pg_value(s, sql.data, &t->arena, &first, err));
    buf_release(&sql);
    if (good && first) {
        err_set(err, ERR_DENIED, "%s: %s is kept, and this role may not lock and read it",
                t->endpoint->label, first);
        good = err_hint(err, "GRANT SELECT, UPDATE ON %s TO \"%s\"", first, PQuser(s->conn));
    }
    pg_close(s);
    return good;
}

/* SHARE: readers go on, writers wait. The rows are those after the last writer that had them. */
bool pg_target_write_lock(struct target *t, const struct object *const *tables, size_t n,
                          struct session **ret, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good = pg_target_connect(t, t->name, DRIVER_SOURCE, &t->held, err);

    buf_adds(&sql,
             "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = '10s'");
    for (size_t i = 0; i < n; i++) {
        buf_adds(&sql, i ? ", " : "; LOCK TABLE ONLY ");
        pg_add_qualified(&sql, tables[i]);
    }
    buf_adds(&sql, n ? " IN SHARE MODE" : "");
    good = good && pg_run(t->held, sql.data, err);
    buf_release(&sql);
    if (!good) {
        pg_close(t->held);
        t->held = NULL;
        return false;
    }
    t->held->snapshot = true;
    for (size_t i = 0; i < n; i++)
        ret[i] = t->held;
    return true;
}

/* ---- by the strategy -------------------------------------------------------------------- */

bool pg_target_fits(struct target *t, const struct model *m, struct err *err)
{
    return !t->oid || t->strategy->fits(t, m, err);
}

bool pg_target_keeps(struct target *t, struct err *err)
{
    return t->strategy->keeps(t, err);
}

bool pg_target_prepare(struct target *t, const struct model *m, struct err *err)
{
    if (t->prepared)
        return err_set(err, ERR_RUNTIME, "the shadow is already prepared");
    pg_settings_read(m, &t->arena, &t->settings);
    return t->strategy->prepare(t, m, err);
}

bool pg_target_session(struct target *t, struct session **ret, struct err *err)
{
    if (!t->prepared)
        return err_set(err, ERR_RUNTIME, "the shadow is not prepared");
    return t->strategy->session(t, ret, err);
}

bool pg_target_publish(struct target *t, const struct mark *mark, struct err *err)
{
    if (!t->prepared)
        return err_set(err, ERR_RUNTIME, "the shadow is not prepared");
    t->admin->label = t->endpoint->label; /* other targets may share it */
    return t->strategy->publish(t, mark, err);
}
