#include "target.h"

#include <string.h>
#include <time.h>

#include <dbtwin/log.h>

/*
 * The old schemas once they have stepped aside (swap_schemas.c). Before the commit their tables are
 * locked, all in one statement that gives up within a moment, so that no transaction sees one table
 * as it was and the next as it is now, and nobody waits longer than that. What drops them comes
 * after the commit, when nobody finds them any more; if it is killed, the next run does it.
 */

static const char *const owned_by_dbtwin = "moved aside by dbtwin while it copies: the next run "
                                           "drops it";

/* ---- aside ----------------------------------------------------------------------------------- */

void pg_old_schemas_add_old(struct target *t, const char *schema, struct buf *sql)
{
    const char *name = pg_target_derived(&t->arena, schema, "__dbtwin_old");

    buf_adds(sql, "ALTER SCHEMA ");
    pg_add_ident(sql, schema);
    buf_adds(sql, " RENAME TO ");
    pg_add_ident(sql, name);
    buf_adds(sql, "; COMMENT ON SCHEMA ");
    pg_add_ident(sql, name);
    buf_adds(sql, " IS ");
    pg_add_literal(sql, owned_by_dbtwin);
    buf_adds(sql, "; ");
}

static bool move(struct target *t, const struct own_schema *o, struct err *err)
{
    const char *name = pg_target_derived(&t->arena, o->name, "__dbtwin_old");
    struct buf sql = BUF_INIT;
    bool good;

    pg_old_schemas_add_old(t, o->name, &sql);
    good = pg_run(t->work, sql.data, err);
    buf_release(&sql);
    if (!good)
        return false;
    t->old_oids = t->old_oids ? arena_printf(&t->arena, "%s,%s", t->old_oids, o->oid) : o->oid;
    VEC_PUSH(&t->moved, struct moved_schema, ((struct moved_schema){o->name, o->comment, name}));
    return true;
}

bool pg_old_schemas_aside(struct target *t, const struct own_schema *o, struct err *err)
{
    if (!o->owned) {
        err_set(err, ERR_DENIED,
                "%s: this role does not own schema \"%s\" and so may not replace it",
                t->endpoint->label, o->name);
        return err_hint(err, "as its owner or a superuser: ALTER SCHEMA \"%s\" OWNER TO this role",
                        o->name);
    }
    return o->extensions ? t->strategy->mixed(t, o, err) : move(t, o, err);
}

/* ---- the moment of the swap ------------------------------------------------------------------ */

/* How long one attempt may keep others waiting, in ms. From the fourth on, who stands in the way is
 * ended; the last ones are long enough for the server to call off autovacuum (deadlock_timeout). */
static const unsigned patience_ms[] = {400, 400, 400, 800, 2500, 5000};
enum { EVICT_FROM = 3 };

/* Those that this role may lock; a transaction that reads others' may see both states. What t->held
 * holds is not touched: its writers wait until the commit, and then find the new one. */
static bool list_tables(struct target *t, struct buf *ret, struct err *err)
{
    const char *sql = arena_printf(
        &t->arena,
        "SELECT pg_catalog.format('%%I.%%I', n.nspname, c.relname) FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')"
        " AND c.relnamespace IN (%s) AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR"
        " pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')) AND NOT EXISTS"
        " (SELECT 1 FROM pg_catalog.pg_locks l WHERE l.pid = %d AND l.relation = c.oid AND"
        " l.locktype = 'relation' AND l.mode = 'ShareLock') ORDER BY c.oid",
        t->old_oids, t->held ? PQbackendPID(t->held->conn) : 0);
    PGresult *res = pg_query(t->work, sql, err);

    for (int i = 0; res && i < PQntuples(res); i++)
        buf_addf(ret, "%s%s", i ? ", ONLY " : "LOCK TABLE ONLY ", PQgetvalue(res, i, 0));
    if (ret->len)
        buf_adds(ret, " IN ACCESS EXCLUSIVE MODE");
    PQclear(res);
    return res != NULL;
}

