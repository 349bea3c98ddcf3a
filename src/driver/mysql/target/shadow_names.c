#include "target.h"

#include <string.h>

/*
 * Three places keep a database's name as text: a default that takes its value from a sequence, a
 * foreign key to a table that is not there (one that is there moves along), and statements of the
 * journal. The first two are mended by statements of the journal, made for that table
 * (mysql_table.c): what has none is found here, before anything is swapped.
 */

static bool is_mended(const struct vec *lines, const char *start)
{
    for (size_t i = 0; i < lines->len; i++)
        if (str_starts(VEC_AT(lines, const char *, i), start))
            return true;
    return false;
}

static bool refuse(struct my_target *t, const char *what, struct err *err)
{
    err_set(err, ERR_RUNTIME, "%s: %s names the database %s, which is gone after the swap",
            t->endpoint->label, what, t->shadow);
    return err_hint(err, "the target is as it was; this is a bug in dbtwin; please report it");
}

static bool check_tables(struct my_target *t, const struct vec *lines, const char *what,
                         const char *mend, const char *query, struct err *err)
{
    struct vec tables = VEC_INIT(const char *);
    bool good = my_target_names(t, &tables, err, "%s", query);
    for (size_t i = 0; good && i < tables.len; i++) {
        const char *table = VEC_AT(&tables, const char *, i);
        const char *start =
            arena_printf(&t->arena, "ALTER TABLE %s %s", my_target_quoted(t, table), mend);
        if (!is_mended(lines, start))
            good = refuse(t, arena_printf(&t->arena, "%s of table %s", what, table), err);
    }
    vec_release(&tables);
    return good;
}

static bool check_keys(struct my_target *t, const struct vec *lines, struct err *err)
{
    const char *shadow = my_target_literal(t, t->shadow);
    const char *query = arena_printf(
        &t->arena,
        "SELECT TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA "
        "= %s AND UNIQUE_CONSTRAINT_SCHEMA = %s AND REFERENCED_TABLE_NAME NOT IN (SELECT "
        "TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s)",
        shadow, shadow, shadow);
    return check_tables(t, lines, "a foreign key", "ADD CONSTRAINT", query, err);
}

/* Reading defaults opens every table: only where there is a sequence. */
static bool check_defaults(struct my_target *t, const struct vec *lines, struct err *err)
{
    const char *shadow = my_target_literal(t, t->shadow);
    struct vec sequences = VEC_INIT(const char *);
    if (my_session(t->session)->flavor != ENGINE_MA)
        return true;
    bool good = my_target_names(t, &sequences, err,
                                "SELECT TABLE_NAME FROM information_schema.TABLES WHERE "
                                "TABLE_SCHEMA = %s AND TABLE_TYPE = 'SEQUENCE' LIMIT 1",
                                shadow);
    const char *query =
        arena_printf(&t->arena,
                     "SELECT DISTINCT TABLE_NAME FROM information_schema.COLUMNS WHERE "
                     "TABLE_SCHEMA = %s AND INSTR(COLUMN_DEFAULT, %s) AND TABLE_NAME NOT IN "
                     "(SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = %s)",
                     shadow, my_target_literal(t, t->q_shadow), shadow);
    if (good && sequences.len)
        good = check_tables(t, lines, "a default", "ALTER COLUMN", query, err);
    vec_release(&sequences);
    return good;
}

bool my_shadow_names_check(struct my_target *t, struct err *err)
{
    struct vec lines = VEC_INIT(const char *);
    struct row_texts all = {&t->arena, &lines};
    const char *sql = arena_printf(
        &t->arena, "SELECT `sql` FROM %s." MY_JOURNAL_TABLE " WHERE what = 'final'", t->q_shadow);
    bool good = my_conn_rows(t->session, sql, row_texts_add, &all, err);
    for (size_t i = 0; good && i < lines.len; i++)
        if (strstr(VEC_AT(&lines, const char *, i), t->q_shadow))
            good = refuse(
                t, arena_printf(&t->arena, "the statement %.60s…", VEC_AT(&lines, const char *, i)),
                err);
    good = good && check_keys(t, &lines, err) && check_defaults(t, &lines, err);
    vec_release(&lines);
    return good;
}
