/*
 * job.h - one copy while it runs: what its phases share. Only src/sync includes this.
 *
 * A job owns its sessions, its target and its workers. First chunks, and whatever can be done
 * beside them: POST steps of tables that are full, FK steps and ANALYZE of tables whose POST steps
 * are done. Then FINAL steps, in order. A worker takes the dearest unit that need not wait, under
 * the lock; chunks go before steps so that the source's snapshot is given up early. The first error
 * stops everybody: later ones are not kept.
 */
#ifndef SYNC_JOB_H
#define SYNC_JOB_H

#include "digest.h"
#include "masking.h"

#include <dbtwin/clock.h>

#include <pthread.h>

struct job;

/* A table (or the large objects) whose rows move. */
struct table_state {
    const struct object *table;
    uint32_t chunks_left;                 /* not yet loaded; the POST steps wait for 0 */
    uint64_t rows, bytes;                 /* loaded; on disk, by estimate */
    struct digest_sum sum;                /* with --verify full: of what was read */
    struct sync_table *shown;             /* for displays and the summary */
    bool kept;                            /* its rows come from the target itself */
    bool named;                           /* again.c has named it */
    bool analyze_last;                    /* FINAL steps say what there is to analyze */
    struct projection *target_projection; /* restore: the target's own, made at first use */
};

/* What the steps of a table must know of each other, so that no worker waits for a lock. */
struct place {
    const struct object *table;
    const struct table_state *data; /* NULL: no rows come */
    size_t post_left;               /* POST units that are not done */
    unsigned builds, alone;         /* that run now: STEP_BUILD, and those that bear no other */
};

struct other {
    struct place *place;
    struct other *next;
};

struct unit {
    const struct step *step;
    const struct object *analyze;    /* or a table to analyze, */
    const struct table_state *check; /* or one to check */
    struct place *place;  /* of its table; NULL, or loose: it runs when nothing else does */
    struct other *others; /* FK: of the tables it refers to */
    uint64_t weight;
    uint32_t waits; /* units before it that are not done */
    uint32_t edges; /* its first edge: place in job->edges */
    bool loose; /* a step without a table, or one that waits for such a step of its phase, or locks
                 * more than its table */
    bool taken;
    bool last_build; /* no other index is left to begin with */
};

/* Unit `then` waits for unit `first` (places in job->units). */
struct unit_edge {
    uint32_t first, then;
};

struct worker {
    struct job *job;
    pthread_t thread;
    struct session *source; /* NULL once given up, or where all share one (archive) */
    struct session *target;
    struct err err;
    const struct unit *running;
    bool started, copying;
};

/* budget.c. Under the job's lock, but for what says otherwise. */
struct budget {
    double started, snapshot_at; /* snapshot_at: 0 = none was taken yet */
    double paid_until;           /* when the bytes that passed are worth their time */
    struct err err;              /* set when a limit was passed */
    pthread_t watch;
    bool watched;
    pthread_mutex_t alone_lock; /* for the rest */
    pthread_cond_t woken;       /* to look at once */
    bool watch_ends;
    struct session *alone; /* in which the supervisor itself runs a statement */
};

/* lag.c. Under the job's lock, but for the session, which is the watching thread's. */
struct lag {
    struct session *session;
    bool watched, paused;
    double asked_at, paused_at;
};

/* yield.c. The session is set before reading begins; all else is the watching thread's. */
struct yield {
    struct session *session;
    bool asking; /* under the job's lock: there is a question to cancel */
    double asked_at, since;
};

/* tell.c. Under the job's lock: on; the watching thread's: told_at. */
struct tell {
    bool on;
    double told_at;
};

/* keep.c */
struct keep {
    struct session *state; /* on the target as it is, while it is looked at */
    struct model old;
    struct vec tables; /* const struct object *, of the job's model */
    struct vec chunks; /* struct chunk: one a table */
    size_t next;
    struct session **held; /* one a table, the target's: see target_ops.write_lock */
    bool grants;           /* of the source's none, but some are kept */
    bool refers;           /* kept rows may refer to what is no table's own (target_ops.bring) */
    bool brought;          /* and that is in the shadow; worker 0's */
    struct map before;     /* keep_note.c: what the source has itself */
    struct vec along;      /* const struct object *: what came along with the tables */
};

