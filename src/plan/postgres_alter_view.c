#include "postgres.h"

/*
 * Views, materialized views and their columns. Source: CREATE VIEW, ALTER VIEW, ALTER MATERIALIZED
 * VIEW in the PostgreSQL manual.
 */

static const struct object *parent_of(const struct plan_pair *p)
{
    return (p->from ? p->from : p->to)->parent;
}

static bool is_of_view(struct plan_builder *b, const struct plan_pair *p)
{
    enum kind_id kind = parent_of(p)->kind->id;

    (void)b;
    return kind == K_VIEW || kind == K_MATERIALIZED_VIEW;
}

/* ---- CREATE OR REPLACE ------------------------------------------------------------------------
 */

static bool same_column(const struct object *a, const struct object *b)
{
    return str_eq(a->name, b->name) &&
           str_eq(model_get(a, P_COLUMN_TYPE), model_get(b, P_COLUMN_TYPE)) &&
           str_eq(model_get(a, P_COLUMN_COLLATION), model_get(b, P_COLUMN_COLLATION));
}

/* "It must generate the same columns …, but it may add additional columns to the end." */
static bool is_replaceable(struct plan_builder *b, const struct object *from,
                           const struct object *to)
{
    uint32_t n_from, n_to;
    const struct object **now = model_parts(from, K_COLUMN, b->arena, &n_from),
                        **before = model_parts(to, K_COLUMN, b->arena, &n_to);

    for (uint32_t i = 0; i < n_to; i++)
        if (i >= n_from || !same_column(now[i], before[i]))
            return false;
    return true;
}

static bool can_replace(struct plan_builder *b, const struct plan_pair *p)
{
    return is_replaceable(b, p->from, p->to);
}

static void replace_view(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_view_again(b, p->from);
}

/* A column that the new query has more: the view's own statement makes it. */
static bool is_appended(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *view = parent_of(p), *to;

    if (view->kind->id != K_VIEW || !p->from)
        return false;
    to = plan_other(b, view);
    return to && to->kind->id == K_VIEW && is_replaceable(b, view, to);
}

static void finish_column(struct plan_builder *b, const struct plan_pair *p)
{
    const char *value = model_get(p->from, P_COLUMN_DEFAULT);

    if (value)
        postgres_step(b, p->from, NULL, "ALTER VIEW %Q ALTER COLUMN %I SET DEFAULT %s",
                      p->from->parent, p->from->name, value);
    postgres_comment(b, p->from, NULL);
}

static bool is_of_plain_view(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return parent_of(p)->kind->id == K_VIEW;
}

static bool is_of_materialized(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return parent_of(p)->kind->id == K_MATERIALIZED_VIEW;
}

/* ---- options ----------------------------------------------------------------------------------
 */

/* What restates the whole view restates its options. */
static bool is_restated(const struct plan_builder *b, const struct object *option)
{
    const struct object *view = option->parent;

    return view->kind->id == K_VIEW && (plan_differs(b, view) >> P_VIEW_QUERY & 1);
}

static const char *word_of(const struct object *relation)
{
    return relation->kind->id == K_VIEW ? "VIEW" : "MATERIALIZED VIEW";
}

static void set_option(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *o = p->from;
    const char *value = model_get(o, P_OPTION_VALUE);

    if (!is_restated(b, o))
        postgres_step(b, o, NULL, "ALTER %s %Q SET (%s%s)", word_of(o->parent), o->parent, o->name,
                      value ? arena_printf(b->arena, "=%s", postgres_text(b, value)) : "");
}

static void reset_option(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *view = plan_other(b, p->to->parent);

    if (!view || view->kind->id != K_VIEW || !(plan_differs(b, view) >> P_VIEW_QUERY & 1))
        postgres_step(b, p->to, NULL, "ALTER %s %Q RESET (%s)", word_of(p->to->parent),
                      p->to->parent, p->to->name);
}

/* ---- materialized views -----------------------------------------------------------------------
 */

/* Without a tablespace of its own it is in the database's. */
static void move(struct plan_builder *b, const struct plan_pair *p)
{
    const char *space = model_get(p->from, P_MATERIALIZED_VIEW_TABLESPACE);

    if (!space)
        space = model_get(b->to->root, P_DATABASE_TABLESPACE);
    postgres_step(b, p->from, NULL, "ALTER MATERIALIZED VIEW %Q SET TABLESPACE %I", p->from,
                  space ? space : "pg_default");
}

