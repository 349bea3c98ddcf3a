#include "family.h"
#include "run_lock.h"

#include <dbtwin/log.h>

#include <string.h>

/* How long the swap waits for transactions of others that hold the target's tables: before those
 * sessions are ended, and then. Who comes meanwhile waits behind it. */
#define PUBLISH_LOCK_WAIT       "5"
#define PUBLISH_LOCK_WAIT_AGAIN "25"
#define ER_LOCK_WAIT_TIMEOUT    1205

/* Back to the old state. */
bool my_swap_undo(struct my_target *t, struct err *err)
{
    bool target, journal;
    bool good = my_contents_exists(t, t->db, &target, err) &&
                my_target_has_table(t, t->shadow, MY_JOURNAL_TABLE, &journal, err) &&
                (!journal || !target || my_swap_triggers_undo(t, t->db, "undo", err)) &&
                (!journal || !t->back || my_swap_triggers_undo(t, t->shadow, "undo_back", err));
    return good || err_context(err, "while restoring the triggers of %s", t->endpoint->label);
}

/* ---- before the swap ----------------------------------------------------------------------- */

static void add_mark(struct my_target *t, struct buf *sql, const char *key, const char *value)
{
    if (value)
        buf_addf(sql, ", (%s, %s)", my_target_literal(t, key), my_target_literal(t, value));
}

static bool make_mark(struct my_target *t, const struct mark *m, struct err *err)
{
    struct buf rows = BUF_INIT;
    const char *identity = NULL;
    bool good = my_target_identity(t, &identity, err);
    add_mark(t, &rows, "role", "copy");
    add_mark(t, &rows, "target_id", identity);
    add_mark(t, &rows, "source", m->source_label);
    add_mark(t, &rows, "source_id", m->source_id);
    add_mark(t, &rows, "taken_at", m->taken_at);
    add_mark(t, &rows, "neutralised", m->neutralised);
    add_mark(t, &rows, "dbtwin", m->version);
    add_mark(t, &rows, "masked", m->masked);
    add_mark(t, &rows, "part", m->part);
    add_mark(t, &rows, "tables", arena_printf(&t->arena, "%llu", (unsigned long long)m->tables));
    add_mark(t, &rows, "rows", arena_printf(&t->arena, "%llu", (unsigned long long)m->rows));
    good = good &&
           my_target_run(t, err, "CREATE TABLE IF NOT EXISTS %s." MY_MARK_TABLE MY_MARK_COLUMNS,
                         t->q_shadow) &&
           my_target_run(t, err, "DELETE FROM %s." MY_MARK_TABLE, t->q_shadow) &&
           my_target_run(t, err,
                         "INSERT INTO %s." MY_MARK_TABLE " VALUES ('finished_at', "
                         "DATE_FORMAT(UTC_TIMESTAMP(), '%%Y-%%m-%%dT%%H:%%i:%%SZ'))%s",
                         t->q_shadow, rows.data);
    buf_release(&rows);
    return good || err_context(err, "while writing the mark");
}

/* " CHARACTER SET …": what a database says of itself; "" where there is none. */
static bool defaults_of(struct my_target *t, const char *database, const char **ret,
                        struct err *err)
{
    struct vec found = VEC_INIT(const char *);
    bool maria = my_session(t->session)->flavor == ENGINE_MA;
    bool good = my_target_names(
        t, &found, err,
        "SELECT CONCAT(' CHARACTER SET ', DEFAULT_CHARACTER_SET_NAME, ' COLLATE ', "
        "DEFAULT_COLLATION_NAME%s) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s",
        maria ? ", ' COMMENT ', QUOTE(SCHEMA_COMMENT)" : "", my_target_literal(t, database));
    if (good)
        *ret = found.len ? VEC_AT(&found, const char *, 0) : "";
    vec_release(&found);
    return good;
}

