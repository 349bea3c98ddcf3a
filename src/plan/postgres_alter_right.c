#include "postgres.h"

#include <string.h>

/*
 * Grants, settings, options of foreign objects, publications, and what belongs to the database.
 * Source: ALTER DATABASE, ALTER EXTENSION, ALTER SERVER, ALTER PUBLICATION … in the PostgreSQL
 * manual.
 */

static const struct object *parent_of(const struct plan_pair *p)
{
    return (p->from ? p->from : p->to)->parent;
}

/* ---- the database -----------------------------------------------------------------------------
 */

static void alter_database(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *o = p->from;
    const char *owner = model_get(o, P_DATABASE_OWNER);
    const char *limit = model_get(o, P_DATABASE_CONNECTION_LIMIT);
    const char *comment = model_get(o, P_DATABASE_COMMENT);

    if (p->differs >> P_DATABASE_COMMENT & 1)
        postgres_for_database(b, o, "COMMENT ON DATABASE %I IS ",
                              comment ? postgres_text(b, comment) : "NULL");
    if ((p->differs >> P_DATABASE_CONNECTION_LIMIT & 1) && limit)
        postgres_for_database(b, o, "ALTER DATABASE %I CONNECTION LIMIT ", limit);
    if (p->differs >> P_DATABASE_COLLATION_VERSION & 1)
        postgres_for_database(b, o, "ALTER DATABASE %I REFRESH COLLATION VERSION", "");
    if ((p->differs >> P_DATABASE_OWNER & 1) && owner && b->opt->owners) {
        struct buf role = BUF_INIT;

        postgres_identifier(&role, owner);
        postgres_for_database(b, o, "ALTER DATABASE %I OWNER TO ", role.data);
        buf_release(&role);
    }
}

/* ---- settings ---------------------------------------------------------------------------------
 */

static bool is_of_routine(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return parent_of(p)->parent != NULL;
}

static void reset_setting(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *routine = p->to->parent->parent ? plan_other(b, p->to->parent) : NULL;
    struct buf target = BUF_INIT, sql = BUF_INIT;

    if (!p->to->parent->parent) {
        postgres_database_reset(b, p->to, &sql);
        postgres_step_at(b, RANK_ACTION, p->to, "%s", sql.data);
    } else if (routine && !postgres_is_replaced(b, routine)) {
        postgres_target(&target, routine);
        postgres_step(b, p->to, NULL, "ALTER %s RESET %s", target.data, p->to->name);
    }
    buf_release(&target);
    buf_release(&sql);
}

/* ---- schemas, extensions ----------------------------------------------------------------------
 */

static void move_schema(struct plan_builder *b, const struct plan_pair *p)
{
    const char *before = model_get(p->to, P_SCHEMA_EXTENSION);
    const char *now = model_get(p->from, P_SCHEMA_EXTENSION);

    if (before)
        postgres_step(b, p->from, NULL, "ALTER EXTENSION %I DROP SCHEMA %Q", before, p->from);
    if (now)
        postgres_step(b, p->from, NULL, "ALTER EXTENSION %I ADD SCHEMA %Q", now, p->from);
}

static bool has_version(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return model_get(p->from, P_EXTENSION_VERSION) != NULL;
}

static void drop_dependency(struct plan_builder *b, const struct plan_pair *p)
{
    if (plan_other(b, p->to->parent))
        postgres_extension_depends(b, p->to, "NO DEPENDS");
}

/* ---- what was added to members of extensions --------------------------------------------------
 */

