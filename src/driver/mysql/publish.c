#include "target.h"

#include <dbtwin/log.h>

#include <string.h>

/* How long the swap waits for transactions of others that hold the target's tables. */
#define PUBLISH_LOCK_WAIT "30"

/* Tables and sequences of a database. */
static bool publish_tables(struct my_target *t, const char *database, struct vec *ret,
                           struct err *err)
{
    return my_target_names(t, ret, err,
                           "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                           "%s AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE') "
                           "ORDER BY TABLE_NAME",
                           my_target_literal(t, database));
}

static bool publish_exists(struct my_target *t, const char *database, bool *ret, struct err *err)
{
    struct vec found = VEC_INIT(const char *);
    bool good = my_target_names(
        t, &found, err,
        "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s",
        my_target_literal(t, database));
    *ret = found.len > 0;
    vec_release(&found);
    return good;
}

/* ---- the journal --------------------------------------------------------------------------- */

struct journal_rows {
    struct arena *arena;
    struct vec *ret;
};

static bool journal_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                        struct err *err)
{
    struct journal_rows *j = ctx;
    (void)n, (void)err;
    if (v[0])
        VEC_PUSH(j->ret, const char *, arena_strndup(j->arena, v[0], lengths[0]));
    return true;
}

/* Carries out the journal's lines of one sort in the target's own database. */
static bool journal_run(struct my_target *t, const char *q_where, const char *what, struct err *err)
{
    struct vec lines = VEC_INIT(const char *);
    struct journal_rows j = {&t->arena, &lines};
    const char *sql = arena_printf(
        &t->arena, "SELECT `sql` FROM %s." MY_JOURNAL_TABLE " WHERE what = '%s' ORDER BY n",
        q_where, what);
    bool good = my_conn_rows(t->session, sql, journal_row, &j, err) &&
                my_target_run(t, err, "USE %s", t->q_db);
    for (size_t i = 0; good && i < lines.len; i++) {
        good = my_conn_exec(t->session, VEC_AT(&lines, const char *, i), err);
        if (!good)
            err_context(err, "%.200s", VEC_AT(&lines, const char *, i));
    }
    vec_release(&lines);
    struct err ignored = ERR_INIT;
    return my_target_repin(t, good ? err : &ignored) && good;
}

/* ---- triggers of the target: kept, dropped, made again ------------------------------------- */

struct kept {
    struct arena *arena;
    const char *settings, *sql;
};

static bool trigger_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                        struct err *err)
{
    struct kept *k = ctx;
    (void)err;
    if (n < 5 || !v[1] || !v[2] || !v[3] || !v[4])
        return true;
    k->settings = arena_printf(k->arena,
                               "SET SESSION sql_mode='%s', character_set_client=%s, "
                               "collation_connection=%s",
                               v[1], v[3], v[4]);
    k->sql = arena_strndup(k->arena, v[2], lengths[2]);
    return true;
}

/* The statement as the trigger was made, in the character set it was made in. */
static bool keep_trigger(struct my_target *t, const char *name, struct err *err)
{
    struct kept k = {.arena = &t->arena};
    const char *sql =
        arena_printf(&t->arena, "SHOW CREATE TRIGGER %s.%s", t->q_db, my_target_quoted(t, name));
    bool good = my_target_run(t, err, "SET character_set_results=NULL") &&
                my_conn_rows(t->session, sql, trigger_row, &k, err) &&
                my_target_run(t, err, "SET character_set_results=utf8mb4");
    if (good && !k.sql) {
        err_set(err, ERR_DENIED, "%s: the trigger %s cannot be read", t->endpoint->label, name);
        err_hint(err, "GRANT TRIGGER ON %s.* TO this account", t->q_db);
        return false;
    }
    return good && my_journal_add(t, "undo", k.settings, strlen(k.settings), err) &&
           my_journal_add(t, "undo", k.sql, strlen(k.sql), err);
}

static bool triggers_of(struct my_target *t, const char *database, struct vec *ret, struct err *err)
{
    return my_target_names(t, ret, err,
                           "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE "
                           "TRIGGER_SCHEMA = %s ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, "
                           "EVENT_MANIPULATION, ACTION_ORDER",
                           my_target_literal(t, database));
}

/* All or none: undo drops what is there before it makes these again. */
static bool keep_triggers(struct my_target *t, const struct vec *names, struct err *err)
{
    bool good = my_target_run(t, err, "START TRANSACTION");
    for (size_t i = 0; good && i < names->len; i++)
        good = keep_trigger(t, VEC_AT(names, const char *, i), err);
    return good && my_target_run(t, err, "COMMIT");
}

