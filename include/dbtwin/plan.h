/*
 * plan.h - ordered steps of SQL: from nothing to a model (copy, restore), or from one model to
 * another (plan, apply).
 *
 * Pure: a function of models. Order: phase, then dependencies (topological, stable), then
 * kind order, then path. Steps of one phase and one table may run beside other tables'.
 */
#ifndef DBTWIN_PLAN_H
#define DBTWIN_PLAN_H

#include <dbtwin/model.h>

struct diff;

/* What a step does to its object. */
enum plan_act { ACT_CREATE, ACT_ALTER, ACT_DROP };

/*
 * What may go wrong with a step: bits. The names are what --allow takes and what reports show.
 * PLAN_REFUSED are those that apply does not carry out unless they are allowed.
 */
enum plan_hazard {
    HAZARD_DATA = 1 << 0,      /* rows, values or a sequence's position are lost */
    HAZARD_REWRITE = 1 << 1,   /* the table is rewritten */
    HAZARD_SCAN = 1 << 2,      /* every row is read, or an index built, under a lock */
    HAZARD_LOCK = 1 << 3,      /* a strong lock for longer than a moment */
    HAZARD_ROWS = 1 << 4,      /* fails if rows do not fit */
    HAZARD_MEANING = 1 << 5,   /* works, but what uses the object may see something else */
    HAZARD_INDEX = 1 << 6,     /* an index that queries may need is dropped */
    HAZARD_AUTHORITY = 1 << 7, /* who may do what changes */
    HAZARD_ORDER = 1 << 8,     /* an order (enum labels, columns) cannot be reached */
    HAZARD_UNTRACKED = 1 << 9, /* what a body uses is in no catalog */
    HAZARD_COMMIT = 1 << 10,   /* needs a commit in mid-plan */
    HAZARD_MANUAL = 1 << 11    /* a person has to do it */
};
#define HAZARD_COUNT 12
#define HAZARD_REFUSED                                                                          \
    (HAZARD_DATA | HAZARD_REWRITE | HAZARD_SCAN | HAZARD_LOCK | HAZARD_MEANING | HAZARD_INDEX | \
     HAZARD_ORDER | HAZARD_COMMIT)
struct hazard_name {
    unsigned bit;
    const char *name, *help;
};
extern const struct hazard_name plan_hazards[HAZARD_COUNT]; /* in order of bits */

enum plan_phase {
    PHASE_PRE,   /* before data: schemas, types, functions, tables with what data loading needs */
    PHASE_POST,  /* after a table's data: keys, indexes; a step may run once its table is full */
    PHASE_FK,    /* after all POST steps: foreign keys */
    PHASE_FINAL, /* in order: views, rules, triggers, materialized views, positions, grants, events
                  */
    PHASE_COUNT
};

/* What may run at the same time on the table of a POST or FK step. */
enum step_lock {
    STEP_ALONE, /* nothing; while a foreign key is made: nor on the table that it refers to */
    STEP_BUILD, /* other steps of this sort: building an index */
    STEP_CHECK, /* nothing; on the table that a foreign key refers to: anything */
};

struct step {
    enum plan_phase phase;
    const struct object *object; /* what it creates */
    const struct object *table;  /* POST and FK: whose data must be in; else NULL. A POST or FK step
                                  * without a table needs the phase's steps of several tables
                                  * (attaching indexes of partitions): it runs after all of the
                                  * phase that have one, in order */
    const char *sql;             /* one statement, no trailing semicolon */
    const char *meanwhile; /* what the shadow gets instead, if the statement runs again in the swap
                              (target_ops.defer); NULL: the same */
    const char *what;      /* for people: "index public.users_email_idx" */
    uint64_t weight;       /* rough cost, to start long ones first (bytes of the table, times
                            * what a byte costs in this sort of step) */
    enum step_lock lock;
    bool fills; /* fills an object with rows of others: may come after others of its sort; a failure
                 * costs only the missing rows */
    bool own_transaction; /* must not share a transaction with others */
    bool of_server;       /* changes what stays when the database is dropped: not for a rehearsal */
    bool needs_rows;      /* works on rows, so that it proves nothing without any */
    /* Of plan_changes: */
    enum plan_act act;
    unsigned hazards;   /* enum plan_hazard */
    const char *reason; /* for people: more of its hazards than their names say; or NULL */
    /* Or NULL: a query that counts the rows that would make it fail (HAZARD_ROWS), and what they
     * are: "rows with no email". */
    const char *row_check, *row_what;
    const char *cleanup; /* or NULL: a statement that removes what a failure leaves behind */
};

