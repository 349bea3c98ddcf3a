#include "leave.h"

#include <string.h>

#include <dbtwin/select.h>

#include "core.h"
#include "neutral.h"

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

bool leave_check(const struct plan_builder *b, struct err *err)
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

void leave_broken(struct plan_builder *b)
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
                     arena_printf(b->arena, "needs the %s %s",
                                  core_words(b->arena, because->kind->name),
                                  model_path_text(because, b->arena)));
    } else if (!because)
        plan_leave(b, gone, why_left_out(b, o));
    else if (!(gone->kind->flags & KF_PART) || gone->parent != because)
        plan_leave(b, gone,
                   arena_printf(b->arena, "needs the %s %s, which is left out",
                                core_words(b->arena, because->kind->name),
                                model_path_text(because, b->arena)));
    return true;
}

/* Parents stand before children in model->objects, so one pass reaches all descendants. */
bool leave_parts(struct plan_builder *b)
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

void leave_find(struct plan_builder *b)
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
        changed = leave_parts(b);
        for (size_t i = 0; i < c->deps.len; i++) {
            const struct plan_dep *d = &VEC_AT(&c->deps, struct plan_dep, i);

            if (c->left_out[d->to->id] && !c->left_out[d->from->id])
                changed |= leave_out(b, d->from, d->to);
        }
    }
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

void leave_gaps(struct plan_builder *b)
{
    struct vec left_out = VEC_INIT(struct coverage_gap), refused = VEC_INIT(struct coverage_gap);

    for (size_t i = 0; i < b->model->gaps.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&b->model->gaps, struct coverage_gap, i);
        const struct kind *k = kind_find(g->kind);
        bool out = is_without(b, g->kind) || is_left_out_by_path(b, g);

        if (k && b->core->by_kind[k->id] && b->core->by_kind[k->id]->stays)
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
