#include "postgres.h"

/* ---- columns --------------------------------------------------------------------------------- */

/* What holds on to a column so that its type cannot change (ALTER TABLE, "SET DATA TYPE"). Plain
 * indexes, checks, statistics and foreign keys are carried along by the server. */
static bool blocks_type(struct plan_builder *b, const struct plan_pair *p,
                        const struct object *dependant)
{
    (void)b;
    (void)p;
    switch (dependant->kind->id) {
    case K_VIEW:
    case K_MATERIALIZED_VIEW:
    case K_RULE:
    case K_POLICY:
    case K_TRIGGER:
    case K_PUBLICATION_TABLE:
    case K_FUNCTION:
    case K_PROCEDURE:
        return true;
    case K_COLUMN:
        return model_get(dependant, P_COLUMN_GENERATED) != NULL;
    default:
        return false;
    }
}

static void alter_type(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *c = p->from;
    bool had = model_get(p->to, P_COLUMN_DEFAULT), has = model_get(c, P_COLUMN_DEFAULT);

    if (had)
        postgres_step(b, c, NULL, "ALTER TABLE ONLY %Q ALTER COLUMN %I DROP DEFAULT", c->parent,
                      c->name);
    postgres_step(b, c, NULL, "ALTER TABLE %Q ALTER COLUMN %I SET DATA TYPE %s USING %I::%s",
                  c->parent, c->name, model_get(c, P_COLUMN_TYPE), c->name,
                  model_get(c, P_COLUMN_TYPE));
    if (has)
        postgres_step(b, c, NULL, "ALTER TABLE ONLY %Q ALTER COLUMN %I SET DEFAULT %s", c->parent,
                      c->name, model_get(c, P_COLUMN_DEFAULT));
}

const struct plan_alter postgres_alter_table_rows[] = {
    {.kind = K_COLUMN,
     .slot = P_COLUMN_TYPE,
     .fn = alter_type,
     .hazards = HAZARD_REWRITE | HAZARD_LOCK | HAZARD_ROWS,
     .breaks = blocks_type},
    {.kind = K_COLUMN,
     .slot = P_COLUMN_DEFAULT,
     .sql = "ALTER TABLE ONLY {parent} ALTER COLUMN {name} [SET DEFAULT {default}]||[DROP "
            "DEFAULT{!default}]"},
    {.kind = K_COLUMN,
     .slot = P_COLUMN_NOT_NULL,
     .sql = "ALTER TABLE {parent} ALTER COLUMN {name} [SET NOT NULL{?not_null}]||[DROP NOT "
            "NULL{!not_null}]",
     .hazards = HAZARD_ROWS | HAZARD_SCAN},
    {.kind = K_COLUMN,
     .slot = ALTER_DROP,
     .sql = "ALTER TABLE {parent} DROP COLUMN {name}",
     .hazards = HAZARD_DATA},
    {.kind = K_FOREIGN_KEY,
     .slot = ALTER_DROP,
     .sql = "ALTER TABLE {parent} DROP CONSTRAINT {name}",
     .apart = true},
    {.kind = K_TABLE, .slot = ALTER_DROP, .fn = postgres_alter_drop, .hazards = HAZARD_DATA},
    {.kind = K_TABLE,
     .slot = ALTER_REBUILD,
     .manual = "no statement changes this and keeps the rows: create a new table, copy the rows "
               "and swap the names"},
    {.kind = K_COUNT},
};
