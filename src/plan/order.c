#include "core.h"

#include <stdlib.h>

#include "change.h"

/* Edges of the graph by node: those of node i are targets[first[i]] … targets[first[i + 1] - 1]. */
struct graph {
    uint32_t n;
    uint32_t *first, *targets;
};

const struct object *order_unit(const struct plan_core *c, const struct object *o)
{
    const struct object *unit = o;

    if (c->change)
        return change_unit(c->change, o);
    while (unit && (!c->by_kind[unit->kind->id] || !c->by_kind[unit->kind->id]->emit))
        unit = unit->parent;
    /* The database is no unit for what stands in it: everything would wait for its settings. */
    return unit && !unit->parent && unit != o ? NULL : unit;
}

/* The nearest of o and its ancestors, up to its unit, that can have a late half. */
static const struct object *late_candidate(const struct plan_core *c, const struct object *o)
{
    if (c->change && !change_by_rule(c->change, o))
        return NULL;
    for (; o; o = o->parent) {
        const struct plan_rule *rule = c->by_kind[o->kind->id];

        if (rule && rule->late)
            return o;
        if (rule && rule->emit)
            return NULL;
    }
    return NULL;
}

static bool only_late_needs(const struct plan_core *c, const struct object *from,
                            const struct object *to)
{
    const struct plan_rule *rule = c->by_kind[from->kind->id];

    return !rule->late_needs || rule->late_needs(from, to);
}

static void make_nodes(struct plan_core *c)
{
    uint32_t n = 0;

    c->nodes = arena_calloc(&c->arena, (2 * (size_t)c->model->n_objects + change_room(c->change)) *
                                           sizeof(*c->nodes));
    for (uint32_t i = 0; i < c->model->n_objects; i++) {
        const struct object *o = c->model->objects[i];
        const struct plan_rule *rule = c->by_kind[o->kind->id];

        c->unit_of[i] = c->late_of[i] = NODE_NONE;
        if (!rule || c->left_out[i] || (c->change && !change_by_rule(c->change, o)))
            continue;
        if (rule->emit) {
            c->unit_of[i] = n;
            c->nodes[n++] = (struct plan_node){.object = o, .rule = rule};
        }
        if (c->late[i]) {
            c->late_of[i] = n;
            c->nodes[n++] = (struct plan_node){.object = o, .rule = rule, .late = true};
        }
    }
    n = c->change ? change_nodes(c, n) : n;
    c->n_nodes = n;
    for (uint32_t i = 0; i < n; i++) {
        c->nodes[i].rule_index =
            c->nodes[i].rule->kind == K_COUNT ? 0 : (uint32_t)(c->nodes[i].rule - c->rules);
        c->nodes[i].phase = c->nodes[i].rule->phase;
    }
}

static void add_edge(struct vec *edges, uint32_t from, uint32_t to, struct plan_dep *dep, bool late)
{
    if (from != to && from != NODE_NONE && to != NODE_NONE)
        VEC_PUSH(edges, struct edge, ((struct edge){from, to, dep, late, false}));
}

static void add_dependency(struct plan_core *c, struct vec *edges, struct plan_dep *dep)
{
    const struct object *from = order_unit(c, dep->from), *to = order_unit(c, dep->to);
    const struct object *half = late_candidate(c, dep->from);
    uint32_t to_unit, to_late;

    if (!from || !to || model_is_within(to, from))
        return;
    to_unit = c->unit_of[to->id];
    to_late = dep->dummy ? NODE_NONE : c->late_of[to->id];
    if (half && c->late[half->id]) {
        add_edge(edges, c->late_of[half->id], to_unit, dep, false);
        add_edge(edges, c->late_of[half->id], to_late, dep, false);
        if (only_late_needs(c, half, dep->to))
            return;
        half = NULL;
    }
    add_edge(edges, c->unit_of[from->id], to_unit, dep, half && only_late_needs(c, half, dep->to));
    add_edge(edges, c->unit_of[from->id], to_late, dep, half && only_late_needs(c, half, dep->to));
}

/* What is made with late halves of parts is not ready before these, for those outside the cycle. */
static void add_waiting(struct plan_core *c, struct vec *edges, struct plan_dep *dep)
{
    const struct object *from = order_unit(c, dep->from), *to = order_unit(c, dep->to);
    const struct object *half = late_candidate(c, dep->to);

    if (!from || !to || dep->dummy || !half || half == to || model_is_within(to, from))
        return;
    add_edge(edges, c->unit_of[from->id], c->late_of[half->id], dep, false);
}

