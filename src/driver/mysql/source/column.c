#include "column.h"

#include "create.h"

#include <string.h>
#include <strings.h>

/* ---- tokens of one line -------------------------------------------------------------------- */

struct line {
    struct arena *a;
    unsigned flavor;
    const char *p, *end;
    const char *tok, *fin; /* the last token; empty at the end */
};

static bool next(struct line *l)
{
    while (l->p < l->end && *l->p == ' ')
        l->p++;
    l->tok = l->p;
    l->p = l->fin = my_text_token(l->p, l->end);
    return l->tok < l->fin;
}

static bool is(const struct line *l, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(l->fin - l->tok) == n && !strncasecmp(l->tok, word, n);
}

/* The next token, when it is this one. */
static bool take(struct line *l, const char *word)
{
    struct line ahead = *l;
    if (!next(&ahead) || !is(&ahead, word))
        return false;
    *l = ahead;
    return true;
}

static const char *copy(const struct line *l, const char *from, const char *to)
{
    return arena_strndup(l->a, from, (size_t)(to - from));
}

/* Of a quoted token without escapes and doubled quotes. */
static const char *inner(const struct line *l)
{
    size_t n = (size_t)(l->fin - l->tok);
    if (n < 2 || l->fin[-1] != *l->tok || memchr(l->tok + 1, *l->tok, n - 2) ||
        memchr(l->tok, '\\', n))
        return NULL;
    return copy(l, l->tok + 1, l->fin - 1);
}

/* From an opening parenthesis, which was taken, to the one that closes it. */
static bool take_inside(struct line *l)
{
    for (int depth = 1; depth > 0;) {
        if (!next(l) || (*l->tok == '\'' && !inner(l)))
            return false;
        depth += is(l, "(") ? 1 : is(l, ")") ? -1 : 0;
    }
    return true;
}

/* ---- types --------------------------------------------------------------------------------- */

enum sort { NUMBER, TEXT, TIME, BYTES };

static bool find_type(const struct line *l, enum sort *ret)
{
    static const struct {
        const char *name;
        enum sort sort;
    } types[] = {
        {"bigint", NUMBER},   {"binary", BYTES},    {"blob", BYTES},       {"char", TEXT},
        {"date", TIME},       {"datetime", TIME},   {"decimal", NUMBER},   {"double", NUMBER},
        {"enum", TEXT},       {"float", NUMBER},    {"int", NUMBER},       {"json", BYTES},
        {"longblob", BYTES},  {"longtext", TEXT},   {"mediumblob", BYTES}, {"mediumint", NUMBER},
        {"mediumtext", TEXT}, {"set", TEXT},        {"smallint", NUMBER},  {"text", TEXT},
        {"time", TIME},       {"timestamp", TIME},  {"tinyblob", BYTES},   {"tinyint", NUMBER},
        {"tinytext", TEXT},   {"varbinary", BYTES}, {"varchar", TEXT},
    };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (is(l, types[i].name)) {
            *ret = types[i].sort;
            return true;
        }
    }
    return false;
}

/* "bigint(20) unsigned", "enum('a','b')" */
static bool take_type(struct line *l, struct my_column *c, enum sort *ret)
{
    const char *from;
    if (!next(l) || !find_type(l, ret))
        return false;
    from = l->tok;
    if (take(l, "(") && !take_inside(l))
        return false;
    while (take(l, "unsigned") || take(l, "zerofill"))
        ;
    c->type = copy(l, from, l->fin);
    c->is_text = *ret == TEXT;
    return true;
}

/* ---- clauses ------------------------------------------------------------------------------- */

/* current_timestamp, current_timestamp(6): as information_schema has it, in lower case. */
static const char *take_now(struct line *l)
{
    if (!take(l, "current_timestamp"))
        return NULL;
    struct buf low = BUF_INIT;
    const char *from = l->tok;
    if (l->p < l->end && *l->p == '(' && !(next(l) && take_inside(l)))
        return NULL;
    buf_add(&low, from, (size_t)(l->fin - from));
    my_text_lower(&low);
    const char *text = arena_strndup(l->a, low.data, low.len);
    buf_release(&low);
    return text;
}

/* Digits with a sign and a point: MySQL writes them as strings. */
static const char *take_number(struct line *l)
{
    while (l->p < l->end && *l->p == ' ')
        l->p++;
    size_t n = strspn(l->p, "+-.0123456789");
    if (!n || (l->p + n < l->end && l->p[n] != ' '))
        return NULL;
    l->tok = l->p;
    l->p = l->fin = l->p + n;
    return copy(l, l->tok, l->fin);
}

