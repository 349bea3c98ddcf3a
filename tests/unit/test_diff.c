#include <dbtwin/diff.h>

#include <stdio.h>

#include "catalog.h"
#include "diff/place.h"

/* Two catalogs that are compared, and what came of it. */
struct pair {
    struct model from, to;
    struct diff d;
    struct diff_options opt;
};

static void pair_init(struct pair *p, unsigned from, unsigned to)
{
    memset(p, 0, sizeof(*p));
    catalog_init(&p->from, from);
    catalog_init(&p->to, to);
}

static void pair_compare(struct pair *p)
{
    struct err err = ERR_INIT;

    catalog_freeze(&p->from);
    catalog_freeze(&p->to);
    if (!diff_models(&p->d, &p->from, &p->to, &p->opt, &err))
        fail_msg("%s", err.msg);
}

static void pair_release(struct pair *p)
{
    diff_release(&p->d);
    model_release(&p->from);
    model_release(&p->to);
}

static const struct change *change_at(const struct pair *p, size_t i)
{
    assert_true(i < p->d.changes.len);
    return &VEC_AT(&p->d.changes, struct change, i);
}

static const struct coverage_gap *gap_at(const struct pair *p, size_t i)
{
    assert_true(i < p->d.gaps.len);
    return &VEC_AT(&p->d.gaps, struct coverage_gap, i);
}

/* A table (with a value for one property) in either model. */
static struct object *table(struct model *m, const char *name)
{
    struct object *parent = m->root;

    if (m->flavor == ENGINE_PG) {
        parent = m->root->first;
        if (!parent)
            parent = catalog_add(m, K_SCHEMA, NULL, "public");
    }
    return catalog_add(m, K_TABLE, parent, name);
}

static void both_tables(struct pair *p, const char *name, int slot, const char *from,
                        const char *to)
{
    model_set(&p->from, table(&p->from, name), (unsigned)slot, from);
    model_set(&p->to, table(&p->to, name), (unsigned)slot, to);
}

/* ---- every property of every kind -------------------------------------------------------- */

/* An object of the kind, below as many parents as it needs. */
static struct object *object_of(struct model *m, const struct kind *k)
{
    struct object *parent = NULL;

    if (k->parent == K_NONE)
        return m->root;
    if (k->parent == K_SCHEMA && m->flavor != ENGINE_PG)
        parent = m->root;
    else if (k->parent == K_RELATION || k->parent == K_ANY)
        parent = object_of(m, &kinds[K_TABLE]);
    else
        parent = object_of(m, &kinds[k->parent]);
    return model_add(m, k, parent, "x");
}

static const char *value(const struct prop *p, bool first)
{
    switch (p->type) {
    case T_BOOL:
        return first ? "yes" : "no";
    case T_INT:
        return first ? "1" : "2";
    default:
        return first ? "one" : "two";
    }
}

/* All formats are written, for the sanitizers; the number of the last is given back. */
static void write_reports(const struct diff *d)
{
    for (const struct report_format *f = report_formats; f->name; f++)
        for (int colour = 0; colour < 2; colour++) {
            struct report_options opt = {.colour = colour};
            struct buf out = BUF_INIT;
            struct err err = ERR_INIT;

            assert_true(f->write(d, &opt, &out, &err));
            assert_true(out.len > 0);
            assert_int_equal(out.data[out.len - 1], '\n');
            buf_release(&out);
        }
}

static void flip(const struct kind *k, unsigned slot, unsigned flavor, bool strict)
{
    const struct prop *prop = &k->props[slot];
    bool lone_position = prop->type == T_INT && strcmp(prop->name, "position") == 0;
    bool seen = !(prop->flags & (F_VOLATILE | F_INTERNAL)) && !lone_position &&
                (strict || !(prop->flags & F_COSMETIC));
    struct pair p;

    pair_init(&p, flavor, flavor);
    p.opt.strict = strict;
    model_set(&p.from, object_of(&p.from, k), slot, value(prop, true));
    model_set(&p.to, object_of(&p.to, k), slot, value(prop, false));
    pair_compare(&p);
    if (p.d.changes.len != seen)
        fail_msg("%s.%s: %zu changes", k->name, prop->name, p.d.changes.len);
    if (seen) {
        assert_int_equal(change_at(&p, 0)->type, CHANGE_CHANGED);
        assert_true(change_at(&p, 0)->differs == UINT64_C(1) << slot);
        assert_true(change_at(&p, 0)->unknown == 0);
        assert_int_equal(diff_exit_code(&p.d), 1);
    } else {
        assert_int_not_equal(diff_exit_code(&p.d), 1);
    }
    assert_int_equal(p.d.gaps.len, 0);
    write_reports(&p.d);
    pair_release(&p);
}

