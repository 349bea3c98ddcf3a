#include <dbtwin/namemap.h>
#include <dbtwin/select.h>

#include <stdio.h>

#include "catalog.h"

/* ---- a catalog ----------------------------------------------------------------------------- */

static struct object *column(struct model *m, struct object *t, const char *name, const char *type)
{
    struct object *c = catalog_add(m, K_COLUMN, t, name);

    model_set(m, c, P_COLUMN_TYPE, type);
    model_set(m, c, P_COLUMN_COMMENT, "said");
    model_set(m, c, P_COLUMN_POSITION, "1");
    return c;
}

static struct object *table(struct model *m, struct object *schema, const char *name)
{
    struct object *t = catalog_add(m, K_TABLE, schema, name);

    model_set(m, t, P_TABLE_OWNER, "prod_app");
    column(m, t, "id", "integer");
    return t;
}

/* public: users(id), audit_log(id), "a.b"(id), view v; audit: users(id); role prod_app. */
static void make(struct model *m)
{
    catalog_init(m, ENGINE_PG);
    struct object *public = catalog_add(m, K_SCHEMA, NULL, "public");
    struct object *audit = catalog_add(m, K_SCHEMA, NULL, "audit");
    struct object *users = table(m, public, "users");
    struct object *log = table(m, public, "audit_log");
    struct object *view = catalog_add(m, K_VIEW, public, "v");

    table(m, public, "a.b");
    table(m, audit, "users");
    catalog_add(m, K_ROLE, NULL, "prod_app");
    model_set(m, catalog_add(m, K_GRANT, users, "prod_app"), P_GRANT_GRANTEE, "prod_app");
    model_set(m, view, P_VIEW_QUERY,
              "SELECT audit.id, 'audit.users' FROM audit.users JOIN public.users audit");
    model_depend(m, view, users);
    model_depend(m, log, users);
    model_gap(m, "user_mapping", NULL, "not allowed");
    model_gap(m, "table", "audit.users", "not allowed");
    catalog_freeze(m);
}

/* Paths of all objects but the root, joined by blanks. */
static const char *listing(const struct model *m, struct buf *b)
{
    buf_reset(b);
    for (uint32_t i = 1; i < m->n_objects; i++) {
        if (b->len)
            buf_addch(b, ' ');
        model_path(m->objects[i], b);
    }
    return b->data;
}

static void check(enum select_sort sort, const char *pattern, const char *left, size_t gaps,
                  uint64_t ignored)
{
    struct model m;
    struct selection s;
    struct select_counts counts;
    struct err err = ERR_INIT;
    struct buf b = BUF_INIT;

    make(&m);
    select_init(&s);
    if (!select_add(&s, sort, pattern, &err) || !select_apply(&s, &m, &counts, &err))
        fail_msg("%s: %s", pattern, err.msg);
    if (strcmp(listing(&m, &b), left) != 0)
        fail_msg("%s left: %s", pattern, b.data);
    if (m.gaps.len != gaps || counts.objects != ignored)
        fail_msg("%s: %zu gaps, %llu ignored", pattern, m.gaps.len,
                 (unsigned long long)counts.objects);
    for (uint32_t i = 0; i < m.n_objects; i++)
        assert_int_equal(m.objects[i]->id, i);
    buf_release(&b);
    select_release(&s);
    model_release(&m);
}

#define ALL_OF_PUBLIC                                                          \
    "public.\"a.b\" public.audit_log public.users public.v public.\"a.b\".id " \
    "public.audit_log.id public.users.id public.users.prod_app"