/* D and the database for its old tables. A database made here for nothing is dropped again. */
static bool make_places(struct my_target *t, bool *ret_made, struct err *err)
{
    struct vec left = VEC_INIT(const char *);
    const char *defaults;
    bool there;
    if (!my_contents_exists(t, t->db, &there, err) || !defaults_of(t, t->db, &defaults, err) ||
        !my_target_run(t, err, "CREATE DATABASE IF NOT EXISTS %s%s", t->q_old, defaults) ||
        !my_contents_tables(t, t->old, &left, err))
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
    buf_addf(sql, "%s%s.", sql->len ? ", " : "", q_from);
    my_quote_name(sql, from);
    buf_addf(sql, " TO %s.", q_to);
    my_quote_name(sql, to);
}

static bool swap_sql(struct my_target *t, struct buf *sql, struct err *err)
{
    struct vec old = VEC_INIT(const char *), fresh = VEC_INIT(const char *);
    struct vec views = VEC_INIT(const char *);
    bool good = my_contents_tables(t, t->db, &old, err) &&
                my_contents_tables(t, t->shadow, &fresh, err) && views_in_the_way(t, &views, err);
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

struct guests {
    struct my_target *t;
    struct vec ids; /* uint64_t */
    struct buf who;
};

static bool guest_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                      struct err *err)
{
    struct guests *g = ctx;
    uint64_t id;
    (void)lengths, (void)err;
    if (n < 4 || !v[0] || !v[3] || strcmp(v[3], g->t->db) != 0 || !str_parse_u64(v[0], &id) ||
        id == my_session(g->t->session)->thread_id)
        return true;
    VEC_PUSH(&g->ids, uint64_t, id);
    if (g->ids.len <= 5)
        buf_addf(&g->who, "%s%s from %s", g->ids.len > 1 ? ", " : "", v[1] ? v[1] : "?",
                 v[2] && *v[2] ? v[2] : "localhost");
    return true;
}

/* Sessions that are in the target hold the swap up: told, then ended. One that this account may
 * not end stays, and the swap fails on it. */
static void end_guests(struct my_target *t)
{
    struct guests g = {t, VEC_INIT(uint64_t), BUF_INIT};
    struct err why = ERR_INIT;
    if (my_conn_rows(t->session, "SHOW PROCESSLIST", guest_row, &g, &why) && g.ids.len)
        log_warn(
            "%s: ends %zu session%s in database %s that held up the swap for " PUBLISH_LOCK_WAIT
            " seconds (%s%s)",
            t->endpoint->label, g.ids.len, g.ids.len == 1 ? "" : "s", t->db, g.who.data,
            g.ids.len > 5 ? ", …" : "");
    for (size_t i = 0; i < g.ids.len; i++) {
        err_clear(&why);
        my_target_run(t, &why, "KILL %llu", (unsigned long long)VEC_AT(&g.ids, uint64_t, i));
    }
    vec_release(&g.ids);
    buf_release(&g.who);
}

static bool rename_all(struct my_target *const *all, size_t n, const char *sql, struct err *err)
{
    struct my_target *t = all[0];
    if (my_conn_exec(t->session, sql, err))
        return true;
    if (err->native != ER_LOCK_WAIT_TIMEOUT)
        return false;
    err_clear(err);
    for (size_t i = 0; i < n; i++)
        end_guests(all[i]);
    if (my_target_run(t, err, "SET SESSION lock_wait_timeout=" PUBLISH_LOCK_WAIT_AGAIN) &&
        my_conn_exec(t->session, sql, err))
        return true;
    if (err->native == ER_LOCK_WAIT_TIMEOUT)
        err_hint(err, "another transaction on the target holds its tables, and this account may "
                      "not end it (GRANT CONNECTION_ADMIN, on MariaDB CONNECTION ADMIN, lets it): "
                      "end it, or copy when staging is idle");
    return false;
}

/* What is needed beside the RENAME, and this one's part of that. */
struct swapping {
    struct vec ours, theirs; /* const char *: triggers of the shadow, and of D */
    struct buf moves;
    bool dropping;
};

