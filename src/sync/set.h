/*
 * set.h - several databases in one run: what set.c (each for itself) and set_one.c (as one) share.
 * Only src/sync includes this.
 */
#ifndef SYNC_SET_H
#define SYNC_SET_H

#include "job.h"

/*
 * A lane is a thread that takes one database after the other. What the targets of its databases
 * share is one connection (target_options.shared), and what it reads from are its sessions of the
 * source's snapshot, if there is one over all: so connections grow with the lanes, not with the
 * databases.
 */
struct lane {
    struct set_run *run;
    pthread_t thread;
    bool started;
    size_t at; /* the member that it looks at next */
    struct lent lent;
    struct session *shared;
};

struct set_run {
    struct sync_set *set;
    const struct sync_options *opt;
    struct arena *arena; /* the caller's; under the lock */
    unsigned jobs;       /* of each copy */
    double started;
    struct member_run *runs;
    struct lane *lanes;
    unsigned n_lanes;
    pthread_mutex_t lock;   /* over what follows */
    pthread_mutex_t asking; /* one question, and one event, at a time */
    bool stop;
    struct map fits; /* patterns that fit somewhere */
};

struct member_run {
    struct set_run *run;
    struct sync_member *member;
    struct lane *lane; /* that it belongs to; NULL: none yet */
    struct sync_options opt;
    struct arena arena; /* as long as the job */
    struct job *job;    /* not published */
    bool loaded;        /* set_one.c: before the others */
    void *ctx;          /* the caller's of set_last_make, or NULL */
    struct vec open;    /* set_last.c: size_t, places in the plan's steps */
    size_t made;
};

/* set.c: the options of one member's copy; a member that failed; one that is done; and its end,
 * whatever it came to. */
void set_options(struct member_run *r);
void set_fail(struct member_run *r, struct job *j);
void set_done(struct member_run *r);
void set_end(struct member_run *r, struct job *j, const struct err *why);
bool set_check_fits(const struct set_run *run, struct err *err);

/* set_lanes.c */
typedef bool set_lane_fn(struct member_run *r, void *ctx);
/* fn with each member, by the lane that it belongs to; one that belongs to none yet is the first
 * free lane's from then on. A false of fn ends it; `all`: only for that one, and an interrupt does
 * not end it either. False if it was ended. */
bool set_lanes_run(struct set_run *run, bool all, set_lane_fn *fn, void *ctx);
void set_lanes_close(struct set_run *run); /* their connections to the target */

/*
 * set_last.c: what is made last in each database, in rounds, because views of one may name those of
 * another in any order. What fails waits for the next round, as long as a round makes anything.
 * `make` carries a step out. `fail` hears of what no round mends; if it returns false, all of it
 * ends.
 */
struct set_last {
    bool (*make)(struct member_run *r, const struct step *s, struct err *err);
    bool (*fail)(struct member_run *r, const struct step *s, const struct err *why);
};
bool set_last_make(struct set_run *run, const struct set_last *last);

/* set_watch.c: from the snapshot until it is given up. */
bool set_watch_start(struct set_run *run, struct set_watch **ret, struct err *err);
void set_watch_end(struct set_watch *w); /* NULL is fine */

/* set_one.c: the databases of a set as one: one snapshot, one swap. */
bool set_one_run(struct set_run *run, struct err *err);

#endif
