#include <dbtwin/baseline.h>

#include "catalog.h"

/* ---- two catalogs and a baseline ---------------------------------------------------------------
 */

struct world {
    struct model from, to;
    struct diff d;
    struct baseline b;
};

static struct object *table(struct model *m, const char *name, const char *owner)
{
    struct object *schema = m->root->first;

    if (!schema)
        schema = catalog_add(m, K_SCHEMA, NULL, "public");
    struct object *t = catalog_add(m, K_TABLE, schema, name);

    model_set(m, t, P_TABLE_OWNER, owner);
    return t;
}

/* FROM: users(owner a, comment x), old(id). TO: users(owner b, comment y), new(id, more). */
static void make(struct world *w, const char *owner, const char *type_of_old)
{
    struct err err = ERR_INIT;
    struct object *t;

    memset(w, 0, sizeof(*w));
    catalog_init(&w->from, ENGINE_PG);
    catalog_init(&w->to, ENGINE_PG);
    model_set(&w->from, table(&w->from, "users", "a"), P_TABLE_COMMENT, "x");
    model_set(&w->to, table(&w->to, "users", owner), P_TABLE_COMMENT, "y");
    t = catalog_add(&w->from, K_COLUMN, table(&w->from, "old", "a"), "id");
    model_set(&w->from, t, P_COLUMN_TYPE, type_of_old);
    catalog_add(&w->to, K_COLUMN, table(&w->to, "new", "a"), "id");
    catalog_freeze(&w->from);
    catalog_freeze(&w->to);
    if (!diff_models(&w->d, &w->from, &w->to, NULL, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(w->d.changes.len, 3);
    baseline_init(&w->b);
}

static void finish(struct world *w)
{
    baseline_release(&w->b);
    diff_release(&w->d);
    model_release(&w->from);
    model_release(&w->to);
}

/* A baseline that accepts all of a world like make(…, "b", "integer"), as its file. */
static void accepted_file(struct buf *out, const char *until)
{
    struct world w;

    make(&w, "b", "integer");
    assert_int_equal(baseline_accept(&w.b, &w.d, "because \"so\"", until, "2026-01-01"), 4);
    baseline_write(&w.b, out);
    finish(&w);
}

static void apply(struct world *w, const struct buf *file, const char *today)
{
    struct err err = ERR_INIT;

    if (!baseline_read(&w->b, buf_slice(file), &err))
        fail_msg("%s", err.msg);
    baseline_apply(&w->b, &w->d, today);
}

static const struct diff_note *note_at(const struct world *w, size_t i)
{
    assert_true(i < w->d.notes.len);
    return &VEC_AT(&w->d.notes, struct diff_note, i);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void test_accepted(void **state)
{
    struct world w;
    struct buf file = BUF_INIT;

    (void)state;
    accepted_file(&file, NULL);
    make(&w, "b", "integer");
    assert_int_equal(w.d.verdict, VERDICT_DRIFT);
    apply(&w, &file, "2099-12-31");
    assert_int_equal(w.d.accepted, 4);
    assert_int_equal(w.d.changes.len, 0);
    assert_int_equal(w.d.notes.len, 0);
    assert_int_equal(w.d.verdict, VERDICT_SAME);
    assert_int_equal(w.d.added + w.d.removed + w.d.changed, 0);
    finish(&w);
    buf_release(&file);
}

static void test_other_values(void **state)
{
    struct world w;
    struct buf file = BUF_INIT;

    (void)state;
    accepted_file(&file, NULL);
    make(&w, "c", "integer"); /* the owner is another one now, the comment is not */
    apply(&w, &file, "2026-01-01");
    assert_int_equal(w.d.accepted, 3);
    assert_int_equal(w.d.changes.len, 1);
    assert_true(VEC_AT(&w.d.changes, struct change, 0).differs == UINT64_C(1) << P_TABLE_OWNER);
    assert_int_equal(note_at(&w, 0)->type, NOTE_OUTDATED);
    assert_string_equal(note_at(&w, 0)->property, "owner");
    assert_string_equal(note_at(&w, 0)->reason, "because \"so\"");
    assert_int_equal(w.d.verdict, VERDICT_DRIFT);
    finish(&w);
    make(&w, "b", "bigint"); /* something within an object that only one side has */
    apply(&w, &file, "2026-01-01");
    assert_int_equal(w.d.accepted, 3);
    assert_int_equal(w.d.changes.len, 1);
    assert_int_equal(w.d.removed, 1);
    assert_string_equal(note_at(&w, 0)->path, "public.old");
    assert_null(note_at(&w, 0)->property);
    finish(&w);
    buf_release(&file);
}

static void test_until(void **state)
{
    struct world w;
    struct buf file = BUF_INIT;

    (void)state;
    accepted_file(&file, "2026-06-30");
    make(&w, "b", "integer");
    apply(&w, &file, "2026-06-30");
    assert_int_equal(w.d.accepted, 4);
    finish(&w);
    make(&w, "b", "integer");
    apply(&w, &file, "2026-07-01");
    assert_int_equal(w.d.accepted, 0);
    assert_int_equal(w.d.changes.len, 3);
    assert_int_equal(w.d.notes.len, 4);
    assert_int_equal(note_at(&w, 0)->type, NOTE_EXPIRED);
    assert_string_equal(note_at(&w, 0)->until, "2026-06-30");
    finish(&w);
    buf_release(&file);
}

/* Accepting again keeps what holds with its reason, and lets the rest go. */
static void test_again(void **state)
{
    struct world w;
    struct buf file = BUF_INIT, again = BUF_INIT;

    (void)state;
    accepted_file(&file, NULL);
    make(&w, "a", "bigint"); /* the owner's entry is needless, that of "old" is outdated */
    apply(&w, &file, "2026-01-02");
    assert_int_equal(w.d.accepted, 2);
    assert_int_equal(w.d.notes.len, 2);
    assert_int_equal(note_at(&w, 0)->type, NOTE_OUTDATED);
    assert_int_equal(note_at(&w, 1)->type, NOTE_NEEDLESS);
    assert_string_equal(note_at(&w, 1)->property, "owner");
    assert_int_equal(baseline_accept(&w.b, &w.d, "new", NULL, "2026-01-02"), 1);
    baseline_write(&w.b, &again);
    finish(&w);
    make(&w, "a", "bigint");
    apply(&w, &again, "2026-01-03");
    assert_int_equal(w.d.accepted, 3);
    assert_int_equal(w.d.notes.len, 0);
    assert_non_null(strstr(again.data, "because \\\"so\\\""));
    assert_non_null(strstr(again.data, "\"reason\": \"new\""));
    finish(&w);
    buf_release(&file);
    buf_release(&again);
}

/* What could not be compared stays so. */
static void test_unknown_stays(void **state)
{
    struct world w;
    struct baseline b;
    struct err err = ERR_INIT;
    struct object *t;

    (void)state;
    memset(&w, 0, sizeof(w));
    catalog_init(&w.from, ENGINE_PG);
    catalog_init(&w.to, ENGINE_PG);
    t = table(&w.from, "t", "a");
    model_set(&w.from, t, P_TABLE_COMMENT, "x");
    t = table(&w.to, "t", "b"); /* its comment is unknown */
    model_set(&w.to, table(&w.to, "u", "a"), P_TABLE_COMMENT, "x");
    model_set(&w.from, table(&w.from, "u", "a"), P_TABLE_COMMENT, "x");
    catalog_freeze(&w.from);
    catalog_freeze(&w.to);
    assert_true(diff_models(&w.d, &w.from, &w.to, NULL, &err));
    baseline_init(&b);
    assert_int_equal(baseline_accept(&b, &w.d, "r", NULL, "2026-01-01"), 1);
    baseline_apply(&b, &w.d, "2026-01-01");
    assert_int_equal(w.d.accepted, 1);
    assert_int_equal(w.d.changes.len, 1);
    assert_int_equal(w.d.unknown, 1);
    assert_int_equal(w.d.verdict, VERDICT_INCOMPLETE);
    baseline_release(&b);
    baseline_init(&w.b);
    finish(&w);
}

static void test_secrets_stay_out(void **state)
{
    struct world w;
    struct err err = ERR_INIT;
    struct buf file = BUF_INIT;
    struct object *a, *b;
    const char *from = "sha256:"
                       "0000000000000000000000000000000000000000000000000000000000000001";
    const char *to = "sha256:"
                     "0000000000000000000000000000000000000000000000000000000000000002";

    (void)state;
    memset(&w, 0, sizeof(w));
    catalog_init(&w.from, ENGINE_PG);
    catalog_init(&w.to, ENGINE_PG);
    a = catalog_add(&w.from, K_SECRET_OPTION, catalog_add(&w.from, K_FOREIGN_SERVER, NULL, "s"),
                    "password");
    b = catalog_add(&w.to, K_SECRET_OPTION, catalog_add(&w.to, K_FOREIGN_SERVER, NULL, "s"),
                    "password");
    model_set(&w.from, a, P_SECRET_OPTION_VALUE, from);
    model_set(&w.to, b, P_SECRET_OPTION_VALUE, to);
    catalog_freeze(&w.from);
    catalog_freeze(&w.to);
    assert_true(diff_models(&w.d, &w.from, &w.to, NULL, &err));
    baseline_init(&w.b);
    assert_int_equal(baseline_accept(&w.b, &w.d, "r", NULL, "2026-01-01"), 1);
    baseline_write(&w.b, &file);
    assert_null(strstr(file.data, from));
    assert_null(strstr(file.data, to));
    buf_release(&file);
    finish(&w);
}

static void test_bad_files(void **state)
{
#define ENTRY(middle)                                                                    \
    "{\"dbtwin_baseline\": 1, \"entries\": [{\"path\": \"p\", \"change\": \"changed\", " \
    "\"kind\": \"table\", \"property\": \"owner\", \"from\": \"x\", \"to\": \"y\"" middle "}]}"
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", "line"},
        {"[]", "this is not a baseline"},
        {"{\"dbtwin_baseline\": 2}", "of version 2"},
        {"{\"dbtwin_baseline\": 1, \"entries\": [{}]}", "entry 1 of the baseline: it needs a kind"},
        {ENTRY(""), "it has no reason"},
        {ENTRY(", \"reason\": \"r\", \"until\": \"2026-02-30\""), "not a day"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct baseline b;
        struct err err = ERR_INIT;

        baseline_init(&b);
        assert_false(baseline_read(&b, (struct slice){rows[i].text, strlen(rows[i].text)}, &err));
        if (err.cls != ERR_CORRUPT || !strstr(err.msg, rows[i].message))
            fail_msg("%s: %s", rows[i].text, err.msg);
        baseline_release(&b);
    }
}

static void test_days(void **state)
{
    (void)state;
    assert_true(baseline_is_day("2026-12-31"));
    assert_true(baseline_is_day("2024-02-29"));
    assert_true(baseline_is_day("2000-02-29"));
    assert_false(baseline_is_day("1900-02-29"));
    assert_false(baseline_is_day("2026-02-29"));
    assert_false(baseline_is_day("2026-13-01"));
    assert_false(baseline_is_day("2026-00-01"));
    assert_false(baseline_is_day("2026-01-00"));
    assert_false(baseline_is_day("2026-04-31"));
    assert_false(baseline_is_day("2026-1-1"));
    assert_false(baseline_is_day("tomorrow!!"));
    assert_false(baseline_is_day("2026-01-011"));
}

/* ---- renames -----------------------------------------------------------------------------------
 */

static void test_renames(void **state)
{
    struct world w;
    struct err err = ERR_INIT;
    struct object *t;

    (void)state;
    memset(&w, 0, sizeof(w));
    catalog_init(&w.from, ENGINE_PG);
    catalog_init(&w.to, ENGINE_PG);
    t = table(&w.from, "users", "a");
    model_set(&w.from, catalog_add(&w.from, K_INDEX, t, "users_x"), P_INDEX_METHOD, "btree");
    t = table(&w.to, "people", "a");
    model_set(&w.to, catalog_add(&w.to, K_INDEX, t, "people_x"), P_INDEX_METHOD, "btree");
    /* Two that are alike could be either; a role is its name. */
    table(&w.from, "a1", "b");
    table(&w.from, "a2", "b");
    table(&w.to, "a3", "b");
    catalog_add(&w.from, K_ROLE, NULL, "anna");
    catalog_add(&w.to, K_ROLE, NULL, "otto");
    catalog_freeze(&w.from);
    catalog_freeze(&w.to);
    assert_true(diff_models(&w.d, &w.from, &w.to, NULL, &err));
    rename_find(&w.d);
    assert_int_equal(w.d.renames.len, 1);
    assert_string_equal(VEC_AT(&w.d.renames, struct diff_rename, 0).from->name, "users");
    assert_string_equal(VEC_AT(&w.d.renames, struct diff_rename, 0).to->name, "people");
    assert_int_equal(w.d.verdict, VERDICT_DRIFT);
    assert_int_equal(w.d.changes.len, 7);
    baseline_init(&w.b);
    finish(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),      cmocka_unit_test(test_other_values),
        cmocka_unit_test(test_until),         cmocka_unit_test(test_again),
        cmocka_unit_test(test_unknown_stays), cmocka_unit_test(test_secrets_stay_out),
        cmocka_unit_test(test_bad_files),     cmocka_unit_test(test_days),
        cmocka_unit_test(test_renames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
