#include <string.h>

#include "document.h"
#include "transformers.h"

/*
 * composite: (a,"b ""c""",,(1,2)): each attribute is masked by a rule that fits its own type.
 * range: both bounds, and all ranges of a multirange, move by one distance, so that order stays.
 */

/* ---- what a type is masked with if nobody says -------------------------------------------------
 */

static const struct {
    unsigned types;
    const char *name;
} by_type[] = {
    {MASK_T_TEXT, "text"},
    {MASK_T_JSON, "json"},
    {MASK_T_BYTES, "bytes"},
    {MASK_T_INET, "ip"},
    {MASK_T_MAC, "mac"},
    {MASK_T_UUID, "uuid"},
    {MASK_T_HSTORE, "hstore"},
    {MASK_T_XML, "xml"},
    {MASK_T_COMPOSITE, "composite"},
    {MASK_T_RANGE, "range"},
    {MASK_T_INT, "int"},
    {MASK_T_DECIMAL | MASK_T_FLOAT, "decimal"},
    {MASK_T_DATE | MASK_T_TIMESTAMP, "date"},
};

/* NULL: it stays (yes and no, labels). *ok: whether it can be masked at all. */
static const struct mask_rule *rule_by_type(struct mask_rule *r, const struct mask_column *c,
                                            bool *ok, struct err *err)
{
    const struct mask_rule *made = NULL;

    *ok = true;
    if (c->type & (MASK_T_BOOL | MASK_T_ENUM))
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(by_type); i++) {
        struct mask_node *n;

        if (!(by_type[i].types & c->type))
            continue;
        n = arena_new(r->arena, struct mask_node);
        n->kind = MASK_SCALAR;
        n->text = by_type[i].name;
        *ok = mask_rule_inner(n, r, c, &made, err);
        return made;
    }
    *ok = mask_wrong(r, err, "%s: there is no rule for %s of type %s: say keep or null",
                     r->facts.transformer->name, c->path, c->type_text);
    return NULL;
}

/* ---- composite ----------------------------------------------------------------------------- */

enum { COMPOSITE_OTHERS, COMPOSITE_PATHS };
enum { OTHERS_TEXT, OTHERS_KEEP, OTHERS_NULL };
const struct mask_param composite_params[] = {
    {"others", MASK_P_WORD, "text", "text|keep|null",
     "attributes that no path names: masked as their type allows, themselves, or null"},
    {"", MASK_P_PATHS, NULL, NULL, "\"$.attribute\": RULE"},
    {0},
};

static size_t count_parts(const struct mask_column *c)
{
    size_t n = 0;

    while (c->parts && c->parts[n].path)
        n++;
    return n;
}

/* The attribute that "$.name" names. */
static bool find_part(struct mask_rule *r, const char *path, size_t *ret, struct err *err)
{
    const char *name = path + (*path == '$') + (path[*path == '$'] == '.');
    size_t len = strlen(name);

    if (len > 1 && *name == '"' && name[len - 1] == '"')
        name++, len -= 2;
    for (*ret = 0; r->column->parts && r->column->parts[*ret].path; ++*ret) {
        const char *own = r->column->parts[*ret].name;

        if (strlen(own) == len && memcmp(own, name, len) == 0)
            return true;
    }
    return mask_wrong(r, err, "composite: %s has no attribute \"%s\"", r->column->type_text, path);
}

bool composite_prepare(struct mask_rule *r, struct err *err)
{
    const struct mask_node *given = r->args[COMPOSITE_PATHS].node;
    size_t n = count_parts(r->column);
    const struct mask_rule **rules = arena_calloc(r->arena, (n + 1) * sizeof *rules);
    bool *named = arena_calloc(r->arena, n + 1), ok;

    r->facts.injective = false;
    r->own = rules;
    for (const struct mask_node *c = given ? given->first : NULL; c; c = c->next) {
        size_t i;

        if (c->name[0] != '$' && c->name[0] != '.')
            continue;
        if (!find_part(r, c->name, &i, err) ||
            !mask_rule_inner(c, r, &r->column->parts[i], &rules[i], err))
            return false;
        if (rules[i]->facts.entity || rules[i]->facts.same_as || rules[i]->facts.sql)
            return mask_wrong(r, err, "composite: a rule of an attribute cannot look at the row");
        named[i] = true;
    }
    for (size_t i = 0; i < n; i++) {
        if (named[i] || r->args[COMPOSITE_OTHERS].number != OTHERS_TEXT)
            continue;
        rules[i] = rule_by_type(r, &r->column->parts[i], &ok, err);
        if (!ok)
            return false;
    }
    return true;
}

/* The field at *at, without its quotes; *ret_null: nothing stands there. False: no field. */
static bool take_field(struct slice v, size_t *at, struct buf *ret, bool *ret_null)
{
    bool inside = false;

    buf_reset(ret);
    *ret_null = *at < v.len && (v.data[*at] == ',' || v.data[*at] == ')');
    for (; *at < v.len; ++*at) {
        char c = v.data[*at];

        if (!inside && (c == ',' || c == ')'))
            return true;
        if (c == '"' && inside && *at + 1 < v.len && v.data[*at + 1] == '"')
            buf_addch(ret, v.data[++*at]);
        else if (c == '"')
            inside = !inside;
        else if (c == '\\' && *at + 1 < v.len)
            buf_addch(ret, v.data[++*at]);
        else
            buf_addch(ret, c);
    }
    return false;
}

