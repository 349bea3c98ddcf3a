#include "postgres.h"

#include <string.h>

/*
 * Privileges by difference. An entry of the model says what differs from what an object is born
 * with; where only one side has the entry, the other has what it was born with. Source: GRANT,
 * REVOKE, ALTER DEFAULT PRIVILEGES and 5.8 "Privileges" (table 5.2) in the PostgreSQL manual.
 */

/* ---- lists such as "INSERT, SELECT*" ----------------------------------------------------------
 */

/* Takes the next privilege off *at; false at the end. */
static bool next_privilege(const char **at, const char **ret, size_t *ret_len, bool *ret_star)
{
    size_t len;

    *at += strspn(*at, ", ");
    len = strcspn(*at, ",");
    if (!len)
        return false;
    *ret = *at;
    *ret_star = (*at)[len - 1] == '*';
    *ret_len = len - *ret_star;
    *at += len;
    return true;
}

enum held { HELD_NOT, HELD_PLAIN, HELD_GRANTABLE };

static enum held held_in(const char *list, const char *privilege, size_t len)
{
    const char *found;
    size_t n;
    bool star;

    while (next_privilege(&list, &found, &n, &star))
        if (n == len && strncmp(found, privilege, len) == 0)
            return star ? HELD_GRANTABLE : HELD_PLAIN;
    return HELD_NOT;
}

/* Appends those of `list` that `other` holds as `was` at most, and that are `is` here. */
static void add_more(struct buf *out, const char *list, const char *other, enum held is,
                     enum held was, const char *columns)
{
    const char *found;
    size_t len;
    bool star;

    while (next_privilege(&list, &found, &len, &star)) {
        if ((star ? HELD_GRANTABLE : HELD_PLAIN) != is || held_in(other, found, len) > was)
            continue;
        buf_adds(out, out->len ? ", " : "");
        buf_add(out, found, len);
        buf_adds(out, columns);
    }
}

/* ---- what an object is born with --------------------------------------------------------------
 */

static const struct born {
    const char *word; /* what GRANT … ON begins with, or what default privileges are about */
    const char *owner, *everyone;
} born[] = {
    {"DATABASE", "CONNECT, CREATE, TEMPORARY", "CONNECT, TEMPORARY"},
    {"FOREIGN", "USAGE", ""},
    {"FUNCTION", "EXECUTE", "EXECUTE"},
    {"LANGUAGE", "USAGE", "USAGE"},
    {"PARAMETER", "ALTER SYSTEM, SET", ""},
    {"PROCEDURE", "EXECUTE", "EXECUTE"},
    {"SCHEMA", "CREATE, USAGE", ""},
    {"SEQUENCE", "SELECT, UPDATE, USAGE", ""},
    {"TABLE", "DELETE, INSERT, MAINTAIN, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE", ""},
    {"TYPE", "USAGE", "USAGE"},
    {"functions", "EXECUTE", "EXECUTE"},
    {"large objects", "SELECT, UPDATE", ""},
    {"schemas", "CREATE, USAGE", ""},
    {"sequences", "SELECT, UPDATE, USAGE", ""},
    {"tables", "DELETE, INSERT, MAINTAIN, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE", ""},
    {"types", "USAGE", "USAGE"},
};

static const char *born_with(const char *on, bool owner, const char *grantee)
{
    for (size_t i = 0; i < ARRAY_LEN(born); i++)
        if (str_starts(on, born[i].word))
            return owner ? born[i].owner : str_eq(grantee, "PUBLIC") ? born[i].everyone : "";
    return "";
}

/* ---- statements -------------------------------------------------------------------------------
 */

/* A change of what one grantee holds of one object. */
struct difference {
    const struct object *o;
    const struct postgres_grant_on *on; /* its list is not looked at */
    const char *now, *before;
    const char *grantor; /* not the owner; or NULL */
    enum plan_rank revoke, grant;
};

static void add_step(struct plan_builder *b, const struct difference *d, enum plan_rank rank,
                     const char *sql)
{
    if (d->grantor)
        postgres_step_at(b, rank, d->o, "SET SESSION AUTHORIZATION %I", d->grantor);
    plan_step_at(b, rank, d->o, sql);
    if (d->grantor)
        plan_step_at(b, rank, d->o, "RESET SESSION AUTHORIZATION");
}

