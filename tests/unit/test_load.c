#include <stdio.h>

#include "catalog.h"

/* A PostgreSQL model with the schema "s" (id 1) and the table "t" (id 2). */
static struct object *start(struct model *m)
{
    struct err err = ERR_INIT;
    bool ok;

    catalog_init(m, ENGINE_PG);
    ok = catalog_load(m, "schema", ALIASES("_id", "_name"), ROW("1", "s"), &err) &&
         catalog_load(m, "table", ALIASES("_id", "_parent", "_name", "owner"),
                      ROW("2", "1", "t", "me"), &err);
    if (!ok)
        fail_msg("%s", err.msg);
    return m->root->first->first;
}

static void rows_become_objects(void **state)
{
    struct model m;
    struct object *table = start(&m), *column;
    struct err err = ERR_INIT;

    (void)state;
    assert_string_equal(table->v[P_TABLE_OWNER], "me");
    assert_ptr_equal(table->v[P_TABLE_COMMENT], model_unknown); /* not selected */
    assert_null(table->v[P_TABLE_ENGINE]);                      /* MySQL's */
    assert_true(catalog_load(&m, "column",
                             ALIASES("_parent", "_name", "type", "default", "comment"),
                             ROW("2", "c", "integer", NULL, ""), &err));
    column = table->first;
    assert_int_equal(column->kind->id, K_COLUMN);
    assert_string_equal(column->v[P_COLUMN_TYPE], "integer");
    assert_null(column->v[P_COLUMN_DEFAULT]);
    assert_string_equal(column->v[P_COLUMN_COMMENT], "");
    assert_ptr_equal(column->v[P_COLUMN_NOT_NULL], model_unknown);
    model_release(&m);
}

static void a_query_can_have_many_kinds(void **state)
{
    struct model m;
    struct object *table = start(&m);
    struct err err = ERR_INIT;
    struct loader *l =
        loader_start(&m, "keys", 6,
                     ROW("_kind", "_parent", "_name", "columns", "expression", "deferrable"), &err);

    (void)state;
    assert_non_null(l);
    assert_true(catalog_row(l, ROW("primary_key", "2", "pk", "id", NULL, "f"), 6, &err));
    assert_true(catalog_row(l, ROW("check", "2", "ck", NULL, "a > 0", NULL), 6, &err));
    assert_string_equal(table->first->v[P_PRIMARY_KEY_COLUMNS], "id");
    assert_string_equal(table->last->v[P_CHECK_EXPRESSION], "a > 0");
    /* A value where the kind has no such property. */
    assert_false(catalog_row(l, ROW("check", "2", "c2", "id", "a > 0", NULL), 6, &err));
    assert_non_null(strstr(err.msg, "\"columns\""));
    assert_non_null(strstr(err.msg, "check s.t.c2"));
    assert_false(catalog_row(l, ROW("chequer", "2", "c3", NULL, NULL, NULL), 6, &err));
    assert_non_null(strstr(err.msg, "chequer"));
    loader_end(l);
    model_release(&m);
}

static void rows_without_a_name_set_slots(void **state)
{
    struct model m;
    struct object *table = start(&m);
    struct err err = ERR_INIT;

    (void)state;
    assert_true(catalog_load(&m, "table", ALIASES("_id", "comment"), ROW("2", "hello"), &err));
    assert_string_equal(table->v[P_TABLE_COMMENT], "hello");
    assert_string_equal(table->v[P_TABLE_OWNER], "me");
    assert_true(catalog_load(&m, "sizes", ALIASES("_id", "rows"), ROW("2", "12"), &err));
    assert_string_equal(table->v[P_TABLE_ROWS], "12");
    assert_true(catalog_load(&m, "database", ALIASES("encoding"), ROW("UTF8"), &err));
    assert_string_equal(m.root->v[P_DATABASE_ENCODING], "UTF8");
    assert_false(catalog_load(&m, "table", ALIASES("_id", "comment"), ROW("9", "x"), &err));
    assert_non_null(strstr(err.msg, "\"9\""));
    assert_false(catalog_load(&m, "view", ALIASES("_id", "comment"), ROW("2", "x"), &err));
    assert_false(catalog_load(&m, "table", ALIASES("_id", "comment"), ROW(NULL, "x"), &err));
    model_release(&m);
}

static void aliases_must_be_known(void **state)
{
    static const struct {
        const char *query;
        const char *aliases[3];
        unsigned n;
        const char *names;
    } cases[] = {
        {"table", {"_name", "ownr"}, 2, "\"ownr\""},
        {"table", {"_name", "query"}, 2, "\"query\""}, /* a view's */
        {"table", {"_name", "_nmae"}, 2, "\"_nmae\""},
        {"table", {"_name", "owner", "owner"}, 3, "\"owner\""},
        {"tabel", {"_name"}, 1, "tabel"},
        {"mixed", {"_kind", "_name", "zzz"}, 3, "\"zzz\""},
        {"depend", {"_from"}, 1, "\"_to\""},
        {"depend", {"_from", "_to", "x"}, 3, "\"x\""},
        {"gap", {"kind", "path"}, 2, "\"why\""},
    };
    struct model m;

    (void)state;
    start(&m);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = ERR_INIT;

        assert_null(loader_start(&m, cases[i].query, cases[i].n, cases[i].aliases, &err));
        assert_non_null(strstr(err.msg, cases[i].names));
        assert_non_null(strstr(err.msg, cases[i].query));
    }
    model_release(&m);
}

