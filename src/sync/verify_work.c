#include "verify.h"

#include <string.h>

/* ---- reading both sides of a chunk ------------------------------------------------------- */

typedef void block_fn(void *ctx, enum digest_side side, struct slice block);

static bool read_source(struct verify_worker *w, const struct check_chunk *c, size_t part,
                        struct reader **ret, struct err *err)
{
    struct chunk chunk = c->source;
    if (c->n_parts)
        chunk.condition = c->parts[part];
    if (!w->v->at[SIDE_SOURCE]->driver->source->scan(w->s[SIDE_SOURCE], &chunk, ret, err))
        return false;
    if (!c->table->computed)
        *ret = masking_rows(*ret, w->v->mask, c->source.projection, w->v->opt->mask_key,
                            w->v->model[SIDE_SOURCE].flavor);
    return true;
}

static bool read_target(struct verify_worker *w, const struct check_chunk *c, struct reader **ret,
                        struct err *err)
{
    struct chunk chunk = c->source;
    struct arena a = {.block_size = 512};
    chunk.projection = c->target;
    if (c->only)
        chunk.condition =
            chunk.condition ? arena_printf(&a, "(%s) AND %s", chunk.condition, c->only) : c->only;
    bool ok = w->v->at[SIDE_TARGET]->driver->source->scan(w->s[SIDE_TARGET], &chunk, ret, err);
    arena_release(&a);
    return ok;
}

/* Both servers work at once: a block from one side, then a block from the other. */
static bool read_both(struct verify_worker *w, const struct check_chunk *c, block_fn *fn, void *ctx,
                      struct err *err)
{
    struct reader *r[2] = {NULL, NULL};
    bool ok, more[2] = {true, true};
    size_t part = 0;
    ok = read_source(w, c, part, &r[SIDE_SOURCE], err) && read_target(w, c, &r[SIDE_TARGET], err);
    while (ok && (more[0] || more[1])) {
        for (int i = 0; i < 2 && ok; i++) {
            struct slice block;
            int got = more[i] ? reader_next(r[i], &block, err) : 0;
            ok = got >= 0;
            if (got == 0 && i == SIDE_SOURCE && more[i] && part + 1 < c->n_parts) {
                reader_close(r[i]);
                r[i] = NULL;
                ok = read_source(w, c, ++part, &r[i], err);
                continue;
            }
            more[i] = got == 1;
            if (got == 1) {
                if (w->v->opt->progress)
                    __atomic_add_fetch(&w->v->opt->progress->bytes, block.len, __ATOMIC_RELAXED);
                __atomic_add_fetch(&w->v->shown[c->table->number].bytes, block.len,
                                   __ATOMIC_RELAXED);
                fn(ctx, (enum digest_side)i, block);
            }
        }
    }
    reader_close(r[0]);
    reader_close(r[1]);
    return ok;
}

struct first_pass {
    struct digest **digest;
    uint32_t n_key;
};

static void first_block(void *ctx, enum digest_side side, struct slice block)
{
    struct first_pass *p = ctx;
    digest_rows(p->digest[side], block, p->n_key);
}

struct second_pass {
    struct digest_detail detail;
    uint32_t n_key;
};

static void second_block(void *ctx, enum digest_side side, struct slice block)
{
    struct second_pass *p = ctx;
    digest_detail_rows(&p->detail, side, block, p->n_key);
}

/* ---- what differs ------------------------------------------------------------------------ */

static void note_row(struct verify *v, struct table_difference *t, const struct digest_entry *e)
{
    if (e->n[0] == e->n[1] && hash_equal(e->sum[0], e->sum[1]))
        return;
    t->rows_different++;
    if (t->rows.len >= v->opt->limit) {
        t->rows_more = true;
        return;
    }
    struct row_difference d = {.key = arena_strdup(v->arena, e->key)};
    d.what = e->n[0] > e->n[1] ? ROW_MISSING : e->n[0] < e->n[1] ? ROW_EXTRA : ROW_CHANGED;
    VEC_PUSH(&t->rows, struct row_difference, d);
}

static void note_range(struct verify *v, struct table_difference *t, const char *range)
{
    const char **more = arena_alloc(v->arena, sizeof(*more) * (t->n_ranges + 1));
    if (t->n_ranges)
        memcpy(more, t->ranges, sizeof(*more) * t->n_ranges);
    more[t->n_ranges++] = range ? range : "whole table";
    t->ranges = more;
}

