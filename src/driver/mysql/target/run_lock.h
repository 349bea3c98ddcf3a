/*
 * run_lock.h - the run lock of a MySQL or MariaDB target.
 *
 * GET_LOCK in a connection of its own, which a thread keeps talking, so that the server may end
 * a silent one soon: else a run whose machine or network died would keep the next ones out until
 * the server's TCP gives up, after two hours.
 *
 * Only src/driver/mysql may include this header.
 */
#ifndef DBTWIN_MYSQL_LOCK_H
#define DBTWIN_MYSQL_LOCK_H

#include "target.h"

/* ERR_REFUSED when another run has it. Ends connections that a dead run left in the shadow. */
bool my_run_lock_take(struct my_target *t, struct err *err);
/* Asked before the swap: ERR_CONNECTION when the lock was lost. */
bool my_run_lock_held(struct my_target *t, struct err *err);
/* See driver.h, target_tell and target_run. */
bool my_run_lock_tell(struct target *t, const char *text, struct err *err);
bool my_run_lock_seen(struct target *t, struct arena *a, struct run_seen *ret, struct err *err);
void my_run_lock_release(struct my_target *t); /* NULL or never taken is fine */
#endif
