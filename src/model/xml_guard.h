/*
 * xml_guard.h - a look at XML before libxml2 has it. Included by xml_read.c only.
 *
 * libxml2 compares each attribute of an element with each other one before it says a word, which
 * on a tag of 60 MB takes hours. So tags are counted through while the file passes, piece by
 * piece, wherever it is cut. Cost: one look at each byte within tags, next to nothing outside.
 */
#ifndef DBTWIN_MODEL_XML_GUARD_H
#define DBTWIN_MODEL_XML_GUARD_H

#include <dbtwin/base.h>

enum { XML_GUARD_ATTRIBUTES = 100 };

enum xml_guard_place {
    XML_GUARD_TEXT,
    XML_GUARD_OPEN, /* behind "<" and what of "!--" or "![CDATA[" there has been */
    XML_GUARD_TAG,
    XML_GUARD_VALUE, /* in quotes, within a tag */
    XML_GUARD_ASIDE, /* in a comment, CDATA or a processing instruction */
};

struct xml_guard { /* all zeros at the beginning of a file */
    enum xml_guard_place place;
    unsigned attributes; /* of the tag at hand */
    unsigned seen;       /* OPEN: bytes behind "<"; ASIDE: how often `mark` came last in a row */
    char mark;           /* OPEN: "-" or "["; VALUE: the quote; ASIDE: what comes before its ">" */
};

/* False when a tag has more attributes than any model's. */
bool xml_guard_pass(struct xml_guard *g, struct slice piece);

#endif
