#include "set.h"

struct making {
    const struct set_last *last;
};

/* Settings for a statement that comes behind them: made again with it. */
static bool is_setting(const struct step *s)
{
    return str_starts(s->sql, "SET ") || str_starts(s->sql, "ALTER DATABASE ");
}

static const struct step *step_at(const struct member_run *r, size_t i)
{
    return &VEC_AT(&r->job->plan.steps, struct step, VEC_AT(&r->open, size_t, i));
}

static void list_last(struct member_run *r)
{
    const struct plan *p = &r->job->plan;
    vec_init(&r->open, sizeof(size_t));
    for (size_t i = 0; i < p->steps.len; i++)
        if (VEC_AT(&p->steps, struct step, i).phase == PHASE_FINAL)
            VEC_PUSH(&r->open, size_t, i);
}

static bool may_wait(const struct step *s, const struct err *why)
{
    return s->object && s->object->kind->id == K_VIEW && why->cls != ERR_INTERRUPTED &&
           why->cls != ERR_CONNECTION && !log_cancelled();
}

/* Whatever fails waits for the next round, with the settings around it. */
static bool round_of(struct member_run *r, void *ctx)
{
    struct making *m = ctx;
    struct vec still = VEC_INIT(size_t);
    size_t settings = 0; /* in a row, just before */
    bool failed = false, ok = true;
    r->made = 0;
    for (size_t i = 0; ok && i < r->open.len; i++) {
        const struct step *s = step_at(r, i);
        struct err why = ERR_INIT;
        bool setting = is_setting(s), made = m->last->make(r, s, &why);
        if (!made && (setting || !may_wait(s, &why))) {
            ok = m->last->fail(r, s, &why);
        } else if (!made) {
            for (size_t k = settings; !failed && k > 0; k--)
                VEC_PUSH(&still, size_t, VEC_AT(&r->open, size_t, i - k));
            VEC_PUSH(&still, size_t, VEC_AT(&r->open, size_t, i));
        } else if (setting && failed) {
            VEC_PUSH(&still, size_t, VEC_AT(&r->open, size_t, i));
        }
        r->made += made && !setting;
        settings = setting ? settings + 1 : 0;
        failed = setting ? failed : !made;
    }
    vec_release(&r->open);
    r->open = still;
    return ok;
}

/* No round makes them: what the server says of each is said. */
static bool last_of(struct member_run *r, void *ctx)
{
    struct making *m = ctx;
    for (size_t i = 0; i < r->open.len; i++) {
        const struct step *s = step_at(r, i);
        struct err why = ERR_INIT;
        if (!m->last->make(r, s, &why) && !m->last->fail(r, s, &why))
            return false;
    }
    return true;
}

bool set_last_make(struct set_run *run, const struct set_last *last)
{
    struct making m = {.last = last};
    size_t n = run->set->n, made = 1, left = 1;
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        list_last(&run->runs[i]);
    while (ok && left && made) {
        made = left = 0;
        ok = set_lanes_run(run, false, round_of, &m);
        for (size_t i = 0; ok && i < n; i++) {
            made += run->runs[i].made;
            left += run->runs[i].open.len;
        }
    }
    if (ok && left)
        ok = set_lanes_run(run, false, last_of, &m);
    for (size_t i = 0; i < n; i++)
        vec_release(&run->runs[i].open);
    return ok;
}
