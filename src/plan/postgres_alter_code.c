#include "postgres.h"

#include <string.h>

/*
 * Routines, triggers, rules, policies and what runs them. Source: CREATE FUNCTION, CREATE TRIGGER,
 * CREATE RULE, ALTER POLICY … in the PostgreSQL manual. OR REPLACE resets what it does not restate,
 * so every form here is the whole statement.
 */

/* ---- routines ---------------------------------------------------------------------------------
 */

/* The length of the argument at the beginning of a list: up to a comma outside of quotes and
 * parentheses. */
static size_t argument_length(const char *text)
{
    int depth = 0;
    char quote = '\0';
    size_t i = 0;

    for (; text[i]; i++) {
        char c = text[i];

        if (quote)
            quote = c == quote ? '\0' : quote;
        else if (c == '\'' || c == '"')
            quote = c;
        else if (strchr("([", c))
            depth++;
        else if (strchr(")]", c))
            depth--;
        else if (c == ',' && !depth)
            break;
    }
    return i;
}

/* Without its default, which comes last; a name or type may hold the word only within quotes. */
static size_t bare_length(const char *argument, size_t len)
{
    static const char word[] = " DEFAULT ";
    bool quoted = false;

    for (size_t i = 0; i + strlen(word) <= len; i++) {
        quoted ^= argument[i] == '"';
        if (!quoted && memcmp(argument + i, word, strlen(word)) == 0)
            return i;
    }
    return len;
}

/*
 * "You cannot change the name of an input argument … Nor can you … remove defaults"; a default may
 * be added or be another.
 */
static bool arguments_can_follow(const char *now, const char *before)
{
    while (*now && *before) {
        size_t n = argument_length(now), m = argument_length(before);
        size_t bare_n = bare_length(now, n), bare_m = bare_length(before, m);

        if (bare_n != bare_m || memcmp(now, before, bare_n) != 0 || (bare_m < m && bare_n == n))
            return false;
        now += n;
        before += m;
        now += strspn(now, ", ");
        before += strspn(before, ", ");
    }
    return !*now && !*before;
}

static const char *get(const struct object *o, const char *prop)
{
    int slot = kind_prop(o->kind, prop);
    const char *value = slot >= 0 ? model_get(o, slot) : NULL;

    return value ? value : "";
}

static bool can_replace(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return str_eq(get(p->from, "result"), get(p->to, "result")) &&
           str_eq(get(p->from, "window"), get(p->to, "window")) &&
           arguments_can_follow(get(p->from, "arguments"), get(p->to, "arguments"));
}

static void replace_routine(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_routine_again(b, p->from);
}

/* ---- triggers, rules --------------------------------------------------------------------------
 */

static const char create_trigger[] = "CREATE TRIGGER ", create_rule[] = "CREATE RULE ";

/* A constraint trigger cannot be replaced. */
static bool can_replace_trigger(struct plan_builder *b, const struct plan_pair *p)
{
    const char *now = model_get(p->from, P_TRIGGER_DEFINITION),
               *before = model_get(p->to, P_TRIGGER_DEFINITION);

    return b->opt->target_version >= 140000 && now && before && str_starts(now, create_trigger) &&
           str_starts(before, create_trigger) && !model_yes(p->from, P_TRIGGER_INHERITED) &&
           !model_yes(p->to, P_TRIGGER_INHERITED);
}

/* The clones of a partitioned table's trigger follow it unless ONLY is said; each that has another
 * state than its parent is an object by itself. */
static void set_trigger(struct plan_builder *b, const struct object *o, const struct object *table,
                        const char *state)
{
    bool partitioned =
        table->kind->id == K_TABLE && model_get(table, P_TABLE_PARTITION_KEY) != NULL;

    if (postgres_enabled(state))
        postgres_step(b, o, NULL, "ALTER TABLE %s%Q %s TRIGGER %I", partitioned ? "" : "ONLY ",
                      table, postgres_enabled(state), o->name);
}

static void enable_trigger(struct plan_builder *b, const struct plan_pair *p)
{
    set_trigger(b, p->from, p->from->parent, model_get(p->from, P_TRIGGER_ENABLED));
}

static void replace_trigger(struct plan_builder *b, const struct plan_pair *p)
{
    const char *definition = postgres_trimmed(b, model_get(p->from, P_TRIGGER_DEFINITION));
    const char *state = model_get(p->from, P_TRIGGER_ENABLED);

    postgres_step(b, p->from, NULL, "CREATE OR REPLACE TRIGGER %s",
                  definition + strlen(create_trigger));
    if (!str_eq(state, "origin") || !str_eq(model_get(p->to, P_TRIGGER_ENABLED), "origin"))
        enable_trigger(b, p);
}

