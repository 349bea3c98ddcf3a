/*
 * reading.h - the display while schemas are read. Only src/cli.
 */
#ifndef CLI_READING_H
#define CLI_READING_H

#include "cli.h"

/* Until reading_stop it must not move. */
struct reading_display {
    struct sync_progress base; /* first */
    struct source_progress sides[2];
    bool bytes[2]; /* the side is a file, whose parts are bytes */
    int n_sides;
    struct progress *display;
};

/* Sets the places' options; the second may be NULL. */
void reading_start(struct reading_display *r, const struct cli *c, struct place *a,
                   struct place *b);
void reading_stop(struct reading_display *r);

#endif
