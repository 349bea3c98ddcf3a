/*
 * content.h - a digest of what an object is, but for its name. Only src/diff includes this.
 *
 * Two objects have one digest when kind, canonical properties and children (with their names) are
 * equal. Not part of it: what is VOLATILE, INTERNAL or COSMETIC, and the object's own name. The
 * digest is stored in baselines: what goes into it, and how, must not change.
 */
#ifndef DIFF_CONTENT_H
#define DIFF_CONTENT_H

#include <dbtwin/model.h>

/* With `own_name` (may be NULL), that name counts as the same in all texts where it is a word, or
 * begins one that continues with an underscore: users_pkey of users is customers_pkey of customers.
 */
struct hash128 content_hash(const struct object *o, unsigned flavor, const char *own_name);

/* "xxh3:<hex>" of an object, "sha256:<hex>" of a property; "null" and "unknown". In `a`. */
const char *content_digest(const struct object *o, unsigned flavor, struct arena *a);
const char *content_value_digest(const struct object *o, unsigned slot, unsigned flavor,
                                 struct arena *a);

#endif
