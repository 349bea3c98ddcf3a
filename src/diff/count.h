/*
 * count.h - how many changes there are of each kind and in each schema. Only src/diff includes
 * this.
 */
#ifndef DIFF_COUNT_H
#define DIFF_COUNT_H

#include "report.h"

struct count {
    const char *name;               /* "materialized view"; a schema's, or "(none)" */
    uint64_t n[CHANGE_UNKNOWN + 1]; /* by enum change_type */
    enum severity level;            /* the highest */
};
/* In the order of kinds.def; of schemas in that of the changes. Texts live in a. */
void count_kinds(const struct diff *d, struct arena *a, struct vec *ret /* struct count */);
void count_schemas(const struct diff *d, struct arena *a, struct vec *ret);
/* The schema that an object is in, or is; on MySQL none, and so NULL. */
const char *count_schema_of(const struct object *o);
/* The tables of --summary as text: a column for each type of change that there is. */
void count_text(const struct diff *d, struct buf *out);
#endif
