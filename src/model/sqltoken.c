#include <dbtwin/sqltoken.h>

#include <string.h>

bool sqltoken_is_word(char c)
{
    unsigned char u = (unsigned char)c;
    return (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || (u >= '0' && u <= '9') || u == '_' ||
           u == '$' || u >= 0x80;
}

static const char *token_quoted(const char *p, const char *end)
{
    char q = *p++;
    while (p < end) {
        if (*p == '\\' && q != '`' && p + 1 < end) {
            p += 2;
        } else if (*p != q) {
            p++;
        } else if (p + 1 < end && p[1] == q) {
            p += 2;
        } else {
            return p + 1;
        }
    }
    return end;
}

const char *sqltoken_end(const char *p, const char *end)
{
    if (p >= end)
        return end;
    if (*p == '\'' || *p == '"' || *p == '`')
        return token_quoted(p, end);
    if (*p == '/' && end - p > 1 && p[1] == '*') {
        const char *close = memmem(p + 2, (size_t)(end - p - 2), "*/", 2);
        return close ? close + 2 : end;
    }
    if (*p == '#' || (*p == '-' && end - p > 2 && p[1] == '-' && strchr(" \t\n", p[2]))) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        return nl ? nl : end;
    }
    if (!sqltoken_is_word(*p))
        return p + 1;
    while (p < end && sqltoken_is_word(*p))
        p++;
    return p;
}
