#include "sqlexpr.h"

#include <string.h>
#include <strings.h>

#include <dbtwin/sqltoken.h>

enum { DEPTH_MAX = 100 };

enum token_type { TOKEN_END, TOKEN_WORD, TOKEN_NAME, TOKEN_TEXT, TOKEN_NUMBER, TOKEN_SIGN };

struct token {
    enum token_type type;
    const char *text; /* words in lower case, strings with '' only */
};

struct parser {
    struct arena *a;
    const char *at;
    struct token now, next;
    unsigned depth;
    bool failed;
};

/* What was read, written again. */
struct node {
    const char *text;
    bool whole;        /* needs no parentheses within another operation */
    const char *chain; /* "and" or "or": operands of the same need none either */
    const char *truth; /* a, of a <> 0 */
};

/* ---- tokens -------------------------------------------------------------------------------- */

static bool is_word(char c)
{
    return sqltoken_is_word(c) || c == '@'; /* @@session.sql_mode */
}

/* A string from its opening quote; quotes within it doubled, whichever way they were written. */
static const char *read_text(struct parser *p)
{
    struct buf b = BUF_INIT;
    char quote = *p->at++;
    buf_addch(&b, '\'');
    for (; *p->at; p->at++) {
        if (*p->at == quote && p->at[1] != quote)
            break;
        if (*p->at == quote || (*p->at == '\\' && (p->at[1] == '\'' || p->at[1] == '"')))
            p->at++;
        else if (*p->at == '\\' && p->at[1])
            buf_addch(&b, *p->at++);
        if (*p->at == '\'')
            buf_addch(&b, '\'');
        buf_addch(&b, *p->at);
    }
    p->failed |= !*p->at;
    p->at += *p->at != 0;
    buf_addch(&b, '\'');
    const char *ret = arena_strndup(p->a, b.data, b.len);
    buf_release(&b);
    return ret;
}

static const char *read_name(struct parser *p)
{
    const char *start = p->at++;
    while (*p->at && (*p->at != '`' || p->at[1] == '`'))
        p->at += *p->at == '`' ? 2 : 1;
    p->failed |= !*p->at;
    p->at += *p->at != 0;
    return arena_strndup(p->a, start, (size_t)(p->at - start));
}

