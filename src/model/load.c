#include <dbtwin/model.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "value.h"

/* What a column of the query is for. */
enum role {
    ROLE_PROP,
    ROLE_KIND,
    ROLE_ID,
    ROLE_PARENT,
    ROLE_NAME,
    ROLE_UNKNOWN,
    ROLE_FROM,
    ROLE_TO,
    ROLE_GAP_KIND,
    ROLE_GAP_PATH,
    ROLE_GAP_WHY,
    ROLE_GAP_WITHIN,
    ROLE_GAP_MANY,
    N_ROLES,
};

enum query { QUERY_OBJECTS, QUERY_DEPEND, QUERY_GAP };

enum { MAX_COLUMNS = 128, NO_COLUMN = -1, NO_SLOT = -1 };

struct column {
    const char *alias;
    enum role role;
    const struct prop *last_prop; /* that last_value, the model's own text, was stored for */
    const char *last_value;
};

/* Which slot each column fills, for one kind: made when its first row comes. */
struct slots {
    short of[MAX_COLUMNS];
};

struct loader {
    struct model *m;
    const char *query_name;
    enum query query;
    const struct kind *kind; /* of all rows, or NULL */
    unsigned n_columns;
    struct column *columns;
    int at[N_ROLES]; /* column of each role, or NO_COLUMN */
    struct slots *slots[K_COUNT];
    struct arena arena; /* all of the above */
    unsigned long row;

    /* Rows come grouped, so that the answer for the last row mostly serves again. */
    const struct kind *last_kind;
    char *last_parent_id; /* NULL while there is none */
    size_t last_parent_cap;
    struct object *last_parent;
    const struct kind *last_unknown_kind;
    const char *last_unknown_text; /* interned */
    uint64_t last_unknown;
};

/* ---- columns --------------------------------------------------------------------------- */

static const struct {
    const char *alias;
    enum query query;
    enum role role;
    bool needed;
} reserved[] = {
    {"_kind", QUERY_OBJECTS, ROLE_KIND, false},
    {"_id", QUERY_OBJECTS, ROLE_ID, false},
    {"_parent", QUERY_OBJECTS, ROLE_PARENT, false},
    {"_name", QUERY_OBJECTS, ROLE_NAME, false},
    {"_unknown", QUERY_OBJECTS, ROLE_UNKNOWN, false},
    {"_from", QUERY_DEPEND, ROLE_FROM, true},
    {"_to", QUERY_DEPEND, ROLE_TO, true},
    {"kind", QUERY_GAP, ROLE_GAP_KIND, true},
    {"path", QUERY_GAP, ROLE_GAP_PATH, true},
    {"why", QUERY_GAP, ROLE_GAP_WHY, true},
    {"within", QUERY_GAP, ROLE_GAP_WITHIN, false},
    {"many", QUERY_GAP, ROLE_GAP_MANY, false},
};

static bool is_prop_of_any(const char *alias)
{
    for (size_t i = 0; i < K_COUNT; i++)
        if (kind_prop(&kinds[i], alias) >= 0)
            return true;
    return false;
}

static bool find_role(const struct loader *l, const char *alias, enum role *ret, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (reserved[i].query == l->query && strcmp(reserved[i].alias, alias) == 0) {
            *ret = reserved[i].role;
            return true;
        }
    if (l->query == QUERY_OBJECTS &&
        (l->kind ? kind_prop(l->kind, alias) >= 0 : alias[0] != '_' && is_prop_of_any(alias))) {
        *ret = ROLE_PROP;
        return true;
    }
    err_set(err, ERR_RUNTIME, "query %s: column \"%s\" is not a property of %s", l->query_name,
            alias,
            l->kind                     ? l->kind->name
            : l->query == QUERY_OBJECTS ? "any kind"
                                        : "its rows");
    return err_hint(err,
                    "a column alias is a property name of kinds.def, or a reserved one: _kind, "
                    "_id, _parent, _name, _unknown");
}

