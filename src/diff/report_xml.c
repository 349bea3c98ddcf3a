#include "report.h"

#include <dbtwin/xml.h>

#include "notes.h"

static void side(struct xml *x, const char *name, const struct model *m)
{
    struct buf server = BUF_INIT;
    report_server(m, &server);
    xml_open(x, name);
    xml_attr(x, "label", m->label);
    xml_attr(x, "url", m->address);
    xml_attr(x, "server", server.data);
    xml_attr(x, "database", m->database);
    xml_close(x);
    buf_release(&server);
}

static void value(struct xml *x, const char *name, const struct object *o, unsigned slot)
{
    const char *text = report_value(o, slot);
    if (!text) /* no element: not set, or not known */
        return;
    xml_open(x, name);
    xml_text(x, text);
    xml_close(x);
}

static void change(struct xml *x, const struct diff *d, const struct change *c)
{
    const struct object *o = report_object(c);
    struct buf path = BUF_INIT;
    model_path(o, &path);
    xml_open(x, report_change_names[c->type]);
    xml_attr(x, "kind", o->kind->name);
    xml_attr(x, "path", path.data);
    xml_attr(x, "severity", severity_name(severity_of(d, c)));
    if (report_is_one_sided(c))
        xml_attr_int(x, "inside", c->n_inside);
    for (unsigned s = 0; s < o->kind->n_props; s++) {
        bool unknown = c->unknown >> s & 1;
        if (!report_is_listed(c, s))
            continue;
        xml_open(x, "property");
        xml_attr(x, "name", o->kind->props[s].name);
        xml_attr(x, "unknown", unknown ? "yes" : NULL);
        if (!report_is_one_sided(c))
            xml_attr(x, "severity", severity_name(severity_property(d, c, s)));
        value(x, "from", c->from, s);
        value(x, "to", c->to, s);
        xml_close(x);
    }
    xml_close(x);
    buf_release(&path);
}

static void reasons(struct xml *x, const char *name, const struct vec *gaps)
{
    for (size_t i = 0; i < gaps->len; i++) {
        const struct coverage_gap *g = &VEC_AT(gaps, struct coverage_gap, i);
        xml_open(x, name);
        xml_attr(x, "kind", g->kind);
        xml_attr(x, "path", g->path);
        xml_attr(x, "why", g->why);
        xml_close(x);
    }
}

static void of_diff(const struct diff *d, struct xml *x)
{
    xml_open(x, "diff");
    xml_attr(x, "dbtwin", "1");
    xml_attr(x, "verdict", report_verdict_name(d->verdict));
    xml_attr_int(x, "added", d->added);
    xml_attr_int(x, "removed", d->removed);
    xml_attr_int(x, "changed", d->changed);
    xml_attr_int(x, "unknown", d->unknown);
    xml_attr_int(x, "compared", d->compared);
    side(x, "from", d->from);
    side(x, "to", d->to);
    for (size_t i = 0; i < d->changes.len; i++)
        change(x, d, &VEC_AT(&d->changes, struct change, i));
    reasons(x, "not_compared", &d->gaps);
    reasons(x, "own_version", &d->own);
    notes_xml(d, x);
    xml_close(x);
}

bool report_xml(const struct diff *d, const struct report_options *opt, struct buf *out,
                struct err *err)
{
    (void)opt;
    (void)err;
    struct xml *x = xml_start();
    of_diff(d, x);
    xml_end(x, out);
    return true;
}

/* ---- several databases ----------------------------------------------------------------------- */

bool report_set_xml(const struct diff_set *s, const struct report_options *opt, struct buf *out,
                    struct err *err)
{
    struct xml *x = xml_start();
    (void)opt, (void)err;
    xml_open(x, "diffs");
    xml_attr(x, "dbtwin", "1");
    xml_attr(x, "verdict", report_verdict_name(diff_set_verdict(s)));
    xml_attr(x, "from", s->from);
    xml_attr(x, "to", s->to);
    for (size_t i = 0; i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        xml_open(x, "database");
        xml_attr(x, "name", p->database);
        xml_attr(x, "change", p->diff ? NULL : report_change_names[p->alone]);
        xml_attr(x, "why", p->why);
        if (p->diff)
            of_diff(p->diff, x);
        xml_close(x);
    }
    for (size_t i = 0; i < s->hidden.len; i++) {
        xml_open(x, "not_compared");
        xml_attr(x, "why", VEC_AT(&s->hidden, const char *, i));
        xml_close(x);
    }
    xml_close(x);
    xml_end(x, out);
    return true;
}
