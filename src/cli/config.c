#include "cli.h"

#include "option_type.h"

#include "config_mask.h"
#include "config_rows.h"
#include "config_yaml.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct config {
    const char *path;
    struct vec databases; /* struct config_database */
    struct vec patterns;  /* struct config_pattern */
    struct namemap map;
    const char *baseline;
    struct config_neutral neutral; /* for all databases */
    struct config_mask mask;
    struct subset_config rows;
};

struct config_pattern {
    enum select_sort sort;
    const char *text;
    const char *database; /* NULL: all */
};

struct reading {
    struct cli *c;
    struct config *config;
    yaml_document_t doc;
    bool has_password;
};

static bool fail_at(const struct reading *r, const yaml_node_t *n, struct err *err, const char *fmt,
                    ...) PRINTF_LIKE(4, 5);
static bool fail_at(const struct reading *r, const yaml_node_t *n, struct err *err, const char *fmt,
                    ...)
{
    struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    err_set(err, ERR_USAGE, "%s:%zu:%zu: %s", r->config->path, n->start_mark.line + 1,
            n->start_mark.column + 1, b.data);
    buf_release(&b);
    return err_hint(err, "dbtwin.conf(5) describes the file");
}

static bool text_of(const struct reading *r, const yaml_node_t *n, const char *key,
                    const char **ret, struct err *err)
{
    if (n->type != YAML_SCALAR_NODE)
        return fail_at(r, n, err, "\"%s\" must be a single value", key);
    *ret = arena_strndup(&r->c->arena, (const char *)n->data.scalar.value, n->data.scalar.length);
    return true;
}

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

/* ${NAME} becomes the environment's value: CI keeps its URLs there. */
static bool expand(const struct reading *r, const yaml_node_t *n, const char **text,
                   struct err *err)
{
    struct buf out = BUF_INIT;
    const char *p = *text;
    for (const char *d; (d = strstr(p, "${"));) {
        const char *end = strchr(d, '}');
        if (!end)
            break;
        buf_add(&out, p, (size_t)(d - p));
        const char *name = arena_strndup(&r->c->arena, d + 2, (size_t)(end - d - 2));
        const char *value = getenv(name);
        if (!value) {
            buf_release(&out);
            return fail_at(r, n, err, "the environment has no variable %s", name);
        }
        buf_adds(&out, value);
        p = end + 1;
    }
    buf_adds(&out, p);
    *text = arena_strdup(&r->c->arena, out.data);
    buf_release(&out);
    return true;
}

static bool read_url(struct reading *r, const yaml_node_t *n, struct config_database *d,
                     struct err *err)
{
    if (!text_of(r, n, "url", &d->url, err))
        return false;
    r->has_password |= holds_password(r, d->url);
    return expand(r, n, &d->url, err);
}

static bool read_role(const struct reading *r, const yaml_node_t *n, struct config_database *d,
                      struct err *err)
{
    const char *role = NULL;
    if (!text_of(r, n, "role", &role, err))
        return false;
    if (strcmp(role, "production") == 0)
        d->role = DATABASE_ROLE_PRODUCTION;
    else if (strcmp(role, "staging") == 0)
        d->role = DATABASE_ROLE_STAGING;
    else
        return fail_at(r, n, err, "role is production or staging, not \"%s\"", role);
    return true;
}

/* A value or a list of values, each as the option takes it on the command line. */
static bool read_option(const struct reading *r, const char *name, const yaml_node_t *k,
                        const yaml_node_t *v, const struct config_option ***tail, struct err *err)
{
    struct config_option o = {.row = options_find(name)};
    struct err why = ERR_INIT;
    if (!o.row || !(o.row->commands & CMD_CONFIG))
        return fail_at(r, k, err, "\"%s\" is not an option that is allowed here", name);
    if (v->type == YAML_SEQUENCE_NODE && option_type_of(o.row)->many) {
        yaml_node_item_t *end = v->data.sequence.items.top;
        for (yaml_node_item_t *i = v->data.sequence.items.start; i < end; i++) {
            yaml_document_t *doc = (yaml_document_t *)(uintptr_t)&r->doc;
            if (!read_option(r, name, k, yaml_document_get_node(doc, *i), tail, err))
                return false;
        }
        return true;
    }
    if (!text_of(r, v, name, &o.value, err))
        return false;
    if (!options_accept(r->c, o.row, o.value, &why))
        return fail_at(r, v, err, "%s", why.msg);
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

static bool read_options(const struct reading *r, const yaml_node_t *n, struct config_database *d,
                         struct err *err)
{
    yaml_document_t *doc = (yaml_document_t *)(uintptr_t)&r->doc;
    const struct config_option **tail = tail_of(d);
    if (n->type != YAML_MAPPING_NODE)
        return fail_at(r, n, err, "\"options\" must be a mapping of option names to values");
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(doc, p->key);
        const char *name = NULL;
        if (!text_of(r, k, "key", &name, err) ||
            !read_option(r, name, k, yaml_document_get_node(doc, p->value), &tail, err))
            return false;
    }
    return true;
}

