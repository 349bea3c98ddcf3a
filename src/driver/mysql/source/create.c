#include "create.h"

#include <string.h>
#include <strings.h>

bool my_create_doubtful(const struct my_read *r, const char *text, bool expression)
{
    if (!text || text == model_unknown)
        return false;
    if (strchr(text, '?'))
        return true;
    for (; expression && r->s->flavor == ENGINE_MY && *text; text++) {
        if ((unsigned char)*text >= 0x80)
            return true;
    }
    return false;
}

bool my_create_is_literal(const char *text)
{
    return *text == '\'' || str_starts(text, "0x");
}

/* ---- tokens -------------------------------------------------------------------------------- */

bool my_create_next(struct create *s)
{
    while (s->p < s->end) {
        s->tok = s->p;
        s->p = s->fin = my_text_token(s->p, s->end);
        if (!strchr(" \t\r\n", *s->tok))
            return true;
    }
    s->tok = s->fin = s->end;
    return false;
}

bool my_create_is(const struct create *s, const char *word)
{
    size_t n = (size_t)(s->fin - s->tok);
    if (n == 0 || ((*s->tok ^ *word) & ~('a' ^ 'A'))) /* mostly: another letter */
        return false;
    return n == strlen(word) && !strncasecmp(s->tok, word, n);
}

char *my_create_copy(struct create *s, const char *p, const char *end)
{
    while (p < end && *p == ' ')
        p++;
    while (end > p && end[-1] == ' ')
        end--;
    return arena_strndup(&s->r->arena, p, (size_t)(end - p));
}

char *my_create_unquoted(struct create *s)
{
    char *out = arena_alloc(&s->r->arena, (size_t)(s->fin - s->tok) + 1), *o = out;
    bool string = *s->tok == '\'';
    for (const char *p = s->tok + 1; p < s->fin - 1; p++) {
        if (string && *p == '\\' && p + 1 < s->fin - 1) {
            p++;
            *o++ = (char)(*p == 'n' ? '\n' : *p == 'r' ? '\r' : *p == 't' ? '\t' : *p);
            continue;
        }
        *o++ = *p;
        if (*p == *s->tok)
            p++;
    }
    *o = 0;
    return out;
}

char *my_create_inside(struct create *s)
{
    const char *from = s->p;
    for (int depth = 1; depth > 0 && my_create_next(s);)
        depth += *s->tok == '(' ? 1 : *s->tok == ')' ? -1 : 0;
    return my_create_copy(s, from, s->tok);
}

struct object *my_create_child(const struct object *parent, enum kind_id kind, const char *name)
{
    for (struct object *c = parent->first; c; c = c->next) {
        if (c->kind->id == kind && str_eq(c->name, name))
            return c;
    }
    return NULL;
}

void my_create_exact(struct my_read *r, struct object *o, unsigned slot, const char *text)
{
    struct buf utf8 = BUF_INIT;
    my_text_as_utf8(&utf8, text);
    model_set(r->m, o, slot, utf8.data);
    buf_release(&utf8);
    map_put(&r->exact, arena_memdup(&r->arena, &(const void *){&o->v[slot]}, sizeof(void *)),
            sizeof(void *), o);
}

bool my_read_is_exact(const struct my_read *r, const struct object *o, unsigned slot)
{
    const void *at = &o->v[slot];
    return map_get(&r->exact, &at, sizeof at) != NULL;
}

struct object *my_create_add(struct my_read *r, struct object *parent, enum kind_id kind,
                             const char *name)
{
    struct object *o = model_add(r->m, &kinds[kind], parent, name);
    for (unsigned i = 0; i < o->kind->n_props; i++)
        o->v[i] = NULL;
    return o;
}

/* ---- columns ------------------------------------------------------------------------------- */

/* A default's text: a parenthesised expression, or words up to the next clause. */
static char *default_text(struct create *s)
{
    if (!my_create_next(s))
        return NULL;
    const char *from = s->tok;
    if (*s->tok == '(') {
        my_create_inside(s);
        return my_create_copy(s, from, s->fin);
    }
    if ((*s->tok == '-' || *s->tok == '+' || s->p[0] == '\'') && *s->tok != '\'')
        my_create_next(s);
    if (s->p < s->end && *s->p == '(') {
        my_create_next(s);
        my_create_inside(s);
    }
    return my_create_copy(s, from, s->fin);
}

