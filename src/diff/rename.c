#include <dbtwin/diff.h>

#include <string.h>

#include "content.h"

/* Kinds whose content says which one it is; a role or a grant is its name and little else. */
static bool may_be_renamed(const struct object *o)
{
    switch (o->kind->id) {
    case K_SCHEMA:
        return o->first != NULL;
    case K_COLLATION:
    case K_ENUM:
    case K_ENUM_LABEL:
    case K_COMPOSITE:
    case K_ATTRIBUTE:
    case K_DOMAIN:
    case K_RANGE:
    case K_SEQUENCE:
    case K_TABLE:
    case K_FOREIGN_TABLE:
    case K_COLUMN:
    case K_PRIMARY_KEY:
    case K_UNIQUE:
    case K_EXCLUSION:
    case K_CHECK:
    case K_FOREIGN_KEY:
    case K_INDEX:
    case K_PARTITION:
    case K_VIEW:
    case K_MATERIALIZED_VIEW:
    case K_RULE:
    case K_TRIGGER:
    case K_POLICY:
    case K_STATISTICS:
    case K_FUNCTION:
    case K_PROCEDURE:
    case K_AGGREGATE:
    case K_PACKAGE:
    case K_TS_DICTIONARY:
    case K_TS_CONFIGURATION:
    case K_FOREIGN_SERVER:
    case K_PUBLICATION:
    case K_EVENT:
        return true;
    default:
        return false;
    }
}

struct twin {
    const struct object *from, *to;
    unsigned n_from, n_to;
};

/* Parent, kind and content: what a renamed object keeps. A routine keeps its arguments too. */
static void make_key(const struct object *o, unsigned flavor, struct buf *key)
{
    struct arena scratch = {.block_size = 256};
    const char *types = strchr(o->name, '(');
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
