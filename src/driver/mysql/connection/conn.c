#include "my.h"

#include "pins.h"

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

/* ---- connecting ---------------------------------------------------------------------------- */

bool my_conn_is_local(const struct my_session *s)
{
    return my_url_by_socket(&s->url);
}

/*
 * A network that went silent ends the connection: after two minutes where we wait for the server,
 * after five where it takes nothing. (Without, the kernel waits for hours.) In the same proportions
 * when the URL says net-timeout. No harm on a unix socket, which has no such options.
 */
static void conn_keepalive(MYSQL *db, unsigned net_timeout)
{
    int seconds = net_timeout ? (int)net_timeout : 300, fd = (int)db->net.fd;
    int idle = seconds / 5 ? seconds / 5 : 1, interval = seconds / 30 ? seconds / 30 : 1;
    const struct {
        int level, name, value;
    } options[] = {
        {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, idle},
        {IPPROTO_TCP, TCP_KEEPINTVL, interval},
        {IPPROTO_TCP, TCP_KEEPCNT, 6},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, seconds * 1000},
    };
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int));
}

static bool conn_connect(struct my_session *s, const char *database, struct err *err)
{
    s->db = my_login(&s->url, s->role, database, s->label, err);
    if (!s->db)
        return false;
    conn_keepalive(s->db, s->url.net_timeout);
    s->thread_id = mysql_thread_id(s->db);
    my_watch_start(s);
    return true;
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

/* ---- sessions ------------------------------------------------------------------------------ */

/* "5.5.5-10.11.19-MariaDB-log" → 101119: old replication needed the prefix, Oracle's library
 * still shows it. */
static unsigned conn_version(const char *text)
{
    if (str_starts(text, "5.5.5-") && strstr(text, "MariaDB"))
        text += 6;
    unsigned long part[3] = {0, 0, 0};
    for (unsigned i = 0; i < 3; i++) {
        char *end;
        part[i] = strtoul(text, &end, 10);
        if (*end != '.')
            break;
        text = end + 1;
    }
    return (unsigned)(part[0] * 10000 + part[1] * 100 + part[2]);
}

struct identity {
    struct arena *a;
    const char *version, *comment, *db, *lower;
};

static bool conn_identity_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                              struct err *err)
{
    struct identity *id = ctx;
    const char **to[] = {&id->version, &id->comment, &id->db, &id->lower};
    (void)lengths, (void)err;
    for (unsigned i = 0; i < n && i < ARRAY_LEN(to); i++)
        *to[i] = arena_strdup(id->a, v[i]);
    return true;
}

static bool conn_identify(struct my_session *s, struct err *err)
{
    struct identity id = {.a = &s->arena};
    if (!my_conn_rows((struct session *)(void *)s,
                      "SELECT VERSION(), @@version_comment, DATABASE(), @@lower_case_table_names",
                      conn_identity_row, &id, err))
        return false;
    const char *version = id.version ? id.version : "", *comment = id.comment;
    bool maria =
        strcasestr(version, "mariadb") || (comment && strcasestr(comment, "mariadb.org binary"));
    s->flavor = maria ? ENGINE_MA : ENGINE_MY;
    s->version = conn_version(version);
    s->server_version =
        arena_printf(&s->arena, "%s %s", maria ? "MariaDB" : "MySQL",
                     str_starts(version, "5.5.5-") && maria ? version + 6 : version);
    s->database = id.db;
    s->lower_case = id.lower ? (unsigned)(id.lower[0] - '0') : 0;
    return true;
}

