#include <dbtwin/base.h>

#include <string.h>

#include "unit.h"

static void empty(void **state)
{
    struct map m = MAP_INIT;

    (void)state;
    assert_null(map_get(&m, "a", 1));
    assert_null(map_get(&m, NULL, 0));
    map_release(&m);
}

static void hundred_thousand_keys(void **state)
{
    enum { N = 100000 };
    struct arena a = ARENA_INIT;
    struct map m = MAP_INIT;
    char **keys = arena_alloc(&a, N * sizeof(*keys));

    (void)state;
    for (size_t i = 0; i < N; i++) {
        keys[i] = arena_printf(&a, "public.table_%zu", i);
        assert_null(map_get(&m, keys[i], strlen(keys[i])));
        map_put(&m, keys[i], strlen(keys[i]), keys[i]);
    }
    assert_int_equal(m.len, N);
    for (size_t i = 0; i < N; i++) {
        char *copy = arena_strdup(&a, keys[i]);

        assert_ptr_equal(map_get(&m, copy, strlen(copy)), keys[i]);
        /* A prefix and a longer text are other keys. */
        assert_null(map_get(&m, copy, strlen(copy) + 1));
    }
    assert_null(map_get(&m, "public.table_", 13));
    map_release(&m);
    assert_int_equal(m.len, 0);
    arena_release(&a);
}

static void put_replaces(void **state)
{
    struct map m = MAP_INIT;
    int one, two, three;

    (void)state;
    map_put(&m, "k", 1, &one);
    map_put(&m, "k", 1, &two);
    assert_int_equal(m.len, 1);
    assert_ptr_equal(map_get(&m, "k", 1), &two);
    /* Keys are bytes: empty, and with NULs. */
    map_put(&m, "", 0, &three);
    map_put(&m, "k\0x", 3, &one);
    map_put(&m, "k\0y", 3, &three);
    assert_ptr_equal(map_get(&m, NULL, 0), &three);
    assert_ptr_equal(map_get(&m, "k\0x", 3), &one);
    assert_ptr_equal(map_get(&m, "k\0y", 3), &three);
    assert_int_equal(m.len, 4);
    map_release(&m);
}

static void interned_texts_are_one(void **state)
{
    struct arena a = ARENA_INIT;
    struct intern in;
    char text[] = "users";
    const char *first;

    (void)state;
    intern_init(&in, &a);
    first = intern_str(&in, text);
    assert_ptr_not_equal(first, text);
    assert_ptr_equal(intern_str(&in, "users"), first);
    assert_ptr_equal(intern_bytes(&in, "users_old", 5), first);
    assert_ptr_not_equal(intern_str(&in, "user"), first);
    assert_ptr_equal(intern_str(&in, ""), intern_bytes(&in, NULL, 0));
    text[0] = 'X';
    assert_string_equal(first, "users");
    intern_release(&in);
    assert_string_equal(first, "users"); /* the text stays in the arena */
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty),
        cmocka_unit_test(hundred_thousand_keys),
        cmocka_unit_test(put_replaces),
        cmocka_unit_test(interned_texts_are_one),
    };

    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
