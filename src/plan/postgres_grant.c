#include "postgres.h"

#include <stdlib.h>
#include <string.h>

void postgres_role(struct buf *out, const char *role)
{
    if (strcmp(role, "PUBLIC") == 0)
        buf_adds(out, role);
    else
        postgres_identifier(out, role);
}

/* The privileges with (or without) the grant option, of a list such as "INSERT, SELECT*"; with
 * `columns`, each is followed by that list. */
static void add_privileges(struct buf *out, const char *list, bool starred, const char *columns)
{
    const char *between = "";

    while (*list) {
        size_t len = strcspn(list, ",");
        bool star = len && list[len - 1] == '*';

        if (len && star == starred) {
            buf_adds(out, between);
            buf_add(out, list, len - star);
            buf_adds(out, columns);
            between = ", ";
        }
        list += len;
        list += strspn(list, ", ");
    }
}

static void add_grant(struct plan_builder *b, enum plan_rank rank, const struct object *o,
                      const struct postgres_grant_on *g)
{
    for (int starred = 0; starred < 2; starred++) {
        struct buf sql = BUF_INIT, privileges = BUF_INIT;

        add_privileges(&privileges, g->list, starred, g->columns);
        if (privileges.len) {
            buf_addf(&sql, "%sGRANT %s ON %s TO ", g->before, privileges.data, g->on);
            postgres_role(&sql, g->grantee);
            buf_adds(&sql, starred ? " WITH GRANT OPTION" : "");
            plan_step_at(b, rank, o, sql.data);
        }
        buf_release(&privileges);
        buf_release(&sql);
    }
}

static void add_revoke(struct plan_builder *b, enum plan_rank rank, const struct object *o,
                       const struct postgres_grant_on *g)
{
    struct buf sql = BUF_INIT;

    buf_addf(&sql, "%sREVOKE ALL%s ON %s FROM ", g->before, g->columns, g->on);
    postgres_role(&sql, g->grantee);
    plan_step_at(b, rank, o, sql.data);
    buf_release(&sql);
}

/* Where the columns begin in "TABLE name (column)", or its end. */
static size_t before_columns(const char *target)
{
    bool quoted = false;
    size_t i = 0;

    for (; target[i]; i++) {
        if (target[i] == '"')
            quoted = !quoted;
        if (!quoted && target[i] == ' ' && target[i + 1] == '(' && str_starts(target, "TABLE "))
            break;
    }
    return i;
}

/* Who owns things in a schema needs CREATE there by the time that he is made their owner, unless it
 * is a superuser who does that (https://www.postgresql.org/docs/current/sql-altertable.html). */
static void add_early_create(struct plan_builder *b, const struct object *o,
                             const struct postgres_grant_on *g)
{
    struct buf role = BUF_INIT;

    postgres_role(&role, g->grantee);
    postgres_step_at(b, RANK_STATE, o, "GRANT CREATE ON %s TO %s", g->on, role.data);
    buf_release(&role);
}

/* Appends the privileges of list that are (not) among those of other; stars of list are kept. */
static void add_difference(struct buf *out, const char *list, const char *other, bool common,
                           bool starred)
{
    while (*list) {
        size_t len = strcspn(list, ","), bare = len && list[len - 1] == '*' ? len - 1 : len;
        bool found = false;

        for (const char *p = other; *p && !found;) {
            size_t n = strcspn(p, ","), plain = n && p[n - 1] == '*' ? n - 1 : n;

            found = plain == bare && strncmp(p, list, bare) == 0 && (!starred || plain < n);
            p += n;
            p += strspn(p, ", ");
        }
        if (len && found == common) {
            buf_adds(out, out->len ? ", " : "");
            buf_add(out, list, len);
        }
        list += len;
        list += strspn(list, ", ");
    }
}

/* Privileges that older servers do not know (https://www.postgresql.org/docs/17/release-17.html).
 */
static const struct {
    const char *privilege;
    unsigned since;
} newer[] = {{"MAINTAIN", 170000}};

const char *postgres_known_privileges(struct plan_builder *b, const struct object *o,
                                      const char *list, bool tell)
{
    for (size_t i = 0; i < ARRAY_LEN(newer); i++) {
        struct buf rest = BUF_INIT;

        if (b->opt->target_version >= newer[i].since || !strstr(list, newer[i].privilege))
            continue;
        add_difference(&rest, list, newer[i].privilege, false, false);
        list = arena_strndup(b->arena, rest.len ? rest.data : "", rest.len);
        buf_release(&rest);
        if (tell)
            plan_leave_some(b, o,
                            arena_printf(b->arena,
                                         "the privilege %s needs PostgreSQL %u, the target is %u",
                                         newer[i].privilege, newer[i].since / 10000,
                                         b->opt->target_version / 10000));
    }
    return list;
}

