#include "job.h"

#include <string.h>

static void fail_locked(struct job *j, const struct err *err)
{
    if (!err_is_set(&j->err))
        j->err = *err;
    j->stop = true;
    pthread_cond_broadcast(&j->changed);
}

/* ---- taking work: all under the lock ----------------------------------------------------- */

/* Whether every row is in: to be asked when a chunk is done, and when there are no more. */
static void look_at_end_locked(struct job *j)
{
    if (!j->source_ended || j->chunks_running || j->data_done || keep_left(j))
        return;
    j->data_done = true;
    j->data_ended = clock_now();
    for (size_t i = 0; i < j->n_tables; i++)
        j->tables[i].chunks_left = 0; /* only an archive's end says that there are no more */
    if (j->units_left)
        job_phase(j, "indexes");
}

static void end_source_locked(struct job *j)
{
    j->source_ended = true;
    look_at_end_locked(j);
}

static struct table_state *state_of(struct job *j, const struct object *table)
{
    return map_get(&j->by_table, &table, sizeof(table));
}

/* 1 and a chunk, 0 when there is none left, -1 on error. Gives the lock up while it reads. */
static int take_source_chunk(struct worker *w, struct chunk *ret)
{
    struct job *j = w->job;
    if (j->source_ended || (!w->source && !job_from_archive(j)))
        return 0; /* or it has no part in the snapshot (snapshot_info.usable) */
    if (job_from_archive(j)) {
        j->chunks_running++; /* so that nobody takes the data for complete meanwhile */
        pthread_mutex_unlock(&j->lock);
        int got = j->source->driver->source->next_chunk(j->first, ret, &w->err);
        pthread_mutex_lock(&j->lock);
        if (got == 1)
            return 1;
        j->chunks_running--;
        if (got == 0)
            end_source_locked(j);
        return got;
    }
    if (j->next_chunk == j->chunks.len) {
        end_source_locked(j);
        return 0;
    }
    *ret = VEC_AT(&j->chunks, struct chunk, j->next_chunk++);
    j->chunks_running++;
    return 1;
}

static void give_up_source_locked(struct worker *w);

/* What the target keeps comes last: so it is held for no longer than it must. */
static int take_chunk(struct worker *w, struct chunk *ret)
{
    struct job *j = w->job;
    int got = take_source_chunk(w, ret);
    if (got || w != &j->workers[0] || !keep_left(j))
        return got;
    give_up_source_locked(w);
    while (keep_waits_locked(j))
        pthread_cond_wait(&j->changed, &j->lock);
    if (j->stop || !keep_next_locked(j, ret))
        return 0;
    j->chunks_running++;
    return 1;
}

/* ---- doing it: without the lock ---------------------------------------------------------- */

/*
 * A chunk out of an archive knows its table and the order of its columns; how they are stored is
 * for the target's driver to say.
 */
static bool adopt_projection(struct worker *w, struct chunk *c, struct err *err)
{
    struct job *j = w->job;
    const struct object *table = c->projection->table;
    pthread_mutex_lock(&j->lock);
    struct table_state *t = state_of(j, table);
    struct projection *p = t ? t->target_projection : NULL;
    bool ok = true;
    if (t && !p) {
        p = arena_new(j->arena, struct projection);
        ok = j->target_at->driver->source->project(w->target, table, false, j->arena, p, err);
        if (ok)
            t->target_projection = p;
    }
    pthread_mutex_unlock(&j->lock);
    if (!ok)
        return false;
    if (!t)
        return err_set(err, ERR_CORRUPT,
                       "the archive holds rows of a table that is not in its model");
    if (p->n_columns != c->projection->n_columns)
        return err_set(err, ERR_CORRUPT,
                       "the archive's rows of %s do not have the columns of its model",
                       table->name);
    for (uint32_t i = 0; i < p->n_columns; i++)
        if (p->columns[i].column != c->projection->columns[i].column)
            return err_set(err, ERR_CORRUPT,
                           "the archive's rows of %s have their columns in another order",
                           table->name);
    c->projection = p;
    return true;
}

/* A load, and what is known once it was read to its end. */
struct passing {
    struct resume_note note; /* first */
    const struct driver *from;
    struct session *source;
    uint64_t read;
    bool native;
};

static bool all_came(struct resume_note *n, uint64_t written, struct err *err)
{
    struct passing *p = (struct passing *)(void *)n;
    uint64_t read = p->native ? p->from->source->scanned(p->source) : p->read;
    return read == written || err_set(err, ERR_RUNTIME, "%llu rows were read but %llu were written",
                                      (unsigned long long)read, (unsigned long long)written);
}

