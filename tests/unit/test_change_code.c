/* Types, code and rights of PostgreSQL, changed in place: the shape that a plan must have. */
#include <dbtwin/diff.h>
#include <dbtwin/plan.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"

/* Two databases, and what the plan from one to the other says. */
struct two {
    struct model from, to;
    struct diff diff;
    struct plan plan;
    char *sql; /* a statement a line */
    unsigned version;
};

static struct object *add(struct model *m, enum kind_id kind, struct object *parent,
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

static void build(struct model *m, build_fn *fn, bool now, unsigned version)
{
    catalog_init(m, ENGINE_PG);
    m->version = version;
    m->columns = true;
    fn(m, add(m, K_SCHEMA, NULL, "s", "owner", "me", NULL), now);
    catalog_freeze(m);
}

static void join(struct two *t)
{
    struct buf all = BUF_INIT;

    for (size_t i = 0; i < t->plan.steps.len; i++)
        buf_addf(&all, "%s;\n", VEC_AT(&t->plan.steps, struct step, i).sql);
    t->sql = strdup(all.data ? all.data : "");
    buf_release(&all);
}

static struct two plan_of(build_fn *fn, unsigned version)
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

static void end(struct two *t)
{
    free(t->sql);
    plan_release(&t->plan);
    diff_release(&t->diff);
    model_release(&t->from);
    model_release(&t->to);
}

/* Each of them, one after the other; NULL ends. */
static void assert_steps(const struct two *t, ...)
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

static void assert_lacks(const struct two *t, const char *part)
{
    if (strstr(t->sql, part))
        fail_msg("should not be there: %s\nin:\n%s", part, t->sql);
}

static void assert_all_is_planned(const struct two *t)
{
    for (size_t i = 0; i < t->plan.refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&t->plan.refusals, struct plan_refusal, i);

        fail_msg("%s %s: %s", r->kind, r->path, r->why);
    }
}

static void assert_manual(const struct two *t, const char *kind, const char *path)
{
    for (size_t i = 0; i < t->plan.refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&t->plan.refusals, struct plan_refusal, i);

        if (str_eq(r->kind, kind) && str_eq(r->path, path))
            return;
    }
    fail_msg("%s %s is not named as manual in:\n%s", kind, path, t->sql);
}

static unsigned hazards_of(const struct two *t, const char *sql)
{
    for (size_t i = 0; i < t->plan.steps.len; i++)
        if (strstr(VEC_AT(&t->plan.steps, struct step, i).sql, sql))
            return VEC_AT(&t->plan.steps, struct step, i).hazards;
    fail_msg("no step: %s\nin:\n%s", sql, t->sql);
    return 0;
}

static struct object *column(struct model *m, struct object *table, const char *name,
                             const char *type, const char *position)
{
    return add(m, K_COLUMN, table, name, "type", type, "position", position, NULL);
}

static struct object *function(struct model *m, struct object *s, const char *name,
                               const char *arguments, const char *result, const char *body)
{
    char definition[256];

    snprintf(definition, sizeof(definition), "CREATE OR REPLACE FUNCTION s.%s %s", name, body);
    return add(m, K_FUNCTION, s, name, "arguments", arguments, "result", result, "body", body,
               "language", "sql", "owner", "me", "definition", definition, NULL);
}

/* ---- views ------------------------------------------------------------------------------------
 */

static void grown_view(struct model *m, struct object *s, bool now)
{
    struct object *v =
        add(m, K_VIEW, s, "v", "query", now ? "SELECT 1, 2" : "SELECT 1", "owner", "me", NULL);
    struct object *w = add(m, K_VIEW, s, "w", "query", "SELECT a FROM v", "owner", "me", NULL);

    column(m, v, "a", "integer", "1");
    column(m, w, "a", "integer", "1");
    if (now)
        catalog_set(m, column(m, v, "b", "integer", "2"), "comment", "new");
    add(m, K_OPTION, v, "security_invoker", "value", "true", NULL);
    model_depend(m, w, v);
}

