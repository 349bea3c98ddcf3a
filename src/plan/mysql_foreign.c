#include "mysql.h"

#include <dbtwin/engine.h>

#include <string.h>

/*
 * Copies between MySQL and MariaDB: what the other server has no word for is named before anything
 * moves, instead of a syntax error in the middle of the night.
 * https://mariadb.com/kb/en/mariadb-vs-mysql-compatibility/
 */

static const struct {
    unsigned only;
    const char *type;
} types[] = {
    {ENGINE_MA, "inet4"},   {ENGINE_MA, "inet6"},  {ENGINE_MA, "uuid"},
    {ENGINE_MA, "xmltype"}, {ENGINE_MY, "vector"}, {ENGINE_MA, "vector"},
};

static const struct {
    unsigned only;
    const char *option;
} options[] = {
    {ENGINE_MA, "encrypted"},
    {ENGINE_MA, "encryption_key_id"},
    {ENGINE_MA, "ietf_quotes"},
    {ENGINE_MA, "page_checksum"},
    {ENGINE_MA, "page_compressed"},
    {ENGINE_MA, "page_compression_level"},
    {ENGINE_MA, "sequence"},
    {ENGINE_MA, "table_checksum"},
    {ENGINE_MA, "transactional"},
    {ENGINE_MY, "autoextend_size"},
    {ENGINE_MY, "compression"},
    {ENGINE_MY, "encryption"},
    {ENGINE_MY, "engine_attribute"},
    {ENGINE_MY, "secondary_engine"},
    {ENGINE_MY, "secondary_engine_attribute"},
};

static bool foreign(struct plan_builder *b, const struct object *o, const char *what)
{
    plan_refuse(
        b, o,
        arena_printf(b->arena, "%s has no %s", engine_of(b->opt->target_flavor)->title, what));
    return true;
}

static bool refuse_column(struct plan_builder *b, const struct object *c)
{
    const char *type = model_get(c, P_COLUMN_TYPE), *words = model_get(c, P_COLUMN_OPTIONS);
    const char *generated = model_get(c, P_COLUMN_GENERATED), *srid = model_get(c, P_COLUMN_SRID);

    for (size_t i = 0; type && i < ARRAY_LEN(types); i++)
        if (types[i].only == b->model->flavor && str_starts(type, types[i].type))
            return foreign(b, c, arena_printf(b->arena, "type %s like that", types[i].type));
    if (generated && str_starts(generated, "row "))
        return foreign(b, c, "system versioning");
    if (words)
        return foreign(b, c, arena_printf(b->arena, "column attribute %s", words));
    if (srid && strcmp(srid, "0") != 0)
        return foreign(b, c, "spatial reference system of a column that it enforces the same way");
    return false;
}

static bool refuse_index(struct plan_builder *b, const struct object *index)
{
    for (const struct object *p = plan_child(index, K_INDEX_PART, NULL); p;
         p = plan_child(index, K_INDEX_PART, p)) {
        const char *e = model_get(p, P_INDEX_PART_EXPRESSION);
        if (e && *e == '(')
            return foreign(b, index,
                           "keys over expressions; a generated column can take its place");
        if (e && strstr(e, " WITHOUT OVERLAPS"))
            return foreign(b, index, "WITHOUT OVERLAPS");
    }
    if (mysql_word(model_get(index, P_INDEX_METHOD), "vector"))
        return foreign(b, index, "vector keys like that");
    return false;
}

static bool refuse_option(struct plan_builder *b, const struct object *o)
{
    if (str_starts(o->name, "period for "))
        return foreign(b, o->parent, "periods");
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        if (options[i].only == b->model->flavor && mysql_word(o->name, options[i].option))
            return foreign(b, o->parent, arena_printf(b->arena, "table option %s", o->name));
    return false;
}

static bool refuse_part(struct plan_builder *b, const struct object *c)
{
    switch (c->kind->id) {
    case K_COLUMN:
        return refuse_column(b, c);
    case K_INDEX:
        return refuse_index(b, c);
    case K_OPTION:
        return refuse_option(b, c);
    case K_CHECK:
        return b->model->flavor == ENGINE_MY && mysql_word(model_get(c, P_CHECK_ENFORCED), "no") &&
               foreign(b, c, "checks that are NOT ENFORCED");
    default:
        return false;
    }
}

bool mysql_refuse_foreign(struct plan_builder *b, const struct object *o)
{
    bool refused = false;
    if (b->model->flavor == b->opt->target_flavor)
        return false;
    if (o->kind->id == K_SEQUENCE)
        return foreign(b, o, "sequences");
    if (o->kind->id == K_PACKAGE)
        return foreign(b, o, "packages");
    if (model_yes(o, P_TABLE_SYSTEM_VERSIONED))
        return foreign(b, o, "system versioning");
    for (const struct object *c = o->first; c; c = c->next)
        if (!plan_is_left_out(b, c))
            refused |= refuse_part(b, c);
    return refused;
}
