/*
 * recent.h - names of the schema that a person looked at last, so that a shell can complete them.
 * Only src/cli.
 *
 * Kept in $XDG_CACHE_HOME/dbtwin/paths (~/.cache), readable by its owner alone, and only where
 * somebody is at a terminal: cron and CI leave nothing behind.
 */
#ifndef CLI_RECENT_H
#define CLI_RECENT_H

#include "cli.h"

void recent_note(struct cli *c, const struct model *m);
/* Calls fn for each name: "public", "public.orders". */
typedef void recent_fn(void *ctx, bool schema, const char *path);
void recent_each(struct cli *c, recent_fn *fn, void *ctx);

#endif
