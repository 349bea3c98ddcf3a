/*
 * majors_operators.h - operator families and their classes of two major versions of PostgreSQL.
 * Only src/diff/majors.c includes this.
 */
#ifndef DIFF_MAJORS_OPERATORS_H
#define DIFF_MAJORS_OPERATORS_H

#include <dbtwin/model.h>

/* Whether a class, or a family, differs only in which of the two a member hangs on. O(objects). */
bool majors_operators_same(const struct model *older, const struct model *newer,
                           const struct object *old, const struct object *new);

#endif
