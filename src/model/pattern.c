#include "pattern.h"

#include <string.h>

#include "utf8.h"

/* ---- parsing ----------------------------------------------------------------------------- */

struct parsing {
    const char *text, *at;
    struct arena *arena;
    struct err *err;
};

static bool fail(const struct parsing *p, const char *at, const char *what)
{
    return err_set(p->err, ERR_USAGE, "pattern %s, column %zu: %s", p->text,
                   (size_t)(at - p->text) + 1, what);
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *found = c ? strchr(digits, c) : NULL;

    return found ? (int)((found - digits) & 15) : -1;
}

static void add_byte(struct pattern_part *part, char byte, char mask)
{
    part->text[part->len] = byte;
    part->mask[part->len++] = mask;
}

static bool parse_quoted(struct parsing *p, struct pattern_part *part)
{
    const char *start = p->at++;

    for (; *p->at; p->at++) {
        if (p->at[0] == '"' && p->at[1] != '"') {
            p->at++;
            return true;
        }
        if (p->at[0] == '"' || (p->at[0] == '\\' && p->at[1] == '\\')) {
            p->at++;
        } else if (p->at[0] == '\\') {
            int high = p->at[1] == 'x' ? hex_digit(p->at[2]) : -1;
            int low = high >= 0 ? hex_digit(p->at[3]) : -1;

            if (low < 0)
                return fail(p, p->at, "a backslash in quotes is written \\\\, a byte \\xNN");
            add_byte(part, (char)(high * 16 + low), 'l');
            p->at += 3;
            continue;
        }
        add_byte(part, *p->at, 'l');
    }
    return fail(p, start, "this quote is not closed");
}

static bool parse_part(struct parsing *p, const char *end, struct pattern_part *ret)
{
    const char *start = p->at;
    size_t room = strlen(p->at) + 1;
    struct pattern_part part = {.text = arena_alloc(p->arena, room),
                                .mask = arena_alloc(p->arena, room)};

    while (p->at < end && *p->at != '.') {
        if (*p->at == '"') {
            if (!parse_quoted(p, &part))
                return false;
            continue;
        }
        add_byte(&part, *p->at, *p->at == '*' || *p->at == '?' ? *p->at : 'l');
        p->at++;
    }
    if (p->at == start)
        return fail(p, start, "a name is missing here; an empty one is written \"\"");
    part.deep = part.len == 2 && memcmp(part.mask, "**", 2) == 0;
    *ret = part;
    return true;
}

static bool parse_path(struct parsing *p, const char *end, struct select_pattern *ret)
{
    struct vec parts = VEC_INIT(struct pattern_part);
    struct pattern_part part;
    bool ok;

    for (;;) {
        ok = parse_part(p, end, &part);
        if (ok)
            VEC_PUSH(&parts, struct pattern_part, part);
        if (!ok || p->at >= end)
            break;
        p->at++; /* the dot */
    }
    if (ok) {
        ret->n_parts = (unsigned)parts.len;
        ret->parts = arena_memdup(p->arena, parts.items, parts.len * sizeof(part));
    }
    vec_release(&parts);
    return ok;
}

/* The colon before what looks like a property or kind, or NULL. */
static const char *find_colon(const char *text)
{
    const char *colon = NULL;
    bool quoted = false;

    for (const char *c = text; *c; c++) {
        if (*c == '"')
            quoted = !quoted;
        if (*c == ':' && !quoted)
            colon = c;
    }
    if (!colon || !colon[1] ||
        colon[1 + strspn(colon + 1, "abcdefghijklmnopqrstuvwxyz_0123456789*?")])
        return NULL;
    return colon;
}

static bool glob_matches(const struct pattern_part *part, const char *name);

static bool parse_kinds(struct parsing *p, const char *word, struct select_pattern *ret)
{
    struct pattern_part part = {.len = strlen(word)};
    bool any = false;

    part.text = arena_strdup(p->arena, word);
    part.mask = arena_strdup(p->arena, word);
    for (size_t i = 0; i < part.len; i++)
        part.mask[i] = word[i] == '*' || word[i] == '?' ? word[i] : 'l';
    for (int k = 0; k < K_COUNT; k++)
        any |= ret->kinds[k] = glob_matches(&part, kinds[k].name);
    ret->by_kind = true;
    if (any)
        return true;
    err_set(p->err, ERR_USAGE, "pattern %s, column %zu: there is no kind \"%s\"", p->text,
            (size_t)(word - p->text) + 1, word);
    return err_hint(p->err, "dbtwin-model(7) lists the kinds, such as table, index or grant");
}

static bool no_property(struct parsing *p, const char *word, const struct kind *k)
{
    struct buf list = BUF_INIT;

    err_set(p->err, ERR_USAGE, "pattern %s, column %zu: %s has no property \"%s\"", p->text,
            (size_t)(word - p->text) + 1, k ? k->name : "no kind", word);
    for (unsigned i = 0; k && i < k->n_props; i++)
        buf_addf(&list, "%s%s", i ? ", " : "", k->props[i].name);
    if (k)
        err_hint(p->err, "it has %s; to mean a path, quote its first name: \"%s\".%s",
                 list.len ? list.data : "none", k->name, word);
    else
        err_hint(p->err, "dbtwin-model(7) lists the properties; a name that holds a colon is "
                         "quoted");
    buf_release(&list);
    return false;
}

