#include "change.h"

#include <string.h>

#include <dbtwin/engine.h>

#include "need.h"
#include "neutral.h"

static void rebuild(struct change_set *s, const struct object *from, const struct object *to);

/* ---- rows ------------------------------------------------------------------------------------ */

static bool is_row_of(const struct plan_alter *r, const struct kind *k, int slot)
{
    if (r->kind == k->id && r->slot == ALTER_STOP)
        return true;
    if (r->kind == K_COUNT)
        return slot >= 0 && str_eq(r->prop, k->props[slot].name);
    return r->kind == k->id && r->slot == slot;
}

const struct plan_alter *change_row(const struct change_set *s, const struct plan_pair *p,
                                    const struct kind *k, int slot)
{
    for (const struct plan_alter *const *t = s->alters->tables; *t; t++)
        for (const struct plan_alter *r = *t; r->kind != K_COUNT || r->prop; r++)
            if (is_row_of(r, k, slot) && (!r->can || r->can(s->b, p)))
                return r->slot == ALTER_STOP ? NULL : r;
    const struct plan_alter *drop = slot == ALTER_DROP ? s->alters->drop : NULL;
    return drop && drop->can(s->b, p) ? drop : NULL;
}

struct plan_pair change_pair(const struct change_set *s, const struct object *from,
                             const struct object *to)
{
    return (struct plan_pair){from, to, from && to ? s->differs[from->id] : 0};
}

static const struct plan_alter *row_of(const struct change_set *s, const struct object *from,
                                       const struct object *to, int slot)
{
    struct plan_pair p = change_pair(s, from, to);
    return change_row(s, &p, (from ? from : to)->kind, slot);
}

/* ---- marks ----------------------------------------------------------------------------------- */

static bool is_lost(const struct change_set *s, const struct object *to)
{
    return s->to_marks[to->id] & CHANGE_LOST;
}

static void look_at_dependants(struct change_set *s, const struct object *to)
{
    VEC_PUSH(&s->work, const struct object *, to);
}

/* What a parent without rows for this part does about it; false when nobody does. */
static bool by_ancestor(struct change_set *s, const struct object *from, const struct object *to)
{
    for (; from && to; from = from->parent, to = to->parent) {
        if (row_of(s, from, to, ALTER_PARTS)) {
            s->from_marks[from->id] |= CHANGE_PARTS;
            s->to_marks[to->id] |= CHANGE_PARTS;
            return true;
        }
    }
    return false;
}

/* A part of the pair came, went or cannot be changed by itself. */
static void change_parent(struct change_set *s, const struct object *part,
                          const struct object *from, const struct object *to)
{
    if (by_ancestor(s, from, to))
        return;
    if (part->kind->flags & KF_PART && from->parent)
        rebuild(s, from, to);
    else
        plan_refuse(s->b, part, "no statement changes it");
}

static void mark_created(struct change_set *s, const struct object *from, bool inside)
{
    const struct plan_rule *rule = s->b->core->by_kind[from->kind->id];
    enum neutral_id neutral;
    const char *why;

    if (s->from_marks[from->id] & (CHANGE_RULE | CHANGE_INSIDE))
        return;
    if (neutral_leaves(s->b, from, &neutral, &why)) {
        plan_refuse(s->b, from, "it may hold a secret, which no model has: create it by hand");
        return;
    }
    /* What was to be done to it, or to it alone, is done by that. */
    s->from_marks[from->id] &= (uint8_t) ~(CHANGE_TOUCH | CHANGE_BACK | CHANGE_ROW);
    s->from_marks[from->id] |= rule && rule->emit ? CHANGE_RULE
                               : inside           ? CHANGE_INSIDE
                                                  : CHANGE_ROW;
    for (const struct object *c = from->first; c; c = c->next)
        mark_created(s, c, true);
}

/* Parts go with it, but those that must go before others do (foreign keys). */
static void mark_dropped(struct change_set *s, const struct object *to, bool inside)
{
    const struct plan_alter *row = row_of(s, NULL, to, ALTER_DROP);
    bool apart = !(to->kind->flags & KF_PART) || (row && row->apart);

    s->to_marks[to->id] &= (uint8_t) ~(CHANGE_TOUCH | CHANGE_ASIDE | CHANGE_DROP);
    s->to_marks[to->id] |= !inside || (apart && row) ? CHANGE_DROP : CHANGE_GONE;
    look_at_dependants(s, to);
    for (const struct object *c = to->first; c; c = c->next)
        if (!(s->to_marks[c->id] & CHANGE_GONE))
            mark_dropped(s, c, true);
}

