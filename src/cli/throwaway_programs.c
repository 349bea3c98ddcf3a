#include "throwaway.h"

#include "tool.h"

#include <dbtwin/engine.h>
#include <dbtwin/kinds.h>
#include <dbtwin/log.h>

#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VERSION_BYTES = 4096, VERSION_SECONDS = 20 };

/* Where packages put servers that are not in PATH: Debian, Fedora, PGDG's RPMs, Alpine, macOS. */
static const char *const usual[] = {"/usr/lib/postgresql/*/bin",
                                    "/usr/pgsql-*/bin",
                                    "/usr/libexec/postgresql*",
                                    "/usr/sbin",
                                    "/usr/libexec",
                                    "/usr/local/sbin",
                                    "/usr/local/mysql/bin",
                                    "/opt/homebrew/opt/postgresql*/bin",
                                    "/opt/homebrew/opt/mysql*/bin",
                                    "/opt/homebrew/opt/mariadb*/bin",
                                    NULL};

static const struct {
    const char *name, *beside; /* what must be there too, or NULL */
    const char *option[2];
} programs[] = {{"postgres", "initdb", {"--version", NULL}},
                {"mariadbd", NULL, {"--no-defaults", "--version"}},
                {"mysqld", NULL, {"--no-defaults", "--version"}}};

/* ---- versions -------------------------------------------------------------------------------- */

static unsigned number(const char **p)
{
    unsigned n = 0;
    for (; **p >= '0' && **p <= '9' && n < 100000; (*p)++)
        n = n * 10 + (unsigned)(**p - '0');
    if (**p == '.')
        (*p)++;
    return n;
}

bool throwaway_version(const char *text, struct throwaway_program *ret)
{
    const char *p = strstr(text, "(PostgreSQL) ");
    if (p) {
        p += strlen("(PostgreSQL) ");
        unsigned major = number(&p);
        ret->flavor = ENGINE_PG;
        ret->version = major * 10000 + number(&p);
        return major >= 10;
    }
    p = strstr(text, " Ver ");
    if (!p)
        return false;
    p += strlen(" Ver ");
    unsigned major = number(&p), minor = number(&p);
    ret->flavor = strstr(text, "MariaDB") ? ENGINE_MA : ENGINE_MY;
    ret->version = major * 10000 + minor * 100 + number(&p);
    return major > 0;
}

static bool ask_version(struct throwaway_program *p, const char *const *option, struct arena *a)
{
    const char *argv[] = {p->path, option[0], option[1], NULL};
    struct tool c = {.argv = argv, .most = VERSION_BYTES, .seconds = VERSION_SECONDS};
    struct buf out = BUF_INIT, said = BUF_INIT;
    struct err why = ERR_INIT;
    int code = 0;
    bool ok = tool_run(&c, &out, &said, &code, &why) && code == 0 && throwaway_version(out.data, p);
    if (!ok)
        log_debug("%s does not tell its version: %s", p->path,
                  err_is_set(&why) ? why.msg : tool_line(&said, a));
    buf_release(&out);
    buf_release(&said);
    return ok;
}

/* ---- where they are -------------------------------------------------------------------------- */

static bool is_known(const struct vec *list, const char *path)
{
    for (size_t i = 0; i < list->len; i++)
        if (strcmp(VEC_AT(list, struct throwaway_program, i).path, path) == 0)
            return true;
    return false;
}

static void look_in(const char *folder, struct arena *a, struct vec *ret)
{
    char real[PATH_MAX];
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        const char *path = arena_printf(a, "%s/%s", folder, programs[i].name);
        const char *beside = programs[i].beside;
        if (access(path, X_OK) != 0 || !realpath(path, real))
            continue;
        struct throwaway_program p = {.path = arena_strdup(a, real)};
        const char *slash = strrchr(p.path, '/');
        if (beside &&
            access(arena_printf(a, "%.*s/%s", (int)(slash - p.path), p.path, beside), X_OK) != 0)
            continue;
        if (!is_known(ret, p.path) && ask_version(&p, programs[i].option, a))
            VEC_PUSH(ret, struct throwaway_program, p);
    }
}

