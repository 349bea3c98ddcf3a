/*
 * What mask suggest proposes runs: for every class and type, short or long, unique or not, the rule
 * is one that mask_rule_new proves to fit, and one-to-one where the column is unique.
 */
#include <dbtwin/mask.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mask/classify.h"
#include "unit.h"

static const struct {
    unsigned flavor;
    const char *type;
} types[] = {
    {ENGINE_PG, "text"},
    {ENGINE_PG, "character varying(1)"},
    {ENGINE_PG, "character varying(2)"},
    {ENGINE_PG, "character varying(3)"},
    {ENGINE_PG, "character varying(8)"},
    {ENGINE_PG, "character varying(15)"},
    {ENGINE_PG, "character varying(24)"},
    {ENGINE_PG, "character varying(40)"},
    {ENGINE_PG, "character varying(255)"},
    {ENGINE_PG, "character(5)"},
    {ENGINE_PG, "text[]"},
    {ENGINE_PG, "integer"},
    {ENGINE_PG, "bigint"},
    {ENGINE_PG, "smallint"},
    {ENGINE_PG, "numeric(9,6)"},
    {ENGINE_PG, "double precision"},
    {ENGINE_PG, "boolean"},
    {ENGINE_PG, "date"},
    {ENGINE_PG, "timestamp with time zone"},
    {ENGINE_PG, "uuid"},
    {ENGINE_PG, "jsonb"},
    {ENGINE_PG, "bytea"},
    {ENGINE_PG, "inet"},
    {ENGINE_PG, "macaddr"},
    {ENGINE_MY, "varchar(8)"},
    {ENGINE_MY, "varchar(255)"},
    {ENGINE_MY, "char(2)"},
    {ENGINE_MY, "longtext"},
    {ENGINE_MY, "tinytext"},
    {ENGINE_MY, "int"},
    {ENGINE_MY, "bigint unsigned"},
    {ENGINE_MY, "smallint"},
    {ENGINE_MY, "tinyint"},
    {ENGINE_MY, "decimal(10,7)"},
    {ENGINE_MY, "double"},
    {ENGINE_MY, "date"},
    {ENGINE_MY, "datetime"},
    {ENGINE_MY, "json"},
    {ENGINE_MY, "varbinary(40)"},
    {ENGINE_MY, "varbinary(16)"},
    {ENGINE_MY, "longblob"},
    {ENGINE_MY, "enum('f','m')"},
    {ENGINE_MY, "varchar(30)"},
};

struct subject {
    struct model m;
    struct arena arena;
    struct mask_column column;
    struct classify_wants wants;
};

static void set_up(struct subject *s, unsigned flavor, const char *type, bool unique, bool not_null)
{
    struct err err = ERR_INIT;
    *s = (struct subject){0};
    model_init(&s->m);
    s->m.flavor = flavor;
    struct object *schema = NULL;
    model_add(&s->m, &kinds[K_DATABASE], NULL, "shop");
    if (flavor == ENGINE_PG)
        schema = model_add(&s->m, &kinds[K_SCHEMA], NULL, "public");
    struct object *t = model_add(&s->m, &kinds[K_TABLE], schema, "t1");
    struct object *c = model_add(&s->m, &kinds[K_COLUMN], t, "c");
    model_set(&s->m, c, P_COLUMN_TYPE, type);
    model_set(&s->m, c, P_COLUMN_NOT_NULL, not_null ? "yes" : "no");
    if (flavor != ENGINE_PG)
        model_set(&s->m, c, P_COLUMN_CHARSET, "utf8mb4");
    assert_true(model_freeze(&s->m, &err));
    const struct object *column = model_child(
        &s->m,
        model_child(&s->m, s->m.root->first->kind->id == K_SCHEMA ? s->m.root->first : s->m.root,
                    SPACE_RELATION, "t1"),
        SPACE_COLUMN, "c");
    mask_column_of(&s->m, column, &s->arena, &s->column);
    s->column.unique = unique;
    s->wants = (struct classify_wants){.unique = unique, .not_null = not_null};
    classify_type(type, strncmp(type, "enum", 4) == 0, &s->wants.type);
}

static void tear_down(struct subject *s)
{
    arena_release(&s->arena);
    model_release(&s->m);
}

static unsigned check(struct subject *s, enum classify_class class)
{
    struct err err = ERR_INIT;
    struct mask_node *node = NULL;
    const struct mask_rule *rule = NULL;
    const char *text = classify_rule(class, &s->wants);
    if (!text)
        return 0;
    if (!mask_node_from_json((struct slice){text, strlen(text)}, &s->arena, &node, &err) ||
        !mask_rule_new(node, &s->column, NULL, &s->arena, &rule, &err)) {
        print_message("# %s %s: %s: %s\n", classify_class_name(class), s->column.type_text, text,
                      err.msg);
        return 1;
    }
    if (s->wants.unique && !mask_rule_facts(rule)->injective) {
        print_message("# %s unique %s: %s is not one-to-one\n", classify_class_name(class),
                      s->column.type_text, text);
        return 1;
    }
    return 0;
}

static void test_rules(void **state)
{
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        for (unsigned how = 0; how < 4; how++) {
            struct subject s;
            set_up(&s, types[i].flavor, types[i].type, how & 1, how & 2);
            for (unsigned class = 1; class < CLASSIFY_N; class ++)
                wrong += check(&s, class);
            tear_down(&s);
        }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
