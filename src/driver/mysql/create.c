#include "read.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * What SHOW CREATE TABLE says and information_schema does not, or only garbled: parsers and options
 * of keys, rare options of columns and tables, periods, details of partitions, and expressions with
 * characters that information_schema replaces. Only tables that may have such are asked for.
 */

/* ---- which tables -------------------------------------------------------------------------- */

/* information_schema writes 4-byte characters as question marks; MySQL's expressions are encoded
 * twice there when they hold any character beyond ASCII. */
static bool doubtful(const struct my_read *r, const char *text, bool expression)
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

static bool is_literal(const char *text)
{
    return *text == '\'' || str_starts(text, "0x");
}

static bool part_wanted(const struct my_read *r, const struct object *c)
{
    const char *text;
    switch (c->kind->id) {
    case K_COLUMN:
        text = model_get(c, P_COLUMN_DEFAULT);
        return doubtful(r, model_get(c, P_COLUMN_EXPRESSION), true) ||
               (text && !is_literal(text) && doubtful(r, text, true));
    case K_CHECK:
        text = model_get(c, P_CHECK_LEVEL);
        /* a period of MariaDB looks like a check */
        return doubtful(r, model_get(c, P_CHECK_EXPRESSION), true) ||
               (text && str_eq(text, "table"));
    case K_INDEX:
        text = model_get(c, P_INDEX_METHOD);
        for (const struct object *p = c->first; p; p = p->next) {
            if (doubtful(r, model_get(p, P_INDEX_PART_EXPRESSION), true))
                return true;
        }
        return text && (str_eq(text, "fulltext") || str_eq(text, "vector"));
    default:
        return false;
    }
}

/* Options of keys are told nowhere else, nor by MySQL the order of keys, tablespaces and
 * COLUMN_FORMAT. A table costs a millisecond or two, so that catalogs of thousands go without where
 * nothing hints at more. */
enum { ALL_TABLES = 500 };

bool my_create_wanted(const struct my_read *r, const struct object *table)
{
    if (r->n_tables <= ALL_TABLES)
        return true;
    const char *engine = model_get(table, P_TABLE_ENGINE);
    if (engine && !str_eq(engine, "innodb") && !str_eq(engine, "myisam"))
        return true;
    if (model_yes(table, P_TABLE_SYSTEM_VERSIONED) || model_get(table, P_TABLE_PARTITION_KEY))
        return true;
    for (const struct object *c = table->first; c; c = c->next) {
        if (part_wanted(r, c))
            return true;
    }
    return false;
}

/* ---- taking it apart ----------------------------------------------------------------------- */

struct part {
    struct my_read *r;
    struct object *table;
    unsigned *keys;        /* how many keys have come */
    const char *p, *end;   /* what is left of the item */
    const char *tok, *fin; /* the last token */
};

static bool next(struct part *s)
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

static bool is(const struct part *s, const char *word)
{
    size_t n = (size_t)(s->fin - s->tok);
    return n == strlen(word) && !strncasecmp(s->tok, word, n);
}

static char *copy(struct part *s, const char *p, const char *end)
{
    while (p < end && *p == ' ')
        p++;
    while (end > p && end[-1] == ' ')
        end--;
    return arena_strndup(&s->r->arena, p, (size_t)(end - p));
}

/* The text of a quoted token. */
static char *unquoted(struct part *s)
{
    char *out = arena_alloc(&s->r->arena, (size_t)(s->fin - s->tok) + 1), *o = out;
    for (const char *p = s->tok + 1; p < s->fin - 1; p++) {
        *o++ = *p;
        if (*p == *s->tok)
            p++;
    }
    *o = 0;
    return out;
}

/* After an opening parenthesis: its inside; the closing one is then the last token. */
static char *inside(struct part *s)
{
    const char *from = s->p;
    for (int depth = 1; depth > 0 && next(s);)
        depth += *s->tok == '(' ? 1 : *s->tok == ')' ? -1 : 0;
    return copy(s, from, s->tok);
}

