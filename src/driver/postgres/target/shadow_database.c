#include "target.h"

#include <string.h>

#include <dbtwin/log.h>

/*
 * The strategy wherever the rights reach: the copy is loaded into a database beside the target, by
 * any number of sessions, and then takes its place (swap_database.c). Nothing of the target is
 * touched before. What a killed run leaves is a database that the next run drops, or resumes.
 */

/* ---- making ----------------------------------------------------------------------------- */

static void add_option(struct buf *sql, const char *option, const char *value)
{
    if (!value || !*value)
        return;
    buf_addf(sql, " %s ", option);
    pg_add_literal(sql, value);
}

/* https://www.postgresql.org/docs/current/sql-createdatabase.html; providers can be chosen from
 * 15, rules came with 16, the builtin provider with 17. */
static bool add_locale(struct target *t, const struct object *root, struct buf *sql,
                       struct err *err)
{
    const char *provider = model_get(root, P_DATABASE_LOCALE_PROVIDER);
    const char *locale = model_get(root, P_DATABASE_LOCALE);
    unsigned version = t->admin->version;
    bool icu = str_eq(provider, "icu"), builtin = str_eq(provider, "builtin");

    if ((icu && version < 150000) || (builtin && version < 170000)) {
        err_set(
            err, ERR_RUNTIME,
            "%s: the source's database has locale provider %s, which PostgreSQL %u does not know",
            t->endpoint->label, provider, version / 10000);
        return err_hint(err, "the target needs PostgreSQL %d or later", icu ? 15 : 17);
    }
    if (provider && version >= 150000)
        buf_addf(sql, " LOCALE_PROVIDER %s", icu ? "icu" : builtin ? "builtin" : "libc");
    add_option(sql, "LC_COLLATE", model_get(root, P_DATABASE_COLLATE));
    add_option(sql, "LC_CTYPE", model_get(root, P_DATABASE_CTYPE));
    if (icu)
        add_option(sql, "ICU_LOCALE", locale);
    if (icu && version >= 160000)
        add_option(sql, "ICU_RULES", model_get(root, P_DATABASE_ICU_RULES));
    if (builtin)
        add_option(sql, "BUILTIN_LOCALE", locale);
    return true;
}

static bool create_shadow(struct target *t, const struct model *m, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good;

    buf_adds(&sql, "CREATE DATABASE ");
    pg_add_ident(&sql, t->shadow);
    buf_adds(&sql, " TEMPLATE template0");
    add_option(&sql, "ENCODING", model_get(m->root, P_DATABASE_ENCODING));
    if (t->tablespace) {
        buf_adds(&sql, " TABLESPACE ");
        pg_add_ident(&sql, t->tablespace);
    }
    good = add_locale(t, m->root, &sql, err) && pg_run(t->admin, sql.data, err);
    buf_release(&sql);
    if (good)
        return true;
    if (strcmp(err->sqlstate, "42809") == 0 || strcmp(err->sqlstate, "22023") == 0)
        err_hint(err, "the target's server must have the source's locale: install it there (on "
                      "Debian: locale-gen) and restart the server");
    else if (strcmp(err->sqlstate, "53100") == 0)
        err_hint(err, "the server has no disk space left; nothing was changed");
    return false;
}

static bool prepare(struct target *t, const struct model *m, struct err *err)
{
    struct buf sql = BUF_INIT;
    bool good;

    if (t->take) {
        t->prepared = true;
        return true;
    }
    if (t->options.resume && !pg_admin_sweep_shadow(t, err))
        return false;
    if (!create_shadow(t, m, err))
        return err_context(err, "while creating database \"%s\"", t->shadow);
    t->prepared = true;
    buf_adds(&sql, "COMMENT ON DATABASE ");
    pg_add_ident(&sql, t->shadow);
    buf_adds(&sql, " IS '" PG_SHADOW_COMMENT "'");
    good = pg_run(t->admin, sql.data, err);
    buf_release(&sql);
    return good && (!t->options.resume || pg_checkpoint_make(t, err));
}

static bool session(struct target *t, struct session **ret, struct err *err)
{
    struct session *s;

    if (!pg_target_connect(t, t->shadow, DRIVER_TARGET, &s, err))
        return err_context(err, "while connecting to database \"%s\"", t->shadow);
    s->into = &t->options;
    s->settings = &t->settings;
    if (!pg_target_set(t, s, err)) {
        pg_close(s);
        return false;
    }
    *ret = s;
    return true;
}

/* ---- dropping --------------------------------------------------------------------------- */

/* Not through pg_run: after an interrupt there still is something to clean up. */
static void drop_shadow(struct target *t)
{
    struct buf sql = BUF_INIT;
    struct err why = ERR_INIT;
    PGresult *res;

    /* The old connection may be what was lost, and the run lock with it. */
    if (PQstatus(t->admin->conn) != CONNECTION_OK) {
        pg_admin_end(t, NULL);
        if (log_cancelled() || !pg_admin_open(t, &t->admin, &why) || !pg_admin_lock(t, &why))
            return;
    }
    buf_adds(&sql, "DROP DATABASE IF EXISTS ");
    pg_add_ident(&sql, t->shadow);
    buf_adds(&sql, " WITH (FORCE)");
    res = PQexec(t->admin->conn, sql.data);
    if (PQresultStatus(res) != PGRES_COMMAND_OK) {
        pg_error(t->admin, res, &why);
        log_warn("database \"%s\" remains; the next run drops it: %s", t->shadow, why.msg);
    }
    PQclear(res);
    buf_release(&sql);
}

static void drop(struct target *t)
{
    if (t->prepared && !t->in_doubt && !t->keep && t->admin)
        drop_shadow(t);
}

static bool sweep(struct target *t, struct err *err)
{
    return t->options.rehearse ? pg_admin_sweep_shadow(t, err) : pg_admin_sweep(t, err);
}

/* Both states are databases of their own: whatever is in them does not meet. */
static bool fits(struct target *t, const struct model *m, struct err *err)
{
    (void)t, (void)m, (void)err;
    return true;
}

static bool keeps(struct target *t, struct err *err)
{
    (void)t, (void)err;
    return true;
}

const struct pg_strategy pg_shadow_database_strategy = {
    .base = {.about = "in a shadow database, which then replaces this one"},
    .sweep = sweep,
    .fits = fits,
    .keeps = keeps,
    .prepare = prepare,
    .session = session,
    .publish = pg_swap_database_publish,
    .drop = drop,
};
