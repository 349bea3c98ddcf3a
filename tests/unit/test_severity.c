#include <dbtwin/diff.h>

#include "catalog.h"

/* Two catalogs of one engine that hold the same, until a test changes one. */
struct pair {
    struct model from, to;
    struct diff d;
};

static void pair_init(struct pair *p, unsigned flavor)
{
    catalog_init(&p->from, flavor);
    catalog_init(&p->to, flavor);
}

static struct object *add(struct model *m, enum kind_id k, struct object *parent, const char *name)
{
    if (!parent && m->flavor == ENGINE_PG)
        parent = m->root->first ? m->root->first : catalog_add_known(m, K_SCHEMA, NULL, "public");
    return catalog_add_known(m, k, parent, name);
}

static void pair_compare(struct pair *p)
{
    struct err err = ERR_INIT;
    catalog_freeze(&p->from);
    catalog_freeze(&p->to);
    if (!diff_models(&p->d, &p->from, &p->to, NULL, &err))
        fail_msg("%s", err.msg);
}

static void pair_release(struct pair *p)
{
    diff_release(&p->d);
    model_release(&p->from);
    model_release(&p->to);
}

/* The severity of the one change. */
static const char *severity(struct pair *p)
{
    pair_compare(p);
    assert_int_equal(p->d.changes.len, 1);
    return severity_name(severity_of(&p->d, &VEC_AT(&p->d.changes, struct change, 0)));
}

/* One object on both sides, which differs in one property. */
static void changed(unsigned flavor, enum kind_id in, enum kind_id k, const char *name,
                    const char *prop, const char *a, const char *b, const char *wanted)
{
    struct pair p = {0};
    pair_init(&p, flavor);
    struct model *const sides[] = {&p.from, &p.to};
    for (size_t i = 0; i < 2; i++) {
        struct object *parent = in == K_NONE ? NULL : add(sides[i], in, NULL, "p");
        catalog_set(sides[i], add(sides[i], k, parent, name), prop, i ? b : a);
    }
    const char *got = severity(&p);
    if (strcmp(got, wanted) != 0)
        fail_msg("%s.%s of %s: %s, not %s", kinds[k].name, prop, name, got, wanted);
    pair_release(&p);
}

/* One object that only TO has, with a value. */
static void added(unsigned flavor, enum kind_id in, enum kind_id k, const char *name,
                  const char *prop, const char *value, const char *wanted)
{
    struct pair p = {0};
    pair_init(&p, flavor);
    struct object *from = in == K_NONE ? NULL : add(&p.from, in, NULL, "p");
    struct object *to = in == K_NONE ? NULL : add(&p.to, in, NULL, "p");
    if (!from)
        add(&p.from, K_TABLE, NULL, "t"), add(&p.to, K_TABLE, NULL, "t");
    struct object *o = add(&p.to, k, to, name);
    if (prop)
        catalog_set(&p.to, o, prop, value);
    const char *got = severity(&p);
    if (strcmp(got, wanted) != 0)
        fail_msg("%s %s: %s, not %s", kinds[k].name, name, got, wanted);
    pair_release(&p);
}

static void properties_have_their_severity(void **state)
{
    (void)state;
    changed(ENGINE_PG, K_NONE, K_TABLE, "t", "comment", "a", "b", "harmless");
    changed(ENGINE_PG, K_NONE, K_TABLE, "t", "row_security", "yes", "no", "security");
    changed(ENGINE_PG, K_NONE, K_TABLE, "t", "owner", "a", "b", "security");
    changed(ENGINE_PG, K_NONE, K_TABLE, "t", "tablespace", "a", "b", "harmless");
    changed(ENGINE_MY, K_NONE, K_TABLE, "t", "engine", "InnoDB", "MyISAM", "data");
    changed(ENGINE_PG, K_TABLE, K_COLUMN, "c", "type", "bigint", "integer", "data");
    changed(ENGINE_PG, K_TABLE, K_COLUMN, "c", "default", "1", "2", "behaviour");
    changed(ENGINE_PG, K_TABLE, K_COLUMN, "c", "statistics", "1", "2", "harmless");
    changed(ENGINE_PG, K_TABLE, K_POLICY, "c", "using", "(a)", "(b)", "security");
    changed(ENGINE_PG, K_TABLE, K_GRANT, "app", "privileges", "SELECT", "INSERT", "security");
    changed(ENGINE_MA, K_NONE, K_VIEW, "v", "definer", "a@b", "c@d", "security");
    changed(ENGINE_PG, K_NONE, K_SEQUENCE, "s", "type", "bigint", "integer", "data");
    changed(ENGINE_PG, K_NONE, K_FUNCTION, "f()", "cost", "1", "2", "harmless");
}

