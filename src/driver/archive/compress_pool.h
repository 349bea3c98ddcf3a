/*
 * compress_pool.h - members compressed by several threads while rows are still being read.
 *
 * A line is one load: its members come out in the order in which they were given, whichever was
 * compressed first. Memory: COMPRESS_POOL_SLOTS(threads) members at most, raw and compressed; who
 * gives more waits. A member that fails ends its line: what was given after it is thrown away. Only
 * src/driver/archive includes this.
 */
#ifndef ARCHIVE_PRESS_H
#define ARCHIVE_PRESS_H

#include <dbtwin/pack.h>

#include <pthread.h>

enum { COMPRESS_POOL_THREADS = 8 };
#define COMPRESS_POOL_SLOTS(threads) ((threads) + 2)

struct compress_pool_line;

struct compress_pool_member {
    struct compress_pool_line *line;
    struct compress_pool_member *next_in_line, *next; /* next: waiting, or free */
    struct buf raw, packed;
    uint64_t rows, bytes; /* of raw */
    char sha256[65];      /* of packed */
    bool ready;
};

/* Called with one member of a line at a time, in order; any thread. */
typedef bool compress_pool_write(void *ctx, const struct compress_pool_member *m, struct err *err);

struct compress_pool {
    const struct pack_method *method;
    int level;
    compress_pool_write *write;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct compress_pool_member slots[COMPRESS_POOL_SLOTS(COMPRESS_POOL_THREADS)];
    struct compress_pool_member *idle, *waiting, **waiting_end;
    pthread_t threads[COMPRESS_POOL_THREADS];
    unsigned n_threads;
    bool ends;
};

struct compress_pool_line {
    struct compress_pool *pool;
    void *ctx; /* for write */
    struct compress_pool_member *first, **end;
    bool writing;
    struct err err; /* the first */
};

/* A thread for each processor, COMPRESS_POOL_THREADS at most. */
bool compress_pool_start(struct compress_pool *p, const struct pack_method *method, int level,
                         compress_pool_write *write, struct err *err);
void compress_pool_end(struct compress_pool *p); /* all lines have ended, or never began */

void compress_pool_begin(struct compress_pool *p, struct compress_pool_line *l, void *ctx);
/* Takes the bytes of raw, which is empty afterwards; false when the line has failed. */
bool compress_pool_give(struct compress_pool_line *l, struct buf *raw, struct err *err);
/* Behind all that was given, without a copy of the bytes: for what is large. */
bool compress_pool_large(struct compress_pool_line *l, struct slice raw, struct err *err);
/* Waits until all is written. */
bool compress_pool_wait(struct compress_pool_line *l, struct err *err);
#endif
