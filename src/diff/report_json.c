#include "report.h"

#include <dbtwin/json.h>

#include "notes.h"

static struct json *side(const struct model *m)
{
    struct json *v = json_obj();
    json_set(v, "label", json_str(m->label));
    json_set(v, "engine",
             json_str(m->flavor == ENGINE_PG   ? "postgresql"
                      : m->flavor == ENGINE_MA ? "mariadb"
                                               : "mysql"));
    json_set(v, "version", json_str(m->server_version));
    json_set(v, "database", json_str(m->database));
    return v;
}

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

static struct json *properties(const struct change *c)
{
    struct json *list = json_arr();
    const struct kind *k = report_object(c)->kind;
    for (unsigned s = 0; s < k->n_props; s++) {
        bool unknown = c->unknown >> s & 1;
        if (!report_is_listed(c, s))
            continue;
        struct json *v = json_obj();
        json_set(v, "name", json_str(k->props[s].name));
        json_set(v, "from", json_str(report_value(c->from, s)));
        json_set(v, "to", json_str(report_value(c->to, s)));
        if (unknown)
            json_set(v, "unknown", json_bool(true));
        json_push(list, v);
    }
    return list;
}

static struct json *change(const struct change *c)
{
    struct json *v = json_obj();
    struct buf path = BUF_INIT;
    const struct object *o = report_object(c);
    model_path(o, &path);
    json_set(v, "change", json_str(report_change_names[c->type]));
    json_set(v, "kind", json_str(o->kind->name));
    json_set(v, "path", json_str(path.data));
    json_set(v, "identity", identity(o));
    if (report_is_one_sided(c))
        json_set(v, "inside", json_int(c->n_inside));
    json_set(v, "properties", properties(c));
    buf_release(&path);
    return v;
}

static struct json *not_compared(const struct diff *d)
{
    struct json *list = json_arr();
    for (size_t i = 0; i < d->gaps.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&d->gaps, struct coverage_gap, i);
        struct json *v = json_obj();
        json_set(v, "kind", json_str(g->kind));
        json_set(v, "path", json_str(g->path));
        json_set(v, "why", json_str(g->why));
        json_push(list, v);
    }
    return list;
}

struct json *report_json_of(const struct diff *d)
{
    struct json *v = json_obj(), *changes = json_arr(), *summary = json_obj();
    for (size_t i = 0; i < d->changes.len; i++)
        json_push(changes, change(&VEC_AT(&d->changes, struct change, i)));
    json_set(summary, "added", json_int((int64_t)d->added));
    json_set(summary, "removed", json_int((int64_t)d->removed));
    json_set(summary, "changed", json_int((int64_t)d->changed));
    json_set(summary, "unknown", json_int((int64_t)d->unknown));
    json_set(summary, "compared", json_int((int64_t)d->compared));
    json_set(v, "dbtwin", json_int(1));
    json_set(v, "from", side(d->from));
    json_set(v, "to", side(d->to));
    json_set(v, "verdict", json_str(report_verdict_name(d->verdict)));
    json_set(v, "changes", changes);
    json_set(v, "not_compared", not_compared(d));
    json_set(v, "summary", summary);
    notes_json(d, v);
    return v;
}

bool report_json(const struct diff *d, const struct report_options *opt, struct buf *out,
                 struct err *err)
{
    (void)opt;
    (void)err;
    struct json *v = report_json_of(d);
    json_dump(v, 2, out);
    buf_addch(out, '\n');
    json_free(v);
    return true;
}
