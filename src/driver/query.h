/*
 * query.h - the catalog queries of an engine: guards, and the way into the loader.
 *
 * A line that ends in a guard, "--@ pg >= 170000", is kept only where the guard holds; all other
 * lines are kept as they are. A guard is terms joined by "and"; a term is a flavor word with or
 * without a version ("mysql", "mariadb >= 100600", "pg < 150000"; operators < <= = >= >), or a word
 * that the driver says is true ("secrets"). A line that is nothing but a guard is about the whole
 * query. A query of which nothing but comments is left is not run. So that a file runs in psql or
 * mysql as it stands, a line that only old versions need stands where doubling a column does no
 * harm, or in a comment that is itself guarded.
 *
 * Only src/driver may include this.
 */
#ifndef DBTWIN_DRIVER_QUERY_H
#define DBTWIN_DRIVER_QUERY_H

#include <dbtwin/driver.h>
#include <dbtwin/model.h>

#include "sql.h"

struct query_facts {
    unsigned flavor;          /* ENGINE_PG, ENGINE_MY or ENGINE_MA */
    unsigned version;         /* 150020, 101119 */
    const char *const *words; /* further words that hold, NULL-terminated; may be NULL */
};

/* Appends the lines that hold. ERR_RUNTIME names the line of a guard that cannot be read. */
bool query_filter(const char *text, const struct query_facts *f, struct buf *ret, struct err *err);
/* Nothing but blanks and "--" comments. */
bool query_is_empty(const char *text);

/*
 * From result to loader. The driver calls query_columns once with the result's column names, then
 * query_row for each row (a row_fn, its ctx the query_load), then query_done.
 */
struct query_load {
    struct model *model;
    const char *name; /* of the query: the file's */
    /* Rows whose parent, or object where they name none, is not in the model are left out: what
     * belongs to an extension, or to the system, is recognised by its parent alone. */
    bool loose;
    bool gone; /* out: a value was "\001", by which a query says that the server gave no text for
                * an object that was there when the query began: concurrent DDL; or a type's name
                * was "???", by which PostgreSQL says the same */
    /* private */
    struct loader *loader;
    int parent, id; /* columns; -1 = none */
    bool makes;     /* there is a _name */
    uint64_t types; /* columns that hold a type's name, as bits */
    char known[24]; /* the last id that was found in the model */
    size_t known_len;
};
bool query_columns(struct query_load *q, unsigned n, const char *const *names, struct err *err);
bool query_row(void *load, unsigned n, const char *const *values, const size_t *lengths,
               struct err *err);
void query_done(struct query_load *q);

/* A row_fn that counts what it hands on. */
struct row_count {
    row_fn *fn;
    void *ctx;
    uint32_t n;
};
bool row_count_add(void *count, unsigned n, const char *const *values, const size_t *lengths,
                   struct err *err);

#endif