/* resume.c */
struct resume {
    bool on;                               /* asked for */
    bool noting;                           /* what is done is noted in the shadow */
    bool taken;                            /* the shadow is an earlier run's */
    bool spoiled;                          /* what is in it is not what it should be */
    struct vec notes;                      /* struct note: what an earlier run left */
    const char *left;                      /* see resume_ops.notes */
    struct map by_name;                    /* the same: name → text */
    struct vec plan;                       /* struct chunk: of tables that have several */
    const char *plan_digest, *rows_digest; /* what it is a copy of */
    uint64_t tables, rows;                 /* that were there already */
};

/* set_one.c: sessions that are in one snapshot, which one job after the other reads from. */
struct set_watch;
struct lent {
    struct session **sessions;
    unsigned n;
    struct snapshot_info snapshot;
    double taken;           /* the snapshot was, by clock_now */
    struct session *beside; /* in no snapshot, for questions; opened when there is one */
    struct set_watch *watch;
};

struct job {
    struct lent *lent;             /* or NULL: the sessions are its own */
    const char *lent_name;         /* the database that they are to enter */
    const struct set_names *names; /* set_names.c, or NULL */
    const struct endpoint *source, *target_at;
    struct source_options source_options;
    struct target_options target_options;
    const struct sync_options *opt;
    struct arena *arena; /* the caller's: lives as long as the result */
    struct model model;
    struct plan plan;
    struct target *target;
    struct session
        *first; /* source session 0: model, split; shared when the source is an archive */
    struct worker *workers;
    unsigned n_workers;
    struct snapshot_info snapshot;
    struct server_facts source_facts;
    struct vec source_says, target_says; /* struct answer: disk.c */
    struct projection *projections;      /* as tables */
    bool native;                         /* chunks may be (driver.h) */
    bool carries;                        /* types inside documents (documents.c) */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct table_state *tables;
    struct sync_table *shown; /* one for each of them */
    size_t n_tables;
    struct map by_table; /* object → table_state */
    struct vec chunks;   /* struct chunk, largest first */
    size_t next_chunk;
    bool source_ended; /* every chunk was taken */
    unsigned chunks_running;
    struct vec units;          /* struct unit, steps in the plan's order, then ANALYZE */
    struct vec edges;          /* struct unit_edge, by first */
    struct vec order;          /* uint32_t: places in units, dearest first */
    size_t first_open;         /* place in order: all before it were taken */
    size_t units_left;         /* all; of the rest only steps, by phase: */
    size_t left[PHASE_COUNT];  /* that are not loose */
    size_t loose[PHASE_COUNT]; /* that are */
    size_t builds_left;        /* indexes that nobody has begun with */
    unsigned running;          /* units */
    bool data_done;            /* every chunk was loaded */
    bool stop;
    struct err err; /* the first */
    uint64_t rows, bytes;
    double data_ended;
    const char *started_at;
    struct budget budget;
    struct lag lag;
    struct yield yield;
    struct tell tell;
    bool target_tried;
    bool may_tell_failure; /* nobody else is at work there, and a safety rule allows the target */
    struct subset *subset; /* subset.c, or NULL */
    struct mask_set *mask; /* masking.c, or NULL */
    char mask_key_id[MASK_ID_SIZE];
    bool drop_kept; /* states kept from runs without masks are dropped */
    struct keep keep;
    struct resume resume;
    struct vec unfilled; /* const struct step *: again.c */
};

static inline bool job_from_archive(const struct job *j)
{
    return j->source->driver->source->next_chunk != NULL;
}

/* timing.c; for what has to be measured there is clock_now. */
const char *sync_utc(struct arena *a); /* 2026-11-22T03:15:00Z */
/* Waits for a change, a tenth of a second at most. */
void sync_wait(pthread_cond_t *changed, pthread_mutex_t *lock);

void sync_sleep(double seconds);

void job_event(struct job *j, enum log_level level, const char *fmt, ...) PRINTF_LIKE(3, 4);
void job_phase(struct job *j, const char *phase);

/* work.c: runs the units in j->units and, when with_chunks, all chunks; false on the first error.
 */
bool work_run(struct job *j, bool with_chunks, struct err *err);
bool work_open_sessions(struct job *j, struct err *err);
void work_close_sessions(struct job *j);

/* units.c: what there is to do, and what waits for what. */
void units_list(struct job *j);      /* POST, FK, and ANALYZE where no FINAL step matters to it */
void units_list_last(struct job *j); /* the rest of ANALYZE */
struct unit *units_take_locked(struct job *j); /* NULL: none that could run now */
void units_done_locked(struct job *j, const struct unit *u);

