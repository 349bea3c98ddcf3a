/* Columns that come, go, and change their types: what is in the way, and what it costs. */
#include "change_table.h"

/* 1, 28 */
static void a_view_goes_before_its_column_and_others_stay(void **state)
{
    struct both b;
    struct object *c;

    (void)state;
    start(&b);
    c = add_column(&b.to, "gone", "text");
    add_view(&b.to, "v", c);
    add_view(&b.to, "other", b.to.table->first);
    add_view(&b.from, "other", b.from.table->first);
    make(&b);
    assert_steps(&b, STEPS("DROP VIEW \"s\".\"v\"", T "DROP COLUMN \"gone\""));
    assert_true(step_at(&b, 1)->hazards & HAZARD_DATA);
    end(&b);
}

static bool is_view(void *ctx, const struct object *o)
{
    (void)ctx;
    return o->kind->id == K_VIEW;
}

/* 28: what a filter leaves out is in the way all the same, and is named. */
static void what_is_not_selected_is_named(void **state)
{
    struct both b;
    struct object *gone;
    struct err err = ERR_INIT;

    (void)state;
    start(&b);
    gone = add_column(&b.to, "gone", "text");
    add_view(&b.to, "v", gone);
    add_view(&b.to, "other", b.to.table->first);
    catalog_freeze(&b.to.m);
    assert_true(model_prune(&b.to.m, is_view, NULL, &err));
    b.to.m.frozen = false;
    make(&b);
    assert_int_equal(b.p.refusals.len, 1);
    assert_ptr_equal(VEC_AT(&b.p.refusals, struct plan_refusal, 0).object, gone);
    assert_non_null(strstr(VEC_AT(&b.p.refusals, struct plan_refusal, 0).why, "the view s.v "));
    end(&b);
}

/* 4 */
static void an_index_goes_before_its_column(void **state)
{
    struct both b;

    (void)state;
    start(&b);
    add_index(&b.to, "i", add_column(&b.to, "gone", "text"));
    make(&b);
    assert_steps(&b, STEPS("DROP INDEX \"s\".\"i\"", T "DROP COLUMN \"gone\""));
    end(&b);
}

/* 7, 8 */
static void a_new_type_moves_the_default_and_the_view_but_no_index(void **state)
{
    struct both b;
    struct object *c;

    (void)state;
    start(&b);
    c = add_column(&b.to, "n", "integer");
    catalog_set(&b.to.m, c, "default", "5");
    add_view(&b.to, "v", c);
    add_index(&b.to, "i", c);
    c = add_column(&b.from, "n", "bigint");
    catalog_set(&b.from.m, c, "default", "5");
    add_view(&b.from, "v", c);
    add_index(&b.from, "i", c);
    make(&b);
    assert_steps(&b, STEPS("DROP VIEW \"s\".\"v\"", T_ONLY "ALTER COLUMN \"n\" DROP DEFAULT",
                           T "ALTER COLUMN \"n\" SET DATA TYPE bigint",
                           T_ONLY "ALTER COLUMN \"n\" SET DEFAULT 5", "CREATE VIEW \"s\".\"v\""));
    assert_true(step_at(&b, 2)->hazards & HAZARD_REWRITE);
    end(&b);
}

/* A model that does not know who needs a column: all that needs its table is in the way. */
static void without_column_dependencies_all_of_the_table_is_in_the_way(void **state)
{
    struct both b;

    (void)state;
    start(&b);
    b.to.m.columns = false;
    add_column(&b.to, "n", "integer");
    add_view(&b.to, "v", b.to.table->first);
    VEC_AT(&b.to.m.deps, struct dependency, 0).to = b.to.table;
    add_column(&b.from, "n", "bigint");
    add_view(&b.from, "v", b.from.table->first);
    make(&b);
    assert_steps(&b, STEPS("DROP VIEW \"s\".\"v\"", T "ALTER COLUMN \"n\" SET DATA TYPE bigint",
                           "CREATE VIEW \"s\".\"v\""));
    end(&b);
}

