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

/* What may go on, on the table of a POST or FK step, while it runs. */
enum step_lock {
    STEP_ALONE, /* nothing; while a foreign key is made: nor on the table that it refers to */
    STEP_BUILD, /* other steps of this sort: building an index */
    STEP_CHECK, /* nothing; on the table that a foreign key refers to: anything */
};

struct step {
    enum plan_phase phase;
    const struct object *object; /* what it makes */
    const struct object *table;  /* POST and FK: whose data must be in; else NULL. A POST or FK step
                                  * without a table needs the phase's steps of several tables
                                  * (attaching indexes of partitions): it runs after all of the
                                  * phase that have one, in order */
    const char *sql;             /* one statement, no trailing semicolon */
    const char *meanwhile; /* what the shadow gets instead, where the statement is carried out once
                              more in the swap (driver.h, target_defer); NULL: the same */
    const char *what;      /* for people: "index public.users_email_idx" */
    uint64_t weight;       /* rough cost, to start long ones first (bytes of the table, times
                            * what a byte costs in this sort of step) */
    enum step_lock lock;
    bool fills; /* fills what was made with rows out of others: may come after others of its sort,
                 * and where it cannot, there is no harm in that but the missing rows */
    bool own_transaction; /* must not share a transaction with others */
    bool needs_rows;      /* works on rows, so that it says nothing where there are none */
};

/* An object that cannot be recreated, and why. */
struct plan_refusal {
    int without; /* left out: only this property of the object, which is made; -1: all of it */
    const struct object *object; /* or NULL: a gap of the model, or something that is no object */
    const char *kind;            /* what --without takes */
    const char *path, *why;
};

/*
 * What would act on the world from a copy, and what is done about it: a rule for each sort, on
 * unless plan_options.acting says otherwise. A fixed rule cannot be switched off: what it takes
 * away holds secrets, which no model has.
 */
enum neutral_id {
    NEUTRAL_EVENTS,
    NEUTRAL_CRON,
    NEUTRAL_SUBSCRIPTIONS,
    NEUTRAL_PUBLICATIONS,
    NEUTRAL_SERVERS,
    NEUTRAL_OUTWARD,
    NEUTRAL_DEFINERS, /* found out while the plan is carried out, as what follows */
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
    NEUTRAL_ABSENT,  /* not made, with all that is in it */
    NEUTRAL_CHANGED, /* made with another value of one property */
    NEUTRAL_EMPTY,   /* made, but its rows stay behind */
    NEUTRAL_TOLD     /* made as it is; somebody should know */
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
    struct vec refusals;    /* struct plan_refusal; not empty = must not be carried out */
    struct vec left_out;    /* struct plan_refusal: left out because of --without, or a rule */
    struct vec neutralised; /* struct neutralised */
};

struct plan_options {
    /* Kinds, or KIND:PATTERN (select_means), NULL-terminated; NULL = none. */
    const char *const *without;
    bool leave_broken;           /* leave out what the source itself cannot use, else refuse it */
    bool owners;                 /* set owners (needs the roles) */
    bool grants;                 /* set grants */
    unsigned acting;             /* bit per neutral_id: these rules are off */
    const char *target_database; /* what it will be called there; NULL: nobody knows */
    unsigned target_version;     /* server version the steps will run on; 0 = the model's */
    unsigned target_flavor;
    bool lower_names; /* server_facts.lower_names */
    /* MySQL: general tablespaces that the target has, NULL-terminated; NULL: nobody knows. */
    const char *const *tablespaces;
};

/*
 * The round-trip guard. A driver of MySQL or MariaDB leaves in each table's `definition` what SHOW
 * CREATE TABLE shows; here the statement is made again from the model, by the rules that make the
 * plan's steps, and compared (src/plan/mysql.h, mysql_form_difference, says how). Where the two
 * differ the model is not the table: it is unproven, `proven` becomes "no", and a gap names it, so
 * that every verdict is at best incomplete and every plan refuses it, unless it is left out by
 * `--without unproven`. Otherwise `proven` is "yes". `definition` is NULL afterwards; a table
 * without one (unknown, or judged before) is left as it is.
 *
 * Whoever introspects a live database and shows or uses the model calls this next: cli for what
 * is inspected and compared, sync for what is copied. It stands here because it needs both the
 * driver's text and the plan's rules, and the driver may not see the plan. PostgreSQL: nothing.
 * Cost: some microseconds a column.
 */
void plan_prove(struct model *m);
#define PLAN_UNPROVEN "unproven" /* what --without takes */

bool plan_create(struct plan *ret, const struct model *m, const struct plan_options *opt,
                 struct err *err);
void plan_release(struct plan *p);
/* Whether the object as a whole is among left_out: neither made nor filled. */
bool plan_leaves_out(const struct plan *p, const struct object *o);
/* Whether objects of this kind are the server's there, and not the database's (accounts and their
 * grants, foreign servers …): a copy neither makes nor needs them, and leaves the target's. */
bool plan_stays(unsigned flavor, enum kind_id kind);
#endif
