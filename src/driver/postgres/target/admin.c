#include "target.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include <dbtwin/log.h>

/* ---- names ------------------------------------------------------------------------------ */

/* ---- the admin session ------------------------------------------------------------------ */

/* Whether another database of the server may let us in where this one did not. A refused login has
 * no SQLSTATE, so texts must do; those of the server may be in any language, these are libpq's. */
static bool is_worth_another(const struct err *err)
{
    static const char *const final[] = {
        "Connection refused",
        "No such file or directory",
        "could not translate",
        "no answer within",
        "timeout expired",
        "Network is unreachable",
        "No route to host",
        "no password supplied",
        "password authentication failed",
        "root certificate",
        "SSL error",
    };

    if (err->cls == ERR_INTERRUPTED || err->cls == ERR_USAGE)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(final); i++)
        if (strstr(err->msg, final[i]))
            return false;
    return true;
}

/* Any other database that this role may enter, as the target itself knows them. */
static bool open_other(struct target *t, struct session **ret, struct err *err)
{
    static const char sql[] =
        "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate"
        " AND datname <> pg_catalog.current_database() AND datname NOT LIKE '%\\_\\_dbtwin\\_%'"
        " AND pg_catalog.has_database_privilege(oid, 'CONNECT') ORDER BY datname LIMIT 5";
    struct session *s = NULL;
    struct err why = ERR_INIT;
    PGresult *res = NULL;
    bool good = false;

    if (pg_target_connect(t, t->name, DRIVER_SOURCE, &s, &why))
        res = pg_query(s, sql, &why);
    for (int i = 0; res && !good && i < PQntuples(res); i++)
        good = pg_target_connect(t, PQgetvalue(res, i, 0),
                                 t->options.look ? DRIVER_SOURCE : DRIVER_TARGET, ret, &why);
    PQclear(res);
    pg_close(s);
    if (good)
        return true;
    err_context(err, "a database other than \"%s\" is needed to connect to", t->name);
    return err_hint(err, "GRANT CONNECT ON DATABASE postgres to this role, or create a database "
                         "of that name");
}

bool pg_admin_open(struct target *t, struct session **ret, struct err *err)
{
    static const char *const usual[] = {"postgres", "template1"};
    enum driver_role role = t->options.look ? DRIVER_SOURCE : DRIVER_TARGET;
    struct session *s = NULL;

    for (size_t i = 0; !s && i < ARRAY_LEN(usual); i++) {
        struct err why = ERR_INIT;
        if (strcmp(t->name, usual[i]) == 0 || pg_target_connect(t, usual[i], role, &s, &why))
            continue;
        if (!err_is_set(err))
            *err = why;
        if (!is_worth_another(&why))
            return false;
    }
    if (!s && !err_is_set(err))
        err_set(err, ERR_CONNECTION, "%s", t->endpoint->label);
    if (!s && !open_other(t, &s, err))
        return false;
    err_clear(err);
    *ret = s;
    return true;
}

/* What is in a database of its own name may be renamed, or be renamed to. */
static bool may_be_shared(const struct session *s)
{
    const char *db = PQdb(s->conn);
    return str_eq(db, "postgres") || str_eq(db, "template1");
}

bool pg_admin_begin(struct target *t, struct err *err)
{
    struct session **shared = t->options.shared;
    bool there = shared && *shared && PQstatus((*shared)->conn) == CONNECTION_OK;
    if (there && strcmp(PQdb((*shared)->conn), t->name) != 0) {
        t->admin = *shared;
        t->admin->label = t->endpoint->label;
        t->shared = true;
        return true;
    }
    if (!pg_admin_open(t, &t->admin, err))
        return false;
    if (shared && !*shared && may_be_shared(t->admin)) {
        *shared = t->admin;
        t->shared = true;
    }
    return true;
}

static void unlock(struct target *t);

