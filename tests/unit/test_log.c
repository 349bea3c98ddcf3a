#include <dbtwin/log.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "unit.h"

struct seen {
    int lines, broken;
    enum log_level level;
    char last[5000];
};

static void sink(enum log_level level, const char *line, void *ctx)
{
    struct seen *seen = ctx;
    int lines = seen->lines;

    sched_yield(); /* without the lock another thread comes in between here */
    seen->lines = lines + 1;
    seen->level = level;
    if (strchr(line, '\n'))
        seen->broken++;
    strncpy(seen->last, line, sizeof(seen->last) - 1);
}

static void levels(void **state)
{
    struct seen seen = {0};

    (void)state;
    log_warn("nobody listens");
    log_install(sink, &seen, LOG_INFO);
    assert_int_equal(log_level_get(), LOG_INFO);
    log_debug("no");
    assert_int_equal(seen.lines, 0);
    log_info("%d tables", 3);
    assert_string_equal(seen.last, "3 tables");
    assert_int_equal(seen.level, LOG_INFO);
    log_warn("careful");
    assert_int_equal(seen.level, LOG_WARN);
    log_install(sink, &seen, LOG_DEBUG);
    log_debug("yes");
    assert_int_equal(seen.lines, 3);
    log_install(sink, &seen, LOG_ERROR);
    log_warn("no");
    log_install(NULL, NULL, LOG_WARN);
    log_warn("no");
    assert_int_equal(seen.lines, 3);
}

static void lines_are_whole_and_safe(void **state)
{
    static char big[10000];
    struct seen seen = {0};

    (void)state;
    log_install(sink, &seen, LOG_WARN);
    log_warn("a\nb\tc\033[31m");
    assert_string_equal(seen.last, "a b c?[31m");
    log_warn("to mysql://bob:secret@db");
    assert_string_equal(seen.last, "to mysql://bob:***@db");
    memset(big, 'x', sizeof(big) - 1);
    log_warn("%s", big);
    assert_true(strlen(seen.last) > 4000 && strlen(seen.last) < 4096);
    log_install(NULL, NULL, LOG_WARN);
}

static void *shout(void *arg)
{
    (void)arg;
    for (int i = 0; i < 1000; i++)
        log_warn("line %d", i);
    return NULL;
}

static void one_line_at_a_time(void **state)
{
    struct seen seen = {0};
    pthread_t threads[4];

    (void)state;
    log_install(sink, &seen, LOG_WARN);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, shout, NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(seen.lines, 4000);
    assert_int_equal(seen.broken, 0);
    log_install(NULL, NULL, LOG_WARN);
}

static void cancel_flag(void **state)
{
    (void)state;
    assert_false(log_cancelled());
    log_cancel_set();
    assert_true(log_cancelled());
    log_cancel_clear();
    assert_false(log_cancelled());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels),
        cmocka_unit_test(lines_are_whole_and_safe),
        cmocka_unit_test(one_line_at_a_time),
        cmocka_unit_test(cancel_flag),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
