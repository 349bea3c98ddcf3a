/*
 * group.h - one difference that many objects have: a property with the same two values, or a part
 * of the same name and values that one side lacks in all of them. Reports for people say it once.
 * Only src/diff includes this. Cost: O(changes).
 */
#ifndef DIFF_GROUP_H
#define DIFF_GROUP_H

#include "report.h"

struct group {
    const struct change *first;
    int slot;             /* of the property in first; -1: the object as a whole */
    bool unknown;         /* the property could not be compared */
    enum severity level;  /* the highest */
    struct vec members;   /* const struct change *, in order */
    uint32_t in[K_COUNT]; /* how many objects of each kind: of a part, those it is in */
};

struct groups {
    struct arena arena;
    struct vec list;   /* struct group *: those of five members or more */
    struct vec all;    /* struct group * */
    struct map by_key; /* what is the same → struct group */
    uint64_t *slots;   /* for each change: what a group says */
    bool *as_wholes;
    const struct change *changes; /* the diff's */
};

/* With `full` there are none. */
void group_find(const struct diff *d, bool full, struct groups *ret);
void group_release(struct groups *g);
/* The bits of c->differs and c->unknown that no group says; and whether one says c as a whole. */
uint64_t group_left(const struct groups *g, const struct change *c);
bool group_is_said(const struct groups *g, const struct change *c);
/* "owner: postgres → app on 61 objects: 40 tables, 21 views", as parts: what differs … */
void group_what(const struct diff *d, const struct group *g, struct buf *out);
/* … and on what: "61 objects: 40 tables, 21 views", or "61 tables" where all are of one kind. */
void group_where(const struct group *g, struct buf *out);
/* What a member is called: the object of the property, or what the part is in. */
const struct object *group_member(const struct group *g, size_t i);
#endif