/* 9, and what it costs: the table of ALTER TABLE, "Notes" */
static void casts(void **state)
{
    static const struct {
        const char *from, *to, *using;
        unsigned has, has_not;
    } all[] = {
        {"character varying(10)", "character varying(20)", "", 0, HAZARD_REWRITE | HAZARD_DATA},
        {"character varying(10)", "text", "", 0, HAZARD_REWRITE},
        {"character varying(20)", "character varying(10)", "", HAZARD_REWRITE | HAZARD_ROWS, 0},
        {"text", "character varying(10)", "", HAZARD_REWRITE | HAZARD_ROWS, 0},
        {"character(3)", "character(5)", "", HAZARD_REWRITE, 0},
        {"numeric(10,2)", "numeric(12,2)", "", 0, HAZARD_REWRITE | HAZARD_DATA},
        {"numeric(10,2)", "numeric", "", 0, HAZARD_REWRITE | HAZARD_DATA},
        {"numeric(10,4)", "numeric(10,2)", "", HAZARD_REWRITE | HAZARD_DATA, 0},
        {"integer", "bigint", "", HAZARD_REWRITE, HAZARD_DATA},
        {"double precision", "integer", "", HAZARD_DATA, 0},
        {"cidr", "inet", "", 0, HAZARD_REWRITE},
        {"json", "jsonb", "", HAZARD_REWRITE, 0},
        {"timestamp without time zone", "timestamp with time zone", "", HAZARD_MEANING,
         HAZARD_REWRITE},
        {"timestamp without time zone", "date", "", HAZARD_DATA, 0},
        {"text", "integer", " USING \"c\"::integer", HAZARD_REWRITE, 0},
        {"integer", "uuid", " USING \"c\"::text::uuid", HAZARD_REWRITE, 0},
        {"boolean", "bigint", " USING \"c\"::integer::bigint", HAZARD_REWRITE, 0},
        {"integer[]", "bigint[]", "", HAZARD_REWRITE, 0},
        {"text[]", "uuid[]", " USING \"c\"::uuid[]", HAZARD_REWRITE, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct both b;
        char sql[160];

        start(&b);
        add_column(&b.to, "c", all[i].from);
        add_column(&b.from, "c", all[i].to);
        make(&b);
        assert_int_equal(b.p.steps.len, 1);
        snprintf(sql, sizeof(sql), T "ALTER COLUMN \"c\" SET DATA TYPE %s%s", all[i].to,
                 all[i].using);
        assert_string_equal(step_at(&b, 0)->sql, sql);
        if ((step_at(&b, 0)->hazards & all[i].has) != all[i].has ||
            (step_at(&b, 0)->hazards & all[i].has_not))
            fail_msg("%s to %s has the hazards %x", all[i].from, all[i].to,
                     step_at(&b, 0)->hazards);
        end(&b);
    }
}

/* 10 */
static void a_new_type_takes_storage_with_it(void **state)
{
    struct both b;

    (void)state;
    start(&b);
    catalog_set(&b.to.m, add_column(&b.to, "c", "character varying(5)"), "storage", "external");
    catalog_set(&b.from.m, add_column(&b.from, "c", "text"), "storage", "external");
    make(&b);
    assert_steps(&b, STEPS(T "ALTER COLUMN \"c\" SET DATA TYPE text",
                           T_ONLY "ALTER COLUMN \"c\" SET STORAGE external"));
    end(&b);
}

/* What a new column costs: a constant nothing, a volatile default and an identity all rows. */
static void new_columns(void **state)
{
    static const struct {
        const char *value;
        unsigned has, has_not;
    } all[] = {
        {NULL, 0, HAZARD_REWRITE},
        {"3", 0, HAZARD_REWRITE},
        {"'a'::text", 0, HAZARD_REWRITE},
        {"'a(b)'::text", 0, HAZARD_REWRITE},
        {"now()", 0, HAZARD_REWRITE},
        {"lower('X'::text)", 0, HAZARD_REWRITE},
        {"(now() + '1 day'::interval)", 0, HAZARD_REWRITE},
        {"((1 + 2) * 3)", 0, HAZARD_REWRITE},
        {"ARRAY[1, 2]", 0, HAZARD_REWRITE},
        {"('x'::character varying(3))::text", 0, HAZARD_REWRITE},
        {"(random() * 2::double precision)", HAZARD_REWRITE | HAZARD_LOCK, 0},
        {"(1 + s.f())", HAZARD_REWRITE | HAZARD_LOCK, 0},
        {"\"F\"()", HAZARD_REWRITE | HAZARD_LOCK, 0},
        {"gen_random_uuid()", HAZARD_REWRITE | HAZARD_LOCK, 0},
        {"nextval('s.q'::regclass)", HAZARD_REWRITE | HAZARD_LOCK, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct both b;

        start(&b);
        catalog_set(&b.from.m, add_column(&b.from, "c", "text"), "default", all[i].value);
        make(&b);
        assert_steps(&b, STEPS(T "ADD COLUMN \"c\" text"));
        assert_int_equal(step_at(&b, 0)->hazards & all[i].has, all[i].has);
        assert_int_equal(step_at(&b, 0)->hazards & all[i].has_not, 0);
        end(&b);
    }
}

/* Where there are rows already an index costs; in a new table it does not. */
static void new_indexes(void **state)
{
    for (int unique = 0; unique < 2; unique++)
        for (int there = 0; there < 2; there++) {
            struct both b;
            struct object *i;

            (void)state;
            start(&b);
            if (!there) {
                b.from.table = add_table(&b.from, "new");
                add_column(&b.from, "id", "integer");
            }
            i = add_index(&b.from, "i", b.from.table->first);
            catalog_set(&b.from.m, i, "unique", unique ? "yes" : "no");
            make(&b);
            const struct step *s = step_at(&b, there ? 0 : 1);
            assert_true(str_starts(s->sql, unique ? "CREATE UNIQUE INDEX" : "CREATE INDEX"));
            assert_int_equal(s->hazards, !there   ? 0
                                         : unique ? HAZARD_SCAN | HAZARD_LOCK | HAZARD_ROWS
                                                  : HAZARD_SCAN | HAZARD_LOCK);
            if (there && unique)
                assert_string_equal(s->row_check,
                                    "SELECT pg_catalog.count(*) FROM (SELECT FROM \"s\".\"t\" "
                                    "WHERE (id) IS NOT NULL GROUP BY id "
                                    "HAVING pg_catalog.count(*) > 1) x");
            else
                assert_null(s->row_check);
            end(&b);
        }
}

/* Two tables exchange their columns, and views their tables: what each needs is made before what
 * it needed goes, though both tables are altered too. */
static void views_that_change_their_tables(void **state)
{
    struct both b;
    struct object *t, *u;

    (void)state;
    start(&b);
    t = b.to.table;
    catalog_set(&b.to.m, t, "comment", "t");
    add_view(&b.to, "v", add_column(&b.to, "a", "text"));
    b.to.table = add_table(&b.to, "u");
    catalog_set(&b.to.m, b.to.table, "comment", "u");
    catalog_set(&b.to.m, add_view(&b.to, "w", add_column(&b.to, "b", "text")), "query",
                " SELECT u.b FROM s.u;");
    catalog_set(&b.from.m, b.from.table, "comment", "u");
    add_view(&b.from, "w", add_column(&b.from, "b", "text"));
    u = b.from.table = add_table(&b.from, "u");
    catalog_set(&b.from.m, u, "comment", "t");
    catalog_set(&b.from.m, add_view(&b.from, "v", add_column(&b.from, "a", "text")), "query",
                " SELECT u.a FROM s.u;");
    make(&b);
    assert_int_equal(b.p.refusals.len, 0);
    end(&b);
}

static void rows_that_would_stop_it_are_counted(void **state)
{
    struct both b;

    (void)state;
    start(&b);
    add_column(&b.to, "c", "text");
    catalog_set(&b.from.m, add_column(&b.from, "c", "text"), "not_null", "yes");
    make(&b);
    assert_steps(&b, STEPS(T_ONLY "ALTER COLUMN \"c\" SET NOT NULL"));
    assert_int_equal(step_at(&b, 0)->hazards, HAZARD_ROWS | HAZARD_SCAN | HAZARD_LOCK);
    assert_string_equal(step_at(&b, 0)->row_check,
                        "SELECT pg_catalog.count(*) FROM \"s\".\"t\" WHERE \"c\" IS NULL");
    end(&b);
}

/* Part of 8 and 9: generated columns */
static void generated_columns(void **state)
{
    static const struct {
        const char *from, *to;
        unsigned version;
        const char *first, *second, *third;
    } all[] = {
        {"stored", NULL, 150000, T "ALTER COLUMN \"c\" DROP EXPRESSION", NULL, NULL},
        {"virtual", NULL, 180000, T "DROP COLUMN \"c\"",
         T "ADD COLUMN \"c\" integer GENERATED ALWAYS AS (a) STORED",
         T "ALTER COLUMN \"c\" DROP EXPRESSION"},
        {NULL, "stored", 150000, T "DROP COLUMN \"c\"", T "ADD COLUMN \"c\"", NULL},
        {"stored", "stored", 150000, T "DROP COLUMN \"c\"", T "ADD COLUMN \"c\"", NULL},
        {"stored", "stored", 170000, T "ALTER COLUMN \"c\" SET EXPRESSION AS (b)", NULL, NULL},
        {"stored", "virtual", 180000, T "DROP COLUMN \"c\"", T "ADD COLUMN \"c\"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct both b;
        struct object *c;

        start_version(&b, all[i].version);
        c = add_column(&b.to, "c", "integer");
        catalog_set(&b.to.m, c, "generated", all[i].from);
        catalog_set(&b.to.m, c, "expression", all[i].from ? "a" : NULL);
        c = add_column(&b.from, "c", "integer");
        catalog_set(&b.from.m, c, "generated", all[i].to);
        catalog_set(&b.from.m, c, "expression", all[i].to ? "b" : NULL);
        make(&b);
        assert_steps(&b, STEPS(all[i].first, all[i].second, all[i].third));
        assert_int_equal(b.p.refusals.len, 0);
        end(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_view_goes_before_its_column_and_others_stay),
        cmocka_unit_test(what_is_not_selected_is_named),
        cmocka_unit_test(an_index_goes_before_its_column),
        cmocka_unit_test(a_new_type_moves_the_default_and_the_view_but_no_index),
        cmocka_unit_test(without_column_dependencies_all_of_the_table_is_in_the_way),
        cmocka_unit_test(casts),
        cmocka_unit_test(a_new_type_takes_storage_with_it),
        cmocka_unit_test(new_columns),
        cmocka_unit_test(new_indexes),
        cmocka_unit_test(views_that_change_their_tables),
        cmocka_unit_test(rows_that_would_stop_it_are_counted),
        cmocka_unit_test(generated_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