static const char *lower(struct parser *p, const char *start, size_t n)
{
    char *text = arena_strndup(p->a, start, n);
    for (char *c = text; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    return text;
}

static const char *read_word(struct parser *p)
{
    const char *start = p->at;
    while (is_word(*p->at))
        p->at++;
    return lower(p, start, (size_t)(p->at - start));
}

/* MariaDB's X'41' is MySQL's 0x41; from the quote. */
static const char *read_hex(struct parser *p)
{
    size_t n = strcspn(p->at + 1, "'");
    const char *text = arena_printf(p->a, "0x%s", lower(p, p->at + 1, n));
    p->at += 1 + n;
    p->failed |= !*p->at;
    p->at += *p->at != 0;
    return text;
}

static const char *read_number(struct parser *p)
{
    const char *start = p->at;
    while (is_word(*p->at) || *p->at == '.' ||
           ((*p->at == '-' || *p->at == '+') && (p->at[-1] == 'e' || p->at[-1] == 'E')))
        p->at++;
    return lower(p, start, (size_t)(p->at - start));
}

static const char *read_sign(struct parser *p)
{
    static const char *const signs[] = {"<=>", "->>", "<>", "<=", ">=", "<<",
                                        ">>",  "!=",  "&&", "||", "->", ":="};
    for (size_t i = 0; i < ARRAY_LEN(signs); i++)
        if (str_starts(p->at, signs[i])) {
            p->at += strlen(signs[i]);
            return str_eq(signs[i], "!=")   ? "<>"
                   : str_eq(signs[i], "&&") ? "and"
                   : str_eq(signs[i], "||") ? "or"
                                            : signs[i];
        }
    p->at++;
    return arena_strndup(p->a, p->at - 1, 1);
}

static struct token read_token(struct parser *p)
{
    struct token t = {TOKEN_END, ""};
    p->at += strspn(p->at, " \t\r\n");
    if (!*p->at)
        return t;
    if (*p->at == '\'' || *p->at == '"') {
        t = (struct token){TOKEN_TEXT, read_text(p)};
    } else if (*p->at == '`') {
        t = (struct token){TOKEN_NAME, read_name(p)};
    } else if ((*p->at >= '0' && *p->at <= '9') ||
               (*p->at == '.' && p->at[1] >= '0' && p->at[1] <= '9')) {
        t = (struct token){TOKEN_NUMBER, read_number(p)};
    } else if (is_word(*p->at)) {
        t = (struct token){TOKEN_WORD, read_word(p)};
        /* The string's character set goes without saying where it is that of everything else. */
        if (*p->at == '\'' && (str_eq(t.text, "_utf8mb4") || str_eq(t.text, "_utf8mb3") ||
                               str_eq(t.text, "_utf8") || str_eq(t.text, "n")))
            t = (struct token){TOKEN_TEXT, read_text(p)};
        else if (*p->at == '\'' && str_eq(t.text, "x"))
            t = (struct token){TOKEN_NUMBER, read_hex(p)};
        else if (*p->at == '\'')
            t = (struct token){TOKEN_TEXT, arena_printf(p->a, "%s%s", t.text, read_text(p))};
    } else {
        t.text = read_sign(p);
        t.type = is_word(t.text[0]) ? TOKEN_WORD : TOKEN_SIGN;
    }
    return t;
}

static void advance(struct parser *p)
{
    p->now = p->next;
    p->next = read_token(p);
}

static bool is(const struct token *t, const char *text)
{
    return (t->type == TOKEN_WORD || t->type == TOKEN_SIGN) && str_eq(t->text, text);
}

static bool take(struct parser *p, const char *text)
{
    if (!is(&p->now, text))
        return false;
    advance(p);
    return true;
}

/* ---- words --------------------------------------------------------------------------------- */

static bool is_one_of(const char *text, const char *const *list)
{
    for (; *list; list++)
        if (str_eq(text, *list))
            return true;
    return false;
}

/* What stands between expressions and is part of none. */
static bool is_separator(const struct parser *p)
{
    static const char *const words[] = {
        "select",        "distinct", "from",   "where",     "group",     "by",        "having",
        "order",         "limit",    "offset", "join",      "inner",     "outer",     "cross",
        "straight_join", "natural",  "on",     "using",     "union",     "except",    "intersect",
        "all",           "as",       "asc",    "desc",      "for",       "with",      "separator",
        "partition",     "rows",     "range",  "unbounded", "preceding", "following", "recursive",
        "when",          "then",     "else",   "end",       "over",      "window",    "leading",
        "trailing",      "both",     NULL};
    if (p->now.type == TOKEN_SIGN)
        return str_eq(p->now.text, ",") || str_eq(p->now.text, ";") || str_eq(p->now.text, ":=");
    if (p->now.type != TOKEN_WORD)
        return false;
    if (is(&p->now, "left") || is(&p->now, "right"))
        return is(&p->next, "join") || is(&p->next, "outer");
    return is_one_of(p->now.text, words);
}

/* The name that stands for all names of a function. */
static const char *function_name(const char *name)
{
    static const char *const same[][2] = {
        {"ceiling", "ceil"},
        {"character_length", "char_length"},
        {"current_date", "curdate"},
        {"current_time", "curtime"},
        {"current_timestamp", "now"},
        {"lcase", "lower"},
        {"localtime", "now"},
        {"localtimestamp", "now"},
        {"mid", "substr"},
        {"octet_length", "length"},
        {"power", "pow"},
        {"std", "stddev"},
        {"substring", "substr"},
        {"ucase", "upper"},
    };
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        if (str_eq(name, same[i][0]))
            return same[i][1];
    return name;
}

/* ---- expressions --------------------------------------------------------------------------- */

static struct node read_expression(struct parser *p, int least);
static struct node read_sequence(struct parser *p, bool *ret_single);

static struct node fail(struct parser *p)
{
    p->failed = true;
    return (struct node){"", true, NULL, NULL};
}

static struct node whole(const char *text)
{
    return (struct node){text, true, NULL, NULL};
}

static const char *wrap(struct parser *p, struct node n)
{
    return n.whole ? n.text : arena_printf(p->a, "(%s)", n.text);
}

/* From behind "(" to behind ")"; the parentheses stay where they are more than grouping. */
static struct node read_parentheses(struct parser *p, bool keep)
{
    bool single = false;
    struct node n = read_sequence(p, &single);
    if (!take(p, ")"))
        return fail(p);
    return single && !keep ? n : whole(arena_printf(p->a, "(%s)", n.text));
}

/* MariaDB limits what is only looked whether it exists. */
static const char *without_limit(struct parser *p, const char *query)
{
    static const char limit[] = " limit 1)";
    size_t n = strlen(query), cut = sizeof limit - 1;
    if (n < cut || !str_eq(query + n - cut, limit))
        return query;
    return arena_printf(p->a, "%.*s)", (int)(n - cut), query);
}

static struct node read_call(struct parser *p)
{
    const char *name = function_name(p->now.text);
    advance(p);
    advance(p);
    struct node inside = read_parentheses(p, true);
    if (str_eq(name, "exists"))
        inside.text = without_limit(p, inside.text);
    struct node n = whole(arena_printf(p->a, "%s%s", name, inside.text));
    if (!take(p, "over"))
        return n;
    if (take(p, "("))
        inside = read_parentheses(p, true);
    else
        inside = read_expression(p, 20);
    return whole(arena_printf(p->a, "%s over %s", n.text, inside.text));
}

static struct node read_case(struct parser *p)
{
    struct buf b = BUF_INIT;
    advance(p);
    buf_adds(&b, "case");
    while (!p->failed && !is(&p->now, "end")) {
        if (is(&p->now, "when") || is(&p->now, "then") || is(&p->now, "else")) {
            buf_addf(&b, " %s", p->now.text);
            advance(p);
        }
        buf_addf(&b, " %s", wrap(p, read_expression(p, 0)));
    }
    advance(p);
    buf_adds(&b, " end");
    struct node n = whole(arena_strdup(p->a, b.data));
    buf_release(&b);
    return n;
}

/* `a`.`b`.`c`, `a`.* */
static struct node read_path(struct parser *p)
{
    const char *text = p->now.text;
    advance(p);
    while (is(&p->now, ".")) {
        advance(p);
        text = arena_printf(p->a, "%s.%s", text, p->now.text);
        p->failed |= p->now.type == TOKEN_END;
        advance(p);
    }
    return whole(text);
}

static struct node read_prefixed(struct parser *p, const char *word, int least)
{
    advance(p);
    return (struct node){arena_printf(p->a, "%s %s", word, wrap(p, read_expression(p, least))),
                         false, NULL, NULL};
}

enum { NOT = 4, COMPARISON = 6, BIT_OR = 7, UNARY = 13, HIGHEST = 15 };

static struct node read_word_operand(struct parser *p)
{
    static const char *const bare[] = {"current_timestamp", "current_date",   "current_time",
                                       "localtime",         "localtimestamp", NULL};
    if (is(&p->now, "case"))
        return read_case(p);
    if (is(&p->now, "not"))
        return read_prefixed(p, "not", NOT);
    if (is(&p->now, "binary") && !is(&p->next, ")"))
        return read_prefixed(p, "binary", UNARY);
    if (is(&p->now, "interval")) {
        advance(p);
        const char *amount = wrap(p, read_expression(p, UNARY)), *unit = p->now.text;
        if (p->now.type != TOKEN_WORD)
            return fail(p);
        advance(p);
        return whole(arena_printf(p->a, "interval %s %s", amount, unit));
    }
    if (is(&p->next, "("))
        return read_call(p);
    if ((is(&p->now, "true") || is(&p->now, "false")) && !is(&p->next, ".")) {
        const char *number = is(&p->now, "true") ? "1" : "0";
        advance(p);
        return whole(number);
    }
    if (is_one_of(p->now.text, bare)) {
        const char *name = function_name(p->now.text);
        advance(p);
        return whole(arena_printf(p->a, "%s()", name));
    }
    return read_path(p);
}

/* -1 is a number, and so is MySQL's -(1); MariaDB writes 1 for -(-1). */
static struct node read_negative(struct parser *p)
{
    struct node n;
    advance(p);
    n = read_expression(p, UNARY);
    if (n.whole && ((n.text[0] >= '0' && n.text[0] <= '9') || n.text[0] == '.'))
        return whole(arena_printf(p->a, "-%s", n.text));
    if (n.whole && n.text[0] == '-')
        return whole(n.text + 1);
    return (struct node){arena_printf(p->a, "- %s", wrap(p, n)), false, NULL, NULL};
}

static struct node read_operand(struct parser *p)
{
    const char *text = p->now.text;
    if (is_separator(p) || p->now.type == TOKEN_END)
        return fail(p);
    if (p->now.type == TOKEN_WORD)
        return read_word_operand(p);
    if (p->now.type == TOKEN_NAME)
        return is(&p->next, "(") ? read_call(p) : read_path(p);
    if (p->now.type == TOKEN_TEXT || p->now.type == TOKEN_NUMBER || str_eq(text, "*")) {
        advance(p);
        return whole(text);
    }
    if (str_eq(text, "(")) {
        advance(p);
        return read_parentheses(p, false);
    }
    if (str_eq(text, "!"))
        return read_prefixed(p, "not", UNARY);
    if (str_eq(text, "-"))
        return read_negative(p);
    if (str_eq(text, "+") || str_eq(text, "~"))
        return read_prefixed(p, text, UNARY);
    return fail(p);
}

struct operation {
    const char *sign;
    int level;
    const char *written; /* NULL: as it is */
};

static const struct operation *operation_at(const struct parser *p)
{
    static const struct operation all[] = {
        {"or", 1, NULL},       {"xor", 2, NULL},  {"and", 3, NULL},    {"between", 5, NULL},
        {"=", 6, NULL},        {"<=>", 6, NULL},  {"<>", 6, NULL},     {"<", 6, NULL},
        {"<=", 6, NULL},       {">", 6, NULL},    {">=", 6, NULL},     {"is", 6, NULL},
        {"like", 6, NULL},     {"in", 6, NULL},   {"regexp", 6, NULL}, {"rlike", 6, "regexp"},
        {"|", 7, NULL},        {"&", 8, NULL},    {"<<", 9, NULL},     {">>", 9, NULL},
        {"+", 10, NULL},       {"-", 10, NULL},   {"*", 11, NULL},     {"/", 11, NULL},
        {"%", 11, NULL},       {"div", 11, NULL}, {"mod", 11, "%"},    {"^", 12, NULL},
        {"collate", 15, NULL}, {"->", 16, NULL},  {"->>", 16, NULL},
    };
    const struct token *t = is(&p->now, "not") ? &p->next : &p->now;
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (is(t, all[i].sign) && (t == &p->now || all[i].level == 5 || all[i].level == 6))
            return &all[i];
    return NULL;
}

/* An operand. Where only its truth matters MySQL asks a <> 0, and MariaDB leaves a. */
static const char *wrap_truth(struct parser *p, struct node n, const struct operation *o)
{
    bool truth = str_eq(o->sign, "xor") || str_eq(o->sign, "is");
    return truth && n.truth ? n.truth : wrap(p, n);
}

/* What stands right of an operator of comparison. */
static const char *read_right(struct parser *p, const struct operation *o)
{
    const char *right;
    if (str_eq(o->sign, "in")) {
        if (!take(p, "("))
            return fail(p).text;
        return read_parentheses(p, true).text;
    }
    if (str_eq(o->sign, "is")) {
        right = take(p, "not") ? "not " : "";
        right = arena_printf(p->a, "%s%s", right, p->now.text);
        advance(p);
        return right;
    }
    if (str_eq(o->sign, "between")) {
        right = wrap(p, read_expression(p, BIT_OR));
        if (!take(p, "and"))
            return fail(p).text;
        return arena_printf(p->a, "%s and %s", right, wrap(p, read_expression(p, BIT_OR)));
    }
    right = wrap_truth(p, read_expression(p, o->level + 1), o);
    if (str_eq(o->sign, "like") && take(p, "escape"))
        right = arena_printf(p->a, "%s escape %s", right, wrap(p, read_expression(p, BIT_OR)));
    return right;
}

static bool is_constant(struct node n)
{
    return n.whole && (strchr("-'.", n.text[0]) || (n.text[0] >= '0' && n.text[0] <= '9'));
}

/* MySQL asks 0 <> a, MariaDB a <> 0, where somebody has written just a. */
static bool swaps(const struct operation *o)
{
    return str_eq(o->sign, "=") || str_eq(o->sign, "<>") || str_eq(o->sign, "<=>");
}

static struct node read_plain(struct parser *p, struct node left, const struct operation *o)
{
    const char *sign = o->written ? o->written : o->sign;
    if (str_eq(sign, "regexp")) { /* MySQL's regexp_like(a, b) is MariaDB's a regexp b */
        const char *right = read_expression(p, o->level + 1).text;
        return whole(arena_printf(p->a, "regexp_like(%s, %s)", left.text, right));
    }
    if (!swaps(o)) {
        const char *right = read_right(p, o);
        return (struct node){arena_printf(p->a, "%s %s %s", wrap_truth(p, left, o), sign, right),
                             false, NULL, NULL};
    }
    struct node right = read_expression(p, o->level + 1);
    bool swap = is_constant(left) && !is_constant(right);
    struct node a = swap ? right : left, b = swap ? left : right;
    bool truth = str_eq(sign, "<>") && str_eq(b.text, "0");
    return (struct node){arena_printf(p->a, "%s %s %s", wrap(p, a), sign, wrap(p, b)), false, NULL,
                         truth ? wrap(p, a) : NULL};
}

static struct node read_operation(struct parser *p, struct node left, const struct operation *o)
{
    bool negated = take(p, "not");
    const char *sign = o->sign;
    advance(p);
    if (o->level > 3 || o->level == 2) {
        struct node n = read_plain(p, left, o);
        if (negated) /* a not like b is not (a like b) */
            n = (struct node){arena_printf(p->a, "not %s", wrap(p, n)), false, NULL, NULL};
        return n;
    }
    struct node right = read_expression(p, o->level + 1);
    const char *a = str_eq(left.chain, sign) ? left.text : wrap(p, left);
    const char *b = str_eq(right.chain, sign) ? right.text : wrap(p, right);
    return (struct node){arena_printf(p->a, "%s %s %s", a, sign, b), false, sign, NULL};
}

static struct node read_expression(struct parser *p, int least)
{
    if (p->failed || ++p->depth > DEPTH_MAX)
        return fail(p);
    struct node left = read_operand(p);
    for (const struct operation *o; !p->failed && (o = operation_at(p)) && o->level >= least;)
        left = read_operation(p, left, o);
    p->depth--;
    return left;
}

/* A query's columns by their aliases: MariaDB orders by what an alias stands for. */
struct alias {
    const char *name, *text;
};

/* What a list has seen so far. */
struct list {
    struct vec aliases; /* struct alias */
    const char *last;   /* the text of the last expression */
    bool named;         /* "as" was the last word */
    bool ordered;       /* behind "order" */
};

static const char *list_add(struct list *l, const char *text)
{
    if (l->named)
        VEC_PUSH(&l->aliases, struct alias, ((struct alias){text, l->last}));
    for (size_t i = 0; l->ordered && i < l->aliases.len; i++)
        if (str_eq(VEC_AT(&l->aliases, struct alias, i).name, text))
            text = VEC_AT(&l->aliases, struct alias, i).text;
    l->named = false;
    l->last = text;
    return text;
}

/* Expressions and what stands between them, up to ")" or the end. */
static struct node read_sequence(struct parser *p, bool *ret_single)
{
    struct list l = {.aliases = VEC_INIT(struct alias), .last = ""};
    struct buf b = BUF_INIT;
    struct node n = whole("");
    unsigned items = 0;
    while (!p->failed && p->now.type != TOKEN_END && !is(&p->now, ")")) {
        const char *text = p->now.text;
        if (is_separator(p)) {
            l.named = str_eq(text, "as");
            l.ordered |= str_eq(text, "order");
            advance(p);
            items += 2; /* alone it is no expression */
        } else {
            n = read_expression(p, 0);
            text = list_add(&l, n.text);
            items++;
        }
        buf_addf(&b, "%s%s", b.len && *text != ',' ? " " : "", text);
    }
    *ret_single = items == 1;
    if (items != 1)
        n = whole(arena_strdup(p->a, b.data));
    buf_release(&b);
    vec_release(&l.aliases);
    return n;
}

const char *sqlexpr_canon(const char *text, struct arena *a)
{
    struct parser p = {.a = a, .at = text};
    bool single;
    advance(&p);
    advance(&p);
    struct node n = read_sequence(&p, &single);
    return p.failed || p.now.type != TOKEN_END ? NULL : n.text;
}
