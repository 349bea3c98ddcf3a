#include "apply.h"

#include <stdio.h>

enum { PAUSE = 1, LONGEST_PAUSE = 16 }; /* seconds */

static const struct step *step_at(const struct apply *a, size_t i)
{
    return &VEC_AT(&a->plan->steps, struct step, i);
}

const char *apply_step_text(const struct apply *a, size_t i)
{
    const struct step *s = step_at(a, i);
    struct buf what = BUF_INIT;
    model_line(s->what, &what);
    const char *text = arena_printf(a->arena, "step %zu of %zu (%s %s)", i + 1, a->plan->steps.len,
                                    plan_act_name(s->act), what.data);
    buf_release(&what);
    return text;
}

/* ---- the history ----------------------------------------------------------------------------- */

static void note(struct apply *a, const char *result)
{
    struct past_run r = {.started_at = a->started_at,
                         .source = a->opt->source,
                         .source_id = a->opt->source_id,
                         .version = a->opt->run->version,
                         .result = result};
    struct err why = ERR_INIT;
    if (!a->journal || a->at->driver->target->journal(a->journal, &r, &why))
        return;
    apply_event(a, LOG_WARN, "%s: the history could not be written: %s", a->at->label, why.msg);
    a->at->driver->source->close(a->journal);
    a->journal = NULL;
}

static void note_group(struct apply *a, const struct plan_group *g)
{
    if (g->end == g->first + 1)
        note(a, arena_printf(a->arena, RUN_APPLYING "%s", apply_step_text(a, g->first)));
    else
        note(a, arena_printf(a->arena, RUN_APPLYING "steps %zu to %zu of %zu in one transaction",
                             g->first + 1, g->end, a->plan->steps.len));
}

static void note_end(struct apply *a, const struct err *why)
{
    if (why)
        note(a, arena_printf(a->arena, "failed: apply, %zu of %zu steps stand: %s", a->done,
                             a->plan->steps.len, why->msg));
    else
        note(a,
             arena_printf(a->arena, RUN_APPLIED "%zu steps in %.1f s", a->done, a->ret->seconds));
}

/* ---- one step, one group --------------------------------------------------------------------- */

static bool run_step(struct apply *a, size_t i, struct err *err)
{
    const struct step *s = step_at(a, i);
    double start = clock_now();
    if (log_cancelled())
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    apply_event(a, LOG_DEBUG, "%s: %s", apply_step_text(a, i), s->sql);
    if (!apply_repin(a, a->session, i, err) ||
        !a->at->driver->target->exec(a->session, NULL, s->sql, err))
        return err_context(err, "%s", apply_step_text(a, i));
    if (clock_now() - start >= 1)
        apply_event(a, LOG_INFO, "%s took %.1f s", apply_step_text(a, i), clock_now() - start);
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
    apply_event(a, LOG_WARN, "%s: what %s left behind remains (%s); remove it: %s", a->at->label,
                apply_step_text(a, g->first), why.msg, sql);
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
        apply_event(a, LOG_WARN, "%s; what it had locked is free again, next try in %.0f s",
                    err->msg, pause);
        err_clear(err);
        sync_sleep(pause);
        pause = pause * 2 > LONGEST_PAUSE ? LONGEST_PAUSE : pause * 2;
    }
}

/* ---- all ------------------------------------------------------------------------------------- */

/* What stands, and what to do. */
static void explain(const struct apply *a, const struct plan_group *g, struct err *err)
{
    char before[160];
    if (a->done)
        snprintf(before, sizeof(before), "steps 1 to %zu stand, the others were not carried out",
                 a->done);
    else
        snprintf(before, sizeof(before), "%s", "the target's schema is as it was");
    if (err->cls == ERR_CONNECTION)
        err_hint(err,
                 "%s; %s may have been carried out all the same: run apply again, which makes "
                 "a new plan from what is there",
                 before, g->end == g->first + 1 ? "the step itself" : "its transaction");
    else if (was_locked(err))
        err_hint(err,
                 "%s; somebody else holds a lock for long: find out who, or give it more time "
                 "with --lock-timeout, and run apply again",
                 before);
    else
        err_hint(err,
                 "%s; remove the cause and run apply again: it makes a new plan from what is "
                 "there",
                 before);
}

bool apply_run(struct apply *a, struct err *err)
{
    struct plan_group g = {0};
    double start = clock_now();
    while (plan_next_group(a->plan, a->facts.flavor, &g)) {
        note_group(a, &g);
        if (!try_group(a, &g, err)) {
            explain(a, &g, err);
            note_end(a, err);
            return false;
        }
        a->done = g.end;
    }
    a->ret->seconds = clock_now() - start;
    note_end(a, NULL);
    return true;
}
