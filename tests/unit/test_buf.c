#include <dbtwin/base.h>

#include <string.h>

#include "unit.h"

static void empty_is_static_and_terminated(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    assert_string_equal(b.data, "");
    buf_reset(&b);
    buf_add(&b, NULL, 0);
    buf_addf(&b, "%s", "");
    assert_ptr_equal(b.data, buf_empty);
    buf_release(&b);
    assert_ptr_equal(b.data, buf_empty);
    buf_release(&b);
}

static void bytes_with_nuls(void **state)
{
    struct buf b = BUF_INIT;
    struct slice s;

    (void)state;
    buf_add(&b, "a\0b", 3);
    buf_addch(&b, '\0');
    buf_adds(&b, "cd");
    s = buf_slice(&b);
    assert_int_equal(s.len, 6);
    assert_memory_equal(s.data, "a\0b\0cd", 7);
    buf_setlen(&b, 2);
    assert_memory_equal(b.data, "a\0", 3);
    assert_int_equal(b.len, 2);
    buf_release(&b);
}

static void stays_terminated_while_growing(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 1; i <= 5000; i++) {
        buf_addch(&b, (char)('a' + i % 26));
        assert_int_equal(b.len, i);
        assert_true(b.len <= b.cap);
        assert_int_equal(b.data[i], 0);
    }
    for (size_t i = 1; i <= 5000; i++)
        assert_int_equal(b.data[i - 1], 'a' + i % 26);
    buf_release(&b);
}

static void grow_gives_room_without_moving(void **state)
{
    struct buf b = BUF_INIT;
    char *data;

    (void)state;
    buf_adds(&b, "x");
    buf_grow(&b, 100000);
    data = b.data;
    for (int i = 0; i < 10000; i++)
        buf_adds(&b, "0123456789");
    assert_ptr_equal(b.data, data);
    assert_int_equal(b.len, 100001);
    buf_release(&b);
}

static void formatting_at_every_fill(void **state)
{
    (void)state;
    /* The text fits, just fits, and does not fit what is left. */
    for (size_t fill = 0; fill < 80; fill++) {
        struct buf b = BUF_INIT;

        for (size_t i = 0; i < fill; i++)
            buf_addch(&b, '.');
        buf_addf(&b, "%05d|%s", 42, "tail");
        assert_int_equal(b.len, fill + 10);
        assert_string_equal(b.data + fill, "00042|tail");
        buf_release(&b);
    }
}

static void reset_keeps_memory(void **state)
{
    struct buf b = BUF_INIT;
    size_t cap;

    (void)state;
    buf_grow(&b, 5000);
    cap = b.cap;
    buf_adds(&b, "abc");
    buf_reset(&b);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.cap, cap);
    assert_string_equal(b.data, "");
    buf_release(&b);
}

static void vec_items(void **state)
{
    struct vec v = VEC_INIT(uint64_t);

    (void)state;
    for (uint64_t i = 0; i < 10000; i++)
        VEC_PUSH(&v, uint64_t, i * i);
    assert_int_equal(v.len, 10000);
    for (uint64_t i = 0; i < 10000; i++) {
        assert_int_equal(VEC_AT(&v, uint64_t, i), i * i);
        assert_int_equal(*(uint64_t *)vec_at(&v, i), i * i);
    }
    vec_reset(&v);
    assert_int_equal(v.len, 0);
    assert_int_equal(*(uint64_t *)vec_push(&v), 0); /* zeroed though the memory is used */
    vec_release(&v);
    assert_int_equal(v.item_size, sizeof(uint64_t));
    VEC_PUSH(&v, uint64_t, 1);
    vec_release(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_is_static_and_terminated),
        cmocka_unit_test(bytes_with_nuls),
        cmocka_unit_test(stays_terminated_while_growing),
        cmocka_unit_test(grow_gives_room_without_moving),
        cmocka_unit_test(formatting_at_every_fill),
        cmocka_unit_test(reset_keeps_memory),
        cmocka_unit_test(vec_items),
    };

    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
