#include "audit.h"

#include <dbtwin/clock.h>
#include <dbtwin/engine.h>
#include <dbtwin/log.h>
#include <dbtwin/sync.h>

#include <string.h>

/* Where it is looked for: all columns that hold texts, and the schema itself. */

static struct spot *new_spot(struct audit *u, const char *path)
{
    struct spot *s = arena_new(u->arena, struct spot);

    s->place.path = path;
    VEC_PUSH(&u->spots, struct spot *, s);
    return s;
}

static void found(void *ctx, struct needle *x)
{
    struct audit *u = ctx;
    struct spot *s = u->now;

    if (s->masked && !x->address && (!x->key || x->key != u->key)) {
        x->explained = true;
        return;
    }
    if (!s->counts)
        s->counts = arena_calloc(u->arena, u->needles.list.len * sizeof *s->counts);
    s->counts[x->id]++;
}

static bool take_row(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                     struct err *err)
{
    struct audit *u = ctx;
    struct buf key = BUF_INIT;

    (void)n;
    for (uint32_t i = 0; i < u->n_key; i++) {
        buf_addch(&key, '\0');
        if (values[i])
            buf_add(&key, values[i], lengths[i]);
    }
    u->key = u->n_key ? audit_key(u, &key) : 0;
    buf_release(&key);
    for (uint32_t i = 0; i < u->n; i++) {
        struct slice v = {values[u->n_key + i], lengths[u->n_key + i]};

        if (!v.data || !v.len)
            continue;
        u->now = u->spot[i];
        needles_search(&u->needles, audit_text(v, &u->facts[i], &u->scratch), found, u);
    }
    arena_reset(&u->scratch);
    u->ret->rows++;
    u->spot[0]->rows++;
    u->late = u->o->seconds > 0 && clock_now() > u->until;
    return !u->late || err_set(err, ERR_RUNTIME, "late");
}

static bool is_text_like(const struct mask_column *c)
{
    return c->array || !(c->type & (MASK_T_INT | MASK_T_DECIMAL | MASK_T_FLOAT | MASK_T_BOOL |
                                    MASK_T_DATE | MASK_T_TIMESTAMP));
}

static void note(void *ctx, struct needle *x)
{
    (void)x;
    *(bool *)ctx = true;
}

/* The path of the nearest object around it, itself included, of which no name is a value. */
static const char *shown_path(struct audit *u, const struct object *o)
{
    const struct object *at = o;

    for (const struct object *p = o; p->parent; p = p->parent) {
        bool hit = false;

        needles_search(&u->needles, (struct slice){p->name, strlen(p->name)}, note, &hit);
        at = hit ? p->parent : at;
    }
    return at->parent ? model_path_text(at, u->arena) : "the schema";
}

/* The columns of the target's table that are searched. */
static void choose_columns(struct audit *u, const struct object *o)
{
    uint32_t n;
    const struct object **all = model_parts(o, K_COLUMN, u->arena, &n);

    u->n = 0;
    u->columns = arena_calloc(u->arena, (n + 1) * sizeof(*u->columns));
    u->facts = arena_calloc(u->arena, (n + 1) * sizeof *u->facts);
    u->spot = arena_calloc(u->arena, (n + 1) * sizeof(*u->spot));
    for (uint32_t i = 0; i < n; i++) {
        struct mask_column *c = &u->facts[u->n];
        const char *path = model_path_text(all[i], u->arena);
        const char *computed = model_get(all[i], P_COLUMN_GENERATED);

        mask_column_of(&u->model[0], all[i], u->arena, c);
        if (!is_text_like(c))
            continue;
        u->spot[u->n] = new_spot(u, shown_path(u, all[i]));
        u->spot[u->n]->masked = map_get(&u->rules, path, strlen(path));
        u->spot[u->n]->derived = o->kind->id != K_TABLE || (computed && *computed);
        u->columns[u->n++] = all[i];
    }
}

static void add_select(const struct audit *u, const struct object *o, struct buf *sql)
{
    const struct model *m = &u->model[0];

    buf_adds(sql, "SELECT ");
    for (uint32_t i = 0; i < u->n_key; i++) {
        engine_quote(m->flavor, u->keys.columns[i].column->name, sql);
        buf_adds(sql, ", ");
    }
    for (uint32_t i = 0; i < u->n; i++) {
        buf_adds(sql, i ? ", " : "");
        engine_quote(m->flavor, u->columns[i]->name, sql);
    }
    buf_adds(sql, " FROM ");
    if (engine_of(m->flavor)->schemas && o->kind->id == K_TABLE &&
        !model_get(o, P_TABLE_PARTITION_KEY))
        buf_adds(sql, "ONLY ");
    engine_quote_table(m->flavor, o, sql);
    if (u->o->rows)
        buf_addf(sql, " LIMIT %llu", (unsigned long long)u->o->rows);
}

