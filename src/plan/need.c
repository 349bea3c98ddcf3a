#include "need.h"

#include <dbtwin/engine.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PG    ENGINE_PG
#define MA    ENGINE_MA
#define MYSQL ENGINE_MYSQL
#define ALL   ENGINE_ALL

/* ---- properties ----------------------------------------------------------------------------- */

enum when {
    ALWAYS,
    WITH,    /* where the other property has a value, a boolean one: where it is yes */
    WITHOUT, /* where it has none */
};

/* Beside the properties marked NEEDED in kinds.def: what only some servers or objects need. */
static const struct need {
    enum kind_id kind;
    unsigned engines;
    int slot;
    enum when when;
    int other;
} needs[] = {
    {K_BASE_TYPE, PG, P_BASE_TYPE_OUTPUT, WITH, P_BASE_TYPE_INPUT},
    {K_COLUMN, ALL, P_COLUMN_EXPRESSION, WITH, P_COLUMN_GENERATED},
    {K_FOREIGN_SERVER, PG, P_FOREIGN_SERVER_WRAPPER, ALWAYS, 0},
    {K_FOREIGN_TABLE, PG, P_FOREIGN_TABLE_PARTITION_BOUND, WITH, P_FOREIGN_TABLE_PARTITION_OF},
    {K_FUNCTION, MYSQL, P_FUNCTION_BODY, ALWAYS, 0},
    {K_FUNCTION, MYSQL, P_FUNCTION_RESULT, ALWAYS, 0},
    {K_GRANT, PG, P_GRANT_GRANTEE, ALWAYS, 0},
    {K_PACKAGE, MA, P_PACKAGE_BODY, WITHOUT, P_PACKAGE_IMPLEMENTATION},
    {K_PROCEDURE, MYSQL, P_PROCEDURE_BODY, ALWAYS, 0},
    {K_SEQUENCE, MA, P_SEQUENCE_INCREMENT, ALWAYS, 0},
    {K_SEQUENCE, MA, P_SEQUENCE_START, ALWAYS, 0},
    {K_TABLE, PG, P_TABLE_PARTITION_BOUND, WITH, P_TABLE_PARTITION_OF},
    {K_TRANSFORM, PG, P_TRANSFORM_FROM_SQL, WITHOUT, P_TRANSFORM_TO_SQL},
    {K_TRIGGER, PG, P_TRIGGER_DEFINITION, WITHOUT, P_TRIGGER_INHERITED},
};

static bool is_set(const struct object *o, int slot)
{
    const char *text = model_get(o, slot);

    return text && (o->kind->props[slot].type != T_BOOL || text[0] == 'y');
}

/* MySQL: the ends of a system-versioned row have a word of their own and no expression. */
static bool is_row_end(const struct object *o, int slot)
{
    const char *generated;

    if (o->kind->id != K_COLUMN || slot != P_COLUMN_EXPRESSION)
        return false;
    generated = model_get(o, P_COLUMN_GENERATED);
    return generated && strncasecmp(generated, "row ", 4) == 0;
}

/* A text that says nothing makes no statement; only these two may be empty. */
static bool is_there(const struct object *o, int slot)
{
    const char *text = model_get(o, slot);

    return text && (text[strspn(text, "; \t\r\n")] || o->kind->id == K_PUBLICATION ||
                    o->kind->id == K_SECURITY_LABEL);
}

static bool applies(const struct need *n, const struct object *o)
{
    return n->when == ALWAYS || is_set(o, n->other) == (n->when == WITH);
}

static bool damaged(const struct object *o, struct err *err, const char *what)
{
    struct buf path = BUF_INIT;

    model_path(o, &path);
    err_set(err, ERR_CORRUPT, "%s %.200s %s: the file is damaged or malicious", o->kind->name,
            path.data, what);
    buf_release(&path);
    return err_hint(err, "take the snapshot or the model again from its database");
}

static bool lacks(const struct object *o, int slot, struct err *err)
{
    char what[128];

    snprintf(what, sizeof(what), "lacks the property %s, without which it cannot be created",
             o->kind->props[slot].name);
    return damaged(o, err, what);
}

/* ---- numbers, names, places ----------------------------------------------------------------- */

enum {
    MAX_DIGITS = 20,     /* of 64 bits */
    MAX_NAME = 64 << 10, /* a routine's carries the types of its arguments, a hundred at most */
};

static bool is_number(const char *text)
{
    text += *text == '-';
    return *text && strlen(text) <= MAX_DIGITS && !text[strspn(text, "0123456789")];
}

