#include "read.h"

#include <string.h>
#include <strings.h>

/*
 * What belongs to the server and not to the database, and yet decides what works here: accounts and
 * roles with their grants, servers of FEDERATED tables, functions from libraries, plugins. It
 * stands in the system tables, which most accounts may not read: then the class is a gap, with
 * the GRANT that would help, and never absent.
 */

struct account {
    const char *name;
    bool touched; /* granted something here, or has a role that is */
    bool exists;
    struct object *object;
};

struct membership {
    struct account *role, *member;
    bool admin;
};

struct accounts {
    struct my_read *r;
    struct map by_name;  /* struct account, keyed by its name */
    struct map given;    /* grants, by parent and name: no two of one name */
    struct vec members;  /* struct membership */
    struct vec definers; /* struct account *, perhaps several times */
    struct map needed;   /* names of plugins and components, in lower case */
    bool needs_components;
};

static struct account *account_of(struct accounts *a, const char *name)
{
    struct account *x = map_get(&a->by_name, name, strlen(name));
    if (!x) {
        x = arena_new(&a->r->arena, struct account);
        x->name = arena_strdup(&a->r->arena, name);
        map_put(&a->by_name, x->name, strlen(x->name), x);
    }
    return x;
}

/* ---- plugins ------------------------------------------------------------------------------- */

enum { PLUGIN_NAME_MAX = 128 };

/* A plugin's or component's name in lower case, up to what stands behind it: "inet6(…)". */
static size_t plugin_key(const char *name, char ret[PLUGIN_NAME_MAX + 1])
{
    size_t n = strcspn(name, " (");
    if (n > PLUGIN_NAME_MAX)
        n = PLUGIN_NAME_MAX;
    for (size_t i = 0; i < n; i++)
        ret[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    ret[n] = 0;
    return n;
}

static void need(struct accounts *a, const char *name)
{
    char key[PLUGIN_NAME_MAX + 1];
    size_t n = name ? plugin_key(name, key) : 0;
    if (n && !map_get(&a->needed, key, n)) {
        char *copy = arena_strdup(&a->r->arena, key);
        map_put(&a->needed, copy, n, copy);
    }
}

/* Functions of components, which the server has only where the component is installed. */
static const struct {
    const char *function, *component;
} provided[] = {
    {"audit_api_message_emit_udf", "file://component_audit_api_message_emit"},
    {"md5", "file://component_classic_hashing"}, /* from MySQL 9.6 on */
    {"mysql_query_attribute_string", "file://component_query_attributes"},
    {"sha", "file://component_classic_hashing"},
    {"sha1", "file://component_classic_hashing"},
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || c == '`' || c == '.' || (unsigned char)c >= 0x80;
}

/* Whether a text calls a function of this name; one that only speaks of a call may say yes. */
static bool calls(const char *text, const char *function)
{
    size_t n = strlen(function);
    for (const char *p = text; (p = strcasestr(p, function)); p++) {
        const char *end = p + n;
        end += *end == '`';
        if ((p == text || !is_letter(p[-1]) || p[-1] == '`') && end[strspn(end, " ")] == '(')
            return true;
    }
    return false;
}

static void need_components(struct accounts *a, const struct object *o)
{
    for (unsigned slot = 0; slot < o->kind->n_props; slot++) {
        enum prop_type type = o->kind->props[slot].type;
        const char *text = type == T_EXPR || type == T_BODY ? model_get(o, (int)slot) : NULL;
        for (size_t i = 0; text && strchr(text, '(') && i < ARRAY_LEN(provided); i++)
            if (calls(text, provided[i].function)) {
                need(a, provided[i].component);
                a->needs_components = true;
            }
    }
}

static void need_of(struct accounts *a, const struct object *o)
{
    if (a->r->s->flavor == ENGINE_MY && a->r->s->version >= 80000)
        need_components(a, o);
    if (o->kind->id == K_TABLE)
        need(a, model_get(o, P_TABLE_ENGINE));
    else if (o->kind->id == K_INDEX)
        need(a, model_get(o, P_INDEX_PARSER));
    else if (o->kind->id == K_COLUMN && a->r->s->flavor == ENGINE_MA)
        need(a, model_get(o, P_COLUMN_TYPE));
    for (const struct object *c = o->first; c; c = c->next)
        need_of(a, c);
}

static bool plugin_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                       struct err *err)
{
    struct accounts *a = ctx;
    (void)lengths;
    if (n != 2 || !v[0] || !v[1])
        return err_set(err, ERR_RUNTIME, "query plugin: an unexpected row");
    char key[PLUGIN_NAME_MAX + 1];
    size_t len = plugin_key(v[0], key);
    if (!map_get(&a->needed, key, len))
        return true;
    struct object *o = model_add(a->r->m, &kinds[K_PLUGIN], NULL, v[0]);
    model_set(a->r->m, o, P_PLUGIN_TYPE, v[1]);
    return true;
}

