#include "verify.h"

#include <string.h>

enum { VERIFY_CHUNK_BYTES = 32 * 1024 * 1024 };

/* ---- tables ------------------------------------------------------------------------------ */

struct table_difference *verify_tables_add(struct verify *v, const struct object *o)
{
    struct table_difference *t = arena_new(v->arena, struct table_difference);
    t->path = model_path_text(o, v->arena);
    vec_init(&t->rows, sizeof(struct row_difference));
    t->number = (uint32_t)v->n_tables;
    v->of[v->n_tables] = o;
    v->tables[v->n_tables++] = t;
    return t;
}

static bool same_columns(const struct projection *a, const struct projection *b)
{
    if (a->n_columns != b->n_columns || a->n_key != b->n_key)
        return false;
    for (uint32_t i = 0; i < a->n_columns; i++)
        if (strcmp(a->columns[i].column->name, b->columns[i].column->name) != 0)
            return false;
    return true;
}

bool verify_tables_reorder(struct projection *p, const struct projection *like, struct arena *a)
{
    if (p->n_columns != like->n_columns)
        return false;
    struct projection_column *c = arena_alloc(a, sizeof(*c) * (p->n_columns + 1));
    for (uint32_t i = 0; i < like->n_columns; i++) {
        uint32_t k = 0;
        while (k < p->n_columns &&
               strcmp(p->columns[k].column->name, like->columns[i].column->name) != 0)
            k++;
        if (k == p->n_columns)
            return false;
        c[i] = p->columns[k];
    }
    p->columns = c;
    p->n_key = like->n_key;
    return same_columns(p, like);
}

/* Keys that are masked have other ranges on the target: such a table is one chunk. */
static bool add_whole(struct verify *v, struct table_difference *t, struct projection *source,
                      struct projection *target)
{
    struct check_chunk c = {
        .source = {.projection = source, .only = true}, .target = target, .table = t};
    VEC_PUSH(&v->chunks, struct check_chunk, c);
    return true;
}

static bool add_part(struct verify *v, struct table_difference *t, struct projection *source,
                     struct projection *target)
{
    struct check_chunk c = {
        .source = {.projection = source, .only = true}, .target = target, .table = t};
    c.parts = subset_verify_conditions(v->subset, source->table, v->arena, &c.n_parts);
    if (c.parts)
        VEC_PUSH(&v->chunks, struct check_chunk, c);
    return c.parts != NULL;
}

bool verify_tables_chunks(struct verify *v, struct table_difference *t, struct projection *source,
                          struct projection *target, struct err *err)
{
    if (v->subset && add_part(v, t, source, target))
        return true;
    if (masking_of_key(v->mask, source))
        return add_whole(v, t, source, target);
    struct vec chunks = VEC_INIT(struct chunk);
    bool ok = v->at[0]->driver->source->split(v->workers[0].s[0], source, SPLIT_KEY,
                                              VERIFY_CHUNK_BYTES, v->arena, &chunks, err);
    for (size_t i = 0; ok && i < chunks.len; i++) {
        struct check_chunk c = {
            .source = VEC_AT(&chunks, struct chunk, i), .target = target, .table = t};
        if (target->table->kind->id == K_LARGE_OBJECTS)
            c.only = v->others;
        VEC_PUSH(&v->chunks, struct check_chunk, c);
    }
    vec_release(&chunks);
    return ok;
}

const struct object *verify_tables_other(const struct verify *v, const struct object *o)
{
    const struct model *m = &v->model[SIDE_TARGET];
    const struct object *schema = o->parent;
    if (!v->opt->map || !schema || schema->kind->id != K_SCHEMA)
        return model_counterpart(m, o);
    schema = model_child(m, m->root, SPACE_SCHEMA, namemap_schema(v->opt->map, schema->name));
    const struct object *c = schema ? model_child(m, schema, o->kind->space, o->name) : NULL;
    return c && c->kind == o->kind ? c : NULL;
}

/* A masked column is read as it is: of a long value the comparison reads a digest instead. */
static bool read_raw(struct verify *v, const struct object *o, struct projection *p,
                     struct err *err)
{
    struct projection raw;
    if (!v->mask || !mask_set_changes(v->mask, o))
        return true;
    if (!v->at[0]->driver->source->project(v->workers[0].s[0], o, false, v->arena, &raw, err))
        return false;
    for (uint32_t i = 0; i < p->n_columns; i++) {
        const struct mask_found *f = mask_set_find(v->mask, p->columns[i].column);
        for (uint32_t k = 0; f && k < raw.n_columns; k++)
            if (raw.columns[k].column == p->columns[i].column)
                p->columns[i].read = raw.columns[k].read;
    }
    masking_read(v->mask, p, v->model[0].flavor, v->arena);
    return true;
}

