#include "postgres.h"

#include <string.h>

/* What tables are to those that they are partitions of or inherit from. */

bool postgres_is_of_table(const struct object *o)
{
    const struct object *table = o->parent;

    return table && (table->kind->id == K_TABLE || table->kind->id == K_FOREIGN_TABLE);
}

bool postgres_pair_of_table(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return postgres_is_of_table(p->from ? p->from : p->to);
}

/* A partition that gets another parent or bound is by itself meanwhile. */
bool postgres_moves(const struct object *from, const struct object *to)
{
    return !str_eq(postgres_get(from, "partition_of"), postgres_get(to, "partition_of")) ||
           !str_eq(postgres_get(from, "partition_bound"), postgres_get(to, "partition_bound"));
}

/* ---- parents --------------------------------------------------------------------------------- */

/* The name of a table's parent, in order; NULL after the last. */
const char *postgres_parent_name(struct plan_builder *b, const struct object *table, size_t at)
{
    const char *of = postgres_get(table, "partition_of");
    const struct object **list;
    uint32_t n;

    if (of)
        return at ? NULL : of;
    list = model_parts(table, K_INHERITS, b->arena, &n);
    return at < n ? list[at]->name : NULL;
}

bool postgres_has_parent(struct plan_builder *b, const struct object *table, const char *name)
{
    const char *other;

    for (size_t at = 0; (other = postgres_parent_name(b, table, at)); at++)
        if (strcmp(other, name) == 0)
            return true;
    return false;
}

static const struct model *model_of(const struct plan_builder *b, const struct object *o)
{
    return o->id < b->model->n_objects && b->model->objects[o->id] == o ? b->model : b->to;
}

const struct object *postgres_inherited(struct plan_builder *b, const struct object *part,
                                        size_t *at)
{
    const struct object *other = plan_other(b, part->parent), *parent, *same;
    const struct model *m = model_of(b, part);
    const char *name;

    while (other && !postgres_moves(part->parent, other) &&
           (name = postgres_parent_name(b, part->parent, *at))) {
        ++*at;
        parent =
            postgres_has_parent(b, other, name) ? postgres_relation_in(b, m, name, NULL) : NULL;
        same = parent ? model_child(m, parent, part->kind->space, part->name) : NULL;
        if (same && same->kind == part->kind)
            return same;
    }
    return NULL;
}

static bool differs_too(struct plan_builder *b, const struct object *from, uint64_t differs)
{
    const struct object *to = plan_other(b, from);

    for (; to && differs; differs &= differs - 1) {
        int slot = __builtin_ctzll(differs);

        if (!str_eq(model_get(from, slot), model_get(to, slot)))
            return true;
    }
    return false;
}

bool postgres_is_passed_on(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *same;

    for (size_t at = 0; (same = postgres_inherited(b, p->from ? p->from : p->to, &at));)
        if (!p->to     ? plan_creates(b, same)
            : !p->from ? plan_drops(b, same)
                       : differs_too(b, same, p->differs))
            return true;
    return false;
}

bool postgres_attaches_late(struct plan_builder *b, const struct object *table)
{
    const char *of = postgres_get(table, "partition_of");
    const struct object *parent = b->to && of ? postgres_relation(b, of, NULL) : NULL;
    const struct object *to = parent ? plan_other(b, table) : NULL;

    if (!parent || plan_creates(b, parent))
        return false;
    return plan_creates(b, table) || (to && postgres_moves(table, to));
}

/* Whether FROM has the parent too, at the same position. */
bool postgres_keeps_parent(const struct object *from, const struct object *inherits)
{
    const struct object *c = plan_child(from, K_INHERITS, NULL);

    while (c && strcmp(c->name, inherits->name) != 0)
        c = plan_child(from, K_INHERITS, c);
    return c && str_eq(model_get(c, P_INHERITS_POSITION), model_get(inherits, P_INHERITS_POSITION));
}

void postgres_detach(struct plan_builder *b, const struct object *to)
{
    const struct object *from = plan_other(b, to);
    const char *of = postgres_get(to, "partition_of");

    if (!from || plan_drops(b, to) || !postgres_first_time(b, to, ONCE_DETACHED))
        return;
    if (of && postgres_moves(from, to))
        postgres_step(b, to, NULL, "ALTER TABLE %s DETACH PARTITION %Q", of, to)->act = ACT_ALTER;
    for (const struct object **i = model_parts(to, K_INHERITS, b->arena, NULL); *i; i++)
        if (!postgres_keeps_parent(from, *i))
            postgres_step(b, to, NULL, "ALTER TABLE ONLY %Q NO INHERIT %s", to, (*i)->name)->act =
                ACT_ALTER;
}
