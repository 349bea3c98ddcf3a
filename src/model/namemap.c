#include <dbtwin/namemap.h>

#include <dbtwin/engine.h>

#include <stdlib.h>
#include <string.h>

#include "sqltext.h"
#include "value.h"

void namemap_init(struct namemap *n)
{
    *n = (struct namemap){0};
    arena_init(&n->arena);
}

void namemap_release(struct namemap *n)
{
    for (int i = 0; i < NAMEMAP_COUNT; i++)
        map_release(&n->to[i]);
    map_release(&n->hosts);
    map_release(&n->spaces);
    arena_release(&n->arena);
    *n = (struct namemap){0};
}

bool namemap_is_empty(const struct namemap *n)
{
    for (int i = 0; i < NAMEMAP_COUNT; i++)
        if (n->to[i].len)
            return false;
    return true;
}

bool namemap_add(struct namemap *n, enum namemap_what what, const char *from, const char *to)
{
    char *key = arena_strdup(&n->arena, from);
    char hex[65];

    if (map_get(&n->to[what], key, strlen(key)))
        return false;
    map_put(&n->to[what], key, strlen(key), arena_strdup(&n->arena, to));
    if (what == NAMEMAP_TABLESPACE)
        map_put(&n->spaces, arena_strdup(&n->arena, to), strlen(to), key);
    if (what != NAMEMAP_HOST)
        return true;
    /* Where the option is a secret, only its digest is known. */
    hash_sha256_hex(from, strlen(from), hex);
    key = arena_printf(&n->arena, VALUE_DIGEST "%s", hex);
    map_put(&n->hosts, key, strlen(key), arena_strdup(&n->arena, to));
    hash_sha256_hex(to, strlen(to), hex);
    map_put(&n->to[what], key, strlen(key), arena_printf(&n->arena, VALUE_DIGEST "%s", hex));
    return true;
}

const char *namemap_schema(const struct namemap *n, const char *name)
{
    const char *to = map_get(&n->to[NAMEMAP_SCHEMA], name, strlen(name));

    return to ? to : name;
}

const char *namemap_role(const struct namemap *n, const char *name)
{
    const char *to = map_get(&n->to[NAMEMAP_ROLE], name, strlen(name));

    return to ? to : name;
}

bool namemap_is_tablespace(const struct namemap *n, const char *name)
{
    return n && map_get(&n->spaces, name, strlen(name));
}

/* ---- single names -------------------------------------------------------------------------- */

struct work {
    const struct namemap *n;
    struct model *m;
    struct arena *arena; /* the model's: new texts live there */
    enum namemap_use use;
    bool sure; /* "a.b" is a qualified name, not an alias with a column */
};

static const char *lookup(const struct work *w, enum namemap_what what, const char *name)
{
    const char *to = name ? map_get(&w->n->to[what], name, strlen(name)) : NULL;

    return to ? to : name;
}

/* A role; of a MySQL account user@host the whole, or the user alone. What it becomes has its own
 * host, or keeps the host. */
