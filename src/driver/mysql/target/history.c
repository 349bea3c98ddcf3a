#include "target.h"

#include <string.h>

/*
 * The history of runs, table dbtwin_run beside the mark: a row for each copy that was put into
 * place. New tables take the rows of the old one over.
 */
#define RUN_COLUMNS                                                                               \
    "started_at, finished_at, taken_at, source, source_id, position, n_tables, n_rows, n_bytes, " \
    "dbtwin, result"

static const char *literal(struct my_target *t, const char *text)
{
    return text ? my_target_literal(t, text) : "NULL";
}

bool my_history_write(struct my_target *t, const struct mark *m, struct err *err)
{
    bool former;
    if (!my_target_has_table(t, t->db, MY_RUN_TABLE, &former, err) ||
        !my_target_run(t, err,
                       "CREATE TABLE IF NOT EXISTS %s." MY_RUN_TABLE
                       " (n int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, started_at "
                       "varchar(32), finished_at varchar(32) NOT NULL, taken_at varchar(32), "
                       "source text, source_id text, position text, n_tables bigint unsigned, "
                       "n_rows bigint unsigned, n_bytes bigint unsigned, dbtwin varchar(64), "
                       "result mediumtext NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 "
                       "COLLATE=utf8mb4_bin COMMENT='made by dbtwin: its runs'",
                       t->q_shadow) ||
        !my_target_run(t, err, "DELETE FROM %s." MY_RUN_TABLE, t->q_shadow))
        return err_context(err, "while writing the history of runs");
    if (former && !my_target_run(t, err,
                                 "INSERT INTO %s." MY_RUN_TABLE " (" RUN_COLUMNS
                                 ") SELECT started_at, finished_at, taken_at, source, source_id, "
                                 "position, n_tables, n_rows, n_bytes, dbtwin, IF(result LIKE "
                                 "'" RUN_APPLYING "%%', CONCAT('" RUN_BROKEN
                                 "', result), result) FROM %s." MY_RUN_TABLE " ORDER BY n",
                                 t->q_shadow, t->q_db))
        return err_context(err, "while taking over the history of runs");
    return my_target_run(
               t, err,
               "INSERT INTO %s." MY_RUN_TABLE " (" RUN_COLUMNS
               ") VALUES (%s, DATE_FORMAT(UTC_TIMESTAMP(), '%%Y-%%m-%%dT%%H:%%i:%%SZ'), %s, %s, "
               "%s, %s, %llu, %llu, %llu, %s, %s)",
               t->q_shadow, literal(t, m->started_at), literal(t, m->taken_at),
               literal(t, m->source_label), literal(t, m->source_id), literal(t, m->position),
               (unsigned long long)m->tables, (unsigned long long)m->rows,
               (unsigned long long)m->bytes, literal(t, m->version),
               literal(t, mark_outcome(m, &t->arena))) ||
           err_context(err, "while writing the history of runs");
}

bool my_history_add_rollback(struct my_target *t, struct err *err)
{
    bool there;
    if (!my_target_has_table(t, t->db, MY_RUN_TABLE, &there, err) || !there)
        return !err_is_set(err);
    return my_target_run(t, err,
                         "INSERT INTO %s." MY_RUN_TABLE " (" RUN_COLUMNS
                         ") SELECT started_at, DATE_FORMAT(UTC_TIMESTAMP(), "
                         "'%%Y-%%m-%%dT%%H:%%i:%%SZ'), taken_at, source, source_id, position, "
                         "n_tables, n_rows, n_bytes, dbtwin, 'rolled back' FROM %s." MY_RUN_TABLE
                         " ORDER BY n DESC LIMIT 1",
                         t->q_db, t->q_db);
}

static void add_literal(struct buf *sql, const char *text)
{
    buf_adds(sql, ", ");
    if (text)
        my_quote_text(sql, text, strlen(text));
    else
        buf_adds(sql, "NULL");
}

/* A failure every minute must neither fill the history nor push the copies out of it. */
#define FAILURES_KEPT "100"

/* Its column is short in tables of earlier versions. */
static bool add_failure(struct my_session *s, const struct past_run *r, struct err *err)
{
    struct buf sql = BUF_INIT;
    buf_adds(&sql,
             "INSERT INTO " MY_RUN_TABLE " (finished_at, n_tables, n_bytes, n_rows, started_at, "
             "taken_at, source, source_id, dbtwin, result) VALUES "
             "(DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%dT%H:%i:%sZ'), 0, 0");
    buf_addf(&sql, ", %llu", (unsigned long long)r->rows);
    add_literal(&sql, r->started_at);
    add_literal(&sql, r->taken_at);
    add_literal(&sql, r->source);
    add_literal(&sql, r->source_id);
    add_literal(&sql, r->version);
    add_literal(&sql, r->result);
    buf_addch(&sql, ')');
    bool good =
        my_conn_run(s, "ALTER TABLE " MY_RUN_TABLE " MODIFY result mediumtext NOT NULL", err) &&
        my_conn_run(s, sql.data, err) &&
        my_conn_run(s,
                    "DELETE FROM " MY_RUN_TABLE " WHERE result LIKE 'failed: %' AND n NOT "
                    "IN (SELECT n FROM (SELECT n FROM " MY_RUN_TABLE " WHERE result LIKE "
                    "'failed: %' ORDER BY n DESC LIMIT " FAILURES_KEPT ") k)",
                    err);
    buf_release(&sql);
    return good;
}