static void add_word(struct buf *b, const char *word, const char *value)
{
    buf_addf(b, "%s%s%s%s", b->len ? " " : "", word, value ? " " : "", value ? value : "");
}

/* "SECONDARY_ENGINE_ATTRIBUTE '{…}'", of a column or a key; an equals sign may stand between. */
static bool take_attribute(struct create *s, struct buf *options)
{
    if (!my_create_is(s, "ENGINE_ATTRIBUTE") && !my_create_is(s, "SECONDARY_ENGINE_ATTRIBUTE"))
        return false;
    const char *word = my_create_copy(s, s->tok, s->fin);
    if (my_create_next(s) && *s->tok == '=')
        my_create_next(s);
    add_word(options, word, my_create_copy(s, s->tok, s->fin));
    return true;
}

static void add_check(struct create *s, const char *name, const char *level)
{
    struct object *o = my_create_add(s->r, s->table, K_CHECK, name);
    my_create_exact(s->r, o, P_CHECK_EXPRESSION, my_create_inside(s));
    if (s->r->s->flavor == ENGINE_MA) {
        model_set(s->r->m, o, P_CHECK_LEVEL, level);
        return;
    }
    bool enforced = !(my_create_next(s) && my_create_is(s, "NOT"));
    model_set(s->r->m, o, P_CHECK_ENFORCED, enforced ? "yes" : "no");
}

/* information_schema knows no character set of enumerations of bytes. */
static void take_charset(struct create *s, struct object *o, bool *given)
{
    if (!my_create_next(s) || !my_create_is(s, "SET") || !my_create_next(s))
        return;
    *given = true;
    if (!model_get(o, P_COLUMN_CHARSET) && my_create_is(s, "binary")) {
        model_set(s->r->m, o, P_COLUMN_CHARSET, "binary");
        model_set(s->r->m, o, P_COLUMN_COLLATION, "binary");
    }
}

/* Behind AS: an expression, or ROW START and ROW END of system versioning. */
static void take_generated(struct create *s, struct object *o)
{
    if (*s->tok == '(') {
        my_create_exact(s->r, o, P_COLUMN_EXPRESSION, my_create_inside(s));
    } else if (my_create_is(s, "ROW") && my_create_next(s)) {
        model_set(s->r->m, o, P_COLUMN_GENERATED,
                  my_create_is(s, "START") ? "row start" : "row end");
        model_set(s->r->m, o, P_COLUMN_EXPRESSION, NULL);
    }
}

/* One clause of a column; s stands on its first word. */
static void take_clause(struct create *s, struct object *o, struct buf *options)
{
    const char *text;
    if (my_create_is(s, "DEFAULT")) {
        const char *have = model_get(o, P_COLUMN_DEFAULT);
        text = default_text(s);
        bool written = s->r->s->flavor == ENGINE_MY ? text && *text == '('
                                                    : my_create_doubtful(s->r, have, true);
        /* MySQL's information_schema has the literal of whoever wrote it, in that session's time
         * zone; this text is in ours, as the statement that makes the column again is. */
        if (text && *text == '\'' && have && s->r->s->flavor == ENGINE_MY &&
            str_starts(model_get(o, P_COLUMN_TYPE), "timestamp"))
            my_create_exact(s->r, o, P_COLUMN_DEFAULT, text);
        if (text && have && !my_create_is_literal(have) && written)
            my_create_exact(s->r, o, P_COLUMN_DEFAULT, text);
    } else if (my_create_is(s, "AS") && my_create_next(s)) {
        take_generated(s, o);
    } else if (my_create_is(s, "CHECK") && my_create_next(s) && *s->tok == '(') {
        add_check(s, o->name, "column");
    } else if ((my_create_is(s, "COLUMN_FORMAT") || my_create_is(s, "STORAGE")) &&
               s->r->s->flavor == ENGINE_MY) {
        const char *word = my_create_copy(s, s->tok, s->fin);
        if (my_create_next(s))
            add_word(options, word, my_create_copy(s, s->tok, s->fin));
    } else if (my_create_is(s, "COMMENT")) {
        my_create_next(s);
    } else {
        take_attribute(s, options);
    }
}