static void every_flipped_property_is_seen(void **state)
{
    static const unsigned flavors[] = {ENGINE_PG, ENGINE_MY, ENGINE_MA};
    unsigned n = 0;

    (void)state;
    for (size_t f = 0; f < ARRAY_LEN(flavors); f++)
        for (size_t k = 0; k < K_COUNT; k++)
            for (unsigned s = 0; s < kinds[k].n_props; s++) {
                if (!(kinds[k].engines & kinds[k].props[s].engines & flavors[f]))
                    continue;
                flip(&kinds[k], s, flavors[f], false);
                flip(&kinds[k], s, flavors[f], true);
                n++;
            }
    assert_true(n > 400);
}

static void every_kind_is_seen_to_come_and_go(void **state)
{
    (void)state;
    for (size_t k = 0; k < K_COUNT; k++) {
        unsigned flavor = kinds[k].engines & ENGINE_PG   ? ENGINE_PG
                          : kinds[k].engines & ENGINE_MA ? ENGINE_MA
                                                         : ENGINE_MY;
        struct pair p;
        struct object *o;

        if (kinds[k].parent == K_NONE || k == K_LARGE_OBJECTS)
            continue;
        pair_init(&p, flavor, flavor);
        o = object_of(&p.to, &kinds[k]);
        if (o->parent != p.to.root)
            object_of(&p.from, o->parent->kind);
        for (unsigned s = 0; s < o->kind->n_props; s++)
            if (o->kind->props[s].engines & flavor)
                model_set(&p.to, o, s, value(&o->kind->props[s], true));
        pair_compare(&p);
        assert_int_equal(p.d.changes.len, kinds[k].flags & KF_ROWS ? 0 : 1);
        if (kinds[k].flags & KF_ROWS) { /* copy and verify see to rows */
            pair_release(&p);
            continue;
        }
        assert_int_equal(change_at(&p, 0)->type, CHANGE_ADDED);
        assert_ptr_equal(change_at(&p, 0)->to, o);
        assert_null(change_at(&p, 0)->from);
        assert_int_equal(p.d.verdict, VERDICT_DRIFT);
        write_reports(&p.d);
        pair_release(&p);
    }
}

/* Rows: that there are none on one side is for verify to say. */
static void large_objects_are_no_drift(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, ENGINE_PG, ENGINE_PG);
    object_of(&p.to, &kinds[K_LARGE_OBJECTS]);
    pair_compare(&p);
    assert_int_equal(p.d.changes.len, 0);
    pair_release(&p);
}

/* ---- unknown ---------------------------------------------------------------------------- */

static void unknown_of_one_object_is_that_objects(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, ENGINE_PG, ENGINE_PG);
    both_tables(&p, "a", P_TABLE_OWNER, "bob", model_unknown);
    both_tables(&p, "b", P_TABLE_OWNER, "bob", "bob");
    both_tables(&p, "c", P_TABLE_OWNER, model_unknown, model_unknown);
    pair_compare(&p);
    assert_int_equal(p.d.unknown, 2);
    assert_int_equal(change_at(&p, 0)->type, CHANGE_UNKNOWN);
    assert_string_equal(change_at(&p, 0)->from->name, "a");
    assert_true(change_at(&p, 0)->unknown == UINT64_C(1) << P_TABLE_OWNER);
    assert_string_equal(change_at(&p, 1)->from->name, "c");
    assert_int_equal(p.d.gaps.len, 0);
    assert_int_equal(diff_exit_code(&p.d), 3);
    write_reports(&p.d);
    pair_release(&p);
}

static void what_a_side_never_knows_is_said_once(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, ENGINE_PG, ENGINE_PG);
    both_tables(&p, "a", P_TABLE_OWNER, "bob", model_unknown);
    both_tables(&p, "b", P_TABLE_OWNER, "eve", model_unknown);
    pair_compare(&p);
    assert_int_equal(p.d.changes.len, 0);
    assert_int_equal(p.d.gaps.len, 1);
    assert_string_equal(gap_at(&p, 0)->kind, "table");
    assert_string_equal(gap_at(&p, 0)->path, "table.owner");
    assert_int_equal(diff_exit_code(&p.d), 3);
    pair_release(&p);
}