/* "trigger x on t": the statement that takes it away, or NULL. */
static const char *addition_drop(struct plan_builder *b, const struct object *o)
{
    static const struct {
        const char *before, *sql;
    } sorts[] = {
        {"policy ", "DROP POLICY "},
        {"rule ", "DROP RULE "},
        {"trigger ", "DROP TRIGGER "},
    };
    static const char on[] = " on ", index[] = "index ", constraint[] = "constraint ",
                      security[] = "row security on ";
    const char *name = o->name, *at = strstr(name, on);

    for (size_t i = 0; i < ARRAY_LEN(sorts); i++)
        if (str_starts(name, sorts[i].before) && at)
            return arena_printf(b->arena, "%s%s", sorts[i].sql, name + strlen(sorts[i].before));
    if (str_starts(name, constraint) && at)
        return arena_printf(b->arena, "ALTER TABLE %s DROP CONSTRAINT %.*s", at + strlen(on),
                            (int)(at - name) - (int)strlen(constraint), name + strlen(constraint));
    if (str_starts(name, index) && at) {
        /* In the schema of its table. */
        const char *table = at + strlen(on), *dot = strrchr(table, '.');
        int schema = dot ? (int)(dot - table) + 1 : 0;

        return arena_printf(b->arena, "DROP INDEX %.*s%.*s", schema, table,
                            (int)(at - name) - (int)strlen(index), name + strlen(index));
    }
    if (str_starts(name, security))
        return arena_printf(
            b->arena, "ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY",
            name + strlen(security));
    return NULL;
}

/* A comment or an owner is taken back; else what was added is dropped. */
static void drop_addition(struct plan_builder *b, const struct plan_pair *p)
{
    const char *target = model_get(p->to, P_ADDITION_TARGET);
    const struct object *extension = plan_other(b, p->to->parent);
    const char *owner = extension && extension->kind->id == K_EXTENSION
                            ? model_get(extension, P_EXTENSION_OWNER)
                            : NULL;

    if (!extension)
        return;
    if (model_get(p->to, P_ADDITION_DEFINITION)) {
        const char *sql = addition_drop(b, p->to);

        if (sql)
            plan_step(b, PHASE_PRE, p->to, NULL, sql);
        else
            plan_refuse(b, p->to, "dbtwin does not know how it is dropped");
        return;
    }
    if (target && model_get(p->to, P_ADDITION_COMMENT))
        postgres_step(b, p->to, NULL, "COMMENT ON %s IS NULL", target);
    if (target && owner && model_get(p->to, P_ADDITION_OWNER) && b->opt->owners)
        postgres_step_at(b, RANK_OWNER, p->to, "ALTER %s OWNER TO %I", target, owner);
}

static void alter_addition(struct plan_builder *b, const struct plan_pair *p)
{
    const char *target = model_get(p->from, P_ADDITION_TARGET);
    const char *comment = model_get(p->from, P_ADDITION_COMMENT);
    const char *owner = model_get(p->from, P_ADDITION_OWNER);

    if (!target)
        return;
    if (p->differs >> P_ADDITION_ENABLED & 1)
        postgres_step(b, p->from, NULL, "ALTER %s", target);
    if (p->differs >> P_ADDITION_COMMENT & 1)
        postgres_step(b, p->from, NULL, "COMMENT ON %s IS %s", target,
                      comment ? postgres_text(b, comment) : "NULL");
    if ((p->differs >> P_ADDITION_OWNER & 1) && b->opt->owners) {
        if (!owner && p->from->parent->kind->id == K_EXTENSION)
            owner = model_get(p->from->parent, P_EXTENSION_OWNER);
        if (owner)
            postgres_step_at(b, RANK_OWNER, p->from, "ALTER %s OWNER TO %I", target, owner);
    }
}

/* ---- foreign data -----------------------------------------------------------------------------
 */

/* ALTER … of what has the option: "FOREIGN TABLE t", "FOREIGN TABLE t ALTER COLUMN c". */
static bool option_holder(const struct object *o, struct buf *out)
{
    switch (o->kind->id) {
    case K_FOREIGN_TABLE:
    case K_FOREIGN_DATA_WRAPPER:
    case K_FOREIGN_SERVER:
        postgres_target(out, o);
        return true;
    case K_USER_MAPPING:
        buf_adds(out, "USER MAPPING FOR ");
        postgres_role(out, o->name);
        postgres_format(out, " SERVER %I", o->parent->name);
        return true;
    case K_COLUMN:
        if (o->parent->kind->id != K_FOREIGN_TABLE)
            return false;
        postgres_format(out, "FOREIGN TABLE %Q ALTER COLUMN %I", o->parent, o->name);
        return true;
    default:
        return false;
    }
}

static bool is_of_foreign(struct plan_builder *b, const struct plan_pair *p)
{
    struct buf out = BUF_INIT;
    bool yes = option_holder(parent_of(p), &out);

    (void)b;
    buf_release(&out);
    return yes;
}

