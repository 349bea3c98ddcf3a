#include "across.h"

#include <dbtwin/engine.h>

#include <string.h>

static bool is_unnamed_mysql(const struct object *check);
static bool is_unnamed_mariadb(const struct object *check);

/*
 * What servers give by themselves: collations of Unicode, by how their names end, and names of
 * checks. From 11.5 on MariaDB's are uca1400:
 * https://mariadb.com/kb/en/setting-character-sets-and-collations/
 */
static const struct givens {
    unsigned flavors, since;
    const char *utf8mb4, *others;
    bool (*is_unnamed)(const struct object *check);
} givens[] = {
    {ENGINE_MA, 110500, "_uca1400_ai_ci", "_uca1400_ai_ci", is_unnamed_mariadb},
    {ENGINE_MA, 0, "_general_ci", "_general_ci", is_unnamed_mariadb},
    {ENGINE_MY, 0, "_0900_ai_ci", "_general_ci", is_unnamed_mysql},
};

static const struct givens *givens_of(const struct model *m)
{
    const struct givens *g = ENGINE_ROW(givens, m->flavor);
    return g + (m->version < g->since);
}

struct across across_of(const struct model *from, const struct model *to)
{
    bool flavors = from->flavor != to->flavor && (engine_of(from->flavor)->family & to->flavor);
    return (struct across){from, to, flavors, flavors || givens_of(from) != givens_of(to)};
}

/* ---- JSON ---------------------------------------------------------------------------------- */

/* The check that MariaDB makes for a column of the type JSON. */
static bool is_json_check(const struct object *check, const char *column)
{
    const char *text = model_get(check, P_CHECK_EXPRESSION);
    struct buf b = BUF_INIT;
    buf_adds(&b, "json_valid(`");
    for (const char *p = column; *p; p++) {
        if (*p == '`')
            buf_addch(&b, '`');
        buf_addch(&b, *p);
    }
    buf_adds(&b, "`)");
    bool ret = text && strcmp(text, b.data) == 0;
    buf_release(&b);
    return ret;
}

static bool has_type(const struct object *column, const char *type)
{
    const char *text = model_get(column, P_COLUMN_TYPE);
    return text && strcmp(text, type) == 0;
}

/* https://mariadb.com/kb/en/json/ (an alias for LONGTEXT … with a JSON_VALID check) */
static bool is_json(const struct object *column)
{
    if (has_type(column, "json"))
        return true;
    if (!has_type(column, "longtext"))
        return false;
    for (const struct object *c = column->parent->first; c; c = c->next)
        if (c->kind->id == K_CHECK && is_json_check(c, column->name))
            return true;
    return false;
}

static bool same_json(const struct object *a, const struct object *b, unsigned slot)
{
    bool of_type = slot == P_COLUMN_TYPE || slot == P_COLUMN_CHARSET || slot == P_COLUMN_COLLATION;
    return a->kind->id == K_COLUMN && of_type && is_json(a) && is_json(b);
}

/* ---- collations ---------------------------------------------------------------------------- */

/* What an object's collation or character set is when nothing else is said: that of the nearest
 * object above that has one. */
static const char *inherited(const struct object *o, const char *property)
{
    for (o = o->parent; o; o = o->parent) {
        int slot = kind_prop(o->kind, property);
        if (slot >= 0)
            return model_get(o, slot);
    }
    return NULL;
}

static bool is_inherited(const struct object *o, unsigned slot)
{
    const char *name = o->kind->props[slot].name;
    const char *of = strcmp(name, "database_collation") == 0 ? "collation" : name;
    return o->parent && o->v[slot] && str_eq(o->v[slot], inherited(o, of));
}

/* Whether it is the collation that the server gives to a character set of Unicode by itself. */
static bool is_servers(const struct model *m, const char *collation)
{
    if (!collation || (!str_starts(collation, "utf") && !str_starts(collation, "ucs2")))
        return false;
    const char *name = collation + strcspn(collation, "_");
    const struct givens *g = givens_of(m);
    return strcmp(name, str_starts(collation, "utf8mb4_") ? g->utf8mb4 : g->others) == 0;
}

static bool both_servers(const struct across *x, const char *a, const char *b)
{
    size_t n = a ? strcspn(a, "_") : 0;
    return is_servers(x->from, a) && is_servers(x->to, b) && strncmp(a, b, n + 1) == 0;
}

static bool same_collation(const struct across *x, const struct object *a, const struct object *b,
                           unsigned slot)
{
    const char *name = a->kind->props[slot].name;
    if (strcmp(name, "collation_connection") == 0)
        return both_servers(x, a->v[slot], b->v[slot]);
    if (strcmp(name, "collation") != 0 && strcmp(name, "charset") != 0 &&
        strcmp(name, "database_collation") != 0)
        return false;
    return is_inherited(a, slot) && is_inherited(b, slot);
}

