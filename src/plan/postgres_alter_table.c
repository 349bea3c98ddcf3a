#include "postgres.h"

#include <string.h>

/* Tables and foreign tables. */

/* ---- partitions ------------------------------------------------------------------------------ */

static void alter_partition(struct plan_builder *b, const struct plan_pair *p)
{
    size_t n;

    postgres_detach(b, p->to);
    postgres_add_columns(b, p->from);
    n = b->plan->steps.len;
    if (postgres_get(p->from, "partition_of"))
        postgres_attach(b, p->from);
    for (; n < b->plan->steps.len; n++)
        plan_hazard(
            b, &VEC_AT(&b->plan->steps, struct step, n), HAZARD_SCAN | HAZARD_ROWS | HAZARD_LOCK,
            "its rows are read, and those of the default partition; readers and writers wait");
}

/* In the order of their positions, when the table has all that it would inherit. */
static void alter_parents(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *from = p->from ? p->from->parent : plan_other(b, p->to->parent);
    const struct object *to = plan_other(b, from);

    postgres_detach(b, to);
    if (!postgres_first_time(b, to, ONCE_ATTACHED))
        return;
    for (const struct object **i = model_parts(from, K_INHERITS, b->arena, NULL); *i; i++)
        if (!postgres_keeps_parent(to, *i))
            postgres_step_at(b, RANK_OBJECT, from, "ALTER TABLE ONLY %Q INHERIT %s", from,
                             postgres_relation_name(b, (*i)->name));
}

/* What the server itself says of a part once its table has other parents. */
static bool has_other_parents(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *from = p->from->parent, *to = p->to->parent;
    const char *name;

    if (!postgres_is_of_table(p->from))
        return false;
    if (postgres_moves(from, to))
        return true;
    for (size_t at = 0; (name = postgres_parent_name(b, from, at)); at++)
        if (!postgres_has_parent(b, to, name))
            return true;
    for (size_t at = 0; (name = postgres_parent_name(b, to, at)); at++)
        if (!postgres_has_parent(b, from, name))
            return true;
    return false;
}

/* What was declared in a table that comes to inherit it stays declared there. */
static bool stays_own(const struct plan_pair *p)
{
    return str_eq(postgres_get(p->from, "local"), "no") &&
           str_eq(postgres_get(p->to, "local"), "yes") &&
           !postgres_get(p->from->parent, "partition_of");
}

/* The parent's part came or went. */
static bool follows_parent(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *same;

    if (!postgres_is_of_table(p->from))
        return false;
    if (has_other_parents(b, p))
        return true;
    for (size_t at = 0; (same = postgres_inherited(b, p->from, &at));)
        if (plan_creates(b, same))
            return true;
    for (size_t at = 0; (same = postgres_inherited(b, p->to, &at));)
        if (plan_drops(b, same))
            return true;
    return false;
}

/* Only an inherited NOT NULL has it: it comes and goes with that. */
static bool follows_not_null(struct plan_builder *b, const struct plan_pair *p)
{
    return follows_parent(b, p) || !postgres_get(p->from, "not_null_local") ||
           !postgres_get(p->to, "not_null_local");
}

static bool follows_all(struct plan_builder *b, const struct plan_pair *p)
{
    return follows_parent(b, p) && !stays_own(p);
}

/* Adding a check that is inherited declares it here too. */
static bool becomes_own(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return postgres_is_of_table(p->from) && model_yes(p->from, P_CHECK_LOCAL);
}

static void make_own(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_check_late(b, p->from);
}

/* ---- properties ------------------------------------------------------------------------------ */

static void alter_persistence(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_step(b, p->from, NULL, "ALTER TABLE %Q SET %s", p->from,
                  str_eq(model_get(p->from, P_TABLE_PERSISTENCE), "unlogged") ? "UNLOGGED"
                                                                              : "LOGGED");
}

static bool has_method(struct plan_builder *b, const struct plan_pair *p)
{
    unsigned needs = model_get(p->from, P_TABLE_PARTITION_KEY) ? 170000 : 150000;

    return b->opt->target_version >= needs;
}

static void alter_method(struct plan_builder *b, const struct plan_pair *p)
{
    const char *method = model_get(p->from, P_TABLE_ACCESS_METHOD);

    if (method)
        postgres_step(b, p->from, NULL, "ALTER TABLE %Q SET ACCESS METHOD %I", p->from, method);
    else
        postgres_step(b, p->from, NULL, "ALTER TABLE %Q SET ACCESS METHOD DEFAULT", p->from);
}

static void alter_type(struct plan_builder *b, const struct plan_pair *p)
{
    const char *type = model_get(p->from, P_TABLE_OF_TYPE);

    if (type)
        postgres_step_at(b, RANK_OBJECT, p->from, "ALTER TABLE %Q OF %s", p->from, type);
    else
        postgres_step(b, p->from, NULL, "ALTER TABLE %Q NOT OF", p->from);
}

