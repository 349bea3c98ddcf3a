#include "subset.h"

#include <dbtwin/engine.h>

#include <string.h>

/* ---- tables ---------------------------------------------------------------------------------- */

static const struct object *named_so(const struct subset *s, const char *written)
{
    const char *name = subset_requoted(s->job, written);
    return map_get(&s->by_name, name, strlen(name));
}

/* Rows of a partition are rows of its root. */
static const struct object *root_of(const struct subset *s, const struct object *table)
{
    int slot = P_TABLE_PARTITION_OF;
    const struct object *parent = table;
    for (unsigned depth = 0; parent && model_get(parent, slot) && depth < 64; depth++) {
        table = parent;
        parent = named_so(s, model_get(parent, slot));
    }
    return parent ? parent : table;
}

static struct subset_table *table_of(const struct subset *s, const struct object *o)
{
    return map_get(&s->by_table, &o, sizeof o);
}

static void list_tables(struct subset *s)
{
    struct job *j = s->job;
    s->tables = arena_calloc(j->arena, (j->model.n_objects + 1) * sizeof(*s->tables));
    for (uint32_t i = 0; i < j->model.n_objects; i++) {
        struct object *o = j->model.objects[i];
        const char *name = o->kind->id == K_TABLE ? subset_qualified(j, o) : NULL;
        if (name)
            map_put(&s->by_name, name, strlen(name), o);
    }
    for (uint32_t i = 0; i < j->model.n_objects; i++) {
        const struct object *o = j->model.objects[i];
        if (o->kind->id != K_TABLE || root_of(s, o) != o)
            continue;
        struct subset_table *t = &s->tables[s->n_tables++];
        *t = (struct subset_table){.table = o, .name = subset_qualified(j, o)};
        vec_init(&t->keys, sizeof(const char *));
        vec_init(&t->chosen, sizeof(const char *));
        map_put(&s->by_table, &t->table, sizeof t->table, t);
    }
    for (uint32_t i = 0; i < j->model.n_objects; i++) {
        const struct object *o = j->model.objects[i], *root;
        if (o->kind->id != K_TABLE || (root = root_of(s, o)) == o)
            continue;
        const struct object **key = arena_new(j->arena, const struct object *);
        *key = o;
        map_put(&s->by_table, key, sizeof *key, table_of(s, root));
    }
}

static struct subset_table *named(const struct subset *s, const char *path)
{
    for (size_t i = 0; i < s->n_tables; i++)
        if (str_eq(model_path_text(s->tables[i].table, s->job->arena), path))
            return &s->tables[i];
    return NULL;
}

static bool no_table(const struct subset *s, const char *where, const char *path, unsigned line,
                     struct err *err)
{
    err_set(err, ERR_USAGE, "%s:%u: %s: %s has no table %s", s->config->file, line, where,
            s->job->source->label, path);
    return err_hint(err, "tables are named as in reports: public.orders, or orders on MySQL and "
                         "MariaDB");
}

/* ---- ways from row to row -------------------------------------------------------------------- */

static bool is_inherited(const struct object *fk)
{
    const char *n = model_get(fk, P_FOREIGN_KEY_INHERITED);
    return n && strcmp(n, "0") != 0;
}

static bool list_keys(struct subset *s, struct err *err)
{
    const struct job *j = s->job;
    for (uint32_t i = 0; i < j->model.n_objects; i++) {
        const struct object *fk = j->model.objects[i], *to;
        if (fk->kind->id != K_FOREIGN_KEY || is_inherited(fk))
            continue;
        to = model_get(fk, P_FOREIGN_KEY_REFERENCES)
                 ? named_so(s, model_get(fk, P_FOREIGN_KEY_REFERENCES))
                 : NULL;
        struct subset_link l = {.from = table_of(s, fk->parent),
                                .to = to ? table_of(s, to) : NULL,
                                .from_name = subset_qualified(j, fk->parent),
                                .columns = model_get(fk, P_FOREIGN_KEY_COLUMNS),
                                .to_columns = model_get(fk, P_FOREIGN_KEY_REF_COLUMNS),
                                .declared = true,
                                .text = model_path_text(fk, j->arena)};
        if (!l.from || !l.to || !l.columns || !l.to_columns)
            return err_set(err, ERR_REFUSED,
                           "rows: foreign key %s: the table that it refers to is not copied",
                           l.text);
        VEC_PUSH(&s->links, struct subset_link, l);
    }
    return true;
}

