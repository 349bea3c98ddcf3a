#include "cli/charset.h"
#include "cli/progress_view.h"
#include "cli/recap.h"

#include <dbtwin/clock.h>
#include <dbtwin/json.h>

#include <string.h>

#include "unit.h"

static struct sync_table tables[] = {
    {.path = "public.done",
     .estimate = 900,
     .parts = 1,
     .parts_done = 1,
     .bytes = 900,
     .began = 1,
     .ended = 2001},
    {.path = "public.small", .estimate = 100, .parts = 1, .bytes = 50, .began = 1},
    {.path = "public.waits", .estimate = 5000, .parts = 1},
    {.path = "public.large", .estimate = 1000, .parts = 4, .bytes = 100, .rows = 1234, .began = 1},
    {.path = "public.\xc3\xa4\xc3\xb6\x1b[31m a long name that is cut at its end",
     .estimate = 400,
     .parts = 1,
     .bytes = 10,
     .began = 1},
};

static struct progress_view view_of(struct sync_progress *p, unsigned width)
{
    *p = (struct sync_progress){.phase = "data",
                                .tables = 5,
                                .tables_done = 1,
                                .rows = 1234,
                                .bytes = 1000000,
                                .bytes_estimate = 3000000,
                                .weight = 1000000,
                                .data_began = clock_now() - 10,
                                .list = tables,
                                .n_list = ARRAY_LEN(tables)};
    return (struct progress_view){
        .p = p, .gone = 12, .data_gone = 10, .width = width, .height = 24, .ascii = true};
}

static void a_line(void **state)
{
    struct sync_progress p;
    struct progress_view v = view_of(&p, 0);
    struct buf b = BUF_INIT;
    (void)state;
    progress_view_line(&v, &b);
    assert_string_equal(b.data, "data: 25 %, about 0:30 left, tables 1/5, 1,234 rows, 1 MB, 100 "
                                "kB/s, 0:12 gone");
    buf_release(&b);
}

/* Of the tables under way the two of which most is left. */
static void lines_of_a_terminal(void **state)
{
    struct sync_progress p;
    struct progress_view v = view_of(&p, 200);
    struct buf b = BUF_INIT;
    (void)state;
    assert_int_equal(progress_view_lines(&v, &b), 3);
    assert_string_equal(
        b.data,
        "data          [#####---------------]  25 %  about 0:30 left, tables 1/5, 1,234 rows, 1 "
        "MB, "
        "100 kB/s, 0:12 gone\n"
        "  public.large                      [##------------------]  10 %  1,234 rows, 100 B\n"
        "  public.äö\\x1B[31m a long name th  [--------------------]   2 %  10 B");
    v.height = 3;
    buf_reset(&b);
    assert_int_equal(progress_view_lines(&v, &b), 1);
    v.ascii = false;
    buf_reset(&b);
    progress_view_lines(&v, &b);
    assert_non_null(strstr(b.data, "█████░"));
    buf_release(&b);
}

static void no_line_is_wider(void **state)
{
    (void)state;
    for (unsigned width = 2; width < 130; width++)
        for (int ascii = 0; ascii < 2; ascii++) {
            struct sync_progress p;
            struct progress_view v = view_of(&p, width);
            struct buf b = BUF_INIT;
            unsigned columns = 0;
            v.ascii = ascii;
            progress_view_lines(&v, &b);
            for (size_t i = 0; i <= b.len; i++) {
                if (b.data[i] == '\n' || !b.data[i]) {
                    assert_true(columns < width);
                    columns = 0;
                } else {
                    columns += ((unsigned char)b.data[i] & 0xc0) != 0x80;
                }
            }
            buf_release(&b);
        }
}

static void as_json(void **state)
{
    struct sync_progress p;
    struct progress_view v = view_of(&p, 0);
    struct buf b = BUF_INIT;
    struct json *j = progress_view_json(&v);
    (void)state;
    json_dump(j, 0, &b);
    const char *left = strstr(b.data, "\"seconds_left\":");
    assert_non_null(left);
    assert_non_null(strstr(b.data, "\"percent\":25,"));
    assert_int_equal(json_len(json_get(j, "running")), 2);
    assert_string_equal(json_text(json_get(json_at(json_get(j, "running"), 0), "table")),
                        "public.large");
    json_free(j);
    p = (struct sync_progress){0};
    j = progress_view_json(&v);
    assert_string_equal(json_text(json_get(j, "phase")), "starting");
    assert_null(json_text(json_get(j, "percent")));
    json_free(j);
    buf_release(&b);
}

/* A file that is read tells how much of it there is; what is compared, how much of its chunks. */
static void shares(void **state)
{
    double share, left;
    struct sync_progress p = {.phase = "data",
                              .weight = 100,
                              .bytes = 1000,
                              .file = {.parts = 400, .parts_done = 100},
                              .data_began = clock_now() - 1};
    (void)state;
    assert_true(sync_progress_share(&p, &share, &left));
    assert_true(share > 0.24 && share < 0.25);
    p.file.parts = 0;
    assert_false(sync_progress_share(&p, &share, &left));
    p.by_weight = true;
    p.weight_done = 50;
    assert_true(sync_progress_share(&p, &share, &left));
    assert_true(share > 0.49 && share < 0.51 && left > 0.9 && left < 1.2);
    struct sync_table t = {.estimate = 10, .parts = 2, .bytes = 50, .parts_done = 1};
    assert_true(sync_table_share(&t) < 1);
    t.parts_done = 2;
    assert_true(sync_table_share(&t) >= 1);
    t = (struct sync_table){.parts = 1};
    assert_true(sync_table_share(&t) < 0);
}

static void a_recap(void **state)
{
    struct sync_result r = {.rows = 1000,
                            .bytes = 2000000,
                            .seconds_data = 2,
                            .list = tables,
                            .n_list = ARRAY_LEN(tables)};
    struct buf b = BUF_INIT;
    (void)state;
    recap_write(&r, &b);
    assert_non_null(
        strstr(b.data, "  rows                                    2.0  1 MB/s, 500 rows/s\n"));
    assert_non_null(strstr(b.data, "  public.done                             2.0  "));
    assert_null(strstr(b.data, "public.small")); /* which never ended */
    buf_release(&b);
}

static void plain(const char *text, const char *wanted)
{
    struct buf b = BUF_INIT;
    charset_plain((struct slice){text, strlen(text)}, &b);
    assert_string_equal(b.data, wanted);
    buf_release(&b);
}

static void ascii_of_our_own_signs(void **state)
{
    (void)state;
    plain("a → b … “x” – y", "a -> b ... \"x\" - y");
    plain("Jürgen 漢字 \xe2\x86", "Jürgen 漢字 \xe2\x86");
    plain("", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line),
        cmocka_unit_test(lines_of_a_terminal),
        cmocka_unit_test(no_line_is_wider),
        cmocka_unit_test(as_json),
        cmocka_unit_test(shares),
        cmocka_unit_test(a_recap),
        cmocka_unit_test(ascii_of_our_own_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
