#include "change_mysql.h"

/* Keys, partitions, programs, and what MariaDB alone has. */

/* ---- keys ------------------------------------------------------------------------------------ */

static void two_tables(struct model *m, const char *type, bool with_key)
{
    struct object *p = table(m, "parent"), *c = table(m, "child");

    column(m, p, "id", type, "1");
    column(m, c, "p", type, "1");
    key(m, p, "PRIMARY", "`id`");
    key(m, c, "p", "`p`");
    if (with_key)
        foreign_key(m, c, p, "fk", "`p`", "`parent`");
}

/* 39: foreign keys go before both sides' types change, and come back last. */
static void a_foreign_key_makes_way_for_the_types(void **state)
{
    struct fix f;

    (void)state;
    start(&f, ENGINE_MY);
    two_tables(&f.from, "bigint", true);
    two_tables(&f.to, "int", true);
    make(&f, false);
    assert_steps(&f, 4);
    assert_order(&f, "ALTER TABLE `child` DROP FOREIGN KEY `fk`", "MODIFY COLUMN `id` bigint");
    assert_order(&f, "ALTER TABLE `child` DROP FOREIGN KEY `fk`", "MODIFY COLUMN `p` bigint");
    assert_order(&f, "MODIFY COLUMN `id` bigint", "ADD CONSTRAINT `fk` FOREIGN KEY");
    assert_order(&f, "MODIFY COLUMN `p` bigint", "ADD CONSTRAINT `fk` FOREIGN KEY");
    end(&f);
}

/* … but not for what can be changed under it. */
static void a_foreign_key_stays_where_it_can(void **state)
{
    struct fix f;

    (void)state;
    start(&f, ENGINE_MY);
    two_tables(&f.from, "int", true);
    two_tables(&f.to, "int", true);
    catalog_set(&f.from, f.from.root->first->first, "comment", "new");
    make(&f, false);
    assert_steps(&f, 1);
    step(&f, "MODIFY COLUMN");
    end(&f);
}

