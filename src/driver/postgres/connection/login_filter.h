/*
 * login_filter.h - the messages of a server that is logged in to, looked at before libpq reads
 * them. Only login.c uses it.
 */
#ifndef DBTWIN_DRIVER_PG_LOGIN_FILTER_H
#define DBTWIN_DRIVER_PG_LOGIN_FILTER_H

#include <libpq-fe.h>

#include <stdbool.h>
#include <stddef.h>

struct login_filter {
    bool on;
    int server, ours; /* the connection; our end of what libpq has instead */
    bool one_byte;    /* the next answer has no message's form */
    bool done;        /* the server has let libpq in */
    size_t have;
    unsigned char message[32768]; /* libpq takes no more than 30000 of an error at login */
};

enum filtered {
    FILTERED_WAIT,
    FILTERED_READY,    /* PQconnectPoll is to be called */
    FILTERED_PASSWORD, /* the server asks for the bare password */
    FILTERED_STRANGE,  /* it does not speak the protocol */
    FILTERED_FAILED,   /* the operating system refused something */
};

/* Whether the connection was just made, over TCP, and nothing is encrypted yet. */
bool pg_filter_wanted(PGconn *conn);
bool pg_filter_begin(struct login_filter *f, PGconn *conn);
/* Instead of waiting for the socket: `reading` if that is what PQconnectPoll wants. It may end the
 * filter. */
enum filtered pg_filter_run(struct login_filter *f, PGconn *conn, bool reading);
void pg_filter_drop(struct login_filter *f);

#endif
