#include "config_command.h"

#include "config_pgpass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* A first config: two databases, which one is production, and no password in the file. */

enum { TRIES = 3, LINE = 2048 };

struct side {
    const char *name;     /* in the file */
    const char *variable; /* that holds its password, if no better place does */
    const char *url;      /* as it was given */
    struct place place;
    struct config_tried tried;
    const char *password; /* where it is kept now, for people; NULL: the URL has none */
    const char *written;  /* the URL for the file */
};

/* ---- asking -------------------------------------------------------------------------------- */

static bool ask(struct cli *c, const char *prompt, const char **ret, struct err *err)
{
    char line[LINE];
    fputs(prompt, stderr);
    fflush(stderr);
    if (!fgets(line, sizeof(line), stdin) || log_cancelled()) {
        fputc('\n', stderr);
        return err_set(err, ERR_INTERRUPTED, "interrupted: no config was written");
    }
    line[strcspn(line, "\r\n")] = '\0';
    const char *text = line + strspn(line, " \t");
    *ret = arena_strdup(&c->arena, text);
    return true;
}

static bool try_url(struct cli *c, struct side *s, struct err *err)
{
    if (!strstr(s->url, "://")) {
        err_set(err, ERR_USAGE, "this is no URL of a database");
        return err_hint(err, "URLs begin with postgresql://, mysql:// or mariadb://");
    }
    if (!place_find(c, s->url, &s->place, err) || !config_try(&s->place, &c->arena, &s->tried, err))
        return false;
    struct buf b = BUF_INIT;
    buf_addf(&b, "%s: ", s->place.e.label);
    config_try_describe(&s->tried, &b);
    progress_line(LOG_INFO, b.data);
    buf_release(&b);
    return true;
}

/* A mistyped URL is no reason to begin from the start. */
static bool ask_url(struct cli *c, const char *prompt, struct side *s, struct err *err)
{
    for (int i = 0; i < TRIES; i++) {
        err_clear(err);
        if (!ask(c, prompt, &s->url, err))
            return false;
        if (try_url(c, s, err))
            return true;
        progress_line(LOG_ERROR, err->msg);
        if (err->hint[0])
            progress_hint(err->hint);
    }
    return false;
}

static bool yes(struct cli *c, const char *prompt, struct err *err)
{
    const char *answer = NULL;
    return ask(c, prompt, &answer, err) && (!*answer || strncasecmp(answer, "y", 1) == 0);
}

/* ---- which is production ------------------------------------------------------------------- */

static bool says(const struct side *s, const char *const *words)
{
    const char *const texts[] = {s->tried.facts.database, s->place.e.address};
    for (size_t t = 0; t < ARRAY_LEN(texts); t++)
        for (size_t i = 0; texts[t] && words[i]; i++)
            if (strcasestr(texts[t], words[i]))
                return true;
    return false;
}

/* Above 0: production; below: not; the greater the surer. dbtwin's own mark beats all names. */
static int looks_like_production(const struct side *s, const char **why)
{
    static const char *const production[] = {"prod", "live", NULL};
    static const char *const other[] = {"stag", "test", "dev", "qa", "sandbox", "preview", NULL};
    if (str_eq(s->tried.mark, "copy"))
        return *why = "dbtwin filled it", -4;
    if (str_eq(s->tried.mark, "production"))
        return *why = "it is marked as production", 4;
    if (says(s, other))
        return *why = "its name says so", -2;
    if (says(s, production))
        return *why = "its name says so", 2;
    return s->tried.facts.standby ? (*why = "it is a standby", 1) : 0;
}

/* Above 0: the first is production. */
static int judge(const struct side *a, const struct side *b, const char **why)
{
    const char *why_a = "", *why_b = "";
    int x = looks_like_production(a, &why_a), y = looks_like_production(b, &why_b);
    *why = (x < 0 ? -x : x) >= (y < 0 ? -y : y) ? why_a : why_b;
    return x - y;
}

static bool check_pair(const struct side *a, const struct side *b, struct err *err)
{
    if (a->place.e.driver != b->place.e.driver)
        log_warn("the two are of different engines: they can be compared, not copied");
    if (!str_eq(a->tried.facts.database_id, b->tried.facts.database_id))
        return true;
    err_set(err, ERR_REFUSED, "%s and %s are one and the same database", a->place.e.label,
            b->place.e.label);
    return err_hint(err, "production and its staging are two databases");
}

