#include <dbtwin/diff.h>
#include <dbtwin/plan.h>

#include <stdarg.h>
#include <stdio.h>

#include "catalog.h"

/*
 * What plan_changes makes of two models of MySQL or MariaDB. The numbers are those of the traps in
 * tests/TRAPS.md, "Planning". Expected statements are written after the manuals' ALTER TABLE pages.
 */

struct fix {
    struct model from, to;
    struct diff diff;
    struct plan plan;
};

static void start_side(struct model *m, unsigned flavor)
{
    catalog_init(m, flavor);
    for (unsigned slot = 0; slot < m->root->kind->n_props; slot++)
        model_set(m, m->root, slot, NULL);
    catalog_set(m, m->root, "collation", "utf8mb4_general_ci");
    catalog_set(m, m->root, "charset", "utf8mb4");
}

static void start(struct fix *f, unsigned flavor)
{
    *f = (struct fix){0};
    start_side(&f->from, flavor);
    start_side(&f->to, flavor);
}

/* Properties by name and value, up to NULL. */
static void set_all(struct model *m, struct object *o, va_list list)
{
    const char *name;

    while ((name = va_arg(list, const char *)))
        catalog_set(m, o, name, va_arg(list, const char *));
}

static struct object *add(struct model *m, enum kind_id kind, struct object *parent,
                          const char *name, ...)
{
    struct object *o = catalog_add_known(m, kind, parent, name);
    va_list list;

    va_start(list, name);
    set_all(m, o, list);
    va_end(list);
    return o;
}

static struct object *table(struct model *m, const char *name)
{
    return add(m, K_TABLE, NULL, name, "engine", "InnoDB", "charset", "utf8mb4", "collation",
               "utf8mb4_general_ci", NULL);
}

static struct object *column(struct model *m, struct object *t, const char *name, const char *type,
                             const char *position)
{
    return add(m, K_COLUMN, t, name, "type", type, "position", position, NULL);
}

static struct object *text_column(struct model *m, struct object *t, const char *name,
                                  const char *type, const char *position)
{
    struct object *c = column(m, t, name, type, position);

    catalog_set(m, c, "charset", "utf8mb4");
    catalog_set(m, c, "collation", "utf8mb4_general_ci");
    return c;
}

static struct object *key(struct model *m, struct object *t, const char *name, const char *column)
{
    struct object *k = add(m, K_INDEX, t, name, "method", "btree", NULL);

    add(m, K_INDEX_PART, k, "1", "expression", column, NULL);
    return k;
}

static struct object *foreign_key(struct model *m, struct object *t, struct object *parent,
                                  const char *name, const char *columns, const char *references)
{
    struct object *k = add(m, K_FOREIGN_KEY, t, name, "columns", columns, "references", references,
                           "ref_columns", "`id`", NULL);

    model_depend(m, k, parent);
    return k;
}

static void make(struct fix *f, bool strict)
{
    struct plan_options opt = {.grants = true};
    struct diff_options how = {.strict = strict};
    struct err err = ERR_INIT;

    catalog_freeze(&f->from);
    catalog_freeze(&f->to);
    if (!diff_models(&f->diff, &f->from, &f->to, &how, &err) ||
        !plan_changes(&f->plan, &f->diff, &opt, &err))
        fail_msg("%s", err.msg);
}

static void end(struct fix *f)
{
    plan_release(&f->plan);
    diff_release(&f->diff);
    model_release(&f->from);
    model_release(&f->to);
}

static void show(const struct fix *f)
{
    for (size_t i = 0; i < f->plan.steps.len; i++)
        print_message("%s\n", VEC_AT(&f->plan.steps, struct step, i).sql);
    for (size_t i = 0; i < f->plan.refusals.len; i++)
        print_message("-- %s\n", VEC_AT(&f->plan.refusals, struct plan_refusal, i).why);
}

/* The place of the only step that contains the text, or of the first one. */
static size_t find(const struct fix *f, const char *part)
{
    for (size_t i = 0; i < f->plan.steps.len; i++)
        if (strstr(VEC_AT(&f->plan.steps, struct step, i).sql, part))
            return i;
    show(f);
    fail_msg("no step says: %s", part);
    return 0;
}

static const struct step *step(const struct fix *f, const char *part)
{
    return &VEC_AT(&f->plan.steps, struct step, find(f, part));
}

static bool has(const struct fix *f, const char *part)
{
    for (size_t i = 0; i < f->plan.steps.len; i++)
        if (strstr(VEC_AT(&f->plan.steps, struct step, i).sql, part))
            return true;
    return false;
}

static void assert_steps(const struct fix *f, size_t n)
{
    if (f->plan.steps.len != n)
        show(f);
    assert_int_equal(f->plan.steps.len, n);
}

static void assert_order(const struct fix *f, const char *first, const char *second)
{
    if (find(f, first) >= find(f, second)) {
        show(f);
        fail_msg("%s does not come before %s", first, second);
    }
}

static void assert_manual(const struct fix *f, const char *why)
{
    for (size_t i = 0; i < f->plan.refusals.len; i++)
        if (strstr(VEC_AT(&f->plan.refusals, struct plan_refusal, i).why, why))
            return;
    show(f);
    fail_msg("no manual step says: %s", why);
}

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
    assert_steps(&f, 3);
    assert_order(&f, "ADD COLUMN `dbtwin_g`", "UPDATE `t` SET `dbtwin_g` = `g`");
    assert_order(&f, "UPDATE `t`", "CHANGE COLUMN `dbtwin_g` `g`");
    assert_false(step(&f, "CHANGE")->hazards & HAZARD_DATA);
    end(&f);
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
        cmocka_unit_test(a_virtual_column_becomes_plain_with_its_values),
        cmocka_unit_test(rows_that_do_not_fit_are_looked_up),
        cmocka_unit_test(labels_at_the_end_are_no_hazard),
        cmocka_unit_test(longer_texts_are_copied_where_the_length_takes_another_byte),
        cmocka_unit_test(what_a_type_takes_from_values_is_named),
        cmocka_unit_test(a_character_set_is_changed_column_by_column),
        cmocka_unit_test(a_row_format_comes_with_the_keys),
        cmocka_unit_test(columns_move_only_if_asked),
        cmocka_unit_test(a_random_default_comes_after_its_column),
        cmocka_unit_test(a_foreign_key_makes_way_for_the_types),
        cmocka_unit_test(a_foreign_key_stays_where_it_can),
        cmocka_unit_test(a_foreign_key_of_one_name_is_dropped_and_added),
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
