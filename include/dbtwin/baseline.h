/*
 * baseline.h - drift that somebody has reviewed and accepted, with a reason.
 *
 * A baseline is a small JSON file that is kept with the sources:
 *
 *   {"dbtwin_baseline": 1,
 *    "entries": [{"kind": "column", "path": "public.users.email", "change": "changed",
 *                 "property": "type", "from": DIGEST, "to": DIGEST,
 *                 "reason": "…", "accepted": "2026-01-31", "until": "2026-06-30"}]}
 *
 * An entry is one property that differs, or one object that only one side has (then without
 * "property"; the digest is of all that is in it). It has digests instead of values, so that
 * secrets stay out of it, and applies as long as both values are unchanged: a later change is drift
 * again. "until" is the last day on which it holds. What could not be compared cannot be
 * accepted.
 *
 * Pure: the caller reads the file and the clock. Days are texts, YYYY-MM-DD.
 */
#ifndef DBTWIN_BASELINE_H
#define DBTWIN_BASELINE_H

#include <dbtwin/diff.h>

struct baseline {
    struct arena arena;
    struct vec entries; /* private: struct entry */
    struct map by_key;
};

void baseline_init(struct baseline *b);
void baseline_release(struct baseline *b);
/* Adds the entries of a file. ERR_CORRUPT says which entry is wrong. */
bool baseline_read(struct baseline *b, struct slice json, struct err *err);
/* Removes accepted drift from d, counts it in d->accepted, judges again, and notes in d->notes
 * which entries are expired, were accepted for other values, or are no longer needed. */
void baseline_apply(struct baseline *b, struct diff *d, const char *today);
/* Accepts all that d still has, for this reason; until may be NULL. Entries that baseline_apply
 * (which must have run on d) found expired, outdated or needless are dropped. Returns the number
 * of new ones. */
size_t baseline_accept(struct baseline *b, const struct diff *d, const char *reason,
                       const char *until, const char *today);
void baseline_write(const struct baseline *b, struct buf *out);
/* YYYY-MM-DD, a day that exists. */
bool baseline_is_day(const char *text);
#endif