static void make_edges(struct plan_core *c, struct vec *edges)
{
    vec_reset(edges);
    for (uint32_t i = 0; i < c->n_nodes; i++) {
        const struct object *o = c->nodes[i].object;

        if (c->nodes[i].late) {
            const struct object *unit = order_unit(c, o);

            add_edge(edges, i, unit ? c->unit_of[unit->id] : NODE_NONE, NULL, false);
        }
    }
    for (size_t i = 0; i < c->deps.len; i++) {
        add_dependency(c, edges, &VEC_AT(&c->deps, struct plan_dep, i));
        add_waiting(c, edges, &VEC_AT(&c->deps, struct plan_dep, i));
    }
    if (c->change)
        change_edges(c, edges);
}

/* Edges by their from (or to, when reversed). */
static struct graph make_graph(struct plan_core *c, const struct vec *edges, bool reversed)
{
    struct graph g = {.n = c->n_nodes};
    uint32_t *fill = arena_calloc(&c->arena, ((size_t)g.n + 1) * sizeof(uint32_t));

    g.first = arena_calloc(&c->arena, ((size_t)g.n + 1) * sizeof(uint32_t));
    g.targets = arena_alloc(&c->arena, (edges->len + 1) * sizeof(uint32_t));
    for (size_t i = 0; i < edges->len; i++) {
        const struct edge *e = &VEC_AT(edges, struct edge, i);

        g.first[(reversed ? e->to : e->from) + 1]++;
    }
    for (uint32_t i = 0; i < g.n; i++) {
        g.first[i + 1] += g.first[i];
        fill[i] = g.first[i];
    }
    for (size_t i = 0; i < edges->len; i++) {
        const struct edge *e = &VEC_AT(edges, struct edge, i);

        g.targets[fill[reversed ? e->to : e->from]++] = reversed ? e->from : e->to;
    }
    return g;
}

/* ---- cycles: Tarjan's strongly connected components, without recursion -------------------- */

struct tarjan {
    const struct graph *g;
    uint32_t *index, *low, *component, *stack, *path, *at;
    bool *on_stack;
    uint32_t depth, next, n_stack, n_components;
};

static void tarjan_enter(struct tarjan *t, uint32_t node)
{
    t->index[node] = t->low[node] = ++t->next;
    t->stack[t->n_stack++] = node;
    t->on_stack[node] = true;
    t->at[node] = t->g->first[node];
    t->path[t->depth++] = node;
}

static void tarjan_leave(struct tarjan *t, uint32_t node)
{
    uint32_t member;

    t->depth--;
    if (t->depth && t->low[node] < t->low[t->path[t->depth - 1]])
        t->low[t->path[t->depth - 1]] = t->low[node];
    if (t->low[node] != t->index[node])
        return;
    do {
        member = t->stack[--t->n_stack];
        t->on_stack[member] = false;
        t->component[member] = t->n_components;
    } while (member != node);
    t->n_components++;
}

static void tarjan_walk(struct tarjan *t, uint32_t root)
{
    tarjan_enter(t, root);
    while (t->depth) {
        uint32_t node = t->path[t->depth - 1];

        if (t->at[node] == t->g->first[node + 1]) {
            tarjan_leave(t, node);
            continue;
        }
        uint32_t to = t->g->targets[t->at[node]++];

        if (!t->index[to])
            tarjan_enter(t, to);
        else if (t->on_stack[to] && t->index[to] < t->low[node])
            t->low[node] = t->index[to];
    }
}

/* The component of each node; nodes of one component depend on each other in a circle. */
static uint32_t *components(struct plan_core *c, const struct graph *g, uint32_t *ret_n)
{
    size_t bytes = ((size_t)g->n + 1) * sizeof(uint32_t);
    struct tarjan t = {
        .g = g,
        .index = arena_calloc(&c->arena, bytes),
        .low = arena_calloc(&c->arena, bytes),
        .component = arena_calloc(&c->arena, bytes),
        .stack = arena_calloc(&c->arena, bytes),
        .path = arena_calloc(&c->arena, bytes),
        .at = arena_calloc(&c->arena, bytes),
        .on_stack = arena_calloc(&c->arena, (size_t)g->n + 1),
    };

    for (uint32_t i = 0; i < g->n; i++)
        if (!t.index[i])
            tarjan_walk(&t, i);
    *ret_n = t.n_components;
    return t.component;
}

/* Leaves out edges that are soft and part of a circle. */
static void cut_soft(struct plan_core *c, struct vec *edges)
{
    struct graph g = make_graph(c, edges, false);
    uint32_t n, *component = components(c, &g, &n);
    size_t kept = 0;

    for (size_t i = 0; i < edges->len; i++) {
        struct edge e = VEC_AT(edges, struct edge, i);

        if (!e.soft || component[e.from] != component[e.to])
            VEC_AT(edges, struct edge, kept++) = e;
    }
    edges->len = kept;
}

