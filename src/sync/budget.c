#include "job.h"

#include <string.h>

/*
 * What a copy may cost: bytes a second, the age of the source's snapshot, the hour by which it
 * must be over. A thread of its own watches the clock, because everybody else may be waiting for a
 * server; what it finds stops the workers as any error does, and cancels the one statement that
 * the supervisor may be waiting for.
 */
/* Workers give their part of it up as soon as the last row was read. */
static bool snapshot_is_held(const struct job *j)
{
    return j->budget.snapshot_at > 0 && !job_from_archive(j) &&
           !(j->source_ended && j->chunks_running == 0);
}

static bool over_limit(struct job *j, struct err *err)
{
    const struct sync_limits *l = &j->opt->limits;
    struct budget *b = &j->budget;
    double now = clock_now();
    if (j->lent && j->lent->watch && set_watch_over(j->lent, err))
        return true;
    if (l->deadline > 0 && now - b->started >= l->deadline) {
        err_set(err, ERR_RUNTIME, "stopped at the deadline, %s; the target is as it was",
                l->deadline_text ? l->deadline_text : "which has passed");
        return !err_hint(err, "start earlier, or give it more time: --deadline");
    }
    if (l->snapshot_age > 0 && snapshot_is_held(j) && now - b->snapshot_at >= l->snapshot_age) {
        err_set(err, ERR_RUNTIME,
                "stopped because the snapshot of %s became older than %.0f s (--max-snapshot-age); "
                "the target is as it was",
                j->source->label, l->snapshot_age);
        return !err_hint(err, "an open snapshot keeps the source from removing dead rows; more "
                              "--jobs or a higher --max-rate shorten it");
    }
    return false;
}

static void stop_everybody(struct job *j, const struct err *why)
{
    struct budget *b = &j->budget;
    pthread_mutex_lock(&j->lock);
    b->err = *why;
    if (!err_is_set(&j->err))
        j->err = *why;
    j->stop = true;
    pthread_cond_broadcast(&j->changed);
    pthread_mutex_unlock(&j->lock);
}

/* Again and again: the statement may not have begun when it was cancelled first. */
static void cancel_alone(struct job *j)
{
    struct budget *b = &j->budget;
    pthread_mutex_lock(&b->alone_lock);
    if (b->alone && j->target_at->driver->live)
        j->target_at->driver->source->cancel(b->alone);
    pthread_mutex_unlock(&b->alone_lock);
}

static void *watch_main(void *arg)
{
    struct job *j = arg;
    struct budget *b = &j->budget;
    bool stopped = false;
    pthread_mutex_lock(&b->alone_lock);
    while (!b->watch_ends) {
        pthread_mutex_unlock(&b->alone_lock);
        struct err why = ERR_INIT;
        if (!stopped) {
            pthread_mutex_lock(&j->lock);
            stopped = over_limit(j, &why);
            pthread_mutex_unlock(&j->lock);
            stopped = stopped || !lag_watch(j, &why) || !yield_watch(j, &why);
            if (!stopped)
                tell_watch(j);
            if (stopped)
                stop_everybody(j, &why);
        }
        if (stopped)
            cancel_alone(j);
        pthread_mutex_lock(&b->alone_lock);
        if (!b->watch_ends)
            sync_wait(&b->woken, &b->alone_lock);
    }
    pthread_mutex_unlock(&b->alone_lock);
    return NULL;
}

void budget_init(struct job *j)
{
    j->budget.started = clock_now();
    pthread_mutex_init(&j->budget.alone_lock, NULL);
    clock_cond_init(&j->budget.woken);
}

bool budget_watch(struct job *j, struct err *err)
{
    const struct sync_limits *l = &j->opt->limits;
    if (l->deadline <= 0 && l->snapshot_age <= 0 && l->replica_lag <= 0 &&
        !j->source->driver->live && !j->target_at->driver->live)
        return true;
    int e = pthread_create(&j->budget.watch, NULL, watch_main, j);
    j->budget.watched = e == 0;
    return e == 0 || err_set(err, ERR_RUNTIME, "cannot start a thread: %s", strerror(e));
}

