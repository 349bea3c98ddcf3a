#include "mysql.h"

#include <string.h>

static const struct object *key_part(const struct plan_builder *b, const struct object *index,
                                     uint64_t place)
{
    const struct object *p = plan_part(b, index, K_INDEX_PART, NULL);
    uint64_t n;

    while (p && !(str_parse_u64(p->name, &n) && n == place))
        p = plan_part(b, index, K_INDEX_PART, p);
    return p;
}

static bool add_parts(struct plan_builder *b, const struct object *index, struct buf *out)
{
    const struct object *part;

    buf_adds(out, " (");
    for (uint64_t n = 1; (part = key_part(b, index, n)); n++) {
        const char *prefix = model_get(part, P_INDEX_PART_PREFIX);

        if (plan_unknown(b, part, P_INDEX_PART_EXPRESSION))
            return false;
        if (n > 1)
            buf_addch(out, ',');
        buf_adds(out, model_get(part, P_INDEX_PART_EXPRESSION));
        if (prefix)
            buf_addf(out, "(%s)", prefix);
        if (model_yes(part, P_INDEX_PART_DESCENDING))
            buf_adds(out, " DESC");
    }
    buf_addch(out, ')');
    return true;
}

/* Engines whose keys are hashes when nothing is said. */
static bool hash_engine(const struct object *table)
{
    const char *engine = model_get(table, P_TABLE_ENGINE);
    return mysql_word(engine, "memory") || mysql_word(engine, "ndbcluster");
}

bool mysql_key(struct plan_builder *b, const struct object *index, struct buf *out)
{
    const char *method = model_get(index, P_INDEX_METHOD);
    const char *parser = model_get(index, P_INDEX_PARSER);
    const char *options = model_get(index, P_INDEX_OPTIONS);
    const char *comment = model_get(index, P_INDEX_COMMENT);
    bool primary = mysql_word(index->name, "PRIMARY"), maria = b->opt->target_flavor == ENGINE_MA;

    if (primary)
        buf_adds(out, "PRIMARY KEY");
    else if (mysql_word(method, "fulltext"))
        buf_adds(out, "FULLTEXT KEY ");
    else if (mysql_word(method, "spatial") || mysql_word(method, "rtree"))
        buf_adds(out, "SPATIAL KEY ");
    else if (mysql_word(method, "vector"))
        buf_adds(out, "VECTOR KEY ");
    else
        buf_adds(out, model_yes(index, P_INDEX_UNIQUE) ? "UNIQUE KEY " : "KEY ");
    if (!primary)
        mysql_name(out, index->name);
    if (!add_parts(b, index, out))
        return false;
    if (model_yes(index, P_INDEX_METHOD_GIVEN) ||
        mysql_word(method, hash_engine(index->parent) ? "btree" : "hash"))
        buf_addf(out, " USING %s", mysql_upper(b->arena, method));
    if (options)
        buf_addf(out, " %s", options);
    if (parser) {
        buf_adds(out, " WITH PARSER ");
        mysql_name(out, parser);
    }
    if (comment) {
        buf_adds(out, " COMMENT ");
        mysql_text(out, comment, false);
    }
    if (model_yes(index, P_INDEX_INVISIBLE))
        buf_adds(out, maria ? " IGNORED" : " INVISIBLE");
    return true;
}

const struct object *mysql_key_leader(const struct object *index)
{
    for (const struct object *p = plan_child(index, K_INDEX_PART, NULL); p;
         p = plan_child(index, K_INDEX_PART, p)) {
        const char *e = model_get(p, P_INDEX_PART_EXPRESSION);
        struct buf quoted = BUF_INIT;
        const struct object *found = NULL;

        if (!str_eq(p->name, "1") || !e)
            continue;
        for (const struct object *c = plan_child(index->parent, K_COLUMN, NULL); c && !found;
             c = plan_child(index->parent, K_COLUMN, c)) {
            buf_reset(&quoted);
            mysql_name(&quoted, c->name);
            if (!strcmp(quoted.data, e))
                found = c;
        }
        buf_release(&quoted);
        return found;
    }
    return NULL;
}
