#include "target.h"

#include <string.h>
#include <strings.h>

/*
 * What is carried out on a target. A plan's statement may come from a file that a stranger wrote:
 * it goes by the extended protocol, in which the server takes one statement and no more
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY). What the
 * user says by --after is theirs, and may be several; but it must not leave a transaction open,
 * which would be rolled back without a word, and rows that were to be masked would go live.
 */

static bool is_target(const struct session *s, struct err *err)
{
    return s->role == DRIVER_TARGET ||
           err_set(err, ERR_REFUSED, "%s: is a source, and nothing is changed on a source",
                   s->label);
}

bool pg_exec(struct session *s, const struct object *o, const char *sql, struct err *err)
{
    if (!is_target(s, err))
        return false;
    if (s->lent)
        return pg_swap_schemas_exec(s, o, sql, err);
    PGresult *res = pg_query_params(s, sql, 0, NULL, err);
    PQclear(res);
    return res != NULL;
}

/* ---- several, in one transaction ----------------------------------------------------------- */

#ifdef LIBPQ_HAS_PIPELINING

/* In a pipeline the server takes no more than its buffer before it is told that COPY failed, and
 * then waits for an end that was sent already. No plan has a COPY: the connection is given up. */
static void end_copy(struct session *s, const PGresult *res)
{
    ExecStatusType st = PQresultStatus(res);
    if (st == PGRES_COPY_IN || st == PGRES_COPY_OUT || st == PGRES_COPY_BOTH)
        pg_hang_up(s);
}

/* Reads to the pipeline's end; the first failure is the one that is told. */
static bool read_pipeline(struct session *s, struct err *err)
{
    struct err later = ERR_INIT;
    bool good = true, ended = false;

    while (!ended && PQstatus(s->conn) != CONNECTION_BAD) {
        PGresult *res = NULL;
        if (!pg_next_result(s, &res, good ? err : &later)) {
            good = false;
            res = PQgetResult(s->conn); /* told to stop: what was sent is still answered */
        }
        if (!res)
            continue; /* between two statements */
        ExecStatusType st = PQresultStatus(res);
        ended = st == PGRES_PIPELINE_SYNC;
        if (good && st != PGRES_PIPELINE_SYNC && st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK)
            good = pg_error(s, res, err);
        end_copy(s, res);
        PQclear(res);
    }
    return good && (ended || pg_error(s, NULL, err));
}

bool pg_exec_batch(struct session *s, const char *const *sql, size_t n, struct err *err)
{
    bool good = is_target(s, err) && (PQenterPipelineMode(s->conn) || pg_error(s, NULL, err));

    if (!good)
        return false;
    for (size_t i = 0; good && i < n; i++)
        good = PQsendQueryParams(s->conn, sql[i], 0, NULL, NULL, NULL, NULL, 0) ||
               pg_error(s, NULL, err);
    good = (PQpipelineSync(s->conn) || pg_error(s, NULL, err)) && good;
    if (PQstatus(s->conn) != CONNECTION_BAD)
        good = read_pipeline(s, err) && good;
    return (PQexitPipelineMode(s->conn) || !good || pg_error(s, NULL, err)) && good;
}

#else

bool pg_exec_batch(struct session *s, const char *const *sql, size_t n, struct err *err)
{
    struct err later = ERR_INIT;
    bool good = is_target(s, err) && pg_run(s, "BEGIN", err);

    for (size_t i = 0; good && i < n; i++)
        good = pg_exec(s, NULL, sql[i], err);
    if (good)
        return pg_run(s, "COMMIT", err);
    pg_run(s, "ROLLBACK", &later);
    return false;
}

#endif

/* ---- what the user says -------------------------------------------------------------------- */

/* By what the server says that it did. */
static const char *takes_back(const PGresult *res)
{
    const char *tag = PQcmdStatus((PGresult *)(void *)(uintptr_t)res);
    static const char *const tags[] = {"ROLLBACK", "PREPARE TRANSACTION", "ROLLBACK PREPARED"};

    for (size_t i = 0; i < ARRAY_LEN(tags); i++)
        if (strcmp(tag, tags[i]) == 0)
            return tags[i];
    return NULL;
}

static bool run_all(struct session *s, const char *sql, const char **ret_back, struct err *err)
{
    struct err later = ERR_INIT;
    PGresult *res = NULL;

    if (!pg_send(s, sql, err))
        return false;
    for (;;) {
        if (!pg_next_result(s, &res, err))
            break;
        if (!res)
            return true;
        ExecStatusType st = PQresultStatus(res);
        bool good = st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK || st == PGRES_EMPTY_QUERY;
        if (!good && (st == PGRES_COPY_IN || st == PGRES_COPY_OUT || st == PGRES_COPY_BOTH)) {
            err_set(err, ERR_USAGE, "%s: COPY from or to the client is not possible here",
                    s->label);
            pg_hang_up(s);
        } else if (!good)
            pg_error(s, res, err);
        if (!*ret_back)
            *ret_back = takes_back(res);
        PQclear(res);
        if (!good)
            break;
    }
    pg_drain(s, &later);
    return false;
}

static bool refuse(const struct session *s, struct err *err, const char *what)
{
    err_set(err, ERR_REFUSED, "%s: %s", s->label, what);
    return err_hint(err, "each --after is a transaction of its own, which dbtwin commits: omit "
                         "BEGIN and ROLLBACK, or put BEGIN and COMMIT in one --after");
}

/* Schema by schema all is one transaction, whose end would be seen by others. */
static bool in_one_transaction(struct session *s, const char *sql, struct err *err)
{
    struct err later = ERR_INIT;
    const char *before = NULL, *after = NULL;

    if (!pg_value(s, "SELECT pg_catalog.txid_current()", &s->arena, &before, err) ||
        !pg_swap_schemas_exec(s, NULL, sql, err))
        return false;
    if (PQtransactionStatus(s->conn) == PQTRANS_INTRANS &&
        pg_value(s, "SELECT pg_catalog.txid_current()", &s->arena, &after, &later) &&
        str_eq(before, after))
        return true;
    return refuse(s, err, "the statement ended the transaction that the copy is made in");
}

bool pg_exec_after(struct session *s, const char *sql, struct err *err)
{
    const char *back = NULL;

    if (!is_target(s, err))
        return false;
    if (s->lent)
        return in_one_transaction(s, sql, err);
    if (!run_all(s, sql, &back, err))
        return false;
    if (PQtransactionStatus(s->conn) != PQTRANS_IDLE)
        return refuse(s, err,
                      "the statement leaves a transaction open, so none of its changes would last");
    if (back)
        return refuse(s, err, "the statement rolls back what it changed");
    return true;
}
