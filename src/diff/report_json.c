#include "report.h"

#include <dbtwin/engine.h>
#include <dbtwin/json.h>

#include <string.h>

#include "notes.h"

static struct json *identity(const struct object *o)
{
    const struct object *chain[16];
    size_t n = 0;
    struct json *v = json_arr();
    for (; o->parent && n < ARRAY_LEN(chain); o = o->parent)
        chain[n++] = o;
    while (n)
        json_push(v, json_str(chain[--n]->name));
    return v;
}

/* A truth as one; whatever else a model file may hold there stays text. */
static struct json *value(const struct object *o, unsigned slot)
{
    const char *text = report_value(o, slot);
    bool yes = str_eq(text, "yes");
    if (text && o->kind->props[slot].type == T_BOOL && (yes || str_eq(text, "no")))
        return json_bool(yes);
    return json_str(text);
}

static bool is_shown(const struct object *o, unsigned slot)
{
    return !(o->kind->props[slot].flags & (F_VOLATILE | F_INTERNAL)) && report_value(o, slot);
}

/* What is in an object that only one side has, with all that is known of it. */
static struct json *contents(const struct object *o)
{
    struct json *list = json_arr();
    for (const struct object *child = o->first; child; child = child->next) {
        if (child->kind->flags & KF_ROWS)
            continue;
        struct json *v = json_obj(), *values = json_obj();
        for (unsigned s = 0; s < child->kind->n_props; s++)
            if (is_shown(child, s))
                json_set(values, child->kind->props[s].name, value(child, s));
        json_set(v, "kind", json_str(child->kind->name));
        json_set(v, "name", json_str(child->name));
        json_set(v, "values", values);
        if (child->first)
            json_set(v, "contents", contents(child));
        json_push(list, v);
    }
    return list;
}

static struct json *properties(const struct diff *d, const struct change *c)
{
    struct json *list = json_arr();
    const struct kind *k = report_object(c)->kind;
    for (unsigned s = 0; s < k->n_props; s++) {
        bool unknown = c->unknown >> s & 1;
        if (!report_is_listed(c, s))
            continue;
        struct json *v = json_obj();
        json_set(v, "name", json_str(k->props[s].name));
        json_set(v, "from", value(c->from, s));
        json_set(v, "to", value(c->to, s));
        if (unknown)
            json_set(v, "unknown", json_bool(true));
        if (!report_is_one_sided(c))
            json_set(v, "severity", json_str(severity_name(severity_property(d, c, s))));
        json_push(list, v);
    }
    return list;
}

static struct json *change(const struct diff *d, const struct change *c)
{
    struct json *v = json_obj();
    struct buf path = BUF_INIT;
    const struct object *o = report_object(c);
    model_path(o, &path);
    json_set(v, "change", json_str(report_change_names[c->type]));
    json_set(v, "kind", json_str(o->kind->name));
    json_set(v, "path", json_str(path.data));
    json_set(v, "identity", identity(o));
    json_set(v, "severity", json_str(severity_name(severity_of(d, c))));
    if (report_is_one_sided(c))
        json_set(v, "inside", json_int(c->n_inside));
    json_set(v, "properties", properties(d, c));
    if (report_is_one_sided(c) && o->first)
        json_set(v, "contents", contents(o));
    buf_release(&path);
    return v;
}

static struct json *reasons(const struct vec *gaps)
{
    struct json *list = json_arr();
    for (size_t i = 0; i < gaps->len; i++) {
        const struct coverage_gap *g = &VEC_AT(gaps, struct coverage_gap, i);
        struct json *v = json_obj();
        json_set(v, "kind", json_str(g->kind));
        json_set(v, "path", json_str(g->path));
        json_set(v, "why", json_str(g->why));
        json_push(list, v);
    }
    return list;
}

/* Of the document as a whole, not of each database in it. */
static void set_about(struct json *v, const struct report_options *opt)
{
    struct json *generator = json_obj(), *run = json_obj(), *options = json_arr();
    json_set(v, "dbtwin", json_int(1));
    json_set(generator, "name", json_str("dbtwin"));
    json_set(generator, "version", json_str(DBTWIN_VERSION));
    json_set(v, "generator", generator);
    if (opt->run && opt->run->started)
        json_set(run, "started", json_str(opt->run->started));
    if (opt->run && opt->run->started && opt->run->seconds >= 0)
        json_set(run, "milliseconds", json_int((int64_t)(opt->run->seconds * 1000)));
    for (size_t i = 0; opt->run && opt->run->options[i]; i++)
        json_push(options, json_str(opt->run->options[i]));
    json_set(run, "options", options);
    json_set(v, "run", run);
}

static void set_head(struct json *v, const struct diff *d)
{
    json_set(v, "from", model_json_side(d->from));
    json_set(v, "to", model_json_side(d->to));
    json_set(v, "verdict", json_str(report_verdict_name(d->verdict)));
}

static struct json *severities(const struct diff *d)
{
    struct report_levels l = report_levels(d);
    struct json *v = json_obj();
    for (size_t i = ARRAY_LEN(l.n); i-- > 0;)
        json_set(v, severity_name((enum severity)i), json_int((int64_t)l.n[i]));
    return v;
}

