#include <dbtwin/model.h>

#include <stdlib.h>
#include <string.h>

struct placed {
    const struct object *o;
    int64_t place;
};

/* The property that says the place of an object of the kind; -1: its name does. */
static int place_slot(const struct kind *k)
{
    int slot = kind_prop(k, "position");
    return slot < 0 ? kind_prop(k, "order") : slot;
}

static int64_t place_of(const struct object *o, int slot)
{
    const char *text = slot < 0 ? o->name : model_get(o, slot);
    int64_t place;
    return text && str_parse_i64(text, &place) ? place : INT64_MAX;
}

static int compare_places(const void *left, const void *right)
{
    const struct placed *a = left, *b = right;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return strcmp(a->o->name, b->o->name);
}

const struct object **model_parts(const struct object *o, enum kind_id kind, struct arena *a,
                                  uint32_t *ret_n)
{
    int slot = place_slot(&kinds[kind]);
    uint32_t n = 0;

    for (const struct object *c = o->first; c; c = c->next)
        n += c->kind->id == kind;
    struct placed *sorted = arena_alloc(a, ((size_t)n + 1) * sizeof(*sorted));
    const struct object **list = arena_alloc(a, ((size_t)n + 1) * sizeof(*list));
    n = 0;
    for (const struct object *c = o->first; c; c = c->next)
        if (c->kind->id == kind)
            sorted[n++] = (struct placed){c, place_of(c, slot)};
    qsort(sorted, n, sizeof(*sorted), compare_places);
    for (uint32_t i = 0; i < n; i++)
        list[i] = sorted[i].o;
    list[n] = NULL;
    if (ret_n)
        *ret_n = n;
    return list;
}