static bool list_references(struct subset *s, struct err *err)
{
    for (size_t i = 0; i < s->config->references.len; i++) {
        const struct subset_reference *r =
            &VEC_AT(&s->config->references, struct subset_reference, i);
        struct subset_link l = {
            .from = named(s, r->table),
            .to = named(s, r->to_table),
            .columns = subset_quoted(s->job, r->column),
            .to_columns = subset_quoted(s->job, r->to_column),
            .when = r->when,
            .text = arena_printf(s->job->arena, "reference %s.%s", r->table, r->column)};
        if (!l.from || !l.to)
            return no_table(s, "references", l.from ? r->to_table : r->table, r->line, err);
        l.from_name = l.from->name;
        VEC_PUSH(&s->links, struct subset_link, l);
    }
    return true;
}

static bool mark_children(struct subset *s, struct err *err)
{
    for (size_t i = 0; i < s->config->children.len; i++) {
        const struct subset_child *c = &VEC_AT(&s->config->children, struct subset_child, i);
        struct subset_table *parent = named(s, c->parent), *child = named(s, c->child);
        size_t n = 0;
        if (!parent || !child)
            return no_table(s, "children", parent ? c->child : c->parent, c->line, err);
        for (size_t k = 0; k < s->links.len; k++) {
            struct subset_link *l = &VEC_AT(&s->links, struct subset_link, k);
            if (l->from != child || l->to != parent)
                continue;
            l->brings_children = true;
            n++;
        }
        if (n)
            continue;
        err_set(err, ERR_USAGE, "%s:%u: children: no key of %s refers to %s", s->config->file,
                c->line, c->child, c->parent);
        return err_hint(err, "a key that no constraint declares can be named under references:");
    }
    return true;
}

/* ---- what becomes of each table -------------------------------------------------------------- */

static bool fits_any(const struct vec *patterns, const struct object *o)
{
    for (size_t i = 0; i < patterns->len; i++)
        if (table_fits(o, VEC_AT(patterns, const char *, i)))
            return true;
    return false;
}

static bool take_starts(struct subset *s, struct err *err)
{
    for (size_t i = 0; i < s->config->starts.len; i++) {
        const struct subset_start *start = &VEC_AT(&s->config->starts, struct subset_start, i);
        struct subset_table *t = named(s, start->table);
        if (!t)
            return no_table(s, "start", start->table, start->line, err);
        t->how = SUBSET_KEYS;
        t->start = start;
        t->why = "start";
    }
    return true;
}

static void take_patterns(struct subset *s)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        struct subset_table *t = &s->tables[i];
        if (t->how != SUBSET_OPEN)
            continue;
        if (fits_any(&s->config->none, t->table)) {
            t->how = SUBSET_NONE;
            t->why = "none";
        } else if (fits_any(&s->config->whole, t->table)) {
            t->how = SUBSET_WHOLE;
            t->why = "whole";
        }
    }
}

/* Tables that rows of a start lead to, as what they refer to or as children. */
static void follow(struct subset *s)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < s->links.len; i++) {
            const struct subset_link *l = &VEC_AT(&s->links, struct subset_link, i);
            struct subset_table *next = NULL;
            if (l->from->how == SUBSET_KEYS && l->to->how == SUBSET_OPEN)
                next = l->to;
            else if (l->brings_children && l->to->how == SUBSET_KEYS && l->from->how == SUBSET_OPEN)
                next = l->from;
            if (!next)
                continue;
            next->how = SUBSET_KEYS;
            next->why = arena_printf(
                s->job->arena, "%s of %s",
                next == l->to ? "needed by rows" : "children of chosen rows",
                model_path_text((next == l->to ? l->from : l->to)->table, s->job->arena));
            changed = true;
        }
    }
}

/* What it refers to, of which not all rows come; NULL: nothing. */
static const struct subset_link *refers_to_part(const struct subset *s,
                                                const struct subset_table *t)
{
    for (size_t i = 0; i < s->links.len; i++) {
        const struct subset_link *l = &VEC_AT(&s->links, struct subset_link, i);
        if (l->from == t && (l->to->how == SUBSET_KEYS || l->to->how == SUBSET_NONE))
            return l;
    }
    return NULL;
}

static bool name_open(struct subset *s, const struct vec *open, struct err *err)
{
    struct buf list = BUF_INIT;
    const struct subset_table *first = VEC_AT(open, const struct subset_table *, 0);
    const struct subset_link *l = refers_to_part(s, first);
    for (size_t i = 0; i < open->len && i < 8; i++)
        buf_addf(
            &list, "%s%s", i ? ", " : "",
            model_path_text(VEC_AT(open, const struct subset_table *, i)->table, s->job->arena));
    if (open->len > 8)
        buf_addf(&list, " and %zu more", open->len - 8);
    err_set(err, ERR_REFUSED, "rows: does not say which rows of %s come", list.data);
    buf_release(&list);
    if (l)
        return err_hint(err,
                        "%s refers to %s, of which only some rows come: name it under whole: (then "
                        "all that it refers to comes, too), none:, or children: {%s: [%s]}",
                        model_path_text(first->table, s->job->arena),
                        model_path_text(l->to->table, s->job->arena),
                        model_path_text(l->to->table, s->job->arena),
                        model_path_text(first->table, s->job->arena));
    return err_hint(err,
                    "no chosen row leads to it, and it is not small (small: 8M): name it under "
                    "whole: or none:");
}

