#include "cli.h"

#include <dbtwin/partial.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
 * A folder of snapshots, "<database>-<UTC time>.dbtwin" each. The one just written is always kept.
 * Else, going back in time from it, the newest good one of each day (week, month) is kept until as
 * many days as were asked for have one. What is damaged counts for nothing, is named and stays:
 * somebody should look at it.
 *
 * Only files that say in themselves that they come from the same database are ever removed: other
 * servers and databases may share the name. What is no plain file of this account's, is dated later
 * than the one just written or at no time at all, or cannot be read, is left alone.
 */
enum { STAMP = 16 }; /* 20261122T031500Z */
#define ENDING ".dbtwin"

/* What a snapshot is of, by its own word. */
struct origin {
    const char *server_id, *database, *source;
    const char *masked; /* how its rows were masked; NULL, or "no: …": they were not */
};

struct kept_file {
    const char *path;
    const char *stamp; /* in path */
    bool checked, good, keep, raw;
};

bool retention_is_folder(const char *path)
{
    struct stat st;
    return str_ends(path, "/") || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

/* The config's name, else the database's in the URL; what a file's name should not hold is "_". */
static const char *base_name(struct cli *c, const struct place *from)
{
    const char *label = from->named || !from->e.address ? from->e.label : from->e.address;
    const char *start = label;
    const char *scheme = strstr(label, "://");
    size_t len = strlen(label);
    if (scheme) {
        len = strcspn(label, "?#");
        start = label + len;
        while (start > scheme + 3 && start[-1] != '/')
            start--;
        len -= (size_t)(start - label);
    }
    char *name = arena_strndup(&c->arena, start, len);
    for (char *p = name; *p; p++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", *p))
            *p = '_';
    return *name && *name != '.' ? name : "snapshot";
}

static const char *path_at(struct cli *c, const char *folder, const char *base, time_t when)
{
    char stamp[STAMP + 1];
    struct tm t;
    gmtime_r(&when, &t);
    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &t);
    return arena_printf(&c->arena, "%s%s%s-%s" ENDING, folder, str_ends(folder, "/") ? "" : "/",
                        base, stamp);
}

/* Another database of that name may have this second's. */
const char *retention_path(struct cli *c, const char *folder, const struct place *from)
{
    enum { TRIES = 5 };
    const char *base = base_name(c, from), *path = NULL;
    time_t now = time(NULL);
    struct stat st;
    for (int i = 0; i < TRIES && (!path || lstat(path, &st) == 0); i++)
        path = path_at(c, folder, base, now + i);
    return path;
}

/* Whether `name` is `prefix` and a time and the ending: the time's place in it, or NULL. */
static const char *find_stamp(const char *name, const char *prefix, size_t prefix_len)
{
    static const char form[] = "00000000T000000Z";
    if (strncmp(name, prefix, prefix_len) != 0)
        return NULL;
    const char *p = name + prefix_len;
    for (size_t i = 0; i < STAMP; i++)
        if (form[i] == '0' ? p[i] < '0' || p[i] > '9' : p[i] != form[i])
            return NULL;
    return strcmp(p + STAMP, ENDING) == 0 ? p : NULL;
}

static int newest_first(const void *a, const void *b)
{
    const struct kept_file *x = a, *y = b;
    return strcmp(y->stamp, x->stamp);
}

/* A day that there is. */
static bool is_date(const char *stamp)
{
    char again[STAMP + 1];
    struct tm t = {0};
    if (!strptime(stamp, "%Y%m%dT%H%M%SZ", &t))
        return false;
    time_t when = timegm(&t);
    gmtime_r(&when, &t);
    strftime(again, sizeof(again), "%Y%m%dT%H%M%SZ", &t);
    return strncmp(stamp, again, STAMP) == 0;
}

/* Snapshots of earlier versions say it only in their model. */
static bool origin_from_model(struct session *s, struct arena *a, struct origin *o, struct err *err)
{
    struct model m;
    model_init(&m);
    bool ok = driver_archive.source->introspect(s, &m, err);
    if (ok)
        *o = (struct origin){.server_id = arena_strdup(a, m.server_id),
                             .database = arena_strdup(a, m.database),
                             .source = arena_strdup(a, m.label)};
    model_release(&m);
    return ok && o->server_id;
}

static bool read_origin(const char *path, struct arena *a, struct origin *ret)
{
    struct endpoint e = {.driver = &driver_archive, .label = path, .path = path};
    struct session *s = NULL;
    struct err why = ERR_INIT;
    struct server_facts f = {0};
    struct origin o = {0};
    bool ok = driver_archive.source->open(&e, DRIVER_SOURCE, NULL, &s, &why) &&
              driver_archive.source->facts(s, a, &f, &why);
    if (ok && strcmp(f.server_id, "archive") == 0)
        ok = origin_from_model(s, a, &o, &why);
    else if (ok)
        o = (struct origin){f.server_id, f.database, f.source, f.masked};
    driver_archive.source->close(s);
    if (!ok)
        log_warn("%s is left alone: %s", path,
                 err_is_set(&why) ? why.msg : "it does not say which database it is of");
    else
        *ret = o;
    return ok;
}

static bool is_raw(const struct origin *o)
{
    return !o->masked || str_starts(o->masked, "no:");
}

static bool same_origin(const struct origin *a, const struct origin *b)
{
    return str_eq(a->server_id, b->server_id) && str_eq(a->database, b->database) &&
           str_eq(a->source, b->source);
}

/* By what the folder says of it; whose it is, it says itself. */
static bool may_be_ours(const char *path, const char *stamp, const char *newest)
{
    struct stat st;
    return is_date(stamp) && strcmp(stamp, newest) <= 0 && lstat(path, &st) == 0 &&
           S_ISREG(st.st_mode) && st.st_uid == geteuid();
}

static bool list_files(struct cli *c, const char *newest, struct vec *ret, struct err *err)
{
    const char *slash = strrchr(newest, '/');
    const char *prefix = slash + 1;
    size_t prefix_len = strlen(prefix) - STAMP - strlen(ENDING), others = 0;
    const char *folder = arena_strndup(&c->arena, newest, (size_t)(slash - newest) + 1);
    struct origin own = {0}, o = {0};
    DIR *d = opendir(folder);
    if (!d)
        return err_set(err, ERR_RUNTIME, "cannot read the folder %s: %s", folder, strerror(errno));
    bool known = read_origin(newest, &c->arena, &own);
    for (struct dirent *e; known && (e = readdir(d));) {
        const char *stamp = find_stamp(e->d_name, prefix, prefix_len);
        struct kept_file f = {.path = arena_printf(&c->arena, "%s%s", folder, e->d_name)};
        if (!stamp || !may_be_ours(f.path, stamp, prefix + prefix_len) ||
            !read_origin(f.path, &c->arena, &o))
            continue;
        f.stamp = f.path + strlen(folder) + prefix_len;
        f.keep = strcmp(e->d_name, prefix) == 0;
        f.raw = !f.keep && is_raw(&o);
        if (same_origin(&own, &o))
            VEC_PUSH(ret, struct kept_file, f);
        else
            others++;
    }
    closedir(d);
    if (others)
        log_info("%zu snapshot%s of that name in %s come%s from another database, or from this one "
                 "under another name, and %s left alone",
                 others, others == 1 ? "" : "s", folder, others == 1 ? "s" : "",
                 others == 1 ? "is" : "are");
    if (ret->len)
        qsort(ret->items, ret->len, sizeof(struct kept_file), newest_first);
    return true;
}

/* Digests of all members against the manifest, once for a file. */
static bool is_good(struct cli *c, struct kept_file *f)
{
    struct check_result r;
    struct err why = ERR_INIT;
    if (f->checked)
        return f->good;
    f->checked = true;
    f->good = check_snapshot(f->path, false, NULL, &c->arena, &r, &why);
    if (!f->good)
        log_warn("%s; it is not counted among the snapshots to keep, and not removed", why.msg);
    return f->good;
}

/* Which day, week or month a snapshot belongs to, as text; UTC, as its name. */
static void period_of(const char *stamp, const char *format, char ret[16])
{
    struct tm t = {0};
    strptime(stamp, "%Y%m%dT%H%M%SZ", &t);
    time_t when = timegm(&t);
    gmtime_r(&when, &t);
    if (strcmp(format, "week") == 0)
        strftime(ret, 16, "%G-W%V", &t);
    else
        strftime(ret, 16, strcmp(format, "day") == 0 ? "%Y-%m-%d" : "%Y-%m", &t);
}

static void keep_each(struct cli *c, struct vec *files, const char *format, int64_t n)
{
    char last[16] = "", period[16];
    for (size_t i = 0; i < files->len && n > 0; i++) {
        struct kept_file *f = &VEC_AT(files, struct kept_file, i);
        period_of(f->stamp, format, period);
        if (strcmp(period, last) == 0 || !is_good(c, f))
            continue;
        f->keep = true;
        memcpy(last, period, sizeof(last));
        n--;
    }
}

bool retention_apply(struct cli *c, const char *newest, struct err *err)
{
    struct vec files = VEC_INIT(struct kept_file);
    bool ok = list_files(c, newest, &files, err);
    keep_each(c, &files, "day", c->keep_daily);
    keep_each(c, &files, "week", c->keep_weekly);
    keep_each(c, &files, "month", c->keep_monthly);
    for (size_t i = 0; ok && i < files.len; i++) {
        struct kept_file *f = &VEC_AT(&files, struct kept_file, i);
        if (f->keep || (f->checked && !f->good))
            continue;
        log_info("removing %s", f->path);
        if (unlink(f->path) != 0 && errno != ENOENT)
            log_warn("cannot remove %s: %s", f->path, strerror(errno));
    }
    vec_release(&files);
    return ok;
}

/* ---- snapshots of unmasked nights ------------------------------------------------------------ */

bool retention_raw(struct cli *c, const char *path, const char *source, struct err *err)
{
    const char *slash = strrchr(path, '/'), *prefix = slash + 1, *first = NULL;
    size_t prefix_len = strlen(prefix) - STAMP - strlen(ENDING), n = 0;
    const char *folder = arena_strndup(&c->arena, path, (size_t)(slash - path) + 1);
    struct origin o = {0};
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        const char *stamp = find_stamp(e->d_name, prefix, prefix_len);
        const char *file = arena_printf(&c->arena, "%s%s", folder, e->d_name);
        if (!stamp || !may_be_ours(file, stamp, prefix + prefix_len) ||
            !read_origin(file, &c->arena, &o) || !is_raw(&o) || !str_eq(o.source, source))
            continue;
        first = first && strcmp(first, file) < 0 ? first : file;
        n++;
    }
    if (d)
        closedir(d);
    if (!n)
        return true;
    err_set(err, ERR_REFUSED, "%zu snapshot%s of %s in %s hold%s rows that are not masked: %s%s", n,
            n == 1 ? "" : "s", source, folder, n == 1 ? "s" : "", first,
            n > 1 ? " and later ones" : "");
    return err_hint(err,
                    "--drop-raw removes %s once the new snapshot is written; or move %s to "
                    "where nobody takes %s for masked",
                    n == 1 ? "it" : "them", n == 1 ? "it" : "them", n == 1 ? "it" : "them");
}