static void swap(struct side *a, struct side *b)
{
    struct side was = *a;
    const char *names[] = {a->name, b->name}, *variables[] = {a->variable, b->variable};
    *a = *b;
    *b = was;
    a->name = names[0];
    b->name = names[1];
    a->variable = variables[0];
    b->variable = variables[1];
}

static bool ask_which(struct cli *c, struct side *prod, struct side *staging, struct err *err)
{
    const char *why = "", *answer = NULL;
    int sure = judge(prod, staging, &why);
    bool second = sure < 0;
    if (sure)
        progress_line(LOG_INFO, arena_printf(&c->arena,
                                             "the %s looks like production, the other "
                                             "one does not: %s",
                                             second ? "second" : "first", why));
    const char *prompt = arena_printf(&c->arena, "Which one is production, 1 (%s) or 2 (%s)? [%d] ",
                                      prod->place.e.label, staging->place.e.label, second ? 2 : 1);
    do
        if (!ask(c, prompt, &answer, err))
            return false;
    while (*answer && strcmp(answer, "1") != 0 && strcmp(answer, "2") != 0);
    if (*answer ? *answer == '2' : second)
        swap(prod, staging);
    return true;
}

/* Given by options: what dbtwin's own mark contradicts is refused, what names do is told. */
static bool check_which(const struct side *prod, const struct side *staging, struct err *err)
{
    const char *why = "";
    int sure = judge(prod, staging, &why);
    bool marked = str_eq(prod->tried.mark, "copy") || str_eq(staging->tried.mark, "production");
    if (marked) {
        err_set(err, ERR_REFUSED, "--prod %s and --staging %s look exchanged: %s",
                prod->place.e.label, staging->place.e.label, why);
        return err_hint(err, "give them the other way around, or drop the table of the mark, "
                             "dbtwin-concepts(7), THE MARK");
    }
    if (sure < 0)
        log_warn("--prod and --staging look exchanged: %s", why);
    return true;
}

/* ---- passwords ----------------------------------------------------------------------------- */

/* The URL with its password replaced; false: it has none. */
static bool split_password(struct cli *c, const char *url, const char *instead,
                           const char **ret_url, const char **ret_password)
{
    char *hidden = arena_strdup(&c->arena, url);
    err_redact(hidden);
    if (strcmp(hidden, url) == 0)
        return false;
    size_t n = strlen(url), h = strlen(hidden), from = 0, end = 0;
    while (url[from] == hidden[from])
        from++;
    while (from && hidden[from - 1] == '*')
        from--;
    while (end < h - from && end < n - from && url[n - 1 - end] == hidden[h - 1 - end] &&
           hidden[h - 1 - end] != '*')
        end++;
    *ret_password = arena_strndup(&c->arena, url + from, n - end - from);
    *ret_url = arena_printf(&c->arena, "%.*s%s%s", (int)from, url, instead, url + n - end);
    return true;
}

/* Where PostgreSQL's own programs look; without the ":***" that stood before the "@". */
static bool to_pgpass(struct cli *c, struct side *s, const char *password, struct err *err)
{
    const char *url, *ignored;
    struct driver_address at;
    if (s->place.e.driver != &driver_postgres || !isatty(STDIN_FILENO) ||
        !s->place.e.driver->address(&s->place.e, &c->arena, &at, err) || !at.host)
        return false;
    const char *prompt = arena_printf(
        &c->arena, "Put the password of %s into ~/.pgpass, where PostgreSQL looks for it? [Y/n] ",
        s->place.e.label);
    if (!yes(c, prompt, err) || !config_pgpass_add(c, &at, &s->tried.facts, password, err))
        return false;
    split_password(c, s->url, "", &url, &ignored);
    const char *at_sign = strstr(url, ":@");
    if (at_sign)
        url = arena_printf(&c->arena, "%.*s%s", (int)(at_sign - url), url, at_sign + 1);
    s->written = url;
    s->password = "in ~/.pgpass";
    return true;
}

static bool place_password(struct cli *c, struct side *s, struct err *err)
{
    const char *password = NULL, *url = NULL;
    struct err why = ERR_INIT;
    s->written = s->url;
    if (!split_password(c, s->url, arena_printf(&c->arena, "${%s}", s->variable), &url, &password))
        return true;
    if (to_pgpass(c, s, password, &why))
        return true;
    if (why.cls == ERR_INTERRUPTED) {
        *err = why;
        return false;
    }
    if (err_is_set(&why))
        log_warn("%s", why.msg);
    s->written = url;
    s->password = arena_printf(&c->arena, "expected in the variable %s, as it stands in the URL",
                               s->variable);
    return true;
}

