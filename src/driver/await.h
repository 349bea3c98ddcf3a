/*
 * await.h - a call that may block for as long as a stranger likes (a name server, a server that
 * accepts a connection and says nothing), in a thread of its own: a signal or a time limit ends the
 * wait for it, and what it still does then harms nobody.
 *
 * `ctx` belongs to the caller until await_run, and again after AWAIT_DONE. With every other answer
 * it belongs to the thread, which calls `drop` once `run` returns, if the process lives that long:
 * so nothing in it may be shared. Cost: a thread; a signal is heard within a tenth of a second.
 */
#ifndef DBTWIN_DRIVER_AWAIT_H
#define DBTWIN_DRIVER_AWAIT_H

#include <stdbool.h>

enum await_end { AWAIT_DONE, AWAIT_INTERRUPTED, AWAIT_LATE };

struct await_call {
    void (*run)(void *ctx);
    void (*drop)(void *ctx);
    void *ctx;
    unsigned seconds; /* 0 = no limit */
    bool whatever;    /* signals do not end the wait: for what follows one */
};

enum await_end await_run(const struct await_call *call);

#endif
