#include "pair.h"

#include <dbtwin/plan.h>

static bool make_plan(const struct diff *d, struct plan *ret, struct err *err)
{
    struct plan_options o = {.owners = true, .grants = true};

    return plan_changes(ret, d, &o, err);
}

int cmd_plan(struct cli *c, struct err *err)
{
    struct place from, to;
    struct pair p;
    struct plan plan;
    struct buf out = BUF_INIT;
    int code = -1;

    if (!place_find(c, c->args[0], &from, err) || !place_find(c, c->args[1], &to, err))
        return -1;
    place_tell_apart(&from, &to);
    from.options.columns = to.options.columns = true;
    if (!pair_open(&p, c, &from, &to, err))
        return -1;
    if (pair_compare(&p, c, err) && make_plan(&p.diff, &plan, err)) {
        if (plan_print_sql(&plan, &out, err) && output_write("-", buf_slice(&out), err))
            code = plan.refusals.len ? 3 : 0;
        plan_release(&plan);
    }
    buf_release(&out);
    pair_close(&p);
    return code;
}
