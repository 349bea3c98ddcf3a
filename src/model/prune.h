/*
 * prune.h - taking objects out of a frozen model. Included by the .c files of this room only.
 */
#ifndef DBTWIN_MODEL_PRUNE_H
#define DBTWIN_MODEL_PRUNE_H

#include <dbtwin/model.h>

/* Marks o and all that is in it; gives their number. Not the root. */
uint32_t prune_mark(struct object *o);
bool prune_is_marked(const struct object *o);
/* Takes out what is marked, with its dependencies, and freezes again. */
bool prune_sweep(struct model *m, struct err *err);

#endif
