#include <dbtwin/model.h>

#include <string.h>

/* ---- names ------------------------------------------------------------------------------ */

/* The next name of "schema.table", quoted or not; what follows its dot. */
static const char *take_name(const char *s, struct buf *name)
{
    bool quoted = *s == '"';

    buf_reset(name);
    for (s += quoted; *s && (quoted || *s != '.'); s++) {
        if (quoted && *s == '"' && *++s != '"')
            break;
        buf_addch(name, *s);
    }
    return *s == '.' ? s + 1 : s;
}

static const struct object *relation(const struct model *m, const char *qualified)
{
    struct buf name = BUF_INIT;
    const char *rest = take_name(qualified, &name);
    const struct object *o = model_child(m, m->root, SPACE_SCHEMA, name.len ? name.data : "");

    take_name(rest, &name);
    o = o ? model_child(m, o, SPACE_RELATION, name.len ? name.data : "") : NULL;
    buf_release(&name);
    return o && o->kind->id == K_TABLE ? o : NULL;
}

/* ---- keys ------------------------------------------------------------------------------- */

/* Types whose values have the same hash on every server. Not enums, whose labels are hashed by
 * their oid, nor names of objects, nor what is made of other types, nor texts, whose equality a
 * collation may decide (a nondeterministic one hashes what the provider's version makes of them).
 */
static bool is_same_everywhere(const char *type)
{
    static const char *const types[] = {"smallint", "integer", "bigint",          "uuid",
                                        "boolean",  "date",    "bytea",           "text",
                                        "numeric",  "real",    "double precision"};
    static const char *const starts[] = {"character varying", "character(", "numeric(", "timestamp",
                                         "time "};

    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_LEN(starts); i++)
        if (str_starts(type, starts[i]) && !str_ends(type, "]"))
            return true;
    return false;
}

static bool is_plain_column(const struct object *table, const char *name, size_t len)
{
    for (const struct object *c = table->first; c; c = c->next) {
        const char *type;

        if (c->kind->id != K_COLUMN || strlen(c->name) != len || strncmp(c->name, name, len) != 0)
            continue;
        type = model_get(c, P_COLUMN_TYPE);
        return type && is_same_everywhere(type) && !model_get(c, P_COLUMN_COLLATION);
    }
    return false;
}

/* Whether rows may belong to another partition on another server: "HASH (a, b)" of such columns
 * alone, without a class, a collation or an expression, is safe. */
static bool is_shuffled(const struct object *table)
{
    static const char hash[] = "HASH (";
    const char *key = model_get(table, P_TABLE_PARTITION_KEY);
    bool plain = true;

    if (!key || !str_starts(key, hash))
        return false;
    for (key += strlen(hash); plain && *key && *key != ')';) {
        size_t len = strcspn(key, ",)");

        plain = is_plain_column(table, key, len);
        key += len;
        key += strspn(key, ", ");
    }
    return !plain;
}

/* ---- trees ------------------------------------------------------------------------------- */

const struct object *model_partition_of(const struct model *m, const struct object *table)
{
    const char *parent = table->kind->id == K_TABLE
                             ? model_get(table, P_TABLE_PARTITION_OF)
                             : model_get(table, P_FOREIGN_TABLE_PARTITION_OF);

    return parent ? relation(m, parent) : NULL;
}

/* Its rows are another server's: nobody reads them by way of the root. */
static bool has_foreign_partition(const struct model *m, const struct object *root)
{
    for (uint32_t i = 0; i < m->n_objects; i++)
        if (m->objects[i]->kind->id == K_FOREIGN_TABLE)
            for (const struct object *o = model_partition_of(m, m->objects[i]); o;
                 o = model_partition_of(m, o))
                if (o == root)
                    return true;
    return false;
}

const struct object *model_hash_root(const struct model *m, const struct object *table)
{
    const struct object *root = NULL;

    for (; table; table = model_partition_of(m, table))
        if (is_shuffled(table))
            root = table;
    return root && !has_foreign_partition(m, root) ? root : NULL;
}
