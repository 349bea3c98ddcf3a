#include "rule.h"

#include <string.h>

void dice_from(struct dice *d, const uint8_t block[MASK_BLOCK])
{
    for (int i = 0; i < 4; i++) {
        d->s[i] = 0;
        for (int j = 0; j < 8; j++) /* the same on every machine */
            d->s[i] = d->s[i] << 8 | block[8 * i + j];
    }
}

static uint64_t turned(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

/* xoshiro256**, by David Blackman and Sebastiano Vigna, in the public domain. */
uint64_t dice_next(struct dice *d)
{
    uint64_t *s = d->s, result = turned(s[1] * 5, 7) * 9, t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = turned(s[3], 45);
    return result;
}

uint64_t dice_below(struct dice *d, uint64_t n)
{
    return (uint64_t)((u128)dice_next(d) * n >> 64);
}

void mask_base32(const uint8_t block[MASK_BLOCK], size_t n, struct buf *out)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    unsigned have = 0, bits = 0;

    for (size_t i = 0, at = 0; i < n; i++) {
        if (have < 5) {
            bits = bits << 8 | block[at++];
            have += 8;
        }
        have -= 5;
        buf_addch(out, digits[bits >> have & 31]);
    }
}
