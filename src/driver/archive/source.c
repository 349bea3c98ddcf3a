#include "archive.h"

#include <dbtwin/log.h>

#include <string.h>

static bool corrupt(const struct session *s, struct err *err, const char *what)
{
    err_set(err, ERR_CORRUPT, "%s: %s", s->at.label, what);
    return err_hint(err, "the snapshot is damaged or was cut short; the target is as it was");
}

/* A file of members without end is no snapshot; what is known of each stays in memory. */
enum { MEMBERS_MAX = 4 << 20 };

/* 1, 0 or -1, as pack_next; the caller's buf is emptied first. */
static int next_member(struct session *s, const char **ret_name, struct buf *b, struct err *err)
{
    buf_reset(b);
    int got = pack_next(s->pack, ret_name, b, err);
    if (s->progress) {
        uint64_t done, all;
        pack_position(s->pack, &done, &all);
        __atomic_store_n(&s->progress->parts, all, __ATOMIC_RELAXED);
        __atomic_store_n(&s->progress->parts_done, done, __ATOMIC_RELAXED);
    }
    if (got == 1 && s->members++ == MEMBERS_MAX) {
        corrupt(s, err, "it has too many members");
        return -1;
    }
    if (got < 0) {
        err_context(err, "%s", s->at.label);
        if (err->cls == ERR_CORRUPT && !err->hint[0])
            err_hint(err, "the snapshot is damaged or was cut short; the target is as it was");
    }
    return got;
}

static bool is_data(const char *name)
{
    return str_starts(name, "data/") && !str_ends(name, "/table.json");
}

static struct archive_member *note_member(struct arena *a, struct vec *found, const char *name,
                                          const struct buf *b)
{
    struct archive_member *m = arena_new(a, struct archive_member);
    m->name = arena_strdup(a, name);
    m->size = b->len;
    m->data = is_data(name);
    hash_sha256_hex(b->data, b->len, m->sha256);
    VEC_PUSH(found, struct archive_member *, m);
    return m;
}

/* Whatever else it may be: a text, another archive, an empty file. */
static bool not_one(const struct session *s, struct err *err)
{
    if (err_is_set(err) && err->cls != ERR_CORRUPT)
        return false;
    err_clear(err);
    err_set(err, ERR_CORRUPT,
            s->pack && pack_is_empty(s->pack) ? "%s is empty" : "%s is not a dbtwin snapshot",
            s->at.label);
    return err_hint(
        err, "a file must be a snapshot (dbtwin snapshot -o) or a model (dbtwin inspect -o)");
}

static bool read_first(struct session *s, struct buf *b, struct err *err)
{
    const char *name;
    int got = pack_next(s->pack, &name, b, err);
    if (got != 1 || strcmp(name, "dbtwin.json") != 0)
        return false;
    note_member(&s->arena, &s->found, name, b);
    return true;
}

static bool read_header(struct session *s, struct buf *b, struct err *err)
{
    const char *name;
    int64_t format = 0;
    s->header = json_parse(buf_slice(b), err);
    if (!s->header)
        return err_context(err, "%s: dbtwin.json", s->at.label);
    if (!json_number(json_get(s->header, "dbtwin_snapshot"), &format) ||
        format < ARCHIVE_FORMAT_GZIP || format > ARCHIVE_FORMAT) {
        err_set(err, ERR_CORRUPT, "%s: format %lld is not one that this dbtwin reads (%d)",
                s->at.label, (long long)format, ARCHIVE_FORMAT);
        return err_hint(err, "was it written by a newer dbtwin? See dbtwin --version");
    }
    int got = next_member(s, &name, &s->model_gz, err);
    if (got < 0)
        return false;
    if (got == 0 || strcmp(name, "model.xml.gz") != 0)
        return corrupt(s, err, "the model is missing");
    note_member(&s->arena, &s->found, name, &s->model_gz);
    return true;
}

bool archive_open(const struct endpoint *e, enum driver_role role, const struct source_options *o,
                  struct session **ret, struct err *err)
{
    if (role != DRIVER_SOURCE)
        return err_set(err, ERR_RUNTIME, "an archive is not changed in place");
    struct arena arena = ARENA_INIT;
    struct session *s = arena_new(&arena, struct session);
    struct buf b = BUF_INIT;
    s->arena = arena;
    s->at = *e;
    s->count = o && o->count;
    s->progress = o ? o->progress : NULL;
    buf_init(&s->model_gz);
    buf_init(&s->manifest);
    vec_init(&s->found, sizeof(struct archive_member *));
    pthread_mutex_init(&s->lock, NULL);
    bool ok = pack_open(&s->pack, e->path, err);
    ok = (ok && read_first(s, &b, err)) || not_one(s, err);
    ok = ok && read_header(s, &b, err);
    buf_release(&b);
    if (!ok) {
        archive_close(s);
        return false;
    }
    *ret = s;
    return true;
}