void budget_rest(struct job *j)
{
    struct budget *b = &j->budget;
    pthread_mutex_lock(&b->alone_lock);
    b->watch_ends = true;
    pthread_cond_signal(&b->woken);
    pthread_mutex_unlock(&b->alone_lock);
    lag_cancel(j);
    yield_cancel(j);
    if (b->watched)
        pthread_join(b->watch, NULL);
    b->watched = false;
    tell_end(j);
    lag_release(j);
    yield_release(j);
}

void budget_release(struct job *j)
{
    budget_rest(j);
    pthread_cond_destroy(&j->budget.woken);
    pthread_mutex_destroy(&j->budget.alone_lock);
}

void budget_snapshot_taken(struct job *j)
{
    pthread_mutex_lock(&j->lock);
    j->budget.snapshot_at = j->lent ? j->lent->taken : clock_now();
    pthread_mutex_unlock(&j->lock);
}

void budget_alone(struct job *j, struct session *s)
{
    pthread_mutex_lock(&j->budget.alone_lock);
    j->budget.alone = s;
    pthread_mutex_unlock(&j->budget.alone_lock);
}

bool budget_ok(struct job *j, struct err *err)
{
    pthread_mutex_lock(&j->lock);
    bool ok = !err_is_set(&j->budget.err) && !over_limit(j, &j->budget.err);
    if (!ok)
        *err = j->budget.err;
    pthread_mutex_unlock(&j->lock);
    return ok;
}

bool budget_stops(struct job *j, struct err *err)
{
    if (!log_cancelled())
        return !budget_ok(j, err);
    err_set(err, ERR_INTERRUPTED, "interrupted; the target is as it was");
    return true;
}

/* ---- bytes a second, and pauses ---------------------------------------------------------- */

struct pacer {
    struct reader base;
    struct arena arena; /* where this lives */
    struct reader *in;
    struct job *job;
};

/* All workers pay into one account: a block may pass when those before it are paid for. */
static double pay(struct job *j, size_t bytes)
{
    struct budget *b = &j->budget;
    double now = clock_now();
    if (b->paid_until < now)
        b->paid_until = now;
    double turn = b->paid_until;
    b->paid_until += (double)bytes / (double)j->opt->limits.rate;
    return turn;
}

static int pacer_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct pacer *p = (struct pacer *)r;
    struct job *j = p->job;
    int got = reader_next(p->in, ret, err);
    if (got != 1)
        return got;
    pthread_mutex_lock(&j->lock);
    double turn = j->opt->limits.rate ? pay(j, ret->len) : 0, now;
    bool stop = j->stop;
    while (!stop && !log_cancelled() && ((now = clock_now()) < turn || lag_pauses_locked(j))) {
        pthread_mutex_unlock(&j->lock);
        sync_sleep(turn > now && turn - now < 0.1 ? turn - now : 0.1);
        pthread_mutex_lock(&j->lock);
        stop = j->stop;
    }
    pthread_mutex_unlock(&j->lock);
    if (!stop && !log_cancelled())
        return 1;
    err_set(err, ERR_INTERRUPTED, "interrupted; the target is as it was");
    return -1;
}

static void pacer_close(struct reader *r)
{
    struct pacer *p = (struct pacer *)r;
    struct arena arena = p->arena;
    reader_close(p->in);
    arena_release(&arena);
}

static const struct reader_ops pacer_ops = {pacer_next, pacer_close};

struct reader *budget_pace(struct job *j, struct reader *in)
{
    if (!j->opt->limits.rate && !j->lag.watched)
        return in;
    struct arena arena = {.block_size = 256};
    struct pacer *p = arena_new(&arena, struct pacer);
    *p = (struct pacer){{&pacer_ops}, arena, in, j};
    return &p->base;
}
