/*
 * catalog.h - small catalogs for unit tests of the model and of what reads one.
 */
#ifndef DBTWIN_TESTS_CATALOG_H
#define DBTWIN_TESTS_CATALOG_H

#include <dbtwin/model.h>

#include <string.h>

#include "unit.h"

#define ALIASES(...) \
    ((const char *const[]){__VA_ARGS__}), ARRAY_LEN(((const char *const[]){__VA_ARGS__}))
#define ROW(...) ((const char *const[]){__VA_ARGS__})

static inline void catalog_init(struct model *m, unsigned flavor)
{
    model_init(m);
    m->flavor = flavor;
    m->version = flavor == ENGINE_PG ? 150020 : flavor == ENGINE_MA ? 101119 : 90704;
    m->server_version = "1.2.3";
    m->database = "shop";
    m->label = "test";
}

static inline bool catalog_row(struct loader *l, const char *const *values, size_t n,
                               struct err *err)
{
    size_t lengths[64];

    for (size_t i = 0; i < n; i++)
        lengths[i] = values[i] ? strlen(values[i]) : 0;
    return loader_row(l, values, lengths, err);
}

/* Loads one row; false with the loader's error. */
static inline bool catalog_load(struct model *m, const char *query, const char *const *aliases,
                                size_t n, const char *const *values, struct err *err)
{
    struct loader *l = loader_start(m, query, (unsigned)n, aliases, err);
    bool ok = l && catalog_row(l, values, n, err);

    loader_end(l);
    return ok;
}

static inline void catalog_freeze(struct model *m)
{
    struct err err = ERR_INIT;

    if (!model_freeze(m, &err))
        fail_msg("%s", err.msg);
}

static inline struct object *catalog_add(struct model *m, enum kind_id k, struct object *parent,
                                         const char *name)
{
    return model_add(m, &kinds[k], parent, name);
}

/* The same, with every slot known, as an introspection leaves it. */
static inline struct object *catalog_add_known(struct model *m, enum kind_id k,
                                               struct object *parent, const char *name)
{
    struct object *o = catalog_add(m, k, parent, name);

    for (unsigned slot = 0; slot < o->kind->n_props; slot++)
        model_set(m, o, slot, NULL);
    return o;
}

static inline void catalog_set(struct model *m, struct object *o, const char *prop,
                               const char *value)
{
    int slot = kind_prop(o->kind, prop);

    assert_true(slot >= 0);
    model_set(m, o, (unsigned)slot, value);
}

#endif
