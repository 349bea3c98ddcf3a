#include "verify.h"

#include <stdarg.h>
#include <string.h>

void verify_tell(struct verify *v, const char *fmt, ...)
{
    va_list ap;
    struct buf b = BUF_INIT;
    if (!v->opt->event)
        return;
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    v->opt->event(v->opt->ctx, LOG_INFO, arena_strdup(v->arena, b.data));
    buf_release(&b);
}

/* A table that this role cannot read was not verified: better an error than a half answer. */
static bool open_sides(struct verify *v, struct err *err)
{
    struct source_options o = {.jobs = v->opt->schema_jobs};
    verify_tell_phase(v->opt->progress, "schema");
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

static bool is_empty(const void *ctx, const struct object *table)
{
    return verify_tables_emptied((struct verify *)(uintptr_t)ctx, table) != NULL;
}

static bool read_masks(struct verify *v, struct err *err)
{
    struct mask_config *config =
        v->opt->mask ? arena_memdup(v->arena, v->opt->mask, sizeof(*config)) : NULL;
    if (config) {
        config->is_empty = is_empty;
        config->ctx = v;
    }
    return sync_masks(config, v->opt->mask_key, &v->model[0], v->at[0]->driver, v->workers[0].s[0],
                      v->arena, &v->mask, err);
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
           sync_neutralised(v->at[SIDE_TARGET]->driver, v->workers[0].s[SIDE_TARGET], v->arena,
                            &v->notes, err) &&
           read_masks(v, err) &&
           (!v->opt->rows || subset_verify_begin(v->opt, v->at[0], v->workers[0].s[0], &v->model[0],
                                                 v->arena, &v->subset, err)) &&
           verify_tables_list(v, err) && verify_work(v, err);
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
    clock_cond_init(&v.changed);
    model_init(&v.model[0]);
    model_init(&v.model[1]);
    vec_init(&v.chunks, sizeof(struct check_chunk));
    vec_init(&v.notes, sizeof(struct neutral_note));
    vec_init(&v.kept, sizeof(const struct object *));
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
        verify_stale(&v);
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
    vec_release(&v.kept);
    map_release(&v.paired);
    mask_set_release(v.mask);
    subset_release(v.subset);
    model_release(&v.model[0]);
    model_release(&v.model[1]);
    pthread_cond_destroy(&v.changed);
    pthread_mutex_destroy(&v.lock);
    return ok;
}
