#include "config_read.h"

#include <errno.h>
#include <string.h>

/*
 * The config and the files that it includes. An included file obeys the same rules as the first
 * one; each comes once, so that there are no circles, and nothing is read twice without notice.
 */
enum { MAX_FILES = 32, MAX_INCLUDES_DEEP = 8 };

static bool load(struct reading *r, const char *path, unsigned depth, struct err *err);

const char *config_file_beside(const struct reading *r, const char *path)
{
    const char *slash = strrchr(r->file->path, '/');
    if (*path == '/' || !slash)
        return path;
    return arena_printf(&r->c->arena, "%.*s%s", (int)(slash - r->file->path) + 1, r->file->path,
                        path);
}

static const struct config_file *loaded(const struct config *config, const struct stat *st)
{
    for (size_t i = 0; i < config->files.len; i++) {
        const struct config_file *f = VEC_AT(&config->files, struct config_file *, i);
        if (f->st.st_dev == st->st_dev && f->st.st_ino == st->st_ino)
            return f;
    }
    return NULL;
}

/* A pipe or a device would keep it waiting, or never end. */
static bool check_included(const struct reading *r, const yaml_node_t *n, const char *path,
                           unsigned depth, struct err *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return config_node_fail(r, n, err, "cannot include %s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return config_node_fail(r, n, err, "cannot include %s: it is no plain file", path);
    if (loaded(r->config, &st))
        return config_node_fail(r, n, err, "%s is included twice, or includes itself", path);
    if (depth >= MAX_INCLUDES_DEEP)
        return config_node_fail(r, n, err, "files are included more than %d deep",
                                MAX_INCLUDES_DEEP);
    return r->config->files.len < MAX_FILES ||
           config_node_fail(r, n, err, "more than %d files", MAX_FILES);
}

static bool include_one(struct reading *r, const yaml_node_t *n, unsigned depth, struct err *err)
{
    struct config_file *by = r->file;
    const char *path = NULL;
    if (!config_node_text(r, n, "include", &path, err) || !config_node_expand(r, n, &path, err))
        return false;
    if (!*path)
        return config_node_fail(r, n, err, "\"include\" names no file");
    path = config_file_beside(r, path);
    if (!check_included(r, n, path, depth, err) || !load(r, path, depth + 1, err))
        return false;
    r->file = by;
    return true;
}

static bool include_all(struct reading *r, unsigned depth, struct err *err)
{
    const yaml_node_t *root = yaml_document_get_root_node(&r->file->doc);
    const yaml_node_t *n = config_node_get(r->file, root, "include");
    if (!n)
        return true;
    if (n->type != YAML_SEQUENCE_NODE)
        return include_one(r, n, depth, err);
    for (yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++)
        if (!include_one(r, config_node_at(r, *i), depth, err))
            return false;
    return true;
}

static bool load(struct reading *r, const char *path, unsigned depth, struct err *err)
{
    struct config_file *f = arena_new(&r->c->arena, struct config_file);
    struct buf text = BUF_INIT;
    f->path = path;
    bool ok = config_yaml_read(path, &text, &f->st, err) &&
              config_yaml_load(path, buf_slice(&text), &f->doc, err);
    buf_release(&text);
    if (!ok)
        return false;
    VEC_PUSH(&r->config->files, struct config_file *, f);
    VEC_PUSH(&r->config->paths, const char *, path);
    r->file = f;
    const yaml_node_t *root = yaml_document_get_root_node(&f->doc);
    if (root && root->type != YAML_MAPPING_NODE)
        return config_node_fail(r, root, err, "the file must be a mapping with \"databases\"");
    return include_all(r, depth, err);
}

bool config_file_load(struct reading *r, const char *path, struct err *err)
{
    return load(r, path, 0, err);
}

void config_file_release(struct config *config)
{
    for (size_t i = 0; i < config->files.len; i++)
        yaml_document_delete(&VEC_AT(&config->files, struct config_file *, i)->doc);
    vec_reset(&config->files);
}