/* How many nodes the component of each node has. */
static uint32_t *circles(struct plan_core *c, const struct vec *edges, uint32_t **ret_component)
{
    struct graph g = make_graph(c, edges, false);
    uint32_t n, *component = components(c, &g, &n);
    uint32_t *size = arena_calloc(&c->arena, ((size_t)n + 1) * sizeof(uint32_t));

    for (uint32_t i = 0; i < c->n_nodes; i++)
        size[component[i]]++;
    *ret_component = component;
    return size;
}

/* Gives late halves to the cheapest candidates of each circle; false when there was none. */
static bool cut_cycles(struct plan_core *c, const struct vec *edges)
{
    struct graph g = make_graph(c, edges, false);
    uint32_t n, *component = components(c, &g, &n);
    unsigned *cost = arena_alloc(&c->arena, ((size_t)n + 1) * sizeof(unsigned));
    bool cut = false;

    for (uint32_t i = 0; i < n; i++)
        cost[i] = UINT32_MAX;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < edges->len; i++) {
            const struct edge *e = &VEC_AT(edges, struct edge, i);
            const struct object *half;

            if (component[e->from] != component[e->to] || !e->late_would_do_it)
                continue;
            half = late_candidate(c, e->dep->from);
            unsigned price = c->by_kind[half->kind->id]->late_cost;

            if (round == 0 && price < cost[component[e->from]])
                cost[component[e->from]] = price;
            if (round == 1 && price == cost[component[e->from]])
                c->late[half->id] = cut = true;
        }
    if (!cut)
        return false;
    /* Within the circle the first half has to do. */
    for (size_t i = 0; i < edges->len; i++) {
        const struct edge *e = &VEC_AT(edges, struct edge, i);
        const struct object *half = e->dep ? late_candidate(c, e->dep->to) : NULL;

        if (half && c->late[half->id] && component[e->from] == component[e->to])
            e->dep->dummy = true;
    }
    return true;
}

/* ---- order: Kahn's, with a heap so that it is stable ------------------------------------- */

static bool before(const struct plan_node *a, const struct plan_node *b)
{
    if (a->phase != b->phase)
        return a->phase < b->phase;
    if ((a->act == ACT_DROP) != (b->act == ACT_DROP))
        return a->act == ACT_DROP;
    if (a->rule_index != b->rule_index)
        return a->rule_index < b->rule_index;
    /* What was made last goes first: keys before columns. */
    if (a->object != b->object)
        return (a->object->id < b->object->id) == (a->act != ACT_DROP);
    return a->late < b->late;
}

struct heap {
    const struct plan_node *nodes;
    uint32_t *items, len;
};

static void heap_push(struct heap *h, uint32_t node)
{
    uint32_t i = h->len++;

    for (; i; i = (i - 1) / 2) {
        uint32_t up = h->items[(i - 1) / 2];

        if (!before(&h->nodes[node], &h->nodes[up]))
            break;
        h->items[i] = up;
    }
    h->items[i] = node;
}

static uint32_t heap_pop(struct heap *h)
{
    uint32_t top = h->items[0], last = h->items[--h->len], i = 0;

    for (;;) {
        uint32_t child = 2 * i + 1;

        if (child >= h->len)
            break;
        if (child + 1 < h->len &&
            before(&h->nodes[h->items[child + 1]], &h->nodes[h->items[child]]))
            child++;
        if (!before(&h->nodes[h->items[child]], &h->nodes[last]))
            break;
        h->items[i] = h->items[child];
        i = child;
    }
    h->items[i] = last;
    return top;
}

/* Any order that respects the edges; nodes of circles that could not be cut come where they fall,
 * marked as stuck. */
static void sort_nodes(struct plan_core *c, const struct vec *edges)
{
    struct graph g = make_graph(c, edges, true);
    uint32_t *waits = arena_calloc(&c->arena, ((size_t)c->n_nodes + 1) * sizeof(uint32_t));
    struct heap h = {c->nodes, NULL, 0};
    uint32_t done = 0, first_left = 0, *component, *size = NULL;

    h.items = arena_alloc(&c->arena, ((size_t)c->n_nodes + 1) * sizeof(uint32_t));
    c->order = arena_alloc(&c->arena, ((size_t)c->n_nodes + 1) * sizeof(uint32_t));
    for (size_t i = 0; i < edges->len; i++)
        waits[VEC_AT(edges, struct edge, i).from]++;
    for (uint32_t i = 0; i < c->n_nodes; i++)
        if (!waits[i])
            heap_push(&h, i);
    while (done < c->n_nodes) {
        if (!h.len) {
            if (!size)
                size = circles(c, edges, &component);
            while (!waits[first_left] || size[component[first_left]] < 2)
                first_left++;
            c->nodes[first_left].stuck = true;
            waits[first_left] = 0;
            heap_push(&h, first_left);
        }
        uint32_t node = heap_pop(&h);

        c->order[done++] = node;
        for (uint32_t i = g.first[node]; i < g.first[node + 1]; i++)
            if (waits[g.targets[i]] && !--waits[g.targets[i]])
                heap_push(&h, g.targets[i]);
    }
}

