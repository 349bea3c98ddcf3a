#include "run_lock.h"

#include <dbtwin/clock.h>
#include <dbtwin/log.h>

#include <string.h>
#include <time.h>

/* The server ends a silent holder after LOCK_SILENCE seconds; ours speaks every LOCK_BEAT. */
#define LOCK_SILENCE "90"
enum { LOCK_BEAT = 15 };

struct my_run_lock {
    struct session *session;
    struct session *teller; /* of another thread's, see my_run_lock_tell */
    bool told;              /* its statement was sent */
    char since[32];
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
        double next = clock_now() + LOCK_BEAT;
        while (!l->ends && clock_now() < next)
            clock_wait(&l->changed, &l->mutex, LOCK_BEAT * 1000);
        if (!l->ends)
            l->lost = mysql_ping(my_session(l->session)->db) != 0;
    }
    pthread_mutex_unlock(&l->mutex);
    return NULL;
}

static bool lock_start(struct my_run_lock *l, struct err *err)
{
    pthread_mutex_init(&l->mutex, NULL);
    clock_cond_init(&l->changed);
    int e = pthread_create(&l->thread, NULL, lock_beat, l);
    if (!e)
        return true;
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->mutex);
    return err_set(err, ERR_RUNTIME, "cannot start a thread: %s", strerror(e));
}

/* ---- what others see of it ----------------------------------------------------------------- */

/*
 * Nothing of a session can be seen by others but the statement that it runs, in the list of
 * processes. So the run sleeps in a session of its own, and says in the comment what it does;
 * before the server wakes, or soon after, the next one is sent.
 */
#define TELLING "DO SLEEP(2.5) /* "
enum { SEEN_TRIES = 5 };

bool my_run_lock_tell(struct target *target, const char *text, struct err *err)
{
    struct my_target *t = my_target(target);
    struct my_run_lock *l = t->run_lock;
    struct buf sql = BUF_INIT;
    if (!text) {
        my_conn_close(l->teller);
        l->teller = NULL;
        l->told = false;
        return true;
    }
    if (!l->teller && !my_conn_sibling(my_session(l->session), &l->teller, err))
        return false;
    struct my_session *s = my_session(l->teller);
    if (l->told && mysql_read_query_result(s->db) != 0)
        return my_conn_fail(s, err);
    buf_addf(&sql, TELLING "%s %s %s */", t->lock, l->since, text);
    l->told = mysql_send_query(s->db, sql.data, sql.len) == 0;
    buf_release(&sql);
    return l->told || my_conn_fail(s, err);
}

struct processes {
    const struct my_target *t;
    const char *id;
    struct arena *a;
    struct run_seen *ret;
};

/* id, account and host, statement */
static bool process_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                        struct err *err)
{
    struct processes *p = ctx;
    (void)n, (void)lengths, (void)err;
    if (str_eq(v[0], p->id))
        p->ret->who = arena_printf(p->a, "connection %s of %s", v[0], v[1] ? v[1] : "?");
    const char *text = v[2] && str_starts(v[2], TELLING) ? v[2] + strlen(TELLING) : "";
    size_t n_lock = strlen(p->t->lock), n_since = 0;
    if (strncmp(text, p->t->lock, n_lock) != 0 || text[n_lock] != ' ')
        return true;
    text += n_lock + 1;
    n_since = strcspn(text, " ");
    const char *end = strstr(text, " */");
    if (!text[n_since] || !end || end <= text + n_since)
        return true;
    p->ret->since = arena_strndup(p->a, text, n_since);
    text += n_since + 1;
    p->ret->text = arena_strndup(p->a, text, (size_t)(end - text));
    return true;
}

bool my_run_lock_seen(struct target *target, struct arena *a, struct run_seen *ret, struct err *err)
{
    struct my_target *t = my_target(target);
    struct my_session *s = my_session(t->session);
    struct processes p = {.t = t, .a = a, .ret = ret};
    struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
    *ret = (struct run_seen){0};
    if (!my_conn_value(s, arena_printf(a, "SELECT IS_USED_LOCK('%s')", t->lock), a, &p.id, err))
        return false;
    ret->there = p.id != NULL;
    for (int i = 0; ret->there && !ret->text && i < SEEN_TRIES; i++) {
        if (i)
            nanosleep(&pause, NULL);
        if (!my_conn_rows(t->session,
                          "SELECT ID, CONCAT(USER, '@', HOST), INFO FROM "
                          "information_schema.PROCESSLIST",
                          process_row, &p, err))
            return false;
    }
    return true;
}

