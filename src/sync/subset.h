/*
 * subset.h - the rows of a run that does not take all. Only src/sync.
 *
 * subset_prepare says of each table what becomes of it, from the model alone; subset_choose asks
 * the source, in the run's snapshot, for the keys of the rows, table by table and a thousand at a
 * time; subset_chunks makes chunks of them. The source is only read: no temporary tables, so it may
 * be a standby. Memory: some 100 bytes a chosen row, bounded by subset_config.max_rows.
 */
#ifndef SYNC_SUBSET_H
#define SYNC_SUBSET_H

#include "job.h"

#include <dbtwin/subset.h>

/* Where the config does not say. */
#define SUBSET_SMALL    (8 * 1024 * 1024)
#define SUBSET_MAX_ROWS (20 * 1000 * 1000)

enum subset_how {
    SUBSET_OPEN,  /* not known yet */
    SUBSET_WHOLE, /* all rows */
    SUBSET_NONE,  /* arrives empty */
    SUBSET_KEYS,  /* the rows of which the keys are known */
    SUBSET_WHERE  /* a condition, of a table without a key that nobody refers to */
};

struct subset_table {
    const struct object *table; /* of a partitioned one the root */
    enum subset_how how;
    const char *why;                  /* for people: what brought it in */
    const struct subset_start *start; /* or NULL */
    const char *name, *key;           /* SQL: its qualified name, its key's columns */
    const struct object **key_columns;
    uint32_t n_key;
    const char *where;             /* of SUBSET_WHERE */
    struct map known;              /* text of a key → itself */
    struct map known_chosen;       /* the same of chosen rows */
    struct vec keys, chosen;       /* const char *: texts, in the order in which they were found */
    size_t keys_done, chosen_done; /* whose parents, and children, were asked for */
};

/* A way from a row to one that it refers to. */
struct subset_link {
    struct subset_table *from, *to;
    const char *from_name;            /* SQL: of a partition's own key that partition */
    const char *columns, *to_columns; /* SQL lists */
    const char *when;                 /* or NULL */
    bool brings_children;             /* from is a child of to */
    bool declared;                    /* by a constraint */
    bool direct;                      /* its columns are the key of `to`, as text too */
    const char *text;                 /* for people: the foreign key */
};

struct subset {
    const struct subset_config *config;
    struct job *job;
    struct subset_table *tables;
    size_t n_tables;
    struct map by_table; /* object → struct subset_table * */
    struct map by_name;  /* qualified name → object */
    struct vec links;    /* struct subset_link */
    uint64_t n_keys;
};

/* Makes j->subset, where the options ask for one. ERR_USAGE with the config's line; ERR_REFUSED
 * names tables of which nobody said what becomes of them. */
bool subset_prepare(struct job *j, struct err *err);
void subset_release(struct subset *s);
/* Whether the table arrives empty because of it. */
bool subset_empties(const struct job *j, const struct object *table);
/* Fills the key sets. Logs rows per table and what brought them. */
bool subset_choose(struct job *j, struct err *err);
/* For people: how many rows of the i-th table, and why; false: all of them. */
bool subset_line(const struct subset *s, size_t i, struct buf *out);
/* For the mark: what the rows begin with, and how many tables are not whole; NULL: all rows. */
const char *subset_note(const struct job *j);
/* Replaces the chunks of a table, those from `first` on in j->chunks, by those of its rows. */
void subset_chunks(struct job *j, const struct object *table, size_t first);

/* subset_verify.c: the same for a comparison: the rows that a copy of now would choose, asked in
 * the session's snapshot. All in `a`; release it. */
bool subset_verify_begin(const struct verify_options *o, const struct endpoint *source,
                         struct session *s, const struct model *m, struct arena *a,
                         struct subset **ret, struct err *err);
/* The conditions that, one after the other, name the table's rows; NULL: all rows. */
const char *const *subset_verify_conditions(const struct subset *s, const struct object *table,
                                            struct arena *a, size_t *ret_n);

/* subset_close.c: adds to the key sets what their rows need, and their children. */
bool subset_close(struct subset *s, struct err *err);
/* What rows of l->from refer to; rows: their condition, "" for all. */
bool subset_parents(struct subset *s, const struct subset_link *l, const char *rows,
                    struct err *err);
/* How many keys a query names. */
size_t subset_step(unsigned flavor);

/* subset_sql.c: what the engines write otherwise */
const char *subset_qualified(const struct job *j, const struct object *table);
/* A relation's name as the server wrote it, quoted as subset_qualified does. */
const char *subset_requoted(const struct job *j, const char *written);
const char *subset_quoted(const struct job *j, const char *name);
/* A value of a key's column as SQL writes it. */
void subset_literal(const struct job *j, const struct object *column, const char *value, size_t len,
                    struct buf *out);
/* Adds the rows of a query that selects the table's key: new keys go to t->keys, and where they are
 * chosen to t->chosen. */
bool subset_take(struct subset *s, struct subset_table *t, const char *sql, bool chosen,
                 struct err *err);
/* The keys of start's rows. */
bool subset_start(struct subset *s, struct subset_table *t, struct err *err);
/* The same of values that are a key; one with NULL is none. */
bool subset_take_values(struct subset *s, struct subset_table *t, const char *const *values,
                        const size_t *lengths, bool chosen, struct err *err);
/* Whether equal values of the column have one text. */
bool subset_has_one_text(const struct object *column);
/* What stands after "(key)": that it is one of n keys from `first` on; and both. */
void subset_list(const struct job *j, const struct subset_table *t, const struct vec *keys,
                 size_t first, size_t n, struct buf *out);
void subset_in(const struct job *j, const struct subset_table *t, const struct vec *keys,
               size_t first, size_t n, struct buf *out);

#endif
