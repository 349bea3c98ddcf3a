/*
 * change_mysql.h - two models of MySQL or MariaDB, and what plan_changes makes of them.
 *
 * The numbers in the tests are those of the traps in tests/TRAPS.md, "Planning". Expected
 * statements are written after the manuals' pages.
 */
#ifndef DBTWIN_TESTS_CHANGE_MYSQL_H
#define DBTWIN_TESTS_CHANGE_MYSQL_H

#include <dbtwin/diff.h>
#include <dbtwin/plan.h>

#include <stdarg.h>
#include <stdio.h>

#include "catalog.h"

struct fix {
    struct model from, to;
    struct diff diff;
    struct plan plan;
};

static inline void start_side(struct model *m, unsigned flavor)
{
    catalog_init(m, flavor);
    for (unsigned slot = 0; slot < m->root->kind->n_props; slot++)
        model_set(m, m->root, slot, NULL);
    catalog_set(m, m->root, "collation", "utf8mb4_general_ci");
    catalog_set(m, m->root, "charset", "utf8mb4");
}

static inline void start(struct fix *f, unsigned flavor)
{
    *f = (struct fix){0};
    start_side(&f->from, flavor);
    start_side(&f->to, flavor);
}

/* Properties by name and value, up to NULL. */
static inline void set_all(struct model *m, struct object *o, va_list list)
{
    const char *name;

    while ((name = va_arg(list, const char *)))
        catalog_set(m, o, name, va_arg(list, const char *));
}

static inline struct object *add(struct model *m, enum kind_id kind, struct object *parent,
                                 const char *name, ...)
{
    struct object *o = catalog_add_known(m, kind, parent, name);
    va_list list;

    va_start(list, name);
    set_all(m, o, list);
    va_end(list);
    return o;
}

static inline struct object *table(struct model *m, const char *name)
{
    return add(m, K_TABLE, NULL, name, "engine", "InnoDB", "charset", "utf8mb4", "collation",
               "utf8mb4_general_ci", NULL);
}

static inline struct object *column(struct model *m, struct object *t, const char *name,
                                    const char *type, const char *position)
{
    return add(m, K_COLUMN, t, name, "type", type, "position", position, NULL);
}

static inline struct object *text_column(struct model *m, struct object *t, const char *name,
                                         const char *type, const char *position)
{
    struct object *c = column(m, t, name, type, position);

    catalog_set(m, c, "charset", "utf8mb4");
    catalog_set(m, c, "collation", "utf8mb4_general_ci");
    return c;
}

static inline struct object *key(struct model *m, struct object *t, const char *name,
                                 const char *column)
{
    struct object *k = add(m, K_INDEX, t, name, "method", "btree", NULL);

    add(m, K_INDEX_PART, k, "1", "expression", column, NULL);
    return k;
}

static inline struct object *foreign_key(struct model *m, struct object *t, struct object *parent,
                                         const char *name, const char *columns,
                                         const char *references)
{
    struct object *k = add(m, K_FOREIGN_KEY, t, name, "columns", columns, "references", references,
                           "ref_columns", "`id`", NULL);

    model_depend(m, k, parent);
    return k;
}

static inline void make(struct fix *f, bool strict)
{
    struct plan_options opt = {.grants = true};
    struct diff_options how = {.strict = strict};
    struct err err = ERR_INIT;

    catalog_freeze(&f->from);
    catalog_freeze(&f->to);
    if (!diff_models(&f->diff, &f->from, &f->to, &how, &err) ||
        !plan_changes(&f->plan, &f->diff, &opt, &err))
        fail_msg("%s", err.msg);
}

static inline void end(struct fix *f)
{
    plan_release(&f->plan);
    diff_release(&f->diff);
    model_release(&f->from);
    model_release(&f->to);
}

static inline void show(const struct fix *f)
{
    for (size_t i = 0; i < f->plan.steps.len; i++)
        print_message("%s\n", VEC_AT(&f->plan.steps, struct step, i).sql);
    for (size_t i = 0; i < f->plan.refusals.len; i++)
        print_message("-- %s\n", VEC_AT(&f->plan.refusals, struct plan_refusal, i).why);
}

/* The place of the only step that contains the text, or of the first one. */
static inline size_t find(const struct fix *f, const char *part)
{
    for (size_t i = 0; i < f->plan.steps.len; i++)
        if (strstr(VEC_AT(&f->plan.steps, struct step, i).sql, part))
            return i;
    show(f);
    fail_msg("no step says: %s", part);
    return 0;
}

static inline const struct step *step(const struct fix *f, const char *part)
{
    return &VEC_AT(&f->plan.steps, struct step, find(f, part));
}

static inline bool has(const struct fix *f, const char *part)
{
    for (size_t i = 0; i < f->plan.steps.len; i++)
        if (strstr(VEC_AT(&f->plan.steps, struct step, i).sql, part))
            return true;
    return false;
}

static inline void assert_steps(const struct fix *f, size_t n)
{
    if (f->plan.steps.len != n)
        show(f);
    assert_int_equal(f->plan.steps.len, n);
}

static inline void assert_order(const struct fix *f, const char *first, const char *second)
{
    if (find(f, first) >= find(f, second)) {
        show(f);
        fail_msg("%s does not come before %s", first, second);
    }
}

static inline void assert_manual(const struct fix *f, const char *why)
{
    for (size_t i = 0; i < f->plan.refusals.len; i++)
        if (strstr(VEC_AT(&f->plan.refusals, struct plan_refusal, i).why, why))
            return;
    show(f);
    fail_msg("no manual step says: %s", why);
}

#endif
