/*
 * driver_target.h - what a driver writes with: a target during one run, its shadow, its states, and
 * the checkpoints that a later run resumes. Only driver.h includes this.
 */
#ifndef DBTWIN_DRIVER_TARGET_H
#define DBTWIN_DRIVER_TARGET_H

#include <dbtwin/driver_source.h>

struct namemap;
struct target; /* driver-private: one target during one run */

/* What a target holds before a copy. */
/* MARK_ELSEWHERE: a copy's, but written for another database: a restored dump, a clone. */
enum mark_role { MARK_NONE, MARK_COPY, MARK_PRODUCTION, MARK_ELSEWHERE };
struct target_facts {
    bool exists;           /* the database is there */
    bool has_objects;      /* tables, views … of anybody but dbtwin */
    bool has_rows;         /* some table holds a row (LIMIT 1 each, not counted) */
    const char *row_table; /* one table that does, for messages */
    enum mark_role mark;   /* dbtwin-concepts(7), "The mark" */
    const char *mark_text; /* for people: when, from where */
    bool mark_is_old;      /* MARK_COPY without the identity of its database */
};

/* What publish writes into the mark. */
struct mark {
    const char *source_label;
    const char *source_id; /* server_facts.database_id */
    const char *taken_at;
    const char *started_at, *position; /* of the run; of the snapshot, or NULL */
    const char *version;               /* of dbtwin */
    uint64_t tables, rows, bytes;
    const char *neutralised; /* what sync_neutralised reads, or NULL */
    const char *masked;      /* by which rules and key, or why not ("no: …"); or NULL */
    const char *part;        /* which rows came, if not all; or NULL */
    bool drop_kept;         /* states that were kept before go too, but for keep_previous of them */
    unsigned keep_previous; /* number of replaced states to keep; 0 if there is no rollback */
};

/* For the history: "done; masked: …; a part of the rows: …". */
static inline const char *mark_outcome(const struct mark *m, struct arena *a)
{
    return arena_printf(a, "done%s%s%s%s", m->masked ? "; masked: " : "",
                        m->masked ? m->masked : "", m->part ? "; a part of the rows: " : "",
                        m->part ? m->part : "");
}

/* The run that has a target's lock. Texts may be NULL: not everybody is shown them. */
struct run_seen {
    bool there;
    const char *who, *since; /* for people; ISO 8601, UTC */
    const char *text;        /* of its tell */
};

/* A named text that a run leaves in its shadow, for the run that resumes it. */
struct note {
    const char *name, *text;
};

/* What precedes a table's path in a note of resume_ops.notes. */
#define NOTE_TABLE "table "

/* What to do with a shadow: see resume_ops. */
enum shadow_fate {
    SHADOW_TAKE,   /* prepare continues the one that was left */
    SHADOW_KEEP,   /* close leaves it */
    SHADOW_FORGET, /* its notes are removed: it can no longer be resumed */
};

/* A complete state of a target: the current one, or the newest that was kept. */
enum target_state { STATE_PRESENT, STATE_KEPT };

/* How a copy replaces the target, as far as a run must know: a shadow database beside it; shadow
 * schemas within it, in one transaction while readers continue; or the same with schemas that
 * cannot be renamed emptied first (in place). */
struct target_strategy {
    const char *about; /* for people: how */
    const char *name;  /* of those of one transaction: "--in-place" */
    /* Of one session, which a failure ends: not resumed, other sessions see nothing of it, its
     * locks add up, and what it replaces cannot exist twice. */
    bool one_transaction;
    bool blocks_readers;
};

/* What a run wants of a target. All zero, or NULL for it: the usual. What it points to outlives the
 * target. */
struct target_options {
    unsigned jobs;     /* as in source_options */
    unsigned sessions; /* number of workers; 0 = unknown */
    /* open is read-only, takes no run lock and cleans up nothing; only server, facts, strategy,
     * keeps, fits, roles, state, may_lock, running, notes and ask may follow */
    bool look;
    /* The shadow is only a rehearsal (preflight.h). It has a name of its own; the target, and what
     * other runs left, stay untouched; nothing is ever published. */
    bool rehearse;
    bool resume;          /* see resume_ops */
    bool in_place;        /* PostgreSQL: no shadow, see dbtwin-copy(1), --in-place */
    bool overwrite;       /* archive: an existing file may be replaced */
    const char *compress; /* archive: for pack_method_parse; NULL = gzip */
    const char *masked;   /* archive: by which key its rows are masked, or NULL */
    /* how to treat owners and grantees that come as rows (of large objects) */
    const struct namemap *map; /* production's roles by the target's names, or NULL */
    bool no_owners, no_grants;
    uint64_t build_memory; /* bytes for building indexes, all together; 0 = default */
    /* Several targets that one thread works on, one after another, may share a connection that is
     * about none of them (PostgreSQL's admin session). The first opens it; whoever made the options
     * closes it, after them. NULL: each has its own. */
    struct session **shared;
    /* MySQL: the databases that publish_all swaps, this one too, NULL-terminated: for ask, which
     * says of references from others what is in the way. NULL: this one alone. */
    const char *const *together;
};

