/*
 * Logging in: the URL, the name server, the wait for the server's word, and what it may ask for.
 */
#include "pg.h"

#include "../../await.h"

#include "login_filter.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include <dbtwin/clock.h>
#include <dbtwin/log.h>

enum { TICK_MS = 200 };

/* ---- the URL ---------------------------------------------------------------------------- */

/*
 * libpq splits a URL at the first '@' or '/', so a password that holds one unescaped ends up as
 * host, port or database, and in error messages. Such a URL is refused before libpq sees it.
 */
static bool url_is_split_right(const struct endpoint *e, struct err *err)
{
    const char *start = strstr(e->url, "://");
    size_t authority, path;

    if (!start)
        return true;
    start += 3;
    authority = strcspn(start, "/?#");
    path = strcspn(start, "?");
    for (size_t i = 0, at = 0; i < path; i++) {
        if (start[i] != '@')
            continue;
        if (++at == 1 && i < authority)
            continue;
        err_set(err, ERR_USAGE, "the URL cannot be read");
        return err_hint(err, "in user names, passwords and database names write %%40 for @, %%2F "
                             "for /, %%3A for :, %%23 for #, %%3F for ? and %%25 for %%");
    }
    return true;
}

/*
 * libpq quotes what it cannot read, which may be a password that begins where nobody meant it to.
 * What it quotes stays only where it stands in the URL outside of all that is hidden.
 */
static void add_reason(struct buf *b, const struct endpoint *e, const char *reason)
{
    struct arena a = ARENA_INIT;
    char *shown = arena_strdup(&a, e->url);

    err_redact(shown);
    for (const char *p = reason; *p;) {
        const char *end = *p == '"' ? strchr(p + 1, '"') : NULL;
        if (!end) {
            if (*p != '\n')
                buf_addch(b, *p);
            p++;
            continue;
        }
        const char *word = arena_strndup(&a, p + 1, (size_t)(end - p - 1));
        bool plain = strlen(word) <= 1 || strstr(shown, word);
        buf_addf(b, "\"%s\"", plain ? word : "***");
        p = end + 1;
    }
    arena_release(&a);
}

static bool url_parses(const struct endpoint *e, struct err *err)
{
    char *message = NULL;
    PQconninfoOption *o = PQconninfoParse(e->url, &message);

    if (!o) {
        struct buf reason = BUF_INIT;
        add_reason(&reason, e, message ? message : "");
        err_set(err, ERR_USAGE, "the URL cannot be read: %s", reason.data);
        err_hint(err, "postgresql://USER@HOST:PORT/DATABASE, or ?host=/dir for a unix socket");
        buf_release(&reason);
    }
    PQconninfoFree(o);
    PQfreemem(message);
    return o != NULL;
}

bool pg_url_check(const struct endpoint *e, struct err *err)
{
    return url_is_split_right(e, err) && url_parses(e, err);
}

/* ---- the wait --------------------------------------------------------------------------- */

/* Seconds that connecting may take; 0 = no limit. libpq's own limit does not count for
 * PQconnectPoll. Each of several hosts may take that long. */
static long connect_limit(PGconn *conn)
{
    PQconninfoOption *all = PQconninfo(conn);
    int64_t limit = 0;
    long hosts = 1;

    for (PQconninfoOption *o = all; o && o->keyword; o++) {
        if (o->val && strcmp(o->keyword, "connect_timeout") == 0)
            str_parse_i64(o->val, &limit);
        if (o->val && strcmp(o->keyword, "host") == 0)
            for (const char *p = o->val; *p; p++)
                hosts += *p == ',';
    }
    PQconninfoFree(all);
    return limit <= 0 ? 0 : (long)limit * hosts;
}

static bool connect_failed(struct session *s, struct err *err)
{
    struct buf b = BUF_INIT;
    const char *text = PQerrorMessage(s->conn);

    pg_add_message(&b, text && *text ? text : "no answer");
    /* A refused login has no result to take an SQLSTATE from. */
    bool denied = strstr(b.data, "authentication failed") ||
                  strstr(b.data, "permission denied for database") ||
                  strstr(b.data, "no pg_hba.conf entry") || strstr(b.data, "no password supplied");
    err_set(err, denied ? ERR_DENIED : ERR_CONNECTION, "%s: %s", s->label, b.data);
    if (PQconnectionNeedsPassword(s->conn))
        err_hint(err, "put the password into ~/.pgpass, PGPASSWORD or passwordcmd in the config");
    else if (!denied && !strstr(b.data, "FATAL:"))
        err_hint(err, "is the server running there, and does it accept connections from here?");
    buf_release(&b);
    return false;
}

/* Whether the URL says what login it takes (libpq 16 and later): then that is what applies. */
static bool says_auth(PGconn *conn)
{
    PQconninfoOption *all = PQconninfo(conn);
    bool says = false;

    for (PQconninfoOption *o = all; o && o->keyword; o++)
        says |= strcmp(o->keyword, "require_auth") == 0 && o->val && o->val[0];
    PQconninfoFree(all);
    return says;
}

static bool password_asked(struct session *s, struct err *err)
{
    err_set(err, ERR_CONNECTION,
            "%s: login refused: the server asks for the password itself, and the connection is not "
            "encrypted",
            s->label);
    return err_hint(err, "sslmode=require or verify-full in the URL encrypts; scram-sha-256 in the "
                         "server's pg_hba.conf proves the password without showing it");
}

static bool judge(struct session *s, enum filtered f, struct err *err)
{
    if (f == FILTERED_PASSWORD)
        return password_asked(s, err);
    if (f == FILTERED_STRANGE)
        return err_set(err, ERR_CONNECTION, "%s: what answers there is not PostgreSQL", s->label);
    return f != FILTERED_FAILED ||
           err_set(err, ERR_RUNTIME, "%s: cannot connect: %s", s->label, strerror(errno));
}

