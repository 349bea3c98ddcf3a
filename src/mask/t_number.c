#include <stdlib.h>
#include <string.h>

#include "canon.h"
#include "transformers.h"

/* int, decimal: a permutation of the type's range, a number near the value, or one within a range.
 */

enum { NUMBER_NOISE, NUMBER_RANGE, NUMBER_PER };
const struct mask_param int_params[] = {
    {"noise", MASK_P_AMOUNT, NULL, NULL, "at most so far from the value: 5, or 10%"},
    {"range", MASK_P_RANGE, NULL, NULL, "any number in it"},
    {"per", MASK_P_COLUMN, NULL, NULL, "with noise or range: follows this column, not the value"},
    {0},
};
const struct mask_param decimal_params[] = {
    {"noise", MASK_P_AMOUNT, "10%", NULL, "at most so far from the value: 5, or 10%"},
    {"range", MASK_P_RANGE, NULL, NULL, "any number in it"},
    {"per", MASK_P_COLUMN, NULL, NULL, "follows this column, not the value"},
    {0},
};

static bool whole_range(struct mask_rule *r, const char *name, struct err *err)
{
    const struct mask_node *n = r->args[NUMBER_RANGE].node;
    int64_t from, to;

    if (!str_parse_i64(n->first->text, &from) || !str_parse_i64(n->first->next->text, &to) ||
        from >= to)
        return mask_wrong(r, err, "%s: range: wants two whole numbers, the lower one first", name);
    r->n[0] = (uint64_t)from;
    r->n[1] = (uint64_t)to - (uint64_t)from + 1;
    return true;
}

bool int_prepare(struct mask_rule *r, struct err *err)
{
    const struct mask_column *c = r->column;
    const struct mask_node *range = r->args[NUMBER_RANGE].node;
    bool noise = r->args[NUMBER_NOISE].text;

    r->facts.entity = r->args[NUMBER_PER].text;
    r->facts.injective = !range && !noise;
    if (noise && r->args[NUMBER_NOISE].scale)
        return mask_wrong(r, err, "int: noise wants a whole number");
    if (range && noise)
        return mask_wrong(r, err, "int: noise and range exclude each other");
    if (range)
        return whole_range(r, "int", err) && plain_fits(r, range->first->text, err) &&
               plain_fits(r, range->first->next->text, err);
    if (noise)
        return true;
    if (c->max < 1000000)
        r->facts.note = "format only, no secrecy: the type has few values";
    return true;
}

static void draw(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                 struct dice *d)
{
    uint8_t block[MASK_BLOCK];

    if (in->entity.data)
        mask_block_of(w, r, in->entity, block);
    else
        mask_block(w, r, in->value, block);
    dice_from(d, block);
}

static bool clamp(const struct mask_column *c, __int128 x, struct buf *out)
{
    if (x < c->min)
        x = c->min;
    if (x > (__int128)c->max)
        x = (__int128)c->max;
    if (x < 0)
        buf_addf(out, "%lld", (long long)x);
    else
        buf_addf(out, "%llu", (unsigned long long)x);
    return true;
}

/* A number other than 0 from -most to most. */
static __int128 deviation(struct dice *d, uint64_t most)
{
    uint64_t x = 1 + dice_below(d, most ? most : 1);

    return dice_next(d) & 1 ? (__int128)x : -(__int128)x;
}

static bool parse(struct slice v, __int128 *ret)
{
    char text[24];
    int64_t small;
    uint64_t big;

    if (v.len >= sizeof text)
        return false;
    memcpy(text, v.data, v.len);
    text[v.len] = '\0';
    if (str_parse_i64(text, &small))
        *ret = small;
    else if (str_parse_u64(text, &big))
        *ret = (__int128)big;
    else
        return false;
    return true;
}

static bool stays(const struct mask_rule *r, __int128 x)
{
    for (size_t i = 0; i < r->n_kept; i++) {
        __int128 kept;

        if (parse(r->kept[i], &kept) && kept == x)
            return true;
    }
    return false;
}

/* Positive numbers among positive ones, negative among negative ones, 0 to itself; around the
 * values that stay. */
static __int128 permuted(struct mask_worker *w, const struct mask_rule *r, __int128 x)
{
    const struct mask_column *c = r->column;
    u128 n = x > 0 ? c->max : (u128)(-(__int128)c->min);

    if (!x)
        return 0;
    do {
        u128 y = permute(w, r, n, (u128)(x > 0 ? x : -x) - 1) + 1;

        x = x > 0 ? (__int128)y : -(__int128)y;
    } while (stays(r, x));
    return x;
}

bool int_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
               struct buf *out, bool *ret_null, struct err *err)
{
    const struct mask_arg *noise = &r->args[NUMBER_NOISE];
    const struct mask_column *c = r->column;
    struct dice d;
    __int128 x;

    (void)ret_null;
    if (!parse(in->value, &x) || x < c->min || x > (__int128)c->max)
        return err_set(err, ERR_RUNTIME, "a value is no %s", c->type_text);
    if (r->args[NUMBER_RANGE].node) {
        draw(w, r, in, &d);
        return clamp(c, (int64_t)r->n[0] + (__int128)dice_below(&d, r->n[1]), out);
    }
    if (!noise->text)
        return clamp(c, permuted(w, r, x), out);
    draw(w, r, in, &d);
    if (noise->percent) {
        __int128 most = (x < 0 ? -x : x) * noise->number / 100;

        return clamp(c, x + deviation(&d, (uint64_t)most), out);
    }
    return clamp(c, x + deviation(&d, (uint64_t)noise->number), out);
}

