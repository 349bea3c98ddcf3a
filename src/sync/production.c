#include "job.h"

#include <string.h>

/*
 * Is the target what the config calls production, under whatever name it was given? The servers
 * say so themselves. A production that does not answer must not stop the night: then what the two
 * URLs say decides, and a line tells what could not be asked.
 */
enum { PATIENCE = 5, PATIENCE_IN_ALL = 20 }; /* seconds */

struct question {
    const struct sync_options *opt;
    const struct endpoint *source; /* whose answer is known already; or NULL */
    const struct endpoint *target;
    const struct server_facts *facts; /* the target's */
    struct arena *arena;
    double start;
};

static bool refuse(const struct question *q, const struct endpoint *p, struct err *err)
{
    err_set(err, ERR_REFUSED,
            "%s: this is the database that the config calls %s, with role: production; it is never "
            "a target",
            q->target->label, p->label);
    return err_hint(err, "the servers say so themselves, whatever the two URLs look like");
}

/* MySQL's URL may name a server and no database: all that is there is production. */
static bool read_facts(const struct question *q, struct endpoint *p, const struct source_options *o,
                       bool *ret_whole, struct server_facts *ret, struct err *err)
{
    const struct driver *d = p->driver;
    struct driver_address a = {0};
    struct session *s = NULL;
    if (!d->address(p, q->arena, &a, err))
        return false;
    *ret_whole = !a.database;
    if (!a.database)
        p->url = driver_url_database(p->url, "information_schema", q->arena);
    bool ok =
        d->source->open(p, DRIVER_SOURCE, o, &s, err) && d->source->facts(s, q->arena, ret, err);
    d->source->close(s);
    return ok;
}

/* Whether the URLs may mean one database: who is not sure says yes. */
static bool may_be_same(const struct question *q, const struct endpoint *p)
{
    struct driver_address a = {0}, b = {0};
    struct err why = ERR_INIT;
    const struct driver *d = p->driver;
    if (!d->address(q->target, q->arena, &b, &why) || !d->address(p, q->arena, &a, &why))
        return false;
    if (q->facts->socket_only && a.host)
        return false;
    b.port = b.port ? b.port : q->facts->port;
    return driver_address_same(&a, &b, q->facts->database);
}

/* It did not answer. */
static bool judge_unasked(const struct question *q, const struct endpoint *p, const struct err *why,
                          struct err *err)
{
    struct buf line = BUF_INIT;
    if (may_be_same(q, p)) {
        err_set(err, ERR_REFUSED,
                "%s: host, port and name are those of %s, which has role: production in the config "
                "and cannot be asked: %s",
                q->target->label, p->label, why->msg);
        return err_hint(err, "make %s reachable, so that it can prove to be another database",
                        p->label);
    }
    buf_addf(&line,
             "%s, which has role: production, could not be asked whether it is the target (%s); by "
             "host, port and name it is another database",
             p->label, why->msg);
    if (q->opt->event)
        q->opt->event(q->opt->ctx, LOG_WARN, line.data);
    buf_release(&line);
    return true;
}

static bool ask(const struct question *q, size_t i, struct err *err)
{
    struct endpoint p = {0};
    struct server_facts f = {0};
    struct err why = ERR_INIT;
    bool whole = false;
    double left = PATIENCE_IN_ALL - (clock_now() - q->start);
    bool known = q->opt->production(q->opt->ctx, i, &p, &why);
    if (p.driver != q->target->driver)
        return true;
    if (q->source && q->source->role == DATABASE_ROLE_PRODUCTION && str_eq(q->source->url, p.url))
        return true; /* the source and the target are compared anyway */
    struct source_options o = {.patience = left < PATIENCE ? (unsigned)left : PATIENCE};
    if (known && left < 1)
        known = err_set(&why, ERR_CONNECTION, "others took too long to answer");
    if (known && read_facts(q, &p, &o, &whole, &f, &why)) {
        bool same =
            whole ? str_eq(f.server_id, q->facts->server_id) : safety_same_database(&f, q->facts);
        return !same || refuse(q, &p, err);
    }
    if (why.cls == ERR_INTERRUPTED) {
        *err = why;
        return false;
    }
    return judge_unasked(q, &p, &why, err);
}

bool production_check(const struct sync_options *opt, const struct endpoint *source,
                      const struct endpoint *target, const struct server_facts *facts,
                      struct arena *a, struct err *err)
{
    struct question q = {opt, source, target, facts, a, clock_now()};
    for (size_t i = 0; i < opt->n_production; i++)
        if (!ask(&q, i, err))
            return false;
    return true;
}