void postgres_replica_identity(struct plan_builder *b, const struct object *table)
{
    const char *identity = model_get(table, P_TABLE_REPLICA_IDENTITY);
    bool index = identity && str_starts(identity, "index ");

    if (identity)
        postgres_step_at(b, RANK_ACTION, table, "ALTER TABLE ONLY %Q REPLICA IDENTITY %s%s", table,
                         index ? "USING " : "", identity);
}

static void alter_identity(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_replica_identity(b, p->from);
}

static void alter_row_security(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_step_at(b, RANK_ACTION, p->from, "ALTER TABLE %Q %s ROW LEVEL SECURITY", p->from,
                     model_yes(p->from, P_TABLE_ROW_SECURITY) ? "ENABLE" : "DISABLE");
}

static void alter_force(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_step_at(b, RANK_ACTION, p->from, "ALTER TABLE ONLY %Q %sFORCE ROW LEVEL SECURITY",
                     p->from, model_yes(p->from, P_TABLE_FORCE_ROW_SECURITY) ? "" : "NO ");
}

void postgres_alter_tablespace(struct plan_builder *b, const struct plan_pair *p)
{
    const char *space = postgres_get(p->from, "tablespace");
    enum kind_id k = p->from->kind->id;

    postgres_step(b, p->from, NULL, "ALTER %s %Q SET TABLESPACE %I",
                  k == K_TABLE               ? "TABLE"
                  : k == K_MATERIALIZED_VIEW ? "MATERIALIZED VIEW"
                                             : "INDEX",
                  p->from, space ? space : "pg_default");
}

/* ---- options --------------------------------------------------------------------------------- */

static bool has_options(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *holder = (p->from ? p->from : p->to)->parent;

    (void)b;
    switch (holder->kind->id) {
    case K_TABLE:
    case K_FOREIGN_TABLE:
        return true;
    case K_INDEX:
    case K_PRIMARY_KEY:
    case K_UNIQUE:
    case K_EXCLUSION: /* ALTER INDEX has no SET for those of partitioned tables */
        return holder->parent->kind->id != K_TABLE ||
               !model_get(holder->parent, P_TABLE_PARTITION_KEY);
    case K_COLUMN:
        return postgres_is_of_table(holder);
    default:
        return false;
    }
}

/* ALTER …, up to where SET, RESET or OPTIONS stands. */
static void add_holder(const struct object *o, struct buf *out)
{
    if (o->kind->id == K_COLUMN)
        postgres_format(out, "ALTER TABLE ONLY %Q ALTER COLUMN %I", o->parent, o->name);
    else
        postgres_format(
            out, "ALTER %s %Q",
            o->kind->id == K_TABLE || o->kind->id == K_FOREIGN_TABLE ? "TABLE" : "INDEX", o);
}

static const char attribute_prefix[] = "attribute.";

/* Of a foreign table or its column, and the wrapper's, not the server's own (option.sql). */
static bool is_wrappers(const struct object *option)
{
    const struct object *o = option->parent;

    if (o->kind->id == K_COLUMN)
        return o->parent->kind->id == K_FOREIGN_TABLE &&
               !str_starts(option->name, attribute_prefix);
    return o->kind->id == K_FOREIGN_TABLE;
}

static void alter_option(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *o = p->from ? p->from : p->to;
    const char *value = p->from ? model_get(p->from, P_OPTION_VALUE) : NULL, *name = o->name;
    struct buf sql = BUF_INIT;

    add_holder(o->parent, &sql);
    if (str_starts(name, attribute_prefix) && o->parent->kind->id == K_COLUMN)
        name += strlen(attribute_prefix);
    if (is_wrappers(o)) {
        postgres_format(&sql, " OPTIONS (%s %I", !p->to ? "ADD" : !p->from ? "DROP" : "SET", name);
        if (p->from)
            postgres_format(&sql, " %L", value ? value : "");
    } else {
        buf_addf(&sql, " %s (", p->from ? "SET" : "RESET");
        postgres_option_name(&sql, name);
        if (value)
            postgres_format(&sql, "=%L", value);
    }
    buf_addch(&sql, ')');
    plan_step(b, PHASE_POST, o, NULL, sql.data);
    buf_release(&sql);
}

/* ---- the rows -------------------------------------------------------------------------------- */

#define FORCED(ID, prop)                                                                 \
    {                                                                                    \
        .kind = K_##ID, .slot = P_##ID##_##prop, .can = postgres_pair_of_table,          \
        .manual = "it follows from how the table came to its parents, and no statement " \
                  "changes it and keeps the rows"                                        \
    }

#define TABLES                                                                         \
    "no statement changes this and keeps the rows: create a new table, copy the rows " \
    "and swap the names"

/*
 * Locks and rewrites: ALTER TABLE, "Description" and "Notes", of PostgreSQL 13 to 18. All take
 * ACCESS EXCLUSIVE for a moment but where a hazard says more.
 */