/* ---- the file ------------------------------------------------------------------------------ */

static void add_side(const struct side *s, const char *role, struct buf *b)
{
    buf_addf(b, "  %s:\n    url: \"", s->name);
    for (const char *p = s->written; *p; p++) {
        if (*p == '"' || *p == '\\')
            buf_addch(b, '\\');
        buf_addch(b, *p);
    }
    buf_addf(b, "\"\n    role: %s\n", role);
}

/* Never over another file, and nobody else reads it. */
static bool write_new(const char *path, struct slice text, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == EEXIST) {
        err_set(err, ERR_REFUSED, "%s is there already, and is left as it is", path);
        return err_hint(err, "another name: dbtwin config init -c FILE");
    }
    if (fd < 0)
        return err_set(err, ERR_RUNTIME, "cannot create %s: %s", path, strerror(errno));
    bool ok = write(fd, text.data, text.len) == (ssize_t)text.len && fsync(fd) == 0;
    int code = errno;
    ok = close(fd) == 0 && ok;
    if (!ok)
        unlink(path);
    return ok || err_set(err, ERR_RUNTIME, "cannot write %s: %s", path, strerror(code));
}

static bool write_config(struct cli *c, const char *path, const struct side *prod,
                         const struct side *staging, struct err *err)
{
    struct buf b = BUF_INIT;
    buf_adds(&b,
             "# Names of databases for dbtwin: dbtwin.conf(5) says what else can stand here. Keep\n"
             "# passwords in ~/.pgpass, ~/.my.cnf, a passwordcmd or a variable.\n"
             "databases:\n");
    add_side(prod, "production # only read, never a target", &b);
    add_side(staging, "staging", &b);
    bool ok = write_new(path, buf_slice(&b), err);
    buf_release(&b);
    if (!ok)
        return false;
    const struct side *const sides[] = {prod, staging};
    for (size_t i = 0; i < ARRAY_LEN(sides); i++)
        if (sides[i]->password)
            progress_line(LOG_INFO, arena_printf(&c->arena, "the password of %s is %s",
                                                 sides[i]->name, sides[i]->password));
    progress_line(LOG_INFO,
                  arena_printf(&c->arena, "%s is written; next: dbtwin diff prod staging", path));
    return true;
}

static bool ask_all(struct cli *c, struct side *prod, struct side *staging, struct err *err)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        err_set(err, ERR_USAGE, "nobody is at a terminal to ask for the two URLs");
        return err_hint(err, "dbtwin config init --prod URL --staging URL");
    }
    return ask_url(c, "URL of one database (postgresql://user@host/name): ", prod, err) &&
           ask_url(c, "URL of the other one: ", staging, err) && check_pair(prod, staging, err) &&
           ask_which(c, prod, staging, err);
}

static bool take_given(struct cli *c, struct side *prod, struct side *staging, struct err *err)
{
    prod->url = c->prod;
    staging->url = c->staging;
    if (!c->prod || !c->staging)
        return err_set(err, ERR_USAGE, "--prod and --staging are given together");
    return (try_url(c, prod, err) || err_context(err, "--prod")) &&
           (try_url(c, staging, err) || err_context(err, "--staging")) &&
           check_pair(prod, staging, err) && check_which(prod, staging, err);
}

int config_init(struct cli *c, const char *file, struct err *err)
{
    struct side prod = {.name = "prod", .variable = "PROD_PASSWORD"};
    struct side staging = {.name = "staging", .variable = "STAGING_PASSWORD"};
    const char *path = file ? file : c->config_path ? c->config_path : "dbtwin.yaml";
    config_none(c);
    if (access(path, F_OK) == 0) { /* before anybody types anything */
        err_set(err, ERR_REFUSED, "%s is there already, and is left as it is", path);
        err_hint(err, "another name: dbtwin config init -c FILE");
        return -1;
    }
    bool given = c->prod || c->staging;
    return (given ? take_given : ask_all)(c, &prod, &staging, err) &&
                   place_password(c, &prod, err) && place_password(c, &staging, err) &&
                   write_config(c, path, &prod, &staging, err)
               ? 0
               : -1;
}