static struct object *child(const struct object *parent, enum kind_id kind, const char *name)
{
    for (struct object *c = parent->first; c; c = c->next) {
        if (c->kind->id == kind && str_eq(c->name, name))
            return c;
    }
    return NULL;
}

static void exact(struct my_read *r, struct object *o, unsigned slot, const char *text)
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

/* A default's text: a parenthesised expression, or words up to the next clause. */
static char *default_text(struct part *s)
{
    if (!next(s))
        return NULL;
    const char *from = s->tok;
    if (*s->tok == '(') {
        inside(s);
        return copy(s, from, s->fin);
    }
    if ((*s->tok == '-' || *s->tok == '+' || s->p[0] == '\'') && *s->tok != '\'')
        next(s);
    if (s->p < s->end && *s->p == '(') {
        next(s);
        inside(s);
    }
    return copy(s, from, s->fin);
}

static void add_word(struct buf *b, const char *word, const char *value)
{
    buf_addf(b, "%s%s%s%s", b->len ? " " : "", word, value ? " " : "", value ? value : "");
}

/* "SECONDARY_ENGINE_ATTRIBUTE '{…}'", of a column or a key; an equals sign may stand between. */
static bool take_attribute(struct part *s, struct buf *options)
{
    if (!is(s, "ENGINE_ATTRIBUTE") && !is(s, "SECONDARY_ENGINE_ATTRIBUTE"))
        return false;
    const char *word = copy(s, s->tok, s->fin);
    if (next(s) && *s->tok == '=')
        next(s);
    add_word(options, word, copy(s, s->tok, s->fin));
    return true;
}

static void take_column(struct part *s)
{
    struct object *o = child(s->table, K_COLUMN, unquoted(s));
    struct buf options = BUF_INIT;
    const char *text;

    while (o && next(s)) {
        if (is(s, "DEFAULT")) {
            const char *have = model_get(o, P_COLUMN_DEFAULT);
            text = default_text(s);
            if (text && have && !is_literal(have) && doubtful(s->r, have, true))
                exact(s->r, o, P_COLUMN_DEFAULT, text);
        } else if (is(s, "AS") && next(s) && *s->tok == '(') {
            text = inside(s);
            if (doubtful(s->r, model_get(o, P_COLUMN_EXPRESSION), true))
                exact(s->r, o, P_COLUMN_EXPRESSION, text);
        } else if (is(s, "CHECK") && next(s) && *s->tok == '(') {
            struct object *check = child(s->table, K_CHECK, o->name);
            text = inside(s);
            if (check && doubtful(s->r, model_get(check, P_CHECK_EXPRESSION), true))
                exact(s->r, check, P_CHECK_EXPRESSION, text);
        } else if ((is(s, "COLUMN_FORMAT") || is(s, "STORAGE")) && s->r->s->flavor == ENGINE_MY) {
            const char *word = copy(s, s->tok, s->fin);
            if (next(s))
                add_word(&options, word, copy(s, s->tok, s->fin));
        } else {
            take_attribute(s, &options);
        }
    }
    if (o && options.len)
        model_set(s->r->m, o, P_COLUMN_OPTIONS, options.data);
    buf_release(&options);
}

/* "KEY `k` (…) KEY_BLOCK_SIZE=4 COMMENT '…' WITH PARSER `ngram`": s stands on the name. */
static void take_key(struct part *s, const char *name)
{
    struct object *o = child(s->table, K_INDEX, name);
    struct buf options = BUF_INIT;

    while (o && next(s) && *s->tok != '(')
        ;
    if (!o)
        return;
    model_set(s->r->m, o, P_INDEX_POSITION, arena_printf(&s->r->arena, "%u", ++*s->keys));
    inside(s);
    while (next(s)) {
        if (is(s, "PARSER") && next(s)) {
            model_set(s->r->m, o, P_INDEX_PARSER, unquoted(s));
        } else if (is(s, "COMMENT") || is(s, "USING")) {
            next(s);
        } else if (!take_attribute(s, &options)) {
            const char *word = copy(s, s->tok, s->fin);
            struct part ahead = *s;
            if (next(&ahead) && *ahead.tok == '=' && next(&ahead)) {
                *s = ahead;
                buf_addf(&options, "%s%s=%s", options.len ? " " : "", word,
                         copy(s, s->tok, s->fin));
            }
        }
    }
    if (options.len)
        model_set(s->r->m, o, P_INDEX_OPTIONS, options.data);
    buf_release(&options);
}

