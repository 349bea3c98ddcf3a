#include "cli.h"

#include <dbtwin/mask.h>

#include <string.h>

/* mask check: the rules of the config proven against a database, with an example of each; mask
 * --list: the transformers. */

enum { SAMPLE_ROWS = 20, WIDEST = 40 };

struct check {
    struct cli *c;
    const struct mask_config *config;
    struct arena arena;
    struct mask_set *set;
    struct mask_worker *worker;
    struct buf table; /* what is printed */
    size_t masked, kept;
    struct err why; /* no go */
    /* of the table that is looked at */
    struct vec values; /* const char *: the first value of each column that is not empty, or NULL */
};

static bool take_row(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                     struct err *err)
{
    struct check *k = ctx;
    (void)err;
    while (k->values.len < n)
        VEC_PUSH(&k->values, const char *, NULL);
    for (unsigned i = 0; i < n; i++)
        if (!VEC_AT(&k->values, const char *, i) && values[i] && lengths[i])
            VEC_AT(&k->values, const char *, i) = arena_strndup(&k->arena, values[i], lengths[i]);
    return true;
}

/* The masked value of one that the table holds; "" where it holds none. */
static void add_example(struct check *k, const struct mask_found *f, const char *value,
                        struct buf *out)
{
    struct mask_input in = {.value = {value, value ? strlen(value) : 0}};
    struct buf made = BUF_INIT;
    struct err err = ERR_INIT;
    bool null = false;
    if (!value || mask_rule_facts(f->rule)->same_as || mask_rule_facts(f->rule)->sql)
        return;
    if (!mask_value(k->worker, f->rule, &in, &made, &null, &err))
        buf_addf(out, "(%s)", err.msg);
    else if (null)
        buf_adds(out, "NULL");
    else
        model_line(made.data, out);
    buf_release(&made);
    if (out->len > WIDEST)
        buf_setlen(out, str_utf8_floor(out->data, WIDEST));
}

static void add_line(struct check *k, const struct mask_found *f, const char *value)
{
    const struct mask_rule_facts *facts = mask_rule_facts(f->rule);
    struct buf example = BUF_INIT;
    if (facts->keeps) {
        k->kept++;
        return;
    }
    k->masked++;
    add_example(k, f, value, &example);
    buf_addf(&k->table, "%-40s %-10s %s%s%s%s%s\n", f->facts->path, facts->transformer->name,
             example.data, facts->note ? "  # " : "", facts->note ? facts->note : "",
             f->pattern ? "" : "  # of the column that its foreign key refers to", "");
    buf_release(&example);
}

static void look_at_table(struct check *k, const struct place *p, struct session *s,
                          const struct object *table)
{
    uint32_t n;
    const struct object **columns = model_parts(table, K_COLUMN, &k->arena, &n);
    struct err err = ERR_INIT;
    vec_reset(&k->values);
    if (s && mask_set_changes(k->set, table))
        p->e.driver->source->sample(s, table, SAMPLE_ROWS, take_row, k, &err);
    for (uint32_t i = 0; i < n; i++) {
        const struct mask_found *f = mask_set_find(k->set, columns[i]);
        if (f)
            add_line(k, f, i < k->values.len ? VEC_AT(&k->values, const char *, i) : NULL);
    }
}

static void look_at(const struct place *p, struct session *s, const struct model *m, void *ctx)
{
    struct check *k = ctx;
    sync_masks(k->config, k->c->mask_key, m, p->e.driver, s, &k->arena, &k->set, &k->why);
    for (uint32_t i = 0; k->set && i < m->n_objects; i++)
        if (m->objects[i]->kind->id == K_TABLE)
            look_at_table(k, p, s, m->objects[i]);
}

