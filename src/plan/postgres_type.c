#include "postgres.h"

#include <string.h>

/* ---- types ------------------------------------------------------------------------------------
 */

void postgres_enum(struct plan_builder *b, const struct object *o)
{
    const char *between = "\n    ";
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "CREATE TYPE %Q AS ENUM (", o);
    for (const struct object **l = plan_parts(b, o, K_ENUM_LABEL, NULL); *l; l++) {
        postgres_format(&sql, "%s%L", between, (*l)->name);
        between = ",\n    ";
    }
    buf_addch(&sql, ')');
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
    postgres_finish(b, o, NULL);
}

void postgres_composite(struct plan_builder *b, const struct object *o)
{
    const struct object **attributes = plan_parts(b, o, K_ATTRIBUTE, NULL);
    const char *between = "\n    ";
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "CREATE TYPE %Q AS (", o);
    for (const struct object **a = attributes; *a; a++) {
        buf_adds(&sql, between);
        template_fill(&sql, &postgres_style, "{name} {type}[ COLLATE {collation}]", *a);
        between = ",\n    ";
    }
    buf_addch(&sql, ')');
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
    for (const struct object **a = attributes; *a; a++)
        postgres_finish(b, *a, NULL);
    postgres_finish(b, o, NULL);
}

void postgres_domain(struct plan_builder *b, const struct object *o)
{
    const struct object *not_null = plan_part(b, o, K_NOT_NULL, NULL);
    bool named = not_null && b->opt->target_version >= 170000;
    struct buf sql = BUF_INIT;

    template_fill(&sql, &postgres_style,
                  "CREATE DOMAIN {qualified} AS {type}[ COLLATE {collation}][ DEFAULT {default}]",
                  o);
    if (model_yes(o, P_DOMAIN_NOT_NULL)) {
        if (named)
            template_fill(&sql, &postgres_style, "[ CONSTRAINT {constraint}]", not_null);
        buf_adds(&sql, " NOT NULL");
    }
    for (const struct object *c = plan_part(b, o, K_CHECK, NULL); c;
         c = plan_part(b, o, K_CHECK, c))
        if (!plan_is_late(b, c) && !str_eq(model_get(c, P_CHECK_VALIDATED), "no"))
            template_fill(&sql, &postgres_style, "\n    CONSTRAINT {name} CHECK ({expression})", c);
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
    for (const struct object *c = plan_part(b, o, K_CHECK, NULL); c;
         c = plan_part(b, o, K_CHECK, c)) {
        if (plan_is_late(b, c))
            continue;
        if (!str_eq(model_get(c, P_CHECK_VALIDATED), "no"))
            postgres_finish(b, c, NULL);
        else
            postgres_check_late(b, c);
    }
    if (named)
        postgres_finish(b, not_null, NULL);
    postgres_finish(b, o, NULL);
}

static void add_base_type(struct plan_builder *b, const struct object *o)
{
    postgres_template(b, o, NULL,
                      "CREATE TYPE {qualified} (INPUT = {input}, OUTPUT = {output}"
                      "[, {definition}])");
}

/* Functions that read and write the type need its name first: a shell. */
void postgres_base_type(struct plan_builder *b, const struct object *o)
{
    if (!model_get(o, P_BASE_TYPE_INPUT) || plan_is_late(b, o))
        postgres_step(b, o, NULL, "CREATE TYPE %Q", o);
    else
        add_base_type(b, o);
    if (!plan_is_late(b, o))
        postgres_finish(b, o, NULL);
}

void postgres_base_type_late(struct plan_builder *b, const struct object *o)
{
    if (model_get(o, P_BASE_TYPE_INPUT))
        add_base_type(b, o);
    postgres_finish(b, o, NULL);
}

static void add_range(struct plan_builder *b, const struct object *o)
{
    const char *multirange = model_get(o, P_RANGE_MULTIRANGE);
    struct buf sql = BUF_INIT;

    template_fill(&sql, &postgres_style,
                  "CREATE TYPE {qualified} AS RANGE (SUBTYPE = {subtype}"
                  "[, SUBTYPE_OPCLASS = {opclass}][, COLLATION = {collation}]"
                  "[, CANONICAL = {canonical}][, SUBTYPE_DIFF = {subtype_diff}]",
                  o);
    if (multirange && b->opt->target_version >= 140000)
        postgres_format(&sql, ", MULTIRANGE_TYPE_NAME = %s", multirange);
    buf_addch(&sql, ')');
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
    postgres_finish(b, o, NULL);
}

void postgres_range(struct plan_builder *b, const struct object *o)
{
    if (plan_is_late(b, o))
        postgres_step(b, o, NULL, "CREATE TYPE %Q", o);
    else
        add_range(b, o);
}

void postgres_range_late(struct plan_builder *b, const struct object *o)
{
    add_range(b, o);
}

/* ---- sequences ----------------------------------------------------------------------------------
 */

static void add_position(struct plan_builder *b, const struct object *o)
{
    const char *last = model_get(o, P_SEQUENCE_LAST_VALUE);
    struct buf name = BUF_INIT;

    if (last) {
        postgres_qualified(&name, o);
        postgres_step_at(b, RANK_POSITION, o, "SELECT pg_catalog.setval(%L, %s, %s)", name.data,
                         last, model_yes(o, P_SEQUENCE_IS_CALLED) ? "true" : "false");
        buf_release(&name);
    }
}

static void add_owned_by(struct plan_builder *b, const struct object *o)
{
    const struct object *column = NULL;
    const char *owned = model_get(o, P_SEQUENCE_OWNED_BY);

    if (!owned)
        return;
    if (!postgres_relation(b, owned, &column) || !column)
        plan_refuse(b, o, "the column it belongs to is not in the model");
    else if (!plan_is_left_out(b, column))
        postgres_step_at(b, RANK_ACTION, o, "ALTER SEQUENCE %Q OWNED BY %Q.%I", o, column->parent,
                         column->name);
}

void postgres_sequence(struct plan_builder *b, const struct object *o)
{
    bool unlogged = str_eq(model_get(o, P_SEQUENCE_PERSISTENCE), "unlogged");

    if (unlogged && postgres_too_old(b, o, 150000, "an unlogged sequence"))
        return;
    add_position(b, o);
    /* An identity column makes its sequence; see postgres_table.c. */
    if (model_yes(o, P_SEQUENCE_IDENTITY)) {
        postgres_take_defaults(b, o);
        return;
    }
    postgres_template(b, o, NULL,
                      unlogged ? "CREATE UNLOGGED SEQUENCE {qualified}[ AS {type}]"
                                 "[ START WITH {start}][ INCREMENT BY {increment}]"
                                 "[ MINVALUE {min}][ MAXVALUE {max}][ CACHE {cache}]"
                                 "[ CYCLE{?cycle}]"
                               : "CREATE SEQUENCE {qualified}[ AS {type}][ START WITH {start}]"
                                 "[ INCREMENT BY {increment}][ MINVALUE {min}][ MAXVALUE {max}]"
                                 "[ CACHE {cache}][ CYCLE{?cycle}]");
    add_owned_by(b, o);
    /* An owned sequence has its table's owner, and may not be given another. */
    if (model_get(o, P_SEQUENCE_OWNED_BY)) {
        postgres_comment(b, o, NULL);
        postgres_take_defaults(b, o);
    } else
        postgres_finish(b, o, NULL);
}
