/*
 * pair.h - two places read and compared, with all that options and config say of it. What diff does
 * once, and with --all-databases once for each database. Only src/cli includes this.
 *
 * A pair must not move after pair_open: its filters point into it, and its diff into its models.
 */
#ifndef CLI_PAIR_H
#define CLI_PAIR_H

#include "cli.h"

#include <pthread.h>

struct pair_side {
    struct place place;
    struct model model;
    struct history history;
    struct server_facts facts;    /* of a live side; database_id NULL where they were not read */
    bool with_history, explained; /* explained: what a copy neutralised is asked for */
    bool whole;                   /* all of it is read, whatever is selected */
    char digest[33];              /* model_digest of what was read from a live side, else "" */
    struct arena arena;
    struct vec notes; /* struct neutral_note, in arena */
    pthread_t thread;
    bool threaded; /* it is being read, or was and nobody has looked yet */
    struct err err;
    bool ok;
};

struct pair {
    struct pair_side from, to;
    struct filters filters;
    struct diff diff; /* once it is compared */
    /* Or NULL: called once both sides are read, before anything is taken off them. */
    bool (*prepare)(void *ctx, struct model *to, struct err *err);
    void *prepare_ctx;
    bool started, compared;
};

/* The places' labels are those that the config knows. Closed by pair_close unless it fails. */
bool pair_open(struct pair *p, struct cli *c, const struct place *from, const struct place *to,
               struct err *err);
void pair_close(struct pair *p);
/* Begins to read both sides: pair_compare does it else. What pair_open was given must not change
 * any more. */
void pair_start(struct pair *p, struct cli *c);
/* Reads both sides at once, compares them, and takes off what a baseline accepts. */
bool pair_compare(struct pair *p, struct cli *c, struct err *err);
/* Removes from another comparison with TO what TO's mark explains. */
void pair_explain(const struct pair *p, struct diff *d);

/* all.c: diff --all-databases. What could not be read is part of the report; false only where
 * nothing can be told. Released by all_release. */
struct all {
    struct arena arena;
    struct diff_set set;
    struct vec pairs; /* struct pair *, on the arena */
    bool failed;      /* some database could not be read, and not for want of rights */
};
bool all_compare(struct all *ret, struct cli *c, const struct place *from, const struct place *to,
                 struct err *err);
void all_release(struct all *a);

/* about.c: what a report says about its run: begun now, with these options. The texts live as long
 * as c. With SOURCE_DATE_EPOCH set, that time and no duration. */
void about_begin(struct report_run *run, struct cli *c);
void about_end(struct report_run *run, double seconds);
/* The page of the CI server's run, or NULL (GitHub, GitLab, Jenkins). */
const char *about_link(struct cli *c);
/* The file of the repository that stands for the schema: a side that is a file below here, or
 * NULL. Lent by c. */
const char *about_file(const struct cli *c, const struct place *from, const struct place *to);

#endif
