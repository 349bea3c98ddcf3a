/*
 * set.h - several databases in one run: what set.c (each for itself) and set_one.c (as one) share.
 * Only src/sync includes this.
 */
#ifndef SYNC_SET_H
#define SYNC_SET_H

#include "job.h"

struct set_run {
    struct sync_set *set;
    const struct sync_options *opt;
    struct arena *arena; /* the caller's; under the lock */
    unsigned jobs;       /* of each copy */
    struct member_run *runs;
    pthread_mutex_t lock;   /* over what follows */
    pthread_mutex_t asking; /* one question, and one event, at a time */
    size_t next;
    bool stop;
    struct map fits; /* patterns that fit somewhere */
};

struct member_run {
    struct set_run *run;
    struct sync_member *member;
    struct sync_options opt;
    struct arena arena; /* as long as the job */
    struct job *job;    /* loaded, not published */
};

/* set.c: the options of one member's copy; a member that failed; one that is done; and its end,
 * whatever it came to. */
void set_options(struct member_run *r);
void set_fail(struct member_run *r, struct job *j);
void set_done(struct member_run *r);
void set_end(struct member_run *r, struct job *j, const struct err *why);
bool set_check_fits(const struct set_run *run, struct err *err);

/* set_one.c: the databases of a set as one: one snapshot, one swap. */
bool set_one_run(struct set_run *run, struct err *err);

#endif
