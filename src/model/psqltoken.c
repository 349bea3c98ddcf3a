#include <dbtwin/psqltoken.h>

#include <string.h>
#include <strings.h>

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (c & 0x80);
}

static const char *end_of_quoted(const char *p, bool escapes)
{
    char quote = *p++;
    for (; *p; p++) {
        if (escapes && *p == '\\' && p[1])
            p++;
        else if (*p == quote && p[1] == quote)
            p++;
        else if (*p == quote)
            return p + 1;
    }
    return p;
}

/* At a '$' that begins no word's rest: the end of $tag$…$tag$, or behind the '$'. */
static const char *end_of_dollars(const char *p)
{
    size_t n = 1;
    while (is_name(p[n]))
        n++;
    if (p[n] != '$' || (p[1] >= '0' && p[1] <= '9'))
        return p + 1;
    n++;
    for (const char *q = p + n; (q = strchr(q, '$')); q++)
        if (strncmp(q, p, n) == 0)
            return q + n;
    return p + strlen(p);
}

static const char *end_of_comment(const char *p)
{
    unsigned deep = 0;
    do { /* comments may be within one another */
        bool open = p[0] == '/' && p[1] == '*', close = p[0] == '*' && p[1] == '/';
        deep += open;
        deep -= close;
        p += open || close ? 2 : 1;
    } while (deep && *p);
    return p;
}

/* NULL: one character. */
static const char *end_of_plain(const char *p)
{
    bool number = *p >= '0' && *p <= '9';
    if ((*p == 'E' || *p == 'e') && p[1] == '\'')
        return end_of_quoted(p + 1, true);
    if (*p == '\'' || *p == '"')
        return end_of_quoted(p, false);
    if (*p == '-' && p[1] == '-')
        return p + strcspn(p, "\n");
    if (*p == '/' && p[1] == '*')
        return end_of_comment(p);
    if (*p == '$')
        return end_of_dollars(p);
    if (!is_name(*p))
        return NULL;
    while (is_name(*p) || (*p == '$' && !number))
        p++;
    return p;
}

bool psqltoken_is_bare(const char *p)
{
    return !end_of_plain(p) && psqltoken_end(p) == p + 1;
}

const char *psqltoken_end(const char *p)
{
    const char *end = end_of_plain(p);
    if (end)
        return end;
    return p[0] == ':' && (p[1] == ':' || p[1] == '=') ? p + 2 : p + 1;
}

bool psqltoken_is(const char *p, size_t n, const char *word)
{
    return n == strlen(word) && strncasecmp(p, word, n) == 0;
}

void psqltoken_nest(struct psqltoken_nest *s, const char *p, size_t n)
{
    s->brackets += n == 1 && strchr("([", *p);
    s->brackets -= n == 1 && strchr(")]", *p);
    if (s->begin && psqltoken_is(p, n, "atomic")) {
        s->atomic = true;
        s->blocks = 1;
    } else if (s->atomic && psqltoken_is(p, n, "case")) {
        s->blocks++;
    } else if (s->atomic && psqltoken_is(p, n, "end")) {
        s->blocks--;
    }
    if (!strchr(" \t\r\n", *p))
        s->begin = psqltoken_is(p, n, "begin");
}

bool psqltoken_within(const struct psqltoken_nest *s)
{
    return s->brackets > 0 || s->blocks > 0;
}
