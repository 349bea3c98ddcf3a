#include <dbtwin/diff.h>

static bool fits(const struct diff_explained *e, const struct object *o, const char *path)
{
    return (str_eq(e->kind, "*") || str_eq(e->kind, o->kind->name)) &&
           (str_eq(e->path, "*") || str_eq(e->path, path));
}

/* What was not made. Where nothing of a kind was, what TO has of it came by itself. */
static bool is_absent(const struct object *o, bool added, const struct vec *list)
{
    struct buf path = BUF_INIT;
    bool found = false;
    model_path(o, &path);
    for (size_t i = 0; !found && i < list->len; i++) {
        const struct diff_explained *e = &VEC_AT(list, struct diff_explained, i);
        found =
            !e->property && !e->kept && (!added || str_eq(e->path, "*")) && fits(e, o, path.data);
    }
    buf_release(&path);
    return found;
}

static uint64_t changed_slots(const struct object *o, const struct vec *list)
{
    struct buf path = BUF_INIT;
    uint64_t slots = 0;
    model_path(o, &path);
    for (size_t i = 0; i < list->len; i++) {
        const struct diff_explained *e = &VEC_AT(list, struct diff_explained, i);
        int slot = e->property ? kind_prop(o->kind, e->property) : -1;
        if (slot >= 0 && fits(e, o, path.data))
            slots |= UINT64_C(1) << slot;
    }
    buf_release(&path);
    return slots;
}

/* What TO has of its own, with all its parts; "*": of what FROM has not. */
static bool is_kept(const struct change *c, const struct vec *list)
{
    const struct object *top = model_top(c->to ? c->to : c->from);
    struct buf path = BUF_INIT;
    bool found = false;
    model_path(top, &path);
    for (size_t i = 0; !found && i < list->len; i++) {
        const struct diff_explained *e = &VEC_AT(list, struct diff_explained, i);
        found = e->kept && (!c->from || !str_eq(e->path, "*")) && fits(e, top, path.data);
    }
    buf_release(&path);
    return found;
}

/* Whether anything of the change is left. */
static bool sift(struct diff *d, struct change *c, const struct vec *list)
{
    if (is_kept(c, list) || (c->type == CHANGE_REMOVED && is_absent(c->from, false, list)) ||
        (c->type == CHANGE_ADDED && is_absent(c->to, true, list))) {
        d->explained++;
        return false;
    }
    if (c->type != CHANGE_CHANGED)
        return true;
    uint64_t slots = c->differs & changed_slots(c->to, list);
    c->differs &= ~slots;
    for (; slots; slots &= slots - 1)
        d->explained++;
    c->type = c->differs ? CHANGE_CHANGED : CHANGE_UNKNOWN;
    return c->differs || c->unknown;
}

void diff_explain(struct diff *d, const struct vec *list)
{
    size_t kept = 0;
    if (!list->len)
        return;
    for (size_t i = 0; i < d->changes.len; i++) {
        struct change c = VEC_AT(&d->changes, struct change, i);
        if (sift(d, &c, list))
            VEC_AT(&d->changes, struct change, kept++) = c;
    }
    d->changes.len = kept;
    diff_judge(d);
}
