#include "classify.h"

#include <dbtwin/engine.h>

#include <string.h>

#include "names.h"

/* ---- types ----------------------------------------------------------------------------------- */
/* The labels of MySQL's enum('a','b') and set(…). */
static const char *const *inline_labels(const char *type, struct arena *a)
{
    struct vec list = VEC_INIT(const char *);
    for (const char *s = strchr(type, '\''); s; s = strchr(s, '\'')) {
        struct buf label = BUF_INIT;
        for (s++; *s && !(s[0] == '\'' && s[1] != '\''); s++) {
            s += *s == '\'';
            buf_addch(&label, *s);
        }
        VEC_PUSH(&list, const char *, arena_strdup(a, label.data));
        buf_release(&label);
        s += *s == '\'';
    }
    VEC_PUSH(&list, const char *, NULL);
    const char *const *ret = arena_memdup(a, list.items, list.len * sizeof(const char *));
    vec_release(&list);
    return ret;
}

static const char *const *enum_labels(const struct object *type, struct arena *a)
{
    uint32_t n;
    const struct object **parts = model_parts(type, K_ENUM_LABEL, a, &n);
    const char **ret = arena_calloc(a, (n + 1) * sizeof(*ret));
    for (uint32_t i = 0; i < n; i++)
        ret[i] = parts[i]->name;
    return ret;
}

/* MariaDB's JSON is a text with a check. */
static bool is_json_text(const struct object *column, struct arena *a)
{
    const char *call = arena_printf(a, "json_valid(`%s`)", column->name);
    for (const struct object *o = column->parent->first; o; o = o->next) {
        const char *check = o->kind->id == K_CHECK ? model_get(o, P_CHECK_EXPRESSION) : NULL;
        if (check && strstr(check, call))
            return true;
    }
    return false;
}

/* The type under domains, and the labels of an enumeration. */
static void resolve_type(const struct model *m, const struct object *column, struct arena *a,
                         struct classify_column *c)
{
    for (unsigned depth = 0; c->type && depth < 8; depth++) {
        size_t len = strcspn(c->type, "[");
        const char *plain = arena_strndup(a, c->type, len);
        const struct object *domain = names_find(m, plain, K_DOMAIN, a);
        const struct object *labels = domain ? NULL : names_find(m, plain, K_ENUM, a);
        if (labels)
            c->labels = enum_labels(labels, a);
        if (!domain)
            break;
        if (!c->comment)
            c->comment = model_get(domain, P_DOMAIN_COMMENT);
        const char *base = model_get(domain, P_DOMAIN_TYPE);
        c->type = base ? arena_printf(a, "%s%s", base, c->type + len) : NULL;
    }
    if (c->type && !c->labels && (str_starts(c->type, "enum(") || str_starts(c->type, "set(")))
        c->labels = inline_labels(c->type, a);
    if (engine_of(m->flavor)->json_texts && is_json_text(column, a))
        c->type = "json";
}

/* A domain called email says as much as a column called so. */
static const char *domain_name(const struct model *m, const struct object *column, struct arena *a)
{
    const char *type = model_get(column, P_COLUMN_TYPE);
    const struct object *domain = type ? names_find(m, type, K_DOMAIN, a) : NULL;
    return domain ? domain->name : NULL;
}

/* ---- a table --------------------------------------------------------------------------------- */
/* What is sure enough to make a name beside it a person's. */
static bool tells_of_person(const struct classify_result *r)
{
    switch (r->class) {
    case CLASSIFY_EMAIL:
    case CLASSIFY_PHONE:
    case CLASSIFY_NAME:
    case CLASSIFY_FIRST_NAME:
    case CLASSIFY_LAST_NAME:
    case CLASSIFY_BIRTH_DATE:
    case CLASSIFY_NATIONAL_ID:
        return r->verdict == CLASSIFY_PERSONAL && r->confidence >= 75;
    default:
        return false;
    }
}

static void look_at(const struct classifier *k, const struct model *m, const struct object *column,
                    const struct classify_sample *s, uint32_t place, bool beside, struct arena *a,
                    struct classified *ret)
{
    const char *generated = model_get(column, P_COLUMN_GENERATED);
    struct classify_column c = {.table = column->parent->name,
                                .column = column->name,
                                .type = model_get(column, P_COLUMN_TYPE),
                                .comment = model_get(column, P_COLUMN_COMMENT),
                                .beside_person = beside,
                                .n_values = s->n_rows,
                                .sampled = s->sampled};
    if (s->n_rows > 0)
        c.values = s->values + s->n_rows * place;
    resolve_type(m, column, a, &c);
    ret->column = column;
    ret->generated = generated && *generated;
    classify_column(k, &c, a, &ret->result);
    const char *domain = domain_name(m, column, a);
    if (domain && ret->result.verdict != CLASSIFY_PERSONAL) {
        struct classify_result by_domain;
        c.column = domain;
        classify_column(k, &c, a, &by_domain);
        if (by_domain.verdict == CLASSIFY_PERSONAL)
            ret->result = by_domain;
    }
}

