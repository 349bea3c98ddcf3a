#include "dialect.h"

#include <stdlib.h>
#include <string.h>

#include <dbtwin/psqltoken.h>
#include <dbtwin/sqltoken.h>

#include "pgexpr.h"
#include "sqltext.h"

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

/* The length of the constant or quoted thing at p (before it stood `before`), 1 for any other
 * character, 0 for something that had better be left alone. */
static size_t token_length(const char *text, const char *p)
{
    char before = p > text ? p[-1] : ' ';

    if (*p == '\'') {
        bool escape =
            (before == 'E' || before == 'e') && (p - 1 == text || !sqltoken_is_word(p[-2]));

        return sqltext_quoted(p, escape);
    }
    if (*p == '"')
        return sqltext_quoted(p, false);
    if (*p == '$' && !sqltoken_is_word(before))
        return sqltext_dollar(p);
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

/* One spelling of what each major version writes in its own: see pgexpr.h. */
static const char *spell(const char *text, struct arena *a)
{
    return pgexpr_canon(text, PGEXPR_ALWAYS, a);
}

static const char *spell_extract(const char *text, struct arena *a)
{
    return pgexpr_canon(text, PGEXPR_EXTRACT, a);
}

static const char *spell_perhaps(const char *text, struct arena *a)
{
    return pgexpr_canon(text, PGEXPR_EXTRACT | PGEXPR_PERHAPS, a);
}

/*
 * From 14 on a procedure's arguments are listed with their mode, IN among them (commit e56bce5d43);
 * it is what an argument is without one
 * (https://www.postgresql.org/docs/current/sql-createprocedure.html).
 */
static const char *drop_in(const char *text, struct arena *a)
{
    static const char mode[] = "IN ";
    char *copy = arena_alloc(a, strlen(text) + 1), *to = copy;
    bool begins = true;

    for (const char *p = text; *p;) {
        size_t n = begins && str_starts(p, mode) ? 0 : token_length(text, p);

        if (!n && !begins)
            return text;
        begins = n ? p[0] == ',' || (begins && p[0] == ' ') : begins;
        memcpy(to, p, n);
        to += n;
        p += n ? n : strlen(mode);
    }
    *to = '\0';
    return strcmp(copy, text) == 0 ? text : copy;
}

/* The end of what stands between commas at p. */
static const char *item_end(const char *p, const char *end)
{
    unsigned depth = 0;

    for (const char *next; p < end && (depth || *p != ','); p = next) {
        next = psqltoken_end(p);
        depth += *p == '(' || *p == '[';
        depth -= depth && (*p == ')' || *p == ']');
    }
    return p < end ? p : end;
}

static int compare_items(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * Statistics are of a set of columns: pg_statistic_ext.stxkeys is sorted by where they stand in the
 * table, and so they are listed (CREATE STATISTICS, "column_name": no order is said to matter).
 */
static const char *sort_columns(const char *text, struct arena *a)
{
    const char *begin = text, *end, *sorted;
    struct vec items = VEC_INIT(const char *);
    struct buf out = BUF_INIT;

    while (*begin && !str_starts(begin, " ON "))
        begin = psqltoken_end(begin);
    begin += *begin ? strlen(" ON ") : 0;
    for (end = begin; *end && !str_starts(end, " FROM ");)
        end = psqltoken_end(end);
    for (const char *p = begin, *next; *end && p < end; p = next + (next < end)) {
        p += *p == ' ';
        next = item_end(p, end);
        VEC_PUSH(&items, const char *, arena_strndup(a, p, (size_t)(next - p)));
    }
    if (items.len > 1)
        qsort(items.items, items.len, sizeof(const char *), compare_items);
    buf_add(&out, text, (size_t)(begin - text));
    for (size_t i = 0; i < items.len; i++)
        buf_addf(&out, "%s%s", i ? ", " : "", VEC_AT(&items, const char *, i));
    sorted = items.len ? arena_printf(a, "%s%s", out.data, end) : text;
    vec_release(&items);
    buf_release(&out);
    return strcmp(sorted, text) == 0 ? text : sorted;
}

const struct rule dialect_postgres_rules[] = {
    {ENGINE_PG, K_ANY, NULL, T_EXPR, collapse_space},
    {ENGINE_PG, K_PROCEDURE, "arguments", T_EXPR, drop_in},
    {ENGINE_PG, K_STATISTICS, "definition", T_EXPR, sort_columns},
    {ENGINE_PG, K_ANY, NULL, T_EXPR, spell},
    {ENGINE_EXTRACT, K_ANY, NULL, T_EXPR, spell_extract},
    {ENGINE_PERHAPS, K_ANY, NULL, T_EXPR, spell_perhaps},
    {ENGINE_ACROSS, K_GRANT, "privileges", T_NAME, drop_maintain},
    {ENGINE_ACROSS, K_DEFAULT_PRIVILEGE, "privileges", T_NAME, drop_maintain},
    {0, K_ANY, NULL, RULE_ANY_TYPE, NULL},
};
