#include "postgres.h"

#include <string.h>

/* Kinds whose creation is one text. */
struct simple {
    enum kind_id kind;
    const char *text;
};

static const struct simple simples[] = {
    {K_ACCESS_METHOD, "CREATE ACCESS METHOD {name} TYPE {type:upper} HANDLER {handler}"},
    {K_COLLATION,
     "CREATE COLLATION {qualified} (PROVIDER = {provider}[, LC_COLLATE = {collate:text}]"
     "[, LC_CTYPE = {ctype:text}][, LOCALE = {locale:text}][, RULES = {icu_rules:text}]"
     "[, DETERMINISTIC = false{!deterministic}])"},
    {K_CONVERSION, "CREATE[ DEFAULT{?is_default}] CONVERSION {qualified} FOR {from_encoding:text}"
                   " TO {to_encoding:text} FROM {function}"},
    {K_LANGUAGE, "CREATE[ TRUSTED{?trusted}] LANGUAGE {name}[ HANDLER {handler}]"
                 "[ INLINE {inline}][ VALIDATOR {validator}]"},
    {K_TS_DICTIONARY, "CREATE TEXT SEARCH DICTIONARY {qualified} (TEMPLATE = {template}"
                      "[, {options}])"},
    {K_TS_PARSER, "CREATE TEXT SEARCH PARSER {qualified} ({definition})"},
    {K_TS_TEMPLATE, "CREATE TEXT SEARCH TEMPLATE {qualified} ({definition})"},
};

void postgres_simple(struct plan_builder *b, const struct object *o)
{
    for (size_t i = 0; i < ARRAY_LEN(simples); i++)
        if (simples[i].kind == o->kind->id)
            postgres_template(b, o, NULL, simples[i].text);
    postgres_finish(b, o, NULL);
}

/* ---- what a second half is for ------------------------------------------------------------------
 */

static bool is_code(const struct object *from, const struct object *to)
{
    (void)from;
    return to->kind->id == K_FUNCTION || to->kind->id == K_PROCEDURE ||
           to->kind->id == K_AGGREGATE || to->kind->id == K_OPERATOR || to->kind->id == K_SEQUENCE;
}

static bool is_not_schema(const struct object *from, const struct object *to)
{
    (void)from;
    return to->kind->id != K_SCHEMA;
}

/* A dummy view has its columns' types, and stands in its schema. */
static bool is_query(const struct object *from, const struct object *to)
{
    (void)from;
    switch (to->kind->id) {
    case K_SCHEMA:
    case K_EXTENSION:
    case K_COLLATION:
    case K_ENUM:
    case K_COMPOSITE:
    case K_DOMAIN:
    case K_RANGE:
    case K_BASE_TYPE:
        return false;
    default:
        return true;
    }
}

/*
 * In pg_dump's order (pg_dump_sort.c, dbObjectTypePriority). Roles are no part of a database;
 * large objects are data.
 */
