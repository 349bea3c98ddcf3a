#include "run_lock.h"

#include <dbtwin/log.h>

#include <errno.h>
#include <string.h>
#include <time.h>

/* The server ends a silent holder after LOCK_SILENCE seconds; ours speaks every LOCK_BEAT. */
#define LOCK_SILENCE "90"
enum { LOCK_BEAT = 15 };

struct my_run_lock {
    struct session *session;
    pthread_t thread;
    pthread_mutex_t mutex; /* over what follows, and the session while the thread lives */
    pthread_cond_t changed;
    bool ends, lost;
};

static void *lock_beat(void *arg)
{
    struct my_run_lock *l = arg;
    pthread_mutex_lock(&l->mutex);
    while (!l->ends && !l->lost) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        t.tv_sec += LOCK_BEAT;
        while (!l->ends && pthread_cond_timedwait(&l->changed, &l->mutex, &t) != ETIMEDOUT)
            ;
        if (!l->ends)
            l->lost = mysql_ping(my_session(l->session)->db) != 0;
    }
    pthread_mutex_unlock(&l->mutex);
    return NULL;
}

static bool lock_start(struct my_run_lock *l, struct err *err)
{
    pthread_condattr_t attr;
    pthread_mutex_init(&l->mutex, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&l->changed, &attr);
    pthread_condattr_destroy(&attr);
    int e = pthread_create(&l->thread, NULL, lock_beat, l);
    if (!e)
        return true;
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->mutex);
    return err_set(err, ERR_RUNTIME, "cannot start a thread: %s", strerror(e));
}

/* Who has the lock, for a hint; err keeps the refusal. */
static bool lock_refused(struct my_target *t, struct my_session *s, struct err *err)
{
    struct err ignored = ERR_INIT;
    const char *id = NULL;
    err_set(err, ERR_REFUSED, "%s: another run of dbtwin is filling this database",
            t->endpoint->label);
    my_conn_value(s, arena_printf(&t->arena, "SELECT IS_USED_LOCK('%s')", t->lock), &t->arena, &id,
                  &ignored);
    return err_hint(err,
                    "it holds the lock %s on that server, in connection %s; if its machine died, "
                    "the server ends that connection within " LOCK_SILENCE " seconds",
                    t->lock, id ? id : "?");
}

/*
 * Who has the run lock is alone with the shadow: sessions in it are those of a run whose machine or
 * network died. The server would wait for their next bytes for hours, with locks on the tables.
 */
static bool lock_bury(struct my_target *t, struct err *err)
{
    struct vec ids = VEC_INIT(const char *);
    bool good = my_target_names(t, &ids, err,
                                "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = %s AND "
                                "ID <> CONNECTION_ID()",
                                my_target_literal(t, t->shadow));
    for (size_t i = 0; good && i < ids.len; i++) {
        struct err ignored = ERR_INIT;
        if (my_target_run(t, &ignored, "KILL %s", VEC_AT(&ids, const char *, i)))
            log_info("%s: ended connection %s, left by a dead run", t->endpoint->label,
                     VEC_AT(&ids, const char *, i));
    }
    vec_release(&ids);
    return good;
}

bool my_run_lock_take(struct my_target *t, struct err *err)
{
    struct session *session;
    const char *got = NULL;
    if (!my_conn_sibling(my_session(t->session), &session, err))
        return false;
    struct my_session *s = my_session(session);
    bool good = my_conn_run(s, "SET SESSION wait_timeout=" LOCK_SILENCE, err) &&
                my_conn_value(s, arena_printf(&t->arena, "SELECT GET_LOCK('%s', 0)", t->lock),
                              &t->arena, &got, err);
    if (good && !str_eq(got, "1"))
        good = lock_refused(t, s, err);
    struct my_run_lock *l = arena_new(&t->arena, struct my_run_lock);
    l->session = session;
    if (!good || !lock_start(l, err)) {
        my_conn_close(session);
        return err_context(err, "while taking the run lock");
    }
    t->run_lock = l;
    return lock_bury(t, err);
}

bool my_run_lock_held(struct my_target *t, struct err *err)
{
    struct my_run_lock *l = t->run_lock;
    pthread_mutex_lock(&l->mutex);
    bool lost = l->lost = l->lost || mysql_ping(my_session(l->session)->db) != 0;
    pthread_mutex_unlock(&l->mutex);
    if (!lost)
        return true;
    err_set(err, ERR_CONNECTION, "%s: the connection that holds the run lock was lost",
            t->endpoint->label);
    return err_hint(err, "another run may have started meanwhile: the target is left as it is");
}

void my_run_lock_release(struct my_target *t)
{
    struct my_run_lock *l = t->run_lock;
    if (!l)
        return;
    t->run_lock = NULL;
    pthread_mutex_lock(&l->mutex);
    l->ends = true;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->mutex);
    pthread_join(l->thread, NULL);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->mutex);
    my_conn_close(l->session);
}
