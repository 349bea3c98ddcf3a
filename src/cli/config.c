#include "config_read.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_baseline(struct reading *r, const yaml_node_t *n, struct err *err)
{
    const char *path = NULL;
    if (!config_node_text(r, n, "baseline", &path, err))
        return false;
    if (!*path)
        return config_node_fail(r, n, err, "\"baseline\" names no file");
    r->config->baseline = config_file_beside(r, path);
    return true;
}

static bool read_mask(struct reading *r, const yaml_node_t *n, struct err *err)
{
    return config_mask_read(&r->file->doc, n, r->file->path, &r->c->arena, &r->config->mask, err);
}

static bool read_rows(struct reading *r, const yaml_node_t *n, struct err *err)
{
    r->config->rows.file = r->file->path;
    return config_rows_read(&r->file->doc, n, &r->c->arena, &r->config->rows, err);
}

static bool read_references(struct reading *r, const yaml_node_t *n, struct err *err)
{
    return config_rows_references(&r->file->doc, n, &r->c->arena, &r->config->rows, err);
}

static bool read_neutral(struct reading *r, const yaml_node_t *n, struct err *err)
{
    return config_neutral_read(r, n, &r->config->neutral, err);
}

static bool read_success(struct reading *r, const yaml_node_t *n, struct err *err)
{
    return config_hooks_read(r, n, "on_success", &r->config->hooks.success, err);
}

static bool read_failure(struct reading *r, const yaml_node_t *n, struct err *err)
{
    return config_hooks_read(r, n, "on_failure", &r->config->hooks.failure, err);
}

static bool read_renames(struct reading *r, const yaml_node_t *n, struct err *err)
{
    return config_compare_renames(r, n, NULL, err);
}

static bool read_nothing(struct reading *r, const yaml_node_t *n, struct err *err)
{
    (void)r, (void)n, (void)err; /* read before all others */
    return true;
}

/* The keys of the file, beside the patterns. */
static const struct {
    const char *key;
    bool (*read)(struct reading *r, const yaml_node_t *n, struct err *err);
    bool once;  /* in all files */
    bool outer; /* not below an environment */
} keys[] = {
    {"databases", config_database_read_all, false, false},
    {"map", config_compare_map, false, false},
    {"renames", read_renames, false, false},
    {"baseline", read_baseline, true, false},
    {"neutralise", read_neutral, true, false},
    {"mask", read_mask, true, false},
    {"rows", read_rows, true, false},
    {"references", read_references, true, false},
    {"on_success", read_success, true, false},
    {"on_failure", read_failure, true, false},
    {"environments", read_nothing, false, true},
    {"include", read_nothing, false, true},
};

static bool unknown(const struct reading *r, const yaml_node_t *k, const char *key, bool inner,
                    struct err *err)
{
    static const char *const patterns[] = {"schema", "table", "kind", "ignore", "partitions", NULL};
    const char *known[ARRAY_LEN(keys) + ARRAY_LEN(patterns)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!inner || !keys[i].outer)
            known[n++] = keys[i].key;
    memcpy(known + n, patterns, sizeof(patterns));
    return config_node_unknown(r, k, key, inner ? "an environment" : "the file", known, err);
}

static bool read_known(struct reading *r, const yaml_node_t *k, const char *key,
                       const yaml_node_t *v, bool inner, struct err *err)
{
    int found;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (strcmp(keys[i].key, key) != 0 || (inner && keys[i].outer))
            continue;
        return (!keys[i].once || config_node_once(r, k, key, err)) && keys[i].read(r, v, err);
    }
    if ((found = config_compare_patterns(r, key, v, NULL, err)))
        return found > 0;
    return unknown(r, k, key, inner, err);
}

static bool read_key(struct reading *r, const yaml_node_t *k, const char *key, const yaml_node_t *v,
                     void *of, struct err *err)
{
    (void)of;
    return config_env_replaces(r, key) || read_known(r, k, key, v, false, err);
}

static bool read_environment_key(struct reading *r, const yaml_node_t *k, const char *key,
                                 const yaml_node_t *v, void *of, struct err *err)
{
    (void)of;
    return strcmp(key, "databases") == 0 ? config_database_read_new(r, err)
                                         : read_known(r, k, key, v, true, err);
}

/* The files first, in the order in which they are included; then what the environment changes. */
static bool read_files(struct reading *r, struct err *err)
{
    struct config *config = r->config;
    for (size_t i = 0; i < config->files.len; i++) {
        r->file = VEC_AT(&config->files, struct config_file *, i);
        const yaml_node_t *root = yaml_document_get_root_node(&r->file->doc);
        if (root && !config_node_keys(r, root, read_key, NULL, err))
            return false;
    }
    if (!r->environment)
        return true;
    r->file = r->environment_file;
    return config_node_keys(r, r->environment, read_environment_key, NULL, err);
}

static void warn_of_passwords(const struct config *config)
{
    for (size_t i = 0; i < config->files.len; i++) {
        const struct config_file *f = VEC_AT(&config->files, struct config_file *, i);
        if ((f->has_password || f->has_webhook) && (f->st.st_mode & 077))
            log_warn("%s holds %s, and others may read the file: chmod 600 %s", f->path,
                     f->has_password ? "a password" : "the URL of a webhook", f->path);
    }
}

/* For jobs, which have no home. Whoever may not read it is told so. */
#define SYSTEM_CONFIG "/etc/dbtwin/dbtwin.yaml"

