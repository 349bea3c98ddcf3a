#include "target.h"

#include <dbtwin/log.h>

#include <string.h>

/* What a killed run left is finished, undone or dropped: see target.h. */

static bool journal_name(struct my_target *t, const char *q_where, const char *what,
                         const char **ret, const char **ret_quoted, bool *ret_there,
                         struct err *err)
{
    struct vec lines = VEC_INIT(const char *);
    bool good = my_journal_read(t, q_where, what, &lines, err);
    *ret_there = good && lines.len;
    if (*ret_there) {
        *ret = VEC_AT(&lines, const char *, 0);
        *ret_quoted = my_target_quoted(t, *ret);
    }
    vec_release(&lines);
    return good;
}

/* Which databases that run worked with. */
static bool journal_names(struct my_target *t, const char *q_where, struct err *err)
{
    return journal_name(t, q_where, "place", &t->old, &t->q_old, &t->keep, err) &&
           journal_name(t, q_where, "from", &t->shadow, &t->q_shadow, &t->back, err);
}

/* A shadow, or an earlier state that was to come back, that never was put into place. `kept` is one
 * by its name, whether or not the journal came to say so: it must not be dropped. */
static bool recover_unswapped(struct my_target *t, bool kept, struct err *err)
{
    bool journal, old;
    if (!my_target_has_table(t, t->shadow, MY_JOURNAL_TABLE, &journal, err) ||
        (journal && !journal_names(t, t->q_shadow, err)))
        return false;
    log_info("%s: removing what an interrupted run left", t->endpoint->label);
    if (t->back || kept)
        return my_swap_back_out(t, err);
    return (!journal || my_swap_undo(t, err)) &&
           my_target_run(t, err, "SET SESSION foreign_key_checks=0") &&
           my_contents_exists(t, t->old, &old, err) &&
           (!old || my_contents_unmake(t, t->old, err)) && my_target_drop(t, t->q_shadow, err);
}

/* Whoever else uses this name: only what dbtwin made is dropped. */
static bool check_shadow(struct my_target *t, struct err *err)
{
    struct vec tables = VEC_INIT(const char *);
    bool journal;
    bool good = my_target_has_table(t, t->shadow, MY_JOURNAL_TABLE, &journal, err) &&
                my_contents_tables(t, t->shadow, &tables, err);
    if (good && !journal && tables.len) {
        good = err_set(err, ERR_REFUSED, "%s: the database %s is not dbtwin's", t->endpoint->label,
                       t->shadow);
        err_hint(err, "dbtwin needs that name for the new content: drop or rename it");
    }
    vec_release(&tables);
    return good;
}

/* One that was swapped with another, and may be needed by that: what it lacks is made there. Where
 * a run of its own is at work, that does it. */
static bool make_other(struct my_target *t, const char *name, size_t *ret_failed, struct err *err)
{
    struct my_target o = *t;
    const char *got = NULL;
    bool there, good;
    struct err why = ERR_INIT;
    o.db = name;
    o.q_db = my_target_quoted(t, name);
    my_target_name_places(&o);
    const char *lock = arena_printf(&t->arena, "dbtwin:%016llx",
                                    (unsigned long long)hash_bytes64(name, strlen(name)));
    if (!my_target_has_table(t, name, MY_JOURNAL_TABLE, &there, err) ||
        (there && !my_conn_value(my_session(t->session),
                                 arena_printf(&t->arena, "SELECT GET_LOCK('%s', 0)", lock),
                                 &t->arena, &got, err)))
        return false;
    if (!str_eq(got, "1"))
        return true;
    good = my_contents_drop_movables(&o, o.db, o.shadow, &why) &&
           my_journal_run(&o, o.q_db, "final", o.q_db, true, &why);
    *ret_failed += !good;
    t->arena = o.arena; /* which has grown */
    return my_conn_value(my_session(t->session),
                         arena_printf(&t->arena, "SELECT RELEASE_LOCK('%s')", lock), &t->arena,
                         &got, err);
}

static bool make_own(struct my_target *t)
{
    struct err why = ERR_INIT;
    return my_contents_drop_movables(t, t->db, t->shadow, &why) &&
           my_journal_run(t, t->q_db, "final", t->q_db, true, &why);
}

/* Before the last try of its own (finish): what it may need in those that were swapped with it. Of
 * hundreds, most need nothing of the others: the others are looked at only where something fails.
 */
static bool make_family(struct my_target *t, struct err *err)
{
    enum { ROUNDS = 8 };
    struct vec with = VEC_INIT(const char *);
    bool good = my_journal_read(t, t->q_db, "with", &with, err);
    size_t failed = good && with.len && !make_own(t);
    for (unsigned k = 0; good && failed && k < ROUNDS; k++) {
        failed = 0;
        for (size_t i = 0; good && i < with.len; i++)
            if (strcmp(VEC_AT(&with, const char *, i), t->db) != 0)
                good = make_other(t, VEC_AT(&with, const char *, i), &failed, err);
        failed += good && !make_own(t);
    }
    vec_release(&with);
    return good;
}

static bool recover(struct my_target *t, struct err *err)
{
    bool in_target, shadow;
    const char *back;

    if (!my_target_has_table(t, t->db, MY_JOURNAL_TABLE, &in_target, err))
        return false;
    if (in_target) {
        log_info("%s: an interrupted run had swapped the tables: finishing it", t->endpoint->label);
        return journal_names(t, t->q_db, err) && make_family(t, err) &&
               my_swap_finish(t, true, err);
    }
    /* One that takes notes never came to its swap, and had nothing to be undone. */
    if (!my_contents_exists(t, t->shadow, &shadow, err) ||
        (shadow && t->options.resume && !my_checkpoint_left(t, &t->left, err)) ||
        (shadow && !t->left && (!check_shadow(t, err) || !recover_unswapped(t, false, err))) ||
        !my_previous_databases_unfinished(t, &back, err))
        return false;
    t->cleared = shadow && !t->left;
    if (!back)
        return true;
    t->shadow = back;
    t->q_shadow = my_target_quoted(t, back);
    return recover_unswapped(t, true, err);
}

bool my_swap_drop_left(struct my_target *t, struct err *err)
{
    bool good = recover_unswapped(t, false, err);
    t->keep = t->back = t->left = false;
    my_target_name_places(t);
    return good;
}

bool my_swap_recover(struct my_target *t, struct err *err)
{
    bool good = recover(t, err);
    t->keep = t->back = false;
    my_target_name_places(t);
    return good;
}
