#include "sqltext.h"

#include "tool.h"

#include <string.h>

/*
 * git:REV:PATH, as git's own REV:PATH: from the root of the repository, or, behind ./, from the
 * current folder. git is run with fixed arguments; REV:PATH is one of them behind
 * --end-of-options, and everything after works with the object's number. Nothing is fetched, no
 * hook or filter of the repository runs.
 */
enum { GIT_SECONDS = 120, NUMBER_LONGEST = 64 };

static bool git(struct sqltext *t, const char *const *words, size_t most, struct buf *ret,
                const char **ret_said, struct err *err)
{
    static const char *const env[] = {"LC_ALL=C", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0",
                                      "GIT_OPTIONAL_LOCKS=0", NULL};
    const char *argv[16] = {"git",       "-c", "core.fsmonitor=false", "-c", "protocol.allow=never",
                            "--no-pager"};
    struct buf said = BUF_INIT;
    size_t n = 6;
    int code = 0;
    for (; *words && n + 1 < ARRAY_LEN(argv); words++)
        argv[n++] = *words;
    struct tool c = {.argv = argv, .env = env, .most = most, .seconds = GIT_SECONDS};
    bool ok = tool_run(&c, ret, &said, &code, err);
    if (!ok && err->cls == ERR_USAGE)
        err_hint(err, "%s is read by git: install the package git", t->label);
    *ret_said = tool_line(&said, &t->arena);
    if (ok && code != 0)
        ok = err_set(err, ERR_USAGE, "%s: %s", t->label, *ret_said);
    buf_release(&said);
    return ok;
}

/* An object's number, for what git itself understands. */
static bool resolve(struct sqltext *t, const char *what, const char **ret, struct err *err)
{
    const char *words[] = {"rev-parse", "--verify", "--end-of-options", what, NULL}, *said;
    struct buf b = BUF_INIT;
    bool ok = git(t, words, 4096, &b, &said, err);
    size_t n = strspn(b.data, "0123456789abcdef");
    if (ok && (n < 40 || n > NUMBER_LONGEST || (b.data[n] && b.data[n] != '\n')))
        ok = err_set(err, ERR_USAGE, "%s: git does not say which object that is", t->label);
    if (ok)
        *ret = arena_strndup(&t->arena, b.data, n);
    buf_release(&b);
    return ok;
}

static bool blob(struct sqltext *t, const char *number, const char *name, const char *path,
                 struct err *err)
{
    const char *words[] = {"cat-file", "blob", number, NULL}, *said;
    struct buf b = BUF_INIT;
    bool ok = git(t, words, SQLTEXT_MAX, &b, &said, err) && sqltext_add(t, name, path, &b, err);
    buf_release(&b);
    return ok;
}

/* "100644 blob NUMBER\tPATH", each with a zero at its end. */
static bool tree(struct sqltext *t, const char *number, struct err *err)
{
    const char *words[] = {"ls-tree", "-r", "-z", "--full-tree", number, NULL}, *said;
    struct buf b = BUF_INIT;
    size_t root = strlen(t->label);
    const char *between = root && strchr(":/", t->label[root - 1]) ? "" : "/";
    bool ok = git(t, words, SQLTEXT_MAX, &b, &said, err);
    for (const char *p = b.data, *end = b.data + b.len; ok && p < end; p += strlen(p) + 1) {
        const char *path = strchr(p, '\t');
        bool file = str_starts(p, "100644 blob ") || str_starts(p, "100755 blob ");
        if (!path || !file || !layout_wants(path + 1) || strstr(path + 1, "/.") || path[1] == '.')
            continue;
        const char *at = p + strlen("100644 blob ");
        ok = blob(t, arena_strndup(&t->arena, at, (size_t)(path - at)),
                  arena_printf(&t->arena, "%s%s%s", t->label, between, path + 1), path + 1, err);
    }
    buf_release(&b);
    return ok;
}

static bool missing(struct sqltext *t, const char *rev, const char *path, struct err *err)
{
    struct err why = ERR_INIT;
    const char *number;
    if (err->cls != ERR_USAGE || strstr(err->msg, "not a git repository") ||
        strstr(err->msg, "dubious ownership") || strstr(err->msg, "cannot run"))
        return false;
    if (!resolve(t, arena_printf(&t->arena, "%s^{}", rev), &number, &why)) {
        err_set(err, ERR_USAGE, "%s: the repository here has no revision \"%s\"", t->label, rev);
        return err_hint(err, "in CI: is the clone shallow? fetch the branch first (GIT_DEPTH: 0, "
                             "fetch-depth: 0)");
    }
    err_set(err, ERR_USAGE, "%s: %s holds no \"%s\"", t->label, rev, path);
    return err_hint(err, "PATH is from the root of the repository; ./PATH from this folder");
}

bool sqltext_git(struct sqltext *t, const char *word, struct err *err)
{
    const char *rest = word + strlen("git:"), *colon = strchr(rest, ':'), *number = NULL, *said;
    if (!colon || colon == rest) {
        err_set(err, ERR_USAGE, "\"%s\" is not git:REV:PATH", word);
        return err_hint(err, "for example git:main:schema.sql, git:HEAD~1:db/migrations");
    }
    const char *rev = arena_strndup(&t->arena, rest, (size_t)(colon - rest));
    if (*rev == '-')
        return err_set(err, ERR_USAGE, "%s: a revision does not begin with a dash", word);
    if (!resolve(t, rest, &number, err))
        return missing(t, rev, colon + 1, err);
    const char *words[] = {"cat-file", "-t", number, NULL};
    struct buf type = BUF_INIT;
    bool ok = git(t, words, 4096, &type, &said, err);
    if (ok && str_starts(type.data, "tree")) {
        t->folder = true;
        ok = tree(t, number, err);
    } else if (ok && str_starts(type.data, "blob")) {
        ok = blob(t, number, word, colon + 1, err);
    } else if (ok) {
        ok = err_set(err, ERR_USAGE, "%s is a %.*s in git, neither a file nor a folder", word,
                     (int)strcspn(type.data, "\n"), type.data);
    }
    buf_release(&type);
    return ok;
}