/* The database's own, and those of parameters, which are the server's. */
static bool describe_root(struct plan_builder *b, const struct object *o, struct buf *on)
{
    static const char parameter[] = "parameter ", between[] = " for ";

    if (str_starts(o->name, parameter) && strstr(o->name, between)) {
        const char *name = o->name + strlen(parameter);

        postgres_format(on, "PARAMETER %s",
                        arena_strndup(b->arena, name, (size_t)(strstr(name, between) - name)));
    } else if (b->to && b->to->database) {
        postgres_format(on, "DATABASE %I", b->to->database);
    }
    return on->len > 0;
}

bool postgres_grant_describe(struct plan_builder *b, const struct object *o,
                             struct postgres_grant_on *ret)
{
    const char *target = model_get(o, P_GRANT_TARGET), *list = model_get(o, P_GRANT_PRIVILEGES);
    struct buf on = BUF_INIT, columns = BUF_INIT;
    bool good = true;

    if (target) {
        buf_add(&on, target, before_columns(target));
        buf_adds(&columns, target + before_columns(target));
    } else if (!o->parent->parent) {
        good = describe_root(b, o, &on);
    } else {
        good = postgres_grant_target(&on, o->parent);
    }
    if (o->parent->kind->id == K_COLUMN)
        postgres_format(&columns, " (%I)", o->parent->name);
    *ret = (struct postgres_grant_on){
        .before = "",
        .on = arena_strndup(b->arena, on.data ? on.data : "", on.len),
        .grantee = model_get(o, P_GRANT_GRANTEE),
        .list = list ? list : "",
        .columns = arena_strndup(b->arena, columns.data ? columns.data : "", columns.len)};
    buf_release(&on);
    buf_release(&columns);
    return good;
}

/* ---- the order of grants --------------------------------------------------------------------- */

/* Where a grant is on: for one that names its target, up to the columns. */
static bool is_same_holder(const struct object *a, const struct object *b)
{
    const char *x = model_get(a, P_GRANT_TARGET), *y = model_get(b, P_GRANT_TARGET);
    size_t n = x ? before_columns(x) : 0;

    if (!x || !y)
        return x == y;
    return n == before_columns(y) && strncmp(x, y, n) == 0;
}

/* The relation, for a column's. */
static const struct object *holder_of(const struct object *grant)
{
    const struct object *o = grant->parent;

    return o->kind->id == K_COLUMN ? o->parent : o;
}

bool postgres_grant_by_other(struct plan_builder *b, const struct object *o)
{
    const char *grantor = model_get(o, P_GRANT_GRANTOR);

    if (model_get(o, P_GRANT_TARGET))
        return grantor && str_ends(o->name, arena_printf(b->arena, " by %s", grantor));
    return !str_eq(o->name, model_get(o, P_GRANT_GRANTEE));
}

bool postgres_grant_is_owners(struct plan_builder *b, const struct object *o)
{
    return !postgres_grant_by_other(b, o) &&
           str_eq(model_get(o, P_GRANT_GRANTEE), model_get(o, P_GRANT_GRANTOR));
}

/* All grants on what `o` is on, its columns' too, in model order. */
static void add_siblings(const struct object *of, const struct object *o, struct vec *ret)
{
    for (const struct object *g = plan_child(of, K_GRANT, NULL); g; g = plan_child(of, K_GRANT, g))
        if (is_same_holder(o, g))
            VEC_PUSH(ret, const struct object *, g);
    if (of == holder_of(o))
        for (const struct object *c = plan_child(of, K_COLUMN, NULL); c;
             c = plan_child(of, K_COLUMN, c))
            add_siblings(c, o, ret);
}

struct regrant {
    const struct object *object;
    struct postgres_grant_on grant;
    bool own; /* by the owner */
    int64_t position;
    const char *left;  /* privileges not granted yet */
    const char *given; /* those that are */
};

/* What the grantor holds with the grant option by now: on the whole, or on the same column. */
static const char *held_by(struct plan_builder *b, const struct vec *all, const struct object *o)
{
    const char *held = "";

    for (size_t i = 0; i < all->len; i++) {
        const struct regrant *r = &VEC_AT(all, struct regrant, i);

        if (str_eq(model_get(r->object, P_GRANT_GRANTEE), model_get(o, P_GRANT_GRANTOR)) &&
            (r->object->parent == o->parent || r->object->parent == holder_of(o)))
            held = arena_printf(b->arena, "%s%s%s", held, *held ? ", " : "", r->given);
    }
    return held;
}

