#include <dbtwin/base.h>

#include <openssl/evp.h>
#include <xxhash.h>

uint64_t hash_bytes64(const void *p, size_t n)
{
    return XXH3_64bits(n ? p : "", n);
}

struct hash128 hash_bytes128(const void *p, size_t n)
{
    XXH128_hash_t h = XXH3_128bits(n ? p : "", n);

    return (struct hash128){h.low64, h.high64};
}

void hash_add(struct hash128 *sum, struct hash128 h)
{
    uint64_t lo = sum->lo + h.lo;

    sum->hi += h.hi + (lo < h.lo);
    sum->lo = lo;
}

bool hash_equal(struct hash128 a, struct hash128 b)
{
    return a.lo == b.lo && a.hi == b.hi;
}

void hash_sha256_hex(const void *p, size_t n, char ret_hex[65])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[32];
    unsigned int len = sizeof(digest);

    /* SHA-256 is in every provider, FIPS included: what can fail here is memory. */
    if (!EVP_Digest(n ? p : "", n, digest, &len, EVP_sha256(), NULL) || len != sizeof(digest))
        base_oom();
    for (size_t i = 0; i < sizeof(digest); i++) {
        ret_hex[2 * i] = digits[digest[i] >> 4];
        ret_hex[2 * i + 1] = digits[digest[i] & 15];
    }
    ret_hex[64] = '\0';
}
