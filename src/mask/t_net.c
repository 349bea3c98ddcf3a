#include <string.h>

#include <arpa/inet.h>

#include "canon.h"
#include "transformers.h"

/* uuid, ip, mac, url: what machines are called. */

static char hex(unsigned n)
{
    return "0123456789abcdef"[n & 15];
}

/* ---- uuid: of version 4, as the value is written: with or without hyphens, as 16 bytes */
const struct mask_param uuid_params[] = {{0}};

bool uuid_prepare(struct mask_rule *r, struct err *err)
{
    const struct mask_column *c = r->column;

    r->facts.longest = 36;
    if (c->type == MASK_T_TEXT && !mask_has_room(c, 32))
        return mask_wrong(r, err, "uuid: 32 characters do not fit into %s", c->type_text);
    if (c->type == MASK_T_BYTES && c->max_bytes < 16)
        return mask_wrong(r, err, "uuid: 16 bytes do not fit into %s", c->type_text);
    return true;
}

/* The 16 bytes of a UUID, however it is written; false: it is none. */
static bool uuid_bytes(const struct mask_rule *r, struct slice v, uint8_t ret[16])
{
    struct buf raw = BUF_INIT;
    unsigned n = 0;
    bool ok = false;

    if (r->column->type == MASK_T_BYTES) {
        if (!r->column->hex)
            buf_add(&raw, v.data, v.len);
        else
            canon_unhex(v, &raw);
        ok = raw.len == 16;
        if (ok)
            memcpy(ret, raw.data, 16);
        buf_release(&raw);
        return ok;
    }
    memset(ret, 0, 16);
    for (size_t i = 0; i < v.len; i++) {
        int digit = str_hex_digit(v.data[i]);

        if (digit >= 0 && n < 32) {
            ret[n / 2] = (uint8_t)(ret[n / 2] << 4 | digit);
            n++;
        } else if (!strchr("-{} ", v.data[i]) || digit >= 0) {
            return false;
        }
    }
    return n == 32;
}

bool uuid_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                struct buf *out, bool *ret_null, struct err *err)
{
    const struct mask_column *c = r->column;
    uint8_t block[MASK_BLOCK], id[16];
    bool hyphens = c->type == MASK_T_UUID ||
                   (memchr(in->value.data, '-', in->value.len) && mask_has_room(c, 36));

    (void)ret_null, (void)err;
    if (uuid_bytes(r, in->value, id)) {
        static const uint8_t nil[16];

        if (memcmp(id, nil, 16) == 0) {
            buf_add(out, in->value.data, in->value.len);
            return true;
        }
        mask_block_of(w, r, (struct slice){(const char *)id, 16}, block);
    } else {
        mask_block(w, r, in->value, block);
    }
    block[6] = (uint8_t)((block[6] & 0x0F) | 0x40);
    block[8] = (uint8_t)((block[8] & 0x3F) | 0x80);
    if (c->type == MASK_T_BYTES && !c->hex) {
        buf_add(out, block, 16);
        return true;
    }
    if (c->type == MASK_T_BYTES)
        buf_adds(out, "\\x");
    for (unsigned i = 0; i < 16; i++) {
        if (c->type != MASK_T_BYTES && hyphens && (i == 4 || i == 6 || i == 8 || i == 10))
            buf_addch(out, '-');
        buf_addch(out, hex(block[i] >> 4));
        buf_addch(out, hex(block[i]));
    }
    return true;
}

/* ---- ip: 10.0.0.0/8, and 2001:db8::/32, which is for examples */
const struct mask_param ip_params[] = {{0}};

enum { LONGEST_V4 = 15, LONGEST_V6 = 39, SHORT_V6 = 19 };

bool ip_prepare(struct mask_rule *r, struct err *err)
{
    const struct mask_column *c = r->column;

    r->facts.longest = LONGEST_V6;
    if (c->type == MASK_T_TEXT && !mask_has_room(c, LONGEST_V4))
        return mask_wrong(r, err, "ip: %d characters do not fit into %s", LONGEST_V4, c->type_text);
    if (c->type == MASK_T_BYTES && c->max_bytes < 4)
        return mask_wrong(r, err, "ip: 4 bytes do not fit into %s", c->type_text);
    return true;
}

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255};

/* The address of n (4 or 16) bytes becomes another; those that mean nobody stay. */
static void mask_address(struct mask_worker *w, const struct mask_rule *r, uint8_t *address,
                         size_t n, bool brief)
{
    static const uint8_t zero[16], one[16] = {[15] = 1}, here[4] = {127, 0, 0, 1};
    static const uint8_t examples[4] = {0x20, 0x01, 0x0d, 0xb8};
    uint8_t block[MASK_BLOCK];

    if (n == 16 && memcmp(address, mapped, sizeof mapped) == 0) {
        mask_address(w, r, address + 12, 4, brief);
        return;
    }
    if (memcmp(address, zero, n) == 0 || memcmp(address, n == 4 ? here : one, n) == 0)
        return;
    mask_block_of(w, r, (struct slice){(const char *)address, n}, block);
    if (n == 4) {
        address[0] = 10;
        memcpy(address + 1, block, 3);
        return;
    }
    memset(address, 0, 16);
    memcpy(address, examples, 4);
    memcpy(address + (brief ? 12 : 4), block, brief ? 4 : 12);
}

static bool ip_text(struct mask_worker *w, const struct mask_rule *r, struct slice v,
                    struct buf *out)
{
    const char *slash = memchr(v.data, '/', v.len);
    size_t len = slash ? (size_t)(slash - v.data) : v.len;
    bool brief = r->column->type == MASK_T_TEXT && !mask_has_room(r->column, LONGEST_V6 + 4);
    char text[INET6_ADDRSTRLEN];
    uint8_t address[16];
    int family;

