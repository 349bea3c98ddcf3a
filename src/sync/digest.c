#include "digest.h"

#include <string.h>

/* A second pass never keeps more keys than this: with more, everything differs anyway. */
enum { DETAIL_KEYS = 500000 };

/* Length of the key in a text row: fields are parted by tabs, and a tab within one is escaped. */
static size_t key_length(struct slice row, uint32_t n_key)
{
    if (n_key == 0)
        return row.len;
    const char *p = row.data, *end = row.data + row.len;
    for (uint32_t i = 0; i < n_key; i++) {
        const char *tab = memchr(p, '\t', (size_t)(end - p));
        if (!tab)
            return row.len;
        p = tab + 1;
    }
    return (size_t)(p - row.data) - 1;
}

/* Cuts the next row off the block: without its newline. */
static bool next_row(struct slice *block, struct slice *ret)
{
    if (block->len == 0)
        return false;
    const char *nl = memchr(block->data, '\n', block->len);
    size_t len = nl ? (size_t)(nl - block->data) : block->len;
    ret->data = block->data;
    ret->len = len;
    size_t cut = nl ? len + 1 : len;
    block->data += cut;
    block->len -= cut;
    return true;
}

static unsigned bucket_of(struct slice row, uint32_t n_key)
{
    return (unsigned)(hash_bytes64(row.data, key_length(row, n_key)) % DIGEST_BUCKETS);
}

void digest_sum(struct digest_sum *d, struct slice block)
{
    struct slice row;
    while (next_row(&block, &row)) {
        d->rows++;
        hash_add(&d->sum, hash_bytes128(row.data, row.len));
    }
}

void digest_clear(struct digest *d)
{
    memset(d, 0, sizeof(*d));
}

void digest_rows(struct digest *d, struct slice block, uint32_t n_key)
{
    struct slice row;
    while (next_row(&block, &row)) {
        struct hash128 h = hash_bytes128(row.data, row.len);
        d->rows++;
        hash_add(&d->sum, h);
        hash_add(&d->buckets[bucket_of(row, n_key)], h);
    }
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return a->rows == b->rows && hash_equal(a->sum, b->sum);
}

void digest_detail_init(struct digest_detail *d, const struct digest *source,
                        const struct digest *target)
{
    memset(d, 0, sizeof(*d));
    arena_init(&d->arena);
    vec_init(&d->entries, sizeof(struct digest_entry *));
    d->first[SIDE_SOURCE] = source;
    d->first[SIDE_TARGET] = target;
}

static struct digest_entry *entry_of(struct digest_detail *d, struct slice row, uint32_t n_key)
{
    size_t len = key_length(row, n_key);
    struct digest_entry *e = map_get(&d->by_key, row.data, len);
    if (e)
        return e;
    if (d->entries.len >= DETAIL_KEYS) {
        d->full = true;
        return NULL;
    }
    char *key = arena_strndup(&d->arena, row.data, len);
    e = arena_new(&d->arena, struct digest_entry);
    e->key = key;
    map_put(&d->by_key, key, len, e);
    VEC_PUSH(&d->entries, struct digest_entry *, e);
    return e;
}

void digest_detail_rows(struct digest_detail *d, enum digest_side side, struct slice block,
                        uint32_t n_key)
{
    struct slice row;
    while (next_row(&block, &row)) {
        unsigned b = bucket_of(row, n_key);
        if (hash_equal(d->first[0]->buckets[b], d->first[1]->buckets[b]))
            continue;
        struct digest_entry *e = entry_of(d, row, n_key);
        if (!e)
            continue;
        e->n[side]++;
        hash_add(&e->sum[side], hash_bytes128(row.data, row.len));
    }
}

void digest_detail_release(struct digest_detail *d)
{
    map_release(&d->by_key);
    vec_release(&d->entries);
    arena_release(&d->arena);
}