static bool is_clone(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return model_yes(p->to, P_TRIGGER_INHERITED);
}

/* The state of the trigger that it is a clone of: of the nearest table above that has it. */
static const char *state_above(struct plan_builder *b, const struct object *clone)
{
    const struct object *table = plan_other(b, clone->parent);
    const struct object *t;

    while (table && table->kind->id == K_TABLE && model_get(table, P_TABLE_PARTITION_OF)) {
        table = postgres_relation(b, model_get(table, P_TABLE_PARTITION_OF), NULL);
        t = table ? model_child(b->model, table, SPACE_TRIGGER, clone->name) : NULL;
        if (t)
            return model_get(t, P_TRIGGER_ENABLED);
    }
    return "origin";
}

/* No trigger goes: its state is its parent's again. */
static void unset_clone(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *table = plan_other(b, p->to->parent);
    const char *state = table ? state_above(b, p->to) : NULL;

    if (table && postgres_enabled(state))
        postgres_step_at(b, RANK_STATE, p->to, "ALTER TABLE ONLY %Q %s TRIGGER %I", table,
                         postgres_enabled(state), p->to->name);
}

static void replace_rule(struct plan_builder *b, const struct plan_pair *p)
{
    const char *definition = postgres_trimmed(b, model_get(p->from, P_RULE_DEFINITION));

    postgres_step(b, p->from, NULL, "CREATE OR REPLACE RULE %s", definition + strlen(create_rule));
}

/* "ON SELECT" is a view's own. */
static bool can_replace_rule(struct plan_builder *b, const struct plan_pair *p)
{
    const char *now = model_get(p->from, P_RULE_DEFINITION);

    (void)b;
    return now && str_starts(now, create_rule);
}

static void enable_rule(struct plan_builder *b, const struct plan_pair *p)
{
    const char *state = postgres_enabled(model_get(p->from, P_RULE_ENABLED));

    if (state)
        postgres_step(b, p->from, NULL, "ALTER TABLE %Q %s RULE %I", p->from->parent, state,
                      p->from->name);
}

/* A constraint's own trigger works as usual again. */
static void reset_constraint_trigger(struct plan_builder *b, const struct plan_pair *p)
{
    if (plan_other(b, p->to->parent))
        postgres_constraint_trigger_state(b, p->to, "ENABLE");
}

/* ---- policies ---------------------------------------------------------------------------------
 */

/* "ALTER POLICY … does not allow … removing" an expression. */
static bool can_alter_policy(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return (model_get(p->from, P_POLICY_USING) || !model_get(p->to, P_POLICY_USING)) &&
           (model_get(p->from, P_POLICY_WITH_CHECK) || !model_get(p->to, P_POLICY_WITH_CHECK));
}

static void alter_policy(struct plan_builder *b, const struct plan_pair *p)
{
    struct buf sql = BUF_INIT;

    template_fill(&sql, &postgres_style, "ALTER POLICY {name} ON {parent}", p->from);
    if (p->differs >> P_POLICY_ROLES & 1)
        template_fill(&sql, &postgres_style, " TO {roles}", p->from);
    if (p->differs >> P_POLICY_USING & 1)
        template_fill(&sql, &postgres_style, "[ USING ({using})]", p->from);
    if (p->differs >> P_POLICY_WITH_CHECK & 1)
        template_fill(&sql, &postgres_style, "[ WITH CHECK ({with_check})]", p->from);
    plan_step(b, PHASE_PRE, p->from, NULL, sql.data);
    buf_release(&sql);
}

/* ---- event triggers ---------------------------------------------------------------------------
 */

static void enable_event_trigger(struct plan_builder *b, const struct plan_pair *p)
{
    const char *state = postgres_enabled(model_get(p->from, P_EVENT_TRIGGER_ENABLED));

    if (state)
        postgres_step_at(b, RANK_LAST, p->from, "ALTER EVENT TRIGGER %I %s", p->from->name, state);
}

/* ---- the rows ---------------------------------------------------------------------------------
 */

#define ROUTINE(kind_, prop_, hazards_)                                        \
    {                                                                          \
        .kind = K_##kind_, .slot = P_##kind_##_##prop_, .fn = replace_routine, \
        .hazards = hazards_, .can = can_replace                                \
    }