static void look_along(const char *path, struct arena *a, struct vec *ret)
{
    for (const char *p = path; p && *p; p += strcspn(p, ":"), p += *p == ':') {
        size_t n = strcspn(p, ":");
        if (n && *p == '/')
            look_in(arena_strndup(a, p, n), a, ret);
    }
}

static void list_programs(struct arena *a, struct vec *ret)
{
    const char *own = getenv("DBTWIN_SCRATCH_PATH");
    if (own) {
        look_along(own, a, ret);
        return;
    }
    look_along(getenv("PATH"), a, ret);
    for (const char *const *pattern = usual; *pattern; pattern++) {
        glob_t found;
        if (glob(*pattern, GLOB_NOSORT, NULL, &found) != 0)
            continue;
        for (size_t i = 0; i < found.gl_pathc; i++)
            look_in(found.gl_pathv[i], a, ret);
        globfree(&found);
    }
}

unsigned throwaway_installed(struct arena *a)
{
    struct vec all = VEC_INIT(struct throwaway_program);
    unsigned flavors = 0;
    list_programs(a, &all);
    for (size_t i = 0; i < all.len; i++)
        flavors |= VEC_AT(&all, struct throwaway_program, i).flavor;
    vec_release(&all);
    return flavors;
}

/* ---- the best one ---------------------------------------------------------------------------- */

static unsigned release_of(const struct throwaway_program *p)
{
    return p->version / engine_of(p->flavor)->release;
}

/* Its own flavor before others, then the very release, then the newest. */
static bool is_better(const struct throwaway_wish *w, const struct throwaway_program *a,
                      const struct throwaway_program *b)
{
    bool own_a = a->flavor == w->flavor, own_b = b->flavor == w->flavor;
    bool same_a = release_of(a) == w->release, same_b = release_of(b) == w->release;
    if (own_a != own_b)
        return own_a;
    if (own_a && w->release && same_a != same_b)
        return same_a;
    return a->version > b->version;
}

static bool none_installed(unsigned flavor, struct err *err)
{
    static const struct {
        unsigned flavor;
        const char *programs, *packages;
    } names[] = {
        {ENGINE_PG, "postgres and initdb", "postgresql on Debian, postgresql-server on Fedora"},
        {ENGINE_MA, "mariadbd", "mariadb-server-core on Debian, mariadb-server on Fedora"},
        {ENGINE_MY, "mysqld", "mysql-server-core, or mariadb-server-core on Debian"},
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (names[i].flavor != flavor)
            continue;
        err_set(err, ERR_USAGE,
                "SQL is loaded into a scratch database first, and no server of %s is installed "
                "here (%s)",
                engine_of(flavor)->title, names[i].programs);
        err_hint(err, "install the package %s, or name a server: --scratch URL", names[i].packages);
    }
    return false;
}

static void warn_of(const struct throwaway_wish *w, const struct throwaway_program *p)
{
    const struct engine *e = engine_of(p->flavor);
    unsigned release = release_of(p);
    if (p->flavor != w->flavor)
        log_warn("no server of %s is installed: the SQL is loaded into %s, which may take it "
                 "otherwise (--scratch URL names another server)",
                 engine_of(w->flavor)->title, e->title);
    else if (w->release && release < w->release)
        log_warn("the other side is newer than the newest %s that is installed here (%s): SQL that "
                 "is new since then is not taken (--scratch URL names another server)",
                 e->title, p->path);
}

bool throwaway_find(const struct throwaway_wish *wish, struct arena *a,
                    struct throwaway_program *ret, struct err *err)
{
    struct vec all = VEC_INIT(struct throwaway_program);
    const struct throwaway_program *best = NULL;
    list_programs(a, &all);
    for (size_t i = 0; i < all.len; i++) {
        const struct throwaway_program *p = &VEC_AT(&all, struct throwaway_program, i);
        if ((p->flavor & (wish->flavor | wish->others)) && (!best || is_better(wish, p, best)))
            best = p;
    }
    if (best) {
        *ret = *best;
        warn_of(wish, ret);
    }
    vec_release(&all);
    return best != NULL || none_installed(wish->flavor, err);
}
