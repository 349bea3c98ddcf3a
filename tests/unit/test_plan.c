#include <dbtwin/plan.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"

/* A database whose every slot is known, as an introspection leaves it. */
static void start(struct model *m)
{
    catalog_init(m, ENGINE_PG);
    catalog_add(m, K_EXTENSION, NULL, "plpgsql");
}

static struct object *add_table(struct model *m, struct object *schema, const char *name)
{
    struct object *o = catalog_add_known(m, K_TABLE, schema, name),
                  *c = catalog_add_known(m, K_COLUMN, o, "id");

    catalog_set(m, c, "type", "integer");
    catalog_set(m, c, "position", "1");
    return o;
}

static struct object *add_view(struct model *m, struct object *schema, const char *name,
                               const char *query)
{
    struct object *o = catalog_add_known(m, K_VIEW, schema, name),
                  *c = catalog_add_known(m, K_COLUMN, o, "id");

    catalog_set(m, o, "query", query);
    catalog_set(m, c, "type", "integer");
    return o;
}

static struct object *add_function(struct model *m, struct object *schema, const char *name)
{
    struct object *o = catalog_add_known(m, K_FUNCTION, schema, name);
    char definition[128];

    snprintf(definition, sizeof(definition), "CREATE OR REPLACE FUNCTION %s\n", name);
    catalog_set(m, o, "definition", definition);
    return o;
}

static struct object *add_key(struct model *m, struct object *table, const char *name)
{
    struct object *o = catalog_add_known(m, K_PRIMARY_KEY, table, name);

    catalog_set(m, o, "columns", "id");
    return o;
}

static struct plan make(struct model *m, const char *const *without)
{
    struct plan_options opt = {.without = without};
    struct err err = ERR_INIT;
    struct plan p;

    for (struct object *o = m->root->first; o; o = o->next)
        if (o->kind->id == K_EXTENSION)
            for (unsigned slot = 0; slot < o->kind->n_props; slot++)
                model_set(m, o, slot, NULL);
    catalog_freeze(m);
    if (!plan_create(&p, m, &opt, &err))
        fail_msg("%s", err.msg);
    return p;
}

static void end(struct plan *p, struct model *m)
{
    plan_release(p);
    model_release(m);
}

/* The number of the only step whose SQL begins so; fails when there is not one. */
static size_t step_at(const struct plan *p, const char *sql)
{
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < p->steps.len; i++)
        if (str_starts(VEC_AT(&p->steps, struct step, i).sql, sql)) {
            if (found != SIZE_MAX)
                fail_msg("two steps begin with %s", sql);
            found = i;
        }
    if (found == SIZE_MAX) {
        for (size_t i = 0; i < p->steps.len; i++)
            print_message("%s\n", VEC_AT(&p->steps, struct step, i).sql);
        fail_msg("no step begins with %s", sql);
    }
    return found;
}

static const struct step *step_of(const struct plan *p, const char *sql)
{
    return &VEC_AT(&p->steps, struct step, step_at(p, sql));
}

static bool has_step(const struct plan *p, const char *part)
{
    for (size_t i = 0; i < p->steps.len; i++)
        if (strstr(VEC_AT(&p->steps, struct step, i).sql, part))
            return true;
    return false;
}

static void assert_before(const struct plan *p, const char *a, const char *b)
{
    if (step_at(p, a) >= step_at(p, b))
        fail_msg("%s comes after %s", a, b);
}

static void assert_named(const struct vec *list, const char *kind, const char *path,
                         const char *why)
{
    for (size_t i = 0; i < list->len; i++) {
        const struct plan_refusal *r = &VEC_AT(list, struct plan_refusal, i);

        if (str_eq(r->kind, kind) && str_eq(r->path, path) && strstr(r->why, why))
            return;
    }
    for (size_t i = 0; i < list->len; i++) {
        const struct plan_refusal *r = &VEC_AT(list, struct plan_refusal, i);

        print_message("%s %s: %s\n", r->kind, r->path ? r->path : "-", r->why);
    }
    fail_msg("%s %s is not named", kind, path ? path : "-");
}

