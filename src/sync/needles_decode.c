#include "needles.h"

#include <string.h>

/* ---- escapes of JSON, XML and URLs ----------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex(char c)
{
    char low = (char)(c | 32);

    return is_digit(c) ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

size_t needles_unicode(struct buf *b, const char *p, size_t left)
{
    unsigned c = 0;

    if (left < 6)
        return 0;
    for (int i = 2; i < 6; i++) {
        int d = hex(p[i]);

        if (d < 0)
            return 0;
        c = c * 16 + (unsigned)d;
    }
    if (c >= 0x800)
        buf_addch(b, (char)(0xe0 | c >> 12)), buf_addch(b, (char)(0x80 | (c >> 6 & 0x3f)));
    else if (c >= 0x80)
        buf_addch(b, (char)(0xc0 | c >> 6));
    buf_addch(b, c < 0x80 ? (char)c : (char)(0x80 | (c & 0x3f)));
    return 6;
}

static size_t add_entity(struct buf *b, const char *p, size_t left)
{
    static const struct {
        const char *text;
        char c;
    } of[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};

    for (size_t i = 0; i < ARRAY_LEN(of); i++)
        if (strlen(of[i].text) <= left && strncmp(p, of[i].text, strlen(of[i].text)) == 0) {
            buf_addch(b, of[i].c);
            return strlen(of[i].text);
        }
    return 0;
}

static size_t add_unescaped(struct buf *b, const char *p, size_t left)
{
    if (*p == '&')
        return add_entity(b, p, left);
    if (*p == '%' && left > 2 && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
        buf_addch(b, (char)(hex(p[1]) * 16 + hex(p[2])));
        return 3;
    }
    if (*p != '\\' || left < 2)
        return 0;
    if (p[1] == 'u')
        return needles_unicode(b, p, left);
    buf_addch(b, p[1] == 'n' ? '\n' : p[1] == 't' ? '\t' : p[1]);
    return 2;
}

bool needles_unescaped(struct slice s, struct buf *out)
{
    const char *p = s.data, *end = p + s.len;

    if (!memchr(p, '\\', s.len) && !memchr(p, '&', s.len) && !memchr(p, '%', s.len))
        return false;
    while (p < end) {
        size_t took = add_unescaped(out, p, (size_t)(end - p));

        if (!took)
            buf_addch(out, *p);
        p += took ? took : 1;
    }
    return out->len != s.len;
}

/* ---- encodings of a word -----------------------------------------------------------------------
 */

enum { WORD = 12 }; /* characters; a shorter one holds no needle */

/* Decodes each run of at least WORD characters that `digit` takes; runs are kept apart. */
static bool decode_runs(struct slice s, int (*digit)(char), unsigned bits, struct buf *out)
{
    for (size_t i = 0, n; i + WORD <= s.len; i += n + 1) {
        unsigned held = 0, have = 0;

        for (n = 0; i + n < s.len && digit(s.data[i + n]) >= 0;)
            n++;
        for (size_t k = 0; n >= WORD && k < n; k++) {
            held = held << bits | (unsigned)digit(s.data[i + k]);
            have += bits;
            if (have < 8)
                continue;
            have -= 8;
            buf_addch(out, (char)(held >> have & 0xff));
        }
        if (n >= WORD)
            buf_addch(out, '\n');
    }
    return out->len > 0;
}

bool needles_unhexed(struct slice s, struct buf *out)
{
    return decode_runs(s, hex, 4, out);
}

static int base64(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : is_digit(c)          ? c - '0' + 52
           : c == '+' || c == '-' ? 62
           : c == '/' || c == '_' ? 63
                                  : -1;
}

bool needles_unbased(struct slice s, struct buf *out)
{
    return decode_runs(s, base64, 6, out);
}

/* ---- numbers ------------------------------------------------------------------------------- */

/* How many characters that numbers are written with stand between two digits. */
static size_t between(struct slice s, size_t at)
{
    size_t n = 0;

    while (at + n < s.len && n < 3 && strchr(" -./()", s.data[at + n]) && s.data[at + n])
        n++;
    return at + n < s.len && is_digit(s.data[at + n]) ? n : 0;
}

bool needles_numbers(struct slice s, struct buf *out)
{
    size_t digits = 0;

    for (size_t i = 0; i < s.len; i++) {
        digits += is_digit(s.data[i]);
        if (out->len && is_digit(out->data[out->len - 1]) && !is_digit(s.data[i])) {
            size_t n = between(s, i);

            if (n) {
                i += n - 1;
                continue;
            }
        }
        buf_addch(out, s.data[i]);
    }
    return digits > 6;
}