static void take_column(struct create *s)
{
    struct object *o = my_create_child(s->table, K_COLUMN, my_create_unquoted(s));
    struct buf options = BUF_INIT;
    bool charset = false, collation = false;

    while (o && my_create_next(s)) {
        if (my_create_is(s, "CHARACTER"))
            take_charset(s, o, &charset);
        else if (my_create_is(s, "COLLATE"))
            collation = my_create_next(s);
        else
            take_clause(s, o, &options);
    }
    if (o && options.len)
        model_set(s->r->m, o, P_COLUMN_OPTIONS, options.data);
    if (o && s->r->s->flavor == ENGINE_MY)
        model_set(s->r->m, o, P_COLUMN_COLLATION_GIVEN, charset && collation ? "yes" : "no");
    buf_release(&options);
}

/* ---- keys ---------------------------------------------------------------------------------- */

/* "`c`(10) DESC", "(lower(`c`))", "`p` WITHOUT OVERLAPS": up to the comma or parenthesis behind. */
static void take_part(struct create *s, struct object *index, unsigned place, bool spatial)
{
    struct object *o =
        my_create_add(s->r, index, K_INDEX_PART, arena_printf(&s->r->arena, "%u", place));
    const char *from = s->tok, *to = s->fin;

    if (*s->tok == '(') {
        my_create_inside(s);
        to = s->fin;
    }
    model_set(s->r->m, o, P_INDEX_PART_DESCENDING, "no");
    while (my_create_next(s) && *s->tok != ',' && *s->tok != ')') {
        if (*s->tok == '(') {
            const char *prefix = my_create_inside(s);
            model_set(s->r->m, o, P_INDEX_PART_PREFIX, spatial ? NULL : prefix);
        } else if (my_create_is(s, "DESC")) {
            model_set(s->r->m, o, P_INDEX_PART_DESCENDING, "yes");
        } else if (!my_create_is(s, "ASC")) {
            to = s->fin;
        }
    }
    if (*from == '(')
        my_create_exact(s->r, o, P_INDEX_PART_EXPRESSION, my_create_copy(s, from, to));
    else
        model_set(s->r->m, o, P_INDEX_PART_EXPRESSION, my_create_copy(s, from, to));
}

/* "USING BTREE KEY_BLOCK_SIZE=4 COMMENT '…' WITH PARSER `ngram` INVISIBLE": what follows the parts.
 */
static void take_key_options(struct create *s, struct object *o)
{
    struct buf options = BUF_INIT;
    while (my_create_next(s)) {
        if (my_create_is(s, "PARSER") && my_create_next(s)) {
            model_set(s->r->m, o, P_INDEX_PARSER, my_create_unquoted(s));
        } else if (my_create_is(s, "COMMENT") && my_create_next(s)) {
            model_set(s->r->m, o, P_INDEX_COMMENT, my_create_unquoted(s));
        } else if (my_create_is(s, "USING") && my_create_next(s)) {
            struct buf low = BUF_INIT;
            buf_addf(&low, "%.*s", (int)(s->fin - s->tok), s->tok);
            my_text_lower(&low);
            model_set(s->r->m, o, P_INDEX_METHOD, low.data);
            model_set(s->r->m, o, P_INDEX_METHOD_GIVEN, "yes");
            buf_release(&low);
        } else if (my_create_is(s, "INVISIBLE") || my_create_is(s, "IGNORED")) {
            model_set(s->r->m, o, P_INDEX_INVISIBLE, "yes");
        } else if (!take_attribute(s, &options)) {
            const char *word = my_create_copy(s, s->tok, s->fin);
            struct create ahead = *s;
            if (my_create_next(&ahead) && *ahead.tok == '=' && my_create_next(&ahead)) {
                *s = ahead;
                buf_addf(&options, "%s%s=%s", options.len ? " " : "", word,
                         my_create_copy(s, s->tok, s->fin));
            }
        }
    }
    if (options.len)
        model_set(s->r->m, o, P_INDEX_OPTIONS, options.data);
    buf_release(&options);
}

/* What a key is over when nothing is said. */
static const char *own_method(const struct object *table)
{
    const char *engine = model_get(table, P_TABLE_ENGINE);
    return engine && (str_eq(engine, "memory") || str_eq(engine, "ndbcluster")) ? "hash" : "btree";
}

