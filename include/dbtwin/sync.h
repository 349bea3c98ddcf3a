/*
 * sync.h - moving rows: copy (snapshot and restore are copies with an archive on one side) and
 * verify.
 *
 * sync_copy: source snapshot → model → safety rules → plan → shadow → chunks by N workers → keys
 * and indexes as tables fill → foreign keys → the rest → check → publish. Any failure, signal or
 * lost connection before publish leaves the target unchanged and drops the shadow (or the next
 * run does; see sync_options.resume). Nothing is printed: events and counters go to the
 * caller.
 */
#ifndef DBTWIN_SYNC_H
#define DBTWIN_SYNC_H

#include <dbtwin/driver.h>
#include <dbtwin/log.h>
#include <dbtwin/mask.h>
#include <dbtwin/namemap.h>
#include <dbtwin/plan.h>

/* Whether an object is one whose rows move: a table that is not only its partitions, large objects.
 */
bool table_holds_rows(const struct model *m, const struct object *o);

/* A table whose rows move or are compared. Path, estimate and parts are set before the list is
 * shown; the rest are relaxed atomics. Moments are milliseconds of clock_now, 0: not yet. */
struct sync_table {
    const char *path;
    uint64_t estimate; /* bytes; 0 = not known */
    uint64_t parts;    /* chunks; 0 = not known, as of an archive */
    uint64_t parts_done, bytes, rows;
    uint64_t began, ended;
};

/* Counters, written with relaxed atomics by workers, read by the progress display. Those of a set
 * are the sum over its members, which `gather` makes; elsewhere it is NULL. */
struct sync_progress {
    void (*gather)(const struct sync_progress *p, struct sync_progress *ret);
    const struct sync_set *set;
    uint64_t databases, databases_done;
    uint64_t tables, tables_done;
    uint64_t rows, bytes, bytes_estimate;
    uint64_t steps, steps_done;   /* keys, indexes, foreign keys … */
    uint64_t weight, weight_done; /* of them and of the swap: as much work as so many bytes */
    double data_began;            /* clock_now, once weight is not 0 */
    bool by_weight;               /* the share is that of the weight alone */
    bool catalog;                 /* rows are those of a schema */
    struct source_progress file;  /* of what is read from a file; parts 0: it is none */
    struct sync_table *list;      /* n_list of them, set first; not of a set */
    uint64_t n_list;
    const char *phase; /* "snapshot", "schema", "data", "indexes", "foreign keys", "final", "check",
                          "publish" */
};

/* How much is done, 0 to 1, and the seconds that the rest takes (negative: too early to say),
 * indexes, checks and the swap included. False: not known, as of a pipe. Any thread. */
bool sync_progress_share(const struct sync_progress *p, double *ret_share, double *ret_left);
/* The share of one table, 0 to 1; negative: not known. Any thread. */
double sync_table_share(const struct sync_table *t);

/* Limits of a copy; 0 = none. Past a limit the copy stops with an error that names it, and the
 * target is unchanged. */
struct sync_limits {
    uint64_t rate;             /* bytes of rows a second, all workers together */
    double snapshot_age;       /* seconds that the source's snapshot may be held */
    double replica_lag;        /* seconds of lag, if the source is a replica */
    double deadline;           /* seconds from the start until it must be in place */
    const char *deadline_text; /* that moment for people: "05:00" */
};

/* How loaded tables are checked before the swap: rows counted, not checked, or read back. */
enum sync_verify { SYNC_VERIFY_COUNTS, SYNC_VERIFY_NONE, SYNC_VERIFY_FULL };

