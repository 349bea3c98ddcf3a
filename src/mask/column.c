#include "rule.h"

#include <dbtwin/engine.h>

#include <stdlib.h>
#include <string.h>

/* How servers write types, up to "(" or the end, and what masking needs to know of each. */
enum {
    PADDED = 1,     /* with blanks or zero bytes */
    HEX = 2,        /* values are written as "\\x" and digits */
    SINCE_1970 = 4, /* no earlier date */
};
struct type_row {
    const char *name;
    unsigned flavors;
    enum mask_type type;
    uint64_t bytes; /* of text and bytes: most; of integers: how many */
    unsigned flags;
};

static const struct type_row type_rows[] = {
    {"bigint", ENGINE_ALL, MASK_T_INT, 8, 0},
    {"binary", ENGINE_MYSQL, MASK_T_BYTES, 0, PADDED},
    {"blob", ENGINE_MYSQL, MASK_T_BYTES, 65535, 0},
    {"boolean", ENGINE_PG, MASK_T_BOOL, 0, 0},
    {"bytea", ENGINE_PG, MASK_T_BYTES, 0, HEX},
    {"char", ENGINE_MYSQL, MASK_T_TEXT, 0, 0},
    {"character", ENGINE_PG, MASK_T_TEXT, 0, PADDED},
    {"character varying", ENGINE_PG, MASK_T_TEXT, 0, 0},
    {"cidr", ENGINE_PG, MASK_T_OTHER, 0, 0},
    {"citext", ENGINE_PG, MASK_T_TEXT, 0, 0},
    {"date", ENGINE_ALL, MASK_T_DATE, 0, 0},
    {"datetime", ENGINE_MYSQL, MASK_T_TIMESTAMP, 0, 0},
    {"decimal", ENGINE_MYSQL, MASK_T_DECIMAL, 0, 0},
    {"double", ENGINE_MYSQL, MASK_T_FLOAT, 0, 0},
    {"double precision", ENGINE_PG, MASK_T_FLOAT, 0, 0},
    {"enum", ENGINE_MYSQL, MASK_T_ENUM, 0, 0},
    {"float", ENGINE_MYSQL, MASK_T_FLOAT, 0, 0},
    {"hstore", ENGINE_PG, MASK_T_HSTORE, 0, 0},
    {"inet", ENGINE_PG, MASK_T_INET, 0, 0},
    {"inet4", ENGINE_MA, MASK_T_INET, 0, 0},
    {"inet6", ENGINE_MA, MASK_T_INET, 0, 0},
    {"int", ENGINE_MYSQL, MASK_T_INT, 4, 0},
    {"integer", ENGINE_PG, MASK_T_INT, 4, 0},
    {"json", ENGINE_ALL, MASK_T_JSON, 0, 0},
    {"jsonb", ENGINE_PG, MASK_T_JSON, 0, 0},
    {"longblob", ENGINE_MYSQL, MASK_T_BYTES, 4294967295, 0},
    {"longtext", ENGINE_MYSQL, MASK_T_TEXT, 4294967295, 0},
    {"macaddr", ENGINE_PG, MASK_T_MAC, 0, 0},
    {"macaddr8", ENGINE_PG, MASK_T_MAC, 0, 0},
    {"mediumblob", ENGINE_MYSQL, MASK_T_BYTES, 16777215, 0},
    {"mediumint", ENGINE_MYSQL, MASK_T_INT, 3, 0},
    {"mediumtext", ENGINE_MYSQL, MASK_T_TEXT, 16777215, 0},
    {"name", ENGINE_PG, MASK_T_TEXT, 63, 0},
    {"numeric", ENGINE_PG, MASK_T_DECIMAL, 0, 0},
    {"real", ENGINE_PG, MASK_T_FLOAT, 0, 0},
    {"smallint", ENGINE_ALL, MASK_T_INT, 2, 0},
    {"text", ENGINE_PG, MASK_T_TEXT, 0, 0},
    {"text", ENGINE_MYSQL, MASK_T_TEXT, 65535, 0},
    {"timestamp", ENGINE_PG, MASK_T_TIMESTAMP, 0, 0},
    {"timestamp", ENGINE_MYSQL, MASK_T_TIMESTAMP, 0, SINCE_1970},
    {"tinyblob", ENGINE_MYSQL, MASK_T_BYTES, 255, 0},
    {"tinyint", ENGINE_MYSQL, MASK_T_INT, 1, 0},
    {"tinytext", ENGINE_MYSQL, MASK_T_TEXT, 255, 0},
    {"uuid", ENGINE_PG | ENGINE_MA, MASK_T_UUID, 0, 0},
    {"varbinary", ENGINE_MYSQL, MASK_T_BYTES, 0, 0},
    {"varchar", ENGINE_MYSQL, MASK_T_TEXT, 0, 0},
    {"xml", ENGINE_PG, MASK_T_XML, 0, 0},
};

