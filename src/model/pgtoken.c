#include "pgtoken.h"

#include <string.h>

#include <dbtwin/sqltoken.h>

#include "sqltext.h"
#include "utf8.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word_start(char c)
{
    return sqltoken_is_word(c) && !is_digit(c) && c != '$';
}

/* A word, or B'…' and X'…'; 0 for what begins another kind of constant (E'…', N'…', U&'…'). */
static size_t word_length(const char *p, enum pgtoken_type *ret)
{
    size_t n = 1, string;

    while (sqltoken_is_word(p[n]))
        n++;
    *ret = PGTOKEN_WORD;
    if (p[n] == '"' || (n == 1 && strchr("uU", p[0]) && p[1] == '&' && strchr("'\"", p[2]) && p[2]))
        return 0;
    if (p[n] != '\'')
        return n;
    *ret = PGTOKEN_STRING;
    if (n != 1 || !strchr("bBxX", p[0]))
        return 0;
    string = sqltext_quoted(p + 1, false);
    return string ? 1 + string : 0;
}

static size_t number_length(const char *p)
{
    size_t n = strspn(p, "0123456789");

    if (p[n] == '.' && (n || is_digit(p[n + 1])))
        n += 1 + strspn(p + n + 1, "0123456789");
    if (p[n] == 'e' || p[n] == 'E') {
        size_t sign = p[n + 1] == '+' || p[n + 1] == '-';

        if (is_digit(p[n + 1 + sign]))
            n += 1 + sign + strspn(p + n + 1 + sign, "0123456789");
    }
    return n;
}

/* An operator is as long as its characters go; where "--" or a slash with a star is among them,
 * the server sees a comment. */
static size_t sign_length(const char *p)
{
    static const char operators[] = "~!@#^&|`?+-*/%<>=";
    size_t n = strspn(p, operators);

    for (size_t i = 0; i + 1 < n; i++)
        if ((p[i] == '-' && p[i + 1] == '-') || (p[i] == '/' && p[i + 1] == '*'))
            return 0;
    if (n)
        return n;
    if (p[0] == ':' && (p[1] == ':' || p[1] == '='))
        return 2;
    return strchr("()[],;.:", *p) ? 1 : 0;
}

/* One token; its length is 0 where it is refused. */
static struct pgtoken token_at(const char *p)
{
    struct pgtoken t = {.type = PGTOKEN_SIGN, .text = p};

    if (*p == '\'' || *p == '"') {
        t.type = *p == '"' ? PGTOKEN_QUOTED : PGTOKEN_STRING;
        t.len = sqltext_quoted(p, false);
        if (*p == '"' && t.len == 2) /* no name is empty */
            t.len = 0;
    } else if (is_word_start(*p)) {
        t.len = word_length(p, &t.type);
    } else if (is_digit(*p) || (*p == '.' && is_digit(p[1]))) {
        t.type = PGTOKEN_NUMBER;
        t.len = number_length(p);
    } else if (*p == '$' && is_digit(p[1])) {
        t.type = PGTOKEN_PARAMETER;
        t.len = 1 + strspn(p + 1, "0123456789");
    } else {
        t.len = sign_length(p);
    }
    /* Two tokens that touch are read by each version in its own way. */
    if (t.type != PGTOKEN_SIGN && t.len &&
        (sqltoken_is_word(p[t.len]) || p[t.len] == '\'' || p[t.len] == '"'))
        t.len = 0;
    return t;
}

/* Opens a bracket, or closes the last one that is open (`open` holds indexes). */
static bool pair_up(struct vec *tokens, struct vec *open)
{
    size_t here = tokens->len - 1, other;
    struct pgtoken *t = &VEC_AT(tokens, struct pgtoken, here);

    if (t->type != PGTOKEN_SIGN || t->len != 1)
        return true;
    if (*t->text == '(' || *t->text == '[') {
        VEC_PUSH(open, size_t, here);
    } else if (*t->text == ')' || *t->text == ']') {
        if (!open->len)
            return false;
        other = VEC_AT(open, size_t, --open->len);
        if (*VEC_AT(tokens, struct pgtoken, other).text != (*t->text == ')' ? '(' : '['))
            return false;
        t->pair = other;
        VEC_AT(tokens, struct pgtoken, other).pair = here;
    }
    return true;
}

bool pgtoken_read(const char *sql, struct vec *ret)
{
    struct vec open = VEC_INIT(size_t);
    bool good = utf8_valid(sql, strlen(sql));

    for (const char *p = sql; good && *p;) {
        size_t space = strspn(p, " \t\n\r\f");

        p += space;
        if (!*p)
            break;
        struct pgtoken t = token_at(p);
        good = t.len != 0;
        if (good) {
            VEC_PUSH(ret, struct pgtoken, t);
            good = pair_up(ret, &open);
        }
        p += t.len;
    }
    good = good && !open.len;
    vec_release(&open);
    return good;
}
