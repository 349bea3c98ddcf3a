#include "driver/mysql/connection/text.h"

#include <string.h>

#include "unit.h"

static void check_strip(const char *text, const char *db, bool fold, const char *wanted)
{
    struct buf b = BUF_INIT;
    my_text_strip(&b, text, db, fold, NULL, NULL);
    assert_string_equal(b.data, wanted);
    buf_release(&b);
}

static void own_name_goes(void **state)
{
    (void)state;
    check_strip("select `a`.`x` from (`shop`.`a` join `shop`.`b` on(1))", "shop", false,
                "select `a`.`x` from (`a` join `b` on(1))");
    check_strip("select `shop`.`a`.`x` from `shop`.`a`", "shop", false, "select `a`.`x` from `a`");
    check_strip("nextval(`shop`.`s`)", "shop", false, "nextval(`s`)");
    check_strip("select `Shop`.`f`(1)", "shop", true, "select `f`(1)");
    check_strip("select `sh``op`.`f`(1)", "sh`op", false, "select `f`(1)");
}

static void others_stay(void **state)
{
    (void)state;
    check_strip("select 1 from `other`.`a`", "shop", false, "select 1 from `other`.`a`");
    check_strip("select '`shop`.`a`',\"`shop`.`b`\" from `shop`.`a`", "shop", false,
                "select '`shop`.`a`',\"`shop`.`b`\" from `a`");
    check_strip("select 'it''s \\' `shop`.`a`' from `shop`.`a`", "shop", false,
                "select 'it''s \\' `shop`.`a`' from `a`");
    check_strip("select `Shop`.`f`(1)", "shop", false, "select `Shop`.`f`(1)");
    check_strip("select `x`.`shop`.`c` from `x`.`shop`", "shop", false,
                "select `x`.`shop`.`c` from `x`.`shop`");
}

/* A table called like its database: `shop`.`id` is a column then. */
static void alias_of_the_same_name(void **state)
{
    (void)state;
    check_strip("select `shop`.`id` AS `id` from (`shop`.`shop` join `shop`.`b` on((`shop`.`id` = "
                "`b`.`id`)))",
                "shop", false,
                "select `shop`.`id` AS `id` from (`shop` join `b` on((`shop`.`id` = `b`.`id`)))");
    /* three names are a database's, a table's and a column's, whatever else has the first's name */
    check_strip("select `shop`.`t`.`a` AS `shop` from `shop`.`t`", "shop", false,
                "select `t`.`a` AS `shop` from `t`");
    check_strip("select `shop`.`f`(`shop`.`id`) from `shop`.`t` `shop`", "shop", false,
                "select `f`(`shop`.`id`) from `t` `shop`");
}

static void count_name(void *ctx, const char *name, bool routine)
{
    struct buf *b = ctx;
    buf_addf(b, "%s%s;", name, routine ? "()" : "");
}

static void names_are_told(void **state)
{
    struct buf out = BUF_INIT, names = BUF_INIT;
    (void)state;
    my_text_strip(&out, "select `d`.`f`(1) from `d`.`a``b` join `e`.`c`", "d", false, count_name,
                  &names);
    assert_string_equal(names.data, "f();a`b;");
    buf_release(&out);
    buf_release(&names);
}

static void escapes_are_undone_once(void **state)
{
    struct buf b = BUF_INIT;
    (void)state;
    my_text_unescape(&b, "concat(`a`,_utf8mb4\\'\\\\\\'x\\')");
    assert_string_equal(b.data, "concat(`a`,_utf8mb4'\\'x')");
    buf_reset(&b);
    my_text_unescape(&b, "a\\nb\\");
    assert_string_equal(b.data, "a\nb\\");
    buf_release(&b);
}

static void check_slice(struct slice s, const char *wanted)
{
    assert_int_equal(s.len, strlen(wanted));
    assert_memory_equal(s.data, wanted, s.len);
}

static void routines_come_apart(void **state)
{
    struct my_text_routine t;
    (void)state;
    assert_true(my_text_routine(
        "CREATE DEFINER=`root`@`localhost` FUNCTION `f(`(a int, b enum(')','(') ) RETURNS "
        "varchar(30) CHARSET utf8mb4\n    NO SQL\n    DETERMINISTIC\n    COMMENT 'it\nis '' so'\n"
        "BEGIN RETURN '\\$['; END ",
        &t));
    check_slice(t.arguments, "a int, b enum(')','(') ");
    check_slice(t.result, "varchar(30) CHARSET utf8mb4");
    check_slice(t.body, "BEGIN RETURN '\\$['; END ");
    assert_false(t.aggregate);
    assert_true(my_text_routine("CREATE DEFINER=`r`@`%` PROCEDURE `p`()\nSELECT 1", &t));
    check_slice(t.arguments, "");
    check_slice(t.body, "SELECT 1");
    assert_true(my_text_routine("CREATE DEFINER=`PROCEDURE`@`%` AGGREGATE FUNCTION `p`(x int) "
                                "RETURNS int(11)\nBEGIN END",
                                &t));
    assert_true(t.aggregate);
    check_slice(t.result, "int(11)");
    assert_false(my_text_routine("CREATE TABLE `t` (a int)", &t));
    assert_false(my_text_routine("CREATE FUNCTION `f`(a int", &t));
    assert_false(my_text_routine("", &t));
}