/* What a target keeps: a short way to write three options. */
static bool read_keep(const struct reading *r, const yaml_node_t *n, struct config_database *d,
                      struct err *err)
{
    static const struct {
        const char *key, *option;
    } keys[] = {
        {"tables", "keep-table"}, {"grants", "keep-grants"}, {"sequences", "keep-sequence"}};
    yaml_document_t *doc = (yaml_document_t *)(uintptr_t)&r->doc;
    const struct config_option **tail = tail_of(d);
    if (n->type != YAML_MAPPING_NODE)
        return fail_at(r, n, err, "\"keep\" must be a mapping of tables, grants, sequences");
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(doc, p->key);
        const char *key = NULL;
        size_t i = 0;
        if (!text_of(r, k, "key", &key, err))
            return false;
        while (i < ARRAY_LEN(keys) && strcmp(keys[i].key, key) != 0)
            i++;
        if (i == ARRAY_LEN(keys))
            return fail_at(r, k, err, "unknown key \"%s\": keep has tables, grants and sequences",
                           key);
        if (!read_option(r, keys[i].option, k, yaml_document_get_node(doc, p->value), &tail, err))
            return false;
    }
    return true;
}

/* The option, at the database itself. */
static bool read_create(const struct reading *r, const yaml_node_t *k, const yaml_node_t *v,
                        struct config_database *d, struct err *err)
{
    const struct config_option **tail = tail_of(d);
    return read_option(r, "create", k, v, &tail, err);
}

/* Several databases of that server: the option of that name. */
static bool read_set(const struct reading *r, const yaml_node_t *k, const yaml_node_t *v,
                     struct config_database *d, struct err *err)
{
    const struct config_option **tail = tail_of(d);
    return read_option(r, "databases", k, v, &tail, err);
}

/* ---- what must not act on the world -------------------------------------------------------- */

static bool read_rule(const struct reading *r, const yaml_node_t *k, const yaml_node_t *v,
                      struct config_neutral *ret, struct err *err)
{
    const char *name = NULL, *value = NULL;
    int i = 0;
    if (!text_of(r, k, "key", &name, err) || !text_of(r, v, name, &value, err))
        return false;
    while (i < NEUTRAL_COUNT && strcmp(neutral_rules[i].name, name) != 0)
        i++;
    if (i == NEUTRAL_COUNT)
        return fail_at(r, k, err, "\"%s\" is not a rule of neutralise", name);
    bool off = strcmp(value, "false") == 0;
    if (!off && strcmp(value, "true") != 0)
        return fail_at(r, v, err, "%s is true or false, not \"%s\"", name, value);
    if (off && neutral_rules[i].fixed)
        return fail_at(r, v, err, "%s cannot be false: %s. Create what is needed in after:", name,
                       neutral_rules[i].help);
    ret->said |= 1u << i;
    ret->acting |= off ? 1u << i : 0;
    return true;
}

static bool read_neutral(const struct reading *r, const yaml_node_t *n, struct config_neutral *ret,
                         struct err *err)
{
    yaml_document_t *doc = (yaml_document_t *)(uintptr_t)&r->doc;
    if (n->type != YAML_MAPPING_NODE)
        return fail_at(r, n, err, "\"neutralise\" must be a mapping of rules to true or false");
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++)
        if (!read_rule(r, yaml_document_get_node(doc, p->key),
                       yaml_document_get_node(doc, p->value), ret, err))
            return false;
    return true;
}

unsigned config_acting(const struct config *c, const char *database)
{
    const struct config_database *d = config_find(c, database);
    unsigned said = d ? d->neutral.said : 0;
    return (c->neutral.acting & ~said) | (d ? d->neutral.acting : 0);
}

/* ---- what is compared, and what is no drift ------------------------------------------------ */

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
    if (!text_of(r, n, pattern_keys[key].key, &p.text, err))
        return false;
    select_init(&scratch);
    bool ok = select_add(&scratch, p.sort, p.text, &why);
    select_release(&scratch);
    if (!ok) {
        fail_at(r, n, err, "%s", why.msg);
        return why.hint[0] ? err_hint(err, "%s", why.hint) : false;
    }
    VEC_PUSH(&r->config->patterns, struct config_pattern, p);
    return true;
}

