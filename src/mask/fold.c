#include "fold.h"

#include <string.h>

enum { NO_CHARACTER = 0x110000 };

static bool is_tail(const char *s)
{
    return ((uint8_t)*s & 0xC0) == 0x80;
}

size_t fold_next(const char *s, size_t n, uint32_t *ret)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t c = (uint8_t)s[0];
    size_t len = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
    uint32_t value = len > 1 ? c & (0x7Fu >> len) : c;

    for (size_t i = 1; i < len; i++) {
        if (i >= n || !is_tail(s + i))
            len = 0;
        else
            value = value << 6 | ((uint8_t)s[i] & 0x3F);
    }
    if (!len || value < least[len] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
        *ret = NO_CHARACTER + c;
        return 1;
    }
    *ret = value;
    return len;
}

void fold_add(struct buf *b, uint32_t c)
{
    if (c >= NO_CHARACTER) {
        buf_addch(b, (char)(c - NO_CHARACTER));
    } else if (c < 0x80) {
        buf_addch(b, (char)c);
    } else {
        static const uint8_t heads[] = {0, 0xC0, 0xE0, 0xF0};
        int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

        buf_addch(b, (char)(heads[more] | c >> (6 * more)));
        while (more-- > 0)
            buf_addch(b, (char)(0x80 | (c >> (6 * more) & 0x3F)));
    }
}

size_t fold_count(struct slice s)
{
    size_t n = 0;
    uint32_t c;

    for (size_t i = 0; i < s.len; n++)
        i += fold_next(s.data + i, s.len - i, &c);
    return n;
}

bool fold_combining(uint32_t c)
{
    return (c >= 0x300 && c < 0x370) || (c >= 0x483 && c < 0x488) || (c >= 0x591 && c < 0x5BE) ||
           (c >= 0x64B && c < 0x660) || (c >= 0x1AB0 && c < 0x1B00) ||
           (c >= 0x1DC0 && c < 0x1E00) || (c >= 0x20D0 && c < 0x2100) ||
           (c >= 0xFE00 && c < 0xFE10) || c == 0x200D || (c >= 0xFE20 && c < 0xFE30) ||
           (c >= 0x1F3FB && c < 0x1F400);
}

size_t fold_cut(struct slice s, uint64_t n)
{
    size_t i = 0;
    uint32_t c;

    while (i < s.len) {
        size_t len = fold_next(s.data + i, s.len - i, &c);

        if (!n && !fold_combining(c))
            break;
        if (n)
            n--;
        else
            return i; /* its marks do not fit: they are cut, as the next character is */
        i += len;
    }
    return i;
}

static const struct fold_row *find(uint32_t c)
{
    size_t low = 0, high = fold_n_rows;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (fold_rows[mid].letter < c)
            low = mid + 1;
        else
            high = mid;
    }
    return low < fold_n_rows && fold_rows[low].letter == c ? &fold_rows[low] : NULL;
}

static void fold_letter(uint32_t c, unsigned fold, struct buf *out)
{
    const struct fold_row *r = find(c);

    if ((fold & MASK_FOLD_ACCENT) && c >= 0x300 && c < 0x370)
        return;
    if (r && (fold & MASK_FOLD_ACCENT)) {
        fold_add(out, r->base[0]);
        if (r->base[1])
            fold_add(out, r->base[1]);
    } else {
        fold_add(out, r ? r->lower : c);
    }
}

void fold_text(struct slice s, unsigned fold, struct buf *out)
{
    if (fold & MASK_FOLD_TRAIL)
        while (s.len && s.data[s.len - 1] == ' ')
            s.len--;
    if (!(fold & (MASK_FOLD_CASE | MASK_FOLD_ACCENT))) {
        buf_add(out, s.data, s.len);
        return;
    }
    buf_grow(out, s.len);
    for (size_t i = 0; i < s.len;) {
        uint8_t b = (uint8_t)s.data[i];
        uint32_t c;

        if (b < 0x80) {
            buf_addch(out, (char)(b >= 'A' && b <= 'Z' ? b + 32 : b));
            i++;
        } else {
            i += fold_next(s.data + i, s.len - i, &c);
            fold_letter(c, fold, out);
        }
    }
}