static void test_what_stays(void **state)
{
    (void)state;
    check(SELECT_IGNORE, "audit", "prod_app public " ALL_OF_PUBLIC, 1, 3);
    check(SELECT_IGNORE, "*.audit_*",
          "prod_app audit public audit.users public.\"a.b\" public.users public.v audit.users.id "
          "public.\"a.b\".id public.users.id public.users.prod_app",
          2, 2);
    check(SELECT_IGNORE, "kind:grant",
          "prod_app audit public audit.users public.\"a.b\" public.audit_log public.users "
          "public.v audit.users.id public.\"a.b\".id public.audit_log.id public.users.id",
          2, 1);
    check(SELECT_IGNORE, "public.\"a.b\"",
          "prod_app audit public audit.users public.audit_log public.users public.v "
          "audit.users.id public.audit_log.id public.users.id public.users.prod_app",
          2, 2);
    check(SELECT_IGNORE, "**.id",
          "prod_app audit public audit.users public.\"a.b\" public.audit_log public.users "
          "public.v public.users.prod_app",
          2, 4);
    check(SELECT_IGNORE, "kind:user_*",
          "prod_app audit public audit.users public.\"a.b\" public.audit_log public.users "
          "public.v audit.users.id public.\"a.b\".id public.audit_log.id public.users.id "
          "public.users.prod_app",
          1, 0);
    check(SELECT_SCHEMA, "audit", "audit audit.users audit.users.id", 1, 0);
    check(SELECT_SCHEMA, "p*", "public " ALL_OF_PUBLIC, 0, 0);
    check(SELECT_TABLE, "users",
          "audit public audit.users public.users audit.users.id public.users.id "
          "public.users.prod_app",
          1, 0);
    check(SELECT_TABLE, "public.us?rs", "public public.users public.users.id public.users.prod_app",
          0, 0);
    check(SELECT_KIND, "grant", "public public.users public.users.prod_app", 0, 0);
    check(SELECT_KIND, "view", "public public.v", 0, 0);
    check(SELECT_SCHEMA, "nothing", "", 0, 0);
}

static void test_properties(void **state)
{
    struct model m;
    struct selection s;
    struct select_counts counts;
    struct err err = ERR_INIT;
    const struct object *public, *users, *id;
    struct vec idle = VEC_INIT(const char *);

    (void)state;
    make(&m);
    select_init(&s);
    assert_true(select_add(&s, SELECT_IGNORE, "public.users.*:comment", &err));
    assert_true(select_add(&s, SELECT_IGNORE, "column.position", &err));
    assert_true(select_add(&s, SELECT_IGNORE, "column.position", &err));
    assert_true(select_add(&s, SELECT_IGNORE, "nowhere.*", &err));
    assert_true(select_add(&s, SELECT_KIND, "table", &err));
    assert_true(select_apply(&s, &m, &counts, &err));
    public = model_child(&m, m.root, SPACE_SCHEMA, "public");
    users = model_child(&m, public, SPACE_RELATION, "users");
    id = model_child(&m, users, SPACE_COLUMN, "id");
    assert_null(id->v[P_COLUMN_COMMENT]);
    assert_null(id->v[P_COLUMN_POSITION]);
    assert_string_equal(id->v[P_COLUMN_TYPE], "integer");
    assert_string_equal(users->v[P_TABLE_OWNER], "prod_app");
    assert_null(public->v[P_SCHEMA_OWNER]); /* it is only a place: its values are gone */
    users = model_child(&m, public, SPACE_RELATION, "audit_log");
    id = model_child(&m, users, SPACE_COLUMN, "id");
    assert_string_equal(id->v[P_COLUMN_COMMENT], "said");
    assert_int_equal(counts.properties, 1 + 4);
    assert_int_equal(counts.objects, 0);
    assert_int_equal(counts.left_out, 2); /* the view and the role */
    assert_int_equal(m.deps.len, 1);      /* the view's went with it */
    select_idle(&s, &idle);
    assert_int_equal(idle.len, 1);
    assert_string_equal(VEC_AT(&idle, const char *, 0), "nowhere.*");
    vec_release(&idle);
    select_release(&s);
    model_release(&m);
}

static void wrong(enum select_sort sort, const char *pattern, const char *message)
{
    struct selection s;
    struct err err = ERR_INIT;

    select_init(&s);
    assert_false(select_add(&s, sort, pattern, &err));
    assert_int_equal(err.cls, ERR_USAGE);
    if (!strstr(err.msg, message))
        fail_msg("%s", err.msg);
    select_release(&s);
}