void pg_admin_end(struct target *t, struct session *by)
{
    if (t->admin && t->shared)
        unlock(t);
    else
        pg_close(t->admin);
    t->admin = by;
    t->shared = t->locked = false;
}

/* ---- the run lock ----------------------------------------------------------------------- */

static int64_t lock_key(const struct target *t)
{
    struct buf b = BUF_INIT;
    uint64_t h;
    int64_t key;

    buf_addf(&b, "dbtwin run lock:%s", t->name);
    h = hash_bytes64(b.data, b.len);
    buf_release(&b);
    memcpy(&key, &h, sizeof key);
    return key;
}

static bool ask(struct session *s, const char *sql, bool *ret, struct err *err)
{
    PGresult *res = pg_query(s, sql, err);

    if (!res)
        return false;
    *ret = PQntuples(res) > 0 && PQgetvalue(res, 0, 0)[0] == 't';
    PQclear(res);
    return true;
}

/* How pg_locks shows an advisory lock with a 64-bit key. */
static void add_lock_filter(struct buf *b, int64_t key)
{
    buf_addf(b,
             "l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database ="
             " (SELECT oid FROM pg_catalog.pg_database WHERE datname ="
             " pg_catalog.current_database()) AND l.classid = %" PRIu32 " AND l.objid = %" PRIu32,
             (uint32_t)((uint64_t)key >> 32), (uint32_t)((uint64_t)key & UINT32_MAX));
}

/* Sessions of a run are known by their application_name, which every role is shown. */
#define TELLER "dbtwin run %08" PRIx32 " "
enum { TELLER_LEN = sizeof("dbtwin run 12345678 ") - 1 };

bool pg_target_run(struct target *t, struct arena *a, struct run_seen *ret, struct err *err)
{
    uint32_t key = (uint32_t)((uint64_t)lock_key(t) & UINT32_MAX);
    struct buf sql = BUF_INIT;

    buf_addf(&sql,
             "SELECT pg_catalog.concat('process ', l.pid, ' of ' || a.usename::text, ' from ' ||"
             " pg_catalog.host(a.client_addr)), pg_catalog.to_char(a.backend_start AT TIME ZONE"
             " 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), (SELECT pg_catalog.max(o.application_name)"
             " FROM pg_catalog.pg_stat_activity o WHERE o.application_name LIKE '" TELLER
             "%%') FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a"
             " ON a.pid = l.pid WHERE ",
             key);
    add_lock_filter(&sql, lock_key(t));
    PGresult *res = pg_query(t->admin, sql.data, err);
    buf_release(&sql);
    if (!res)
        return false;
    *ret = (struct run_seen){.there = PQntuples(res) > 0};
    if (ret->there) {
        ret->who = arena_strdup(a, PQgetvalue(res, 0, 0));
        if (!PQgetisnull(res, 0, 1))
            ret->since = arena_strdup(a, PQgetvalue(res, 0, 1));
        if (!PQgetisnull(res, 0, 2))
            ret->text = arena_strdup(a, PQgetvalue(res, 0, 2) + TELLER_LEN);
    }
    PQclear(res);
    return true;
}

/* The admin session has its own work, which may last. */
bool pg_target_tell(struct target *t, const char *text, struct err *err)
{
    char name[64];
    const char *value = name;

    if (!text) {
        pg_close(t->teller);
        t->teller = NULL;
        return true;
    }
    if (!t->teller && !pg_admin_open(t, &t->teller, err))
        return false;
    snprintf(name, sizeof name, TELLER "%s", (uint32_t)((uint64_t)lock_key(t) & UINT32_MAX), text);
    PGresult *res = pg_query_params(
        t->teller, "SELECT pg_catalog.set_config('application_name', $1, false)", 1, &value, err);
    PQclear(res);
    return res != NULL;
}

