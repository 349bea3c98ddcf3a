#include "set.h"

#include <dbtwin/engine.h>

#include <string.h>

#include "names.h"

/* ---- foreign keys: one person, one value on both sides --------------------------------------- */

static struct set_column *group_of(struct set_column *c)
{
    while (c->group != c)
        c = c->group = c->group->group;
    return c;
}

static void join_columns(struct mask_set *s, struct set_column *c, struct set_column *p,
                         unsigned line)
{
    c->facts.key = p->facts.key = true;
    if (!c->parent)
        c->parent = p;
    group_of(c)->group = group_of(p);
    VEC_PUSH(&s->joins, struct set_join, ((struct set_join){c, p, line}));
}

static void join(struct mask_set *s, const struct object *fk)
{
    const char *children = model_get(fk, P_FOREIGN_KEY_COLUMNS);
    const char *parents = model_get(fk, P_FOREIGN_KEY_REF_COLUMNS);
    const struct object *table =
        names_find(s->model, model_get(fk, P_FOREIGN_KEY_REFERENCES), K_TABLE, s->arena);

    while (children && parents && table) {
        const char *child = names_take(&children, s->arena),
                   *parent = names_take(&parents, s->arena);
        struct set_column *c = set_column_of(s, fk->parent, child);
        struct set_column *p = set_column_of(s, table, parent);

        if (!child || !parent)
            return;
        if (!c || !p)
            continue;
        join_columns(s, c, p, 0);
    }
}

static struct set_column *column_at(struct mask_set *s, const char *table, const char *column)
{
    for (uint32_t i = 0; i < s->model->n_objects; i++) {
        const struct object *o = s->model->objects[i];

        if (o->kind->id == K_TABLE && str_eq(model_path_text(o, s->arena), table))
            return set_column_of(s, o, column);
    }
    return NULL;
}

/* The config's own keys. In one of several databases a table may not be there. */
static bool join_references(struct mask_set *s, struct err *err)
{
    const struct vec *list = s->config->references;

    for (size_t i = 0; list && i < list->len; i++) {
        const struct subset_reference *r = &VEC_AT(list, struct subset_reference, i);
        struct set_column *c = column_at(s, r->table, r->column);
        struct set_column *p = column_at(s, r->to_table, r->to_column);

        if (c && p)
            join_columns(s, c, p, r->line);
        else if (!s->config->of_several)
            return err_set(err, ERR_USAGE, "%s:%u: references: there is no column %s.%s",
                           s->config->file ? s->config->file : "config", r->line,
                           c ? r->to_table : r->table, c ? r->to_column : r->column);
    }
    return true;
}

/* A column without a rule has that of the column that its key refers to. */
static void inherit(struct mask_set *s)
{
    bool more = true;

    for (int pass = 0; more && pass < 64; pass++) {
        more = false;
        for (size_t i = 0; i < s->joins.len; i++) {
            struct set_column *c = VEC_AT(&s->joins, struct set_join, i).child;
            const struct set_column *p = VEC_AT(&s->joins, struct set_join, i).parent;

            if (c->entry || !p->entry)
                continue;
            c->entry = p->entry;
            c->exact = p->exact;
            more = true;
        }
    }
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Columns that are joined are masked as the narrowest of them allows. */
static void share_limits(struct mask_set *s)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < s->columns.len; i++) {
            struct set_column *c = VEC_AT(&s->columns, struct set_column *, i);
            struct mask_column *g = &group_of(c)->facts, *f = &c->facts;

            if (g == f || g->type != f->type)
                continue;
            g->max_chars = f->max_chars = less(g->max_chars, f->max_chars);
            g->max_bytes = f->max_bytes = less(g->max_bytes, f->max_bytes);
            g->max = f->max = less(g->max, f->max);
            g->min = f->min = g->min > f->min ? g->min : f->min;
            g->fold = f->fold = g->fold | f->fold;
        }
    }
}

static bool is_word(const struct mask_entry *e, const char *word)
{
    return e->spec->kind == MASK_NULL ? str_eq(word, "null") : str_eq(e->spec->text, word);
}

