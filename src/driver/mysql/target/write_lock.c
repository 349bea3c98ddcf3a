#include "target.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * Tables of the target that a copy takes over as they are: nobody writes to them from the moment
 * they are read until the swap stands in line for them (swap.c), which then goes before all
 * writers. For that the writers must wait for the metadata lock: MySQL's LOCK TABLES … READ has
 * them do so, MariaDB's lets them have it and wait further in, so there it is FLUSH TABLES … WITH
 * READ LOCK. Triggers must go before the swap, while nobody writes: then this session drops them,
 * for which it needs a lock that keeps readers away too, as it does where FLUSH is denied.
 * https://mariadb.com/kb/en/flush-tables-for-export/,
 * https://dev.mysql.com/doc/refman/8.4/en/lock-tables.html
 */
static bool has_trigger(const struct object *table)
{
    for (const struct object *o = table->first; o; o = o->next)
        if (o->kind->id == K_TRIGGER)
            return true;
    return false;
}

static bool lock(struct my_held *h, const char *before, const char *after, struct err *err)
{
    struct buf sql = BUF_INIT;
    buf_adds(&sql, before);
    my_quote_name(&sql, h->table);
    buf_adds(&sql, after);
    bool good = my_conn_run(my_session(h->session), sql.data, err);
    buf_release(&sql);
    return good;
}

static bool lock_table(struct my_held *h, const struct object *table, struct err *err)
{
    bool maria = my_session(h->session)->flavor == ENGINE_MA;
    if (!has_trigger(table)) {
        if (maria ? lock(h, "FLUSH TABLES ", " WITH READ LOCK", err)
                  : lock(h, "LOCK TABLES ", " READ", err))
            return true;
        if (!maria || err->cls != ERR_DENIED)
            return false;
        err_clear(err);
    }
    h->exclusive = true;
    return lock(h, "LOCK TABLES ", " WRITE", err);
}

static bool hold(struct my_target *t, const struct object *table, struct session **ret,
                 struct err *err)
{
    struct my_held h = {.table = arena_strdup(&t->arena, table->name)};
    if (!my_target_connect(t, DRIVER_TARGET, t->db, &h.session, err))
        return false;
    if (my_conn_run(my_session(h.session), "SET SESSION lock_wait_timeout=10", err) &&
        lock_table(&h, table, err)) {
        VEC_PUSH(&t->held, struct my_held, h);
        *ret = h.session;
        return true;
    }
    if (err->cls == ERR_DENIED)
        err_hint(err, "GRANT SELECT, LOCK TABLES ON %s.* TO this account", t->q_db);
    my_conn_close(h.session);
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct my_held *)a)->table, ((const struct my_held *)b)->table);
}

bool my_target_write_lock(struct target *target, const struct object *const *tables, size_t n,
                          struct session **ret, struct err *err)
{
    struct my_target *t = my_target(target);
    for (size_t i = 0; i < n; i++)
        if (!hold(t, tables[i], &ret[i], err)) {
            my_write_lock_release(t);
            return false;
        }
    if (t->held.len)
        qsort(t->held.items, t->held.len, sizeof(struct my_held), by_name);
    return true;
}

void my_write_lock_release(struct my_target *t)
{
    for (size_t i = 0; i < t->held.len; i++)
        my_conn_close(VEC_AT(&t->held, struct my_held, i).session);
    vec_reset(&t->held);
}

bool my_write_lock_drop_trigger(struct my_target *t, const char *sql)
{
    for (size_t i = 0; i < t->held.len; i++) {
        const struct my_held *h = &VEC_AT(&t->held, struct my_held, i);
        struct err not_its = ERR_INIT;
        if (h->exclusive && my_conn_exec(h->session, sql, &not_its))
            return true;
    }
    return false;
}

/* ---- letting go ---------------------------------------------------------------------------- */

enum { PAUSE_MS = 10, STEADY = 3, TRIES = 300 };