/*
 * What writes. Everything goes into a shadow; publish swaps it in. Unless a comment says otherwise,
 * - cost: a few round trips, whatever the database holds;
 * - thread: any, one call at a time on a target, and one on a session;
 * - after a failure: the target's old content is as it was, ret_ is untouched. After prepare or
 *   publish failed only close may follow; a session can be used again, for what the failed call
 *   had changed is rolled back, unless the class is ERR_CONNECTION or ERR_INTERRUPTED; where all is
 *   one transaction (target_strategy), only `again` can still save it.
 */
struct target_ops {
    /* ---- required of every driver */

    /* Takes the run lock (two runs on one target exclude each other: ERR_REFUSED) and removes what
     * a killed run left. Cost: a connection, and dropping of what was left. After a failure nothing
     * is left open or locked. */
    bool (*open)(const struct endpoint *e, const struct target_options *o, struct target **ret,
                 struct err *err);
    /* Drops an unpublished shadow, releases the lock, frees; not NULL. Never touches the old
     * content. What cannot be dropped is a warning, and the next run drops it. */
    void (*close)(struct target *t);
    /* Creates the empty shadow; an archive writes the model. */
    bool (*prepare)(struct target *t, const struct model *m, struct err *err);
    /* A TARGET session on the shadow, for any thread; source_ops.close ends it, before close. */
    bool (*session)(struct target *t, struct session **ret, struct err *err);
    /* TARGET sessions. Loads all rows of `in` (does not close it) into the table of the same name
     * in one transaction; *ret_rows as the server counted them; any warning or skipped row fails.
     * Cost: the rows, a block in memory at a time. After a failure `in` may only be closed. */
    bool (*load)(struct session *s, const struct chunk *c, struct reader *in, uint64_t *ret_rows,
                 struct err *err);
    /* One atomic swap; then the old content is dropped. After success the shadow is the target. All
     * sessions on the shadow are closed. Cost: readers wait for moments; the drop, that of the old
     * files. After a failure the target is as it was, or, if the swap itself was made and only the
     * message about it was lost, new; never a mixture. */
    bool (*publish)(struct target *t, const struct mark *mark, struct err *err);

    /* ---- required of a server's (driver->live) */

    /* As source_ops.facts, of the target's server and database, which need not exist. */
    bool (*server)(struct target *t, struct arena *a, struct server_facts *ret, struct err *err);
    /* What it holds. Cost: a row of each table until one has any. */
    bool (*facts)(struct target *t, struct arena *a, struct target_facts *ret, struct err *err);
    /* TARGET sessions. One statement and no more, whatever the text says: it may be a stranger's. o
     * is what it makes, or a part of which it makes, or NULL. Cost: the statement's. */
    bool (*exec)(struct session *s, const struct object *o, const char *sql, struct err *err);
    /* The user's --after: one or more statements. ERR_REFUSED if their changes would not last, or
     * would not be in the shadow. After a failure the shadow must not be published. */
    bool (*exec_after)(struct session *s, const char *sql, struct err *err);
    /* Statistics of one loaded table. Cost: a sample of its rows. */
    bool (*analyze)(struct session *s, const struct object *table, struct err *err);
    /* Like source_ops.ask, about the target, whose database need not exist. */
    bool (*ask)(struct target *t, const char *topic, struct arena *a, struct vec *ret,
                struct err *err);
    /* Says on the target's server what this run does, for `running` of others: up to 40 bytes. Any
     * thread, beside any other call on t but close, in a session of its own. NULL: nothing more for
     * now, that session is closed. After a failure the target goes on as if it had not been
     * called. */
    bool (*tell)(struct target *t, const char *text, struct err *err);
    /* Of a target that only looks: who has its run lock, if anybody. Texts in `a`. */
    bool (*running)(struct target *t, struct arena *a, struct run_seen *ret, struct err *err);
    /* A run into e failed, `result` says why: into the history of the database, if it bears the
     * mark of a copy; never within anything else that is done there. Cost: a connection of its own,
     * closed in any case. Any thread. */
    bool (*failed)(const struct endpoint *e, const struct past_run *r, struct err *err);
    /* TARGET sessions. A line into the history of the session's database, if there is one, in the
     * place of the one with RUN_APPLYING of the same started_at; those of other runs, which must
     * have ended, become RUN_BROKEN. RUN_KEPT takes nobody's place; RUN_APPLIED removes them.
     * Committed at once. */
    bool (*journal)(struct session *s, const struct past_run *r, struct err *err);
    /* A SOURCE session on a state; *ret NULL when there is none. */
    bool (*state)(struct target *t, enum target_state which, struct session **ret, struct err *err);
    /* A session for each table (possibly one for all) on the current state, only for scan. Nobody
     * writes to these tables until publish or close, which end it. The objects' names count,
     * whatever their model. Cost: it waits seconds for writers. ERR_DENIED, or ERR_RUNTIME if they
     * do not finish; then nothing is locked. */
    bool (*write_lock)(struct target *t, const struct object *const *tables, size_t n,
                       struct session **ret, struct err *err);
    /* Puts the newest kept state in the target's place, atomically; the current state is kept in
     * turn; *ret_kept says where (`database "x"`), in `a`. ERR_REFUSED if none was kept. */
    bool (*rollback)(struct target *t, struct arena *a, const char **ret_kept, struct err *err);

