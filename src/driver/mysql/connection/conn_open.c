#include "my.h"

#include "pins.h"

#include <dbtwin/log.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* Sessions begin and end here: logged in, identified, pinned; and what a server says of itself. */

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
    s->progress = o ? o->progress : NULL;
    s->identify = o && o->identify;
    s->watched = o ? o->watched : NULL;
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
    if (!s->known.server_id) {
        struct server_facts k = {.flavor = s->flavor, .version = s->version};
        if (!conn_server_id(session, &s->arena, &k, err) ||
            !my_conn_value(s, "SELECT CURRENT_USER()", &s->arena, &k.user, err))
            return err_context(err, "while asking the server who it is");
        s->known = k;
    }
    struct server_facts f = s->known;
    f.server_id = arena_strdup(a, f.server_id);
    f.user = arena_strdup(a, f.user);
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
