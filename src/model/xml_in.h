/*
 * xml_in.h - a model's XML while it is read: words, attributes, and the first error. Only xml_in.c
 * and xml_read.c include this.
 */
#ifndef DBTWIN_MODEL_XML_IN_H
#define DBTWIN_MODEL_XML_IN_H

#include <dbtwin/model.h>

#include <libxml/parser.h>

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

struct xml_in {
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

int xml_in_word(struct xml_in *in, const struct kind *k, const xmlChar *name);
const struct kind *xml_in_kind(struct xml_in *in, const char *element);
void xml_in_learn(struct xml_in *in);
bool xml_in_fail(struct xml_in *in, const char *fmt, ...) PRINTF_LIKE(2, 3);
void xml_in_stop_if_failed(struct xml_in *in);
#if LIBXML_VERSION >= 21200
typedef const xmlError xml_in_error;
#else
typedef xmlError xml_in_error;
#endif
void xml_in_on_error(void *context, xml_in_error *error);
const char *xml_in_attribute_name(struct attributes a, size_t i);
const char *xml_in_attribute_value(struct xml_in *in, struct attributes a, size_t i);
bool xml_in_unescape(struct xml_in *in, struct buf *text);
const char *xml_in_text(struct xml_in *in, struct attributes a, const char *name);
const char *xml_in_name(struct xml_in *in, struct attributes a);
bool xml_in_only(struct xml_in *in, const char *element, struct attributes a, const char *names);

#endif
