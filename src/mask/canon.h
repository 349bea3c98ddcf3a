/*
 * canon.h - one spelling for values that a database treats as one. Included by the .c files of this
 * room only.
 */
#ifndef DBTWIN_MASK_CANON_H
#define DBTWIN_MASK_CANON_H

#include "rule.h"

/* Appends the canonical form of a value (in UTF-8, if it is text) of the rule's column. */
void canon_value(const struct mask_rule *r, struct slice value, struct buf *out);
/* 007.50 is 7.5, -0 is 0, 1e2 stays. */
void canon_number(struct slice value, struct buf *out);
/* The bytes that \x… stands for; false: it is no such text. */
bool canon_unhex(struct slice value, struct buf *out);

#endif
