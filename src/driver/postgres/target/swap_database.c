#include "target.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include <dbtwin/log.h>

/*
 * The swap is one transaction of the admin session: what the old database had beside its contents
 * is given to the shadow, the old one is renamed away, the shadow is renamed into its place,
 * commit.
 *
 * ALTER DATABASE ... RENAME locks the database against newcomers first, and only then waits (five
 * seconds) for those who are connected to go. Meanwhile a second session ends them. So nobody can
 * come back in between, no database need be closed to connections, and there is no moment at
 * which a lost connection, a killed tool or a killed server leaves anything but the old or the new.
 * Newcomers wait for the commit and are then told that the database was renamed; their next
 * attempt finds the new one.
 *
 * From BEGIN on signals are not looked at: it takes a moment, and its outcome must be known.
 */

/* ---- what the old database has beside its contents -------------------------------------- */

/*
 * Settings, rights, limit, comment and owner of the database hang on its oid and would be lost.
 * Settings that are lists are stored as quoted lists and must be given as such
 * (GUC_LIST_QUOTE in the server's guc tables; extensions cannot define any).
 * $1 the old name, $2 the shadow's. The owner comes last: until then it is ours.
 */
static const char carry_sql[] =
    "WITH old AS (SELECT d.*, pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,"
    " pg_catalog.pg_get_userbyid(datdba) AS owner FROM pg_catalog.pg_database d WHERE datname = "
    "$1::pg_catalog.text)"
    ", settings AS (SELECT s.setrole, pg_catalog.split_part(c, '=', 1) AS name,"
    " pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value FROM"
    " pg_catalog.pg_db_role_setting s, old, pg_catalog.unnest(s.setconfig) AS c"
    " WHERE s.setdatabase = old.oid)"
    "SELECT 1, pg_catalog.format('ALTER %sDATABASE %I SET %I TO %s',"
    " CASE WHEN setrole <> 0 THEN pg_catalog.format('ROLE %I IN ',"
    " pg_catalog.pg_get_userbyid(setrole)) ELSE '' END, $2::pg_catalog.text, name, CASE WHEN name "
    "IN ('search_path',"
    " 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries',"
    " 'shared_preload_libraries', 'unix_socket_directories') THEN coalesce((SELECT"
    " pg_catalog.string_agg(pg_catalog.quote_literal(coalesce(pg_catalog.replace(x.m[1],"
    " '\"\"', '\"'), x.m[2])), ', ' ORDER BY x.n) FROM pg_catalog.regexp_matches(value,"
    " '\"((?:[^\"]|\"\")*)\"|([^\",[:space:]]+)', 'g') WITH ORDINALITY AS x(m, n)), '''''')"
    " ELSE pg_catalog.quote_literal(value) END) FROM settings"
    " UNION ALL SELECT 2, pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', "
    "$2::pg_catalog.text)"
    " FROM old WHERE datacl IS NOT NULL"
    " UNION ALL SELECT 3, pg_catalog.format('GRANT %s ON DATABASE %I TO %s%s', x.privilege_type, "
    "$2,"
    " CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident("
    "pg_catalog.pg_get_userbyid(x.grantee)) END,"
    " CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)"
    " FROM old, pg_catalog.aclexplode(datacl) x"
    " UNION ALL SELECT 4, pg_catalog.format('ALTER DATABASE %I CONNECTION LIMIT %s', "
    "$2::pg_catalog.text,"
    " datconnlimit) FROM old WHERE datconnlimit >= 0"
    " UNION ALL SELECT 5, pg_catalog.format('COMMENT ON DATABASE %I IS %L', $2::pg_catalog.text, "
    "comment) FROM old"
    /* The old one cannot be dropped as long as it is a template. */
    " UNION ALL SELECT 5, pg_catalog.format('ALTER DATABASE %I IS_TEMPLATE %s', x.name, x.yes)"
    " FROM old, (VALUES ($1::pg_catalog.text, 'false'), ($2::pg_catalog.text, 'true')) x(name, yes)"
    " WHERE datistemplate"
    " UNION ALL SELECT 6, pg_catalog.format('ALTER DATABASE %I OWNER TO %I', $2::pg_catalog.text, "
    "owner) FROM old"
    " WHERE owner <> current_user ORDER BY 1, 2";

