#include "majors.h"

#include <dbtwin/engine.h>

#include <string.h>

#include "majors_operators.h"

struct majors majors_of(const struct model *from, const struct model *to)
{
    const struct engine *e = engine_of(from->flavor);
    bool apart = from->flavor == to->flavor && e->deparses &&
                 from->version / e->release != to->version / e->release;
    if (!apart)
        return (struct majors){NULL, NULL, false};
    bool turned = from->version > to->version;
    return (struct majors){turned ? to : from, turned ? from : to, turned};
}

/* Whether this version of the server lies between the two. */
static bool spans(const struct majors *m, unsigned version)
{
    return (unsigned)m->older->version < version && (unsigned)m->newer->version >= version;
}

/* ---- public ---------------------------------------------------------------------------------- */

/*
 * initdb gives public to its superuser, and everybody may create in it; from 15 on it is
 * pg_database_owner's, and nobody else may (release notes of 15, E.1.2; commit b073c3ccd0).
 */
static const char public_differs[] =
    "initdb gives it to pg_database_owner from PostgreSQL 15 on, and CREATE to PUBLIC before: each "
    "side has it as its own version created it";

static bool is_initial(const struct object *schema)
{
    return schema->kind->id == K_SCHEMA && model_yes(schema, P_SCHEMA_INITIAL_OWNER);
}

static bool same_owner(const struct majors *m, const struct object *old, const struct object *new)
{
    return spans(m, 150000) && is_initial(old) && is_initial(new);
}

static bool same_grant(const struct majors *m, const struct object *old, const struct object *new)
{
    return spans(m, 150000) && old->parent && is_initial(old->parent) && is_initial(new->parent) &&
           str_eq(old->name, "PUBLIC") &&
           str_eq(model_get(old, P_GRANT_PRIVILEGES), "CREATE, USAGE") &&
           str_eq(model_get(new, P_GRANT_PRIVILEGES), "USAGE");
}

/* GRANT ALL ON SCHEMA public TO postgres, as old dumps have it, gives an owner what it has. */
static bool is_owners(const struct majors *m, const struct object *grant,
                      const struct object *old_schema)
{
    const char *given = model_get(grant, P_GRANT_PRIVILEGES);
    return grant->kind->id == K_GRANT && spans(m, 150000) && is_initial(grant->parent) &&
           is_initial(old_schema) && str_eq(grant->name, model_get(old_schema, P_SCHEMA_OWNER)) &&
           (str_eq(given, "CREATE, USAGE") || str_eq(given, "CREATE") || str_eq(given, "USAGE"));
}

/* ---- columns --------------------------------------------------------------------------------- */

/* From 17 on a partition's column is an identity column as its table's is, and can be no other
 * (release notes of 17, E.1.3.4; commit 699586315704). */
static bool same_identity(const struct majors *m, const struct object *old,
                          const struct object *new)
{
    return spans(m, 170000) && old->parent->kind->id == K_TABLE &&
           model_get(old->parent, P_TABLE_PARTITION_OF) &&
           model_get(new->parent, P_TABLE_PARTITION_OF) && !model_get(old, P_COLUMN_IDENTITY);
}

static int query_slot(const struct object *relation)
{
    return relation->kind->id == K_VIEW                ? (int)P_VIEW_QUERY
           : relation->kind->id == K_MATERIALIZED_VIEW ? (int)P_MATERIALIZED_VIEW_QUERY
                                                       : -1;
}

static bool same_query(const struct majors *m, const struct object *old, const struct object *new)
{
    int slot = query_slot(old);
    if (slot < 0 || old->kind != new->kind)
        return false;
    unsigned flavor = m->older->flavor | ENGINE_EXTRACT | ENGINE_PERHAPS;
    struct arena a = ARENA_INIT;
    const char *x = model_get(old, slot), *y = model_get(new, slot);
    x = x ? prop_canon(old->kind, (unsigned)slot, flavor, x, &a) : NULL;
    y = y ? prop_canon(new->kind, (unsigned)slot, flavor, y, &a) : NULL;
    bool ret = x && str_eq(x, y);
    arena_release(&a);
    return ret;
}

/* EXTRACT gives numeric from 14 on, and before double precision (release notes of 14, E.1.2; commit
 * a2da77cdb4): what a view makes of it has that type. */
static bool same_type(const struct majors *m, const struct object *old, const struct object *new)
{
    static const char *const types[][2] = {{"double precision", "numeric"},
                                           {"double precision[]", "numeric[]"}};
    if (!spans(m, 140000))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (str_eq(model_get(old, P_COLUMN_TYPE), types[i][0]) &&
            str_eq(model_get(new, P_COLUMN_TYPE), types[i][1]))
            return same_query(m, old->parent, new->parent);
    return false;
}

