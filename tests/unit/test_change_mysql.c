#include "change_mysql.h"

/* Tables and columns. */

/* ---- the same twice -------------------------------------------------------------------------- */

static void equal_models_need_nothing(void **state)
{
    struct fix f;

    (void)state;
    start(&f, ENGINE_MY);
    column(&f.from, table(&f.from, "t"), "a", "int", "1");
    column(&f.to, table(&f.to, "t"), "a", "int", "1");
    make(&f, true);
    assert_steps(&f, 0);
    assert_int_equal(f.plan.refusals.len, 0);
    end(&f);
}

/* 36: one object a statement. */
static void each_table_is_dropped_by_itself(void **state)
{
    struct fix f;

    (void)state;
    start(&f, ENGINE_MA);
    column(&f.to, table(&f.to, "a"), "x", "int", "1");
    column(&f.to, table(&f.to, "b"), "x", "int", "1");
    make(&f, false);
    assert_steps(&f, 2);
    assert_string_equal(step(&f, "`a`")->sql, "DROP TABLE `a`");
    assert_string_equal(step(&f, "`b`")->sql, "DROP TABLE `b`");
    assert_true(step(&f, "`a`")->hazards & HAZARD_DATA);
    end(&f);
}

/* ---- columns --------------------------------------------------------------------------------- */

/* 37: all of a column in one clause, whatever of it differs. */
static void a_modify_restates_the_whole_column(void **state)
{
    struct fix f;
    struct model *sides[] = {&f.from, &f.to};

    (void)state;
    start(&f, ENGINE_MA);
    for (int i = 0; i < 2; i++) {
        struct object *t = table(sides[i], "t");
        struct object *c = text_column(sides[i], t, "a", i ? "varchar(10)" : "varchar(20)", "1");

        catalog_set(sides[i], c, "charset", "latin1");
        catalog_set(sides[i], c, "collation", "latin1_bin");
        catalog_set(sides[i], c, "not_null", "yes");
        catalog_set(sides[i], c, "default", "'x'");
        catalog_set(sides[i], c, "invisible", "yes");
        catalog_set(sides[i], c, "options", "WITHOUT SYSTEM VERSIONING");
        catalog_set(sides[i], c, "comment", "it's");
        add(sides[i], K_CHECK, t, "a", "expression", "`a` <> ''", "level", "column", NULL);
        c = column(sides[i], t, "ts", "timestamp", "2");
        catalog_set(sides[i], c, "on_update", "current_timestamp()");
        catalog_set(sides[i], c, "comment", i ? "old" : "new");
    }
    make(&f, false);
    assert_steps(&f, 1);
    step(&f,
         "MODIFY COLUMN `a` varchar(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT "
         "'x' INVISIBLE WITHOUT SYSTEM VERSIONING COMMENT 'it''s' CHECK (`a` <> '')");
    step(&f, "MODIFY COLUMN `ts` timestamp NULL ON UPDATE current_timestamp() COMMENT 'new'");
    end(&f);
}

static void a_mysql_column_keeps_its_srid_and_counter(void **state)
{
    struct fix f;
    struct model *sides[] = {&f.from, &f.to};

    (void)state;
    start(&f, ENGINE_MY);
    for (int i = 0; i < 2; i++) {
        struct object *t = table(sides[i], "t");
        struct object *c = column(sides[i], t, "g", "point", "1");

        catalog_set(sides[i], c, "srid", "4326");
        catalog_set(sides[i], c, "not_null", "yes");
        catalog_set(sides[i], c, "comment", i ? NULL : "place");
        c = column(sides[i], t, "id", i ? "int" : "bigint", "2");
        catalog_set(sides[i], c, "auto_increment", "yes");
        catalog_set(sides[i], c, "not_null", "yes");
        key(sides[i], t, "PRIMARY", "`id`");
    }
    make(&f, false);
    assert_steps(&f, 1);
    step(&f, "MODIFY COLUMN `g` point NOT NULL SRID 4326 COMMENT 'place'");
    step(&f, "MODIFY COLUMN `id` bigint NOT NULL AUTO_INCREMENT");
    assert_true(step(&f, "MODIFY")->hazards & HAZARD_REWRITE);
    assert_false(step(&f, "MODIFY")->hazards & (HAZARD_ROWS | HAZARD_DATA));
    end(&f);
}