static uint64_t bytes_of(const struct object *table)
{
    uint64_t n = 0;
    const char *text = model_get(table, P_TABLE_BYTES);
    return text && str_parse_u64(text, &n) ? n : 0;
}

/* Small tables that refer to nothing of which only a part comes are whole. */
static bool take_rest(struct subset *s, struct err *err)
{
    uint64_t small = s->config->small ? (uint64_t)s->config->small : SUBSET_SMALL;
    struct vec open = VEC_INIT(const struct subset_table *);
    for (bool changed = true; changed;) {
        changed = false;
        open.len = 0;
        for (size_t i = 0; i < s->n_tables; i++) {
            struct subset_table *t = &s->tables[i];
            if (t->how != SUBSET_OPEN)
                continue;
            if (refers_to_part(s, t) || bytes_of(t->table) > small) {
                VEC_PUSH(&open, const struct subset_table *, t);
                continue;
            }
            t->how = SUBSET_WHOLE;
            t->why = "small";
        }
    }
    bool ok = !open.len || name_open(s, &open, err);
    vec_release(&open);
    return ok;
}

static bool check_none(const struct subset *s, struct err *err)
{
    for (size_t i = 0; i < s->links.len; i++) {
        const struct subset_link *l = &VEC_AT(&s->links, struct subset_link, i);
        if (l->to->how != SUBSET_NONE || l->from->how == SUBSET_NONE)
            continue;
        err_set(err, ERR_REFUSED, "rows: %s arrives empty, and rows of %s refer to it (%s)",
                model_path_text(l->to->table, s->job->arena),
                model_path_text(l->from->table, s->job->arena), l->text);
        return err_hint(err, "take it off none:, or name the other table there, too");
    }
    return true;
}

bool subset_prepare(struct job *j, struct err *err)
{
    if (!j->opt->rows)
        return true;
    if (job_from_archive(j))
        return err_set(err, ERR_USAGE, "rows: chooses rows of a live database, and %s is a file",
                       j->source->label);
    if (j->opt->resume || j->opt->of_set)
        return err_set(err, ERR_USAGE, "rows: goes with neither --resume nor several databases");
    struct subset *s = j->subset = arena_new(j->arena, struct subset);
    s->config = j->opt->rows;
    s->job = j;
    vec_init(&s->links, sizeof(struct subset_link));
    list_tables(s);
    if (!list_keys(s, err) || !list_references(s, err) || !mark_children(s, err) ||
        !take_starts(s, err))
        return false;
    take_patterns(s);
    follow(s);
    return take_rest(s, err) && check_none(s, err);
}

void subset_release(struct subset *s)
{
    for (size_t i = 0; s && i < s->n_tables; i++) {
        map_release(&s->tables[i].known);
        map_release(&s->tables[i].known_chosen);
        vec_release(&s->tables[i].keys);
        vec_release(&s->tables[i].chosen);
    }
    if (s) {
        vec_release(&s->links);
        map_release(&s->by_table);
        map_release(&s->by_name);
    }
}

bool subset_empties(const struct job *j, const struct object *table)
{
    const struct subset_table *t = j->subset ? table_of(j->subset, table) : NULL;
    return t && t->how == SUBSET_NONE;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool find_key(struct subset *s, struct subset_table *t, struct err *err)
{
    struct job *j = s->job;
    struct projection p;
    struct buf key = BUF_INIT;
    if (!j->source->driver->source->project(j->first, t->table, true, j->arena, &p, err))
        return false;
    t->n_key = p.n_key;
    t->key_columns = arena_calloc(j->arena, (p.n_key + 1) * sizeof(*t->key_columns));
    for (uint32_t i = 0; i < p.n_key; i++) {
        t->key_columns[i] = p.columns[i].column;
        buf_addf(&key, "%s%s", i ? ", " : "", subset_quoted(j, p.columns[i].column->name));
    }
    t->key = arena_strdup(j->arena, key.data);
    buf_release(&key);
    return true;
}

/* Without a key rows have no name: then only a condition can choose them, and nobody may need
 * some of them. */
static bool take_keyless(struct subset *s, struct subset_table *t, struct err *err)
{
    const struct subset_start *start = t->start;
    if (start && start->condition && start->percent >= 100 && !start->cover && !start->at_least) {
        t->how = SUBSET_WHERE;
        t->where = arena_printf(s->job->arena, "(%s)", start->condition);
        return true;
    }
    err_set(err, ERR_REFUSED,
            "rows: %s has no primary or unique key, so its rows cannot be chosen "
            "one by one",
            model_path_text(t->table, s->job->arena));
    return err_hint(err, "start: takes a condition for it; or name it under whole: or none:");
}

static bool begin_tables(struct subset *s, struct err *err)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        struct subset_table *t = &s->tables[i];
        if (t->how != SUBSET_KEYS)
            continue;
        if (!find_key(s, t, err) || (!t->n_key && !take_keyless(s, t, err)))
            return false;
    }
    for (size_t i = 0; i < s->n_tables; i++)
        if (s->tables[i].how == SUBSET_KEYS && s->tables[i].start &&
            !subset_start(s, &s->tables[i], err))
            return false;
    /* What whole tables, and those without a key, refer to. */
    for (size_t i = 0; i < s->links.len; i++) {
        struct subset_link l = VEC_AT(&s->links, struct subset_link, i);
        bool all = l.from->how == SUBSET_WHOLE || l.from->how == SUBSET_WHERE;
        if (all && l.to->how == SUBSET_KEYS &&
            !subset_parents(s, &l, l.from->how == SUBSET_WHERE ? l.from->where : "", err))
            return false;
    }
    return true;
}