static bool second_look(struct verify_worker *w, const struct check_chunk *c, struct err *err)
{
    struct verify *v = w->v;
    struct second_pass p = {.n_key = c->source.projection->n_key};
    digest_detail_init(&p.detail, w->digest[0], w->digest[1]);
    bool ok = read_both(w, c, second_block, &p, err);
    if (ok) {
        pthread_mutex_lock(&v->lock);
        note_range(v, c->table, c->source.range);
        for (size_t i = 0; i < p.detail.entries.len; i++)
            note_row(v, c->table, VEC_AT(&p.detail.entries, struct digest_entry *, i));
        c->table->rows_more |= p.detail.full;
        pthread_mutex_unlock(&v->lock);
    }
    digest_detail_release(&p.detail);
    return ok;
}

static bool check_one(struct verify_worker *w, const struct check_chunk *c, struct err *err)
{
    struct verify *v = w->v;
    struct first_pass p = {w->digest, c->source.projection->n_key};
    digest_clear(w->digest[0]);
    digest_clear(w->digest[1]);
    verify_tell_begins(&v->shown[c->table->number]);
    if (!read_both(w, c, first_block, &p, err))
        return false;
    pthread_mutex_lock(&v->lock);
    c->table->rows_source += w->digest[0]->rows;
    c->table->rows_target += w->digest[1]->rows;
    v->rows += c->table->computed ? 0 : w->digest[0]->rows;
    pthread_mutex_unlock(&v->lock);
    if (v->opt->progress && !c->table->computed)
        __atomic_add_fetch(&v->opt->progress->rows, w->digest[0]->rows, __ATOMIC_RELAXED);
    bool ok = digest_equal(w->digest[0], w->digest[1]) || second_look(w, c, err);
    verify_tell_done(v->opt->progress, &v->shown[c->table->number], &c->source, w->digest[0]->rows);
    return ok;
}

/* ---- workers ----------------------------------------------------------------------------- */

static void *verify_main(void *arg)
{
    struct verify_worker *w = arg;
    struct verify *v = w->v;
    pthread_mutex_lock(&v->lock);
    while (!v->stop && v->next < v->chunks.len) {
        const struct check_chunk *c = &VEC_AT(&v->chunks, struct check_chunk, v->next++);
        w->working = true;
        pthread_mutex_unlock(&v->lock);
        bool ok = check_one(w, c, &w->err);
        if (!ok)
            err_context(&w->err, "while verifying %s", c->table->path);
        pthread_mutex_lock(&v->lock);
        w->working = false;
        if (!ok) {
            if (!err_is_set(&v->err))
                v->err = w->err;
            v->stop = true;
        }
    }
    v->busy--;
    pthread_cond_broadcast(&v->changed);
    pthread_mutex_unlock(&v->lock);
    return NULL;
}

static void cancel_working_locked(struct verify *v)
{
    for (unsigned i = 0; i < v->n_workers; i++)
        for (int s = 0; s < 2; s++)
            if (v->workers[i].working && v->workers[i].s[s])
                v->at[s]->driver->source->cancel(v->workers[i].s[s]);
}

bool verify_work(struct verify *v, struct err *err)
{
    v->busy = v->n_workers;
    for (unsigned i = 0; i < v->n_workers; i++) {
        struct verify_worker *w = &v->workers[i];
        w->started = pthread_create(&w->thread, NULL, verify_main, w) == 0;
        if (!w->started) {
            pthread_mutex_lock(&v->lock);
            v->busy--;
            v->stop = true;
            err_set(&v->err, ERR_RUNTIME, "cannot start a worker thread");
            pthread_mutex_unlock(&v->lock);
        }
    }
    pthread_mutex_lock(&v->lock);
    while (v->busy) {
        sync_wait(&v->changed, &v->lock);
        v->stop |= log_cancelled();
        if (v->stop)
            cancel_working_locked(v);
    }
    pthread_mutex_unlock(&v->lock);
    for (unsigned i = 0; i < v->n_workers; i++)
        if (v->workers[i].started)
            pthread_join(v->workers[i].thread, NULL);
    if (log_cancelled())
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    if (err_is_set(&v->err)) {
        *err = v->err;
        return false;
    }
    return true;
}