/* safety.c: the rules of design §7, before anything moves. */
bool safety_check_role(const struct job *j, struct err *err); /* before any connection */
bool safety_check_target(struct job *j, struct err *err);
bool safety_same_database(const struct server_facts *a, const struct server_facts *b);
/* production.c: that the target is none of the config's, by another name. `source`: a live one
 * whose facts were compared already, or NULL. */
bool production_check(const struct sync_options *opt, const struct endpoint *source,
                      const struct endpoint *target, const struct server_facts *facts,
                      struct arena *a, struct err *err);
bool safety_check_plan(struct job *j, struct err *err);
bool safety_check_roles(struct job *j, struct err *err);
/* Whether all that is missing is a right of the account's on the source: an error, and no rule. */
bool safety_wants_right(const struct plan_refusal *r);
/* Each mention of a role that the plan needs on the target. */
typedef void safety_role_fn(void *ctx, const char *role, bool owner);
void safety_each_role(const struct job *j, safety_role_fn *fn, void *ctx);

/* job_new.c: what opt says of its two sides, into source_options and target_options. */
void job_set_options(struct job *j);
/* In the arena, which outlives it. Whatever it came to, job_release ends it: a shadow that is not
 * published is dropped. */
struct job *job_new(const struct endpoint *source, const struct endpoint *target,
                    const struct sync_options *opt, struct arena *a);
void job_release(struct job *j);

/*
 * copy.c: the stages of a copy. copy_load is all but the last: after it the shadow is loaded and
 * checked, and of all sessions only the target's own are open. Of several databases that go as one
 * (set_one.c): copy_read, copy_plan and copy_rows, each of all of them; then what is made last
 * (copy_step), copy_prove, copy_settle; and what copy_mark says goes to the driver.
 */
bool copy_load(struct job *j, struct sync_result *r, struct err *err);
bool copy_publish(struct job *j, struct sync_result *r, struct err *err);
bool copy_read(struct job *j, struct err *err);
bool copy_plan(struct job *j, struct err *err);
bool copy_enter(struct job *j, struct err *err);
bool copy_rows(struct job *j, struct sync_result *r, struct err *err);
bool copy_step(struct job *j, const struct step *s, struct err *err);
bool copy_prove(struct job *j, struct sync_result *r, struct err *err);
/* From here on it cannot be resumed: the user's statements, and what the target keeps. */
bool copy_settle(struct job *j, struct err *err);
bool copy_mark(struct job *j, struct mark *ret, struct err *err);
void copy_sum(const struct job *j, struct sync_result *r);
/* It failed: what must be done before job_release; tell_failed comes after it. */
void copy_failed(struct job *j, struct err *err);

/* tables.c: job.tables, once the plan says what is left out; and their chunks, of live sources. */
void tables_list(struct job *j);
bool tables_split(struct job *j, struct err *err);

/*
 * set_names.c: databases of a set that name each other, on MySQL and MariaDB. A name before a dot
 * is such a database where what follows is an object of it.
 */
enum set_side { SET_SOURCE, SET_TARGET, SET_SHADOW };
struct set_names {
    struct vec names; /* struct set_name */
    bool fold[3];     /* by enum set_side: the server keeps names in lower case, however written */
};
struct set_name {
    const char *of[3];  /* by enum set_side */
    struct map objects; /* tables, views, routines: name → itself */
};
void set_names_add(struct set_names *n, const char *source, const char *target, const char *shadow,
                   const struct model *m);
/* Of servers that are known by now. */
void set_names_fold(struct set_names *n, const struct server_facts *source,
                    const struct server_facts *target);
void set_names_release(struct set_names *n);
/* Appends the text by the other names; false: it names none of them, and is what it was. */
bool set_names_text(const struct set_names *n, enum set_side from, enum set_side to,
                    const char *text, struct buf *ret);
/* The same in a frozen model. */
bool set_names_model(const struct set_names *n, enum set_side from, enum set_side to,
                     struct model *m, struct err *err);
/* In a plan by the targets' names: what is to be carried out while all are shadows is spelled so,
 * and foreign keys between them get PHASE_COUNT: they are made once all tables are there. */
void set_names_plan(const struct set_names *n, struct plan *plan, struct arena *a);
/* A name before a dot that is in `databases` (const char *) and not in the set, or NULL. */
const char *set_names_outside(const struct set_names *n, const struct vec *databases,
                              const struct model *m, const char *own, const struct object **ret_by);

