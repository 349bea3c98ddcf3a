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
            "GRANT SELECT on it");
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

static bool probe_view(struct my_read *r, struct object *o, struct err *err)
{
    (void)err;
    if (!model_get(o, P_VIEW_QUERY) && r->s->flavor == ENGINE_MA)
        gap(r, o, "view",
            "its query is not shown to this account; it needs GRANT SELECT, SHOW VIEW");
    return true;
}

/* ---- rights -------------------------------------------------------------------------------- */

struct wanted {
    const char *kind, *what;
    const char *any[6]; /* privileges, of which any will do; the first is asked for */
};

/* What an account must hold on the whole database to be shown every object of it. */
static const struct wanted wanted[] = {
    {"table", "tables", {"SELECT"}},
    {"trigger", "triggers", {"TRIGGER"}},
    {"event", "events", {"EVENT"}},
    {"routine",
     "functions and procedures",
     {"EXECUTE", "SHOW_ROUTINE", "CREATE ROUTINE", "ALTER ROUTINE", "SHOW CREATE ROUTINE"}},
    {"view", "views", {"SHOW VIEW"}},
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
        bool have = false;
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
            !my_grants_have(&g, "SELECT", r->s->database))
            model_gap(r->m, columns[i], NULL,
                      "this account has privileges on some columns only and does not see the "
                      "others; it needs GRANT SELECT on their tables");
    my_grants_release(&g);
    return good;
}

bool my_probe(struct my_read *r, struct err *err)
{
    return my_read_query(r, "gap", err) && my_read_each(r, K_TABLE, probe_table, err) &&
           my_read_each(r, K_VIEW, probe_view, err) && probe_rights(r, err);
}