/* s stands on the first word; "UNIQUE KEY `k` (…)", "PRIMARY KEY (…)". */
static void take_key(struct create *s)
{
    static const struct {
        const char *word, *method;
    } methods[] = {{"FULLTEXT", "fulltext"}, {"SPATIAL", "spatial"}, {"VECTOR", "vector"}};
    bool primary = my_create_is(s, "PRIMARY"), unique = primary || my_create_is(s, "UNIQUE");
    const char *method = NULL, *name = "PRIMARY";

    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (my_create_is(s, methods[i].word))
            method = methods[i].method;
    }
    while (my_create_next(s) && *s->tok != '(') {
        if (*s->tok == '`')
            name = my_create_unquoted(s);
    }
    struct object *o = my_create_add(s->r, s->table, K_INDEX, name);
    model_set(s->r->m, o, P_INDEX_UNIQUE, unique ? "yes" : "no");
    model_set(s->r->m, o, P_INDEX_METHOD, method ? method : own_method(s->table));
    model_set(s->r->m, o, P_INDEX_METHOD_GIVEN, "no");
    model_set(s->r->m, o, P_INDEX_INVISIBLE, "no");
    model_set(s->r->m, o, P_INDEX_POSITION, arena_printf(&s->r->arena, "%u", ++*s->keys));
    for (unsigned n = 1; *s->tok != ')' && my_create_next(s); n++)
        take_part(s, o, n, str_eq(method, "spatial"));
    take_key_options(s, o);
}

/* ---- constraints --------------------------------------------------------------------------- */

/* After a parenthesis: the names within, "`a`, `b`", as they are quoted. */
static const char *names(struct create *s)
{
    struct buf b = BUF_INIT;
    while (my_create_next(s) && *s->tok != ')') {
        if (*s->tok == '`')
            buf_addf(&b, "%s%.*s", b.len ? ", " : "", (int)(s->fin - s->tok), s->tok);
    }
    const char *text = arena_strdup(&s->r->arena, b.data);
    buf_release(&b);
    return text;
}

/* "CASCADE", "SET NULL", "NO ACTION" … */
static const char *action(struct create *s)
{
    struct buf b = BUF_INIT;
    if (my_create_next(s)) {
        buf_addf(&b, "%.*s", (int)(s->fin - s->tok), s->tok);
        if ((my_create_is(s, "SET") || my_create_is(s, "NO")) && my_create_next(s))
            buf_addf(&b, " %.*s", (int)(s->fin - s->tok), s->tok);
    }
    my_text_lower(&b);
    const char *text = arena_strdup(&s->r->arena, b.data);
    buf_release(&b);
    return text;
}

/* Behind FOREIGN KEY. What is not shown is NO ACTION to MySQL 8, RESTRICT to InnoDB before and to
 * MariaDB (dict_print_info_on_foreign_key_in_create_format). */
static void take_foreign_key(struct create *s, const char *name)
{
    bool modern = s->r->s->flavor == ENGINE_MY && s->r->s->version >= 80000;
    const char *none = modern ? "no action" : "restrict";
    struct object *o = my_create_add(s->r, s->table, K_FOREIGN_KEY, name);
    struct buf ref = BUF_INIT;

    model_set(s->r->m, o, P_FOREIGN_KEY_MATCH, "simple");
    model_set(s->r->m, o, P_FOREIGN_KEY_ON_DELETE, none);
    model_set(s->r->m, o, P_FOREIGN_KEY_ON_UPDATE, none);
    while (my_create_next(s) && *s->tok != '(')
        ;
    model_set(s->r->m, o, P_FOREIGN_KEY_COLUMNS, names(s));
    while (my_create_next(s) && *s->tok != '(') {
        if (*s->tok == '`' || *s->tok == '.')
            buf_add(&ref, s->tok, (size_t)(s->fin - s->tok));
    }
    model_set(s->r->m, o, P_FOREIGN_KEY_REFERENCES, ref.data);
    model_set(s->r->m, o, P_FOREIGN_KEY_REF_COLUMNS, names(s));
    while (my_create_next(s)) {
        if (my_create_is(s, "DELETE"))
            model_set(s->r->m, o, P_FOREIGN_KEY_ON_DELETE, action(s));
        else if (my_create_is(s, "UPDATE"))
            model_set(s->r->m, o, P_FOREIGN_KEY_ON_UPDATE, action(s));
    }
    buf_release(&ref);
}

static void take_constraint(struct create *s)
{
    if (!my_create_next(s))
        return;
    const char *name = my_create_unquoted(s);
    if (!my_create_next(s))
        return;
    if (my_create_is(s, "FOREIGN"))
        take_foreign_key(s, name);
    else if (my_create_is(s, "CHECK") && my_create_next(s) && *s->tok == '(')
        add_check(s, name, "table");
}