void archive_close(struct session *s)
{
    if (!s)
        return;
    if (!s->target) {
        if (s->pack)
            pack_close(s->pack);
        json_free(s->header);
        buf_release(&s->model_gz);
        buf_release(&s->manifest);
        vec_release(&s->found);
        map_release(&s->tables);
        pthread_mutex_destroy(&s->lock);
    }
    struct arena arena = s->arena; /* s lives in it */
    arena_release(&arena);
}

bool archive_facts(struct session *s, struct arena *a, struct server_facts *ret, struct err *err)
{
    (void)err;
    const char *id = json_text(json_get(s->header, "server_id")); /* of what it is a snapshot of */
    struct server_facts f = {.server_id = id ? arena_strdup(a, id) : "archive"};
    f.source = arena_strdup(a, json_text(json_get(s->header, "source")));
    f.server_version = arena_strdup(a, json_text(json_get(s->header, "server_version")));
    f.database = arena_strdup(a, json_text(json_get(s->header, "database")));
    f.masked = arena_strdup(a, json_text(json_get(s->header, "masked")));
    *ret = f;
    return true;
}

struct model_text {
    struct reader *in;
    uint64_t bytes;
};

static int next_text(void *ctx, struct slice *ret, struct err *err)
{
    struct model_text *t = ctx;
    int got = reader_next(t->in, ret, err);
    t->bytes += got == 1 ? ret->len : 0;
    if (got != 1 || t->bytes <= PACK_MODEL_MAX)
        return got;
    err_set(err, ERR_CORRUPT, "the schema is too large");
    return -1;
}

bool archive_introspect(struct session *s, struct model *m, struct err *err)
{
    struct model_text t = {.in = reader_gunzip(reader_memory(s->model_gz.data, s->model_gz.len))};
    bool ok = model_read_xml(m, next_text, &t, err);
    reader_close(t.in);
    if (!ok)
        return err_context(err, "%s: model.xml.gz", s->at.label);
    s->model = m;
    s->objects = m->objects;
    s->n_objects = m->n_objects;
    return true;
}

/* ---- the manifest ------------------------------------------------------------------------ */

static bool member_agrees(const struct archive_member *m, const struct json *v)
{
    int64_t size = -1;
    return str_eq(m->name, json_text(json_get(v, "name"))) &&
           json_number(json_get(v, "size"), &size) && (uint64_t)size == m->size &&
           str_eq(m->sha256, json_text(json_get(v, "sha256")));
}

/* What was found, member by member, is what the manifest says: nothing lost, nothing altered. */
static bool check_manifest(struct session *s, struct slice text, const struct vec *found,
                           struct err *err)
{
    if (!archive_seal_holds(text))
        return corrupt(s, err, "the manifest is damaged");
    struct json *v = json_parse(text, err);
    if (!v)
        return err_context(err, "%s: manifest.json", s->at.label);
    const struct json *members = json_get(v, "members");
    bool ok = json_len(members) == found->len ||
              corrupt(s, err, "members are missing, by the manifest's count");
    for (size_t i = 0; ok && i < found->len; i++) {
        struct archive_member *m = VEC_AT(found, struct archive_member *, i);
        const struct json *listed = json_at(members, i);
        int64_t rows = -1, bytes = -1;
        if (!member_agrees(m, listed)) {
            err_set(err, ERR_CORRUPT, "%s: member %s does not match the manifest", s->at.label,
                    m->name);
            ok = err_hint(err, "the snapshot is damaged; the target is as it was");
        } else if (!m->data || (json_number(json_get(listed, "rows"), &rows) &&
                                json_number(json_get(listed, "bytes"), &bytes))) {
            if (m->read && (m->rows != (uint64_t)rows || m->bytes != (uint64_t)bytes))
                ok = corrupt(s, err, "rows are missing, by the manifest's count");
        } else {
            ok = corrupt(s, err, "the manifest is incomplete");
        }
    }
    json_free(v);
    return ok;
}

/* A file that can be read twice is read once only to see that it is whole. */
static bool check_whole(struct session *s, struct err *err)
{
    struct session again = {.at = s->at};
    struct vec found = VEC_INIT(struct archive_member *);
    struct buf b = BUF_INIT, manifest = BUF_INIT;
    const char *name;
    int got = -1;
    arena_init(&again.arena);
    if (pack_open(&again.pack, s->at.path, err)) {
        while ((got = next_member(&again, &name, &b, err)) == 1) {
            buf_reset(&manifest);
            if (strcmp(name, "manifest.json") == 0)
                buf_add(&manifest, b.data, b.len);
            else
                note_member(&again.arena, &found, name, &b);
            if (log_cancelled()) {
                err_set(err, ERR_INTERRUPTED, "interrupted; the target is as it was");
                got = -1;
                break;
            }
        }
        pack_close(again.pack);
    }
    bool ok = got == 0;
    if (ok && manifest.len == 0)
        ok = corrupt(s, err, "the manifest is missing: the snapshot was cut short");
    if (ok)
        ok = check_manifest(s, buf_slice(&manifest), &found, err);
    if (ok)
        hash_sha256_hex(manifest.data, manifest.len, s->identity);
    buf_release(&b);
    buf_release(&manifest);
    vec_release(&found);
    arena_release(&again.arena);
    return ok;
}

