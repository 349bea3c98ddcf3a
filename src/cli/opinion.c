#include "cli.h"

#include <string.h>

/*
 * The target's server is asked how it writes an expression: what a dump and restore spells
 * anew is no drift. Never asked of production, nor of a file; the driver leaves nothing behind.
 */
struct opinion {
    const struct driver *driver;
    const struct endpoint *target;
    struct session *session; /* opened for the first question */
    bool mute;               /* it is not to be asked, or cannot be */
    const char *label;
    const char *why;      /* why it first could not say, or NULL */
    size_t unanswered;    /* how often it could not */
    struct arena arena;   /* where this lives */
    struct arena scratch; /* reset per question */
};

struct opinion *opinion_open(struct place *target)
{
    const struct driver *d = target->e.driver;
    if (target->kind != AT_LIVE || !d->elaborate)
        return NULL;
    struct arena arena = {.block_size = 256};
    struct opinion *o = arena_new(&arena, struct opinion);
    o->arena = arena;
    o->driver = d;
    o->label = target->e.label;
    arena_init(&o->scratch);
    o->target = &target->e;
    o->mute = target->e.role == DATABASE_ROLE_PRODUCTION;
    if (o->mute)
        o->why = "it is production (role), which is never asked to write an expression anew";
    return o;
}

static bool is_open(struct opinion *o)
{
    struct err err = ERR_INIT;
    if (!o->session && !o->mute && !o->driver->open(o->target, DRIVER_TARGET, &o->session, &err)) {
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

int opinion_ask(void *opinion, const struct object *from, const struct object *to, unsigned slot)
{
    struct opinion *o = opinion;
    struct err err = ERR_INIT;
    const char *a = NULL, *b = NULL;
    arena_reset(&o->scratch);
    int same = -1;
    if (is_open(o) &&
        o->driver->elaborate(o->session, to, slot, from->v[slot], &o->scratch, &a, &err) &&
        o->driver->elaborate(o->session, to, slot, to->v[slot], &o->scratch, &b, &err))
        same = strcmp(a, b) == 0;
    else if (o->session)
        same = judge(&err, to->name);
    if (same < 0) {
        o->unanswered++;
        if (!o->why)
            o->why = arena_strdup(&o->arena, err.msg);
    }
    return same;
}

void opinion_tell(const struct opinion *o, struct diff *d)
{
    if (!o || !o->unanswered)
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
    if (o->session)
        o->driver->close(o->session);
    arena_release(&o->scratch);
    struct arena arena = o->arena;
    arena_release(&arena);
}
