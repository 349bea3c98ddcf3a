#include "cli.h"

#include <string.h>

/*
 * The target's server is asked how it writes an expression: what a dump and restore spells
 * anew is no drift. Never asked of production, nor of a file; the driver leaves nothing behind.
 */
struct opinion {
    const struct driver *driver;
    struct session *session;
    struct arena arena;   /* where this lives */
    struct arena scratch; /* reset per question */
};

struct opinion *opinion_open(struct place *target)
{
    const struct driver *d = target->e.driver;
    if (target->kind != AT_LIVE || !d->elaborate || target->e.role == DATABASE_ROLE_PRODUCTION)
        return NULL;
    struct err err = ERR_INIT;
    struct session *s = NULL;
    if (!d->open(&target->e, DRIVER_TARGET, &s, &err)) {
        log_info("no second opinion from %s: %s", target->e.label, err.msg);
        return NULL;
    }
    struct arena arena = {.block_size = 256};
    struct opinion *o = arena_new(&arena, struct opinion);
    o->arena = arena;
    o->driver = d;
    o->session = s;
    arena_init(&o->scratch);
    return o;
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
    if (!o->driver->elaborate(o->session, to, slot, from->v[slot], &o->scratch, &a, &err) ||
        !o->driver->elaborate(o->session, to, slot, to->v[slot], &o->scratch, &b, &err))
        return judge(&err, to->name);
    return strcmp(a, b) == 0;
}

void opinion_close(struct opinion *o)
{
    if (!o)
        return;
    o->driver->close(o->session);
    arena_release(&o->scratch);
    struct arena arena = o->arena;
    arena_release(&arena);
}