/* Where there was no database, only our own comment is to go. */
static const char comment_sql[] =
    "SELECT 5, pg_catalog.format('COMMENT ON DATABASE %I IS NULL', $2::pg_catalog.text) FROM "
    "pg_catalog.pg_database"
    " WHERE datname = $2::pg_catalog.text AND $1::pg_catalog.text IS NOT NULL"
    " AND pg_catalog.shobj_description(oid, 'pg_database') LIKE 'made by dbtwin%'";

/* A setting of another's role, or one that only superusers may set, is not worth the copy. */
static bool carry_over(struct target *t, const PGresult *statements, struct err *err)
{
    for (int i = 0; i < PQntuples(statements); i++) {
        const char *sql = PQgetvalue(statements, i, 1);
        struct err why = ERR_INIT;
        if (!pg_admin_run(t->admin, "SAVEPOINT dbtwin", err))
            return false;
        if (!pg_admin_run(t->admin, sql, &why)) {
            if (PQtransactionStatus(t->admin->conn) != PQTRANS_INERROR) {
                *err = why;
                return false;
            }
            log_warn("not carried over to the new database: %s (%s); a superuser can do that", sql,
                     why.msg);
            if (!pg_admin_run(t->admin, "ROLLBACK TO dbtwin", err))
                return false;
        }
        if (!pg_admin_run(t->admin, "RELEASE dbtwin", err))
            return false;
    }
    return true;
}

/* ---- the swap --------------------------------------------------------------------------- */

enum { EVICT_MS = 50 };

/* Who is about to be ended: the old database's guests, for the log. */
static void tell_guests(struct session *helper, const char *database)
{
    struct buf sql = BUF_INIT;
    struct err why = ERR_INIT;
    PGresult *res;

    buf_adds(&sql,
             "SELECT pg_catalog.sum(n), pg_catalog.string_agg(n::text || ' of ' || who, ', '"
             " ORDER BY who)"
             " FROM (SELECT pg_catalog.count(*) AS n, coalesce(usename::text, '?') || coalesce(' ('"
             " || nullif(application_name, '') || ')', '') AS who FROM pg_catalog.pg_stat_activity"
             " WHERE backend_type = 'client backend' AND application_name NOT LIKE 'dbtwin%'"
             " AND datname = ");
    pg_add_literal(&sql, database);
    buf_adds(&sql, " GROUP BY 2) g");
    res = pg_query(helper, sql.data, &why);
    if (res && PQntuples(res) && !PQgetisnull(res, 0, 0))
        log_info("database \"%s\" is swapped: ends %s session(s) in it (%s)", database,
                 PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1));
    PQclear(res);
    buf_release(&sql);
}

/* One by one, because a session that this role may not end fails the statement. Gives how many
 * there were. Not the target's own, of which one keeps writers away until everybody else is gone.
 */
static int evict(const struct target *t, struct session *helper, const char *database)
{
    struct buf sql = BUF_INIT;
    char one[64];
    PGresult *pids;
    int n;

    buf_adds(&sql, "SELECT pid FROM pg_catalog.pg_stat_activity WHERE pid <>"
                   " pg_catalog.pg_backend_pid() AND datname = ");
    pg_add_literal(&sql, database);
    if (t->held)
        buf_addf(&sql, " AND pid <> %d", PQbackendPID(t->held->conn));
    pids = PQexec(helper->conn, sql.data);
    n = PQresultStatus(pids) == PGRES_TUPLES_OK ? PQntuples(pids) : 1;
    for (int i = 0; PQresultStatus(pids) == PGRES_TUPLES_OK && i < PQntuples(pids); i++) {
        snprintf(one, sizeof one, "SELECT pg_catalog.pg_terminate_backend(%s)",
                 PQgetvalue(pids, i, 0));
        PQclear(PQexec(helper->conn, one));
    }
    PQclear(pids);
    buf_release(&sql);
    return n;
}

/* A prepared transaction has no session that could be ended; it is named, or NULL. */
static const char *prepared_there(struct target *t, struct session *helper, const char *database)
{
    struct err why = ERR_INIT;
    const char *name = NULL;
    struct buf sql = BUF_INIT;

    buf_adds(&sql, "SELECT pg_catalog.format('%L of %s, prepared at %s', gid, owner,"
                   " prepared::pg_catalog.timestamptz(0)) FROM pg_catalog.pg_prepared_xacts"
                   " WHERE database = ");
    pg_add_literal(&sql, database);
    buf_adds(&sql, " ORDER BY prepared LIMIT 1");
    if (!pg_value(helper, sql.data, &t->arena, &name, &why))
        log_debug("%s", why.msg);
    buf_release(&sql);
    return name;
}