static void add_revoke(struct plan_builder *b, const struct difference *d, const char *option,
                       const struct buf *privileges)
{
    struct buf sql = BUF_INIT;

    if (privileges->len) {
        buf_addf(&sql, "%sREVOKE %s%s ON %s FROM ", d->on->before, option, privileges->data,
                 d->on->on);
        postgres_role(&sql, d->on->grantee);
        add_step(b, d, d->revoke, sql.data);
    }
    buf_release(&sql);
}

static void add_grant(struct plan_builder *b, const struct difference *d, const char *option,
                      const struct buf *privileges)
{
    struct buf sql = BUF_INIT;

    if (privileges->len) {
        buf_addf(&sql, "%sGRANT %s ON %s TO ", d->on->before, privileges->data, d->on->on);
        postgres_role(&sql, d->on->grantee);
        buf_adds(&sql, option);
        add_step(b, d, d->grant, sql.data);
    }
    buf_release(&sql);
}

static void add_difference(struct plan_builder *b, const struct difference *d)
{
    const char *columns = d->on->columns;
    struct buf gone = BUF_INIT, option = BUF_INIT, plain = BUF_INIT, grantable = BUF_INIT;
    const char *at = d->before, *found;
    size_t len;
    bool star;

    add_more(&gone, d->before, d->now, HELD_PLAIN, HELD_NOT, columns);
    add_more(&gone, d->before, d->now, HELD_GRANTABLE, HELD_NOT, columns);
    while (next_privilege(&at, &found, &len, &star))
        if (star && held_in(d->now, found, len) == HELD_PLAIN) {
            buf_adds(&option, option.len ? ", " : "");
            buf_add(&option, found, len);
            buf_adds(&option, columns);
        }
    add_more(&plain, d->now, d->before, HELD_PLAIN, HELD_NOT, columns);
    add_more(&grantable, d->now, d->before, HELD_GRANTABLE, HELD_PLAIN, columns);
    add_revoke(b, d, "", &gone);
    add_revoke(b, d, "GRANT OPTION FOR ", &option);
    add_grant(b, d, "", &plain);
    add_grant(b, d, " WITH GRANT OPTION", &grantable);
    buf_release(&gone);
    buf_release(&option);
    buf_release(&plain);
    buf_release(&grantable);
}

/* ---- grants -----------------------------------------------------------------------------------
 */

/* "if a role holds SELECT on a table, … revoking … also revokes from each column": what columns
 * still have is granted again. */
static void restore_columns(struct plan_builder *b, const struct object *table,
                            const struct difference *d)
{
    for (const struct object *c = plan_child(table, K_COLUMN, NULL); c;
         c = plan_child(table, K_COLUMN, c))
        for (const struct object *g = plan_child(c, K_GRANT, NULL); g;
             g = plan_child(c, K_GRANT, g)) {
            struct postgres_grant_on on;
            struct difference again = *d;

            if (postgres_grant_by_other(b, g) || !postgres_grant_describe(b, g, &on) ||
                !str_eq(on.grantee, d->on->grantee) || plan_creates(b, g))
                continue;
            again.o = g;
            again.on = &on;
            again.now = on.list;
            again.before = "";
            add_difference(b, &again);
        }
}

static bool revokes_some(const struct difference *d)
{
    const char *at = d->before, *found;
    size_t len;
    bool star;

    while (next_privilege(&at, &found, &len, &star))
        if (held_in(d->now, found, len) == HELD_NOT)
            return true;
    return false;
}

static const struct object *holder_of(const struct object *grant)
{
    return grant->parent->kind->id == K_COLUMN ? grant->parent->parent : grant->parent;
}

/* Then postgres_grants_of_owner sets all that is granted on it. */
static bool gets_owner(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *o = p->from ? p->from : p->to, *holder = holder_of(o);
    int slot = kind_prop(holder->kind, "owner");

    if (slot < 0 || !holder->parent || model_get(o, P_GRANT_TARGET) || !b->opt->owners)
        return false;
    if (!p->from)
        holder = plan_other(b, holder);
    return holder && (plan_differs(b, holder) >> slot & 1);
}

