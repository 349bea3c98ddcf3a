#include "classify.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SMALL = 1, CLOCK = 2, YEAR = 4, SIZED = 8 };

/* By the type's first word, without its modifiers. */
static const struct {
    const char *name;
    enum classify_type type;
    unsigned flags;
    size_t max_len;
} types[] = {
    {"bigint", TYPE_INT, 0, 0},
    {"bigserial", TYPE_INT, 0, 0},
    {"binary", TYPE_BYTES, SIZED, 1},
    {"bit", TYPE_PLAIN, 0, 0},
    {"blob", TYPE_BYTES, 0, 0},
    {"bool", TYPE_BOOL, 0, 0},
    {"boolean", TYPE_BOOL, 0, 0},
    {"bpchar", TYPE_TEXT, SIZED, 0},
    {"bytea", TYPE_BYTES, 0, 0},
    {"char", TYPE_TEXT, SIZED, 1},
    {"character", TYPE_TEXT, SIZED, 1},
    {"cidr", TYPE_INET, 0, 0},
    {"citext", TYPE_TEXT, 0, 0},
    {"date", TYPE_TIME, 0, 0},
    {"datemultirange", TYPE_PLAIN, 0, 0},
    {"daterange", TYPE_PLAIN, 0, 0},
    {"datetime", TYPE_TIME, 0, 0},
    {"dec", TYPE_NUMBER, 0, 0},
    {"decimal", TYPE_NUMBER, 0, 0},
    {"double", TYPE_NUMBER, 0, 0},
    {"enum", TYPE_ENUM, 0, 0},
    {"fixed", TYPE_NUMBER, 0, 0},
    {"float", TYPE_NUMBER, 0, 0},
    {"float4", TYPE_NUMBER, 0, 0},
    {"float8", TYPE_NUMBER, 0, 0},
    {"geography", TYPE_GEO, 0, 0},
    {"geometry", TYPE_GEO, 0, 0},
    {"hstore", TYPE_JSON, 0, 0},
    {"inet", TYPE_INET, 0, 0},
    {"inet4", TYPE_INET, 0, 0},
    {"inet6", TYPE_INET, 0, 0},
    {"int", TYPE_INT, 0, 0},
    {"int2", TYPE_INT, SMALL, 0},
    {"int4", TYPE_INT, 0, 0},
    {"int4multirange", TYPE_PLAIN, 0, 0},
    {"int4range", TYPE_PLAIN, 0, 0},
    {"int8", TYPE_INT, 0, 0},
    {"int8multirange", TYPE_PLAIN, 0, 0},
    {"int8range", TYPE_PLAIN, 0, 0},
    {"integer", TYPE_INT, 0, 0},
    {"interval", TYPE_PLAIN, 0, 0},
    {"json", TYPE_JSON, 0, 0},
    {"jsonb", TYPE_JSON, 0, 0},
    {"line", TYPE_GEO, 0, 0},
    {"linestring", TYPE_GEO, 0, 0},
    {"longblob", TYPE_BYTES, 0, 0},
    {"longtext", TYPE_TEXT, 0, 0},
    {"macaddr", TYPE_MAC, 0, 0},
    {"macaddr8", TYPE_MAC, 0, 0},
    {"mediumblob", TYPE_BYTES, 0, 0},
    {"mediumint", TYPE_INT, 0, 0},
    {"mediumtext", TYPE_TEXT, 0, 0},
    {"money", TYPE_NUMBER, 0, 0},
    {"name", TYPE_TEXT, 0, 63},
    {"nchar", TYPE_TEXT, SIZED, 1},
    {"numeric", TYPE_NUMBER, 0, 0},
    {"nummultirange", TYPE_PLAIN, 0, 0},
    {"numrange", TYPE_PLAIN, 0, 0},
    {"nvarchar", TYPE_TEXT, SIZED, 0},
    {"oid", TYPE_PLAIN, 0, 0},
    {"pg_lsn", TYPE_PLAIN, 0, 0},
    {"point", TYPE_GEO, 0, 0},
    {"polygon", TYPE_GEO, 0, 0},
    {"real", TYPE_NUMBER, 0, 0},
    {"regclass", TYPE_PLAIN, 0, 0},
    {"regproc", TYPE_PLAIN, 0, 0},
    {"regtype", TYPE_PLAIN, 0, 0},
    {"serial", TYPE_INT, 0, 0},
    {"set", TYPE_ENUM, 0, 0},
    {"smallint", TYPE_INT, SMALL, 0},
    {"smallserial", TYPE_INT, SMALL, 0},
    {"text", TYPE_TEXT, SIZED, 0},
    {"tid", TYPE_PLAIN, 0, 0},
    {"time", TYPE_TIME, CLOCK, 0},
    {"timestamp", TYPE_TIME, 0, 0},
    {"timestamptz", TYPE_TIME, 0, 0},
    {"timetz", TYPE_TIME, CLOCK, 0},
    {"tinyblob", TYPE_BYTES, 0, 255},
    {"tinyint", TYPE_INT, SMALL, 0},
    {"tinytext", TYPE_TEXT, 0, 255},
    {"tsmultirange", TYPE_PLAIN, 0, 0},
    {"tsquery", TYPE_DERIVED, 0, 0},
    {"tsrange", TYPE_PLAIN, 0, 0},
    {"tstzmultirange", TYPE_PLAIN, 0, 0},
    {"tstzrange", TYPE_PLAIN, 0, 0},
    {"tsvector", TYPE_DERIVED, 0, 0},
    {"uuid", TYPE_UUID, 0, 0},
    {"varbinary", TYPE_BYTES, SIZED, 0},
    {"varchar", TYPE_TEXT, SIZED, 0},
    {"vector", TYPE_OTHER, 0, 0},
    {"xid", TYPE_PLAIN, 0, 0},
    {"xid8", TYPE_PLAIN, 0, 0},
    {"xml", TYPE_JSON, 0, 0},
    {"year", TYPE_INT, YEAR, 0},
};

static size_t modifier_of(const char *type)
{
    const char *open = strchr(type, '(');
    return open ? (size_t)strtoul(open + 1, NULL, 10) : 0;
}

void classify_type(const char *type, bool labels, struct type_facts *ret)
{
    *ret = (struct type_facts){.type = labels ? TYPE_ENUM : TYPE_OTHER};
    if (!type)
        return;
    const char *dot = strchr(type, '.'); /* public.citext; not numeric(5.2) */
    size_t stop = strcspn(type, "( [");
    if (dot && (size_t)(dot - type) < stop) {
        type = dot + 1;
        stop = strcspn(type, "( [");
    }
    ret->array = strstr(type, "[]") != NULL;
    for (size_t i = 0; i < ARRAY_LEN(types) && !labels; i++) {
        if (strlen(types[i].name) != stop || strncasecmp(types[i].name, type, stop) != 0)
            continue;
        ret->type = types[i].type;
        ret->small = types[i].flags & SMALL;
        ret->clock = types[i].flags & CLOCK;
        ret->year = types[i].flags & YEAR;
        ret->max_len = types[i].max_len;
        if (types[i].flags & SIZED && modifier_of(type) > 0)
            ret->max_len = modifier_of(type);
    }
    if (strcasestr(type, "character varying") == type && !modifier_of(type))
        ret->max_len = 0;
    if ((strncasecmp(type, "tinyint(1)", 10) == 0 || strncasecmp(type, "bit(1)", 6) == 0) ||
        strcasecmp(type, "bit") == 0)
        ret->type = TYPE_BOOL;
}
