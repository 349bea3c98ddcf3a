#include "needles.h"

#include <dbtwin/mask.h>

#include <string.h>

enum {
    ANCHOR = 6, /* bytes by which a needle is found; none is shorter */
    HEADS = 1 << 16,
    NATIONAL = 9, /* digits of a telephone number that no prefix changes */
    LONG = 12,    /* so long a needle may stand within a word */
    WHOLE = 100,  /* of a longer value the beginning is looked for */
};

void needles_init(struct needles *n)
{
    *n = (struct needles){.arena = ARENA_INIT, .by_text = MAP_INIT};
    vec_init(&n->list, sizeof(struct needle *));
    buf_init(&n->folded);
    buf_init(&n->decoded);
}

void needles_release(struct needles *n)
{
    vec_release(&n->list);
    map_release(&n->by_text);
    buf_release(&n->folded);
    buf_release(&n->decoded);
    arena_release(&n->arena);
}

/* ---- characters -------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0';
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_ascii(struct slice s)
{
    char all = 0;

    for (size_t i = 0; i < s.len; i++)
        all |= s.data[i];
    return !(all & 0x80);
}

/* Case and accents are one. */
static void add_folded(struct buf *b, struct slice s)
{
    if (!is_ascii(s)) {
        mask_fold(s, b);
        return;
    }
    buf_grow(b, s.len + 8);
    for (size_t i = 0; i < s.len; i++)
        b->data[b->len + i] = fold(s.data[i]);
    buf_setlen(b, b->len + s.len);
}

static struct slice trimmed(struct slice s)
{
    while (s.len && is_blank(s.data[0]))
        s.data++, s.len--;
    while (s.len && is_blank(s.data[s.len - 1]))
        s.len--;
    return s;
}

/* ---- which values -------------------------------------------------------------------------- */

struct shape {
    size_t chars, digits, letters, blanks, kinds;
    bool address;
};

static struct shape shape_of(struct slice s)
{
    struct shape r = {0};
    bool seen[256] = {false};
    const char *at = memchr(s.data, '@', s.len);

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)fold(s.data[i]);

        r.chars += (c & 0xc0) != 0x80;
        r.digits += is_digit((char)c);
        r.letters += is_letter((char)c);
        r.blanks += is_blank((char)c);
        r.kinds += !seen[c];
        seen[c] = true;
    }
    r.address = at && !r.blanks && memchr(at, '.', (size_t)(s.data + s.len - at)) && at > s.data;
    return r;
}

/* What few have: long enough, and not one character repeated. A date is not. */
static bool is_rare(struct slice s, const struct shape *r)
{
    bool date = s.len >= 10 && is_digit(s.data[0]) && s.data[4] == '-' && s.data[7] == '-' &&
                r->digits + 2 >= s.len - (s.len > 10 ? 3 : 0);

    return s.len >= ANCHOR && (r->chars >= 8 || r->digits >= 6) && r->kinds >= 4 && !date;
}

static struct slice cut(struct slice s)
{
    return s.len > WHOLE ? trimmed((struct slice){s.data, str_utf8_floor(s.data, WHOLE)}) : s;
}

static void add(struct needles *n, struct slice folded, const struct needle *like)
{
    struct needle *x = map_get(&n->by_text, folded.data, folded.len);

    if (x) {
        x->seen++;
        return;
    }
    x = arena_new(&n->arena, struct needle);
    *x = *like;
    x->text = (struct slice){arena_memdup(&n->arena, folded.data, folded.len), folded.len};
    x->seen = 1;
    map_put(&n->by_text, x->text.data, x->text.len, x);
    VEC_PUSH(&n->list, struct needle *, x);
}

/* Of a number the digits, as far as they are alike with a country's code and without. */
static void add_number(struct needles *n, struct slice s, struct needle like)
{
    struct buf b = BUF_INIT;
    size_t from = 0;

    for (size_t i = 0; i < s.len; i++)
        if (is_digit(s.data[i]))
            buf_addch(&b, s.data[i]);
    if (s.data[0] == '+' || (b.len > 2 && memcmp(b.data, "00", 2) == 0))
        from = b.len > NATIONAL ? b.len - NATIONAL : 0;
    while (from < b.len && b.data[from] == '0')
        from++;
    like.number = true;
    if (b.len - from > ANCHOR)
        add(n, (struct slice){b.data + from, b.len - from}, &like);
    n->numbers = true;
    buf_release(&b);
}

void needles_add(struct needles *n, struct slice value, const void *of, uint64_t key)
{
    struct slice s = cut(trimmed(value));
    struct shape r = shape_of(s);
    struct needle like = {
        .of = of, .key = key, .address = r.address, .words = r.letters + r.blanks == s.len};

    if (!is_rare(s, &r))
        return;
    if (r.digits > ANCHOR && r.digits <= 20 && !r.letters && !r.address)
        add_number(n, s, like);
    buf_reset(&n->folded);
    add_folded(&n->folded, s);
    if (n->folded.len >= ANCHOR)
        add(n, buf_slice(&n->folded), &like);
}

/* ---- parts of a value ---------------------------------------------------------------------- */

/* Addresses within a text. */
static void take_addresses(struct slice s, needles_fn *take, void *ctx)
{
    static const char ends[] = " \t\r\n<>()[]{}\"',;:";

    for (size_t i = 0, from = 0; i <= s.len; i++) {
        if (i < s.len && !strchr(ends, s.data[i]))
            continue;
        if (i > from && (from > 0 || i < s.len) && memchr(s.data + from, '@', i - from))
            take(ctx, (struct slice){s.data + from, i - from});
        from = i + 1;
    }
}

