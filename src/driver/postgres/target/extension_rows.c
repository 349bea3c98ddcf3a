#include "../source/data.h"

#include <string.h>

/*
 * What users put into an extension's own tables: its configuration, which pg_extension_config_dump
 * names (https://www.postgresql.org/docs/current/extend-extensions.html). CREATE EXTENSION makes
 * the tables, and may put rows into them; those that the condition is true of are users' and become
 * the source's, all of them, and a row that stands there under the same key is replaced. Which
 * tables these are, and the condition, the target's own catalog says: what a file says is only a
 * name.
 */

/* $1 extension, $2 table, $3 columns in lines: the table, its kind, condition, the columns and
 * those that it lacks, and statements that take away what stands under a key of a row that came. */
static const char find_sql[] =
    "SELECT c.oid::pg_catalog.regclass, c.relkind, coalesce(e.condition, ''),"
    " pg_catalog.string_agg(pg_catalog.quote_ident(w.name), ', ' ORDER BY w.n),"
    " pg_catalog.string_agg(w.name, ', ') FILTER (WHERE a.attnum IS NULL),"
    " (SELECT pg_catalog.string_agg(pg_catalog.format('DELETE FROM %s t USING"
    " pg_temp.dbtwin_rows n WHERE %s;', i.indrelid::pg_catalog.regclass, (SELECT"
    " pg_catalog.string_agg(pg_catalog.format('t.%1$I OPERATOR(pg_catalog.=) n.%1$I', k.attname),"
    " ' AND ') FROM pg_catalog.pg_attribute k WHERE k.attrelid = i.indrelid"
    " AND k.attnum = ANY (i.indkey[0:i.indnkeyatts - 1]))), '') FROM pg_catalog.pg_index i"
    " WHERE i.indrelid = c.oid AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL)"
    " FROM pg_catalog.pg_extension x, ROWS FROM (pg_catalog.unnest(x.extconfig),"
    " pg_catalog.unnest(x.extcondition)) AS e(oid, condition)"
    " JOIN pg_catalog.pg_class c ON c.oid = e.oid, ROWS FROM (pg_catalog.unnest("
    "pg_catalog.string_to_array($3::text, E'\\n'))) WITH ORDINALITY AS w(name, n) LEFT JOIN "
    "pg_catalog.pg_attribute a ON a.attname = w.name"
    " AND a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = pg_catalog.to_regclass($2::text)"
    " WHERE x.extname = $1::name AND c.oid = pg_catalog.to_regclass($2::text)"
    " GROUP BY c.oid, c.relkind, e.condition";

/* Triggers and foreign keys of the extension act on what users do, not on rows that did all that
 * already; the order of tables does not matter then. A superuser may say so. */
static const char quiet_sql[] =
    "SELECT pg_catalog.set_config('session_replication_role', 'replica', true)"
    " FROM pg_catalog.pg_roles WHERE rolname = current_user AND rolsuper;";

static bool find(struct session *s, const struct object *o, PGresult **ret, struct err *err)
{
    const char *columns = model_get(o, P_EXTENSION_ROWS_COLUMNS);
    const char *params[3] = {o->parent->name, o->name, columns ? columns : ""};
    PGresult *res = pg_query_params(s, find_sql, 3, params, err);

    if (!res)
        return false;
    if (PQntuples(res) == 1 && (PQgetisnull(res, 0, 4) || PQgetvalue(res, 0, 1)[0] == 'S')) {
        *ret = res;
        return true;
    }
    if (PQntuples(res) == 1)
        err_set(err, ERR_RUNTIME, "%s: table %s of extension %s has no column %s here", s->label,
                o->name, o->parent->name, PQgetvalue(res, 0, 4));
    else
        err_set(err, ERR_RUNTIME, "%s: extension %s has no table %s for users' rows here", s->label,
                o->parent->name, o->name);
    PQclear(res);
    return err_hint(err, "install the source's version of the extension, or leave such rows out: "
                         "--without extension_rows");
}

static void add_copy(struct session *s, const PGresult *found, bool sequence, struct buf *sql)
{
    if (sequence)
        buf_adds(sql, "CREATE TEMPORARY TABLE dbtwin_rows (last_value bigint, is_called bool) ON "
                      "COMMIT DROP;");
    else
        buf_addf(sql,
                 "CREATE TEMPORARY TABLE dbtwin_rows ON COMMIT DROP AS SELECT %s FROM %s WITH NO "
                 "DATA;",
                 PQgetvalue(found, 0, 3), PQgetvalue(found, 0, 0));
    buf_adds(sql, "COPY pg_temp.dbtwin_rows FROM STDIN WITH (");
    pg_data_add_encoding(sql, s);
    buf_addch(sql, ')');
}

/* The condition is a WHERE clause, and may be more. */
static void add_replace(const PGresult *found, bool sequence, struct buf *sql)
{
    const char *table = PQgetvalue(found, 0, 0), *columns = PQgetvalue(found, 0, 3);

    if (sequence) {
        buf_adds(sql, "SELECT pg_catalog.setval(");
        pg_add_literal(sql, table);
        buf_adds(sql, ", last_value, is_called) FROM pg_temp.dbtwin_rows;");
        return;
    }
    buf_addf(sql, "%sDELETE FROM %s WHERE (tableoid, ctid) IN (SELECT tableoid, ctid FROM %s %s);",
             quiet_sql, table, table, PQgetvalue(found, 0, 2));
    if (!PQgetisnull(found, 0, 5))
        buf_adds(sql, PQgetvalue(found, 0, 5));
    buf_addf(sql, "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM pg_temp.dbtwin_rows;",
             table, columns, columns);
}

/* In place there is one transaction, and what is made for a load goes with it. */
static bool finish(struct session *s, const struct chunk *c, uint64_t rows, struct err *err)
{
    return s->lent ? pg_run(s,
                            "DROP TABLE pg_temp.dbtwin_rows;"
                            "SELECT pg_catalog.set_config('session_replication_role', 'origin',"
                            " true) FROM pg_catalog.pg_roles WHERE rolname = current_user"
                            " AND rolsuper",
                            err)
                   : pg_note_commit(s, c->note, rows, err);
}

bool pg_extension_rows_load(struct session *s, const struct chunk *c, struct reader *in,
                            uint64_t *ret_rows, struct err *err)
{
    const struct object *o = c->projection->table;
    struct err later = ERR_INIT;
    struct buf sql = BUF_INIT;
    PGresult *found = NULL;
    uint64_t rows = 0;
    bool good = (s->lent || pg_run(s, "BEGIN", err)) && find(s, o, &found, err);

    if (good) {
        bool sequence = PQgetvalue(found, 0, 1)[0] == 'S';
        add_copy(s, found, sequence, &sql);
        good = pg_data_copy_in(s, sql.data, in, &rows, err);
        buf_reset(&sql);
        add_replace(found, sequence, &sql);
        good = good && pg_run(s, sql.data, err) && finish(s, c, rows, err);
    }
    PQclear(found);
    buf_release(&sql);
    if (good)
        *ret_rows = rows;
    else if (!s->lent)
        pg_run(s, "ROLLBACK", &later);
    return good;
}
