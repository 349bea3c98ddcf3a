/*
 * block.h - the changes of a diff by top object, for reports that show a block for each. Only
 * src/diff includes this.
 */
#ifndef DIFF_BLOCK_H
#define DIFF_BLOCK_H

#include "group.h"

struct block {
    const struct object *top;
    const struct change *changes; /* n of them, which stand together in the diff */
    size_t n, shown;              /* shown: that no group says as a whole */
    enum severity level;          /* the highest of those shown */
    bool alone;                   /* the one change is that only one side has the object */
};
/* Blocks of which anything is shown; by severity, and then in the order of the diff. */
void block_list(const struct diff *d, const struct groups *g, struct vec *ret /* struct block */);
/* Whether a value is one for a line, and not for a difference by lines. */
bool block_is_short(const struct prop *p, const char *value);
#endif
