#include "report.h"

/* Bytes of the UTF-8 character at s, or 0 when there is none (RFC 3629; surrogates may pass). */
static size_t character(const char *s, size_t n)
{
    unsigned char c = (unsigned char)s[0];
    size_t len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if (((unsigned char)s[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

static bool is_control(const char *s, size_t len)
{
    unsigned char c = (unsigned char)s[0];
    if (len == 2)
        return c == 0xc2 && (unsigned char)s[1] < 0xa0; /* U+0080 to U+009F */
    return len == 1 && ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f);
}

void report_visible(const char *s, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n;) {
        size_t len = character(s + i, n - i);
        if (len && !is_control(s + i, len)) {
            buf_add(out, s + i, len);
            i += len;
            continue;
        }
        for (size_t end = i + (len ? len : 1); i < end; i++)
            buf_addf(out, "\\x%02X", (unsigned char)s[i]);
    }
}