static void add_as_grantor(struct plan_builder *b, const struct object *o,
                           const struct postgres_grant_on *g)
{
    postgres_step_at(b, RANK_REGRANT, o, "SET SESSION AUTHORIZATION %I",
                     model_get(o, P_GRANT_GRANTOR));
    add_grant(b, RANK_REGRANT, o, g);
    plan_step_at(b, RANK_REGRANT, o, "RESET SESSION AUTHORIZATION");
}

static void add_by_owner(struct plan_builder *b, enum plan_rank rank, const struct object *o,
                         const struct postgres_grant_on *g)
{
    /* A column's privileges go with those of its table. */
    if (o->parent->kind->id != K_COLUMN)
        add_revoke(b, rank, o, g);
    add_grant(b, rank, o, g);
}

/* Grants what its grantor may grant by now, or all of it; true when there was something. */
static bool grant_ready(struct plan_builder *b, const struct vec *all, struct regrant *r,
                        enum plan_rank rank, bool force)
{
    struct buf now = BUF_INIT, left = BUF_INIT;
    struct postgres_grant_on part = r->grant;
    bool some;

    if (force || r->own) {
        buf_adds(&now, r->left);
    } else {
        const char *held = held_by(b, all, r->object);

        add_difference(&now, r->left, held, true, true);
        add_difference(&left, r->left, held, false, true);
    }
    some = now.len > 0;
    if (some) {
        part.list = arena_strndup(b->arena, now.data, now.len);
        r->given = arena_printf(b->arena, "%s%s%s", r->given, *r->given ? ", " : "", part.list);
        r->left = left.len ? arena_strndup(b->arena, left.data, left.len) : "";
        if (r->own)
            add_by_owner(b, rank, r->object, &part);
        else
            add_as_grantor(b, r->object, &part);
    }
    buf_release(&now);
    buf_release(&left);
    return some;
}

/* Columns after the whole, whose REVOKE takes their privileges away too. */
static int by_position(const void *left, const void *right)
{
    const struct regrant *a = left, *b = right;
    int columns = (*a->grant.columns != '\0') - (*b->grant.columns != '\0');

    if (columns)
        return columns;
    if (a->object->parent != b->object->parent)
        return a->object->parent->id < b->object->parent->id ? -1 : 1;
    if (a->position != b->position)
        return a->position < b->position ? -1 : 1;
    return a->object->id < b->object->id ? -1 : a->object->id > b->object->id;
}

/* All grants on what `o` is on that are to be made, and whether others than the owner gave some.
 * False when o is not the first of them: it is made with that. */
static bool list_grants(struct plan_builder *b, const struct object *o, struct vec *ret,
                        bool *ret_others)
{
    struct vec siblings = VEC_INIT(const struct object *);
    const struct object *first = NULL;

    add_siblings(holder_of(o), o, &siblings);
    *ret_others = false;
    for (size_t i = 0; i < siblings.len && (!first || first == o); i++) {
        struct regrant r = {.object = VEC_AT(&siblings, const struct object *, i),
                            .position = INT64_MAX,
                            .given = ""};
        const char *position = model_get(r.object, P_GRANT_POSITION);

        r.own = !postgres_grant_by_other(b, r.object);
        if (plan_is_left_out(b, r.object) || postgres_grant_is_owners(b, r.object) ||
            !postgres_grant_describe(b, r.object, &r.grant))
            continue;
        first = first ? first : r.object;
        if (position)
            str_parse_i64(position, &r.position);
        r.left = r.grant.list = postgres_known_privileges(b, r.object, r.grant.list, first == o);
        *ret_others |= !r.own;
        VEC_PUSH(ret, struct regrant, r);
    }
    vec_release(&siblings);
    return first == o;
}

/*
 * In the order in which they were given, so that the server keeps them in it. Who was given a
 * privilege with the grant option may give it on, and that one again: each must hold it when it is
 * his turn, also where the order does not tell (a privilege that was given again). What nobody in
 * the model gave the grantor is tried at the end, so that the server says what is wrong. Others
 * grant when they may use the schemas.
 */
static void add_grants(struct plan_builder *b, const struct object *o)
{
    struct vec all = VEC_INIT(struct regrant);
    bool others, some = true;

    if (list_grants(b, o, &all, &others)) {
        enum plan_rank rank = others ? RANK_REGRANT : RANK_GRANT;

        qsort(all.items, all.len, sizeof(struct regrant), by_position);
        /* An empty list by the owner takes away what the object was born with. */
        for (size_t i = 0; i < all.len; i++) {
            struct regrant *r = &VEC_AT(&all, struct regrant, i);

            if (r->own && !*r->left)
                add_by_owner(b, rank, r->object, &r->grant);
        }
        for (int force = 0; force < 2; force++)
            for (some = true; some;) {
                some = false;
                for (size_t i = 0; i < all.len; i++) {
                    struct regrant *r = &VEC_AT(&all, struct regrant, i);

                    some |= *r->left && grant_ready(b, &all, r, rank, force);
                }
            }
    }
    vec_release(&all);
}

