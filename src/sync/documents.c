#include "job.h"

/*
 * Rows travel as text. What a server keeps inside a document and its text does not show arrives as
 * what the text says: somebody should know before, by column, and which rows were looked at.
 */

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

void documents_each(struct job *j, documents_fn *fn, void *ctx)
{
    size_t i = 0, looked = 0, unknown = 0;
    const char *first = NULL;
    for (const struct answer *x; (x = next(j, &i));) {
        looked += x->more != NULL;
        unknown += !x->more;
        first = first || x->more ? first : x->name;
        if (x->value)
            fn(ctx, true,
               arena_printf(j->arena,
                            "JSON column %s holds %s (%s), which arrive as numbers and strings: "
                            "rows travel as text",
                            x->name, x->value, x->more));
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
