#include "sqlnode.h"

#include <string.h>

#include <dbtwin/sqltoken.h>

#include "sqltext.h"

enum { DEPTH_MAX = 200 };

/* ---- reading and writing --------------------------------------------------------------------- */

struct sqlnode *sqlnode_token(struct sqlnode_reader *c, const char *text)
{
    struct sqlnode *n = arena_alloc(c->a, sizeof(*n));
    *n = (struct sqlnode){.text = text};
    return n;
}

struct sqlnode *sqlnode_group(struct sqlnode_reader *c, struct sqlnode *first)
{
    struct sqlnode *n = arena_alloc(c->a, sizeof(*n));
    *n = (struct sqlnode){.first = first, .open = '('};
    if (first)
        first->space = false;
    return n;
}

/* The length of the token at p; 0 for a comment, or what does not end. */
static size_t token_length(const char *p)
{
    size_t n = 1;
    if (*p == '\'' || *p == '"')
        return sqltext_quoted(p, false);
    if (*p == '$')
        return sqltext_dollar(p);
    if ((p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*'))
        return 0;
    if (p[0] == ':' && p[1] == ':')
        return 2;
    if ((p[0] == 'E' || p[0] == 'B' || p[0] == 'X') && p[1] == '\'') {
        n = sqltext_quoted(p + 1, p[0] == 'E');
        return n ? n + 1 : 0;
    }
    if (sqltoken_is_word(*p))
        while (sqltoken_is_word(p[n]))
            n++;
    return n;
}

static bool ends_constant(const char *behind)
{
    return behind[-1] == '\'';
}

struct sqlnode *sqlnode_read(struct sqlnode_reader *c, char close)
{
    struct sqlnode *first = NULL, **last = &first;
    if (++c->depth > DEPTH_MAX)
        c->failed = true;
    while (!c->failed && *c->at && *c->at != close) {
        size_t blanks = strspn(c->at, " \t\r\n");
        c->at += blanks;
        if (!*c->at || *c->at == close)
            break;
        struct sqlnode *n;
        if (*c->at == '(' || *c->at == '[') {
            char open = *c->at++;
            n = sqlnode_group(c, sqlnode_read(c, open == '(' ? ')' : ']'));
            n->open = open;
        } else {
            size_t len = *c->at == ')' || *c->at == ']' ? 0 : token_length(c->at);
            /* Two constants that a line break makes one: no deparser's. */
            c->failed |=
                !len || (*c->at == '\'' && first && blanks && ends_constant(c->at - blanks));
            n = sqlnode_token(c, arena_strndup(c->a, c->at, len));
            c->at += len;
        }
        n->space = blanks && first; /* none behind a parenthesis, and none before one */
        *last = n;
        last = &n->next;
    }
    c->depth--;
    if (close && !c->failed) {
        c->failed = *c->at != close;
        c->at += *c->at == close;
    }
    return first;
}

void sqlnode_write(const struct sqlnode *n, struct buf *out)
{
    for (; n; n = n->next) {
        if (n->space)
            buf_addch(out, ' ');
        if (n->text) {
            buf_adds(out, n->text);
            continue;
        }
        buf_addch(out, n->open);
        sqlnode_write(n->first, out);
        buf_addch(out, n->open == '(' ? ')' : ']');
    }
}

/* ---- looking at lists ------------------------------------------------------------------------ */

bool sqlnode_is(const struct sqlnode *n, const char *text)
{
    return n && n->text && strcmp(n->text, text) == 0;
}

bool sqlnode_is_one_of(const struct sqlnode *n, const char *const *list)
{
    for (; n && n->text && *list; list++)
        if (strcmp(n->text, *list) == 0)
            return true;
    return false;
}

bool sqlnode_is_group(const struct sqlnode *n)
{
    return n && !n->text && n->open == '(';
}

bool sqlnode_is_word(const struct sqlnode *n)
{
    return n && n->text && (n->text[0] == '"' || sqltoken_is_word(n->text[0]));
}

/* Key words are in capitals; no name without quotes is. */
bool sqlnode_is_keyword(const struct sqlnode *n)
{
    return n && n->text && n->text[0] >= 'A' && n->text[0] <= 'Z' && !strchr(n->text, '\'');
}

bool sqlnode_is_call(const struct sqlnode *n)
{
    return sqlnode_is_word(n) && sqlnode_is_group(n->next) && !n->next->space;
}

bool sqlnode_is_query(const struct sqlnode *list)
{
    return sqlnode_is(list, "SELECT") || sqlnode_is(list, "WITH") || sqlnode_is(list, "VALUES");
}

/* The list up to `word`, cut off; *rest is what follows it. NULL where there is no such word, and
 * then nothing is cut. */
struct sqlnode *sqlnode_cut(struct sqlnode *list, const char *word, struct sqlnode **rest)
{
    struct sqlnode *before = NULL;
    for (struct sqlnode *n = list; n; before = n, n = n->next) {
        if (!sqlnode_is(n, word) || !before)
            continue;
        before->next = NULL;
        *rest = n->next;
        return list;
    }
    return NULL;
}

bool sqlnode_has(const struct sqlnode *list, const char *word)
{
    for (; list; list = list->next)
        if (sqlnode_is(list, word))
            return true;
    return false;
}

struct sqlnode *sqlnode_last(struct sqlnode *n)
{
    while (n->next)
        n = n->next;
    return n;
}
