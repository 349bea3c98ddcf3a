#include "lists.h"

#include <string.h>

const struct word_list *lists_find(const char *name)
{
    for (const struct word_list *l = word_lists; l->name; l++)
        if (str_eq(l->name, name))
            return l;
    return NULL;
}

uint64_t lists_longest(const struct word_list *l)
{
    uint64_t longest = 0;

    for (unsigned i = 0; i < l->n; i++)
        if (strlen(l->words[i]) > longest)
            longest = strlen(l->words[i]);
    return longest;
}

const char *lists_pick(const struct word_list *l, struct dice *d)
{
    return l->words[dice_below(d, l->n)];
}
