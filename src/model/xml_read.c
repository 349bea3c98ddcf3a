#include <dbtwin/model.h>

#include <dbtwin/engine.h>

#include <inttypes.h>
#include <libxml/parser.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "model.h"
#include "value.h"
#include "xml_in.h"

/* ---- elements --------------------------------------------------------------------------- */

static struct frame *push(struct xml_in *in, enum place place)
{
    struct frame *f = &in->frames[in->depth++];

    *f = (struct frame){.place = place};
    return f;
}

static void start_model(struct xml_in *in, const char *name, struct attributes a)
{
    struct model *m = in->m;
    const char *format, *engine, *version;
    uint64_t number;

    if (strcmp(name, XML_MODEL) != 0) {
        xml_in_fail(in, "this is not a model: it begins with <%s>", name);
        return;
    }
    format = xml_in_text(in, a, XML_DBTWIN);
    if (!format || strcmp(format, XML_FORMAT) != 0) {
        xml_in_fail(in, "format %s of a model, and this dbtwin reads format " XML_FORMAT,
                    format ? format : "(none)");
        err_hint(in->err, "it was written by another version of dbtwin");
        return;
    }
    if (!xml_in_only(in, name, a,
                     XML_DBTWIN " " XML_ESCAPED " engine version server_version database label "
                                "server_id taken_at"))
        return;
    engine = xml_in_text(in, a, "engine");
    version = xml_in_text(in, a, "version");
    m->flavor = engine_find(engine ? engine : "")->flavor;
    if (!m->flavor) {
        xml_in_fail(in, "there is no engine \"%s\"", engine ? engine : "");
        return;
    }
    if (!version || !str_parse_u64(version, &number) || number > UINT_MAX) {
        xml_in_fail(in, "version \"%s\" is not a number", version ? version : "");
        return;
    }
    m->version = (unsigned)number;
    m->server_version = xml_in_text(in, a, "server_version");
    m->database = xml_in_text(in, a, "database");
    m->label = xml_in_text(in, a, "label");
    m->server_id = xml_in_text(in, a, "server_id");
    m->taken_at = xml_in_text(in, a, "taken_at");
    if (!m->server_version)
        m->server_version = "";
    if (!m->database)
        m->database = "";
    if (!m->label)
        m->label = "";
    in->have_model = true;
    push(in, IN_MODEL);
}

static void start_gap(struct xml_in *in, struct attributes a)
{
    const char *kind = xml_in_text(in, a, "kind"), *path = xml_in_text(in, a, "path");
    const char *why = xml_in_text(in, a, "why");

    if (!xml_in_only(in, XML_GAP, a, XML_ESCAPED " kind path why"))
        return;
    if (!kind || !why) {
        xml_in_fail(in, "<gap> needs kind and why");
        return;
    }
    model_gap(in->m, kind, path, why);
    push(in, IN_LEAF);
}

static struct object *end_of_dependency(struct xml_in *in, struct attributes a, const char *name)
{
    const char *id = xml_in_text(in, a, name);
    struct object *o = id ? map_get(&in->m->by_id, id, strlen(id)) : NULL;

    if (!o)
        xml_in_fail(in, "<depend>: no object has the id \"%s\"", id ? id : "");
    return o;
}

static void start_depend(struct xml_in *in, struct attributes a)
{
    struct object *from, *to;

    if (!xml_in_only(in, XML_DEPEND, a, "from to"))
        return;
    from = end_of_dependency(in, a, "from");
    to = end_of_dependency(in, a, "to");
    if (from && to) {
        model_depend(in->m, from, to);
        push(in, IN_LEAF);
    }
}

static bool slot_list(struct xml_in *in, const struct kind *k, const char *list, bool or_name,
                      uint64_t *ret_mask, bool *ret_name)
{
    char word[64];

    for (const char *p = list; *p;) {
        size_t len = strcspn(p, " ");
        int slot = -1;

        if (len > 0 && len < sizeof(word)) {
            memcpy(word, p, len);
            word[len] = '\0';
            slot = kind_prop(k, word);
            if (or_name && strcmp(word, XML_NAME) == 0)
                *ret_name = true;
            else if (slot >= 0)
                *ret_mask |= UINT64_C(1) << slot;
            else
                return xml_in_fail(in, "a %s has no property \"%s\"", k->name, word);
        } else if (len) {
            return xml_in_fail(in, "a %s has no property \"%.20s…\"", k->name, p);
        }
        p += len;
        p += strspn(p, " ");
    }
    return true;
}

