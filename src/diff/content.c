#include "content.h"

#include <string.h>

#include <dbtwin/sqltoken.h>

struct content {
    unsigned flavor;
    const char *own_name; /* or NULL */
    size_t own_len;
    struct arena scratch;
};

/* A text and a NUL; each occurrence of the own name becomes the byte 1. */
static void add_text(const struct content *c, const char *text, struct buf *b)
{
    const char *from = text; /* what is not in b yet */
    for (const char *p = c->own_len ? strchr(text, *c->own_name) : NULL; p;) {
        bool here = (p == text || !sqltoken_is_word(p[-1])) &&
                    strncmp(p, c->own_name, c->own_len) == 0 &&
                    (p[c->own_len] == '_' || !sqltoken_is_word(p[c->own_len]));
        if (here) {
            buf_add(b, from, (size_t)(p - from));
            buf_addch(b, '\1');
            from = p + c->own_len;
        }
        p = strchr(here ? from : p + 1, *c->own_name);
    }
    buf_add(b, from, strlen(from) + 1);
}

static void add_value(struct content *c, const struct object *o, unsigned slot, struct buf *b)
{
    const char *text = o->v[slot];
    if (text == model_unknown) {
        buf_add(b, "?", 2);
        return;
    }
    arena_reset(&c->scratch);
    text = text ? prop_canon(o->kind, slot, c->flavor, text, &c->scratch) : NULL;
    if (!text)
        return; /* a property that came later with dbtwin and is not set changes nothing */
    buf_adds(b, o->kind->props[slot].name);
    buf_addch(b, '=');
    add_text(c, text, b);
}

static struct hash128 hash_object(struct content *c, const struct object *o, bool top)
{
    enum { OUT = F_VOLATILE | F_INTERNAL | F_COSMETIC };
    struct buf b = BUF_INIT;
    struct hash128 children = {0, 0}, whole;
    buf_add(&b, o->kind->name, strlen(o->kind->name) + 1);
    if (!top && (o->kind->id == K_COLUMN || o->kind->id == K_ATTRIBUTE))
        buf_add(&b, o->name, strlen(o->name) + 1);
    else if (!top)
        add_text(c, o->name, &b);
    for (unsigned s = 0; s < o->kind->n_props; s++)
        if (!(o->kind->props[s].flags & OUT) && (o->kind->props[s].engines & c->flavor))
            add_value(c, o, s, &b);
    for (const struct object *x = o->first; x; x = x->next)
        hash_add(&children, hash_object(c, x, false));
    buf_addf(&b, "%u %llx %llx", o->n_children, (unsigned long long)children.hi,
             (unsigned long long)children.lo);
    whole = hash_bytes128(b.data, b.len);
    buf_release(&b);
    return whole;
}

struct hash128 content_hash(const struct object *o, unsigned flavor, const char *own_name)
{
    struct content c = {.flavor = flavor, .own_name = own_name};
    c.own_len = own_name ? strlen(own_name) : 0;
    struct hash128 h = hash_object(&c, o, true);
    arena_release(&c.scratch);
    return h;
}

const char *content_digest(const struct object *o, unsigned flavor, struct arena *a)
{
    struct hash128 h = content_hash(o, flavor, NULL);
    return arena_printf(a, "xxh3:%016llx%016llx", (unsigned long long)h.hi,
                        (unsigned long long)h.lo);
}

const char *content_value_digest(const struct object *o, unsigned slot, unsigned flavor,
                                 struct arena *a)
{
    const char *text = o->v[slot];
    char hex[65];
    if (text == model_unknown)
        return "unknown";
    text = text ? prop_canon(o->kind, slot, flavor, text, a) : NULL;
    if (!text)
        return "null";
    hash_sha256_hex(text, strlen(text), hex);
    return arena_printf(a, "sha256:%s", hex);
}
