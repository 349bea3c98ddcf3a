#include "cli.h"

#include <dbtwin/json.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/*
 * FOLDER/databases.json, beside the snapshots: which of them belong together
 * (dbtwin-snapshot(5)). It is written last, once each is whole, and by renaming: so it names the
 * last run of which nothing is missing.
 */
#define INDEX_NAME "databases.json"
enum { INDEX_FORMAT = 1, INDEX_MAX = 64 * 1024 * 1024 };

static const char *index_path(struct cli *c, const char *folder)
{
    return arena_printf(&c->arena, "%s%s" INDEX_NAME, folder, str_ends(folder, "/") ? "" : "/");
}

static const char *file_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* ---- writing ------------------------------------------------------------------------------- */

static bool write_index(struct cli *c, const struct place *from, const char *folder,
                        const struct sync_set *set, struct err *err)
{
    struct json *o = json_obj(), *list = json_arr();
    struct buf b = BUF_INIT;
    json_set(o, "dbtwin_set", json_int(INDEX_FORMAT));
    json_set(o, "source", json_str(from->e.label));
    for (size_t i = 0; i < set->n; i++) {
        const struct sync_member *m = &set->members[i];
        struct json *v = json_obj();
        json_set(v, "database", json_str(m->name));
        json_set(v, "file", json_str(file_of(m->target.path)));
        json_set(v, "taken_at", json_str(m->result.taken_at));
        json_set(v, "tables", json_int((int64_t)m->result.tables));
        json_set(v, "rows", json_int((int64_t)m->result.rows));
        json_push(list, v);
    }
    json_set(o, "databases", list);
    json_dump(o, 2, &b);
    buf_addch(&b, '\n');
    json_free(o);
    bool ok = output_write(index_path(c, folder), buf_slice(&b), err);
    buf_release(&b);
    return ok;
}

/* Two names may be one where a file cannot bear them as they are. */
static const char *path_for(struct cli *c, const char *folder, struct sync_set *set, size_t i)
{
    struct place p = {.e.label = set->members[i].name};
    const char *path = retention_path(c, folder, &p);
    for (size_t k = 0; k < i; k++)
        if (strcmp(set->members[k].target.path, path) == 0) {
            p.e.label = arena_printf(&c->arena, "%s.%zu", set->members[i].name, i);
            return retention_path(c, folder, &p);
        }
    return path;
}

/* Before the run raw snapshots are a reason to refuse it, or after it they are removed. */
static bool check_raw(struct cli *c, const struct sync_set *set, bool before, struct err *err)
{
    if (c->unmasked || !config_mask_rules(c->config) || c->drop_raw == before)
        return true;
    for (size_t i = 0; i < set->n; i++) {
        const struct sync_member *m = &set->members[i];
        if (!(before ? retention_raw(c, m->target.path, m->source.label, err)
                     : retention_drop_raw(c, m->target.path, err)))
            return false;
    }
    return true;
}

static bool apply_retention(struct cli *c, const struct sync_set *set, struct err *err)
{
    struct check_result r;
    for (size_t i = 0; i < set->n; i++) {
        const char *path = set->members[i].target.path;
        if ((c->keep_daily || c->keep_weekly || c->keep_monthly) &&
            !(check_snapshot(path, true, NULL, &c->arena, &r, err) &&
              retention_apply(c, path, err)))
            return false;
    }
    return true;
}

int set_snapshot(struct cli *c, const struct place *from, const char *folder,
                 struct sync_options *o, struct err *err)
{
    struct place to = {.kind = AT_ARCHIVE, .e = {.driver = &driver_archive}};
    struct sync_set set;
    if (!set_members(c, from, &to, &set, err))
        return -1;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        err_set(err, ERR_RUNTIME, "cannot create the folder %s: %s", folder, strerror(errno));
        return -1;
    }
    for (size_t i = 0; i < set.n; i++) {
        struct endpoint *e = &set.members[i].target;
        e->path = e->label = path_for(c, folder, &set, i);
    }
    if (!check_raw(c, &set, true, err))
        return -1;
    int code = set_copy(c, &set, o, err);
    if (code != 0)
        return code;
    return write_index(c, from, folder, &set, err) && check_raw(c, &set, false, err) &&
                   apply_retention(c, &set, err)
               ? 0
               : -1;
}

/* ---- reading ------------------------------------------------------------------------------- */

static bool read_file(const char *path, struct buf *ret, struct err *err)
{
    char block[8192];
    FILE *f = fopen(path, "re");
    if (!f) {
        err_set(err, ERR_USAGE, "cannot read %s: %s", path, strerror(errno));
        return err_hint(err, "snapshots of several databases are written by dbtwin snapshot "
                             "SOURCE --all-databases -o FOLDER/");
    }
    for (size_t n; ret->len < INDEX_MAX && (n = fread(block, 1, sizeof(block), f)) > 0;)
        buf_add(ret, block, n);
    bool good = !ferror(f) && ret->len < INDEX_MAX;
    fclose(f);
    return good || err_set(err, ERR_CORRUPT, "cannot read %s", path);
}

/* The index may come from anywhere: it names files of its own folder, and each database once. */
static bool take_entry(struct cli *c, const char *folder, const struct json *v, struct vec *names,
                       struct vec *files, struct err *err)
{
    const char *name = json_text(json_get(v, "database")), *file = json_text(json_get(v, "file"));
    if (!name || !*name || !file || !*file || *file == '.' || *file == '-' || strchr(file, '/'))
        return err_set(err, ERR_CORRUPT, "an entry has no database or no file in the folder");
    for (size_t i = 0; i < names->len; i++)
        if (strcmp(VEC_AT(names, const char *, i), name) == 0)
            return err_set(err, ERR_CORRUPT, "database \"%s\" is listed twice", name);
    VEC_PUSH(names, const char *, arena_strdup(&c->arena, name));
    VEC_PUSH(files, const char *,
             arena_printf(&c->arena, "%s%s%s", folder, str_ends(folder, "/") ? "" : "/", file));
    return true;
}

bool set_index(struct cli *c, const char *folder, struct vec *names, struct vec *files,
               struct err *err)
{
    const char *path = index_path(c, folder);
    struct buf text = BUF_INIT;
    int64_t format = 0;
    bool ok = read_file(path, &text, err);
    struct json *o = ok ? json_parse(buf_slice(&text), err) : NULL;
    const struct json *list = json_get(o, "databases");
    ok = o && ((json_number(json_get(o, "dbtwin_set"), &format) && format == INDEX_FORMAT &&
                json_len(list) > 0) ||
               err_set(err, ERR_CORRUPT, "not an index of snapshots that this dbtwin can read"));
    for (size_t i = 0; ok && i < json_len(list); i++)
        ok = take_entry(c, folder, json_at(list, i), names, files, err);
    json_free(o);
    buf_release(&text);
    return ok || err_context(err, "%s", path);
}
