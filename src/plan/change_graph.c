#include "change.h"

#include <string.h>

#include "template.h"

/* ---- nodes ----------------------------------------------------------------------------------- */

/* A new part that the statement of its parent adds. */
static bool is_added_part(const struct change_set *s, const struct object *o)
{
    return o->parent && !(s->from_marks[o->id] & ~CHANGE_NAMED) && (o->kind->flags & KF_PART) &&
           (s->from_marks[o->parent->id] & CHANGE_PARTS) && !plan_other(s->b, o);
}

const struct object *change_unit(const struct change_set *s, const struct object *o)
{
    while (o && ((s->from_marks[o->id] & CHANGE_INSIDE) || is_added_part(s, o)))
        o = o->parent;
    return o && s->from_marks[o->id] ? o : NULL;
}

bool change_by_rule(const struct change_set *s, const struct object *o)
{
    while (o && (s->from_marks[o->id] & CHANGE_INSIDE))
        o = o->parent;
    return o && (s->from_marks[o->id] & CHANGE_RULE);
}

size_t change_room(const struct change_set *s)
{
    return s ? (size_t)s->from->n_objects + s->to->n_objects : 0;
}

uint32_t change_nodes(struct plan_core *c, uint32_t n)
{
    static const struct plan_rule no_rule = {.kind = K_COUNT, .phase = PHASE_PRE};
    struct change_set *s = c->change;

    for (uint32_t i = 0; i < s->from->n_objects; i++) {
        const struct object *o = s->from->objects[i];
        const struct plan_rule *rule = c->by_kind[o->kind->id];
        unsigned marks = s->from_marks[i];

        if (!(marks & CHANGE_ROW) &&
            ((marks & CHANGE_MADE) || !(marks & (CHANGE_TOUCH | CHANGE_BACK))))
            continue;
        c->unit_of[i] = n;
        c->nodes[n++] = (struct plan_node){.object = o,
                                           .rule = rule ? rule : &no_rule,
                                           .act = marks & CHANGE_ROW ? ACT_CREATE : ACT_ALTER,
                                           .by_row = true};
    }
    for (uint32_t i = 0; i < s->to->n_objects; i++) {
        const struct object *o = s->to->objects[i];

        s->drop_of[i] = NODE_NONE;
        if (!(s->to_marks[i] & (CHANGE_DROP | CHANGE_ASIDE)))
            continue;
        s->drop_of[i] = n;
        c->nodes[n++] =
            (struct plan_node){.object = o, .rule = &no_rule, .act = ACT_DROP, .by_row = true};
    }
    return n;
}

/* ---- edges ----------------------------------------------------------------------------------- */

static void add(struct vec *edges, uint32_t later, uint32_t earlier)
{
    if (later != earlier && later != NODE_NONE && earlier != NODE_NONE)
        VEC_PUSH(edges, struct edge, ((struct edge){later, earlier, NULL, false, false}));
}

/* The node with which TO's object goes, or is set aside. */
static uint32_t drop_node(const struct change_set *s, const struct object *to)
{
    while (to->parent && (s->to_marks[to->id] & CHANGE_GONE))
        to = to->parent;
    return s->drop_of[to->id];
}

/* The node that alters TO's object, itself or as a part. */
static uint32_t alter_node(const struct plan_core *c, const struct object *to)
{
    const struct object *from;

    while (to && !(c->change->to_marks[to->id] & CHANGE_TOUCH))
        to = to->parent;
    from = to && to->parent ? plan_other(c->change->b, to) : NULL;
    return from ? c->unit_of[from->id] : NODE_NONE;
}

/* Whether one statement drops both: they need each other. */
static bool is_tied(const struct change_set *s, const struct object *needs,
                    const struct object *needed)
{
    return s->alters->ties && s->alters->ties(s->b, needs, needed);
}

/* A column that is computed no longer, a table that is no longer of a type: it is altered before
 * what it was made from. */
static bool is_freed(const struct change_set *s, const struct object *needs)
{
    int slot = needs->kind->id == K_COLUMN  ? (int)P_COLUMN_GENERATED
               : needs->kind->id == K_TABLE ? (int)P_TABLE_OF_TYPE
                                            : -1;
    const struct object *from =
        slot >= 0 && model_get(needs, slot) ? plan_other(s->b, needs) : NULL;

    return from && !model_get(from, slot);
}