static bool drop_triggers(struct my_target *t, const char *q_database, const struct vec *names,
                          struct err *err)
{
    for (size_t i = 0; i < names->len; i++) {
        if (!my_target_run(t, err, "DROP TRIGGER IF EXISTS %s.%s", q_database,
                           my_target_quoted(t, VEC_AT(names, const char *, i))))
            return false;
    }
    return true;
}

/* Back to the old state: D's triggers, if the run had come so far as to drop them. */
static bool publish_undo(struct my_target *t, struct err *err)
{
    struct vec triggers = VEC_INIT(const char *);
    bool there;
    if (!publish_exists(t, t->db, &there, err))
        return false;
    bool good = !there || (triggers_of(t, t->db, &triggers, err) &&
                           /* those that are still there are made again with the others: order */
                           my_target_has_table(t, t->shadow, MY_JOURNAL_TABLE, &there, err));
    struct vec undo = VEC_INIT(const char *);
    good = good && (!there || my_target_names(t, &undo, err,
                                              "SELECT n FROM %s." MY_JOURNAL_TABLE
                                              " WHERE what = 'undo' LIMIT 1",
                                              t->q_shadow));
    if (good && undo.len)
        good =
            drop_triggers(t, t->q_db, &triggers, err) && journal_run(t, t->q_shadow, "undo", err);
    vec_release(&undo);
    vec_release(&triggers);
    return good || err_context(err, "while restoring the triggers of %s", t->endpoint->label);
}

/* ---- before the swap ----------------------------------------------------------------------- */

/* Foreign keys of other databases would follow the old tables and dangle. */
static bool check_outer_keys(struct my_target *t, struct err *err)
{
    struct vec found = VEC_INIT(const char *);
    const char *db = my_target_literal(t, t->db);
    bool good = my_target_names(
        t, &found, err,
        "SELECT CONCAT(CONSTRAINT_SCHEMA, '.', TABLE_NAME) FROM "
        "information_schema.REFERENTIAL_CONSTRAINTS WHERE UNIQUE_CONSTRAINT_SCHEMA = %s AND "
        "CONSTRAINT_SCHEMA NOT IN (%s, %s) LIMIT 1",
        db, db, my_target_literal(t, t->shadow));
    if (good && found.len) {
        good =
            err_set(err, ERR_REFUSED, "%s: table %s of another database has a foreign key into it",
                    t->endpoint->label, VEC_AT(&found, const char *, 0));
        err_hint(err, "it would be left pointing at the old tables: drop that foreign key first");
    }
    vec_release(&found);
    return good;
}

static bool add_mark(struct my_target *t, const char *key, const char *value, struct err *err)
{
    if (!value)
        return true;
    return my_target_run(t, err, "INSERT INTO %s." MY_MARK_TABLE " VALUES (%s, %s)", t->q_shadow,
                         my_target_literal(t, key), my_target_literal(t, value));
}

static bool make_mark(struct my_target *t, const struct mark *m, struct err *err)
{
    const char *rows = arena_printf(&t->arena, "%llu", (unsigned long long)m->rows);
    const char *tables = arena_printf(&t->arena, "%llu", (unsigned long long)m->tables);
    bool good = my_target_run(t, err,
                              "CREATE TABLE IF NOT EXISTS %s." MY_MARK_TABLE
                              " (k varchar(64) NOT NULL PRIMARY KEY, v text) ENGINE=InnoDB "
                              "DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin "
                              "COMMENT='made by dbtwin: what this database is a copy of'",
                              t->q_shadow) &&
                my_target_run(t, err, "DELETE FROM %s." MY_MARK_TABLE, t->q_shadow) &&
                add_mark(t, "role", "copy", err) && add_mark(t, "source", m->source_label, err) &&
                add_mark(t, "source_id", m->source_id, err) &&
                add_mark(t, "taken_at", m->taken_at, err) &&
                add_mark(t, "dbtwin", m->version, err) && add_mark(t, "tables", tables, err) &&
                add_mark(t, "rows", rows, err) &&
                my_target_run(t, err,
                              "INSERT INTO %s." MY_MARK_TABLE " VALUES ('finished_at', "
                              "DATE_FORMAT(UTC_TIMESTAMP(), '%%Y-%%m-%%dT%%H:%%i:%%SZ'))",
                              t->q_shadow);
    return good || err_context(err, "while writing the mark");
}

/* D and the database for its old tables. A database made here for nothing is dropped again. */
static bool make_places(struct my_target *t, bool *ret_made, struct err *err)
{
    struct vec left = VEC_INIT(const char *);
    bool there;
    if (!publish_exists(t, t->db, &there, err) ||
        !my_target_run(t, err, "CREATE DATABASE IF NOT EXISTS %s", t->q_old) ||
        !publish_tables(t, t->old, &left, err))
        return false;
    bool good = left.len == 0;
    if (!good) {
        err_set(err, ERR_REFUSED, "%s: the database %s holds tables (%s …) that are not dbtwin's",
                t->endpoint->label, t->old, VEC_AT(&left, const char *, 0));
        err_hint(err, "dbtwin needs that name: move them away or drop it");
    }
    vec_release(&left);
    if (good && !there) {
        *ret_made = true;
        good = my_target_run(t, err, "CREATE DATABASE %s", t->q_db);
    }
    return good;
}

