#include <dbtwin/plan.h>

#include <stdio.h>

#include "catalog.h"
#include "plan/postgres.h"

static struct object *start(struct model *m)
{
    catalog_init(m, ENGINE_PG);
    catalog_add_known(m, K_EXTENSION, NULL, "plpgsql");
    return catalog_add_known(m, K_SCHEMA, NULL, "s");
}

static struct object *add_column(struct model *m, struct object *table, const char *name,
                                 const char *type, const char *position)
{
    struct object *c = catalog_add_known(m, K_COLUMN, table, name);

    catalog_set(m, c, "type", type);
    catalog_set(m, c, "position", position);
    return c;
}

static void freeze(struct model *m)
{
    /* Only the root may have been left unknown. */
    for (unsigned slot = 0; slot < m->root->kind->n_props; slot++)
        if (m->root->v[slot] == model_unknown)
            model_set(m, m->root, slot, NULL);
    catalog_freeze(m);
}

static struct plan make(struct model *m, const struct plan_options *opt)
{
    struct err err = ERR_INIT;
    struct plan p;

    freeze(m);
    if (!plan_create(&p, m, opt, &err))
        fail_msg("%s", err.msg);
    return p;
}

static void end(struct plan *p, struct model *m)
{
    plan_release(p);
    model_release(m);
}

/* The number of the step with just this SQL; fails when there is none. */
static size_t assert_step(const struct plan *p, const char *sql)
{
    for (size_t i = 0; i < p->steps.len; i++)
        if (strcmp(VEC_AT(&p->steps, struct step, i).sql, sql) == 0)
            return i;
    for (size_t i = 0; i < p->steps.len; i++)
        print_message("%s\n", VEC_AT(&p->steps, struct step, i).sql);
    fail_msg("no step: %s", sql);
    return 0;
}

static const struct step *step_of(const struct plan *p, const char *sql)
{
    return &VEC_AT(&p->steps, struct step, assert_step(p, sql));
}

static void assert_no_step(const struct plan *p, const char *part)
{
    for (size_t i = 0; i < p->steps.len; i++)
        if (strstr(VEC_AT(&p->steps, struct step, i).sql, part))
            fail_msg("a step that should not be: %s", VEC_AT(&p->steps, struct step, i).sql);
}

static void assert_refused(const struct plan *p, const char *path, const char *why)
{
    for (size_t i = 0; i < p->refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&p->refusals, struct plan_refusal, i);

        if (str_eq(r->path, path) && strstr(r->why, why))
            return;
    }
    fail_msg("%s is not refused", path);
}

/* ---- writing names and texts --------------------------------------------------------------------
 */

