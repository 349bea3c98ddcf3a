#include <dbtwin/base.h>

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

#define ALIGNMENT     16u
#define DEFAULT_BLOCK (64u * 1024)
#define LARGEST_BLOCK (4u * 1024 * 1024)

/*
 * Under AddressSanitizer what is not handed out is poisoned, and a gap follows each piece, so that
 * overruns inside a block and uses after arena_reset are found as they are with malloc.
 */
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   __asan_poison_memory_region((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#define GAP            ALIGNMENT
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#define GAP            0u
#endif

struct arena_block {
    alignas(ALIGNMENT) struct arena_block *next; /* older */
    size_t cap, used;
    alignas(ALIGNMENT) char data[];
};

void arena_init(struct arena *a)
{
    *a = (struct arena)ARENA_INIT;
}

static struct arena_block *block_new(size_t cap)
{
    struct arena_block *block;
    size_t bytes;

    if (__builtin_add_overflow(sizeof(*block), cap, &bytes))
        base_oom();
    block = alloc_bytes(bytes);
    block->next = NULL;
    block->cap = cap;
    block->used = 0;
    POISON(block->data, cap);
    return block;
}

static void block_free(struct arena_block *block)
{
    UNPOISON(block->data, block->cap);
    free(block);
}

static struct arena_block *block_for(struct arena *a, size_t n)
{
    struct arena_block *block;

    if (a->block_size == 0)
        a->block_size = DEFAULT_BLOCK;
    if (n > a->block_size / 4) {
        /* A block of its own, behind the newest one, whose rest stays in use. */
        block = block_new(n);
        if (a->head) {
            block->next = a->head->next;
            a->head->next = block;
        } else {
            a->head = block;
        }
        return block;
    }
    block = block_new(a->block_size);
    block->next = a->head;
    a->head = block;
    if (a->block_size < LARGEST_BLOCK)
        a->block_size *= 2;
    return block;
}

void *arena_alloc(struct arena *a, size_t n)
{
    struct arena_block *block = a->head;
    size_t room;
    char *p;

    if (__builtin_add_overflow(n ? n : 1, ALIGNMENT - 1 + GAP, &room))
        base_oom();
    room &= ~(size_t)(ALIGNMENT - 1);
    if (!block || room > block->cap - block->used)
        block = block_for(a, room);
    p = block->data + block->used;
    block->used += room;
    a->used += n;
    UNPOISON(p, n);
    return p;
}

void *arena_calloc(struct arena *a, size_t n)
{
    return memset(arena_alloc(a, n), 0, n);
}

void *arena_memdup(struct arena *a, const void *p, size_t n)
{
    void *copy = arena_alloc(a, n);

    if (n)
        memcpy(copy, p, n);
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_memdup(a, s, strlen(s) + 1) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *copy = arena_alloc(a, n + 1);

    if (n)
        memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    char small[256], *text;
    va_list again;
    int len;

    va_copy(again, ap);
    len = vsnprintf(small, sizeof(small), fmt, again);
    va_end(again);
    if (len < 0)
        base_oom();
    if ((size_t)len < sizeof(small))
        return arena_memdup(a, small, (size_t)len + 1);
    text = arena_alloc(a, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, fmt, ap);
    return text;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return text;
}

void arena_reset(struct arena *a)
{
    struct arena_block *keep = a->head;

    if (keep) {
        while (keep->next) {
            struct arena_block *next = keep->next->next;

            block_free(keep->next);
            keep->next = next;
        }
        keep->used = 0;
        POISON(keep->data, keep->cap);
    }
    a->used = 0;
}

void arena_release(struct arena *a)
{
    while (a->head) {
        struct arena_block *next = a->head->next;

        block_free(a->head);
        a->head = next;
    }
    arena_init(a);
}
