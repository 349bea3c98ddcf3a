#include "apply.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

/*
 * A long step says that it is at work, and how far it is where the server tells: a thread with a
 * session of its own, since that of the step is busy.
 */

enum { FIRST = 2, LONGEST = 30 }; /* seconds until the first line, and at most between two */

struct apply_progress {
    struct apply *a;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool ends;
    const char *step; /* what is being carried out, or NULL */
    double since, next, pause;
    struct session *session; /* the thread's, but for cancel */
};

static const char *ask(struct apply_progress *p, struct arena *arena)
{
    const struct driver *d = p->a->at->driver;
    struct session *s = p->session;
    struct err why = ERR_INIT;
    const char *text = NULL;
    if (!d->target->doing)
        return NULL;
    if (!s) {
        if (!d->source->open(p->a->at, DRIVER_TARGET, NULL, &s, &why))
            return NULL;
        pthread_mutex_lock(&p->lock);
        p->session = s;
        pthread_mutex_unlock(&p->lock);
    }
    return d->target->doing(s, arena, &text, &why) ? text : NULL;
}

static void tell(struct apply_progress *p, const char *step, double since)
{
    struct arena arena = ARENA_INIT;
    const char *text = ask(p, &arena);
    apply_tell(p->a, LOG_INFO, "%s: %.0f s%s%s", step, clock_now() - since, text ? ", " : "",
               text ? text : "");
    arena_release(&arena);
}

/* With the lock held, which it gives back while it tells. */
static void look(struct apply_progress *p)
{
    const char *step = p->step;
    double since = p->since;
    if (!step || clock_now() < p->next)
        return;
    p->pause = p->pause * 2 > LONGEST ? LONGEST : p->pause * 2;
    p->next = clock_now() + p->pause;
    pthread_mutex_unlock(&p->lock);
    tell(p, step, since);
    pthread_mutex_lock(&p->lock);
}

static void *progress_main(void *ctx)
{
    struct apply_progress *p = ctx;
    pthread_mutex_lock(&p->lock);
    while (!p->ends) {
        clock_wait(&p->changed, &p->lock, 1000);
        if (!p->ends)
            look(p);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct apply_progress *apply_progress_begin(struct apply *a)
{
    struct apply_progress *p = arena_new(a->arena, struct apply_progress);
    p->a = a;
    pthread_mutex_init(&p->lock, NULL);
    clock_cond_init(&p->changed);
    int e = pthread_create(&p->thread, NULL, progress_main, p);
    if (e == 0)
        return p;
    log_debug("no progress of long steps: cannot start a thread: %s", strerror(e));
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    return NULL;
}

void apply_progress_at(struct apply_progress *p, const char *step)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->step = step;
    p->since = clock_now();
    p->pause = FIRST;
    p->next = p->since + FIRST;
    pthread_mutex_unlock(&p->lock);
}

void apply_progress_end(struct apply_progress *p)
{
    if (!p)
        return;
    const struct driver *d = p->a->at->driver;
    pthread_mutex_lock(&p->lock);
    p->ends = true;
    if (p->session)
        d->source->cancel(p->session);
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    d->source->close(p->session);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
}
