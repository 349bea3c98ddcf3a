#include "postgres.h"

#include <string.h>

#include <dbtwin/namemap.h>

/* ---- the database ------------------------------------------------------------------------------
 */

/* The database's own name is not known here (a shadow has another): the server says it. */
static void for_database(const char *format, const char *rest, struct buf *out)
{
    struct buf body = BUF_INIT;

    postgres_format(&body, "BEGIN EXECUTE pg_catalog.format(%L, pg_catalog.current_database()) || ",
                    format);
    postgres_format(&body, "%L; END", rest);
    postgres_format(out, "DO %L", body.data);
    buf_release(&body);
}

void postgres_for_database(struct plan_builder *b, const struct object *o, const char *format,
                           const char *rest)
{
    struct buf sql = BUF_INIT;

    for_database(format, rest, &sql);
    postgres_step_at(b, RANK_ACTION, o, "%s", sql.data);
    buf_release(&sql);
}

static bool has_child(struct plan_builder *b, enum space_id space, const char *name)
{
    return model_child(b->model, b->model->root, space, name) != NULL;
}

/* ---- what could not be read -------------------------------------------------------------------
 */

static bool is_made(enum kind_id kind)
{
    return kind != K_DATABASE && kind != K_ROLE && kind != K_SUBSCRIPTION &&
           kind != K_USER_MAPPING && kind != K_SECRET_OPTION && kind != K_LARGE_OBJECTS;
}

static bool is_needed(const struct plan_builder *b, const struct object *o, unsigned slot)
{
    const struct prop *p = &o->kind->props[slot];

    if (!(p->engines & ENGINE_PG) || (p->flags & (F_COSMETIC | F_VOLATILE | F_SECRET | F_INTERNAL)))
        return false;
    return b->opt->owners || strcmp(p->name, "owner") != 0;
}

/* What the source would not tell cannot be recreated, and a guess would be a silent change. */
static void refuse_unknown(struct plan_builder *b)
{
    for (uint32_t i = 0; i < b->model->n_objects; i++) {
        const struct object *o = b->model->objects[i];

        if (!is_made(o->kind->id) || plan_is_left_out(b, o))
            continue;
        for (unsigned slot = 0; slot < o->kind->n_props; slot++)
            if (o->v[slot] == model_unknown && is_needed(b, o, slot))
                plan_unknown(b, o, (int)slot);
    }
}

/*
 * An empty database (template0) holds a schema "public" and the extension plpgsql. Settings like
 * the encoding are the driver's, who creates the database.
 */
void postgres_database(struct plan_builder *b, const struct object *o)
{
    const char *comment = model_get(o, P_DATABASE_COMMENT);
    struct buf text = BUF_INIT;

    refuse_unknown(b);
    if (!has_child(b, SPACE_SCHEMA, "public"))
        plan_step(b, PHASE_PRE, o, NULL, "DROP SCHEMA IF EXISTS public");
    if (!has_child(b, SPACE_EXTENSION, "plpgsql"))
        plan_step(b, PHASE_PRE, o, NULL, "DROP EXTENSION IF EXISTS plpgsql");
    if (comment) {
        postgres_literal(&text, comment);
        postgres_for_database(b, o, "COMMENT ON DATABASE %I IS ", text.data);
    }
    buf_release(&text);
}

/* Settings whose value is a list of names, which the catalog holds quoted already
 * (GUC_LIST_QUOTE in guc_tables.c; variable_is_guc_list_quote in dumputils.c). */
static bool is_list(const char *name)
{
    static const char *const lists[] = {"local_preload_libraries",   "search_path",
                                        "session_preload_libraries", "shared_preload_libraries",
                                        "temp_tablespaces",          "unix_socket_directories"};

    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (strcmp(name, lists[i]) == 0)
            return true;
    return false;
}

/* "<setting> for <role>" without the role. */
static const char *setting_name(struct plan_builder *b, const struct object *o)
{
    const char *role = model_get(o, P_SETTING_ROLE);
    size_t len = strlen(o->name);

    if (role && len > strlen(role) + strlen(" for "))
        len -= strlen(role) + strlen(" for ");
    return arena_strndup(b->arena, o->name, len);
}

static const char *setting_text(struct plan_builder *b, const char *name, const char *value)
{
    if (is_list(name) && value && *value)
        return value;
    return postgres_text(b, value ? value : "");
}

