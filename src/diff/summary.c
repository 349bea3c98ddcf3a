#include "report.h"

#include <string.h>

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
void report_short(const char *value, struct buf *out)
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

/* What a reader would ask about first: the properties with a headline in kinds.def. */
static void add_headline(const struct object *o, struct buf *out)
{
    for (unsigned slot = 0; slot < o->kind->n_props; slot++) {
        const struct prop *p = &o->kind->props[slot];
        const char *value = p->headline ? model_get(o, (int)slot) : NULL;
        if (!value || (p->type == T_BOOL && *value != 'y'))
            continue;
        if (*p->headline)
            buf_addf(out, " %s", p->headline);
        if (p->type == T_BOOL)
            continue;
        buf_addch(out, ' ');
        report_short(*value ? skip_head(o, value) : "''", out);
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
        add_headline(c, &part);
        buf_addf(out, "%s%s", place == 1 ? " (" : ", ", part.len ? part.data + 1 : "");
        buf_release(&part);
    }
    if (part_at(o, 1))
        buf_addch(out, ')');
}

void summary_add(const struct object *o, struct buf *out)
{
    add_parts(o, out);
    add_headline(o, out);
}
