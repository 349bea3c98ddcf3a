#include "postgres.h"

#include <string.h>

/* PUBLIC is no role, and must not be quoted. */
static void add_role(struct buf *out, const char *role)
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

struct grant {
    const char *before;  /* "", or ALTER DEFAULT PRIVILEGES … */
    const char *on;      /* what on */
    const char *grantee; /* a role or PUBLIC */
    const char *list;    /* privileges */
    const char *columns; /* "", or " (column)" */
};

static void add_grant(struct plan_builder *b, enum plan_rank rank, const struct object *o,
                      const struct grant *g)
{
    for (int starred = 0; starred < 2; starred++) {
        struct buf sql = BUF_INIT, privileges = BUF_INIT;

        add_privileges(&privileges, g->list, starred, g->columns);
        if (privileges.len) {
            buf_addf(&sql, "%sGRANT %s ON %s TO ", g->before, privileges.data, g->on);
            add_role(&sql, g->grantee);
            buf_adds(&sql, starred ? " WITH GRANT OPTION" : "");
            plan_step_at(b, rank, o, sql.data);
        }
        buf_release(&privileges);
        buf_release(&sql);
    }
}

static void add_revoke(struct plan_builder *b, enum plan_rank rank, const struct object *o,
                       const struct grant *g)
{
    struct buf sql = BUF_INIT;

    buf_addf(&sql, "%sREVOKE ALL%s ON %s FROM ", g->before, g->columns, g->on);
    add_role(&sql, g->grantee);
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
static void add_early_create(struct plan_builder *b, const struct object *o, const struct grant *g)
{
    struct buf role = BUF_INIT;

    add_role(&role, g->grantee);
    postgres_step_at(b, RANK_STATE, o, "GRANT CREATE ON %s TO %s", g->on, role.data);
    buf_release(&role);
}

/* The model tells what differs from the privileges an object is born with, a grantee at a time. */
bool postgres_grant(struct plan_builder *b, const struct object *o, struct err *err)
{
    const char *grantor = model_get(o, P_GRANT_GRANTOR), *list = model_get(o, P_GRANT_PRIVILEGES);
    const char *target = model_get(o, P_GRANT_TARGET);
    bool column = o->parent->kind->id == K_COLUMN, other;
    struct buf on = BUF_INIT, columns = BUF_INIT;
    struct grant g = {.before = "", .grantee = model_get(o, P_GRANT_GRANTEE)};
    enum plan_rank rank;

    (void)err;
    other = target ? grantor && str_ends(o->name, arena_printf(b->arena, " by %s", grantor))
                   : !str_eq(o->name, g.grantee);
    rank = other ? RANK_REGRANT : str_eq(g.grantee, grantor) ? RANK_OWN : RANK_GRANT;
    if (!b->opt->grants || !g.grantee)
        return true;
    if (target) {
        buf_add(&on, target, before_columns(target));
        buf_adds(&columns, target + before_columns(target));
    } else if (!postgres_grant_target(&on, o->parent)) {
        plan_refuse(b, o, "dbtwin cannot set privileges of this kind of object yet");
        return true;
    }
    if (column)
        postgres_format(&columns, " (%I)", o->parent->name);
    g.on = on.data;
    g.columns = columns.data;
    g.list = list ? list : "";
    if (o->parent->kind->id == K_SCHEMA && rank == RANK_GRANT && strstr(g.list, "CREATE"))
        add_early_create(b, o, &g);
    if (other && grantor)
        postgres_step_at(b, rank, o, "SET SESSION AUTHORIZATION %I", grantor);
    if (!column && !other)
        add_revoke(b, rank, o, &g);
    add_grant(b, rank, o, &g);
    if (other && grantor)
        plan_step_at(b, rank, o, "RESET SESSION AUTHORIZATION");
    buf_release(&on);
    buf_release(&columns);
    return true;
}

bool postgres_default_privilege(struct plan_builder *b, const struct object *o, struct err *err)
{
    bool schema = o->parent->kind->id == K_SCHEMA;
    const char *role = model_get(o, P_DEFAULT_PRIVILEGE_ROLE);
    const char *list = model_get(o, P_DEFAULT_PRIVILEGE_PRIVILEGES);
    struct buf before = BUF_INIT;
    struct grant g = {.on = model_get(o, P_DEFAULT_PRIVILEGE_OBJECTS),
                      .grantee = model_get(o, P_DEFAULT_PRIVILEGE_GRANTEE),
                      .list = list ? list : "",
                      .columns = ""};

    (void)err;
    if (!b->opt->grants || !role || !g.on || !g.grantee)
        return true;
    postgres_format(&before, "ALTER DEFAULT PRIVILEGES FOR ROLE %I ", role);
    if (schema)
        postgres_format(&before, "IN SCHEMA %I ", o->parent->name);
    g.before = before.data;
    /* Those of the whole database replace the built-in ones, those of a schema add to them. */
    if (!schema)
        add_revoke(b, RANK_LAST, o, &g);
    add_grant(b, RANK_LAST, o, &g);
    buf_release(&before);
    return true;
}

bool postgres_security_label(struct plan_builder *b, const struct object *o, struct err *err)
{
    const char *label = model_get(o, P_SECURITY_LABEL_LABEL);
    struct buf on = BUF_INIT;

    (void)err;
    if (!o->parent->parent) {
        plan_leave(b, o, "a security label of the database itself");
        return true;
    }
    postgres_target(&on, o->parent);
    postgres_step_at(b, RANK_ACTION, o, "SECURITY LABEL FOR %I ON %s IS %L", o->name, on.data,
                     label ? label : "");
    buf_release(&on);
    return true;
}
