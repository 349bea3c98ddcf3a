#include "cli/cli.h"

#include <string.h>

#include "unit.h"

static void folds(const char *text, unsigned width, const char *wanted)
{
    struct buf out = BUF_INIT;
    page_fold((struct slice){text, strlen(text)}, width, &out);
    assert_string_equal(out.data, wanted);
    buf_release(&out);
}

static void lines_are_broken_at_blanks(void **state)
{
    (void)state;
    folds("", 40, "");
    folds("short\n\nline\n", 40, "short\n\nline\n");
    folds("no line break at the end", 40, "no line break at the end");
    folds("  ~ one two three four five six seven eight nine\n", 40,
          "  ~ one two three four five six seven\n      eight nine\n");
    folds("exactly forty characters, and no blank..\n", 40,
          "exactly forty characters, and no blank..\n");
}

static void what_has_no_blank_is_cut(void **state)
{
    (void)state;
    folds("0123456789012345678901234567890123456789abc\n", 40,
          "0123456789012345678901234567890123456789\n    abc\n");
    folds("                                       x y z\n", 40,
          "                                       x\n                    y z\n");
}

/* Characters count, not bytes; a colour takes no room, and is never cut. */
static void what_a_terminal_counts(void **state)
{
    (void)state;
    folds("ääääääääääääääääääääääääääääääääääääääää\n", 40,
          "ääääääääääääääääääääääääääääääääääääääää\n");
    folds("\033[31m0123456789012345678901234567890123456789\033[0m\n", 40,
          "\033[31m0123456789012345678901234567890123456789\033[0m\n");
    folds("\033[31m0123456789012345678901234567890123456789\033[0mä\n", 40,
          "\033[31m0123456789012345678901234567890123456789\033[0m\n    ä\n");
}

static void a_narrow_or_unknown_width_is_none(void **state)
{
    (void)state;
    folds("one two three four five six seven eight nine ten\n", 0,
          "one two three four five six seven eight nine ten\n");
    folds("one two three four five six seven eight nine ten\n", 39,
          "one two three four five six seven eight nine ten\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_broken_at_blanks),
        cmocka_unit_test(what_has_no_blank_is_cut),
        cmocka_unit_test(what_a_terminal_counts),
        cmocka_unit_test(a_narrow_or_unknown_width_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
