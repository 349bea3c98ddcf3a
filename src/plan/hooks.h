/*
 * hooks.h - what an engine's DDL room gives the plan: one rule per kind.
 *
 * The core (plan.c, order.c) walks the model's objects in order of dependency and calls each
 * object's rule. A rule adds steps; it never looks at a driver. A kind without a rule is refused
 * by name (never silently left out). A rule whose emit is NULL marks a kind whose SQL is part of
 * its parent's: such a part is read with plan_child.
 *
 * Cycles: a kind may have a second rule, `late`, that finishes what emit began (a default set
 * afterwards, a view put in the place of a dummy). The core uses it only where a cycle of
 * dependencies, or data that must be loaded before, forces it; emit then asks plan_is_late(o).
 *
 * Only src/plan includes this header.
 */
#ifndef PLAN_HOOKS_H
#define PLAN_HOOKS_H

#include <dbtwin/plan.h>

struct plan_core; /* private to the core */

struct plan_builder {
    struct plan *plan;
    const struct model *model;
    const struct plan_options *opt; /* target_version is never 0: the model's where not given */
    struct arena *arena;            /* the plan's */
    struct plan_core *core;
    void *engine; /* the rules' own, in the arena; NULL at first */
    bool show;    /* not to be run but to be compared with what the server shows: nothing that the
                   * object has is left out (see plan_prove) */
};

/* Order within PHASE_FINAL, before dependencies and kinds; see plan_step_at. */
enum plan_rank {
    RANK_OBJECT,   /* what the rule makes */
    RANK_ACTION,   /* what acts by itself on rows: triggers, rules, policies */
    RANK_STATE,    /* what is said of actions once all are there */
    RANK_OWNER,    /* owners: after everything was made by the copying role */
    RANK_POSITION, /* sequence positions, counters */
    RANK_OWN,      /* what an owner may still do, */
    RANK_GRANT,    /* what others may, */
    RANK_REGRANT,  /* what these others granted on */
    RANK_REFRESH,  /* materialized views are filled with their owner's rights */
    RANK_OUTWARD,  /* publications, events: what acts on other databases or by the clock */
    RANK_LAST      /* event triggers, default privileges: must not meet the copy's own statements */
};

/* What it cannot make it names by plan_refuse; there is no other way to fail. */
typedef void plan_emit(struct plan_builder *b, const struct object *o);
struct plan_rule {
    enum kind_id kind;
    enum plan_phase phase; /* earliest phase; an object moves to a later one when it depends on an
                            * object made there (to FINAL, unless it is a rule's own phase) */
    plan_emit *emit;       /* NULL = made with its parent */
    plan_emit *late;       /* NULL, or the second half, see above */
    /* Which dependencies of `from` only the second half needs; NULL = all of them. */
    bool (*late_needs)(const struct object *from, const struct object *to);
    unsigned late_cost; /* cycles are cut where this is least */
    bool data;          /* data loading needs it: must never move to a later phase */
    bool stays;         /* emit is NULL: plan_stays */
};
/* In order of preference among objects that are ready; end with kind K_COUNT. */
extern const struct plan_rule plan_rules_postgres[];
extern const struct plan_rule plan_rules_mysql[];

/* Adds a step; sql is copied. table may be NULL (see plan.h). The step's phase is the given one or
 * the object's, whichever is later; outside POST and FK the table is dropped. `what` is the kind
 * and path of o; the weight is the table's bytes; a rule may change both. Valid until the next
 * plan_step. */
struct step *plan_step(struct plan_builder *b, enum plan_phase phase, const struct object *o,
                       const struct object *table, const char *sql);
/* A step of PHASE_FINAL with its own rank. */
struct step *plan_step_at(struct plan_builder *b, enum plan_rank rank, const struct object *o,
                          const char *sql);
/* Names an object that cannot be recreated, and why (copied). */
void plan_refuse(struct plan_builder *b, const struct object *o, const char *why);
/* Names an object that is left out by a rule, and why (copied); nothing is refused. */
void plan_leave(struct plan_builder *b, const struct object *o, const char *why);
/* The same of something that belongs to o and is no object: o itself, its rows too, is made. */
void plan_leave_some(struct plan_builder *b, const struct object *o, const char *why);
/* The same of one property: the object is made otherwise, and proven but for that. */
void plan_leave_property(struct plan_builder *b, const struct object *o, int slot, const char *why);
/* Refuses o and returns true when one of its slots is unknown that its SQL needs: for
 * `if (plan_unknown(b, o, P_X)) return;`. */
bool plan_unknown(struct plan_builder *b, const struct object *o, int slot);
/* The phase the core has given this object (its rule's, or a later one by dependency). */
enum plan_phase plan_phase_of(struct plan_builder *b, const struct object *o);
/* Whether o's second half is made separately. */
bool plan_is_late(const struct plan_builder *b, const struct object *o);
/* Whether o was left out by --without, or refused, with its parts. */
bool plan_is_left_out(const struct plan_builder *b, const struct object *o);
/* PostgreSQL's only: plan.renames, and refusals of what they cannot follow. */
void plan_rename(struct plan_builder *b);
/* Children of o of a kind, in model order: for (c = plan_child(o, K_COLUMN, NULL); c; c =
 * plan_child(o, K_COLUMN, c)) */
const struct object *plan_child(const struct object *o, enum kind_id kind,
                                const struct object *after);
/* The same without those left out by --without: parts must be read with this one, */
const struct object *plan_part(const struct plan_builder *b, const struct object *o,
                               enum kind_id kind, const struct object *after);
/* or with this one, which gives them in the order of their places (see model_parts). */
const struct object **plan_parts(const struct plan_builder *b, const struct object *o,
                                 enum kind_id kind, uint32_t *ret_n);
#endif
