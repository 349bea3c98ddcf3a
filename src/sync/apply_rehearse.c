#include "apply.h"
#include "apply_seed.h"
#include "apply_watch.h"

#include <string.h>

/*
 * The scratch: a database beside the target in which the target's schema is made, without rows, by
 * the plan from nothing; then the plan is carried out in it. Nothing in it may act on anything
 * else: events, subscriptions and what belongs to the whole server are left out.
 */

struct scratch {
    struct apply *a;
    struct job *job;
    struct session *session;
    struct apply_seed seed;
    struct map absent; /* "kind path" of what the scratch does not have → itself */
};

static const char *key_of(const char *kind, const char *path, struct arena *a)
{
    return arena_printf(a, "%s %s", kind, path ? path : "");
}

static void leave(struct scratch *s, const char *kind, const char *path)
{
    const char *key = key_of(kind, path, s->a->arena);
    map_put(&s->absent, key, strlen(key), (void *)(uintptr_t)key);
}

bool sync_rehearses(unsigned flavor, const struct object *o)
{
    for (; o->parent; o = o->parent) {
        enum kind_id k = o->kind->id;
        if (plan_stays(flavor, k) || k == K_EVENT || k == K_SUBSCRIPTION || k == K_ROLE)
            return false;
    }
    return true;
}

static bool is_absent(const struct scratch *s, const struct object *o)
{
    if (!sync_rehearses(s->a->facts.flavor, o))
        return true;
    for (; o->parent; o = o->parent) {
        const char *key = key_of(o->kind->name, model_path_text(o, s->a->arena), s->a->arena);
        if (map_get(&s->absent, key, strlen(key)))
            return true;
    }
    return false;
}

/* ---- the scratch is made --------------------------------------------------------------------- */

static bool make_step(struct scratch *s, const struct step *step, struct err *err)
{
    const struct driver *d = s->a->at->driver;
    bool own = false;
    if (log_cancelled())
        return err_set(err, ERR_INTERRUPTED, "interrupted; nothing was changed");
    return (step->phase == PHASE_FINAL && d->target->defer
                ? d->target->defer(s->job->target, step->sql, step->meanwhile, &own, err)
                : again_exec(s->job, s->session, step, err)) ||
           err_context(err, "while making %s in the scratch", step->what);
}

static bool seed_absent(const void *ctx, const struct object *o)
{
    return is_absent(ctx, o);
}

static bool seed(struct scratch *s, struct err *err)
{
    s->seed = (struct apply_seed){
        .a = s->a, .session = s->session, .absent = seed_absent, .absent_ctx = s};
    return apply_seed_fill(&s->seed, &s->job->model, err);
}

/* MySQL's triggers cannot be kept quiet: they come after the rows. What PostgreSQL computes of rows
 * when it makes an object must not fail for generated ones: it comes before them. */
static bool make_steps(struct scratch *s, struct err *err)
{
    const struct plan *p = &s->job->plan;
    bool quiet = apply_engine_of(s->a)->keeps_quiet;
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        if (phase == PHASE_FINAL && !quiet && !seed(s, err))
            return false;
        for (size_t i = 0; i < p->steps.len; i++) {
            const struct step *step = &VEC_AT(&p->steps, struct step, i);
            if (step->phase == (enum plan_phase)phase && !step->needs_rows &&
                !make_step(s, step, err))
                return false;
        }
    }
    return !quiet || seed(s, err);
}

static void note_absent(struct scratch *s)
{
    const struct plan *p = &s->job->plan;
    for (size_t i = 0; i < p->neutralised.len; i++) {
        const struct neutralised *n = &VEC_AT(&p->neutralised, struct neutralised, i);
        if (n->what == NEUTRAL_ABSENT)
            leave(s, n->object->kind->name, n->path);
    }
    for (size_t i = 0; i < p->left_out.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&p->left_out, struct plan_refusal, i);
        if (r->without < 0 && r->object)
            leave(s, r->kind, r->path);
    }
}

/* Without these a table could not be told from its like; the proof of the table says so anyway. */
static const char *const without[] = {PLAN_UNPROVEN, NULL};

static bool plan_scratch(struct scratch *s, const char **ret_why, struct err *err)
{
    struct job *j = s->job;
    const struct driver *d = s->a->at->driver;
    struct session *session = NULL;
    bool ok = d->source->open(s->a->at, DRIVER_SOURCE, NULL, &session, err) &&
              d->source->introspect(session, &j->model, err);
    d->source->close(session);
    if (!ok)
        return false;
    plan_prove(&j->model);
    if (!job_plan(j, err))
        return false;
    if (j->plan.refusals.len) {
        const struct plan_refusal *r = &VEC_AT(&j->plan.refusals, struct plan_refusal, 0);
        *ret_why = arena_printf(s->a->arena, "%s%s%s cannot be made in a scratch: %s", r->kind,
                                r->path ? " " : "", r->path ? r->path : "", r->why);
    }
    note_absent(s);
    return true;
}

