#include "../target/target.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../ask.h"
#include "data.h"
#include "documents.h"
#include "../connection/grants.h"

static bool set_database(struct my_session *s, const char *name, struct err *err)
{
    struct buf sql = BUF_INIT;
    buf_adds(&sql, "SET @dbtwin_database = ");
    my_quote_text(&sql, name, strlen(name));
    bool good = my_conn_run(s, sql.data, err);
    buf_release(&sql);
    return good;
}

/* ---- rights -------------------------------------------------------------------------------- */

struct right {
    const char *names[4]; /* any of them will do */
    unsigned engines;
    const char *why;
};

/* On the server as a whole; a copy continues without them. */
static const struct right source_rights[] = {
    {{"RELOAD"}, ENGINE_MA, "so that several jobs read one state; without it, one job reads alone"},
    {{"RELOAD"}, ENGINE_MY, "so that several jobs read one state; without it, one job reads alone"},
    {{"BACKUP_ADMIN"},
     ENGINE_MY,
     "so that several jobs read one state; without it, one job reads alone"},
};
static const struct right target_rights[] = {
    {{"SET_ANY_DEFINER", "SET_USER_ID", "SUPER", "SET USER"},
     ENGINE_MYSQL,
     "to keep the DEFINER of views, triggers and routines (SYSTEM_USER too, if that account has "
     "it); without it, this account becomes the DEFINER"},
};
/* On the target and on the databases beside it. */
static const char *const whole_rights[] = {
    "SELECT",        "INSERT",  "UPDATE",      "DELETE",    "CREATE", "DROP",
    "REFERENCES",    "INDEX",   "ALTER",       "EXECUTE",   "EVENT",  "CREATE ROUTINE",
    "ALTER ROUTINE", "TRIGGER", "CREATE VIEW", "SHOW VIEW",
};

static bool account(struct my_session *s, const struct asking *q, const char **ret, struct err *err)
{
    const char *user = NULL;
    if (!my_conn_value(s, "SELECT CURRENT_USER()", q->a, &user, err))
        return false;
    *ret = my_grants_account(user, q->a);
    return true;
}

static const char *name_for(const struct my_session *s, const struct right *r)
{
    /* https://dev.mysql.com/doc/refman/8.4/en/privileges-provided.html: from 8.2 */
    if (r == target_rights)
        return s->flavor == ENGINE_MA ? "SET USER"
               : s->version >= 80200  ? r->names[0]
                                      : r->names[1];
    return r->names[0];
}

static void ask_server_rights(struct my_session *s, const struct asking *q,
                              const struct my_grants *g, const char *who,
                              const struct right *rights, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct right *r = &rights[i];
        bool have = !(r->engines & s->flavor);
        for (size_t k = 0; !have && k < ARRAY_LEN(r->names) && r->names[k]; k++)
            have = my_grants_have(g, r->names[k], NULL);
        if (!have)
            ask_add(q, "right", arena_printf(q->a, "GRANT %s ON *.* TO %s", name_for(s, r), who),
                    r->why, "warning");
    }
}

/* A pattern takes in all that dbtwin may make beside the target. */
static void ask_database_rights(const struct asking *q, const struct my_grants *g, const char *who,
                                const char *database, const char *pattern, const char *why)
{
    struct buf lacks = BUF_INIT;
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(whole_rights); i++)
        if (!my_grants_have(g, whole_rights[i], database))
            buf_addf(&lacks, "%s%s", n++ ? ", " : "", whole_rights[i]);
    if (n)
        ask_add(q, "right",
                arena_printf(q->a, "GRANT %s ON %s.* TO %s",
                             n == ARRAY_LEN(whole_rights) ? "ALL" : lacks.data, pattern, who),
                why, NULL);
    buf_release(&lacks);
}

static const char *quoted(const struct asking *q, const char *name, bool like)
{
    struct buf b = BUF_INIT, plain = BUF_INIT;
    for (const char *p = name; *p; p++) {
        if (like && (*p == '_' || *p == '%'))
            buf_addch(&plain, '\\');
        buf_addch(&plain, *p);
    }
    if (like)
        buf_adds(&plain, "\\_\\_dbtwin\\_%");
    my_quote_name(&b, plain.data);
    const char *text = arena_strdup(q->a, b.data);
    buf_release(&plain);
    buf_release(&b);
    return text;
}

/* What the account may do that other checks depend on. */
static void ask_powers(const struct asking *q, const struct my_grants *g)
{
    static const char *const log[] = {"SUPER", "BINLOG ADMIN", "SYSTEM_VARIABLES_ADMIN",
                                      "SESSION_VARIABLES_ADMIN"};
    bool may = false;
    for (size_t i = 0; !may && i < ARRAY_LEN(log); i++)
        may = my_grants_have(g, log[i], NULL);
    ask_add(q, "fact", "may_skip_binlog", may ? "yes" : "no", NULL);
    ask_add(q, "fact", "super", my_grants_have(g, "SUPER", NULL) ? "yes" : "no", NULL);
}

