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

struct step {
    enum plan_phase phase;
    const struct object *object; /* what it makes */
    const struct object *table;  /* POST and FK: whose data must be in; else NULL. A POST or FK step
                                  * without a table needs the phase's steps of several tables
                                  * (attaching indexes of partitions): it runs after all of the
                                  * phase that have one, in order */
    const char *sql;             /* one statement, no trailing semicolon */
    const char *what;            /* for people: "index public.users_email_idx" */
    uint64_t weight;             /* rough cost, to start long ones first (bytes of the table) */
    bool own_transaction;        /* must not share a transaction with others */
};

/* An object that cannot be recreated, and why. */
struct plan_refusal {
    const struct object *object; /* or NULL: a gap of the model */
    const char *kind;            /* what --without takes */
    const char *path, *why;
};

struct plan {
    struct arena arena;
    struct vec steps;    /* struct step, in order */
    struct vec refusals; /* struct plan_refusal; not empty = must not be carried out */
    struct vec left_out; /* struct plan_refusal: left out because of --without, or a rule */
};

struct plan_options {
    const char *const *without;  /* kind names, NULL-terminated; NULL = none */
    bool owners;                 /* set owners (needs the roles) */
    bool grants;                 /* set grants */
    const char *shadow_database; /* MySQL: the model's own database name, qualified in bodies,
                                    becomes this; or NULL */
    unsigned target_version;     /* server version the steps will run on; 0 = the model's */
    unsigned target_flavor;
};

bool plan_create(struct plan *ret, const struct model *m, const struct plan_options *opt,
                 struct err *err);
void plan_release(struct plan *p);
#endif
