#include <dbtwin/plan.h>

#include <dbtwin/engine.h>
#include <dbtwin/select.h>

#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "need.h"
#include "neutral.h"

/* ---- what rules call ---------------------------------------------------------------------- */

static const char *words(struct arena *a, const char *kind)
{
    char *copy = arena_strdup(a, kind);

    for (char *p = copy; *p; p++)
        if (*p == '_')
            *p = ' ';
    return copy;
}

static uint64_t bytes_of(const struct object *table)
{
    const char *text = NULL;
    uint64_t bytes = 0;

    if (table && table->kind->id == K_TABLE)
        text = model_get(table, P_TABLE_BYTES);
    else if (table && table->kind->id == K_MATERIALIZED_VIEW)
        text = model_get(table, P_MATERIALIZED_VIEW_BYTES);
    if (text)
        str_parse_u64(text, &bytes);
    return bytes;
}

static struct step *add_step(struct plan_builder *b, struct plan_key key, const struct object *o,
                             const struct object *table, const char *sql)
{
    struct step *s = vec_push(&b->plan->steps);
    bool parallel = key.phase == PHASE_POST || key.phase == PHASE_FK;

    key.number = b->core->keys.len;
    VEC_PUSH(&b->core->keys, struct plan_key, key);
    *s = (struct step){
        .phase = key.phase,
        .object = o,
        .table = parallel ? table : NULL,
        .sql = arena_strdup(b->arena, sql),
        .what = o->parent ? arena_printf(b->arena, "%s %s", words(b->arena, o->kind->name),
                                         model_path_text(o, b->arena))
                          : "database",
        .weight = bytes_of(table),
        .act = b->core->now ? b->core->now->act : ACT_CREATE,
        .hazards = b->core->hazards,
        .reason = b->core->reason,
    };
    return s;
}

struct step *plan_step(struct plan_builder *b, enum plan_phase phase, const struct object *o,
                       const struct object *table, const char *sql)
{
    if (b->core->now && b->core->now->phase > phase)
        phase = b->core->now->phase;
    return add_step(b, (struct plan_key){.phase = phase}, o, table, sql);
}

struct step *plan_step_at(struct plan_builder *b, enum plan_rank rank, const struct object *o,
                          const char *sql)
{
    return add_step(b, (struct plan_key){.phase = PHASE_FINAL, .rank = rank}, o, NULL, sql);
}

static void name_object(struct plan_builder *b, struct vec *list, const struct object *o,
                        const char *why)
{
    VEC_PUSH(list, struct plan_refusal,
             ((struct plan_refusal){.without = -1,
                                    .object = o,
                                    .kind = o->kind->name,
                                    .path = model_path_text(o, b->arena),
                                    .why = arena_strdup(b->arena, why)}));
}

void plan_refuse(struct plan_builder *b, const struct object *o, const char *why)
{
    name_object(b, &b->plan->refusals, o, why);
}

void plan_leave(struct plan_builder *b, const struct object *o, const char *why)
{
    name_object(b, &b->plan->left_out, o, why);
}

bool plan_leaves_out(const struct plan *p, const struct object *o)
{
    for (size_t i = 0; i < p->left_out.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&p->left_out, struct plan_refusal, i);
        if (r->object == o && r->without < 0)
            return true;
    }
    return false;
}

void plan_leave_some(struct plan_builder *b, const struct object *o, const char *why)
{
    plan_leave(b, o, why);
    VEC_AT(&b->plan->left_out, struct plan_refusal, b->plan->left_out.len - 1).object = NULL;
}

void plan_leave_property(struct plan_builder *b, const struct object *o, int slot, const char *why)
{
    plan_leave(b, o, why);
    VEC_AT(&b->plan->left_out, struct plan_refusal, b->plan->left_out.len - 1).without = slot;
}

bool plan_unknown(struct plan_builder *b, const struct object *o, int slot)
{
    if (o->v[slot] != model_unknown)
        return false;
    plan_refuse(
        b, o,
        arena_printf(b->arena, "its %s " PLAN_UNREAD, words(b->arena, o->kind->props[slot].name)));
    return true;
}

enum plan_phase plan_phase_of(struct plan_builder *b, const struct object *o)
{
    uint32_t node = b->core->unit_of[o->id];

    if (node == NODE_NONE) {
        o = order_unit(b->core, o);
        node = o ? b->core->unit_of[o->id] : NODE_NONE;
    }
    return node == NODE_NONE ? PHASE_PRE : b->core->nodes[node].phase;
}

