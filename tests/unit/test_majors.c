/* What each major version of PostgreSQL makes of the same statements is no drift, and what somebody
 * chose is. */
#include <dbtwin/diff.h>

#include <stdio.h>

#include "catalog.h"

struct pair {
    struct model older, newer;
};

static void add_enum(struct model *m)
{
    struct object *schema = catalog_add(m, K_SCHEMA, m->root, "app");

    model_set(m, schema, P_SCHEMA_OWNER, "app");
    catalog_add(m, K_ENUM, schema, "e");
}

static void pair_init(struct pair *p, int older, int newer)
{
    catalog_init(&p->older, ENGINE_PG);
    catalog_init(&p->newer, ENGINE_PG);
    p->older.version = (unsigned)older;
    p->newer.version = (unsigned)newer;
    /* Comparing nothing is never "same". */
    add_enum(&p->older);
    add_enum(&p->newer);
}

/* Both ways; gives the number of changes, and in *ret_own what is told once. */
static size_t pair_compare(struct pair *p, size_t *ret_own)
{
    const struct model *models[] = {&p->older, &p->newer};
    size_t changes[2], own[2];

    catalog_freeze(&p->older);
    catalog_freeze(&p->newer);
    for (size_t i = 0; i < 2; i++) {
        struct err err = ERR_INIT;
        struct diff d;

        if (!diff_models(&d, models[i], models[1 - i], NULL, &err))
            fail_msg("%s", err.msg);
        changes[i] = d.changes.len;
        own[i] = d.own.len;
        assert_int_equal(d.gaps.len, 0);
        assert_int_equal(diff_exit_code(&d), d.changes.len ? 1 : 0);
        diff_release(&d);
    }
    model_release(&p->older);
    model_release(&p->newer);
    assert_int_equal(changes[0], changes[1]);
    assert_int_equal(own[0], own[1]);
    *ret_own = own[0];
    return changes[0];
}

/* How many changes there are, and how many are told as the versions' own. */
static void pair_expect(struct pair *p, size_t i, size_t changes, size_t own)
{
    size_t told, found = pair_compare(p, &told);
    if (found != changes || told != own)
        fail_msg("case %zu: %zu changes, %zu told", i, found, told);
}

struct public
{
    int version;
    const char *owner;
    bool initial;
    const char *grantee, *privileges;
};

static void add_public(struct model *m, const struct public *p)
{
    struct object *schema = catalog_add(m, K_SCHEMA, m->root, "public");

    model_set(m, schema, P_SCHEMA_OWNER, p->owner);
    model_set(m, schema, P_SCHEMA_INITIAL_OWNER, p->initial ? "yes" : "no");
    if (p->grantee) {
        struct object *grant = catalog_add(m, K_GRANT, schema, p->grantee);
        model_set(m, grant, P_GRANT_GRANTEE, p->grantee);
        model_set(m, grant, P_GRANT_PRIVILEGES, p->privileges);
    }
}