/* copy.c: the plan for this target, before it is judged. */
bool job_plan(struct job *j, struct err *err);
/* The source's model by the target's names, once it was read and proven. */
bool job_map(struct job *j, struct err *err);
/* What the mark and the history call the source: the label alone may be too little in a year. */
const char *job_source_name(const struct job *j);
/* How the copy comes into its place; known once the target is open. */
/* rename.c: map: schemas (plan.renames); where they cannot be carried out, that is refused. */
bool rename_fits(const struct job *j, struct err *err);
bool rename_schemas(struct job *j, struct err *err);
const struct target_strategy *job_strategy(const struct job *j);

/* copy.c: largest first. */
void job_sort_chunks(struct job *j);

/* disk.c: what a copy needs on the target's disk, from what both sides say (source_ops.ask). */
struct disk {
    uint64_t rows, index, log; /* the source's size; sorting its largest index; WAL or binlog */
    uint64_t kept;             /* tables that the target keeps: they are recreated too */
    uint64_t need;             /* all of it; 0 = not known */
    uint64_t free;
    bool free_known;
    const char *folder; /* where, or NULL */
};
/* `source` and `target` hold struct answer; without an answer the model's sizes are taken. */
void disk_measure(const struct vec *source, const struct vec *target, const struct model *m,
                  uint64_t kept, struct disk *ret);
/* For people: "needs about 12 GB: …", appended. */
void disk_describe(const struct disk *d, struct buf *out);
/* Asks both sides, before the snapshot is taken; then, with the model, judges: ERR_REFUSED where it
 * is known that there is not enough. */
/* Where all is one transaction: the locks that it takes, and whether the server has as many. Of
 * what the server says of itself; *ret_slots 0: it did not. */
bool locks_suffice(const struct job *j, uint64_t *ret_need, uint64_t *ret_slots);
void locks_tell(struct job *j);
bool disk_ask(struct job *j, struct err *err);
bool disk_check(struct job *j, struct err *err);
/* Of jobs whose shadows are all there at once, on one server: as one. */
bool disk_check_all(struct job *const *jobs, size_t n, struct err *err);
/* The value of a fact, or NULL. */
const char *disk_fact(const struct vec *answers, const char *name);

/* budget.c: sync_limits. budget_watch starts the thread that budget_release ends. */
void budget_init(struct job *j);
bool budget_watch(struct job *j, struct err *err);
void budget_rest(struct job *j); /* no thread and no session any more; budget_ok still answers */
void budget_release(struct job *j);
void budget_snapshot_taken(struct job *j);
/* The session of a statement that runs outside work_run: past a limit it is cancelled. */
void budget_alone(struct job *j, struct session *s);
bool budget_ok(struct job *j, struct err *err);
/* The run must end: interrupted, or past a limit; err says which. */
bool budget_stops(struct job *j, struct err *err);
struct reader *budget_pace(struct job *j, struct reader *in); /* closes `in` with itself */

/* lag.c: sync_limits.replica_lag. lag_start before the snapshot; lag_watch by the thread of
 * budget.c, again and again: false when the run must end. */
bool lag_start(struct job *j, struct err *err);
bool lag_watch(struct job *j, struct err *err);
bool lag_pauses_locked(const struct job *j);
void lag_cancel(struct job *j);  /* before that thread is waited for */
void lag_release(struct job *j); /* after it */

/* yield.c: ends a copy that others' locks wait behind; in the same way. */
bool yield_start(struct job *j, struct err *err);
bool yield_watch(struct job *j, struct err *err);
void yield_cancel(struct job *j);
void yield_release(struct job *j);
/* *since: 0, or when somebody was first seen to wait. False: for too long. */
bool yield_judge(double *since, const char *label, const char *who, struct err *err);
enum { YIELD_EVERY = 1 }; /* seconds */

/* set_watch.c: the same over all databases of a set: whether the jobs that read must end. */
bool set_watch_over(const struct lent *l, struct err *err);

/* tell.c: how far the copy is. tell_begin once the units are listed; tell_more_units: others were,
 * later. tell_start lets the thread of budget.c tell the target's server by tell_watch. */
