/* The order of a plan, and the circles in it. */
#include "plan.h"

/* ---- order ------------------------------------------------------------------------------------
 */

static void an_empty_database_needs_two_removals(void **state)
{
    struct model m;
    struct plan p;

    (void)state;
    catalog_init(&m, ENGINE_PG);
    p = make(&m, NULL);
    assert_int_equal(p.steps.len, 2);
    step_at(&p, "DROP SCHEMA IF EXISTS public");
    step_at(&p, "DROP EXTENSION IF EXISTS plpgsql");
    assert_int_equal(p.refusals.len, 0);
    end(&p, &m);
}

static void phases_follow_the_data(void **state)
{
    struct model m;
    struct object *schema, *a, *b, *key, *index, *part, *fk;
    const struct step *s;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    a = add_table(&m, schema, "a");
    b = add_table(&m, schema, "b");
    catalog_set(&m, b, "bytes", "4096");
    key = add_key(&m, a, "a_key");
    index = catalog_add_known(&m, K_INDEX, b, "b_index");
    catalog_set(&m, index, "method", "btree");
    part = catalog_add_known(&m, K_INDEX_PART, index, "1");
    catalog_set(&m, part, "expression", "id");
    fk = catalog_add_known(&m, K_FOREIGN_KEY, b, "b_fk");
    catalog_set(&m, fk, "columns", "id");
    catalog_set(&m, fk, "references", "s.a");
    catalog_set(&m, fk, "ref_columns", "id");
    catalog_set(&m, fk, "match", "simple");
    model_depend(&m, fk, key);
    p = make(&m, NULL);
    s = step_of(&p, "CREATE TABLE \"s\".\"b\"");
    assert_int_equal(s->phase, PHASE_PRE);
    assert_null(s->table);
    s = step_of(&p, "CREATE UNIQUE INDEX \"a_key\" ON \"s\".\"a\" (id)");
    assert_int_equal(s->phase, PHASE_POST);
    assert_ptr_equal(s->table, a);
    s = step_of(&p, "ALTER TABLE ONLY \"s\".\"a\" ADD CONSTRAINT \"a_key\" PRIMARY KEY USING");
    assert_int_equal(s->phase, PHASE_POST);
    assert_ptr_equal(s->table, a);
    s = step_of(&p, "CREATE INDEX \"b_index\" ON \"s\".\"b\" USING \"btree\" (id)");
    assert_int_equal(s->phase, PHASE_POST);
    assert_ptr_equal(s->table, b);
    assert_true(s->weight >= 4096 && s->weight % 4096 == 0);
    assert_string_equal(s->what, "index s.b.b_index");
    s = step_of(&p, "ALTER TABLE ONLY \"s\".\"b\" ADD CONSTRAINT \"b_fk\" FOREIGN KEY (id) "
                    "REFERENCES \"s\".\"a\" (id) NOT VALID");
    assert_int_equal(s->phase, PHASE_FK);
    s = step_of(&p, "ALTER TABLE ONLY \"s\".\"b\" VALIDATE CONSTRAINT \"b_fk\"");
    assert_int_equal(s->phase, PHASE_FK);
    assert_int_equal(p.refusals.len, 0);
    for (size_t i = 1; i < p.steps.len; i++)
        assert_true(VEC_AT(&p.steps, struct step, i - 1).phase <=
                    VEC_AT(&p.steps, struct step, i).phase);
    end(&p, &m);
}

static void needs_come_before_kinds_and_names(void **state)
{
    struct model m;
    struct object *schema, *table, *view, *other, *function;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    view = add_view(&m, schema, "a_view", " SELECT z_view.id FROM z_view;");
    other = add_view(&m, schema, "z_view", " SELECT 1 AS id;");
    table = add_table(&m, schema, "t");
    function = add_function(&m, schema, "f(t)");
    model_depend(&m, view, other);
    model_depend(&m, function, table);
    p = make(&m, NULL);
    assert_before(&p, "CREATE SCHEMA \"s\"", "CREATE TABLE \"s\".\"t\"");
    assert_before(&p, "CREATE VIEW \"s\".\"z_view\"", "CREATE VIEW \"s\".\"a_view\"");
    assert_before(&p, "CREATE TABLE \"s\".\"t\"", "CREATE OR REPLACE FUNCTION f(t)");
    assert_string_equal(step_of(&p, "CREATE VIEW \"s\".\"z_view\"")->sql,
                        "CREATE VIEW \"s\".\"z_view\" AS\n SELECT 1 AS id");
    end(&p, &m);
}

