#include "cli.h"

#include <dbtwin/clock.h>
#include <dbtwin/plan.h>
#include <dbtwin/engine.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a word that may be a URL with a mistake in it, what cannot hold a password. */
static const char *shown_start(struct cli *c, const char *word)
{
    size_t n = strcspn(word, ":@");
    const char *slashes = strstr(word, "//");
    if (slashes && (size_t)(slashes - word) < n)
        n = (size_t)(slashes - word);
    if (strchr(word, '@') && strcspn(word, "/") < n)
        n = strcspn(word, "/");
    if (word[n] == '@')
        n = 0;
    return word[n] ? arena_printf(&c->arena, "%.*s…", (int)n, word) : word;
}

/* ---- what messages call it ------------------------------------------------------------------- */

/* %41 becomes A; what would not be text stays as it is. */
static char *decoded(struct arena *a, const char *s, size_t n)
{
    char *ret = arena_strndup(a, s, n), *to = ret;
    for (const char *p = ret; *p; p++) {
        char hex[3] = {p[0] == '%' ? p[1] : '\0', p[0] == '%' && p[1] ? p[2] : '\0', '\0'}, *end;
        long c = strtol(hex, &end, 16);
        if (p[0] == '%' && end == hex + 2 && c >= ' ' && c != 127) {
            *to++ = (char)c;
            p += 2;
        } else {
            *to++ = *p;
        }
    }
    *to = '\0';
    return ret;
}

/* A value of the query, or NULL. */
static const char *url_parameter(struct arena *a, const char *url, const char *name)
{
    const char *p = strchr(url, '?');
    size_t n = strlen(name);
    while (p) {
        p++;
        size_t len = strcspn(p, "&");
        if (strncmp(p, name, n) == 0 && p[n] == '=')
            return decoded(a, p + n + 1, len - n - 1);
        p = strchr(p, '&');
    }
    return NULL;
}

/* database@host, or NULL where the URL does not say both, but the environment or a service file. */
static const char *short_label(struct arena *a, const char *url)
{
    const char *p = strstr(url, "://") + 3, *path = p + strcspn(p, "/?#");
    const char *start = p, *host, *database, *given = url_parameter(a, url, "host");
    for (const char *q = p; q < path; q++)
        start = *q == '@' ? q + 1 : start;
    host = arena_strndup(a, start, (size_t)(path - start));
    host = *host ? host : given ? given : url_parameter(a, url, "hostaddr");
    database = *path == '/' ? decoded(a, path + 1, strcspn(path + 1, "?#")) : NULL;
    if (url_parameter(a, url, "dbname"))
        database = url_parameter(a, url, "dbname");
    if (!database || !*database || url_parameter(a, url, "service"))
        return NULL;
    if (!host && (getenv("PGHOST") || getenv("PGSERVICE")))
        return NULL;
    if (!host || *host == '/' || *host == '@' || url_parameter(a, url, "socket"))
        host = "localhost";
    return arena_printf(a, "%s@%s", database, host);
}

const char *place_label(const struct place *p, const char *url, struct arena *a)
{
    char *shown = arena_strdup(a, url);
    err_redact(shown);
    const char *label = p->by_url ? NULL : short_label(a, shown);
    return label ? label : shown;
}

void place_tell_apart(struct place *a, struct place *b)
{
    if (strcmp(a->e.label, b->e.label) != 0 || str_eq(a->e.address, b->e.address))
        return;
    for (int i = 0; i < 2; i++) {
        struct place *p = i ? b : a;
        p->by_url = p->e.address != NULL;
        if (p->by_url)
            p->e.label = p->e.address;
    }
}

/* ---- where it is ----------------------------------------------------------------------------- */

static bool live_place(struct cli *c, const char *url, const struct config_database *d,
                       struct place *ret, struct err *err)
{
    struct place p = {.kind = AT_LIVE};
    char *shown = arena_strdup(&c->arena, url);
    err_redact(shown);
    p.e.driver = driver_for_url(url);
    if (!p.e.driver) {
        err_set(err, ERR_USAGE, "\"%s\": unknown kind of URL", shown_start(c, url));
        return err_hint(err, "URLs begin with postgresql://, mysql:// or mariadb://");
    }
    p.e.url = url;
    p.e.address = shown;
    p.named = d != NULL;
    p.e.label = d ? d->name : place_label(&p, url, &c->arena);
    p.e.role = d ? d->role : DATABASE_ROLE_NONE;
    p.options.jobs = (unsigned)c->jobs;
    if (d && d->passwordcmd && !passwordcmd_run(c, d, &p.e.password, err))
        return false;
    *ret = p;
    return true;
}

