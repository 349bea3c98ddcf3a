#include "report.h"

#include <string.h>

/*
 * For people: the verdict and a summary first, then what differs, one block for each top object.
 *   -  FROM has it, TO has not      +  only TO has it
 *   ~  differs                      ?  could not be compared
 */
enum { VALUE_MAX = 60, LINES_MAX = 12 };

struct text {
    const struct diff *d;
    const struct report_options *opt;
    struct buf *out;
    const char *from, *to; /* labels */
};

static const char *const colours[] = {"\033[32m", "\033[31m", "\033[33m", "\033[35m"};
static const char marks[] = "+-~?";

static void colour(struct text *t, const char *code)
{
    if (t->opt->colour)
        buf_adds(t->out, code);
}

static void bold(struct text *t, const char *s)
{
    colour(t, "\033[1m");
    buf_adds(t->out, s);
    colour(t, "\033[0m");
}

/* ---- values ------------------------------------------------------------------------------ */

static bool is_long(const char *s)
{
    return s && (strchr(s, '\n') || strlen(s) > VALUE_MAX);
}

static void add_value(struct text *t, const struct prop *p, const char *s)
{
    if (!s)
        buf_adds(t->out, "(none)");
    else if (*s == '\0')
        buf_adds(t->out, "''");
    else if (p->type == T_TEXT)
        buf_addf(t->out, "'%s'", s);
    else
        buf_adds(t->out, s);
}

struct lines {
    const char *start[512];
    size_t len[512];
    size_t n;
};

static void cut_lines(const char *s, struct lines *l)
{
    l->n = 0;
    while (s && *s && l->n < ARRAY_LEN(l->start)) {
        size_t n = strcspn(s, "\n");
        l->start[l->n] = s;
        l->len[l->n++] = n;
        s += n;
        s += *s == '\n';
    }
}

static bool same_line(const struct lines *a, size_t i, const struct lines *b, size_t k)
{
    return a->len[i] == b->len[k] && memcmp(a->start[i], b->start[k], a->len[i]) == 0;
}

static void add_lines(struct text *t, const struct lines *l, size_t from, size_t to, char mark,
                      const char *code)
{
    for (size_t i = from; i < to; i++) {
        if (i - from == LINES_MAX) {
            buf_addf(t->out, "        … %zu more lines\n", to - i);
            break;
        }
        colour(t, code);
        buf_addf(t->out, "        %c %.*s", mark, (int)l->len[i], l->start[i]);
        colour(t, "\033[0m");
        buf_addch(t->out, '\n');
    }
}

/* Long values: only the lines between what both begin and end with. */
static void add_long(struct text *t, const char *from, const char *to)
{
    struct lines a, b;
    cut_lines(from, &a);
    cut_lines(to, &b);
    size_t head = 0, tail = 0;
    while (head < a.n && head < b.n && same_line(&a, head, &b, head))
        head++;
    while (tail < a.n - head && tail < b.n - head &&
           same_line(&a, a.n - 1 - tail, &b, b.n - 1 - tail))
        tail++;
    if (head == a.n && head == b.n)
        buf_adds(t->out, "        (they differ in line ends, or far down)\n");
    else if (head)
        buf_addf(t->out, "        from line %zu:\n", head + 1);
    add_lines(t, &a, head, a.n - tail, '-', colours[CHANGE_REMOVED]);
    add_lines(t, &b, head, b.n - tail, '+', colours[CHANGE_ADDED]);
}

static void add_property(struct text *t, const struct change *c, unsigned slot)
{
    const struct prop *p = &report_object(c)->kind->props[slot];
    const char *a = report_value(c->from, slot), *b = report_value(c->to, slot);
    buf_addf(t->out, "      %s: ", p->name);
    if (c->unknown >> slot & 1) {
        buf_adds(t->out, "could not be read on one side\n");
    } else if (is_long(a) || is_long(b)) {
        buf_addf(t->out, "(- %s, + %s)\n", t->from, t->to);
        add_long(t, a, b);
    } else {
        add_value(t, p, a);
        colour(t, "\033[1m");
        buf_adds(t->out, " → ");
        colour(t, "\033[0m");
        add_value(t, p, b);
        buf_addch(t->out, '\n');
    }
}

/* ---- changes
 * --------------------------------------------------------------------------------------- */

/* The path below the top object: its column, or the part of its index. */
static void add_name(struct text *t, const struct object *o)
{
    const struct object *top = model_top(o);
    struct buf whole = BUF_INIT, above = BUF_INIT;
    report_kind(o->kind, t->out);
    buf_addch(t->out, ' ');
    model_path(o, &whole);
    if (o != top && top->parent)
        model_path(top, &above);
    buf_adds(t->out, whole.data + (above.len ? above.len + 1 : 0));
    buf_release(&whole);
    buf_release(&above);
}

