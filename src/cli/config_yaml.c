#include "config_yaml.h"

#include <dbtwin/log.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/*
 * libyaml looks an anchor up among all anchors, and follows an alias to itself, so the file's
 * events are counted before a document is made of them. Each pass hears an interrupt.
 */
enum { MAX_BYTES = 4 << 20, MAX_ALIASES = 1000, MAX_DEPTH = 32, MAX_NODES = 1000000 };

struct source {
    const char *path;
    struct slice text;
    size_t at;
};

static bool fail(const char *path, const yaml_mark_t *at, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
static bool fail(const char *path, const yaml_mark_t *at, struct err *err, const char *fmt, ...)
{
    struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    err_set(err, ERR_USAGE, "%s:%zu:%zu: %s", path, at->line + 1, at->column + 1, b.data);
    buf_release(&b);
    return err_hint(err, "dbtwin.conf(5) describes the file");
}

static bool interrupted(const char *path, struct err *err)
{
    return err_set(err, ERR_INTERRUPTED, "interrupted while reading %s", path);
}

/* ---- bytes --------------------------------------------------------------------------------- */

static bool unreadable(const char *path, int code, struct err *err)
{
    if (log_cancelled())
        return interrupted(path, err);
    err_set(err, ERR_USAGE, "cannot read the config %s: %s", path, strerror(code));
    return err_hint(err, "dbtwin.conf(5) describes the file");
}

bool config_yaml_read(const char *path, struct buf *ret, struct stat *ret_st, struct err *err)
{
    char block[65536];
    ssize_t n = 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return unreadable(path, errno, err);
    bool ok = fstat(fd, ret_st) == 0 || unreadable(path, errno, err);
    while (ok && n != 0) {
        n = log_cancelled() ? -1 : read(fd, block, sizeof(block));
        if (log_cancelled())
            ok = interrupted(path, err);
        else if (n < 0 && errno != EINTR)
            ok = unreadable(path, errno, err);
        else if (n > 0)
            buf_add(ret, block, (size_t)n);
        if (ok && ret->len > MAX_BYTES) {
            ok = err_set(err, ERR_USAGE, "the config %s is larger than %d MB", path,
                         MAX_BYTES >> 20);
            err_hint(err, "is it the right file? dbtwin.conf(5) describes it");
        }
    }
    close(fd);
    return ok;
}

static int give(void *ctx, unsigned char *block, size_t room, size_t *ret)
{
    struct source *s = ctx;
    size_t left = s->text.len - s->at;
    if (log_cancelled())
        return 0;
    *ret = left < room ? left : room;
    memcpy(block, s->text.data + s->at, *ret);
    s->at += *ret;
    return 1;
}

static void begin(yaml_parser_t *parser, struct source *s)
{
    if (!yaml_parser_initialize(parser))
        base_oom();
    s->at = 0;
    yaml_parser_set_input(parser, give, s);
}

static bool bad_yaml(const yaml_parser_t *parser, const char *path, struct err *err)
{
    if (log_cancelled())
        return interrupted(path, err);
    return fail(path, &parser->problem_mark, err, "%s",
                parser->problem ? parser->problem : "bad YAML");
}

/* ---- events: how much there is -------------------------------------------------------------- */

struct counts {
    size_t documents, aliases, depth;
    yaml_mark_t first;
};

static bool count(struct counts *n, const yaml_event_t *e, const char *path, struct err *err)
{
    const yaml_mark_t *at = &e->start_mark;
    const yaml_char_t *anchor = NULL;
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (n->documents++)
            return fail(path, at, err,
                        "a second document begins here, the first one in line %zu: the file "
                        "must be one document",
                        n->first.line + 1);
        n->first = *at;
        return true;
    case YAML_ALIAS_EVENT:
        anchor = e->data.alias.anchor;
        break;
    case YAML_SCALAR_EVENT:
        anchor = e->data.scalar.anchor;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = e->data.sequence_start.anchor;
        n->depth++;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = e->data.mapping_start.anchor;
        n->depth++;
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        n->depth--;
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    n->aliases += anchor != NULL;
    if (n->aliases > MAX_ALIASES)
        return fail(path, at, err, "more than %d anchors and aliases", MAX_ALIASES);
    return n->depth <= MAX_DEPTH || fail(path, at, err, "nested deeper than %d levels", MAX_DEPTH);
}

static bool count_events(struct source *s, struct err *err)
{
    struct counts n = {0};
    yaml_parser_t parser;
    bool ok = true, ended = false;
    begin(&parser, s);
    while (ok && !ended) {
        yaml_event_t e;
        if (!yaml_parser_parse(&parser, &e)) {
            ok = bad_yaml(&parser, s->path, err);
            break;
        }
        ended = e.type == YAML_STREAM_END_EVENT;
        ok = count(&n, &e, s->path, err);
        if (ok && log_cancelled())
            ok = interrupted(s->path, err);
        yaml_event_delete(&e);
    }
    yaml_parser_delete(&parser);
    return ok;
}

/* ---- the document: what would be read twice, or not at all --------------------------------- */

struct walk {
    const char *path;
    yaml_document_t *doc;
    const yaml_node_t *above[MAX_DEPTH + 2]; /* the nodes that the present one is in */
    size_t depth, nodes;
};

static bool walk_node(struct walk *w, int number, struct err *err);

static bool check_key(struct walk *w, struct map *keys, const yaml_node_t *k, struct err *err)
{
    if (k->type != YAML_SCALAR_NODE)
        return true; /* its reader wants a single value */
    const char *key = (const char *)k->data.scalar.value;
    size_t len = k->data.scalar.length;
    if (len == 2 && memcmp(key, "<<", 2) == 0)
        return fail(w->path, &k->start_mark, err,
                    "merge keys (<<) are not supported: write the keys out");
    const yaml_node_t *first = map_get(keys, key, len);
    if (first)
        return fail(w->path, &k->start_mark, err,
                    "\"%.*s\" is given twice, the first time in line %zu",
                    len > 200 ? 200 : (int)len, key, first->start_mark.line + 1);
    map_put(keys, key, len, (void *)(uintptr_t)k);
    return true;
}

static bool walk_mapping(struct walk *w, const yaml_node_t *n, struct err *err)
{
    struct map keys = MAP_INIT;
    bool ok = true;
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; ok && p < n->data.mapping.pairs.top;
         p++)
        ok = walk_node(w, p->key, err) &&
             check_key(w, &keys, yaml_document_get_node(w->doc, p->key), err) &&
             walk_node(w, p->value, err);
    map_release(&keys);
    return ok;
}

