#include <string.h>

#include "document.h"
#include "transformers.h"

/* hstore: "key"=>"value", "other"=>NULL. As PostgreSQL writes it: everything quoted but NULL. */

static void blanks(struct document *d)
{
    while (d->at < d->text.len && strchr(" \t\r\n", d->text.data[d->at]))
        d->at++;
}

static bool take(struct document *d, const char *text)
{
    size_t n = strlen(text);

    blanks(d);
    if (d->text.len - d->at < n || memcmp(d->text.data + d->at, text, n) != 0)
        return false;
    d->at += n;
    return true;
}

static bool quoted(struct document *d, struct buf *ret)
{
    buf_reset(ret);
    if (!take(d, "\""))
        return false;
    for (; d->at < d->text.len; d->at++) {
        char c = d->text.data[d->at];

        if (c == '"') {
            d->at++;
            return true;
        }
        if (c == '\\' && ++d->at >= d->text.len)
            return false;
        buf_addch(ret, d->text.data[d->at]);
    }
    return false;
}

static void add_quoted(struct slice s, struct buf *out)
{
    buf_addch(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] == '"' || s.data[i] == '\\')
            buf_addch(out, '\\');
        buf_addch(out, s.data[i]);
    }
    buf_addch(out, '"');
}

static bool masked(struct document *d, struct buf *text, struct buf *made)
{
    bool null = false;

    if (take(d, "NULL")) {
        buf_adds(d->out, "NULL");
        return true;
    }
    if (!quoted(d, text) ||
        !document_leaf(d, buf_slice(text), document_sort(buf_slice(text)), made, &null))
        return false;
    if (null)
        buf_adds(d->out, "NULL");
    else
        add_quoted(buf_slice(made), d->out);
    return true;
}

static bool pair(struct document *d, struct buf *key, struct buf *made, struct buf *text)
{
    bool ok = quoted(d, key);

    if (!ok)
        return false;
    add_quoted(document_name(d, buf_slice(key), made), d->out);
    buf_adds(d->out, "=>");
    if (!take(d, "=>") || !document_into(d, buf_slice(key), false))
        return false;
    ok = masked(d, text, made);
    document_out(d);
    return ok;
}

static bool value(struct document *d)
{
    struct buf key = BUF_INIT, made = BUF_INIT, text = BUF_INIT;
    bool ok = pair(d, &key, &made, &text);

    while (ok && take(d, ",")) {
        buf_adds(d->out, ", ");
        ok = pair(d, &key, &made, &text);
    }
    buf_release(&key);
    buf_release(&made);
    buf_release(&text);
    return ok;
}

bool hstore_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                  struct buf *out, bool *ret_null, struct err *err)
{
    return document_apply(w, r, in, value, out, ret_null, err);
}