static void add_change(struct text *t, const struct change *c)
{
    const struct object *o = report_object(c);
    buf_adds(t->out, "  ");
    colour(t, colours[c->type]);
    buf_addch(t->out, marks[c->type]);
    buf_addch(t->out, ' ');
    if (o == model_top(o) && (c->type == CHANGE_CHANGED || c->type == CHANGE_UNKNOWN))
        buf_adds(t->out, "itself");
    else
        add_name(t, o);
    colour(t, "\033[0m");
    if (c->type == CHANGE_ADDED || c->type == CHANGE_REMOVED) {
        struct buf inside = BUF_INIT;
        report_inside(o, &inside);
        buf_addf(t->out, c->type == CHANGE_ADDED ? ": only in %s" : ": missing in %s", t->to);
        if (inside.len)
            buf_addf(t->out, " (%s)", inside.data);
        buf_release(&inside);
    }
    buf_addch(t->out, '\n');
    for (unsigned s = 0; s < o->kind->n_props; s++)
        if ((c->differs | c->unknown) >> s & 1)
            add_property(t, c, s);
}

static void add_changes(struct text *t)
{
    struct buf last = BUF_INIT, key = BUF_INIT;
    for (size_t i = 0; i < t->d->changes.len; i++) {
        const struct change *c = &VEC_AT(&t->d->changes, struct change, i);
        buf_reset(&key);
        report_top_key(c, &key);
        bool alone = report_object(c) == model_top(report_object(c)) &&
                     (c->type == CHANGE_ADDED || c->type == CHANGE_REMOVED);
        if (strcmp(last.data, key.data) != 0) {
            buf_addch(t->out, '\n');
            if (!alone) {
                bold(t, key.data);
                buf_addch(t->out, '\n');
            }
            buf_reset(&last);
            buf_adds(&last, key.data);
        }
        add_change(t, c);
    }
    buf_release(&last);
    buf_release(&key);
}

/* ---- head and foot
 * ------------------------------------------------------------------------------------ */

static void add_side(struct text *t, const char *label, const struct model *m)
{
    buf_addf(t->out, "  %s: ", label);
    report_server(m, t->out);
    if (m->database)
        buf_addf(t->out, ", database %s", m->database);
    buf_addch(t->out, '\n');
}

static void add_verdict(struct text *t)
{
    struct buf line = BUF_INIT;
    const struct diff *d = t->d;
    const char *code = colours[CHANGE_ADDED];
    if (d->empty)
        buf_adds(&line, "Nothing was compared: both databases are empty.");
    else if (d->verdict == VERDICT_SAME)
        buf_addf(&line, "Same: no drift between %s and %s.", t->from, t->to);
    else if (d->verdict == VERDICT_DRIFT)
        buf_addf(&line, "Drift: %s is not what %s is.", t->to, t->from);
    else
        buf_adds(&line, "Incomplete: nothing differs, but not everything could be compared.");
    if (d->verdict == VERDICT_DRIFT)
        code = colours[CHANGE_REMOVED];
    else if (d->verdict == VERDICT_INCOMPLETE)
        code = colours[CHANGE_UNKNOWN];
    colour(t, code);
    bold(t, line.data);
    buf_adds(t->out, "\n");
    buf_release(&line);
}

static void add_summary(struct text *t)
{
    const struct diff *d = t->d;
    char n[32];
    str_human_count(d->compared, n);
    add_side(t, t->from, d->from);
    add_side(t, t->to, d->to);
    buf_addf(t->out, "  %s objects on both sides", n);
    if (d->removed)
        buf_addf(t->out, ", %llu missing", (unsigned long long)d->removed);
    if (d->added)
        buf_addf(t->out, ", %llu only in %s", (unsigned long long)d->added, t->to);
    if (d->changed)
        buf_addf(t->out, ", %llu changed", (unsigned long long)d->changed);
    if (d->unknown)
        buf_addf(t->out, ", %llu not comparable", (unsigned long long)d->unknown);
    buf_adds(t->out, "\n");
}

static void add_gaps(struct text *t)
{
    if (!t->d->gaps.len)
        return;
    buf_addch(t->out, '\n');
    bold(t, "Not compared");
    buf_addch(t->out, '\n');
    for (size_t i = 0; i < t->d->gaps.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&t->d->gaps, struct coverage_gap, i);
        buf_adds(t->out, "  ");
        colour(t, colours[CHANGE_UNKNOWN]);
        buf_addf(t->out, "? %s%s%s", g->kind, g->path ? " " : "", g->path ? g->path : "");
        colour(t, "\033[0m");
        buf_addf(t->out, ": %s\n", g->why);
    }
}

bool report_text(const struct diff *d, const struct report_options *opt, struct buf *out,
                 struct err *err)
{
    (void)err;
    struct text t = {.d = d,
                     .opt = opt,
                     .out = out,
                     .from = report_label(d->from, "FROM"),
                     .to = report_label(d->to, "TO")};
    add_verdict(&t);
    add_summary(&t);
    add_changes(&t);
    add_gaps(&t);
    return true;
}
