#include "catalog.h"

#include "sync/apply_watch.h"

#include <stdio.h>
#include <string.h>

/* Two readings, "ID NAME NUMBER" a line; the plan's first step was carried out between them. */
static void read_list(struct stored_list *l, const char *text)
{
    char id[32], name[32], number[32];
    int n = 0;
    apply_stored_init(l);
    for (; sscanf(text, " %31s %31s %31s%n", id, name, number, &n) == 3; text += n)
        apply_stored_add(l, id, name, number);
    apply_stored_index(l);
}

struct got {
    bool ok;
    char rewritten[128], why[2048];
    unsigned watched; /* of those that are there now, a bit each */
};

static struct got judge(const struct step *steps, size_t n, size_t i, const char *before,
                        const char *now, unsigned watched)
{
    struct plan p = {.steps = VEC_INIT(struct step)};
    struct stored_list a, b;
    struct buf rewritten = BUF_INIT;
    struct err err = ERR_INIT;
    struct got g = {0};
    for (size_t k = 0; k < n; k++)
        VEC_PUSH(&p.steps, struct step, steps[k]);
    read_list(&a, before);
    read_list(&b, now);
    for (size_t k = 0; k < a.list.len; k++)
        VEC_AT(&a.list, struct stored, k).watched = watched >> k & 1;
    g.ok = apply_watch_judge(&p, i, &a, &b, &rewritten, &err);
    for (size_t k = 0; k < b.list.len; k++)
        g.watched |= (unsigned)VEC_AT(&b.list, struct stored, k).watched << k;
    snprintf(g.rewritten, sizeof(g.rewritten), "%s", rewritten.len ? rewritten.data : "");
    snprintf(g.why, sizeof(g.why), "%s", err.msg);
    buf_release(&rewritten);
    apply_stored_release(&a);
    apply_stored_release(&b);
    vec_release(&p.steps);
    return g;
}

static struct got one(unsigned hazards, const char *before, const char *now)
{
    struct step s = {.sql = "ALTER", .hazards = hazards};
    return judge(&s, 1, 0, before, now, ~0u);
}

static void test_postgres(void **state)
{
    (void)state;
    struct got g = one(0, "1 s.t 10 2 s.u 11", "1 s.t 10 2 s.u 11");
    assert_true(g.ok);
    assert_int_equal(g.watched, 3);
    g = one(HAZARD_LOCK, "1 s.t 10 2 s.u 11", "1 s.t 12 2 s.u 11");
    assert_false(g.ok);
    assert_non_null(strstr(g.why, "rewrites table s.t"));
    g = one(HAZARD_REWRITE, "1 s.t 10 2 s.u 11", "1 s.t 12 2 s.u 11");
    assert_true(g.ok);
    assert_string_equal(g.rewritten, "s.t");
    /* Another name is the same table. */
    assert_true(one(0, "1 s.t 10", "1 s.x 10").ok);
}

static void test_gone(void **state)
{
    (void)state;
    struct got g = one(HAZARD_REWRITE, "1 s.t 10 2 s.u 11", "2 s.u 11");
    assert_false(g.ok);
    assert_non_null(strstr(g.why, "loses the rows of table s.t"));
    assert_true(one(HAZARD_DATA, "1 s.t 10 2 s.u 11", "2 s.u 11").ok);
    /* One that only the plan has made has no rows to lose. */
    struct step s = {.sql = "DROP"};
    g = judge(&s, 1, 0, "1 s.t 10 2 s.new 11", "1 s.t 10", 1);
    assert_true(g.ok);
    assert_int_equal(g.watched, 1);
}

/* The rows went into a new table of the same name, by a step that says so. */
static void test_taken_over(void **state)
{
    (void)state;
    struct model m;
    catalog_init(&m, ENGINE_PG);
    struct object *schema = catalog_add_known(&m, K_SCHEMA, NULL, "s");
    struct object *t = catalog_add_known(&m, K_TABLE, schema, "t");
    struct object *u = catalog_add_known(&m, K_TABLE, schema, "u");
    struct step steps[] = {{.sql = "INSERT", .object = t, .hazards = HAZARD_REWRITE},
                           {.sql = "DROP", .object = t}};
    assert_true(judge(steps, 2, 1, "1 w.t 10 2 s.t 11", "2 s.t 11", 1).ok);
    steps[0].object = u;
    assert_false(judge(steps, 2, 1, "1 w.t 10 2 s.t 11", "2 s.t 11", 1).ok);
    model_release(&m);
}

static void test_mysql(void **state)
{
    (void)state;
    assert_true(one(0, "10 t 10", "10 t 10 11 n 11").ok);
    assert_false(one(0, "10 t 10", "12 t 12").ok);
    assert_false(one(HAZARD_DATA, "10 t 10", "12 t 12").ok);
    struct got g = one(HAZARD_REWRITE, "10 t 10", "12 t 12");
    assert_true(g.ok);
    assert_int_equal(g.watched, 1);
    assert_string_equal(g.rewritten, "t");
    assert_false(one(HAZARD_REWRITE, "10 t 10", "11 n 11").ok);
    /* Partitions: reorganised, dropped. */
    assert_true(one(HAZARD_REWRITE, "10 t#P#a 10 11 t#P#b 11", "12 t#P#c 12").ok);
    assert_true(one(HAZARD_DATA, "10 t#P#a 10 11 t#P#b 11", "11 t#P#b 11").ok);
    assert_false(one(0, "10 t#P#a 10 11 t#P#b 11", "11 t#P#b 11").ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_postgres),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_taken_over),
        cmocka_unit_test(test_mysql),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
