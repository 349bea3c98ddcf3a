#include <dbtwin/json.h>

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "utf8.h"

/* struct json is jansson's json_t under a name that no other room can confuse with it. */
static struct json *wrap(json_t *v)
{
    if (!v)
        base_oom();
    return (struct json *)v;
}

static json_t *unwrap(const struct json *v)
{
    return (json_t *)(uintptr_t)v;
}

static void make_visible(const char *text, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n;) {
        size_t len = utf8_char(text + i, n - i);

        if (len)
            buf_add(out, text + i, len);
        else
            buf_addf(out, "\\x%02X", (unsigned char)text[i]);
        i += len ? len : 1;
    }
}

/* ---- making ---------------------------------------------------------------------------- */

struct json *json_obj(void)
{
    return wrap(json_object());
}

struct json *json_arr(void)
{
    return wrap(json_array());
}

struct json *json_str(const char *text)
{
    struct buf visible = BUF_INIT;
    struct json *v;
    size_t n;

    if (!text)
        return wrap(json_null());
    n = strlen(text);
    if (utf8_valid(text, n))
        return wrap(json_stringn_nocheck(text, n));
    make_visible(text, n, &visible);
    v = wrap(json_stringn_nocheck(visible.data, visible.len));
    buf_release(&visible);
    return v;
}

struct json *json_int(int64_t number)
{
    return wrap(json_integer(number));
}

struct json *json_num(double number)
{
    return wrap(isfinite(number) ? json_real(number) : json_null());
}

struct json *json_bool(bool yes)
{
    return wrap(yes ? json_true() : json_false());
}

void json_set(struct json *obj, const char *key, struct json *value)
{
    struct buf visible = BUF_INIT;

    make_visible(key, strlen(key), &visible);
    if (json_object_set_new_nocheck(unwrap(obj), visible.data, unwrap(value)))
        base_oom();
    buf_release(&visible);
}

void json_push(struct json *arr, struct json *value)
{
    if (json_array_append_new(unwrap(arr), unwrap(value)))
        base_oom();
}

void json_free(struct json *v)
{
    json_decref(unwrap(v));
}

/* ---- dumping --------------------------------------------------------------------------- */

static int take(const char *text, size_t n, void *out)
{
    buf_add(out, text, n);
    return 0;
}

void json_dump(const struct json *v, unsigned indent, struct buf *out)
{
    size_t flags = JSON_ENCODE_ANY | (indent ? JSON_INDENT(indent) : JSON_COMPACT);

    if (json_dump_callback(unwrap(v), take, out, flags))
        base_oom(); /* the callback does not fail, and what json_str makes can be written */
}

void json_dump_str(const char *text, struct buf *out)
{
    size_t n = strlen(text);

    buf_addch(out, '"');
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)text[i];
        size_t len = utf8_char(text + i, n - i);

        if (!len)
            buf_addf(out, "\\\\x%02X", c);
        else if (c == '"' || c == '\\')
            buf_addch(out, '\\'), buf_addch(out, (char)c);
        else if (c == '\n')
            buf_adds(out, "\\n");
        else if (c < 0x20)
            buf_addf(out, "\\u%04X", c);
        else
            buf_add(out, text + i, len);
        i += len ? len : 1;
    }
    buf_addch(out, '"');
}

/* ---- reading --------------------------------------------------------------------------- */

struct json *json_parse(struct slice text, struct err *err)
{
    json_error_t why;
    json_t *v = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &why);

    if (!v)
        err_set(err, ERR_CORRUPT, "JSON, line %d: %s", why.line, why.text);
    return (struct json *)v;
}

const struct json *json_get(const struct json *obj, const char *key)
{
    return (const struct json *)json_object_get(unwrap(obj), key);
}

size_t json_len(const struct json *arr)
{
    return json_array_size(unwrap(arr));
}

const struct json *json_at(const struct json *arr, size_t i)
{
    return (const struct json *)json_array_get(unwrap(arr), i);
}

const char *json_text(const struct json *v)
{
    return json_string_value(unwrap(v));
}

bool json_number(const struct json *v, int64_t *ret)
{
    if (!json_is_integer(unwrap(v)))
        return false;
    *ret = json_integer_value(unwrap(v));
    return true;
}