bool subset_line(const struct subset *s, size_t i, struct buf *out)
{
    char n[32];
    const struct subset_table *t = &s->tables[i];
    if (t->how == SUBSET_WHOLE)
        return false;
    str_human_count(t->keys.len, n);
    buf_addf(out, "rows of %s: %s (%s)", model_path_text(t->table, s->job->arena),
             t->how == SUBSET_NONE    ? "none"
             : t->how == SUBSET_WHERE ? "those of its condition"
                                      : n,
             t->why);
    return true;
}

const char *subset_note(const struct job *j)
{
    const struct subset *s = j->subset;
    struct buf b = BUF_INIT;
    size_t parts = 0;
    if (!s)
        return NULL;
    for (size_t i = 0; i < s->n_tables; i++)
        parts += s->tables[i].how != SUBSET_WHOLE;
    for (size_t i = 0; i < s->config->starts.len; i++) {
        const struct subset_start *start = &VEC_AT(&s->config->starts, struct subset_start, i);
        buf_addf(&b, "%s%s", i ? ", " : "from ", start->table);
        if (start->percent < 100)
            buf_addf(&b, " (%g %%)", start->percent);
    }
    buf_addf(&b, "; %zu of %zu tables are not whole", parts, s->n_tables);
    const char *text = arena_strdup(j->arena, b.data);
    buf_release(&b);
    return text;
}

static void tell(const struct subset *s)
{
    struct buf line = BUF_INIT;
    for (size_t i = 0; i < s->n_tables; i++) {
        buf_reset(&line);
        if (subset_line(s, i, &line))
            job_event(s->job, LOG_INFO, "%s", line.data);
    }
    buf_release(&line);
}

bool subset_choose(struct job *j, struct err *err)
{
    struct subset *s = j->subset;
    if (!s)
        return true;
    job_phase(j, "rows");
    if (!begin_tables(s, err))
        return false;
    if (!subset_close(s, err))
        return false;
    if (j->workers)
        tell(s);
    return true;
}

/* ---- chunks ---------------------------------------------------------------------------------- */

static const char *condition_of(const struct job *j, const struct subset_table *t, size_t first,
                                size_t n)
{
    struct buf b = BUF_INIT;
    if (t->where)
        buf_adds(&b, t->where);
    else if (!n)
        buf_adds(&b, "1 = 0");
    else
        subset_in(j, t, &t->keys, first, n, &b);
    const char *condition = arena_strdup(j->arena, b.data);
    buf_release(&b);
    return condition;
}

void subset_chunks(struct job *j, const struct object *table, size_t first)
{
    const struct subset_table *t = j->subset ? table_of(j->subset, table) : NULL;
    if (!t || (t->how != SUBSET_KEYS && t->how != SUBSET_WHERE) || first >= j->chunks.len)
        return;
    struct chunk like = VEC_AT(&j->chunks, struct chunk, first);
    uint64_t rows = like.rows ? like.rows : 1, size = like.bytes / rows;
    size_t n_keys = t->where ? 0 : t->keys.len, step = subset_step(j->model.flavor);
    j->chunks.len = first;
    for (size_t at = 0; at < n_keys || !at; at += step) {
        size_t n = n_keys - at < step ? n_keys - at : step;
        struct chunk c = like;
        c.number = (uint32_t)(at / step);
        c.only = n_keys <= step;
        c.condition = condition_of(j, t, at, n);
        c.range = NULL;
        c.rows = n;
        c.bytes = n * size;
        VEC_PUSH(&j->chunks, struct chunk, c);
    }
}
