/*
 * ask.h - source_ops.ask: the questions of a copy that has not begun, one query for each topic.
 *
 * The queries (in sql/preflight/) have the columns name, value and more, and the guards of
 * query.h with the words "source" and "target". What a server refuses to answer becomes an answer
 * that says so: one missing right must not hide what else there is to tell.
 *
 * Only src/driver may include this.
 */
#ifndef DBTWIN_DRIVER_ASK_H
#define DBTWIN_DRIVER_ASK_H

#include <dbtwin/driver.h>

#include "sql.h"

struct asking {
    const struct sql_file *files;
    unsigned flavor, version;
    enum driver_role side;
    const char *topic; /* or NULL: all */
    struct arena *a;
    struct vec *ret; /* struct answer */
    bool (*rows)(struct session *s, const char *sql, row_fn *fn, void *ctx, struct err *err);
};

/* Runs the queries on s, which is in no transaction. */
bool ask_queries(struct session *s, const struct asking *q, struct err *err);
/* An answer that the driver found otherwise; value and more are copied. */
void ask_add(const struct asking *q, const char *topic, const char *name, const char *value,
             const char *more);
bool ask_wants(const struct asking *q, const char *topic);
/*
 * Free bytes of the file system that holds a server's data, as the fact free_bytes: by statvfs,
 * so only where the server is known to run on this machine, and its folder can be seen from here.
 * In `more` the folder.
 */
void ask_free_bytes(const struct asking *q, const char *folder);

#endif
