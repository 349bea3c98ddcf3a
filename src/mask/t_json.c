#include <string.h>

#include "document.h"
#include "fold.h"
#include "transformers.h"

/*
 * json: rewritten in one pass: what has no rule stays byte for byte, so that numbers keep their
 * digits and members their order, which a library's tree would not give back.
 */

static bool value(struct document *d);

static void blanks(struct document *d)
{
    while (d->at < d->text.len && strchr(" \t\r\n", d->text.data[d->at]))
        buf_addch(d->out, d->text.data[d->at++]);
}

static bool next_is(const struct document *d, char c)
{
    return d->at < d->text.len && d->text.data[d->at] == c;
}

static bool literal(struct document *d, char c)
{
    if (!next_is(d, c))
        return false;
    d->at++;
    buf_addch(d->out, c);
    return true;
}

static bool four(const struct document *d, uint32_t *ret)
{
    *ret = 0;
    if (d->at + 4 > d->text.len)
        return false;
    for (size_t i = 0; i < 4; i++) {
        char c = d->text.data[d->at + i];
        int digit = c >= '0' && c <= '9'                 ? c - '0'
                    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                         : -1;

        if (digit < 0)
            return false;
        *ret = *ret << 4 | (uint32_t)digit;
    }
    return true;
}

/* \uXXXX, or two of them that are one character; half a one becomes U+FFFD. */
static bool escaped(struct document *d, struct buf *ret)
{
    uint32_t c, low;

    if (!four(d, &c))
        return false;
    d->at += 4;
    if (c >= 0xD800 && c < 0xDC00 && d->at + 6 <= d->text.len && next_is(d, '\\') &&
        d->text.data[d->at + 1] == 'u') {
        d->at += 2;
        if (!four(d, &low))
            return false;
        if (low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            d->at += 4;
        } else {
            d->at -= 2;
        }
    }
    fold_add(ret, c >= 0xD800 && c < 0xE000 ? 0xFFFD : c);
    return true;
}

/* The text of a string, whose quote is next; d->at goes behind it. */
static bool string(struct document *d, struct buf *ret)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";

    buf_reset(ret);
    for (d->at++; d->at < d->text.len; d->at++) {
        char c = d->text.data[d->at];
        const char *p;

        if (c == '"') {
            d->at++;
            return true;
        }
        if ((unsigned char)c < 32)
            return false;
        if (c != '\\') {
            buf_addch(ret, c);
            continue;
        }
        if (++d->at >= d->text.len)
            return false;
        c = d->text.data[d->at];
        if (c == 'u') {
            d->at++;
            if (!escaped(d, ret))
                return false;
            d->at--;
        } else if (c && (p = strchr(from, c))) {
            buf_addch(ret, to[p - from]);
        } else {
            return false;
        }
    }
    return false;
}

/* As servers write it. */
static void add_string(struct slice s, struct buf *out)
{
    static const char names[32] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};

    buf_addch(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];

        if (c < 32 && names[c])
            buf_addf(out, "\\%c", names[c]);
        else if (c < 32)
            buf_addf(out, "\\u%04x", c);
        else {
            if (s.data[i] == '"' || s.data[i] == '\\')
                buf_addch(out, '\\');
            buf_addch(out, s.data[i]);
        }
    }
    buf_addch(out, '"');
}

static size_t digits(const struct document *d, size_t at)
{
    size_t n = 0;

    while (at + n < d->text.len && d->text.data[at + n] >= '0' && d->text.data[at + n] <= '9')
        n++;
    return n;
}

/* The length of the number at d->at, or 0. */
static size_t number(const struct document *d)
{
    size_t at = d->at + next_is(d, '-'), n = digits(d, at);

    if (!n || (n > 1 && d->text.data[at] == '0'))
        return 0;
    at += n;
    if (at < d->text.len && d->text.data[at] == '.') {
        n = digits(d, at + 1);
        if (!n)
            return 0;
        at += 1 + n;
    }
    if (at < d->text.len && (d->text.data[at] | 32) == 'e') {
        at++;
        at += at < d->text.len && (d->text.data[at] == '-' || d->text.data[at] == '+');
        n = digits(d, at);
        if (!n)
            return 0;
        at += n;
    }
    return at - d->at;
}

static bool is_number(struct slice s)
{
    struct document d = {.text = s};

    return s.len && number(&d) == s.len;
}

static bool word(struct document *d, size_t *ret)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        *ret = strlen(words[i]);
        if (d->text.len - d->at >= *ret && memcmp(d->text.data + d->at, words[i], *ret) == 0)
            return true;
    }
    return false;
}

static bool leaf(struct document *d)
{
    struct buf text = BUF_INIT, made = BUF_INIT;
    enum document_leaf kind = LEAF_OTHER;
    bool null = false, ok;
    size_t n = 0;

    if (next_is(d, '"')) {
        kind = LEAF_STRING;
        ok = string(d, &text);
    } else {
        n = number(d);
        kind = n ? LEAF_NUMBER : LEAF_OTHER;
        ok = n || word(d, &n);
        buf_add(&text, d->text.data + d->at, ok ? n : 0);
        d->at += ok ? n : 0;
    }
    if (ok && kind == LEAF_OTHER && text.data[0] == 'n')
        buf_adds(d->out, "null");
    else if (ok && (ok = document_leaf(d, buf_slice(&text), kind, &made, &null))) {
        struct slice s = buf_slice(&made);

        if (null)
            buf_adds(d->out, "null");
        else if ((kind == LEAF_NUMBER && is_number(s)) ||
                 (kind == LEAF_OTHER && (str_eq(s.data, "true") || str_eq(s.data, "false"))))
            buf_add(d->out, s.data, s.len);
        else
            add_string(s, d->out);
    }
    buf_release(&text);
    buf_release(&made);
    return ok;
}

static bool member(struct document *d)
{
    struct buf name = BUF_INIT, made = BUF_INIT;
    bool ok;

    blanks(d);
    ok = next_is(d, '"') && string(d, &name);
    if (ok) {
        add_string(document_name(d, buf_slice(&name), &made), d->out);
        blanks(d);
        ok = literal(d, ':') && document_into(d, buf_slice(&name), false);
    }
    if (ok) {
        ok = value(d);
        document_out(d);
    }
    buf_release(&name);
    buf_release(&made);
    return ok;
}

static bool element(struct document *d)
{
    bool ok = document_into(d, (struct slice){"", 0}, true);

    if (ok) {
        ok = value(d);
        document_out(d);
    }
    return ok;
}

static bool children(struct document *d, char end, bool (*one)(struct document *d))
{
    d->at++;
    blanks(d);
    if (literal(d, end))
        return true;
    do {
        if (!one(d))
            return false;
        blanks(d);
    } while (literal(d, ','));
    return literal(d, end);
}

static bool value(struct document *d)
{
    blanks(d);
    if (next_is(d, '{') || next_is(d, '[')) {
        bool map = next_is(d, '{');

        buf_addch(d->out, map ? '{' : '[');
        return map ? children(d, '}', member) : children(d, ']', element);
    }
    return leaf(d);
}

bool json_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                struct buf *out, bool *ret_null, struct err *err)
{
    return document_apply(w, r, in, value, out, ret_null, err);
}
