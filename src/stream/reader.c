#include <dbtwin/reader.h>

/*
 * Every reader lives in an arena of its own, kept in its struct: closing it is releasing that.
 */
struct memory {
    struct reader base;
    struct arena arena;
    struct slice bytes;
};

static int memory_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct memory *m = (struct memory *)r;

    (void)err;
    if (m->bytes.len == 0)
        return 0;
    *ret = m->bytes;
    m->bytes.len = 0;
    return 1;
}

static void memory_close(struct reader *r)
{
    struct arena arena = ((struct memory *)r)->arena;

    arena_release(&arena);
}

struct reader *reader_memory(const void *p, size_t n)
{
    static const struct reader_ops ops = {memory_next, memory_close};
    struct arena arena = {.block_size = 256};
    struct memory *m = arena_new(&arena, struct memory);

    *m = (struct memory){{&ops}, arena, {p, n}};
    return &m->base;
}

struct meter {
    struct reader base;
    struct arena arena;
    struct reader *in;
    uint64_t *bytes;
};

static int meter_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct meter *m = (struct meter *)r;
    int got = reader_next(m->in, ret, err);

    if (got > 0)
        __atomic_fetch_add(m->bytes, ret->len, __ATOMIC_RELAXED);
    return got;
}

static void meter_close(struct reader *r)
{
    struct meter *m = (struct meter *)r;
    struct arena arena = m->arena;

    reader_close(m->in);
    arena_release(&arena);
}

struct reader *reader_meter(struct reader *in, uint64_t *bytes)
{
    static const struct reader_ops ops = {meter_next, meter_close};
    struct arena arena = {.block_size = 256};
    struct meter *m = arena_new(&arena, struct meter);

    *m = (struct meter){{&ops}, arena, in, bytes};
    return &m->base;
}

struct tee {
    struct reader base;
    struct arena arena;
    struct reader *in;
    reader_tap *fn;
    void *ctx;
};

static int tee_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct tee *t = (struct tee *)r;
    struct slice block;
    int got = reader_next(t->in, &block, err);

    if (got <= 0)
        return got;
    if (!t->fn(t->ctx, block, err))
        return -1;
    *ret = block;
    return 1;
}

static void tee_close(struct reader *r)
{
    struct tee *t = (struct tee *)r;
    struct arena arena = t->arena;

    reader_close(t->in);
    arena_release(&arena);
}

struct reader *reader_tee(struct reader *in, reader_tap *fn, void *ctx)
{
    static const struct reader_ops ops = {tee_next, tee_close};
    struct arena arena = {.block_size = 256};
    struct tee *t = arena_new(&arena, struct tee);

    *t = (struct tee){{&ops}, arena, in, fn, ctx};
    return &t->base;
}

static int ahead_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct reader_ahead *a = (struct reader_ahead *)r;

    if (a->given)
        return reader_next(a->in, ret, err);
    a->given = true;
    *ret = a->first;
    return 1;
}

/* It is the caller's, and so is what it reads. */
static void ahead_close(struct reader *r)
{
    (void)r;
}

int reader_ahead(struct reader_ahead *ret, struct reader *in, struct err *err)
{
    static const struct reader_ops ops = {ahead_next, ahead_close};

    *ret = (struct reader_ahead){.base = {&ops}, .in = in};
    int got = reader_next(in, &ret->first, err);
    ret->given = got != 1;
    return got;
}
