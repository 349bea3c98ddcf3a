#include <dbtwin/audit.h>

#include "needles.h"

#include <dbtwin/clock.h>
#include <dbtwin/engine.h>
#include <dbtwin/log.h>
#include <dbtwin/sync.h>

#include <string.h>

enum {
    SHARED = 3,  /* what more sampled fields hold is nobody's in particular */
    COMMON = 20, /* words in so many rows, and one of COMMON_OF rows, are common words */
};

/* A column of the target, or all of its schema. */
struct spot {
    struct audit_place place;
    const struct mask_found *masked; /* the rule of its counterpart, unless it keeps */
    bool derived; /* computed from others: what masked columns explain may be in it */
    bool in_schema;
    uint32_t *counts; /* by needle, or NULL */
    uint64_t rows;
};

struct audit {
    const struct endpoint *at[2]; /* target, source */
    const struct audit_options *o;
    struct session *s[2];
    struct model model[2];
    struct arena *arena;
    struct arena scratch; /* of a row */
    struct mask_set *set;
    struct mask_worker *worker;
    struct map rules; /* path of a column → struct mask_found, of those that do not keep */
    struct needles needles;
    struct vec spots; /* struct spot * */
    struct audit_result *ret;
    double until;
    /* the table that is looked at */
    const struct object *table;
    const struct object **columns; /* source: all; target: those that are searched */
    struct mask_column *facts;
    struct spot **spot;
    uint32_t n, n_key;
    struct projection keys;
    bool late;
    /* the field that is looked at */
    struct spot *now;
    uint64_t key;
    struct slice masked;
    const struct mask_found *of;
};

static void unread(struct audit *u, const char *path, const char *why)
{
    VEC_PUSH(&u->ret->unread, const char *, arena_printf(u->arena, "%s: %s", path, why));
}

/* A server's message may show a value. */
static const char *why_not(const struct err *err, struct arena *a)
{
    if (err->cls == ERR_DENIED)
        return "this account may not read it";
    if (err->sqlstate[0])
        return arena_printf(a, "reading it failed, SQLSTATE %s", err->sqlstate);
    return arena_printf(a, "reading it failed, error %d", err->native);
}

static bool is_lost(const struct err *err)
{
    return err->cls == ERR_CONNECTION || err->cls == ERR_INTERRUPTED;
}

/* ---- a field as text ---------------------------------------------------------- */

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct slice unhexed(struct slice v, struct arena *a)
{
    char *to = arena_alloc(a, v.len / 2 + 1);
    size_t n = 0;

    for (size_t i = 2; i + 1 < v.len && nibble(v.data[i]) >= 0 && nibble(v.data[i + 1]) >= 0;
         i += 2)
        to[n++] = (char)(nibble(v.data[i]) * 16 + nibble(v.data[i + 1]));
    return (struct slice){to, n};
}

static struct slice as_text(struct slice v, const struct mask_column *c, struct arena *a)
{
    bool hex =
        c->type == MASK_T_BYTES && c->hex && v.len > 1 && v.data[0] == '\\' && v.data[1] == 'x';

    return hex ? unhexed(v, a) : v;
}

/* The lexemes of a search vector, as the words of a text. */
static struct slice words_of(struct slice v, struct arena *a)
{
    char *to = arena_alloc(a, v.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < v.len; i++) {
        bool ends = v.data[i] == '\'' && (i + 1 == v.len || v.data[i + 1] == ':');

        if (ends) /* its places follow */
            while (i + 1 < v.len && v.data[i + 1] != ' ')
                i++;
        if (v.data[i] != '\'' && !ends)
            to[n++] = v.data[i];
    }
    return (struct slice){to, n};
}

/* ---- what is looked for -------------------------------------------------------------------- */

static bool take_part(void *ctx, struct slice part)
{
    struct audit *u = ctx;

    /* What its rule leaves as it is may be anywhere. */
    if (!needles_within(u->masked, part))
        needles_add(&u->needles, part, u->of, u->key);
    return true;
}

static bool changes(const struct mask_found *f)
{
    return f && !mask_rule_facts(f->rule)->keeps;
}

/* Dates, numbers with a fraction and labels: too many rows have the same. */
static bool has_rare(const struct mask_column *c)
{
    return !(c->type & (MASK_T_DATE | MASK_T_TIMESTAMP | MASK_T_BOOL | MASK_T_FLOAT |
                        MASK_T_DECIMAL | MASK_T_ENUM));
}

static bool is_document(const struct mask_column *c)
{
    return c->array || c->type == MASK_T_JSON || c->type == MASK_T_OTHER;
}

