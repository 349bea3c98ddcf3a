#include "mysql.h"

#include <dbtwin/sqltoken.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Two CREATE TABLE statements made comparable: see mysql.h for what is made equal, and why that
 * hides nothing. */

struct form {
    struct arena *a;
    const struct object *table;
    unsigned flavor, version;
    struct vec columns, keys; /* const char *, in order */
    struct vec rest, options; /* const char *, sorted */
    const char *partitions;
};

struct cursor {
    const char *p, *end;
    const char *tok, *fin; /* the last token; empty at the end */
};

static bool next(struct cursor *c)
{
    while (c->p < c->end) {
        c->tok = c->p;
        c->p = c->fin = sqltoken_end(c->p, c->end);
        if (!strchr(" \t\r\n", *c->tok))
            return true;
    }
    c->tok = c->fin = c->end;
    return false;
}

static bool is(const struct cursor *c, const char *word)
{
    size_t n = (size_t)(c->fin - c->tok);
    if (n == 0 || ((*c->tok ^ *word) & ~('a' ^ 'A'))) /* mostly: another letter */
        return false;
    return n == strlen(word) && !strncasecmp(c->tok, word, n);
}

static bool is_one(const struct cursor *c, char character)
{
    return c->tok < c->fin && *c->tok == character;
}

/* ---- tokens -------------------------------------------------------------------------------- */

/* The bytes of a string with its escapes undone; a backslash and a NUL are written so that they
 * are told apart. */
static void add_bytes(struct buf *b, const char *tok, const char *fin)
{
    for (const char *p = tok + 1; p < fin - 1; p++) {
        char c = *p;
        if (c == '\\' && p + 1 < fin - 1) {
            c = *++p;
            c = (char)(c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c == '0' ? 0 : c);
        } else if (c == *tok) {
            p++;
        }
        if (c == '\\' || c == 0)
            buf_addf(b, "\\%02x", (unsigned)c);
        else
            buf_addch(b, c);
    }
}

static void add_lower(struct buf *b, const char *p, const char *end)
{
    for (; p < end; p++)
        buf_addch(b, (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p));
}

static void add_token(struct buf *b, const struct cursor *c)
{
    if (b->len)
        buf_addch(b, ' ');
    if (*c->tok == '\'') {
        buf_addch(b, '\'');
        add_bytes(b, c->tok, c->fin);
        buf_addch(b, '\'');
    } else if (*c->tok == '`') {
        buf_add(b, c->tok, (size_t)(c->fin - c->tok));
    } else {
        add_lower(b, c->tok, c->fin);
    }
}

/* What is taken out of a buf, which is empty then. */
static const char *taken(struct form *f, struct buf *b)
{
    const char *text = arena_strndup(f->a, b->data, b->len);
    buf_release(b);
    return text;
}

static int compare(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void sort(struct vec *v, size_t from)
{
    if (v->len > from)
        qsort((const char **)v->items + from, v->len - from, sizeof(const char *), compare);
}

/* ---- clauses ------------------------------------------------------------------------------- */

/* A word that begins a clause of a column, a key or a table, and how many tokens belong to it
 * whatever they are. */
static int clause_length(const struct cursor *c)
{
    static const struct {
        const char *word;
        int more;
    } words[] = {
        {"AUTO_INCREMENT", 0},
        {"CHARACTER", 2},
        {"CHECK", 0},
        {"COLLATE", 1},
        {"COLUMN_FORMAT", 1},
        {"COMMENT", 1},
        {"COMPRESSED", 0},
        {"DEFAULT", 1},
        {"GENERATED", 0},
        {"IGNORED", 0},
        {"INVISIBLE", 0},
        {"NOT", 1},
        {"NULL", 0},
        {"ON", 1},
        {"SRID", 1},
        {"STORAGE", 1},
        {"TABLESPACE", 1},
        {"USING", 1},
        {"WITH", 2},
        {"WITHOUT", 2},
        {"ENGINE_ATTRIBUTE", 1},
        {"SECONDARY_ENGINE_ATTRIBUTE", 1},
    };
    struct cursor ahead = *c;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (is(c, words[i].word))
            return words[i].more;
    }
    return next(&ahead) && is_one(&ahead, '=') ? 1 : -1;
}

/* The value of a column's default, which s stands behind the word of: its last token is the
 * cursor's then. */
