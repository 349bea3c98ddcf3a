#include "digest.h"
#include "job.h"
#include "only.h"

#include <stdlib.h>
#include <string.h>

enum { VERIFY_CHUNK_BYTES = 32 * 1024 * 1024 };

struct check_chunk {
    struct chunk source;
    struct projection *target; /* the same columns, as the target's driver reads them */
    struct table_difference *table;
};

struct verify {
    const struct endpoint *at[2];
    const struct verify_options *opt;
    struct arena *arena; /* the caller's; used under the lock once workers run */
    struct model model[2];
    struct mask_set *mask; /* or NULL */
    unsigned n_workers;
    struct verify_worker *workers;
    struct map paired;                /* of the target's tables: those that the source has */
    struct vec notes;                 /* struct neutral_note, of the target */
    struct vec chunks;                /* struct check_chunk */
    struct table_difference **tables; /* all tables compared; those that differ are the result */
    size_t n_tables;
    uint64_t n_generated, n_views; /* of these: what the server worked out */
    uint64_t n_inner;              /* and what texts do not show */
    struct only only;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t next;
    unsigned busy;
    bool stop;
    struct err err;
    uint64_t rows, bytes;
};

struct verify_worker {
    struct verify *v;
    pthread_t thread;
    bool started, working;
    struct session *s[2];
    struct digest *digest[2];
    struct err err;
};

/* ---- reading both sides of a chunk ------------------------------------------------------- */

typedef void block_fn(void *ctx, enum digest_side side, struct slice block);

