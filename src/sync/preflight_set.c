#include "preflight.h"
#include "set.h"

#include <string.h>

/*
 * A preflight of databases that are copied as one (set_one.c): their models first, because what
 * they say of each other is judged as the copy will see it; then each with its checks; then the
 * rehearsal of all, whose shadows stand side by side. However many there are, the connections are
 * few: those of a side are closed before the next is looked at.
 */
struct looking {
    struct sync_set *set;
    const struct sync_options *opt;
    struct arena *arena;
    struct look *looks;
    struct sync_options *opts;
    struct set_names names;
    const char **targets;    /* their names there, NULL-terminated */
    struct session *asked;   /* the source's, for what is the server's */
    struct rehearsal *trial; /* as looks */
    struct session *shared;
};

/* ---- the models ---------------------------------------------------------------------------- */

static void look_at_sources(struct looking *g)
{
    for (size_t i = 0; i < g->set->n && !log_cancelled(); i++) {
        struct look *l = &g->looks[i];
        const struct driver *d = l->job.source->driver;
        look_at_source(l);
        d->source->close(l->job.first);
        l->job.first = NULL;
        if (g->asked) {
            d->source->close(l->asked);
            l->asked = g->asked;
        }
        g->asked = l->asked;
        set_names_fold(&g->names, &l->job.source_facts, &l->target_facts);
        if (l->model)
            set_names_add(&g->names, g->set->members[i].name, g->set->members[i].other, "",
                          &l->job.model);
    }
}

static void names_of(const struct endpoint *e, struct arena *a, struct vec *ret)
{
    const char *hidden = NULL;
    struct err why = ERR_INIT;
    if (e->driver->live && !e->driver->source->databases(e, a, ret, &hidden, NULL, &why))
        log_debug("%s: %s", e->label, why.msg); /* the checks say it */
}

static bool has(const struct vec *names, const char *name)
{
    for (size_t i = 0; i < names->len; i++)
        if (strcmp(VEC_AT(names, const char *, i), name) == 0)
            return true;
    return false;
}

static void look_outside(struct looking *g)
{
    struct vec there = VEC_INIT(const char *), on_target = VEC_INIT(const char *);
    struct err ignored = ERR_INIT;
    names_of(&g->set->members[0].source, g->arena, &there);
    names_of(&g->set->members[0].target, g->arena, &on_target);
    for (size_t i = 0; i < g->set->n; i++) {
        struct look *l = &g->looks[i];
        const struct object *by = NULL;
        const char *name = l->model ? set_names_outside(&g->names, &there, &l->job.model,
                                                        g->set->members[i].name, &by)
                                    : NULL;
        if (name && !has(&on_target, name)) {
            l->outside = name;
            l->outside_by =
                arena_printf(l->arena, "%s %s", by->kind->name, model_path_text(by, l->arena));
        }
        if (l->model)
            set_names_model(&g->names, SET_SOURCE, SET_TARGET, &l->job.model, &ignored);
    }
    vec_release(&there);
    vec_release(&on_target);
}

void preflight_set_outside(struct look *l)
{
    if (l->outside)
        look_say(l, PREFLIGHT_REFUSED, look_from(l),
                 arena_printf(l->arena, "add it: --databases …,%s", l->outside),
                 "%s names database \"%s\", which is not in the set, and not on the target",
                 l->outside_by, l->outside);
}

/* ---- each ---------------------------------------------------------------------------------- */

static void check_each(struct looking *g)
{
    for (size_t i = 0; i < g->set->n && !log_cancelled(); i++) {
        struct look *l = &g->looks[i];
        look_at_target(l);
        look_at_plan(l);
        look_check(l);
        if (l->job.target)
            l->job.target_at->driver->target->close(l->job.target);
        l->job.target = NULL;
    }
}

/* ---- the rehearsal ------------------------------------------------------------------------- */

/* Why they cannot be rehearsed together, or NULL. */
static const char *why_not(const struct looking *g)
{
    const char *reason = NULL;
    for (size_t i = 0; i < g->set->n && !reason; i++) {
        const struct look *l = &g->looks[i];
        const char *name = g->set->members[i].name;
        if (!l->plan)
            reason = arena_printf(g->arena, "skipped: no plan could be made for %s", name);
        else if (rehearsal_why_not(l))
            reason = arena_printf(g->arena, "%s (%s)", rehearsal_why_not(l), name);
    }
    return reason;
}

static bool open_all(struct looking *g)
{
    bool ok = true;
    set_names_release(&g->names);
    for (size_t i = 0; ok && i < g->set->n && !log_cancelled(); i++) {
        struct job *j = &g->looks[i].job;
        ok = rehearsal_open(&g->trial[i], &g->looks[i], &g->shared);
        if (ok)
            set_names_fold(&g->names, &j->source_facts, &g->looks[i].target_facts);
        if (ok)
            set_names_add(&g->names, g->set->members[i].name, g->set->members[i].other,
                          j->target_at->driver->target->shadow_name(j->target), &j->model);
    }
    return ok && !log_cancelled();
}

