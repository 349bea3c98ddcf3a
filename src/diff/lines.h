/*
 * lines.h - the difference of two texts by lines, for reports that show both. Only src/diff
 * includes this. Cost: the product of the numbers of lines between what both begin and end with, up
 * to a million; beyond, all of these lines are taken to differ.
 */
#ifndef DIFF_LINES_H
#define DIFF_LINES_H

#include <dbtwin/base.h>

struct line_op {
    char op;          /* ' ' both have it, '-' the first text, '+' the second */
    const char *text; /* lent, without its line break */
    size_t len;
};
void lines_diff(const char *from, const char *to, struct vec *ret /* struct line_op */);
#endif
