#include "../connection/pg.h"

#include <stdio.h>
#include <string.h>

#include <dbtwin/log.h>

#include "catalog.h"

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

enum { MAX_WORDS = 20 };

struct reading {
    struct session *session;
    struct query_facts facts;
    const char *words[MAX_WORDS]; /* of facts */
    struct vec ranges;            /* struct range_end */
    struct catalog catalog;
    struct pg_probe probe;
    struct arena arena;
};

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
    bool good = query_filter(catalog_text("range_end"), &r->facts, &sql, err) &&
                pg_rows(r->session, sql.data, take_range, r, err);

    buf_release(&sql);
    return good || err_context(err, "while reading the catalog (range_end)");
}

/* ---- statements, in order ---------------------------------------------------------------- */

/* What is worth knowing of a query: its size, and what its objects have to wait for, or who for
 * them. Options, grants and labels of columns name these by their ids. */
static unsigned flags_of(const char *query)
{
    static const struct {
        const char *query;
        unsigned flags;
    } known[] = {
        {"column", CATALOG_APART | CATALOG_ALONE},
        {"constraint", CATALOG_ALONE},
        {"constraint_trigger", CATALOG_LAST},
        {"depend", CATALOG_ALONE},
        {"extension_dependency", CATALOG_LAST},
        {"grant", CATALOG_LAST},
        {"index", CATALOG_ALONE},
        {"index_part", CATALOG_APART | CATALOG_ALONE},
        {"option", CATALOG_LAST},
        {"probe", CATALOG_ALONE},
        {"security_label", CATALOG_LAST},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcmp(known[i].query, query) == 0)
            return known[i].flags;
    return 0;
}

static void add_statement(struct reading *r, const struct sql_file *file, const char *before,
                          const char *sql, const char *after)
{
    struct catalog_statement *s = catalog_add(&r->catalog, file->name, before, sql, after);

    s->flags = flags_of(file->name);
    if (r->session->columns && strcmp(file->name, "depend") == 0)
        s->flags = CATALOG_LAST;
    if (strcmp(file->name, "probe") == 0) {
        s->fn = pg_probe_row;
        s->ctx = &r->probe;
    }
}

/* The rows of the oids first to last; `at` is where sql says all_oids. */
static void add_range(struct reading *r, const struct sql_file *file, const char *sql,
                      const char *at, uint64_t first, uint64_t last)
{
    struct buf b = BUF_INIT;

    buf_add(&b, sql, (size_t)(at - sql));
    buf_addf(&b, "BETWEEN '%llu' AND '%llu'%s", (unsigned long long)first, (unsigned long long)last,
             at + strlen(all_oids));
    add_statement(r, file, "SAVEPOINT dbtwin;", b.data, "ROLLBACK TO dbtwin;RELEASE dbtwin;");
    buf_release(&b);
}

