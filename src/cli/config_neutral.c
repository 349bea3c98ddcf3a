#include "config_read.h"

#include <string.h>

/* neutralise: what must not act on the world. */

static bool read_rule(struct reading *r, const yaml_node_t *k, const char *name,
                      const yaml_node_t *v, void *of, struct err *err)
{
    struct config_neutral *ret = of;
    const char *value = NULL;
    int i = 0;
    if (!config_node_text(r, v, name, &value, err))
        return false;
    while (i < NEUTRAL_COUNT && strcmp(neutral_rules[i].name, name) != 0)
        i++;
    if (i == NEUTRAL_COUNT)
        return config_node_fail(r, k, err, "\"%s\" is not a rule of neutralise", name);
    bool off = strcmp(value, "false") == 0;
    if (!off && strcmp(value, "true") != 0)
        return config_node_fail(r, v, err, "%s is true or false, not \"%s\"", name, value);
    if (off && neutral_rules[i].fixed)
        return config_node_fail(r, v, err,
                                "%s cannot be false: %s. Create what is needed in after:", name,
                                neutral_rules[i].help);
    ret->said |= 1u << i;
    ret->acting |= off ? 1u << i : 0;
    return true;
}

bool config_neutral_read(struct reading *r, const yaml_node_t *n, struct config_neutral *ret,
                         struct err *err)
{
    if (n->type != YAML_MAPPING_NODE)
        return config_node_fail(r, n, err,
                                "\"neutralise\" must be a mapping of rules to true or false");
    return config_node_keys(r, n, read_rule, ret, err);
}
