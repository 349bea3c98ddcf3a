#include "postgres.h"

#include <string.h>

/*
 * Tables that go, and tables that no statement changes but a new one replaces: another partition
 * key, another number of hash partitions. The old table waits in a schema of its own, with its
 * indexes and the names of these, until the new one has its rows.
 */

const char postgres_waiting_room[] = "dbtwin_aside";

static bool is_swapped(struct plan_builder *b, const struct object *to)
{
    const struct object *from = to ? plan_other(b, to) : NULL;

    return from && plan_drops(b, to) && plan_creates(b, from);
}

static const struct object *parent_of(struct plan_builder *b, const struct object *to)
{
    const char *of = postgres_get(to, "partition_of");

    return of ? postgres_relation_in(b, b->to, of, NULL) : NULL;
}

/* Or is a part, or a child, of one that is. */
static bool goes_with_parent(struct plan_builder *b, const struct object *to)
{
    if (is_swapped(b, parent_of(b, to)))
        return true;
    for (const struct object **i = model_parts(to, K_INHERITS, b->arena, NULL); *i; i++)
        if (is_swapped(b, postgres_relation_in(b, b->to, (*i)->name, NULL)))
            return true;
    return false;
}

/* No statement changes a column by which rows are in partitions. */
static bool has_another_key(struct plan_builder *b, const struct object *to)
{
    for (const struct object *c = plan_child(to, K_COLUMN, NULL); c;
         c = plan_child(to, K_COLUMN, c)) {
        const struct object *from = postgres_is_partition_key(c) ? plan_other(b, c) : NULL;

        if (from &&
            (!str_eq(model_get(from, P_COLUMN_TYPE), model_get(c, P_COLUMN_TYPE)) ||
             !str_eq(model_get(from, P_COLUMN_COLLATION), model_get(c, P_COLUMN_COLLATION))))
            return true;
    }
    return false;
}

/* ---- other hash partitions ------------------------------------------------------------------- */

static bool is_hash_bound(const char *bound)
{
    return bound && str_starts(bound, "FOR VALUES WITH ");
}

/* Whether FROM's table has a partition where TO has nothing of this name. */
static bool has_new_partition(struct plan_builder *b, const struct object *from)
{
    for (uint32_t i = 1; i < b->model->n_objects; i++) {
        const struct object *o = b->model->objects[i];
        const char *of = o->kind->id == K_TABLE ? model_get(o, P_TABLE_PARTITION_OF) : NULL;

        if (of && !plan_other(b, o) && postgres_relation_in(b, b->model, of, NULL) == from)
            return true;
    }
    return false;
}

/* By another number of hash partitions the rows are in other ones: no ATTACH takes them as they
 * are. A partition that is only there no more, or not yet, takes its own rows alone. */
static bool is_split_otherwise(struct plan_builder *b, const struct object *from,
                               const struct object *to)
{
    const char *key = model_get(to, P_TABLE_PARTITION_KEY);
    bool moved = false, gone = false;
    uint32_t n;
    const struct object *const *list = plan_dependants(b, to, &n);

    if (!key || !str_starts(key, "HASH"))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        const char *bound = postgres_get(list[i], "partition_bound"), *now;
        const struct object *other = is_hash_bound(bound) ? plan_other(b, list[i]) : NULL;

        if (!is_hash_bound(bound))
            continue;
        if (list[i]->kind->id != K_TABLE)
            return false; /* rows of another server's */
        now = other ? postgres_get(other, "partition_bound") : NULL;
        moved |= is_hash_bound(now) && !str_eq(now, bound);
        gone |= !other;
    }
    return moved || (gone && has_new_partition(b, from));
}

bool postgres_in_the_way(struct plan_builder *b, const struct object *to)
{
    return to->kind->id == K_TABLE && is_split_otherwise(b, plan_other(b, to), to);
}

bool postgres_stays_as_it_is(struct plan_builder *b, const struct plan_pair *p)
{
    return !is_split_otherwise(b, p->from, p->to) &&
           str_eq(model_get(p->from, P_TABLE_PARTITION_KEY),
                  model_get(p->to, P_TABLE_PARTITION_KEY)) &&
           !has_another_key(b, p->to) && !goes_with_parent(b, p->to);
}

