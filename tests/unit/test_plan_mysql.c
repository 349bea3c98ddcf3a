#include <dbtwin/plan.h>

#include <stdio.h>

#include "catalog.h"
#include "plan/mysql.h"

/* Expected statements are written after the manuals' CREATE TABLE, ALTER TABLE and CREATE TRIGGER
 * pages, not copied from the program. */

static void start(struct model *m, unsigned flavor)
{
    catalog_init(m, flavor);
    for (unsigned slot = 0; slot < m->root->kind->n_props; slot++)
        model_set(m, m->root, slot, NULL);
    catalog_set(m, m->root, "collation", "utf8mb4_general_ci");
}

static struct object *add_table(struct model *m, const char *name)
{
    struct object *t = catalog_add_known(m, K_TABLE, NULL, name);

    catalog_set(m, t, "engine", "innodb");
    catalog_set(m, t, "charset", "utf8mb4");
    catalog_set(m, t, "collation", "utf8mb4_general_ci");
    return t;
}

static struct object *add_column(struct model *m, struct object *table, const char *name,
                                 const char *type, const char *position)
{
    struct object *c = catalog_add_known(m, K_COLUMN, table, name);

    catalog_set(m, c, "type", type);
    catalog_set(m, c, "position", position);
    return c;
}

static struct object *add_key(struct model *m, struct object *table, const char *name,
                              const char *method, const char *expression)
{
    struct object *k = catalog_add_known(m, K_INDEX, table, name), *part;

    catalog_set(m, k, "method", method);
    part = catalog_add_known(m, K_INDEX_PART, k, "1");
    catalog_set(m, part, "expression", expression);
    return k;
}

static struct plan make(struct model *m);
static const char *step(const struct plan *p, enum plan_phase phase, size_t n);

static void option(struct model *m, struct object *of, const char *name, const char *value)
{
    catalog_set(m, catalog_add_known(m, K_OPTION, of, name), "value", value);
}

static void options_are_quoted_but_for_numbers(void **state)
{
    struct model m;
    struct plan p;
    const char *sql;

    (void)state;
    start(&m, ENGINE_MY);
    struct object *t = add_table(&m, "t");
    add_column(&m, t, "a", "int", "1");
    option(&m, t, "compression", "zlib");
    option(&m, t, "stats_persistent", "1");
    option(&m, t, "pack_keys", "DEFAULT");
    option(&m, t, "data directory", "/somewhere");
    p = make(&m);
    sql = step(&p, PHASE_PRE, 0);
    assert_non_null(sql);
    assert_non_null(strstr(sql, " compression='zlib'"));
    assert_non_null(strstr(sql, " stats_persistent=1"));
    assert_non_null(strstr(sql, " pack_keys=DEFAULT"));
    assert_null(strstr(sql, "directory"));
    plan_release(&p);
    model_release(&m);
}

static struct plan make(struct model *m)
{
    struct plan_options opt = {.target_flavor = m->flavor, .target_version = 101119};
    struct err err = ERR_INIT;
    struct plan p;

    catalog_freeze(m);
    if (!plan_create(&p, m, &opt, &err))
        fail_msg("%s", err.msg);
    return p;
}

/* The n-th statement of a phase, or NULL. */
static const char *step(const struct plan *p, enum plan_phase phase, size_t n)
{
    for (size_t i = 0; i < p->steps.len; i++) {
        const struct step *s = vec_at(&p->steps, i);
        if (s->phase == phase && n-- == 0)
            return s->sql;
    }
    return NULL;
}

static void done(struct plan *p, struct model *m)
{
    plan_release(p);
    model_release(m);
}

