#include "job.h"

#include <dbtwin/engine.h>

#include <stdio.h>
#include <string.h>

/*
 * Production may hold rows that its own foreign key forbids: they were loaded with its triggers
 * disabled, or under session_replication_role = replica. No server lets such a key be made valid,
 * so it arrives NOT VALID, as production's behaves: what is written from now on is checked. Of a
 * partitioned table it cannot be NOT VALID before PostgreSQL 18: there it is left out. Either is
 * told, and in the mark. (MySQL and MariaDB take the key without a look at the rows.)
 */

static const char violated[] = "23503"; /* errcodes: foreign_key_violation */

/* Masks may have broken it, what is kept does not fit, or what it refers to arrives empty: those
 * are no fault of production's. */
static bool is_ours(struct job *j, const struct object *fk, struct err *why)
{
    const struct object *to;
    if (keep_touches(j, fk, &to))
        return true;
    if (to && empty_wants(j, to)) {
        pthread_mutex_lock(&j->lock);
        const char *from = model_path_text(fk->parent, j->arena);
        err_hint(why,
                 "rows of %s refer to %s, which arrives empty: leave them out too: --truncate %s",
                 from, model_path_text(to, j->arena), from);
        pthread_mutex_unlock(&j->lock);
        return true;
    }
    return j->mask &&
           (mask_set_changes(j->mask, fk->parent) || (to && mask_set_changes(j->mask, to)));
}

/* ---- how many ------------------------------------------------------------------------------- */

static unsigned count_names(const char *list)
{
    unsigned n = 1;
    bool quoted = false;
    for (; *list; list++) {
        quoted ^= *list == '"';
        n += !quoted && *list == ',';
    }
    return n;
}

static void add_each(struct buf *sql, unsigned n, const char *before, const char *after,
                     const char *between)
{
    for (unsigned i = 1; i <= n; i++)
        buf_addf(sql, "%s%s%u%s", i > 1 ? between : "", before, i, after);
}

static bool take_count(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                       struct err *err)
{
    (void)n, (void)lengths, (void)err;
    return str_parse_u64(values[0], ctx);
}

/* 0: not known. In one transaction a question that fails would end it. */
static uint64_t count(struct job *j, struct session *s, const struct object *fk)
{
    const char *columns = model_get(fk, P_FOREIGN_KEY_COLUMNS);
    struct buf sql = BUF_INIT;
    struct err why = ERR_INIT;
    uint64_t rows = 0;
    if (job_strategy(j)->one_transaction)
        return 0;
    unsigned n = count_names(columns);
    buf_adds(&sql, "SELECT count(*) FROM (SELECT ");
    buf_adds(&sql, columns);
    buf_adds(&sql, " FROM ");
    engine_quote_table(j->model.flavor, fk->parent, &sql);
    buf_adds(&sql, ") c (");
    add_each(&sql, n, "k", "", ", ");
    buf_adds(&sql, ") WHERE ");
    add_each(&sql, n, "k", " IS NOT NULL", " AND ");
    buf_addf(&sql, " AND NOT EXISTS (SELECT 1 FROM (SELECT %s FROM %s) p (",
             model_get(fk, P_FOREIGN_KEY_REF_COLUMNS), model_get(fk, P_FOREIGN_KEY_REFERENCES));
    add_each(&sql, n, "k", "", ", ");
    buf_adds(&sql, ") WHERE ");
    for (unsigned i = 1; i <= n; i++)
        buf_addf(&sql, "%sp.k%u = c.k%u", i > 1 ? " AND " : "", i, i);
    buf_addch(&sql, ')');
    if (!j->target_at->driver->source->rows(s, sql.data, take_count, &rows, &why))
        log_debug("rows that %s forbids are not counted: %s", fk->name, why.msg);
    buf_release(&sql);
    return rows;
}

/* ---- what becomes of it --------------------------------------------------------------------- */

