/*
 * names.h - objects by their names, as servers write these in lists. Included by the .c files of
 * this room only.
 */
#ifndef DBTWIN_MASK_NAMES_H
#define DBTWIN_MASK_NAMES_H

#include <dbtwin/model.h>

/* Takes a name, quoted by " or ` or not, off a list such as a, "b c"; NULL at its end. In `a`. */
const char *names_take(const char **list, struct arena *a);
const struct object *names_child(const struct object *parent, enum kind_id kind, const char *name);
/* The object with a name such as public."T" or `t`: within its schema, or below the root. */
const struct object *names_find(const struct model *m, const char *text, enum kind_id kind,
                                struct arena *a);

#endif
