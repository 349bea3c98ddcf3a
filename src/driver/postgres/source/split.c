#include "data.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is known about a table -------------------------------------------------------- */

struct size {
    uint64_t heap, total, rows, block;
    bool is_heap; /* stored so that ranges of pages can be read */
    bool native;  /* every column's type is one of NATIVE_TYPES */
};

static uint64_t number(const char *text)
{
    uint64_t n = 0;

    return text && str_parse_u64(text, &n) ? n : 0;
}

/*
 * One query for all tables, the first time one is divided: the model's sizes are the server's
 * estimates, which are 0 for what was never vacuumed, and a query for each of many small tables
 * would cost more than reading them.
 */
struct pg_sizes {
    struct named_size {
        const char *schema, *table;
        struct size size;
    } * items; /* sorted by schema, table: bytewise, as the type "name" sorts */
    size_t n;
};

/*
 * Types whose binary form is the same on every server from 13 to 18, of the same major version or
 * later, and names no object by its oid: their send and receive functions have not changed. Arrays
 * of these are as good (an element's oid is a built-in's), domains over them too, and an enum's
 * values go by label. Not money (digits by lc_monetary), xml (may be in an encoding of its own),
 * nor anything that an extension brings.
 */
#define NATIVE_TYPES                                                                              \
    "'bool', 'bytea', 'char', 'name', 'int2', 'int4', 'int8', 'oid', 'float4', 'float8',"         \
    " 'numeric', 'text', 'varchar', 'bpchar', 'date', 'time', 'timetz', 'timestamp',"             \
    " 'timestamptz', 'interval', 'uuid', 'json', 'jsonb', 'inet', 'cidr', 'macaddr', 'macaddr8'," \
    " 'bit', 'varbit'"

static const char sizes_sql[] =
    "WITH RECURSIVE listed AS MATERIALIZED (SELECT oid, typarray FROM pg_catalog.pg_type"
    " WHERE typnamespace = 'pg_catalog'::pg_catalog.regnamespace AND typname IN (" NATIVE_TYPES
    ")),"
    " native(oid) AS (SELECT oid FROM listed UNION SELECT typarray FROM listed"
    " UNION SELECT oid FROM pg_catalog.pg_type WHERE typtype = 'e'"
    " UNION SELECT d.oid FROM pg_catalog.pg_type d JOIN native b ON b.oid = d.typbasetype"
    " WHERE d.typtype = 'd'),"
    " strange AS (SELECT DISTINCT attrelid FROM pg_catalog.pg_attribute WHERE attnum > 0"
    " AND attrelid >= 16384 AND NOT attisdropped AND attgenerated = ''"
    " AND atttypid NOT IN (SELECT oid FROM native))"
    "SELECT n.nspname, c.relname, pg_catalog.pg_relation_size(c.oid),"
    " pg_catalog.pg_table_size(c.oid), greatest(c.reltuples, 0)::bigint,"
    " pg_catalog.current_setting('block_size'), a.amname = 'heap',"
    " c.oid NOT IN (SELECT attrelid FROM strange) FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam"
    " WHERE c.relkind = 'r' AND c.oid >= 16384 AND c.relpersistence <> 't'";

static int by_name(const void *x, const void *y)
{
    const struct named_size *a = x, *b = y;
    int c = strcmp(a->schema, b->schema);

    return c ? c : strcmp(a->table, b->table);
}

static bool read_sizes(struct session *s, struct err *err)
{
    PGresult *res = pg_query(s, sizes_sql, err);
    struct pg_sizes *all;

    if (!res)
        return false;
    all = arena_new(&s->arena, struct pg_sizes);
    all->items = arena_calloc(&s->arena, sizeof(*all->items) * ((size_t)PQntuples(res) + 1));
    for (int i = 0; i < PQntuples(res); i++)
        all->items[all->n++] =
            (struct named_size){.schema = arena_strdup(&s->arena, PQgetvalue(res, i, 0)),
                                .table = arena_strdup(&s->arena, PQgetvalue(res, i, 1)),
                                .size = {.heap = number(PQgetvalue(res, i, 2)),
                                         .total = number(PQgetvalue(res, i, 3)),
                                         .rows = number(PQgetvalue(res, i, 4)),
                                         .block = number(PQgetvalue(res, i, 5)),
                                         .is_heap = PQgetvalue(res, i, 6)[0] == 't',
                                         .native = PQgetvalue(res, i, 7)[0] == 't'}};
    PQclear(res);
    qsort(all->items, all->n, sizeof(*all->items), by_name);
    s->sizes = all;
    return true;
}

