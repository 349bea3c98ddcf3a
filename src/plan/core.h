/*
 * core.h - the core's own state: the graph of what is to be made. Only builder.c, change*.c,
 * leave.c, order.c and plan.c.
 *
 * A node is an object with a rule that emits, or the late half of one. Parts belong to the node
 * of their nearest ancestor that has one. Everything is counted by object id and lives in the
 * core's arena, given back when the plan is made. Cost: O((n + e) log n) for n objects and e
 * dependencies, times the number of rounds that cycles need (each round cuts at least one).
 */
#ifndef PLAN_CORE_H
#define PLAN_CORE_H

#include "hooks.h"

struct change_set; /* change.h */

struct plan_node {
    const struct object *object; /* of ACT_DROP: TO's */
    const struct plan_rule *rule;
    enum plan_act act;
    bool by_row; /* made by rows of plan_alters, not by the rule */
    uint32_t rule_index;
    bool late;
    bool stuck; /* part of a cycle that cannot be cut */
    enum plan_phase phase;
};

struct plan_dep {
    const struct object *from, *to;
    bool dummy; /* the first half of `to` is enough */
};

/* What a step is sorted by. */
struct plan_key {
    enum plan_phase phase;
    enum plan_rank rank;
    size_t number;
};

struct plan_core {
    struct arena arena;
    const struct plan_rule *rules;
    const struct plan_rule *by_kind[K_COUNT]; /* NULL = no rule */
    const struct model *model;
    struct vec deps;   /* struct plan_dep */
    bool *late;        /* by object id: has a late half */
    bool *left_out;    /* by object id */
    uint8_t *neutral;  /* by object id: 1 + the rule that leaves it out, or 0 */
    uint32_t *unit_of; /* by object id: its node, or NODE_NONE */
    uint32_t *late_of; /* by object id: its late half's node, or NODE_NONE */
    struct plan_node *nodes;
    uint32_t n_nodes;
    uint32_t *order;             /* the nodes in order */
    struct vec keys;             /* struct plan_key, one per step */
    const struct plan_node *now; /* whose rule is being called */
    struct change_set *change;   /* plan_changes; NULL: from nothing */
    const struct object *knot;   /* FROM's: see order_make */
    unsigned hazards;            /* of the row being called */
    const char *reason;
};
#define NODE_NONE UINT32_MAX

struct edge {
    uint32_t from, to;     /* nodes: from needs to */
    struct plan_dep *dep;  /* NULL: no late half would do */
    bool late_would_do_it; /* only dep's late half needs it, if there were one */
    bool soft;             /* better so, but not where it makes a circle */
};

/* A kind for people: its name with blanks. */
const char *core_words(struct arena *a, const char *kind);
/* The nearest of o and its ancestors whose rule emits; NULL when there is none. */
const struct object *order_unit(const struct plan_core *c, const struct object *o);
/* Makes nodes and puts them in order; sets phases. Of changes it sets knot to what had better be
 * made again than altered, since there is no order (change_untie), or to NULL. */
void order_make(struct plan_core *c);
#endif
