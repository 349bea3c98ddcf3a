/*
 * script.h - an SQL script, statement by statement, as psql or the mysql client would send it.
 * Only src/cli includes this.
 */
#ifndef CLI_SCRIPT_H
#define CLI_SCRIPT_H

#include <dbtwin/base.h>
#include <dbtwin/err.h>

struct script_client;
struct script {
    const char *p; /* what is left of the text */
    unsigned flavor, line;
    const struct script_client *client;
    char delimiter[16];
};
void script_begin(struct script *s, const char *text, unsigned flavor);
/* 1 and a statement, which begins at *ret_line; 0 at the end; -1: ERR_USAGE, what only a client
 * could do, or what would reach beyond the database. */
int script_next(struct script *s, struct slice *ret, unsigned *ret_line, struct err *err);

#endif