static const char *default_end(struct cursor *c)
{
    const char *fin;
    do {
        int depth = 0;
        if (!next(c))
            return c->end;
        do
            depth += is_one(c, '(') ? 1 : is_one(c, ')') ? -1 : 0;
        while (depth > 0 && next(c));
        fin = c->fin;
        struct cursor ahead = *c;
        if (!next(&ahead) || clause_length(&ahead) >= 0)
            return fin;
    } while (true);
}

/* 0x4142, x'4142': as the string of these bytes. */
static bool add_hex(struct buf *b, const char *p, const char *end)
{
    bool quoted = end - p >= 3 && (*p == 'x' || *p == 'X') && p[1] == '\'';
    const char *last = quoted ? end - 1 : end;
    if (!quoted && !(end - p > 2 && p[0] == '0' && p[1] == 'x'))
        return false;
    buf_adds(b, " '");
    for (p += 2; p + 1 < last; p += 2) {
        int c = str_hex_digit(p[0]) * 16 + str_hex_digit(p[1]);
        if (c == '\\' || c == 0)
            buf_addf(b, "\\%02x", (unsigned)c);
        else
            buf_addch(b, (char)c);
    }
    buf_addch(b, '\'');
    return true;
}

static void add_default(const struct form *f, struct buf *b, const char *p, const char *end)
{
    struct cursor c = {p, end, p, p};
    while (p < end && *p == ' ')
        p++;
    next(&c);
    if (*p == '\'' && c.fin == end) {
        add_token(b, &c);
    } else if (strspn(p, "+-.0123456789eE") == (size_t)(end - p)) {
        buf_addf(b, " '%.*s'", (int)(end - p), p);
    } else if (!add_hex(b, p, end)) {
        if (f->flavor == ENGINE_MA && *p == '(' && end[-1] == ')') {
            struct cursor in = {p + 1, end - 1, p, p};
            int depth = 0;
            while (depth >= 0 && next(&in))
                depth += is_one(&in, '(') ? 1 : is_one(&in, ')') ? -1 : 0;
            if (depth == 0) {
                p++;
                end--;
            }
        }
        c = (struct cursor){p, end, p, p};
        while (next(&c))
            add_token(b, &c);
    }
}

/* Takes "( )" from the end of a function that may stand without. */
static void drop_parentheses(struct buf *b)
{
    if (b->len > 4 && strstr(b->data, "current_timestamp") && str_ends(b->data, " ( )"))
        buf_setlen(b, b->len - 4);
}

/* One clause, which c stands on the first token of. */
static void add_clause(const struct form *f, struct cursor *c, bool column, struct buf *b)
{
    int more = clause_length(c);
    if (column && is(c, "DEFAULT")) {
        const char *from = c->fin;
        buf_adds(b, "default");
        add_default(f, b, from, default_end(c));
        drop_parentheses(b);
        return;
    }
    if (*c->tok == '`' && more >= 0) { /* an option of MariaDB's engines */
        struct cursor name = {c->tok + 1, c->fin - 1, c->tok + 1, c->fin - 1};
        add_token(b, &name);
    } else {
        add_token(b, c);
    }
    for (int depth = 0;;) {
        struct cursor ahead = *c;
        if (!next(&ahead) || (more <= 0 && depth == 0 && clause_length(&ahead) >= 0))
            break;
        *c = ahead;
        if (is_one(c, '=') && depth == 0)
            continue;
        depth += is_one(c, '(') ? 1 : is_one(c, ')') ? -1 : 0;
        if (*c->tok == '\'' && depth == 0 && more > 0) {
            buf_addch(b, ' ');
            add_bytes(b, c->tok, c->fin);
        } else {
            add_token(b, c);
        }
        more--;
    }
    drop_parentheses(b);
}

/* Appends to v what stands before the first clause, then the clauses. */
static void add_clauses(struct form *f, struct cursor *c, bool column, struct vec *v)
{
    struct buf head = BUF_INIT;
    struct cursor ahead = *c;
    int depth = 0;
    while (next(&ahead) && (depth > 0 || clause_length(&ahead) < 0)) {
        *c = ahead;
        depth += is_one(c, '(') ? 1 : is_one(c, ')') ? -1 : 0;
        add_token(&head, c);
    }
    VEC_PUSH(v, const char *, taken(f, &head));
    while (next(c)) {
        struct buf b = BUF_INIT;
        add_clause(f, c, column, &b);
        VEC_PUSH(v, const char *, taken(f, &b));
    }
}

/* ---- character sets ------------------------------------------------------------------------ */

static const char *behind(const char *clause, const char *words)
{
    return str_starts(clause, words) ? clause + strlen(words) : NULL;
}

