#include "job.h"

#include <stdlib.h>

/* ---- what waits for what ----------------------------------------------------------------- */

static void edge_add(struct job *j, uint32_t first, uint32_t then)
{
    struct unit_edge e = {first, then};
    VEC_PUSH(&j->edges, struct unit_edge, e);
    VEC_AT(&j->units, struct unit, then).waits++;
}

static int by_first(const void *a, const void *b)
{
    const struct unit_edge *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->then < y->then ? -1 : x->then > y->then;
}

/* Edges go up, so one pass over them in order will do. */
static void spread_looseness(struct job *j)
{
    for (size_t i = 0; i < j->edges.len; i++) {
        const struct unit_edge *e = &VEC_AT(&j->edges, struct unit_edge, i);
        const struct unit *first = &VEC_AT(&j->units, struct unit, e->first);
        struct unit *then = &VEC_AT(&j->units, struct unit, e->then);
        if (first->loose && first->step->phase == then->step->phase) {
            then->loose = true;
            then->weight = 0;
        }
    }
}

/*
 * Steps of one object keep their order; a step waits for the steps of its phase that make what its
 * object depends on (an index of a partition attached to the parent's, say). Places are kept + 1 in
 * the map: NULL means absent.
 */
static void find_edges(struct job *j)
{
    struct map last = MAP_INIT; /* object → its last unit so far */
    for (size_t i = 0; i < j->units.len; i++) {
        struct unit *u = &VEC_AT(&j->units, struct unit, i);
        const struct object *const *key = &u->step->object;
        uintptr_t before = (uintptr_t)map_get(&last, key, sizeof(*key));
        if (before)
            edge_add(j, (uint32_t)before - 1, (uint32_t)i);
        map_put(&last, key, sizeof(*key), (void *)(uintptr_t)(i + 1));
    }
    for (size_t i = 0; i < j->model.deps.len; i++) {
        const struct dependency *d = &VEC_AT(&j->model.deps, struct dependency, i);
        uintptr_t from = (uintptr_t)map_get(&last, &d->from, sizeof(d->from));
        uintptr_t to = (uintptr_t)map_get(&last, &d->to, sizeof(d->to));
        if (from && to && to < from)
            edge_add(j, (uint32_t)to - 1, (uint32_t)from - 1);
    }
    map_release(&last);
    if (j->edges.len)
        qsort(j->edges.items, j->edges.len, sizeof(struct unit_edge), by_first);
    for (size_t i = j->edges.len; i-- > 0;)
        VEC_AT(&j->units, struct unit, VEC_AT(&j->edges, struct unit_edge, i).first).edges =
            (uint32_t)i;
}

/* ---- places ------------------------------------------------------------------------------ */

static struct place *place_of(struct job *j, struct map *places, const struct object *table)
{
    struct place *p = map_get(places, &table, sizeof(table));
    if (!p) {
        p = arena_new(j->arena, struct place);
        p->table = table;
        p->data = map_get(&j->by_table, &table, sizeof(table));
        map_put(places, &p->table, sizeof(p->table), p);
    }
    return p;
}

static void add_other(struct job *j, struct unit *u, struct place *place)
{
    for (const struct other *o = u->others; o; o = o->next)
        if (o->place == place)
            return;
    struct other *o = arena_new(j->arena, struct other);
    *o = (struct other){place, u->others};
    u->others = o;
}

static void first_unit(struct map *units, const struct object *const *o, struct unit *u)
{
    if (!map_get(units, o, sizeof(*o)))
        map_put(units, o, sizeof(*o), u);
}

/*
 * The tables that foreign keys refer to, by the model's dependencies. A key without a step of its
 * own is made by the first of its table. Where nothing is to be found, the step runs when nothing
 * else does.
 */
static void find_others(struct job *j, struct map *places)
{
    struct map first = MAP_INIT; /* foreign key, or table → its first FK unit */
    for (size_t i = 0; i < j->units.len; i++) {
        struct unit *u = &VEC_AT(&j->units, struct unit, i);
        if (u->step->phase != PHASE_FK || !u->place)
            continue;
        first_unit(&first, &u->step->object, u);
        first_unit(&first, &u->step->table, u);
    }
    for (size_t i = 0; i < j->model.deps.len; i++) {
        const struct dependency *d = &VEC_AT(&j->model.deps, struct dependency, i);
        const struct object *other = model_top(d->to), *own = model_top(d->from);
        if (d->from->kind->id != K_FOREIGN_KEY || other->kind->id != K_TABLE)
            continue;
        struct unit *u = map_get(&first, &d->from, sizeof(d->from));
        if (!u)
            u = map_get(&first, &own, sizeof(own));
        if (u)
            add_other(j, u, place_of(j, places, other));
    }
    for (size_t i = 0; i < j->units.len; i++) {
        struct unit *u = &VEC_AT(&j->units, struct unit, i);
        bool first_of = map_get(&first, &u->step->object, sizeof(u->step->object)) == u;
        if (first_of && (!u->others || !table_holds_rows(&j->model, u->step->table)))
            u->place = NULL;
    }
    map_release(&first);
}

