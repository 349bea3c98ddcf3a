#include "set.h"

#include <string.h>

/*
 * Databases of one server that belong together (MySQL and MariaDB): they are read in one snapshot,
 * each is loaded into a shadow of its own, and one statement swaps them all. Stage by stage, each
 * of all of them: only when all tables are there can views and foreign keys name them. The lanes
 * (set.h) take a stage's databases side by side; one that is larger than its share is loaded by all
 * the sessions that there are.
 */
struct one {
    struct set_run *run;
    struct lent lent; /* all of them */
    struct set_names names;
    struct mark *marks; /* by member */
};

typedef bool stage_fn(struct one *o, struct member_run *r, struct err *err);

bool sync_set_can_be_one(const struct sync_set *set)
{
    const struct driver *to = set->n ? set->members[0].target.driver : NULL;
    const struct driver *from = set->n ? set->members[0].source.driver : NULL;
    if (!to)
        return false;
    return to->target->publish_all ? from->source->enter || from->source->next_chunk
                                   : !to->live && from->source->enter;
}

/* ---- the source ---------------------------------------------------------------------------- */

/* Each lane gets its part of the sessions; who sees no snapshot reads nothing, so there are no more
 * lanes than sessions that do. */
static void share_out(struct one *o)
{
    struct set_run *run = o->run;
    if (run->n_lanes > o->lent.n)
        run->n_lanes = o->lent.n;
    if (!run->set->members[0].target.driver->live)
        run->n_lanes = 1; /* one file after the other, with all sessions */
    for (unsigned i = 0; i < run->n_lanes; i++) {
        struct lent *l = &run->lanes[i].lent;
        *l = o->lent;
        l->n = 0;
        l->sessions = arena_calloc(run->arena, sizeof(struct session *) * o->lent.n);
        for (unsigned k = i; k < o->lent.n; k += run->n_lanes)
            l->sessions[l->n++] = o->lent.sessions[k];
    }
}

static bool open_source(struct one *o, struct err *err)
{
    struct set_run *run = o->run;
    const struct endpoint *at = &run->set->members[0].source;
    const struct driver *d = at->driver;
    struct source_options options = {.jobs = run->opt->schema_jobs, .identify = run->opt->resume};
    unsigned n = run->opt->jobs ? run->opt->jobs : 1;
    if (!d->source->enter)
        return true; /* archives: each is its own state */
    o->lent.sessions = arena_calloc(run->arena, sizeof(struct session *) * n);
    for (; o->lent.n < n; o->lent.n++)
        if (!d->source->open(at, DRIVER_SOURCE, &options, &o->lent.sessions[o->lent.n], err))
            return false;
    if (!d->source->snapshot(o->lent.sessions, n, run->arena, &o->lent.snapshot, err))
        return err_context(err, "%s", at->label);
    o->lent.taken = clock_now();
    for (; o->lent.snapshot.usable && o->lent.n > o->lent.snapshot.usable; o->lent.n--)
        d->source->close(o->lent.sessions[o->lent.n - 1]);
    o->lent.snapshot.note = NULL; /* that is of one database */
    if (!set_watch_start(run, &o->lent.watch, err))
        return false;
    share_out(o);
    return true;
}

/* The jobs know that these sessions are not theirs, and keep the knowledge. */
static void close_source(struct one *o)
{
    const struct driver *d = o->run->set->members[0].source.driver;
    for (unsigned i = 0; i < o->lent.n; i++)
        d->source->close(o->lent.sessions[i]);
    set_watch_end(o->lent.watch);
    o->lent.watch = NULL;
    o->lent.n = 0;
    for (unsigned i = 0; i < o->run->n_lanes; i++) {
        struct lent *l = &o->run->lanes[i].lent;
        d->source->close(l->beside);
        l->beside = NULL;
        l->watch = NULL;
    }
}

/* ---- stages -------------------------------------------------------------------------------- */

