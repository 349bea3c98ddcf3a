#include "scratch.h"

#include <dbtwin/engine.h>

/*
 * What a killed run left. A scratch database bears a mark, and its run holds a lock of its name's
 * number for as long as it lives: what has the one and not the other is nobody's any more.
 */
#define MARK      "made by dbtwin: a scratch"
#define LOCKS     "1684174967"     /* "dbtw", the first half of an advisory lock */
#define MARKED    "dbtwin_journal" /* MySQL has no comment of a database; no model shows this one */
#define NAME_FORM "^dbtwin_sql_[0-9a-f]{8}$"

static bool take_nothing(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                         struct err *err)
{
    (void)ctx, (void)n, (void)values, (void)lengths, (void)err;
    return true;
}

static const struct scratch_sql rows[] = {
    {.flavors = ENGINE_PG,
     .create = {"CREATE DATABASE ", " TEMPLATE template0"},
     .lock = {"SELECT pg_catalog.pg_advisory_lock(" LOCKS ", ('x' || pg_catalog.right('",
              "', 8))::bit(32)::integer)"},
     .mark = {"COMMENT ON DATABASE ", " IS '" MARK "'"},
     .sessions = {"SELECT 'DO $$ BEGIN PERFORM pg_catalog.pg_terminate_backend(' || a.pid ||"
                  " '); END $$' FROM pg_catalog.pg_stat_activity a WHERE a.datname = '",
                  "'"},
     .list = "SELECT d.datname FROM pg_catalog.pg_database d WHERE d.datname ~ '" NAME_FORM "'"
             " AND pg_catalog.shobj_description(d.oid, 'pg_database') = '" MARK "' AND NOT EXISTS"
             " (SELECT 1 FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory'"
             " AND l.classid = " LOCKS " AND l.objsubid = 2 AND l.objid::bigint ="
             " ('x' || pg_catalog.right(d.datname::text, 8))::bit(32)::bigint)",
     .settings = {"RESET ALL", "SET client_encoding = 'UTF8'"},
     .begin = "begin start",
     .end = "commit end rollback abort",
     .commit = "COMMIT",
     .rollback = "ROLLBACK",
     .missing = "42P01 42883 42704 3F000 42703",
     .denied = "42501",
     .passable = "42704 22023"},
    {.flavors = ENGINE_ALL,
     .create = {"CREATE DATABASE ", ""},
     .lock = {"SELECT GET_LOCK('", "', 0)"},
     .mark = {"CREATE TABLE ", "." MARKED " (n int PRIMARY KEY) COMMENT='" MARK "'"},
     .sessions = {"SELECT CONCAT('KILL ', ID) FROM information_schema.PROCESSLIST WHERE DB = '",
                  "'"},
     .list = "SELECT TABLE_SCHEMA FROM information_schema.TABLES WHERE TABLE_NAME = '" MARKED "'"
             " AND TABLE_COMMENT = '" MARK "' AND TABLE_SCHEMA REGEXP '" NAME_FORM "' AND"
             " IS_USED_LOCK(TABLE_SCHEMA) IS NULL",
     .settings = {"SET NAMES utf8mb4", "SET SESSION sql_mode=@@GLOBAL.sql_mode, "
                                       "foreign_key_checks=1, unique_checks=1"},
     .mode = "SET SESSION sql_mode=",
     .missing = "1146 1305 1824 1005 1822 1054 1356 4091",
     .denied = "1227 1142 1044 1370 1045",
     .gives_rows = true},
};

const struct scratch_sql *scratch_sql_of(unsigned flavor)
{
    return ENGINE_ROW(rows, flavor);
}

bool scratch_lock(const struct scratch *s, struct arena *a, const char *name, struct err *err)
{
    const char *sql = arena_printf(a, "%s%s%s", s->sql->lock[0], name, s->sql->lock[1]);
    return s->driver->source->rows(s->admin, sql, take_nothing, NULL, err);
}

bool scratch_mark(const struct scratch *s, struct arena *a, struct err *err)
{
    const char *sql = arena_printf(a, "%s%s%s", s->sql->mark[0], s->name, s->sql->mark[1]);
    return s->driver->target->exec(s->admin, NULL, sql, err);
}

void scratch_sweep(const struct scratch *s, struct arena *a)
{
    struct vec names = VEC_INIT(const char *);
    struct row_texts list = {a, &names};
    struct err why = ERR_INIT;
    if (!s->driver->source->rows(s->admin, s->sql->list, row_texts_add, &list, &why))
        log_debug("%s: what killed runs left cannot be listed: %s", s->label, why.msg);
    for (size_t i = 0; i < names.len; i++) {
        const char *name = VEC_AT(&names, const char *, i);
        err_clear(&why);
        if (s->driver->target->exec(s->admin, NULL, arena_printf(a, "DROP DATABASE %s", name),
                                    &why))
            log_info("%s: dropped the scratch database %s, which a killed run left", s->label,
                     name);
        else
            log_debug("%s: the scratch database %s of a killed run remains: %s", s->label, name,
                      why.msg);
    }
    vec_release(&names);
}
