#include "rule.h"

#include <stdio.h>
#include <string.h>

#include "canon.h"
#include "prf.h"

/* What a rule may say beside its transformer. */
static const char *const beside[] = {"keep_values", "on_collision", "domain", "when"};

static bool is_beside(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(beside); i++)
        if (str_eq(name, beside[i]))
            return true;
    return false;
}

const struct mask_transformer *mask_transformer_in(const struct mask_transformer *table,
                                                   const char *name)
{
    for (const struct mask_transformer *t = table; t->name; t++)
        if (str_eq(t->name, name))
            return t;
    return NULL;
}

static void known_names(const struct mask_rule *r, struct buf *out)
{
    for (const struct mask_transformer *t = r->known; t->name; t++)
        buf_addf(out, "%s%s", t == r->known ? "" : ", ", t->name);
}

/* Which transformer the rule names; *ret_given: its parameters, or NULL. */
static bool find_transformer(struct mask_rule *r, const struct mask_node *spec,
                             const struct mask_node **ret_given, struct err *err)
{
    const char *name = spec->kind == MASK_NULL ? "null" : spec->text;
    struct buf names = BUF_INIT;

    *ret_given = NULL;
    for (const struct mask_node *c = spec->kind == MASK_MAP ? spec->first : NULL; c; c = c->next) {
        if (is_beside(c->name))
            continue;
        if (name)
            return mask_wrong(r, err, "a rule names one transformer, not %s and %s", name, c->name);
        name = c->name;
        *ret_given = c;
    }
    r->facts.transformer = name ? mask_transformer_in(r->known, name) : NULL;
    if (r->facts.transformer)
        return true;
    if (name && str_eq(name, "undecided")) {
        mask_wrong(r, err, "nobody has decided what becomes of it");
        err->cls = ERR_REFUSED;
        return err_hint(err, "write a rule that fits it, or keep, instead of undecided");
    }
    if (name)
        mask_wrong(r, err, "there is no transformer \"%s\"", name);
    else
        mask_wrong(r, err, "the rule names no transformer");
    known_names(r, &names);
    err_hint(err, "transformers: %s", names.data);
    buf_release(&names);
    return false;
}

static bool text_of(struct mask_rule *r, const char *name, const char **ret, struct err *err)
{
    const struct mask_node *n = mask_node_get(r->spec, name);

    if (n && (n->kind != MASK_SCALAR || !n->text[0]))
        return mask_wrong(r, err, "%s: wants a text", name);
    *ret = n ? n->text : NULL;
    return true;
}

static bool read_collision(struct mask_rule *r, struct err *err)
{
    const char *text = NULL;

    if (!text_of(r, "on_collision", &text, err))
        return false;
    r->facts.suffix = text && str_eq(text, "suffix");
    if (text && !r->facts.suffix && !str_eq(text, "fail"))
        return mask_wrong(r, err, "on_collision: is one of fail, suffix");
    if (r->facts.suffix && r->column->type != MASK_T_TEXT)
        return mask_wrong(r, err, "on_collision: suffix needs a column of text, this is %s",
                          r->column->type_text);
    return true;
}

static void add_kept(struct mask_rule *r, struct slice value, struct vec *kept)
{
    struct buf b = BUF_INIT;
    struct slice s;

    canon_value(r, value, &b);
    s = (struct slice){arena_memdup(r->arena, b.data, b.len + 1), b.len};
    VEC_PUSH(kept, struct slice, s);
    buf_release(&b);
}

/* The values that stay: those of the rule, or else its kind's. */
static bool read_kept(struct mask_rule *r, struct err *err)
{
    const struct mask_node *n = mask_node_get(r->spec, "keep_values");
    struct vec kept = VEC_INIT(struct slice);
    const char *s = r->facts.transformer->sentinels;
    bool ok = !n || n->kind == MASK_LIST;

    for (const struct mask_node *c = n && ok ? n->first : NULL; c && ok; c = c->next) {
        ok = c->kind == MASK_SCALAR;
        if (ok)
            add_kept(r, (struct slice){c->text, strlen(c->text)}, &kept);
    }
    while (!n && s && *s) {
        size_t len = strcspn(s, "|");

        add_kept(r, (struct slice){s, len}, &kept);
        s += len + (s[len] == '|');
    }
    r->n_kept = kept.len;
    r->kept = kept.len ? arena_memdup(r->arena, kept.items, kept.len * sizeof *r->kept) : NULL;
    vec_release(&kept);
    return ok || mask_wrong(r, err, "keep_values: wants a list of values: [a, b]");
}

