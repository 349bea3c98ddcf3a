#include <dbtwin/base.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

/* Linear probing in a table of a power of two, at most three quarters full; a free slot's value
 * is NULL. The hash is kept so that growing and most misses never look at a key. Of big models a
 * good part is maps: 32 bits have to do for it, and no key is as long as 4 GB. */
struct map_slot {
    const void *key;
    void *value;
    uint32_t len;
    uint32_t hash;
};

static struct map_slot *find(const struct map *m, const void *key, size_t len, uint32_t hash)
{
    size_t mask = m->cap - 1;

    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        struct map_slot *slot = &m->slots[i];

        if (!slot->value)
            return slot;
        if (slot->hash == hash && slot->len == len && (!len || memcmp(slot->key, key, len) == 0))
            return slot;
    }
}

void *map_get(const struct map *m, const void *key, size_t len)
{
    if (!m->len)
        return NULL;
    return find(m, key, len, (uint32_t)hash_bytes64(key, len))->value;
}

static void grow(struct map *m)
{
    struct map bigger = {NULL, m->len, m->cap ? m->cap * 2 : 16};

    bigger.slots = alloc_items(bigger.cap, sizeof(*bigger.slots));
    for (size_t i = 0; i < m->cap; i++) {
        const struct map_slot *old = &m->slots[i];

        if (old->value)
            *find(&bigger, old->key, old->len, old->hash) = *old;
    }
    free(m->slots);
    *m = bigger;
}

void map_put(struct map *m, const void *key, size_t len, void *value)
{
    uint32_t hash = (uint32_t)hash_bytes64(key, len);
    struct map_slot *slot;

    assert(value);
    if (len > UINT32_MAX)
        base_oom();
    if (m->len >= m->cap / 4 * 3)
        grow(m);
    slot = find(m, key, len, hash);
    if (!slot->value)
        m->len++;
    *slot = (struct map_slot){key, value, (uint32_t)len, hash};
}

void map_release(struct map *m)
{
    free(m->slots);
    *m = (struct map)MAP_INIT;
}
