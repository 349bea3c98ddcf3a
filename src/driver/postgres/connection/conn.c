#include "pg.h"

#include "../../await.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <dbtwin/clock.h>
#include <dbtwin/engine.h>
#include <dbtwin/log.h>

/* ---- errors ----------------------------------------------------------------------------- */

static enum err_class class_of(const char *state, bool lost)
{
    if (log_cancelled() && (!*state || strcmp(state, "57014") == 0))
        return ERR_INTERRUPTED;
    if (str_starts(state, "08") || str_starts(state, "57P"))
        return ERR_CONNECTION;
    if (strcmp(state, "42501") == 0 || str_starts(state, "28"))
        return ERR_DENIED;
    return lost ? ERR_CONNECTION : ERR_RUNTIME;
}

/* libpq ends its messages with a newline; several lines are joined, for one-line logs. */
void pg_add_message(struct buf *b, const char *text)
{
    size_t start = b->len;

    for (; text && *text; text++) {
        if (*text != '\n' && *text != '\t')
            buf_addch(b, *text);
        else if (b->len > start && b->data[b->len - 1] != ' ')
            buf_addch(b, ' ');
    }
    while (b->len > start && b->data[b->len - 1] == ' ')
        buf_setlen(b, b->len - 1);
}

bool pg_error(struct session *s, const PGresult *res, struct err *err)
{
    bool lost = PQstatus(s->conn) == CONNECTION_BAD;
    const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    const char *primary = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *detail = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL) : NULL;
    const char *hint = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_HINT) : NULL;
    const char *context = res ? PQresultErrorField(res, PG_DIAG_CONTEXT) : NULL;
    enum err_class cls = class_of(state ? state : "", lost);
    struct buf b = BUF_INIT;

    if (cls == ERR_INTERRUPTED) {
        buf_adds(&b, "interrupted");
    } else {
        if (!primary && res)
            primary = PQresultErrorMessage(res);
        if (!primary || !*primary)
            primary = PQerrorMessage(s->conn);
        pg_add_message(&b, primary && *primary ? primary : "the server closed the connection");
        if (detail) {
            buf_adds(&b, " (");
            pg_add_message(&b, detail);
            buf_addch(&b, ')');
        }
        if (context && str_starts(context, "COPY ")) {
            buf_adds(&b, "; ");
            pg_add_message(&b, context);
        }
    }
    err_set(err, cls, "%s: %s", s->label, b.data);
    if (state)
        err_sqlstate(err, state);
    /* A reader has no other serialization failure than a standby's. */
    if (state && strcmp(state, "40001") == 0 && s->role == DRIVER_SOURCE)
        err_hint(err, "a standby cancels a reader that blocks its replay for too long: set "
                      "hot_standby_feedback = on or a greater max_standby_streaming_delay there, "
                      "or read from the primary");
    else if (hint && cls != ERR_INTERRUPTED)
        err_hint(err, "%s", hint);
    buf_release(&b);
    return false;
}

/* ---- waiting ---------------------------------------------------------------------------- */

enum { TICK_MS = 200 };

/* 1 ready, 0 a tick went by, -1 poll failed. EINTR counts as a tick: a signal may have come. */
static int poll_tick(int fd, bool write)
{
    struct pollfd p = {.fd = fd, .events = (short)(write ? POLLIN | POLLOUT : POLLIN)};
    int n = poll(&p, 1, TICK_MS);

    return n > 0 ? 1 : 0;
}

struct cancel_call {
    struct arena arena; /* it lives in it: see await.h */
    PGcancel *cancel;
};

static void cancel_run(void *ctx)
{
    struct cancel_call *c = ctx;
    char text[256];

    if (!PQcancel(c->cancel, text, sizeof text))
        log_debug("postgres: cancel request failed: %s", text);
}

static void cancel_drop(void *ctx)
{
    struct cancel_call *c = ctx;
    struct arena a = c->arena;

    PQfreeCancel(c->cancel);
    arena_release(&a);
}

/* A server that is stuck does not answer this either. */
enum { CANCEL_SECONDS = 2 };

