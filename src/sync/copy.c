#include "subset.h"

#include <dbtwin/engine.h>

#include <stdlib.h>
#include <string.h>

/* ---- the source -------------------------------------------------------------------------- */

/* Of sessions that are lent: this job's database from here on. */
bool copy_enter(struct job *j, struct err *err)
{
    const struct driver *d = j->source->driver;
    for (unsigned i = 0; j->lent && i < j->lent->n && i < j->n_workers; i++) {
        if (!d->source->enter(j->lent->sessions[i], j->lent_name, j->arena,
                              i ? NULL : &j->snapshot.note, err))
            return err_context(err, "while entering database \"%s\"", j->lent_name);
        j->workers[i].source = j->lent->sessions[i];
    }
    if (j->lent)
        j->first = j->lent->sessions[0];
    return true;
}

static bool open_source(struct job *j, struct err *err)
{
    const struct driver *d = j->source->driver;
    if (j->lent) {
        j->snapshot = j->lent->snapshot;
        return copy_enter(j, err) && d->source->facts(j->first, j->arena, &j->source_facts, err);
    }
    if (!d->source->open(j->source, DRIVER_SOURCE, &j->source_options, &j->first, err))
        return false;
    if (!job_from_archive(j))
        j->workers[0].source = j->first;
    return d->source->facts(j->first, j->arena, &j->source_facts, err);
}

/* Sessions that the server could not bring into the snapshot must not be read from. */
static void drop_unusable(struct job *j)
{
    if (!j->snapshot.usable || job_from_archive(j))
        return;
    for (unsigned i = j->snapshot.usable; i < j->n_workers; i++) {
        j->source->driver->source->close(j->workers[i].source);
        j->workers[i].source = NULL;
    }
}

/* A snapshot keeps production's names, whoever restores it. */
bool job_map(struct job *j, struct err *err)
{
    const struct namemap *map = j->opt->map;
    if (!map || !j->target_at->driver->live)
        return true;
    return namemap_apply(map, NAMEMAP_COPIED, &j->model, err);
}

static bool take_snapshot(struct job *j, struct err *err)
{
    const struct driver *d = j->source->driver;
    if (j->lent)
        return true;
    struct session **s = arena_alloc(j->arena, sizeof(*s) * j->n_workers);
    unsigned n = job_from_archive(j) ? 1 : j->n_workers;
    s[0] = j->first;
    for (unsigned i = 1; i < n; i++) {
        if (!d->source->open(j->source, DRIVER_SOURCE, &j->source_options, &s[i], err))
            return false;
        j->workers[i].source = s[i];
    }
    job_phase(j, "snapshot");
    if (!d->source->snapshot(s, n, j->arena, &j->snapshot, err))
        return false;
    budget_snapshot_taken(j);
    drop_unusable(j);
    return true;
}

static bool read_source(struct job *j, struct err *err)
{
    const struct driver *d = j->source->driver;
    if (!take_snapshot(j, err))
        return false;
    if (j->snapshot.note)
        job_event(j, LOG_WARN, "%s", j->snapshot.note);
    job_phase(j, "schema");
    if (!d->source->introspect(j->first, &j->model, err))
        return err_context(err, "while reading the schema of %s", j->source->label);
    plan_prove(&j->model);
    if (!masking_begin(j, err))
        return false;
    j->model.label = intern_str(&j->model.strings, j->source->label);
    return job_map(j, err) && !budget_stops(j, err);
}

