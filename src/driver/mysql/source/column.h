/*
 * column.h - the columns of a table from its SHOW CREATE TABLE alone.
 *
 * information_schema.COLUMNS costs a server as much as half of all else that is read of tables, and
 * most tables have nothing in it that their own text does not tell. So columns are taken from the
 * text where every one of them is plain: of an old type, with literals and clauses that mean the
 * same in both places, character for character. One that is not sends its table to the catalog.
 * What is plain is a short list, and what is not in it is not plain: never is anything guessed.
 *
 * Only src/driver/mysql may include this header.
 */
#ifndef DBTWIN_MYSQL_COLUMN_H
#define DBTWIN_MYSQL_COLUMN_H

#include "read.h"

/* Texts in the arena given; NULL where there is none. */
struct my_column {
    const char *name, *type, *value, *on_update, *comment;
    const char *charset, *collation; /* where they are not the table's */
    bool is_text, not_null, auto_increment;
};

/* Appends struct my_column to ret. False: not plain. Needs no lock. */
bool my_column_parse(struct arena *a, unsigned flavor, const char *text, struct vec *ret);
/* Into the model. */
void my_column_take(struct my_read *r, struct object *table, const struct vec *columns);

#endif