/* ---- order ------------------------------------------------------------------------------------
 */

static void an_empty_database_needs_two_removals(void **state)
{
    struct model m;
    struct plan p;

    (void)state;
    catalog_init(&m, ENGINE_PG);
    p = make(&m, NULL);
    assert_int_equal(p.steps.len, 2);
    step_at(&p, "DROP SCHEMA IF EXISTS public");
    step_at(&p, "DROP EXTENSION IF EXISTS plpgsql");
    assert_int_equal(p.refusals.len, 0);
    end(&p, &m);
}

static void phases_follow_the_data(void **state)
{
    struct model m;
    struct object *schema, *a, *b, *key, *index, *part, *fk;
    const struct step *s;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    a = add_table(&m, schema, "a");
    b = add_table(&m, schema, "b");
    catalog_set(&m, b, "bytes", "4096");
    key = add_key(&m, a, "a_key");
    index = catalog_add_known(&m, K_INDEX, b, "b_index");
    catalog_set(&m, index, "method", "btree");
    part = catalog_add_known(&m, K_INDEX_PART, index, "1");
    catalog_set(&m, part, "expression", "id");
    fk = catalog_add_known(&m, K_FOREIGN_KEY, b, "b_fk");
    catalog_set(&m, fk, "columns", "id");
    catalog_set(&m, fk, "references", "s.a");
    catalog_set(&m, fk, "ref_columns", "id");
    catalog_set(&m, fk, "match", "simple");
    model_depend(&m, fk, key);
    p = make(&m, NULL);
    s = step_of(&p, "CREATE TABLE \"s\".\"b\"");
    assert_int_equal(s->phase, PHASE_PRE);
    assert_null(s->table);
    s = step_of(&p, "CREATE UNIQUE INDEX \"a_key\" ON \"s\".\"a\" (id)");
    assert_int_equal(s->phase, PHASE_POST);
    assert_ptr_equal(s->table, a);
    s = step_of(&p, "ALTER TABLE ONLY \"s\".\"a\" ADD CONSTRAINT \"a_key\" PRIMARY KEY USING");
    assert_int_equal(s->phase, PHASE_POST);
    assert_ptr_equal(s->table, a);
    s = step_of(&p, "CREATE INDEX \"b_index\" ON \"s\".\"b\" USING \"btree\" (id)");
    assert_int_equal(s->phase, PHASE_POST);
    assert_ptr_equal(s->table, b);
    assert_true(s->weight >= 4096 && s->weight % 4096 == 0);
    assert_string_equal(s->what, "index s.b.b_index");
    s = step_of(&p, "ALTER TABLE ONLY \"s\".\"b\" ADD CONSTRAINT \"b_fk\" FOREIGN KEY (id) "
                    "REFERENCES \"s\".\"a\" (id) NOT VALID");
    assert_int_equal(s->phase, PHASE_FK);
    s = step_of(&p, "ALTER TABLE ONLY \"s\".\"b\" VALIDATE CONSTRAINT \"b_fk\"");
    assert_int_equal(s->phase, PHASE_FK);
    assert_int_equal(p.refusals.len, 0);
    for (size_t i = 1; i < p.steps.len; i++)
        assert_true(VEC_AT(&p.steps, struct step, i - 1).phase <=
                    VEC_AT(&p.steps, struct step, i).phase);
    end(&p, &m);
}