static void add_field(struct slice v, struct buf *out)
{
    bool plain = v.len;

    for (size_t i = 0; i < v.len && plain; i++)
        plain = v.data[i] && !strchr("(),\"\\ \t\r\n\v\f", v.data[i]);
    if (plain) {
        buf_add(out, v.data, v.len);
        return;
    }
    buf_addch(out, '"');
    for (size_t i = 0; i < v.len; i++) {
        if (v.data[i] == '"' || v.data[i] == '\\')
            buf_addch(out, v.data[i]);
        buf_addch(out, v.data[i]);
    }
    buf_addch(out, '"');
}

static bool mask_part(struct mask_worker *w, const struct mask_rule *r, const struct mask_rule *of,
                      struct slice v, struct buf *made, struct buf *out, struct err *err)
{
    struct mask_input in = {.value = v};
    bool null = false;

    if (!of) {
        if (r->args[COMPOSITE_OTHERS].number != OTHERS_NULL)
            add_field(v, out);
        return true;
    }
    buf_reset(made);
    if (!mask_value(w, of, &in, made, &null, err))
        return false;
    if (!null)
        add_field(buf_slice(made), out);
    return true;
}

bool composite_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                     struct buf *out, bool *ret_null, struct err *err)
{
    const struct mask_rule *const *rules = r->own;
    size_t n = count_parts(r->column), at = 1, i = 0;
    struct slice v = in->value;
    struct buf text = BUF_INIT, made = BUF_INIT;
    bool ok = v.len > 1 && v.data[0] == '(' && v.data[v.len - 1] == ')', null;

    (void)ret_null;
    buf_addch(out, '(');
    for (; ok && i < n && at < v.len; i++, at++) {
        ok = take_field(v, &at, &text, &null) &&
             (null || mask_part(w, r, rules[i], buf_slice(&text), &made, out, err));
        if (ok)
            buf_addch(out, v.data[at]);
    }
    buf_release(&text);
    buf_release(&made);
    if (ok && i == n && at == v.len)
        return true;
    if (!err_is_set(err))
        err_set(err, ERR_RUNTIME, "a value is no %s", r->column->type_text);
    return false;
}

/* ---- range ----------------------------------------------------------------------------------- */

enum { RANGE_WITHIN, RANGE_NOISE, RANGE_TOGETHER };
const struct mask_param range_params[] = {
    {"within", MASK_P_DURATION, "90d", NULL, "of dates: at most so far from the value"},
    {"noise", MASK_P_COUNT, "1000", NULL, "of numbers: at most so far from the value"},
    {"together", MASK_P_COLUMN, NULL, NULL,
     "one distance for all rows that have the same value in this column"},
    {0},
};

static struct mask_node *node(struct mask_rule *r, const char *name, const char *text,
                              enum mask_node_kind kind)
{
    struct mask_node *n = arena_new(r->arena, struct mask_node);

    n->name = name;
    n->text = text;
    n->kind = kind;
    return n;
}

/* {date: {within: 90d}, keep_values: []}: a bound that stays while the other moves could pass it.
 */
static const struct mask_node *rule_of_bounds(struct mask_rule *r, const struct mask_column *c)
{
    bool dates = c->type & (MASK_T_DATE | MASK_T_TIMESTAMP);
    const char *name = dates ? "date" : c->type == MASK_T_INT ? "int" : "decimal";
    const char *amount = r->args[dates ? RANGE_WITHIN : RANGE_NOISE].text;
    struct mask_node *rule = node(r, NULL, NULL, MASK_MAP);

    rule->first = node(r, name, NULL, MASK_MAP);
    rule->first->first = node(r, dates ? "within" : "noise", amount, MASK_SCALAR);
    rule->first->next = node(r, "keep_values", NULL, MASK_LIST);
    return rule;
}

bool range_prepare(struct mask_rule *r, struct err *err)
{
    const struct mask_column *c = r->column->parts;
    const struct mask_rule *bound;

    r->facts.injective = false;
    r->facts.entity = r->args[RANGE_TOGETHER].text;
    if (!c || !(c->type & (MASK_T_DATE | MASK_T_TIMESTAMP | MASK_T_INT | MASK_T_DECIMAL)))
        return mask_wrong(r, err, "range: can move dates and numbers, not bounds of type %s",
                          c ? c->type_text : "that is not known");
    if (!mask_rule_inner(rule_of_bounds(r, c), r, c, &bound, err))
        return false;
    r->own = (void *)(uintptr_t)bound;
    return true;
}

/* A bound, with its quotes; nothing where there is none. */
static bool mask_bound(struct mask_worker *w, const struct mask_rule *r,
                       const struct mask_input *in, struct slice text, struct buf *out,
                       struct err *err)
{
    struct mask_input one = {.entity = in->entity.data ? in->entity : in->value};
    bool quoted = text.len > 1 && text.data[0] == '"', null = false;

    one.value = quoted ? (struct slice){text.data + 1, text.len - 2} : text;
    buf_adds(out, quoted ? "\"" : "");
    if (!mask_value(w, r->own, &one, out, &null, err))
        return false;
    buf_adds(out, quoted ? "\"" : "");
    return true;
}

bool range_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                 struct buf *out, bool *ret_null, struct err *err)
{
    struct slice v = in->value;

    (void)ret_null;
    for (size_t i = 0; i < v.len;) {
        size_t n = 0;
        bool quoted = v.data[i] == '"';

        while (i + n < v.len && (quoted || !strchr("[](){},", v.data[i + n]))) {
            n++;
            if (quoted && n > 1 && v.data[i + n - 1] == '"')
                break;
        }
        if (!n) {
            buf_addch(out, v.data[i++]);
            continue;
        }
        if (n == 5 && memcmp(v.data + i, "empty", 5) == 0)
            buf_add(out, v.data + i, n);
        else if (!mask_bound(w, r, in, (struct slice){v.data + i, n}, out, err))
            return false;
        i += n;
    }
    return true;
}