/* The swap takes its tables in the order of their names, and waits for one at a time: each is let
 * go when it has stood in line for a little, which is for that one. */
static void *release_main(void *arg)
{
    struct my_target *t = arg;
    struct timespec pause = {.tv_nsec = PAUSE_MS * 1000 * 1000};
    struct arena arena = ARENA_INIT;
    const char *sql = arena_printf(&arena,
                                   "SELECT STATE FROM information_schema.PROCESSLIST WHERE ID = "
                                   "%lu AND STATE LIKE 'Waiting%%'",
                                   my_session(t->session)->thread_id);

    for (size_t i = 0; i < t->held.len; i++) {
        struct my_session *held = my_session(VEC_AT(&t->held, struct my_held, i).session);
        struct err ignored = ERR_INIT;
        int steady = 0;
        for (int k = 0; k < TRIES && steady < STEADY && !atomic_load(&t->hold_over); k++) {
            const char *state = NULL;
            nanosleep(&pause, NULL);
            if (!my_conn_value(held, sql, &arena, &state, &ignored))
                break;
            steady = state ? steady + 1 : 0;
        }
        my_conn_run(held, "UNLOCK TABLES", &ignored);
    }
    arena_release(&arena);
    return NULL;
}

bool my_write_lock_let_go(struct my_target *t, pthread_t *ret)
{
    if (!t->held.len)
        return false;
    atomic_store(&t->hold_over, false);
    for (size_t i = 0; i < t->held.len; i++)
        my_session(VEC_AT(&t->held, struct my_held, i).session)->critical = true;
    if (pthread_create(ret, NULL, release_main, t) == 0)
        return true;
    my_write_lock_release(t);
    return false;
}

/* ---- foreign keys -------------------------------------------------------------------------- */

static unsigned count_names(const char *list)
{
    unsigned n = 1;
    bool quoted = false;
    for (; *list; list++) {
        quoted ^= *list == '`';
        n += !quoted && *list == ',';
    }
    return n;
}

static void add_numbered(struct buf *sql, unsigned n, const char *fmt, const char *between)
{
    for (unsigned i = 1; i <= n; i++) {
        buf_adds(sql, i > 1 ? between : "");
        for (const char *p = fmt; *p; p++) {
            if (*p == '#')
                buf_addf(sql, "%u", i);
            else
                buf_addch(sql, *p);
        }
    }
}

/* A key of which one column is NULL refers to nothing, and need not. */
bool my_orphan(struct session *s, const struct object *fk, struct arena *a, const char **ret,
               struct err *err)
{
    const char *columns = model_get(fk, P_FOREIGN_KEY_COLUMNS);
    const char *to = model_get(fk, P_FOREIGN_KEY_REFERENCES);
    const char *to_columns = model_get(fk, P_FOREIGN_KEY_REF_COLUMNS);
    struct buf sql = BUF_INIT;

    *ret = NULL;
    if (!columns || !to || !to_columns)
        return true;
    unsigned n = count_names(columns);
    buf_adds(&sql, "WITH c (");
    add_numbered(&sql, n, "k#", ", ");
    buf_addf(&sql, ") AS (SELECT %s FROM ", columns);
    my_quote_name(&sql, fk->parent->name);
    buf_adds(&sql, "), p (");
    add_numbered(&sql, n, "k#", ", ");
    buf_addf(&sql, ") AS (SELECT %s FROM %s) SELECT CONCAT_WS(', ', ", to_columns, to);
    add_numbered(&sql, n, "c.k#", ", ");
    buf_adds(&sql, ") FROM c WHERE ");
    add_numbered(&sql, n, "c.k# IS NOT NULL", " AND ");
    buf_adds(&sql, " AND NOT EXISTS (SELECT 1 FROM p WHERE ");
    add_numbered(&sql, n, "p.k# = c.k#", " AND ");
    buf_adds(&sql, ") LIMIT 1");
    bool good = my_conn_value(my_session(s), sql.data, a, ret, err);
    buf_release(&sql);
    return good;
}
