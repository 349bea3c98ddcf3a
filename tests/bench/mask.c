/* Nanoseconds of CPU time a value for each transformer: values of the length of names and
 * addresses, all different. bench_mask [COUNT] prints a Markdown table. */
#include <dbtwin/mask.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char key[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static const struct mask_column attributes[] = {
    {.path = "t.c a",
     .name = "a",
     .type_text = "text",
     .type = MASK_T_TEXT,
     .max_chars = MASK_NO_LIMIT,
     .max_bytes = MASK_NO_LIMIT},
    {.path = "t.c b",
     .name = "b",
     .type_text = "date",
     .type = MASK_T_DATE,
     .max_chars = MASK_NO_LIMIT,
     .max_bytes = MASK_NO_LIMIT},
    {0},
};

static const char *shape(const struct mask_column *c, const char *name)
{
    if (c->type & (MASK_T_DATE | MASK_T_TIMESTAMP))
        return "2020-01-01 10:%02u:%02u";
    if (c->type == MASK_T_COMPOSITE)
        return "(\"person %u\",2020-01-%02u)";
    if (c->type == MASK_T_RANGE)
        return "[2020-01-01,2021-%02u-%02u)";
    if (c->type == MASK_T_HSTORE)
        return "\"mail\"=>\"person%u@example.com\", \"n\"=>\"%u\"";
    if (strcmp(name, "xml") == 0)
        return "<a><mail>person%u@example.com</mail><n>%u</n></a>";
    if (c->type & (MASK_T_INT | MASK_T_BOOL | MASK_T_ENUM))
        return "%u%u";
    if (c->type & (MASK_T_DECIMAL | MASK_T_FLOAT))
        return "%u.%u";
    if (strcmp(name, "json") == 0)
        return "{\"mail\": \"person%u@example.com\", \"n\": %u, \"text\": \"some words\"}";
    if (strcmp(name, "php") == 0)
        return "a:1:{s:4:\"mail\";i:%u%u;}";
    if (strcmp(name, "ip") == 0)
        return "10.%u.%u.7";
    if (strcmp(name, "digits") == 0)
        return "4111111111%02u%04u";
    if (strcmp(name, "phone") == 0)
        return "+49 171 %02u%05u";
    return "person.%u.%u@example.com";
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void measure(const struct mask_transformer *t, struct mask_column *c, unsigned n)
{
    struct arena a = ARENA_INIT;
    struct mask_key *k = NULL;
    struct err err = ERR_INIT;
    struct mask_node *node = NULL;
    const struct mask_rule *r = NULL;
    struct mask_worker *w;
    struct buf out = BUF_INIT;
    double start;
    bool null, good = mask_key_new((struct slice){key, sizeof key - 1}, &k, &err) &&
                      mask_node_from_json((struct slice){t->example, strlen(t->example)}, &a, &node,
                                          &err) &&
                      mask_rule_new(node, c, k, &a, &r, &err);

    if (!good) {
        mask_key_free(k);
        arena_release(&a);
        return;
    }
    w = mask_worker_new(k);
    start = now();
    for (unsigned i = 0; i < n; i++) {
        char value[128];
        struct mask_input in = {.value = {value, 0}};

        snprintf(value, sizeof value, shape(c, t->name), i % 60, i / 60 % 100);
        in.value.len = strlen(value);
        buf_reset(&out);
        if (!mask_value(w, r, &in, &out, &null, &err))
            break;
    }
    printf("| %s | %.0f |\n", t->name, (now() - start) / n);
    buf_release(&out);
    mask_worker_free(w);
    mask_key_free(k);
    arena_release(&a);
}

int main(int argc, char **argv)
{
    static const char *const labels[] = {"a", "b", NULL};
    unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 200000;

    printf("| transformer | ns a value |\n| --- | --- |\n");
    for (const struct mask_transformer *t = mask_transformers; t->name; t++) {
        struct mask_column c = {.path = "t.c",
                                .type_text = "its type",
                                .max_chars = MASK_NO_LIMIT,
                                .max_bytes = MASK_NO_LIMIT,
                                .min = INT32_MIN,
                                .max = INT32_MAX};

        for (unsigned type = 1; !(t->types & (unsigned)c.type); type <<= 1)
            c.type = (enum mask_type)type;
        if (c.type == MASK_T_ENUM)
            c.labels = labels;
        if (c.type & (MASK_T_COMPOSITE | MASK_T_RANGE))
            c.parts = c.type == MASK_T_RANGE ? attributes + 1 : attributes;
        measure(t, &c, n);
    }
    return 0;
}
