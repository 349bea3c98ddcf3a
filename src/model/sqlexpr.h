/*
 * sqlexpr.h - one spelling for what MySQL and MariaDB write from the same expression or query.
 *
 * Both servers deparse a tree, and differ in how: MySQL puts parentheses around every operation,
 * MariaDB only where precedence needs them; MySQL names the character set of each string
 * (_utf8mb4'x'); functions that have two names are shown by one here and by the other there. So the
 * text is read by the rules of precedence, which are the same on both, and written again.
 * https://dev.mysql.com/doc/refman/8.0/en/operator-precedence.html
 * https://mariadb.com/kb/en/operator-precedence/
 *
 * Only src/model includes this.
 */
#ifndef DBTWIN_MODEL_SQLEXPR_H
#define DBTWIN_MODEL_SQLEXPR_H

#include <dbtwin/base.h>

/* In `a`; NULL when the text was not understood. O(length), at most 100 levels deep. */
const char *sqlexpr_canon(const char *text, struct arena *a);

#endif
