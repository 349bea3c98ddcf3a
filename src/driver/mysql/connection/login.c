/*
 * Logging in. What a server, or whoever sits between it and us, may learn of a password is decided
 * here, before a byte of it goes out:
 *
 *   link                                                    what the server may ask for
 *   unix socket, or TLS that was asked for                  anything in the table of methods
 *   TLS that came about by itself (ssl-mode=preferred)      not the bare password
 *   TCP without TLS                                         only what proves that we know it
 *   the same with server-public-key-path or
 *   get-server-public-key                                   also a password sealed with that key
 *
 * Oracle's library can be told all of that. Connector/C cannot: it goes on in plain text where a
 * server has no TLS, whatever MYSQL_OPT_SSL_ENFORCE says, and caching_sha2_password then sends the
 * bare password. So there our own method speaks first (MYSQL_DEFAULT_AUTH): it sees what the server
 * offers before anything is sent, refuses or sends an empty answer, and sets which methods may
 * follow when the server asks to change to the account's own, as it does for a name it does not
 * know. A server too old to change methods is refused.
 */
#include "my.h"

#include "../../await.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#ifdef MARIADB_PACKAGE_VERSION
#include <mysql/plugin_auth.h>
#endif

enum { LOGIN_SECONDS = 15, KILL_SECONDS = 2 };

/* Everything that the thread which logs in needs, in an arena of its own: see await.h. */
struct login {
    struct arena arena;
    MYSQL *db;
    struct my_url url;
    const char *host, *database;
    unsigned long flags, kill; /* kill: whose query is to end, or 0 */
    enum my_tls tls;
    bool good;
    const char *refused; /* by the gate, before anything was sent */
};

/* The client libraries must be initialised once, before there are threads that use them. */
static pthread_once_t login_once = PTHREAD_ONCE_INIT;

/* ---- the gate ------------------------------------------------------------------------------ */

#ifdef MARIADB_PACKAGE_VERSION
#define LOGIN_METHOD "dbtwin_login"

/* As in mysql/client_plugin.h, which cannot be included as it is installed (ma_compress.h). */
struct client_method {
    int type;
    unsigned interface_version;
    const char *name, *author, *desc;
    unsigned version[3];
    const char *license;
    void *mysql_api;
    int (*init)(char *, size_t, int, va_list);
    int (*deinit)(void);
    int (*options)(const char *option, const void *);
    int (*authenticate_user)(MYSQL_PLUGIN_VIO *vio, struct st_mysql *mysql);
};
enum { METHOD_TYPE = 2, METHOD_VERSION = 0x0100 };
struct st_mysql_client_plugin;
struct st_mysql_client_plugin *STDCALL
mysql_client_register_plugin(struct st_mysql *mysql, struct st_mysql_client_plugin *plugin);
struct st_mysql_client_plugin *STDCALL mysql_client_find_plugin(struct st_mysql *mysql,
                                                                const char *name, int type);

enum link { LINK_PLAIN, LINK_PLAIN_KEY, LINK_TLS, LINK_TRUSTED };

static const struct {
    const char *name;
    enum link least;
} methods[] = {
    {"auth_gssapi_client", LINK_PLAIN},
    {"caching_sha2_password", LINK_PLAIN_KEY},
    {"client_ed25519", LINK_PLAIN},
    {"dialog", LINK_TRUSTED},
    {"mysql_clear_password", LINK_TRUSTED},
    {"mysql_native_password", LINK_PLAIN},
    {"parsec", LINK_PLAIN},
    {"sha256_password", LINK_PLAIN_KEY},
};

static void gate_restrict(MYSQL *db, enum link link)
{
    struct buf names = BUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(methods); i++)
        if (link >= methods[i].least)
            buf_addf(&names, ",%s", methods[i].name);
#if MARIADB_PACKAGE_VERSION_ID >= 30300
    mysql_options(db, MARIADB_OPT_RESTRICTED_AUTH, names.data);
#else
    (void)db;
#endif
    buf_release(&names);
}

