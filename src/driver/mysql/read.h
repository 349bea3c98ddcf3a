/*
 * read.h - reading the catalog of a MySQL or MariaDB database: what its steps share.
 *
 * my_introspect (introspect.c) runs the steps in order: the queries of sql/ fill the model
 * (read.c), SHOW CREATE gives what information_schema does not give byte for byte (show.c), texts
 * become one spelling for both flavors (fixup.c, text.c), and what is not modelled or not
 * readable becomes a gap (probe.c).
 *
 * Ids of objects in the loader: a letter for the class, a colon, and names; see enum of prefixes
 * in the .sql files: t table or view, s sequence, i index, k foreign key, p partition, g trigger,
 * f function, r procedure, c package, e event.
 *
 * Only src/driver/mysql may include this header.
 */
#ifndef DBTWIN_MYSQL_READ_H
#define DBTWIN_MYSQL_READ_H

#include "my.h"
#include "text.h"

struct my_read {
    struct my_session *s;
    struct model *m;
    struct arena arena; /* for texts that are needed until the end of introspection */
    unsigned n_tables;
    struct map exact; /* slots whose text needs no unescaping: see my_read_is_exact */
};

/* Runs the embedded query of that name, if any of it is for this server, into the model. */
bool my_read_query(struct my_read *r, const char *name, struct err *err);
/* Any SQL, as if it were the query `name`. */
bool my_read_sql(struct my_read *r, const char *name, const char *sql, struct err *err);
/* The object with a loader's id, or NULL. */
struct object *my_read_find(const struct my_read *r, const char *id);

/* Calls fn for each object of a kind, the model not yet frozen. */
typedef bool my_read_fn(struct my_read *r, struct object *o, struct err *err);
bool my_read_each(struct my_read *r, enum kind_id kind, my_read_fn *fn, struct err *err);

/* Bodies of routines, triggers, events and packages; the algorithm of views on MySQL. */
bool my_show(struct my_read *r, struct err *err);
/* Start values and the like of MariaDB's sequences. */
bool my_show_sequences(struct my_read *r, struct err *err);

/* What information_schema garbles or does not tell of a table, from SHOW CREATE TABLE (create.c):
 * whether the table may have any of it; taking it from the text (false: not understood); literal
 * defaults that not even that shows. */
bool my_create_wanted(const struct my_read *r, const struct object *table);
bool my_create_take(struct my_read *r, struct object *table, const char *text);
bool my_create_defaults(struct my_read *r, struct err *err);
/* REF_SYSTEM_ID of MariaDB's columns, which SHOW CREATE TABLE does not tell. */
bool my_create_srids(struct my_read *r, struct err *err);
bool my_read_is_exact(const struct my_read *r, const struct object *o, unsigned slot);

/* The places of keys in their tables (key_order.c). */
bool my_key_order(struct my_read *r, struct err *err);
/* One spelling; children of CREATE_OPTIONS; dependencies found in texts. */
bool my_fixup(struct my_read *r, struct err *err);

/* Gaps. */
bool my_probe(struct my_read *r, struct err *err);

#endif