static unsigned workers_of(const struct lane *l)
{
    return l->lent.n ? l->lent.n : l->run->jobs;
}

static bool read(struct one *o, struct member_run *r, struct err *err)
{
    struct sync_member *m = r->member;
    set_options(r);
    r->opt.jobs = o->run->opt->jobs;
    r->opt.schema_jobs = workers_of(r->lane);
    r->job = job_new(&m->source, &m->target, &r->opt, &r->arena);
    r->job->target_options.shared = &r->lane->shared;
    if (o->lent.n) {
        r->job->lent = &r->lane->lent;
        r->job->lent_name = m->name;
        budget_snapshot_taken(r->job);
    }
    return copy_read(r->job, err);
}

static void learn(struct one *o)
{
    struct job *first = o->run->runs[0].job;
    struct server_facts to = {0};
    struct err ignored = ERR_INIT; /* the plan asks once more */
    if (first->target_at->driver->target->server(first->target, first->arena, &to, &ignored))
        set_names_fold(&o->names, &first->source_facts, &to);
    for (size_t i = 0; i < o->run->set->n; i++) {
        const struct member_run *r = &o->run->runs[i];
        struct job *j = r->job;
        set_names_add(&o->names, r->member->name, r->member->other,
                      j->target_at->driver->target->shadow_name(j->target), &j->model);
    }
}

static bool plan(struct one *o, struct member_run *r, struct err *err)
{
    if (!set_names_model(&o->names, SET_SOURCE, SET_TARGET, &r->job->model, err) ||
        !copy_enter(r->job, err) || !copy_plan(r->job, err))
        return false;
    set_names_plan(&o->names, &r->job->plan, r->job->arena);
    r->job->names = &o->names;
    return true;
}

static bool load_by(struct member_run *r, unsigned workers, struct err *err)
{
    struct job *j = r->job;
    j->n_workers = workers < j->n_workers ? workers : j->n_workers;
    bool ok = copy_enter(j, err) && copy_rows(j, &r->member->result, err);
    work_close_sessions(j);
    budget_rest(j);
    return ok;
}

static bool load(struct one *o, struct member_run *r, struct err *err)
{
    (void)o;
    return r->loaded || load_by(r, workers_of(r->lane), err);
}

static bool prove(struct one *o, struct member_run *r, struct err *err)
{
    struct job *j = r->job;
    (void)o;
    bool ok = work_open_sessions(j, err) && copy_prove(j, &r->member->result, err);
    work_close_sessions(j);
    return ok;
}

static bool settle(struct one *o, struct member_run *r, struct err *err)
{
    struct job *j = r->job;
    (void)o;
    return (!j->opt->after || !j->opt->after[0] || work_open_sessions(j, err)) &&
           copy_settle(j, err);
}

/* Into a file: what the files are together, whoever writes them knows. */
static bool whole(struct one *o, struct member_run *r, struct err *err)
{
    if (!read(o, r, err) || !copy_enter(r->job, err) || !copy_plan(r->job, err) ||
        !load_by(r, workers_of(r->lane), err) || !copy_publish(r->job, &r->member->result, err))
        return false;
    set_done(r);
    set_end(r, r->job, NULL);
    r->job = NULL;
    return true;
}

struct staging {
    struct one *one;
    stage_fn *stage;
};

static bool run_stage(struct member_run *r, void *ctx)
{
    const struct staging *s = ctx;
    if (s->stage(s->one, r, &r->member->err))
        return true;
    set_fail(r, r->job);
    return false;
}

static bool each(struct one *o, stage_fn *stage)
{
    struct staging s = {o, stage};
    return set_lanes_run(o->run, false, run_stage, &s);
}

/* ---- those larger than their share --------------------------------------------------------- */

enum { LARGE = 64 * 1024 * 1024 }; /* at least */

static uint64_t bytes_of(const struct job *j)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < j->n_tables; i++)
        sum += j->tables[i].bytes;
    return sum;
}

