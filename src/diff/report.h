/*
 * report.h - what the report formats share: grouping by top object, names, values.
 * Only src/diff includes this.
 */
#ifndef DIFF_REPORT_H
#define DIFF_REPORT_H

#include <dbtwin/diff.h>

/* The formats: report_FORMAT.c has one database, and several. The row is in report_format.c,
 * which stands above them all. */
#define REPORT_FORMAT(name)  \
    report_fn report_##name; \
    report_set_fn report_set_##name
REPORT_FORMAT(text);
REPORT_FORMAT(json);
REPORT_FORMAT(xml);
REPORT_FORMAT(junit);
REPORT_FORMAT(markdown);
REPORT_FORMAT(html);
REPORT_FORMAT(github);
REPORT_FORMAT(gitlab);
REPORT_FORMAT(sarif);
REPORT_FORMAT(csv);
#undef REPORT_FORMAT

/* report_set.c: verdicts, and what several databases are for all formats. */
const char *report_verdict_name(enum verdict v);
struct report_tally {
    size_t same, drift, incomplete, missing, added;
};
struct report_tally report_tally(const struct diff_set *s);
bool report_part_is_empty(const struct diff_part *p);
/* What TO is called in lines of text: a URL in each would bury the rest. */
const char *report_set_to(const struct diff_set *s);
/* Appends a part in a word or two. */
void report_part_word(const struct diff_set *s, const struct diff_part *p, struct buf *out);

extern const char *const report_change_names[]; /* by enum change_type */

/* The object a change is about, FROM's where both have it. */
const struct object *report_object(const struct change *c);
/* Unknown and NULL give NULL; so does the side that has no such object. */
const char *report_value(const struct object *o, unsigned slot);
bool report_is_one_sided(const struct change *c); /* added or removed */
/* Whether JSON and XML show the property: it differs, or the whole object is news. */
bool report_is_listed(const struct change *c, unsigned slot);
/* How many changes there are of each severity. */
struct report_levels {
    uint64_t n[SEVERITY_SECURITY + 1];
};
struct report_levels report_levels(const struct diff *d);
/* "1 security, 3 data": those that there are, the highest first. */
void report_level_counts(const struct report_levels *l, struct buf *out);
/* "PostgreSQL 15.20 (Debian)" */
void report_server(const struct model *m, struct buf *out);
const char *report_label(const struct model *m, const char *fallback);
/*
 * What lines of text call the two sides: their labels where these are short and differ, else the
 * databases' names where these do, else FROM and TO. A URL in each line would bury what differs.
 */
struct report_names {
    const char *from, *to; /* lent by the models */
};
struct report_names report_names(const struct diff *d);
/* "kind path" of the top object of a change: changes of one top object stand together. */
void report_top_key(const struct change *c, struct buf *out);
/* "3 columns, 1 index" of what an object holds; nothing when it holds nothing. */
void report_inside(const struct object *o, struct buf *out);
/* "index", "indexes": the kind for people, in the plural unless n is 1. */
void report_plural(const struct kind *k, uint32_t n, struct buf *out);
/* Kind for people: "materialized view". */
void report_kind(const struct kind *k, struct buf *out);
/* Kind and name below the top object: "column email", "index i, part 2"; a top object's path. */
void report_name(const struct object *o, struct buf *out);
/* One line for people that says a change without its values' texts in full. */
void report_change_line(const struct diff *d, const struct change *c, struct buf *out);
/* report_text.c: the change as the text report has it below the top object's line, no colours. */
void report_text_change(const struct diff *d, const struct change *c, struct buf *out);
/* On one line, and not a long one: the beginning of a value. */
void report_short(const char *value, struct buf *out);
/* Why nothing was compared, of a diff that is empty. */
const char *report_why_empty(const struct diff *d);
struct json;
/* report_json.c: appends v, on lines of its own and indented `depth` times, and frees it; a comma
 * is the caller's. text is scratch. */
void report_json_item(struct json *v, unsigned depth, struct buf *text, struct buf *out);
/* report_visible.c: text as it is, but for control characters, which a terminal would obey, and
 * what is not UTF-8: such bytes become \xNN. */
void report_visible(const char *s, size_t n, struct buf *out);

/* summary.c: " text not null default 'x'": what tells an object that has no counterpart, on one
 * line, with a blank in front; nothing for kinds whose name says it all. */
void summary_add(const struct object *o, struct buf *out);
/* What stands in the line already and needs no counting: an index's parts. */
bool summary_has(const struct object *child);

#endif
