#include "prf.h"

#include <string.h>

/*
 * Small domains: shuffled once by a stream of the cipher (Fisher and Yates), which is as good a
 * permutation as there can be. Large ones: a Feistel network of ten rounds over two halves of about
 * equal size (as FF1 of NIST SP 800-38G has it), walked until the result is in the domain.
 */
enum { ROUNDS = 10 };

/* The key of the rule's round function: rules of one domain have one. */
static struct cipher *rule_cipher(const struct mask_rule *r, const struct mask_key *k,
                                  struct arena *a)
{
    struct prf *p = prf_new(k, a);
    uint8_t block[MASK_BLOCK];
    static const char what[] = "permutation";

    prf_block(p, r->prefix, (struct slice){what, sizeof what - 1}, block);
    prf_free(p);
    return cipher_new(block, a);
}

static void put(uint64_t x, uint8_t ret[8])
{
    for (int i = 0; i < 8; i++)
        ret[i] = (uint8_t)(x >> (8 * i));
}

static uint64_t got(const uint8_t p[8])
{
    uint64_t x = 0;

    for (int i = 8; i-- > 0;)
        x = x << 8 | p[i];
    return x;
}

static const char *table_name(const struct mask_rule *r, uint64_t n, struct buf *out)
{
    buf_add(out, r->prefix.data, r->prefix.len);
    buf_add(out, &n, sizeof n);
    return out->data;
}

/* A number below n, from the block of that number. */
static uint64_t stream_below(struct cipher *c, uint64_t domain, uint64_t block, uint64_t n)
{
    uint8_t in[16], out[16];

    put(block, in);
    put(domain | (uint64_t)255 << 56, in + 8); /* never a block of a Feistel round */
    cipher_block(c, in, out);
    return (uint64_t)((u128)got(out) * n >> 64);
}

static uint32_t *shuffled(const struct mask_rule *r, struct mask_key *k, uint64_t n)
{
    struct arena a = ARENA_INIT;
    uint32_t *to = arena_alloc(&k->arena, n * sizeof *to);
    struct cipher *c = rule_cipher(r, k, &a);

    for (uint64_t i = 0; i < n; i++) {
        uint64_t j = stream_below(c, n, i, i + 1);

        to[i] = to[j];
        to[j] = (uint32_t)i;
    }
    cipher_free(c);
    arena_release(&a);
    return to;
}

/* The table of a domain of the key: made when the first value of it comes, by whichever thread. */
static const uint32_t *shared_table(struct mask_key *k, const struct mask_rule *r, uint64_t n)
{
    struct buf name = BUF_INIT;
    uint32_t *to;

    table_name(r, n, &name);
    pthread_mutex_lock(&k->lock);
    to = map_get(&k->tables, name.data, name.len);
    if (!to) {
        to = shuffled(r, k, n);
        map_put(&k->tables, arena_memdup(&k->arena, name.data, name.len), name.len, to);
    }
    pthread_mutex_unlock(&k->lock);
    buf_release(&name);
    return to;
}

static struct cipher *worker_cipher(struct mask_worker *w, const struct mask_rule *r)
{
    struct cipher *c = map_get(&w->ciphers, &r, sizeof r);

    if (!c) {
        const struct mask_rule **name = arena_memdup(&w->arena, &r, sizeof r);

        c = rule_cipher(r, w->key, &w->arena);
        map_put(&w->ciphers, name, sizeof *name, c);
        vec_push(&w->opened);
        VEC_AT(&w->opened, struct cipher *, w->opened.len - 1) = c;
    }
    return c;
}

void permute_end(struct mask_worker *w)
{
    for (size_t i = 0; i < w->opened.len; i++)
        cipher_free(VEC_AT(&w->opened, struct cipher *, i));
    vec_release(&w->opened);
    map_release(&w->ciphers);
    map_release(&w->domains);
}

/* A number below `below` from the other half; what it permutes is part of it. */
static uint64_t round_of(struct cipher *c, unsigned round, uint64_t tweak, uint64_t half,
                         uint64_t below)
{
    uint8_t in[16], out[16];

    put(half, in);
    put((tweak & ~((uint64_t)255 << 56)) | (uint64_t)round << 56, in + 8);
    cipher_block(c, in, out);
    if (below <= UINT32_MAX) /* what 64 bits lean to one side is below 2^-32 */
        return got(out) % below;
    return (uint64_t)(((u128)got(out) << 64 | got(out + 8)) % below);
}

/* The smallest a with a * a >= n. */
static uint64_t root_above(u128 n)
{
    uint64_t a = 0;

    for (int bit = 63; bit >= 0; bit--) {
        uint64_t with = a | (uint64_t)1 << bit;

        if ((u128)with * with < n)
            a = with;
    }
    return a + 1;
}

/* How a worker permutes a domain of a rule. */
struct known_domain {
    const uint32_t *to; /* small: the table; else */
    struct cipher *cipher;
    uint64_t a, b; /* the halves: a * b >= n */
};

static u128 feistel(const struct known_domain *k, u128 n, u128 x)
{
    uint64_t a = k->a, b = k->b, tweak = (uint64_t)n ^ (uint64_t)(n >> 64);

    do {
        uint64_t left = (uint64_t)(x % a), right = (uint64_t)(x / a);

        for (unsigned i = 0; i < ROUNDS; i += 2) {
            left = (uint64_t)(((u128)left + round_of(k->cipher, i, tweak, right, a)) % a);
            right = (uint64_t)(((u128)right + round_of(k->cipher, i + 1, tweak, left, b)) % b);
        }
        x = (u128)right * a + left;
    } while (x >= n);
    return x;
}

static const struct known_domain *domain_of(struct mask_worker *w, const struct mask_rule *r,
                                            u128 n)
{
    char name[sizeof r + sizeof n];
    struct known_domain *k;

    memcpy(name, &r, sizeof r);
    memcpy(name + sizeof r, &n, sizeof n);
    k = map_get(&w->domains, name, sizeof name);
    if (k)
        return k;
    k = arena_new(&w->arena, struct known_domain);
    if (n <= PERMUTE_TABLE_MAX) {
        k->to = shared_table(w->key, r, (uint64_t)n);
    } else {
        k->cipher = worker_cipher(w, r);
        k->a = k->b = root_above(n);
        while ((u128)k->a * (k->b - 1) >= n) /* the less of it lies outside, the fewer walks */
            k->b--;
    }
    map_put(&w->domains, arena_memdup(&w->arena, name, sizeof name), sizeof name, k);
    return k;
}

u128 permute(struct mask_worker *w, const struct mask_rule *r, u128 n, u128 x)
{
    const struct known_domain *k;

    if (n <= 1)
        return x;
    k = domain_of(w, r, n);
    return k->to ? k->to[x] : feistel(k, n, x);
}