static void columns_stand_in_their_order_with_all_that_they_have(void **state)
{
    struct model m;
    (void)state;
    start(&m, ENGINE_MA);
    struct object *t = add_table(&m, "a`b");
    struct object *c = add_column(&m, t, "z", "int(11)", "1");
    catalog_set(&m, c, "not_null", "yes");
    c = add_column(&m, t, "name", "varchar(9)", "2");
    catalog_set(&m, c, "charset", "latin1");
    catalog_set(&m, c, "collation", "latin1_bin");
    catalog_set(&m, c, "default", "'it''s'");
    catalog_set(&m, c, "comment", "a \\ b'c");
    c = add_column(&m, t, "g", "int(11)", "3");
    catalog_set(&m, c, "generated", "stored");
    catalog_set(&m, c, "expression", "`z` + 1");
    c = add_column(&m, t, "at", "timestamp", "4");
    catalog_set(&m, c, "on_update", "current_timestamp()");
    catalog_set(&m, c, "invisible", "yes");
    catalog_set(&m, t, "comment", "x");
    catalog_set(&m, catalog_add_known(&m, K_OPTION, t, "key_block_size"), "value", "8");
    struct plan p = make(&m);
    assert_string_equal(step(&p, PHASE_PRE, 0),
                        "CREATE TABLE `a``b` (\n"
                        "  `z` int(11) NOT NULL,\n"
                        "  `name` varchar(9) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT "
                        "'it''s' COMMENT 'a \\\\ b''c',\n"
                        "  `g` int(11) GENERATED ALWAYS AS (`z` + 1) STORED,\n"
                        "  `at` timestamp NULL ON UPDATE current_timestamp() INVISIBLE\n"
                        ") ENGINE=innodb DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci "
                        "key_block_size=8 COMMENT='x'");
    assert_null(step(&p, PHASE_POST, 0));
    done(&p, &m);
}

static void keys_come_after_the_data_but_for_those_that_loading_needs(void **state)
{
    struct model m;
    (void)state;
    start(&m, ENGINE_MA);
    struct object *t = add_table(&m, "t");
    struct object *id = add_column(&m, t, "id", "int(11)", "1");
    catalog_set(&m, id, "not_null", "yes");
    catalog_set(&m, id, "auto_increment", "yes");
    catalog_set(&m, t, "auto_increment", "42");
    add_column(&m, t, "b", "text", "2");
    catalog_set(&m, add_key(&m, t, "n_id", "btree", "`id`"), "unique", "yes");
    struct object *k = add_key(&m, t, "k1", "btree", "`b`");
    catalog_set(&m, k->first, "prefix", "10");
    catalog_set(&m, k, "position", "3");
    k = add_key(&m, t, "k2", "btree", "`b`");
    catalog_set(&m, k->first, "prefix", "20");
    catalog_set(&m, k->first, "descending", "yes");
    catalog_set(&m, k, "position", "2");
    add_key(&m, t, "ft", "fulltext", "`b`");
    struct plan p = make(&m);
    assert_string_equal(step(&p, PHASE_PRE, 0),
                        "CREATE TABLE `t` (\n"
                        "  `id` int(11) NOT NULL AUTO_INCREMENT,\n"
                        "  `b` text,\n"
                        "  UNIQUE KEY `n_id` (`id`)\n"
                        ") ENGINE=innodb AUTO_INCREMENT=42 DEFAULT CHARSET=utf8mb4 "
                        "COLLATE=utf8mb4_general_ci");
    assert_string_equal(step(&p, PHASE_POST, 0), "ALTER TABLE `t`\n"
                                                 "  ADD KEY `k2` (`b`(20) DESC),\n"
                                                 "  ADD KEY `k1` (`b`(10))");
    assert_string_equal(step(&p, PHASE_POST, 1), "ALTER TABLE `t` ADD FULLTEXT KEY `ft` (`b`)");
    assert_null(step(&p, PHASE_POST, 2));
    done(&p, &m);
}

static void an_engine_without_transactions_gets_all_keys_at_once(void **state)
{
    struct model m;
    (void)state;
    start(&m, ENGINE_MY);
    struct object *t = add_table(&m, "t");
    catalog_set(&m, t, "engine", "memory");
    add_column(&m, t, "a", "int", "1");
    add_key(&m, t, "h", "hash", "`a`");
    add_key(&m, t, "i", "btree", "`a`");
    struct plan p = make(&m);
    assert_non_null(
        strstr(step(&p, PHASE_PRE, 0), ",\n  KEY `h` (`a`),\n  KEY `i` (`a`) USING BTREE\n)"));
    assert_null(step(&p, PHASE_POST, 0));
    done(&p, &m);
}

