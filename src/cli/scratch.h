/*
 * scratch.h - SQL as a side of a comparison: loaded into a database of its own, which is dropped
 * afterwards. Only src/cli includes this.
 */
#ifndef CLI_SCRATCH_H
#define CLI_SCRATCH_H

#include "cli.h"
#include "script.h"
#include "sqltext.h"
#include "throwaway.h"

#include <pthread.h>
#include <stdatomic.h>

/* Where scratch databases are made. */
struct scratch_server {
    struct place place;
    const struct throwaway *own; /* it is this one; NULL: it is the user's */
    /* MySQL, MariaDB: what a database, a session begins with there; NULL: as usual */
    const char *charset, *sql_mode;
    /* Of the next database; 0: any. On a server of our own the same each time, so that reports and
     * models are. */
    uint32_t number;
};
struct scratch {
    struct session *admin; /* on the server's own database */
    const struct driver *driver;
    const struct scratch_sql *sql;
    const char *name; /* of the scratch database, or NULL: there is none */
    const char *label;
};

/* Makes a database beside that of `server`, which is live and never production, and loads `text`
 * into it; *ret is where it is. Closed by scratch_close in any case. */
bool scratch_open(struct scratch *s, struct cli *c, const struct sqltext *text,
                  const struct scratch_server *server, struct place *ret, struct err *err);
void scratch_close(struct scratch *s);

/* scratch_load.c: carries out the texts in a database, and says what of them was skipped. */
struct scratch_loading {
    const struct endpoint *at;
    unsigned flavor;
    const struct throwaway *own; /* as in scratch_server */
    const struct sqltext *text;
    const char *sql_mode;  /* or NULL */
    int64_t seconds;       /* it may take */
    struct session *admin; /* beside the loading, to end what does not end otherwise */
    const char *name;      /* of the database */
};
/* ERR_RUNTIME with file and line where something fails, or the time is over. */
bool scratch_load(const struct scratch_loading *l, struct err *err);

/* scratch_limit.c: when the time of a loading is over, what its session does is ended, again and
 * again until scratch_limit_end, which is called in any case. The loading's admin session is this
 * one's in between. */
struct scratch_limit {
    const struct scratch_loading *loading;
    const struct driver *driver;
    struct session *session;
    double end;
    atomic_bool over;
    pthread_t thread;
    pthread_mutex_t lock; /* of stop */
    pthread_cond_t changed;
    bool started, stop;
};
bool scratch_limit_begin(struct scratch_limit *l, const struct scratch_loading *loading,
                         struct session *session, struct err *err);
void scratch_limit_end(struct scratch_limit *l);

/* scratch_sweep.c: SQL about a scratch database, by engine. Of a pair its name stands between. */
struct scratch_sql {
    unsigned flavors;
    const char *create[2], *lock[2], *mark[2];
    const char *sessions[2]; /* lists statements, each of which ends a session that is in it */
    const char *list;        /* those that killed runs left */
    const char *settings[3]; /* the server's own, which scripts are written for */
    const char *mode;        /* and before the one that the other side has, or NULL */
    const char *begin, *end; /* words that begin and end a transaction which holds DDL, or NULL */
    const char *commit, *rollback;
    const char
        *missing;       /* SQLSTATEs or numbers of errors: another file may bring what is missing */
    const char *denied; /* the account may not */
    const char *passable; /* a SET that fails so is left out */
    bool gives_rows;      /* statements of scripts may */
};
const struct scratch_sql *scratch_sql_of(unsigned flavor);
/* The lock of the run, before its database is made; the mark, after it; and what killed runs left
 * on the server is dropped, or named at debug level. */
bool scratch_lock(const struct scratch *s, struct arena *a, const char *name, struct err *err);
bool scratch_mark(const struct scratch *s, struct arena *a, struct err *err);
void scratch_sweep(const struct scratch *s, struct arena *a);

#endif