/* 43: the column and its key in one statement. */
static void a_counter_comes_with_its_key(void **state)
{
    struct fix f;
    struct object *t, *c;

    (void)state;
    start(&f, ENGINE_MY);
    t = table(&f.from, "t");
    c = column(&f.from, t, "id", "int", "1");
    catalog_set(&f.from, c, "auto_increment", "yes");
    catalog_set(&f.from, c, "not_null", "yes");
    column(&f.from, t, "a", "int", "2");
    key(&f.from, t, "PRIMARY", "`id`");
    t = table(&f.to, "t");
    catalog_set(&f.to, column(&f.to, t, "a", "int", "1"), "not_null", "yes");
    key(&f.to, t, "PRIMARY", "`a`");
    make(&f, false);
    assert_steps(&f, 1);
    step(&f, "DROP PRIMARY KEY");
    step(&f, "ADD COLUMN `id` int NOT NULL AUTO_INCREMENT FIRST");
    step(&f, "ADD PRIMARY KEY (`id`)");
    end(&f);
}

/* 44: what a dropped column leaves of an index is said. */
static void an_index_of_a_dropped_column_is_made_again(void **state)
{
    struct fix f;
    struct object *t, *k;

    (void)state;
    start(&f, ENGINE_MY);
    t = table(&f.from, "t");
    column(&f.from, t, "a", "int", "1");
    key(&f.from, t, "k", "`a`");
    t = table(&f.to, "t");
    column(&f.to, t, "a", "int", "1");
    column(&f.to, t, "b", "int", "2");
    k = key(&f.to, t, "k", "`a`");
    add(&f.to, K_INDEX_PART, k, "2", "expression", "`b`", NULL);
    key(&f.to, t, "only_b", "`b`");
    make(&f, false);
    assert_steps(&f, 1);
    step(&f, "DROP INDEX `k`");
    step(&f, "DROP INDEX `only_b`");
    step(&f, "DROP COLUMN `b`");
    step(&f, "ADD KEY `k` (`a`)");
    assert_true(step(&f, "DROP COLUMN")->hazards & HAZARD_DATA);
    end(&f);
}

/* 45: a check of a dropped column goes with it, in one statement. */
static void a_check_goes_before_its_column(void **state)
{
    struct fix f;
    struct object *t;
    const char *sql;

    (void)state;
    start(&f, ENGINE_MY);
    t = table(&f.from, "t");
    column(&f.from, t, "a", "int", "1");
    t = table(&f.to, "t");
    column(&f.to, t, "a", "int", "1");
    column(&f.to, t, "b", "int", "2");
    add(&f.to, K_CHECK, t, "c", "expression", "`b` > 0", "enforced", "yes", NULL);
    make(&f, false);
    assert_steps(&f, 1);
    sql = step(&f, "DROP CHECK `c`")->sql;
    assert_true(strstr(sql, "DROP CHECK") < strstr(sql, "DROP COLUMN `b`"));
    end(&f);
}

static void generated(struct model *m, struct object *t, const char *how, const char *expression)
{
    struct object *c = column(m, t, "g", "int", "2");

    catalog_set(m, c, "generated", how);
    catalog_set(m, c, "expression", expression);
}

/* 46 */
static void virtual_and_stored_are_dropped_and_added(void **state)
{
    struct fix f;
    struct object *t;

    (void)state;
    start(&f, ENGINE_MY);
    t = table(&f.from, "t");
    column(&f.from, t, "a", "int", "1");
    generated(&f.from, t, "stored", "`a` + 1");
    key(&f.from, t, "k", "`g`");
    t = table(&f.to, "t");
    column(&f.to, t, "a", "int", "1");
    generated(&f.to, t, "virtual", "`a` + 1");
    key(&f.to, t, "k", "`g`");
    make(&f, false);
    assert_steps(&f, 1);
    step(&f, "DROP INDEX `k`");
    step(&f, "DROP COLUMN `g`");
    step(&f, "ADD COLUMN `g` int GENERATED ALWAYS AS (`a` + 1) STORED AFTER `a`");
    step(&f, "ADD KEY `k` (`g`)");
    assert_false(step(&f, "ADD")->hazards & HAZARD_DATA);
    end(&f);
}

