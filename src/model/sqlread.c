#include "sqlread.h"

#include <string.h>
#include <strings.h>

/* ---- tokens -------------------------------------------------------------------------------- */

const struct pgtoken *sqlread_token(const struct sqlread *r, size_t i)
{
    static const struct pgtoken end = {.type = PGTOKEN_END, .text = ""};

    return i < r->n ? &r->tokens[i] : &end;
}

bool sqlread_is(const struct sqlread *r, size_t i, const char *text)
{
    const struct pgtoken *t = sqlread_token(r, i);

    return (t->type == PGTOKEN_WORD || t->type == PGTOKEN_SIGN) && t->len == strlen(text) &&
           strncasecmp(t->text, text, t->len) == 0;
}

bool sqlread_is_one_of(const struct sqlread *r, size_t i, const char *const *list)
{
    for (; *list; list++)
        if (sqlread_is(r, i, *list))
            return true;
    return false;
}

bool sqlread_is_identifier(const struct sqlread *r, size_t i)
{
    enum pgtoken_type t = sqlread_token(r, i)->type;

    return t == PGTOKEN_WORD || t == PGTOKEN_QUOTED;
}

static bool opens(const struct sqlread *r, size_t i)
{
    return sqlread_is(r, i, "(") || sqlread_is(r, i, "[");
}

/* Behind the token, or behind what is in brackets. */
size_t sqlread_next(const struct sqlread *r, size_t i)
{
    return opens(r, i) ? sqlread_token(r, i)->pair + 1 : i + 1;
}

const char *sqlread_text_of(const struct sqlread *r, size_t from, size_t to)
{
    const struct pgtoken *first = sqlread_token(r, from), *last = sqlread_token(r, to - 1);

    return arena_strndup(r->a, first->text, (size_t)(last->text + last->len - first->text));
}

/* ---- the skeleton -------------------------------------------------------------------------- */

void sqlread_add_mark(struct sqlread *r, const char *mark)
{
    if (r->skeleton.len)
        buf_addch(&r->skeleton, ' ');
    buf_adds(&r->skeleton, mark);
}

/* "name" that needs no quotes is the same without: which words need them changes with the version.
 * Two types need them, to be told from others:
 * https://www.postgresql.org/docs/current/datatype-character.html */
static bool is_plain(const struct pgtoken *t)
{
    size_t n = 1 + strspn(t->text + 1, "abcdefghijklmnopqrstuvwxyz_0123456789");

    return n == t->len - 1 && (t->text[1] < '0' || t->text[1] > '9') &&
           !str_starts(t->text, "\"char\"") && !str_starts(t->text, "\"bit\"");
}

static void add_token(struct sqlread *r, size_t i)
{
    const struct pgtoken *t = sqlread_token(r, i);
    bool plain = t->type == PGTOKEN_QUOTED && is_plain(t);

    sqlread_add_mark(r, "");
    for (size_t k = plain; k < t->len - plain; k++) {
        char c = t->text[k];
        bool lower = t->type == PGTOKEN_WORD && c >= 'A' && c <= 'Z';
        buf_addch(&r->skeleton, (char)(lower ? c - 'A' + 'a' : c));
    }
}

void sqlread_add_tokens(struct sqlread *r, size_t to)
{
    while (r->at < to)
        add_token(r, r->at++);
}

bool sqlread_take(struct sqlread *r, const char *text)
{
    if (!sqlread_is(r, r->at, text))
        return false;
    sqlread_add_tokens(r, r->at + 1);
    return true;
}

bool sqlread_take_one_of(struct sqlread *r, const char *const *list)
{
    if (!sqlread_is_one_of(r, r->at, list))
        return false;
    sqlread_add_tokens(r, r->at + 1);
    return true;
}

/* ---- statements that change rows ----------------------------------------------------------- */

/* UPDATE, DELETE and INSERT may be names of columns too, without quotes: then an operator, or
 * nothing, follows where the statement would continue with a table's name. */