static void needs_come_before_kinds_and_names(void **state)
{
    struct model m;
    struct object *schema, *table, *view, *other, *function;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    view = add_view(&m, schema, "a_view", " SELECT z_view.id FROM z_view;");
    other = add_view(&m, schema, "z_view", " SELECT 1 AS id;");
    table = add_table(&m, schema, "t");
    function = add_function(&m, schema, "f(t)");
    model_depend(&m, view, other);
    model_depend(&m, function, table);
    p = make(&m, NULL);
    assert_before(&p, "CREATE SCHEMA \"s\"", "CREATE TABLE \"s\".\"t\"");
    assert_before(&p, "CREATE VIEW \"s\".\"z_view\"", "CREATE VIEW \"s\".\"a_view\"");
    assert_before(&p, "CREATE TABLE \"s\".\"t\"", "CREATE OR REPLACE FUNCTION f(t)");
    assert_string_equal(step_of(&p, "CREATE VIEW \"s\".\"z_view\"")->sql,
                        "CREATE VIEW \"s\".\"z_view\" AS\n SELECT 1 AS id");
    end(&p, &m);
}

static void a_view_follows_the_key_it_needs(void **state)
{
    struct model m;
    struct object *schema, *table, *view;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    table = add_table(&m, schema, "t");
    view = add_view(&m, schema, "v", "SELECT id FROM s.t GROUP BY id");
    model_depend(&m, view, add_key(&m, table, "t_key"));
    model_depend(&m, add_view(&m, schema, "a", "SELECT * FROM s.v"), view);
    p = make(&m, NULL);
    assert_int_equal(step_of(&p, "CREATE VIEW \"s\".\"v\"")->phase, PHASE_FINAL);
    assert_int_equal(step_of(&p, "CREATE VIEW \"s\".\"a\"")->phase, PHASE_FINAL);
    assert_before(&p, "CREATE VIEW \"s\".\"v\"", "CREATE VIEW \"s\".\"a\"");
    assert_int_equal(p.refusals.len, 0);
    end(&p, &m);
}

/* The table's data must be loaded before the key is made, so the view is made in two halves. */
static void a_table_never_waits_for_a_key(void **state)
{
    struct model m;
    struct object *schema, *table, *view, *function, *user;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    table = add_table(&m, schema, "t");
    view = add_view(&m, schema, "v", "SELECT id FROM s.t GROUP BY id");
    model_depend(&m, view, add_key(&m, table, "t_key"));
    function = add_function(&m, schema, "f(s.v)");
    model_depend(&m, function, view);
    user = add_table(&m, schema, "user");
    model_depend(&m, user, function);
    p = make(&m, NULL);
    assert_int_equal(step_of(&p, "CREATE TABLE \"s\".\"user\"")->phase, PHASE_PRE);
    assert_string_equal(step_of(&p, "CREATE VIEW \"s\".\"v\"")->sql,
                        "CREATE VIEW \"s\".\"v\" AS\nSELECT\n    NULL::integer AS \"id\"");
    assert_before(&p, "CREATE VIEW \"s\".\"v\"", "CREATE OR REPLACE FUNCTION f(s.v)");
    assert_before(&p, "CREATE OR REPLACE FUNCTION f(s.v)", "CREATE TABLE \"s\".\"user\"");
    assert_int_equal(step_of(&p, "CREATE OR REPLACE VIEW \"s\".\"v\"")->phase, PHASE_FINAL);
    assert_int_equal(p.refusals.len, 0);
    end(&p, &m);
}

static void the_order_does_not_depend_on_the_order_of_reading(void **state)
{
    static const char *const names[] = {"d", "b", "e", "a", "c"};
    struct model m[2];
    struct plan p[2];

    (void)state;
    for (int k = 0; k < 2; k++) {
        struct object *schema;

        start(&m[k]);
        schema = catalog_add_known(&m[k], K_SCHEMA, NULL, "s");
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
            add_table(&m[k], schema, names[k ? ARRAY_LEN(names) - 1 - i : i]);
        p[k] = make(&m[k], NULL);
    }
    assert_int_equal(p[0].steps.len, p[1].steps.len);
    for (size_t i = 0; i < p[0].steps.len; i++)
        assert_string_equal(VEC_AT(&p[0].steps, struct step, i).sql,
                            VEC_AT(&p[1].steps, struct step, i).sql);
    assert_before(&p[0], "CREATE TABLE \"s\".\"a\"", "CREATE TABLE \"s\".\"b\"");
    end(&p[0], &m[0]);
    end(&p[1], &m[1]);
}

