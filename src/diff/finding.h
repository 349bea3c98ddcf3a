/*
 * finding.h - a diff as a flat list, for formats that know no tree: each property that differs,
 * each object that only one side has, and each thing that could not be compared is one finding.
 * Only src/diff includes this. Cost: some hundred bytes for each.
 */
#ifndef DIFF_FINDING_H
#define DIFF_FINDING_H

#include "report.h"

struct finding {
    const char *database;            /* of several; else NULL */
    const char *rule;                /* "column.type", "table.added", "not_compared" */
    const char *help;                /* what the rule is about */
    const char *change;              /* "added", "removed", "changed", "unknown" */
    const char *kind;                /* or the name of a catalog */
    const char *path;                /* NULL: the kind as a whole */
    const char *top;                 /* path of the top object, or NULL */
    const char *property;            /* NULL: the object as a whole */
    enum severity level, rule_level; /* of a gap: data where it is a whole database */
    const char *message;             /* one line; control characters are visible */
    const char *from, *to;           /* values of the property, NULL when not set or unknown */
    const char *why;                 /* of what could not be compared, or NULL */
    char fingerprint[65]; /* of database, rule and path: the same in each run, and no other's */
};

/* Texts live in a or in the diff. */
void finding_list(const struct diff *d, struct arena *a, struct vec *ret /* struct finding */);
void finding_list_set(const struct diff_set *s, struct arena *a, struct vec *ret);

typedef void finding_write(const struct vec *findings, const struct report_options *opt,
                           struct buf *out);
/* A report that is nothing but a list: of d, or of s. True. */
bool finding_report(const struct diff *d, const struct diff_set *s, finding_write *write,
                    const struct report_options *opt, struct buf *out);
#endif