static void add_ranges(struct reading *r, const struct sql_file *file, const char *sql)
{
    const char *at = strstr(sql, all_oids);
    uint64_t first = 0;

    if (!at) {
        add_statement(r, file, "", sql, "");
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

/* ---- a second session -------------------------------------------------------------------- */

/* No disk for sorting a big catalog, and one process only: the server has other work. Whoever
 * waits for a lock makes others wait behind it, so not for long. */
#define BEGIN_SQL "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
static const char local_sql[] = "SET LOCAL lock_timeout = '10s'; SET LOCAL work_mem = '64MB';"
                                "SET LOCAL max_parallel_workers_per_gather = 0";

/* From some ten thousand relations on a second session that shares the snapshot is worth its start;
 * a standby cannot export one. Where there is none, one session does it all. */
static void open_helper(struct session *s, struct session **ret)
{
    struct err why = ERR_INIT;
    struct arena a = ARENA_INIT;
    const char *snapshot = NULL;
    struct session *helper = NULL;
    char sql[200];

    snprintf(sql, sizeof sql,
             "SELECT CASE WHEN pg_catalog.pg_relation_size('pg_catalog.pg_class') > %d AND NOT "
             "pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_export_snapshot() END",
             s->jobs ? 0 : 2000000);
    if (s->jobs != 1 && !s->snapshot && pg_value(s, sql, &a, &snapshot, &why) && snapshot &&
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

/* ---- all of them ------------------------------------------------------------------------ */

/*
 * Much is rare, and each is another pass over a large catalog: columns' privileges, options,
 * labels, comments and traces of dropped ones, options of indexes' keys and of relations, and some
 * kinds of relations. One look tells which are needed.
 */
static const char look_sql[] =
    "SELECT has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'SELECT')"
    " AS secrets, a.*, c.*,"
    " EXISTS (SELECT FROM pg_catalog.pg_seclabel WHERE objsubid > 0) AS column_labels,"
    " EXISTS (SELECT FROM pg_catalog.pg_description WHERE classoid = "
    "'pg_catalog.pg_class'::regclass"
    " AND objsubid > 0 AND objoid >= 16384) AS column_comments,"
    " (SELECT string_agg(n.oid::text, ',') FROM pg_catalog.pg_namespace n WHERE " PG_KEPT_SCHEMA
    ") AS kept_oids"
    " FROM (SELECT bool_or(attisdropped) AS dropped, bool_or(attacl IS NOT NULL) AS column_grants,"
    " bool_or(attfdwoptions IS NOT NULL OR options) AS column_options,"
    " bool_or(options OR attstattarget >= 0) AS index_options"
    " FROM (SELECT *, attoptions IS NOT NULL AND NOT (cardinality(attoptions) = 1"
    " AND attoptions[1] LIKE 'pg\\_attver=%') AS options FROM pg_catalog.pg_attribute) t"
    " WHERE attrelid >= 16384 AND attnum > 0 AND (attisdropped OR attstattarget >= 0"
    " OR attacl IS NOT NULL OR options OR attfdwoptions IS NOT NULL)) a,"
    " (SELECT bool_or(relkind = 'c') AS composites, bool_or(relkind = 'm') AS materialized_views,"
    " bool_or(reloptions IS NOT NULL) AS relation_options FROM pg_catalog.pg_class"
    " WHERE oid >= 16384 AND (relkind IN ('c', 'm') OR reloptions IS NOT NULL)) c";

/* The words of the guards, from what the look found. */
static void find_words(struct reading *r, const PGresult *found)
{
    struct session *s = r->session;
    int kept = PQfnumber(found, "kept_oids");
    unsigned n = 0;

    for (int c = 0; c < PQnfields(found) && n < MAX_WORDS - 6; c++)
        if (PQntuples(found) == 1 && PQgetvalue(found, 0, c)[0] == 't')
            r->words[n++] = arena_strdup(&r->arena, PQfname(found, c));
    if (s->version >= 140000 || (n && strcmp(r->words[0], "secrets") == 0))
        r->words[n++] = "subscriptions";
    /* What follows will be copied or compared row by row; or only compared. */
    r->words[n++] = s->snapshot ? "data" : "compare";
    /* Names that are no drift, but that a copy keeps and looks for in what it has built. */
    if (s->snapshot || s->role == DRIVER_TARGET)
        r->words[n++] = "names";
    if (s->columns)
        r->words[n++] = "columns";
    s->kept = PQntuples(found) == 1 && !PQgetisnull(found, 0, kept)
                  ? arena_strdup(&s->arena, PQgetvalue(found, 0, kept))
                  : NULL;
    if (s->kept)
        r->words[n++] = "kept";
    r->words[n] = NULL;
}

/* The look takes as long as the rest of what has to be known first: two sessions share that. */
static bool look_around(struct reading *r, struct err *err)
{
    struct session *helper = r->catalog.sessions[1];
    struct session *s = helper ? helper : r->session;
    struct err later = ERR_INIT;
    PGresult *found;
    bool sent = !helper || pg_send(helper, look_sql, err);
    bool good = sent && read_ranges(r, err);

    if (!good) {
        if (helper)
            pg_cancel(helper);
        PQclear(helper && sent ? pg_receive(helper, &later) : NULL);
        return false;
    }
    found = helper ? pg_receive(helper, err) : pg_query(s, look_sql, err);
    if (found)
        find_words(r, found);
    PQclear(found);
    return found || err_context(err, "while reading the catalog (columns)");
}

static bool describe(struct session *s, struct model *m, struct err *err)
{
    struct server_facts f;
    const char *now = NULL;

    if (!pg_facts(s, &m->arena, &f, err) ||
        !pg_value(s, "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
                  &m->arena, &now, err))
        return false;
    if (f.standby && !s->snapshot) /* with a snapshot that says it */
        log_info("%s: is a standby: read as of what it has replayed", s->label);
    m->flavor = ENGINE_PG;
    m->version = s->version;
    m->server_version = f.server_version;
    m->database = f.database;
    /* Without the moment of the server's start: the same server on another day. */
    m->server_id = arena_strndup(&m->arena, f.server_id, strcspn(f.server_id, "@"));
    m->taken_at = now;
    m->columns = s->columns;
    return true;
}

/* Queries that are asked by themselves: before the others, and after them. */
static bool is_auxiliary(const char *name)
{
    return strcmp(name, "range_end") == 0 || strcmp(name, "moved") == 0;
}

static bool read_queries(struct reading *r, struct err *err)
{
    bool good;

    open_helper(r->session, &r->catalog.sessions[1]);
    good = look_around(r, err);
    for (const struct sql_file *file = sql_postgres; good && file->name; file++)
        good = is_auxiliary(file->name) || add_query(r, file, err);
    good = good && catalog_run(&r->catalog, err);
    pg_close(r->catalog.sessions[1]);
    return good;
}

static bool read_all(struct session *s, struct model *m, bool *gone, struct err *err)
{
    struct reading r = {.session = s,
                        .facts = {.flavor = ENGINE_PG, .version = s->version},
                        .ranges = VEC_INIT(struct range_end),
                        .arena = ARENA_INIT};
    bool good;

    r.facts.words = r.words;
    catalog_init(&r.catalog, s, m);
    pg_probe_init(&r.probe);
    good = describe(s, m, err) && read_queries(&r, err) &&
           (!s->snapshot || pg_probe_positions(s, m, err)) && pg_probe_judge(&r.probe, m, err) &&
           pg_probe_moved(s, err);
    *gone = r.catalog.gone;
    catalog_release(&r.catalog);
    pg_probe_release(&r.probe);
    vec_release(&r.ranges);
    arena_release(&r.arena);
    return good;
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

    if (!pg_settings_pin(s, err))
        return false;
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
        if (!is_concurrent(err, gone) || log_cancelled() || PQstatus(s->conn) != CONNECTION_OK)
            return false;
        if (strcmp(err->sqlstate, "40001") == 0 && i == ATTEMPTS)
            return false; /* a standby: pg_error says what to do */
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
