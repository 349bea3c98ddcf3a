#include <dbtwin/plan.h>

#include <stdio.h>

#include "catalog.h"
#include "plan/postgres.h"

static void set(struct model *m, struct object *o, const char *prop, const char *value)
{
    int slot = kind_prop(o->kind, prop);

    assert_true(slot >= 0);
    model_set(m, o, (unsigned)slot, value);
}

static struct object *add(struct model *m, enum kind_id kind, struct object *parent,
                          const char *name)
{
    struct object *o = catalog_add(m, kind, parent, name);

    for (unsigned slot = 0; slot < o->kind->n_props; slot++)
        model_set(m, o, slot, NULL);
    return o;
}

static struct object *start(struct model *m)
{
    catalog_init(m, ENGINE_PG);
    add(m, K_EXTENSION, NULL, "plpgsql");
    return add(m, K_SCHEMA, NULL, "s");
}

static struct object *add_column(struct model *m, struct object *table, const char *name,
                                 const char *type, const char *position)
{
    struct object *c = add(m, K_COLUMN, table, name);

    set(m, c, "type", type);
    set(m, c, "position", position);
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

        postgres_target(&b, add(&m, cases[i].kind, start(&m), cases[i].name));
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
        struct object *o = add(&m, K_SEQUENCE, start(&m), "q");

        set(&m, o, "type", "bigint");
        set(&m, o, "start", "3");
        set(&m, o, "cycle", "yes");
        set(&m, o, "identity", "no");
        set(&m, o, "owner", "o\"w");
        set(&m, o, "comment", "it's");
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
    t = add(&m, K_TABLE, start(&m), "t\"x");
    set(&m, t, "persistence", "unlogged");
    set(&m, add(&m, K_OPTION, t, "fillfactor"), "value", "70");
    c = add_column(&m, t, "b", "text", "10");
    set(&m, c, "collation", "pg_catalog.\"C\"");
    set(&m, c, "default", "'x'::text");
    set(&m, c, "not_null", "yes");
    c = add_column(&m, t, "a", "integer", "2");
    set(&m, c, "generated", "stored");
    set(&m, c, "expression", "(1 + 2)");
    c = add(&m, K_CHECK, t, "ch");
    set(&m, c, "expression", "(a > 0)");
    set(&m, c, "no_inherit", "yes");
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
    t = add(&m, K_TABLE, schema, "t");
    set(&m, add_column(&m, t, "i.d", "integer", "1"), "identity", "always");
    q = add(&m, K_SEQUENCE, schema, "q");
    set(&m, q, "owned_by", "s.t.\"i.d\"");
    set(&m, q, "identity", "yes");
    set(&m, q, "start", "5");
    set(&m, q, "increment", "-1");
    set(&m, q, "last_value", "7");
    set(&m, q, "is_called", "yes");
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
    struct plan p;

    (void)state;
    schema = start(&m);
    parent = add(&m, K_TABLE, schema, "z");
    set(&m, parent, "partition_key", "LIST (a)");
    add_column(&m, parent, "a", "integer", "1");
    part = add(&m, K_TABLE, schema, "a");
    set(&m, part, "partition_of", "s.z");
    set(&m, part, "partition_bound", "FOR VALUES IN (1)");
    set(&m, add_column(&m, part, "a", "integer", "1"), "local", "no");
    model_depend(&m, part, parent);
    parent_key = add(&m, K_PRIMARY_KEY, parent, "z_key");
    set(&m, parent_key, "columns", "a");
    key = add(&m, K_PRIMARY_KEY, part, "a_key");
    set(&m, key, "columns", "a");
    set(&m, key, "inherited", "1");
    p = make(&m, &opt);
    assert_true(assert_step(&p, "CREATE TABLE \"s\".\"z\" (\n    \"a\" integer\n)\n"
                                "PARTITION BY LIST (a)") <
                assert_step(&p, "ALTER TABLE ONLY \"s\".\"z\" ATTACH PARTITION \"s\".\"a\" "
                                "FOR VALUES IN (1)"));
    assert_step(&p, "ALTER TABLE ONLY \"s\".\"z\" ADD CONSTRAINT \"z_key\" PRIMARY KEY (a)");
    assert_ptr_equal(
        step_of(&p, "ALTER TABLE ONLY \"s\".\"a\" ADD CONSTRAINT \"a_key\" PRIMARY KEY (a)")->table,
        part);
    /* It needs the indexes of two tables, so it waits for both. */
    assert_null(step_of(&p, "ALTER INDEX \"s\".\"z_key\" ATTACH PARTITION \"s\".\"a_key\"")->table);
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
    t = add(&m, K_TABLE, schema, "t");
    add_column(&m, t, "a", "integer", "1");
    o = add(&m, K_CHECK, t, "ch");
    set(&m, o, "expression", "a > 0");
    set(&m, o, "validated", "no");
    o = add(&m, K_FOREIGN_KEY, t, "fk");
    set(&m, o, "columns", "a");
    set(&m, o, "references", "s.t");
    set(&m, o, "ref_columns", "a");
    set(&m, o, "match", "full");
    set(&m, o, "on_delete", "set null");
    set(&m, o, "on_update", "no action");
    set(&m, o, "deferrable", "yes");
    set(&m, o, "validated", "no");
    p = make(&m, &opt);
    assert_int_equal(
        step_of(&p, "ALTER TABLE \"s\".\"t\" ADD CONSTRAINT \"ch\" CHECK (a > 0) NOT VALID")->phase,
        PHASE_POST);
    assert_step(&p, "ALTER TABLE ONLY \"s\".\"t\" ADD CONSTRAINT \"fk\" FOREIGN KEY (a) REFERENCES "
                    "\"s\".\"t\" (a) MATCH FULL ON DELETE set null DEFERRABLE NOT VALID");
    end(&p, &m);
}