static void another_expression_is_a_modify(void **state)
{
    struct fix f;
    struct object *t;

    (void)state;
    start(&f, ENGINE_MY);
    t = table(&f.from, "t");
    column(&f.from, t, "a", "int", "1");
    generated(&f.from, t, "virtual", "`a` + 2");
    t = table(&f.to, "t");
    column(&f.to, t, "a", "int", "1");
    generated(&f.to, t, "virtual", "`a` + 1");
    make(&f, false);
    assert_steps(&f, 1);
    step(&f, "MODIFY COLUMN `g` int GENERATED ALWAYS AS (`a` + 2) VIRTUAL");
    assert_true(step(&f, "MODIFY")->hazards & HAZARD_REWRITE); /* MySQL copies, MariaDB does not */
    end(&f);
}

static void a_stored_column_overwrites_a_plain_one(void **state)
{
    struct fix f;
    struct object *t;

    (void)state;
    start(&f, ENGINE_MA);
    t = table(&f.from, "t");
    column(&f.from, t, "a", "int(11)", "1");
    generated(&f.from, t, "stored", "`a` + 2");
    t = table(&f.to, "t");
    column(&f.to, t, "a", "int(11)", "1");
    column(&f.to, t, "g", "int(11)", "2");
    make(&f, false);
    assert_true(step(&f, "MODIFY COLUMN `g`")->hazards & HAZARD_DATA);
    end(&f);
}

/* The way back keeps what was computed. */
static void a_virtual_column_becomes_plain_with_its_values(void **state)
{
    struct fix f;
    struct object *t;

    (void)state;
    start(&f, ENGINE_MA);
    t = table(&f.from, "t");
    column(&f.from, t, "a", "int(11)", "1");
    column(&f.from, t, "g", "int(11)", "2");
    t = table(&f.to, "t");
    column(&f.to, t, "a", "int(11)", "1");
    generated(&f.to, t, "virtual", "`a` + 2");
    make(&f, false);
    assert_steps(&f, 2); /* no UPDATE, which would run triggers and set what is ON UPDATE */
    assert_order(&f, "ADD COLUMN `dbtwin_g` int GENERATED ALWAYS AS (`a` + 2) STORED",
                 "CHANGE COLUMN `dbtwin_g` `g`");
    assert_false(step(&f, "CHANGE")->hazards & HAZARD_DATA);
    end(&f);
}

/* 52: on MariaDB a virtual column comes to, or leaves, a partitioned table by a copy of it. */
static void a_virtual_column_of_a_partitioned_table_copies_it(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        unsigned flavor = i % 2 ? ENGINE_MY : ENGINE_MA;
        struct fix f;

        start(&f, flavor);
        for (int side = 0; side < 2; side++) {
            struct model *m = side ? &f.to : &f.from;
            struct object *t = table(m, "t");

            catalog_set(m, t, "partition_key", "HASH (`a`)");
            column(m, t, "a", "int", "1");
            if (side == i / 2)
                generated(m, t, "virtual", "`a` + 1");
        }
        make(&f, false);
        assert_steps(&f, 1);
        assert_int_equal(!(step(&f, "COLUMN `g`")->hazards & HAZARD_REWRITE), flavor == ENGINE_MY);
        end(&f);
    }
}

