#include "postgres.h"

#include <assert.h>
#include <string.h>

enum shape {
    SHAPE_NAME,      /* "x" */
    SHAPE_QUALIFIED, /* "s"."x" */
    SHAPE_COLUMN,    /* "s"."t"."x" */
    SHAPE_ON,        /* "x" ON "s"."t" */
    SHAPE_ROUTINE,   /* "s"."x"(types): the name carries them */
    SHAPE_OPERATOR,  /* "s".+(types): the name carries them */
    SHAPE_METHOD,    /* "s"."x" USING m: the name carries it */
    SHAPE_CAST,      /* (type AS type): the name is SQL already */
    SHAPE_TRANSFORM, /* FOR type LANGUAGE l: the name is both */
};

struct target {
    enum kind_id kind;
    enum shape shape;
    const char *word;
    const char *grant;    /* NULL = the word */
    const char *defaults; /* ALTER DEFAULT PRIVILEGES … ON: NULL = there are none */
};

static const struct target targets[] = {
    {K_ACCESS_METHOD, SHAPE_NAME, "ACCESS METHOD", NULL, NULL},
    {K_AGGREGATE, SHAPE_ROUTINE, "AGGREGATE", "FUNCTION", "functions"},
    {K_ATTRIBUTE, SHAPE_COLUMN, "COLUMN", NULL, NULL},
    {K_BASE_TYPE, SHAPE_QUALIFIED, "TYPE", NULL, "types"},
    {K_CAST, SHAPE_CAST, "CAST", NULL, NULL},
    {K_CHECK, SHAPE_ON, "CONSTRAINT", NULL, NULL},
    {K_COLLATION, SHAPE_QUALIFIED, "COLLATION", NULL, NULL},
    {K_COLUMN, SHAPE_COLUMN, "COLUMN", NULL, NULL},
    {K_COMPOSITE, SHAPE_QUALIFIED, "TYPE", NULL, "types"},
    {K_CONVERSION, SHAPE_QUALIFIED, "CONVERSION", NULL, NULL},
    {K_DOMAIN, SHAPE_QUALIFIED, "DOMAIN", "TYPE", "types"},
    {K_ENUM, SHAPE_QUALIFIED, "TYPE", NULL, "types"},
    {K_EVENT_TRIGGER, SHAPE_NAME, "EVENT TRIGGER", NULL, NULL},
    {K_EXCLUSION, SHAPE_ON, "CONSTRAINT", NULL, NULL},
    {K_EXTENSION, SHAPE_NAME, "EXTENSION", NULL, NULL},
    {K_FOREIGN_DATA_WRAPPER, SHAPE_NAME, "FOREIGN DATA WRAPPER", NULL, NULL},
    {K_FOREIGN_KEY, SHAPE_ON, "CONSTRAINT", NULL, NULL},
    {K_FOREIGN_SERVER, SHAPE_NAME, "SERVER", "FOREIGN SERVER", NULL},
    {K_FOREIGN_TABLE, SHAPE_QUALIFIED, "FOREIGN TABLE", "TABLE", "tables"},
    {K_FUNCTION, SHAPE_ROUTINE, "FUNCTION", NULL, "functions"},
    {K_INDEX, SHAPE_QUALIFIED, "INDEX", NULL, NULL},
    {K_LANGUAGE, SHAPE_NAME, "LANGUAGE", NULL, NULL},
    {K_MATERIALIZED_VIEW, SHAPE_QUALIFIED, "MATERIALIZED VIEW", "TABLE", "tables"},
    {K_NOT_NULL, SHAPE_ON, "CONSTRAINT", NULL, NULL},
    {K_OPERATOR, SHAPE_OPERATOR, "OPERATOR", NULL, NULL},
    {K_OPERATOR_CLASS, SHAPE_METHOD, "OPERATOR CLASS", NULL, NULL},
    {K_OPERATOR_FAMILY, SHAPE_METHOD, "OPERATOR FAMILY", NULL, NULL},
    {K_POLICY, SHAPE_ON, "POLICY", NULL, NULL},
    {K_PRIMARY_KEY, SHAPE_ON, "CONSTRAINT", NULL, NULL},
    {K_PROCEDURE, SHAPE_ROUTINE, "PROCEDURE", NULL, "functions"},
    {K_PUBLICATION, SHAPE_NAME, "PUBLICATION", NULL, NULL},
    {K_RANGE, SHAPE_QUALIFIED, "TYPE", NULL, "types"},
    {K_RULE, SHAPE_ON, "RULE", NULL, NULL},
    {K_SCHEMA, SHAPE_NAME, "SCHEMA", NULL, "schemas"},
    {K_SEQUENCE, SHAPE_QUALIFIED, "SEQUENCE", NULL, "sequences"},
    {K_STATISTICS, SHAPE_QUALIFIED, "STATISTICS", NULL, NULL},
    {K_SUBSCRIPTION, SHAPE_NAME, "SUBSCRIPTION", NULL, NULL},
    {K_TABLE, SHAPE_QUALIFIED, "TABLE", NULL, "tables"},
    {K_TRANSFORM, SHAPE_TRANSFORM, "TRANSFORM", NULL, NULL},
    {K_TRIGGER, SHAPE_ON, "TRIGGER", NULL, NULL},
    {K_TS_CONFIGURATION, SHAPE_QUALIFIED, "TEXT SEARCH CONFIGURATION", NULL, NULL},
    {K_TS_DICTIONARY, SHAPE_QUALIFIED, "TEXT SEARCH DICTIONARY", NULL, NULL},
    {K_TS_PARSER, SHAPE_QUALIFIED, "TEXT SEARCH PARSER", NULL, NULL},
    {K_TS_TEMPLATE, SHAPE_QUALIFIED, "TEXT SEARCH TEMPLATE", NULL, NULL},
    {K_UNIQUE, SHAPE_ON, "CONSTRAINT", NULL, NULL},
    {K_VIEW, SHAPE_QUALIFIED, "VIEW", "TABLE", "tables"},
};

