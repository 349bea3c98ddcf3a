/* What a plan refuses, what it leaves out, and models that no plan can be made of. */
#include "plan.h"

static void a_gap_is_refused_unless_left_out(void **state)
{
    static const char *const without[] = {"pg_secret", NULL};

    (void)state;
    for (int k = 0; k < 2; k++) {
        struct model m;
        struct plan p;

        start(&m);
        model_gap(&m, "pg_secret", "s.x", "this role may not read it");
        p = make(&m, k ? without : NULL);
        assert_int_equal(p.refusals.len, k ? 0 : 1);
        assert_named(k ? &p.left_out : &p.refusals, "pg_secret", "s.x", "may not read");
        end(&p, &m);
    }
}

static void an_unknown_property_is_refused(void **state)
{
    struct model m;
    struct object *schema, *table;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    table = add_table(&m, schema, "t");
    catalog_set(&m, table->first, "default", model_unknown);
    catalog_set(&m, table, "bytes", model_unknown); /* an estimate: not needed */
    p = make(&m, NULL);
    assert_int_equal(p.refusals.len, 1);
    assert_named(&p.refusals, "column", "s.t.id", "default could not be read");
    end(&p, &m);
}

static void a_kind_without_a_rule_is_refused(void **state)
{
    static const char *const without[] = {"package", NULL};

    (void)state;
    for (int k = 0; k < 2; k++) {
        struct model m;
        struct plan p;

        start(&m);
        catalog_add_known(&m, K_PACKAGE, NULL, "p"); /* not PostgreSQL's */
        p = make(&m, k ? without : NULL);
        assert_int_equal(p.refusals.len, k ? 0 : 1);
        assert_named(k ? &p.left_out : &p.refusals, "package", "p", k ? "--without" : "cannot");
        end(&p, &m);
    }
}

static void what_needs_what_is_left_out_goes_too(void **state)
{
    static const char *const without[] = {"function", NULL};
    struct model m;
    struct object *schema, *table, *check, *function, *view, *other, *kept;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    function = add_function(&m, schema, "f()");
    table = add_table(&m, schema, "t");
    check = catalog_add_known(&m, K_CHECK, table, "c");
    catalog_set(&m, check, "expression", "s.f() > 0");
    model_depend(&m, check, function);
    view = add_view(&m, schema, "v", "SELECT s.f() AS id");
    model_depend(&m, view, function);
    other = add_view(&m, schema, "w", "SELECT id FROM s.v");
    model_depend(&m, other, view);
    kept = add_view(&m, schema, "kept", "SELECT id FROM s.t");
    model_depend(&m, kept, table);
    p = make(&m, without);
    assert_false(has_step(&p, "FUNCTION"));
    assert_false(has_step(&p, "\"v\""));
    assert_false(has_step(&p, "\"w\""));
    assert_false(has_step(&p, "CHECK"));
    step_at(&p, "CREATE TABLE \"s\".\"t\"");
    step_at(&p, "CREATE VIEW \"s\".\"kept\"");
    assert_int_equal(p.refusals.len, 0);
    assert_int_equal(p.left_out.len, 4);
    assert_named(&p.left_out, "function", "s.f()", "--without function");
    assert_named(&p.left_out, "check", "s.t.c", "needs the function s.f()");
    assert_named(&p.left_out, "view", "s.v", "needs the function s.f()");
    assert_named(&p.left_out, "view", "s.w", "needs the view s.v");
    end(&p, &m);
}

static void a_column_takes_its_table_along(void **state)
{
    static const char *const without[] = {"enum", NULL};
    struct model m;
    struct object *schema, *type, *table;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    type = catalog_add_known(&m, K_ENUM, schema, "e");
    catalog_set(&m, catalog_add_known(&m, K_ENUM_LABEL, type, "a"), "position", "1");
    table = add_table(&m, schema, "t");
    add_key(&m, table, "t_key");
    model_depend(&m, table->first, type);
    p = make(&m, without);
    assert_false(has_step(&p, "\"t\""));
    assert_int_equal(p.left_out.len, 2);
    assert_named(&p.left_out, "enum", "s.e", "--without enum");
    assert_named(&p.left_out, "table", "s.t", "needs the enum s.e");
    end(&p, &m);
}

static void an_unknown_kind_is_a_mistake_of_the_caller(void **state)
{
    static const char *const without[] = {"tabel", NULL};
    struct plan_options opt = {.without = without};
    struct err err = ERR_INIT;
    struct model m;
    struct plan p;

    (void)state;
    catalog_init(&m, ENGINE_PG);
    catalog_freeze(&m);
    assert_false(plan_create(&p, &m, &opt, &err));
    assert_int_equal(err.cls, ERR_USAGE);
    assert_non_null(strstr(err.msg, "tabel"));
    model_release(&m);
}

/* The kinds between the root and one of this kind, each with a name and nothing else. */
static struct object *add_bare(struct model *m, enum kind_id k)
{
    enum kind_id parent = kinds[k].parent;
    struct object *above = NULL;

    if (parent == K_ANY || parent == K_RELATION)
        parent = K_TABLE;
    if (parent == K_SCHEMA && m->flavor != ENGINE_PG)
        parent = K_DATABASE;
    if (parent != K_DATABASE)
        above = add_bare(m, parent);
    return catalog_add_known(m, k, above, kinds[k].name);
}