/* ---- lists ------------------------------------------------------------------------------- */

static int by_weight(const void *a, const void *b, void *units)
{
    const struct unit *all = ((struct vec *)units)->items;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    uint64_t wx = all[x].weight, wy = all[y].weight;
    if (wx != wy)
        return wx > wy ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void sort_units(struct job *j)
{
    vec_reset(&j->order);
    for (uint32_t i = 0; i < j->units.len; i++)
        VEC_PUSH(&j->order, uint32_t, i);
    if (j->order.len)
        qsort_r(j->order.items, j->order.len, sizeof(uint32_t), by_weight, &j->units);
    j->first_open = 0;
}

static void list_steps(struct job *j, struct map *places)
{
    for (size_t i = 0; i < j->plan.steps.len; i++) {
        const struct step *s = &VEC_AT(&j->plan.steps, struct step, i);
        if (s->phase != PHASE_POST && s->phase != PHASE_FK)
            continue;
        struct unit u = {.step = s, .weight = s->table ? s->weight : 0};
        if (s->table)
            u.place = place_of(j, places, s->table);
        /* What is made of a partitioned table may lock its partitions. */
        u.loose = !s->table || (s->phase == PHASE_POST && !table_holds_rows(&j->model, s->table));
        VEC_PUSH(&j->units, struct unit, u);
    }
}

/* Those that are loose build nothing: an index of a partitioned table has no rows itself. */
static bool is_build(const struct unit *u)
{
    return u->step && u->step->lock == STEP_BUILD && !u->loose;
}

static void count_steps(struct job *j)
{
    for (size_t i = 0; i < j->units.len; i++) {
        struct unit *u = &VEC_AT(&j->units, struct unit, i);
        (u->loose ? j->loose : j->left)[u->step->phase]++;
        j->builds_left += is_build(u);
        if (u->place && u->step->phase == PHASE_POST)
            u->place->post_left++;
    }
}

/* It reads a sample, whatever the table's size: some 30000 rows. */
enum { ANALYZE_BYTES = 64 * 1024 * 1024 };

static void list_analyze(struct job *j, struct map *places, bool last)
{
    for (size_t i = 0; j->target_at->driver->live && i < j->n_tables; i++) {
        const struct table_state *t = &j->tables[i];
        if (t->table->kind->id != K_TABLE || t->analyze_last != last)
            continue;
        struct unit u = {.analyze = t->table,
                         .place = place_of(j, places, t->table),
                         .weight = t->bytes < ANALYZE_BYTES ? t->bytes : ANALYZE_BYTES};
        VEC_PUSH(&j->units, struct unit, u);
    }
}

static void list_checks(struct job *j, struct map *places)
{
    bool wanted = j->opt->verify != SYNC_VERIFY_NONE && j->target_at->driver->live;
    for (size_t i = 0; wanted && i < j->n_tables; i++) {
        const struct table_state *t = &j->tables[i];
        struct unit u = {.check = t, .place = place_of(j, places, t->table), .weight = t->bytes};
        if (t->table->kind->id == K_TABLE) /* large objects are counted as they are made */
            VEC_PUSH(&j->units, struct unit, u);
    }
}

/* Extended statistics are made by FINAL steps, and are nothing before ANALYZE. */
static void find_last(struct job *j)
{
    for (size_t i = 0; i < j->model.deps.len; i++) {
        const struct dependency *d = &VEC_AT(&j->model.deps, struct dependency, i);
        const struct object *table = model_top(d->to);
        struct table_state *t = map_get(&j->by_table, &table, sizeof(table));
        if (d->from->kind->id == K_STATISTICS && t)
            t->analyze_last = true;
    }
}

void units_list(struct job *j)
{
    struct map places = MAP_INIT;
    vec_reset(&j->units);
    vec_reset(&j->edges);
    list_steps(j, &places);
    find_edges(j);
    spread_looseness(j);
    find_others(j, &places);
    count_steps(j);
    find_last(j);
    list_analyze(j, &places, false);
    list_checks(j, &places);
    sort_units(j);
    map_release(&places);
}

void units_list_last(struct job *j)
{
    struct map places = MAP_INIT;
    vec_reset(&j->units);
    vec_reset(&j->edges);
    list_analyze(j, &places, true);
    sort_units(j);
    map_release(&places);
}

/* ---- taking and giving back -------------------------------------------------------------- */

static bool is_fk(const struct unit *u)
{
    return u->step && u->step->phase == PHASE_FK;
}

/* Loose steps come after all others of their phase, alone, in the plan's order (plan.h), and before
 * anything else: what comes later may need them. */
static bool may_go(const struct job *j, const struct unit *u)
{
    int due = !j->left[PHASE_POST] && j->loose[PHASE_POST] ? PHASE_POST : PHASE_COUNT;
    bool post_done = !j->left[PHASE_POST] && !j->loose[PHASE_POST];

    if (post_done && !j->left[PHASE_FK] && j->loose[PHASE_FK])
        due = PHASE_FK;
    if (due != PHASE_COUNT)
        return u->loose && u->step->phase == (enum plan_phase)due && !j->running;
    if (u->loose || (is_fk(u) && j->loose[PHASE_POST]))
        return false;
    return u->place || (post_done && j->data_done && !j->running);
}

static bool is_full(const struct place *p)
{
    return !p->data || !p->data->chunks_left;
}

/* Whether the rows are there, and for all but POST steps and counting what these make of them. */
static bool is_ready(const struct unit *u)
{
    bool early = u->check || (u->step && u->step->phase == PHASE_POST);

    if (u->place && (!is_full(u->place) || (!early && u->place->post_left)))
        return false;
    for (const struct other *o = u->others; o; o = o->next)
        if (!is_full(o->place) || o->place->post_left)
            return false;
    return true;
}

static enum step_lock lock_of(const struct unit *u)
{
    if (u->check) /* it only reads: as good as one more index */
        return STEP_BUILD;
    return u->step ? u->step->lock : STEP_ALONE;
}

/* Whether it would wait for another's lock, at worst in a circle. */
static bool clashes(const struct unit *u)
{
    const struct place *p = u->place;

    if (p && (p->alone || (p->builds && lock_of(u) != STEP_BUILD)))
        return true;
    for (const struct other *o = u->others; o && lock_of(u) != STEP_CHECK; o = o->next)
        if (o->place->alone || o->place->builds)
            return true;
    return false;
}

/* Adds n (1 or -1) to what runs at its places. */
static void occupy(struct job *j, const struct unit *u, int n)
{
    if (u->place && lock_of(u) == STEP_BUILD)
        u->place->builds += (unsigned)n;
    else if (u->place)
        u->place->alone += (unsigned)n;
    for (const struct other *o = u->others; o && lock_of(u) != STEP_CHECK; o = o->next)
        if (o->place != u->place)
            o->place->alone += (unsigned)n;
    j->running += (unsigned)n;
}

/* One without a place runs when nothing else does: nothing may start beside it. */
static bool somebody_is_alone(const struct job *j)
{
    for (unsigned i = 0; i < j->n_workers; i++)
        if (j->workers[i].running &&
            (!j->workers[i].running->place || j->workers[i].running->loose))
            return true;
    return false;
}

struct unit *units_take_locked(struct job *j)
{
    if (somebody_is_alone(j))
        return NULL;
    for (size_t i = j->first_open; i < j->order.len; i++) {
        struct unit *u = &VEC_AT(&j->units, struct unit, VEC_AT(&j->order, uint32_t, i));
        if (u->taken && i == j->first_open)
            j->first_open++;
        if (u->taken || u->waits || !may_go(j, u) || !is_ready(u) || clashes(u))
            continue;
        u->taken = true;
        if (is_build(u))
            u->last_build = --j->builds_left == 0;
        occupy(j, u, 1);
        return u;
    }
    return NULL;
}

void units_done_locked(struct job *j, const struct unit *u)
{
    uint32_t place = (uint32_t)(u - (const struct unit *)j->units.items);
    for (size_t i = u->edges; i < j->edges.len; i++) {
        const struct unit_edge *e = &VEC_AT(&j->edges, struct unit_edge, i);
        if (e->first != place)
            break;
        VEC_AT(&j->units, struct unit, e->then).waits--;
    }
    occupy(j, u, -1);
    if (u->step)
        (u->loose ? j->loose : j->left)[u->step->phase]--;
    if (u->place && u->step && u->step->phase == PHASE_POST)
        u->place->post_left--;
    j->units_left--;
}
