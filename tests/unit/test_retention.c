/*
 * A folder of snapshots through a year of nights, and beside what else may lie in it. What must
 * remain is worked out here from the days' numbers alone.
 */
#include "cli/cli.h"

#include <dbtwin/xml.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

enum { YEAR = 400, FIRST_DAY = 20500 }; /* days since 1970: from 2026-02-16 on, a Monday */

struct folder {
    struct cli c;
    const char *path;
    struct buf bytes; /* of a snapshot of shop on server one */
};

static void read_whole(const char *path, struct buf *ret)
{
    char block[4096];
    ssize_t n;
    int fd = open(path, O_RDONLY);
    buf_reset(ret);
    assert_true(fd >= 0);
    while ((n = read(fd, block, sizeof(block))) > 0)
        buf_add(ret, block, (size_t)n);
    close(fd);
}

static void put(const struct folder *p, const char *name, const struct buf *bytes)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", p->path, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes->data, bytes->len), bytes->len);
    close(fd);
}

static bool there(const struct folder *p, const char *name)
{
    struct stat st;
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", p->path, name);
    return lstat(path, &st) == 0;
}

/* As dbtwin snapshot writes it; server NULL: as an earlier version did. */
static void make_snapshot(struct folder *p, const char *server, const char *database,
                          const char *source, struct buf *ret)
{
    char path[512];
    struct model m;
    struct target *t = NULL;
    struct err err = ERR_INIT;
    struct mark mark = {.source_label = source, .taken_at = "2026-01-01T00:00:00Z"};
    snprintf(path, sizeof(path), "%s/template", p->path);
    struct endpoint e = {.driver = &driver_archive, .path = path, .label = path};
    struct target_options o = {.overwrite = true};
    const char *xml = arena_printf(
        &p->c.arena,
        "<model dbtwin=\"1\" engine=\"postgresql\" version=\"150020\" server_version=\"15.20\" "
        "database=\"%s\" server_id=\"%s\" label=\"%s\"><database name=\"%s\"/></model>",
        database, server, source, database);
    model_init(&m);
    assert_true(model_from_xml(&m, (struct slice){xml, strlen(xml)}, &err));
    assert_true(driver_archive.target->open(&e, &o, &t, &err));
    assert_true(driver_archive.target->prepare(t, &m, &err));
    assert_true(driver_archive.target->publish(t, &mark, &err));
    driver_archive.target->close(t);
    model_release(&m);
    read_whole(path, ret);
    unlink(path);
}

static int setup(void **state)
{
    static struct folder p;
    static char folder[] = "/tmp/dbtwin-keep-XXXXXX";
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
    p = (struct folder){.path = mkdtemp(folder)};
    arena_init(&p.c.arena);
    buf_init(&p.bytes);
    make_snapshot(&p, "one", "shop", "prod", &p.bytes);
    *state = &p;
    return p.path ? 0 : -1;
}

static int teardown(void **state)
{
    struct folder *p = *state;
    char path[512];
    DIR *d = opendir(p->path);
    for (struct dirent *e; (e = readdir(d));) {
        snprintf(path, sizeof(path), "%s/%s", p->path, e->d_name);
        if (e->d_name[0] != '.')
            remove(path);
    }
    closedir(d);
    buf_release(&p->bytes);
    arena_release(&p->c.arena);
    return rmdir(p->path);
}

/* The civil date of a day's number: https://howardhinnant.github.io/date_algorithms.html */
static void civil(int days, int *y, int *m, int *d)
{
    int z = days + 719468, era = z / 146097, doe = z - era * 146097;
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp < 10 ? mp + 3 : mp - 9;
    *y = yoe + era * 400 + (*m <= 2);
}

static int week_of(int day)
{
    return (day + 3) / 7; /* 1970-01-01 was a Thursday */
}

static int month_of(int day)
{
    int y, m, d;
    civil(day, &y, &m, &d);
    return 12 * y + m;
}

static void name_of(int day, char ret[64])
{
    int y, m, d;
    civil(day, &y, &m, &d);
    snprintf(ret, 64, "shop-%04d%02d%02dT031500Z.dbtwin", y, m, d);
}

static bool apply(struct folder *p, const char *newest)
{
    struct err err = ERR_INIT;
    return retention_apply(&p->c, arena_printf(&p->c.arena, "%s/%s", p->path, newest), &err);
}

/* One snapshot a night: the last of its week (month) is the one that stands for it. */
static bool must_be_there(const struct folder *p, int day, int today)
{
    bool last_of_week = day == today || week_of(day) != week_of(day + 1);
    bool last_of_month = day == today || month_of(day) != month_of(day + 1);
    return day == today || today - day < p->c.keep_daily ||
           (last_of_week && week_of(today) - week_of(day) < p->c.keep_weekly) ||
           (last_of_month && month_of(today) - month_of(day) < p->c.keep_monthly);
}

static void play(struct folder *p, int64_t daily, int64_t weekly, int64_t monthly, int nights)
{
    char name[64];
    p->c.keep_daily = daily;
    p->c.keep_weekly = weekly;
    p->c.keep_monthly = monthly;
    for (int today = FIRST_DAY; today < FIRST_DAY + nights; today++) {
        name_of(today, name);
        put(p, name, &p->bytes);
        assert_true(apply(p, name));
        for (int day = FIRST_DAY; day <= today; day++) {
            name_of(day, name);
            if (there(p, name) != must_be_there(p, day, today))
                fail_msg("after night %d: %s is %sthere", today - FIRST_DAY, name,
                         there(p, name) ? "" : "not ");
        }
    }
}

