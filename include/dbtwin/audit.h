/*
 * audit.h - whether a masked copy holds values that production has: they are sampled there, from
 * masked columns, and looked for in the copy.
 *
 * A raw value may be in a masked column of another row and say nothing: a permutation gives other
 * rows' values, a list everybody's. So there it counts only in its own row, by the key, or if no
 * rule can have made it (a mail address). In every other place it counts wherever it stands.
 *
 * Reads both sides, writes neither; no value goes to a server, to a message or into the result.
 * Cost: the copy's text-like columns, up to `rows` rows of each table, and `seconds` in all.
 */
#ifndef DBTWIN_AUDIT_H
#define DBTWIN_AUDIT_H

#include <dbtwin/driver.h>
#include <dbtwin/mask.h>

struct audit_options {
    const struct mask_config *mask;
    struct mask_key *key;
    uint32_t sample; /* rows of each table of the source */
    uint64_t rows;   /* of each table of the target; 0: all */
    double seconds;  /* for the whole */
};

struct audit_place {
    const char *path; /* of a column, or of an object of the schema */
    const char *what; /* of an object: the property, "table name"; else NULL */
    const char *of;   /* the source's column that most of the values are of */
    uint64_t values;  /* fields, or properties, that hold one */
};

struct audit_result {
    struct vec places;     /* struct audit_place */
    struct vec unread;     /* const char *: what was not looked at, and why */
    uint64_t values;       /* looked for */
    uint64_t tables, rows; /* looked at */
};

/* Texts live in `a`. */
bool sync_audit(const struct endpoint *target, const struct endpoint *source,
                const struct audit_options *o, struct arena *a, struct audit_result *ret,
                struct err *err);
void sync_audit_release(struct audit_result *r);

#endif
