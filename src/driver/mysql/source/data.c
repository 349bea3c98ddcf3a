#include "data.h"

#include <dbtwin/sqltoken.h>

#include <string.h>
#include <strings.h>

/* ---- columns ------------------------------------------------------------------------------- */

/* Whether the type's word is `word`: "int(11) unsigned" has the word "int". */
static bool type_is(const char *type, const char *word)
{
    size_t n = strlen(word);
    return type && !strncasecmp(type, word, n) &&
           !(type[n] == '_' || (type[n] >= '0' && type[n] <= '9') ||
             (type[n] >= 'a' && type[n] <= 'z') || (type[n] >= 'A' && type[n] <= 'Z'));
}

static bool type_is_integer(const char *type)
{
    return type_is(type, "int") || type_is(type, "bigint") || type_is(type, "smallint") ||
           type_is(type, "mediumint") || type_is(type, "tinyint");
}

/* "set('','a')" */
static bool has_empty_member(const char *type)
{
    const char *end = type + strlen(type);
    for (const char *p = type, *q; p < end; p = q) {
        q = sqltoken_end(p, end);
        if (*p == '\'' && q - p == 2)
            return true;
    }
    return false;
}

/* How a column is read and stored; *ret_store NULL = as it comes. */
static void column_access(const char *type, const char *quoted, struct arena *a,
                          const char **ret_read, const char **ret_store)
{
    *ret_read = quoted;
    *ret_store = NULL;
    if (type_is(type, "float") ||
        ((type_is(type, "double") || type_is(type, "real")) && strchr(type, '(')))
        *ret_read = arena_printf(a, "%s*1e0", quoted);
    else if (type_is(type, "set") && has_empty_member(type)) {
        *ret_read = arena_printf(a, "%s+0", quoted); /* as text '' is the member and none */
        *ret_store = "%s+0";
    } else if (type_is(type, "json") || type_is(type, "uuid") || type_is(type, "inet4") ||
               type_is(type, "inet6"))
        *ret_store = "CONVERT(%s USING utf8mb4)";
}

/* ---- the key ------------------------------------------------------------------------------- */

/* The column an index part names, or NULL when it is an expression or a prefix. */
static const struct object *part_column(const struct object *table, const struct object *part,
                                        struct buf *name)
{
    const char *e = model_get(part, P_INDEX_PART_EXPRESSION);
    if (!e || model_get(part, P_INDEX_PART_PREFIX))
        return NULL;
    buf_reset(name);
    if (e[0] == '`') {
        for (e++; *e && !(e[0] == '`' && e[1] != '`'); e++) {
            if (*e == '`')
                e++;
            buf_addch(name, *e);
        }
    } else {
        buf_adds(name, e);
    }
    for (const struct object *c = table->first; c; c = c->next) {
        if (c->kind->id == K_COLUMN && !strcasecmp(c->name, name->data))
            return c;
    }
    return NULL;
}

static const struct object *index_part(const struct object *index, uint32_t place)
{
    for (const struct object *p = index->first; p; p = p->next) {
        uint64_t n;
        if (p->kind->id == K_INDEX_PART && str_parse_u64(p->name, &n) && n == place)
            return p;
    }
    return NULL;
}

/* The columns of a unique index that holds each row once; 0 when it is none. */
static uint32_t index_key(const struct object *table, const struct object *index,
                          const struct object **columns, uint32_t max)
{
    struct buf name = BUF_INIT;
    uint32_t n = 0;

    if (!str_eq(index->name, "PRIMARY") && !model_yes(index, P_INDEX_UNIQUE))
        return 0;
    for (const struct object *part; n < max && (part = index_part(index, n + 1));) {
        const struct object *c = part_column(table, part, &name);
        if (!c || !model_yes(c, P_COLUMN_NOT_NULL) || model_get(c, P_COLUMN_GENERATED)) {
            n = 0;
            break;
        }
        columns[n++] = c;
    }
    buf_release(&name);
    return n;
}

/* PRIMARY, else the unique key with the fewest columns. */
static uint32_t table_key(const struct object *table, struct arena *a, uint32_t max,
                          const struct object ***ret)
{
    uint32_t best = 0;
    for (const struct object *i = table->first; i; i = i->next) {
        if (i->kind->id != K_INDEX)
            continue;
        const struct object **columns = arena_alloc(a, (max + 1) * sizeof *columns);
        uint32_t n = index_key(table, i, columns, max);
        if (n && (!best || n < best || str_eq(i->name, "PRIMARY"))) {
            best = n;
            *ret = columns;
            if (str_eq(i->name, "PRIMARY"))
                break;
        }
    }
    return best;
}