static void what_nobody_uses_needs_no_comparing(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, ENGINE_PG, ENGINE_PG);
    both_tables(&p, "a", P_TABLE_ROW_SECURITY, "no", model_unknown);
    both_tables(&p, "b", P_TABLE_COMMENT, NULL, model_unknown);
    both_tables(&p, "c", P_TABLE_OF_TYPE, model_unknown, model_unknown);
    pair_compare(&p);
    assert_int_equal(p.d.gaps.len, 0);
    assert_int_equal(diff_exit_code(&p.d), 0);
    pair_release(&p);
}

static void drift_with_something_unknown_is_drift(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, ENGINE_PG, ENGINE_PG);
    both_tables(&p, "a", P_TABLE_OWNER, "bob", "eve");
    model_gap(&p.to, "subscription", NULL, "not readable");
    pair_compare(&p);
    assert_int_equal(p.d.verdict, VERDICT_DRIFT);
    assert_int_equal(diff_exit_code(&p.d), 1);
    assert_int_equal(p.d.gaps.len, 1);
    assert_string_equal(gap_at(&p, 0)->why, "test: not readable");
    pair_release(&p);
}

/* ---- flavors and empty databases ---------------------------------------------------------- */

static void a_property_of_one_flavor_is_said_once(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, ENGINE_MY, ENGINE_MA);
    both_tables(&p, "a", P_TABLE_COMMENT, "", "");
    both_tables(&p, "b", P_TABLE_COMMENT, "", "");
    for (struct object *o = p.to.root->first; o; o = o->next)
        model_set(&p.to, o, P_TABLE_SYSTEM_VERSIONED, "yes");
    pair_compare(&p);
    assert_int_equal(p.d.changes.len, 0);
    assert_int_equal(p.d.gaps.len, 1);
    assert_string_equal(gap_at(&p, 0)->path, "table.system_versioned");
    assert_int_equal(diff_exit_code(&p.d), 3);
    pair_release(&p);

    pair_init(&p, ENGINE_MY, ENGINE_MA);
    both_tables(&p, "a", P_TABLE_COMMENT, "", "");
    model_set(&p.to, p.to.root->first, P_TABLE_SYSTEM_VERSIONED, "no"); /* as MySQL is anyway */
    pair_compare(&p);
    assert_int_equal(diff_exit_code(&p.d), 0);
    pair_release(&p);
}

static void engines_do_not_mix(void **state)
{
    struct model a, b;
    struct diff d;
    struct err err = ERR_INIT;

    (void)state;
    catalog_init(&a, ENGINE_PG);
    catalog_init(&b, ENGINE_MA);
    catalog_freeze(&a);
    catalog_freeze(&b);
    assert_false(diff_models(&d, &a, &b, NULL, &err));
    assert_int_equal(err.cls, ERR_USAGE);
    model_release(&a);
    model_release(&b);
}

static void nothing_against_nothing_is_not_the_same(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, ENGINE_MY, ENGINE_MY);
    pair_compare(&p);
    assert_true(p.d.empty);
    assert_int_equal(diff_exit_code(&p.d), 3);
    write_reports(&p.d);
    pair_release(&p);

    pair_init(&p, ENGINE_PG, ENGINE_PG); /* a fresh PostgreSQL database is not quite empty */
    catalog_add(&p.from, K_SCHEMA, NULL, "public");
    catalog_add(&p.to, K_SCHEMA, NULL, "public");
    catalog_add(&p.from, K_EXTENSION, NULL, "plpgsql");
    catalog_add(&p.to, K_EXTENSION, NULL, "plpgsql");
    pair_compare(&p);
    assert_true(p.d.empty);
    assert_int_equal(diff_exit_code(&p.d), 3);
    pair_release(&p);

    pair_init(&p, ENGINE_MY, ENGINE_MY);
    table(&p.to, "t");
    pair_compare(&p);
    assert_false(p.d.empty);
    assert_int_equal(diff_exit_code(&p.d), 1);
    pair_release(&p);
}

/* ---- identity --------------------------------------------------------------------------- */

static void another_kind_is_another_object(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, ENGINE_MY, ENGINE_MY);
    catalog_add(&p.from, K_VIEW, NULL, "x");
    catalog_add(&p.to, K_TABLE, NULL, "x");
    pair_compare(&p);
    assert_int_equal(p.d.changes.len, 2);
    assert_int_equal(p.d.added, 1);
    assert_int_equal(p.d.removed, 1);
    assert_int_equal(p.d.changed, 0);
    pair_release(&p);
}

