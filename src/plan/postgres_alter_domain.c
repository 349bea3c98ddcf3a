#include "postgres.h"

#include <string.h>

/* Domains that stay, and their constraints. Source: ALTER DOMAIN in the PostgreSQL manual. */

static bool is_of_domain(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return (p->from ? p->from : p->to)->parent->kind->id == K_DOMAIN;
}

/*
 * "cannot alter type … because column … uses it": the server does not look at values inside arrays
 * and composites (validateDomainCheckConstraint), so where a column holds such, the domain is made
 * again, and the column's values go through its input.
 */
static bool is_inside(struct plan_builder *b, const struct object *to)
{
    uint32_t n;
    const struct object *const *list = plan_dependants(b, to, &n);

    for (uint32_t i = 0; i < n; i++) {
        const char *type = list[i]->kind->id == K_COLUMN ? model_get(list[i], P_COLUMN_TYPE) : NULL;

        if (list[i]->kind->id == K_COMPOSITE || (type && strstr(type, "[]")))
            return true;
    }
    return false;
}

static bool can_restrict(struct plan_builder *b, const struct plan_pair *p)
{
    return !model_yes(p->from, P_DOMAIN_NOT_NULL) || !is_inside(b, p->to);
}

static bool can_add(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *domain = is_of_domain(b, p) ? plan_other(b, p->from->parent) : NULL;

    return domain && (model_no(p->from, P_CHECK_VALIDATED) || !is_inside(b, domain));
}

static void add_domain_check(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_check_late(b, p->from);
}

/* From not validated to validated; there is no way back. */
static bool can_validate(struct plan_builder *b, const struct plan_pair *p)
{
    return is_of_domain(b, p) && model_yes(p->from, P_CHECK_VALIDATED);
}

/* The name of a domain's NOT NULL, from 17 on; before there was none. */
static bool can_rename(struct plan_builder *b, const struct plan_pair *p)
{
    return is_of_domain(b, p) && model_get(p->from, P_NOT_NULL_CONSTRAINT) &&
           model_get(p->to, P_NOT_NULL_CONSTRAINT);
}

static void rename_not_null(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_step(b, p->from, NULL, "ALTER DOMAIN %Q RENAME CONSTRAINT %I TO %I", p->from->parent,
                  model_get(p->to, P_NOT_NULL_CONSTRAINT),
                  model_get(p->from, P_NOT_NULL_CONSTRAINT));
}

/* ALTER DOMAIN names it "by convention <domain>_not_null", cut to what the server keeps. */
static const char *usual_not_null(struct plan_builder *b, const struct object *domain)
{
    enum { KEPT = 63 - 9 };
    size_t len = strlen(domain->name);

    return arena_printf(b->arena, "%.*s_not_null", (int)(len > KEPT ? KEPT : len), domain->name);
}

static void name_not_null(struct plan_builder *b, const struct plan_pair *p)
{
    const char *name = model_get(p->from, P_NOT_NULL_CONSTRAINT);
    const char *usual = usual_not_null(b, p->from->parent);

    if (name && !str_eq(name, usual) && b->opt->target_version >= 170000)
        postgres_step(b, p->from, NULL, "ALTER DOMAIN %Q RENAME CONSTRAINT %I TO %I",
                      p->from->parent, usual, name);
    postgres_comment(b, p->from, NULL);
}

static void unname_not_null(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *domain = plan_other(b, p->to->parent);
    const char *name = model_get(p->to, P_NOT_NULL_CONSTRAINT);
    const char *usual = usual_not_null(b, p->to->parent);

    if (!domain || !model_yes(domain, P_DOMAIN_NOT_NULL))
        return;
    if (model_get(p->to, P_NOT_NULL_COMMENT))
        postgres_step(b, p->to, NULL, "COMMENT ON CONSTRAINT %I ON DOMAIN %Q IS NULL",
                      name ? name : usual, domain);
    if (name && !str_eq(name, usual))
        postgres_step(b, p->to, NULL, "ALTER DOMAIN %Q RENAME CONSTRAINT %I TO %I", domain, name,
                      usual);
}

const struct plan_alter postgres_alter_domain_rows[] = {
    {.kind = K_DOMAIN,
     .slot = P_DOMAIN_DEFAULT,
     .sql = "ALTER DOMAIN {qualified} [SET DEFAULT {default}]||[DROP DEFAULT{!default}]"},
    {.kind = K_DOMAIN,
     .slot = P_DOMAIN_NOT_NULL,
     .sql = "ALTER DOMAIN {qualified} [SET NOT NULL{?not_null}]||[DROP NOT NULL{!not_null}]",
     .hazards = HAZARD_ROWS | HAZARD_SCAN,
     .can = can_restrict},
    {.kind = K_CHECK,
     .slot = ALTER_ADD,
     .fn = add_domain_check,
     .hazards = HAZARD_ROWS | HAZARD_SCAN,
     .can = can_add},
    {.kind = K_CHECK,
     .slot = ALTER_DROP,
     .sql = "ALTER DOMAIN {parent} DROP CONSTRAINT {name}",
     .can = is_of_domain},
    {.kind = K_CHECK,
     .slot = P_CHECK_VALIDATED,
     .sql = "ALTER DOMAIN {parent} VALIDATE CONSTRAINT {name}",
     .hazards = HAZARD_ROWS | HAZARD_SCAN,
     .can = can_validate},
    {.kind = K_CHECK, .slot = P_CHECK_COMMENT, .fn = postgres_alter_comment, .can = is_of_domain},
    {.kind = K_CHECK, .slot = ALTER_STOP, .can = is_of_domain},
    {.kind = K_NOT_NULL, .slot = P_NOT_NULL_CONSTRAINT, .fn = rename_not_null, .can = can_rename},
    {.kind = K_NOT_NULL, .slot = ALTER_ADD, .fn = name_not_null, .can = is_of_domain},
    {.kind = K_NOT_NULL, .slot = ALTER_DROP, .fn = unname_not_null, .can = is_of_domain},
    {.kind = K_NOT_NULL,
     .slot = P_NOT_NULL_COMMENT,
     .fn = postgres_alter_comment,
     .can = is_of_domain},
    {.kind = K_NOT_NULL, .slot = ALTER_STOP, .can = is_of_domain},
    {.kind = K_COUNT},
};