static void add_identifier(struct buf *out, const char *name, size_t len)
{
    buf_addch(out, '"');
    for (size_t i = 0; i < len; i++) {
        if (name[i] == '"')
            buf_addch(out, '"');
        buf_addch(out, name[i]);
    }
    buf_addch(out, '"');
}

void postgres_identifier(struct buf *out, const char *name)
{
    add_identifier(out, name, strlen(name));
}

/* E'' where there is a backslash: right whatever standard_conforming_strings says. */
void postgres_literal(struct buf *out, const char *text)
{
    if (strchr(text, '\\'))
        buf_addch(out, 'E');
    buf_addch(out, '\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            buf_addch(out, *text);
        buf_addch(out, *text);
    }
    buf_addch(out, '\'');
}

const char *postgres_text(struct plan_builder *b, const char *text)
{
    struct buf out = BUF_INIT;
    const char *copy;

    postgres_literal(&out, text);
    copy = arena_strndup(b->arena, out.data, out.len);
    buf_release(&out);
    return copy;
}

/*
 * A routine's name in the model is its bare name and its input types: name(type, type). A bare
 * name may hold parentheses itself; types hold them only within quotes.
 */
static size_t bare_length(const char *name)
{
    for (const char *open = strchr(name, '('); open; open = strchr(open + 1, '(')) {
        bool quoted = false;
        const char *at = open + 1;

        for (; *at && (quoted || (*at != '(' && *at != ')')); at++)
            quoted ^= *at == '"';
        if (*at == ')' && !at[1])
            return (size_t)(open - name);
    }
    return strlen(name);
}

/* Types without modes could also mean a procedure's output arguments ("is not unique"). */
static void add_modes(struct buf *out, const char *types)
{
    bool quoted = false;

    for (; *types; types++) {
        quoted ^= *types == '"';
        buf_addch(out, *types);
        if (!quoted && ((*types == '(' && types[1] != ')') || *types == ','))
            buf_adds(out, *types == ',' ? " IN" : "IN ");
    }
}

static void add_routine(struct buf *out, const struct object *o)
{
    size_t bare = bare_length(o->name);

    add_identifier(out, o->name, bare);
    if (o->kind->id == K_PROCEDURE)
        add_modes(out, o->name + bare);
    else
        buf_adds(out, o->name + bare);
}

void postgres_routine_name(struct buf *out, const struct object *o)
{
    postgres_identifier(out, o->parent->name);
    buf_addch(out, '.');
    add_identifier(out, o->name, bare_length(o->name));
}

/* The last place of a separator in a name that is made of two. */
static const char *last_of(const char *name, const char *separator)
{
    const char *found = NULL;

    for (const char *at = strstr(name, separator); at; at = strstr(at + 1, separator))
        found = at;
    return found ? found : name + strlen(name);
}

/* "name using method" */
static void add_method(struct buf *out, const char *name)
{
    const char *using = last_of(name, " using ");

    add_identifier(out, name, (size_t)(using - name));
    if (*using)
        postgres_format(out, " USING %I", using + strlen(" using "));
}

/* "type language": a type is SQL already */
static void add_transform(struct buf *out, const char *name)
{
    const char *language = last_of(name, " ");

    buf_adds(out, "FOR ");
    buf_add(out, name, (size_t)(language - name));
    if (*language)
        postgres_format(out, " LANGUAGE %I", language + 1);
}

