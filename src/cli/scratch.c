#include "scratch.h"

#include <dbtwin/engine.h>

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { LOAD_SECONDS = 600 };

/* ---- where it may be ------------------------------------------------------------------------- */

/* The servers say themselves whether they are one. */
static bool is_no_production(struct cli *c, const struct endpoint *at,
                             const struct server_facts *facts, struct err *err)
{
    struct sync_options o;
    copy_safety(c, &o);
    for (size_t i = 0; i < o.n_production; i++) {
        struct endpoint p = {0};
        struct server_facts f;
        struct session *s = NULL;
        struct err why = ERR_INIT;
        bool known = o.production(o.ctx, i, &p, &why) && p.driver == at->driver &&
                     p.driver->source->open(&p, DRIVER_SOURCE, NULL, &s, &why) &&
                     p.driver->source->facts(s, &c->arena, &f, &why);
        bool same = known && str_eq(f.server_id, facts->server_id);
        if (p.driver)
            p.driver->source->close(s);
        if (same) {
            err_set(err, ERR_REFUSED,
                    "%s: on the server of %s, which has role: production, there "
                    "is no scratch",
                    at->label, p.label);
            return err_hint(err, "name another server: --scratch URL");
        }
        if (!known && p.driver == at->driver)
            log_warn("%s, which has role: production, could not be asked whether it is the "
                     "scratch's server (%s)",
                     p.label, why.msg);
    }
    return true;
}

static bool open_server(struct scratch *s, struct cli *c, const struct scratch_server *where,
                        unsigned *ret_flavor, struct err *err)
{
    struct server_facts facts;
    const struct place *server = &where->place;
    const struct driver *d = server->e.driver;
    if (server->kind != AT_LIVE)
        return err_set(err, ERR_USAGE, "--scratch: %s is a file, not a server", server->e.label);
    if (server->e.role == DATABASE_ROLE_PRODUCTION)
        return err_set(err, ERR_REFUSED, "%s has role: production, where there is no scratch",
                       server->e.label);
    s->driver = d;
    s->label = server->e.label;
    if (!d->source->open(&server->e, DRIVER_TARGET, NULL, &s->admin, err) ||
        !d->source->facts(s->admin, &c->arena, &facts, err))
        return false;
    *ret_flavor = facts.flavor;
    s->sql = scratch_sql_of(facts.flavor);
    return where->own || is_no_production(c, &server->e, &facts, err);
}

static bool make_database(struct scratch *s, struct cli *c, const struct scratch_server *server,
                          struct err *err)
{
    uint32_t number = server->number;
    if (!number && getrandom(&number, sizeof(number), 0) != sizeof(number))
        number = (uint32_t)getpid();
    scratch_sweep(s, &c->arena);
    const char *name = arena_printf(&c->arena, "dbtwin_sql_%08x", number);
    const char *sql = arena_printf(&c->arena, "%s%s%s %s", s->sql->create[0], name,
                                   s->sql->create[1], server->charset ? server->charset : "");
    if (!scratch_lock(s, &c->arena, name, err) ||
        !s->driver->target->exec(s->admin, NULL, sql, err))
        return err_context(err, "no scratch database can be made");
    s->name = name;
    return scratch_mark(s, &c->arena, err) ||
           err_context(err, "the scratch database %s cannot be marked", name);
}

bool scratch_open(struct scratch *s, struct cli *c, const struct sqltext *text,
                  const struct scratch_server *server, struct place *ret, struct err *err)
{
    const struct place *at = &server->place;
    unsigned flavor = 0;
    *s = (struct scratch){0};
    if (!open_server(s, c, server, &flavor, err) || !make_database(s, c, server, err))
        return false;
    *ret = (struct place){.kind = AT_LIVE, .e = at->e};
    ret->e.url = driver_url_database(at->e.url, s->name, &c->arena);
    ret->e.label = arena_strdup(&c->arena, text->label);
    ret->e.path = ret->e.label;
    ret->e.address = NULL;
    ret->e.role = DATABASE_ROLE_STAGING;
    struct scratch_loading l = {.at = &ret->e,
                                .flavor = flavor,
                                .own = server->own,
                                .text = text,
                                .sql_mode = server->sql_mode,
                                .seconds = c->scratch_timeout ? c->scratch_timeout : LOAD_SECONDS,
                                .admin = s->admin,
                                .name = s->name};
    return scratch_load(&l, err);
}

void scratch_close(struct scratch *s)
{
    struct err why = ERR_INIT;
    char sql[128];
    if (s->name) {
        snprintf(sql, sizeof(sql), "DROP DATABASE %s", s->name);
        if (!s->driver->target->exec(s->admin, NULL, sql, &why))
            log_warn("%s: the scratch database %s remains, drop it: %s", s->label, s->name,
                     why.msg);
    }
    if (s->admin)
        s->driver->source->close(s->admin);
    *s = (struct scratch){0};
}
