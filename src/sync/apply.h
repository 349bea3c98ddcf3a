/*
 * apply.h - an apply while it runs: what its stages share. Only src/sync/apply*.c include this.
 */
#ifndef SYNC_APPLY_H
#define SYNC_APPLY_H

#include "job.h"

#include <dbtwin/apply.h>

struct apply {
    const struct endpoint *at;
    const struct plan *plan;
    const struct apply_options *opt;
    struct arena *arena;
    struct apply_result *ret;
    struct server_facts facts; /* the target's */
    struct session *session;   /* in which the plan is carried out */
    struct session *journal;   /* or NULL: there is no history */
    const char *started_at;
    size_t done; /* steps that stand */
};

void apply_event(const struct apply *a, enum log_level level, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* Settings of the session under which statements mean what the plan means, and that bound waiting.
 */
bool apply_pin(const struct apply *a, struct session *s, struct err *err);
/* Those that a step may have left otherwise, before step i, where it needs them. */
bool apply_repin(const struct apply *a, struct session *s, size_t i, struct err *err);
/* apply_rehearse.c: false: the plan must not be carried out. *ret_why: why there was no rehearsal,
 * or NULL. */
bool apply_rehearse(struct apply *a, const char **ret_why, struct err *err);
/* apply_run.c: all steps. */
bool apply_run(struct apply *a, struct err *err);
/* "step 3 of 12 (alter column public.t.c)", in the arena. */
const char *apply_step_text(const struct apply *a, size_t i);

#endif
