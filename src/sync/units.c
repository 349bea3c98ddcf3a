#include "job.h"

#include <stdlib.h>

/* ---- what waits for what ----------------------------------------------------------------- */

static void edge_add(struct job *j, uint32_t first, uint32_t then)
{
    struct unit_edge e = {first, then};
    VEC_PUSH(&j->edges, struct unit_edge, e);
    VEC_AT(&j->units, struct unit, then).waits++;
}

/*
 * Steps of one object keep their order; a step waits for the steps of what its object depends on
 * (an index of a partition attached to the parent's, say). Places are kept + 1 in the map: NULL
 * means absent.
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
}

/* The tables a foreign key locks: its own and the one it needs, by the model's dependencies. */
static void find_locks(struct job *j)
{
    struct map units = MAP_INIT;
    for (size_t i = 0; i < j->units.len; i++) {
        struct unit *u = &VEC_AT(&j->units, struct unit, i);
        map_put(&units, &u->step->object, sizeof(u->step->object), u);
    }
    for (size_t i = 0; i < j->model.deps.len; i++) {
        const struct dependency *d = &VEC_AT(&j->model.deps, struct dependency, i);
        struct unit *u = map_get(&units, &d->from, sizeof(d->from));
        const struct object *other = model_top(d->to);
        if (!u || other->kind->id != K_TABLE)
            continue;
        u->locks[0] = model_top(d->from);
        if (other != u->locks[0])
            u->locks[1] = other;
    }
    map_release(&units);
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
}

void units_list(struct job *j, enum plan_phase phase)
{
    vec_reset(&j->units);
    vec_reset(&j->edges);
    j->tabled_left = 0;
    for (size_t i = 0; i < j->plan.steps.len; i++) {
        const struct step *s = &VEC_AT(&j->plan.steps, struct step, i);
        if (s->phase != phase)
            continue;
        struct unit u = {.step = s, .weight = s->table ? s->weight : 0};
        if (s->table) {
            u.table = map_get(&j->by_table, &s->table, sizeof(s->table));
            j->tabled_left++;
        }
        VEC_PUSH(&j->units, struct unit, u);
    }
    find_edges(j);
    if (phase == PHASE_FK)
        find_locks(j);
    sort_units(j);
}

void units_list_analyze(struct job *j)
{
    vec_reset(&j->units);
    vec_reset(&j->edges);
    for (size_t i = 0; i < j->n_tables; i++) {
        struct unit u = {.analyze = j->tables[i].table, .weight = j->tables[i].rows};
        if (u.analyze->kind->id == K_TABLE)
            VEC_PUSH(&j->units, struct unit, u);
    }
    sort_units(j);
}

/* ---- taking and giving back -------------------------------------------------------------- */

static bool is_fk(const struct unit *u)
{
    return u->step && u->step->phase == PHASE_FK;
}

/* Two foreign keys on one table would wait for each other's locks, at worst in a circle. */
static bool locks_clash(const struct job *j, const struct unit *u)
{
    for (unsigned i = 0; i < j->n_workers; i++) {
        const struct unit *r = j->workers[i].running;
        if (!r || !is_fk(r))
            continue;
        if (!u->locks[0] || !r->locks[0])
            return true;
        for (int a = 0; a < 2; a++)
            for (int b = 0; b < 2; b++)
                if (u->locks[a] && u->locks[a] == r->locks[b])
                    return true;
    }
    return false;
}

/* A step without a table comes after all that have one, alone, in the plan's order (plan.h). */
static bool must_wait(const struct job *j, const struct unit *u)
{
    if (!u->step || u->step->table)
        return false;
    if (j->tabled_left)
        return true;
    for (unsigned i = 0; i < j->n_workers; i++)
        if (j->workers[i].running)
            return true;
    return false;
}

struct unit *units_take_locked(struct job *j)
{
    for (size_t i = 0; i < j->order.len; i++) {
        struct unit *u = &VEC_AT(&j->units, struct unit, VEC_AT(&j->order, uint32_t, i));
        if (u->taken || u->waits || (u->table && u->table->chunks_left))
            continue;
        if (must_wait(j, u) || (is_fk(u) && locks_clash(j, u)))
            continue;
        u->taken = true;
        return u;
    }
    return NULL;
}

void units_done_locked(struct job *j, const struct unit *u)
{
    size_t place = (size_t)(u - (const struct unit *)j->units.items);
    for (size_t i = 0; i < j->edges.len; i++) {
        const struct unit_edge *e = &VEC_AT(&j->edges, struct unit_edge, i);
        if (e->first == place)
            VEC_AT(&j->units, struct unit, e->then).waits--;
    }
    if (u->step && u->step->table)
        j->tabled_left--;
    j->units_left--;
}
