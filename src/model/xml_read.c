#include <dbtwin/model.h>

#include <dbtwin/engine.h>

#include <inttypes.h>
#include <libxml/parser.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "model.h"
#include "value.h"
#include "xml.h"
#include "xml_guard.h"

enum { MAX_DEPTH = 32, N_WORDS = 1024, N_RECENT = 16 };

enum place {
    IN_MODEL,
    IN_OBJECT,
    IN_PROP,
    IN_LEAF, /* <gap>, <depend> */
};

struct frame {
    enum place place;
    struct object *o;
    unsigned slot;    /* IN_PROP */
    uint64_t escaped; /* slots of o: written with escapes */
    uint64_t seen;    /* slots of o: have a value */
};

/*
 * libxml2 has one copy of each name, so that a name is known by its address. A word is what a name
 * is to a kind: the slot of a property; or, with no kind, that of an element: the kind.
 */
struct word {
    const xmlChar *name;
    const struct kind *kind; /* or NULL */
    int number;              /* or -1 */
};

/* What a slot was set to of late, which mostly serves again: found by the text's ends. */
struct recent {
    const char *texts[N_RECENT];
};

struct in {
    struct model *m;
    model_source *source;
    void *source_ctx;
    struct slice rest; /* of the piece at hand */
    struct xml_guard guard;
    xmlParserCtxtPtr parser;
    const xmlChar *name, *id, *unknown, *escaped; /* the reserved attributes, by address */
    struct word words[N_WORDS];
    struct recent *recent[K_COUNT]; /* of each slot */
    struct arena arena;             /* where these live */
    struct err *err;
    bool failed;
    bool have_model, have_database;
    struct frame frames[MAX_DEPTH];
    unsigned depth;
    struct buf text;  /* of the property at hand */
    struct buf value; /* one attribute at a time */
};

struct attributes {
    const xmlChar **list; /* libxml2: name, prefix, URI, first and end of the value */
    size_t n;
};

/* ---- words ------------------------------------------------------------------------------ */

static int find_word(struct in *in, const struct kind *k, const xmlChar *name)
{
    uintptr_t at = (uintptr_t)name / 4 + (uintptr_t)(k ? k->id + 1 : 0) * 89;
    struct word *w = &in->words[at % N_WORDS];

    if (w->name != name || w->kind != k) {
        const struct kind *named = k ? NULL : kind_find((const char *)name);
        int number = named ? (int)named->id : -1;

        *w = (struct word){name, k, k ? kind_prop(k, (const char *)name) : number};
    }
    return w->number;
}

static const struct kind *element_kind(struct in *in, const char *element)
{
    int id = find_word(in, NULL, (const xmlChar *)element);

    return id < 0 ? NULL : &kinds[id];
}

static const xmlChar *own_word(struct in *in, const char *word)
{
    const xmlChar *name = xmlDictLookup(in->parser->dict, (const xmlChar *)word, -1);

    if (!name)
        base_oom();
    return name;
}

static void learn_words(struct in *in)
{
    in->name = own_word(in, XML_NAME);
    in->id = own_word(in, XML_ID);
    in->unknown = own_word(in, XML_UNKNOWN);
    in->escaped = own_word(in, XML_ESCAPED);
}

/* ---- errors ---------------------------------------------------------------------------- */

/* Only the first counts: it explains the others. */
static bool fail(struct in *in, const char *fmt, ...) PRINTF_LIKE(2, 3);
static bool fail(struct in *in, const char *fmt, ...)
{
    struct buf text = BUF_INIT;
    va_list ap;

    if (in->failed)
        return false;
    in->failed = true;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    err_set(in->err, ERR_CORRUPT, "line %d: %s", xmlSAX2GetLineNumber(in->parser), text.data);
    buf_release(&text);
    return false;
}

/* Stopping frees what the handler's arguments point into: it is the last thing a handler does. */
static void stop_if_failed(struct in *in)
{
    if (in->failed)
        xmlStopParser(in->parser);
}

static void on_error(void *context, xmlErrorPtr error)
{
    struct in *in = context;
    size_t len = error->message ? strcspn(error->message, "\n") : 0;

    if (in->failed || error->level < XML_ERR_ERROR)
        return;
    in->failed = true;
    err_set(in->err, ERR_CORRUPT, "line %d: %.*s", error->line, (int)len,
            error->message ? error->message : "");
}

/* ---- attributes ------------------------------------------------------------------------- */

static const char *attribute_name(struct attributes a, size_t i)
{
    return (const char *)a.list[5 * i];
}

