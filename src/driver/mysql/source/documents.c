#include "documents.h"

#include <dbtwin/clock.h>

#include <string.h>

/* A whole copy waits for this: so many rows of a column, so long for all columns. */
enum { SAMPLE_ROWS = 1000, SAMPLE_SECONDS = 10, COLUMN_MILLISECONDS = 2000 };

/* Every value of a document is the document itself, a member's value or a cell of an array.
 * https://dev.mysql.com/doc/refman/8.4/en/json.html#json-path-syntax */
static const char *const paths[] = {"$**.*", "$**[*]"};

/* An integer is one whether it is signed or not: its text says all of it. */
#define LOST "('BIT','BLOB','DATE','DATETIME','DECIMAL','GEOMETRY','OPAQUE','TIME','TIMESTAMP')"

/* ---- before a copy ------------------------------------------------------------------------- */

struct columns {
    struct arena *a;
    struct vec list; /* const char *[2]: table, column */
};

static bool columns_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                        struct err *err)
{
    struct columns *c = ctx;
    const char **pair = arena_alloc(c->a, 2 * sizeof *pair);
    (void)n, (void)lengths, (void)err;
    pair[0] = arena_strdup(c->a, v[0]);
    pair[1] = arena_strdup(c->a, v[1]);
    VEC_PUSH(&c->list, const char **, pair);
    return true;
}

static void add_sample(struct buf *sql, const char *const *column)
{
    buf_adds(sql, "(SELECT ");
    my_quote_name(sql, column[1]);
    buf_adds(sql, " AS j FROM ");
    my_quote_name(sql, column[0]);
    buf_addf(sql, " LIMIT %d) s", SAMPLE_ROWS);
}

static const char *sample_sql(const char *const *column, bool left, struct arena *a)
{
    struct buf sql = BUF_INIT;
    buf_addf(&sql,
             "SELECT /*+ MAX_EXECUTION_TIME(%d) */ GROUP_CONCAT(DISTINCT JSON_TYPE(w.v) ORDER BY 1 "
             "SEPARATOR ', ') FROM (SELECT s.j AS v FROM ",
             COLUMN_MILLISECONDS);
    add_sample(&sql, column);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        buf_adds(&sql, " UNION ALL SELECT x.v FROM ");
        add_sample(&sql, column);
        buf_addf(&sql, ", JSON_TABLE(s.j, '%s' COLUMNS (v JSON PATH '$')) x", paths[i]);
    }
    buf_adds(&sql, ") w WHERE JSON_TYPE(w.v) IN " LOST);
    if (left)
        buf_addf(&sql, " AND NOT %s", my_documents_carried);
    const char *text = arena_strdup(a, sql.data);
    buf_release(&sql);
    return text;
}

static bool ask_column(struct my_session *s, const struct asking *q, const char *const *column,
                       struct err *err)
{
    const char *name = arena_printf(q->a, "%s.%s", column[0], column[1]);
    const char *types = NULL, *left = NULL;
    struct err why = ERR_INIT;
    if (my_conn_value(s, sample_sql(column, false, q->a), q->a, &types, &why) &&
        (!types || my_conn_value(s, sample_sql(column, true, q->a), q->a, &left, &why))) {
        if (left)
            ask_add(q, MY_DOCUMENTS_LEFT, name, left, NULL);
        ask_add(q, MY_DOCUMENTS, name, types,
                arena_printf(q->a, "of its first %d rows", SAMPLE_ROWS));
        return true;
    }
    if (why.cls == ERR_CONNECTION || why.cls == ERR_INTERRUPTED) {
        *err = why;
        return false;
    }
    ask_add(q, MY_DOCUMENTS, name, NULL, NULL);
    return true;
}

bool my_documents_ask(struct my_session *s, const struct asking *q, struct err *err)
{
    struct columns c = {q->a, VEC_INIT(const char **)};
    double until = clock_now() + SAMPLE_SECONDS;
    if (s->flavor != ENGINE_MY || q->side != DRIVER_SOURCE || !ask_wants(q, MY_DOCUMENTS))
        return true;
    bool good = my_conn_rows((struct session *)(void *)s,
                             "SELECT c.TABLE_NAME, c.COLUMN_NAME FROM information_schema.COLUMNS c "
                             "JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME) "
                             "WHERE TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE = 'BASE TABLE' AND "
                             "c.DATA_TYPE = 'json' AND c.GENERATION_EXPRESSION = '' ORDER BY 1, "
                             "c.ORDINAL_POSITION",
                             columns_row, &c, err);
    for (size_t i = 0; good && i < c.list.len; i++) {
        const char **column = VEC_AT(&c.list, const char **, i);
        if (clock_now() < until)
            good = ask_column(s, q, column, err);
        else
            ask_add(q, MY_DOCUMENTS, arena_printf(q->a, "%s.%s", column[0], column[1]), NULL, NULL);
    }
    vec_release(&c.list);
    return good;
}

/* ---- for verify ---------------------------------------------------------------------------- */

/* Values of a document stand in one order, whoever wrote them: their types with their places. */
static const char *digest_sql(const char *quoted, struct arena *a)
{
    struct buf sql = BUF_INIT;
    buf_addf(&sql, "CONCAT_WS(' ', REPLACE(JSON_TYPE(%s), 'UNSIGNED ', '')", quoted);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        buf_addf(&sql,
                 ", (SELECT SUM(CRC32(CONCAT(x.o, ' ', REPLACE(JSON_TYPE(x.v), 'UNSIGNED ', '')))) "
                 "FROM JSON_TABLE(%s, '%s' COLUMNS (o FOR ORDINALITY, v JSON PATH '$')) x)",
                 quoted, paths[i]);
    buf_adds(&sql, ")");
    const char *text = arena_strdup(a, sql.data);
    buf_release(&sql);
    return text;
}

bool my_documents_project(struct session *s, const struct object *table, struct arena *a,
                          struct projection *ret, struct err *err)
{
    struct projection p;
    uint32_t n = 0;
    if (!my_data_project(s, table, true, a, &p, err))
        return false;
    uint32_t n_key = p.n_key;
    for (uint32_t i = n_key; i < p.n_columns; i++) {
        const char *type = model_get(p.columns[i].column, P_COLUMN_TYPE);
        if (my_session(s)->flavor != ENGINE_MY || !str_eq(type, "json"))
            continue;
        p.columns[n_key + n] = p.columns[i];
        p.columns[n_key + n].read = digest_sql(p.columns[i].read, a);
        n++;
    }
    p.n_columns = n ? n_key + n : 0;
    *ret = p;
    return true;
}
