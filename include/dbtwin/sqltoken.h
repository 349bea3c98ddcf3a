/*
 * sqltoken.h - the tokens of SQL as MySQL and MariaDB print it, and the characters of a word on
 * every engine.
 *
 * Pure; for the driver, which parses such texts, the plan, which proves its statements against
 * them, and any search for a name in a text. Backslashes escape within strings, as in every
 * sql_mode but NO_BACKSLASH_ESCAPES
 * (https://dev.mysql.com/doc/refman/8.0/en/string-literals.html).
 */
#ifndef DBTWIN_SQLTOKEN_H
#define DBTWIN_SQLTOKEN_H

#include <stdbool.h>

/* Letters, digits, '_', '$' and every byte of a character beyond ASCII: what continues an unquoted
 * name or a number (https://www.postgresql.org/docs/17/sql-syntax-lexical.html,
 * https://dev.mysql.com/doc/refman/8.0/en/identifiers.html). */
bool sqltoken_is_word(char c);

/* End of the token that starts at p: quoted string ('…', "…"), quoted name (`…`), comment, word,
 * number or one character. `end` bounds the text. O(length of the token). */
const char *sqltoken_end(const char *p, const char *end);

#endif
