#include "target.h"

#include <dbtwin/log.h>

#include <string.h>

/*
 * The journal (target.h): what cannot move with its tables, made in the shadow and once more in its
 * place, line by line.
 */

#define ER_SPECIFIC_ACCESS_DENIED 1227

bool my_journal_make(struct my_target *t, struct err *err)
{
    return my_target_run(t, err,
                         "CREATE TABLE %s." MY_JOURNAL_TABLE
                         " (n int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, what varchar(16) "
                         "CHARACTER SET ascii NOT NULL, `sql` longblob NOT NULL) ENGINE=InnoDB",
                         t->q_shadow);
}

/* Hexadecimal: a deferred statement may have set a character set in which a literal of other bytes
 * would mean something else, or an sql_mode without escapes. */
bool my_journal_add(struct my_target *t, const char *what, const char *sql, size_t len,
                    struct err *err)
{
    static const char digits[] = "0123456789ABCDEF";
    struct buf b = BUF_INIT;

    buf_addf(&b, "INSERT INTO %s." MY_JOURNAL_TABLE " (what, `sql`) VALUES ('%s', x'", t->q_shadow,
             what);
    buf_grow(&b, 2 * len + 2);
    for (size_t i = 0; i < len; i++) {
        buf_addch(&b, digits[(unsigned char)sql[i] >> 4]);
        buf_addch(&b, digits[(unsigned char)sql[i] & 15]);
    }
    buf_adds(&b, "')");
    bool good = my_conn_exec(t->session, b.data, err);
    buf_release(&b);
    return good || err_context(err, "while writing the journal of %s", t->shadow);
}

/* After `name`, 'name' or a bare word. */
static const char *skip_name(const char *p)
{
    char quote = *p;
    if (quote != '`' && quote != '\'' && quote != '"') {
        while (*p && *p != '@' && *p != ' ')
            p++;
        return p;
    }
    for (p++; *p && !(p[0] == quote && p[1] != quote); p++) {
        if (*p == quote)
            p++;
    }
    return *p ? p + 1 : p;
}

/* The statement with DEFINER=CURRENT_USER, or NULL when it names no definer in its head. */
const char *my_journal_without_definer(struct my_target *t, const char *sql)
{
    const char *at = strstr(sql, "DEFINER=");
    if (!at || at - sql > 200 || !str_starts(sql, "CREATE "))
        return NULL;
    const char *end = skip_name(at + 8);
    if (*end == '@')
        end = skip_name(end + 1);
    return arena_printf(&t->arena, "%.*sDEFINER=CURRENT_USER%s", (int)(at - sql), sql, end);
}

bool my_journal_program(struct my_target *t, const char **sql, bool *ret_own, struct err *err)
{
    if (my_conn_exec(t->session, *sql, err))
        return true;
    const char *other =
        err->native == ER_SPECIFIC_ACCESS_DENIED ? my_journal_without_definer(t, *sql) : NULL;
    if (!other)
        return false;
    err_clear(err);
    if (!my_conn_exec(t->session, other, err))
        return false;
    *ret_own = true;
    *sql = other;
    return true;
}

/* Dropping what an interrupted try had dropped before. */
#define ER_CANT_DROP_FIELD_OR_KEY 1091

/* The journal's lines of one sort, in their order. */
bool my_journal_read(struct my_target *t, const char *q_where, const char *what, struct vec *ret,
                     struct err *err)
{
    struct row_texts lines = {&t->arena, ret};
    const char *sql = arena_printf(
        &t->arena, "SELECT `sql` FROM %s." MY_JOURNAL_TABLE " WHERE what = '%s' ORDER BY n",
        q_where, what);
    return my_conn_rows(t->session, sql, row_texts_add, &lines, err);
}

/* One line. After settings that failed nothing is made until others are in force. */
static bool journal_line(struct my_target *t, const char *line, bool *unset, struct err *err)
{
    bool settings = str_starts(line, "SET "), own = false;
    if (*unset && !settings)
        return err_set(err, ERR_RUNTIME, "%s: not created, because its session settings failed",
                       t->endpoint->label);
    bool good = my_journal_program(t, &line, &own, err);
    if (settings)
        *unset = !good;
    if (!good && err->native == ER_CANT_DROP_FIELD_OR_KEY && str_starts(line, "ALTER TABLE ")) {
        err_clear(err);
        return true;
    }
    if (own)
        log_warn("%s: this account may not create objects with another DEFINER: it becomes the "
                 "DEFINER of: %.80s…",
                 t->endpoint->label, line);
    return good;
}

/* Carries them out in a database, all of them, whatever fails on the way. With `all` the first
 * failure is the error in the end, else each is a warning. */
bool my_journal_run(struct my_target *t, const char *q_where, const char *what, const char *q_in,
                    bool all, struct err *err)
{
    struct vec lines = VEC_INIT(const char *);
    struct err first = ERR_INIT;
    bool good =
        my_journal_read(t, q_where, what, &lines, err) && my_target_run(t, err, "USE %s", q_in);
    bool unset = false;
    for (size_t i = 0; good && i < lines.len; i++) {
        const char *line = VEC_AT(&lines, const char *, i);
        if (journal_line(t, line, &unset, err))
            continue;
        err_context(err, "%.200s", line);
        if (my_target_is_lost(err)) {
            good = false;
        } else {
            if (!all)
                log_warn("%s: not recreated in %s: %s", t->endpoint->label, q_in, err->msg);
            else if (!err_is_set(&first))
                first = *err;
            err_clear(err);
        }
    }
    vec_release(&lines);
    struct err ignored = ERR_INIT;
    good = my_target_repin(t, good ? err : &ignored) && good;
    if (good && err_is_set(&first)) {
        *err = first;
        good = false;
    }
    return good;
}
