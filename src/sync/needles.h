/*
 * needles.h - values to look for in texts, all at once. Only src/sync includes this.
 *
 * Case and accents are one; numbers are found however they are grouped, with a country's code or
 * without. Cost of a search: some nanoseconds a byte, however many needles there are.
 */
#ifndef SYNC_NEEDLES_H
#define SYNC_NEEDLES_H

#include <dbtwin/base.h>

struct needle {
    struct slice text; /* folded */
    const void *of;    /* the caller's: where it comes from; the first, if from several */
    uint64_t key;      /* the row it comes from, or 0 */
    uint32_t id, next; /* next: in its bucket, id + 1 */
    uint32_t seen;     /* how often it was added */
    bool address;      /* a mail address */
    bool words;        /* letters and blanks only */
    bool number;       /* the digits of a number: is looked for among digits alone */
    bool explained;    /* the caller's: masked columns have it, of other rows */
};

struct needles {
    struct arena arena;
    struct vec list; /* struct needle * */
    struct map by_text;
    uint32_t *heads;
    struct buf folded, decoded;
    bool numbers; /* some needle is one */
};

void needles_init(struct needles *n);
void needles_release(struct needles *n);
/* A value, or the parts of it that stand by themselves: elements of arrays, strings of documents,
 * addresses within a text. Not what many may have by chance: less than 8 characters and 6 digits.
 */
typedef bool needles_fn(void *ctx, struct slice part);
void needles_parts(struct slice value, bool document, needles_fn *take, void *ctx);
void needles_add(struct needles *n, struct slice value, const void *of, uint64_t key);
/* Removes those that were added more than `most` times, and makes the index. */
void needles_end(struct needles *n, uint32_t most);
/* Calls `found` for each needle in the text, at most once for each place of it; the text is also
 * read without the escapes of JSON, XML and URLs, and what base64 or hexadecimal digits encode. */
void needles_search(struct needles *n, struct slice text, void (*found)(void *, struct needle *),
                    void *ctx);
/* Whether the text contains the part. Case as above. */
bool needles_within(struct slice text, struct slice part);

/* needles_decode.c: appends the text as it says without an encoding; false: it has none. */
typedef bool needles_decoder(struct slice s, struct buf *out);
needles_decoder needles_unescaped, needles_unhexed, needles_unbased;
needles_decoder needles_numbers; /* digits of a number in one piece */
/* \uXXXX at p: its length, or 0. */
size_t needles_unicode(struct buf *b, const char *p, size_t left);

#endif