static void a_name_can_decide(void **state)
{
    (void)state;
    changed(ENGINE_PG, K_VIEW, K_OPTION, "security_invoker", "value", "true", "false", "security");
    changed(ENGINE_PG, K_TABLE, K_OPTION, "fillfactor", "value", "70", "80", "harmless");
    changed(ENGINE_PG, K_TABLE, K_OPTION, "autovacuum_enabled", "value", "a", "b", "harmless");
    changed(ENGINE_PG, K_TABLE, K_OPTION, "user_catalog_table", "value", "a", "b", "behaviour");
    changed(ENGINE_PG, K_FUNCTION, K_SETTING, "search_path", "value", "a", "b", "security");
    changed(ENGINE_PG, K_FUNCTION, K_SETTING, "work_mem", "value", "a", "b", "behaviour");
    added(ENGINE_PG, K_VIEW, K_OPTION, "security_invoker", "value", "true", "security");
    added(ENGINE_PG, K_TABLE, K_OPTION, "fillfactor", "value", "70", "harmless");
    added(ENGINE_PG, K_TABLE, K_OPTION, "new_one", "value", "70", "behaviour");
}

static void a_value_can_decide(void **state)
{
    (void)state;
    added(ENGINE_PG, K_NONE, K_FUNCTION, "f()", "security", "definer", "security");
    added(ENGINE_PG, K_NONE, K_FUNCTION, "f()", "security", "invoker", "behaviour");
    /* MySQL's default, and so of nearly all of them */
    added(ENGINE_MY, K_NONE, K_FUNCTION, "f", "security", "definer", "behaviour");
    added(ENGINE_PG, K_TABLE, K_INDEX, "i", "unique", "yes", "data");
    added(ENGINE_PG, K_TABLE, K_INDEX, "i", "unique", "no", "behaviour");
}

/* The columns of a MySQL primary key are parts of an index. */
static void parts_count_as_their_index(void **state)
{
    (void)state;
    for (int unique = 0; unique <= 1; unique++) {
        struct pair p = {0};
        pair_init(&p, ENGINE_MY);
        struct model *const sides[] = {&p.from, &p.to};
        for (size_t i = 0; i < 2; i++) {
            struct object *t = add(sides[i], K_TABLE, NULL, "t");
            struct object *index = add(sides[i], K_INDEX, t, "PRIMARY");
            catalog_set(sides[i], index, "unique", unique ? "yes" : "no");
            catalog_set(sides[i], add(sides[i], K_INDEX_PART, index, "1"), "expression",
                        i ? "`a`" : "`b`");
        }
        assert_string_equal(severity(&p), unique ? "data" : "behaviour");
        pair_release(&p);
    }
}

static void a_view_holds_no_rows(void **state)
{
    (void)state;
    added(ENGINE_PG, K_TABLE, K_COLUMN, "c", "type", "int", "data");
    added(ENGINE_PG, K_VIEW, K_COLUMN, "c", "type", "int", "behaviour");
    changed(ENGINE_PG, K_VIEW, K_COLUMN, "c", "type", "int", "text", "behaviour");
    changed(ENGINE_PG, K_VIEW, K_COLUMN, "c", "comment", "int", "text", "harmless");
}