static bool take_default(struct line *l, struct my_column *c, enum sort sort)
{
    struct line ahead = *l;
    if (take(l, "NULL"))
        return true;
    if (sort == TIME && (c->value = take_now(l)))
        return true;
    if (l->flavor == ENGINE_MA && sort == NUMBER)
        return (c->value = take_number(l)) != NULL;
    if (sort == BYTES || !next(&ahead) || *ahead.tok != '\'' || !inner(&ahead))
        return false;
    *l = ahead;
    c->value = sort == NUMBER ? inner(l) : copy(l, l->tok, l->fin);
    return true;
}

static bool take_clause(struct line *l, struct my_column *c, enum sort sort)
{
    if (is(l, "NOT"))
        return c->not_null = take(l, "NULL");
    if (is(l, "NULL"))
        return true;
    if (is(l, "DEFAULT"))
        return take_default(l, c, sort);
    if (is(l, "ON"))
        return take(l, "UPDATE") && (c->on_update = take_now(l));
    if (is(l, "AUTO_INCREMENT"))
        return c->auto_increment = true;
    if (is(l, "CHECK")) /* taken with the others, see create.c */
        return take(l, "(") && take_inside(l);
    if (is(l, "CHARACTER"))
        return sort == TEXT && take(l, "SET") && next(l) && (c->charset = copy(l, l->tok, l->fin));
    if (is(l, "COLLATE"))
        return sort == TEXT && next(l) && (c->collation = copy(l, l->tok, l->fin));
    return is(l, "COMMENT") && next(l) && *l->tok == '\'' && (c->comment = inner(l));
}

/* ---- columns ------------------------------------------------------------------------------- */

static bool is_ascii(const char *p, const char *end)
{
    while (p < end && (unsigned char)*p < 0x80)
        p++;
    return p == end;
}

/* From the name on, without the comma. */
static bool parse_line(struct line *l, struct my_column *c)
{
    enum sort sort = BYTES;
    if (!is_ascii(l->p, l->end) || !next(l) || *l->tok != '`' || !(c->name = inner(l)) ||
        !take_type(l, c, &sort))
        return false;
    while (next(l))
        if (!take_clause(l, c, sort))
            return false;
    if (c->collation && !c->charset) /* the table's, whose name a collation begins with */
        c->charset = copy(l, c->collation, c->collation + strcspn(c->collation, "_"));
    return !c->charset == !c->collation && !str_eq(c->charset, "binary");
}

bool my_column_parse(struct arena *a, unsigned flavor, const char *text, struct vec *ret)
{
    const char *p = strstr(text, "` (\n"), *newline;
    if (!str_starts(text, "CREATE TABLE `") || !p || strstr(text, "SYSTEM VERSIONING") ||
        strstr(text, "CHARSET=binary"))
        return false;
    for (p += strlen("` (\n"); str_starts(p, "  `"); p = newline + 1) {
        newline = strchr(p, '\n');
        if (!newline)
            return false;
        struct my_column c = {0};
        struct line l = {a, flavor, p + 2, newline[-1] == ',' ? newline - 1 : newline, p, p};
        if (!parse_line(&l, &c))
            return false;
        VEC_PUSH(ret, struct my_column, c);
    }
    return ret->len > 0;
}

static void set_column(struct my_read *r, struct object *o, const struct my_column *c)
{
    const struct object *table = o->parent;
    const struct {
        unsigned slot;
        const char *text;
    } slots[] = {
        {P_COLUMN_TYPE, c->type},
        {P_COLUMN_CHARSET, c->charset   ? c->charset
                           : c->is_text ? model_get(table, P_TABLE_CHARSET)
                                        : NULL},
        {P_COLUMN_COLLATION, c->collation ? c->collation
                             : c->is_text ? model_get(table, P_TABLE_COLLATION)
                                          : NULL},
        {P_COLUMN_NOT_NULL, c->not_null ? "yes" : "no"},
        {P_COLUMN_DEFAULT, c->value},
        {P_COLUMN_ON_UPDATE, c->on_update},
        {P_COLUMN_AUTO_INCREMENT, c->auto_increment ? "yes" : "no"},
        {P_COLUMN_INVISIBLE, "no"},
        {P_COLUMN_COMMENT, c->comment && *c->comment ? c->comment : NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(slots); i++)
        model_set(r->m, o, slots[i].slot, slots[i].text);
}

void my_column_take(struct my_read *r, struct object *table, const struct vec *columns)
{
    for (size_t i = 0; i < columns->len; i++) {
        const struct my_column *c = vec_at(columns, i);
        struct object *o = my_create_add(r, table, K_COLUMN, c->name);
        set_column(r, o, c);
        model_set(r->m, o, P_COLUMN_POSITION, arena_printf(&r->arena, "%zu", i + 1));
    }
}
