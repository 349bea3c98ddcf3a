#include "report.h"

#include <string.h>

#include "count.h"
#include "group.h"
#include "notes.h"

/*
 * For people: the verdict and a summary first, then what differs, one block for each top object.
 *   -  FROM has it, TO has not      +  only TO has it
 *   ~  differs                      ?  could not be compared
 */
enum { VALUE_MAX = 60, LINES_MAX = 12, WINDOW_FROM = 100, AROUND = 30 };

struct text {
    const struct diff *d;
    struct groups *groups; /* or NULL: all is said by itself */
    const struct report_options *opt;
    struct buf *out;
    struct report_names names;
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

static void marked(struct text *t, enum change_type type, const char *s)
{
    colour(t, colours[type]);
    buf_addf(t->out, "%c %s", marks[type], s);
    colour(t, "\033[0m");
}

/* The others are counted in the head: a word at each line would hide this one. */
static void add_level(struct text *t, enum severity s)
{
    if (s == SEVERITY_SECURITY)
        buf_addf(t->out, " [%s]", severity_name(s));
}

/* ---- short values ------------------------------------------------------------------------ */

static bool is_long(const char *s)
{
    return s && (strchr(s, '\n') || strlen(s) > VALUE_MAX);
}

static void add_value(struct text *t, const struct prop *p, const char *s)
{
    if (!s) {
        buf_adds(t->out, "(none)");
        return;
    }
    const char *quote = *s == '\0' || p->type == T_TEXT ? "'" : "";
    buf_adds(t->out, quote);
    report_visible(s, strlen(s), t->out);
    buf_adds(t->out, quote);
}

/* ---- long values: only the lines between what both begin and end with -------------------- */

struct line {
    const char *text;
    size_t len;
};

static void cut_lines(const char *s, struct vec *lines)
{
    vec_init(lines, sizeof(struct line));
    while (s && *s) {
        size_t n = strcspn(s, "\n");
        VEC_PUSH(lines, struct line, ((struct line){s, n}));
        s += n;
        s += *s == '\n';
    }
}

static bool same_line(const struct vec *a, size_t i, const struct vec *b, size_t k)
{
    const struct line *x = &VEC_AT(a, struct line, i), *y = &VEC_AT(b, struct line, k);
    return x->len == y->len && memcmp(x->text, y->text, x->len) == 0;
}

static void add_line(struct text *t, enum change_type type, struct line l, size_t skip, size_t cut)
{
    struct buf b = BUF_INIT;
    size_t end = l.len - cut, shown = end;
    while (shown > skip && !cut && l.text[shown - 1] == ' ')
        shown--;
    buf_adds(&b, skip ? "…" : "");
    report_visible(l.text + skip, shown - skip, &b);
    buf_adds(&b, cut ? "…" : "");
    if (shown < end)
        buf_addf(&b, "  (and %zu blank%s)", end - shown, end - shown == 1 ? "" : "s");
    buf_adds(t->out, "        ");
    marked(t, type, b.data);
    buf_addch(t->out, '\n');
    buf_release(&b);
}

static void add_lines(struct text *t, enum change_type type, const struct vec *l, size_t from,
                      size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (i - from == LINES_MAX) {
            buf_addf(t->out, "        … %zu more lines\n", to - i);
            break;
        }
        add_line(t, type, VEC_AT(l, struct line, i), 0, 0);
    }
}

/* Two long lines (MySQL keeps a view's query as one): where they differ, with a little around. */
static void add_window(struct text *t, struct line a, struct line b)
{
    size_t head = 0, tail = 0, least = a.len < b.len ? a.len : b.len;
    while (head < least && a.text[head] == b.text[head])
        head++;
    while (tail < least - head && a.text[a.len - 1 - tail] == b.text[b.len - 1 - tail])
        tail++;
    size_t skip = head > AROUND + 8 ? str_utf8_floor(a.text, head - AROUND) : 0;
    size_t cut = tail > AROUND + 8 ? tail - AROUND : 0;
    while (cut && (a.text[a.len - cut] & 0xc0) == 0x80)
        cut--; /* not within a character */
    add_line(t, CHANGE_REMOVED, a, skip, cut);
    add_line(t, CHANGE_ADDED, b, skip, cut);
}

