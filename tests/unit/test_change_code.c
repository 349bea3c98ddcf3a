/* Views, routines, triggers and policies of PostgreSQL, changed in place. */
#include "change_postgres.h"

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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
