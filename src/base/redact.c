#include "redact.h"

#include <string.h>
#include <strings.h>

#include <dbtwin/base.h>

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static char *skip_blanks(char *p)
{
    while (*p && is_blank(*p))
        p++;
    return p;
}

/* Puts the stars over [from, to) and closes the gap; returns where the rest of the text begins. */
static char *hide(char *from, char *to)
{
    size_t stars = (size_t)(to - from) < 3 ? (size_t)(to - from) : 3;

    memset(from, '*', stars);
    memmove(from + stars, to, strlen(to) + 1);
    return from + stars;
}

/* The last '@' in [from, to), or NULL. */
static char *last_at(char *from, char *to)
{
    while (to > from) {
        if (*--to == '@')
            return to;
    }
    return NULL;
}

/*
 * Where the URL whose authority begins at p ends at the latest: at a blank, or where a list such as
 * "mysql://a,mysql://b" continues with the next one.
 */
static char *url_end(char *p)
{
    char *end = p, *next;

    while (*end && !is_blank(*end))
        end++;
    for (next = strstr(p, "://"); next && next < end; next = strstr(next + 1, "://")) {
        char *start = next;

        while (start > p && (is_word(start[-1]) || strchr("+.-", start[-1])))
            start--;
        if (start > p && start < next && strchr(",;|()[]<>=", start[-1]))
            return start;
    }
    return end;
}

/* Hides the password of the URL whose authority begins at p; returns where to go on. */
static char *hide_in_url(char *p, bool cut)
{
    char *end = url_end(p);
    char *query = memchr(p, '?', (size_t)(end - p));
    char *at = last_at(p, query ? query : end);
    char *colon = p, *after;

    if (!at && *p == '[') /* an IPv6 host and no user */
        colon = memchr(p, ']', (size_t)(end - p));
    colon = colon ? memchr(colon, ':', (size_t)(end - colon)) : NULL;
    if (!colon)
        return end;
    if (cut && !*end) /* the '@' that ends the password may be what was cut off */
        return hide(colon + 1, end);
    if (at)
        return colon < at ? hide(colon + 1, at) : end;

    /* No '@' where one belongs: a port follows the colon, or a password with odd bytes. */
    after = colon + 1;
    while (is_digit(*after))
        after++;
    if (after == end || *after == '/' || *after == '?' || *after == '#' || *after == ',' ||
        strchr("'\"`;:.)]}>", *after))
        return end;
    at = last_at(colon, end);
    if (!at) {
        char *next = strstr(end, "://");

        at = strchr(end, '@');
        if (!at || (next && next < at) || memchr(end, '\n', (size_t)(at - end)))
            at = end;
    }
    return hide(colon + 1, at);
}

static void hide_urls(char *text, bool cut)
{
    char *p = text;

    while ((p = strstr(p, "://")))
        p = hide_in_url(p + 3, cut);
}

/* The end of a value that begins with a quote: past the closing one, or the end of the text. */
static char *quoted_end(char *p)
{
    char quote = *p++;

    for (; *p; p++) {
        if (*p == '\\' && p[1])
            p++;
        else if (*p == quote && p[1] == quote)
            p++;
        else if (*p == quote)
            return p;
    }
    return p;
}

/* The byte that %XX at p stands for, or 0. */
static char encoded(const char *p)
{
    unsigned value = 0;

    if (*p != '%')
        return 0;
    for (int i = 1; i <= 2; i++) {
        char c = p[i];
        bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (!letter && !is_digit(c))
            return 0;
        value = value * 16 + (unsigned)(letter ? (c | 0x20) - 'a' + 10 : c - '0');
    }
    return (char)value;
}

/* Past the word at p, of which a URL may write any byte as %XX. */
static char *word_end(char *p)
{
    while (is_word(*p) || is_word(encoded(p)))
        p += *p == '%' ? 3 : 1;
    return p;
}

/* Does the word [start, end) name something secret? Goes by how it ends. */
static bool is_secret_key(const char *start, const char *end)
{
    static const char *const keys[] = {"passphrase", "passwd", "password", "pwd"};
    char tail[16] = {0}; /* the end of the word, plain */
    size_t n = 0;

    for (const char *p = start; p < end; p += *p == '%' ? 3 : 1) {
        if (n == sizeof(tail) - 1)
            memmove(tail, tail + 1, --n);
        tail[n++] = *p == '%' ? encoded(p) : *p;
    }
    tail[n] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        size_t len = strlen(keys[i]);

        if (n >= len && strcasecmp(tail + n - len, keys[i]) == 0)
            return true;
    }
    return false;
}

/* Where the value of a URL's query ends: an & with no key and = behind it was part of it. */
static char *query_value_end(char *p)
{
    for (;;) {
        while (*p && !is_blank(*p) && *p != '&' && *p != '#')
            p++;
        if (*p != '&' || p[1 + strcspn(p + 1, "&=# \t\r\n")] == '=')
            return p;
        p++;
    }
}

/* Hides what follows the secret key that ends at p; returns where to go on. */
static char *hide_value(char *text, char *start, char *p)
{
    bool in_query = start > text && (start[-1] == '?' || start[-1] == '&');
    char *value = p, *end;

    if (*value == '"' || *value == '`') /* the key itself was quoted */
        value++;
    value = skip_blanks(value);
    if (*value == '=' || encoded(value) == '=')
        value = skip_blanks(value + (*value == '=' ? 1 : 3));
    else if (*value != '\'')
        return p;
    if (*value == '\'' || *value == '"') {
        end = quoted_end(value);
        return hide(value + 1, end);
    }
    if (in_query)
        return hide(value, query_value_end(value));
    for (end = value; *end && !is_blank(*end); end++)
        ;
    return hide(value, end);
}

/* mysql:/user:PASSWORD@host, mysql//…: a URL but for its scheme's end, p. Returns where to go on.
 */
static char *hide_in_mistyped(const char *start, char *p)
{
    static const char *const schemes[] = {"mariadb", "mysql", "postgres", "postgresql"};
    char *rest = p + strspn(p, ":/"), *end = rest;

    for (size_t i = 0; i < ARRAY_LEN(schemes) && rest > p && !str_starts(p, "://"); i++) {
        size_t len = strlen(schemes[i]);
        if ((size_t)(p - start) != len || strncasecmp(start, schemes[i], len) != 0)
            continue;
        while (*end && !is_blank(*end))
            end++;
        end = last_at(rest, end);
        return end ? hide(rest, end) : p;
    }
    return p;
}

static void hide_values(char *text)
{
    char *p = text;

    while (*p) {
        char *start = p;

        p = word_end(p);
        if (p == start)
            p++;
        else if (*p == ':' || *p == '/')
            p = hide_in_mistyped(start, p);
        else if (is_secret_key(start, p))
            p = hide_value(text, start, p);
        else if (p - start == 10 && strncasecmp(start, "identified", 10) == 0 &&
                 strncasecmp(p, " by '", 5) == 0)
            p = hide(p + 5, quoted_end(p + 4));
    }
}

void redact_text(char *text, bool cut)
{
    hide_urls(text, cut);
    hide_values(text);
}

void redact_word(char *text)
{
    redact_text(text, false);
    char *colon = strchr(text, ':'), *at = strrchr(text, '@');
    if (!strstr(text, "://") && colon && at && colon < at)
        hide(colon + 1, at);
}

void redact_formatted(char *text, size_t len, size_t size)
{
    bool cut = len >= size;

    /* Whether the last character is whole cannot be seen any more: it is given up. */
    if (cut)
        text[str_utf8_floor(text, size - 2)] = '\0';
    redact_text(text, cut);
}