static bool search_table(struct audit *u, const struct object *o, struct err *err)
{
    const struct source_ops *d = u->at[0]->driver->source;
    const char *path = shown_path(u, o);
    struct buf sql = BUF_INIT;
    struct err why = ERR_INIT;
    bool ok;

    u->table = o;
    u->n_key = 0;
    choose_columns(u, o);
    if (!u->n)
        return true;
    if (u->late) {
        audit_unread(u, path, "not looked at: the time was over");
        return true;
    }
    if (o->kind->id == K_TABLE && d->project(u->s[0], o, true, u->arena, &u->keys, &why))
        u->n_key = u->keys.n_key;
    add_select(u, o, &sql);
    ok = d->rows(u->s[0], sql.data, take_row, u, &why);
    buf_release(&sql);
    u->ret->tables++;
    if (!ok && !u->late && audit_is_lost(&why)) {
        *err = why;
        return false;
    }
    if (!ok)
        audit_unread(u, path,
                     u->late ? "not read to its end: the time was over"
                             : audit_why(&why, u->arena));
    else if (u->o->rows && u->spot[0]->rows >= u->o->rows)
        audit_unread(u, path,
                     arena_printf(u->arena, "only the first %llu rows were looked at",
                                  (unsigned long long)u->o->rows));
    return true;
}

/* Bytes as PostgreSQL writes them. */
static bool take_large_object(void *ctx, unsigned n, const char *const *values,
                              const size_t *lengths, struct err *err)
{
    struct audit *u = ctx;

    (void)n;
    (void)err;
    if (values[0])
        needles_search(&u->needles, audit_bytes((struct slice){values[0], lengths[0]}, &u->scratch),
                       found, u);
    arena_reset(&u->scratch);
    return true;
}

static bool search_large_objects(struct audit *u, struct err *err)
{
    struct err why = ERR_INIT;

    u->now = new_spot(u, "large objects");
    u->key = 0;
    if (u->at[0]->driver->source->rows(
            u->s[0],
            "SELECT pg_catalog.lo_get(oid, 0, 1000000) FROM pg_catalog.pg_largeobject_metadata"
            " ORDER BY oid LIMIT 10000",
            take_large_object, u, &why))
        return true;
    if (audit_is_lost(&why)) {
        *err = why;
        return false;
    }
    audit_unread(u, "large objects", audit_why(&why, u->arena));
    return true;
}

static void search_text(struct audit *u, const struct object *o, const char *what, const char *text)
{
    if (!text || !*text)
        return;
    u->now = new_spot(u, NULL);
    u->now->in_schema = true;
    u->now->place.what = what;
    needles_search(&u->needles, (struct slice){text, strlen(text)}, found, u);
    if (u->now->counts)
        u->now->place.path = shown_path(u, o);
    else
        u->spots.len--;
}

/* Comments, defaults, labels, bounds, code: all texts of the schema. */
static void search_schema(struct audit *u)
{
    const struct model *m = &u->model[0];

    u->key = 0;
    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct object *o = m->objects[i];

        if (o != m->root)
            search_text(u, o, arena_printf(u->arena, "%s name", o->kind->name), o->name);
        for (unsigned k = 0; k < o->kind->n_props; k++)
            if (!(o->kind->props[k].flags & (F_VOLATILE | F_SECRET)))
                search_text(u, o, o->kind->props[k].name, model_get(o, (int)k));
    }
}

bool audit_search(struct audit *u, struct err *err)
{
    const struct model *m = &u->model[0];

    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct object *o = m->objects[i];
        bool rows = o->kind->id == K_TABLE ? table_holds_rows(m, o)
                    : o->kind->id == K_MATERIALIZED_VIEW
                        ? !model_no(o, P_MATERIALIZED_VIEW_POPULATED)
                        : false;

        if (log_cancelled())
            return err_set(err, ERR_INTERRUPTED, "interrupted");
        if ((rows && !search_table(u, o, err)) ||
            (o->kind->id == K_LARGE_OBJECTS && !search_large_objects(u, err)))
            return false;
    }
    search_schema(u);
    return true;
}
