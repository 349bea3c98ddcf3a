#include <dbtwin/model.h>

#include <string.h>

#include "prune.h"

/*
 * Three passes: what comes (wanted objects and what they need that the model does not have), what
 * goes for it, and then the copies with their dependencies. Dependencies of what stays on what goes
 * are turned to the copies.
 */
struct graft {
    struct model *m;
    const struct model *from;
    struct vec come;  /* const struct object *, of `from`: whole subtrees */
    struct map comes; /* the same: object → itself */
    struct map made;  /* object of `from` → its copy */
    struct vec turns; /* struct turn */
    struct err *err;
};

/* A dependency to be made once the copies are there. An end is of m, or else of `from`. */
struct turn {
    struct object *m_from, *m_to;
    const struct object *from, *to;
};

const struct object *model_counterpart(const struct model *m, const struct object *o)
{
    if (!o->parent)
        return m->root;
    const struct object *parent = model_counterpart(m, o->parent);
    const struct object *c = parent ? model_child(m, parent, o->kind->space, o->name) : NULL;
    return c && c->kind == o->kind ? c : NULL;
}

void model_thaw(struct model *m)
{
    m->frozen = false;
}

static struct object *writable(const struct object *o)
{
    return (struct object *)(uintptr_t)o;
}

/* ---- what comes ---------------------------------------------------------------------------- */

static void take(struct graft *g, const struct object *o)
{
    if (map_get(&g->comes, &o, sizeof(o)))
        return;
    VEC_PUSH(&g->come, const struct object *, o);
    const struct object **key = &VEC_AT(&g->come, const struct object *, g->come.len - 1);
    const struct object **kept = arena_memdup(&g->m->arena, key, sizeof(*key));
    map_put(&g->comes, kept, sizeof(*kept), writable(o));
}

static bool taken(const struct graft *g, const struct object *o)
{
    for (; o; o = o->parent)
        if (map_get(&g->comes, &o, sizeof(o)))
            return true;
    return false;
}

/* One name of "schema"."table".column, which is `name`; gives what follows the dot, or NULL. */
static const char *skip_name(const char *p, const char *name)
{
    bool quoted = *p == '"';
    for (p += quoted; *name; name++, p++) {
        if (*p != *name)
            return NULL;
        if (quoted && *p == '"' && *++p != '"')
            return NULL;
    }
    if (quoted && *p++ != '"')
        return NULL;
    return *p == '.' ? p + 1 : NULL;
}

bool model_owns_sequence(const struct object *table, const struct object *sequence)
{
    const char *text =
        sequence->kind->id == K_SEQUENCE ? model_get(sequence, P_SEQUENCE_OWNED_BY) : NULL;
    text = text ? skip_name(text, table->parent->name) : NULL;
    return text && skip_name(text, table->name);
}

static void take_sequences(struct graft *g, const struct object *table)
{
    if (table->kind->id != K_TABLE)
        return;
    for (uint32_t i = 0; i < g->from->n_objects; i++)
        if (model_owns_sequence(table, g->from->objects[i]))
            take(g, g->from->objects[i]);
}

static bool refuse_table(struct graft *g, const struct dependency *d)
{
    struct buf a = BUF_INIT, b = BUF_INIT;
    model_path(model_top(d->from), &a);
    model_path(model_top(d->to), &b);
    err_set(g->err, ERR_REFUSED, "%s needs the table %s, which the source does not have", a.data,
            b.data);
    err_hint(g->err, "keep that table too");
    buf_release(&a);
    buf_release(&b);
    return false;
}

/* Until nothing more is needed: each round looks at all dependencies, and there are few rounds. */
static bool take_needed(struct graft *g)
{
    for (size_t before = 0; before != g->come.len;) {
        before = g->come.len;
        for (size_t i = 0; i < g->from->deps.len; i++) {
            const struct dependency *d = &VEC_AT(&g->from->deps, struct dependency, i);
            const struct object *need = model_top(d->to);
            if (!taken(g, d->from) || taken(g, need) || !need->parent ||
                need->kind->id == K_SCHEMA || model_counterpart(g->m, need))
                continue;
            if (need->kind->id == K_TABLE)
                return refuse_table(g, d);
            take(g, need);
        }
    }
    return true;
}

/* ---- what goes ----------------------------------------------------------------------------- */

/* Same name in the same space, whatever the kind. */
static struct object *in_place_of(const struct graft *g, const struct object *o)
{
    const struct object *parent = model_counterpart(g->m, o->parent);
    return parent ? writable(model_child(g->m, parent, o->kind->space, o->name)) : NULL;
}

static void mark_gone(struct graft *g, struct object *const *olds)
{
    for (size_t i = 0; i < g->come.len; i++) {
        struct object *old = olds[i];
        if (!old)
            continue;
        for (uint32_t k = 0; old->kind->id == K_TABLE && k < g->m->n_objects; k++) {
            struct object *s = g->m->objects[k];
            if (!prune_is_marked(s) && model_owns_sequence(old, s))
                prune_mark(s);
        }
        if (!prune_is_marked(old))
            prune_mark(old);
    }
}

