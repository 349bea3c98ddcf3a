#include <dbtwin/select.h>
#include <dbtwin/engine.h>

#include <string.h>

#include "pattern.h"
#include "prune.h"

enum { DEPTH_MAX = 32 };

void select_init(struct selection *s)
{
    *s = (struct selection){0};
    arena_init(&s->arena);
    vec_init(&s->patterns, sizeof(struct select_pattern));
}

void select_release(struct selection *s)
{
    vec_release(&s->patterns);
    arena_release(&s->arena);
    *s = (struct selection){0};
}

bool select_add(struct selection *s, enum select_sort sort, const char *text, struct err *err)
{
    struct select_pattern p;

    for (size_t i = 0; i < s->patterns.len; i++) {
        const struct select_pattern *q = &VEC_AT(&s->patterns, struct select_pattern, i);

        if (q->sort == sort && strcmp(q->text, text) == 0)
            return true;
    }
    if (!pattern_parse(&p, sort, text, &s->arena, err))
        return false;
    VEC_PUSH(&s->patterns, struct select_pattern, p);
    s->n[sort]++;
    return true;
}

void select_idle(const struct selection *s, struct vec *ret)
{
    for (size_t i = 0; i < s->patterns.len; i++) {
        const struct select_pattern *p = &VEC_AT(&s->patterns, struct select_pattern, i);

        if (!p->matched)
            VEC_PUSH(ret, const char *, p->text);
    }
}

/* ---- whole schemas, before they are read --------------------------------------------------- */

static bool is_about_schema(const struct select_pattern *p, const char *schema)
{
    if (p->property || (p->sort != SELECT_SCHEMA && p->sort != SELECT_IGNORE))
        return false;
    return p->by_kind ? p->kinds[K_SCHEMA] : pattern_matches_path(p, &schema, 1);
}

bool select_schema_is_out(const struct selection *s, const char *schema)
{
    bool asked = !s->n[SELECT_SCHEMA];

    for (size_t i = 0; i < s->patterns.len; i++) {
        const struct select_pattern *p = &VEC_AT(&s->patterns, struct select_pattern, i);

        if (!is_about_schema(p, schema))
            continue;
        if (p->sort == SELECT_IGNORE)
            return true;
        asked = true;
    }
    return !asked;
}

void select_note_unread(struct selection *s, const char *schema)
{
    for (size_t i = 0; i < s->patterns.len; i++) {
        struct select_pattern *p = &VEC_AT(&s->patterns, struct select_pattern, i);

        p->matched += is_about_schema(p, schema);
    }
}

/* ---- one object -------------------------------------------------------------------------- */

/* Where the walk stands, and what the objects above let pass. */
struct place {
    const char *names[DEPTH_MAX];
    unsigned n;
    bool schema, table, kind;
};

/* The object as a whole; for a pattern with a property, an object that it is about. */
static bool is_meant(const struct select_pattern *p, const struct object *o, const struct place *at)
{
    switch (p->sort) {
    case SELECT_SCHEMA:
        return o->kind->id == K_SCHEMA && pattern_matches_path(p, at->names, at->n);
    case SELECT_TABLE:
        return (o->kind->flags & KF_RELATION) && pattern_matches_path(p, at->names, at->n);
    case SELECT_PARTITION:
        return o->kind->id == K_TABLE && pattern_matches_path(p, at->names, at->n);
    case SELECT_KIND:
    case SELECT_IGNORE:
        break;
    }
    return p->by_kind ? p->kinds[o->kind->id] : pattern_matches_path(p, at->names, at->n);
}

/* Whether a pattern of the sort means the object; all that do are marked as used. */
static bool any_means(struct selection *s, enum select_sort sort, const struct object *o,
                      const struct place *at)
{
    bool any = false;

    for (size_t i = 0; i < s->patterns.len; i++) {
        struct select_pattern *p = &VEC_AT(&s->patterns, struct select_pattern, i);

        if (p->sort != sort || p->property || !is_meant(p, o, at))
            continue;
        p->matched++;
        any = true;
    }
    return any;
}

static void ignore_properties(struct selection *s, struct object *o, const struct place *at,
                              struct select_counts *counts)
{
    for (size_t i = 0; i < s->patterns.len; i++) {
        struct select_pattern *p = &VEC_AT(&s->patterns, struct select_pattern, i);
        int slot = p->property ? kind_prop(o->kind, p->property) : -1;

        if (slot < 0 || !is_meant(p, o, at))
            continue;
        p->matched++;
        if (!o->v[slot])
            continue;
        counts->properties++;
        o->v[slot] = NULL;
    }
}

static void lose_values(struct object *o)
{
    for (unsigned i = 0; i < o->kind->n_props; i++)
        o->v[i] = NULL;
}

/* ---- the walk ---------------------------------------------------------------------------- */

