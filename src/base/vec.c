#include <dbtwin/base.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

void vec_init(struct vec *v, size_t item_size)
{
    *v = (struct vec){NULL, 0, 0, item_size};
}

void *vec_push(struct vec *v)
{
    char *item;

    if (v->len == v->cap) {
        v->cap = alloc_grown(v->cap, v->len + 1, 8);
        v->items = alloc_resize(v->items, v->cap, v->item_size);
    }
    item = (char *)v->items + v->len * v->item_size;
    v->len++;
    return memset(item, 0, v->item_size);
}

void *vec_at(const struct vec *v, size_t i)
{
    assert(i < v->len);
    return (char *)v->items + i * v->item_size;
}

void vec_reset(struct vec *v)
{
    v->len = 0;
}

void vec_release(struct vec *v)
{
    free(v->items);
    vec_init(v, v->item_size);
}