/* An object that cannot be recreated, and why. */
struct plan_refusal {
    int without; /* left out: only this property of the object, which is made; -1: all of it */
    const struct object *object; /* or NULL: a gap of the model, or something that is no object */
    const char *kind;            /* what --without takes */
    const char *path, *why;
};
/* Ends why, where the model does not know something of the object: a gap says what would help. */
#define PLAN_UNREAD "could not be read"

/*
 * What would have external effects in a copy, and what is done about it: a rule for each sort, on
 * unless plan_options.acting turns it off. A fixed rule cannot be turned off: what it removes
 * holds secrets, which no model has.
 */
enum neutral_id {
    NEUTRAL_EVENTS,
    NEUTRAL_CRON,
    NEUTRAL_SUBSCRIPTIONS,
    NEUTRAL_PUBLICATIONS,
    NEUTRAL_SERVERS,
    NEUTRAL_OUTWARD,
    NEUTRAL_DEFINERS, /* found while the plan runs, like those below */
    NEUTRAL_UNFILLED,
    NEUTRAL_ORPHANS,
    NEUTRAL_COUNT
};
struct neutral_rule {
    const char *name;
    unsigned engines;
    bool fixed;
    const char *help; /* for people: what it does */
};
extern const struct neutral_rule neutral_rules[NEUTRAL_COUNT];

enum neutral_what {
    NEUTRAL_ABSENT,  /* not created, with all that is in it */
    NEUTRAL_CHANGED, /* created with another value of one property */
    NEUTRAL_EMPTY,   /* created without its rows */
    NEUTRAL_TOLD     /* created unchanged; somebody should know */
};
struct neutralised {
    enum neutral_id rule;
    enum neutral_what what;
    const struct object *object;
    int slot; /* of NEUTRAL_CHANGED, else -1 */
    const char *path, *why;
};

struct plan {
    struct arena arena;
    struct vec steps;       /* struct step, in order */
    struct vec refusals;    /* struct plan_refusal; not empty = must not run */
    struct vec left_out;    /* struct plan_refusal: left out because of --without, or a rule */
    struct vec neutralised; /* struct neutralised */
    struct vec renames; /* const char *: statements that give schemas their mapped names, for one
                         * transaction, once all is built and proven */
};

/* MySQL: a right on one routine of TO, which is forgotten with the routine. */
struct plan_right {
    enum kind_id kind;
    const char *routine, *grantee, *privileges; /* as K_GRANT has them */
};

struct namemap;
struct plan_options {
    /* Kinds, or KIND:PATTERN (select_means), NULL-terminated; NULL = none. */
    const char *const *without;
    bool leave_broken;           /* leave out what the source itself cannot use, else refuse it */
    bool owners;                 /* set owners (needs the roles) */
    bool grants;                 /* set grants */
    unsigned acting;             /* bit per neutral_id: these rules are off */
    const char *target_database; /* its name on the target; NULL: unknown */
    unsigned target_version;     /* server version the steps will run on; 0 = the model's */
    unsigned target_flavor;
    bool lower_names;         /* server_facts.lower_names */
    const struct vec *rights; /* struct plan_right: all that there are; NULL: those of the model */
    /* MySQL: general tablespaces that the target has, NULL-terminated; NULL: nobody knows. */
    const char *const *tablespaces;
    /* Or NULL. PostgreSQL: tablespaces that it names are kept, schemas are renamed at the end. */
    const struct namemap *map;
};

/*
 * The round-trip guard. A driver of MySQL or MariaDB leaves in each table's `definition` what SHOW
 * CREATE TABLE shows; here the statement is built from the model, by the rules that make the
 * plan's steps, and compared (src/plan/mysql.h, mysql_form_difference). If the two differ, the
 * model does not describe the table: it is unproven, `proven` becomes "no", and a gap names it, so
 * that every verdict is at best incomplete and every plan refuses it, unless it is left out by
 * `--without unproven`. Otherwise `proven` is "yes". `definition` is NULL afterwards; a table
 * without one (unknown, or judged before) is left as it is.
 *
 * Call this after introspecting a live database: cli does for inspect and diff, sync for copies.
 * It belongs to the plan because it needs both the driver's text and the plan's rules, and the
 * driver may not see the plan. PostgreSQL: does nothing.
 * Cost: some microseconds a column.
 */
void plan_prove(struct model *m);
#define PLAN_UNPROVEN "unproven" /* what --without takes */

bool plan_create(struct plan *ret, const struct model *m, const struct plan_options *opt,
                 struct err *err);