static bool walk_inside(struct walk *w, const yaml_node_t *n, struct err *err)
{
    bool ok = true;
    for (size_t i = 0; i < w->depth; i++)
        if (w->above[i] == n)
            return fail(w->path, &n->start_mark, err,
                        "an alias inside refers to this value itself, which would never end");
    if (w->depth == ARRAY_LEN(w->above))
        return fail(w->path, &n->start_mark, err, "nested deeper than %d levels", MAX_DEPTH);
    w->above[w->depth++] = n;
    if (n->type == YAML_MAPPING_NODE)
        ok = walk_mapping(w, n, err);
    else
        for (yaml_node_item_t *i = n->data.sequence.items.start;
             ok && i < n->data.sequence.items.top; i++)
            ok = walk_node(w, *i, err);
    w->depth--;
    return ok;
}

static bool walk_node(struct walk *w, int number, struct err *err)
{
    const yaml_node_t *n = yaml_document_get_node(w->doc, number);
    if (log_cancelled())
        return interrupted(w->path, err);
    if (++w->nodes > MAX_NODES)
        return fail(w->path, &n->start_mark, err,
                    "with its aliases the file has more than %d values", MAX_NODES);
    if (n->type != YAML_SCALAR_NODE)
        return walk_inside(w, n, err);
    return !memchr(n->data.scalar.value, '\0', n->data.scalar.length) ||
           fail(w->path, &n->start_mark, err, "a value holds a NUL character");
}

/* libyaml compares each with all before it, and nothing here has a tag of its own. */
static bool check_directives(const char *path, struct slice text, struct err *err)
{
    static const char word[] = "%TAG";
    size_t len = sizeof(word) - 1;
    yaml_mark_t at = {0};
    const char *end = text.data + text.len, *p = text.data;
    for (; p && p < end; at.line++) {
        if ((size_t)(end - p) >= len && memcmp(p, word, len) == 0)
            return fail(path, &at, err, "%s directives are not supported", word);
        p = memchr(p, '\n', (size_t)(end - p));
        p = p ? p + 1 : NULL;
    }
    return true;
}

bool config_yaml_load(const char *path, struct slice text, yaml_document_t *ret, struct err *err)
{
    struct source s = {.path = path, .text = text};
    yaml_parser_t parser;
    if (!check_directives(path, text, err) || !count_events(&s, err))
        return false;
    begin(&parser, &s);
    bool ok = yaml_parser_load(&parser, ret) || bad_yaml(&parser, path, err);
    yaml_parser_delete(&parser);
    if (!ok)
        return false;
    struct walk w = {.path = path, .doc = ret};
    ok = !yaml_document_get_root_node(ret) || walk_node(&w, 1, err);
    if (!ok)
        yaml_document_delete(ret);
    return ok;
}
