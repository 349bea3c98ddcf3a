/*
 * hooks.h - what an engine's DDL room gives the plan: one rule per kind.
 *
 * The core walks the model's objects in order of dependency and calls each object's rule. A rule
 * adds steps; it never looks at a driver. A kind without a rule is refused by name (never
 * silently left out); MADE_WITH_PARENT marks kinds whose SQL is part of their parent's.
 * Only src/plan includes this header.
 */
#ifndef PLAN_HOOKS_H
#define PLAN_HOOKS_H

#include <dbtwin/plan.h>

struct plan_builder {
    struct plan *plan;
    const struct model *model;
    const struct plan_options *opt;
    struct arena *arena; /* the plan's */
};

typedef bool plan_emit(struct plan_builder *b, const struct object *o, struct err *err);
struct plan_rule {
    enum kind_id kind;
    enum plan_phase phase; /* earliest phase; an object moves to a later one when it depends on an
                            * object made there */
    plan_emit *emit;       /* NULL = made with its parent */
};
/* End with kind K_COUNT. */
extern const struct plan_rule plan_rules_postgres[];
extern const struct plan_rule plan_rules_mysql[];

/* Adds a step; sql is copied. table may be NULL (see plan.h). Phase: the rule's own, or later. */
struct step *plan_step(struct plan_builder *b, enum plan_phase phase, const struct object *o,
                       const struct object *table, const char *sql);
/* Names an object that cannot be recreated, and why. */
void plan_refuse(struct plan_builder *b, const struct object *o, const char *why);
/* The phase the core has given this object (its rule's, or a later one by dependency). */
enum plan_phase plan_phase_of(struct plan_builder *b, const struct object *o);
/* Children of o of a kind, in model order: for (c = plan_child(o, K_COLUMN, NULL); c; c =
 * plan_child(o, K_COLUMN, c)) */
const struct object *plan_child(const struct object *o, enum kind_id kind,
                                const struct object *after);
#endif
