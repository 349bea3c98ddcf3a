#include "postgres.h"

#include <ctype.h>
#include <string.h>

#include <dbtwin/psqltoken.h>

/*
 * What it costs to make keys, indexes and partitions where there are rows: the same statements on
 * a table that is made with them cost nothing. Sources: PostgreSQL's manual, CREATE INDEX ("locks
 * out writes", SHARE), ALTER TABLE, "Description" (ADD table_constraint: ACCESS EXCLUSIVE; ADD
 * FOREIGN KEY: SHARE ROW EXCLUSIVE on both tables), ATTACH PARTITION (the default partition is
 * scanned).
 */

const char postgres_all_wait[] = "every row is read, and readers and writers wait";

/* ---- defaults -------------------------------------------------------------------------------- */

/*
 * Of the server's own functions those that are volatile (pg_proc.provolatile of 13 to 18): their
 * value is another one for each row, so that every row is written (ALTER TABLE, "Notes"). Also all
 * whose names begin with pg_ or lo_.
 */
static const char *const volatiles[] = {
    "clock_timestamp", "currval", "gen_random_uuid", "lastval",   "nextval", "random",
    "random_normal",   "setval",  "set_config",      "timeofday", "uuidv4",  "uuidv7",
};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Of others the server writes the schema as well; what they do is not looked at. */
static bool is_volatile_call(const char *begin, const char *end, const char *text)
{
    if (begin > text && (begin[-1] == '.' || begin[-1] == '"'))
        return true;
    if (str_starts(begin, "pg_") || str_starts(begin, "lo_"))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(volatiles); i++)
        if (strlen(volatiles[i]) == (size_t)(end - begin) &&
            strncmp(volatiles[i], begin, (size_t)(end - begin)) == 0)
            return true;
    return false;
}

bool postgres_is_volatile(const char *expression)
{
    for (const char *p = expression, *end; *p; p = end) {
        end = psqltoken_end(p);
        if (end <= p)
            end = p + 1;
        if (*end != '(')
            continue;
        if (*p == '"' || (is_word(*p) && is_volatile_call(p, end, expression)))
            return true;
    }
    return false;
}

bool postgres_is_checked(struct plan_builder *b, const char *type)
{
    const struct object *d = postgres_type_in(b, b->model, type);

    for (; d && d->kind->id == K_DOMAIN;
         d = postgres_type_in(b, b->model, model_get(d, P_DOMAIN_TYPE)))
        if (model_yes(d, P_DOMAIN_NOT_NULL) || plan_child(d, K_CHECK, NULL))
            return true;
    return false;
}

/* ---- keys and indexes ------------------------------------------------------------------------ */

static const char writers[] = "an index is built, and writers wait";
static const char all[] = "an index is built, and readers and writers wait";

/* The expressions by which the rows of a unique index are told apart, or NULL. */
static const char *key_of(struct plan_builder *b, const struct object *o)
{
    struct buf out = BUF_INIT;
    const char *ret;

    if (o->kind->id != K_INDEX)
        return postgres_get(o, "columns");
    for (const struct object **p = plan_parts(b, o, K_INDEX_PART, NULL); *p; p++)
        if (!model_yes(*p, P_INDEX_PART_INCLUDED))
            buf_addf(&out, "%s%s", out.len ? ", " : "", model_get(*p, P_INDEX_PART_EXPRESSION));
    ret = out.len ? arena_strdup(b->arena, out.data) : NULL;
    buf_release(&out);
    return ret;
}

static void check_doubles(struct plan_builder *b, struct step *s, const struct object *o)
{
    const char *key = key_of(b, o), *predicate = postgres_get(o, "predicate");
    bool nulls = str_eq(postgres_get(o, "nulls_not_distinct"), "yes");
    struct buf sql = BUF_INIT;

    if (!key || str_eq(postgres_get(o, "period"), "yes"))
        return;
    postgres_format(&sql, "SELECT pg_catalog.count(*) FROM (SELECT FROM %Q", o->parent);
    if (!nulls)
        buf_addf(&sql, " WHERE (%s) IS NOT NULL", key);
    if (predicate)
        buf_addf(&sql, " %s (%s)", nulls ? "WHERE" : "AND", predicate);
    buf_addf(&sql, " GROUP BY %s HAVING pg_catalog.count(*) > 1) x", key);
    s->row_check = arena_strdup(b->arena, sql.data);
    s->row_what = arena_printf(b->arena, "values of %s that several rows have", key);
    buf_release(&sql);
}

