/*
 * report.h - what the report formats share: grouping by top object, names, values.
 * Only src/diff includes this.
 */
#ifndef DIFF_REPORT_H
#define DIFF_REPORT_H

#include <dbtwin/diff.h>

bool report_text(const struct diff *d, const struct report_options *opt, struct buf *out,
                 struct err *err);
bool report_json(const struct diff *d, const struct report_options *opt, struct buf *out,
                 struct err *err);
bool report_xml(const struct diff *d, const struct report_options *opt, struct buf *out,
                struct err *err);
bool report_junit(const struct diff *d, const struct report_options *opt, struct buf *out,
                  struct err *err);

extern const char *const report_change_names[]; /* by enum change_type */
const char *report_verdict_name(enum verdict v);

/* The object a change is about, FROM's where both have it. */
const struct object *report_object(const struct change *c);
const char *report_value(const struct object *o, unsigned slot); /* unknown and NULL give NULL */
/* "PostgreSQL 15.20" */
void report_server(const struct model *m, struct buf *out);
const char *report_label(const struct model *m, const char *fallback);
/* "kind path" of the top object of a change: changes of one top object stand together. */
void report_top_key(const struct change *c, struct buf *out);
/* "3 columns, 1 index" of what an object holds; nothing when it holds nothing. */
void report_inside(const struct object *o, struct buf *out);
/* Kind for people: "materialized view". */
void report_kind(const struct kind *k, struct buf *out);
/* One line for people that says a change without its values' texts in full. */
void report_change_line(const struct diff *d, const struct change *c, struct buf *out);

#endif