/* A view's column that is an EXTRACT and has no name of its own. */
static bool is_extract(const struct majors *m, const struct object *o,
                       const struct object *other_parent, bool newer)
{
    static const char *const names[] = {"date_part", "extract"}; /* before and from 14 */
    if (o->kind->id != K_COLUMN || !spans(m, 140000) || !str_eq(o->name, names[newer]) ||
        query_slot(o->parent) < 0)
        return false;
    const struct model *other = newer ? m->older : m->newer;
    const struct object *twin = model_child(other, other_parent, o->kind->space, names[!newer]);
    return twin && str_eq(o->v[P_COLUMN_POSITION], twin->v[P_COLUMN_POSITION]) &&
           same_query(m, o->parent, other_parent);
}

/* Whether a table has columns of dates, but none of other times. */
static bool has_dates_only(const struct object *table)
{
    for (const struct object *c = table->first; c; c = c->next)
        if (c->kind->id == K_COLUMN && c->v[P_COLUMN_TYPE] &&
            str_starts(c->v[P_COLUMN_TYPE], "time"))
            return false;
    return true;
}

bool majors_casts_dates(const struct majors *m, const struct object *from, const struct object *to,
                        unsigned slot)
{
    const struct object *old = m->turned ? to : from, *new = m->turned ? from : to;
    const struct object *table = old->kind->id == K_INDEX_PART ? old->parent->parent : old->parent;
    return m->older && table->kind->id == K_TABLE && has_dates_only(table) &&
           !strstr(old->v[slot], "::timestamp without") && !strstr(new->v[slot], "::time");
}

/* ---- sequences ------------------------------------------------------------------------------- */

/* From 15 on the sequence of a serial or identity column of an unlogged table is unlogged itself
 * (release notes of 15, E.1.3.4; commit 344d62fb9a); before there are no such sequences. */
static bool same_persistence(const struct majors *m, const struct object *old,
                             const struct object *new)
{
    return spans(m, 150000) && model_get(old, P_SEQUENCE_OWNED_BY) &&
           str_eq(old->v[P_SEQUENCE_OWNED_BY], new->v[P_SEQUENCE_OWNED_BY]) &&
           str_eq(model_get(old, P_SEQUENCE_PERSISTENCE), "permanent") &&
           str_eq(model_get(new, P_SEQUENCE_PERSISTENCE), "unlogged");
}

/* ---- operators ------------------------------------------------------------------------------- */

static bool same_operators(const struct majors *m, const struct object *old,
                           const struct object *new)
{
    return spans(m, 140000) && majors_operators_same(m->older, m->newer, old, new);
}

/* ---- subscriptions --------------------------------------------------------------------------- */

/* The default of streaming is parallel from 18 on, and off before (release notes of 18, E.1.3.7;
 * commit 1bf1140be8). */
static bool same_streaming(const struct majors *m, const struct object *old,
                           const struct object *new)
{
    static const char option[] = ", streaming = parallel";
    const char *x = model_get(old, P_SUBSCRIPTION_DEFINITION);
    const char *y = model_get(new, P_SUBSCRIPTION_DEFINITION);
    const char *at = y ? strstr(y, option) : NULL;
    if (!spans(m, 180000) || !x || !at)
        return false;
    size_t n = (size_t)(at - y);
    return strncmp(x, y, n) == 0 && strcmp(x + n, at + strlen(option)) == 0;
}

/* ---- which of them --------------------------------------------------------------------------- */

static const struct twin {
    enum kind_id kind;
    unsigned slot;
    bool (*same)(const struct majors *m, const struct object *old, const struct object *new);
    const char *why;
} twins[] = {
    {K_SCHEMA, P_SCHEMA_OWNER, same_owner, public_differs},
    {K_GRANT, P_GRANT_PRIVILEGES, same_grant, public_differs},
    {K_COLUMN, P_COLUMN_IDENTITY, same_identity, NULL},
    {K_COLUMN, P_COLUMN_TYPE, same_type,
     "EXTRACT is numeric from PostgreSQL 14 on, and double precision before"},
    {K_SEQUENCE, P_SEQUENCE_PERSISTENCE, same_persistence, NULL},
    {K_OPERATOR_CLASS, P_OPERATOR_CLASS_DEFINITION, same_operators, NULL},
    {K_OPERATOR_FAMILY, P_OPERATOR_FAMILY_DEFINITION, same_operators, NULL},
    {K_SUBSCRIPTION, P_SUBSCRIPTION_DEFINITION, same_streaming,
     "streaming is parallel by default from PostgreSQL 18 on, and off before"},
};

bool majors_same(const struct majors *m, const struct object *from, const struct object *to,
                 unsigned slot, const char **ret_why)
{
    for (size_t i = 0; m->older && i < ARRAY_LEN(twins); i++) {
        const struct twin *t = &twins[i];
        if (t->kind != from->kind->id || t->slot != slot)
            continue;
        if (t->same(m, m->turned ? to : from, m->turned ? from : to)) {
            *ret_why = t->why;
            return true;
        }
    }
    return false;
}

bool majors_stands(const struct majors *m, const struct object *o,
                   const struct object *other_parent, bool newer)
{
    return m->older &&
           (is_extract(m, o, other_parent, newer) || (newer && is_owners(m, o, other_parent)));
}
