#include "set.h"

#include <string.h>

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static int hex(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* One part: its characters, and for each whether it stands for itself. */
struct part {
    char text[256];
    bool plain[256];
    size_t n;
};

static void put(struct part *p, char c, bool plain)
{
    if (p->n < sizeof p->text) {
        p->text[p->n] = c;
        p->plain[p->n++] = plain;
    }
}

/* Reads a part off *s, up to its dot or the end: "" within quotes is a quote, \\ a backslash, \xNN
 * a byte, as in paths. */
static void read_part(const char **s, struct part *ret)
{
    bool quoted = false;
    const char *p = *s;

    ret->n = 0;
    for (; *p && (quoted || *p != '.'); p++) {
        if (*p == '"' && quoted && p[1] == '"') {
            put(ret, *p++, true);
        } else if (*p == '"') {
            quoted = !quoted;
        } else if (quoted && *p == '\\' && p[1] == 'x' && is_hex(p[2]) && is_hex(p[3])) {
            put(ret, (char)(hex(p[2]) << 4 | hex(p[3])), true);
            p += 3;
        } else if (quoted && *p == '\\' && p[1]) {
            put(ret, *++p, true);
        } else {
            put(ret, *p, quoted || (*p != '*' && *p != '?'));
        }
    }
    *s = *p ? p + 1 : p;
}

static bool fits(const struct part *p, size_t i, const char *name)
{
    for (; i < p->n; i++, name++) {
        if (!p->plain[i] && p->text[i] == '*') {
            for (;; name++) {
                if (fits(p, i + 1, name))
                    return true;
                if (!*name)
                    return false;
            }
        }
        if (!*name || (p->plain[i] && p->text[i] != *name))
            return false;
    }
    return !*name;
}

static bool is_any(const struct part *p)
{
    return p->n == 1 && !p->plain[0] && p->text[0] == '*';
}

static unsigned count_parts(const char *pattern)
{
    struct part p;
    unsigned n = 0;

    for (; *pattern; n++)
        read_part(&pattern, &p);
    return n;
}

bool set_pattern_fits(const char *pattern, const char *const *names, unsigned n)
{
    unsigned parts = count_parts(pattern);
    struct part p;

    for (; parts > n; parts--) { /* MySQL's paths have no schema */
        read_part(&pattern, &p);
        if (!is_any(&p))
            return false;
    }
    if (parts < 2 && n > 1) /* a column's name alone says too little */
        return false;
    for (names += n - parts; parts > 0; parts--, names++) {
        read_part(&pattern, &p);
        if (!fits(&p, 0, *names))
            return false;
    }
    return true;
}

bool set_is_pattern(const char *pattern)
{
    bool quoted = false;

    for (; *pattern; pattern++) {
        if (*pattern == '"')
            quoted = !quoted;
        else if (!quoted && (*pattern == '*' || *pattern == '?'))
            return true;
    }
    return false;
}