static const char *default_path(struct cli *c)
{
    const char *named = getenv("DBTWIN_CONFIG");
    if (named && *named)
        return named; /* must exist, as one named by --config */
    if (access("dbtwin.yaml", F_OK) == 0)
        return "dbtwin.yaml";
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    const char *path = NULL;
    if (xdg && *xdg)
        path = arena_printf(&c->arena, "%s/dbtwin/dbtwin.yaml", xdg);
    else if (home && *home)
        path = arena_printf(&c->arena, "%s/.config/dbtwin/dbtwin.yaml", home);
    if (path && access(path, F_OK) == 0)
        return path;
    return access(SYSTEM_CONFIG, F_OK) == 0 ? SYSTEM_CONFIG : NULL;
}

void config_none(struct cli *c)
{
    struct config *config = arena_new(&c->arena, struct config);
    vec_init(&config->files, sizeof(struct config_file *));
    vec_init(&config->paths, sizeof(const char *));
    vec_init(&config->environments, sizeof(const char *));
    vec_init(&config->databases, sizeof(struct config_database));
    vec_init(&config->former, sizeof(struct config_database));
    vec_init(&config->patterns, sizeof(struct config_pattern));
    vec_init(&config->renames, sizeof(struct config_rename));
    namemap_init(&config->map);
    config_rows_init(&config->rows, NULL);
    config->mask.rules.references = &config->rows.references;
    c->config = config;
}

bool config_load(struct cli *c, struct err *err)
{
    config_none(c);
    struct config *config = c->config;
    struct reading r = {.c = c, .config = config};
    config->path = c->config_path ? c->config_path : default_path(c);
    config->rows.file = config->path;
    bool ok = (!config->path || config_file_load(&r, config->path, err)) &&
              config_env_choose(&r, err) && read_files(&r, err);
    if (ok)
        warn_of_passwords(config);
    config_file_release(config);
    return ok;
}

void config_release(struct config *c)
{
    if (!c)
        return;
    vec_release(&c->files);
    vec_release(&c->paths);
    vec_release(&c->environments);
    vec_release(&c->databases);
    vec_release(&c->former);
    vec_release(&c->patterns);
    vec_release(&c->renames);
    map_release(&c->places);
    namemap_release(&c->map);
    config_rows_release(&c->rows);
    if (c->mask.given) {
        vec_release(&c->mask.rules.entries);
        vec_release(&c->mask.rules.literals);
    }
}

unsigned config_acting(const struct config *c, const char *database)
{
    const struct config_database *d = config_find(c, database);
    unsigned said = d ? d->neutral.said : 0;
    return (c->neutral.acting & ~said) | (d ? d->neutral.acting : 0);
}

const struct config_database *config_production(const struct config *c, size_t n)
{
    const struct vec *const lists[] = {&c->databases, &c->former};
    for (size_t k = 0; k < ARRAY_LEN(lists); k++)
        for (size_t i = 0; i < lists[k]->len; i++) {
            const struct config_database *d = vec_at(lists[k], i);
            if (d->role == DATABASE_ROLE_PRODUCTION && n-- == 0)
                return d;
        }
    return NULL;
}

const struct config_hook *config_hooks(const struct config *c, const char *database, bool success)
{
    const struct config_database *d = database ? config_find(c, database) : NULL;
    const struct config_hooks *h = database ? (d ? &d->hooks : NULL) : &c->hooks;
    return !h ? NULL : success ? h->success : h->failure;
}

bool config_select(const struct config *c, const char *database, bool partitions,
                   struct selection *ret, struct err *err)
{
    for (size_t i = 0; i < c->patterns.len; i++) {
        const struct config_pattern *p = &VEC_AT(&c->patterns, struct config_pattern, i);
        if (p->sort == SELECT_PARTITION && !partitions)
            continue;
        if ((!p->database || str_eq(p->database, database)) &&
            !select_add(ret, p->sort, p->text, err))
            return false;
    }
    return true;
}

const char *const *config_renames(const struct config *c, const char *from, const char *to,
                                  struct arena *a)
{
    const char **list = arena_calloc(a, (c->renames.len + 1) * sizeof(*list));
    size_t n = 0;
    for (size_t i = 0; i < c->renames.len; i++) {
        const struct config_rename *r = &VEC_AT(&c->renames, struct config_rename, i);
        if (!r->database || str_eq(r->database, from) || str_eq(r->database, to))
            list[n++] = r->text;
    }
    return list;
}

struct subset_config *config_rows_of_run(struct config *c)
{
    return &c->rows;
}

const struct subset_config *config_rows(const struct config *c)
{
    return c->rows.given ? &c->rows : NULL;
}

const struct namemap *config_map(const struct config *c)
{
    return &c->map;
}

const char *config_environment_at(const struct config *c, size_t i)
{
    return i < c->environments.len ? VEC_AT(&c->environments, const char *, i) : NULL;
}

const char *config_environment(const struct config *c)
{
    return c->environment;
}

const char *config_baseline(const struct config *c)
{
    return c->baseline;
}

const struct config_database *config_find(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->databases.len; i++)
        if (strcmp(VEC_AT(&c->databases, struct config_database, i).name, name) == 0)
            return &VEC_AT(&c->databases, struct config_database, i);
    return NULL;
}

size_t config_count(const struct config *c)
{
    return c->databases.len;
}

const struct config_database *config_at(const struct config *c, size_t i)
{
    return &VEC_AT(&c->databases, struct config_database, i);
}

const struct mask_config *config_masks(struct cli *c, struct mask_key **ret_key, struct err *err)
{
    struct config *config = c->config;
    *ret_key = NULL;
    if (!config->mask.given || !mask_key_load(c, &config->mask, ret_key, err))
        return NULL;
    return &config->mask.rules;
}

const struct mask_config *config_mask_rules(const struct config *c)
{
    return c->mask.given ? &c->mask.rules : NULL;
}