/* 47: what would only fail, or be cut, with the rows that are there. */
static void rows_that_do_not_fit_are_looked_up(void **state)
{
    struct fix f;
    struct object *t;
    const struct step *s;

    (void)state;
    start(&f, ENGINE_MY);
    t = table(&f.from, "t");
    catalog_set(&f.from, column(&f.from, t, "a", "int", "1"), "not_null", "yes");
    text_column(&f.from, t, "b", "varchar(5)", "2");
    text_column(&f.from, t, "c", "enum('x','z')", "3");
    t = table(&f.to, "t");
    column(&f.to, t, "a", "int", "1");
    text_column(&f.to, t, "b", "varchar(9)", "2");
    text_column(&f.to, t, "c", "enum('x','y','z')", "3");
    make(&f, false);
    assert_steps(&f, 1);
    s = step(&f, "MODIFY");
    assert_true(s->hazards & HAZARD_ROWS);
    assert_true(s->hazards & HAZARD_MEANING); /* z was third */
    assert_string_equal(
        s->row_check, "SELECT (SELECT COUNT(*) FROM `t` WHERE `a` IS NULL OR CHAR_LENGTH(`b`) > 5 "
                      "OR `c` = 'y')");
    assert_non_null(strstr(s->row_what, "with no `a`"));
    end(&f);
}

static void labels_at_the_end_are_no_hazard(void **state)
{
    struct fix f;

    (void)state;
    start(&f, ENGINE_MY);
    text_column(&f.from, table(&f.from, "t"), "c", "enum('x','y','z')", "1");
    text_column(&f.to, table(&f.to, "t"), "c", "enum('x','y')", "1");
    make(&f, false);
    assert_int_equal(step(&f, "MODIFY")->hazards, 0);
    end(&f);
}

/* A VARCHAR that stays under 256 bytes, or over; utf8mb4 has four a character. */
static void longer_texts_are_copied_where_the_length_takes_another_byte(void **state)
{
    static const struct {
        const char *to, *from;
        bool rewrite;
    } cases[] = {
        {"varchar(10)", "varchar(63)", false},
        {"varchar(63)", "varchar(64)", true},
        {"varchar(64)", "varchar(500)", false},
        {"varchar(64)", "text", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fix f;

        start(&f, ENGINE_MY);
        text_column(&f.from, table(&f.from, "t"), "c", cases[i].from, "1");
        text_column(&f.to, table(&f.to, "t"), "c", cases[i].to, "1");
        make(&f, false);
        assert_int_equal(!!(step(&f, "MODIFY")->hazards & HAZARD_REWRITE), cases[i].rewrite);
        assert_false(step(&f, "MODIFY")->hazards & (HAZARD_ROWS | HAZARD_DATA));
        end(&f);
    }
}

static void what_a_type_takes_from_values_is_named(void **state)
{
    static const struct {
        const char *to, *from;
        unsigned hazards;
    } cases[] = {
        {"int", "bigint", 0},
        {"bigint", "int", HAZARD_ROWS},
        {"int", "int unsigned", HAZARD_ROWS},
        {"decimal(10,2)", "decimal(12,2)", 0},
        {"decimal(10,2)", "decimal(10,4)", HAZARD_ROWS},
        {"decimal(10,4)", "decimal(12,2)", HAZARD_DATA},
        {"double", "float", HAZARD_DATA},
        {"float", "double", 0},
        {"double", "int", HAZARD_DATA},
        {"datetime(6)", "datetime", HAZARD_DATA},
        {"datetime", "datetime(6)", 0},
        {"datetime", "date", HAZARD_DATA},
        {"datetime", "time", HAZARD_DATA},
        {"date", "datetime", 0},
        {"datetime", "timestamp", HAZARD_MEANING},
        {"text", "longtext", 0},
        {"longtext", "text", HAZARD_ROWS},
        {"varchar(20)", "int", HAZARD_ROWS},
    };
    unsigned all = HAZARD_ROWS | HAZARD_DATA | HAZARD_MEANING;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fix f;

        start(&f, ENGINE_MY);
        column(&f.from, table(&f.from, "t"), "c", cases[i].from, "1");
        column(&f.to, table(&f.to, "t"), "c", cases[i].to, "1");
        make(&f, false);
        if ((step(&f, "MODIFY")->hazards & all & cases[i].hazards) != cases[i].hazards ||
            (!cases[i].hazards && (step(&f, "MODIFY")->hazards & (HAZARD_DATA | HAZARD_MEANING))))
            fail_msg("%s to %s: %x", cases[i].to, cases[i].from, step(&f, "MODIFY")->hazards);
        end(&f);
    }
}