    /* ---- optional */

    /* The strategy that open chose by the account's privileges; NULL: a shadow database. No round
     * trip. */
    const struct target_strategy *(*strategy)(const struct target *t);
    /* Announces that the current state will be kept, and checks that it can
     * be kept completely. fits and prepare then check that too. ERR_REFUSED. */
    bool (*keeps)(struct target *t, struct err *err);
    /* What rows of kept tables refer to that is no table's own comes along (PostgreSQL: large
     * objects): `from` is a session of write_lock on them, `to` one on the shadow, which has all of
     * the source's rows by now and which no other session writes to. Where something gets another
     * name, what these projections read changes, before any of their rows is read. *ret: how many.
     * `to` NULL: only whether it could be read, and `from` any session on the state. Cost: a look
     * at the rows, and what is brought. After a failure the shadow must not be published, but it
     * can be resumed. */
    bool (*bring)(struct session *from, struct session *to, struct projection *const *p, size_t n,
                  struct arena *a, uint64_t *ret, struct err *err);
    /* Whether this account may write_lock these tables. Locks nothing. */
    bool (*may_lock)(struct target *t, const struct object *const *tables, size_t n,
                     struct err *err);
    /* Before prepare: whether the strategy suits the model and the target. Changes nothing.
     * ERR_REFUSED. */
    bool (*fits)(struct target *t, const struct model *m, struct err *err);
    /* Appends the names of the server's roles (const char *, in `a`). If there is such a function,
     * owners and grantees of the plan must be among them. */
    bool (*roles)(struct target *t, struct arena *a, struct vec *ret, struct err *err);
    /* n times exec in one transaction, sent at once: a round trip in all. After a failure none of
     * them took effect. */
    bool (*exec_batch)(struct session *s, const char *const *sql, size_t n, struct err *err);
    /* The server may use up to n parallel workers for the session's statements from now on: for an
     * index that is built while other workers are idle. */
    bool (*helpers)(struct session *s, unsigned n, struct err *err);
    /* Before exec of `sql`, which builds o: sets the settings that change what its expressions mean
     * to those of production's database. o NULL: a statement of the phase before the rows, where
     * nothing is computed. load and analyze do this themselves. No round trip where they are set
     * already. */
    bool (*about)(struct session *s, const struct object *o, const char *sql, struct err *err);
    /* A statement that builds o, or a load or analyze of it, failed with `why`: whether to try once
     * more; appends how that will be done. Call it until it returns false. */
    bool (*again)(struct session *s, const struct object *o, struct err *why, struct buf *ret_how);
    /* With again: the statement is done or has finally failed; restores the session. */
    bool (*settle)(struct session *s, bool failed, struct err *err);
    /* Runs one PHASE_FINAL statement, in the plan's order, instead of exec on a session of the
     * shadow: for engines that cannot move every object in the swap (MySQL: views, triggers,
     * routines and events do not follow RENAME TABLE). It runs in the shadow now, so that an error
     * shows while the target is untouched, and again in its final place within publish.
     * `meanwhile`, if not NULL, is what the shadow gets instead. *ret_own: the account may not give
     * the object to its definer and has become the definer. If NULL, use exec. */
    bool (*defer)(struct target *t, const char *sql, const char *meanwhile, bool *ret_own,
                  struct err *err);
    /* With shadow_name: publish of several targets of one server, all in one atomic swap.
     * *ret_swapped: it was made, whatever err says. */
    bool (*publish_all)(struct target *const *t, const struct mark *marks, size_t n,
                        bool *ret_swapped, struct err *err);
    /* The database that is being loaded: names of it in what is built move along with the swap. No
     * round trip. */
    const char *(*shadow_name)(const struct target *t);
    /* A statement that recreates an object of a state that cannot move with its tables (see defer),
     * in the plan's order. Before a publish that keeps the current state: that one's. Before a
     * rollback: both states'. No round trip. */
    bool (*remake)(struct target *t, enum target_state which, const char *sql, struct err *err);
    /* How far a statement is that another session carries out on this database, where the server
     * says so: "building index, 45 %", in `a`; else NULL. */
    bool (*doing)(struct session *s, struct arena *a, const char **ret, struct err *err);
    /* TARGET sessions. A row for each table that the server stores by itself (MySQL: for each
     * partition, its name with a '#'): what stays as long as it is that table; its name; the number
     * of what it is stored in, which changes when it is rewritten. Cost: a row a table. ERR_DENIED
     * where the account may not see it. */
    bool (*stored)(struct session *s, row_fn *fn, void *ctx, struct err *err);
    /* If the server does not check rows when a foreign key is created: one value of the key that
     * refers to nothing, in `a`, or NULL. Cost: a join over both tables. */
    bool (*orphan)(struct session *s, const struct object *fk, struct arena *a, const char **ret,
                   struct err *err);
    /*
     * Second opinion: how this server writes the expression `text` of o's property, settled: given
     * to it again, it no longer changes. TARGET sessions only (such as one on the shadow). Uses
     * scratch objects in a transaction, or a part of the current one, that is rolled back; runs
     * nothing of the text, whoever wrote it. o is the server's own object, or one just created
     * there. Cost: some five round trips. False without err set: this property cannot be asked
     * about, so a different spelling is a difference. False with err: the server rejected it, or,
     * ERR_CORRUPT, it was not asked, because the text is not what the property says (one
     * expression, one query …) as a server writes it. Otherwise, by its SQLSTATE, either the answer
     * is unknown (no right to create scratch objects, a lock or time limit, a standby, a lost
     * connection, an internal error), or the text needs what the target does not have (42…, 22…,
     * 3F…): then it cannot mean the same as the target's own, which has everything it needs.
     */
    bool (*elaborate)(struct session *s, const struct object *o, unsigned slot, const char *text,
                      struct arena *a, const char **ret, struct err *err);
};