/* Sequences that would go with the table, or move with it, and are there afterwards. */
static void keep_sequences(struct plan_builder *b, const struct object *to)
{
    for (const struct object *c = plan_child(to, K_COLUMN, NULL); c;
         c = plan_child(to, K_COLUMN, c)) {
        const struct object *s = postgres_sequence_there(b, c), *from = s ? plan_other(b, s) : NULL;

        if (!from || model_yes(s, P_SEQUENCE_IDENTITY))
            continue;
        postgres_step(b, s, NULL, "ALTER SEQUENCE %Q OWNED BY NONE", s)->act = ACT_ALTER;
        if (is_swapped(b, to))
            postgres_sequence_owned_by(b, from);
    }
}

/* ---- the rows -------------------------------------------------------------------------------- */

static void add_value(struct plan_builder *b, const struct object *from, const struct object *to,
                      struct buf *out)
{
    struct buf using = BUF_INIT;

    postgres_cast_using(b, from, to, &using);
    if (using.len)
        buf_adds(out, using.data + strlen(" USING "));
    else
        postgres_identifier(out, from->name);
    buf_release(&using);
}

/* What the new table has no column for, and what the casts do to the others. */
static void name_losses(struct plan_builder *b, struct step *s, const struct object *to)
{
    for (const struct object *c = plan_child(to, K_COLUMN, NULL); c;
         c = plan_child(to, K_COLUMN, c)) {
        const struct object *from = plan_other(b, c);

        if (model_get(c, P_COLUMN_GENERATED))
            continue;
        if (!from || model_get(from, P_COLUMN_GENERATED))
            plan_hazard(b, s, HAZARD_DATA,
                        arena_printf(b->arena, "the values of %s are lost", c->name));
        else if (!str_eq(model_get(from, P_COLUMN_TYPE), model_get(c, P_COLUMN_TYPE)))
            postgres_cast_hazards(b, s, &(struct plan_pair){from, c, 0});
    }
}

/* Whether the new table has a column for any of the values. */
static bool copy_rows(struct plan_builder *b, const struct object *from, const struct object *to)
{
    bool partitioned = model_get(to, P_TABLE_PARTITION_KEY), always = false, copied;
    struct buf names = BUF_INIT, values = BUF_INIT;
    const char *between = "";
    struct step *s;

    for (const struct object **c = plan_parts(b, from, K_COLUMN, NULL); *c; c++) {
        const struct object *other = plan_other(b, *c);

        if (!other || model_get(*c, P_COLUMN_GENERATED))
            continue;
        always |= str_eq(model_get(*c, P_COLUMN_IDENTITY), "always");
        postgres_format(&names, "%s%I", between, (*c)->name);
        buf_adds(&values, between);
        add_value(b, *c, other, &values);
        between = ", ";
    }
    if (names.len) {
        struct buf sql = BUF_INIT;

        postgres_format(&sql, "INSERT INTO %Q (%s)%s SELECT %s FROM %s%I.%I", from, names.data,
                        always ? " OVERRIDING SYSTEM VALUE" : "", values.data,
                        partitioned ? "" : "ONLY ", postgres_waiting_room, to->name);
        s = plan_step(b, PHASE_POST, from, NULL, sql.data);
        plan_hazard(b, s, HAZARD_REWRITE | HAZARD_LOCK | HAZARD_ROWS,
                    "the rows are copied into a new table");
        name_losses(b, s, to);
        s->needs_rows = true;
        buf_release(&sql);
    }
    copied = names.len;
    buf_release(&names);
    buf_release(&values);
    return copied;
}

