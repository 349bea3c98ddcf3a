#include "data.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <dbtwin/log.h>

/* ---- COPY TO STDOUT as a reader --------------------------------------------------------- */

/*
 * libpq gives one row at a time. Rows are gathered until a block is worth passing on; a row that is
 * a block by itself is passed on as libpq made it, so that memory is bound by the largest row.
 */
enum { BLOCK_GOOD = 64 * 1024, BLOCK_FULL = 128 * 1024, TICK_MS = 200 };

struct scan {
    struct reader base;
    struct arena arena;
    struct session *s;
    struct buf block;
    char *given;    /* a row that the puller is looking at, libpq's */
    char *big;      /* a row that comes after the block, libpq's */
    size_t big_len; /* its length */
    bool ended;     /* the server said that all rows were sent, and the session is idle */
};

/* Waits for more to arrive. */
static bool more(struct scan *c, struct err *err)
{
    struct pollfd p = {.fd = PQsocket(c->s->conn), .events = POLLIN};

    while (poll(&p, 1, TICK_MS) <= 0)
        if (log_cancelled())
            return err_set(err, ERR_INTERRUPTED, "%s: interrupted", c->s->label);
    return PQconsumeInput(c->s->conn) || pg_error(c->s, NULL, err);
}

/* The command tag has the number of rows. */
static bool finish(struct scan *c, struct err *err)
{
    struct err later = ERR_INIT;
    PGresult *res = NULL;
    bool good;

    c->ended = true;
    good = pg_next_result(c->s, &res, err);
    if (good && (!res || PQresultStatus(res) != PGRES_COMMAND_OK))
        good = pg_error(c->s, res, err);
    else if (good && !str_parse_u64(PQcmdTuples(res), &c->s->scanned))
        good =
            err_set(err, ERR_RUNTIME, "%s: the server did not count the rows it gave", c->s->label);
    PQclear(res);
    if (pg_drain(c->s, good ? err : &later) && good)
        return true;
    pg_data_explain(c->s, err);
    return false;
}

/* Gathers rows into the block. 1 go on, 0 the block is to be given (or all is read), -1 error. */
static int gather(struct scan *c, struct err *err)
{
    char *row;
    int n = PQgetCopyData(c->s->conn, &row, 1);

    if (n > 0 && n >= BLOCK_FULL) {
        c->big = row;
        c->big_len = (size_t)n;
        return 0;
    }
    if (n > 0) {
        buf_add(&c->block, row, (size_t)n);
        PQfreemem(row);
        return c->block.len < BLOCK_FULL;
    }
    if (n == 0) /* nothing there now */
        return c->block.len >= BLOCK_GOOD ? 0 : more(c, err) ? 1 : -1;
    if (n == -1)
        return finish(c, err) ? 0 : -1;
    pg_error(c->s, NULL, err);
    return -1;
}

static int scan_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct scan *c = (struct scan *)r;
    int go = 1;

    PQfreemem(c->given);
    c->given = NULL;
    buf_reset(&c->block);
    if (log_cancelled()) {
        err_set(err, ERR_INTERRUPTED, "%s: interrupted", c->s->label);
        return -1;
    }
    while (go > 0 && !c->big && !c->ended)
        go = gather(c, err);
    if (go < 0)
        return -1;
    if (c->block.len) {
        *ret = buf_slice(&c->block);
        return 1;
    }
    if (!c->big)
        return 0;
    c->given = c->big;
    c->big = NULL;
    *ret = (struct slice){c->given, c->big_len};
    return 1;
}

static void scan_close(struct reader *r)
{
    struct scan *c = (struct scan *)r;
    struct err later = ERR_INIT;

    if (!c->ended) {
        pg_cancel(c->s);
        pg_drain(c->s, &later);
    }
    PQfreemem(c->given);
    PQfreemem(c->big);
    buf_release(&c->block);
    struct arena arena = c->arena; /* the reader itself is in it */
    arena_release(&arena);
}

static const struct reader_ops scan_ops = {scan_next, scan_close};

/* ---- starting --------------------------------------------------------------------------- */

/* Up to the COPY: 1 it runs, 0 a statement before it answered no, -1 error. */
static int start(struct session *s, const char *sql, struct err *err)
{
    bool yes = true;
    PGresult *res;

    if (!PQsendQuery(s->conn, sql)) {
        pg_error(s, NULL, err);
        return -1;
    }
    for (;;) {
        if (!pg_next_result(s, &res, err))
            return -1;
        ExecStatusType st = res ? PQresultStatus(res) : PGRES_FATAL_ERROR;
        if (st == PGRES_TUPLES_OK)
            yes = PQntuples(res) == 1 && PQgetvalue(res, 0, 0)[0] == 't';
        else if (st != PGRES_COMMAND_OK && st != PGRES_COPY_OUT)
            pg_error(s, res, err);
        PQclear(res);
        if (st == PGRES_COPY_OUT)
            return yes;
        if (st != PGRES_TUPLES_OK && st != PGRES_COMMAND_OK)
            return -1;
    }
}

bool pg_data_copy_out(struct session *s, const char *sql, bool *ret_refused, struct reader **ret,
                      struct err *err)
{
    struct arena arena = ARENA_INIT; /* the reader lives in its own */
    struct err later = ERR_INIT;
    struct scan *c;
    int got = start(s, sql, err);