/* Both servers work at once: a block from one side, then a block from the other. */
static bool read_both(struct verify_worker *w, const struct check_chunk *c, block_fn *fn, void *ctx,
                      struct err *err)
{
    struct chunk side[2] = {c->source, c->source};
    struct reader *r[2] = {NULL, NULL};
    bool ok = true, more[2] = {true, true};
    side[SIDE_TARGET].projection = c->target;
    for (int i = 0; i < 2 && ok; i++)
        ok = w->v->at[i]->driver->source->scan(w->s[i], &side[i], &r[i], err);
    if (ok && !c->table->computed)
        r[SIDE_SOURCE] = masking_rows(r[SIDE_SOURCE], w->v->mask, c->source.projection,
                                      w->v->opt->mask_key, w->v->model[SIDE_SOURCE].flavor);
    while (ok && (more[0] || more[1])) {
        for (int i = 0; i < 2 && ok; i++) {
            struct slice block;
            int got = more[i] ? reader_next(r[i], &block, err) : 0;
            ok = got >= 0;
            more[i] = got == 1;
            if (got == 1) {
                if (w->v->opt->progress)
                    __atomic_add_fetch(&w->v->opt->progress->bytes, block.len, __ATOMIC_RELAXED);
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
    if (!read_both(w, c, first_block, &p, err))
        return false;
    pthread_mutex_lock(&v->lock);
    c->table->rows_source += w->digest[0]->rows;
    c->table->rows_target += w->digest[1]->rows;
    v->rows += c->table->computed ? 0 : w->digest[0]->rows;
    pthread_mutex_unlock(&v->lock);
    if (v->opt->progress && !c->table->computed)
        __atomic_add_fetch(&v->opt->progress->rows, w->digest[0]->rows, __ATOMIC_RELAXED);
    return digest_equal(w->digest[0], w->digest[1]) || second_look(w, c, err);
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

static bool run_workers(struct verify *v, struct err *err)
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

/* ---- tables ------------------------------------------------------------------------------ */

static struct table_difference *new_table(struct verify *v, const struct object *o)
{
    struct table_difference *t = arena_new(v->arena, struct table_difference);
    t->path = model_path_text(o, v->arena);
    vec_init(&t->rows, sizeof(struct row_difference));
    v->tables[v->n_tables++] = t;
    return t;
}

static bool same_columns(const struct projection *a, const struct projection *b)
{
    if (a->n_columns != b->n_columns || a->n_key != b->n_key)
        return false;
    for (uint32_t i = 0; i < a->n_columns; i++)
        if (strcmp(a->columns[i].column->name, b->columns[i].column->name) != 0)
            return false;
    return true;
}

/*
 * The target's columns in the source's order: rows go by name, because column order may differ
 * between an old production and a fresh staging. False when a column is missing.
 */
static bool reorder(struct projection *p, const struct projection *like, struct arena *a)
{
    if (p->n_columns != like->n_columns)
        return false;
    struct projection_column *c = arena_alloc(a, sizeof(*c) * (p->n_columns + 1));
    for (uint32_t i = 0; i < like->n_columns; i++) {
        uint32_t k = 0;
        while (k < p->n_columns &&
               strcmp(p->columns[k].column->name, like->columns[i].column->name) != 0)
            k++;
        if (k == p->n_columns)
            return false;
        c[i] = p->columns[k];
    }
    p->columns = c;
    p->n_key = like->n_key;
    return same_columns(p, like);
}

/* Keys that are masked have other ranges on the target: such a table is one chunk. */
static bool add_whole(struct verify *v, struct table_difference *t, struct projection *source,
                      struct projection *target)
{
    struct check_chunk c = {{.projection = source, .only = true}, target, t};
    VEC_PUSH(&v->chunks, struct check_chunk, c);
    return true;
}

static bool add_chunks(struct verify *v, struct table_difference *t, struct projection *source,
                       struct projection *target, struct err *err)
{
    if (masking_of_key(v->mask, source))
        return add_whole(v, t, source, target);
    struct vec chunks = VEC_INIT(struct chunk);
    bool ok = v->at[0]->driver->source->split(v->workers[0].s[0], source, SPLIT_KEY,
                                              VERIFY_CHUNK_BYTES, v->arena, &chunks, err);
    for (size_t i = 0; ok && i < chunks.len; i++) {
        struct check_chunk c = {VEC_AT(&chunks, struct chunk, i), target, t};
        VEC_PUSH(&v->chunks, struct check_chunk, c);
    }
    vec_release(&chunks);
    return ok;
}

/* What o is on the target, whose schemas may have their mapped names. */
static const struct object *counterpart(const struct verify *v, const struct object *o)
{
    const struct model *m = &v->model[SIDE_TARGET];
    const struct object *schema = o->parent;
    if (!v->opt->map || !schema || schema->kind->id != K_SCHEMA)
        return model_counterpart(m, o);
    schema = model_child(m, m->root, SPACE_SCHEMA, namemap_schema(v->opt->map, schema->name));
    const struct object *c = schema ? model_child(m, schema, o->kind->space, o->name) : NULL;
    return c && c->kind == o->kind ? c : NULL;
}

/* A masked column is read as it is: of a long value the comparison reads a digest instead. */
static bool read_raw(struct verify *v, const struct object *o, struct projection *p,
                     struct err *err)
{
    struct projection raw;
    if (!v->mask || !mask_set_changes(v->mask, o))
        return true;
    if (!v->at[0]->driver->source->project(v->workers[0].s[0], o, false, v->arena, &raw, err))
        return false;
    for (uint32_t i = 0; i < p->n_columns; i++) {
        const struct mask_found *f = mask_set_find(v->mask, p->columns[i].column);
        for (uint32_t k = 0; f && k < raw.n_columns; k++)
            if (raw.columns[k].column == p->columns[i].column)
                p->columns[i].read = raw.columns[k].read;
    }
    masking_read(v->mask, p);
    return true;
}

static bool add_table(struct verify *v, const struct object *o, struct err *err)
{
    struct table_difference *t = new_table(v, o);
    const struct object *other = counterpart(v, o);
    if (!other) {
        t->why = "the table is missing on the target";
        return true;
    }
    struct projection *p[2];
    const struct object *object[2] = {o, other};
    for (int i = 0; i < 2; i++) {
        p[i] = arena_new(v->arena, struct projection);
        if (!v->at[i]->driver->source->project(v->workers[0].s[i], object[i], true, v->arena, p[i],
                                               err))
            return false;
    }
    if (!reorder(p[SIDE_TARGET], p[SIDE_SOURCE], v->arena)) {
        t->why = "the table has different columns on the target";
        return true;
    }
    if (!read_raw(v, o, p[SIDE_SOURCE], err))
        return false;
    return add_chunks(v, t, p[SIDE_SOURCE], p[SIDE_TARGET], err);
}

/* The rule by which the copy left it empty on purpose, or NULL. */
static const char *emptied_by(struct verify *v, const struct object *o)
{
    struct buf path = BUF_INIT;
    const char *rule = NULL;
    model_path(o, &path);
    for (size_t i = 0; !rule && i < v->notes.len; i++) {
        const struct neutral_note *n = &VEC_AT(&v->notes, struct neutral_note, i);
        if ((str_eq(n->what, "empty") && str_eq(n->kind, o->kind->name) &&
             str_eq(n->path, path.data)) ||
            (o->kind->id == K_EXTENSION_ROWS && str_eq(n->what, "absent") &&
             str_eq(n->kind, o->parent->kind->name) && str_eq(n->path, o->parent->name)))
            rule = n->rule;
    }
    buf_release(&path);
    return rule;
}

/* Its rows would only be told as missing, one by one. */
static bool arrives_empty(struct verify *v, const struct object *o)
{
    const char *rule = emptied_by(v, o);
    struct buf path = BUF_INIT;
    model_path(o, &path);
    if (rule && v->opt->event)
        v->opt->event(
            v->opt->ctx, LOG_INFO,
            arena_printf(v->arena, "not compared: %s, which arrives empty (%s)", path.data, rule));
    buf_release(&path);
    return rule != NULL;
}

/* ---- what stands beside the rows ---------------------------------------------------------- */

/* Of no use where only one side has rows: a copy may have said so. */
static bool is_unfilled(struct verify *v, const struct object *o, const struct object *other)
{
    const struct object *side[2] = {o, other};
    for (int i = 0; i < 2; i++) {
        int slot = kind_prop(o->kind, "populated");
        if (slot < 0 || model_yes(side[i], slot))
            continue;
        struct buf path = BUF_INIT;
        model_path(o, &path);
        if (v->opt->event)
            v->opt->event(v->opt->ctx, LOG_INFO,
                          arena_printf(v->arena,
                                       "not compared: materialized view %s, which is not"
                                       " populated on the %s",
                                       path.data, i ? "target" : "source"));
        buf_release(&path);
        return true;
    }
    return false;
}

typedef bool project_fn(struct session *s, const struct object *o, struct arena *a,
                        struct projection *ret, struct err *err);

static bool project_both(struct verify *v, project_fn *fn, const struct object *const object[2],
                         struct projection *p[2], struct err *err)
{
    for (int i = 0; i < 2; i++) {
        p[i] = arena_new(v->arena, struct projection);
        if (!fn(v->workers[0].s[i], object[i], v->arena, p[i], err))
            return false;
    }
    return true;
}

/* A comparison of its own, beside the rows of the table. */
static bool add_beside(struct verify *v, const struct object *o, const char *what,
                       struct projection *const p[2], struct err *err)
{
    struct table_difference *t = new_table(v, o);
    t->computed = true;
    t->path = arena_printf(v->arena, "%s, %s", t->path, what);
    if (!reorder(p[SIDE_TARGET], p[SIDE_SOURCE], v->arena)) {
        t->why = "they differ on the target";
        return true;
    }
    return add_chunks(v, t, p[SIDE_SOURCE], p[SIDE_TARGET], err);
}

static bool add_computed(struct verify *v, const struct object *const object[2], struct err *err)
{
    const struct object *o = object[SIDE_SOURCE];
    bool view = o->kind->id == K_MATERIALIZED_VIEW;
    struct projection *p[2];
    if (!v->at[0]->driver->live)
        return true;
    if (!project_both(v, v->at[0]->driver->source->project_computed, object, p, err))
        return false;
    if (!p[SIDE_SOURCE]->n_columns)
        return true;
    v->n_generated += !view;
    v->n_views += view;
    return add_beside(v, o, view ? "a materialized view" : "its generated columns", p, err);
}

/* Where only one of two servers knows such types, the other has them as text. */
static bool add_inner(struct verify *v, const struct object *const object[2], struct err *err)
{
    struct projection *p[2];
    if (!v->at[0]->driver->source->project_inner)
        return true;
    if (!project_both(v, v->at[0]->driver->source->project_inner, object, p, err))
        return false;
    if (!p[SIDE_SOURCE]->n_columns || !p[SIDE_TARGET]->n_columns)
        return true;
    v->n_inner++;
    return add_beside(v, object[SIDE_SOURCE], "types inside its JSON documents", p, err);
}

/* What is computed from masked rows is not what production computed. */
static bool follows_masks(struct verify *v, const struct object *o)
{
    bool view = o->kind->id == K_MATERIALIZED_VIEW;
    bool follows = v->mask && (view ? mask_set_count(v->mask) > 0 : mask_set_changes(v->mask, o));
    if (follows && view && v->opt->event)
        v->opt->event(
            v->opt->ctx, LOG_INFO,
            arena_printf(v->arena, "not compared: materialized view %s: rows are masked", o->name));
    return follows;
}

static bool list_computed(struct verify *v, struct err *err)
{
    for (uint32_t i = 0; i < v->model[0].n_objects; i++) {
        const struct object *o = v->model[0].objects[i];
        const struct object *both[2] = {o, counterpart(v, o)};
        bool view = o->kind->id == K_MATERIALIZED_VIEW;
        bool table = o->kind->id == K_TABLE && table_holds_rows(&v->model[0], o);
        if ((!view && !table) || !only_wants(&v->only, &v->model[0], o) || !both[1] ||
            emptied_by(v, o) || is_unfilled(v, o, both[1]) || follows_masks(v, o))
            continue;
        if (!add_computed(v, both, err) || (table && !add_inner(v, both, err)))
            return false;
    }
    return true;
}

static bool list_tables(struct verify *v, struct err *err)
{
    if (!sync_neutralised(v->at[SIDE_TARGET]->driver, v->workers[0].s[SIDE_TARGET], v->arena,
                          &v->notes, err))
        return false;
    v->tables = arena_alloc(v->arena, sizeof(*v->tables) *
                                          (3 * v->model[0].n_objects + v->model[1].n_objects));
    for (uint32_t i = 0; i < v->model[0].n_objects; i++) {
        const struct object *o = v->model[0].objects[i];
        bool holds = table_holds_rows(&v->model[0], o);
        const struct object *other = holds ? counterpart(v, o) : NULL;
        if (other)
            map_put(&v->paired, &v->model[1].objects[other->id], sizeof(other), v);
        if (holds && only_wants(&v->only, &v->model[0], o) && !arrives_empty(v, o) &&
            !add_table(v, o, err))
            return false;
    }
    for (uint32_t i = 0; i < v->model[1].n_objects; i++) {
        const struct object *o = v->model[1].objects[i];
        if (table_holds_rows(&v->model[1], o) && !map_get(&v->paired, &o, sizeof(o)) &&
            only_wants(&v->only, &v->model[1], o))
            new_table(v, o)->why = "the table is missing on the source";
    }
    if (!list_computed(v, err) || !only_check(&v->only, err))
        return false;
    if (v->opt->progress)
        v->opt->progress->tables = v->n_tables;
    return true;
}

/* A table that this role cannot read was not verified: better an error than a half answer. */
static bool open_sides(struct verify *v, struct err *err)
{
    struct source_options o = {.jobs = v->opt->schema_jobs};
    for (int side = 0; side < 2; side++) {
        const struct driver *d = v->at[side]->driver;
        struct session **all = arena_alloc(v->arena, sizeof(*all) * v->n_workers);
        for (unsigned i = 0; i < v->n_workers; i++) {
            if (!d->source->open(v->at[side], DRIVER_SOURCE, &o, &v->workers[i].s[side], err))
                return false;
            all[i] = v->workers[i].s[side];
        }
        struct snapshot_info info = {0};
        if (!d->source->snapshot(all, v->n_workers, v->arena, &info, err))
            return false;
        if (info.usable && info.usable < v->n_workers)
            v->n_workers = info.usable; /* the others stay open and idle */
        if (!d->source->introspect(all[0], &v->model[side], err))
            return err_context(err, "while reading the schema of %s", v->at[side]->label);
    }
    return true;
}

static bool run(struct verify *v, struct err *err)
{
    for (int side = 0; side < 2; side++) {
        const struct driver *d = v->at[side]->driver;
        if (!d->live) {
            err_set(err, ERR_USAGE, "verify needs two live databases, and %s is a file",
                    v->at[side]->label);
            return err_hint(err, "restore the file into an empty database and verify that");
        }
    }
    if (v->at[0]->driver != v->at[1]->driver)
        return err_set(err, ERR_USAGE, "verify needs two databases of one engine");
    return open_sides(v, err) &&
           sync_masks(v->opt->mask, v->opt->mask_key, &v->model[0], v->at[0]->driver,
                      v->workers[0].s[0], v->arena, &v->mask, err) &&
           list_tables(v, err) && run_workers(v, err);
}

static void collect(struct verify *v, struct verify_result *r)
{
    vec_init(&r->differences, sizeof(struct table_difference));
    for (size_t i = 0; i < v->n_tables; i++) {
        struct table_difference *t = v->tables[i];
        if (t->why || t->n_ranges)
            VEC_PUSH(&r->differences, struct table_difference, *t);
        else
            vec_release(&t->rows);
    }
    r->tables = v->n_tables - v->n_generated - v->n_views - v->n_inner;
    r->inner = v->n_inner;
    r->generated = v->n_generated;
    r->views = v->n_views;
    r->rows = v->rows;
    r->bytes = v->opt->progress ? v->opt->progress->bytes : 0;
}

bool sync_verify(const struct endpoint *source, const struct endpoint *target,
                 const struct verify_options *opt, struct arena *a, struct verify_result *ret,
                 struct err *err)
{
    double start = clock_now();
    struct verify v = {
        .at = {source, target}, .opt = opt, .arena = a, .only = {.patterns = opt->tables}};
    pthread_mutex_init(&v.lock, NULL);
    pthread_cond_init(&v.changed, NULL);
    model_init(&v.model[0]);
    model_init(&v.model[1]);
    vec_init(&v.chunks, sizeof(struct check_chunk));
    vec_init(&v.notes, sizeof(struct neutral_note));
    unsigned n_opened = opt->jobs ? opt->jobs : 1;
    v.n_workers = n_opened;
    v.workers = arena_calloc(a, sizeof(*v.workers) * v.n_workers);
    for (unsigned i = 0; i < v.n_workers; i++) {
        v.workers[i].v = &v;
        for (int s = 0; s < 2; s++)
            v.workers[i].digest[s] = arena_alloc(a, sizeof(struct digest));
    }
    bool ok = run(&v, err);
    if (!ok && v.mask)
        masking_hush(&v.model[0], err);
    if (ok) {
        struct verify_result r = {0};
        collect(&v, &r);
        r.seconds = clock_now() - start;
        *ret = r;
    }
    for (unsigned i = 0; i < n_opened; i++)
        for (int s = 0; s < 2; s++)
            if (v.workers[i].s[s])
                v.at[s]->driver->source->close(v.workers[i].s[s]);
    vec_release(&v.chunks);
    vec_release(&v.notes);
    map_release(&v.paired);
    mask_set_release(v.mask);
    model_release(&v.model[0]);
    model_release(&v.model[1]);
    pthread_cond_destroy(&v.changed);
    pthread_mutex_destroy(&v.lock);
    return ok;
}
