/*
 * config_pgpass.h - adds a line to ~/.pgpass. Only src/cli.
 */
#ifndef CLI_CONFIG_PGPASS_H
#define CLI_CONFIG_PGPASS_H

#include "cli.h"

/* `password` as it stands in a URL. The file is created if need be; one that others may read, which
 * PostgreSQL would ignore, is an error. */
bool config_pgpass_add(struct cli *c, const struct driver_address *at,
                       const struct server_facts *facts, const char *password, struct err *err);

#endif
