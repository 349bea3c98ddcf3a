/* The drivers' tables: what the contract calls required is there, and nothing else by accident. */
#include "unit.h"

#include <dbtwin/driver.h>

#include <stddef.h>
#include <string.h>

/* A table of function pointers, counted through as such. */
static bool is_set(const void *table, size_t at)
{
    void (*fn)(void);
    memcpy(&fn, (const char *)table + at, sizeof(fn));
    return fn != NULL;
}

static void check(const struct driver *d, const void *table, size_t from, size_t to, bool want)
{
    for (size_t at = from; at < to; at += sizeof(void (*)(void)))
        if (is_set(table, at) != want)
            fail_msg("%s: number %zu of its table is %s", d->name, at / sizeof(void (*)(void)),
                     want ? "missing" : "there");
}

static const struct driver *const drivers[] = {&driver_postgres, &driver_mysql, &driver_archive};

static void required_of_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
        check(drivers[i], drivers[i]->source, 0, offsetof(struct source_ops, cancel), true);
        check(drivers[i], drivers[i]->target, 0, offsetof(struct target_ops, server), true);
    }
}

static void required_of_servers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
        const struct driver *d = drivers[i];
        check(d, d->source, offsetof(struct source_ops, cancel),
              offsetof(struct source_ops, next_chunk), d->live);
        check(d, d->target, offsetof(struct target_ops, server),
              offsetof(struct target_ops, strategy), d->live);
        assert_int_equal(d->live, d->address != NULL);
        assert_int_equal(d->live, d->flavors != 0);
        assert_int_equal(d->live, d->url_schemes[0] != NULL);
    }
}

static void required_of_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++)
        check(drivers[i], drivers[i]->source, offsetof(struct source_ops, next_chunk),
              offsetof(struct source_ops, enter), !drivers[i]->live);
}

static void resume_is_all_or_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++)
        if (drivers[i]->resume)
            check(drivers[i], drivers[i]->resume, 0, sizeof(struct resume_ops), true);
    assert_non_null(driver_postgres.resume);
    assert_non_null(driver_mysql.resume);
    assert_null(driver_archive.resume);
}

/* Optional ones that only make sense together. */
static void pairs_are_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
        const struct target_ops *t = drivers[i]->target;
        assert_int_equal(t->again != NULL, t->settle != NULL);
        assert_int_equal(t->publish_all != NULL, t->shadow_name != NULL);
        assert_int_equal(t->defer != NULL, t->remake != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(required_of_all),   cmocka_unit_test(required_of_servers),
        cmocka_unit_test(required_of_files), cmocka_unit_test(resume_is_all_or_none),
        cmocka_unit_test(pairs_are_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
