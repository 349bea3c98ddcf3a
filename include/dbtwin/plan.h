/*
 * plan.h - ordered steps of SQL. For now the plan from nothing to a model (copy, restore);
 * plans between two models come later and use the same steps.
 *
 * Pure: a function of the model. Order: phase, then dependencies (topological, stable), then
 * kind order, then path. Steps of one phase and one table may run beside other tables'.
 */
#ifndef DBTWIN_PLAN_H
#define DBTWIN_PLAN_H

#include <dbtwin/model.h>

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
    bool needs_rows;      /* works on rows, so that it proves nothing without any */
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
    bool lower_names; /* server_facts.lower_names */
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
