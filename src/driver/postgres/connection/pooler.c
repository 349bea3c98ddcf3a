#include "pg.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dbtwin/clock.h>
#include <dbtwin/log.h>

/*
 * A pooler that lends a server's process for one transaction makes the session's settings,
 * locks and snapshots belong to nobody, and what dbtwin sets (search_path '', read-only) would
 * reach other programs. So this is asked before anything is set.
 *
 * A pooler routes cancel requests, so what it calls the backend's process at login is a number of
 * its own: where pg_backend_pid() says the same, the server itself is at the other end, and there
 * is nothing more to ask. Else a second session tells: while the first one is idle, it must never
 * get the first one's process, and each must find its own again, transaction after transaction.
 * PgBouncer lends the process that came back last, or (server_round_robin) first: both show. On a
 * pool that others use at the same time it could by chance look like a session three times over;
 * that the settings are still there is checked again when a snapshot begins (snapshot.c).
 */
enum { ROUNDS = 3, FIRST_WAIT_MS = 2000, WAIT_MS = 20000 };

static const char pid_sql[] = "SELECT pg_catalog.pg_backend_pid()";
static const char hold_sql[] = "BEGIN; SELECT pg_catalog.pg_backend_pid()";

static bool refuse(const struct session *s, const char *why, struct err *err)
{
    err_set(err, ERR_RUNTIME, "%s: a connection pooler is in between, and %s", s->label, why);
    return err_hint(err, "connect to the server itself, or to a pool in session mode (PgBouncer: "
                         "pool_mode = session)");
}

/* 1 there is an answer, 0 not in time, -1 the connection was lost or the user interrupts. */
static int await(struct session *s, int limit_ms)
{
    double end = clock_now() + limit_ms / 1e3;

    for (;;) {
        struct pollfd p = {.fd = PQsocket(s->conn), .events = POLLIN};
        double left = (end - clock_now()) * 1e3;

        if (!PQconsumeInput(s->conn) || log_cancelled())
            return -1;
        if (!PQisBusy(s->conn))
            return 1;
        if (left <= 0)
            return 0;
        poll(&p, 1, left < 100 ? (int)left : 100);
    }
}

/* The process that answers, as text in the session's arena. */
static bool take_pid(struct session *s, const char **ret, struct err *err)
{
    const char *pid = NULL;
    bool good = true;
    PGresult *res;

    while (good && (res = PQgetResult(s->conn))) {
        if (PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) == 1)
            pid = arena_strdup(&s->arena, PQgetvalue(res, 0, 0));
        else if (PQresultStatus(res) != PGRES_COMMAND_OK)
            good = pg_error(s, res, err);
        PQclear(res);
    }
    *ret = pid;
    return good && (pid || err_set(err, ERR_RUNTIME, "%s: no answer", s->label));
}

struct pair {
    struct session *first, *second;
    const char *first_pid, *second_pid; /* second_pid NULL: not known yet */
};

static bool is_lent(const struct pair *p, struct err *err)
{
    return refuse(p->first, "it gives a connection for one transaction only", err);
}

/* Takes the second one's answer: never the first one's process, and always the same. */
static bool take_second(struct pair *p, struct err *err)
{
    struct err why = ERR_INIT;
    const char *pid;

    if (!take_pid(p->second, &pid, &why)) /* PgBouncer in statement mode */
        return refuse(p->first, why.msg, err);
    if (strcmp(pid, p->first_pid) == 0 || (p->second_pid && strcmp(pid, p->second_pid) != 0))
        return is_lent(p, err);
    p->second_pid = pid;
    return true;
}

static bool take_first(struct pair *p, struct err *err)
{
    const char *pid;

    if (!PQsendQuery(p->first->conn, pid_sql))
        return pg_error(p->first, NULL, err);
    if (await(p->first, WAIT_MS) != 1)
        return refuse(p->first, "it has no connection to give", err);
    return take_pid(p->first, &pid, err) && (strcmp(pid, p->first_pid) == 0 || is_lent(p, err));
}

/* One transaction of each, the second one's still open while the first one's runs. `done`: they are
 * sessions, and no more rounds are needed. */
static bool try_round(struct pair *p, int wait_ms, bool *done, struct err *err)
{
    int answered;

    if (!PQsendQuery(p->second->conn, hold_sql))
        return pg_error(p->second, NULL, err);
    answered = await(p->second, wait_ms);
    if (answered < 0)
        return refuse(p->first, "it ended a second connection", err);
    if ((answered && !take_second(p, err)) || !take_first(p, err))
        return false;
    if (!answered) {
        /* The pool is used up and requests are served in their order: who overtakes has its own. */
        *done = await(p->second, 0) == 0;
        if (*done)
            return true;
        if (!take_second(p, err))
            return false;
    }
    return pg_run(p->second, "COMMIT", err);
}

bool pg_pooler_check(struct session *s, struct err *err)
{
    struct pair p = {.first = s};
    struct err why = ERR_INIT;
    bool good = true, done = false;
    char told[32];

    if (!pg_value(s, pid_sql, &s->arena, &p.first_pid, err) || !p.first_pid)
        return err_context(err, "while asking which process answers");
    snprintf(told, sizeof told, "%d", PQbackendPID(s->conn));
    if (strcmp(told, p.first_pid) == 0)
        return true;
    if (!pg_open_bare(s, &p.second, &why))
        return refuse(
            s, arena_printf(&s->arena, "its pooling mode cannot be determined: %s", why.msg), err);
    for (int i = 0; good && !done && i < ROUNDS; i++)
        good = try_round(&p, i ? WAIT_MS : FIRST_WAIT_MS, &done, err);
    pg_close(p.second);
    if (log_cancelled())
        return err_set(err, ERR_INTERRUPTED, "%s: interrupted", s->label);
    if (good)
        log_debug("%s: behind a pooler, in session mode", s->label);
    return good;
}
