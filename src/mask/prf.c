#include "prf.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/params.h>

struct prf {
    EVP_MAC_CTX *ctx;
};

struct cipher {
    EVP_CIPHER_CTX *ctx;
};

/* HMAC, SHA-256 and AES are in every provider, FIPS included: what can fail is memory. */
static void must(int ok)
{
    if (!ok)
        base_oom();
}

static EVP_MAC_CTX *keyed(const uint8_t *key, size_t len)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                           OSSL_PARAM_construct_end()};

    must(ctx && EVP_MAC_init(ctx, key, len, params));
    EVP_MAC_free(mac);
    return ctx;
}

static void finish(EVP_MAC_CTX *ctx, uint8_t ret[MASK_BLOCK])
{
    size_t len = 0;

    must(EVP_MAC_final(ctx, ret, &len, MASK_BLOCK) && len == MASK_BLOCK);
}

struct prf *prf_new(const struct mask_key *k, struct arena *a)
{
    struct prf *p = arena_new(a, struct prf);

    p->ctx = keyed(k->bytes, MASK_BLOCK);
    return p;
}

void prf_free(struct prf *p)
{
    if (p)
        EVP_MAC_CTX_free(p->ctx);
}

static void big_endian(uint32_t n, uint8_t ret[4])
{
    for (int i = 0; i < 4; i++)
        ret[i] = (uint8_t)(n >> (24 - 8 * i));
}

void prf_part(struct buf *b, const char *text)
{
    uint8_t len[4];

    big_endian((uint32_t)strlen(text), len);
    buf_add(b, len, sizeof len);
    buf_adds(b, text);
}

void prf_block(struct prf *p, struct slice prefix, struct slice value, uint8_t ret[MASK_BLOCK])
{
    uint8_t small[256];
    size_t n = prefix.len + 4 + value.len;

    must(EVP_MAC_init(p->ctx, NULL, 0, NULL));
    if (n <= sizeof small) { /* one call is cheaper than three */
        memcpy(small, prefix.data, prefix.len);
        big_endian((uint32_t)value.len, small + prefix.len);
        if (value.len)
            memcpy(small + prefix.len + 4, value.data, value.len);
        must(EVP_MAC_update(p->ctx, small, n));
    } else {
        big_endian((uint32_t)value.len, small);
        must(EVP_MAC_update(p->ctx, (const uint8_t *)prefix.data, prefix.len) &&
             EVP_MAC_update(p->ctx, small, 4) &&
             EVP_MAC_update(p->ctx, (const uint8_t *)value.data, value.len));
    }
    finish(p->ctx, ret);
}

struct cipher *cipher_new(const uint8_t key[16], struct arena *a)
{
    struct cipher *c = arena_new(a, struct cipher);

    c->ctx = EVP_CIPHER_CTX_new();
    must(c->ctx && EVP_EncryptInit_ex(c->ctx, EVP_aes_128_ecb(), NULL, key, NULL) &&
         EVP_CIPHER_CTX_set_padding(c->ctx, 0));
    return c;
}

void cipher_free(struct cipher *c)
{
    EVP_CIPHER_CTX_free(c->ctx);
}

void cipher_block(struct cipher *c, const uint8_t in[16], uint8_t ret[16])
{
    int len = 0;

    must(EVP_EncryptUpdate(c->ctx, ret, &len, in, 16) && len == 16);
}

void prf_once(struct slice key, struct slice value, uint8_t ret[MASK_BLOCK])
{
    EVP_MAC_CTX *ctx = keyed((const uint8_t *)key.data, key.len);

    must(EVP_MAC_update(ctx, (const uint8_t *)value.data, value.len));
    finish(ctx, ret);
    EVP_MAC_CTX_free(ctx);
}
