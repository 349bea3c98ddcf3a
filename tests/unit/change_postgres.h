/*
 * change_postgres.h - two databases of PostgreSQL, and what the plan from one to the other says.
 */
#ifndef DBTWIN_TESTS_CHANGE_POSTGRES_H
#define DBTWIN_TESTS_CHANGE_POSTGRES_H

#include <dbtwin/diff.h>
#include <dbtwin/plan.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"

struct two {
    struct model from, to;
    struct diff diff;
    struct plan plan;
    char *sql; /* a statement a line */
    unsigned version;
};

static inline struct object *add(struct model *m, enum kind_id kind, struct object *parent,
                                 const char *name, ...)
{
    struct object *o = catalog_add_known(m, kind, parent, name);
    const char *prop;
    va_list ap;

    va_start(ap, name);
    while ((prop = va_arg(ap, const char *)))
        catalog_set(m, o, prop, va_arg(ap, const char *));
    va_end(ap);
    return o;
}

typedef void build_fn(struct model *m, struct object *s, bool now);

static inline void build(struct model *m, build_fn *fn, bool now, unsigned version)
{
    catalog_init(m, ENGINE_PG);
    m->version = version;
    m->columns = true;
    fn(m, add(m, K_SCHEMA, NULL, "s", "owner", "me", NULL), now);
    catalog_freeze(m);
}

static inline void join(struct two *t)
{
    struct buf all = BUF_INIT;

    for (size_t i = 0; i < t->plan.steps.len; i++)
        buf_addf(&all, "%s;\n", VEC_AT(&t->plan.steps, struct step, i).sql);
    t->sql = strdup(all.data ? all.data : "");
    buf_release(&all);
}

static inline struct two plan_of(build_fn *fn, unsigned version)
{
    struct plan_options opt = {.owners = true, .grants = true};
    struct diff_options diff_opt = {.strict = false};
    struct err err = ERR_INIT;
    struct two t = {.version = version};

    build(&t.from, fn, true, version);
    build(&t.to, fn, false, version);
    if (!diff_models(&t.diff, &t.from, &t.to, &diff_opt, &err) ||
        !plan_changes(&t.plan, &t.diff, &opt, &err))
        fail_msg("%s", err.msg);
    join(&t);
    return t;
}

static inline void end(struct two *t)
{
    free(t->sql);
    plan_release(&t->plan);
    diff_release(&t->diff);
    model_release(&t->from);
    model_release(&t->to);
}

/* Each of them, one after the other; NULL ends. */
static inline void assert_steps(const struct two *t, ...)
{
    const char *at = t->sql, *part;
    va_list ap;

    va_start(ap, t);
    while ((part = va_arg(ap, const char *))) {
        const char *found = strstr(at, part);

        if (!found)
            fail_msg("not there, or not in this order: %s\nin:\n%s", part, t->sql);
        at = found + strlen(part);
    }
    va_end(ap);
}

static inline void assert_lacks(const struct two *t, const char *part)
{
    if (strstr(t->sql, part))
        fail_msg("should not be there: %s\nin:\n%s", part, t->sql);
}

static inline void assert_all_is_planned(const struct two *t)
{
    for (size_t i = 0; i < t->plan.refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&t->plan.refusals, struct plan_refusal, i);

        fail_msg("%s %s: %s", r->kind, r->path, r->why);
    }
}

static inline void assert_manual(const struct two *t, const char *kind, const char *path)
{
    for (size_t i = 0; i < t->plan.refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&t->plan.refusals, struct plan_refusal, i);

        if (str_eq(r->kind, kind) && str_eq(r->path, path))
            return;
    }
    fail_msg("%s %s is not named as manual in:\n%s", kind, path, t->sql);
}

static inline unsigned hazards_of(const struct two *t, const char *sql)
{
    for (size_t i = 0; i < t->plan.steps.len; i++)
        if (strstr(VEC_AT(&t->plan.steps, struct step, i).sql, sql))
            return VEC_AT(&t->plan.steps, struct step, i).hazards;
    fail_msg("no step: %s\nin:\n%s", sql, t->sql);
    return 0;
}

static inline struct object *column(struct model *m, struct object *table, const char *name,
                                    const char *type, const char *position)
{
    return add(m, K_COLUMN, table, name, "type", type, "position", position, NULL);
}

static inline struct object *function(struct model *m, struct object *s, const char *name,
                                      const char *arguments, const char *result, const char *body)
{
    char definition[256];

    snprintf(definition, sizeof(definition), "CREATE OR REPLACE FUNCTION s.%s %s", name, body);
    return add(m, K_FUNCTION, s, name, "arguments", arguments, "result", result, "body", body,
               "language", "sql", "owner", "me", "definition", definition, NULL);
}

static inline void grant(struct model *m, struct object *o, const char *grantee,
                         const char *privileges)
{
    add(m, K_GRANT, o, grantee, "grantee", grantee, "grantor", "me", "privileges", privileges,
        NULL);
}

#endif