static bool ask_rights(struct my_session *s, const struct asking *q, const struct my_target *t,
                       struct err *err)
{
    struct my_grants g;
    const char *who;
    if (!ask_wants(q, "right") && !ask_wants(q, "fact"))
        return true;
    if (!account(s, q, &who, err) || !my_grants_read(s, q->a, &g, err))
        return false;
    if (t) {
        const char *beside = quoted(q, t->db, true);
        ask_server_rights(s, q, &g, who, target_rights, ARRAY_LEN(target_rights));
        ask_database_rights(q, &g, who, t->db, quoted(q, t->db, false), "to replace what is there");
        ask_database_rights(q, &g, who, t->shadow, beside, "a copy is loaded into a shadow");
        ask_powers(q, &g);
    } else {
        ask_server_rights(s, q, &g, who, source_rights, ARRAY_LEN(source_rights));
    }
    my_grants_release(&g);
    return true;
}

/* ---- disk ---------------------------------------------------------------------------------- */

static const char *fact(const struct asking *q, const char *name)
{
    for (size_t i = 0; i < q->ret->len; i++) {
        const struct answer *x = &VEC_AT(q->ret, struct answer, i);
        if (str_eq(x->topic, "fact") && str_eq(x->name, name))
            return x->value;
    }
    return NULL;
}

/* MariaDB's plugin "disks" tells it of a server anywhere; FILE is needed.
 * https://mariadb.com/kb/en/information-schema-disks-table/ */
static bool free_by_plugin(struct my_session *s, const struct asking *q, struct err *err)
{
    struct err why = ERR_INIT;
    const char *bytes = NULL;
    if (s->flavor != ENGINE_MA)
        return true;
    if (!my_conn_value(s,
                       "SELECT CAST(Available * 1024 AS CHAR) FROM information_schema.DISKS WHERE "
                       "@@datadir LIKE CONCAT(Path, '%') ORDER BY LENGTH(Path) DESC LIMIT 1",
                       q->a, &bytes, &why)) {
        if (why.cls != ERR_CONNECTION && why.cls != ERR_INTERRUPTED)
            return true;
        *err = why;
        return false;
    }
    if (bytes)
        ask_add(q, "fact", "free_bytes", bytes, fact(q, "datadir"));
    return true;
}

/*
 * The files of InnoDB's tables: information_schema.TABLES has estimates that lag behind by minutes.
 * PROCESS is needed; who has it not, or has names that InnoDB spells otherwise in its list, is left
 * with the estimates.
 * https://mariadb.com/kb/en/information-schema-innodb_sys_tablespaces-table/
 */
static bool files_by_engine(struct my_session *s, const struct asking *q, struct err *err)
{
    struct err why = ERR_INIT;
    const char *bytes = NULL;
    const char *table = s->flavor == ENGINE_MA ? "INNODB_SYS_TABLESPACES" : "INNODB_TABLESPACES";
    if (!my_conn_value(
            s,
            arena_printf(q->a,
                         "SELECT CAST(SUM(FILE_SIZE) AS CHAR) FROM information_schema.%s "
                         "WHERE LEFT(NAME, CHAR_LENGTH(@dbtwin_database) + 1) = "
                         "CONCAT(@dbtwin_database, '/')",
                         table),
            q->a, &bytes, &why)) {
        if (why.cls != ERR_CONNECTION && why.cls != ERR_INTERRUPTED)
            return true;
        *err = why;
        return false;
    }
    if (bytes)
        ask_add(q, "fact", "file_bytes", bytes, NULL);
    return true;
}

static bool ask_all(struct my_session *s, const char *database, const struct asking *q,
                    const struct my_target *t, struct err *err)
{
    if (!set_database(s, database, err) || !ask_queries((struct session *)(void *)s, q, err) ||
        !ask_rights(s, q, t, err) || !my_documents_ask(s, q, err))
        return false;
    if (!ask_wants(q, "fact"))
        return true;
    ask_add(q, "fact", "client",
            arena_printf(q->a,
#ifdef MARIADB_PACKAGE_VERSION
                         "MariaDB Connector/C "
#else
                         "libmysqlclient "
#endif
                         "%s",
                         mysql_get_client_info()),
            NULL);
    if (!free_by_plugin(s, q, err) || !files_by_engine(s, q, err))
        return false;
    if (!fact(q, "free_bytes") && my_conn_is_local(s))
        ask_free_bytes(q, fact(q, "datadir"));
    return true;
}

bool my_ask(struct session *session, const char *topic, struct arena *a, struct vec *ret,
            struct err *err)
{
    struct my_session *s = my_session(session);
    struct asking q = {ask_mysql, s->flavor, s->version, DRIVER_SOURCE,
                       topic,     a,         ret,        my_conn_rows};
    return ask_all(s, s->database, &q, NULL, err);
}

