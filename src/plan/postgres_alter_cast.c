#include "postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From one type of a column to another: the cast, and what it does to the rows. */

/* ---- types ----------------------------------------------------------------------------------- */

/* "numeric(10,2)": its words without what stands in parentheses, and the numbers in these. */
struct type {
    char base[128];
    long first, second; /* -1: none */
    bool array;
};

static struct type type_of(const char *text)
{
    struct type t = {.first = -1, .second = -1};
    const char *open = strchr(text, '('), *close = open ? strchr(open, ')') : NULL;
    size_t head = open && close ? (size_t)(open - text) : strlen(text), len = strlen(text);
    struct buf base = BUF_INIT;

    t.array = len > 2 && strcmp(text + len - 2, "[]") == 0;
    buf_add(&base, text, head);
    if (open && close) {
        const char *comma = memchr(open, ',', (size_t)(close - open));

        t.first = strtol(open + 1, NULL, 10);
        t.second = comma ? strtol(comma + 1, NULL, 10) : -1;
        buf_adds(&base, close + 1);
    }
    if (t.array)
        buf_setlen(&base, base.len - 2);
    snprintf(t.base, sizeof(t.base), "%s", base.data);
    buf_release(&base);
    return t;
}

enum family {
    FAMILY_OTHER,
    FAMILY_TEXT,
    FAMILY_NUMBER,
    FAMILY_TIME,
    FAMILY_BITS,
    FAMILY_JSON,
    FAMILY_NET
};

static const struct {
    const char *base;
    enum family family;
} families[] = {
    {"bigint", FAMILY_NUMBER},
    {"bit", FAMILY_BITS},
    {"bit varying", FAMILY_BITS},
    {"character", FAMILY_TEXT},
    {"character varying", FAMILY_TEXT},
    {"cidr", FAMILY_NET},
    {"date", FAMILY_TIME},
    {"double precision", FAMILY_NUMBER},
    {"inet", FAMILY_NET},
    {"integer", FAMILY_NUMBER},
    {"json", FAMILY_JSON},
    {"jsonb", FAMILY_JSON},
    {"numeric", FAMILY_NUMBER},
    {"real", FAMILY_NUMBER},
    {"smallint", FAMILY_NUMBER},
    {"text", FAMILY_TEXT},
    {"timestamp with time zone", FAMILY_TIME},
    {"timestamp without time zone", FAMILY_TIME},
};

static enum family family_of(const struct type *t)
{
    for (size_t i = 0; i < ARRAY_LEN(families); i++)
        if (strcmp(families[i].base, t->base) == 0)
            return families[i].family;
    return FAMILY_OTHER;
}

/* A cast that TO has of its own, by the name of the model's object. */
static bool has_cast(struct plan_builder *b, const char *from, const char *to, bool assignment)
{
    const char *name = arena_printf(b->arena, "(%s AS %s)", from, to), *context;
    const struct object *cast = model_child(b->to, b->to->root, SPACE_CAST, name);

    context = cast ? model_get(cast, P_CAST_CONTEXT) : NULL;
    return cast && (!assignment || !str_eq(context, "explicit"));
}

/*
 * Whether a value of the one type can be stored in a column of the other as it is: the server has
 * an assignment cast (pg_cast; to texts by the output function). Written without USING, for an
 * explicit cast would shorten texts silently where an assignment says that they do not fit.
 */
static bool can_assign(struct plan_builder *b, const struct type *from, const struct type *to)
{
    enum family f = family_of(from), t = family_of(to);

    if (strcmp(from->base, to->base) == 0)
        return from->array == to->array;
    if (from->array != to->array)
        return t == FAMILY_TEXT && !to->array;
    if (t == FAMILY_TEXT || (f == t && f != FAMILY_OTHER))
        return true;
    return has_cast(b, from->base, to->base, true);
}