static bool agrees(const struct set_column *c, const struct set_column *p)
{
    struct buf x = BUF_INIT, y = BUF_INIT;
    bool same;

    if (c->entry && is_word(c->entry, "null"))
        return true; /* refers to nothing */
    if (!c->entry || !p->entry)
        return (!c->entry || is_word(c->entry, "keep")) && (!p->entry || is_word(p->entry, "keep"));
    mask_node_text(c->entry->spec, &x);
    mask_node_text(p->entry->spec, &y);
    same = str_eq(x.data, y.data);
    buf_release(&x);
    buf_release(&y);
    return same;
}

static bool check_joined(struct mask_set *s, struct err *err)
{
    for (size_t i = 0; i < s->joins.len; i++) {
        const struct set_join *j = &VEC_AT(&s->joins, struct set_join, i);
        const struct set_column *c = j->child, *p = j->parent;

        if (agrees(c, p))
            continue;
        set_wrong(s, c->entry ? c->entry : p->entry, err,
                  "%s refers to %s by %s, so both need the same rule", c->facts.path, p->facts.path,
                  j->line ? "references:" : "a foreign key");
        return err_hint(err, "omit the rule of %s: it then has that of %s", c->facts.path,
                        p->facts.path);
    }
    return true;
}

bool set_keys_join(struct mask_set *s, struct err *err)
{
    for (uint32_t i = 0; i < s->model->n_objects; i++)
        if (s->model->objects[i]->kind->id == K_FOREIGN_KEY)
            join(s, s->model->objects[i]);
    if (!join_references(s, err))
        return false;
    inherit(s);
    share_limits(s);
    return check_joined(s, err);
}

/* ---- what is unique ------------------------------------------------------------------------ */

/* Whether a text of SQL names the column: its name stands there as a word. */
static bool mentions(const char *sql, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = sql; p && (p = strstr(p, name)); p++) {
        char before = p > sql ? p[-1] : ' ', after = p[n];

        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_", before | 32) &&
            (!after || !strchr("abcdefghijklmnopqrstuvwxyz0123456789_", after | 32)))
            return true;
    }
    return false;
}

/* May this column be masked by its rule, being part of something unique? */
static bool judge(const struct mask_set *s, const struct set_column *c, const struct object *by,
                  bool prefix, bool nulls_equal, struct err *err)
{
    const struct mask_rule_facts *f = c->found.rule ? mask_rule_facts(c->found.rule) : NULL;

    if (!f || f->keeps || f->sql)
        return true;
    if (f->when)
        return set_wrong(s, c->entry, err,
                         "%s: when: is not possible: by %s \"%s\" a value that stays could be "
                         "what another becomes",
                         c->facts.path, by->kind->name, by->name);
    if (str_eq(f->transformer->name, "null") && !nulls_equal)
        return true;
    if (prefix)
        return set_wrong(s, c->entry, err,
                         "%s: %s \"%s\" is unique by the beginning of the value, which no rule but "
                         "keep and null can promise",
                         c->facts.path, by->kind->name, by->name);
    if (f->suffix && c->facts.key)
        return set_wrong(s, c->entry, err,
                         "%s: on_collision: suffix is not possible: foreign keys join the column",
                         c->facts.path);
    if (f->injective)
        return true;
    set_wrong(s, c->entry, err, "%s: %s \"%s\" is unique, and %s may give two rows one value",
              c->facts.path, by->kind->name, by->name, f->transformer->name);
    return err_hint(err, c->facts.type == MASK_T_TEXT
                             ? "use a transformer that is one-to-one (dbtwin mask --list), or "
                               "on_collision: suffix"
                             : "use a transformer that is one-to-one (dbtwin mask --list)");
}

static bool judge_list(const struct mask_set *s, const struct object *o, const char *list,
                       bool nulls_equal, struct err *err)
{
    while (list) {
        const char *name = names_take(&list, s->arena);
        const struct set_column *c = name ? set_column_of(s, o->parent, name) : NULL;

        if (!name)
            break;
        if (c && !judge(s, c, o, false, nulls_equal, err))
            return false;
    }
    return true;
}

