#include <dbtwin/model.h>
#include <dbtwin/engine.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "utf8.h"

/* Its text is for debuggers; only its address counts. */
const char model_unknown[] = "(unknown)";

static struct object *object_new(struct model *m, const struct kind *k, const char *name)
{
    struct object *o =
        arena_alloc(&m->arena, offsetof(struct object, v) + k->n_props * sizeof(o->v[0]));

    *o = (struct object){.kind = k, .name = name};
    for (unsigned i = 0; i < k->n_props; i++) {
        bool here = !m->flavor || (k->props[i].engines & m->flavor);

        o->v[i] = here ? model_unknown : NULL;
    }
    m->n_objects++;
    return o;
}

void model_init(struct model *m)
{
    *m = (struct model){.server_version = "", .database = "", .label = ""};
    arena_init(&m->arena);
    intern_init(&m->strings, &m->arena);
    vec_init(&m->gaps, sizeof(struct coverage_gap));
    vec_init(&m->deps, sizeof(struct dependency));
    vec_init(&m->outside, sizeof(struct dependency));
    arena_init(&m->ids);
    m->root = object_new(m, &kinds[K_DATABASE], "");
}

static void forget_ids(struct model *m)
{
    map_release(&m->by_id);
    arena_release(&m->ids);
}

void model_release(struct model *m)
{
    forget_ids(m);
    vec_release(&m->gaps);
    vec_release(&m->deps);
    vec_release(&m->outside);
    intern_release(&m->strings);
    arena_release(&m->arena);
    *m = (struct model){0};
}

const char *model_intern(struct model *m, const char *text)
{
    return text && text != model_unknown ? intern_str(&m->strings, text) : text;
}

struct object *model_add(struct model *m, const struct kind *k, struct object *parent,
                         const char *name)
{
    struct object *o;

    assert(!m->frozen);
    if (k->id == K_DATABASE) {
        m->root->name = model_intern(m, name);
        return m->root;
    }
    if (!parent)
        parent = m->root;
    o = object_new(m, k, model_intern(m, name));
    o->parent = parent;
    if (parent->last)
        parent->last->next = o;
    else
        parent->first = o;
    parent->last = o;
    parent->n_children++;
    return o;
}

void model_set(struct model *m, struct object *o, unsigned slot, const char *text)
{
    assert(!m->frozen && slot < o->kind->n_props);
    o->v[slot] = model_intern(m, text);
}

void model_gap(struct model *m, const char *kind, const char *path, const char *why)
{
    assert(!m->frozen);
    VEC_PUSH(&m->gaps, struct coverage_gap,
             ((struct coverage_gap){.kind = model_intern(m, kind),
                                    .path = model_intern(m, path),
                                    .why = model_intern(m, why)}));
}

void model_gap_many(struct model *m, const char *within, const char *many)
{
    assert(!m->frozen && m->gaps.len);
    struct coverage_gap *g = &VEC_AT(&m->gaps, struct coverage_gap, m->gaps.len - 1);

    g->within = model_intern(m, within);
    g->many = model_intern(m, many);
}

/* Gaps that `many` says it of. */
struct alike {
    size_t n;
    bool said;
};

enum { FEW_GAPS = 5 }; /* are named one by one */

static struct alike *alike_of(struct map *all, const struct coverage_gap *g, struct arena *a)
{
    struct alike *found = g->many ? map_get(all, g->many, strlen(g->many)) : NULL;

    if (!found && g->many && g->within) {
        found = arena_new(a, struct alike);
        map_put(all, g->many, strlen(g->many), found);
    }
    return found;
}

void model_fold_gaps(const struct vec *gaps, struct arena *a, struct vec *ret)
{
    struct map all = MAP_INIT;

    for (size_t i = 0; i < gaps->len; i++) {
        struct alike *like = alike_of(&all, &VEC_AT(gaps, struct coverage_gap, i), a);

        if (like)
            like->n++;
    }
    for (size_t i = 0; i < gaps->len; i++) {
        struct coverage_gap g = VEC_AT(gaps, struct coverage_gap, i);
        struct alike *like = alike_of(&all, &g, a);

        if (like && like->n > FEW_GAPS) {
            if (like->said)
                continue;
            like->said = true;
            g.path = arena_printf(a, "%s.*", g.within);
            g.why = arena_printf(a, "%zu of them: %s", like->n, g.many);
        }
        VEC_PUSH(ret, struct coverage_gap, g);
    }
    map_release(&all);
}

void model_depend(struct model *m, struct object *from, struct object *to)
{
    assert(!m->frozen);
    if (from != to)
        VEC_PUSH(&m->deps, struct dependency, ((struct dependency){from, to}));
}

/* ---- freeze ---------------------------------------------------------------------------- */

static int compare_identity(enum space_id space, const char *name, const struct object *o)
{
    if (space != o->kind->space)
        return space < o->kind->space ? -1 : 1;
    return name == o->name ? 0 : strcmp(name, o->name);
}