const struct plan_rule plan_rules_postgres[] = {
    {.kind = K_DATABASE, .phase = PHASE_PRE, .emit = postgres_database},
    {.kind = K_ROLE},
    {.kind = K_SCHEMA, .phase = PHASE_PRE, .emit = postgres_schema},
    {.kind = K_EXTENSION, .phase = PHASE_PRE, .emit = postgres_extension, .data = true},
    {.kind = K_COLLATION, .phase = PHASE_PRE, .emit = postgres_simple, .data = true},
    /* Before what may be written with one: no expression depends on a cast that it uses. */
    {.kind = K_CAST, .phase = PHASE_PRE, .emit = postgres_cast},
    {.kind = K_ENUM, .phase = PHASE_PRE, .emit = postgres_enum, .data = true},
    {.kind = K_ENUM_LABEL},
    {.kind = K_BASE_TYPE,
     .phase = PHASE_PRE,
     .emit = postgres_base_type,
     .late = postgres_base_type_late,
     .late_needs = is_code,
     .data = true},
    {.kind = K_COMPOSITE, .phase = PHASE_PRE, .emit = postgres_composite, .data = true},
    {.kind = K_ATTRIBUTE},
    {.kind = K_RANGE,
     .phase = PHASE_PRE,
     .emit = postgres_range,
     .late = postgres_range_late,
     .late_needs = is_code,
     .data = true},
    {.kind = K_DOMAIN, .phase = PHASE_PRE, .emit = postgres_domain, .data = true},
    {.kind = K_CHECK, .phase = PHASE_PRE, .late = postgres_check_late, .late_cost = 1},
    {.kind = K_NOT_NULL},
    {.kind = K_LANGUAGE, .phase = PHASE_PRE, .emit = postgres_simple},
    {.kind = K_FUNCTION, .phase = PHASE_PRE, .emit = postgres_function},
    {.kind = K_PROCEDURE, .phase = PHASE_PRE, .emit = postgres_function},
    {.kind = K_AGGREGATE, .phase = PHASE_PRE, .emit = postgres_aggregate},
    {.kind = K_ACCESS_METHOD, .phase = PHASE_PRE, .emit = postgres_simple},
    {.kind = K_OPERATOR, .phase = PHASE_PRE, .emit = postgres_operator},
    {.kind = K_OPERATOR_FAMILY,
     .phase = PHASE_PRE,
     .emit = postgres_operator_family,
     .late = postgres_operator_family_late,
     .late_needs = is_not_schema},
    {.kind = K_OPERATOR_CLASS, .phase = PHASE_PRE, .emit = postgres_operator_class},
    {.kind = K_CONVERSION, .phase = PHASE_PRE, .emit = postgres_simple},
    {.kind = K_TS_PARSER, .phase = PHASE_PRE, .emit = postgres_simple},
    {.kind = K_TS_TEMPLATE, .phase = PHASE_PRE, .emit = postgres_simple},
    {.kind = K_TS_DICTIONARY, .phase = PHASE_PRE, .emit = postgres_simple},
    {.kind = K_TS_CONFIGURATION, .phase = PHASE_PRE, .emit = postgres_ts_configuration},
    {.kind = K_TS_MAPPING},
    {.kind = K_FOREIGN_DATA_WRAPPER, .phase = PHASE_PRE, .emit = postgres_foreign_data_wrapper},
    {.kind = K_FOREIGN_SERVER, .phase = PHASE_PRE, .emit = postgres_foreign_server},
    {.kind = K_USER_MAPPING}, /* neutral.c: never made, as subscriptions and secret options */
    {.kind = K_SECRET_OPTION},
    {.kind = K_TRANSFORM, .phase = PHASE_PRE, .emit = postgres_transform},
    {.kind = K_SEQUENCE, .phase = PHASE_PRE, .emit = postgres_sequence},
    {.kind = K_TABLE,
     .phase = PHASE_PRE,
     .emit = postgres_table,
     .late = postgres_table_late,
     .late_needs = is_code,
     .late_cost = 2,
     .data = true},
    {.kind = K_FOREIGN_TABLE, .phase = PHASE_PRE, .emit = postgres_foreign_table},
    {.kind = K_COLUMN},
    {.kind = K_INHERITS},
    {.kind = K_OPTION},
    {.kind = K_VIEW,
     .phase = PHASE_PRE,
     .emit = postgres_view,
     .late = postgres_view_late,
     .late_needs = is_query,
     .late_cost = 3},
    /* Its row may be a column's type; it is filled at the end. */
    {.kind = K_MATERIALIZED_VIEW, .phase = PHASE_PRE, .emit = postgres_materialized_view},
    {.kind = K_PRIMARY_KEY, .phase = PHASE_POST, .emit = postgres_key},
    {.kind = K_UNIQUE, .phase = PHASE_POST, .emit = postgres_key},
    {.kind = K_EXCLUSION, .phase = PHASE_POST, .emit = postgres_exclusion},
    {.kind = K_INDEX, .phase = PHASE_POST, .emit = postgres_index},
    {.kind = K_INDEX_PART},
    {.kind = K_STATISTICS, .phase = PHASE_FINAL, .emit = postgres_statistics},
    {.kind = K_FOREIGN_KEY, .phase = PHASE_FK, .emit = postgres_foreign_key},
    {.kind = K_CONSTRAINT_TRIGGER, .phase = PHASE_FINAL, .emit = postgres_constraint_trigger},
    {.kind = K_EXTENSION_DEPENDENCY, .phase = PHASE_FINAL, .emit = postgres_extension_dependency},
    {.kind = K_RULE, .phase = PHASE_FINAL, .emit = postgres_rule},
    {.kind = K_TRIGGER, .phase = PHASE_FINAL, .emit = postgres_trigger},
    {.kind = K_POLICY, .phase = PHASE_FINAL, .emit = postgres_policy},
    {.kind = K_SETTING, .phase = PHASE_FINAL, .emit = postgres_setting},
    {.kind = K_LARGE_OBJECTS},
    {.kind = K_EXTENSION_ROWS},
    {.kind = K_PUBLICATION, .phase = PHASE_FINAL, .emit = postgres_publication},
    {.kind = K_PUBLICATION_TABLE, .phase = PHASE_FINAL, .emit = postgres_publication_table},
    {.kind = K_SUBSCRIPTION},
    {.kind = K_SECURITY_LABEL, .phase = PHASE_FINAL, .emit = postgres_security_label},
    {.kind = K_ADDITION, .phase = PHASE_FINAL, .emit = postgres_addition},
    {.kind = K_GRANT, .phase = PHASE_FINAL, .emit = postgres_grant},
    {.kind = K_DEFAULT_PRIVILEGE, .phase = PHASE_FINAL, .emit = postgres_default_privilege},
    {.kind = K_EVENT_TRIGGER, .phase = PHASE_FINAL, .emit = postgres_event_trigger},
    {.kind = K_COUNT},
};
