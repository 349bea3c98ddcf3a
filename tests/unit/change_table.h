/*
 * change_table.h - plans from one small PostgreSQL catalog with a table to another.
 *
 * The numbers in the tests are those of the traps in tests/TRAPS.md, "Planning".
 */
#ifndef DBTWIN_TESTS_CHANGE_TABLE_H
#define DBTWIN_TESTS_CHANGE_TABLE_H

#include <dbtwin/diff.h>
#include <dbtwin/plan.h>

#include <stdio.h>
#include <string.h>

#include "catalog.h"

struct side {
    struct model m;
    struct object *schema, *table;
};

/* from: as it should be; to: as it is */
struct both {
    struct side from, to;
    struct diff d;
    struct plan p;
};

static inline struct object *add_column(struct side *s, const char *name, const char *type)
{
    struct object *c = catalog_add_known(&s->m, K_COLUMN, s->table, name);
    char position[8];

    snprintf(position, sizeof(position), "%u", s->table->n_children + 1);
    catalog_set(&s->m, c, "type", type);
    catalog_set(&s->m, c, "not_null", "no");
    catalog_set(&s->m, c, "local", "yes");
    catalog_set(&s->m, c, "inherited", "0");
    catalog_set(&s->m, c, "position", position);
    return c;
}

static inline struct object *add_table(struct side *s, const char *name)
{
    struct object *t = catalog_add_known(&s->m, K_TABLE, s->schema, name);

    catalog_set(&s->m, t, "persistence", "permanent");
    catalog_set(&s->m, t, "access_method", "heap");
    catalog_set(&s->m, t, "replica_identity", "default");
    catalog_set(&s->m, t, "row_security", "no");
    catalog_set(&s->m, t, "force_row_security", "no");
    return t;
}

static inline void start_side(struct side *s, unsigned version)
{
    catalog_init(&s->m, ENGINE_PG);
    s->m.version = version;
    s->m.columns = true;
    s->schema = catalog_add_known(&s->m, K_SCHEMA, NULL, "s");
    s->table = add_table(s, "t");
    add_column(s, "id", "integer");
}

static inline void start_version(struct both *b, unsigned version)
{
    start_side(&b->from, version);
    start_side(&b->to, version);
}

static inline void start(struct both *b)
{
    start_version(b, 150020);
}

static inline struct object *add_view(struct side *s, const char *name, struct object *column)
{
    struct object *v = catalog_add_known(&s->m, K_VIEW, s->schema, name), *c;
    char query[64];

    c = catalog_add_known(&s->m, K_COLUMN, v, column->name);
    catalog_set(&s->m, c, "type", "text");
    snprintf(query, sizeof(query), " SELECT t.%s FROM s.t;", column->name);
    catalog_set(&s->m, v, "query", query);
    model_depend(&s->m, v, column);
    return v;
}

static inline struct object *add_index(struct side *s, const char *name, struct object *column)
{
    struct object *i = catalog_add_known(&s->m, K_INDEX, s->table, name), *part;

    catalog_set(&s->m, i, "method", "btree");
    catalog_set(&s->m, i, "unique", "no");
    catalog_set(&s->m, i, "valid", "yes");
    catalog_set(&s->m, i, "clustered", "no");
    part = catalog_add_known(&s->m, K_INDEX_PART, i, "1");
    catalog_set(&s->m, part, "expression", column->name);
    model_depend(&s->m, i, column);
    return i;
}

static inline void make(struct both *b)
{
    struct diff_options o = {0};
    struct plan_options opt = {0};
    struct err err = ERR_INIT;

    catalog_freeze(&b->from.m);
    catalog_freeze(&b->to.m);
    if (!diff_models(&b->d, &b->from.m, &b->to.m, &o, &err) ||
        !plan_changes(&b->p, &b->d, &opt, &err))
        fail_msg("%s", err.msg);
}

static inline void end(struct both *b)
{
    plan_release(&b->p);
    diff_release(&b->d);
    model_release(&b->from.m);
    model_release(&b->to.m);
}

static inline const struct step *step_at(const struct both *b, size_t i)
{
    return &VEC_AT(&b->p.steps, struct step, i);
}

/* The statements, each of which begins so, in this order and no others; NULL ends them. */
static inline void assert_steps(const struct both *b, const char *const *wanted)
{
    size_t n = 0;

    for (; wanted[n]; n++)
        if (n >= b->p.steps.len || !str_starts(step_at(b, n)->sql, wanted[n]))
            break;
    if (!wanted[n] && n == b->p.steps.len && !b->p.refusals.len)
        return;
    for (size_t i = 0; i < b->p.steps.len; i++)
        print_message("%s\n", step_at(b, i)->sql);
    for (size_t i = 0; i < b->p.refusals.len; i++)
        print_message("manual: %s\n", VEC_AT(&b->p.refusals, struct plan_refusal, i).why);
    fail_msg("the statement %zu is not the one that was wanted: %s", n + 1,
             wanted[n] ? wanted[n] : "none");
}
#define STEPS(...) ((const char *const[]){__VA_ARGS__, NULL})

#define T      "ALTER TABLE \"s\".\"t\" "
#define T_ONLY "ALTER TABLE ONLY \"s\".\"t\" "

#endif
