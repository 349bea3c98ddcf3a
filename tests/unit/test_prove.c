#include <dbtwin/plan.h>

#include "catalog.h"

/* Statements are written after what the servers' SHOW CREATE TABLE prints. */

/* CREATE TABLE `t` (`a` int NOT NULL DEFAULT …, `b` varchar(9) …, PRIMARY KEY (`a`), KEY `k` …) */
static struct object *a_table(struct model *m, unsigned flavor)
{
    catalog_init(m, flavor);
    struct object *t = catalog_add_known(m, K_TABLE, NULL, "t"), *c, *k;
    catalog_set(m, t, "engine", "innodb");
    catalog_set(m, t, "charset", "utf8mb4");
    catalog_set(m, t, "collation",
                flavor == ENGINE_MY ? "utf8mb4_0900_ai_ci" : "utf8mb4_general_ci");
    c = catalog_add_known(m, K_COLUMN, t, "a");
    catalog_set(m, c, "type", "int");
    catalog_set(m, c, "not_null", "yes");
    catalog_set(m, c, "default", "0");
    catalog_set(m, c, "position", "1");
    c = catalog_add_known(m, K_COLUMN, t, "b");
    catalog_set(m, c, "type", "varchar(9)");
    catalog_set(m, c, "charset", "latin1");
    catalog_set(m, c, "collation", "latin1_swedish_ci");
    catalog_set(m, c, "comment", "it's \\");
    catalog_set(m, c, "position", "2");
    k = catalog_add_known(m, K_INDEX, t, "PRIMARY");
    catalog_set(m, k, "method", "btree");
    catalog_set(m, k, "position", "1");
    catalog_set(m, catalog_add_known(m, K_INDEX_PART, k, "1"), "expression", "`a`");
    k = catalog_add_known(m, K_INDEX, t, "k");
    catalog_set(m, k, "method", "btree");
    catalog_set(m, k, "comment", "c");
    catalog_set(m, k, "options", "KEY_BLOCK_SIZE=4");
    catalog_set(m, k, "position", "2");
    catalog_set(m, catalog_add_known(m, K_INDEX_PART, k, "1"), "expression", "`b`");
    return t;
}

static const char shown_mysql[] =
    "CREATE TABLE `t` (\n"
    "  `a` int NOT NULL DEFAULT '0',\n"
    "  `b` varchar(9) CHARACTER SET latin1 DEFAULT NULL COMMENT 'it\\'s \\\\',\n"
    "  PRIMARY KEY (`a`),\n"
    "  KEY `k` (`b`) KEY_BLOCK_SIZE=4 COMMENT 'c'\n"
    ") ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci";

/* "yes", or the reason why not, in `a`. */
static const char *proof(unsigned flavor, const char *shown, struct arena *a)
{
    struct model m;
    struct object *t = a_table(&m, flavor);
    const char *why = "yes";
    catalog_set(&m, t, "definition", shown);
    catalog_freeze(&m);
    plan_prove(&m);
    assert_null(t->v[P_TABLE_DEFINITION]);
    if (!str_eq(t->v[P_TABLE_PROVEN], "yes")) {
        assert_string_equal(t->v[P_TABLE_PROVEN], "no");
        assert_int_equal(m.gaps.len, 1);
        struct coverage_gap g = VEC_AT(&m.gaps, struct coverage_gap, 0);
        assert_string_equal(g.kind, "table");
        assert_string_equal(g.path, "t");
        why = arena_strdup(a, g.why);
    }
    model_release(&m);
    return why;
}

/* The statement above with `from` replaced. */
static const char *with(struct arena *a, const char *from, const char *to)
{
    const char *at = strstr(shown_mysql, from);
    assert_non_null(at);
    return arena_printf(a, "%.*s%s%s", (int)(at - shown_mysql), shown_mysql, to, at + strlen(from));
}

