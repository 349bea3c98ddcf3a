#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
 * A folder of snapshots, "<database>-<UTC time>.dbtwin" each. The newest good one is always kept.
 * Else, going back in time, the newest good one of each day (week, month) is kept until as many
 * days as were asked for have one. What is damaged counts for nothing, is named and stays: somebody
 * should look at it. Only files that bear such a name are ever removed.
 */
enum { STAMP = 16 }; /* 20261122T031500Z */
#define ENDING ".dbtwin"

struct kept_file {
    const char *path;
    const char *stamp; /* in path */
    bool checked, good, keep;
};

bool retention_is_folder(const char *path)
{
    struct stat st;
    return str_ends(path, "/") || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

/* The config's name, else the database's in the URL; what a file's name should not hold is "_". */
static const char *base_name(struct cli *c, const struct place *from)
{
    const char *label = from->e.label, *start = label;
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

const char *retention_path(struct cli *c, const char *folder, const struct place *from)
{
    char stamp[STAMP + 1];
    time_t now = time(NULL);
    struct tm t;
    gmtime_r(&now, &t);
    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &t);
    return arena_printf(&c->arena, "%s%s%s-%s" ENDING, folder, str_ends(folder, "/") ? "" : "/",
                        base_name(c, from), stamp);
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

static bool list_files(struct cli *c, const char *newest, struct vec *ret, struct err *err)
{
    const char *slash = strrchr(newest, '/');
    const char *prefix = slash + 1;
    size_t prefix_len = strlen(prefix) - STAMP - strlen(ENDING);
    const char *folder = arena_strndup(&c->arena, newest, (size_t)(slash - newest) + 1);
    DIR *d = opendir(folder);
    if (!d)
        return err_set(err, ERR_RUNTIME, "cannot read the folder %s: %s", folder, strerror(errno));
    for (struct dirent *e; (e = readdir(d));) {
        if (!find_stamp(e->d_name, prefix, prefix_len))
            continue;
        struct kept_file f = {.path = arena_printf(&c->arena, "%s%s", folder, e->d_name)};
        f.stamp = f.path + strlen(folder) + prefix_len;
        VEC_PUSH(ret, struct kept_file, f);
    }
    closedir(d);
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
    f->good = check_snapshot(f->path, false, &c->arena, &r, &why);
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
    for (size_t i = 0; i < files.len; i++) {
        struct kept_file *f = &VEC_AT(&files, struct kept_file, i);
        if (is_good(c, f)) {
            f->keep = true;
            break;
        }
    }
    for (size_t i = 0; ok && i < files.len; i++) {
        struct kept_file *f = &VEC_AT(&files, struct kept_file, i);
        if (f->keep || (f->checked && !f->good))
            continue;
        log_info("removing %s", f->path);
        if (unlink(f->path) != 0 && errno != ENOENT)
            ok = err_set(err, ERR_RUNTIME, "cannot remove %s: %s", f->path, strerror(errno));
    }
    vec_release(&files);
    return ok;
}
