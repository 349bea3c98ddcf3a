#include "await.h"

#include <pthread.h>

#include <dbtwin/base.h>
#include <dbtwin/clock.h>
#include <dbtwin/log.h>

/* Lives in an arena of its own. */
struct await {
    struct arena arena;
    struct await_call call;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done, left; /* left: nobody waits any more */
};

static void await_free(struct await *w)
{
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->changed);
    struct arena a = w->arena;
    arena_release(&a);
}

static void *await_main(void *arg)
{
    struct await *w = arg;

    w->call.run(w->call.ctx);
    pthread_mutex_lock(&w->lock);
    w->done = true;
    pthread_cond_signal(&w->changed);
    bool left = w->left;
    pthread_mutex_unlock(&w->lock);
    if (left) {
        w->call.drop(w->call.ctx);
        await_free(w);
    }
    return NULL;
}

static struct await *await_new(const struct await_call *call)
{
    struct arena a = ARENA_INIT;
    struct await *w = arena_new(&a, struct await);

    w->arena = a;
    w->call = *call;
    pthread_mutex_init(&w->lock, NULL);
    clock_cond_init(&w->changed);
    return w;
}

enum await_end await_run(const struct await_call *call)
{
    struct await *w = await_new(call);
    double end = clock_now() + call->seconds;
    enum await_end how = AWAIT_DONE;
    pthread_t thread;

    if (pthread_create(&thread, NULL, await_main, w) != 0) { /* then it is waited for */
        call->run(call->ctx);
        await_free(w);
        return AWAIT_DONE;
    }
    pthread_mutex_lock(&w->lock);
    while (!w->done && how == AWAIT_DONE) {
        clock_wait(&w->changed, &w->lock, 100);
        if (w->done)
            break;
        if (!call->whatever && log_cancelled())
            how = AWAIT_INTERRUPTED;
        else if (call->seconds && clock_now() >= end)
            how = AWAIT_LATE;
    }
    w->left = how != AWAIT_DONE;
    pthread_mutex_unlock(&w->lock);
    if (how != AWAIT_DONE) {
        pthread_detach(thread);
        return how;
    }
    pthread_join(thread, NULL);
    await_free(w);
    return AWAIT_DONE;
}
