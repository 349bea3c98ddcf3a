/*
 * plan.h - a small PostgreSQL database, and the plan that creates it.
 */
#ifndef DBTWIN_TESTS_PLAN_H
#define DBTWIN_TESTS_PLAN_H

#include <dbtwin/plan.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"

/* A database whose every slot is known, as an introspection leaves it. */
static inline void start(struct model *m)
{
    catalog_init(m, ENGINE_PG);
    catalog_add(m, K_EXTENSION, NULL, "plpgsql");
}

static inline struct object *add_table(struct model *m, struct object *schema, const char *name)
{
    struct object *o = catalog_add_known(m, K_TABLE, schema, name),
                  *c = catalog_add_known(m, K_COLUMN, o, "id");

    catalog_set(m, c, "type", "integer");
    catalog_set(m, c, "position", "1");
    return o;
}

static inline struct object *add_view(struct model *m, struct object *schema, const char *name,
                                      const char *query)
{
    struct object *o = catalog_add_known(m, K_VIEW, schema, name),
                  *c = catalog_add_known(m, K_COLUMN, o, "id");

    catalog_set(m, o, "query", query);
    catalog_set(m, c, "type", "integer");
    return o;
}

static inline struct object *add_function(struct model *m, struct object *schema, const char *name)
{
    struct object *o = catalog_add_known(m, K_FUNCTION, schema, name);
    char definition[128];

    snprintf(definition, sizeof(definition), "CREATE OR REPLACE FUNCTION %s\n", name);
    catalog_set(m, o, "definition", definition);
    return o;
}

static inline struct object *add_key(struct model *m, struct object *table, const char *name)
{
    struct object *o = catalog_add_known(m, K_PRIMARY_KEY, table, name);

    catalog_set(m, o, "columns", "id");
    return o;
}

static inline struct plan make(struct model *m, const char *const *without)
{
    struct plan_options opt = {.without = without};
    struct err err = ERR_INIT;
    struct plan p;

    for (struct object *o = m->root->first; o; o = o->next)
        if (o->kind->id == K_EXTENSION)
            for (unsigned slot = 0; slot < o->kind->n_props; slot++)
                model_set(m, o, slot, NULL);
    catalog_freeze(m);
    if (!plan_create(&p, m, &opt, &err))
        fail_msg("%s", err.msg);
    return p;
}

static inline void end(struct plan *p, struct model *m)
{
    plan_release(p);
    model_release(m);
}

/* The number of the only step whose SQL begins so; fails when there is not one. */
static inline size_t step_at(const struct plan *p, const char *sql)
{
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < p->steps.len; i++)
        if (str_starts(VEC_AT(&p->steps, struct step, i).sql, sql)) {
            if (found != SIZE_MAX)
                fail_msg("two steps begin with %s", sql);
            found = i;
        }
    if (found == SIZE_MAX) {
        for (size_t i = 0; i < p->steps.len; i++)
            print_message("%s\n", VEC_AT(&p->steps, struct step, i).sql);
        fail_msg("no step begins with %s", sql);
    }
    return found;
}

static inline const struct step *step_of(const struct plan *p, const char *sql)
{
    return &VEC_AT(&p->steps, struct step, step_at(p, sql));
}

static inline bool has_step(const struct plan *p, const char *part)
{
    for (size_t i = 0; i < p->steps.len; i++)
        if (strstr(VEC_AT(&p->steps, struct step, i).sql, part))
            return true;
    return false;
}

static inline void assert_before(const struct plan *p, const char *a, const char *b)
{
    if (step_at(p, a) >= step_at(p, b))
        fail_msg("%s comes after %s", a, b);
}

static inline void assert_named(const struct vec *list, const char *kind, const char *path,
                                const char *why)
{
    for (size_t i = 0; i < list->len; i++) {
        const struct plan_refusal *r = &VEC_AT(list, struct plan_refusal, i);

        if (str_eq(r->kind, kind) && str_eq(r->path, path) && strstr(r->why, why))
            return;
    }
    for (size_t i = 0; i < list->len; i++) {
        const struct plan_refusal *r = &VEC_AT(list, struct plan_refusal, i);

        print_message("%s %s: %s\n", r->kind, r->path ? r->path : "-", r->why);
    }
    fail_msg("%s %s is not named", kind, path ? path : "-");
}

#endif
