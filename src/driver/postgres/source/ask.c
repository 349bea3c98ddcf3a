#include "../target/target.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../ask.h"

/* The queries name the database through a setting of the session: the target's is looked at from
 * another one. */
static bool set_database(struct session *s, const char *name, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good;

    buf_adds(&sql, "SELECT pg_catalog.set_config('dbtwin.database', ");
    pg_add_literal(&sql, name);
    buf_adds(&sql, ", false)");
    good = pg_run(s, sql.data, err);
    buf_release(&sql);
    return good;
}

static const char *fact(const struct vec *answers, const char *name)
{
    for (size_t i = 0; i < answers->len; i++) {
        const struct answer *x = &VEC_AT(answers, struct answer, i);
        if (str_eq(x->topic, "fact") && str_eq(x->name, name))
            return x->value;
    }
    return NULL;
}

/* Over a socket server and files are on this machine, or in a container of it, whose folders are
 * not seen from here under their names. */
static void add_free(const struct asking *q)
{
    const char *folder = fact(q->ret, "tablespace");

    if (!str_eq(fact(q->ret, "local"), "yes"))
        return;
    ask_free_bytes(q, folder ? folder : fact(q->ret, "data_directory"));
}

static void add_client(const struct asking *q)
{
    char text[32];
    int v = PQlibVersion();

    snprintf(text, sizeof text, "libpq %d.%d", v / 10000, v % 10000);
    ask_add(q, "fact", "client", text, NULL);
}

static bool ask_all(struct session *s, const char *database, struct asking *q, struct err *err)
{
    if (!set_database(s, database, err) || !ask_queries(s, q, err))
        return false;
    if (ask_wants(q, "fact")) {
        add_client(q);
        add_free(q);
    }
    return true;
}

bool pg_ask(struct session *s, const char *topic, struct arena *a, struct vec *ret, struct err *err)
{
    struct asking q = {ask_postgres, ENGINE_PG, s->version, DRIVER_SOURCE, topic, a, ret, pg_rows};

    return ask_all(s, PQdb(s->conn), &q, err);
}

bool pg_target_ask(struct target *t, const char *topic, struct arena *a, struct vec *ret,
                   struct err *err)
{
    struct asking q = {ask_postgres, ENGINE_PG, t->admin->version, DRIVER_TARGET, topic, a,
                       ret,          pg_rows};

    if (!ask_all(t->admin, t->name, &q, err))
        return false;
    if (ask_wants(&q, "schema"))
        for (size_t i = 0; i < t->hurdles.len; i++) {
            const struct answer *x = &VEC_AT(&t->hurdles, struct answer, i);
            ask_add(&q, x->topic, arena_strdup(a, x->name), x->value, x->more);
        }
    return true;
}

/*
 * What was received and not replayed, by the clock. The age of the last replayed transaction alone
 * would call a standby late whose primary was idle; so it counts only where replay does not reach
 * in a moment what has been received. Without a receiver nothing says how much there is: then that
 * age is all that is known.
 * https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-INFO-TABLE
 */
static bool has_caught_up(struct session *s, const char *received, bool *ret, struct err *err)
{
    static const char sql[] = "SELECT pg_catalog.pg_last_wal_replay_lsn() >= $1::pg_catalog.pg_lsn";
    struct timespec moment = {.tv_nsec = 200 * 1000 * 1000};
    PGresult *res;

    nanosleep(&moment, NULL);
    res = pg_query_params(s, sql, 1, &received, err);
    if (res)
        *ret = PQgetvalue(res, 0, 0)[0] == 't';
    PQclear(res);
    return res != NULL;
}

bool pg_lag(struct session *s, double *ret, struct err *err)
{
    static const char state_sql[] =
        "SELECT pg_catalog.pg_is_in_recovery(), CASE WHEN pg_catalog.pg_is_in_recovery() AND EXISTS"
        " (SELECT FROM pg_catalog.pg_stat_wal_receiver) THEN pg_catalog.pg_last_wal_receive_lsn()"
        " END";
    static const char age_sql[] = "SELECT extract(epoch FROM pg_catalog.clock_timestamp()"
                                  " - pg_catalog.pg_last_xact_replay_timestamp())";
    struct arena a = ARENA_INIT;
    const char *text = NULL;
    bool standby = false, caught_up = false;
    PGresult *res = pg_query(s, state_sql, err);
    bool good = res != NULL;

    if (good)
        standby = PQgetvalue(res, 0, 0)[0] == 't';
    if (good && standby && !PQgetisnull(res, 0, 1))
        good = has_caught_up(s, PQgetvalue(res, 0, 1), &caught_up, err);
    PQclear(res);
    if (good && standby && !caught_up) {
        good = pg_value(s, age_sql, &a, &text, err);
        if (good && !text)
            good = err_set(err, ERR_RUNTIME,
                           "%s is a standby that does not say how far it is behind", s->label);
    }
    if (good)
        *ret = !standby ? -1 : text ? strtod(text, NULL) : 0;
    arena_release(&a);
    return good;
}

/* Sessions of this program are those of its name and role. Nothing but ACCESS EXCLUSIVE waits for
 * who reads. */
bool pg_waits(struct session *s, struct arena *a, const char **ret, struct err *err)
{
    static const char sql[] =
        "SELECT pg_catalog.format('process %s waits for %s', l.pid, l.relation::regclass)"
        " FROM pg_catalog.pg_locks l WHERE NOT l.granted AND l.locktype = 'relation'"
        " AND l.mode = 'AccessExclusiveLock' AND l.database = (SELECT oid FROM"
        " pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
        " AND EXISTS (SELECT FROM pg_catalog.pg_stat_activity o WHERE o.usename = current_user"
        " AND o.application_name = pg_catalog.current_setting('application_name')"
        " AND o.pid = ANY (pg_catalog.pg_blocking_pids(l.pid))) LIMIT 1";

    return pg_value(s, sql, a, ret, err);
}
