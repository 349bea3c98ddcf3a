/*
 * verify.h - one verify while it runs: what its parts share. Only src/sync/verify*.c include this.
 *
 * verify.c         the two sides, the result
 * verify_tables.c  which tables are compared, and in which chunks
 * verify_beside.c  what stands beside the rows: generated columns, materialized views, types inside
 *                  documents
 * verify_stale.c   materialized views that production has not refreshed
 * verify_tell.c    how far it is, for displays
 * verify_work.c    workers: reading both sides of a chunk, and what differs
 */
#ifndef SYNC_VERIFY_H
#define SYNC_VERIFY_H

#include "digest.h"
#include "job.h"
#include "only.h"
#include "subset.h"

struct check_chunk {
    struct chunk source;
    struct projection *target; /* the same columns, as the target's driver reads them */
    struct table_difference *table;
    const char *only; /* a condition on the target's rows beside the chunk's, or NULL */
    /* Of a table of which only a part was copied: conditions of its rows on the source, one after
     * the other; on the target it is all rows. */
    const char *const *parts;
    size_t n_parts;
};

struct verify {
    const struct endpoint *at[2];
    const struct verify_options *opt;
    struct arena *arena; /* the caller's; used under the lock once workers run */
    struct model model[2];
    struct mask_set *mask; /* or NULL */
    struct subset *subset; /* or NULL */
    unsigned n_workers;
    struct verify_worker *workers;
    struct map paired;  /* of the target's tables: those that the source has */
    struct vec notes;   /* struct neutral_note, of the target */
    struct vec kept;    /* const struct object *: its tables that the copy kept */
    const char *others; /* large objects that these do not refer to, as a condition, or NULL: all */
    bool any_other;     /* there are some */
    struct vec chunks;  /* struct check_chunk */
    struct table_difference **tables; /* all tables compared; those that differ are the result */
    const struct object **of;         /* what each of them is about, of either side */
    struct sync_table *shown;         /* one for each of them */
    size_t n_tables;
    uint64_t n_generated, n_views; /* of these: what the server worked out */
    uint64_t n_inner;              /* and what texts do not show */
    struct only only;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t next;
    unsigned busy;
    bool stop;
    struct err err;
    uint64_t rows, bytes;
};

struct verify_worker {
    struct verify *v;
    pthread_t thread;
    bool started, working;
    struct session *s[2];
    struct digest *digest[2];
    struct err err;
};

/* verify_work.c: compares all chunks; the lock is its own. */
bool verify_work(struct verify *v, struct err *err);

/* verify_tables.c */
bool verify_tables_list(struct verify *v, struct err *err);
struct table_difference *verify_tables_add(struct verify *v, const struct object *o);
/* The target's columns in the source's order: rows go by name, because column order may differ
 * between an old production and a fresh staging. False when a column is missing. */
bool verify_tables_reorder(struct projection *p, const struct projection *like, struct arena *a);
bool verify_tables_chunks(struct verify *v, struct table_difference *t, struct projection *source,
                          struct projection *target, struct err *err);
/* What o is on the target, whose schemas may have their mapped names. */
const struct object *verify_tables_other(const struct verify *v, const struct object *o);
/* The rule by which the copy left it empty on purpose, or NULL. */
const char *verify_tables_emptied(struct verify *v, const struct object *o);

/* verify_beside.c: after the tables. */
bool verify_beside_list(struct verify *v, struct err *err);

/* verify_stale.c: when all was compared. What only differs because production's is old is told. */
void verify_stale(struct verify *v);

/* verify_tell.c; `p` may be NULL everywhere. */
void verify_tell_phase(struct sync_progress *p, const char *phase);
/* Once all is listed: *ret has an entry for each table, by its number. */
void verify_tell_list(struct sync_progress *p, struct arena *a, const struct vec *chunks,
                      struct table_difference *const *tables, size_t n, struct sync_table **ret);
void verify_tell_begins(struct sync_table *t);
void verify_tell_done(struct sync_progress *p, struct sync_table *t, const struct chunk *c,
                      uint64_t rows);

/* An event of this verify. */
void verify_tell(struct verify *v, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
