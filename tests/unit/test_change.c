#include <dbtwin/diff.h>
#include <dbtwin/plan.h>

#include <stdio.h>
#include <string.h>

#include "catalog.h"

/* Plans from one small PostgreSQL catalog to another. The numbers of traps are those of
 * tests/TRAPS.md, "Planning". */

struct side {
    struct model m;
    struct object *schema, *table;
};

/* from: as it should be; to: as it is */
struct both {
    struct side from, to;
    struct diff d;
    struct plan p;
};

static struct object *add_column(struct side *s, const char *name, const char *type)
{
    struct object *c = catalog_add_known(&s->m, K_COLUMN, s->table, name);
    char position[8];

    snprintf(position, sizeof(position), "%u", s->table->n_children + 1);
    catalog_set(&s->m, c, "type", type);
    catalog_set(&s->m, c, "not_null", "no");
    catalog_set(&s->m, c, "local", "yes");
    catalog_set(&s->m, c, "inherited", "0");
    catalog_set(&s->m, c, "position", position);
    return c;
}

static struct object *add_table(struct side *s, const char *name)
{
    struct object *t = catalog_add_known(&s->m, K_TABLE, s->schema, name);

    catalog_set(&s->m, t, "persistence", "permanent");
    catalog_set(&s->m, t, "access_method", "heap");
    catalog_set(&s->m, t, "replica_identity", "default");
    catalog_set(&s->m, t, "row_security", "no");
    catalog_set(&s->m, t, "force_row_security", "no");
    return t;
}

static void start_side(struct side *s, unsigned version)
{
    catalog_init(&s->m, ENGINE_PG);
    s->m.version = version;
    s->m.columns = true;
    s->schema = catalog_add_known(&s->m, K_SCHEMA, NULL, "s");
    s->table = add_table(s, "t");
    add_column(s, "id", "integer");
}

static void start_version(struct both *b, unsigned version)
{
    start_side(&b->from, version);
    start_side(&b->to, version);
}

static void start(struct both *b)
{
    start_version(b, 150020);
}

static struct object *add_view(struct side *s, const char *name, struct object *column)
{
    struct object *v = catalog_add_known(&s->m, K_VIEW, s->schema, name), *c;
    char query[64];

    c = catalog_add_known(&s->m, K_COLUMN, v, column->name);
    catalog_set(&s->m, c, "type", "text");
    snprintf(query, sizeof(query), " SELECT t.%s FROM s.t;", column->name);
    catalog_set(&s->m, v, "query", query);
    model_depend(&s->m, v, column);
    return v;
}

static struct object *add_index(struct side *s, const char *name, struct object *column)
{
    struct object *i = catalog_add_known(&s->m, K_INDEX, s->table, name), *part;

    catalog_set(&s->m, i, "method", "btree");
    catalog_set(&s->m, i, "unique", "no");
    catalog_set(&s->m, i, "valid", "yes");
    catalog_set(&s->m, i, "clustered", "no");
    part = catalog_add_known(&s->m, K_INDEX_PART, i, "1");
    catalog_set(&s->m, part, "expression", column->name);
    model_depend(&s->m, i, column);
    return i;
}

static struct object *add_sequence(struct side *s, const char *name, const char *owned_by)
{
    struct object *q = catalog_add_known(&s->m, K_SEQUENCE, s->schema, name);

    catalog_set(&s->m, q, "type", "integer");
    catalog_set(&s->m, q, "start", "1");
    catalog_set(&s->m, q, "min", "1");
    catalog_set(&s->m, q, "max", "2147483647");
    catalog_set(&s->m, q, "increment", "1");
    catalog_set(&s->m, q, "cache", "1");
    catalog_set(&s->m, q, "cycle", "no");
    catalog_set(&s->m, q, "persistence", "permanent");
    catalog_set(&s->m, q, "owned_by", owned_by);
    catalog_set(&s->m, q, "identity", "no");
    return q;
}

static void make(struct both *b)
{
    struct diff_options o = {0};
    struct plan_options opt = {0};
    struct err err = ERR_INIT;

    catalog_freeze(&b->from.m);
    catalog_freeze(&b->to.m);
    if (!diff_models(&b->d, &b->from.m, &b->to.m, &o, &err) ||
        !plan_changes(&b->p, &b->d, &opt, &err))
        fail_msg("%s", err.msg);
}