/* verb: ADD, SET or DROP. What begins with attribute. is the column's own (option.sql). */
static void alter_option(struct plan_builder *b, const struct object *o, const char *verb,
                         const char *value)
{
    static const char attribute[] = "attribute.";
    struct buf sql = BUF_INIT;

    buf_adds(&sql, "ALTER ");
    option_holder(o->parent, &sql);
    if (o->parent->kind->id == K_COLUMN && str_starts(o->name, attribute))
        postgres_format(&sql, value ? " SET (%s=%s)" : " RESET (%s)", o->name + strlen(attribute),
                        value ? postgres_text(b, value) : "");
    else
        postgres_format(&sql, value ? " OPTIONS (%s %I %s)" : " OPTIONS (%s %I)", verb, o->name,
                        value ? postgres_text(b, value) : "");
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
}

static const char *option_value(const struct object *o)
{
    const char *value = model_get(o, P_OPTION_VALUE);

    return value ? value : "";
}

static void add_option(struct plan_builder *b, const struct plan_pair *p)
{
    alter_option(b, p->from, "ADD", option_value(p->from));
}

static void set_option(struct plan_builder *b, const struct plan_pair *p)
{
    alter_option(b, p->from, "SET", option_value(p->from));
}

static void drop_option(struct plan_builder *b, const struct plan_pair *p)
{
    alter_option(b, p->to, "DROP", NULL);
}

static bool may_hold_secrets(const struct object *server)
{
    return plan_child(server, K_USER_MAPPING, NULL) || plan_child(server, K_SECRET_OPTION, NULL);
}

static bool has_secrets(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return may_hold_secrets(p->from) || may_hold_secrets(p->to);
}

static void drop_user_mapping(struct plan_builder *b, const struct plan_pair *p)
{
    struct buf sql = BUF_INIT;

    buf_adds(&sql, "DROP ");
    option_holder(p->to, &sql);
    plan_step(b, PHASE_PRE, p->to, NULL, sql.data);
    buf_release(&sql);
}

/* ---- publications -----------------------------------------------------------------------------
 */

static void alter_publication(struct plan_builder *b, const struct plan_pair *p)
{
    const char *generated = model_get(p->from, P_PUBLICATION_GENERATED_COLUMNS);
    const char *between = "";
    struct buf list = BUF_INIT;

    if (p->differs >> P_PUBLICATION_OPERATIONS & 1) {
        template_fill(&list, &postgres_style, "publish = {operations:text}", p->from);
        between = ", ";
    }
    if (p->differs >> P_PUBLICATION_VIA_ROOT & 1) {
        buf_addf(&list, "%spublish_via_partition_root = %s", between,
                 model_yes(p->from, P_PUBLICATION_VIA_ROOT) ? "true" : "false");
        between = ", ";
    }
    if ((p->differs >> P_PUBLICATION_GENERATED_COLUMNS & 1) && generated)
        buf_addf(&list, "%spublish_generated_columns = %s", between, generated);
    if (list.len)
        postgres_step(b, p->from, NULL, "ALTER PUBLICATION %I SET (%s)", p->from->name, list.data);
    buf_release(&list);
}

static void drop_from_publication(struct plan_builder *b, const struct plan_pair *p)
{
    bool schema = str_starts(p->to->name, "TABLES IN SCHEMA ");

    postgres_step(b, p->to, NULL, "ALTER PUBLICATION %I DROP %s%s", p->to->parent->name,
                  schema ? "" : "TABLE ONLY ", p->to->name);
}

/* ---- security labels --------------------------------------------------------------------------
 */

static void drop_label(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *of = plan_other(b, p->to->parent);
    struct buf on = BUF_INIT;

    if (of && of->parent) {
        postgres_target(&on, of);
        postgres_step(b, p->to, NULL, "SECURITY LABEL FOR %I ON %s IS NULL", p->to->name, on.data);
    }
    buf_release(&on);
}

/* ---- the rows ---------------------------------------------------------------------------------
 */

#define AT_BIRTH(prop_)                                                                         \
    {                                                                                           \
        .kind = K_DATABASE, .slot = P_DATABASE_##prop_,                                         \
        .manual = "it is given when the database is created: create another one and copy into " \
                  "it"                                                                          \
    }
