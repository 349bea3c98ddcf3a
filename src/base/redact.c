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
 * "mysql://a,mysql://b" goes on with the next one.
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

/* Does the word [start, end) name something secret? */
static bool is_secret_key(const char *start, const char *end)
{
    static const char *const keys[] = {"passphrase", "passwd", "password", "pwd"};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        size_t len = strlen(keys[i]);

        if ((size_t)(end - start) >= len && strncasecmp(end - len, keys[i], len) == 0)
            return true;
    }
    return false;
}

/* Hides what follows the secret key that ends at p; returns where to go on. */
static char *hide_value(char *text, char *start, char *p)
{
    bool in_query = start > text && (start[-1] == '?' || start[-1] == '&');
    char *value = p, *end;

    if (*value == '"' || *value == '`') /* the key itself was quoted */
        value++;
    value = skip_blanks(value);
    if (*value == '=')
        value = skip_blanks(value + 1);
    else if (*value != '\'')
        return p;
    if (*value == '\'' || *value == '"') {
        end = quoted_end(value);
        return hide(value + 1, end);
    }
    for (end = value; *end && !is_blank(*end) && !(in_query && (*end == '&' || *end == '#')); end++)
        ;
    return hide(value, end);
}

static void hide_values(char *text)
{
    char *p = text;

    while (*p) {
        char *start = p;

        while (is_word(*p))
            p++;
        if (p == start)
            p++;
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

void redact_formatted(char *text, size_t len, size_t size)
{
    bool cut = len >= size;

    /* Whether the last character is whole cannot be seen any more: it is given up. */
    if (cut)
        text[str_utf8_floor(text, size - 2)] = '\0';
    redact_text(text, cut);
}