/* ---- the swap ------------------------------------------------------------------------------ */

/* Views that stand where a new table will be: they move aside, within D. */
static bool views_in_the_way(struct my_target *t, struct vec *ret, struct err *err)
{
    return my_target_names(
        t, ret, err,
        "SELECT v.TABLE_NAME FROM information_schema.VIEWS v JOIN information_schema.TABLES n ON "
        "n.TABLE_NAME = v.TABLE_NAME AND n.TABLE_SCHEMA = %s AND n.TABLE_TYPE <> 'VIEW' WHERE "
        "v.TABLE_SCHEMA = %s",
        my_target_literal(t, t->shadow), my_target_literal(t, t->db));
}

static void add_move(struct buf *sql, const char *q_from, const char *from, const char *q_to,
                     const char *to)
{
    buf_addf(sql, "%s%s.", sql->len ? ", " : "RENAME TABLE ", q_from);
    my_quote_name(sql, from);
    buf_addf(sql, " TO %s.", q_to);
    my_quote_name(sql, to);
}

static bool swap_sql(struct my_target *t, struct buf *sql, struct err *err)
{
    struct vec old = VEC_INIT(const char *), fresh = VEC_INIT(const char *);
    struct vec views = VEC_INIT(const char *);
    bool good = publish_tables(t, t->db, &old, err) && publish_tables(t, t->shadow, &fresh, err) &&
                views_in_the_way(t, &views, err);
    for (size_t i = 0; good && i < old.len; i++)
        add_move(sql, t->q_db, VEC_AT(&old, const char *, i), t->q_old,
                 VEC_AT(&old, const char *, i));
    for (size_t i = 0; good && i < views.len; i++)
        add_move(sql, t->q_db, VEC_AT(&views, const char *, i), t->q_db,
                 arena_printf(&t->arena, "dbtwin_old_view_%zu", i));
    for (size_t i = 0; good && i < fresh.len; i++)
        add_move(sql, t->q_shadow, VEC_AT(&fresh, const char *, i), t->q_db,
                 VEC_AT(&fresh, const char *, i));
    vec_release(&old);
    vec_release(&fresh);
    vec_release(&views);
    return good;
}

/* From here on a killed run leaves D either old (after undo) or new (after finish). */
static bool swap(struct my_target *t, struct err *err)
{
    struct vec ours = VEC_INIT(const char *), theirs = VEC_INIT(const char *);
    struct buf sql = BUF_INIT;
    bool good = my_target_run(t, err, "SET SESSION lock_wait_timeout=" PUBLISH_LOCK_WAIT) &&
                triggers_of(t, t->shadow, &ours, err) && triggers_of(t, t->db, &theirs, err);
    good = good && keep_triggers(t, &theirs, err) && swap_sql(t, &sql, err) &&
           drop_triggers(t, t->q_shadow, &ours, err);
    if (good) {
        my_session(t->session)->critical = true;
        good = drop_triggers(t, t->q_db, &theirs, err) && my_conn_exec(t->session, sql.data, err);
        if (!good && err->native == 1205)
            err_hint(err,
                     "somebody's transaction on the target held its tables for more "
                     "than " PUBLISH_LOCK_WAIT " seconds: end it, or copy when staging is idle");
        struct err later = ERR_INIT;
        if (!good && !publish_undo(t, &later))
            log_warn("%s: %s (the next run restores them)", t->endpoint->label, later.msg);
    }
    vec_release(&ours);
    vec_release(&theirs);
    buf_release(&sql);
    return good || err_context(err, "while swapping the tables of %s", t->endpoint->label);
}

/* ---- after the swap ------------------------------------------------------------------------ */

static bool drop_listed(struct my_target *t, const char *drop, const char *query, struct err *err)
{
    struct vec names = VEC_INIT(const char *);
    bool good = my_target_names(t, &names, err, "%s = %s", query, my_target_literal(t, t->db));
    for (size_t i = 0; good && i < names.len; i++)
        good = my_target_run(t, err, "DROP %s IF EXISTS %s.%s", drop, t->q_db,
                             my_target_quoted(t, VEC_AT(&names, const char *, i)));
    vec_release(&names);
    return good;
}

