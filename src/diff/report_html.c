#include <string.h>

#include "block.h"
#include "html.h"
#include "lines.h"
#include "notes.h"

enum { OPEN_MAX = 200, AROUND = 3 };

/* ---- the summary ----------------------------------------------------------------------------- */

static void verdict_of(struct html *h, struct buf *out)
{
    const struct diff *d = h->d;
    if (d->empty)
        buf_addf(out, "Nothing was compared: %s", report_why_empty(d));
    else if (d->verdict == VERDICT_SAME)
        buf_addf(out, "Same: no drift between %s and %s", h->names.from, h->names.to);
    else if (d->verdict == VERDICT_DRIFT)
        buf_addf(out, "Drift: %s differs from %s", h->names.to, h->names.from);
    else
        buf_adds(out, "Incomplete: nothing differs, but not everything could be compared");
}

static void add_side(struct html *h, const char *side, const char *name, const struct model *m)
{
    struct buf server = BUF_INIT;
    report_server(m, &server);
    buf_addf(h->out, "<tr><th>%s</th><td>", side);
    html_text(h, strcmp(name, "FROM") == 0 || strcmp(name, "TO") == 0 ? "" : name);
    buf_adds(h->out, "</td><td>");
    html_text(h, server.data);
    buf_adds(h->out, "</td><td>");
    html_text(h, m->database ? m->database : "");
    buf_adds(h->out, "</td><td>");
    html_text(h, m->address ? m->address : report_label(m, ""));
    buf_adds(h->out, "</td></tr>\n");
    buf_release(&server);
}

static void add_counts(struct html *h, const char *title, const struct vec *rows)
{
    if (!rows->len)
        return;
    buf_addf(h->out,
             "<table><thead><tr><th>%s</th><th>missing in TO</th><th>only in TO</th>"
             "<th>different</th><th>not compared</th><th>most severe</th></tr></thead>\n",
             title);
    for (size_t i = 0; i < rows->len; i++) {
        const struct count *r = &VEC_AT(rows, struct count, i);
        buf_adds(h->out, "<tr><td>");
        html_text(h, r->name);
        buf_addf(h->out,
                 "</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td>"
                 "<td class=\"n\">%llu</td><td>",
                 (unsigned long long)r->n[CHANGE_REMOVED], (unsigned long long)r->n[CHANGE_ADDED],
                 (unsigned long long)r->n[CHANGE_CHANGED],
                 (unsigned long long)r->n[CHANGE_UNKNOWN]);
        html_level(h, r->level);
        buf_adds(h->out, "</td></tr>\n");
    }
    buf_adds(h->out, "</table>\n");
}

static void add_summary(struct html *h, const struct vec *by_kind, const struct vec *by_schema)
{
    struct report_levels levels = report_levels(h->d);
    char n[32];
    str_human_count(h->d->compared, n);
    buf_adds(h->out, "<div class=\"scroll\"><table>\n<tr><th></th><th></th><th>server</th>"
                     "<th>database</th><th>where</th></tr>\n");
    add_side(h, "from", h->names.from, h->d->from);
    add_side(h, "to", h->names.to, h->d->to);
    buf_addf(h->out, "</table></div>\n<p>%s object%s on both sides.", n,
             h->d->compared == 1 ? " is" : "s are");
    if (h->d->changes.len) {
        buf_adds(h->out, " Changes by severity: ");
        report_level_counts(&levels, h->out);
        buf_addch(h->out, '.');
    }
    buf_adds(h->out, "</p>\n<div class=\"counts scroll\">\n");
    add_counts(h, "kind", by_kind);
    add_counts(h, "schema", by_schema);
    buf_adds(h->out, "</div>\n");
}

/* ---- values ---------------------------------------------------------------------------------- */

static void cell(struct html *h, const struct line_op *l, const char *class)
{
    buf_addf(h->out, "<td%s%s%s>", class ? " class=\"" : "", class ? class : "", class ? "\"" : "");
    if (l)
        html_escape(l->text, l->len, h->out);
    buf_adds(h->out, "</td>");
}

/* Lines of one side beside those of the other that stand in their place. */
static size_t add_pairs(struct html *h, const struct vec *ops, size_t i)
{
    size_t n = 0, count[2] = {0, 0};
    for (; i + n < ops->len && VEC_AT(ops, struct line_op, i + n).op != ' '; n++) {
        count[VEC_AT(ops, struct line_op, i + n).op == '+']++;
    }
    /* They come as runs of '-' and '+': each side's are walked by themselves. */
    size_t at[2] = {i, i};
    for (size_t row = 0; row < count[0] || row < count[1]; row++) {
        buf_adds(h->out, "<tr>");
        for (int side = 0; side < 2; side++) {
            char op = side ? '+' : '-';
            const struct line_op *l = NULL;
            while (row < count[side] && !l) {
                const struct line_op *next = &VEC_AT(ops, struct line_op, at[side]++);
                l = next->op == op ? next : NULL;
            }
            cell(h, l, !l ? NULL : side ? "ins" : "del");
        }
        buf_adds(h->out, "</tr>\n");
    }
    return n;
}

