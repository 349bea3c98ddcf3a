/*
 * config_rows.h - rows: and references: of the config (dbtwin.conf(5)). Only src/cli.
 */
#ifndef CLI_CONFIG_ROWS_H
#define CLI_CONFIG_ROWS_H

#include "config_yaml.h"

#include <dbtwin/subset.h>

void config_rows_init(struct subset_config *ret, const char *file);
void config_rows_release(struct subset_config *c);
/* ERR_USAGE with file, line and column. Texts live in a. */
bool config_rows_read(yaml_document_t *doc, const yaml_node_t *n, struct arena *a,
                      struct subset_config *ret, struct err *err);
bool config_rows_references(yaml_document_t *doc, const yaml_node_t *n, struct arena *a,
                            struct subset_config *ret, struct err *err);

#endif
