#include "data.h"

#include <string.h>

bool pg_data_is_partitioned(const struct object *table)
{
    return table->kind->id == K_TABLE && model_get(table, P_TABLE_PARTITION_KEY);
}

void pg_data_add_only(struct buf *b, const struct object *table)
{
    buf_adds(b, pg_data_is_partitioned(table) ? "" : "ONLY ");
    pg_add_qualified(b, table);
}

static bool is_generated(const struct object *column)
{
    const char *g = model_get(column, P_COLUMN_GENERATED);

    return g && *g;
}

static const struct object *find_column(const struct object *table, const char *name)
{
    for (const struct object *o = table->first; o; o = o->next)
        if (o->kind->id == K_COLUMN && strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

/* ---- keys ------------------------------------------------------------------------------- */

/* One identifier of a list as the server writes it: quoted or not. Returns where it ends. */
static const char *take_ident(const char *p, struct buf *name)
{
    buf_reset(name);
    while (*p == ' ' || *p == ',')
        p++;
    if (*p == '"') {
        for (p++; *p && !(p[0] == '"' && p[1] != '"'); p++) {
            if (*p == '"')
                p++;
            buf_addch(name, *p);
        }
        return *p ? p + 1 : p;
    }
    for (; *p && *p != ',' && *p != ' '; p++)
        buf_addch(name, *p);
    return p;
}

struct key {
    const struct object **columns;
    uint32_t n;
};

/* False when a column cannot be part of a key that is compared: generated, or may be null. */
static bool key_add(struct key *k, const struct object *table, const char *name)
{
    const struct object *c = find_column(table, name);

    if (!c || is_generated(c) || !model_yes(c, P_COLUMN_NOT_NULL))
        return false;
    k->columns[k->n++] = c;
    return true;
}

static bool key_from_list(struct key *k, const struct object *table, const char *list)
{
    struct buf name = BUF_INIT;
    bool good = list && *list;

    while (good && *list) {
        list = take_ident(list, &name);
        good = k->n < table->n_children && key_add(k, table, name.data);
        while (*list == ' ')
            list++;
        good = good && (*list == ',' || !*list);
    }
    buf_release(&name);
    return good && k->n > 0;
}

/* Parts are named by their place; expressions are in parentheses and match no column. */
static bool key_from_index(struct key *k, const struct object *table, const struct object *index)
{
    struct buf name = BUF_INIT;
    bool good = true;
    char place[16];

    for (unsigned i = 1; good && i <= index->n_children; i++) {
        const struct object *part = NULL;
        snprintf(place, sizeof place, "%u", i);
        for (const struct object *o = index->first; o; o = o->next)
            if (o->kind->id == K_INDEX_PART && strcmp(o->name, place) == 0)
                part = o;
        if (!part || model_yes(part, P_INDEX_PART_INCLUDED))
            break;
        const char *text = model_get(part, P_INDEX_PART_EXPRESSION);
        good = text && text[0] != '(';
        if (good) {
            const char *end = take_ident(text, &name);
            good = !*end && k->n < table->n_children && key_add(k, table, name.data);
        }
    }
    buf_release(&name);
    return good && k->n > 0;
}

static bool key_from(struct key *k, const struct object *table, const struct object *o)
{
    switch (o->kind->id) {
    case K_PRIMARY_KEY:
        return key_from_list(k, table, model_get(o, P_PRIMARY_KEY_COLUMNS));
    case K_UNIQUE:
        return key_from_list(k, table, model_get(o, P_UNIQUE_COLUMNS));
    case K_INDEX:
        return model_yes(o, P_INDEX_UNIQUE) && !model_get(o, P_INDEX_PREDICATE) &&
               (!model_get(o, P_INDEX_VALID) || model_yes(o, P_INDEX_VALID)) &&
               key_from_index(k, table, o);
    default:
        return false;
    }
}

uint32_t pg_data_key(const struct object *table, struct arena *a, const struct object ***ret)
{
    struct key best = {0};

    for (const struct object *o = table->first; o; o = o->next) {
        enum kind_id kind = o->kind->id;
        if (kind != K_PRIMARY_KEY && kind != K_UNIQUE && kind != K_INDEX)
            continue;
        struct key k = {arena_calloc(a, sizeof(*k.columns) * (table->n_children + 1)), 0};
        if (!key_from(&k, table, o))
            continue;
        if (kind == K_PRIMARY_KEY) {
            best = k;
            break;
        }
        if (!best.n || k.n < best.n)
            best = k;
    }
    *ret = best.columns;
    return best.n;
}

/* ---- projections ------------------------------------------------------------------------ */

static bool in_key(const struct object *c, const struct object **key, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (key[i] == c)
            return true;
    return false;
}

static void put(struct projection *p, const struct object *column, struct arena *a)
{
    struct buf name = BUF_INIT;

    pg_add_ident(&name, column->name);
    p->columns[p->n_columns++] =
        (struct projection_column){.column = column, .read = arena_strdup(a, name.data)};
    buf_release(&name);
}

bool pg_project(struct session *s, const struct object *table, bool key_first, struct arena *a,
                struct projection *ret, struct err *err)
{
    struct projection p = {.table = table};
    const struct object **all, **key = NULL;
    uint32_t n_all, n = 0, n_key = 0;

    if (table->kind->id == K_LARGE_OBJECTS) {
        p.n_key = key_first ? 2 : 0; /* loid and offset; see data_large.c */
        *ret = p;
        return true;
    }
    if (table->kind->id == K_EXTENSION_ROWS) {
        *ret = p; /* a whole row is its key; see extension_rows.c */
        return true;
    }
    if (table->kind->id != K_TABLE)
        return err_set(err, ERR_RUNTIME, "%s: %s %s holds no rows of its own", s->label,
                       table->kind->name, table->name);
    all = model_parts(table, K_COLUMN, a, &n_all);
    for (uint32_t i = 0; i < n_all; i++)
        if (!is_generated(all[i]))
            all[n++] = all[i];
    if (key_first)
        n_key = pg_data_key(table, a, &key);
    p.columns = arena_calloc(a, sizeof(*p.columns) * (n + 1));
    for (uint32_t i = 0; i < n_key; i++)
        put(&p, key[i], a);
    for (uint32_t i = 0; i < n; i++)
        if (!in_key(all[i], key, n_key))
            put(&p, all[i], a);
    p.n_key = n_key;
    *ret = p;
    return !key_first || pg_wide_digest(s, ret, a, err);
}

/* Virtual ones are worked out when they are read, from what is compared already. */
static bool is_stored(const struct object *column, bool view)
{
    return view || str_eq(model_get(column, P_COLUMN_GENERATED), "stored");
}

bool pg_project_computed(struct session *s, const struct object *o, struct arena *a,
                         struct projection *ret, struct err *err)
{
    struct projection p = {.table = o};
    bool view = o->kind->id == K_MATERIALIZED_VIEW;
    uint32_t n_all, n = 0;
    const struct object **all = model_parts(o, K_COLUMN, a, &n_all), **key = NULL;

    for (uint32_t i = 0; i < n_all; i++)
        if (is_stored(all[i], view))
            all[n++] = all[i];
    p.n_key = n && !view ? pg_data_key(o, a, &key) : 0;
    p.columns = arena_calloc(a, sizeof(*p.columns) * (n + p.n_key + 1));
    for (uint32_t i = 0; i < p.n_key; i++)
        put(&p, key[i], a);
    for (uint32_t i = 0; i < n; i++)
        put(&p, all[i], a);
    *ret = p;
    return !n || pg_wide_digest(s, ret, a, err);
}

bool pg_data_is_plain(const struct projection *p)
{
    struct buf name = BUF_INIT;
    bool plain = true;

    for (uint32_t i = 0; plain && i < p->n_columns; i++) {
        buf_reset(&name);
        pg_add_ident(&name, p->columns[i].column->name);
        /* COPY names no generated column */
        plain = strcmp(name.data, p->columns[i].read) == 0 && !is_generated(p->columns[i].column);
    }
    buf_release(&name);
    return plain;
}

void pg_data_add_columns(struct buf *b, const struct projection *p)
{
    for (uint32_t i = 0; i < p->n_columns; i++) {
        buf_adds(b, i ? ", " : " (");
        pg_add_ident(b, p->columns[i].column->name);
    }
    if (p->n_columns)
        buf_addch(b, ')');
}

void pg_data_add_encoding(struct buf *b, struct session *s)
{
    const char *encoding = PQparameterStatus(s->conn, "server_encoding");

    buf_adds(b, "ENCODING ");
    pg_add_literal(b, encoding ? encoding : "UTF8");
}

void pg_data_add_format(struct buf *b, struct session *s, const struct chunk *c)
{
    if (c->native)
        buf_adds(b, "FORMAT binary");
    else
        pg_data_add_encoding(b, s);
}

bool pg_data_speaks_native(const struct session *s)
{
    return str_eq(PQparameterStatus(s->conn, "server_encoding"),
                  PQparameterStatus(s->conn, "client_encoding"));
}

void pg_data_explain(struct session *s, struct err *err)
{
    if (strcmp(err->sqlstate, "53100") == 0)
        err_hint(err, "%s has no disk space left; what was there before is as it was", s->label);
    else if (strcmp(err->sqlstate, "55P03") == 0)
        err_hint(err, "another session has locked the table: run again when it is done");
    else if (strcmp(err->sqlstate, "54000") == 0 ||
             strstr(err->msg, "invalid memory alloc request size"))
        err_hint(err, "a row of this table is longer than 1 GB as text, which PostgreSQL cannot "
                      "give");
    else if (s->role == DRIVER_SOURCE && err->cls == ERR_DENIED)
        err_hint(err,
                 "reading everything needs SELECT on every table (GRANT pg_read_all_data, from "
                 "PostgreSQL 14) and, under row-level security, BYPASSRLS");
}

bool pg_data_context(struct err *err, const char *doing, const struct object *table)
{
    struct buf path = BUF_INIT;

    model_path(table, &path);
    err_context(err, "while %s %s", doing, path.data);
    buf_release(&path);
    return false;
}

/* An index may come to be while this is planned, so it is tried and not asked beforehand. */
static bool count(struct session *s, const char *sql, const struct object *table, struct arena *a,
                  const char **ret, struct err *err)
{
    struct err later = ERR_INIT;
    bool probed = s->snapshot;

    if (!pg_names_leave(s, err) || (probed && !pg_names_read(s, table, err)))
        return false;
    bool good = pg_value(s, sql, a, ret, err);
    if (good || probed || !pg_names_wanted(err) || !s->settings || !pg_names_open(s, table, &later))
        return good;
    err_clear(err);
    return pg_value(s, sql, a, ret, err);
}

bool pg_count(struct session *s, const struct object *table, uint64_t *ret, struct err *err)
{
    struct buf sql = BUF_INIT;
    struct arena a = ARENA_INIT;
    const char *n = NULL;

    buf_adds(&sql, "SELECT pg_catalog.count(*) FROM ");
    pg_data_add_only(&sql, table);
    bool good = count(s, sql.data, table, &a, &n, err) &&
                ((n && str_parse_u64(n, ret)) ||
                 err_set(err, ERR_RUNTIME, "%s: not a count: %s", s->label, n ? n : "NULL"));
    buf_release(&sql);
    arena_release(&a);
    return good;
}