/* What belonged to the old state, or was made by an earlier try. */
static bool drop_movables(struct my_target *t, struct err *err)
{
    static const struct {
        const char *drop, *query;
        unsigned engines;
    } sorts[] = {
        {"EVENT", "SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA",
         ENGINE_MYSQL},
        {"TRIGGER", "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA",
         ENGINE_MYSQL},
        {"VIEW", "SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA",
         ENGINE_MYSQL},
        {"PACKAGE",
         "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_TYPE = 'PACKAGE' AND "
         "ROUTINE_SCHEMA",
         ENGINE_MA},
        {"PROCEDURE",
         "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_TYPE = 'PROCEDURE' "
         "AND ROUTINE_SCHEMA",
         ENGINE_MYSQL},
        {"FUNCTION",
         "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_TYPE = 'FUNCTION' "
         "AND ROUTINE_SCHEMA",
         ENGINE_MYSQL},
    };
    for (size_t i = 0; i < ARRAY_LEN(sorts); i++) {
        if ((sorts[i].engines & my_session(t->session)->flavor) &&
            !drop_listed(t, sorts[i].drop, sorts[i].query, err))
            return false;
    }
    return true;
}

/* May be done again from the start at any point. */
static bool finish(struct my_target *t, struct err *err)
{
    bool good = drop_movables(t, err) && journal_run(t, t->q_db, "final", err) &&
                my_target_run(t, err, "SET SESSION foreign_key_checks=0") &&
                my_target_run(t, err, "DROP DATABASE IF EXISTS %s", t->q_old) &&
                my_target_run(t, err, "DROP DATABASE IF EXISTS %s", t->q_shadow) &&
                my_target_run(t, err, "DROP TABLE %s." MY_JOURNAL_TABLE, t->q_db);
    if (!good) {
        err_context(err,
                    "%s has its new tables, but not yet all views, triggers, routines and "
                    "events",
                    t->endpoint->label);
        if (!err->hint[0])
            err_hint(err, "the next run of dbtwin on this target finishes this first");
    }
    return good;
}

/* Drops the database that make_places made, if it is as empty as it was made. */
static void unmake_target(struct my_target *t)
{
    struct vec tables = VEC_INIT(const char *);
    struct err ignored = ERR_INIT;
    if (publish_tables(t, t->db, &tables, &ignored) && !tables.len)
        my_target_run(t, &ignored, "DROP DATABASE IF EXISTS %s", t->q_db);
    vec_release(&tables);
}

bool my_target_publish(struct target *target, const struct mark *mark, struct err *err)
{
    struct my_target *t = my_target(target);
    bool made = false;

    if (!t->prepared)
        return err_set(err, ERR_RUNTIME, "%s: nothing was loaded", t->endpoint->label);
    if (!my_target_repin(t, err) || !check_outer_keys(t, err) || !make_mark(t, mark, err) ||
        !my_runs_write(t, mark, err) || !make_places(t, &made, err) || !swap(t, err)) {
        if (made)
            unmake_target(t);
        return false;
    }
    t->swapped = true;
    return finish(t, err);
}

/* ---- after a killed run -------------------------------------------------------------------- */

bool my_publish_recover(struct my_target *t, struct err *err)
{
    struct vec tables = VEC_INIT(const char *);
    bool in_target, in_shadow, shadow, old;

    if (!my_target_has_table(t, t->db, MY_JOURNAL_TABLE, &in_target, err) ||
        !my_target_has_table(t, t->shadow, MY_JOURNAL_TABLE, &in_shadow, err) ||
        !publish_exists(t, t->shadow, &shadow, err) || !publish_exists(t, t->old, &old, err))
        return false;
    if (in_target) {
        log_info("%s: an interrupted run had swapped the tables: finishing it", t->endpoint->label);
        return finish(t, err);
    }
    if (!shadow)
        return true;
    /* Whoever else uses this name: only what dbtwin made is dropped. */
    bool good = publish_tables(t, t->shadow, &tables, err);
    if (good && !in_shadow && tables.len) {
        good = err_set(err, ERR_REFUSED, "%s: the database %s is not dbtwin's", t->endpoint->label,
                       t->shadow);
        err_hint(err, "dbtwin needs that name for the new content: drop or rename it");
    }
    vec_release(&tables);
    if (!good)
        return false;
    log_info("%s: removing what an interrupted run left", t->endpoint->label);
    if ((in_shadow && !publish_undo(t, err)) ||
        !my_target_run(t, err, "SET SESSION foreign_key_checks=0") ||
        !my_target_run(t, err, "DROP DATABASE %s", t->q_shadow))
        return false;
    if (!old)
        return true;
    struct vec left = VEC_INIT(const char *);
    good = publish_tables(t, t->old, &left, err) &&
           (left.len || my_target_run(t, err, "DROP DATABASE %s", t->q_old));
    vec_release(&left);
    return good;
}