static bool load_once(struct worker *w, struct chunk *c, struct table_state *t, uint64_t *ret_rows,
                      struct digest_sum *ret_sum, struct err *err)
{
    struct job *j = w->job;
    struct passing p = {.note = {.all_came = all_came, .sum = ret_sum},
                        .from = j->source->driver,
                        .source = job_from_archive(j) ? j->first : w->source,
                        .native = c->native};
    struct arena a = {.block_size = 512};
    uint64_t written = 0, none = 0;
    struct reader *r = NULL;
    if (keep_is_kept(j, c->projection->table)) {
        p.from = j->target_at->driver;
        if (!keep_session(j, c->projection->table, &p.source, err) ||
            !keep_bring(j, w->target, err))
            return false;
    } else if (job_from_archive(j) && j->target_at->driver->live && !adopt_projection(w, c, err)) {
        return false;
    }
    if (!p.from->source->scan(p.source, c, &r, err))
        return false;
    if (!keep_is_kept(j, c->projection->table))
        r = masking_rows(r, j->mask, c->projection, j->opt->mask_key, j->model.flavor);
    r = budget_pace(j, r);
    r = reader_meter(r, j->opt->progress ? &j->opt->progress->bytes : &none);
    r = reader_meter(r, &p.note.bytes);
    r = reader_meter(r, &t->shown->bytes);
    if (!c->native)
        r = rows_counter(check_passing(j, r, ret_sum), &p.read);
    if (resume_notes_chunk(j, c, &p.note, &a))
        c->note = &p.note.base;
    bool ok = j->target_at->driver->target->load(w->target, c, r, &written, err);
    c->note = NULL;
    reader_close(r);
    ok = ok && all_came(&p.note, written, err);
    if (!ok && j->opt->progress)
        __atomic_sub_fetch(&j->opt->progress->bytes, p.note.bytes, __ATOMIC_RELAXED);
    if (!ok)
        __atomic_sub_fetch(&t->shown->bytes, p.note.bytes, __ATOMIC_RELAXED);
    *ret_rows = written;
    arena_release(&a);
    return ok;
}

static bool load_chunk(struct worker *w, struct chunk *c, struct table_state *t, uint64_t *ret_rows,
                       struct digest_sum *ret_sum, struct err *err)
{
    bool ok = load_once(w, c, t, ret_rows, ret_sum, err);
    while (!ok && again_load(w->job, w->target, c->projection->table, &t->named, err)) {
        *ret_sum = (struct digest_sum){0};
        ok = load_once(w, c, t, ret_rows, ret_sum, err);
    }
    return ok;
}

static void chunk_done_locked(struct job *j, struct table_state *t, uint64_t rows,
                              struct hash128 sum)
{
    t->rows += rows;
    hash_add(&t->sum.sum, sum);
    j->rows += rows;
    tell_chunk_done(t, rows);
    j->chunks_running--;
    if (j->opt->progress)
        __atomic_add_fetch(&j->opt->progress->rows, rows, __ATOMIC_RELAXED);
    if (!job_from_archive(j) && --t->chunks_left == 0 && j->opt->progress)
        __atomic_add_fetch(&j->opt->progress->tables_done, 1, __ATOMIC_RELAXED);
    look_at_end_locked(j);
}

static void run_chunk(struct worker *w, struct chunk *c)
{
    struct job *j = w->job;
    uint64_t rows = 0;
    struct digest_sum sum = {0};
    w->copying = true;
    pthread_mutex_unlock(&j->lock);
    struct table_state *t = state_of(j, c->projection->table);
    bool wanted = t != NULL;
    if (wanted)
        tell_chunk_begins(t);
    bool ok =
        !wanted || resume_skips(j, c, &rows, &sum.sum) || load_chunk(w, c, t, &rows, &sum, &w->err);
    if (!ok) {
        struct buf path = BUF_INIT;
        if (j->mask)
            masking_hush(&j->model, &w->err);
        model_path(c->projection->table, &path);
        err_context(&w->err, "while copying %s%s%s", path.data, c->range ? ", " : "",
                    c->range ? c->range : "");
        buf_release(&path);
    }
    chunk_release(c);
    pthread_mutex_lock(&j->lock);
    w->copying = false;
    if (!ok) {
        j->chunks_running--;
        fail_locked(j, &w->err);
        return;
    }
    if (wanted)
        chunk_done_locked(j, t, rows, sum.sum);
    else if (--j->chunks_running == 0)
        look_at_end_locked(j);
    pthread_cond_broadcast(&j->changed);
}

/* Of no rows there is nothing to learn. */
static bool analyze(struct worker *w, const struct object *table, struct err *err)
{
    const struct table_state *t = state_of(w->job, table);
    return (t && !t->rows) || again_analyze(w->job, w->target, table, err);
}

/* Whoever builds the last index may have the help that the others could be. */
static bool build_with_help(struct worker *w, struct unit *u, struct err *err)
{
    struct job *j = w->job;
    const struct driver *d = j->target_at->driver;
    bool helped = u->last_build && j->n_workers > 1 && d->target->helpers;
    return (!helped || d->target->helpers(w->target, j->n_workers - 1, err)) &&
           again_exec(j, w->target, u->step, err) &&
           (!helped || d->target->helpers(w->target, 0, err));
}