    if (len >= sizeof text)
        return false;
    memcpy(text, v.data, len);
    text[len] = '\0';
    family = strchr(text, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(family, text, address) != 1)
        return false;
    mask_address(w, r, address, family == AF_INET ? 4 : 16, brief);
    if (!inet_ntop(family, address, text, sizeof text) ||
        (r->column->type == MASK_T_TEXT && !mask_has_room(r->column, strlen(text))))
        return false;
    buf_adds(out, text);
    if (mask_has_room(r->column, strlen(text) + v.len - len))
        buf_add(out, v.data + len, v.len - len);
    return true;
}

static bool ip_bytes(struct mask_worker *w, const struct mask_rule *r, struct slice v,
                     struct buf *out)
{
    struct buf raw = BUF_INIT;
    bool ok;

    if (!r->column->hex)
        buf_add(&raw, v.data, v.len);
    else
        canon_unhex(v, &raw);
    ok = raw.len == 4 || raw.len == 16;
    if (ok)
        mask_address(w, r, (uint8_t *)raw.data, raw.len, false);
    if (ok && r->column->hex)
        buf_adds(out, "\\x");
    for (size_t i = 0; ok && r->column->hex && i < raw.len; i++) {
        buf_addch(out, hex((uint8_t)raw.data[i] >> 4));
        buf_addch(out, hex((uint8_t)raw.data[i]));
    }
    if (ok && !r->column->hex)
        buf_add(out, raw.data, raw.len);
    buf_release(&raw);
    return ok;
}

bool ip_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
              struct buf *out, bool *ret_null, struct err *err)
{
    uint8_t block[MASK_BLOCK];

    (void)ret_null, (void)err;
    if (r->column->type == MASK_T_BYTES ? ip_bytes(w, r, in->value, out)
                                        : ip_text(w, r, in->value, out))
        return true;
    mask_block(w, r, in->value, block); /* what is no address is none after it either */
    if (r->column->type == MASK_T_BYTES)
        buf_adds(out, r->column->hex ? "\\x0a000000" : "\n\n\n\n");
    else
        buf_addf(out, "10.%u.%u.%u", block[0], block[1], block[2]);
    return true;
}

/* ---- mac: locally administered, written as the value is */
const struct mask_param mac_params[] = {{0}};

enum { LONGEST_MAC = 23 }; /* of 8 bytes; of 6: 17 */

bool mac_prepare(struct mask_rule *r, struct err *err)
{
    r->facts.injective = false; /* 46 bits */
    r->facts.longest = LONGEST_MAC;
    return r->column->type != MASK_T_TEXT || mask_has_room(r->column, LONGEST_MAC) ||
           mask_wrong(r, err, "mac: %d characters do not fit into %s", LONGEST_MAC,
                      r->column->type_text);
}

bool mac_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
               struct buf *out, bool *ret_null, struct err *err)
{
    uint8_t block[MASK_BLOCK];
    struct buf digits = BUF_INIT;
    struct slice v;
    size_t n = 0;

    (void)ret_null, (void)err;
    for (size_t i = 0; i < in->value.len; i++)
        if (str_hex_digit(in->value.data[i]) >= 0)
            buf_addch(&digits, hex((unsigned)str_hex_digit(in->value.data[i])));
    mask_block_of(w, r, buf_slice(&digits), block);
    block[0] = (uint8_t)((block[0] & 0xFC) | 2);
    v = in->value;
    if (digits.len != 12 && digits.len != 16) /* it is none */
        v = (struct slice){"00:00:00:00:00:00", 17};
    for (size_t i = 0; i < v.len; i++) {
        if (str_hex_digit(v.data[i]) < 0) {
            if (strchr(":-. ", v.data[i]))
                buf_addch(out, v.data[i]);
            continue;
        }
        buf_addch(out, hex(n % 2 ? block[n / 2] : block[n / 2] >> 4u));
        n++;
    }
    buf_release(&digits);
    return true;
}

/* ---- url */
enum { URL_HOST };
const struct mask_param url_params[] = {
    {"host", MASK_P_TEXT, "example.invalid", NULL, "the host of all of them"},
    {0},
};

enum { URL_CHARS = 16, LONGEST_SCHEME = 8 };

bool url_prepare(struct mask_rule *r, struct err *err)
{
    uint64_t n = LONGEST_SCHEME + 3 + strlen(r->args[URL_HOST].text) + 1 + URL_CHARS;

    if (!mask_has_room(r->column, n))
        return mask_wrong(r, err, "url: %d characters do not fit into %s", (int)n,
                          r->column->type_text);
    r->facts.longest = n;
    return true;
}

bool url_apply(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
               struct buf *out, bool *ret_null, struct err *err)
{
    const char *colon = memmem(in->value.data, in->value.len, "://", 3);
    size_t scheme = colon ? (size_t)(colon - in->value.data) : 0;
    uint8_t block[MASK_BLOCK];

    (void)ret_null, (void)err;
    for (size_t i = 0; i < scheme && scheme <= LONGEST_SCHEME; i++)
        if ((in->value.data[i] | 32) < 'a' || (in->value.data[i] | 32) > 'z')
            scheme = 0;
    mask_block(w, r, in->value, block);
    if (scheme && scheme <= LONGEST_SCHEME)
        buf_add(out, in->value.data, scheme);
    else
        buf_adds(out, "https");
    buf_addf(out, "://%s/", r->args[URL_HOST].text);
    mask_base32(block, URL_CHARS, out);
    return true;
}