static bool refuse_locked(struct target *t, struct err *err)
{
    struct run_seen seen = {0};
    struct err why = ERR_INIT;

    pg_target_run(t, &t->arena, &seen, &why);
    err_set(err, ERR_REFUSED, "%s: another run of dbtwin works on database \"%s\"%s%s%s%s",
            t->endpoint->label, t->name, seen.since ? " since " : "", seen.since ? seen.since : "",
            seen.who ? ", " : "", seen.who ? seen.who : "");
    return err_hint(err, "wait until it ends; if its process is gone, the server ends that session "
                         "by itself within a minute");
}

/* A run that was just killed gives the lock up when its server process notices: a moment later. */
bool pg_admin_lock(struct target *t, struct err *err)
{
    struct timespec pause = {.tv_nsec = 200 * 1000 * 1000};
    bool got = false;
    char sql[96];

    snprintf(sql, sizeof sql, "SELECT pg_catalog.pg_try_advisory_lock(%" PRId64 ")", lock_key(t));
    for (int i = 0; i < 10 && !got; i++) {
        if (i)
            nanosleep(&pause, NULL);
        if (log_cancelled())
            return err_set(err, ERR_INTERRUPTED, "%s: interrupted", t->endpoint->label);
        if (!ask(t->admin, sql, &got, err))
            return err_context(err, "while taking the run lock");
    }
    t->locked = got;
    return got || refuse_locked(t, err);
}

/* A session that goes on must let go of it. Not through pg_run: after an interrupt, too. */
static void unlock(struct target *t)
{
    char sql[96];
    if (!t->locked)
        return;
    snprintf(sql, sizeof sql, "SELECT pg_catalog.pg_advisory_unlock(%" PRId64 ")", lock_key(t));
    PQclear(PQexec(t->admin->conn, sql));
}

enum { GHOST_TRIES = 150 }; /* of a fifth of a second */

bool pg_admin_end_ghosts(struct target *t, const char *where, const char **ret_left,
                         struct err *err)
{
    struct timespec pause = {.tv_nsec = 200 * 1000 * 1000};
    const char *sql = arena_printf(
        &t->arena,
        "SELECT pg_catalog.count(*), pg_catalog.count(CASE WHEN a.application_name LIKE 'dbtwin%%'"
        " THEN pg_catalog.pg_terminate_backend(a.pid) END) FROM pg_catalog.pg_stat_activity a"
        " WHERE a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid() AND %s",
        where);

    for (int i = 0; i < GHOST_TRIES; i++) {
        if (i)
            nanosleep(&pause, NULL);
        if (log_cancelled())
            return err_set(err, ERR_INTERRUPTED, "%s: interrupted", t->endpoint->label);
        if (!pg_value(t->admin, sql, &t->arena, ret_left, err))
            return false;
        if (str_eq(*ret_left, "0"))
            break;
    }
    return true;
}

bool pg_admin_holds_lock(struct target *t, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good, held = false;

    buf_adds(&sql, "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_locks l"
                   " WHERE l.pid = pg_catalog.pg_backend_pid() AND ");
    add_lock_filter(&sql, lock_key(t));
    buf_addch(&sql, ')');
    good = ask(t->admin, sql.data, &held, err);
    buf_release(&sql);
    if (good && !held) {
        err_set(err, ERR_RUNTIME, "%s: the run lock was lost", t->endpoint->label);
        return err_hint(err, "is a connection pooler in between? Connect to the server itself");
    }
    return good;
}

/* ---- statements that are not interrupted ------------------------------------------------ */

bool pg_admin_judge(struct session *s, PGresult *res, struct err *err)
{
    ExecStatusType st = PQresultStatus(res);
    bool good = st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK;

    if (!good)
        pg_error(s, res, err);
    PQclear(res);
    return good;
}

bool pg_admin_run(struct session *s, const char *sql, struct err *err)
{
    return pg_admin_judge(s, PQexec(s->conn, sql), err);
}

/* ---- databases -------------------------------------------------------------------------- */