/* "PERIOD FOR SYSTEM_TIME (`a`, `b`)" becomes the option "period for system_time". */
static void take_period(struct create *s)
{
    if (!my_create_next(s) || !my_create_is(s, "FOR") || !my_create_next(s))
        return;
    bool system = my_create_is(s, "SYSTEM_TIME");
    const char *name = system ? "system_time" : my_create_copy(s, s->tok, s->fin);
    if (!my_create_next(s))
        return;
    struct object *o =
        my_create_add(s->r, s->table, K_OPTION, arena_printf(&s->r->arena, "period for %s", name));
    model_set(s->r->m, o, P_OPTION_VALUE, names(s));
}

static void take_item(struct create *s)
{
    if (!my_create_next(s))
        return;
    if (*s->tok == '`')
        take_column(s);
    else if (my_create_is(s, "CONSTRAINT"))
        take_constraint(s);
    else if (my_create_is(s, "PERIOD"))
        take_period(s);
    else
        take_key(s);
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* "/" "*!80023 INVISIBLE *" "/" is INVISIBLE: such comments are code. */
static char *without_comments(struct my_read *r, const char *text)
{
    const char *end = text + strlen(text);
    char *out = arena_alloc(&r->arena, (size_t)(end - text) + 1), *o = out;
    if (!strstr(text, "/*"))
        return memcpy(out, text, (size_t)(end - text) + 1);
    for (const char *p = text, *q; p < end; p = q) {
        q = my_text_token(p, end);
        if (str_starts(p, "/*!") || str_starts(p, "/*M!")) {
            q = p + strcspn(p, "!") + 1;
            q += strspn(q, "0123456789");
            *o++ = ' ';
        } else if (str_starts(p, "*/")) {
            q = p + 2;
            *o++ = ' ';
        } else {
            memcpy(o, p, (size_t)(q - p));
            o += q - p;
        }
    }
    *o = 0;
    return out;
}

/* Appends the text with the values of secret options emptied. */
static void add_without_secrets(struct buf *out, const struct buf *text)
{
    const char *end = text->data + text->len;
    bool secret = false;
    if (!my_table_options_may_be_secret(text->data)) {
        buf_add(out, text->data, text->len);
        return;
    }
    for (const char *p = text->data, *q; p < end; p = q) {
        q = my_text_token(p, end);
        struct slice word = {p, (size_t)(q - p)};
        if (secret && *p == '\'') {
            buf_adds(out, "''");
            secret = false;
            continue;
        }
        if (my_table_options_is_secret(word))
            secret = true;
        else if (*p != ' ' && *p != '=')
            secret = false;
        buf_add(out, p, word.len);
    }
}

/* The text is kept for the guard (plan.h, plan_prove) as the model would have it: valid UTF-8, the
 * database's own name taken off, no secrets. */
static void keep_text(struct my_read *r, struct object *table, const char *plain)
{
    struct buf utf8 = BUF_INIT, own = BUF_INIT, out = BUF_INIT;
    my_text_as_utf8(&utf8, plain);
    my_text_strip(&own, utf8.data, r->s->database, r->s->lower_case != 0, NULL, NULL);
    add_without_secrets(&out, &own);
    map_put(&r->shown, arena_memdup(&r->arena, &(const void *){table}, sizeof(void *)),
            sizeof(void *), arena_strndup(&r->arena, out.data, out.len));
    buf_release(&utf8);
    buf_release(&own);
    buf_release(&out);
}

bool my_create_take(struct my_read *r, struct object *table, const char *text)
{
    const char *plain = without_comments(r, text), *end = plain + strlen(plain);
    unsigned keys = 0;
    struct create all = {r, table, &keys, plain, end, plain, plain};

    if (!my_create_next(&all) || !my_create_is(&all, "CREATE"))
        return false;
    while (my_create_next(&all) && *all.tok != '(')
        ;
    while (*all.tok != ')' || all.tok == all.end) {
        struct create item = {r, table, &keys, all.p, all.p, all.p, all.p};
        int depth = 0;
        do {
            if (!my_create_next(&all))
                return false;
            if (depth == 0 && (*all.tok == ',' || *all.tok == ')'))
                break;
            depth += *all.tok == '(' ? 1 : *all.tok == ')' ? -1 : 0;
        } while (true);
        item.end = all.tok;
        take_item(&item);
    }
    my_table_options_take(&all);
    keep_text(r, table, plain);
    return true;
}
