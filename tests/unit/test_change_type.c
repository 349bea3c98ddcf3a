/* Types of PostgreSQL changed in place, and what is left to a person. */
#include "change_postgres.h"

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

/* ---- what goes, while an old table has columns of it ------------------------------------------
 */

static void swapped_table(struct model *m, struct object *s, bool now)
{
    struct object *e = NULL, *d = NULL, *k = NULL, *r, *t, *c;

    if (!now) {
        e = enumeration(m, s, "e", "a", NULL);
        k = add(m, K_COLLATION, s, "k", "provider", "libc", "owner", "me", NULL);
    }
    d = add(m, K_DOMAIN, s, "d", "type", now ? "text" : "s.e", "owner", "me", NULL);
    if (!now) {
        model_depend(m, d, e);
        add(m, K_CHECK, d, "positive", "expression", "CHECK (VALUE IS NOT NULL)", NULL);
    }
    r = add(m, K_RANGE, s, "r", "subtype", "integer", "multirange", "s.rs", "opclass",
            now ? "s.other" : "int4_ops", "owner", "me", NULL);
    t = add(m, K_TABLE, s, "t", "persistence", "permanent", "access_method", "heap", "owner", "me",
            "partition_key", now ? "HASH (id)" : NULL, NULL);
    column(m, t, "id", "integer", "1");
    if (now)
        return;
    c = column(m, t, "gone", "s.d", "2");
    model_depend(m, c, d);
    c = column(m, t, "spans", "s.rs", "4");
    model_depend(m, c, r);
    c = column(m, t, "text", "text", "3");
    catalog_set(m, c, "collation", "s.k");
    model_depend(m, c, k);
}

static void attribute_of_a_remade_domain(struct model *m, struct object *s, bool now)
{
    struct object *d =
        add(m, K_DOMAIN, s, "d", "type", now ? "integer" : "text", "owner", "me", NULL);
    struct object *c = add(m, K_COMPOSITE, s, "c", "owner", "me", NULL), *a;

    add(m, K_ATTRIBUTE, c, "x", "type", "integer", "position", "1", NULL);
    if (now) {
        a = add(m, K_ATTRIBUTE, c, "y", "type", "s.d", "position", "2", NULL);
        model_depend(m, a, d);
    }
}

static void an_attribute_waits_for_its_type(void **state)
{
    struct two t = plan_of(attribute_of_a_remade_domain, 150000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "DROP DOMAIN", "CREATE DOMAIN \"s\".\"d\"", "ADD ATTRIBUTE \"y\" s.d", NULL);
    end(&t);
}

static void types_of_an_old_table_wait_with_it(void **state)
{
    struct two t = plan_of(swapped_table, 180000);

    (void)state;
    assert_all_is_planned(&t);
    assert_steps(&t, "ALTER TABLE \"s\".\"t\" SET SCHEMA \"dbtwin_aside\"",
                 "ALTER DOMAIN \"s\".\"d\" DROP CONSTRAINT \"positive\"",
                 "ALTER DOMAIN \"s\".\"d\" SET SCHEMA \"dbtwin_aside\"",
                 "ALTER TYPE \"s\".\"e\" SET SCHEMA \"dbtwin_aside\"", "INSERT INTO \"s\".\"t\"",
                 "DROP TABLE \"dbtwin_aside\".\"t\"", "DROP TYPE ", "DROP COLLATION ",
                 "DROP SCHEMA \"dbtwin_aside\"", NULL);
    assert_steps(&t, "ALTER DOMAIN \"s\".\"d\" SET", "CREATE DOMAIN \"s\".\"d\"", "DROP TYPE ",
                 "\"dbtwin_aside\".\"e\"", NULL);
    assert_steps(&t, "ALTER COLLATION \"s\".\"k\" SET SCHEMA", "DROP TYPE ",
                 "\"dbtwin_aside\".\"d\"", "DROP COLLATION \"dbtwin_aside\".\"k\"", NULL);
    assert_steps(&t, "ALTER FUNCTION \"s\".\"r\"(integer, integer) SET SCHEMA \"dbtwin_aside\"",
                 "ALTER FUNCTION \"s\".\"r\"(integer, integer, text) SET SCHEMA",
                 "ALTER FUNCTION s.rs() SET SCHEMA", "ALTER TYPE s.rs SET SCHEMA",
                 "ALTER TYPE \"s\".\"r\" SET SCHEMA", "CREATE TYPE \"s\".\"r\" AS RANGE", NULL);
    assert_lacks(&t, "DROP DOMAIN");
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_added_where_they_belong),
        cmocka_unit_test(a_type_without_a_label_takes_the_others_place),
        cmocka_unit_test(attributes_come_and_go),
        cmocka_unit_test(a_domain_is_altered),
        cmocka_unit_test(a_type_leaves_its_name_to_a_table),
        cmocka_unit_test(what_holds_rows_secrets_or_slots_is_left_to_a_person),
        cmocka_unit_test(a_publication_keeps_its_other_tables),
        cmocka_unit_test(an_attribute_waits_for_its_type),
        cmocka_unit_test(types_of_an_old_table_wait_with_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