/* ---- grants -------------------------------------------------------------------------------- */

/* Routines are granted by names in lower case, whatever they are called. */
static struct object *find_routine(const struct my_read *r, char level, const char *name)
{
    enum kind_id kind = level == 'f' ? K_FUNCTION : level == 'r' ? K_PROCEDURE : K_PACKAGE;
    for (struct object *o = r->m->root->first; o; o = o->next)
        if (o->kind->id == kind && strcasecmp(o->name, name) == 0)
            return o;
    return NULL;
}

static struct object *find_named(struct my_read *r, char level, const char *name)
{
    static const char relations[] = "ts";
    if (level == 'd')
        return r->m->root;
    if (!name)
        return NULL;
    if (level != 't' && level != 'c') {
        struct object *o =
            my_read_find(r, arena_printf(&r->arena, "%c:%s", level == 'p' ? 'c' : level, name));
        return o ? o : find_routine(r, level, name);
    }
    struct object *o = NULL;
    for (const char *p = relations; *p && !o; p++)
        o = my_read_find(r, arena_printf(&r->arena, "%c:%s", *p, name));
    return o;
}

static struct object *find_column(const struct object *table, const char *name)
{
    for (struct object *o = table->first; o; o = o->next)
        if (o->kind->id == K_COLUMN && strcasecmp(o->name, name) == 0)
            return o;
    return NULL;
}

static void add_grant(struct accounts *a, struct object *on, const char *name, const char *grantee,
                      const char *privileges)
{
    struct my_read *r = a->r;
    char *key = arena_printf(&r->arena, "%p %s", (void *)on, name);
    for (unsigned i = 2; map_get(&a->given, key, strlen(key)); i++) { /* `a_b`.* and `a\_b`.* */
        name = arena_printf(&r->arena, "%s (%u)", grantee, i);
        key = arena_printf(&r->arena, "%p %s", (void *)on, name);
    }
    struct object *o = model_add(r->m, &kinds[K_GRANT], on, name);
    model_set(r->m, o, P_GRANT_GRANTEE, grantee);
    model_set(r->m, o, P_GRANT_PRIVILEGES, privileges);
    map_put(&a->given, key, strlen(key), o);
    account_of(a, grantee)->touched = true;
}

/* "INSERT, SELECT" with the grant option: "INSERT*, SELECT*". */
static const char *with_stars(struct arena *arena, const char *list)
{
    struct buf b = BUF_INIT;
    for (const char *p = *list ? list : "USAGE"; *p; p++) {
        if (*p == ',')
            buf_addch(&b, '*');
        buf_addch(&b, *p);
    }
    buf_addch(&b, '*');
    const char *ret = arena_strdup(arena, b.data);
    buf_release(&b);
    return ret;
}

enum { LEVEL, OBJECT, COLUMN, PATTERN, GRANTEE, GRANTABLE, PRIVILEGES, GRANT_COLUMNS };

static bool grant_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                      struct err *err)
{
    struct accounts *a = ctx;
    struct arena *arena = &a->r->arena;
    (void)lengths;
    if (n != GRANT_COLUMNS || !v[LEVEL] || !v[GRANTEE])
        return err_set(err, ERR_RUNTIME, "query grant: an unexpected row");
    const char *list = v[PRIVILEGES] ? v[PRIVILEGES] : "", *name = v[GRANTEE];
    if (v[GRANTABLE] && *v[GRANTABLE] == '1')
        list = with_stars(arena, list);
    struct object *on = find_named(a->r, *v[LEVEL], v[OBJECT]);
    if (!on || !*list)
        return true; /* what is granted on something that is not there does nothing */
    if (v[COLUMN]) {
        struct object *column = find_column(on, v[COLUMN]);
        name = column ? name : arena_printf(arena, "%s (%s)", name, v[COLUMN]);
        on = column ? column : on; /* a view's columns are no objects */
    }
    if (v[PATTERN])
        name = arena_printf(arena, "%s on %s", name, v[PATTERN]);
    add_grant(a, on, name, v[GRANTEE], list);
    return true;
}

/* ---- accounts and roles
 * --------------------------------------------------------------------------------- */

static bool member_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                       struct err *err)
{
    struct accounts *a = ctx;
    (void)lengths;
    if (n != 3 || !v[0] || !v[1])
        return err_set(err, ERR_RUNTIME, "query member: an unexpected row");
    struct membership *m = vec_push(&a->members);
    *m = (struct membership){account_of(a, v[0]), account_of(a, v[1]), v[2] && *v[2] == '1'};
    return true;
}