/* ---- projection ---------------------------------------------------------------------------- */

/* Columns that hold what was put into them (generated NULL), or what was worked out, in the
 * table's order. */
static const struct object **stored_columns(const struct object *table, const char *generated,
                                            struct arena *a, uint32_t *ret_n)
{
    uint32_t all, n = 0;
    const struct object **columns = model_parts(table, K_COLUMN, a, &all);
    for (uint32_t i = 0; i < all; i++)
        if (str_eq(model_get(columns[i], P_COLUMN_GENERATED), generated))
            columns[n++] = columns[i];
    *ret_n = n;
    return columns;
}

static void move_to_front(const struct object **columns, uint32_t n, uint32_t place,
                          const struct object *c)
{
    for (uint32_t i = place; i < n; i++) {
        if (columns[i] == c) {
            memmove(columns + place + 1, columns + place, (i - place) * sizeof *columns);
            columns[place] = c;
            return;
        }
    }
}

static void add_columns(struct projection *p, const struct object *const *columns, uint32_t n,
                        struct arena *a)
{
    struct buf quoted = BUF_INIT;
    for (uint32_t i = 0; i < n; i++) {
        struct projection_column *c = &p->columns[p->n_columns++];
        buf_reset(&quoted);
        my_quote_name(&quoted, columns[i]->name);
        c->column = columns[i];
        column_access(model_get(columns[i], P_COLUMN_TYPE), arena_strdup(a, quoted.data), a,
                      &c->read, &c->store);
    }
    buf_release(&quoted);
}

bool my_data_project(struct session *s, const struct object *table, bool key_first, struct arena *a,
                     struct projection *ret, struct err *err)
{
    uint32_t n;
    const struct object **columns = stored_columns(table, NULL, a, &n), **key = NULL;
    struct projection p = {.table = table};

    (void)s, (void)err;
    if (key_first)
        p.n_key = table_key(table, a, n, &key);
    for (uint32_t i = 0; i < p.n_key; i++)
        move_to_front(columns, n, i, key[i]);
    p.columns = arena_calloc(a, (n + 1) * sizeof *p.columns);
    add_columns(&p, columns, n, a);
    *ret = p;
    return true;
}

bool my_data_project_computed(struct session *s, const struct object *o, struct arena *a,
                              struct projection *ret, struct err *err)
{
    uint32_t n;
    const struct object **columns = stored_columns(o, "stored", a, &n), **key = NULL;
    struct projection p = {.table = o};

    (void)s, (void)err;
    p.n_key = n ? table_key(o, a, o->n_children, &key) : 0;
    p.columns = arena_calloc(a, (p.n_key + n + 1) * sizeof *p.columns);
    add_columns(&p, key, p.n_key, a);
    add_columns(&p, columns, n, a);
    *ret = p;
    return true;
}

/* ---- chunks -------------------------------------------------------------------------------- */

static uint64_t table_number(const struct object *table, int slot)
{
    uint64_t n = 0;
    const char *t = table->kind->id == K_TABLE ? model_get(table, slot) : NULL;
    return t && str_parse_u64(t, &n) ? n : 0;
}

/* Numbers of the key's range, moved so that the least signed one is 0: order is kept. */
struct span {
    bool is_signed, found;
    uint64_t least, most;
};

static bool span_parse(struct span *s, const char *text, uint64_t *ret)
{
    int64_t i;
    if (!s->is_signed)
        return str_parse_u64(text, ret);
    if (!str_parse_i64(text, &i))
        return false;
    *ret = (uint64_t)i + (UINT64_C(1) << 63);
    return true;
}

static void span_print(const struct span *s, uint64_t n, char ret[24])
{
    struct buf b = BUF_INIT;
    if (s->is_signed)
        buf_addf(&b, "%lld", (long long)(int64_t)(n - (UINT64_C(1) << 63)));
    else
        buf_addf(&b, "%llu", (unsigned long long)n);
    memcpy(ret, b.data, b.len + 1);
    buf_release(&b);
}

