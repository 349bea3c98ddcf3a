#include "finding.h"

#include <string.h>

/*
 * RFC 4180: a line for each finding, CRLF between them, quotes where a field needs them. A field
 * that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP advises.
 */
static void add_field(const char *text, struct buf *out)
{
    const char *p = text ? text : "";
    struct buf field = BUF_INIT;
    if (*p && strchr("=+-@\t\r", *p))
        buf_addch(&field, '\'');
    report_visible(p, strlen(p), &field);
    if (!strpbrk(field.data, ",\"\n") && *field.data != ' ') {
        buf_adds(out, field.data);
    } else {
        buf_addch(out, '"');
        for (const char *c = field.data; *c; c++)
            buf_addf(out, *c == '"' ? "\"\"" : "%c", *c);
        buf_addch(out, '"');
    }
    buf_release(&field);
}

static void add_row(const char *const *fields, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        buf_adds(out, i ? "," : "");
        add_field(fields[i], out);
    }
    buf_adds(out, "\r\n");
}

static void write_rows(const struct vec *findings, const struct report_options *opt,
                       struct buf *out)
{
    static const char *const head[] = {"database", "change", "kind", "path", "property",
                                       "severity", "from",   "to",   "why"};
    (void)opt;
    add_row(head, ARRAY_LEN(head), out);
    for (size_t i = 0; i < findings->len; i++) {
        const struct finding *f = &VEC_AT(findings, struct finding, i);
        bool gap = !f->property && strcmp(f->change, "unknown") == 0;
        const char *const row[ARRAY_LEN(head)] = {
            f->database, f->change,   f->kind,
            f->path,     f->property, gap ? "" : severity_name(f->level),
            f->from,     f->to,       f->why};
        add_row(row, ARRAY_LEN(row), out);
    }
}

bool report_csv(const struct diff *d, const struct report_options *opt, struct buf *out,
                struct err *err)
{
    (void)err;
    return finding_report(d, NULL, write_rows, opt, out);
}

bool report_set_csv(const struct diff_set *s, const struct report_options *opt, struct buf *out,
                    struct err *err)
{
    (void)err;
    return finding_report(NULL, s, write_rows, opt, out);
}
