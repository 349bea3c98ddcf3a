#include <dbtwin/plan.h>

#include <dbtwin/engine.h>

#include <string.h>

/*
 * The forms that let readers and writers go on, each in a transaction of its own: what one would
 * gain by NOT VALID is lost if VALIDATE follows in the same
 * (https://www.postgresql.org/docs/17/sql-altertable.html#SQL-ALTERTABLE-NOTES,
 * https://www.postgresql.org/docs/17/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY,
 * https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html).
 */

struct online {
    struct plan *plan;
    struct vec steps; /* the new ones */
    struct map made;  /* tables that the plan creates: nobody uses them yet */
    const struct model *to;
    uint64_t rows; /* fewer: the step stays as it is */
};

static const struct object *table_of(const struct object *o)
{
    while (o && o->kind->id != K_TABLE && o->kind->id != K_MATERIALIZED_VIEW)
        o = o->parent;
    return o;
}

static const char *path_of(struct online *l, const struct object *o)
{
    return model_path_text(o, &l->plan->arena);
}

static void note_made(struct online *l)
{
    for (size_t i = 0; i < l->plan->steps.len; i++) {
        const struct step *s = &VEC_AT(&l->plan->steps, struct step, i);
        enum kind_id k = s->object->kind->id;
        if (s->act != ACT_CREATE || (k != K_TABLE && k != K_MATERIALIZED_VIEW))
            continue;
        const char *path = path_of(l, s->object);
        map_put(&l->made, path, strlen(path), (void *)(uintptr_t)path);
    }
}

enum { ROW_BYTES = 100 };

static bool is_large(const struct online *l, const struct object *table)
{
    const struct object *there = model_counterpart(l->to, table);
    const char *rows = NULL, *bytes = NULL;
    uint64_t n = 0;
    if (!l->rows)
        return true;
    if (there && there->kind->id == K_TABLE) {
        rows = model_get(there, P_TABLE_ROWS);
        bytes = model_get(there, P_TABLE_BYTES);
    } else if (there)
        bytes = model_get(there, P_MATERIALIZED_VIEW_BYTES);
    if (rows && str_parse_u64(rows, &n) && n)
        return n >= l->rows;
    return bytes && str_parse_u64(bytes, &n) && n / ROW_BYTES >= l->rows;
}

/* A table that is there and in use; of partitioned ones only what the server allows on them. */
static bool is_in_use(struct online *l, const struct object *table)
{
    const char *path = table ? path_of(l, table) : NULL;
    return path && !map_get(&l->made, path, strlen(path)) && is_large(l, table);
}

static bool is_partitioned(const struct object *table)
{
    return table->kind->id == K_TABLE && model_get(table, P_TABLE_PARTITION_KEY);
}

static struct step *push(struct online *l, const struct step *like, const char *sql)
{
    struct step *s = vec_push(&l->steps);
    *s = *like;
    s->sql = sql;
    s->own_transaction = true;
    s->hazards &= ~(unsigned)(HAZARD_SCAN | HAZARD_LOCK);
    return s;
}

static const char *printf_sql(struct online *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
static const char *printf_sql(struct online *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *sql = arena_vprintf(&l->plan->arena, fmt, ap);
    va_end(ap);
    return sql;
}

/* ---- PostgreSQL ------------------------------------------------------------------------------ */

/* "schema"."name", as the statement that drops it needs it. */
static const char *index_name(struct online *l, const struct object *index)
{
    struct buf b = BUF_INIT;
    const struct object *names[] = {table_of(index)->parent, index};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        buf_adds(&b, i ? ".\"" : "\"");
        for (const char *p = names[i]->name; *p; p++)
            buf_addf(&b, *p == '"' ? "\"\"" : "%c", *p);
        buf_addch(&b, '"');
    }
    const char *name = arena_strdup(&l->plan->arena, b.data);
    buf_release(&b);
    return name;
}

static bool online_index(struct online *l, const struct step *s)
{
    static const char *const heads[] = {"CREATE INDEX ", "CREATE UNIQUE INDEX ", "DROP INDEX "};
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        size_t n = strlen(heads[i]);
        if (!str_starts(s->sql, heads[i]))
            continue;
        struct step *own =
            push(l, s, printf_sql(l, "%.*sCONCURRENTLY %s", (int)n, s->sql, s->sql + n));
        if (*heads[i] == 'C')
            own->cleanup =
                printf_sql(l, "DROP INDEX CONCURRENTLY IF EXISTS %s", index_name(l, s->object));
        return true;
    }
    return false;
}

