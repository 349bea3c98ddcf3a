#include "postgres.h"

#include "neutral.h"

#include <string.h>

/* ---- views ------------------------------------------------------------------------------------
 */

static void add_view(struct plan_builder *b, const struct object *o, const char *verb)
{
    const char *query = model_get(o, P_VIEW_QUERY);
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "%s VIEW %Q", verb, o);
    postgres_options(b, o, &sql, " WITH (", ")");
    postgres_format(&sql, " AS\n%s", postgres_trimmed(b, query));
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
}

/* Defaults that a view gives to rows inserted into it, comments of its columns. */
static void add_column_settings(struct plan_builder *b, const struct object *o)
{
    for (const struct object **c = plan_parts(b, o, K_COLUMN, NULL); *c; c++) {
        const char *value = o->kind->id == K_VIEW ? model_get(*c, P_COLUMN_DEFAULT) : NULL;

        if (value)
            postgres_step(b, *c, NULL, "ALTER VIEW %Q ALTER COLUMN %I SET DEFAULT %s", o,
                          (*c)->name, value);
        postgres_finish(b, *c, NULL);
    }
}

/* Columns of the right names and types and no rows: enough for what only needs the view's type. */
static void add_dummy(struct plan_builder *b, const struct object *o)
{
    const char *between = " AS\nSELECT\n    ";
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "CREATE VIEW %Q", o);
    for (const struct object **c = plan_parts(b, o, K_COLUMN, NULL); *c; c++) {
        buf_adds(&sql, between);
        template_fill(&sql, &postgres_style, "NULL::{type}[ COLLATE {collation}] AS {name}", *c);
        between = ",\n    ";
    }
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
}

void postgres_view(struct plan_builder *b, const struct object *o)
{
    if (plan_unknown(b, o, P_VIEW_QUERY))
        return;
    if (plan_is_late(b, o)) {
        add_dummy(b, o);
        return;
    }
    add_view(b, o, "CREATE");
    add_column_settings(b, o);
    postgres_finish(b, o, NULL);
}

void postgres_view_late(struct plan_builder *b, const struct object *o)
{
    add_view(b, o, "CREATE OR REPLACE");
    add_column_settings(b, o);
    postgres_finish(b, o, NULL);
}

void postgres_view_again(struct plan_builder *b, const struct object *o)
{
    add_view(b, o, "CREATE OR REPLACE");
}

void postgres_materialized_view(struct plan_builder *b, const struct object *o)
{
    const char *method = model_get(o, P_MATERIALIZED_VIEW_ACCESS_METHOD);
    struct buf sql = BUF_INIT;
    struct step *s;

    postgres_format(&sql, "CREATE MATERIALIZED VIEW %Q", o);
    if (method && strcmp(method, "heap") != 0)
        postgres_format(&sql, " USING %I", method);
    postgres_options(b, o, &sql, " WITH (", ")");
    postgres_format(&sql, " AS\n%s\nWITH NO DATA",
                    postgres_trimmed(b, model_get(o, P_MATERIALIZED_VIEW_QUERY)));
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
    postgres_tablespace(b, o, NULL, "MATERIALIZED VIEW");
    for (const struct object **c = plan_parts(b, o, K_COLUMN, NULL); *c; c++) {
        const char *text;

        if ((text = model_get(*c, P_COLUMN_STATISTICS)))
            postgres_step(b, *c, NULL,
                          "ALTER MATERIALIZED VIEW %Q ALTER COLUMN %I SET STATISTICS %s", o,
                          (*c)->name, text);
        if ((text = model_get(*c, P_COLUMN_STORAGE)))
            postgres_step(b, *c, NULL, "ALTER MATERIALIZED VIEW %Q ALTER COLUMN %I SET STORAGE %s",
                          o, (*c)->name, text);
        if ((text = model_get(*c, P_COLUMN_COMPRESSION)))
            postgres_step(b, *c, NULL,
                          "ALTER MATERIALIZED VIEW %Q ALTER COLUMN %I SET COMPRESSION %s", o,
                          (*c)->name, text);
    }
    add_column_settings(b, o);
    if (model_yes(o, P_MATERIALIZED_VIEW_POPULATED) && neutral_reads_foreign(b, o)) {
        neutral_note(b, NEUTRAL_SERVERS, NEUTRAL_CHANGED, o, P_MATERIALIZED_VIEW_POPULATED,
                     "it reads foreign tables, so it is not filled");
    } else if (model_yes(o, P_MATERIALIZED_VIEW_POPULATED)) {
        s = postgres_step_at(b, RANK_REFRESH, o, "REFRESH MATERIALIZED VIEW %Q", o);
        s->needs_rows = true;
        str_parse_u64(
            model_get(o, P_MATERIALIZED_VIEW_BYTES) ? model_get(o, P_MATERIALIZED_VIEW_BYTES) : "0",
            &s->weight);
        s->fills = true;
    }
    postgres_finish(b, o, NULL);
}

/* ---- rules, triggers, policies ------------------------------------------------------------------
 */

/* ALTER TABLE is right for views' triggers and rules as well. */
static void add_enabled(struct plan_builder *b, const struct object *o, const char *word,
                        const char *state, bool always)
{
    if (postgres_enabled(state) && (always || strcmp(state, "origin") != 0))
        postgres_step_at(b, RANK_STATE, o, "ALTER TABLE ONLY %Q %s %s %I", o->parent,
                         postgres_enabled(state), word, o->name);
}

void postgres_rule(struct plan_builder *b, const struct object *o)
{
    plan_step_at(b, RANK_ACTION, o, postgres_trimmed(b, model_get(o, P_RULE_DEFINITION)));
    add_enabled(b, o, "RULE", model_get(o, P_RULE_ENABLED), false);
    postgres_finish_at(b, RANK_ACTION, o);
}

void postgres_trigger(struct plan_builder *b, const struct object *o)
{
    bool copy = model_yes(o, P_TRIGGER_INHERITED);

    /* A partition's copy of its parent's trigger is in the model only where its state differs. */
    if (!copy)
        plan_step_at(b, RANK_ACTION, o, postgres_trimmed(b, model_get(o, P_TRIGGER_DEFINITION)));
    add_enabled(b, o, "TRIGGER", model_get(o, P_TRIGGER_ENABLED), copy);
    postgres_finish_at(b, RANK_ACTION, o);
}

void postgres_policy(struct plan_builder *b, const struct object *o)
{
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "CREATE POLICY %I ON %Q%s", o->name, o->parent,
                    model_yes(o, P_POLICY_PERMISSIVE) ? "" : " AS RESTRICTIVE");
    template_fill(&sql, &postgres_style,
                  "[ FOR {command:upper}][ TO {roles}][ USING ({using})]"
                  "[ WITH CHECK ({with_check})]",
                  o);
    plan_step_at(b, RANK_ACTION, o, sql.data);
    buf_release(&sql);
    postgres_finish_at(b, RANK_ACTION, o);
}
