#include "set.h"

#include <dbtwin/engine.h>

#include <stdio.h>
#include <string.h>

#include "names.h"

bool set_wrong(const struct mask_set *s, const struct mask_entry *e, struct err *err,
               const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (e && e->spec->line)
        return err_set(err, ERR_USAGE, "%s:%u:%u: mask: %s", s->config->file, e->spec->line,
                       e->spec->column, text);
    return err_set(err, ERR_USAGE, "%s: mask: %s", s->config->file ? s->config->file : "config",
                   text);
}

struct set_column *set_column_of(const struct mask_set *s, const struct object *table,
                                 const char *name)
{
    const struct object *c = table && name ? names_child(table, K_COLUMN, name) : NULL;

    return c ? map_get(&s->by_object, &c, sizeof c) : NULL;
}

/* ---- which rule a column has -------------------------------------------------------------------
 */

static void list_columns(struct mask_set *s)
{
    for (uint32_t i = 0; i < s->model->n_objects; i++) {
        const struct object *o = s->model->objects[i];
        struct set_column *c;

        if (o->kind->id != K_COLUMN || !o->parent || o->parent->kind->id != K_TABLE)
            continue;
        c = arena_new(s->arena, struct set_column);
        c->column = o;
        c->group = c;
        mask_column_of(s->model, o, s->arena, &c->facts);
        VEC_PUSH(&s->columns, struct set_column *, c);
        map_put(&s->by_object, &c->column, sizeof c->column, c);
    }
}

static unsigned path_of(const struct object *table, const char *column, const char *names[3])
{
    unsigned n = 0;

    if (table->parent && table->parent->kind->id == K_SCHEMA)
        names[n++] = table->parent->name;
    names[n++] = table->name;
    names[n++] = column;
    return n;
}

/* The column of that name in the table, or in one that it is a partition of. */
static bool entry_fits(const struct mask_set *s, const struct mask_entry *e,
                       const struct object *table, const char *column)
{
    for (int depth = 0; table && depth < 32; depth++) {
        const char *names[3];

        if (set_pattern_fits(e->pattern, names, path_of(table, column, names)))
            return true;
        table =
            engine_of(s->model->flavor)->partitions
                ? names_find(s->model, model_get(table, P_TABLE_PARTITION_OF), K_TABLE, s->arena)
                : NULL;
    }
    return false;
}

static bool same_rule(const struct mask_node *a, const struct mask_node *b)
{
    struct buf x = BUF_INIT, y = BUF_INIT;
    bool same;

    mask_node_text(a, &x);
    mask_node_text(b, &y);
    same = str_eq(x.data, y.data);
    buf_release(&x);
    buf_release(&y);
    return same;
}

static bool choose(struct mask_set *s, struct set_column *c, const struct mask_entry *e,
                   struct err *err)
{
    bool exact = !set_is_pattern(e->pattern);

    if (!c->entry || (exact && !c->exact)) {
        c->entry = e;
        c->exact = exact;
        return true;
    }
    if (exact != c->exact || same_rule(e->spec, c->entry->spec))
        return true;
    return set_wrong(s, e, err,
                     "%s has two rules that disagree: of \"%s\" in line %u, and of \"%s\"",
                     c->facts.path, c->entry->pattern, c->entry->spec->line, e->pattern);
}

static bool is_generated(const struct object *column)
{
    const char *g = model_get(column, P_COLUMN_GENERATED);

    return g && *g;
}

static bool apply_entry(struct mask_set *s, const struct mask_entry *e, struct err *err)
{
    bool fitted = false;

    for (size_t i = 0; i < s->columns.len; i++) {
        struct set_column *c = VEC_AT(&s->columns, struct set_column *, i);

        if (!entry_fits(s, e, c->column->parent, c->column->name))
            continue;
        fitted = true;
        if (is_generated(c->column)) { /* follows from what is masked */
            if (!set_is_pattern(e->pattern))
                return set_wrong(s, e, err,
                                 "%s is computed by the server from other columns: mask those",
                                 c->facts.path);
            continue;
        }
        if (!choose(s, c, e, err))
            return false;
    }
    if (fitted || s->config->of_several)
        return true;
    set_wrong(s, e, err, "\"%s\" fits no column", e->pattern);
    return err_hint(err, "was the column renamed or removed? Then remove or mend the rule");
}

/* ---- the rules ---------------------------------------------------------------------------------
 */

static bool make_rule(struct mask_set *s, struct set_column *c, struct err *err)
{
    struct err why = ERR_INIT;

    if (!c->entry)
        return true;
    if (!mask_rule_new(c->entry->spec, &c->facts, s->key, s->arena, &c->found.rule, &why)) {
        *err = why;
        return err_context(err, "%s: mask", s->config->file ? s->config->file : "config");
    }
    c->found.column = c->column;
    c->found.facts = &c->facts;
    c->found.pattern = c->entry->pattern;
    VEC_PUSH(&s->found, struct mask_found *, &c->found);
    if (!mask_rule_facts(c->found.rule)->keeps)
        map_put(&s->changed, &c->column->parent, sizeof c->column->parent, c);
    return true;
}