static bool is_whole_number(const struct type *t)
{
    return strcmp(t->base, "bigint") == 0 || strcmp(t->base, "smallint") == 0 ||
           strcmp(t->base, "integer") == 0;
}

/* USING …, or nothing: see can_assign. A type of the same name is a new one in the old one's place.
 * From texts the input function does it; where there is no cast at all, by way of a text. */
void postgres_cast_using(struct plan_builder *b, const struct object *from, const struct object *to,
                         struct buf *out)
{
    const char *type = model_get(from, P_COLUMN_TYPE), *was = model_get(to, P_COLUMN_TYPE);
    struct type f = type_of(was), t = type_of(type);
    bool new = strcmp(type, was) == 0 &&
               model_get(from, P_COLUMN_GENERATED) == NULL &&postgres_type_in(b, b->model, type);

    if ((can_assign(b, &f, &t) && !new) || model_get(from, P_COLUMN_GENERATED) ||
        from->parent->kind->id == K_FOREIGN_TABLE)
        return;
    postgres_format(out, " USING %I", from->name);
    if (strcmp(f.base, "boolean") == 0 && family_of(&t) == FAMILY_NUMBER)
        buf_adds(out, "::integer");
    else if (strcmp(t.base, "boolean") == 0 && is_whole_number(&f))
        buf_adds(out, "::integer");
    else if (family_of(&f) != FAMILY_TEXT && !has_cast(b, f.base, t.base, false))
        buf_adds(out, f.array && t.array ? "::text[]" : "::text");
    buf_addf(out, "::%s", type);
}

/* Types of one operator family, so that a foreign key can be from the one to the other, whichever
 * it is (pg_opfamily: integer_ops, float_ops, text_ops, datetime_ops). */
