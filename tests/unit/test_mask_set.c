/* Rules found for the columns of a model: patterns, keys, what is unique, what is required. */
#include "mask.h"

static const char postgres[] =
    "<model dbtwin=\"1\" engine=\"postgresql\" version=\"150020\"><database name=\"d\" "
    "encoding=\"UTF8\">"
    "<schema name=\"public\">"
    "<table name=\"users\">"
    "<column name=\"id\" type=\"bigint\" not_null=\"yes\" position=\"1\"/>"
    "<column name=\"email\" type=\"character varying(120)\" not_null=\"yes\" position=\"2\"/>"
    "<column name=\"name\" type=\"text\" position=\"3\"/>"
    "<column name=\"a.b\" type=\"text\" position=\"4\"/>"
    "<primary_key name=\"users_pkey\" columns=\"id\"/>"
    "<unique name=\"users_email\" columns=\"email\"/>"
    "</table>"
    "<table name=\"orders\">"
    "<column name=\"user_email\" type=\"character varying(60)\" position=\"1\"/>"
    "<column name=\"user_id\" type=\"integer\" position=\"2\"/>"
    "<column name=\"made\" type=\"date\" position=\"3\"/>"
    "<foreign_key name=\"f\" columns=\"user_email\" references=\"public.users\" "
    "ref_columns=\"email\"/>"
    "<foreign_key name=\"g\" columns=\"user_id\" references=\"public.users\" ref_columns=\"id\"/>"
    "</table>"
    "<table name=\"events\" partition_key=\"RANGE (at)\">"
    "<column name=\"at\" type=\"date\" position=\"1\"/><column name=\"who\" type=\"text\" "
    "position=\"2\"/>"
    "</table>"
    "<table name=\"events_1\" partition_of=\"public.events\">"
    "<column name=\"at\" type=\"date\" position=\"1\"/><column name=\"who\" type=\"text\" "
    "position=\"2\"/>"
    "</table>"
    "</schema></database></model>";

static const char mysql[] =
    "<model dbtwin=\"1\" engine=\"mysql\" version=\"90704\"><database name=\"d\">"
    "<table name=\"users\">"
    "<column name=\"id\" type=\"int unsigned\" not_null=\"yes\" position=\"1\"/>"
    "<column name=\"email\" type=\"varchar(120)\" charset=\"utf8mb4\" "
    "collation=\"utf8mb4_0900_ai_ci\" position=\"2\"/>"
    "<index name=\"PRIMARY\" unique=\"yes\"><index_part name=\"1\" expression=\"`id`\"/></index>"
    "<index name=\"e\" unique=\"yes\"><index_part name=\"1\" expression=\"`email`\" "
    "prefix=\"8\"/></index>"
    "</table></database></model>";

struct fixture {
    struct arena arena;
    struct model model;
    struct mask_config config;
    struct mask_set *set;
    struct err err;
};

static const struct vec *references; /* of the next config */

/* pairs: pattern, rule as JSON, … NULL */
static bool make(struct fixture *f, const char *xml, const char *const *pairs)
{
    unsigned line = 5;

    *f = (struct fixture){.config = {.file = "c.yaml",
                                     .entries = VEC_INIT(struct mask_entry),
                                     .references = references}};
    model_init(&f->model);
    if (!model_from_xml(&f->model, text_slice(xml), &f->err))
        fail_msg("%s", f->err.msg);
    for (; *pairs; pairs += 2) {
        struct mask_node *n = NULL;
        struct mask_entry e;

        assert_true(mask_node_from_json(text_slice(pairs[1]), &f->arena, &n, &f->err));
        n->line = line++;
        n->column = 3;
        e = (struct mask_entry){pairs[0], n};
        VEC_PUSH(&f->config.entries, struct mask_entry, e);
    }
    return mask_set_new(&f->config, &f->model, NULL, &f->arena, &f->set, &f->err);
}

static void end(struct fixture *f)
{
    mask_set_release(f->set);
    vec_release(&f->config.entries);
    model_release(&f->model);
    arena_release(&f->arena);
}

static const struct mask_found *found(const struct fixture *f, const char *path)
{
    for (uint32_t i = 0; i < f->model.n_objects; i++) {
        struct buf b = BUF_INIT;
        bool same;

        model_path(f->model.objects[i], &b);
        same = str_eq(b.data, path);
        buf_release(&b);
        if (same)
            return mask_set_find(f->set, f->model.objects[i]);
    }
    fail_msg("there is no %s", path);
    return NULL;
}

