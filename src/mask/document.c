#include "document.h"

#include <string.h>

struct leaf {
    const char *path;
    const char **parts; /* ".name", "*", "[]", ".."; NULL ends them */
    const struct mask_rule *rule;
};

/* r->own */
struct leaves {
    struct leaf *at;
    size_t n;
    const struct mask_rule *words, *digits, *names; /* for what no path names */
};

enum { DOC_OTHERS, DOC_INVALID, DOC_PATHS };
enum { OTHERS_TEXT, OTHERS_KEEP, OTHERS_NULL };
enum { INVALID_TEXT, INVALID_NULL, INVALID_FAIL };
const struct mask_param document_params[] = {
    {"others", MASK_P_WORD, "text", "text|keep|null",
     "values that no path names: other words (and digits for numbers of six digits and more), "
     "themselves, or null"},
    {"invalid", MASK_P_WORD, "text", "text|null|fail",
     "what a value that is no document becomes: other words, NULL, or the run fails"},
    {"", MASK_P_PATHS, NULL, NULL,
     "\"$.contact.mail\": RULE; \"$..mail\", \"$.list[*].mail\", \"$.*\""},
    {0},
};

/* ---- paths */

static const char *part_of(const char **s, struct arena *a)
{
    const char *p = *s;
    size_t n;

    if (str_starts(p, "[*]")) {
        *s = p + 3;
        return "[]";
    }
    if (str_starts(p, "..")) {
        *s = p + 1;
        return "..";
    }
    if (*p != '.')
        return NULL;
    p++;
    if (*p == '"') {
        n = strcspn(p + 1, "\"");
        *s = p + 1 + n + (p[1 + n] == '"');
        return p[1 + n] == '"' ? arena_printf(a, ".%.*s", (int)n, p + 1) : NULL;
    }
    n = strcspn(p, ".[");
    *s = p + n;
    if (n == 1 && *p == '*')
        return "*";
    return n ? arena_printf(a, ".%.*s", (int)n, p) : NULL;
}

static bool read_path(struct mask_rule *r, const char *path, struct leaf *ret, struct err *err)
{
    const char **parts = arena_calloc(r->arena, (strlen(path) + 1) * sizeof *parts);
    const char *s = path + (*path == '$');
    size_t n = 0;

    ret->path = path;
    ret->parts = parts;
    while (*s) {
        parts[n] = part_of(&s, r->arena);
        if (!parts[n++])
            return mask_wrong(r, err,
                              "%s: \"%s\" is no path: $.name, $.\"a.b\", $.list[*], $..name",
                              r->facts.transformer->name, path);
    }
    return true;
}

static bool matches(const char *const *parts, const struct step *steps, unsigned n)
{
    for (; *parts; parts++, steps++, n--) {
        if (str_eq(*parts, "..")) {
            for (unsigned skip = 0; skip <= n; skip++)
                if (matches(parts + 1, steps + skip, n - skip))
                    return true;
            return false;
        }
        if (!n)
            return false;
        if (str_eq(*parts, "[]") ? !steps->element : steps->element)
            return false;
        if (**parts == '.' && (strlen(*parts + 1) != steps->name.len ||
                               memcmp(*parts + 1, steps->name.data, steps->name.len) != 0))
            return false;
    }
    return true; /* what lies below belongs to it */
}

static const struct mask_rule *rule_at(const struct document *d)
{
    const struct leaves *l = d->rule->own;

    for (size_t i = 0; i < l->n; i++)
        if (matches(l->at[i].parts, d->steps, d->depth))
            return l->at[i].rule;
    return NULL;
}

/* ---- rules of leaves */

/* A leaf has no type of its own: that of a text, or else one that the transformer takes. */
static bool leaf_rule(struct mask_rule *r, const struct mask_node *spec, const char *path,
                      const struct mask_rule **ret, struct err *err)
{
    static const enum mask_type types[] = {MASK_T_TEXT,      MASK_T_INT,  MASK_T_DECIMAL,
                                           MASK_T_TIMESTAMP, MASK_T_BOOL, MASK_T_JSON};
    struct err first = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct mask_column *c = arena_new(r->arena, struct mask_column);

        *c = (struct mask_column){.path = arena_printf(r->arena, "%s %s", r->column->path, path),
                                  .type_text = "a value in a document",
                                  .type = types[i],
                                  .max_chars = MASK_NO_LIMIT,
                                  .max_bytes = MASK_NO_LIMIT,
                                  .min = INT64_MIN,
                                  .max = INT64_MAX};
        err_clear(err);
        if (mask_rule_inner(spec, r, c, ret, err))
            return true;
        if (!i)
            first = *err;
    }
    *err = first;
    return false;
}

static bool built_in(struct mask_rule *r, const char *transformer, const struct mask_rule **ret,
                     struct err *err)
{
    struct mask_node *n = arena_new(r->arena, struct mask_node);

    n->kind = MASK_SCALAR;
    n->text = transformer;
    return leaf_rule(r, n, "", ret, err);
}