static void tables_that_keep_rows_elsewhere_are_refused(void **state)
{
    struct model m;
    (void)state;
    start(&m, ENGINE_MA);
    struct object *t = add_table(&m, "t");
    catalog_set(&m, t, "engine", "federated");
    add_column(&m, t, "a", "int(11)", "1");
    struct plan p = make(&m);
    assert_int_equal(p.refusals.len, 1);
    assert_string_equal(((struct plan_refusal *)vec_at(&p.refusals, 0))->path, "t");
    assert_null(step(&p, PHASE_PRE, 0));
    done(&p, &m);
}

static struct object *add_fk(struct model *m, struct object *t, const char *name, const char *rule)
{
    struct object *k = catalog_add_known(m, K_FOREIGN_KEY, t, name);

    catalog_set(m, k, "columns", "`p`");
    catalog_set(m, k, "references", "`t`");
    catalog_set(m, k, "ref_columns", "`id`");
    catalog_set(m, k, "on_delete", rule);
    catalog_set(m, k, "on_update", "cascade");
    return k;
}

static void check_foreign_keys(unsigned flavor, const char *expected)
{
    struct model m;
    start(&m, flavor);
    struct object *t = add_table(&m, "t");
    add_column(&m, t, "id", "int", "1");
    add_fk(&m, t, "f1", "restrict");
    add_fk(&m, t, "f2", "no action");
    struct plan p = make(&m);
    assert_string_equal(step(&p, PHASE_FK, 0), expected);
    assert_null(step(&p, PHASE_FK, 1));
    done(&p, &m);
}

static void a_tables_foreign_keys_are_one_statement(void **state)
{
    (void)state;
    check_foreign_keys(ENGINE_MY,
                       "ALTER TABLE `t`\n"
                       "  ADD CONSTRAINT `f1` FOREIGN KEY (`p`) REFERENCES `t` (`id`) ON DELETE "
                       "RESTRICT ON UPDATE CASCADE,\n"
                       "  ADD CONSTRAINT `f2` FOREIGN KEY (`p`) REFERENCES `t` (`id`) ON UPDATE "
                       "CASCADE");
    check_foreign_keys(ENGINE_MA,
                       "ALTER TABLE `t`\n"
                       "  ADD CONSTRAINT `f1` FOREIGN KEY (`p`) REFERENCES `t` (`id`) ON UPDATE "
                       "CASCADE,\n"
                       "  ADD CONSTRAINT `f2` FOREIGN KEY (`p`) REFERENCES `t` (`id`) ON DELETE NO "
                       "ACTION ON UPDATE CASCADE");
}

static void add_partition(struct model *m, struct object *t, const char *name, const char *position,
                          const char *values)
{
    struct object *p = catalog_add_known(m, K_PARTITION, t, name);

    catalog_set(m, p, "position", position);
    catalog_set(m, p, "values", values);
}

static void partitions_are_listed_or_counted(void **state)
{
    struct model m;
    (void)state;
    start(&m, ENGINE_MY);
    struct object *t = add_table(&m, "r");
    add_column(&m, t, "a", "int", "1");
    catalog_set(&m, t, "partition_key", "RANGE (`a`)");
    add_partition(&m, t, "z", "1", "LESS THAN (10)");
    add_partition(&m, t, "a", "2", "LESS THAN MAXVALUE");
    t = add_table(&m, "s");
    add_column(&m, t, "a", "int", "1");
    catalog_set(&m, t, "partition_key", "HASH (`a`)");
    add_partition(&m, t, "p1", "2", NULL);
    add_partition(&m, t, "p0", "1", NULL);
    struct plan p = make(&m);
    assert_true(str_ends(step(&p, PHASE_PRE, 0),
                         " PARTITION BY RANGE (`a`) (PARTITION `z` VALUES LESS THAN (10), "
                         "PARTITION `a` VALUES LESS THAN MAXVALUE)"));
    assert_true(str_ends(step(&p, PHASE_PRE, 1), " PARTITION BY HASH (`a`) PARTITIONS 2"));
    done(&p, &m);
}