/* Valid until the next call. */
static const char *attribute_value(struct in *in, struct attributes a, size_t i)
{
    const xmlChar *first = a.list[5 * i + 3], *end = a.list[5 * i + 4];

    buf_reset(&in->value);
    buf_add(&in->value, first, (size_t)(end - first));
    return in->value.data;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* Undoes the escapes, in place. */
static bool unescape(struct in *in, struct buf *text)
{
    char *to = text->data;
    const char *p = text->data;

    while (*p) {
        int high, low;

        if (*p != '\\') {
            *to++ = *p++;
        } else if (p[1] == '\\') {
            *to++ = '\\';
            p += 2;
        } else {
            high = p[1] == 'x' ? hex_digit(p[2]) : -1;
            low = high < 0 ? -1 : hex_digit(p[3]);
            if (low < 0 || high * 16 + low == 0)
                return fail(in, "an escape is neither \\\\ nor \\xNN");
            *to++ = (char)(high * 16 + low);
            p += 4;
        }
    }
    if (text->cap)
        buf_setlen(text, (size_t)(to - text->data));
    return true;
}

/* Whether the word is in the list, whose words spaces part. */
static bool has_word(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = list; *p; p += strcspn(p, " ")) {
        p += strspn(p, " ");
        if (strncmp(p, word, n) == 0 && (p[n] == ' ' || !p[n]))
            return true;
    }
    return false;
}

/*
 * The attribute as the model keeps it, NULL when it is not there. The element's list of escaped
 * attributes is looked up each time: for objects there is a quicker way.
 */
static const char *text_attribute(struct in *in, struct attributes a, const char *name)
{
    const char *text = NULL;
    bool escaped = false;

    for (size_t i = 0; i < a.n; i++)
        if (strcmp(attribute_name(a, i), XML_ESCAPED) == 0)
            escaped = has_word(attribute_value(in, a, i), name);
    for (size_t i = 0; i < a.n; i++)
        if (strcmp(attribute_name(a, i), name) == 0) {
            text = attribute_value(in, a, i);
            if (escaped && !unescape(in, &in->value))
                return NULL;
            text = model_intern(in->m, in->value.data);
        }
    return text;
}

/* text_attribute for the name of an object. */
static const char *object_name(struct in *in, struct attributes a)
{
    for (size_t i = 0; i < a.n; i++)
        if (a.list[5 * i] == in->escaped)
            return text_attribute(in, a, XML_NAME);
    for (size_t i = 0; i < a.n; i++)
        if (a.list[5 * i] == in->name)
            return model_intern(in->m, attribute_value(in, a, i));
    return NULL;
}

static bool only_attributes(struct in *in, const char *element, struct attributes a,
                            const char *names)
{
    for (size_t i = 0; i < a.n; i++)
        if (!has_word(names, attribute_name(a, i)))
            return fail(in, "<%s> has no attribute \"%s\"", element, attribute_name(a, i));
    return true;
}

/* ---- elements --------------------------------------------------------------------------- */

static struct frame *push(struct in *in, enum place place)
{
    struct frame *f = &in->frames[in->depth++];

    *f = (struct frame){.place = place};
    return f;
}

static void start_model(struct in *in, const char *name, struct attributes a)
{
    struct model *m = in->m;
    const char *format, *engine, *version;
    uint64_t number;

    if (strcmp(name, XML_MODEL) != 0) {
        fail(in, "this is not a model: it begins with <%s>", name);
        return;
    }
    format = text_attribute(in, a, XML_DBTWIN);
    if (!format || strcmp(format, XML_FORMAT) != 0) {
        fail(in, "format %s of a model, and this dbtwin reads format " XML_FORMAT,
             format ? format : "(none)");
        err_hint(in->err, "it was written by another version of dbtwin");
        return;
    }
    if (!only_attributes(in, name, a,
                         XML_DBTWIN " " XML_ESCAPED " engine version server_version database label "
                                    "server_id taken_at"))
        return;
    engine = text_attribute(in, a, "engine");
    version = text_attribute(in, a, "version");
    m->flavor = engine_find(engine ? engine : "")->flavor;
    if (!m->flavor) {
        fail(in, "there is no engine \"%s\"", engine ? engine : "");
        return;
    }
    if (!version || !str_parse_u64(version, &number) || number > UINT_MAX) {
        fail(in, "version \"%s\" is not a number", version ? version : "");
        return;
    }
    m->version = (unsigned)number;
    m->server_version = text_attribute(in, a, "server_version");
    m->database = text_attribute(in, a, "database");
    m->label = text_attribute(in, a, "label");
    m->server_id = text_attribute(in, a, "server_id");
    m->taken_at = text_attribute(in, a, "taken_at");
    if (!m->server_version)
        m->server_version = "";
    if (!m->database)
        m->database = "";
    if (!m->label)
        m->label = "";
    in->have_model = true;
    push(in, IN_MODEL);
}

