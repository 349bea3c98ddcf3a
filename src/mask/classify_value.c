#include "classify.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static size_t count_digits(struct slice v)
{
    size_t n = 0;
    for (size_t i = 0; i < v.len; i++)
        n += is_digit(v.data[i]);
    return n;
}

/* ---- shapes of whole values ---------------------------------------------------------------- */
static bool local_char(char c)
{
    return is_letter(c) || is_digit(c) || memchr("._%+-'!#$&*/=?^`{|}~", c, 20);
}

static bool domain_char(char c)
{
    return is_letter(c) || is_digit(c) || c == '-' || c == '.';
}

/* The address around the "@" at `at`: its bounds, if it is one. */
static bool email_at(struct slice v, size_t at, size_t *ret_from, size_t *ret_to)
{
    size_t from = at, to = at + 1, dot = 0;
    while (from > 0 && local_char(v.data[from - 1]))
        from--;
    for (; to < v.len && domain_char(v.data[to]); to++)
        if (v.data[to] == '.' && to + 2 < v.len && is_letter(v.data[to + 1]))
            dot = to;
    *ret_from = from;
    *ret_to = to;
    return from < at && dot > at + 1;
}

static bool is_email(struct slice v)
{
    const char *at = memchr(v.data, '@', v.len);
    size_t from, to;
    return at && v.len <= 254 && email_at(v, (size_t)(at - v.data), &from, &to) && from == 0 &&
           to == v.len;
}

static bool is_phone(struct slice v)
{
    size_t digits = count_digits(v), separators = 0;
    if (digits < 7 || digits > 15 || v.len > 30)
        return false;
    for (size_t i = 0; i < v.len; i++) {
        if (is_digit(v.data[i]))
            continue;
        if (!memchr("+ ()-./", v.data[i], 7) || (v.data[i] == '+' && i > 1))
            return false;
        separators++;
    }
    /* A date, a decimal number and a plain number are none. */
    if (v.len >= 8 && v.data[4] == '-' && is_digit(v.data[0]) && is_digit(v.data[3]))
        return false;
    if (separators == 1 && memchr(v.data, '.', v.len))
        return false;
    return separators > 1 || v.data[0] == '+' || (v.data[0] == '0' && digits >= 9);
}

static bool is_ipv4(struct slice v)
{
    unsigned part = 0, parts = 0, length = 0;
    if (v.len < 7 || v.len > 18)
        return false;
    for (size_t i = 0; i <= v.len; i++) {
        if (i < v.len && is_digit(v.data[i])) {
            part = part * 10 + (unsigned)(v.data[i] - '0');
            length++;
            continue;
        }
        if (length == 0 || length > 3 || part > 255)
            return false;
        parts++;
        part = length = 0;
        if (i < v.len && v.data[i] == '/') /* a host with its prefix */
            return parts == 4;
        if (i < v.len && v.data[i] != '.')
            return false;
    }
    return parts == 4;
}

static bool is_ipv6(struct slice v)
{
    size_t colons = 0, hex = 0;
    for (size_t i = 0; i < v.len; i++) {
        if (v.data[i] == ':')
            colons++;
        else if (is_hex(v.data[i]))
            hex++;
        else if (v.data[i] != '.' && v.data[i] != '/')
            return false;
    }
    /* hh:mm:ss has two, an address without :: has seven */
    return v.len <= 49 && hex > 0 &&
           (colons == 7 || (colons > 1 && memmem(v.data, v.len, "::", 2)));
}

static bool is_mac(struct slice v)
{
    if (v.len != 17 || (v.data[2] != ':' && v.data[2] != '-'))
        return false;
    for (size_t i = 0; i < v.len; i++)
        if (i % 3 == 2 ? v.data[i] != v.data[2] : !is_hex(v.data[i]))
            return false;
    return true;
}

static bool luhn(const char *digits, size_t n)
{
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned d = (unsigned)(digits[n - 1 - i] - '0') * (i % 2 ? 2 : 1);
        sum += d > 9 ? d - 9 : d;
    }
    return sum % 10 == 0;
}

/* A number that an issuer could have given: the length, the first digit and the check digit. */
static bool is_card(struct slice v)
{
    char digits[20];
    size_t n = 0;
    for (size_t i = 0; i < v.len; i++) {
        if (is_digit(v.data[i]) && n < 19)
            digits[n++] = v.data[i];
        else if (n == 19 || (v.data[i] != ' ' && v.data[i] != '-'))
            return false;
    }
    return n >= 14 && digits[0] >= '2' && digits[0] <= '6' && luhn(digits, n);
}