/*
 * Shadows that a later run can resume: all of it, or driver->resume is NULL. With
 * target_options.resume open keeps a shadow that may be one, and prepare creates one with notes; it
 * drops the one that was left, unless that is to be continued (shadow). Cost, thread and failure as
 * in target_ops.
 */
struct resume_ops {
    /* The notes of the shadow that was left (struct note, in `a`), and one NOTE_TABLE
     * "SCHEMA\nNAME" (MySQL: "\nNAME") for each table that still exists there, once the sessions of
     * the earlier run have ended, for which it waits; with target_options.look it does not.
     * *ret_left: NULL, nothing was left; else why its notes cannot be read, or "". */
    bool (*notes)(struct target *t, struct arena *a, struct vec *ret, const char **ret_left,
                  struct err *err);
    /* What becomes of it. After a failure nothing has changed. */
    bool (*shadow)(struct target *t, enum shadow_fate fate, struct err *err);
    /* In a session on the shadow: writes a note, replacing one of the same name. */
    bool (*note)(struct session *s, const struct note *n, struct err *err);
    /* Like exec, for a table's POST or FK step or a FINAL one, with a note of that name, which
     * exists from then on if, and only if, the statement took effect. */
    bool (*exec_noted)(struct session *s, const struct object *table, const char *sql,
                       const char *name, struct err *err);
    /* Empties a table of the shadow. */
    bool (*empty)(struct session *s, const struct object *table, struct err *err);
    /* Whether committed rows survive any crash, and only with their note. Asks no server. */
    bool (*lasting)(const struct object *table);
};
#endif