static void start_gap(struct in *in, struct attributes a)
{
    const char *kind = text_attribute(in, a, "kind"), *path = text_attribute(in, a, "path");
    const char *why = text_attribute(in, a, "why");

    if (!only_attributes(in, XML_GAP, a, XML_ESCAPED " kind path why"))
        return;
    if (!kind || !why) {
        fail(in, "<gap> needs kind and why");
        return;
    }
    model_gap(in->m, kind, path, why);
    push(in, IN_LEAF);
}

static struct object *end_of_dependency(struct in *in, struct attributes a, const char *name)
{
    const char *id = text_attribute(in, a, name);
    struct object *o = id ? map_get(&in->m->by_id, id, strlen(id)) : NULL;

    if (!o)
        fail(in, "<depend>: no object has the id \"%s\"", id ? id : "");
    return o;
}

static void start_depend(struct in *in, struct attributes a)
{
    struct object *from, *to;

    if (!only_attributes(in, XML_DEPEND, a, "from to"))
        return;
    from = end_of_dependency(in, a, "from");
    to = end_of_dependency(in, a, "to");
    if (from && to) {
        model_depend(in->m, from, to);
        push(in, IN_LEAF);
    }
}

static bool slot_list(struct in *in, const struct kind *k, const char *list, bool or_name,
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
                return fail(in, "a %s has no property \"%s\"", k->name, word);
        } else if (len) {
            return fail(in, "a %s has no property \"%.20s…\"", k->name, p);
        }
        p += len;
        p += strspn(p, " ");
    }
    return true;
}