static int gate(MYSQL_PLUGIN_VIO *vio, MYSQL *db)
{
    struct login *l = db->options.local_infile_userdata;
    MYSQL_PLUGIN_VIO_INFO info;
    vio->info(vio, &info);
    bool local = info.protocol == MYSQL_VIO_SOCKET;
    bool tls = l->tls != MY_TLS_DISABLED && (db->server_capabilities & CLIENT_SSL);
    bool key = l->url.server_key || l->url.ask_key;
    enum link link = local || (tls && l->tls >= MY_TLS_REQUIRED) ? LINK_TRUSTED
                     : tls                                       ? LINK_TLS
                     : key                                       ? LINK_PLAIN_KEY
                                                                 : LINK_PLAIN;
    if (!tls && l->tls >= MY_TLS_REQUIRED) {
        l->refused = "the server offers no TLS, and ssl-mode requires it";
        return CR_ERROR;
    }
#if MARIADB_PACKAGE_VERSION_ID < 30300
    if (link != LINK_TRUSTED) {
        l->refused = "this client library sends passwords over any connection, and this one is "
                     "not known to be encrypted";
        return CR_ERROR;
    }
#endif
    gate_restrict(db, link);
    /* What caching_sha2_password takes for "there is TLS"; writing sets it again. */
    if (!tls)
        db->options.use_ssl = 0;
    if (vio->write_packet(vio, NULL, 0))
        return CR_ERROR;
    if (!tls)
        db->options.use_ssl = 0;
    if (tls && !local && !mysql_get_ssl_cipher(db)) {
        l->refused = "the connection is not encrypted, although the server offers TLS";
        return CR_ERROR;
    }
    return CR_OK;
}

static void gate_register(void)
{
    static struct client_method plugin = {
        /* the library keeps the address, and writes nothing */
        .type = METHOD_TYPE,
        .interface_version = METHOD_VERSION,
        .name = LOGIN_METHOD,
        .author = "dbtwin",
        .desc = "looks before anything is sent",
        .version = {1, 0, 0},
        .license = "MIT",
        .authenticate_user = gate,
    };
    MYSQL *db = mysql_init(NULL);
    if (!db)
        base_oom();
    /* Where that fails no login works: the method is asked for by its name. */
    mysql_client_register_plugin(db, (struct st_mysql_client_plugin *)(void *)&plugin);
    /* Two logins at once that each find a method missing both load it, and the library fails the
     * second ("it is already loaded"): so all are loaded here. Those that are not installed are
     * not found, now or later. */
    for (size_t i = 0; i < ARRAY_LEN(methods); i++)
        mysql_client_find_plugin(db, methods[i].name, METHOD_TYPE);
    mysql_close(db);
}

