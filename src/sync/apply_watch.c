#include "apply_watch.h"

#include "apply.h"

#include <string.h>

/* ---- a reading ------------------------------------------------------------------------------- */

void apply_stored_init(struct stored_list *l)
{
    *l = (struct stored_list){.list = VEC_INIT(struct stored)};
    arena_init(&l->arena);
}

void apply_stored_add(struct stored_list *l, const char *id, const char *name, const char *number)
{
    VEC_PUSH(&l->list, struct stored,
             ((struct stored){arena_strdup(&l->arena, id), arena_strdup(&l->arena, name),
                              arena_strdup(&l->arena, number), false}));
}

void apply_stored_index(struct stored_list *l)
{
    for (size_t i = 0; i < l->list.len; i++) {
        struct stored *s = &VEC_AT(&l->list, struct stored, i);
        map_put(&l->ids, s->id, strlen(s->id), s);
        map_put(&l->names, s->name, strlen(s->name), s);
    }
}

void apply_stored_release(struct stored_list *l)
{
    map_release(&l->ids);
    map_release(&l->names);
    vec_release(&l->list);
    arena_release(&l->arena);
}

static struct stored *by_id(const struct stored_list *l, const char *id)
{
    return map_get(&l->ids, id, strlen(id));
}

/* ---- judging --------------------------------------------------------------------------------- */

static unsigned hazards_of(const struct plan *p, size_t i)
{
    return VEC_AT(&p->steps, struct step, i).hazards;
}

/* The rows of a table that goes may have been taken over by another step on the same object. */
static bool is_taken_over(const struct plan *p, size_t i)
{
    struct arena a = ARENA_INIT;
    const struct object *o = VEC_AT(&p->steps, struct step, i).object;
    const char *path = o ? model_path_text(o, &a) : NULL;
    bool taken = false;
    for (size_t k = 0; path && !taken && k < i; k++) {
        const struct object *other = VEC_AT(&p->steps, struct step, k).object;
        taken = hazards_of(p, k) & HAZARD_REWRITE && other && other->kind == o->kind &&
                str_eq(model_path_text(other, &a), path);
    }
    arena_release(&a);
    return taken;
}

static bool undeclared(const struct stored *t, const char *what, struct err *err)
{
    err_set(err, ERR_RUNTIME, "%s %s, and the plan does not say so", what, t->name);
    return err_hint(err, "nothing was changed; this is a bug in dbtwin; please report it");
}

/* The rows of a partition go into another one, or with it. */
static unsigned enough(const struct stored *t, unsigned hazard)
{
    return strchr(t->name, '#') ? HAZARD_REWRITE | HAZARD_DATA : hazard;
}

/* Whether it has become partitions, which have its rows. */
static bool is_split(const struct stored *t, const struct stored_list *now)
{
    size_t n = strlen(t->name);
    for (size_t i = 0; i < now->list.len; i++) {
        const char *name = VEC_AT(&now->list, struct stored, i).name;
        if (strncmp(name, t->name, n) == 0 && name[n] == '#')
            return true;
    }
    return false;
}

static bool judge_one(const struct plan *p, size_t i, const struct stored *t, struct stored *same,
                      struct stored *heir, bool split, struct buf *ret_rewritten, struct err *err)
{
    if (same)
        same->watched = true;
    if (same && str_eq(same->number, t->number))
        return true;
    if (!same && !heir && !split)
        return hazards_of(p, i) & enough(t, HAZARD_DATA) || is_taken_over(p, i) ||
               undeclared(t, "loses the rows of table", err);
    if (heir)
        heir->watched = true;
    buf_addf(ret_rewritten, "%s%s", ret_rewritten->len ? ", " : "", t->name);
    return hazards_of(p, i) & enough(t, HAZARD_REWRITE) || undeclared(t, "rewrites table", err);
}

bool apply_watch_judge(const struct plan *p, size_t i, const struct stored_list *before,
                       const struct stored_list *now, struct buf *ret_rewritten, struct err *err)
{
    bool ok = true;
    for (size_t k = 0; ok && k < before->list.len; k++) {
        const struct stored *t = &VEC_AT(&before->list, struct stored, k);
        struct stored *same = by_id(now, t->id);
        struct stored *heir = same ? NULL : map_get(&now->names, t->name, strlen(t->name));
        if (heir && by_id(before, heir->id))
            heir = NULL; /* it was there beside it */
        if (t->watched)
            ok = judge_one(p, i, t, same, heir, !same && !heir && is_split(t, now), ret_rewritten,
                           err);
    }
    return ok;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool take(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                 struct err *err)
{
    (void)lengths, (void)err;
    if (n == 3 && v[0] && v[1])
        apply_stored_add(ctx, v[0], v[1], v[2] ? v[2] : "");
    return true;
}

static bool look(const struct apply_watch *w, struct stored_list *ret, struct err *err)
{
    apply_stored_init(ret);
    bool ok = w->a->at->driver->target->stored(w->session, take, ret, err);
    if (ok)
        apply_stored_index(ret);
    else
        apply_stored_release(ret);
    return ok;
}

bool apply_watch_begin(struct apply_watch *w, struct apply *a, struct session *s, struct err *err)
{
    struct err why = ERR_INIT;
    *w = (struct apply_watch){.a = a, .session = s};
    if (!a->at->driver->target->stored)
        return true;
    if (!look(w, &w->is, &why)) {
        bool over = why.cls == ERR_CONNECTION || why.cls == ERR_INTERRUPTED;
        if (over)
            *err = why;
        else
            apply_tell(a, LOG_DEBUG, "the rehearsal does not see which tables are rewritten: %s",
                       why.msg);
        return !over;
    }
    w->on = true;
    for (size_t i = 0; i < w->is.list.len; i++)
        VEC_AT(&w->is.list, struct stored, i).watched = true;
    apply_tell(a, LOG_DEBUG, "the rehearsal watches %zu stored tables", w->is.list.len);
    return true;
}

/* What else a step does, rewrites nothing that was there. */
static bool may_rewrite(const struct step *s)
{
    return str_starts(s->sql, "ALTER") || str_starts(s->sql, "DROP");
}

bool apply_watch_step(struct apply_watch *w, size_t i, struct err *err)
{
    const struct step *step = &VEC_AT(&w->a->plan->steps, struct step, i);
    struct stored_list now;
    struct buf rewritten = BUF_INIT;
    if (!w->on || !may_rewrite(step))
        return true;
    if (!look(w, &now, err))
        return err_context(err, "while looking at what %s rewrote", apply_tell_step(w->a, i));
    bool ok = apply_watch_judge(w->a->plan, i, &w->is, &now, &rewritten, err) ||
              err_context(err, "the rehearsal: %s", apply_tell_step(w->a, i));
    if (ok && rewritten.len)
        apply_tell(w->a, LOG_DEBUG, "%s rewrites %s, as the plan says", apply_tell_step(w->a, i),
                   rewritten.data);
    buf_release(&rewritten);
    apply_stored_release(&w->is);
    w->is = now;
    return ok;
}

void apply_watch_end(struct apply_watch *w)
{
    if (w->on)
        apply_stored_release(&w->is);
    w->on = false;
}