static void a_view_that_only_grows_is_replaced(void **state)
{
    struct two t = plan_of(grown_view, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "CREATE OR REPLACE VIEW \"s\".\"v\" WITH (security_invoker='true') AS",
                 "COMMENT ON COLUMN \"s\".\"v\".\"b\" IS 'new'", NULL);
    assert_lacks(&t, "DROP");
    assert_lacks(&t, "\"w\"");
    end(&t);
}

static void changed_view(struct model *m, struct object *s, bool now)
{
    struct object *v = add(m, K_VIEW, s, "v", "query", now ? "SELECT 1::bigint" : "SELECT 1",
                           "owner", "other", "comment", "it is", NULL);
    struct object *w = add(m, K_VIEW, s, "w", "query", "SELECT a FROM v", "owner", "me", NULL);
    struct object *a = column(m, v, "a", now ? "bigint" : "integer", "1");

    column(m, w, "a", now ? "bigint" : "integer", "1");
    catalog_set(m, a, "default", "7");
    add(m, K_OPTION, v, "security_barrier", "value", "true", NULL);
    add(m, K_GRANT, w, "reader", "grantee", "reader", "grantor", "me", "privileges", "SELECT",
        NULL);
    add(m, K_TRIGGER, v, "t", "definition", "CREATE TRIGGER t INSTEAD OF INSERT ON s.v", "enabled",
        "disabled", NULL);
    model_depend(m, w, v);
}

static void what_comes_back_with_a_view_comes_as_it_was(void **state)
{
    struct two t = plan_of(changed_view, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "DROP VIEW \"s\".\"w\"", "DROP VIEW \"s\".\"v\"",
                 "CREATE VIEW \"s\".\"v\" WITH (security_barrier='true') AS",
                 "ALTER VIEW \"s\".\"v\" ALTER COLUMN \"a\" SET DEFAULT 7",
                 "COMMENT ON VIEW \"s\".\"v\" IS 'it is'", "CREATE VIEW \"s\".\"w\" AS",
                 "CREATE TRIGGER t INSTEAD OF INSERT", "DISABLE TRIGGER \"t\"",
                 "ALTER VIEW \"s\".\"v\" OWNER TO \"other\"",
                 "GRANT SELECT ON TABLE \"s\".\"w\" TO \"reader\"", NULL);
    assert_lacks(&t, "CASCADE");
    end(&t);
}

/* ---- routines ---------------------------------------------------------------------------------
 */

static void changed_body(struct model *m, struct object *s, bool now)
{
    struct object *f = function(m, s, "f(integer)", "a integer DEFAULT 1", "integer",
                                now ? "SELECT 2" : "SELECT 1");
    struct object *v = add(m, K_VIEW, s, "v", "query", "SELECT f(1)", "owner", "me", NULL);

    add(m, K_SETTING, f, "search_path", "value", now ? "s" : "public", NULL);
    catalog_set(m, f, "security", now ? "invoker" : "definer");
    model_depend(m, v, f);
}

static void a_body_is_replaced_and_all_is_restated(void **state)
{
    struct two t = plan_of(changed_body, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "CREATE OR REPLACE FUNCTION s.f(integer) SELECT 2", NULL);
    assert_int_equal(t.plan.steps.len, 1);
    assert_true(hazards_of(&t, "REPLACE") & HAZARD_AUTHORITY);
    end(&t);
}

static void other_setting(struct model *m, struct object *s, bool now)
{
    struct object *f = function(m, s, "f()", "", "integer", "SELECT 1");

    add(m, K_SETTING, f, now ? "work_mem" : "search_path", "value", now ? "4MB" : "s", NULL);
}

static void a_setting_alone_is_set_and_reset(void **state)
{
    struct two t = plan_of(other_setting, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "ALTER FUNCTION \"s\".\"f\"() RESET search_path",
                 "ALTER FUNCTION \"s\".\"f\"() SET work_mem TO '4MB'", NULL);
    end(&t);
}