static const struct target *target_of(enum kind_id kind)
{
    for (size_t i = 0; i < ARRAY_LEN(targets); i++)
        if (targets[i].kind == kind)
            return &targets[i];
    return NULL;
}

bool postgres_has_target(enum kind_id kind)
{
    return target_of(kind) != NULL;
}

const char *postgres_default_objects(enum kind_id kind)
{
    const struct target *t = target_of(kind);

    return t ? t->defaults : NULL;
}

void postgres_qualified(struct buf *out, const struct object *o)
{
    const struct target *t = target_of(o->kind->id);
    const struct object *schema = o->parent;

    while (schema && schema->kind->id != K_SCHEMA)
        schema = schema->parent;
    if (schema) {
        postgres_identifier(out, schema->name);
        buf_addch(out, '.');
    }
    if (t && t->shape == SHAPE_ROUTINE)
        add_routine(out, o);
    else if (t && t->shape == SHAPE_OPERATOR)
        buf_adds(out, o->name);
    else if (t && t->shape == SHAPE_METHOD)
        add_method(out, o->name);
    else
        postgres_identifier(out, o->name);
}

/* A NOT NULL is an object by its column's name. */
static const char *constraint_name(const struct object *o)
{
    const char *own = o->kind->id == K_NOT_NULL ? model_get(o, P_NOT_NULL_CONSTRAINT) : NULL;

    return own ? own : o->name;
}

void postgres_target(struct buf *out, const struct object *o)
{
    const struct target *t = target_of(o->kind->id);

    assert(t);
    buf_addf(out, "%s ", t->word);
    switch (t->shape) {
    case SHAPE_NAME:
        postgres_identifier(out, o->name);
        break;
    case SHAPE_CAST:
        buf_adds(out, o->name);
        break;
    case SHAPE_TRANSFORM:
        add_transform(out, o->name);
        break;
    case SHAPE_COLUMN:
        postgres_qualified(out, o->parent);
        buf_addch(out, '.');
        postgres_identifier(out, o->name);
        break;
    case SHAPE_ON:
        postgres_identifier(out, constraint_name(o));
        buf_adds(out, o->parent->kind->id == K_DOMAIN ? " ON DOMAIN " : " ON ");
        postgres_qualified(out, o->parent);
        break;
    case SHAPE_QUALIFIED:
    case SHAPE_ROUTINE:
    case SHAPE_OPERATOR:
    case SHAPE_METHOD:
        postgres_qualified(out, o);
        break;
    }
}

bool postgres_grant_target(struct buf *out, const struct object *o)
{
    const struct object *holder = o->kind->id == K_COLUMN ? o->parent : o;
    const struct target *t = target_of(holder->kind->id);

    if (!t || (t->shape != SHAPE_NAME && t->shape != SHAPE_QUALIFIED && t->shape != SHAPE_ROUTINE))
        return false;
    buf_addf(out, "%s ", t->grant ? t->grant : t->word);
    if (t->shape == SHAPE_NAME)
        postgres_identifier(out, holder->name);
    else
        postgres_qualified(out, holder);
    return true;
}

static void vformat(struct buf *out, const char *fmt, va_list ap)
{
    for (; *fmt; fmt++) {
        if (*fmt != '%') {
            buf_addch(out, *fmt);
            continue;
        }
        switch (*++fmt) {
        case 'I':
            postgres_identifier(out, va_arg(ap, const char *));
            break;
        case 'L':
            postgres_literal(out, va_arg(ap, const char *));
            break;
        case 'Q':
            postgres_qualified(out, va_arg(ap, const struct object *));
            break;
        case 's':
            buf_adds(out, va_arg(ap, const char *));
            break;
        default:
            assert(false && "a letter of postgres_format");
        }
    }
}

void postgres_format(struct buf *out, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vformat(out, fmt, ap);
    va_end(ap);
}

struct step *postgres_step(struct plan_builder *b, const struct object *o,
                           const struct object *table, const char *fmt, ...)
{
    struct buf sql = BUF_INIT;
    struct step *s;
    va_list ap;

    va_start(ap, fmt);
    vformat(&sql, fmt, ap);
    va_end(ap);
    s = plan_step(b, PHASE_PRE, o, table, sql.data);
    buf_release(&sql);
    return s;
}

struct step *postgres_step_at(struct plan_builder *b, enum plan_rank rank, const struct object *o,
                              const char *fmt, ...)
{
    struct buf sql = BUF_INIT;
    struct step *s;
    va_list ap;

    va_start(ap, fmt);
    vformat(&sql, fmt, ap);
    va_end(ap);
    s = plan_step_at(b, rank, o, sql.data);
    buf_release(&sql);
    return s;
}

const struct template_style postgres_style = {
    .identifier = postgres_identifier,
    .literal = postgres_literal,
    .qualified = postgres_qualified,
};