static void ask_cancel(struct session *s)
{
    struct arena a = ARENA_INIT;
    struct cancel_call *c = arena_new(&a, struct cancel_call);

    c->arena = a;
    c->cancel = atomic_exchange(&s->cancel, NULL); /* one at a time */
    struct await_call call = {cancel_run, cancel_drop, c, CANCEL_SECONDS, true};
    if (c->cancel && await_run(&call) != AWAIT_DONE)
        return;
    if (c->cancel)
        atomic_store(&s->cancel, c->cancel);
    c->cancel = NULL;
    cancel_drop(c);
}

void pg_cancel(struct session *s)
{
    ask_cancel(s);
}

/* Where the server does not end the statement now, the connection ends: whoever reads on must not
 * wait for it. */
static bool interrupted(struct session *s, struct err *err)
{
    double end = clock_now() + CANCEL_SECONDS;

    ask_cancel(s);
    while (PQisBusy(s->conn) && clock_now() < end)
        if (poll_tick(PQsocket(s->conn), false) > 0 && !PQconsumeInput(s->conn))
            break;
    if (PQisBusy(s->conn))
        shutdown(PQsocket(s->conn), SHUT_RDWR);
    return err_set(err, ERR_INTERRUPTED, "%s: interrupted", s->label);
}

bool pg_wait(struct session *s, struct err *err)
{
    while (PQisBusy(s->conn)) {
        if (log_cancelled())
            return interrupted(s, err);
        if (poll_tick(PQsocket(s->conn), false) > 0 && !PQconsumeInput(s->conn))
            return pg_error(s, NULL, err);
    }
    return true;
}

bool pg_flush(struct session *s, struct err *err)
{
    int left;

    while ((left = PQflush(s->conn)) > 0) {
        if (log_cancelled())
            return interrupted(s, err);
        /* What the server says meanwhile must be read, or both sides wait for each other. */
        if (poll_tick(PQsocket(s->conn), true) > 0 && !PQconsumeInput(s->conn))
            return pg_error(s, NULL, err);
    }
    return left == 0 || pg_error(s, NULL, err);
}

bool pg_next_result(struct session *s, PGresult **ret, struct err *err)
{
    if (!pg_wait(s, err))
        return false;
    *ret = PQgetResult(s->conn);
    return true;
}

/* A cancelled query ends at once; a COPY must be told to end before PQgetResult gets anywhere. */
static void leave_copy(struct session *s, const PGresult *res)
{
    ExecStatusType st = PQresultStatus(res);
    char *block = NULL;

    if (st == PGRES_COPY_IN || st == PGRES_COPY_BOTH)
        PQputCopyEnd(s->conn, "given up");
    if (st == PGRES_COPY_OUT || st == PGRES_COPY_BOTH) {
        ask_cancel(s);
        while (PQgetCopyData(s->conn, &block, 0) > 0)
            PQfreemem(block);
    }
}

static bool is_failure(const PGresult *res)
{
    ExecStatusType st = PQresultStatus(res);

    return st == PGRES_FATAL_ERROR || st == PGRES_BAD_RESPONSE || st == PGRES_NONFATAL_ERROR;
}

bool pg_drain(struct session *s, struct err *err)
{
    bool good = true;
    PGresult *res;

    while ((res = PQgetResult(s->conn))) {
        if (good && is_failure(res))
            good = pg_error(s, res, err);
        leave_copy(s, res);
        PQclear(res);
        if (PQstatus(s->conn) == CONNECTION_BAD)
            break;
    }
    return good;
}

void pg_hang_up(struct session *s)
{
    if (PQsocket(s->conn) >= 0)
        shutdown(PQsocket(s->conn), SHUT_RDWR);
}

/* ---- statements ------------------------------------------------------------------------- */

/* The last result of the query, or NULL with err set; the session is idle after it. */
PGresult *pg_receive(struct session *s, struct err *err)
{
    PGresult *last = NULL, *res;
    struct err later = ERR_INIT;

    for (;;) {
        if (!pg_next_result(s, &res, err)) {
            PQclear(last);
            pg_drain(s, &later);
            return NULL;
        }
        if (!res)
            break;
        PQclear(last);
        last = res;
        if (is_failure(res)) {
            pg_error(s, res, err);
            PQclear(res);
            pg_drain(s, &later);
            return NULL;
        }
        leave_copy(s, res);
    }
    if (!last)
        pg_error(s, NULL, err);
    return last;
}

