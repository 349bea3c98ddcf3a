#include "html.h"

#include <string.h>

#include "page.h"

void html_escape(const char *text, size_t n, struct buf *out)
{
    struct buf seen = BUF_INIT;
    report_visible(text, n, &seen);
    for (const char *p = seen.data; *p; p++)
        if (strchr("<>&\"'", *p))
            buf_addf(out, "&#%d;", *p);
        else
            buf_addch(out, *p);
    buf_release(&seen);
}

void html_text(struct html *h, const char *s)
{
    html_escape(s, strlen(s), h->out);
}

void html_code(struct html *h, const char *s)
{
    buf_adds(h->out, "<code>");
    html_text(h, s);
    buf_adds(h->out, "</code>");
}

void html_level(struct html *h, enum severity s)
{
    buf_addf(h->out, "<span class=\"l %s\">%s</span>", severity_name(s), severity_name(s));
}

/* ---- the frame ------------------------------------------------------------------------------- */

static unsigned nibble(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* 'sha256-…' of the Content Security Policy. */
static void add_hash(const char *script, struct buf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char hex[65];
    hash_sha256_hex(script, strlen(script), hex);
    buf_adds(out, "'sha256-");
    for (size_t at = 0; at < 64; at += 6) { /* three bytes, or the last two */
        unsigned bits = 0, n = at + 6 <= 64 ? 6 : 4;
        for (size_t i = 0; i < 6; i++)
            bits = bits << 4 | (i < n ? nibble(hex[at + i]) : 0);
        for (unsigned i = 0; i < 4; i++)
            buf_addch(out, i * 6 < n * 4 ? digits[bits >> (18 - 6 * i) & 63] : '=');
    }
    buf_addch(out, '\'');
}

void html_head(struct html *h, const char *title)
{
    buf_adds(h->out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "style-src 'unsafe-inline'; script-src ");
    add_hash(page_js, h->out);
    buf_adds(h->out, "\">\n<meta name=\"generator\" content=\"dbtwin " DBTWIN_VERSION "\">\n"
                     "<title>");
    html_text(h, title);
    buf_addf(h->out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", page_css);
}

static void add_select(struct html *h, const char *id, const char *all, const struct vec *names)
{
    buf_addf(h->out, "<select id=\"by-%s\" aria-label=\"%s\"><option value=\"\">%s</option>", id,
             all, all);
    for (size_t i = 0; i < names->len; i++) {
        const char *name = VEC_AT(names, struct count, i).name;
        buf_adds(h->out, "<option value=\"");
        html_text(h, name);
        buf_adds(h->out, "\">");
        html_text(h, name);
        buf_adds(h->out, "</option>");
    }
    buf_adds(h->out, "</select>\n");
}

/* Hidden until the script is there. */
void html_bar(struct html *h, const struct vec *kinds_seen, const struct vec *schemas)
{
    struct vec levels = VEC_INIT(struct count);
    h->script = true;
    for (int s = SEVERITY_SECURITY; s >= SEVERITY_HARMLESS; s--)
        VEC_PUSH(&levels, struct count, ((struct count){.name = severity_name((enum severity)s)}));
    buf_adds(h->out, "<form id=\"bar\" hidden>\n"
                     "<input id=\"find\" type=\"search\" placeholder=\"Search ( / )\" "
                     "aria-label=\"Search\">\n");
    add_select(h, "k", "all kinds", kinds_seen);
    add_select(h, "s", "all schemas", schemas);
    add_select(h, "v", "all severities", &levels);
    buf_adds(h->out, "<button type=\"button\" id=\"open\">Open all</button>\n"
                     "<button type=\"button\" id=\"close\">Close all</button>\n"
                     "<output id=\"shown\"></output>\n</form>\n");
    vec_release(&levels);
}

void html_tail(struct html *h)
{
    const struct report_run *run = h->opt->run;
    buf_adds(h->out, "<p class=\"dim\">dbtwin " DBTWIN_VERSION);
    if (run && run->started) {
        buf_adds(h->out, ", ");
        html_text(h, run->started);
    }
    for (size_t i = 0; run && run->options[i]; i++) {
        buf_addch(h->out, ' ');
        html_code(h, run->options[i]);
    }
    buf_adds(h->out, "</p>\n");
    if (h->script)
        buf_addf(h->out, "<script>%s</script>\n", page_js);
    buf_adds(h->out, "</body>\n</html>\n");
}