static bool judge_part(const struct mask_set *s, const struct object *index,
                       const struct object *part, struct err *err)
{
    const char *text = model_get(part, P_INDEX_PART_EXPRESSION), *list = text;
    bool prefix = model_get(part, P_INDEX_PART_PREFIX);
    bool equal = model_yes(index, P_INDEX_NULLS_NOT_DISTINCT);

    if (!text || model_yes(part, P_INDEX_PART_INCLUDED))
        return true;
    if (text[0] != '(') {
        const char *name = names_take(&list, s->arena);
        const struct set_column *c = name ? set_column_of(s, index->parent, name) : NULL;

        return !c || judge(s, c, index, prefix, equal, err);
    }
    for (const struct object *o = index->parent->first; o; o = o->next) {
        const struct set_column *c;

        if (o->kind->id != K_COLUMN || !mentions(text, o->name))
            continue;
        c = set_column_of(s, index->parent, o->name);
        /* What is written is a-z, 0-9 and little else: folding its case keeps it one-to-one. */
        if (c &&
            !judge(s, c, index, !strstr(text, "lower(") && !strstr(text, "upper("), equal, err))
            return false;
    }
    return true;
}

static bool judge_index(const struct mask_set *s, const struct object *index, struct err *err)
{
    if (!model_yes(index, P_INDEX_UNIQUE))
        return true;
    for (const struct object *o = index->first; o; o = o->next)
        if (o->kind->id == K_INDEX_PART && !judge_part(s, index, o, err))
            return false;
    return true;
}

static bool judge_exclusion(const struct mask_set *s, const struct object *x, struct err *err)
{
    const char *text = model_get(x, P_EXCLUSION_DEFINITION);

    for (const struct object *o = x->parent->first; text && o; o = o->next) {
        const struct set_column *c = o->kind->id == K_COLUMN && mentions(text, o->name)
                                         ? set_column_of(s, x->parent, o->name)
                                         : NULL;

        if (c && !judge(s, c, x, false, false, err))
            return false;
    }
    return true;
}

/* PostgreSQL: rows are loaded into the partition that they were read from. */
static bool judge_partition_key(const struct mask_set *s, const struct object *table,
                                struct err *err)
{
    const char *key = model_get(table, P_TABLE_PARTITION_KEY);

    for (const struct object *o = table->first; key && engine_of(s->model->flavor)->partitions && o;
         o = o->next) {
        const struct set_column *c = o->kind->id == K_COLUMN && mentions(key, o->name)
                                         ? set_column_of(s, table, o->name)
                                         : NULL;

        if (c && c->found.rule && !mask_rule_facts(c->found.rule)->keeps)
            return set_wrong(s, c->entry, err,
                             "%s says which partition a row belongs to, so it can only be kept",
                             c->facts.path);
    }
    return true;
}

bool set_keys_judge(struct mask_set *s, struct err *err)
{
    for (uint32_t i = 0; i < s->model->n_objects; i++) {
        const struct object *o = s->model->objects[i];
        bool ok = true;

        if (o->kind->id == K_PRIMARY_KEY)
            ok = judge_list(s, o, model_get(o, P_PRIMARY_KEY_COLUMNS), true, err);
        else if (o->kind->id == K_UNIQUE)
            ok = judge_list(s, o, model_get(o, P_UNIQUE_COLUMNS),
                            model_yes(o, P_UNIQUE_NULLS_NOT_DISTINCT), err);
        else if (o->kind->id == K_INDEX && o->parent->kind->id == K_TABLE)
            ok = judge_index(s, o, err);
        else if (o->kind->id == K_EXCLUSION)
            ok = judge_exclusion(s, o, err);
        else if (o->kind->id == K_TABLE)
            ok = judge_partition_key(s, o, err);
        if (!ok)
            return false;
    }
    return true;
}