/* NULL where the target could not be asked. */
static bool read_tablespaces(struct job *j, const char *const **ret, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    struct vec says = VEC_INIT(struct answer);
    bool wanted = false, known = true;
    for (uint32_t i = 0; i < j->model.n_objects; i++)
        wanted |= j->model.objects[i]->kind->id == K_TABLE &&
                  model_get(j->model.objects[i], P_TABLE_TABLESPACE);
    if (!wanted || !engine_of(j->model.flavor)->general_tablespaces || !d->live)
        return true;
    bool ok = d->target->ask(j->target, "tablespace", j->arena, &says, err);
    const char **names = arena_calloc(j->arena, (says.len + 1) * sizeof *names);
    for (size_t i = 0; ok && i < says.len; i++) {
        names[i] = VEC_AT(&says, struct answer, i).name;
        known &= names[i] != NULL;
    }
    *ret = ok && known ? names : NULL;
    vec_release(&says);
    return ok;
}

bool job_plan(struct job *j, struct err *err)
{
    struct plan_options o = {.without = j->opt->without,
                             .leave_broken = j->opt->leave_broken,
                             .owners = j->opt->owners,
                             .grants = j->opt->grants || j->keep.grants,
                             /* A snapshot has all; whoever restores it decides. */
                             .acting = j->target_at->driver->live ? j->opt->acting : ~0u,
                             .map = j->target_at->driver->live ? j->opt->map : NULL,
                             .target_flavor = j->model.flavor,
                             .target_version = j->model.version};
    const struct driver *d = j->target_at->driver;
    if (d->flavors && !(d->flavors & j->model.flavor)) {
        err_set(err, ERR_USAGE, "%s is not a database that the schema of %s can be loaded into",
                j->target_at->label, j->source->label);
        return err_hint(err,
                        "PostgreSQL is copied to PostgreSQL, MySQL or MariaDB to MySQL or MariaDB");
    }
    if (d->live) {
        struct server_facts f;
        if (!d->target->server(j->target, j->arena, &f, err))
            return false;
        documents_target(j, &f);
        o.target_flavor = f.flavor;
        o.target_version = f.version;
        o.lower_names = f.lower_names;
        if (!read_tablespaces(j, &o.tablespaces, err))
            return false;
        o.target_database = f.database;
        j->native = d == j->source->driver && f.version / 10000 >= j->model.version / 10000 &&
                    j->opt->verify != SYNC_VERIFY_FULL; /* which compares texts */
    }
    return plan_create(&j->plan, &j->model, &o, err) && rename_fits(j, err);
}

static bool is_left_out(void *ctx, const struct object *o)
{
    return plan_leaves_out(ctx, o);
}

/* A file has no mark that says what was left out: it does not have that, and is planned so. */
static bool leave_out_of_file(struct job *j, struct err *err)
{
    bool any = false;
    for (size_t i = 0; i < j->plan.left_out.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&j->plan.left_out, struct plan_refusal, i);
        any |= r->object && r->without < 0;
    }
    if (j->target_at->driver->live || !any)
        return true;
    if (!model_prune(&j->model, is_left_out, &j->plan, err))
        return false;
    plan_release(&j->plan);
    return job_plan(j, err);
}

static bool make_plan(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    if (!job_plan(j, err) || !safety_check_plan(j, err) || !collations_check(j, err) ||
        !previous_fits(j, err) || !safety_check_roles(j, err) || !disk_check(j, err) ||
        (d->target->fits && !d->target->fits(j->target, &j->model, err)))
        return false;
    locks_tell(j);
    documents_tell(j);
    neutralise_tell(j);
    return leave_out_of_file(j, err);
}

/* ---- steps ------------------------------------------------------------------------------- */

static void count_done(struct job *j, size_t n)
{
    if (j->opt->progress)
        __atomic_add_fetch(&j->opt->progress->steps_done, n, __ATOMIC_RELAXED);
}

bool copy_step(struct job *j, const struct step *s, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    bool defer = s->phase == PHASE_FINAL && d->target->defer, own = false;
    if (budget_stops(j, err))
        return false;
    budget_alone(j, defer ? NULL : j->workers[0].target);
    bool ok = defer ? d->target->defer(j->target, s->sql, s->meanwhile, &own, err)
                    : again_exec(j, j->workers[0].target, s, err);
    budget_alone(j, NULL);
    if (!ok) {
        if (budget_stops(j, err))
            return false;
        return err_context(err, "while creating %s", s->what);
    }
    if (own)
        neutralise_definer(j, s->object);
    count_done(j, 1);
    if (s->phase == PHASE_FINAL)
        tell_final_done(j);
    return true;
}