bool plan_is_late(const struct plan_builder *b, const struct object *o)
{
    return b->core->late[o->id];
}

/* Nothing of what is there now is left out. */
bool plan_is_left_out(const struct plan_builder *b, const struct object *o)
{
    return o->id < b->model->n_objects && b->model->objects[o->id] == o && b->core->left_out[o->id];
}

const struct object *plan_child(const struct object *o, enum kind_id kind,
                                const struct object *after)
{
    const struct object *c = after ? after->next : o->first;

    while (c && c->kind->id != kind)
        c = c->next;
    return c;
}

const struct object *plan_part(const struct plan_builder *b, const struct object *o,
                               enum kind_id kind, const struct object *after)
{
    const struct object *c = plan_child(o, kind, after);

    while (c && plan_is_left_out(b, c))
        c = plan_child(o, kind, c);
    return c;
}

const struct object **plan_parts(const struct plan_builder *b, const struct object *o,
                                 enum kind_id kind, uint32_t *ret_n)
{
    uint32_t all, n = 0;
    const struct object **list = model_parts(o, kind, b->arena, &all);

    for (uint32_t i = 0; i < all; i++)
        if (!plan_is_left_out(b, list[i]))
            list[n++] = list[i];
    list[n] = NULL;
    if (ret_n)
        *ret_n = n;
    return list;
}

const struct object *plan_other(const struct plan_builder *b, const struct object *o)
{
    const struct model *other =
        o->id < b->model->n_objects && b->model->objects[o->id] == o ? b->to : b->model;
    return model_counterpart(other, o);
}

bool plan_creates(const struct plan_builder *b, const struct object *o)
{
    return !b->core->change || (b->core->change->from_marks[o->id] & CHANGE_MADE);
}

bool plan_drops(const struct plan_builder *b, const struct object *o)
{
    return b->core->change && (b->core->change->to_marks[o->id] & CHANGE_LOST);
}

const struct object *const *plan_dependants(const struct plan_builder *b, const struct object *o,
                                            uint32_t *ret_n)
{
    const struct change_set *s = b->core->change;

    *ret_n = s->first[o->id + 1] - s->first[o->id];
    return s->needed_by + s->first[o->id];
}

void plan_hazard(struct plan_builder *b, struct step *s, unsigned hazards, const char *reason)
{
    s->hazards |= hazards;
    if (reason)
        s->reason = s->reason ? arena_printf(b->arena, "%s; %s", s->reason, reason)
                              : arena_strdup(b->arena, reason);
}

static const struct plan_rule *rules_of(unsigned flavor)
{
    return flavor == ENGINE_PG ? plan_rules_postgres : plan_rules_mysql;
}

/* ---- leaving out -------------------------------------------------------------------------- */

static bool is_without(const struct plan_builder *b, const char *kind)
{
    for (const char *const *w = b->opt->without; w && *w; w++)
        if (str_eq(*w, kind))
            return true;
    return false;
}

/* The option that names this very object, or NULL. */
static const char *without_name(const struct plan_builder *b, const struct object *o)
{
    for (const char *const *w = b->opt->without; w && *w; w++)
        if (strchr(*w, ':') && select_means(*w, o, b->arena))
            return *w;
    return NULL;
}

/* The guard's: see plan_prove. */
static bool is_unproven(const struct object *o)
{
    return o->kind->id == K_TABLE && str_eq(model_get(o, P_TABLE_PROVEN), "no");
}

static bool check_without(const struct plan_builder *b, struct err *err)
{
    for (const char *const *w = b->opt->without; w && *w; w++) {
        bool known = kind_find(*w) != NULL || str_eq(*w, PLAN_UNPROVEN);

        if (strchr(*w, ':')) {
            if (!select_means_check(*w, b->arena, err))
                return err_context(err, "--without");
            continue;
        }
        for (size_t i = 0; !known && i < b->model->gaps.len; i++)
            known = str_eq(VEC_AT(&b->model->gaps, struct coverage_gap, i).kind, *w);
        if (!known) {
            err_set(err, ERR_USAGE, "--without %s: there is no such kind of object", *w);
            return err_hint(err, "the kinds are listed in dbtwin-model(7)");
        }
    }
    return true;
}

/* ---- what the source itself cannot use ----------------------------------------------------- */