/* A search vector that no expression fills holds the words of what is masked beside it. */
static void mask_derived(const struct model *m, struct arena *a, struct classified_table *t)
{
    bool personal = false;
    for (uint32_t i = 0; i < t->n_columns; i++)
        personal |= t->columns[i].result.verdict == CLASSIFY_PERSONAL;
    for (uint32_t i = 0; i < t->n_columns; i++) {
        struct classify_column c = {.type = model_get(t->columns[i].column, P_COLUMN_TYPE)};
        struct classify_result *r = &t->columns[i].result;
        struct type_facts type;
        resolve_type(m, t->columns[i].column, a, &c);
        classify_type(c.type, c.labels != NULL, &type);
        if (type.type != TYPE_DERIVED || t->columns[i].declared)
            continue;
        r->verdict = personal ? CLASSIFY_PERSONAL : CLASSIFY_HARMLESS;
        r->class = personal ? CLASSIFY_OTHER : CLASSIFY_NONE;
        r->reason = personal ? "it holds words of masked columns" : "made of harmless columns";
    }
}

/* ---- rules ----------------------------------------------------------------------------------- */
static bool holds(const char *text, const char *name)
{
    return text && strstr(text, name);
}

/* Whether a list of a key's columns, or an expression of one, has the column in it. */
static bool lists_column(const char *list, const char *name, struct arena *a)
{
    if (!list)
        return false;
    if (list[0] == '(' || strchr(list, '(')) /* lower(email) */
        return strstr(list, name) != NULL;
    for (const char *one; (one = names_take(&list, a));) {
        if (strcmp(one, name) == 0)
            return true;
        list += strcspn(list, ","); /* DESC, an operator class */
    }
    return false;
}

static bool index_has(const struct object *index, const char *name, struct arena *a)
{
    for (const struct object *p = index->first; p; p = p->next)
        if (p->kind->id == K_INDEX_PART && !model_yes(p, P_INDEX_PART_INCLUDED) &&
            lists_column(model_get(p, P_INDEX_PART_EXPRESSION), name, a))
            return true;
    return false;
}

/* Part of anything unique: a masked value must not become another row's. */
static bool is_unique(const struct object *column, struct arena *a)
{
    for (const struct object *o = column->parent->first; o; o = o->next) {
        enum kind_id kind = o->kind->id;
        if ((kind == K_PRIMARY_KEY &&
             lists_column(model_get(o, P_PRIMARY_KEY_COLUMNS), column->name, a)) ||
            (kind == K_UNIQUE && lists_column(model_get(o, P_UNIQUE_COLUMNS), column->name, a)) ||
            (kind == K_EXCLUSION && holds(model_get(o, P_EXCLUSION_DEFINITION), column->name)) ||
            (kind == K_INDEX && (model_yes(o, P_INDEX_UNIQUE) || str_eq(o->name, "PRIMARY")) &&
             index_has(o, column->name, a)))
            return true;
    }
    return false;
}

struct proof {
    const struct classify_help *help;
    const struct object *column;
    bool unique;
};

static bool is_proven(void *ctx, const char *rule)
{
    const struct proof *p = ctx;
    return p->help->fits(p->help->ctx, p->column, p->unique, rule);
}

static void choose_rule(const struct model *m, const struct classify_help *help, struct arena *a,
                        struct classified *c)
{
    const struct object *o = c->column;
    struct classify_column type = {.type = model_get(o, P_COLUMN_TYPE)};
    struct proof proof = {help, o, is_unique(o, a)};
    struct classify_wants w = {.unique = proof.unique,
                               .not_null = model_yes(o, P_COLUMN_NOT_NULL),
                               .proven = help && help->fits ? is_proven : NULL,
                               .ctx = &proof};
    resolve_type(m, o, a, &type);
    classify_type(type.type, type.labels != NULL, &w.type);
    c->result.rule = classify_rule(c->result.class, &w);
    if (!c->result.rule) {
        c->result.rule = "\"undecided\""; /* which no run accepts */
        c->result.reason = arena_printf(a, "%s; NO RULE fits %s%s%s: write one", c->result.reason,
                                        proof.unique ? "unique " : "",
                                        w.not_null ? "NOT NULL " : "", model_get(o, P_COLUMN_TYPE));
    }
}

static void look_at_table(const struct classifier *k, const struct model *m,
                          const struct object *table, const struct classify_help *help,
                          struct arena *a, struct classified_table *ret)
{
    struct arena scratch = ARENA_INIT;
    struct classify_sample s = {0};
    bool beside = false;
    const struct object **columns = model_parts(table, K_COLUMN, a, &ret->n_columns);
    ret->table = table;
    ret->columns = arena_calloc(a, sizeof(*ret->columns) * (ret->n_columns + 1));
    if (help && help->sample)
        help->sample(help->ctx, table, &scratch, &s);
    for (unsigned round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < ret->n_columns; i++)
            look_at(k, m, columns[i], &s, i, beside, a, &ret->columns[i]);
        for (uint32_t i = 0; i < ret->n_columns && !beside; i++)
            beside = tells_of_person(&ret->columns[i].result);
        if (!beside)
            break;
    }
    for (uint32_t i = 0; i < ret->n_columns; i++)
        classify_label(columns[i], a, &ret->columns[i]);
    mask_derived(m, a, ret);
    for (uint32_t i = 0; i < ret->n_columns; i++)
        if (ret->columns[i].result.verdict != CLASSIFY_HARMLESS && !ret->columns[i].declared)
            choose_rule(m, help, a, &ret->columns[i]);
    ret->n_rows = s.n_rows;
    ret->problem = s.problem ? arena_strdup(a, s.problem) : NULL;
    arena_release(&scratch);
}