static bool check_numbers(const struct object *o, struct err *err)
{
    for (unsigned i = 0; i < o->kind->n_props; i++) {
        const char *text = o->kind->props[i].type == T_INT ? model_get(o, (int)i) : NULL;
        char what[128];

        if (!text || is_number(text))
            continue;
        snprintf(what, sizeof(what), "has a property %s that is not a 64-bit number",
                 o->kind->props[i].name);
        return damaged(o, err, what);
    }
    return true;
}

/* Names that are made of two, with what stands between. */
static const struct {
    enum kind_id kind;
    const char *between;
} pairs[] = {
    {K_OPERATOR_CLASS, " using "},
    {K_OPERATOR_FAMILY, " using "},
    {K_TRANSFORM, " "},
};

static bool check_name(const struct object *o, struct err *err)
{
    uint64_t place;

    if (strlen(o->name) > MAX_NAME)
        return damaged(o, err, "has a name that no server accepts");
    if (o->kind->id == K_INDEX_PART && !str_parse_u64(o->name, &place))
        return damaged(o, err, "has a name that is not its position");
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        if (o->kind->id == pairs[i].kind && !strstr(o->name, pairs[i].between))
            return damaged(o, err, "has a name that its kind does not allow");
    return true;
}

/* Where a kind that may stand in any other has a meaning to the rules; others are read by their
 * parent, or refused by name. */
static const struct {
    enum kind_id kind, parent;
} places[] = {
    {K_CHECK, K_DOMAIN},
    {K_CHECK, K_FOREIGN_TABLE},
    {K_CHECK, K_TABLE},
    {K_DEFAULT_PRIVILEGE, K_DATABASE},
    {K_DEFAULT_PRIVILEGE, K_SCHEMA},
    {K_NOT_NULL, K_DOMAIN},
    {K_NOT_NULL, K_FOREIGN_TABLE},
    {K_NOT_NULL, K_TABLE},
    {K_SETTING, K_DATABASE},
    {K_SETTING, K_FUNCTION},
    {K_SETTING, K_PROCEDURE},
};

static bool check_place(const struct model *m, const struct object *o, struct err *err)
{
    bool listed = false;

    if (!o->parent)
        return true;
    if (engine_of(m->flavor)->schemas && o->kind->parent == K_SCHEMA &&
        o->parent->kind->id != K_SCHEMA)
        return damaged(o, err, "is not in a schema");
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        if (places[i].kind != o->kind->id)
            continue;
        if (places[i].parent == o->parent->kind->id)
            return true;
        listed = true;
    }
    return !listed || damaged(o, err, "is in a place where none is allowed");
}

/* ---- the check ------------------------------------------------------------------------------ */

/* What is unknown is refused, and the object left out; what is not there is damage. */
static bool check_prop(struct plan_builder *b, const struct object *o, int slot, bool *left_out,
                       struct err *err)
{
    if (left_out[o->id] || is_row_end(o, slot) || is_there(o, slot))
        return true;
    left_out[o->id] = plan_unknown(b, o, slot);
    return left_out[o->id] || lacks(o, slot, err);
}

static bool check_one(struct plan_builder *b, const struct object *o, bool *left_out,
                      struct err *err)
{
    unsigned flavor = b->model->flavor;

    if (!check_name(o, err) || !check_place(b->model, o, err) || !check_numbers(o, err))
        return false;
    for (unsigned i = 0; i < o->kind->n_props; i++)
        if ((o->kind->props[i].flags & F_NEEDED) && (o->kind->props[i].engines & flavor) &&
            !check_prop(b, o, (int)i, left_out, err))
            return false;
    for (size_t i = 0; i < ARRAY_LEN(needs); i++)
        if (needs[i].kind == o->kind->id && (needs[i].engines & flavor) && applies(&needs[i], o) &&
            !check_prop(b, o, needs[i].slot, left_out, err))
            return false;
    return true;
}

bool need_check(struct plan_builder *b, bool *left_out, struct err *err)
{
    for (uint32_t i = 0; i < b->model->n_objects; i++)
        if (!left_out[i] && !check_one(b, b->model->objects[i], left_out, err))
            return false;
    return true;
}

bool need_within(struct plan_builder *b, const struct object *o, bool *left_out, struct err *err)
{
    if (!check_one(b, o, left_out, err))
        return false;
    for (const struct object *c = o->first; c; c = c->next)
        if (!need_within(b, c, left_out, err))
            return false;
    return true;
}