/* ---- circles ----------------------------------------------------------------------------------
 */

static void a_default_of_its_own_row_type_comes_late(void **state)
{
    struct model m;
    struct object *schema, *table, *function, *check;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    table = add_table(&m, schema, "t");
    catalog_set(&m, table->first, "default", "s.f(NULL)");
    function = add_function(&m, schema, "f(s.t)");
    model_depend(&m, table, function);
    model_depend(&m, function, table);
    check = catalog_add_known(&m, K_CHECK, table, "ok");
    catalog_set(&m, check, "expression", "id > 0");
    p = make(&m, NULL);
    assert_string_equal(step_of(&p, "CREATE TABLE \"s\".\"t\"")->sql,
                        "CREATE TABLE \"s\".\"t\" (\n    \"id\" integer\n)");
    assert_before(&p, "CREATE OR REPLACE FUNCTION f(s.t)",
                  "ALTER TABLE ONLY \"s\".\"t\" ALTER COLUMN \"id\" SET DEFAULT s.f(NULL)");
    step_at(&p, "ALTER TABLE \"s\".\"t\" ADD CONSTRAINT \"ok\" CHECK (id > 0)");
    assert_int_equal(p.refusals.len, 0);
    end(&p, &m);
}

static void only_the_check_in_the_circle_comes_late(void **state)
{
    struct model m;
    struct object *schema, *domain, *function, *check;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    domain = catalog_add_known(&m, K_DOMAIN, schema, "d");
    catalog_set(&m, domain, "type", "integer");
    check = catalog_add_known(&m, K_CHECK, domain, "circle");
    catalog_set(&m, check, "expression", "s.f(VALUE)");
    catalog_set(&m, catalog_add_known(&m, K_CHECK, domain, "plain"), "expression", "VALUE > 0");
    function = add_function(&m, schema, "f(s.d)");
    model_depend(&m, check, function);
    model_depend(&m, function, domain);
    p = make(&m, NULL);
    assert_string_equal(step_of(&p, "CREATE DOMAIN")->sql,
                        "CREATE DOMAIN \"s\".\"d\" AS integer\n"
                        "    CONSTRAINT \"plain\" CHECK (VALUE > 0)");
    assert_before(&p, "CREATE OR REPLACE FUNCTION f(s.d)",
                  "ALTER DOMAIN \"s\".\"d\" ADD CONSTRAINT \"circle\" CHECK (s.f(VALUE))");
    end(&p, &m);
}

static void a_base_type_begins_as_a_shell(void **state)
{
    struct model m;
    struct object *schema, *type, *in, *table;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    type = catalog_add_known(&m, K_BASE_TYPE, schema, "b");
    catalog_set(&m, type, "input", "s.b_in");
    catalog_set(&m, type, "output", "s.b_out");
    in = add_function(&m, schema, "b_in(cstring)");
    model_depend(&m, type, in);
    model_depend(&m, in, type);
    table = add_table(&m, schema, "a");
    model_depend(&m, table, type);
    p = make(&m, NULL);
    for (size_t i = 0; i < p.steps.len; i++) /* the shell and the type: two steps begin alike */
        if (strcmp(VEC_AT(&p.steps, struct step, i).sql, "CREATE TYPE \"s\".\"b\"") == 0)
            assert_true(i < step_at(&p, "CREATE OR REPLACE FUNCTION b_in(cstring)"));
    assert_before(&p, "CREATE OR REPLACE FUNCTION b_in(cstring)",
                  "CREATE TYPE \"s\".\"b\" (INPUT = s.b_in, OUTPUT = s.b_out)");
    assert_before(&p, "CREATE TYPE \"s\".\"b\" (", "CREATE TABLE \"s\".\"a\"");
    end(&p, &m);
}

