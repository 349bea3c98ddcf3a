#include "job.h"

#include <string.h>

/*
 * A source that is a replica, and reading that makes it late: --max-replica-lag. A session of its
 * own asks, because those that read are busy. Over the limit reading pauses: that helps where disk
 * or processors are short. Where replay waits for our snapshot itself it does not help, so there is
 * an end to it.
 */
enum { LAG_EVERY = 1, LAG_GIVE_UP = 3, LAG_PATIENCE = 600 };

bool lag_start(struct job *j, struct err *err)
{
    const struct driver *d = j->source->driver;
    double most = j->opt->limits.replica_lag, now = -1;
    if (most <= 0 || !d->live)
        return true;
    if (!d->source->open(j->source, DRIVER_SOURCE, NULL, &j->lag.session, err) ||
        !d->source->lag(j->lag.session, &now, err))
        return err_context(err, "--max-replica-lag");
    if (now < 0) {
        job_event(j, LOG_INFO, "%s is not a replica: --max-replica-lag has no effect",
                  j->source->label);
    } else if (now > most) {
        err_set(err, ERR_RUNTIME,
                "%s is %.0f s behind, more than --max-replica-lag %.0f s; the target is as it was",
                j->source->label, now, most);
        return err_hint(err, "wait until it has caught up, or copy from another replica");
    }
    pthread_mutex_lock(&j->lock);
    j->lag.watched = now >= 0;
    j->lag.asked_at = clock_now();
    pthread_mutex_unlock(&j->lock);
    return true;
}

static bool judge(struct job *j, double seconds, struct err *err)
{
    struct lag *l = &j->lag;
    double most = j->opt->limits.replica_lag, now = clock_now();
    if (seconds <= most) {
        if (l->paused)
            job_event(j, LOG_INFO, "%s has caught up (%.0f s behind): reading resumes",
                      j->source->label, seconds);
        l->paused = false;
        return true;
    }
    if (!l->paused) {
        job_event(j, LOG_WARN,
                  "%s is %.0f s behind, more than --max-replica-lag %.0f s: reading pauses",
                  j->source->label, seconds, most);
        l->paused = true;
        l->paused_at = now;
    }
    double waited = now - l->paused_at;
    if (waited < LAG_PATIENCE && (seconds <= most * LAG_GIVE_UP || waited < most))
        return true;
    err_set(err, ERR_RUNTIME,
            "stopped because %s is %.0f s behind and does not catch up (--max-replica-lag %.0f s); "
            "the target is as it was",
            j->source->label, seconds, most);
    return err_hint(err, "if replay waits for long reads, it catches up only after they end: copy "
                         "when less is written, or from another replica");
}

bool lag_watch(struct job *j, struct err *err)
{
    struct lag *l = &j->lag;
    double seconds = 0;
    pthread_mutex_lock(&j->lock);
    bool due = l->watched && !(j->source_ended && j->chunks_running == 0) &&
               clock_now() - l->asked_at >= LAG_EVERY;
    pthread_mutex_unlock(&j->lock);
    if (!due)
        return true;
    bool ok = j->source->driver->source->lag(l->session, &seconds, err);
    pthread_mutex_lock(&j->lock);
    l->asked_at = clock_now();
    if (ok)
        ok = judge(j, seconds, err);
    else
        err_context(err, "--max-replica-lag");
    pthread_mutex_unlock(&j->lock);
    return ok;
}

bool lag_pauses_locked(const struct job *j)
{
    return j->lag.paused && !j->stop;
}

void lag_cancel(struct job *j)
{
    if (j->lag.session && j->source->driver->live)
        j->source->driver->source->cancel(j->lag.session);
}

void lag_release(struct job *j)
{
    j->source->driver->source->close(j->lag.session);
    j->lag.session = NULL;
}
