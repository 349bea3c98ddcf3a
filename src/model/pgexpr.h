/*
 * pgexpr.h - SQL that PostgreSQL's deparser wrote, in the spelling that all major versions share.
 * Included by the .c files of this room only.
 *
 * The deparser writes parentheses around every operation, calls without a blank before the
 * parenthesis, key words in capitals, and quotes every name that has capitals: so a tree of tokens
 * and parentheses is enough, and no grammar is needed. A text that is not like that stays as it is.
 *
 *   functions in SQL syntax   TRIM(BOTH FROM a) is btrim(a): from 14 on the server remembers which
 *                             of them was written (release notes of 14, E.1.3.10; commit
 *                             40c24bfef9), before it only ever wrote the call.
 *   their arguments' casts    in that syntax implicit casts are not shown, in the call they are:
 *                             where only one type can be meant, (a)::text and a are one.
 *   columns of one table      up to 15 a view's own query had OLD and NEW among its tables, so that
 *                             its columns were always qualified; from 16 on they are when there is
 *                             more than one table (commit 47bb9db759).
 */
#ifndef DBTWIN_MODEL_PGEXPR_H
#define DBTWIN_MODEL_PGEXPR_H

#include <dbtwin/model.h>

enum pgexpr_mode {
    PGEXPR_ALWAYS = 0,
    /* For a comparison of a version before 14 with a later one: EXTRACT, which was date_part and
     * double precision before, and is a numeric function of its own since (release notes of 14,
     * E.1.2; commit a2da77cdb4). Casts to these two types beside it are left aside, and in a
     * query those of numbers. */
    PGEXPR_EXTRACT = 1,
    /* As well: casts among dates and times that one syntax shows and the other does not, and in a
     * query all casts to EXTRACT's two types: a column may be another view's EXTRACT. Two texts
     * that are equal only so may be the same or not. */
    PGEXPR_PERHAPS = 2,
};

/* Gives text itself where nothing changes, else a text in the arena. O(length). */
const char *pgexpr_canon(const char *text, unsigned mode, struct arena *a);

#endif
