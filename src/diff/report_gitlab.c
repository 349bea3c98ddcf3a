#include "finding.h"

#include <dbtwin/json.h>

#include <string.h>

/* GitLab's code quality report: a JSON array of findings. Each needs a file and a line; where the
 * schema is no file of the repository, the object's path stands for it. */
static struct json *one(const struct finding *f, const struct report_options *opt)
{
    static const char *const levels[] = {"info", "major", "critical", "blocker"};
    struct json *v = json_obj(), *location = json_obj(), *lines = json_obj();
    bool unknown = f->property && strcmp(f->change, "unknown") == 0;
    json_set(v, "description", json_str(f->message));
    json_set(v, "check_name", json_str(f->rule));
    json_set(v, "fingerprint", json_str(f->fingerprint));
    json_set(v, "severity", json_str(unknown ? "major" : levels[f->level]));
    json_set(lines, "begin", json_int(1));
    json_set(location, "path", json_str(opt->file ? opt->file : f->top ? f->top : f->kind));
    json_set(location, "lines", lines);
    json_set(v, "location", location);
    return v;
}

static void write_array(const struct vec *findings, const struct report_options *opt,
                        struct buf *out)
{
    struct buf text = BUF_INIT;
    buf_addch(out, '[');
    for (size_t i = 0; i < findings->len; i++) {
        buf_adds(out, i ? "," : "");
        report_json_item(one(&VEC_AT(findings, struct finding, i), opt), 1, &text, out);
    }
    buf_adds(out, findings->len ? "\n]\n" : "]\n");
    buf_release(&text);
}

bool report_gitlab(const struct diff *d, const struct report_options *opt, struct buf *out,
                   struct err *err)
{
    (void)err;
    return finding_report(d, NULL, write_array, opt, out);
}

bool report_set_gitlab(const struct diff_set *s, const struct report_options *opt, struct buf *out,
                       struct err *err)
{
    (void)err;
    return finding_report(NULL, s, write_array, opt, out);
}
