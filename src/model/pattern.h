/*
 * pattern.h - one pattern of select.h, parsed. Included by the .c files of this room only.
 */
#ifndef DBTWIN_MODEL_PATTERN_H
#define DBTWIN_MODEL_PATTERN_H

#include <dbtwin/select.h>

/* Bytes, and for each what it is: 'l' literal, '*' or '?'. */
struct pattern_part {
    char *text, *mask;
    size_t len;
    bool deep; /* "**" */
};

struct select_pattern {
    enum select_sort sort;
    const char *text;           /* as given */
    struct pattern_part *parts; /* of the path; NULL when there is none */
    unsigned n_parts;
    bool root;            /* the path may also mean the root */
    bool kinds[K_COUNT];  /* "kind:…": the kinds it means; KIND.PROPERTY: the one */
    bool by_kind;         /* kinds count */
    const char *property; /* or NULL for the whole object */
    uint64_t matched;
};

/* ERR_USAGE with the column. Texts live in `a`. */
bool pattern_parse(struct select_pattern *ret, enum select_sort sort, const char *text,
                   struct arena *a, struct err *err);
/* names[0 … n): the object's path from below the root; n = 0 for the root. */
bool pattern_matches_path(const struct select_pattern *p, const char *const *names, unsigned n);

#endif
