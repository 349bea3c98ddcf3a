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

/* ---- ranges ------------------------------------------------------------------------------ */

/*
 * pg_get_viewdef and its like lock every relation that a view reads, until the transaction ends:
 * many thousand views would fill the server's lock table, and stand in the way of production's DDL
 * all the while. So a query that calls such a function is read in ranges of oids, each within a
 * savepoint: rolling that back gives the locks back. A query of this sort holds these words.
 */
static const char all_oids[] = "BETWEEN '0' AND '4294967295'";
static const uint64_t last_oid = 4294967295;

struct range_end {
    const char *query;
    uint64_t last;
};

struct reading {
    struct session *session;
    struct model *model;
    struct query_facts facts;
    bool gone;              /* see query_load */
    struct vec ranges;      /* struct range_end */
    struct vec statements;  /* struct statement */
    struct session *helper; /* shares the session's snapshot; NULL = none */
    struct arena arena;
};

static const char *file_text(const char *name)
{
    for (const struct sql_file *f = sql_postgres; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f->text;
    return "";
}

static bool take_range(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                       struct err *err)
{
    struct reading *r = ctx;
    struct range_end end = {0};

    (void)lengths;
    if (n != 2 || !values[0] || !values[1] || !str_parse_u64(values[1], &end.last))
        return err_set(err, ERR_RUNTIME, "query range_end: an unexpected row");
    end.query = arena_strdup(&r->arena, values[0]);
    VEC_PUSH(&r->ranges, struct range_end, end);
    return true;
}

static bool read_ranges(struct reading *r, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good = query_filter(file_text("range_end"), &r->facts, &sql, err) &&
                pg_rows(r->session, sql.data, take_range, r, err);

    buf_release(&sql);
    return good || err_context(err, "while reading the catalog (range_end)");
}

/* ---- one query -------------------------------------------------------------------------- */

struct named_rows {
    struct query_load *load;
    bool started;
};

static bool start_rows(void *ctx, const PGresult *res, struct err *err)
{
    struct named_rows *n = ctx;
    struct vec names = VEC_INIT(const char *);
    bool good;

    /* Once, and not for SAVEPOINT. */
    if (n->started || PQnfields(res) == 0)
        return true;
    for (int c = 0; c < PQnfields(res); c++)
        VEC_PUSH(&names, const char *, PQfname(res, c));
    good = query_columns(n->load, (unsigned)PQnfields(res), names.items, err);
    vec_release(&names);
    n->started = good;
    return good;
}

static bool take_row(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                     struct err *err)
{
    struct named_rows *r = ctx;

    return query_row(r->load, n, values, lengths, err);
}

/* ---- statements, in order ---------------------------------------------------------------- */

struct statement {
    const struct sql_file *file;
    const char *sql;
};

static void add_statement(struct reading *r, const struct sql_file *file, const char *sql)
{
    struct statement s = {file, arena_strdup(&r->arena, sql)};

    VEC_PUSH(&r->statements, struct statement, s);
}

/* The rows of the oids first to last; `at` is where sql says all_oids. */
static void add_range(struct reading *r, const struct sql_file *file, const char *sql,
                      const char *at, uint64_t first, uint64_t last)
{
    struct buf b = BUF_INIT;

    buf_adds(&b, "SAVEPOINT dbtwin;");
    buf_add(&b, sql, (size_t)(at - sql));
    buf_addf(&b, "BETWEEN '%llu' AND '%llu'%s;ROLLBACK TO dbtwin;RELEASE dbtwin",
             (unsigned long long)first, (unsigned long long)last, at + strlen(all_oids));
    add_statement(r, file, b.data);
    buf_release(&b);
}

static void add_ranges(struct reading *r, const struct sql_file *file, const char *sql)
{
    const char *at = strstr(sql, all_oids);
    uint64_t first = 0;

    if (!at) {
        add_statement(r, file, sql);
        return;
    }
    for (size_t i = 0; i < r->ranges.len; i++) {
        const struct range_end *end = &VEC_AT(&r->ranges, struct range_end, i);

        if (strcmp(end->query, file->name) != 0)
            continue;
        add_range(r, file, sql, at, first, end->last);
        first = end->last + 1;
    }
    /* What reads nothing, and so is in no range. */
    add_range(r, file, sql, at, first, last_oid);
}

static bool add_query(struct reading *r, const struct sql_file *file, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good = query_filter(file->text, &r->facts, &sql, err);

    if (good && !query_is_empty(sql.data))
        pg_narrow_query(r->session, file->name, &sql);
    if (good && !query_is_empty(sql.data))
        add_ranges(r, file, sql.data);
    buf_release(&sql);
    return good || err_context(err, "while reading the catalog (%s)", file->name);
}

static struct session *session_of(const struct reading *r, size_t i)
{
    return r->helper && i % 2 ? r->helper : r->session;
}

static bool send_statement(struct reading *r, size_t i, struct err *err)
{
    return i >= r->statements.len ||
           pg_rows_send(session_of(r, i), VEC_AT(&r->statements, struct statement, i).sql, err);
}

/* With two sessions the next statement is under way while the rows of this one are taken. */
static bool take_statement(struct reading *r, size_t i, struct named_rows *rows, struct err *err)
{
    struct session *s = session_of(r, i), *other = session_of(r, i + 1);
    bool good;

    if (other == s)
        return send_statement(r, i, err) && pg_rows_take(s, start_rows, take_row, rows, err);
    if ((i == 0 && !send_statement(r, i, err)) || !send_statement(r, i + 1, err))
        return false;
    s->ahead = other;
    good = pg_rows_take(s, start_rows, take_row, rows, err);
    s->ahead = NULL;
    return good;
}

static bool run_statements(struct reading *r, struct err *err)
{
    struct query_load load = {0};
    struct named_rows rows = {0};
    bool good = true;

    for (size_t i = 0; good && i < r->statements.len; i++) {
        const char *name = VEC_AT(&r->statements, struct statement, i).file->name;

        if (load.name != name) {
            query_done(&load);
            load = (struct query_load){.model = r->model, .name = name, .loose = true};
            rows = (struct named_rows){.load = &load};
        }
        good = take_statement(r, i, &rows, err) ||
               err_context(err, "while reading the catalog (%s)", name);
        r->gone |= load.gone;
    }
    query_done(&load);
    return good;
}

/* ---- a second session -------------------------------------------------------------------- */

/* No disk for sorting a big catalog, and one process only: the server has other work. Whoever
 * waits for a lock makes others wait behind it, so not for long. */
#define BEGIN_SQL "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
static const char local_sql[] = "SET LOCAL lock_timeout = '10s'; SET LOCAL work_mem = '64MB';"
                                "SET LOCAL max_parallel_workers_per_gather = 0";

/* From some ten thousand relations on a second session that shares the snapshot is worth its start.
 * A standby has its own trouble with long snapshots. */
static const char share_sql[] =
    "SELECT CASE WHEN pg_catalog.pg_relation_size('pg_catalog.pg_class') > 2000000 AND NOT "
    "pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_export_snapshot() END";

/* Where it cannot be had, one session does it all. */
static void open_helper(struct session *s, struct session **ret)
{
    struct err why = ERR_INIT;
    struct arena a = ARENA_INIT;
    const char *snapshot = NULL;
    struct session *helper = NULL;

    if (pg_value(s, share_sql, &a, &snapshot, &why) && snapshot &&
        pg_open_again(s, &helper, &why) &&
        !pg_runf(helper, &why, BEGIN_SQL "SET TRANSACTION SNAPSHOT '%s';%s", snapshot, local_sql)) {
        pg_close(helper);
        helper = NULL;
    }
    if (why.msg[0])
        log_debug("%s: one session only: %s", s->label, why.msg);
    arena_release(&a);
    *ret = helper;
}

static void close_helper(struct session *helper, bool idle)
{
    if (helper && !idle)
        pg_cancel(helper);
    pg_close(helper);
}

/* ---- all of them ------------------------------------------------------------------------ */

enum { MAX_WORDS = 8 };

/*
 * The words of the guards, in `a`. Columns' privileges, options and traces of dropped ones are
 * rare, and each is another pass over the largest catalog: one look tells which are needed.
 */
static bool find_words(struct session *s, struct arena *a, const char **words, struct err *err)
{
    static const char sql[] =
        "SELECT has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'SELECT')"
        " AS secrets, bool_or(attisdropped) AS dropped, bool_or(attacl IS NOT NULL) AS "
        "column_grants, bool_or(attoptions IS NOT NULL OR attfdwoptions IS NOT NULL) AS "
        "column_options FROM pg_catalog.pg_attribute WHERE attrelid >= 16384 AND attnum > 0";
    PGresult *res = pg_query(s, sql, err);
    unsigned n = 0;

    if (!res)
        return err_context(err, "while reading the catalog (columns)");
    for (int c = 0; c < PQnfields(res); c++)
        if (PQntuples(res) == 1 && PQgetvalue(res, 0, c)[0] == 't')
            words[n++] = arena_strdup(a, PQfname(res, c));
    PQclear(res);
    if (s->version >= 140000 || (n && strcmp(words[0], "secrets") == 0))
        words[n++] = "subscriptions";
    /* What follows will be copied or compared row by row; or only compared. */
    words[n++] = s->snapshot ? "data" : "compare";
    return true;
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

/* Queries that make no objects. */
static bool is_auxiliary(const char *name)
{
    return strcmp(name, "probe") == 0 || strcmp(name, "range_end") == 0;
}

static bool read_queries(struct reading *r, struct err *err)
{
    bool good;

    if (!read_ranges(r, err))
        return false;
    for (const struct sql_file *file = sql_postgres; file->name; file++)
        if (!is_auxiliary(file->name) && !add_query(r, file, err))
            return false;
    if (!r->session->snapshot)
        open_helper(r->session, &r->helper);
    good = run_statements(r, err);
    close_helper(r->helper, good);
    return good;
}

static bool read_all(struct session *s, struct model *m, bool *gone, struct err *err)
{
    const char *words[MAX_WORDS] = {NULL};
    struct reading r = {.session = s,
                        .model = m,
                        .facts = {.flavor = ENGINE_PG, .version = s->version, .words = words},
                        .ranges = VEC_INIT(struct range_end),
                        .statements = VEC_INIT(struct statement),
                        .arena = ARENA_INIT};
    bool good = describe(s, m, err) && find_words(s, &r.arena, words, err) && read_queries(&r, err);

    *gone = r.gone;
    vec_release(&r.ranges);
    vec_release(&r.statements);
    arena_release(&r.arena);
    return good && (!s->snapshot || pg_probe_positions(s, m, err)) && pg_probe(s, m, err);
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
    if (!pg_runf(s, err, BEGIN_SQL "%s", local_sql))
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
        if (strcmp(err->sqlstate, "55P03") == 0)
            err_hint(err, "another session has locked a table that a view reads, for ALTER TABLE, "
                          "VACUUM FULL or the like; pg_stat_activity and pg_locks name it: try "
                          "again when it is done");
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
