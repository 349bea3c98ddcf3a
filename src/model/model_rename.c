#include <dbtwin/model.h>

#include <dbtwin/engine.h>
#include <dbtwin/psqltoken.h>

#include <string.h>

struct rename {
    struct model *m;
    const struct object *o;
    const char *name; /* the new one */
    char quote;       /* around it, where it has quotes */
    bool label;       /* of an enumerated type: a string that is cast to the type */
};

/* The token is `name`, bare or within the quotes. */
static bool is_called(const char *p, size_t n, const char *name, char quote)
{
    if (*p != quote)
        return strlen(name) == n && strncmp(name, p, n) == 0;
    for (p++, n -= 2; n && *name; p++, n--, name++) {
        if (*p != *name)
            return false;
        if (*p == quote && n > 1) {
            p++;
            n--;
        }
    }
    return !n && !*name;
}

/* "::", perhaps a schema and a dot, and the type. */
static bool is_cast_to(const char *p, const struct object *type)
{
    const char *end;
    if (!str_starts(p, "::"))
        return false;
    p += 2;
    end = psqltoken_end(p);
    if (*end == '.') {
        p = end + 1;
        end = psqltoken_end(p);
    }
    return is_called(p, (size_t)(end - p), type->name, '"');
}

static bool is_old_name(const struct rename *r, const char *p, const char *end)
{
    if (r->label && (*p != r->quote || !is_cast_to(end, r->o->parent)))
        return false;
    return is_called(p, (size_t)(end - p), r->o->name, r->quote);
}

static bool needs_quotes(const char *name)
{
    return !*name || (*name >= '0' && *name <= '9') ||
           name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0';
}

static void add_name(const struct rename *r, bool quoted, struct buf *out)
{
    char quote = r->quote;
    if (!quoted && !needs_quotes(r->name)) {
        buf_adds(out, r->name);
        return;
    }
    buf_addch(out, quote);
    for (const char *p = r->name; *p; p++) {
        if (*p == quote)
            buf_addch(out, quote);
        buf_addch(out, *p);
    }
    buf_addch(out, quote);
}

/*
 * Where a token of a query stands. The server writes `SELECT t.c` for a column of the result that
 * has the name of the table's; once that has another name, it writes `SELECT t.new AS c`.
 */
struct place {
    unsigned depth;
    unsigned tokens[64]; /* by depth: of the column of the result so far, + 1; 0: outside these */
    bool after_as;
};

static bool is_one_of(const char *const *words, const char *p, size_t n)
{
    for (; *words; words++)
        if (strlen(*words) == n && strncmp(*words, p, n) == 0)
            return true;
    return false;
}

static void place_move(struct place *at, const char *p, size_t n)
{
    static const char *const begin[] = {"SELECT", "DISTINCT", NULL};
    static const char *const end[] = {"FROM",  "WHERE",  "GROUP", "HAVING",
                                      "ORDER", "WINDOW", "LIMIT", NULL};
    unsigned *tokens = &at->tokens[at->depth % ARRAY_LEN(at->tokens)];

    at->after_as = n == 2 && strncmp(p, "AS", 2) == 0;
    if (*p == '(') {
        *tokens += *tokens != 0;
        at->tokens[++at->depth % ARRAY_LEN(at->tokens)] = 0;
    } else if (*p == ')' && at->depth)
        at->depth--;
    else if (is_one_of(begin, p, n))
        *tokens = 1;
    else if (is_one_of(end, p, n))
        *tokens = 0;
    else if (*tokens)
        *tokens = *p == ',' ? 1 : *tokens + 1;
}

/* After "c" or "t.c", which is all of it. */
static bool is_whole_item(const struct rename *r, const struct place *at, const char *end)
{
    unsigned tokens = at->tokens[at->depth % ARRAY_LEN(at->tokens)];
    while (*end == ' ' || *end == '\n')
        end++;
    return engine_of(r->m->flavor)->follows_renames && r->o->kind->id == K_COLUMN &&
           (tokens == 2 || tokens == 4) &&
           (!*end || strchr(",;)", *end) || str_starts(end, "FROM"));
}

static const char *renamed(const struct rename *r, const char *text)
{
    struct buf out = BUF_INIT;
    struct place at = {0};
    bool any = false;
    for (const char *p = text, *end; *p; p = end) {
        end = engine_token_end(r->m->flavor, p);
        size_t n = (size_t)(end - p);
        bool after_as = at.after_as && r->o->kind->id == K_COLUMN;
        if (*p != ' ' && *p != '\n')
            place_move(&at, p, n);
        if (!after_as && is_old_name(r, p, end)) {
            add_name(r, *p == r->quote, &out);
            if (is_whole_item(r, &at, end))
                buf_addf(&out, " AS %.*s", (int)n, p);
            any = true;
        } else
            buf_add(&out, p, n);
    }
    const char *ret = any ? arena_strdup(&r->m->arena, out.data) : text;
    buf_release(&out);
    return ret;
}

