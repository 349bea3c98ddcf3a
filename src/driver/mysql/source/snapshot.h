/*
 * snapshot.h - one consistent state for several sessions of MySQL or MariaDB.
 *
 * my_snapshot is driver.h's snapshot: see there. ret->usable is n, or 1 where the server gives
 * this account no means to make several sessions see one state. Locks, where any are taken, are
 * waited for three seconds at most and are gone when the call returns.
 *
 * Only src/driver/mysql may include this header.
 */
#ifndef DBTWIN_MYSQL_SNAPSHOT_H
#define DBTWIN_MYSQL_SNAPSHOT_H

#include "../connection/my.h"

bool my_snapshot(struct session *const *sessions, unsigned n, struct arena *a,
                 struct snapshot_info *ret, struct err *err);
/* source_ops.enter: a snapshot is of all databases. */
bool my_enter(struct session *session, const char *database, struct arena *a, const char **ret_note,
              struct err *err);

#endif
