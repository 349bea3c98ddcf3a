#include "canon.h"

#include <string.h>

#include "fold.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

void canon_number(struct slice v, struct buf *out)
{
    bool negative = v.len && v.data[0] == '-';
    size_t at = v.len && (v.data[0] == '-' || v.data[0] == '+'), end = v.len, point = v.len;

    for (size_t i = at; i < v.len; i++) {
        if (v.data[i] == '.' && point == v.len)
            point = i;
        else if (!is_digit(v.data[i])) { /* NaN, 1e300: as they are */
            buf_add(out, v.data, v.len);
            return;
        }
    }
    while (at < point && v.data[at] == '0')
        at++;
    while (end > point && (v.data[end - 1] == '0' || v.data[end - 1] == '.'))
        end--;
    if (at == end) {
        buf_addch(out, '0');
        return;
    }
    if (negative)
        buf_addch(out, '-');
    if (v.data[at] == '.')
        buf_addch(out, '0');
    buf_add(out, v.data + at, end - at);
}

static int hex_digit(char c)
{
    return is_digit(c)            ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool canon_unhex(struct slice v, struct buf *out)
{
    if (v.len < 2 || v.len % 2 || v.data[0] != '\\' || v.data[1] != 'x')
        return false;
    for (size_t i = 2; i < v.len; i += 2) {
        int high = hex_digit(v.data[i]), low = hex_digit(v.data[i + 1]);

        if (high < 0 || low < 0)
            return false;
        buf_addch(out, (char)(high << 4 | low));
    }
    return true;
}

static void lower_hex(struct slice v, struct buf *out)
{
    for (size_t i = 0; i < v.len; i++)
        if (hex_digit(v.data[i]) >= 0)
            buf_addch(out, "0123456789abcdef"[hex_digit(v.data[i])]);
}

void canon_value(const struct mask_rule *r, struct slice v, struct buf *out)
{
    const struct mask_column *c = r->column;

    if (c->type & (MASK_T_INT | MASK_T_DECIMAL | MASK_T_FLOAT))
        canon_number(v, out);
    else if (c->type == MASK_T_UUID)
        lower_hex(v, out);
    else if (c->type == MASK_T_BYTES && c->hex && canon_unhex(v, out))
        return;
    else if (c->type == MASK_T_TEXT)
        fold_text(v, r->fold, out);
    else
        buf_add(out, v.data, v.len);
}