static const char **recent_of(struct xml_in *in, const struct kind *k, unsigned slot,
                              const struct buf *text)
{
    struct recent **recent = &in->recent[k->id];
    unsigned ends = 0;

    if (!*recent)
        *recent = arena_calloc(&in->arena, k->n_props * sizeof(**recent));
    if (text->len)
        ends = (unsigned char)text->data[0] + (unsigned char)text->data[text->len - 1] * 3U;
    return &(*recent)[slot].texts[(ends + text->len) % N_RECENT];
}

static bool store_new(struct xml_in *in, struct frame *f, unsigned slot, const struct buf *text)
{
    struct err why = ERR_INIT;

    if (!value_store(in->m, &f->o->kind->props[slot], VALUE_FROM_FILE, text->data, text->len,
                     &f->o->v[slot], &why))
        return xml_in_fail(in, "%s \"%s\": %s", f->o->kind->name, f->o->name, why.msg);
    *recent_of(in, f->o->kind, slot, text) = f->o->v[slot];
    return true;
}

static bool store(struct xml_in *in, struct frame *f, unsigned slot, struct buf *text)
{
    uint64_t bit = UINT64_C(1) << slot;
    const char *recent;

    if (f->seen & bit)
        return xml_in_fail(in,
                           "%s \"%s\": property %s is given twice, or said to be unknown as well",
                           f->o->kind->name, f->o->name, f->o->kind->props[slot].name);
    f->seen |= bit;
    if ((f->escaped & bit) && !xml_in_unescape(in, text))
        return false;
    recent = *recent_of(in, f->o->kind, slot, text);
    if (!recent || strcmp(recent, text->data) != 0)
        return store_new(in, f, slot, text);
    f->o->v[slot] = recent;
    return true;
}

static bool set_properties(struct xml_in *in, struct frame *f, struct attributes a)
{
    const struct kind *k = f->o->kind;

    for (size_t i = 0; i < a.n; i++) {
        const xmlChar *name = a.list[5 * i];
        int slot;

        if (name == in->name || name == in->id || name == in->unknown || name == in->escaped)
            continue;
        slot = xml_in_word(in, k, name);
        if (slot < 0)
            return xml_in_fail(in, "a %s has no property \"%s\"", k->name,
                               xml_in_attribute_name(a, i));
        xml_in_attribute_value(in, a, i);
        if (!store(in, f, (unsigned)slot, &in->value))
            return false;
    }
    return true;
}

static bool set_reserved(struct xml_in *in, struct object *o, struct attributes a,
                         uint64_t *ret_escaped, uint64_t *ret_seen)
{
    for (size_t i = 0; i < a.n; i++) {
        const xmlChar *name = a.list[5 * i];
        bool dummy;

        if (name == in->id) {
            const char *id = model_intern(in->m, xml_in_attribute_value(in, a, i));

            if (map_get(&in->m->by_id, id, strlen(id)))
                return xml_in_fail(in, "two objects have the id \"%s\"", id);
            map_put(&in->m->by_id, id, strlen(id), o);
        } else if (name == in->unknown) {
            if (!slot_list(in, o->kind, xml_in_attribute_value(in, a, i), false, ret_seen, &dummy))
                return false;
        } else if (name == in->escaped) {
            if (!slot_list(in, o->kind, xml_in_attribute_value(in, a, i), true, ret_escaped,
                           &dummy))
                return false;
        }
    }
    return true;
}