static void a_view_follows_the_key_it_needs(void **state)
{
    struct model m;
    struct object *schema, *table, *view;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    table = add_table(&m, schema, "t");
    view = add_view(&m, schema, "v", "SELECT id FROM s.t GROUP BY id");
    model_depend(&m, view, add_key(&m, table, "t_key"));
    model_depend(&m, add_view(&m, schema, "a", "SELECT * FROM s.v"), view);
    p = make(&m, NULL);
    assert_int_equal(step_of(&p, "CREATE VIEW \"s\".\"v\"")->phase, PHASE_FINAL);
    assert_int_equal(step_of(&p, "CREATE VIEW \"s\".\"a\"")->phase, PHASE_FINAL);
    assert_before(&p, "CREATE VIEW \"s\".\"v\"", "CREATE VIEW \"s\".\"a\"");
    assert_int_equal(p.refusals.len, 0);
    end(&p, &m);
}

/* The table's data must be loaded before the key is made, so the view is made in two halves. */
static void a_table_never_waits_for_a_key(void **state)
{
    struct model m;
    struct object *schema, *table, *view, *function, *user;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    table = add_table(&m, schema, "t");
    view = add_view(&m, schema, "v", "SELECT id FROM s.t GROUP BY id");
    model_depend(&m, view, add_key(&m, table, "t_key"));
    function = add_function(&m, schema, "f(s.v)");
    model_depend(&m, function, view);
    user = add_table(&m, schema, "user");
    model_depend(&m, user, function);
    p = make(&m, NULL);
    assert_int_equal(step_of(&p, "CREATE TABLE \"s\".\"user\"")->phase, PHASE_PRE);
    assert_string_equal(step_of(&p, "CREATE VIEW \"s\".\"v\"")->sql,
                        "CREATE VIEW \"s\".\"v\" AS\nSELECT\n    NULL::integer AS \"id\"");
    assert_before(&p, "CREATE VIEW \"s\".\"v\"", "CREATE OR REPLACE FUNCTION f(s.v)");
    assert_before(&p, "CREATE OR REPLACE FUNCTION f(s.v)", "CREATE TABLE \"s\".\"user\"");
    assert_int_equal(step_of(&p, "CREATE OR REPLACE VIEW \"s\".\"v\"")->phase, PHASE_FINAL);
    assert_int_equal(p.refusals.len, 0);
    end(&p, &m);
}

static void the_order_does_not_depend_on_the_order_of_reading(void **state)
{
    static const char *const names[] = {"d", "b", "e", "a", "c"};
    struct model m[2];
    struct plan p[2];

    (void)state;
    for (int k = 0; k < 2; k++) {
        struct object *schema;

        start(&m[k]);
        schema = catalog_add_known(&m[k], K_SCHEMA, NULL, "s");
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
            add_table(&m[k], schema, names[k ? ARRAY_LEN(names) - 1 - i : i]);
        p[k] = make(&m[k], NULL);
    }
    assert_int_equal(p[0].steps.len, p[1].steps.len);
    for (size_t i = 0; i < p[0].steps.len; i++)
        assert_string_equal(VEC_AT(&p[0].steps, struct step, i).sql,
                            VEC_AT(&p[1].steps, struct step, i).sql);
    assert_before(&p[0], "CREATE TABLE \"s\".\"a\"", "CREATE TABLE \"s\".\"b\"");
    end(&p[0], &m[0]);
    end(&p[1], &m[1]);
}

/* ---- circles ----------------------------------------------------------------------------------
 */

static void a_default_of_its_own_row_type_comes_late(void **state)
{
    struct model m;
    struct object *schema, *table, *function, *check;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    table = add_table(&m, schema, "t");
    catalog_set(&m, table->first, "default", "s.f(NULL)");
    function = add_function(&m, schema, "f(s.t)");
    model_depend(&m, table, function);
    model_depend(&m, function, table);
    check = catalog_add_known(&m, K_CHECK, table, "ok");
    catalog_set(&m, check, "expression", "id > 0");
    p = make(&m, NULL);
    assert_string_equal(step_of(&p, "CREATE TABLE \"s\".\"t\"")->sql,
                        "CREATE TABLE \"s\".\"t\" (\n    \"id\" integer\n)");
    assert_before(&p, "CREATE OR REPLACE FUNCTION f(s.t)",
                  "ALTER TABLE ONLY \"s\".\"t\" ALTER COLUMN \"id\" SET DEFAULT s.f(NULL)");
    step_at(&p, "ALTER TABLE \"s\".\"t\" ADD CONSTRAINT \"ok\" CHECK (id > 0)");
    assert_int_equal(p.refusals.len, 0);
    end(&p, &m);
}