static int say(struct check *k, const char *label, struct err *err)
{
    bool go = !err_is_set(&k->why);
    struct buf out = BUF_INIT;
    if (!go && k->why.cls != ERR_REFUSED && k->why.cls != ERR_USAGE) {
        *err = k->why;
        return -1;
    }
    if (k->table.len)
        buf_addf(&out, "%-40s %-10s %s\n%s\n", "COLUMN", "RULE", "EXAMPLE", k->table.data);
    if (k->set)
        buf_addf(&out, "%zu columns are masked, %zu are kept. Rules %s.\n", k->masked, k->kept,
                 mask_set_digest(k->set));
    if (go)
        buf_addf(&out, "go: %s can be masked\n", label);
    else
        buf_addf(&out, "no-go: %s\n%s%s", k->why.msg, k->why.hint, k->why.hint[0] ? "\n" : "");
    bool ok = output_write("-", buf_slice(&out), err);
    buf_release(&out);
    return !ok ? -1 : go ? 0 : 4;
}

int mask_check(struct cli *c, const char *place, struct err *err)
{
    struct check k = {.c = c, .table = BUF_INIT, .values = VEC_INIT(const char *)};
    struct place p;
    struct model m;
    int code = -1;
    if (!config_mask_rules(c->config)) {
        err_set(err, ERR_USAGE, "the config has no mask:");
        err_hint(err, "dbtwin mask suggest %s prints one", place);
        return -1;
    }
    k.config = config_masks(c, &c->mask_key, err);
    if (!k.config || !options_of_places(c, err) || !place_find(c, place, &p, err))
        return -1;
    k.worker = mask_worker_new(c->mask_key);
    model_init(&m);
    if (place_model_and(&p, &m, look_at, &k, err)) {
        if (p.kind != AT_LIVE)
            look_at(&p, NULL, &m, &k);
        code = say(&k, p.e.label, err);
    }
    mask_set_release(k.set);
    mask_worker_free(k.worker);
    model_release(&m);
    vec_release(&k.values);
    buf_release(&k.table);
    arena_release(&k.arena);
    return code;
}

/* ---- mask --list ------------------------------------------------------------------------------
 */

static void add_types(unsigned types, struct buf *out)
{
    static const char *const names[] = {
        "text",  "int",  "decimal", "float", "bool",  "date",   "timestamp", "uuid",      "json",
        "bytes", "inet", "mac",     "enum",  "other", "hstore", "xml",       "composite", "range"};
    if (types == MASK_T_ALL) {
        buf_adds(out, "all types");
        return;
    }
    for (size_t i = 0, n = 0; i < ARRAY_LEN(names); i++)
        if (types >> i & 1)
            buf_addf(out, "%s%s", n++ ? ", " : "", names[i]);
}

static void add_transformer(const struct mask_transformer *t, struct buf *out)
{
    buf_addf(out, "%s: %s\n    takes ", t->name, t->help);
    add_types(t->types, out);
    if (t->promises & MASK_INJECTIVE)
        buf_adds(out, "; one-to-one");
    if (t->promises & MASK_KEEPS_LENGTH)
        buf_adds(out, "; keeps the length");
    buf_addch(out, '\n');
    for (const struct mask_param *p = t->params; p && p->name; p++) {
        buf_addf(out, "    %s: %s", *p->name ? p->name : "PATH", p->help);
        if (p->words)
            buf_addf(out, " (%s)", p->words);
        if (p->fallback && *p->fallback)
            buf_addf(out, " [%s]", p->fallback);
        buf_addch(out, '\n');
    }
    if (t->sentinels)
        buf_addf(out, "    stay as they are: %s\n", t->sentinels);
    buf_adds(out, "    ");
    classify_rule_yaml(t->example, out);
    buf_addch(out, '\n');
}

int mask_list(const struct cli *c, struct err *err)
{
    struct buf out = BUF_INIT;
    (void)c;
    for (const struct mask_transformer *t = mask_transformers; t->name; t++)
        add_transformer(t, &out);
    bool ok = output_write("-", buf_slice(&out), err);
    buf_release(&out);
    return ok ? 0 : -1;
}
