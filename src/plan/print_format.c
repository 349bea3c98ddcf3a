#include "print.h"

const struct plan_format plan_formats[] = {
    {"sql", ".sql", print_sql},
    {"json", ".json", print_json},
    {"markdown", ".md", print_markdown},
    {0},
};

void plan_format_list(bool endings, const char *between, const char *last, struct buf *out)
{
    for (const struct plan_format *f = plan_formats; f->name; f++)
        buf_addf(out, "%s%s",
                 f == plan_formats ? ""
                 : f[1].name       ? between
                                   : last,
                 endings ? f->extension : f->name);
}
