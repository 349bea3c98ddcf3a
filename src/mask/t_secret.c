#include <string.h>

#include "canon.h"
#include "transformers.h"

/* token, password, bytes: secrets and blobs become others that open nothing. */

/* Another character of the same sort: a digit, a small or a capital letter; '.' and '/' stay. */
static char another(struct dice *d, char c)
{
    if (c >= '0' && c <= '9')
        return (char)('0' + (int)dice_below(d, 10));
    if (c >= 'a' && c <= 'z')
        return (char)('a' + (int)dice_below(d, 26));
    if (c >= 'A' && c <= 'Z')
        return (char)('A' + (int)dice_below(d, 26));
    return c & 0x80 ? 'x' : c;
}

static bool is_hex(struct slice v)
{
    for (size_t i = 0; i < v.len; i++)
        if (!(v.data[i] >= '0' && v.data[i] <= '9') && !(v.data[i] >= 'a' && v.data[i] <= 'f') &&
            !(v.data[i] >= 'A' && v.data[i] <= 'F') && v.data[i] != '-')
            return false;
    return true;
}

/* v with other letters and digits; hexadecimal stays so. One byte for each byte. */
static void scramble(struct dice *d, struct slice v, struct buf *out)
{
    bool hex = is_hex(v);

    for (size_t i = 0; i < v.len; i++) {
        char c = v.data[i];

        if (hex && c != '-') {
            char h = "0123456789abcdef"[dice_below(d, 16)];

            buf_addch(out, c >= 'A' && c <= 'F' && h >= 'a' ? (char)(h - 32) : h);
        } else if (!(c & 0x80) || (c & 0xC0) != 0x80) {
            buf_addch(out, another(d, c));
        }
    }
}

static void draw(struct mask_worker *w, const struct mask_rule *r, struct slice v, struct dice *d)
{
    uint8_t block[MASK_BLOCK];

    mask_block(w, r, v, block);
    dice_from(d, block);
}

/* ---- token */
const struct mask_param token_params[] = {{0}};

bool token_prepare(struct mask_rule *r, struct err *err)
{
    (void)err;
    r->facts.injective = false; /* short ones may meet */
    return true;
}

bool token_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                 struct buf *out, bool *ret_null, struct err *err)
{
    struct dice d;

    (void)ret_null, (void)err;
    draw(w, r, in->value, &d);
    scramble(&d, in->value, out);
    return true;
}

/* ---- password: a hash that no password has; the scheme in front of it stays ($2y$10$…) */
const struct mask_param password_params[] = {{0}};

bool password_prepare(struct mask_rule *r, struct err *err)
{
    (void)err;
    r->facts.injective = false;
    return true;
}

/* The length of what says how it was made: all but the last two parts between $, salt and hash; of
 * bcrypt, where both are one, all but the last. A value without $ has none. */
static size_t scheme_of(struct slice v)
{
    size_t at[16], n = 0;
    bool bcrypt = v.len > 3 && v.data[0] == '$' && v.data[1] == '2';

    for (size_t i = 0; i < v.len && n < ARRAY_LEN(at); i++)
        if (v.data[i] == '$')
            at[n++] = i;
    if (v.len > 3 && memcmp(v.data, "$P$", 3) == 0)
        return 3;
    if (n < 2)
        return 0;
    return at[bcrypt || n == 2 ? n - 1 : n - 2] + 1;
}

bool password_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                    struct buf *out, bool *ret_null, struct err *err)
{
    size_t scheme = scheme_of(in->value);
    struct slice rest = {in->value.data + scheme, in->value.len - scheme};
    struct dice d;

    (void)ret_null, (void)err;
    draw(w, r, in->value, &d);
    if (scheme > 40) { /* that is no scheme */
        rest = in->value;
        scheme = 0;
    }
    buf_add(out, in->value.data, scheme);
    scramble(&d, rest, out);
    return true;
}

/* ---- bytes */
enum { BYTES_LENGTH };
const struct mask_param bytes_params[] = {
    {"length", MASK_P_COUNT, "0", NULL,
     "bytes that are invented; 0: as many as before, at most 1024"},
    {0},
};

enum { MOST_BYTES = 1024 };

bool bytes_prepare(struct mask_rule *r, struct err *err)
{
    uint64_t n = (uint64_t)r->args[BYTES_LENGTH].number;

    if (n > r->column->max_bytes || n > MOST_BYTES)
        return mask_wrong(r, err, "bytes: length does not fit: %s, and %d at most",
                          r->column->type_text, MOST_BYTES);
    r->n[0] = n;
    r->facts.injective = n >= 16;
    return true;
}

bool bytes_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                 struct buf *out, bool *ret_null, struct err *err)
{
    uint64_t n = r->column->hex && in->value.len >= 2 ? in->value.len / 2 - 1 : in->value.len;
    struct dice d;

    (void)ret_null, (void)err;
    draw(w, r, in->value, &d);
    n = r->n[0] ? r->n[0] : n < MOST_BYTES ? n : MOST_BYTES;
    if (r->column->hex)
        buf_adds(out, "\\x");
    for (uint64_t i = 0; i < n; i++) {
        unsigned b = (unsigned)dice_below(&d, 256);

        if (!r->column->hex) {
            buf_addch(out, (char)b);
        } else {
            buf_addch(out, "0123456789abcdef"[b >> 4]);
            buf_addch(out, "0123456789abcdef"[b & 15]);
        }
    }
    return true;
}
