#include <dbtwin/base.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool str_eq(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return strcmp(a, b) == 0;
}

bool str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
    size_t len = strlen(s), tail = strlen(suffix);

    return len >= tail && memcmp(s + len - tail, suffix, tail) == 0;
}

bool str_parse_u64(const char *s, uint64_t *ret)
{
    uint64_t n = 0;

    if (!*s)
        return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9' || __builtin_mul_overflow(n, 10u, &n) ||
            __builtin_add_overflow(n, (uint64_t)(*s - '0'), &n))
            return false;
    }
    *ret = n;
    return true;
}

bool str_parse_i64(const char *s, int64_t *ret)
{
    bool negative = *s == '-';
    uint64_t n;

    if (!str_parse_u64(s + negative, &n) || n > (uint64_t)INT64_MAX + negative)
        return false;
    /* Negated as unsigned: -INT64_MIN does not exist as signed. */
    *ret = (int64_t)(negative ? 0 - n : n);
    return true;
}

void str_human_bytes(uint64_t n, char ret[32])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;
    uint64_t divisor = 1, tenths;

    /* 999,950 and above are "1 MB", not "1000 kB". */
    while (unit + 1 < ARRAY_LEN(units) && n >= divisor * 1000 - (unit ? divisor / 20 : 0)) {
        divisor *= 1000;
        unit++;
    }
    tenths = n / divisor * 10;
    if (unit)
        tenths += (n % divisor + divisor / 20) / (divisor / 10);
    if (tenths % 10)
        snprintf(ret, 32, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[unit]);
    else
        snprintf(ret, 32, "%" PRIu64 " %s", tenths / 10, units[unit]);
}

void str_human_count(uint64_t n, char ret[32])
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n);
    size_t out = 0;

    for (size_t i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            ret[out++] = ',';
        ret[out++] = digits[i];
    }
    ret[out] = '\0';
}

/* Eight bytes at a time: adding 0x7f to the low seven bits of a byte reaches its top bit unless
 * they are all zero, so what has no top bit after that and had none before was a newline. */
uint64_t str_newlines(struct slice s)
{
    const uint64_t ones = 0x0101010101010101u, low = 0x7f * ones;
    uint64_t n = 0;
    size_t i = 0;

    for (; i + 8 <= s.len; i += 8) {
        uint64_t x;
        memcpy(&x, s.data + i, 8);
        x ^= '\n' * ones;
        n += ((~(((x & low) + low) | x) & ~low) >> 7) * ones >> 56;
    }
    for (; i < s.len; i++)
        n += s.data[i] == '\n';
    return n;
}

size_t str_utf8_floor(const char *s, size_t n)
{
    size_t start = n;

    /* Bytes that continue a character look like 10xxxxxx; at most three of them do. */
    while (start > 0 && n - start < 4 && ((unsigned char)s[start] & 0xC0) == 0x80)
        start--;
    return ((unsigned char)s[start] & 0xC0) == 0x80 ? n : start;
}

int str_hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}