static void note(struct job *j, const struct object *fk, enum neutral_what what)
{
    int slot = what == NEUTRAL_CHANGED ? (int)P_FOREIGN_KEY_VALIDATED : -1;
    VEC_PUSH(&j->plan.neutralised, struct neutralised,
             ((struct neutralised){.rule = NEUTRAL_ORPHANS,
                                   .what = what,
                                   .object = fk,
                                   .slot = slot,
                                   .path = model_path_text(fk, j->arena),
                                   .why = "rows refer to nothing"}));
}

/* A partition has a key of its own for each that comes from above. */
static bool is_copy_of(const struct job *j, const struct object *o, const struct object *fk)
{
    if (o->kind->id != K_FOREIGN_KEY || strcmp(o->name, fk->name) != 0)
        return false;
    const struct object *table = o->parent;
    while (table && table != fk->parent)
        table = model_partition_of(&j->model, table);
    return table != NULL;
}

static void note_all(struct job *j, const struct object *fk, enum neutral_what what)
{
    note(j, fk, what);
    for (uint32_t i = 0; model_get(fk->parent, P_TABLE_PARTITION_KEY) && i < j->model.n_objects;
         i++)
        if (j->model.objects[i] != fk && is_copy_of(j, j->model.objects[i], fk))
            note(j, j->model.objects[i], what);
}

static void tell(struct job *j, const struct object *fk, uint64_t rows, enum neutral_what what)
{
    const char *table = model_path_text(fk->parent, j->arena);
    char number[32] = "rows";
    if (rows)
        snprintf(number, sizeof(number), "%llu row%s", (unsigned long long)rows,
                 rows == 1 ? "" : "s");
    job_event(j, LOG_WARN,
              "foreign key %s %s: %s of %s refer%s to nothing in %s; if the copy left nothing out, "
              "they do so on the source as well: correct them there",
              model_path_text(fk, j->arena),
              what == NEUTRAL_ABSENT ? "is left out" : "arrives NOT VALID", number, table,
              rows == 1 ? "s" : "", model_get(fk, P_FOREIGN_KEY_REFERENCES));
}

bool orphans_leave(struct job *j, struct session *s, const struct step *step, struct err *why)
{
    const struct object *fk = step->object;
    enum neutral_what what = NEUTRAL_CHANGED;
    if (!fk || fk->kind->id != K_FOREIGN_KEY || strcmp(why->sqlstate, violated) != 0 ||
        is_ours(j, fk, why))
        return false;
    if (strstr(step->sql, " ADD CONSTRAINT ")) {
        struct step again = *step;
        struct err later = ERR_INIT;
        pthread_mutex_lock(&j->lock);
        again.sql = arena_printf(j->arena, "%s NOT VALID", step->sql);
        pthread_mutex_unlock(&j->lock);
        if (!again_exec(j, s, &again, &later)) {
            if (later.cls == ERR_CONNECTION || later.cls == ERR_INTERRUPTED) {
                *why = later;
                return false;
            }
            what = NEUTRAL_ABSENT;
        }
    }
    uint64_t rows = count(j, s, fk);
    pthread_mutex_lock(&j->lock);
    note_all(j, fk, what);
    tell(j, fk, rows, what);
    pthread_mutex_unlock(&j->lock);
    err_clear(why);
    return true;
}

bool orphans_skip(struct job *j, const struct step *step)
{
    const struct object *fk = step->object;
    bool found = false;
    while (fk && fk->kind->id != K_FOREIGN_KEY)
        fk = fk->parent;
    if (!fk)
        return false;
    pthread_mutex_lock(&j->lock);
    for (size_t i = 0; !found && i < j->plan.neutralised.len; i++) {
        const struct neutralised *n = &VEC_AT(&j->plan.neutralised, struct neutralised, i);
        found = n->rule == NEUTRAL_ORPHANS && n->what == NEUTRAL_ABSENT && n->object == fk;
    }
    pthread_mutex_unlock(&j->lock);
    return found;
}
