#include "preflight.h"
#include "subset.h"

#include <stdlib.h>
#include <string.h>

const char *preflight_level_name(enum preflight_level level)
{
    static const char *const names[] = {"ok", "note", "warning", "cannot", "refused"};
    return names[level];
}

/* ---- looking ----------------------------------------------------------------------------- */

void look_at_source(struct look *l)
{
    struct job *j = &l->job;
    const struct driver *d = j->source->driver;
    struct err *err = &l->source_err;
    if (!d->source->open(j->source, DRIVER_SOURCE, &j->source_options, &j->first, err) ||
        !d->source->facts(j->first, l->arena, &j->source_facts, err))
        return;
    l->source = true;
    if (d->live && d->source->open(j->source, DRIVER_SOURCE, NULL, &l->asked, err))
        d->source->ask(l->asked, NULL, l->arena, &j->source_says, err);
    /* As a copy reads it, because what it may not read is part of the answer. */
    if (!err_is_set(err) && d->source->snapshot(&j->first, 1, l->arena, &j->snapshot, err))
        l->model = d->source->introspect(j->first, &j->model, err);
    if (l->model) {
        plan_prove(&j->model);
        masking_rules(j, l->asked, &l->mask_err);
        l->model = job_map(j, err);
    }
    j->model.label = j->source->label;
}

void look_at_target(struct look *l)
{
    struct job *j = &l->job;
    const struct driver *d = j->target_at->driver;
    struct err *err = &l->target_err;
    if (!d->target->open(j->target_at, &j->target_options, &j->target, err) ||
        !d->target->server(j->target, l->arena, &l->target_facts, err))
        return;
    l->target_there = true;
    documents_target(j, &l->target_facts);
    if (d->live)
        d->target->ask(j->target, NULL, l->arena, &j->target_says, err);
}

void look_at_plan(struct look *l)
{
    if (l->model && l->target_there)
        keep_begin(&l->job, &l->keep_err);
    if (l->model && l->target_there && job_plan(&l->job, &l->plan_err))
        l->plan = true;
}

/* ---- the whole --------------------------------------------------------------------------- */

const struct preflight_check *preflight_check_named(const char *name)
{
    const struct preflight_check *c = preflight_checks;
    while (c->name && strcmp(c->name, name) != 0)
        c++;
    return c;
}

void look_check(struct look *l)
{
    unsigned have = (l->source ? NEEDS_SOURCE : 0u) | (l->target_there ? NEEDS_TARGET : 0u) |
                    (l->plan ? NEEDS_PLAN : 0u);
    for (const struct preflight_check *c = preflight_checks; c->name; c++) {
        size_t before = l->ret->findings.len;
        if ((c->needs & have) != c->needs ||
            (l->target_there && !(c->engines & l->target_facts.flavor)))
            continue;
        l->now = c;
        c->run(l);
        /* What was not asked is not said to be well. */
        if (l->ret->findings.len == before && c->good && (have & NEEDS_BOTH) == NEEDS_BOTH)
            look_say(l, PREFLIGHT_OK, NULL, NULL, "%s", c->good);
    }
}

void look_judge(struct look *l)
{
    struct preflight *p = l->ret;
    bool refused = false;
    for (size_t i = 0; i < p->findings.len; i++) {
        enum preflight_level level = VEC_AT(&p->findings, struct preflight_finding, i).level;
        p->warnings += level == PREFLIGHT_WARNING;
        p->problems += level >= PREFLIGHT_CANNOT;
        refused |= level == PREFLIGHT_REFUSED;
    }
    p->exit_code = refused ? 4 : p->problems ? 2 : 0;
}

void look_release(struct look *l)
{
    struct job *j = &l->job;
    j->source->driver->source->close(l->asked);
    j->source->driver->source->close(j->first);
    keep_release(j);
    mask_set_release(j->mask);
    subset_release(j->subset);
    if (j->target)
        j->target_at->driver->target->close(j->target);
    plan_release(&j->plan);
    model_release(&j->model);
    vec_release(&j->source_says);
    vec_release(&j->target_says);
}

void look_begin(struct look *l, const struct endpoint *source, const struct endpoint *target,
                const struct sync_options *opt, struct arena *a, struct preflight *ret)
{
    *l = (struct look){.arena = a, .ret = ret};
    *ret = (struct preflight){.findings = VEC_INIT(struct preflight_finding),
                              .settings = VEC_INIT(struct preflight_setting)};
    l->job = (struct job){.source = source,
                          .target_at = target,
                          .opt = opt,
                          .arena = a,
                          .source_says = VEC_INIT(struct answer),
                          .target_says = VEC_INIT(struct answer)};
    job_set_options(&l->job);
    l->job.source_options.identify = false;
    l->job.target_options.look = true;
    model_init(&l->job.model);
    keep_init(&l->job);
}

bool sync_preflight(const struct endpoint *source, const struct endpoint *target,
                    const struct sync_options *opt, struct arena *a, struct preflight *ret,
                    struct err *err)
{
    struct look l;
    look_begin(&l, source, target, opt, a, ret);
    look_at_source(&l);
    if (!log_cancelled())
        look_at_target(&l);
    if (!log_cancelled())
        look_at_plan(&l);
    bool ok = !log_cancelled() || err_set(err, ERR_INTERRUPTED, "interrupted");
    if (ok) {
        look_check(&l);
        look_judge(&l);
    }
    look_release(&l);
    return ok;
}

void sync_preflight_release(struct preflight *p)
{
    vec_release(&p->findings);
    vec_release(&p->settings);
}