/* By the caller's thread, before the lanes take the rest. */
static bool load_large(struct one *o)
{
    struct set_run *run = o->run;
    uint64_t total = 0;
    for (size_t i = 0; i < run->set->n; i++)
        total += bytes_of(run->runs[i].job);
    for (size_t i = 0; i < run->set->n && run->n_lanes > 1; i++) {
        struct member_run *r = &run->runs[i];
        uint64_t bytes = bytes_of(r->job);
        if (bytes < LARGE || bytes <= total / run->n_lanes)
            continue;
        r->job->lent = o->lent.n ? &o->lent : NULL;
        if (!load_by(r, run->opt->jobs, &r->member->err)) {
            set_fail(r, r->job);
            return false;
        }
        r->job->n_workers = workers_of(r->lane);
        r->loaded = true;
    }
    return true;
}

/* ---- foreign keys between them ------------------------------------------------------------- */

static bool keys_of(struct member_run *r, struct err *err)
{
    struct job *j = r->job;
    for (size_t i = 0; i < j->plan.steps.len; i++) {
        const struct step *s = &VEC_AT(&j->plan.steps, struct step, i);
        if (s->phase != PHASE_COUNT)
            continue;
        if ((!j->workers[0].target && !work_open_sessions(j, err)) || !copy_step(j, s, err))
            return false;
    }
    work_close_sessions(j);
    return true;
}

/* One after the other: two that are made at a time would lock each other's tables. */
static bool keys(struct one *o)
{
    for (size_t i = 0; i < o->run->set->n; i++) {
        struct member_run *r = &o->run->runs[i];
        if (keys_of(r, &r->member->err))
            continue;
        set_fail(r, r->job);
        return false;
    }
    return true;
}

/* ---- what is made last --------------------------------------------------------------------- */

static bool make_step(struct member_run *r, const struct step *s, struct err *err)
{
    return copy_step(r->job, s, err);
}

static bool step_failed(struct member_run *r, const struct step *s, const struct err *why)
{
    (void)s;
    r->member->err = *why;
    set_fail(r, r->job);
    return false;
}

/* ---- what is not in the set ---------------------------------------------------------------- */

static bool names_of(const struct endpoint *e, struct arena *a, struct vec *ret, struct err *err)
{
    const char *hidden = NULL;
    return !e->driver->live || e->driver->source->databases(e, a, ret, &hidden, NULL, err);
}

static bool has(const struct vec *names, const char *name)
{
    for (size_t i = 0; i < names->len; i++)
        if (strcmp(VEC_AT(names, const char *, i), name) == 0)
            return true;
    return false;
}

/* A view or foreign key could not be made where the other database is not there either. */
static bool check_outside(struct one *o, const struct vec *there, const struct vec *on_target,
                          struct err *err)
{
    struct set_run *run = o->run;
    for (size_t i = 0; i < run->set->n; i++) {
        struct member_run *r = &run->runs[i];
        const struct object *by = NULL;
        const char *name =
            set_names_outside(&o->names, there, &r->job->model, r->member->name, &by);
        if (!name || has(on_target, name))
            continue;
        struct buf path = BUF_INIT;
        model_path(by, &path);
        err_set(err, ERR_REFUSED,
                "%s %s of database \"%s\" names database \"%s\", which is not in the set, and not "
                "on the target",
                by->kind->name, path.data, r->member->name, name);
        buf_release(&path);
        return err_hint(err, "nothing was copied; add it: --databases …,%s", name);
    }
    return true;
}

static bool look_outside(struct one *o, struct err *err)
{
    struct vec there = VEC_INIT(const char *), on_target = VEC_INIT(const char *);
    const struct sync_member *m = &o->run->set->members[0];
    bool ok = names_of(&m->source, o->run->arena, &there, err) &&
              names_of(&m->target, o->run->arena, &on_target, err) &&
              check_outside(o, &there, &on_target, err);
    vec_release(&there);
    vec_release(&on_target);
    return ok;
}