static void changed_result(struct model *m, struct object *s, bool now)
{
    struct object *f =
        function(m, s, "f(integer)", "integer", now ? "bigint" : "integer", "SELECT 1");
    struct object *table = add(m, K_TABLE, s, "t", "persistence", "permanent", "access_method",
                               "heap", "owner", "me", NULL);
    struct object *a = column(m, table, "a", "integer", "1"), *p, *i, *c, *v;

    v = add(m, K_VIEW, s, "v", "query", "SELECT f(1)", "owner", "me", NULL);
    column(m, v, "f", now ? "bigint" : "integer", "1");
    p = add(m, K_POLICY, table, "p", "permissive", "yes", "command", "all", "roles", "PUBLIC",
            "using", "s.f(a) > 0", NULL);
    c = add(m, K_CHECK, table, "c", "expression", "(s.f(a) > 0)", "validated", "yes", "enforced",
            "yes", "local", "yes", "inherited", "0", NULL);
    i = add(m, K_INDEX, table, "i", "method", "btree", "unique", "no", "valid", "yes", NULL);
    add(m, K_INDEX_PART, i, "1", "expression", "(s.f(a))", NULL);
    catalog_set(m, a, "default", "s.f(1)");
    model_depend(m, v, f);
    model_depend(m, p, f);
    model_depend(m, c, f);
    model_depend(m, i, f);
    model_depend(m, a, f);
}

static void another_result_takes_what_depends_on_it_along(void **state)
{
    struct two t = plan_of(changed_result, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "DROP FUNCTION \"s\".\"f\"(integer)", "CREATE OR REPLACE FUNCTION s.f", NULL);
    assert_steps(&t, "DROP POLICY \"p\" ON \"s\".\"t\"", "DROP FUNCTION", "CREATE POLICY \"p\"",
                 NULL);
    assert_steps(&t, "DROP CONSTRAINT \"c\"", "DROP FUNCTION", "ADD CONSTRAINT \"c\" CHECK", NULL);
    assert_steps(&t, "DROP INDEX \"s\".\"i\"", "DROP FUNCTION", "CREATE INDEX \"i\"", NULL);
    assert_steps(&t, "ALTER COLUMN \"a\" DROP DEFAULT", "DROP FUNCTION",
                 "ALTER COLUMN \"a\" SET DEFAULT s.f(1)", NULL);
    assert_steps(&t, "DROP VIEW \"s\".\"v\"", "DROP FUNCTION", "CREATE VIEW \"s\".\"v\"", NULL);
    assert_lacks(&t, "DROP TABLE");
    assert_lacks(&t, "CASCADE");
    end(&t);
}

static void one_more_argument(struct model *m, struct object *s, bool now)
{
    struct object *f = now ? function(m, s, "f(integer, integer)", "a integer, b integer DEFAULT 1",
                                      "integer", "SELECT 1")
                           : function(m, s, "f(integer)", "a integer", "integer", "SELECT 1");
    struct object *v = add(m, K_VIEW, s, "v", "query", "SELECT s.f(1)", "owner", "me", NULL);

    model_depend(m, v, f);
}

static void no_overload_stays_behind(void **state)
{
    struct two t = plan_of(one_more_argument, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "DROP VIEW \"s\".\"v\"", "DROP FUNCTION \"s\".\"f\"(integer)",
                 "CREATE OR REPLACE FUNCTION s.f(integer, integer)", "CREATE VIEW \"s\".\"v\"",
                 NULL);
    end(&t);
}

static void lost_default(struct model *m, struct object *s, bool now)
{
    function(m, s, "f(text)", now ? "a text" : "a text DEFAULT ', b integer DEFAULT 1'::text",
             "integer", "SELECT 1");
    function(m, s, "g(integer)", now ? "a integer DEFAULT 1" : "a integer", "integer", "SELECT 1");
    function(m, s, "h(integer)", now ? "b integer" : "a integer", "integer", "SELECT 1");
}

static void a_default_cannot_be_replaced_away(void **state)
{
    struct two t = plan_of(lost_default, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "DROP FUNCTION \"s\".\"f\"(text)", "CREATE OR REPLACE FUNCTION s.f", NULL);
    assert_steps(&t, "DROP FUNCTION \"s\".\"h\"(integer)", "CREATE OR REPLACE FUNCTION s.h", NULL);
    assert_lacks(&t, "DROP FUNCTION \"s\".\"g\"");
    end(&t);
}

