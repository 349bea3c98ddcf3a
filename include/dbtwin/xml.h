/*
 * xml.h - writing small XML documents (reports). The model's own XML is model_to_xml.
 *
 * Only the model room sees the library behind it. Texts that are not UTF-8, or hold characters
 * that XML 1.0 does not allow, are made visible, never dropped: each such byte becomes \xNN.
 */
#ifndef DBTWIN_XML_H
#define DBTWIN_XML_H

#include <dbtwin/err.h>

struct xml;

struct xml *xml_start(void); /* a UTF-8 document, indented by two */
void xml_open(struct xml *x, const char *name);
void xml_attr(struct xml *x, const char *name, const char *value); /* NULL: no attribute */
void xml_attr_int(struct xml *x, const char *name, uint64_t value);
void xml_text(struct xml *x, const char *text);
void xml_close(struct xml *x);
/* Appends the document to out, and frees x. */
void xml_end(struct xml *x, struct buf *out);
#endif