static bool refuse_guests(struct target *t, struct session *helper, const char *database,
                          struct err *err)
{
    const char *prepared =
        strcmp(err->sqlstate, "55006") == 0 ? prepared_there(t, helper, database) : NULL;

    if (prepared)
        err_hint(err,
                 "the transaction %s, holds locks in database \"%s\": COMMIT PREPARED or ROLLBACK "
                 "PREPARED it there",
                 prepared, database);
    else if (strcmp(err->sqlstate, "55006") == 0)
        err_hint(err,
                 "this role could not end all sessions of database \"%s\": GRANT pg_signal_backend "
                 "to it, end those of superusers, and COMMIT PREPARED or ROLLBACK PREPARED its "
                 "prepared transactions",
                 database);
    else if (strcmp(err->sqlstate, "55P03") == 0)
        err_hint(err, "another operation is using database \"%s\" as a whole", database);
    return err_context(err, "while renaming database \"%s\" (\"%s\" is as it was)", database,
                       t->name);
}

static bool rename_database(struct target *t, struct session *helper, const char *from,
                            const char *to, struct err *err)
{
    PGconn *conn = t->admin->conn;
    struct buf sql = BUF_INIT;
    PGresult *res;
    bool good;

    buf_adds(&sql, "ALTER DATABASE ");
    pg_add_ident(&sql, from);
    buf_adds(&sql, " RENAME TO ");
    pg_add_ident(&sql, to);
    good = PQsendQuery(conn, sql.data) || pg_error(t->admin, NULL, err);
    buf_release(&sql);
    while (good && PQisBusy(conn)) {
        struct pollfd p = {.fd = PQsocket(conn), .events = POLLIN};
        if (poll(&p, 1, EVICT_MS) > 0) {
            good = PQconsumeInput(conn) || pg_error(t->admin, NULL, err);
        } else if (!evict(t, helper, from) && t->held) {
            pg_close(t->held);
            t->held = NULL;
        }
    }
    while ((res = PQgetResult(conn)))
        good = pg_admin_judge(t->admin, res, good ? err : NULL) && good;
    return good || refuse_guests(t, helper, from, err);
}

/* The connection broke while committing: a new one knows. */
static bool ask_outcome(struct target *t, const char *shadow_oid, struct err *err)
{
    struct session *s = NULL;
    struct err why = ERR_INIT;
    const char *oid = NULL;
    bool known = pg_admin_open(t, &s, &why) && pg_admin_oid(s, t->name, &t->arena, &oid, &why);

    if (known) {
        pg_admin_end(t, s);
        return str_eq(oid, shadow_oid);
    }
    pg_close(s);
    t->in_doubt = true;
    return err_hint(err,
                    "the connection was lost at the moment of the swap: database \"%s\" is the old "
                    "or the new one, whole either way; dbtwin.mark in it says which",
                    t->name);
}

/* What is kept, or is to go, is known by more than its name. */
static bool say_old(struct target *t, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good;

    if (t->keeping) {
        pg_previous_databases_comment(t, &sql);
    } else {
        buf_adds(&sql, "COMMENT ON DATABASE ");
        pg_add_ident(&sql, t->old);
        buf_adds(&sql, " IS '" PG_REPLACED_COMMENT "'");
    }
    good = pg_admin_run(t->admin, sql.data, err);
    buf_release(&sql);
    return good;
}

/* What was said to be done is so after a crash as well, and with it all that was loaded before. */
static bool swap(struct target *t, struct session *helper, const PGresult *statements,
                 const char *shadow_oid, struct err *err)
{
    struct err later = ERR_INIT;
    bool good =
        pg_admin_run(t->admin, "BEGIN", err) &&
        pg_admin_run(t->admin, "SET LOCAL lock_timeout = '10s'", err) &&
        pg_admin_run(t->admin, "SET LOCAL synchronous_commit = on", err) &&
        carry_over(t, statements, err) &&
        (!t->oid || (rename_database(t, helper, t->name, t->old, err) && say_old(t, err))) &&
        rename_database(t, helper, t->shadow, t->name, err);

    if (!good) {
        pg_admin_run(t->admin, "ROLLBACK", &later);
        return false;
    }
    if (pg_admin_run(t->admin, "COMMIT", err))
        return true;
    return PQstatus(t->admin->conn) != CONNECTION_OK && ask_outcome(t, shadow_oid, err);
}

/* ---- publish ---------------------------------------------------------------------------- */

