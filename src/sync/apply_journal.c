#include "apply.h"

/* The history of the target: what an apply is at, and what came of it. */

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
    apply_tell(a, LOG_WARN, "%s: the history could not be written: %s", a->at->label, why.msg);
    a->at->driver->source->close(a->journal);
    a->journal = NULL;
}

void apply_journal_group(struct apply *a, const struct plan_group *g)
{
    if (g->end == g->first + 1)
        note(a, arena_printf(a->arena, RUN_APPLYING "%s", apply_tell_step(a, g->first)));
    else
        note(a, arena_printf(a->arena, RUN_APPLYING "steps %zu to %zu of %zu in one transaction",
                             g->first + 1, g->end, a->plan->steps.len));
}

void apply_journal_kept(struct apply *a, const char *result)
{
    note(a, result);
}

/* ---- seconds --------------------------------------------------------------------------------- */

enum { STEPS_TIMED = 20 };

/* The longest ones, in their order. A tie may show one more. */
static double shortest_told(const struct apply *a)
{
    double top[STEPS_TIMED] = {0};
    for (size_t i = 0; i < a->done; i++) {
        double s = a->seconds[i];
        for (size_t k = 0; k < STEPS_TIMED; k++)
            if (s > top[k]) {
                double next = top[k];
                top[k] = s;
                s = next;
            }
    }
    return top[STEPS_TIMED - 1];
}

static void add_seconds(const struct apply *a, struct buf *b)
{
    double least = shortest_told(a);
    size_t told = 0;
    for (size_t i = 0; i < a->done; i++)
        if (a->seconds[i] >= least)
            buf_addf(b, "%s%zu: %.2f s", told++ ? ", " : " (step ", i + 1, a->seconds[i]);
    if (told)
        buf_adds(b, told < a->done ? "; the others less)" : ")");
}

void apply_journal_end(struct apply *a, const struct err *why)
{
    struct buf b = BUF_INIT;
    if (why)
        buf_addf(&b, "failed: apply, %zu of %zu steps stand", a->done, a->plan->steps.len);
    else
        buf_addf(&b, RUN_APPLIED "%zu steps in %.1f s", a->done, a->ret->seconds);
    add_seconds(a, &b);
    if (why)
        buf_addf(&b, ": %s", why->msg);
    note(a, b.data);
    buf_release(&b);
}