static void only_the_check_in_the_circle_comes_late(void **state)
{
    struct model m;
    struct object *schema, *domain, *function, *check;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    domain = catalog_add_known(&m, K_DOMAIN, schema, "d");
    catalog_set(&m, domain, "type", "integer");
    check = catalog_add_known(&m, K_CHECK, domain, "circle");
    catalog_set(&m, check, "expression", "s.f(VALUE)");
    catalog_set(&m, catalog_add_known(&m, K_CHECK, domain, "plain"), "expression", "VALUE > 0");
    function = add_function(&m, schema, "f(s.d)");
    model_depend(&m, check, function);
    model_depend(&m, function, domain);
    p = make(&m, NULL);
    assert_string_equal(step_of(&p, "CREATE DOMAIN")->sql,
                        "CREATE DOMAIN \"s\".\"d\" AS integer\n"
                        "    CONSTRAINT \"plain\" CHECK (VALUE > 0)");
    assert_before(&p, "CREATE OR REPLACE FUNCTION f(s.d)",
                  "ALTER DOMAIN \"s\".\"d\" ADD CONSTRAINT \"circle\" CHECK (s.f(VALUE))");
    end(&p, &m);
}

static void a_base_type_begins_as_a_shell(void **state)
{
    struct model m;
    struct object *schema, *type, *in, *table;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    type = catalog_add_known(&m, K_BASE_TYPE, schema, "b");
    catalog_set(&m, type, "input", "s.b_in");
    catalog_set(&m, type, "output", "s.b_out");
    in = add_function(&m, schema, "b_in(cstring)");
    model_depend(&m, type, in);
    model_depend(&m, in, type);
    table = add_table(&m, schema, "a");
    model_depend(&m, table, type);
    p = make(&m, NULL);
    for (size_t i = 0; i < p.steps.len; i++) /* the shell and the type: two steps begin alike */
        if (strcmp(VEC_AT(&p.steps, struct step, i).sql, "CREATE TYPE \"s\".\"b\"") == 0)
            assert_true(i < step_at(&p, "CREATE OR REPLACE FUNCTION b_in(cstring)"));
    assert_before(&p, "CREATE OR REPLACE FUNCTION b_in(cstring)",
                  "CREATE TYPE \"s\".\"b\" (INPUT = s.b_in, OUTPUT = s.b_out)");
    assert_before(&p, "CREATE TYPE \"s\".\"b\" (", "CREATE TABLE \"s\".\"a\"");
    end(&p, &m);
}

static void a_circle_that_cannot_be_cut_is_refused(void **state)
{
    struct model m;
    struct object *schema, *f, *g;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    f = add_function(&m, schema, "f()");
    g = add_function(&m, schema, "g()");
    model_depend(&m, f, g);
    model_depend(&m, g, f);
    add_table(&m, schema, "t");
    p = make(&m, NULL);
    assert_int_equal(p.refusals.len, 1);
    assert_named(&p.refusals, "function", "s.f()", "cycle");
    step_at(&p, "CREATE TABLE \"s\".\"t\"");
    end(&p, &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_database_needs_two_removals),
        cmocka_unit_test(phases_follow_the_data),
        cmocka_unit_test(needs_come_before_kinds_and_names),
        cmocka_unit_test(a_view_follows_the_key_it_needs),
        cmocka_unit_test(a_table_never_waits_for_a_key),
        cmocka_unit_test(the_order_does_not_depend_on_the_order_of_reading),
        cmocka_unit_test(a_default_of_its_own_row_type_comes_late),
        cmocka_unit_test(only_the_check_in_the_circle_comes_late),
        cmocka_unit_test(a_base_type_begins_as_a_shell),
        cmocka_unit_test(a_circle_that_cannot_be_cut_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
