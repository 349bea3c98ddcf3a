#include "finding.h"

#include <string.h>

/*
 * Workflow commands of GitHub Actions: an annotation for each finding, the most severe first,
 * because GitHub shows ten of each level. In a message "%", CR and LF are escaped, in a property
 * ":" and "," too; the runner reads a command only at the beginning of a line.
 */
static void escape(const char *text, bool property, struct buf *out)
{
    for (const char *p = text; *p; p++)
        if (*p == '%' || *p == '\r' || *p == '\n' || (property && (*p == ':' || *p == ',')))
            buf_addf(out, "%%%02X", (unsigned char)*p);
        else
            buf_addch(out, *p);
}

static const char *level_of(const struct finding *f)
{
    static const char *const names[] = {"notice", "warning", "error", "error"};
    return f->property && strcmp(f->change, "unknown") == 0 ? "warning" : names[f->level];
}

static void add_command(const struct finding *f, const struct report_options *opt, struct buf *out)
{
    buf_addf(out, "::%s ", level_of(f));
    if (opt->file) {
        buf_adds(out, "file=");
        escape(opt->file, true, out);
        buf_adds(out, ",line=1,");
    }
    struct buf title = BUF_INIT;
    buf_addf(&title, "dbtwin %s", f->rule);
    if (strcmp(f->change, "unknown") != 0)
        buf_addf(&title, " (%s)", severity_name(f->level));
    buf_adds(out, "title=");
    escape(title.data, true, out);
    buf_adds(out, "::");
    escape(f->message, false, out);
    buf_addch(out, '\n');
    buf_release(&title);
}

static void write_commands(const struct vec *findings, const struct report_options *opt,
                           struct buf *out)
{
    for (int level = SEVERITY_SECURITY; level >= SEVERITY_HARMLESS; level--)
        for (size_t i = 0; i < findings->len; i++) {
            const struct finding *f = &VEC_AT(findings, struct finding, i);
            if ((int)f->level == level)
                add_command(f, opt, out);
        }
    if (!findings->len) /* not a command: a line of the log */
        buf_adds(out, "dbtwin: no drift, and all was compared\n");
}

bool report_github(const struct diff *d, const struct report_options *opt, struct buf *out,
                   struct err *err)
{
    (void)err;
    return finding_report(d, NULL, write_commands, opt, out);
}

bool report_set_github(const struct diff_set *s, const struct report_options *opt, struct buf *out,
                       struct err *err)
{
    (void)err;
    return finding_report(NULL, s, write_commands, opt, out);
}