#define POLICY(prop_)                                                   \
    {                                                                   \
        .kind = K_POLICY, .slot = P_POLICY_##prop_, .fn = alter_policy, \
        .hazards = HAZARD_AUTHORITY, .can = can_alter_policy            \
    }
#define LANGUAGE(prop_)                                                        \
    {                                                                          \
        .kind = K_LANGUAGE, .slot = P_LANGUAGE_##prop_, .fn = replace_language \
    }

static void replace_language(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_template(b, p->from, NULL,
                      "CREATE OR REPLACE[ TRUSTED{?trusted}] LANGUAGE {name}[ HANDLER {handler}]"
                      "[ INLINE {inline}][ VALIDATOR {validator}]");
}

const struct plan_alter postgres_alter_code_rows[] = {
    ROUTINE(FUNCTION, ARGUMENTS, 0),
    ROUTINE(FUNCTION, LANGUAGE, HAZARD_UNTRACKED),
    ROUTINE(FUNCTION, VOLATILITY, 0),
    ROUTINE(FUNCTION, STRICT, 0),
    ROUTINE(FUNCTION, LEAKPROOF, HAZARD_AUTHORITY),
    ROUTINE(FUNCTION, SECURITY, HAZARD_AUTHORITY),
    ROUTINE(FUNCTION, PARALLEL, 0),
    ROUTINE(FUNCTION, COST, 0),
    ROUTINE(FUNCTION, ROWS, 0),
    ROUTINE(FUNCTION, SUPPORT, 0),
    ROUTINE(FUNCTION, TRANSFORMS, 0),
    ROUTINE(FUNCTION, LIBRARY, 0),
    ROUTINE(FUNCTION, BODY, HAZARD_UNTRACKED),
    {.kind = K_FUNCTION, .slot = ALTER_DROP, .fn = postgres_alter_drop},
    ROUTINE(PROCEDURE, ARGUMENTS, 0),
    ROUTINE(PROCEDURE, LANGUAGE, HAZARD_UNTRACKED),
    ROUTINE(PROCEDURE, SECURITY, HAZARD_AUTHORITY),
    ROUTINE(PROCEDURE, TRANSFORMS, 0),
    ROUTINE(PROCEDURE, LIBRARY, 0),
    ROUTINE(PROCEDURE, BODY, HAZARD_UNTRACKED),
    {.kind = K_PROCEDURE, .slot = ALTER_DROP, .fn = postgres_alter_drop},
    {.kind = K_AGGREGATE, .slot = ALTER_DROP, .fn = postgres_alter_drop},
    LANGUAGE(TRUSTED),
    LANGUAGE(HANDLER),
    LANGUAGE(INLINE),
    LANGUAGE(VALIDATOR),
    {.kind = K_LANGUAGE, .slot = ALTER_DROP, .fn = postgres_alter_drop},

    {.kind = K_TRIGGER,
     .slot = P_TRIGGER_DEFINITION,
     .fn = replace_trigger,
     .can = can_replace_trigger},
    {.kind = K_TRIGGER, .slot = P_TRIGGER_ENABLED, .fn = enable_trigger},
    {.kind = K_TRIGGER, .slot = ALTER_DROP, .fn = unset_clone, .can = is_clone},
    {.kind = K_TRIGGER, .slot = ALTER_DROP, .fn = postgres_alter_drop},
    {.kind = K_CONSTRAINT_TRIGGER,
     .slot = P_CONSTRAINT_TRIGGER_ENABLED,
     .fn = postgres_alter_again},
    {.kind = K_CONSTRAINT_TRIGGER, .slot = ALTER_DROP, .fn = reset_constraint_trigger},
    {.kind = K_RULE, .slot = P_RULE_DEFINITION, .fn = replace_rule, .can = can_replace_rule},
    {.kind = K_RULE, .slot = P_RULE_ENABLED, .fn = enable_rule},
    {.kind = K_RULE, .slot = ALTER_DROP, .fn = postgres_alter_drop},
    {.kind = K_EVENT_TRIGGER, .slot = P_EVENT_TRIGGER_ENABLED, .fn = enable_event_trigger},
    {.kind = K_EVENT_TRIGGER, .slot = ALTER_DROP, .fn = postgres_alter_drop},
    POLICY(ROLES),
    POLICY(USING),
    POLICY(WITH_CHECK),
    {.kind = K_POLICY, .slot = ALTER_DROP, .fn = postgres_alter_drop, .hazards = HAZARD_AUTHORITY},
    {.kind = K_COUNT},
};
