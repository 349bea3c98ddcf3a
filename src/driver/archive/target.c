#include "archive.h"

#include "compress_pool.h"

#include <string.h>

/* One table while it is written: its folder and how many members it has. */
struct folder {
    const char *path;
    uint32_t members;
    uint64_t rows;
    const struct object *table;
};

struct target {
    struct pack_writer *pack;
    struct arena arena;
    pthread_mutex_t lock; /* arena, folders, members; and the order of members in the file */
    const struct model *model;
    const char *masked; /* endpoint->masked */
    struct compress_pool pool;
    struct map by_table;
    struct vec folders; /* struct folder * */
    struct vec members; /* struct archive_member */
    uint64_t rows;
};

static bool write_rows(void *ctx, const struct compress_pool_member *m, struct err *err);

bool archive_target_open(const struct endpoint *e, const struct target_options *o,
                         struct target **ret, struct err *err)
{
    const char *compress = o && o->compress ? o->compress : "gzip";
    const struct pack_method *method;
    struct pack_writer *pack;
    int level;
    if (!pack_method_parse(compress, &method, &level, err) ||
        !pack_create(&pack, e->path, o && o->overwrite, err))
        return false;
    struct arena arena = ARENA_INIT;
    struct target *t = arena_new(&arena, struct target);
    t->arena = arena;
    t->pack = pack;
    t->masked = arena_strdup(&t->arena, o ? o->masked : NULL);
    pthread_mutex_init(&t->lock, NULL);
    vec_init(&t->folders, sizeof(struct folder *));
    vec_init(&t->members, sizeof(struct archive_member));
    if (!compress_pool_start(&t->pool, method, level, write_rows, err)) {
        archive_target_close(t);
        return false;
    }
    *ret = t;
    return true;
}

void archive_target_close(struct target *t)
{
    if (!t)
        return;
    compress_pool_end(&t->pool);
    if (t->pack)
        pack_abort(t->pack);
    map_release(&t->by_table);
    vec_release(&t->folders);
    vec_release(&t->members);
    pthread_mutex_destroy(&t->lock);
    struct arena arena = t->arena; /* t lives in it */
    arena_release(&arena);
}

/* A member that holds no rows. */
static bool write_plain(struct target *t, const char *name, struct slice text, struct err *err)
{
    struct archive_member m = {.name = name, .size = text.len};
    hash_sha256_hex(text.data, text.len, m.sha256);
    VEC_PUSH(&t->members, struct archive_member, m);
    return pack_write(t->pack, name, text, err);
}

static bool write_json(struct target *t, const char *name, const struct json *v, struct err *err)
{
    struct buf b = BUF_INIT;
    json_dump(v, 1, &b);
    buf_addch(&b, '\n');
    bool ok = write_plain(t, name, buf_slice(&b), err);
    buf_release(&b);
    return ok;
}

/* The least number that who reads the members must know. */
static int format_of(const struct target *t)
{
    return strcmp(t->pool.method->name, "gzip") == 0 ? ARCHIVE_FORMAT_GZIP : ARCHIVE_FORMAT;
}

static bool write_header(struct target *t, const struct model *m, struct err *err)
{
    struct json *h = json_obj();
    json_set(h, "dbtwin_snapshot", json_int(format_of(t)));
    json_set(h, "dbtwin", json_str(DBTWIN_VERSION));
    json_set(h, "engine",
             json_str(m->flavor == ENGINE_PG   ? "postgres"
                      : m->flavor == ENGINE_MA ? "mariadb"
                                               : "mysql"));
    json_set(h, "version", json_int(m->version));
    json_set(h, "server_version", json_str(m->server_version));
    json_set(h, "database", json_str(m->database));
    json_set(h, "server_id", json_str(m->server_id));
    json_set(h, "source", json_str(m->label));
    json_set(h, "taken_at", json_str(m->taken_at));
    if (t->masked)
        json_set(h, "masked", json_str(t->masked));
    bool ok = write_json(t, "dbtwin.json", h, err);
    json_free(h);
    return ok;
}