/* Between the flavors a database's default is told as what it is: different. */
bool across_is_default(const struct across *x, const struct object *a, const struct object *b,
                       unsigned slot)
{
    return (a->parent || !x->flavors) && strcmp(a->kind->props[slot].name, "collation") == 0 &&
           both_servers(x, a->v[slot], b->v[slot]);
}

/* "varchar(9) CHARSET utf8mb4 COLLATE utf8mb4_general_ci": MySQL leaves the default away. */
static size_t without_collation(const struct model *m, const struct object *o, const char *type)
{
    const char *at = type ? strstr(type, " COLLATE ") : NULL;
    if (!at)
        return type ? strlen(type) : 0;
    const char *name = at + strlen(" COLLATE ");
    return is_servers(m, name) || str_eq(name, inherited(o, "collation")) ? (size_t)(at - type)
                                                                          : strlen(type);
}

static bool same_result(const struct across *x, const struct object *a, const struct object *b,
                        unsigned slot)
{
    if (a->kind->id != K_FUNCTION || slot != P_FUNCTION_RESULT || !a->v[slot] || !b->v[slot])
        return false;
    size_t n = without_collation(x->from, a, a->v[slot]);
    return n == without_collation(x->to, b, b->v[slot]) && strncmp(a->v[slot], b->v[slot], n) == 0;
}

/* MariaDB takes no NOT NULL of a generated column: a copy has a check instead. */
static bool same_not_null(const struct across *x, const struct object *a, const struct object *b,
                          unsigned slot)
{
    return x->flavors && a->kind->id == K_COLUMN && slot == P_COLUMN_NOT_NULL &&
           model_get(a, P_COLUMN_GENERATED) && model_get(b, P_COLUMN_GENERATED);
}

bool across_same(const struct across *x, const struct object *a, const struct object *b,
                 unsigned slot)
{
    return same_json(a, b, slot) || same_collation(x, a, b, slot) || same_result(x, a, b, slot) ||
           same_not_null(x, a, b, slot);
}

/* ---- checks -------------------------------------------------------------------------------- */

static bool is_number(const char *p)
{
    return *p && p[strspn(p, "0123456789")] == '\0';
}

/* CONSTRAINT_1, or the name of the column that it stands at. */
static bool is_unnamed_mariadb(const struct object *check)
{
    return str_eq(model_get(check, P_CHECK_LEVEL), "column") ||
           (str_starts(check->name, "CONSTRAINT_") && is_number(check->name + 11));
}

/* t_chk_1 */
static bool is_unnamed_mysql(const struct object *check)
{
    const char *table = check->parent->name;
    size_t n = strlen(table);
    return strncmp(check->name, table, n) == 0 && str_starts(check->name + n, "_chk_") &&
           is_number(check->name + n + 5);
}

static bool same_check(const struct object *x, const struct model *m, const struct object *y,
                       const struct model *other)
{
    struct arena a = ARENA_INIT;
    const char *p = model_get(x, P_CHECK_EXPRESSION), *q = model_get(y, P_CHECK_EXPRESSION);
    p = p ? prop_canon(x->kind, P_CHECK_EXPRESSION, m->flavor | ENGINE_ACROSS, p, &a) : NULL;
    q = q ? prop_canon(y->kind, P_CHECK_EXPRESSION, other->flavor | ENGINE_ACROSS, q, &a) : NULL;
    bool ret = p && str_eq(p, q) && !str_eq(model_get(x, P_CHECK_ENFORCED), "no") &&
               !str_eq(model_get(y, P_CHECK_ENFORCED), "no");
    arena_release(&a);
    return ret;
}

/* The check that stands for the NOT NULL of the other side's generated column. */
static bool is_not_null_of(const struct object *check, const struct object *column)
{
    const char *text = model_get(check, P_CHECK_EXPRESSION);
    size_t n = strlen(column->name);
    return text && model_get(column, P_COLUMN_GENERATED) && model_yes(column, P_COLUMN_NOT_NULL) &&
           *text == '`' && strncmp(text + 1, column->name, n) == 0 &&
           strcmp(text + 1 + n, "` is not null") == 0;
}

bool across_stands(const struct object *o, const struct model *m, const struct object *other_parent,
                   const struct model *other)
{
    if (o->kind->id != K_CHECK)
        return false;
    for (const struct object *c = other_parent->first; c; c = c->next) {
        if (c->kind->id == K_COLUMN && is_not_null_of(o, c))
            return true;
        if (c->kind->id == K_COLUMN && has_type(c, "json") && is_json_check(o, c->name))
            return true;
        if (c->kind->id == K_CHECK && givens_of(m)->is_unnamed(o) &&
            givens_of(other)->is_unnamed(c) &&
            !model_child(m, o->parent, c->kind->space, c->name) && same_check(o, m, c, other))
            return true;
    }
    return false;
}

bool across_goes_without_saying(const struct object *o, unsigned slot)
{
    return o->kind->id == K_CHECK && slot == P_CHECK_ENFORCED && model_yes(o, P_CHECK_ENFORCED);
}
