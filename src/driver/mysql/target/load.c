#include "../source/data.h"

#include <dbtwin/log.h>

#include <errmsg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a session that loads knows about its server; in my_session.data, lives in its arena. */
struct load_state {
    bool no_local; /* the server or the library refuses LOAD DATA LOCAL */
    bool bulk;     /* both know bulk statements */
};

/* ---- the session --------------------------------------------------------------------------- */

/* Welcome but not needed: a refusal is no error. */
static bool load_try(struct my_session *s, const char *sql, struct err *err)
{
    struct err tried = ERR_INIT;
    if (my_conn_run(s, sql, &tried))
        return true;
    if (tried.cls == ERR_CONNECTION || tried.cls == ERR_INTERRUPTED) {
        *err = tried;
        return false;
    }
    log_debug("%s: %s: %s", s->label, sql, tried.msg);
    return true;
}

bool my_load_prepare(struct my_session *s, struct err *err)
{
    const char *local;
    if (s->data)
        return true;
    /* unique_checks stays 1: 0 would put MariaDB on the bulk path, slower with its stock buffer. */
    if (!my_conn_run(s, "SET SESSION foreign_key_checks=0, unique_checks=1", err) ||
        !load_try(s, "SET SESSION sql_log_bin=0", err))
        return false;
    if (s->flavor == ENGINE_MA) {
        if (!load_try(s, "SET SESSION check_constraint_checks=0", err) ||
            !load_try(s, "SET SESSION system_versioning_alter_history=KEEP", err))
            return false;
    } else if (!load_try(s, "SET SESSION innodb_ddl_buffer_size=67108864", err)) {
        return false;
    }
    if (!my_conn_value(s, "SELECT @@GLOBAL.local_infile", &s->arena, &local, err))
        return false;
    struct load_state *state = arena_new(&s->arena, struct load_state);
    state->no_local = str_eq(local, "0");
    state->bulk = my_bulk_can(s);
    s->data = state;
    return true;
}

bool my_load_is_slow(const struct my_session *s)
{
    const struct load_state *state = s->data;
    return state && state->no_local && !state->bulk;
}

/* ---- LOAD DATA LOCAL reads from us --------------------------------------------------------- */

struct infile {
    struct reader *in;
    struct slice block;
    size_t at;
    uint64_t rows;
    bool asked;  /* the server wanted the rows */
    bool failed; /* err is set */
    struct err *err;
};

static int infile_init(void **ptr, const char *file, void *userdata)
{
    (void)file;
    *ptr = userdata;
    ((struct infile *)userdata)->asked = true;
    return 0;
}

static int infile_read(void *ptr, char *buf, unsigned n)
{
    struct infile *f = ptr;
    size_t got = 0;

    while (got < n && !f->failed) {
        if (f->at == f->block.len) {
            int more = log_cancelled() ? -1 : reader_next(f->in, &f->block, f->err);
            f->at = 0;
            if (more <= 0) {
                f->block.len = 0;
                f->failed = more < 0;
                break;
            }
            f->rows += str_newlines(f->block);
        }
        size_t part = f->block.len - f->at < n - got ? f->block.len - f->at : n - got;
        memcpy(buf + got, f->block.data + f->at, part);
        f->at += part;
        got += part;
    }
    if (f->failed) {
        if (!err_is_set(f->err))
            err_set(f->err, ERR_INTERRUPTED, "interrupted");
        return -1;
    }
    return (int)got;
}

static void infile_end(void *ptr)
{
    (void)ptr;
}

static int infile_error(void *ptr, char *msg, unsigned n)
{
    (void)ptr;
    if (n)
        msg[0] = 0;
    return CR_UNKNOWN_ERROR;
}

/* ---- the statement ------------------------------------------------------------------------- */