/* 39: MySQL lets no statement that copies the table make its column NOT NULL or AUTO_INCREMENT. */
static void a_foreign_keys_column_is_tightened_apart(void **state)
{
    static const struct {
        unsigned flavor;
        const char *property;
        bool other; /* another column changes its type */
        size_t steps;
    } all[] = {
        {ENGINE_MY, "not_null", false, 1},       {ENGINE_MY, "not_null", true, 2},
        {ENGINE_MA, "not_null", true, 1},        {ENGINE_MY, "auto_increment", false, 3},
        {ENGINE_MA, "auto_increment", false, 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct fix f;
        struct object *parent;

        start(&f, all[i].flavor);
        two_tables(&f.to, "int", true);
        column(&f.to, f.to.root->first, "x", "int", "2");
        two_tables(&f.from, "int", true);
        parent = f.from.root->first;
        column(&f.from, parent, "x", all[i].other ? "bigint" : "int", "2");
        catalog_set(&f.from, parent->first, all[i].property, "yes");
        make(&f, false);
        assert_steps(&f, all[i].steps);
        if (all[i].steps == 2)
            assert_order(&f, "MODIFY COLUMN `x` bigint",
                         "ALTER TABLE `parent` MODIFY COLUMN `id` int NOT NULL");
        assert_int_equal(has(&f, "DROP FOREIGN KEY"), all[i].steps == 3);
        end(&f);
    }
}

/* 55: on MySQL, a check gives its name to another table's. */
static void a_check_moves_to_another_table(void **state)
{
    (void)state;
    for (int maria = 0; maria < 2; maria++) {
        struct fix f;

        start(&f, maria ? ENGINE_MA : ENGINE_MY);
        for (int side = 0; side < 2; side++) {
            struct model *m = side ? &f.to : &f.from;
            struct object *a = table(m, "a"), *b = table(m, "b");

            column(m, a, "x", "int", "1");
            column(m, b, "x", "int", "1");
            add(m, K_CHECK, a, side ? "C" : "d", "expression", "`x` > 1", "level", "table",
                "enforced", "yes", NULL);
            add(m, K_CHECK, b, side ? "d" : "c", "expression", "`x` > 1", "level", "table",
                "enforced", "yes", NULL);
        }
        make(&f, false);
        assert_steps(&f, maria ? 2 : 4);
        if (!maria) {
            assert_order(&f, "ALTER TABLE `a` DROP CHECK `C`", "ADD CONSTRAINT `c`");
            assert_order(&f, "ALTER TABLE `b` DROP CHECK `d`", "ADD CONSTRAINT `d`");
        }
        end(&f);
    }
}

/* 38, 40: another foreign key of the same name is two statements; the key under it keeps its name.
 */
static void a_foreign_key_of_one_name_is_dropped_and_added(void **state)
{
    struct fix f;
    struct object *c;

    (void)state;
    start(&f, ENGINE_MA);
    two_tables(&f.from, "int(11)", true);
    two_tables(&f.to, "int(11)", true);
    c = f.from.root->first;
    while (strcmp(c->name, "child") != 0)
        c = c->next;
    for (struct object *k = c->first; k; k = k->next)
        if (k->kind->id == K_FOREIGN_KEY)
            catalog_set(&f.from, k, "on_delete", "cascade");
    make(&f, false);
    assert_steps(&f, 2);
    assert_order(&f, "DROP FOREIGN KEY `fk`", "ADD CONSTRAINT `fk`");
    step(
        &f,
        "DROP INDEX `p`,\n  ADD KEY `p` (`p`),\n  ADD CONSTRAINT `fk` FOREIGN KEY (`p`) REFERENCES "
        "`parent` (`id`) ON DELETE CASCADE");
    end(&f);
}

/* 40: several on the same columns, whose key has the name of one of them. */
static void a_key_under_several_foreign_keys_is_kept_once(void **state)
{
    struct fix f;
    struct model *sides[] = {&f.from, &f.to};

    (void)state;
    start(&f, ENGINE_MY);
    for (int i = 0; i < 2; i++) {
        struct object *t = table(sides[i], "t"), *c = column(sides[i], t, "id", "int", "1");

        catalog_set(sides[i], c, "not_null", "yes");
        catalog_set(sides[i], c, "auto_increment", i ? NULL : "yes");
        column(sides[i], t, "p", "int", "2");
        key(sides[i], t, "PRIMARY", "`id`");
        key(sides[i], t, "c", "`p`");
        foreign_key(sides[i], t, t, "a", "`p`", "`t`");
        foreign_key(sides[i], t, t, "b", "`p`", "`t`");
        foreign_key(sides[i], t, t, "c", "`p`", "`t`");
    }
    make(&f, false);
    assert_string_equal(step(&f, "ADD CONSTRAINT `a`")->sql,
                        "ALTER TABLE `t`\n  DROP INDEX `c`,\n  ADD KEY `c` (`p`),\n"
                        "  ADD CONSTRAINT `a` FOREIGN KEY (`p`) REFERENCES `t` (`id`),\n"
                        "  ADD CONSTRAINT `b` FOREIGN KEY (`p`) REFERENCES `t` (`id`),\n"
                        "  ADD CONSTRAINT `c` FOREIGN KEY (`p`) REFERENCES `t` (`id`)");
    end(&f);
}

/* 41: rows are checked, and orphans counted before. */
static void a_new_foreign_key_looks_for_orphans(void **state)
{
    struct fix f;
    const struct step *s;

    (void)state;
    start(&f, ENGINE_MY);
    two_tables(&f.from, "int", true);
    two_tables(&f.to, "int", false);
    make(&f, false);
    s = step(&f, "ADD CONSTRAINT `fk`");
    assert_true(s->hazards & HAZARD_ROWS);
    assert_string_equal(s->row_check,
                        "SELECT (SELECT COUNT(*) FROM `child` AS c WHERE c.`p` IS NOT NULL AND NOT "
                        "EXISTS (SELECT 1 FROM `parent` AS p WHERE p.`id` = c.`p`))");
    assert_false(has(&f, "foreign_key_checks"));
    end(&f);
}

/* 38: of a check, one statement. 51, 52: its rows are looked up. */
static void a_check_is_dropped_and_added_at_once(void **state)
{
    struct fix f;
    struct object *t;

    (void)state;
    start(&f, ENGINE_MA);
    t = table(&f.from, "t");
    column(&f.from, t, "a", "int(11)", "1");
    add(&f.from, K_CHECK, t, "c", "expression", "`a` > 1", "level", "table", NULL);
    t = table(&f.to, "t");
    column(&f.to, t, "a", "int(11)", "1");
    add(&f.to, K_CHECK, t, "c", "expression", "`a` > 0", "level", "table", NULL);
    make(&f, false);
    assert_steps(&f, 1);
    step(&f, "DROP CONSTRAINT `c`,\n  ADD CONSTRAINT `c` CHECK (`a` > 1)");
    assert_string_equal(step(&f, "CHECK")->row_check,
                        "SELECT (SELECT COUNT(*) FROM `t` WHERE NOT (`a` > 1))");
    end(&f);
}

/* 55: another name is a RENAME. */
static void an_index_of_another_name_is_renamed(void **state)
{
    struct fix f;
    struct object *t;

    (void)state;
    start(&f, ENGINE_MY);
    t = table(&f.from, "t");
    column(&f.from, t, "a", "int", "1");
    key(&f.from, t, "new", "`a`");
    t = table(&f.to, "t");
    column(&f.to, t, "a", "int", "1");
    key(&f.to, t, "was", "`a`");
    make(&f, false);
    assert_string_equal(step(&f, "INDEX")->sql, "ALTER TABLE `t`\n  RENAME INDEX `was` TO `new`");
    assert_int_equal(step(&f, "INDEX")->hazards, 0);
    end(&f);
}

static void a_unique_key_looks_for_doubles(void **state)
{
    struct fix f;
    struct object *t;
    const struct step *s;

    (void)state;
    start(&f, ENGINE_MY);
    t = table(&f.from, "t");
    column(&f.from, t, "a", "int", "1");
    catalog_set(&f.from, key(&f.from, t, "k", "`a`"), "unique", "yes");
    column(&f.to, table(&f.to, "t"), "a", "int", "1");
    make(&f, false);
    s = step(&f, "ADD UNIQUE KEY `k` (`a`)");
    assert_true(s->hazards & HAZARD_ROWS);
    assert_true(s->hazards & HAZARD_SCAN);
    assert_non_null(strstr(s->row_check, "WHERE `a` IS NOT NULL GROUP BY `a` HAVING COUNT(*) > 1"));
    end(&f);
}

static void visibility_is_said_in_each_servers_words(void **state)
{
    static const struct {
        unsigned flavor;
        const char *sql;
    } cases[] = {{ENGINE_MY, "ALTER INDEX `k` INVISIBLE"}, {ENGINE_MA, "ALTER INDEX `k` IGNORED"}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fix f;
        struct object *t;

        start(&f, cases[i].flavor);
        t = table(&f.from, "t");
        column(&f.from, t, "a", "int", "1");
        catalog_set(&f.from, key(&f.from, t, "k", "`a`"), "invisible", "yes");
        t = table(&f.to, "t");
        column(&f.to, t, "a", "int", "1");
        catalog_set(&f.to, key(&f.to, t, "k", "`a`"), "invisible", "no");
        make(&f, false);
        assert_steps(&f, 1);
        assert_true(step(&f, cases[i].sql)->hazards & HAZARD_INDEX);
        end(&f);
    }
}

/* ---- partitions ------------------------------------------------------------------------------ */

static struct object *ranges(struct model *m, const char *const *names, const char *const *bounds)
{
    struct object *t = table(m, "t");
    char place[16];

    catalog_set(m, t, "partition_key", "RANGE (`a`)");
    column(m, t, "a", "int", "1");
    for (int i = 0; names[i]; i++) {
        snprintf(place, sizeof(place), "%d", i + 1);
        add(m, K_PARTITION, t, names[i], "values", bounds[i], "position", place, NULL);
    }
    return t;
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define LESS(n)   "LESS THAN (" n ")"

/* 56 */
static void ranges_keep_their_rows(void **state)
{
    struct fix f;

    (void)state;
    start(&f, ENGINE_MY); /* one more at the end */
    ranges(&f.from, LIST("p0", "p1"), LIST(LESS("10"), LESS("20")));
    ranges(&f.to, LIST("p0"), LIST(LESS("10")));
    make(&f, false);
    assert_steps(&f, 1);
    step(&f, "ADD PARTITION (\n  PARTITION `p1` VALUES LESS THAN (20))");
    end(&f);

    start(&f, ENGINE_MY); /* before MAXVALUE */
    ranges(&f.from, LIST("p0", "p1", "pm"), LIST(LESS("10"), LESS("20"), LESS("MAXVALUE")));
    ranges(&f.to, LIST("p0", "pm"), LIST(LESS("10"), LESS("MAXVALUE")));
    make(&f, false);
    assert_steps(&f, 1);
    step(&f,
         "REORGANIZE PARTITION `pm` INTO (\n  PARTITION `p1` VALUES LESS THAN (20),\n  PARTITION "
         "`pm` VALUES LESS THAN (MAXVALUE))");
    end(&f);

    start(&f, ENGINE_MY); /* the first one goes: its rows belong to the second */
    ranges(&f.from, LIST("p1"), LIST(LESS("20")));
    ranges(&f.to, LIST("p0", "p1"), LIST(LESS("10"), LESS("20")));
    make(&f, false);
    assert_steps(&f, 1);
    step(&f, "REORGANIZE PARTITION `p0`, `p1` INTO (\n  PARTITION `p1` VALUES LESS THAN (20))");
    assert_false(step(&f, "REORGANIZE")->hazards & HAZARD_DATA);
    end(&f);

    start(&f, ENGINE_MY); /* the last one goes: its rows belong nowhere */
    ranges(&f.from, LIST("p0"), LIST(LESS("10")));
    ranges(&f.to, LIST("p0", "p1"), LIST(LESS("10"), LESS("20")));
    make(&f, false);
    assert_steps(&f, 1);
    assert_true(step(&f, "DROP PARTITION `p1`")->hazards & HAZARD_DATA);
    end(&f);

    start(&f, ENGINE_MY); /* the last one ends earlier */
    ranges(&f.from, LIST("p0"), LIST(LESS("10")));
    ranges(&f.to, LIST("p0"), LIST(LESS("20")));
    make(&f, false);
    assert_steps(&f, 2);
    assert_order(
        &f,
        "REORGANIZE PARTITION `p0` INTO (\n  PARTITION `p0` VALUES LESS THAN (10),\n  PARTITION "
        "`dbtwin_rest` VALUES LESS THAN (20))",
        "DROP PARTITION `dbtwin_rest`");
    assert_true(step(&f, "DROP PARTITION")->hazards & HAZARD_DATA);
    end(&f);
}

static void partitioning_ends_the_statement(void **state)
{
    struct fix f;
    struct object *t;

    (void)state;
    start(&f, ENGINE_MY);
    ranges(&f.from, LIST("p0"), LIST(LESS("10")));
    catalog_set(&f.from, f.from.root->first, "comment", "c");
    t = table(&f.to, "t");
    column(&f.to, t, "a", "int", "1");
    make(&f, false);
    assert_steps(&f, 1);
    assert_string_equal(step(&f, "PARTITION BY")->sql,
                        "ALTER TABLE `t`\n  COMMENT='c' PARTITION BY RANGE (`a`) (PARTITION `p0` "
                        "VALUES LESS THAN (10))");
    end(&f);

    start(&f, ENGINE_MY);
    column(&f.from, table(&f.from, "t"), "a", "int", "1");
    ranges(&f.to, LIST("p0"), LIST(LESS("10")));
    make(&f, false);
    assert_string_equal(step(&f, "REMOVE")->sql, "ALTER TABLE `t` REMOVE PARTITIONING");
    end(&f);
}

/* ---- programs -------------------------------------------------------------------------------- */

static void view(struct model *m, const char *query)
{
    add(m, K_VIEW, NULL, "v", "query", query, "algorithm", "merge", "security", "invoker",
        "definer", "root@localhost", "check_option", "cascaded", "charset_client", "utf8mb4",
        "collation_connection", "utf8mb4_general_ci", NULL);
}

/* 58: the whole head. */
static void a_view_is_replaced_with_its_head(void **state)
{
    struct fix f;

    (void)state;
    start(&f, ENGINE_MY);
    view(&f.from, "select 2 AS `a`");
    view(&f.to, "select 1 AS `a`");
    make(&f, false);
    assert_false(has(&f, "DROP VIEW"));
    step(&f,
         "CREATE OR REPLACE ALGORITHM=merge DEFINER=`root`@`localhost` SQL SECURITY invoker VIEW "
         "`v` AS select 2 AS `a` WITH cascaded CHECK OPTION");
    end(&f);
}

static void function(struct model *m, const char *body, const char *comment)
{
    add(m, K_FUNCTION, NULL, "f", "arguments", NULL, "result", "int", "body", body, "comment",
        comment, "definer", "root@localhost", "security", "definer", "sql_mode", "ANSI_QUOTES",
        "charset_client", "latin1", "collation_connection", "latin1_bin", "database_collation",
        "utf8mb4_general_ci", NULL);
}

/* 59: rights stay where they can; what is kept with a program is set before. */
static void programs_are_replaced_by_each_server_as_it_can(void **state)
{
    struct fix f;

    (void)state;
    start(&f, ENGINE_MA);
    function(&f.from, "return 2", NULL);
    function(&f.to, "return 1", NULL);
    make(&f, false);
    assert_false(has(&f, "DROP FUNCTION"));
    assert_order(&f,
                 "SET SESSION sql_mode='ANSI_QUOTES', character_set_client=latin1, "
                 "collation_connection=latin1_bin",
                 "CREATE OR REPLACE DEFINER=`root`@`localhost` FUNCTION `f`()");
    end(&f);

    start(&f, ENGINE_MY);
    function(&f.from, "return 2", NULL);
    function(&f.to, "return 1", NULL);
    make(&f, false);
    assert_order(&f, "DROP FUNCTION `f`", "CREATE DEFINER=`root`@`localhost` FUNCTION `f`()");
    assert_true(step(&f, "DROP FUNCTION")->hazards & HAZARD_AUTHORITY);
    end(&f);

    start(&f, ENGINE_MY); /* a comment alone: ALTER */
    function(&f.from, "return 1", "new");
    function(&f.to, "return 1", NULL);
    make(&f, false);
    assert_steps(&f, 1);
    assert_string_equal(step(&f, "FUNCTION")->sql, "ALTER FUNCTION `f` COMMENT 'new'");
    end(&f);
}

static void trigger(struct model *m, struct object *t, const char *name, const char *order,
                    const char *body)
{
    add(m, K_TRIGGER, t, name, "timing", "before", "event", "insert", "order", order, "body", body,
        "definer", "root@localhost", "charset_client", "utf8mb4", "collation_connection",
        "utf8mb4_general_ci", "database_collation", "utf8mb4_general_ci", NULL);
}

/* 59: a trigger that is made fires last: those that should follow it are made after it. */
static void triggers_keep_their_order(void **state)
{
    struct fix f;
    struct object *t;

    (void)state;
    start(&f, ENGINE_MY);
    t = table(&f.from, "t");
    column(&f.from, t, "a", "int", "1");
    trigger(&f.from, t, "z", "1", "SET @z = 2");
    trigger(&f.from, t, "b", "2", "SET @b = 1");
    trigger(&f.from, t, "a", "3", "SET @a = 1");
    t = table(&f.to, "t");
    column(&f.to, t, "a", "int", "1");
    trigger(&f.to, t, "z", "1", "SET @z = 1");
    trigger(&f.to, t, "b", "2", "SET @b = 1");
    trigger(&f.to, t, "a", "3", "SET @a = 1");
    make(&f, false);
    assert_order(&f, "DROP TRIGGER `z`", "TRIGGER `z` BEFORE INSERT");
    assert_order(&f, "TRIGGER `z` BEFORE INSERT", "TRIGGER `b` BEFORE INSERT");
    assert_order(&f, "TRIGGER `b` BEFORE INSERT", "TRIGGER `a` BEFORE INSERT");
    end(&f);
}

static void triggers_before_a_new_one_stay(void **state)
{
    struct fix f;
    struct object *t;

    (void)state;
    start(&f, ENGINE_MY);
    t = table(&f.from, "t");
    column(&f.from, t, "a", "int", "1");
    trigger(&f.from, t, "z", "1", "SET @z = 1");
    trigger(&f.from, t, "b", "2", "SET @b = 1");
    t = table(&f.to, "t");
    column(&f.to, t, "a", "int", "1");
    trigger(&f.to, t, "z", "1", "SET @z = 1");
    make(&f, false);
    step(&f, "TRIGGER `b` BEFORE INSERT");
    assert_false(has(&f, "DROP TRIGGER"));
    assert_false(has(&f, "`z`"));
    end(&f);
}

static void event(struct model *m, const char *schedule, const char *status)
{
    add(m, K_EVENT, NULL, "e", "schedule", schedule, "status", status, "on_completion", "PRESERVE",
        "body", "SET @a = 1", "time_zone", "SYSTEM", "definer", "root@localhost", "charset_client",
        "utf8mb4", NULL);
}

static void an_event_keeps_its_start_and_state(void **state)
{
    struct fix f;

    (void)state;
    start(&f, ENGINE_MY);
    event(&f.from, "EVERY 2 DAY STARTS '2030-01-01 00:00:00'", "enabled");
    event(&f.to, "EVERY 1 DAY STARTS '2030-01-01 00:00:00'", "disabled");
    make(&f, false);
    step(&f,
         "ALTER DEFINER=`root`@`localhost` EVENT `e` ON SCHEDULE EVERY 2 DAY STARTS '2030-01-01 "
         "00:00:00' ON COMPLETION PRESERVE ENABLE COMMENT '' DO SET @a = 1");
    step(&f, "time_zone='SYSTEM'");
    assert_int_equal(f.plan.refusals.len, 0);
    end(&f);
}

/* ---- MariaDB alone --------------------------------------------------------------------------- */

/* 60 */
static void a_versioned_table_keeps_its_history(void **state)
{
    struct fix f;
    struct object *t;

    (void)state;
    start(&f, ENGINE_MA);
    t = table(&f.from, "t");
    catalog_set(&f.from, t, "system_versioned", "yes");
    column(&f.from, t, "a", "bigint(20)", "1");
    t = table(&f.to, "t");
    catalog_set(&f.to, t, "system_versioned", "yes");
    column(&f.to, t, "a", "int(11)", "1");
    make(&f, false);
    assert_steps(&f, 1);
    assert_true(
        str_starts(step(&f, "MODIFY")->sql,
                   "SET STATEMENT system_versioning_alter_history=KEEP FOR ALTER TABLE `t`"));
    end(&f);

    start(&f, ENGINE_MA);
    column(&f.from, table(&f.from, "t"), "a", "int(11)", "1");
    t = table(&f.to, "t");
    catalog_set(&f.to, t, "system_versioned", "yes");
    column(&f.to, t, "a", "int(11)", "1");
    make(&f, false);
    assert_true(step(&f, "DROP SYSTEM VERSIONING")->hazards & HAZARD_DATA);
    end(&f);
}

static void a_sequence_keeps_its_position(void **state)
{
    struct fix f;

    (void)state;
    start(&f, ENGINE_MA);
    add(&f.from, K_SEQUENCE, NULL, "s", "start", "1", "increment", "2", "cache", "10", NULL);
    add(&f.to, K_SEQUENCE, NULL, "s", "start", "1", "increment", "1", "cache", "10", NULL);
    make(&f, false);
    assert_steps(&f, 1);
    assert_string_equal(step(&f, "SEQUENCE")->sql, "ALTER SEQUENCE `s` INCREMENT BY 2");
    end(&f);
}

/* ---- what a person has to do ----------------------------------------------------------------- */

static void what_is_the_servers_is_named(void **state)
{
    struct fix f;
    struct object *t;

    (void)state;
    start(&f, ENGINE_MY);
    t = table(&f.from, "t");
    column(&f.from, t, "a", "int", "1");
    add(&f.from, K_GRANT, t, "u@localhost", "grantee", "u@localhost", "privileges", "SELECT", NULL);
    column(&f.to, table(&f.to, "t"), "a", "int", "1");
    make(&f, false);
    assert_steps(&f, 0);
    assert_manual(&f, "it belongs to the server");
    end(&f);
}

/* 42: MySQL takes it no more by itself, and keeps it. */
static void a_foreign_key_to_no_unique_key_is_allowed_for_the_while(void **state)
{
    struct fix f;
    struct object *p;

    (void)state;
    start(&f, ENGINE_MY);
    two_tables(&f.from, "int", true);
    two_tables(&f.to, "int", false);
    for (int side = 0; side < 2; side++) {
        struct model *m = side ? &f.to : &f.from;

        for (p = m->root->first; strcmp(p->name, "parent") != 0;)
            p = p->next;
        for (struct object *k = p->first; k; k = k->next)
            if (k->kind->id == K_INDEX)
                k->name = "plain";
    }
    make(&f, false);
    assert_order(&f, "SET SESSION restrict_fk_on_non_standard_key=OFF", "ADD CONSTRAINT `fk`");
    assert_order(&f, "ADD CONSTRAINT `fk`", "SET SESSION restrict_fk_on_non_standard_key=ON");
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_foreign_key_makes_way_for_the_types),
        cmocka_unit_test(a_foreign_key_stays_where_it_can),
        cmocka_unit_test(a_foreign_keys_column_is_tightened_apart),
        cmocka_unit_test(a_check_moves_to_another_table),
        cmocka_unit_test(a_foreign_key_of_one_name_is_dropped_and_added),
        cmocka_unit_test(a_key_under_several_foreign_keys_is_kept_once),
        cmocka_unit_test(a_new_foreign_key_looks_for_orphans),
        cmocka_unit_test(a_check_is_dropped_and_added_at_once),
        cmocka_unit_test(an_index_of_another_name_is_renamed),
        cmocka_unit_test(a_unique_key_looks_for_doubles),
        cmocka_unit_test(visibility_is_said_in_each_servers_words),
        cmocka_unit_test(ranges_keep_their_rows),
        cmocka_unit_test(partitioning_ends_the_statement),
        cmocka_unit_test(a_view_is_replaced_with_its_head),
        cmocka_unit_test(programs_are_replaced_by_each_server_as_it_can),
        cmocka_unit_test(triggers_keep_their_order),
        cmocka_unit_test(triggers_before_a_new_one_stay),
        cmocka_unit_test(an_event_keeps_its_start_and_state),
        cmocka_unit_test(a_versioned_table_keeps_its_history),
        cmocka_unit_test(a_sequence_keeps_its_position),
        cmocka_unit_test(what_is_the_servers_is_named),
        cmocka_unit_test(a_foreign_key_to_no_unique_key_is_allowed_for_the_while),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