/* Who has a role that may do something here may do it too. Each round touches one more at least. */
static void spread(struct accounts *a)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < a->members.len; i++) {
            struct membership *m = &VEC_AT(&a->members, struct membership, i);
            more |= m->role->touched && !m->member->touched;
            m->member->touched |= m->role->touched;
        }
    }
}

/* A role of MariaDB has no host: "reader@". */
static void find_definers(struct accounts *a, const struct object *o)
{
    int slot = kind_prop(o->kind, "definer");
    const char *name = slot >= 0 ? model_get(o, slot) : NULL;
    size_t n = name ? strlen(name) : 0;
    if (n > 1 && a->r->s->flavor == ENGINE_MA && name[n - 1] == '@')
        name = arena_strndup(&a->r->arena, name, n - 1);
    if (n)
        VEC_PUSH(&a->definers, struct account *, account_of(a, name));
    for (const struct object *c = o->first; c; c = c->next)
        find_definers(a, c);
}

static void add_missing(struct accounts *a)
{
    for (size_t i = 0; i < a->definers.len; i++) {
        struct account *x = VEC_AT(&a->definers, struct account *, i);
        if (!x->exists && !x->object)
            x->object = model_add(a->r->m, &kinds[K_MISSING_DEFINER], NULL, x->name);
    }
}

static bool role_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                     struct err *err)
{
    struct accounts *a = ctx;
    (void)lengths;
    if (n != 2 || !v[0])
        return err_set(err, ERR_RUNTIME, "query role: an unexpected row");
    struct account *x = map_get(&a->by_name, v[0], strlen(v[0]));
    if (x)
        x->exists = true;
    if (!x || !x->touched || x->object)
        return true;
    x->object = model_add(a->r->m, &kinds[K_ROLE], NULL, x->name);
    need(a, v[1]);
    return true;
}

static void add_members(struct accounts *a)
{
    for (size_t i = 0; i < a->members.len; i++) {
        const struct membership *m = &VEC_AT(&a->members, struct membership, i);
        if (m->role->object)
            add_grant(a, m->role->object, m->member->name, m->member->name,
                      m->admin ? "member*" : "member");
    }
}

/* ---- all of it ----------------------------------------------------------------------------- */

/* The queries. Of those of one class the first that this account may not read ends the class. */
struct source {
    const char *query;
    row_fn *row;          /* NULL: into the model as it is */
    const char *kinds[4]; /* that are not known without it */
};
static const struct source sources[] = {
    {"grant", grant_row, {"grant", "role", "missing_definer"}},
    {"member", member_row, {"grant", "role", "missing_definer"}},
    {"role", role_row, {"grant", "role", "missing_definer"}},
    {"foreign_server", NULL, {"foreign_server"}},
    {"secret_option", NULL, {"foreign_server"}},
    {"user_function", NULL, {"user_function"}},
    {"plugin", plugin_row, {"plugin"}},
    {"component", plugin_row, {"plugin"}},
};

static void denied(struct my_read *r, const struct source *from)
{
    for (const char *const *kind = from->kinds; *kind; kind++)
        model_gap(r->m, *kind, NULL,
                  "this account may not read the system tables; it needs GRANT SELECT ON mysql.*");
}

static bool read_source(struct accounts *a, const struct source *from, bool *ret_denied,
                        struct err *err)
{
    struct err why = ERR_INIT;
    bool good = from->row ? my_read_rows(a->r, from->query, from->row, a, &why)
                          : my_read_query(a->r, from->query, &why);
    *ret_denied = !good && why.cls == ERR_DENIED;
    if (*ret_denied)
        denied(a->r, from);
    else if (!good)
        *err = why;
    return good || *ret_denied;
}

bool my_accounts(struct my_read *r, struct err *err)
{
    struct accounts a = {.r = r};
    const char *lost = "";
    bool good = true, denied = false, knows_accounts = false;

    vec_init(&a.members, sizeof(struct membership));
    need_of(&a, r->m->root);
    vec_init(&a.definers, sizeof(struct account *));
    find_definers(&a, r->m->root);
    for (size_t i = 0; good && i < ARRAY_LEN(sources); i++) {
        if (str_eq(sources[i].kinds[0], lost) ||
            (strcmp(sources[i].query, "component") == 0 && !a.needs_components))
            continue;
        if (sources[i].row == role_row)
            spread(&a);
        good = read_source(&a, &sources[i], &denied, err);
        lost = denied ? sources[i].kinds[0] : "";
        knows_accounts |= sources[i].row == role_row && !denied;
    }
    if (good)
        add_members(&a);
    if (good && knows_accounts)
        add_missing(&a);
    vec_release(&a.definers);
    map_release(&a.by_name);
    map_release(&a.given);
    map_release(&a.needed);
    vec_release(&a.members);
    return good;
}
