#include "../connection/pg.h"

#include <string.h>

#include <dbtwin/log.h>

/*
 * SET TRANSACTION SNAPSHOT must come before the transaction's first query, so it is sent together
 * with BEGIN. What follows repeats the session's settings inside the transaction, because a pooler
 * in transaction mode may have given it another server process than the one that was prepared.
 * lock_timeout: whoever holds ACCESS EXCLUSIVE on a table makes us wait, and everybody behind us.
 */
static const char begin_sql[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;";
static const char local_sql[] =
    "SELECT pg_catalog.set_config(name, '0', true) FROM pg_catalog.pg_settings WHERE name IN ("
    "'statement_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',"
    "'transaction_timeout');"
    "SET LOCAL row_security = off; SET LOCAL lock_timeout = '10s';"
    "SELECT pg_catalog.current_setting('search_path') = ''"
    " AND pg_catalog.current_setting('extra_float_digits') = '3', pg_catalog.pg_backend_pid()";

static bool begin(struct session *s, const char *snapshot_id, struct err *err)
{
    struct buf sql = BUF_INIT;
    PGresult *res;
    bool pinned;

    if (s->snapshot)
        return err_set(err, ERR_RUNTIME, "%s: a snapshot is already taken", s->label);
    buf_adds(&sql, begin_sql);
    if (snapshot_id) {
        buf_adds(&sql, "SET TRANSACTION SNAPSHOT ");
        pg_add_literal(&sql, snapshot_id);
        buf_addch(&sql, ';');
    }
    buf_adds(&sql, local_sql);
    res = pg_query(s, sql.data, err);
    buf_release(&sql);
    if (!res) {
        if (snapshot_id && strcmp(err->sqlstate, "22023") == 0)
            err_hint(err, "all connections must reach the same server: name one host, and no "
                          "balancing pooler, in the URL");
        return false;
    }
    pinned = PQgetvalue(res, 0, 0)[0] == 't';
    if (!pinned) {
        err_set(err, ERR_RUNTIME, "%s: the connection lost its settings", s->label);
        err_hint(err, "a pooler in transaction mode is in between: connect to the server itself, "
                      "or to a pool in session mode");
    }
    s->snapshot = pinned;
    PQclear(res);
    return pinned;
}

/* The position is good to know and not more: some hosted servers do not tell it. */
static bool read_position(struct session *s, struct arena *a, const char **ret, struct err *err)
{
    static const char sql[] =
        "SAVEPOINT dbtwin; SELECT CASE WHEN pg_catalog.pg_is_in_recovery()"
        " THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END";
    struct err why = ERR_INIT;

    *ret = NULL;
    if (pg_value(s, sql, a, ret, &why))
        return pg_run(s, "RELEASE dbtwin", err);
    if (PQtransactionStatus(s->conn) != PQTRANS_INERROR) {
        *err = why;
        return false;
    }
    log_debug("postgres: no WAL position: %s", why.msg);
    return pg_run(s, "ROLLBACK TO dbtwin", err);
}

#define IDENTITY_COLUMNS                  \
    ", pg_catalog.pg_current_snapshot()," \
    " pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())"
/* Not in one statement with the position: exporting is not possible inside a savepoint. */
static const char export_sql[] =
    "SELECT pg_catalog.pg_export_snapshot(), pg_catalog.pg_is_in_recovery(),"
    " pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC',"
    " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')" IDENTITY_COLUMNS;
static const char alone_sql[] =
    "SELECT NULL, pg_catalog.pg_is_in_recovery(),"
    " pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC',"
    " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')" IDENTITY_COLUMNS;

/*
 * Two snapshots of one running primary with the same xmin, xmax and transactions in progress show
 * the same rows: whoever commits either leaves the list of those in progress or, being younger than
 * xmax, raises it, and so does whoever rewrites a table. On a standby the list is not told; there a
 * replay that is paused at one place, before and after the snapshot was taken, says the same. What
 * has no transactions (positions of sequences) is read again by every run.
 */
static const char paused_sql[] =
    "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN CASE"
    " WHEN pg_catalog.pg_get_wal_replay_pause_state() = 'paused'"
    " THEN pg_catalog.pg_last_wal_replay_lsn()::pg_catalog.text END END";

static const char *paused_at(struct session *s, struct arena *a)
{
    struct err why = ERR_INIT;
    const char *lsn = NULL;
    if (s->version >= 140000)
        pg_value(s, paused_sql, a, &lsn, &why);
    return lsn;
}

static void identify(struct session *s, const PGresult *res, const char *paused, struct arena *a,
                     struct snapshot_info *info)
{
    const char *snapshot = PQgetvalue(res, 0, 3);
    bool standby = PQgetvalue(res, 0, 1)[0] == 't';
    str_parse_u64(PQgetvalue(res, 0, 4), &info->transactions);
    if (!standby)
        info->identity = arena_strdup(a, snapshot);
    else if (paused && str_eq(paused, paused_at(s, a)))
        info->identity = arena_printf(a, "%s, replay paused at %s", snapshot, paused);
    else
        info->unknown = "the source is a standby that keeps replaying (pg_wal_replay_pause() would "
                        "stop it; PostgreSQL 14 and later)";
}

static bool take(struct session *const *sessions, unsigned n, struct arena *a,
                 struct snapshot_info *ret, struct err *err)
{
    struct snapshot_info info = {0};
    const char *id, *paused = paused_at(sessions[0], a);
    PGresult *res;

    if (!begin(sessions[0], NULL, err))
        return false;
    res = pg_query(sessions[0], n > 1 ? export_sql : alone_sql, err);
    if (!res)
        return false;
    id = arena_strdup(a, PQgetvalue(res, 0, 0));
    if (PQgetvalue(res, 0, 1)[0] == 't')
        info.note = "read from a standby, as of what it had replayed; unlogged tables are empty "
                    "there and cannot be read";
    info.taken_at = arena_strdup(a, PQgetvalue(res, 0, 2));
    identify(sessions[0], res, paused, a, &info);
    PQclear(res);
    if (!read_position(sessions[0], a, &info.position, err))
        return false;
    for (unsigned i = 1; i < n; i++)
        if (!begin(sessions[i], id, err))
            return false;
    *ret = info;
    return true;
}

bool pg_snapshot(struct session *const *sessions, unsigned n, struct arena *a,
                 struct snapshot_info *ret, struct err *err)
{
    return take(sessions, n, a, ret, err) || err_context(err, "while taking the snapshot");
}