static void names_and_texts_are_quoted(void **state)
{
    static const struct {
        const char *text, *identifier, *literal;
    } cases[] = {
        {"plain", "\"plain\"", "'plain'"},
        {"select", "\"select\"", "'select'"},
        {"a\"b.c", "\"a\"\"b.c\"", "'a\"b.c'"},
        {"it's", "\"it's\"", "'it''s'"},
        {"back\\slash", "\"back\\slash\"", "E'back\\\\slash'"},
        {"two\nlines", "\"two\nlines\"", "'two\nlines'"},
        {"", "\"\"", "''"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b = BUF_INIT;

        postgres_identifier(&b, cases[i].text);
        assert_string_equal(b.data, cases[i].identifier);
        buf_reset(&b);
        postgres_literal(&b, cases[i].text);
        assert_string_equal(b.data, cases[i].literal);
        buf_release(&b);
    }
}

static void targets_are_named_in_full(void **state)
{
    static const struct {
        enum kind_id kind;
        const char *name, *target;
    } cases[] = {
        {K_TABLE, "t", "TABLE \"s\".\"t\""},
        {K_FUNCTION, "f(integer, text)", "FUNCTION \"s\".\"f\"(integer, text)"},
        {K_FUNCTION, "f(x\"(y(s.\"a(b\", integer)",
         "FUNCTION \"s\".\"f(x\"\"(y\"(s.\"a(b\", integer)"},
        {K_FUNCTION, "none()", "FUNCTION \"s\".\"none\"()"},
        {K_PROCEDURE, "p(integer, s.\"a,b\")", "PROCEDURE \"s\".\"p\"(IN integer, IN s.\"a,b\")"},
        {K_PROCEDURE, "p()", "PROCEDURE \"s\".\"p\"()"},
        {K_AGGREGATE, "count(*)", "AGGREGATE \"s\".\"count\"(*)"},
        {K_OPERATOR, "+(NONE, integer)", "OPERATOR \"s\".+(NONE, integer)"},
        {K_OPERATOR_CLASS, "a using b using btree",
         "OPERATOR CLASS \"s\".\"a using b\" USING \"btree\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b = BUF_INIT;
        struct model m;

        postgres_target(&b, catalog_add_known(&m, cases[i].kind, start(&m), cases[i].name));
        assert_string_equal(b.data, cases[i].target);
        buf_release(&b);
        model_release(&m);
    }
}

static void templates_print_what_is_set(void **state)
{
    static const struct {
        const char *text, *sql;
    } cases[] = {
        {"{name} of {parent}", "\"q\" of \"s\""},
        {"{qualified}", "\"s\".\"q\""},
        {"[ AS {type}][ MAX {max}]!", " AS bigint!"},
        {"[ CYCLE{?cycle}][ NO CYCLE{!cycle}]", " CYCLE"},
        {"[{max}]||[{type}]||[{start}]", "bigint"},
        {"[{type}]||[{start}]", "bigint"},
        {"[{type}[ {max}][ {start}]]", "bigint 3"},
        {"{owner:id} {comment:text} {type:upper}", "\"o\"\"w\" 'it''s' BIGINT"},
        {"[{identity}]", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b = BUF_INIT;
        struct model m;
        struct object *o = catalog_add_known(&m, K_SEQUENCE, start(&m), "q");

        catalog_set(&m, o, "type", "bigint");
        catalog_set(&m, o, "start", "3");
        catalog_set(&m, o, "cycle", "yes");
        catalog_set(&m, o, "identity", "no");
        catalog_set(&m, o, "owner", "o\"w");
        catalog_set(&m, o, "comment", "it's");
        template_fill(&b, &postgres_style, cases[i].text, o);
        assert_string_equal(b.data, cases[i].sql);
        buf_release(&b);
        model_release(&m);
    }
}

/* ---- tables
 * --------------------------------------------------------------------------------------- */

static void a_table_is_one_statement(void **state)
{
    static const struct plan_options opt = {0};
    struct model m;
    struct object *t, *c;
    struct plan p;

    (void)state;
    t = catalog_add_known(&m, K_TABLE, start(&m), "t\"x");
    catalog_set(&m, t, "persistence", "unlogged");
    catalog_set(&m, catalog_add_known(&m, K_OPTION, t, "fillfactor"), "value", "70");
    c = add_column(&m, t, "b", "text", "10");
    catalog_set(&m, c, "collation", "pg_catalog.\"C\"");
    catalog_set(&m, c, "default", "'x'::text");
    catalog_set(&m, c, "not_null", "yes");
    c = add_column(&m, t, "a", "integer", "2");
    catalog_set(&m, c, "generated", "stored");
    catalog_set(&m, c, "expression", "(1 + 2)");
    c = catalog_add_known(&m, K_CHECK, t, "ch");
    catalog_set(&m, c, "expression", "(a > 0)");
    catalog_set(&m, c, "no_inherit", "yes");
    p = make(&m, &opt);
    assert_step(&p, "CREATE UNLOGGED TABLE \"s\".\"t\"\"x\" (\n"
                    "    \"a\" integer GENERATED ALWAYS AS ((1 + 2)) STORED,\n"
                    "    \"b\" text COLLATE pg_catalog.\"C\" DEFAULT 'x'::text NOT NULL,\n"
                    "    CONSTRAINT \"ch\" CHECK ((a > 0)) NO INHERIT\n"
                    ")\nWITH (fillfactor='70')");
    assert_int_equal(p.refusals.len, 0);
    end(&p, &m);
}

static void an_identity_names_its_sequence(void **state)
{
    static const struct plan_options opt = {0};
    struct model m;
    struct object *schema, *t, *q;
    struct plan p;

    (void)state;
    schema = start(&m);
    t = catalog_add_known(&m, K_TABLE, schema, "t");
    catalog_set(&m, add_column(&m, t, "i.d", "integer", "1"), "identity", "always");
    q = catalog_add_known(&m, K_SEQUENCE, schema, "q");
    catalog_set(&m, q, "owned_by", "s.t.\"i.d\"");
    catalog_set(&m, q, "identity", "yes");
    catalog_set(&m, q, "start", "5");
    catalog_set(&m, q, "increment", "-1");
    catalog_set(&m, q, "last_value", "7");
    catalog_set(&m, q, "is_called", "yes");
    p = make(&m, &opt);
    assert_step(&p, "ALTER TABLE \"s\".\"t\" ALTER COLUMN \"i.d\" ADD GENERATED ALWAYS AS IDENTITY "
                    "(SEQUENCE NAME \"s\".\"q\" START WITH 5 INCREMENT BY -1)");
    assert_int_equal(step_of(&p, "SELECT pg_catalog.setval('\"s\".\"q\"', 7, true)")->phase,
                     PHASE_FINAL);
    assert_no_step(&p, "CREATE SEQUENCE");
    end(&p, &m);
}

static void a_partition_is_made_and_attached(void **state)
{
    static const struct plan_options opt = {0};
    struct model m;
    struct object *schema, *parent, *part, *parent_key, *key;
    size_t index, adopt, attach;
    struct plan p;

    (void)state;
    schema = start(&m);
    parent = catalog_add_known(&m, K_TABLE, schema, "z");
    catalog_set(&m, parent, "partition_key", "LIST (a)");
    add_column(&m, parent, "a", "integer", "1");
    part = catalog_add_known(&m, K_TABLE, schema, "a");
    catalog_set(&m, part, "partition_of", "s.z");
    catalog_set(&m, part, "partition_bound", "FOR VALUES IN (1)");
    catalog_set(&m, add_column(&m, part, "a", "integer", "1"), "local", "no");
    model_depend(&m, part, parent);
    parent_key = catalog_add_known(&m, K_PRIMARY_KEY, parent, "z_key");
    catalog_set(&m, parent_key, "columns", "a");
    key = catalog_add_known(&m, K_PRIMARY_KEY, part, "a_key");
    catalog_set(&m, key, "columns", "a");
    catalog_set(&m, key, "inherited", "1");
    p = make(&m, &opt);
    assert_true(assert_step(&p, "CREATE TABLE \"s\".\"z\" (\n    \"a\" integer\n)\n"
                                "PARTITION BY LIST (a)") <
                assert_step(&p, "ALTER TABLE ONLY \"s\".\"z\" ATTACH PARTITION \"s\".\"a\" "
                                "FOR VALUES IN (1)"));
    assert_step(&p, "ALTER TABLE ONLY \"s\".\"z\" ADD CONSTRAINT \"z_key\" PRIMARY KEY (a)");
    index = assert_step(&p, "CREATE UNIQUE INDEX \"a_key\" ON \"s\".\"a\" (a)");
    adopt = assert_step(&p, "ALTER TABLE ONLY \"s\".\"a\" ADD CONSTRAINT \"a_key\" PRIMARY KEY "
                            "USING INDEX \"a_key\"");
    attach = assert_step(&p, "ALTER INDEX \"s\".\"z_key\" ATTACH PARTITION \"s\".\"a_key\"");
    assert_true(index < adopt && adopt < attach);
    assert_ptr_equal(VEC_AT(&p.steps, struct step, index).table, part);
    assert_ptr_equal(VEC_AT(&p.steps, struct step, adopt).table, part);
    /* It needs the indexes of two tables, so it waits for both. */
    assert_null(VEC_AT(&p.steps, struct step, attach).table);
    end(&p, &m);
}

static void what_is_not_validated_stays_so(void **state)
{
    static const struct plan_options opt = {0};
    struct model m;
    struct object *schema, *t, *o;
    struct plan p;

    (void)state;
    schema = start(&m);
    t = catalog_add_known(&m, K_TABLE, schema, "t");
    add_column(&m, t, "a", "integer", "1");
    o = catalog_add_known(&m, K_CHECK, t, "ch");
    catalog_set(&m, o, "expression", "a > 0");
    catalog_set(&m, o, "validated", "no");
    o = catalog_add_known(&m, K_FOREIGN_KEY, t, "fk");
    catalog_set(&m, o, "columns", "a");
    catalog_set(&m, o, "references", "s.t");
    catalog_set(&m, o, "ref_columns", "a");
    catalog_set(&m, o, "match", "full");
    catalog_set(&m, o, "on_delete", "set null");
    catalog_set(&m, o, "on_update", "no action");
    catalog_set(&m, o, "deferrable", "yes");
    catalog_set(&m, o, "validated", "no");
    p = make(&m, &opt);
    assert_int_equal(
        step_of(&p, "ALTER TABLE \"s\".\"t\" ADD CONSTRAINT \"ch\" CHECK (a > 0) NOT VALID")->phase,
        PHASE_POST);
    assert_step(&p, "ALTER TABLE ONLY \"s\".\"t\" ADD CONSTRAINT \"fk\" FOREIGN KEY (a) REFERENCES "
                    "\"s\".\"t\" (a) MATCH FULL ON DELETE set null DEFERRABLE NOT VALID");
    end(&p, &m);
}

static struct object *add_reference(struct model *m, struct object *table, const char *name,
                                    const char *to)
{
    struct object *o = catalog_add_known(m, K_FOREIGN_KEY, table, name);

    catalog_set(m, o, "columns", "a");
    catalog_set(m, o, "references", to);
    catalog_set(m, o, "ref_columns", "a");
    catalog_set(m, o, "match", "simple");
    catalog_set(m, o, "validated", "yes");
    return o;
}

static void foreign_keys_are_validated_beside_each_other(void **state)
{
    static const struct plan_options opt = {0};
    static const char *const names[] = {"t", "u", "parts"};
    struct object *schema, *tables[ARRAY_LEN(names)];
    struct model m;
    struct plan p;
    size_t made, checked;

    (void)state;
    schema = start(&m);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        tables[i] = catalog_add_known(&m, K_TABLE, schema, names[i]);
        add_column(&m, tables[i], "a", "integer", "1");
    }
    catalog_set(&m, tables[2], "partition_key", "LIST (a)");
    add_reference(&m, tables[0], "plain", "s.u");
    add_reference(&m, tables[0], "to_parts", "s.parts");
    add_reference(&m, tables[2], "of_parts", "s.u");
    p = make(&m, &opt);
    made = assert_step(&p, "ALTER TABLE ONLY \"s\".\"t\" ADD CONSTRAINT \"plain\" FOREIGN KEY (a) "
                           "REFERENCES \"s\".\"u\" (a) NOT VALID");
    checked = assert_step(&p, "ALTER TABLE ONLY \"s\".\"t\" VALIDATE CONSTRAINT \"plain\"");
    assert_true(made < checked);
    assert_int_equal(VEC_AT(&p.steps, struct step, made).lock, STEP_ALONE);
    assert_int_equal(VEC_AT(&p.steps, struct step, checked).lock, STEP_CHECK);
    /* Where a partitioned table has part in it, VALIDATE is not to be had, or not all of it. */
    assert_step(&p, "ALTER TABLE ONLY \"s\".\"t\" ADD CONSTRAINT \"to_parts\" FOREIGN KEY (a) "
                    "REFERENCES \"s\".\"parts\" (a)");
    assert_step(&p, "ALTER TABLE \"s\".\"parts\" ADD CONSTRAINT \"of_parts\" FOREIGN KEY (a) "
                    "REFERENCES \"s\".\"u\" (a)");
    end(&p, &m);
}

static void a_key_adopts_an_index_with_every_detail(void **state)
{
    static const struct plan_options opt = {.target_version = 150000};
    struct model m;
    struct object *t, *u;
    struct plan p;

    (void)state;
    t = catalog_add_known(&m, K_TABLE, start(&m), "t");
    add_column(&m, t, "a", "integer", "1");
    add_column(&m, t, "b", "integer", "2");
    u = catalog_add_known(&m, K_UNIQUE, t, "U");
    catalog_set(&m, u, "columns", "a, \"B\"");
    catalog_set(&m, u, "include", "b");
    catalog_set(&m, u, "nulls_not_distinct", "yes");
    catalog_set(&m, u, "deferrable", "yes");
    catalog_set(&m, u, "deferred", "yes");
    catalog_set(&m, catalog_add_known(&m, K_OPTION, u, "fillfactor"), "value", "50");
    p = make(&m, &opt);
    assert_int_equal(step_of(&p, "CREATE UNIQUE INDEX \"U\" ON \"s\".\"t\" (a, \"B\") INCLUDE (b) "
                                 "NULLS NOT DISTINCT WITH (fillfactor='50')")
                         ->lock,
                     STEP_BUILD);
    assert_int_equal(step_of(&p, "ALTER TABLE ONLY \"s\".\"t\" ADD CONSTRAINT \"U\" UNIQUE "
                                 "USING INDEX \"U\" DEFERRABLE INITIALLY DEFERRED")
                         ->lock,
                     STEP_ALONE);
    end(&p, &m);
}

static void an_index_keeps_every_detail(void **state)
{
    static const struct plan_options opt = {0};
    struct model m;
    struct object *t, *i, *part;
    struct plan p;

    (void)state;
    t = catalog_add_known(&m, K_TABLE, start(&m), "t");
    add_column(&m, t, "a", "text", "1");
    i = catalog_add_known(&m, K_INDEX, t, "i");
    catalog_set(&m, i, "unique", "yes");
    catalog_set(&m, i, "method", "btree");
    catalog_set(&m, i, "predicate", "(a IS NOT NULL)");
    catalog_set(&m, i, "nulls_not_distinct", "yes");
    catalog_set(&m, i, "clustered", "yes");
    catalog_set(&m, catalog_add_known(&m, K_OPTION, i, "fillfactor"), "value", "50");
    part = catalog_add_known(&m, K_INDEX_PART, i, "10");
    catalog_set(&m, part, "expression", "z");
    catalog_set(&m, part, "included", "yes");
    part = catalog_add_known(&m, K_INDEX_PART, i, "2");
    catalog_set(&m, part, "expression", "lower(a)");
    catalog_set(&m, part, "nulls_first", "yes");
    catalog_set(&m, part, "statistics", "99");
    part = catalog_add_known(&m, K_INDEX_PART, i, "1");
    catalog_set(&m, part, "expression", "a");
    catalog_set(&m, part, "collation", "s.de");
    catalog_set(&m, part, "opclass", "pg_catalog.text_pattern_ops");
    catalog_set(&m, part, "descending", "yes");
    p = make(&m, &opt);
    assert_step(&p, "CREATE UNIQUE INDEX \"i\" ON \"s\".\"t\" USING \"btree\" (a COLLATE s.de "
                    "pg_catalog.text_pattern_ops DESC NULLS LAST, lower(a) NULLS FIRST) "
                    "INCLUDE (z) NULLS NOT DISTINCT WITH (fillfactor='50') "
                    "WHERE (a IS NOT NULL)");
    assert_step(&p, "ALTER INDEX \"s\".\"i\" ALTER COLUMN 2 SET STATISTICS 99");
    assert_step(&p, "ALTER TABLE \"s\".\"t\" CLUSTER ON \"i\"");
    end(&p, &m);
}

/* ---- targets, owners, privileges
 * --------------------------------------------------------------------- */

static void an_old_target_is_refused_what_it_lacks(void **state)
{
    static const unsigned versions[] = {140000, 150000};

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(versions); k++) {
        struct plan_options opt = {.target_version = versions[k]};
        struct model m;
        struct object *t, *u;
        struct plan p;

        t = catalog_add_known(&m, K_TABLE, start(&m), "t");
        add_column(&m, t, "a", "text", "1");
        u = catalog_add_known(&m, K_UNIQUE, t, "u");
        catalog_set(&m, u, "columns", "a");
        catalog_set(&m, u, "nulls_not_distinct", "yes");
        p = make(&m, &opt);
        assert_int_equal(p.refusals.len, k ? 0 : 1);
        if (k == 0)
            assert_refused(&p, "s.t.u", "needs PostgreSQL 15, the target is 14");
        end(&p, &m);
    }
}

static void owners_and_grants_are_asked_for(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct plan_options opt = {.owners = k, .grants = k};
        struct model m;
        struct object *t, *g, *c;
        struct plan p;

        t = catalog_add_known(&m, K_TABLE, start(&m), "t");
        catalog_set(&m, t, "owner", "o\"w");
        c = add_column(&m, t, "a", "text", "1");
        g = catalog_add_known(&m, K_GRANT, t, "PUBLIC");
        catalog_set(&m, g, "grantee", "PUBLIC");
        catalog_set(&m, g, "grantor", "o\"w");
        catalog_set(&m, g, "privileges", "INSERT*, SELECT, UPDATE*");
        g = catalog_add_known(&m, K_GRANT, c, "r");
        catalog_set(&m, g, "grantee", "r");
        catalog_set(&m, g, "privileges", "SELECT, UPDATE");
        p = make(&m, &opt);
        if (k) {
            size_t at = assert_step(&p, "ALTER TABLE \"s\".\"t\" OWNER TO \"o\"\"w\"");

            assert_true(at < assert_step(&p, "REVOKE ALL ON TABLE \"s\".\"t\" FROM PUBLIC"));
            assert_step(&p, "GRANT SELECT ON TABLE \"s\".\"t\" TO PUBLIC");
            at = assert_step(
                &p, "GRANT INSERT, UPDATE ON TABLE \"s\".\"t\" TO PUBLIC WITH GRANT OPTION");
            /* Revoking a table's privileges takes those of its columns. */
            assert_true(at < assert_step(&p, "GRANT SELECT (\"a\"), UPDATE (\"a\") ON TABLE "
                                             "\"s\".\"t\" TO \"r\""));
        } else {
            assert_no_step(&p, "OWNER");
            assert_no_step(&p, "GRANT");
            assert_no_step(&p, "REVOKE");
        }
        end(&p, &m);
    }
}

