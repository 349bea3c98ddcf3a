#include "cli.h"

#include <string.h>

/* A text that is not what its slot says: it was not sent. */
struct unshown {
    const struct object *object;
    bool of_from;
    const char *what; /* in what way it is not */
};

/*
 * The target's server is asked how it writes an expression: what a dump and restore
 * reformats is no drift. Never asked of production, nor of a file, nor with --no-opinion; the
 * driver leaves nothing behind.
 */
struct opinion {
    const struct driver *driver;
    const struct endpoint *target;
    struct session *session; /* opened for the first question */
    bool lent;               /* it is another's */
    bool mute;               /* it is not to be asked, or cannot be */
    bool renamed;            /* --rename: the model has names that the server has not yet */
    const char *label;
    const char *why;      /* why it first could not say, or NULL */
    size_t unanswered;    /* how often it could not */
    struct vec unshown;   /* struct unshown */
    struct map known;     /* answers about defaults, which say the same in every table */
    struct arena arena;   /* where this lives */
    struct arena scratch; /* reset per question */
};

struct opinion *opinion_open(const struct cli *c, struct place *target)
{
    const struct driver *d = target->e.driver;
    if (target->kind != AT_LIVE || !d->target->elaborate)
        return NULL;
    struct arena arena = {.block_size = 256};
    struct opinion *o = arena_new(&arena, struct opinion);
    o->arena = arena;
    o->driver = d;
    o->label = target->e.label;
    arena_init(&o->scratch);
    o->known = (struct map)MAP_INIT;
    o->target = &target->e;
    vec_init(&o->unshown, sizeof(struct unshown));
    o->renamed = *c->rename != NULL;
    o->mute = c->no_opinion || target->e.role == DATABASE_ROLE_PRODUCTION;
    if (o->mute)
        o->why = c->no_opinion ? "--no-opinion"
                               : "it has role: production, and production is never asked to "
                                 "reformat an expression";
    return o;
}

struct opinion *opinion_in(const struct cli *c, struct place *target, struct session *s)
{
    struct opinion *o = opinion_open(c, target);
    if (o) {
        o->session = s;
        o->lent = true;
        o->renamed = false;
    }
    return o;
}

static bool is_open(struct opinion *o)
{
    struct err err = ERR_INIT;
    if (!o->session && !o->mute &&
        !o->driver->source->open(o->target, DRIVER_TARGET, NULL, &o->session, &err)) {
        o->why = arena_strdup(&o->arena, err.msg);
        o->mute = true;
    }
    return o->session != NULL;
}

/* See driver.h: a text that needs what the target has not is different, all else is unknown. */
static int judge(const struct err *err, const char *name)
{
    if (!err_is_set(err))
        return 0;
    log_debug("second opinion on %s: %s", name, err->msg);
    bool about_text = strncmp(err->sqlstate, "42", 2) == 0 ||
                      strncmp(err->sqlstate, "22", 2) == 0 || strncmp(err->sqlstate, "3F", 2) == 0;
    return about_text && strcmp(err->sqlstate, "42501") != 0 ? 0 : -1;
}

/* One side's text as the target writes it. */
static bool ask(struct opinion *o, const struct object *own, const struct object *of, unsigned slot,
                const char **ret, struct err *err)
{
    if (o->driver->target->elaborate(o->session, own, slot, of->v[slot], &o->scratch, ret, err))
        return true;
    if (err->cls == ERR_CORRUPT) {
        struct unshown u = {own, of != own, arena_strdup(&o->arena, err->msg)};
        VEC_PUSH(&o->unshown, struct unshown, u);
    }
    return false;
}

static int judge_texts(struct opinion *o, const struct object *from, const struct object *to,
                       unsigned slot)
{
    struct err err = ERR_INIT;
    const char *a = NULL, *b = NULL;
    arena_reset(&o->scratch);
    int same = -1;
    if (is_open(o) && ask(o, to, from, slot, &a, &err))
        same = ask(o, to, to, slot, &b, &err) ? strcmp(a, b) == 0 : err_is_set(&err) ? -1 : 0;
    else if (o->session)
        same = judge(&err, to->name);
    if (same == 0 && !a && err_is_set(&err)) {
        /* FROM's text was not taken: that says something only where its own one is. */
        struct err own = ERR_INIT;
        if (!ask(o, to, to, slot, &b, &own) && err_is_set(&own)) {
            err = own;
            same = -1;
        }
    }
    /* The plan makes it again then; what came of that is asked under the new names. */
    if (same < 0 && o->renamed && !o->mute && strncmp(err.sqlstate, "42", 2) == 0 &&
        strcmp(err.sqlstate, "42501") != 0)
        same = 0;
    if (same < 0 && err.cls != ERR_CORRUPT) {
        o->unanswered++;
        if (!o->why)
            o->why = arena_strdup(&o->arena, err.msg);
    }
    return same;
}

/* What a column's default means depends on its type alone: one answer is for all of them. */
int opinion_ask(void *opinion, const struct object *from, const struct object *to, unsigned slot)
{
    enum { DIFFERENT = 1, SAME };
    struct opinion *o = opinion;
    const char *type = to->kind->id == K_COLUMN ? model_get(to, P_COLUMN_TYPE) : NULL;
    if (!type || slot != P_COLUMN_DEFAULT)
        return judge_texts(o, from, to, slot);
    struct buf key = BUF_INIT;
    buf_addf(&key, "%s%c%s%c%s", type, 0, from->v[slot], 0, to->v[slot]);
    uintptr_t known = (uintptr_t)map_get(&o->known, key.data, key.len);
    int same = known ? known == SAME : judge_texts(o, from, to, slot);
    if (!known && same >= 0)
        map_put(&o->known, arena_memdup(&o->arena, key.data, key.len), key.len,
                (void *)(uintptr_t)(same ? SAME : DIFFERENT));
    buf_release(&key);
    return same;
}

static void tell_unshown(const struct opinion *o, const struct unshown *u, struct diff *d)
{
    const struct model *side = u->of_from ? d->from : d->to;
    struct buf path = BUF_INIT;
    model_path(u->object, &path);
    struct coverage_gap g = {
        .kind = u->object->kind->name,
        .path = arena_strdup(&d->arena, path.data),
        .why = arena_printf(&d->arena,
                            "%s: %s, so %s was not asked whether it means the same; has the model "
                            "been edited or damaged, or does it come from a stranger?",
                            side->label  ? side->label
                            : u->of_from ? "FROM"
                                         : "TO",
                            u->what, o->label)};
    buf_release(&path);
    VEC_PUSH(&d->gaps, struct coverage_gap, g);
}

void opinion_tell(const struct opinion *o, struct diff *d)
{
    if (!o)
        return;
    for (size_t i = 0; i < o->unshown.len; i++)
        tell_unshown(o, &VEC_AT(&o->unshown, struct unshown, i), d);
    if (!o->unanswered)
        return;
    struct coverage_gap g = {
        .kind = "expression",
        .why = arena_printf(&d->arena,
                            "%s: could not be asked whether %zu of them, spelled differently on "
                            "the two sides, mean%s the same: %s",
                            o->label, o->unanswered, o->unanswered == 1 ? "s" : "", o->why)};
    VEC_PUSH(&d->gaps, struct coverage_gap, g);
}

void opinion_close(struct opinion *o)
{
    if (!o)
        return;
    if (o->session && !o->lent)
        o->driver->source->close(o->session);
    arena_release(&o->scratch);
    vec_release(&o->unshown);
    map_release(&o->known);
    struct arena arena = o->arena;
    arena_release(&arena);
}
