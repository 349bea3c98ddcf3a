#include <dbtwin/json.h>

#include <stdio.h>

#include "catalog.h"

static void assert_path(const struct object *o, const char *expected)
{
    struct buf path = BUF_INIT;

    model_path(o, &path);
    assert_string_equal(path.data, expected);
    buf_release(&path);
}

static void an_empty_model_is_its_root(void **state)
{
    struct model m;

    (void)state;
    catalog_init(&m, ENGINE_MY);
    catalog_freeze(&m);
    assert_int_equal(m.n_objects, 1);
    assert_ptr_equal(m.objects[0], m.root);
    assert_path(m.root, "database");
    assert_ptr_equal(m.root->v[P_DATABASE_CHARSET], model_unknown);
    assert_null(m.root->v[P_DATABASE_OWNER]); /* PostgreSQL's */
    assert_null(model_child(&m, m.root, SPACE_RELATION, "t"));
    model_release(&m);
}

static void children_are_sorted_and_found(void **state)
{
    struct model m;
    struct object *schema, *last = NULL;
    char name[16];

    (void)state;
    catalog_init(&m, ENGINE_PG);
    schema = catalog_add(&m, K_SCHEMA, NULL, "public");
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "t%u", i * 7919 % 300);
        catalog_add(&m, i % 3 ? K_TABLE : K_VIEW, schema, name);
    }
    catalog_add(&m, K_FUNCTION, schema, "t7"); /* another space */
    catalog_freeze(&m);
    for (struct object *o = schema->first; o; last = o, o = o->next) {
        assert_ptr_equal(m.objects[o->id], o);
        assert_true(o->id > o->parent->id);
        assert_ptr_equal(model_child(&m, schema, o->kind->space, o->name), o);
        if (last && last->kind->space == o->kind->space)
            assert_true(strcmp(last->name, o->name) < 0);
        if (last)
            assert_int_equal(o->id, last->id + 1);
    }
    assert_ptr_equal(schema->last, last);
    assert_int_equal(model_child(&m, schema, SPACE_ROUTINE, "t7")->kind->id, K_FUNCTION);
    assert_null(model_child(&m, schema, SPACE_RELATION, "t300"));
    assert_null(model_child(&m, schema, SPACE_TYPE, "t7"));
    assert_int_equal(model_count(&m, K_VIEW), 100);
    model_release(&m);
}

static void parts_stand_in_the_order_of_their_places(void **state)
{
    static const char *const places[] = {"10", "2", NULL, "1", NULL, "2"};
    struct arena a = ARENA_INIT;
    struct object *table, *index;
    char name[16], got[16] = "";
    struct model m;
    uint32_t n;

    (void)state;
    catalog_init(&m, ENGINE_MY);
    table = catalog_add(&m, K_TABLE, NULL, "t");
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        snprintf(name, sizeof(name), "%c", (int)('a' + i));
        model_set(&m, catalog_add(&m, K_COLUMN, table, name), P_COLUMN_POSITION, places[i]);
    }
    index = catalog_add(&m, K_INDEX, table, "i");
    for (unsigned i = 1; i <= 11; i++) {
        snprintf(name, sizeof(name), "%u", i);
        catalog_add(&m, K_INDEX_PART, index, name);
    }
    catalog_freeze(&m);
    for (const struct object **c = model_parts(table, K_COLUMN, &a, &n); *c; c++)
        got[strlen(got)] = *(*c)->name;
    assert_string_equal(got, "dbface");
    assert_int_equal(n, ARRAY_LEN(places));
    assert_string_equal(model_parts(index, K_INDEX_PART, &a, NULL)[10]->name, "11");
    assert_null(model_parts(index, K_COLUMN, &a, &n)[0]);
    assert_int_equal(n, 0);
    arena_release(&a);
    model_release(&m);
}

static void two_of_one_identity_are_an_error(void **state)
{
    struct model m;
    struct object *schema;
    struct err err = ERR_INIT;

    (void)state;
    catalog_init(&m, ENGINE_PG);
    schema = catalog_add(&m, K_SCHEMA, NULL, "public");
    catalog_add(&m, K_TABLE, schema, "a.b");
    catalog_add(&m, K_TABLE, schema, "c");
    catalog_add(&m, K_VIEW, schema, "a.b");
    assert_false(model_freeze(&m, &err));
    assert_int_equal(err.cls, ERR_RUNTIME);
    assert_non_null(strstr(err.msg, "table public.\"a.b\""));
    assert_non_null(strstr(err.msg, "view public.\"a.b\""));
    model_release(&m);
}

