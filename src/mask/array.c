#include "rule.h"

#include <string.h>
#include <strings.h>

/*
 * PostgreSQL's text of an array: {a,"b \"c\"",NULL,{…}}, perhaps with bounds in front: [2:3]={…}.
 * Elements are masked one by one, the form stays.
 */
struct walk {
    const char *s;
    size_t n, at;
};

static void add_element(struct slice v, struct buf *out)
{
    bool plain = v.len && !(v.len == 4 && strncasecmp(v.data, "null", 4) == 0);

    for (size_t i = 0; i < v.len && plain; i++)
        plain = !strchr("{}\",\\ \t\r\n\v\f", v.data[i]);
    if (plain) {
        buf_add(out, v.data, v.len);
        return;
    }
    buf_addch(out, '"');
    for (size_t i = 0; i < v.len; i++) {
        if (v.data[i] == '"' || v.data[i] == '\\')
            buf_addch(out, '\\');
        buf_addch(out, v.data[i]);
    }
    buf_addch(out, '"');
}

/* The element at w->at without its quotes; *ret_quoted: it had them. */
static void take(struct walk *w, struct buf *ret, bool *ret_quoted)
{
    bool inside = false;

    buf_reset(ret);
    *ret_quoted = w->at < w->n && w->s[w->at] == '"';
    for (; w->at < w->n; w->at++) {
        char c = w->s[w->at];

        if (c == '"')
            inside = !inside;
        else if (!inside && (c == ',' || c == '}'))
            return;
        else if (c == '\\' && w->at + 1 < w->n)
            buf_addch(ret, w->s[++w->at]);
        else
            buf_addch(ret, c);
    }
}

static bool element(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                    struct walk *walk, struct mask_frame *f, struct buf *out, struct err *err)
{
    struct mask_input one = *in;
    bool quoted, null = false;

    take(walk, &f->plain, &quoted);
    if (!quoted && f->plain.len == 4 && strncasecmp(f->plain.data, "null", 4) == 0) {
        buf_adds(out, "NULL");
        return true;
    }
    one.value = buf_slice(&f->plain);
    buf_reset(&f->made);
    if (!mask_single(w, r, &one, &f->made, &null, err))
        return false;
    if (null)
        buf_adds(out, "NULL");
    else
        add_element(buf_slice(&f->made), out);
    return true;
}

bool array_value(struct mask_worker *w, const struct mask_rule *r, const struct mask_input *in,
                 struct buf *out, struct err *err)
{
    struct walk walk = {in->value.data, in->value.len, 0};
    struct mask_frame *f;
    bool ok = true, in_bounds = walk.n && walk.s[0] == '[';

    if (w->depth >= MASK_DEEPEST)
        return err_set(err, ERR_RUNTIME, "masking %s: nested too deep", r->column->path);
    f = &w->frames[w->depth++];
    while (ok && walk.at < walk.n) {
        char c = walk.s[walk.at];

        if (in_bounds || c == '{' || c == '}' || c == ',') {
            in_bounds = in_bounds && c != '=';
            buf_addch(out, c);
            walk.at++;
        } else {
            ok = element(w, r, in, &walk, f, out, err);
        }
    }
    w->depth--;
    return ok;
}
