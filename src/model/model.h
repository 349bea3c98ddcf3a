/*
 * model/model.h - what the files of this room share about a model.
 *
 * Included by the .c files of this room only.
 */
#ifndef DBTWIN_MODEL_MODEL_H
#define DBTWIN_MODEL_MODEL_H

#include <dbtwin/model.h>

/* The model's own copy of a text; NULL and model_unknown come back as they are. */
const char *model_intern(struct model *m, const char *text);

/* Appends one name as it stands in a path: quoted where needed. Never a control character. */
void model_name(const char *name, struct buf *path);

#endif
