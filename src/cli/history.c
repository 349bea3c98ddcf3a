#include "cli.h"

#include <dbtwin/engine.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * One row a tool: the table by its name and the columns that it must have (of any case), and
 * how a migration that ran is written. In the expressions, {x} is the column x, quoted; they are
 * SQL that PostgreSQL, MySQL and MariaDB read alike. Where several rows fit a table, the first one
 * counts: those with more columns stand first. Sources: each tool's own CREATE TABLE.
 */
static const struct tool {
    const char *name, *table;
    const char *columns[4];
    const char *type;    /* part of the first column's type, or NULL */
    const char *version; /* expression */
    const char *where;   /* condition, or NULL */
} tools[] = {
    {"Alembic", "alembic_version", {"version_num"}, NULL, "{version_num}", NULL},
    {"Diesel", "__diesel_schema_migrations", {"version", "run_on"}, NULL, "{version}", NULL},
    {"Django",
     "django_migrations",
     {"app", "name", "applied"},
     NULL,
     "CONCAT({app}, '.', {name})",
     NULL},
    {"Ecto", "schema_migrations", {"version", "inserted_at"}, NULL, "{version}", NULL},
    {"golang-migrate",
     "schema_migrations",
     {"version", "dirty"},
     NULL,
     "CONCAT({version}, CASE WHEN {dirty} THEN ' (dirty)' ELSE '' END)",
     NULL},
    {"dbmate", "schema_migrations", {"version"}, "(128)", "{version}", NULL},
    {"Rails", "schema_migrations", {"version"}, NULL, "{version}", NULL},
    {"Flyway",
     "flyway_schema_history",
     {"installed_rank", "version", "script", "success"},
     NULL,
     "COALESCE({version}, {script})",
     "{success}"},
    {"goose",
     "goose_db_version",
     {"version_id", "is_applied"},
     NULL,
     "{version_id}",
     "{is_applied} AND {version_id} > 0"},
    {"Knex", "knex_migrations", {"name", "batch"}, NULL, "{name}", NULL},
    {"Laravel", "migrations", {"migration", "batch"}, NULL, "{migration}", NULL},
    {"Liquibase",
     "databasechangelog",
     {"id", "author", "filename", "orderexecuted"},
     NULL,
     "CONCAT({filename}, ' ', {id}, ' ', {author})",
     NULL},
    {"Prisma",
     "_prisma_migrations",
     {"migration_name", "finished_at", "rolled_back_at"},
     NULL,
     "{migration_name}",
     "{finished_at} IS NOT NULL AND {rolled_back_at} IS NULL"},
    {"refinery",
     "refinery_schema_history",
     {"version", "name", "checksum"},
     NULL,
     "CONCAT({version}, ' ', {name})",
     NULL},
    {"sqitch",
     "changes",
     {"change_id", "change", "project", "planner_name"},
     NULL,
     "CONCAT({project}, ' ', {change})",
     NULL},
    {"sqlx",
     "_sqlx_migrations",
     {"version", "description", "success"},
     NULL,
     "CONCAT({version}, ' ', {description})",
     "{success}"},
    {"TypeORM", "migrations", {"timestamp", "name"}, NULL, "{name}", NULL},
};

struct version_table {
    const struct tool *tool;
    const char *path;
    const char *problem; /* it could not be read, or NULL */
    struct vec versions; /* const char *, sorted */
};

void history_init(struct history *h)
{
    *h = (struct history){0};
    arena_init(&h->arena);
    vec_init(&h->tables, sizeof(struct version_table));
}

void history_release(struct history *h)
{
    for (size_t i = 0; i < h->tables.len; i++)
        vec_release(&VEC_AT(&h->tables, struct version_table, i).versions);
    vec_release(&h->tables);
    arena_release(&h->arena);
}

/* ---- which tables ---------------------------------------------------------------------------- */

static const struct object *column_of(const struct object *table, const char *name, size_t n)
{
    for (const struct object *c = table->first; c; c = c->next)
        if (c->kind->id == K_COLUMN && strlen(c->name) == n && strncasecmp(c->name, name, n) == 0)
            return c;
    return NULL;
}

static bool fits(const struct tool *t, const struct object *table)
{
    if (strcasecmp(t->table, table->name) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(t->columns) && t->columns[i]; i++)
        if (!column_of(table, t->columns[i], strlen(t->columns[i])))
            return false;
    if (!t->type)
        return true;
    const struct object *c = column_of(table, t->columns[0], strlen(t->columns[0]));
    const char *type = model_get(c, P_COLUMN_TYPE);
    return type && strstr(type, t->type);
}

