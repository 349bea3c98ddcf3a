#include "create.h"

#include <stdlib.h>
#include <string.h>

/* ---- literal defaults ---------------------------------------------------------------------- */

/* Only DEFAULT() gives a literal with characters that even SHOW CREATE may not show. */
static bool default_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                        struct err *err)
{
    struct my_read *r = ctx;
    struct object *table = my_read_find(r, v[0]), *o = my_create_child(table, K_COLUMN, v[1]);
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
    my_create_exact(r, o, P_COLUMN_DEFAULT, b.data);
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
    return text && my_create_is_literal(text) &&
           (my_create_doubtful(r, text, false) ||
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

bool my_literal_defaults(struct my_read *r, struct err *err)
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
    struct object *o = table ? my_create_child(table, K_COLUMN, v[1]) : NULL;
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

bool my_literal_srids(struct my_read *r, struct err *err)
{
    return r->s->flavor != ENGINE_MA || !has_geometry(r->m->root) ||
           my_conn_rows((struct session *)(void *)r->s,
                        "SELECT CONCAT('t:', F_TABLE_NAME), G_GEOMETRY_COLUMN, SRID FROM "
                        "information_schema.GEOMETRY_COLUMNS WHERE F_TABLE_SCHEMA = DATABASE() "
                        "AND SRID <> 0",
                        srid_row, r, err);
}