static const char *map_role(const struct work *w, const char *name)
{
    const char *to = lookup(w, NAMEMAP_ROLE, name);
    const char *host = name ? strrchr(name, '@') : NULL;
    const char *user;

    if (!host || !engine_of(w->m->flavor)->account_host)
        return to;
    if (to == name) {
        user = arena_strndup(w->arena, name, (size_t)(host - name));
        to = lookup(w, NAMEMAP_ROLE, user);
        if (to == user)
            return name;
    }
    return strrchr(to, '@') ? to : arena_printf(w->arena, "%s%s", to, host);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "a, b": SQL names in order; PUBLIC stands first. */
static const char *map_role_list(const struct work *w, const char *list)
{
    struct vec words = VEC_INIT(const char *);
    struct buf out = BUF_INIT;
    const char *result;

    for (const char *p = list; p && *p;) {
        struct sqltext_name name;

        if (!sqltext_name(p, w->m->flavor, w->arena, &name))
            break;
        VEC_PUSH(&words, const char *,
                 name.quoted || strcmp(name.text, "PUBLIC") != 0 ? map_role(w, name.text) : "");
        p += name.len;
        p += strspn(p, ", ");
    }
    if (words.len)
        qsort(words.items, words.len, sizeof(const char *), by_text);
    for (size_t i = 0; i < words.len; i++) {
        const char *word = VEC_AT(&words, const char *, i);

        buf_adds(&out, i ? ", " : "");
        if (*word)
            sqltext_quote(word, w->m->flavor, &out);
        else
            buf_adds(&out, "PUBLIC");
    }
    result = arena_strdup(w->arena, out.data);
    buf_release(&out);
    vec_release(&words);
    return result;
}

/* "a, b" of a setting, in the order in which they are searched. */
static const char *map_list(const struct work *w, enum namemap_what what, const char *list)
{
    struct buf out = BUF_INIT;
    const char *result;

    for (const char *p = list; *p;) {
        struct sqltext_name name;

        if (!sqltext_name(p, w->m->flavor, w->arena, &name)) {
            buf_addch(&out, *p++);
            continue;
        }
        if (lookup(w, what, name.text) != name.text)
            sqltext_quote(lookup(w, what, name.text), w->m->flavor, &out);
        else
            buf_add(&out, p, name.len);
        p += name.len;
    }
    result = arena_strdup(w->arena, out.data ? out.data : "");
    buf_release(&out);
    return result;
}

/* ---- qualified names ----------------------------------------------------------------------- */

/* Whether "schema.name" can be an object of the schema and not an alias with a column: something
 * there has that name, or all of the name before the types of a function's arguments. */
static bool schema_has(const struct work *w, const char *schema, const char *name)
{
    const struct object *s = model_child(w->m, w->m->root, SPACE_SCHEMA, schema);
    size_t n = strlen(name);

    if (!s)
        return true; /* not of this model: no objects to ask, and on MySQL another database */
    for (const struct object *o = s->first; o; o = o->next)
        if (strncmp(o->name, name, n) == 0 && (!o->name[n] || o->name[n] == '('))
            return true;
    return false;
}

static const char *map_schema_of(void *ctx, const char *schema, const char *name)
{
    const struct work *w = ctx;
    const char *to = map_get(&w->n->to[NAMEMAP_SCHEMA], schema, strlen(schema));

    return to && (w->sure || schema_has(w, schema, name)) ? to : NULL;
}

static const char *map_text(struct work *w, const char *text)
{
    struct buf out = BUF_INIT;
    const char *result = text;

    if (!w->n->to[NAMEMAP_SCHEMA].len || !text || text == model_unknown || !strchr(text, '.'))
        return text;
    if (sqltext_map_schemas(text, w->m->flavor, map_schema_of, w, &out))
        result = arena_strdup(w->arena, out.data);
    buf_release(&out);
    return result;
}

const char *namemap_text(const struct namemap *n, struct arena *a, const struct model *m,
                         const char *text)
{
    struct work w = {n, (struct model *)(uintptr_t)m, a, NAMEMAP_COMPARED, true};

    return map_text(&w, text);
}

const char *namemap_schemas(const struct namemap *n, struct arena *a, const struct model *m,
                            const char *list)
{
    const struct work w = {n, (struct model *)(uintptr_t)m, a, NAMEMAP_COMPARED, true};

    return map_list(&w, NAMEMAP_SCHEMA, list);
}

/* ---- one object ---------------------------------------------------------------------------- */

enum holds {
    HOLDS_SQL,
    HOLDS_ROLE,
    HOLDS_ROLES,
    HOLDS_SCHEMA,
    HOLDS_SCHEMAS,
    HOLDS_TABLESPACE,
    HOLDS_TABLESPACES,
    HOLDS_COLLATION,
    HOLDS_NOTHING
};

/* "collation", "body_collation_connection" */
static bool is_collation(const char *property)
{
    return strstr(property, "collation") && !strstr(property, "given");
}

/* What the value of a setting names; "search_path for boss" is a role's own. */
static enum holds setting_holds(const struct object *o)
{
    static const struct {
        const char *name;
        enum holds holds;
    } rows[] = {
        {"default_tablespace", HOLDS_TABLESPACE}, {"role", HOLDS_ROLE},
        {"search_path", HOLDS_SCHEMAS},           {"session_authorization", HOLDS_ROLE},
        {"temp_tablespaces", HOLDS_TABLESPACES},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t n = strlen(rows[i].name);
        if (strncmp(o->name, rows[i].name, n) == 0 &&
            (!o->name[n] || str_starts(o->name + n, " for ")))
            return rows[i].holds;
    }
    return HOLDS_NOTHING;
}

/* A body in standard SQL, in which names are names and no text. */
bool namemap_is_standard(const struct object *o)
{
    int body = kind_prop(o->kind, "body"), language = kind_prop(o->kind, "language");
    const char *text = body >= 0 ? model_get(o, body) : NULL;

    return text && language >= 0 && str_eq(model_get(o, language), "sql") &&
           (str_starts(text, "BEGIN ATOMIC") || str_starts(text, "RETURN "));
}

/* What a property holds, by its type and name. */
static enum holds holds(unsigned flavor, const struct object *o, const struct prop *p)
{
    static const struct {
        const char *name;
        enum holds holds;
    } rows[] = {
        {"definer", HOLDS_ROLE},  {"grantee", HOLDS_ROLE},
        {"grantor", HOLDS_ROLE},  {"owner", HOLDS_ROLE},
        {"role", HOLDS_ROLE},     {"roles", HOLDS_ROLES},
        {"schema", HOLDS_SCHEMA}, {"tablespace", HOLDS_TABLESPACE},
    };

    if (p->flags & F_SECRET)
        return HOLDS_NOTHING;
    if (engine_of(flavor)->own_collations && p->type == T_NAME && is_collation(p->name))
        return HOLDS_COLLATION;
    if (o->kind->id == K_SETTING && strcmp(p->name, "value") == 0)
        return setting_holds(o);
    if (p->type == T_BODY && strcmp(p->name, "body") == 0 && namemap_is_standard(o))
        return HOLDS_SQL;
    if (p->type == T_EXPR || p->type == T_TYPE)
        return HOLDS_SQL;
    if (p->type != T_NAME)
        return HOLDS_NOTHING;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].name, p->name) == 0)
            return rows[i].holds;
    return o->kind->id == K_DATABASE ? HOLDS_NOTHING : HOLDS_SQL;
}