/* Who has the lock; err keeps the refusal. */
static bool lock_refused(struct my_target *t, struct err *err)
{
    struct err ignored = ERR_INIT;
    struct run_seen seen = {0};
    my_run_lock_seen((struct target *)(void *)t, &t->arena, &seen, &ignored);
    err_set(err, ERR_REFUSED, "%s: another run of dbtwin is filling this database%s%s%s%s",
            t->endpoint->label, seen.since ? " since " : "", seen.since ? seen.since : "",
            seen.who ? ", " : "", seen.who ? seen.who : "");
    return err_hint(
        err,
        "it holds the lock %s on that server; if its machine died, the server ends that "
        "connection within " LOCK_SILENCE " seconds",
        t->lock);
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

static void lock_end(struct my_run_lock *l)
{
    pthread_mutex_lock(&l->mutex);
    l->ends = true;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->mutex);
    pthread_join(l->thread, NULL);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->mutex);
    my_conn_close(l->teller);
    my_conn_close(l->session);
}

/* The connection that holds it: for targets that share their session one, in that session. */
static bool lock_open(struct my_target *t, struct my_run_lock **ret, struct err *err)
{
    struct my_session *s = my_session(t->session);
    struct session *session;
    if (t->shared && s->locks) {
        *ret = s->locks;
        return true;
    }
    if (!my_conn_sibling(s, &session, err))
        return false;
    struct my_run_lock *l = arena_new(t->shared ? &s->arena : &t->arena, struct my_run_lock);
    l->session = session;
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(l->since, sizeof(l->since), "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (!my_conn_run(my_session(session), "SET SESSION wait_timeout=" LOCK_SILENCE, err) ||
        !lock_start(l, err)) {
        my_conn_close(session);
        return false;
    }
    if (t->shared) {
        s->locks = l;
        s->locks_end = lock_end;
    }
    *ret = l;
    return true;
}

enum { LOCK_TRIES = 10 }; /* of a fifth of a second */

/* The server gives the lock of a run that was just killed, or that has just closed its connection,
 * back a moment later. */
static bool lock_try(struct my_target *t, struct my_session *s, struct err *err)
{
    const char *sql = arena_printf(&t->arena, "SELECT GET_LOCK('%s', 0)", t->lock), *got = NULL;
    struct timespec pause = {.tv_nsec = 200 * 1000 * 1000};

    for (int i = 0; i < LOCK_TRIES && !str_eq(got, "1"); i++) {
        if (i)
            nanosleep(&pause, NULL);
        if (!my_conn_value(s, sql, &t->arena, &got, err))
            return false;
    }
    t->locked = str_eq(got, "1");
    return t->locked || lock_refused(t, err);
}

bool my_run_lock_take(struct my_target *t, struct err *err)
{
    if (!lock_open(t, &t->run_lock, err))
        return err_context(err, "while taking the run lock");
    struct my_run_lock *l = t->run_lock;
    pthread_mutex_lock(&l->mutex);
    bool good = lock_try(t, my_session(l->session), err);
    pthread_mutex_unlock(&l->mutex);
    return (good && lock_bury(t, err)) || err_context(err, "while taking the run lock");
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

/* Before the connection ends, too: what comes next must not have to wait until the server notices
 * that. */
static void lock_give_back(struct my_target *t, struct my_run_lock *l)
{
    const char *got = NULL;
    struct err ignored = ERR_INIT;
    pthread_mutex_lock(&l->mutex);
    my_session(l->session)->critical = true; /* after an interrupt, too */
    if (t->locked && !l->lost)
        my_conn_value(my_session(l->session),
                      arena_printf(&t->arena, "SELECT RELEASE_LOCK('%s')", t->lock), &t->arena,
                      &got, &ignored);
    my_session(l->session)->critical = false;
    pthread_mutex_unlock(&l->mutex);
}

void my_run_lock_release(struct my_target *t)
{
    struct my_run_lock *l = t->run_lock;
    t->run_lock = NULL;
    if (l)
        lock_give_back(t, l);
    if (l && !t->shared)
        lock_end(l);
}