static void start_object(struct xml_in *in, const struct kind *k, struct object *parent,
                         const char *name, struct attributes a)
{
    uint64_t escaped = 0, unknown = 0;
    struct object *o = model_add(in->m, k, parent, name);
    struct frame *f;

    if (!set_reserved(in, o, a, &escaped, &unknown))
        return;
    for (unsigned i = 0; i < k->n_props; i++)
        o->v[i] = unknown >> i & 1 ? model_unknown : NULL;
    f = push(in, IN_OBJECT);
    f->o = o;
    f->escaped = escaped;
    f->seen = unknown;
    set_properties(in, f, a);
}

static void start_in_model(struct xml_in *in, const char *name, struct attributes a)
{
    const char *root_name;

    if (strcmp(name, XML_GAP) == 0) {
        start_gap(in, a);
    } else if (strcmp(name, XML_DEPEND) == 0) {
        start_depend(in, a);
    } else if (strcmp(name, kinds[K_DATABASE].name) != 0) {
        xml_in_fail(in, "<%s> cannot stand here", name);
    } else if (in->have_database) {
        xml_in_fail(in, "a model has one database");
    } else {
        in->have_database = true;
        root_name = xml_in_text(in, a, XML_NAME);
        start_object(in, &kinds[K_DATABASE], NULL, root_name ? root_name : "", a);
    }
}

static void start_in_object(struct xml_in *in, struct frame *f, const char *element,
                            struct attributes a)
{
    const char *name = xml_in_name(in, a);
    const struct kind *k;
    int slot;

    if (in->failed)
        return;
    if (name) {
        k = xml_in_kind(in, element);
        if (!k)
            xml_in_fail(in, "there is no kind \"%s\"", element);
        else if (k->id == K_DATABASE || !kind_may_have_parent(k, f->o->kind->id))
            xml_in_fail(in, "a %s cannot be part of a %s", k->name, f->o->kind->name);
        else if (!(k->engines & in->m->flavor))
            xml_in_fail(in, "this kind of server has no %s", k->name);
        else
            start_object(in, k, f->o, name, a);
        return;
    }
    slot = xml_in_word(in, f->o->kind, (const xmlChar *)element);
    if (slot < 0) {
        xml_in_fail(
            in, kind_find(element) ? "<%s> needs a name" : "<%s> is neither a kind nor a property",
            element);
        return;
    }
    if (a.n) {
        xml_in_fail(in, "<%s> has no attributes", element);
        return;
    }
    buf_reset(&in->text);
    push(in, IN_PROP)->slot = (unsigned)slot;
}

/* ---- libxml2's side --------------------------------------------------------------------- */

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int n_namespaces, const xmlChar **namespaces, int n_attributes,
                     int n_defaulted, const xmlChar **list)
{
    struct xml_in *in = context;
    struct attributes a = {list, (size_t)n_attributes};
    const char *element = (const char *)name;
    struct frame *f = in->depth ? &in->frames[in->depth - 1] : NULL;

    (void)uri, (void)namespaces, (void)n_defaulted;
    if (in->failed)
        return;
    if (prefix || n_namespaces)
        xml_in_fail(in, "<%s> has a namespace", element);
    else if (in->depth == MAX_DEPTH)
        xml_in_fail(in, "more than %d levels", MAX_DEPTH);
    else if (!f)
        start_model(in, element, a);
    else if (f->place == IN_MODEL)
        start_in_model(in, element, a);
    else if (f->place == IN_OBJECT)
        start_in_object(in, f, element, a);
    else
        xml_in_fail(in, "<%s> cannot stand here", element);
    xml_in_stop_if_failed(in);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct xml_in *in = context;
    struct frame *f;

    (void)name, (void)prefix, (void)uri;
    if (in->failed)
        return;
    f = &in->frames[--in->depth];
    if (f->place == IN_PROP)
        store(in, f - 1, f->slot, &in->text);
    xml_in_stop_if_failed(in);
}

static void on_text(void *context, const xmlChar *text, int len)
{
    struct xml_in *in = context;
    const char *p = (const char *)text;

    if (in->failed)
        return;
    if (in->depth && in->frames[in->depth - 1].place == IN_PROP) {
        buf_add(&in->text, p, (size_t)len);
        return;
    }
    for (int i = 0; i < len; i++)
        if (p[i] != ' ' && p[i] != '\n' && p[i] != '\t' && p[i] != '\r') {
            xml_in_fail(in, "unexpected text");
            break;
        }
    xml_in_stop_if_failed(in);
}

