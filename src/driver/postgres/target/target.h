/*
 * target.h - a database that is being replaced, and the one that will take its place.
 *
 * The shadow is a database of its own, "<target>__dbtwin_shadow"; the old one bears the name
 * "<target>__dbtwin_old" from the swap until it is dropped. Both names are dbtwin's by
 * definition. The admin session is in another database of the same server, because nobody
 * may be connected to a database that is renamed; it holds the run lock for as long as it lives.
 *
 * target.c          opening, facts, closing
 * target_base.c         what all of it stands on: sessions, names
 * admin.c    the admin session, the run lock, what killed runs left
 * mark.c           the mark, written before the swap
 * strategy.c             what keeps a copy from going schema by schema
 * shadow_database.c      a database beside the target,
 * swap_database.c          what is carried over to it, the swap;
 * swap_schemas.c         or the same without a second database
 * checkpoint.c        what a run notes in the shadow for one that resumes it
 * old_schemas.c           what becomes of the old schemas there
 * previous_databases.c        replaced states that are kept as databases
 * previous_schemas.c            and as schemas
 */
#ifndef DBTWIN_DRIVER_PG_TARGET_H
#define DBTWIN_DRIVER_PG_TARGET_H

#include "../connection/pg.h"

struct own_schema;

/* How the copy comes into its place. In one transaction, mixed and tell are there, and the server
 * drops what was not published; else drop is. */
struct pg_strategy {
    struct target_strategy base; /* first */
    /* What a killed run left; of a rehearsal only what another rehearsal did. */
    bool (*sweep)(struct target *t, struct err *err);
    bool (*fits)(struct target *t, const struct model *m, struct err *err);
    bool (*keeps)(struct target *t, struct err *err);
    /* Sets t->prepared: there is something to drop, whether it failed or not. */
    bool (*prepare)(struct target *t, const struct model *m, struct err *err);
    bool (*session)(struct target *t, struct session **ret, struct err *err);
    bool (*publish)(struct target *t, const struct mark *mark, struct err *err);
    void (*drop)(struct target *t);
    /* Makes room where extensions live beside other objects, or refuses. */
    bool (*mixed)(struct target *t, const struct own_schema *o, struct err *err);
    void (*tell)(struct target *t); /* what this strategy means, as it begins */
};
extern const struct pg_strategy pg_shadow_database_strategy; /* shadow_database.c */
extern const struct pg_strategy pg_swap_schemas_strategy, pg_swap_schemas_in_place;

struct target {
    const struct endpoint *endpoint; /* the caller's: outlives this */
    struct target_options options;
    struct arena arena;
    struct session *admin;
    struct session *teller; /* of another thread's: its application_name is what the run does */
    bool shared;            /* admin is target_options.shared's: not ours to close */
    bool locked;            /* this target has the run lock */
    const char *name, *shadow, *old;
    const char *oid;        /* of the target database as it was found; NULL when there was none */
    const char *tablespace; /* its own, or NULL */
    bool prepared;          /* the shadow is ours to drop */
    bool take, keep;        /* SHADOW_TAKE, SHADOW_KEEP */
    bool in_doubt;          /* the connection was lost in the middle of the swap */
    const struct pg_strategy *strategy; /* NULL until it is chosen */
    const char *denied;                 /* why not through the shadow, where it is not */
    struct vec hurdles; /* struct answer: what keeps it from going schema by schema (strategy.c) */
    /* swap_schemas.c; NULL elsewhere: the session that is in the transaction, its number, and the
     * oids of the old schemas. */
    struct session *work;
    const char *xid, *old_oids;
    bool keeps_inside;    /* the old database holds kept schemas, which go where it goes */
    bool keeping;         /* the old schemas, or database, will be kept (previous_*.c) */
    bool strangers;       /* told: something else has the name of a kept state */
    struct vec settings;  /* struct setting: production's (settings.c) */
    struct vec moved;     /* struct moved_schema: those renamed */
    struct session *held; /* holds tables of the present state against writers, or NULL */
};

/* target_base.c: a session on a database of the target's server. */
bool pg_target_connect(struct target *t, const char *database, enum driver_role role,
                       struct session **ret, struct err *err);

/* Comments on databases that the next run may drop. */
#define PG_SHADOW_COMMENT   "made by dbtwin while it copies; the next run drops it"
#define PG_REPLACED_COMMENT "replaced by dbtwin; the next run drops it"

/* "<name><suffix>", cut and told apart by a hash where it exceeds the 63 bytes of a name. */
const char *pg_target_derived(struct arena *a, const char *name, const char *suffix);

/* A session in any database but the target. ERR_CONNECTION, ERR_DENIED. */
bool pg_admin_open(struct target *t, struct session **ret, struct err *err);
/* t->admin: a session of its own, or the one that targets share. */
bool pg_admin_begin(struct target *t, struct err *err);
/* t->admin is given up, and the run lock with it; *by (may be NULL) takes its place. */
void pg_admin_end(struct target *t, struct session *by);
/* Takes the run lock: ERR_REFUSED when another run has it. */
bool pg_admin_lock(struct target *t, struct err *err);
/* Who has the run lock is alone: ends the other sessions of dbtwin that `where` is true of (a is
 * pg_stat_activity), which are those of a dead run, and waits until no session is left
 * of which it is true, up to half a minute. *ret_left: how many are ("0"), in the target's arena.
 */
bool pg_admin_end_ghosts(struct target *t, const char *where, const char **ret_left,
                         struct err *err);