static const struct {
    const char *name, *multi, *of;
} ranges[] = {
    {"daterange", "datemultirange", "date"},
    {"int4range", "int4multirange", "integer"},
    {"int8range", "int8multirange", "bigint"},
    {"numrange", "nummultirange", "numeric"},
    {"tsrange", "tsmultirange", "timestamp without time zone"},
    {"tstzrange", "tstzmultirange", "timestamp with time zone"},
};

/* The row for a type's text; a schema in front of an extension's type does not count. */
static const struct type_row *find_type(unsigned flavor, const char *text)
{
    size_t len;

    if (str_ends(text, ".citext") || str_ends(text, ".hstore"))
        text = strrchr(text, '.') + 1;
    len = strcspn(text, "([");
    if (str_starts(text, "timestamp"))
        len = strlen("timestamp");
    else if (!engine_of(flavor)->worded_types)
        len = strcspn(text, "( ");
    while (len && text[len - 1] == ' ')
        len--;
    for (size_t i = 0; i < ARRAY_LEN(type_rows); i++)
        if ((type_rows[i].flavors & flavor) && strlen(type_rows[i].name) == len &&
            memcmp(type_rows[i].name, text, len) == 0)
            return &type_rows[i];
    return NULL;
}

static void column_of_type(const struct model *m, const char *type, const char *collation,
                           const char *charset, struct arena *a, unsigned nested,
                           struct mask_column *ret);

/* The numbers in the first "(…)"; how many there were. */
static unsigned modifiers(const char *text, uint64_t ret[2])
{
    const char *s = strchr(text, '(');
    unsigned n = 0;

    while (s && n < 2 && (*s == '(' || *s == ',')) {
        char *end;

        ret[n] = strtoull(s + 1, &end, 10);
        if (end == s + 1)
            break;
        n++;
        s = end;
    }
    return n;
}

static const char *last_name(const char *text)
{
    const char *dot = strrchr(text, '.');

    return dot ? dot + 1 : text;
}

/* A PostgreSQL type of the database's own, by the text that names it: quotes do not count. */
static const struct object *own_type(const struct model *m, const char *text, struct arena *a)
{
    char *plain = arena_strdup(a, text), *to = plain;

    for (const char *s = text; *s; s++)
        if (*s != '"')
            *to++ = *s;
    *to = '\0';
    for (uint32_t i = 0; i < m->n_objects; i++) {
        const struct object *o = m->objects[i];
        bool own = o->kind->id == K_DOMAIN || o->kind->id == K_ENUM || o->kind->id == K_COMPOSITE ||
                   o->kind->id == K_RANGE;
        size_t schema = own ? strlen(o->parent->name) : 0;
        const char *multi = o->kind->id == K_RANGE ? model_get(o, P_RANGE_MULTIRANGE) : NULL;

        if (own && strncmp(plain, o->parent->name, schema) == 0 && plain[schema] == '.' &&
            (str_eq(plain + schema + 1, o->name) ||
             (multi && str_eq(plain + schema + 1, last_name(multi)))))
            return o;
    }
    return NULL;
}

static void labels_of_enum(const struct object *e, struct arena *a, struct mask_column *ret)
{
    uint32_t n;
    const struct object **parts = model_parts(e, K_ENUM_LABEL, a, &n);
    const char **labels = arena_alloc(a, (n + 1) * sizeof *labels);

    for (uint32_t i = 0; i < n; i++)
        labels[i] = parts[i]->name;
    labels[n] = NULL;
    ret->type = MASK_T_ENUM;
    ret->labels = labels;
}

/* enum('a','it''s') */
static void labels_of_text(const char *text, struct arena *a, struct mask_column *ret)
{
    const char *s = strchr(text, '(');
    const char **labels = arena_alloc(a, (strlen(text) + 1) * sizeof *labels);
    size_t n = 0;

    while (s && (*s == '(' || *s == ',') && s[1] == '\'') {
        struct buf b = BUF_INIT;

        for (s += 2; *s && (*s != '\'' || s[1] == '\''); s++) {
            s += *s == '\'';
            buf_addch(&b, *s);
        }
        s += *s == '\'';
        labels[n++] = arena_strndup(a, b.data, b.len);
        buf_release(&b);
    }
    labels[n] = NULL;
    ret->labels = labels;
}

