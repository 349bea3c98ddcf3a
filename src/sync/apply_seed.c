#include "apply_seed.h"

#include <dbtwin/engine.h>

#include <string.h>

/*
 * A generated row in every table of the scratch, so that a table that loses its rows shows. The
 * scratch never acts: triggers are not there yet (MySQL) or are kept quiet (PostgreSQL), no default
 * is computed, and a table whose rows would go elsewhere gets none.
 */

struct seeded {
    const struct object *table;
    uint64_t rows;
};

/* ---- one row --------------------------------------------------------------------------------- */

/* Types whose values are not written 1, by how they begin. */
static const struct {
    unsigned flavors; /* 0: all */
    const char *type, *value;
} values[] = {
    {0, "date", "'2000-01-01'"},
    {0, "time", "'2000-01-01 01:00:00'"},
    {0, "uuid", "'00000000-0000-0000-0000-000000000001'"},
    {0, "inet", "'::1'"},
    {ENGINE_PG, "cidr", "'::1'"},
    {ENGINE_PG, "macaddr8", "'00:00:00:00:00:00:00:01'"},
    {ENGINE_PG, "macaddr", "'00:00:00:00:00:01'"},
    {ENGINE_PG, "point", "'(0,0)'"},
    {ENGINE_PG, "bit", "'1'"},
    {0, "year", "2000"},
};

static const char *scalar(const struct apply *a, const char *type)
{
    for (size_t i = 0; type && i < ARRAY_LEN(values); i++)
        if (str_starts(type, values[i].type) &&
            (!values[i].flavors || (values[i].flavors & a->facts.flavor)))
            return values[i].value;
    return apply_engine_of(a)->one;
}

static const char *value_of(const struct apply *a, const struct object *column)
{
    const char *type = model_get(column, P_COLUMN_TYPE);
    if (!model_yes(column, P_COLUMN_NOT_NULL))
        return "NULL";
    const char *composed = type ? apply_engine_of(a)->composed(a, column, type) : NULL;
    return composed ? composed : scalar(a, type);
}

static void add_insert(const struct apply *a, const struct object *t, struct buf *sql)
{
    struct buf list = BUF_INIT;
    buf_adds(sql, "INSERT INTO ");
    engine_quote_table(a->facts.flavor, t, sql);
    buf_adds(sql, " (");
    for (const struct object *c = t->first; c; c = c->next) {
        if (c->kind->id != K_COLUMN || model_get(c, P_COLUMN_GENERATED))
            continue;
        if (list.len) {
            buf_adds(sql, ", ");
            buf_adds(&list, ", ");
        }
        engine_quote(a->facts.flavor, c->name, sql);
        buf_adds(&list, value_of(a, c));
    }
    buf_addf(sql, ")%s VALUES (%s)", apply_engine_of(a)->overriding, list.data ? list.data : "");
    buf_release(&list);
}

/* ---- all ------------------------------------------------------------------------------------- */

static bool take_count(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                       struct err *err)
{
    (void)lengths, (void)err;
    if (n && v[0])
        str_parse_u64(v[0], ctx);
    return true;
}

static bool count(const struct apply_seed *s, const struct object *t, uint64_t *ret,
                  struct err *err)
{
    struct buf sql = BUF_INIT, name = BUF_INIT;
    const struct apply_engine *e = apply_engine_of(s->a);
    engine_quote_table(s->a->facts.flavor, t, &name);
    buf_addf(&sql, "SELECT count(*) FROM %s%s", e->only, name.data);
    bool ok = s->a->at->driver->source->rows(s->session, sql.data, take_count, ret, err);
    if (ok && e->in_partitions && !*ret) {
        buf_setlen(&sql, 0);
        buf_addf(&sql, "SELECT count(*) FROM %s%s", name.data, e->in_partitions);
        ok = s->a->at->driver->source->rows(s->session, sql.data, take_count, ret, err);
    }
    buf_release(&name);
    buf_release(&sql);
    return ok;
}

static bool is_over(const struct err *why, struct err *err)
{
    if (why->cls != ERR_CONNECTION && why->cls != ERR_INTERRUPTED)
        return false;
    *err = *why;
    return true;
}

/* Keys to other tables and triggers are not looked at meanwhile. */
static bool quiet(const struct apply_seed *s, bool on, struct err *err)
{
    const struct apply_engine *e = apply_engine_of(s->a);
    const char *sql = on ? e->quiet : e->loud;
    return s->a->at->driver->target->exec(s->session, NULL, sql, err);
}