static void add_trigger(struct model *m, struct object *t, const char *name, const char *order)
{
    struct object *g = catalog_add_known(m, K_TRIGGER, t, name);

    catalog_set(m, g, "timing", "before");
    catalog_set(m, g, "event", "insert");
    catalog_set(m, g, "order", order);
    catalog_set(m, g, "definer", "o'neil@app@%");
    catalog_set(m, g, "sql_mode", "ANSI_QUOTES,INVALID_DATES");
    catalog_set(m, g, "charset_client", "latin1");
    catalog_set(m, g, "collation_connection", "latin1_swedish_ci");
    catalog_set(m, g, "body", "SET @x = 'é'");
}

static void triggers_are_made_in_their_order_under_their_own_settings(void **state)
{
    struct model m;
    (void)state;
    start(&m, ENGINE_MA);
    struct object *t = add_table(&m, "t");
    add_column(&m, t, "a", "int(11)", "1");
    add_trigger(&m, t, "a", "2");
    add_trigger(&m, t, "b", "1");
    struct plan p = make(&m);
    assert_string_equal(step(&p, PHASE_FINAL, 0),
                        "SET SESSION sql_mode='ANSI_QUOTES,ALLOW_INVALID_DATES', "
                        "character_set_client=latin1, collation_connection=latin1_swedish_ci");
    /* In latin1 é is one byte. */
    assert_string_equal(step(&p, PHASE_FINAL, 1),
                        "CREATE DEFINER=`o'neil@app`@`%` TRIGGER `b` BEFORE INSERT ON `t` FOR EACH "
                        "ROW SET @x = '\xe9'");
    assert_non_null(strstr(step(&p, PHASE_FINAL, 3), " TRIGGER `a` "));
    done(&p, &m);
}

static void a_text_that_its_character_set_cannot_hold_is_refused(void **state)
{
    struct model m;
    (void)state;
    start(&m, ENGINE_MA);
    struct object *v = catalog_add_known(&m, K_VIEW, NULL, "v");
    catalog_set(&m, v, "query", "select '日'");
    catalog_set(&m, v, "charset_client", "latin1");
    struct plan p = make(&m);
    assert_int_equal(p.refusals.len, 1);
    assert_null(step(&p, PHASE_FINAL, 0));
    done(&p, &m);
}

static void events_are_made_disabled_and_said_to_be(void **state)
{
    struct model m;
    (void)state;
    start(&m, ENGINE_MY);
    struct object *e = catalog_add_known(&m, K_EVENT, NULL, "e");
    catalog_set(&m, e, "schedule", "EVERY 1 DAY");
    catalog_set(&m, e, "status", "enabled");
    catalog_set(&m, e, "on_completion", "preserve");
    catalog_set(&m, e, "time_zone", "SYSTEM");
    catalog_set(&m, e, "sql_mode", "NO_BACKSLASH_ESCAPES");
    catalog_set(&m, e, "comment", "a\\b");
    catalog_set(&m, e, "body", "DELETE FROM t");
    struct plan p = make(&m);
    assert_true(str_ends(step(&p, PHASE_FINAL, 0), ", time_zone='SYSTEM'"));
    assert_string_equal(step(&p, PHASE_FINAL, 1),
                        "CREATE EVENT `e` ON SCHEDULE EVERY 1 DAY ON COMPLETION preserve DISABLE "
                        "COMMENT 'a\\b' DO DELETE FROM t");
    assert_int_equal(p.neutralised.len, 1);
    const struct neutralised *n = &VEC_AT(&p.neutralised, struct neutralised, 0);
    assert_int_equal(n->rule, NEUTRAL_EVENTS);
    assert_int_equal(n->what, NEUTRAL_CHANGED);
    assert_int_equal(n->slot, P_EVENT_STATUS);
    assert_int_equal(p.refusals.len, 0);
    done(&p, &m);
}