/* `needs` depends on `needed` in TO: it goes first, or is altered first. */
static void add_drop(struct plan_core *c, struct vec *edges, const struct object *needs,
                     const struct object *needed)
{
    uint32_t drops = drop_node(c->change, needs), dropped = drop_node(c->change, needed);

    if (drops != NODE_NONE && dropped != NODE_NONE && is_tied(c->change, needs, needed))
        return;
    if (drops != NODE_NONE) {
        add(edges, dropped, drops);
        add(edges, dropped == NODE_NONE ? alter_node(c, needed) : NODE_NONE, drops);
    } else if (dropped != NODE_NONE || is_freed(c->change, needs))
        add(edges, dropped != NODE_NONE ? dropped : alter_node(c, needed), alter_node(c, needs));
}

/* A part goes before the rest of its parent is altered; a column may have to wait for what gets
 * another one instead, which comes after that. */
static void add_drop_of_part(struct plan_core *c, struct vec *edges, const struct object *part)
{
    size_t n = edges->len;

    add_drop(c, edges, part, part->parent);
    for (; n < edges->len && part->kind->id == K_COLUMN; n++)
        VEC_AT(edges, struct edge, n).soft = true;
}

/* ---- names that are taken -------------------------------------------------------------------- */

/* The names of what is dropped, each with the first object that has it (and 1 + its node). */
struct names {
    struct map map;
    struct arena *a;
};

static void take_name(struct names *n, const char *name, uint32_t *node)
{
    if (name && !map_get(&n->map, name, strlen(name)))
        map_put(&n->map, name, strlen(name), node);
}

/* The node that makes FROM's object: its own, or that of what makes or alters it as a part. */
static uint32_t making_node(const struct plan_core *c, const struct object *from)
{
    const struct change_set *s = c->change;
    unsigned made = CHANGE_RULE | CHANGE_ROW;

    if (s->from_marks[from->id] & made)
        return c->unit_of[from->id];
    if (!s->alters->clash_of_parts || plan_other(s->b, from))
        return NODE_NONE;
    for (from = from->parent; from->parent; from = from->parent)
        if (s->from_marks[from->id] & (made | CHANGE_TOUCH))
            return c->unit_of[from->id];
    return NODE_NONE;
}

static void add_clashes(struct plan_core *c, struct vec *edges)
{
    struct change_set *s = c->change;
    struct names names = {MAP_INIT, &c->arena};

    for (uint32_t i = 0; s->alters->clash && i < s->to->n_objects; i++)
        if (s->to_marks[i] & CHANGE_LOST) {
            uint32_t *node = arena_alloc(&c->arena, sizeof(*node));

            *node = drop_node(s, s->to->objects[i]);
            take_name(&names, s->alters->clash(s->to->objects[i], &c->arena), node);
        }
    for (uint32_t i = 0; names.map.len && i < s->from->n_objects; i++) {
        uint32_t made = making_node(c, s->from->objects[i]), *node;
        const char *name =
            made == NODE_NONE ? NULL : s->alters->clash(s->from->objects[i], &c->arena);

        node = name ? map_get(&names.map, name, strlen(name)) : NULL;
        if (node)
            add(edges, made, *node);
    }
    map_release(&names.map);
}

/* What is made in the place of what goes. */
static void add_places(struct plan_core *c, struct vec *edges)
{
    struct change_set *s = c->change;

    for (uint32_t i = 1; i < s->from->n_objects; i++) {
        const struct object *o = s->from->objects[i], *parent, *there;

        if (!(s->from_marks[i] & (CHANGE_RULE | CHANGE_ROW | CHANGE_BACK)))
            continue;
        parent = plan_other(s->b, o->parent);
        there = parent ? model_child(s->to, parent, o->kind->space, o->name) : NULL;
        if (parent && o->kind->id == K_PRIMARY_KEY) /* a table has one, whatever its name */
            there = plan_child(parent, K_PRIMARY_KEY, NULL);
        if (there)
            add(edges, c->unit_of[i], drop_node(s, there));
    }
}

