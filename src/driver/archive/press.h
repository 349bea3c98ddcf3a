/*
 * press.h - members compressed by several threads while rows are still being read.
 *
 * A line is one load: its members come out in the order in which they were given, whichever was
 * compressed first. Memory: PRESS_SLOTS(threads) members at most, raw and compressed; who gives
 * more waits. A member that fails ends its line: what was given after it is thrown away.
 * Only src/driver/archive includes this.
 */
#ifndef ARCHIVE_PRESS_H
#define ARCHIVE_PRESS_H

#include <dbtwin/pack.h>

#include <pthread.h>

enum { PRESS_THREADS = 8 };
#define PRESS_SLOTS(threads) ((threads) + 2)

struct press_line;

struct press_member {
    struct press_line *line;
    struct press_member *next_in_line, *next; /* next: waiting, or free */
    struct buf raw, packed;
    uint64_t rows, bytes; /* of raw */
    char sha256[65];      /* of packed */
    bool ready;
};

/* Called with one member of a line at a time, in order; any thread. */
typedef bool press_write(void *ctx, const struct press_member *m, struct err *err);

struct press {
    const struct pack_method *method;
    int level;
    press_write *write;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct press_member slots[PRESS_SLOTS(PRESS_THREADS)];
    struct press_member *idle, *waiting, **waiting_end;
    pthread_t threads[PRESS_THREADS];
    unsigned n_threads;
    bool ends;
};

struct press_line {
    struct press *press;
    void *ctx; /* for write */
    struct press_member *first, **end;
    bool writing;
    struct err err; /* the first */
};

/* A thread for each processor, PRESS_THREADS at most. */
bool press_start(struct press *p, const struct pack_method *method, int level, press_write *write,
                 struct err *err);
void press_end(struct press *p); /* all lines have ended, or never began */

void press_begin(struct press *p, struct press_line *l, void *ctx);
/* Takes the bytes of raw, which is empty afterwards; false when the line has failed. */
bool press_give(struct press_line *l, struct buf *raw, struct err *err);
/* Behind all that was given, without a copy of the bytes: for what is large. */
bool press_large(struct press_line *l, struct slice raw, struct err *err);
/* Waits until all is written. */
bool press_wait(struct press_line *l, struct err *err);
#endif
