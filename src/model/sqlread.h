/*
 * sqlread.h - reading the tokens of text that PostgreSQL deparses: what sqlshape.c says the shapes
 * of statements with. Included by the .c files of this room only.
 *
 * Functions that ask look at the tokens from..to and change nothing; those that take go behind what
 * they took, and add it to the skeleton or to the parts. Where one says false the text is given up,
 * and nothing of the reader counts any more. Brackets are balanced: pgtoken_read saw to that.
 */
#ifndef DBTWIN_MODEL_SQLREAD_H
#define DBTWIN_MODEL_SQLREAD_H

#include <dbtwin/sqlshape.h>

#include "pgtoken.h"

struct sqlread {
    const struct pgtoken *tokens;
    size_t n, at; /* at: the next token */
    struct arena *a;
    struct buf skeleton;
    struct vec parts; /* const char * */
    struct sqlshape out;
};

/* ---- asking -------------------------------------------------------------------------------- */
const struct pgtoken *sqlread_token(const struct sqlread *r, size_t i); /* PGTOKEN_END behind all */
/* Whether token i is this word, in any case, or sign; a quoted name is neither. */
bool sqlread_is(const struct sqlread *r, size_t i, const char *text);
bool sqlread_is_one_of(const struct sqlread *r, size_t i, const char *const *list); /* to NULL */
bool sqlread_is_identifier(const struct sqlread *r, size_t i);
size_t sqlread_next(const struct sqlread *r, size_t i); /* behind token i or its brackets */
const char *sqlread_text_of(const struct sqlread *r, size_t from, size_t to); /* in the arena */
/* Nothing that ends a statement; nothing that changes rows or makes a table, unless `changes`. */
bool sqlread_is_harmless(const struct sqlread *r, size_t from, size_t to, bool changes);
bool sqlread_is_expression(const struct sqlread *r, size_t from, size_t to);
bool sqlread_is_query(const struct sqlread *r, size_t from, size_t to); /* only reads */
/* A query or a change of rows; with `notify` NOTIFY too. */
bool sqlread_is_command(const struct sqlread *r, size_t from, size_t to, bool notify);
bool sqlread_is_modifier(const struct sqlread *r, size_t i); /* (10,2) */
/* Behind the name or type that stands at i; i itself where there is none. */
size_t sqlread_name_end(const struct sqlread *r, size_t i);
size_t sqlread_type_end(const struct sqlread *r, size_t i);

/* ---- taking -------------------------------------------------------------------------------- */
void sqlread_add_mark(struct sqlread *r, const char *mark); /* to the skeleton */
void sqlread_add_tokens(struct sqlread *r, size_t to);      /* to the skeleton */
void sqlread_add_part(struct sqlread *r, size_t to);        /* to the parts */
bool sqlread_take(struct sqlread *r, const char *text);     /* the word or sign, if it is there */
bool sqlread_take_one_of(struct sqlread *r, const char *const *list);
bool sqlread_take_name(struct sqlread *r);
bool sqlread_take_type(struct sqlread *r);
bool sqlread_take_expression(struct sqlread *r, size_t to); /* a part, and a ? in the skeleton */
bool sqlread_take_in_parentheses(struct sqlread *r);        /* ( expression ) */

#endif