bool archive_target_prepare(struct target *t, const struct model *m, struct err *err)
{
    struct buf xml = BUF_INIT, gz = BUF_INIT;
    t->model = m;
    bool ok = write_header(t, m, err) && model_to_xml(m, &xml, err) &&
              pack_gzip(buf_slice(&xml), 1, &gz, err) &&
              write_plain(t, "model.xml.gz", buf_slice(&gz), err);
    buf_release(&xml);
    buf_release(&gz);
    return ok;
}

bool archive_target_session(struct target *t, struct session **ret, struct err *err)
{
    (void)err;
    struct arena arena = {.block_size = 1024};
    struct session *s = arena_new(&arena, struct session);
    s->arena = arena;
    s->target = t;
    *ret = s;
    return true;
}

/* ---- tables ------------------------------------------------------------------------------ */

/* A folder's name is for people: what could trouble a file system becomes "_". */
static const char *folder_name(struct target *t, const struct object *table)
{
    struct buf path = BUF_INIT, b = BUF_INIT;
    model_path(table, &path);
    buf_addf(&b, "data/%05zu-", t->folders.len + 1);
    for (size_t i = 0; i < path.len && i < 80; i++) {
        unsigned char c = (unsigned char)path.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || c == '_' || c == '-';
        buf_addch(&b, plain ? (char)c : '_');
    }
    const char *name = arena_strdup(&t->arena, b.data);
    buf_release(&path);
    buf_release(&b);
    return name;
}

/* Objects are named by their place in the frozen model, which a reader gets in the same order. */
static struct json *table_json(const struct projection *p)
{
    struct json *v = json_obj(), *columns = json_arr();
    struct buf path = BUF_INIT;
    model_path(p->table, &path);
    json_set(v, "kind", json_str(p->table->kind->name));
    json_set(v, "path", json_str(path.data));
    json_set(v, "object", json_int(p->table->id));
    for (uint32_t i = 0; i < p->n_columns; i++) {
        const struct object *o = p->columns[i].column;
        struct json *c = json_obj();
        json_set(c, "name", o ? json_str(o->name) : json_str(NULL));
        json_set(c, "object", json_int(o ? (int64_t)o->id : -1));
        json_push(columns, c);
    }
    json_set(v, "columns", columns);
    buf_release(&path);
    return v;
}

static bool folder_of_locked(struct target *t, const struct projection *p, struct folder **ret,
                             struct err *err)
{
    struct folder *f = map_get(&t->by_table, &p->table, sizeof(p->table));
    if (!f) {
        f = arena_new(&t->arena, struct folder);
        f->table = p->table;
        f->path = folder_name(t, p->table);
        map_put(&t->by_table, arena_memdup(&t->arena, &p->table, sizeof(p->table)),
                sizeof(p->table), f);
        VEC_PUSH(&t->folders, struct folder *, f);
        struct json *v = table_json(p);
        const char *name = arena_printf(&t->arena, "%s/table.json", f->path);
        bool ok = write_json(t, name, v, err);
        json_free(v);
        if (!ok)
            return false;
    }
    *ret = f;
    return true;
}

/* One load: the pool calls write_rows with it. */
struct loading {
    struct target *target;
    const struct projection *projection;
    uint64_t rows;
};

static bool write_rows(void *ctx, const struct compress_pool_member *rows, struct err *err)
{
    struct loading *l = ctx;
    struct target *t = l->target;
    struct archive_member m = {
        .data = true, .rows = rows->rows, .bytes = rows->bytes, .size = rows->packed.len};
    memcpy(m.sha256, rows->sha256, sizeof(m.sha256));
    pthread_mutex_lock(&t->lock);
    struct folder *f;
    bool ok = folder_of_locked(t, l->projection, &f, err);
    if (ok) {
        m.name =
            arena_printf(&t->arena, "%s/%06u.%s%s", f->path, ++f->members,
                         t->model->flavor == ENGINE_PG ? "copy" : "tsv", t->pool.method->suffix);
        ok = pack_write(t->pack, m.name, buf_slice(&rows->packed), err);
    }
    if (ok) {
        f->rows += m.rows;
        t->rows += m.rows;
        VEC_PUSH(&t->members, struct archive_member, m);
        l->rows += m.rows;
    }
    pthread_mutex_unlock(&t->lock);
    return ok;
}

