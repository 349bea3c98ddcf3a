#include "config_read.h"

#include <string.h>

/* What is compared, and what is no drift: patterns, and names that differ on purpose. */

static const struct {
    const char *key;
    enum select_sort sort;
} pattern_keys[] = {
    {"ignore", SELECT_IGNORE}, {"kind", SELECT_KIND},   {"partitions", SELECT_PARTITION},
    {"schema", SELECT_SCHEMA}, {"table", SELECT_TABLE},
};

static bool read_pattern(struct reading *r, const yaml_node_t *n, size_t key, const char *database,
                         struct err *err)
{
    struct config_pattern p = {.sort = pattern_keys[key].sort, .database = database};
    struct selection scratch;
    struct err why = ERR_INIT;
    if (!config_node_text(r, n, pattern_keys[key].key, &p.text, err))
        return false;
    select_init(&scratch);
    bool ok = select_add(&scratch, p.sort, p.text, &why);
    select_release(&scratch);
    if (!ok) {
        config_node_fail(r, n, err, "%s", why.msg);
        return why.hint[0] ? err_hint(err, "%s", why.hint) : false;
    }
    VEC_PUSH(&r->config->patterns, struct config_pattern, p);
    return true;
}

int config_compare_patterns(struct reading *r, const char *key, const yaml_node_t *n,
                            const char *database, struct err *err)
{
    size_t i = 0;
    while (i < ARRAY_LEN(pattern_keys) && strcmp(pattern_keys[i].key, key) != 0)
        i++;
    if (i == ARRAY_LEN(pattern_keys))
        return 0;
    if (n->type != YAML_SEQUENCE_NODE)
        return read_pattern(r, n, i, database, err) ? 1 : -1;
    yaml_node_item_t *end = n->data.sequence.items.top;
    for (yaml_node_item_t *item = n->data.sequence.items.start; item < end; item++)
        if (!read_pattern(r, config_node_at(r, *item), i, database, err))
            return -1;
    return 1;
}

bool config_compare_renames(struct reading *r, const yaml_node_t *n, const char *database,
                            struct err *err)
{
    struct config_rename rename = {.database = database};
    if (n->type == YAML_SEQUENCE_NODE) {
        yaml_node_item_t *end = n->data.sequence.items.top;
        for (yaml_node_item_t *i = n->data.sequence.items.start; i < end; i++)
            if (!config_compare_renames(r, config_node_at(r, *i), database, err))
                return false;
        return true;
    }
    if (!config_node_text(r, n, "renames", &rename.text, err))
        return false;
    const char *equals = strchr(rename.text, '=');
    if (!equals || equals == rename.text || !equals[1])
        return config_node_fail(r, n, err, "a rename is OLD=NEW, not \"%s\"", rename.text);
    VEC_PUSH(&r->config->renames, struct config_rename, rename);
    return true;
}

static const char *const map_keys[] = {"schemas", "roles",      "tablespaces",
                                       "hosts",   "collations", NULL};

static bool read_name(struct reading *r, const yaml_node_t *k, const char *from,
                      const yaml_node_t *v, void *of, struct err *err)
{
    enum namemap_what what = *(const enum namemap_what *)of;
    const char *to = NULL;
    if (!config_node_text(r, v, from, &to, err))
        return false;
    if (!*from || !*to)
        return config_node_fail(r, k, err, "a name is empty");
    if (what == NAMEMAP_COLLATION && strcspn(from, "_") != strcspn(to, "_"))
        return config_node_fail(r, k, err, "%s and %s are of different character sets", from, to);
    if (namemap_add(&r->config->map, what, from, to))
        return true;
    return config_node_fail(r, k, err, "\"%s\" is mapped twice", from);
}

static bool read_map_key(struct reading *r, const yaml_node_t *k, const char *key,
                         const yaml_node_t *v, void *of, struct err *err)
{
    size_t i = 0;
    (void)of;
    while (map_keys[i] && strcmp(map_keys[i], key) != 0)
        i++;
    if (!map_keys[i])
        return config_node_unknown(r, k, key, "map", map_keys, err);
    if (v->type != YAML_MAPPING_NODE)
        return config_node_fail(r, v, err,
                                "this must be a mapping: production's name to staging's");
    enum namemap_what what = (enum namemap_what)i;
    return config_node_once(r, k, arena_printf(&r->c->arena, "map/%s", key), err) &&
           config_node_keys(r, v, read_name, &what, err);
}

bool config_compare_map(struct reading *r, const yaml_node_t *n, struct err *err)
{
    if (n->type != YAML_MAPPING_NODE)
        return config_node_fail(
            r, n, err,
            "\"map\" must be a mapping of schemas, roles, tablespaces, hosts, collations");
    return config_node_keys(r, n, read_map_key, NULL, err);
}