static bool run_in_order(struct job *j, enum plan_phase phase, struct err *err)
{
    for (size_t i = 0; i < j->plan.steps.len; i++) {
        const struct step *s = &VEC_AT(&j->plan.steps, struct step, i);
        if (s->phase != phase)
            continue;
        /* Nothing that acts comes before what is filled. */
        if ((!s->fills && !again_fill(j, copy_step, err)) ||
            (!copy_step(j, s, err) && !again_postpone(j, s, err)))
            return false;
    }
    return again_fill(j, copy_step, err);
}

enum { BATCH_STEPS = 100 };

/* Steps sent together and in one transaction. Where that fails nothing was done, and one by one
 * they go or say why not (some cannot be in a transaction with others). */
static bool run_batch(struct job *j, const struct step *const *steps, size_t n, struct err *err)
{
    const char *sql[BATCH_STEPS];
    struct err why = ERR_INIT;
    if (budget_stops(j, err))
        return false;
    for (size_t i = 0; i < n; i++)
        sql[i] = steps[i]->sql;
    budget_alone(j, j->workers[0].target);
    bool ok = n > 1 && j->target_at->driver->target->exec_batch(j->workers[0].target, sql, n, &why);
    budget_alone(j, NULL);
    if (ok)
        count_done(j, n);
    for (size_t i = 0; !ok && i < n; i++)
        if (!copy_step(j, steps[i], err))
            return false;
    return true;
}

/* Nothing of it is noted before all of it is there (resume_begin). */
static bool make_tables(struct job *j, struct err *err)
{
    const struct step *batch[BATCH_STEPS];
    size_t n = 0;
    if (!j->target_at->driver->target->exec_batch || job_strategy(j)->one_transaction)
        return run_in_order(j, PHASE_PRE, err);
    for (size_t i = 0; i < j->plan.steps.len; i++) {
        const struct step *s = &VEC_AT(&j->plan.steps, struct step, i);
        if (s->phase != PHASE_PRE)
            continue;
        batch[n++] = s;
        if (n == BATCH_STEPS && !run_batch(j, batch, n, err))
            return false;
        n = n == BATCH_STEPS ? 0 : n;
    }
    return !n || run_batch(j, batch, n, err);
}

/* ---- the whole --------------------------------------------------------------------------- */

static bool load_rows(struct job *j, struct sync_result *r, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    if (d->live) {
        job_phase(j, "schema");
        if ((!j->resume.taken && !make_tables(j, err)) || !resume_begin(j, err))
            return false;
    }
    job_phase(j, "data");
    double start = clock_now();
    j->data_ended = start;
    if (d->live) {
        units_list(j);
        tell_begin(j);
    }
    if (!work_run(j, true, err))
        return false;
    if (j->source->driver->source->done && !j->source->driver->source->done(j->first, err))
        return false;
    r->seconds_data = j->data_ended - start;
    return !d->live || (keep_check_keys(j, err) && masking_loaded(j, err));
}

static bool analyze_last(struct job *j, struct sync_result *r, struct err *err)
{
    neutralise_tell_definers(j);
    units_list_last(j);
    tell_more_units(j);
    if (j->units.len) {
        job_phase(j, "analyze");
        if (!work_run(j, false, err))
            return false;
    }
    r->seconds_index = clock_now() - j->data_ended;
    return true;
}

static bool make_last(struct job *j, struct sync_result *r, struct err *err)
{
    if (!j->target_at->driver->live)
        return true;
    job_phase(j, "final");
    return run_in_order(j, PHASE_FINAL, err) && analyze_last(j, r, err);
}

