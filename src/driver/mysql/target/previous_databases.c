#include "target.h"

#include <dbtwin/log.h>

#include <stdlib.h>
#include <string.h>

/*
 * Databases that a copy replaced and that were kept: "<target>__dbtwin_20261122_031500", by the
 * UTC time of the swap. Events in them are disabled; which of them ran is said by rows of the mark,
 * so that a rollback brings them back as they were.
 */
#define PREVIOUS "__dbtwin_"
#define STAMP    "00000000_000000"
#define LIVE_KEY "enable "
#define KEPT_KEY "kept" /* its value is the kept state's own name */
enum { STAMP_LEN = sizeof(STAMP) - 1 };

static bool is_stamp(const char *text)
{
    for (int i = 0; i < STAMP_LEN; i++)
        if (i == 8 ? text[i] != '_' : text[i] < '0' || text[i] > '9')
            return false;
    return text[STAMP_LEN] == '\0';
}

/* The mark says that it was kept under this name; an earlier dbtwin only wrote that of the copy. An
 * unfinished rollback has a journal there. */
static bool is_ours(struct my_target *t, const char *name, bool *ret, struct err *err)
{
    struct vec found = VEC_INIT(const char *);
    bool mark, journal,
        good = my_target_has_table(t, name, MY_JOURNAL_TABLE, &journal, err) &&
               my_target_has_table(t, name, MY_MARK_TABLE, &mark, err);
    if (good && mark && !journal)
        good = my_target_names(t, &found, err,
                               "SELECT k FROM %s." MY_MARK_TABLE " WHERE (k = '" KEPT_KEY
                               "' AND v = %s) OR (k = 'role' AND v = 'copy' AND NOT EXISTS "
                               "(SELECT 1 FROM %s." MY_MARK_TABLE " WHERE k = 'target_id'))",
                               my_target_quoted(t, name), my_target_literal(t, name),
                               my_target_quoted(t, name));
    *ret = good && (journal || found.len > 0);
    vec_release(&found);
    if (good && !*ret)
        log_debug("%s: database %s has the name of a previous state, but no mark of dbtwin: it is "
                  "left alone",
                  t->endpoint->label, name);
    return good;
}

static int by_name_down(const void *a, const void *b)
{
    return -strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names that begin so: not all of a server's, of which there may be hundreds, and MariaDB opens
 * a file for each that information_schema lists. */
static bool names_like(struct my_target *t, const char *head, size_t n, struct vec *ret,
                       struct err *err)
{
    struct buf like = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        if (strchr("_%\\", head[i]))
            buf_addch(&like, '\\');
        buf_addch(&like, head[i]);
    }
    buf_addch(&like, '%');
    bool good =
        my_target_names(t, ret, err, "SHOW DATABASES LIKE %s", my_target_literal(t, like.data));
    if (good && ret->len)
        qsort(ret->items, ret->len, sizeof(const char *), by_name_down);
    buf_release(&like);
    return good;
}

/* Appends const char *, the newest first. */
static bool list(struct my_target *t, struct vec *ret, struct err *err)
{
    /* A name that had to be cut is cut alike, whatever the time. */
    const char *any = my_target_name(&t->arena, t->db, PREVIOUS STAMP);
    size_t head = strlen(any) - STAMP_LEN;
    struct vec all = VEC_INIT(const char *);
    bool good = names_like(t, any, head, &all, err);
    for (size_t i = 0; good && i < all.len; i++) {
        const char *name = VEC_AT(&all, const char *, i);
        bool ours = strncmp(name, any, head) == 0 && strlen(name) == head + STAMP_LEN &&
                    is_stamp(name + head);
        good = !ours || is_ours(t, name, &ours, err);
        if (good && ours)
            VEC_PUSH(ret, const char *, name);
    }
    vec_release(&all);
    return good;
}

bool my_previous_databases_newest(struct my_target *t, const char **ret, struct err *err)
{
    struct vec names = VEC_INIT(const char *);
    bool good = list(t, &names, err);
    if (good)
        *ret = names.len ? VEC_AT(&names, const char *, 0) : NULL;
    vec_release(&names);
    return good;
}

bool my_previous_databases_unfinished(struct my_target *t, const char **ret, struct err *err)
{
    struct vec names = VEC_INIT(const char *);
    bool good = list(t, &names, err), there = false;
    *ret = NULL;
    for (size_t i = 0; good && !there && i < names.len; i++) {
        const char *name = VEC_AT(&names, const char *, i);
        good = my_target_has_table(t, name, MY_JOURNAL_TABLE, &there, err);
        if (there)
            *ret = name;
    }
    vec_release(&names);
    return good;
}

/* Two swaps within one second would want one name: the later one waits for the next second. */
bool my_previous_databases_name(struct my_target *t, const char **ret, struct err *err)
{
    const char *stamp = NULL, *name = NULL;
    bool there = false;
    for (int tries = 0; tries < 3; tries++) {
        if (!my_conn_value(my_session(t->session),
                           "SELECT DATE_FORMAT(UTC_TIMESTAMP(), '%Y%m%d_%H%i%s')", &t->arena,
                           &stamp, err))
            return false;
        name = my_target_name(&t->arena, t->db, arena_printf(&t->arena, PREVIOUS "%s", stamp));
        if (!my_contents_exists(t, name, &there, err))
            return false;
        if (!there)
            break;
        if (!my_conn_value(my_session(t->session), "SELECT SLEEP(1)", &t->arena, &stamp, err))
            return false;
    }
    *ret = name;
    return true;
}