static bool visit(struct selection *s, struct object *o, struct place *at,
                  struct select_counts *counts)
{
    bool ignored = s->n[SELECT_IGNORE] && any_means(s, SELECT_IGNORE, o, at);
    bool kind = s->n[SELECT_KIND] && any_means(s, SELECT_KIND, o, at);
    bool keep, selected;

    if (ignored && o->parent) {
        counts->objects += prune_mark(o);
        return false;
    }
    if (s->n[SELECT_SCHEMA])
        at->schema |= any_means(s, SELECT_SCHEMA, o, at);
    if (s->n[SELECT_TABLE])
        at->table |= any_means(s, SELECT_TABLE, o, at);
    selected = keep = at->schema && at->table && (at->kind || kind) && !ignored;
    at->kind |= kind && o->parent; /* the kind "database" is not all that is in it */
    for (struct object *child = o->first; child; child = child->next) {
        struct place below = *at;

        if (below.n < DEPTH_MAX)
            below.names[below.n++] = child->name;
        keep |= visit(s, child, &below, counts);
    }
    if (!keep && o->parent) {
        counts->left_out++;
        o->id = UINT32_MAX; /* its children are marked already */
        return false;
    }
    if (!selected)
        lose_values(o);
    else if (s->n[SELECT_IGNORE])
        ignore_properties(s, o, at, counts);
    return true;
}

/* ---- gaps: what was not asked for leaves none ---------------------------------------------- */

/* Whether an object of kind k may be one of the kinds, or in one. */
static bool kind_is_within(const struct kind *k, const struct select_pattern *p)
{
    if (p->kinds[k->id])
        return true;
    for (int i = 0; i < K_COUNT; i++)
        if (p->kinds[i] && kind_may_have_parent(k, kinds[i].id))
            return true;
    return k->parent < K_COUNT && k->parent != K_DATABASE && k->parent != K_SCHEMA &&
           kind_is_within(&kinds[k->parent], p);
}

static bool may_be_in_schema(const struct kind *k)
{
    while (k->parent < K_COUNT && k->parent != K_SCHEMA && k->parent != K_DATABASE)
        k = &kinds[k->parent];
    return k->parent != K_DATABASE && k->parent != K_NONE;
}

static unsigned split_path(struct arena *a, const char *path, const char **names)
{
    struct select_pattern p;
    struct err ignored = ERR_INIT;
    unsigned n = 0;

    /* A path without wildcards is a pattern whose parts are its names. */
    if (!path || !pattern_parse(&p, SELECT_PARTITION, path, a, &ignored))
        return 0;
    for (unsigned i = 0; i < p.n_parts && n < DEPTH_MAX; i++)
        if (!p.parts[i].deep)
            names[n++] = arena_strndup(a, p.parts[i].text, p.parts[i].len);
    return n;
}

/* A pattern is about the gap's object or one above it. */
static bool covers(const struct select_pattern *p, const struct coverage_gap *g,
                   const char *const *names, unsigned n)
{
    const struct kind *k = kind_find(g->kind);

    if (p->by_kind)
        return k && (p->sort == SELECT_KIND ? kind_is_within(k, p) : p->kinds[k->id]);
    if (p->sort == SELECT_SCHEMA)
        return n ? pattern_matches_path(p, names, 1) : !k || may_be_in_schema(k);
    if (p->sort == SELECT_TABLE && !n) /* a whole class of what may be in a table */
        return !k || (k->flags & KF_RELATION) || kind_may_have_parent(k, K_TABLE);
    for (unsigned i = 1; i <= n; i++)
        if (pattern_matches_path(p, names, i))
            return true;
    return false;
}

static bool gap_stays(struct selection *s, struct arena *a, const struct coverage_gap *g)
{
    const char *names[DEPTH_MAX];
    unsigned n = split_path(a, g->path, names);
    bool asked[SELECT_PARTITION + 1] = {false};

    for (size_t i = 0; i < s->patterns.len; i++) {
        struct select_pattern *p = &VEC_AT(&s->patterns, struct select_pattern, i);

        if (p->sort == SELECT_PARTITION || p->property || !covers(p, g, names, n))
            continue;
        if (p->sort == SELECT_IGNORE)
            p->matched++;
        asked[p->sort] = true;
    }
    for (enum select_sort sort = SELECT_SCHEMA; sort <= SELECT_KIND; sort++)
        if (s->n[sort] && !asked[sort])
            return false;
    return !asked[SELECT_IGNORE];
}

static void sift_gaps(struct selection *s, struct model *m)
{
    struct arena scratch = {.block_size = 1024};
    size_t kept = 0;

    for (size_t i = 0; i < m->gaps.len; i++) {
        struct coverage_gap g = VEC_AT(&m->gaps, struct coverage_gap, i);

        if (gap_stays(s, &scratch, &g))
            VEC_AT(&m->gaps, struct coverage_gap, kept++) = g;
        arena_reset(&scratch);
    }
    m->gaps.len = kept;
    arena_release(&scratch);
}

