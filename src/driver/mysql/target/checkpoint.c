#include "target.h"

#include "../source/data.h"

#include <dbtwin/log.h>

#include <string.h>
#include <strings.h>
#include <time.h>

/*
 * Notes are rows of the table dbtwin_progress in the shadow. That of a chunk is written in the
 * transaction of its rows. DDL ends a transaction, so a step is noted before it as begun, with a
 * digest of what SHOW CREATE TABLE showed, and after it as done. Where a run ended in between, the
 * table itself says which it is: ALTER TABLE is atomic, and each of them changes what is shown.
 */
#define NOTE_BEGUN "begun "

bool my_checkpoint_make(struct my_target *t, struct err *err)
{
    return my_target_run(t, err,
                         "CREATE TABLE %s." MY_PROGRESS_TABLE
                         " (name varbinary(767) NOT NULL PRIMARY KEY, note longblob NOT NULL) "
                         "ENGINE=InnoDB ROW_FORMAT=DYNAMIC",
                         t->q_shadow);
}

bool my_note(struct session *s, const struct note *n, struct err *err)
{
    struct buf sql = BUF_INIT;
    buf_adds(&sql, "REPLACE INTO " MY_PROGRESS_TABLE " VALUES (");
    my_quote_text(&sql, n->name, strlen(n->name));
    buf_adds(&sql, ", ");
    my_quote_text(&sql, n->text, strlen(n->text));
    buf_addch(&sql, ')');
    bool good = my_conn_exec(s, sql.data, err);
    buf_release(&sql);
    return good || err_context(err, "while writing the checkpoint");
}

bool my_note_load(struct my_session *s, struct load_note *n, uint64_t rows, struct err *err)
{
    struct buf text = BUF_INIT;
    if (!n)
        return true;
    bool good = n->judge(n, rows, &text, err);
    struct note note = {n->name, text.data};
    good = good && my_note((struct session *)(void *)s, &note, err);
    buf_release(&text);
    return good;
}

/* ---- steps ------------------------------------------------------------------------------- */

struct shown {
    struct buf text;
};

static bool shown_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                      struct err *err)
{
    struct shown *shown = ctx;
    (void)err;
    if (n >= 2 && v[1])
        buf_add(&shown->text, v[1], lengths[1]);
    return true;
}

/* " AUTO_INCREMENT=12" of a table's options comes and goes. */
static void cut_counter(struct buf *text)
{
    static const char word[] = " AUTO_INCREMENT=";
    char *at = strstr(text->data, word);
    if (!at)
        return;
    char *end = at + strlen(word);
    end += strspn(end, "0123456789");
    memmove(at, end, strlen(end) + 1);
    buf_setlen(text, text->len - (size_t)(end - at));
}

static bool look_at_table(struct session *s, const char *table, char ret_hex[65], struct err *err)
{
    struct shown shown = {BUF_INIT};
    struct buf sql = BUF_INIT;
    buf_adds(&sql, "SHOW CREATE TABLE ");
    my_quote_name(&sql, table);
    bool good = my_conn_rows(s, sql.data, shown_row, &shown, err);
    cut_counter(&shown.text);
    hash_sha256_hex(shown.text.data, shown.text.len, ret_hex);
    buf_release(&sql);
    buf_release(&shown.text);
    return good;
}

bool my_exec_noted(struct session *s, const struct object *table, const char *sql, const char *name,
                   struct err *err)
{
    struct buf begun = BUF_INIT;
    char hex[65];
    if (!table)
        return my_conn_exec(s, sql, err);
    if (!look_at_table(s, table->name, hex, err))
        return false;
    buf_addf(&begun, NOTE_BEGUN "%s %s", hex, table->name);
    struct note first = {name, begun.data}, then = {name, "done"};
    bool good = my_note(s, &first, err) && my_conn_exec(s, sql, err) && my_note(s, &then, err);
    buf_release(&begun);
    return good;
}

/* ---- rows -------------------------------------------------------------------------------- */

bool my_empty(struct session *s, const struct object *table, struct err *err)
{
    struct buf sql = BUF_INIT;
    buf_adds(&sql, "TRUNCATE TABLE ");
    my_quote_name(&sql, table->name);
    bool good = my_conn_exec(s, sql.data, err);
    buf_release(&sql);
    return good;
}

bool my_lasting(const struct object *table)
{
    const char *engine = model_get(table, P_TABLE_ENGINE);
    return engine && !strcasecmp(engine, "innodb");
}

/* ---- what was left ----------------------------------------------------------------------- */

bool my_checkpoint_left(struct my_target *t, bool *ret, struct err *err)
{
    return my_target_has_table(t, t->shadow, MY_PROGRESS_TABLE, ret, err);
}