/* A quoted string that begins at p; returns its length, with the quotes. */
static size_t add_string(struct buf *b, const char *p, size_t left)
{
    size_t i = 1;

    while (i < left && p[i] != '"') {
        size_t n = p[i] == '\\' && i + 1 < left && p[i + 1] == 'u'
                       ? needles_unicode(b, p + i, left - i)
                       : 0;

        if (!n && p[i] == '\\' && i + 1 < left)
            i++;
        if (!n)
            buf_addch(b, p[i]);
        i += n ? n : 1;
    }
    return i + 1;
}

static void take_leaves(struct slice s, needles_fn *take, void *ctx)
{
    static const char ends[] = ",{}[]():=> \t\r\n";
    struct buf b = BUF_INIT;

    for (size_t i = 0; i < s.len;) {
        size_t n = 0;

        buf_reset(&b);
        if (s.data[i] == '"') {
            n = add_string(&b, s.data + i, s.len - i);
        } else {
            while (i + n < s.len && s.data[i + n] && !strchr(ends, s.data[i + n]))
                n++;
            buf_add(&b, s.data + i, n);
            n += n == 0;
        }
        if (b.len) {
            take(ctx, buf_slice(&b));
            take_addresses(buf_slice(&b), take, ctx);
        }
        i += n;
    }
    buf_release(&b);
}

void needles_parts(struct slice value, bool document, needles_fn *take, void *ctx)
{
    if (document) {
        take_leaves(value, take, ctx);
        return;
    }
    take(ctx, value);
    take_addresses(value, take, ctx);
}

/* ---- finding --------------------------------------------------------------------------------- */

/* 8 bytes may be read at p. */
static uint32_t bucket(const char *p)
{
    uint64_t k;

    memcpy(&k, p, sizeof k);
    memset((char *)&k + ANCHOR, 0, sizeof k - ANCHOR);
    return (uint32_t)(k * 0x9E3779B97F4A7C15u >> 48);
}

void needles_end(struct needles *n, uint32_t most)
{
    size_t kept = 0;

    n->heads = arena_calloc(&n->arena, HEADS * sizeof *n->heads);
    for (size_t i = 0; i < n->list.len; i++) {
        struct needle *x = VEC_AT(&n->list, struct needle *, i);
        char head[8] = {0};
        uint32_t *at;

        if (x->seen > most)
            continue;
        memcpy(head, x->text.data, ANCHOR);
        at = &n->heads[bucket(head)];
        x->id = (uint32_t)kept;
        x->next = *at;
        *at = x->id + 1;
        VEC_AT(&n->list, struct needle *, kept++) = x;
    }
    n->list.len = kept;
}

/* A number within a longer number, or a short word within a longer one, is there by chance. */
static bool stands_alone(const struct needle *x, const char *begin, const char *p, const char *end)
{
    const char *to = p + x->text.len;
    char first = *p, last = to[-1];

    if (x->number) /* a country's code may precede it */
        return to == end || !is_digit(*to);
    if (is_digit(first) && p > begin && is_digit(p[-1]))
        return false;
    if (is_digit(last) && to < end && is_digit(*to))
        return false;
    if (x->text.len >= LONG && !x->words)
        return true;
    if ((is_letter(first) || is_digit(first)) && p > begin && (is_letter(p[-1]) || is_digit(p[-1])))
        return false;
    return !((is_letter(last) || is_digit(last)) && to < end && (is_letter(*to) || is_digit(*to)));
}

static void search(struct needles *n, struct buf *b, bool numbers,
                   void (*found)(void *, struct needle *), void *ctx)
{
    const char *begin = b->data, *end = b->data + b->len;

    if (b->len < ANCHOR)
        return;
    buf_grow(b, 8);
    begin = b->data;
    end = begin + b->len;
    memset(b->data + b->len, 0, 8);
    for (const char *p = begin; p + ANCHOR <= end; p++) {
        for (uint32_t id = n->heads[bucket(p)]; id;) {
            struct needle *x = VEC_AT(&n->list, struct needle *, id - 1);

            if (x->number == numbers && x->text.len <= (size_t)(end - p) &&
                memcmp(p, x->text.data, x->text.len) == 0 && stands_alone(x, begin, p, end))
                found(ctx, x);
            id = x->next;
        }
    }
}

/* What a text says without an encoding of it. */
static void search_decoded(struct needles *n, struct slice text, needles_decoder *decode,
                           void (*found)(void *, struct needle *), void *ctx)
{
    buf_reset(&n->decoded);
    if (!decode(text, &n->decoded))
        return;
    buf_reset(&n->folded);
    add_folded(&n->folded, buf_slice(&n->decoded));
    search(n, &n->folded, false, found, ctx);
}

void needles_search(struct needles *n, struct slice text, void (*found)(void *, struct needle *),
                    void *ctx)
{
    if (!n->list.len)
        return;
    buf_reset(&n->folded);
    add_folded(&n->folded, text);
    search(n, &n->folded, false, found, ctx);
    buf_reset(&n->decoded);
    if (n->numbers && needles_numbers(buf_slice(&n->folded), &n->decoded))
        search(n, &n->decoded, true, found, ctx);
    search_decoded(n, text, needles_unescaped, found, ctx);
    search_decoded(n, text, needles_unhexed, found, ctx);
    search_decoded(n, text, needles_unbased, found, ctx);
}

bool needles_within(struct slice text, struct slice part)
{
    for (size_t i = 0; part.len && i + part.len <= text.len; i++) {
        size_t k = 0;

        while (k < part.len && fold(text.data[i + k]) == fold(part.data[k]))
            k++;
        if (k == part.len)
            return true;
    }
    return false;
}