/* On public: PUBLIC's USAGE, and what its owner pg_database_owner has. */
static bool is_initdbs(const struct plan_builder *b, const struct object *o)
{
    const char *grantee = model_get(o, P_GRANT_GRANTEE);

    return postgres_is_initdbs(b, o->parent) &&
           (str_eq(grantee, "pg_database_owner") ||
            (str_eq(grantee, "PUBLIC") && str_eq(model_get(o, P_GRANT_PRIVILEGES), "USAGE")));
}

/* The model tells what differs from the privileges an object is born with, a grantee at a time. */
void postgres_grant(struct plan_builder *b, const struct object *o)
{
    struct postgres_grant_on g;

    if (!b->opt->grants || !model_get(o, P_GRANT_GRANTEE) || is_initdbs(b, o))
        return;
    if (b->to && !plan_creates(b, o->parent) && !plan_remakes(b, o->parent)) {
        postgres_alter_grant(b, &(struct plan_pair){.from = o});
        return;
    }
    if (!postgres_grant_describe(b, o, &g)) {
        plan_refuse(b, o, "dbtwin cannot set privileges of this kind of object yet");
        return;
    }
    if (postgres_grant_is_owners(b, o)) {
        g.list = postgres_known_privileges(b, o, g.list, false);
        add_by_owner(b, RANK_OWN, o, &g);
        return;
    }
    if (o->parent->kind->id == K_SCHEMA && !postgres_grant_by_other(b, o) &&
        strstr(g.list, "CREATE"))
        add_early_create(b, o, &g);
    add_grants(b, o);
}

void postgres_grants_again(struct plan_builder *b, const struct object *holder)
{
    for (const struct object *g = plan_child(holder, K_GRANT, NULL); g;
         g = plan_child(holder, K_GRANT, g)) {
        struct postgres_grant_on on;

        if (!postgres_grant_is_owners(b, g))
            add_grants(b, g);
        else if (postgres_grant_describe(b, g, &on)) {
            on.list = postgres_known_privileges(b, g, on.list, false);
            add_by_owner(b, RANK_OWN, g, &on);
        }
    }
    for (const struct object *c = plan_child(holder, K_COLUMN, NULL); c;
         c = plan_child(holder, K_COLUMN, c))
        postgres_grants_again(b, c);
}

void postgres_default_privilege(struct plan_builder *b, const struct object *o)
{
    bool schema = o->parent->kind->id == K_SCHEMA;
    const char *role = model_get(o, P_DEFAULT_PRIVILEGE_ROLE);
    const char *list = model_get(o, P_DEFAULT_PRIVILEGE_PRIVILEGES);
    struct buf before = BUF_INIT;
    struct postgres_grant_on g = {.on = model_get(o, P_DEFAULT_PRIVILEGE_OBJECTS),
                                  .grantee = model_get(o, P_DEFAULT_PRIVILEGE_GRANTEE),
                                  .list = list ? list : "",
                                  .columns = ""};

    if (!b->opt->grants || !role || !g.on || !g.grantee)
        return;
    if (b->to) {
        postgres_alter_default_privilege(b, &(struct plan_pair){.from = o});
        return;
    }
    if (str_eq(g.on, "large objects") && b->opt->target_version < 180000) {
        plan_leave(b, o, "default privileges on large objects need PostgreSQL 18");
        return;
    }
    g.list = postgres_known_privileges(b, o, g.list, !str_eq(role, g.grantee));
    postgres_format(&before, "ALTER DEFAULT PRIVILEGES FOR ROLE %I ", role);
    if (schema)
        postgres_format(&before, "IN SCHEMA %I ", o->parent->name);
    g.before = before.data;
    /* Those of the whole database replace the built-in ones, those of a schema add to them. */
    if (!schema)
        add_revoke(b, RANK_LAST, o, &g);
    add_grant(b, RANK_LAST, o, &g);
    buf_release(&before);
}

void postgres_security_label(struct plan_builder *b, const struct object *o)
{
    const char *label = model_get(o, P_SECURITY_LABEL_LABEL);
    struct buf on = BUF_INIT;

    if (!o->parent->parent) {
        plan_leave(b, o, "a security label of the database itself");
        return;
    }
    postgres_target(&on, o->parent);
    postgres_step_at(b, RANK_ACTION, o, "SECURITY LABEL FOR %I ON %s IS %L", o->name, on.data,
                     label ? label : "");
    buf_release(&on);
}
