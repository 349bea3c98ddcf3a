#include <dbtwin/diff.h>

void diff_reverse(const struct diff *d, struct diff *ret)
{
    static const enum change_type other[] = {[CHANGE_ADDED] = CHANGE_REMOVED,
                                             [CHANGE_REMOVED] = CHANGE_ADDED,
                                             [CHANGE_CHANGED] = CHANGE_CHANGED,
                                             [CHANGE_UNKNOWN] = CHANGE_UNKNOWN};
    *ret = (struct diff){.from = d->to,
                         .to = d->from,
                         .changes = VEC_INIT(struct change),
                         .gaps = VEC_INIT(struct coverage_gap),
                         .own = VEC_INIT(struct coverage_gap),
                         .renames = VEC_INIT(struct diff_rename),
                         .notes = VEC_INIT(struct diff_note),
                         .added = d->removed,
                         .removed = d->added,
                         .changed = d->changed,
                         .unknown = d->unknown,
                         .compared = d->compared,
                         .verdict = d->verdict,
                         .empty = d->empty};
    arena_init(&ret->arena);
    for (size_t i = 0; i < d->changes.len; i++) {
        struct change c = VEC_AT(&d->changes, struct change, i);
        const struct object *from = c.from;
        c.from = c.to;
        c.to = from;
        c.type = other[c.type];
        VEC_PUSH(&ret->changes, struct change, c);
    }
    for (size_t i = 0; i < d->gaps.len; i++)
        VEC_PUSH(&ret->gaps, struct coverage_gap, VEC_AT(&d->gaps, struct coverage_gap, i));
}