static const struct tool *tool_of(const struct object *o)
{
    for (size_t i = 0; o->kind->id == K_TABLE && i < ARRAY_LEN(tools); i++)
        if (fits(&tools[i], o))
            return &tools[i];
    return NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void add_expression(struct buf *sql, const struct model *m, const struct object *table,
                           const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "{");
        buf_add(sql, text, n);
        text += n;
        if (!*text)
            break;
        n = strcspn(text, "}");
        engine_quote(m->flavor, column_of(table, text + 1, n - 1)->name, sql);
        text += n + 1;
    }
}

static void make_query(struct buf *sql, const struct model *m, const struct object *table,
                       const struct tool *t)
{
    buf_adds(sql, "SELECT ");
    add_expression(sql, m, table, t->version);
    buf_adds(sql, " FROM ");
    engine_quote_table(m->flavor, table, sql);
    if (t->where) {
        buf_adds(sql, " WHERE ");
        add_expression(sql, m, table, t->where);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void read_table(struct history *h, const struct place *p, struct session *s,
                       const struct model *m, const struct object *o, const struct tool *tool)
{
    struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    struct version_table *t = vec_push(&h->tables);
    t->tool = tool;
    vec_init(&t->versions, sizeof(const char *));
    struct row_texts versions = {&h->arena, &t->versions};
    model_path(o, &b);
    t->path = arena_strdup(&h->arena, b.data);
    buf_reset(&b);
    make_query(&b, m, o, tool);
    if (!p->e.driver->source->rows(s, b.data, row_texts_add, &versions, &err))
        t->problem = arena_printf(&h->arena, "%s: %s", p->e.label, err.msg);
    if (t->versions.len)
        qsort(t->versions.items, t->versions.len, sizeof(const char *), by_text);
    buf_release(&b);
}

void history_read(const struct place *p, struct session *s, const struct model *m, void *history)
{
    struct history *h = history;
    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct tool *tool = tool_of(m->objects[i]);
        if (tool)
            read_table(h, p, s, m, m->objects[i], tool);
    }
}

/* ---- comparing ------------------------------------------------------------------------------- */

static const struct version_table *partner(const struct version_table *t, const struct history *h)
{
    for (size_t i = 0; i < h->tables.len; i++) {
        const struct version_table *u = &VEC_AT(&h->tables, struct version_table, i);
        if (u->tool == t->tool && strcmp(u->path, t->path) == 0)
            return u;
    }
    return NULL;
}

static void compare_versions(struct diff_migrations *m, const struct version_table *a,
                             const struct version_table *b)
{
    size_t i = 0, k = 0;
    while (i < a->versions.len || k < b->versions.len) {
        const char *x = i < a->versions.len ? VEC_AT(&a->versions, const char *, i) : NULL;
        const char *y = k < b->versions.len ? VEC_AT(&b->versions, const char *, k) : NULL;
        int c = !x ? 1 : !y ? -1 : strcmp(x, y);
        if (c < 0)
            VEC_PUSH(&m->only_from, const char *, x);
        else if (c > 0)
            VEC_PUSH(&m->only_to, const char *, y);
        else
            m->both++;
        i += c <= 0;
        k += c >= 0;
    }
}

static struct diff_migrations *add(struct vec *ret, const struct version_table *t)
{
    struct diff_migrations *m = vec_push(ret);
    m->tool = t->tool->name;
    m->table = t->path;
    vec_init(&m->only_from, sizeof(const char *));
    vec_init(&m->only_to, sizeof(const char *));
    return m;
}

void history_compare(const struct history *from, const struct history *to, struct arena *a,
                     struct vec *ret)
{
    for (size_t i = 0; i < from->tables.len; i++) {
        const struct version_table *x = &VEC_AT(&from->tables, struct version_table, i);
        const struct version_table *y = partner(x, to);
        struct diff_migrations *m = add(ret, x);
        if (!y)
            m->not_compared = arena_strdup(a, "TO has no such table");
        else if (x->problem || y->problem)
            m->not_compared = x->problem ? x->problem : y->problem;
        else
            compare_versions(m, x, y);
    }
    for (size_t i = 0; i < to->tables.len; i++) {
        const struct version_table *y = &VEC_AT(&to->tables, struct version_table, i);
        if (!partner(y, from))
            add(ret, y)->not_compared = arena_strdup(a, "FROM has no such table");
    }
}