static void end(struct both *b)
{
    plan_release(&b->p);
    diff_release(&b->d);
    model_release(&b->from.m);
    model_release(&b->to.m);
}

static const struct step *step_at(const struct both *b, size_t i)
{
    return &VEC_AT(&b->p.steps, struct step, i);
}

/* The statements, each of which begins so, in this order and no others; NULL ends them. */
static void assert_steps(const struct both *b, const char *const *wanted)
{
    size_t n = 0;

    for (; wanted[n]; n++)
        if (n >= b->p.steps.len || !str_starts(step_at(b, n)->sql, wanted[n]))
            break;
    if (!wanted[n] && n == b->p.steps.len && !b->p.refusals.len)
        return;
    for (size_t i = 0; i < b->p.steps.len; i++)
        print_message("%s\n", step_at(b, i)->sql);
    for (size_t i = 0; i < b->p.refusals.len; i++)
        print_message("manual: %s\n", VEC_AT(&b->p.refusals, struct plan_refusal, i).why);
    fail_msg("the statement %zu is not the one that was wanted: %s", n + 1,
             wanted[n] ? wanted[n] : "none");
}
#define STEPS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- columns --------------------------------------------------------------------------------- */

#define T      "ALTER TABLE \"s\".\"t\" "
#define T_ONLY "ALTER TABLE ONLY \"s\".\"t\" "

/* 1, 28 */
static void a_view_goes_before_its_column_and_others_stay(void **state)
{
    struct both b;
    struct object *c;

    (void)state;
    start(&b);
    c = add_column(&b.to, "gone", "text");
    add_view(&b.to, "v", c);
    add_view(&b.to, "other", b.to.table->first);
    add_view(&b.from, "other", b.from.table->first);
    make(&b);
    assert_steps(&b, STEPS("DROP VIEW \"s\".\"v\"", T "DROP COLUMN \"gone\""));
    assert_true(step_at(&b, 1)->hazards & HAZARD_DATA);
    end(&b);
}

static bool is_view(void *ctx, const struct object *o)
{
    (void)ctx;
    return o->kind->id == K_VIEW;
}

/* 28: what a filter leaves out is in the way all the same, and is named. */
static void what_is_not_selected_is_named(void **state)
{
    struct both b;
    struct object *gone;
    struct err err = ERR_INIT;

    (void)state;
    start(&b);
    gone = add_column(&b.to, "gone", "text");
    add_view(&b.to, "v", gone);
    add_view(&b.to, "other", b.to.table->first);
    catalog_freeze(&b.to.m);
    assert_true(model_prune(&b.to.m, is_view, NULL, &err));
    b.to.m.frozen = false;
    make(&b);
    assert_int_equal(b.p.refusals.len, 1);
    assert_ptr_equal(VEC_AT(&b.p.refusals, struct plan_refusal, 0).object, gone);
    assert_non_null(strstr(VEC_AT(&b.p.refusals, struct plan_refusal, 0).why, "the view s.v "));
    end(&b);
}

/* 4 */
static void an_index_goes_before_its_column(void **state)
{
    struct both b;

    (void)state;
    start(&b);
    add_index(&b.to, "i", add_column(&b.to, "gone", "text"));
    make(&b);
    assert_steps(&b, STEPS("DROP INDEX \"s\".\"i\"", T "DROP COLUMN \"gone\""));
    end(&b);
}

/* 7, 8 */
static void a_new_type_moves_the_default_and_the_view_but_no_index(void **state)
{
    struct both b;
    struct object *c;

    (void)state;
    start(&b);
    c = add_column(&b.to, "n", "integer");
    catalog_set(&b.to.m, c, "default", "5");
    add_view(&b.to, "v", c);
    add_index(&b.to, "i", c);
    c = add_column(&b.from, "n", "bigint");
    catalog_set(&b.from.m, c, "default", "5");
    add_view(&b.from, "v", c);
    add_index(&b.from, "i", c);
    make(&b);
    assert_steps(&b, STEPS("DROP VIEW \"s\".\"v\"", T_ONLY "ALTER COLUMN \"n\" DROP DEFAULT",
                           T "ALTER COLUMN \"n\" SET DATA TYPE bigint",
                           T_ONLY "ALTER COLUMN \"n\" SET DEFAULT 5", "CREATE VIEW \"s\".\"v\""));
    assert_true(step_at(&b, 2)->hazards & HAZARD_REWRITE);
    end(&b);
}