static void public_is_as_each_version_made_it(void **state)
{
    static const struct {
        struct public older, newer;
        size_t changes, own;
    } cases[] = {
        {{130000, "postgres", true, "PUBLIC", "CREATE, USAGE"},
         {180000, "pg_database_owner", true, "PUBLIC", "USAGE"},
         0,
         2},
        {{140000, "admin", true, "PUBLIC", "CREATE, USAGE"},
         {150000, "pg_database_owner", true, "PUBLIC", "USAGE"},
         0,
         2},
        /* An owner that somebody chose */
        {{130000, "app", false, NULL, NULL}, {180000, "pg_database_owner", true, NULL, NULL}, 1, 0},
        {{130000, "postgres", true, NULL, NULL}, {180000, "app", false, NULL, NULL}, 1, 0},
        /* Privileges that somebody gave or took */
        {{130000, "postgres", true, "PUBLIC", "USAGE"},
         {180000, "pg_database_owner", true, "PUBLIC", "CREATE, USAGE"},
         1,
         1},
        {{130000, "postgres", true, "PUBLIC", "CREATE, USAGE"},
         {180000, "pg_database_owner", true, "PUBLIC", "CREATE"},
         1,
         1},
        {{130000, "postgres", true, NULL, NULL},
         {180000, "pg_database_owner", true, "PUBLIC", "USAGE"},
         1,
         1},
        {{130000, "postgres", true, "app", "CREATE, USAGE"},
         {180000, "pg_database_owner", true, "app", "USAGE"},
         1,
         1},
        /* What the owner has anyhow is no grant; what somebody else has is */
        {{130000, "postgres", true, NULL, NULL},
         {180000, "pg_database_owner", true, "postgres", "CREATE, USAGE"},
         0,
         1},
        {{130000, "postgres", true, NULL, NULL},
         {180000, "pg_database_owner", true, "app", "CREATE, USAGE"},
         1,
         1},
        {{130000, "postgres", true, NULL, NULL},
         {180000, "pg_database_owner", true, "postgres", "CREATE*, USAGE*"},
         1,
         1},
        /* Both before 15, or both from 15 on */
        {{130000, "postgres", true, "PUBLIC", "CREATE, USAGE"},
         {140000, "postgres", true, "PUBLIC", "USAGE"},
         1,
         0},
        {{160000, "pg_database_owner", true, "PUBLIC", "CREATE, USAGE"},
         {180000, "pg_database_owner", true, "PUBLIC", "USAGE"},
         1,
         0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct pair p;

        pair_init(&p, cases[i].older.version, cases[i].newer.version);
        add_public(&p.older, &cases[i].older);
        add_public(&p.newer, &cases[i].newer);
        pair_expect(&p, i, cases[i].changes, cases[i].own);
    }
}

/* A relation with one column, whose slot has a value or null. */
struct column {
    int version;
    enum kind_id kind;
    const char *query, *partition_of, *name;
    unsigned slot;
    const char *value;
};

static void add_column(struct model *m, const struct column *c)
{
    struct object *schema = catalog_add(m, K_SCHEMA, m->root, "public");
    struct object *relation = catalog_add(m, c->kind, schema, "r");
    struct object *column = catalog_add(m, K_COLUMN, relation, c->name);

    model_set(m, schema, P_SCHEMA_OWNER, "app");
    if (c->kind == K_VIEW)
        model_set(m, relation, P_VIEW_QUERY, c->query);
    if (c->kind == K_MATERIALIZED_VIEW)
        model_set(m, relation, P_MATERIALIZED_VIEW_QUERY, c->query);
    if (c->kind == K_TABLE)
        model_set(m, relation, P_TABLE_PARTITION_OF, c->partition_of);
    model_set(m, column, P_COLUMN_POSITION, "1");
    model_set(m, column, c->slot, c->value);
}

static const char old_extract[] = " SELECT date_part('year'::text, t.a) AS y\n   FROM t;";
static const char new_extract[] = " SELECT EXTRACT(year FROM a) AS y\n   FROM t;";
static const char explicit[] = " SELECT (date_part('year'::text, t.a))::integer AS y\n   FROM t;";
static const char old_unnamed[] = " SELECT date_part('year'::text, t.a) AS date_part\n   FROM t;";
static const char unnamed[] = " SELECT EXTRACT(year FROM a) AS \"extract\"\n   FROM t;";
#define VIEW(version, query, name, type)                        \
    {                                                           \
        version, K_VIEW, query, NULL, name, P_COLUMN_TYPE, type \
    }
#define TABLE(version, name, type)                              \
    {                                                           \
        version, K_TABLE, NULL, NULL, name, P_COLUMN_TYPE, type \
    }
#define PARTITION(version, of, identity)                              \
    {                                                                 \
        version, K_TABLE, NULL, of, "id", P_COLUMN_IDENTITY, identity \
    }
static const struct {
    struct column older, newer;
    size_t changes, own;
} column_cases[] = {
    /* EXTRACT's type */
    {VIEW(130000, old_extract, "y", "double precision"), VIEW(140000, new_extract, "y", "numeric"),
     0, 1},
    {{130000, K_MATERIALIZED_VIEW, old_extract, NULL, "y", P_COLUMN_TYPE, "double precision"},
     {180000, K_MATERIALIZED_VIEW, new_extract, NULL, "y", P_COLUMN_TYPE, "numeric"},
     0,
     1},
    {VIEW(130000, old_extract, "y", "double precision"), VIEW(180000, new_extract, "y", "integer"),
     1, 0},
    {VIEW(130000, old_extract, "y", "double precision"), VIEW(180000, explicit, "y", "numeric"), 2,
     0},
    {VIEW(140000, old_extract, "y", "double precision"), VIEW(180000, new_extract, "y", "numeric"),
     2, 0},
    {TABLE(130000, "y", "double precision"), TABLE(180000, "y", "numeric"), 1, 0},
    /* and its name */
    {VIEW(130000, old_unnamed, "date_part", "double precision"),
     VIEW(140000, unnamed, "extract", "numeric"), 0, 0},
    {VIEW(130000, old_extract, "date_part", "double precision"),
     VIEW(140000, explicit, "extract", "numeric"), 3, 0},
    {TABLE(130000, "date_part", "numeric"), TABLE(140000, "extract", "numeric"), 2, 0},
    /* Identity on partitions */
    {PARTITION(160000, "public.p", NULL), PARTITION(170000, "public.p", "always"), 0, 0},
    {PARTITION(160000, "public.p", "by default"), PARTITION(170000, "public.p", "always"), 1, 0},
    {PARTITION(160000, NULL, NULL), PARTITION(170000, NULL, "always"), 1, 0},
    {PARTITION(170000, "public.p", NULL), PARTITION(180000, "public.p", "always"), 1, 0},
};

static void columns_are_as_each_version_makes_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(column_cases); i++) {
        struct pair p;

        pair_init(&p, column_cases[i].older.version, column_cases[i].newer.version);
        add_column(&p.older, &column_cases[i].older);
        add_column(&p.newer, &column_cases[i].newer);
        pair_expect(&p, i, column_cases[i].changes, column_cases[i].own);
    }
}