static void cost_of_index(struct plan_builder *b, struct step *s, const struct object *o)
{
    bool create = str_starts(s->sql, "CREATE "), unique = str_starts(s->sql, "CREATE UNIQUE ");
    bool key = !create && strstr(s->sql, " ADD CONSTRAINT ") && !strstr(s->sql, " USING INDEX ");

    /* Of a partitioned table each partition's own index is built. */
    if (create && model_get(o->parent, kind_prop(o->parent->kind, "partition_key")))
        return;
    if (create || key)
        plan_hazard(b, s, HAZARD_SCAN | HAZARD_LOCK | (unique || key ? HAZARD_ROWS : 0),
                    key ? all : writers);
    if (unique || (key && o->kind->id != K_EXCLUSION))
        check_doubles(b, s, o);
}

/* ---- foreign keys ---------------------------------------------------------------------------- */

/* Whatever the key does not find there; its columns have no NULLs, or it does not look. */
static void check_parents(struct plan_builder *b, struct step *s, const struct object *o)
{
    const char *columns = model_get(o, P_FOREIGN_KEY_COLUMNS);
    struct buf sql = BUF_INIT;

    if (model_yes(o, P_FOREIGN_KEY_PERIOD))
        return;
    postgres_format(&sql, "SELECT pg_catalog.count(*) FROM (SELECT %s FROM %Q WHERE (%s)", columns,
                    o->parent, columns);
    buf_addf(&sql, " IS NOT NULL EXCEPT SELECT %s FROM %s) x",
             model_get(o, P_FOREIGN_KEY_REF_COLUMNS), model_get(o, P_FOREIGN_KEY_REFERENCES));
    s->row_check = arena_strdup(b->arena, sql.data);
    s->row_what = arena_printf(b->arena, "values of %s that %s does not have", columns,
                               model_get(o, P_FOREIGN_KEY_REFERENCES));
    buf_release(&sql);
}

static void cost_of_foreign_key(struct plan_builder *b, struct step *s, const struct object *o)
{
    bool reads = strstr(s->sql, " VALIDATE CONSTRAINT ") ||
                 (strstr(s->sql, " ADD CONSTRAINT ") && !str_ends(s->sql, " NOT VALID") &&
                  !str_ends(s->sql, " NOT ENFORCED"));

    if (!reads || o->parent->kind->id == K_FOREIGN_TABLE)
        return;
    plan_hazard(b, s, HAZARD_SCAN | HAZARD_LOCK | HAZARD_ROWS,
                "rows are looked up, and writers of both tables wait");
    check_parents(b, s, o);
}

/* ---- partitions ------------------------------------------------------------------------------ */

static bool is_default(const struct object *o)
{
    const char *bound = o->kind->id == K_TABLE ? model_get(o, P_TABLE_PARTITION_BOUND) : NULL;

    return str_eq(bound, "DEFAULT");
}

/* A new partition: the rows of the default one must not belong into it. */
static void cost_of_partition(struct plan_builder *b, struct step *s, const struct object *o)
{
    const char *of = model_get(o, P_TABLE_PARTITION_OF);
    const struct object *parent = of ? postgres_relation_in(b, b->to, of, NULL) : NULL;
    const struct object *const *list;
    uint32_t n;

    if (!parent || plan_drops(b, parent) || is_default(o) || !strstr(s->sql, " ATTACH PARTITION "))
        return;
    list = plan_dependants(b, parent, &n);
    for (uint32_t i = 0; i < n; i++)
        if (is_default(list[i]) && str_eq(model_get(list[i], P_TABLE_PARTITION_OF), of) &&
            !plan_drops(b, list[i])) {
            plan_hazard(b, s, HAZARD_SCAN | HAZARD_LOCK | HAZARD_ROWS,
                        "the default partition is read, and its readers and writers wait");
            return;
        }
}

/* ---- all ------------------------------------------------------------------------------------- */

static bool has_rows(struct plan_builder *b, const struct object *table)
{
    const struct object *there = plan_other(b, table);

    return there && !plan_drops(b, there) && !plan_creates(b, table);
}

void postgres_alter_cost(struct plan_builder *b, struct step *s)
{
    const struct object *o = s->object;

    switch (o->kind->id) {
    case K_INDEX:
    case K_PRIMARY_KEY:
    case K_UNIQUE:
    case K_EXCLUSION:
        if (has_rows(b, o->parent))
            cost_of_index(b, s, o);
        break;
    case K_FOREIGN_KEY:
        if (has_rows(b, o->parent))
            cost_of_foreign_key(b, s, o);
        break;
    case K_TABLE:
        cost_of_partition(b, s, o);
        break;
    default:
        break;
    }
}
