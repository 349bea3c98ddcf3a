/*
 * apply_seed.h - generated rows in the scratch of a rehearsal. Only src/sync/apply*.c include this.
 */
#ifndef SYNC_APPLY_SEED_H
#define SYNC_APPLY_SEED_H

#include "apply.h"

struct apply_seed {
    struct apply *a;
    struct session *session;                                 /* on the scratch */
    bool (*absent)(const void *ctx, const struct object *o); /* what the scratch does not have */
    const void *absent_ctx;
    struct vec tables; /* those that have a row */
};
/* A row in every table of m, where one can be generated; the others are named at debug level. */
bool apply_seed_fill(struct apply_seed *s, const struct model *m, struct err *err);
/* Takes them out, since generated rows do not fit everywhere. False without err: there are none. */
bool apply_seed_empty(struct apply_seed *s, struct err *err);
/* After the plan. ERR_RUNTIME: a table has fewer rows, and no step says so. */
bool apply_seed_check(const struct apply_seed *s, struct err *err);
void apply_seed_release(struct apply_seed *s);

#endif
