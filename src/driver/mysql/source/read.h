/*
 * read.h - reading the catalog of a MySQL or MariaDB database: what its steps share.
 *
 * my_introspect (introspect.c) runs the steps in order: the queries of sql/ fill the model
 * (read.c), SHOW CREATE TABLE of every table gives columns where they are plain, keys, constraints
 * and options and is kept for the round-trip guard (fetch.c, column.c, create.c, table_options.c,
 * literal.c), SHOW CREATE gives bodies byte for byte (show.c), texts become one spelling for both
 * flavors (references.c, text.c), and what is not modelled or not readable becomes a gap (probe.c).
 * Tables and bodies are read by a pool of connections (reader_pool.c).
 *
 * Ids of objects in the loader: a letter for the class, a colon, and names; see enum of prefixes
 * in the .sql files: t table or view, s sequence, i index, k foreign key, p partition, g trigger,
 * f function, r procedure, c package, e event, v foreign server.
 *
 * Only src/driver/mysql may include this header.
 */
#ifndef DBTWIN_MYSQL_READ_H
#define DBTWIN_MYSQL_READ_H

#include "reader_pool.h"
#include "../connection/my.h"
#include "../connection/text.h"

/* The lock is on all the rest: who reads on a connection of its own takes it for what goes into
 * the model. */
struct my_read {
    struct my_session *s;
    struct model *m;
    struct my_reader_pool *pool;
    size_t n_tables; /* sequences with them */
    pthread_mutex_t lock;
    struct arena arena; /* for texts that are needed until the end of introspection */
    struct map exact;   /* slots whose text needs no unescaping: see my_read_is_exact */
    struct map shown;   /* table → its SHOW CREATE TABLE, see create.c */
};

/* Runs the embedded query of that name, if any of it is for this server, into the model. */
bool my_read_query(struct my_read *r, const char *name, struct err *err);
/*
 * The same in two steps, on any session, for a query of tables: the rows of so many names, one at
 * least, wait in *ret, then go into the model, which is to be locked for that.
 */
bool my_read_some(struct my_read *r, struct my_session *s, const char *name,
                  const char *const *names, size_t n, MYSQL_RES **ret, struct err *err);
bool my_read_load(struct my_read *r, const char *name, MYSQL_RES *res, struct err *err);
/* my_read_query, but each row goes to fn, which must not use the session. */
bool my_read_rows(struct my_read *r, const char *name, row_fn *fn, void *ctx, struct err *err);
/* Any SQL, as if it were the query `name`. */
bool my_read_sql(struct my_read *r, const char *name, const char *sql, struct err *err);
/* The object with a loader's id, or NULL. */
struct object *my_read_find(const struct my_read *r, const char *id);

/* Calls fn for each object of a kind, the model not yet frozen. */
typedef bool my_read_fn(struct my_read *r, struct object *o, struct err *err);
bool my_read_each(struct my_read *r, enum kind_id kind, my_read_fn *fn, struct err *err);

/*
 * SHOW CREATE, many in one round trip. Calls fn for each of the names, in order: with the text of
 * that column of the result; with NULL and why (or why NULL too: not shown to this account).
 * Switches the session to several statements a round trip. False when the connection is lost.
 */
typedef void my_show_fn(void *ctx, size_t i, const char *text, const char *why);
bool my_show_batch(struct my_session *s, const char *statement, unsigned column,
                   const char *const *names, size_t n, my_show_fn *fn, void *ctx, struct err *err);
/* What of o (a comma-separated list of properties) stays unknown, and why, becomes a gap. `grant`
 * would help ("": none would); %s in it is the database, %s.%o at its end the object. */
void my_show_unknown(struct my_read *r, struct object *o, const char *unknown, const char *why,
                     const char *grant);
/* Bodies of routines, triggers, events and packages; the algorithm of views on MySQL. */
bool my_show(struct my_read *r, struct err *err);
/* Start values and the like of MariaDB's sequences. */
bool my_show_sequences(struct my_read *r, struct err *err);

/*
 * Every table (fetch.c): what the catalog tells of it and of its columns, and SHOW CREATE TABLE,
 * which is the truth. In shares, so that the server has open what it is asked for again, by the
 * pool while the caller asks other things on its own session: start lists the tables and begins;
 * finish waits, helping.
 */
struct my_fetch;
bool my_fetch_start(struct my_read *r, struct my_fetch **ret, struct err *err);
bool my_fetch_finish(struct my_read *r, struct my_fetch *f, struct err *err);

/* Takes a table's keys, constraints, options and what else only SHOW CREATE TABLE tells from its
 * text (create.c); false: not understood. */
bool my_create_take(struct my_read *r, struct object *table, const char *text);
bool my_read_is_exact(const struct my_read *r, const struct object *o, unsigned slot);

/* Literal defaults that not even SHOW CREATE TABLE shows, REF_SYSTEM_ID of MariaDB's columns. */
bool my_literal_defaults(struct my_read *r, struct err *err);
bool my_literal_srids(struct my_read *r, struct err *err);

/* One spelling; dependencies found in texts. */
bool my_references(struct my_read *r, struct err *err);

/* What of the server the database needs: accounts and grants, foreign servers, functions from
 * libraries, plugins (account.c). Last but for the gaps: definers and parsers must be known. */
bool my_accounts(struct my_read *r, struct err *err);

/* Gaps. */
bool my_probe(struct my_read *r, struct err *err);

#endif
