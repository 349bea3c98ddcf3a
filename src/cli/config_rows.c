#include "config_rows.h"

#include "cli.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    yaml_document_t *doc;
    struct arena *a;
    struct subset_config *ret;
};

static bool wrong(const struct reading *r, const yaml_node_t *n, struct err *err, const char *what)
{
    err_set(err, ERR_USAGE, "%s:%zu:%zu: %s", r->ret->file, n->start_mark.line + 1,
            n->start_mark.column + 1, what);
    return err_hint(err, "dbtwin.conf(5) describes rows: and references:");
}

static unsigned line_of(const yaml_node_t *n)
{
    return (unsigned)n->start_mark.line + 1;
}

static const char *text_of(const struct reading *r, const yaml_node_t *n)
{
    if (n->type != YAML_SCALAR_NODE)
        return NULL;
    return arena_strndup(r->a, (const char *)n->data.scalar.value, n->data.scalar.length);
}

typedef bool pair_fn(struct reading *r, const yaml_node_t *k, const char *key,
                     const yaml_node_t *value, void *ctx, struct err *err);

static bool read_map(struct reading *r, const yaml_node_t *n, pair_fn *fn, void *ctx,
                     struct err *err)
{
    if (n->type != YAML_MAPPING_NODE)
        return wrong(r, n, err, "a mapping is expected here");
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(r->doc, p->key);
        const char *key = text_of(r, k);
        if (!key)
            return wrong(r, k, err, "a name must be a single value");
        if (!fn(r, k, key, yaml_document_get_node(r->doc, p->value), ctx, err))
            return false;
    }
    return true;
}

/* A list of texts, or one text. */
static bool read_list(struct reading *r, const yaml_node_t *n, struct vec *ret, struct err *err)
{
    const char *one = text_of(r, n);
    if (one) {
        VEC_PUSH(ret, const char *, one);
        return true;
    }
    if (n->type != YAML_SEQUENCE_NODE)
        return wrong(r, n, err, "a list is expected here");
    for (yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++) {
        const yaml_node_t *item = yaml_document_get_node(r->doc, *i);
        const char *text = text_of(r, item);
        if (!text)
            return wrong(r, item, err, "a single value is expected here");
        VEC_PUSH(ret, const char *, text);
    }
    return true;
}

static const char *joined(struct reading *r, const struct vec *list)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < list->len; i++)
        buf_addf(&b, "%s%s", i ? ", " : "", VEC_AT(list, const char *, i));
    const char *text = arena_strdup(r->a, b.data);
    buf_release(&b);
    return text;
}

static bool read_start_key(struct reading *r, const yaml_node_t *k, const char *key,
                           const yaml_node_t *v, void *ctx, struct err *err)
{
    struct subset_start *s = ctx;
    const char *text = text_of(r, v);
    char *end = NULL;
    if (strcmp(key, "cover") == 0) {
        struct vec list = VEC_INIT(const char *);
        bool ok = read_list(r, v, &list, err);
        s->cover = ok && list.len ? joined(r, &list) : NULL;
        vec_release(&list);
        return ok;
    }
    if (!text)
        return wrong(r, v, err, "a single value is expected here");
    if (strcmp(key, "where") == 0) {
        s->condition = text;
        return true;
    }
    if (strcmp(key, "percent") == 0) {
        s->percent = strtod(text, &end);
        return (*text && !*end && s->percent >= 0 && s->percent <= 100) ||
               wrong(r, v, err, "percent is a number from 0 to 100");
    }
    if (strcmp(key, "at_least") == 0)
        return str_parse_u64(text, &s->at_least) ||
               wrong(r, v, err, "at_least is a number of rows");
    return wrong(r, k, err, "unknown key: a start has where, percent, cover and at_least");
}

static bool read_start(struct reading *r, const yaml_node_t *k, const char *key,
                       const yaml_node_t *v, void *ctx, struct err *err)
{
    struct subset_start s = {.table = key, .percent = 100, .line = line_of(k)};
    (void)ctx;
    if (!(s.condition = text_of(r, v)) && !read_map(r, v, read_start_key, &s, err))
        return false;
    if (s.condition && !*s.condition)
        return wrong(r, v, err, "the condition is empty; whole: names tables with all their rows");
    VEC_PUSH(&r->ret->starts, struct subset_start, s);
    return true;
}

