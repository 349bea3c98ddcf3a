/*
 * config_command.h - dbtwin config: looking at a config, and writing a first one. Only src/cli.
 */
#ifndef CLI_CONFIG_COMMAND_H
#define CLI_CONFIG_COMMAND_H

#include "cli.h"

/* config_check.c: reads the config (or FILE, which may be NULL) and says what each entry means. */
int config_check(struct cli *c, const char *file, struct err *err);
/* config_init.c: writes a config of two databases, from --prod and --staging or by asking. */
int config_init(struct cli *c, const char *file, struct err *err);

/* config_try.c: whether a place can be read, and what its server says. */
struct config_tried {
    struct server_facts facts;
    const char *mark; /* the role that dbtwin's mark says, or NULL */
};
bool config_try(const struct place *p, struct arena *a, struct config_tried *ret, struct err *err);
/* "PostgreSQL 15.20, database shop as reader", appended. */
void config_try_describe(const struct config_tried *t, struct buf *out);

#endif