/* ---- foreign keys ---------------------------------------------------------------------------- */
/* From each column (its address) to its struct classified. */
static void index_columns(const struct vec *tables, struct map *ret)
{
    for (size_t i = 0; i < tables->len; i++) {
        const struct classified_table *t = vec_at(tables, i);
        for (uint32_t k = 0; k < t->n_columns; k++)
            map_put(ret, &t->columns[k].column, sizeof(t->columns[k].column), &t->columns[k]);
    }
}

static struct classified *find_column(const struct map *index, const struct object *table,
                                      const char *name)
{
    const struct object *column = name ? names_child(table, K_COLUMN, name) : NULL;
    return column ? map_get(index, &column, sizeof(column)) : NULL;
}

static void take_over(struct classified *c, const struct classified *from, const char *how,
                      struct arena *a)
{
    c->follows = from->column;
    c->result = from->result;
    c->result.reason = arena_printf(a, "as %s, %s", model_path_text(from->column, a), how);
}

/*
 * Two columns that a key joins have one rule: that of the column referred to, for its values are
 * the key's. Only where nothing is known of that one, the referring column says what it is.
 */
static bool follow(struct classified *child, struct classified *parent, struct arena *a)
{
    bool personal = child->result.verdict == CLASSIFY_PERSONAL;
    if (child == parent || (child->result.verdict == parent->result.verdict &&
                            str_eq(child->result.rule, parent->result.rule)))
        return false;
    if (personal && parent->result.verdict == CLASSIFY_UNKNOWN)
        take_over(parent, child, "which refers to it", a);
    else if (personal || parent->result.verdict != CLASSIFY_HARMLESS ||
             child->result.verdict == CLASSIFY_UNKNOWN)
        take_over(child, parent, "which it refers to", a);
    else
        return false;
    return true;
}

static bool follow_key(const struct model *m, const struct object *fk, const struct map *index,
                       struct arena *a)
{
    const char *names = model_get(fk, P_FOREIGN_KEY_COLUMNS);
    const char *ref_names = model_get(fk, P_FOREIGN_KEY_REF_COLUMNS);
    const char *ref = model_get(fk, P_FOREIGN_KEY_REFERENCES), *name;
    const struct object *to = ref ? names_find(m, ref, K_TABLE, a) : NULL;
    bool changed = false;
    if (!names || !ref_names || !to)
        return false;
    while ((name = names_take(&names, a))) {
        struct classified *child = find_column(index, fk->parent, name);
        struct classified *parent = find_column(index, to, names_take(&ref_names, a));
        if (child && parent)
            changed |= follow(child, parent, a);
    }
    return changed;
}

/* Keys lead to keys, so until nothing changes; a circle of keys ends where it began. */
static void follow_keys(const struct model *m, const struct vec *tables, struct arena *a)
{
    struct map index = MAP_INIT;
    bool changed = true;
    index_columns(tables, &index);
    for (unsigned round = 0; changed && round < 16; round++) {
        changed = false;
        for (uint32_t i = 0; i < m->n_objects; i++)
            if (m->objects[i]->kind->id == K_FOREIGN_KEY)
                changed |= follow_key(m, m->objects[i], &index, a);
    }
    map_release(&index);
}

void classify_model(const struct classifier *k, const struct model *m,
                    const struct classify_help *help, struct arena *a, struct vec *ret)
{
    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct object *o = m->objects[i];
        if (o->kind->id != K_TABLE || model_get(o, P_TABLE_PARTITION_OF))
            continue;
        look_at_table(k, m, o, help, a, vec_push(ret));
    }
    follow_keys(m, ret, a);
}

void classify_missing(const struct vec *tables, enum classify_verdict verdict,
                      bool (*has_rule)(void *ctx, const struct object *column), void *ctx,
                      struct vec *ret)
{
    for (size_t i = 0; i < tables->len; i++) {
        const struct classified_table *t = vec_at(tables, i);
        if (verdict == CLASSIFY_UNKNOWN && !t->n_rows && !t->problem)
            continue; /* no row, so nothing that could be somebody's */
        for (uint32_t k = 0; k < t->n_columns; k++) {
            const struct classified *c = &t->columns[k];
            /* the few values that were seen are no person's: not worth to stop for */
            bool hardly = verdict == CLASSIFY_UNKNOWN && c->result.confidence < 50;
            if (c->result.verdict == verdict && !hardly && !c->generated &&
                !has_rule(ctx, c->column))
                VEC_PUSH(ret, const struct classified *, c);
        }
    }
}
