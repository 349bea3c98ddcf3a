#include "config_command.h"

#include "config_read.h"
#include "option_type.h"

#include <string.h>
#include <unistd.h>

/* ---- one database -------------------------------------------------------------------------- */

/* Where its password comes from; never what it is. */
static const char *password_of(struct cli *c, const struct config_database *d)
{
    char *shown = arena_strdup(&c->arena, d->url),
         *written = arena_strdup(&c->arena, d->url_written);
    if (d->passwordcmd)
        return "from its passwordcmd";
    err_redact(shown);
    if (strcmp(shown, d->url) == 0)
        return str_starts(d->url, "postgres") ? "from ~/.pgpass or PGPASSWORD, if one is needed"
                                              : "from ~/.my.cnf, if one is needed";
    err_redact(written);
    return strcmp(written, d->url_written) != 0 && !strstr(d->url_written, "${")
               ? "in the file"
               : "in the URL, with variables";
}

static void add_options(const struct config_database *d, struct buf *b)
{
    for (const struct config_option *o = d->options; o; o = o->next)
        buf_addf(b, "%s%s %s", o == d->options ? "  options: " : ", ", o->row->name, o->value);
    if (d->options)
        buf_addch(b, '\n');
}

static void add_patterns(const struct config *config, const char *database, const char *indent,
                         struct buf *b)
{
    static const char *const names[] = {[SELECT_IGNORE] = "ignored",
                                        [SELECT_KIND] = "only kinds",
                                        [SELECT_PARTITION] = "partitions come and go",
                                        [SELECT_SCHEMA] = "only schemas",
                                        [SELECT_TABLE] = "only tables"};
    for (size_t sort = 0; sort < ARRAY_LEN(names); sort++) {
        size_t n = 0;
        for (size_t i = 0; names[sort] && i < config->patterns.len; i++) {
            const struct config_pattern *p = &VEC_AT(&config->patterns, struct config_pattern, i);
            if (p->sort != sort || !str_eq(p->database, database))
                continue;
            buf_adds(b, n++ ? ", " : indent);
            if (n == 1)
                buf_addf(b, "%s: ", names[sort]);
            model_line(p->text, b);
        }
        if (n)
            buf_addch(b, '\n');
    }
}

static void add_renames(const struct config *config, const char *database, const char *indent,
                        struct buf *b)
{
    size_t n = 0;
    for (size_t i = 0; i < config->renames.len; i++) {
        const struct config_rename *r = &VEC_AT(&config->renames, struct config_rename, i);
        if (!str_eq(r->database, database))
            continue;
        buf_addf(b, "%s", n++ ? ", " : indent);
        buf_adds(b, n == 1 ? "renamed: " : "");
        model_line(r->text, b);
    }
    if (n)
        buf_addch(b, '\n');
}

static void add_hooks(const struct config_hooks *hooks, const char *indent, struct buf *b)
{
    const struct config_hook *const lists[] = {hooks->success, hooks->failure};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (const struct config_hook *h = lists[i]; h; h = h->next) {
            buf_addf(b, "%s%s after %s: ", indent, h->url ? "posts" : "runs",
                     i ? "a failure" : "a success");
            model_line(h->url ? "a webhook" : h->argv[0], b);
            buf_addch(b, '\n');
        }
}

static void add_neutral(const struct config_neutral *n, const char *indent, struct buf *b)
{
    for (int i = 0; i < NEUTRAL_COUNT; i++)
        if (n->acting & (1u << i))
            buf_addf(b, "%snot neutralised: %s\n", indent, neutral_rules[i].name);
}

static void add_former(struct cli *c, const char *name, struct buf *b)
{
    for (size_t i = 0; i < c->config->former.len; i++) {
        const struct config_database *d = vec_at(&c->config->former, i);
        char *shown = arena_strdup(&c->arena, d->url);
        if (!str_eq(d->name, name))
            continue;
        err_redact(shown);
        buf_adds(b, "  also production, without the environment: ");
        model_line(shown, b);
        buf_addch(b, '\n');
    }
}

static void add_database(struct cli *c, const struct config_database *d, struct buf *b)
{
    static const char *const roles[] = {
        [DATABASE_ROLE_NONE] = "no role: may be a target, and is no production for dbtwin",
        [DATABASE_ROLE_PRODUCTION] = "production: only read, never a target",
        [DATABASE_ROLE_STAGING] = "staging: may be a target"};
    char *shown = arena_strdup(&c->arena, d->url);
    err_redact(shown);
    model_line(d->name, b);
    buf_addf(b, " (%s): %s\n  ", d->place, roles[d->role]);
    model_line(shown, b);
    buf_addf(b, "\n  password: %s\n", password_of(c, d));
    add_former(c, d->name, b);
    add_options(d, b);
    add_patterns(c->config, d->name, "  ", b);
    add_renames(c->config, d->name, "  ", b);
    add_neutral(&d->neutral, "  ", b);
    add_hooks(&d->hooks, "  ", b);
}

/* ---- what is wrong, and no error ----------------------------------------------------------- */

static void look_at_role(const struct config *config)
{
    bool production = false;
    for (size_t i = 0; i < config->databases.len; i++)
        production |=
            VEC_AT(&config->databases, struct config_database, i).role == DATABASE_ROLE_PRODUCTION;
    if (!production && config->databases.len)
        log_warn("no database has role: production, so none is protected from being a target");
}

