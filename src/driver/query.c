#include "query.h"

#include <dbtwin/driver.h>

#include <string.h>

/* ---- guards ----------------------------------------------------------------------------- */

static const char guard_mark[] = "--@";

struct guard {
    const char *at, *end;
};

static struct slice next_word(struct guard *g)
{
    struct slice w;

    while (g->at < g->end && strchr(" \t\r", *g->at))
        g->at++;
    w.data = g->at;
    while (g->at < g->end && !strchr(" \t\r", *g->at))
        g->at++;
    w.len = (size_t)(g->at - w.data);
    return w;
}

static bool word_is(struct slice w, const char *text)
{
    return w.len == strlen(text) && memcmp(w.data, text, w.len) == 0;
}

/* 1 holds, 0 does not, -1 is not an operator */
static int compare(struct slice op, uint64_t have, uint64_t want)
{
    if (word_is(op, ">="))
        return have >= want;
    if (word_is(op, ">"))
        return have > want;
    if (word_is(op, "<="))
        return have <= want;
    if (word_is(op, "<"))
        return have < want;
    if (word_is(op, "="))
        return have == want;
    return -1;
}

/* 1 holds, 0 does not, -1 = not a flavor word */
static int flavor_word(struct slice w, unsigned flavor)
{
    static const struct {
        const char *word;
        unsigned flavor;
    } flavors[] = {{"mariadb", ENGINE_MA}, {"mysql", ENGINE_MY}, {"pg", ENGINE_PG}};

    for (size_t i = 0; i < ARRAY_LEN(flavors); i++)
        if (word_is(w, flavors[i].word))
            return flavors[i].flavor == flavor;
    return -1;
}

static bool parse_version(struct slice w, uint64_t *ret)
{
    char digits[16];

    if (w.len == 0 || w.len >= sizeof digits)
        return false;
    memcpy(digits, w.data, w.len);
    digits[w.len] = '\0';
    return str_parse_u64(digits, ret);
}

/* 1 holds, 0 does not, -1 cannot be read */
static int guard_holds(struct guard *g, const struct query_facts *f)
{
    int all = 1;

    for (;;) {
        struct slice w = next_word(g);
        struct slice next;
        int holds = flavor_word(w, f->flavor);
        bool flavor = holds >= 0;

        if (w.len == 0)
            return -1;
        for (size_t i = 0; !flavor && f->words && f->words[i]; i++)
            if (word_is(w, f->words[i]))
                holds = 1;
        /* A word that nobody says is true is false: "secrets" where they may not be read. */
        all = all && holds > 0;
        next = next_word(g);
        if (flavor && next.len && !word_is(next, "and")) {
            uint64_t want;
            int cmp;

            if (!parse_version(next_word(g), &want))
                return -1;
            cmp = compare(next, f->version, want);
            if (cmp < 0)
                return -1;
            all = all && cmp;
            next = next_word(g);
        }
        if (next.len == 0)
            return all;
        if (!word_is(next, "and"))
            return -1;
    }
}

static const char *find_guard(const char *line, size_t len)
{
    const char *found = NULL;

    for (size_t i = 0; i + strlen(guard_mark) <= len; i++)
        if (memcmp(line + i, guard_mark, strlen(guard_mark)) == 0)
            found = line + i;
    return found;
}

bool query_filter(const char *text, const struct query_facts *f, struct buf *ret, struct err *err)
{
    size_t start = ret->len;

    for (unsigned number = 1; *text; number++) {
        size_t len = strcspn(text, "\n");
        const char *mark = find_guard(text, len);
        int keep = 1;

        if (mark) {
            struct guard g = {mark + strlen(guard_mark), text + len};
            keep = guard_holds(&g, f);
            if (keep == 0 && text + strspn(text, " \t") == mark) {
                buf_setlen(ret, start);
                return true;
            }
        }
        if (keep < 0) {
            buf_setlen(ret, start);
            return err_set(err, ERR_RUNTIME, "line %u: the guard \"%.*s\" cannot be read", number,
                           (int)(text + len - mark), mark);
        }
        if (keep) {
            buf_add(ret, text, mark ? (size_t)(mark - text) : len);
            buf_addch(ret, '\n');
        }
        text += len + (text[len] == '\n');
    }
    return true;
}

bool query_is_empty(const char *text)
{
    for (;;) {
        text += strspn(text, " \t\r\n;");
        if (text[0] != '-' || text[1] != '-')
            return *text == '\0';
        text += strcspn(text, "\n");
    }
}

/* ---- results ---------------------------------------------------------------------------- */

bool row_texts_add(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                   struct err *err)
{
    struct row_texts *t = ctx;

    (void)err;
    if (n && values[0])
        VEC_PUSH(t->ret, const char *, arena_strndup(t->arena, values[0], lengths[0]));
    return true;
}

bool row_count_add(void *count, unsigned n, const char *const *values, const size_t *lengths,
                   struct err *err)
{
    struct row_count *c = count;

    c->n++;
    return c->fn(c->ctx, n, values, lengths, err);
}

/* Columns whose whole value is a type's name. */
static bool is_type_column(const char *name)
{
    static const char *const names[] = {"type", "result", "subtype", "of_type"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* A "\001", or "???", as PostgreSQL's format_type calls a type that is no longer there. */
static bool is_gone(const struct query_load *q, unsigned column, const char *value, size_t len)
{
    if (len == 1 && value[0] == '\001')
        return true;
    return len >= 3 && column < 64 && (q->types >> column & 1) && memcmp(value, "???", 3) == 0;
}

bool query_columns(struct query_load *q, unsigned n, const char *const *names, struct err *err)
{
    q->parent = q->id = -1;
    q->makes = false;
    q->types = 0;
    for (unsigned i = 0; i < n; i++) {
        if (strcmp(names[i], "_parent") == 0)
            q->parent = (int)i;
        if (strcmp(names[i], "_id") == 0)
            q->id = (int)i;
        if (strcmp(names[i], "_name") == 0)
            q->makes = true;
        if (i < 64 && is_type_column(names[i]))
            q->types |= UINT64_C(1) << i;
    }
    q->loader = loader_start(q->model, q->name, n, names, err);
    return q->loader != NULL;
}

/* Rows come grouped, so that the answer for the last row mostly serves again. */
static bool is_known(struct query_load *q, const char *id, size_t len)
{
    if (len && len == q->known_len && memcmp(id, q->known, len) == 0)
        return true;
    if (!map_get(&q->model->by_id, id, len))
        return false;
    q->known_len = len <= sizeof(q->known) ? len : 0;
    memcpy(q->known, id, q->known_len);
    return true;
}

bool query_row(void *load, unsigned n, const char *const *values, const size_t *lengths,
               struct err *err)
{
    struct query_load *q = load;
    int key = q->makes ? q->parent : q->id;

    if (q->loose && key >= 0 && values[key] && !is_known(q, values[key], lengths[key]))
        return true;
    for (unsigned i = 0; i < n; i++)
        if (values[i] && is_gone(q, i, values[i], lengths[i])) {
            q->gone = true;
            return err_set(err, ERR_RUNTIME, "the schema changed while it was being read");
        }
    return loader_row(q->loader, values, lengths, err);
}

void query_done(struct query_load *q)
{
    loader_end(q->loader);
    q->loader = NULL;
}
