#include <dbtwin/model.h>

#include <dbtwin/engine.h>

#include <assert.h>
#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <string.h>

#include "utf8.h"
#include "xml.h"

enum { PIECE = 128 * 1024 }; /* what a sink is given at a time */

struct out {
    const struct model *m;
    xmlTextWriterPtr writer;
    struct buf escaped; /* one value at a time */
    struct buf list;    /* the "escaped" attribute of the element at hand */
    bool *depends;      /* by object id: whether a dependency names it */
    bool failed;        /* no memory in libxml2: nothing else can go wrong */
};

static void check(struct out *o, int written)
{
    o->failed |= written < 0;
}

static const xmlChar *xml(const char *text)
{
    return (const xmlChar *)text;
}

/* ---- what XML 1.0 can hold (section 2.2, production Char) -------------------------------- */

static bool is_char(const char *s, size_t len)
{
    unsigned char c = (unsigned char)s[0];

    if (len == 1)
        return c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
    if (len == 3 && memcmp(s, "\xef\xbf", 2) == 0)
        return (unsigned char)s[2] < 0xbe; /* not U+FFFE, U+FFFF */
    return len > 0;
}

static bool fits(const char *text)
{
    const char *p = text;
    size_t n;

    /* Mostly there is nothing but printable ASCII. */
    while ((unsigned char)(*p - 0x20) < 0x60)
        p++;
    if (!*p)
        return true;
    n = strlen(p);
    for (size_t i = 0; i < n;) {
        size_t len = utf8_char(p + i, n - i);

        if (!is_char(p + i, len))
            return false;
        i += len;
    }
    return true;
}

static const char *escape(struct out *o, const char *text)
{
    size_t n = strlen(text);

    buf_reset(&o->escaped);
    for (size_t i = 0; i < n;) {
        size_t len = utf8_char(text + i, n - i);

        if (!is_char(text + i, len)) {
            for (size_t end = i + (len ? len : 1); i < end; i++)
                buf_addf(&o->escaped, "\\x%02X", (unsigned char)text[i]);
            continue;
        }
        if (text[i] == '\\')
            buf_addch(&o->escaped, '\\');
        buf_add(&o->escaped, text + i, len);
        i += len;
    }
    return o->escaped.data;
}

/* The text as it goes into the file; notes in the list when that is not as it is. */
static const char *encode(struct out *o, const char *name, const char *text)
{
    if (fits(text))
        return text;
    if (o->list.len)
        buf_addch(&o->list, ' ');
    buf_adds(&o->list, name);
    return escape(o, text);
}

static void attribute(struct out *o, const char *name, const char *text)
{
    if (text)
        check(o, xmlTextWriterWriteAttribute(o->writer, xml(name), xml(encode(o, name, text))));
}

static void start(struct out *o, const char *name)
{
    buf_reset(&o->list);
    check(o, xmlTextWriterStartElement(o->writer, xml(name)));
}

static void list_attribute(struct out *o, const char *name)
{
    if (o->list.len)
        check(o, xmlTextWriterWriteAttribute(o->writer, xml(name), xml(o->list.data)));
    buf_reset(&o->list);
}

static void end(struct out *o)
{
    check(o, xmlTextWriterEndElement(o->writer));
}

/* ---- the parts of the file -------------------------------------------------------------- */

static bool is_element(const struct prop *p, const char *text)
{
    return p->type == T_BODY || p->type == T_EXPR || strchr(text, '\n');
}

static void properties(struct out *out, const struct object *o)
{
    const struct kind *k = o->kind;
    bool elements = false;

    for (unsigned i = 0; i < k->n_props; i++)
        if (o->v[i] && o->v[i] != model_unknown) {
            if (!is_element(&k->props[i], o->v[i])) {
                attribute(out, k->props[i].name, o->v[i]);
                continue;
            }
            elements = true;
            encode(out, k->props[i].name, o->v[i]); /* for the list */
        }
    list_attribute(out, XML_ESCAPED);
    for (unsigned i = 0; i < k->n_props; i++)
        if (o->v[i] == model_unknown) {
            if (out->list.len)
                buf_addch(&out->list, ' ');
            buf_adds(&out->list, k->props[i].name);
        }
    list_attribute(out, XML_UNKNOWN);
    if (out->depends[o->id])
        check(out, xmlTextWriterWriteFormatAttribute(out->writer, xml(XML_ID), "%" PRIu32, o->id));
    for (unsigned i = 0; elements && i < k->n_props; i++)
        if (o->v[i] && o->v[i] != model_unknown && is_element(&k->props[i], o->v[i])) {
            check(out, xmlTextWriterStartElement(out->writer, xml(k->props[i].name)));
            check(out, xmlTextWriterWriteString(out->writer,
                                                xml(encode(out, k->props[i].name, o->v[i]))));
            end(out);
        }
}