    *ret_refused = got == 0;
    if (got < 0) {
        pg_drain(s, &later);
        pg_data_explain(s, err);
        return false;
    }
    c = arena_new(&arena, struct scan);
    c->arena = arena;
    c->base.ops = &scan_ops;
    c->s = s;
    buf_init(&c->block);
    if (got == 0) {
        scan_close(&c->base);
        return false;
    }
    *ret = &c->base;
    return true;
}

static void add_extension_rows(const struct object *o, struct buf *sql)
{
    const char *columns = model_get(o, P_EXTENSION_ROWS_COLUMNS);
    const char *condition = model_get(o, P_EXTENSION_ROWS_CONDITION);
    struct buf name = BUF_INIT;

    buf_adds(sql, "SELECT ");
    if (model_yes(o, P_EXTENSION_ROWS_SEQUENCE))
        buf_adds(sql, "last_value, is_called");
    for (const char *p = model_yes(o, P_EXTENSION_ROWS_SEQUENCE) ? NULL : columns; p && *p;) {
        size_t len = strcspn(p, "\n");
        buf_reset(&name);
        buf_add(&name, p, len);
        buf_adds(sql, p == columns ? "" : ", ");
        pg_add_ident(sql, name.data);
        p += len + (p[len] != '\0');
    }
    buf_addf(sql, " FROM %s %s", o->name, condition ? condition : "");
    buf_release(&name);
}

/* ---- a chunk ---------------------------------------------------------------------------- */

/* Whether the plain table can be named: no condition, and nothing is masked. */
static bool is_plain(const struct chunk *c)
{
    const struct projection *p = c->projection;

    return !c->condition && p->n_columns > 0 && p->table->kind->id == K_TABLE &&
           !pg_data_is_partitioned(p->table) && pg_data_is_plain(p);
}

/*
 * A snapshot does not hide what TRUNCATE and rewriting ALTER TABLEs did after it was taken: the
 * table just looks empty (https://www.postgresql.org/docs/current/mvcc-caveats.html). So once it is
 * locked, its file must be the one that the snapshot's catalog names.
 */
static void add_guard(struct buf *sql, const struct object *table)
{
    struct buf name = BUF_INIT, only = BUF_INIT;

    pg_add_qualified(&name, table);
    pg_data_add_only(&only, table);
    buf_addf(sql, "LOCK TABLE %s IN ACCESS SHARE MODE;", only.data);
    buf_adds(sql, "SELECT pg_catalog.bool_and(coalesce(c.relfilenode ="
                  " pg_catalog.pg_relation_filenode(c.oid), c.relkind = 'p'))"
                  " FROM pg_catalog.pg_class c WHERE c.oid ");
    if (pg_data_is_partitioned(table))
        buf_adds(sql, "IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(");
    else
        buf_adds(sql, "= (SELECT (");
    buf_adds(sql, "pg_catalog.to_regclass(");
    pg_add_literal(sql, name.data);
    buf_adds(sql, pg_data_is_partitioned(table) ? ")) t);" : ")));");
    buf_release(&only);
    buf_release(&name);
}

static void add_select(struct session *s, const struct chunk *c, struct buf *sql)
{
    const struct projection *p = c->projection;

    if (p->table->kind->id == K_LARGE_OBJECTS) {
        pg_large_add_select(s, c, sql);
        return;
    }
    if (p->table->kind->id == K_EXTENSION_ROWS) {
        add_extension_rows(p->table, sql);
        return;
    }
    buf_adds(sql, "SELECT ");
    for (uint32_t i = 0; i < p->n_columns; i++)
        buf_addf(sql, "%s%s", i ? ", " : "", p->columns[i].read);
    buf_adds(sql, " FROM ");
    pg_data_add_only(sql, p->table);
    if (c->condition)
        buf_addf(sql, " WHERE %s", c->condition);
}

uint64_t pg_scanned(const struct session *s)
{
    return s->scanned;
}

bool pg_scan(struct session *s, const struct chunk *c, struct reader **ret, struct err *err)
{
    const struct object *table = c->projection->table;
    struct buf sql = BUF_INIT;
    bool refused = false, good;

    s->scanned = 0;
    if (!pg_settings_pin(s, err) || (!is_plain(c) && !pg_names_read(s, table, err)))
        return false;
    if (s->snapshot && table->kind->id == K_TABLE)
        add_guard(&sql, table);
    buf_adds(&sql, "COPY ");
    if (is_plain(c)) {
        pg_add_qualified(&sql, table);
        pg_data_add_columns(&sql, c->projection);
    } else {
        buf_addch(&sql, '(');
        add_select(s, c, &sql);
        buf_addch(&sql, ')');
    }
    buf_adds(&sql, " TO STDOUT WITH (");
    pg_data_add_format(&sql, s, c);
    buf_addch(&sql, ')');
    good = pg_data_copy_out(s, sql.data, &refused, ret, err);
    buf_release(&sql);
    if (refused) {
        err_set(err, ERR_RUNTIME,
                "%s: the table was truncated, rewritten or dropped since the snapshot was taken",
                s->label);
        pg_data_context(err, "reading", table);
        return err_hint(err, "run again; do not run TRUNCATE, ALTER TABLE, VACUUM FULL or CLUSTER "
                             "on the source during a copy");
    }
    return good || pg_data_context(err, "reading", table);
}
