#include "target.h"

#include <inttypes.h>
#include <string.h>

/*
 * The history of runs, table dbtwin.run beside the mark: a row for each copy that was put into
 * place. A new database takes the rows of the old one over, up to RUNS_KEPT.
 */
#define RUN_COLUMNS                                                                              \
    "started_at, finished_at, taken_at, source, source_id, position, n_tables, n_rows, n_bytes," \
    " dbtwin, result"
/* Times have whole seconds; rows are only ever appended, so ctid says what came later. */
#define NEWEST_FIRST " ORDER BY finished_at DESC, ctid DESC"
enum { RUNS_KEPT = 1000 };

static bool has_table(struct session *s, const char *table, bool *ret, struct err *err)
{
    PGresult *res =
        pg_query_params(s,
                        "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
                        " ON n.oid = c.relnamespace WHERE n.nspname = 'dbtwin'"
                        " AND c.relname = $1 AND c.relkind = 'r'",
                        1, &table, err);
    if (!res)
        return false;
    *ret = PQntuples(res) > 0;
    PQclear(res);
    return true;
}

static void add_value(struct buf *sql, const char *value)
{
    buf_adds(sql, sql->data[sql->len - 1] == '(' ? "" : ", ");
    if (value)
        pg_add_literal(sql, value);
    else
        buf_adds(sql, "NULL");
}

/* Former rows as INSERTs; texts, so that one session's rows fit into another's statement. */
static bool add_former(struct session *old, struct buf *sql, struct err *err)
{
    bool there = false;
    char text[512];
    if (!has_table(old, "run", &there, err) || !there)
        return !err_is_set(err);
    snprintf(
        text, sizeof text,
        "SELECT started_at, finished_at, taken_at, source, source_id, position, n_tables, n_rows,"
        " n_bytes, dbtwin, CASE WHEN result LIKE '" RUN_APPLYING "%%' THEN '" RUN_BROKEN
        "' || result ELSE result END FROM (SELECT *, pg_catalog.row_number() OVER (" NEWEST_FIRST
        ") AS age FROM dbtwin.run) r WHERE age <= %d ORDER BY age DESC",
        RUNS_KEPT - 1);
    PGresult *res = pg_query(old, text, err);
    if (!res)
        return false;
    for (int i = 0; i < PQntuples(res); i++) {
        buf_adds(sql, "; INSERT INTO dbtwin.run (" RUN_COLUMNS ") VALUES (");
        for (int k = 0; k < PQnfields(res); k++)
            add_value(sql, PQgetisnull(res, i, k) ? NULL : PQgetvalue(res, i, k));
        buf_addch(sql, ')');
    }
    PQclear(res);
    return true;
}

