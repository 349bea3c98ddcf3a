#include "sqltext.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- whether it is one ----------------------------------------------------------------------- */

static bool is_named_sql(const char *word)
{
    static const char *const endings[] = {".sql", ".sql.gz", ".sql.zst", NULL};
    for (const char *const *e = endings; *e; e++)
        if (str_ends(word, *e))
            return true;
    return false;
}

bool sqltext_is(struct cli *c, const char *word)
{
    struct stat st;
    if (config_find(c->config, word))
        return false;
    if (str_starts(word, "git:"))
        return true;
    if (strstr(word, "://"))
        return false;
    if (strcmp(word, "-") == 0)
        return place_is_text(word) || place_is_pg_dump(word);
    if (stat(word, &st) != 0)
        return false;
    if (S_ISDIR(st.st_mode) || is_named_sql(word))
        return true;
    return place_is_pg_dump(word) || (str_starts(word, "/dev/fd/") && place_is_text(word));
}

/* ---- reading --------------------------------------------------------------------------------- */

void sqltext_release(struct sqltext *t)
{
    vec_release(&t->files);
    arena_release(&t->arena);
}

bool sqltext_add(struct sqltext *t, const char *name, const char *path, const struct buf *b,
                 struct err *err)
{
    static const char bom[] = "\xEF\xBB\xBF";
    if (memchr(b->data, 0, b->len))
        return err_set(err, ERR_USAGE, "%s is not SQL: it holds zero bytes", name);
    t->bytes += b->len;
    if (t->bytes > SQLTEXT_MAX) {
        err_set(err, ERR_USAGE, "%s: SQL of more than 1 GB is not loaded", t->label);
        return err_hint(err, "dump the schema without rows: pg_dump --schema-only, mysqldump "
                             "--no-data");
    }
    const char *text = b->data + (str_starts(b->data, bom) ? strlen(bom) : 0);
    struct sqltext_file f = {.name = arena_strdup(&t->arena, name),
                             .path = arena_strdup(&t->arena, path),
                             .text = arena_strdup(&t->arena, text)};
    VEC_PUSH(&t->files, struct sqltext_file, f);
    return true;
}

static bool read_file(struct sqltext *t, const char *name, const char *path, struct err *err)
{
    bool own = strcmp(name, "-") != 0;
    struct stat st;
    int fd = own ? open(name, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (fd < 0 || fstat(fd, &st) != 0) {
        err_set(err, ERR_USAGE, "cannot read %s: %s", name, strerror(errno));
        if (own && fd >= 0)
            close(fd);
        return false;
    }
    bool ok = sqltext_file(t, path, own ? name : "standard input", fd, err);
    if (own)
        close(fd);
    return ok;
}

enum { DEEPEST = 32 };

/* Links to folders are not followed: they may lead round. */
static bool read_folder(struct sqltext *t, const char *folder, const char *path, unsigned depth,
                        struct err *err)
{
    DIR *dir = opendir(folder);
    bool ok = true;
    if (!dir)
        return err_set(err, ERR_USAGE, "cannot read %s: %s", folder, strerror(errno));
    for (struct dirent *e; ok && (e = readdir(dir));) {
        struct stat st;
        const char *name = arena_printf(&t->arena, "%s/%s", folder, e->d_name);
        const char *below = *path ? arena_printf(&t->arena, "%s/%s", path, e->d_name) : e->d_name;
        if (e->d_name[0] == '.' || lstat(name, &st) != 0)
            continue;
        if (log_cancelled())
            ok = err_set(err, ERR_INTERRUPTED, "interrupted");
        else if (S_ISDIR(st.st_mode))
            ok = depth == 0
                     ? err_set(err, ERR_USAGE, "%s: too many folders within one another", name)
                     : read_folder(t, name, below, depth - 1, err);
        else if (layout_wants(name) && stat(name, &st) == 0 && S_ISREG(st.st_mode))
            ok = read_file(t, name, below, err);
    }
    closedir(dir);
    return ok;
}

static bool arrange(struct sqltext *t, struct err *err)
{
    struct vec notes = VEC_INIT(const char *);
    bool ok = layout_arrange(&t->files, &t->arena, &notes, &t->retry, err);
    for (size_t i = 0; i < notes.len; i++)
        log_info("%s: %s", t->label, VEC_AT(&notes, const char *, i));
    vec_release(&notes);
    if (!ok || t->files.len)
        return ok;
    err_set(err, ERR_USAGE, "%s is a folder without SQL in it (no file *.sql)", t->label);
    return err_hint(err, "comparing nothing would prove nothing");
}

static const char *without_slash(struct arena *a, const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    return arena_strndup(a, path, n);
}

/* One file may have a part that goes back too. */
static bool arrange_one(struct sqltext *t, struct err *err)
{
    struct sqltext_file *f = &VEC_AT(&t->files, struct sqltext_file, 0);
    const char *path = f->path;
    f->path = "0.sql"; /* whatever its name is, it was asked for */
    bool ok = arrange(t, err);
    VEC_AT(&t->files, struct sqltext_file, 0).path = path;
    return ok;
}

bool sqltext_read(struct sqltext *t, struct cli *c, const char *word, struct err *err)
{
    struct stat st;
    bool ok;
    (void)c;
    *t = (struct sqltext){.label = word, .files = VEC_INIT(struct sqltext_file)};
    if (str_starts(word, "git:")) {
        ok = sqltext_git(t, word, err);
    } else if (stat(word, &st) == 0 && S_ISDIR(st.st_mode) && !sqltext_is_dump(word)) {
        t->folder = true;
        ok = read_folder(t, without_slash(&t->arena, word), "", DEEPEST, err);
    } else {
        if (strcmp(word, "-") == 0)
            t->label = "standard input";
        ok = read_file(t, word, word, err);
    }
    return ok && (t->folder ? arrange : arrange_one)(t, err);
}
