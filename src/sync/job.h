/*
 * job.h - one copy while it runs: what its phases share. Only src/sync includes this.
 *
 * A job owns its sessions, its target and its workers. Phases: data (chunks, and POST steps of
 * tables that are full), then FK steps, then FINAL steps, then ANALYZE. Within a phase a worker
 * takes the next unit under the lock; chunks go before steps so that the source's snapshot is
 * given up early. The first error stops everybody: later ones are not kept.
 */
#ifndef SYNC_JOB_H
#define SYNC_JOB_H

#include <dbtwin/sync.h>

#include <pthread.h>

struct job;

/* A table (or the large objects) whose rows move. */
struct table_state {
    const struct object *table;
    uint32_t chunks_left; /* not yet loaded; the POST steps wait for 0 */
    uint64_t rows;
    struct projection *target_projection; /* restore: the target's own, made at first use */
};

struct unit {
    const struct step *step;
    const struct object *analyze;  /* or a table to analyze */
    struct table_state *table;     /* whose data must be in, or NULL */
    const struct object *locks[2]; /* FK: the tables it locks; both NULL = runs alone */
    uint64_t weight;
    uint32_t waits; /* units before it that are not done */
    bool taken;
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
    bool watch_ends;
    struct session *alone; /* in which the supervisor itself runs a statement */
};

struct job {
    const struct endpoint *source, *target_at;
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
    struct projection *projections;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct table_state *tables;
    size_t n_tables;
    struct map by_table; /* object → table_state */
    struct vec chunks;   /* struct chunk, largest first */
    size_t next_chunk;
    bool source_ended; /* every chunk was taken */
    unsigned chunks_running;
    struct vec units;               /* struct unit of the phase at hand, in the plan's order */
    struct vec edges;               /* struct unit_edge */
    struct vec order;               /* uint32_t: places in units, dearest first */
    size_t units_left, tabled_left; /* tabled: steps that belong to one table */
    bool stop;
    struct err err; /* the first */
    uint64_t rows, bytes;
    double data_ended;
    const char *started_at;
    struct budget budget;
};

static inline bool job_from_archive(const struct job *j)
{
    return j->source->driver->next_chunk != NULL;
}

/* clock.c of this room is the only place that asks the time. */
double sync_now(void);                 /* seconds, monotonic */
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

/* units.c: what there is to do in a phase, and what waits for what. */
void units_list(struct job *j, enum plan_phase phase);
void units_list_analyze(struct job *j);
struct unit *units_take_locked(struct job *j);
void units_done_locked(struct job *j, const struct unit *u);

/* safety.c: the rules of design §7, before anything moves. */
bool safety_check_role(const struct job *j, struct err *err); /* before any connection */
bool safety_check_target(struct job *j, struct err *err);
bool safety_check_plan(struct job *j, struct err *err);
bool safety_check_roles(struct job *j, struct err *err);

/* budget.c: sync_limits. budget_watch starts the thread that budget_release ends. */
void budget_init(struct job *j);
bool budget_watch(struct job *j, struct err *err);
void budget_release(struct job *j);
void budget_snapshot_taken(struct job *j);
/* The session of a statement that runs outside work_run: past a limit it is cancelled. */
void budget_alone(struct job *j, struct session *s);
bool budget_ok(struct job *j, struct err *err);
struct reader *budget_pace(struct job *j, struct reader *in); /* closes `in` with itself */

/* empty.c: sync_options.empty. Each pattern must fit a table; those that fit are told. */
bool empty_check(struct job *j, struct err *err);
bool empty_wants(const struct job *j, const struct object *table);

/* rows.c */
struct reader *rows_counter(struct reader *in, uint64_t *rows); /* counts text rows that pass */
bool table_holds_rows(const struct model *m, const struct object *o);
#endif
