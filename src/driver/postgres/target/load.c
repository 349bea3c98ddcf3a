#include "../source/data.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <dbtwin/log.h>

/* ---- COPY FROM STDIN -------------------------------------------------------------------- */

/*
 * While rows go out the server says nothing, unless something is wrong. libpq would show that only
 * after the last row; for a big table that is an hour of sending for nothing, so an answer ends the
 * sending. (client_min_messages keeps mere notices away, see target.c.) Not under TLS, whose own
 * packets look the same.
 */
enum { TICK_MS = 200 };

static bool server_spoke(struct session *s, int timeout_ms)
{
    struct pollfd p = {.fd = PQsocket(s->conn), .events = POLLIN};

    if (timeout_ms)
        p.events = POLLIN | POLLOUT;
    return poll(&p, 1, timeout_ms) > 0 && (p.revents & ~POLLOUT) && !PQsslInUse(s->conn);
}

/* 1 sent, 0 the server has something to say, -1 error. */
static int send_piece(struct session *s, const char *p, size_t n, struct err *err)
{
    int left;

    if (PQputCopyData(s->conn, p, (int)n) != 1) {
        pg_error(s, NULL, err);
        return -1;
    }
    while ((left = PQflush(s->conn)) > 0) {
        if (log_cancelled()) {
            err_set(err, ERR_INTERRUPTED, "%s: interrupted", s->label);
            return -1;
        }
        if (server_spoke(s, TICK_MS))
            return 0;
    }
    if (left == 0)
        return server_spoke(s, 0) ? 0 : 1;
    pg_error(s, NULL, err);
    return -1;
}

/* libpq moves what it could not send yet to the front each time: pieces keep that short. Where a
 * piece ends means nothing to the server. */
enum { PIECE = 128 * 1024 };

static int send_block(struct session *s, struct slice block, struct err *err)
{
    int sent = 1;

    for (size_t at = 0, n; sent > 0 && at < block.len; at += n) {
        n = block.len - at < PIECE ? block.len - at : PIECE;
        sent = send_piece(s, block.data + at, n, err);
    }
    return sent;
}

static bool send_all(struct session *s, struct reader *in, struct err *err)
{
    struct slice block;
    int got, sent = 1;

    while (sent > 0 && (got = reader_next(in, &block, err)) != 0) {
        if (got < 0)
            return false;
        sent = send_block(s, block, err);
    }
    if (sent < 0)
        return false;
    if (sent == 0)
        return err_set(err, ERR_RUNTIME, "%s: the server aborted the load", s->label);
    return true;
}

/* The command tag of the COPY. */
static bool take_tag(struct session *s, uint64_t *ret_rows, struct err *err)
{
    PGresult *res;
    bool good;

    if (!pg_next_result(s, &res, err))
        return false;
    good = res && PQresultStatus(res) == PGRES_COMMAND_OK;
    if (!good)
        pg_error(s, res, err);
    else if (!str_parse_u64(PQcmdTuples(res), ret_rows))
        good = err_set(err, ERR_RUNTIME, "%s: the server did not count the rows it took", s->label);
    PQclear(res);
    return good;
}

enum { PATIENCE_MS = 10000 };

/*
 * All that libpq holds goes out, whatever was interrupted: libpq does not leave its non-blocking
 * mode before, and PQgetResult may wait for ever for an answer that it read while sending. A server
 * that takes nothing for ten seconds is hung up on.
 */
static void flush_all(struct session *s)
{
    int waited = 0;

    while (PQflush(s->conn) > 0) {
        struct pollfd p = {.fd = PQsocket(s->conn), .events = POLLIN | POLLOUT};
        if (poll(&p, 1, TICK_MS) > 0) {
            waited = 0;
            if (!PQconsumeInput(s->conn))
                break;
        } else if ((waited += TICK_MS) >= PATIENCE_MS) {
            shutdown(PQsocket(s->conn), SHUT_RDWR);
        }
    }
    PQsetnonblocking(s->conn, 0);
}

/* Ends a COPY that failed on this side or the other; the server's reason, if any, is the better. */
static bool give_up(struct session *s, struct err *err)
{
    bool server_knows = err->cls == ERR_RUNTIME || err->cls == ERR_CONNECTION;
    struct err why = ERR_INIT;

    PQputCopyEnd(s->conn, "given up"); /* fails where the COPY is over already */
    flush_all(s);
    if (!pg_drain(s, &why) && server_knows && strcmp(why.sqlstate, "57014") != 0)
        *err = why;
    return false;
}

static bool start(struct session *s, const char *sql, struct err *err)
{
    struct err later = ERR_INIT;
    PGresult *res;

    if (!PQsendQuery(s->conn, sql))
        return pg_error(s, NULL, err);
    for (;;) {
        if (!pg_next_result(s, &res, err))
            break;
        ExecStatusType st = res ? PQresultStatus(res) : PGRES_FATAL_ERROR;
        if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK && st != PGRES_COPY_IN)
            pg_error(s, res, err);
        PQclear(res);
        if (st == PGRES_COPY_IN)
            return true;
        if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK)
            break;
    }
    pg_drain(s, &later);
    return false;
}

static bool feed(struct session *s, struct reader *in, uint64_t *ret_rows, struct err *err)
{
    struct err later = ERR_INIT;
    uint64_t rows = 0;
    bool good;

    PQsetnonblocking(s->conn, 1);
    good = send_all(s, in, err) && (PQputCopyEnd(s->conn, NULL) == 1 || pg_error(s, NULL, err)) &&
           pg_flush(s, err);
    if (!good)
        return give_up(s, err);
    PQsetnonblocking(s->conn, 0);
    good = take_tag(s, &rows, err);
    /* In a simple query without BEGIN this is where the commit is answered for. */
    if (!pg_drain(s, good ? err : &later) || !good)
        return false;
    *ret_rows = rows;
    return true;
}

