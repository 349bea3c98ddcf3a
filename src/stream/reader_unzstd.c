#include <dbtwin/reader.h>

#ifdef HAVE_ZSTD

#include <zstd.h>

/* RFC 8878: a file is a row of frames, whose contents are joined. */
#define BLOCK (256u * 1024)
/* How far a frame may refer back, all of which is kept. Level 19, the highest that is written,
 * takes 8 MB (clevels.h); a stranger's frame may ask for terabytes. */
#define WINDOW_LOG_MAX 25

struct unzstd {
    struct reader base;
    struct arena arena;
    struct reader *in;
    ZSTD_DStream *zstd;
    ZSTD_inBuffer rest; /* of the last block of `in` */
    bool in_frame;
    bool any_frame;
    bool ended; /* `in` said so: it must not be asked again */
    char out[BLOCK];
};

/* 1: there is input; 0: there is no more; -1: error. */
static int refill(struct unzstd *z, struct err *err)
{
    struct slice block;
    int got;

    if (z->rest.pos < z->rest.size)
        return 1;
    got = z->ended ? 0 : reader_next(z->in, &block, err);
    z->ended = got == 0;
    if (got == 1)
        z->rest = (ZSTD_inBuffer){block.data, block.len, 0};
    return got;
}

/* Whether it ends here as it should; what is held back has been given. */
static bool ends(const struct unzstd *z, struct err *err)
{
    return (!z->in_frame && z->any_frame) ||
           err_set(err, ERR_CORRUPT, "compressed data ends early");
}

static int unzstd_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct unzstd *z = (struct unzstd *)r;
    ZSTD_outBuffer out = {z->out, BLOCK, 0};

    while (out.pos < out.size) {
        int got = refill(z, err);
        size_t before = out.pos, left;

        if (got < 0)
            return -1;
        if (got == 0 && !z->in_frame)
            break;
        left = ZSTD_decompressStream(z->zstd, &out, &z->rest);
        if (ZSTD_isError(left)) {
            err_set(err, ERR_CORRUPT, "compressed data is damaged: %s", ZSTD_getErrorName(left));
            return -1;
        }
        z->any_frame = true;
        z->in_frame = left != 0;
        if (got == 0 && out.pos == before && z->in_frame)
            break;
    }
    if (!out.pos)
        return ends(z, err) ? 0 : -1;
    *ret = (struct slice){z->out, out.pos};
    return 1;
}

static void unzstd_close(struct reader *r)
{
    struct unzstd *z = (struct unzstd *)r;
    struct arena arena = z->arena;

    ZSTD_freeDStream(z->zstd);
    reader_close(z->in);
    arena_release(&arena);
}

struct reader *reader_unzstd(struct reader *in)
{
    static const struct reader_ops ops = {unzstd_next, unzstd_close};
    struct arena arena = ARENA_INIT;
    struct unzstd *z = arena_alloc(&arena, sizeof(*z));

    z->base.ops = &ops;
    z->arena = arena;
    z->in = in;
    z->rest = (ZSTD_inBuffer){NULL, 0, 0};
    z->in_frame = z->any_frame = z->ended = false;
    z->zstd = ZSTD_createDStream();
    if (!z->zstd ||
        ZSTD_isError(ZSTD_DCtx_setParameter(z->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
        base_oom();
    return &z->base;
}

#else

static int without_next(struct reader *r, struct slice *ret, struct err *err)
{
    (void)r, (void)ret;
    err_set(err, ERR_RUNTIME, "this dbtwin was built without zstd");
    return -1;
}

struct without {
    struct reader base;
    struct arena arena;
    struct reader *in;
};

static void without_close(struct reader *r)
{
    struct without *w = (struct without *)r;
    struct arena arena = w->arena;

    reader_close(w->in);
    arena_release(&arena);
}

struct reader *reader_unzstd(struct reader *in)
{
    static const struct reader_ops ops = {without_next, without_close};
    struct arena arena = {.block_size = 256};
    struct without *w = arena_new(&arena, struct without);

    *w = (struct without){{&ops}, arena, in};
    return &w->base;
}

#endif