static bool is_change(const struct sqlread *r, size_t i)
{
    static const char *const operators[] = {
        "is",      "and",     "or",        "not",        "in",       "like", "ilike", "similar",
        "at",      "between", "isnull",    "notnull",    "operator", "from", "for",   "order",
        "collate", "as",      "asc",       "desc",       "then",     "else", "end",   "when",
        "using",   "nulls",   "symmetric", "asymmetric", NULL};

    if (sqlread_is(r, i, "insert") || sqlread_is(r, i, "merge"))
        return sqlread_is(r, i + 1, "into");
    if (sqlread_is(r, i, "delete"))
        return sqlread_is(r, i + 1, "from");
    return sqlread_is(r, i, "update") && sqlread_is_identifier(r, i + 1) &&
           !sqlread_is_one_of(r, i + 1, operators);
}

/* Nothing that ends a statement; nothing that changes rows or makes a table, unless `changes`. */
bool sqlread_is_harmless(const struct sqlread *r, size_t from, size_t to, bool changes)
{
    for (size_t i = from; i < to; i++) {
        bool first = i == from || sqlread_is(r, i - 1, "(") || sqlread_is(r, i - 1, ")");

        if (sqlread_is(r, i, ";") || (!changes && first && is_change(r, i)))
            return false;
        if (sqlread_is(r, i, "into") &&
            (!changes || i == from ||
             !(sqlread_is(r, i - 1, "insert") || sqlread_is(r, i - 1, "merge"))))
            return false;
    }
    return true;
}

static const char *const query_words[] = {"select", "with", "values", "table", NULL};

bool sqlread_is_query(const struct sqlread *r, size_t from, size_t to)
{
    size_t i = from;

    while (i < to && sqlread_is(r, i, "("))
        i++;
    return i < to && sqlread_is_one_of(r, i, query_words) &&
           sqlread_is_harmless(r, from, to, false);
}

/* Of a body or a rule. */
bool sqlread_is_command(const struct sqlread *r, size_t from, size_t to, bool notify)
{
    static const char *const words[] = {"select", "insert", "update", "delete", "merge",
                                        "values", "with",   "table",  NULL};

    if (notify && from < to && sqlread_is(r, from, "notify"))
        return sqlread_is_identifier(r, from + 1) &&
               (to == from + 2 || (to == from + 4 && sqlread_is(r, from + 2, ",") &&
                                   sqlread_token(r, from + 3)->type == PGTOKEN_STRING));
    if (from < to && sqlread_is(r, from, "("))
        return sqlread_is_query(r, from, to);
    return from < to && sqlread_is_one_of(r, from, words) && sqlread_is_harmless(r, from, to, true);
}

/* ---- expressions --------------------------------------------------------------------------- */

/* The words that stand beside an operand within an expression. */
static bool joins(const struct sqlread *r, size_t i)
{
    static const char *const words[] = {
        "and",        "or",       "not",      "is",       "null",     "true",      "false",
        "unknown",    "distinct", "from",     "in",       "between",  "symmetric", "asymmetric",
        "like",       "ilike",    "similar",  "escape",   "collate",  "case",      "when",
        "then",       "else",     "end",      "at",       "time",     "zone",      "document",
        "normalized", "of",       "variadic", "with",     "without",  "varying",   "precision",
        "year",       "month",    "day",      "hour",     "minute",   "second",    "json",
        "unique",     "isnull",   "notnull",  "overlaps", "operator", "any",       "all",
        "some",       "for",      NULL};

    return sqlread_is_one_of(r, i, words);
}

/* Whether a name or constant stands right behind another, as in DROP TABLE t, where an expression
 * has an operator. Not looked into are calls and queries, which have a syntax of their own. */
static bool lacks_operator(const struct sqlread *r, size_t from, size_t to)
{
    bool operand = false; /* what stands before ends one */

    for (size_t i = from; i < to; i++) {
        bool sign = sqlread_token(r, i)->type == PGTOKEN_SIGN;
        bool joint = joins(r, i);

        if (operand && !sign && !joint)
            return true;
        if (sqlread_is(r, i, "operator") && sqlread_is(r, i + 1, "("))
            i = sqlread_token(r, i + 1)->pair;
        else if (sqlread_is(r, i, "[") ||
                 (sqlread_is(r, i, "(") && (operand || sqlread_is_one_of(r, i + 1, query_words))))
            i = sqlread_token(r, i)->pair;
        operand = sign ? sqlread_is(r, i, ")") || sqlread_is(r, i, "]") : !joint;
    }
    return false;
}

