/*
 * target.h - one MySQL or MariaDB database that is being replaced as a whole.
 *
 * Three databases on the target's server, for a target D:
 *   D                     the target itself
 *   D__dbtwin_shadow      what is being loaded; dropped, or emptied into D by publish
 *   D__dbtwin_old         D's tables for the moment between the swap and their end
 *   D__dbtwin_20261122_031500  a state that was replaced then and kept (--keep-previous)
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
 * A state that is kept goes to its own database by the same RENAME; its views, triggers, routines
 * and events are made again there from the journal, events disabled. A rollback is the same swap
 * with a kept state in the shadow's part: the journal stands in that while nothing was swapped.
 * target_open does this before anything else. Between the swap and the end of publish (usually
 * milliseconds) D has its new tables while views and routines are being made.
 *
 * Targets that are swapped together (target_ops.publish_all) go by one RENAME, and each journal
 * names the others ("with"): a view may need one of another database that is still to be made, so a
 * later run on one of them makes what is left in the others, too.
 *
 * The run lock is GET_LOCK in a connection of its own (run_lock.h), named by a hash of D's name. It
 * ends with that connection, however that ends.
 *
 * Grants on D are kept: they are by name. MySQL drops grants on single routines with the routine.
 * Foreign keys of other databases that refer to D are refused: they would follow the old tables.
 *
 * Only src/driver/mysql may include this header.
 */
#ifndef DBTWIN_MYSQL_TARGET_H
#define DBTWIN_MYSQL_TARGET_H

#include "../connection/my.h"

/* A session that holds one table of D against writers. */
struct my_held {
    struct session *session;
    const char *table;
    bool exclusive; /* readers too */
};

struct my_target {
    const struct endpoint *endpoint;
    struct target_options options;
    struct arena arena;
    struct session *session;             /* control; default database: the shadow once made */
    const char *db, *shadow, *old;       /* names */
    const char *q_db, *q_shadow, *q_old; /* the same, quoted */
    const char *lock;                    /* name of the run lock */
    struct my_run_lock *run_lock;        /* run_lock.h */
    bool shared;                         /* session is target_options.shared's: not ours to close */
    bool locked;                         /* we have the run lock */
    struct err failure;                  /* of what remains to be done behind the swap */
    bool prepared;                       /* the shadow is ours */
    bool left;                           /* by an earlier run, with notes: target_options.resume */
    bool cleared;                        /* a shadow without any was there, and dropped */
    bool take, keep_shadow;              /* SHADOW_TAKE, SHADOW_KEEP */
    bool swapped;                        /* the new tables are in place */
    bool keep;                           /* old is to stay, under a name of its own */
    bool back;                           /* shadow is an earlier state that comes back */
    struct vec remake[2];                /* by enum target_state: const char *, statements */
    struct vec held;                     /* struct my_held: keep writers off tables of D */
    atomic_bool hold_over;               /* the swap waits no more (write_lock.c) */
    struct vec live;                     /* const char *: events that ran in the kept state */
};

static inline struct my_target *my_target(struct target *t)
{
    return (struct my_target *)(void *)t;
}

bool my_target_open(const struct endpoint *e, const struct target_options *o, struct target **ret,
                    struct err *err);
/* A session on a database of the target's server; "": on none. */
bool my_target_connect(struct my_target *t, enum driver_role role, const char *database,
                       struct session **ret, struct err *err);
bool my_target_server(struct target *t, struct arena *a, struct server_facts *ret, struct err *err);
bool my_target_facts(struct target *t, struct arena *a, struct target_facts *ret, struct err *err);
bool my_target_ask(struct target *t, const char *topic, struct arena *a, struct vec *ret,
                   struct err *err);
bool my_target_prepare(struct target *t, const struct model *m, struct err *err);
bool my_target_session(struct target *t, struct session **ret, struct err *err);
bool my_target_defer(struct target *t, const char *sql, const char *meanwhile, bool *ret_own,
                     struct err *err);
bool my_target_publish(struct target *t, const struct mark *mark, struct err *err);
bool my_target_publish_all(struct target *const *t, const struct mark *marks, size_t n,
                           bool *ret_swapped, struct err *err);
