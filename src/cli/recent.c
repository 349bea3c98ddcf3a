#include "recent.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATHS_MAX = 20000, BYTES_MAX = 2 << 20 };

/* NULL: nowhere to keep it. The folder is made if `make`. */
static const char *file_path(struct cli *c, bool make)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && *cache == '/')
        cache = arena_strdup(&c->arena, cache);
    else if (home && *home == '/')
        cache = arena_printf(&c->arena, "%s/.cache", home);
    else
        return NULL;
    const char *folder = arena_printf(&c->arena, "%s/dbtwin", cache);
    if (make) {
        mkdir(cache, 0700);
        mkdir(folder, 0700);
    }
    return arena_printf(&c->arena, "%s/paths", folder);
}

/* What a shell's line would need quotes for is not offered. */
static bool is_plain(const char *path)
{
    for (const unsigned char *p = (const unsigned char *)path; *p; p++)
        if (*p <= ' ' || *p == 0x7f || strchr("\"'\\`$&|;<>()*?[]{}!#~", *p))
            return false;
    return *path != '\0';
}

static void add_paths(const struct model *m, struct buf *out)
{
    struct buf path = BUF_INIT;
    unsigned n = 0;
    for (uint32_t i = 0; i < m->n_objects && n < PATHS_MAX && out->len < BYTES_MAX; i++) {
        const struct object *o = m->objects[i];
        bool schema = o->kind->id == K_SCHEMA;
        bool relation = o->kind->id == K_TABLE || o->kind->id == K_VIEW ||
                        o->kind->id == K_MATERIALIZED_VIEW || o->kind->id == K_SEQUENCE;
        if (!schema && !relation)
            continue;
        buf_reset(&path);
        model_path(o, &path);
        if (!is_plain(path.data))
            continue;
        buf_addf(out, "%c %s\n", schema ? 's' : 't', path.data);
        n++;
    }
    buf_release(&path);
}

void recent_note(struct cli *c, const struct model *m)
{
    struct buf out = BUF_INIT;
    struct output_file o;
    struct err ignored = ERR_INIT;
    const char *path = isatty(STDOUT_FILENO) ? file_path(c, true) : NULL;
    if (!path)
        return;
    add_paths(m, &out);
    mode_t was = umask(077);
    if (output_open(&o, path, &ignored)) {
        bool good = output_add(&o, buf_slice(&out), &ignored);
        output_close(&o, good, &ignored);
    }
    umask(was);
    if (err_is_set(&ignored))
        log_debug("names for completion are not kept: %s", ignored.msg);
    buf_release(&out);
}

void recent_each(struct cli *c, recent_fn *fn, void *ctx)
{
    const char *path = file_path(c, false);
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW) : -1;
    struct stat st;
    if (fd < 0)
        return;
    bool ours = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
                st.st_size <= 2 * BYTES_MAX;
    char *text = arena_alloc(&c->arena, ours ? (size_t)st.st_size + 1 : 1);
    ssize_t n = ours ? read(fd, text, (size_t)st.st_size) : 0;
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    for (char *p = text, *end; (end = strchr(p, '\n')); p = end + 1) {
        *end = '\0';
        if ((p[0] == 's' || p[0] == 't') && p[1] == ' ' && is_plain(p + 2))
            fn(ctx, p[0] == 's', p + 2);
    }
}
