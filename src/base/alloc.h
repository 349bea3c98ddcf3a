/*
 * alloc.h - malloc that cannot fail. Only src/base may include this: every other room takes its
 * memory from an arena, a buf or a vec.
 */
#ifndef DBTWIN_BASE_ALLOC_H
#define DBTWIN_BASE_ALLOC_H

#include <stddef.h>

void *alloc_bytes(size_t n);
void *alloc_items(size_t count, size_t size);              /* zeroed */
void *alloc_resize(void *p, size_t count, size_t size);    /* new items are not zeroed */
size_t alloc_grown(size_t cap, size_t need, size_t least); /* the next capacity: doubling */

#endif
