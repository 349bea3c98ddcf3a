#include "postgres.h"

#include <string.h>

/* Keys, checks, indexes, NOT NULLs and extended statistics. */

static bool has(const struct plan_pair *p, int slot)
{
    return p->differs >> slot & 1;
}

/* ---- checks ---------------------------------------------------------------------------------- */

static void add_check(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *c = p->from;
    size_t at = b->plan->steps.len;
    struct step *s;

    postgres_detach(b, plan_other(b, c->parent));
    if (model_no(c, P_CHECK_LOCAL) && postgres_is_passed_on(b, &(struct plan_pair){c, NULL, 0}))
        return;
    postgres_check_late(b, c);
    s = &VEC_AT(&b->plan->steps, struct step, at);
    if (!model_no(c, P_CHECK_VALIDATED) && !model_no(c, P_CHECK_ENFORCED)) {
        struct buf sql = BUF_INIT;

        plan_hazard(b, s, HAZARD_SCAN | HAZARD_ROWS | HAZARD_LOCK, postgres_all_wait);
        postgres_format(&sql, "SELECT pg_catalog.count(*) FROM %Q WHERE NOT (%s)", c->parent,
                        model_get(c, P_CHECK_EXPRESSION));
        s->row_check = arena_strdup(b->arena, sql.data);
        s->row_what = arena_printf(b->arena, "rows that violate %s", c->name);
        buf_release(&sql);
    }
}

/* Whether the part is left to a child when its parent's goes. */
static bool stays_as_own(const struct object *to)
{
    return str_eq(postgres_get(to, "local"), "yes");
}

static void drop_constraint(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *c = p->to, *same;

    if (!postgres_first_time(b, c, ONCE_DROPPED))
        return;
    postgres_detach(b, c->parent);
    for (size_t at = 0; (same = postgres_inherited(b, c, &at));)
        if (plan_drops(b, same)) {
            struct plan_pair parents = {NULL, same, 0};

            if (!stays_as_own(c))
                return;
            drop_constraint(b, &parents);
        }
    postgres_step(b, c, NULL, "ALTER TABLE %Q DROP CONSTRAINT %I", c->parent, c->name);
}

static bool becomes_valid(struct plan_builder *b, const struct plan_pair *p)
{
    return postgres_pair_of_table(b, p) && str_eq(postgres_get(p->from, "validated"), "yes");
}