/* As the rule masks it; nothing, if that takes more than the value. */
static void mask_alone(struct audit *u, const struct mask_found *f, struct slice v, struct buf *out)
{
    const struct mask_rule_facts *facts = mask_rule_facts(f->rule);
    struct mask_input in = {.value = v};
    struct err err = ERR_INIT;
    bool null = false;

    if (facts->same_as || facts->sql || !mask_value(u->worker, f->rule, &in, out, &null, &err) ||
        null)
        buf_reset(out);
}

static uint64_t hash_key(const char *path, const struct buf *values)
{
    struct buf all = BUF_INIT;
    uint64_t h;

    buf_adds(&all, path);
    buf_add(&all, values->data, values->len);
    h = hash_bytes64(all.data, all.len);
    buf_release(&all);
    return h ? h : 1;
}

/* The key that a row of the source has in the copy; 0: not known. */
static uint64_t key_there(struct audit *u, const char *const *values, const size_t *lengths)
{
    struct buf all = BUF_INIT;
    uint64_t h = 0;
    uint32_t k;

    for (k = 0; k < u->keys.n_key; k++) {
        const struct object *column = u->keys.columns[k].column;
        const struct mask_found *f = mask_set_find(u->set, column);
        uint32_t i = 0;
        size_t before = all.len + 1;

        while (i < u->n && u->columns[i] != column)
            i++;
        if (i == u->n || !values[i])
            break;
        buf_addch(&all, '\0');
        if (!changes(f)) {
            buf_add(&all, values[i], lengths[i]);
        } else {
            struct buf made = BUF_INIT;

            mask_alone(u, f, (struct slice){values[i], lengths[i]}, &made);
            buf_add(&all, made.data, made.len);
            buf_release(&made);
            if (all.len == before)
                break;
        }
    }
    if (k && k == u->keys.n_key)
        h = hash_key(model_path_text(u->table, &u->scratch), &all);
    buf_release(&all);
    return h;
}

static bool take_sample(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                        struct err *err)
{
    struct audit *u = ctx;
    struct buf made = BUF_INIT;

    (void)err;
    u->key = key_there(u, values, lengths);
    for (uint32_t i = 0; i < n && i < u->n; i++) {
        struct slice v = {values[i], lengths[i]};

        u->of = mask_set_find(u->set, u->columns[i]);
        if (!v.data || !changes(u->of) || !has_rare(&u->facts[i]))
            continue;
        buf_reset(&made);
        mask_alone(u, u->of, v, &made);
        u->masked = as_text(buf_slice(&made), &u->facts[i], &u->scratch);
        needles_parts(as_text(v, &u->facts[i], &u->scratch), is_document(&u->facts[i]), take_part,
                      u);
    }
    buf_release(&made);
    arena_reset(&u->scratch);
    return true;
}

static bool sample_table(struct audit *u, const struct object *table, struct err *err)
{
    const struct source_ops *d = u->at[1]->driver->source;
    struct err why = ERR_INIT;

    u->table = table;
    u->columns = model_parts(table, K_COLUMN, u->arena, &u->n);
    u->facts = arena_calloc(u->arena, (u->n + 1) * sizeof *u->facts);
    for (uint32_t i = 0; i < u->n; i++)
        mask_column_of(&u->model[1], u->columns[i], u->arena, &u->facts[i]);
    if (d->project(u->s[1], table, true, u->arena, &u->keys, &why) &&
        d->sample(u->s[1], table, u->o->sample, take_sample, u, &why))
        return true;
    if (is_lost(&why)) {
        *err = why;
        return false;
    }
    unread(u, model_path_text(table, u->arena),
           arena_printf(u->arena, "no sample of the source: %s", why_not(&why, u->arena)));
    return true;
}

static bool sample_source(struct audit *u, struct err *err)
{
    const struct model *m = &u->model[1];

    for (size_t i = 0; i < mask_set_count(u->set); i++) {
        const struct mask_found *f = mask_set_at(u->set, i);
        const char *path = model_path_text(f->column, u->arena);

        if (changes(f))
            map_put(&u->rules, path, strlen(path), (void *)(uintptr_t)f);
    }
    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct object *o = m->objects[i];

        if (log_cancelled())
            return err_set(err, ERR_INTERRUPTED, "interrupted");
        if (o->kind->id == K_TABLE && table_holds_rows(m, o) && mask_set_changes(u->set, o) &&
            !sample_table(u, o, err))
            return false;
    }
    needles_end(&u->needles, SHARED);
    return true;
}

