#include "job.h"

/*
 * Rows travel as text. What a server keeps inside a document and its text does not show is carried
 * along where both sides can, of columns whose first rows have such values, for that costs a look
 * at every document. Else it arrives as what the text says: somebody should know before, by column,
 * and which rows were looked at.
 */

void documents_target(struct job *j, const struct server_facts *f)
{
    const struct source_ops *s = j->source->driver->source;
    j->carries =
        s->carry_inner && j->target_at->driver == j->source->driver && f->flavor == j->model.flavor;
}

static const struct answer *next(const struct job *j, size_t *i)
{
    while (*i < j->source_says.len) {
        const struct answer *x = &VEC_AT(&j->source_says, struct answer, (*i)++);
        if (x->name && str_eq(x->topic, DOCUMENT_TOPIC))
            return x;
    }
    return NULL;
}

/* What is lent is in a snapshot, where nothing may be asked. */
static bool session_beside(struct job *j, struct session **ret, struct err *err)
{
    const struct driver *d = j->source->driver;
    struct lent *l = j->lent;
    if (!l->beside &&
        !d->source->open(j->source, DRIVER_SOURCE, &j->source_options, &l->beside, err))
        return false;
    *ret = l->beside;
    return d->source->enter(l->beside, j->lent_name, j->arena, NULL, err);
}

bool documents_ask(struct job *j, struct err *err)
{
    const struct driver *d = j->source->driver;
    struct session *s = j->first;
    if (!d->live || (j->lent && !session_beside(j, &s, err)))
        return !d->live;
    return d->source->ask(s, DOCUMENT_TOPIC, j->arena, &j->source_says, err);
}

static const char *left_of(const struct job *j, const char *column)
{
    for (size_t i = 0; i < j->source_says.len; i++) {
        const struct answer *x = &VEC_AT(&j->source_says, struct answer, i);
        if (str_eq(x->topic, DOCUMENT_TOPIC_LEFT) && str_eq(x->name, column))
            return x->value;
    }
    return NULL;
}

/* Whether something is lost, and the words for it. */
static bool about_column(struct job *j, const struct answer *x, const char **ret)
{
    const char *left = j->carries ? left_of(j, x->name) : NULL;
    *ret = arena_printf(j->arena, "JSON column %s holds %s (%s), ", x->name, x->value, x->more);
    if (!j->carries)
        *ret = arena_printf(j->arena, "%swhich arrive as numbers and strings: rows travel as text",
                            *ret);
    else if (left)
        *ret =
            arena_printf(j->arena, "%sof which some %s arrive as strings or numbers", *ret, left);
    else
        *ret = arena_printf(j->arena, "%swhich arrive as they are", *ret);
    return !j->carries || left;
}

/* One that could not be looked at may hold them. */
static bool is_wanted(const struct job *j, const struct object *column, struct arena *a)
{
    const char *name = arena_printf(a, "%s.%s", column->parent->name, column->name);
    size_t i = 0;
    for (const struct answer *x; (x = next(j, &i));)
        if (str_eq(x->name, name))
            return x->value || !x->more;
    return false;
}

void documents_carry(const struct job *j, struct projection *p, struct arena *a)
{
    for (uint32_t i = 0; j->carries && i < p->n_columns; i++)
        if (is_wanted(j, p->columns[i].column, a) && !masking_reads(j->mask, p, i))
            j->source->driver->source->carry_inner(p, i, a);
}

void documents_each(struct job *j, documents_fn *fn, void *ctx)
{
    size_t i = 0, looked = 0, unknown = 0;
    const char *first = NULL;
    for (const struct answer *x; (x = next(j, &i));) {
        looked += x->more != NULL;
        unknown += !x->more;
        first = first || x->more ? first : x->name;
        const char *text;
        bool loses = x->value && about_column(j, x, &text);
        if (x->value)
            fn(ctx, loses, text);
    }
    if (unknown)
        fn(ctx, true,
           arena_printf(j->arena,
                        "%zu JSON column%s could not be looked at for types that their text loses, "
                        "such as %s",
                        unknown, unknown == 1 ? "" : "s", first));
    if (looked)
        fn(ctx, false,
           arena_printf(j->arena,
                        "%zu JSON column%s looked at for types that their text loses: the first "
                        "rows of each, not all; verify compares them all",
                        looked, looked == 1 ? " was" : "s were"));
}

static void tell(void *ctx, bool loses, const char *text)
{
    job_event(ctx, loses ? LOG_WARN : LOG_DEBUG, "%s", text);
}

void documents_tell(struct job *j)
{
    documents_each(j, tell, j);
}
