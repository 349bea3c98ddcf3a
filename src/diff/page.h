/*
 * page.h - the style and the script of the HTML report, embedded at build time from page.css and
 * page.js. Only html.c includes this.
 */
#ifndef DIFF_PAGE_H
#define DIFF_PAGE_H

extern const char page_css[], page_js[];
#endif