bool select_apply(struct selection *s, struct model *m, struct select_counts *ret, struct err *err)
{
    struct select_counts counts = {0};
    struct place at = {
        .schema = !s->n[SELECT_SCHEMA], .table = !s->n[SELECT_TABLE], .kind = !s->n[SELECT_KIND]};

    if (s->patterns.len > s->n[SELECT_PARTITION]) {
        visit(s, m->root, &at, &counts);
        sift_gaps(s, m);
        if (!prune_sweep(m, err))
            return false;
    }
    counts.unread = ret->unread;
    *ret = counts;
    return true;
}

/* ---- what is the server's ------------------------------------------------------------------ */

bool select_is_servers(const struct kind *k, unsigned flavor)
{
    return k && engine_of(flavor)->server_objects && (k->flags & KF_OF_SERVER);
}

static void mark_servers(struct object *o)
{
    for (struct object *c = o->first; c; c = c->next)
        if (c->kind->flags & KF_OF_SERVER)
            prune_mark(c);
        else
            mark_servers(c);
}

bool select_leave_server(struct model *m, bool *ret_any, struct err *err)
{
    size_t kept = 0;

    if (!engine_of(m->flavor)->server_objects)
        return true;
    *ret_any = true;
    for (size_t i = 0; i < m->gaps.len; i++) {
        struct coverage_gap g = VEC_AT(&m->gaps, struct coverage_gap, i);

        if (!select_is_servers(kind_find(g.kind), m->flavor))
            VEC_AT(&m->gaps, struct coverage_gap, kept++) = g;
    }
    m->gaps.len = kept;
    mark_servers(m->root);
    return prune_sweep(m, err);
}

bool select_asks_server(const struct selection *s)
{
    for (size_t i = 0; i < s->patterns.len; i++) {
        const struct select_pattern *p = &VEC_AT(&s->patterns, struct select_pattern, i);

        for (int k = 0; p->sort == SELECT_KIND && k < K_COUNT; k++)
            if (p->kinds[k] && (kinds[k].flags & KF_OF_SERVER))
                return true;
    }
    return false;
}

/* ---- rotating partitions ------------------------------------------------------------------- */

static void add_word(struct buf *b, const char *text)
{
    buf_addch(b, text ? '=' : '-');
    buf_add(b, text ? text : "", (text ? strlen(text) : 0) + 1);
}

/* What makes a partition like its table: properties of children (F_ALIKE), counted as a bag. */
static struct hash128 children_hash(const struct object *o)
{
    struct hash128 sum = {0, 0};
    struct buf b = BUF_INIT;

    for (const struct object *c = o->first; c; c = c->next) {
        struct hash128 inner;
        bool counts = false;

        buf_reset(&b);
        add_word(&b, c->kind->name);
        add_word(&b, c->kind->flags & KF_ALIKE_BY_NAME ? c->name : NULL);
        for (unsigned slot = 0; slot < c->kind->n_props; slot++)
            if (c->kind->props[slot].flags & F_ALIKE) {
                counts = true;
                add_word(&b, model_get(c, (int)slot));
            }
        if (!counts || (c->kind->id == K_CHECK && model_yes(c, P_CHECK_NO_INHERIT)))
            continue;
        inner = children_hash(c);
        buf_add(&b, &inner, sizeof(inner));
        hash_add(&sum, hash_bytes128(b.data, b.len));
    }
    buf_release(&b);
    return sum;
}

struct folding {
    struct selection *s;
    struct model *m;
    struct arena *arena;
    struct arena scratch;
    struct vec *folds;
    struct vec gone;    /* struct object *: marked when no more is looked up */
    struct map by_path; /* index into folds, plus 1 */
};

static struct place place_of(const struct object *o)
{
    struct place at = {0};
    unsigned depth = 0;

    for (const struct object *x = o; x->parent; x = x->parent)
        depth++;
    at.n = depth < DEPTH_MAX ? depth : DEPTH_MAX;
    for (const struct object *x = o; x->parent; x = x->parent)
        if (--depth < DEPTH_MAX)
            at.names[depth] = x->name;
    return at;
}

/* A server's "schema.table", quoted where SQL needs it. */
static struct object *find_table(struct folding *f, const char *sql_name)
{
    const char *names[DEPTH_MAX];
    struct object *schema;

    if (split_path(&f->scratch, sql_name, names) != 2)
        return NULL;
    schema = model_child(f->m, f->m->root, SPACE_SCHEMA, names[0]);
    return schema ? model_child(f->m, schema, SPACE_RELATION, names[1]) : NULL;
}

