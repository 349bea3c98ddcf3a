#include "xml_in.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "model.h"
#include "value.h"

/* ---- words ------------------------------------------------------------------------------ */

int xml_in_word(struct xml_in *in, const struct kind *k, const xmlChar *name)
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

const struct kind *xml_in_kind(struct xml_in *in, const char *element)
{
    int id = xml_in_word(in, NULL, (const xmlChar *)element);

    return id < 0 ? NULL : &kinds[id];
}

static const xmlChar *own_word(struct xml_in *in, const char *word)
{
    const xmlChar *name = xmlDictLookup(in->parser->dict, (const xmlChar *)word, -1);

    if (!name)
        base_oom();
    return name;
}

void xml_in_learn(struct xml_in *in)
{
    in->name = own_word(in, XML_NAME);
    in->id = own_word(in, XML_ID);
    in->unknown = own_word(in, XML_UNKNOWN);
    in->escaped = own_word(in, XML_ESCAPED);
}

/* ---- errors ---------------------------------------------------------------------------- */

/* Only the first counts: it explains the others. */
bool xml_in_fail(struct xml_in *in, const char *fmt, ...)
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
void xml_in_stop_if_failed(struct xml_in *in)
{
    if (in->failed)
        xmlStopParser(in->parser);
}

void xml_in_on_error(void *context, xml_in_error *error)
{
    struct xml_in *in = context;
    size_t len = error->message ? strcspn(error->message, "\n") : 0;

    if (in->failed || error->level < XML_ERR_ERROR)
        return;
    in->failed = true;
    err_set(in->err, ERR_CORRUPT, "line %d: %.*s", error->line, (int)len,
            error->message ? error->message : "");
}

/* ---- attributes ------------------------------------------------------------------------- */

const char *xml_in_attribute_name(struct attributes a, size_t i)
{
    return (const char *)a.list[5 * i];
}

/* Valid until the next call. */
const char *xml_in_attribute_value(struct xml_in *in, struct attributes a, size_t i)
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
bool xml_in_unescape(struct xml_in *in, struct buf *text)
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
                return xml_in_fail(in, "an escape is neither \\\\ nor \\xNN");
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
const char *xml_in_text(struct xml_in *in, struct attributes a, const char *name)
{
    const char *text = NULL;
    bool escaped = false;

    for (size_t i = 0; i < a.n; i++)
        if (strcmp(xml_in_attribute_name(a, i), XML_ESCAPED) == 0)
            escaped = has_word(xml_in_attribute_value(in, a, i), name);
    for (size_t i = 0; i < a.n; i++)
        if (strcmp(xml_in_attribute_name(a, i), name) == 0) {
            text = xml_in_attribute_value(in, a, i);
            if (escaped && !xml_in_unescape(in, &in->value))
                return NULL;
            text = model_intern(in->m, in->value.data);
        }
    return text;
}

/* text_attribute for the name of an object. */
const char *xml_in_name(struct xml_in *in, struct attributes a)
{
    for (size_t i = 0; i < a.n; i++)
        if (a.list[5 * i] == in->escaped)
            return xml_in_text(in, a, XML_NAME);
    for (size_t i = 0; i < a.n; i++)
        if (a.list[5 * i] == in->name)
            return model_intern(in->m, xml_in_attribute_value(in, a, i));
    return NULL;
}

bool xml_in_only(struct xml_in *in, const char *element, struct attributes a, const char *names)
{
    for (size_t i = 0; i < a.n; i++)
        if (!has_word(names, xml_in_attribute_name(a, i)))
            return xml_in_fail(in, "<%s> has no attribute \"%s\"", element,
                               xml_in_attribute_name(a, i));
    return true;
}
