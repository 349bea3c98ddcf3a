#include "job.h"

#include <dbtwin/engine.h>

#include <fnmatch.h>

struct counter {
    struct reader base;
    struct arena arena; /* where this lives */
    struct reader *in;
    uint64_t *rows;
};

static int counter_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct counter *c = (struct counter *)r;
    int got = reader_next(c->in, ret, err);
    if (got == 1)
        *c->rows += str_newlines(*ret); /* a newline always ends a text row (driver.h) */
    return got;
}

static void counter_close(struct reader *r)
{
    struct counter *c = (struct counter *)r;
    struct arena arena = c->arena;
    reader_close(c->in);
    arena_release(&arena);
}

static const struct reader_ops counter_ops = {counter_next, counter_close};

struct reader *rows_counter(struct reader *in, uint64_t *rows)
{
    struct arena arena = {.block_size = 256};
    struct counter *c = arena_new(&arena, struct counter);
    *c = (struct counter){{&counter_ops}, arena, in, rows};
    return &c->base;
}

bool table_holds_rows(const struct model *m, const struct object *o)
{
    const struct object *root;

    if (o->kind->id == K_LARGE_OBJECTS || o->kind->id == K_EXTENSION_ROWS)
        return true;
    if (o->kind->id != K_TABLE)
        return false;
    if (!engine_of(m->flavor)->partitions)
        return true;
    root = model_hash_root(m, o);
    /* On PostgreSQL the rows of a partitioned table are in its partitions. */
    return root ? root == o : !model_get(o, P_TABLE_PARTITION_KEY);
}

bool table_fits(const struct object *o, const char *pattern)
{
    struct buf path = BUF_INIT;
    model_path(o, &path);
    bool yes = fnmatch(pattern, path.data, 0) == 0;
    buf_release(&path);
    return yes;
}