static void take_constraint(struct part *s)
{
    if (!next(s))
        return;
    const char *name = unquoted(s);
    if (!next(s) || !is(s, "CHECK") || !next(s) || *s->tok != '(')
        return;
    struct object *o = child(s->table, K_CHECK, name);
    const char *text = inside(s);
    if (o && doubtful(s->r, model_get(o, P_CHECK_EXPRESSION), true))
        exact(s->r, o, P_CHECK_EXPRESSION, text);
}

static void take_period(struct part *s)
{
    if (!next(s) || !is(s, "FOR") || !next(s) || is(s, "SYSTEM_TIME"))
        return;
    struct buf path = BUF_INIT;
    model_path(s->table, &path);
    model_gap(s->r->m, "period", path.data, "application-time periods are not modelled");
    buf_release(&path);
}

static void take_item(struct part *s)
{
    if (!next(s))
        return;
    if (*s->tok == '`') {
        take_column(s);
    } else if (is(s, "CONSTRAINT")) {
        take_constraint(s);
    } else if (is(s, "PERIOD")) {
        take_period(s);
    } else if (is(s, "PRIMARY")) {
        take_key(s, "PRIMARY");
    } else {
        while (!is(s, "KEY") && !is(s, "INDEX") && next(s))
            ;
        if (next(s) && *s->tok == '`')
            take_key(s, unquoted(s));
    }
}

/* ---- after the columns --------------------------------------------------------------------- */

/* These are read from information_schema, or are not options. */
static bool is_known_option(const struct part *s, const char *name)
{
    static const char *const known[] = {"ENGINE",     "CHARSET",        "COLLATE",
                                        "COMMENT",    "AUTO_INCREMENT", "SET",
                                        "ROW_FORMAT", "AUTOEXTEND_SIZE"};
    const char *have = model_get(s->table, P_TABLE_DEFINITION);
    for (size_t i = 0; i < ARRAY_LEN(known) - 1; i++) {
        if (!strcasecmp(name, known[i]))
            return true;
    }
    return have && strcasestr(have, name);
}

/* Slots that partitions and sub-partitions both have. */
struct part_slots {
    enum kind_id kind;
    const char *word;
    int options, comment;
};

static const struct part_slots part_slots[] = {
    {K_PARTITION, "PARTITION", P_PARTITION_OPTIONS, P_PARTITION_COMMENT},
    {K_SUBPARTITION, "SUBPARTITION", P_SUBPARTITION_OPTIONS, P_SUBPARTITION_COMMENT},
};

/* "MAX_ROWS = 100", "DATA DIRECTORY = '/x'", "COMMENT = 'c'": false at the end of the partition. */
static bool take_part_option(struct part *s, struct object *o, const struct part_slots *slots,
                             struct buf *options)
{
    const char *name = s->tok;
    while (*s->tok != '=') {
        if (*s->tok == ',' || *s->tok == ')' || *s->tok == '(')
            return false;
        if (!next(s))
            return false;
    }
    name = copy(s, name, s->tok);
    if (!next(s))
        return false;
    if (!strcasecmp(name, "COMMENT"))
        model_set(s->r->m, o, (unsigned)slots->comment, unquoted(s));
    else if (strcasecmp(name, "ENGINE") != 0) /* always the table's */
        buf_addf(options, "%s%s = %s", options->len ? " " : "", name, copy(s, s->tok, s->fin));
    return true;
}

