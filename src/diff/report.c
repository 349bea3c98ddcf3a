#include "report.h"

#include <string.h>

const struct report_format report_formats[] = {
    {"text", ".txt", report_text, "for people: a summary, then changes by table"},
    {"json", ".json", report_json, "for programs: stable and versioned"},
    {"xml", ".xml", report_xml, "for programs: the same as JSON"},
    {"junit", ".junit.xml", report_junit, "for CI servers: a test case for each object"},
    {0},
};

const char *const report_change_names[] = {"added", "removed", "changed", "unknown"};

const char *report_verdict_name(enum verdict v)
{
    static const char *const names[] = {"same", "drift", "incomplete"};
    return names[v];
}

const struct object *report_object(const struct change *c)
{
    return c->from ? c->from : c->to;
}

const char *report_value(const struct object *o, unsigned slot)
{
    return model_get(o, (int)slot);
}

void report_server(const struct model *m, struct buf *out)
{
    const char *name = m->flavor == ENGINE_PG   ? "PostgreSQL"
                       : m->flavor == ENGINE_MA ? "MariaDB"
                                                : "MySQL";
    buf_addf(out, "%s %s", name, m->server_version ? m->server_version : "?");
}

const char *report_label(const struct model *m, const char *fallback)
{
    return m->label ? m->label : fallback;
}

void report_kind(const struct kind *k, struct buf *out)
{
    for (const char *p = k->name; *p; p++)
        buf_addch(out, *p == '_' ? ' ' : *p);
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

static void add_plural(const struct kind *k, uint32_t n, struct buf *out)
{
    report_kind(k, out);
    if (n == 1)
        return;
    char last = out->data[out->len - 1];
    if (last == 'y') {
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
        n[c->kind->id]++;
    for (unsigned k = 0; k < K_COUNT; k++) {
        if (!n[k])
            continue;
        buf_addf(out, "%s%u ", comma, n[k]);
        add_plural(&kinds[k], n[k], out);
        comma = ", ";
    }
}

void report_change_line(const struct diff *d, const struct change *c, struct buf *out)
{
    const struct object *o = report_object(c);
    report_kind(o->kind, out);
    buf_addch(out, ' ');
    model_path(o, out);
    if (c->type == CHANGE_ADDED)
        buf_addf(out, ": only in %s", report_label(d->to, "TO"));
    if (c->type == CHANGE_REMOVED)
        buf_addf(out, ": missing in %s", report_label(d->to, "TO"));
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
