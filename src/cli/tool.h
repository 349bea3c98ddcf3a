/*
 * tool.h - runs a program with a fixed list of arguments, never through a shell, and takes what it
 * writes. Only src/cli includes this.
 */
#ifndef CLI_TOOL_H
#define CLI_TOOL_H

#include <dbtwin/base.h>
#include <dbtwin/err.h>

struct tool {
    const char *const
        *argv;              /* NULL-terminated; the first is looked for in PATH unless it has a / */
    const char *const *env; /* NAME=value that go before the process's own; or NULL */
    struct slice in;        /* its standard input */
    size_t most;            /* bytes that it may write to standard output */
    double seconds;         /* that it may take; 0: any */
};
/* Runs it to its end. *ret_code: its exit status, or 128 and the signal's number. Appends to
 * ret_out what it wrote, to ret_said the first few KB of its standard error. False: it is not there
 * (ERR_USAGE), wrote too much, took too long, or a signal came; then it has been killed. */
bool tool_run(const struct tool *c, struct buf *ret_out, struct buf *ret_said, int *ret_code,
              struct err *err);
/* The first line of a text, without its end, for a message; in a. */
const char *tool_line(const struct buf *said, struct arena *a);

#endif
