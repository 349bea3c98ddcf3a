/*
 * config_mask.h - the config's section mask: (dbtwin-mask(5)). Only config.c includes this.
 */
#ifndef CLI_CONFIG_MASK_H
#define CLI_CONFIG_MASK_H

#include <dbtwin/mask.h>

#include <yaml.h>

struct config_mask {
    bool given;
    struct mask_config rules;
    const char *key_file, *key_command;
};

/* Texts and rules live in `a`. */
bool config_mask_read(yaml_document_t *doc, const yaml_node_t *n, const char *file, struct arena *a,
                      struct config_mask *ret, struct err *err);
/* mask_key.c: the key, from its file, its command or DBTWIN_MASK_KEY. The caller frees it. */
struct cli;
bool mask_key_load(struct cli *c, const struct config_mask *m, struct mask_key **ret,
                   struct err *err);

#endif