bool my_history_failed(const struct endpoint *e, const struct past_run *r, struct err *err)
{
    struct session *session = NULL;
    struct arena a = ARENA_INIT;
    const char *tables = NULL, *role = NULL;
    bool good = my_conn_open(e, DRIVER_TARGET, NULL, NULL, &session, err);
    struct my_session *s = good ? my_session(session) : NULL;
    good = good && my_conn_run(s, "SET SESSION lock_wait_timeout=2", err) &&
           my_conn_value(s,
                         "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                         "DATABASE() AND TABLE_NAME IN ('" MY_MARK_TABLE "', '" MY_RUN_TABLE "')",
                         &a, &tables, err);
    if (good && str_eq(tables, "2"))
        good = my_conn_value(s, "SELECT v FROM " MY_MARK_TABLE " WHERE k = 'role'", &a, &role, err);
    if (good && str_eq(role, "copy"))
        good = add_failure(s, r, err);
    my_conn_close(session);
    arena_release(&a);
    return good;
}

bool my_history_journal(struct session *session, const struct past_run *r, struct err *err)
{
    struct my_session *s = my_session(session);
    struct buf sql = BUF_INIT;
    struct arena a = ARENA_INIT;
    const char *there = NULL;
    bool good = my_conn_value(s,
                              "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                              "DATABASE() AND TABLE_NAME = '" MY_RUN_TABLE "'",
                              &a, &there, err);
    good = good && str_eq(there, "1") ? add_failure(s, r, err) : good;
    if (good && str_eq(there, "1") && !str_starts(r->result, RUN_KEPT)) {
        buf_adds(&sql, "DELETE FROM " MY_RUN_TABLE " WHERE result LIKE '" RUN_APPLYING
                       "%' AND n < (SELECT n FROM (SELECT MAX(n) AS n FROM " MY_RUN_TABLE
                       ") k) AND started_at = ");
        my_quote_text(&sql, r->started_at, strlen(r->started_at));
        good = my_conn_run(s, sql.data, err);
        buf_reset(&sql);
        buf_adds(&sql, "UPDATE " MY_RUN_TABLE " SET result = CONCAT('" RUN_BROKEN
                       "', result) WHERE result LIKE '" RUN_APPLYING "%' AND started_at <> ");
        my_quote_text(&sql, r->started_at, strlen(r->started_at));
        good = good && my_conn_run(s, sql.data, err);
        if (good && str_starts(r->result, RUN_APPLIED))
            good = my_conn_run(s, "DELETE FROM " MY_RUN_TABLE " WHERE result LIKE '" RUN_KEPT "%'",
                               err);
    }
    buf_release(&sql);
    arena_release(&a);
    return good;
}

struct reading {
    struct arena *a;
    struct vec *ret;
};

static bool run_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                    struct err *err)
{
    struct reading *reading = ctx;
    struct arena *a = reading->a;
    struct past_run r = {.started_at = arena_strdup(a, v[0]),
                         .finished_at = arena_strdup(a, v[1]),
                         .taken_at = arena_strdup(a, v[2]),
                         .source = arena_strdup(a, v[3]),
                         .source_id = arena_strdup(a, v[4]),
                         .position = arena_strdup(a, v[5]),
                         .version = arena_strdup(a, v[9]),
                         .result = arena_strdup(a, v[10])};
    uint64_t *numbers[] = {&r.tables, &r.rows, &r.bytes};
    (void)n, (void)lengths, (void)err;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        if (v[6 + i])
            str_parse_u64(v[6 + i], numbers[i]);
    VEC_PUSH(reading->ret, struct past_run, r);
    return true;
}

bool my_history(struct session *s, struct arena *a, struct vec *ret, struct err *err)
{
    struct reading reading = {a, ret};
    const char *there = NULL;
    return my_conn_value(my_session(s),
                         "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                         "DATABASE() AND TABLE_NAME = '" MY_RUN_TABLE "'",
                         a, &there, err) &&
           (str_eq(there, "0") ||
            my_conn_rows(s, "SELECT " RUN_COLUMNS " FROM " MY_RUN_TABLE " ORDER BY n DESC", run_row,
                         &reading, err));
}

bool my_noted(struct session *session, const char *key, struct arena *a, const char **ret,
              struct err *err)
{
    struct my_session *s = my_session(session);
    const char *there = NULL;
    struct buf sql = BUF_INIT;
    *ret = NULL;
    if (!my_conn_value(s,
                       "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                       "DATABASE() AND TABLE_NAME = '" MY_MARK_TABLE "'",
                       a, &there, err))
        return false;
    if (str_eq(there, "0"))
        return true;
    buf_adds(&sql, "SELECT v FROM " MY_MARK_TABLE " WHERE k = ");
    my_quote_text(&sql, key, strlen(key));
    bool good = my_conn_value(s, sql.data, a, ret, err);
    buf_release(&sql);
    return good;
}
