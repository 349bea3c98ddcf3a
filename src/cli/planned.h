/*
 * planned.h - two places compared, and the plan from one to the other: what plan and apply do with
 * it is theirs. Only src/cli includes this. Must not move after planned_make.
 */
#ifndef CLI_PLANNED_H
#define CLI_PLANNED_H

#include "pair.h"

#include <dbtwin/plan.h>

struct planned {
    struct pair pair;
    struct plan plan;
    struct diff back;    /* --reverse: the comparison from the other side, */
    struct plan reverse; /* and its plan */
    bool has_plan, has_reverse;
};

/* Released by planned_release unless it fails. */
bool planned_make(struct planned *ret, struct cli *c, const struct place *from,
                  const struct place *to, struct err *err);
void planned_release(struct planned *p);
struct plan_about planned_about(const struct planned *p);

#endif