static void create(struct change_set *s, const struct object *from)
{
    const struct plan_rule *rule = s->b->core->by_kind[from->kind->id];
    const struct plan_alter *row = row_of(s, from, NULL, ALTER_ADD);

    if (s->from_marks[from->id] & CHANGE_MADE)
        return;
    if ((rule && rule->emit) || (row && !row->manual))
        mark_created(s, from, false);
    else if (row)
        plan_refuse(s->b, from, row->manual);
    else if (!rule)
        plan_refuse(s->b, from, "dbtwin cannot create this kind of object yet");
    else
        change_parent(s, from, from->parent, plan_other(s->b, from->parent));
}

static void drop(struct change_set *s, const struct object *to)
{
    const struct plan_alter *row = row_of(s, NULL, to, ALTER_DROP);

    if (is_lost(s, to))
        return;
    if (row && row->manual)
        plan_refuse(s->b, to, row->manual);
    else if (row)
        mark_dropped(s, to, false);
    else
        change_parent(s, to, plan_other(s->b, to->parent), to->parent);
}

static void remake(struct change_set *s, const struct object *from, const struct object *to,
                   const struct plan_alter *how)
{
    s->from_marks[from->id] |= CHANGE_REMAKE;
    s->to_marks[to->id] |= CHANGE_REMAKE;
    look_at_dependants(s, to);
    for (const struct object *c = from->first; how->carries && c; c = c->next)
        mark_created(s, c, true);
}

static void rebuild(struct change_set *s, const struct object *from, const struct object *to)
{
    const struct plan_rule *rule = s->b->core->by_kind[from->kind->id];
    const struct plan_alter *how = row_of(s, from, to, ALTER_REBUILD);

    if (is_lost(s, to) || (s->to_marks[to->id] & CHANGE_REMAKE))
        return;
    if (how && how->manual) {
        s->to_marks[to->id] |= CHANGE_REMAKE;
        plan_refuse(s->b, from, how->manual);
    } else if (how) {
        remake(s, from, to, how);
    } else if (row_of(s, NULL, to, ALTER_DROP) &&
               ((rule && rule->emit) || row_of(s, from, NULL, ALTER_ADD))) {
        mark_dropped(s, to, false);
        mark_created(s, from, false);
    } else if (from->parent)
        change_parent(s, from, from->parent, to->parent);
    else
        plan_refuse(s->b, from, "no statement changes it");
}

/* ---- what the diff says ---------------------------------------------------------------------- */

/* Leaves in s->differs what rows alter; false when the object has to be rebuilt. */
static bool can_be_altered(struct change_set *s, const struct object *from, const struct object *to)
{
    for (uint64_t left = s->differs[from->id]; left; left &= left - 1) {
        int slot = __builtin_ctzll(left);
        const struct plan_alter *row = row_of(s, from, to, slot);

        if (!row)
            return false;
        if (!row->manual)
            continue;
        plan_refuse(s->b, from, row->manual);
        s->differs[from->id] &= ~(UINT64_C(1) << slot);
    }
    return true;
}

static void alter(struct change_set *s, const struct object *from, const struct object *to)
{
    if (is_lost(s, to) || (s->from_marks[from->id] & CHANGE_MADE))
        return;
    if (!can_be_altered(s, from, to)) {
        rebuild(s, from, to);
        return;
    }
    if (!s->differs[from->id])
        return;
    s->from_marks[from->id] |= CHANGE_ALTER;
    s->to_marks[to->id] |= CHANGE_ALTER;
    look_at_dependants(s, to);
}

static void name_unknown(struct change_set *s, const struct change *c)
{
    const struct object *o = c->from;

    for (uint64_t left = c->unknown; left; left &= left - 1)
        plan_refuse(s->b, o,
                    arena_printf(s->b->arena, "its %s could not be compared",
                                 o->kind->props[__builtin_ctzll(left)].name));
}

static void mark_changes(struct change_set *s, const struct diff *d)
{
    for (size_t i = 0; i < d->changes.len; i++) {
        const struct change *c = &VEC_AT(&d->changes, struct change, i);

        if (c->from && c->to)
            s->differs[c->from->id] = c->differs;
        if (c->from)
            s->from_marks[c->from->id] |= CHANGE_NAMED;
        if (c->to)
            s->to_marks[c->to->id] |= CHANGE_NAMED;
    }
    for (size_t i = 0; i < d->changes.len; i++) {
        const struct change *c = &VEC_AT(&d->changes, struct change, i);

        if (c->unknown)
            name_unknown(s, c);
        if (!c->to)
            create(s, c->from);
        else if (!c->from)
            drop(s, c->to);
        else if (c->differs)
            alter(s, c->from, c->to);
    }
}

/* ---- what is in the way ---------------------------------------------------------------------- */

