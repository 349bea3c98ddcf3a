#include "apply.h"

#include <stdio.h>

/* ---- safety ---------------------------------------------------------------------------------- */

static bool judge_mark(const struct apply *a, const struct target_facts *t, struct err *err)
{
    if (!t->exists)
        return err_set(err, ERR_RUNTIME, "%s: there is no such database", a->at->label);
    if (t->mark != MARK_PRODUCTION)
        return true;
    err_set(err, ERR_REFUSED, "%s: this database bears dbtwin's production mark", a->at->label);
    return err_hint(err, "it is never a target; dbtwin-concepts(7), \"The mark\", says what the "
                         "mark is");
}

static bool judge_facts(const struct apply *a, struct err *err)
{
    struct server_facts from = {.database_id = a->opt->source_id};
    if (safety_same_database(&a->facts, &from)) {
        err_set(err, ERR_REFUSED,
                "FROM and TO are the same database: \"%s\" on one and the same server",
                a->facts.database);
        return err_hint(err, "the servers say so themselves, whatever the two URLs look like");
    }
    return production_check(a->opt->run, NULL, a->at, &a->facts, a->arena, err);
}

/* Without a lock, and before anything else. */
static bool check_target(struct apply *a, struct err *err)
{
    const struct driver *d = a->at->driver;
    struct target_options look = {.look = true};
    struct target *t = NULL;
    struct target_facts facts;
    if (a->at->role == DATABASE_ROLE_PRODUCTION) {
        err_set(err, ERR_REFUSED, "%s is configured with role: production and is never a target",
                a->at->label);
        return err_hint(err, "did you mean the other order? FROM is what should be, TO is changed; "
                             "dbtwin plan prints the SQL for production");
    }
    bool ok = d->target->open(a->at, &look, &t, err) &&
              d->target->server(t, a->arena, &a->facts, err) &&
              d->target->facts(t, a->arena, &facts, err) && judge_mark(a, &facts, err) &&
              judge_facts(a, err);
    if (t)
        d->target->close(t);
    return ok;
}

/* ---- rows that do not fit ------------------------------------------------------------------- */

static bool take_count(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                       struct err *err)
{
    (void)lengths, (void)err;
    if (n && values[0])
        str_parse_u64(values[0], ctx);
    return true;
}

/* All are looked at, so that all are named at once. A question that the present schema cannot
 * answer (a column that an earlier step adds) says nothing. */