static void a_month_of_nights(void **state)
{
    play(*state, 7, 0, 0, 31);
}

static void a_month_with_weeks(void **state)
{
    play(*state, 3, 4, 0, 45);
}

static void a_year_with_months(void **state)
{
    play(*state, 7, 4, 12, YEAR);
}

static void only_months(void **state)
{
    play(*state, 0, 0, 3, 120);
}

#define NEWEST "shop-20261122T031500Z.dbtwin"

/* Another server's, another database's (a name that becomes the same), another entry's. */
static void other_databases_keep_theirs(void **state)
{
    struct folder *p = *state;
    struct buf other = BUF_INIT;
    p->c.keep_daily = 1;
    make_snapshot(p, "two", "shop", "prod", &other);
    put(p, "shop-20261101T031500Z.dbtwin", &other);
    make_snapshot(p, "one",
                  "sh\xc3\xb6"
                  "p",
                  "prod", &other);
    put(p, "shop-20261102T031500Z.dbtwin", &other);
    make_snapshot(p, "one", "shop", "other", &other);
    put(p, "shop-20261103T031500Z.dbtwin", &other);
    buf_release(&other);
    put(p, "shop-20261104T031500Z.dbtwin", &p->bytes);
    put(p, "shop-eu-20261104T031500Z.dbtwin", &p->bytes);
    put(p, NEWEST, &p->bytes);
    assert_true(apply(p, NEWEST));
    assert_true(there(p, "shop-20261101T031500Z.dbtwin"));
    assert_true(there(p, "shop-20261102T031500Z.dbtwin"));
    assert_true(there(p, "shop-20261103T031500Z.dbtwin"));
    assert_false(there(p, "shop-20261104T031500Z.dbtwin"));
    assert_true(there(p, "shop-eu-20261104T031500Z.dbtwin"));
    assert_true(there(p, NEWEST));
}

/* They neither displace the one just written nor go. */
static void impossible_and_future_dates(void **state)
{
    static const char *const names[] = {
        "shop-20991231T235959Z.dbtwin", "shop-20261123T000000Z.dbtwin",
        "shop-20261345T000000Z.dbtwin", "shop-20260230T000000Z.dbtwin",
        "shop-20261122T256199Z.dbtwin", "shop-00000000T000000Z.dbtwin"};
    struct folder *p = *state;
    p->c.keep_daily = 1;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        put(p, names[i], &p->bytes);
    put(p, "shop-20261121T031500Z.dbtwin", &p->bytes);
    put(p, NEWEST, &p->bytes);
    assert_true(apply(p, NEWEST));
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_true(there(p, names[i]));
    assert_false(there(p, "shop-20261121T031500Z.dbtwin"));
    assert_true(there(p, NEWEST));
}

static void what_is_no_file_of_ours(void **state)
{
    struct folder *p = *state;
    char path[512];
    struct buf text = BUF_INIT;
    p->c.keep_daily = 1;
    buf_adds(&text, "not a snapshot");
    put(p, "shop-20261105T031500Z.dbtwin", &text);
    put(p, "keep me", &p->bytes);
    snprintf(path, sizeof(path), "%s/shop-20261106T031500Z.dbtwin", p->path);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/shop-20261107T031500Z.dbtwin", p->path);
    assert_int_equal(mkfifo(path, 0600), 0);
    snprintf(path, sizeof(path), "%s/shop-20261108T031500Z.dbtwin", p->path);
    assert_int_equal(symlink("keep me", path), 0);
    put(p, "shop-20261109T031500Z.dbtwin", &p->bytes);
    snprintf(path, sizeof(path), "%s/shop-20261109T031500Z.dbtwin", p->path);
    bool foreign = geteuid() == 0 && chown(path, 65534, 65534) == 0;
    put(p, NEWEST, &p->bytes);
    assert_true(apply(p, NEWEST));
    for (int day = 5; day <= 8; day++) {
        char name[64];
        snprintf(name, sizeof(name), "shop-202611%02dT031500Z.dbtwin", day);
        assert_true(there(p, name));
    }
    assert_int_equal(there(p, "shop-20261109T031500Z.dbtwin"), foreign);
    assert_true(there(p, "keep me"));
    assert_true(there(p, NEWEST));
    buf_release(&text);
}

static void what_dead_runs_left(void **state)
{
    static const char *const gone[] = {"shop-20261101T031500Z.dbtwin.partial",
                                       "shop-20261101T031500Z.dbtwin.0123abcd.partial"};
    static const char *const stay[] = {"shop-20261101T031500Z.dbtwin.0123abcg.partial",
                                       "other-20261101T031500Z.dbtwin.0123abcd.partial",
                                       "shop.partial"};
    struct folder *p = *state;
    struct place shop = {.e = {.label = "postgresql://h/shop"}};
    for (size_t i = 0; i < ARRAY_LEN(gone); i++)
        put(p, gone[i], &p->bytes);
    for (size_t i = 0; i < ARRAY_LEN(stay); i++)
        put(p, stay[i], &p->bytes);
    retention_sweep(&p->c, p->path, &shop);
    for (size_t i = 0; i < ARRAY_LEN(gone); i++)
        assert_false(there(p, gone[i]));
    for (size_t i = 0; i < ARRAY_LEN(stay); i++)
        assert_true(there(p, stay[i]));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_month_of_nights),           IN_FOLDER(a_month_with_weeks),
        IN_FOLDER(a_year_with_months),          IN_FOLDER(only_months),
        IN_FOLDER(other_databases_keep_theirs), IN_FOLDER(impossible_and_future_dates),
        IN_FOLDER(what_is_no_file_of_ours),     IN_FOLDER(what_dead_runs_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
