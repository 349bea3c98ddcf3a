#include "config_read.h"

#include "option_type.h"

#include <string.h>

/* databases: what a name stands for. */

/* A password that stands in the file itself, and not in the environment. */
static bool holds_password(const struct reading *r, const char *url)
{
    struct buf bare = BUF_INIT;
    for (const char *p = url; *p;) {
        const char *end = strncmp(p, "${", 2) == 0 ? strchr(p, '}') : NULL;
        if (!end)
            buf_addch(&bare, *p++);
        else
            p = end + 1;
    }
    char *hidden = arena_strdup(&r->c->arena, bare.data);
    err_redact(hidden);
    bool holds = strcmp(hidden, bare.data) != 0;
    buf_release(&bare);
    return holds;
}

static bool read_url(struct reading *r, const yaml_node_t *n, struct config_database *d,
                     struct err *err)
{
    if (!config_node_text(r, n, "url", &d->url, err))
        return false;
    d->url_written = d->url;
    r->file->has_password |= holds_password(r, d->url);
    return config_node_expand(r, n, &d->url, err);
}

static bool read_role(const struct reading *r, const yaml_node_t *n, struct config_database *d,
                      struct err *err)
{
    const char *role = NULL;
    if (!config_node_text(r, n, "role", &role, err))
        return false;
    if (strcmp(role, "production") == 0)
        d->role = DATABASE_ROLE_PRODUCTION;
    else if (strcmp(role, "staging") == 0)
        d->role = DATABASE_ROLE_STAGING;
    else
        return config_node_fail(r, n, err, "role is production or staging, not \"%s\"", role);
    return true;
}

/* ---- options ------------------------------------------------------------------------------- */

/* A value or a list of values, each as the option takes it on the command line. */
static bool read_option(const struct reading *r, const char *name, const yaml_node_t *k,
                        const yaml_node_t *v, const struct config_option ***tail, struct err *err)
{
    struct config_option o = {.row = options_find(name)};
    struct err why = ERR_INIT;
    if (!o.row || !(o.row->commands & CMD_CONFIG))
        return config_node_fail(r, k, err, "\"%s\" is not an option that is allowed here", name);
    if (v->type == YAML_SEQUENCE_NODE && option_type_of(o.row)->many) {
        yaml_node_item_t *end = v->data.sequence.items.top;
        for (yaml_node_item_t *i = v->data.sequence.items.start; i < end; i++)
            if (!read_option(r, name, k, config_node_at(r, *i), tail, err))
                return false;
        return true;
    }
    if (!config_node_text(r, v, name, &o.value, err))
        return false;
    if (!options_accept(r->c, o.row, o.value, &why))
        return config_node_fail(r, v, err, "%s", why.msg);
    struct config_option *copy = arena_memdup(&r->c->arena, &o, sizeof(o));
    **tail = copy;
    *tail = &copy->next;
    return true;
}

/* The end of the list, where more is added. */
static const struct config_option **tail_of(struct config_database *d)
{
    const struct config_option **tail = &d->options;
    while (*tail)
        tail = (const struct config_option **)(uintptr_t) & (*tail)->next;
    return tail;
}

static bool read_one_option(struct reading *r, const yaml_node_t *k, const char *key,
                            const yaml_node_t *v, void *of, struct err *err)
{
    const struct config_option **tail = tail_of(of);
    return read_option(r, key, k, v, &tail, err);
}

/* What a target keeps: a short way to write three options. */
static bool read_keep(struct reading *r, const yaml_node_t *k, const char *key,
                      const yaml_node_t *v, void *of, struct err *err)
{
    static const char *const keys[] = {"tables", "grants", "sequences", NULL};
    static const char *const options[] = {"keep-table", "keep-grants", "keep-sequence"};
    const struct config_option **tail = tail_of(of);
    size_t i = 0;
    while (keys[i] && strcmp(keys[i], key) != 0)
        i++;
    return keys[i] ? read_option(r, options[i], k, v, &tail, err)
                   : config_node_unknown(r, k, key, "keep", keys, err);
}

static bool read_mapping(struct reading *r, const yaml_node_t *n, const char *what,
                         config_key_fn *read, struct config_database *d, struct err *err)
{
    return n->type == YAML_MAPPING_NODE ? config_node_keys(r, n, read, d, err)
                                        : config_node_fail(r, n, err, "%s", what);
}

/* ---- its keys ------------------------------------------------------------------------------ */

static const char *const database_keys[] = {
    "url",        "passwordcmd", "role",       "options", "databases", "keep",
    "create",     "neutralise",  "schema",     "table",   "kind",      "ignore",
    "partitions", "on_success",  "on_failure", "renames", NULL};

static bool read_key(struct reading *r, const yaml_node_t *k, const char *key, const yaml_node_t *v,
                     void *of, struct err *err)
{
    struct config_database *d = of;
    int found;
    if (strcmp(key, "url") == 0)
        return read_url(r, v, d, err);
    if (strcmp(key, "passwordcmd") == 0)
        return config_node_text(r, v, key, &d->passwordcmd, err);
    if (strcmp(key, "role") == 0)
        return read_role(r, v, d, err);
    if (strcmp(key, "options") == 0)
        return read_mapping(r, v, "\"options\" must be a mapping of option names to values",
                            read_one_option, d, err);
    if (strcmp(key, "neutralise") == 0)
        return config_neutral_read(r, v, &d->neutral, err);
    if (strcmp(key, "keep") == 0)
        return read_mapping(r, v, "\"keep\" must be a mapping of tables, grants, sequences",
                            read_keep, d, err);
    if (strcmp(key, "create") == 0 || strcmp(key, "databases") == 0) /* the options themselves */
        return read_one_option(r, k, key, v, d, err);
    if (strcmp(key, "on_success") == 0)
        return config_hooks_read(r, v, key, &d->hooks.success, err);
    if (strcmp(key, "on_failure") == 0)
        return config_hooks_read(r, v, key, &d->hooks.failure, err);
    if (strcmp(key, "renames") == 0)
        return config_compare_renames(r, v, d->name, err);
    if ((found = config_compare_patterns(r, key, v, d->name, err)))
        return found > 0;
    return config_node_unknown(r, k, key, "a database", database_keys, err);
}

