/*
 * sqlshape.h - proves that a text, allegedly written by a PostgreSQL server, is what its slot says:
 * one expression, one query, an argument list and so on.
 *
 * A model may come from a stranger's file, and its texts are put into statements that dbtwin
 * writes. A text goes there only after it was read here and found to end where its slot ends:
 * quotes closed, brackets balanced, no separator of statements, nothing that continues behind the
 * slot, no statement that changes rows where none belongs. What is not proven is not sent.
 *
 * Pure. The lexical rules are those of PostgreSQL with standard_conforming_strings on
 * (https://www.postgresql.org/docs/current/sql-syntax-lexical.html), as far as deparsed text needs
 * them. Comments, dollar quotes, E'…', N'…' and U&'…' are refused, since no server deparses to
 * them: a reader that need not understand them cannot misunderstand them either. O(length of the
 * text).
 */
#ifndef DBTWIN_SQLSHAPE_H
#define DBTWIN_SQLSHAPE_H

#include <dbtwin/base.h>

enum sqlshape_type {
    SQLSHAPE_EXPRESSION,
    SQLSHAPE_QUERY,         /* SELECT, WITH, VALUES or TABLE; changes no rows; no INTO */
    SQLSHAPE_NAME,          /* a, a.b */
    SQLSHAPE_DATA_TYPE,     /* character varying(10)[] */
    SQLSHAPE_RESULT,        /* a type, SETOF type, TABLE(a type, …) */
    SQLSHAPE_ARGUMENTS,     /* [mode] [name] type [DEFAULT expression], …; may be empty */
    SQLSHAPE_BODY,          /* BEGIN ATOMIC …; END, or RETURN expression */
    SQLSHAPE_PARTITION_KEY, /* RANGE|LIST|HASH (parts) */
    SQLSHAPE_BOUND,         /* FOR VALUES … of constants, or DEFAULT */
    SQLSHAPE_EXCLUSION,     /* EXCLUDE … */
    SQLSHAPE_STATISTICS,    /* CREATE STATISTICS … */
    SQLSHAPE_TRIGGER,       /* CREATE [CONSTRAINT] TRIGGER … */
    SQLSHAPE_RULE,          /* CREATE RULE … on INSERT, UPDATE or DELETE */
    SQLSHAPE_COUNT
};

/* A parsed text; all of it in the arena that was given. */
struct sqlshape {
    /* The tokens outside of expressions, one space between them, words in lower case and a `?` in
     * the place of each expression: alike for two texts that differ in their expressions only. */
    const char *skeleton;
    /* The expressions; a query, a body or a rule's commands stand here as well. */
    const char *const *parts;
    size_t n_parts;
    const char *table;     /* of statistics: the name behind FROM */
    const char *event;     /* of a rule: "INSERT", "UPDATE" or "DELETE" */
    const char *condition; /* of a rule: behind WHERE, or NULL */
    bool instead;          /* of a rule */
};

/* False, with *ret untouched, if the text is not what the type says. NULL is no text. */
bool sqlshape_read(enum sqlshape_type type, const char *text, struct arena *a,
                   struct sqlshape *ret);
/* The same, without the result. */
bool sqlshape_is(enum sqlshape_type type, const char *text);
/* "one expression", "one query", …: for "its text is not …". */
const char *sqlshape_name(enum sqlshape_type type);

#endif