static void read_dependants(struct change_set *s)
{
    const struct vec *deps = &s->to->deps;
    size_t n = s->to->n_objects;
    struct arena *a = &s->b->core->arena;
    uint32_t *fill = arena_calloc(a, (n + 1) * sizeof(uint32_t));

    s->first = arena_calloc(a, (n + 1) * sizeof(uint32_t));
    s->needed_by = arena_alloc(a, (deps->len + 1) * sizeof(*s->needed_by));
    for (size_t i = 0; i < deps->len; i++)
        s->first[VEC_AT(deps, struct dependency, i).to->id + 1]++;
    for (size_t i = 0; i < n; i++) {
        s->first[i + 1] += s->first[i];
        fill[i] = s->first[i];
    }
    for (size_t i = 0; i < deps->len; i++) {
        const struct dependency *d = &VEC_AT(deps, struct dependency, i);

        s->needed_by[fill[d->to->id]++] = d->from;
    }
}

static bool stands_in_the_way(struct change_set *s, const struct object *to,
                              const struct object *dependant)
{
    const struct object *from = plan_other(s->b, to);
    struct plan_pair p;

    if (is_lost(s, to))
        return true;
    p = change_pair(s, from, to);
    if (s->to_marks[to->id] & (CHANGE_REMAKE | CHANGE_ASIDE)) {
        bool remade = s->to_marks[to->id] & CHANGE_REMAKE;
        const struct plan_alter *how =
            change_row(s, &p, to->kind, remade ? ALTER_REBUILD : ALTER_ASIDE);

        if (how && how->breaks && how->breaks(s->b, &p, dependant))
            return true;
        if (remade)
            return false;
    }
    for (uint64_t left = p.differs; left; left &= left - 1) {
        const struct plan_alter *row = change_row(s, &p, to->kind, __builtin_ctzll(left));

        if (row && row->breaks && row->breaks(s->b, &p, dependant))
            return true;
    }
    return false;
}

/* Alters the dependant as though the property differed that `needed` is; false if it cannot be. */
static bool is_carried(struct change_set *s, const struct object *needed, const struct object *from,
                       const struct object *to)
{
    const struct object *other = plan_other(s->b, needed);
    const struct plan_alter *how = other && (s->to_marks[needed->id] & CHANGE_REMAKE)
                                       ? row_of(s, other, needed, ALTER_REBUILD)
                                       : NULL;
    int slot = how && how->carries ? kind_prop(from->kind, how->carries) : -1;
    const struct plan_alter *row = slot >= 0 ? row_of(s, from, to, slot) : NULL;

    if (!row || row->manual)
        return false;
    if ((s->differs[from->id] >> slot & 1) && (s->from_marks[from->id] & CHANGE_ALTER))
        return true;
    s->differs[from->id] |= UINT64_C(1) << slot;
    alter(s, from, to);
    return true;
}

/* It exists afterwards as well, and must not hold on to what goes meanwhile. */
static void set_aside(struct change_set *s, const struct object *needed, const struct object *from,
                      const struct object *to)
{
    const struct plan_alter *row;

    if (is_carried(s, needed, from, to))
        return;
    row = row_of(s, from, to, ALTER_ASIDE);
    if (row && row->manual)
        plan_refuse(s->b, from, row->manual);
    else if (row) {
        s->to_marks[to->id] |= CHANGE_ASIDE;
        s->from_marks[from->id] |= CHANGE_BACK;
        look_at_dependants(s, to);
    } else
        rebuild(s, from, to);
}

static void look_at_one(struct change_set *s, const struct object *to, const struct object *d)
{
    const struct object *from = plan_other(s->b, d);

    if (!from || is_lost(s, d) || model_is_within(d, to) || (s->to_marks[d->id] & CHANGE_ASIDE))
        return;
    if (s->alters->holds && !s->alters->holds(d))
        return;
    /* What is altered no longer needs what is gone for good. */
    if (!plan_other(s->b, to) && (s->to_marks[d->id] & CHANGE_TOUCH))
        return;
    if (stands_in_the_way(s, to, d))
        set_aside(s, to, from, d);
}

static void look_at_needed(struct change_set *s, const struct object *to,
                           const struct object *needed)
{
    for (uint32_t i = s->first[needed->id]; i < s->first[needed->id + 1]; i++)
        look_at_one(s, to, s->needed_by[i]);
}

/* Parts of a table that may need one of its columns. */
static bool may_need_column(const struct object *part)
{
    return (part->kind->flags & KF_OF_COLUMNS) ||
           (part->kind->id == K_COLUMN && model_get(part, P_COLUMN_GENERATED));
}

/* Whether the model does not know what needs the column: then all that needs its table may, and
 * all parts of that that can. */
static bool is_known_by_table(const struct change_set *s, const struct object *to)
{
    return to->kind->id == K_COLUMN && s->alters->needs_columns && !s->to->columns;
}