/* 1 when the key is one of patterns, 0 when not, -1 with err. The value is a text or a list. */
static int read_patterns(struct reading *r, const char *key, const yaml_node_t *n,
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
        if (!read_pattern(r, yaml_document_get_node(&r->doc, *item), i, database, err))
            return -1;
    return 1;
}

static bool read_names(struct reading *r, const yaml_node_t *n, enum namemap_what what,
                       struct err *err)
{
    if (n->type != YAML_MAPPING_NODE)
        return fail_at(r, n, err, "this must be a mapping: production's name to staging's");
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(&r->doc, p->key);
        const char *from = NULL, *to = NULL;
        if (!text_of(r, k, "key", &from, err) ||
            !text_of(r, yaml_document_get_node(&r->doc, p->value), from, &to, err))
            return false;
        if (!*from || !*to)
            return fail_at(r, k, err, "a name is empty");
        if (what == NAMEMAP_COLLATION && strcspn(from, "_") != strcspn(to, "_"))
            return fail_at(r, k, err, "%s and %s are of different character sets", from, to);
        if (!namemap_add(&r->config->map, what, from, to))
            return fail_at(r, k, err, "\"%s\" is mapped twice", from);
    }
    return true;
}

static bool read_map(struct reading *r, const yaml_node_t *n, struct err *err)
{
    static const char *const keys[] = {"schemas", "roles", "tablespaces", "hosts", "collations"};
    if (n->type != YAML_MAPPING_NODE)
        return fail_at(
            r, n, err,
            "\"map\" must be a mapping of schemas, roles, tablespaces, hosts, collations");
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(&r->doc, p->key);
        const char *key = NULL;
        size_t what = 0;
        if (!text_of(r, k, "key", &key, err))
            return false;
        while (what < ARRAY_LEN(keys) && strcmp(keys[what], key) != 0)
            what++;
        if (what == ARRAY_LEN(keys))
            return fail_at(r, k, err,
                           "unknown key \"%s\": map has schemas, roles, tablespaces, hosts and "
                           "collations",
                           key);
        if (!read_names(r, yaml_document_get_node(&r->doc, p->value), (enum namemap_what)what, err))
            return false;
    }
    return true;
}

/* What one key of a mapping says. `of` is what the mapping describes. */
typedef bool read_key(struct reading *r, const yaml_node_t *k, const char *key,
                      const yaml_node_t *v, void *of, struct err *err);

static bool read_keys(struct reading *r, const yaml_node_t *n, read_key *read, void *of,
                      struct err *err)
{
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(&r->doc, p->key);
        const yaml_node_t *v = yaml_document_get_node(&r->doc, p->value);
        const char *key = NULL;
        if (!text_of(r, k, "key", &key, err) || !read(r, k, key, v, of, err))
            return false;
    }
    return true;
}

static bool read_database_key(struct reading *r, const yaml_node_t *k, const char *key,
                              const yaml_node_t *v, void *of, struct err *err)
{
    struct config_database *d = of;
    int found;
    if (strcmp(key, "url") == 0)
        return read_url(r, v, d, err);
    if (strcmp(key, "passwordcmd") == 0)
        return text_of(r, v, key, &d->passwordcmd, err);
    if (strcmp(key, "role") == 0)
        return read_role(r, v, d, err);
    if (strcmp(key, "options") == 0)
        return read_options(r, v, d, err);
    if (strcmp(key, "neutralise") == 0)
        return read_neutral(r, v, &d->neutral, err);
    if (strcmp(key, "keep") == 0)
        return read_keep(r, v, d, err);
    if (strcmp(key, "create") == 0)
        return read_create(r, k, v, d, err);
    if (strcmp(key, "databases") == 0)
        return read_set(r, k, v, d, err);
    if ((found = read_patterns(r, key, v, d->name, err)))
        return found > 0;
    return fail_at(
        r, k, err,
        "unknown key \"%s\": a database has url, passwordcmd, role, options, databases, "
        "keep, create, neutralise and patterns (schema, table, kind, ignore, partitions)",
        key);
}