const char *postgres_setting_value(struct plan_builder *b, const struct object *o)
{
    return setting_text(b, o->name, model_get(o, P_SETTING_VALUE));
}

/* ALTER DATABASE … or ALTER ROLE … IN DATABASE …, and what is set or reset. */
static void alter_setting(const struct object *o, const char *what, struct buf *out)
{
    const char *role = model_get(o, P_SETTING_ROLE);
    struct buf format = BUF_INIT, rest = BUF_INIT;

    if (role)
        postgres_format(&format, "ALTER ROLE %I IN DATABASE ", role);
    else
        buf_adds(&format, "ALTER DATABASE ");
    /* A percent sign in the role's name would be read by format(). */
    for (size_t i = 0; i < format.len; i++) {
        if (format.data[i] == '%')
            buf_addch(&rest, '%');
        buf_addch(&rest, format.data[i]);
    }
    buf_adds(&rest, "%I ");
    for_database(rest.data, what, out);
    buf_release(&format);
    buf_release(&rest);
}

void postgres_database_setting(struct plan_builder *b, const struct object *o, const char *value,
                               struct buf *out)
{
    const char *name = setting_name(b, o);

    alter_setting(o, arena_printf(b->arena, "SET %s TO %s", name, setting_text(b, name, value)),
                  out);
}

void postgres_database_reset(struct plan_builder *b, const struct object *o, struct buf *out)
{
    alter_setting(o, arena_printf(b->arena, "RESET %s", setting_name(b, o)), out);
}

/* What replaces the routine restates its settings, and leaves out those that go. */
bool postgres_is_replaced(const struct plan_builder *b, const struct object *routine)
{
    unsigned other = (unsigned)kind_prop(routine->kind, "owner"),
             more = (unsigned)kind_prop(routine->kind, "comment");

    return plan_creates(b, routine) ||
           (plan_differs(b, routine) & ~(UINT64_C(1) << other | UINT64_C(1) << more));
}

void postgres_alter_setting(struct plan_builder *b, const struct plan_pair *p)
{
    struct buf target = BUF_INIT;

    if (postgres_is_replaced(b, p->from->parent))
        return;
    postgres_target(&target, p->from->parent);
    postgres_step(b, p->from, NULL, "ALTER %s SET %s TO %s", target.data, p->from->name,
                  postgres_setting_value(b, p->from));
    buf_release(&target);
}

/* A routine's settings are in its definition. */
void postgres_setting(struct plan_builder *b, const struct object *o)
{
    struct buf sql = BUF_INIT;

    if (o->parent->parent) {
        if (b->to)
            postgres_alter_setting(b, &(struct plan_pair){.from = o});
        return;
    }
    postgres_database_setting(b, o, model_get(o, P_SETTING_VALUE), &sql);
    postgres_step_at(b, RANK_ACTION, o, "%s", sql.data);
    buf_release(&sql);
}

/* ---- schemas and extensions
 * ---------------------------------------------------------------------- */

/* The extension's script makes it, unless somebody gave it to the extension later. */
static void add_to_extension(struct plan_builder *b, const struct object *schema,
                             const char *extension)
{
    struct buf body = BUF_INIT;

    postgres_step(b, schema, NULL, "CREATE SCHEMA IF NOT EXISTS %Q", schema);
    postgres_format(&body,
                    "BEGIN ALTER EXTENSION %I ADD SCHEMA %Q; "
                    "EXCEPTION WHEN object_not_in_prerequisite_state THEN NULL; END",
                    extension, schema);
    postgres_step(b, schema, NULL, "DO %L", body.data);
    buf_release(&body);
}

/*
 * The script of the extension makes some of them: what is there already stays. (A second primary
 * key is an invalid table definition.)
 */
static void add_definition(struct plan_builder *b, const struct object *o, const char *definition)
{
    struct buf body = BUF_INIT;

    postgres_format(&body,
                    "BEGIN EXECUTE %L; EXCEPTION WHEN duplicate_object OR duplicate_table "
                    "OR invalid_table_definition THEN NULL; END",
                    definition);
    postgres_step_at(b, RANK_ACTION, o, "DO %L", body.data);
    buf_release(&body);
}

