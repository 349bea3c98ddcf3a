#include <string.h>

#include "document.h"
#include "transformers.h"

/* php: what serialize() writes: a:1:{s:4:"mail";s:5:"a@b.c";}. Lengths follow what they count. */

static bool value(struct document *d);

static bool take(struct document *d, const char *text)
{
    size_t n = strlen(text);

    if (d->text.len - d->at < n || memcmp(d->text.data + d->at, text, n) != 0)
        return false;
    d->at += n;
    return true;
}

static bool count(struct document *d, char end, size_t *ret)
{
    size_t start = d->at;

    *ret = 0;
    while (d->at < d->text.len && d->text.data[d->at] >= '0' && d->text.data[d->at] <= '9' &&
           *ret <= SIZE_MAX / 100)
        *ret = *ret * 10 + (size_t)(d->text.data[d->at++] - '0');
    if (d->at == start || d->at >= d->text.len || d->text.data[d->at] != end)
        return false;
    d->at++;
    return true;
}

/* N:"…" */
static bool quoted(struct document *d, struct slice *ret)
{
    size_t n;

    if (!count(d, ':', &n) || !take(d, "\"") || d->text.len - d->at < n)
        return false;
    *ret = (struct slice){d->text.data + d->at, n};
    d->at += n;
    return take(d, "\"");
}

static void add_string(struct slice s, struct buf *out)
{
    buf_addf(out, "s:%zu:\"", s.len);
    buf_add(out, s.data, s.len);
    buf_adds(out, "\";");
}

static bool masked(struct document *d, struct slice text, enum document_leaf kind, char sort)
{
    struct buf made = BUF_INIT;
    bool null = false, ok = document_leaf(d, text, kind, &made, &null);
    struct slice s = buf_slice(&made);
    int64_t whole;

    if (ok && null)
        buf_adds(d->out, "N;");
    else if (ok && (sort == 's' || (sort == 'i' && !str_parse_i64(s.data, &whole))))
        add_string(s, d->out);
    else if (ok)
        buf_addf(d->out, "%c:%s;", sort, s.data);
    buf_release(&made);
    return ok;
}

/* i:1; d:0.5; b:1; R:2; r:2; */
static bool scalar(struct document *d, char sort)
{
    const char *s = d->text.data + d->at, *end = memchr(s, ';', d->text.len - d->at);
    struct slice text = {s, end ? (size_t)(end - s) : 0};

    if (!text.len || memchr(s, '"', text.len) || memchr(s, '{', text.len))
        return false;
    d->at += text.len + 1;
    if (sort == 'i' || sort == 'd')
        return masked(d, text, LEAF_NUMBER, sort);
    buf_addf(d->out, "%c:%.*s;", sort, (int)text.len, text.data);
    return true;
}

/* A key: i:1; or s:1:"a"; its name is what a path calls it (of an object's private property what
 * comes after the class). */
static bool key(struct document *d, struct slice *ret)
{
    struct buf made = BUF_INIT;
    const char *nul;
    size_t start = d->at;

    if (take(d, "i:")) {
        const char *end = memchr(d->text.data + d->at, ';', d->text.len - d->at);

        if (!end)
            return false;
        *ret = (struct slice){d->text.data + d->at, (size_t)(end - d->text.data) - d->at};
        d->at += ret->len + 1;
        buf_add(d->out, d->text.data + start, d->at - start);
        return true;
    }
    if (!take(d, "s:") || !quoted(d, ret) || !take(d, ";"))
        return false;
    add_string(document_name(d, *ret, &made), d->out);
    buf_release(&made);
    nul = memrchr(ret->data, '\0', ret->len);
    if (nul) {
        ret->len -= (size_t)(nul + 1 - ret->data);
        ret->data = nul + 1;
    }
    return true;
}

static bool members(struct document *d)
{
    size_t n;

    if (!count(d, ':', &n) || !take(d, "{"))
        return false;
    buf_addf(d->out, "%zu:{", n);
    while (n-- > 0) {
        struct slice name;
        bool ok = key(d, &name) && document_into(d, name, false);

        if (ok) {
            ok = value(d);
            document_out(d);
        }
        if (!ok)
            return false;
    }
    buf_addch(d->out, '}');
    return take(d, "}");
}

static bool value(struct document *d)
{
    struct slice text;
    char sort = d->at < d->text.len ? d->text.data[d->at] : '\0';

    if (take(d, "N;")) {
        buf_adds(d->out, "N;");
        return true;
    }
    d->at++;
    if (!sort || !take(d, ":"))
        return false;
    switch (sort) {
    case 's':
        return quoted(d, &text) && take(d, ";") && masked(d, text, LEAF_STRING, 's');
    case 'a':
        buf_adds(d->out, "a:");
        return members(d);
    case 'O':
        if (!quoted(d, &text) || !take(d, ":"))
            return false;
        buf_addf(d->out, "O:%zu:\"%.*s\":", text.len, (int)text.len, text.data);
        return members(d);
    case 'i':
    case 'd':
    case 'b':
    case 'r':
    case 'R':
        return scalar(d, sort);
    default: /* C: and E: are opaque */
        return false;
    }
}

bool php_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
               struct buf *out, bool *ret_null, struct err *err)
{
    return document_apply(w, r, in, value, out, ret_null, err);
}