/* The condition is read with the value, as its first character (sync/masking.c). */
static bool read_when(struct mask_rule *r, struct err *err)
{
    const char *set = r->column->charset_name;

    if (!text_of(r, "when", &r->facts.when, err))
        return false;
    if (!r->facts.when)
        return true;
    if (r->facts.keeps || r->facts.sql)
        return mask_wrong(r, err, "when: has no meaning beside %s", r->facts.transformer->name);
    if (r->column->type == MASK_T_OTHER ||
        (set && (str_starts(set, "utf16") || str_starts(set, "utf32") || str_starts(set, "ucs2"))))
        return mask_wrong(r, err, "when: is not possible in a column of %s",
                          r->column->type == MASK_T_OTHER ? r->column->type_text : set);
    return true;
}

static void set_prefix(struct mask_rule *r)
{
    struct buf b = BUF_INIT;
    char version[16];

    snprintf(version, sizeof version, "%u", r->facts.transformer->version);
    prf_part(&b, "value");
    prf_part(&b, r->facts.transformer->name);
    prf_part(&b, version);
    prf_part(&b, r->facts.domain);
    r->prefix = (struct slice){arena_memdup(r->arena, b.data, b.len), b.len};
    buf_release(&b);
}

static bool takes(struct mask_rule *r, struct err *err)
{
    const struct mask_transformer *t = r->facts.transformer;

    if (t->types & r->column->type)
        return true;
    mask_wrong(r, err, "%s cannot mask a column of type %s", t->name, r->column->type_text);
    return err_hint(err, "dbtwin mask --list says which types each transformer takes");
}

/* A suffix is put into the room that the value leaves, or takes its end. */
static bool fits_suffix(struct mask_rule *r, struct err *err)
{
    if (!r->facts.suffix)
        return true;
    if (mask_room(r->column) < 2 * MASK_SUFFIX)
        return mask_wrong(r, err, "on_collision: suffix needs %d characters, %s has fewer",
                          2 * MASK_SUFFIX, r->column->type_text);
    r->facts.injective = true;
    return true;
}

static bool read_rule(struct mask_rule *r, struct err *err)
{
    const struct mask_node *given;
    const char *domain = NULL;

    if (!find_transformer(r, r->spec, &given, err) || !takes(r, err) ||
        !text_of(r, "domain", &domain, err) || !read_collision(r, err) ||
        !param_read(r, given, err))
        return false;
    r->facts.domain = domain                         ? domain
                      : r->facts.transformer->domain ? r->facts.transformer->domain
                                                     : r->facts.transformer->name;
    r->facts.injective = r->facts.transformer->promises & MASK_INJECTIVE;
    r->facts.longest = MASK_NO_LIMIT;
    r->fold = r->column->fold;
    set_prefix(r);
    if (r->facts.transformer->prepare && !r->facts.transformer->prepare(r, err))
        return false;
    return read_kept(r, err) && read_when(r, err) && fits_suffix(r, err);
}

bool mask_rule_of(const struct mask_transformer *known, const struct mask_node *spec,
                  const struct mask_column *c, struct mask_key *key, struct arena *a,
                  const struct mask_rule **ret, struct err *err)
{
    struct mask_rule *r = arena_new(a, struct mask_rule);

    r->known = known;
    r->spec = spec;
    r->column = c;
    r->key = key;
    r->arena = a;
    if (!read_rule(r, err))
        return false;
    *ret = r;
    return true;
}

bool mask_rule_inner(const struct mask_node *spec, const struct mask_rule *outer,
                     const struct mask_column *c, const struct mask_rule **ret, struct err *err)
{
    if (!mask_rule_of(outer->known, spec, c, outer->key, outer->arena, ret, err))
        return false;
    return !(*ret)->facts.when || mask_wrong(outer, err, "when: is about rows: write it beside %s",
                                             outer->facts.transformer->name);
}

const struct mask_rule_facts *mask_rule_facts(const struct mask_rule *r)
{
    return &r->facts;
}