/* A session lives in its own arena. */
static struct my_session *conn_new(void)
{
    struct arena a = ARENA_INIT;
    struct my_session *s = arena_new(&a, struct my_session);
    s->arena = a;
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

bool my_conn_open(const struct endpoint *e, enum driver_role role, const char *database,
                  const struct source_options *o, struct session **ret, struct err *err)
{
    struct my_session *s = conn_new();
    unsigned patience = o ? o->patience : 0;
    s->role = role;
    s->jobs = o ? o->jobs : 0;
    s->identify = o && o->identify;
    s->label = arena_strdup(&s->arena, e->label ? e->label : "database");
    struct session *self = (struct session *)(void *)s;
    if (!my_url_parse(e->url, &s->arena, &s->url, err))
        goto fail;
    if (patience && (!s->url.connect_timeout || s->url.connect_timeout > patience))
        s->url.connect_timeout = patience;
    if (e->password)
        s->url.password = arena_strdup(&s->arena, e->password);
    else if (!s->url.password)
        s->url.password = arena_strdup(&s->arena, getenv("MYSQL_PWD"));
    my_url_defaults(&s->url, &s->arena);
    if (!database)
        database = s->url.database;
    if (!database) {
        err_set(err, ERR_USAGE, "%s: the connection URL names no database", s->label);
        err_hint(err, "mysql://user@host/DATABASE");
        goto fail;
    }
    if (!conn_connect(s, database[0] ? database : NULL, err))
        goto fail;
    if (!conn_identify(s, err) || !my_pins_set(s, err)) {
        err_context(err, "while preparing the session");
        goto fail;
    }
    *ret = self;
    return true;
fail:
    my_conn_close(self);
    return false;
}

bool my_conn_sibling(struct my_session *of, struct session **ret, struct err *err)
{
    struct my_session *s = conn_new();
    s->role = of->role;
    s->label = of->label;
    s->url = of->url;
    if (!conn_connect(s, of->database, err) || !conn_identify(s, err) || !my_pins_set(s, err)) {
        my_conn_close((struct session *)(void *)s);
        return err_context(err, "while opening a second connection");
    }
    *ret = (struct session *)(void *)s;
    return true;
}

bool my_conn_enter(struct session *session, const char *database, struct err *err)
{
    struct my_session *s = my_session(session);
    struct buf sql = BUF_INIT;
    buf_adds(&sql, "USE ");
    my_quote_name(&sql, database);
    bool good = my_conn_run(s, sql.data, err);
    buf_release(&sql);
    if (good)
        s->database = s->url.database = arena_strdup(&s->arena, database);
    return good;
}

void my_conn_close(struct session *session)
{
    if (!session)
        return;
    struct my_session *s = my_session(session);
    if (s->locks)
        s->locks_end(s->locks);
    my_watch_stop(s);
    pthread_mutex_lock(&s->lock);
    MYSQL *db = s->db;
    s->db = NULL;
    pthread_mutex_unlock(&s->lock);
    if (db)
        mysql_close(db);
    pthread_mutex_destroy(&s->lock);
    struct arena a = s->arena; /* the session itself lives in it */
    arena_release(&a);
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

bool my_conn_address(const struct endpoint *e, struct arena *a, struct driver_address *ret,
                     struct err *err)
{
    struct my_url u;
    if (!my_url_parse(e->url, a, &u, err))
        return false;
    struct driver_address d = {.database = u.database, .socket = u.socket};
    if (!my_url_by_socket(&u)) {
        d.host = u.host ? u.host : "127.0.0.1";
        d.port = u.port ? u.port : 3306;
    }
    *ret = d;
    return true;
}

/* ---- facts --------------------------------------------------------------------------------- */

struct facts_vars {
    struct arena *a;
    const char *uuid, *cluster, *group;
    struct buf place; /* what tells two servers on one machine, or two clones, apart */
    bool read_only;
    unsigned port;
    bool no_port; /* skip_networking */
};

static bool facts_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                      struct err *err)
{
    struct facts_vars *f = ctx;
    (void)n, (void)lengths, (void)err;
    if (!v[0] || !v[1])
        return true;
    if (!strcasecmp(v[0], "server_uuid"))
        f->uuid = arena_strdup(f->a, v[1]);
    else if (!strcasecmp(v[0], "wsrep_cluster_state_uuid"))
        f->cluster = v[1][0] ? arena_strdup(f->a, v[1]) : NULL;
    else if (!strcasecmp(v[0], "group_replication_group_name"))
        f->group = v[1][0] ? arena_strdup(f->a, v[1]) : NULL;
    else if (!strcasecmp(v[0], "read_only"))
        f->read_only = strcasecmp(v[1], "OFF") != 0;
    else
        buf_addf(&f->place, "%s=%s\n", v[0], v[1]);
    uint64_t port;
    if (!strcasecmp(v[0], "port") && str_parse_u64(v[1], &port))
        f->port = (unsigned)port, f->no_port = port == 0;
    return true;
}

/*
 * Global variables only: every account sees them alike, so two names or accounts for one server
 * give one id. MariaDB has no uuid, and its server_uid is the machine's, not the instance's; a
 * cloned machine has its original's server_uuid: so the place is part of the id in both. The nodes
 * of a Galera cluster or a replication group are one database, whatever node one is connected to.
 */
static bool conn_server_id(struct session *s, struct arena *a, struct server_facts *ret,
                           struct err *err)
{
    struct facts_vars f = {.a = a, .place = BUF_INIT};
    bool good =
        my_conn_rows(s,
                     "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_uuid', 'server_uid', "
                     "'group_replication_group_name', 'hostname', 'port', 'socket', 'datadir', "
                     "'pid_file', 'server_id', 'read_only')",
                     facts_row, &f, err) &&
        my_conn_rows(s, "SHOW GLOBAL STATUS LIKE 'wsrep_cluster_state_uuid'", facts_row, &f, err);
    if (good) {
        struct hash128 h = hash_bytes128(f.place.data, f.place.len);
        if (f.cluster)
            ret->server_id = arena_printf(a, "galera:%s", f.cluster);
        else if (f.group)
            ret->server_id = arena_printf(a, "group:%s", f.group);
        else
            ret->server_id =
                arena_printf(a, "%s%s%016llx%016llx", f.uuid ? f.uuid : "", f.uuid ? "/" : "",
                             (unsigned long long)h.hi, (unsigned long long)h.lo);
        ret->standby = f.read_only;
        ret->port = f.port;
        ret->socket_only = f.no_port;
    }
    buf_release(&f.place);
    return good;
}

bool my_conn_facts(struct session *session, struct arena *a, struct server_facts *ret,
                   struct err *err)
{
    struct my_session *s = my_session(session);
    struct server_facts f = {.flavor = s->flavor, .version = s->version};
    if (!conn_server_id(session, a, &f, err) ||
        !my_conn_value(s, "SELECT CURRENT_USER()", a, &f.user, err))
        return err_context(err, "while asking the server who it is");
    f.server_version = arena_strdup(a, s->server_version);
    f.lower_names = s->lower_case == 1;
    f.database = arena_strdup(a, s->database       ? s->database
                                 : s->url.database ? s->url.database
                                                   : "");
    char *name = arena_strdup(a, f.database);
    for (char *p = name; s->lower_case && *p; p++) {
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    }
    f.database_id = arena_printf(a, "%s/%s", f.server_id, name);
    *ret = f;
    return true;
}

/* ---- quoting ------------------------------------------------------------------------------- */

void my_quote_name(struct buf *b, const char *name)
{
    buf_addch(b, '`');
    for (; *name; name++) {
        if (*name == '`')
            buf_addch(b, '`');
        buf_addch(b, *name);
    }
    buf_addch(b, '`');
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
