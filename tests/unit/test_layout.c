#include "unit.h"

#include "cli/sqltext.h"

#include <string.h>

/* The order in which the tools themselves take their files: their manuals, and their own sources.
 */

struct tried {
    struct arena arena;
    struct vec files, notes;
    bool retry, ok;
    struct err err;
};

static void try_files(struct tried *t, const char *const (*list)[2], size_t n)
{
    *t = (struct tried){.files = VEC_INIT(struct sqltext_file), .notes = VEC_INIT(const char *)};
    for (size_t i = 0; i < n; i++) {
        struct sqltext_file f = {list[i][0], list[i][0], list[i][1]};
        VEC_PUSH(&t->files, struct sqltext_file, f);
    }
    t->ok = layout_arrange(&t->files, &t->arena, &t->notes, &t->retry, &t->err);
}

static const char *order(struct tried *t)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < t->files.len; i++)
        buf_addf(&b, "%s%s", i ? " " : "", VEC_AT(&t->files, struct sqltext_file, i).path);
    const char *ret = arena_strdup(&t->arena, b.data);
    buf_release(&b);
    return ret;
}

static bool noted(const struct tried *t, const char *text)
{
    for (size_t i = 0; i < t->notes.len; i++)
        if (strstr(VEC_AT(&t->notes, const char *, i), text))
            return true;
    return false;
}

static void end(struct tried *t)
{
    vec_release(&t->files);
    vec_release(&t->notes);
    arena_release(&t->arena);
}

#define TRY(t, ...)                                          \
    do {                                                     \
        static const char *const list_[][2] = {__VA_ARGS__}; \
        try_files(&(t), list_, ARRAY_LEN(list_));            \
    } while (0)

static void test_plain(void **state)
{
    struct tried t;
    (void)state;
    TRY(t, {"10_c.sql", ""}, {"2_b.sql", ""}, {"1_a.sql", ""}, {"002_b.sql", ""});
    assert_string_equal(order(&t), "1_a.sql 002_b.sql 2_b.sql 10_c.sql");
    assert_false(t.retry);
    end(&t);
    TRY(t, {"view/v.sql", ""}, {"table/t.sql", ""}, {"9.sql", ""});
    assert_string_equal(order(&t), "9.sql table/t.sql view/v.sql");
    assert_true(t.retry);
    end(&t);
}

static void test_flyway(void **state)
{
    struct tried t;
    (void)state;
    TRY(t, {"R__views.sql", ""}, {"V10__x.sql", ""}, {"V2__y.sql", ""}, {"V1.1__z.sql", ""},
        {"V1_0_5__w.sql", ""}, {"U2__y.sql", ""}, {"sub/V2.0.1__deep.sql", ""}, {"R__a.sql", ""},
        {"afterMigrate.sql", ""}, {"V2013.01.15__d.sql", ""});
    assert_string_equal(order(&t), "V1_0_5__w.sql V1.1__z.sql V2__y.sql sub/V2.0.1__deep.sql "
                                   "V10__x.sql V2013.01.15__d.sql R__a.sql R__views.sql");
    assert_true(noted(&t, "U2__y.sql is left out"));
    assert_true(noted(&t, "afterMigrate.sql is left out"));
    assert_false(t.retry);
    end(&t);
    TRY(t, {"V1__a.sql", ""}, {"V2__b.sql", ""}, {"B2__all.sql", ""}, {"V3__c.sql", ""},
        {"R__r.sql", ""}, {"B1__old.sql", ""});
    assert_string_equal(order(&t), "B2__all.sql V3__c.sql R__r.sql");
    assert_true(noted(&t, "stands for the 3 versions"));
    end(&t);
}

