#include <dbtwin/diff.h>

#include <fnmatch.h>
#include <string.h>

static const char *const names[] = {"harmless", "behaviour", "data", "security"};

const char *severity_name(enum severity s)
{
    return names[s];
}

bool severity_find(const char *name, size_t len, enum severity *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strlen(names[i]) == len && strncmp(names[i], name, len) == 0) {
            *ret = (enum severity)i;
            return true;
        }
    return false;
}

static bool is_flagged(unsigned flags)
{
    return (flags & (LF_HARMLESS | LF_DATA | LF_SECURITY)) != 0;
}

enum severity severity_of_flags(unsigned flags)
{
    if (flags & LF_SECURITY)
        return SEVERITY_SECURITY;
    if (flags & LF_DATA)
        return SEVERITY_DATA;
    return flags & LF_HARMLESS ? SEVERITY_HARMLESS : SEVERITY_BEHAVIOUR;
}

static enum severity higher(enum severity a, enum severity b)
{
    return a > b ? a : b;
}

static bool is_like(const char *pattern, const char *text)
{
    return text && fnmatch(pattern, text, FNM_NOESCAPE) == 0;
}

/* Whether the rule is about an object because of a value it has. */
static bool has_value(const struct severity_rule *r, unsigned flavor, const struct object *o)
{
    return r->value && r->kind == o->kind->id && (r->engines & flavor) &&
           is_like(r->name, o->name) && is_like(r->value, model_get(o, r->slot));
}

/* What the values of an object, and of those that it is an essential part of, make it at least. */
static enum severity of_values(unsigned flavor, const struct object *o)
{
    enum severity s = SEVERITY_HARMLESS;
    for (; o; o = o->kind->flags & KF_ESSENTIAL ? o->parent : NULL)
        for (const struct severity_rule *r = severity_rules; r->kind != K_NONE; r++)
            if (has_value(r, flavor, o))
                s = higher(s, r->level);
    return s;
}

/* A row without a flag: behaviour, or what the object's name says. */
static enum severity of_row(unsigned flags, const struct object *o)
{
    if (is_flagged(flags))
        return severity_of_flags(flags);
    for (const struct severity_rule *r = severity_rules; r->kind != K_NONE; r++)
        if (r->kind == o->kind->id && r->name && !r->value && is_like(r->name, o->name))
            return r->level;
    return SEVERITY_BEHAVIOUR;
}

static enum severity at_most(enum severity s, const struct object *o)
{
    for (const struct severity_rule *r = severity_rules; o->parent && r->kind != K_NONE; r++)
        if (r->kind == o->kind->id && r->parent == o->parent->kind->id && s > r->level)
            s = r->level;
    return s;
}

enum severity severity_property(const struct diff *d, const struct change *c, unsigned slot)
{
    const struct object *o = c->from ? c->from : c->to;
    unsigned flags = o->kind->props[slot].flags;
    enum severity s = of_row(flags, o);
    if (!is_flagged(flags)) {
        s = c->from ? higher(s, of_values(d->from->flavor, c->from)) : s;
        s = c->to ? higher(s, of_values(d->to->flavor, c->to)) : s;
    }
    return at_most(s, o);
}

/* An object that only one side has: itself, what stands by itself in it, and what values make of
 * its parts; the rest of its parts come and go with it. */
static enum severity of_whole(unsigned flavor, const struct object *o, bool itself)
{
    enum severity s = of_values(flavor, o);
    if (itself || (o->kind->flags & KF_TOP))
        s = higher(s, of_row(o->kind->flags, o));
    s = at_most(s, o);
    for (const struct object *child = o->first; child; child = child->next)
        s = higher(s, of_whole(flavor, child, false));
    return s;
}

static unsigned of_slots(const struct diff *d, const struct change *c, uint64_t slots)
{
    unsigned all = 0;
    for (; slots; slots &= slots - 1)
        all |= 1u << severity_property(d, c, (unsigned)__builtin_ctzll(slots));
    return all;
}

static enum severity highest(unsigned all)
{
    return all ? (enum severity)(31 - __builtin_clz(all)) : SEVERITY_HARMLESS;
}

enum severity severity_of(const struct diff *d, const struct change *c)
{
    if (c->type == CHANGE_REMOVED)
        return of_whole(d->from->flavor, c->from, true);
    if (c->type == CHANGE_ADDED)
        return of_whole(d->to->flavor, c->to, true);
    return highest(of_slots(d, c, c->differs ? c->differs : c->unknown));
}

enum { ANY = (1u << (SEVERITY_SECURITY + 1)) - 1 };

/* "table.replica_identity", as diff.c writes it: the slot, or -1. */
static int property_of(const struct kind *k, const char *path)
{
    size_t n = strlen(k->name);
    if (!path || strncmp(path, k->name, n) != 0 || path[n] != '.')
        return -1;
    return kind_prop(k, path + n + 1);
}

/* What is not known of objects: of those of no kind in the table it may be anything. */
static unsigned of_gap(const struct coverage_gap *g)
{
    const struct kind *k = kind_find(g->kind);
    int slot = k ? property_of(k, g->path) : -1;
    if (!k)
        return ANY;
    if (slot >= 0)
        return 1u << severity_of_flags(k->props[slot].flags);
    unsigned all = 1u << severity_of_flags(k->flags);
    for (unsigned i = 0; i < k->n_props; i++)
        if (!(k->props[i].flags & (F_VOLATILE | F_INTERNAL | F_COSMETIC)))
            all |= 1u << severity_of_flags(k->props[i].flags);
    for (const struct severity_rule *r = severity_rules; r->kind != K_NONE; r++)
        all |= r->kind == k->id ? 1u << r->level : 0;
    return all;
}

struct severities severity_all(const struct diff *d)
{
    struct severities ret = {0, d->empty ? ANY : 0};
    for (size_t i = 0; i < d->changes.len; i++) {
        const struct change *c = &VEC_AT(&d->changes, struct change, i);
        if (c->type == CHANGE_ADDED || c->type == CHANGE_REMOVED)
            ret.differs |= 1u << severity_of(d, c);
        ret.differs |= of_slots(d, c, c->differs);
        ret.unknown |= of_slots(d, c, c->unknown);
    }
    for (size_t i = 0; i < d->gaps.len; i++)
        ret.unknown |= of_gap(&VEC_AT(&d->gaps, struct coverage_gap, i));
    return ret;
}

struct severities severity_set(const struct diff_set *s)
{
    struct severities all = {0};
    for (size_t i = 0; i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        struct severities one = {0};
        if (p->diff && !(p->diff->empty && !p->diff->gaps.len))
            one = severity_all(p->diff);
        else if (!p->diff && p->alone == CHANGE_UNKNOWN)
            one.unknown = ANY;
        else if (!p->diff)
            one.differs = 1u << SEVERITY_DATA;
        all.differs |= one.differs;
        all.unknown |= one.unknown;
    }
    bool nothing = !all.differs && !all.unknown && diff_set_verdict(s) == VERDICT_INCOMPLETE;
    if (s->hidden.len || nothing)
        all.unknown |= ANY;
    return all;
}
