#include <string.h>
#include <strings.h>

#include "transformers.h"

/*
 * digits: a number with its format kept. All digits that do not stay are one number, which is
 * permuted among those of as many digits; check digits follow, as right or wrong as they were.
 * phone: a number that cannot be dialled.
 */
/* A permutation's domain stays below 26 times this. */
#define LARGEST_PIECE ((u128)1000000000000000000 * 1000000000000000000)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static char first_of(char c)
{
    return is_digit(c) ? '0' : c >= 'a' ? 'a' : 'A';
}

/* Permutes digits among digits and letters among letters, in place; s holds nothing else. */
static void permute_chars(struct mask_worker *w, const struct mask_rule *r, char *s, size_t n)
{
    for (size_t end, at = 0; at < n; at = end) {
        u128 x = 0, domain = 1;

        for (end = at; end < n && domain < LARGEST_PIECE; end++) {
            u128 radix = is_digit(s[end]) ? 10 : 26;

            x *= radix;
            x += (unsigned char)(s[end] - first_of(s[end]));
            domain *= radix;
        }
        x = permute(w, r, domain, x);
        for (size_t i = end; i-- > at;) {
            u128 radix = is_digit(s[i]) ? 10 : 26;

            s[i] = (char)(first_of(s[i]) + (int)(x % radix));
            x /= radix;
        }
    }
}

/* ---- digits */
enum { DIGITS_FIRST, DIGITS_LAST, DIGITS_CHECK };
enum { CHECK_AUTO, CHECK_LUHN, CHECK_IBAN, CHECK_NONE };
const struct mask_param digits_params[] = {
    {"keep_first", MASK_P_COUNT, "0", NULL, "digits that stay at the beginning"},
    {"keep_last", MASK_P_COUNT, "0", NULL, "digits that stay at the end"},
    {"check", MASK_P_WORD, "auto", "auto|luhn|iban|none",
     "which check digit there is; auto: of cards (13 to 19 digits) and of IBANs"},
    {0},
};

bool digits_prepare(struct mask_rule *r, struct err *err)
{
    int64_t kept = r->args[DIGITS_FIRST].number + r->args[DIGITS_LAST].number;

    if (kept > 9)
        return mask_wrong(r, err, "digits: %d digits that stay would give the number back",
                          (int)kept);
    r->facts.note = "format only: numbers of less than six digits are no secret";
    return true;
}

static int luhn_digit(const char *s, size_t n)
{
    int sum = 0;

    for (size_t i = 0; i < n; i++) {
        int d = s[n - 1 - i] - '0';

        if (i % 2 == 0)
            d = d > 4 ? 2 * d - 9 : 2 * d;
        sum += d;
    }
    return (10 - sum % 10) % 10;
}

/* The digits s[0 … n), of which some stay; the last is Luhn's check digit, if check. */
static void mask_run(struct mask_worker *w, const struct mask_rule *r, char *s, size_t n,
                     bool check)
{
    size_t first = (size_t)r->args[DIGITS_FIRST].number, last = (size_t)r->args[DIGITS_LAST].number;
    int off = 0;

    check = check && n > 1 && !last;
    if (check) {
        n--;
        off = (s[n] - '0' + 10 - luhn_digit(s, n)) % 10;
    }
    if (first + last < n)
        permute_chars(w, r, s + first, n - first - last);
    if (check)
        s[n] = (char)('0' + (luhn_digit(s, n) + off) % 10);
}

/* The remainder by 97 of the characters as an IBAN counts them. */
static unsigned mod97(const char *s, size_t n, unsigned so_far)
{
    for (size_t i = 0; i < n; i++) {
        if (is_digit(s[i]))
            so_far = (so_far * 10 + (unsigned)(s[i] - '0')) % 97;
        else
            so_far = (so_far * 100 + (unsigned)((s[i] | 32) - 'a' + 10)) % 97;
    }
    return so_far;
}