static bool add_table(struct verify *v, const struct object *o, struct err *err)
{
    struct table_difference *t = verify_tables_add(v, o);
    const struct object *other = verify_tables_other(v, o);
    if (!other) {
        t->why = "the table is missing on the target";
        return true;
    }
    struct projection *p[2];
    const struct object *object[2] = {o, other};
    for (int i = 0; i < 2; i++) {
        p[i] = arena_new(v->arena, struct projection);
        if (!v->at[i]->driver->source->project(v->workers[0].s[i], object[i], true, v->arena, p[i],
                                               err))
            return false;
    }
    if (!verify_tables_reorder(p[SIDE_TARGET], p[SIDE_SOURCE], v->arena)) {
        t->why = "the table has different columns on the target";
        return true;
    }
    if (!read_raw(v, o, p[SIDE_SOURCE], err))
        return false;
    return verify_tables_chunks(v, t, p[SIDE_SOURCE], p[SIDE_TARGET], err);
}

const char *verify_tables_emptied(struct verify *v, const struct object *o)
{
    struct buf path = BUF_INIT;
    const char *rule = NULL;
    model_path(o, &path);
    for (size_t i = 0; !rule && i < v->notes.len; i++) {
        const struct neutral_note *n = &VEC_AT(&v->notes, struct neutral_note, i);
        if ((str_eq(n->what, "empty") && str_eq(n->kind, o->kind->name) &&
             str_eq(n->path, path.data)) ||
            (o->kind->id == K_EXTENSION_ROWS && str_eq(n->what, "absent") &&
             str_eq(n->kind, o->parent->kind->name) && str_eq(n->path, o->parent->name)))
            rule = n->rule;
    }
    buf_release(&path);
    return rule;
}

/* Its rows would only be told as missing, one by one. */
static bool arrives_empty(struct verify *v, const struct object *o)
{
    const char *rule = verify_tables_emptied(v, o);
    if (rule)
        verify_tell(v, "not compared: %s, which arrives empty (%s)", model_path_text(o, v->arena),
                    rule);
    return rule != NULL;
}

/* ---- what the target keeps of its own ------------------------------------------------------- */

static bool is_kept(const struct verify *v, const struct object *o)
{
    for (size_t i = 0; o && i < v->kept.len; i++)
        if (VEC_AT(&v->kept, const struct object *, i) == o)
            return true;
    return false;
}

static bool leaves_kept(struct verify *v, const struct object *o)
{
    if (!is_kept(v, o))
        return false;
    verify_tell(v, "not compared: %s, which the target keeps", model_path_text(o, v->arena));
    return true;
}

/* Its tables that the copy kept, and the large objects that these refer to. */
static bool find_kept(struct verify *v, struct err *err)
{
    const struct source_ops *target = v->at[SIDE_TARGET]->driver->source;
    struct map paths = MAP_INIT;
    for (size_t i = 0; i < v->notes.len; i++) {
        struct neutral_note *n = &VEC_AT(&v->notes, struct neutral_note, i);
        if (str_eq(n->what, "kept") && str_eq(n->kind, "table"))
            map_put(&paths, n->path, strlen(n->path), n);
    }
    for (uint32_t i = 0; paths.len && i < v->model[1].n_objects; i++) {
        const struct object *o = v->model[1].objects[i];
        const char *path = o->kind->id == K_TABLE ? model_path_text(o, v->arena) : NULL;
        if (path && map_get(&paths, path, strlen(path)))
            VEC_PUSH(&v->kept, const struct object *, o);
    }
    map_release(&paths);
    return !v->kept.len || !target->refers ||
           target->refers(v->workers[0].s[SIDE_TARGET], v->kept.items, v->kept.len, v->arena,
                          &v->others, &v->any_other, err);
}

static bool list_source(struct verify *v, struct err *err)
{
    for (uint32_t i = 0; i < v->model[0].n_objects; i++) {
        const struct object *o = v->model[0].objects[i];
        bool holds = table_holds_rows(&v->model[0], o);
        const struct object *other = holds ? verify_tables_other(v, o) : NULL;
        if (other)
            map_put(&v->paired, &v->model[1].objects[other->id], sizeof(other), v);
        if (holds && only_wants(&v->only, &v->model[0], o) && !leaves_kept(v, other) &&
            !arrives_empty(v, o) && !add_table(v, o, err))
            return false;
    }
    return true;
}

static void list_target(struct verify *v)
{
    for (uint32_t i = 0; i < v->model[1].n_objects; i++) {
        const struct object *o = v->model[1].objects[i];
        bool kept = o->kind->id == K_LARGE_OBJECTS && v->others && !v->any_other;
        if (table_holds_rows(&v->model[1], o) && !map_get(&v->paired, &o, sizeof(o)) &&
            only_wants(&v->only, &v->model[1], o) && !leaves_kept(v, o) && !kept)
            verify_tables_add(v, o)->why = "the table is missing on the source";
    }
}

bool verify_tables_list(struct verify *v, struct err *err)
{
    if (!find_kept(v, err))
        return false;
    size_t most = 3 * (size_t)v->model[0].n_objects + v->model[1].n_objects;
    v->tables = arena_alloc(v->arena, sizeof(*v->tables) * most);
    v->of = arena_alloc(v->arena, sizeof(*v->of) * most);
    if (!list_source(v, err))
        return false;
    list_target(v);
    if (!verify_beside_list(v, err) || !only_check(&v->only, err))
        return false;
    verify_tell_list(v->opt->progress, v->arena, &v->chunks, v->tables, v->n_tables, &v->shown);
    return true;
}
