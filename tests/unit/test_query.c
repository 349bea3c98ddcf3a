#include "driver/query.h"

#include <string.h>

#include "unit.h"

static const char *const secrets[] = {"secrets", NULL};

static void check(unsigned flavor, unsigned version, const char *const *words, const char *text,
                  const char *wanted)
{
    struct query_facts f = {.flavor = flavor, .version = version, .words = words};
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;

    assert_true(query_filter(text, &f, &out, &err));
    assert_string_equal(out.data, wanted);
    buf_release(&out);
}

static void test_versions(void **state)
{
    static const char text[] = "SELECT a, --@ pg >= 150000\n b --@ pg < 150000\nFROM t";

    (void)state;
    check(ENGINE_PG, 150000, NULL, text, "SELECT a, \nFROM t\n");
    check(ENGINE_PG, 149999, NULL, text, " b \nFROM t\n");
    check(ENGINE_MY, 150000, NULL, text, "FROM t\n");
    check(ENGINE_PG, 5, NULL, "x --@ pg = 5", "x \n");
    check(ENGINE_PG, 6, NULL, "x --@ pg <= 5", "");
    check(ENGINE_PG, 6, NULL, "x --@ pg > 5", "x \n");
}

static void test_flavors_and_words(void **state)
{
    (void)state;
    check(ENGINE_MA, 100600, NULL, "x --@ mariadb >= 100600", "x \n");
    check(ENGINE_MY, 100600, NULL, "x --@ mariadb >= 100600", "");
    check(ENGINE_MY, 1, NULL, "x --@ mysql", "x \n");
    check(ENGINE_PG, 9, NULL, "x --@ pg >= 5 and pg < 9", "");
    check(ENGINE_PG, 8, NULL, "x --@ pg >= 5 and pg < 9", "x \n");
    check(ENGINE_PG, 8, NULL, "x --@ secrets", "");
    check(ENGINE_PG, 8, secrets, "x --@ secrets", "x \n");
    check(ENGINE_PG, 8, secrets, "x --@ pg > 8 and secrets", "");
    check(ENGINE_PG, 8, secrets, "x --@ secrets and pg", "x \n");
    check(ENGINE_PG, 8, NULL, "-- of\n --@ secrets\nx\ny --@ pg", "");
    check(ENGINE_PG, 8, secrets, "-- of\n --@ secrets\nx", "-- of\n \nx\n");
    check(ENGINE_PG, 8, NULL, "x -- a comment\n\ny", "x -- a comment\n\ny\n");
}

static void test_broken_guards(void **state)
{
    static const char *const broken[] = {
        "--@", "--@ pg >=", "--@ pg >= x", "--@ pg ~ 5", "--@ pg >= 5 or mysql", "--@ pg and"};
    struct query_facts f = {.flavor = ENGINE_PG, .version = 5};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        struct err err = ERR_INIT;
        struct buf out = BUF_INIT, text = BUF_INIT;

        buf_addf(&text, "a\nb %s", broken[i]);
        assert_false(query_filter(text.data, &f, &out, &err));
        assert_non_null(strstr(err.msg, "line 2"));
        assert_int_equal(out.len, 0);
        buf_release(&text);
        buf_release(&out);
    }
}

static void test_empty(void **state)
{
    (void)state;
    assert_true(query_is_empty(""));
    assert_true(query_is_empty("-- words\n  \n--more"));
    assert_false(query_is_empty("-- words\nSELECT 1"));
    assert_false(query_is_empty("-"));
}

/* Rows of a query whose name is a kind, with or without their parents. */
static bool feed(struct query_load *q, const char *parent, const char *id, const char *name,
                 struct err *err)
{
    const char *values[] = {parent, id, name};
    size_t lengths[] = {parent ? strlen(parent) : 0, id ? strlen(id) : 0, name ? strlen(name) : 0};

    return query_row(q, 3, values, lengths, err);
}

static void start_model(struct model *m)
{
    model_init(m);
    m->flavor = ENGINE_PG;
    model_add(m, &kinds[K_DATABASE], NULL, "db");
}

static void test_loose_rows(void **state)
{
    static const char *const names[] = {"_parent", "_id", "_name"};
    struct model m;
    struct err err = ERR_INIT;
    struct query_load schemas, tables;

    (void)state;
    start_model(&m);
    schemas = (struct query_load){.model = &m, .name = "schema", .loose = true};
    tables = (struct query_load){.model = &m, .name = "table", .loose = true};
    assert_true(query_columns(&schemas, 3, names, &err));
    assert_true(feed(&schemas, NULL, "n1", "public", &err));
    query_done(&schemas);
    assert_true(query_columns(&tables, 3, names, &err));
    assert_true(feed(&tables, "n1", "r1", "kept", &err));
    assert_true(feed(&tables, "n2", "r2", "of an extension", &err));
    tables.loose = false;
    assert_false(feed(&tables, "n2", "r3", "lost", &err));
    query_done(&tables);
    assert_true(model_freeze(&m, (err_clear(&err), &err)));
    assert_int_equal(model_count(&m, K_TABLE), 1);
    model_release(&m);
}

/* "???" is a type that went, and a comment that somebody wrote. */
static void test_gone_types(void **state)
{
    static const char *const names[] = {"_id", "_name", "type"};
    static const char *const comments[] = {"_id", "_name", "comment"};
    struct model m;
    struct err err = ERR_INIT;
    struct query_load q;

    (void)state;
    start_model(&m);
    q = (struct query_load){.model = &m, .name = "access_method"};
    assert_true(query_columns(&q, 3, comments, &err));
    assert_true(feed(&q, "a1", "a", "???", &err));
    assert_false(q.gone);
    query_done(&q);
    assert_true(query_columns(&q, 3, names, &err));
    assert_true(feed(&q, "a2", "b", "table", &err));
    assert_false(feed(&q, "a3", "c", "???[]", &err));
    assert_true(q.gone);
    query_done(&q);
    model_release(&m);
}

static void test_gone(void **state)
{
    static const char *const names[] = {"_parent", "_id", "_name"};
    struct model m;
    struct err err = ERR_INIT;
    struct query_load q;

    (void)state;
    start_model(&m);
    q = (struct query_load){.model = &m, .name = "schema"};
    assert_true(query_columns(&q, 3, names, &err));
    assert_true(feed(&q, NULL, "n1", "\001x", &err));
    assert_false(q.gone);
    assert_false(feed(&q, NULL, "n2", "\001", &err));
    assert_true(q.gone);
    query_done(&q);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),      cmocka_unit_test(test_flavors_and_words),
        cmocka_unit_test(test_broken_guards), cmocka_unit_test(test_empty),
        cmocka_unit_test(test_loose_rows),    cmocka_unit_test(test_gone),
        cmocka_unit_test(test_gone_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