bool retention_drop_raw(struct cli *c, const char *newest, struct err *err)
{
    struct vec files = VEC_INIT(struct kept_file);
    bool ok = list_files(c, newest, &files, err);
    for (size_t i = 0; ok && i < files.len; i++) {
        const struct kept_file *f = &VEC_AT(&files, struct kept_file, i);
        if (!f->raw)
            continue;
        log_info("removing %s: its rows are not masked", f->path);
        if (unlink(f->path) != 0 && errno != ENOENT)
            ok = err_set(err, ERR_RUNTIME, "cannot remove %s, whose rows are not masked: %s",
                         f->path, strerror(errno));
    }
    vec_release(&files);
    return ok;
}

/* ---- what dead runs left ------------------------------------------------------------------- */

static bool is_snapshot_of(void *ctx, const char *name, size_t len)
{
    const char *prefix = ctx;
    size_t n = strlen(prefix);
    char whole[256];
    if (len >= sizeof(whole) || len != n + STAMP + strlen(ENDING))
        return false;
    memcpy(whole, name, len);
    whole[len] = '\0';
    return find_stamp(whole, prefix, n) != NULL;
}

void retention_sweep(struct cli *c, const char *folder, const struct place *from)
{
    char *prefix = arena_printf(&c->arena, "%s-", base_name(c, from));
    partial_sweep(folder, is_snapshot_of, prefix);
}
