#include "job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * How far a copy is: for the display, and on the target's server for others (target_ops.tell).
 * Steps weigh what takes about as long as loading so many bytes; what an index costs beside the
 * rows is a rule of thumb, but with it the time left does not end where the rows do.
 */
enum {
    STEP_WEIGHT = 16 * 1024,
    TAIL_WEIGHT = 1024 * 1024, /* the proof and the swap, at least; */
    TAIL_SHARE = 50,           /* and one so-much-th of the rows */
    SAMPLE_WEIGHT = 64 * 1024 * 1024,
    TELL_EVERY = 2,
    REASON_MAX = 1000,
};

/* ---- weights ------------------------------------------------------------------------------- */

static uint64_t unit_weight(const struct unit *u)
{
    uint64_t bytes = u->place && u->place->data ? u->place->data->bytes : 0;
    if (u->step && u->step->lock == STEP_BUILD)
        return STEP_WEIGHT + bytes / 4;
    if (u->step && u->step->phase == PHASE_FK)
        return STEP_WEIGHT + bytes / 8;
    if (u->analyze)
        return STEP_WEIGHT + (bytes < SAMPLE_WEIGHT ? bytes : SAMPLE_WEIGHT) / 8;
    return STEP_WEIGHT + (u->check ? bytes / 8 : 0);
}

static void add(struct job *j, uint64_t weight)
{
    if (j->opt->progress)
        __atomic_add_fetch(&j->opt->progress->weight_done, weight, __ATOMIC_RELAXED);
}

void tell_begin(struct job *j)
{
    struct sync_progress *p = j->opt->progress;
    if (!p)
        return;
    uint64_t weight = TAIL_WEIGHT + p->bytes_estimate / TAIL_SHARE;
    uint64_t steps = p->steps;
    for (size_t i = 0; i < j->units.len; i++) {
        weight += unit_weight(&VEC_AT(&j->units, struct unit, i));
        steps += !VEC_AT(&j->units, struct unit, i).step; /* the plan has the others */
    }
    for (size_t i = 0; i < j->plan.steps.len; i++)
        if (VEC_AT(&j->plan.steps, struct step, i).phase == PHASE_FINAL)
            weight += STEP_WEIGHT;
    p->data_began = clock_now();
    __atomic_store_n(&p->steps, steps, __ATOMIC_RELAXED);
    __atomic_store_n(&p->weight, weight, __ATOMIC_RELEASE);
}

void tell_more_units(struct job *j)
{
    if (j->opt->progress)
        __atomic_add_fetch(&j->opt->progress->steps, j->units.len, __ATOMIC_RELAXED);
}

void tell_unit_done(struct job *j, const struct unit *u)
{
    add(j, unit_weight(u));
}

void tell_final_done(struct job *j)
{
    add(j, STEP_WEIGHT);
}

/* ---- tables -------------------------------------------------------------------------------- */

static uint64_t now_ms(void)
{
    return (uint64_t)(clock_now() * 1000) + 1; /* 0 means that there is none */
}

void tell_tables(struct job *j)
{
    j->shown = arena_calloc(j->arena, sizeof(*j->shown) * (j->n_tables + 1));
    for (size_t i = 0; i < j->n_tables; i++) {
        j->tables[i].shown = &j->shown[i];
        j->shown[i].path = model_path_text(j->tables[i].table, j->arena);
    }
}

void tell_list(struct job *j)
{
    struct sync_progress *p = j->opt->progress;
    if (!p)
        return;
    p->list = j->shown;
    __atomic_store_n(&p->n_list, j->n_tables, __ATOMIC_RELEASE);
}

