#include <dbtwin/mask.h>

#include <string.h>

#include <jansson.h>

/* Rules as JSON: for tests, and for whoever writes them by program. */

enum { DEEPEST = 16 };

static bool from_value(json_t *v, const char *name, unsigned depth, struct arena *a,
                       struct mask_node **ret, struct err *err);

static bool from_children(json_t *v, unsigned depth, struct arena *a, struct mask_node *n,
                          struct err *err)
{
    struct mask_node **end = &n->first;
    const char *name;
    json_t *child;
    size_t i;

    if (json_is_object(v)) {
        n->kind = MASK_MAP;
        json_object_foreach(v, name, child)
        {
            if (!from_value(child, arena_strdup(a, name), depth, a, end, err))
                return false;
            end = &(*end)->next;
        }
    } else {
        n->kind = MASK_LIST;
        json_array_foreach(v, i, child)
        {
            if (!from_value(child, NULL, depth, a, end, err))
                return false;
            end = &(*end)->next;
        }
    }
    return true;
}

static bool from_value(json_t *v, const char *name, unsigned depth, struct arena *a,
                       struct mask_node **ret, struct err *err)
{
    struct mask_node *n = *ret = arena_new(a, struct mask_node);

    n->name = name;
    n->kind = MASK_SCALAR;
    if (depth > DEEPEST)
        return err_set(err, ERR_USAGE, "rules for masking are nested more than %d levels deep",
                       DEEPEST);
    if (json_is_object(v) || json_is_array(v))
        return from_children(v, depth + 1, a, n, err);
    if (json_is_null(v))
        n->kind = MASK_NULL;
    else if (json_is_string(v))
        n->text = arena_strdup(a, json_string_value(v));
    else if (json_is_integer(v))
        n->text = arena_printf(a, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    else if (json_is_real(v))
        n->text = arena_printf(a, "%g", json_real_value(v));
    else
        n->text = json_is_true(v) ? "yes" : "no";
    return true;
}

bool mask_node_from_json(struct slice json, struct arena *a, struct mask_node **ret,
                         struct err *err)
{
    json_error_t wrong;
    json_t *v = json_loadb(json.data, json.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &wrong);
    bool ok;

    if (!v)
        return err_set(err, ERR_USAGE, "line %d: %s", wrong.line, wrong.text);
    ok = from_value(v, NULL, 0, a, ret, err);
    json_decref(v);
    return ok;
}

static void add_text(const char *s, struct buf *out)
{
    buf_addch(out, '"');
    for (; *s; s++) {
        if ((unsigned char)*s < 32)
            buf_addf(out, "\\u%04x", (unsigned char)*s);
        else if (*s == '"' || *s == '\\')
            buf_addf(out, "\\%c", *s);
        else
            buf_addch(out, *s);
    }
    buf_addch(out, '"');
}

void mask_node_text(const struct mask_node *n, struct buf *out)
{
    bool map = n->kind == MASK_MAP;

    if (n->kind == MASK_NULL) {
        buf_adds(out, "null");
    } else if (n->kind == MASK_SCALAR) {
        add_text(n->text, out);
    } else {
        buf_addch(out, map ? '{' : '[');
        for (const struct mask_node *c = n->first; c; c = c->next) {
            if (map) {
                add_text(c->name, out);
                buf_addch(out, ':');
            }
            mask_node_text(c, out);
            if (c->next)
                buf_addch(out, ',');
        }
        buf_addch(out, map ? '}' : ']');
    }
}

const struct mask_node *mask_node_get(const struct mask_node *map, const char *name)
{
    if (map && map->kind == MASK_MAP)
        for (const struct mask_node *c = map->first; c; c = c->next)
            if (str_eq(c->name, name))
                return c;
    return NULL;
}