bool document_prepare(struct mask_rule *r, struct err *err)
{
    struct leaves *l = arena_new(r->arena, struct leaves);
    const struct mask_node *given = r->args[DOC_PATHS].node;
    size_t n = 0;

    for (const struct mask_node *c = given ? given->first : NULL; c; c = c->next)
        n++;
    l->at = arena_calloc(r->arena, (n + 1) * sizeof *l->at);
    for (const struct mask_node *c = given ? given->first : NULL; c; c = c->next) {
        if (c->name[0] != '$' && c->name[0] != '.')
            continue;
        if (!read_path(r, c->name, &l->at[l->n], err) ||
            !leaf_rule(r, c, c->name, &l->at[l->n].rule, err))
            return false;
        l->n++;
    }
    if (r->args[DOC_INVALID].number == INVALID_NULL && r->column->not_null)
        return mask_wrong(r, err, "%s: invalid: null: the column is NOT NULL",
                          r->facts.transformer->name);
    r->facts.injective = false;
    r->own = l;
    return built_in(r, "text", &l->words, err) && built_in(r, "digits", &l->digits, err) &&
           built_in(r, "hash", &l->names, err);
}

/* ---- values */

static unsigned count_digits(struct slice v)
{
    unsigned n = 0;

    for (size_t i = 0; i < v.len; i++)
        n += v.data[i] >= '0' && v.data[i] <= '9';
    return n;
}

enum { MANY_DIGITS = 6 };

/* What holds for a leaf; NULL: it stays. */
static const struct mask_rule *rule_of_leaf(const struct document *d, struct slice text,
                                            enum document_leaf leaf)
{
    const struct leaves *l = d->rule->own;
    const struct mask_rule *r = rule_at(d);

    if (r || d->rule->args[DOC_OTHERS].number != OTHERS_TEXT)
        return r;
    if (leaf == LEAF_STRING)
        return l->words;
    return leaf == LEAF_NUMBER && count_digits(text) >= MANY_DIGITS ? l->digits : NULL;
}

bool document_leaf(struct document *d, struct slice text, enum document_leaf leaf, struct buf *made,
                   bool *ret_null)
{
    const struct mask_rule *r = rule_of_leaf(d, text, leaf);
    struct mask_input in = {text, d->in->entity, d->in->row_key, NULL, {NULL, 0}};

    *ret_null = false;
    buf_reset(made);
    if (!r && d->rule->args[DOC_OTHERS].number == OTHERS_NULL)
        *ret_null = true;
    else if (!r ||
             (leaf == LEAF_OTHER && !r->empty_too && !(r->facts.transformer->types & MASK_T_BOOL)))
        buf_add(made, text.data, text.len);
    else
        return mask_value(d->worker, r, &in, made, ret_null, d->err);
    return true;
}

struct slice document_name(struct document *d, struct slice name, struct buf *made)
{
    const struct leaves *l = d->rule->own;
    struct mask_input in = {name, {NULL, 0}, {NULL, 0}, NULL, {NULL, 0}};
    bool null = false;

    if (d->rule->args[DOC_OTHERS].number == OTHERS_KEEP ||
        (!memchr(name.data, '@', name.len) && count_digits(name) <= MANY_DIGITS))
        return name;
    buf_reset(made);
    if (!mask_value(d->worker, l->names, &in, made, &null, d->err))
        return name;
    return buf_slice(made);
}

enum document_leaf document_sort(struct slice text)
{
    size_t i = text.len && (text.data[0] == '-' || text.data[0] == '+'), digits = 0;

    for (; i < text.len; i++) {
        if (text.data[i] != '.' && (text.data[i] < '0' || text.data[i] > '9'))
            return LEAF_STRING;
        digits += text.data[i] != '.';
    }
    return digits ? LEAF_NUMBER : LEAF_STRING;
}

bool document_keeps(const struct mask_rule *r)
{
    return r->args[DOC_OTHERS].number == OTHERS_KEEP;
}

bool document_into(struct document *d, struct slice name, bool element)
{
    if (d->depth >= DOCUMENT_DEEPEST)
        return false;
    d->steps[d->depth++] = (struct step){name, element};
    return true;
}

void document_out(struct document *d)
{
    d->depth--;
}

static bool no_document(struct mask_worker *w, const struct mask_rule *r,
                        const struct mask_input *in, struct buf *out, bool *ret_null,
                        struct err *err)
{
    const struct leaves *l = r->own;

    if (r->args[DOC_INVALID].number == INVALID_FAIL)
        return err_set(err, ERR_RUNTIME, "%s: a value is no such document",
                       r->facts.transformer->name);
    if (r->args[DOC_INVALID].number == INVALID_NULL) {
        *ret_null = true;
        return true;
    }
    return mask_value(w, l->words, in, out, ret_null, err);
}

bool document_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                    bool (*value)(struct document *d), struct buf *out, bool *ret_null,
                    struct err *err)
{
    struct document d = {
        .worker = w, .rule = r, .in = in, .text = in->value, .out = out, .err = err};
    size_t before = out->len;
    bool ok = value(&d);

    while (ok && d.at < d.text.len && strchr(" \t\r\n", d.text.data[d.at]))
        buf_addch(out, d.text.data[d.at++]);
    if (ok && d.at == d.text.len)
        return true;
    if (err_is_set(err))
        return false;
    buf_setlen(out, before);
    return no_document(w, r, in, out, ret_null, err);
}
