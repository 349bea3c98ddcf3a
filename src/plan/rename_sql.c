#include <dbtwin/plan.h>

#include <dbtwin/engine.h>

#include "mysql.h"
#include "postgres.h"

/* How the kind is renamed: the object itself, or a part of its parent. */
static const struct {
    enum kind_id kind;
    const char *postgres; /* the words before the name; NULL: none */
    bool part;            /* %s OLD ON parent RENAME TO; else within ALTER TABLE parent */
    const char *within;   /* RENAME COLUMN old TO new */
    const char *mysql;    /* the same of ALTER TABLE, "" for RENAME TABLE; NULL: none */
} forms[] = {
    {K_TABLE, "TABLE", false, NULL, ""},
    {K_VIEW, "VIEW", false, NULL, ""},
    {K_MATERIALIZED_VIEW, "MATERIALIZED VIEW", false, NULL, NULL},
    {K_FOREIGN_TABLE, "FOREIGN TABLE", false, NULL, NULL},
    {K_SEQUENCE, "SEQUENCE", false, NULL, NULL},
    {K_ENUM, "TYPE", false, NULL, NULL},
    {K_COMPOSITE, "TYPE", false, NULL, NULL},
    {K_RANGE, "TYPE", false, NULL, NULL},
    {K_DOMAIN, "DOMAIN", false, NULL, NULL},
    {K_COLUMN, NULL, false, "COLUMN", "COLUMN"},
    {K_PRIMARY_KEY, NULL, false, "CONSTRAINT", NULL},
    {K_UNIQUE, NULL, false, "CONSTRAINT", NULL},
    {K_EXCLUSION, NULL, false, "CONSTRAINT", NULL},
    {K_CHECK, NULL, false, "CONSTRAINT", NULL},
    {K_FOREIGN_KEY, NULL, false, "CONSTRAINT", NULL},
    {K_INDEX, NULL, false, NULL, "INDEX"},
    {K_TRIGGER, "TRIGGER", true, NULL, NULL},
    {K_POLICY, "POLICY", true, NULL, NULL},
    {K_RULE, "RULE", true, NULL, NULL},
};

static void add_mysql(const struct object *o, const char *name, const char *form, struct buf *out)
{
    buf_adds(out, *form ? "ALTER TABLE " : "RENAME TABLE ");
    mysql_name(out, *form ? o->parent->name : o->name);
    if (*form) {
        buf_addf(out, " RENAME %s ", form);
        mysql_name(out, o->name);
    }
    buf_adds(out, " TO ");
    mysql_name(out, name);
}

static const char *taken(struct buf *out, struct arena *a)
{
    const char *ret = out->len ? arena_strdup(a, out->data) : NULL;
    buf_release(out);
    return ret;
}

const char *plan_rename_sql(const struct object *o, const char *name, unsigned flavor,
                            struct arena *a)
{
    struct buf out = BUF_INIT;
    bool pg = flavor == ENGINE_PG;
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (forms[i].kind != o->kind->id)
            continue;
        if (!pg && forms[i].mysql)
            add_mysql(o, name, forms[i].mysql, &out);
        else if (pg && forms[i].within && o->parent->kind->id == K_TABLE)
            postgres_format(&out, "ALTER TABLE %Q RENAME %s %I TO %I", o->parent, forms[i].within,
                            o->name, name);
        else if (pg && forms[i].part)
            postgres_format(&out, "ALTER %s %I ON %Q RENAME TO %I", forms[i].postgres, o->name,
                            o->parent, name);
        else if (pg && forms[i].postgres)
            postgres_format(&out, "ALTER %s %Q RENAME TO %I", forms[i].postgres, o, name);
    }
    if (pg && o->kind->id == K_INDEX)
        postgres_format(&out, "ALTER INDEX %I.%I RENAME TO %I", o->parent->parent->name, o->name,
                        name);
    return taken(&out, a);
}
