#include "verify.h"

#include <string.h>

/*
 * A copy fills a materialized view from the rows that it brought, and not with what production's
 * had when it was refreshed last. Where both sides hold the same rows of all that it reads, and
 * what reads them is the same on both, the copy's is what its query gives on these rows. What
 * differs then is that production's was not refreshed since: that is told, and is no difference.
 *
 * Both queries are only looked at. To run one would be to run, with this account's rights, what
 * anybody put behind it.
 */

struct stale {
    struct verify *v;
    struct map seen;
    bool same;
};

/* Whose it is and where it lies says nothing of its rows. */
static bool matters(const struct prop *p)
{
    static const char *const others[] = {"owner", "comment", "tablespace", "populated"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (strcmp(p->name, others[i]) == 0)
            return false;
    return !(p->flags & F_VOLATILE);
}

static bool same_text(struct verify *v, const struct kind *k, unsigned slot, const char *a,
                      const char *b)
{
    unsigned flavor = v->model[SIDE_SOURCE].flavor;
    return str_eq(a, b) || (a && b && a != model_unknown && b != model_unknown &&
                            str_eq(prop_canon(k, slot, flavor, a, v->arena),
                                   prop_canon(k, slot, flavor, b, v->arena)));
}

static bool same_object(struct verify *v, const struct object *a, const struct object *b)
{
    for (unsigned s = 0; s < a->kind->n_props; s++)
        if (matters(&a->kind->props[s]) && !same_text(v, a->kind, s, a->v[s], b->v[s]))
            return false;
    return true;
}

/* Its rows, or what was worked out from them, were found to differ, or were not compared. */
static bool rows_differ(const struct verify *v, const struct object *o)
{
    bool compared = false;
    for (size_t i = 0; i < v->n_tables; i++) {
        if (v->of[i] != o)
            continue;
        compared = true;
        if ((v->tables[i]->why || v->tables[i]->n_ranges) && o->kind->id != K_MATERIALIZED_VIEW)
            return true;
    }
    return !compared && table_holds_rows(&v->model[SIDE_SOURCE], o);
}

static void look_at(struct stale *s, const struct object *o);

static void look_below(struct stale *s, const struct object *o)
{
    const struct model *m = &s->v->model[SIDE_SOURCE];
    for (size_t i = 0; s->same && i < m->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&m->deps, struct dependency, i);
        if (model_top(d->from) == o)
            look_at(s, model_top(d->to));
    }
    for (uint32_t i = 0; s->same && i < m->n_objects; i++) /* a partition's rows are read too */
        if (m->objects[i]->kind->id == K_TABLE && model_partition_of(m, m->objects[i]) == o)
            look_at(s, m->objects[i]);
}

static void look_at(struct stale *s, const struct object *o)
{
    const struct object *other = verify_tables_other(s->v, o);
    if (!s->same || map_get(&s->seen, &o->id, sizeof(o->id)))
        return;
    map_put(&s->seen, &o->id, sizeof(o->id), s);
    if (!other || o->kind->id == K_FOREIGN_TABLE ||
        (o->kind->id == K_TABLE ? rows_differ(s->v, o) : !same_object(s->v, o, other)))
        s->same = false;
    else if (o->kind->id != K_TABLE || model_get(o, P_TABLE_PARTITION_KEY))
        look_below(s, o);
}

static bool is_copy(struct verify *v)
{
    struct err why = ERR_INIT;
    const char *role = NULL;
    return v->at[SIDE_TARGET]->driver->source->noted(v->workers[0].s[SIDE_TARGET], "role", v->arena,
                                                     &role, &why) &&
           str_eq(role, "copy");
}

void verify_stale(struct verify *v)
{
    for (size_t i = 0; i < v->n_tables; i++) {
        struct table_difference *t = v->tables[i];
        const struct object *o = v->of[i];
        struct stale s = {.v = v, .same = true};
        if (o->kind->id != K_MATERIALIZED_VIEW || t->why || !t->n_ranges || !is_copy(v))
            continue;
        look_at(&s, o);
        map_release(&s.seen);
        if (!s.same)
            continue;
        t->n_ranges = 0;
        verify_tell(v,
                    "materialized view %s is stale on the source: it differs, though the rows and "
                    "the query are the same; REFRESH MATERIALIZED VIEW there makes it the same",
                    model_path_text(o, v->arena));
    }
}