static bool assign_roles(struct loader *l, const char *const *aliases, struct err *err)
{
    for (unsigned i = 0; i < l->n_columns; i++) {
        struct column *c = &l->columns[i];

        c->alias = arena_strdup(&l->arena, aliases[i]);
        if (!find_role(l, c->alias, &c->role, err))
            return false;
        for (unsigned j = 0; j < i; j++)
            if (strcmp(l->columns[j].alias, c->alias) == 0)
                return err_set(err, ERR_RUNTIME, "query %s: two columns are called \"%s\"",
                               l->query_name, c->alias);
        if (c->role != ROLE_PROP)
            l->at[c->role] = (int)i;
    }
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (reserved[i].needed && reserved[i].query == l->query &&
            l->at[reserved[i].role] == NO_COLUMN)
            return err_set(err, ERR_RUNTIME, "query %s has no column \"%s\"", l->query_name,
                           reserved[i].alias);
    return true;
}

static bool has_alias(const char *const *aliases, unsigned n, const char *alias)
{
    for (unsigned i = 0; i < n; i++)
        if (strcmp(aliases[i], alias) == 0)
            return true;
    return false;
}

/* What the query's name and its columns say about its rows. */
static bool classify(struct loader *l, const char *const *aliases, struct err *err)
{
    bool makes = has_alias(aliases, l->n_columns, "_name");

    if (strcmp(l->query_name, "depend") == 0) {
        l->query = QUERY_DEPEND;
        return true;
    }
    if (strcmp(l->query_name, "gap") == 0) {
        l->query = QUERY_GAP;
        return true;
    }
    if (has_alias(aliases, l->n_columns, "_kind"))
        return true;
    l->kind = kind_find(l->query_name);
    if (!l->kind && makes)
        return err_set(err, ERR_RUNTIME,
                       "query %s: its name is not a kind, and it has no column \"_kind\"",
                       l->query_name);
    return true;
}

struct loader *loader_start(struct model *m, const char *query_name, unsigned n_columns,
                            const char *const *aliases, struct err *err)
{
    struct arena arena = ARENA_INIT;
    struct loader *l = arena_new(&arena, struct loader);

    assert(!m->frozen);
    l->m = m;
    l->query_name = arena_strdup(&arena, query_name);
    l->n_columns = n_columns;
    l->arena = arena;
    for (size_t i = 0; i < N_ROLES; i++)
        l->at[i] = NO_COLUMN;
    if (n_columns > MAX_COLUMNS) {
        err_set(err, ERR_RUNTIME, "query %s has %u columns, more than %d", query_name, n_columns,
                MAX_COLUMNS);
        loader_end(l);
        return NULL;
    }
    l->columns = arena_calloc(&l->arena, n_columns * sizeof(*l->columns));
    if (!classify(l, aliases, err) || !assign_roles(l, aliases, err)) {
        loader_end(l);
        return NULL;
    }
    return l;
}

void loader_end(struct loader *l)
{
    struct arena arena;

    if (!l)
        return;
    arena = l->arena; /* the loader itself lives in it */
    arena_release(&arena);
}

static const struct slots *slots_for(struct loader *l, const struct kind *k)
{
    struct slots *s = l->slots[k->id];

    if (s)
        return s;
    s = l->slots[k->id] = arena_new(&l->arena, struct slots);
    for (unsigned i = 0; i < l->n_columns; i++)
        s->of[i] =
            (short)(l->columns[i].role == ROLE_PROP ? kind_prop(k, l->columns[i].alias) : NO_SLOT);
    return s;
}

/* ---- values ---------------------------------------------------------------------------- */

/* For errors: where the loader is. */
static bool at_row(const struct loader *l, const struct object *o, struct err *err)
{
    struct buf path = BUF_INIT;

    if (o)
        model_path(o, &path);
    if (o)
        err_context(err, "query %s, row %lu, %s %s", l->query_name, l->row, o->kind->name,
                    path.data);
    else
        err_context(err, "query %s, row %lu", l->query_name, l->row);
    buf_release(&path);
    return false;
}

/* The text to store for a value that is not NULL. */
static bool convert(struct loader *l, struct column *c, const struct prop *p, const char *value,
                    size_t len, const char **ret, struct err *err)
{
    /* Columns repeat: types, owners, positions. */
    if (c->last_prop == p && strcmp(c->last_value, value) == 0) {
        *ret = c->last_value;
        return true;
    }
    if (!value_store(l->m, p, VALUE_FROM_SERVER, value, len, ret, err))
        return false;
    if (p->type != T_BOOL && !(p->flags & F_SECRET)) {
        c->last_prop = p;
        c->last_value = *ret;
    }
    return true;
}

