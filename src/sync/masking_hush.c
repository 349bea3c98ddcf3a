#include "masking.h"

#include <string.h>

/*
 * A server's message may show a row. What it quotes stays only if it is the name of an object of
 * the schema; where it is known to write values, these go, and all that follows if it cannot be
 * seen where they end.
 */

#define NOT_SHOWN " (values of masked tables are not shown)"

struct hush {
    const struct model *model;
    const char *p; /* what is not read yet */
    struct buf out;
    bool cut;
};

static bool names_object(const struct model *m, const char *text, size_t n)
{
    for (uint32_t i = 0; i < m->n_objects; i++)
        if (strlen(m->objects[i]->name) == n && memcmp(m->objects[i]->name, text, n) == 0)
            return true;
    return m->database && strlen(m->database) == n && memcmp(m->database, text, n) == 0;
}

/* A name, or names joined by dots: 'customers.mail'. */
static bool is_name(const struct model *m, const char *text, size_t n)
{
    const char *dot = memchr(text, '.', n);

    if (names_object(m, text, n))
        return true;
    return dot && dot > text && is_name(m, text, (size_t)(dot - text)) &&
           is_name(m, dot + 1, n - (size_t)(dot - text) - 1);
}

static const char *last_of(const char *text, const char *what)
{
    const char *last = NULL;

    for (const char *p = text; (p = strstr(p, what)); p++)
        last = p;
    return last;
}

/* Where the value ends that begins at `from`: the last place that one of these can be. */
static const char *end_of(const char *from, const char *const *ends, size_t n)
{
    const char *last = NULL;

    for (size_t i = 0; i < n; i++) {
        const char *p = last_of(from, ends[i]);

        last = p && (!last || p > last) ? p : last;
    }
    return last;
}

/* Writes "***" in place of what comes; goes on at `to`, or nowhere. */
static void cut(struct hush *h, const char *to)
{
    buf_adds(&h->out, "***");
    h->cut = true;
    h->p = to ? to : h->p + strlen(h->p);
}

static bool take(struct hush *h, const char *start)
{
    if (!str_starts(h->p, start))
        return false;
    buf_adds(&h->out, start);
    h->p += strlen(start);
    return true;
}

/* "text" or 'text': a name stays. */
static void quoted(struct hush *h)
{
    char q = *h->p;
    const char *end = strchr(h->p + 1, q);

    buf_addch(&h->out, q);
    h->p++;
    if (end && is_name(h->model, h->p, (size_t)(end - h->p))) {
        buf_add(&h->out, h->p, (size_t)(end - h->p));
        h->p = end;
    } else {
        cut(h, end);
    }
    if (*h->p == q) {
        buf_addch(&h->out, q);
        h->p++;
    }
}

static void next(struct hush *h)
{
    static const char *const of_keys[] = {") already exists", ") is duplicated",
                                          ") is not present", ") is still referenced",
                                          ") conflicts with", ") is referenced"};
    static const char *const of_entries[] = {"' for key ", "' for column "};
    bool word = h->out.len && !strchr(" (,:=", h->out.data[h->out.len - 1]);

    if (take(h, "=("))
        cut(h, end_of(h->p, of_keys, ARRAY_LEN(of_keys)));
    else if (take(h, "contains ("))
        cut(h, NULL);
    else if (take(h, "entry '") || take(h, "value: '") || take(h, "value '"))
        cut(h, end_of(h->p, of_entries, ARRAY_LEN(of_entries)));
    else if (take(h, ": \""))
        cut(h, NULL);
    else if (*h->p == '"' || (*h->p == '\'' && !word))
        quoted(h);
    else
        buf_addch(&h->out, *h->p++);
}

/* Raised by a function or a trigger: it may say anything. */
static bool is_raised(const struct err *err)
{
    return str_starts(err->sqlstate, "P0") || err->native == 1644;
}

void masking_hush(const struct model *m, struct err *err)
{
    struct hush h = {.model = m, .p = err->msg, .out = BUF_INIT};
    const char *own = strstr(err->msg, NOT_SHOWN), *colon = strstr(err->msg, ": ");
    size_t n;

    if ((!err->sqlstate[0] && !err->native) || own)
        return;
    if (is_raised(err)) {
        n = colon ? (size_t)(colon - err->msg) + 2 : 0;
        buf_add(&h.out, err->msg, n);
        cut(&h, NULL);
        err->hint[0] = '\0';
    }
    while (*h.p)
        next(&h);
    if (h.cut) {
        n = sizeof err->msg - sizeof NOT_SHOWN - 1;
        if (h.out.len > n)
            buf_setlen(&h.out, str_utf8_floor(h.out.data, n));
        buf_adds(&h.out, NOT_SHOWN);
        memcpy(err->msg, h.out.data, h.out.len + 1);
    }
    buf_release(&h.out);
}