static void login_methods(struct login *l)
{
    my_bool enforce = l->tls != MY_TLS_DISABLED, verify = l->tls >= MY_TLS_VERIFY_CA;
    mysql_options(l->db, MYSQL_DEFAULT_AUTH, LOGIN_METHOD);
#if MARIADB_PACKAGE_VERSION_ID >= 30300
    mysql_options(l->db, MARIADB_OPT_RESTRICTED_AUTH, LOGIN_METHOD); /* until the gate says more */
#endif
    /* No check of the CA alone here: verify-ca checks the name as well. */
    mysql_options(l->db, MYSQL_OPT_SSL_ENFORCE, &enforce);
    mysql_options(l->db, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    if (l->url.ssl_fp && l->tls != MY_TLS_DISABLED)
        mysql_options(l->db, MARIADB_OPT_TLS_PEER_FP, l->url.ssl_fp);
}
#else
static void gate_register(void)
{
    /* Would let any server ask for the bare password over any connection. */
    unsetenv("LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN");
}

static void login_methods(struct login *l)
{
    unsigned m = l->tls == MY_TLS_DISABLED    ? SSL_MODE_DISABLED
                 : l->tls == MY_TLS_PREFERRED ? SSL_MODE_PREFERRED
                 : l->tls == MY_TLS_REQUIRED  ? SSL_MODE_REQUIRED
                 : l->tls == MY_TLS_VERIFY_CA ? SSL_MODE_VERIFY_CA
                                              : SSL_MODE_VERIFY_IDENTITY;
    bool key = l->url.ask_key;
    bool clear = my_url_by_socket(&l->url) || l->tls >= MY_TLS_REQUIRED;
    mysql_options(l->db, MYSQL_OPT_SSL_MODE, &m);
    mysql_options(l->db, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &key);
    mysql_options(l->db, MYSQL_ENABLE_CLEARTEXT_PLUGIN, &clear);
}
#endif

static void login_library(void)
{
#ifndef MARIADB_PACKAGE_VERSION
    gate_register(); /* the library reads its environment when it is initialised */
    mysql_library_init(0, NULL, NULL);
#else
    mysql_library_init(0, NULL, NULL);
    gate_register();
#endif
}

MYSQL *my_login_handle(void)
{
    pthread_once(&login_once, login_library);
    MYSQL *db = mysql_init(NULL);
    if (!db)
        base_oom();
    return db;
}

/* ---- options ------------------------------------------------------------------------------- */

bool my_url_by_socket(const struct my_url *u)
{
    return u->socket || ((!u->host || !strcasecmp(u->host, "localhost")) && !u->port);
}

enum my_tls my_url_tls(const struct my_url *u)
{
    if (u->tls != MY_TLS_DEFAULT)
        return u->tls;
    return my_url_by_socket(u)          ? MY_TLS_DISABLED
           : u->ssl_ca || u->ssl_capath ? MY_TLS_VERIFY
                                        : MY_TLS_PREFERRED;
}

static void login_options(struct login *l, enum driver_role role)
{
    const struct my_url *u = &l->url;
    /* ours comes first, and the thread that is left behind ends soon after it */
    unsigned timeout = u->connect_timeout + 1, infile = role == DRIVER_TARGET;
    unsigned protocol = my_url_by_socket(u) ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;

    mysql_options(l->db, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
    mysql_options(l->db, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(l->db, MYSQL_OPT_LOCAL_INFILE, &infile); /* the server is told at login only */
    my_conn_refuse_infile(l->db, l);
    mysql_options4(l->db, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "dbtwin");
    mysql_options(l->db, MYSQL_OPT_PROTOCOL, &protocol);
    if (u->compress)
        mysql_options(l->db, MYSQL_OPT_COMPRESS, NULL);
    if (u->plugin_dir)
        mysql_options(l->db, MYSQL_PLUGIN_DIR, u->plugin_dir);
    if (u->server_key)
        mysql_options(l->db, MYSQL_SERVER_PUBLIC_KEY, u->server_key);
    if (l->tls != MY_TLS_DISABLED) {
        mysql_ssl_set(l->db, u->ssl_key, u->ssl_cert, u->ssl_ca, u->ssl_capath, u->ssl_cipher);
        if (u->ssl_crl)
            mysql_options(l->db, MYSQL_OPT_SSL_CRL, u->ssl_crl);
        if (u->ssl_crlpath)
            mysql_options(l->db, MYSQL_OPT_SSL_CRLPATH, u->ssl_crlpath);
    }
    login_methods(l);
}

/* To the libraries "localhost" means the socket, whatever the port. */
static const char *login_host(const struct my_url *u)
{
    if (my_url_by_socket(u))
        return "localhost";
    return !u->host || !strcasecmp(u->host, "localhost") ? "127.0.0.1" : u->host;
}

/* The thread may outlive whoever asked: its texts are its own. Those that are options by now are
 * the library's. */
static struct login *login_new(const struct my_url *u, enum driver_role role, const char *database)
{
    struct arena a = ARENA_INIT;
    struct login *l = arena_new(&a, struct login);

    l->arena = a;
    l->url = *u;
    l->url.connect_timeout = u->connect_timeout ? u->connect_timeout : LOGIN_SECONDS;
    l->url.user = arena_strdup(&l->arena, u->user);
    l->url.password = arena_strdup(&l->arena, u->password);
    l->url.socket = arena_strdup(&l->arena, u->socket);
    l->host = arena_strdup(&l->arena, login_host(u));
    l->database = arena_strdup(&l->arena, database);
    l->tls = my_url_tls(u);
    l->flags = CLIENT_MULTI_RESULTS; /* not CLIENT_MULTI_STATEMENTS: see statement.c */
    l->db = my_login_handle();
    login_options(l, role);
    return l;
}

static void login_run(void *ctx)
{
    struct login *l = ctx;

    mysql_thread_init();
    l->good = mysql_real_connect(l->db, l->host, l->url.user, l->url.password, l->database,
                                 l->url.port, l->url.socket, l->flags) != NULL;
    if (l->good && l->kill) {
        char sql[64];
        int n = snprintf(sql, sizeof sql, "KILL QUERY %lu", l->kill);
        l->good = mysql_real_query(l->db, sql, (unsigned long)n) == 0;
    }
    mysql_thread_end();
}

static void login_drop(void *ctx)
{
    struct login *l = ctx;
    struct arena a = l->arena;

    if (l->db)
        mysql_close(l->db);
    arena_release(&a);
}

/* ---- errors -------------------------------------------------------------------------------- */

static bool login_failed(const struct login *l, const char *label, struct err *err)
{
    unsigned n = mysql_errno(l->db);

    if (l->refused) {
        err_set(err, ERR_CONNECTION, "%s: %s", label, l->refused);
        return err_hint(err, "ssl-mode in the URL says how the connection is encrypted; only a "
                             "greeting was exchanged so far");
    }
    if (n == 5010 /* CR_PLUGIN_NOT_ALLOWED */) {
        err_set(err, ERR_CONNECTION,
                "%s: login refused: the server asks for the password in a way that shows it to "
                "anyone who listens or answers in its place",
                label);
        return err_hint(err, "?ssl-mode=required or verify-identity in the URL encrypts; without "
                             "TLS, caching_sha2_password needs ?server-public-key-path=FILE or, in "
                             "a network you trust, ?get-server-public-key=1");
    }
    my_conn_fail_db(l->db, label, false, err);
    if (err->cls == ERR_RUNTIME)
        err->cls = ERR_CONNECTION;
    return false;
}

static bool login_late(enum await_end how, unsigned seconds, const char *label, struct err *err)
{
    if (how == AWAIT_INTERRUPTED)
        return err_set(err, ERR_INTERRUPTED, "%s: interrupted", label);
    err_set(err, ERR_CONNECTION, "%s: no login within %u seconds", label, seconds);
    return err_hint(err, "are host and port right, and is the server healthy? connect-timeout in "
                         "the URL sets how long to wait");
}

/* Connector/C asks the server for its key where it cannot read the file. */
static bool login_key(const struct my_url *u, const char *label, struct err *err)
{
    if (!u->server_key || access(u->server_key, R_OK) == 0)
        return true;
    return err_set(err, ERR_USAGE, "%s: cannot read the server-public-key-path %s", label,
                   u->server_key);
}

MYSQL *my_login(const struct my_url *u, enum driver_role role, const char *database,
                const char *label, struct err *err)
{
    if (!login_key(u, label, err))
        return NULL;
    struct login *l = login_new(u, role, database);
    struct await_call call = {login_run, login_drop, l, l->url.connect_timeout, false};
    enum await_end how = await_run(&call);
    MYSQL *db = NULL;

    if (how != AWAIT_DONE) {
        login_late(how, call.seconds, label, err);
        return NULL;
    }
    if (!l->good) {
        login_failed(l, label, err);
    } else if (l->tls >= MY_TLS_REQUIRED && !mysql_get_ssl_cipher(l->db)) {
        err_set(err, ERR_CONNECTION,
                "%s: the connection is not encrypted, and ssl-mode requires it", label);
    } else {
        db = l->db;
        l->db = NULL;
        unsigned off = 0;
        mysql_options(db, MYSQL_OPT_LOCAL_INFILE, &off);
        my_conn_refuse_infile(db, NULL);
    }
    login_drop(l);
    return db;
}

bool my_login_kill(const struct my_url *u, unsigned long thread_id)
{
    struct my_url quick = *u;

    quick.connect_timeout = KILL_SECONDS;
    struct login *l = login_new(&quick, DRIVER_SOURCE, NULL);
    struct await_call call = {login_run, login_drop, l, KILL_SECONDS, true};
    l->kill = thread_id;
    if (await_run(&call) != AWAIT_DONE)
        return false;
    bool good = l->good;
    login_drop(l);
    return good;
}
