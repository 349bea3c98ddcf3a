#include "charset.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool charset_is_ascii(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return !strcasestr(value, "utf-8") && !strcasestr(value, "utf8");
    }
    return true;
}

static const struct {
    const char *sign, *plain;
} signs[] = {
    {"→", "->"}, {"←", "<-"}, {"…", "..."}, {"–", "-"}, {"—", "--"}, {"×", "x"},  {"≤", "<="},
    {"≥", ">="}, {"≠", "!="}, {"·", "*"},   {"•", "*"}, {"“", "\""}, {"”", "\""}, {"’", "'"},
};

void charset_plain(struct slice text, struct buf *out)
{
    for (const char *p = text.data, *end = text.data + text.len; p < end;) {
        size_t i = 0, n = 0;
        for (; (unsigned char)*p >= 0x80 && i < ARRAY_LEN(signs); i++) {
            n = strlen(signs[i].sign);
            if ((size_t)(end - p) >= n && memcmp(p, signs[i].sign, n) == 0)
                break;
        }
        if ((unsigned char)*p < 0x80 || i == ARRAY_LEN(signs)) {
            buf_addch(out, *p++);
        } else {
            buf_adds(out, signs[i].plain);
            p += n;
        }
    }
}

size_t charset_fit(const char *text, unsigned columns)
{
    size_t n = 0;
    while (text[n] && columns--) {
        n++;
        while (((unsigned char)text[n] & 0xc0) == 0x80)
            n++;
    }
    return n;
}
