#include "data.h"

#include <string.h>

/*
 * Values of more than a megabyte are compared by their digest. A row that is read as text may not
 * have more than 1 GB, and a bytea is twice as long as text: one of 540 MB can be stored, and
 * copied in the server's own form, but not read. So what a comparison needs on either server is the
 * memory of one value, and here that of a row of such pieces. What is asked is only the value's
 * length, for which the server need not fetch it, so both sides choose alike.
 */
enum {
    WIDE = 1024 * 1024,
    /* No table below that holds such a value: compression makes it smaller by 255 at best (lz4). */
    TABLE_MIN = WIDE / 256,
};

static const char types_sql[] =
    "WITH RECURSIVE base AS (SELECT a.attname, a.atttypid AS type FROM pg_catalog.pg_attribute a"
    " WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = pg_catalog.to_regclass($1)"
    " UNION ALL SELECT b.attname, t.typbasetype FROM base b JOIN pg_catalog.pg_type t"
    " ON t.oid = b.type WHERE t.typtype = 'd')"
    " SELECT attname, type = 'bytea'::pg_catalog.regtype FROM base WHERE type IN"
    " ('bytea'::pg_catalog.regtype, 'text'::pg_catalog.regtype, 'varchar'::pg_catalog.regtype,"
    " 'xml'::pg_catalog.regtype)";

static struct projection_column *column_of(struct projection *p, const char *name)
{
    for (uint32_t i = p->n_key; i < p->n_columns; i++)
        if (strcmp(p->columns[i].column->name, name) == 0)
            return &p->columns[i];
    return NULL;
}

static void digest(struct projection_column *c, bool bytes, struct arena *a)
{
    const char *name = c->read;

    if (bytes)
        c->read = arena_printf(a,
                               "CASE WHEN pg_catalog.octet_length(%s) > %d THEN"
                               " pg_catalog.sha256(%s) ELSE %s END",
                               name, WIDE, name, name);
    else
        c->read = arena_printf(a,
                               "CASE WHEN pg_catalog.octet_length(%s::pg_catalog.text) > %d THEN"
                               " pg_catalog.encode(pg_catalog.sha256(pg_catalog.textsend("
                               "%s::pg_catalog.text)), 'hex') ELSE %s::pg_catalog.text END",
                               name, WIDE, name, name);
}

bool pg_wide_digest(struct session *s, struct projection *p, struct arena *a, struct err *err)
{
    struct buf name = BUF_INIT;
    const char *params[1];
    uint64_t bytes = 0;

    if (!pg_split_bytes(s, p->table, &bytes, err))
        return false;
    if (bytes < TABLE_MIN)
        return true;
    pg_add_qualified(&name, p->table);
    params[0] = name.data;
    PGresult *res = pg_query_params(s, types_sql, 1, params, err);
    for (int i = 0; res && i < PQntuples(res); i++) {
        struct projection_column *c = column_of(p, PQgetvalue(res, i, 0));
        if (c)
            digest(c, PQgetvalue(res, i, 1)[0] == 't', a);
    }
    PQclear(res);
    buf_release(&name);
    return res != NULL;
}
