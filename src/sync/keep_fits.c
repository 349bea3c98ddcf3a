#include "job.h"

#include <dbtwin/engine.h>

#include <string.h>

/*
 * Whether what is kept fits what is copied, by the two schemas alone: so that what the server would
 * say after hours of loading, in words of its own, is said before, by name.
 */

static bool refuse(struct err *err, const char *hint)
{
    return err_hint(err, "nothing was copied; %s", hint);
}

static bool is_among(const struct vec *wanted, const struct object *o)
{
    for (size_t i = 0; i < wanted->len; i++)
        if (VEC_AT(wanted, const struct object *, i) == o)
            return true;
    return false;
}

/* ---- partitions ---------------------------------------------------------------------------- */

/* By dependency: the name that the server gives is quoted as it likes. */
static const struct object *partition_parent(const struct model *m, const struct object *o)
{
    if (o->kind->id != K_TABLE || !engine_of(m->flavor)->partitions ||
        !model_get(o, P_TABLE_PARTITION_OF))
        return NULL;
    for (size_t i = 0; i < m->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&m->deps, struct dependency, i);
        if (d->from == o && d->to->kind->id == K_TABLE && model_get(d->to, P_TABLE_PARTITION_KEY))
            return d->to;
    }
    return NULL;
}

static bool check_partitions(struct job *j, const struct vec *wanted, struct err *err)
{
    const struct model *old = &j->keep.old;
    for (uint32_t i = 0; i < old->n_objects; i++) {
        const struct object *o = old->objects[i], *parent = partition_parent(old, o);
        if (!parent || is_among(wanted, parent) == is_among(wanted, o))
            continue;
        bool up = is_among(wanted, parent);
        err_set(err, ERR_REFUSED, "%s is to be kept, but not its %s %s",
                model_path_text(up ? parent : o, j->arena), up ? "partition" : "parent",
                model_path_text(up ? o : parent, j->arena));
        return refuse(err, "keep a partitioned table with all its partitions, or none of them");
    }
    return true;
}

/* ---- types --------------------------------------------------------------------------------- */

/* What rows of the kept table may hold, and the source's type does not have. */
static bool check_enum(struct job *j, const struct object *table, const struct object *type,
                       const struct object *there, struct err *err)
{
    for (const struct object *l = type->first; l; l = l->next) {
        if (l->kind->id != K_ENUM_LABEL || model_child(&j->model, there, SPACE_ENUM_LABEL, l->name))
            continue;
        err_set(err, ERR_REFUSED,
                "the kept table %s uses enum %s, which has no label \"%s\" on the source",
                model_path_text(table, j->arena), model_path_text(type, j->arena), l->name);
        return refuse(err, "rows with that label could not be loaded: do not keep the table, or "
                           "add the label on the source");
    }
    return true;
}

static bool check_same_type(struct job *j, const struct object *table, const struct object *part,
                            const struct object *there, int slot, struct err *err)
{
    const char *was = model_get(part, slot), *is = there ? model_get(there, slot) : NULL;
    if (str_eq(was, is))
        return true;
    err_set(err, ERR_REFUSED, "the kept table %s needs %s %s as %s, but on the source it is %s",
            model_path_text(table, j->arena), part->kind->name, model_path_text(part, j->arena),
            was ? was : "nothing", is ? is : "not there");
    return refuse(err,
                  "its rows might not load: do not keep the table, or give it a type of its own");
}

static bool check_type(struct job *j, const struct object *table, const struct object *type,
                       struct err *err)
{
    const struct object *there = model_counterpart(&j->model, type);
    if (!there)
        return true; /* it comes along */
    if (type->kind->id == K_ENUM)
        return check_enum(j, table, type, there, err);
    if (type->kind->id == K_DOMAIN)
        return check_same_type(j, table, type, there, P_DOMAIN_TYPE, err);
    for (const struct object *a = type->first; type->kind->id == K_COMPOSITE && a; a = a->next)
        if (a->kind->id == K_ATTRIBUTE &&
            !check_same_type(j, table, a, model_counterpart(&j->model, a), P_ATTRIBUTE_TYPE, err))
            return false;
    return true;
}

/* ---- columns that foreign keys join --------------------------------------------------------- */

/* Types that a key may join though they are not the same. */
static bool are_alike(const char *a, const char *b)
{
    static const char *const families[][4] = {{"smallint", "integer", "bigint", "numeric"},
                                              {"text", "character", "character varying", NULL}};
    for (size_t f = 0; f < ARRAY_LEN(families); f++) {
        unsigned found = 0;
        for (size_t i = 0; i < ARRAY_LEN(families[f]) && families[f][i]; i++) {
            found |= str_starts(a, families[f][i]) ? 1 : 0;
            found |= str_starts(b, families[f][i]) ? 2 : 0;
        }
        if (found == 3)
            return true;
    }
    return strcmp(a, b) == 0;
}

/* A column that a kept table's key leads to, of a table that is copied. */
static bool check_column(struct job *j, const struct object *fk, const struct object *c,
                         struct err *err)
{
    const struct object *there = model_counterpart(&j->model, c);
    const char *was = model_get(c, P_COLUMN_TYPE), *is;
    if (!model_counterpart(&j->model, c->parent))
        return true; /* model_graft says so */
    is = there ? model_get(there, P_COLUMN_TYPE) : NULL;
    if (!was ||
        (is && (engine_of(j->model.flavor)->alike_keys ? are_alike(was, is) : str_eq(was, is))))
        return true;
    err_set(err, ERR_REFUSED,
            "foreign key %s of the kept table refers to column %s, which is %s on the source and "
            "was %s",
            model_path_text(fk, j->arena), model_path_text(c, j->arena), is ? is : "not there",
            was);
    return refuse(err, "drop the foreign key on the target, or do not keep the table");
}

/* Quoted or not, the column's name stands in the list. */
static bool names_column(const struct object *fk, const struct object *c)
{
    const char *list = model_get(fk, P_FOREIGN_KEY_REF_COLUMNS);
    size_t n = strlen(c->name);
    for (const char *p = list; p && (p = strstr(p, c->name)); p++) {
        bool begins = p == list || strchr(" ,\"`", p[-1]);
        if (begins && (!p[n] || strchr(" ,\"`", p[n])))
            return true;
    }
    return false;
}

static bool check_keys(struct job *j, const struct object *table, const struct vec *wanted,
                       struct err *err)
{
    const struct model *old = &j->keep.old;
    for (size_t i = 0; i < old->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&old->deps, struct dependency, i);
        const struct object *to = model_top(d->to);
        if (d->from->kind->id != K_FOREIGN_KEY || d->from->parent != table ||
            to->kind->id != K_TABLE || is_among(wanted, to))
            continue;
        for (const struct object *c = to->first; c; c = c->next)
            if (c->kind->id == K_COLUMN && names_column(d->from, c) &&
                !check_column(j, d->from, c, err))
                return false;
    }
    return true;
}

bool keep_fits(struct job *j, const struct vec *wanted, struct err *err)
{
    const struct model *old = &j->keep.old;
    if (!check_partitions(j, wanted, err))
        return false;
    for (size_t i = 0; i < wanted->len; i++) {
        const struct object *table = VEC_AT(wanted, const struct object *, i);
        if (!check_keys(j, table, wanted, err))
            return false;
        for (size_t k = 0; k < old->deps.len; k++) {
            const struct dependency *d = &VEC_AT(&old->deps, struct dependency, k);
            if (model_top(d->from) == table && !check_type(j, table, model_top(d->to), err))
                return false;
        }
    }
    return true;
}
