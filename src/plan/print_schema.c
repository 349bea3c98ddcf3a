#include "print.h"

#include <string.h>

/* A whole schema as SQL: the plan from nothing. */

static bool is_of(const struct step *s, const struct object *top)
{
    return !top || model_top(s->object) == top;
}

static void add_not_made(const struct plan *p, const struct object *top, struct buf *out)
{
    for (size_t i = 0; i < p->refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&p->refusals, struct plan_refusal, i);
        if (!top || (r->object && model_top(r->object) == top))
            print_refusal("not here", r, out);
    }
    for (size_t i = 0; i < p->left_out.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&p->left_out, struct plan_refusal, i);
        if (!top || (r->object && model_top(r->object) == top))
            print_refusal("not here", r, out);
    }
    for (size_t i = 0; i < p->neutralised.len; i++) {
        const struct neutralised *n = &VEC_AT(&p->neutralised, struct neutralised, i);
        if (n->what == NEUTRAL_TOLD || (top && model_top(n->object) != top))
            continue;
        buf_addf(out, "-- not here: %s ", n->object->kind->name);
        print_line(n->path, out);
        buf_adds(out, ": ");
        print_line(n->why, out);
        buf_addch(out, '\n');
    }
}

bool plan_print_schema(const struct plan *p, unsigned flavor, const struct object *top,
                       struct buf *out, struct err *err)
{
    const struct object *last = NULL;
    if (!top)
        plan_print_settings(flavor, out);
    for (size_t i = 0; i < p->steps.len; i++) {
        const struct step *s = &VEC_AT(&p->steps, struct step, i);
        const char *again = plan_settings_before(p, i, flavor);
        if (!is_of(s, top))
            continue;
        if (s->object != last) {
            buf_adds(out, "\n-- ");
            print_line(s->what, out);
            buf_addch(out, '\n');
        }
        last = s->object;
        if (again)
            buf_addf(out, "%s;\n", again);
        if (!plan_print_statement(s->sql, flavor, out, err))
            return err_context(err, "%s", s->what);
    }
    add_not_made(p, top, out);
    return true;
}