static void plan_bare(unsigned flavor, enum kind_id k)
{
    static const enum kind_id lacking[] = {K_COLUMN, K_CHECK,   K_FOREIGN_KEY,
                                           K_INDEX,  K_TRIGGER, K_VIEW};
    struct plan_options opt = {.owners = true, .grants = true};
    struct err err = ERR_INIT;
    struct model m;
    struct plan p;

    catalog_init(&m, flavor);
    add_bare(&m, k);
    catalog_freeze(&m);
    if (plan_create(&p, &m, &opt, &err)) {
        for (size_t i = 0; i < ARRAY_LEN(lacking); i++)
            if (lacking[i] == k)
                fail_msg("a %s without anything has a plan", kinds[k].name);
        plan_release(&p);
    } else {
        assert_int_equal(err.cls, ERR_CORRUPT);
        assert_non_null(strstr(err.msg, "damaged"));
    }
    model_release(&m);
}

static void what_a_file_leaves_out_of_any_kind_is_an_error(void **state)
{
    static const unsigned flavors[] = {ENGINE_PG, ENGINE_MY, ENGINE_MA};

    (void)state;
    for (size_t f = 0; f < ARRAY_LEN(flavors); f++)
        for (int k = 0; k < K_COUNT; k++)
            if (k != K_DATABASE && (kinds[k].engines & flavors[f]))
                plan_bare(flavors[f], (enum kind_id)k);
}

/* The message names the object and the property. */
static void what_is_missing_is_named(void **state)
{
    struct plan_options opt = {0};
    struct err err = ERR_INIT;
    struct model m;
    struct object *table;
    struct plan p;

    (void)state;
    start(&m);
    table = add_table(&m, catalog_add_known(&m, K_SCHEMA, NULL, "s"), "t");
    catalog_add_known(&m, K_UNIQUE, table, "t_key");
    catalog_freeze(&m);
    assert_false(plan_create(&p, &m, &opt, &err));
    assert_int_equal(err.cls, ERR_CORRUPT);
    assert_non_null(strstr(err.msg, "unique s.t.t_key lacks the property columns"));
    model_release(&m);
}

static void assert_corrupt(struct model *m, const char *what)
{
    struct plan_options opt = {0};
    struct err err = ERR_INIT;
    struct plan p;

    catalog_freeze(m);
    assert_false(plan_create(&p, m, &opt, &err));
    assert_int_equal(err.cls, ERR_CORRUPT);
    if (!strstr(err.msg, what))
        fail_msg("%s", err.msg);
    model_release(m);
}

static void numbers_names_and_places_are_checked(void **state)
{
    struct model m;
    struct object *table;
    char *name = malloc(70001);

    (void)state;
    start(&m);
    table = add_table(&m, catalog_add_known(&m, K_SCHEMA, NULL, "s"), "t");
    catalog_set(&m, table->first, "statistics", "1; DROP TABLE x");
    assert_corrupt(&m, "statistics");
    start(&m);
    table = add_table(&m, catalog_add_known(&m, K_SCHEMA, NULL, "s"), "t");
    catalog_set(&m, table->first, "statistics", "123456789012345678901");
    assert_corrupt(&m, "statistics");
    start(&m);
    memset(name, 'x', 70000);
    name[70000] = '\0';
    add_table(&m, catalog_add_known(&m, K_SCHEMA, NULL, "s"), name);
    free(name);
    assert_corrupt(&m, "no server accepts");
    start(&m);
    add_table(&m, NULL, "t");
    assert_corrupt(&m, "is not in a schema");
    start(&m);
    catalog_add_known(&m, K_OPERATOR_CLASS, catalog_add_known(&m, K_SCHEMA, NULL, "s"), "c");
    assert_corrupt(&m, "operator_class");
}

/* Views of a circle, one of which is filled: the search for foreign tables ends. */
static void views_may_go_round_in_a_file(void **state)
{
    struct plan_options opt = {0};
    struct err err = ERR_INIT;
    struct model m;
    struct object *schema, *a, *b;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    a = catalog_add_known(&m, K_MATERIALIZED_VIEW, schema, "a");
    b = catalog_add_known(&m, K_MATERIALIZED_VIEW, schema, "b");
    catalog_set(&m, a, "query", "SELECT 1");
    catalog_set(&m, b, "query", "SELECT 1");
    catalog_set(&m, a, "populated", "yes");
    model_depend(&m, a, b);
    model_depend(&m, b, a);
    catalog_freeze(&m);
    for (uint32_t i = 0; i < m.n_objects; i++)
        if (m.objects[i]->kind->id == K_EXTENSION)
            for (unsigned slot = 0; slot < m.objects[i]->kind->n_props; slot++)
                m.objects[i]->v[slot] = NULL;
    assert_true(plan_create(&p, &m, &opt, &err));
    assert_named(&p.refusals, "materialized_view", "s.a", "dependency cycle");
    plan_release(&p);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_is_refused_unless_left_out),
        cmocka_unit_test(an_unknown_property_is_refused),
        cmocka_unit_test(a_kind_without_a_rule_is_refused),
        cmocka_unit_test(what_needs_what_is_left_out_goes_too),
        cmocka_unit_test(a_column_takes_its_table_along),
        cmocka_unit_test(an_unknown_kind_is_a_mistake_of_the_caller),
        cmocka_unit_test(what_a_file_leaves_out_of_any_kind_is_an_error),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(numbers_names_and_places_are_checked),
        cmocka_unit_test(views_may_go_round_in_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