/* A view goes with its columns and privileges; what is granted to all stands out. */
static void what_is_in_an_object(void **state)
{
    static const struct {
        const char *grantee, *privileges, *wanted;
    } rows[] = {{"app", "SELECT", "behaviour"},
                {"PUBLIC", "", "behaviour"},
                {"PUBLIC", "SELECT", "security"}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct pair p = {0};
        pair_init(&p, ENGINE_PG);
        add(&p.from, K_TABLE, NULL, "t"), add(&p.to, K_TABLE, NULL, "t");
        struct object *v = add(&p.to, K_VIEW, NULL, "v");
        struct object *g = add(&p.to, K_GRANT, v, rows[i].grantee);
        catalog_set(&p.to, g, "privileges", rows[i].privileges);
        add(&p.to, K_COLUMN, v, "c");
        assert_string_equal(severity(&p), rows[i].wanted);
        pair_release(&p);
    }
    for (int full = 0; full <= 1; full++) { /* a schema of tables is not only a name */
        struct pair p = {0};
        pair_init(&p, ENGINE_PG);
        add(&p.from, K_TABLE, NULL, "t"), add(&p.to, K_TABLE, NULL, "t");
        struct object *s = add(&p.from, K_SCHEMA, p.from.root, "s");
        if (full)
            add(&p.from, K_TABLE, s, "inner");
        assert_string_equal(severity(&p), full ? "data" : "behaviour");
        pair_release(&p);
    }
}

static void all_of_a_diff(void **state)
{
    (void)state;
    struct pair p = {0};
    pair_init(&p, ENGINE_PG);
    struct object *a = add(&p.from, K_TABLE, NULL, "t"), *b = add(&p.to, K_TABLE, NULL, "t");
    catalog_set(&p.from, a, "comment", "x");
    catalog_set(&p.from, a, "owner", "x");
    model_set(&p.to, b, P_TABLE_REPLICA_IDENTITY, model_unknown);
    catalog_set(&p.from, a, "replica_identity", "full");
    add(&p.to, K_SEQUENCE, NULL, "s");
    model_gap(&p.to, "policy", NULL, "may not be read");
    pair_compare(&p);
    struct severities s = severity_all(&p.d);
    assert_int_equal(s.differs,
                     1 << SEVERITY_HARMLESS | 1 << SEVERITY_DATA | 1 << SEVERITY_SECURITY);
    /* the table's replica identity, which only FROM knows; a policy, and its comment */
    assert_int_equal(s.unknown,
                     1 << SEVERITY_BEHAVIOUR | 1 << SEVERITY_HARMLESS | 1 << SEVERITY_SECURITY);
    pair_release(&p);
}

/* A kind that is not known may hold anything. */
static void an_unknown_gap_is_all(void **state)
{
    (void)state;
    struct pair p = {0};
    pair_init(&p, ENGINE_PG);
    add(&p.from, K_TABLE, NULL, "t"), add(&p.to, K_TABLE, NULL, "t");
    model_gap(&p.to, "pg_something", NULL, "not known");
    pair_compare(&p);
    assert_int_equal(severity_all(&p.d).unknown, 15);
    assert_int_equal(severity_all(&p.d).differs, 0);
    pair_release(&p);
}

static void names_are_found(void **state)
{
    (void)state;
    enum severity s;
    assert_true(severity_find("data,security", 4, &s));
    assert_int_equal(s, SEVERITY_DATA);
    assert_false(severity_find("dat", 3, &s));
    assert_false(severity_find("", 0, &s));
}

/* No row has two levels, and no rule is about a row that has one of its own. */
static void the_table_is_sound(void **state)
{
    (void)state;
    enum { ALL = LF_HARMLESS | LF_DATA | LF_SECURITY };
    for (unsigned i = 0; i < K_COUNT; i++) {
        assert_true(__builtin_popcount(kinds[i].flags & ALL) <= 1);
        for (unsigned s = 0; s < kinds[i].n_props; s++)
            assert_true(__builtin_popcount(kinds[i].props[s].flags & ALL) <= 1);
    }
    for (const struct severity_rule *r = severity_rules; r->kind != K_NONE; r++)
        assert_true(!r->value || r->slot < (int)kinds[r->kind].n_props);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(properties_have_their_severity),
        cmocka_unit_test(a_name_can_decide),
        cmocka_unit_test(a_value_can_decide),
        cmocka_unit_test(parts_count_as_their_index),
        cmocka_unit_test(a_view_holds_no_rows),
        cmocka_unit_test(what_is_in_an_object),
        cmocka_unit_test(all_of_a_diff),
        cmocka_unit_test(an_unknown_gap_is_all),
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(the_table_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