static void an_index_keeps_every_detail(void **state)
{
    static const struct plan_options opt = {0};
    struct model m;
    struct object *t, *i, *part;
    struct plan p;

    (void)state;
    t = add(&m, K_TABLE, start(&m), "t");
    add_column(&m, t, "a", "text", "1");
    i = add(&m, K_INDEX, t, "i");
    set(&m, i, "unique", "yes");
    set(&m, i, "method", "btree");
    set(&m, i, "predicate", "(a IS NOT NULL)");
    set(&m, i, "nulls_not_distinct", "yes");
    set(&m, i, "clustered", "yes");
    set(&m, add(&m, K_OPTION, i, "fillfactor"), "value", "50");
    part = add(&m, K_INDEX_PART, i, "10");
    set(&m, part, "expression", "z");
    set(&m, part, "included", "yes");
    part = add(&m, K_INDEX_PART, i, "2");
    set(&m, part, "expression", "lower(a)");
    set(&m, part, "nulls_first", "yes");
    set(&m, part, "statistics", "99");
    part = add(&m, K_INDEX_PART, i, "1");
    set(&m, part, "expression", "a");
    set(&m, part, "collation", "s.de");
    set(&m, part, "opclass", "pg_catalog.text_pattern_ops");
    set(&m, part, "descending", "yes");
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

        t = add(&m, K_TABLE, start(&m), "t");
        add_column(&m, t, "a", "text", "1");
        u = add(&m, K_UNIQUE, t, "u");
        set(&m, u, "columns", "a");
        set(&m, u, "nulls_not_distinct", "yes");
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

        t = add(&m, K_TABLE, start(&m), "t");
        set(&m, t, "owner", "o\"w");
        c = add_column(&m, t, "a", "text", "1");
        g = add(&m, K_GRANT, t, "PUBLIC");
        set(&m, g, "grantee", "PUBLIC");
        set(&m, g, "grantor", "o\"w");
        set(&m, g, "privileges", "INSERT*, SELECT, UPDATE*");
        g = add(&m, K_GRANT, c, "r");
        set(&m, g, "grantee", "r");
        set(&m, g, "privileges", "SELECT, UPDATE");
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
    server = add(&m, K_FOREIGN_SERVER, NULL, "srv");
    set(&m, server, "wrapper", "w");
    set(&m, add(&m, K_SECRET_OPTION, server, "host"), "value", "sha256:00");
    set(&m, add(&m, K_SECRET_OPTION, add(&m, K_USER_MAPPING, server, "r"), "password"), "value",
        "sha256:11");
    set(&m, add(&m, K_SUBSCRIPTION, NULL, "sub"), "definition", "enabled = t");
    p = make(&m, &opt);
    assert_step(&p, "CREATE SERVER \"srv\" FOREIGN DATA WRAPPER \"w\"");
    assert_no_step(&p, "sha256");
    assert_no_step(&p, "SUBSCRIPTION");
    assert_no_step(&p, "USER MAPPING");
    assert_int_equal(p.left_out.len, 3);
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
    t = add(&m, K_EVENT_TRIGGER, NULL, "e");
    set(&m, t, "event", "ddl_command_end");
    set(&m, t, "function", "s.f");
    set(&m, t, "enabled", "disabled");
    set(&m, t, "owner", "o");
    t = add(&m, K_TABLE, schema, "t");
    set(&m, t, "owner", "o");
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
        cmocka_unit_test(an_index_keeps_every_detail),
        cmocka_unit_test(an_old_target_is_refused_what_it_lacks),
        cmocka_unit_test(owners_and_grants_are_asked_for),
        cmocka_unit_test(staging_does_not_act_on_the_world),
        cmocka_unit_test(event_triggers_come_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
