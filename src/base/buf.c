#include <dbtwin/base.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

char buf_empty[1];

void buf_init(struct buf *b)
{
    *b = (struct buf)BUF_INIT;
}

void buf_release(struct buf *b)
{
    if (b->cap)
        free(b->data);
    buf_init(b);
}

void buf_reset(struct buf *b)
{
    buf_setlen(b, 0);
}

void buf_grow(struct buf *b, size_t n)
{
    size_t need;

    if (n <= b->cap - b->len)
        return;
    if (__builtin_add_overflow(b->len, n, &need) || need == SIZE_MAX)
        base_oom();
    b->cap = alloc_grown(b->cap + 1, need + 1, 64) - 1;
    b->data = alloc_resize(b->data == buf_empty ? NULL : b->data, b->cap + 1, 1);
    b->data[b->len] = '\0';
}

void buf_add(struct buf *b, const void *p, size_t n)
{
    if (n == 0)
        return;
    buf_grow(b, n);
    memcpy(b->data + b->len, p, n);
    buf_setlen(b, b->len + n);
}

void buf_adds(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_addch(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    int len;

    va_copy(again, ap);
    len = vsnprintf(b->data + b->len, b->cap ? b->cap - b->len + 1 : 0, fmt, again);
    va_end(again);
    if (len < 0)
        base_oom();
    if ((size_t)len > b->cap - b->len) {
        buf_grow(b, (size_t)len);
        vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
    }
    buf_setlen(b, b->len + (size_t)len);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    buf_vaddf(b, fmt, ap);
    va_end(ap);
}

void buf_setlen(struct buf *b, size_t n)
{
    assert(n <= b->cap);
    b->len = n;
    /* The static "" is shared by all threads and never written. */
    if (b->cap)
        b->data[n] = '\0';
}

struct slice buf_slice(const struct buf *b)
{
    return (struct slice){b->data, b->len};
}

struct buf *buf_new(struct buf *from)
{
    struct buf *b = alloc_bytes(sizeof(*b));

    *b = *from;
    buf_init(from);
    return b;
}

void buf_free(struct buf *b)
{
    if (!b)
        return;
    buf_release(b);
    free(b);
}