/* ---- decimal: as whole numbers of its last digit, with as many digits after the point as before
 */
enum { MOST_DIGITS = 36 };

bool decimal_prepare(struct mask_rule *r, struct err *err)
{
    const struct mask_node *range = r->args[NUMBER_RANGE].node;

    r->facts.entity = r->args[NUMBER_PER].text;
    r->facts.injective = false;
    if (range && r->args[NUMBER_NOISE].node)
        return mask_wrong(r, err, "decimal: noise and range exclude each other");
    if (!range)
        return true;
    if (!whole_range(r, "decimal", err))
        return false;
    for (const struct mask_node *n = range->first; n && r->column->precision; n = n->next)
        if (strspn(n->text + (*n->text == '-'), "0123456789") >
            r->column->precision - r->column->scale)
            return mask_wrong(r, err, "decimal: range: %s does not fit into %s", n->text,
                              r->column->type_text);
    return true;
}

/* The digits of a plain number without its point; *ret_scale: how many came after it. */
static bool digits_of(struct slice v, __int128 *ret, unsigned *ret_scale, unsigned *ret_n)
{
    bool negative = v.len && v.data[0] == '-', point = false;
    u128 x = 0;

    *ret_scale = *ret_n = 0;
    for (size_t i = negative; i < v.len; i++) {
        if (v.data[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (v.data[i] < '0' || v.data[i] > '9' || ++*ret_n > MOST_DIGITS)
            return false;
        x *= 10;
        x += (unsigned char)(v.data[i] - '0');
        *ret_scale += point;
    }
    *ret = negative ? -(__int128)x : (__int128)x;
    return *ret_n > 0;
}

static void print(__int128 x, unsigned scale, struct buf *out)
{
    char digits[48];
    unsigned n = 0;
    u128 rest = x < 0 ? (u128)-x : (u128)x;

    for (; rest || n <= scale; rest /= 10)
        digits[n++] = (char)('0' + (int)(rest % 10));
    if (x < 0)
        buf_addch(out, '-');
    while (n-- > 0) {
        buf_addch(out, digits[n]);
        if (n == scale && scale)
            buf_addch(out, '.');
    }
}

/* As many digits as a double keeps, as servers write them. */
static void print_float(__int128 x, unsigned scale, struct buf *out)
{
    struct buf text = BUF_INIT;

    print(x, scale, &text);
    buf_addf(out, "%.15g", strtod(text.data, NULL));
    buf_release(&text);
}

static u128 power(unsigned n)
{
    u128 p = 1;

    while (n-- > 0)
        p *= 10;
    return p;
}

static __int128 near(const struct mask_rule *r, __int128 x, unsigned scale, struct dice *d)
{
    const struct mask_arg *noise = &r->args[NUMBER_NOISE];
    u128 size = x < 0 ? (u128)-x : (u128)x;
    u128 most =
        noise->percent
            ? size / 100 * (uint64_t)noise->number + size % 100 * (uint64_t)noise->number / 100
            : (uint64_t)noise->number * power(scale < 18 ? scale : 18) / power(noise->scale);
    u128 part = (u128)dice_below(d, UINT64_MAX) + 1; /* of 2^64 */
    u128 step = (most >> 64) * part + (u128)(((u128)(uint64_t)most * part) >> 64);

    if (!step && most)
        step = 1;
    return dice_next(d) & 1 ? x + (__int128)step : x - (__int128)step;
}

/* What the column can hold: its precision, or as many digits as before. */
static __int128 bounded(const struct mask_column *c, __int128 x, unsigned scale, unsigned n)
{
    unsigned digits = c->precision ? c->precision - c->scale + scale : n + 1;
    __int128 most;

    most = (__int128)power(digits > MOST_DIGITS + 1 ? MOST_DIGITS + 1 : digits) - 1;
    return x > most ? most : x < -most ? -most : x;
}

/* More digits than fit into a number of ours: all but the first are other ones. */
static void scramble(struct slice v, struct dice *d, struct buf *out)
{
    bool first = true, exponent = false;

    for (size_t i = 0; i < v.len; i++) {
        bool digit = !exponent && v.data[i] >= '0' && v.data[i] <= '9';

        exponent = exponent || v.data[i] == 'e' || v.data[i] == 'E';

        buf_addch(out, digit && !first ? (char)('0' + (int)dice_below(d, 10)) : v.data[i]);
        first = first && !digit;
    }
}

bool decimal_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                   struct buf *out, bool *ret_null, struct err *err)
{
    unsigned scale, n;
    struct dice d;
    __int128 x;

    (void)ret_null, (void)err;
    draw(w, r, in, &d);
    if (in->value.data[0] == 'N' || in->value.data[0] == 'I' ||
        (in->value.len > 1 && in->value.data[1] == 'I')) {
        buf_add(out, in->value.data, in->value.len); /* NaN, Infinity */
        return true;
    }
    if (!digits_of(in->value, &x, &scale, &n)) {
        scramble(in->value, &d, out);
        return true;
    }
    if (r->args[NUMBER_RANGE].node)
        x = ((__int128)(int64_t)r->n[0] + (__int128)dice_below(&d, r->n[1])) *
            (__int128)power(scale < 18 ? scale : 18); /* with zeros after the point */
    else
        x = bounded(r->column, near(r, x, scale, &d), scale, n);
    if (r->column->type == MASK_T_FLOAT)
        print_float(x, scale, out);
    else
        print(x, scale, out);
    return true;
}
