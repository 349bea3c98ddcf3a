#include "transformers.h"

#include <string.h>

#include "canon.h"
#include "fold.h"

/* null, keep, fixed, sql, same_as, choice, truncate, hash: no invention, or little of it. */

/* ---- null */
bool null_prepare(struct mask_rule *r, struct err *err)
{
    if (r->column->not_null)
        return mask_wrong(r, err, "null: the column is NOT NULL");
    r->facts.longest = 0;
    r->empty_too = true;
    return true;
}

bool null_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                struct buf *out, bool *ret_null, struct err *err)
{
    (void)w, (void)r, (void)in, (void)out, (void)err;
    *ret_null = true;
    return true;
}

/* ---- keep */
enum { KEEP_TYPE };
const struct mask_param keep_params[] = {
    {"type", MASK_P_TEXT, NULL, NULL,
     "the column's type; if it has another one day, the run is refused"},
    {0},
};

bool keep_prepare(struct mask_rule *r, struct err *err)
{
    const char *type = r->args[KEEP_TYPE].text;

    r->facts.keeps = true;
    if (type && !str_eq(type, r->column->type_text))
        return mask_wrong(r, err, "keep: its type was %s and is %s now: may it still be kept?",
                          type, r->column->type_text);
    return true;
}

bool keep_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                struct buf *out, bool *ret_null, struct err *err)
{
    (void)w, (void)r, (void)ret_null, (void)err;
    buf_add(out, in->value.data, in->value.len);
    return true;
}

/* ---- sql: the source has read the expression instead of the column */
enum { SQL_EXPRESSION };
const struct mask_param sql_params[] = {
    {"expression", MASK_P_TEXT, NULL, NULL,
     "what is read instead of the column; runs on the source"},
    {0},
};

bool sql_prepare(struct mask_rule *r, struct err *err)
{
    r->facts.sql = r->args[SQL_EXPRESSION].text;
    if (!r->facts.sql || !r->facts.sql[0])
        return mask_wrong(r, err, "sql: expression is missing");
    return true;
}

/* ---- fixed */
enum { FIXED_VALUE };
const struct mask_param fixed_params[] = {
    {"value", MASK_P_TEXT, NULL, NULL, "the value"},
    {0},
};

bool plain_fits(struct mask_rule *r, const char *v, struct err *err)
{
    const struct mask_column *c = r->column;
    struct slice s = {v, strlen(v)};
    int64_t number = 0;
    uint64_t big = 0;
    bool whole = str_parse_i64(v, &number), huge = str_parse_u64(v, &big);

    if (c->type == MASK_T_TEXT && fold_count(s) > mask_room(c))
        return mask_wrong(r, err, "\"%s\" is longer than %s allows", v, c->type_text);
    for (size_t i = 0; c->type == MASK_T_TEXT && !charset_is_plain(c) && i < s.len; i++)
        if ((unsigned char)v[i] >= 0x80)
            return mask_wrong(r, err, "\"%s\": only ASCII in a column of %s", v, c->charset_name);
    if (c->type == MASK_T_INT &&
        !((whole && number >= c->min && (number < 0 || (uint64_t)number <= c->max)) ||
          (huge && big <= c->max)))
        return mask_wrong(r, err, "\"%s\" is no %s", v, c->type_text);
    if (c->type == MASK_T_BOOL && !str_eq(v, "t") && !str_eq(v, "f") && !str_eq(v, "yes") &&
        !str_eq(v, "no") && !str_eq(v, "true") && !str_eq(v, "false"))
        return mask_wrong(r, err, "\"%s\" is no %s", v, c->type_text);
    for (const char *const *l = c->labels; l; l++) {
        if (!*l)
            return mask_wrong(r, err, "\"%s\" is no value of %s", v, c->type_text);
        if (str_eq(*l, v))
            break;
    }
    return true;
}

bool fixed_prepare(struct mask_rule *r, struct err *err)
{
    const char *v = r->args[FIXED_VALUE].text;

    if (!v)
        return mask_wrong(r, err, "fixed: value is missing");
    r->facts.injective = false;
    r->facts.longest = fold_count((struct slice){v, strlen(v)});
    return plain_fits(r, v, err);
}

bool fixed_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                 struct buf *out, bool *ret_null, struct err *err)
{
    (void)w, (void)in, (void)ret_null, (void)err;
    buf_adds(out, r->args[FIXED_VALUE].text);
    return true;
}

/* ---- choice */
enum { CHOICE_VALUES, CHOICE_PER };
const struct mask_param choice_params[] = {
    {"values", MASK_P_LIST, NULL, NULL, "one of them is taken; without: one of the type's labels"},
    {"per", MASK_P_COLUMN, NULL, NULL,
     "follows this column instead of the value, so that frequencies say nothing"},
    {0},
};

bool choice_prepare(struct mask_rule *r, struct err *err)
{
    const struct mask_node *list = r->args[CHOICE_VALUES].node;
    struct vec values = VEC_INIT(const char *);

    r->facts.entity = r->args[CHOICE_PER].text;
    r->facts.injective = false;
    r->facts.longest = 0;
    for (const struct mask_node *n = list ? list->first : NULL; n; n = n->next) {
        if (!plain_fits(r, n->text, err)) {
            vec_release(&values);
            return false;
        }
        VEC_PUSH(&values, const char *, n->text);
    }
    for (const char *const *l = list ? NULL : r->column->labels; l && *l; l++)
        VEC_PUSH(&values, const char *, *l);
    r->n[0] = values.len;
    r->own = values.len ? arena_memdup(r->arena, values.items, values.len * sizeof(char *)) : NULL;
    for (size_t i = 0; i < values.len; i++)
        if (strlen(VEC_AT(&values, const char *, i)) > r->facts.longest)
            r->facts.longest = strlen(VEC_AT(&values, const char *, i));
    vec_release(&values);
    return r->n[0] || mask_wrong(r, err, "choice: values are missing");
}

