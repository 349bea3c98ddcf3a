#include "grants.h"

#include <string.h>

#include "text.h"

static bool grant_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                      struct err *err)
{
    struct my_grants *g = ctx;
    (void)n, (void)lengths, (void)err;
    if (v[0])
        VEC_PUSH(&g->texts, const char *, arena_strdup(g->arena, v[0]));
    return true;
}

bool my_grants_read(struct my_session *s, struct arena *a, struct my_grants *ret, struct err *err)
{
    struct my_grants g = {a, VEC_INIT(const char *)};
    const char *roles = NULL, *sql = "SHOW GRANTS";
    if (s->flavor == ENGINE_MY && s->version >= 80000) {
        if (!my_conn_value(s, "SELECT NULLIF(CURRENT_ROLE(), 'NONE')", a, &roles, err))
            return false;
        if (roles)
            sql = arena_printf(a, "SHOW GRANTS FOR CURRENT_USER() USING %s", roles);
    }
    if (!my_conn_rows((struct session *)(void *)s, sql, grant_row, &g, err)) {
        my_grants_release(&g);
        return false;
    }
    *ret = g;
    return true;
}

void my_grants_release(struct my_grants *g)
{
    vec_release(&g->texts);
}

/* LIKE, as a grant on `a\_b%` has it: _ is one character, % any number, \ takes the next as it is.
 */
static bool like(const char *name, const char *pattern)
{
    for (; *pattern; pattern++) {
        if (*pattern == '%') {
            for (const char *p = name;; p++) {
                if (like(p, pattern + 1))
                    return true;
                if (!*p)
                    return false;
            }
        }
        if (!*name)
            return false;
        if (*pattern == '_') {
            for (name++; ((unsigned char)*name & 0xC0) == 0x80;)
                name++;
            continue;
        }
        if (*pattern == '\\' && pattern[1])
            pattern++;
        if (*pattern != *name++)
            return false;
    }
    return !*name;
}

/* Whether a grant's target covers the database: *.*, or `pattern`.* */
static bool covers(const char *target, const char *end, const char *database)
{
    const char *q = my_text_token(target, end);
    if (end - target >= 3 && !strncmp(target, "*.*", 3))
        return true;
    if (!database || *target != '`' || end - q < 2 || strncmp(q, ".*", 2) != 0)
        return false;
    struct buf name = BUF_INIT;
    for (const char *p = target + 1; p < q - 1; p++) {
        buf_addch(&name, *p);
        if (*p == '`')
            p++;
    }
    bool yes = like(database, name.data);
    buf_release(&name);
    return yes;
}

/* "GRANT SELECT, TRIGGER ON `shop`.* TO …"; "SELECT (a)" is one of columns. */
static bool gives(const char *text, const char *privilege, const char *database)
{
    const char *p = text + strlen("GRANT "), *on = strstr(text, " ON "), *to;
    size_t len = strlen(privilege);

    if (!str_starts(text, "GRANT ") || !on || !(to = strstr(on, " TO ")))
        return false;
    while (p < on) {
        size_t n = 0;
        while (p + n < on && p[n] != ',' && p[n] != '(')
            n++;
        bool whole = p + n >= on || p[n] == ',';
        if (whole && ((n == len && !memcmp(p, privilege, n)) ||
                      (n == strlen("ALL PRIVILEGES") && !memcmp(p, "ALL PRIVILEGES", n))))
            return covers(on + 4, to, database);
        while (p + n < on && p[n] != ',')
            n++;
        p += n;
        p += strspn(p, ", ");
    }
    return false;
}

bool my_grants_have(const struct my_grants *g, const char *privilege, const char *database)
{
    for (size_t i = 0; i < g->texts.len; i++)
        if (gives(VEC_AT(&g->texts, const char *, i), privilege, database))
            return true;
    return false;
}

bool my_grants_have_columns(const struct my_grants *g, const char *database)
{
    struct buf b = BUF_INIT;
    bool have = false;
    my_quote_name(&b, database);
    for (size_t i = 0; !have && i < g->texts.len; i++) {
        const char *text = VEC_AT(&g->texts, const char *, i), *on = strstr(text, " ON ");
        have =
            on && memchr(text, '(', (size_t)(on - text)) && str_starts(on + strlen(" ON "), b.data);
    }
    buf_release(&b);
    return have;
}

const char *my_grants_account(const char *current_user, struct arena *a)
{
    const char *at = current_user ? strrchr(current_user, '@') : NULL;
    if (!at)
        return "CURRENT_USER()";
    struct buf b = BUF_INIT;
    my_quote_text(&b, current_user, (size_t)(at - current_user));
    buf_addch(&b, '@');
    my_quote_text(&b, at + 1, strlen(at + 1));
    const char *account = arena_strdup(a, b.data);
    buf_release(&b);
    return account;
}