static bool swap_ready(struct my_target *t, size_t i, void *ctx, struct err *err)
{
    struct swapping *w = (struct swapping *)ctx + i;
    return my_target_run(t, err, "SET SESSION lock_wait_timeout=" PUBLISH_LOCK_WAIT) &&
           my_swap_triggers_of(t, t->shadow, &w->ours, err) &&
           my_swap_triggers_of(t, t->db, &w->theirs, err) &&
           my_swap_triggers_keep(t, &w->theirs, &w->ours, err) && swap_sql(t, &w->moves, err);
}

static void swap_undo(struct my_target *t)
{
    struct err later = ERR_INIT;
    if (my_swap_undo(t, &later))
        return;
    log_warn("%s: %s (the next run restores them)", t->endpoint->label, later.msg);
    t->prepared = false; /* with the journal, which says how */
}

static bool swap_drop(struct my_target *t, size_t i, void *ctx, struct err *err)
{
    struct swapping *w = (struct swapping *)ctx + i;
    my_session(t->session)->critical = true;
    w->dropping = true;
    return my_swap_triggers_drop(t, t->q_shadow, &w->ours, err) &&
           my_swap_triggers_drop(t, t->q_db, &w->theirs, err);
}

/* Sessions that hold tables against writers let go of them as the swap stands in line. */
static bool swap_rename(struct my_target *const *all, size_t n, const struct swapping *w,
                        struct err *err)
{
    pthread_t *letting_go = arena_calloc(&all[0]->arena, sizeof(pthread_t) * n);
    bool *held = arena_calloc(&all[0]->arena, sizeof(bool) * n);
    struct buf sql = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        held[i] = my_write_lock_let_go(all[i], &letting_go[i]);
        if (w[i].moves.len)
            buf_addf(&sql, "%s%s", sql.len ? ", " : "RENAME TABLE ", w[i].moves.data);
    }
    bool good = rename_all(all, n, sql.data, err);
    for (size_t i = 0; i < n; i++) {
        atomic_store(&all[i]->hold_over, true);
        if (held[i])
            pthread_join(letting_go[i], NULL);
        my_write_lock_release(all[i]);
    }
    buf_release(&sql);
    return good;
}

/* From here on a killed run leaves each D either old (after undo) or new (after finish): all of
 * them the same. */
static bool swap(struct my_target *const *all, size_t n, struct err *err)
{
    struct swapping *w = arena_calloc(&all[0]->arena, sizeof(*w) * n);
    for (size_t i = 0; i < n; i++) {
        vec_init(&w[i].ours, sizeof(const char *));
        vec_init(&w[i].theirs, sizeof(const char *));
        buf_init(&w[i].moves);
    }
    bool good = my_family_each(all, n, swap_ready, w, err) &&
                my_family_each(all, n, swap_drop, w, err) && swap_rename(all, n, w, err);
    for (size_t i = 0; i < n; i++) {
        if (!good && w[i].dropping)
            swap_undo(all[i]);
        vec_release(&w[i].ours);
        vec_release(&w[i].theirs);
        buf_release(&w[i].moves);
    }
    return good || err_context(err, "while swapping the tables of %s", all[0]->endpoint->label);
}

/* ---- after the swap ------------------------------------------------------------------------ */

/* The old tables go, or stay as a whole state with what could not move. */
static bool finish_old(struct my_target *t, struct err *err)
{
    if (!t->keep)
        return my_target_drop(t, t->q_old, err);
    return my_contents_drop_movables(t, t->old, t->shadow, err) &&
           my_journal_run(t, t->q_db, "kept", t->q_old, false, err);
}

/*
 * May be done again from the start at any point. What fails of the journal does not keep the rest
 * from being made. The run that swapped leaves the journal then; `again`, a later run, tries once
 * more, says what still fails, and finishes: no run on this target may be stuck behind a statement
 * that can never succeed.
 */