/* Texts that the server deparses from its catalog, which follow; a string body does not. */
static bool follows(const struct prop *p)
{
    static const char *const names[] = {"owned_by", "references", "columns", "partition_of",
                                        "of_type"};
    for (size_t i = 0; p->type == T_NAME && i < ARRAY_LEN(names); i++)
        if (str_eq(p->name, names[i]))
            return true;
    return p->type == T_TYPE || p->type == T_EXPR;
}

/* Where a name begins that the server makes of others' names, or NULL: of a routine's or an
 * operator's that of its arguments' types. */
static const char *borrowed(const struct object *o)
{
    switch (o->kind->id) {
    case K_INHERITS:
    case K_PUBLICATION_TABLE:
    case K_CAST:
        return o->name;
    case K_FUNCTION:
    case K_PROCEDURE:
    case K_AGGREGATE:
    case K_OPERATOR:
        return strchr(o->name, '(');
    default:
        return NULL;
    }
}

static void rename_in(const struct rename *r, struct object *o)
{
    const char *name = borrowed(o), *now = name ? renamed(r, name) : NULL;
    if (now != name)
        o->name = arena_printf(&r->m->arena, "%.*s%s", (int)(name - o->name), o->name, now);
    for (unsigned s = 0; s < o->kind->n_props; s++)
        if (o->v[s] && o->v[s] != model_unknown && follows(&o->kind->props[s]))
            o->v[s] = renamed(r, o->v[s]);
}

/* MySQL and MariaDB keep a view as a text, which goes on naming what it named. */
static bool is_followed(const struct model *m, const struct object *o)
{
    return engine_of(m->flavor)->follows_renames || o->kind->id != K_VIEW;
}

static struct object *column_named(const struct object *table, const char *name)
{
    for (struct object *c = table->first; c; c = c->next)
        if (c->kind->id == K_COLUMN && strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

/* Who depends on it, or on what it is in, follows. */
static void rename_all(struct rename *r)
{
    struct model *m = r->m;
    const struct object *o = r->o, *top = model_top(o);
    uint8_t *reached = arena_calloc(&m->arena, m->n_objects);
    for (size_t i = 0; i < m->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&m->deps, struct dependency, i);
        if (model_is_within(d->to, o) || model_is_within(d->to, top))
            reached[d->from->id] = 1;
    }
    for (uint32_t i = 1; i < m->n_objects; i++)
        for (const struct object *x = m->objects[i]; x && is_followed(m, x); x = x->parent)
            if (reached[x->id] || x == top) {
                rename_in(r, m->objects[i]);
                break;
            }
}

/* A column's heirs, in tables that inherit it and in partitions, are renamed with it. */
static void add_heirs(const struct model *m, const struct object *column, struct vec *out)
{
    for (size_t i = 0; engine_of(m->flavor)->follows_renames && i < m->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&m->deps, struct dependency, i);
        const struct object *heir = d->from->kind->id == K_INHERITS ? d->from->parent : d->from;
        struct object *c;
        if (d->to != column->parent ||
            (heir->kind->id != K_TABLE && heir->kind->id != K_FOREIGN_TABLE))
            continue;
        c = column_named(heir, column->name);
        int slot = c ? kind_prop(c->kind, "inherited") : -1;
        bool known = slot >= 0 && c->v[slot] && c->v[slot] != model_unknown;
        for (size_t k = 0; known && k < out->len; k++)
            known = VEC_AT(out, struct object *, k) != c;
        if (known && strcmp(c->v[slot], "0") != 0)
            VEC_PUSH(out, struct object *, c);
    }
}

bool model_rename(struct model *m, struct object *o, const char *name, struct err *err)
{
    struct vec all = VEC_INIT(struct object *);
    const char *now = arena_strdup(&m->arena, name);
    bool label = o->kind->id == K_ENUM_LABEL;
    VEC_PUSH(&all, struct object *, o);
    for (size_t i = 0; o->kind->id == K_COLUMN && i < all.len; i++)
        add_heirs(m, VEC_AT(&all, struct object *, i), &all);
    for (size_t i = 0; i < all.len; i++) {
        struct rename r = {m, VEC_AT(&all, struct object *, i), now,
                           label ? '\'' : engine_of(m->flavor)->quote, label};
        rename_all(&r);
    }
    for (size_t i = 0; i < all.len; i++)
        VEC_AT(&all, struct object *, i)->name = now;
    vec_release(&all);
    model_thaw(m);
    return model_freeze(m, err);
}