static void the_same_is_proven(void **state)
{
    static const char *const same[][2] = {
        {"int NOT NULL DEFAULT '0'", "int DEFAULT 0  not null"},
        {"CHARACTER SET latin1 DEFAULT NULL", "CHARACTER SET latin1 COLLATE latin1_swedish_ci"},
        {"'it\\'s \\\\'", "'it''s \\\\'"},
        {"KEY_BLOCK_SIZE=4 COMMENT 'c'", "COMMENT 'c' KEY_BLOCK_SIZE = 4"},
        {" AUTO_INCREMENT=7", ""},
        {"ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4",
         "DEFAULT CHARSET=utf8mb4 ENGINE=InnoDB"},
        {" COLLATE=utf8mb4_0900_ai_ci", ""},
    };
    struct arena a = ARENA_INIT;
    (void)state;
    assert_string_equal(proof(ENGINE_MY, shown_mysql, &a), "yes");
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        assert_string_equal(proof(ENGINE_MY, with(&a, same[i][0], same[i][1]), &a), "yes");
    arena_release(&a);
}

/* MySQL shows the name of a partition without quotes where it can, also one in upper case. */
static void names_of_partitions_are_proven_with_or_without_quotes(void **state)
{
    static const char *const parts[] = {
        "(PARTITION P0 VALUES LESS THAN (10),\n PARTITION `P 1` VALUES LESS THAN MAXVALUE)",
        "(PARTITION `P0` VALUES LESS THAN (10), PARTITION `P 1` VALUES LESS THAN MAXVALUE)",
        "(PARTITION P0 VALUES LESS THAN (11), PARTITION `P 1` VALUES LESS THAN MAXVALUE)",
        "(PARTITION P2 VALUES LESS THAN (10), PARTITION `P 1` VALUES LESS THAN MAXVALUE)",
    };
    struct arena a = ARENA_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct model m;
        struct object *t = a_table(&m, ENGINE_MY), *p;

        catalog_set(&m, t, "partition_key", "RANGE (`a`)");
        p = catalog_add_known(&m, K_PARTITION, t, "P0");
        catalog_set(&m, p, "position", "1");
        catalog_set(&m, p, "values", "LESS THAN (10)");
        p = catalog_add_known(&m, K_PARTITION, t, "P 1");
        catalog_set(&m, p, "position", "2");
        catalog_set(&m, p, "values", "LESS THAN MAXVALUE");
        catalog_set(&m, t, "definition",
                    arena_printf(&a, "%s\n PARTITION BY RANGE (`a`)\n%s", shown_mysql, parts[i]));
        catalog_freeze(&m);
        plan_prove(&m);
        if (i < 2 && m.gaps.len)
            fail_msg("%s", VEC_AT(&m.gaps, struct coverage_gap, 0).why);
        assert_int_equal(m.gaps.len, i < 2 ? 0 : 1);
        model_release(&m);
    }
    arena_release(&a);
}

