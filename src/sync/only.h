/*
 * only.h - which tables a verify is about: those that match a pattern, or are partitions of such.
 * Only verify.c includes this.
 */
#ifndef SYNC_ONLY_H
#define SYNC_ONLY_H

#include <dbtwin/model.h>

struct only {
    const char *const *patterns; /* NULL: all tables are wanted */
    uint64_t met;                /* bit per pattern: it matched something */
};
/* o of m: a table, a materialized view, or anything else that holds rows. */
bool only_wants(struct only *x, const struct model *m, const struct object *o);
/* ERR_USAGE names a pattern that matched nothing. */
bool only_check(const struct only *x, struct err *err);
#endif
