#include "cli.h"

#include "charset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A report for people on a terminal: lines folded to its width, and a pager. */

enum { LEAST_WIDTH = 40, STEP = 4 };

/* Bytes of what takes up no column (a colour) or one, at p. */
static size_t unit(const char *p, const char *end, bool *ret_shown)
{
    size_t n = 1;
    if (*p == '\033') {
        while (p + n < end && p[n] != 'm')
            n++;
        *ret_shown = false;
        return p + n < end ? n + 1 : n;
    }
    while (p + n < end && (p[n] & 0xc0) == 0x80)
        n++;
    *ret_shown = true;
    return n;
}

/* How much of a line fits: to the last blank that does, or as much as there is room for. */
static size_t fitting(const char *p, const char *end, unsigned width)
{
    const char *start = p, *blank = NULL;
    unsigned column = 0;
    while (p < end) {
        bool shown;
        size_t n = unit(p, end, &shown);
        if (shown && column == width)
            return (size_t)((blank ? blank : p) - start);
        if (shown && *p == ' ' && column)
            blank = p;
        column += shown;
        p += n;
    }
    return (size_t)(end - start);
}

static void fold_line(const char *p, const char *end, unsigned width, struct buf *out)
{
    unsigned indent = 0;
    while (p + indent < end && p[indent] == ' ')
        indent++;
    unsigned hang = indent + STEP < width / 2 ? indent + STEP : width / 2;
    buf_add(out, p, indent);
    p += indent;
    for (unsigned room = width > indent ? width - indent : 1; p < end; room = width - hang) {
        size_t n = fitting(p, end, room);
        buf_add(out, p, n);
        p += n;
        while (p < end && *p == ' ')
            p++;
        if (p < end)
            buf_addf(out, "\n%*s", (int)hang, "");
    }
}

void page_fold(struct slice text, unsigned width, struct buf *out)
{
    const char *p = text.data, *last = text.data + text.len;
    if (width < LEAST_WIDTH) {
        buf_add(out, text.data, text.len);
        return;
    }
    while (p < last) {
        const char *end = memchr(p, '\n', (size_t)(last - p));
        fold_line(p, end ? end : last, width, out);
        if (end)
            buf_addch(out, '\n');
        p = end ? end + 1 : last;
    }
}

const char *page_command(const struct cli *c)
{
    const char *command = getenv("DBTWIN_PAGER");
    if (c->no_pager || !isatty(STDOUT_FILENO))
        return NULL;
    if (!command)
        command = getenv("PAGER");
    if (!command)
        command = "command -v less >/dev/null || exit 127; exec less";
    return *command && strcmp(command, "cat") != 0 ? command : NULL;
}

/* What less does without options of the user's: end at once where all fits, pass colours on. */
static bool run(const char *command, struct slice text)
{
    setenv("LESS", "FRX", 0);
    FILE *pager = popen(command, "w");
    if (!pager)
        return false;
    /* Whoever reads may leave before the end. */
    if (fwrite(text.data, 1, text.len, pager) != text.len)
        errno = 0;
    int status = pclose(pager);
    return status != 127 << 8 && status != 126 << 8;
}

bool page_write(const struct cli *c, struct slice text, struct err *err)
{
    const char *command = page_command(c);
    struct buf folded = BUF_INIT;
    struct buf plain = BUF_INIT;
    if (isatty(STDOUT_FILENO) && charset_is_ascii()) {
        charset_plain(text, &plain);
        text = buf_slice(&plain);
    }
    page_fold(text, output_width(STDOUT_FILENO), &folded);
    buf_release(&plain);
    bool ok = command && run(command, buf_slice(&folded));
    ok = ok || output_write("-", buf_slice(&folded), err);
    buf_release(&folded);
    return ok;
}
