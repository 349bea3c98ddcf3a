#include "pg.h"

#include <string.h>

/*
 * The server plans the indexes of a table with every query of it, and a function that calls others
 * without their schema fails already then, under the empty search_path. So a table with such an
 * index is read with the search_path that the database gives this role: nothing is called for that,
 * the function's text is only parsed. COPY of a table by its name plans nothing.
 */

static bool has_expression(const struct object *index)
{
    for (const struct object *o = index->first; o; o = o->next) {
        const char *text =
            o->kind->id == K_INDEX_PART ? model_get(o, P_INDEX_PART_EXPRESSION) : NULL;
        if (text && text[0] == '(')
            return true;
    }
    return model_get(index, P_INDEX_PREDICATE) != NULL;
}

static bool may_want(const struct object *table)
{
    bool may = false;

    for (const struct object *o = table->first; o && !may; o = o->next)
        may = o->kind->id == K_INDEX && has_expression(o);
    return may;
}

bool pg_names_wanted(const struct err *why)
{
    static const char *const states[] = {"42883", "42P01", "42704", "3F000"};

    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (strcmp(why->sqlstate, states[i]) == 0)
            return true;
    return false;
}

bool pg_names_default(struct session *s, struct err *err)
{
    return pg_run(s,
                  "SELECT pg_catalog.set_config('search_path', reset_val, false)"
                  " FROM pg_catalog.pg_settings WHERE name = 'search_path'",
                  err);
}

bool pg_names_read(struct session *s, const struct object *table, struct err *err)
{
    struct buf sql = BUF_INIT;
    struct err why = ERR_INIT;

    if (!may_want(table))
        return true;
    buf_adds(&sql, s->snapshot ? "SAVEPOINT dbtwin_names;" : "");
    buf_adds(&sql, "EXPLAIN SELECT 1 FROM ONLY ");
    pg_add_qualified(&sql, table);
    buf_adds(&sql, s->snapshot ? ";RELEASE dbtwin_names" : "");
    bool good = pg_run(s, sql.data, &why);
    buf_release(&sql);
    if (good)
        return true;
    if (s->snapshot && PQstatus(s->conn) == CONNECTION_OK &&
        !pg_run(s, "ROLLBACK TO dbtwin_names;RELEASE dbtwin_names", err))
        return false;
    if (pg_names_wanted(&why)) {
        s->named = table;
        return s->settings ? pg_names_open(s, table, err) : pg_names_default(s, err);
    }
    if (why.cls != ERR_CONNECTION && why.cls != ERR_INTERRUPTED)
        return true; /* reading it will say why */
    *err = why;
    return false;
}
