/*
 * change.h - what becomes of each object when one model is changed into another.
 *
 * change.c marks every object that is created, dropped, altered or rebuilt, and what stands in the
 * way of that; change_graph.c gives the marked ones nodes and edges of the core's graph, next to
 * those of plan.c's rules, and emits their steps. Only builder.c, change*.c,
 * order.c and plan.c.
 *
 * Cost: one pass over the dependencies of both models; the rest by what changes.
 */
#ifndef PLAN_CHANGE_H
#define PLAN_CHANGE_H

#include "core.h"

#include <dbtwin/diff.h>

enum change_mark {
    /* of FROM's object */
    CHANGE_RULE = 1 << 0,   /* created by its kind's rule */
    CHANGE_ROW = 1 << 1,    /* created by a row ALTER_ADD */
    CHANGE_INSIDE = 1 << 2, /* created with its parent */
    CHANGE_BACK = 1 << 3,   /* what was set aside is put back */
    /* of both */
    CHANGE_ALTER = 1 << 4,  /* altered, property by property */
    CHANGE_PARTS = 1 << 5,  /* its row ALTER_PARTS */
    CHANGE_REMAKE = 1 << 6, /* its row ALTER_REBUILD, instead of all others */
    CHANGE_NAMED = 1 << 7,  /* the diff names it, itself and not only with its parent */
    /* of TO's object */
    CHANGE_DROP = 1 << 0,
    CHANGE_GONE = 1 << 1, /* dropped with its parent */
    CHANGE_ASIDE = 1 << 2
};
#define CHANGE_MADE  (CHANGE_RULE | CHANGE_ROW | CHANGE_INSIDE)
#define CHANGE_LOST  (CHANGE_DROP | CHANGE_GONE)
#define CHANGE_TOUCH (CHANGE_ALTER | CHANGE_PARTS | CHANGE_REMAKE)

struct change_set {
    struct plan_builder *b;
    const struct model *from, *to;
    const struct plan_alters *alters;
    uint8_t *from_marks, *to_marks; /* by object id */
    uint64_t *differs;              /* by FROM's id */
    uint32_t *drop_of;              /* by TO's id: the node that drops it or sets it aside */
    /* Who depends on each of TO's objects: needed_by[first[id]] … needed_by[first[id + 1] - 1]. */
    uint32_t *first;
    const struct object **needed_by;
    struct vec work;   /* const struct object *, of TO: their dependants are to be looked at */
    struct map wanted; /* with clash_of_parts: the names that FROM's new objects get */
};

void change_mark_all(struct change_set *s, const struct diff *d);
/* Where all that changes has no order: whether FROM's object, which is altered, may be dropped and
 * created again instead; and that. change_mark_all before, change_check at the end. */
bool change_may_untie(const struct change_set *s, const struct object *from);
void change_untie(struct change_set *s, const struct object *from);
bool change_check(struct change_set *s, struct err *err);
/* The row for a property or ALTER_… that does it for this pair, or NULL. */
const struct plan_alter *change_row(const struct change_set *s, const struct plan_pair *p,
                                    const struct kind *k, int slot);
struct plan_pair change_pair(const struct change_set *s, const struct object *from,
                             const struct object *to);

/* change_graph.c, for order.c */
/* The nearest of o and its ancestors that has a node and makes o too, or NULL. */
const struct object *change_unit(const struct change_set *s, const struct object *o);
/* Whether FROM's o is created by a rule: its own or, as a part, its parent's. */
bool change_by_rule(const struct change_set *s, const struct object *o);
/* How many nodes change_nodes may add; s may be NULL. */
size_t change_room(const struct change_set *s);
/* Adds nodes after the first n; the new number of nodes. */
uint32_t change_nodes(struct plan_core *c, uint32_t n);
void change_edges(struct plan_core *c, struct vec *edges);
/* The steps of a node that is not made by a rule. */
void change_emit(struct plan_builder *b, const struct plan_node *node);
/* What the steps from the first one on cost, which a rule has made. */
void change_costs(struct plan_builder *b, size_t first);

#endif