/* Ends who has locks on the old tables. One by one: one that this role may not end fails. */
static void end_holders(struct target *t)
{
    const char *sql = arena_printf(
        &t->arena,
        "SELECT DISTINCT a.pid, coalesce(a.usename::text, '?') || coalesce(' (' ||"
        " nullif(a.application_name, '') || ')', '') FROM pg_catalog.pg_locks l"
        " JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_stat_activity a ON"
        " a.pid = l.pid WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM"
        " pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
        " AND c.relnamespace IN (%s) AND l.pid NOT IN (pg_catalog.pg_backend_pid(), %d)",
        t->old_oids, t->held ? PQbackendPID(t->held->conn) : 0);
    struct err why = ERR_INIT;
    PGresult *res = pg_query(t->work, sql, &why);

    for (int i = 0; res && i < PQntuples(res); i++) {
        log_info("database \"%s\" is swapped: ends a session of %s, which holds old tables",
                 t->name, PQgetvalue(res, i, 1));
        pg_runf(t->admin, &why, "SELECT pg_catalog.pg_terminate_backend(%s)",
                PQgetvalue(res, i, 0));
    }
    PQclear(res);
}

/* Somebody holds a table, or waits for one that we hold. */
static bool is_in_use(const struct err *err)
{
    return strcmp(err->sqlstate, "55P03") == 0 || strcmp(err->sqlstate, "57014") == 0 ||
           strcmp(err->sqlstate, "40P01") == 0;
}

static bool try_lock(struct target *t, const char *lock, unsigned ms, struct err *err)
{
    struct err later = ERR_INIT;

    if (!pg_run(t->work, "SAVEPOINT dbtwin", err))
        return false;
    if (pg_runf(t->work, err, "SET LOCAL statement_timeout = %u", ms) &&
        pg_run(t->work, lock, err) && pg_run(t->work, "SET LOCAL statement_timeout = 0", err))
        return true;
    if (!pg_run(t->work, "ROLLBACK TO dbtwin", &later)) {
        *err = later;
        err->sqlstate[0] = '\0';
    }
    return false;
}

bool pg_old_schemas_lock(struct target *t, struct err *err)
{
    const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
    struct buf lock = BUF_INIT;
    bool good = list_tables(t, &lock, err);

    for (size_t i = 0; good && lock.len && i < ARRAY_LEN(patience_ms); i++) {
        err_clear(err);
        if (i)
            nanosleep(&pause, NULL);
        if (i >= EVICT_FROM)
            end_holders(t);
        good = try_lock(t, lock.data, patience_ms[i], err);
        if (good)
            break;
        good = is_in_use(err) && !log_cancelled() && i + 1 < ARRAY_LEN(patience_ms);
    }
    if (!good && is_in_use(err))
        err_hint(err, "this role could not end all sessions that use the old tables: GRANT "
                      "pg_signal_backend to it, end those of superusers, and COMMIT PREPARED or "
                      "ROLLBACK PREPARED its prepared transactions");
    else if (!good && strcmp(err->sqlstate, "53200") == 0)
        err_hint(err, "all tables of both states are locked for a moment: raise "
                      "max_locks_per_transaction");
    buf_release(&lock);
    return good;
}

/* ---- after it ---------------------------------------------------------------------------------
 */

/* Those that bear our name and our comment. */
static const char left_sql[] =
    "SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.nspname LIKE '%\\_\\_dbtwin\\_old'"
    " AND pg_catalog.obj_description(n.oid, 'pg_namespace') LIKE 'moved aside by dbtwin%'"
    " AND pg_catalog.pg_has_role(n.nspowner, 'USAGE') ORDER BY 1";

/* Each by itself: for where all of them at once are more locks than the server has. */
static const char tables_sql[] =
    "SELECT pg_catalog.format('DROP %s IF EXISTS %s CASCADE', CASE relkind WHEN 'v' THEN 'VIEW'"
    " WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,"
    " c.oid::pg_catalog.regclass) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON"
    " n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    " AND NOT c.relispartition ORDER BY c.relkind = 'p', c.oid";

static bool drop_tables(struct session *s, const char *schema, struct err *err)
{
    PGresult *res = pg_query_params(s, tables_sql, 1, &schema, err);
    bool good = res != NULL;

    for (int i = 0; good && i < PQntuples(res); i++)
        good = pg_run(s, PQgetvalue(res, i, 0), err);
    PQclear(res);
    return good;
}