static void one_name_under_two_parents_is_fine(void **state)
{
    struct model m;

    (void)state;
    catalog_init(&m, ENGINE_PG);
    catalog_add(&m, K_TABLE, catalog_add(&m, K_SCHEMA, NULL, "a"), "t");
    catalog_add(&m, K_TABLE, catalog_add(&m, K_SCHEMA, NULL, "b"), "t");
    catalog_freeze(&m);
    assert_int_equal(m.n_objects, 5);
    model_release(&m);
}

static void paths_quote_what_needs_it(void **state)
{
    static const struct {
        const char *name;
        const char *path;
    } cases[] = {
        {"plain", "plain"},
        {"MiXed case", "MiXed case"},
        {"a.b", "\"a.b\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"", "\"\""},
        {"back\\slash", "back\\slash"},
        {"back\\sla.sh", "\"back\\\\sla.sh\""},
        {"new\nline", "\"new\\x0Aline\""},
        {"\x1b[2J", "\"\\x1B[2J\""},
        {"csi \xc2\x9b", "\"csi \\xC2\\x9B\""},
        {"bad \xff\xc3", "\"bad \\xFF\\xC3\""},
        {"gr\xc3\xb6\xc3\x9f"
         "e",
         "gr\xc3\xb6\xc3\x9f"
         "e"},
        {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6"
         "\x9c"
         "\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"
         "\xe6"
         "\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
         "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6"
         "\x9c"
         "\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"
         "\xe6"
         "\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    };
    struct model m;

    (void)state;
    catalog_init(&m, ENGINE_MY);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct object *table = catalog_add(&m, K_TABLE, NULL, cases[i].name);
        struct buf expected = BUF_INIT;

        assert_path(table, cases[i].path);
        buf_addf(&expected, "%s.id", cases[i].path);
        assert_path(catalog_add(&m, K_COLUMN, table, "id"), expected.data);
        buf_release(&expected);
    }
    catalog_freeze(&m);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(model_child(&m, m.root, SPACE_RELATION, cases[i].name)->name,
                            cases[i].name);
    model_release(&m);
}

static void parts_report_under_their_top(void **state)
{
    struct model m;
    struct object *table, *index, *part, *grant;

    (void)state;
    catalog_init(&m, ENGINE_PG);
    table = catalog_add(&m, K_TABLE, catalog_add(&m, K_SCHEMA, NULL, "s"), "t");
    index = catalog_add(&m, K_INDEX, table, "i");
    part = catalog_add(&m, K_INDEX_PART, index, "1");
    grant = catalog_add(&m, K_GRANT, NULL, "PUBLIC");
    assert_ptr_equal(model_top(part), table);
    assert_ptr_equal(model_top(table), table);
    assert_ptr_equal(model_top(grant), m.root);
    model_release(&m);
}

static void dependencies_are_sorted_and_single(void **state)
{
    struct model m;
    struct object *a, *b, *c;

    (void)state;
    catalog_init(&m, ENGINE_MA);
    c = catalog_add(&m, K_VIEW, NULL, "c");
    b = catalog_add(&m, K_VIEW, NULL, "b");
    a = catalog_add(&m, K_TABLE, NULL, "a");
    model_depend(&m, c, b);
    model_depend(&m, b, a);
    model_depend(&m, c, b);
    model_depend(&m, a, a);
    catalog_freeze(&m);
    assert_int_equal(m.deps.len, 2);
    assert_ptr_equal(VEC_AT(&m.deps, struct dependency, 0).from, b);
    assert_ptr_equal(VEC_AT(&m.deps, struct dependency, 1).from, c);
    model_release(&m);
}

static void slots_have_three_states(void **state)
{
    struct model m;
    struct object *table;

    (void)state;
    catalog_init(&m, ENGINE_PG);
    table = catalog_add(&m, K_TABLE, catalog_add(&m, K_SCHEMA, NULL, "s"), "t");
    assert_ptr_equal(table->v[P_TABLE_COMMENT], model_unknown);
    assert_null(model_get(table, P_TABLE_COMMENT));
    model_set(&m, table, P_TABLE_COMMENT, NULL);
    assert_null(table->v[P_TABLE_COMMENT]);
    model_set(&m, table, P_TABLE_COMMENT, "");
    assert_string_equal(table->v[P_TABLE_COMMENT], "");
    model_set(&m, table, P_TABLE_COMMENT, model_unknown);
    assert_ptr_equal(table->v[P_TABLE_COMMENT], model_unknown);
    assert_false(model_yes(table, P_TABLE_ROW_SECURITY));
    model_set(&m, table, P_TABLE_ROW_SECURITY, "yes");
    assert_true(model_yes(table, P_TABLE_ROW_SECURITY));
    model_release(&m);
}

static void json_says_what_the_model_has(void **state)
{
    struct model m;
    struct object *table;
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    struct json *v;
    const struct json *o;
    int64_t format;
    bool charset = false;

    (void)state;
    catalog_init(&m, ENGINE_MY);
    table = catalog_add(&m, K_TABLE, NULL, "t\n\"\xff");
    model_set(&m, table, P_TABLE_ENGINE, "InnoDB");
    model_set(&m, table, P_TABLE_COMMENT, NULL);
    model_gap(&m, "event", NULL, "no right to see events");
    catalog_freeze(&m);
    assert_true(model_to_json(&m, &out, &err));
    v = json_parse(buf_slice(&out), &err);
    if (!v)
        fail_msg("%s", err.msg);
    assert_true(json_number(json_get(v, "dbtwin"), &format) && format == 1);
    assert_string_equal(json_text(json_get(v, "engine")), "mysql");
    o = json_at(json_get(json_get(v, "root"), "children"), 0);
    assert_string_equal(json_text(json_get(o, "name")), "t\n\"\\xFF");
    assert_string_equal(json_text(json_get(json_get(o, "properties"), "engine")), "InnoDB");
    assert_null(json_get(json_get(o, "properties"), "comment"));
    for (size_t i = 0; i < json_len(json_get(o, "unknown")); i++) {
        const char *name = json_text(json_at(json_get(o, "unknown"), i));

        charset |= strcmp(name, "charset") == 0;
        assert_string_not_equal(name, "engine");
        assert_string_not_equal(name, "comment");
        assert_string_not_equal(name, "owner"); /* PostgreSQL's: known to be nothing */
    }
    assert_true(charset);
    assert_string_equal(json_text(json_get(json_at(json_get(v, "not_compared"), 0), "kind")),
                        "event");
    json_free(v);
    buf_release(&out);
    model_release(&m);
}

static void json_refuses_what_is_none(void **state)
{
    static const char *const bad[] = {"", "{", "{\"a\":1,\"a\":2}", "[1,]", "\"\xff\"", "1 2"};
    struct err err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err_clear(&err);
        assert_null(json_parse((struct slice){bad[i], strlen(bad[i])}, &err));
        assert_int_equal(err.cls, ERR_CORRUPT);
    }
}

