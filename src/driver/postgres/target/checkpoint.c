#include "target.h"

#include "../source/data.h"

#include <string.h>
#include <time.h>

#include <dbtwin/log.h>

/*
 * Notes are rows of dbtwin.progress in the shadow. All that is noted is noted in the transaction
 * that it is about, so a note is there if, and only if, what it says is.
 */
#define NOTE_COLUMNS "(name, note)"

bool pg_checkpoint_make(struct target *t, struct err *err)
{
    struct session *s = NULL;
    bool good = pg_target_connect(t, t->shadow, DRIVER_TARGET, &s, err) &&
                pg_run(s,
                       "CREATE SCHEMA dbtwin; CREATE TABLE dbtwin.progress"
                       " (name text PRIMARY KEY, note text NOT NULL)",
                       err);
    pg_close(s);
    return good || err_context(err, "while making table dbtwin.progress");
}

static void add_note(struct buf *sql, const char *name, const char *text)
{
    buf_adds(sql, "INSERT INTO dbtwin.progress " NOTE_COLUMNS " VALUES (");
    pg_add_literal(sql, name);
    buf_adds(sql, ", ");
    pg_add_literal(sql, text);
    buf_adds(sql, ") ON CONFLICT (name) DO UPDATE SET note = EXCLUDED.note");
}

bool pg_note(struct session *s, const struct note *n, struct err *err)
{
    struct buf sql = BUF_INIT;
    add_note(&sql, n->name, n->text);
    bool good = pg_run(s, sql.data, err);
    buf_release(&sql);
    return good || err_context(err, "while writing the checkpoint");
}

bool pg_exec_noted(struct session *s, const struct object *table, const char *sql, const char *name,
                   struct err *err)
{
    struct buf note = BUF_INIT;
    (void)table;
    add_note(&note, name, "done");
    const char *both[] = {sql, note.data};
    bool good = pg_exec_batch(s, both, 2, err);
    buf_release(&note);
    return good;
}

bool pg_note_commit(struct session *s, struct load_note *n, uint64_t rows, struct err *err)
{
    struct buf text = BUF_INIT, sql = BUF_INIT;
    bool good = !n || n->judge(n, rows, &text, err);
    if (n)
        add_note(&sql, n->name, text.data);
    buf_adds(&sql, n ? "; COMMIT" : "COMMIT");
    good = good && pg_run(s, sql.data, err);
    buf_release(&sql);
    buf_release(&text);
    return good;
}

bool pg_empty(struct session *s, const struct object *table, struct err *err)
{
    struct buf sql = BUF_INIT;
    if (table->kind->id == K_EXTENSION_ROWS)
        return true; /* a load replaces them */
    buf_adds(&sql, "TRUNCATE ");
    pg_data_add_only(&sql, table);
    bool good = pg_exec(s, table, sql.data, err);
    buf_release(&sql);
    return good;
}

/* A crash empties what is unlogged. */
bool pg_lasting(const struct object *table)
{
    return table->kind->id == K_LARGE_OBJECTS || table->kind->id == K_EXTENSION_ROWS ||
           (table->kind->id == K_TABLE &&
            str_eq(model_get(table, P_TABLE_PERSISTENCE), "permanent"));
}

/* ---- what was left ----------------------------------------------------------------------- */

/* What another run was about in the shadow must not be done after the notes are read. */
static bool end_ghosts(struct target *t, struct err *err)
{
    struct buf where = BUF_INIT;
    const char *left = NULL;

    buf_adds(&where, "a.datname = ");
    pg_add_literal(&where, t->shadow);
    bool good = pg_admin_end_ghosts(t, where.data, &left, err);
    buf_release(&where);
    if (!good || str_eq(left, "0"))
        return good;
    err_set(err, ERR_REFUSED, "%s: database \"%s\", left by an earlier run, is in use",
            t->endpoint->label, t->shadow);
    return err_hint(err, "%s session(s) are connected to it: end them, or drop it", left);
}

static bool read_notes(struct session *s, struct arena *a, struct vec *ret, struct err *err)
{
    const char *there = NULL;
    if (!pg_value(s,
                  "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
                  " ON n.oid = c.relnamespace WHERE n.nspname = 'dbtwin'"
                  " AND c.relname = 'progress' AND c.relkind = 'r'",
                  a, &there, err))
        return false;
    if (!there)
        return true;
    PGresult *res =
        pg_query(s,
                 "SELECT name, note FROM dbtwin.progress UNION ALL"
                 " SELECT '" NOTE_TABLE "' || n.nspname::text || E'\\n' || c.relname::text, ''"
                 " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
                 " ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')",
                 err);
    for (int i = 0; res && i < PQntuples(res); i++) {
        struct note n = {arena_strdup(a, PQgetvalue(res, i, 0)),
                         arena_strdup(a, PQgetvalue(res, i, 1))};
        VEC_PUSH(ret, struct note, n);
    }
    PQclear(res);
    return res != NULL;
}

bool pg_target_notes(struct target *t, struct arena *a, struct vec *ret, const char **ret_left,
                     struct err *err)
{
    const char *oid = NULL;
    struct session *s = NULL;
    struct err why = ERR_INIT;

    *ret_left = NULL;
    if (t->prepared || t->strategy->base.one_transaction ||
        !pg_admin_oid(t->admin, t->shadow, &t->arena, &oid, err))
        return !err_is_set(err);
    if (!oid || (!t->options.look && !end_ghosts(t, err)))
        return !err_is_set(err);
    bool good =
        pg_target_connect(t, t->shadow, DRIVER_SOURCE, &s, &why) && read_notes(s, a, ret, &why);
    pg_close(s);
    if (!good && why.cls == ERR_INTERRUPTED) {
        *err = why;
        return false;
    }
    *ret_left = good ? "" : arena_strdup(a, why.msg);
    if (!good)
        vec_reset(ret);
    return true;
}

bool pg_target_shadow(struct target *t, enum shadow_fate fate, struct err *err)
{
    struct session *s = NULL;

    t->take |= fate == SHADOW_TAKE;
    t->keep |= fate == SHADOW_KEEP;
    if (fate != SHADOW_FORGET)
        return true;
    bool good = pg_target_connect(t, t->shadow, DRIVER_TARGET, &s, err) &&
                pg_run(s, "DROP TABLE IF EXISTS dbtwin.progress", err);
    pg_close(s);
    return good || err_context(err, "while dropping table dbtwin.progress");
}