/* The copy is in place: what goes wrong here is not worth failing for. */
void my_previous_databases_prune(struct my_target *t, unsigned keep)
{
    struct vec names = VEC_INIT(const char *);
    struct err why = ERR_INIT;
    bool good = list(t, &names, &why);
    for (size_t i = keep; good && i < names.len; i++) {
        const char *name = VEC_AT(&names, const char *, i);
        log_info("dropping database %s, a previous state of %s", name, t->db);
        good = my_target_drop(t, my_target_quoted(t, name), &why);
    }
    if (!good)
        log_warn("previous states of database %s remain; the next run drops them: %s", t->db,
                 why.msg);
    vec_release(&names);
}

/* ---- what cannot move ---------------------------------------------------------------------- */

bool my_target_state(struct target *target, enum target_state which, struct session **ret,
                     struct err *err)
{
    struct my_target *t = my_target(target);
    const char *name = t->db;
    bool there = false;

    if ((which == STATE_KEPT && !my_previous_databases_newest(t, &name, err)) ||
        (name && !my_contents_exists(t, name, &there, err)))
        return false;
    *ret = NULL;
    if (!there)
        return true;
    if (which == STATE_KEPT) {
        bool mark;
        vec_reset(&t->live);
        if (!my_target_has_table(t, name, MY_MARK_TABLE, &mark, err) ||
            (mark && !my_target_names(t, &t->live, err,
                                      "SELECT v FROM %s." MY_MARK_TABLE " WHERE k LIKE '" LIVE_KEY
                                      "%%' ORDER BY k",
                                      my_target_quoted(t, name))))
            return false;
    }
    return my_target_connect(t, DRIVER_SOURCE, name, ret, err);
}

/* A plan makes every event disabled; one that ran comes back as it was. */
static const char *live_again(struct my_target *t, const char *sql)
{
    static const char *const words[] = {" ON COMPLETION preserve DISABLE",
                                        " ON COMPLETION not preserve DISABLE"};
    for (size_t i = 0; i < t->live.len; i++) {
        const char *name = my_target_quoted(t, VEC_AT(&t->live, const char *, i));
        const char *at = strstr(sql, arena_printf(&t->arena, " EVENT %s ON SCHEDULE ", name));
        for (size_t w = 0; at && w < ARRAY_LEN(words); w++) {
            const char *found = strstr(at, words[w]);
            size_t word = strlen(words[w]);
            if (found)
                return arena_printf(&t->arena, "%.*sENABLE%s",
                                    (int)((size_t)(found - sql) + word - strlen("DISABLE")), sql,
                                    found + word);
        }
    }
    return sql;
}

bool my_target_remake(struct target *target, enum target_state which, const char *sql,
                      struct err *err)
{
    struct my_target *t = my_target(target);
    (void)err;
    if (which == STATE_KEPT)
        sql = live_again(t, sql);
    VEC_PUSH(&t->remake[which], const char *, arena_strdup(&t->arena, sql));
    return true;
}

static bool add_lines(struct my_target *t, const char *what, const struct vec *lines,
                      struct err *err)
{
    for (size_t i = 0; i < lines->len; i++) {
        const char *sql = VEC_AT(lines, const char *, i);
        if (!my_journal_add(t, what, sql, strlen(sql), err))
            return false;
    }
    return true;
}

bool my_previous_databases_journal(struct my_target *t, struct err *err)
{
    struct vec live = VEC_INIT(const char *), lines = VEC_INIT(const char *);
    bool good = my_target_names(t, &live, err,
                                "SELECT EVENT_NAME FROM information_schema.EVENTS WHERE "
                                "EVENT_SCHEMA = %s AND STATUS = 'ENABLED' ORDER BY 1",
                                my_target_literal(t, t->db));
    VEC_PUSH(&lines, const char *, "CREATE TABLE IF NOT EXISTS " MY_MARK_TABLE MY_MARK_COLUMNS);
    VEC_PUSH(&lines, const char *,
             arena_printf(&t->arena, "REPLACE INTO " MY_MARK_TABLE " VALUES ('" KEPT_KEY "', %s)",
                          my_target_literal(t, t->old)));
    for (size_t i = 0; i < live.len; i++)
        VEC_PUSH(&lines, const char *,
                 arena_printf(&t->arena,
                              "REPLACE INTO " MY_MARK_TABLE " VALUES ('" LIVE_KEY "%03zu', %s)", i,
                              my_target_literal(t, VEC_AT(&live, const char *, i))));
    /* First, while no program's settings change what a literal means. */
    good = good && add_lines(t, "kept", &lines, err) &&
           add_lines(t, "kept", &t->remake[STATE_PRESENT], err);
    vec_release(&live);
    vec_release(&lines);
    return good;
}

bool my_previous_databases_journal_back(struct my_target *t, struct err *err)
{
    static const char forget[] = "DELETE FROM " MY_MARK_TABLE " WHERE k LIKE '" LIVE_KEY "%'";
    return add_lines(t, "final", &t->remake[STATE_KEPT], err) &&
           (!t->live.len || my_journal_add(t, "final", forget, strlen(forget), err));
}
