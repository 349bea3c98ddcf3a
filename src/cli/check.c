#include "cli.h"

#include <dbtwin/clock.h>

#include <string.h>

/* A snapshot read without a target: whether it is whole, and what it holds. */

/* Rows as the file holds them: a newline always ends one (driver.h). */
static bool count_chunk(struct session *s, struct chunk *ch, struct check_result *r,
                        struct err *err)
{
    struct reader *in = NULL;
    struct slice block;
    int got = -1;
    if (driver_archive.source->scan(s, ch, &in, err))
        while ((got = reader_next(in, &block, err)) == 1) {
            r->bytes += block.len;
            r->rows += str_newlines(block);
        }
    reader_close(in);
    return got == 0;
}

/* The file's share is what is known of a file. */
static void tell(struct sync_progress *p, const struct check_result *r)
{
    __atomic_store_n(&p->rows, r->rows, __ATOMIC_RELAXED);
    __atomic_store_n(&p->bytes, r->bytes, __ATOMIC_RELAXED);
    __atomic_store_n(&p->weight_done, __atomic_load_n(&p->file.parts_done, __ATOMIC_RELAXED),
                     __ATOMIC_RELAXED);
    __atomic_store_n(&p->weight, __atomic_load_n(&p->file.parts, __ATOMIC_RELAXED),
                     __ATOMIC_RELEASE);
}

/* `by_object`: NULL, or the rows of each, by its number in the model. */
static bool read_rows(struct session *s, const struct model *m, struct check_result *r,
                      uint64_t *by_object, struct sync_progress *p, struct err *err)
{
    struct chunk ch = {0};
    int got;
    for (uint32_t i = 0; i < m->n_objects; i++) /* as the copy counts them: empty ones too */
        r->tables += table_holds_rows(m, m->objects[i]);
    if (p)
        p->tables = r->tables;
    while ((got = driver_archive.source->next_chunk(s, &ch, err)) == 1) {
        const struct object *table = ch.projection->table;
        uint64_t before = r->rows;
        bool ok = count_chunk(s, &ch, r, err);
        if (by_object)
            by_object[table->id] += r->rows - before;
        chunk_release(&ch);
        if (p)
            tell(p, r);
        if (ok && log_cancelled())
            ok = err_set(err, ERR_INTERRUPTED, "interrupted");
        if (!ok) {
            got = -1;
            break;
        }
    }
    return got == 0;
}

bool check_snapshot(const char *path, bool unpack, struct sync_progress *p, struct arena *a,
                    struct check_result *ret, struct err *err)
{
    const struct driver *d = &driver_archive;
    struct endpoint e = {.driver = d, .label = path, .path = path};
    struct source_options o = {.count = true, .progress = p ? &p->file : NULL};
    struct check_result r = {0};
    struct snapshot_info info;
    struct session *s = NULL;
    struct model m;
    if (p) {
        p->by_weight = true;
        p->data_began = clock_now();
        __atomic_store_n(&p->phase, "check", __ATOMIC_RELEASE);
    }
    model_init(&m);
    if (strcmp(path, "-") == 0)
        e.label = "standard input";
    bool ok = d->source->open(&e, DRIVER_SOURCE, &o, &s, err) &&
              d->source->facts(s, a, &r.facts, err) && d->source->snapshot(&s, 1, a, &info, err);
    if (ok)
        r.taken_at = info.taken_at;
    if (ok && unpack)
        ok = d->source->introspect(s, &m, err) && read_rows(s, &m, &r, NULL, p, err) &&
             d->source->done(s, err);
    d->source->close(s);
    model_release(&m);
    if (ok)
        *ret = r;
    else if (!str_starts(err->msg, e.label))
        err_context(err, "%s", e.label);
    return ok;
}

static void add_object(const struct object *o, uint64_t rows, struct buf *out)
{
    char text[32];

    kind_words(o->kind->name, out);
    buf_addch(out, ' ');
    model_path(o, out);
    if (o->kind->id == K_TABLE) {
        str_human_count(rows, text);
        buf_addf(out, ", %s rows", text);
    }
    buf_addch(out, '\n');
}

/* What stands in reports by itself, and the triggers, rules and policies of tables. */
static bool is_listed(const struct object *o)
{
    return o->parent && ((o->kind->flags & KF_TOP) || o->kind->id == K_TRIGGER ||
                         o->kind->id == K_RULE || o->kind->id == K_POLICY);
}

static bool list_all(struct session *s, struct model *m, struct err *err)
{
    struct check_result r = {0};
    struct arena a = ARENA_INIT;
    struct buf out = BUF_INIT;
    uint64_t *rows = arena_calloc(&a, (m->n_objects + 1) * sizeof(*rows));
    bool ok = read_rows(s, m, &r, rows, NULL, err) && driver_archive.source->done(s, err);

    for (uint32_t i = 0; ok && i < m->n_objects; i++)
        if (is_listed(m->objects[i]))
            add_object(m->objects[i], rows[i], &out);
    ok = ok && output_write("-", buf_slice(&out), err);
    buf_release(&out);
    arena_release(&a);
    return ok;
}

int check_list(struct cli *c, struct err *err)
{
    const struct driver *d = &driver_archive;
    struct source_options o = {.count = true};
    struct snapshot_info info;
    struct session *s = NULL;
    struct place p;
    struct model m;

    if (!place_find(c, c->args[0], &p, err))
        return -1;
    if (p.kind != AT_ARCHIVE) {
        err_set(err, ERR_USAGE, "restore: %s is not a snapshot", p.e.label);
        err_hint(err, "dbtwin inspect says what a database or a model holds");
        return -1;
    }
    model_init(&m);
    bool ok = d->source->open(&p.e, DRIVER_SOURCE, &o, &s, err) &&
              d->source->snapshot(&s, 1, &c->arena, &info, err) &&
              d->source->introspect(s, &m, err) && list_all(s, &m, err);
    d->source->close(s);
    model_release(&m);
    return ok ? 0 : -1;
}
