#include <dbtwin/plan.h>

#include <string.h>

static void print_hazards(const struct step *s, struct buf *out)
{
    for (size_t i = 0; i < HAZARD_COUNT; i++)
        if (s->hazards & plan_hazards[i].bit)
            buf_addf(out, "-- hazard %s: %s\n", plan_hazards[i].name, plan_hazards[i].help);
    if (s->reason)
        buf_addf(out, "-- %s\n", s->reason);
}

bool plan_print_sql(const struct plan *p, struct buf *out, struct err *err)
{
    (void)err;
    for (size_t i = 0; i < p->steps.len; i++) {
        const struct step *s = &VEC_AT(&p->steps, struct step, i);

        print_hazards(s, out);
        buf_addf(out, "%s;\n", s->sql);
    }
    for (size_t i = 0; i < p->refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&p->refusals, struct plan_refusal, i);

        buf_addf(out, "-- manual: %s %s: %s\n", r->kind, r->path ? r->path : "", r->why);
    }
    return true;
}