/* A model that does not know who needs a column: all that needs its table is in the way. */
static void without_column_dependencies_all_of_the_table_is_in_the_way(void **state)
{
    struct both b;

    (void)state;
    start(&b);
    b.to.m.columns = false;
    add_column(&b.to, "n", "integer");
    add_view(&b.to, "v", b.to.table->first);
    VEC_AT(&b.to.m.deps, struct dependency, 0).to = b.to.table;
    add_column(&b.from, "n", "bigint");
    add_view(&b.from, "v", b.from.table->first);
    make(&b);
    assert_steps(&b, STEPS("DROP VIEW \"s\".\"v\"", T "ALTER COLUMN \"n\" SET DATA TYPE bigint",
                           "CREATE VIEW \"s\".\"v\""));
    end(&b);
}

/* 9, and what it costs: the table of ALTER TABLE, "Notes" */
static void casts(void **state)
{
    static const struct {
        const char *from, *to, *using;
        unsigned has, has_not;
    } all[] = {
        {"character varying(10)", "character varying(20)", "", 0, HAZARD_REWRITE | HAZARD_DATA},
        {"character varying(10)", "text", "", 0, HAZARD_REWRITE},
        {"character varying(20)", "character varying(10)", "", HAZARD_REWRITE | HAZARD_ROWS, 0},
        {"text", "character varying(10)", "", HAZARD_REWRITE | HAZARD_ROWS, 0},
        {"character(3)", "character(5)", "", HAZARD_REWRITE, 0},
        {"numeric(10,2)", "numeric(12,2)", "", 0, HAZARD_REWRITE | HAZARD_DATA},
        {"numeric(10,2)", "numeric", "", 0, HAZARD_REWRITE | HAZARD_DATA},
        {"numeric(10,4)", "numeric(10,2)", "", HAZARD_REWRITE | HAZARD_DATA, 0},
        {"integer", "bigint", "", HAZARD_REWRITE, HAZARD_DATA},
        {"double precision", "integer", "", HAZARD_DATA, 0},
        {"cidr", "inet", "", 0, HAZARD_REWRITE},
        {"json", "jsonb", "", HAZARD_REWRITE, 0},
        {"timestamp without time zone", "timestamp with time zone", "", HAZARD_MEANING,
         HAZARD_REWRITE},
        {"timestamp without time zone", "date", "", HAZARD_DATA, 0},
        {"text", "integer", " USING \"c\"::integer", HAZARD_REWRITE, 0},
        {"integer", "uuid", " USING \"c\"::text::uuid", HAZARD_REWRITE, 0},
        {"boolean", "bigint", " USING \"c\"::integer::bigint", HAZARD_REWRITE, 0},
        {"integer[]", "bigint[]", "", HAZARD_REWRITE, 0},
        {"text[]", "uuid[]", " USING \"c\"::uuid[]", HAZARD_REWRITE, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct both b;
        char sql[160];

        start(&b);
        add_column(&b.to, "c", all[i].from);
        add_column(&b.from, "c", all[i].to);
        make(&b);
        assert_int_equal(b.p.steps.len, 1);
        snprintf(sql, sizeof(sql), T "ALTER COLUMN \"c\" SET DATA TYPE %s%s", all[i].to,
                 all[i].using);
        assert_string_equal(step_at(&b, 0)->sql, sql);
        if ((step_at(&b, 0)->hazards & all[i].has) != all[i].has ||
            (step_at(&b, 0)->hazards & all[i].has_not))
            fail_msg("%s to %s has the hazards %x", all[i].from, all[i].to,
                     step_at(&b, 0)->hazards);
        end(&b);
    }
}

/* 10 */
static void a_new_type_takes_storage_with_it(void **state)
{
    struct both b;

    (void)state;
    start(&b);
    catalog_set(&b.to.m, add_column(&b.to, "c", "character varying(5)"), "storage", "external");
    catalog_set(&b.from.m, add_column(&b.from, "c", "text"), "storage", "external");
    make(&b);
    assert_steps(&b, STEPS(T "ALTER COLUMN \"c\" SET DATA TYPE text",
                           T_ONLY "ALTER COLUMN \"c\" SET STORAGE external"));
    end(&b);
}

/* What a new column costs: a constant nothing, a volatile default and an identity all rows. */
static void new_columns(void **state)
{
    static const struct {
        const char *value;
        unsigned has, has_not;
    } all[] = {
        {NULL, 0, HAZARD_REWRITE},
        {"3", 0, HAZARD_REWRITE},
        {"'a'::text", 0, HAZARD_REWRITE},
        {"'a(b)'::text", 0, HAZARD_REWRITE},
        {"now()", 0, HAZARD_REWRITE},
        {"gen_random_uuid()", HAZARD_REWRITE | HAZARD_LOCK, 0},
        {"nextval('s.q'::regclass)", HAZARD_REWRITE | HAZARD_LOCK, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct both b;

        start(&b);
        catalog_set(&b.from.m, add_column(&b.from, "c", "text"), "default", all[i].value);
        make(&b);
        assert_steps(&b, STEPS(T "ADD COLUMN \"c\" text"));
        assert_int_equal(step_at(&b, 0)->hazards & all[i].has, all[i].has);
        assert_int_equal(step_at(&b, 0)->hazards & all[i].has_not, 0);
        end(&b);
    }
}

static void rows_that_would_stop_it_are_counted(void **state)
{
    struct both b;

    (void)state;
    start(&b);
    add_column(&b.to, "c", "text");
    catalog_set(&b.from.m, add_column(&b.from, "c", "text"), "not_null", "yes");
    make(&b);
    assert_steps(&b, STEPS(T_ONLY "ALTER COLUMN \"c\" SET NOT NULL"));
    assert_int_equal(step_at(&b, 0)->hazards, HAZARD_ROWS | HAZARD_SCAN);
    assert_string_equal(step_at(&b, 0)->row_check,
                        "SELECT pg_catalog.count(*) FROM \"s\".\"t\" WHERE \"c\" IS NULL");
    end(&b);
}

/* Part of 8 and 9: generated columns */
static void generated_columns(void **state)
{
    static const struct {
        const char *from, *to;
        unsigned version;
        const char *first, *second; /* "" : a person has to do it */
    } all[] = {
        {"stored", NULL, 150000, T "ALTER COLUMN \"c\" DROP EXPRESSION", NULL},
        {"virtual", NULL, 180000, "", NULL},
        {NULL, "stored", 150000, T "DROP COLUMN \"c\"", T "ADD COLUMN \"c\""},
        {"stored", "stored", 150000, T "DROP COLUMN \"c\"", T "ADD COLUMN \"c\""},
        {"stored", "stored", 170000, T "ALTER COLUMN \"c\" SET EXPRESSION AS (b)", NULL},
        {"stored", "virtual", 180000, T "DROP COLUMN \"c\"", T "ADD COLUMN \"c\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct both b;
        struct object *c;

        start_version(&b, all[i].version);
        c = add_column(&b.to, "c", "integer");
        catalog_set(&b.to.m, c, "generated", all[i].from);
        catalog_set(&b.to.m, c, "expression", all[i].from ? "a" : NULL);
        c = add_column(&b.from, "c", "integer");
        catalog_set(&b.from.m, c, "generated", all[i].to);
        catalog_set(&b.from.m, c, "expression", all[i].to ? "b" : NULL);
        make(&b);
        if (*all[i].first)
            assert_steps(&b, STEPS(all[i].first, all[i].second));
        else
            assert_int_equal(b.p.refusals.len, 1);
        end(&b);
    }
}

/* ---- sequences and identities ---------------------------------------------------------------- */

/* 14 */
static void a_serial_becomes_an_identity_and_goes_on(void **state)
{
    struct both b;
    struct object *c, *q;

    (void)state;
    start(&b);
    c = add_column(&b.to, "n", "integer");
    catalog_set(&b.to.m, c, "default", "nextval('s.q'::regclass)");
    q = add_sequence(&b.to, "q", "s.t.n");
    model_depend(&b.to.m, c, q);
    c = add_column(&b.from, "n", "integer");
    catalog_set(&b.from.m, c, "identity", "by default");
    catalog_set(&b.from.m, c, "not_null", "yes");
    q = add_sequence(&b.from, "q", "s.t.n");
    catalog_set(&b.from.m, q, "identity", "yes");
    make(&b);
    assert_steps(&b, STEPS(T_ONLY "ALTER COLUMN \"n\" DROP DEFAULT",
                           T_ONLY "ALTER COLUMN \"n\" SET NOT NULL",
                           "ALTER SEQUENCE \"s\".\"q\" OWNED BY NONE",
                           "ALTER SEQUENCE \"s\".\"q\" RENAME TO \"q_dbtwin\"",
                           T "ALTER COLUMN \"n\" ADD GENERATED BY DEFAULT AS IDENTITY",
                           "SELECT pg_catalog.setval('\"s\".\"q\"', o.last_value, o.is_called) "
                           "FROM \"s\".\"q_dbtwin\" o",
                           "DROP SEQUENCE \"s\".\"q_dbtwin\""));
    end(&b);
}

/* 15 */
static void all_options_of_a_sequence_are_one_statement(void **state)
{
    struct both b;
    struct object *q;

    (void)state;
    start(&b);
    add_sequence(&b.to, "q", NULL);
    q = add_sequence(&b.from, "q", NULL);
    catalog_set(&b.from.m, q, "type", "bigint");
    catalog_set(&b.from.m, q, "max", "9223372036854775807");
    catalog_set(&b.from.m, q, "increment", "2");
    make(&b);
    assert_steps(&b,
                 STEPS("ALTER SEQUENCE \"s\".\"q\" AS bigint INCREMENT BY 2 MINVALUE 1 MAXVALUE "
                       "9223372036854775807 START WITH 1 CACHE 1 NO CYCLE"));
    assert_null(strstr(step_at(&b, 0)->sql, "RESTART"));
    end(&b);
}

static void only_other_limits_restart_a_sequence(void **state)
{
    struct both b;
    struct object *q;

    (void)state;
    start(&b);
    catalog_set(&b.to.m, add_sequence(&b.to, "q", NULL), "max", "100");
    q = add_sequence(&b.from, "q", NULL);
    catalog_set(&b.from.m, q, "min", "200");
    catalog_set(&b.from.m, q, "start", "200");
    make(&b);
    assert_int_equal(b.p.steps.len, 1);
    assert_non_null(strstr(step_at(&b, 0)->sql, " RESTART WITH 200"));
    assert_true(step_at(&b, 0)->hazards & HAZARD_DATA);
    end(&b);
}

/* 16 */
static void an_owned_sequence_goes_with_its_column(void **state)
{
    struct both b;
    struct object *c;

    (void)state;
    start(&b);
    c = add_column(&b.to, "n", "integer");
    catalog_set(&b.to.m, c, "default", "nextval('s.q'::regclass)");
    model_depend(&b.to.m, c, add_sequence(&b.to, "q", "s.t.n"));
    make(&b);
    assert_steps(&b, STEPS(T "DROP COLUMN \"n\""));
    end(&b);
}

static void an_owned_sequence_that_stays_is_freed_first(void **state)
{
    struct both b;
    struct object *c;

    (void)state;
    start(&b);
    c = add_column(&b.to, "n", "integer");
    catalog_set(&b.to.m, c, "default", "nextval('s.q'::regclass)");
    model_depend(&b.to.m, c, add_sequence(&b.to, "q", "s.t.n"));
    add_sequence(&b.from, "q", NULL);
    make(&b);
    assert_string_equal(step_at(&b, 0)->sql, "ALTER SEQUENCE \"s\".\"q\" OWNED BY NONE");
    assert_string_equal(step_at(&b, 1)->sql, T "DROP COLUMN \"n\"");
    end(&b);
}

/* ---- keys and checks ------------------------------------------------------------------------- */

static struct object *add_check(struct side *s, const char *validated)
{
    struct object *k = catalog_add_known(&s->m, K_CHECK, s->table, "k");

    catalog_set(&s->m, k, "expression", "(id > 0)");
    catalog_set(&s->m, k, "validated", validated);
    catalog_set(&s->m, k, "enforced", "yes");
    catalog_set(&s->m, k, "no_inherit", "no");
    catalog_set(&s->m, k, "local", "yes");
    catalog_set(&s->m, k, "inherited", "0");
    return k;
}

/* 22 */
static void validating_is_all_that_a_valid_check_needs(void **state)
{
    struct both b;

    (void)state;
    start(&b);
    add_check(&b.to, "no");
    add_check(&b.from, "yes");
    make(&b);
    assert_steps(&b, STEPS(T "VALIDATE CONSTRAINT \"k\""));
    end(&b);
    start(&b);
    add_check(&b.to, "yes");
    add_check(&b.from, "no");
    make(&b);
    assert_steps(
        &b, STEPS(T "DROP CONSTRAINT \"k\"", T "ADD CONSTRAINT \"k\" CHECK ((id > 0)) NOT VALID"));
    end(&b);
}

static struct object *add_foreign_key(struct side *s, const char *deferrable)
{
    struct object *k = catalog_add_known(&s->m, K_FOREIGN_KEY, s->table, "f");

    catalog_set(&s->m, k, "columns", "id");
    catalog_set(&s->m, k, "references", "s.r");
    catalog_set(&s->m, k, "ref_columns", "id");
    catalog_set(&s->m, k, "match", "simple");
    catalog_set(&s->m, k, "deferrable", deferrable);
    catalog_set(&s->m, k, "deferred", "no");
    catalog_set(&s->m, k, "validated", "yes");
    catalog_set(&s->m, k, "enforced", "yes");
    catalog_set(&s->m, k, "inherited", "0");
    return k;
}

static struct object *add_key(struct side *s, const char *deferrable)
{
    struct object *k = catalog_add_known(&s->m, K_UNIQUE, s->table, "u");

    catalog_set(&s->m, k, "columns", "id");
    catalog_set(&s->m, k, "deferrable", deferrable);
    catalog_set(&s->m, k, "deferred", "no");
    catalog_set(&s->m, k, "valid", "yes");
    catalog_set(&s->m, k, "clustered", "no");
    catalog_set(&s->m, k, "inherited", "0");
    return k;
}

/* 24 */
static void only_foreign_keys_can_be_made_deferrable(void **state)
{
    struct both b;

    (void)state;
    start(&b);
    add_foreign_key(&b.to, "no");
    add_foreign_key(&b.from, "yes");
    make(&b);
    assert_steps(&b, STEPS(T "ALTER CONSTRAINT \"f\" DEFERRABLE INITIALLY IMMEDIATE"));
    end(&b);
    start(&b);
    add_key(&b.to, "no");
    add_key(&b.from, "yes");
    make(&b);
    assert_steps(&b, STEPS(T "DROP CONSTRAINT \"u\"", "CREATE UNIQUE INDEX \"u\"",
                           T_ONLY "ADD CONSTRAINT \"u\" UNIQUE USING INDEX \"u\" DEFERRABLE"));
    end(&b);
}

/* 25 */
static void the_replica_identity_is_told_again(void **state)
{
    struct both b;
    struct object *i;

    (void)state;
    start(&b);
    i = add_index(&b.to, "i", b.to.table->first);
    catalog_set(&b.to.m, i, "unique", "yes");
    catalog_set(&b.to.m, b.to.table, "replica_identity", "index i");
    i = add_index(&b.from, "i", b.from.table->first);
    catalog_set(&b.from.m, i, "unique", "yes");
    catalog_set(&b.from.m, i, "predicate", "(id > 0)");
    catalog_set(&b.from.m, b.from.table, "replica_identity", "index i");
    make(&b);
    assert_steps(&b, STEPS("DROP INDEX \"s\".\"i\"", "CREATE UNIQUE INDEX \"i\"",
                           T_ONLY "REPLICA IDENTITY USING index i"));
    end(&b);
}

/* ---- parents --------------------------------------------------------------------------------- */

static struct object *add_partition(struct side *s, const char *bound)
{
    struct object *parent = s->table, *t = add_table(s, "p"), *c;

    catalog_set(&s->m, parent, "partition_key", "RANGE (id)");
    catalog_set(&s->m, t, "partition_of", "s.t");
    catalog_set(&s->m, t, "partition_bound", bound);
    model_depend(&s->m, t, parent);
    s->table = t;
    c = add_column(s, "id", "integer");
    catalog_set(&s->m, c, "local", "no");
    catalog_set(&s->m, c, "inherited", "1");
    s->table = parent;
    return t;
}

/* 18 */
static void another_bound_detaches_and_attaches(void **state)
{
    struct both b;

    (void)state;
    start(&b);
    add_partition(&b.to, "FOR VALUES FROM (1) TO (2)");
    add_partition(&b.from, "FOR VALUES FROM (1) TO (3)");
    make(&b);
    assert_steps(&b, STEPS("ALTER TABLE s.t DETACH PARTITION \"s\".\"p\"",
                           T_ONLY "ATTACH PARTITION \"s\".\"p\" FOR VALUES FROM (1) TO (3)"));
    end(&b);
}

/* 17, 20 */
static void a_partition_gets_its_columns_from_the_table(void **state)
{
    struct both b;
    struct object *c;

    (void)state;
    start(&b);
    add_column(&b.to, "old", "text");
    b.to.table = add_partition(&b.to, "DEFAULT");
    c = add_column(&b.to, "old", "text");
    catalog_set(&b.to.m, c, "local", "no");
    catalog_set(&b.to.m, c, "inherited", "1");
    add_column(&b.from, "new", "text");
    b.from.table = add_partition(&b.from, "DEFAULT");
    c = add_column(&b.from, "new", "text");
    catalog_set(&b.from.m, c, "local", "no");
    catalog_set(&b.from.m, c, "inherited", "1");
    make(&b);
    assert_steps(&b, STEPS(T "DROP COLUMN \"old\"", T "ADD COLUMN \"new\""));
    end(&b);
}

/* 19 */
static void another_partition_key_keeps_the_rows(void **state)
{
    struct both b;

    (void)state;
    start(&b);
    catalog_set(&b.from.m, b.from.table, "partition_key", "HASH (id)");
    make(&b);
    assert_steps(&b, STEPS("CREATE SCHEMA \"dbtwin_aside\"", T "SET SCHEMA \"dbtwin_aside\"",
                           "CREATE TABLE \"s\".\"t\"",
                           "INSERT INTO \"s\".\"t\" (\"id\") SELECT \"id\" FROM ONLY "
                           "\"dbtwin_aside\".\"t\"",
                           "DROP TABLE \"dbtwin_aside\".\"t\"", "DROP SCHEMA \"dbtwin_aside\""));
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_view_goes_before_its_column_and_others_stay),
        cmocka_unit_test(what_is_not_selected_is_named),
        cmocka_unit_test(an_index_goes_before_its_column),
        cmocka_unit_test(a_new_type_moves_the_default_and_the_view_but_no_index),
        cmocka_unit_test(without_column_dependencies_all_of_the_table_is_in_the_way),
        cmocka_unit_test(casts),
        cmocka_unit_test(a_new_type_takes_storage_with_it),
        cmocka_unit_test(new_columns),
        cmocka_unit_test(rows_that_would_stop_it_are_counted),
        cmocka_unit_test(generated_columns),
        cmocka_unit_test(a_serial_becomes_an_identity_and_goes_on),
        cmocka_unit_test(all_options_of_a_sequence_are_one_statement),
        cmocka_unit_test(only_other_limits_restart_a_sequence),
        cmocka_unit_test(an_owned_sequence_goes_with_its_column),
        cmocka_unit_test(an_owned_sequence_that_stays_is_freed_first),
        cmocka_unit_test(validating_is_all_that_a_valid_check_needs),
        cmocka_unit_test(only_foreign_keys_can_be_made_deferrable),
        cmocka_unit_test(the_replica_identity_is_told_again),
        cmocka_unit_test(another_bound_detaches_and_attaches),
        cmocka_unit_test(a_partition_gets_its_columns_from_the_table),
        cmocka_unit_test(another_partition_key_keeps_the_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