bool choice_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                  struct buf *out, bool *ret_null, struct err *err)
{
    const char *const *values = r->own;
    uint8_t block[MASK_BLOCK];
    struct dice d;

    (void)ret_null, (void)err;
    if (in->entity.data)
        mask_block_of(w, r, in->entity, block);
    else
        mask_block(w, r, in->value, block);
    dice_from(&d, block);
    buf_adds(out, values[dice_below(&d, r->n[0])]);
    return true;
}

/* ---- truncate */
enum { TRUNCATE_CHARS };
const struct mask_param truncate_params[] = {
    {"chars", MASK_P_COUNT, "1", NULL,
     "how many characters stay; marks that combine stay with theirs"},
    {0},
};

bool truncate_prepare(struct mask_rule *r, struct err *err)
{
    r->n[0] = (uint64_t)r->args[TRUNCATE_CHARS].number;
    r->facts.injective = false;
    r->facts.longest = r->n[0];
    if (!r->n[0] && r->column->not_null && r->column->key)
        return mask_wrong(r, err, "truncate: chars is 0");
    return true;
}

bool truncate_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                    struct buf *out, bool *ret_null, struct err *err)
{
    (void)w, (void)ret_null, (void)err;
    buf_add(out, in->value.data, fold_cut(in->value, r->n[0]));
    return true;
}

/* ---- hash */
enum { HASH_FORMAT, HASH_LENGTH };
const struct mask_param hash_params[] = {
    {"format", MASK_P_WORD, "base32", "base32|hex", "the digits: a-z and 2-7, or 0-9 and a-f"},
    {"length", MASK_P_COUNT, "0", NULL, "characters; 0: 32, or what the column has room for"},
    {0},
};

bool hash_prepare(struct mask_rule *r, struct err *err)
{
    bool hex = r->args[HASH_FORMAT].number;
    uint64_t most = hex ? 64 : 51, room = mask_room(r->column);
    uint64_t n = (uint64_t)r->args[HASH_LENGTH].number;

    if (n > most)
        return mask_wrong(r, err, "hash: length is %d at most", (int)most);
    if (!n)
        n = room < 32 ? room : 32;
    if (n > room || n < 4)
        return mask_wrong(r, err, "hash: %d characters do not fit into %s", (int)(n < 4 ? 4 : n),
                          r->column->type_text);
    r->n[0] = n;
    r->facts.longest = n;
    r->facts.injective = n * (hex ? 4 : 5) >= 80;
    if (!r->facts.injective)
        r->facts.note = "short: two values may become one";
    return true;
}

bool hash_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                struct buf *out, bool *ret_null, struct err *err)
{
    uint8_t block[MASK_BLOCK];

    (void)ret_null, (void)err;
    mask_block(w, r, in->value, block);
    if (!r->args[HASH_FORMAT].number) {
        mask_base32(block, r->n[0], out);
        return true;
    }
    for (uint64_t i = 0; i < r->n[0]; i++)
        buf_addch(out, "0123456789abcdef"[i % 2 ? block[i / 2] & 15 : block[i / 2] >> 4]);
    return true;
}

/* ---- same_as */
enum { SAME_COLUMN, SAME_FORM };
const struct mask_param same_as_params[] = {
    {"column", MASK_P_COLUMN, NULL, NULL, "the column of this table whose masked value it is"},
    {"form", MASK_P_WORD, "same", "same|lower|upper|slug", "how it is spelled here"},
    {0},
};

bool same_as_prepare(struct mask_rule *r, struct err *err)
{
    r->facts.same_as = r->args[SAME_COLUMN].text;
    if (!r->facts.same_as)
        return mask_wrong(r, err, "same_as: column is missing");
    return true;
}

static void spell(int64_t form, struct slice v, struct buf *out)
{
    for (size_t i = 0; i < v.len; i++) {
        char c = v.data[i];
        bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';

        if (form == 1 && upper)
            c = (char)(c + 32);
        else if (form == 2 && lower)
            c = (char)(c - 32);
        else if (form == 3)
            c = upper ? (char)(c + 32) : lower || (c >= '0' && c <= '9') || (c & 0x80) ? c : '-';
        buf_addch(out, c);
    }
}

bool same_as_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                   struct buf *out, bool *ret_null, struct err *err)
{
    struct mask_input other = {in->other_value, in->entity, in->row_key, NULL, {NULL, 0}};
    struct buf made = BUF_INIT;
    struct slice v;
    bool ok = true;

    if (!in->other || !in->other_value.data) {
        *ret_null = !r->column->not_null; /* an empty value says as little */
        return true;
    }
    ok = mask_value(w, in->other, &other, &made, ret_null, err);
    v = buf_slice(&made);
    if (ok && !*ret_null) {
        v.len = fold_cut(v, r->column->max_chars);
        spell(r->args[SAME_FORM].number, v, out);
    }
    buf_release(&made);
    return ok;
}
