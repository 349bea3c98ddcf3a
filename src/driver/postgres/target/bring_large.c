#include "../source/data.h"

#include <string.h>

/*
 * The large objects that kept tables refer to come along, from the target as it is into the shadow:
 * bytes, owner, privileges and comment. Each keeps its number where the source brings none of the
 * same; else it gets another, and the rows that are about to be read give that one. The other
 * number is the highest free one that an integer holds: the server itself counts up from below, so
 * that the source will hardly bring it tomorrow, and the object keeps it from then on.
 *
 * A run that resumes another finds what that one brought noted, and removes it first.
 */
enum { NUMBER_MAX = 2147483647, NUMBER_MIN = 16384, OBJECTS_PER_CHUNK = 1000 };
#define NOTE_NAME "kept large objects "

struct bring {
    struct session *from, *to;
    struct arena *arena;
    struct vec columns;  /* struct pg_refers */
    const char *renamed; /* JSON: old number → new, or NULL */
    struct vec oids;     /* const char *, those that come */
    bool noting;
    unsigned chunk;
};

/* ---- what comes ---------------------------------------------------------------------------- */

/* Its owner reads it, and who was granted SELECT (lo_open, inv_api.c). */
static const char may_sql[] =
    "pg_catalog.pg_has_role(m.lomowner, 'USAGE') OR pg_catalog.current_setting("
    "'lo_compat_privileges') = 'on' OR EXISTS (SELECT FROM pg_catalog.aclexplode(m.lomacl) x"
    " WHERE x.privilege_type = 'SELECT' AND (x.grantee = 0 OR pg_catalog.pg_has_role(x.grantee,"
    " 'USAGE'))) OR EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = 'pg_read_all_data'"
    " AND pg_catalog.current_setting('server_version_num')::int >= 180000 AND"
    " pg_catalog.pg_has_role(r.oid, 'USAGE'))";

static bool refuse_unreadable(struct bring *b, const char *oid, const char *owner, struct err *err)
{
    err_set(err, ERR_DENIED,
            "%s: large object %s, to which a kept table refers, may not be read by this role",
            b->from->label, oid);
    return err_hint(err, "GRANT SELECT ON LARGE OBJECT %s, or GRANT %s, to it", oid, owner);
}

static bool find_oids(struct bring *b, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good = true;

    buf_addf(&sql,
             "SELECT m.oid, %s, pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(m.lomowner))"
             " FROM pg_catalog.pg_largeobject_metadata m WHERE m.oid IN (",
             may_sql);
    pg_refers_add_select(&sql, &b->columns);
    buf_adds(&sql, ") ORDER BY m.oid");
    PGresult *res = pg_query(b->from, sql.data, err);
    for (int i = 0; res && good && i < PQntuples(res); i++) {
        VEC_PUSH(&b->oids, const char *, arena_strdup(b->arena, PQgetvalue(res, i, 0)));
        if (PQgetvalue(res, i, 1)[0] != 't')
            good = refuse_unreadable(b, PQgetvalue(res, i, 0), PQgetvalue(res, i, 2), err);
    }
    good = good && res;
    PQclear(res);
    buf_release(&sql);
    return good;
}

static void add_list(struct buf *sql, const struct vec *oids, size_t from, size_t to,
                     const char *between)
{
    for (size_t i = from; i < to; i++)
        buf_addf(sql, "%s%s", i > from ? between : "", VEC_AT(oids, const char *, i));
}

/* ---- what an earlier run left --------------------------------------------------------------- */

static const char unlink_sql[] =
    "SELECT pg_catalog.count(pg_catalog.lo_unlink(q.oid)) FROM (SELECT m.oid FROM"
    " pg_catalog.pg_largeobject_metadata m WHERE m.oid IN (SELECT pg_catalog.unnest("
    "pg_catalog.string_to_array(note, ' ')::pg_catalog.oid[]) FROM dbtwin.progress WHERE"
    " pg_catalog.starts_with(name, '" NOTE_NAME "')) LIMIT 1000 OFFSET 0) q";

