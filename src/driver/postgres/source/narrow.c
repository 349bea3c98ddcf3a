#include "../connection/pg.h"

#include <string.h>

/*
 * Schemas that nobody asked for are not read, nor those that keep an earlier state
 * (previous_schemas.c): in the catalog queries that cost most, the catalog is a WITH query of its
 * own name without their rows. (A name in FROM is first looked for among the WITH queries:
 * https://www.postgresql.org/docs/current/sql-select.html.) What other queries still give has no
 * parent in the model and is left out, as is all that belongs to extensions. The rows of the probe
 * are counted without these schemas too.
 *
 * A query may stand here when what it looks up in that catalog is in the schema of the object it
 * is about; names of other objects come from regclass and its kin, which need no row.
 */
static const struct {
    const char *query, *catalog, *column;
} rows[] = {
    {"aggregate", "pg_proc", "pronamespace"},
    {"attribute", "pg_class", "relnamespace"},
    {"column", "pg_class", "relnamespace"},
    {"constraint", "pg_constraint", "connamespace"},
    {"foreign_key", "pg_constraint", "connamespace"},
    {"foreign_table", "pg_class", "relnamespace"},
    {"gap", "pg_namespace", "oid"},
    {"index", "pg_class", "relnamespace"},
    {"index_part", "pg_class", "relnamespace"},
    {"materialized_view", "pg_class", "relnamespace"},
    {"option", "pg_class", "relnamespace"},
    {"probe", "pg_namespace", "oid"},
    {"routine", "pg_proc", "pronamespace"},
    {"rule", "pg_class", "relnamespace"},
    {"schema", "pg_namespace", "oid"},
    {"sequence", "pg_class", "relnamespace"},
    {"table", "pg_class", "relnamespace"},
    {"trigger", "pg_class", "relnamespace"},
    {"view", "pg_class", "relnamespace"},
};

struct choice {
    bool (*wanted)(void *ctx, const char *schema);
    void *ctx;
    struct buf out; /* oids, comma-separated */
};

static bool choose(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                   struct err *err)
{
    struct choice *c = ctx;

    (void)n, (void)lengths, (void)err;
    if (!c->wanted(c->ctx, values[1]))
        buf_addf(&c->out, "%s%s", c->out.len ? "," : "", values[0]);
    return true;
}

bool pg_narrow(struct session *s, bool (*wanted)(void *ctx, const char *schema), void *ctx,
               struct err *err)
{
    struct choice c = {wanted, ctx, BUF_INIT};
    bool good = pg_rows(s,
                        "SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' "
                        "AND nspname NOT IN ('information_schema', 'dbtwin') ORDER BY nspname",
                        choose, &c, err);

    s->without = good && c.out.len ? arena_strdup(&s->arena, c.out.data) : NULL;
    buf_release(&c.out);
    return good || err_context(err, "while reading the names of schemas");
}

/* The first word of the statement, behind comments. */
static const char *first_word(const char *sql)
{
    for (;;) {
        sql += strspn(sql, " \t\n");
        if (strncmp(sql, "--", 2) != 0)
            return sql;
        sql += strcspn(sql, "\n");
    }
}

void pg_narrow_query(const struct session *s, const char *query, struct buf *sql)
{
    struct buf b = BUF_INIT;
    const char *rest = first_word(sql->data);
    bool has_with = str_starts(rest, "WITH ");
    size_t i = 0;
    const char *without = s->without ? s->without : "", *kept = s->kept ? s->kept : "";

    while (i < ARRAY_LEN(rows) && strcmp(rows[i].query, query) != 0)
        i++;
    if ((!*without && !*kept) || i == ARRAY_LEN(rows))
        return;
    buf_addf(&b,
             "WITH %s AS NOT MATERIALIZED (SELECT * FROM pg_catalog.%s WHERE %s <> ALL"
             " ('{%s%s%s}'))%s",
             rows[i].catalog, rows[i].catalog, rows[i].column, without,
             *without && *kept ? "," : "", kept, has_with ? ", " : "\n");
    buf_adds(&b, has_with ? rest + strlen("WITH ") : rest);
    buf_reset(sql);
    buf_add(sql, b.data, b.len);
    buf_release(&b);
}
