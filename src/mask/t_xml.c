#include <string.h>

#include "document.h"
#include "fold.h"
#include "transformers.h"

/*
 * xml: texts and attributes are masked, elements stay: $.order.customer, $.order."@mail", $..email.
 * Rewritten in one pass, so that what stays is as it was. Comments and processing instructions may
 * say anything: they are dropped, unless others: keep. A document with a DTD, whose entities would
 * have to be expanded, is no document here.
 */

static bool next_is(const struct document *d, const char *text)
{
    size_t n = strlen(text);

    return d->text.len - d->at >= n && memcmp(d->text.data + d->at, text, n) == 0;
}

/* The place behind the next `text`; 0: there is none. */
static size_t behind(const struct document *d, const char *text)
{
    const char *p = memmem(d->text.data + d->at, d->text.len - d->at, text, strlen(text));

    return p ? (size_t)(p - d->text.data) + strlen(text) : 0;
}

/* ---- characters ------------------------------------------------------------------------------ */

static const struct {
    const char *text;
    char c;
} entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};

/* &#233; or &#xe9; at p; its length, or 0. */
static size_t numbered(const char *p, const char *end, struct buf *ret)
{
    bool hex = end - p > 3 && p[2] == 'x';
    uint32_t c = 0;
    const char *s = p + 2 + hex;

    for (; s < end && *s != ';' && c < 0x110000; s++) {
        int digit = *s >= '0' && *s <= '9'                        ? *s - '0'
                    : hex && (*s | 32) >= 'a' && (*s | 32) <= 'f' ? (*s | 32) - 'a' + 10
                                                                  : -1;

        if (digit < 0)
            return 0;
        c = c * (hex ? 16 : 10) + (uint32_t)digit;
    }
    if (s >= end || s == p + 2 + hex || c >= 0x110000)
        return 0;
    fold_add(ret, c);
    return (size_t)(s + 1 - p);
}

static bool decode(struct slice s, struct buf *ret)
{
    const char *end = s.data + s.len;

    buf_reset(ret);
    for (const char *p = s.data; p < end;) {
        size_t n = 0;

        if (*p != '&') {
            buf_addch(ret, *p++);
            continue;
        }
        if (end - p > 2 && p[1] == '#')
            n = numbered(p, end, ret);
        for (size_t i = 0; !n && i < ARRAY_LEN(entities); i++)
            if ((size_t)(end - p) >= strlen(entities[i].text) &&
                memcmp(p, entities[i].text, strlen(entities[i].text)) == 0) {
                buf_addch(ret, entities[i].c);
                n = strlen(entities[i].text);
            }
        if (!n)
            return false;
        p += n;
    }
    return true;
}

static void encode(struct slice s, struct buf *out)
{
    for (size_t i = 0; i < s.len; i++) {
        const char *text = NULL;

        for (size_t k = 0; k < 4 && !text; k++) /* ' is never needed: quotes are " */
            text = s.data[i] == entities[k].c ? entities[k].text : NULL;
        if (text)
            buf_adds(out, text);
        else
            buf_addch(out, s.data[i]);
    }
}

/* ---- parts --------------------------------------------------------------------------------- */

static bool keeps(const struct document *d)
{
    return document_keeps(d->rule);
}

static bool masked(struct document *d, struct slice text)
{
    struct buf made = BUF_INIT;
    bool null = false, ok = document_leaf(d, text, document_sort(text), &made, &null);

    if (ok && !null)
        encode(buf_slice(&made), d->out);
    buf_release(&made);
    return ok;
}

static bool is_blank(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!strchr(" \t\r\n", s.data[i]))
            return false;
    return true;
}

static bool text(struct document *d)
{
    const char *p = d->text.data + d->at, *end = memchr(p, '<', d->text.len - d->at);
    struct slice s = {p, end ? (size_t)(end - p) : d->text.len - d->at};
    struct buf plain = BUF_INIT;
    bool ok = true;

    d->at += s.len;
    if (is_blank(s))
        buf_add(d->out, s.data, s.len);
    else
        ok = decode(s, &plain) && masked(d, buf_slice(&plain));
    buf_release(&plain);
    return ok;
}