static void children_of_a_new_object_are_counted(void **state)
{
    struct pair p;
    struct object *t, *i;

    (void)state;
    pair_init(&p, ENGINE_MY, ENGINE_MY);
    t = catalog_add(&p.from, K_TABLE, NULL, "t");
    catalog_add(&p.from, K_COLUMN, t, "a");
    i = catalog_add(&p.from, K_INDEX, t, "i");
    catalog_add(&p.from, K_INDEX_PART, i, "1");
    pair_compare(&p);
    assert_int_equal(p.d.changes.len, 1);
    assert_int_equal(change_at(&p, 0)->n_inside, 3);
    pair_release(&p);
}

static void labels(struct model *m, const char *order)
{
    struct object *e = catalog_add(m, K_ENUM, catalog_add(m, K_SCHEMA, NULL, "s"), "e");
    char name[2] = "", place[16];

    for (unsigned i = 0; order[i]; i++) {
        name[0] = order[i];
        snprintf(place, sizeof(place), "%u", i + 1);
        model_set(m, catalog_add(m, K_ENUM_LABEL, e, name), P_ENUM_LABEL_POSITION, place);
    }
}

/* In xdcy, c is third as before: that d has passed it is told of d. So with b in db. */
static void what_stands_after_a_newcomer_has_not_moved(void **state)
{
    static const struct {
        const char *from, *to;
        unsigned removed, added, changed;
    } cases[] = {
        {"abcd", "abcd", 0, 0, 0}, {"abcd", "acd", 1, 0, 0},  {"acd", "abcd", 0, 1, 0},
        {"abcd", "bacd", 0, 0, 2}, {"abcd", "bcda", 0, 0, 4}, {"abcd", "xdcy", 2, 2, 1},
        {"abc", "xabc", 0, 1, 0},  {"abcd", "db", 2, 0, 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct pair p;

        pair_init(&p, ENGINE_PG, ENGINE_PG);
        labels(&p.from, cases[i].from);
        labels(&p.to, cases[i].to);
        pair_compare(&p);
        if (p.d.removed != cases[i].removed || p.d.added != cases[i].added ||
            p.d.changed != cases[i].changed)
            fail_msg("%s to %s: -%u +%u ~%u", cases[i].from, cases[i].to, (unsigned)p.d.removed,
                     (unsigned)p.d.added, (unsigned)p.d.changed);
        pair_release(&p);
    }
}

/* ---- the second opinion --------------------------------------------------------------------- */

struct asked {
    int answer;
    unsigned times;
};

static int answer(void *ctx, const struct object *from, const struct object *to, unsigned slot)
{
    struct asked *a = ctx;

    assert_string_equal(from->name, to->name);
    assert_int_equal(from->kind->props[slot].type, T_EXPR);
    a->times++;
    return a->answer;
}

static void column_default(struct model *m, const char *text, const char *comment)
{
    struct object *c = catalog_add(m, K_COLUMN, table(m, "t"), "c");

    model_set(m, c, P_COLUMN_DEFAULT, text);
    model_set(m, c, P_COLUMN_COMMENT, comment);
}

static void a_server_is_asked_of_expressions_only(void **state)
{
    static const struct {
        int answer;
        enum change_type type;
        unsigned changes, code;
    } cases[] = {{1, CHANGE_CHANGED, 0, 0}, {0, CHANGE_CHANGED, 1, 1}, {-1, CHANGE_UNKNOWN, 1, 3}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct asked asked = {.answer = cases[i].answer};
        struct pair p;

        pair_init(&p, ENGINE_PG, ENGINE_PG);
        p.opt.opinion = answer;
        p.opt.opinion_ctx = &asked;
        column_default(&p.from, "f(1)", "same");
        column_default(&p.to, "f(2)", "same");
        pair_compare(&p);
        assert_int_equal(asked.times, 1);
        assert_int_equal(p.d.changes.len, cases[i].changes);
        if (cases[i].changes)
            assert_int_equal(change_at(&p, 0)->type, cases[i].type);
        assert_int_equal(diff_exit_code(&p.d), cases[i].code);
        write_reports(&p.d);
        pair_release(&p);
    }
}

static void a_server_is_not_asked_of_what_it_need_not_be(void **state)
{
    struct asked asked = {.answer = 1};
    struct pair p;

    (void)state;
    pair_init(&p, ENGINE_PG, ENGINE_PG);
    p.opt.opinion = answer;
    p.opt.opinion_ctx = &asked;
    column_default(&p.from, "f(1)", "one");
    column_default(&p.to, NULL, "two"); /* a default that is not there is no spelling */
    pair_compare(&p);
    assert_int_equal(asked.times, 0);
    assert_true(change_at(&p, 0)->differs ==
                (UINT64_C(1) << P_COLUMN_DEFAULT | UINT64_C(1) << P_COLUMN_COMMENT));
    pair_release(&p);
}

/* Two constants are one value or two, if the type has one spelling for each. */
static void a_server_is_not_asked_of_constants(void **state)
{
    static const struct {
        const char *from, *to;
        unsigned times;
    } cases[] = {
        {"1", "2", 0},
        {"'a'::text", "'b'::text", 0},
        {"'it''s'::character varying", "'::text'::character varying", 0},
        {"'1'::jsonb", "'1.0'::jsonb", 1},
        {"'a'::text", "'a'::character varying", 1},
        {"'a'::bpchar", "'a '::bpchar", 1},
        {"1", "'1'", 1},
        {"'a'::text", "('b'::text || 'c'::text)", 1},
        {"1", "1.0", 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct asked asked = {.answer = 0};
        struct pair p;

        pair_init(&p, ENGINE_PG, ENGINE_PG);
        p.opt.opinion = answer;
        p.opt.opinion_ctx = &asked;
        column_default(&p.from, cases[i].from, NULL);
        column_default(&p.to, cases[i].to, NULL);
        pair_compare(&p);
        assert_int_equal(asked.times, cases[i].times);
        assert_int_equal(p.d.changes.len, 1);
        pair_release(&p);
    }
}

/* Each label's place is another one: if each looked at all of them, this would take minutes. */
static void many_that_moved_are_looked_at_once(void **state)
{
    enum { N = 20000 };
    struct place place;
    struct pair p;
    struct object *from, *to;
    char name[32], number[32];
    size_t moved = 0;

    (void)state;
    pair_init(&p, ENGINE_PG, ENGINE_PG);
    from = catalog_add(&p.from, K_ENUM, catalog_add(&p.from, K_SCHEMA, NULL, "public"), "e");
    to = catalog_add(&p.to, K_ENUM, catalog_add(&p.to, K_SCHEMA, NULL, "public"), "e");
    for (unsigned i = 0; i < N; i++) {
        snprintf(name, sizeof(name), "label%u", i);
        snprintf(number, sizeof(number), "%u", i + 1);
        model_set(&p.from, catalog_add(&p.from, K_ENUM_LABEL, from, name), P_ENUM_LABEL_POSITION,
                  number);
        /* The last one comes first now, and one more before all. */
        snprintf(number, sizeof(number), "%u", i + 1 < N ? i + 3 : 2);
        model_set(&p.to, catalog_add(&p.to, K_ENUM_LABEL, to, name), P_ENUM_LABEL_POSITION, number);
    }
    model_set(&p.to, catalog_add(&p.to, K_ENUM_LABEL, to, "zero"), P_ENUM_LABEL_POSITION, "1");
    pair_compare(&p);
    assert_int_equal(p.d.added, 1);
    assert_int_equal(p.d.changed, N);

    place_init(&place);
    for (const struct object *o = from->first; o; o = o->next)
        moved += !place_is_same(&place, &p.from, o, &p.to, model_counterpart(&p.to, o),
                                P_ENUM_LABEL_POSITION);
    assert_int_equal(moved, N);
    assert_int_equal(place.looked_at, 2 * N + 1);
    place_release(&place);
    pair_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_property_is_seen),
        cmocka_unit_test(every_kind_is_seen_to_come_and_go),
        cmocka_unit_test(large_objects_are_no_drift),
        cmocka_unit_test(unknown_of_one_object_is_that_objects),
        cmocka_unit_test(what_a_side_never_knows_is_said_once),
        cmocka_unit_test(what_nobody_uses_needs_no_comparing),
        cmocka_unit_test(drift_with_something_unknown_is_drift),
        cmocka_unit_test(a_property_of_one_flavor_is_said_once),
        cmocka_unit_test(engines_do_not_mix),
        cmocka_unit_test(nothing_against_nothing_is_not_the_same),
        cmocka_unit_test(another_kind_is_another_object),
        cmocka_unit_test(children_of_a_new_object_are_counted),
        cmocka_unit_test(what_stands_after_a_newcomer_has_not_moved),
        cmocka_unit_test(many_that_moved_are_looked_at_once),
        cmocka_unit_test(a_server_is_asked_of_expressions_only),
        cmocka_unit_test(a_server_is_not_asked_of_what_it_need_not_be),
        cmocka_unit_test(a_server_is_not_asked_of_constants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