/* Waits a moment for what libpq wants: *ret, it can be called. */
static bool wait_a_little(struct session *s, struct login_filter *f, bool filter, bool reading,
                          bool *ret, struct err *err)
{
    struct pollfd p = {.fd = PQsocket(s->conn), .events = reading ? POLLIN : POLLOUT};

    if (filter && !f->on && pg_filter_wanted(s->conn) && !pg_filter_begin(f, s->conn))
        return judge(s, FILTERED_FAILED, err);
    if (f->on) {
        enum filtered got = pg_filter_run(f, s->conn, reading);
        *ret = got == FILTERED_READY;
        return judge(s, got, err);
    }
    *ret = poll(&p, 1, TICK_MS) > 0;
    return true;
}

static bool dial(struct session *s, struct login_filter *f, struct err *err)
{
    PostgresPollingStatusType st = PGRES_POLLING_WRITING;
    double start = clock_now();
    long limit = connect_limit(s->conn);
    bool filter = !says_auth(s->conn);

    while (st != PGRES_POLLING_OK) {
        bool ready = false;
        if (log_cancelled())
            return err_set(err, ERR_INTERRUPTED, "%s: interrupted", s->label);
        if (PQstatus(s->conn) == CONNECTION_BAD || st == PGRES_POLLING_FAILED)
            return connect_failed(s, err);
        if (limit && clock_now() - start > (double)limit) {
            err_set(err, ERR_CONNECTION, "%s: no answer within %ld seconds", s->label, limit);
            return err_hint(err, "connect_timeout in the URL sets how long to wait");
        }
        if (!wait_a_little(s, f, filter, st == PGRES_POLLING_READING, &ready, err))
            return false;
        if (ready)
            st = PQconnectPoll(s->conn);
    }
    return true;
}

bool pg_dial_wait(struct session *s, struct err *err)
{
    struct login_filter f = {.server = -1, .ours = -1};
    bool good = dial(s, &f, err);

    pg_filter_drop(&f);
    return good;
}

/* ---- the start -------------------------------------------------------------------------- */

/* libpq looks hosts up as a connection starts, and waits for the name server. */
struct dial {
    struct arena arena; /* it and its texts live in it: see await.h */
    struct vec keys, values;
    int expand; /* the first dbname is a URL */
    PGconn *conn;
};

static struct dial *dial_new(int expand)
{
    struct arena a = ARENA_INIT;
    struct dial *d = arena_new(&a, struct dial);

    d->arena = a;
    d->keys = (struct vec)VEC_INIT(const char *);
    d->values = (struct vec)VEC_INIT(const char *);
    d->expand = expand;
    return d;
}

static void dial_add(struct dial *d, const char *key, const char *value)
{
    if (!value)
        return;
    VEC_PUSH(&d->keys, const char *, arena_strdup(&d->arena, key));
    VEC_PUSH(&d->values, const char *, arena_strdup(&d->arena, value));
}

static void dial_run(void *ctx)
{
    struct dial *d = ctx;

    d->conn = PQconnectStartParams(d->keys.items, d->values.items, d->expand);
}

static void dial_drop(void *ctx)
{
    struct dial *d = ctx;
    struct arena a = d->arena;

    if (d->conn)
        PQfinish(d->conn);
    vec_release(&d->keys);
    vec_release(&d->values);
    arena_release(&a);
}

/* Takes d over. NULL: interrupted, err is set. */
static PGconn *dial_start(struct dial *d, const char *label, struct err *err)
{
    struct await_call call = {dial_run, dial_drop, d, 0, false};

    VEC_PUSH(&d->keys, const char *, NULL);
    VEC_PUSH(&d->values, const char *, NULL);
    if (await_run(&call) != AWAIT_DONE) {
        err_set(err, ERR_INTERRUPTED, "%s: interrupted", label ? label : "postgres");
        return NULL;
    }
    PGconn *conn = d->conn;
    if (!conn)
        base_oom();
    d->conn = NULL;
    dial_drop(d);
    return conn;
}

/* Later keywords win over earlier ones; only the first dbname is taken for a URL. */
PGconn *pg_dial(const struct endpoint *e, const char *database, unsigned patience, struct err *err)
{
    struct dial *d = dial_new(1);

    dial_add(d, "connect_timeout", "20");
    /* a silent network: two minutes where we wait, five where the server takes nothing */
    dial_add(d, "keepalives_idle", "60");
    dial_add(d, "keepalives_interval", "10");
    dial_add(d, "keepalives_count", "6");
    dial_add(d, "tcp_user_timeout", "300000");
    dial_add(d, "dbname", e->url);
    dial_add(d, "dbname", database);
    dial_add(d, "password", e->password);
    dial_add(d, "application_name", "dbtwin");
    dial_add(d, "client_encoding", "UTF8");
    if (patience)
        dial_add(d, "connect_timeout", arena_printf(&d->arena, "%u", patience));
    return dial_start(d, e->label, err);
}

/* To the one of several hosts that the first connection found. */
PGconn *pg_dial_again(const struct session *s, struct err *err)
{
    PQconninfoOption *all = PQconninfo(s->conn);
    struct dial *d = dial_new(0);

    for (PQconninfoOption *o = all; o && o->keyword; o++)
        if (strncmp(o->keyword, "host", 4) != 0 && strcmp(o->keyword, "port") != 0)
            dial_add(d, o->keyword, o->val);
    dial_add(d, "host", PQhost(s->conn));
    dial_add(d, "port", PQport(s->conn));
    PQconninfoFree(all);
    return dial_start(d, s->label, err);
}