static bool fill(struct loader *l, struct object *o, const char *const *values,
                 const size_t *lengths, struct err *err)
{
    const struct slots *s = slots_for(l, o->kind);

    for (unsigned i = 0; i < l->n_columns; i++) {
        struct column *c = &l->columns[i];
        const struct prop *p;

        if (c->role != ROLE_PROP)
            continue;
        if (s->of[i] == NO_SLOT) {
            if (values[i])
                return err_set(err, ERR_RUNTIME,
                               "column \"%s\" has a value, and a %s has no such property", c->alias,
                               o->kind->name);
            continue;
        }
        p = &o->kind->props[s->of[i]];
        if (!values[i])
            o->v[s->of[i]] = NULL;
        else if (!convert(l, c, p, values[i], lengths[i], &o->v[s->of[i]], err))
            return false;
    }
    return true;
}

/* The mask of the slots that a row's _unknown names. */
static bool parse_unknown(const struct kind *k, const char *text, uint64_t *ret, struct err *err)
{
    uint64_t mask = 0;

    for (const char *p = text; *p;) {
        size_t len;
        char name[64];
        int slot = NO_SLOT;

        p += strspn(p, ", ");
        len = strcspn(p, ", ");
        if (!len)
            break;
        if (len < sizeof(name)) {
            memcpy(name, p, len);
            name[len] = '\0';
            slot = kind_prop(k, name);
        }
        if (slot < 0)
            return err_set(err, ERR_RUNTIME,
                           "column \"_unknown\" names \"%.*s\", and a %s has no "
                           "such property",
                           (int)len, p, k->name);
        mask |= UINT64_C(1) << slot;
        p += len;
    }
    *ret = mask;
    return true;
}

static bool mark_unknown(struct loader *l, struct object *o, const char *text, struct err *err)
{
    if (!text || !*text)
        return true;
    if (l->last_unknown_kind != o->kind || strcmp(l->last_unknown_text, text) != 0) {
        uint64_t mask = 0;

        if (!parse_unknown(o->kind, text, &mask, err))
            return false;
        l->last_unknown = mask;
        l->last_unknown_kind = o->kind;
        l->last_unknown_text = model_intern(l->m, text);
    }
    for (unsigned i = 0; i < o->kind->n_props; i++)
        if (l->last_unknown >> i & 1)
            o->v[i] = model_unknown;
    return true;
}

/* ---- objects --------------------------------------------------------------------------- */

static const char *value_of(const struct loader *l, enum role role, const char *const *values)
{
    return l->at[role] == NO_COLUMN ? NULL : values[l->at[role]];
}

static bool row_kind(struct loader *l, const char *const *values, const struct kind **ret,
                     struct err *err)
{
    const char *name = value_of(l, ROLE_KIND, values);

    if (l->at[ROLE_KIND] == NO_COLUMN) {
        *ret = l->kind;
        return true;
    }
    if (!name)
        return err_set(err, ERR_RUNTIME, "column \"_kind\" is null");
    if (!l->last_kind || strcmp(l->last_kind->name, name) != 0)
        l->last_kind = kind_find(name);
    if (!l->last_kind)
        return err_set(err, ERR_RUNTIME, "there is no kind \"%s\"", name);
    *ret = l->last_kind;
    return true;
}

static void remember_parent(struct loader *l, const char *id, struct object *parent)
{
    size_t size = strlen(id) + 1;

    if (size > l->last_parent_cap) {
        l->last_parent_cap = size < 64 ? 64 : size * 2;
        l->last_parent_id = arena_alloc(&l->arena, l->last_parent_cap);
    }
    memcpy(l->last_parent_id, id, size);
    l->last_parent = parent;
}

static bool row_parent(struct loader *l, const struct kind *k, const char *const *values,
                       struct object **ret, struct err *err)
{
    const char *id = value_of(l, ROLE_PARENT, values);
    struct object *parent = l->m->root;

    if (id && l->last_parent && strcmp(l->last_parent_id, id) == 0) {
        parent = l->last_parent;
    } else if (id) {
        parent = map_get(&l->m->by_id, id, strlen(id));
        if (!parent) {
            err_set(err, ERR_RUNTIME, "its parent \"%s\" was not read", id);
            return err_hint(err, "the schema may have changed while it was being read: try again");
        }
        remember_parent(l, id, parent);
    }
    if (!kind_may_have_parent(k, parent->kind->id))
        return err_set(err, ERR_RUNTIME, "a %s cannot be part of a %s", k->name,
                       parent->kind->name);
    *ret = parent;
    return true;
}

