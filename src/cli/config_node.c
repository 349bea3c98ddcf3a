#include "config_read.h"

#include "suggest.h"

#include <stdlib.h>
#include <string.h>

bool config_node_fail(const struct reading *r, const yaml_node_t *n, struct err *err,
                      const char *fmt, ...)
{
    struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    err_set(err, ERR_USAGE, "%s:%zu:%zu: %s", r->file->path, n->start_mark.line + 1,
            n->start_mark.column + 1, b.data);
    buf_release(&b);
    return err_hint(err, "dbtwin.conf(5) describes the file");
}

bool config_node_unknown(const struct reading *r, const yaml_node_t *k, const char *key,
                         const char *of, const char *const *known, struct err *err)
{
    struct buf list = BUF_INIT;
    struct suggestion s = {.word = key};
    for (size_t i = 0; known[i]; i++) {
        buf_addf(&list, "%s%s", !i ? "" : known[i + 1] ? ", " : " and ", known[i]);
        suggest_offer(&s, known[i]);
    }
    config_node_fail(r, k, err, "unknown key \"%s\": %s has %s", key, of, list.data);
    if (s.best)
        err_hint(err, "did you mean %s? dbtwin.conf(5) describes the file", s.best);
    buf_release(&list);
    return false;
}

const yaml_node_t *config_node_at(const struct reading *r, int number)
{
    return yaml_document_get_node(&r->file->doc, number);
}

const yaml_node_t *config_node_get(const struct config_file *f, const yaml_node_t *mapping,
                                   const char *key)
{
    yaml_document_t *doc = (yaml_document_t *)(uintptr_t)&f->doc;
    if (!mapping || mapping->type != YAML_MAPPING_NODE)
        return NULL;
    for (yaml_node_pair_t *p = mapping->data.mapping.pairs.start;
         p < mapping->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(doc, p->key);
        if (k->type == YAML_SCALAR_NODE && strcmp((const char *)k->data.scalar.value, key) == 0)
            return yaml_document_get_node(doc, p->value);
    }
    return NULL;
}

bool config_node_text(const struct reading *r, const yaml_node_t *n, const char *key,
                      const char **ret, struct err *err)
{
    if (n->type != YAML_SCALAR_NODE)
        return config_node_fail(r, n, err, "\"%s\" must be a single value", key);
    *ret = arena_strndup(&r->c->arena, (const char *)n->data.scalar.value, n->data.scalar.length);
    return true;
}

/* ---- ${NAME} ------------------------------------------------------------------------------- */

static bool is_name(const char *s, size_t n)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static const char *const digits = "0123456789";
    for (size_t i = 0; i < n; i++)
        if (!strchr(letters, s[i]) && (i == 0 || !strchr(digits, s[i])))
            return false;
    return n > 0;
}

/* What stands between ${ and }, as a shell's: with a default an empty variable counts as none. */
static bool expand_one(const struct reading *r, const yaml_node_t *n, const char *inner, size_t len,
                       struct buf *out, struct err *err)
{
    size_t name_len = 0;
    while (name_len < len && inner[name_len] != ':')
        name_len++;
    bool with_default = name_len + 1 < len && inner[name_len + 1] == '-';
    const char *name = arena_strndup(&r->c->arena, inner, name_len);
    if (!is_name(inner, name_len) || (name_len < len && !with_default))
        return config_node_fail(
            r, n, err,
            "a variable is written ${NAME} or ${NAME:-DEFAULT}, and %s is no name of one",
            arena_strndup(&r->c->arena, inner, len));
    const char *value = getenv(name);
    if (with_default && (!value || !*value))
        buf_add(out, inner + name_len + 2, len - name_len - 2);
    else if (!value)
        return config_node_fail(r, n, err, "the environment has no variable %s", name);
    else
        buf_adds(out, value);
    return true;
}

bool config_node_expand(const struct reading *r, const yaml_node_t *n, const char **text,
                        struct err *err)
{
    struct buf out = BUF_INIT;
    const char *p = *text;
    bool ok = true;
    for (const char *d; ok && (d = strstr(p, "${"));) {
        const char *end = strchr(d, '}'), *inner = strstr(d + 2, "${");
        if (!end)
            break;
        buf_add(&out, p, (size_t)(d - p));
        if (inner && inner < end)
            ok = config_node_fail(r, n, err, "a variable's default cannot hold another variable");
        else
            ok = expand_one(r, n, d + 2, (size_t)(end - d - 2), &out, err);
        p = end + 1;
    }
    buf_adds(&out, p);
    if (ok)
        *text = arena_strdup(&r->c->arena, out.data);
    buf_release(&out);
    return ok;
}

/* ---- places -------------------------------------------------------------------------------- */

const char *config_node_place(const struct reading *r, const yaml_node_t *n)
{
    return arena_printf(&r->c->arena, "%s:%zu", r->file->path, n->start_mark.line + 1);
}

bool config_node_once(struct reading *r, const yaml_node_t *k, const char *what, struct err *err)
{
    size_t len = strlen(what);
    const char *first = map_get(&r->config->places, what, len);
    if (first)
        return config_node_fail(r, k, err, "\"%s\" is given twice, the first time in %s",
                                strrchr(what, '/') ? strrchr(what, '/') + 1 : what, first);
    map_put(&r->config->places, arena_strdup(&r->c->arena, what), len,
            (void *)(uintptr_t)config_node_place(r, k));
    return true;
}

bool config_node_keys(struct reading *r, const yaml_node_t *n, config_key_fn *read, void *of,
                      struct err *err)
{
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = config_node_at(r, p->key), *v = config_node_at(r, p->value);
        const char *key = NULL;
        if (!config_node_text(r, k, "key", &key, err) || !read(r, k, key, v, of, err))
            return false;
    }
    return true;
}
