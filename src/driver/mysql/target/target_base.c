#include "target.h"

#include <stdarg.h>
#include <string.h>

/* What all of a target stands on: names, statements of its control session, connections. */

#define TARGET_NAME_MAX 64

const char *my_target_name(struct arena *a, const char *db, const char *suffix)
{
    size_t room = TARGET_NAME_MAX - strlen(suffix);
    if (strlen(db) <= room)
        return arena_printf(a, "%s%s", db, suffix);
    room = str_utf8_floor(db, room - 17);
    return arena_printf(a, "%.*s_%016llx%s", (int)room, db,
                        (unsigned long long)hash_bytes64(db, strlen(db)), suffix);
}

const char *my_target_quoted(struct my_target *t, const char *name)
{
    struct buf b = BUF_INIT;
    my_quote_name(&b, name);
    const char *quoted = arena_strdup(&t->arena, b.data);
    buf_release(&b);
    return quoted;
}

const char *my_target_literal(struct my_target *t, const char *text)
{
    struct buf b = BUF_INIT;
    my_quote_text(&b, text, strlen(text));
    const char *literal = arena_strdup(&t->arena, b.data);
    buf_release(&b);
    return literal;
}

void my_target_name_places(struct my_target *t)
{
    t->shadow = my_target_name(&t->arena, t->db,
                               t->options.rehearse ? "__dbtwin_rehearsal" : "__dbtwin_shadow");
    t->old = my_target_name(&t->arena, t->db, "__dbtwin_old");
    t->q_shadow = my_target_quoted(t, t->shadow);
    t->q_old = my_target_quoted(t, t->old);
}

bool my_target_run(struct my_target *t, struct err *err, const char *fmt, ...)
{
    struct buf sql = BUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    buf_vaddf(&sql, fmt, ap);
    va_end(ap);
    bool good = my_conn_exec(t->session, sql.data, err);
    buf_release(&sql);
    return good;
}

/* Two that drop databases with foreign keys to each other at a time would be a deadlock, which
 * MariaDB ends by an error. */
#define DROP_LOCK "dbtwin:drop"

bool my_target_drop(struct my_target *t, const char *q_name, struct err *err)
{
    struct err ignored = ERR_INIT;
    if (t->shared && !my_target_run(t, err, "SELECT GET_LOCK('" DROP_LOCK "', 60)"))
        return false;
    bool good = my_target_run(t, err, "DROP DATABASE IF EXISTS %s", q_name);
    return (!t->shared ||
            my_target_run(t, good ? err : &ignored, "SELECT RELEASE_LOCK('" DROP_LOCK "')")) &&
           good;
}

bool my_target_repin(struct my_target *t, struct err *err)
{
    return my_target_run(t, err, "SET NAMES utf8mb4 COLLATE utf8mb4_bin") &&
           my_target_run(t, err, "SET SESSION sql_mode='%s', time_zone='+00:00', timestamp=DEFAULT",
                         MY_SQL_MODE);
}

bool my_target_names(struct my_target *t, struct vec *ret, struct err *err, const char *fmt, ...)
{
    struct row_texts names = {&t->arena, ret};
    struct buf sql = BUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    buf_vaddf(&sql, fmt, ap);
    va_end(ap);
    bool good = my_conn_rows(t->session, sql.data, row_texts_add, &names, err);
    buf_release(&sql);
    return good;
}

bool my_target_count(struct my_target *t, uint64_t *ret, struct err *err, const char *fmt, ...)
{
    const char *text = NULL;
    struct buf sql = BUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    buf_vaddf(&sql, fmt, ap);
    va_end(ap);
    bool good = my_conn_value(my_session(t->session), sql.data, &t->arena, &text, err);
    buf_release(&sql);
    *ret = 0;
    return good && (!text || str_parse_u64(text, ret) ||
                    err_set(err, ERR_RUNTIME, "%s: not a count: %s", t->endpoint->label, text));
}

bool my_target_has_table(struct my_target *t, const char *database, const char *table, bool *ret,
                         struct err *err)
{
    uint64_t n;
    if (!my_target_count(
            t, &n, err,
            "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND "
            "TABLE_NAME = %s",
            my_target_literal(t, database), my_target_literal(t, table)))
        return false;
    *ret = n > 0;
    return true;
}

bool my_target_connect(struct my_target *t, enum driver_role role, const char *database,
                       struct session **ret, struct err *err)
{
    struct source_options o = {.jobs = t->options.jobs};
    return my_conn_open(t->endpoint, role, database, &o, ret, err);
}
