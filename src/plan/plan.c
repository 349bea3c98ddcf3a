#include <dbtwin/plan.h>

#include <dbtwin/engine.h>

#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "leave.h"
#include "need.h"
#include "neutral.h"

/* What creates and what changes the objects of an engine. */
static const struct ddl {
    unsigned flavors;
    const struct plan_rule *rules;
    const struct plan_alters *alters;
} ddls[] = {
    {ENGINE_PG, plan_rules_postgres, &plan_alters_postgres},
    {ENGINE_ALL, plan_rules_mysql, &plan_alters_mysql},
};

static const struct ddl *ddl_of(unsigned flavor)
{
    return ENGINE_ROW(ddls, flavor);
}

bool plan_stays(unsigned flavor, enum kind_id kind)
{
    for (const struct plan_rule *r = ddl_of(flavor)->rules; r->kind != K_COUNT; r++)
        if (r->kind == kind)
            return r->stays;
    return false;
}

static void read_rules(struct plan_core *c, unsigned flavor)
{
    c->rules = ddl_of(flavor)->rules;
    for (const struct plan_rule *r = c->rules; r->kind != K_COUNT; r++)
        c->by_kind[r->kind] = r;
}

static void read_deps(struct plan_core *c)
{
    const struct model *m = c->model;

    vec_reset(&c->deps);
    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct object *o = m->objects[i];

        if (o->parent && o->parent->parent && order_unit(c, o) == o)
            VEC_PUSH(&c->deps, struct plan_dep, ((struct plan_dep){o, o->parent, false}));
    }
    for (size_t i = 0; i < m->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&m->deps, struct dependency, i);

        VEC_PUSH(&c->deps, struct plan_dep, ((struct plan_dep){d->from, d->to, false}));
    }
}

static void refuse_kinds(struct plan_builder *b)
{
    const struct plan_core *c = b->core;

    for (uint32_t i = 1; i < c->model->n_objects; i++) {
        const struct object *o = c->model->objects[i];

        if (!c->by_kind[o->kind->id] && !c->left_out[i])
            plan_refuse(b, o, "dbtwin cannot recreate this kind of object yet");
    }
}

/* Names that would come to be others there: programs and applications that use them would fail,
 * and two may become one. */
