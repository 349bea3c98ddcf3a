/*
 * preflight.h - a preflight while it runs: what its checks share. Only src/sync includes this.
 */
#ifndef SYNC_PREFLIGHT_H
#define SYNC_PREFLIGHT_H

#include "job.h"

#include <dbtwin/preflight.h>

struct look {
    struct job job; /* model, plan, target, facts and answers; no workers, nothing is moved */
    struct session *asked; /* the source's answers come from it: not in the snapshot */
    struct arena *arena;
    struct preflight *ret;
    struct server_facts source_facts, target_facts;
    /* why a side, the plan or what is kept is missing */
    struct err source_err, target_err, plan_err, keep_err, mask_err;
    bool source, target_there, model, plan; /* what there is */
    bool of_set; /* what is about several databases is not judged of this one alone */
    /* Of a set: a database that one of its objects names, and that will not be there; or NULL. */
    const char *outside, *outside_by;
    const struct preflight_check *now;
};

/* What a check needs, or it is not run: the checks of "reachable" have said why. */
enum {
    NEEDS_SOURCE = 1,
    NEEDS_TARGET = 2,
    NEEDS_BOTH = 3,
    NEEDS_PLAN = 7, /* and both */
};

struct preflight_check {
    const char *name;
    unsigned engines; /* of the target */
    unsigned needs;
    void (*run)(struct look *l);
    const char *good; /* said where the check found nothing; NULL: nothing */
};
extern const struct preflight_check preflight_checks[]; /* ends with a NULL name */

/* ---- look.c: what checks say, and answers ---- */

/* A finding of the check that runs. side is a label or NULL; todo may be NULL, and is copied. */
void look_say(struct look *l, enum preflight_level level, const char *side, const char *todo,
              const char *fmt, ...) PRINTF_LIKE(5, 6);
/* The error as a finding: by its class refused or not, its hint as what is to be done. */
void look_err(struct look *l, const char *side, const struct err *e);

/* Its message without the side, which stands in front of a finding anyway. */
const char *look_text(const char *side, const struct err *e);

/* An answer of a topic by its name, or NULL; whether there was any. */
const struct answer *look_find(const struct vec *answers, const char *topic, const char *name);
bool look_is_asked(const struct vec *answers, const char *topic);
/* The next answer of a topic, from *i on; NULL at the end. */
const struct answer *look_next(const struct vec *answers, const char *topic, size_t *i);
/* A value of the topic "fact", or NULL; of one that is a number, or 0. */
const char *look_source_fact(const struct look *l, const char *name);
const char *look_target_fact(const struct look *l, const char *name);
uint64_t look_number(const char *text);
const char *look_from(const struct look *l); /* the labels of the two sides */
const char *look_to(const struct look *l);

/* preflight_schema.c and preflight_cost.c: checks. */
void preflight_schema_objects(struct look *l);
void preflight_schema_rows(struct look *l);
void preflight_schema_neutral(struct look *l);
void preflight_schema_roles(struct look *l);
void preflight_schema_owners(struct look *l);
void preflight_schema_extensions(struct look *l);
void preflight_schema_engines(struct look *l);
void preflight_schema_collations(struct look *l);
void preflight_schema_keys(struct look *l);
void preflight_schema_packets(struct look *l);
void preflight_schema_infile(struct look *l);
void preflight_schema_names(struct look *l);
void preflight_cost_wal(struct look *l);
void preflight_cost_binlog(struct look *l);
void preflight_cost_connections(struct look *l);
void preflight_cost_obstacles(struct look *l);
void preflight_cost_documents(struct look *l);
void preflight_cost_disk(struct look *l);
void preflight_cost_time(struct look *l);

/* preflight_plugin.c: what objects need of the server's plugins and components. Who may not list
 * components is told only where one is needed. */
void preflight_plugin_check(struct look *l);
#define PREFLIGHT_COMPONENT "component" /* topic of the answers */

/* preflight_strategy.c: whether another run is at work on the target. */
void preflight_run_check(struct look *l);
/* preflight_strategy.c: checks of how the copy would come into its place, and of what is kept. */
void preflight_strategy_check(struct look *l);
void preflight_strategy_keep(struct look *l);

/* preflight_mask.c: whether the config's rules mask all that they must. */
void preflight_mask_check(struct look *l);

/* preflight_set.c: references to databases that will not be there. */
void preflight_set_outside(struct look *l);

/* preflight.c: the parts of a preflight. Sessions on the source may be closed once it was looked
 * at. */
void look_begin(struct look *l, const struct endpoint *source, const struct endpoint *target,
                const struct sync_options *opt, struct arena *a, struct preflight *ret);
void look_at_source(struct look *l);
void look_at_target(struct look *l);
void look_at_plan(struct look *l);
void look_check(struct look *l);
void look_judge(struct look *l);
void look_release(struct look *l);
const struct preflight_check *preflight_check_named(const char *name);

/*
 * preflight_rehearse.c: carries the plan out on nothing, in a shadow of its own. Its parts, of one
 * or of several that are rehearsed together, in this order; `shared` is target_options.shared, or
 * NULL. Whoever opens, also in vain, closes job->target. Enter and leave: a session on the shadow.
 */
struct rehearsal {
    struct look *look;
    struct job *job;
    struct session *session;
    double start;
    size_t steps, failed, followed; /* carried out; that failed; for want of what failed before */
    bool over;                      /* nothing more can run */
    bool of_set;
};
void preflight_rehearse(struct look *l);
const char *rehearsal_why_not(const struct look *l); /* NULL: it can be */
bool rehearsal_open(struct rehearsal *r, struct look *l, struct session **shared);
bool rehearsal_enter(struct rehearsal *r);
void rehearsal_leave(struct rehearsal *r);
void rehearsal_phase(struct rehearsal *r, enum plan_phase phase);
bool rehearsal_step(struct rehearsal *r, const struct step *s, struct err *err);
void rehearsal_failed(struct rehearsal *r, const struct step *s, const struct err *e);
void rehearsal_judge(struct rehearsal *r); /* within a session */

#endif
