#include <dbtwin/base.h>

#include <string.h>

#include "unit.h"

static void pieces_are_aligned_and_apart(void **state)
{
    struct arena a = ARENA_INIT;
    char *pieces[500];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        pieces[i] = arena_alloc(&a, i);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        memset(pieces[i], (int)(i % 251), i);
    }
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        for (size_t k = 0; k < i; k++)
            assert_int_equal((unsigned char)pieces[i][k], i % 251);
    }
    assert_int_equal(a.used, 500 * 499 / 2);
    arena_release(&a);
    assert_null(a.head);
    assert_int_equal(a.used, 0);
}

static void a_big_piece_leaves_the_block_in_use(void **state)
{
    struct arena a = ARENA_INIT;
    char *before = arena_alloc(&a, 16), *big, *after;

    (void)state;
    big = arena_alloc(&a, 3u << 20);
    memset(big, 7, 3u << 20);
    after = arena_alloc(&a, 16);
    assert_true(after > before && after - before <= 64);
    arena_release(&a);
}

static void reset_keeps_one_block(void **state)
{
    struct arena a = ARENA_INIT;
    void *first;

    (void)state;
    for (int i = 0; i < 1000; i++)
        arena_alloc(&a, 1000);
    arena_reset(&a);
    assert_int_equal(a.used, 0);
    first = arena_alloc(&a, 10);
    arena_reset(&a);
    assert_ptr_equal(arena_alloc(&a, 10), first);
    arena_release(&a);
}

static void calloc_is_zeroed_after_reuse(void **state)
{
    static const char zeros[4096];
    struct arena a = ARENA_INIT;

    (void)state;
    memset(arena_alloc(&a, 4096), 0xff, 4096);
    arena_reset(&a);
    assert_memory_equal(arena_calloc(&a, 4096), zeros, 4096);
    arena_release(&a);
}

static void texts(void **state)
{
    struct arena a = {.block_size = 64};
    char longer[3000];

    (void)state;
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_null(arena_strdup(&a, NULL));
    assert_string_equal(arena_strdup(&a, ""), "");
    assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(&a, NULL, 0), "");
    assert_memory_equal(arena_memdup(&a, "a\0b", 4), "a\0b", 4);
    assert_string_equal(arena_printf(&a, "%d-%s", 42, "x"), "42-x");
    assert_string_equal(arena_printf(&a, "%s", longer), longer);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_apart),
        cmocka_unit_test(a_big_piece_leaves_the_block_in_use),
        cmocka_unit_test(reset_keeps_one_block),
        cmocka_unit_test(calloc_is_zeroed_after_reuse),
        cmocka_unit_test(texts),
    };

    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
