/*
 * majors.h - one major version of PostgreSQL against another: what is not spelled otherwise (that
 * is prop_canon's) but made otherwise by each version of itself, from the same statements. Only
 * src/diff includes this.
 */
#ifndef DIFF_MAJORS_H
#define DIFF_MAJORS_H

#include <dbtwin/model.h>

/* The two models, with the older one first. */
struct majors {
    const struct model *older, *newer; /* NULL: these two are not PostgreSQL of two versions */
    bool turned;                       /* the older one is TO */
};
struct majors majors_of(const struct model *from, const struct model *to);
/* Whether two values that differ come of the same statement; *ret_why then says why, for people,
 * or is NULL where nothing needs to be said. */
bool majors_same(const struct majors *m, const struct object *from, const struct object *to,
                 unsigned slot, const char **ret_why);
/* Of two texts that are the same but for casts among dates and times, which the newer version shows
 * only where somebody wrote them: whether all are of dates in a table without other times, which
 * can become nothing but timestamp with time zone. */
bool majors_casts_dates(const struct majors *m, const struct object *from, const struct object *to,
                        unsigned slot);
/* Whether o, which has no counterpart in `other_parent`, is no more than what the other version
 * has in another form. `newer`: it is the newer version's. */
bool majors_stands(const struct majors *m, const struct object *o,
                   const struct object *other_parent, bool newer);

#endif
