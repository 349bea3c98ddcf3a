/*
 * html.h - the page that the HTML report is on.
 *
 * One page that needs nothing else and sends nothing: style and script are in it, and its policy
 * lets no other script run, whatever a name holds. Without the script it can be read and opened;
 * the script adds the search and the filters.
 */
#ifndef DIFF_HTML_H
#define DIFF_HTML_H

#include "count.h"

struct html {
    const struct diff *d;
    const struct report_options *opt;
    struct report_names names;
    struct buf *out;
    bool open;   /* blocks are */
    bool script; /* there is something to filter */
};

/* Text of any origin, so that it is text to a browser. */
void html_escape(const char *text, size_t n, struct buf *out);
void html_text(struct html *h, const char *s);
void html_code(struct html *h, const char *s);
void html_level(struct html *h, enum severity s);

/* Down to <body>; the search and the filters, by struct count; what was run, and the script. */
void html_head(struct html *h, const char *title);
void html_bar(struct html *h, const struct vec *kinds_seen, const struct vec *schemas);
void html_tail(struct html *h);

#endif
