/*
 * base.h - memory, bytes and lookup: the vocabulary of every room.
 *
 * Memory is owned by arenas: allocated piece by piece, freed all at once. Nothing below returns
 * NULL when memory runs out: the process ends with a message (base_oom), because a tool that
 * cannot get a few kilobytes cannot clean up either. Big blocks (rows, archive members)
 * are bounded by their callers.
 *
 * Everybody may include this header; it includes no foreign header.
 */
#ifndef DBTWIN_BASE_H
#define DBTWIN_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define ARRAY_LEN(a)           (sizeof(a) / sizeof((a)[0]))

/* Bytes that somebody else owns; not NUL-terminated, may hold NULs. */
struct slice {
    const char *data;
    size_t len;
};

/* ---- arena: bump allocation, aligned to 16 bytes; not thread-safe ---------------------- */
struct arena_block;
struct arena {
    struct arena_block *head; /* newest block */
    size_t block_size;        /* size of the next ordinary block; 0 means the default 64 KiB */
    size_t used;              /* bytes handed out since the last reset, for statistics */
};
#define ARENA_INIT \
    {              \
        0          \
    }

void arena_init(struct arena *a);
void *arena_alloc(struct arena *a, size_t n);  /* uninitialised */
void *arena_calloc(struct arena *a, size_t n); /* zeroed */
void *arena_memdup(struct arena *a, const void *p, size_t n);
char *arena_strdup(struct arena *a, const char *s);            /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n); /* adds the NUL */
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
void arena_reset(struct arena *a);   /* frees everything, keeps one block for reuse */
void arena_release(struct arena *a); /* frees everything */
#define arena_new(a, type) ((type *)arena_calloc((a), sizeof(type)))

/* ---- buf: a growing byte string; always NUL-terminated at data[len]; malloc-backed ------ */
struct buf {
    char *data; /* never NULL: an empty buf points at a static "" */
    size_t len;
    size_t cap; /* 0 while data is the static "" */
};
extern char buf_empty[];
#define BUF_INIT        \
    {                   \
        buf_empty, 0, 0 \
    }

void buf_init(struct buf *b);
void buf_release(struct buf *b);        /* frees; becomes BUF_INIT */
void buf_reset(struct buf *b);          /* length 0, memory kept */
void buf_grow(struct buf *b, size_t n); /* room for n more bytes (and the NUL) */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addch(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
void buf_setlen(struct buf *b, size_t n); /* n <= cap */
struct slice buf_slice(const struct buf *b);
/* Moves the bytes of `from` to a buf on the heap; `from` becomes BUF_INIT. */
struct buf *buf_new(struct buf *from);
void buf_free(struct buf *b); /* of buf_new; NULL is fine */

/* ---- vec: a growing array of fixed-size items, malloc-backed ---------------------------- */
struct vec {
    void *items;
    size_t len, cap, item_size;
};
#define VEC_INIT(type)           \
    {                            \
        NULL, 0, 0, sizeof(type) \
    }
void vec_init(struct vec *v, size_t item_size);
void *vec_push(struct vec *v); /* a zeroed new last item; valid until the next push */
void *vec_at(const struct vec *v, size_t i);
void vec_reset(struct vec *v); /* length 0, memory kept */
void vec_release(struct vec *v);
#define VEC_PUSH(v, type, value) (*(type *)vec_push(v) = (value))
#define VEC_AT(v, type, i)       (((type *)(v)->items)[i])

/* ---- map: bytes → pointer, open addressing; keys are NOT copied ------------------------- */
struct map {
    struct map_slot *slots;
    size_t len, cap;
};
#define MAP_INIT   \
    {              \
        NULL, 0, 0 \
    }
void *map_get(const struct map *m, const void *key, size_t len);       /* NULL when absent */
void map_put(struct map *m, const void *key, size_t len, void *value); /* replaces; value != NULL */
void map_release(struct map *m);

/* ---- intern: one copy of each text; equal texts have equal pointers --------------------- */
struct intern {
    struct arena *arena; /* where the texts live; not owned */
    struct map map;
};
void intern_init(struct intern *in, struct arena *arena);
const char *intern_bytes(struct intern *in, const void *p, size_t n); /* p holds no NUL */
const char *intern_str(struct intern *in, const char *s);
void intern_release(struct intern *in); /* the index only; the texts stay in the arena */

/* ---- hashing (XXH3, libxxhash): not for secrets ---------------------------------------- */
struct hash128 {
    uint64_t lo, hi;
};
uint64_t hash_bytes64(const void *p, size_t n);
struct hash128 hash_bytes128(const void *p, size_t n);
void hash_add(struct hash128 *sum, struct hash128 h); /* addition mod 2^128: order-free */
bool hash_equal(struct hash128 a, struct hash128 b);

/* SHA-256 in hex (65 bytes with the NUL), for printing a secret as a digest. */
void hash_sha256_hex(const void *p, size_t n, char ret_hex[65]);

/* ---- text helpers ---------------------------------------------------------------------- */
bool str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
bool str_parse_u64(const char *s, uint64_t *ret); /* whole text, decimal */
bool str_parse_i64(const char *s, int64_t *ret);
int str_hex_digit(char c); /* -1: it is none */
/* "12.3 MB", "45 kB": powers of 1000, at most one decimal */
void str_human_bytes(uint64_t n, char ret[32]);
/* 1234567 → "1,234,567" */
void str_human_count(uint64_t n, char ret[32]);
/* The number of newline bytes: the rows of text rows (driver.h). Some GB per second. */
uint64_t str_newlines(struct slice s);
/* The largest m <= n at which text of more than n bytes can be cut without cutting a character. */
size_t str_utf8_floor(const char *s, size_t n);

void base_oom(void) __attribute__((noreturn));

#define CLEANUP(f) __attribute__((cleanup(f)))
#endif
