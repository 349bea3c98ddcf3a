#include "pg.h"

#include "../../await.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <dbtwin/clock.h>
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

static void hush(void *arg, const char *message)
{
    struct buf b = BUF_INIT;

    (void)arg;
    pg_add_message(&b, message);
    log_debug("postgres: %s", b.data);
    buf_release(&b);
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

/* ---- opening ---------------------------------------------------------------------------- */

/*
 * What pg_dump pins, what a role's, a database's or a server's defaults would make of our
 * statements (another tablespace, another access method, another isolation, "= NULL" read as IS
 * NULL, an error that ends the session), and what a long snapshot needs. How much is sampled, where
 * temporary files lie and how values are compressed is the server's business. Settings that not all
 * versions have go through pg_settings. A server must not keep the snapshot, the locks and the run
 * lock of a client behind a dead network for the two hours of TCP's own (Linux is the platform that
 * can look while a statement runs:
 * https://www.postgresql.org/docs/current/runtime-config-connection.html).
 */
static const char pin[] =
    "SELECT pg_catalog.set_config('search_path', '', false);"
    "SET client_min_messages = warning; SET standard_conforming_strings = on;"
    "SET client_encoding = 'UTF8'; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD';"
    "SET IntervalStyle = 'postgres'; SET extra_float_digits = 3; SET bytea_output = 'hex';"
    "SET lc_monetary = 'C';"
    "SET xmlbinary = 'base64'; SET xmloption = 'content'; SET quote_all_identifiers = off;"
    "SET row_security = off; SET synchronize_seqscans = off; SET jit = off;"
    "SET check_function_bodies = off; SET array_nulls = on; SET transform_null_equals = off;"
    "SET backslash_quote = safe_encoding; SET escape_string_warning = off;"
    "SET exit_on_error = off; SET default_tablespace = '';"
    "SET default_table_access_method = heap;"
    "SET default_transaction_isolation = 'read committed';"
    "SET default_transaction_deferrable = off;"
    "SELECT pg_catalog.set_config(v.name, v.value, false) FROM pg_catalog.pg_settings s, (VALUES"
    " ('statement_timeout', '0'), ('lock_timeout', '0'), ('idle_session_timeout', '0'),"
    " ('idle_in_transaction_session_timeout', '0'), ('transaction_timeout', '0'),"
    " ('createrole_self_grant', ''), ('restrict_nonsystem_relation_kind', ''),"
    " ('icu_validation_level', 'warning'),"
    " ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'),"
    " ('tcp_keepalives_count', '3'), ('client_connection_check_interval',"
    " CASE WHEN pg_catalog.version() ~ 'linux' THEN '5s' ELSE '0' END)) v(name, value)"
    " WHERE v.name = s.name;";

/* Only superusers may set these, so they are left where they are as they should be. Event triggers
 * of the target, or of production in a copy, are not for our statements; before 17 those that write
 * the mark see to that (swap_database.c). */
static const char pin_super[] =
    "SELECT pg_catalog.set_config(v.name, v.value, false) FROM pg_catalog.pg_settings s, (VALUES"
    " ('session_replication_role', 'origin', true), ('event_triggers', 'off', (SELECT rolsuper"
    " FROM pg_catalog.pg_roles WHERE rolname = current_user))) v(name, value, wanted)"
    " WHERE v.name = s.name AND v.wanted AND v.value <> s.setting;"
    "SELECT pg_catalog.set_config(s.name, 'warning', false) FROM pg_catalog.pg_settings s, "
    "pg_catalog.pg_roles r WHERE r.rolname = current_user AND r.rolsuper AND s.name = "
    "'log_min_messages' AND s.source IN ('user', 'database', 'database user');";

static bool pin_session(struct session *s, struct err *err)
{
    struct buf b = BUF_INIT;
    bool good;

    buf_adds(&b, pin);
    if (s->role == DRIVER_SOURCE)
        buf_adds(&b, "SET default_transaction_read_only = on;");
    else
        buf_addf(&b, "SET default_transaction_read_only = off;%s", pin_super);
    good = pg_run(s, b.data, err);
    buf_release(&b);
    return good || err_context(err, "while preparing the session");
}

static bool version_check(struct session *s, struct err *err)
{
    int v = PQserverVersion(s->conn);

    if (v < 130000)
        return err_set(err, ERR_USAGE, "%s: is PostgreSQL %d, and dbtwin needs 13 or later",
                       s->label, v / 10000);
    if (v >= 190000)
        log_warn("%s: PostgreSQL %d is newer than this dbtwin, which knows 13 to 18", s->label,
                 v / 10000);
    s->version = (unsigned)v;
    return true;
}

/* What is done with a new connection: asked for a pooler and set up, only set up, or neither. */
enum preparation { PREPARE_CHECKED, PREPARE_AGAIN, PREPARE_BARE };

/* The session of a connection that was started; takes conn over (NULL: err is set). NULL with err
 * set on failure. */
static struct session *open_on(PGconn *conn, const char *label, enum driver_role role,
                               enum preparation how, struct err *err)
{
    if (!conn)
        return NULL;
    struct arena arena = ARENA_INIT; /* the session lives in its own */
    struct session *s = arena_new(&arena, struct session);

    s->arena = arena;
    s->role = role;
    s->label = arena_strdup(&s->arena, label ? label : "postgres");
    s->conn = conn;
    PQsetNoticeProcessor(s->conn, hush, NULL);
    if (pg_dial_wait(s, err) && version_check(s, err)) {
        atomic_store(&s->cancel, PQgetCancel(s->conn));
        if ((how != PREPARE_CHECKED || pg_pooler_check(s, err)) &&
            (how == PREPARE_BARE || pin_session(s, err)))
            return s;
    }
    pg_close(s);
    return NULL;
}

bool pg_open_database(const struct endpoint *e, const char *database, enum driver_role role,
                      const struct source_options *o, struct session **ret, struct err *err)
{
    struct session *s;

    if (!pg_url_check(e, err))
        return false;
    s = open_on(pg_dial(e, database, o ? o->patience : 0, err), e->label, role, PREPARE_CHECKED,
                err);
    if (!s)
        return false;
    s->jobs = o ? o->jobs : 0;
    s->columns = o && o->columns;
    *ret = s;
    return true;
}

bool pg_open_again(struct session *s, struct session **ret, struct err *err)
{
    struct session *again = open_on(pg_dial_again(s, err), s->label, s->role, PREPARE_AGAIN, err);

    if (again)
        *ret = again;
    return again != NULL;
}

bool pg_open_bare(struct session *s, struct session **ret, struct err *err)
{
    struct session *bare = open_on(pg_dial_again(s, err), s->label, s->role, PREPARE_BARE, err);

    if (bare)
        *ret = bare;
    return bare != NULL;
}

bool pg_open(const struct endpoint *e, enum driver_role role, const struct source_options *o,
             struct session **ret, struct err *err)
{
    return pg_open_database(e, NULL, role, o, ret, err);
}

void pg_close(struct session *s)
{
    if (!s || s->lent)
        return;
    PQfreeCancel(atomic_exchange(&s->cancel, NULL));
    PQfinish(s->conn);
    struct arena arena = s->arena; /* the session itself is in it */
    arena_release(&arena);
}

void pg_cancel(struct session *s)
{
    ask_cancel(s);
}

bool pg_url_database(const struct endpoint *e, struct arena *a, const char **ret, struct err *err)
{
    PGconn *conn;

    if (!pg_url_check(e, err))
        return false;
    /* Started and never polled: libpq has then worked out the name, with nothing awaited. */
    conn = pg_dial(e, NULL, 0, err);
    if (!conn)
        return false;
    const char *db = PQdb(conn);
    bool good = db && *db;
    if (good)
        *ret = arena_strdup(a, db);
    else
        err_set(err, ERR_USAGE, "the URL of %s names no database", e->label);
    PQfinish(conn);
    return good;
}

bool pg_address(const struct endpoint *e, struct arena *a, struct driver_address *ret,
                struct err *err)
{
    struct driver_address d = {0};
    int64_t port = 0;

    if (!pg_url_database(e, a, &d.database, err))
        return false;
    PGconn *conn = pg_dial(e, NULL, 0, err);
    if (!conn)
        return false;
    const char *host = PQhost(conn);
    if (host && *host && *host != '/' && *host != '@')
        d.host = arena_strdup(a, host);
    if (str_parse_i64(PQport(conn), &port))
        d.port = (unsigned)port;
    PQfinish(conn);
    *ret = d;
    return true;
}

/* ---- facts ------------------------------------------------------------------------------ */

/*
 * system_identifier alone does not tell a server from a copy of its files; the moment its
 * postmaster started does, and every role may read it. (data_directory may not be read by every
 * role, so two roles would see one server under two names.)
 */
static const char facts_sql[] =
    "SELECT s.system_identifier, (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * "
    "1000000)::bigint, d.oid, d.datname, current_user, pg_catalog.pg_is_in_recovery(),"
    " pg_catalog.current_setting('server_version')"
    " FROM pg_catalog.pg_control_system() s, pg_catalog.pg_database d"
    " WHERE d.datname = pg_catalog.current_database()";

bool pg_facts(struct session *s, struct arena *a, struct server_facts *ret, struct err *err)
{
    struct server_facts f = {.flavor = ENGINE_PG, .version = s->version};
    PGresult *res = pg_query(s, facts_sql, err);

    if (!res)
        return err_context(err, "while asking the server who it is");
    if (PQntuples(res) != 1) {
        PQclear(res);
        return err_set(err, ERR_RUNTIME, "%s: the server does not know its own database", s->label);
    }
    f.server_version = arena_strdup(a, PQgetvalue(res, 0, 6));
    f.server_id = arena_printf(a, "%s@%s", PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1));
    f.database = arena_strdup(a, PQgetvalue(res, 0, 3));
    f.database_id = arena_printf(a, "%s/%s", f.server_id, PQgetvalue(res, 0, 2));
    f.user = arena_strdup(a, PQgetvalue(res, 0, 4));
    f.standby = PQgetvalue(res, 0, 5)[0] == 't';
    PQclear(res);
    *ret = f;
    return true;
}

bool pg_use_server_encoding(struct session *s, bool on, struct err *err)
{
    if (s->server_encoding == on)
        return true;
    if (!pg_run(s,
                on ? "SELECT pg_catalog.set_config('client_encoding', "
                     "pg_catalog.current_setting('server_encoding'), false)"
                   : "SET client_encoding = 'UTF8'",
                err))
        return false;
    s->server_encoding = on;
    return true;
}

/* ---- texts ------------------------------------------------------------------------------ */

void pg_add_ident(struct buf *b, const char *name)
{
    buf_addch(b, '"');
    for (; *name; name++) {
        if (*name == '"')
            buf_addch(b, '"');
        buf_addch(b, *name);
    }
    buf_addch(b, '"');
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