static void copy_positions(struct plan_builder *b, const struct object *from)
{
    for (const struct object **c = plan_parts(b, from, K_COLUMN, NULL); *c; c++) {
        const struct object *other = plan_other(b, *c), *s = postgres_sequence_of(b, *c);
        const struct object *old = other ? postgres_sequence_there(b, other) : NULL;
        struct buf name = BUF_INIT, sql = BUF_INIT;

        if (s && old && model_get(*c, P_COLUMN_IDENTITY) && model_yes(old, P_SEQUENCE_IDENTITY)) {
            postgres_qualified(&name, s);
            postgres_format(&sql,
                            "SELECT pg_catalog.setval(%L, o.last_value, o.is_called) FROM %I.%I o",
                            name.data, postgres_waiting_room, old->name);
            plan_step(b, PHASE_POST, from, NULL, sql.data);
        }
        buf_release(&name);
        buf_release(&sql);
    }
}

/* ---- the rows of the table of alterations ---------------------------------------------------- */

/* What it uses may have to go before it does: nothing but rows is wanted of it. */
static void free_of_others(struct plan_builder *b, const struct object *to)
{
    for (const struct object *o = to->first; o; o = o->next) {
        if (o->kind->id == K_COLUMN && model_get(o, P_COLUMN_DEFAULT) &&
            !model_get(o, P_COLUMN_GENERATED))
            postgres_step(b, to, NULL, "ALTER TABLE %Q ALTER COLUMN %I DROP DEFAULT", to, o->name);
        else if (o->kind->id == K_CHECK && !model_no(o, P_CHECK_LOCAL))
            postgres_step(b, to, NULL, "ALTER TABLE %Q DROP CONSTRAINT %I", to, o->name);
        else if (o->kind->id == K_RULE || o->kind->id == K_POLICY ||
                 (o->kind->id == K_TRIGGER && !model_yes(o, P_TRIGGER_INHERITED)))
            postgres_step(b, to, NULL, "DROP %s %I ON %Q",
                          o->kind->id == K_RULE     ? "RULE"
                          : o->kind->id == K_POLICY ? "POLICY"
                                                    : "TRIGGER",
                          o->name, to);
    }
}

static void swap(struct plan_builder *b, const struct object *from, const struct object *to)
{
    bool copied;

    if (postgres_first_time(b, b->to->root, ONCE_DROPPED)) {
        postgres_step(b, to, NULL, "CREATE SCHEMA %I", postgres_waiting_room)->act = ACT_CREATE;
        postgres_step_at(b, RANK_OWN, to, "DROP SCHEMA %I", postgres_waiting_room);
    }
    if (postgres_get(to, "partition_of") && !is_swapped(b, parent_of(b, to)))
        postgres_step(b, to, NULL, "ALTER TABLE %s DETACH PARTITION %Q",
                      postgres_get(to, "partition_of"), to)
            ->act = ACT_ALTER;
    free_of_others(b, to);
    postgres_step(b, to, NULL, "ALTER TABLE %Q SET SCHEMA %I", to, postgres_waiting_room)->act =
        ACT_ALTER;
    if (is_swapped(b, parent_of(b, to)))
        return; /* its rows come with the whole table's, and it goes with that */
    copied = copy_rows(b, from, to);
    copy_positions(b, from);
    plan_hazard(
        b,
        postgres_step_at(b, RANK_OBJECT, to, "DROP TABLE %I.%I", postgres_waiting_room, to->name),
        copied ? 0 : HAZARD_DATA, copied ? NULL : "no column of the old table stays");
}

static bool is_referenced_by_key(struct plan_builder *b, const struct object *o)
{
    uint32_t n;
    const struct object *const *list = plan_dependants(b, o, &n);

    for (uint32_t i = 0; i < n; i++)
        if (list[i]->kind->id == K_FOREIGN_KEY && !plan_drops(b, list[i]))
            return true;
    return false;
}

/* While a foreign key refers to the partitioned table, a partition cannot be dropped ("constraint …
 * depends on table"), but detached, if its rows are not referred to. */
static void free_partition(struct plan_builder *b, const struct object *to)
{
    const struct object *parent = parent_of(b, to);
    bool needed = parent && !plan_drops(b, parent) && is_referenced_by_key(b, parent);

    for (const struct object *k = parent && !plan_drops(b, parent) ? parent->first : NULL;
         k && !needed; k = k->next)
        needed =
            (k->kind->id == K_PRIMARY_KEY || k->kind->id == K_UNIQUE) && is_referenced_by_key(b, k);
    if (needed)
        plan_hazard(b,
                    postgres_step(b, to, NULL, "ALTER TABLE %s DETACH PARTITION %Q",
                                  postgres_get(to, "partition_of"), to),
                    HAZARD_ROWS, "foreign keys may refer to its rows");
}