/* What comes first, which is there to be read afterwards: in a pipe too, as <(…) of shells is one.
 */
static ssize_t peek(int fd, char *b, size_t n)
{
    struct stat st;
    int copy[2];
    if (fstat(fd, &st) != 0)
        return -1;
    if (S_ISREG(st.st_mode))
        return pread(fd, b, n, lseek(fd, 0, SEEK_CUR));
    if (!S_ISFIFO(st.st_mode) || pipe2(copy, O_CLOEXEC) != 0)
        return -1;
    ssize_t got = tee(fd, copy[1], n, 0);
    if (got > 0)
        got = read(copy[0], b, n);
    close(copy[0]);
    close(copy[1]);
    return got;
}

enum content { CONTENT_OTHER, CONTENT_XML, CONTENT_JSON, CONTENT_TEXT, CONTENT_PG_DUMP };

/* What a file is, by its first bytes: a model is XML, and what is no text a snapshot. */
static enum content content_of(const char *path)
{
    struct stat st;
    char b[256];
    bool named = stat(path, &st) == 0 && S_ISFIFO(st.st_mode) && !str_starts(path, "/dev/fd/");
    if (named) /* can be opened once only */
        return CONTENT_OTHER;
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return CONTENT_OTHER;
    ssize_t n = peek(fd, b, sizeof(b) - 1);
    if (fd != STDIN_FILENO)
        close(fd);
    if (n <= 0)
        return CONTENT_OTHER;
    b[n] = '\0';
    if (str_starts(b, "PGDMP") || (n > 8 && memcmp(b, "toc.dat", 8) == 0)) /* -Fc, -Ft */
        return CONTENT_PG_DUMP;
    const char *p = strncmp(b, "\xEF\xBB\xBF", 3) == 0 ? b + 3 : b;
    p += strspn(p, " \t\r\n");
    for (ssize_t i = 0; i < n; i++)
        if (!b[i] || ((unsigned char)b[i] < ' ' && !strchr("\t\r\n\x1b", b[i])))
            return CONTENT_OTHER;
    return *p == '<' ? CONTENT_XML : *p == '{' || *p == '[' ? CONTENT_JSON : CONTENT_TEXT;
}

bool place_is_text(const char *path)
{
    return content_of(path) == CONTENT_TEXT;
}

bool place_is_pg_dump(const char *path)
{
    return content_of(path) == CONTENT_PG_DUMP;
}

static bool file_place(const char *path, struct place *ret, struct err *err)
{
    enum content content = content_of(path);
    struct place p = {.kind = AT_ARCHIVE};
    p.e.path = path;
    p.e.label = strcmp(path, "-") == 0 ? "standard input" : path;
    if (content == CONTENT_JSON || content == CONTENT_TEXT || content == CONTENT_PG_DUMP) {
        err_set(err, ERR_USAGE, "%s is %s, neither a model nor a snapshot", p.e.label,
                content == CONTENT_JSON   ? "JSON"
                : content == CONTENT_TEXT ? "text"
                                          : "a dump of pg_dump's");
        return err_hint(err,
                        "models are read as XML: dbtwin inspect DB -o model.xml; snapshots are "
                        "written by dbtwin snapshot DB -o FILE; diff, plan, apply and inspect take "
                        "SQL whose name ends in .sql, too");
    }
    if (content == CONTENT_XML)
        p.kind = AT_MODEL;
    p.e.driver = &driver_archive;
    *ret = p;
    return true;
}

static void hint_names(struct cli *c, struct err *err)
{
    struct buf names = BUF_INIT;
    for (size_t i = 0; i < config_count(c->config); i++)
        buf_addf(&names, "%s%s", i ? ", " : "", config_at(c->config, i)->name);
    if (names.len)
        err_hint(err, "the config names %s; URLs begin with postgresql://, mysql:// or mariadb://",
                 names.data);
    else
        err_hint(err, "there is no dbtwin.yaml here that names databases; URLs begin with "
                      "postgresql://, mysql:// or mariadb://");
    buf_release(&names);
}

bool place_configured(struct cli *c, const struct config_database *d, struct place *ret,
                      struct err *err)
{
    return live_place(c, d->url, d, ret, err);
}