static void run_unit(struct worker *w, struct unit *u)
{
    struct job *j = w->job;
    w->running = u;
    pthread_mutex_unlock(&j->lock);
    bool ok = u->step    ? build_with_help(w, u, &w->err)
              : u->check ? check_table(w, u->check, &w->err)
                         : analyze(w, u->analyze, &w->err);
    ok = ok || (u->step && orphans_leave(j, w->target, u->step, &w->err));
    if (!ok && u->step) {
        err_context(&w->err, "while creating %s", u->step->what);
        keep_explain(j, u->step, &w->err);
    }
    if (!ok && u->analyze)
        err_context(&w->err, "while analyzing %s", u->analyze->name);
    pthread_mutex_lock(&j->lock);
    if (!ok && u->check && w->err.cls == ERR_RUNTIME)
        j->resume.spoiled = true;
    w->running = NULL;
    units_done_locked(j, u);
    tell_unit_done(j, u);
    if (j->opt->progress)
        __atomic_add_fetch(&j->opt->progress->steps_done, 1, __ATOMIC_RELAXED);
    if (!ok)
        fail_locked(j, &w->err);
    pthread_cond_broadcast(&j->changed);
}

/* The source's snapshot is given up as soon as this worker has nothing more to read from it. */
static void give_up_source_locked(struct worker *w)
{
    struct job *j = w->job;
    if (!w->source || job_from_archive(j))
        return;
    struct session *s = w->source;
    w->source = NULL;
    if (j->first == s)
        j->first = NULL;
    if (!j->lent)
        j->source->driver->source->close(s);
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct job *j = w->job;
    pthread_mutex_lock(&j->lock);
    while (!j->stop) {
        struct chunk c = {0};
        int got = take_chunk(w, &c);
        if (got < 0) {
            fail_locked(j, &w->err);
            break;
        }
        if (got == 1) {
            run_chunk(w, &c);
            continue;
        }
        give_up_source_locked(w);
        struct unit *u = units_take_locked(j);
        if (u) {
            run_unit(w, u);
            continue;
        }
        if (j->units_left == 0 && j->chunks_running == 0)
            break;
        pthread_cond_wait(&j->changed, &j->lock);
    }
    pthread_cond_broadcast(&j->changed);
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

/* ---- the supervisor ---------------------------------------------------------------------- */

static void cancel_all_locked(struct job *j)
{
    for (unsigned i = 0; i < j->n_workers; i++) {
        struct worker *w = &j->workers[i];
        if (!w->copying && !w->running)
            continue;
        if (w->source && j->source->driver->live)
            j->source->driver->source->cancel(w->source);
        if (w->target && j->target_at->driver->live)
            j->target_at->driver->source->cancel(w->target);
    }
}

static bool anybody_busy(const struct job *j)
{
    for (unsigned i = 0; i < j->n_workers; i++)
        if (j->workers[i].copying || j->workers[i].running)
            return true;
    return j->chunks_running > 0;
}

/* Waits for the workers, and makes them stop on a signal or on the first error. */
static void supervise(struct job *j)
{
    pthread_mutex_lock(&j->lock);
    while (anybody_busy(j) || (!j->stop && !(j->source_ended && j->units_left == 0))) {
        sync_wait(&j->changed, &j->lock);
        if (log_cancelled()) {
            j->stop = true;
            pthread_cond_broadcast(&j->changed);
        }
        if (j->stop)
            cancel_all_locked(j);
    }
    pthread_mutex_unlock(&j->lock);
}

bool work_run(struct job *j, bool with_chunks, struct err *err)
{
    j->units_left = j->units.len;
    if (!with_chunks)
        j->source_ended = j->data_done = true;
    for (unsigned i = 0; i < j->n_workers; i++) {
        struct worker *w = &j->workers[i];
        int e = pthread_create(&w->thread, NULL, worker_main, w);
        w->started = e == 0;
        if (e) {
            struct err failed = ERR_INIT;
            err_set(&failed, ERR_RUNTIME, "cannot start a worker thread: %s", strerror(e));
            pthread_mutex_lock(&j->lock);
            fail_locked(j, &failed);
            pthread_mutex_unlock(&j->lock);
        }
    }
    supervise(j);
    for (unsigned i = 0; i < j->n_workers; i++)
        if (j->workers[i].started)
            pthread_join(j->workers[i].thread, NULL);
    if (log_cancelled())
        return err_set(err, ERR_INTERRUPTED, "interrupted; the target is as it was");
    if (err_is_set(&j->err)) {
        *err = j->err;
        return false;
    }
    return true;
}

/* ---- sessions ---------------------------------------------------------------------------- */

bool work_open_sessions(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    for (unsigned i = 0; i < j->n_workers; i++) {
        struct worker *w = &j->workers[i];
        if (!d->target->session(j->target, &w->target, err))
            return false;
    }
    return true;
}

void work_close_sessions(struct job *j)
{
    for (unsigned i = 0; i < j->n_workers; i++) {
        struct worker *w = &j->workers[i];
        if (w->source && w->source != j->first && !j->lent)
            j->source->driver->source->close(w->source);
        w->source = NULL;
        if (w->target)
            j->target_at->driver->source->close(w->target);
        w->target = NULL;
    }
    if (j->first && !j->lent)
        j->source->driver->source->close(j->first);
    j->first = NULL;
}
