/*
 * catalog.h - the catalog's queries, run on one or two sessions that see one snapshot.
 *
 * Each query goes out as COPY (...) TO STDOUT, several in one message: libpq then gives a row as
 * one text (row by row, its results cost more than all that is done with them), and the number of
 * round trips depends on neither the number of objects nor that of the queries' rows: what is read
 * in ranges (introspect.c) is more statements where there is more of it, and the messages become
 * longer, not more than some twenty. The sessions'
 * servers work while rows are taken; what they send before its time has come waits in memory, up to
 * some megabytes, then in the socket. One thread.
 *
 * Rows are taken in an order in which objects are there before they are needed: the statements'
 * own order, which is that of the embedded files. Only the model decides what order its objects
 * have, so that it is the same whichever session is faster.
 *
 * Included by introspect.c, catalog.c and probe.c only.
 */
#ifndef DBTWIN_DRIVER_CATALOG_H
#define DBTWIN_DRIVER_CATALOG_H

#include "../../query.h"
#include "../connection/pg.h"

enum catalog_flag {
    CATALOG_APART = 1, /* nothing but the CATALOG_LAST ones needs its objects */
    CATALOG_LAST = 2,  /* needs those as well */
    CATALOG_ALONE = 4  /* worth a session for itself */
};

enum catalog_state { CATALOG_WAITING, CATALOG_SENT, CATALOG_DONE };

struct catalog_statement {
    const char *name; /* of the query; not copied */
    const char *text; /* by catalog_add */
    unsigned flags;
    row_fn *fn; /* who takes the rows, with ctx; NULL: the loader */
    void *ctx;
    /* private */
    enum catalog_state state;
    struct query_load load;
    bool named; /* the first line was read */
    uint64_t rows;
    double from, to; /* seconds: its first row was there; its last one was taken */
};

struct catalog {
    struct session *sessions[2]; /* the second may be NULL */
    struct model *model;
    struct vec statements; /* struct catalog_statement */
    struct arena arena;
    bool gone;      /* see query_load */
    double waiting; /* seconds in which there was nothing to take */
};

void catalog_init(struct catalog *c, struct session *s, struct model *m);
/* The text of an embedded query. */
const char *catalog_text(const char *name);
/* `sql` is one SELECT; before and after are statements around it, or "". */
struct catalog_statement *catalog_add(struct catalog *c, const char *name, const char *before,
                                      const char *sql, const char *after);
/* Afterwards both sessions are idle, whatever came of it. */
bool catalog_run(struct catalog *c, struct err *err);
void catalog_release(struct catalog *c);

/* ---- the coverage probe (probe.c) ------------------------------------------------------- */

/* Rows of the query "probe": how many rows each catalog has, and which kinds model them. */
struct pg_probe {
    struct vec counted; /* struct counted */
    struct arena arena;
};
bool pg_probe_row(void *probe, unsigned n, const char *const *values, const size_t *lengths,
                  struct err *err);
/* What the model holds less of: model_gap()s. Once all objects are there. */
bool pg_probe_judge(const struct pg_probe *p, struct model *m, struct err *err);
/* Whether the texts that the server gave fit its snapshot: after all else (moved.sql). */
bool pg_probe_moved(struct session *s, struct err *err);
void pg_probe_init(struct pg_probe *p);
void pg_probe_release(struct pg_probe *p);

#endif