/* Blocks hold whole rows (driver.h), and so do members. */
static bool compress_pool_blocks(struct compress_pool_line *line, struct reader *in,
                                 struct err *err)
{
    struct buf raw = BUF_INIT;
    struct slice block;
    int got;
    bool ok = true;
    while (ok && (got = reader_next(in, &block, err)) != 0) {
        ok = got > 0;
        if (ok && raw.len && raw.len + block.len > ARCHIVE_MEMBER_BYTES)
            ok = compress_pool_give(line, &raw, err);
        if (!ok)
            break;
        if (block.len > ARCHIVE_MEMBER_BYTES)
            ok = compress_pool_large(line, block, err);
        else
            buf_add(&raw, block.data, block.len);
    }
    if (ok && raw.len)
        ok = compress_pool_give(line, &raw, err);
    buf_release(&raw);
    return ok;
}

bool archive_load(struct session *s, const struct chunk *c, struct reader *in, uint64_t *ret_rows,
                  struct err *err)
{
    struct target *t = s->target;
    struct loading l = {.target = t, .projection = c->projection};
    struct err later = ERR_INIT;
    struct compress_pool_line line;
    compress_pool_begin(&t->pool, &line, &l);
    bool ok = compress_pool_blocks(&line, in, err);
    /* what was given must be out of the way, also when reading failed */
    ok = compress_pool_wait(&line, ok ? err : &later) && ok;
    if (ok && l.rows == 0) { /* an empty table is told from a forgotten one */
        struct folder *f;
        pthread_mutex_lock(&t->lock);
        ok = folder_of_locked(t, c->projection, &f, err);
        pthread_mutex_unlock(&t->lock);
    }
    if (ok)
        *ret_rows = l.rows;
    return ok;
}

/* ---- the manifest, last: without it a snapshot is not whole ------------------------------ */

static struct json *manifest_tables(const struct target *t)
{
    struct json *tables = json_arr();
    for (size_t i = 0; i < t->folders.len; i++) {
        const struct folder *f = VEC_AT(&t->folders, struct folder *, i);
        struct json *v = json_obj();
        struct buf path = BUF_INIT;
        model_path(f->table, &path);
        json_set(v, "path", json_str(path.data));
        json_set(v, "folder", json_str(f->path));
        json_set(v, "members", json_int(f->members));
        json_set(v, "rows", json_int((int64_t)f->rows));
        json_push(tables, v);
        buf_release(&path);
    }
    return tables;
}

static struct json *manifest_members(const struct target *t)
{
    struct json *members = json_arr();
    for (size_t i = 0; i < t->members.len; i++) {
        const struct archive_member *m = &VEC_AT(&t->members, struct archive_member, i);
        struct json *v = json_obj();
        json_set(v, "name", json_str(m->name));
        if (m->data) {
            json_set(v, "rows", json_int((int64_t)m->rows));
            json_set(v, "bytes", json_int((int64_t)m->bytes));
        }
        json_set(v, "size", json_int((int64_t)m->size));
        json_set(v, "sha256", json_str(m->sha256));
        json_push(members, v);
    }
    return members;
}

bool archive_target_publish(struct target *t, const struct mark *mark, struct err *err)
{
    struct json *v = json_obj();
    json_set(v, "dbtwin_snapshot", json_int(format_of(t)));
    json_set(v, "source", json_str(mark->source_label));
    json_set(v, "taken_at", json_str(mark->taken_at));
    if (mark->masked)
        json_set(v, "masked", json_str(mark->masked));
    if (mark->part)
        json_set(v, "part", json_str(mark->part));
    json_set(v, "rows", json_int((int64_t)t->rows));
    json_set(v, "tables", manifest_tables(t));
    json_set(v, "members", manifest_members(t));
    struct buf b = BUF_INIT;
    json_dump(v, 1, &b);
    archive_seal_add(&b);
    buf_addch(&b, '\n');
    bool ok = pack_write(t->pack, "manifest.json", buf_slice(&b), err);
    buf_release(&b);
    json_free(v);
    if (!ok)
        return false;
    struct pack_writer *w = t->pack;
    t->pack = NULL;
    return pack_finish(w, err);
}