static void refuse_capitals(struct plan_builder *b)
{
    for (const struct object *o = b->model->root->first; o && b->opt->lower_names; o = o->next) {
        if (o->kind->space != SPACE_RELATION || plan_is_left_out(b, o) ||
            !o->name[strcspn(o->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")])
            continue;
        plan_refuse(b, o,
                    "its name has capital letters, and the target's server stores names in lower "
                    "case (lower_case_table_names=1): it would have another name there; copy to a "
                    "server that preserves case");
    }
}

static void refuse_stuck(struct plan_builder *b, const struct plan_node *node)
{
    if (node->stuck)
        plan_refuse(b, node->object, "it is part of a dependency cycle that dbtwin cannot break");
    else if (!b->core->change && node->rule->data && !node->late &&
             node->phase != node->rule->phase)
        plan_refuse(b, node->object,
                    "it needs an object that can only be created after its data is loaded");
}

static void call_rules(struct plan_builder *b)
{
    struct plan_core *c = b->core;

    for (uint32_t i = 0; i < c->n_nodes; i++) {
        const struct plan_node *node = &c->nodes[c->order[i]];
        plan_emit *emit = node->late ? node->rule->late : node->rule->emit;

        refuse_stuck(b, node);
        c->now = node;
        if (node->by_row)
            change_emit(b, node);
        else {
            size_t first = b->plan->steps.len;

            emit(b, node->object);
            change_costs(b, first);
        }
    }
    c->now = NULL;
}

static int compare_keys(const void *left, const void *right)
{
    const struct plan_key *a = left, *b = right;

    if (a->phase != b->phase)
        return a->phase < b->phase ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static void sort_steps(struct plan_builder *b)
{
    struct vec *keys = &b->core->keys, sorted = VEC_INIT(struct step);

    if (keys->len)
        qsort(keys->items, keys->len, sizeof(struct plan_key), compare_keys);
    for (size_t i = 0; i < keys->len; i++)
        VEC_PUSH(&sorted, struct step,
                 VEC_AT(&b->plan->steps, struct step, VEC_AT(keys, struct plan_key, i).number));
    vec_release(&b->plan->steps);
    b->plan->steps = sorted;
}

static void core_init(struct plan_builder *b)
{
    struct plan_core *c = b->core;
    size_t n = b->model->n_objects;

    c->model = b->model;
    c->late = arena_calloc(&c->arena, n * sizeof(bool));
    c->left_out = arena_calloc(&c->arena, n * sizeof(bool));
    c->neutral = arena_calloc(&c->arena, n);
    c->unit_of = arena_calloc(&c->arena, n * sizeof(uint32_t));
    c->late_of = arena_calloc(&c->arena, n * sizeof(uint32_t));
    vec_init(&c->deps, sizeof(struct plan_dep));
    vec_init(&c->keys, sizeof(struct plan_key));
    read_rules(c, b->model->flavor);
}

static bool build_from_nothing(struct plan_builder *b, struct err *err)
{
    struct plan_core *c = b->core;

    read_deps(c);
    leave_find(b);
    leave_gaps(b);
    if (!need_check(b, c->left_out, err))
        return false;
    leave_parts(b);
    refuse_kinds(b);
    leave_broken(b);
    refuse_capitals(b);
    order_make(c);
    call_rules(b);
    neutral_finish(b);
    sort_steps(b);
    if (b->opt->map && engine_of(b->model->flavor)->schemas)
        plan_rename(b);
    return true;
}

static bool build_changes(struct plan_builder *b, const struct diff *d, struct err *err)
{
    struct change_set s = {
        .b = b, .from = d->from, .to = d->to, .alters = ddl_of(d->from->flavor)->alters};

    b->core->change = &s;
    change_mark_all(&s, d);
    for (bool tied = true; tied;) {
        read_deps(b->core);
        order_make(b->core);
        if ((tied = b->core->knot))
            change_untie(&s, b->core->knot);
    }
    if (!change_check(&s, err))
        return false;
    call_rules(b);
    sort_steps(b);
    b->core->change = NULL;
    map_release(&s.wanted);
    return true;
}

/* d: NULL for the plan from nothing. */
static bool make(struct plan *ret, const struct model *m, const struct diff *d,
                 const struct plan_options *opt, struct err *err)
{
    struct plan plan = {.arena = ARENA_INIT,
                        .steps = VEC_INIT(struct step),
                        .refusals = VEC_INIT(struct plan_refusal),
                        .left_out = VEC_INIT(struct plan_refusal),
                        .neutralised = VEC_INIT(struct neutralised),
                        .renames = VEC_INIT(const char *)};
    struct plan_core core = {.arena = ARENA_INIT};
    struct plan_options known = *opt;
    struct plan_builder b = {.plan = &plan,
                             .model = m,
                             .to = d ? d->to : NULL,
                             .opt = &known,
                             .arena = &plan.arena,
                             .core = &core};
    const struct model *target = d ? d->to : m;
    bool ok;

    if (!known.target_version) {
        known.target_version = target->version;
        known.target_flavor = target->flavor;
    }
    core_init(&b);
    ok = leave_check(&b, err) && (d ? build_changes(&b, d, err) : build_from_nothing(&b, err));

    vec_release(&core.deps);
    vec_release(&core.keys);
    arena_release(&core.arena);
    if (ok)
        *ret = plan;
    else
        plan_release(&plan);
    return ok;
}

bool plan_create(struct plan *ret, const struct model *m, const struct plan_options *opt,
                 struct err *err)
{
    return make(ret, m, NULL, opt, err);
}

bool plan_changes(struct plan *ret, const struct diff *d, const struct plan_options *opt,
                  struct err *err)
{
    struct plan_options all = *opt;

    all.acting = ~0U;
    return make(ret, d->from, d, &all, err);
}

void plan_release(struct plan *p)
{
    vec_release(&p->steps);
    vec_release(&p->refusals);
    vec_release(&p->left_out);
    vec_release(&p->neutralised);
    vec_release(&p->renames);
    arena_release(&p->arena);
    *p = (struct plan){0};
}
