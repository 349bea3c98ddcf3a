#include "set.h"

#include <string.h>

/*
 * Reading locks tables until the snapshot ends, and that is when the last database is read: who
 * waits for a table of the first must be seen until then (see yield.c). One session looks for all.
 */
struct set_watch {
    const struct endpoint *at;
    struct session *session;
    pthread_t thread;
    pthread_mutex_t lock; /* over what follows */
    pthread_cond_t woken;
    bool ends, over;
    struct err why;
};

/* False: what it found, or could not find out, ends the copy. */
static bool look(struct set_watch *w, double *since, struct err *err)
{
    struct arena a = ARENA_INIT;
    const char *who = NULL;
    bool ok = w->at->driver->source->waits(w->session, &a, &who, err) &&
              yield_judge(since, w->at->label, who, err);
    arena_release(&a);
    return ok;
}

static void *watch_main(void *arg)
{
    struct set_watch *w = arg;
    double since = 0, asked_at = clock_now();
    pthread_mutex_lock(&w->lock);
    while (!w->ends && !w->over) {
        struct err why = ERR_INIT;
        sync_wait(&w->woken, &w->lock);
        if (w->ends || clock_now() - asked_at < YIELD_EVERY)
            continue;
        pthread_mutex_unlock(&w->lock);
        bool ok = look(w, &since, &why);
        asked_at = clock_now();
        pthread_mutex_lock(&w->lock);
        w->over = !ok;
        w->why = why;
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

bool set_watch_start(struct set_run *run, struct set_watch **ret, struct err *err)
{
    const struct sync_set *set = run->set;
    struct set_watch *w = arena_new(run->arena, struct set_watch);
    const char **names = arena_calloc(run->arena, sizeof(*names) * (set->n + 1));
    for (size_t i = 0; i < set->n; i++)
        names[i] = set->members[i].name;
    struct source_options o = {.watched = names};
    w->at = &set->members[0].source;
    if (!w->at->driver->source->open(w->at, DRIVER_SOURCE, &o, &w->session, err))
        return err_context(
            err, "while opening the session that looks for sessions waiting for the copy");
    pthread_mutex_init(&w->lock, NULL);
    clock_cond_init(&w->woken);
    int e = pthread_create(&w->thread, NULL, watch_main, w);
    if (e) {
        w->at->driver->source->close(w->session);
        return err_set(err, ERR_RUNTIME, "cannot start a thread: %s", strerror(e));
    }
    *ret = w;
    return true;
}

bool set_watch_over(const struct lent *l, struct err *err)
{
    struct set_watch *w = l->watch;
    pthread_mutex_lock(&w->lock);
    bool over = w->over;
    if (over)
        *err = w->why;
    pthread_mutex_unlock(&w->lock);
    return over;
}

void set_watch_end(struct set_watch *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->ends = true;
    pthread_cond_signal(&w->woken);
    pthread_mutex_unlock(&w->lock);
    w->at->driver->source->cancel(w->session);
    pthread_join(w->thread, NULL);
    w->at->driver->source->close(w->session);
    pthread_cond_destroy(&w->woken);
    pthread_mutex_destroy(&w->lock);
}
