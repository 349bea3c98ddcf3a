/*
 * digest.h - what two sides hold of one chunk, compared without holding the rows.
 *
 * First pass: count, sum of row hashes (128 bits, order-free), and the same sum in BUCKETS parts
 * by the hash of the key: 64 KiB a side, whatever the chunk's size. Second pass, only for
 * chunks that differ: rows whose bucket differs are kept (key and hash, not the row), so that the
 * rows can be named. The key is the first n_key fields of the text row, or the whole row.
 * Only src/sync includes this.
 */
#ifndef SYNC_DIGEST_H
#define SYNC_DIGEST_H

#include <dbtwin/sync.h>

enum { DIGEST_BUCKETS = 4096 };

struct digest {
    uint64_t rows;
    struct hash128 sum;
    struct hash128 buckets[DIGEST_BUCKETS];
};

enum digest_side { SIDE_SOURCE, SIDE_TARGET };

/* One key that a differing bucket holds. */
struct digest_entry {
    const char *key; /* text */
    uint64_t n[2];   /* rows with this key, per side */
    struct hash128 sum[2];
};

/* The second pass's memory: bounded, `full` says that more would not fit. */
struct digest_detail {
    struct arena arena;
    struct vec entries; /* struct digest_entry * */
    struct map by_key;
    const struct digest *first[2];
    bool full;
};

/* The least: number and sum of rows. */
struct digest_sum {
    uint64_t rows;
    struct hash128 sum;
};
void digest_sum(struct digest_sum *d, struct slice block);

void digest_clear(struct digest *d);
void digest_rows(struct digest *d, struct slice block, uint32_t n_key);
bool digest_equal(const struct digest *a, const struct digest *b);

void digest_detail_init(struct digest_detail *d, const struct digest *source,
                        const struct digest *target);
void digest_detail_rows(struct digest_detail *d, enum digest_side side, struct slice block,
                        uint32_t n_key);
void digest_detail_release(struct digest_detail *d);
#endif
