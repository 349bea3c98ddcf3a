#include "config_mask.h"

#include <string.h>

struct section {
    yaml_document_t *doc;
    const char *file;
    struct arena *arena;
    struct config_mask *ret;
};

static bool wrong(const struct section *s, const yaml_node_t *n, struct err *err, const char *fmt,
                  ...) PRINTF_LIKE(4, 5);
static bool wrong(const struct section *s, const yaml_node_t *n, struct err *err, const char *fmt,
                  ...)
{
    struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    err_set(err, ERR_USAGE, "%s:%zu:%zu: %s", s->file, n->start_mark.line + 1,
            n->start_mark.column + 1, b.data);
    buf_release(&b);
    return err_hint(err, "dbtwin-mask(5) describes mask:");
}

static const char *text_of(const struct section *s, const yaml_node_t *n)
{
    if (n->type != YAML_SCALAR_NODE)
        return NULL;
    return arena_strndup(s->arena, (const char *)n->data.scalar.value, n->data.scalar.length);
}

/* null, ~ and nothing, unless quoted. */
static bool is_null(const yaml_node_t *n, const char *text)
{
    return n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!*text || str_eq(text, "null") || str_eq(text, "~"));
}

/* A rule as it stands in the file. Depth and aliases were bounded by config_yaml_load. */
static bool read_node(const struct section *s, const yaml_node_t *n, const char *name,
                      struct mask_node **ret, struct err *err)
{
    struct mask_node *node = arena_new(s->arena, struct mask_node), **end = &node->first;
    node->name = name;
    node->line = (unsigned)n->start_mark.line + 1;
    node->column = (unsigned)n->start_mark.column + 1;
    *ret = node;
    if (n->type == YAML_SCALAR_NODE) {
        node->text = text_of(s, n);
        node->kind = is_null(n, node->text) ? MASK_NULL : MASK_SCALAR;
        return true;
    }
    if (n->type == YAML_SEQUENCE_NODE) {
        node->kind = MASK_LIST;
        for (yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top;
             i++) {
            if (!read_node(s, yaml_document_get_node(s->doc, *i), NULL, end, err))
                return false;
            end = &(*end)->next;
        }
        return true;
    }
    node->kind = MASK_MAP;
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(s->doc, p->key);
        const char *key = text_of(s, k);
        if (!key)
            return wrong(s, k, err, "a name must be a single value");
        if (!read_node(s, yaml_document_get_node(s->doc, p->value), key, end, err))
            return false;
        end = &(*end)->next;
    }
    return true;
}

static bool read_columns(struct section *s, const yaml_node_t *n, struct err *err)
{
    if (n->type == YAML_SCALAR_NODE && is_null(n, text_of(s, n)))
        return true;
    if (n->type != YAML_MAPPING_NODE)
        return wrong(s, n, err, "columns: must be a mapping of columns to rules");
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(s->doc, p->key);
        struct mask_entry e = {.pattern = text_of(s, k)};
        struct mask_node *spec;
        if (!e.pattern || !*e.pattern)
            return wrong(s, k, err, "the path of a column must be a single value");
        if (!read_node(s, yaml_document_get_node(s->doc, p->value), NULL, &spec, err))
            return false;
        spec->line = (unsigned)k->start_mark.line + 1;
        spec->column = (unsigned)k->start_mark.column + 1;
        e.spec = spec;
        VEC_PUSH(&s->ret->rules.entries, struct mask_entry, e);
    }
    return true;
}

/* A list of paths, or one. */
static bool read_literals(struct section *s, const yaml_node_t *n, struct err *err)
{
    const char *one = text_of(s, n);
    if (one && is_null(n, one))
        return true;
    if (one)
        VEC_PUSH(&s->ret->rules.literals, const char *, one);
    else if (n->type != YAML_SEQUENCE_NODE)
        return wrong(s, n, err, "literals: must be a list of objects");
    for (yaml_node_item_t *i = one ? NULL : n->data.sequence.items.start;
         i && i < n->data.sequence.items.top; i++) {
        const yaml_node_t *item = yaml_document_get_node(s->doc, *i);
        const char *text = text_of(s, item);
        if (!text || !*text)
            return wrong(s, item, err, "the path of an object must be a single value");
        VEC_PUSH(&s->ret->rules.literals, const char *, text);
    }
    return true;
}

static bool read_require(struct section *s, const yaml_node_t *n, struct err *err)
{
    static const char *const words[] = {
        [MASK_REQUIRE_PII] = "pii", [MASK_REQUIRE_ALL] = "all", [MASK_REQUIRE_NONE] = "none"};
    const char *text = text_of(s, n);
    for (size_t i = 0; text && i < ARRAY_LEN(words); i++)
        if (str_eq(text, words[i])) {
            s->ret->rules.require = (enum mask_require)i;
            return true;
        }
    return wrong(s, n, err, "require: is pii, all or none");
}

static bool read_key(struct section *s, const char *key, const yaml_node_t *k, const yaml_node_t *v,
                     struct err *err)
{
    const char *text = text_of(s, v);
    if (str_eq(key, "columns"))
        return read_columns(s, v, err);
    if (str_eq(key, "literals"))
        return read_literals(s, v, err);
    if (str_eq(key, "require"))
        return read_require(s, v, err);
    if (!str_eq(key, "key_file") && !str_eq(key, "key_command"))
        return wrong(s, k, err,
                     "unknown key \"%s\": mask has key_file, key_command, require, columns and "
                     "literals",
                     key);
    if (!text || !*text)
        return wrong(s, v, err, "%s: must be a single value", key);
    *(str_eq(key, "key_file") ? &s->ret->key_file : &s->ret->key_command) = text;
    return true;
}

bool config_mask_read(yaml_document_t *doc, const yaml_node_t *n, const char *file, struct arena *a,
                      struct config_mask *ret, struct err *err)
{
    struct section s = {doc, file, a, ret};
    ret->given = true;
    ret->rules.file = file;
    vec_init(&ret->rules.entries, sizeof(struct mask_entry));
    vec_init(&ret->rules.literals, sizeof(const char *));
    if (n->type != YAML_MAPPING_NODE)
        return wrong(&s, n, err, "mask: must be a mapping with columns:");
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(doc, p->key);
        const char *key = text_of(&s, k);
        if (!key)
            return wrong(&s, k, err, "a key must be a single value");
        if (!read_key(&s, key, k, yaml_document_get_node(doc, p->value), err))
            return false;
    }
    if (ret->key_file && ret->key_command)
        return wrong(&s, n, err, "mask has both key_file and key_command: one of them");
    return true;
}