void change_edges(struct plan_core *c, struct vec *edges)
{
    const struct change_set *s = c->change;

    for (size_t i = 0; i < s->to->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&s->to->deps, struct dependency, i);

        if (!s->alters->holds || s->alters->holds(d->from))
            add_drop(c, edges, d->from, d->to);
    }
    for (uint32_t i = 1; i < s->to->n_objects; i++)
        if (s->drop_of[i] != NODE_NONE)
            add_drop_of_part(c, edges, s->to->objects[i]);
    add_places(c, edges);
    add_clashes(c, edges);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void call_row(struct plan_builder *b, const struct plan_alter *row,
                     const struct plan_pair *p, unsigned hazards)
{
    struct plan_core *c = b->core;
    const struct object *o =
        row->slot == ALTER_DROP || row->slot == ALTER_ASIDE || !p->from ? p->to : p->from;
    struct buf sql = BUF_INIT;

    c->hazards = row->hazards | hazards;
    c->reason = row->reason;
    if (row->fn)
        row->fn(b, p);
    if (row->sql) {
        template_fill(&sql, c->change->alters->style, row->sql, o);
        if (sql.len)
            plan_step(b, PHASE_PRE, o, NULL, sql.data);
    }
    buf_release(&sql);
    c->hazards = 0;
    c->reason = NULL;
}

static void call_special(struct plan_builder *b, const struct plan_pair *p, int slot)
{
    const struct plan_alter *row =
        change_row(b->core->change, p, (p->from ? p->from : p->to)->kind, slot);

    if (row)
        call_row(b, row, p, 0);
}

/* Properties whose rows have the same fn are altered by one call. */
static void alter_properties(struct plan_builder *b, const struct plan_pair *p)
{
    const struct change_set *s = b->core->change;
    const struct kind *k = p->from->kind;
    uint64_t done = 0;

    for (unsigned slot = 0; slot < k->n_props; slot++) {
        const struct plan_alter *row;
        struct plan_pair of = {p->from, p->to, UINT64_C(1) << slot};
        unsigned hazards = 0;

        if (!(p->differs & of.differs) || (done & of.differs))
            continue;
        row = change_row(s, p, k, (int)slot);
        for (unsigned i = slot + 1; row && row->fn && i < k->n_props; i++) {
            const struct plan_alter *other =
                p->differs >> i & 1 ? change_row(s, p, k, (int)i) : NULL;

            if (other && other->fn == row->fn) {
                of.differs |= UINT64_C(1) << i;
                hazards |= other->hazards;
            }
        }
        done |= of.differs;
        if (row)
            call_row(b, row, &of, hazards);
    }
}

void change_costs(struct plan_builder *b, size_t first)
{
    const struct plan_alters *alters = b->core->change ? b->core->change->alters : NULL;

    for (; alters && alters->costs && first < b->plan->steps.len; first++)
        alters->costs(b, &VEC_AT(&b->plan->steps, struct step, first));
}

void change_emit(struct plan_builder *b, const struct plan_node *node)
{
    const struct change_set *s = b->core->change;
    const struct object *o = node->object;
    struct plan_pair p;
    unsigned marks;

    if (node->act == ACT_DROP) {
        bool stays = s->to_marks[o->id] & CHANGE_ASIDE;

        p = change_pair(s, stays ? plan_other(b, o) : NULL, o);
        call_special(b, &p, stays ? ALTER_ASIDE : ALTER_DROP);
        return;
    }
    marks = s->from_marks[o->id];
    p = change_pair(s, o, marks & CHANGE_ROW ? NULL : plan_other(b, o));
    if (marks & CHANGE_ROW)
        call_special(b, &p, ALTER_ADD);
    else if (marks & CHANGE_REMAKE)
        call_special(b, &p, ALTER_REBUILD);
    else if (marks & CHANGE_ALTER)
        alter_properties(b, &p);
    if (marks & CHANGE_PARTS)
        call_special(b, &p, ALTER_PARTS);
    if (marks & CHANGE_BACK)
        call_special(b, &p, ALTER_BACK);
}