static void add_long(struct text *t, const char *from, const char *to)
{
    struct vec a, b;
    cut_lines(from, &a);
    cut_lines(to, &b);
    size_t head = 0, tail = 0;
    while (head < a.len && head < b.len && same_line(&a, head, &b, head))
        head++;
    while (tail < a.len - head && tail < b.len - head &&
           same_line(&a, a.len - 1 - tail, &b, b.len - 1 - tail))
        tail++;
    if (head == a.len && head == b.len)
        buf_adds(t->out, "        they differ in the line break at the end only\n");
    else if (head)
        buf_addf(t->out, "        from line %zu:\n", head + 1);
    if (a.len - head - tail == 1 && b.len - head - tail == 1 &&
        VEC_AT(&a, struct line, head).len > WINDOW_FROM) {
        add_window(t, VEC_AT(&a, struct line, head), VEC_AT(&b, struct line, head));
    } else {
        add_lines(t, CHANGE_REMOVED, &a, head, a.len - tail);
        add_lines(t, CHANGE_ADDED, &b, head, b.len - tail);
    }
    vec_release(&a);
    vec_release(&b);
}

/* ---- changes ----------------------------------------------------------------------------- */

static void add_unknown(struct text *t, const struct change *c, unsigned slot)
{
    bool from = c->from->v[slot] == model_unknown, to = c->to->v[slot] == model_unknown;
    if (from && to)
        buf_adds(t->out, "could not be read on either side\n");
    else if (from || to)
        buf_addf(t->out, "could not be read in %s\n", from ? t->names.from : t->names.to);
    else
        buf_adds(t->out, "differs in spelling, and the server could not say whether it matters\n");
}

static void add_property(struct text *t, const struct change *c, unsigned slot, bool of_top)
{
    const struct prop *p = &report_object(c)->kind->props[slot];
    const char *a = report_value(c->from, slot), *b = report_value(c->to, slot);
    bool unknown = c->unknown >> slot & 1;
    buf_adds(t->out, of_top ? "  " : "      ");
    if (of_top)
        marked(t, unknown ? CHANGE_UNKNOWN : CHANGE_CHANGED, p->name);
    else
        buf_adds(t->out, p->name);
    buf_adds(t->out, ":");
    if (unknown) {
        buf_addch(t->out, ' ');
        add_unknown(t, c, slot);
    } else if (is_long(a) || is_long(b)) {
        add_level(t, severity_property(t->d, c, slot));
        buf_addch(t->out, '\n');
        add_long(t, a, b);
    } else {
        buf_addch(t->out, ' ');
        add_value(t, p, a);
        bold(t, " → ");
        add_value(t, p, b);
        add_level(t, severity_property(t->d, c, slot));
        buf_addch(t->out, '\n');
    }
}

static void add_properties(struct text *t, const struct change *c, bool of_top)
{
    uint64_t left = t->groups ? group_left(t->groups, c) : c->differs | c->unknown;
    for (unsigned s = 0; s < report_object(c)->kind->n_props; s++)
        if (left >> s & 1)
            add_property(t, c, s, of_top);
}

static void add_one_sided(struct text *t, const struct change *c)
{
    const struct object *o = report_object(c);
    struct buf line = BUF_INIT, inside = BUF_INIT;
    report_name(o, &line);
    marked(t, c->type, line.data);
    buf_reset(&line);
    summary_add(o, &line);
    buf_addf(t->out, "%s: %s %s", line.data, c->type == CHANGE_ADDED ? "only in" : "missing in",
             t->names.to);
    report_inside(o, &inside);
    if (inside.len)
        buf_addf(t->out, " (%s)", inside.data);
    add_level(t, severity_of(t->d, c));
    buf_addch(t->out, '\n');
    buf_release(&line);
    buf_release(&inside);
}

static void add_change(struct text *t, const struct change *c)
{
    const struct object *o = report_object(c);
    bool of_top = o == model_top(o);
    if (report_is_one_sided(c)) {
        buf_adds(t->out, of_top ? "" : "  ");
        add_one_sided(t, c);
        return;
    }
    if (!of_top) {
        struct buf name = BUF_INIT;
        report_name(o, &name);
        buf_adds(t->out, "  ");
        marked(t, c->type, name.data);
        buf_addch(t->out, '\n');
        buf_release(&name);
    }
    add_properties(t, c, of_top);
}