static void subscriptions_have_each_versions_default(void **state)
{
    static const struct {
        int older, newer;
        const char *old_options, *new_options;
        size_t changes;
    } cases[] = {
        {130000, 180000, "enabled = true", "enabled = true, streaming = parallel", 0},
        {140000, 180000, "enabled = true, origin = none",
         "enabled = true, streaming = parallel, origin = none", 0},
        {170000, 180000, "enabled = true, streaming = true", "enabled = true, streaming = parallel",
         1},
        {170000, 180000, "enabled = true, streaming = parallel", "enabled = true", 1},
        {170000, 180000, "enabled = false", "enabled = true, streaming = parallel", 1},
        {160000, 170000, "enabled = true", "enabled = true, streaming = parallel", 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct pair p;

        pair_init(&p, cases[i].older, cases[i].newer);
        model_set(&p.older, catalog_add(&p.older, K_SUBSCRIPTION, p.older.root, "s"),
                  P_SUBSCRIPTION_DEFINITION, cases[i].old_options);
        model_set(&p.newer, catalog_add(&p.newer, K_SUBSCRIPTION, p.newer.root, "s"),
                  P_SUBSCRIPTION_DEFINITION, cases[i].new_options);
        pair_expect(&p, i, cases[i].changes, !cases[i].changes);
    }
}

/* 13 shows what a date becomes, 14 does not; whose type is what is known where the table is. */
static void casts_of_dates_are_the_servers(void **state)
{
    static const char older[] = "\"overlaps\"((a)::timestamp with time zone, "
                                "(b)::timestamp with time zone, (b)::timestamp with time zone, "
                                "(b)::timestamp with time zone)";
    static const char newer[] = "((a, b) OVERLAPS (b, b))";
    static const char written[] =
        "(((a)::timestamp with time zone, (b)::timestamp with time zone) OVERLAPS "
        "((b)::timestamp with time zone, (b)::timestamp with time zone))";
    static const struct {
        const char *older, *newer, *type;
        int exit;
    } cases[] = {
        {older, newer, "date", 0},
        {older, newer, "timestamp without time zone", 3}, /* a mixture, or other columns */
        {older, written, "date", 0},
        {"\"overlaps\"(a, b, b, b)", newer, "timestamp without time zone", 0},
        {older, "((a, b) OVERLAPS (a, b))", "date", 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = ERR_INIT;
        struct pair p;
        struct diff d;

        pair_init(&p, 130000, 180000);
        for (int side = 0; side < 2; side++) {
            struct model *m = side ? &p.newer : &p.older;
            struct object *t = catalog_add(m, K_TABLE, m->root->first, "t");
            model_set(m, catalog_add(m, K_COLUMN, t, "a"), P_COLUMN_TYPE, cases[i].type);
            model_set(m, catalog_add(m, K_CHECK, t, "c"), P_CHECK_EXPRESSION,
                      side ? cases[i].newer : cases[i].older);
            catalog_freeze(m);
        }
        if (!diff_models(&d, &p.newer, &p.older, NULL, &err))
            fail_msg("%s", err.msg);
        if (diff_exit_code(&d) != cases[i].exit)
            fail_msg("case %zu: exit %d", i, diff_exit_code(&d));
        diff_release(&d);
        model_release(&p.older);
        model_release(&p.newer);
    }
}

static void sequences_are_logged_as_their_tables(void **state)
{
    static const struct {
        int older, newer;
        const char *owned_by, *was, *is;
        size_t changes;
    } cases[] = {
        {140000, 150000, "public.u.id", "permanent", "unlogged", 0},
        {130000, 180000, "public.u.id", "permanent", "unlogged", 0},
        {130000, 180000, NULL, "permanent", "unlogged", 1},
        {130000, 180000, "public.u.id", "unlogged", "permanent", 1},
        {150000, 180000, "public.u.id", "permanent", "unlogged", 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct pair p;
        size_t own;

        pair_init(&p, cases[i].older, cases[i].newer);
        for (int side = 0; side < 2; side++) {
            struct model *m = side ? &p.newer : &p.older;
            struct object *s = catalog_add(m, K_SEQUENCE, m->root->first, "s");
            model_set(m, s, P_SEQUENCE_OWNED_BY, cases[i].owned_by);
            model_set(m, s, P_SEQUENCE_PERSISTENCE, side ? cases[i].is : cases[i].was);
        }
        if (pair_compare(&p, &own) != cases[i].changes)
            fail_msg("case %zu", i);
    }
}

/* Of a family and a class of it, which of them a member hangs on. */
static void members_hang_on_family_or_class(void **state)
{
    static const struct {
        int older, newer;
        const char *old_family, *old_class, *new_family, *new_class;
        size_t changes;
    } cases[] = {
        {130000, 140000, NULL, "FUNCTION 1 (text, text) f(text), OPERATOR 1 ==(text,text)",
         "FUNCTION 1 (text, text) f(text)", "OPERATOR 1 ==(text,text)", 0},
        {130000, 180000, "OPERATOR 2 <(a,b)", "FUNCTION 1 (a, a) f(a), OPERATOR 1 ==(a,a)",
         "OPERATOR 1 ==(a,a), OPERATOR 2 <(a,b)", "FUNCTION 1 (a, a) f(a)", 0},
        {130000, 180000, NULL, "FUNCTION 1 (a, a) f(a), OPERATOR 1 ==(a,a)",
         "FUNCTION 1 (a, a) g(a)", "OPERATOR 1 ==(a,a)", 2},
        {130000, 180000, NULL, "FUNCTION 1 (a, a) f(a), OPERATOR 1 ==(a,a)", NULL,
         "OPERATOR 1 ==(a,a)", 1},
        {140000, 180000, NULL, "FUNCTION 1 (a, a) f(a), OPERATOR 1 ==(a,a)",
         "FUNCTION 1 (a, a) f(a)", "OPERATOR 1 ==(a,a)", 2},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct pair p;
        size_t own;

        pair_init(&p, cases[i].older, cases[i].newer);
        for (int side = 0; side < 2; side++) {
            struct model *m = side ? &p.newer : &p.older;
            struct object *family =
                catalog_add(m, K_OPERATOR_FAMILY, m->root->first, "fam using hash");
            struct object *class =
                catalog_add(m, K_OPERATOR_CLASS, m->root->first, "cls using hash");
            const char *members = side ? cases[i].new_class : cases[i].old_class;
            char text[256];
            snprintf(text, sizeof(text), "FOR TYPE text USING hash FAMILY app.fam AS %s", members);
            model_set(m, family, P_OPERATOR_FAMILY_DEFINITION,
                      side ? cases[i].new_family : cases[i].old_family);
            model_set(m, class, P_OPERATOR_CLASS_DEFINITION, text);
        }
        if (pair_compare(&p, &own) != cases[i].changes)
            fail_msg("case %zu", i);
    }
}

static void versions_of_extensions_are_told_only(void **state)
{
    struct pair p;
    size_t own;

    (void)state;
    for (int newer = 130001; newer <= 140000; newer += 9999) {
        pair_init(&p, 130000, newer);
        model_set(&p.older, catalog_add(&p.older, K_EXTENSION, p.older.root, "hstore"),
                  P_EXTENSION_VERSION, "1.7");
        model_set(&p.newer, catalog_add(&p.newer, K_EXTENSION, p.newer.root, "hstore"),
                  P_EXTENSION_VERSION, "1.8");
        assert_int_equal(pair_compare(&p, &own), newer == 140000 ? 0 : 1);
        assert_int_equal(own, newer == 140000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_is_as_each_version_made_it),
        cmocka_unit_test(columns_are_as_each_version_makes_them),
        cmocka_unit_test(subscriptions_have_each_versions_default),
        cmocka_unit_test(casts_of_dates_are_the_servers),
        cmocka_unit_test(sequences_are_logged_as_their_tables),
        cmocka_unit_test(members_hang_on_family_or_class),
        cmocka_unit_test(versions_of_extensions_are_told_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