/* Lines that both have, but for those near a difference, are one row. */
static size_t add_equal(struct html *h, const struct vec *ops, size_t i)
{
    size_t n = 0;
    while (i + n < ops->len && VEC_AT(ops, struct line_op, i + n).op == ' ')
        n++;
    size_t head = i ? AROUND : 0, tail = i + n < ops->len ? AROUND : 0;
    for (size_t k = 0; k < n; k++) {
        if (k == head && n > head + tail + 1) {
            size_t skipped = n - head - tail;
            buf_addf(h->out, "<tr><td colspan=\"2\" class=\"gap\">%zu equal lines</td></tr>\n",
                     skipped);
            k += skipped - 1;
            continue;
        }
        buf_adds(h->out, "<tr>");
        cell(h, &VEC_AT(ops, struct line_op, i + k), NULL);
        cell(h, &VEC_AT(ops, struct line_op, i + k), NULL);
        buf_adds(h->out, "</tr>\n");
    }
    return n;
}

static void add_lines(struct html *h, const char *from, const char *to)
{
    struct vec ops = VEC_INIT(struct line_op);
    lines_diff(from, to, &ops);
    buf_adds(h->out, "<td colspan=\"2\"><table class=\"lines\">\n");
    for (size_t i = 0; i < ops.len;)
        i += VEC_AT(&ops, struct line_op, i).op == ' ' ? add_equal(h, &ops, i)
                                                       : add_pairs(h, &ops, i);
    buf_adds(h->out, "</table></td>");
    vec_release(&ops);
}

static void add_value(struct html *h, const char *head, const char *value)
{
    buf_addf(h->out, "<td data-h=\"%s\">", head);
    if (value && *value)
        html_code(h, value);
    else
        buf_addf(h->out, "<span class=\"dim\">%s</span>", value ? "empty" : "none");
    buf_adds(h->out, "</td>");
}

/* ---- changes --------------------------------------------------------------------------------- */

static void begin_row(struct html *h, const struct object *o, enum severity s)
{
    struct buf kind = BUF_INIT;
    const char *schema = count_schema_of(o);
    report_kind(o->kind, &kind);
    buf_addf(h->out, "<tr class=\"r\" data-k=\"%s\" data-v=\"%s\" data-s=\"", kind.data,
             severity_name(s));
    html_text(h, schema ? schema : "(none)");
    buf_adds(h->out, "\">");
    buf_release(&kind);
}

static void add_name(struct html *h, const struct object *o)
{
    struct buf name = BUF_INIT;
    if (o != model_top(o))
        report_name(o, &name);
    buf_adds(h->out, "<td>");
    html_text(h, name.data);
    buf_adds(h->out, "</td>");
    buf_release(&name);
}

static void end_row(struct html *h, enum severity s)
{
    buf_adds(h->out, "<td>");
    html_level(h, s);
    buf_adds(h->out, "</td></tr>\n");
}

static void add_property(struct html *h, const struct change *c, unsigned slot)
{
    const struct object *o = report_object(c);
    const struct prop *p = &o->kind->props[slot];
    const char *from = report_value(c->from, slot), *to = report_value(c->to, slot);
    enum severity s = severity_property(h->d, c, slot);
    begin_row(h, o, s);
    add_name(h, o);
    buf_adds(h->out, "<td>");
    html_text(h, p->name);
    buf_adds(h->out, "</td>");
    if (c->unknown >> slot & 1) {
        buf_adds(h->out, "<td colspan=\"2\">could not be compared</td>");
    } else if (block_is_short(p, from) && block_is_short(p, to)) {
        add_value(h, "from", from);
        add_value(h, "to", to);
    } else {
        add_lines(h, from, to);
    }
    end_row(h, s);
}

static void add_one_sided(struct html *h, const struct change *c)
{
    const struct object *o = report_object(c);
    enum severity s = severity_of(h->d, c);
    struct buf what = BUF_INIT, inside = BUF_INIT;
    begin_row(h, o, s);
    add_name(h, o);
    summary_add(o, &what);
    report_inside(o, &inside);
    buf_addf(h->out, "<td>%s TO</td><td colspan=\"2\">",
             c->type == CHANGE_ADDED ? "only in" : "missing in");
    if (what.len)
        html_code(h, what.data + 1);
    if (inside.len)
        buf_addf(h->out, " with %s", inside.data);
    buf_adds(h->out, "</td>");
    end_row(h, s);
    buf_release(&what);
    buf_release(&inside);
}