/* s stands on an opening parenthesis; afterwards on the one that closes the list. */
static bool take_parts(struct part *s, struct object *parent, const struct part_slots *slots)
{
    do {
        if (!next(s) || !is(s, slots->word) || !next(s))
            return false;
        struct object *o =
            child(parent, slots->kind, *s->tok == '`' ? unquoted(s) : copy(s, s->tok, s->fin));
        struct buf options = BUF_INIT;
        bool more = o && next(s);
        if (more && is(s, "VALUES")) {
            more = next(s) && next(s); /* IN or LESS, and what follows */
            if (more && is(s, "THAN"))
                more = next(s);
            if (more && *s->tok == '(')
                inside(s);
            more = more && next(s);
        } else if (more && (is(s, "HISTORY") || is(s, "CURRENT"))) {
            model_set(s->r->m, o, P_PARTITION_VALUES, copy(s, s->tok, s->fin));
            more = next(s);
        }
        if (o) /* information_schema gives a sub-partition's to the partition */
            model_set(s->r->m, o, (unsigned)slots->comment, NULL);
        while (more && take_part_option(s, o, slots, &options))
            more = next(s);
        if (o)
            model_set(s->r->m, o, (unsigned)slots->options, options.len ? options.data : NULL);
        buf_release(&options);
        if (more && *s->tok == '(')
            more = slots->kind == K_PARTITION && take_parts(s, o, slots + 1) && next(s);
        if (!more)
            return false;
    } while (*s->tok == ',');
    return *s->tok == ')';
}

static void no_values(struct my_read *r, struct object *table)
{
    for (struct object *o = table->first; o; o = o->next) {
        if (o->kind->id == K_PARTITION)
            model_set(r->m, o, P_PARTITION_VALUES, NULL);
    }
}

static void take_partitioning(struct part *s)
{
    const char *key = model_get(s->table, P_TABLE_PARTITION_KEY);
    const char *algorithm = strcasestr(s->p, " ALGORITHM = 1 ");
    const char *system = key && str_starts(key, "SYSTEM_TIME") ? strstr(s->p, "SYSTEM_TIME") : NULL;

    if (key && algorithm && algorithm < s->end) {
        size_t n = strcspn(key, "(");
        model_set(s->r->m, s->table, P_TABLE_PARTITION_KEY,
                  arena_printf(&s->r->arena, "%.*sALGORITHM=1 %s", (int)n, key, key + n));
    }
    if (system) {
        const char *end = system + strcspn(system, "\n(");
        model_set(s->r->m, s->table, P_TABLE_PARTITION_KEY, copy(s, system, end));
        no_values(s->r, s->table); /* the times that information_schema has are made up */
    }
    while (next(s)) {
        struct part ahead = *s;
        if (*s->tok != '(')
            continue;
        if (next(&ahead) && is(&ahead, "PARTITION")) {
            if (take_parts(s, s->table, part_slots))
                break;
            struct buf path = BUF_INIT;
            model_path(s->table, &path);
            model_gap(s->r->m, "partition", path.data, "options of partitions were not understood");
            buf_release(&path);
            break;
        }
        inside(s);
    }
    s->p = s->end;
}

