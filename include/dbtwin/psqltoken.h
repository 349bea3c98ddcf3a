/*
 * psqltoken.h - SQL of PostgreSQL as psql reads it: where a token ends, and where a semicolon ends
 * a statement.
 *
 * Pure; for the plan, which prints statements for psql, and cli, which reads scripts. Backslashes
 * escape in E'…' alone (standard_conforming_strings is on).
 */
#ifndef DBTWIN_PSQLTOKEN_H
#define DBTWIN_PSQLTOKEN_H

#include <stdbool.h>
#include <stddef.h>

/* End of the token that starts at p: quotes of any sort, a comment, a word, "::", ":=" or one
 * character; what is never closed ends with the text. O(length of the token). */
const char *psqltoken_end(const char *p);
/* Whether it is a character by itself, which psql may take for something of its own. */
bool psqltoken_is_bare(const char *p);
/* Whether the token is that word, in any case. */
bool psqltoken_is(const char *p, size_t n, const char *word);

/* All zero at the beginning of a statement; each of its tokens is counted. */
struct psqltoken_nest {
    int brackets, blocks;
    bool begin, atomic; /* the last word was BEGIN; there was a BEGIN ATOMIC */
};
void psqltoken_nest(struct psqltoken_nest *s, const char *p, size_t n);
/* Whether a semicolon here is part of the statement: within brackets, or a body of statements. */
bool psqltoken_within(const struct psqltoken_nest *s);

#endif
