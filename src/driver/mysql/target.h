/*
 * target.h - one MySQL or MariaDB database that is being replaced as a whole.
 *
 * Three databases on the target's server, for a target D:
 *   D                     the target itself
 *   D__dbtwin_shadow      what is being loaded; dropped, or emptied into D by publish
 *   D__dbtwin_old         D's tables for the moment between the swap and their end
 * (a name that would be longer than 64 characters is cut and gets a hash). The account needs all
 * rights on them: GRANT ALL ON `D\_\_dbtwin\_%`.*
 *
 * There is no RENAME DATABASE. One RENAME TABLE statement moves all of D's tables to the old
 * database and all of the shadow's to D; that is atomic, also when the server dies (MySQL 8.0:
 * "Atomic Data Definition Statement Support"; MariaDB 10.6: "Atomic DDL"). Views, triggers,
 * routines and events cannot move so: triggers forbid the move (1435) and views do not cross
 * databases (1450). Their statements are kept in a journal, a table `dbtwin_journal` in the
 * shadow, and the journal moves with the tables, in the same RENAME. So where the journal is says
 * what happened, whenever the run was killed:
 *   in the shadow  nothing was swapped: D is the old state. Triggers of D that had been dropped
 *                  for the move are made again from the journal; then the shadow goes.
 *   in D           the swap happened: D's tables are the new state. The objects are made (again)
 *                  from the journal, the mark is there already, the old tables and the shadow go,
 *                  last of all the journal.
 * target_open does this before anything else. Between the swap and the end of publish (usually
 * milliseconds) D has its new tables while views and routines are being made.
 *
 * The run lock is GET_LOCK on the control session, named by a hash of D's name. It ends with the
 * session, however that ends.
 *
 * Grants on D are kept: they are by name. MySQL drops grants on single routines with the routine.
 * Foreign keys of other databases that refer to D are refused: they would follow the old tables.
 *
 * Only src/driver/mysql may include this header.
 */
#ifndef DBTWIN_MYSQL_TARGET_H
#define DBTWIN_MYSQL_TARGET_H

#include "my.h"

struct my_target {
    const struct driver *driver; /* first: this is a struct target */
    const struct endpoint *endpoint;
    struct arena arena;
    struct session *session; /* control: holds the lock; default database: the shadow once made */
    const char *db, *shadow, *old;       /* names */
    const char *q_db, *q_shadow, *q_old; /* the same, quoted */
    const char *lock;                    /* name of the run lock */
    bool prepared;                       /* the shadow is ours */
    bool swapped;                        /* the new tables are in place */
};

static inline struct my_target *my_target(struct target *t)
{
    return (struct my_target *)(void *)t;
}

bool my_target_open(const struct endpoint *e, struct target **ret, struct err *err);
bool my_target_server(struct target *t, struct arena *a, struct server_facts *ret, struct err *err);
bool my_target_facts(struct target *t, struct arena *a, struct target_facts *ret, struct err *err);
bool my_target_prepare(struct target *t, const struct model *m, struct err *err);
bool my_target_session(struct target *t, struct session **ret, struct err *err);
bool my_target_defer(struct target *t, const char *sql, struct err *err);
bool my_target_publish(struct target *t, const struct mark *mark, struct err *err);
void my_target_close(struct target *t);

/* ---- shared by target.c and publish.c ---- */

/* Runs a statement on the control session; %s are names already quoted. */
bool my_target_run(struct my_target *t, struct err *err, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The pins that a deferred statement may have changed. */
bool my_target_repin(struct my_target *t, struct err *err);
/* Names in the first column of a query, in the target's arena; appends const char * to ret. */
bool my_target_names(struct my_target *t, struct vec *ret, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* Is there such a table? (names plain) */
bool my_target_has_table(struct my_target *t, const char *database, const char *table, bool *ret,
                         struct err *err);
/* 'text' as a literal, in the target's arena. */
const char *my_target_literal(struct my_target *t, const char *text);
const char *my_target_quoted(struct my_target *t, const char *name);
/* One more line of the journal in the shadow. */
bool my_journal_add(struct my_target *t, const char *what, const char *sql, size_t len,
                    struct err *err);
/* runs.c: the history of runs, in the shadow. */
bool my_runs_write(struct my_target *t, const struct mark *m, struct err *err);
bool my_runs(struct session *s, struct arena *a, struct vec *ret, struct err *err);
/* Finishes or undoes what a killed run left; see above. */
bool my_publish_recover(struct my_target *t, struct err *err);

#endif