/* A table that is not there any more, and a partitioned one, have size 0. */
static bool read_size(struct session *s, const struct object *table, struct size *ret,
                      struct err *err)
{
    struct named_size key = {.schema = table->parent->name, .table = table->name}, *found;

    if (!s->sizes && !read_sizes(s, err))
        return false;
    found = bsearch(&key, s->sizes->items, s->sizes->n, sizeof key, by_name);
    *ret = found ? found->size : (struct size){.block = 8192};
    return true;
}

bool pg_split_bytes(struct session *s, const struct object *table, uint64_t *ret, struct err *err)
{
    struct size size = {0};

    if (!read_size(s, table, &size, err))
        return err_context(err, "while measuring the tables");
    *ret = size.total;
    return true;
}

static void add_chunk(struct vec *ret, const struct projection *p, uint32_t n,
                      const struct size *size, uint32_t of, const char *condition,
                      const char *range)
{
    struct chunk *c = vec_push(ret);

    c->projection = p;
    c->number = n;
    c->only = of == 1;
    c->condition = condition;
    c->range = range;
    c->rows = size->rows / of;
    c->bytes = size->total / of;
    c->native = size->native;
}

/* ---- by pages --------------------------------------------------------------------------- */

/* Ends are open: rows that were added on other pages since are in the last chunk's range. */
static void split_pages(const struct projection *p, const struct size *size, uint32_t n,
                        struct arena *a, struct vec *ret)
{
    uint64_t pages = size->heap / size->block, step;

    if (n > pages)
        n = pages ? (uint32_t)pages : 1;
    step = pages / n;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t from = i * step, to = (i + 1) * step;
        const char *condition = NULL;
        if (n > 1 && i == 0)
            condition =
                arena_printf(a, "ctid < '(%llu,0)'::pg_catalog.tid", (unsigned long long)to);
        else if (n > 1 && i + 1 == n)
            condition =
                arena_printf(a, "ctid >= '(%llu,0)'::pg_catalog.tid", (unsigned long long)from);
        else if (n > 1)
            condition = arena_printf(a,
                                     "ctid >= '(%llu,0)'::pg_catalog.tid AND "
                                     "ctid < '(%llu,0)'::pg_catalog.tid",
                                     (unsigned long long)from, (unsigned long long)to);
        add_chunk(ret, p, i, size, n, condition,
                  n == 1 ? NULL
                         : arena_printf(a, "pages %llu..%llu", (unsigned long long)from,
                                        (unsigned long long)(i + 1 == n ? pages : to) - 1));
    }
}

/* ---- by the leading key column ---------------------------------------------------------- */

/*
 * Types whose order is the same on every server and platform. Text only under the collation "C",
 * stated on the column: only then can its index be used for COLLATE "C" conditions.
 */
static const char *order_type(const struct object *column, const char **ret_collate)
{
    static const char *const exact[] = {"smallint", "integer", "bigint", "oid",
                                        "uuid",     "date",    "bytea"};
    const char *type = model_get(column, P_COLUMN_TYPE);
    const char *collation = model_get(column, P_COLUMN_COLLATION);

    *ret_collate = "";
    if (!type)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(exact); i++)
        if (strcmp(type, exact[i]) == 0)
            return exact[i];
    if (strcmp(type, "numeric") == 0 || str_starts(type, "numeric("))
        return "numeric";
    if (str_starts(type, "timestamp") && str_ends(type, " with time zone"))
        return "timestamp with time zone";
    if (str_starts(type, "timestamp") && str_ends(type, " without time zone"))
        return "timestamp without time zone";
    if ((strcmp(type, "text") == 0 || str_starts(type, "character varying")) && collation &&
        (str_eq(collation, "C") || str_ends(collation, ".C") || str_ends(collation, "\"C\""))) {
        *ret_collate = " COLLATE pg_catalog.\"C\"";
        return "text";
    }
    return NULL;
}

enum { SAMPLE_PAGES_MIN = 256, SAMPLE_PAGES_PER_CHUNK = 4 };

/* The n-quantiles of the keys on a few pages: a cost that does not grow with the table. */
static bool read_bounds(struct session *s, const struct object *table, const char *column,
                        const char *collate, const struct size *size, uint32_t n, struct arena *a,
                        struct vec *ret, struct err *err)
{
    double pages = (double)(size->heap / size->block), wanted = SAMPLE_PAGES_MIN;
    struct buf sql = BUF_INIT;
    PGresult *res;