static void row_of_view(struct model *m, struct object *s, bool now)
{
    struct object *v =
        add(m, K_VIEW, s, "v", "query", now ? "SELECT b" : "SELECT a", "owner", "me", NULL);
    struct object *f = function(m, s, "f(s.v)", "s.v", "integer", "SELECT 1");

    column(m, v, now ? "b" : "a", "integer", "1");
    model_depend(m, f, v);
}

static void a_function_of_a_views_row_goes_first(void **state)
{
    struct two t = plan_of(row_of_view, 150000);

    (void)state;
    assert_steps(&t, "DROP FUNCTION \"s\".\"f\"(s.v)", "DROP VIEW \"s\".\"v\"",
                 "CREATE VIEW \"s\".\"v\"", "CREATE OR REPLACE FUNCTION s.f(s.v)", NULL);
    end(&t);
}

static void procedure_or_not(struct model *m, struct object *s, bool now)
{
    if (now)
        add(m, K_PROCEDURE, s, "f(integer)", "definition", "CREATE OR REPLACE PROCEDURE s.f",
            "owner", "me", NULL);
    else
        function(m, s, "f(integer)", "integer", "void", "SELECT");
}

static void kinds_of_routines_share_their_names(void **state)
{
    struct two t = plan_of(procedure_or_not, 150000);

    (void)state;
    assert_steps(&t, "DROP FUNCTION \"s\".\"f\"(integer)", "CREATE OR REPLACE PROCEDURE s.f", NULL);
    end(&t);
}

/* ---- triggers, policies -----------------------------------------------------------------------
 */

static void changed_trigger(struct model *m, struct object *s, bool now)
{
    struct object *table = add(m, K_TABLE, s, "t", "persistence", "permanent", "access_method",
                               "heap", "owner", "me", NULL);

    column(m, table, "a", "integer", "1");
    add(m, K_TRIGGER, table, "g", "definition",
        now ? "CREATE TRIGGER g AFTER INSERT ON s.t" : "CREATE TRIGGER g BEFORE INSERT ON s.t",
        "enabled", "disabled", "comment", "it acts", NULL);
    add(m, K_TRIGGER, table, "c", "definition",
        now ? "CREATE CONSTRAINT TRIGGER c AFTER INSERT ON s.t"
            : "CREATE CONSTRAINT TRIGGER c AFTER UPDATE ON s.t",
        "enabled", "origin", NULL);
}

static void a_replaced_trigger_stays_disabled(void **state)
{
    struct two t = plan_of(changed_trigger, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "CREATE OR REPLACE TRIGGER g AFTER INSERT ON s.t", "DISABLE TRIGGER \"g\"",
                 NULL);
    assert_lacks(&t, "DROP TRIGGER \"g\"");
    assert_steps(&t, "DROP TRIGGER \"c\" ON \"s\".\"t\"", "CREATE CONSTRAINT TRIGGER c", NULL);
    end(&t);
    t = plan_of(changed_trigger, 130000);
    assert_steps(&t, "DROP TRIGGER \"g\" ON \"s\".\"t\"", "CREATE TRIGGER g AFTER INSERT",
                 "DISABLE TRIGGER \"g\"", NULL);
    assert_steps(&t, "COMMENT ON TRIGGER \"g\" ON \"s\".\"t\" IS 'it acts'", NULL);
    end(&t);
}

static void policy(struct model *m, struct object *table, const char *name, const char *command,
                   const char *using, const char *check)
{
    add(m, K_POLICY, table, name, "permissive", "yes", "command", command, "roles", "PUBLIC",
        "using", using, "with_check", check, NULL);
}

static void changed_policies(struct model *m, struct object *s, bool now)
{
    struct object *table = add(m, K_TABLE, s, "t", "persistence", "permanent", "access_method",
                               "heap", "owner", "me", NULL);

    column(m, table, "a", "integer", "1");
    policy(m, table, "altered", "all", now ? "(a > 1)" : "(a > 0)", NULL);
    policy(m, table, "check_gone", "all", "(a > 0)", now ? NULL : "(a > 1)");
    policy(m, table, "command", now ? "update" : "select", "(a > 0)", NULL);
}

