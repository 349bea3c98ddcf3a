#include "pg.h"

#include <string.h>

#include <dbtwin/log.h>

/* Sessions begin and end here: dialled, asked for a pooler, pinned; and what a server says of
 * itself. */

static void hush(void *arg, const char *message)
{
    struct buf b = BUF_INIT;

    (void)arg;
    pg_add_message(&b, message);
    log_debug("postgres: %s", b.data);
    buf_release(&b);
}

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
    s->progress = o ? o->progress : NULL;
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
