#include "subset.h"

#include <string.h>

/* For a comparison: the rows that a copy of now would choose, as conditions on the source. */

struct beginning {
    struct job job;
    struct sync_options options;
};

bool subset_verify_begin(const struct verify_options *o, const struct endpoint *source,
                         struct session *s, const struct model *m, struct arena *a,
                         struct subset **ret, struct err *err)
{
    struct beginning *b = arena_new(a, struct beginning);

    b->options.rows = o->rows;
    b->options.event = o->event;
    b->options.ctx = o->ctx;
    b->job.opt = &b->options;
    b->job.source = source;
    b->job.first = s;
    b->job.model = *m; /* only read */
    b->job.arena = a;
    if (subset_prepare(&b->job, err) && subset_choose(&b->job, err)) {
        *ret = b->job.subset;
        return true;
    }
    subset_release(b->job.subset);
    return false;
}

const char *const *subset_verify_conditions(const struct subset *s, const struct object *table,
                                            struct arena *a, size_t *ret_n)
{
    const size_t part = s ? subset_step(s->job->model.flavor) : 1;
    const struct subset_table *t = s ? map_get(&s->by_table, &table, sizeof table) : NULL;
    size_t keys, n = 0;
    const char **parts;

    *ret_n = 0;
    if (!t || t->how == SUBSET_WHOLE || t->how == SUBSET_OPEN)
        return NULL;
    keys = t->how == SUBSET_KEYS ? t->keys.len : 0;
    parts = arena_calloc(a, (keys / part + 2) * sizeof *parts);
    if (t->where)
        parts[n++] = t->where;
    for (size_t at = 0; at < keys; at += part) {
        struct buf b = BUF_INIT;

        subset_in(s->job, t, &t->keys, at, keys - at < part ? keys - at : part, &b);
        parts[n++] = arena_strdup(a, b.data);
        buf_release(&b);
    }
    if (!n)
        parts[n++] = "1 = 0";
    *ret_n = n;
    return parts;
}