static void a_policy_is_altered_where_it_can_be(void **state)
{
    struct two t = plan_of(changed_policies, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "ALTER POLICY \"altered\" ON \"s\".\"t\" USING ((a > 1))", NULL);
    assert_lacks(&t, "DROP POLICY \"altered\"");
    assert_steps(&t, "DROP POLICY \"check_gone\"", "CREATE POLICY \"check_gone\"", NULL);
    assert_steps(&t, "DROP POLICY \"command\"", "CREATE POLICY \"command\"", NULL);
    assert_true(hazards_of(&t, "ALTER POLICY") & HAZARD_AUTHORITY);
    end(&t);
}

/* ---- privileges -------------------------------------------------------------------------------
 */

static void grant(struct model *m, struct object *o, const char *grantee, const char *privileges)
{
    add(m, K_GRANT, o, grantee, "grantee", grantee, "grantor", "me", "privileges", privileges,
        NULL);
}

static void changed_grants(struct model *m, struct object *s, bool now)
{
    struct object *table = add(m, K_TABLE, s, "t", "persistence", "permanent", "access_method",
                               "heap", "owner", "me", NULL);
    struct object *a = column(m, table, "a", "integer", "1");
    struct object *f = function(m, s, "f()", "", "integer", "SELECT 1");
    struct object *g = function(m, s, "g()", "", "integer", "SELECT 1");

    grant(m, table, "more", now ? "INSERT, SELECT*" : "DELETE, SELECT");
    grant(m, table, "less", now ? "SELECT" : "SELECT*");
    grant(m, now ? a : table, "column", "SELECT");
    grant(m, now ? f : g, "PUBLIC", "");
}

static void privileges_change_by_their_difference(void **state)
{
    struct two t = plan_of(changed_grants, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "REVOKE DELETE ON TABLE \"s\".\"t\" FROM \"more\"",
                 "GRANT INSERT ON TABLE \"s\".\"t\" TO \"more\"",
                 "GRANT SELECT ON TABLE \"s\".\"t\" TO \"more\" WITH GRANT OPTION", NULL);
    assert_steps(&t, "REVOKE GRANT OPTION FOR SELECT ON TABLE \"s\".\"t\" FROM \"less\"", NULL);
    assert_steps(&t, "REVOKE SELECT ON TABLE \"s\".\"t\" FROM \"column\"",
                 "GRANT SELECT (\"a\") ON TABLE \"s\".\"t\" TO \"column\"", NULL);
    assert_steps(&t, "REVOKE EXECUTE ON FUNCTION \"s\".\"f\"() FROM PUBLIC", NULL);
    assert_steps(&t, "GRANT EXECUTE ON FUNCTION \"s\".\"g\"() TO PUBLIC", NULL);
    assert_lacks(&t, "REVOKE ALL");
    end(&t);
}

static void new_under_defaults(struct model *m, struct object *s, bool now)
{
    add(m, K_DEFAULT_PRIVILEGE, s, "me, tables, reader", "role", "me", "objects", "tables",
        "grantee", "reader", "privileges", "SELECT", NULL);
    if (now) {
        struct object *v = add(m, K_VIEW, s, "v", "query", "SELECT 1", "owner", "me", NULL);
        struct object *w = add(m, K_VIEW, s, "w", "query", "SELECT 1", "owner", "me", NULL);

        column(m, v, "a", "integer", "1");
        column(m, w, "a", "integer", "1");
        grant(m, w, "reader", "SELECT");
    }
}

static void default_privileges_do_not_stick_to_what_is_new(void **state)
{
    struct two t = plan_of(new_under_defaults, 150000);

    (void)state;
    assert_steps(&t, "CREATE VIEW \"s\".\"v\"",
                 "REVOKE SELECT ON TABLE \"s\".\"v\" FROM \"reader\"",
                 "GRANT SELECT ON TABLE \"s\".\"w\" TO \"reader\"", NULL);
    assert_lacks(&t, "REVOKE SELECT ON TABLE \"s\".\"w\"");
    end(&t);
}

