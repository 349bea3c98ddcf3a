/*
 * reader.h - bytes pulled one block at a time.
 *
 * next() gives the next block: 1 and a slice that stays valid until the following next() or
 * close(); 0 at the end; -1 on error. Blocks are never empty. Block edges mean nothing, except
 * where a reader's maker says so (a scan gives whole rows: see driver.h).
 * After 0 or -1 only close() may be called. close() accepts a reader in any state, frees it, and
 * closes the readers it was built on. A reader belongs to one thread at a time.
 */
#ifndef DBTWIN_READER_H
#define DBTWIN_READER_H

#include <dbtwin/err.h>

struct reader;
struct reader_ops {
    int (*next)(struct reader *r, struct slice *ret, struct err *err);
    void (*close)(struct reader *r);
};
struct reader {
    const struct reader_ops *ops; /* first member of every reader's own struct */
};

static inline int reader_next(struct reader *r, struct slice *ret, struct err *err)
{
    return r->ops->next(r, ret, err);
}
static inline void reader_close(struct reader *r)
{
    if (r)
        r->ops->close(r);
}

/* The bytes of memory that the caller keeps alive. */
struct reader *reader_memory(const void *p, size_t n);
/* Counts what passes into *bytes (may be read by another thread: relaxed atomic adds). */
struct reader *reader_meter(struct reader *in, uint64_t *bytes);
/* Calls fn with each block that passes; fn sees it before the puller does. */
typedef bool reader_tap(void *ctx, struct slice block, struct err *err);
struct reader *reader_tee(struct reader *in, reader_tap *fn, void *ctx);
/*
 * Looks at the first block without taking it: *ret, of the caller's, gives it again and then what
 * comes after it. 1; 0 when there is none at all, -1 on error. `in` stays the caller's to close.
 */
struct reader_ahead {
    struct reader base;
    struct reader *in;
    struct slice first;
    bool given;
};
int reader_ahead(struct reader_ahead *ret, struct reader *in, struct err *err);
/* gzip: inflates `in` (one or more members; trailing garbage and truncation are ERR_CORRUPT). */
struct reader *reader_gunzip(struct reader *in);
/* zstd: the same, of frames that refer back by no more than 32 MB. A build without zstd fails at
 * the first block. */
struct reader *reader_unzstd(struct reader *in);
/* Text rows: each block ends with a newline, but for the last of what does not. Holds the longest
 * row in memory, and a row of more than `most` bytes is ERR_CORRUPT. */
struct reader *reader_rows(struct reader *in, size_t most);
#endif