struct sync_options {
    enum sync_verify verify;
    struct sync_limits limits;
    unsigned jobs;            /* workers, at least 1 */
    unsigned schema_jobs;     /* source_options.jobs, of both sides */
    bool in_place, overwrite; /* target_options, as the next two */
    const char *compress;
    uint64_t build_memory;
    const char *const *without; /* plan_options.without */
    bool leave_broken;          /* the same */
    const char *const *empty;   /* tables that arrive without rows: paths or patterns, or NULL */
    const char *const *after;   /* SQL for the loaded shadow before the swap, or NULL */
    /* What the target alone owns and keeps; NULL-terminated, or NULL: tables (paths or patterns)
     * with rows and definition, roles whose privileges stay, sequences and counters that never move
     * back (paths or patterns; on MySQL those of tables). */
    const char *const *keep_tables, *const *keep_grants, *const *keep_sequences;
    const struct namemap *map; /* production's names as the target has them, or NULL */
    const char *replace;       /* --replace NAME, or NULL */
    bool create;               /* a target database that is not there is made */
    bool owners, grants;       /* see plan.h */
    unsigned acting;           /* plan_options.acting */
    bool resume;               /* resume what a failed run left; leave it on failure */
    bool no_disk_check;        /* proceed although the target's disk is known to be too small */
    bool rehearse;             /* preflight: try the plan out in a shadow without rows */
    /* One database of several: it may hold nothing, and a pattern of empty, keep_tables and
     * keep_sequences may fit nothing in it. `fits` is called with those that do. */
    bool of_set;
    void (*fits)(void *ctx, const char *pattern);
    const struct subset_config *rows; /* the rows that come; NULL: all */
    /* Rules by which values are masked on their way, and their key; or NULL. unmasked: why they are
     * not applied in this run. */
    const struct mask_config *mask;
    struct mask_key *mask_key;
    const char *unmasked;
    bool drop_raw;          /* states that were kept from runs without masks are dropped */
    const char *version;    /* dbtwin's, for the mark */
    unsigned keep_previous; /* number of replaced states to keep, for sync_rollback */
    /* The config's production databases, by number: label, driver and url are set even on failure;
     * the error says why it cannot be asked. */
    size_t n_production;
    bool (*production)(void *ctx, size_t i, struct endpoint *ret, struct err *err);
    /* Asked when a target holds rows that dbtwin did not put there and --replace was not given;
     * true: a person has typed the database's name. NULL or false = refuse. */
    bool (*confirm)(void *ctx, const char *question, const char *database);
    /* A line for people: phase begun, table done, something left out. May be called by workers
     * (one at a time). */
    void (*event)(void *ctx, enum log_level level, const char *text);
    void *ctx;
    struct sync_progress *progress; /* may be NULL */
};

struct sync_result {
    uint64_t tables, rows, bytes;
    double seconds, seconds_data, seconds_index, seconds_check, seconds_publish;
    const char *taken_at, *position; /* of the snapshot, in the arena given */
    bool resumed;
    const struct sync_table *list; /* in the arena given; NULL of a set */
    uint64_t n_list;
    uint64_t tables_there,
        rows_there; /* that an earlier run had loaded; tables: not for an archive */
};

/* What an unfinished run left. */
struct sync_left {
    bool there;
    const char *source, *begun_at, *taken_at;
    uint64_t rows;   /* loaded */
    uint64_t tables; /* of so many, altogether */
};
/* Neither waits nor takes a lock: the run may still be active. */
bool sync_left(const struct endpoint *target, struct arena *a, struct sync_left *ret,
               struct err *err);

/* A run that has the target's lock now: a copy, or a rehearsal. */
struct sync_running {
    bool there;
    const char *who, *since; /* or NULL; since is UTC */
    const char *phase;       /* of a copy, or NULL */
    int percent;             /* negative: not known */
    long left;               /* seconds; negative: not known */
};
/* Looks, without a lock. */
bool sync_running(const struct endpoint *target, struct arena *a, struct sync_running *ret,
                  struct err *err);
/* " since …, by …: data, 43 % done, about 2:00 left", appended. */
void sync_running_describe(const struct sync_running *r, struct buf *out);

/* Puts the state that the last copy replaced back in place (sync_options.keep_previous); *ret_kept
 * says where the current one is kept. The target's rules and lock are those of sync_copy. Of opt
 * only production, schema_jobs, event and ctx are used. */
bool sync_rollback(const struct endpoint *target, const struct sync_options *opt, struct arena *a,
                   const char **ret_kept, struct err *err);

/* What was neutralised (plan.h) in the copy that filled a database, according to its mark. */
struct neutral_note {
    const char *rule;     /* name of a neutral_rule, or of an option: "truncate", "keep-table" */
    const char *what;     /* "absent", "changed", "empty", "kept" */
    const char *kind;     /* of an object */
    const char *property; /* of "changed", else "" */
    const char *path;
};
/* Appends struct neutral_note, in `a`; a database that dbtwin did not fill has none. */
bool sync_neutralised(const struct driver *d, struct session *s, struct arena *a, struct vec *ret,
                      struct err *err);

bool sync_copy(const struct endpoint *source, const struct endpoint *target,
               const struct sync_options *opt, struct arena *a, struct sync_result *ret,
               struct err *err);

