#include "sqltext.h"

#include <string.h>

#include <dbtwin/engine.h>
#include <dbtwin/sqltoken.h>

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

bool sqltext_name(const char *sql, unsigned flavor, struct arena *a, struct sqltext_name *ret)
{
    size_t n = 0;
    char quote = engine_of(flavor)->quote;
    char *text, *to;

    if (is_name_start(*sql)) {
        while (sqltoken_is_word(sql[n]))
            n++;
        *ret = (struct sqltext_name){arena_strndup(a, sql, n), n, false};
        return true;
    }
    if (*sql != quote)
        return false;
    to = text = arena_alloc(a, strlen(sql));
    for (n = 1; sql[n]; n++) {
        if (sql[n] == quote && sql[n + 1] != quote) {
            *to = '\0';
            *ret = (struct sqltext_name){text, n + 1, true};
            return true;
        }
        n += sql[n] == quote;
        *to++ = sql[n];
    }
    return false;
}

void sqltext_quote(const char *name, unsigned flavor, struct buf *out)
{
    char quote = engine_of(flavor)->quote;
    bool plain = is_name_start(*name) && engine_of(flavor)->folds_names;

    for (const char *p = name; *p; p++)
        plain &= (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '_';
    if (plain) {
        buf_adds(out, name);
        return;
    }
    buf_addch(out, quote);
    for (const char *p = name; *p; p++) {
        if (*p == quote)
            buf_addch(out, quote);
        buf_addch(out, *p);
    }
    buf_addch(out, quote);
}

/* ---- what is no name ----------------------------------------------------------------------- */

size_t sqltext_quoted(const char *p, bool backslashes)
{
    for (size_t i = 1; p[i]; i++) {
        if (backslashes && p[i] == '\\' && p[i + 1])
            i++;
        else if (p[i] == p[0] && p[i + 1] == p[0])
            i++;
        else if (p[i] == p[0])
            return i + 1;
    }
    return 0;
}

size_t sqltext_dollar(const char *p)
{
    size_t tag = 1;

    while (sqltoken_is_word(p[tag]) && p[tag] != '$')
        tag++;
    if (p[tag] != '$' || (p[1] >= '0' && p[1] <= '9'))
        return 1;
    tag++;
    for (size_t i = tag; p[i]; i++)
        if (strncmp(p + i, p, tag) == 0)
            return i + tag;
    return 0;
}

static size_t comment_length(const char *p)
{
    const char *end;

    if (p[0] == '-' && p[1] == '-')
        return strcspn(p, "\n");
    if (p[0] != '/' || p[1] != '*')
        return 0;
    end = strstr(p + 2, "*/");
    return end ? (size_t)(end - p) + 2 : strlen(p);
}

/* The length of a string constant or comment at p, to the end of the text where it does not end; 0
 * when there is none. */
static size_t opaque_length(const char *sql, const char *p, unsigned flavor)
{
    bool dollars = engine_of(flavor)->dollars;
    bool escape =
        p > sql && (p[-1] == 'E' || p[-1] == 'e') && (p - 1 == sql || !sqltoken_is_word(p[-2]));

    size_t n;
    if (*p == '\'')
        n = sqltext_quoted(p, !dollars || escape);
    else if (*p == '"' && !dollars)
        n = sqltext_quoted(p, true);
    else if (*p == '$' && dollars && (p == sql || !sqltoken_is_word(p[-1])))
        n = sqltext_dollar(p);
    else
        return comment_length(p);
    return n ? n : strlen(p);
}

/* ---- qualified names ------------------------------------------------------------------------- */

static bool is_after_dot(const struct buf *out)
{
    return out->len && out->data[out->len - 1] == '.';
}

/* 'app.ids'::regclass and the like: the name within, or false. */
static bool is_name_constant(const char *p, size_t n, unsigned flavor)
{
    return engine_of(flavor)->named_constants && *p == '\'' && n > 2 &&
           str_starts(p + n, "::reg") && !memchr(p + 1, '\'', n - 2);
}

bool sqltext_map_schemas(const char *sql, unsigned flavor, sqltext_map_fn *fn, void *ctx,
                         struct buf *out)
{
    struct arena scratch = {.block_size = 256};
    bool changed = false;

    for (const char *p = sql; *p;) {
        size_t n = opaque_length(sql, p, flavor);
        struct sqltext_name first, second;
        const char *to = NULL;

        arena_reset(&scratch);
        if (n && is_name_constant(p, n, flavor)) {
            buf_addch(out, '\'');
            changed |=
                sqltext_map_schemas(arena_strndup(&scratch, p + 1, n - 2), flavor, fn, ctx, out);
            buf_addch(out, '\'');
        } else if (n) {
            buf_add(out, p, n);
        } else if (sqltext_name(p, flavor, &scratch, &first)) {
            n = first.len;
            if (p[n] == '.' && !is_after_dot(out) &&
                sqltext_name(p + n + 1, flavor, &scratch, &second))
                to = fn(ctx, first.text, second.text);
            changed |= to != NULL;
            if (to)
                sqltext_quote(to, flavor, out);
            else
                buf_add(out, p, n);
        } else {
            n = 1;
            if (*p >= '0' && *p <= '9') /* 1e5 is no name; nor is what a number is followed by */
                while (sqltoken_is_word(p[n]))
                    n++;
            buf_add(out, p, n);
        }
        p += n;
    }
    arena_release(&scratch);
    return changed;
}
