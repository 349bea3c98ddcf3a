/* A column whose names, type, comment, label and values are a stranger's: the lines of the input,
 * in this order, the rest are values. Whatever they are: a verdict, and a rule in JSON. */
#include "fuzz.h"

#include <string.h>

#include <dbtwin/classify.h>
#include <dbtwin/json.h>

enum { MOST_VALUES = 64 };

struct input {
    const char *table, *column, *type, *comment, *label;
    struct slice values[MOST_VALUES];
    size_t n;
};

static void split(struct arena *a, const uint8_t *data, size_t size, struct input *ret)
{
    const char **texts[] = {&ret->table, &ret->column, &ret->type, &ret->comment, &ret->label};
    char *rest = arena_strndup(a, (const char *)data, size);
    *ret = (struct input){0};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = rest ? strsep(&rest, "\n") : "";
    while (rest && ret->n < MOST_VALUES) {
        char *line = strsep(&rest, "\n");
        ret->values[ret->n++] = (struct slice){strcmp(line, "\\N") ? line : NULL, strlen(line)};
    }
}

static void sample(void *ctx, const struct object *table, struct arena *a,
                   struct classify_sample *ret)
{
    const struct input *in = ctx;
    (void)table, (void)a;
    *ret = (struct classify_sample){.values = in->values, .n_rows = in->n, .sampled = true};
}

static void check(const struct classified *c)
{
    const struct classify_result *r = &c->result;
    struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    FUZZ_MUST(r->reason && r->rule && r->confidence <= 100);
    FUZZ_MUST(r->verdict != CLASSIFY_PERSONAL || r->class != CLASSIFY_NONE);
    buf_addf(&b, "[%s]", r->rule);
    struct json *rule = json_parse(buf_slice(&b), &err);
    FUZZ_MUST(rule != NULL);
    json_free(rule);
    buf_reset(&b);
    classify_rule_yaml(r->rule, &b);
    FUZZ_MUST(!strpbrk(b.data, "\n\r"));
    buf_release(&b);
}

static void judge(const struct classifier *k, struct model *m, const struct input *in)
{
    struct arena a = ARENA_INIT;
    struct vec tables = VEC_INIT(struct classified_table);
    struct classify_help help = {.sample = sample, .ctx = (void *)in};
    classify_model(k, m, &help, &a, &tables);
    for (size_t i = 0; i < tables.len; i++) {
        const struct classified_table *t = vec_at(&tables, i);
        for (uint32_t c = 0; c < t->n_columns; c++)
            check(&t->columns[c]);
    }
    vec_release(&tables);
    arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned flavors[] = {ENGINE_PG, ENGINE_MY, ENGINE_MA};
    struct arena a = ARENA_INIT;
    struct input in;
    struct err err = ERR_INIT;
    static struct classifier *k; /* the table of words is read once */
    k = k ? k : classifier_new();
    split(&a, data, size, &in);
    for (size_t i = 0; i < ARRAY_LEN(flavors); i++) {
        struct model m;
        model_init(&m);
        m.flavor = flavors[i];
        model_add(&m, &kinds[K_DATABASE], NULL, "d");
        struct object *schema =
            flavors[i] == ENGINE_PG ? model_add(&m, &kinds[K_SCHEMA], NULL, "public") : NULL;
        struct object *t = model_add(&m, &kinds[K_TABLE], schema, in.table ? in.table : "");
        struct object *c = model_add(&m, &kinds[K_COLUMN], t, in.column ? in.column : "");
        model_set(&m, c, P_COLUMN_TYPE, in.type);
        model_set(&m, c, P_COLUMN_COMMENT, in.comment);
        if (flavors[i] == ENGINE_PG)
            model_set(&m, model_add(&m, &kinds[K_SECURITY_LABEL], c, "anon"),
                      P_SECURITY_LABEL_LABEL, in.label);
        struct object *fk = model_add(&m, &kinds[K_FOREIGN_KEY], t, "fk");
        model_set(&m, fk, P_FOREIGN_KEY_COLUMNS, in.column);
        model_set(&m, fk, P_FOREIGN_KEY_REF_COLUMNS, in.comment);
        model_set(&m, fk, P_FOREIGN_KEY_REFERENCES, in.table);
        FUZZ_MUST(model_freeze(&m, &err));
        judge(k, &m, &in);
        model_release(&m);
    }
    arena_release(&a);
    return 0;
}
