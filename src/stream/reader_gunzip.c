#include <dbtwin/reader.h>

#include <limits.h>

#include <zlib.h>

/* RFC 1952: a file is a row of members, whose contents are joined. */
#define GZIP_WINDOW (MAX_WBITS + 16)
#define BLOCK       (256u * 1024)

struct gunzip {
    struct reader base;
    struct arena arena;
    struct reader *in;
    struct slice rest; /* of the last block of `in`, not yet given to zlib */
    z_stream zlib;
    bool in_member;
    bool any_member;
    bool ended; /* `in` said so: it must not be asked again */
    unsigned char out[BLOCK];
};

static bool corrupt(const struct gunzip *g, struct err *err)
{
    return err_set(err, ERR_CORRUPT, "compressed data is damaged: %s",
                   g->zlib.msg ? g->zlib.msg : "invalid gzip stream");
}

/* 1: zlib has input; 0: there is no more; -1: error. */
static int refill(struct gunzip *g, struct err *err)
{
    if (g->zlib.avail_in)
        return 1;
    if (g->rest.len == 0) {
        int got = g->ended ? 0 : reader_next(g->in, &g->rest, err);

        g->ended = got == 0;
        if (got <= 0)
            return got;
    }
    g->zlib.next_in = (z_const Bytef *)g->rest.data;
    g->zlib.avail_in = g->rest.len < UINT_MAX ? (uInt)g->rest.len : UINT_MAX;
    g->rest.data += g->zlib.avail_in;
    g->rest.len -= g->zlib.avail_in;
    return 1;
}

/* One call of inflate; false on damage. */
static bool step(struct gunzip *g, struct err *err)
{
    int rc;

    if (!g->in_member) {
        inflateReset(&g->zlib);
        g->in_member = g->any_member = true;
    }
    rc = inflate(&g->zlib, Z_NO_FLUSH);
    if (rc == Z_STREAM_END)
        g->in_member = false;
    else if (rc == Z_MEM_ERROR)
        base_oom();
    else if (rc != Z_OK && rc != Z_BUF_ERROR)
        return corrupt(g, err);
    return true;
}

static int gunzip_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct gunzip *g = (struct gunzip *)r;

    g->zlib.next_out = g->out;
    g->zlib.avail_out = BLOCK;
    while (g->zlib.avail_out) {
        int got = refill(g, err);

        if (got < 0)
            return -1;
        if (got == 0) {
            if (!g->in_member && g->any_member)
                break;
            err_set(err, ERR_CORRUPT, "compressed data ends early");
            return -1;
        }
        if (!step(g, err))
            return -1;
    }
    *ret = (struct slice){(const char *)g->out, BLOCK - g->zlib.avail_out};
    return ret->len > 0;
}

static void gunzip_close(struct reader *r)
{
    struct gunzip *g = (struct gunzip *)r;
    struct arena arena = g->arena;

    inflateEnd(&g->zlib);
    reader_close(g->in);
    arena_release(&arena);
}

struct reader *reader_gunzip(struct reader *in)
{
    static const struct reader_ops ops = {gunzip_next, gunzip_close};
    struct arena arena = ARENA_INIT;
    struct gunzip *g = arena_alloc(&arena, sizeof(*g));

    g->base.ops = &ops;
    g->arena = arena;
    g->in = in;
    g->rest = (struct slice){NULL, 0};
    g->zlib = (z_stream){0};
    g->in_member = g->any_member = g->ended = false;
    if (inflateInit2(&g->zlib, GZIP_WINDOW) != Z_OK)
        base_oom();
    return &g->base;
}