static bool has_access_methods(struct plan_builder *b, const struct plan_pair *p)
{
    return b->opt->target_version >= 150000 &&
           model_get(p->from, P_MATERIALIZED_VIEW_ACCESS_METHOD);
}

static void set_storage(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *c = p->from;
    const char *value;

    if (p->differs >> P_COLUMN_STATISTICS & 1) {
        value = model_get(c, P_COLUMN_STATISTICS);
        postgres_step(b, c, NULL, "ALTER MATERIALIZED VIEW %Q ALTER COLUMN %I SET STATISTICS %s",
                      c->parent, c->name, value ? value : "-1");
    }
    if (p->differs >> P_COLUMN_COMPRESSION & 1) {
        value = model_get(c, P_COLUMN_COMPRESSION);
        postgres_step(b, c, NULL, "ALTER MATERIALIZED VIEW %Q ALTER COLUMN %I SET COMPRESSION %s",
                      c->parent, c->name, value ? value : "default");
    }
    if (p->differs >> P_COLUMN_STORAGE & 1)
        postgres_step(b, c, NULL, "ALTER MATERIALIZED VIEW %Q ALTER COLUMN %I SET STORAGE %s",
                      c->parent, c->name, model_get(c, P_COLUMN_STORAGE));
}

/* Without a name for its type's own storage only a new view comes to it. */
static bool can_store(struct plan_builder *b, const struct plan_pair *p)
{
    return is_of_materialized(b, p) && model_get(p->from, P_COLUMN_STORAGE);
}

const struct plan_alter postgres_alter_view_rows[] = {
    {.kind = K_VIEW, .slot = P_VIEW_QUERY, .fn = replace_view, .can = can_replace},
    {.kind = K_VIEW, .slot = ALTER_DROP, .fn = postgres_alter_drop},
    {.kind = K_MATERIALIZED_VIEW,
     .slot = P_MATERIALIZED_VIEW_POPULATED,
     .sql = "REFRESH MATERIALIZED VIEW {qualified}[ WITH NO DATA{!populated}]",
     .hazards = HAZARD_SCAN | HAZARD_LOCK},
    {.kind = K_MATERIALIZED_VIEW,
     .slot = P_MATERIALIZED_VIEW_ACCESS_METHOD,
     .sql = "ALTER MATERIALIZED VIEW {qualified} SET ACCESS METHOD {access_method:id}",
     .hazards = HAZARD_REWRITE | HAZARD_LOCK,
     .can = has_access_methods},
    {.kind = K_MATERIALIZED_VIEW,
     .slot = P_MATERIALIZED_VIEW_TABLESPACE,
     .fn = move,
     .hazards = HAZARD_REWRITE | HAZARD_LOCK},
    {.kind = K_MATERIALIZED_VIEW, .slot = ALTER_DROP, .fn = postgres_alter_drop},
    {.kind = K_COLUMN, .slot = ALTER_ADD, .fn = finish_column, .can = is_appended},
    {.kind = K_COLUMN,
     .slot = P_COLUMN_DEFAULT,
     .sql = "ALTER VIEW {parent} ALTER COLUMN {name} [SET DEFAULT {default}]||[DROP DEFAULT"
            "{!default}]",
     .can = is_of_plain_view},
    {.kind = K_COLUMN, .slot = P_COLUMN_STATISTICS, .fn = set_storage, .can = is_of_materialized},
    {.kind = K_COLUMN, .slot = P_COLUMN_COMPRESSION, .fn = set_storage, .can = is_of_materialized},
    {.kind = K_COLUMN, .slot = P_COLUMN_STORAGE, .fn = set_storage, .can = can_store},
    {.kind = K_COLUMN, .slot = P_COLUMN_COMMENT, .fn = postgres_alter_comment, .can = is_of_view},
    {.kind = K_COLUMN, .slot = ALTER_STOP, .can = is_of_view},
    {.kind = K_OPTION, .slot = ALTER_ADD, .fn = set_option, .can = is_of_view},
    {.kind = K_OPTION, .slot = ALTER_DROP, .fn = reset_option, .can = is_of_view},
    {.kind = K_OPTION, .slot = P_OPTION_VALUE, .fn = set_option, .can = is_of_view},
    {.kind = K_COUNT},
};