static const char *map_value(struct work *w, enum holds what, const char *text)
{
    switch (what) {
    case HOLDS_SQL:
        return map_text(w, text);
    case HOLDS_ROLE:
        return map_role(w, text);
    case HOLDS_ROLES:
        return w->n->to[NAMEMAP_ROLE].len ? map_role_list(w, text) : text;
    case HOLDS_SCHEMA:
        return lookup(w, NAMEMAP_SCHEMA, text);
    case HOLDS_SCHEMAS:
        return map_list(w, NAMEMAP_SCHEMA, text);
    case HOLDS_TABLESPACE:
        return lookup(w, NAMEMAP_TABLESPACE, text);
    case HOLDS_COLLATION:
        return lookup(w, NAMEMAP_COLLATION, text);
    case HOLDS_TABLESPACES:
        return map_list(w, NAMEMAP_TABLESPACE, text);
    case HOLDS_NOTHING:
        break;
    }
    return text;
}

static bool is_host(const struct object *o)
{
    const struct object *p = o->parent;

    return (o->kind->id == K_OPTION || o->kind->id == K_SECRET_OPTION) && p &&
           (p->kind->id == K_FOREIGN_SERVER || p->kind->id == K_USER_MAPPING);
}

/*
 * "app", "app by boss", "parameter work_mem for app by boss": what a grant is on where it has no
 * parent of its own, the grantee, and the grantor who is not the owner. On MySQL "app@% on shop%".
 */
