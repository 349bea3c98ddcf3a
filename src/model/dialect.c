#include "dialect.h"

#include <dbtwin/model.h>

#include <string.h>

static bool concerns(const struct rule *r, const struct kind *k, const struct prop *p,
                     unsigned flavor)
{
    return (r->engines & flavor) && (r->kind == K_ANY || r->kind == k->id) &&
           (r->type == RULE_ANY_TYPE || r->type == (int)p->type) &&
           (!r->prop || strcmp(r->prop, p->name) == 0);
}

static const struct rule *rules_of(unsigned flavor)
{
    static const struct {
        unsigned family;
        const struct rule *rules;
    } all[] = {{ENGINE_PG, dialect_postgres_rules}, {ENGINE_MYSQL, dialect_mysql_rules}};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (all[i].family & flavor)
            return all[i].rules;
    return all[0].rules; /* none of which concerns it */
}

const char *prop_canon(const struct kind *k, unsigned slot, unsigned flavor, const char *text,
                       struct arena *a)
{
    const struct rule *r = rules_of(flavor);

    if (text == model_unknown)
        return text;
    for (; text && r->apply; r++)
        if (concerns(r, k, &k->props[slot], flavor))
            text = r->apply(text, a);
    return text;
}