static int compare_siblings(const void *left, const void *right)
{
    const struct object *a = *(struct object *const *)left;
    const struct object *b = *(struct object *const *)right;
    int c = compare_identity(a->kind->space, a->name, b);

    if (c)
        return c;
    return a->kind->id < b->kind->id ? -1 : a->kind->id > b->kind->id;
}

static int compare_texts(const char *a, const char *b)
{
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int compare_gaps(const void *left, const void *right)
{
    const struct coverage_gap *a = left, *b = right;
    int c = compare_texts(a->kind, b->kind);

    if (!c)
        c = compare_texts(a->path, b->path);
    return c ? c : compare_texts(a->why, b->why);
}

void model_gap_late(struct model *m, const char *kind, const char *path, const char *why)
{
    struct coverage_gap g = {
        .kind = model_intern(m, kind), .path = model_intern(m, path), .why = model_intern(m, why)};
    struct coverage_gap *at;
    size_t i = m->gaps.len;

    VEC_PUSH(&m->gaps, struct coverage_gap, g);
    for (at = m->gaps.items; i > 0 && compare_gaps(&at[i - 1], &g) > 0; i--)
        at[i] = at[i - 1];
    at[i] = g;
}

static int compare_dependencies(const void *left, const void *right)
{
    const struct dependency *a = left, *b = right;

    if (a->from->id != b->from->id)
        return a->from->id < b->from->id ? -1 : 1;
    return a->to->id < b->to->id ? -1 : a->to->id > b->to->id;
}

static void sort_unless_sorted(struct object **items, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (compare_siblings(&items[i - 1], &items[i]) > 0) {
            qsort(items, n, sizeof(*items), compare_siblings);
            return;
        }
}

static bool duplicate_error(const struct object *a, const struct object *b, struct err *err)
{
    struct buf left = BUF_INIT, right = BUF_INIT;

    model_path(a, &left);
    model_path(b, &right);
    if (a->kind == b->kind)
        err_set(err, ERR_RUNTIME, "the catalog has two objects %s %s", a->kind->name, left.data);
    else
        err_set(err, ERR_RUNTIME, "the catalog has both %s %s and %s %s, which share one namespace",
                a->kind->name, left.data, b->kind->name, right.data);
    err_hint(err, "objects of one parent need different names; a schema that changes while it is "
                  "being read can look like this: try again");
    buf_release(&left);
    buf_release(&right);
    return false;
}

/* Sorts the children of o, which stand at items[0…], links them in that order. */
static bool sort_children(struct object *o, struct object **items, uint32_t first_id,
                          struct err *err)
{
    size_t n = 0;

    for (struct object *child = o->first; child; child = child->next)
        items[n++] = child;
    sort_unless_sorted(items, n);
    for (size_t i = 0; i < n; i++) {
        items[i]->id = first_id + (uint32_t)i;
        items[i]->next = i + 1 < n ? items[i + 1] : NULL;
    }
    o->first = n ? items[0] : NULL;
    o->last = n ? items[n - 1] : NULL;
    for (size_t i = 1; i < n; i++)
        if (!compare_identity(items[i - 1]->kind->space, items[i - 1]->name, items[i]))
            return duplicate_error(items[i - 1], items[i], err);
    return true;
}

static void sort_lists(struct model *m)
{
    struct vec *deps = &m->deps;
    size_t kept = 0;

    if (m->gaps.len)
        qsort(m->gaps.items, m->gaps.len, sizeof(struct coverage_gap), compare_gaps);
    if (deps->len)
        qsort(deps->items, deps->len, sizeof(struct dependency), compare_dependencies);
    for (size_t i = 0; i < deps->len; i++) {
        struct dependency *d = &VEC_AT(deps, struct dependency, i);

        if (!kept || compare_dependencies(&VEC_AT(deps, struct dependency, kept - 1), d))
            VEC_AT(deps, struct dependency, kept++) = *d;
    }
    deps->len = kept;
}

/* The root is made before the flavor is known: what other engines have is NULL, not unknown. */
static void settle_root(struct model *m)
{
    const struct kind *k = m->root->kind;

    for (unsigned i = 0; i < k->n_props; i++)
        if (m->flavor && !(k->props[i].engines & m->flavor))
            m->root->v[i] = NULL;
}

bool model_freeze(struct model *m, struct err *err)
{
    struct object **objects = arena_alloc(&m->arena, m->n_objects * sizeof(struct object *));
    uint32_t filled = 1;

    assert(!m->frozen);
    settle_root(m);
    /* Level by level: the children of each object stand side by side. */
    objects[0] = m->root;
    for (uint32_t i = 0; i < m->n_objects; i++) {
        if (!sort_children(objects[i], objects + filled, filled, err))
            return false;
        filled += objects[i]->n_children;
    }
    m->objects = objects;
    sort_lists(m);
    forget_ids(m);
    intern_release(&m->strings);
    m->frozen = true;
    return true;
}

/* ---- paths ----------------------------------------------------------------------------- */

/* Whether a terminal may take the character (len bytes, 0 for no UTF-8) for a command. */
static bool is_control(const char *s, size_t len)
{
    unsigned char c = (unsigned char)s[0];

    if (len == 0 || c < 0x20 || c == 0x7f)
        return true;
    return len == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0; /* U+0080 to U+009F */
}

static bool needs_quotes(const char *name, size_t n)
{
    if (!n)
        return true;
    for (size_t i = 0; i < n;) {
        size_t len = utf8_char(name + i, n - i);

        if (name[i] == '.' || name[i] == '"' || is_control(name + i, len))
            return true;
        i += len;
    }
    return false;
}

static void add_quoted(const char *name, size_t n, struct buf *path)
{
    buf_addch(path, '"');
    for (size_t i = 0; i < n;) {
        size_t len = utf8_char(name + i, n - i);

        if (is_control(name + i, len)) {
            for (size_t end = i + (len ? len : 1); i < end; i++)
                buf_addf(path, "\\x%02X", (unsigned char)name[i]);
            continue;
        }
        if (name[i] == '"' || name[i] == '\\')
            buf_addch(path, name[i]);
        buf_add(path, name + i, len);
        i += len;
    }
    buf_addch(path, '"');
}

void model_name(const char *name, struct buf *path)
{
    size_t n = strlen(name);

    if (needs_quotes(name, n))
        add_quoted(name, n, path);
    else
        buf_add(path, name, n);
}

void model_path(const struct object *o, struct buf *ret_path)
{
    if (!o->parent) {
        buf_adds(ret_path, o->kind->name);
        return;
    }
    if (o->parent->parent) {
        model_path(o->parent, ret_path);
        buf_addch(ret_path, '.');
    }
    model_name(o->name, ret_path);
}

const char *model_path_text(const struct object *o, struct arena *a)
{
    struct buf path = BUF_INIT;
    model_path(o, &path);
    const char *text = arena_strdup(a, path.data);
    buf_release(&path);
    return text;
}

bool model_has_gap(const struct model *m, const struct object *o)
{
    struct buf path = BUF_INIT;
    bool found = false;
    model_path(o, &path);
    for (size_t i = 0; i < m->gaps.len && !found; i++) {
        const struct coverage_gap *g = &VEC_AT(&m->gaps, struct coverage_gap, i);
        found = str_eq(g->kind, o->kind->name) && str_eq(g->path, path.data);
    }
    buf_release(&path);
    return found;
}

/* Characters that turn the direction of what follows, so that it reads as something else. */
static bool turns(const char *s, size_t len)
{
    unsigned char c = len == 3 && (unsigned char)s[0] == 0xe2 ? (unsigned char)s[2] : 0;
    unsigned char page = c ? (unsigned char)s[1] : 0;

    return (page == 0x80 && c >= 0xa8 && c <= 0xae) || (page == 0x81 && c >= 0xa6 && c <= 0xa9);
}

void model_line(const char *text, struct buf *out)
{
    size_t n = strlen(text);

    for (size_t i = 0; i < n;) {
        size_t len = utf8_char(text + i, n - i), step = len ? len : 1;

        if (strchr("\n\r\t", text[i]))
            buf_addch(out, ' ');
        else if (is_control(text + i, len) || turns(text + i, len))
            for (size_t k = i; k < i + step; k++)
                buf_addf(out, "\\x%02X", (unsigned char)text[k]);
        else
            buf_add(out, text + i, len);
        i += step;
    }
}

/* ---- reading --------------------------------------------------------------------------- */

struct object *model_child(const struct model *m, const struct object *parent, enum space_id space,
                           const char *name)
{
    struct object **items;
    size_t low = 0, high = parent->n_children;

    assert(m->frozen);
    if (!high)
        return NULL;
    items = m->objects + parent->first->id;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = compare_identity(space, name, items[middle]);

        if (!c)
            return items[middle];
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct object *model_top(const struct object *o)
{
    while (o->parent && !(o->kind->flags & KF_TOP))
        o = o->parent;
    return o;
}

/* On MySQL every database has the server's. */
static bool is_everywhere(const struct kind *k, unsigned flavor)
{
    return (k->flags & KF_AROUND) ||
           ((k->flags & KF_OF_SERVER) && engine_of(flavor)->server_objects);
}

bool model_is_empty(const struct model *m)
{
    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct kind *k = m->objects[i]->kind;

        if ((k->flags & KF_TOP) && !is_everywhere(k, m->flavor))
            return false;
    }
    return true;
}

size_t model_count(const struct model *m, enum kind_id k)
{
    size_t n = 0;

    for (uint32_t i = 0; i < m->n_objects; i++)
        n += m->objects[i]->kind->id == k;
    return n;
}

bool model_is_within(const struct object *o, const struct object *ancestor)
{
    while (o && o != ancestor)
        o = o->parent;
    return o != NULL;
}
