#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* First in each file of a folder: what dbtwin may remove again. */
#define MARKER "-- written by dbtwin inspect"

static bool make_plan(const struct model *m, struct plan *ret, struct err *err)
{
    static const char *const without[] = {PLAN_UNPROVEN, NULL};
    struct plan_options o = {.without = without,
                             .owners = true,
                             .grants = true,
                             .acting = ~0u,
                             .target_database = m->database,
                             .target_version = m->version,
                             .target_flavor = m->flavor};
    return plan_create(ret, m, &o, err);
}

static bool is_missing(const struct plan *p)
{
    bool missing = p->refusals.len || p->left_out.len;
    for (size_t i = 0; i < p->neutralised.len; i++)
        missing |= VEC_AT(&p->neutralised, struct neutralised, i).what != NEUTRAL_TOLD;
    return missing;
}

/* ---- a folder -------------------------------------------------------------------------------- */

struct folder {
    const char *path;
    struct arena arena;
    struct map written; /* the files' paths → themselves */
};

static bool make_folder(const char *path, struct err *err)
{
    struct stat st;
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        return true;
    return err_set(err, ERR_RUNTIME, "cannot make the folder %s: %s", path,
                   strerror(errno == EEXIST ? ENOTDIR : errno));
}

enum { NAME_LONGEST = 200 };

/* What no file system takes otherwise than it is; a long name ends in its hash. */
static void add_name(const char *text, struct buf *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-(),";
    size_t start = out->len;
    for (const char *p = text; *p; p++) {
        if (strchr(plain, *p) && !(p == text && *p == '.'))
            buf_addch(out, *p);
        else
            buf_addf(out, "%%%02X", (unsigned char)*p);
    }
    if (out->len - start > NAME_LONGEST) {
        buf_setlen(out, start + NAME_LONGEST);
        buf_addf(out, "-%016llx", (unsigned long long)hash_bytes64(text, strlen(text)));
    }
}

static bool write_object(struct folder *f, const struct plan *p, unsigned flavor,
                         const struct object *top, struct err *err)
{
    struct buf path = BUF_INIT, text = BUF_INIT;
    buf_addf(&path, "%s/%s", f->path, top->kind->name);
    bool ok = make_folder(path.data, err);
    buf_addch(&path, '/');
    add_name(model_path_text(top, &f->arena), &path);
    buf_adds(&path, ".sql");
    const char *kept = arena_strdup(&f->arena, path.data);
    map_put(&f->written, kept, strlen(kept), (void *)(uintptr_t)kept);
    buf_adds(&text, MARKER "\n");
    ok = ok && plan_print_schema(p, flavor, top, &text, err) &&
         output_write(path.data, buf_slice(&text), err);
    buf_release(&path);
    buf_release(&text);
    return ok;
}

static bool is_ours(const char *path)
{
    char start[sizeof(MARKER)] = "";
    FILE *file = fopen(path, "re");
    size_t n = file ? fread(start, 1, sizeof(MARKER) - 1, file) : 0;
    if (file)
        fclose(file);
    return n == sizeof(MARKER) - 1 && strcmp(start, MARKER) == 0;
}

/* Of objects that are gone. */
static void sweep_kind(struct folder *f, const char *kind)
{
    const char *path = arena_printf(&f->arena, "%s/%s", f->path, kind);
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        const char *file = arena_printf(&f->arena, "%s/%s", path, e->d_name);
        if (str_ends(file, ".sql") && !map_get(&f->written, file, strlen(file)) && is_ours(file) &&
            unlink(file) == 0)
            log_info("%s: removed, the object is gone", file);
    }
    if (dir)
        closedir(dir);
    rmdir(path); /* if nothing is left in it */
}

static bool write_folder(const struct model *m, const struct plan *p, const char *path,
                         struct err *err)
{
    struct folder f = {.arena = ARENA_INIT, .written = MAP_INIT};
    size_t n = strlen(path);
    struct map done = MAP_INIT;
    while (n > 1 && path[n - 1] == '/')
        n--;
    f.path = arena_strndup(&f.arena, path, n);
    bool ok = make_folder(f.path, err);
    for (size_t i = 0; ok && i < p->steps.len; i++) {
        const struct object *top = model_top(VEC_AT(&p->steps, struct step, i).object);
        if (map_get(&done, &top, sizeof(top)))
            continue;
        map_put(&done, &top, sizeof(top), (void *)(uintptr_t)top);
        ok = write_object(&f, p, m->flavor, top, err);
    }
    for (size_t k = 0; ok && k < K_COUNT; k++)
        sweep_kind(&f, kinds[k].name);
    map_release(&done);
    map_release(&f.written);
    arena_release(&f.arena);
    return ok;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
    struct stat st;
    return str_ends(path, "/") || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

bool inspect_sql(const struct model *m, const char *path, bool *ret_missing, struct err *err)
{
    struct plan p;
    struct buf out = BUF_INIT;
    if (!make_plan(m, &p, err))
        return false;
    *ret_missing = is_missing(&p);
    bool ok = is_folder(path) ? write_folder(m, &p, path, err)
                              : plan_print_schema(&p, m->flavor, NULL, &out, err) &&
                                    output_write(path, buf_slice(&out), err);
    buf_release(&out);
    plan_release(&p);
    return ok;
}