void postgres_drop_table(struct plan_builder *b, const struct plan_pair *p)
{
    keep_sequences(b, p->to);
    if (is_swapped(b, p->to))
        swap(b, plan_other(b, p->to), p->to);
    else if (!is_swapped(b, parent_of(b, p->to))) {
        free_partition(b, p->to);
        plan_hazard(b, postgres_step(b, p->to, NULL, "DROP TABLE %Q", p->to), HAZARD_DATA, NULL);
    }
}

/* ---- types and collations that go, while an old table has columns of them ---------------------
 */

static bool is_old_column(struct plan_builder *b, const struct object *o)
{
    return o->kind->id == K_COLUMN && o->parent->kind->id == K_TABLE &&
           (is_swapped(b, o->parent) || is_swapped(b, parent_of(b, o->parent)));
}

/* Whether a column of an old table is of it, or of a type that is made of it. */
static bool waits_with_table(struct plan_builder *b, const struct object *to, unsigned depth)
{
    enum { MAX_DEPTH = 16 };
    uint32_t n;
    const struct object *const *list = plan_dependants(b, to, &n);

    for (uint32_t i = 0; i < n; i++) {
        const struct object *d = list[i]->kind->id == K_ATTRIBUTE ? list[i]->parent : list[i];

        if (is_old_column(b, d))
            return true;
        if ((d->kind->id == K_DOMAIN || d->kind->id == K_COMPOSITE || d->kind->id == K_RANGE) &&
            depth < MAX_DEPTH && d != to && waits_with_table(b, d, depth + 1))
            return true;
    }
    return false;
}

/* The checks may need functions that go at once. */
static void free_domain(struct plan_builder *b, const struct object *to)
{
    for (const struct object *c = plan_child(to, K_CHECK, NULL); c; c = plan_child(to, K_CHECK, c))
        postgres_step(b, to, NULL, "ALTER DOMAIN %Q DROP CONSTRAINT %I", to, c->name);
    if (model_get(to, P_DOMAIN_DEFAULT))
        postgres_step(b, to, NULL, "ALTER DOMAIN %Q DROP DEFAULT", to);
}

bool postgres_waits(struct plan_builder *b, const struct object *to)
{
    return plan_drops(b, to) && waits_with_table(b, to, 0);
}

static bool can_wait(struct plan_builder *b, const struct plan_pair *p)
{
    return postgres_waits(b, p->to);
}

static void drop_later(struct plan_builder *b, const struct plan_pair *p)
{
    struct buf target = BUF_INIT;

    if (p->to->kind->id == K_DOMAIN)
        free_domain(b, p->to);
    else if (p->to->kind->id == K_RANGE)
        postgres_free_range(b, p->to, p->to, postgres_waiting_room, NULL);
    postgres_target(&target, p->to);
    postgres_step(b, p->to, NULL, "ALTER %s SET SCHEMA %I", target.data, postgres_waiting_room)
        ->act = ACT_ALTER;
    if (p->to->kind->id == K_COLLATION) /* after the types that were made with it */
        postgres_step_at(b, RANK_POSITION, p->to, "DROP COLLATION %I.%I", postgres_waiting_room,
                         p->to->name);
    else
        postgres_drop_old_types(b, p->to);
    buf_release(&target);
}

#define WAITS(kind_)                                                             \
    {                                                                            \
        .kind = K_##kind_, .slot = ALTER_DROP, .fn = drop_later, .can = can_wait \
    }

/* Before those of postgres_alter_type.c. */
const struct plan_alter postgres_alter_swap_rows[] = {
    WAITS(ENUM), WAITS(COMPOSITE), WAITS(DOMAIN), WAITS(RANGE), WAITS(COLLATION), {.kind = K_COUNT},
};