const struct object *mask_set_beside(const struct mask_set *s, const struct object *table,
                                     const char *name)
{
    const char *dot = strrchr(name, '.');
    const struct set_column *own = set_column_of(s, table, dot ? dot + 1 : name);
    size_t len = dot ? (size_t)(dot - name) : 0;

    if (!dot || (strlen(table->name) == len && strncmp(table->name, name, len) == 0))
        return own ? own->column : NULL;
    for (const struct object *o = table->first; o; o = o->next) {
        const struct set_column *c =
            o->kind->id == K_COLUMN ? set_column_of(s, table, o->name) : NULL;
        const struct object *to = c && c->parent ? c->parent->column : NULL;

        if (to && str_eq(to->name, dot + 1) && strlen(to->parent->name) == len &&
            strncmp(to->parent->name, name, len) == 0)
            return o;
    }
    return NULL;
}

/* What a rule reads beside its column must be in the same row. */
static bool check_beside(const struct mask_set *s, const struct set_column *c, struct err *err)
{
    const struct mask_rule_facts *f = mask_rule_facts(c->found.rule);
    const char *const names[] = {f->entity, f->same_as};
    const struct object *other =
        f->same_as ? mask_set_beside(s, c->column->parent, f->same_as) : NULL;
    const struct set_column *o = other ? map_get(&s->by_object, &other, sizeof other) : NULL;
    const struct mask_node *when = o && o->entry ? mask_node_get(o->entry->spec, "when") : NULL;

    if (f->when && c->facts.key)
        return set_wrong(s, c->entry, err,
                         "%s: when: is not possible: a foreign key joins it, and the other side "
                         "does not know the row",
                         c->facts.path);
    if (when)
        return set_wrong(s, c->entry, err, "%s: same_as: %s is masked only in some rows (when:)",
                         c->facts.path, o->facts.path);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i] && !mask_set_beside(s, c->column->parent, names[i]))
            return set_wrong(s, c->entry, err,
                             "%s: its table has neither a column \"%s\" nor a foreign key to it",
                             c->facts.path, names[i]);
    return true;
}

static bool make_rules(struct mask_set *s, struct err *err)
{
    for (size_t i = 0; i < s->columns.len; i++) {
        struct set_column *c = VEC_AT(&s->columns, struct set_column *, i);

        if (!make_rule(s, c, err) || (c->found.rule && !check_beside(s, c, err)))
            return false;
    }
    return true;
}

static void make_digest(struct mask_set *s)
{
    struct buf text = BUF_INIT;
    char hex[65];

    for (size_t i = 0; i < s->found.len; i++) {
        const struct mask_found *f = VEC_AT(&s->found, struct mask_found *, i);
        const struct mask_rule_facts *facts = mask_rule_facts(f->rule);

        buf_addf(&text, "%s %s %u %s ", f->facts->path, facts->transformer->name,
                 facts->transformer->version, facts->domain);
        mask_node_text(f->rule->spec, &text);
        buf_addch(&text, '\n');
    }
    hash_sha256_hex(text.data, text.len, hex);
    memcpy(s->digest, hex, sizeof s->digest - 1);
    buf_release(&text);
}

bool mask_set_new(const struct mask_config *c, const struct model *m, struct mask_key *key,
                  struct arena *a, struct mask_set **ret, struct err *err)
{
    struct mask_set *s = arena_new(a, struct mask_set);
    bool ok = true;

    *s = (struct mask_set){.arena = a,
                           .model = m,
                           .config = c,
                           .key = key,
                           .columns = VEC_INIT(struct set_column *),
                           .found = VEC_INIT(struct mask_found *),
                           .joins = VEC_INIT(struct set_join)};
    list_columns(s);
    for (int patterns = 0; patterns < 2; patterns++) /* paths first: they end all disputes */
        for (size_t i = 0; i < c->entries.len && ok; i++)
            if (set_is_pattern(VEC_AT(&c->entries, struct mask_entry, i).pattern) == patterns)
                ok = apply_entry(s, &VEC_AT(&c->entries, struct mask_entry, i), err);
    ok = ok && set_keys_join(s, err) && make_rules(s, err) && set_keys_judge(s, err);
    if (!ok) {
        mask_set_release(s);
        return false;
    }
    make_digest(s);
    *ret = s;
    return true;
}

void mask_set_release(struct mask_set *s)
{
    if (!s)
        return;
    vec_release(&s->columns);
    vec_release(&s->found);
    vec_release(&s->joins);
    map_release(&s->by_object);
    map_release(&s->changed);
}

const struct mask_found *mask_set_find(const struct mask_set *s, const struct object *column)
{
    const struct set_column *c = map_get(&s->by_object, &column, sizeof column);

    return c && c->found.rule ? &c->found : NULL;
}

bool mask_set_changes(const struct mask_set *s, const struct object *table)
{
    return map_get(&s->changed, &table, sizeof table) != NULL;
}

size_t mask_set_count(const struct mask_set *s)
{
    return s->found.len;
}

size_t mask_set_masked(const struct mask_set *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->found.len; i++)
        n += !mask_rule_facts(mask_set_at(s, i)->rule)->keeps;
    return n;
}

const struct mask_found *mask_set_at(const struct mask_set *s, size_t i)
{
    return VEC_AT(&s->found, struct mask_found *, i);
}

const char *mask_set_digest(const struct mask_set *s)
{
    return s->digest;
}