/* ---- phases ------------------------------------------------------------------------------ */

static enum plan_phase moved_phase(const struct plan_node *node, enum plan_phase needs)
{
    if (needs <= node->phase)
        return node->phase;
    if (node->phase == PHASE_POST && needs == PHASE_FK)
        return PHASE_FK;
    return PHASE_FINAL;
}

/* Moves nodes to the phases of what they need; true when it moved one. */
static bool move_phases(struct plan_core *c, const struct vec *edges)
{
    struct graph g = make_graph(c, edges, false);
    bool moved = false;

    for (uint32_t i = 0; i < c->n_nodes; i++) {
        struct plan_node *node = &c->nodes[c->order[i]];
        uint32_t id = c->order[i];

        for (uint32_t j = g.first[id]; j < g.first[id + 1]; j++) {
            enum plan_phase phase = moved_phase(node, c->nodes[g.targets[j]].phase);

            moved |= phase != node->phase;
            node->phase = phase;
        }
    }
    return moved;
}

/*
 * A table must not wait for an object that is made after the data. What it needs and was moved
 * (a view that groups by a primary key) is made in two halves instead, where the move began if
 * possible. False when nothing of what a moved table needs, directly or not, has two halves.
 */
static bool cut_moves(struct plan_core *c, const struct vec *edges)
{
    struct graph g = make_graph(c, edges, false);
    bool *needed = arena_calloc(&c->arena, (size_t)c->n_nodes + 1), cut = false;

    for (uint32_t i = c->n_nodes; i-- > 0;) {
        uint32_t id = c->order[i];
        const struct plan_node *node = &c->nodes[id];

        if (node->phase == node->rule->phase || node->late)
            continue;
        needed[id] |= node->rule->data;
        for (uint32_t j = g.first[id]; needed[id] && j < g.first[id + 1]; j++)
            needed[g.targets[j]] = true;
    }
    /* Best where the move began: at what needs an object whose own rule puts it later. */
    for (int round = 0; round < 2 && !cut; round++)
        for (size_t i = 0; i < edges->len; i++) {
            const struct edge *e = &VEC_AT(edges, struct edge, i);
            const struct plan_node *to = &c->nodes[e->to];

            if (!needed[e->from] || !e->late_would_do_it ||
                (round ? to->phase : to->rule->phase) <= c->nodes[e->from].rule->phase)
                continue;
            c->late[late_candidate(c, e->dep->from)->id] = cut = true;
        }
    for (size_t i = 0; cut && i < edges->len; i++) {
        const struct edge *e = &VEC_AT(edges, struct edge, i);
        const struct object *half = e->dep ? late_candidate(c, e->dep->to) : NULL;

        if (half && c->late[half->id])
            e->dep->dummy = true;
    }
    return cut;
}

/* What is altered as part of a circle, and might as well be made again; or NULL. */
static const struct object *find_knot(struct plan_core *c, const struct vec *edges)
{
    uint32_t *component, *size = circles(c, edges, &component);

    for (uint32_t i = 0; i < c->n_nodes; i++)
        if (size[component[i]] > 1 && c->nodes[i].act == ACT_ALTER &&
            change_may_untie(c->change, c->nodes[i].object))
            return c->nodes[i].object;
    return NULL;
}

void order_make(struct plan_core *c)
{
    struct vec edges = VEC_INIT(struct edge);

    do {
        do {
            make_nodes(c);
            make_edges(c, &edges);
            if (c->change)
                cut_soft(c, &edges);
        } while (cut_cycles(c, &edges));
        sort_nodes(c, &edges);
    } while (move_phases(c, &edges) && !c->change && cut_moves(c, &edges));
    sort_nodes(c, &edges);
    c->knot = NULL;
    for (uint32_t i = 0; c->change && !c->knot && i < c->n_nodes; i++)
        if (c->nodes[i].stuck)
            c->knot = find_knot(c, &edges);
    vec_release(&edges);
}