static bool publish(struct target *t, const struct mark *mark, struct err *err)
{
    const char *names[2] = {t->name, t->shadow}, *shadow_oid = NULL;
    struct session *helper = NULL;
    PGresult *statements = NULL;
    bool good = pg_mark_look_again(t, err) && pg_mark_write(t, mark, err) &&
                pg_admin_oid(t->admin, t->shadow, &t->arena, &shadow_oid, err) &&
                pg_admin_open(t, &helper, err);

    if (good) {
        statements = pg_query_params(t->admin, t->oid ? carry_sql : comment_sql, 2, names, err);
        good = statements != NULL;
    }
    if (good && log_cancelled())
        good = err_set(err, ERR_INTERRUPTED, "%s: interrupted", t->endpoint->label);
    if (good && t->oid)
        tell_guests(helper, t->name);
    good = good && swap(t, helper, statements, shadow_oid, err);
    PQclear(statements);
    pg_close(helper);
    return good;
}

bool pg_swap_database_publish(struct target *t, const struct mark *mark, struct err *err)
{
    struct buf sql = BUF_INIT;
    struct err why = ERR_INIT;

    t->keeping = mark->keep_previous && t->oid;
    if (t->keeping && !pg_previous_databases_name(t, &t->old, err))
        return false;
    if (!publish(t, mark, err))
        return err_context(err, "while putting the copy into place");
    t->prepared = false;
    if (mark->keep_previous || mark->drop_kept)
        pg_previous_databases_prune(t, mark->keep_previous);
    if (mark->keep_previous || !t->oid)
        return true;
    if (t->keeps_inside)
        log_warn("previous states of database \"%s\" that were kept as schemas in it are dropped "
                 "with it: --keep-previous keeps it as a whole",
                 t->name);
    /* The new one is in place; what is left of the old is not worth failing for. */
    buf_adds(&sql, "DROP DATABASE IF EXISTS ");
    pg_add_ident(&sql, t->old);
    buf_adds(&sql, " WITH (FORCE)");
    if (!pg_admin_run(t->admin, sql.data, &why))
        log_warn("the old database remains as \"%s\"; the next run drops it: %s", t->old, why.msg);
    buf_release(&sql);
    return true;
}

/* The same swap, with a database that was the target before. */
static bool swap_back(struct target *t, struct err *err)
{
    const char *names[2] = {t->name, t->shadow}, *oid = NULL;
    struct session *helper = NULL;
    PGresult *statements = NULL;
    bool good = pg_mark_look_again(t, err) &&
                pg_admin_oid(t->admin, t->shadow, &t->arena, &oid, err) &&
                pg_admin_open(t, &helper, err);

    if (good) {
        statements = pg_query_params(t->admin, carry_sql, 2, names, err);
        good = statements && swap(t, helper, statements, oid, err);
    }
    PQclear(statements);
    pg_close(helper);
    return good;
}

/* Rights may have changed since: the newer of a kept database and of kept schemas. */
bool pg_target_rollback(struct target *t, struct arena *a, const char **ret_kept, struct err *err)
{
    struct session *s = NULL;
    struct err why = ERR_INIT;
    const char *stamp = NULL;

    if (!pg_previous_databases_newest(t, &t->shadow, err) ||
        !pg_previous_schemas_newest(t, &stamp, err))
        return false;
    if (stamp && (!t->shadow || strcmp(stamp, t->shadow + strlen(t->shadow) - strlen(stamp)) > 0))
        return pg_previous_schemas_rollback(t, stamp, a, ret_kept, err);
    if (!t->shadow || !t->oid) {
        err_set(err, ERR_REFUSED, "%s: no previous state of database \"%s\" was kept",
                t->endpoint->label, t->name);
        return err_hint(err, "dbtwin copy --keep-previous N keeps what it replaces");
    }
    if (t->strategy->base.one_transaction) {
        err_set(err, ERR_DENIED,
                "%s: the previous state is database \"%s\", and this role may not create and "
                "rename databases",
                t->endpoint->label, t->shadow);
        return err_hint(err, "ALTER ROLE ... CREATEDB, and the database's owner");
    }
    if (!pg_previous_databases_name(t, &t->old, err))
        return false;
    t->keeping = true;
    if (!swap_back(t, err))
        return err_context(err, "while putting the previous state back");
    if (!pg_target_connect(t, t->name, DRIVER_TARGET, &s, &why) ||
        !pg_history_add_rollback(s, &why))
        log_warn("the history of runs could not be added to: %s", why.msg);
    pg_close(s);
    *ret_kept = arena_printf(a, "database \"%s\"", t->old);
    return true;
}