static void other_owner(struct model *m, struct object *s, bool now)
{
    struct object *v =
        add(m, K_VIEW, s, "v", "query", "SELECT 1", "owner", now ? "new" : "me", NULL);

    column(m, v, "a", "integer", "1");
    add(m, K_GRANT, v, "reader", "grantee", "reader", "grantor", now ? "new" : "me", "privileges",
        "SELECT", NULL);
    if (now)
        add(m, K_GRANT, v, "me", "grantee", "me", "grantor", "new", "privileges", "SELECT", NULL);
}

static void privileges_follow_another_owner(void **state)
{
    struct two t = plan_of(other_owner, 150000);

    (void)state;
    assert_steps(&t, "ALTER VIEW \"s\".\"v\" OWNER TO \"new\"",
                 "GRANT ALL ON TABLE \"s\".\"v\" TO \"new\"",
                 "GRANT SELECT ON TABLE \"s\".\"v\" TO \"me\"", NULL);
    end(&t);
}

/* ---- types ------------------------------------------------------------------------------------
 */

static struct object *enumeration(struct model *m, struct object *s, const char *name, ...)
{
    struct object *e = add(m, K_ENUM, s, name, "owner", "me", NULL);
    const char *label;
    unsigned n = 0;
    va_list ap;

    va_start(ap, name);
    while ((label = va_arg(ap, const char *))) {
        char position[16];

        snprintf(position, sizeof(position), "%u", ++n);
        add(m, K_ENUM_LABEL, e, label, "position", position, NULL);
    }
    va_end(ap);
    return e;
}

static struct object *table_of(struct model *m, struct object *s, struct object *type,
                               const char *text, const char *value)
{
    struct object *table = add(m, K_TABLE, s, "t", "persistence", "permanent", "access_method",
                               "heap", "owner", "me", NULL);
    struct object *c = column(m, table, "c", text, "1");

    catalog_set(m, c, "default", value);
    model_depend(m, c, type);
    return c;
}

static void more_labels(struct model *m, struct object *s, bool now)
{
    struct object *e = now ? enumeration(m, s, "e", "zero", "a", "half", "b", "c", NULL)
                           : enumeration(m, s, "e", "a", "b", NULL);

    table_of(m, s, e, "s.e", now ? "'half'::s.e" : "'a'::s.e");
}

static void labels_are_added_where_they_belong(void **state)
{
    struct two t = plan_of(more_labels, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "ADD VALUE 'zero' BEFORE 'a'", "ADD VALUE 'half' AFTER 'a'",
                 "ADD VALUE 'c' AFTER 'b'", "SET DEFAULT 'half'::s.e", NULL);
    assert_true(hazards_of(&t, "'half' AFTER") & HAZARD_COMMIT);
    assert_lacks(&t, "RENAME");
    end(&t);
}

static void fewer_labels(struct model *m, struct object *s, bool now)
{
    struct object *e =
        now ? enumeration(m, s, "e", "b", "a", NULL) : enumeration(m, s, "e", "a", "b", "c", NULL);
    struct object *c = table_of(m, s, e, "s.e", "'a'::s.e"), *v, *d;

    v = add(m, K_VIEW, s, "v", "query", "SELECT c FROM s.t", "owner", "me", NULL);
    column(m, v, "c", "s.e", "1");
    d = add(m, K_DOMAIN, s, "d", "type", "s.e", "owner", "me", NULL);
    grant(m, e, "reader", "USAGE");
    model_depend(m, v, c);
    model_depend(m, v, e);
    model_depend(m, d, e);
}