static const char *utf8mb3(struct form *f, const char *name)
{
    if (!strncmp(name, "utf8", 4) && (!name[4] || name[4] == '_'))
        return arena_printf(f->a, "utf8mb3%s", name + 4);
    return name;
}

/* The two clauses become one, with the collation that is meant. */
static void join_collation(struct form *f, struct vec *v, const char *charset_word, bool column)
{
    const char *charset = NULL, *collation = NULL;
    size_t kept = 0;
    for (size_t i = 0; i < v->len; i++) {
        const char *t = VEC_AT(v, const char *, i), *rest;
        if (i > 0 && (rest = behind(t, charset_word)))
            charset = utf8mb3(f, rest);
        else if (i > 0 && (rest = behind(t, "collate ")))
            collation = utf8mb3(f, rest);
        else
            VEC_AT(v, const char *, kept++) = t;
    }
    v->len = kept;
    const char *of_table = model_get(f->table, P_TABLE_COLLATION);
    if (charset && !collation)
        collation = utf8mb3(f, mysql_default_collation(f->a, charset, f->flavor, f->version));
    if (column && !charset && collation && of_table && f->flavor == ENGINE_MY &&
        str_eq(collation, utf8mb3(f, of_table)))
        collation = NULL; /* inherited */
    if (charset || collation)
        VEC_PUSH(
            v, const char *,
            arena_printf(f->a, "character set %s collate %s", charset ? charset : "-", collation));
}

/* ---- the parts of the statement ------------------------------------------------------------ */

static const char *joined(struct form *f, const struct vec *v)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < v->len; i++)
        buf_addf(&b, "%s%s", i ? " " : "", VEC_AT(v, const char *, i));
    return taken(f, &b);
}

static bool is_no_default(const char *clause)
{
    return str_eq(clause, "default null");
}

/* The zero bytes that fill a default of BINARY(n) up, which MySQL shows. */
static const char *drop_filling(struct form *f, const char *clause)
{
    static const char zero[] = "\\00";
    size_t n = strlen(clause);
    if (!str_starts(clause, "default '"))
        return clause;
    while (n > sizeof zero && !strncmp(clause + n - sizeof zero, "\\00'", sizeof zero))
        clause = arena_printf(f->a, "%.*s'", (int)(n -= sizeof zero - 1) - 1, clause);
    return clause;
}

static void form_item(struct form *f, struct cursor c)
{
    struct vec v = VEC_INIT(const char *);
    struct cursor first = c;
    if (!next(&first))
        return;
    bool column = is_one(&first, '`');
    if (is(&first, "CONSTRAINT") || is(&first, "PERIOD")) {
        struct buf b = BUF_INIT;
        while (next(&c))
            add_token(&b, &c);
        VEC_PUSH(&f->rest, const char *, taken(f, &b));
        return;
    }
    add_clauses(f, &c, column, &v);
    if (column)
        join_collation(f, &v, "character set ", true);
    size_t kept = 0;
    for (size_t i = 0; i < v.len; i++)
        if (!column || !is_no_default(VEC_AT(&v, const char *, i)))
            VEC_AT(&v, const char *, kept++) = VEC_AT(&v, const char *, i);
    v.len = kept;
    const char *type = column ? strstr(VEC_AT(&v, const char *, 0), "` binary (") : NULL;
    for (size_t i = 1; i < v.len && type; i++)
        VEC_AT(&v, const char *, i) = drop_filling(f, VEC_AT(&v, const char *, i));
    sort(&v, 1);
    VEC_PUSH(column ? &f->columns : &f->keys, const char *, joined(f, &v));
    vec_release(&v);
}

/* Options up to PARTITION BY, which is left for c. */
static void form_options(struct form *f, struct cursor *c)
{
    struct cursor ahead = *c, options = *c;
    while (next(&ahead) && !is(&ahead, "PARTITION"))
        ;
    options.end = ahead.tok;
    c->p = ahead.tok;
    VEC_PUSH(&f->options, const char *, ""); /* join_collation leaves the first alone */
    while (next(&options)) {
        struct buf b = BUF_INIT;
        if (is(&options, "DEFAULT")) /* CHARSET */
            continue;
        if (is(&options, "DATA") || is(&options, "INDEX")) {
            add_token(&b, &options);
            next(&options);
        }
        add_clause(f, &options, false, &b);
        if (!str_starts(b.data, "auto_increment "))
            VEC_PUSH(&f->options, const char *, taken(f, &b));
        buf_release(&b);
    }
    join_collation(f, &f->options, "charset ", false);
    sort(&f->options, 0);
}