static void the_tree_cannot_command_a_terminal(void **state)
{
    struct model m;
    struct object *table;
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    const char *second, *tenth;

    (void)state;
    catalog_init(&m, ENGINE_MY);
    table = catalog_add(&m, K_TABLE, NULL, "t\x1b[31m");
    model_set(&m, table, P_TABLE_COMMENT, "red \x1b[31m\xc2\x9b");
    model_set(&m, catalog_add(&m, K_COLUMN, table, "tenth"), P_COLUMN_POSITION, "10");
    model_set(&m, catalog_add(&m, K_COLUMN, table, "zweite"), P_COLUMN_POSITION, "2");
    catalog_freeze(&m);
    assert_true(model_to_tree(&m, &out, &err));
    assert_null(strchr(out.data, '\x1b'));
    assert_null(strstr(out.data, "\xc2\x9b"));
    second = strstr(out.data, "column zweite");
    tenth = strstr(out.data, "column tenth");
    assert_non_null(second);
    assert_true(second < tenth);
    buf_release(&out);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_model_is_its_root),
        cmocka_unit_test(children_are_sorted_and_found),
        cmocka_unit_test(parts_stand_in_the_order_of_their_places),
        cmocka_unit_test(two_of_one_identity_are_an_error),
        cmocka_unit_test(one_name_under_two_parents_is_fine),
        cmocka_unit_test(paths_quote_what_needs_it),
        cmocka_unit_test(parts_report_under_their_top),
        cmocka_unit_test(dependencies_are_sorted_and_single),
        cmocka_unit_test(slots_have_three_states),
        cmocka_unit_test(json_says_what_the_model_has),
        cmocka_unit_test(json_refuses_what_is_none),
        cmocka_unit_test(the_tree_cannot_command_a_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
