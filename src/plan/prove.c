#include <dbtwin/plan.h>
#include <dbtwin/engine.h>

#include "core.h"
#include "mysql.h"
#include "need.h"

/* What stands in for a plan: nothing is left out, and what is refused is only counted. */
struct proof {
    struct plan plan;
    struct plan_core core;
    struct plan_options opt;
    struct plan_builder b;
};

static const char *why_unproven(struct proof *p, const struct object *table, const char *shown)
{
    struct buf made = BUF_INIT;
    const struct model *m = p->b.model;
    struct err err = ERR_INIT;
    const char *why;

    if (!need_within(&p->b, table, p->core.left_out, &err))
        why = arena_strdup(&p->core.arena, err.msg);
    else if (!p->plan.refusals.len && mysql_show(&p->b, table, &made))
        why = mysql_form_difference(p->b.arena, table, m->flavor, m->version, shown, made.data);
    else if (p->plan.refusals.len)
        why = VEC_AT(&p->plan.refusals, struct plan_refusal, 0).why;
    else
        why = "it could not be read completely";
    buf_release(&made);
    return why;
}

static void judge(struct proof *p, struct model *m, struct object *table)
{
    const char *shown = model_get(table, P_TABLE_DEFINITION), *why;

    if (!shown)
        return;
    why = why_unproven(p, table, shown);
    table->v[P_TABLE_DEFINITION] = NULL;
    table->v[P_TABLE_PROVEN] = intern_str(&m->strings, why ? "no" : "yes");
    if (why) {
        struct buf path = BUF_INIT, text = BUF_INIT;
        model_path(table, &path);
        buf_addf(&text, "unproven: %s", why);
        model_gap_late(m, table->kind->name, path.data, text.data);
        buf_release(&path);
        buf_release(&text);
    }
    vec_reset(&p->plan.refusals);
    vec_reset(&p->plan.left_out);
    arena_reset(&p->plan.arena);
}

void plan_prove(struct model *m)
{
    struct proof p = {.plan = {.arena = ARENA_INIT,
                               .steps = VEC_INIT(struct step),
                               .refusals = VEC_INIT(struct plan_refusal),
                               .left_out = VEC_INIT(struct plan_refusal)},
                      .core = {.arena = ARENA_INIT, .model = m},
                      .opt = {.target_flavor = m->flavor, .target_version = m->version}};

    if (!engine_of(m->flavor)->shows_tables)
        return;
    p.core.left_out = arena_calloc(&p.core.arena, m->n_objects * sizeof(bool));
    p.b = (struct plan_builder){.plan = &p.plan,
                                .model = m,
                                .opt = &p.opt,
                                .arena = &p.plan.arena,
                                .core = &p.core,
                                .show = true};
    for (uint32_t i = 0; i < m->n_objects; i++)
        if (m->objects[i]->kind->id == K_TABLE)
            judge(&p, m, m->objects[i]);
    arena_release(&p.core.arena);
    plan_release(&p.plan);
}
