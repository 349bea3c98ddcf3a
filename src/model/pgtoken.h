/*
 * pgtoken.h - the tokens of text that PostgreSQL deparses. Included by the .c files of this room
 * only. What such text never holds is refused: see dbtwin/sqlshape.h.
 */
#ifndef DBTWIN_MODEL_PGTOKEN_H
#define DBTWIN_MODEL_PGTOKEN_H

#include <dbtwin/base.h>

enum pgtoken_type {
    PGTOKEN_END, /* none */
    PGTOKEN_WORD,
    PGTOKEN_QUOTED, /* "name" */
    PGTOKEN_STRING, /* '…', B'…', X'…' */
    PGTOKEN_NUMBER,
    PGTOKEN_PARAMETER, /* $1 */
    PGTOKEN_SIGN,      /* an operator, a bracket, or one of , ; . : :: */
};

struct pgtoken {
    enum pgtoken_type type;
    const char *text; /* within the SQL */
    size_t len;
    size_t pair; /* of a bracket: where its other half is */
};

/* Appends the tokens (struct pgtoken) to ret. False where the text holds what none has, does not
 * end its quotes or closes brackets otherwise than it opens them. O(length). */
bool pgtoken_read(const char *sql, struct vec *ret);

#endif