static void parents_must_be_there_and_fit(void **state)
{
    struct model m;
    struct err err = ERR_INIT;

    (void)state;
    start(&m);
    assert_false(catalog_load(&m, "column", ALIASES("_parent", "_name"), ROW("77", "c"), &err));
    assert_non_null(strstr(err.msg, "\"77\""));
    assert_non_null(strstr(err.msg, "column \"c\""));
    assert_false(catalog_load(&m, "column", ALIASES("_parent", "_name"), ROW("1", "c"), &err));
    assert_non_null(strstr(err.msg, "schema"));
    assert_false(catalog_load(&m, "column", ALIASES("_parent", "_name"), ROW(NULL, "c"), &err));
    assert_false(catalog_load(&m, "column", ALIASES("_parent", "_name"), ROW("2", NULL), &err));
    assert_false(
        catalog_load(&m, "column", ALIASES("_id", "_parent", "_name"), ROW("2", "2", "c"), &err));
    assert_non_null(strstr(err.msg, "already"));
    model_release(&m);
}

static void booleans_have_one_spelling(void **state)
{
    static const char *const yes[] = {"t", "1", "YES", "true", "ON", "yes", "y"};
    static const char *const no[] = {"f", "0", "NO", "False", "off", "no", "N"};
    struct model m;
    struct object *table = start(&m);
    struct err err = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        assert_true(
            catalog_load(&m, "table", ALIASES("_id", "row_security"), ROW("2", yes[i]), &err));
        assert_string_equal(table->v[P_TABLE_ROW_SECURITY], "yes");
        assert_true(
            catalog_load(&m, "table", ALIASES("_id", "row_security"), ROW("2", no[i]), &err));
        assert_string_equal(table->v[P_TABLE_ROW_SECURITY], "no");
    }
    assert_false(
        catalog_load(&m, "table", ALIASES("_id", "row_security"), ROW("2", "perhaps"), &err));
    assert_non_null(strstr(err.msg, "row_security"));
    assert_false(catalog_load(&m, "table", ALIASES("_id", "row_security"), ROW("2", ""), &err));
    assert_false(catalog_load(&m, "table", ALIASES("_id", "rows"), ROW("2", "many"), &err));
    assert_true(catalog_load(&m, "table", ALIASES("_id", "rows"), ROW("2", "-1"), &err));
    model_release(&m);
}

static void another_engines_property_has_no_value(void **state)
{
    struct model m;
    struct err err = ERR_INIT;

    (void)state;
    start(&m);
    assert_true(catalog_load(&m, "table", ALIASES("_id", "engine"), ROW("2", NULL), &err));
    assert_false(catalog_load(&m, "table", ALIASES("_id", "engine"), ROW("2", "InnoDB"), &err));
    assert_non_null(strstr(err.msg, "engine"));
    model_release(&m);
}

