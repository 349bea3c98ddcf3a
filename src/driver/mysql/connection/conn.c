#include "my.h"

#include "pins.h"

#include <dbtwin/engine.h>
#include <dbtwin/log.h>

#include <mysqld_error.h>
#include <errmsg.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* ---- errors -------------------------------------------------------------------------------- */

static enum err_class conn_class(unsigned n)
{
    switch (n) {
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
    case CR_IPSOCK_ERROR:
    case CR_UNKNOWN_HOST:
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST:
    case CR_SERVER_HANDSHAKE_ERR:
    case CR_SSL_CONNECTION_ERROR:
    case ER_CON_COUNT_ERROR:
    case ER_SERVER_SHUTDOWN:
    case ER_BAD_DB_ERROR:
    case 1927: /* MariaDB: connection was killed */
    case 4031: /* MySQL: disconnected for inactivity */
        return ERR_CONNECTION;
    case ER_ACCESS_DENIED_ERROR:
    case ER_DBACCESS_DENIED_ERROR:
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_COLUMNACCESS_DENIED_ERROR:
    case ER_SPECIFIC_ACCESS_DENIED_ERROR:
    case ER_PROCACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
    case ER_KILL_DENIED_ERROR:
    case ER_HOST_NOT_PRIVILEGED:
        return ERR_DENIED;
    default:
        return ERR_RUNTIME;
    }
}

static void conn_hint(unsigned n, struct err *err)
{
    switch (n) {
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
    case CR_UNKNOWN_HOST:
        err_hint(err, "is the server running, and are host and port (or ?socket=/path) right?");
        break;
    case ER_ACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
        err_hint(err, "passwords are taken from the URL, passwordcmd in the config, MYSQL_PWD or "
                      "~/.my.cnf");
        break;
    case ER_DBACCESS_DENIED_ERROR:
        err_hint(err, "the database does not exist, or this account needs GRANT SELECT ON it");
        break;
    case ER_BAD_DB_ERROR:
        err_hint(err, "the name after the host in the URL is the database's");
        break;
    case 2059: /* CR_AUTH_PLUGIN_CANNOT_LOAD */
        err_hint(err, "MYSQL_PLUGIN_DIR (LIBMYSQL_PLUGIN_DIR) can name the folder of the client "
                      "library's authentication plugins; a method that shows the password needs "
                      "?ssl-mode=required");
        break;
    case 2061: /* CR_AUTH_PLUGIN_ERR */
        err_hint(
            err,
            "the account's authentication requires an encrypted connection: ?ssl-mode=required");
        break;
    case CR_SERVER_GONE_ERROR:
    case CR_NET_PACKET_TOO_LARGE:
    case ER_NET_PACKET_TOO_LARGE:
        err_hint(
            err,
            "was the server stopped? Its log says so; it also closes a connection that sends more "
            "than its max_allowed_packet, which must hold the largest row and 1M at least");
        break;
    default:
        break;
    }
}

bool my_conn_fail_db(MYSQL *db, const char *label, bool cancelled, struct err *err)
{
    unsigned n = mysql_errno(db);
    enum err_class cls = cancelled || log_cancelled() ? ERR_INTERRUPTED : conn_class(n);
    if (cls == ERR_INTERRUPTED)
        err_set(err, cls, "%s: interrupted", label);
    else
        err_set(err, cls, "%s: %s", label, n ? mysql_error(db) : "unknown error");
    err_sqlstate(err, mysql_sqlstate(db));
    err->native = (int)n;
    conn_hint(n, err);
    return false;
}

bool my_conn_fail(struct my_session *s, struct err *err)
{
    return my_conn_fail_db(s->db, s->label, atomic_load(&s->cancelled), err);
}

/* ---- LOAD DATA LOCAL is refused unless a load is on ---------------------------------------- */

static int infile_init(void **ptr, const char *file, void *userdata)
{
    (void)file, (void)userdata;
    *ptr = NULL;
    return 1;
}
static int infile_read(void *ptr, char *buf, unsigned n)
{
    (void)ptr, (void)buf, (void)n;
    return -1;
}
static void infile_end(void *ptr)
{
    (void)ptr;
}
static int infile_error(void *ptr, char *msg, unsigned n)
{
    static const char text[] = "the server asked for a file: refused";
    (void)ptr;
    if (n > 0) {
        size_t len = sizeof text - 1 < n - 1 ? sizeof text - 1 : n - 1;
        memcpy(msg, text, len);
        msg[len] = 0;
    }
    return CR_UNKNOWN_ERROR;
}

void my_conn_refuse_infile(MYSQL *db, void *userdata)
{
    mysql_set_local_infile_handler(db, infile_init, infile_read, infile_end, infile_error,
                                   userdata);
}

static void conn_allow_infile(struct my_session *s, unsigned on)
{
    mysql_options(s->db, MYSQL_OPT_LOCAL_INFILE, &on);
}

void my_conn_infile(struct my_session *s, int (*init)(void **, const char *, void *),
                    int (*read)(void *, char *, unsigned), void (*end)(void *),
                    int (*error)(void *, char *, unsigned), void *userdata)
{
    conn_allow_infile(s, s->role == DRIVER_TARGET);
    mysql_set_local_infile_handler(s->db, init, read, end, error, userdata);
}