static void set_integer(const char *text, uint64_t bytes, struct mask_column *ret)
{
    uint64_t half = (uint64_t)1 << (8 * bytes - 1);

    ret->is_signed = !strstr(text, "unsigned");
    ret->min = ret->is_signed ? (int64_t)(0 - half) : 0;
    ret->max = ret->is_signed ? half - 1 : half - 1 + half;
}

static void set_limits(const struct type_row *row, const char *text, struct mask_column *ret)
{
    uint64_t n[2] = {0, 0};
    unsigned given = modifiers(text, n);

    ret->max_bytes = row->bytes ? row->bytes : MASK_NO_LIMIT;
    if (row->type == MASK_T_TEXT && given)
        ret->max_chars = n[0];
    else if (row->type == MASK_T_TEXT && str_eq(row->name, "character"))
        ret->max_chars = 1;
    else if (row->type == MASK_T_BYTES && given)
        ret->max_bytes = n[0];
    else if (row->type == MASK_T_DECIMAL && given) {
        ret->precision = (unsigned)n[0];
        ret->scale = (unsigned)n[1];
    }
    if (row->type == MASK_T_INT) {
        ret->max_bytes = MASK_NO_LIMIT;
        set_integer(text, row->bytes, ret);
    }
    ret->padded = row->flags & PADDED;
    ret->hex = row->flags & HEX;
    ret->date_only_1970 = row->flags & SINCE_1970;
}

static enum mask_charset charset_class(const char *name)
{
    if (!name || str_starts(name, "utf8") || str_starts(name, "UTF8") || str_eq(name, "SQL_ASCII"))
        return MASK_CS_UTF8;
    return str_eq(name, "ascii")                              ? MASK_CS_ASCII
           : str_eq(name, "binary")                           ? MASK_CS_BINARY
           : str_eq(name, "latin1") || str_eq(name, "LATIN1") ? MASK_CS_LATIN1
                                                              : MASK_CS_OTHER;
}

static unsigned fold_mysql(const char *collation)
{
    unsigned fold = 0;

    if (!collation || str_eq(collation, "binary"))
        return 0;
    if (!strstr(collation, "_0900_") && !strstr(collation, "_nopad_"))
        fold |= MASK_FOLD_TRAIL;
    if (str_ends(collation, "_bin") || str_ends(collation, "_cs"))
        return fold;
    fold |= MASK_FOLD_CASE;
    return strstr(collation, "_as_") ? fold : fold | MASK_FOLD_ACCENT;
}

/* A collation that is not deterministic, by the strength in its locale. */
static unsigned fold_postgres(const struct model *m, const char *collation)
{
    for (uint32_t i = 0; collation && i < m->n_objects; i++) {
        const struct object *o = m->objects[i];
        const char *locale;

        if (o->kind->id != K_COLLATION || !model_no(o, P_COLLATION_DETERMINISTIC) ||
            !str_ends(collation, o->name))
            continue;
        locale = model_get(o, P_COLLATION_LOCALE);
        return locale && strstr(locale, "level2")   ? MASK_FOLD_CASE
               : locale && strstr(locale, "level1") ? MASK_FOLD_CASE | MASK_FOLD_ACCENT
                                                    : MASK_FOLD_CASE;
    }
    return 0;
}

static void set_text(const struct model *m, const char *collation, const char *charset,
                     const char *type, struct mask_column *ret)
{
    ret->charset_name =
        engine_of(m->flavor)->column_charsets ? charset : model_get(m->root, P_DATABASE_ENCODING);
    ret->charset = charset_class(ret->charset_name);
    if (engine_of(m->flavor)->own_collations)
        ret->fold = fold_mysql(collation);
    else {
        ret->fold = fold_postgres(m, collation);
        if (str_ends(type, "citext"))
            ret->fold |= MASK_FOLD_CASE;
        if (str_starts(type, "character("))
            ret->fold |= MASK_FOLD_TRAIL;
    }
}

enum { DEEPEST = 8 }; /* types in types */

