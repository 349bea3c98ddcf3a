/*
 * family.h - targets that are swapped together (target_ops.publish_all): what is done with each of
 * them, or with all at once. A list of one is fine.
 *
 * Only src/driver/mysql/target includes this.
 */
#ifndef DBTWIN_MYSQL_FAMILY_H
#define DBTWIN_MYSQL_FAMILY_H

#include "target.h"

/* fn with each, in order among those that share a control session, and beside the others: a thread
 * for each session. Ends with the first failure, after which others may have been done or not. */
typedef bool my_family_fn(struct my_target *t, size_t i, void *ctx, struct err *err);
bool my_family_each(struct my_target *const *all, size_t n, my_family_fn *fn, void *ctx,
                    struct err *err);
/* Into each journal: the names of all of them. */
bool my_family_write(struct my_target *const *all, size_t n, struct err *err);
/* Foreign keys of databases that are not among them would follow the old tables and dangle. One
 * query for all: MariaDB opens every table of the server for it. */
bool my_family_outer_keys(struct my_target *const *all, size_t n, struct err *err);

#endif