static bool cdata(struct document *d)
{
    size_t from = d->at + strlen("<![CDATA["), to = behind(d, "]]>");

    if (!to)
        return false;
    d->at = to;
    return masked(d, (struct slice){d->text.data + from, to - from - strlen("]]>")});
}

/* A comment or an instruction. */
static bool comment(struct document *d, const char *end)
{
    size_t to = behind(d, end);

    if (!to)
        return false;
    if (keeps(d) || next_is(d, "<?xml "))
        buf_add(d->out, d->text.data + d->at, to - d->at);
    d->at = to;
    return true;
}

static struct slice name_at(const struct document *d)
{
    const char *p = d->text.data + d->at, *s = p, *end = d->text.data + d->text.len;

    while (s < end && !strchr(" \t\r\n/>=\"'<&", *s))
        s++;
    return (struct slice){p, (size_t)(s - p)};
}

/* name="value"; one of a namespace says what names mean, and stays. */
static bool attribute(struct document *d)
{
    struct slice name = name_at(d), value;
    char step[128];
    struct buf plain = BUF_INIT;
    const char *end;
    bool ok;

    if (!name.len || name.len + 1 > sizeof step)
        return false;
    step[0] = '@';
    memcpy(step + 1, name.data, name.len);
    buf_add(d->out, name.data, name.len);
    d->at += name.len;
    if (!next_is(d, "=\"") && !next_is(d, "='"))
        return false;
    end = memchr(d->text.data + d->at + 2, d->text.data[d->at + 1], d->text.len - d->at - 2);
    if (!end)
        return false;
    value = (struct slice){d->text.data + d->at + 2, (size_t)(end - d->text.data) - d->at - 2};
    d->at = (size_t)(end - d->text.data) + 1;
    buf_adds(d->out, "=\"");
    ok = decode(value, &plain) && document_into(d, (struct slice){step, name.len + 1}, false);
    if (ok) {
        if (name.len >= 5 && memcmp(name.data, "xmlns", 5) == 0)
            encode(buf_slice(&plain), d->out);
        else
            ok = masked(d, buf_slice(&plain));
        document_out(d);
    }
    buf_addch(d->out, '"');
    buf_release(&plain);
    return ok;
}

/* <name a="b"> or <name/> */
static bool begin(struct document *d)
{
    struct slice name;

    d->at++;
    name = name_at(d);
    if (!name.len || !document_into(d, name, false))
        return false;
    buf_addf(d->out, "<%.*s", (int)name.len, name.data);
    d->at += name.len;
    while (d->at < d->text.len) {
        if (strchr(" \t\r\n", d->text.data[d->at])) {
            buf_addch(d->out, d->text.data[d->at++]);
        } else if (next_is(d, "/>")) {
            buf_adds(d->out, "/>");
            d->at += 2;
            document_out(d);
            return true;
        } else if (next_is(d, ">")) {
            buf_addch(d->out, '>');
            d->at++;
            return true;
        } else if (!attribute(d)) {
            return false;
        }
    }
    return false;
}

static bool finish(struct document *d)
{
    size_t to = behind(d, ">");

    if (!to || !d->depth)
        return false;
    buf_add(d->out, d->text.data + d->at, to - d->at);
    d->at = to;
    document_out(d);
    return true;
}

static bool value(struct document *d)
{
    bool ok = true;

    while (ok && d->at < d->text.len)
        ok = next_is(d, "<![CDATA[") ? cdata(d)
             : next_is(d, "<!--")    ? comment(d, "-->")
             : next_is(d, "<?")      ? comment(d, "?>")
             : next_is(d, "<!")      ? false
             : next_is(d, "</")      ? finish(d)
             : next_is(d, "<")       ? begin(d)
                                     : text(d);
    return ok && !d->depth;
}

bool xml_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
               struct buf *out, bool *ret_null, struct err *err)
{
    return document_apply(w, r, in, value, out, ret_null, err);
}
