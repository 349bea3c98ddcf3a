#include "set.h"

#include <string.h>

/*
 * Databases of one server that belong together (MySQL and MariaDB): they are read in one snapshot,
 * each is loaded into a shadow of its own, and one statement swaps them all. Stage by stage, each
 * of all of them: only when all tables are there can views and foreign keys name them.
 */
struct one {
    struct set_run *run;
    struct lent lent;
    struct set_names names;
    struct session *shared;
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

static bool open_source(struct one *o, struct err *err)
{
    struct set_run *run = o->run;
    const struct endpoint *at = &run->set->members[0].source;
    const struct driver *d = at->driver;
    struct source_options options = {.jobs = run->opt->schema_jobs};
    unsigned n = run->opt->jobs ? run->opt->jobs : 1;
    if (!d->source->enter)
        return true; /* archives: each is its own state */
    o->lent.sessions = arena_calloc(run->arena, sizeof(struct session *) * n);
    for (; o->lent.n < n; o->lent.n++)
        if (!d->source->open(at, DRIVER_SOURCE, &options, &o->lent.sessions[o->lent.n], err))
            return false;
    if (!d->source->snapshot(o->lent.sessions, n, run->arena, &o->lent.snapshot, err))
        return err_context(err, "%s", at->label);
    for (; o->lent.snapshot.usable && o->lent.n > o->lent.snapshot.usable; o->lent.n--)
        d->source->close(o->lent.sessions[o->lent.n - 1]);
    o->lent.snapshot.note = NULL; /* that is of one database */
    return true;
}

static void close_source(struct one *o)
{
    for (unsigned i = 0; i < o->lent.n; i++)
        o->run->set->members[0].source.driver->source->close(o->lent.sessions[i]);
    o->lent.n = 0;
}

/* ---- stages -------------------------------------------------------------------------------- */

static bool read(struct one *o, struct member_run *r, struct err *err)
{
    struct sync_member *m = r->member;
    set_options(r);
    r->opt.jobs = o->run->opt->jobs;
    r->job = job_new(&m->source, &m->target, &r->opt, &r->arena);
    r->job->target_options.shared = &o->shared;
    if (o->lent.n) {
        r->job->lent = &o->lent;
        r->job->lent_name = m->name;
        budget_snapshot_taken(r->job);
    }
    return copy_read(r->job, err);
}

static bool learn(struct one *o, struct member_run *r, struct err *err)
{
    struct job *j = r->job;
    (void)err;
    set_names_add(&o->names, r->member->name, r->member->other,
                  j->target_at->driver->target->shadow_name(j->target), &j->model);
    return true;
}

static bool rename_in(struct one *o, struct member_run *r, struct err *err)
{
    return set_names_model(&o->names, SET_SOURCE, SET_TARGET, &r->job->model, err);
}

static bool plan(struct one *o, struct member_run *r, struct err *err)
{
    if (!copy_enter(r->job, err) || !copy_plan(r->job, err))
        return false;
    set_names_plan(&o->names, &r->job->plan, r->job->arena);
    r->job->names = &o->names;
    return true;
}

static bool load(struct one *o, struct member_run *r, struct err *err)
{
    struct job *j = r->job;
    (void)o;
    bool ok = copy_enter(j, err) && copy_rows(j, &r->member->result, err);
    work_close_sessions(j);
    budget_rest(j);
    return ok;
}

static bool keys(struct one *o, struct member_run *r, struct err *err)
{
    struct job *j = r->job;
    (void)o;
    if (!work_open_sessions(j, err))
        return false;
    for (size_t i = 0; i < j->plan.steps.len; i++) {
        const struct step *s = &VEC_AT(&j->plan.steps, struct step, i);
        if (s->phase == PHASE_COUNT && !copy_step(j, s, err))
            return false;
    }
    work_close_sessions(j);
    return true;
}

static bool finish(struct one *o, struct member_run *r, struct err *err)
{
    (void)o;
    return work_open_sessions(r->job, err) && copy_finish(r->job, &r->member->result, err);
}

/* Into a file: what the files are together, whoever writes them knows. */
static bool whole(struct one *o, struct member_run *r, struct err *err)
{
    if (!read(o, r, err) || !copy_enter(r->job, err) || !copy_plan(r->job, err) ||
        !load(o, r, err) || !copy_publish(r->job, &r->member->result, err))
        return false;
    set_done(r);
    set_end(r, r->job, NULL);
    r->job = NULL;
    return true;
}

static bool each(struct one *o, stage_fn *stage)
{
    for (size_t i = 0; i < o->run->set->n; i++) {
        struct member_run *r = &o->run->runs[i];
        if (!stage(o, r, &r->member->err)) {
            set_fail(r, r->job);
            return false;
        }
    }
    return true;
}

/* ---- what is made last: in rounds, because views may name each other in any order ---------- */

struct last {
    struct vec open; /* size_t: places in the plan's steps */
};

/* Settings for a statement that comes behind them: made again with it. */
static bool is_setting(const struct step *s)
{
    return str_starts(s->sql, "SET ") || str_starts(s->sql, "ALTER DATABASE ");
}

static void list_last(const struct job *j, struct vec *ret)
{
    for (size_t i = 0; i < j->plan.steps.len; i++)
        if (VEC_AT(&j->plan.steps, struct step, i).phase == PHASE_FINAL)
            VEC_PUSH(ret, size_t, i);
}

static bool may_wait(const struct err *why)
{
    return why->cls != ERR_INTERRUPTED && why->cls != ERR_CONNECTION && !log_cancelled();
}

/* Whatever fails waits for the next round, with the settings around it. */
static bool round_of(struct member_run *r, struct vec *open, size_t *ret_made, struct err *first)
{
    struct job *j = r->job;
    struct vec still = VEC_INIT(size_t);
    size_t settings = 0; /* in a row, just before */
    bool failed = false, ok = true;
    for (size_t i = 0; ok && i < open->len; i++) {
        size_t at = VEC_AT(open, size_t, i);
        const struct step *s = &VEC_AT(&j->plan.steps, struct step, at);
        struct err why = ERR_INIT;
        bool setting = is_setting(s), made = copy_step(j, s, &why);
        if (!made && (setting || !may_wait(&why) || !s->object || s->object->kind->id != K_VIEW)) {
            *first = why;
            ok = false;
        } else if (!made) {
            for (size_t k = settings; !failed && k > 0; k--)
                VEC_PUSH(&still, size_t, VEC_AT(open, size_t, i - k));
            VEC_PUSH(&still, size_t, at);
            if (!err_is_set(first))
                *first = why;
        } else if (setting && failed) {
            VEC_PUSH(&still, size_t, at);
        }
        *ret_made += made && !setting;
        settings = setting ? settings + 1 : 0;
        failed = setting ? failed : !made;
    }
    vec_release(open);
    *open = still;
    return ok;
}

static bool make_last(struct one *o)
{
    size_t n = o->run->set->n, made = 1, left = 1;
    struct last *last = arena_calloc(o->run->arena, sizeof(*last) * n);
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        vec_init(&last[i].open, sizeof(size_t));
        list_last(o->run->runs[i].job, &last[i].open);
    }
    while (ok && left && made) {
        made = left = 0;
        for (size_t i = 0; ok && i < n; i++) {
            struct sync_member *m = o->run->runs[i].member;
            err_clear(&m->err);
            ok = round_of(&o->run->runs[i], &last[i].open, &made, &m->err);
            left += last[i].open.len;
        }
    }
    for (size_t i = 0; i < n; i++) {
        struct sync_member *m = o->run->runs[i].member;
        if (err_is_set(&m->err))
            m->state = SYNC_FAILED;
        vec_release(&last[i].open);
    }
    return ok && !left;
}

