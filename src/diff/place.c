#include "place.h"

#include <stdlib.h>

void place_init(struct place *p)
{
    *p = (struct place){.from_places = VEC_INIT(int64_t), .to_places = VEC_INIT(int64_t)};
}

void place_release(struct place *p)
{
    vec_release(&p->from_places);
    vec_release(&p->to_places);
}

static int compare_numbers(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return a < b ? -1 : a > b;
}

/* The places of those children of `parent` that stand in the other model as well. */
static void collect(struct place *p, const struct object *parent, const struct model *other,
                    const struct object *other_parent, unsigned slot, struct vec *ret)
{
    int64_t n;

    vec_reset(ret);
    for (const struct object *x = parent->first; x; x = x->next) {
        const struct object *c;

        p->looked_at++;
        if (x->kind != p->kind || !model_get(x, (int)slot) || !str_parse_i64(x->v[slot], &n))
            continue;
        c = model_child(other, other_parent, x->kind->space, x->name);
        if (c && c->kind == x->kind)
            VEC_PUSH(ret, int64_t, n);
    }
    if (ret->len)
        qsort(ret->items, ret->len, sizeof(int64_t), compare_numbers);
}

/* How many of them stand before the place. */
static size_t rank(const struct vec *places, const char *text)
{
    size_t low = 0, high = places->len;
    int64_t place = 0;

    str_parse_i64(text, &place);
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (VEC_AT(places, int64_t, middle) < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool place_is_same(struct place *p, const struct model *from, const struct object *a,
                   const struct model *to, const struct object *b, unsigned slot)
{
    if (!a->parent || !b->parent)
        return false;
    if (p->from != a->parent || p->to != b->parent || p->kind != a->kind) {
        p->from = a->parent;
        p->to = b->parent;
        p->kind = a->kind;
        collect(p, a->parent, to, b->parent, slot, &p->from_places);
        collect(p, b->parent, from, a->parent, slot, &p->to_places);
    }
    return rank(&p->from_places, a->v[slot]) == rank(&p->to_places, b->v[slot]);
}