/*
 * The steps that make d->to what d->from is. What is only on one side is created or dropped; what
 * differs is altered where a statement does that, else dropped and created again, with what
 * depends on it in d->to. What no statement reaches without losing rows is in `refusals`: a person
 * has to do it. Not compared differences are refused too. The models need column dependencies
 * (driver.h) to leave untouched what need not change.
 * The steps refer to objects of both models, which must outlive the plan. opt: without, acting and
 * map must not be set. O((n + e) log n), n changes and what depends on them, e dependencies; one
 * pass over both models.
 */
bool plan_changes(struct plan *ret, const struct diff *d, const struct plan_options *opt,
                  struct err *err);

/*
 * Steps that are carried out together: [first, end), in one transaction where `transaction` says
 * so (PostgreSQL: all but those that cannot be; after a step with HAZARD_COMMIT one ends). For
 * `struct plan_group g = {0}; while (plan_next_group(p, flavor, &g))`.
 */
struct plan_group {
    size_t first, end;
    bool transaction;
};
bool plan_next_group(const struct plan *p, unsigned flavor, struct plan_group *g);
/* MySQL and MariaDB: a program's statement has settings of its own, made by steps before it that
 * are called this. What must be set before step i, so that they do not reach it; or NULL. */
#define PLAN_SETTINGS "session settings"
extern const char plan_settings_mysql[];
const char *plan_settings_before(const struct plan *p, size_t i, unsigned flavor);
/* All hazards of all steps: bits. */
unsigned plan_all_hazards(const struct plan *p);
/* Appends the names of these hazards, with ", " between them. */
void plan_hazard_list(unsigned hazards, struct buf *out);
/* "create", "alter", "drop" */
const char *plan_act_name(enum plan_act act);

/* The statement that renames an object so that it keeps its rows, in `a`; NULL: there is none. */
const char *plan_rename_sql(const struct object *o, const char *name, unsigned flavor,
                            struct arena *a);
/* Replaces steps of plan_changes by forms that let readers and writers of the tables go on: indexes
 * CONCURRENTLY, constraints NOT VALID and then validated, NOT NULL through a check; ALGORITHM and
 * LOCK asked for. They do not share a transaction with others. Only on tables that have `rows` rows
 * or more in `to`, which the plan changes, by the catalog's estimate (where it has none, of the
 * bytes that so many usually take). How many steps were replaced. O(steps). */
size_t plan_online(struct plan *p, const struct model *to, uint64_t rows);

/* What a printed plan of plan_changes says beside its steps. */
struct plan_about {
    const struct model *from, *to;
    const char *digest;         /* of TO's schema, or NULL: it is not live */
    const struct plan *reverse; /* the plan from FROM to TO, or NULL */
};
/* Appends. ERR_REFUSED where a client would take a statement for something else than one. */
typedef bool plan_print_fn(const struct plan *p, const struct plan_about *about, struct buf *out,
                           struct err *err);
struct plan_format {
    const char *name;      /* what --format takes */
    const char *extension; /* by which -o FILE chooses */
    plan_print_fn *write;
};
extern const struct plan_format
    plan_formats[]; /* ends with a NULL name; the first is the default */
/* A plan of plan_create as a script that makes the schema: all of it, with the client's settings
 * before, or only what is made for one object and its parts. The same for the same schema. */
bool plan_print_schema(const struct plan *p, unsigned flavor, const struct object *top,
                       struct buf *out, struct err *err);
/* Appends the names of all formats, or their endings, with `between` and before the last `last`. */
void plan_format_list(bool endings, const char *between, const char *last, struct buf *out);
/* Appends one statement with its end, as psql or the mysql client read it (DELIMITER where it needs
 * one). ERR_REFUSED where they would read more into it: it is a stranger's. */
bool plan_print_statement(const char *sql, unsigned flavor, struct buf *out, struct err *err);
/* What such a client must say before the statements of a plan, so that they mean what they mean to
 * dbtwin. */
void plan_print_settings(unsigned flavor, struct buf *out);

void plan_release(struct plan *p);
/* The statement that sets a table's AUTO_INCREMENT counter to what the model says; NULL where it
 * has none (PostgreSQL: sequences have steps of their own). In a. */
const char *plan_counter(const struct model *m, const struct object *table, struct arena *a);
/* Whether the object as a whole is among left_out: neither made nor filled. */
bool plan_leaves_out(const struct plan *p, const struct object *o);
/* Whether objects of this kind belong to the server instead of the database (accounts and their
 * grants, foreign servers …): a copy neither creates nor needs them, and leaves the target's. */
bool plan_stays(unsigned flavor, enum kind_id kind);
#endif
