#include "postgres.h"

#include <string.h>

#include <dbtwin/namemap.h>

static bool add_routine(struct plan_builder *b, const struct object *o)
{
    int slot = kind_prop(o->kind, "definition");

    if (plan_unknown(b, o, slot) ||
        (namemap_is_standard(o) && postgres_too_old(b, o, 140000, "a body in standard SQL")))
        return false;
    plan_step(b, PHASE_PRE, o, NULL, postgres_trimmed(b, model_get(o, slot)));
    return true;
}

void postgres_function(struct plan_builder *b, const struct object *o)
{
    if (add_routine(b, o))
        postgres_finish(b, o, NULL);
}

void postgres_routine_again(struct plan_builder *b, const struct object *o)
{
    add_routine(b, o);
}

/* The bare name of a routine with its arguments' modes and names, which an aggregate may have. */
void postgres_aggregate(struct plan_builder *b, const struct object *o)
{
    const char *arguments = model_get(o, P_AGGREGATE_ARGUMENTS);
    struct buf name = BUF_INIT;

    postgres_routine_name(&name, o);
    postgres_step(b, o, NULL, "CREATE AGGREGATE %s(%s) (%s)", name.data,
                  arguments && *arguments ? arguments : "*", model_get(o, P_AGGREGATE_DEFINITION));
    buf_release(&name);
    postgres_finish(b, o, NULL);
}

/* ---- operators ----------------------------------------------------------------------------------
 */

/* An operator without a function is a shell: another operator named it as its commutator. */
void postgres_operator(struct plan_builder *b, const struct object *o)
{
    const char *definition = model_get(o, P_OPERATOR_DEFINITION);
    size_t symbol = strcspn(o->name, "(");

    if (!definition)
        return;
    postgres_step(b, o, NULL, "CREATE OPERATOR %I.%s (%s)", o->parent->name,
                  arena_strndup(b->arena, o->name, symbol), definition);
    postgres_finish(b, o, NULL);
}

/* Loose members are what a class may need: a partition key by hash does. */
void postgres_operator_family_late(struct plan_builder *b, const struct object *o)
{
    const char *members = model_get(o, P_OPERATOR_FAMILY_DEFINITION);

    if (members)
        postgres_step(b, o, NULL, "ALTER OPERATOR FAMILY %Q ADD %s", o, members);
}

void postgres_operator_family(struct plan_builder *b, const struct object *o)
{
    postgres_step(b, o, NULL, "CREATE OPERATOR FAMILY %Q", o);
    if (!plan_is_late(b, o))
        postgres_operator_family_late(b, o);
    postgres_finish(b, o, NULL);
}

/* A class without members must name something: its own type as the stored one changes nothing. */
static const char *class_members(struct plan_builder *b, const char *definition)
{
    const char *type = strstr(definition, "FOR TYPE "), *end = strstr(definition, " USING ");

    if (!str_ends(definition, " AS ") || !type || !end)
        return definition;
    type += strlen("FOR TYPE ");
    return arena_printf(b->arena, "%sSTORAGE %.*s", definition, (int)(end - type), type);
}

void postgres_operator_class(struct plan_builder *b, const struct object *o)
{
    struct buf name = BUF_INIT;

    /* The method stands in the definition as well. */
    postgres_qualified(&name, o);
    buf_setlen(&name, name.len - strlen(strrchr(name.data, ' ')) - strlen(" USING"));
    postgres_step(b, o, NULL, "CREATE OPERATOR CLASS %s %s", name.data,
                  class_members(b, model_get(o, P_OPERATOR_CLASS_DEFINITION)));
    buf_release(&name);
    postgres_finish(b, o, NULL);
}

/* ---- casts and transforms
 * ------------------------------------------------------------------------ */

void postgres_cast(struct plan_builder *b, const struct object *o)
{
    const char *function = model_get(o, P_CAST_FUNCTION), *context = model_get(o, P_CAST_CONTEXT);
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "CREATE CAST %s", o->name);
    if (function)
        postgres_format(&sql, " WITH FUNCTION %s", function);
    else
        buf_adds(&sql, str_eq(model_get(o, P_CAST_METHOD), "inout") ? " WITH INOUT"
                                                                    : " WITHOUT FUNCTION");
    if (str_eq(context, "assignment"))
        buf_adds(&sql, " AS ASSIGNMENT");
    if (str_eq(context, "implicit"))
        buf_adds(&sql, " AS IMPLICIT");
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
    postgres_finish(b, o, NULL);
}

void postgres_transform(struct plan_builder *b, const struct object *o)
{
    struct buf sql = BUF_INIT;

    buf_adds(&sql, "CREATE ");
    postgres_target(&sql, o);
    template_fill(&sql, &postgres_style,
                  " ([FROM SQL WITH FUNCTION {from_sql}][, {?from_sql}{?to_sql}]"
                  "[TO SQL WITH FUNCTION {to_sql}])",
                  o);
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
    postgres_finish(b, o, NULL);
}

/* ---- text search
 * ---------------------------------------------------------------------------------- */

void postgres_ts_configuration(struct plan_builder *b, const struct object *o)
{
    postgres_step(b, o, NULL, "CREATE TEXT SEARCH CONFIGURATION %Q (PARSER = %s)", o,
                  model_get(o, P_TS_CONFIGURATION_PARSER));
    for (const struct object *c = plan_part(b, o, K_TS_MAPPING, NULL); c;
         c = plan_part(b, o, K_TS_MAPPING, c))
        postgres_step(b, o, NULL, "ALTER TEXT SEARCH CONFIGURATION %Q ADD MAPPING FOR %I WITH %s",
                      o, c->name, model_get(c, P_TS_MAPPING_DICTIONARIES));
    postgres_finish(b, o, NULL);
}
