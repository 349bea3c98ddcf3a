#include "postgres.h"

/*
 * How each property of each kind is changed in place. Source: the SQL command pages of the
 * PostgreSQL manual; locks and rewrites: ALTER TABLE, "Notes", and 13.3 "Explicit Locking".
 */

/* ---- rows of every kind ---------------------------------------------------------------------- */

static void alter_owner(struct plan_builder *b, const struct plan_pair *p)
{
    struct buf on = BUF_INIT;
    const char *owner = model_get(p->from, kind_prop(p->from->kind, "owner"));

    postgres_target(&on, p->from);
    if (owner && b->opt->owners)
        postgres_step_at(b, RANK_OWNER, p->from, "ALTER %s OWNER TO %I", on.data, owner);
    postgres_grants_of_owner(b, p);
    buf_release(&on);
}

static const struct plan_alter rows[] = {
    {.kind = K_COUNT, .prop = "comment", .fn = postgres_alter_comment},
    {.kind = K_COUNT, .prop = "owner", .fn = alter_owner, .hazards = HAZARD_AUTHORITY},
    {.kind = K_COUNT},
};

/* Relations, indexes and the indexes of keys share the names of a schema (CREATE INDEX, "name"),
 * and so do types, a relation's row type among them; routines of any kind share theirs. */
static const char *clash(const struct object *o, struct arena *a)
{
    switch (o->kind->space) {
    case SPACE_RELATION:
    case SPACE_TYPE:
    case SPACE_ROUTINE:
    case SPACE_PROCEDURE:
        return arena_printf(a, "%s.%s", o->parent->name, o->name);
    case SPACE_INDEX:
    case SPACE_CONSTRAINT:
        return o->kind->id == K_CHECK ? NULL
                                      : arena_printf(a, "%s.%s", o->parent->parent->name, o->name);
    default:
        return NULL;
    }
}

/* Those of tables last: what is a view's or a domain's is told apart before. */
static const struct plan_alter *const tables[] = {postgres_alter_view_rows,
                                                  postgres_alter_swap_rows,
                                                  postgres_alter_type_rows,
                                                  postgres_alter_domain_rows,
                                                  postgres_alter_code_rows,
                                                  postgres_alter_right_rows,
                                                  postgres_alter_table_rows,
                                                  postgres_alter_column_rows,
                                                  postgres_alter_key_rows,
                                                  postgres_alter_sequence_rows,
                                                  rows,
                                                  NULL};
/* What stands by itself and has a name in statements: DROP, and no more. */
static bool can_be_named(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return (p->to->kind->flags & KF_TOP) && postgres_has_target(p->to->kind->id);
}

static const struct plan_alter drop_row = {
    .kind = K_COUNT, .slot = ALTER_DROP, .fn = postgres_alter_drop, .can = can_be_named};
const struct plan_alters plan_alters_postgres = {.tables = tables,
                                                 .style = &postgres_style,
                                                 .clash = clash,
                                                 .ties = postgres_ties,
                                                 .in_the_way = postgres_in_the_way,
                                                 .drop = &drop_row,
                                                 .needs_columns = true,
                                                 .costs = postgres_alter_cost};