bool pg_send(struct session *s, const char *sql, struct err *err)
{
    return PQsendQuery(s->conn, sql) || pg_error(s, NULL, err);
}

PGresult *pg_query(struct session *s, const char *sql, struct err *err)
{
    return pg_send(s, sql, err) ? pg_receive(s, err) : NULL;
}

PGresult *pg_query_params(struct session *s, const char *sql, int n, const char *const *params,
                          struct err *err)
{
    if (!PQsendQueryParams(s->conn, sql, n, NULL, params, NULL, NULL, 0)) {
        pg_error(s, NULL, err);
        return NULL;
    }
    return pg_receive(s, err);
}

bool pg_run(struct session *s, const char *sql, struct err *err)
{
    PGresult *res = pg_query(s, sql, err);

    PQclear(res);
    return res != NULL;
}

bool pg_runf(struct session *s, struct err *err, const char *fmt, ...)
{
    struct buf b = BUF_INIT;
    va_list ap;
    bool good;

    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    good = pg_run(s, b.data, err);
    buf_release(&b);
    return good;
}

bool pg_value(struct session *s, const char *sql, struct arena *a, const char **ret,
              struct err *err)
{
    PGresult *res = pg_query(s, sql, err);

    if (!res)
        return false;
    *ret = NULL;
    if (PQntuples(res) > 0 && PQnfields(res) > 0 && !PQgetisnull(res, 0, 0))
        *ret = arena_strndup(a, PQgetvalue(res, 0, 0), (size_t)PQgetlength(res, 0, 0));
    PQclear(res);
    return true;
}

/* Hands the rows of one result over. */
static bool give_rows(const PGresult *res, struct vec *values, struct vec *lengths, row_fn *fn,
                      void *ctx, struct err *err)
{
    int n = PQnfields(res);

    vec_reset(values);
    vec_reset(lengths);
    for (int c = 0; c < n; c++) {
        VEC_PUSH(values, const char *, NULL);
        VEC_PUSH(lengths, size_t, 0);
    }
    for (int r = 0; r < PQntuples(res); r++) {
        for (int c = 0; c < n; c++) {
            bool null = PQgetisnull(res, r, c);
            VEC_AT(values, const char *, c) = null ? NULL : PQgetvalue(res, r, c);
            VEC_AT(lengths, size_t, c) = null ? 0 : (size_t)PQgetlength(res, r, c);
        }
        if (!fn(ctx, (unsigned)n, values->items, lengths->items, err))
            return false;
    }
    return true;
}

bool pg_rows(struct session *s, const char *sql, row_fn *fn, void *ctx, struct err *err)
{
    struct vec values = VEC_INIT(const char *), lengths = VEC_INIT(size_t);
    struct err later = ERR_INIT;
    PGresult *res = NULL;
    bool good = true;

    if (!PQsendQuery(s->conn, sql))
        return pg_error(s, NULL, err);
        /* Some hundred rows at a time are cheaper than one; older libraries know only one. */
#ifdef LIBPQ_HAS_CHUNK_MODE
    PQsetChunkedRowsMode(s->conn, 256);
#else
    PQsetSingleRowMode(s->conn);
#endif
    while (good) {
        good = pg_next_result(s, &res, err);
        if (!good || !res)
            break;
        if (is_failure(res))
            good = pg_error(s, res, err);
        else
            good = give_rows(res, &values, &lengths, fn, ctx, err);
        PQclear(res);
    }
    if (!good) {
        ask_cancel(s);
        pg_drain(s, &later);
    }
    vec_release(&values);
    vec_release(&lengths);
    return good;
}

/* ---- texts ------------------------------------------------------------------------------ */

void pg_add_ident(struct buf *b, const char *name)
{
    engine_quote(ENGINE_PG, name, b);
}

void pg_add_literal(struct buf *b, const char *text)
{
    bool escape = strchr(text, '\\') != NULL;

    buf_adds(b, escape ? " E'" : "'");
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            buf_addch(b, *text);
        buf_addch(b, *text);
    }
    buf_addch(b, '\'');
}

void pg_add_qualified(struct buf *b, const struct object *o)
{
    pg_add_ident(b, o->parent->name);
    buf_addch(b, '.');
    pg_add_ident(b, o->name);
}
