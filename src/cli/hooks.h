/*
 * hooks.h - what the config runs, or posts to, when a command has ended (dbtwin.conf(5), HOOKS).
 * Only src/cli.
 */
#ifndef CLI_HOOKS_H
#define CLI_HOOKS_H

#include "cli.h"

/* `code` is the run's exit code, which hooks do not change: what goes wrong with one is a warning.
 * err says why a run failed, if it did. */
void hooks_run(struct cli *c, int code, const struct err *err, double seconds);

#endif