/* Behind the check, because what the user changes here is no fault of the copy. */
static bool run_after(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    for (size_t i = 0; j->opt->after && j->opt->after[i]; i++) {
        job_event(j, LOG_DEBUG, "after: %s", j->opt->after[i]);
        budget_alone(j, j->workers[0].target);
        bool ok = d->target->exec_after(j->workers[0].target, j->opt->after[i], err);
        budget_alone(j, NULL);
        if (!ok && budget_stops(j, err))
            return false;
        if (!ok)
            return err_context(err, "while running --after \"%.80s\" (the target is as it was)",
                               j->opt->after[i]);
    }
    return true;
}

static bool prove(struct job *j, struct sync_result *r, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    double t = clock_now();
    job_phase(j, "check");
    if (d->live && !built_prove(j, j->workers[0].target, err)) {
        j->resume.spoiled = err->cls != ERR_CONNECTION && err->cls != ERR_INTERRUPTED;
        return false;
    }
    r->seconds_check = clock_now() - t;
    return true;
}

bool copy_settle(struct job *j, struct err *err)
{
    if (!resume_forget(j, err) || !rename_schemas(j, err) || !run_after(j, err) ||
        !keep_positions_late(j, err))
        return false;
    work_close_sessions(j);
    return true;
}

void copy_sum(const struct job *j, struct sync_result *r)
{
    r->tables = j->n_tables;
    r->rows = j->rows;
    r->bytes = j->opt->progress ? j->opt->progress->bytes : 0;
    r->seconds = clock_now() - j->budget.started;
    r->taken_at = arena_strdup(j->arena, j->snapshot.taken_at);
    r->position = arena_strdup(j->arena, j->snapshot.position);
    r->list = j->shown;
    r->n_list = j->n_tables;
    r->resumed = j->resume.taken;
    r->tables_there = j->resume.tables;
    r->rows_there = j->resume.rows;
}

bool copy_mark(struct job *j, struct mark *ret, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    job_phase(j, "publish");
    if (budget_stops(j, err) || (j->opt->keep_previous && !j->drop_kept &&
                                 !previous_programs(d, j->target, STATE_PRESENT, true, err)))
        return false;
    *ret = (struct mark){.source_label = job_source_name(j),
                         .source_id = j->source_facts.database_id,
                         .taken_at = j->snapshot.taken_at,
                         .started_at = j->started_at,
                         .neutralised = neutralise_note(j),
                         .masked = masking_note(j),
                         .part = subset_note(j),
                         .drop_kept = j->drop_kept,
                         .keep_previous = j->drop_kept ? 0 : j->opt->keep_previous,
                         .position = j->snapshot.position,
                         .bytes = j->opt->progress ? j->opt->progress->bytes : 0,
                         .version = j->opt->version,
                         .tables = j->n_tables,
                         .rows = j->rows};
    return true;
}

bool copy_publish(struct job *j, struct sync_result *r, struct err *err)
{
    double t = clock_now();
    struct mark m;
    if (!copy_mark(j, &m, err) || !j->target_at->driver->target->publish(j->target, &m, err))
        return false;
    r->seconds_publish = clock_now() - t;
    copy_sum(j, r);
    return true;
}

static bool nothing_to_copy(const struct job *j, struct err *err)
{
    if (j->opt->of_set || !model_is_empty(&j->model))
        return false;
    err_set(err, ERR_RUNTIME, "there is nothing to copy: %s holds no objects", j->source->label);
    err_hint(err, "is \"%s\" the right database? The target is as it was",
             j->model.database ? j->model.database : "");
    return true;
}

/* Before anything is read: where earlier states cannot be kept, and why. */
static bool check_previous(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    if (!j->opt->keep_previous)
        return true;
    if (d->live)
        return !job_strategy(j)->one_transaction || d->target->keeps(j->target, err);
    err_set(err, ERR_USAGE, "%s: previous states are kept of live databases only",
            j->target_at->label);
    return err_hint(err, "omit --keep-previous; --keep-daily and the like keep snapshots");
}