static bool check_disk(struct one *o, struct err *err)
{
    struct set_run *run = o->run;
    struct job **jobs = arena_calloc(run->arena, sizeof(*jobs) * run->set->n);
    for (size_t i = 0; i < run->set->n; i++)
        jobs[i] = run->runs[i].job;
    return disk_check_all(jobs, run->set->n, err);
}

/* ---- the swap ------------------------------------------------------------------------------ */

static bool mark(struct one *o, struct member_run *r, struct err *err)
{
    return copy_mark(r->job, &o->marks[r - o->run->runs], err);
}

static bool publish(struct one *o, struct err *err)
{
    size_t n = o->run->set->n;
    struct target **targets = arena_calloc(o->run->arena, sizeof(struct target *) * n);
    double start = clock_now();
    bool swapped = false;
    o->marks = arena_calloc(o->run->arena, sizeof(*o->marks) * n);
    if (!each(o, mark))
        return true; /* whose failure it was, that one knows */
    for (size_t i = 0; i < n; i++)
        targets[i] = o->run->runs[i].job->target;
    const struct driver *d = o->run->set->members[0].target.driver;
    bool ok = d->target->publish_all(targets, o->marks, n, &swapped, err);
    for (size_t i = 0; swapped && i < n; i++) {
        struct member_run *r = &o->run->runs[i];
        r->member->result.seconds_publish = clock_now() - start;
        copy_sum(r->job, &r->member->result);
        set_done(r);
    }
    return ok;
}

/* ---- the end ------------------------------------------------------------------------------- */

struct ending {
    const struct err *why; /* all of them failed, and no one more than the others; or NULL */
    bool loaded;           /* none failed */
};

static bool end(struct member_run *r, void *ctx)
{
    const struct ending *e = ctx;
    struct sync_member *m = r->member;
    struct err ignored = ERR_INIT;
    if (!r->job)
        return true;
    if (m->state == SYNC_NOT_BEGUN) {
        m->state = r->job->data_done && e->loaded ? SYNC_NOT_SWAPPED : SYNC_NOT_BEGUN;
        resume_failed(r->job, &ignored);
    }
    set_end(r, r->job, m->state == SYNC_FAILED ? &m->err : m->state == SYNC_DONE ? NULL : e->why);
    r->job = NULL;
    return true;
}

static void end_all(struct one *o, const struct err *why)
{
    struct ending e = {why, true};
    for (size_t i = 0; i < o->run->set->n; i++)
        e.loaded &= o->run->runs[i].member->state != SYNC_FAILED;
    close_source(o);
    set_lanes_run(o->run, true, end, &e);
    set_names_release(&o->names);
}

/* Whose failure it was, that one knows; but *ret_known false: err says what is wrong with all. */
static bool load_all(struct one *o, bool *ret_known, struct err *err)
{
    static const struct set_last last = {make_step, step_failed};
    *ret_known = true;
    if (!each(o, read))
        return false;
    learn(o);
    *ret_known = look_outside(o, err);
    if (!*ret_known || !each(o, plan))
        return false;
    *ret_known = check_disk(o, err);
    if (!*ret_known || !load_large(o) || !each(o, load))
        return false;
    close_source(o);
    return keys(o) && set_last_make(o->run, &last) && each(o, prove) && each(o, settle);
}

bool set_one_run(struct set_run *run, struct err *err)
{
    struct one o = {.run = run, .names = {.names = VEC_INIT(struct set_name)}};
    bool ok = open_source(&o, err), known = true;
    if (ok && !run->set->members[0].target.driver->live)
        ok = !each(&o, whole) || set_check_fits(run, err);
    else if (ok && load_all(&o, &known, err))
        ok = set_check_fits(run, err) && publish(&o, err);
    ok = ok && known;
    end_all(&o, ok ? NULL : err);
    return ok;
}