static bool read_database(struct reading *r, const char *name, const yaml_node_t *n,
                          struct err *err)
{
    struct config_database d = {.name = name};
    if (n->type != YAML_MAPPING_NODE)
        return fail_at(r, n, err, "database \"%s\" must be a mapping with a url", name);
    if (!read_keys(r, n, read_database_key, &d, err))
        return false;
    if (!d.url)
        return fail_at(r, n, err, "database \"%s\" has no url", name);
    VEC_PUSH(&r->config->databases, struct config_database, d);
    return true;
}

static bool read_databases(struct reading *r, const yaml_node_t *n, struct err *err)
{
    if (n->type != YAML_MAPPING_NODE)
        return fail_at(r, n, err, "\"databases\" must be a mapping of names");
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const char *name = NULL;
        if (!text_of(r, yaml_document_get_node(&r->doc, p->key), "name", &name, err) ||
            !read_database(r, name, yaml_document_get_node(&r->doc, p->value), err))
            return false;
    }
    return true;
}

/* A path beside the config file itself. */
static bool read_baseline(struct reading *r, const yaml_node_t *n, struct err *err)
{
    const char *path = NULL, *slash = strrchr(r->config->path, '/');
    if (!text_of(r, n, "baseline", &path, err))
        return false;
    if (!*path)
        return fail_at(r, n, err, "\"baseline\" names no file");
    if (*path != '/' && slash)
        path = arena_printf(&r->c->arena, "%.*s%s", (int)(slash - r->config->path) + 1,
                            r->config->path, path);
    r->config->baseline = path;
    return true;
}

static bool read_document_key(struct reading *r, const yaml_node_t *k, const char *key,
                              const yaml_node_t *v, void *of, struct err *err)
{
    struct config *config = of;
    int found;
    if (strcmp(key, "databases") == 0)
        return read_databases(r, v, err);
    if (strcmp(key, "map") == 0)
        return read_map(r, v, err);
    if (strcmp(key, "baseline") == 0)
        return read_baseline(r, v, err);
    if (strcmp(key, "neutralise") == 0)
        return read_neutral(r, v, &config->neutral, err);
    if (strcmp(key, "mask") == 0)
        return config_mask_read(&r->doc, v, config->path, &r->c->arena, &config->mask, err);
    if (strcmp(key, "rows") == 0)
        return config_rows_read(&r->doc, v, &r->c->arena, &config->rows, err);
    if (strcmp(key, "references") == 0)
        return config_rows_references(&r->doc, v, &r->c->arena, &config->rows, err);
    if ((found = read_patterns(r, key, v, NULL, err)))
        return found > 0;
    return fail_at(r, k, err, "unknown key \"%s\"", key);
}

static bool read_document(struct reading *r, struct err *err)
{
    const yaml_node_t *root = yaml_document_get_root_node(&r->doc);
    if (!root)
        return true; /* an empty file */
    if (root->type != YAML_MAPPING_NODE)
        return fail_at(r, root, err, "the file must be a mapping with \"databases\"");
    return read_keys(r, root, read_document_key, r->config, err);
}

static bool parse_text(struct cli *c, struct config *config, struct slice text,
                       const struct stat *st, struct err *err)
{
    struct reading r = {.c = c, .config = config};
    if (!config_yaml_load(config->path, text, &r.doc, err))
        return false;
    bool ok = read_document(&r, err);
    yaml_document_delete(&r.doc);
    if (ok && r.has_password && (st->st_mode & 077))
        log_warn("%s holds a password, and others may read the file: chmod 600 %s", config->path,
                 config->path);
    return ok;
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

bool config_load(struct cli *c, struct err *err)
{
    struct config *config = arena_new(&c->arena, struct config);
    vec_init(&config->databases, sizeof(struct config_database));
    vec_init(&config->patterns, sizeof(struct config_pattern));
    namemap_init(&config->map);
    c->config = config;
    config->path = c->config_path ? c->config_path : default_path(c);
    config_rows_init(&config->rows, config->path);
    config->mask.rules.references = &config->rows.references;
    if (!config->path)
        return true;
    struct buf text = BUF_INIT;
    struct stat st;
    bool ok = config_yaml_read(config->path, &text, &st, err) &&
              parse_text(c, config, buf_slice(&text), &st, err);
    buf_release(&text);
    return ok;
}

void config_release(struct config *c)
{
    if (!c)
        return;
    vec_release(&c->databases);
    vec_release(&c->patterns);
    namemap_release(&c->map);
    config_rows_release(&c->rows);
    if (c->mask.given)
        vec_release(&c->mask.rules.entries);
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

const struct subset_config *config_rows(const struct config *c)
{
    return c->rows.given ? &c->rows : NULL;
}

const struct namemap *config_map(const struct config *c)
{
    return &c->map;
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
