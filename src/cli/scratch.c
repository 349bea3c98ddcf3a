#include "scratch.h"

#include "script.h"

#include <dbtwin/engine.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

bool scratch_is_script(struct cli *c, const char *word)
{
    struct stat st;
    if (config_find(c->config, word) || strstr(word, "://") || stat(word, &st) != 0)
        return false;
    return S_ISDIR(st.st_mode) || str_ends(word, ".sql");
}

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

static bool open_server(struct scratch *s, struct cli *c, const struct place *server,
                        unsigned *ret_flavor, struct err *err)
{
    struct server_facts facts;
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
    return is_no_production(c, &server->e, &facts, err);
}

static bool make_database(struct scratch *s, struct cli *c, struct err *err)
{
    uint32_t number = 0;
    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        number = (uint32_t)getpid();
    scratch_sweep(s, &c->arena);
    const char *name = arena_printf(&c->arena, "dbtwin_sql_%08x", number);
    const char *sql = arena_printf(&c->arena, "%s%s%s", s->sql->create[0], name, s->sql->create[1]);
    if (!scratch_lock(s, &c->arena, name, err) ||
        !s->driver->target->exec(s->admin, NULL, sql, err))
        return err_context(err, "no scratch database can be made");
    s->name = name;
    return scratch_mark(s, &c->arena, err) ||
           err_context(err, "the scratch database %s cannot be marked", name);
}

/* ---- loading --------------------------------------------------------------------------------- */

static bool read_file(const char *path, struct buf *ret, struct err *err)
{
    char block[65536];
    size_t n;
    FILE *f = fopen(path, "re");
    if (!f)
        return err_set(err, ERR_USAGE, "cannot read %s: %s", path, strerror(errno));
    while ((n = fread(block, 1, sizeof(block), f)) > 0)
        buf_add(ret, block, n);
    bool ok = !ferror(f) || err_set(err, ERR_RUNTIME, "cannot read %s", path);
    fclose(f);
    return ok && (strlen(ret->data) == ret->len ||
                  err_set(err, ERR_USAGE, "%s is not SQL: it holds zero bytes", path));
}

static bool run_script(struct cli *c, const struct driver *d, struct session *s, unsigned flavor,
                       const char *text, struct err *err)
{
    struct script script;
    struct slice sql;
    unsigned line;
    int got;
    script_begin(&script, text, flavor);
    while ((got = script_next(&script, &sql, &line, err)) == 1) {
        const char *one = arena_strndup(&c->arena, sql.data, sql.len);
        if (log_cancelled())
            return err_set(err, ERR_INTERRUPTED, "interrupted");
        if (scratch_sql_of(flavor)->gives_rows ? !d->target->exec_after(s, one, err)
                                               : !d->target->exec(s, NULL, one, err))
            return err_context(err, "line %u", line);
    }
    return got == 0;
}

static bool load_file(struct cli *c, const struct driver *d, struct session *s, unsigned flavor,
                      const char *path, struct err *err)
{
    struct buf text = BUF_INIT;
    bool ok = read_file(path, &text, err);
    if (ok && !run_script(c, d, s, flavor, text.data, err))
        ok = err_context(err, "%s", path);
    buf_release(&text);
    return ok;
}

static int is_entry(const struct dirent *e)
{
    return *e->d_name != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* All that end in .sql, in the order of their names, as migrations are numbered. */
static bool load_path(struct cli *c, const struct driver *d, struct session *s, unsigned flavor,
                      const char *path, struct err *err)
{
    struct dirent **list = NULL;
    struct stat st;
    bool ok = true;
    if (stat(path, &st) != 0)
        return err_set(err, ERR_USAGE, "cannot read %s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return load_file(c, d, s, flavor, path, err);
    int n = scandir(path, &list, is_entry, by_name);
    for (int i = 0; i < n; i++) {
        const char *one = arena_printf(&c->arena, "%s/%s", path, list[i]->d_name);
        bool folder = stat(one, &st) == 0 && S_ISDIR(st.st_mode);
        if (ok && (folder || str_ends(one, ".sql")))
            ok = load_path(c, d, s, flavor, one, err);
        free(list[i]);
    }
    free(list);
    return ok && (n >= 0 || err_set(err, ERR_RUNTIME, "cannot read %s: %s", path, strerror(errno)));
}

/* Scripts are written for the server's own settings, not for dbtwin's. */
static bool load(struct cli *c, const struct endpoint *at, unsigned flavor, const char *path,
                 struct err *err)
{
    const struct driver *d = at->driver;
    struct session *s = NULL;
    struct err later = ERR_INIT;
    const struct scratch_sql *sql = scratch_sql_of(flavor);
    bool ok = d->source->open(at, DRIVER_TARGET, NULL, &s, err) &&
              d->target->exec(s, NULL, sql->settings, err) && load_path(c, d, s, flavor, path, err);
    if (ok && sql->end) /* BEGIN without an end */
        d->target->exec(s, NULL, sql->end, &later);
    d->source->close(s);
    return ok;
}

bool scratch_open(struct scratch *s, struct cli *c, const char *path, const struct place *server,
                  struct place *ret, struct err *err)
{
    unsigned flavor = 0;
    *s = (struct scratch){0};
    if (!open_server(s, c, server, &flavor, err) || !make_database(s, c, err))
        return false;
    *ret = (struct place){.kind = AT_LIVE, .e = server->e};
    ret->e.url = driver_url_database(server->e.url, s->name, &c->arena);
    ret->e.label = arena_strdup(&c->arena, path);
    ret->e.address = NULL;
    ret->e.role = DATABASE_ROLE_STAGING;
    return load(c, &ret->e, flavor, path, err);
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