/* A statement that an interrupt does not end; the judge is of any result, which it clears. */
bool pg_admin_run(struct session *s, const char *sql, struct err *err);
bool pg_admin_judge(struct session *s, PGresult *res, struct err *err);
/* Whether t->xid was committed, after a connection was lost; err gets a hint if not known. */
bool pg_admin_committed(struct target *t, struct err *err);
/* Whether the admin session still is the one that took the lock. */
bool pg_admin_holds_lock(struct target *t, struct err *err);
/* Reads oid and tablespace. *ret_denied is set where this role may not create, own and rename. */
bool pg_admin_check(struct target *t, struct err *ret_denied, struct err *err);
/* Drops shadow and old databases of dead runs; with target_options.resume not the shadow. */
bool pg_admin_sweep(struct target *t, struct err *err);
bool pg_admin_sweep_shadow(struct target *t, struct err *err);
/* The database's oid in the session's arena, NULL when there is none of this name. */
bool pg_admin_oid(struct session *admin, const char *database, struct arena *a, const char **ret,
                  struct err *err);
/* Drops a database, ending its sessions; none of that name is fine. */
bool pg_admin_drop(struct session *admin, const char *database, struct err *err);

/* checkpoint.c */
bool pg_checkpoint_make(struct target *t, struct err *err);

/* target.c: settings of a session that loads. */
bool pg_target_set(const struct target *t, struct session *s, struct err *err);

/* strategy.c. A schema of the target: does this role own it, do extensions live there, is there
 * anything else? */
struct own_schema {
    const char *oid, *name, *owner, *comment;
    bool owned, extensions, others;
};
/* One that was renamed, and its name since. */
struct moved_schema {
    const char *name, *comment, *old_name;
};
/* Appends struct own_schema, in `a`. */
bool pg_strategy_list(struct session *s, struct arena *a, struct vec *ret, struct err *err);
bool pg_strategy_may_stay(const struct own_schema *s);
/* Fills t->hurdles. */
bool pg_strategy_hurdles(struct target *t, struct err *err);

/* swap_database.c: pg_strategy.publish. */
bool pg_swap_database_publish(struct target *t, const struct mark *mark, struct err *err);

/* swap_schemas.c: without a database for the shadow. From prepare on the target's session is
 * t->work, which is lent: closing it does nothing. */
bool pg_swap_schemas_open(struct target *t, struct err *err);
/* old_schemas.c: the old schemas, by names that end in "__dbtwin_old". */
/* One schema out of the way, as its strategy has it; ERR_DENIED, ERR_REFUSED. */
bool pg_old_schemas_aside(struct target *t, const struct own_schema *o, struct err *err);
/* Just before the commit: nobody reads the old tables any more, or both states. */
bool pg_old_schemas_lock(struct target *t, struct err *err);
/* After the commit: drops them, as far as it goes. */
void pg_old_schemas_finish(struct target *t);
/* Appends what makes a schema one of those, each statement with its "; ". */
void pg_old_schemas_add_old(struct target *t, const char *schema, struct buf *sql);
/* Drops those that are there, of whatever run. */
bool pg_old_schemas_drop(struct session *s, struct err *err);
bool pg_old_schemas_sweep(struct target *t, struct err *err);

/* What a kept state's name has before the UTC time of its swap, "20261122T031500". */
#define PREVIOUS "__dbtwin_"

/* previous_databases.c: states that were replaced and kept. The statement that says so of t->old;
 */
void pg_previous_databases_comment(struct target *t, struct buf *sql);
bool pg_previous_databases_name(struct target *t, const char **ret, struct err *err); /* for now */
bool pg_previous_databases_newest(struct target *t, const char **ret,
                                  struct err *err); /* or NULL */
void pg_previous_databases_prune(struct target *t, unsigned keep);

/* previous_schemas.c: the same as schemas. Whether a state with all that is in s's database can be
 * kept, and one with what the model holds: ERR_REFUSED. */
bool pg_previous_schemas_keeps(struct target *t, struct err *err); /* target_ops.keeps */
bool pg_previous_schemas_check(struct target *t, struct session *s, struct err *err);
bool pg_previous_schemas_fits(struct target *t, struct session *s, const struct model *m,
                              struct err *err);
/* In the transaction of t->work: t->moved is kept, by the time *ret_stamp. */
bool pg_previous_schemas_store(struct target *t, const char **ret_stamp, struct err *err);
/* After the commit: drops all but the newest, as far as it goes. */
void pg_previous_schemas_prune(struct target *t, unsigned keep);
bool pg_previous_schemas_newest(struct target *t, const char **ret_stamp,
                                struct err *err); /* or NULL */
bool pg_previous_schemas_look(struct target *t, struct session *s,
                              struct err *err); /* t->keeps_inside */
bool pg_previous_schemas_rollback(struct target *t, const char *stamp, struct arena *a,
                                  const char **ret_kept, struct err *err);

/* history.c: the statements that make the history in the shadow, each after "; ". */
bool pg_history_add(struct target *t, const struct mark *m, struct buf *sql, struct err *err);
/* One line about a rollback in the history of the database that came back. */
bool pg_history_add_rollback(struct session *s, struct err *err);

/* Into the shadow, with the history, and positions of what is kept. */
bool pg_mark_write(struct target *t, const struct mark *m, struct err *err);
/* Whether the target still is what it was when this run began: hours may have passed. */
bool pg_mark_look_again(struct target *t, struct err *err);

/* reset_privileges.c: those that belong to no schema, as they are at first. */
bool pg_reset_privileges(struct target *t, struct err *err);
#endif
