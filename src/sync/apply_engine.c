#include "apply.h"

#include <dbtwin/engine.h>

#include <stdarg.h>
#include <string.h>
#include <strings.h>

static bool set(const struct apply *a, struct session *s, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
static bool set(const struct apply *a, struct session *s, struct err *err, const char *fmt, ...)
{
    struct buf sql = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&sql, fmt, ap);
    va_end(ap);
    bool ok = a->at->driver->target->exec(s, NULL, sql.data, err);
    buf_release(&sql);
    return ok || err_context(err, "while preparing the session");
}

/* ---- PostgreSQL ------------------------------------------------------------------------------ */

static bool pin_postgres(const struct apply *a, struct session *s, struct err *err)
{
    const struct apply_options *o = a->opt;
    return set(a, s, err, "SET lock_timeout = %.0f", o->lock_timeout * 1000) &&
           set(a, s, err, "SET statement_timeout = %.0f", o->statement_timeout * 1000);
}

static const char *obstacle_postgres(const struct object *table)
{
    if (model_get(table, P_TABLE_PARTITION_KEY))
        return "its partitions have the rows";
    for (const struct object *o = table->first; o; o = o->next)
        if (o->kind->id == K_RULE)
            return "it has rules";
    return NULL;
}

static const char *composed_postgres(const struct apply *a, const struct object *column,
                                     const char *type)
{
    const struct object *schema = column->parent->parent;
    if (str_ends(type, "[]"))
        return "'{}'";
    if (strstr(type, "range"))
        return "'empty'";
    /* An enumerated type has a first label. */
    for (const struct object *s = schema->parent ? schema->parent->first : NULL; s; s = s->next)
        for (const struct object *o = s->first; o; o = o->next)
            if (o->kind->id == K_ENUM && str_eq(model_path_text(o, a->arena), type))
                return arena_printf(a->arena, "pg_catalog.enum_first(NULL::%s)", type);
    return NULL;
}

/* ---- MySQL and MariaDB ----------------------------------------------------------------------- */

static bool pin_mysql(const struct apply *a, struct session *s, struct err *err)
{
    double wait = a->opt->lock_timeout;
    unsigned seconds = wait > 0 && wait < 1 ? 1 : (unsigned)wait;
    if (!seconds)
        seconds = 31536000;
    return set(a, s, err, "%s", plan_settings_mysql) &&
           set(a, s, err,
               "SET SESSION foreign_key_checks=1, unique_checks=1, lock_wait_timeout=%u, "
               "innodb_lock_wait_timeout=%u",
               seconds, seconds);
}

static const char *obstacle_mysql(const struct object *table)
{
    static const char *const engines[] = {"InnoDB", "MyISAM", "Aria", "ROCKSDB", "TokuDB"};
    const char *engine = model_get(table, P_TABLE_ENGINE);
    for (size_t i = 0; engine && i < ARRAY_LEN(engines); i++)
        if (strcasecmp(engine, engines[i]) == 0)
            return NULL;
    return "its engine keeps rows elsewhere";
}

static const char *composed_mysql(const struct apply *a, const struct object *column,
                                  const char *type)
{
    (void)a, (void)column, (void)type;
    return NULL;
}

/* ---- both ------------------------------------------------------------------------------------ */

static const struct apply_engine rows[] = {
    {.flavors = ENGINE_PG,
     .pin = pin_postgres,
     .keeps_quiet = true,
     .quiet = "SET session_replication_role = replica",
     .loud = "SET session_replication_role = origin",
     .only = "ONLY ",
     .in_partitions = " x JOIN pg_catalog.pg_inherits i ON i.inhrelid = x.tableoid "
                      "JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE c.relispartition",
     .empty = "SELECT pg_catalog.format('DELETE FROM ONLY %I.%I', n.nspname, c.relname) "
              "FROM pg_catalog.pg_class c "
              "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
              "WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema$)'",
     .overriding = " OVERRIDING SYSTEM VALUE",
     .one = "'1'",
     .obstacle = obstacle_postgres,
     .composed = composed_postgres},
    {.flavors = ENGINE_ALL,
     .pin = pin_mysql,
     .quiet = "SET SESSION foreign_key_checks = 0",
     .loud = "SET SESSION foreign_key_checks = 1",
     .only = "",
     .empty = "SELECT CONCAT('DELETE FROM `', REPLACE(TABLE_NAME, '`', '``'), '`') "
              "FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
              "AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
     .overriding = "",
     .one = "1",
     .obstacle = obstacle_mysql,
     .composed = composed_mysql},
};

const struct apply_engine *apply_engine_of(const struct apply *a)
{
    return ENGINE_ROW(rows, a->facts.flavor);
}

bool apply_engine_pin(const struct apply *a, struct session *s, struct err *err)
{
    return apply_engine_of(a)->pin(a, s, err);
}

bool apply_engine_repin(const struct apply *a, struct session *s, size_t i, struct err *err)
{
    const char *sql = plan_settings_before(a->plan, i, a->facts.flavor);
    return !sql || a->at->driver->target->exec(s, NULL, sql, err);
}
