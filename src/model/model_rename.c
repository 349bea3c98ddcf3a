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

static const char *renamed(const struct rename *r, const char *text)
{
    struct buf out = BUF_INIT;
    bool any = false;
    for (const char *p = text, *end; *p; p = end) {
        end = engine_token_end(r->m->flavor, p);
        if (is_old_name(r, p, end)) {
            add_name(r, *p == r->quote, &out);
            any = true;
        } else
            buf_add(&out, p, (size_t)(end - p));
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

static void rename_in(const struct rename *r, struct object *o)
{
    for (unsigned s = 0; s < o->kind->n_props; s++)
        if (o->v[s] && o->v[s] != model_unknown && follows(&o->kind->props[s]))
            o->v[s] = renamed(r, o->v[s]);
}

bool model_rename(struct model *m, struct object *o, const char *name, struct err *err)
{
    bool label = o->kind->id == K_ENUM_LABEL;
    struct rename r = {m, o, arena_strdup(&m->arena, name),
                       label ? '\'' : engine_of(m->flavor)->quote, label};
    const struct object *top = model_top(o);
    uint8_t *reached = arena_calloc(&m->arena, m->n_objects);
    for (size_t i = 0; i < m->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&m->deps, struct dependency, i);
        if (model_is_within(d->to, o) || model_is_within(d->to, top))
            reached[d->from->id] = 1;
    }
    for (uint32_t i = 1; i < m->n_objects; i++)
        for (const struct object *x = m->objects[i]; x; x = x->parent)
            if (reached[x->id] || x == top) {
                rename_in(&r, m->objects[i]);
                break;
            }
    o->name = r.name;
    model_thaw(m);
    return model_freeze(m, err);
}