void tell_chunk_begins(struct table_state *t)
{
    uint64_t none = 0;
    __atomic_compare_exchange_n(&t->shown->began, &none, now_ms(), false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
    __atomic_store_n(&t->shown->ended, 0, __ATOMIC_RELAXED); /* of an archive: one more of it */
}

/* Of an archive nobody knows which chunk of a table is its last. */
void tell_chunk_done(struct table_state *t, uint64_t rows)
{
    struct sync_table *s = t->shown;
    __atomic_fetch_add(&s->rows, rows, __ATOMIC_RELAXED);
    uint64_t done = __atomic_add_fetch(&s->parts_done, 1, __ATOMIC_RELAXED);
    if (done >= s->parts)
        __atomic_store_n(&s->ended, now_ms(), __ATOMIC_RELAXED);
}

double sync_table_share(const struct sync_table *t)
{
    uint64_t bytes = __atomic_load_n(&t->bytes, __ATOMIC_RELAXED);
    uint64_t done = __atomic_load_n(&t->parts_done, __ATOMIC_RELAXED);
    double share = t->estimate ? (double)bytes / (double)t->estimate : -1;
    if (share < 0 && t->parts > 1)
        share = (double)done / (double)t->parts;
    if (t->parts && done >= t->parts)
        return 1;
    return share > 0.99 ? 0.99 : share; /* an estimate does not say when it ends */
}

/* ---- all of it ----------------------------------------------------------------------------- */

static bool set_share(double share, double began, double *ret_share, double *ret_left)
{
    double gone = clock_now() - began;
    *ret_share = share < 1 ? share : 1;
    *ret_left = share > 0.01 && began > 0 && gone > 0.5 ? gone * (1 - *ret_share) / *ret_share : -1;
    return true;
}

/* Of a file as much is read as it says, so that its rows will be that many bytes. */
static uint64_t all_bytes(const struct sync_progress *p, uint64_t bytes)
{
    uint64_t parts = __atomic_load_n(&p->file.parts, __ATOMIC_RELAXED);
    uint64_t done = __atomic_load_n(&p->file.parts_done, __ATOMIC_RELAXED);
    if (p->bytes_estimate || !parts || !done)
        return p->bytes_estimate;
    return (uint64_t)((double)bytes * (double)parts / (double)done);
}

bool sync_progress_share(const struct sync_progress *p, double *ret_share, double *ret_left)
{
    uint64_t weight = __atomic_load_n(&p->weight, __ATOMIC_ACQUIRE);
    uint64_t bytes = __atomic_load_n(&p->bytes, __ATOMIC_RELAXED);
    uint64_t extra = __atomic_load_n(&p->weight_done, __ATOMIC_RELAXED);
    const char *phase = __atomic_load_n(&p->phase, __ATOMIC_ACQUIRE);
    if (weight && p->by_weight)
        return set_share((double)extra / (double)weight, p->data_began, ret_share, ret_left);
    uint64_t all = all_bytes(p, bytes);
    if (!weight || !all || !phase)
        return false;
    /* Rows have other sizes on the way than on the disk that they were estimated by. */
    if (strcmp(phase, "data") != 0 || bytes > all)
        all = bytes;
    double share = (double)(bytes + (extra < weight ? extra : weight)) / (double)(all + weight);
    return set_share(share, p->data_began, ret_share, ret_left);
}

/* ---- for others ---------------------------------------------------------------------------- */

void tell_start(struct job *j)
{
    pthread_mutex_lock(&j->lock);
    j->tell.on = j->target_at->driver->live;
    if (j->opt->of_set) /* most of many are over by then */
        j->tell.told_at = clock_now();
    pthread_mutex_unlock(&j->lock);
}

/* A copy that waits for others' holds no connection for it. */
void tell_end(struct job *j)
{
    struct err ignored = ERR_INIT;
    if (j->tell.on)
        j->target_at->driver->target->tell(j->target, NULL, &ignored);
    j->tell.on = false;
}

void tell_watch(struct job *j)
{
    struct sync_progress *p = j->opt->progress;
    struct err why = ERR_INIT;
    double share, left;
    char text[64];
    pthread_mutex_lock(&j->lock);
    bool on = j->tell.on && p;
    pthread_mutex_unlock(&j->lock);
    if (!on || clock_now() - j->tell.told_at < TELL_EVERY)
        return;
    const char *phase = __atomic_load_n(&p->phase, __ATOMIC_ACQUIRE);
    if (!sync_progress_share(p, &share, &left))
        share = left = -1;
    snprintf(text, sizeof(text), "%s %d %d", phase ? phase : "starting",
             share < 0 ? -1 : (int)(share * 100), left < 0 || left > 999999 ? -1 : (int)left);
    if (!j->target_at->driver->target->tell(j->target, text, &why)) {
        log_debug("%s: how far the copy is cannot be told: %s", j->target_at->label, why.msg);
        pthread_mutex_lock(&j->lock);
        j->tell.on = false;
        pthread_mutex_unlock(&j->lock);
    }
    j->tell.told_at = clock_now();
}

/* "foreign keys 43 120" */
static void take_text(const char *text, struct arena *a, struct sync_running *ret)
{
    const char *last = text ? strrchr(text, ' ') : NULL, *p = last;
    while (p && p > text && p[-1] != ' ')
        p--;
    if (!last || p == text)
        return;
    ret->phase = arena_strndup(a, text, (size_t)(p - 1 - text));
    ret->percent = (int)strtol(p, NULL, 10);
    ret->left = strtol(last, NULL, 10);
}

bool tell_running(const struct driver *d, struct target *t, struct arena *a,
                  struct sync_running *ret, struct err *err)
{
    struct run_seen seen = {0};
    *ret = (struct sync_running){.percent = -1, .left = -1};
    if (!d->live)
        return true;
    if (!d->target->running(t, a, &seen, err))
        return false;
    ret->there = seen.there;
    ret->who = seen.who;
    ret->since = seen.since;
    take_text(seen.text, a, ret);
    return true;
}

bool sync_running(const struct endpoint *target, struct arena *a, struct sync_running *ret,
                  struct err *err)
{
    const struct driver *d = target->driver;
    struct target_options look = {.look = true};
    struct target *t = NULL;
    *ret = (struct sync_running){.percent = -1, .left = -1};
    if (!d->live)
        return true;
    bool ok = d->target->open(target, &look, &t, err) && tell_running(d, t, a, ret, err);
    if (t)
        d->target->close(t);
    return ok;
}

void sync_running_describe(const struct sync_running *r, struct buf *out)
{
    if (r->since)
        buf_addf(out, " since %s", r->since);
    if (r->who)
        buf_addf(out, ", by %s", r->who);
    if (r->phase)
        buf_addf(out, ": %s", r->phase);
    if (r->phase && r->percent >= 0)
        buf_addf(out, ", %d %% done", r->percent);
    if (r->phase && r->left >= 0)
        buf_addf(out, ", about %ld:%02ld left", r->left / 60, r->left % 60);
}

/* ---- the end that failed ------------------------------------------------------------------- */

/* The last failure is to be found where the copies are listed. Nothing is written into a database
 * that does not bear the mark of a copy, nor where somebody else is at work. */
void tell_failed(struct job *j, const struct err *err)
{
    const struct driver *d = j->target_at->driver;
    struct err why = ERR_INIT;
    if (!d->live || j->target_at->role == DATABASE_ROLE_PRODUCTION || !j->may_tell_failure)
        return;
    size_t n =
        str_utf8_floor(err->msg, strlen(err->msg) < REASON_MAX ? strlen(err->msg) : REASON_MAX);
    struct past_run r = {.started_at = j->started_at,
                         .taken_at = j->snapshot.taken_at,
                         .source = job_source_name(j),
                         .source_id = j->source_facts.database_id,
                         .rows = j->rows,
                         .version = j->opt->version,
                         .result = arena_printf(j->arena, "failed: %.*s", (int)n, err->msg)};
    if (!d->target->failed(j->target_at, &r, &why))
        log_debug("%s: the failure is not in the history: %s", j->target_at->label, why.msg);
}