bool pg_admin_oid(struct session *admin, const char *database, struct arena *a, const char **ret,
                  struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good;

    buf_adds(&sql, "SELECT oid FROM pg_catalog.pg_database WHERE datname = ");
    pg_add_literal(&sql, database);
    good = pg_value(admin, sql.data, a, ret, err);
    buf_release(&sql);
    return good;
}

bool pg_admin_drop(struct session *admin, const char *database, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good;

    buf_adds(&sql, "DROP DATABASE IF EXISTS ");
    pg_add_ident(&sql, database);
    buf_adds(&sql, " WITH (FORCE)");
    good = pg_run(admin, sql.data, err);
    buf_release(&sql);
    return good;
}

/* Rights are asked for before anything moves; superusers have them all. */
static void check_rights(const struct target *t, const PGresult *res, struct err *ret)
{
    const char *label = t->endpoint->label, *role = PQgetvalue(res, 0, 4);

    if (PQgetvalue(res, 0, 1)[0] != 't') {
        err_set(ret, ERR_DENIED, "%s: role %s may not create databases", label, role);
        err_hint(ret, "as a superuser: ALTER ROLE %s CREATEDB", role);
    } else if (PQgetvalue(res, 0, 2)[0] != 't') {
        err_set(ret, ERR_DENIED,
                "%s: role %s does not own database \"%s\", so it may not replace it", label, role,
                t->name);
        err_hint(ret, "as a superuser: ALTER DATABASE %s OWNER TO %s, or GRANT %s TO %s",
                 PQgetvalue(res, 0, 5), role, PQgetvalue(res, 0, 6), role);
    }
}

bool pg_admin_check(struct target *t, struct err *ret_denied, struct err *err)
{
    static const char sql[] =
        "SELECT d.oid, r.rolcreatedb OR r.rolsuper, r.rolsuper OR d.oid IS NULL OR"
        " pg_catalog.pg_has_role(d.datdba, 'MEMBER'), pg_catalog.pg_is_in_recovery(),"
        " pg_catalog.quote_ident(r.rolname), pg_catalog.quote_ident(d.datname),"
        " pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.datdba)), s.spcname"
        " FROM pg_catalog.pg_roles r LEFT JOIN pg_catalog.pg_database d ON d.datname = $1"
        " LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = d.dattablespace"
        " AND s.spcname <> 'pg_default' WHERE r.rolname = current_user";
    PGresult *res = pg_query_params(t->admin, sql, 1, &t->name, err);
    bool good = res != NULL;

    /* Who only looks asks for rights, all of them, elsewhere. */
    if (good && PQgetvalue(res, 0, 3)[0] == 't' && !t->options.look)
        good = err_set(err, ERR_REFUSED, "%s is a standby, to which nothing can be copied",
                       t->endpoint->label);
    if (good) {
        if (!PQgetisnull(res, 0, 0))
            t->oid = arena_strdup(&t->arena, PQgetvalue(res, 0, 0));
        if (!PQgetisnull(res, 0, 7))
            t->tablespace = arena_strdup(&t->arena, PQgetvalue(res, 0, 7));
        check_rights(t, res, ret_denied);
    }
    PQclear(res);
    return good;
}

/* ---- leftovers -------------------------------------------------------------------------- */

static bool count_guests(struct target *t, const char *database, const char **ret, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good;

    buf_adds(&sql,
             "SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type ="
             " 'client backend' AND application_name NOT LIKE 'dbtwin%' AND datname = ");
    pg_add_literal(&sql, database);
    good = pg_value(t->admin, sql.data, &t->arena, ret, err);
    buf_release(&sql);
    return good;
}

/* Whether a database holds objects and bears no mark of dbtwin's copies. */
static bool is_strangers(struct target *t, const char *database, bool *ret, struct err *err)
{
    struct target_facts f = {0};
    bool objects = false;
    struct session *s;

    if (!pg_target_connect(t, database, DRIVER_SOURCE, &s, err))
        return false;
    bool good =
        pg_mark_read(s, &t->arena, &f, err) && pg_mark_has_objects(s, &t->arena, &objects, err);
    pg_close(s);
    *ret = f.mark != MARK_COPY && objects;
    return good;
}