static bool seed_one(struct apply_seed *s, const struct object *t, struct err *err)
{
    const char *why_not = apply_engine_of(s->a)->obstacle(t);
    struct buf sql = BUF_INIT;
    struct err why = ERR_INIT;
    uint64_t rows = 0;
    if (!why_not) {
        add_insert(s->a, t, &sql);
        if (!s->a->at->driver->target->exec(s->session, NULL, sql.data, &why) ||
            !count(s, t, &rows, &why))
            why_not = why.msg;
    }
    if (why_not)
        apply_tell(s->a, LOG_DEBUG, "the rehearsal has no row in table %s: %s",
                   model_path_text(t, s->a->arena), why_not);
    else
        VEC_PUSH(&s->tables, struct seeded, ((struct seeded){t, rows}));
    buf_release(&sql);
    return !is_over(&why, err);
}

bool apply_seed_fill(struct apply_seed *s, const struct model *m, struct err *err)
{
    struct err why = ERR_INIT;
    bool ok = true;
    vec_init(&s->tables, sizeof(struct seeded));
    if (!quiet(s, true, &why)) {
        apply_tell(s->a, LOG_DEBUG,
                   "the rehearsal has no rows: this account cannot keep triggers quiet: %s",
                   why.msg);
        return !is_over(&why, err);
    }
    for (uint32_t i = 0; ok && i < m->n_objects; i++)
        if (m->objects[i]->kind->id == K_TABLE && !s->absent(s->absent_ctx, m->objects[i]))
            ok = log_cancelled() ? err_set(err, ERR_INTERRUPTED, "interrupted; nothing was changed")
                                 : seed_one(s, m->objects[i], err);
    if (ok)
        apply_tell(s->a, LOG_DEBUG, "the rehearsal has a generated row in %zu tables",
                   s->tables.len);
    return ok && quiet(s, false, err);
}

struct deletions {
    struct arena *arena;
    struct vec list; /* const char * */
};

static bool take_deletion(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                          struct err *err)
{
    struct deletions *d = ctx;
    (void)lengths, (void)err;
    if (n && v[0])
        VEC_PUSH(&d->list, const char *, arena_strdup(d->arena, v[0]));
    return true;
}

/* The server says which tables there are: some are gone by now, have another name or another
 * schema, or have taken over the rows of others. */
bool apply_seed_empty(struct apply_seed *s, struct err *err)
{
    struct err why = ERR_INIT;
    struct deletions d = {s->a->arena, VEC_INIT(const char *)};
    if (!s->tables.len)
        return false;
    bool ok = quiet(s, true, err) &&
              s->a->at->driver->source->rows(s->session, apply_engine_of(s->a)->empty,
                                             take_deletion, &d, err);
    for (size_t i = 0; ok && i < d.list.len; i++) {
        err_clear(&why);
        ok = s->a->at->driver->target->exec(s->session, NULL, VEC_AT(&d.list, const char *, i),
                                            &why) ||
             !is_over(&why, err);
    }
    vec_release(&d.list);
    vec_reset(&s->tables);
    return quiet(s, false, err) && ok;
}

/* ---- afterwards ------------------------------------------------------------------------------ */

static const struct object *table_of(const struct object *o)
{
    while (o && o->kind->id != K_TABLE)
        o = o->parent;
    return o;
}

static bool is_declared(const struct apply_seed *s, const struct object *table)
{
    const char *path = model_path_text(table, s->a->arena);
    for (size_t i = 0; i < s->a->plan->steps.len; i++) {
        const struct step *step = &VEC_AT(&s->a->plan->steps, struct step, i);
        const struct object *t = step->hazards & HAZARD_DATA ? table_of(step->object) : NULL;
        if (t && str_eq(model_path_text(t, s->a->arena), path))
            return true;
    }
    return false;
}

bool apply_seed_check(const struct apply_seed *s, struct err *err)
{
    for (size_t i = 0; i < s->tables.len; i++) {
        const struct seeded *t = &VEC_AT(&s->tables, struct seeded, i);
        struct err why = ERR_INIT;
        uint64_t rows = 0;
        if (!count(s, t->table, &rows, &why)) {
            if (is_over(&why, err))
                return false;
        } else if (rows < t->rows && !is_declared(s, t->table)) {
            err_set(err, ERR_RUNTIME,
                    "the rehearsal: the plan loses rows of table %s and does not say so",
                    model_path_text(t->table, s->a->arena));
            return err_hint(err, "nothing was changed; this is a bug in dbtwin; please report it");
        }
    }
    return true;
}

void apply_seed_release(struct apply_seed *s)
{
    vec_release(&s->tables);
}
