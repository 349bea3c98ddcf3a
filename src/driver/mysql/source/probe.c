#include "read.h"

#include "../connection/grants.h"

#include <string.h>

/* ---- what the model cannot hold, or information_schema does not tell ----------------------- */

static void gap(struct my_read *r, const struct object *o, const char *kind, const char *why)
{
    struct buf path = BUF_INIT;
    model_path(o, &path);
    model_gap(r->m, kind, path.data, why);
    buf_release(&path);
}

static bool probe_table(struct my_read *r, struct object *o, struct err *err)
{
    static const char *const known[] = {"innodb",  "myisam",  "aria",      "memory",     "csv",
                                        "archive", "rocksdb", "blackhole", "columnstore"};
    const char *engine = model_get(o, P_TABLE_ENGINE), *key = model_get(o, P_TABLE_PARTITION_KEY);
    bool columns = false, modelled = false;

    (void)err;
    for (const struct object *c = o->first; c && !columns; c = c->next)
        columns = c->kind->id == K_COLUMN;
    if (!columns)
        gap(r, o, "table",
            "its columns cannot be read: it is broken, was just dropped, or this account needs "
            "GRANT REFERENCES on it");
    for (size_t i = 0; engine && i < ARRAY_LEN(known) && !modelled; i++)
        modelled = str_eq(engine, known[i]);
    if (engine && !modelled)
        gap(r, o, "table",
            arena_printf(&r->arena,
                         "what belongs to the storage engine %s outside the table (servers, links, "
                         "files) is not modelled",
                         engine));
    if (key && str_starts(key, "SYSTEM_TIME (")) /* SHOW CREATE TABLE has told nothing better */
        gap(r, o, "partition", "interval and limit of SYSTEM_TIME partitions are not read");
    return true;
}

/* ---- rights -------------------------------------------------------------------------------- */

struct wanted {
    const char *kind, *what;
    const char *any[6]; /* privileges, of which any will do; the first is asked for */
    bool rows;          /* not to see it but to read its rows: for a copy */
};

/*
 * What an account must hold on the whole database to be shown every object of it. Tables and
 * columns are shown to whoever has a privilege that there is for columns too; REFERENCES is the one
 * that lets nothing be done with rows.
 * https://dev.mysql.com/doc/refman/8.4/en/information-schema-columns-table.html
 */
static const struct wanted wanted[] = {
    {"table", "tables", {"REFERENCES", "SELECT", "INSERT", "UPDATE"}, false},
    {"table", "tables' rows", {"SELECT"}, true},
    {"trigger", "triggers", {"TRIGGER"}, false},
    {"event", "events", {"EVENT"}, false},
    {"routine",
     "functions and procedures",
     {"EXECUTE", "SHOW_ROUTINE", "CREATE ROUTINE", "ALTER ROUTINE", "SHOW CREATE ROUTINE"},
     false},
    {"view", "views", {"SHOW VIEW"}, false},
};

static bool probe_rights(struct my_read *r, struct err *err)
{
    struct my_grants g;
    const char *user = NULL;
    if (!my_grants_read(r->s, &r->arena, &g, err))
        return false;
    static const char *const columns[] = {"column", "index", "foreign_key", "check"};
    bool good = my_conn_value(r->s, "SELECT CURRENT_USER()", &r->arena, &user, err);

    for (size_t i = 0; good && i < ARRAY_LEN(wanted); i++) {
        const struct wanted *w = &wanted[i];
        bool have = w->rows && !r->s->in_snapshot;
        for (size_t k = 0; !have && k < ARRAY_LEN(w->any) && w->any[k]; k++)
            have = my_grants_have(&g, w->any[k], r->s->database);
        if (have)
            continue;
        struct buf b = BUF_INIT;
        buf_addf(&b, "this account may not see all %s; it needs GRANT %s ON ", w->what, w->any[0]);
        my_quote_name(&b, r->s->database);
        buf_addf(&b, ".* TO %s", my_grants_account(user, &r->arena));
        model_gap(r->m, w->kind, NULL, b.data);
        buf_release(&b);
    }
    for (size_t i = 0; good && i < ARRAY_LEN(columns); i++)
        if (my_grants_have_columns(&g, r->s->database) &&
            !my_grants_have(&g, "SELECT", r->s->database) &&
            !my_grants_have(&g, "REFERENCES", r->s->database))
            model_gap(r->m, columns[i], NULL,
                      "this account has privileges on some columns only and does not see the "
                      "others; it needs GRANT REFERENCES on their tables");
    my_grants_release(&g);
    return good;
}

bool my_probe(struct my_read *r, struct err *err)
{
    return my_read_query(r, "gap", err) && my_read_each(r, K_TABLE, probe_table, err) &&
           probe_rights(r, err);
}
