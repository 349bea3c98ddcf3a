/*
 * create.h - SHOW CREATE TABLE in its parts: what the files that do so share.
 *
 * create.c walks the text: columns (what information_schema does not tell, or only garbled), keys,
 * checks, foreign keys and periods (all of them); table_options.c takes the options and partitions
 * behind them; literal.c asks for what not even this text shows.
 *
 * A struct create is a cursor within one item of the text: `p` to `end` is what is left, `tok` to
 * `fin` the last token. Copying it looks ahead.
 *
 * Only src/driver/mysql may include this header.
 */
#ifndef DBTWIN_MYSQL_CREATE_H
#define DBTWIN_MYSQL_CREATE_H

#include "read.h"

struct create {
    struct my_read *r;
    struct object *table;
    unsigned *keys; /* how many keys have come */
    const char *p, *end;
    const char *tok, *fin;
};

/* The next token that is not blank; false at the end, the token is empty then. */
bool my_create_next(struct create *s);
bool my_create_is(const struct create *s, const char *word); /* the token, whatever the case */
/* From p to end without blanks around it; the text of a quoted token (a string's escapes undone);
 * after an opening parenthesis its inside, the closing one is the last token then. In the reader's
 * arena. */
char *my_create_copy(struct create *s, const char *p, const char *end);
char *my_create_unquoted(struct create *s);
char *my_create_inside(struct create *s);
struct object *my_create_child(const struct object *parent, enum kind_id kind, const char *name);
/* A new child, all of whose slots are known and NULL. */
struct object *my_create_add(struct my_read *r, struct object *parent, enum kind_id kind,
                             const char *name);

/* Sets a slot to a text that is as the server keeps it: fixup undoes no escapes in it. */
void my_create_exact(struct my_read *r, struct object *o, unsigned slot, const char *text);
bool my_create_is_literal(const char *text);
/* Whether information_schema may have changed it: it writes 4-byte characters as question marks,
 * and MySQL's encodes expressions twice when they hold any character beyond ASCII. */
bool my_create_doubtful(const struct my_read *r, const char *text, bool expression);

/* The options and partitions behind the last parenthesis. */
void my_table_options_take(struct create *s);
/* Whether an option of that name (quoted or not) may hold a secret. */
bool my_table_options_is_secret(struct slice word);
/* False: there is certainly no such word in it. */
bool my_table_options_may_be_secret(const char *text);

#endif