static void secrets_are_kept_as_digests(void **state)
{
    struct model m;
    struct object *server;
    struct err err = ERR_INIT;

    (void)state;
    start(&m);
    assert_true(catalog_load(&m, "foreign_server", ALIASES("_id", "_name"), ROW("3", "far"), &err));
    assert_true(catalog_load(&m, "secret_option", ALIASES("_parent", "_name", "value"),
                             ROW("3", "password", "abc"), &err));
    server = m.root->last;
    /* FIPS 180-2, appendix B.1 */
    assert_string_equal(server->first->v[P_SECRET_OPTION_VALUE],
                        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    model_release(&m);
}

static void unknown_is_by_row(void **state)
{
    struct model m;
    struct object *table = start(&m);
    struct err err = ERR_INIT;
    struct loader *l =
        loader_start(&m, "column", 5, ROW("_parent", "_name", "type", "comment", "_unknown"), &err);

    (void)state;
    assert_non_null(l);
    assert_true(catalog_row(l, ROW("2", "a", "int", NULL, "comment, type"), 5, &err));
    assert_true(catalog_row(l, ROW("2", "b", "int", NULL, NULL), 5, &err));
    assert_true(catalog_row(l, ROW("2", "c", "int", NULL, "comment"), 5, &err));
    assert_true(catalog_row(l, ROW("2", "d", "int", NULL, ""), 5, &err));
    assert_false(catalog_row(l, ROW("2", "e", "int", NULL, "coment"), 5, &err));
    assert_non_null(strstr(err.msg, "\"coment\""));
    loader_end(l);
    assert_ptr_equal(table->first->v[P_COLUMN_TYPE], model_unknown);
    assert_ptr_equal(table->first->v[P_COLUMN_COMMENT], model_unknown);
    assert_null(table->first->next->v[P_COLUMN_COMMENT]);
    assert_string_equal(table->first->next->v[P_COLUMN_TYPE], "int");
    assert_ptr_equal(table->first->next->next->v[P_COLUMN_COMMENT], model_unknown);
    assert_string_equal(table->first->next->next->v[P_COLUMN_TYPE], "int");
    assert_null(table->first->next->next->next->v[P_COLUMN_COMMENT]);
    model_release(&m);
}

static void a_zero_byte_is_an_error(void **state)
{
    struct model m;
    struct err err = ERR_INIT;
    const size_t lengths[] = {1, 1, 5};
    struct loader *l;

    (void)state;
    start(&m);
    l = loader_start(&m, "column", 3, ROW("_parent", "_name", "comment"), &err);
    assert_non_null(l);
    assert_false(loader_row(l, ROW("2", "c", "ab\0cd"), lengths, &err));
    assert_non_null(strstr(err.msg, "\"comment\""));
    loader_end(l);
    model_release(&m);
}

static void dependencies_and_gaps(void **state)
{
    struct model m;
    struct object *table = start(&m);
    struct err err = ERR_INIT;
    const struct coverage_gap *g;

    (void)state;
    assert_true(catalog_load(&m, "depend", ALIASES("_from", "_to"), ROW("2", "1"), &err));
    assert_true(catalog_load(&m, "depend", ALIASES("_from", "_to"), ROW("2", "404"), &err));
    assert_true(catalog_load(&m, "depend", ALIASES("_to", "_from"), ROW(NULL, "2"), &err));
    assert_int_equal(m.deps.len, 1);
    assert_ptr_equal(VEC_AT(&m.deps, struct dependency, 0).from, table);
    assert_true(catalog_load(&m, "gap", ALIASES("kind", "path", "why"),
                             ROW("subscription", NULL, "only superusers see it"), &err));
    assert_false(catalog_load(&m, "gap", ALIASES("kind", "path", "why"),
                              ROW("subscription", NULL, NULL), &err));
    assert_int_equal(m.gaps.len, 1);
    g = &VEC_AT(&m.gaps, struct coverage_gap, 0);
    assert_string_equal(g->kind, "subscription");
    assert_null(g->path);
    assert_string_equal(g->why, "only superusers see it");
    model_release(&m);
}

/* The loader remembers the last parent and the last values: they must not outlive their row. */
static void rows_do_not_leak_into_each_other(void **state)
{
    struct model m;
    struct err err = ERR_INIT;
    struct loader *tables, *columns;
    char id[16], name[16], type[16];

    (void)state;
    start(&m);
    tables = loader_start(&m, "table", 3, ROW("_id", "_parent", "_name"), &err);
    columns = loader_start(&m, "column", 4, ROW("_parent", "_name", "type", "comment"), &err);
    for (int i = 0; i < 500; i++) {
        snprintf(id, sizeof(id), "t%d", i);
        assert_true(catalog_row(tables, ROW(id, "1", id), 3, &err));
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(id, sizeof(id), "t%d", i * 7 % 500);
        snprintf(name, sizeof(name), "c%d", i);
        snprintf(type, sizeof(type), "type%d", i / 3 % 4);
        assert_true(catalog_row(columns, ROW(id, name, type, i % 2 ? type : NULL), 4, &err));
    }
    loader_end(tables);
    loader_end(columns);
    catalog_freeze(&m);
    for (int i = 0; i < 5000; i++) {
        const struct object *table, *column;

        snprintf(id, sizeof(id), "t%d", i * 7 % 500);
        snprintf(name, sizeof(name), "c%d", i);
        snprintf(type, sizeof(type), "type%d", i / 3 % 4);
        table = model_child(&m, m.root->first, SPACE_RELATION, id);
        column = model_child(&m, table, SPACE_COLUMN, name);
        assert_non_null(column);
        assert_string_equal(column->v[P_COLUMN_TYPE], type);
        if (i % 2)
            assert_string_equal(column->v[P_COLUMN_COMMENT], type);
        else
            assert_null(column->v[P_COLUMN_COMMENT]);
    }
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_become_objects),
        cmocka_unit_test(a_query_can_have_many_kinds),
        cmocka_unit_test(rows_without_a_name_set_slots),
        cmocka_unit_test(aliases_must_be_known),
        cmocka_unit_test(parents_must_be_there_and_fit),
        cmocka_unit_test(booleans_have_one_spelling),
        cmocka_unit_test(another_engines_property_has_no_value),
        cmocka_unit_test(secrets_are_kept_as_digests),
        cmocka_unit_test(unknown_is_by_row),
        cmocka_unit_test(a_zero_byte_is_an_error),
        cmocka_unit_test(dependencies_and_gaps),
        cmocka_unit_test(rows_do_not_leak_into_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
