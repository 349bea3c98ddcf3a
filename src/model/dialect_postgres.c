#include "dialect.h"

#include <string.h>

/*
 * White space between the tokens of a deparsed expression. Pretty-printing, and with it where lines
 * break, changes between major versions; between tokens any amount of it means the same
 * (https://www.postgresql.org/docs/current/sql-syntax-lexical.html). A run becomes one space, at
 * the ends it goes, and with it the semicolon that pg_get_viewdef() ends with. Never touched:
 * string constants ('…', E'…'), quoted identifiers, dollar-quoted text. Where there is a comment,
 * or two string constants that only a line break makes one, the text stays as it is: the deparser
 * writes neither.
 */

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

/* The length of '…' or "…" at p, NULL-terminated text; 0 when it does not end. */
static size_t quoted_length(const char *p, bool backslashes)
{
    for (size_t i = 1; p[i]; i++) {
        if (backslashes && p[i] == '\\' && p[i + 1])
            i++;
        else if (p[i] == p[0] && p[i + 1] == p[0])
            i++;
        else if (p[i] == p[0])
            return i + 1;
    }
    return 0;
}

/* The length of $tag$…$tag$ at p, 1 when it is only a dollar sign, 0 when it does not end. */
static size_t dollar_length(const char *p)
{
    size_t tag = 1;
    char *delimiter;
    const char *end;
    struct arena scratch = ARENA_INIT;
    size_t len;

    if (p[1] >= '0' && p[1] <= '9')
        return 1;
    while (is_word(p[tag]) && p[tag] != '$')
        tag++;
    if (p[tag] != '$')
        return 1;
    delimiter = arena_strndup(&scratch, p, tag + 1);
    end = strstr(p + tag + 1, delimiter);
    len = end ? (size_t)(end - p) + tag + 1 : 0;
    arena_release(&scratch);
    return len;
}

/* The length of the constant or quoted thing at p (before it stood `before`), 1 for any other
 * character, 0 for something that had better be left alone. */
static size_t token_length(const char *text, const char *p)
{
    char before = p > text ? p[-1] : ' ';

    if (*p == '\'') {
        bool escape = (before == 'E' || before == 'e') && (p - 1 == text || !is_word(p[-2]));

        return quoted_length(p, escape);
    }
    if (*p == '"')
        return quoted_length(p, false);
    if (*p == '$' && !is_word(before))
        return dollar_length(p);
    if ((p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*'))
        return 0;
    return 1;
}

/* Whether white space from p on is between two string constants and has a line break. */
static bool joins_constants(const char *text, const char *p, size_t n)
{
    return p > text && p[-1] == '\'' && p[n] == '\'' && memchr(p, '\n', n);
}

static const char *collapse_space(const char *text, struct arena *a)
{
    char *copy = arena_alloc(a, strlen(text) + 1), *to = copy;

    for (const char *p = text; *p;) {
        size_t n = 0;

        while (is_space(p[n]))
            n++;
        if (n) {
            if (joins_constants(text, p, n))
                return text;
            if (to > copy && p[n])
                *to++ = ' ';
            p += n;
            continue;
        }
        n = token_length(text, p);
        if (!n)
            return text;
        memcpy(to, p, n);
        to += n;
        p += n;
    }
    while (to > copy && (to[-1] == ';' || to[-1] == ' '))
        to--;
    *to = '\0';
    return strcmp(copy, text) == 0 ? text : copy;
}

/*
 * PostgreSQL 17 has one privilege on tables more, MAINTAIN, and gives it with ALL
 * (https://www.postgresql.org/docs/17/ddl-priv.html): GRANT ALL restored there gains it. Against an
 * older server, which cannot have it, a list is compared without it.
 */
static const char *drop_maintain(const char *text, struct arena *a)
{
    static const char name[] = "MAINTAIN";
    const char *at = strstr(text, name), *rest;

    if (!at)
        return text;
    rest = at + strlen(name);
    rest += *rest == '*';
    if (*rest)
        rest += strlen(", ");
    else if (at > text)
        at -= strlen(", ");
    return arena_printf(a, "%.*s%s", (int)(at - text), text, rest);
}

const struct rule dialect_postgres_rules[] = {
    {ENGINE_PG, K_ANY, NULL, T_EXPR, collapse_space},
    {ENGINE_ACROSS, K_GRANT, "privileges", T_NAME, drop_maintain},
    {ENGINE_ACROSS, K_DEFAULT_PRIVILEGE, "privileges", T_NAME, drop_maintain},
    {0, K_ANY, NULL, RULE_ANY_TYPE, NULL},
};
