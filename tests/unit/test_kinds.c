#include <dbtwin/engine.h>
#include <dbtwin/kinds.h>

#include <string.h>

#include "unit.h"

static void every_name_finds_its_kind(void **state)
{
    (void)state;
    for (unsigned i = 0; i < K_COUNT; i++) {
        assert_int_equal(kinds[i].id, i);
        assert_ptr_equal(kind_find(kinds[i].name), &kinds[i]);
    }
    assert_null(kind_find("tables"));
    assert_null(kind_find(""));
}

static void every_property_finds_its_slot(void **state)
{
    (void)state;
    for (unsigned i = 0; i < K_COUNT; i++) {
        assert_true(kinds[i].n_props <= 64);
        for (unsigned j = 0; j < kinds[i].n_props; j++)
            assert_int_equal(kind_prop(&kinds[i], kinds[i].props[j].name), j);
        assert_int_equal(kind_prop(&kinds[i], "no such"), -1);
    }
}

static void slots_are_those_of_the_table(void **state)
{
    (void)state;
    assert_string_equal(kinds[K_COLUMN].props[P_COLUMN_DEFAULT].name, "default");
    assert_int_equal(kinds[K_COLUMN].props[P_COLUMN_DEFAULT].type, T_EXPR);
    assert_int_equal(kinds[K_COLUMN].props[P_COLUMN_TYPE].flags, F_NEEDED | F_ALIKE | LF_DATA);
    assert_int_equal(kinds[K_FUNCTION].props[P_FUNCTION_BODY].flags, F_CODE);
    assert_int_equal(kinds[K_TABLE].props[P_TABLE_ENGINE].engines, ENGINE_MY | ENGINE_MA);
    assert_int_equal(kinds[K_SECRET_OPTION].props[P_SECRET_OPTION_VALUE].flags,
                     F_SECRET | LF_SECURITY);
    assert_int_equal(kinds[K_MISSING_DEFINER].n_props, 0);
    assert_int_equal(kinds[K_ROLE].props[P_ROLE_DEFAULTS].flags, F_INTERNAL);
    assert_string_equal(kinds[K_COLUMN].props[P_COLUMN_DEFAULT].headline, "default");
    assert_string_equal(kinds[K_COLUMN].props[P_COLUMN_TYPE].headline, "");
    assert_null(kinds[K_COLUMN].props[P_COLUMN_COMMENT].headline);
    assert_int_equal(kinds[K_COLUMN].flags,
                     KF_PART | KF_ESSENTIAL | KF_RENAMED | KF_ALIKE_BY_NAME | LF_DATA);
    assert_int_equal(kinds[K_GRANT].flags, KF_PART | KF_OF_SERVER | LF_SECURITY);
}

/* What a report never shows, or shows as a digest, has no place in a headline. */
static void a_headline_shows_only_what_reports_show(void **state)
{
    (void)state;
    for (unsigned i = 0; i < K_COUNT; i++)
        for (unsigned j = 0; j < kinds[i].n_props; j++) {
            const struct prop *p = &kinds[i].props[j];
            assert_true(!p->headline || !(p->flags & (F_VOLATILE | F_SECRET | F_INTERNAL)));
            assert_true(!(p->flags & F_CODE) || p->type == T_BODY || p->type == T_EXPR);
        }
}

/* Siblings stand in the order of the SPACE rows, which is the order in files. */
static void a_space_is_used(void **state)
{
    (void)state;
    bool used[SPACE_ADDITION + 1] = {0};
    for (unsigned i = 0; i < K_COUNT; i++) {
        assert_true(kinds[i].space <= SPACE_ADDITION);
        used[kinds[i].space] = true;
    }
    for (unsigned i = 0; i < ARRAY_LEN(used); i++)
        assert_true(used[i]);
}

static void a_property_is_of_engines_that_have_the_kind(void **state)
{
    (void)state;
    for (unsigned i = 0; i < K_COUNT; i++)
        for (unsigned j = 0; j < kinds[i].n_props; j++) {
            assert_int_not_equal(kinds[i].props[j].engines, 0);
            assert_int_equal(kinds[i].props[j].engines & ~kinds[i].engines, 0);
        }
}

static unsigned place(const struct kind *k)
{
    return k->flags & (KF_PART | KF_TOP);
}

static void every_kind_is_part_or_top(void **state)
{
    (void)state;
    for (unsigned i = 0; i < K_COUNT; i++)
        assert_true(place(&kinds[i]) == KF_PART || place(&kinds[i]) == KF_TOP);
}

/* The XML form has attributes of its own beside the properties. */
static void no_property_has_a_reserved_name(void **state)
{
    static const char *const reserved[] = {"name", "id", "unknown", "escaped"};

    (void)state;
    for (unsigned i = 0; i < K_COUNT; i++)
        for (unsigned j = 0; j < kinds[i].n_props; j++) {
            assert_true(kinds[i].props[j].name[0] != '_');
            for (size_t r = 0; r < ARRAY_LEN(reserved); r++)
                assert_string_not_equal(kinds[i].props[j].name, reserved[r]);
        }
}

static void parents(void **state)
{
    (void)state;
    assert_true(kind_may_have_parent(&kinds[K_TABLE], K_SCHEMA));
    assert_true(kind_may_have_parent(&kinds[K_TABLE], K_DATABASE)); /* MySQL */
    assert_false(kind_may_have_parent(&kinds[K_TABLE], K_TABLE));
    assert_false(kind_may_have_parent(&kinds[K_ENUM], K_DATABASE));
    assert_true(kind_may_have_parent(&kinds[K_COLUMN], K_VIEW));
    assert_true(kind_may_have_parent(&kinds[K_COLUMN], K_FOREIGN_TABLE));
    assert_false(kind_may_have_parent(&kinds[K_COLUMN], K_SEQUENCE));
    assert_true(kind_may_have_parent(&kinds[K_GRANT], K_COLUMN));
    assert_false(kind_may_have_parent(&kinds[K_DATABASE], K_DATABASE));
    assert_true(kind_may_have_parent(&kinds[K_SUBPARTITION], K_PARTITION));
}

static void types_have_names(void **state)
{
    (void)state;
    assert_string_equal(prop_type_name(T_BOOL), "bool");
    assert_string_equal(prop_type_name(T_BODY), "body");
}

static void names_are_quoted(void **state)
{
    struct buf out = BUF_INIT;

    (void)state;
    engine_quote(ENGINE_PG, "a\"; DROP TABLE b; --", &out);
    assert_string_equal(out.data, "\"a\"\"; DROP TABLE b; --\"");
    buf_reset(&out);
    engine_quote(ENGINE_MA, "a`b\"", &out);
    assert_string_equal(out.data, "`a``b\"`");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_finds_its_kind),
        cmocka_unit_test(every_property_finds_its_slot),
        cmocka_unit_test(slots_are_those_of_the_table),
        cmocka_unit_test(a_headline_shows_only_what_reports_show),
        cmocka_unit_test(a_space_is_used),
        cmocka_unit_test(a_property_is_of_engines_that_have_the_kind),
        cmocka_unit_test(every_kind_is_part_or_top),
        cmocka_unit_test(no_property_has_a_reserved_name),
        cmocka_unit_test(parents),
        cmocka_unit_test(types_have_names),
        cmocka_unit_test(names_are_quoted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
