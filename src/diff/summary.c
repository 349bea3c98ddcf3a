#include "report.h"

#include <string.h>

/*
 * An object that only one side has is told by what a reader would ask about it first. A row's
 * word stands before the value: NULL for the value alone; of a BOOL the word alone, when it is yes.
 */
#define TELL(KIND, PROP, word)            \
    {                                     \
        K_##KIND, P_##KIND##_##PROP, word \
    }
static const struct {
    enum kind_id kind;
    int slot;
    const char *word;
} rows[] = {
    TELL(SETTING, VALUE, NULL),
    TELL(EXTENSION, VERSION, "version"),
    TELL(ATTRIBUTE, TYPE, NULL),
    TELL(DOMAIN, TYPE, NULL),
    TELL(DOMAIN, NOT_NULL, "not null"),
    TELL(RANGE, SUBTYPE, "of"),
    TELL(SEQUENCE, TYPE, NULL),
    TELL(SEQUENCE, OWNED_BY, "owned by"),
    TELL(TABLE, PARTITION_OF, "partition of"),
    TELL(TABLE, PARTITION_BOUND, NULL),
    TELL(FOREIGN_TABLE, SERVER, "server"),
    TELL(COLUMN, TYPE, NULL),
    TELL(COLUMN, NOT_NULL, "not null"),
    TELL(COLUMN, DEFAULT, "default"),
    TELL(COLUMN, ON_UPDATE, "on update"),
    TELL(COLUMN, AUTO_INCREMENT, "auto_increment"),
    TELL(COLUMN, IDENTITY, "identity"),
    TELL(COLUMN, GENERATED, "generated"),
    TELL(COLUMN, EXPRESSION, "as"),
    TELL(PRIMARY_KEY, COLUMNS, "on"),
    TELL(PRIMARY_KEY, INCLUDE, "include"),
    TELL(UNIQUE, COLUMNS, "on"),
    TELL(UNIQUE, INCLUDE, "include"),
    TELL(EXCLUSION, DEFINITION, NULL),
    TELL(CHECK, EXPRESSION, NULL),
    TELL(FOREIGN_KEY, COLUMNS, "on"),
    TELL(FOREIGN_KEY, REFERENCES, "references"),
    TELL(FOREIGN_KEY, REF_COLUMNS, "on"),
    TELL(FOREIGN_KEY, ON_UPDATE, "on update"),
    TELL(FOREIGN_KEY, ON_DELETE, "on delete"),
    TELL(INDEX, UNIQUE, "unique"),
    TELL(INDEX, METHOD, NULL),
    TELL(INDEX, PREDICATE, "where"),
    TELL(INDEX_PART, EXPRESSION, NULL),
    TELL(INDEX_PART, PREFIX, "prefix"),
    TELL(INDEX_PART, DESCENDING, "descending"),
    TELL(INDEX_PART, INCLUDED, "included"),
    TELL(PARTITION, VALUES, NULL),
    TELL(OPTION, VALUE, "="),
    TELL(RULE, DEFINITION, NULL),
    TELL(TRIGGER, DEFINITION, NULL),
    TELL(TRIGGER, TIMING, NULL),
    TELL(TRIGGER, EVENT, NULL),
    TELL(POLICY, COMMAND, "for"),
    TELL(POLICY, ROLES, "to"),
    TELL(POLICY, USING, "using"),
    TELL(POLICY, WITH_CHECK, "with check"),
    TELL(FUNCTION, RESULT, "returns"),
    TELL(TS_MAPPING, DICTIONARIES, NULL),
    TELL(PUBLICATION_TABLE, COLUMNS, "columns"),
    TELL(PUBLICATION_TABLE, FILTER, "where"),
    TELL(EVENT, SCHEDULE, NULL),
    TELL(DEFAULT_PRIVILEGE, PRIVILEGES, NULL),
    TELL(GRANT, PRIVILEGES, NULL),
    TELL(SECURITY_LABEL, LABEL, NULL),
};

/* A definition repeats what the line has said: "CREATE TRIGGER name". */
static const char *skip_head(const struct object *o, const char *value)
{
    enum { NEAR = 40 };
    const char *name = str_starts(value, "CREATE ") ? strstr(value, o->name) : NULL;
    if (!name || !*o->name || name - value > NEAR)
        return value;
    name += strlen(o->name);
    return name + strspn(name, "\"` ");
}

/* One line, and not a long one. */
static void add_short(const char *value, struct buf *out)
{
    enum { MAX = 80 };
    size_t n = strlen(value), shown = n > MAX ? str_utf8_floor(value, MAX) : n;
    size_t before = out->len;
    report_visible(value, shown, out);
    for (char *p = out->data + before; *p; p++)
        if (*p == '\n' || *p == '\t')
            *p = ' ';
    if (shown < n)
        buf_adds(out, "…");
}

static void add_rows(const struct object *o, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].kind != o->kind->id)
            continue;
        const struct prop *p = &o->kind->props[rows[i].slot];
        const char *value = model_get(o, rows[i].slot);
        if (!value || (p->type == T_BOOL && *value != 'y'))
            continue;
        if (rows[i].word)
            buf_addf(out, " %s", rows[i].word);
        if (p->type == T_BOOL)
            continue;
        buf_addch(out, ' ');
        add_short(*value ? skip_head(o, value) : "''", out);
    }
}

bool summary_has(const struct object *child)
{
    return child->kind->id == K_INDEX_PART;
}

/* The parts of an index are named by their places, which sort as texts: 1, 10, 2. */
static const struct object *part_at(const struct object *o, unsigned place)
{
    for (const struct object *c = o->first; c; c = c->next) {
        uint64_t n;
        if (summary_has(c) && str_parse_u64(c->name, &n) && n == place)
            return c;
    }
    return NULL;
}

static void add_parts(const struct object *o, struct buf *out)
{
    const struct object *c;
    for (unsigned place = 1; (c = part_at(o, place)); place++) {
        struct buf part = BUF_INIT;
        add_rows(c, &part);
        buf_addf(out, "%s%s", place == 1 ? " (" : ", ", part.len ? part.data + 1 : "");
        buf_release(&part);
    }
    if (part_at(o, 1))
        buf_addch(out, ')');
}

void summary_add(const struct object *o, struct buf *out)
{
    add_parts(o, out);
    add_rows(o, out);
}