/* What many objects have alike, once. */
static void add_groups(struct text *t)
{
    enum { NAMES = 3 };
    if (!t->groups->list.len)
        return;
    buf_addch(t->out, '\n');
    bold(t, "On many objects (--full lists each)");
    buf_addch(t->out, '\n');
    for (size_t i = 0; i < t->groups->list.len; i++) {
        const struct group *g = VEC_AT(&t->groups->list, struct group *, i);
        struct buf what = BUF_INIT;
        group_what(t->d, g, &what);
        buf_adds(t->out, "  ");
        marked(t, g->unknown ? CHANGE_UNKNOWN : g->first->type, what.data);
        buf_adds(t->out, g->slot < 0 ? " in " : " on ");
        group_where(g, t->out);
        add_level(t, g->level);
        for (size_t k = 0; k < NAMES; k++) {
            const struct object *o = group_member(g, k);
            buf_adds(t->out, k ? ", " : "\n      ");
            report_kind(o->kind, t->out);
            buf_addch(t->out, ' ');
            model_path(o, t->out);
        }
        buf_addf(t->out, " and %zu more\n", g->members.len - NAMES);
        buf_release(&what);
    }
}

/* One block for each top object; those that are on one side only need but a line each. */
static void add_changes(struct text *t)
{
    struct buf last = BUF_INIT, key = BUF_INIT;
    bool last_line = false;
    for (size_t i = 0; i < t->d->changes.len; i++) {
        const struct change *c = &VEC_AT(&t->d->changes, struct change, i);
        bool line = report_is_one_sided(c) && report_object(c) == model_top(report_object(c));
        if (group_is_said(t->groups, c))
            continue;
        buf_reset(&key);
        if (!line)
            report_top_key(c, &key);
        bool begins = line || strcmp(last.data, key.data) != 0;
        if (begins && !(line && last_line))
            buf_addch(t->out, '\n');
        if (begins && !line) {
            bold(t, key.data);
            buf_addch(t->out, '\n');
        }
        buf_reset(&last);
        buf_adds(&last, key.data);
        last_line = line;
        add_change(t, c);
    }
    buf_release(&last);
    buf_release(&key);
}

/* ---- head and foot ----------------------------------------------------------------------- */

static void add_side(struct text *t, const char *side, const char *name, size_t width,
                     const struct model *m)
{
    const char *label = m->address ? m->address : report_label(m, name);
    bool said = strcmp(name, "FROM") == 0 || strcmp(name, "TO") == 0;
    buf_addf(t->out, "  %s%s:%*s ", said ? "" : side, name, (int)(width - strlen(name)), "");
    report_server(m, t->out);
    if (m->database && strcmp(m->database, name) != 0)
        buf_addf(t->out, ", database %s", m->database);
    if (strcmp(label, name) != 0)
        buf_addf(t->out, ", %s", label);
    buf_addch(t->out, '\n');
}

static void add_verdict(struct text *t)
{
    struct buf line = BUF_INIT;
    const struct diff *d = t->d;
    enum change_type like = CHANGE_ADDED;
    if (d->empty && d->context && d->context->selected)
        buf_adds(&line, "Nothing was compared: neither database has what was selected.");
    else if (d->empty)
        buf_adds(&line, "Nothing was compared: both databases are empty.");
    else if (d->verdict == VERDICT_SAME)
        buf_addf(&line, "Same: no drift between %s and %s.", t->names.from, t->names.to);
    else if (d->verdict == VERDICT_DRIFT)
        buf_addf(&line, "Drift: %s differs from %s.", t->names.to, t->names.from);
    else
        buf_adds(&line, "Incomplete: nothing differs, but not everything could be compared.");
    if (d->verdict == VERDICT_DRIFT)
        like = CHANGE_REMOVED;
    else if (d->verdict == VERDICT_INCOMPLETE)
        like = CHANGE_UNKNOWN;
    colour(t, colours[like]);
    bold(t, line.data);
    buf_addch(t->out, '\n');
    buf_release(&line);
}

static void add_count(struct text *t, uint64_t n, const char *what, const char *where)
{
    char text[32];
    if (!n)
        return;
    str_human_count(n, text);
    buf_addf(t->out, "%s %s%s, ", text, what, where);
}