static const char *parent_name(const struct object *o)
{
    if (o->kind->id == K_TABLE)
        return model_get(o, P_TABLE_PARTITION_OF);
    return o->kind->id == K_FOREIGN_TABLE ? model_get(o, P_FOREIGN_TABLE_PARTITION_OF) : NULL;
}

static void count_partition(struct folding *f, const struct object *table, bool like)
{
    struct buf path = BUF_INIT;
    struct select_fold *fold;
    char *key;
    uintptr_t at;

    model_path(table, &path);
    at = (uintptr_t)map_get(&f->by_path, path.data, path.len);
    if (!at) {
        fold = vec_push(f->folds);
        fold->path = key = arena_strdup(f->arena, path.data);
        at = f->folds->len;
        map_put(&f->by_path, key, path.len, (void *)at); /* an index: folds move when they grow */
    }
    fold = &VEC_AT(f->folds, struct select_fold, at - 1);
    fold->like += like;
    fold->unlike += !like;
    buf_release(&path);
}

/* PostgreSQL: a partition is a table that names its parent. */
static void fold_table(struct folding *f, struct object *o)
{
    const char *name = parent_name(o);
    struct object *parent, *top = NULL;
    struct hash128 mine, theirs;
    bool like;

    arena_reset(&f->scratch);
    parent = name ? find_table(f, name) : NULL;
    for (struct object *p = parent; p && !top; p = name ? find_table(f, name) : NULL) {
        struct place at = place_of(p);

        if (any_means(f->s, SELECT_PARTITION, p, &at))
            top = p;
        name = parent_name(p);
    }
    if (!top)
        return;
    mine = children_hash(o);
    theirs = children_hash(parent);
    like = hash_equal(mine, theirs);
    count_partition(f, top, like);
    if (like)
        VEC_PUSH(&f->gone, struct object *, o);
}

/* MySQL: partitions are children of the table. */
static void fold_children(struct folding *f, struct object *table)
{
    struct place at = place_of(table);

    if (!table->first || !any_means(f->s, SELECT_PARTITION, table, &at))
        return;
    for (struct object *c = table->first; c; c = c->next) {
        const char *engine, *own = model_get(table, P_TABLE_ENGINE);
        bool like;

        if (c->kind->id != K_PARTITION)
            continue;
        engine = model_get(c, P_PARTITION_ENGINE);
        like = !engine || !own || strcmp(engine, own) == 0;
        count_partition(f, table, like);
        if (like)
            VEC_PUSH(&f->gone, struct object *, c);
    }
}

bool select_fold(struct selection *s, struct model *m, struct arena *a, struct vec *ret_folds,
                 struct err *err)
{
    struct folding f = {.s = s, .m = m, .arena = a, .folds = ret_folds};

    if (!s->n[SELECT_PARTITION])
        return true;
    arena_init(&f.scratch);
    vec_init(&f.gone, sizeof(struct object *));
    for (uint32_t i = 0; i < m->n_objects; i++) {
        struct object *o = m->objects[i];

        if (!engine_of(m->flavor)->partitions && o->kind->id == K_TABLE)
            fold_children(&f, o);
        else if (engine_of(m->flavor)->partitions && parent_name(o))
            fold_table(&f, o);
    }
    for (size_t i = 0; i < f.gone.len; i++)
        prune_mark(VEC_AT(&f.gone, struct object *, i));
    vec_release(&f.gone);
    map_release(&f.by_path);
    arena_release(&f.scratch);
    return prune_sweep(m, err);
}

/* ---- KIND:PATH ----------------------------------------------------------------------------- */

static const struct kind *means_kind(const char *text, struct arena *a)
{
    const char *colon = strchr(text, ':');
    return colon ? kind_find(arena_strndup(a, text, (size_t)(colon - text))) : NULL;
}

bool select_means_check(const char *text, struct arena *a, struct err *err)
{
    struct select_pattern p;
    const char *colon = strchr(text, ':');

    if (!means_kind(text, a))
        return err_set(err, ERR_USAGE, "%s: there is no kind \"%.*s\"", text,
                       colon ? (int)(colon - text) : (int)strlen(text), text);
    return pattern_parse(&p, SELECT_TABLE, colon + 1, a, err);
}

bool select_means(const char *text, const struct object *o, struct arena *a)
{
    const char *colon = strchr(text, ':');
    struct select_pattern p;
    struct err ignored = ERR_INIT;
    struct place at;

    if (!colon || strlen(o->kind->name) != (size_t)(colon - text) ||
        strncmp(o->kind->name, text, (size_t)(colon - text)) != 0 ||
        !pattern_parse(&p, SELECT_TABLE, colon + 1, a, &ignored))
        return false;
    at = place_of(o);
    return at.n && (pattern_matches_path(&p, at.names, at.n) ||
                    (p.n_parts == 1 && pattern_matches_path(&p, at.names + at.n - 1, 1)));
}