/* Revokes before owners change (what the old owner granted becomes the new one's), grants after. */
void postgres_alter_grant(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *o = p->from ? p->from : p->to, *holder;
    struct postgres_grant_on on, other = {.list = ""};
    bool by_other = postgres_grant_by_other(b, o), owner = postgres_grant_is_owners(b, o);
    struct difference d = {.o = o,
                           .on = &on,
                           .grantor = by_other ? model_get(o, P_GRANT_GRANTOR) : NULL,
                           .revoke = by_other ? RANK_OBJECT : RANK_STATE,
                           .grant = by_other ? RANK_REGRANT
                                    : owner  ? RANK_OWN
                                             : RANK_GRANT};
    const char *usual;

    if (!b->opt->grants || !model_get(o, P_GRANT_GRANTEE) || gets_owner(b, p))
        return;
    if (!postgres_grant_describe(b, o, &on) ||
        (p->to && !postgres_grant_describe(b, p->to, &other))) {
        plan_refuse(b, o, "dbtwin cannot set privileges of this kind of object yet");
        return;
    }
    usual = by_other || *on.columns ? "" : born_with(on.on, owner, on.grantee);
    d.now = postgres_known_privileges(b, o, p->from ? on.list : usual, p->from && !owner);
    d.before = postgres_known_privileges(b, o, p->to ? other.list : usual, false);
    add_difference(b, &d);
    holder = p->from ? o->parent : plan_other(b, o->parent);
    if (holder && !by_other && !*on.columns && revokes_some(&d))
        restore_columns(b, holder, &d);
}

/* What others granted goes first, while its grantor holds it. */
static void revoke_all(struct plan_builder *b, const struct object *from, const struct object *to)
{
    for (const struct object *g = plan_child(to, K_GRANT, NULL); g;
         g = plan_child(to, K_GRANT, g)) {
        bool by_other = postgres_grant_by_other(b, g), owner = postgres_grant_is_owners(b, g);
        struct postgres_grant_on on;
        struct difference d = {.o = from,
                               .on = &on,
                               .grantor = by_other ? model_get(g, P_GRANT_GRANTOR) : NULL,
                               .revoke = by_other ? RANK_OBJECT : RANK_STATE,
                               .grant = RANK_OWN};

        if (owner || !postgres_grant_describe(b, g, &on))
            continue;
        d.before = postgres_known_privileges(b, g, on.list, false);
        d.now = by_other || *on.columns ? "" : born_with(on.on, false, on.grantee);
        d.now = postgres_known_privileges(b, g, d.now, false);
        add_difference(b, &d);
    }
    for (const struct object *c = plan_child(to, K_COLUMN, NULL); c;
         c = plan_child(to, K_COLUMN, c))
        if (plan_other(b, c))
            revoke_all(b, from, c);
}

static bool has_grants(const struct object *o)
{
    for (const struct object *c = plan_child(o, K_COLUMN, NULL); c; c = plan_child(o, K_COLUMN, c))
        if (plan_child(c, K_GRANT, NULL))
            return true;
    return plan_child(o, K_GRANT, NULL) != NULL;
}

void postgres_grants_of_owner(struct plan_builder *b, const struct plan_pair *p)
{
    const char *owner = model_get(p->from, kind_prop(p->from->kind, "owner"));
    struct buf on = BUF_INIT;

    if (b->opt->grants && owner && (has_grants(p->from) || has_grants(p->to)) &&
        postgres_grant_target(&on, p->from)) {
        revoke_all(b, p->from, p->to);
        postgres_step_at(b, RANK_OWN, p->from, "REVOKE ALL ON %s FROM %I", on.data, owner);
        postgres_step_at(b, RANK_OWN, p->from, "GRANT ALL ON %s TO %I", on.data, owner);
        postgres_grants_again(b, p->from);
    }
    buf_release(&on);
}

/* ---- default privileges -----------------------------------------------------------------------
 */

static bool describe_default(const struct object *o, struct postgres_grant_on *ret,
                             struct buf *before)
{
    const char *role = model_get(o, P_DEFAULT_PRIVILEGE_ROLE);
    const char *list = model_get(o, P_DEFAULT_PRIVILEGE_PRIVILEGES);