static void functions_stand_before_views_and_views_before_triggers(void **state)
{
    struct model m;
    (void)state;
    start(&m, ENGINE_MY);
    struct object *t = add_table(&m, "t");
    add_column(&m, t, "a", "int", "1");
    add_trigger(&m, t, "g", "1");
    struct object *a = catalog_add_known(&m, K_VIEW, NULL, "a"),
                  *b = catalog_add_known(&m, K_VIEW, NULL, "b");
    catalog_set(&m, a, "query", "select 1 from `b`");
    catalog_set(&m, b, "query", "select `f`()");
    catalog_set(&m, b, "check_option", "cascaded");
    model_depend(&m, a, b);
    struct object *f = catalog_add_known(&m, K_FUNCTION, NULL, "f");
    catalog_set(&m, f, "result", "int");
    catalog_set(&m, f, "body", "return 1");
    catalog_set(&m, f, "deterministic", "yes");
    catalog_set(&m, f, "data_access", "no sql");
    catalog_set(&m, f, "database_collation", "latin1_bin");
    struct plan p = make(&m);
    assert_string_equal(step(&p, PHASE_FINAL, 0), "ALTER DATABASE COLLATE latin1_bin");
    assert_string_equal(step(&p, PHASE_FINAL, 2), "CREATE FUNCTION `f`() RETURNS int\n"
                                                  "    DETERMINISTIC\n"
                                                  "    no sql\n"
                                                  "return 1");
    assert_string_equal(step(&p, PHASE_FINAL, 3), "ALTER DATABASE COLLATE utf8mb4_general_ci");
    assert_string_equal(step(&p, PHASE_FINAL, 5),
                        "CREATE OR REPLACE VIEW `b` AS select `f`() WITH cascaded CHECK OPTION");
    assert_string_equal(step(&p, PHASE_FINAL, 7),
                        "CREATE OR REPLACE VIEW `a` AS select 1 from `b`");
    assert_non_null(strstr(step(&p, PHASE_FINAL, 9), "TRIGGER `g`"));
    assert_null(step(&p, PHASE_FINAL, 10));
    done(&p, &m);
}

static void sequences_are_placed_and_their_defaults_set_again_at_the_end(void **state)
{
    struct model m;
    (void)state;
    start(&m, ENGINE_MA);
    struct object *s = catalog_add_known(&m, K_SEQUENCE, NULL, "s"), *t = add_table(&m, "t");
    catalog_set(&m, s, "start", "5");
    catalog_set(&m, s, "increment", "3");
    catalog_set(&m, s, "last_value", "11");
    catalog_set(&m, s, "is_called", "yes");
    struct object *c = add_column(&m, t, "id", "int(11)", "1");
    catalog_set(&m, c, "default", "(nextval(`s`))");
    c = add_column(&m, t, "n", "int(11)", "2");
    catalog_set(&m, c, "default", "(lastval(`s`) + 1)");
    model_depend(&m, t, s);
    struct plan p = make(&m);
    assert_string_equal(step(&p, PHASE_PRE, 0),
                        "CREATE SEQUENCE `s` START WITH 5 INCREMENT BY 3 NOCYCLE");
    assert_non_null(strstr(step(&p, PHASE_PRE, 1), "`id` int(11) DEFAULT (nextval(`s`))"));
    assert_string_equal(step(&p, PHASE_FINAL, 0),
                        "ALTER TABLE `t` ALTER COLUMN `id` SET DEFAULT (nextval(`s`)), "
                        "ALTER COLUMN `n` SET DEFAULT (lastval(`s`) + 1)");
    assert_string_equal(step(&p, PHASE_FINAL, 1), "DO SETVAL(`s`, 11, 1)");
    done(&p, &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_stand_in_their_order_with_all_that_they_have),
        cmocka_unit_test(keys_come_after_the_data_but_for_those_that_loading_needs),
        cmocka_unit_test(an_engine_without_transactions_gets_all_keys_at_once),
        cmocka_unit_test(tables_that_keep_rows_elsewhere_are_refused),
        cmocka_unit_test(a_tables_foreign_keys_are_one_statement),
        cmocka_unit_test(partitions_are_listed_or_counted),
        cmocka_unit_test(triggers_are_made_in_their_order_under_their_own_settings),
        cmocka_unit_test(a_text_that_its_character_set_cannot_hold_is_refused),
        cmocka_unit_test(events_are_made_disabled_and_said_to_be),
        cmocka_unit_test(functions_stand_before_views_and_views_before_triggers),
        cmocka_unit_test(options_are_quoted_but_for_numbers),
        cmocka_unit_test(sequences_are_placed_and_their_defaults_set_again_at_the_end),
    };

    return cmocka_run_group_tests_name("plan_mysql", tests, NULL, NULL);
}
