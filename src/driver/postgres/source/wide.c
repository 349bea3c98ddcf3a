#include "data.h"

#include <string.h>

/*
 * Values of more than a megabyte are compared by their digest. A row that is read as text may not
 * have more than 1 GB, and a bytea is twice as long as text: one of 540 MB can be stored, and
 * copied in the server's own form, but not read. So what a comparison needs on either server is the
 * memory of one value and its form, and here that of a row of such pieces. What is asked is only
 * the value's length, for which the server need not fetch it, so both sides choose alike.
 */
enum {
    WIDE = 1024 * 1024,
    /* No table below that holds such a value: compression makes it smaller by 255 at best (lz4). */
    TABLE_MIN = WIDE / 256,
};

/*
 * How a type is measured, by its name in `forms`. Of an array of a type of the server's own (other
 * types have other oids elsewhere) the form is that in which it is sent: text may be longer than
 * the 1 GB that any value may have, of an array of bytea twice as long. What has no cast of its own
 * to text has the text that COPY gives; but that is made before its length is known.
 */
static const char types_sql[] =
    "WITH RECURSIVE base AS (SELECT a.attname, a.atttypid AS type FROM pg_catalog.pg_attribute a"
    " WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = pg_catalog.to_regclass($1)"
    " UNION ALL SELECT b.attname, t.typbasetype FROM base b JOIN pg_catalog.pg_type t"
    " ON t.oid = b.type WHERE t.typtype = 'd')"
    " SELECT b.attname, CASE WHEN t.oid = 'bytea'::pg_catalog.regtype THEN 'bytes'"
    " WHEN t.oid IN ('text'::pg_catalog.regtype, 'varchar'::pg_catalog.regtype,"
    " 'xml'::pg_catalog.regtype) THEN 'text' WHEN t.oid = 'json'::pg_catalog.regtype THEN 'json'"
    " WHEN t.typcategory = 'A' AND t.typelem <> 0 AND t.typelem < 16384 AND t.typsend ="
    " 'pg_catalog.array_send'::pg_catalog.regproc THEN 'sent' ELSE 'made' END"
    " FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type WHERE t.typtype <> 'd'"
    " AND t.typlen = -1 AND t.typname <> 'numeric' AND NOT EXISTS (SELECT FROM pg_catalog.pg_cast c"
    " WHERE c.castsource = t.oid AND c.casttarget = 'text'::pg_catalog.regtype"
    " AND t.oid NOT IN ('varchar'::pg_catalog.regtype, 'xml'::pg_catalog.regtype))";

/* $ stands for the column, # for WIDE. A json is stored as its text, compressed by 255 at best, so
 * that a small one need not be unpacked to be measured. */
static const struct {
    const char *how, *read;
} forms[] = {
    {"bytes", "CASE WHEN pg_catalog.octet_length($) > # THEN pg_catalog.sha256($) ELSE $ END"},
    {"text", "CASE WHEN pg_catalog.octet_length($::pg_catalog.text) > # THEN pg_catalog.encode("
             "pg_catalog.sha256(pg_catalog.textsend($::pg_catalog.text)), 'hex') ELSE"
             " $::pg_catalog.text END"},
    {"json", "CASE WHEN pg_catalog.pg_column_size($) > 4096 AND pg_catalog.octet_length("
             "$::pg_catalog.text) > # THEN pg_catalog.encode(pg_catalog.sha256(pg_catalog.textsend("
             "$::pg_catalog.text)), 'hex') ELSE $::pg_catalog.text END"},
    {"sent", "CASE WHEN pg_catalog.octet_length(pg_catalog.array_send($)) > # THEN"
             " pg_catalog.encode(pg_catalog.sha256(pg_catalog.array_send($)), 'hex') ELSE"
             " $::pg_catalog.text END"},
    {"made", "(SELECT CASE WHEN pg_catalog.octet_length(w.t) > # THEN pg_catalog.encode("
             "pg_catalog.sha256(pg_catalog.textsend(w.t)), 'hex') ELSE w.t END FROM"
             " (SELECT $::pg_catalog.text AS t OFFSET 0) w)"},
};

static struct projection_column *column_of(struct projection *p, const char *name)
{
    for (uint32_t i = p->n_key; i < p->n_columns; i++)
        if (strcmp(p->columns[i].column->name, name) == 0)
            return &p->columns[i];
    return NULL;
}

static void digest(struct projection_column *c, const char *how, struct arena *a)
{
    struct buf read = BUF_INIT;

    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        for (const char *p = forms[i].read; strcmp(forms[i].how, how) == 0 && *p; p++) {
            if (*p == '$')
                buf_adds(&read, c->read);
            else if (*p == '#')
                buf_addf(&read, "%d", WIDE);
            else
                buf_addch(&read, *p);
        }
    c->read = arena_strdup(a, read.data);
    buf_release(&read);
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
            digest(c, PQgetvalue(res, i, 1), a);
    }
    PQclear(res);
    buf_release(&name);
    return res != NULL;
}
