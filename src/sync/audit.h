/*
 * audit.h - what the parts of an audit share: audit_sample.c takes values of the source,
 * audit_search.c looks for them in the target, audit.c judges what was found. Only these include
 * this.
 */
#ifndef SYNC_AUDIT_H
#define SYNC_AUDIT_H

#include <dbtwin/audit.h>

#include "needles.h"

/* A column of the target, or all of its schema. */
struct spot {
    struct audit_place place;
    const struct mask_found *masked; /* the rule of its counterpart, unless it keeps */
    bool derived; /* computed from others: what masked columns explain may be in it */
    bool in_schema;
    uint32_t *counts; /* by needle, or NULL */
    uint64_t rows;
};

struct audit {
    const struct endpoint *at[2]; /* target, source */
    const struct audit_options *o;
    struct session *s[2];
    struct model model[2];
    struct arena *arena;
    struct arena scratch; /* of a row */
    struct mask_set *set;
    struct mask_worker *worker;
    struct map rules; /* path of a column → struct mask_found, of those that do not keep */
    struct needles needles;
    struct vec spots; /* struct spot * */
    struct audit_result *ret;
    double until;
    /* the table that is looked at */
    const struct object *table;
    const struct object **columns; /* source: all; target: those that are searched */
    struct mask_column *facts;
    struct spot **spot;
    uint32_t n, n_key;
    struct projection keys;
    bool late;
    /* the field that is looked at */
    struct spot *now;
    uint64_t key;
    struct slice masked;
    const struct mask_found *of;
};

/* Whether the rule changes values. */
static inline bool audit_changes(const struct mask_found *f)
{
    return f && !mask_rule_facts(f->rule)->keeps;
}

/* Notes what was not looked at. */
void audit_unread(struct audit *u, const char *path, const char *why);
/* For people; a server's message may show a value. */
const char *audit_why(const struct err *err, struct arena *a);
/* Whether the audit cannot go on. */
bool audit_is_lost(const struct err *err);
/* What a field says: bytes, not their digits; of a search vector its words. */
struct slice audit_text(struct slice v, const struct mask_column *c, struct arena *a);
struct slice audit_bytes(struct slice hexadecimal, struct arena *a);
/* What names a row of u->table: its key's values, each behind a NUL. */
uint64_t audit_key(struct audit *u, const struct buf *values);

/* audit_sample.c: fills u->needles. */
bool audit_sample(struct audit *u, struct err *err);
/* audit_search.c: fills u->spots. */
bool audit_search(struct audit *u, struct err *err);

#endif
