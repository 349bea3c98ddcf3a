/*
 * progress_view.h - how a run's progress looks: one line, some lines of a terminal, or JSON. Only
 * progress.c includes this, and a test.
 */
#ifndef CLI_PROGRESS_VIEW_H
#define CLI_PROGRESS_VIEW_H

#include <dbtwin/sync.h>

struct json;

enum { PROGRESS_TABLES = 2 }; /* that get a line of their own */

struct progress_view {
    const struct sync_progress *p;
    double gone;      /* seconds since the run began */
    double data_gone; /* since its rows began to move; negative: they did not yet */
    unsigned width;   /* of the terminal, in characters */
    unsigned height;  /* of the terminal, in lines */
    bool ascii;
};

void progress_view_line(const struct progress_view *v, struct buf *out);
/* Lines with newlines between them, none wider than the terminal is; returns how many. */
unsigned progress_view_lines(const struct progress_view *v, struct buf *out);
/* dbtwin-concepts(7), PROGRESS. All members are always there. */
struct json *progress_view_json(const struct progress_view *v);

#endif
