/*
 * set.h - the columns of a model while its rules are found and judged. Included by the .c files of
 * this room only.
 */
#ifndef DBTWIN_MASK_SET_H
#define DBTWIN_MASK_SET_H

#include "rule.h"

/* A column of a table that holds rows, or of a partitioned one. */
struct set_column {
    const struct object *column;
    const struct mask_entry *entry; /* the rule's; of another column, where it is inherited */
    bool exact;                     /* its pattern has no * or ? */
    struct set_column *parent;      /* that its foreign key refers to, or NULL */
    struct set_column *group;       /* one of those joined by foreign keys; itself if alone */
    struct mask_column facts;
    struct mask_found found;
};

/* A column and one that it refers to. */
struct set_join {
    struct set_column *child, *parent;
    unsigned line; /* in the config's references:; 0: a foreign key */
};

struct mask_set {
    struct arena *arena;
    const struct model *model;
    const struct mask_config *config;
    struct mask_key *key;
    struct vec columns;   /* struct set_column *, in the model's order */
    struct map by_object; /* column → struct set_column */
    struct vec found;     /* struct mask_found *: with a rule */
    struct vec joins;     /* struct set_join */
    struct map changed;   /* tables of which rows change */
    char digest[MASK_ID_SIZE];
};

struct set_column *set_column_of(const struct mask_set *s, const struct object *table,
                                 const char *name);
/* In front of an error: the file, and the place of the entry. */
bool set_wrong(const struct mask_set *s, const struct mask_entry *e, struct err *err,
               const char *fmt, ...) PRINTF_LIKE(4, 5);
bool set_is_pattern(const char *pattern);

/* set_pattern.c: whether a pattern fits the path of a column: names from below the root. */
bool set_pattern_fits(const char *pattern, const char *const *names, unsigned n);

/* set_keys.c: columns that foreign keys join; then what must be unique. */
bool set_keys_join(struct mask_set *s, struct err *err);
bool set_keys_judge(struct mask_set *s, struct err *err);

#endif