static void load_sql(const struct chunk *c, struct buf *sql)
{
    const struct projection *p = c->projection;
    bool any = false;

    buf_adds(sql, "LOAD DATA LOCAL INFILE 'dbtwin' INTO TABLE ");
    my_quote_name(sql, p->table->name);
    buf_adds(sql, " CHARACTER SET binary FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' "
                  "LINES TERMINATED BY '\\n' (");
    for (uint32_t i = 0; i < p->n_columns; i++) {
        if (i)
            buf_adds(sql, ", ");
        if (p->columns[i].store)
            buf_addf(sql, "@v%u", i);
        else
            my_quote_name(sql, p->columns[i].column->name);
    }
    buf_adds(sql, p->n_columns ? ")" : "@v)");
    for (uint32_t i = 0; i < p->n_columns; i++) {
        const char *store = p->columns[i].store;
        if (!store)
            continue;
        buf_adds(sql, any ? ", " : " SET ");
        any = true;
        my_quote_name(sql, p->columns[i].column->name);
        buf_adds(sql, " = ");
        const char *hole = strstr(store, "%s");
        buf_add(sql, store, hole ? (size_t)(hole - store) : strlen(store));
        if (hole)
            buf_addf(sql, "@v%u%s", i, hole + 2);
    }
}

/* "Records: 3  Deleted: 0  Skipped: 0  Warnings: 0" */
static bool load_info(struct my_session *s, uint64_t *ret_skipped, uint64_t *ret_warnings)
{
    const char *info = mysql_info(s->db), *skipped, *warnings;
    if (!info || !(skipped = strstr(info, "Skipped: ")) || !(warnings = strstr(info, "Warnings: ")))
        return false;
    *ret_skipped = strtoull(skipped + 9, NULL, 10);
    *ret_warnings = strtoull(warnings + 10, NULL, 10);
    return true;
}

static bool warning_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                        struct err *err)
{
    (void)lengths, (void)err;
    if (n >= 3)
        buf_addf(ctx, "%s%s (%s)", ((struct buf *)ctx)->len ? "; " : "", v[2] ? v[2] : "",
                 v[1] ? v[1] : "");
    return true;
}

bool my_load_warnings(struct my_session *s, const char *table, struct err *err)
{
    struct buf text = BUF_INIT;
    unsigned n = mysql_warning_count(s->db);
    if (my_conn_rows((struct session *)(void *)s, "SHOW WARNINGS LIMIT 3", warning_row, &text,
                     err)) {
        err_set(err, ERR_RUNTIME,
                "%s: the server stored rows of table %s differently than sent: %s%s", s->label,
                table, text.len ? text.data : "no text given", n > 3 ? " …" : "");
        err_hint(err, "no row was kept; the column's type or the server's settings differ from the "
                      "source's, or the value is not valid in it");
    }
    buf_release(&text);
    return false;
}

static bool is_local_refused(unsigned n)
{
    return n == 1148 || n == 3948 || n == 4166 || n == CR_UNKNOWN_ERROR + 68 /* 2068 */;
}

/* 1 done; 0 LOCAL is refused, and nothing was read; -1 error. */
static int load_local(struct my_session *s, const struct chunk *c, struct reader *in,
                      uint64_t *ret_rows, struct err *err)
{
    const char *table = c->projection->table->name;
    struct err reading = ERR_INIT;
    struct infile f = {.in = in, .err = &reading};
    struct buf sql = BUF_INIT;
    uint64_t skipped = 0, warnings = 0;

    load_sql(c, &sql);
    my_conn_infile(s, infile_init, infile_read, infile_end, infile_error, &f);
    bool good = my_conn_query(s, sql.data, sql.len, err);
    uint64_t rows = good ? (uint64_t)mysql_affected_rows(s->db) : 0;
    bool counted = good && load_info(s, &skipped, &warnings);
    my_conn_no_infile(s);
    buf_release(&sql);
    if (f.failed) {
        *err = reading;
        return -1;
    }
    if (!good && !f.asked && is_local_refused((unsigned)err->native)) {
        err_clear(err);
        return 0;
    }
    if (!good)
        return -1;
    if (!counted || warnings || skipped) {
        my_load_warnings(s, table, err);
        return -1;
    }
    if (rows != f.rows) {
        err_set(err, ERR_RUNTIME, "%s: table %s: %llu rows were sent and %llu stored", s->label,
                table, (unsigned long long)f.rows, (unsigned long long)rows);
        return -1;
    }
    *ret_rows = rows;
    return 1;
}