static void triggers_and_events_come_apart(void **state)
{
    struct buf columns = BUF_INIT;
    struct slice s;
    (void)state;
    assert_true(my_text_trigger("CREATE DEFINER=`root`@`localhost` TRIGGER `on` BEFORE INSERT ON "
                                "`row` FOR EACH ROW BEGIN /* on each row */ END",
                                &columns, &s));
    check_slice(s, "BEGIN /* on each row */ END");
    assert_true(my_text_trigger("CREATE TRIGGER t after update on x for each row\n  follows `u`\n"
                                "set @a = 1",
                                &columns, &s));
    check_slice(s, "set @a = 1");
    assert_false(my_text_trigger("CREATE TRIGGER t after update on x", &columns, &s));
    assert_true(my_text_event("CREATE DEFINER=`do`@`%` EVENT `do` ON SCHEDULE EVERY 1 DAY ON "
                              "COMPLETION PRESERVE DISABLE COMMENT ' DO ' DO BEGIN DO 1; END",
                              &s));
    check_slice(s, "BEGIN DO 1; END");
}

static void packages_and_views_come_apart(void **state)
{
    struct slice s;
    struct my_text_view v;
    (void)state;
    assert_true(my_text_package("CREATE DEFINER=\"r\"@\"%\" PACKAGE BODY \"p\" AS FUNCTION a "
                                "RETURN int AS BEGIN RETURN 1; END; END",
                                &s));
    check_slice(s, "AS FUNCTION a RETURN int AS BEGIN RETURN 1; END; END");
    assert_true(my_text_package("CREATE DEFINER=\"r\"@\"%\" PACKAGE \"p\"    SQL SECURITY INVOKER\n"
                                "    COMMENT 'one'\n as function a return int; end",
                                &s));
    check_slice(s, "as function a return int; end");
    assert_true(my_text_view("CREATE ALGORITHM=MERGE DEFINER=`as`@`view` SQL SECURITY INVOKER VIEW "
                             "`d`.`as` AS select 1 AS `x` WITH CASCADED CHECK OPTION",
                             &v));
    assert_string_equal(v.algorithm, "merge");
    check_slice(v.query, "select 1 AS `x`");
    check_slice(v.columns, "");
    assert_true(my_text_view("CREATE ALGORITHM=UNDEFINED DEFINER=`r`@`%` SQL SECURITY DEFINER VIEW "
                             "`algorithm` (`x)`,`as`) AS select 1 AS `1`,2 AS `2`",
                             &v));
    assert_string_equal(v.algorithm, "undefined");
    check_slice(v.columns, "`x)`,`as`");
    check_slice(v.query, "select 1 AS `1`,2 AS `2`");
}

/* Nothing of a head is passed over: what no server that was there when this was written shows is
 * not understood, and so named. */