static void set_tail(struct json *v, const struct diff *d)
{
    struct json *summary = json_obj();
    json_set(summary, "added", json_int((int64_t)d->added));
    json_set(summary, "removed", json_int((int64_t)d->removed));
    json_set(summary, "changed", json_int((int64_t)d->changed));
    json_set(summary, "unknown", json_int((int64_t)d->unknown));
    json_set(summary, "compared", json_int((int64_t)d->compared));
    json_set(summary, "severity", severities(d));
    json_set(v, "not_compared", reasons(&d->gaps));
    if (d->own.len)
        json_set(v, "own_version", reasons(&d->own));
    json_set(v, "summary", summary);
    notes_json(d, v);
}

static struct json *of_diff(const struct diff *d)
{
    struct json *v = json_obj(), *changes = json_arr();
    for (size_t i = 0; i < d->changes.len; i++)
        json_push(changes, change(d, &VEC_AT(&d->changes, struct change, i)));
    json_set(v, "dbtwin", json_int(1));
    set_head(v, d);
    json_set(v, "changes", changes);
    set_tail(v, d);
    return v;
}

/* ---- a document of its own: never in memory as values as a whole ---------------------------- */

enum { INDENT = 2 };

/* The members of v, without the braces around them. */
static void add_members(struct json *v, struct buf *out)
{
    struct buf text = BUF_INIT;
    json_dump(v, INDENT, &text);
    buf_add(out, text.data + 1, text.len - strlen("{\n}"));
    json_free(v);
    buf_release(&text);
}

/* There are no line breaks within JSON's strings. */
void report_json_item(struct json *v, unsigned depth, struct buf *text, struct buf *out)
{
    buf_reset(text);
    json_dump(v, INDENT, text);
    for (const char *p = text->data; *p;) {
        size_t n = strcspn(p, "\n");
        buf_addf(out, "\n%*s", (int)depth * INDENT, "");
        buf_add(out, p, n);
        p += n + (p[n] == '\n');
    }
    json_free(v);
}

bool report_json(const struct diff *d, const struct report_options *opt, struct buf *out,
                 struct err *err)
{
    (void)err;
    struct json *head = json_obj(), *tail = json_obj();
    struct buf text = BUF_INIT;
    set_about(head, opt);
    set_head(head, d);
    buf_addch(out, '{');
    add_members(head, out);
    buf_addf(out, ",\n%*s\"changes\": [", INDENT, "");
    for (size_t i = 0; i < d->changes.len; i++) {
        buf_adds(out, i ? "," : "");
        report_json_item(change(d, &VEC_AT(&d->changes, struct change, i)), 2, &text, out);
    }
    if (d->changes.len)
        buf_addf(out, "\n%*s", INDENT, "");
    buf_adds(out, "],");
    set_tail(tail, d);
    add_members(tail, out);
    buf_adds(out, "\n}\n");
    buf_release(&text);
    return true;
}

/* ---- several databases ----------------------------------------------------------------------- */

static struct json *json_part(const struct diff_part *p)
{
    struct json *v = json_obj();
    json_set(v, "database", json_str(p->database));
    json_set(
        v, "verdict",
        json_str(report_part_is_empty(p) ? "empty" : report_verdict_name(diff_part_verdict(p))));
    if (p->diff) {
        json_set(v, "diff", of_diff(p->diff));
        return v;
    }
    json_set(v, "change", json_str(report_change_names[p->alone]));
    if (p->alone != CHANGE_UNKNOWN)
        json_set(v, "severity", json_str(severity_name(SEVERITY_DATA)));
    json_set(v, "why", json_str(p->why));
    return v;
}

bool report_set_json(const struct diff_set *s, const struct report_options *opt, struct buf *out,
                     struct err *err)
{
    struct json *v = json_obj(), *list = json_arr(), *hidden = json_arr(), *summary = json_obj();
    struct report_tally t = report_tally(s);
    (void)err;
    for (size_t i = 0; i < s->parts.len; i++)
        json_push(list, json_part(&VEC_AT(&s->parts, struct diff_part, i)));
    for (size_t i = 0; i < s->hidden.len; i++)
        json_push(hidden, json_str(VEC_AT(&s->hidden, const char *, i)));
    json_set(summary, "same", json_int((int64_t)t.same));
    json_set(summary, "drift", json_int((int64_t)t.drift));
    json_set(summary, "removed", json_int((int64_t)t.missing));
    json_set(summary, "added", json_int((int64_t)t.added));
    json_set(summary, "incomplete", json_int((int64_t)t.incomplete));
    set_about(v, opt);
    json_set(v, "from", json_str(s->from));
    json_set(v, "to", json_str(s->to));
    json_set(v, "verdict", json_str(report_verdict_name(diff_set_verdict(s))));
    json_set(v, "databases", list);
    json_set(v, "not_compared", hidden);
    json_set(v, "summary", summary);
    json_dump(v, 2, out);
    buf_addch(out, '\n');
    json_free(v);
    return true;
}
