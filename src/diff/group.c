#include "group.h"

#include <string.h>

enum { GROUP_MIN = 5, VALUE_MAX = 60 };

/* Bodies and queries are read as differences of lines, each by itself. */
static bool is_short(const char *value)
{
    return !value || (strlen(value) <= VALUE_MAX && !strchr(value, '\n'));
}

static void add_text(const char *text, struct buf *key)
{
    buf_addf(key, "%c%s\n", text ? '=' : '0', text ? text : "");
}

/* What is the same of all members: the property and its values. */
static bool key_of_slot(const struct change *c, unsigned slot, struct buf *key)
{
    const struct prop *p = &report_object(c)->kind->props[slot];
    const char *from = report_value(c->from, slot), *to = report_value(c->to, slot);
    bool unknown = c->unknown >> slot & 1;
    buf_reset(key);
    if (p->type == T_BODY || (!unknown && (!is_short(from) || !is_short(to))))
        return false;
    buf_addf(key, "%s %s %d\n", unknown ? "unknown" : "property", p->name, (int)p->type);
    if (unknown) {
        buf_addf(key, "%d%d", c->from->v[slot] == model_unknown, c->to->v[slot] == model_unknown);
    } else {
        add_text(from, key);
        add_text(to, key);
    }
    return true;
}

/* A part that only one side has: its kind, name and values. */
static bool key_of_whole(const struct change *c, struct buf *key)
{
    const struct object *o = report_object(c);
    buf_reset(key);
    if (!report_is_one_sided(c) || c->n_inside || !(o->kind->flags & KF_PART) || !o->parent ||
        !o->parent->parent)
        return false;
    buf_addf(key, "%s %s %s\n", report_change_names[c->type], o->kind->name, o->name);
    for (unsigned s = 0; s < o->kind->n_props; s++)
        if (!(o->kind->props[s].flags & (F_VOLATILE | F_INTERNAL | F_COSMETIC)))
            add_text(o->v[s] == model_unknown ? "?" : o->v[s], key);
    return true;
}

static void join(struct groups *g, const struct diff *d, const struct change *c, int slot,
                 const struct buf *key)
{
    struct group *one = map_get(&g->by_key, key->data, key->len);
    const struct object *o = report_object(c);
    enum severity level = slot < 0 ? severity_of(d, c) : severity_property(d, c, (unsigned)slot);
    if (!one) {
        one = arena_new(&g->arena, struct group);
        *one = (struct group){.first = c, .slot = slot, .level = level};
        one->unknown = slot >= 0 && (c->unknown >> slot & 1);
        vec_init(&one->members, sizeof(const struct change *));
        map_put(&g->by_key, arena_memdup(&g->arena, key->data, key->len), key->len, one);
        VEC_PUSH(&g->all, struct group *, one);
    }
    VEC_PUSH(&one->members, const struct change *, c);
    one->level = level > one->level ? level : one->level;
    one->in[(slot < 0 ? o->parent : o)->kind->id]++;
}

/* The slot of the group's property in another kind's object. */
static void hide(struct groups *g, const struct group *one)
{
    const char *name =
        one->slot < 0 ? NULL : report_object(one->first)->kind->props[one->slot].name;
    for (size_t i = 0; i < one->members.len; i++) {
        const struct change *c = VEC_AT(&one->members, const struct change *, i);
        size_t at = (size_t)(c - g->changes);
        if (name)
            g->slots[at] |= UINT64_C(1) << kind_prop(report_object(c)->kind, name);
        else
            g->as_wholes[at] = true;
    }
}

void group_find(const struct diff *d, bool full, struct groups *ret)
{
    struct buf key = BUF_INIT;
    size_t n = d->changes.len;
    *ret = (struct groups){.list = VEC_INIT(struct group *),
                           .all = VEC_INIT(struct group *),
                           .changes = d->changes.items};
    arena_init(&ret->arena);
    ret->slots = arena_calloc(&ret->arena, (n + 1) * sizeof(*ret->slots));
    ret->as_wholes = arena_calloc(&ret->arena, (n + 1) * sizeof(*ret->as_wholes));
    for (size_t i = 0; !full && i < n; i++) {
        const struct change *c = &ret->changes[i];
        if (key_of_whole(c, &key))
            join(ret, d, c, -1, &key);
        for (uint64_t left = c->differs | c->unknown; left; left &= left - 1) {
            unsigned slot = (unsigned)__builtin_ctzll(left);
            if (key_of_slot(c, slot, &key))
                join(ret, d, c, (int)slot, &key);
        }
    }
    for (size_t i = 0; i < ret->all.len; i++) {
        struct group *one = VEC_AT(&ret->all, struct group *, i);
        if (one->members.len < GROUP_MIN)
            continue;
        VEC_PUSH(&ret->list, struct group *, one);
        hide(ret, one);
    }
    buf_release(&key);
}

void group_release(struct groups *g)
{
    for (size_t i = 0; i < g->all.len; i++)
        vec_release(&VEC_AT(&g->all, struct group *, i)->members);
    vec_release(&g->all);
    vec_release(&g->list);
    map_release(&g->by_key);
    arena_release(&g->arena);
}

uint64_t group_left(const struct groups *g, const struct change *c)
{
    return (c->differs | c->unknown) & ~g->slots[c - g->changes];
}

bool group_is_said(const struct groups *g, const struct change *c)
{
    if (report_is_one_sided(c))
        return g->as_wholes[c - g->changes];
    return !group_left(g, c);
}

static void add_value(const char *value, struct buf *out)
{
    if (!value || !*value)
        buf_adds(out, value ? "''" : "(none)");
    else
        report_visible(value, strlen(value), out);
}

void group_what(const struct diff *d, const struct group *g, struct buf *out)
{
    const struct change *c = g->first;
    const struct object *o = report_object(c);
    if (g->slot < 0) {
        report_kind(o->kind, out);
        buf_addch(out, ' ');
        report_visible(o->name, strlen(o->name), out);
        summary_add(o, out);
        buf_addf(out, ": %s %s", c->type == CHANGE_ADDED ? "only in" : "missing in",
                 report_names(d).to);
        return;
    }
    buf_adds(out, o->kind->props[g->slot].name);
    if (g->unknown) {
        buf_adds(out, ": could not be compared");
        return;
    }
    buf_adds(out, ": ");
    add_value(report_value(c->from, (unsigned)g->slot), out);
    buf_adds(out, " → ");
    add_value(report_value(c->to, (unsigned)g->slot), out);
}

void group_where(const struct group *g, struct buf *out)
{
    unsigned kinds_in = 0;
    for (unsigned k = 0; k < K_COUNT; k++)
        kinds_in += g->in[k] != 0;
    if (kinds_in > 1)
        buf_addf(out, "%zu objects: ", g->members.len);
    const char *comma = "";
    for (unsigned k = 0; k < K_COUNT; k++) {
        if (!g->in[k])
            continue;
        buf_addf(out, "%s%u ", comma, g->in[k]);
        report_plural(&kinds[k], g->in[k], out);
        comma = ", ";
    }
}

const struct object *group_member(const struct group *g, size_t i)
{
    const struct object *o = report_object(VEC_AT(&g->members, const struct change *, i));
    return g->slot < 0 ? o->parent : o;
}
