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

bool amount_clock(const char *text, int *ret_hour, int *ret_minute)
{
    int64_t hour, minute;
    const char *p = text;
    if (!take_number(&p, &hour) || *p++ != ':' || strlen(p) != 2 || !take_number(&p, &minute) ||
        *p || hour > 23 || minute > 59)
        return false;
    *ret_hour = (int)hour;
    *ret_minute = (int)minute;
    return true;
}

double amount_until(const char *clock)
{
    int hour = 0, minute = 0;
    time_t now = time(NULL), then;
    struct tm day;
    amount_clock(clock, &hour, &minute);
    localtime_r(&now, &day);
    day.tm_hour = hour;
    day.tm_min = minute;
    day.tm_sec = 0;
    day.tm_isdst = -1; /* that day's own, whichever it is */
    struct tm tomorrow = day;
    then = mktime(&day);
    if (then <= now) {
        tomorrow.tm_mday++;
        then = mktime(&tomorrow);
    }
    return difftime(then, now);
}
