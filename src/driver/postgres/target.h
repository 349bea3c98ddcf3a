/*
 * target.h - a database that is being replaced, and the one that will take its place.
 *
 * The shadow is a database of its own, "<target>__dbtwin_shadow"; the old one bears the name
 * "<target>__dbtwin_old" from the swap until it is dropped. Both names are dbtwin's by
 * definition. The admin session is in another database of the same server, because nobody
 * may be connected to a database that is renamed; it holds the run lock for as long as it lives.
 *
 * target.c          opening, facts, shadow, closing
 * target_admin.c    the admin session, the run lock, what killed runs left
 * target_publish.c  the mark, what is carried over, the swap
 */
#ifndef DBTWIN_DRIVER_PG_TARGET_H
#define DBTWIN_DRIVER_PG_TARGET_H

#include "pg.h"

struct target {
    const struct driver *driver;     /* first: see driver.h */
    const struct endpoint *endpoint; /* the caller's: outlives this */
    struct arena arena;
    struct session *admin;
    const char *name, *shadow, *old;
    const char *oid;        /* of the target database as it was found; NULL when there was none */
    const char *tablespace; /* its own, or NULL */
    bool prepared;          /* the shadow is ours to drop */
    bool in_doubt;          /* the connection was lost in the middle of the swap */
};

/* "<name><suffix>", cut and told apart by a hash where it exceeds the 63 bytes of a name. */
const char *pg_target_derived(struct arena *a, const char *name, const char *suffix);

/* A session in any database but the target. ERR_CONNECTION, ERR_DENIED. */
bool pg_admin_open(struct target *t, struct session **ret, struct err *err);
/* Takes the run lock: ERR_REFUSED when another run has it. */
bool pg_admin_lock(struct target *t, struct err *err);
/* Whether the admin session still is the one that took the lock. */
bool pg_admin_holds_lock(struct target *t, struct err *err);
/* Reads oid and tablespace; whether this role may create, own and rename. */
bool pg_admin_check(struct target *t, struct err *err);
/* Drops shadow and old databases of runs that are no more. */
bool pg_admin_sweep(struct target *t, struct err *err);
/* The database's oid in the session's arena, NULL when there is none of this name. */
bool pg_admin_oid(struct session *admin, const char *database, struct arena *a, const char **ret,
                  struct err *err);
/* Drops a database, ending its sessions; none of that name is fine. */
bool pg_admin_drop(struct session *admin, const char *database, struct err *err);

/* previous.c: states that were replaced and kept. */
bool pg_previous_name(struct target *t, const char **ret, struct err *err);   /* for now */
bool pg_previous_newest(struct target *t, const char **ret, struct err *err); /* or NULL */
void pg_previous_prune(struct target *t, unsigned keep);

/* runs.c: the statements that make the history in the shadow, each after "; ". */
bool pg_runs_add(struct target *t, const struct mark *m, struct buf *sql, struct err *err);
/* One line about a rollback in the history of the database that came back. */
bool pg_runs_add_rollback(struct session *s, struct err *err);

/* The mark's rows, if there are any, as MARK_ and text; s is in the target database. */
bool pg_target_read_mark(struct session *s, struct arena *a, struct target_facts *ret,
                         struct err *err);

#endif