static void take_tail(struct part *s)
{
    while (next(s)) {
        if (is(s, "PARTITION")) {
            take_partitioning(s);
            return;
        }
        if (is(s, "TABLESPACE") && next(s)) {
            model_set(s->r->m, s->table, P_TABLE_TABLESPACE,
                      *s->tok == '`' ? unquoted(s) : copy(s, s->tok, s->fin));
            continue;
        }
        const char *name = *s->tok == '`' ? unquoted(s) : copy(s, s->tok, s->fin);
        struct part ahead = *s;
        if (is(s, "DATA") || is(s, "INDEX")) {
            next(s);
            name = arena_printf(&s->r->arena, "%s directory", name);
            ahead = *s;
        }
        if (!next(&ahead) || *ahead.tok != '=' || !next(&ahead))
            continue; /* DEFAULT, WITH SYSTEM VERSIONING */
        *s = ahead;
        if (is_known_option(s, name))
            continue;
        const char *value = *s->tok == '('            ? inside(s)
                            : strchr("'\"`", *s->tok) ? unquoted(s)
                                                      : copy(s, s->tok, s->fin);
        char *low = arena_strdup(&s->r->arena, name);
        for (char *c = low; *c; c++) {
            if (*c >= 'A' && *c <= 'Z')
                *c = (char)(*c - 'A' + 'a');
        }
        bool secret = str_eq(low, "connection") || str_eq(low, "password");
        struct object *o =
            model_add(s->r->m, &kinds[secret ? K_SECRET_OPTION : K_OPTION], s->table, low);
        model_set(s->r->m, o, secret ? (unsigned)P_SECRET_OPTION_VALUE : (unsigned)P_OPTION_VALUE,
                  value);
    }
}

/* "/" "*!80023 INVISIBLE *" "/" is INVISIBLE: such comments are code. */
static char *without_comments(struct my_read *r, const char *text)
{
    const char *end = text + strlen(text);
    char *out = arena_alloc(&r->arena, (size_t)(end - text) + 1), *o = out;
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

bool my_create_take(struct my_read *r, struct object *table, const char *text)
{
    const char *plain = without_comments(r, text), *end = plain + strlen(plain);
    unsigned keys = 0;
    struct part all = {r, table, &keys, plain, end, plain, plain};

    if (!next(&all) || !is(&all, "CREATE"))
        return false;
    while (next(&all) && *all.tok != '(')
        ;
    while (*all.tok != ')' || all.tok == all.end) {
        struct part item = {r, table, &keys, all.p, all.p, all.p, all.p};
        int depth = 0;
        do {
            if (!next(&all))
                return false;
            if (depth == 0 && (*all.tok == ',' || *all.tok == ')'))
                break;
            depth += *all.tok == '(' ? 1 : *all.tok == ')' ? -1 : 0;
        } while (true);
        item.end = all.tok;
        take_item(&item);
    }
    take_tail(&all);
    return true;
}

/* ---- literal defaults ---------------------------------------------------------------------- */

/* Only DEFAULT() gives a literal with characters that even SHOW CREATE may not show. */
static bool default_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                        struct err *err)
{
    struct my_read *r = ctx;
    struct object *table = my_read_find(r, v[0]), *o = child(table, K_COLUMN, v[1]);
    struct buf b = BUF_INIT;
    const char *type = model_get(o, P_COLUMN_TYPE);

    (void)n, (void)lengths, (void)err;
    if (!v[2])
        return true;
    if (strstr(type, "binary")) {
        buf_addf(&b, v[2][0] ? "0x%s" : "''", v[2]);
    } else {
        buf_addch(&b, '\'');
        for (const char *p = v[2]; *p; p += 2) {
            char digits[3] = {p[0], p[1], 0};
            char c = (char)strtoul(digits, NULL, 16);
            if (c == '\'' || c == '\\')
                buf_addch(&b, c);
            if (c == '\n' || c == '\r' || c == 0)
                buf_addf(&b, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : '0');
            else
                buf_addch(&b, c);
        }
        buf_addch(&b, '\'');
    }
    exact(r, o, P_COLUMN_DEFAULT, b.data);
    buf_release(&b);
    return true;
}

static void default_sql(struct buf *sql, const struct object *o)
{
    bool binary = strstr(model_get(o, P_COLUMN_TYPE), "binary") != NULL;
    struct buf id = BUF_INIT;
    buf_addf(&id, "t:%s", o->parent->name);
    buf_adds(sql, sql->len ? " UNION ALL SELECT " : "SELECT ");
    my_quote_text(sql, id.data, id.len);
    buf_addch(sql, ',');
    my_quote_text(sql, o->name, strlen(o->name));
    buf_adds(sql, binary ? ", HEX(DEFAULT(" : ", HEX(CONVERT(DEFAULT(");
    my_quote_name(sql, o->name);
    buf_adds(sql, binary ? "))" : ") USING utf8mb4))");
    buf_adds(sql, " FROM (SELECT 1) AS dbtwin_one LEFT JOIN ");
    my_quote_name(sql, o->parent->name);
    buf_adds(sql, " ON FALSE");
    buf_release(&id);
}