enum { DROP_TRIES = 5 };

static bool drop_schema(struct session *s, const char *schema, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good = false;

    buf_adds(&sql, "DROP SCHEMA IF EXISTS ");
    pg_add_ident(&sql, schema);
    buf_adds(&sql, " CASCADE");
    for (int i = 0; !good && i < DROP_TRIES; i++) {
        err_clear(err);
        good = pg_run(s, sql.data, err);
        if (!good && strcmp(err->sqlstate, "53200") == 0) {
            err_clear(err);
            good = drop_tables(s, schema, err) && pg_run(s, sql.data, err);
        }
        if (!good && !is_in_use(err))
            break;
    }
    buf_release(&sql);
    return good;
}

bool pg_old_schemas_drop(struct session *s, struct err *err)
{
    PGresult *res = NULL;
    bool good = pg_run(s, "SET lock_timeout = '2s'", err) && (res = pg_query(s, left_sql, err));

    for (int i = 0; good && i < PQntuples(res); i++)
        good = drop_schema(s, PQgetvalue(res, i, 0), err);
    PQclear(res);
    return good;
}

/* A killed run's transaction holds what this one replaces until the server learns that its client
 * is gone. Nobody else's sessions of dbtwin write there. */
static bool end_ghosts(struct target *t, struct err *err)
{
    struct buf where = BUF_INIT;
    const char *left = NULL;

    buf_adds(&where, "a.application_name LIKE 'dbtwin%' AND a.backend_xid IS NOT NULL AND"
                     " a.datname = ");
    pg_add_literal(&where, t->name);
    bool good = pg_admin_end_ghosts(t, where.data, &left, err);
    buf_release(&where);
    return good;
}

bool pg_old_schemas_sweep(struct target *t, struct err *err)
{
    struct session *s = NULL;
    const char *left = NULL;
    bool good = end_ghosts(t, err) && pg_target_connect(t, t->name, DRIVER_TARGET, &s, err) &&
                pg_value(s, left_sql, &t->arena, &left, err);

    if (good && left) {
        log_info("dropping schema \"%s\" and others of its kind, left by an earlier run", left);
        good = pg_run(s, "SET client_min_messages = error", err) && pg_old_schemas_drop(s, err);
    }
    pg_close(s);
    return good || err_context(err, "while removing what an earlier run left");
}

/*
 * Who began before the commit may have looked up a function or a type that it is about to use, and
 * holds no lock on it. So they get a moment; who is idle in a transaction is not waited for longer.
 */
enum { MOMENT_MS = 2000 };

static void wait_for_others(struct target *t)
{
    static const char all_sql[] =
        "SELECT pg_catalog.string_agg(l.virtualtransaction, ',') FROM pg_catalog.pg_locks l"
        " JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'virtualxid' AND"
        " l.granted AND a.datname = pg_catalog.current_database()"
        " AND l.pid <> pg_catalog.pg_backend_pid()";
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    struct err why = ERR_INIT;
    const char *first = NULL, *left = NULL;

    if (!pg_value(t->work, all_sql, &t->arena, &first, &why) || !first)
        return;
    const char *sql = arena_printf(
        &t->arena,
        "SELECT 1 FROM pg_catalog.pg_locks WHERE locktype = 'virtualxid' AND granted AND"
        " virtualtransaction = ANY (pg_catalog.string_to_array('%s', ',')) LIMIT 1",
        first);
    for (int waited = 0; waited < MOMENT_MS && !log_cancelled(); waited += 20) {
        if (!pg_value(t->work, sql, &t->arena, &left, &why) || !left)
            return;
        nanosleep(&pause, NULL);
    }
}

/* The new state is in place: what goes wrong here is not worth failing for. */
void pg_old_schemas_finish(struct target *t)
{
    struct err why = ERR_INIT;

    if (!t->old_oids)
        return;
    wait_for_others(t);
    if (!pg_old_schemas_drop(t->work, &why))
        log_warn("the old schemas remain in database \"%s\" under names that end in __dbtwin_old; "
                 "the next run drops them: %s",
                 t->name, why.msg);
}
