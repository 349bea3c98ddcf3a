#include "sides.h"

#include "sniff.h"

#include <dbtwin/engine.h>

#include <string.h>

/* ---- which engine ---------------------------------------------------------------------------- */

/* The one value that a live side says, if it is what such a value is made of. */
static const char *ask_word(struct session *s, const struct driver *d, struct cli *c,
                            const char *sql)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_, ";
    struct vec values = VEC_INIT(const char *);
    struct row_texts list = {&c->arena, &values};
    struct err why = ERR_INIT;
    const char *ret = NULL;
    if (d->source->rows(s, sql, row_texts_add, &list, &why) && values.len == 1)
        ret = VEC_AT(&values, const char *, 0);
    vec_release(&values);
    return ret && strspn(ret, plain) == strlen(ret) ? ret : NULL;
}

/* What tables and routines there have without a word. */
static void read_defaults(struct session *s, const struct driver *d, struct cli *c,
                          struct scratch_server *ret)
{
    ret->charset = ask_word(s, d, c,
                            "SELECT CONCAT('CHARACTER SET ', @@character_set_database,"
                            " ' COLLATE ', @@collation_database)");
    ret->sql_mode = ask_word(s, d, c, "SELECT @@GLOBAL.sql_mode");
}

static bool ask_live(struct cli *c, const struct place *other, struct throwaway_wish *ret,
                     struct scratch_server *ret_server, struct err *err)
{
    const struct driver *d = other->e.driver;
    struct session *s = NULL;
    struct server_facts f;
    bool ok = d->source->open(&other->e, DRIVER_SOURCE, NULL, &s, err) &&
              d->source->facts(s, &c->arena, &f, err);
    if (ok) {
        ret->flavor = f.flavor & ENGINE_ALL;
        ret->release = f.version / engine_of(f.flavor)->release;
        if (f.flavor & ENGINE_MYSQL)
            read_defaults(s, d, c, ret_server);
    }
    d->source->close(s);
    return ok;
}

static bool ask_file(struct place *other, struct throwaway_wish *ret, struct err *err)
{
    struct model m;
    model_init(&m);
    bool ok = place_model(other, &m, err);
    if (ok) {
        ret->flavor = m.flavor & ENGINE_ALL;
        ret->release = m.version / engine_of(m.flavor)->release;
    }
    model_release(&m);
    return ok;
}

static bool unclear(unsigned installed, struct err *err)
{
    if (!installed) {
        err_set(err, ERR_USAGE,
                "SQL is loaded into a scratch database first, and no database server "
                "is installed here");
        return err_hint(err, "install the package postgresql, mariadb-server-core or "
                             "mysql-server-core, or name a server: --scratch URL");
    }
    err_set(err, ERR_USAGE, "the SQL does not show which engine's it is");
    return err_hint(err,
                    "say --engine postgresql, mysql or mariadb, or name a server: --scratch URL");
}

/* By words of the SQL, else by what is installed, if that is one engine. */
static bool guess(struct cli *c, const struct sqltext *const *texts, struct throwaway_wish *ret,
                  struct err *err)
{
    struct sniff sniff = {0};
    for (size_t i = 0; texts[i]; i++)
        for (size_t k = 0; k < texts[i]->files.len; k++)
            sniff_add(&sniff, VEC_AT(&texts[i]->files, struct sqltext_file, k).text);
    unsigned flavor = sniff_flavor(&sniff);
    if (flavor == ENGINE_PG || flavor == ENGINE_MY || flavor == ENGINE_MA) {
        ret->flavor = flavor;
        return true;
    }
    unsigned installed = throwaway_installed(&c->arena);
    unsigned possible = flavor ? flavor & installed : installed;
    if (!flavor && (possible & ENGINE_PG) && (possible & ENGINE_MYSQL))
        return unclear(installed, err);
    if (!possible && !flavor)
        return unclear(installed, err);
    ret->flavor = possible & ENGINE_PG                ? ENGINE_PG
                  : possible & ENGINE_MA || !possible ? ENGINE_MA
                                                      : ENGINE_MY;
    log_info("the SQL is taken for %s's (--engine says otherwise)", engine_of(ret->flavor)->title);
    return true;
}

