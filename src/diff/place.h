/*
 * place.h - whether an object has moved among its like. Only src/diff includes this.
 *
 * A place is a number, and what stands before an object may have been added or removed: that is
 * told already, and moves nothing. So an object's rank among what both sides have is compared.
 * Cost: all children of a pair of parents are looked at when the first of them is asked for, and
 * not again while their siblings are: O(n log n) for n siblings, not for each of them.
 */
#ifndef DIFF_PLACE_H
#define DIFF_PLACE_H

#include <dbtwin/model.h>

struct place {
    const struct object *from, *to; /* the parents that were asked for last */
    const struct kind *kind;
    struct vec from_places, to_places; /* int64_t, ascending: of what both have */
    uint64_t looked_at;                /* children so far, for tests */
};
void place_init(struct place *p);
void place_release(struct place *p);
/* a of the model `from` and b of `to`: counterparts whose slot, known on both sides, is a place. */
bool place_is_same(struct place *p, const struct model *from, const struct object *a,
                   const struct model *to, const struct object *b, unsigned slot);

#endif