static const char *missing_definer(const struct plan_builder *b, const struct object *o)
{
    int slot = kind_prop(o->kind, "definer");
    const char *definer = slot >= 0 ? model_get(o, slot) : NULL;

    for (const struct object *d = b->model->root->first; d && definer; d = d->next)
        if (d->kind->id == K_MISSING_DEFINER && str_eq(d->name, definer))
            return arena_printf(b->arena, "its definer %s does not exist", definer);
    return NULL;
}

/* Why, or NULL: the account that it runs as is gone, or a view lacks what it selects from. */
static const char *broken_why(const struct plan_builder *b, const struct object *o)
{
    const char *missing = missing_definer(b, o);
    return missing || o->kind->id != K_VIEW ? missing : model_get(o, P_VIEW_BROKEN);
}

/* A view over one whose definer is gone can be made, as that one can. */
static bool can_be_made(const struct plan_builder *b, const struct object *view)
{
    if (missing_definer(b, view) || !model_get(view, P_VIEW_BROKEN))
        return true;
    for (size_t i = 0; i < b->core->deps.len; i++) {
        const struct plan_dep *d = &VEC_AT(&b->core->deps, struct plan_dep, i);
        if (d->from == view && d->to->kind->id == K_VIEW && missing_definer(b, d->to))
            return true;
    }
    return false;
}

static void refuse_broken(struct plan_builder *b)
{
    const struct plan_core *c = b->core;

    for (uint32_t i = 1; i < c->model->n_objects; i++) {
        const struct object *o = c->model->objects[i];

        if (o->kind->id == K_VIEW && !c->left_out[i] && !can_be_made(b, o))
            plan_refuse(b, o,
                        arena_printf(b->arena,
                                     "the source itself cannot use it: %s; --broken leave leaves "
                                     "out such views, --without view:%s only this one",
                                     model_get(o, P_VIEW_BROKEN), o->name));
    }
}

/* What goes when o cannot stay: itself, or what it is an essential part of. */
static const struct object *goes_with(const struct object *o)
{
    while (o->parent && o->parent->parent && (o->kind->flags & KF_ESSENTIAL))
        o = o->parent;
    return o;
}

static const char *why_left_out(const struct plan_builder *b, const struct object *o)
{
    const char *name = without_name(b, o), *broken = broken_why(b, o);

    if (is_without(b, o->kind->name))
        name = o->kind->name;
    else if (!name && broken)
        return arena_printf(b->arena, "the source itself cannot use it: %s", broken);
    return arena_printf(b->arena, "--without %s", name ? name : PLAN_UNPROVEN);
}

static bool leave_out(struct plan_builder *b, const struct object *o, const struct object *because)
{
    struct plan_core *c = b->core;
    const struct object *gone = goes_with(o);

    if (c->left_out[gone->id] || !gone->parent)
        return false;
    c->left_out[gone->id] = true;
    if (because && c->neutral[because->id]) {
        /* What goes with a neutralised object goes for its reason. */
        c->neutral[gone->id] = c->neutral[because->id];
        neutral_note(b, (enum neutral_id)(c->neutral[gone->id] - 1), NEUTRAL_ABSENT, gone, -1,
                     arena_printf(b->arena, "needs the %s %s", words(b->arena, because->kind->name),
                                  model_path_text(because, b->arena)));
    } else if (!because)
        plan_leave(b, gone, why_left_out(b, o));
    else if (!(gone->kind->flags & KF_PART) || gone->parent != because)
        plan_leave(b, gone,
                   arena_printf(b->arena, "needs the %s %s, which is left out",
                                words(b->arena, because->kind->name),
                                model_path_text(because, b->arena)));
    return true;
}

/* Parents stand before children in model->objects, so one pass reaches all descendants. */
static bool leave_children(struct plan_builder *b)
{
    struct plan_core *c = b->core;
    bool changed = false;

    for (uint32_t i = 1; i < c->model->n_objects; i++) {
        const struct object *o = c->model->objects[i];

        if (c->left_out[i] || !c->left_out[o->parent->id])
            continue;
        if (o->kind->flags & KF_PART) {
            c->left_out[i] = changed = true;
            c->neutral[i] = c->neutral[o->parent->id];
        } else
            changed |= leave_out(b, o, o->parent);
    }
    return changed;
}

static void neutralise(struct plan_builder *b, const struct object *o)
{
    struct plan_core *c = b->core;
    enum neutral_id rule;
    const char *why;

    if (c->left_out[o->id] || !neutral_leaves(b, o, &rule, &why))
        return;
    c->left_out[o->id] = true;
    c->neutral[o->id] = (uint8_t)(rule + 1);
    neutral_note(b, rule, NEUTRAL_ABSENT, o, -1, why);
}