static void test_wrong_patterns(void **state)
{
    (void)state;
    wrong(SELECT_IGNORE, "", "a pattern is empty");
    wrong(SELECT_IGNORE, "kind:tabel", "column 6: there is no kind \"tabel\"");
    wrong(SELECT_IGNORE, "column.positon", "column 8: column has no property \"positon\"");
    wrong(SELECT_IGNORE, "public.users:coment", "column 14: no kind has no property");
    wrong(SELECT_IGNORE, "public..users", "column 8: a name is missing");
    wrong(SELECT_IGNORE, "public.", "column 8: a name is missing");
    wrong(SELECT_IGNORE, "public.\"users", "column 8: this quote is not closed");
    wrong(SELECT_IGNORE, "\"a\\n\"", "column 3: a backslash in quotes");
    wrong(SELECT_SCHEMA, "a.b", "column 2: a schema is one name");
    wrong(SELECT_KIND, "t.b", "there is no kind");
}

/* What names a path may take, and must not. */
static void test_names(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool matches;
    } rows[] = {
        {"a*", "abc", true},
        {"a*c", "abc", true},
        {"a*b", "abc", false},
        {"*", "", true},
        {"?", "\xc3\xa4", true},
        {"??", "\xc3\xa4", false},
        {"\"a*\"", "abc", false},
        {"\"a*\"", "a*", true},
        {"\"a.\"*", "a.b", true},
        {"\"\"", "", true},
        {"\"a\"\"b\"", "a\"b", true},
        {"\"\\x0A\"", "\n", true},
        {"\"a\\\\b\"", "a\\b", true},
        {"a\\b", "a\\b", true},
        {"a:=b", "a:=b", true},
        {"\"a:comment\"", "a:comment", true},
        {"f(text, integer)", "f(text, integer)", true},
        {"*a*b*c", "xaxbxxc", true},
        {"*a*b*c", "xaxbxx", false},
        {"**", "a", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct model m;
        struct selection s;
        struct select_counts counts;
        struct err err = ERR_INIT;

        catalog_init(&m, ENGINE_MA);
        catalog_add(&m, K_TABLE, NULL, rows[i].name);
        catalog_freeze(&m);
        select_init(&s);
        if (!select_add(&s, SELECT_IGNORE, rows[i].pattern, &err) ||
            !select_apply(&s, &m, &counts, &err))
            fail_msg("%s", err.msg);
        if ((counts.objects == 1) != rows[i].matches)
            fail_msg("%s against %s", rows[i].pattern, rows[i].name);
        select_release(&s);
        model_release(&m);
    }
}

/* Which schemas need not be read at all. */
static void test_schemas_out(void **state)
{
    struct selection s;
    struct err err = ERR_INIT;
    struct vec idle = VEC_INIT(const char *);

    (void)state;
    select_init(&s);
    assert_false(select_schema_is_out(&s, "app"));
    assert_true(select_add(&s, SELECT_IGNORE, "app.*", &err)); /* the schema itself stays */
    assert_true(select_add(&s, SELECT_IGNORE, "app:comment", &err));
    assert_true(select_add(&s, SELECT_TABLE, "users", &err));
    assert_false(select_schema_is_out(&s, "app"));
    assert_true(select_add(&s, SELECT_IGNORE, "audit_*", &err));
    assert_true(select_schema_is_out(&s, "audit_1"));
    assert_false(select_schema_is_out(&s, "app"));
    assert_true(select_add(&s, SELECT_SCHEMA, "a*", &err));
    assert_false(select_schema_is_out(&s, "app"));
    assert_true(select_schema_is_out(&s, "audit_1"));
    assert_true(select_schema_is_out(&s, "public"));
    select_note_unread(&s, "audit_1");
    select_idle(&s, &idle);
    assert_int_equal(idle.len, 3); /* all but audit_* and a* */
    vec_release(&idle);
    select_release(&s);
    select_init(&s);
    assert_true(select_add(&s, SELECT_IGNORE, "kind:schema", &err));
    assert_true(select_schema_is_out(&s, "public"));
    select_release(&s);
}

