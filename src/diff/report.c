#include "report.h"

#include <dbtwin/engine.h>

#include <string.h>

const char *const report_change_names[] = {"added", "removed", "changed", "unknown"};

const struct object *report_object(const struct change *c)
{
    return c->from ? c->from : c->to;
}

const char *report_value(const struct object *o, unsigned slot)
{
    return o ? model_get(o, (int)slot) : NULL;
}

bool report_is_one_sided(const struct change *c)
{
    return c->type == CHANGE_ADDED || c->type == CHANGE_REMOVED;
}

bool report_is_listed(const struct change *c, unsigned slot)
{
    const struct object *o = report_object(c);
    if (!report_is_one_sided(c))
        return (c->differs | c->unknown) >> slot & 1;
    return !(o->kind->props[slot].flags & (F_VOLATILE | F_INTERNAL)) && report_value(o, slot);
}

struct report_levels report_levels(const struct diff *d)
{
    struct report_levels l = {{0}};
    for (size_t i = 0; i < d->changes.len; i++)
        l.n[severity_of(d, &VEC_AT(&d->changes, struct change, i))]++;
    return l;
}

void report_level_counts(const struct report_levels *l, struct buf *out)
{
    const char *comma = "";
    for (size_t i = ARRAY_LEN(l->n); i-- > 0;) {
        char n[32];
        if (!l->n[i])
            continue;
        str_human_count(l->n[i], n);
        buf_addf(out, "%s%s %s", comma, n, severity_name((enum severity)i));
        comma = ", ";
    }
}

void report_server(const struct model *m, struct buf *out)
{
    const char *name = engine_of(m->flavor)->title;
    const char *version = m->server_version ? m->server_version : "?";
    if (!str_starts(version, name)) /* a live server says it itself */
        buf_addf(out, "%s ", name);
    buf_adds(out, version);
}

const char *report_label(const struct model *m, const char *fallback)
{
    return m->label ? m->label : fallback;
}

struct report_names report_names(const struct diff *d)
{
    enum { SHORT = 32 };
    const char *a = d->from->label, *b = d->to->label;
    if (a && b && strlen(a) <= SHORT && strlen(b) <= SHORT && strcmp(a, b) != 0)
        return (struct report_names){a, b};
    a = d->from->database;
    b = d->to->database;
    /* the name of a scratch says nothing */
    if (a && b && strlen(a) <= SHORT && strlen(b) <= SHORT && strcmp(a, b) != 0 &&
        !str_starts(a, "dbtwin_sql_") && !str_starts(b, "dbtwin_sql_"))
        return (struct report_names){a, b};
    return (struct report_names){"FROM", "TO"};
}

const char *report_why_empty(const struct diff *d)
{
    return d->context && d->context->selected ? "neither database has what was selected"
                                              : "both databases are empty";
}

void report_kind(const struct kind *k, struct buf *out)
{
    kind_words(k->name, out);
}

void report_top_key(const struct change *c, struct buf *out)
{
    const struct object *top = model_top(report_object(c));
    report_kind(top->kind, out);
    if (top->parent) {
        buf_addch(out, ' ');
        model_path(top, out);
    }
}

void report_plural(const struct kind *k, uint32_t n, struct buf *out)
{
    report_kind(k, out);
    if (n == 1)
        return;
    char last = out->data[out->len - 1], before = out->data[out->len - 2];
    if (last == 'y' && !strchr("aeiou", before)) {
        buf_setlen(out, out->len - 1);
        buf_adds(out, "ies");
    } else if (last == 'x') {
        buf_adds(out, "es");
    } else if (last != 's') {
        buf_addch(out, 's');
    }
}

void report_inside(const struct object *o, struct buf *out)
{
    uint32_t n[K_COUNT] = {0};
    const char *comma = "";
    for (const struct object *c = o->first; c; c = c->next)
        n[c->kind->id] += !summary_has(c);
    for (unsigned k = 0; k < K_COUNT; k++) {
        if (!n[k])
            continue;
        buf_addf(out, "%s%u ", comma, n[k]);
        report_plural(&kinds[k], n[k], out);
        comma = ", ";
    }
}

/* The kind below its parent's: "index_part" of an index is "part". */
static void add_kind_below(const struct object *o, struct buf *out)
{
    const char *name = o->kind->name, *above = o->parent->kind->name;
    size_t n = strlen(above);
    if (strncmp(name, above, n) == 0 && name[n] == '_')
        name += n + 1;
    for (; *name; name++)
        buf_addch(out, *name == '_' ? ' ' : *name);
}

void report_name(const struct object *o, struct buf *out)
{
    const struct object *top = model_top(o);
    if (o == top) {
        report_kind(o->kind, out);
        if (o->parent) {
            buf_addch(out, ' ');
            model_path(o, out);
        }
        return;
    }
    struct buf whole = BUF_INIT, above = BUF_INIT;
    if (o->parent != top) {
        report_name(o->parent, out);
        buf_adds(out, ", ");
    }
    add_kind_below(o, out);
    model_path(o, &whole);
    if (o->parent->parent) {
        model_path(o->parent, &above);
        buf_addch(&above, '.');
    }
    buf_addf(out, " %s", whole.data + above.len);
    buf_release(&whole);
    buf_release(&above);
}

void report_change_line(const struct diff *d, const struct change *c, struct buf *out)
{
    const struct object *o = report_object(c);
    report_name(o, out);
    if (report_is_one_sided(c)) {
        summary_add(o, out);
        buf_addf(out, c->type == CHANGE_ADDED ? ": only in %s" : ": missing in %s",
                 report_names(d).to);
    }
    const char *comma = ": ";
    for (unsigned s = 0; s < o->kind->n_props; s++) {
        bool differs = c->differs >> s & 1, unknown = c->unknown >> s & 1;
        if (!differs && !unknown)
            continue;
        buf_addf(out, "%s%s %s", comma, o->kind->props[s].name,
                 differs ? "differs" : "could not be compared");
        comma = ", ";
    }
}