/* Names in hexadecimal, each between commas. */
static bool set_together(struct my_target *t, struct err *err)
{
    const char *own[] = {t->db, NULL};
    struct buf sql = BUF_INIT;
    buf_adds(&sql, "SET @dbtwin_together = ',");
    for (const char *const *name = t->options.together ? t->options.together : own; *name; name++) {
        for (const char *p = *name; *p; p++)
            buf_addf(&sql, "%02X", (unsigned char)*p);
        buf_addch(&sql, ',');
    }
    buf_addch(&sql, '\'');
    bool good = my_conn_run(my_session(t->session), sql.data, err);
    buf_release(&sql);
    return good;
}

bool my_target_ask(struct target *target, const char *topic, struct arena *a, struct vec *ret,
                   struct err *err)
{
    struct my_target *t = my_target(target);
    struct my_session *s = my_session(t->session);
    struct asking q = {ask_mysql, s->flavor, s->version, DRIVER_TARGET,
                       topic,     a,         ret,        my_conn_rows};
    return set_together(t, err) && ask_all(s, t->db, &q, t, err);
}

/* ---- how far a replica is behind ------------------------------------------------------------ */

/* The worst of all channels. */
static bool take_lag(struct my_session *s, MYSQL_RES *res, double *ret, struct err *err)
{
    unsigned n = mysql_num_fields(res), at = n;
    const MYSQL_FIELD *fields = mysql_fetch_fields(res);
    MYSQL_ROW row;
    for (unsigned i = 0; i < n; i++)
        if (!strcasecmp(fields[i].name, "Seconds_Behind_Source") ||
            !strcasecmp(fields[i].name, "Seconds_Behind_Master"))
            at = i;
    *ret = -1;
    while ((row = mysql_fetch_row(res))) {
        if (at == n || !row[at])
            return err_set(
                err, ERR_RUNTIME,
                "%s is a replica whose replication is stopped: how far it is behind is not known",
                s->label);
        double lag = strtod(row[at], NULL);
        *ret = lag > *ret ? lag : *ret;
    }
    return true;
}

bool my_lag(struct session *session, double *ret, struct err *err)
{
    struct my_session *s = my_session(session);
    /* https://mariadb.com/kb/en/show-replica-status/, MySQL 8.0.22 */
    const char *sql = s->flavor == ENGINE_MA ? "SHOW ALL SLAVES STATUS"
                      : s->version >= 80022  ? "SHOW REPLICA STATUS"
                                             : "SHOW SLAVE STATUS";
    double lag = -1;
    if (!my_conn_query(s, sql, strlen(sql), err)) {
        if (err->cls == ERR_DENIED)
            err_hint(err, "to see how far the source is behind: GRANT %s ON *.* to this account",
                     s->flavor == ENGINE_MA ? "REPLICA MONITOR" : "REPLICATION CLIENT");
        return false;
    }
    MYSQL_RES *res = mysql_store_result(s->db);
    if (!res)
        return my_conn_fail(s, err);
    bool good = take_lag(s, res, &lag, err);
    mysql_free_result(res);
    if (good)
        *ret = lag;
    return good && my_conn_rest(s, err);
}

/* ---- who waits behind our reading ------------------------------------------------------------ */

struct waiting {
    const struct my_session *s;
    struct arena *a;
    const char *who;
};

/* A table of a database that is read: the session's, or those that it was told. */
static bool is_read(const struct my_session *s, const char *in, const char *text)
{
    const char *own[] = {s->database, NULL};
    for (const char *const *name = s->watched ? s->watched : own; *name; name++)
        if ((in && !strcasecmp(in, *name)) || strcasestr(text, *name))
            return true;
    return false;
}

/* Id, User, Host, db, Command, Time, State, Info */
static bool waiting_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                        struct err *err)
{
    static const char *const alone[] = {"ALTER",    "ANALYZE", "CREATE", "DROP",    "LOCK",
                                        "OPTIMIZE", "RENAME",  "REPAIR", "TRUNCATE"};
    struct waiting *w = ctx;
    (void)lengths, (void)err;
    if (w->who || n < 8 || !v[6] || !v[7] || !strstr(v[6], "metadata lock"))
        return true;
    const char *text = v[7] + strspn(v[7], " \t\r\n(");
    for (size_t i = 0; i < ARRAY_LEN(alone); i++) {
        size_t len = strlen(alone[i]);
        if (strncasecmp(text, alone[i], len) != 0 || text[len] > ' ')
            continue;
        if (is_read(w->s, v[3], text))
            w->who =
                arena_printf(w->a, "connection %s (%s) waits for an exclusive lock on a table (%s)",
                             v[0] ? v[0] : "?", v[1] ? v[1] : "?", alone[i]);
    }
    return true;
}

bool my_waits(struct session *session, struct arena *a, const char **ret, struct err *err)
{
    struct waiting w = {my_session(session), a, NULL};
    *ret = NULL;
    if (!w.s->database || !my_conn_rows(session, "SHOW FULL PROCESSLIST", waiting_row, &w, err))
        return !w.s->database;
    *ret = w.who;
    return true;
}