static void begin_block(struct html *h, const char *name, size_t n, enum severity s)
{
    buf_addf(h->out, "<details class=\"o\"%s><summary><b>", h->open ? " open" : "");
    html_text(h, name);
    buf_adds(h->out, "</b> ");
    html_level(h, s);
    buf_addf(h->out, " <span class=\"dim\">%zu</span></summary>\n", n);
}

static void begin_table(struct html *h)
{
    buf_adds(h->out, "<table><thead><tr><th></th><th></th><th>from</th><th>to</th><th></th></tr>"
                     "</thead>\n<tbody>\n");
}

static void add_block(struct html *h, const struct groups *g, const struct block *b)
{
    struct buf key = BUF_INIT;
    report_top_key(b->changes, &key);
    begin_block(h, key.data, b->shown, b->level);
    begin_table(h);
    for (size_t i = 0; i < b->n; i++) {
        const struct change *c = &b->changes[i];
        if (group_is_said(g, c))
            continue;
        if (report_is_one_sided(c))
            add_one_sided(h, c);
        for (uint64_t left = report_is_one_sided(c) ? 0 : group_left(g, c); left; left &= left - 1)
            add_property(h, c, (unsigned)__builtin_ctzll(left));
    }
    buf_adds(h->out, "</tbody></table></details>\n");
    buf_release(&key);
}

static void add_group(struct html *h, const struct group *g)
{
    struct buf what = BUF_INIT;
    group_what(h->d, g, &what);
    buf_adds(&what, g->slot < 0 ? " in " : " on ");
    group_where(g, &what);
    begin_block(h, what.data, g->members.len, g->level);
    buf_adds(h->out, "<table><tbody>\n");
    for (size_t i = 0; i < g->members.len; i++) {
        const struct object *o = group_member(g, i);
        struct buf name = BUF_INIT;
        report_kind(o->kind, &name);
        buf_addch(&name, ' ');
        model_path(o, &name);
        begin_row(h, report_object(VEC_AT(&g->members, const struct change *, i)), g->level);
        buf_adds(h->out, "<td>");
        html_text(h, name.data);
        buf_adds(h->out, "</td></tr>\n");
        buf_release(&name);
    }
    buf_adds(h->out, "</tbody></table></details>\n");
    buf_release(&what);
}

static void add_gaps(struct html *h)
{
    if (!h->d->gaps.len)
        return;
    buf_adds(h->out, "<h2>Not compared</h2>\n<ul>\n");
    for (size_t i = 0; i < h->d->gaps.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&h->d->gaps, struct coverage_gap, i);
        buf_adds(h->out, "<li>");
        html_text(h, g->kind);
        buf_addch(h->out, ' ');
        html_text(h, g->path ? g->path : "");
        buf_adds(h->out, ": ");
        html_text(h, g->why);
        buf_adds(h->out, "</li>\n");
    }
    buf_adds(h->out, "</ul>\n");
}

/* What the text report says beside the changes: ignored, accepted, renamed, migrations. */
static void add_notes(struct html *h)
{
    struct report_options plain = {.full = true};
    struct buf notes = BUF_INIT;
    notes_text_head(h->d, &plain, &notes);
    notes_text_foot(h->d, &plain, &notes);
    if (notes.len) {
        buf_adds(h->out, "<h2>Notes</h2>\n<pre class=\"scroll\">");
        html_text(h, notes.data);
        buf_adds(h->out, "</pre>\n");
    }
    buf_release(&notes);
}

static void add_changes(struct html *h, const struct groups *g, const struct vec *blocks)
{
    if (g->list.len)
        buf_adds(h->out, "<h2>On many objects</h2>\n");
    for (size_t i = 0; i < g->list.len; i++)
        add_group(h, VEC_AT(&g->list, struct group *, i));
    if (blocks->len)
        buf_adds(h->out, "<h2>By object, the most severe first</h2>\n");
    for (size_t i = 0; i < blocks->len; i++)
        add_block(h, g, &VEC_AT(blocks, struct block, i));
}

/* Of all databases, each name once. */
static void add_names(struct vec *ret, const struct vec *more)
{
    for (size_t i = 0; i < more->len; i++) {
        const struct count *c = &VEC_AT(more, struct count, i);
        bool known = false;
        for (size_t k = 0; k < ret->len && !known; k++)
            known = strcmp(VEC_AT(ret, struct count, k).name, c->name) == 0;
        if (!known)
            VEC_PUSH(ret, struct count, *c);
    }
}