/* Entities are declared in a document type; a model has none. */
static void on_doctype(void *context, const xmlChar *name, const xmlChar *id, const xmlChar *uri)
{
    (void)name, (void)id, (void)uri;
    xml_in_fail(context, "a model has no document type declaration");
    xml_in_stop_if_failed(context);
}

/* The next piece, looked at; 0 at the end. Or it fails. */
static int next_piece(struct xml_in *in)
{
    int got;

    in->rest.len = 0;
    do
        got = in->source(in->source_ctx, &in->rest, in->err);
    while (got > 0 && !in->rest.len);
    if (got < 0)
        in->failed = true;
    else if (got && !xml_guard_pass(&in->guard, in->rest))
        xml_in_fail(in, "an element has more than %d attributes", XML_GUARD_ATTRIBUTES);
    return got;
}

/* All that is asked for, where there is that much: libxml2 looks ahead no further than it has read.
 */
static int give(void *context, char *to, int len)
{
    struct xml_in *in = context;
    size_t given = 0;

    while (!in->failed && given < (size_t)len) {
        size_t n = (size_t)len - given;

        if (!in->rest.len && next_piece(in) <= 0)
            break;
        if (n > in->rest.len)
            n = in->rest.len;
        memcpy(to + given, in->rest.data, n);
        in->rest.data += n;
        in->rest.len -= n;
        given += n;
    }
    return in->failed ? -1 : (int)given;
}

static bool parse(struct xml_in *in)
{
    static const xmlSAXHandler handlers = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .cdataBlock = on_text,
        .ignorableWhitespace = on_text,
        .internalSubset = on_doctype,
        .serror = xml_in_on_error,
    };
    xmlSAXHandler copy = handlers;

    in->parser = xmlCreateIOParserCtxt(&copy, in, give, NULL, in, XML_CHAR_ENCODING_UTF8);
    if (!in->parser)
        base_oom();
    xml_in_learn(in);
    /* HUGE: bodies may be long. Its dangers are entities, and none can be declared; NOENT only
     * makes libxml2 hand out &amp; as the character. */
    xmlCtxtUseOptions(in->parser,
                      XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC);
    xmlParseDocument(in->parser);
    if (!in->failed && (!in->parser->wellFormed || !in->have_database))
        xml_in_fail(in, in->have_model ? "the model has no database" : "this is not XML");
    xmlFreeParserCtxt(in->parser);
    return !in->failed;
}

static void empty(struct model *m)
{
    model_release(m);
    model_init(m);
}

/* Both sides of a diff are read at once, and libxml2's first use is not safe for two threads. */
static pthread_once_t library_once = PTHREAD_ONCE_INIT;

bool model_read_xml(struct model *ret, model_source *source, void *ctx, struct err *err)
{
    struct arena arena = ARENA_INIT;
    struct xml_in *in = arena_new(&arena, struct xml_in);
    bool ok;

    pthread_once(&library_once, xmlInitParser);
    empty(ret);
    in->m = ret;
    in->source = source;
    in->source_ctx = ctx;
    in->err = err;
    buf_init(&in->text);
    buf_init(&in->value);
    ok = parse(in);
    buf_release(&in->text);
    buf_release(&in->value);
    arena_release(&in->arena);
    arena_release(&arena);
    if (ok && !model_freeze(ret, err)) {
        err->cls = ERR_CORRUPT;
        err->hint[0] = '\0';
        ok = false;
    }
    if (!ok)
        empty(ret);
    return ok;
}

static int all_at_once(void *ctx, struct slice *ret, struct err *err)
{
    struct slice *xml = ctx;

    (void)err;
    *ret = *xml;
    *xml = (struct slice){NULL, 0};
    return ret->len > 0;
}

bool model_from_xml(struct model *ret, struct slice xml, struct err *err)
{
    return model_read_xml(ret, all_at_once, &xml, err);
}