static void a_type_without_a_label_takes_the_others_place(void **state)
{
    struct two t = plan_of(fewer_labels, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "DROP VIEW \"s\".\"v\"", "ALTER TYPE \"s\".\"e\" RENAME TO \"e__old\"",
                 "CREATE TYPE \"s\".\"e\" AS ENUM", "ALTER COLUMN \"c\" DROP DEFAULT",
                 "USING \"c\"::text::s.e", "ALTER COLUMN \"c\" SET DEFAULT 'a'::s.e",
                 "CREATE VIEW \"s\".\"v\"", "DROP TYPE \"s\".\"e__old\"",
                 "GRANT USAGE ON TYPE \"s\".\"e\" TO \"reader\"", NULL);
    assert_steps(&t, "DROP DOMAIN \"s\".\"d\"", "RENAME TO", "CREATE DOMAIN \"s\".\"d\"", NULL);
    assert_lacks(&t, "DROP TABLE");
    assert_lacks(&t, "CASCADE");
    for (size_t i = 0; i < t.plan.steps.len; i++) {
        const struct step *s = &VEC_AT(&t.plan.steps, struct step, i);

        if (strstr(s->sql, "RENAME TO"))
            assert_string_equal(
                s->row_check,
                "SELECT (SELECT count(*) FROM ONLY \"s\".\"t\" WHERE \"c\"::text IN ('c'))");
    }
    end(&t);
}

static void attribute(struct model *m, struct object *c, const char *name, const char *type,
                      const char *position)
{
    add(m, K_ATTRIBUTE, c, name, "type", type, "position", position, NULL);
}

static void changed_composites(struct model *m, struct object *s, bool now)
{
    struct object *grows = add(m, K_COMPOSITE, s, "grows", "owner", "me", NULL);
    struct object *turns = add(m, K_COMPOSITE, s, "turns", "owner", "me", NULL);

    attribute(m, grows, now ? "c" : "a", "integer", now ? "2" : "1");
    attribute(m, grows, "b", "integer", now ? "1" : "2");
    attribute(m, turns, "x", now ? "bigint" : "integer", "1");
    table_of(m, s, turns, "s.turns", NULL);
}

static void attributes_come_and_go(void **state)
{
    struct two t = plan_of(changed_composites, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "ALTER TYPE \"s\".\"grows\" DROP ATTRIBUTE \"a\"",
                 "ALTER TYPE \"s\".\"grows\" ADD ATTRIBUTE \"c\" integer", NULL);
    assert_true(hazards_of(&t, "DROP ATTRIBUTE") & HAZARD_DATA);
    assert_steps(&t, "ALTER TYPE \"s\".\"turns\" RENAME TO \"turns__old\"",
                 "CREATE TYPE \"s\".\"turns\"", "USING \"c\"::text::s.turns",
                 "DROP TYPE \"s\".\"turns__old\"", NULL);
    end(&t);
}

static void changed_domains(struct model *m, struct object *s, bool now)
{
    struct object *d = add(m, K_DOMAIN, s, "d", "type", "integer", "not_null", now ? "yes" : "no",
                           "default", now ? "2" : NULL, "owner", "me", NULL);

    add(m, K_CHECK, d, now ? "new" : "gone", "expression", "(VALUE > 0)", "validated", "yes", NULL);
    table_of(m, s, d, "s.d", NULL);
}

static void a_domain_is_altered(void **state)
{
    struct two t = plan_of(changed_domains, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "ALTER DOMAIN \"s\".\"d\" DROP CONSTRAINT \"gone\"", NULL);
    assert_steps(&t, "ALTER DOMAIN \"s\".\"d\" SET NOT NULL", NULL);
    assert_steps(&t, "ALTER DOMAIN \"s\".\"d\" SET DEFAULT 2", NULL);
    assert_steps(&t, "ALTER DOMAIN \"s\".\"d\" ADD CONSTRAINT \"new\" CHECK ((VALUE > 0))", NULL);
    assert_true(hazards_of(&t, "SET NOT NULL") & HAZARD_ROWS);
    end(&t);
}

static void table_for_enum(struct model *m, struct object *s, bool now)
{
    if (now)
        column(m,
               add(m, K_TABLE, s, "n", "persistence", "permanent", "access_method", "heap", "owner",
                   "me", NULL),
               "a", "integer", "1");
    else
        enumeration(m, s, "n", "a", NULL);
}

static void a_type_leaves_its_name_to_a_table(void **state)
{
    struct two t = plan_of(table_for_enum, 150000);

    (void)state;
    assert_steps(&t, "DROP TYPE \"s\".\"n\"", "CREATE TABLE \"s\".\"n\"", NULL);
    end(&t);
}

