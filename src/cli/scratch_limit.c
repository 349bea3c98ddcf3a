#include "scratch.h"

#include <dbtwin/clock.h>
#include <dbtwin/log.h>

#include <time.h>

/*
 * The SQL of a side may be a stranger's, and a statement of it may never end. A thread looks at the
 * clock; a session cannot, since its own settings are the SQL's to change.
 */

enum { DEFIANT_SECONDS = 2 };

/* What a statement does that was cancelled: procedures can catch that and go on. */
static void end_sessions(const struct scratch_limit *l)
{
    const struct scratch_loading *loading = l->loading;
    const char *const *sql = scratch_sql_of(loading->flavor)->sessions;
    struct arena a = ARENA_INIT;
    struct vec list = VEC_INIT(const char *);
    struct row_texts texts = {&a, &list};
    struct err why = ERR_INIT;
    bool ok = l->driver->source->rows(loading->admin,
                                      arena_printf(&a, "%s%s%s", sql[0], loading->name, sql[1]),
                                      row_texts_add, &texts, &why);
    for (size_t i = 0; ok && i < list.len; i++)
        ok = l->driver->target->exec(loading->admin, NULL, VEC_AT(&list, const char *, i), &why);
    if (!ok)
        log_debug("a session of %s cannot be ended: %s", loading->name, why.msg);
    vec_release(&list);
    arena_release(&a);
}

static void wait_tick(struct scratch_limit *l)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += 500000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&l->changed, &l->lock, &t);
}

static void *watch(void *arg)
{
    struct scratch_limit *l = arg;
    pthread_mutex_lock(&l->lock);
    while (!l->stop) {
        wait_tick(l);
        if (l->stop || clock_now() < l->end)
            continue;
        atomic_store(&l->over, true);
        pthread_mutex_unlock(&l->lock);
        l->driver->source->cancel(l->session);
        if (clock_now() >= l->end + DEFIANT_SECONDS)
            end_sessions(l);
        pthread_mutex_lock(&l->lock);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

bool scratch_limit_begin(struct scratch_limit *l, const struct scratch_loading *loading,
                         struct session *session, struct err *err)
{
    *l = (struct scratch_limit){.loading = loading,
                                .driver = loading->at->driver,
                                .session = session,
                                .end = clock_now() + (double)loading->seconds};
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    l->started = pthread_create(&l->thread, NULL, watch, l) == 0;
    return l->started || err_set(err, ERR_RUNTIME, "no thread can be started");
}

void scratch_limit_end(struct scratch_limit *l)
{
    if (!l->started)
        return;
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
    pthread_join(l->thread, NULL);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->changed);
    l->started = false;
}