const struct plan_alter postgres_alter_table_rows[] = {
    {.kind = K_TABLE, .slot = ALTER_DROP, .fn = postgres_drop_table},
    {.kind = K_TABLE, .slot = ALTER_REBUILD, .can = postgres_stays_as_it_is, .manual = TABLES},
    {.kind = K_TABLE,
     .slot = P_TABLE_PERSISTENCE,
     .fn = alter_persistence,
     .hazards = HAZARD_REWRITE | HAZARD_LOCK},
    {.kind = K_TABLE,
     .slot = P_TABLE_ACCESS_METHOD,
     .fn = alter_method,
     .can = has_method,
     .hazards = HAZARD_REWRITE | HAZARD_LOCK},
    {.kind = K_TABLE,
     .slot = P_TABLE_TABLESPACE,
     .fn = postgres_alter_tablespace,
     .hazards = HAZARD_REWRITE | HAZARD_LOCK},
    {.kind = K_TABLE, .slot = P_TABLE_OF_TYPE, .fn = alter_type},
    {.kind = K_TABLE, .slot = P_TABLE_PARTITION_OF, .fn = alter_partition},
    {.kind = K_TABLE, .slot = P_TABLE_PARTITION_BOUND, .fn = alter_partition},
    {.kind = K_TABLE,
     .slot = P_TABLE_REPLICA_IDENTITY,
     .fn = alter_identity,
     .hazards = HAZARD_MEANING,
     .reason = "what logical replication says of changed rows"},
    {.kind = K_TABLE,
     .slot = P_TABLE_ROW_SECURITY,
     .fn = alter_row_security,
     .hazards = HAZARD_AUTHORITY},
    {.kind = K_TABLE,
     .slot = P_TABLE_FORCE_ROW_SECURITY,
     .fn = alter_force,
     .hazards = HAZARD_AUTHORITY},
    {.kind = K_FOREIGN_TABLE, .slot = ALTER_DROP, .fn = postgres_alter_drop},
    {.kind = K_FOREIGN_TABLE, .slot = P_FOREIGN_TABLE_PARTITION_OF, .fn = alter_partition},
    {.kind = K_FOREIGN_TABLE, .slot = P_FOREIGN_TABLE_PARTITION_BOUND, .fn = alter_partition},
    {.kind = K_INHERITS, .slot = ALTER_ADD, .fn = alter_parents, .hazards = HAZARD_ROWS},
    {.kind = K_INHERITS, .slot = ALTER_DROP, .fn = alter_parents},
    {.kind = K_INHERITS, .slot = P_INHERITS_POSITION, .fn = alter_parents},
    {.kind = K_COLUMN, .slot = P_COLUMN_LOCAL, .fn = postgres_alter_nothing, .can = follows_all},
    {.kind = K_COLUMN,
     .slot = P_COLUMN_INHERITED,
     .fn = postgres_alter_nothing,
     .can = follows_parent},
    {.kind = K_COLUMN,
     .slot = P_COLUMN_NOT_NULL_LOCAL,
     .fn = postgres_alter_nothing,
     .can = follows_not_null},
    {.kind = K_CHECK, .slot = P_CHECK_LOCAL, .fn = postgres_alter_nothing, .can = follows_all},
    {.kind = K_CHECK, .slot = P_CHECK_LOCAL, .fn = make_own, .can = becomes_own},
    {.kind = K_CHECK,
     .slot = P_CHECK_INHERITED,
     .fn = postgres_alter_nothing,
     .can = follows_parent},
    {.kind = K_PRIMARY_KEY,
     .slot = P_PRIMARY_KEY_INHERITED,
     .fn = postgres_alter_nothing,
     .can = has_other_parents},
    {.kind = K_UNIQUE,
     .slot = P_UNIQUE_INHERITED,
     .fn = postgres_alter_nothing,
     .can = has_other_parents},
    {.kind = K_EXCLUSION,
     .slot = P_EXCLUSION_INHERITED,
     .fn = postgres_alter_nothing,
     .can = has_other_parents},
    {.kind = K_FOREIGN_KEY,
     .slot = P_FOREIGN_KEY_INHERITED,
     .fn = postgres_alter_nothing,
     .can = has_other_parents},
    {.kind = K_INDEX,
     .slot = P_INDEX_PARTITION_OF,
     .fn = postgres_alter_nothing,
     .can = has_other_parents},
    FORCED(COLUMN, LOCAL),
    FORCED(COLUMN, INHERITED),
    FORCED(COLUMN, NOT_NULL_LOCAL),
    FORCED(CHECK, LOCAL),
    FORCED(CHECK, INHERITED),
    FORCED(PRIMARY_KEY, INHERITED),
    FORCED(UNIQUE, INHERITED),
    FORCED(EXCLUSION, INHERITED),
    FORCED(FOREIGN_KEY, INHERITED),
    {.kind = K_OPTION, .slot = ALTER_ADD, .fn = alter_option, .can = has_options},
    {.kind = K_OPTION, .slot = ALTER_DROP, .fn = alter_option, .can = has_options},
    {.kind = K_OPTION, .slot = P_OPTION_VALUE, .fn = alter_option, .can = has_options},
    {.kind = K_COUNT},
};
