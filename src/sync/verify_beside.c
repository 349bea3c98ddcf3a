#include "verify.h"

/* ---- what stands beside the rows ---------------------------------------------------------- */

/* Of no use where only one side has rows: a copy may have said so. */
static bool is_unfilled(struct verify *v, const struct object *o, const struct object *other)
{
    const struct object *side[2] = {o, other};
    for (int i = 0; i < 2; i++) {
        int slot = kind_prop(o->kind, "populated");
        if (slot < 0 || model_yes(side[i], slot))
            continue;
        verify_tell(v, "not compared: materialized view %s, which is not populated on the %s",
                    model_path_text(o, v->arena), i ? "target" : "source");
        return true;
    }
    return false;
}

typedef bool project_fn(struct session *s, const struct object *o, struct arena *a,
                        struct projection *ret, struct err *err);

static bool project_both(struct verify *v, project_fn *fn, const struct object *const object[2],
                         struct projection *p[2], struct err *err)
{
    for (int i = 0; i < 2; i++) {
        p[i] = arena_new(v->arena, struct projection);
        if (!fn(v->workers[0].s[i], object[i], v->arena, p[i], err))
            return false;
    }
    return true;
}

/* A comparison of its own, beside the rows of the table. */
static bool add_beside(struct verify *v, const struct object *o, const char *what,
                       struct projection *const p[2], struct err *err)
{
    struct table_difference *t = verify_tables_add(v, o);
    t->computed = true;
    t->path = arena_printf(v->arena, "%s, %s", t->path, what);
    if (!verify_tables_reorder(p[SIDE_TARGET], p[SIDE_SOURCE], v->arena)) {
        t->why = "they differ on the target";
        return true;
    }
    return verify_tables_chunks(v, t, p[SIDE_SOURCE], p[SIDE_TARGET], err);
}

static bool add_computed(struct verify *v, const struct object *const object[2], struct err *err)
{
    const struct object *o = object[SIDE_SOURCE];
    bool view = o->kind->id == K_MATERIALIZED_VIEW;
    struct projection *p[2];
    if (!v->at[0]->driver->live)
        return true;
    if (!project_both(v, v->at[0]->driver->source->project_computed, object, p, err))
        return false;
    if (!p[SIDE_SOURCE]->n_columns)
        return true;
    v->n_generated += !view;
    v->n_views += view;
    return add_beside(v, o, view ? "a materialized view" : "its generated columns", p, err);
}

/* Where only one of two servers knows such types, the other has them as text. */
static bool add_inner(struct verify *v, const struct object *const object[2], struct err *err)
{
    struct projection *p[2];
    if (!v->at[0]->driver->source->project_inner)
        return true;
    if (!project_both(v, v->at[0]->driver->source->project_inner, object, p, err))
        return false;
    if (!p[SIDE_SOURCE]->n_columns || !p[SIDE_TARGET]->n_columns)
        return true;
    v->n_inner++;
    return add_beside(v, object[SIDE_SOURCE], "types inside its JSON documents", p, err);
}

/* What is computed from masked rows is not what production computed. */
static bool follows_masks(struct verify *v, const struct object *o)
{
    bool view = o->kind->id == K_MATERIALIZED_VIEW;
    bool follows = v->mask && (view ? mask_set_count(v->mask) > 0 : mask_set_changes(v->mask, o));
    if (follows && view)
        verify_tell(v, "not compared: materialized view %s: rows are masked", o->name);
    return follows;
}

/* What the server computed of rows that did not all come. */
static bool follows_parts(struct verify *v, const struct object *o)
{
    size_t n;
    return v->subset && (o->kind->id == K_MATERIALIZED_VIEW ||
                         subset_verify_conditions(v->subset, o, v->arena, &n));
}

bool verify_beside_list(struct verify *v, struct err *err)
{
    for (uint32_t i = 0; i < v->model[0].n_objects; i++) {
        const struct object *o = v->model[0].objects[i];
        const struct object *both[2] = {o, verify_tables_other(v, o)};
        bool view = o->kind->id == K_MATERIALIZED_VIEW;
        bool table = o->kind->id == K_TABLE && table_holds_rows(&v->model[0], o);
        if ((!view && !table) || !only_wants(&v->only, &v->model[0], o) || !both[1] ||
            verify_tables_emptied(v, o) || is_unfilled(v, o, both[1]) || follows_masks(v, o) ||
            follows_parts(v, o))
            continue;
        if (!add_computed(v, both, err) || (table && !add_inner(v, both, err)))
            return false;
    }
    return true;
}