static void heads_hold_nothing_else(void **state)
{
    struct buf columns = BUF_INIT;
    struct slice s;
    struct my_text_view v;
    struct my_text_routine t;
    (void)state;
    assert_true(my_text_trigger("CREATE DEFINER=`r`@`%` TRIGGER `t` BEFORE UPDATE OF a,`b``c` ON "
                                "`x` FOR EACH ROW SET NEW.a = 1",
                                &columns, &s));
    assert_string_equal(columns.data, "`a`, `b``c`");
    buf_release(&columns);
    assert_false(my_text_trigger("CREATE DEFINER=`r`@`%` TRIGGER `t` BEFORE INSERT OR UPDATE ON "
                                 "`x` FOR EACH ROW SET NEW.a = 1",
                                 &columns, &s));
    assert_true(my_text_trigger("CREATE DEFINER=`r`@`%` trigger if not exists d.t1 before insert "
                                "on d.x for each row precedes t2 SET NEW.a = 1",
                                &columns, &s));
    check_slice(s, "SET NEW.a = 1");
    assert_int_equal(columns.len, 0);
    assert_false(my_text_event("CREATE DEFINER=`r`@`%` EVENT `e` ON SCHEDULE EVERY 1 DAY ON "
                               "COMPLETION PRESERVE ENABLE LAZILY DO SELECT 1",
                               &s));
    assert_true(my_text_event("CREATE DEFINER=`r`@`%` EVENT `e` ON SCHEDULE EVERY '1 2' DAY_HOUR "
                              "STARTS '2030-01-01 00:00:00' ENDS '2031-01-01 00:00:00' ON "
                              "COMPLETION NOT PRESERVE DISABLE ON REPLICA DO SELECT 1",
                              &s));
    check_slice(s, "SELECT 1");
    assert_false(my_text_view("CREATE DEFINER=`r`@`%` SQL SECURITY DEFINER JSON RELATIONAL DUALITY "
                              "VIEW `v` AS select 1",
                              &v));
    assert_false(my_text_view("CREATE VIEW `v` WITH SOMETHING AS select 1", &v));
    assert_false(my_text_routine("CREATE DEFINER=`r`@`%` STRANGE FUNCTION `f`() RETURNS int\n"
                                 "RETURN 1",
                                 &t));
    assert_true(my_text_routine("CREATE DEFINER=`r`@`%` FUNCTION `f`(a int) RETURNS int\n"
                                "    DETERMINISTIC\n    LANGUAGE JAVASCRIPT\n    USING (`d`.`l`)\n"
                                "    COMMENT 'c'\nAS $$return a$$",
                                &t));
    check_slice(t.body, "LANGUAGE JAVASCRIPT\n    USING (`d`.`l`)\n    COMMENT 'c'\nAS $$return "
                        "a$$");
}

static void bytes_that_are_no_text(void **state)
{
    struct buf b = BUF_INIT;
    (void)state;
    assert_true(my_text_is_utf8("a\xc3\xa9\xf0\x9f\x98\x80", 7));
    assert_false(my_text_is_utf8("\xc3", 1));
    assert_false(my_text_is_utf8("\xc0\xaf", 2));
    assert_false(my_text_is_utf8("\xed\xa0\x80", 3));
    assert_false(my_text_is_utf8("\xf4\x90\x80\x80", 4));
    my_text_as_utf8(&b, "(concat(_latin1'\xe9\\n''\\'',_utf8mb4'\xc3\xa9'))");
    assert_string_equal(b.data, "(concat(_latin1 x'E90A2727',_utf8mb4'\xc3\xa9'))");
    buf_release(&b);
}

static void check_head(const char *text, const char *wanted)
{
    struct buf columns = BUF_INIT, head = BUF_INIT;
    struct slice body;
    assert_true(my_text_trigger(text, &columns, &body));
    assert_int_equal(my_text_trigger_head(text, body, "shop", &head), wanted != NULL);
    if (wanted)
        assert_string_equal(head.data, wanted);
    buf_release(&columns);
    buf_release(&head);
}

static void a_triggers_head_is_kept_as_written(void **state)
{
    (void)state;
    check_head(
        "CREATE DEFINER=`a`@`b` trigger  T1\n  before insert  on   t\n for each row\n  set @a=1",
        "trigger  T1\n  before insert  on   t\n for each row\n  ");
    check_head(
        "CREATE DEFINER=`a`@`b` TRIGGER shop.t1 AFTER UPDATE ON `shop` . t FOR EACH ROW BEGIN END",
        "TRIGGER t1 AFTER UPDATE ON  t FOR EACH ROW ");
    check_head("CREATE DEFINER=`a`@`b` TRIGGER \"shop\".\"t 1\" AFTER UPDATE ON \"t\" FOR EACH ROW "
               "BEGIN END",
               "TRIGGER \"t 1\" AFTER UPDATE ON \"t\" FOR EACH ROW ");
    check_head("CREATE TRIGGER other.t1 AFTER UPDATE ON t FOR EACH ROW BEGIN END", NULL);
    check_head("CREATE TRIGGER t1 AFTER UPDATE ON t FOR EACH ROW PRECEDES x BEGIN END", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_triggers_head_is_kept_as_written),
        cmocka_unit_test(own_name_goes),
        cmocka_unit_test(others_stay),
        cmocka_unit_test(alias_of_the_same_name),
        cmocka_unit_test(names_are_told),
        cmocka_unit_test(escapes_are_undone_once),
        cmocka_unit_test(routines_come_apart),
        cmocka_unit_test(triggers_and_events_come_apart),
        cmocka_unit_test(packages_and_views_come_apart),
        cmocka_unit_test(heads_hold_nothing_else),
        cmocka_unit_test(bytes_that_are_no_text),
    };
    return cmocka_run_group_tests_name("my_text", tests, NULL, NULL);
}