static void find_left_out(struct plan_builder *b)
{
    struct plan_core *c = b->core;
    bool changed = true;

    for (uint32_t i = 0; i < c->model->n_objects; i++) {
        const struct object *o = c->model->objects[i];
        if (is_without(b, o->kind->name) || without_name(b, o) ||
            (is_unproven(o) && is_without(b, PLAN_UNPROVEN)) ||
            (b->opt->leave_broken && broken_why(b, o)))
            leave_out(b, o, NULL);
        neutralise(b, o);
    }
    while (changed) {
        changed = leave_children(b);
        for (size_t i = 0; i < c->deps.len; i++) {
            const struct plan_dep *d = &VEC_AT(&c->deps, struct plan_dep, i);

            if (c->left_out[d->to->id] && !c->left_out[d->from->id])
                changed |= leave_out(b, d->from, d->to);
        }
    }
}

bool plan_stays(unsigned flavor, enum kind_id kind)
{
    for (const struct plan_rule *r = rules_of(flavor); r->kind != K_COUNT; r++)
        if (r->kind == kind)
            return r->stays;
    return false;
}

/* Whether what the gap is about has been left out by name. */
static bool is_left_out_by_path(const struct plan_builder *b, const struct coverage_gap *g)
{
    for (size_t i = 0; i < b->plan->left_out.len && g->path; i++) {
        const struct plan_refusal *r = &VEC_AT(&b->plan->left_out, struct plan_refusal, i);

        if (r->object && str_eq(r->kind, g->kind) && str_eq(r->path, g->path))
            return true;
    }
    return false;
}

static void name_all(struct plan_builder *b, const struct vec *gaps, struct vec *ret)
{
    struct vec folded = VEC_INIT(struct coverage_gap);

    model_fold_gaps(gaps, b->arena, &folded);
    for (size_t i = 0; i < folded.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&folded, struct coverage_gap, i);

        VEC_PUSH(ret, struct plan_refusal,
                 ((struct plan_refusal){.without = -1,
                                        .kind = arena_strdup(b->arena, g->kind),
                                        .path = arena_strdup(b->arena, g->path),
                                        .why = arena_strdup(b->arena, g->why)}));
    }
    vec_release(&folded);
}

static void name_gaps(struct plan_builder *b)
{
    struct vec left_out = VEC_INIT(struct coverage_gap), refused = VEC_INIT(struct coverage_gap);

    for (size_t i = 0; i < b->model->gaps.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&b->model->gaps, struct coverage_gap, i);
        const struct kind *k = kind_find(g->kind);
        bool out = is_without(b, g->kind) || is_left_out_by_path(b, g);

        if (k && plan_stays(b->model->flavor, k->id))
            continue;
        if (!out && neutral_leaves_kind(b, g->kind))
            continue;
        VEC_PUSH(out ? &left_out : &refused, struct coverage_gap, *g);
    }
    name_all(b, &left_out, &b->plan->left_out);
    name_all(b, &refused, &b->plan->refusals);
    vec_release(&left_out);
    vec_release(&refused);
}

/* ---- the plan ----------------------------------------------------------------------------- */

static void read_rules(struct plan_core *c, unsigned flavor)
{
    c->rules = rules_of(flavor);
    for (const struct plan_rule *r = c->rules; r->kind != K_COUNT; r++)
        c->by_kind[r->kind] = r;
}

static void read_deps(struct plan_core *c)
{
    const struct model *m = c->model;

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
        enum kind_id k = o->kind->id;

        if ((k != K_TABLE && k != K_VIEW && k != K_SEQUENCE) || plan_is_left_out(b, o) ||
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
        else
            emit(b, node->object);
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
    find_left_out(b);
    name_gaps(b);
    if (!need_check(b, c->left_out, err))
        return false;
    leave_children(b);
    refuse_kinds(b);
    refuse_broken(b);
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
    struct change_set s = {.b = b,
                           .from = d->from,
                           .to = d->to,
                           .alters = d->from->flavor == ENGINE_PG ? &plan_alters_postgres
                                                                  : &plan_alters_mysql};

    b->core->change = &s;
    if (!change_mark_all(&s, d, err))
        return false;
    read_deps(b->core);
    order_make(b->core);
    call_rules(b);
    sort_steps(b);
    b->core->change = NULL;
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
    ok = check_without(&b, err) && (d ? build_changes(&b, d, err) : build_from_nothing(&b, err));

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
