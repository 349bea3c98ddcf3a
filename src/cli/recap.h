/*
 * recap.h - what a copy took, as a small table: phases, rates, slowest tables. Only src/cli.
 */
#ifndef CLI_RECAP_H
#define CLI_RECAP_H

#include <dbtwin/sync.h>

/* Appends lines for people, each with a newline. */
void recap_write(const struct sync_result *r, struct buf *out);

#endif