static bool open_scratch(struct scratch *s, const char **ret_why, struct err *err)
{
    struct job *j = s->job;
    const struct driver *d = s->a->at->driver;
    struct err why = ERR_INIT;
    j->target_options.rehearse = true;
    if (!d->target->open(j->target_at, &j->target_options, &j->target, err))
        return false;
    if (job_strategy(j)->one_transaction) {
        *ret_why = "the account may not create a database there, or drop it";
        return true;
    }
    if (!plan_scratch(s, ret_why, err))
        return false;
    if (*ret_why)
        return true;
    if (d->target->prepare(j->target, &j->model, &why) &&
        d->target->session(j->target, &s->session, &why) && make_steps(s, &why))
        return true;
    if (why.cls == ERR_INTERRUPTED || why.cls == ERR_CONNECTION) {
        *err = why;
        return false;
    }
    *ret_why = arena_strdup(s->a->arena, why.msg);
    return true;
}

/* ---- the plan in it -------------------------------------------------------------------------- */

static bool run_step(struct scratch *s, size_t i, struct err *err)
{
    struct apply *a = s->a;
    const struct step *step = &VEC_AT(&a->plan->steps, struct step, i);
    struct err why = ERR_INIT;
    if (apply_engine_repin(a, s->session, i, err) &&
        a->at->driver->target->exec(s->session, NULL, step->sql, err))
        return true;
    if (err->cls == ERR_CONNECTION || err->cls == ERR_INTERRUPTED ||
        !apply_seed_empty(&s->seed, &why))
        return false;
    apply_tell(a, LOG_DEBUG, "%s is rehearsed without generated rows: %s", apply_tell_step(a, i),
               err->msg);
    err_clear(err);
    return a->at->driver->target->exec(s->session, NULL, step->sql, err);
}

static bool run_steps(struct scratch *s, struct apply_watch *watch, struct err *err)
{
    struct apply *a = s->a;
    for (size_t i = 0; i < a->plan->steps.len; i++) {
        const struct step *step = &VEC_AT(&a->plan->steps, struct step, i);
        if (log_cancelled())
            return err_set(err, ERR_INTERRUPTED, "interrupted; nothing was changed");
        if (step->of_server || is_absent(s, step->object))
            continue;
        if (!run_step(s, i, err)) {
            err_context(err, "the rehearsal failed at %s", apply_tell_step(a, i));
            if (!err->hint[0])
                err_hint(err, "nothing was changed; the statement is: %.300s", step->sql);
            return false;
        }
        if (!apply_watch_step(watch, i, err))
            return false;
    }
    return apply_seed_check(&s->seed, err);
}

static bool run_plan(struct scratch *s, struct err *err)
{
    struct apply_watch watch;
    bool ok = apply_watch_begin(&watch, s->a, s->session, err) && run_steps(s, &watch, err);
    apply_watch_end(&watch);
    return ok;
}

static bool judge(struct scratch *s, struct err *err)
{
    struct apply *a = s->a;
    struct vec rest = VEC_INIT(const char *);
    bool ok =
        apply_engine_pin(a, s->session, err) &&
        a->opt->compare(a->opt->compare_ctx, s->session, APPLY_REHEARSED, a->arena, &rest, err);
    if (ok && rest.len) {
        ok =
            err_set(err, ERR_RUNTIME,
                    "the rehearsal does not lead to FROM: %zu difference%s remain%s; the first: %s",
                    rest.len, rest.len == 1 ? "" : "s", rest.len == 1 ? "s" : "",
                    VEC_AT(&rest, const char *, 0));
        for (size_t i = 0; i < rest.len; i++)
            apply_tell(a, LOG_WARN, "the rehearsal does not reach: %s",
                       VEC_AT(&rest, const char *, i));
        err_hint(err, "nothing was changed; this is a bug in dbtwin; please report it");
    }
    vec_release(&rest);
    return ok;
}

bool apply_rehearse(struct apply *a, const char **ret_why, struct err *err)
{
    struct sync_options opt = *a->opt->run;
    struct vec own = VEC_INIT(const char *);
    opt.without = without;
    opt.leave_broken = true;
    opt.map = NULL;
    opt.jobs = 1;
    struct scratch s = {.a = a, .job = job_new(a->at, a->at, &opt, a->arena)};
    bool ok = open_scratch(&s, ret_why, err);
    if (ok && !*ret_why)
        ok = apply_engine_pin(a, s.session, err) &&
             a->opt->compare(a->opt->compare_ctx, s.session, APPLY_SCRATCH, a->arena, &own, err) &&
             run_plan(&s, err) && judge(&s, err);
    if (s.session)
        a->at->driver->source->close(s.session);
    job_release(s.job);
    apply_seed_release(&s.seed);
    map_release(&s.absent);
    vec_release(&own);
    return ok;
}