static const char **recent_of(struct in *in, const struct kind *k, unsigned slot,
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

static bool store_new(struct in *in, struct frame *f, unsigned slot, const struct buf *text)
{
    struct err why = ERR_INIT;

    if (!value_store(in->m, &f->o->kind->props[slot], VALUE_FROM_FILE, text->data, text->len,
                     &f->o->v[slot], &why))
        return fail(in, "%s \"%s\": %s", f->o->kind->name, f->o->name, why.msg);
    *recent_of(in, f->o->kind, slot, text) = f->o->v[slot];
    return true;
}

static bool store(struct in *in, struct frame *f, unsigned slot, struct buf *text)
{
    uint64_t bit = UINT64_C(1) << slot;
    const char *recent;

    if (f->seen & bit)
        return fail(in, "%s \"%s\": property %s is given twice, or said to be unknown as well",
                    f->o->kind->name, f->o->name, f->o->kind->props[slot].name);
    f->seen |= bit;
    if ((f->escaped & bit) && !unescape(in, text))
        return false;
    recent = *recent_of(in, f->o->kind, slot, text);
    if (!recent || strcmp(recent, text->data) != 0)
        return store_new(in, f, slot, text);
    f->o->v[slot] = recent;
    return true;
}

static bool set_properties(struct in *in, struct frame *f, struct attributes a)
{
    const struct kind *k = f->o->kind;

    for (size_t i = 0; i < a.n; i++) {
        const xmlChar *name = a.list[5 * i];
        int slot;

        if (name == in->name || name == in->id || name == in->unknown || name == in->escaped)
            continue;
        slot = find_word(in, k, name);
        if (slot < 0)
            return fail(in, "a %s has no property \"%s\"", k->name, attribute_name(a, i));
        attribute_value(in, a, i);
        if (!store(in, f, (unsigned)slot, &in->value))
            return false;
    }
    return true;
}

static bool set_reserved(struct in *in, struct object *o, struct attributes a,
                         uint64_t *ret_escaped, uint64_t *ret_seen)
{
    for (size_t i = 0; i < a.n; i++) {
        const xmlChar *name = a.list[5 * i];
        bool dummy;

        if (name == in->id) {
            const char *id = model_intern(in->m, attribute_value(in, a, i));

            if (map_get(&in->m->by_id, id, strlen(id)))
                return fail(in, "two objects have the id \"%s\"", id);
            map_put(&in->m->by_id, id, strlen(id), o);
        } else if (name == in->unknown) {
            if (!slot_list(in, o->kind, attribute_value(in, a, i), false, ret_seen, &dummy))
                return false;
        } else if (name == in->escaped) {
            if (!slot_list(in, o->kind, attribute_value(in, a, i), true, ret_escaped, &dummy))
                return false;
        }
    }
    return true;
}

static void start_object(struct in *in, const struct kind *k, struct object *parent,
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

static void start_in_model(struct in *in, const char *name, struct attributes a)
{
    const char *root_name;

    if (strcmp(name, XML_GAP) == 0) {
        start_gap(in, a);
    } else if (strcmp(name, XML_DEPEND) == 0) {
        start_depend(in, a);
    } else if (strcmp(name, kinds[K_DATABASE].name) != 0) {
        fail(in, "<%s> cannot stand here", name);
    } else if (in->have_database) {
        fail(in, "a model has one database");
    } else {
        in->have_database = true;
        root_name = text_attribute(in, a, XML_NAME);
        start_object(in, &kinds[K_DATABASE], NULL, root_name ? root_name : "", a);
    }
}

static void start_in_object(struct in *in, struct frame *f, const char *element,
                            struct attributes a)
{
    const char *name = object_name(in, a);
    const struct kind *k;
    int slot;

    if (in->failed)
        return;
    if (name) {
        k = element_kind(in, element);
        if (!k)
            fail(in, "there is no kind \"%s\"", element);
        else if (k->id == K_DATABASE || !kind_may_have_parent(k, f->o->kind->id))
            fail(in, "a %s cannot be part of a %s", k->name, f->o->kind->name);
        else if (!(k->engines & in->m->flavor))
            fail(in, "this kind of server has no %s", k->name);
        else
            start_object(in, k, f->o, name, a);
        return;
    }
    slot = find_word(in, f->o->kind, (const xmlChar *)element);
    if (slot < 0) {
        fail(in, kind_find(element) ? "<%s> needs a name" : "<%s> is neither a kind nor a property",
             element);
        return;
    }
    if (a.n) {
        fail(in, "<%s> has no attributes", element);
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
    struct in *in = context;
    struct attributes a = {list, (size_t)n_attributes};
    const char *element = (const char *)name;
    struct frame *f = in->depth ? &in->frames[in->depth - 1] : NULL;

    (void)uri, (void)namespaces, (void)n_defaulted;
    if (in->failed)
        return;
    if (prefix || n_namespaces)
        fail(in, "<%s> has a namespace", element);
    else if (in->depth == MAX_DEPTH)
        fail(in, "more than %d levels", MAX_DEPTH);
    else if (!f)
        start_model(in, element, a);
    else if (f->place == IN_MODEL)
        start_in_model(in, element, a);
    else if (f->place == IN_OBJECT)
        start_in_object(in, f, element, a);
    else
        fail(in, "<%s> cannot stand here", element);
    stop_if_failed(in);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct in *in = context;
    struct frame *f;

    (void)name, (void)prefix, (void)uri;
    if (in->failed)
        return;
    f = &in->frames[--in->depth];
    if (f->place == IN_PROP)
        store(in, f - 1, f->slot, &in->text);
    stop_if_failed(in);
}

static void on_text(void *context, const xmlChar *text, int len)
{
    struct in *in = context;
    const char *p = (const char *)text;

    if (in->failed)
        return;
    if (in->depth && in->frames[in->depth - 1].place == IN_PROP) {
        buf_add(&in->text, p, (size_t)len);
        return;
    }
    for (int i = 0; i < len; i++)
        if (p[i] != ' ' && p[i] != '\n' && p[i] != '\t' && p[i] != '\r') {
            fail(in, "unexpected text");
            break;
        }
    stop_if_failed(in);
}

/* Entities are declared in a document type; a model has none. */
static void on_doctype(void *context, const xmlChar *name, const xmlChar *id, const xmlChar *uri)
{
    (void)name, (void)id, (void)uri;
    fail(context, "a model has no document type declaration");
    stop_if_failed(context);
}

/* The next piece, looked at; 0 at the end. Or it fails. */
static int next_piece(struct in *in)
{
    int got;

    in->rest.len = 0;
    do
        got = in->source(in->source_ctx, &in->rest, in->err);
    while (got > 0 && !in->rest.len);
    if (got < 0)
        in->failed = true;
    else if (got && !xml_guard_pass(&in->guard, in->rest))
        fail(in, "an element has more than %d attributes", XML_GUARD_ATTRIBUTES);
    return got;
}

/* All that is asked for, where there is that much: libxml2 looks ahead no further than it has read.
 */
static int give(void *context, char *to, int len)
{
    struct in *in = context;
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

static bool parse(struct in *in)
{
    static const xmlSAXHandler handlers = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .cdataBlock = on_text,
        .ignorableWhitespace = on_text,
        .internalSubset = on_doctype,
        .serror = on_error,
    };
    xmlSAXHandler copy = handlers;

    in->parser = xmlCreateIOParserCtxt(&copy, in, give, NULL, in, XML_CHAR_ENCODING_UTF8);
    if (!in->parser)
        base_oom();
    learn_words(in);
    /* HUGE: bodies may be long. Its dangers are entities, and none can be declared; NOENT only
     * makes libxml2 hand out &amp; as the character. */
    xmlCtxtUseOptions(in->parser,
                      XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC);
    xmlParseDocument(in->parser);
    if (!in->failed && (!in->parser->wellFormed || !in->have_database))
        fail(in, in->have_model ? "the model has no database" : "this is not XML");
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
    struct in *in = arena_new(&arena, struct in);
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