/* 49: the table's default and each column that differs; CONVERT TO never. */
static void a_character_set_is_changed_column_by_column(void **state)
{
    struct fix f;
    struct object *t;

    (void)state;
    start(&f, ENGINE_MA);
    t = table(&f.from, "t");
    text_column(&f.from, t, "a", "text", "1");
    t = table(&f.to, "t");
    catalog_set(&f.to, t, "charset", "latin1");
    catalog_set(&f.to, t, "collation", "latin1_swedish_ci");
    catalog_set(&f.to, text_column(&f.to, t, "a", "text", "1"), "charset", "latin1");
    catalog_set(&f.to, t->first, "collation", "latin1_swedish_ci");
    make(&f, false);
    assert_steps(&f, 1);
    step(&f, "MODIFY COLUMN `a` text");
    step(&f, "DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci");
    assert_false(has(&f, "CONVERT"));
    end(&f);
}

/* 50: the row format in the statement that adds the key. */
static void a_row_format_comes_with_the_keys(void **state)
{
    struct fix f;
    struct object *t;

    (void)state;
    start(&f, ENGINE_MY);
    t = table(&f.from, "t");
    catalog_set(&f.from, t, "row_format", "DYNAMIC");
    text_column(&f.from, t, "a", "varchar(700)", "1");
    key(&f.from, t, "k", "`a`");
    t = table(&f.to, "t");
    catalog_set(&f.to, t, "row_format", "COMPACT");
    text_column(&f.to, t, "a", "varchar(700)", "1");
    make(&f, false);
    assert_steps(&f, 1);
    step(&f, "ROW_FORMAT=DYNAMIC");
    step(&f, "ADD KEY `k`");
    end(&f);
}

/* 54: columns move only where their order was compared, and as few as can be. */
static void columns_move_only_if_asked(void **state)
{
    struct fix f;

    (void)state;
    for (int strict = 0; strict < 2; strict++) {
        struct object *t;

        start(&f, ENGINE_MA);
        t = table(&f.from, "t");
        column(&f.from, t, "a", "int(11)", "1");
        column(&f.from, t, "b", "int(11)", "2");
        column(&f.from, t, "c", "int(11)", "3");
        t = table(&f.to, "t");
        column(&f.to, t, "c", "int(11)", "1");
        column(&f.to, t, "a", "int(11)", "2");
        column(&f.to, t, "b", "int(11)", "3");
        make(&f, strict);
        assert_steps(&f, strict ? 1 : 0);
        if (strict)
            assert_string_equal(step(&f, "MODIFY")->sql,
                                "ALTER TABLE `t`\n  MODIFY COLUMN `c` int(11) AFTER `b`");
        end(&f);
    }
}

/* 57: MySQL takes no random default for rows that are there. */
static void a_random_default_comes_after_its_column(void **state)
{
    struct fix f;
    struct object *t, *c;

    (void)state;
    start(&f, ENGINE_MY);
    t = table(&f.from, "t");
    column(&f.from, t, "a", "int", "1");
    c = text_column(&f.from, t, "u", "char(36)", "2");
    catalog_set(&f.from, c, "default", "(uuid())");
    catalog_set(&f.from, c, "not_null", "yes");
    column(&f.to, table(&f.to, "t"), "a", "int", "1");
    make(&f, false);
    assert_steps(&f, 3);
    assert_order(&f,
                 "ADD COLUMN `u` char(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL",
                 "UPDATE `t` SET `u` = (uuid())");
    assert_order(&f, "UPDATE `t`", "MODIFY COLUMN `u` char(36) NOT NULL DEFAULT (uuid())");
    end(&f);
}