static bool is_iban(struct slice v)
{
    char plain[40];
    size_t n = 0;
    unsigned rest = 0;
    for (size_t i = 0; i < v.len && n < 35; i++)
        if (v.data[i] != ' ')
            plain[n++] = v.data[i];
    if (n < 15 || n > 34 || !is_letter(plain[0]) || !is_letter(plain[1]) || !is_digit(plain[2]) ||
        !is_digit(plain[3]))
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = plain[(i + 4) % n];
        if (is_digit(c))
            rest = (rest * 10 + (unsigned)(c - '0')) % 97;
        else if (c >= 'A' && c <= 'Z')
            rest = (rest * 100 + (unsigned)(c - 'A' + 10)) % 97;
        else
            return false;
    }
    return rest == 1;
}

static bool is_password(struct slice v)
{
    static const char *const heads[] = {
        "$2a$",    "$2b$",   "$2y$",    "$1$",    "$5$",   "$6$",      "$y$",         "$P$",
        "$H$",     "$S$",    "$argon2", "$apr1$", "{SSHA", "{CRYPT}",  "{BLF-CRYPT}", "pbkdf2",
        "scrypt:", "bcrypt", "argon2",  "sha1$",  "md5$",  "SCRAM-SHA"};
    for (size_t i = 0; i < ARRAY_LEN(heads); i++)
        if (v.len > strlen(heads[i]) + 8 && memcmp(v.data, heads[i], strlen(heads[i])) == 0)
            return true;
    return false;
}

/* A JSON web token, or a secret that announces itself. */
static bool is_token(struct slice v)
{
    static const char *const heads[] = {"eyJ",  "sk_live_", "pk_live_", "ghp_",
                                        "gho_", "xoxb-",    "xoxp-",    "-----BEGIN ",
                                        "AKIA", "glpat-",   "ya29."};
    for (size_t i = 0; i < ARRAY_LEN(heads); i++)
        if (v.len >= 20 && memcmp(v.data, heads[i], strlen(heads[i])) == 0)
            return i > 0 || memchr(v.data, '.', v.len);
    return false;
}

