/*
 * lists.h - the words that masked values are made of (lists/<name>.txt), put into the program when
 * it is built. Included by the .c files of this room only. A list that changes, changes what it
 * makes: then the version of the transformers that use it goes up.
 */
#ifndef DBTWIN_MASK_LISTS_H
#define DBTWIN_MASK_LISTS_H

#include "rule.h"

struct word_list {
    const char *name;
    const char *const *words;
    unsigned n;
};
extern const struct word_list word_lists[]; /* a NULL name ends them */

const struct word_list *lists_find(const char *name);
/* The longest word. */
uint64_t lists_longest(const struct word_list *l);
const char *lists_pick(const struct word_list *l, struct dice *d);

#endif
