#include "planned.h"

/* What --no-owners and --no-grants leave alone, in the words of a copy's mark. */
static void leave_rights(const struct cli *c, struct diff *d)
{
    struct vec list = VEC_INIT(struct diff_explained);
    if (c->no_owners)
        VEC_PUSH(&list, struct diff_explained, ((struct diff_explained){"*", "*", "owner"}));
    if (c->no_grants) {
        VEC_PUSH(&list, struct diff_explained, ((struct diff_explained){"grant", "*", NULL}));
        VEC_PUSH(&list, struct diff_explained,
                 ((struct diff_explained){"default_privilege", "*", NULL}));
    }
    diff_explain(d, &list);
    vec_release(&list);
}

static bool make_plan(const struct cli *c, const struct diff *d, const struct server_facts *facts,
                      struct plan *ret, struct err *err)
{
    struct plan_options o = {.owners = !c->no_owners,
                             .grants = !c->no_grants,
                             .target_version = d->to->version,
                             .target_flavor = d->to->flavor,
                             .target_database = d->to->database,
                             .lower_names = facts->lower_names};
    return plan_changes(ret, d, &o, err);
}

static void say_idle(const struct pair *p)
{
    for (size_t i = 0; i < p->filters.context.idle.len; i++)
        log_warn("pattern %s matches nothing", VEC_AT(&p->filters.context.idle, const char *, i));
}

static bool compare(struct planned *p, struct cli *c, struct err *err)
{
    if (!pair_compare(&p->pair, c, err))
        return false;
    leave_rights(c, &p->pair.diff);
    say_idle(&p->pair);
    p->has_plan = make_plan(c, &p->pair.diff, &p->pair.to.facts, &p->plan, err);
    if (p->has_plan && c->reverse) {
        diff_reverse(&p->pair.diff, &p->back);
        p->has_reverse = make_plan(c, &p->back, &p->pair.to.facts, &p->reverse, err);
        if (!p->has_reverse)
            diff_release(&p->back);
    }
    return p->has_plan && p->has_reverse == c->reverse;
}

bool planned_make(struct planned *ret, struct cli *c, const struct place *from,
                  const struct place *to, struct err *err)
{
    *ret = (struct planned){0};
    if (!pair_open(&ret->pair, c, from, to, err))
        return false;
    ret->pair.to.whole = true;
    if (compare(ret, c, err))
        return true;
    planned_release(ret);
    return false;
}

void planned_release(struct planned *p)
{
    if (p->has_reverse) {
        plan_release(&p->reverse);
        diff_release(&p->back);
    }
    if (p->has_plan)
        plan_release(&p->plan);
    pair_close(&p->pair);
}

struct plan_about planned_about(const struct planned *p)
{
    return (struct plan_about){.from = &p->pair.from.model,
                               .to = &p->pair.to.model,
                               .digest = *p->pair.to.digest ? p->pair.to.digest : NULL,
                               .reverse = p->has_reverse ? &p->reverse : NULL};
}