static void make_tables(struct looking *g)
{
    for (size_t i = 0; i < g->set->n && !log_cancelled(); i++) {
        struct rehearsal *r = &g->trial[i];
        set_names_plan(&g->names, &r->job->plan, r->job->arena);
        r->job->names = &g->names;
        if (rehearsal_enter(r))
            for (int phase = 0; phase < PHASE_FINAL; phase++)
                rehearsal_phase(r, (enum plan_phase)phase);
        rehearsal_leave(r);
    }
}

/* Foreign keys between them. */
static void make_keys(struct looking *g)
{
    for (size_t i = 0; i < g->set->n && !log_cancelled(); i++) {
        struct rehearsal *r = &g->trial[i];
        for (size_t k = 0; k < r->job->plan.steps.len && !r->over; k++)
            if (VEC_AT(&r->job->plan.steps, struct step, k).phase == PHASE_COUNT) {
                if (r->session || rehearsal_enter(r))
                    rehearsal_phase(r, PHASE_COUNT);
                break;
            }
        rehearsal_leave(r);
    }
}

static bool last_step(struct member_run *r, const struct step *s, struct err *err)
{
    return rehearsal_step((struct rehearsal *)r->ctx, s, err);
}

static bool last_failed(struct member_run *r, const struct step *s, const struct err *why)
{
    struct rehearsal *trial = r->ctx;
    if (!trial->over)
        rehearsal_failed(trial, s, why);
    return !log_cancelled();
}

static void make_last(struct looking *g)
{
    static const struct set_last last = {last_step, last_failed};
    struct set_run run = {.set = g->set, .opt = g->opt, .arena = g->arena, .n_lanes = 1};
    struct lane lane = {.run = &run};
    pthread_mutex_init(&run.lock, NULL);
    run.lanes = &lane;
    run.runs = arena_calloc(g->arena, sizeof(*run.runs) * g->set->n);
    for (size_t i = 0; i < g->set->n; i++)
        run.runs[i] = (struct member_run){.run = &run,
                                          .member = &g->set->members[i],
                                          .job = g->trial[i].job,
                                          .ctx = &g->trial[i]};
    set_last_make(&run, &last);
    pthread_mutex_destroy(&run.lock);
}

static void judge_all(struct looking *g)
{
    for (size_t i = 0; i < g->set->n && !log_cancelled(); i++) {
        struct rehearsal *r = &g->trial[i];
        if (rehearsal_enter(r))
            rehearsal_judge(r);
        rehearsal_leave(r);
    }
}

static void close_all(struct looking *g)
{
    for (size_t i = 0; i < g->set->n; i++) {
        struct job *j = &g->looks[i].job;
        if (j->target)
            j->target_at->driver->target->close(j->target);
        j->target = NULL;
    }
    if (g->shared)
        g->set->members[0].target.driver->source->close(g->shared);
}

static void rehearse(struct looking *g)
{
    const char *reason = why_not(g);
    for (size_t i = 0; i < g->set->n; i++) {
        g->looks[i].now = preflight_check_named("rehearsal");
        if (reason)
            look_say(&g->looks[i], PREFLIGHT_NOTE, NULL, NULL, "%s", reason);
    }
    if (reason)
        return;
    if (open_all(g)) {
        make_tables(g);
        make_keys(g);
        make_last(g);
        judge_all(g);
    }
    close_all(g);
}

/* ---- the whole ----------------------------------------------------------------------------- */

static void begin(struct looking *g, struct preflight *ret)
{
    size_t n = g->set->n;
    g->looks = arena_calloc(g->arena, sizeof(*g->looks) * n);
    g->opts = arena_calloc(g->arena, sizeof(*g->opts) * n);
    g->trial = arena_calloc(g->arena, sizeof(*g->trial) * n);
    g->targets = arena_calloc(g->arena, sizeof(*g->targets) * (n + 1));
    for (size_t i = 0; i < n; i++)
        g->targets[i] = g->set->members[i].other;
    for (size_t i = 0; i < n; i++) {
        struct sync_member *m = &g->set->members[i];
        g->opts[i] = *g->opt;
        g->opts[i].of_set = true;
        g->opts[i].replace = sync_set_replaces(g->opt->replace, m->other);
        look_begin(&g->looks[i], &m->source, &m->target, &g->opts[i], g->arena, &ret[i]);
        g->looks[i].of_set = true;
        g->looks[i].job.target_options.together = g->targets;
    }
}

bool sync_preflight_set(struct sync_set *set, const struct sync_options *opt, struct arena *a,
                        struct preflight *ret, struct err *err)
{
    struct looking g = {
        .set = set, .opt = opt, .arena = a, .names = {.names = VEC_INIT(struct set_name)}};
    begin(&g, ret);
    look_at_sources(&g);
    look_outside(&g);
    check_each(&g);
    if (!log_cancelled())
        rehearse(&g);
    for (size_t i = 0; i < set->n; i++) {
        struct look *l = &g.looks[i];
        look_judge(l);
        if (l->asked == g.asked)
            l->asked = NULL;
        look_release(l);
    }
    if (g.asked)
        set->members[0].source.driver->source->close(g.asked);
    set_names_release(&g.names);
    return !log_cancelled() || err_set(err, ERR_INTERRUPTED, "interrupted");
}
