#include <dbtwin/base.h>

#include <string.h>

#include "unit.h"

static void comparing(void **state)
{
    (void)state;
    assert_true(str_eq(NULL, NULL));
    assert_false(str_eq(NULL, ""));
    assert_false(str_eq("", NULL));
    assert_true(str_eq("a", "a"));
    assert_false(str_eq("a", "A"));
    assert_true(str_starts("abc", "ab"));
    assert_true(str_starts("abc", ""));
    assert_false(str_starts("ab", "abc"));
    assert_true(str_ends("abc", "bc"));
    assert_true(str_ends("", ""));
    assert_false(str_ends("bc", "abc"));
}

static void numbers(void **state)
{
    static const char *const bad[] = {"",  " 1", "1 ",  "+1",   "1.0",
                                      "x", "-",  "--1", "0x10", "18446744073709551616"};
    uint64_t u = 7;
    int64_t i = 7;

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(bad); k++) {
        assert_false(str_parse_u64(bad[k], &u));
        assert_false(str_parse_i64(bad[k], &i));
    }
    assert_false(str_parse_u64("-1", &u));
    assert_false(str_parse_i64("9223372036854775808", &i));
    assert_false(str_parse_i64("-9223372036854775809", &i));
    assert_int_equal(u, 7); /* untouched on failure */
    assert_int_equal(i, 7);
    assert_true(str_parse_u64("18446744073709551615", &u));
    assert_true(u == UINT64_MAX);
    assert_true(str_parse_u64("007", &u));
    assert_true(u == 7);
    assert_true(str_parse_i64("-9223372036854775808", &i));
    assert_true(i == INT64_MIN);
    assert_true(str_parse_i64("9223372036854775807", &i));
    assert_true(i == INT64_MAX);
}

static void for_people(void **state)
{
    static const struct {
        uint64_t n;
        const char *bytes, *count;
    } cases[] = {
        {0, "0 B", "0"},
        {999, "999 B", "999"},
        {1000, "1 kB", "1,000"},
        {1049, "1 kB", "1,049"},
        {1050, "1.1 kB", "1,050"},
        {45000, "45 kB", "45,000"},
        {999949, "999.9 kB", "999,949"},
        {999950, "1 MB", "999,950"},
        {12345678, "12.3 MB", "12,345,678"},
        {1000000000, "1 GB", "1,000,000,000"},
        {UINT64_MAX, "18.4 EB", "18,446,744,073,709,551,615"},
    };
    char text[32];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        str_human_bytes(cases[i].n, text);
        assert_string_equal(text, cases[i].bytes);
        str_human_count(cases[i].n, text);
        assert_string_equal(text, cases[i].count);
    }
}

static void cutting_utf8(void **state)
{
    /* a, e-acute (2 bytes), euro (3), emoji (4) */
    static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
    static const size_t floors[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};

    (void)state;
    for (size_t n = 0; n < ARRAY_LEN(floors); n++)
        assert_int_equal(str_utf8_floor(text, n), floors[n]);
    /* What is not UTF-8 is cut where asked. */
    assert_int_equal(str_utf8_floor("\x80\x80\x80\x80\x80\x80\x80\x80", 6), 6);
}

static void newlines(void **state)
{
    char text[256 + 19], *p = text;

    (void)state;
    assert_true(str_newlines((struct slice){NULL, 0}) == 0);
    /* No other byte is one, whatever its neighbours; and each is found at every place. */
    for (int c = 0; c < 256; c++)
        *p++ = (char)c;
    assert_true(str_newlines((struct slice){text, 256}) == 1);
    memset(text, 0x8a, sizeof(text)); /* a newline with the top bit set */
    assert_true(str_newlines((struct slice){text, sizeof(text)}) == 0);
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = '\n';
        assert_true(str_newlines((struct slice){text, sizeof(text)}) == i + 1);
        assert_true(str_newlines((struct slice){text, i}) == i);
    }
    assert_true(str_newlines((struct slice){text + 3, 24}) == 24);
}

static void hashes(void **state)
{
    struct hash128 a = hash_bytes128("a", 1), b = hash_bytes128("b", 1), x = {0, 0}, y = {0, 0};
    struct hash128 carry = {UINT64_MAX, 5};
    char hex[65];

    (void)state;
    /* The published value of XXH3_64bits of nothing, with seed 0 (xxHash's test vectors). */
    assert_true(hash_bytes64(NULL, 0) == 0x2D06800538D394C2u);
    assert_true(hash_bytes64("abc", 3) != hash_bytes64("abd", 3));
    assert_false(hash_equal(a, b));
    hash_add(&x, a);
    hash_add(&x, b);
    hash_add(&y, b);
    hash_add(&y, a);
    assert_true(hash_equal(x, y));
    hash_add(&carry, (struct hash128){1, 0});
    assert_true(hash_equal(carry, (struct hash128){0, 6}));
    /* FIPS 180-2, appendix B.1 */
    hash_sha256_hex("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hash_sha256_hex(NULL, 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparing),    cmocka_unit_test(numbers),  cmocka_unit_test(for_people),
        cmocka_unit_test(cutting_utf8), cmocka_unit_test(newlines), cmocka_unit_test(hashes),
    };

    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