static void parts_of_composite(const struct model *m, const struct object *type, struct arena *a,
                               unsigned nested, struct mask_column *ret)
{
    uint32_t n;
    const struct object **all = model_parts(type, K_ATTRIBUTE, a, &n);
    struct mask_column *parts = arena_calloc(a, (n + 1) * sizeof *parts);

    if (nested >= DEEPEST)
        return;
    ret->type = MASK_T_COMPOSITE;
    ret->parts = parts;
    for (uint32_t i = 0; i < n; i++) {
        parts[i].path = arena_printf(a, "%s %s", ret->path, all[i]->name);
        parts[i].name = all[i]->name;
        column_of_type(m, model_get(all[i], P_ATTRIBUTE_TYPE),
                       model_get(all[i], P_ATTRIBUTE_COLLATION), NULL, a, nested + 1, &parts[i]);
    }
}

static void part_of_range(const struct model *m, const char *of, struct arena *a, unsigned nested,
                          struct mask_column *ret)
{
    struct mask_column *parts = arena_calloc(a, 2 * sizeof *parts);

    ret->type = MASK_T_RANGE;
    ret->parts = parts;
    parts[0].path = ret->path;
    column_of_type(m, of, NULL, NULL, a, nested + 1, &parts[0]);
}

/* Whether it is one of the server's own ranges, whose bounds are then known. */
static bool is_range(const struct model *m, const char *text, struct arena *a, unsigned nested,
                     struct mask_column *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
        if (str_eq(text, ranges[i].name) || str_eq(text, ranges[i].multi)) {
            part_of_range(m, ranges[i].of, a, nested, ret);
            return true;
        }
    return false;
}

/* An array's elements, and a domain's base type, which may be an array in turn. */
static const char *base_type(const struct model *m, const char *text, struct arena *a,
                             unsigned nested, struct mask_column *ret)
{
    for (int depth = 0; depth < 16; depth++) {
        size_t len = strlen(text);
        const struct object *own;

        if (len > 2 && str_ends(text, "[]")) {
            ret->array = true;
            text = arena_strndup(a, text, len - 2);
            continue;
        }
        own = own_type(m, text, a);
        if (!own)
            return text;
        if (own->kind->id != K_DOMAIN) {
            if (own->kind->id == K_ENUM)
                labels_of_enum(own, a, ret);
            else if (own->kind->id == K_COMPOSITE)
                parts_of_composite(m, own, a, nested, ret);
            else
                part_of_range(m, model_get(own, P_RANGE_SUBTYPE), a, nested, ret);
            return NULL;
        }
        ret->not_null |= model_yes(own, P_DOMAIN_NOT_NULL);
        text = model_get(own, P_DOMAIN_TYPE);
        if (!text)
            return NULL;
    }
    return text;
}

static void column_of_type(const struct model *m, const char *type, const char *collation,
                           const char *charset, struct arena *a, unsigned nested,
                           struct mask_column *ret)
{
    const struct type_row *row;

    ret->type_text = type ? type : "an unknown type";
    ret->type = MASK_T_OTHER;
    ret->max_chars = ret->max_bytes = MASK_NO_LIMIT;
    if (type && engine_of(m->flavor)->own_types)
        type = base_type(m, type, a, nested, ret);
    if (!type || (engine_of(m->flavor)->own_types && is_range(m, type, a, nested, ret)))
        return;
    row = find_type(m->flavor, type);
    if (!row)
        return;
    ret->type = row->type;
    set_limits(row, type, ret);
    if (row->type == MASK_T_TEXT)
        set_text(m, collation, charset, type, ret);
    if (row->type == MASK_T_ENUM)
        labels_of_text(type, a, ret);
}

void mask_column_of(const struct model *m, const struct object *column, struct arena *a,
                    struct mask_column *ret)
{
    *ret = (struct mask_column){.path = model_path_text(column, a),
                                .not_null = model_yes(column, P_COLUMN_NOT_NULL)};
    column_of_type(m, model_get(column, P_COLUMN_TYPE), model_get(column, P_COLUMN_COLLATION),
                   model_get(column, P_COLUMN_CHARSET), a, 0, ret);
}

uint64_t mask_room(const struct mask_column *c)
{
    /* Of a character set that is not known, an ASCII character may take four bytes. */
    uint64_t bytes = c->max_bytes == MASK_NO_LIMIT ? MASK_NO_LIMIT
                     : c->charset == MASK_CS_OTHER ? c->max_bytes / 4
                                                   : c->max_bytes;

    return c->max_chars < bytes ? c->max_chars : bytes;
}

bool mask_has_room(const struct mask_column *c, uint64_t n)
{
    return n <= mask_room(c);
}
