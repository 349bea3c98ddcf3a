#include <dbtwin/plan.h>

#include <dbtwin/engine.h>

#include <string.h>
#include <strings.h>

#include "mysql.h"
#include "postgres.h"

/* How the kind is renamed: the object itself, or a part of its parent. */
static const struct form {
    enum kind_id kind;
    const char *postgres; /* the words before the name; NULL: none */
    bool part;            /* %s OLD ON parent RENAME TO; else within ALTER of the parent */
    bool parts;           /* ALTER of it renames its parts */
    const char *within;   /* RENAME COLUMN old TO new */
    const char *mysql;    /* the same of ALTER TABLE, "" for RENAME TABLE; NULL: none */
} forms[] = {
    {K_TABLE, "TABLE", false, true, NULL, ""},
    {K_VIEW, "VIEW", false, false, NULL, ""},
    {K_MATERIALIZED_VIEW, "MATERIALIZED VIEW", false, false, NULL, NULL},
    {K_FOREIGN_TABLE, "FOREIGN TABLE", false, true, NULL, NULL},
    {K_SEQUENCE, "SEQUENCE", false, false, NULL, NULL},
    {K_ENUM, "TYPE", false, false, NULL, NULL},
    {K_COMPOSITE, "TYPE", false, true, NULL, NULL},
    {K_RANGE, "TYPE", false, false, NULL, NULL},
    {K_DOMAIN, "DOMAIN", false, true, NULL, NULL},
    {K_COLUMN, NULL, false, false, "COLUMN", "COLUMN"},
    {K_ATTRIBUTE, NULL, false, false, "ATTRIBUTE", NULL},
    {K_ENUM_LABEL, NULL, false, false, "VALUE", NULL},
    {K_PRIMARY_KEY, NULL, false, false, "CONSTRAINT", NULL},
    {K_UNIQUE, NULL, false, false, "CONSTRAINT", NULL},
    {K_EXCLUSION, NULL, false, false, "CONSTRAINT", NULL},
    {K_CHECK, NULL, false, false, "CONSTRAINT", NULL},
    {K_FOREIGN_KEY, NULL, false, false, "CONSTRAINT", NULL},
    {K_INDEX, NULL, false, false, NULL, "INDEX"},
    {K_TRIGGER, "TRIGGER", true, false, NULL, NULL},
    {K_POLICY, "POLICY", true, false, NULL, NULL},
    {K_RULE, "RULE", true, false, NULL, NULL},
};

static const struct form *form_of(const struct object *o)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        if (forms[i].kind == o->kind->id)
            return &forms[i];
    return NULL;
}

static void add_mysql(const struct form *f, const struct object *o, const char *name,
                      struct buf *out)
{
    if (!f->mysql)
        return;
    buf_adds(out, *f->mysql ? "ALTER TABLE " : "RENAME TABLE ");
    mysql_name(out, *f->mysql ? o->parent->name : o->name);
    if (*f->mysql) {
        buf_addf(out, " RENAME %s ", f->mysql);
        mysql_name(out, o->name);
    }
    buf_adds(out, " TO ");
    mysql_name(out, name);
}

/* Whether the text names it, as `c` or as c. */
static bool is_named_in(const char *text, const struct object *o)
{
    struct buf quoted = BUF_INIT;
    bool found = false;
    mysql_name(&quoted, o->name);
    for (const char *p = text, *end; p && *p && !found; p = end) {
        end = engine_token_end(ENGINE_MY, p);
        size_t n = (size_t)(end - p);
        found = (strlen(o->name) == n && strncasecmp(o->name, p, n) == 0) ||
                (quoted.len == n && strncasecmp(quoted.data, p, n) == 0);
    }
    buf_release(&quoted);
    return found;
}

/* Whether a part of the table is made of it. */
static bool is_used_by(const struct object *part, const struct object *o)
{
    switch (part->kind->id) {
    case K_COLUMN:
        return is_named_in(model_get(part, P_COLUMN_EXPRESSION), o);
    case K_CHECK:
        return is_named_in(model_get(part, P_CHECK_EXPRESSION), o);
    case K_INDEX_PART:
        return str_starts(model_get(part, P_INDEX_PART_EXPRESSION), "(") &&
               is_named_in(model_get(part, P_INDEX_PART_EXPRESSION), o);
    default:
        for (const struct object *c = part->first; c; c = c->next)
            if (is_used_by(c, o))
                return true;
        return false;
    }
}

static bool is_used(const struct object *o)
{
    const struct object *t = o->parent;
    if (is_named_in(model_get(t, P_TABLE_PARTITION_KEY), o) ||
        is_named_in(model_get(t, P_TABLE_SUBPARTITION_KEY), o))
        return true;
    for (const struct object *c = t->first; c; c = c->next)
        if (c != o && is_used_by(c, o))
            return true;
    return false;
}

/* MySQL refuses a column of which partitions (3855), generated columns (3108), checks (3959) or
 * keys of expressions (3837) are made; MariaDB writes these again. */
static void add_mysql_only(const struct form *f, const struct object *o, const char *name,
                           struct buf *out)
{
    if (o->kind->id != K_COLUMN || o->parent->kind->id != K_TABLE || !is_used(o))
        add_mysql(f, o, name, out);
}

/* Its columns are the type's attributes. */
static bool is_typed(const struct object *o)
{
    return o->kind->id == K_COLUMN && o->parent->kind->id == K_TABLE &&
           model_get(o->parent, P_TABLE_OF_TYPE);
}

static void add_postgres(const struct form *f, const struct object *o, const char *name,
                         struct buf *out)
{
    const struct form *parent = f->within ? form_of(o->parent) : NULL;
    if (is_typed(o))
        return;
    if (o->kind->id == K_INDEX)
        postgres_format(out, "ALTER INDEX %I.%I RENAME TO %I", o->parent->parent->name, o->name,
                        name);
    else if (o->kind->id == K_ENUM_LABEL)
        postgres_format(out, "ALTER TYPE %Q RENAME %s %L TO %L", o->parent, f->within, o->name,
                        name);
    else if (parent && parent->parts)
        postgres_format(out, "ALTER %s %Q RENAME %s %I TO %I", parent->postgres, o->parent,
                        f->within, o->name, name);
    else if (f->part)
        postgres_format(out, "ALTER %s %I ON %Q RENAME TO %I", f->postgres, o->name, o->parent,
                        name);
    else if (f->postgres)
        postgres_format(out, "ALTER %s %Q RENAME TO %I", f->postgres, o, name);
}

static const struct {
    unsigned flavors;
    void (*add)(const struct form *f, const struct object *o, const char *name, struct buf *out);
} engines[] = {{ENGINE_PG, add_postgres}, {ENGINE_MY, add_mysql_only}, {ENGINE_MYSQL, add_mysql}};

const char *plan_rename_sql(const struct object *o, const char *name, unsigned flavor,
                            struct arena *a)
{
    const struct form *form = form_of(o);
    struct buf out = BUF_INIT;
    if (form)
        ENGINE_ROW(engines, flavor)->add(form, o, name, &out);
    const char *ret = out.len ? arena_strdup(a, out.data) : NULL;
    buf_release(&out);
    return ret;
}