#define DATABASE(prop_, hazards_)                                                                 \
    {                                                                                             \
        .kind = K_DATABASE, .slot = P_DATABASE_##prop_, .fn = alter_database, .hazards = hazards_ \
    }
#define DROPPED(kind_)                                                   \
    {                                                                    \
        .kind = K_##kind_, .slot = ALTER_DROP, .fn = postgres_alter_drop \
    }
#define BY_HAND "it may hold a secret, which no model has: change it by hand"

const struct plan_alter postgres_alter_right_rows[] = {
    AT_BIRTH(ENCODING),
    AT_BIRTH(LOCALE_PROVIDER),
    AT_BIRTH(COLLATE),
    AT_BIRTH(CTYPE),
    AT_BIRTH(LOCALE),
    AT_BIRTH(ICU_RULES),
    DATABASE(COLLATION_VERSION, HAZARD_MEANING),
    DATABASE(OWNER, HAZARD_AUTHORITY),
    DATABASE(CONNECTION_LIMIT, 0),
    DATABASE(COMMENT, 0),
    {.kind = K_DATABASE,
     .slot = P_DATABASE_TABLESPACE,
     .manual = "a database moves only while nobody is connected to it: ALTER DATABASE … SET "
               "TABLESPACE, from another one"},
    /* A role is here because it owns or is granted something: it comes and goes with that. */
    {.kind = K_ROLE, .slot = ALTER_ADD, .fn = postgres_alter_nothing},
    {.kind = K_ROLE, .slot = ALTER_DROP, .fn = postgres_alter_nothing},
    {.kind = K_SETTING,
     .slot = P_SETTING_VALUE,
     .fn = postgres_alter_setting,
     .can = is_of_routine},
    {.kind = K_SETTING, .slot = P_SETTING_VALUE, .fn = postgres_alter_again},
    {.kind = K_SETTING, .slot = ALTER_DROP, .fn = reset_setting},

    {.kind = K_SCHEMA, .slot = P_SCHEMA_EXTENSION, .fn = move_schema},
    DROPPED(SCHEMA),
    {.kind = K_EXTENSION,
     .slot = P_EXTENSION_VERSION,
     .sql = "ALTER EXTENSION {name} UPDATE TO {version:text}",
     .hazards = HAZARD_MEANING,
     .can = has_version},
    {.kind = K_EXTENSION,
     .slot = P_EXTENSION_SCHEMA,
     .sql = "ALTER EXTENSION {name} SET SCHEMA {schema:id}",
     .hazards = HAZARD_MEANING},
    {.kind = K_EXTENSION,
     .slot = P_EXTENSION_OWNER,
     .manual = "no statement changes the owner of an extension"},
    {.kind = K_EXTENSION,
     .slot = ALTER_REBUILD,
     .manual = "dropping it would drop what is of its types, with the rows"},
    {.kind = K_EXTENSION,
     .slot = ALTER_DROP,
     .fn = postgres_alter_drop,
     .hazards = HAZARD_DATA,
     .reason = "its tables go with it"},
    {.kind = K_EXTENSION_DEPENDENCY, .slot = ALTER_DROP, .fn = drop_dependency},
    {.kind = K_ADDITION, .slot = P_ADDITION_ENABLED, .fn = alter_addition},
    {.kind = K_ADDITION, .slot = P_ADDITION_COMMENT, .fn = alter_addition},
    {.kind = K_ADDITION, .slot = P_ADDITION_OWNER, .fn = alter_addition},
    {.kind = K_ADDITION, .slot = ALTER_DROP, .fn = drop_addition},

    {.kind = K_FOREIGN_DATA_WRAPPER,
     .slot = P_FOREIGN_DATA_WRAPPER_HANDLER,
     .sql = "ALTER FOREIGN DATA WRAPPER {name} [HANDLER {handler}]||[NO HANDLER{!handler}]"},
    {.kind = K_FOREIGN_DATA_WRAPPER,
     .slot = P_FOREIGN_DATA_WRAPPER_VALIDATOR,
     .sql = "ALTER FOREIGN DATA WRAPPER {name} [VALIDATOR {validator}]||[NO VALIDATOR"
            "{!validator}]"},
    DROPPED(FOREIGN_DATA_WRAPPER),
    {.kind = K_FOREIGN_SERVER,
     .slot = P_FOREIGN_SERVER_VERSION,
     .sql = "ALTER SERVER {name} VERSION [{version:text}]||[NULL{!version}]"},
    {.kind = K_FOREIGN_SERVER,
     .slot = ALTER_REBUILD,
     .can = has_secrets,
     .manual = "the server would have to be dropped, and with it user mappings and options that "
               "may hold secrets: do it by hand"},
    DROPPED(FOREIGN_SERVER),
    DROPPED(FOREIGN_TABLE),
    {.kind = K_OPTION, .slot = ALTER_ADD, .fn = add_option, .can = is_of_foreign},
    {.kind = K_OPTION, .slot = P_OPTION_VALUE, .fn = set_option, .can = is_of_foreign},
    {.kind = K_OPTION, .slot = ALTER_DROP, .fn = drop_option, .can = is_of_foreign},
    {.kind = K_USER_MAPPING, .slot = ALTER_ADD, .manual = BY_HAND},
    {.kind = K_USER_MAPPING,
     .slot = ALTER_DROP,
     .fn = drop_user_mapping,
     .hazards = HAZARD_AUTHORITY},
    {.kind = K_SECRET_OPTION, .slot = ALTER_ADD, .manual = BY_HAND},
    {.kind = K_SECRET_OPTION, .slot = P_SECRET_OPTION_VALUE, .manual = BY_HAND},
    {.kind = K_SECRET_OPTION, .slot = ALTER_DROP, .fn = drop_option, .can = is_of_foreign},
    {.kind = K_SECRET_OPTION, .slot = ALTER_DROP, .manual = BY_HAND},

    {.kind = K_PUBLICATION, .slot = P_PUBLICATION_OPERATIONS, .fn = alter_publication},
    {.kind = K_PUBLICATION, .slot = P_PUBLICATION_VIA_ROOT, .fn = alter_publication},
    {.kind = K_PUBLICATION, .slot = P_PUBLICATION_GENERATED_COLUMNS, .fn = alter_publication},
    DROPPED(PUBLICATION),
    {.kind = K_PUBLICATION_TABLE, .slot = ALTER_DROP, .fn = drop_from_publication},
    {.kind = K_SUBSCRIPTION,
     .slot = ALTER_ADD,
     .manual = "it would connect to its publisher with a password, which no model has: create it "
               "by hand"},
    {.kind = K_SUBSCRIPTION,
     .slot = ALTER_REBUILD,
     .manual = "its slot on the publisher is at stake: use ALTER SUBSCRIPTION by hand"},
    {.kind = K_SUBSCRIPTION,
     .slot = ALTER_DROP,
     .manual = "its slot on the publisher would be dropped with it: drop it by hand"},

    {.kind = K_GRANT,
     .slot = P_GRANT_PRIVILEGES,
     .fn = postgres_alter_grant,
     .hazards = HAZARD_AUTHORITY},
    {.kind = K_GRANT, .slot = P_GRANT_GRANTOR, .fn = postgres_alter_nothing},
    {.kind = K_GRANT, .slot = ALTER_DROP, .fn = postgres_alter_grant, .hazards = HAZARD_AUTHORITY},
    {.kind = K_DEFAULT_PRIVILEGE,
     .slot = P_DEFAULT_PRIVILEGE_PRIVILEGES,
     .fn = postgres_alter_default_privilege,
     .hazards = HAZARD_AUTHORITY},
    {.kind = K_DEFAULT_PRIVILEGE,
     .slot = ALTER_DROP,
     .fn = postgres_alter_default_privilege,
     .hazards = HAZARD_AUTHORITY},
    {.kind = K_SECURITY_LABEL,
     .slot = P_SECURITY_LABEL_LABEL,
     .fn = postgres_alter_again,
     .hazards = HAZARD_AUTHORITY},
    {.kind = K_SECURITY_LABEL, .slot = ALTER_DROP, .fn = drop_label, .hazards = HAZARD_AUTHORITY},
    {.kind = K_COUNT},
};