static void any_difference_is_named(void **state)
{
    static const char *const others[][2] = {
        {"DEFAULT '0'", "DEFAULT '1'"},
        {"DEFAULT '0'", "DEFAULT (0)"},
        {"DEFAULT '0'", ""},
        {" NOT NULL", ""},
        {"`a` int", "`A` int"},
        {"`a` int", "`a` bigint"},
        {"latin1 DEFAULT NULL", "latin1 DEFAULT 'null'"},
        {"latin1 DEFAULT NULL", "latin1 DEFAULT ''"},
        {"CHARACTER SET latin1 ", "CHARACTER SET latin1 COLLATE latin1_bin "},
        {"CHARACTER SET latin1 ", ""},
        {"'it\\'s \\\\'", "'It\\'s \\\\'"},
        {"COMMENT 'it\\'s \\\\'", "COMMENT 'it\\'s \\\\' INVISIBLE"},
        {"COMMENT 'it\\'s \\\\'", "COMMENT 'it\\'s \\\\' CHECK (`b` <> 'x')"},
        {"COMMENT 'it\\'s \\\\'", "COMMENT 'it\\'s \\\\' NEW_ATTRIBUTE"},
        {"COMMENT 'it\\'s \\\\'", "COMMENT 'it\\'s \\\\' `OPTION`='x'"},
        {"PRIMARY KEY (`a`),\n  KEY", "UNIQUE KEY `PRIMARY` (`a`),\n  KEY"},
        {"PRIMARY KEY (`a`)", "PRIMARY KEY (`a`) USING BTREE"},
        {"PRIMARY KEY (`a`)", "PRIMARY KEY (`a` DESC)"},
        {"PRIMARY KEY (`a`)", "PRIMARY KEY (`a`),\n  KEY `l` (`a`)"},
        {"KEY_BLOCK_SIZE=4", "KEY_BLOCK_SIZE=8"},
        {"KEY_BLOCK_SIZE=4 ", ""},
        {"COMMENT 'c'\n", "COMMENT 'c',\n  CONSTRAINT `x` CHECK ((`a` > 0))\n"},
        {"COMMENT 'c'\n", "COMMENT 'c',\n  PERIOD FOR `p` (`a`,`b`)\n"},
        {"ENGINE=InnoDB", "ENGINE=MyISAM"},
        {"COLLATE=utf8mb4_0900_ai_ci", "COLLATE=utf8mb4_bin"},
        {"COLLATE=utf8mb4_0900_ai_ci", "COLLATE=utf8mb4_0900_ai_ci ROW_FORMAT=COMPACT"},
        {"COLLATE=utf8mb4_0900_ai_ci", "COLLATE=utf8mb4_0900_ai_ci COMMENT='x'"},
        {"COLLATE=utf8mb4_0900_ai_ci", "COLLATE=utf8mb4_0900_ai_ci WITH SYSTEM VERSIONING"},
        {"COLLATE=utf8mb4_0900_ai_ci", "PARTITION BY HASH (`a`) PARTITIONS 2"},
        {"\n) ENGINE", "\n"},
    };
    struct arena a = ARENA_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        const char *why = proof(ENGINE_MY, with(&a, others[i][0], others[i][1]), &a);
        if (!str_starts(why, "unproven: SHOW CREATE TABLE "))
            fail_msg("%s for %s: %s", others[i][1], others[i][0], why);
    }
    assert_string_equal(proof(ENGINE_MY, with(&a, "`a` int", "`a` bigint"), &a),
                        "unproven: SHOW CREATE TABLE has \"`a` bigint default '0' not null\" where "
                        "dbtwin would make \"`a` int default '0' not null\"");
    arena_release(&a);
}

/* What is unproven makes no statement, and can only be left out. */
static void the_unproven_is_refused(void **state)
{
    static const char *const without[] = {"unproven", NULL};
    struct model m;
    struct plan p;
    struct err err = ERR_INIT;
    (void)state;
    struct object *t = a_table(&m, ENGINE_MY);
    catalog_set(&m, t, "definition", "CREATE TABLE `t` (\n  `a` int\n) ENGINE=InnoDB");
    struct object *v = catalog_add_known(&m, K_VIEW, NULL, "v");
    catalog_set(&m, v, "query", "select 1 from `t`");
    model_depend(&m, v, t);
    catalog_freeze(&m);
    plan_prove(&m);
    struct plan_options opt = {.target_flavor = m.flavor, .target_version = m.version};
    assert_true(plan_create(&p, &m, &opt, &err));
    assert_int_equal(p.refusals.len, 1);
    assert_string_equal(VEC_AT(&p.refusals, struct plan_refusal, 0).path, "t");
    for (size_t i = 0; i < p.steps.len; i++)
        assert_ptr_not_equal(VEC_AT(&p.steps, struct step, i).object, t);
    plan_release(&p);
    opt.without = without;
    assert_true(plan_create(&p, &m, &opt, &err));
    assert_int_equal(p.refusals.len, 0);
    assert_string_equal(VEC_AT(&p.left_out, struct plan_refusal, 0).path, "t");
    assert_string_equal(VEC_AT(&p.left_out, struct plan_refusal, 0).why, "--without unproven");
    plan_release(&p);
    m.gaps.len = 0; /* whoever has sifted them */
    opt.without = NULL;
    assert_true(plan_create(&p, &m, &opt, &err));
    assert_int_equal(p.refusals.len, 1);
    plan_release(&p);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_is_proven),
        cmocka_unit_test(names_of_partitions_are_proven_with_or_without_quotes),
        cmocka_unit_test(any_difference_is_named),
        cmocka_unit_test(the_unproven_is_refused),
    };
    return cmocka_run_group_tests_name("prove", tests, NULL, NULL);
}