enum { GHOST_TRIES = 600 }; /* of a fifth of a second: they may have much to roll back */

/* my_run_lock_take told them to go. What they were about must not be done after the notes are read.
 */
static bool wait_for_ghosts(struct my_target *t, struct err *err)
{
    struct timespec pause = {.tv_nsec = 200 * 1000 * 1000};
    for (int i = 0; i < GHOST_TRIES; i++) {
        struct vec there = VEC_INIT(const char *);
        bool good = my_target_names(t, &there, err,
                                    "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = %s "
                                    "AND ID <> CONNECTION_ID()",
                                    my_target_literal(t, t->shadow));
        size_t n = there.len;
        vec_release(&there);
        if (!good || !n)
            return good;
        if (i == 5)
            log_info("%s: sessions of an earlier run are still ending", t->endpoint->label);
        nanosleep(&pause, NULL);
    }
    err_set(err, ERR_REFUSED, "%s: the database %s, left by an earlier run, is in use",
            t->endpoint->label, t->shadow);
    return err_hint(err, "the server is still ending that run's sessions, or others are in it: see "
                         "SHOW PROCESSLIST");
}

struct reading {
    struct arena *a;
    struct vec *ret;
};

static bool note_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                     struct err *err)
{
    struct reading *r = ctx;
    (void)err;
    if (n < 2 || !v[0] || !v[1])
        return true;
    struct note note = {arena_strdup(r->a, v[0]), arena_strndup(r->a, v[1], lengths[1])};
    VEC_PUSH(r->ret, struct note, note);
    return true;
}

/* Whether the step of a note that it was begun was carried out. */
static bool settle(struct session *s, struct note *n, struct err *err)
{
    const char *was = n->text + strlen(NOTE_BEGUN), *table = strchr(was, ' ');
    char hex[65];
    if (!table || !look_at_table(s, table + 1, hex, err))
        return table ? false
                     : err_set(err, ERR_CORRUPT, "an entry of the checkpoint is not valid: %.100s",
                               n->text);
    n->text =
        (size_t)(table - was) == strlen(hex) && strncmp(was, hex, strlen(hex)) == 0 ? NULL : "done";
    return true;
}

static bool read_notes(struct my_target *t, struct arena *a, struct vec *ret, struct err *err)
{
    struct vec all = VEC_INIT(struct note);
    struct reading r = {a, &all};
    struct session *s = NULL;
    bool good = my_target_connect(t, DRIVER_SOURCE, t->shadow, &s, err) &&
                my_conn_rows(s, "SELECT name, note FROM " MY_PROGRESS_TABLE, note_row, &r, err) &&
                my_conn_rows(s,
                             "SELECT CONCAT('" NOTE_TABLE "\\n', TABLE_NAME), ''"
                             " FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()",
                             note_row, &r, err);
    for (size_t i = 0; good && i < all.len; i++) {
        struct note n = VEC_AT(&all, struct note, i);
        good = !str_starts(n.text, NOTE_BEGUN) || settle(s, &n, err);
        if (good && n.text)
            VEC_PUSH(ret, struct note, n);
    }
    my_conn_close(s);
    vec_release(&all);
    return good;
}

bool my_target_notes(struct target *target, struct arena *a, struct vec *ret, const char **ret_left,
                     struct err *err)
{
    struct my_target *t = my_target(target);
    struct err why = ERR_INIT;
    bool there = t->left;

    *ret_left = there || t->cleared ? "" : NULL;
    if (t->options.look && !my_checkpoint_left(t, &there, err))
        return false;
    if (!there || (!t->options.look && !wait_for_ghosts(t, err)))
        return !err_is_set(err);
    if (read_notes(t, a, ret, &why))
        return true;
    vec_reset(ret);
    if (why.cls == ERR_INTERRUPTED) {
        *err = why;
        return false;
    }
    *ret_left = arena_strdup(a, why.msg);
    return true;
}

bool my_target_shadow(struct target *target, enum shadow_fate fate, struct err *err)
{
    struct my_target *t = my_target(target);
    t->take |= fate == SHADOW_TAKE;
    t->keep_shadow |= fate == SHADOW_KEEP;
    return fate != SHADOW_FORGET ||
           my_target_run(t, err, "DROP TABLE IF EXISTS %s." MY_PROGRESS_TABLE, t->q_shadow);
}

/* Views, triggers, routines and events are recreated: a few, and their journal with them. */
bool my_checkpoint_take(struct my_target *t, struct err *err)
{
    t->prepared = true;
    return my_target_run(t, err, "USE %s", t->q_shadow) && my_contents_clear(t, t->shadow, err) &&
           my_target_run(t, err, "DELETE FROM %s." MY_JOURNAL_TABLE, t->q_shadow);
}