static void object(struct out *out, const struct object *o)
{
    start(out, o->kind->name);
    if (o->parent || *o->name)
        attribute(out, XML_NAME, o->name);
    properties(out, o);
    for (const struct object *child = o->first; child; child = child->next)
        object(out, child);
    end(out);
}

static void gap(struct out *out, const struct coverage_gap *g)
{
    start(out, XML_GAP);
    attribute(out, "kind", g->kind);
    attribute(out, "path", g->path);
    attribute(out, "why", g->why);
    list_attribute(out, XML_ESCAPED);
    end(out);
}

static void dependency(struct out *out, const struct dependency *d)
{
    start(out, XML_DEPEND);
    check(out,
          xmlTextWriterWriteFormatAttribute(out->writer, xml("from"), "%" PRIu32, d->from->id));
    check(out, xmlTextWriterWriteFormatAttribute(out->writer, xml("to"), "%" PRIu32, d->to->id));
    end(out);
}

static void document(struct out *out)
{
    const struct model *m = out->m;

    check(out, xmlTextWriterSetIndent(out->writer, 1));
    check(out, xmlTextWriterSetIndentString(out->writer, xml("  ")));
    check(out, xmlTextWriterStartDocument(out->writer, "1.0", "UTF-8", NULL));
    start(out, XML_MODEL);
    attribute(out, XML_DBTWIN, XML_FORMAT);
    attribute(out, "engine", engine_of(m->flavor)->name);
    check(out, xmlTextWriterWriteFormatAttribute(out->writer, xml("version"), "%u", m->version));
    attribute(out, "server_version", m->server_version);
    attribute(out, "database", m->database);
    attribute(out, "label", m->label);
    attribute(out, "server_id", m->server_id);
    attribute(out, "taken_at", m->taken_at);
    list_attribute(out, XML_ESCAPED);
    object(out, m->root);
    for (size_t i = 0; i < m->gaps.len; i++)
        gap(out, &VEC_AT(&m->gaps, struct coverage_gap, i));
    for (size_t i = 0; i < m->deps.len; i++)
        dependency(out, &VEC_AT(&m->deps, struct dependency, i));
    check(out, xmlTextWriterEndDocument(out->writer));
}

/* libxml2 hands over a few thousand bytes at a time. */
struct sink_state {
    model_sink *sink;
    void *ctx;
    struct err *err;
    struct buf piece;
    bool failed;
};

static bool give(struct sink_state *w)
{
    w->failed = w->failed || !w->sink(w->ctx, buf_slice(&w->piece), w->err);
    buf_reset(&w->piece);
    return !w->failed;
}

static int take(void *context, const char *data, int len)
{
    struct sink_state *w = context;

    buf_add(&w->piece, data, (size_t)len);
    return w->piece.len < PIECE || give(w) ? len : -1;
}

static int finish(void *context)
{
    return give(context) ? 0 : -1;
}

static bool *mark_depends(const struct model *m, struct arena *scratch)
{
    bool *depends = arena_calloc(scratch, m->n_objects);

    for (size_t i = 0; i < m->deps.len; i++) {
        depends[VEC_AT(&m->deps, struct dependency, i).from->id] = true;
        depends[VEC_AT(&m->deps, struct dependency, i).to->id] = true;
    }
    return depends;
}

bool model_write_xml(const struct model *m, model_sink *sink, void *ctx, struct err *err)
{
    struct arena scratch = ARENA_INIT;
    struct sink_state state = {.sink = sink, .ctx = ctx, .err = err, .piece = BUF_INIT};
    struct out o = {.m = m, .escaped = BUF_INIT, .list = BUF_INIT};
    xmlOutputBufferPtr output = xmlOutputBufferCreateIO(take, finish, &state, NULL);

    assert(m->frozen);
    o.writer = output ? xmlNewTextWriter(output) : NULL; /* owns output from now on */
    if (!o.writer)
        base_oom();
    o.depends = mark_depends(m, &scratch);
    document(&o);
    xmlFreeTextWriter(o.writer); /* flushes and finishes */
    buf_release(&state.piece);
    buf_release(&o.escaped);
    buf_release(&o.list);
    arena_release(&scratch);
    if (state.failed)
        return false;
    return !o.failed || err_set(err, ERR_RUNTIME, "cannot write the model as XML");
}

static bool append(void *ctx, struct slice piece, struct err *err)
{
    (void)err;
    buf_add(ctx, piece.data, piece.len);
    return true;
}

bool model_to_xml(const struct model *m, struct buf *out, struct err *err)
{
    size_t before = out->len;
    bool good = model_write_xml(m, append, out, err);

    if (!good)
        buf_setlen(out, before);
    return good;
}