bool pg_history_add(struct target *t, const struct mark *m, struct buf *sql, struct err *err)
{
    struct session *old = NULL;
    bool good = true;
    buf_adds(sql, "; DROP TABLE IF EXISTS dbtwin.run; CREATE TABLE dbtwin.run (started_at text,"
                  " finished_at text NOT NULL, taken_at text, source text, source_id text,"
                  " position text, n_tables bigint, n_rows bigint, n_bytes bigint, dbtwin text,"
                  " result text NOT NULL); GRANT SELECT ON dbtwin.run TO PUBLIC");
    if (t->oid) {
        good = pg_target_connect(t, t->name, DRIVER_SOURCE, &old, err) && add_former(old, sql, err);
        pg_close(old);
    }
    if (!good)
        return err_context(err, "while reading the history of runs (table dbtwin.run)");
    buf_adds(sql, "; INSERT INTO dbtwin.run (" RUN_COLUMNS ") VALUES (");
    add_value(sql, m->started_at);
    buf_adds(sql, ", pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC',"
                  " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
    add_value(sql, m->taken_at);
    add_value(sql, m->source_label);
    add_value(sql, m->source_id);
    add_value(sql, m->position);
    buf_addf(sql, ", %" PRIu64 ", %" PRIu64 ", %" PRIu64, m->tables, m->rows, m->bytes);
    add_value(sql, m->version);
    add_value(sql, mark_outcome(m, &t->arena));
    buf_addch(sql, ')');
    return true;
}

bool pg_history_add_rollback(struct session *s, struct err *err)
{
    bool there = false;
    if (!has_table(s, "run", &there, err) || !there)
        return !err_is_set(err);
    return pg_run(s,
                  "INSERT INTO dbtwin.run (" RUN_COLUMNS ") SELECT started_at,"
                  " pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC',"
                  " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), taken_at, source, source_id, position,"
                  " n_tables, n_rows, n_bytes, dbtwin, 'rolled back' FROM dbtwin.run" NEWEST_FIRST
                  " LIMIT 1",
                  err);
}

/* A failure every minute must neither fill the history nor push the copies out of it. */
enum { FAILURES_KEPT = 100 };

bool pg_history_failed(const struct endpoint *e, const struct past_run *r, struct err *err)
{
    struct session *s = NULL;
    struct target_facts f = {0};
    struct buf sql = BUF_INIT;
    bool there = false;
    bool good = pg_open(e, DRIVER_TARGET, NULL, &s, err) &&
                pg_run(s, "SET lock_timeout = '2s'", err) && pg_mark_read(s, &s->arena, &f, err) &&
                (f.mark != MARK_COPY || has_table(s, "run", &there, err));
    if (good && there) {
        buf_adds(&sql, "INSERT INTO dbtwin.run (" RUN_COLUMNS ") VALUES (");
        add_value(&sql, r->started_at);
        buf_adds(&sql, ", pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC',"
                       " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
        add_value(&sql, r->taken_at);
        add_value(&sql, r->source);
        add_value(&sql, r->source_id);
        buf_addf(&sql, ", NULL, 0, %" PRIu64 ", 0", r->rows);
        add_value(&sql, r->version);
        add_value(&sql, r->result);
        buf_addf(&sql,
                 "); DELETE FROM dbtwin.run WHERE result LIKE 'failed: %%' AND ctid NOT IN (SELECT"
                 " ctid FROM dbtwin.run WHERE result LIKE 'failed: %%'" NEWEST_FIRST " LIMIT %d)",
                 FAILURES_KEPT);
        good = pg_run(s, sql.data, err);
    }
    buf_release(&sql);
    pg_close(s);
    return good;
}

bool pg_history_journal(struct session *s, const struct past_run *r, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool there = false;
    if (!has_table(s, "run", &there, err) || !there)
        return !err_is_set(err);
    buf_adds(&sql, "BEGIN; SET LOCAL lock_timeout = '2s'; DELETE FROM dbtwin.run WHERE result LIKE"
                   " '" RUN_APPLYING "%' AND started_at = ");
    pg_add_literal(&sql, r->started_at);
    buf_adds(&sql, "; UPDATE dbtwin.run SET result = '" RUN_BROKEN "' || result WHERE result LIKE"
                   " '" RUN_APPLYING "%'");
    buf_adds(&sql, "; INSERT INTO dbtwin.run (" RUN_COLUMNS ") VALUES (");
    add_value(&sql, r->started_at);
    buf_adds(&sql, ", pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC',"
                   " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), NULL");
    add_value(&sql, r->source);
    add_value(&sql, r->source_id);
    buf_adds(&sql, ", NULL, 0, 0, 0");
    add_value(&sql, r->version);
    add_value(&sql, r->result);
    buf_adds(&sql, "); COMMIT");
    bool good = pg_run(s, sql.data, err);
    buf_release(&sql);
    return good;
}

bool pg_history(struct session *s, struct arena *a, struct vec *ret, struct err *err)
{
    bool there = false;
    if (!has_table(s, "run", &there, err) || !there)
        return !err_is_set(err);
    PGresult *res = pg_query(s, "SELECT " RUN_COLUMNS " FROM dbtwin.run" NEWEST_FIRST, err);
    for (int i = 0; res && i < PQntuples(res); i++) {
        struct past_run r = {0};
        const char **texts[] = {&r.started_at, &r.finished_at, &r.taken_at, &r.source,
                                &r.source_id,  &r.position,    NULL,        NULL,
                                NULL,          &r.version,     &r.result};
        uint64_t *numbers[] = {&r.tables, &r.rows, &r.bytes};
        for (int k = 0; k < (int)ARRAY_LEN(texts); k++)
            if (texts[k])
                *texts[k] = PQgetisnull(res, i, k) ? NULL : arena_strdup(a, PQgetvalue(res, i, k));
        for (int k = 0; k < (int)ARRAY_LEN(numbers); k++)
            str_parse_u64(PQgetvalue(res, i, 6 + k), numbers[k]);
        VEC_PUSH(ret, struct past_run, r);
    }
    PQclear(res);
    return res != NULL;
}

bool pg_noted(struct session *s, const char *key, struct arena *a, const char **ret,
              struct err *err)
{
    bool there = false;
    *ret = NULL;
    if (!has_table(s, "mark", &there, err) || !there)
        return !err_is_set(err);
    PGresult *res =
        pg_query_params(s, "SELECT value FROM dbtwin.mark WHERE key = $1", 1, &key, err);
    if (res && PQntuples(res) > 0 && !PQgetisnull(res, 0, 0))
        *ret = arena_strdup(a, PQgetvalue(res, 0, 0));
    PQclear(res);
    return res != NULL;
}