static bool check_rows(const struct apply *a, struct err *err)
{
    struct buf found = BUF_INIT;
    struct session *s = NULL;
    bool ok = a->at->driver->source->open(a->at, DRIVER_SOURCE, NULL, &s, err);
    for (size_t i = 0; ok && i < a->plan->steps.len; i++) {
        const struct step *step = &VEC_AT(&a->plan->steps, struct step, i);
        struct err why = ERR_INIT;
        uint64_t n = 0;
        if (!step->row_check)
            continue;
        if (!a->at->driver->source->rows(s, step->row_check, take_count, &n, &why)) {
            log_debug("rows for %s: %s", step->what, why.msg);
            ok = why.cls != ERR_CONNECTION && why.cls != ERR_INTERRUPTED;
            if (!ok)
                *err = why;
        } else if (n) {
            buf_addf(&found, "%s%s: %llu %s", found.len ? "; " : "", step->what,
                     (unsigned long long)n, step->row_what ? step->row_what : "rows do not fit");
        }
    }
    a->at->driver->source->close(s);
    if (ok && found.len) {
        ok = err_set(err, ERR_RUNTIME, "%s: rows do not fit: %s", a->at->label, found.data);
        err_hint(err, "nothing was changed; correct these rows, or look no further with "
                      "--no-row-checks");
    }
    buf_release(&found);
    return ok;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* A session that reads as a diff does: a target's is told more, such as names that are no drift. */
static bool open_reading(struct apply *a, struct session **ret, struct err *err)
{
    return a->at->driver->source->open(a->at, DRIVER_SOURCE, NULL, ret, err);
}

/* What came of it against what should be. */
static bool compare_done(struct apply *a, struct err *err)
{
    struct session *reading = NULL;
    bool ok =
        open_reading(a, &reading, err) &&
        a->opt->compare(a->opt->compare_ctx, reading, APPLY_DONE, a->arena, &a->ret->rest, err);
    a->at->driver->source->close(reading);
    return ok;
}

/* What the plan was made for is what is there. */
static bool check_gate(struct apply *a, struct err *err)
{
    const struct driver *d = a->at->driver;
    struct session *reading = NULL;
    struct model now;
    char digest[33];
    model_init(&now);
    bool ok = open_reading(a, &reading, err) && d->source->introspect(reading, &now, err);
    d->source->close(reading);
    if (ok) {
        plan_prove(&now);
        model_digest(&now, digest);
    }
    model_release(&now);
    if (!ok || str_eq(digest, a->opt->digest))
        return ok;
    err_set(err, ERR_REFUSED, "%s: its schema has changed since the plan was made", a->at->label);
    return err_hint(err, "nothing was changed; run apply again: it makes a new plan");
}

static bool ask(const struct apply *a, struct err *err)
{
    const struct sync_options *o = a->opt->run;
    if (!a->opt->question)
        return true;
    if (o->confirm && o->confirm(o->ctx, a->opt->question, a->facts.database))
        return true;
    if (log_cancelled())
        return err_set(err, ERR_INTERRUPTED, "interrupted; nothing was changed");
    err_set(err, ERR_REFUSED, "%s: the plan was not confirmed; nothing was changed", a->at->label);
    return err_hint(err, "on a terminal type the database's name; elsewhere say --yes");
}

static bool rehearse(struct apply *a, struct err *err)
{
    const char *why = NULL;
    double start = clock_now();
    if (!a->opt->rehearse) {
        apply_tell(a, LOG_INFO, "not rehearsed (--no-rehearsal)");
        return true;
    }
    if (!apply_rehearse(a, &why, err))
        return false;
    a->ret->seconds_rehearsal = clock_now() - start;
    a->ret->rehearsed = !why;
    if (why)
        apply_tell(a, LOG_WARN, "%s: not rehearsed: %s", a->at->label, why);
    else
        apply_tell(a, LOG_INFO, "rehearsed in a scratch on %s's server: %zu steps lead to FROM",
                   a->at->label, a->plan->steps.len);
    return true;
}

static bool open_sessions(struct apply *a, struct err *err)
{
    const struct driver *d = a->at->driver;
    struct err why = ERR_INIT;
    if (!d->source->open(a->at, DRIVER_TARGET, NULL, &a->session, err))
        return false;
    if (!d->source->open(a->at, DRIVER_TARGET, NULL, &a->journal, &why))
        log_debug("%s: no history: %s", a->at->label, why.msg);
    return true;
}

/* What a copy that could not finish has left is its own to keep. */
static bool carry_out(struct apply *a, struct err *err)
{
    const struct driver *d = a->at->driver;
    struct target_options o = {.resume = true};
    struct target *lock = NULL;
    bool ok = d->target->open(a->at, &o, &lock, err) && open_sessions(a, err) &&
              check_gate(a, err) && apply_engine_pin(a, a->session, err) && apply_run(a, err) &&
              compare_done(a, err);
    d->source->close(a->journal);
    d->source->close(a->session);
    if (lock)
        d->target->close(lock);
    return ok;
}

static void begin(struct apply *a, struct apply_result *ret)
{
    *ret = (struct apply_result){.rest = VEC_INIT(const char *)};
    a->ret = ret;
    a->started_at = sync_utc(a->arena);
}

bool sync_apply(const struct endpoint *target, const struct plan *plan,
                const struct apply_options *opt, struct arena *arena, struct apply_result *ret,
                struct err *err)
{
    struct apply a = {.at = target, .plan = plan, .opt = opt, .arena = arena};
    double start = clock_now();
    begin(&a, ret);
    bool ok = check_target(&a, err) && (!opt->row_checks || check_rows(&a, err)) &&
              rehearse(&a, err) && ask(&a, err) && carry_out(&a, err);
    map_release(&a.former);
    ret->steps = a.done;
    ret->seconds = clock_now() - start;
    return ok;
}

bool sync_prove(const struct endpoint *target, const struct plan *plan,
                const struct apply_options *opt, struct arena *arena, struct apply_result *ret,
                struct err *err)
{
    struct apply a = {.at = target, .plan = plan, .opt = opt, .arena = arena};
    const char *why = NULL;
    begin(&a, ret);
    if (!check_target(&a, err) || !apply_rehearse(&a, &why, err))
        return false;
    ret->rehearsed = !why;
    return !why ||
           err_set(err, ERR_RUNTIME, "%s: the plan cannot be proven: %s", target->label, why);
}