/* ---- rotating partitions --------------------------------------------------------------------- */

static struct object *partition(struct model *m, struct object *schema, const char *name,
                                const char *of, const char *type)
{
    struct object *t = catalog_add(m, K_TABLE, schema, name);
    struct object *key = catalog_add(m, K_PRIMARY_KEY, t, "");

    key->name = intern_str(&m->strings, name); /* each key has a name of its own */
    model_set(m, key, P_PRIMARY_KEY_COLUMNS, "id");
    model_set(m, t, P_TABLE_PARTITION_OF, of);
    column(m, t, "id", type);
    return t;
}

static void test_partitions(void **state)
{
    struct model m;
    struct selection s;
    struct err err = ERR_INIT;
    struct vec folds = VEC_INIT(struct select_fold);
    struct object *schema;
    struct buf b = BUF_INIT;

    (void)state;
    catalog_init(&m, ENGINE_PG);
    schema = catalog_add(&m, K_SCHEMA, NULL, "public");
    partition(&m, schema, "events", NULL, "bigint");
    partition(&m, schema, "events_1", "public.events", "bigint");
    partition(&m, schema, "Events 2", "public.events", "bigint");
    partition(&m, schema, "events_2a", "public.\"Events 2\"", "bigint");
    partition(&m, schema, "events_3", "public.events", "integer");
    partition(&m, schema, "other", NULL, "bigint");
    partition(&m, schema, "other_1", "public.other", "bigint");
    catalog_freeze(&m);
    select_init(&s);
    assert_true(select_add(&s, SELECT_PARTITION, "events", &err));
    assert_true(select_fold(&s, &m, &s.arena, &folds, &err));
    assert_int_equal(folds.len, 1);
    assert_string_equal(VEC_AT(&folds, struct select_fold, 0).path, "public.events");
    assert_int_equal(VEC_AT(&folds, struct select_fold, 0).like, 3);
    assert_int_equal(VEC_AT(&folds, struct select_fold, 0).unlike, 1);
    assert_int_equal(model_count(&m, K_TABLE), 4);
    listing(&m, &b);
    assert_non_null(strstr(b.data, "public.events_3"));
    assert_non_null(strstr(b.data, "public.other_1"));
    assert_null(strstr(b.data, "events_1"));
    buf_release(&b);
    vec_release(&folds);
    select_release(&s);
    model_release(&m);
}

static void test_partitions_of_mysql(void **state)
{
    struct model m;
    struct selection s;
    struct err err = ERR_INIT;
    struct vec folds = VEC_INIT(struct select_fold);
    struct object *t;

    (void)state;
    catalog_init(&m, ENGINE_MY);
    t = catalog_add(&m, K_TABLE, NULL, "events");
    catalog_add(&m, K_PARTITION, t, "p1");
    catalog_add(&m, K_PARTITION, t, "p2");
    catalog_add(&m, K_PARTITION, catalog_add(&m, K_TABLE, NULL, "other"), "p1");
    catalog_freeze(&m);
    select_init(&s);
    assert_true(select_add(&s, SELECT_PARTITION, "ev*", &err));
    assert_true(select_fold(&s, &m, &s.arena, &folds, &err));
    assert_int_equal(folds.len, 1);
    assert_int_equal(VEC_AT(&folds, struct select_fold, 0).like, 2);
    assert_int_equal(model_count(&m, K_PARTITION), 1);
    vec_release(&folds);
    select_release(&s);
    model_release(&m);
}

/* ---- names that differ on purpose ------------------------------------------------------------ */