/* ---- what is not in the set ---------------------------------------------------------------- */

static bool names_of(const struct endpoint *e, struct arena *a, struct vec *ret, struct err *err)
{
    const char *hidden = NULL;
    return !e->driver->live || e->driver->source->databases(e, a, ret, &hidden, err);
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

/* ---- the swap ------------------------------------------------------------------------------ */

static bool publish(struct one *o, struct err *err)
{
    size_t n = o->run->set->n;
    struct mark *marks = arena_calloc(o->run->arena, sizeof(*marks) * n);
    struct target **targets = arena_calloc(o->run->arena, sizeof(struct target *) * n);
    double start = clock_now();
    bool swapped = false;
    for (size_t i = 0; i < n; i++) {
        struct member_run *r = &o->run->runs[i];
        targets[i] = r->job->target;
        if (!copy_mark(r->job, &marks[i], err))
            return false;
    }
    const struct driver *d = o->run->set->members[0].target.driver;
    bool ok = d->target->publish_all(targets, marks, n, &swapped, err);
    for (size_t i = 0; swapped && i < n; i++) {
        struct member_run *r = &o->run->runs[i];
        r->member->result.seconds_publish = clock_now() - start;
        copy_sum(r->job, &r->member->result);
        set_done(r);
    }
    return ok;
}

/* why: all of them failed, and no one more than the others; or NULL. */
static void end_all(struct one *o, const struct err *why)
{
    bool loaded = true;
    for (size_t i = 0; i < o->run->set->n; i++)
        loaded &= o->run->runs[i].member->state != SYNC_FAILED;
    for (size_t i = 0; i < o->run->set->n; i++) {
        struct member_run *r = &o->run->runs[i];
        if (r->job && r->member->state == SYNC_NOT_BEGUN)
            r->member->state = r->job->data_done && loaded ? SYNC_NOT_SWAPPED : SYNC_NOT_BEGUN;
        if (r->job && r->member->state == SYNC_FAILED)
            set_end(r, r->job, &r->member->err);
        else if (r->job)
            set_end(r, r->job, r->member->state == SYNC_DONE ? NULL : why);
        r->job = NULL;
    }
    close_source(o);
    if (o->shared)
        o->run->set->members[0].target.driver->source->close(o->shared);
    set_names_release(&o->names);
}

bool set_one_run(struct set_run *run, struct err *err)
{
    struct one o = {.run = run, .names = {VEC_INIT(struct set_name), false}};
    if (run->opt->resume) {
        err_set(err, ERR_USAGE,
                "--resume cannot be combined with several databases in one snapshot");
        return err_hint(err, "--together no copies each in a snapshot of its own");
    }
    bool known = true; /* which of them failed */
    bool ok = open_source(&o, err), file = !run->set->members[0].target.driver->live;
    if (ok && file) {
        ok = !each(&o, whole) || set_check_fits(run, err);
    } else if (ok && each(&o, read) && each(&o, learn)) {
        ok = look_outside(&o, err);
        known = ok && each(&o, rename_in) && each(&o, plan) && each(&o, load);
        close_source(&o);
        known = known && each(&o, keys) && make_last(&o) && each(&o, finish);
        ok = ok && (!known || (set_check_fits(run, err) && publish(&o, err)));
    }
    end_all(&o, ok ? NULL : err);
    return ok;
}