    if (wanted < (double)n * SAMPLE_PAGES_PER_CHUNK)
        wanted = (double)n * SAMPLE_PAGES_PER_CHUNK;
    buf_addf(&sql,
             "SELECT DISTINCT ON (b) v::pg_catalog.text FROM (SELECT v, pg_catalog.ntile(%u) OVER"
             " (ORDER BY v%s) AS b FROM (SELECT %s AS v FROM ONLY ",
             n, collate, column);
    pg_add_qualified(&sql, table);
    buf_addf(&sql, " TABLESAMPLE SYSTEM (%.6f) REPEATABLE (1)) s) q WHERE b > 1 ORDER BY b, v%s",
             pages > wanted ? 100.0 * wanted / pages : 100.0, collate);
    res = pg_query(s, sql.data, err);
    buf_release(&sql);
    if (!res)
        return false;
    for (int i = 0; i < PQntuples(res); i++) {
        const char *v = arena_strdup(a, PQgetvalue(res, i, 0));
        if (!ret->len || strcmp(VEC_AT(ret, const char *, ret->len - 1), v) != 0)
            VEC_PUSH(ret, const char *, v);
    }
    PQclear(res);
    return true;
}

static const char *key_condition(const char *column, const char *collate, const char *type,
                                 const char *from, const char *to, struct arena *a)
{
    const char *bounds[2] = {from, to}, *ops[2] = {">=", "<"}, *ret;
    struct buf b = BUF_INIT;

    for (int i = 0; i < 2; i++) {
        if (!bounds[i])
            continue;
        buf_addf(&b, "%s%s%s %s ", b.len ? " AND " : "", column, collate, ops[i]);
        pg_add_literal(&b, bounds[i]);
        buf_addf(&b, "::%s", type);
    }
    ret = arena_strdup(a, b.data);
    buf_release(&b);
    return ret;
}

static const char *key_range(const char *name, const char *from, const char *to, struct arena *a)
{
    if (!from)
        return arena_printf(a, "%s below %s", name, to);
    if (!to)
        return arena_printf(a, "%s from %s", name, from);
    return arena_printf(a, "%s from %s to below %s", name, from, to);
}

/* Leaves `ret` alone when the key cannot be divided. */
static bool split_key(struct session *s, const struct projection *p, const struct size *size,
                      uint32_t n, struct arena *a, struct vec *ret, struct err *err)
{
    struct vec bounds = VEC_INIT(const char *);
    struct buf column = BUF_INIT;
    const struct object **key;
    const char *collate = "", *type;
    bool good = true;

    if (!pg_data_key(p->table, a, &key) || !(type = order_type(key[0], &collate)))
        return true;
    pg_add_ident(&column, key[0]->name);
    good = read_bounds(s, p->table, column.data, collate, size, n, a, &bounds, err);
    if (good && bounds.len) {
        uint32_t of = (uint32_t)bounds.len + 1;
        for (uint32_t i = 0; i < of; i++) {
            const char *from = i ? VEC_AT(&bounds, const char *, i - 1) : NULL;
            const char *to = i + 1 < of ? VEC_AT(&bounds, const char *, i) : NULL;
            add_chunk(ret, p, i, size, of, key_condition(column.data, collate, type, from, to, a),
                      key_range(key[0]->name, from, to, a));
        }
    }
    vec_release(&bounds);
    buf_release(&column);
    return good;
}

/* ---- all of it -------------------------------------------------------------------------- */

enum { CHUNKS_MAX = 20000 };

bool pg_split(struct session *s, const struct projection *p, enum split_mode mode, uint64_t goal,
              struct arena *a, struct vec *ret, struct err *err)
{
    size_t before = ret->len;
    struct size size = {0};
    uint64_t n;

    if (p->table->kind->id == K_LARGE_OBJECTS)
        return pg_large_split(s, p, a, ret, err);
    if (p->table->kind->id == K_EXTENSION_ROWS) {
        add_chunk(ret, p, 0, &size, 1, NULL, NULL);
        return true;
    }
    if (!read_size(s, p->table, &size, err))
        return err_context(err, "while measuring the tables");
    size.native = size.native && mode == SPLIT_PHYSICAL && p->n_columns > 0 &&
                  pg_data_is_plain(p) && pg_data_speaks_native(s);
    n = goal ? (size.total + goal - 1) / goal : 1;
    if (n > CHUNKS_MAX)
        n = CHUNKS_MAX;
    if (n > 1 && mode == SPLIT_PHYSICAL && size.is_heap && s->version >= 140000)
        split_pages(p, &size, (uint32_t)n, a, ret);
    else if (n > 1 &&
             (!pg_names_read(s, p->table, err) ||
              !split_key(s, p, &size, (uint32_t)n, a, ret, err) || !pg_names_leave(s, err)))
        return err_context(err, "while dividing %s", p->table->name);
    if (ret->len == before)
        add_chunk(ret, p, 0, &size, 1, NULL, NULL);
    return true;
}
