#include "compress_pool.h"

#include <string.h>
#include <unistd.h>

/* The next thing to do for a thread; NULL at the end. Under the lock. */
static struct compress_pool_member *take_locked(struct compress_pool *p)
{
    while (!p->waiting && !p->ends)
        pthread_cond_wait(&p->changed, &p->lock);
    struct compress_pool_member *m = p->waiting;
    if (m && !(p->waiting = m->next))
        p->waiting_end = &p->waiting;
    return m;
}

static bool compress_member(const struct compress_pool *p, struct slice raw,
                            struct compress_pool_member *m, struct err *err)
{
    m->rows = str_newlines(raw);
    m->bytes = raw.len;
    if (!p->method->compress(raw, p->level, &m->packed, err))
        return false;
    hash_sha256_hex(m->packed.data, m->packed.len, m->sha256);
    return true;
}

static void give_back_locked(struct compress_pool *p, struct compress_pool_member *m)
{
    buf_reset(&m->raw);
    buf_reset(&m->packed);
    m->ready = false;
    m->next = p->idle;
    p->idle = m;
}

/* Writes what is ready at the head of the line. Gives the lock up meanwhile; one thread does it. */
static void write_locked(struct compress_pool *p, struct compress_pool_line *l)
{
    while (!l->writing && l->first && l->first->ready) {
        struct compress_pool_member *m = l->first;
        struct err err = ERR_INIT;
        bool failed = err_is_set(&l->err);
        l->writing = true;
        pthread_mutex_unlock(&p->lock);
        bool ok = failed || p->write(l->ctx, m, &err);
        pthread_mutex_lock(&p->lock);
        l->writing = false;
        if (!ok)
            l->err = err;
        if (!(l->first = m->next_in_line))
            l->end = &l->first;
        give_back_locked(p, m);
    }
    pthread_cond_broadcast(&p->changed);
}

static void *compress_pool_main(void *arg)
{
    struct compress_pool *p = arg;
    struct compress_pool_member *m;
    pthread_mutex_lock(&p->lock);
    while ((m = take_locked(p))) {
        struct err err = ERR_INIT;
        bool failed = err_is_set(&m->line->err);
        pthread_mutex_unlock(&p->lock);
        bool ok = failed || compress_member(p, buf_slice(&m->raw), m, &err);
        pthread_mutex_lock(&p->lock);
        if (!ok && !err_is_set(&m->line->err))
            m->line->err = err;
        m->ready = true;
        write_locked(p, m->line);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

bool compress_pool_start(struct compress_pool *p, const struct pack_method *method, int level,
                         compress_pool_write *write, struct err *err)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned n = cpus < 1                       ? 1
                 : cpus > COMPRESS_POOL_THREADS ? COMPRESS_POOL_THREADS
                                                : (unsigned)cpus;
    int failed = 0;

    memset(p, 0, sizeof(*p));
    p->method = method;
    p->level = level;
    p->write = write;
    p->waiting_end = &p->waiting;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    for (unsigned i = 0; i < COMPRESS_POOL_SLOTS(n); i++) {
        buf_init(&p->slots[i].raw);
        buf_init(&p->slots[i].packed);
        give_back_locked(p, &p->slots[i]);
    }
    while (p->n_threads < n && !failed) {
        failed = pthread_create(&p->threads[p->n_threads], NULL, compress_pool_main, p);
        p->n_threads += !failed;
    }
    if (p->n_threads)
        return true;
    compress_pool_end(p);
    return err_set(err, ERR_RUNTIME, "cannot start a thread: %s", strerror(failed));
}

void compress_pool_end(struct compress_pool *p)
{
    if (!p->write)
        return; /* was never started */
    pthread_mutex_lock(&p->lock);
    p->ends = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->n_threads; i++)
        pthread_join(p->threads[i], NULL);
    for (struct compress_pool_member *m = p->idle; m; m = m->next) {
        buf_release(&m->raw);
        buf_release(&m->packed);
    }
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    p->write = NULL;
}

/* ---- lines -------------------------------------------------------------------------------- */

void compress_pool_begin(struct compress_pool *p, struct compress_pool_line *l, void *ctx)
{
    *l = (struct compress_pool_line){.pool = p, .ctx = ctx};
    l->end = &l->first;
}

bool compress_pool_give(struct compress_pool_line *l, struct buf *raw, struct err *err)
{
    struct compress_pool *p = l->pool;
    pthread_mutex_lock(&p->lock);
    while (!p->idle && !err_is_set(&l->err))
        pthread_cond_wait(&p->changed, &p->lock);
    bool ok = !err_is_set(&l->err);
    if (ok) {
        struct compress_pool_member *m = p->idle;
        struct buf empty = m->raw;
        p->idle = m->next;
        m->raw = *raw;
        *raw = empty; /* whose memory is used again */
        m->line = l;
        m->next = m->next_in_line = NULL;
        *l->end = *p->waiting_end = m;
        l->end = &m->next_in_line;
        p->waiting_end = &m->next;
        pthread_cond_broadcast(&p->changed);
    } else {
        *err = l->err;
    }
    pthread_mutex_unlock(&p->lock);
    return ok;
}

bool compress_pool_wait(struct compress_pool_line *l, struct err *err)
{
    struct compress_pool *p = l->pool;
    pthread_mutex_lock(&p->lock);
    while (l->first)
        pthread_cond_wait(&p->changed, &p->lock);
    bool ok = !err_is_set(&l->err);
    if (!ok)
        *err = l->err;
    pthread_mutex_unlock(&p->lock);
    return ok;
}

bool compress_pool_large(struct compress_pool_line *l, struct slice raw, struct err *err)
{
    struct compress_pool_member m = {.line = l, .packed = BUF_INIT};
    bool ok = compress_pool_wait(l, err) && compress_member(l->pool, raw, &m, err) &&
              l->pool->write(l->ctx, &m, err);
    buf_release(&m.packed);
    return ok;
}