/* The object of `from` that takes the place of one that goes: itself or what it is in. */
static const struct object *heir(const struct graft *g, const struct object *gone)
{
    for (; gone; gone = gone->parent) {
        const struct object *o = model_counterpart(g->from, gone);
        if (o && taken(g, o))
            return o;
    }
    return NULL;
}

/* What the copies need, in `from` or in m; before anything is marked, which loses its place. */
static void note_needs(struct graft *g)
{
    for (size_t i = 0; i < g->from->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&g->from->deps, struct dependency, i);
        if (!taken(g, d->from))
            continue;
        struct turn t = {.from = d->from, .to = taken(g, d->to) ? d->to : NULL};
        if (!t.to)
            t.m_to = writable(model_counterpart(g->m, d->to));
        if (t.to || t.m_to)
            VEC_PUSH(&g->turns, struct turn, t);
    }
}

/* Who needs what goes; before the marks are swept. */
static void note_heirs(struct graft *g)
{
    for (size_t i = 0; i < g->m->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&g->m->deps, struct dependency, i);
        if (!prune_is_marked(d->to) || prune_is_marked(d->from))
            continue;
        struct turn t = {.m_from = d->from, .to = heir(g, d->to)};
        if (t.to)
            VEC_PUSH(&g->turns, struct turn, t);
    }
    for (size_t i = 0; i < g->turns.len; i++) {
        struct turn *t = &VEC_AT(&g->turns, struct turn, i);
        if (t->m_to && prune_is_marked(t->m_to))
            *t = (struct turn){0};
    }
}

/* ---- copies -------------------------------------------------------------------------------- */

static struct object *copy_one(struct graft *g, const struct object *o, struct object *parent)
{
    struct object *c = model_add(g->m, o->kind, parent, o->name);
    for (unsigned i = 0; i < o->kind->n_props; i++)
        model_set(g->m, c, i, o->v[i]);
    const struct object **key = arena_memdup(&g->m->arena, &o, sizeof(o));
    map_put(&g->made, key, sizeof(*key), c);
    return c;
}

static void copy_tree(struct graft *g, const struct object *o, struct object *parent)
{
    struct object *c = copy_one(g, o, parent);
    for (const struct object *child = o->first; child; child = child->next)
        copy_tree(g, child, c);
}

/* Where the copies go: in m, or a schema that comes along, by itself. `where` holds the parents
 * found while m was frozen. */
static void copy_all(struct graft *g, struct object *const *where)
{
    for (size_t i = 0; i < g->come.len; i++) {
        const struct object *o = VEC_AT(&g->come, const struct object *, i), *up = o->parent;
        struct object *parent = where[i];
        if (!parent)
            parent = map_get(&g->made, &up, sizeof(up));
        if (!parent)
            parent = copy_one(g, up, g->m->root);
        copy_tree(g, o, parent);
    }
    for (size_t i = 0; i < g->turns.len; i++) {
        const struct turn *t = &VEC_AT(&g->turns, struct turn, i);
        if (!t->from && !t->m_from)
            continue;
        struct object *from = t->m_from ? t->m_from : map_get(&g->made, &t->from, sizeof(t->from));
        struct object *to = t->m_to ? t->m_to : map_get(&g->made, &t->to, sizeof(t->to));
        if (from && to)
            model_depend(g->m, from, to);
    }
}

static bool graft(struct graft *g)
{
    if (!take_needed(g))
        return false;
    struct object **where = arena_calloc(&g->m->arena, sizeof(*where) * (g->come.len + 1));
    for (size_t i = 0; i < g->come.len; i++)
        where[i] = in_place_of(g, VEC_AT(&g->come, const struct object *, i));
    note_needs(g);
    mark_gone(g, where);
    note_heirs(g);
    if (!prune_sweep(g->m, g->err))
        return false;
    for (size_t i = 0; i < g->come.len; i++)
        where[i] =
            writable(model_counterpart(g->m, VEC_AT(&g->come, const struct object *, i)->parent));
    model_thaw(g->m);
    copy_all(g, where);
    return model_freeze(g->m, g->err);
}

bool model_graft(struct model *m, const struct model *from, const struct object *const *wanted,
                 size_t n, struct err *err)
{
    struct graft g = {.m = m, .from = from, .err = err};
    vec_init(&g.come, sizeof(const struct object *));
    vec_init(&g.turns, sizeof(struct turn));
    for (size_t i = 0; i < n; i++) {
        take(&g, wanted[i]);
        take_sequences(&g, wanted[i]);
    }
    bool ok = n == 0 || graft(&g);
    vec_release(&g.come);
    vec_release(&g.turns);
    map_release(&g.comes);
    map_release(&g.made);
    return ok;
}
