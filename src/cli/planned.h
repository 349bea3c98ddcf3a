/*
 * planned.h - two places compared, and the plan from one to the other: what plan and apply do with
 * it is theirs. Only src/cli includes this. Must not move after planned_make.
 */
#ifndef CLI_PLANNED_H
#define CLI_PLANNED_H

#include "pair.h"
#include "renames.h"
#include "sides.h"

#include <dbtwin/apply.h>
#include <dbtwin/plan.h>

struct planned {
    struct pair pair;
    struct plan plan;
    struct diff back;    /* --reverse: the comparison from the other side, */
    struct plan reverse; /* and its plan */
    bool has_plan, has_reverse;
    struct renames renames;
    struct vec rights; /* struct plan_right, of TO's routines */
    bool knows_rights;
};

/* Released by planned_release unless it fails. */
bool planned_make(struct planned *ret, struct cli *c, const struct place *from,
                  const struct place *to, struct err *err);
void planned_release(struct planned *p);
struct plan_about planned_about(const struct planned *p);

/* What compares for sync_apply and sync_prove (apply.h): ctx of planned_compare. */
struct planned_check {
    struct planned *p;
    struct cli *c;
    struct arena *arena;
    struct map excused; /* what the scratch has otherwise than TO: text → itself */
};
bool planned_compare(void *ctx, struct session *s, enum apply_stage stage, struct arena *a,
                     struct vec *ret, struct err *err);
/* The options of both; `run` must outlive them. */
void planned_options(struct planned_check *k, const struct sync_options *run,
                     struct apply_options *ret);

#endif