bool place_find(struct cli *c, const char *word, struct place *ret, struct err *err)
{
    const struct config_database *d = config_find(c->config, word);
    if (d)
        return live_place(c, d->url, d, ret, err);
    if (strstr(word, "://"))
        return live_place(c, word, NULL, ret, err);
    struct stat st;
    bool there = stat(word, &st) == 0;
    if (strcmp(word, "-") == 0 || (there && !S_ISDIR(st.st_mode))) {
        return file_place(word, ret, err);
    }
    if (there)
        err_set(err, ERR_USAGE,
                "\"%s\" is a folder here, and neither a name in the config nor a URL",
                shown_start(c, word));
    else
        err_set(err, ERR_USAGE, "\"%s\" is neither a name in the config, a URL nor a file",
                shown_start(c, word));
    hint_names(c, err);
    return false;
}

/* The driver may have named the place already. */
static bool add_label(const struct place *p, struct err *err)
{
    if (!str_starts(err->msg, p->e.label))
        err_context(err, "%s", p->e.label);
    if (p->kind == AT_ARCHIVE && err->cls == ERR_CORRUPT && !err->hint[0])
        err_hint(err, "a file must be a model (dbtwin inspect -o) or a snapshot (dbtwin snapshot "
                      "-o)");
    return false;
}

struct file {
    int fd;
    const char *path;
    struct source_progress *progress; /* or NULL */
    char block[65536];
};

enum { TICK_MS = 200 };

/* A signal may wake another thread than this one, so a silent pipe is asked again and again. */
static int next_block(void *ctx, struct slice *ret, struct err *err)
{
    struct file *file = ctx;
    struct pollfd p = {.fd = file->fd, .events = POLLIN};
    ssize_t n = -1;
    errno = EINTR;
    while (n < 0 && (errno == EINTR || errno == EAGAIN) && !log_cancelled())
        n = poll(&p, 1, TICK_MS) > 0 ? read(file->fd, file->block, sizeof(file->block))
                                     : (errno = EINTR, -1);
    if (log_cancelled()) {
        err_set(err, ERR_INTERRUPTED, "interrupted while reading %s", file->path);
        return -1;
    }
    if (n < 0) {
        err_set(err, ERR_RUNTIME, "cannot read %s: %s", file->path, strerror(errno));
        return -1;
    }
    if (file->progress)
        __atomic_fetch_add(&file->progress->parts_done, (uint64_t)n, __ATOMIC_RELAXED);
    *ret = (struct slice){file->block, (size_t)n};
    return n > 0;
}

static bool model_from_file(const struct place *p, struct model *ret, struct err *err)
{
    bool own = strcmp(p->e.path, "-") != 0;
    struct file file = {.fd = own ? open(p->e.path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO,
                        .path = p->e.label,
                        .progress = p->options.progress};
    struct stat st;
    if (file.fd < 0)
        return err_set(err, ERR_RUNTIME, "cannot read %s: %s", p->e.path, strerror(errno));
    if (file.progress && fstat(file.fd, &st) == 0 && S_ISREG(st.st_mode))
        __atomic_store_n(&file.progress->parts, (uint64_t)st.st_size, __ATOMIC_RELAXED);
    bool ok = model_read_xml(ret, next_block, &file, err);
    if (own)
        close(file.fd);
    return ok || (err->cls == ERR_CORRUPT && err_context(err, "%s", p->e.label));
}

static void prove(struct model *m)
{
    double start = clock_now();
    plan_prove(m);
    if (engine_of(m->flavor)->shows_tables)
        log_debug("what SHOW CREATE TABLE shows was proven in %.0f ms",
                  (clock_now() - start) * 1000);
}

bool place_model(struct place *p, struct model *ret, struct err *err)
{
    return place_model_and(p, ret, NULL, NULL, err);
}

bool place_model_and(struct place *p, struct model *ret, place_more_fn *more, void *ctx,
                     struct err *err)
{
    bool ok;
    if (p->kind == AT_MODEL) {
        ok = model_from_file(p, ret, err);
    } else {
        struct session *s = NULL;
        ok = p->e.driver->source->open(&p->e, DRIVER_SOURCE, &p->options, &s, err) &&
             (!p->wanted || !p->e.driver->source->narrow ||
              p->e.driver->source->narrow(s, p->wanted, p->wanted_ctx, err)) &&
             p->e.driver->source->introspect(s, ret, err);
        if (ok)
            prove(ret);
        if (ok && more && p->kind == AT_LIVE)
            more(p, s, ret, ctx);
        p->e.driver->source->close(s);
        if (!ok)
            add_label(p, err);
    }
    if (ok)
        ret->label = intern_str(&ret->strings, p->e.label);
    if (ok && p->e.address)
        ret->address = intern_str(&ret->strings, p->e.address);
    return ok;
}