static void test_map(void **state)
{
    struct model m;
    struct namemap n;
    struct err err = ERR_INIT;
    const struct object *schema, *o;

    (void)state;
    make(&m);
    namemap_init(&n);
    assert_true(namemap_is_empty(&n));
    assert_true(namemap_add(&n, NAMEMAP_SCHEMA, "audit", "Audit 2"));
    assert_false(namemap_add(&n, NAMEMAP_SCHEMA, "audit", "b"));
    assert_true(namemap_add(&n, NAMEMAP_ROLE, "prod_app", "stage_app"));
    if (!namemap_apply(&n, NAMEMAP_COMPARED, &m, &err))
        fail_msg("%s", err.msg);
    assert_non_null(model_child(&m, m.root, SPACE_ROLE, "stage_app"));
    schema = model_child(&m, m.root, SPACE_SCHEMA, "Audit 2");
    assert_non_null(schema);
    o = model_child(&m, schema, SPACE_RELATION, "users");
    assert_string_equal(o->v[P_TABLE_OWNER], "stage_app");
    schema = model_child(&m, m.root, SPACE_SCHEMA, "public");
    o = model_child(&m, schema, SPACE_RELATION, "users");
    o = model_child(&m, o, SPACE_GRANT, "stage_app");
    assert_non_null(o);
    assert_string_equal(o->v[P_GRANT_GRANTEE], "stage_app");
    /* An alias called audit is not the schema, and a string constant is text. */
    o = model_child(&m, schema, SPACE_RELATION, "v");
    assert_string_equal(o->v[P_VIEW_QUERY],
                        "SELECT audit.id, 'audit.users' FROM \"Audit 2\".users JOIN public.users "
                        "audit");
    namemap_release(&n);
    model_release(&m);
}

static const char *mapped(unsigned flavor, enum kind_id kind, int slot, const char *text,
                          struct arena *a)
{
    struct model m;
    struct namemap n;
    struct err err = ERR_INIT;
    struct object *schema = NULL, *o;
    const char *got;

    catalog_init(&m, flavor);
    if (flavor == ENGINE_PG) {
        schema = catalog_add(&m, K_SCHEMA, NULL, "app");
        catalog_add(&m, K_TABLE, schema, "t");
        catalog_add(&m, K_SEQUENCE, schema, "t_id_seq");
        catalog_add(&m, K_FUNCTION, schema, "f(integer)");
    }
    o = catalog_add(&m, kind, schema, "it");
    model_set(&m, o, (unsigned)slot, text);
    catalog_freeze(&m);
    namemap_init(&n);
    namemap_add(&n, NAMEMAP_SCHEMA, "app", "stage");
    namemap_add(&n, NAMEMAP_ROLE, "prod", "stag");
    namemap_add(&n, NAMEMAP_ROLE, "root@%", "stag@localhost");
    namemap_add(&n, NAMEMAP_TABLESPACE, "fast", "slow");
    if (!namemap_apply(&n, NAMEMAP_COMPARED, &m, &err))
        fail_msg("%s", err.msg);
    got = arena_strdup(a, o->v[slot]);
    namemap_release(&n);
    model_release(&m);
    return got;
}

static void test_map_values(void **state)
{
    static const struct {
        unsigned flavor;
        enum kind_id kind;
        int slot;
        const char *from, *to;
    } rows[] = {
        {ENGINE_PG, K_VIEW, P_VIEW_QUERY, "SELECT nextval('app.t_id_seq'::regclass), app.f(1)",
         "SELECT nextval('stage.t_id_seq'::regclass), stage.f(1)"},
        {ENGINE_PG, K_VIEW, P_VIEW_QUERY, "SELECT \"app\".t, x.app.t, E'\\'app.t', $a$app.t$a$",
         "SELECT stage.t, x.app.t, E'\\'app.t', $a$app.t$a$"},
        {ENGINE_PG, K_VIEW, P_VIEW_QUERY, "SELECT 'it''s app.t' -- app.t\n, app.t /* app.t */",
         "SELECT 'it''s app.t' -- app.t\n, stage.t /* app.t */"},
        {ENGINE_PG, K_VIEW, P_VIEW_QUERY, "SELECT app.nothing, app, apps.t, \"App\".t",
         "SELECT app.nothing, app, apps.t, \"App\".t"},
        {ENGINE_PG, K_DOMAIN, P_DOMAIN_TYPE, "app.kind[]", "stage.kind[]"},
        {ENGINE_PG, K_SEQUENCE, P_SEQUENCE_OWNED_BY, "app.t.id", "stage.t.id"},
        {ENGINE_PG, K_VIEW, P_VIEW_OWNER, "prod", "stag"},
        {ENGINE_PG, K_VIEW, P_VIEW_OWNER, "prod@%", "prod@%"},
        {ENGINE_PG, K_VIEW, P_VIEW_COMMENT, "prod of app.t", "prod of app.t"},
        {ENGINE_PG, K_TABLE, P_TABLE_TABLESPACE, "fast", "slow"},
        {ENGINE_PG, K_FUNCTION, P_FUNCTION_BODY, "SELECT app.t", "SELECT app.t"},
        {ENGINE_MY, K_VIEW, P_VIEW_DEFINER, "prod@10.%", "stag@10.%"},
        {ENGINE_MY, K_VIEW, P_VIEW_DEFINER, "root@%", "stag@localhost"},
        {ENGINE_MY, K_VIEW, P_VIEW_DEFINER, "root@localhost", "root@localhost"},
        {ENGINE_MY, K_VIEW, P_VIEW_QUERY, "select `app`.`t`.`a`, \"app.t\", 'a\\'app.t'",
         "select `stage`.`t`.`a`, \"app.t\", 'a\\'app.t'"},
    };
    struct arena a = ARENA_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(mapped(rows[i].flavor, rows[i].kind, rows[i].slot, rows[i].from, &a),
                            rows[i].to);
    arena_release(&a);
}