bool my_swap_finish(struct my_target *t, bool again, struct err *err)
{
    bool good = my_contents_drop_movables(t, t->db, t->shadow, err);
    if (!good && again && !my_target_is_lost(err)) {
        log_warn("%s: the rest of the previous state remains: %s", t->endpoint->label, err->msg);
        err_clear(err);
        good = true;
    }
    good = good && my_journal_run(t, t->q_db, "final", t->q_db, !again, err) &&
           my_target_run(t, err, "SET SESSION foreign_key_checks=0") && finish_old(t, err) &&
           my_target_drop(t, t->q_shadow, err) &&
           my_target_run(t, err, "DROP TABLE %s." MY_JOURNAL_TABLE, t->q_db);
    if (!good) {
        err_context(err,
                    "%s has its new tables, but not yet all views, triggers, routines and "
                    "events",
                    t->endpoint->label);
        if (!err->hint[0])
            err_hint(err, "the next copy, restore or rollback on this target retries what failed, "
                          "and continues without it if it fails again");
    }
    return good;
}

/* The present state stays under a name of its own, which the journal knows before it is made. */
static bool keep_old(struct my_target *t, struct err *err)
{
    struct vec tables = VEC_INIT(const char *);
    bool good = my_contents_tables(t, t->db, &tables, err);
    bool any = tables.len > 0;
    vec_release(&tables);
    if (!good || !any)
        return good;
    if (!my_previous_databases_name(t, &t->old, err))
        return false;
    t->q_old = my_target_quoted(t, t->old);
    t->keep = true;
    return my_target_run(t, err, "START TRANSACTION") &&
           my_journal_add(t, "place", t->old, strlen(t->old), err) &&
           my_previous_databases_journal(t, err) && my_target_run(t, err, "COMMIT");
}

/* One of several that are published together. */
struct publishing {
    const struct mark *mark;
    bool tried, made; /* its places were begun; D was made for it */
    bool done;
};

/* All that can fail before anything of the target is touched. */
static bool publish_ready(struct my_target *t, size_t i, void *ctx, struct err *err)
{
    struct publishing *p = (struct publishing *)ctx + i;
    if (!t->prepared)
        return err_set(err, ERR_RUNTIME, "%s: nothing was loaded", t->endpoint->label);
    p->tried = true;
    return my_target_repin(t, err) && my_shadow_names_check(t, err) && make_mark(t, p->mark, err) &&
           my_history_write(t, p->mark, err) && (!p->mark->keep_previous || keep_old(t, err)) &&
           make_places(t, &p->made, err) && my_run_lock_held(t, err);
}

static void publish_unmake(struct my_target *t, const struct publishing *p)
{
    struct err ignored = ERR_INIT;
    my_session(t->session)->critical = true; /* SIGINT must not leave the places behind */
    if (p->made)
        my_contents_unmake(t, t->db, &ignored);
    if (p->tried)
        my_contents_unmake(t, t->old, &ignored);
}

/* Its first failure is kept, and the others are made all the same. */
static bool finish_one(struct my_target *t, size_t i, void *ctx, struct err *err)
{
    struct publishing *p = (struct publishing *)ctx + i;
    (void)err;
    p->done = p->done || my_swap_finish(t, false, &t->failure);
    return true;
}

/* A view may name one of another database that is made later: so in rounds. What one could not make
 * in the end is the first's error. */
static bool finish_all(struct my_target *const *all, size_t n, struct publishing *p,
                       struct err *err)
{
    enum { ROUNDS = 8 };
    const struct my_target *left = all[0];
    for (unsigned k = 0; left && k < (n > 1 ? ROUNDS : 1); k++) {
        left = NULL;
        for (size_t i = 0; i < n; i++)
            err_clear(&all[i]->failure);
        my_family_each(all, n, finish_one, p, err);
        for (size_t i = n; i-- > 0;)
            left = p[i].done ? left : all[i];
    }
    if (left)
        *err = left->failure;
    return !left;
}

static bool publish_prune(struct my_target *t, size_t i, void *ctx, struct err *err)
{
    const struct mark *m = ((const struct publishing *)ctx)[i].mark;
    (void)err;
    if (m->keep_previous || m->drop_kept)
        my_previous_databases_prune(t, m->keep_previous);
    return true;
}