void postgres_addition(struct plan_builder *b, const struct object *o)
{
    const char *definition = model_get(o, P_ADDITION_DEFINITION);
    const char *target = model_get(o, P_ADDITION_TARGET);
    const char *owner = model_get(o, P_ADDITION_OWNER);
    const char *comment = model_get(o, P_ADDITION_COMMENT);
    const char *enabled = model_get(o, P_ADDITION_ENABLED);

    if (definition)
        add_definition(b, o, definition);
    if (enabled && target && strcmp(enabled, "origin") != 0)
        postgres_step_at(b, RANK_STATE, o, "ALTER %s", target);
    if (comment && target)
        postgres_step_at(b, RANK_ACTION, o, "COMMENT ON %s IS %L", target, comment);
    if (owner && target && b->opt->owners)
        postgres_step_at(b, RANK_OWNER, o, "ALTER %s OWNER TO %I", target, owner);
}

/* From 15 on public is pg_database_owner's, a role that 13 does not have; before it is that of the
 * superuser who made the server. What initdb gave comes as the target's own initdb gives it. */
/* PUBLIC's USAGE is initdb's, which gives CREATE as well before 15. */
static bool gives_usage(const struct plan_builder *b, const struct object *schema)
{
    const struct object *grant = NULL;

    while ((grant = plan_part(b, schema, K_GRANT, grant)))
        if (str_eq(grant->name, "PUBLIC") && str_eq(model_get(grant, P_GRANT_PRIVILEGES), "USAGE"))
            return true;
    return false;
}

void postgres_schema(struct plan_builder *b, const struct object *o)
{
    bool public = strcmp(o->name, "public") == 0;

    if (model_get(o, P_SCHEMA_EXTENSION))
        add_to_extension(b, o, model_get(o, P_SCHEMA_EXTENSION));
    else if (!public)
        postgres_step(b, o, NULL, "CREATE SCHEMA %Q", o);
    else if (!model_get(o, P_SCHEMA_COMMENT))
        postgres_step(b, o, NULL, "COMMENT ON SCHEMA %Q IS NULL", o);
    if (postgres_is_initdbs(b, o)) {
        postgres_comment(b, o, NULL);
        if (b->opt->grants && !gives_usage(b, o))
            postgres_step(b, o, NULL, "REVOKE ALL ON SCHEMA %Q FROM PUBLIC", o);
        return;
    }
    if (public && b->opt->grants)
        postgres_step(b, o, NULL, "REVOKE ALL ON SCHEMA %Q FROM PUBLIC", o);
    postgres_finish(b, o, NULL);
}

/*
 * The version is asked for where the target is of the source's major version, so that a twin is
 * one; another major version brings its own. The comment comes with the extension.
 */
void postgres_extension(struct plan_builder *b, const struct object *o)
{
    bool same = b->opt->target_version / 10000 == b->model->version / 10000;
    const char *version = model_get(o, P_EXTENSION_VERSION);
    const char *schema = model_get(o, P_EXTENSION_SCHEMA);
    struct buf sql = BUF_INIT;

    if (strcmp(o->name, "plpgsql") == 0)
        return;
    postgres_format(&sql, "CREATE EXTENSION IF NOT EXISTS %I", o->name);
    if (schema && strcmp(schema, "pg_catalog") != 0)
        postgres_format(&sql, " WITH SCHEMA %I", schema);
    if (same && version)
        postgres_format(&sql, " VERSION %L", version);
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
    if (model_get(o, P_EXTENSION_COMMENT))
        postgres_comment(b, o, NULL);
    else
        postgres_step(b, o, NULL, "COMMENT ON EXTENSION %I IS NULL", o->name);
}

/* ---- foreign data
 * --------------------------------------------------------------------------------- */

void postgres_foreign_data_wrapper(struct plan_builder *b, const struct object *o)
{
    struct buf sql = BUF_INIT;

    template_fill(&sql, &postgres_style,
                  "CREATE FOREIGN DATA WRAPPER {name}[ HANDLER {handler}]"
                  "[ VALIDATOR {validator}]",
                  o);
    postgres_foreign_options(b, o, &sql);
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
    postgres_finish(b, o, NULL);
}

