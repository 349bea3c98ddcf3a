/*
 * sides.h - what the words of a comparison stand for: live databases, files, and SQL, which is
 * loaded into scratch databases. Only src/cli includes this.
 */
#ifndef CLI_SIDES_H
#define CLI_SIDES_H

#include "scratch.h"

struct sides {
    struct place from, to; /* to: where the command takes two */
    struct scratch scratch[2];
    struct throwaway own; /* the server of --scratch auto */
};
/* The words of the command line. Sets c->script where one is SQL. Closed by sides_close in any
 * case, after the last use of the places. */
bool sides_find(struct sides *ret, struct cli *c, struct err *err);
void sides_close(struct sides *s);
/* What a comparison with SQL cannot say: owners, privileges, and what is the database's own. */
void sides_excuse(const struct cli *c, struct vec *list);

#endif
