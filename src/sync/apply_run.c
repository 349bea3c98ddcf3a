#include "apply.h"

enum { PAUSE = 1, LONGEST_PAUSE = 16 }; /* seconds */

static const struct step *step_at(const struct apply *a, size_t i)
{
    return &VEC_AT(&a->plan->steps, struct step, i);
}

/* ---- one step, one group --------------------------------------------------------------------- */

static bool run_step(struct apply *a, size_t i, struct err *err)
{
    const struct step *s = step_at(a, i);
    double start = clock_now();
    if (log_cancelled())
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    const char *text = apply_tell_step(a, i);
    apply_tell(a, LOG_DEBUG, "%s: %s", text, s->sql);
    apply_progress_at(a->progress, text);
    bool ok = apply_engine_repin(a, a->session, i, err) &&
              a->at->driver->target->exec(a->session, NULL, s->sql, err);
    apply_progress_at(a->progress, NULL);
    a->seconds[i] = clock_now() - start;
    if (!ok)
        return err_context(err, "%s", text);
    if (a->seconds[i] >= 1)
        apply_tell(a, LOG_INFO, "%s took %.1f s", text, a->seconds[i]);
    return true;
}

static bool run_group(struct apply *a, const struct plan_group *g, struct err *err)
{
    const struct driver *d = a->at->driver;
    struct err later = ERR_INIT;
    bool ok = !g->transaction || d->target->exec(a->session, NULL, "BEGIN", err);
    for (size_t i = g->first; ok && i < g->end; i++)
        ok = run_step(a, i, err);
    if (ok && g->transaction)
        ok = d->target->exec(a->session, NULL, "COMMIT", err) || err_context(err, "COMMIT");
    if (!ok && g->transaction && err->cls != ERR_CONNECTION)
        d->target->exec(a->session, NULL, "ROLLBACK", &later);
    return ok;
}

/* What a failed step left behind: an invalid index, a helping constraint. */
static void clean_up(struct apply *a, const struct plan_group *g)
{
    struct err why = ERR_INIT;
    const char *sql = step_at(a, g->first)->cleanup;
    if (g->transaction || !sql || a->at->driver->target->exec(a->session, NULL, sql, &why))
        return;
    apply_tell(a, LOG_WARN, "%s: what %s left behind remains (%s); remove it: %s", a->at->label,
               apply_tell_step(a, g->first), why.msg, sql);
}

/* Somebody else had a lock: PostgreSQL's lock_not_available and deadlock_detected, MySQL's
 * ER_LOCK_WAIT_TIMEOUT and ER_LOCK_DEADLOCK. */
static bool was_locked(const struct err *e)
{
    return str_eq(e->sqlstate, "55P03") || str_eq(e->sqlstate, "40P01") || e->native == 1205 ||
           e->native == 1213;
}

/* A group that waits in vain gives up its own locks before it tries again. */
static bool try_group(struct apply *a, const struct plan_group *g, struct err *err)
{
    double pause = PAUSE;
    for (unsigned n = 1;; n++) {
        if (run_group(a, g, err))
            return true;
        clean_up(a, g);
        if (!was_locked(err) || n >= a->opt->tries || log_cancelled())
            return false;
        apply_tell(a, LOG_WARN, "%s; what it had locked is free again, next try in %.0f s",
                   err->msg, pause);
        err_clear(err);
        sync_sleep(pause);
        pause = pause * 2 > LONGEST_PAUSE ? LONGEST_PAUSE : pause * 2;
    }
}

/* ---- all ------------------------------------------------------------------------------------- */

/* What stands, and what to do. */
static void explain(struct apply *a, const struct plan_group *g, struct err *err)
{
    struct buf before = BUF_INIT;
    if (a->done)
        buf_addf(&before, "steps 1 to %zu stand, the others were not carried out", a->done);
    else
        buf_adds(&before, "the target's schema is as it was");
    apply_former_explain(a, g->first, &before);
    if (err->cls == ERR_CONNECTION)
        err_hint(err,
                 "%s; %s may have been carried out all the same: run apply again, which makes "
                 "a new plan from what is there",
                 before.data, g->end == g->first + 1 ? "the step itself" : "its transaction");
    else if (was_locked(err))
        err_hint(err,
                 "%s; somebody else holds a lock for long: find out who, or give it more time "
                 "with --lock-timeout, and run apply again",
                 before.data);
    else
        err_hint(err,
                 "%s; remove the cause and run apply again: it makes a new plan from what is "
                 "there",
                 before.data);
    buf_release(&before);
}

static bool run_groups(struct apply *a, struct err *err)
{
    struct plan_group g = {0};
    while (plan_next_group(a->plan, a->facts.flavor, &g)) {
        if (!g.transaction)
            apply_former_keep(a, g.first);
        apply_journal_group(a, &g);
        if (!try_group(a, &g, err)) {
            explain(a, &g, err);
            return false;
        }
        a->done = g.end;
    }
    return true;
}

bool apply_run(struct apply *a, struct err *err)
{
    double start = clock_now();
    a->seconds = arena_alloc(a->arena, (a->plan->steps.len + 1) * sizeof(double));
    a->progress = apply_progress_begin(a);
    bool ok = run_groups(a, err);
    apply_progress_end(a->progress);
    a->progress = NULL;
    a->ret->seconds = clock_now() - start;
    apply_journal_end(a, ok ? NULL : err);
    return ok;
}
