/*
 * option_type.h - the types of option_rows: how a value is read, and what its messages say that it
 * takes. A type is a row here and a word in enum option_sort; the fields are those of struct cli.
 */
#ifndef CLI_OPTION_TYPE_H
#define CLI_OPTION_TYPE_H

#include "cli.h"

struct option_choice {
    const char *word; /* NULL ends the list */
    int value;        /* of the field's enum */
};

struct option_use {
    const struct option_row *row;
    struct arena *arena; /* outlives the field */
};

struct option_type {
    /* Stores the value; false without err: it is none of what print says. */
    bool (*parse)(const struct option_use *u, const char *text, void *field, struct err *err);
    /* "a time of day such as 05:00"; NULL where parse says itself what is wrong. */
    void (*print)(const struct option_row *row, struct buf *out);
    const struct option_choice *choices; /* of one out of some words */
    bool alone;                          /* takes no value */
    bool optional;                       /* the value may be missing */
    bool many;                           /* may be given several times */
};

const struct option_type *option_type_of(const struct option_row *row);
/* Into its field of c; ERR_USAGE. */
bool option_type_store(const struct option_row *row, struct cli *c, const char *text,
                       struct err *err);

#endif
