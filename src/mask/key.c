#include "prf.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

static bool from_hex(struct slice t, struct buf *out)
{
    if (t.len % 2)
        return false;
    for (size_t i = 0; i < t.len; i++)
        if (str_hex_digit(t.data[i]) < 0)
            return false;
    for (size_t i = 0; i < t.len; i += 2)
        buf_addch(out, (char)(str_hex_digit(t.data[i]) << 4 | str_hex_digit(t.data[i + 1])));
    return true;
}

static bool from_base64(struct slice t, struct buf *out)
{
    size_t pad = t.len >= 2 && t.data[t.len - 1] == '=' ? 1 + (t.data[t.len - 2] == '=') : 0;
    int n;

    if (!t.len || t.len % 4 || t.len > 4096)
        return false;
    buf_grow(out, t.len);
    n = EVP_DecodeBlock((unsigned char *)out->data, (const unsigned char *)t.data, (int)t.len);
    if (n < 0 || (size_t)n < pad)
        return false;
    buf_setlen(out, (size_t)n - pad);
    return true;
}

static struct slice trimmed(struct slice t)
{
    while (t.len && strchr(" \t\r\n", t.data[t.len - 1]))
        t.len--;
    while (t.len && strchr(" \t\r\n", t.data[0])) {
        t.data++;
        t.len--;
    }
    return t;
}

/* How many different bytes: a key that was typed, or all zero, has few. */
static unsigned variety(const struct buf *b)
{
    bool seen[256] = {0};
    unsigned n = 0;

    for (size_t i = 0; i < b->len; i++) {
        n += !seen[(uint8_t)b->data[i]];
        seen[(uint8_t)b->data[i]] = true;
    }
    return n;
}

/* The PRF's key is made of what was given by the PRF itself, so that its length does not matter. */
static struct mask_key *key_of(const struct buf *raw)
{
    static const char what[] = "dbtwin mask key 1";
    struct arena a = ARENA_INIT;
    struct mask_key *k = arena_new(&a, struct mask_key);

    k->arena = a;
    pthread_mutex_init(&k->lock, NULL);
    k->bytes = arena_alloc(&k->arena, MASK_BLOCK);
    prf_once(buf_slice(raw), (struct slice){what, sizeof what - 1}, k->bytes);
    return k;
}

bool mask_key_new(struct slice text, struct mask_key **ret, struct err *err)
{
    struct buf raw = BUF_INIT;
    struct slice t = trimmed(text);
    bool ok = false;

    if (!t.len)
        err_set(err, ERR_USAGE, "the key for masking is empty");
    else if (!from_hex(t, &raw) && !from_base64(t, &raw))
        err_set(err, ERR_USAGE, "the key for masking is neither hexadecimal nor base64");
    else if (raw.len < MASK_KEY_MIN)
        err_set(err, ERR_USAGE, "the key for masking has %zu bits; it needs %d at least",
                raw.len * 8, MASK_KEY_MIN * 8);
    else if (variety(&raw) < 8)
        err_set(err, ERR_USAGE, "the key for masking is not random: it repeats a few bytes");
    else
        ok = true;
    if (ok)
        *ret = key_of(&raw);
    else
        err_hint(err, "make one with: openssl rand -hex 32");
    OPENSSL_cleanse(raw.data, raw.cap);
    buf_release(&raw);
    return ok;
}

void mask_key_free(struct mask_key *k)
{
    struct arena a;

    if (!k)
        return;
    OPENSSL_cleanse(k->bytes, MASK_BLOCK);
    map_release(&k->tables);
    pthread_mutex_destroy(&k->lock);
    a = k->arena;
    arena_release(&a);
}

void mask_key_id(const struct mask_key *k, char ret_id[MASK_ID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    struct arena a = ARENA_INIT;
    struct prf *p = prf_new(k, &a);
    struct buf prefix = BUF_INIT;
    uint8_t block[MASK_BLOCK];

    prf_part(&prefix, "key id");
    prf_block(p, buf_slice(&prefix), (struct slice){"", 0}, block);
    for (int i = 0; i < 8; i++) {
        ret_id[2 * i] = digits[block[i] >> 4];
        ret_id[2 * i + 1] = digits[block[i] & 15];
    }
    ret_id[16] = '\0';
    prf_free(p);
    buf_release(&prefix);
    arena_release(&a);
}
