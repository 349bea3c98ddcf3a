#include "cli.h"

#include <string.h>
#include <time.h>

/* Digits at *p, at least one; *p moves behind them. */
static bool take_number(const char **p, int64_t *ret)
{
    int64_t n = 0;
    const char *start = *p;
    for (; **p >= '0' && **p <= '9'; (*p)++) {
        if (n > INT64_MAX / 10 - 1)
            return false;
        n = n * 10 + (**p - '0');
    }
    *ret = n;
    return *p > start;
}

static bool multiply(int64_t *n, int64_t by)
{
    return !__builtin_mul_overflow(*n, by, n);
}

bool amount_bytes(const char *text, int64_t *ret)
{
    static const char units[] = "kMGT";
    int64_t n;
    const char *p = text;
    if (!take_number(&p, &n) || n == 0)
        return false;
    const char *unit = *p ? strchr(units, *p == 'K' ? 'k' : *p) : NULL;
    for (const char *u = units; unit && u <= unit; u++)
        if (!multiply(&n, 1000))
            return false;
    p += unit != NULL;
    p += *p == 'B';
    if (*p && strcmp(p, "/s") != 0)
        return false;
    *ret = n;
    return true;
}

bool amount_duration(const char *text, int64_t *ret)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
    int64_t sum = 0;
    const char *p = text;
    do {
        int64_t n, by = *text ? 1 : 0;
        if (!take_number(&p, &n))
            return false;
        for (size_t i = 0; *p && i < ARRAY_LEN(units); i++)
            if (*p == units[i].letter)
                by = -units[i].seconds; /* negative: a letter was there */
        if (*p && by >= 0)
            return false;
        p += by < 0;
        if (!multiply(&n, by < 0 ? -by : by) || __builtin_add_overflow(sum, n, &sum))
            return false;
    } while (*p);
    if (sum == 0)
        return false;
    *ret = sum;
    return true;
}

bool amount_clock(const char *text, struct tm *ret)
{
    int64_t part[3] = {0};
    static const int64_t most[] = {23, 59, 59};
    const char *p = text;
    for (size_t i = 0; i < ARRAY_LEN(part); i++) {
        const char *start = p;
        if (!take_number(&p, &part[i]) || part[i] > most[i] || p - start > 2 ||
            (i > 0 && p - start != 2))
            return false;
        if (!*p && i > 0)
            break;
        if (*p++ != ':' || i == 2)
            return false;
    }
    ret->tm_hour = (int)part[0];
    ret->tm_min = (int)part[1];
    ret->tm_sec = (int)part[2];
    return true;
}

static int second_of_day(const struct tm *t)
{
    return (t->tm_hour * 60 + t->tm_min) * 60 + t->tm_sec;
}

/* Minute by minute, as a clock goes: nothing has to be known about when and how it is changed. */
double amount_until(const char *clock, time_t now)
{
    enum { MINUTE = 60, DAY = 86400, MINUTES = 3 * 1440 };
    struct tm t = {0};
    amount_clock(clock, &t);
    int wanted = second_of_day(&t), expected = -1;
    for (time_t m = now - now % MINUTE, end = m + MINUTES * MINUTE; m < end; m += MINUTE) {
        localtime_r(&m, &t);
        int shown = second_of_day(&t), behind = (wanted - shown + DAY) % DAY;
        int skipped = expected < 0 ? 0 : (shown - expected + DAY) % DAY;
        if (skipped < DAY / 2 && (wanted - expected + DAY) % DAY < skipped && m > now)
            return difftime(m, now);
        if (behind < MINUTE && m + behind > now)
            return difftime(m + behind, now);
        expected = (shown + MINUTE) % DAY;
    }
    return DAY; /* not reached: each time of day comes within two days */
}
