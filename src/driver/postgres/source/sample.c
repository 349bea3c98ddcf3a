#include "data.h"

#include <string.h>

#include "../../query.h"

enum {
    PAGE = 8192,
    WHOLE = 4 * 1024 * 1024, /* a table up to this size is read from its beginning */
    PAGES = 64,              /* of a larger one so many are read, from all over it */
    VALUE = 2000,            /* characters of a value that are looked at */
};

/* A value as text, cut without reading all of it: what is stored outside its row by slices where
 * the type can be sliced, and not at all if it is long and cannot. */
static void add_value(struct buf *b, const struct object *column)
{
    const char *type = model_get(column, P_COLUMN_TYPE);
    struct buf name = BUF_INIT;
    pg_add_ident(&name, column->name);
    if (str_eq(type, "bytea"))
        buf_addf(b, "substring(%s, 1, %d)", name.data, VALUE / 4);
    else if (str_eq(type, "text") || (type && str_starts(type, "character varying")))
        buf_addf(b, "left(%s, %d)", name.data, VALUE);
    else
        buf_addf(b, "CASE WHEN pg_column_size(%s) <= 100000 THEN left(%s::text, %d) END", name.data,
                 name.data, VALUE);
    buf_release(&name);
}

static void add_select(struct buf *b, const struct object *table)
{
    struct arena a = ARENA_INIT;
    uint32_t n;
    const struct object **columns = model_parts(table, K_COLUMN, &a, &n);
    buf_adds(b, "SELECT ");
    for (uint32_t i = 0; i < n; i++) {
        buf_adds(b, i ? ", " : "");
        add_value(b, columns[i]);
    }
    buf_adds(b, " FROM ");
    pg_data_add_only(b, table);
    arena_release(&a);
}

static uint64_t number_of(const struct object *table, int slot)
{
    const char *text = model_get(table, slot);
    uint64_t n = 0;
    return text && str_parse_u64(text, &n) ? n : 0;
}

/* Whole pages from all over the table, and of each every so-manieth row: neighbours are alike. The
 * same pages whenever it is asked. */
static void add_pages(struct buf *b, const struct object *table, uint32_t rows, uint64_t bytes)
{
    uint64_t all = number_of(table, P_TABLE_ROWS), pages = bytes / PAGE + 1;
    uint64_t seen = all / pages * PAGES, step = seen / rows;
    buf_addf(b, " TABLESAMPLE SYSTEM (%.6f) REPEATABLE (1)", 100.0 * PAGES / (double)pages);
    if (step > 1)
        buf_addf(b, " WHERE (ctid::text::point)[1]::int %% %llu = 0", (unsigned long long)step);
}

static bool sample(struct session *s, const struct object *table, uint32_t rows,
                   struct row_count *c, struct err *err)
{
    uint64_t bytes = number_of(table, P_TABLE_BYTES);
    struct buf sql = BUF_INIT;
    struct err later = ERR_INIT;
    bool good = true;
    if (bytes > WHOLE && !pg_data_is_partitioned(table)) {
        add_select(&sql, table);
        add_pages(&sql, table, rows, bytes);
        buf_addf(&sql, " LIMIT %u", rows);
        /* an access method may have no samples */
        good = pg_rows(s, sql.data, row_count_add, c, &later) || later.cls == ERR_RUNTIME;
        if (!good)
            *err = later;
    }
    if (good && c->n < rows / 2) {
        buf_reset(&sql);
        add_select(&sql, table);
        buf_addf(&sql, " LIMIT %u", rows - c->n);
        good = pg_rows(s, sql.data, row_count_add, c, err);
    }
    buf_release(&sql);
    return good;
}

bool pg_sample(struct session *s, const struct object *table, uint32_t rows, row_fn *fn, void *ctx,
               struct err *err)
{
    struct row_count c = {fn, ctx, 0};
    struct err late = ERR_INIT;
    if (!pg_run(s, "SET lock_timeout = '2s'; SET statement_timeout = '20s'", err))
        return false;
    bool good = sample(s, table, rows, &c, err);
    bool back = pg_run(s, "SET lock_timeout = 0; SET statement_timeout = 0", good ? err : &late);
    if (good && back)
        return true;
    return pg_data_context(err, "looking at rows of", table);
}
