#include <dbtwin/json.h>
#include <dbtwin/engine.h>
#include <dbtwin/model.h>

#include <assert.h>

/*
 * One line for each object, written straight into the text: a catalog may have millions, and as
 * JSON values in memory they would take gigabytes.
 *
 * Properties that are NULL are left out; those that are unknown are listed by name. Values are
 * texts, as in the report of a diff. What is INTERNAL is in the XML only.
 */

static void newline(unsigned depth, struct buf *out)
{
    buf_addch(out, '\n');
    for (unsigned i = 0; i < depth; i++)
        buf_addch(out, ' ');
}

static void dump_properties(const struct object *o, struct buf *out)
{
    size_t n_unknown = 0;
    bool first = true;

    buf_adds(out, ",\"properties\":{");
    for (unsigned i = 0; i < o->kind->n_props; i++) {
        if (o->kind->props[i].flags & F_INTERNAL)
            continue;
        if (o->v[i] == model_unknown) {
            n_unknown++;
        } else if (o->v[i]) {
            buf_addf(out, "%s\"%s\":", first ? "" : ",", o->kind->props[i].name);
            json_dump_str(o->v[i], out);
            first = false;
        }
    }
    buf_addch(out, '}');
    if (!n_unknown)
        return;
    buf_adds(out, ",\"unknown\":[");
    first = true;
    for (unsigned i = 0; i < o->kind->n_props; i++)
        if (o->v[i] == model_unknown && !(o->kind->props[i].flags & F_INTERNAL)) {
            buf_addf(out, "%s\"%s\"", first ? "" : ",", o->kind->props[i].name);
            first = false;
        }
    buf_addch(out, ']');
}

static void dump_object(const struct object *o, unsigned depth, struct buf *out)
{
    newline(depth, out);
    buf_addf(out, "{\"kind\":\"%s\",\"name\":", o->kind->name);
    json_dump_str(o->name, out);
    buf_addf(out, ",\"id\":%u", o->id);
    dump_properties(o, out);
    if (o->first) {
        buf_adds(out, ",\"children\":[");
        for (const struct object *child = o->first; child; child = child->next) {
            dump_object(child, depth + 1, out);
            if (child->next)
                buf_addch(out, ',');
        }
        newline(depth, out);
        buf_addch(out, ']');
    }
    buf_addch(out, '}');
}

static void dump_gaps(const struct model *m, struct buf *out)
{
    buf_adds(out, ",\"not_compared\":[");
    for (size_t i = 0; i < m->gaps.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&m->gaps, struct coverage_gap, i);
        struct json *v = json_obj();

        json_set(v, "kind", json_str(g->kind));
        json_set(v, "path", json_str(g->path));
        json_set(v, "why", json_str(g->why));
        buf_adds(out, i ? ",\n " : "\n ");
        json_dump(v, 0, out);
        json_free(v);
    }
    buf_addch(out, ']');
}

static void dump_dependencies(const struct model *m, struct buf *out)
{
    buf_adds(out, ",\"depends\":[");
    for (size_t i = 0; i < m->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&m->deps, struct dependency, i);

        buf_addf(out, "%s{\"from\":%u,\"to\":%u}", i ? ",\n " : "\n ", d->from->id, d->to->id);
    }
    buf_addch(out, ']');
}

bool model_to_json(const struct model *m, struct buf *out, struct err *err)
{
    struct json *head = json_obj();

    (void)err;
    assert(m->frozen);
    json_set(head, "dbtwin", json_int(1));
    json_set(head, "engine", json_str(engine_of(m->flavor)->name));
    json_set(head, "version", json_int(m->version));
    json_set(head, "server_version", json_str(m->server_version));
    json_set(head, "database", json_str(m->database));
    json_set(head, "label", json_str(m->label));
    json_set(head, "server_id", json_str(m->server_id));
    json_set(head, "taken_at", json_str(m->taken_at));
    json_dump(head, 0, out);
    json_free(head);
    buf_setlen(out, out->len - 1); /* its brace: the rest follows */
    buf_adds(out, ",\"root\":");
    dump_object(m->root, 0, out);
    dump_gaps(m, out);
    dump_dependencies(m, out);
    buf_adds(out, "}\n");
    return true;
}

struct json *model_json_side(const struct model *m)
{
    struct json *v = json_obj();
    json_set(v, "label", json_str(m->label));
    if (m->address)
        json_set(v, "url", json_str(m->address));
    json_set(v, "engine", json_str(engine_of(m->flavor)->name));
    json_set(v, "version", json_str(m->server_version));
    json_set(v, "database", json_str(m->database));
    return v;
}