void tell_begin(struct job *j);
/* The tables, once they are listed; and once it is known how large they are. */
void tell_tables(struct job *j);
void tell_list(struct job *j);
void tell_chunk_begins(struct table_state *t);
void tell_chunk_done(struct table_state *t, uint64_t rows);
void tell_more_units(struct job *j);
void tell_unit_done(struct job *j, const struct unit *u);
void tell_final_done(struct job *j);
void tell_start(struct job *j);
void tell_end(struct job *j); /* that thread is gone */
void tell_watch(struct job *j);
/* sync_running of a target that only looks. */
bool tell_running(const struct driver *d, struct target *t, struct arena *a,
                  struct sync_running *ret, struct err *err);
/* The run failed: into the target's history. */
void tell_failed(struct job *j, const struct err *err);

/* neutralise.c: tells what the plan neutralises, a line for each rule. */
void neutralise_tell(struct job *j);
/* An object that has become this account's own (target_ops.defer); and all of them told. */
void neutralise_definer(struct job *j, const struct object *o);
void neutralise_tell_definers(struct job *j);
/* One rule's part of it, for people: "events e1, e2 and 3 more: made disabled"; false: nothing. */
bool neutralise_describe(const struct plan *plan, enum neutral_id rule, bool told, struct buf *out);
/* Why a mark of dbtwin's does not count, behind what is said of the rows. */
#define SAFETY_ELSEWHERE                                                                        \
    "; its mark was written for another database: it is a restored dump, a clone or a copy of " \
    "one "                                                                                      \
    "that dbtwin filled"
/* For the mark, in the job's arena; NULL: nothing. */
const char *neutralise_note(const struct job *j);
/* Whether a table's rows stay behind. */
bool neutralise_empties(const struct job *j, const struct object *table);

/* empty.c: sync_options.empty. Each pattern must fit a table; those that fit are told. */
bool empty_check(struct job *j, struct err *err);
bool empty_wants(const struct job *j, const struct object *table);

/* rollback.c: views, routines, triggers and events of a state, where they cannot move with its
 * tables: whether they can be made again; `tell`: and the target is given their statements. */
bool previous_programs(const struct driver *d, struct target *t, enum target_state which, bool tell,
                       struct err *err);

/* Whether what comes could be kept in turn, where states are kept as schemas: else there would be
 * no way back from it. ERR_REFUSED. */
bool previous_fits(const struct job *j, struct err *err);

/* check.c: sync_options.verify. The reader of rows that are about to be loaded, and whether the
 * loaded table holds them. */
struct reader *check_passing(const struct job *j, struct reader *in, struct digest_sum *sum);
bool check_table(struct worker *w, const struct table_state *t, struct err *err);

/*
 * resume.c: sync_options.resume. resume_look once the target is open; resume_decide when tables,
 * chunks and plan are known: whether this run resumes what was left, and then what is loaded
 * leaves the list of chunks. resume_begin when the empty tables stand.
 */
bool resume_look(struct job *j, struct err *err);
bool resume_decide(struct job *j, struct err *err);
bool resume_begin(struct job *j, struct err *err);
uint64_t resume_bytes_left(const struct job *j); /* of rows, in what was left */
/* Of an archive, which is read through: a chunk that is there already. */
bool resume_skips(struct job *j, const struct chunk *c, uint64_t *ret_rows,
                  struct hash128 *ret_sum);
/* A chunk's note, for its load; false: it gets none. */
struct resume_note {
    struct load_note base; /* first */
    bool (*all_came)(struct resume_note *n, uint64_t rows, struct err *err);
    uint64_t bytes;
    const struct digest_sum *sum;
};
bool resume_notes_chunk(struct job *j, const struct chunk *c, struct resume_note *n,
                        struct arena *a);
/* resume_run.c: whether a step sets a sequence's position. */
bool resume_run_is_position(const struct step *s);
/* A step, unless it was carried out already. */
bool resume_exec(struct job *j, struct session *s, const struct step *step, struct err *err);
/* What follows, nobody can resume. */
bool resume_forget(struct job *j, struct err *err);
/* The run failed: keeps the shadow, if somebody could resume it, and says so in the hint. */
void resume_failed(struct job *j, struct err *err);

/* built.c: the proof (proof.h) of what a session of ours built by the job's plan; and the same with
 * its findings told as events, and a difference as the error. */
struct proof;
bool built_proof(const struct job *j, struct session *s, struct proof *ret, struct err *err);
bool built_prove(struct job *j, struct session *s, struct err *err);

