/*
 * need.h - what a model must have before any rule is called on it.
 *
 * A driver's model always has it. A file is written by anybody: here, in one place, it is held to
 * what the rules use (NEEDED in kinds.def, and the table in need.c), so that no rule has to ask.
 */
#ifndef PLAN_NEED_H
#define PLAN_NEED_H

#include "hooks.h"

/* ERR_CORRUPT names the first object that lacks what its rule needs, and the property. What is
 * said to be unknown is refused instead, and left out, marked in `left_out` (by object id). */
bool need_check(struct plan_builder *b, bool *left_out, struct err *err);
/* The same of one object and what is in it. */
bool need_within(struct plan_builder *b, const struct object *o, bool *left_out, struct err *err);

#endif
