#include "rule.h"

#include <stdio.h>

bool mask_wrong(const struct mask_rule *r, struct err *err, const char *fmt, ...)
{
    va_list ap;
    char text[1024];

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    err_set(err, ERR_USAGE, "%s: %s", r->column->path, text);
    if (r->spec && r->spec->line)
        err_context(err, "line %u, column %u", r->spec->line, r->spec->column);
    return false;
}