static void validate(struct plan_builder *b, const struct plan_pair *p)
{
    const char *own = postgres_get(p->from, "constraint");

    plan_hazard(b,
                postgres_step(b, p->from, NULL, "ALTER TABLE %Q VALIDATE CONSTRAINT %I",
                              p->from->parent, own ? own : p->from->name),
                HAZARD_SCAN | HAZARD_ROWS, "every row is read; readers and writers go on");
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool is_partition(const struct object *table)
{
    return postgres_get(table, "partition_of") != NULL;
}

/* Whether the partition's key or index belongs to one of the table's that goes: the catalog says of
 * a key only that there is one, of an index also which. */
static bool goes_with_parents(struct plan_builder *b, const struct object *o)
{
    const char *of = postgres_get(o->parent, "partition_of"),
               *index = postgres_get(o, "partition_of");
    const char *inherited = postgres_get(o, "inherited");
    const struct object *parent, *from = plan_other(b, o->parent);

    if (!of || (o->kind->id == K_INDEX ? !index : !inherited || strcmp(inherited, "0") == 0))
        return false;
    if (!from)
        return true; /* as the partition does */
    if (postgres_moves(from, o->parent))
        return false;
    parent = postgres_relation_in(b, b->to, of, NULL);
    for (const struct object *k = parent ? parent->first : NULL; k; k = k->next)
        if (k->kind == o->kind && plan_drops(b, k) &&
            (o->kind->id == K_INDEX
                 ? postgres_is_named(b, k, index)
                 : str_eq(postgres_get(k, "columns"), postgres_get(o, "columns")) &&
                       str_eq(postgres_get(k, "definition"), postgres_get(o, "definition"))))
            return true;
    return false;
}

/* Dropping the index that tells rows apart leaves the table without any. */
static void keep_replica_identity(struct plan_builder *b, const struct object *index)
{
    const struct object *from = plan_other(b, index);
    const char *identity = from ? postgres_get(from->parent, "replica_identity") : NULL;

    if (from && plan_creates(b, from) && identity && str_starts(identity, "index ") &&
        from->parent->kind->id == K_TABLE && !plan_creates(b, from->parent) &&
        str_eq(identity, postgres_get(index->parent, "replica_identity")) &&
        postgres_is_named(b, from, identity + strlen("index ")))
        postgres_replica_identity(b, from->parent);
}

static void drop_key(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *k = p->to;

    postgres_detach(b, k->parent);
    keep_replica_identity(b, k);
    if (!goes_with_parents(b, k))
        postgres_step(b, k, NULL, "ALTER TABLE %Q DROP CONSTRAINT %I", k->parent, k->name);
}

static void drop_index(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_detach(b, p->to->parent);
    keep_replica_identity(b, p->to);
    if (!goes_with_parents(b, p->to))
        postgres_step(b, p->to, NULL, "DROP INDEX %Q", p->to);
}

static bool is_any_clustered(const struct object *table)
{
    for (const struct object *o = table->first; o; o = o->next)
        if (str_eq(postgres_get(o, "clustered"), "yes"))
            return true;
    return false;
}

static void alter_clustered(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *table = p->from->parent;
    const char *word = table->kind->id == K_TABLE ? "TABLE" : "MATERIALIZED VIEW";

    if (str_eq(postgres_get(p->from, "clustered"), "yes"))
        postgres_step(b, p->from, NULL, "ALTER %s %Q CLUSTER ON %I", word, table, p->from->name);
    else if (!is_any_clustered(table))
        postgres_step(b, p->from, NULL, "ALTER %s %Q SET WITHOUT CLUSTER", word, table);
}

static bool becomes_part(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return model_get(p->from, P_INDEX_PARTITION_OF) && !model_get(p->to, P_INDEX_PARTITION_OF);
}

static void attach_index(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_step_at(b, RANK_OBJECT, p->from, "ALTER INDEX %s ATTACH PARTITION %Q",
                     model_get(p->from, P_INDEX_PARTITION_OF), p->from);
}

/* An index of a partitioned table is as valid as those of the partitions are. */
static bool is_of_partitioned(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return postgres_get(p->from->parent, "partition_key") != NULL;
}

static bool is_broken_there(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return str_eq(postgres_get(p->from, "valid"), "no");
}

/* If the partitioned table's index goes, so does this one, and another one takes its place. */
static bool was_part(struct plan_builder *b, const struct plan_pair *p)
{
    const char *index = model_get(p->to, P_INDEX_PARTITION_OF);
    const char *of = postgres_get(p->to->parent, "partition_of");
    const struct object *table = of ? postgres_relation_in(b, b->to, of, NULL) : NULL;

    for (const struct object *k = index && table ? table->first : NULL; k; k = k->next)
        if (k->kind->id == K_INDEX && postgres_is_named(b, k, index) && !plan_other(b, k))
            return false;
    return index != NULL;
}

static void alter_part_statistics(struct plan_builder *b, const struct plan_pair *p)
{
    const char *target = model_get(p->from, P_INDEX_PART_STATISTICS);

    postgres_step(b, p->from, NULL, "ALTER INDEX %Q ALTER COLUMN %s SET STATISTICS %s",
                  p->from->parent, p->from->name, target ? target : "-1");
}

/* ---- foreign keys ---------------------------------------------------------------------------- */

static void drop_foreign_key(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *k = p->to;
    const char *inherited = model_get(k, P_FOREIGN_KEY_INHERITED);

    if (inherited && strcmp(inherited, "0") != 0 && is_partition(k->parent)) {
        const struct object *from = plan_other(b, k->parent);

        if (!from || plan_drops(b, k->parent) || !postgres_moves(from, k->parent))
            return; /* with the partitioned table's, or the partition */
    }
    postgres_detach(b, k->parent);
    postgres_step(b, k, NULL, "ALTER TABLE %Q DROP CONSTRAINT %I", k->parent, k->name);
}

static bool is_own(const struct object *key)
{
    const char *inherited = model_get(key, P_FOREIGN_KEY_INHERITED);

    return !inherited || strcmp(inherited, "0") == 0;
}

static void alter_deferral(struct plan_builder *b, const struct plan_pair *p)
{
    struct buf sql = BUF_INIT;

    if (!is_own(p->from))
        return;
    template_fill(&sql, &postgres_style,
                  "ALTER TABLE {parent} ALTER CONSTRAINT {name}"
                  "[ DEFERRABLE{?deferrable}]||[ NOT DEFERRABLE{!deferrable}]"
                  "[ INITIALLY DEFERRED{?deferred}]||[ INITIALLY IMMEDIATE{!deferred}]",
                  p->from);
    plan_step(b, PHASE_PRE, p->from, NULL, sql.data);
    buf_release(&sql);
}

static bool has_enforced(struct plan_builder *b, const struct plan_pair *p)
{
    /* Enforcing it looks at the rows. */
    return b->opt->target_version >= 180000 && (!model_yes(p->from, P_FOREIGN_KEY_ENFORCED) ||
                                                model_yes(p->from, P_FOREIGN_KEY_VALIDATED));
}

static void alter_enforced(struct plan_builder *b, const struct plan_pair *p)
{
    bool yes = !model_no(p->from, P_FOREIGN_KEY_ENFORCED);
    struct step *s;

    if (!is_own(p->from))
        return;
    s = postgres_step(b, p->from, NULL, "ALTER TABLE %Q ALTER CONSTRAINT %I %sENFORCED",
                      p->from->parent, p->from->name, yes ? "" : "NOT ");
    if (yes)
        plan_hazard(b, s, HAZARD_SCAN | HAZARD_ROWS | HAZARD_LOCK, postgres_all_wait);
}

/* A key that is not enforced is not valid; enforcing it looks at the rows. */
static bool can_validate(struct plan_builder *b, const struct plan_pair *p)
{
    return becomes_valid(b, p) || (has(p, P_FOREIGN_KEY_ENFORCED) && has_enforced(b, p));
}

static void alter_validated(struct plan_builder *b, const struct plan_pair *p)
{
    if (!has(p, P_FOREIGN_KEY_ENFORCED) && is_own(p->from) && becomes_valid(b, p))
        validate(b, p);
}

/* ---- NOT NULL -------------------------------------------------------------------------------- */

static bool named(struct plan_builder *b, const struct plan_pair *p)
{
    return postgres_pair_of_table(b, p) && b->opt->target_version >= 180000;
}

static const struct object *column_of(const struct model *m, const struct object *n)
{
    return model_child(m, n->parent, SPACE_COLUMN, n->name);
}

/* The server chose the name where the model has no object for it. */
static const char *constraint_name(struct plan_builder *b, const struct object *n)
{
    const char *name = n ? model_get(n, P_NOT_NULL_CONSTRAINT) : NULL;

    (void)b;
    return name;
}

static void drop_not_null(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *column = column_of(b->to, p->to);
    const struct object *from = column ? plan_other(b, column) : NULL;

    if (!from || !model_yes(from, P_COLUMN_NOT_NULL))
        return; /* the column's row does it */
    if (model_no(p->to, P_NOT_NULL_VALIDATED))
        postgres_step(b, p->to, NULL, "ALTER TABLE %Q VALIDATE CONSTRAINT %I", p->to->parent,
                      constraint_name(b, p->to));
    if (model_yes(p->to, P_NOT_NULL_NO_INHERIT))
        postgres_step(b, p->to, NULL, "ALTER TABLE %Q ALTER CONSTRAINT %I INHERIT", p->to->parent,
                      constraint_name(b, p->to));
    if (model_get(p->to, P_NOT_NULL_COMMENT))
        postgres_step(b, p->to, NULL, "COMMENT ON CONSTRAINT %I ON %Q IS NULL",
                      constraint_name(b, p->to), p->to->parent);
}

/* A column has one NOT NULL: another one takes its place, or gets what it lacks. */
static void add_not_null(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *n = p->from, *column = column_of(b->model, n);
    const struct object *to = column ? plan_other(b, column) : NULL;

    if (to && model_yes(to, P_COLUMN_NOT_NULL) && !model_no(n, P_NOT_NULL_VALIDATED) &&
        !model_yes(n, P_NOT_NULL_NO_INHERIT)) {
        postgres_finish(b, n, NULL);
        return;
    }
    if (to && model_yes(to, P_COLUMN_NOT_NULL))
        postgres_step(b, n, NULL, "ALTER TABLE %Q ALTER COLUMN %I DROP NOT NULL", n->parent,
                      n->name);
    if (to || model_no(n, P_NOT_NULL_VALIDATED))
        postgres_not_null(b, PHASE_PRE, n);
    postgres_finish(b, n, NULL);
}

static void alter_no_inherit(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_step(b, p->from, NULL, "ALTER TABLE %Q ALTER CONSTRAINT %I %sINHERIT", p->from->parent,
                  constraint_name(b, p->to),
                  model_yes(p->from, P_NOT_NULL_NO_INHERIT) ? "NO " : "");
}

static void rename_not_null(struct plan_builder *b, const struct plan_pair *p)
{
    if (constraint_name(b, p->from) && constraint_name(b, p->to))
        postgres_step(b, p->from, NULL, "ALTER TABLE %Q RENAME CONSTRAINT %I TO %I",
                      p->from->parent, constraint_name(b, p->to), constraint_name(b, p->from));
}

/* ---- statistics ------------------------------------------------------------------------------ */

static void alter_target(struct plan_builder *b, const struct plan_pair *p)
{
    const char *target = model_get(p->from, P_STATISTICS_TARGET);

    postgres_step(b, p->from, NULL, "ALTER STATISTICS %Q SET STATISTICS %s", p->from,
                  target ? target : "-1");
}

/* ---- the rows -------------------------------------------------------------------------------- */

#define KEY(ID)                                                                             \
    {.kind = K_##ID, .slot = ALTER_DROP, .fn = drop_key, .hazards = HAZARD_INDEX},          \
        {.kind = K_##ID, .slot = P_##ID##_CLUSTERED, .fn = alter_clustered},                \
        {.kind = K_##ID,                                                                    \
         .slot = P_##ID##_VALID,                                                            \
         .fn = postgres_alter_nothing,                                                      \
         .can = is_of_partitioned},                                                         \
        {.kind = K_##ID, .slot = P_##ID##_VALID, .can = is_broken_there, .manual = BROKEN}, \
    {                                                                                       \
        .kind = K_##ID, .slot = P_##ID##_TABLESPACE, .fn = postgres_alter_tablespace,       \
        .hazards = HAZARD_LOCK | HAZARD_REWRITE                                             \
    }

#define BROKEN "it is invalid there, left over from a failed build: drop it there, or leave it"

/*
 * Locks: ALTER TABLE, DROP INDEX, ALTER INDEX of PostgreSQL 13 to 18. VALIDATE takes SHARE UPDATE
 * EXCLUSIVE, which readers and writers do not notice; ALTER INDEX … SET and ATTACH, CLUSTER ON and
 * ALTER STATISTICS the same.
 */
const struct plan_alter postgres_alter_key_rows[] = {
    {.kind = K_CHECK, .slot = ALTER_ADD, .fn = add_check, .can = postgres_pair_of_table},
    {.kind = K_CHECK, .slot = ALTER_DROP, .fn = drop_constraint, .can = postgres_pair_of_table},
    {.kind = K_CHECK, .slot = P_CHECK_VALIDATED, .fn = validate, .can = becomes_valid},
    KEY(PRIMARY_KEY),
    KEY(UNIQUE),
    KEY(EXCLUSION),
    {.kind = K_INDEX, .slot = ALTER_DROP, .fn = drop_index, .hazards = HAZARD_INDEX},
    {.kind = K_INDEX, .slot = P_INDEX_CLUSTERED, .fn = alter_clustered},
    {.kind = K_INDEX,
     .slot = P_INDEX_VALID,
     .fn = postgres_alter_nothing,
     .can = is_of_partitioned},
    {.kind = K_INDEX, .slot = P_INDEX_VALID, .can = is_broken_there, .manual = BROKEN},
    {.kind = K_INDEX, .slot = P_INDEX_PARTITION_OF, .fn = attach_index, .can = becomes_part},
    {.kind = K_INDEX,
     .slot = P_INDEX_PARTITION_OF,
     .can = was_part,
     .manual = "no statement takes an index from the partitioned table's: drop that one"},
    {.kind = K_INDEX,
     .slot = P_INDEX_TABLESPACE,
     .fn = postgres_alter_tablespace,
     .hazards = HAZARD_LOCK | HAZARD_REWRITE},
    {.kind = K_INDEX_PART, .slot = P_INDEX_PART_STATISTICS, .fn = alter_part_statistics},
    {.kind = K_FOREIGN_KEY, .slot = ALTER_DROP, .fn = drop_foreign_key, .apart = true},
    {.kind = K_FOREIGN_KEY, .slot = P_FOREIGN_KEY_DEFERRABLE, .fn = alter_deferral},
    {.kind = K_FOREIGN_KEY, .slot = P_FOREIGN_KEY_DEFERRED, .fn = alter_deferral},
    {.kind = K_FOREIGN_KEY,
     .slot = P_FOREIGN_KEY_ENFORCED,
     .fn = alter_enforced,
     .can = has_enforced},
    {.kind = K_FOREIGN_KEY,
     .slot = P_FOREIGN_KEY_VALIDATED,
     .fn = alter_validated,
     .can = can_validate},
    {.kind = K_NOT_NULL, .slot = ALTER_ADD, .fn = add_not_null, .can = named},
    {.kind = K_NOT_NULL, .slot = ALTER_DROP, .fn = drop_not_null, .can = named},
    {.kind = K_NOT_NULL, .slot = P_NOT_NULL_VALIDATED, .fn = validate, .can = becomes_valid},
    {.kind = K_NOT_NULL, .slot = P_NOT_NULL_NO_INHERIT, .fn = alter_no_inherit, .can = named},
    {.kind = K_NOT_NULL, .slot = P_NOT_NULL_CONSTRAINT, .fn = rename_not_null, .can = named},
    {.kind = K_STATISTICS, .slot = ALTER_DROP, .fn = postgres_alter_drop},
    {.kind = K_STATISTICS, .slot = P_STATISTICS_TARGET, .fn = alter_target},
    {.kind = K_COUNT},
};
