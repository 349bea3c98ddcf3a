#include "xml_guard.h"

#include <string.h>

static void go(struct xml_guard *g, enum xml_guard_place place, char mark)
{
    *g = (struct xml_guard){.place = place, .mark = mark, .attributes = g->attributes};
}

static void begin_tag(struct xml_guard *g)
{
    g->attributes = 0;
    go(g, XML_GUARD_TAG, 0);
}

/* What begins here; a byte that tells that it is a tag is looked at once more, as part of it. */
static const char *open(struct xml_guard *g, const char *p)
{
    static const char comment[] = "!--", cdata[] = "![CDATA[";
    const char *wanted = g->mark == '[' ? cdata : comment;

    if (g->seen == 0 && *p == '?') {
        go(g, XML_GUARD_ASIDE, '?');
        return p + 1;
    }
    if (g->seen == 1) {
        g->mark = *p;
        wanted = *p == '[' ? cdata : comment;
    }
    if (*p != wanted[g->seen]) {
        begin_tag(g);
        return p;
    }
    g->seen++;
    if (!wanted[g->seen])
        go(g, XML_GUARD_ASIDE, wanted == cdata ? ']' : '-');
    return p + 1;
}

/* To the end of the tag or of the piece, or to the next value. */
static const char *tag(struct xml_guard *g, const char *p, const char *end)
{
    while (p < end && *p != '>' && *p != '"' && *p != '\'')
        p++;
    if (p == end)
        return p;
    if (*p == '>') {
        go(g, XML_GUARD_TEXT, 0);
    } else {
        g->attributes++;
        go(g, XML_GUARD_VALUE, *p);
    }
    return p + 1;
}

/* Ends with "?>", "-->" or "]]>". */
static const char *pass_section(struct xml_guard *g, const char *p)
{
    if (*p == '>' && g->seen >= (g->mark == '?' ? 1U : 2U))
        go(g, XML_GUARD_TEXT, 0);
    else
        g->seen = *p == g->mark ? g->seen + 1 : 0;
    return p + 1;
}

/* Behind the next such byte, from where on it is `place`; or the end. */
static const char *find(struct xml_guard *g, const char *p, const char *end, char wanted,
                        enum xml_guard_place place)
{
    const char *found = memchr(p, wanted, (size_t)(end - p));

    if (!found)
        return end;
    go(g, place, 0);
    return found + 1;
}

bool xml_guard_pass(struct xml_guard *g, struct slice piece)
{
    const char *end = piece.data + piece.len;

    for (const char *p = piece.data; p < end;) {
        switch (g->place) {
        case XML_GUARD_TEXT:
            p = find(g, p, end, '<', XML_GUARD_OPEN);
            break;
        case XML_GUARD_OPEN:
            p = open(g, p);
            break;
        case XML_GUARD_TAG:
            p = tag(g, p, end);
            break;
        case XML_GUARD_VALUE:
            p = find(g, p, end, g->mark, XML_GUARD_TAG);
            break;
        case XML_GUARD_ASIDE:
            p = pass_section(g, p);
            break;
        }
        if (g->attributes > XML_GUARD_ATTRIBUTES)
            return false;
    }
    return true;
}
