#include <dbtwin/xml.h>

#include <libxml/xmlwriter.h>
#include <string.h>

#include "utf8.h"

struct xml {
    struct arena arena; /* where this lives */
    xmlBufferPtr buffer;
    xmlTextWriterPtr writer;
    struct buf visible; /* one text at a time */
};

/* Nothing but a lack of memory can fail here: names are ours, texts are made fit first. */
static void check(int written)
{
    if (written < 0)
        base_oom();
}

static bool is_control(unsigned char c)
{
    return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

static const xmlChar *visible(struct xml *x, const char *text)
{
    size_t n = strlen(text);
    buf_reset(&x->visible);
    for (size_t i = 0; i < n;) {
        size_t len = utf8_char(text + i, n - i);
        if (len == 0 || (len == 1 && is_control((unsigned char)text[i]))) {
            buf_addf(&x->visible, "\\x%02X", (unsigned char)text[i]);
            i++;
        } else {
            buf_add(&x->visible, text + i, len);
            i += len;
        }
    }
    return (const xmlChar *)x->visible.data;
}

struct xml *xml_start(void)
{
    struct arena arena = {.block_size = 256};
    struct xml *x = arena_new(&arena, struct xml);
    x->arena = arena;
    buf_init(&x->visible);
    x->buffer = xmlBufferCreate();
    x->writer = x->buffer ? xmlNewTextWriterMemory(x->buffer, 0) : NULL;
    if (!x->writer)
        base_oom();
    check(xmlTextWriterSetIndent(x->writer, 1));
    check(xmlTextWriterSetIndentString(x->writer, (const xmlChar *)"  "));
    check(xmlTextWriterStartDocument(x->writer, NULL, "UTF-8", NULL));
    return x;
}

void xml_open(struct xml *x, const char *name)
{
    check(xmlTextWriterStartElement(x->writer, (const xmlChar *)name));
}

void xml_attr(struct xml *x, const char *name, const char *value)
{
    if (value)
        check(xmlTextWriterWriteAttribute(x->writer, (const xmlChar *)name, visible(x, value)));
}

void xml_attr_int(struct xml *x, const char *name, uint64_t value)
{
    check(xmlTextWriterWriteFormatAttribute(x->writer, (const xmlChar *)name, "%llu",
                                            (unsigned long long)value));
}

void xml_text(struct xml *x, const char *text)
{
    check(xmlTextWriterWriteString(x->writer, visible(x, text)));
}

void xml_close(struct xml *x)
{
    check(xmlTextWriterEndElement(x->writer));
}

void xml_end(struct xml *x, struct buf *out)
{
    check(xmlTextWriterEndDocument(x->writer));
    xmlFreeTextWriter(x->writer);
    buf_add(out, xmlBufferContent(x->buffer), (size_t)xmlBufferLength(x->buffer));
    xmlBufferFree(x->buffer);
    buf_release(&x->visible);
    struct arena own = x->arena;
    arena_release(&own);
}