/* ---- what a person has to do ------------------------------------------------------------------
 */

static void by_hand(struct model *m, struct object *s, bool now)
{
    struct object *e = add(m, K_EXTENSION, NULL, "x", "version", now ? "2.0" : "1.0", "schema", "s",
                           "owner", "me", NULL);
    struct object *server = add(m, K_FOREIGN_SERVER, NULL, "far", "wrapper", "w", "type",
                                now ? "b" : "a", "owner", "me", NULL);

    (void)e;
    (void)s;
    add(m, K_FOREIGN_DATA_WRAPPER, NULL, "w", "owner", "me", NULL);
    add(m, K_USER_MAPPING, server, "me", NULL);
    add(m, K_SUBSCRIPTION, NULL, "sub", "definition", now ? "publications = {a}" : "", "owner",
        "me", NULL);
}

static void what_holds_rows_secrets_or_slots_is_left_to_a_person(void **state)
{
    struct two t = plan_of(by_hand, 150000);

    (void)state;
    assert_steps(&t, "ALTER EXTENSION \"x\" UPDATE TO '2.0'", NULL);
    assert_true(hazards_of(&t, "ALTER EXTENSION") & HAZARD_MEANING);
    assert_manual(&t, "foreign_server", "far");
    assert_manual(&t, "subscription", "sub");
    assert_lacks(&t, "DROP");
    end(&t);
}

static void published(struct model *m, struct object *s, bool now)
{
    struct object *p = add(m, K_PUBLICATION, NULL, "p", "all_tables", "no", "operations",
                           now ? "insert, update" : "insert", "owner", "me", NULL);
    struct object *v =
        add(m, K_PUBLICATION_TABLE, p, "s.t", "filter", now ? "(a > 1)" : NULL, NULL);
    struct object *table = add(m, K_TABLE, s, "t", "persistence", "permanent", "access_method",
                               "heap", "owner", "me", NULL);

    column(m, table, "a", "integer", "1");
    model_depend(m, v, table);
}

static void a_publication_keeps_its_other_tables(void **state)
{
    struct two t = plan_of(published, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "ALTER PUBLICATION \"p\" DROP TABLE ONLY s.t",
                 "ALTER PUBLICATION \"p\" ADD TABLE ONLY s.t WHERE ((a > 1))", NULL);
    assert_steps(&t, "ALTER PUBLICATION \"p\" SET (publish = 'insert, update')", NULL);
    assert_lacks(&t, "DROP PUBLICATION");
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_view_that_only_grows_is_replaced),
        cmocka_unit_test(what_comes_back_with_a_view_comes_as_it_was),
        cmocka_unit_test(a_body_is_replaced_and_all_is_restated),
        cmocka_unit_test(a_setting_alone_is_set_and_reset),
        cmocka_unit_test(another_result_takes_what_depends_on_it_along),
        cmocka_unit_test(no_overload_stays_behind),
        cmocka_unit_test(a_default_cannot_be_replaced_away),
        cmocka_unit_test(a_function_of_a_views_row_goes_first),
        cmocka_unit_test(kinds_of_routines_share_their_names),
        cmocka_unit_test(a_replaced_trigger_stays_disabled),
        cmocka_unit_test(a_policy_is_altered_where_it_can_be),
        cmocka_unit_test(privileges_change_by_their_difference),
        cmocka_unit_test(default_privileges_do_not_stick_to_what_is_new),
        cmocka_unit_test(privileges_follow_another_owner),
        cmocka_unit_test(labels_are_added_where_they_belong),
        cmocka_unit_test(a_type_without_a_label_takes_the_others_place),
        cmocka_unit_test(attributes_come_and_go),
        cmocka_unit_test(a_domain_is_altered),
        cmocka_unit_test(a_type_leaves_its_name_to_a_table),
        cmocka_unit_test(what_holds_rows_secrets_or_slots_is_left_to_a_person),
        cmocka_unit_test(a_publication_keeps_its_other_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
