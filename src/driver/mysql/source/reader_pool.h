/*
 * reader_pool.h - several connections that share out a list of reading work.
 *
 * The server spends a fraction of a millisecond on each table or body; several connections share
 * that out. Definitions are not part of a snapshot, so connections of our own see what the
 * reader's session would.
 *
 * A pool lives in an arena and is used by one thread, the reader's. One piece of work at a time:
 * start, then whatever else the reader's own session has to do, then finish. A connection that
 * cannot be opened, or is lost, leaves its shares to the others and at last to the reader's
 * session, so that only this one's errors count.
 *
 * Only src/driver/mysql may include this header.
 */
#ifndef DBTWIN_MYSQL_CREW_H
#define DBTWIN_MYSQL_CREW_H

#include "../connection/my.h"

struct my_reader_pool;
/* Does one share on s, completely or not at all: it may be asked for again. `a` is its scratch. */
typedef bool my_reader_pool_fn(void *ctx, struct my_session *s, struct arena *a, size_t share,
                               struct err *err);

struct my_reader_pool *my_reader_pool_new(struct my_session *own, struct arena *a);
/* Connections at most, the reader's own among them. */
unsigned my_reader_pool_size(const struct my_reader_pool *c);
/* Connections that are there and so many new ones as the shares are worth begin at once, each with
 * its results in that character set. fn runs on several threads. */
void my_reader_pool_start(struct my_reader_pool *c, size_t shares, const char *charset,
                          my_reader_pool_fn *fn, void *ctx);
/* Helps, waits, and does what is left. False: not all shares are done. */
bool my_reader_pool_finish(struct my_reader_pool *c, struct err *err);
/* In any case; NULL is fine. */
void my_reader_pool_close(struct my_reader_pool *c);

#endif