static void staging_does_not_act_on_the_world(void **state)
{
    static const struct plan_options opt = {0};
    struct model m;
    struct object *server;
    struct plan p;

    (void)state;
    start(&m);
    server = catalog_add_known(&m, K_FOREIGN_SERVER, NULL, "srv");
    catalog_set(&m, server, "wrapper", "w");
    catalog_set(&m, catalog_add_known(&m, K_SECRET_OPTION, server, "host"), "value", "sha256:00");
    catalog_set(&m,
                catalog_add_known(&m, K_SECRET_OPTION,
                                  catalog_add_known(&m, K_USER_MAPPING, server, "r"), "password"),
                "value", "sha256:11");
    catalog_set(&m, catalog_add_known(&m, K_SUBSCRIPTION, NULL, "sub"), "definition",
                "enabled = t");
    p = make(&m, &opt);
    assert_step(&p, "CREATE SERVER \"srv\" FOREIGN DATA WRAPPER \"w\"");
    assert_no_step(&p, "sha256");
    assert_no_step(&p, "SUBSCRIPTION");
    assert_no_step(&p, "USER MAPPING");
    assert_int_equal(p.neutralised.len, 3);
    for (size_t i = 0; i < p.neutralised.len; i++)
        assert_int_equal(VEC_AT(&p.neutralised, struct neutralised, i).what, NEUTRAL_ABSENT);
    assert_int_equal(p.refusals.len, 0);
    end(&p, &m);
}