bool pg_data_copy_in(struct session *s, const char *sql, struct reader *in, uint64_t *ret_rows,
                     struct err *err)
{
    if (start(s, sql, err) && feed(s, in, ret_rows, err))
        return true;
    pg_data_explain(s, err);
    return false;
}

/* ---- no rows at all ---------------------------------------------------------------------- */

/* The server's own form has a header and an end around no rows, 19 and 2 bytes
 * (https://www.postgresql.org/docs/current/sql-copy.html). */
enum { NATIVE_HEAD = 19, NATIVE_NOTHING = 21 };

/* 1 there are rows, 0 none, and the source was read to its end, -1 error. */
static int look_ahead(struct reader_ahead *ret, const struct chunk *c, struct reader *in,
                      struct err *err)
{
    struct slice rest;
    int got = reader_ahead(ret, in, err);

    if (got <= 0 || !c->native || ret->first.len != NATIVE_NOTHING ||
        memcmp(ret->first.data + NATIVE_HEAD, "\xff\xff", 2) != 0)
        return got;
    got = reader_next(in, &rest, err);
    if (got > 0)
        err_set(err, ERR_RUNTIME, "rows came after the end of all rows");
    return got ? -1 : 0;
}

/* ---- a chunk ---------------------------------------------------------------------------- */

/*
 * The statements are sent as one query, which is one transaction, unless there is something to note
 * in it. A table that is emptied and
 * filled in one transaction may be loaded frozen, and with wal_level = minimal without WAL
 * (https://www.postgresql.org/docs/current/populate.html).
 */
static bool load_rows(struct session *s, const struct chunk *c, struct reader *in,
                      uint64_t *ret_rows, struct err *err)
{
    const struct object *table = c->projection->table;
    bool fresh = c->only && !pg_data_is_partitioned(table);
    struct buf sql = BUF_INIT;

    buf_adds(&sql, c->note ? "BEGIN;" : "");
    if (fresh) {
        buf_adds(&sql, "TRUNCATE ONLY ");
        pg_add_qualified(&sql, table);
        buf_addch(&sql, ';');
    }
    buf_adds(&sql, "COPY ");
    pg_add_qualified(&sql, table);
    pg_data_add_columns(&sql, c->projection);
    buf_adds(&sql, fresh ? " FROM STDIN WITH (FREEZE, " : " FROM STDIN WITH (");
    pg_data_add_format(&sql, s, c);
    buf_addch(&sql, ')');
    bool good = pg_data_copy_in(s, sql.data, in, ret_rows, err);
    buf_release(&sql);
    return good;
}

bool pg_load(struct session *s, const struct chunk *c, struct reader *in, uint64_t *ret_rows,
             struct err *err)
{
    const struct object *table = c->projection->table;
    struct reader_ahead ahead;
    struct err later = ERR_INIT;
    uint64_t rows = 0;

    if (s->role != DRIVER_TARGET)
        return err_set(err, ERR_REFUSED, "%s: is a source, and nothing is loaded into a source",
                       s->label);
    if (c->native && !pg_data_speaks_native(s))
        return err_set(err, ERR_RUNTIME, "%s: its encoding differs from the source's", s->label);
    if (table->kind->id == K_LARGE_OBJECTS)
        return pg_large_load(s, c, in, ret_rows, err) ||
               err_context(err, "while loading large objects");
    if (table->kind->id == K_EXTENSION_ROWS)
        return pg_settings_apply(s, table, NULL, err) &&
               (pg_extension_rows_load(s, c, in, ret_rows, err) ||
                pg_data_context(err, "loading", table));
    if (!pg_settings_apply(s, table, NULL, err))
        return pg_data_context(err, "loading", table);
    int any = look_ahead(&ahead, c, in, err);
    bool good = any > 0    ? load_rows(s, c, &ahead.base, &rows, err)
                : any == 0 ? !c->note || pg_run(s, "BEGIN", err)
                           : false;
    good = good && (!c->note || pg_note_commit(s, c->note, rows, err));
    if (good)
        *ret_rows = rows;
    else if (c->note)
        pg_run(s, "ROLLBACK", &later);
    return good || pg_data_context(err, "loading", table);
}

/* ---- around it ------------------------------------------------------------------------- */

/* The memory for building is shared by all of them, and max_parallel_workers bounds their number:
 * https://www.postgresql.org/docs/current/runtime-config-resource.html */
bool pg_helpers(struct session *s, unsigned n, struct err *err)
{
    struct buf sql = BUF_INIT;
    buf_addf(&sql, "SET max_parallel_maintenance_workers = %u", n);
    bool good = pg_exec(s, NULL, sql.data, err);
    buf_release(&sql);
    return good;
}

bool pg_analyze(struct session *s, const struct object *table, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good;

    if (table->kind->id != K_TABLE)
        return true;
    if (!pg_settings_apply(s, table, NULL, err))
        return pg_data_context(err, "analyzing", table);
    /* Before 18 a partitioned table takes its partitions along; later ONLY keeps it to itself. */
    buf_adds(&sql, "ANALYZE ");
    if (s->version >= 180000)
        pg_data_add_only(&sql, table);
    else
        pg_add_qualified(&sql, table);
    good = pg_exec(s, NULL, sql.data, err);
    buf_release(&sql);
    return good || pg_data_context(err, "analyzing", table);
}
