/*
 * The option files. Both libraries read them at the beginning of mysql_real_connect and let them
 * win over what the program has said: ssl-mode, plugins, init-command, local-infile. So the library
 * reads them here, in a connection that cannot come about, and we take what we want: the login's
 * connection reads none.
 */
#include "my.h"

#include <string.h>
#include <strings.h>

/* The broadcast address: TCP cannot go there, so the kernel refuses at once and nothing is sent. */
static MYSQL *defaults_read(void)
{
    unsigned seconds = 1;
    MYSQL *db = my_login_handle();

    mysql_options(db, MYSQL_READ_DEFAULT_GROUP, "dbtwin");
    mysql_options(db, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    (void)mysql_real_connect(db, "255.255.255.255", NULL, NULL, NULL, 1, NULL,
                             CLIENT_REMEMBER_OPTIONS);
    return db;
}

static void defaults_text(const char **to, const char *from, struct arena *a)
{
    if (!*to && from && from[0])
        *to = arena_strdup(a, from);
}

static const char *defaults_option(MYSQL *db, enum mysql_option option)
{
    const char *text = NULL;

    return mysql_get_option(db, option, &text) == 0 ? text : NULL;
}

/* What a file says of TLS, as far as it is stricter than what holds without it. */
static void defaults_tls(struct my_url *u, MYSQL *db, struct arena *a)
{
    const struct st_mysql_options *o = &db->options;
    enum my_tls mode = MY_TLS_DEFAULT;

    if (u->tls == MY_TLS_DISABLED)
        return;
    bool own_ca = u->ssl_ca || u->ssl_capath;
    enum my_tls without = my_url_tls(u);
#ifdef MARIADB_PACKAGE_VERSION
    my_bool verify = 0;
    mysql_get_option(db, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    defaults_text(&u->ssl_fp, defaults_option(db, MARIADB_OPT_TLS_PEER_FP), a);
    if (verify)
        mode = MY_TLS_VERIFY;
    else if (o->use_ssl || u->ssl_fp || o->ssl_ca || o->ssl_capath)
        mode = MY_TLS_REQUIRED;
#else
    unsigned m = 0;
    mysql_get_option(db, MYSQL_OPT_SSL_MODE, &m);
    if (m >= SSL_MODE_REQUIRED)
        mode = m == SSL_MODE_VERIFY_IDENTITY ? MY_TLS_VERIFY
               : m == SSL_MODE_VERIFY_CA     ? MY_TLS_VERIFY_CA
                                             : MY_TLS_REQUIRED;
#endif
    if (!own_ca) {
        defaults_text(&u->ssl_ca, o->ssl_ca, a);
        defaults_text(&u->ssl_capath, o->ssl_capath, a);
    }
    defaults_text(&u->ssl_cert, o->ssl_cert, a);
    defaults_text(&u->ssl_key, o->ssl_key, a);
    defaults_text(&u->ssl_cipher, o->ssl_cipher, a);
    defaults_text(&u->ssl_crl, defaults_option(db, MYSQL_OPT_SSL_CRL), a);
    defaults_text(&u->ssl_crlpath, defaults_option(db, MYSQL_OPT_SSL_CRLPATH), a);
    if (u->tls == MY_TLS_DEFAULT && !my_url_by_socket(u))
        u->tls = mode > without ? mode : without;
}

void my_url_defaults(struct my_url *u, struct arena *a)
{
    MYSQL *db = defaults_read();
    const struct st_mysql_options *o = &db->options;
    bool bare = !u->host && !u->socket && !u->port;

    defaults_text(&u->user, o->user, a);
    if (!u->password && o->password) /* an empty one is said */
        u->password = arena_strdup(a, o->password);
    if (bare)
        defaults_text(&u->host, o->host, a);
    if (bare && o->protocol == MYSQL_PROTOCOL_TCP && my_url_by_socket(u))
        u->host = "127.0.0.1";
    if (my_url_by_socket(u))
        defaults_text(&u->socket, o->unix_socket, a);
    else if (!u->port)
        u->port = o->port;
    defaults_text(&u->plugin_dir, defaults_option(db, MYSQL_PLUGIN_DIR), a);
    u->compress |= o->compress != 0;
    if (!u->connect_timeout && o->connect_timeout != 1)
        u->connect_timeout = o->connect_timeout;
    defaults_tls(u, db, a);
    mysql_close(db);
}