/*
 * ---- several databases in one run (set.c)
 *
 * Each is a copy of its own, in a snapshot of its own; as many at a time as there are jobs, which
 * they share. `together`: none is swapped unless all are loaded and checked. Else a failure of one
 * leaves the others alone. Connections grow with the jobs, not with the databases.
 */
enum sync_state {
    SYNC_NOT_BEGUN,
    SYNC_DONE,
    SYNC_FAILED,      /* the target is as it was, but for what err says */
    SYNC_NOT_SWAPPED, /* loaded, but another failed: the target is as it was */
};
struct sync_member {
    const char *name, *other; /* the source's database, the target's */
    struct endpoint source, target;
    /* what became of it */
    enum sync_state state;
    struct sync_result result; /* SYNC_DONE */
    struct err err;            /* SYNC_FAILED */
    struct sync_progress progress;
};
struct sync_set {
    struct sync_member *members;
    size_t n;
    bool together;
    /* Where one snapshot shows all databases of a server, and one statement swaps them (MySQL and
     * MariaDB; sync_set_can_be_one): so it is. What names another database of the set names it by
     * its name on the target then. */
    bool as_one;
};
bool sync_set_can_be_one(const struct sync_set *set);
/* A database that belongs to the server itself: never source or target of a set. */
bool sync_is_system(const struct driver *d, const char *name);
/* The names of a set, before anything is begun: ERR_USAGE where two become one, ERR_REFUSED where a
 * target is the server's own or a source of the same set. */
bool sync_set_check(const struct sync_set *set, struct arena *a, struct err *err);
/* The name, if it is in the list (with commas) of --replace; else NULL. */
const char *sync_set_replaces(const char *list, const char *name);
/* False where nothing was begun, when interrupted, or where a pattern of opt fits nothing in any of
 * them; what became of each is in it either way. That one failed is no failure of the set: the
 * members say so. opt->replace may name several, with commas. */
bool sync_copy_set(struct sync_set *set, const struct sync_options *opt, struct arena *a,
                   struct err *err);

/* The rules for a model, and what they miss (ERR_REFUSED; *ret is set nevertheless). `live`: a
 * session of d on the database, whose rows are sampled; or NULL. */
bool sync_masks(const struct mask_config *config, struct mask_key *key, const struct model *m,
                const struct driver *d, struct session *live, struct arena *a,
                struct mask_set **ret, struct err *err);

/* ---- verify --------------------------------------------------------------------------- */
struct row_difference {
    const char *key; /* text row of the key columns, or of the row when there is no key */
    enum { ROW_MISSING, ROW_EXTRA, ROW_CHANGED } what; /* on the target */
};
struct table_difference {
    const char *path;
    const char *why; /* "table missing on TARGET", or NULL */
    uint64_t rows_source, rows_target;
    const char **ranges; /* differing key ranges, for people */
    uint32_t n_ranges;
    struct vec rows;         /* struct row_difference, up to the limit */
    uint64_t rows_different; /* all that were counted */
    bool rows_more;          /* there are more than listed */
    uint32_t number;         /* its place in sync_progress.list */
    bool computed; /* not about rows as they are stored: generated columns, a materialized view,
                    * types inside documents */
};
struct verify_options {
    unsigned jobs, schema_jobs; /* as in sync_options */
    uint32_t limit;             /* rows listed per table */
    /* Only tables and materialized views that match one of these (select_means: a PATH), a table's
     * partitions with it; NULL or ending with NULL. One that matches nothing is ERR_USAGE. */
    const char *const *tables;
    const struct namemap *map;      /* schemas of the target, as in sync_options; or NULL */
    const struct mask_config *mask; /* the source's rows are masked first; or NULL */
    struct mask_key *mask_key;
    const struct subset_config *rows; /* only the source's rows that it chooses; or NULL */
    void (*event)(void *ctx, enum log_level level, const char *text);
    void *ctx;
    struct sync_progress *progress;
};
struct verify_result {
    uint64_t tables, rows, bytes;
    uint64_t generated, views; /* beside them: tables' generated columns, materialized views */
    uint64_t inner;            /* and tables with types inside their documents */
    struct vec differences;    /* struct table_difference; empty = equal */
    double seconds;
};
bool sync_verify(const struct endpoint *source, const struct endpoint *target,
                 const struct verify_options *opt, struct arena *a, struct verify_result *ret,
                 struct err *err);
#endif