static void a_circle_that_cannot_be_cut_is_refused(void **state)
{
    struct model m;
    struct object *schema, *f, *g;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    f = add_function(&m, schema, "f()");
    g = add_function(&m, schema, "g()");
    model_depend(&m, f, g);
    model_depend(&m, g, f);
    add_table(&m, schema, "t");
    p = make(&m, NULL);
    assert_int_equal(p.refusals.len, 1);
    assert_named(&p.refusals, "function", "s.f()", "cycle");
    step_at(&p, "CREATE TABLE \"s\".\"t\"");
    end(&p, &m);
}

/* ---- refusing and leaving out ------------------------------------------------------------------
 */

static void a_gap_is_refused_unless_left_out(void **state)
{
    static const char *const without[] = {"pg_secret", NULL};

    (void)state;
    for (int k = 0; k < 2; k++) {
        struct model m;
        struct plan p;

        start(&m);
        model_gap(&m, "pg_secret", "s.x", "this role may not read it");
        p = make(&m, k ? without : NULL);
        assert_int_equal(p.refusals.len, k ? 0 : 1);
        assert_named(k ? &p.left_out : &p.refusals, "pg_secret", "s.x", "may not read");
        end(&p, &m);
    }
}

static void an_unknown_property_is_refused(void **state)
{
    struct model m;
    struct object *schema, *table;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    table = add_table(&m, schema, "t");
    catalog_set(&m, table->first, "default", model_unknown);
    catalog_set(&m, table, "bytes", model_unknown); /* an estimate: not needed */
    p = make(&m, NULL);
    assert_int_equal(p.refusals.len, 1);
    assert_named(&p.refusals, "column", "s.t.id", "default could not be read");
    end(&p, &m);
}

static void a_kind_without_a_rule_is_refused(void **state)
{
    static const char *const without[] = {"package", NULL};

    (void)state;
    for (int k = 0; k < 2; k++) {
        struct model m;
        struct plan p;

        start(&m);
        catalog_add_known(&m, K_PACKAGE, NULL, "p"); /* not PostgreSQL's */
        p = make(&m, k ? without : NULL);
        assert_int_equal(p.refusals.len, k ? 0 : 1);
        assert_named(k ? &p.left_out : &p.refusals, "package", "p", k ? "--without" : "cannot");
        end(&p, &m);
    }
}

static void what_needs_what_is_left_out_goes_too(void **state)
{
    static const char *const without[] = {"function", NULL};
    struct model m;
    struct object *schema, *table, *check, *function, *view, *other, *kept;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    function = add_function(&m, schema, "f()");
    table = add_table(&m, schema, "t");
    check = catalog_add_known(&m, K_CHECK, table, "c");
    catalog_set(&m, check, "expression", "s.f() > 0");
    model_depend(&m, check, function);
    view = add_view(&m, schema, "v", "SELECT s.f() AS id");
    model_depend(&m, view, function);
    other = add_view(&m, schema, "w", "SELECT id FROM s.v");
    model_depend(&m, other, view);
    kept = add_view(&m, schema, "kept", "SELECT id FROM s.t");
    model_depend(&m, kept, table);
    p = make(&m, without);
    assert_false(has_step(&p, "FUNCTION"));
    assert_false(has_step(&p, "\"v\""));
    assert_false(has_step(&p, "\"w\""));
    assert_false(has_step(&p, "CHECK"));
    step_at(&p, "CREATE TABLE \"s\".\"t\"");
    step_at(&p, "CREATE VIEW \"s\".\"kept\"");
    assert_int_equal(p.refusals.len, 0);
    assert_int_equal(p.left_out.len, 4);
    assert_named(&p.left_out, "function", "s.f()", "--without function");
    assert_named(&p.left_out, "check", "s.t.c", "needs the function s.f()");
    assert_named(&p.left_out, "view", "s.v", "needs the function s.f()");
    assert_named(&p.left_out, "view", "s.w", "needs the view s.v");
    end(&p, &m);
}