static bool has_form(struct slice v, const char *form) /* 9: a digit */
{
    size_t n = strlen(form);
    if (v.len != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (form[i] == '9' ? !is_digit(v.data[i]) : v.data[i] != form[i])
            return false;
    return true;
}

static bool is_national(struct slice v)
{
    return has_form(v, "999-99-9999") || has_form(v, "999.999.999-99");
}

static bool starts_upper(const char *s)
{
    return (*s >= 'A' && *s <= 'Z') || ((unsigned char)*s >= 0xc3 && (unsigned char)*s < 0xf0);
}

/* Two or three words that each begin with a capital, and nothing else: Ada Lovelace. */
static bool is_name(struct slice v)
{
    size_t words = 0;
    for (size_t i = 0; i < v.len; i++) {
        bool begins = i == 0 || v.data[i - 1] == ' ';
        if (begins && !starts_upper(v.data + i))
            return false;
        if (v.data[i] != ' ' && !is_letter(v.data[i]) && !memchr("'-.,", v.data[i], 4))
            return false;
        words += begins;
    }
    return v.len <= 60 && (words == 2 || words == 3);
}

/* ---- what is inside of texts --------------------------------------------------------------- */
/* A run of digits and separators that is a card, or of letters and digits that is an IBAN. */
static bool number_inside(struct slice v)
{
    for (size_t i = 0, start = 0; i <= v.len; i++) {
        bool in = i < v.len && (is_digit(v.data[i]) || (v.data[i] >= 'A' && v.data[i] <= 'Z'));
        if (in)
            continue;
        struct slice run = {v.data + start, i - start};
        if (run.len >= 14 && run.len <= 34 && (is_iban(run) || (run.len == 16 && is_card(run))))
            return true;
        start = i + 1;
    }
    return false;
}

static bool is_inside(struct slice v)
{
    const char *end = v.data + v.len;
    for (const char *at = v.data; (at = memchr(at, '@', (size_t)(end - at))); at++) {
        size_t from, to;
        if (email_at(v, (size_t)(at - v.data), &from, &to))
            return true;
    }
    return number_inside(v);
}

/* +49 171 5550123 */
static bool phone_inside(struct slice v)
{
    for (size_t i = 0; i < v.len; i++) {
        size_t n = 0, digits = 0;
        if (v.data[i] != '+' || (i > 0 && (is_letter(v.data[i - 1]) || is_digit(v.data[i - 1]))))
            continue;
        while (i + 1 + n < v.len && (is_digit(v.data[i + 1 + n]) ||
                                     (digits > 0 && memchr(" -./()", v.data[i + 1 + n], 6))))
            digits += is_digit(v.data[i + 1 + n++]);
        if (digits >= 9 && digits <= 15)
            return true;
    }
    return false;
}

bool classify_inside(struct slice text)
{
    return is_inside(text) || phone_inside(text);
}

static size_t count_words(struct slice v)
{
    size_t n = 0;
    for (size_t i = 0; i < v.len; i++)
        n += is_letter(v.data[i]) && (i == 0 || memchr(" \n\t,.(", v.data[i - 1], 6));
    return n;
}

/* Long, without blanks, letters and digits mixed. */
static bool is_random(struct slice v)
{
    size_t digits = count_digits(v);
    if (v.len < 20 || digits < v.len / 8 || digits == v.len)
        return false;
    for (size_t i = 0; i < v.len; i++)
        if (!is_digit(v.data[i]) && !is_letter(v.data[i]) && !memchr("+/=_-", v.data[i], 5))
            return false;
    return true;
}

/* ---- the sample ------------------------------------------------------------------------------ */
static const struct {
    enum classify_class class;
    bool (*fits)(struct slice v);
} shapes[] = {
    {CLASSIFY_EMAIL, is_email}, {CLASSIFY_PHONE, is_phone},
    {CLASSIFY_IP, is_ipv4},     {CLASSIFY_IP, is_ipv6},
    {CLASSIFY_MAC, is_mac},     {CLASSIFY_CARD, is_card},
    {CLASSIFY_IBAN, is_iban},   {CLASSIFY_PASSWORD, is_password},
    {CLASSIFY_TOKEN, is_token}, {CLASSIFY_NATIONAL_ID, is_national},
};

static int hex_value(char c)
{
    return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* PostgreSQL writes bytes as \x4142; fixed-length text is filled with blanks. */
static struct slice plain_value(struct slice v, const struct type_facts *t, struct arena *a)
{
    if (t->type == TYPE_BYTES && v.len >= 2 && v.data[0] == '\\' && v.data[1] == 'x') {
        char *bytes = arena_alloc(a, v.len);
        size_t n = 0;
        for (size_t i = 2; i + 1 < v.len && is_hex(v.data[i]) && is_hex(v.data[i + 1]); i += 2)
            bytes[n++] = (char)(hex_value(v.data[i]) * 16 + hex_value(v.data[i + 1]));
        v = (struct slice){bytes, n};
    }
    while (v.len > 0 && (v.data[v.len - 1] == ' ' || v.data[v.len - 1] == '\0'))
        v.len--;
    while (v.len > 0 && v.data[0] == ' ')
        v = (struct slice){v.data + 1, v.len - 1};
    return v;
}

static void count_value(struct value_facts *f, struct slice v)
{
    bool letter = false;
    for (size_t i = 0; i < v.len && !letter; i++)
        letter = is_letter(v.data[i]);
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
        f->shape[shapes[i].class] += shapes[i].fits(v);
    f->inside += is_inside(v);
    f->digits += count_digits(v) >= 5;
    f->letters += letter;
    f->prose += count_words(v) >= 4;
    f->names += is_name(v);
    f->json += v.data[0] == '{' || v.data[0] == '[' || memcmp(v.data, "a:", v.len < 2 ? 1 : 2) == 0;
    f->hex += is_random(v);
    if (v.len > f->longest)
        f->longest = v.len;
}

void classify_values(const struct classify_column *c, const struct type_facts *t, struct arena *a,
                     struct value_facts *ret)
{
    struct map seen = MAP_INIT;
    *ret = (struct value_facts){0};
    for (size_t i = 0; i < c->n_values; i++) {
        if (!c->values[i].data)
            continue;
        struct slice v = plain_value(c->values[i], t, a);
        if (v.len == 0)
            continue;
        ret->n++;
        if (!map_get(&seen, v.data, v.len)) {
            map_put(&seen, v.data, v.len, ret);
            ret->distinct++;
        }
        count_value(ret, v);
    }
    map_release(&seen);
}