    *ret = (struct postgres_grant_on){.on = model_get(o, P_DEFAULT_PRIVILEGE_OBJECTS),
                                      .grantee = model_get(o, P_DEFAULT_PRIVILEGE_GRANTEE),
                                      .list = list ? list : "",
                                      .columns = ""};
    if (!role || !ret->on || !ret->grantee)
        return false;
    postgres_format(before, "ALTER DEFAULT PRIVILEGES FOR ROLE %I ", role);
    if (o->parent->kind->id == K_SCHEMA)
        postgres_format(before, "IN SCHEMA %I ", o->parent->name);
    ret->before = before->data;
    return true;
}

/* Last, so that they are no part of what the plan itself creates. They go with their schema. */
void postgres_alter_default_privilege(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *o = p->from ? p->from : p->to;
    struct buf before = BUF_INIT;
    struct postgres_grant_on on;
    struct difference d = {.o = o, .on = &on, .revoke = RANK_LAST, .grant = RANK_LAST};
    const char *usual, *list = p->to ? model_get(p->to, P_DEFAULT_PRIVILEGE_PRIVILEGES) : NULL;

    if (b->opt->grants && describe_default(o, &on, &before) &&
        !(p->to && !p->from && plan_drops(b, p->to->parent))) {
        bool owner = str_eq(model_get(o, P_DEFAULT_PRIVILEGE_ROLE), on.grantee);

        /* An entry of a schema adds to the others; one of the whole database replaces them. */
        usual = o->parent->parent ? "" : born_with(on.on, owner, on.grantee);
        d.now = postgres_known_privileges(b, o, p->from ? on.list : usual, p->from && !owner);
        d.before = postgres_known_privileges(b, o, !p->to ? usual : list ? list : "", false);
        add_difference(b, &d);
    }
    buf_release(&before);
}

/* ---- what the plan creates --------------------------------------------------------------------
 */

static bool has_own(struct plan_builder *b, const struct object *o, const char *grantee)
{
    for (const struct object *g = plan_child(o, K_GRANT, NULL); g; g = plan_child(o, K_GRANT, g))
        if (!postgres_grant_by_other(b, g) && str_eq(model_get(g, P_GRANT_GRANTEE), grantee))
            return true;
    return false;
}

/* Whether this role creates it is not known: taking away what nobody has does no harm. */
static void take_default(struct plan_builder *b, const struct object *o, const struct object *entry)
{
    const char *role = model_get(entry, P_DEFAULT_PRIVILEGE_ROLE);
    const char *grantee = model_get(entry, P_DEFAULT_PRIVILEGE_GRANTEE);
    const char *list = model_get(entry, P_DEFAULT_PRIVILEGE_PRIVILEGES);
    const char *owner = model_get(o, kind_prop(o->kind, "owner"));
    struct buf on = BUF_INIT;
    struct postgres_grant_on g = {.before = "", .columns = ""};
    struct difference d = {.o = o, .on = &g, .revoke = RANK_OWN, .grant = RANK_OWN};
    bool own = str_eq(role, grantee);

    g.grantee = own ? owner : grantee;
    if (!role || !g.grantee || has_own(b, o, g.grantee) || !postgres_grant_target(&on, o)) {
        buf_release(&on);
        return;
    }
    g.on = on.data;
    /* Of PUBLIC and the owner an entry of the database says what remains of the usual. */
    d.before = list ? list : "";
    d.now = born_with(g.on, own, grantee);
    d.now = postgres_known_privileges(b, o, d.now, false);
    d.before = postgres_known_privileges(b, o, d.before, false);
    if (own || !str_eq(g.grantee, owner))
        add_difference(b, &d);
    buf_release(&on);
}

static void take_from(struct plan_builder *b, const struct object *o, const struct object *holder)
{
    for (const struct object *e = plan_child(holder, K_DEFAULT_PRIVILEGE, NULL); e;
         e = plan_child(holder, K_DEFAULT_PRIVILEGE, e))
        if (str_eq(model_get(e, P_DEFAULT_PRIVILEGE_OBJECTS),
                   postgres_default_objects(o->kind->id)))
            take_default(b, o, e);
}

void postgres_take_defaults(struct plan_builder *b, const struct object *o)
{
    const struct object *schema;

    if (!b->to || !b->opt->grants || !postgres_default_objects(o->kind->id))
        return;
    schema = o->parent->kind->id == K_SCHEMA ? plan_other(b, o->parent) : NULL;
    take_from(b, o, b->to->root);
    if (schema)
        take_from(b, o, schema);
}
