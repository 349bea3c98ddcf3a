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
    size_t done;                     /* steps that stand */
    double *seconds;                 /* of each step, its last try */
    struct apply_progress *progress; /* or NULL */
    struct map former;               /* "procedure p" → its text, before it was dropped */
};

/* apply_tell.c: for the caller's log; and a step's words. */
void apply_tell(const struct apply *a, enum log_level level, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* "step 3 of 12 (alter column public.t.c)", in the arena. */
const char *apply_tell_step(const struct apply *a, size_t i);
/* apply_engine.c: what apply does by engine, a row each. */
struct apply_engine {
    unsigned flavors;
    bool (*pin)(const struct apply *a, struct session *s, struct err *err); /* apply_engine_pin */
    bool keeps_quiet;         /* triggers can be; else rows come before them */
    const char *quiet, *loud; /* keys to other tables and triggers are not looked at; they are */
    const char *only;         /* before a table's name: not its children's rows */
    /* Or NULL: after its name, the rows of its partitions, into which a plan may have split it. */
    const char *in_partitions;
    const char *empty;      /* the statements that empty all tables that are there, a row each */
    const char *overriding; /* of an INSERT that gives all columns */
    const char *one;        /* a value that most types take */
    const char *(*obstacle)(const struct object *table); /* why it gets no row, or NULL */
    /* The value of a type that is made of others, or NULL. */
    const char *(*composed)(const struct apply *a, const struct object *column, const char *type);
};
const struct apply_engine *apply_engine_of(const struct apply *a);

/* apply_engine.c: settings of the session under which statements mean what the plan means, and that
 * bound waiting.
 */
bool apply_engine_pin(const struct apply *a, struct session *s, struct err *err);
/* Those that a step may have left otherwise, before step i, where it needs them. */
bool apply_engine_repin(const struct apply *a, struct session *s, size_t i, struct err *err);
/* apply_rehearse.c: false: the plan must not be carried out. *ret_why: why there was no rehearsal,
 * or NULL. */
bool apply_rehearse(struct apply *a, const char **ret_why, struct err *err);
/* apply_run.c: all steps. */
bool apply_run(struct apply *a, struct err *err);
/* apply_journal.c: the history tells what is carried out now, and how it ended: `why`, or NULL. */
void apply_journal_group(struct apply *a, const struct plan_group *g);
void apply_journal_end(struct apply *a, const struct err *why);
void apply_journal_kept(struct apply *a, const char *result);
/* apply_former.c: before step i, which may drop a program; and where that is found, appended, if
 * step i was to make it again. */
void apply_former_keep(struct apply *a, size_t i);
void apply_former_explain(struct apply *a, size_t i, struct buf *ret);
/* apply_progress.c: NULL where there can be none, which the others take. */
struct apply_progress *apply_progress_begin(struct apply *a);
void apply_progress_at(struct apply_progress *p, const char *step); /* NULL: between steps */
void apply_progress_end(struct apply_progress *p);

#endif
