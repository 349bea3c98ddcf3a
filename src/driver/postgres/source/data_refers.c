#include "data.h"

#include <string.h>

/*
 * Which columns refer to large objects: by their type, as vacuumlo does
 * (https://www.postgresql.org/docs/current/vacuumlo.html), oid and lo, which is a domain over it;
 * here arrays of these count as well. Of a number in a bigint or a text nobody knows what it is.
 */
static const char columns_sql[] =
    "WITH RECURSIVE base AS (SELECT a.attname, a.attnum, a.atttypid AS type, false AS list"
    " FROM pg_catalog.pg_attribute a WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid ="
    " pg_catalog.to_regclass($1)"
    " UNION ALL SELECT b.attname, b.attnum, CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE"
    " t.typelem END, b.list OR t.typtype <> 'd' FROM base b JOIN pg_catalog.pg_type t"
    " ON t.oid = b.type WHERE t.typtype = 'd' OR (t.typcategory = 'A' AND t.typelem <> 0"
    " AND t.oid <> 'pg_catalog.oidvector'::pg_catalog.regtype))"
    " SELECT attname, list FROM base WHERE type = 'pg_catalog.oid'::pg_catalog.regtype"
    " ORDER BY attnum";

bool pg_refers_columns(struct session *s, const struct object *table, struct arena *a,
                       struct vec *ret, struct err *err)
{
    struct buf name = BUF_INIT;
    const char *params[1];

    pg_add_qualified(&name, table);
    params[0] = name.data;
    PGresult *res = pg_query_params(s, columns_sql, 1, params, err);
    for (int i = 0; res && i < PQntuples(res); i++) {
        struct buf column = BUF_INIT;
        pg_add_ident(&column, PQgetvalue(res, i, 0));
        struct pg_refers r = {table, arena_strdup(a, PQgetvalue(res, i, 0)),
                              arena_strdup(a, column.data), PQgetvalue(res, i, 1)[0] == 't'};
        VEC_PUSH(ret, struct pg_refers, r);
        buf_release(&column);
    }
    PQclear(res);
    buf_release(&name);
    return res != NULL;
}

void pg_refers_add_select(struct buf *sql, const struct vec *columns)
{
    for (size_t i = 0; i < columns->len; i++) {
        const struct pg_refers *r = &VEC_AT(columns, struct pg_refers, i);
        buf_addf(sql, "%sSELECT o FROM (SELECT %s%s%s AS o FROM ", i ? " UNION ALL " : "",
                 r->list ? "pg_catalog.unnest(" : "", r->quoted,
                 r->list ? "::pg_catalog.oid[])" : "::pg_catalog.oid");
        pg_data_add_only(sql, r->table);
        buf_addf(sql, ") q%zu WHERE o IS NOT NULL", i);
    }
}

bool pg_refers(struct session *s, const struct object *const *tables, size_t n, struct arena *a,
               const char **ret_others, bool *ret_any_other, struct err *err)
{
    struct vec columns = VEC_INIT(struct pg_refers);
    struct buf others = BUF_INIT, sql = BUF_INIT;
    const char *found = NULL;
    bool good = true;

    *ret_others = NULL;
    for (size_t i = 0; good && i < n; i++)
        good = pg_refers_columns(s, tables[i], a, &columns, err);
    if (good && columns.len) {
        buf_adds(&others, "m.oid NOT IN (");
        pg_refers_add_select(&others, &columns);
        buf_adds(&others, ")");
        buf_addf(&sql, "SELECT 1 FROM pg_catalog.pg_largeobject_metadata m WHERE %s LIMIT 1",
                 others.data);
        good = pg_value(s, sql.data, a, &found, err);
        *ret_others = arena_strdup(a, others.data);
        *ret_any_other = found != NULL;
    }
    vec_release(&columns);
    buf_release(&others);
    buf_release(&sql);
    return good || err_context(err, "while looking for large objects that tables refer to");
}