static bool read_children(struct reading *r, const yaml_node_t *k, const char *key,
                          const yaml_node_t *v, void *ctx, struct err *err)
{
    struct vec list = VEC_INIT(const char *);
    bool ok = read_list(r, v, &list, err);
    (void)ctx;
    for (size_t i = 0; ok && i < list.len; i++)
        VEC_PUSH(&r->ret->children, struct subset_child,
                 ((struct subset_child){key, VEC_AT(&list, const char *, i), line_of(k)}));
    vec_release(&list);
    return ok;
}

static bool read_rows_key(struct reading *r, const yaml_node_t *k, const char *key,
                          const yaml_node_t *v, void *ctx, struct err *err)
{
    const char *text = text_of(r, v);
    uint64_t rows;
    (void)ctx;
    if (strcmp(key, "start") == 0)
        return read_map(r, v, read_start, NULL, err);
    if (strcmp(key, "children") == 0)
        return read_map(r, v, read_children, NULL, err);
    if (strcmp(key, "whole") == 0)
        return read_list(r, v, &r->ret->whole, err);
    if (strcmp(key, "none") == 0)
        return read_list(r, v, &r->ret->none, err);
    if (strcmp(key, "small") == 0)
        return (text && amount_bytes(text, &r->ret->small)) ||
               wrong(r, v, err, "small is a number of bytes such as 8M");
    if (strcmp(key, "max_rows") == 0) {
        if (!text || !str_parse_u64(text, &rows) || !rows || rows > INT64_MAX)
            return wrong(r, v, err, "max_rows is a number of rows");
        r->ret->max_rows = (int64_t)rows;
        return true;
    }
    return wrong(r, k, err,
                 "unknown key: rows: has start, whole, none, children, small and max_rows");
}

/* "public.events.object_id": the column is what follows the last dot. */
static bool split_column(struct reading *r, const yaml_node_t *n, const char *text,
                         const char **ret_table, const char **ret_column, struct err *err)
{
    const char *dot = strrchr(text, '.');
    if (!dot || dot == text || !dot[1])
        return wrong(r, n, err, "a column is named with its table: public.events.object_id");
    *ret_table = arena_strndup(r->a, text, (size_t)(dot - text));
    *ret_column = dot + 1;
    return true;
}

static bool read_reference_key(struct reading *r, const yaml_node_t *k, const char *key,
                               const yaml_node_t *v, void *ctx, struct err *err)
{
    struct subset_reference *f = ctx;
    const char *text = text_of(r, v);
    if (!text || !*text)
        return wrong(r, v, err, "a single value is expected here");
    if (strcmp(key, "to") == 0)
        return split_column(r, v, text, &f->to_table, &f->to_column, err);
    if (strcmp(key, "when") != 0)
        return wrong(r, k, err, "unknown key: a reference has to and when");
    f->when = text;
    return true;
}

static bool read_reference(struct reading *r, const yaml_node_t *k, const char *key,
                           const yaml_node_t *v, void *ctx, struct err *err)
{
    struct subset_reference f = {.line = line_of(k)};
    const char *to = text_of(r, v);
    (void)ctx;
    if (!split_column(r, k, key, &f.table, &f.column, err) ||
        (to && !split_column(r, v, to, &f.to_table, &f.to_column, err)) ||
        (!to && !read_map(r, v, read_reference_key, &f, err)))
        return false;
    if (!f.to_table)
        return wrong(r, v, err, "a reference says where to: to: public.orders.id");
    VEC_PUSH(&r->ret->references, struct subset_reference, f);
    return true;
}

void config_rows_init(struct subset_config *ret, const char *file)
{
    *ret = (struct subset_config){.file = file,
                                  .starts = VEC_INIT(struct subset_start),
                                  .whole = VEC_INIT(const char *),
                                  .none = VEC_INIT(const char *),
                                  .children = VEC_INIT(struct subset_child),
                                  .references = VEC_INIT(struct subset_reference)};
}

void config_rows_release(struct subset_config *c)
{
    vec_release(&c->starts);
    vec_release(&c->whole);
    vec_release(&c->none);
    vec_release(&c->children);
    vec_release(&c->references);
}

bool config_rows_read(yaml_document_t *doc, const yaml_node_t *n, struct arena *a,
                      struct subset_config *ret, struct err *err)
{
    struct reading r = {doc, a, ret};
    ret->given = true;
    if (!read_map(&r, n, read_rows_key, NULL, err))
        return false;
    return ret->starts.len || wrong(&r, n, err, "rows: has no start, so it would choose nothing");
}

bool config_rows_references(yaml_document_t *doc, const yaml_node_t *n, struct arena *a,
                            struct subset_config *ret, struct err *err)
{
    struct reading r = {doc, a, ret};
    return read_map(&r, n, read_reference, NULL, err);
}
