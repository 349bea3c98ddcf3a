/* Privileges and owners of PostgreSQL, changed in place. */
#include "change_postgres.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(privileges_change_by_their_difference),
        cmocka_unit_test(default_privileges_do_not_stick_to_what_is_new),
        cmocka_unit_test(privileges_follow_another_owner),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
