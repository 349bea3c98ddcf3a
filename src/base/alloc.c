#include "alloc.h"

#include <stdint.h>
#include <stdlib.h>

#include <dbtwin/base.h>

void *alloc_bytes(size_t n)
{
    void *p = malloc(n ? n : 1);

    if (!p)
        base_oom();
    return p;
}

void *alloc_items(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);

    if (!p)
        base_oom();
    return p;
}

void *alloc_resize(void *p, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes))
        base_oom();
    p = realloc(p, bytes ? bytes : 1);
    if (!p)
        base_oom();
    return p;
}

size_t alloc_grown(size_t cap, size_t need, size_t least)
{
    size_t grown = cap < least ? least : cap;

    while (grown < need) {
        if (grown > SIZE_MAX / 2)
            base_oom();
        grown *= 2;
    }
    return grown;
}
