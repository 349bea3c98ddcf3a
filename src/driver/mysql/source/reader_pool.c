#include "reader_pool.h"

#include <dbtwin/log.h>

#include <stdatomic.h>

enum { USUAL = 2, MOST = 64 }; /* connections, the reader's own among them */

struct worker {
    struct my_reader_pool *pool;
    struct my_session *s; /* NULL until it has work */
    struct arena arena;
    pthread_t thread;
    bool started;
};

struct my_reader_pool {
    struct arena *arena;
    struct worker own;
    struct worker *others;
    unsigned n_others;

    size_t shares;
    const char *charset;
    my_reader_pool_fn *fn;
    void *ctx;
    bool *done;         /* by share */
    atomic_size_t next; /* the first that nobody has taken */
    atomic_bool stop;
};

struct my_reader_pool *my_reader_pool_new(struct my_session *own, struct arena *a)
{
    struct my_reader_pool *c = arena_new(a, struct my_reader_pool);
    unsigned all = own->jobs ? own->jobs : USUAL;
    c->arena = a;
    c->n_others = (all > MOST ? MOST : all) - 1;
    c->others = arena_calloc(a, (c->n_others + 1) * sizeof *c->others);
    c->own.s = own;
    c->own.pool = c;
    arena_init(&c->own.arena);
    for (unsigned i = 0; i < c->n_others; i++) {
        c->others[i].pool = c;
        arena_init(&c->others[i].arena);
    }
    return c;
}

unsigned my_reader_pool_size(const struct my_reader_pool *c)
{
    return c->n_others + 1;
}

/* ---- one connection ------------------------------------------------------------------------ */

static bool set_charset(struct my_session *s, const char *name, struct err *err)
{
    struct buf sql = BUF_INIT;
    buf_addf(&sql, "SET character_set_results = %s", name);
    bool good = my_conn_run(s, sql.data, err);
    buf_release(&sql);
    return good;
}

static bool one_share(struct worker *w, size_t share, struct err *err)
{
    struct my_reader_pool *c = w->pool;
    bool good = c->fn(c->ctx, w->s, &w->arena, share, err);
    arena_reset(&w->arena);
    c->done[share] = good;
    if (c->own.s->progress && good)
        __atomic_fetch_add(&c->own.s->progress->parts_done, 1, __ATOMIC_RELAXED);
    return good;
}

/* Shares until there are none left. */
static bool work(struct worker *w, struct err *err)
{
    struct my_reader_pool *c = w->pool;
    size_t share;
    if (!set_charset(w->s, c->charset, err))
        return false;
    while (!atomic_load(&c->stop) && (share = atomic_fetch_add(&c->next, 1)) < c->shares)
        if (!one_share(w, share, err))
            return false;
    return true;
}

static bool connect_worker(struct worker *w, struct err *err)
{
    struct session *s;
    if (w->s)
        return true;
    if (!my_conn_sibling(w->pool->own.s, &s, err))
        return false;
    w->s = my_session(s);
    return true;
}

static void *worker_thread(void *arg)
{
    struct worker *w = arg;
    struct err err = ERR_INIT;
    mysql_thread_init();
    if (!connect_worker(w, &err) || !work(w, &err))
        log_debug("%s: reading with fewer connections: %s", w->pool->own.s->label, err.msg);
    mysql_thread_end();
    return NULL;
}

/* ---- all of them --------------------------------------------------------------------------- */

void my_reader_pool_start(struct my_reader_pool *c, size_t shares, const char *charset,
                          my_reader_pool_fn *fn, void *ctx)
{
    c->shares = shares;
    c->charset = charset;
    c->fn = fn;
    c->ctx = ctx;
    c->done = arena_calloc(c->arena, (shares + 1) * sizeof *c->done);
    if (c->own.s->progress)
        __atomic_fetch_add(&c->own.s->progress->parts, shares, __ATOMIC_RELAXED);
    atomic_store(&c->next, 0);
    atomic_store(&c->stop, false);
    for (unsigned i = 0; i < c->n_others && i + 1 < shares; i++) {
        struct worker *w = &c->others[i];
        w->started = pthread_create(&w->thread, NULL, worker_thread, w) == 0;
    }
}

static void join(struct my_reader_pool *c)
{
    for (unsigned i = 0; i < c->n_others; i++) {
        if (c->others[i].started)
            pthread_join(c->others[i].thread, NULL);
        c->others[i].started = false;
    }
}

bool my_reader_pool_finish(struct my_reader_pool *c, struct err *err)
{
    if (!c->shares)
        return true;
    bool good = work(&c->own, err);
    if (!good)
        atomic_store(&c->stop, true);
    join(c);
    for (size_t i = 0; good && i < c->shares; i++)
        good = c->done[i] || one_share(&c->own, i, err);
    return good && set_charset(c->own.s, "utf8mb4", err);
}

void my_reader_pool_close(struct my_reader_pool *c)
{
    if (!c)
        return;
    atomic_store(&c->stop, true);
    join(c);
    for (unsigned i = 0; i < c->n_others; i++) {
        my_conn_close((struct session *)(void *)c->others[i].s);
        arena_release(&c->others[i].arena);
    }
    arena_release(&c->own.arena);
}
