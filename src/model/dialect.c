#include "dialect.h"

#include <dbtwin/model.h>
#include <dbtwin/engine.h>

#include <string.h>

static bool concerns(const struct rule *r, const struct kind *k, const struct prop *p,
                     unsigned flavor)
{
    return (r->engines & flavor) && (r->kind == K_ANY || r->kind == k->id) &&
           (r->type == RULE_ANY_TYPE || r->type == (int)p->type) &&
           (!r->prop || strcmp(r->prop, p->name) == 0);
}

const char *prop_canon(const struct kind *k, unsigned slot, unsigned flavor, const char *text,
                       struct arena *a)
{
    const struct rule *r = engine_of(flavor)->rules;

    if (text == model_unknown)
        return text;
    for (; text && r->apply; r++)
        if (concerns(r, k, &k->props[slot], flavor))
            text = r->apply(text, a);
    return text;
}
