#include <dbtwin/diff.h>

#include <string.h>

#include "content.h"

/* An empty schema is its name and little else, as all empty schemas are. */
static bool may_be_renamed(const struct object *o)
{
    return (o->kind->flags & KF_RENAMED) && (o->kind->id != K_SCHEMA || o->first);
}

struct twin {
    const struct object *from, *to;
    unsigned n_from, n_to;
};

/* Parent, kind and content: what a renamed object keeps. A routine keeps its arguments too. */
static void make_key(const struct object *o, unsigned flavor, struct buf *key)
{
    struct arena scratch = {.block_size = 256};
    const char *types = (o->kind->flags & KF_COMPOSED) ? strchr(o->name, '(') : NULL;
    size_t n = types ? (size_t)(types - o->name) : strlen(o->name);
    struct hash128 h = content_hash(o, flavor, arena_strndup(&scratch, o->name, n));
    buf_reset(key);
    model_path(o->parent, key);
    buf_addf(key, "\n%s\n%s\n", o->kind->name, types ? types : "");
    buf_add(key, &h, sizeof(h));
    arena_release(&scratch);
}

static void take(struct diff *d, const struct change *c, struct map *twins, struct vec *order,
                 struct buf *key)
{
    const struct object *o = c->from ? c->from : c->to;
    if (c->type > CHANGE_REMOVED || !o->parent || !may_be_renamed(o))
        return;
    make_key(o, c->from ? d->from->flavor : d->to->flavor, key);
    struct twin *t = map_get(twins, key->data, key->len);
    if (!t) {
        t = arena_new(&d->arena, struct twin);
        map_put(twins, arena_memdup(&d->arena, key->data, key->len), key->len, t);
        VEC_PUSH(order, struct twin *, t);
    }
    if (c->from) {
        t->from = o;
        t->n_from++;
    } else {
        t->to = o;
        t->n_to++;
    }
}

/* Kinds of which both sides have something that the other has not: only those can be renamed. */
static void find_kinds(const struct diff *d, bool ret[K_COUNT])
{
    bool on[2][K_COUNT] = {0};
    for (size_t i = 0; i < d->changes.len; i++) {
        const struct change *c = &VEC_AT(&d->changes, struct change, i);
        if (c->type <= CHANGE_REMOVED)
            on[c->from != NULL][(c->from ? c->from : c->to)->kind->id] = true;
    }
    for (unsigned k = 0; k < K_COUNT; k++)
        ret[k] = on[0][k] && on[1][k];
}

void rename_find(struct diff *d)
{
    bool kinds_of_both[K_COUNT];
    struct map twins = MAP_INIT;
    struct vec order = VEC_INIT(struct twin *);
    struct buf key = BUF_INIT;
    vec_reset(&d->renames);
    find_kinds(d, kinds_of_both);
    for (size_t i = 0; i < d->changes.len && d->from->flavor == d->to->flavor; i++) {
        const struct change *c = &VEC_AT(&d->changes, struct change, i);
        if (kinds_of_both[(c->from ? c->from : c->to)->kind->id])
            take(d, c, &twins, &order, &key);
    }
    for (size_t i = 0; i < order.len; i++) {
        const struct twin *t = VEC_AT(&order, struct twin *, i);
        if (t->n_from == 1 && t->n_to == 1)
            VEC_PUSH(&d->renames, struct diff_rename, ((struct diff_rename){t->from, t->to}));
    }
    buf_release(&key);
    vec_release(&order);
    map_release(&twins);
}