/* 45: nobody refuses for the sake of texts. */
static void a_program_that_names_a_dropped_column_is_named(void **state)
{
    struct fix f;
    struct object *t;

    (void)state;
    start(&f, ENGINE_MY);
    t = table(&f.from, "orders");
    column(&f.from, t, "a", "int", "1");
    add(&f.from, K_PROCEDURE, NULL, "by_token", "body", "SELECT token FROM orders", NULL);
    add(&f.from, K_PROCEDURE, NULL, "other", "body", "SELECT token_id FROM orders", NULL);
    add(&f.from, K_PROCEDURE, NULL, "elsewhere", "body", "SELECT token FROM users", NULL);
    t = table(&f.to, "orders");
    column(&f.to, t, "a", "int", "1");
    column(&f.to, t, "token", "int", "2");
    add(&f.to, K_PROCEDURE, NULL, "by_token", "body", "SELECT token FROM orders", NULL);
    add(&f.to, K_PROCEDURE, NULL, "other", "body", "SELECT token_id FROM orders", NULL);
    add(&f.to, K_PROCEDURE, NULL, "elsewhere", "body", "SELECT token FROM users", NULL);
    make(&f, false);
    assert_true(step(&f, "DROP COLUMN `token`")->hazards & HAZARD_UNTRACKED);
    assert_non_null(
        strstr(step(&f, "DROP COLUMN")->reason, "the text of procedure by_token names token"));
    end(&f);
}

/* 51, 52: what the table has decides whether a column comes at once. */
static void a_column_is_not_instant_everywhere(void **state)
{
    static const struct {
        unsigned flavor;
        bool fulltext, compressed;
        unsigned hazards;
    } cases[] = {
        {ENGINE_MY, false, false, 0},
        {ENGINE_MA, false, false, 0},
        {ENGINE_MY, true, false, HAZARD_REWRITE | HAZARD_LOCK},
        {ENGINE_MA, true, false, HAZARD_REWRITE | HAZARD_LOCK},
        {ENGINE_MY, false, true, HAZARD_REWRITE},
        {ENGINE_MA, false, true, HAZARD_REWRITE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fix f;
        struct model *sides[] = {&f.from, &f.to};

        start(&f, cases[i].flavor);
        for (int side = 0; side < 2; side++) {
            struct object *t = table(sides[side], "t"), *k;

            text_column(sides[side], t, "a", "text", "1");
            if (side == 0)
                column(sides[side], t, "b", "int", "2");
            k = cases[i].fulltext ? key(sides[side], t, "k", "`a`") : NULL;
            if (k)
                catalog_set(sides[side], k, "method", "fulltext");
            if (cases[i].compressed)
                catalog_set(sides[side], t, "row_format", "COMPRESSED");
        }
        make(&f, false);
        assert_int_equal(step(&f, "ADD COLUMN `b`")->hazards, cases[i].hazards);
        end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_models_need_nothing),
        cmocka_unit_test(each_table_is_dropped_by_itself),
        cmocka_unit_test(a_modify_restates_the_whole_column),
        cmocka_unit_test(a_mysql_column_keeps_its_srid_and_counter),
        cmocka_unit_test(a_counter_comes_with_its_key),
        cmocka_unit_test(an_index_of_a_dropped_column_is_made_again),
        cmocka_unit_test(a_check_goes_before_its_column),
        cmocka_unit_test(virtual_and_stored_are_dropped_and_added),
        cmocka_unit_test(another_expression_is_a_modify),
        cmocka_unit_test(a_stored_column_overwrites_a_plain_one),
        cmocka_unit_test(a_virtual_column_of_a_partitioned_table_copies_it),
        cmocka_unit_test(a_virtual_column_becomes_plain_with_its_values),
        cmocka_unit_test(rows_that_do_not_fit_are_looked_up),
        cmocka_unit_test(labels_at_the_end_are_no_hazard),
        cmocka_unit_test(longer_texts_are_copied_where_the_length_takes_another_byte),
        cmocka_unit_test(what_a_type_takes_from_values_is_named),
        cmocka_unit_test(a_character_set_is_changed_column_by_column),
        cmocka_unit_test(a_row_format_comes_with_the_keys),
        cmocka_unit_test(columns_move_only_if_asked),
        cmocka_unit_test(a_random_default_comes_after_its_column),
        cmocka_unit_test(a_program_that_names_a_dropped_column_is_named),
        cmocka_unit_test(a_column_is_not_instant_everywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