static bool publish_targets(struct my_target *const *all, const struct mark *marks, size_t n,
                            bool *ret_swapped, struct err *err)
{
    struct publishing *p = arena_calloc(&all[0]->arena, sizeof(*p) * n);
    for (size_t i = 0; i < n; i++)
        p[i].mark = &marks[i];
    if (!my_family_write(all, n, err) || !my_family_outer_keys(all, n, err) ||
        !my_family_each(all, n, publish_ready, p, err) || !swap(all, n, err)) {
        for (size_t i = 0; i < n; i++)
            publish_unmake(all[i], &p[i]);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        all[i]->swapped = true;
    *ret_swapped = true;
    return finish_all(all, n, p, err) && my_family_each(all, n, publish_prune, p, err);
}

bool my_target_publish(struct target *target, const struct mark *mark, struct err *err)
{
    struct my_target *t = my_target(target);
    bool swapped = false;
    return publish_targets(&t, mark, 1, &swapped, err);
}

bool my_target_publish_all(struct target *const *targets, const struct mark *marks, size_t n,
                           bool *ret_swapped, struct err *err)
{
    struct my_target **all = arena_alloc(&my_target(targets[0])->arena, sizeof(*all) * n);
    for (size_t i = 0; i < n; i++)
        all[i] = my_target(targets[i]);
    return publish_targets(all, marks, n, ret_swapped, err);
}

/* ---- back to an earlier state -------------------------------------------------------------- */

/* An earlier state that was to come back stays what it is. */
bool my_swap_back_out(struct my_target *t, struct err *err)
{
    return my_swap_undo(t, err) && (!t->keep || my_contents_unmake(t, t->old, err)) &&
           my_target_run(t, err, "DROP TABLE IF EXISTS %s." MY_JOURNAL_TABLE, t->q_shadow);
}

/* The earlier state takes the part of the shadow, and is a database like that. */
static bool take_back(struct my_target *t, struct err *err)
{
    const char *defaults, *alter;
    t->back = true;
    if (!defaults_of(t, t->shadow, &defaults, err) || !my_journal_make(t, err) ||
        !my_journal_add(t, "from", t->shadow, strlen(t->shadow), err))
        return false;
    alter = arena_printf(&t->arena, "ALTER DATABASE%s", defaults);
    return my_journal_add(t, "final", alter, strlen(alter), err) &&
           my_previous_databases_journal_back(t, err) && keep_old(t, err);
}

bool my_target_rollback(struct target *target, struct arena *a, const char **ret_kept,
                        struct err *err)
{
    struct my_target *t = my_target(target);
    const char *newest;
    bool made = false;

    if (!my_previous_databases_newest(t, &newest, err))
        return false;
    if (!newest) {
        err_set(err, ERR_REFUSED, "%s: no previous state of database \"%s\" was kept",
                t->endpoint->label, t->db);
        return err_hint(err, "dbtwin copy --keep-previous N keeps what it replaces");
    }
    t->shadow = newest;
    t->q_shadow = my_target_quoted(t, newest);
    if (!my_target_repin(t, err) || !my_family_outer_keys(&t, 1, err) || !take_back(t, err) ||
        !make_places(t, &made, err) || !my_run_lock_held(t, err) || !swap(&t, 1, err)) {
        struct err later = ERR_INIT;
        if (t->back && !my_swap_back_out(t, &later))
            log_warn("%s: %s (the next run cleans up)", t->endpoint->label, later.msg);
        if (made)
            my_contents_unmake(t, t->db, &later);
        return err_context(err, "while putting the previous state back");
    }
    t->swapped = true;
    struct err why = ERR_INIT;
    if (!my_swap_finish(t, false, err))
        return false;
    if (!my_history_add_rollback(t, &why))
        log_warn("the history of runs could not be added to: %s", why.msg);
    *ret_kept = arena_printf(a, "database \"%s\"", t->old);
    return true;
}
