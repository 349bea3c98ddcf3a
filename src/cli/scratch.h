/*
 * scratch.h - an SQL script, or a folder of them, as a side of a comparison: loaded into a database
 * of its own, which is dropped afterwards. Only src/cli includes this.
 */
#ifndef CLI_SCRATCH_H
#define CLI_SCRATCH_H

#include "cli.h"

struct scratch {
    struct session *admin; /* on the server's own database */
    const struct driver *driver;
    const struct scratch_sql *sql;
    const char *name; /* of the scratch database, or NULL: there is none */
    const char *label;
};

/* Whether the word is neither in the config nor a URL, but such a file or folder. */
bool scratch_is_script(struct cli *c, const char *word);
/* Makes a database beside that of `server`, which is live and never production, and loads `path`
 * into it; *ret is where it is. Closed by scratch_close in any case. */
bool scratch_open(struct scratch *s, struct cli *c, const char *path, const struct place *server,
                  struct place *ret, struct err *err);
void scratch_close(struct scratch *s);

/* scratch_sweep.c: SQL about a scratch database, by engine. Of a pair its name stands between. */
struct scratch_sql {
    unsigned flavors;
    const char *create[2], *lock[2], *mark[2];
    const char *list;     /* those that killed runs left */
    const char *settings; /* the server's own, which scripts are written for */
    const char *end;      /* of what a script began, or NULL */
    bool gives_rows;      /* statements of scripts may */
};
const struct scratch_sql *scratch_sql_of(unsigned flavor);
/* scratch_sweep.c. The lock of the run, before its database is made; the mark, after it; and what
 * killed runs left on the server is dropped, or named at debug level. */
bool scratch_lock(const struct scratch *s, struct arena *a, const char *name, struct err *err);
bool scratch_mark(const struct scratch *s, struct arena *a, struct err *err);
void scratch_sweep(const struct scratch *s, struct arena *a);

#endif
