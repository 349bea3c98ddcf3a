#include "prune.h"

uint32_t prune_mark(struct object *o)
{
    uint32_t n = 1;

    o->id = UINT32_MAX;
    for (struct object *child = o->first; child; child = child->next)
        n += prune_mark(child);
    return n;
}

bool prune_is_marked(const struct object *o)
{
    return o->id == UINT32_MAX;
}

static void sweep_children(struct object *o)
{
    struct object *child = o->first;

    o->first = o->last = NULL;
    o->n_children = 0;
    while (child) {
        struct object *next = child->next;

        if (!prune_is_marked(child)) {
            child->next = NULL;
            if (o->last)
                o->last->next = child;
            else
                o->first = child;
            o->last = child;
            o->n_children++;
        }
        child = next;
    }
}

bool prune_sweep(struct model *m, struct err *err)
{
    uint32_t left = 0;
    size_t kept = 0;

    for (uint32_t i = 0; i < m->n_objects; i++)
        if (!prune_is_marked(m->objects[i])) {
            sweep_children(m->objects[i]);
            left++;
        }
    for (size_t i = 0; i < m->deps.len; i++) {
        struct dependency d = VEC_AT(&m->deps, struct dependency, i);

        if (!prune_is_marked(d.from) && !prune_is_marked(d.to))
            VEC_AT(&m->deps, struct dependency, kept++) = d;
        else if (!prune_is_marked(d.to))
            VEC_PUSH(&m->outside, struct dependency, d);
    }
    m->deps.len = kept;
    m->n_objects = left;
    m->frozen = false;
    return model_freeze(m, err);
}

bool model_prune(struct model *m, bool (*goes)(void *ctx, const struct object *o), void *ctx,
                 struct err *err)
{
    for (uint32_t i = 1; i < m->n_objects; i++)
        if (!prune_is_marked(m->objects[i]) && goes(ctx, m->objects[i]))
            prune_mark(m->objects[i]);
    return prune_sweep(m, err);
}