static const char *map_grant(struct work *w, const struct object *o)
{
    const char *grantee = model_get(o, P_GRANT_GRANTEE), *grantor = model_get(o, P_GRANT_GRANTOR);
    size_t n = strlen(o->name), by;

    if (!grantee)
        return o->name;
    if (engine_of(w->m->flavor)->account_host)
        return str_starts(o->name, grantee)
                   ? arena_printf(w->arena, "%s%s", map_role(w, grantee), o->name + strlen(grantee))
                   : o->name;
    by = strlen(grantee);
    if (by <= n && strcmp(o->name + n - by, grantee) == 0)
        return arena_printf(w->arena, "%.*s%s", (int)(n - by), o->name, map_role(w, grantee));
    by += grantor ? strlen(" by ") + strlen(grantor) : n;
    return by <= n ? arena_printf(w->arena, "%.*s%s by %s", (int)(n - by), o->name,
                                  map_role(w, grantee), map_role(w, grantor))
                   : o->name;
}

/* Names that are made of others. */
static const char *map_name(struct work *w, const struct object *o)
{
    switch (o->kind->id) {
    case K_SCHEMA:
        return lookup(w, NAMEMAP_SCHEMA, o->name);
    case K_ROLE:
    case K_MISSING_DEFINER:
    case K_USER_MAPPING:
        return map_role(w, o->name);
    case K_GRANT:
        return map_grant(w, o);
    case K_DEFAULT_PRIVILEGE:
        if (!model_get(o, P_DEFAULT_PRIVILEGE_ROLE) || !model_get(o, P_DEFAULT_PRIVILEGE_GRANTEE))
            return o->name;
        return arena_printf(w->arena, "%s, %s, %s",
                            map_role(w, model_get(o, P_DEFAULT_PRIVILEGE_ROLE)),
                            model_get(o, P_DEFAULT_PRIVILEGE_OBJECTS),
                            map_role(w, model_get(o, P_DEFAULT_PRIVILEGE_GRANTEE)));
    default:
        return (o->kind->flags & KF_COMPOSED) && engine_of(w->m->flavor)->schemas
                   ? map_text(w, o->name)
                   : o->name;
    }
}

/* A role's own setting is named "<setting> for <role>", a schema's publication after it. */
static const char *map_ending(struct work *w, const struct object *o, const char *name)
{
    static const char in_schema[] = "TABLES IN SCHEMA ";
    const char *role = o->kind->id == K_SETTING ? model_get(o, P_SETTING_ROLE) : NULL;
    struct sqltext_name schema;
    struct buf b = BUF_INIT;

    if (role && strlen(name) > strlen(role))
        return arena_printf(w->arena, "%.*s%s", (int)(strlen(name) - strlen(role)), name,
                            map_role(w, role));
    if (o->kind->id != K_PUBLICATION_TABLE || !str_starts(name, in_schema) ||
        !sqltext_name(name + strlen(in_schema), w->m->flavor, w->arena, &schema))
        return name;
    buf_adds(&b, in_schema);
    sqltext_quote(lookup(w, NAMEMAP_SCHEMA, schema.text), w->m->flavor, &b);
    name = arena_strdup(w->arena, b.data);
    buf_release(&b);
    return name;
}

static const char *new_name(struct work *w, const struct object *o)
{
    return map_ending(w, o, map_name(w, o));
}

/* What is compared, by its digest; what is to be made, as it is. */
static const char *map_host(const struct work *w, const struct object *o, const char *text)
{
    const char *plain = map_get(&w->n->hosts, text, strlen(text));

    return w->use == NAMEMAP_COPIED && plain && o->parent->kind->id == K_FOREIGN_SERVER
               ? plain
               : lookup(w, NAMEMAP_HOST, text);
}