static const char *rule_at(const struct fixture *f, const char *path)
{
    const struct mask_found *m = found(f, path);

    return m ? mask_rule_facts(m->rule)->transformer->name : "";
}

#define RULES(...)        \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

/* Keys that the config declares join columns as foreign keys do. */
static void test_references(void **state)
{
    struct subset_reference keys[] = {{.table = "public.events",
                                       .column = "who",
                                       .to_table = "public.users",
                                       .to_column = "email",
                                       .line = 9},
                                      {.table = "public.events",
                                       .column = "gone",
                                       .to_table = "public.users",
                                       .to_column = "email",
                                       .line = 10}};
    struct vec list = {keys, 1, 2, sizeof keys[0]};
    const struct {
        const char *users, *events; /* rules */
        size_t n;
        const char *wrong;
    } of[] = {
        {"\"email\"", NULL, 1, NULL},
        {"\"email\"", "\"text\"", 1, "by references:, so both need the same rule"},
        {"\"email\"", "\"email\"", 1, NULL},
        {"\"email\"", NULL, 2, "c.yaml:10: references: there is no column public.events.gone"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(of); i++) {
        struct fixture f;
        bool made;

        list.len = of[i].n;
        references = &list;
        made =
            of[i].events
                ? make(&f, postgres,
                       RULES("public.users.email", of[i].users, "public.events.who", of[i].events))
                : make(&f, postgres, RULES("public.users.email", of[i].users));
        references = NULL;
        if (made != !of[i].wrong || (of[i].wrong && !strstr(f.err.msg, of[i].wrong)))
            fail_msg("%zu: %s", i, f.err.msg);
        if (made)
            assert_string_equal(rule_at(&f, "public.events.who"), "email");
        end(&f);
    }
}

static void test_found(void **state)
{
    struct fixture f;

    (void)state;
    if (!make(&f, postgres,
              RULES("*.*.email", "\"email\"", "*.users.*", "\"keep\"", "public.users.email",
                    "\"email\"", "users.name", "\"name\"", "public.users.\"a.b\"", "\"text\"",
                    "events.who", "\"text\"")))
        fail_msg("%s", f.err.msg);
    assert_string_equal(rule_at(&f, "public.users.email"), "email"); /* the path before patterns */
    assert_string_equal(rule_at(&f, "public.users.id"), "keep");
    assert_string_equal(rule_at(&f, "public.users.name"), "name");
    assert_string_equal(rule_at(&f, "public.users.\"a.b\""), "text");
    assert_string_equal(rule_at(&f, "public.orders.user_email"), "email"); /* by its foreign key */
    assert_string_equal(rule_at(&f, "public.orders.user_id"), "keep");
    assert_string_equal(rule_at(&f, "public.orders.made"), "");
    assert_string_equal(rule_at(&f, "public.events_1.who"), "text"); /* of the partitioned table */
    assert_int_equal(strlen(mask_set_digest(f.set)), 16);
    end(&f);
    assert_true(make(&f, postgres, RULES("*.orders.made", "{\"keep\": {\"type\": \"date\"}}")));
    end(&f);
    assert_true(make(&f, mysql, RULES("*.*.id", "\"keep\"", "users.email", "\"keep\"")));
    assert_string_equal(rule_at(&f, "users.id"), "keep");
    end(&f);
}

static void refused(const char *xml, const char *const *pairs, const char *said)
{
    struct fixture f;

    if (make(&f, xml, pairs))
        fail_msg("not refused: %s", said);
    assert_int_equal(f.err.cls, ERR_USAGE);
    if (!strstr(f.err.msg, said) || !strstr(f.err.msg, "c.yaml"))
        fail_msg("%s: %s", said, f.err.msg);
    f.set = NULL;
    end(&f);
}

static void test_refused(void **state)
{
    (void)state;
    refused(postgres, RULES("public.users.mail", "\"email\""),
            "c.yaml:5:3: mask: \"public.users.mail\" fits no column");
    refused(postgres, RULES("*.users.email", "\"email\"", "*.*.email", "\"keep\""),
            "two rules that disagree");
    refused(postgres, RULES("*.users.email", "\"name\""), "may give two rows one value");
    refused(postgres, RULES("*.users.email", "{\"name\": {}, \"on_collision\": \"suffix\"}"),
            "foreign keys join");
    refused(postgres, RULES("*.users.email", "\"keep\"", "*.orders.user_email", "\"email\""),
            "same rule");
    refused(postgres, RULES("*.orders.user_email", "\"email\""), "same rule");
    refused(postgres,
            RULES("*.users.id", "\"int\"", "*.orders.user_id", "{\"int\": {\"noise\": 3}}"),
            "same rule");
    refused(postgres, RULES("*.users.email", "null"), "NOT NULL");
    refused(postgres, RULES("*.events.at", "\"date\""), "partition");
    refused(postgres, RULES("*.orders.made", "{\"date\": {\"together\": \"nobody\"}}"), "nobody");
    refused(postgres, RULES("*.users.id", "{\"keep\": {\"type\": \"integer\"}}"),
            "keep: its type was integer and is bigint now");
    refused(mysql, RULES("users.email", "\"email\""), "beginning of the value");
}

static void test_joined(void **state)
{
    struct fixture f;

    (void)state;
    assert_true(make(&f, postgres,
                     RULES("*.users.id", "\"int\"", "*.users.email", "\"hash\"", "*.orders.made",
                           "{\"date\": {\"together\": \"users.id\"}}")));
    /* As the narrowest of them allows: integer, not bigint; 60 characters, not 120. */
    assert_int_equal(found(&f, "public.users.id")->facts->max, INT32_MAX);
    assert_int_equal(found(&f, "public.users.email")->facts->max_chars, 60);
    assert_string_equal(
        mask_set_beside(f.set, found(&f, "public.orders.made")->column->parent, "users.id")->name,
        "user_id");
    end(&f);
}

static void test_required(void **state)
{
    struct fixture f;

    (void)state;
    assert_true(
        make(&f, postgres, RULES("*.users.email", "\"email\"", "*.users.name", "\"keep\"")));
    f.config.require = MASK_REQUIRE_NONE;
    assert_true(mask_set_missing(&f.config, f.set, &f.model, NULL, &f.err));
    f.config.require = MASK_REQUIRE_PII; /* a keep by pattern is no answer */
    assert_false(mask_set_missing(&f.config, f.set, &f.model, NULL, &f.err));
    assert_int_equal(f.err.cls, ERR_REFUSED);
    assert_non_null(strstr(f.err.hint, "public.users.name: "));
    assert_null(strstr(f.err.hint, "public.users.email: "));
    f.config.require = MASK_REQUIRE_ALL;
    assert_false(mask_set_missing(&f.config, f.set, &f.model, NULL, &f.err));
    assert_non_null(strstr(f.err.hint, "public.orders.made: keep"));
    end(&f);
    assert_true(
        make(&f, postgres, RULES("*.users.email", "\"email\"", "public.users.name", "\"keep\"")));
    if (!mask_set_missing(&f.config, f.set, &f.model, NULL, &f.err))
        fail_msg("%s", f.err.hint);
    end(&f);
}

static void test_digest(void **state)
{
    struct fixture a, b;

    (void)state;
    assert_true(make(&a, postgres, RULES("*.users.name", "\"name\"")));
    assert_true(make(&b, postgres, RULES("users.name", "\"name\"")));
    assert_string_equal(mask_set_digest(a.set), mask_set_digest(b.set)); /* however it is found */
    end(&b);
    assert_true(make(&b, postgres, RULES("users.name", "{\"name\": {}, \"domain\": \"staff\"}")));
    assert_string_not_equal(mask_set_digest(a.set), mask_set_digest(b.set));
    end(&a);
    end(&b);
}

/* A file may say of a key whatever it likes: what is no list of names comes to an end too. */
static void test_no_list(void **state)
{
    static const char hostile[] =
        "<model dbtwin=\"1\" engine=\"postgresql\" version=\"150020\"><database name=\"d\" "
        "encoding=\"UTF8\"><schema name=\"public\"><table name=\"users\">"
        "<column name=\"id\" type=\"bigint\" not_null=\"yes\" position=\"1\"/>"
        "<column name=\"email\" type=\"text\" position=\"2\"/>"
        "<primary_key name=\"p\" columns=\"id.x\"/>"
        "<unique name=\"u\" columns=\"&quot;a&quot;..&quot;b&quot;, .\"/>"
        "<foreign_key name=\"f\" columns=\".id\" references=\".users\" ref_columns=\"..\"/>"
        "</table></schema></database></model>";
    struct fixture f;

    (void)state;
    if (!make(&f, hostile, RULES("users.email", "\"email\"")))
        fail_msg("%s", f.err.msg);
    assert_string_equal(rule_at(&f, "public.users.email"), "email");
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_joined),     cmocka_unit_test(test_required),
        cmocka_unit_test(test_digest),     cmocka_unit_test(test_no_list),
        cmocka_unit_test(test_references),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
