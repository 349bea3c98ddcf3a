/*
 * A statement that waits (for a lock, for a server that went silent) is deaf to signals, and verbs
 * without workers have nobody else who hears them. So each session has a thread that looks five
 * times a second, and ends what the session waits for, unless that must be brought to its end.
 */
#include "my.h"

#include <dbtwin/clock.h>
#include <dbtwin/log.h>

static void *watch_main(void *arg)
{
    struct my_session *s = arg;
    struct my_watch *w = &s->watch;
    bool done = false;

    pthread_mutex_lock(&w->lock);
    while (!w->stop && !done) {
        clock_wait(&w->changed, &w->lock, 200);
        if (w->stop || !log_cancelled() || !atomic_load(&w->waiting) || atomic_load(&s->critical))
            continue;
        pthread_mutex_unlock(&w->lock);
        if (!atomic_load(&s->cancelled))
            my_conn_cancel((struct session *)(void *)s);
        done = true;
        pthread_mutex_lock(&w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

void my_watch_start(struct my_session *s)
{
    pthread_mutex_init(&s->watch.lock, NULL);
    clock_cond_init(&s->watch.changed);
    s->watch.started = pthread_create(&s->watch.thread, NULL, watch_main, s) == 0;
}

void my_watch_stop(struct my_session *s)
{
    if (!s->watch.started)
        return;
    pthread_mutex_lock(&s->watch.lock);
    s->watch.stop = true;
    pthread_cond_signal(&s->watch.changed);
    pthread_mutex_unlock(&s->watch.lock);
    pthread_join(s->watch.thread, NULL);
    pthread_mutex_destroy(&s->watch.lock);
    pthread_cond_destroy(&s->watch.changed);
    s->watch.started = false;
}