/*
 * again.c: what fails for the way in which this program's sessions are set up is tried once more
 * as the driver proposes. again_exec is resume_exec so; again_load after a load failed: whether to
 * begin once more with its rows (`told`: the table's own, so that a table is told once).
 */
bool again_exec(struct job *j, struct session *s, const struct step *step, struct err *err);
bool again_load(struct job *j, struct session *s, const struct object *table, bool *told,
                struct err *err);
bool again_analyze(struct job *j, struct session *s, const struct object *table, struct err *err);
/* A step that fills from others may wait for them: true, it will be tried with again_fill, which
 * leaves empty and names what cannot be filled. */
bool again_postpone(struct job *j, const struct step *step, struct err *err);
bool again_fill(struct job *j, bool (*fill)(struct job *j, const struct step *s, struct err *err),
                struct err *err);

/*
 * orphans.c: a step of a foreign key failed with `why`: whether that is because production's own
 * rows refer to nothing, and the key was left as the server takes it. Then later steps about one
 * that it does not take at all are skipped.
 */
bool orphans_leave(struct job *j, struct session *s, const struct step *step, struct err *why);
bool orphans_skip(struct job *j, const struct step *step);

/* rows.c */
struct reader *rows_counter(struct reader *in, uint64_t *rows); /* counts text rows that pass */
bool table_fits(const struct object *o, const char *pattern);   /* its path, with * and ? */

/*
 * keep.c: what the target alone owns and keeps (sync_options.keep_…). keep_begin reads the
 * present state and puts what is kept into the job's model; keep_project, once the tables are
 * listed, makes their chunks, which worker 0 takes after the source's. From the first of
 * them on the target's tables are held against writers until the swap.
 */
void keep_init(struct job *j);
bool keep_is_wanted(const struct sync_options *o);
bool keep_begin(struct job *j, struct err *err);
/* keep_fits.c: whether the target's tables fit what is copied. ERR_REFUSED, by name. */
bool keep_fits(struct job *j, const struct vec *wanted, struct err *err);
/* The positions as they are by now, once more, before the swap. */
bool keep_positions_late(struct job *j, struct err *err);
uint64_t keep_bytes(const struct job *j); /* of the kept tables, once begun */
bool keep_project(struct job *j, struct err *err);
void keep_release(struct job *j);
bool keep_is_kept(const struct job *j, const struct object *table);
bool keep_left(const struct job *j);
bool keep_next_locked(struct job *j, struct chunk *ret);
/* What kept rows refer to comes when all of the source's is there, and before them. */
bool keep_waits_locked(const struct job *j);
bool keep_bring(struct job *j, struct session *to, struct err *err);
/* keep_note.c: before and after the tables come into the job's model. */
void keep_note_before(struct job *j);
void keep_note_after(struct job *j);
bool keep_session(struct job *j, const struct object *table, struct session **ret, struct err *err);
/* Foreign keys from or to kept tables hold: where the server did not look. */
bool keep_check_keys(struct job *j, struct err *err);
/* Whether a foreign key leads from or to a kept table; *ret_to the table it leads to, or NULL. */
bool keep_touches(const struct job *j, const struct object *fk, const struct object **ret_to);
/* A foreign key that the server refused: what it has to do with what is kept. */
void keep_explain(struct job *j, const struct step *s, struct err *err);
/* documents.c: types inside JSON documents that rows as text lose. To be asked outside the
 * snapshot; documents_tell warns. `loses`: a warning, else what was looked at. */
#define DOCUMENT_TOPIC      "document"
#define DOCUMENT_TOPIC_LEFT "document_left"
typedef void documents_fn(void *ctx, bool loses, const char *text);
bool documents_ask(struct job *j, struct err *err);
/* Once both are known: whether they are carried (job.carries). */
void documents_target(struct job *j, const struct server_facts *f);
/* Of the columns that need it, but for what a mask reads. */
void documents_carry(const struct job *j, struct projection *p, struct arena *a);
void documents_each(struct job *j, documents_fn *fn, void *ctx);
void documents_tell(struct job *j);

/* collations.c, of MySQL and MariaDB: collations of the model that the target's server lacks, by
 * its answers; *_check asks it: ERR_REFUSED. */
typedef void collations_fn(void *ctx, const char *text, const char *todo);
void collations_each(struct job *j, const struct vec *says, collations_fn *fn, void *ctx);
bool collations_check(struct job *j, struct err *err);

#endif
