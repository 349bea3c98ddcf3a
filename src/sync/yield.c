#include "job.h"

#include <string.h>

/*
 * Reading holds a lock on every table, which nobody else's reading or writing minds. But who wants
 * a table for itself (ALTER, DROP, TRUNCATE) waits for it, and all that comes after waits behind
 * that: a copy may not stop production so. A session of its own looks; who has waited for some
 * seconds goes first, and the copy ends.
 */
enum { YIELD_AFTER = 5 };

static bool reads_on(struct job *j)
{
    pthread_mutex_lock(&j->lock);
    bool ret = !(j->source_ended && j->chunks_running == 0);
    pthread_mutex_unlock(&j->lock);
    return ret;
}

bool yield_start(struct job *j, struct err *err)
{
    const struct driver *d = j->source->driver;
    struct session *session = NULL;
    if (!d->live || job_from_archive(j) || (j->lent && j->lent->watch))
        return true;
    if (!d->source->open(j->source, DRIVER_SOURCE, NULL, &session, err))
        return err_context(
            err, "while opening the session that looks for sessions waiting for the copy");
    pthread_mutex_lock(&j->lock);
    j->yield.session = session;
    j->yield.asked_at = clock_now();
    pthread_mutex_unlock(&j->lock);
    return true;
}

bool yield_judge(double *since, const char *label, const char *who, struct err *err)
{
    double now = clock_now();
    if (!who || *since <= 0)
        *since = who ? now : 0;
    if (!who || now - *since < YIELD_AFTER)
        return true;
    err_set(err, ERR_RUNTIME,
            "stopped because %s: %s, behind the copy's reading; the target is as it was", label,
            who);
    return err_hint(err, "run it again when the other is done");
}

static void set_asking(struct job *j, bool asking)
{
    pthread_mutex_lock(&j->lock);
    j->yield.asking = asking;
    pthread_mutex_unlock(&j->lock);
}

bool yield_watch(struct job *j, struct err *err)
{
    struct yield *y = &j->yield;
    pthread_mutex_lock(&j->lock);
    struct session *session = y->session;
    pthread_mutex_unlock(&j->lock);
    if (!session || clock_now() - y->asked_at < YIELD_EVERY)
        return true;
    if (!reads_on(j)) {
        yield_release(j);
        return true;
    }
    struct arena a = ARENA_INIT;
    const char *who = NULL;
    set_asking(j, true);
    bool ok = j->source->driver->source->waits(session, &a, &who, err);
    set_asking(j, false);
    ok = ok && yield_judge(&y->since, j->source->label, who, err);
    y->asked_at = clock_now();
    arena_release(&a);
    return ok;
}

/* From another thread: under the lock, lest the watch closes the session meanwhile. */
void yield_cancel(struct job *j)
{
    pthread_mutex_lock(&j->lock);
    if (j->yield.session && j->yield.asking && j->source->driver->live)
        j->source->driver->source->cancel(j->yield.session);
    pthread_mutex_unlock(&j->lock);
}

void yield_release(struct job *j)
{
    pthread_mutex_lock(&j->lock);
    struct session *session = j->yield.session;
    j->yield.session = NULL;
    pthread_mutex_unlock(&j->lock);
    j->source->driver->source->close(session);
}
