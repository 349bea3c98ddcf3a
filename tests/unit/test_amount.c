/* The time until a deadline, on days when clocks are put back or forward. */
#include "cli/cli.h"

#include <stdlib.h>
#include <time.h>

#include "unit.h"

/* Seconds since 1970, from: date -u -d '2026-10-24 22:00' +%s */
enum {
    AUTUMN =
        1792879200, /* 2026-10-25 00:00 in Berlin (CEST), and 25 hours until the next midnight */
    SPRING = 1806188400, /* 2027-03-28 00:00 in Berlin (CET), 23 hours */
    PLAIN = 1800000000,  /* 2027-01-15 09:00 in Berlin */
    HOUR = 3600,
    MINUTE = 60,
};

static int zone(void **state)
{
    (void)state;
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    struct tm t;
    time_t when = AUTUMN;
    localtime_r(&when, &t);
    if (t.tm_hour != 0 || t.tm_isdst != 1) /* no time zones on this machine: the rule itself */
        setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    localtime_r(&when, &t);
    return t.tm_hour == 0 && t.tm_isdst == 1 ? 0 : -1;
}

static void expect(const char *clock, time_t now, long seconds)
{
    assert_int_equal((long)amount_until(clock, now), seconds);
}

static void on_plain_days(void **state)
{
    (void)state;
    expect("09:01", PLAIN, MINUTE);
    expect("09:00", PLAIN, 24 * HOUR); /* the next one, not now */
    expect("08:59:59", PLAIN, 24 * HOUR - 1);
    expect("09:00:01", PLAIN, 1);
    expect("05:00", PLAIN, 20 * HOUR);
    expect("09:00:30", PLAIN + 29, 1);
    expect("09:00:30", PLAIN + 30, 24 * HOUR);
    expect("00:00", PLAIN, 15 * HOUR);
}

/* 02:00 to 03:00 comes twice: at 2 and 3 hours past midnight. */
static void in_the_repeated_hour(void **state)
{
    (void)state;
    expect("02:30", AUTUMN, 2 * HOUR + 30 * MINUTE);
    expect("02:30", AUTUMN + 2 * HOUR + 45 * MINUTE, 45 * MINUTE); /* the second one */
    expect("02:30", AUTUMN + 3 * HOUR + 10 * MINUTE, 20 * MINUTE);
    expect("02:30", AUTUMN + 3 * HOUR + 30 * MINUTE, 24 * HOUR);
    expect("05:00", AUTUMN, 6 * HOUR);
    expect("02:10", AUTUMN + 2 * HOUR + 30 * MINUTE, 40 * MINUTE);
    expect("00:00", AUTUMN, 25 * HOUR);
}

/* 02:00 to 03:00 does not come: what is in it is when the clock is put past it. */
static void in_the_missing_hour(void **state)
{
    (void)state;
    expect("02:30", SPRING, 2 * HOUR);
    expect("02:00", SPRING, 2 * HOUR);
    expect("02:30", SPRING + 2 * HOUR - 1, 1);
    expect("03:00", SPRING, 2 * HOUR);
    expect("03:30", SPRING, 2 * HOUR + 30 * MINUTE);
    expect("02:30", SPRING + 2 * HOUR, 23 * HOUR + 30 * MINUTE); /* the next day's */
    expect("05:00", SPRING, 4 * HOUR);
    expect("00:00", SPRING, 23 * HOUR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_plain_days),
        cmocka_unit_test(in_the_repeated_hour),
        cmocka_unit_test(in_the_missing_hour),
    };
    return cmocka_run_group_tests(tests, zone, NULL);
}