static void event_triggers_come_last(void **state)
{
    static const struct plan_options opt = {.owners = true, .grants = true};
    struct model m;
    struct object *schema, *t;
    struct plan p;

    (void)state;
    schema = start(&m);
    t = catalog_add_known(&m, K_EVENT_TRIGGER, NULL, "e");
    catalog_set(&m, t, "event", "ddl_command_end");
    catalog_set(&m, t, "function", "s.f");
    catalog_set(&m, t, "enabled", "disabled");
    catalog_set(&m, t, "owner", "o");
    t = catalog_add_known(&m, K_TABLE, schema, "t");
    catalog_set(&m, t, "owner", "o");
    p = make(&m, &opt);
    assert_true(assert_step(&p, "ALTER TABLE \"s\".\"t\" OWNER TO \"o\"") <
                assert_step(&p, "CREATE EVENT TRIGGER \"e\" ON ddl_command_end EXECUTE FUNCTION "
                                "s.f()"));
    assert_int_equal(assert_step(&p, "ALTER EVENT TRIGGER \"e\" OWNER TO \"o\""), p.steps.len - 1);
    end(&p, &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_texts_are_quoted),
        cmocka_unit_test(targets_are_named_in_full),
        cmocka_unit_test(templates_print_what_is_set),
        cmocka_unit_test(a_table_is_one_statement),
        cmocka_unit_test(an_identity_names_its_sequence),
        cmocka_unit_test(a_partition_is_made_and_attached),
        cmocka_unit_test(what_is_not_validated_stays_so),
        cmocka_unit_test(foreign_keys_are_validated_beside_each_other),
        cmocka_unit_test(a_key_adopts_an_index_with_every_detail),
        cmocka_unit_test(an_index_keeps_every_detail),
        cmocka_unit_test(an_old_target_is_refused_what_it_lacks),
        cmocka_unit_test(owners_and_grants_are_asked_for),
        cmocka_unit_test(staging_does_not_act_on_the_world),
        cmocka_unit_test(event_triggers_come_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