static bool clear_left(struct bring *b, struct err *err)
{
    const char *there = NULL, *n = NULL;

    if (b->to->lent)
        return true;
    if (!pg_value(b->to, "SELECT 1 WHERE pg_catalog.to_regclass('dbtwin.progress') IS NOT NULL",
                  b->arena, &there, err))
        return false;
    b->noting = there != NULL;
    if (!b->noting)
        return true;
    do
        if (!pg_value(b->to, unlink_sql, b->arena, &n, err))
            return false;
    while (!str_eq(n, "0"));
    return pg_run(b->to,
                  "DELETE FROM dbtwin.progress WHERE pg_catalog.starts_with(name, '" NOTE_NAME "')",
                  err);
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* Of $1, those that the shadow has, each with a number that neither it has nor $1. */
static const char numbers_sql[] =
    "WITH taken AS (SELECT m.oid, pg_catalog.row_number() OVER (ORDER BY m.oid) AS n FROM"
    " pg_catalog.pg_largeobject_metadata m WHERE m.oid = ANY ($1::pg_catalog.oid[]))"
    ", free AS (SELECT s.o, pg_catalog.row_number() OVER () AS n FROM (SELECT o FROM (SELECT"
    " pg_catalog.generate_series(%d, %d, -1)::pg_catalog.oid AS o) g WHERE o <> ALL"
    " ($1::pg_catalog.oid[]) AND NOT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata m"
    " WHERE m.oid = g.o) LIMIT (SELECT pg_catalog.count(*) FROM taken)) s)"
    " SELECT t.oid, f.o FROM taken t LEFT JOIN free f ON f.n = t.n";

static bool find_numbers(struct bring *b, struct err *err)
{
    struct buf list = BUF_INIT, json = BUF_INIT;
    const char *params[1];
    bool good = true;

    buf_addch(&list, '{');
    add_list(&list, &b->oids, 0, b->oids.len, ",");
    buf_addch(&list, '}');
    params[0] = list.data;
    PGresult *res = pg_query_params(
        b->to, arena_printf(b->arena, numbers_sql, NUMBER_MAX, NUMBER_MIN), 1, params, err);
    for (int i = 0; res && good && i < PQntuples(res); i++) {
        if (PQgetisnull(res, i, 1))
            good =
                err_set(err, ERR_REFUSED, "%s: no number is free for a large object", b->to->label);
        buf_addf(&json, "%s\"%s\": %s", i ? ", " : "{", PQgetvalue(res, i, 0),
                 PQgetvalue(res, i, 1));
    }
    if (json.len)
        b->renamed = arena_printf(b->arena, "%s}", json.data);
    good = good && res;
    PQclear(res);
    buf_release(&list);
    buf_release(&json);
    return good;
}

/* What `expression` of type oid is called in the shadow. */
static void add_renamed(const struct bring *b, struct buf *sql, const char *expression)
{
    buf_adds(sql, "coalesce((");
    pg_add_literal(sql, b->renamed);
    buf_addf(sql,
             "::pg_catalog.jsonb ->> (%s)::pg_catalog.text)::pg_catalog.oid, (%s)::pg_catalog.oid)",
             expression, expression);
}

/* ---- bytes ---------------------------------------------------------------------------------- */

struct note_of_oids {
    struct load_note base; /* first */
    const char *oids;
};

static bool judge(struct load_note *n, uint64_t rows, struct buf *ret_text, struct err *err)
{
    const struct note_of_oids *o = (struct note_of_oids *)(void *)n;

    (void)rows, (void)err;
    buf_adds(ret_text, o->oids);
    return true;
}

/* What they are called in the shadow, with blanks between. */
static const char *new_numbers(struct bring *b, size_t from, size_t to, struct err *err)
{
    struct buf sql = BUF_INIT;
    const char *text = NULL;

    buf_adds(&sql, "SELECT pg_catalog.string_agg((");
    if (b->renamed)
        add_renamed(b, &sql, "u.o");
    else
        buf_adds(&sql, "u.o");
    buf_adds(&sql, ")::pg_catalog.text, ' ') FROM pg_catalog.unnest('{");
    add_list(&sql, &b->oids, from, to, ",");
    buf_adds(&sql, "}'::pg_catalog.oid[]) AS u(o)");
    bool good = pg_value(b->to, sql.data, b->arena, &text, err);
    buf_release(&sql);
    return good ? text : NULL;
}

static bool bring_chunk(struct bring *b, size_t from, size_t to, struct err *err)
{
    struct note_of_oids note = {.base = {.judge = judge}};
    struct chunk c = {0};
    struct buf sql = BUF_INIT, number = BUF_INIT, condition = BUF_INIT;
    struct reader *r = NULL;
    bool refused = false;
    uint64_t rows = 0;

    note.base.name = arena_printf(b->arena, NOTE_NAME "%u", b->chunk++);
    if (b->noting) {
        note.oids = new_numbers(b, from, to, err);
        c.note = &note.base;
    }
    if (b->renamed)
        add_renamed(b, &number, "m.oid");
    buf_adds(&condition, "m.oid = ANY ('{");
    add_list(&condition, &b->oids, from, to, ",");
    buf_adds(&condition, "}'::pg_catalog.oid[])");
    buf_adds(&sql, "COPY (");
    pg_large_add_pieces(&sql, b->renamed ? number.data : "m.oid", true, condition.data);
    buf_adds(&sql, ") TO STDOUT WITH (");
    pg_data_add_encoding(&sql, b->to); /* the databases may differ in it */
    buf_addch(&sql, ')');
    bool good = (!b->noting || note.oids) &&
                pg_data_copy_out(b->from, sql.data, &refused, &r, err) &&
                pg_large_load_own(b->to, &c, r, &rows, err);
    reader_close(r);
    buf_release(&sql);
    buf_release(&number);
    buf_release(&condition);
    return good;
}

/* ---- rows ----------------------------------------------------------------------------------- */

/* A list is put together again from its members; one of another shape is refused where it would
 * change. */
static bool check_list(struct bring *b, const struct pg_refers *r, struct err *err)
{
    struct buf sql = BUF_INIT;
    const char *found = NULL;

    buf_adds(&sql, "SELECT 1 FROM ");
    pg_data_add_only(&sql, r->table);
    buf_addf(&sql,
             " WHERE (pg_catalog.array_ndims(%s) > 1 OR pg_catalog.array_lower(%s, 1) <> 1) AND"
             " EXISTS (SELECT FROM pg_catalog.unnest(%s::pg_catalog.oid[]) AS u(o) WHERE"
             " pg_catalog.jsonb_exists(",
             r->quoted, r->quoted, r->quoted);
    pg_add_literal(&sql, b->renamed);
    buf_adds(&sql, "::pg_catalog.jsonb, u.o::pg_catalog.text)) LIMIT 1");
    bool good = pg_value(b->from, sql.data, b->arena, &found, err);
    buf_release(&sql);
    if (!good || !found)
        return good;
    err_set(err, ERR_REFUSED,
            "%s: column %s refers to large objects that need other numbers, in arrays of several "
            "dimensions",
            b->from->label, r->name);
    return err_hint(err, "do not keep its table, or give its objects other numbers");
}

static bool rename_in(struct bring *b, struct projection *p, const struct pg_refers *r,
                      struct err *err)
{
    struct buf read = BUF_INIT;
    bool good = true;

    for (uint32_t i = 0; good && i < p->n_columns; i++) {
        if (strcmp(p->columns[i].column->name, r->name) != 0)
            continue;
        if (r->list) {
            good = check_list(b, r, err);
            buf_addf(&read, "CASE WHEN %s IS NULL THEN NULL ELSE ARRAY(SELECT ", r->quoted);
            add_renamed(b, &read, "u.o");
            buf_addf(&read,
                     " FROM pg_catalog.unnest(%s::pg_catalog.oid[]) WITH ORDINALITY AS u(o, n)"
                     " ORDER BY u.n) END",
                     r->quoted);
        } else {
            add_renamed(b, &read, r->quoted);
        }
        p->columns[i].read = arena_strdup(b->arena, read.data);
        buf_reset(&read);
    }
    buf_release(&read);
    return good;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static bool bring_all(struct bring *b, struct projection *const *p, size_t n, struct err *err)
{
    if (!clear_left(b, err) || !find_numbers(b, err))
        return false;
    for (size_t i = 0; i < b->oids.len; i += OBJECTS_PER_CHUNK) {
        size_t end = i + OBJECTS_PER_CHUNK;
        if (!bring_chunk(b, i, end < b->oids.len ? end : b->oids.len, err))
            return false;
    }
    for (size_t i = 0; b->renamed && i < n; i++)
        for (size_t k = 0; k < b->columns.len; k++) {
            const struct pg_refers *r = &VEC_AT(&b->columns, struct pg_refers, k);
            if (r->table == p[i]->table && !rename_in(b, p[i], r, err))
                return false;
        }
    return true;
}

bool pg_target_bring(struct session *from, struct session *to, struct projection *const *p,
                     size_t n, struct arena *a, uint64_t *ret, struct err *err)
{
    struct bring b = {.from = from, .to = to, .arena = a};
    bool good = true;

    vec_init(&b.columns, sizeof(struct pg_refers));
    vec_init(&b.oids, sizeof(const char *));
    for (size_t i = 0; good && i < n; i++)
        good = pg_refers_columns(from, p[i]->table, a, &b.columns, err);
    good = good && (!b.columns.len || find_oids(&b, err)) && (!to || bring_all(&b, p, n, err));
    *ret = b.oids.len;
    vec_release(&b.columns);
    vec_release(&b.oids);
    return good || err_context(err, "while bringing the large objects of kept tables");
}
