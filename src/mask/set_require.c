#include "set.h"

#include <string.h>

/* What has no rule, and must have one: fails closed. */

enum { MOST_NAMED = 20 };

struct looking {
    const struct mask_config *config;
    const struct mask_set *set;
    bool unkept; /* a `keep` by pattern does not count */
};

static bool has_rule(void *ctx, const struct object *column)
{
    const struct looking *l = ctx;
    const struct mask_found *f = mask_set_find(l->set, column);
    const struct set_column *c = map_get(&l->set->by_object, &column, sizeof column);

    if (l->config->is_empty && l->config->is_empty(l->config->ctx, column->parent))
        return true; /* no row of it moves */
    return f && !(l->unkept && mask_rule_facts(f->rule)->keeps && !c->exact);
}

static void add_line(const struct object *column, const char *rule, struct buf *out)
{
    struct buf path = BUF_INIT;

    model_path(column, &path);
    buf_addf(out, strchr(path.data, '"') ? "\n    '%s': %s" : "\n    %s: %s", path.data, rule);
    buf_release(&path);
}

static bool refuse(size_t n, const char *what, const struct buf *lines, struct err *err)
{
    err_set(err, ERR_REFUSED, "%zu column%s %s and %s no rule for masking", n, n == 1 ? "" : "s",
            what, n == 1 ? "has" : "have");
    return err_hint(err, "nothing was moved. Under mask: columns: add%s%s", lines->data,
                    n > MOST_NAMED ? "\n    (and more: dbtwin mask suggest prints them all)" : "");
}

static bool require_all(const struct mask_set *s, struct err *err)
{
    struct buf lines = BUF_INIT;
    size_t n = 0;
    bool ok;

    for (size_t i = 0; i < s->columns.len; i++) {
        const struct set_column *c = VEC_AT(&s->columns, struct set_column *, i);
        const char *g = model_get(c->column, P_COLUMN_GENERATED);

        if (c->found.rule || (g && *g) ||
            (s->config->is_empty && s->config->is_empty(s->config->ctx, c->column->parent)))
            continue;
        if (n++ < MOST_NAMED)
            add_line(c->column, "keep", &lines);
    }
    ok = !n || refuse(n, n == 1 ? "is not classified" : "are not classified", &lines, err);
    buf_release(&lines);
    return ok;
}

static void add_columns(const struct vec *list, const char *what, struct buf *lines)
{
    for (size_t i = 0; i < list->len && i < MOST_NAMED; i++) {
        const struct classified *c = VEC_AT(list, const struct classified *, i);
        struct buf rule = BUF_INIT;

        classify_rule_yaml(c->result.rule, &rule);
        add_line(c->column, rule.data, lines);
        buf_release(&rule);
        buf_addf(lines, "   # %s%s", what, c->result.reason);
    }
}

/* What nobody can judge counts where rows were looked at: a name and a type alone say too little
 * to stop for. A `keep` by pattern decides about it. */
static bool require_pii(const struct mask_set *s, const struct model *m,
                        const struct classify_help *help, struct err *err)
{
    struct looking l = {s->config, s, true};
    struct classifier *k = classifier_new();
    struct arena a = ARENA_INIT;
    struct vec tables = VEC_INIT(struct classified_table);
    struct vec missing = VEC_INIT(const struct classified *);
    struct vec unknown = VEC_INIT(const struct classified *);
    struct buf lines = BUF_INIT;
    bool ok;

    classify_model(k, m, help, &a, &tables);
    classify_missing(&tables, CLASSIFY_PERSONAL, has_rule, &l, &missing);
    l.unkept = false;
    if (help && help->sample)
        classify_missing(&tables, CLASSIFY_UNKNOWN, has_rule, &l, &unknown);
    add_columns(&missing, "", &lines);
    add_columns(&unknown, "nobody can tell, keep if it is nobody's: ", &lines);
    if (missing.len)
        ok = refuse(missing.len,
                    missing.len == 1 ? "looks like a person's data" : "look like a person's data",
                    &lines, err);
    else
        ok = !unknown.len ||
             refuse(unknown.len,
                    unknown.len == 1 ? "may hold a person's data" : "may hold persons' data",
                    &lines, err);
    buf_release(&lines);
    vec_release(&missing);
    vec_release(&unknown);
    vec_release(&tables);
    classifier_free(k);
    arena_release(&a);
    return ok;
}

bool mask_set_missing(const struct mask_config *c, const struct mask_set *s, const struct model *m,
                      const struct classify_help *help, struct err *err)
{
    if (c->require == MASK_REQUIRE_NONE)
        return true;
    return c->require == MASK_REQUIRE_ALL ? require_all(s, err) : require_pii(s, m, help, err);
}

bool mask_fits(void *model, const struct object *column, bool unique, const char *rule)
{
    struct arena a = ARENA_INIT;
    struct mask_node *n;
    struct mask_column c;
    const struct mask_rule *r;
    struct err err = ERR_INIT;
    bool ok = mask_node_from_json((struct slice){rule, strlen(rule)}, &a, &n, &err);

    mask_column_of(model, column, &a, &c);
    ok = ok && mask_rule_new(n, &c, NULL, &a, &r, &err) &&
         (!unique || mask_rule_facts(r)->injective ||
          str_eq(mask_rule_facts(r)->transformer->name, "null"));
    arena_release(&a);
    return ok;
}
