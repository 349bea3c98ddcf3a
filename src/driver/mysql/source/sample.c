#include "data.h"

#include <string.h>

#include "../../query.h"

enum { VALUE = 2000 }; /* characters of a value that are looked at */

/* Of the types that have a text: the others say nothing about a person that their name does not. */
static bool has_text(const char *type)
{
    static const char *const without[] = {
        "bit",        "geometry",  "point",        "linestring",     "polygon",
        "multipoint", "multiline", "multipolygon", "geomcollection", "geometrycollection",
        "vector"};
    for (size_t i = 0; type && i < ARRAY_LEN(without); i++)
        if (str_starts(type, without[i]))
            return false;
    return type != NULL;
}

static void add_select(struct buf *b, const struct object *table)
{
    struct arena a = ARENA_INIT;
    uint32_t n;
    const struct object **columns = model_parts(table, K_COLUMN, &a, &n);
    buf_adds(b, "SELECT ");
    for (uint32_t i = 0; i < n; i++) {
        bool text = has_text(model_get(columns[i], P_COLUMN_TYPE));
        buf_addf(b, "%s%s", i ? ", " : "", text ? "LEFT(" : "NULL");
        if (!text)
            continue;
        my_quote_name(b, columns[i]->name);
        buf_addf(b, ", %d)", VALUE);
    }
    buf_adds(b, " FROM ");
    my_quote_name(b, table->name);
    arena_release(&a);
}

/* The key, in one direction: the server then reads only the rows it gives. */
static void add_order(struct buf *b, const struct projection *p, bool newest)
{
    for (uint32_t i = 0; i < p->n_key; i++) {
        buf_adds(b, i ? ", " : " ORDER BY ");
        my_quote_name(b, p->columns[i].column->name);
        buf_adds(b, newest ? " DESC" : "");
    }
}

static bool read_end(struct session *s, const struct projection *p, bool newest, uint32_t rows,
                     struct row_count *c, struct err *err)
{
    struct buf sql = BUF_INIT;
    add_select(&sql, p->table);
    add_order(&sql, p, newest);
    buf_addf(&sql, " LIMIT %u", rows);
    bool good = my_conn_rows(s, sql.data, row_count_add, c, err);
    buf_release(&sql);
    return good;
}

bool my_sample(struct session *s, const struct object *table, uint32_t rows, row_fn *fn, void *ctx,
               struct err *err)
{
    struct arena a = ARENA_INIT;
    struct projection p;
    struct row_count c = {fn, ctx, 0};
    bool good = my_data_project(s, table, true, &a, &p, err);
    uint32_t half = good && p.n_key > 0 ? rows / 2 : rows;
    good = good && read_end(s, &p, false, half, &c, err);
    if (good && p.n_key > 0 && c.n == half)
        good = read_end(s, &p, true, rows - half, &c, err);
    if (!good)
        err_context(err, "while looking at rows of %s", table->name);
    arena_release(&a);
    return good;
}