const char *my_target_shadow_name(const struct target *t);
bool my_target_rollback(struct target *t, struct arena *a, const char **ret_kept, struct err *err);
bool my_target_state(struct target *t, enum target_state which, struct session **ret,
                     struct err *err);
bool my_target_write_lock(struct target *t, const struct object *const *tables, size_t n,
                          struct session **ret, struct err *err);
bool my_doing(struct session *s, struct arena *a, const char **ret, struct err *err);
bool my_stored(struct session *s, row_fn *fn, void *ctx, struct err *err);
bool my_orphan(struct session *s, const struct object *fk, struct arena *a, const char **ret,
               struct err *err);
bool my_target_remake(struct target *t, enum target_state which, const char *sql, struct err *err);
void my_target_close(struct target *t);

/* ---- target_base.c: what the others stand on ---- */

/* "<db><suffix>", cut and told apart by a hash where it exceeds the 64 characters of a name. */
const char *my_target_name(struct arena *a, const char *db, const char *suffix);
/* Sets the names of shadow and old to those of an ordinary copy. */
void my_target_name_places(struct my_target *t);

/* What a rehearsal that was killed left: no run needs it. */
bool my_target_drop_rehearsal(struct my_target *t, struct err *err);
/* Runs a statement on the control session; %s are names already quoted. */
bool my_target_run(struct my_target *t, struct err *err, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Drops a database, if there is one. */
bool my_target_drop(struct my_target *t, const char *q_name, struct err *err);
/* The pins that a deferred statement may have changed. */
bool my_target_repin(struct my_target *t, struct err *err);
/* Names in the first column of a query, in the target's arena; appends const char * to ret. */
bool my_target_names(struct my_target *t, struct vec *ret, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* A number that a query counts. */
bool my_target_count(struct my_target *t, uint64_t *ret, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
static inline bool my_target_is_lost(const struct err *err)
{
    return err->cls == ERR_CONNECTION || err->cls == ERR_INTERRUPTED;
}
/* Is there such a table? (names plain) */
bool my_target_has_table(struct my_target *t, const char *database, const char *table, bool *ret,
                         struct err *err);
/* 'text' as a literal, in the target's arena. */
const char *my_target_literal(struct my_target *t, const char *text);
const char *my_target_quoted(struct my_target *t, const char *name);
/* Runs a statement that makes an object; where this account may not make objects of another
 * DEFINER, as its own: *ret_own is then true and *sql what was run. */
bool my_journal_program(struct my_target *t, const char **sql, bool *ret_own, struct err *err);
const char *my_journal_without_definer(struct my_target *t, const char *sql);
/* The journal in the shadow, and one more line of it. */
bool my_journal_make(struct my_target *t, struct err *err);
bool my_journal_add(struct my_target *t, const char *what, const char *sql, size_t len,
                    struct err *err);
/* shadow_names.c: whether what was built would, once it is in D, still name the shadow, which is
 * dropped: then the swap is refused. */
bool my_shadow_names_check(struct my_target *t, struct err *err);
/* Which database the target is, for its mark. */
bool my_target_identity(struct my_target *t, const char **ret, struct err *err);
/* history.c: the history of runs, in the shadow. */
bool my_history_write(struct my_target *t, const struct mark *m, struct err *err);
/* See driver.h, target_failed. */
bool my_history_failed(const struct endpoint *e, const struct past_run *r, struct err *err);
bool my_history(struct session *s, struct arena *a, struct vec *ret, struct err *err);
bool my_history_journal(struct session *session, const struct past_run *r, struct err *err);
bool my_noted(struct session *s, const char *key, struct arena *a, const char **ret,
              struct err *err);
/* write_lock.c: gives the tables that are held free, one by one, as the swap stands in line for
 * them: from a thread of its own, which *ret is. False: there are none. */
bool my_write_lock_let_go(struct my_target *t, pthread_t *ret);
void my_write_lock_release(struct my_target *t);
/* By the session that holds its table; false: none does. */
bool my_write_lock_drop_trigger(struct my_target *t, const char *sql);
/* One line about a rollback in the history of the state that came back. */
bool my_history_add_rollback(struct my_target *t, struct err *err);
/* previous_databases.c: states that were replaced and kept. */
bool my_previous_databases_name(struct my_target *t, const char **ret,
                                struct err *err); /* for now */
bool my_previous_databases_newest(struct my_target *t, const char **ret,
                                  struct err *err); /* or NULL */
/* One that holds the journal of a rollback that never came to its swap; or NULL. */
bool my_previous_databases_unfinished(struct my_target *t, const char **ret, struct err *err);
void my_previous_databases_prune(struct my_target *t, unsigned keep);
/* Lines of the journal: what makes the present state's programs again where it is kept; the kept
 * state's, in the target. */
bool my_previous_databases_journal(struct my_target *t, struct err *err);
bool my_previous_databases_journal_back(struct my_target *t, struct err *err);
/* statement.c: target_ops.exec_after */
bool my_exec_after(struct session *s, const char *sql, struct err *err);

/* checkpoint.c: what a run notes in the shadow for one that resumes it. */
bool my_target_notes(struct target *t, struct arena *a, struct vec *ret, const char **ret_left,
                     struct err *err);
bool my_target_shadow(struct target *t, enum shadow_fate fate, struct err *err);
bool my_note(struct session *s, const struct note *n, struct err *err);
bool my_exec_noted(struct session *s, const struct object *table, const char *sql, const char *name,
                   struct err *err);
bool my_empty(struct session *s, const struct object *table, struct err *err);
bool my_lasting(const struct object *table);
bool my_checkpoint_make(struct my_target *t, struct err *err);
bool my_checkpoint_left(struct my_target *t, bool *ret, struct err *err);
bool my_checkpoint_take(struct my_target *t, struct err *err); /* the shadow is as it was loaded */
/* journal.c: the journal's lines of one sort, read, and carried out in a database, all
 * of them, whatever fails on the way; with `all` the first failure is the error in the end. */
bool my_journal_read(struct my_target *t, const char *q_where, const char *what, struct vec *ret,
                     struct err *err);
bool my_journal_run(struct my_target *t, const char *q_where, const char *what, const char *q_in,
                    bool all, struct err *err);
/* contents.c: whether there is such a database; its tables and sequences. */
bool my_contents_exists(struct my_target *t, const char *database, bool *ret, struct err *err);
bool my_contents_tables(struct my_target *t, const char *database, struct vec *ret,
                        struct err *err);
/* Drops what cannot move, but for views that the other database has as well. */
bool my_contents_drop_movables(struct my_target *t, const char *database, const char *but_views_of,
                               struct err *err);
/* swap_triggers.c: the names of a database's triggers; those of D (theirs) and of an earlier state
 * (ours) into the journal; dropped; and put back as the journal has them (`what`). */
bool my_swap_triggers_of(struct my_target *t, const char *database, struct vec *ret,
                         struct err *err);
bool my_swap_triggers_keep(struct my_target *t, const struct vec *theirs, const struct vec *ours,
                           struct err *err);
bool my_swap_triggers_drop(struct my_target *t, const char *q_database, const struct vec *names,
                           struct err *err);
bool my_swap_triggers_undo(struct my_target *t, const char *database, const char *what,
                           struct err *err);
/* Back to the old state, before the swap; the same of a rollback. */
bool my_swap_undo(struct my_target *t, struct err *err);
bool my_swap_back_out(struct my_target *t, struct err *err);
bool my_contents_unmake(struct my_target *t, const char *database, struct err *err); /* if empty */
/* What remains to be done behind the swap; `again`: by a later run, for the last time. */
bool my_swap_finish(struct my_target *t, bool again, struct err *err);
/* Drops the views, triggers, routines and events of a database. */
bool my_contents_clear(struct my_target *t, const char *database, struct err *err);
/* Drops a shadow that was left (my_target.left). */
bool my_swap_drop_left(struct my_target *t, struct err *err);
/* Finishes or undoes what a killed run left; see above. A shadow that can be resumed stays
 * where that is asked for. */
bool my_swap_recover(struct my_target *t, struct err *err);

#endif
