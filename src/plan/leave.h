/*
 * leave.h - what a plan from nothing leaves out: by --without, by --broken leave, by the rules of
 * neutral.h, and all that needs what is left out. Only leave.c and plan.c include this header.
 */
#ifndef PLAN_LEAVE_H
#define PLAN_LEAVE_H

#include "hooks.h"

/* Whether --without names what there is. */
bool leave_check(const struct plan_builder *b, struct err *err);
/* Marks all of it in the core's left_out, and names it. */
void leave_find(struct plan_builder *b);
/* Marks what stands in what is marked; true where there was any. */
bool leave_parts(struct plan_builder *b);
/* What could not be read is left out too, or refused. */
void leave_gaps(struct plan_builder *b);
/* Refuses views that the source itself cannot use. */
void leave_broken(struct plan_builder *b);

#endif
