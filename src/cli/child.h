/*
 * child.h - a program that is run and waited for: it gets a text, what it says is bounded to a
 * first line each, and it ends in time. Only src/cli.
 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <dbtwin/err.h>

#include <sys/types.h>

struct child_options {
    const char *program;     /* a path, or a name that PATH finds */
    const char *const *argv; /* NULL-terminated */
    struct slice input;      /* up to CHILD_INPUT_MAX bytes; none: its standard input is empty */
    unsigned seconds;        /* then it is killed */
    unsigned line_max;       /* of a first line */
    bool own_group;          /* it is killed with what it started, and has no terminal */
    bool deaf;               /* an interrupt that came before it began does not end it */
};
enum { CHILD_INPUT_MAX = 32768 };

/* The first line that it wrote; the rest is read and forgotten. */
struct child_line {
    int fd; /* -1: at its end */
    struct buf text;
    bool whole, too_long;
};

enum child_end { CHILD_ENDED, CHILD_NOT_STARTED, CHILD_TOO_LONG, CHILD_INTERRUPTED };

struct child {
    unsigned line_max;
    pid_t pid;
    bool own_group, ended;
    int status; /* of waitpid */
    int code;   /* errno of CHILD_NOT_STARTED */
    struct child_line out, err;
};

/* Whatever comes of it, the child is released by child_release, which wipes what it said. */
enum child_end child_run(struct child *ret, const struct child_options *o);
void child_release(struct child *c);

#endif
