#include <dbtwin/reader.h>

#include <string.h>

struct rows {
    struct reader base;
    struct arena arena;
    struct reader *in;
    size_t most;
    struct buf given; /* whole rows, which the puller looks at */
    struct buf rest;  /* the beginning of the next one */
    bool ended;
};

/* One block of `in`: 1 a row ended in it, or all has; 0 none did; -1 error. */
static int gather(struct rows *r, struct err *err)
{
    struct slice block;
    int got = reader_next(r->in, &block, err);

    if (got <= 0) {
        r->ended = true;
        return got < 0 ? -1 : 1;
    }
    const char *last = memrchr(block.data, '\n', block.len);
    size_t n = last ? (size_t)(last - block.data) + 1 : block.len;
    if (n > r->most || r->given.len > r->most - n) {
        err_set(err, ERR_CORRUPT, "a row is too large");
        return -1;
    }
    buf_add(&r->given, block.data, n);
    buf_add(&r->rest, block.data + n, block.len - n);
    return last != NULL;
}

static int rows_next(struct reader *reader, struct slice *ret, struct err *err)
{
    struct rows *r = (struct rows *)reader;
    int got = r->ended;

    buf_reset(&r->given);
    buf_add(&r->given, r->rest.data, r->rest.len);
    buf_reset(&r->rest);
    while (got == 0)
        got = gather(r, err);
    if (got < 0)
        return -1;
    *ret = buf_slice(&r->given);
    return ret->len > 0;
}

static void rows_close(struct reader *reader)
{
    struct rows *r = (struct rows *)reader;
    struct arena arena = r->arena;

    reader_close(r->in);
    buf_release(&r->given);
    buf_release(&r->rest);
    arena_release(&arena);
}

struct reader *reader_rows(struct reader *in, size_t most)
{
    static const struct reader_ops ops = {rows_next, rows_close};
    struct arena arena = {.block_size = 256};
    struct rows *r = arena_new(&arena, struct rows);

    *r = (struct rows){.base = {&ops}, .arena = arena, .in = in, .most = most};
    buf_init(&r->given);
    buf_init(&r->rest);
    return &r->base;
}