static bool register_id(struct loader *l, struct object *o, const char *id, struct err *err)
{
    size_t len = strlen(id);
    struct object *other = map_get(&l->m->by_id, id, len);

    if (other && other != o)
        return err_set(err, ERR_RUNTIME, "the id \"%s\" is already that of a %s, \"%s\"", id,
                       other->kind->name, other->name);
    map_put(&l->m->by_id, arena_strndup(&l->m->ids, id, len), len, o);
    return true;
}

/* A row with a name makes an object. */
static bool make(struct loader *l, const char *const *values, struct object **ret, struct err *err)
{
    const char *name = value_of(l, ROLE_NAME, values);
    const char *id = value_of(l, ROLE_ID, values);
    const struct kind *k;
    struct object *parent = NULL, *o;

    if (!row_kind(l, values, &k, err))
        return false;
    if (!name)
        return err_set(err, ERR_RUNTIME, "a %s has no name", k->name);
    if (k->id != K_DATABASE && !row_parent(l, k, values, &parent, err))
        return err_context(err, "%s \"%s\"", k->name, name);
    o = model_add(l->m, k, parent, name);
    *ret = o;
    return !id || register_id(l, o, id, err);
}

/* A row without one sets slots of an object that is there. */
static bool find(struct loader *l, const char *const *values, struct object **ret, struct err *err)
{
    const char *id = value_of(l, ROLE_ID, values);
    struct object *o = l->m->root;
    const struct kind *k;

    if (l->at[ROLE_ID] != NO_COLUMN) {
        if (!id)
            return err_set(err, ERR_RUNTIME, "column \"_id\" is null");
        o = map_get(&l->m->by_id, id, strlen(id));
        if (!o)
            return err_set(err, ERR_RUNTIME, "there is no object with the id \"%s\"", id);
    }
    if (!row_kind(l, values, &k, err))
        return false;
    if (k && k != o->kind)
        return err_set(err, ERR_RUNTIME, "the row is for a %s, and its object is a %s", k->name,
                       o->kind->name);
    *ret = o;
    return true;
}

static bool object_row(struct loader *l, const char *const *values, const size_t *lengths,
                       struct err *err)
{
    struct object *o = NULL;

    if (l->at[ROLE_NAME] != NO_COLUMN ? !make(l, values, &o, err) : !find(l, values, &o, err))
        return at_row(l, NULL, err);
    if (!fill(l, o, values, lengths, err) ||
        !mark_unknown(l, o, value_of(l, ROLE_UNKNOWN, values), err))
        return at_row(l, o, err);
    return true;
}

static void depend_row(struct loader *l, const char *const *values)
{
    const char *from = value_of(l, ROLE_FROM, values), *to = value_of(l, ROLE_TO, values);
    struct object *needs = from ? map_get(&l->m->by_id, from, strlen(from)) : NULL;
    struct object *needed = to ? map_get(&l->m->by_id, to, strlen(to)) : NULL;

    if (needs && needed)
        model_depend(l->m, needs, needed);
}

static bool gap_row(struct loader *l, const char *const *values, struct err *err)
{
    const char *kind = value_of(l, ROLE_GAP_KIND, values);
    const char *why = value_of(l, ROLE_GAP_WHY, values);

    if (!kind || !why) {
        err_set(err, ERR_RUNTIME, "columns \"kind\" and \"why\" must not be null");
        return at_row(l, NULL, err);
    }
    model_gap(l->m, kind, value_of(l, ROLE_GAP_PATH, values), why);
    model_gap_many(l->m, value_of(l, ROLE_GAP_WITHIN, values), value_of(l, ROLE_GAP_MANY, values));
    return true;
}

bool loader_row(struct loader *l, const char *const *values, const size_t *lengths, struct err *err)
{
    l->row++;
    for (unsigned i = 0; i < l->n_columns; i++)
        if (values[i] && strlen(values[i]) != lengths[i]) {
            err_set(err, ERR_RUNTIME, "column \"%s\" has a zero byte in its value",
                    l->columns[i].alias);
            return at_row(l, NULL, err);
        }
    switch (l->query) {
    case QUERY_DEPEND:
        depend_row(l, values);
        return true;
    case QUERY_GAP:
        return gap_row(l, values, err);
    case QUERY_OBJECTS:
        break;
    }
    return object_row(l, values, lengths, err);
}
