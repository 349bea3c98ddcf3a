#include "preflight.h"

#include <string.h>

struct plugins {
    struct look *l;
    struct map said; /* names, in lower case */
};

static char *lower(struct arena *a, const char *text)
{
    char *out = arena_strdup(a, text);
    for (char *p = out; *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
    return out;
}

/* Says what the target lacks, once. */
static void want(struct plugins *p, enum preflight_level level, const char *topic, const char *what,
                 const char *plugin, const char *todo)
{
    struct look *l = p->l;
    const char *to = l->job.target_at->label, *name = lower(l->arena, plugin);
    if (map_get(&p->said, name, strlen(name)))
        return;
    map_put(&p->said, name, strlen(name), l);
    if (!look_is_asked(&l->job.target_says, topic))
        look_say(l, PREFLIGHT_NOTE, to, NULL, "could not be asked for the %s %s", what, plugin);
    else if (!look_find(&l->job.target_says, topic, name))
        look_say(l, level, to, todo, "has no %s %s, which the source's objects need", what, plugin);
}

/* Engines are a check of their own, and accounts are not copied, nor what they log in with. */
static void want_plugin(struct plugins *p, const struct object *o)
{
    const char *type = model_get(o, P_PLUGIN_TYPE);
    if (str_eq(type, "component"))
        want(p, PREFLIGHT_WARNING, PREFLIGHT_COMPONENT, "component", o->name,
             arena_printf(p->l->arena, "INSTALL COMPONENT '%s'", o->name));
    else if (str_eq(type, "data type"))
        want(p, PREFLIGHT_CANNOT, "plugin", "plugin", o->name, "install it there");
}

void preflight_plugin_check(struct look *l)
{
    struct plugins p = {.l = l};
    const struct model *m = &l->job.model;
    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct object *o = m->objects[i];
        if (o->kind->id == K_PLUGIN)
            want_plugin(&p, o);
        else if (o->kind->id == K_INDEX && model_get(o, P_INDEX_PARSER))
            want(&p, PREFLIGHT_CANNOT, "plugin", "full-text parser", model_get(o, P_INDEX_PARSER),
                 "install its plugin there");
    }
    map_release(&p.said);
}