static bool is_comparable(const struct type *a, const struct type *b)
{
    static const char *const families_of[][4] = {
        {"smallint", "integer", "bigint", NULL},
        {"real", "double precision", NULL, NULL},
        {"text", "character varying", NULL, NULL},
        {"date", "timestamp without time zone", "timestamp with time zone", NULL},
        {"cidr", "inet", NULL, NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(families_of); i++) {
        int found = 0;

        for (const char *const *t = families_of[i]; *t; t++)
            found += (strcmp(*t, a->base) == 0) + (strcmp(*t, b->base) == 0);
        if (found)
            return found == 2;
    }
    return false;
}

bool postgres_cast_compares(struct plan_builder *b, const struct object *from,
                            const struct object *to)
{
    const char *type = model_get(from, P_COLUMN_TYPE), *was = model_get(to, P_COLUMN_TYPE);
    struct type f = type_of(was), t = type_of(type);

    if (strcmp(f.base, t.base) == 0 && f.array == t.array)
        return strcmp(type, was) != 0 || !postgres_type_in(b, b->model, type);
    return !f.array && !t.array && is_comparable(&f, &t);
}

/*
 * Whether the server changes the type without rewriting the table (ALTER TABLE, "Notes": binary
 * coercible, and no values that could not fit); between timestamps with and without a time zone
 * only where the session's TimeZone is UTC, as in apply.
 */
static bool keeps_rows(const struct type *from, const struct type *to)
{
    static const struct {
        const char *from, *to;
    } same[] = {
        {"character varying", "text"},
        {"text", "character varying"},
        {"cidr", "inet"},
        {"timestamp with time zone", "timestamp without time zone"},
        {"timestamp without time zone", "timestamp with time zone"},
    };
    bool longer = to->first < 0 || (from->first >= 0 && from->first <= to->first);

    if (from->array != to->array)
        return false;
    if (strcmp(from->base, to->base) == 0) {
        if (strcmp(to->base, "character") == 0 || strcmp(to->base, "bit") == 0)
            return from->first == to->first;
        return longer && (to->first < 0 || from->second == to->second);
    }
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        if (strcmp(from->base, same[i].from) == 0 && strcmp(to->base, same[i].to) == 0)
            return longer;
    return false;
}

/* Whether values are rounded or cut without an error. */
static bool loses_values(const struct type *from, const struct type *to)
{
    bool fractions = strcmp(from->base, "numeric") == 0 || strcmp(from->base, "real") == 0 ||
                     strcmp(from->base, "double precision") == 0;
    long scale = from->second < 0 && from->first < 0 ? 1000 : from->second < 0 ? 0 : from->second;

    if (fractions && is_whole_number(to))
        return true;
    if (strcmp(from->base, "double precision") == 0 && strcmp(to->base, "real") == 0)
        return true;
    if (fractions && strcmp(to->base, "numeric") == 0 && to->first >= 0)
        return scale > (to->second < 0 ? 0 : to->second);
    if (str_starts(from->base, "timestamp") && strcmp(to->base, "date") == 0)
        return true;
    if (family_of(from) == FAMILY_TIME && family_of(to) == FAMILY_TIME && to->first >= 0)
        return from->first < 0 ? to->first < 6 : from->first > to->first;
    return false;
}

/* A domain's values are stored as its base type's. */
static const char *stored_as(struct plan_builder *b, const struct model *m, const char *type)
{
    const struct object *d = postgres_type_in(b, m, type);

    for (; d && d->kind->id == K_DOMAIN; d = postgres_type_in(b, m, type))
        type = model_get(d, P_DOMAIN_TYPE);
    return type;
}

static bool is_rewritten(struct plan_builder *b, const struct plan_pair *p)
{
    const char *type = model_get(p->from, P_COLUMN_TYPE), *was = model_get(p->to, P_COLUMN_TYPE);
    struct type from = type_of(stored_as(b, b->to, was)),
                to = type_of(stored_as(b, b->model, type));

    return !keeps_rows(&from, &to) || postgres_is_checked(b, type) ||
           (strcmp(type, was) == 0 && postgres_type_in(b, b->model, type));
}

/* The index of a column in another collation has another order, of times with a zone another
 * operator class. */
static bool is_built_again(struct plan_builder *b, const struct plan_pair *p,
                           const struct type *from, const struct type *to)
{
    const struct object *const *list;
    uint32_t n;

    if (str_eq(model_get(p->from, P_COLUMN_COLLATION), model_get(p->to, P_COLUMN_COLLATION)) &&
        (strcmp(from->base, to->base) == 0 || !strstr(to->base, "timestamp")))
        return false;
    list = plan_dependants(b, p->to, &n);
    for (uint32_t i = 0; i < n; i++) {
        enum kind_id k = list[i]->kind->id;

        if ((k == K_INDEX || k == K_PRIMARY_KEY || k == K_UNIQUE || k == K_EXCLUSION) &&
            !plan_drops(b, list[i]))
            return true;
    }
    return false;
}

void postgres_cast_hazards(struct plan_builder *b, struct step *s, const struct plan_pair *p)
{
    struct type from = type_of(model_get(p->to, P_COLUMN_TYPE)),
                to = type_of(model_get(p->from, P_COLUMN_TYPE));

    if (p->from->parent->kind->id == K_FOREIGN_TABLE)
        return;
    if (is_rewritten(b, p))
        plan_hazard(b, s, HAZARD_REWRITE | HAZARD_LOCK | HAZARD_ROWS, NULL);
    else if (is_built_again(b, p, &from, &to))
        plan_hazard(b, s, HAZARD_SCAN | HAZARD_LOCK,
                    "indexes are built, and readers and writers wait");
    if (loses_values(&from, &to))
        plan_hazard(b, s, HAZARD_DATA, "values are rounded to what the new type holds");
    if (strstr(from.base, "timestamp") && strstr(to.base, "timestamp") &&
        strcmp(from.base, to.base) != 0)
        plan_hazard(b, s, HAZARD_MEANING, "times are taken as of the session's time zone");
}
