/*
 * across.h - MySQL against MariaDB: what is not spelled otherwise (that is prop_canon's) but made
 * otherwise, and means the same. Only src/diff includes this.
 *
 * JSON is a type here, and longtext with a check there. Checks that nobody named have names of
 * another make. Each server has its own default collation: a difference of the database is told
 * there, and not once more for every table, column and program that inherits it.
 */
#ifndef DIFF_ACROSS_H
#define DIFF_ACROSS_H

#include <dbtwin/model.h>

struct across {
    const struct model *from, *to;
    bool flavors;  /* these two flavors: across_stands is for them only */
    bool defaults; /* or two MariaDBs, whose default collations differ: for the other functions */
};
struct across across_of(const struct model *from, const struct model *to);
/* Whether the values of a slot, known on both sides, mean the same. */
bool across_same(const struct across *x, const struct object *a, const struct object *b,
                 unsigned slot);
/* Whether a collation is each server's own default, and nobody has chosen it. */
bool across_is_default(const struct across *x, const struct object *a, const struct object *b,
                       unsigned slot);
/* Whether o of m, which has no counterpart in `other_parent`, stands there in another form. */
bool across_stands(const struct object *o, const struct model *m, const struct object *other_parent,
                   const struct model *other);
/* Whether a property that only one flavor has says no more than what the other always does. */
bool across_goes_without_saying(const struct object *o, unsigned slot);

#endif