/* "ALTER TABLE x ADD CONSTRAINT y CHECK (z)": checked later. */
static bool online_check(struct online *l, const struct step *s)
{
    const char *at = strstr(s->sql, " ADD CONSTRAINT "), *name = at ? at + 16 : NULL;
    const char *end = name ? strstr(name, " CHECK (") : NULL;
    if (s->act != ACT_CREATE || s->object->kind->id != K_CHECK || !end ||
        !str_starts(s->sql, "ALTER TABLE ") || str_ends(s->sql, " NOT VALID") ||
        str_ends(s->sql, " NOT ENFORCED"))
        return false;
    push(l, s, printf_sql(l, "%s NOT VALID", s->sql))->hazards &= ~(unsigned)HAZARD_ROWS;
    push(l, s,
         printf_sql(l, "%.*s VALIDATE CONSTRAINT %.*s", (int)(at - s->sql), s->sql,
                    (int)(end - name), name));
    return true;
}

#define HELPER "\"dbtwin_not_null\""

/* A valid check spares the scan under the strong lock (from 12 on). */
static bool online_not_null(struct online *l, const struct step *s)
{
    const char *column = strstr(s->sql, " ALTER COLUMN ");
    size_t n = strlen(s->sql), tail = strlen(" SET NOT NULL");
    if (!column || !str_starts(s->sql, "ALTER TABLE ") || !str_ends(s->sql, " SET NOT NULL"))
        return false;
    const char *table = printf_sql(l, "%.*s", (int)(column - s->sql), s->sql);
    const char *name = column + strlen(" ALTER COLUMN ");
    const char *named = printf_sql(l, "%.*s", (int)(n - tail - (size_t)(name - s->sql)), name);
    struct step *first =
        push(l, s,
             printf_sql(l, "%s ADD CONSTRAINT " HELPER " CHECK (%s IS NOT NULL) NOT VALID", table,
                        named));
    first->hazards &= ~(unsigned)HAZARD_ROWS;
    struct step *second = push(l, s, printf_sql(l, "%s VALIDATE CONSTRAINT " HELPER, table));
    second->row_check = NULL;
    second->cleanup = printf_sql(l, "%s DROP CONSTRAINT " HELPER, table);
    struct step *third = push(l, s, s->sql), *last;
    third->row_check = NULL;
    third->hazards &= ~(unsigned)HAZARD_ROWS;
    last = push(l, s, printf_sql(l, "%s DROP CONSTRAINT " HELPER, table));
    last->row_check = NULL;
    last->hazards &= ~(unsigned)HAZARD_ROWS;
    return true;
}

static bool online_postgres(struct online *l, const struct step *s)
{
    const struct object *table = table_of(s->object);
    if (!is_in_use(l, table))
        return false;
    if (strstr(s->sql, " VALIDATE CONSTRAINT ") && str_starts(s->sql, "ALTER TABLE ")) {
        push(l, s, s->sql);
        return true;
    }
    return (!is_partitioned(table) && online_index(l, s)) || online_check(l, s) ||
           online_not_null(l, s);
}

/* ---- MySQL and MariaDB ----------------------------------------------------------------------- */

/* A foreign key is added with its rows checked, and a partition clause takes no other beside it:
 * neither has an online form. */
static bool online_mysql(struct online *l, const struct step *s)
{
    if (!str_starts(s->sql, "ALTER TABLE ") || strstr(s->sql, "FOREIGN KEY") ||
        strstr(s->sql, "PARTITION") || (s->hazards & HAZARD_REWRITE) ||
        !is_in_use(l, table_of(s->object)))
        return false;
    push(l, s, printf_sql(l, "%s, ALGORITHM=INPLACE, LOCK=NONE", s->sql));
    return true;
}

static const struct {
    unsigned flavors;
    bool (*replace)(struct online *l, const struct step *s); /* false: the step stays as it is */
} engines[] = {{ENGINE_PG, online_postgres}, {ENGINE_MYSQL, online_mysql}};

size_t plan_online(struct plan *p, const struct model *to, uint64_t rows)
{
    struct online l = {
        .plan = p, .steps = VEC_INIT(struct step), .made = MAP_INIT, .to = to, .rows = rows};
    size_t n = 0;
    note_made(&l);
    for (size_t i = 0; i < p->steps.len; i++) {
        struct step s = VEC_AT(&p->steps, struct step, i);
        if (ENGINE_ROW(engines, to->flavor)->replace(&l, &s))
            n++;
        else
            VEC_PUSH(&l.steps, struct step, s);
    }
    struct vec old = p->steps;
    p->steps = l.steps;
    vec_release(&old);
    map_release(&l.made);
    return n;
}