static bool open_target(struct job *j, struct err *err)
{
    j->target_tried = true;
    if (!j->target_at->driver->target->open(j->target_at, &j->target_options, &j->target, err) ||
        !safety_check_target(j, err))
        return false;
    j->may_tell_failure = true;
    if (!check_previous(j, err))
        return false;
    if (job_strategy(j)->one_transaction)
        j->n_workers = 1; /* others would not see what one transaction makes */
    return true;
}

static bool watch(struct job *j, struct err *err)
{
    return budget_watch(j, err) && lag_start(j, err) && yield_start(j, err);
}

bool copy_read(struct job *j, struct err *err)
{
    return safety_check_role(j, err) && (j->lent || budget_watch(j, err)) && open_source(j, err) &&
           !budget_stops(j, err) && open_target(j, err) && resume_look(j, err) &&
           disk_ask(j, err) && documents_ask(j, err) &&
           (j->lent || (lag_start(j, err) && yield_start(j, err))) && read_source(j, err) &&
           !nothing_to_copy(j, err);
}

bool copy_plan(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    if (!keep_begin(j, err) || !make_plan(j, err) || !subset_prepare(j, err) ||
        !empty_check(j, err) || !subset_choose(j, err))
        return false;
    tables_list(j);
    if (!keep_project(j, err) || (!job_from_archive(j) && !tables_split(j, err)))
        return false;
    tell_list(j);
    if (j->opt->progress && d->live)
        j->opt->progress->steps = j->plan.steps.len;
    return (!j->opt->keep_previous || previous_programs(d, j->target, STATE_PRESENT, false, err)) &&
           resume_decide(j, err);
}

bool copy_rows(struct job *j, struct sync_result *r, struct err *err)
{
    if ((j->lent && !watch(j, err)) || budget_stops(j, err) ||
        !j->target_at->driver->target->prepare(j->target, &j->model, err) ||
        !work_open_sessions(j, err))
        return false;
    tell_start(j);
    return load_rows(j, r, err);
}

bool copy_prove(struct job *j, struct sync_result *r, struct err *err)
{
    return analyze_last(j, r, err) && prove(j, r, err);
}

bool copy_load(struct job *j, struct sync_result *r, struct err *err)
{
    return copy_read(j, err) && copy_plan(j, err) && copy_rows(j, r, err) && make_last(j, r, err) &&
           prove(j, r, err) && copy_settle(j, err);
}

/* The source failed first: what has failed is to be found on the target all the same, by the rules
 * that a copy keeps there, and without a question. */
static void reach_target(struct job *j)
{
    struct sync_options quiet = *j->opt;
    const struct sync_options *opt = j->opt;
    struct err why = ERR_INIT;
    if (j->target_tried || log_cancelled() || j->target_at->role == DATABASE_ROLE_PRODUCTION)
        return;
    quiet.confirm = NULL;
    quiet.event = NULL;
    j->opt = &quiet;
    if (!open_target(j, &why))
        log_debug("%s: the failure is not in the history: %s", j->target_at->label, why.msg);
    j->opt = opt;
}

void copy_failed(struct job *j, struct err *err)
{
    if (j->mask)
        masking_hush(&j->model, err);
    resume_failed(j, err);
    reach_target(j);
}

bool sync_copy(const struct endpoint *source, const struct endpoint *target,
               const struct sync_options *opt, struct arena *a, struct sync_result *ret,
               struct err *err)
{
    struct sync_result r = {0};
    struct job *j = job_new(source, target, opt, a);
    bool ok = copy_load(j, &r, err) && copy_publish(j, &r, err);
    if (ok)
        *ret = r;
    else
        copy_failed(j, err);
    job_release(j);
    if (!ok)
        tell_failed(j, err);
    return ok;
}
