/*
 * apply_watch.h - what becomes of the stored tables while a plan is rehearsed. Only
 * src/sync/apply*.c and the tests include this.
 */
#ifndef SYNC_APPLY_WATCH_H
#define SYNC_APPLY_WATCH_H

#include <dbtwin/plan.h>

/* A table as target_ops.stored tells of it. */
struct stored {
    const char *id, *name, *number;
    bool watched; /* it was there before the plan, or holds the rows of one that was */
};
/* All of them at one time. */
struct stored_list {
    struct arena arena;
    struct vec list;       /* struct stored */
    struct map ids, names; /* → struct stored, once all are read */
};
void apply_stored_init(struct stored_list *l);
void apply_stored_add(struct stored_list *l, const char *id, const char *name, const char *number);
void apply_stored_index(struct stored_list *l);
void apply_stored_release(struct stored_list *l);

/*
 * Step i of the plan was carried out between the two: marks in `now` what is to be watched, appends
 * the names of rewritten tables (", " between them). ERR_RUNTIME: a table was rewritten, or is gone
 * with its rows, and no hazard of the step says so. O(tables).
 */
bool apply_watch_judge(const struct plan *p, size_t i, const struct stored_list *before,
                       const struct stored_list *now, struct buf *ret_rewritten, struct err *err);

/* The whole, in a session on the scratch. */
struct apply;
struct session;
struct apply_watch {
    struct apply *a;
    struct session *session;
    struct stored_list is;
    bool on;
};
/* Where the account may not see how tables are stored, nothing is watched: said at debug level. */
bool apply_watch_begin(struct apply_watch *w, struct apply *a, struct session *s, struct err *err);
bool apply_watch_step(struct apply_watch *w, size_t i,
                      struct err *err); /* step i was carried out */
void apply_watch_end(struct apply_watch *w);

#endif
