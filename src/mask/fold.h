/*
 * fold.h - characters, and what collations treat as equal. Included by the .c files of this room.
 */
#ifndef DBTWIN_MASK_FOLD_H
#define DBTWIN_MASK_FOLD_H

#include "rule.h"

/* A letter without its case; without case and accents it is base[0], and base[1] unless 0. */
struct fold_row {
    uint16_t letter, lower, base[2];
};
extern const struct fold_row fold_rows[]; /* sorted */
extern const size_t fold_n_rows;

/* The length of the character at s (n > 0), and which it is; bytes that are no UTF-8 are characters
 * of one byte, numbered from 0x110000. */
size_t fold_next(const char *s, size_t n, uint32_t *ret);
void fold_add(struct buf *b, uint32_t c); /* appends it in UTF-8 */
size_t fold_count(struct slice s);        /* characters */
/* The bytes of the first n characters; a character keeps the combining marks that follow it. */
size_t fold_cut(struct slice s, uint64_t n);
bool fold_combining(uint32_t c);
/* Appends the form in which what `fold` (MASK_FOLD_…) treats as equal is the same. */
void fold_text(struct slice s, unsigned fold, struct buf *out);

#endif