static bool span_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                     struct err *err)
{
    struct span *s = ctx;
    (void)n, (void)lengths, (void)err;
    s->found = v[0] && v[1] && span_parse(s, v[0], &s->least) && span_parse(s, v[1], &s->most) &&
               s->least <= s->most;
    return true;
}

static struct chunk *chunk_add(struct vec *ret, const struct projection *p, uint32_t number)
{
    struct chunk *c = vec_push(ret);
    c->projection = p;
    c->number = number;
    return c;
}

static void chunk_ranges(const struct projection *p, const struct span *s, const char *column,
                         uint64_t n, struct arena *a, struct vec *ret)
{
    struct buf quoted = BUF_INIT;
    uint64_t width = (s->most - s->least) / n + 1, lower = s->least;
    uint64_t rows = table_number(p->table, P_TABLE_ROWS);
    uint64_t bytes = table_number(p->table, P_TABLE_BYTES);

    my_quote_name(&quoted, column);
    for (uint32_t i = 0; i < n; i++) {
        struct chunk *c = chunk_add(ret, p, i);
        bool last = i + 1 == n || s->most - lower < width;
        char from[24], to[24], most[24];
        span_print(s, lower, from);
        span_print(s, last ? s->most : lower + width, to);
        span_print(s, last ? s->most : lower + width - 1, most);
        c->rows = rows / n;
        c->bytes = bytes / n;
        c->range = arena_printf(a, "%s %s..%s", column, from, most);
        /* The ends are open, so that no row can fall outside whatever the estimate. */
        if (i == 0 && !last)
            c->condition = arena_printf(a, "%s < %s", quoted.data, to);
        else if (last && i > 0)
            c->condition = arena_printf(a, "%s >= %s", quoted.data, from);
        else if (!last)
            c->condition =
                arena_printf(a, "%s >= %s AND %s < %s", quoted.data, from, quoted.data, to);
        if (last)
            break;
        lower += width;
    }
    buf_release(&quoted);
}

static bool split_span(struct session *s, const struct projection *p, const struct object *column,
                       struct span *ret, struct err *err)
{
    const char *type = model_get(column, P_COLUMN_TYPE);
    struct buf sql = BUF_INIT;

    ret->is_signed = !strcasestr(type, "unsigned");
    buf_adds(&sql, "SELECT MIN(");
    my_quote_name(&sql, column->name);
    buf_adds(&sql, "), MAX(");
    my_quote_name(&sql, column->name);
    buf_adds(&sql, ") FROM ");
    my_quote_name(&sql, p->table->name);
    bool good = my_conn_rows(s, sql.data, span_row, ret, err);
    buf_release(&sql);
    return good || err_context(err, "while splitting %s", p->table->name);
}

bool my_data_split(struct session *s, const struct projection *p, enum split_mode mode,
                   uint64_t goal, struct arena *a, struct vec *ret, struct err *err)
{
    uint64_t bytes = table_number(p->table, P_TABLE_BYTES), n = goal ? bytes / goal : 0;
    const struct object **key = NULL;
    struct span span = {0};

    (void)mode; /* InnoDB's physical order is the key's */
    if (n > 1 && table_key(p->table, a, p->n_columns, &key) &&
        type_is_integer(model_get(key[0], P_COLUMN_TYPE)) && !split_span(s, p, key[0], &span, err))
        return false;
    if (span.found && span.most - span.least > n) {
        chunk_ranges(p, &span, key[0]->name, n > 100000 ? 100000 : n, a, ret);
        return true;
    }
    struct chunk *c = chunk_add(ret, p, 0);
    c->only = true;
    c->rows = table_number(p->table, P_TABLE_ROWS);
    c->bytes = bytes;
    return true;
}

bool my_data_count(struct session *session, const struct object *table, uint64_t *ret,
                   struct err *err)
{
    struct buf sql = BUF_INIT;
    struct arena a = ARENA_INIT;
    const char *n = NULL;

    buf_adds(&sql, "SELECT COUNT(*) FROM ");
    my_quote_name(&sql, table->name);
    bool good = my_conn_value(my_session(session), sql.data, &a, &n, err) &&
                ((n && str_parse_u64(n, ret)) ||
                 err_set(err, ERR_RUNTIME, "not a count: %s", n ? n : "NULL"));
    buf_release(&sql);
    arena_release(&a);
    return good;
}
