#include "job.h"

struct counter {
    struct reader base;
    struct arena arena; /* where this lives */
    struct reader *in;
    uint64_t *rows;
};

/* A newline byte always ends a text row (driver.h), so rows are newlines. */
static uint64_t count_newlines(struct slice s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += s.data[i] == '\n';
    return n;
}

static int counter_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct counter *c = (struct counter *)r;
    int got = reader_next(c->in, ret, err);
    if (got == 1)
        *c->rows += count_newlines(*ret);
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
    if (o->kind->id == K_LARGE_OBJECTS)
        return true;
    if (o->kind->id != K_TABLE)
        return false;
    /* On PostgreSQL the rows of a partitioned table are in its partitions. */
    return m->flavor != ENGINE_PG || !model_get(o, P_TABLE_PARTITION_KEY);
}
