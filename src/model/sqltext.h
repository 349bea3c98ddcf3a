/*
 * sqltext.h - the tokens of an SQL expression, as far as names need it. Included by the .c files
 * of this room only.
 *
 * String constants ('…', E'…' and $tag$…$tag$ on PostgreSQL, '…' and "…" with backslashes on
 * MySQL) and comments are skipped whole. PostgreSQL's constants of names, 'app.ids'::regclass, are
 * none of text: the server writes what the name is now.
 */
#ifndef DBTWIN_MODEL_SQLTEXT_H
#define DBTWIN_MODEL_SQLTEXT_H

#include <dbtwin/model.h>

struct sqltext_name {
    const char *text; /* without its quotes, in the arena */
    size_t len;       /* with them, in the SQL */
    bool quoted;
};

/* The identifier that the text begins with, or false. */
bool sqltext_name(const char *sql, unsigned flavor, struct arena *a, struct sqltext_name *ret);
/* Appends a name, in quotes unless it is a plain one in lower case. */
void sqltext_quote(const char *name, unsigned flavor, struct buf *out);

/* The length of '…', "…" or `…` at p, quotes doubled within it counted; 0 when it does not end. */
size_t sqltext_quoted(const char *p, bool backslashes);
/* The length of $tag$…$tag$ at p; 1 when it is only a dollar sign, 0 when it does not end. */
size_t sqltext_dollar(const char *p);

/*
 * Appends the text with schemas renamed: for each first name of "schema.name", the function says
 * what it becomes (NULL: it stays). True when something changed.
 */
typedef const char *sqltext_map_fn(void *ctx, const char *schema, const char *name);
bool sqltext_map_schemas(const char *sql, unsigned flavor, sqltext_map_fn *fn, void *ctx,
                         struct buf *out);

#endif