static bool choose(struct cli *c, struct place *other, const struct sqltext *const *texts,
                   struct throwaway_wish *ret, struct scratch_server *ret_server, struct err *err)
{
    bool ok = true;
    if (other && other->kind == AT_LIVE)
        ok = ask_live(c, other, ret, ret_server, err);
    else if (other && !str_eq(other->e.path, "-"))
        ok = ask_file(other, ret, err);
    if (ok && c->engine && c->engine != ret->flavor)
        *ret = (struct throwaway_wish){.flavor = c->engine};
    if (ok && !ret->flavor)
        ok = guess(c, texts, ret, err);
    ret->others = ret->flavor & ENGINE_MYSQL ? ENGINE_MYSQL : 0;
    return ok;
}

/* ---- the server ------------------------------------------------------------------------------ */

static bool find_server(struct cli *c, struct sides *s, const bool *script,
                        const struct sqltext *const *texts, struct scratch_server *ret,
                        struct err *err)
{
    struct throwaway_wish wish = {0};
    struct place *other = !script[0] ? &s->from : c->n_args > 1 && !script[1] ? &s->to : NULL;
    if (c->scratch && strcmp(c->scratch, "auto") != 0)
        return place_find(c, c->scratch, &ret->place, err);
    if (!c->scratch && other == &s->to && s->to.kind == AT_LIVE &&
        s->to.e.role == DATABASE_ROLE_STAGING) {
        ret->place = s->to;
        return true;
    }
    if (!choose(c, other, texts, &wish, ret, err) ||
        !throwaway_open(&s->own, &wish, &c->arena, err))
        return false;
    ret->own = &s->own;
    ret->place = (struct place){.kind = AT_LIVE,
                                .e = {.driver = driver_for_url(s->own.url),
                                      .label = "the scratch server",
                                      .url = s->own.url,
                                      .role = DATABASE_ROLE_STAGING}};
    return true;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bool load(struct sides *s, struct cli *c, const bool *script, struct sqltext *texts,
                 struct err *err)
{
    struct place *const places[] = {&s->from, &s->to};
    const struct sqltext *read[3] = {NULL, NULL, NULL};
    struct scratch_server server = {0};
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        if (!script[i])
            continue;
        if (!sqltext_read(&texts[i], c, c->args[i], err))
            return false;
        read[n++] = &texts[i];
    }
    if (!find_server(c, s, script, read, &server, err))
        return false;
    for (int i = 0; i < 2; i++) {
        server.number = server.own ? (uint32_t)i + 1 : 0;
        if (script[i] && !scratch_open(&s->scratch[i], c, &texts[i], &server, places[i], err))
            return false;
    }
    return true;
}

bool sides_find(struct sides *ret, struct cli *c, struct err *err)
{
    struct place *const places[] = {&ret->from, &ret->to};
    struct sqltext texts[2] = {{0}, {0}};
    bool script[2] = {false, false};
    *ret = (struct sides){0};
    if (c->n_args > 1 && strcmp(c->args[0], "-") == 0 && strcmp(c->args[1], "-") == 0)
        return err_set(err, ERR_USAGE, "standard input is one side, and cannot be both");
    for (int i = 0; i < c->n_args && i < 2; i++) {
        script[i] = sqltext_is(c, c->args[i]);
        if (!script[i] && !place_find(c, c->args[i], places[i], err))
            return false;
    }
    c->script = script[0] || script[1];
    bool ok = !c->script || load(ret, c, script, texts, err);
    for (int i = 0; i < 2; i++)
        sqltext_release(&texts[i]);
    if (ok && c->n_args > 1)
        place_tell_apart(&ret->from, &ret->to);
    return ok;
}

void sides_close(struct sides *s)
{
    for (int i = 0; i < 2; i++)
        scratch_close(&s->scratch[i]);
    throwaway_close(&s->own);
}

void sides_excuse(const struct cli *c, struct vec *list)
{
    static const struct diff_explained excused[] = {
        {"*", "*", "definer", false},
        {"*", "*", "collation_connection", false},
        {"*", "*", "charset_client", false},
        {"*", "*", "owner", false},
        {"grant", "*", NULL, false},
        {"role", "*", NULL, false},
        {"default_privilege", "*", NULL, false},
        {"database", "*", "encoding", false},
        {"database", "*", "locale_provider", false},
        {"database", "*", "collate", false},
        {"database", "*", "ctype", false},
        {"database", "*", "locale", false},
        {"database", "*", "icu_rules", false},
        {"database", "*", "collation_version", false},
        {"database", "*", "charset", false},
        {"database", "*", "collation", false},
        {"database", "*", "encryption", false},
        {"database", "*", "comment", false},
    };
    for (size_t i = 0; c->script && i < ARRAY_LEN(excused); i++)
        VEC_PUSH(list, struct diff_explained, excused[i]);
}