/* What the filters offer; texts live in a. */
static void add_bar_of(struct html *h, const struct diff *const *diffs, size_t n)
{
    struct arena a = ARENA_INIT;
    struct vec seen = VEC_INIT(struct count), schemas = VEC_INIT(struct count);
    for (size_t i = 0; i < n; i++) {
        struct vec one = VEC_INIT(struct count);
        count_kinds(diffs[i], &a, &one);
        add_names(&seen, &one);
        vec_reset(&one);
        count_schemas(diffs[i], &a, &one);
        add_names(&schemas, &one);
        vec_release(&one);
    }
    if (seen.len && !h->opt->summary)
        html_bar(h, &seen, &schemas);
    vec_release(&schemas);
    vec_release(&seen);
    arena_release(&a);
}

static void add_head_of(struct html *h, const struct diff *d)
{
    struct arena a = ARENA_INIT;
    struct vec by_kind = VEC_INIT(struct count), by_schema = VEC_INIT(struct count);
    count_kinds(d, &a, &by_kind);
    count_schemas(d, &a, &by_schema);
    h->d = d;
    h->names = report_names(d);
    add_summary(h, &by_kind, &by_schema);
    add_gaps(h);
    vec_release(&by_schema);
    vec_release(&by_kind);
    arena_release(&a);
}

static void add_body_of(struct html *h, const struct diff *d)
{
    struct groups g;
    struct vec blocks = VEC_INIT(struct block);
    h->d = d;
    h->names = report_names(d);
    h->open = d->changes.len <= OPEN_MAX;
    group_find(d, h->opt->full, &g);
    block_list(d, &g, &blocks);
    if (!h->opt->summary)
        add_changes(h, &g, &blocks);
    add_notes(h);
    vec_release(&blocks);
    group_release(&g);
}

bool report_html(const struct diff *d, const struct report_options *opt, struct buf *out,
                 struct err *err)
{
    struct html h = {.d = d, .opt = opt, .names = report_names(d), .out = out};
    struct buf title = BUF_INIT;
    (void)err;
    verdict_of(&h, &title);
    html_head(&h, title.data);
    buf_addf(out, "<h1 class=\"%s\">", report_verdict_name(d->verdict));
    html_text(&h, title.data);
    buf_adds(out, "</h1>\n");
    add_head_of(&h, d);
    add_bar_of(&h, &d, 1);
    add_body_of(&h, d);
    html_tail(&h);
    buf_release(&title);
    return true;
}

/* ---- several databases ----------------------------------------------------------------------- */

static const char *const set_titles[] = {
    "Same: no drift in any database", "Drift: not all databases are what they should be",
    "Incomplete: nothing differs, but not everything could be compared"};

static void set_table(struct html *h, const struct diff_set *s)
{
    buf_adds(h->out, "<p>from ");
    html_code(h, s->from);
    buf_adds(h->out, " to ");
    html_code(h, s->to);
    buf_adds(h->out, "</p>\n<table><thead><tr><th>database</th><th>verdict</th></tr></thead>\n");
    for (size_t i = 0; i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        struct buf word = BUF_INIT;
        report_part_word(s, p, &word);
        buf_adds(h->out, "<tr><td>");
        html_text(h, p->database);
        buf_adds(h->out, "</td><td>");
        html_text(h, word.data);
        buf_adds(h->out, "</td></tr>\n");
        buf_release(&word);
    }
    buf_adds(h->out, "</table>\n");
    for (size_t i = 0; i < s->hidden.len; i++) {
        buf_adds(h->out, "<p>Not compared: ");
        html_text(h, VEC_AT(&s->hidden, const char *, i));
        buf_adds(h->out, "</p>\n");
    }
}

bool report_set_html(const struct diff_set *s, const struct report_options *opt, struct buf *out,
                     struct err *err)
{
    struct html h = {.opt = opt, .out = out};
    struct vec diffs = VEC_INIT(const struct diff *);
    const char *title = set_titles[diff_set_verdict(s)];
    (void)err;
    for (size_t i = 0; i < s->parts.len; i++)
        if (VEC_AT(&s->parts, struct diff_part, i).diff)
            VEC_PUSH(&diffs, const struct diff *, VEC_AT(&s->parts, struct diff_part, i).diff);
    html_head(&h, title);
    buf_addf(out, "<h1 class=\"%s\">%s</h1>\n", report_verdict_name(diff_set_verdict(s)), title);
    set_table(&h, s);
    add_bar_of(&h, diffs.items, diffs.len);
    for (size_t i = 0; i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        if (!p->diff || p->diff->verdict == VERDICT_SAME || report_part_is_empty(p))
            continue;
        buf_adds(out, "<h1>Database ");
        html_text(&h, p->database);
        buf_adds(out, "</h1>\n");
        add_head_of(&h, p->diff);
        add_body_of(&h, p->diff);
    }
    html_tail(&h);
    vec_release(&diffs);
    return true;
}
