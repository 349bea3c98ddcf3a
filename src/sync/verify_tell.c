#include "verify.h"

#include <dbtwin/clock.h>

/* Chunks are compared whole: one weighs what it holds, and something for being asked for. */
enum { CHUNK_WEIGHT = 64 * 1024 };

static uint64_t weight_of(const struct chunk *c)
{
    return CHUNK_WEIGHT + c->bytes;
}

static uint64_t now_ms(void)
{
    return (uint64_t)(clock_now() * 1000) + 1; /* 0 means that there is none */
}

void verify_tell_phase(struct sync_progress *p, const char *phase)
{
    if (p)
        __atomic_store_n(&p->phase, phase, __ATOMIC_RELEASE);
}

void verify_tell_list(struct sync_progress *p, struct arena *a, const struct vec *chunks,
                      struct table_difference *const *tables, size_t n, struct sync_table **ret)
{
    struct sync_table *list = arena_calloc(a, sizeof(*list) * (n + 1));
    uint64_t weight = 0;
    for (size_t i = 0; i < n; i++)
        list[i].path = tables[i]->path;
    for (size_t i = 0; i < chunks->len; i++) {
        const struct check_chunk *c = vec_at(chunks, i);
        struct sync_table *t = &list[c->table->number];
        t->parts++;
        t->estimate += 2 * c->source.bytes; /* both sides */
        weight += weight_of(&c->source);
    }
    *ret = list;
    if (!p)
        return;
    p->tables = n;
    p->list = list;
    p->by_weight = true;
    p->data_began = clock_now();
    __atomic_store_n(&p->n_list, n, __ATOMIC_RELEASE);
    __atomic_store_n(&p->weight, weight, __ATOMIC_RELEASE);
    verify_tell_phase(p, "rows");
}

void verify_tell_begins(struct sync_table *t)
{
    uint64_t none = 0;
    __atomic_compare_exchange_n(&t->began, &none, now_ms(), false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
}

void verify_tell_done(struct sync_progress *p, struct sync_table *t, const struct chunk *c,
                      uint64_t rows)
{
    __atomic_fetch_add(&t->rows, rows, __ATOMIC_RELAXED);
    bool last = __atomic_add_fetch(&t->parts_done, 1, __ATOMIC_RELAXED) == t->parts;
    if (last)
        __atomic_store_n(&t->ended, now_ms(), __ATOMIC_RELAXED);
    if (!p)
        return;
    __atomic_fetch_add(&p->weight_done, weight_of(c), __ATOMIC_RELAXED);
    if (last)
        __atomic_fetch_add(&p->tables_done, 1, __ATOMIC_RELAXED);
}