/* ---- where it is looked for ------------------------------------------------------------------ */

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
    u->key = u->n_key ? hash_key(model_path_text(u->table, &u->scratch), &key) : 0;
    buf_release(&key);
    for (uint32_t i = 0; i < u->n; i++) {
        struct slice v = {values[u->n_key + i], lengths[u->n_key + i]};

        if (!v.data || !v.len)
            continue;
        u->now = u->spot[i];
        v = as_text(v, &u->facts[i], &u->scratch);
        if (str_eq(u->facts[i].type_text, "tsvector"))
            v = words_of(v, &u->scratch);
        needles_search(&u->needles, v, found, u);
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
        unread(u, path, "not looked at: the time was over");
        return true;
    }
    if (o->kind->id == K_TABLE && d->project(u->s[0], o, true, u->arena, &u->keys, &why))
        u->n_key = u->keys.n_key;
    add_select(u, o, &sql);
    ok = d->rows(u->s[0], sql.data, take_row, u, &why);
    buf_release(&sql);
    u->ret->tables++;
    if (!ok && !u->late && is_lost(&why)) {
        *err = why;
        return false;
    }
    if (!ok)
        unread(u, path,
               u->late ? "not read to its end: the time was over" : why_not(&why, u->arena));
    else if (u->o->rows && u->spot[0]->rows >= u->o->rows)
        unread(u, path,
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
        needles_search(&u->needles, unhexed((struct slice){values[0], lengths[0]}, &u->scratch),
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
    if (is_lost(&why)) {
        *err = why;
        return false;
    }
    unread(u, "large objects", why_not(&why, u->arena));
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

static bool search_target(struct audit *u, struct err *err)
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

/* ---- what that means ------------------------------------------------------------------------ */

static bool is_chance(const struct spot *s, const struct needle *x)
{
    uint64_t rows = s->rows, n = s->counts[x->id];

    if (x->explained && !x->address && (s->derived || (s->in_schema && x->words)))
        return true;
    return x->words && n > COMMON && rows && n > rows / COMMON;
}

static void judge(struct audit *u)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < u->spots.len; i++) {
        struct spot *s = VEC_AT(&u->spots, struct spot *, i);
        uint32_t most = 0;

        rows = s->rows ? s->rows : rows; /* the first column of a table has them */
        if (!s->counts)
            continue;
        s->rows = s->in_schema ? 0 : rows;
        for (size_t k = 0; k < u->needles.list.len; k++) {
            const struct needle *x = VEC_AT(&u->needles.list, struct needle *, k);
            const struct mask_found *of = x->of;

            if (!s->counts[k] || is_chance(s, x))
                continue;
            s->place.values += s->counts[k];
            if (s->counts[k] > most)
                s->place.of = model_path_text(of->column, u->arena);
            most = s->counts[k] > most ? s->counts[k] : most;
        }
        if (s->place.values)
            VEC_PUSH(&u->ret->places, struct audit_place, s->place);
    }
}

static bool open_sides(struct audit *u, struct err *err)
{
    for (int i = 0; i < 2; i++) {
        const struct driver *d = u->at[i]->driver;

        if (!d->live) {
            err_set(err, ERR_USAGE, "an audit needs two live databases, and %s is a file",
                    u->at[i]->label);
            return err_hint(err, "restore the file into an empty database and audit that");
        }
        if (!d->source->open(u->at[i], DRIVER_SOURCE, NULL, &u->s[i], err) ||
            !d->source->introspect(u->s[i], &u->model[i], err))
            return err_context(err, "while reading the schema of %s", u->at[i]->label);
    }
    return true;
}

static bool run(struct audit *u, struct err *err)
{
    if (!open_sides(u, err) ||
        !mask_set_new(u->o->mask, &u->model[1], u->o->key, u->arena, &u->set, err))
        return false;
    u->worker = mask_worker_new(u->o->key);
    if (!sample_source(u, err) || !search_target(u, err))
        return false;
    judge(u);
    u->ret->values = u->needles.list.len;
    return true;
}

bool sync_audit(const struct endpoint *target, const struct endpoint *source,
                const struct audit_options *o, struct arena *a, struct audit_result *ret,
                struct err *err)
{
    struct audit u = {
        .at = {target, source}, .o = o, .arena = a, .scratch = ARENA_INIT, .ret = ret};
    bool ok;

    *ret = (struct audit_result){.places = VEC_INIT(struct audit_place),
                                 .unread = VEC_INIT(const char *)};
    vec_init(&u.spots, sizeof(struct spot *));
    u.until = clock_now() + o->seconds;
    needles_init(&u.needles);
    model_init(&u.model[0]);
    model_init(&u.model[1]);
    ok = run(&u, err);
    for (int i = 0; i < 2; i++)
        if (u.s[i])
            u.at[i]->driver->source->close(u.s[i]);
    mask_set_release(u.set);
    if (u.worker)
        mask_worker_free(u.worker);
    needles_release(&u.needles);
    model_release(&u.model[0]);
    model_release(&u.model[1]);
    map_release(&u.rules);
    vec_release(&u.spots);
    arena_release(&u.scratch);
    if (!ok)
        sync_audit_release(ret);
    return ok;
}

void sync_audit_release(struct audit_result *r)
{
    vec_release(&r->places);
    vec_release(&r->unread);
}