/* LOAD DATA works an expression with a subquery out for its first row only. */
static bool is_typed(const struct projection *p)
{
    for (uint32_t i = 0; i < p->n_columns; i++)
        if (p->columns[i].typed)
            return true;
    return false;
}

static bool load_plain(struct my_session *s, const struct chunk *c, struct reader *in,
                       uint64_t *ret_rows, struct err *err)
{
    struct load_state *state = s->data;
    if (!state->no_local && !is_typed(c->projection)) {
        int done = load_local(s, c, in, ret_rows, err);
        if (done)
            return done > 0;
        state->no_local = true;
        log_debug("%s: LOAD DATA LOCAL was refused: rows go as INSERTs", s->label);
    }
    return my_insert(s, c, in, ret_rows, err);
}

static bool load_large(struct my_session *s, const struct chunk *c, struct slice row,
                       uint64_t *ret_rows, struct err *err)
{
    struct reader *in = reader_memory(row.data, row.len);
    bool good = load_plain(s, c, in, ret_rows, err);
    reader_close(in);
    return good;
}

static bool load_rows(struct my_session *s, const struct chunk *c, struct reader *in,
                      uint64_t *ret_rows, struct err *err)
{
    const struct load_state *state = s->data;
    if (state->bulk && c->projection->n_columns)
        return my_bulk(s, c, in, load_large, ret_rows, err);
    return load_plain(s, c, in, ret_rows, err);
}

bool my_load(struct session *session, const struct chunk *c, struct reader *in, uint64_t *ret_rows,
             struct err *err)
{
    struct my_session *s = my_session(session);
    struct err ignored = ERR_INIT;
    struct reader_ahead ahead;
    uint64_t rows = 0;

    if (s->role != DRIVER_TARGET)
        return err_set(err, ERR_REFUSED, "%s: a source is never written to", s->label);
    int any = reader_ahead(&ahead, in, err);
    if (any < 0)
        return err_context(err, "while loading table %s", c->projection->table->name);
    if (!any && !c->note) {
        *ret_rows = 0;
        return true;
    }
    if (my_load_prepare(s, err) && my_conn_run(s, "START TRANSACTION", err) &&
        load_rows(s, c, &ahead.base, &rows, err) && my_note_load(s, c->note, rows, err) &&
        my_conn_run(s, "COMMIT", err)) {
        *ret_rows = rows;
        return true;
    }
    if (err->cls != ERR_CONNECTION)
        my_conn_run(s, "ROLLBACK", &ignored);
    return err_context(err, "while loading table %s", c->projection->table->name);
}

/* ---- statistics ---------------------------------------------------------------------------- */

struct analyzed {
    struct buf problem;
};

static bool analyze_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                        struct err *err)
{
    struct analyzed *a = ctx;
    (void)lengths, (void)err;
    if (n >= 4 && v[2] && v[3] && !strcasecmp(v[2], "error") && !a->problem.len)
        buf_adds(&a->problem, v[3]);
    return true;
}

bool my_load_analyze(struct session *session, const struct object *table, struct err *err)
{
    struct my_session *s = my_session(session);
    struct analyzed a = {.problem = BUF_INIT};
    struct buf sql = BUF_INIT;

    buf_adds(&sql, "ANALYZE NO_WRITE_TO_BINLOG TABLE ");
    my_quote_name(&sql, table->name);
    bool good = my_conn_rows(session, sql.data, analyze_row, &a, err);
    if (good && a.problem.len)
        good = err_set(err, ERR_RUNTIME, "%s: ANALYZE of %s: %s", s->label, table->name,
                       a.problem.data);
    buf_release(&sql);
    buf_release(&a.problem);
    return good;
}