/* Of its options only hosts that are mapped: the others stay behind (neutral.c). */
static void add_hosts(const struct object *server, struct buf *sql)
{
    const char *before = " OPTIONS (";

    for (const struct object *o = plan_child(server, K_SECRET_OPTION, NULL); o;
         o = plan_child(server, K_SECRET_OPTION, o)) {
        if (!namemap_is_host(o))
            continue;
        postgres_format(sql, "%s%I %L", before, o->name, model_get(o, P_SECRET_OPTION_VALUE));
        before = ", ";
    }
    if (*before == ',')
        buf_addch(sql, ')');
}

void postgres_foreign_server(struct plan_builder *b, const struct object *o)
{
    struct buf sql = BUF_INIT;

    template_fill(&sql, &postgres_style,
                  "CREATE SERVER {name}[ TYPE {type:text}][ VERSION {version:text}]"
                  " FOREIGN DATA WRAPPER {wrapper:id}",
                  o);
    add_hosts(o, &sql);
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
    postgres_finish(b, o, NULL);
}

/* ---- publications, event triggers
 * --------------------------------------------------- */

void postgres_publication(struct plan_builder *b, const struct object *o)
{
    const char *generated = model_get(o, P_PUBLICATION_GENERATED_COLUMNS);
    struct buf sql = BUF_INIT;

    template_fill(&sql, &postgres_style,
                  "CREATE PUBLICATION {name}[ FOR ALL TABLES{?all_tables}] WITH (publish = "
                  "{operations:text}[, publish_via_partition_root = true{?via_root}]",
                  o);
    if (generated && strcmp(generated, "none") != 0)
        postgres_format(&sql, ", publish_generated_columns = %s", generated);
    buf_addch(&sql, ')');
    plan_step_at(b, RANK_OUTWARD, o, sql.data);
    buf_release(&sql);
    postgres_finish_at(b, RANK_OUTWARD, o);
}

void postgres_publication_table(struct plan_builder *b, const struct object *o)
{
    bool schema = str_starts(o->name, "TABLES IN SCHEMA ");
    struct buf sql = BUF_INIT;

    if (schema && postgres_too_old(b, o, 150000, "a publication of a schema"))
        return;
    postgres_format(&sql, "ALTER PUBLICATION %I ADD %s%s", o->parent->name,
                    schema ? "" : "TABLE ONLY ", o->name);
    template_fill(&sql, &postgres_style, "[ ({columns})][ WHERE ({filter})]", o);
    plan_step_at(b, RANK_OUTWARD, o, sql.data);
    buf_release(&sql);
}

void postgres_event_trigger(struct plan_builder *b, const struct object *o)
{
    const char *state = model_get(o, P_EVENT_TRIGGER_ENABLED);
    struct buf sql = BUF_INIT;

    template_fill(&sql, &postgres_style,
                  "CREATE EVENT TRIGGER {name} ON {event}[ WHEN TAG IN ({tags})]"
                  " EXECUTE FUNCTION {function}()",
                  o);
    plan_step_at(b, RANK_LAST, o, sql.data);
    buf_release(&sql);
    if (postgres_enabled(state) && strcmp(state, "origin") != 0)
        postgres_step_at(b, RANK_LAST, o, "ALTER EVENT TRIGGER %I %s", o->name,
                         postgres_enabled(state));
    postgres_finish_at(b, RANK_LAST, o);
}

/* https://www.postgresql.org/docs/current/sql-alterindex.html: an index behind a constraint too,
 * which has its constraint's name. */
void postgres_extension_dependency(struct plan_builder *b, const struct object *o)
{
    const struct object *extension =
        model_child(b->model, b->model->root, SPACE_EXTENSION, o->name);

    if (extension && plan_is_left_out(b, extension)) {
        plan_leave(b, o,
                   arena_printf(b->arena, "needs the extension %s, which is left out", o->name));
        return;
    }
    postgres_extension_depends(b, o, "DEPENDS");
}

void postgres_extension_depends(struct plan_builder *b, const struct object *o, const char *verb)
{
    const struct object *of = o->parent;
    struct buf target = BUF_INIT;

    switch (of->kind->id) {
    case K_PRIMARY_KEY:
    case K_UNIQUE:
    case K_EXCLUSION:
        postgres_format(&target, "INDEX %Q", of);
        break;
    case K_AGGREGATE:
        postgres_format(&target, "ROUTINE %Q", of);
        break;
    default:
        postgres_target(&target, of);
    }
    postgres_step_at(b, RANK_STATE, o, "ALTER %s %s ON EXTENSION %I", target.data, verb, o->name);
    buf_release(&target);
}
