#include "lists.h"

#include <string.h>

const struct word_list *lists_find(const char *name)
{
    for (const struct word_list *l = word_lists; l->name; l++)
        if (str_eq(l->name, name))
            return l;
    return NULL;
}

struct word_list *lists_fitting(const char *name, uint64_t longest, struct arena *a)
{
    const struct word_list *all = lists_find(name);
    const char **words = arena_alloc(a, all->n * sizeof *words);
    struct word_list *ret = arena_new(a, struct word_list);

    *ret = (struct word_list){name, words, 0};
    for (unsigned i = 0; i < all->n; i++)
        if (strlen(all->words[i]) <= longest)
            words[ret->n++] = all->words[i];
    return ret;
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
