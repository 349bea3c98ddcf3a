#include "names.h"

#include <string.h>

const char *names_take(const char **s, struct arena *a)
{
    const char *p = *s + strspn(*s, " ,");
    struct buf name = BUF_INIT;
    char quote = *p == '"' || *p == '`' ? *p : '\0';
    if (!*p)
        return NULL;
    if (quote)
        for (p++; *p && !(p[0] == quote && p[1] != quote); p++) {
            p += *p == quote;
            buf_addch(&name, *p);
        }
    else
        for (; *p && !strchr(" ,.", *p); p++)
            buf_addch(&name, *p);
    p += !quote && !name.len && *p; /* no list of names: go on behind what is none */
    *s = p + (quote && *p);
    const char *text = arena_strdup(a, name.data);
    buf_release(&name);
    return text;
}

const struct object *names_child(const struct object *parent, enum kind_id kind, const char *name)
{
    for (const struct object *o = parent->first; o; o = o->next)
        if (o->kind->id == kind && strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

const struct object *names_find(const struct model *m, const char *text, enum kind_id kind,
                                struct arena *a)
{
    const struct object *at = m->root;
    const char *name = text ? names_take(&text, a) : NULL;
    while (name && *text == '.') {
        const struct object *schema = names_child(m->root, K_SCHEMA, name);
        at = schema ? schema : at;
        text++;
        name = names_take(&text, a);
    }
    return name ? names_child(at, kind, name) : NULL;
}