static void test_map_hosts_and_lists(void **state)
{
    struct model m;
    struct namemap n;
    struct err err = ERR_INIT;
    struct object *server, *open, *secret, *policy;
    char from[65], to[65], digest[80];

    (void)state;
    hash_sha256_hex("db1.prod", 8, from);
    hash_sha256_hex("db1.stage", 9, to);
    catalog_init(&m, ENGINE_PG);
    server = catalog_add(&m, K_FOREIGN_SERVER, NULL, "other");
    open = catalog_add(&m, K_OPTION, server, "host");
    model_set(&m, open, P_OPTION_VALUE, "db1.prod");
    secret = catalog_add(&m, K_SECRET_OPTION, server, "hostaddr");
    snprintf(digest, sizeof(digest), "sha256:%s", from);
    model_set(&m, secret, P_SECRET_OPTION_VALUE, digest);
    policy = catalog_add(&m, K_POLICY,
                         catalog_add(&m, K_TABLE, catalog_add(&m, K_SCHEMA, NULL, "s"), "t"), "p");
    model_set(&m, policy, P_POLICY_ROLES, "PUBLIC, alice, \"Bob\"");
    catalog_freeze(&m);
    namemap_init(&n);
    namemap_add(&n, NAMEMAP_HOST, "db1.prod", "db1.stage");
    namemap_add(&n, NAMEMAP_ROLE, "alice", "zoe");
    assert_true(namemap_apply(&n, NAMEMAP_COMPARED, &m, &err));
    assert_string_equal(open->v[P_OPTION_VALUE], "db1.stage");
    snprintf(digest, sizeof(digest), "sha256:%s", to);
    assert_string_equal(secret->v[P_SECRET_OPTION_VALUE], digest);
    assert_string_equal(policy->v[P_POLICY_ROLES], "PUBLIC, \"Bob\", zoe");
    namemap_release(&n);
    model_release(&m);
}

static void test_map_clash(void **state)
{
    struct model m;
    struct namemap n;
    struct err err = ERR_INIT;

    (void)state;
    make(&m);
    namemap_init(&n);
    namemap_add(&n, NAMEMAP_SCHEMA, "audit", "public");
    assert_false(namemap_apply(&n, NAMEMAP_COMPARED, &m, &err));
    assert_int_equal(err.cls, ERR_USAGE);
    assert_non_null(strstr(err.msg, "map gives two objects one name"));
    namemap_release(&n);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_stays),
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_wrong_patterns),
        cmocka_unit_test(test_schemas_out),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_partitions),
        cmocka_unit_test(test_partitions_of_mysql),
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_map_values),
        cmocka_unit_test(test_map_hosts_and_lists),
        cmocka_unit_test(test_map_clash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
