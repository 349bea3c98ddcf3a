#include <dbtwin/proof.h>

#include "catalog.h"

/* A source, what was built of it, and what the proof finds. */
struct built {
    struct model source, built;
    struct plan plan;
    struct proof_options opt;
    struct proof proof;
};

static void add_schema(struct model *m, const char *expression)
{
    struct object *schema, *table, *check, *owner;

    catalog_init(m, ENGINE_PG);
    schema = catalog_add_known(m, K_SCHEMA, NULL, "public");
    table = catalog_add_known(m, K_TABLE, schema, "t");
    check = catalog_add_known(m, K_CHECK, table, "good");
    catalog_set(m, check, "expression", expression);
    owner = catalog_add_known(m, K_SEQUENCE, schema, "s");
    catalog_set(m, owner, "owner", "alice");
}

static void built_init(struct built *b, const char *source, const char *built)
{
    struct plan_options o = {.owners = true, .grants = true};
    struct err err = ERR_INIT;

    memset(b, 0, sizeof(*b));
    b->opt.owners = b->opt.grants = true;
    add_schema(&b->source, source);
    add_schema(&b->built, built);
    catalog_freeze(&b->source);
    if (!plan_create(&b->plan, &b->source, &o, &err))
        fail_msg("%s", err.msg);
}

static void built_prove(struct built *b)
{
    struct err err = ERR_INIT;

    if (!b->built.frozen)
        catalog_freeze(&b->built);
    if (!proof_make(&b->proof, &b->source, &b->built, &b->plan, &b->opt, &err))
        fail_msg("%s", err.msg);
}

static void built_release(struct built *b)
{
    proof_release(&b->proof);
    plan_release(&b->plan);
    model_release(&b->source);
    model_release(&b->built);
}

static int say(void *ctx, const struct object *source, const struct object *built, unsigned slot)
{
    assert_string_equal(source->name, built->name);
    assert_int_equal(slot, P_CHECK_EXPRESSION);
    return *(int *)ctx;
}

static void counts(const struct built *b, size_t differs, size_t unsure)
{
    assert_int_equal(b->proof.differs.len, differs);
    assert_int_equal(b->proof.unsure.len, unsure);
}

static void the_same_is_no_finding(void **state)
{
    struct built b;
    (void)state;

    built_init(&b, "(a > 1)", "(a > 1)");
    built_prove(&b);
    counts(&b, 0, 0);
    built_release(&b);
}

static void the_opinion_decides(void **state)
{
    static const struct {
        int says;
        size_t differs, unsure;
    } rows[] = {{1, 0, 0}, {0, 1, 0}, {-1, 0, 1}};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct built b;
        int says = rows[i].says;
        built_init(&b, "(a = ANY (ARRAY[1]))", "(a = ANY (ARRAY[(1)::bigint]))");
        b.opt.opinion = say;
        b.opt.opinion_ctx = &says;
        built_prove(&b);
        counts(&b, rows[i].differs, rows[i].unsure);
        built_release(&b);
    }
}

/* Nobody to ask: then what is spelled differently is a difference, as in any comparison. */
static void without_an_opinion_it_differs(void **state)
{
    struct built b;
    (void)state;

    built_init(&b, "(a > 1)", "(a > 2)");
    built_prove(&b);
    counts(&b, 1, 0);
    built_release(&b);
}

static void what_is_missing_differs(void **state)
{
    struct built b;
    (void)state;

    built_init(&b, "(a > 1)", "(a > 1)");
    catalog_add_known(&b.built, K_SEQUENCE, b.built.root->first, "more");
    built_prove(&b);
    counts(&b, 1, 0);
    assert_string_equal(VEC_AT(&b.proof.differs, struct proof_finding, 0).text,
                        "sequence public.more was built, but the source has no such object");
    built_release(&b);
}

static void owners_left_out_are_excused(void **state)
{
    struct built b;
    (void)state;

    built_init(&b, "(a > 1)", "(a > 1)");
    catalog_set(&b.built, b.built.root->first->first->next, "owner", "bob");
    built_prove(&b);
    counts(&b, 1, 0);
    proof_release(&b.proof);
    b.opt.owners = false;
    built_prove(&b);
    counts(&b, 0, 0);
    built_release(&b);
}

/* The place where two long texts part is shown, on one line, and not their beginnings. */
static void the_excerpt_shows_where_they_part(void **state)
{
    struct built b;
    struct buf x = BUF_INIT, y = BUF_INIT;
    const char *text;
    (void)state;

    for (int i = 0; i < 200; i++)
        buf_addf(&x, "(a <> %d)\n  AND ", i);
    buf_adds(&y, x.data);
    buf_adds(&x, "(b > 7)");
    buf_adds(&y, "(b > 8)");
    built_init(&b, x.data, y.data);
    built_prove(&b);
    counts(&b, 1, 0);
    text = VEC_AT(&b.proof.differs, struct proof_finding, 0).text;
    assert_non_null(strstr(text, "check public.t.good: expression: the source has …"));
    assert_non_null(strstr(text, "AND (b > 7), what was built has …"));
    assert_non_null(strstr(text, "AND (b > 8)"));
    assert_null(strchr(text, '\n'));
    assert_null(strstr(text, "(a <> 1) "));
    assert_true(strlen(text) < 300);
    built_release(&b);
    buf_release(&x);
    buf_release(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_is_no_finding),
        cmocka_unit_test(the_opinion_decides),
        cmocka_unit_test(without_an_opinion_it_differs),
        cmocka_unit_test(what_is_missing_differs),
        cmocka_unit_test(owners_left_out_are_excused),
        cmocka_unit_test(the_excerpt_shows_where_they_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