static void look_at(struct change_set *s, const struct object *to)
{
    look_at_needed(s, to, to);
    if (!is_known_by_table(s, to))
        return;
    look_at_needed(s, to, to->parent);
    for (const struct object *o = to->parent->first; o; o = o->next)
        if (may_need_column(o))
            look_at_one(s, to, o);
}

static void ask_engine(struct change_set *s)
{
    for (uint32_t i = 1; s->alters->in_the_way && i < s->to->n_objects; i++) {
        const struct object *to = s->to->objects[i], *from = plan_other(s->b, to);

        if (from && !is_lost(s, to) && s->alters->in_the_way(s->b, to))
            rebuild(s, from, to);
    }
}

/* What was not selected stays as it is: where it is in the way, a person has to see to it. Parts of
 * one object go and come together. */
static void name_outside(struct change_set *s)
{
    for (size_t i = 0; i < s->to->outside.len; i++) {
        const struct dependency *d = &VEC_AT(&s->to->outside, struct dependency, i);
        const struct object *to = d->to;

        if (to->id >= s->to->n_objects || s->to->objects[to->id] != to ||
            model_top(d->from) == model_top(to) || !stands_in_the_way(s, to, d->from))
            continue;
        plan_refuse(s->b, to,
                    arena_printf(s->b->arena,
                                 "the %s %s depends on it, and is not selected: select it too, or "
                                 "drop it before and create it again",
                                 d->from->kind->name, model_path_text(d->from, s->b->arena)));
    }
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* What is created is held to the rules' table, if its parent is not checked with it. */
static bool check_created(struct change_set *s, struct err *err)
{
    for (uint32_t i = 1; i < s->from->n_objects; i++) {
        const struct object *o = s->from->objects[i];

        if ((s->from_marks[i] & CHANGE_MADE) && !(s->from_marks[o->parent->id] & CHANGE_MADE) &&
            !need_within(s->b, o, s->b->core->left_out, err))
            return false;
    }
    return true;
}

static void name_gaps(struct change_set *s, const struct diff *d)
{
    for (size_t i = 0; i < d->gaps.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&d->gaps, struct coverage_gap, i);

        VEC_PUSH(
            &s->b->plan->refusals, struct plan_refusal,
            ((struct plan_refusal){.without = -1,
                                   .kind = arena_strdup(s->b->arena, g->kind),
                                   .path = arena_strdup(s->b->arena, g->path),
                                   .why = arena_printf(s->b->arena, "not compared: %s", g->why)}));
    }
}

static void look_at_all(struct change_set *s)
{
    for (size_t i = 0; i < s->work.len; i++)
        look_at(s, VEC_AT(&s->work, const struct object *, i));
    vec_reset(&s->work);
}

static void note_wanted(struct change_set *s)
{
    for (uint32_t i = 1; s->alters->clash_of_parts && i < s->from->n_objects; i++) {
        const struct object *o = s->from->objects[i];
        const char *name = plan_other(s->b, o) ? NULL : s->alters->clash(o, &s->b->core->arena);

        if (name)
            map_put(&s->wanted, name, strlen(name), (void *)(uintptr_t)o);
    }
}

void change_mark_all(struct change_set *s, const struct diff *d)
{
    struct arena *a = &s->b->core->arena;

    s->from_marks = arena_calloc(a, s->from->n_objects);
    s->to_marks = arena_calloc(a, s->to->n_objects);
    s->differs = arena_calloc(a, s->from->n_objects * sizeof(uint64_t));
    s->drop_of = arena_calloc(a, s->to->n_objects * sizeof(uint32_t));
    vec_init(&s->work, sizeof(const struct object *));
    read_dependants(s);
    note_wanted(s);
    name_gaps(s, d);
    mark_changes(s, d);
    ask_engine(s);
    look_at_all(s);
}

/* Code and rights: nothing is lost when they are made again. */
bool change_may_untie(const struct change_set *s, const struct object *from)
{
    const struct object *to = plan_other(s->b, from);

    if (!to || is_lost(s, to) || !(s->from_marks[from->id] & CHANGE_ALTER))
        return false;
    switch (from->kind->id) {
    case K_AGGREGATE:
    case K_FUNCTION:
    case K_POLICY:
    case K_PROCEDURE:
    case K_RULE:
    case K_TRIGGER:
    case K_VIEW:
        return row_of(s, NULL, to, ALTER_DROP) && !row_of(s, from, to, ALTER_REBUILD) &&
               s->b->core->by_kind[from->kind->id]->emit;
    default:
        return false;
    }
}

void change_untie(struct change_set *s, const struct object *from)
{
    rebuild(s, from, plan_other(s->b, from));
    look_at_all(s);
}

bool change_check(struct change_set *s, struct err *err)
{
    name_outside(s);
    vec_release(&s->work);
    return check_created(s, err);
}
