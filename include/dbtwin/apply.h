/*
 * apply.h - a plan of plan_changes carried out on a live target, or tried out in a scratch.
 *
 * sync_apply: safety rules (those of a copy) → rows that do not fit → rehearsal in a scratch →
 * question → run lock → gate: the schema is what the plan was made for → the steps → comparison.
 * PostgreSQL: a group of steps (plan_next_group) stands as a whole or not at all; MySQL and
 * MariaDB: each step by itself. A failure says which step, why, what stands and what to do. Where
 * the target bears the mark of a copy, its history tells of the run, and of the step that it is at.
 */
#ifndef DBTWIN_APPLY_H
#define DBTWIN_APPLY_H

#include <dbtwin/sync.h>

enum apply_stage {
    APPLY_SCRATCH,   /* the scratch as it was made: what it has otherwise than the target, no plan
                      * can be blamed for */
    APPLY_REHEARSED, /* the scratch after the plan, to be compared with FROM */
    APPLY_DONE       /* the target after the plan */
};
struct apply_options {
    const struct sync_options *run; /* production, confirm, event, owners, grants, version, ctx */
    const char *source;             /* what the history calls FROM */
    const char *source_id;          /* server_facts.database_id of a live FROM, or NULL */
    const char *digest;             /* model_digest of the target when the plan was made */
    const char *question;           /* for run->confirm; NULL: not asked */
    bool rehearse, row_checks;
    double lock_timeout, statement_timeout; /* seconds; 0: none */
    unsigned tries;                         /* of a group that waits for a lock in vain; >= 1 */
    /* Reads what the session's database holds and compares it; appends a line (const char *, in
     * `a`) for each difference. */
    bool (*compare)(void *ctx, struct session *s, enum apply_stage stage, struct arena *a,
                    struct vec *ret, struct err *err);
    void *compare_ctx;
};
struct apply_result {
    size_t steps;
    double seconds, seconds_rehearsal;
    bool rehearsed;
    struct vec rest; /* const char *: how the target differs from FROM afterwards */
};

/* Texts of ret live in `a`; the caller releases ret->rest in any case. */
bool sync_apply(const struct endpoint *target, const struct plan *plan,
                const struct apply_options *opt, struct arena *a, struct apply_result *ret,
                struct err *err);
/* Whether an object is tried out in a scratch: it neither acts on anything else (events,
 * subscriptions) nor belongs to the whole server, nor is a part of such a one. */
bool sync_rehearses(unsigned flavor, const struct object *o);
/* The rehearsal alone: nothing is changed but the scratch, which is dropped. ERR_RUNTIME where the
 * plan fails in it, or does not lead to FROM; also where there can be no scratch. */
bool sync_prove(const struct endpoint *target, const struct plan *plan,
                const struct apply_options *opt, struct arena *a, struct apply_result *ret,
                struct err *err);

#endif