static bool property_exists(const char *name)
{
    for (int k = 0; k < K_COUNT; k++)
        if (kind_prop(&kinds[k], name) >= 0)
            return true;
    return false;
}

/* "column.position". 0: it is a path. */
static int parse_kind_property(struct parsing *p, struct select_pattern *ret)
{
    const char *dot = strchr(p->text, '.');
    const struct kind *k;

    if (!dot || strpbrk(p->text, "\"*?:") || strchr(dot + 1, '.'))
        return 0;
    k = kind_find(arena_strndup(p->arena, p->text, (size_t)(dot - p->text)));
    if (!k)
        return 0;
    if (kind_prop(k, dot + 1) < 0) {
        no_property(p, dot + 1, k);
        return -1;
    }
    ret->by_kind = true;
    ret->kinds[k->id] = true;
    ret->property = arena_strdup(p->arena, dot + 1);
    return 1;
}

static bool parse_ignore(struct parsing *p, struct select_pattern *ret)
{
    const char *colon = find_colon(p->text);
    int found = parse_kind_property(p, ret);

    if (found)
        return found > 0;
    if (colon && colon - p->text == 4 && strncmp(p->text, "kind", 4) == 0)
        return parse_kinds(p, colon + 1, ret);
    if (colon && !property_exists(colon + 1))
        return no_property(p, colon + 1, NULL);
    if (colon)
        ret->property = arena_strdup(p->arena, colon + 1);
    return parse_path(p, colon ? colon : p->text + strlen(p->text), ret);
}

/* "users" is any schema's users. */
static void let_begin_anywhere(struct select_pattern *ret, struct arena *a)
{
    struct pattern_part *parts;

    if (ret->n_parts != 1 || ret->parts[0].deep)
        return;
    parts = arena_calloc(a, 2 * sizeof(*parts));
    parts[0].deep = true;
    parts[1] = ret->parts[0];
    ret->parts = parts;
    ret->n_parts = 2;
}

bool pattern_parse(struct select_pattern *ret, enum select_sort sort, const char *text,
                   struct arena *a, struct err *err)
{
    const char *copy = arena_strdup(a, text);
    struct parsing p = {.text = copy, .at = copy, .arena = a, .err = err};
    struct select_pattern made = {.sort = sort, .text = copy};

    if (!*text)
        return err_set(err, ERR_USAGE, "a pattern is empty");
    if (sort == SELECT_KIND) {
        if (!parse_kinds(&p, copy, &made))
            return false;
    } else if (sort == SELECT_IGNORE) {
        if (!parse_ignore(&p, &made))
            return false;
    } else {
        if (!parse_path(&p, copy + strlen(copy), &made))
            return false;
        if (sort == SELECT_SCHEMA && made.n_parts > 1)
            return fail(&p, strchr(copy, '.'), "a schema is one name; one with a dot is quoted");
        if (sort != SELECT_SCHEMA)
            let_begin_anywhere(&made, a);
    }
    made.root =
        made.n_parts == 1 && strncmp(copy, "database", 8) == 0 && (!copy[8] || copy[8] == ':');
    *ret = made;
    return true;
}

/* ---- matching ---------------------------------------------------------------------------- */

/* The usual way: on a mismatch, the last "*" takes one byte more. */
static bool glob_matches(const struct pattern_part *part, const char *name)
{
    size_t i = 0, n = strlen(name), star = SIZE_MAX, star_at = 0, at = 0;

    while (at < n) {
        if (i < part->len && part->mask[i] == '*') {
            star = i++;
            star_at = at;
        } else if (i < part->len && part->mask[i] == '?') {
            size_t len = utf8_char(name + at, n - at);

            at += len ? len : 1;
            i++;
        } else if (i < part->len && part->text[i] == name[at]) {
            i++;
            at++;
        } else if (star != SIZE_MAX) {
            i = star + 1;
            at = ++star_at;
        } else {
            return false;
        }
    }
    while (i < part->len && part->mask[i] == '*')
        i++;
    return i == part->len;
}

static bool parts_match(const struct pattern_part *parts, unsigned n_parts,
                        const char *const *names, unsigned n)
{
    for (; n_parts; parts++, n_parts--) {
        if (parts->deep) {
            for (unsigned skip = 0; skip <= n; skip++)
                if (parts_match(parts + 1, n_parts - 1, names + skip, n - skip))
                    return true;
            return false;
        }
        if (!n || !glob_matches(parts, names[0]))
            return false;
        names++;
        n--;
    }
    return n == 0;
}

bool pattern_matches_path(const struct select_pattern *p, const char *const *names, unsigned n)
{
    if (!n && p->root)
        return true;
    return p->parts && parts_match(p->parts, p->n_parts, names, n);
}