static bool is_iban(const char *s, size_t n)
{
    if (n < 15 || n > 34 || !is_letter(s[0]) || !is_letter(s[1]) || !is_digit(s[2]) ||
        !is_digit(s[3]))
        return false;
    for (size_t i = 4; i < n; i++)
        if (!is_letter(s[i]) && !is_digit(s[i]))
            return false;
    return true;
}

/* The two check digits that make an IBAN of country s[0 … 2) and the account s[4 … n) right. */
static unsigned iban_check(const char *s, size_t n)
{
    return 98 - mod97("00", 2, mod97(s, 2, mod97(s + 4, n - 4, 0)));
}

static void mask_iban(struct mask_worker *w, const struct mask_rule *r, char *s, size_t n)
{
    unsigned given = (unsigned)(s[2] - '0') * 10 + (unsigned)(s[3] - '0');
    unsigned off = (given + 100 - iban_check(s, n)) % 100, now;

    permute_chars(w, r, s + 4, n - 4);
    now = (iban_check(s, n) + off) % 100;
    s[2] = (char)('0' + now / 10);
    s[3] = (char)('0' + now % 10);
}

/* The digits and letters of a value, without the rest. */
static void pull(struct slice v, bool letters, struct buf *ret)
{
    buf_reset(ret);
    for (size_t i = 0; i < v.len; i++)
        if (is_digit(v.data[i]) || (letters && is_letter(v.data[i])))
            buf_addch(ret, v.data[i]);
}

/* Puts them in place again; a letter that is none of ASCII becomes an x. */
static void put_back(struct slice v, const struct buf *masked, struct buf *out)
{
    for (size_t i = 0, at = 0; i < v.len; i++) {
        if (is_digit(v.data[i]) || is_letter(v.data[i]))
            buf_addch(out, masked->data[at++]);
        else if (!(v.data[i] & 0x80))
            buf_addch(out, v.data[i]);
        else if ((v.data[i] & 0xC0) != 0x80)
            buf_addch(out, 'x');
    }
}

static bool all_digits(const struct buf *b)
{
    for (size_t i = 0; i < b->len; i++)
        if (!is_digit(b->data[i]))
            return false;
    return true;
}

bool digits_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                  struct buf *out, bool *ret_null, struct err *err)
{
    int64_t check = r->args[DIGITS_CHECK].number;
    struct buf p = BUF_INIT;

    (void)ret_null, (void)err;
    pull(in->value, true, &p);
    if ((check == CHECK_AUTO || check == CHECK_IBAN) && is_iban(p.data, p.len))
        mask_iban(w, r, p.data, p.len);
    else
        mask_run(w, r, p.data, p.len,
                 all_digits(&p) &&
                     (check == CHECK_LUHN || (check == CHECK_AUTO && p.len >= 13 && p.len <= 19)));
    put_back(in->value, &p, out);
    buf_release(&p);
    return true;
}

/* ---- phone */
enum { PHONE_FIRST, PHONE_UNIQUE };
const struct mask_param phone_params[] = {
    {"keep_first", MASK_P_COUNT, "0", NULL, "digits that stay at the beginning, at most 4"},
    {"unique", MASK_P_BOOL, "no", NULL,
     "two numbers never become one; the number gets up to five digits longer"},
    {0},
};

enum { SHORT_CODE = 6, LONGER = 5, LONGEST_NUMBER = 15 };

bool phone_prepare(struct mask_rule *r, struct err *err)
{
    bool unique = r->args[PHONE_UNIQUE].number;

    if (r->args[PHONE_FIRST].number > 4)
        return mask_wrong(r, err, "phone: keep_first is at most 4");
    if (unique && r->args[PHONE_FIRST].number)
        return mask_wrong(r, err, "phone: keep_first and unique exclude each other");
    if (unique && mask_room(r->column) < 21)
        return mask_wrong(r, err, "phone: unique needs 21 characters, %s has fewer",
                          r->column->type_text);
    r->facts.injective = unique;
    return true;
}