/* A name proves nothing: the comment does, which dbtwin makes before it loads or as it swaps. */
static bool check_ours(struct target *t, const char *database, struct err *err)
{
    struct buf sql = BUF_INIT;
    const char *comment = NULL;
    bool stranger = false;

    buf_adds(&sql, "SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM"
                   " pg_catalog.pg_database WHERE datname = ");
    pg_add_literal(&sql, database);
    bool good = pg_value(t->admin, sql.data, &t->arena, &comment, err);
    buf_release(&sql);
    if (good && (str_eq(comment, PG_SHADOW_COMMENT) || str_eq(comment, PG_REPLACED_COMMENT)))
        return true;
    good = good && is_strangers(t, database, &stranger, err);
    if (!good || !stranger)
        return good;
    err_set(err, ERR_REFUSED, "%s: database \"%s\" holds what dbtwin did not put there",
            t->endpoint->label, database);
    return err_hint(err, "dbtwin needs that name while it copies: rename it or drop it");
}

static bool sweep_one(struct target *t, const char *database, struct err *err)
{
    const char *oid = NULL, *guests = NULL;

    if (!pg_admin_oid(t->admin, database, &t->arena, &oid, err))
        return false;
    if (!oid)
        return true;
    if (!check_ours(t, database, err))
        return false;
    if (!count_guests(t, database, &guests, err))
        return false;
    if (strcmp(guests, "0") != 0) {
        err_set(err, ERR_REFUSED, "%s: database \"%s\", left by an earlier run, is in use",
                t->endpoint->label, database);
        return err_hint(err, "%s session(s) are connected to it: end them, or drop it", guests);
    }
    log_info("dropping database \"%s\", left by an earlier run", database);
    return pg_admin_drop(t->admin, database, err);
}

bool pg_admin_sweep_shadow(struct target *t, struct err *err)
{
    return sweep_one(t, t->shadow, err) ||
           err_context(err, "while removing what an earlier run left");
}

bool pg_admin_sweep(struct target *t, struct err *err)
{
    const char *old = NULL;

    if (!pg_admin_oid(t->admin, t->old, &t->arena, &old, err))
        return false;
    /* Both renames are one transaction, so only a hand can have brought this about. */
    if (old && !t->oid) {
        err_set(err, ERR_REFUSED, "%s: there is a database \"%s\" but none called \"%s\"",
                t->endpoint->label, t->old, t->name);
        return err_hint(err,
                        "if it is the missing one, rename it back: ALTER DATABASE \"%s\" RENAME TO "
                        "\"%s\"; else drop it",
                        t->old, t->name);
    }
    return (t->options.resume || pg_admin_sweep_shadow(t, err)) &&
           ((sweep_one(t, t->old, err) &&
             sweep_one(t, pg_target_derived(&t->arena, t->name, "__dbtwin_rehearsal"), err)) ||
            err_context(err, "while removing what an earlier run left"));
}

/* ---- after a lost connection ------------------------------------------------------------ */

bool pg_admin_committed(struct target *t, struct err *err)
{
    struct session *s = NULL;
    struct err why = ERR_INIT;
    const char *status = NULL;
    bool known = pg_target_connect(t, t->name, DRIVER_TARGET, &s, &why) &&
                 pg_value(s, arena_printf(&t->arena, "SELECT pg_catalog.txid_status(%s)", t->xid),
                          &t->arena, &status, &why);
    pg_close(s);
    if (known && str_eq(status, "committed"))
        return true;
    if (!known || str_eq(status, "in progress"))
        err_hint(err,
                 "the connection was lost at the moment of the commit: database \"%s\" is the old "
                 "or the new one, whole either way; dbtwin.mark in it says which",
                 t->name);
    return false;
}