static void look_at_urls(const struct config *config)
{
    for (size_t i = 0; i < config->databases.len; i++)
        for (size_t k = 0; k < i && k < 1000; k++) {
            const struct config_database *a = vec_at(&config->databases, k);
            const struct config_database *b = vec_at(&config->databases, i);
            if (strcmp(a->url, b->url) == 0 && a->role != b->role)
                log_warn("%s (%s) and %s (%s) are one URL with different roles", a->name, a->place,
                         b->name, b->place);
        }
}

static void look_at_files(const struct config *config)
{
    if (config->baseline && access(config->baseline, R_OK) != 0)
        log_warn("the baseline %s cannot be read", config->baseline);
}

/* Their mistakes would be seen only when they are chosen. */
static bool read_environments(struct cli *c, struct err *err)
{
    for (size_t i = 0; i < c->config->environments.len; i++) {
        const char *name = VEC_AT(&c->config->environments, const char *, i);
        struct cli other = {.arena = ARENA_INIT,
                            .config_path = c->config->path,
                            .env = name,
                            .commands = c->commands,
                            .limit = -1};
        bool ok = str_eq(name, c->config->environment) || config_load(&other, err);
        config_release(other.config);
        arena_release(&other.arena);
        if (!ok)
            return err_context(err, "environment %s", name);
    }
    return true;
}

/* ---- the whole of it ----------------------------------------------------------------------- */

static void add_head(const struct config *config, struct buf *b)
{
    buf_addf(b, "%s is good: %zu database%s", config->path, config->databases.len,
             config->databases.len == 1 ? "" : "s");
    for (size_t i = 1; i < config->paths.len; i++)
        buf_addf(b, "%s%s", i == 1 ? "; includes " : ", ", VEC_AT(&config->paths, const char *, i));
    for (size_t i = 0; i < config->environments.len; i++)
        buf_addf(b, "%s%s", i ? ", " : "; environments ",
                 VEC_AT(&config->environments, const char *, i));
    if (config->environment)
        buf_addf(b, "; this is %s", config->environment);
    buf_addch(b, '\n');
}

static void add_all(struct cli *c, struct buf *b)
{
    const struct config *config = c->config;
    struct buf all = BUF_INIT;
    add_head(config, b);
    for (size_t i = 0; i < config->databases.len; i++)
        add_database(c, vec_at(&config->databases, i), b);
    add_patterns(config, NULL, "  ", &all);
    add_renames(config, NULL, "  ", &all);
    add_neutral(&config->neutral, "  ", &all);
    add_hooks(&config->hooks, "  ", &all);
    if (!namemap_is_empty(&config->map))
        buf_adds(&all, "  map: names differ on purpose\n");
    if (config->baseline)
        buf_addf(&all, "  baseline: %s\n", config->baseline);
    if (config->mask.given)
        buf_adds(&all, "  mask: persons' data is masked (dbtwin mask check SOURCE proves it)\n");
    if (config->rows.given)
        buf_adds(&all, "  rows: copies take a part of the rows\n");
    if (all.len)
        buf_addf(b, "all databases\n%s", all.data);
    buf_release(&all);
}

static bool connect_one(struct cli *c, const struct config_database *d, struct buf *b)
{
    struct place p;
    struct config_tried t;
    struct err why = ERR_INIT;
    bool ok = place_configured(c, d, &p, &why) && config_try(&p, &c->arena, &t, &why);
    buf_addf(b, "%s: ", d->name);
    if (ok)
        config_try_describe(&t, b);
    else
        model_line(why.msg, b);
    buf_addch(b, '\n');
    if (!ok && why.hint[0])
        buf_addf(b, "  hint: %s\n", why.hint);
    if (ok && d->role == DATABASE_ROLE_PRODUCTION && str_eq(t.mark, "copy"))
        log_warn("%s has role: production, and was filled by dbtwin: is it the right database?",
                 d->name);
    if (ok && d->role == DATABASE_ROLE_STAGING && str_eq(t.mark, "production"))
        log_warn("%s has role: staging, and is marked as production", d->name);
    return ok;
}

int config_check(struct cli *c, const char *file, struct err *err)
{
    struct buf out = BUF_INIT;
    int code = 0;
    if (file)
        c->config_path = file;
    if (!config_load(c, err))
        return -1;
    if (!c->config->path) {
        err_set(err, ERR_USAGE,
                "there is no config: no dbtwin.yaml here, in ~/.config/dbtwin or in "
                "/etc/dbtwin");
        err_hint(err, "dbtwin config init writes one");
        return -1;
    }
    if (!read_environments(c, err))
        return -1;
    look_at_role(c->config);
    look_at_urls(c->config);
    look_at_files(c->config);
    if (!c->quiet)
        add_all(c, &out);
    for (size_t i = 0; c->connect && i < c->config->databases.len && !log_cancelled(); i++)
        if (!connect_one(c, vec_at(&c->config->databases, i), &out))
            code = 2;
    bool ok = output_write("-", buf_slice(&out), err);
    buf_release(&out);
    return ok ? code : -1;
}