/* One expression: nothing stands beside it that ends it. What is in brackets was balanced. */
bool sqlread_is_expression(const struct sqlread *r, size_t from, size_t to)
{
    static const char *const ends[] = {",",      "as",    "where",  "having", "union",  "intersect",
                                       "except", "limit", "offset", "fetch",  "window", "returning",
                                       "order",  "grant", "create", "do",     "on",     NULL};

    if (from >= to || sqlread_is_one_of(r, from, query_words) ||
        !sqlread_is_harmless(r, from, to, false) || lacks_operator(r, from, to))
        return false;
    for (size_t i = from; i < to; i = sqlread_next(r, i))
        if (sqlread_is_one_of(r, i, ends) ||
            (sqlread_is(r, i, "from") && (i == from || !sqlread_is(r, i - 1, "distinct"))))
            return false;
    return true;
}

void sqlread_add_part(struct sqlread *r, size_t to)
{
    VEC_PUSH(&r->parts, const char *, sqlread_text_of(r, r->at, to));
    r->at = to;
}

bool sqlread_take_expression(struct sqlread *r, size_t to)
{
    if (!sqlread_is_expression(r, r->at, to))
        return false;
    sqlread_add_part(r, to);
    sqlread_add_mark(r, "?");
    return true;
}

/* From "(" to ")". */
bool sqlread_take_in_parentheses(struct sqlread *r)
{
    size_t close = sqlread_token(r, r->at)->pair;

    return sqlread_take(r, "(") && sqlread_take_expression(r, close) && sqlread_take(r, ")");
}

/* ---- names and types ----------------------------------------------------------------------- */

/* Behind the name that stands at i; i itself where there is none. */
size_t sqlread_name_end(const struct sqlread *r, size_t i)
{
    if (!sqlread_is_identifier(r, i))
        return i;
    for (i++; sqlread_is(r, i, ".") && sqlread_is_identifier(r, i + 1);)
        i += 2;
    return i;
}

bool sqlread_take_name(struct sqlread *r)
{
    size_t end = sqlread_name_end(r, r->at);
    bool good = end > r->at;

    sqlread_add_tokens(r, end);
    return good;
}

/* (10,2), (Point,4326) */
bool sqlread_is_modifier(const struct sqlread *r, size_t i)
{
    size_t close = sqlread_token(r, i)->pair;

    if (!sqlread_is(r, i, "("))
        return false;
    for (i++; i < close; i++)
        if (!sqlread_is_identifier(r, i) && sqlread_token(r, i)->type != PGTOKEN_NUMBER &&
            !sqlread_is(r, i, ",") && !sqlread_is(r, i, "-"))
            return false;
    return true;
}

/* Behind the type that stands at i; i itself where there is none. */
size_t sqlread_type_end(const struct sqlread *r, size_t i)
{
    /* What the types of several words continue with. */
    static const char *const words[] = {"precision", "varying", "with",  "without", "time",
                                        "zone",      "year",    "month", "day",     "hour",
                                        "minute",    "second",  "to",    "local",   NULL};
    size_t end = sqlread_name_end(r, i);
    bool words_follow = end == i + 1 && sqlread_token(r, i)->type == PGTOKEN_WORD;

    if (end == i)
        return i;
    while ((words_follow && sqlread_is_one_of(r, end, words)) || sqlread_is_modifier(r, end))
        end = sqlread_next(r, end);
    while (sqlread_is(r, end, "[")) {
        size_t close = sqlread_token(r, end)->pair;
        if (close > end + 2 ||
            (close == end + 2 && sqlread_token(r, end + 1)->type != PGTOKEN_NUMBER))
            return i;
        end = close + 1;
    }
    return end;
}

bool sqlread_take_type(struct sqlread *r)
{
    size_t end = sqlread_type_end(r, r->at);
    bool good = end > r->at;

    sqlread_add_tokens(r, end);
    return good;
}