bool archive_snapshot(struct session *const *sessions, unsigned n, struct arena *a,
                      struct snapshot_info *ret, struct err *err)
{
    struct session *s = sessions[0];
    (void)n;
    if (pack_is_seekable(s->pack) && !check_whole(s, err))
        return false;
    struct snapshot_info i = {.unknown = "what comes through a pipe is known only at its end"};
    if (s->identity[0])
        i.identity = arena_strdup(a, s->identity);
    i.taken_at = arena_strdup(a, json_text(json_get(s->header, "taken_at")));
    *ret = i;
    return true;
}

/* ---- chunks in the file's order ---------------------------------------------------------- */

static const struct object *object_at(const struct session *s, const struct json *v)
{
    int64_t id;
    if (!json_number(v, &id) || id < 0 || id >= (int64_t)s->n_objects)
        return NULL;
    return s->objects[id];
}

static bool begin_table(struct session *s, const char *name, const struct buf *b, struct err *err)
{
    struct json *v = json_parse(buf_slice(b), err);
    if (!v)
        return err_context(err, "%s: %s", s->at.label, name);
    struct projection *p = arena_new(&s->arena, struct projection);
    const struct json *columns = json_get(v, "columns");
    p->table = object_at(s, json_get(v, "object"));
    p->n_columns = (uint32_t)json_len(columns);
    p->columns = arena_calloc(&s->arena, sizeof(*p->columns) * (p->n_columns + 1));
    bool ok = p->table && str_eq(p->table->kind->name, json_text(json_get(v, "kind")));
    for (uint32_t i = 0; ok && i < p->n_columns; i++) {
        int64_t id = -1;
        const struct json *object = json_get(json_at(columns, i), "object");
        p->columns[i].column = object_at(s, object);
        ok = p->columns[i].column || (json_number(object, &id) && id == -1);
    }
    json_free(v);
    if (!ok)
        return corrupt(s, err, "a table's description does not fit the model");
    s->projection = p;
    s->folder = arena_strndup(&s->arena, name, strlen(name) - strlen("table.json"));
    return true;
}

/* Members of several tables may alternate, because workers write at once. */
static bool find_table(struct session *s, const char *name, struct err *err)
{
    const char *slash = strrchr(name, '/');
    size_t len = slash ? (size_t)(slash - name) + 1 : 0;
    struct projection *p = map_get(&s->tables, name, len);
    if (!p)
        return corrupt(s, err, "rows come before their table's description");
    s->projection = p;
    return true;
}

static int take_data(struct session *s, const char *name, struct buf *b, struct chunk *ret,
                     struct err *err)
{
    if (!find_table(s, name, err))
        return -1;
    struct archive_member *m = note_member(&s->arena, &s->found, name, b);
    struct chunk c = {.projection = s->projection, .number = (uint32_t)(s->found.len - 1)};
    c.range = m->name;
    c.bytes = m->size;
    c.payload = buf_new(b);
    *ret = c;
    return 1;
}

/* Behind the manifest comes nothing but the container's own end. */
static bool take_manifest(struct session *s, struct buf *b, struct err *err)
{
    const char *name;
    if (!check_manifest(s, buf_slice(b), &s->found, err))
        return false;
    buf_add(&s->manifest, b->data, b->len); /* source_done looks once more */
    int got = next_member(s, &name, b, err);
    if (got == 1)
        return corrupt(s, err, "something follows the manifest");
    s->ended = got == 0;
    return s->ended;
}

static int next_locked(struct session *s, struct chunk *ret, struct err *err)
{
    struct buf b = BUF_INIT;
    const char *name;
    int got = 0, result = 0;
    while (!s->ended && result == 0 && (got = next_member(s, &name, &b, err)) == 1) {
        if (strcmp(name, "manifest.json") == 0) {
            result = take_manifest(s, &b, err) ? 0 : -1;
        } else if (str_starts(name, "data/") && str_ends(name, "/table.json")) {
            note_member(&s->arena, &s->found, name, &b);
            if (begin_table(s, name, &b, err))
                map_put(&s->tables, s->folder, strlen(s->folder), s->projection);
            else
                result = -1;
        } else if (is_data(name)) {
            result = take_data(s, name, &b, ret, err);
        } else {
            note_member(&s->arena, &s->found, name, &b);
        }
    }
    buf_release(&b);
    if (got < 0)
        return -1;
    if (result == 0 && !s->ended) {
        corrupt(s, err, "the manifest is missing: the snapshot was cut short");
        return -1;
    }
    return result;
}