bool namemap_is_host(const struct object *o)
{
    const char *text =
        o && o->kind->id == K_SECRET_OPTION ? model_get(o, P_SECRET_OPTION_VALUE) : NULL;

    return text && is_host(o) && !str_starts(text, VALUE_DIGEST);
}

/* " SET role TO 'boss'" among the lines before the body. */
static const char *map_definition(const struct work *w, const char *text)
{
    static const char *const names[] = {" SET role TO '", " SET session_authorization TO '"};
    const char *body = strstr(text, "\nAS ");

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *at = strstr(text, names[i]), *name, *end, *role, *to;

        if (!at || at == text || at[-1] != '\n' || (body && at > body))
            continue;
        name = at + strlen(names[i]);
        end = strchr(name, '\'');
        role = end ? arena_strndup(w->arena, name, (size_t)(end - name)) : NULL;
        to = lookup(w, NAMEMAP_ROLE, role);
        if (!role || end[1] != '\n' || to == role || strpbrk(to, "'\\"))
            continue;
        text = arena_printf(w->arena, "%.*s%s%s", (int)(name - text), text, to, end);
        body = strstr(text, "\nAS ");
    }
    return text;
}

/* A table stands in the default tablespace when it names none. */
static const char *map_tablespace(const struct work *w, const struct object *o, const char *text)
{
    const char *to = lookup(w, NAMEMAP_TABLESPACE, text);

    return engine_of(w->m->flavor)->schemas && to != text && str_eq(to, "pg_default") &&
                   o->kind->id != K_DATABASE
               ? NULL
               : to;
}

static const char *map_property(struct work *w, struct object *o, const struct prop *p,
                                const char *text)
{
    enum holds what = holds(w->m->flavor, o, p);

    if (is_host(o))
        return map_host(w, o, text);
    if (what == HOLDS_TABLESPACE && o->kind->id != K_SETTING)
        return map_tablespace(w, o, text);
    if ((o->kind->id == K_FUNCTION || o->kind->id == K_PROCEDURE) &&
        engine_of(w->m->flavor)->schemas && w->n->to[NAMEMAP_ROLE].len &&
        strcmp(p->name, "definition") == 0)
        return map_definition(w, text);
    return map_value(w, what, text);
}

static void map_properties(struct work *w, struct object *o)
{
    for (unsigned i = 0; i < o->kind->n_props; i++) {
        const char *text = o->v[i];

        if (!text || text == model_unknown)
            continue;
        w->sure = o->kind->props[i].type != T_EXPR && o->kind->props[i].type != T_BODY;
        o->v[i] = map_property(w, o, &o->kind->props[i], text);
    }
}

bool namemap_apply(const struct namemap *n, enum namemap_use use, struct model *m, struct err *err)
{
    struct namemap used = *n;
    struct work w = {&used, m, &m->arena, use, true};
    const char **names;

    if (use == NAMEMAP_COPIED)
        used.to[NAMEMAP_SCHEMA] = (struct map)MAP_INIT;
    if (namemap_is_empty(&used))
        return true;
    /* Names are looked up until the last text is mapped: they change afterwards. */
    names = arena_alloc(&m->arena, m->n_objects * sizeof(*names));
    for (uint32_t i = 0; i < m->n_objects; i++)
        names[i] = m->objects[i]->parent ? new_name(&w, m->objects[i]) : m->objects[i]->name;
    for (uint32_t i = 0; i < m->n_objects; i++)
        map_properties(&w, m->objects[i]);
    for (uint32_t i = 0; i < m->n_objects; i++)
        m->objects[i]->name = names[i];
    m->frozen = false;
    if (model_freeze(m, err))
        return true;
    err->cls = ERR_USAGE;
    err_context(err, "the config's map gives two objects one name");
    return err_hint(err, "map each name of production to one of its own");
}
