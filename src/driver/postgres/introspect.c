#include "pg.h"

#include <string.h>

#include <dbtwin/log.h>

#include "../query.h"

/*
 * Queries run one after the other in one REPEATABLE READ transaction, so that all see one state.
 * Functions such as pg_get_viewdef and format_type do not: they read the newest catalog. When DDL
 * runs meanwhile they give NULL (which the queries turn into "\001") or an error; then all is read
 * again from the beginning.
 */
enum { ATTEMPTS = 4 };

/* ---- one query -------------------------------------------------------------------------- */

static bool give_columns(struct query_load *q, const PGresult *res, struct err *err)
{
    struct vec names = VEC_INIT(const char *);
    bool good;

    for (int c = 0; c < PQnfields(res); c++)
        VEC_PUSH(&names, const char *, PQfname(res, c));
    good = query_columns(q, (unsigned)PQnfields(res), names.items, err);
    vec_release(&names);
    return good;
}

struct named_rows {
    struct query_load *load;
    bool started;
};

static bool start_rows(void *ctx, const PGresult *res, struct err *err)
{
    struct named_rows *n = ctx;

    if (n->started)
        return true;
    n->started = true;
    return give_columns(n->load, res, err);
}

static bool take_row(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                     struct err *err)
{
    struct named_rows *r = ctx;

    return query_row(r->load, n, values, lengths, err);
}

static bool run_query(struct session *s, struct model *m, const struct query_facts *f,
                      const struct sql_file *file, bool *gone, struct err *err)
{
    struct query_load load = {.model = m, .name = file->name, .loose = true};
    struct named_rows rows = {.load = &load};
    struct buf sql = BUF_INIT;
    bool good = query_filter(file->text, f, &sql, err);

    if (good && !query_is_empty(sql.data))
        good = pg_rows_named(s, sql.data, start_rows, take_row, &rows, err);
    query_done(&load);
    buf_release(&sql);
    *gone |= load.gone;
    return good || err_context(err, "while reading the catalog (%s)", file->name);
}

/* ---- all of them ------------------------------------------------------------------------ */

static bool ask(struct session *s, const char *sql, bool *ret, struct err *err)
{
    struct arena a = ARENA_INIT;
    const char *text = NULL;
    bool good = pg_value(s, sql, &a, &text, err);

    *ret = good && text && text[0] == 't';
    arena_release(&a);
    return good;
}

static bool describe(struct session *s, struct model *m, struct err *err)
{
    struct server_facts f;
    const char *now = NULL;

    if (!pg_facts(s, &m->arena, &f, err) ||
        !pg_value(s, "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
                  &m->arena, &now, err))
        return false;
    m->flavor = ENGINE_PG;
    m->version = s->version;
    m->server_version = f.server_version;
    m->database = f.database;
    /* Without the moment of the server's start: the same server on another day. */
    m->server_id = arena_strndup(&m->arena, f.server_id, strcspn(f.server_id, "@"));
    m->taken_at = now;
    return true;
}

static bool read_all(struct session *s, struct model *m, bool *gone, struct err *err)
{
    const char *words[4] = {NULL, NULL, NULL, NULL};
    unsigned n = 0;
    struct query_facts f = {.flavor = ENGINE_PG, .version = s->version, .words = words};
    bool secrets;

    if (!describe(s, m, err) ||
        !ask(s,
             "SELECT has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', "
             "'SELECT')",
             &secrets, err))
        return false;
    if (secrets)
        words[n++] = "secrets";
    if (secrets || s->version >= 140000)
        words[n++] = "subscriptions";
    if (s->snapshot)
        words[n++] = "data"; /* what follows will be copied or compared row by row */
    for (const struct sql_file *file = sql_postgres; file->name; file++) {
        if (strcmp(file->name, "probe") == 0)
            continue;
        if (!run_query(s, m, &f, file, gone, err))
            return false;
    }
    if (s->snapshot && !pg_probe_positions(s, m, err))
        return false;
    return pg_probe(s, m, err);
}

/* ---- again, when the schema changed meanwhile ------------------------------------------- */

/* Errors that a dropped or changed object gives to a query whose snapshot still has it. */
static bool is_concurrent(const struct err *err, bool gone)
{
    static const char *const states[] = {"XX000", "42P01", "42704", "42883", "42703",
                                         "3F000", "55000", "40001", "40P01"};

    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (strcmp(err->sqlstate, states[i]) == 0)
            return true;
    return gone;
}

static bool one_attempt(struct session *s, struct model *m, bool *gone, struct err *err)
{
    struct err later = ERR_INIT;
    bool good;

    if (s->snapshot)
        return read_all(s, m, gone, err);
    /* No disk for sorting a big catalog, and one process only: the server has other work. */
    if (!pg_run(s,
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                "SET LOCAL work_mem = '64MB'; SET LOCAL max_parallel_workers_per_gather = 0",
                err))
        return false;
    good = read_all(s, m, gone, err);
    if (PQstatus(s->conn) == CONNECTION_OK && !pg_run(s, "ROLLBACK", &later))
        log_debug("%s", later.msg);
    return good;
}

bool pg_introspect(struct session *s, struct model *m, struct err *err)
{
    const char *label = m->label ? arena_strdup(&s->arena, m->label) : NULL;

    for (int i = 1;; i++) {
        bool gone = false;

        if (one_attempt(s, m, &gone, err)) {
            m->label = label ? arena_strdup(&m->arena, label) : NULL;
            return model_freeze(m, err);
        }
        if (!is_concurrent(err, gone) || log_cancelled())
            return false;
        if (s->snapshot || i == ATTEMPTS) {
            err_context(err, "%s: the schema kept changing while it was being read", s->label);
            return err_hint(err, "try again when no migration or maintenance job is running");
        }
        log_info("%s: the schema changed while it was being read, reading it again (%s)", s->label,
                 err->msg);
        err_clear(err);
        model_release(m);
        model_init(m);
    }
}