int archive_next_chunk(struct session *s, struct chunk *ret, struct err *err)
{
    pthread_mutex_lock(&s->lock);
    int got = s->model ? next_locked(s, ret, err) : -1;
    pthread_mutex_unlock(&s->lock);
    return got;
}

/* All rows that the manifest promises came out of the members. */
bool archive_source_done(struct session *s, struct err *err)
{
    if (!s->ended)
        return corrupt(s, err, "the snapshot was not read to its end");
    return check_manifest(s, buf_slice(&s->manifest), &s->found, err);
}

/* ---- rows -------------------------------------------------------------------------------- */

struct member_reader {
    struct reader base;
    struct arena arena; /* where this lives */
    struct buf raw;
    bool given;
};

static int member_next(struct reader *r, struct slice *ret, struct err *err)
{
    (void)err;
    struct member_reader *m = (struct member_reader *)r;
    if (m->given || m->raw.len == 0)
        return 0;
    m->given = true;
    *ret = buf_slice(&m->raw);
    return 1;
}

static void member_close(struct reader *r)
{
    struct member_reader *m = (struct member_reader *)r;
    struct arena arena = m->arena;
    buf_release(&m->raw);
    arena_release(&arena);
}

static const struct reader_ops member_ops = {member_next, member_close};

static void note_read(struct session *s, const struct chunk *c, uint64_t rows, uint64_t bytes)
{
    pthread_mutex_lock(&s->lock);
    struct archive_member *found = VEC_AT(&s->found, struct archive_member *, c->number);
    found->rows = rows;
    found->bytes = bytes;
    found->read = true;
    pthread_mutex_unlock(&s->lock);
}

/* ---- rows piece by piece, so that memory stays small ------------------------------------------
 */

struct counter {
    struct reader base;
    struct arena arena; /* where this lives */
    struct session *s;
    const struct chunk *c;
    struct reader *in;
    uint64_t rows, bytes;
};

static int counter_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct counter *n = (struct counter *)r;
    int got = log_cancelled() ? -1 : reader_next(n->in, ret, err);
    if (log_cancelled())
        err_set(err, ERR_INTERRUPTED, "interrupted");
    else if (got < 0)
        err_context(err, "%s: %s", n->s->at.label, n->c->range);
    if (got == 1) {
        n->rows += str_newlines(*ret);
        n->bytes += ret->len;
    } else if (got == 0) {
        note_read(n->s, n->c, n->rows, n->bytes);
    }
    return got;
}

static void counter_close(struct reader *r)
{
    struct counter *n = (struct counter *)r;
    struct arena arena = n->arena;
    reader_close(n->in);
    arena_release(&arena);
}

static const struct reader_ops counter_ops = {counter_next, counter_close};

/* Of whole rows, unless they are only counted. */
static struct reader *counting(struct session *s, const struct chunk *c)
{
    struct reader *in = reader_memory(c->payload->data, c->payload->len);
    struct arena arena = {.block_size = 256};
    struct counter *n = arena_new(&arena, struct counter);
    n->arena = arena;
    n->base.ops = &counter_ops;
    n->s = s;
    n->c = c;
    in = pack_method_of(c->range)->unfold(in);
    n->in = s->count ? in : reader_rows(in, PACK_ROWS_MAX);
    return &n->base;
}

/* A member that is larger than those written here (one row may be) is read piece by piece, which
 * takes longer; and so is one that is only counted, whatever it says of its size. */
enum { WHOLE_MAX = 16 << 20 };

bool archive_scan(struct session *s, const struct chunk *c, struct reader **ret, struct err *err)
{
    const struct pack_method *method = pack_method_of(c->range);
    uint64_t size = 0;
    if (s->count || !method->size(buf_slice(c->payload), &size) || size > WHOLE_MAX) {
        *ret = counting(s, c);
        return true;
    }
    struct arena arena = {.block_size = 256};
    struct member_reader *m = arena_new(&arena, struct member_reader);
    m->arena = arena;
    m->base.ops = &member_ops;
    buf_init(&m->raw);
    if (!method->expand(buf_slice(c->payload), &m->raw, err)) {
        member_close(&m->base);
        return err_context(err, "%s: %s", s->at.label, c->range);
    }
    note_read(s, c, str_newlines(buf_slice(&m->raw)), m->raw.len);
    *ret = &m->base;
    return true;
}