static void test_up_down(void **state)
{
    struct tried t;
    (void)state;
    TRY(t, {"000002_b.up.sql", ""}, {"000002_b.down.sql", ""}, {"000001_a.down.sql", ""},
        {"000001_a.up.sql", ""});
    assert_string_equal(order(&t), "000001_a.up.sql 000002_b.up.sql");
    assert_true(noted(&t, "and 1 more are left out: it goes back"));
    end(&t);
    TRY(t, {"2024-01-02-000000_b/up.sql", ""}, {"2024-01-02-000000_b/down.sql", ""},
        {"00000000000000_initial/up.sql", ""}, {"00000000000000_initial/down.sql", ""});
    assert_string_equal(order(&t), "00000000000000_initial/up.sql 2024-01-02-000000_b/up.sql");
    end(&t);
    TRY(t, {"20240102030405_b/migration.sql", ""}, {"20240101030405_a/migration.sql", ""},
        {"20240102030405_b/down.sql", ""});
    assert_string_equal(order(&t), "20240101030405_a/migration.sql 20240102030405_b/migration.sql");
    assert_false(t.retry);
    end(&t);
    /* A file of that name alone is no migration that goes back. */
    TRY(t, {"down.sql", ""});
    assert_string_equal(order(&t), "down.sql");
    end(&t);
}

static void test_parts(void **state)
{
    struct tried t;
    (void)state;
    TRY(t, {"1.sql", "-- migrate:up\nA;\n\n-- migrate:down\nB;\n"},
        {"2.sql",
         "-- +goose Up\n-- +goose StatementBegin\nC;\n-- +goose StatementEnd\n-- +goose down\nD;"},
        {"3.sql", "--migrate:up transaction:false\nE;"}, {"4.sql", "F;"},
        {"5.sql", "-- +migrate Down\nG;\n-- +migrate Up\nH;\n"});
    const char *const wanted[] = {"-- migrate:up\nA;\n\n               \n  \n",
                                  "-- +goose Up\n-- +goose StatementBegin\nC;\n-- +goose "
                                  "StatementEnd\n              \n  ",
                                  "--migrate:up transaction:false\nE;", "F;",
                                  "                \n  \n-- +migrate Up\nH;\n"};
    for (size_t i = 0; i < t.files.len; i++)
        assert_string_equal(VEC_AT(&t.files, struct sqltext_file, i).text, wanted[i]);
    assert_true(noted(&t, "is left out of 3 files"));
    end(&t);
}

static void test_dbmate_and_rails(void **state)
{
    struct tried t;
    (void)state;
    TRY(t, {"schema.sql", ""}, {"migrations/20240101_a.sql", "-- migrate:up\nA;"},
        {"seeds.sql", ""});
    assert_string_equal(order(&t), "migrations/20240101_a.sql");
    assert_true(noted(&t, "schema.sql is left out"));
    end(&t);
    TRY(t, {"structure.sql", ""}, {"queue_structure.sql", ""});
    assert_string_equal(order(&t), "structure.sql");
    end(&t);
}

static void test_sqitch(void **state)
{
    struct tried t;
    (void)state;
    TRY(t,
        {"sqitch.plan", "%syntax-version=1.0.0\n%project=shop\n\n"
                        "zusers 2024-01-01T00:00:00Z A B <a@b> # first\n"
                        "@v1 2024-01-01T00:00:00Z A B <a@b> # tag\n\n"
                        "orders [zusers] 2024-01-02T00:00:00Z A B <a@b>\n"
                        "# a comment\n"
                        "zusers [zusers@v1] 2024-01-03T00:00:00Z A B <a@b> # rework\n"},
        {"deploy/orders.sql", ""}, {"deploy/zusers.sql", ""}, {"deploy/zusers@v1.sql", ""},
        {"revert/orders.sql", ""}, {"verify/orders.sql", ""});
    assert_true(t.ok);
    assert_string_equal(order(&t), "deploy/zusers@v1.sql deploy/orders.sql deploy/zusers.sql");
    assert_true(noted(&t, "2 files"));
    end(&t);
    TRY(t, {"sqitch.plan", "%project=x\n\na 2024 A <a@b>\n"},
        {"sqitch.conf", "[core]\n\tengine = pg\n\ttop_dir = db/\n"}, {"db/deploy/a.sql", ""});
    assert_string_equal(order(&t), "db/deploy/a.sql");
    end(&t);
    TRY(t, {"sqitch.plan", "%project=x\n\nmissing 2024 A <a@b>\n"});
    assert_false(t.ok);
    assert_non_null(strstr(t.err.msg, "line 3: there is no deploy/missing.sql"));
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_flyway),
        cmocka_unit_test(test_up_down),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_dbmate_and_rails),
        cmocka_unit_test(test_sqitch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
