#include "target.h"

#include <string.h>

#include <dbtwin/log.h>

/*
 * Databases that a copy replaced and that were kept: "<target>__dbtwin_20261122T031500", by the
 * UTC time of the swap. Schema by schema it is previous_schemas.c.
 *
 * The name alone proves nothing: a comment, made in the transaction of the swap, says what it is.
 * An earlier dbtwin made none; then the mark in it must be one of its own.
 */
enum { STAMP = 15 };
#define KEPT_COMMENT "kept by dbtwin: an earlier state of database "

void pg_previous_databases_comment(struct target *t, struct buf *sql)
{
    buf_adds(sql, "COMMENT ON DATABASE ");
    pg_add_ident(sql, t->old);
    buf_adds(sql, " IS ");
    pg_add_literal(sql, arena_printf(&t->arena, KEPT_COMMENT "\"%s\"", t->name));
}

static bool has_mark(struct target *t, const char *database)
{
    struct target_facts f = {0};
    struct session *s = NULL;
    struct err why = ERR_INIT;
    bool good = pg_target_connect(t, database, DRIVER_SOURCE, &s, &why) &&
                pg_mark_read(s, &t->arena, &f, &why);

    pg_close(s);
    return good && f.mark == MARK_COPY;
}

static bool is_ours(struct target *t, const char *database, const char *comment)
{
    if (str_starts(comment, KEPT_COMMENT) || has_mark(t, database))
        return true;
    if (!t->strangers)
        log_info("%s: database \"%s\" has the name of a previous state, but no mark of dbtwin: it "
                 "is left alone",
                 t->endpoint->label, database);
    t->strangers = true;
    return false;
}

/* Appends const char *, the newest first. */
static bool list(struct target *t, struct vec *ret, struct err *err)
{
    /* A name that had to be cut is cut alike, whatever the time. */
    const char *any = pg_target_derived(&t->arena, t->name, PREVIOUS "00000000T000000");
    struct buf sql = BUF_INIT;
    buf_adds(&sql, "SELECT datname, pg_catalog.shobj_description(oid, 'pg_database') FROM"
                   " pg_catalog.pg_database WHERE pg_catalog.left(datname, -15) = ");
    pg_add_literal(&sql, arena_strndup(&t->arena, any, strlen(any) - STAMP));
    buf_adds(&sql, " AND pg_catalog.right(datname, 15) ~ '^[0-9]{8}T[0-9]{6}$' ORDER BY 1 DESC");
    PGresult *res = pg_query(t->admin, sql.data, err);
    for (int i = 0; res && i < PQntuples(res); i++)
        if (is_ours(t, PQgetvalue(res, i, 0), PQgetvalue(res, i, 1)))
            VEC_PUSH(ret, const char *, arena_strdup(&t->arena, PQgetvalue(res, i, 0)));
    buf_release(&sql);
    PQclear(res);
    return res != NULL;
}

bool pg_previous_databases_newest(struct target *t, const char **ret, struct err *err)
{
    struct vec names = VEC_INIT(const char *);
    bool good = list(t, &names, err);
    if (good)
        *ret = names.len ? VEC_AT(&names, const char *, 0) : NULL;
    vec_release(&names);
    return good;
}

/* Two swaps within one second would want one name: the later one waits for the next second. */
bool pg_previous_databases_name(struct target *t, const char **ret, struct err *err)
{
    const char *stamp = NULL, *there = NULL, *name = NULL;
    for (int tries = 0; tries < 3; tries++) {
        if (!pg_value(t->admin,
                      "SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC',"
                      " 'YYYYMMDD\"T\"HH24MISS')",
                      &t->arena, &stamp, err))
            return false;
        name = pg_target_derived(&t->arena, t->name, arena_printf(&t->arena, PREVIOUS "%s", stamp));
        if (!pg_admin_oid(t->admin, name, &t->arena, &there, err))
            return false;
        if (!there)
            break;
        if (!pg_value(t->admin, "SELECT pg_catalog.pg_sleep(1)", &t->arena, &stamp, err))
            return false;
    }
    *ret = name;
    return true;
}

/* The copy is in place: what goes wrong here is not worth failing for. */
void pg_previous_databases_prune(struct target *t, unsigned keep)
{
    struct vec names = VEC_INIT(const char *);
    struct err why = ERR_INIT;
    bool good = list(t, &names, &why);
    for (size_t i = keep; good && i < names.len; i++) {
        const char *name = VEC_AT(&names, const char *, i);
        log_info("dropping database \"%s\", a previous state of \"%s\"", name, t->name);
        good = pg_admin_drop(t->admin, name, &why);
    }
    if (!good)
        log_warn("previous states of database \"%s\" remain; the next run drops them: %s", t->name,
                 why.msg);
    vec_release(&names);
}