static void a_column_takes_its_table_along(void **state)
{
    static const char *const without[] = {"enum", NULL};
    struct model m;
    struct object *schema, *type, *table;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    type = catalog_add_known(&m, K_ENUM, schema, "e");
    catalog_set(&m, catalog_add_known(&m, K_ENUM_LABEL, type, "a"), "position", "1");
    table = add_table(&m, schema, "t");
    add_key(&m, table, "t_key");
    model_depend(&m, table->first, type);
    p = make(&m, without);
    assert_false(has_step(&p, "\"t\""));
    assert_int_equal(p.left_out.len, 2);
    assert_named(&p.left_out, "enum", "s.e", "--without enum");
    assert_named(&p.left_out, "table", "s.t", "needs the enum s.e");
    end(&p, &m);
}

static void an_unknown_kind_is_a_mistake_of_the_caller(void **state)
{
    static const char *const without[] = {"tabel", NULL};
    struct plan_options opt = {.without = without};
    struct err err = ERR_INIT;
    struct model m;
    struct plan p;

    (void)state;
    catalog_init(&m, ENGINE_PG);
    catalog_freeze(&m);
    assert_false(plan_create(&p, &m, &opt, &err));
    assert_int_equal(err.cls, ERR_USAGE);
    assert_non_null(strstr(err.msg, "tabel"));
    model_release(&m);
}

/* The kinds between the root and one of this kind, each with a name and nothing else. */
static struct object *add_bare(struct model *m, enum kind_id k)
{
    enum kind_id parent = kinds[k].parent;
    struct object *above = NULL;

    if (parent == K_ANY || parent == K_RELATION)
        parent = K_TABLE;
    if (parent == K_SCHEMA && m->flavor != ENGINE_PG)
        parent = K_DATABASE;
    if (parent != K_DATABASE)
        above = add_bare(m, parent);
    return catalog_add_known(m, k, above, kinds[k].name);
}

static void plan_bare(unsigned flavor, enum kind_id k)
{
    static const enum kind_id lacking[] = {K_COLUMN, K_CHECK,   K_FOREIGN_KEY,
                                           K_INDEX,  K_TRIGGER, K_VIEW};
    struct plan_options opt = {.owners = true, .grants = true};
    struct err err = ERR_INIT;
    struct model m;
    struct plan p;

    catalog_init(&m, flavor);
    add_bare(&m, k);
    catalog_freeze(&m);
    if (plan_create(&p, &m, &opt, &err)) {
        for (size_t i = 0; i < ARRAY_LEN(lacking); i++)
            if (lacking[i] == k)
                fail_msg("a %s without anything has a plan", kinds[k].name);
        plan_release(&p);
    } else {
        assert_int_equal(err.cls, ERR_CORRUPT);
        assert_non_null(strstr(err.msg, "damaged"));
    }
    model_release(&m);
}

static void what_a_file_leaves_out_of_any_kind_is_an_error(void **state)
{
    static const unsigned flavors[] = {ENGINE_PG, ENGINE_MY, ENGINE_MA};

    (void)state;
    for (size_t f = 0; f < ARRAY_LEN(flavors); f++)
        for (int k = 0; k < K_COUNT; k++)
            if (k != K_DATABASE && (kinds[k].engines & flavors[f]))
                plan_bare(flavors[f], (enum kind_id)k);
}

/* The message names the object and the property. */
static void what_is_missing_is_named(void **state)
{
    struct plan_options opt = {0};
    struct err err = ERR_INIT;
    struct model m;
    struct object *table;
    struct plan p;

    (void)state;
    start(&m);
    table = add_table(&m, catalog_add_known(&m, K_SCHEMA, NULL, "s"), "t");
    catalog_add_known(&m, K_UNIQUE, table, "t_key");
    catalog_freeze(&m);
    assert_false(plan_create(&p, &m, &opt, &err));
    assert_int_equal(err.cls, ERR_CORRUPT);
    assert_non_null(strstr(err.msg, "unique s.t.t_key lacks the property columns"));
    model_release(&m);
}

