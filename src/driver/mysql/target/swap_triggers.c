/* Triggers of the target: kept, dropped for the swap, made again. */
#include "target.h"

#include <string.h>

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
static bool keep_trigger(struct my_target *t, const char *q_database, const char *what,
                         const char *name, struct err *err)
{
    struct kept k = {.arena = &t->arena};
    const char *sql =
        arena_printf(&t->arena, "SHOW CREATE TRIGGER %s.%s", q_database, my_target_quoted(t, name));
    bool good = my_target_run(t, err, "SET character_set_results=NULL") &&
                my_conn_rows(t->session, sql, trigger_row, &k, err) &&
                my_target_run(t, err, "SET character_set_results=utf8mb4");
    if (good && !k.sql) {
        err_set(err, ERR_DENIED, "%s: the trigger %s cannot be read", t->endpoint->label, name);
        err_hint(err, "GRANT TRIGGER ON %s.* TO this account", q_database);
        return false;
    }
    return good && my_journal_add(t, what, k.settings, strlen(k.settings), err) &&
           my_journal_add(t, what, k.sql, strlen(k.sql), err);
}

bool my_swap_triggers_of(struct my_target *t, const char *database, struct vec *ret,
                         struct err *err)
{
    return my_target_names(t, ret, err,
                           "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE "
                           "EVENT_OBJECT_SCHEMA = %s ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, "
                           "EVENT_MANIPULATION, ACTION_ORDER",
                           my_target_literal(t, database));
}

static bool keep_triggers_of(struct my_target *t, const char *q_database, const char *what,
                             const struct vec *names, struct err *err)
{
    for (size_t i = 0; i < names->len; i++)
        if (!keep_trigger(t, q_database, what, VEC_AT(names, const char *, i), err))
            return false;
    return true;
}

/* All or none: undo drops what is there before it makes these again. The shadow goes with its
 * triggers, but for one that is an earlier state. */
bool my_swap_triggers_keep(struct my_target *t, const struct vec *theirs, const struct vec *ours,
                           struct err *err)
{
    return my_target_run(t, err, "START TRANSACTION") &&
           keep_triggers_of(t, t->q_db, "undo", theirs, err) &&
           (!t->back || keep_triggers_of(t, t->q_shadow, "undo_back", ours, err)) &&
           my_target_run(t, err, "COMMIT");
}

/* Those of tables that are held are dropped by the session that holds them: then nobody else can
 * write to them in between. It may not touch others. */
bool my_swap_triggers_drop(struct my_target *t, const char *q_database, const struct vec *names,
                           struct err *err)
{
    for (size_t i = 0; i < names->len; i++) {
        const char *sql = arena_printf(&t->arena, "DROP TRIGGER IF EXISTS %s.%s", q_database,
                                       my_target_quoted(t, VEC_AT(names, const char *, i)));
        if (!my_write_lock_drop_trigger(t, sql) && !my_conn_exec(t->session, sql, err))
            return false;
    }
    return true;
}

/* The triggers of a database as they were, if the run had come so far as to drop them. Those that
 * are still there are made again with the others: their order counts. */
bool my_swap_triggers_undo(struct my_target *t, const char *database, const char *what,
                           struct err *err)
{
    struct vec triggers = VEC_INIT(const char *), undo = VEC_INIT(const char *);
    const char *q_database = my_target_quoted(t, database);
    bool good = my_swap_triggers_of(t, database, &triggers, err) &&
                my_journal_read(t, t->q_shadow, what, &undo, err) &&
                (!undo.len || (my_swap_triggers_drop(t, q_database, &triggers, err) &&
                               my_journal_run(t, t->q_shadow, what, q_database, true, err)));
    vec_release(&undo);
    vec_release(&triggers);
    return good;
}