/* Digits that no exchange puts through, over the beginning of n digits: an international prefix and
 * a country that there is none of (+999, 00999); in North America 555-0100 to 555-0199; after
 * digits that stay, a subscriber's number of zeros. */
static void make_dead(const struct mask_rule *r, char *s, size_t n, bool plus)
{
    size_t kept = (size_t)r->args[PHONE_FIRST].number;
    bool american = n == 10 || (n == 11 && s[0] == '1');

    if (kept) {
        for (size_t i = kept; i < n && i < kept + 4; i++)
            s[i] = '0';
    } else if (plus && !(american && s[0] == '1')) {
        memcpy(s, "999", 3);
    } else if (american && s[n - 10] >= '2') {
        memcpy(s + n - 7, "55501", 5);
        if (n == 11)
            s[0] = '1';
    } else {
        memcpy(s, "00999", 5);
    }
}

static void invent(struct mask_worker *w, const struct mask_rule *r, char *s, size_t n, bool plus)
{
    size_t kept = (size_t)r->args[PHONE_FIRST].number;
    uint8_t block[MASK_BLOCK];
    bool one = n == 11 && s[0] == '1';
    struct dice d;

    mask_block_of(w, r, (struct slice){s, n}, block);
    dice_from(&d, block);
    for (size_t i = kept; i < n; i++)
        s[i] = (char)('0' + (int)dice_below(&d, 10));
    if (one && !kept) /* a North American number stays one */
        s[0] = '1';
    if (!kept && (n == 10 || one))
        s[n - 10] = (char)('2' + (int)dice_below(&d, 8));
    make_dead(r, s, n, plus);
}

/* Where an extension begins: "ext. 12", "x12", "#12", of a few digits and nothing else. */
static size_t extension(struct slice v)
{
    static const char *const words[] = {"ext", "x", "#"};
    size_t i = v.len, word;

    while (i && is_digit(v.data[i - 1]))
        i--;
    if (i == v.len || v.len - i > SHORT_CODE)
        return v.len;
    while (i && (v.data[i - 1] == ' ' || v.data[i - 1] == '.'))
        i--;
    for (size_t k = 0; k < ARRAY_LEN(words); k++) {
        word = strlen(words[k]);
        if (i > word && strncasecmp(v.data + i - word, words[k], word) == 0)
            return i - word;
    }
    return v.len;
}

/* Digits back among what numbers are written with; anything else goes. */
static void put_number(struct slice v, const struct buf *masked, bool plain, struct buf *out)
{
    for (size_t i = 0, at = 0; i < v.len; i++) {
        if (is_digit(v.data[i]))
            buf_addch(out, masked->data[at++]);
        else if (!plain && v.data[i] && strchr("+ ()-./", v.data[i]))
            buf_addch(out, v.data[i]);
    }
}

bool phone_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                 struct buf *out, bool *ret_null, struct err *err)
{
    struct slice number = {in->value.data, extension(in->value)};
    bool plus = number.len && number.data[0] == '+', unique = r->args[PHONE_UNIQUE].number;
    struct buf p = BUF_INIT;

    (void)ret_null, (void)err;
    pull(number, false, &p);
    unique = unique && p.len <= LONGEST_NUMBER; /* what is longer is none */
    if (p.len > SHORT_CODE && unique) {
        permute_chars(w, r, p.data, p.len);
        buf_adds(out, plus ? "+999" : "00999");
        number.data += plus;
        number.len -= plus;
    } else if (p.len > SHORT_CODE) {
        invent(w, r, p.data, p.len, plus);
    }
    put_number(number, &p, unique && in->value.len + LONGER > mask_room(r->column), out);
    number.data += number.len;
    buf_add(out, number.data, in->value.len - (size_t)(number.data - in->value.data));
    buf_release(&p);
    return true;
}