void my_conn_no_infile(struct my_session *s)
{
    conn_allow_infile(s, 0);
    my_conn_refuse_infile(s->db, NULL);
}

/* ---- statements ---------------------------------------------------------------------------- */

bool my_conn_query(struct my_session *s, const char *sql, size_t len, struct err *err)
{
    if (!s->critical && (atomic_load(&s->cancelled) || log_cancelled()))
        return err_set(err, ERR_INTERRUPTED, "%s: interrupted", s->label);
    atomic_store(&s->watch.waiting, true);
    bool good = mysql_real_query(s->db, sql, len) == 0;
    atomic_store(&s->watch.waiting, false);
    return good || my_conn_fail(s, err);
}

bool my_conn_rest(struct my_session *s, struct err *err)
{
    int more;
    while ((more = mysql_next_result(s->db)) == 0) {
        MYSQL_RES *res = mysql_use_result(s->db);
        if (res) {
            while (mysql_fetch_row(res))
                ;
            mysql_free_result(res);
        }
        if (mysql_errno(s->db))
            return my_conn_fail(s, err);
    }
    /* Some statements (SLEEP) end without an error when they are killed. */
    return more > 0 || (!s->critical && atomic_load(&s->cancelled)) ? my_conn_fail(s, err) : true;
}

/* Throws away all results. */
static bool conn_drain(struct my_session *s, struct err *err)
{
    MYSQL_RES *res = mysql_use_result(s->db);
    if (res) {
        while (mysql_fetch_row(res))
            ;
        mysql_free_result(res);
    }
    return mysql_errno(s->db) ? my_conn_fail(s, err) : my_conn_rest(s, err);
}

bool my_conn_run(struct my_session *s, const char *sql, struct err *err)
{
    return my_conn_query(s, sql, strlen(sql), err) && conn_drain(s, err);
}

bool my_conn_exec(struct session *session, const char *sql, struct err *err)
{
    struct my_session *s = my_session(session);
    if (s->role != DRIVER_TARGET)
        return err_set(err, ERR_REFUSED, "%s: a source is never written to", s->label);
    return my_conn_run(s, sql, err);
}

bool my_conn_rows(struct session *session, const char *sql, row_fn *fn, void *ctx, struct err *err)
{
    struct my_session *s = my_session(session);
    if (!my_conn_query(s, sql, strlen(sql), err))
        return false;
    MYSQL_RES *res = mysql_use_result(s->db);
    if (!res)
        return mysql_errno(s->db) ? my_conn_fail(s, err) : my_conn_rest(s, err);
    unsigned n = mysql_num_fields(res);
    bool good = true;
    atomic_store(&s->watch.waiting, true);
    for (MYSQL_ROW row; good && (row = mysql_fetch_row(res));) {
        unsigned long *lens = mysql_fetch_lengths(res);
        _Static_assert(sizeof(unsigned long) == sizeof(size_t), "lengths are passed as they are");
        good = fn(ctx, n, (const char *const *)row, (const size_t *)lens, err);
    }
    if (good && mysql_errno(s->db))
        good = my_conn_fail(s, err);
    mysql_free_result(res); /* reads what is left */
    atomic_store(&s->watch.waiting, false);
    struct err ignored = ERR_INIT;
    return my_conn_rest(s, good ? err : &ignored) && good;
}

bool my_conn_value(struct my_session *s, const char *sql, struct arena *a, const char **ret,
                   struct err *err)
{
    if (!my_conn_query(s, sql, strlen(sql), err))
        return false;
    MYSQL_RES *res = mysql_store_result(s->db);
    if (!res)
        return my_conn_fail(s, err);
    MYSQL_ROW row = mysql_fetch_row(res);
    const char *text = row ? arena_strdup(a, row[0]) : NULL;
    mysql_free_result(res);
    if (!my_conn_rest(s, err))
        return false;
    *ret = text;
    return true;
}

void my_conn_cancel(struct session *session)
{
    struct my_session *s = my_session(session);
    atomic_store(&s->cancelled, true);
    pthread_mutex_lock(&s->lock);
    if (s->db && !my_login_kill(&s->url, s->thread_id) && s->db->net.fd >= 0)
        shutdown((int)s->db->net.fd, SHUT_RDWR);
    pthread_mutex_unlock(&s->lock);
}

/* ---- quoting ------------------------------------------------------------------------------- */

void my_quote_name(struct buf *b, const char *name)
{
    engine_quote(ENGINE_MY, name, b);
}

void my_quote_text(struct buf *b, const char *text, size_t len)
{
    buf_addch(b, '\'');
    for (size_t i = 0; i < len; i++) {
        switch (text[i]) {
        case 0:
            buf_adds(b, "\\0");
            break;
        case '\'':
        case '\\':
            buf_addch(b, '\\');
            buf_addch(b, text[i]);
            break;
        case '\n':
            buf_adds(b, "\\n");
            break;
        case '\r':
            buf_adds(b, "\\r");
            break;
        case 26:
            buf_adds(b, "\\Z");
            break;
        default:
            buf_addch(b, text[i]);
        }
    }
    buf_addch(b, '\'');
}
