/*
 * hooks.h - what an engine's DDL room gives the plan: one rule per kind.
 *
 * The core (plan.c, order.c) walks the model's objects in order of dependency and calls each
 * object's rule. A rule adds steps; it never looks at a driver. A kind without a rule is refused
 * by name (never silently left out). A rule whose emit is NULL marks a kind whose SQL is part of
 * its parent's: such a part is read with plan_child. What rules call is in builder.c, which knows
 * no rule.
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
struct template_style;

struct plan_builder {
    struct plan *plan;
    const struct model *model;
    const struct plan_options *opt; /* target_version is never 0: the model's where not given */
    struct arena *arena;            /* the plan's */
    struct plan_core *core;
    const struct model *to; /* plan_changes: what is there now; else NULL */
    void *engine;           /* the rules' own, in the arena; NULL at first */
    bool show; /* not to be run but to be compared with what the server shows: nothing that the
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

/* ---- changing what is there: plan_changes ---------------------------------------------------- */

/* An object on both sides, and what differs: a bit per slot. ADD has no `to`, DROP no `from`. */
struct plan_pair {
    const struct object *from, *to;
    uint64_t differs;
};
typedef void plan_alter_fn(struct plan_builder *b, const struct plan_pair *p);

/* What a row is about, where it is not a property. */
enum {
    ALTER_ADD = -1,  /* create the object, a part whose kind has no rule, in a parent that stays */
    ALTER_DROP = -2, /* drop it from a parent that stays */
    ALTER_REBUILD = -3, /* it would have to be dropped and created again */
    ALTER_PARTS = -4,   /* all changes of its parts that have no rows of their own */
    ALTER_ASIDE = -5,   /* make it independent of what is about to be dropped, keeping its rows (its
                         * `breaks`: what this is in the way of in its turn), */
    ALTER_BACK = -6,    /* and put that back */
    ALTER_STOP = -7     /* rows after this one are not for this object */
};

/*
 * One way to change an object: a row per property that can be altered in place, and per kind of
 * part that can be added or dropped. A property that differs and has no row: its object is rebuilt
 * (dropped and created again), unless a row ALTER_REBUILD says how it is done, or `manual` that a
 * person has to do it. A part without ALTER_ADD or ALTER_DROP: the nearest ancestor with
 * ALTER_PARTS does it, else the parent is rebuilt.
 * Rows of one kind with the same fn are called once, with all their bits.
 */
struct plan_alter {
    enum kind_id kind; /* K_COUNT: any kind that has a property called `prop` */
    int slot;          /* or ALTER_… */
    const char *prop;
    const char *sql; /* a template (template.h) of FROM's object; of ALTER_DROP, TO's */
    plan_alter_fn *fn;
    unsigned hazards;
    const char *reason; /* struct step */
    /* Whether the row does it for this pair; NULL: always. If not, it counts as absent. */
    bool (*can)(struct plan_builder *b, const struct plan_pair *p);
    /* Whether `dependant` (of TO, which depends on p->to or a part of it) is in the way, so that it
     * is dropped first and created again afterwards. NULL: nothing is. Rebuilds: everything is. */
    bool (*breaks)(struct plan_builder *b, const struct plan_pair *p,
                   const struct object *dependant);
    const char *manual; /* no statement does it: what a person has to do */
    bool apart; /* ALTER_DROP: dropped by itself also where its parent is dropped, since others may
                 * have to go in between (foreign keys) */
    /* ALTER_REBUILD, where the object is replaced by one of its name: what it breaks is altered, if
     * it can be, as though this property of it differed; its parts are created again. */
    const char *carries;
};
struct plan_alters {
    /* Tables of rows, each ended by a row of K_COUNT without `prop`; the first row that does it
     * counts. NULL ends the list. */
    const struct plan_alter *const *tables;
    const struct template_style *style;
    /* The name that two objects cannot have at the same time though their places in the tree
     * differ (PostgreSQL: relations, indexes and keys of a schema; MySQL: checks); NULL: none. In
     * a. */
    const char *(*clash)(const struct object *o, struct arena *a);
    bool clash_of_parts; /* also where FROM's object is made or altered as a part of another */
    /* Whether the statement that drops one of TO's drops the other as well, which depends on it and
     * it on that; NULL: never. */
    bool (*ties)(struct plan_builder *b, const struct object *needs, const struct object *needed);
    /* Whether one of TO's objects, which stays, has to be rebuilt though it depends on nothing that
     * changes; asked of each once all differences are marked. NULL: none. */
    bool (*in_the_way)(struct plan_builder *b, const struct object *to);
    /* Whether a dependant of TO keeps what it needs from being dropped; NULL: all do. */
    bool (*holds)(const struct object *dependant);
    /* ALTER_DROP of what has no row of its own, NULL: there is none. */
    const struct plan_alter *drop;
    bool needs_columns; /* columns are needed by what depends on them: see model.columns */
    /* Hazards of a step that a rule made, not a row: it may be about a part of what is there. NULL:
     * none. */
    void (*costs)(struct plan_builder *b, struct step *s);
};
extern const struct plan_alters plan_alters_postgres, plan_alters_mysql;

/* The object of the other model at the same place, or NULL. */
const struct object *plan_other(const struct plan_builder *b, const struct object *o);
/* Whether plan_changes creates FROM's o (as itself or inside another), */
bool plan_creates(const struct plan_builder *b, const struct object *o);
/* or drops TO's. */
bool plan_drops(const struct plan_builder *b, const struct object *o);
/* Whether FROM's o, which stays, is made again by its row ALTER_REBUILD. */
bool plan_remakes(const struct plan_builder *b, const struct object *o);
/* The properties in which FROM's o and TO's differ, a bit per slot; what is ignored or accepted is
 * not among them. */
uint64_t plan_differs(const struct plan_builder *b, const struct object *o);
/* Whether the diff names o, of either side, itself: as missing, added or other than it should be.
 * What is in a missing or added object is not named. */
bool plan_names(const struct plan_builder *b, const struct object *o);
/* With clash_of_parts: whether a new object of FROM gets the name that TO's o has. */
bool plan_wants_name(const struct plan_builder *b, const struct object *o);
/* What depends on TO's o: *ret_n of them. */
const struct object *const *plan_dependants(const struct plan_builder *b, const struct object *o,
                                            uint32_t *ret_n);
/* The steps of FROM's o as its kind's rule makes them. */
void plan_make(struct plan_builder *b, const struct object *o);
/* More hazards of a step, and why (copied; NULL: their names say it). */
void plan_hazard(struct plan_builder *b, struct step *s, unsigned hazards, const char *reason);

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