static void add_summary(struct text *t)
{
    const struct diff *d = t->d;
    char n[32];
    size_t a = strlen(t->names.from), b = strlen(t->names.to), width = a > b ? a : b;
    str_human_count(d->compared, n);
    add_side(t, "from ", t->names.from, width, d->from);
    add_side(t, "to   ", t->names.to, width, d->to);
    buf_adds(t->out, "  ");
    add_count(t, d->removed, "missing in ", t->names.to);
    add_count(t, d->added, "only in ", t->names.to);
    add_count(t, d->changed, "different", "");
    add_count(t, d->unknown + d->gaps.len, "not compared", "");
    buf_addf(t->out, "%s object%s on both sides\n", n, d->compared == 1 ? "" : "s");
    if (d->changes.len) {
        struct report_levels levels = report_levels(d);
        buf_adds(t->out, "  severity: ");
        report_level_counts(&levels, t->out);
        buf_addch(t->out, '\n');
    }
}

/* Nothing to be mended: below what differs, and without its marks. */
static void add_own(struct text *t)
{
    if (!t->d->own.len)
        return;
    buf_addch(t->out, '\n');
    bold(t, "No drift: each side has it as its own server version creates it");
    buf_addch(t->out, '\n');
    for (size_t i = 0; i < t->d->own.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&t->d->own, struct coverage_gap, i);
        buf_addf(t->out, "  %s: %s\n", g->path, g->why);
    }
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
        struct buf name = BUF_INIT;
        buf_addf(&name, "%s%s%s", g->kind, g->path ? " " : "", g->path ? g->path : "");
        buf_adds(t->out, "  ");
        marked(t, CHANGE_UNKNOWN, name.data);
        buf_addf(t->out, ": %s\n", g->why);
        buf_release(&name);
    }
}

bool report_text(const struct diff *d, const struct report_options *opt, struct buf *out,
                 struct err *err)
{
    (void)err;
    struct groups groups;
    struct text t = {.d = d, .groups = &groups, .opt = opt, .out = out, .names = report_names(d)};
    group_find(d, opt->full, &groups);
    add_verdict(&t);
    add_summary(&t);
    notes_text_head(d, opt, out);
    if (opt->summary) {
        count_text(d, out);
    } else {
        add_groups(&t);
        add_changes(&t);
    }
    group_release(&groups);
    add_gaps(&t);
    add_own(&t);
    notes_text_foot(d, opt, out);
    return true;
}

void report_text_change(const struct diff *d, const struct change *c, struct buf *out)
{
    struct report_options plain = {.colour = false};
    struct text t = {.d = d, .opt = &plain, .out = out, .names = report_names(d)};
    add_change(&t, c);
}

/* ---- several databases ----------------------------------------------------------------------- */

static void add_bold(const struct report_options *opt, const char *text, struct buf *out)
{
    buf_addf(out, "%s%s%s\n", opt->colour ? "\033[1m" : "", text, opt->colour ? "\033[0m" : "");
}

static void text_head(const struct diff_set *s, const struct report_options *opt, struct buf *out)
{
    static const char *const lines[] = {
        "Same: no drift in any database.", "Drift: not all databases are what they should be.",
        "Incomplete: nothing differs, but not everything could be compared."};
    struct report_tally t = report_tally(s);
    add_bold(opt,
             s->parts.len ? lines[diff_set_verdict(s)]
                          : "Nothing was compared: neither side shows a database.",
             out);
    buf_addf(out, "  from %s\n  to   %s\n", s->from, s->to);
    buf_addf(out,
             "  %zu databases: %zu same, %zu drifted, %zu missing in %s, %zu only there, "
             "%zu not compared\n",
             s->parts.len, t.same, t.drift, t.missing, report_set_to(s), t.added, t.incomplete);
    for (size_t i = 0; i < s->hidden.len; i++)
        buf_addf(out, "  ? %s\n", VEC_AT(&s->hidden, const char *, i));
}

bool report_set_text(const struct diff_set *s, const struct report_options *opt, struct buf *out,
                     struct err *err)
{
    bool ok = true;
    text_head(s, opt, out);
    for (size_t i = 0; ok && i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        bool more = p->diff && p->diff->verdict != VERDICT_SAME && !report_part_is_empty(p);
        struct buf line = BUF_INIT;
        buf_adds(&line, "Database ");
        report_visible(p->database, strlen(p->database), &line);
        buf_adds(&line, ": ");
        report_part_word(s, p, &line);
        if (more || i == 0)
            buf_addch(out, '\n');
        add_bold(opt, line.data, out);
        buf_release(&line);
        if (!more)
            continue;
        ok = report_text(p->diff, opt, out, err);
        buf_addch(out, '\n');
    }
    return ok;
}
