#include "read.h"

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
            "its columns cannot be read: it is broken, was dropped just now, or "
            "this account needs GRANT SELECT on it");
    for (size_t i = 0; engine && i < ARRAY_LEN(known) && !modelled; i++)
        modelled = str_eq(engine, known[i]);
    if (engine && !modelled)
        gap(r, o, "table",
            arena_printf(&r->arena,
                         "what belongs to the storage engine %s outside "
                         "of the table (servers, links, files) is not "
                         "modelled",
                         engine));
    if (key && str_starts(key, "SYSTEM_TIME (")) /* SHOW CREATE TABLE has told nothing better */
        gap(r, o, "partition", "interval and limit of SYSTEM_TIME partitions are not read");
    return true;
}

static bool probe_index(struct my_read *r, struct object *o, struct err *err)
{
    const char *method = model_get(o, P_INDEX_METHOD);
    (void)err;
    if (method && str_eq(method, "vector") && !model_get(o, P_INDEX_OPTIONS))
        gap(r, o, "index", "options of vector indexes are not read");
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

/* What an account must hold on the whole database to be shown every object of it. */
enum { RIGHT_SELECT = 1, RIGHT_TRIGGER = 2, RIGHT_EVENT = 4, RIGHT_ROUTINE = 8, RIGHT_VIEW = 16 };

struct rights {
    struct my_read *r;
    unsigned have;
};

/* Whether a grant's target covers the database: *.*, `db`.* with % and _ as LIKE has them. */
static bool covers(struct my_read *r, const char *target, const char *end)
{
    const char *q = my_text_token(target, end);
    if (end - target >= 3 && !strncmp(target, "*.*", 3))
        return true;
    if (*target != '`' || end - q < 2 || strncmp(q, ".*", 2) != 0)
        return false;
    struct buf pattern = BUF_INIT;
    const char *value = NULL;
    struct err ignored = ERR_INIT;
    buf_adds(&pattern, "SELECT DATABASE() LIKE ");
    struct buf name = BUF_INIT;
    for (const char *p = target + 1; p < q - 1; p++) {
        buf_addch(&name, *p);
        if (*p == '`')
            p++;
    }
    my_quote_text(&pattern, name.data, name.len);
    bool good = my_conn_value(r->s, pattern.data, &r->arena, &value, &ignored);
    buf_release(&name);
    buf_release(&pattern);
    return good && value && *value == '1';
}

static unsigned right_of(const char *p, size_t n)
{
    static const struct {
        const char *name;
        unsigned rights;
    } names[] = {
        {"ALL PRIVILEGES", ~0u},          {"SELECT", RIGHT_SELECT},
        {"TRIGGER", RIGHT_TRIGGER},       {"EVENT", RIGHT_EVENT},
        {"SHOW VIEW", RIGHT_VIEW},        {"SHOW_ROUTINE", RIGHT_ROUTINE},
        {"EXECUTE", RIGHT_ROUTINE},       {"CREATE ROUTINE", RIGHT_ROUTINE},
        {"ALTER ROUTINE", RIGHT_ROUTINE}, {"SHOW CREATE ROUTINE", RIGHT_ROUTINE},
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strlen(names[i].name) == n && !memcmp(names[i].name, p, n))
            return names[i].rights;
    }
    return 0;
}

/* "GRANT SELECT, TRIGGER ON `shop`.* TO …" */
static void read_grant(struct my_read *r, const char *text, unsigned *have)
{
    const char *p = text + strlen("GRANT "), *on = strstr(text, " ON "), *to;
    unsigned rights = 0;

    if (!str_starts(text, "GRANT ") || !on || !(to = strstr(on, " TO ")))
        return;
    while (p < on) {
        size_t n = 0;
        while (p + n < on && p[n] != ',' && p[n] != '(')
            n++;
        if (p + n >= on || p[n] == ',')
            rights |= right_of(p, n);
        while (p + n < on && p[n] != ',')
            n++;
        p += n;
        p += strspn(p, ", ");
    }
    if (rights & ~*have && covers(r, on + 4, to))
        *have |= rights;
}

struct grants {
    struct arena *a;
    struct vec texts; /* const char * */
};

static bool grant_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                      struct err *err)
{
    struct grants *g = ctx;
    (void)n, (void)lengths, (void)err;
    if (v[0])
        VEC_PUSH(&g->texts, const char *, arena_strdup(g->a, v[0]));
    return true;
}

/* information_schema shows nothing of what an account has no right on: that is not absence. */
static bool probe_rights(struct my_read *r, struct err *err)
{
    static const struct {
        unsigned right;
        const char *kind, *grant, *what;
    } wanted[] = {
        {RIGHT_SELECT, "table", "SELECT", "tables"},
        {RIGHT_TRIGGER, "trigger", "TRIGGER", "triggers"},
        {RIGHT_EVENT, "event", "EVENT", "events"},
        {RIGHT_ROUTINE, "routine", "EXECUTE", "functions and procedures"},
        {RIGHT_VIEW, "view", "SHOW VIEW", "views"},
    };
    struct grants g = {&r->arena, VEC_INIT(const char *)};
    unsigned have = 0;
    const char *roles = NULL, *sql = "SHOW GRANTS";
    if (r->s->flavor == ENGINE_MY && r->s->version >= 80000) {
        if (!my_conn_value(r->s, "SELECT NULLIF(CURRENT_ROLE(), 'NONE')", &r->arena, &roles, err))
            return false;
        if (roles)
            sql = arena_printf(&r->arena, "SHOW GRANTS FOR CURRENT_USER() USING %s", roles);
    }
    bool good = my_conn_rows((struct session *)(void *)r->s, sql, grant_row, &g, err);

    for (size_t i = 0; good && i < g.texts.len; i++)
        read_grant(r, VEC_AT(&g.texts, const char *, i), &have);
    for (size_t i = 0; good && i < ARRAY_LEN(wanted); i++) {
        if (have & wanted[i].right)
            continue;
        struct buf b = BUF_INIT;
        buf_addf(&b, "this account may not see all %s; it needs GRANT %s ON ", wanted[i].what,
                 wanted[i].grant);
        my_quote_name(&b, r->s->database);
        buf_adds(&b, ".*");
        model_gap(r->m, wanted[i].kind, NULL, b.data);
        buf_release(&b);
    }
    vec_release(&g.texts);
    return good;
}

bool my_probe(struct my_read *r, struct err *err)
{
    return my_read_query(r, "gap", err) && my_read_each(r, K_TABLE, probe_table, err) &&
           my_read_each(r, K_INDEX, probe_index, err) && my_read_each(r, K_VIEW, probe_view, err) &&
           probe_rights(r, err);
}
