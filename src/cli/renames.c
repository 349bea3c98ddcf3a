#include "renames.h"

#include <dbtwin/engine.h>
#include <dbtwin/log.h>

#include <string.h>

void renames_init(struct renames *r, const char *const *wanted, const char *const *standing)
{
    *r = (struct renames){.wanted = wanted,
                          .standing = standing,
                          .steps = VEC_INIT(struct step),
                          .back = VEC_INIT(struct step)};
    arena_init(&r->arena);
}

void renames_release(struct renames *r)
{
    vec_release(&r->steps);
    vec_release(&r->back);
    arena_release(&r->arena);
}

static struct object *find(struct renames *r, struct model *to, const char *path)
{
    for (uint32_t i = 1; i < to->n_objects; i++)
        if (str_eq(model_path_text(to->objects[i], &r->arena), path))
            return to->objects[i];
    return NULL;
}

/* NEW may stand with what it is in, as OLD does; and in quotes, as in reports. */
static const char *name_of(struct renames *r, const struct object *o, const char *text)
{
    const char *parent = o->parent->parent ? model_path_text(o->parent, &r->arena) : "";
    size_t n = strlen(parent);
    if (n && strncmp(text, parent, n) == 0 && text[n] == '.')
        text += n + 1;
    n = strlen(text);
    if (n < 2 || text[0] != '"' || text[n - 1] != '"')
        return text;
    char *name = arena_strndup(&r->arena, text + 1, n - 2), *to = name;
    for (const char *p = name; *p; p++) {
        p += p[0] == '"' && p[1] == '"';
        *to++ = *p;
    }
    *to = '\0';
    return name;
}

static const char *what_of(const struct object *o, const char *path, struct arena *a)
{
    struct buf b = BUF_INIT;
    kind_words(o->kind->name, &b);
    buf_addf(&b, " %s", path);
    const char *ret = arena_strdup(a, b.data);
    buf_release(&b);
    return ret;
}

static struct step step_of(struct renames *r, const struct object *o, const char *sql,
                           const char *what)
{
    return (struct step){.phase = PHASE_PRE,
                         .object = o,
                         .sql = arena_strdup(&r->arena, sql),
                         .what = what,
                         .act = ACT_ALTER,
                         .hazards = HAZARD_MEANING,
                         .reason = "what uses the old name no longer finds it"};
}

static bool is_due(struct renames *r, struct model *to, const char *standing)
{
    const char *equals = strchr(standing, '=');
    struct object *o = find(r, to, arena_strndup(&r->arena, standing, (size_t)(equals - standing)));
    return o && !model_child(to, o->parent, o->kind->space, name_of(r, o, equals + 1));
}

static bool rename_one(struct renames *r, struct model *to, const char *wanted, struct err *err)
{
    const char *equals = strchr(wanted, '=');
    const char *old = equals ? arena_strndup(&r->arena, wanted, (size_t)(equals - wanted)) : "";
    struct object *o = *old && equals[1] ? find(r, to, old) : NULL;
    if (!o) {
        if (!*old || !equals[1])
            err_set(err, ERR_USAGE, "--rename takes OLD=NEW, not \"%s\"", wanted);
        else
            err_set(err, ERR_USAGE, "--rename %s: TO has no %s", wanted, old);
        return err_hint(err, "--rename OLD=NEW, with OLD's path as reports show it");
    }
    const char *before = o->name, *name = name_of(r, o, equals + 1);
    const char *what = what_of(o, old, &r->arena);
    const char *sql = plan_rename_sql(o, name, to->flavor, &r->arena);
    if (!sql || !*name) {
        err_set(err, ERR_USAGE, "--rename %s: no statement renames this %s", wanted, o->kind->name);
        if (o->kind->id == K_COLUMN && *name)
            err_hint(err, (to->flavor & ENGINE_PG)
                              ? "the columns of a typed table are the attributes of its type: "
                                "rename that attribute"
                              : "a partition, generated column, check or key of an expression is "
                                "made of it: drop that before, or leave out the option");
        return false;
    }
    if (!model_rename(to, o, name, err)) {
        err->cls = ERR_USAGE;
        return err_context(err, "--rename %s", wanted);
    }
    VEC_PUSH(&r->steps, struct step, step_of(r, o, sql, what));
    sql = plan_rename_sql(o, before, to->flavor, &r->arena);
    VEC_PUSH(&r->back, struct step,
             step_of(r, o, sql, what_of(o, model_path_text(o, &r->arena), &r->arena)));
    return true;
}

bool renames_apply(void *renames, struct model *to, struct err *err)
{
    struct renames *r = renames;
    for (const char *const *s = r->standing; *s; s++)
        if (is_due(r, to, *s) && !rename_one(r, to, *s, err))
            return false;
    for (const char *const *w = r->wanted; *w; w++)
        if (!rename_one(r, to, *w, err))
            return false;
    return true;
}

void renames_before(const struct renames *r, struct plan *p)
{
    struct vec all = VEC_INIT(struct step);
    if (!r->steps.len)
        return;
    for (size_t i = 0; i < r->steps.len; i++)
        VEC_PUSH(&all, struct step, VEC_AT(&r->steps, struct step, i));
    for (size_t i = 0; i < p->steps.len; i++)
        VEC_PUSH(&all, struct step, VEC_AT(&p->steps, struct step, i));
    vec_release(&p->steps);
    p->steps = all;
}

/* Of MySQL and MariaDB views are made when the names are back: they are texts to these. */
void renames_after(const struct renames *r, struct plan *p, bool views_last)
{
    struct vec all = VEC_INIT(struct step);
    for (int late = 0; late < 2; late++) {
        for (size_t i = 0; i < p->steps.len; i++) {
            const struct step *s = &VEC_AT(&p->steps, struct step, i);
            bool waits = views_last && s->act != ACT_DROP && s->object->kind->id == K_VIEW;
            if (waits == (late == 1))
                VEC_PUSH(&all, struct step, *s);
        }
        for (size_t i = r->back.len; !late && i-- > 0;)
            VEC_PUSH(&all, struct step, VEC_AT(&r->back, struct step, i));
    }
    vec_release(&p->steps);
    p->steps = all;
}

/* OLD=NEW as a shell takes it. */
static const char *argument(const char *old, const char *now, struct arena *a)
{
    struct buf b = BUF_INIT;
    buf_addch(&b, '\'');
    for (const char *p = arena_printf(a, "%s=%s", old, now); *p; p++)
        if (*p == '\'')
            buf_adds(&b, "'\\''");
        else
            buf_addch(&b, *p);
    buf_addch(&b, '\'');
    const char *ret = arena_strdup(a, b.data);
    buf_release(&b);
    return ret;
}

void renames_propose(const struct diff *d)
{
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < d->renames.len; i++) {
        const struct diff_rename *n = &VEC_AT(&d->renames, struct diff_rename, i);
        const char *old = model_path_text(n->to, &a), *now = model_path_text(n->from, &a);
        if (plan_rename_sql(n->to, n->from->name, d->to->flavor, &a))
            log_info("%s is dropped and %s created, with the same content; to rename it instead, "
                     "so that "
                     "it keeps its rows: --rename %s",
                     what_of(n->to, old, &a), now, argument(old, now, &a));
    }
    arena_release(&a);
}