/* Without what the environment replaces. */
struct overridden {
    struct config_database *d;
    const yaml_node_t *by; /* or NULL */
};

static bool read_own_key(struct reading *r, const yaml_node_t *k, const char *key,
                         const yaml_node_t *v, void *of, struct err *err)
{
    const struct overridden *o = of;
    return (o->by && config_node_get(r->environment_file, o->by, key)) ||
           read_key(r, k, key, v, o->d, err);
}

static bool read_environment(struct reading *r, const yaml_node_t *by, struct config_database *d,
                             struct err *err)
{
    struct config_file *file = r->file;
    r->file = r->environment_file;
    bool ok = by->type == YAML_MAPPING_NODE
                  ? config_node_keys(r, by, read_key, d, err)
                  : config_node_fail(r, by, err, "database \"%s\" must be a mapping", d->name);
    if (ok)
        r->file = file;
    return ok;
}

/*
 * An environment never takes production's protection away: not by another role, and where it gives
 * another URL, the former one stays protected, unless this machine lacks the variables in it.
 */
static bool keep_production(struct reading *r, const char *name, const yaml_node_t *n,
                            const yaml_node_t *by, struct err *err)
{
    const yaml_node_t *role = config_node_get(r->file, n, "role");
    const yaml_node_t *other = config_node_get(r->environment_file, by, "role");
    struct config_database former = {.name = name};
    struct err why = ERR_INIT;
    if (!role || role->type != YAML_SCALAR_NODE ||
        strcmp((const char *)role->data.scalar.value, "production") != 0)
        return true;
    if (other && (other->type != YAML_SCALAR_NODE ||
                  strcmp((const char *)other->data.scalar.value, "production") != 0)) {
        struct reading there = *r;
        there.file = r->environment_file;
        return config_node_fail(&there, other, err,
                                "an environment cannot take role: production from \"%s\"", name);
    }
    const yaml_node_t *url = config_node_get(r->file, n, "url");
    const yaml_node_t *command = config_node_get(r->file, n, "passwordcmd");
    if (!url || !config_node_get(r->environment_file, by, "url"))
        return true;
    former.role = DATABASE_ROLE_PRODUCTION;
    if (!read_url(r, url, &former, &why) ||
        (command && !config_node_text(r, command, "passwordcmd", &former.passwordcmd, &why)))
        log_debug("%s: its URL without the environment is not known here: %s", name, why.msg);
    else
        VEC_PUSH(&r->config->former, struct config_database, former);
    return true;
}

static bool finish(struct reading *r, const yaml_node_t *n, const struct config_database *d,
                   struct err *err)
{
    if (!d->url)
        return config_node_fail(r, n, err, "database \"%s\" has no url", d->name);
    VEC_PUSH(&r->config->databases, struct config_database, *d);
    return true;
}

static bool read_database(struct reading *r, const yaml_node_t *k, const char *name,
                          const yaml_node_t *n, void *of, struct err *err)
{
    struct config_database d = {.name = name, .place = config_node_place(r, k)};
    struct overridden o = {&d, config_env_database(r, name)};
    (void)of;
    if (n->type != YAML_MAPPING_NODE)
        return config_node_fail(r, n, err, "database \"%s\" must be a mapping with a url", name);
    return config_node_once(r, k, arena_printf(&r->c->arena, "databases/%s", name), err) &&
           (!o.by || keep_production(r, name, n, o.by, err)) &&
           config_node_keys(r, n, read_own_key, &o, err) &&
           (!o.by || read_environment(r, o.by, &d, err)) && finish(r, n, &d, err);
}

bool config_database_read_all(struct reading *r, const yaml_node_t *n, struct err *err)
{
    if (n->type != YAML_MAPPING_NODE)
        return config_node_fail(r, n, err, "\"databases\" must be a mapping of names");
    return config_node_keys(r, n, read_database, NULL, err);
}

static bool read_new(struct reading *r, const yaml_node_t *k, const char *name,
                     const yaml_node_t *n, void *of, struct err *err)
{
    struct config_database d = {.name = name, .place = config_node_place(r, k)};
    (void)of;
    if (config_find(r->config, name))
        return true;
    if (n->type != YAML_MAPPING_NODE)
        return config_node_fail(r, n, err, "database \"%s\" must be a mapping with a url", name);
    return config_node_keys(r, n, read_key, &d, err) && finish(r, n, &d, err);
}

bool config_database_read_new(struct reading *r, struct err *err)
{
    const yaml_node_t *n = config_node_get(r->environment_file, r->environment, "databases");
    r->file = r->environment_file;
    if (n && n->type != YAML_MAPPING_NODE)
        return config_node_fail(r, n, err, "\"databases\" must be a mapping of names");
    return !n || config_node_keys(r, n, read_new, NULL, err);
}