static void form_partitions(struct form *f, struct cursor *c)
{
    struct buf b = BUF_INIT;
    while (next(c)) {
        struct cursor ahead = *c;
        const char *engine = model_get(f->table, P_TABLE_ENGINE);
        if (is(c, "ENGINE") && next(&ahead) && is_one(&ahead, '=') && next(&ahead) && engine &&
            is(&ahead, engine)) {
            *c = ahead;
        } else if ((is(c, "PARTITIONS") || is(c, "SUBPARTITIONS")) && next(&ahead) &&
                   is(&ahead, "1")) {
            *c = ahead;              /* one is what there is when no number is given */
        } else if (is_one(c, '`')) { /* MySQL shows names without quotes where it can */
            buf_addch(&b, ' ');
            add_lower(&b, c->tok + 1, c->fin - 1);
        } else {
            add_token(&b, c);
        }
    }
    f->partitions = taken(f, &b);
}

static bool form_make(struct form *f, const char *sql)
{
    struct cursor all = {sql, sql + strlen(sql), sql, sql};
    int depth = 0;
    while (next(&all) && !is_one(&all, '('))
        ;
    do {
        struct cursor item = {all.p, all.p, all.p, all.p};
        do {
            if (!next(&all))
                return false;
            if (depth == 0 && (is_one(&all, ',') || is_one(&all, ')')))
                break;
            depth += is_one(&all, '(') ? 1 : is_one(&all, ')') ? -1 : 0;
        } while (true);
        item.end = all.tok;
        form_item(f, item);
    } while (!is_one(&all, ')'));
    sort(&f->rest, 0);
    form_options(f, &all);
    form_partitions(f, &all);
    return true;
}

/* ---- the two together ---------------------------------------------------------------------- */

static const char *short_of(struct form *f, const char *text)
{
    enum { LONGEST = 160 };
    if (!text)
        return "nothing";
    size_t n = strlen(text), m = n > LONGEST ? str_utf8_floor(text, LONGEST) : n;
    return arena_printf(f->a, "\"%.*s%s\"", (int)m, text, m < n ? "…" : "");
}

static const char *told(struct form *f, const char *shown, const char *made)
{
    return arena_printf(f->a, "SHOW CREATE TABLE has %s where dbtwin would make %s",
                        short_of(f, shown), short_of(f, made));
}

/* The first difference; of sets, what one has and the other has not. */
static const char *list_difference(struct form *f, const struct vec *shown, const struct vec *made,
                                   bool set)
{
    for (size_t i = 0; i < shown->len || i < made->len; i++) {
        const char *x = i < shown->len ? VEC_AT(shown, const char *, i) : NULL;
        const char *y = i < made->len ? VEC_AT(made, const char *, i) : NULL;
        if (str_eq(x, y))
            continue;
        if (set && x && y && shown->len != made->len)
            return shown->len > made->len ? told(f, x, NULL) : told(f, NULL, y);
        return told(f, x, y);
    }
    return NULL;
}

static void form_init(struct form *f, struct arena *a, const struct object *table, unsigned flavor,
                      unsigned version)
{
    *f = (struct form){.a = a, .table = table, .flavor = flavor, .version = version};
    vec_init(&f->columns, sizeof(const char *));
    vec_init(&f->keys, sizeof(const char *));
    vec_init(&f->rest, sizeof(const char *));
    vec_init(&f->options, sizeof(const char *));
}

static void form_release(struct form *f)
{
    vec_release(&f->columns);
    vec_release(&f->keys);
    vec_release(&f->rest);
    vec_release(&f->options);
}

const char *mysql_form_difference(struct arena *a, const struct object *table, unsigned flavor,
                                  unsigned version, const char *shown, const char *made)
{
    struct form x, y;
    const char *why = NULL;
    form_init(&x, a, table, flavor, version);
    form_init(&y, a, table, flavor, version);
    if (!form_make(&x, shown) || !form_make(&y, made))
        why = "SHOW CREATE TABLE was not understood";
    if (!why)
        why = list_difference(&x, &x.columns, &y.columns, false);
    if (!why)
        why = list_difference(&x, &x.keys, &y.keys, false);
    if (!why)
        why = list_difference(&x, &x.rest, &y.rest, true);
    if (!why)
        why = list_difference(&x, &x.options, &y.options, true);
    if (!why && !str_eq(x.partitions, y.partitions))
        why = told(&x, x.partitions, y.partitions);
    form_release(&x);
    form_release(&y);
    return why;
}
