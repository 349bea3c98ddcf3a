/*
 * notes.h - the parts of a report that are no differences: what was ignored, accepted, counted,
 * perhaps renamed, and which migrations ran. Only src/diff includes this.
 */
#ifndef DIFF_NOTES_H
#define DIFF_NOTES_H

#include <dbtwin/json.h>
#include <dbtwin/xml.h>

#include "report.h"

/* Lines below the summary, then the migrations. */
void notes_text_head(const struct diff *d, const struct report_options *opt, struct buf *out);
/* After the differences: renames, the baseline's entries, patterns that match nothing. */
void notes_text_foot(const struct diff *d, const struct report_options *opt, struct buf *out);
/* Adds "renames" always, the others where there is something to tell. */
void notes_json(const struct diff *d, struct json *report);
void notes_xml(const struct diff *d, struct xml *x);

#endif