static void assert_corrupt(struct model *m, const char *what)
{
    struct plan_options opt = {0};
    struct err err = ERR_INIT;
    struct plan p;

    catalog_freeze(m);
    assert_false(plan_create(&p, m, &opt, &err));
    assert_int_equal(err.cls, ERR_CORRUPT);
    if (!strstr(err.msg, what))
        fail_msg("%s", err.msg);
    model_release(m);
}

static void numbers_names_and_places_are_checked(void **state)
{
    struct model m;
    struct object *table;
    char *name = malloc(70001);

    (void)state;
    start(&m);
    table = add_table(&m, catalog_add_known(&m, K_SCHEMA, NULL, "s"), "t");
    catalog_set(&m, table->first, "statistics", "1; DROP TABLE x");
    assert_corrupt(&m, "statistics");
    start(&m);
    table = add_table(&m, catalog_add_known(&m, K_SCHEMA, NULL, "s"), "t");
    catalog_set(&m, table->first, "statistics", "123456789012345678901");
    assert_corrupt(&m, "statistics");
    start(&m);
    memset(name, 'x', 70000);
    name[70000] = '\0';
    add_table(&m, catalog_add_known(&m, K_SCHEMA, NULL, "s"), name);
    free(name);
    assert_corrupt(&m, "no server accepts");
    start(&m);
    add_table(&m, NULL, "t");
    assert_corrupt(&m, "is not in a schema");
    start(&m);
    catalog_add_known(&m, K_OPERATOR_CLASS, catalog_add_known(&m, K_SCHEMA, NULL, "s"), "c");
    assert_corrupt(&m, "operator_class");
}

/* Views of a circle, one of which is filled: the search for foreign tables ends. */
static void views_may_go_round_in_a_file(void **state)
{
    struct plan_options opt = {0};
    struct err err = ERR_INIT;
    struct model m;
    struct object *schema, *a, *b;
    struct plan p;

    (void)state;
    start(&m);
    schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    a = catalog_add_known(&m, K_MATERIALIZED_VIEW, schema, "a");
    b = catalog_add_known(&m, K_MATERIALIZED_VIEW, schema, "b");
    catalog_set(&m, a, "query", "SELECT 1");
    catalog_set(&m, b, "query", "SELECT 1");
    catalog_set(&m, a, "populated", "yes");
    model_depend(&m, a, b);
    model_depend(&m, b, a);
    catalog_freeze(&m);
    for (uint32_t i = 0; i < m.n_objects; i++)
        if (m.objects[i]->kind->id == K_EXTENSION)
            for (unsigned slot = 0; slot < m.objects[i]->kind->n_props; slot++)
                m.objects[i]->v[slot] = NULL;
    assert_true(plan_create(&p, &m, &opt, &err));
    assert_named(&p.refusals, "materialized_view", "s.a", "dependency cycle");
    plan_release(&p);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_database_needs_two_removals),
        cmocka_unit_test(phases_follow_the_data),
        cmocka_unit_test(needs_come_before_kinds_and_names),
        cmocka_unit_test(a_view_follows_the_key_it_needs),
        cmocka_unit_test(a_table_never_waits_for_a_key),
        cmocka_unit_test(the_order_does_not_depend_on_the_order_of_reading),
        cmocka_unit_test(a_default_of_its_own_row_type_comes_late),
        cmocka_unit_test(only_the_check_in_the_circle_comes_late),
        cmocka_unit_test(a_base_type_begins_as_a_shell),
        cmocka_unit_test(a_circle_that_cannot_be_cut_is_refused),
        cmocka_unit_test(a_gap_is_refused_unless_left_out),
        cmocka_unit_test(an_unknown_property_is_refused),
        cmocka_unit_test(a_kind_without_a_rule_is_refused),
        cmocka_unit_test(what_needs_what_is_left_out_goes_too),
        cmocka_unit_test(a_column_takes_its_table_along),
        cmocka_unit_test(an_unknown_kind_is_a_mistake_of_the_caller),
        cmocka_unit_test(what_a_file_leaves_out_of_any_kind_is_an_error),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(numbers_names_and_places_are_checked),
        cmocka_unit_test(views_may_go_round_in_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
