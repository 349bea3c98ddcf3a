#include "report.h"

const struct report_format report_formats[] = {
    {"text", ".txt", report_text, report_set_text, true, false,
     "for people: a summary, then changes by table", NULL},
    {"json", ".json", report_json, report_set_json, false, false,
     "for programs: stable and versioned", NULL},
    {"xml", ".xml", report_xml, report_set_xml, false, false, "for programs: the same as JSON",
     NULL},
    {"junit", ".junit.xml", report_junit, report_set_junit, false, true,
     "for CI servers: a test case for each object", NULL},
    {"markdown", ".md", report_markdown, report_set_markdown, false, true,
     "for people: a comment on a pull request", NULL},
    {"html", ".html", report_html, report_set_html, false, true,
     "for people: one page with search and filters", NULL},
    {"github", ".github.txt", report_github, report_set_github, false, true,
     "for GitHub Actions: annotations, and the job's summary", "GITHUB_STEP_SUMMARY"},
    {"gitlab", ".gitlab.json", report_gitlab, report_set_gitlab, false, false,
     "for GitLab: a code quality report", NULL},
    {"sarif", ".sarif", report_sarif, report_set_sarif, false, false,
     "for code scanning: SARIF 2.1.0", NULL},
    {"csv", ".csv", report_csv, report_set_csv, false, false,
     "for spreadsheets: a line for each finding", NULL},
    {0},
};

void report_format_list(bool endings, const char *between, const char *last, struct buf *out)
{
    for (const struct report_format *f = report_formats; f->name; f++) {
        if (f != report_formats)
            buf_adds(out, f[1].name ? between : last);
        buf_adds(out, endings ? f->extension : f->name);
    }
}