static bool default_wanted(const struct my_read *r, const struct object *o)
{
    const char *text = model_get(o, P_COLUMN_DEFAULT);
    return text && is_literal(text) &&
           (doubtful(r, text, false) ||
            (r->s->flavor == ENGINE_MY && strstr(model_get(o, P_COLUMN_TYPE), "binary")));
}

/* Runs n columns' in one statement. */
static bool read_defaults(struct my_read *r, struct object **columns, size_t n, struct err *err)
{
    struct buf sql = BUF_INIT;
    for (size_t i = 0; i < n; i++)
        default_sql(&sql, columns[i]);
    bool good = my_conn_rows((struct session *)(void *)r->s, sql.data, default_row, r, err);
    buf_release(&sql);
    if (good || err->cls == ERR_CONNECTION || err->cls == ERR_INTERRUPTED)
        return good;
    err_clear(err);
    if (n > 1) { /* one of them spoils it for all */
        for (size_t i = 0; i < n; i++) {
            if (!read_defaults(r, columns + i, 1, err))
                return false;
        }
        return true;
    }
    struct buf path = BUF_INIT;
    model_path(columns[0], &path);
    columns[0]->v[P_COLUMN_DEFAULT] = model_unknown;
    model_gap(r->m, "column", path.data,
              "its default is not shown whole; it needs GRANT SELECT on the table");
    buf_release(&path);
    return true;
}

bool my_create_defaults(struct my_read *r, struct err *err)
{
    enum { BATCH = 100 };
    struct vec columns = VEC_INIT(struct object *);
    bool good = true;
    for (struct object *t = r->m->root->first; t; t = t->next) {
        for (struct object *c = t->kind->id == K_TABLE ? t->first : NULL; c; c = c->next) {
            if (c->kind->id == K_COLUMN && default_wanted(r, c))
                VEC_PUSH(&columns, struct object *, c);
        }
    }
    for (size_t i = 0; good && i < columns.len; i += BATCH)
        good = read_defaults(r, vec_at(&columns, i),
                             columns.len - i < BATCH ? columns.len - i : BATCH, err);
    vec_release(&columns);
    return good;
}

/* ---- spatial reference systems of MariaDB -------------------------------------------------- */

static bool srid_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                     struct err *err)
{
    struct my_read *r = ctx;
    struct object *table = my_read_find(r, v[0]);
    struct object *o = table ? child(table, K_COLUMN, v[1]) : NULL;
    (void)n, (void)lengths, (void)err;
    if (o)
        model_set(r->m, o, P_COLUMN_SRID, v[2]);
    return true;
}

static bool has_geometry(const struct object *o)
{
    static const char *const types[] = {"geometry", "point", "linestring", "polygon", "multi"};
    const char *type = o->kind->id == K_COLUMN ? model_get(o, P_COLUMN_TYPE) : NULL;
    for (size_t i = 0; type && i < ARRAY_LEN(types); i++) {
        if (str_starts(type, types[i]))
            return true;
    }
    for (const struct object *c = o->first; c; c = c->next) {
        if (has_geometry(c))
            return true;
    }
    return false;
}

bool my_create_srids(struct my_read *r, struct err *err)
{
    return r->s->flavor != ENGINE_MA || !has_geometry(r->m->root) ||
           my_conn_rows((struct session *)(void *)r->s,
                        "SELECT CONCAT('t:', F_TABLE_NAME), G_GEOMETRY_COLUMN, SRID FROM "
                        "information_schema.GEOMETRY_COLUMNS WHERE F_TABLE_SCHEMA = DATABASE() "
                        "AND SRID <> 0",
                        srid_row, r, err);
}
