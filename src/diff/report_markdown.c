#include <string.h>

#include "block.h"
#include "count.h"
#include "lines.h"
#include "notes.h"

/*
 * A comment on a pull request, as GitHub, GitLab and others render it: the verdict, tables of
 * counts, and a block to open for each object, the most severe first. Whatever comes from a catalog
 * stands in <code> with all that Markdown or HTML could take for markup as entities, or in a fence
 * that is longer than any in it: so it is no link, no mention, no tag and ends no table.
 */
enum { LIMIT = 65536, FOOT = 1024, LINES_MAX = 40, AROUND = 2, NAMES_MAX = 200 };

struct page {
    const struct diff *d;
    const struct report_options *opt;
    struct report_names names;
    struct buf *out;
    struct buf piece;
    uint64_t left_objects, left_changes, left_others;
};

static bool is_alnum(char c)
{
    return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

/* Within <code>, where it stays in a raw text that people read too. Not plain: what begins or ends
 * markup, and what makes "http://", "www." and addresses links. */
static bool is_plain(const char *p, char before)
{
    if (*p == '.')
        return before != 'w' && before != 'W';
    if (*p == ':')
        return p[1] != '/';
    if (*p == '_')
        return is_alnum(before) && is_alnum(p[1]);
    return is_alnum(*p) || strchr(" ,-/()'\";=+?%!", *p);
}

static void escape(const char *text, size_t n, struct buf *out)
{
    struct buf seen = BUF_INIT;
    report_visible(text, n, &seen);
    for (const char *p = seen.data; *p; p++) {
        if (is_plain(p, p > seen.data ? p[-1] : ' '))
            buf_addch(out, *p);
        else if (*p == '\n' || *p == '\t')
            buf_addch(out, ' ');
        else
            buf_addf(out, "&#%d;", *p);
    }
    buf_release(&seen);
}

static void code(const char *text, struct buf *out)
{
    buf_adds(out, "<code>");
    escape(text, strlen(text), out);
    buf_adds(out, "</code>");
}

/* Takes the piece into the page, if there is room for it and for the foot. */
static bool take(struct page *m)
{
    bool fits = m->out->len + m->piece.len + FOOT <= LIMIT;
    if (fits)
        buf_add(m->out, m->piece.data, m->piece.len);
    buf_reset(&m->piece);
    return fits;
}

static void take_other(struct page *m)
{
    m->left_others += !take(m);
}

/* A block of HTML, or a list, begins after an empty line. */
static void apart(struct page *m)
{
    size_t n = m->out->len;
    if (n >= 2 && (m->out->data[n - 1] != '\n' || m->out->data[n - 2] != '\n'))
        buf_addch(&m->piece, '\n');
}

/* ---- head ------------------------------------------------------------------------------------ */

static void add_side(struct page *m, const char *side, const char *name, const struct model *x)
{
    struct buf server = BUF_INIT;
    report_server(x, &server);
    buf_addf(&m->piece, "| %s ", side);
    if (strcmp(name, "FROM") != 0 && strcmp(name, "TO") != 0)
        code(name, &m->piece);
    buf_adds(&m->piece, " | ");
    escape(server.data, server.len, &m->piece);
    buf_adds(&m->piece, " | ");
    code(x->database ? x->database : "", &m->piece);
    buf_adds(&m->piece, " | ");
    code(x->address ? x->address : report_label(x, ""), &m->piece);
    buf_adds(&m->piece, " |\n");
    buf_release(&server);
}

static void add_verdict(struct page *m)
{
    const struct diff *d = m->d;
    struct buf *out = &m->piece;
    if (d->empty) {
        buf_addf(out, "### Nothing was compared: %s\n\n", report_why_empty(d));
    } else if (d->verdict == VERDICT_INCOMPLETE) {
        buf_adds(out, "### Incomplete: nothing differs, but not everything could be compared\n\n");
    } else {
        buf_adds(out, d->verdict == VERDICT_SAME ? "### Same: no drift between " : "### Drift: ");
        code(d->verdict == VERDICT_SAME ? m->names.from : m->names.to, out);
        buf_adds(out, d->verdict == VERDICT_SAME ? " and " : " differs from ");
        code(d->verdict == VERDICT_SAME ? m->names.to : m->names.from, out);
        buf_adds(out, "\n\n");
    }
    buf_adds(out, "| | server | database | where |\n|---|---|---|---|\n");
    add_side(m, "from", m->names.from, d->from);
    add_side(m, "to", m->names.to, d->to);
    buf_addch(out, '\n');
}

static void add_table(struct page *m, const char *title, const struct vec *rows)
{
    buf_addf(&m->piece,
             "| %s | missing in TO | only in TO | different | not compared | most severe |\n"
             "|---|--:|--:|--:|--:|---|\n",
             title);
    for (size_t i = 0; i < rows->len; i++) {
        const struct count *r = &VEC_AT(rows, struct count, i);
        if (i == NAMES_MAX) {
            buf_addf(&m->piece, "| … %zu more | | | | | |\n", rows->len - i);
            break;
        }
        buf_adds(&m->piece, "| ");
        code(r->name, &m->piece);
        buf_addf(&m->piece, " | %llu | %llu | %llu | %llu | %s |\n",
                 (unsigned long long)r->n[CHANGE_REMOVED], (unsigned long long)r->n[CHANGE_ADDED],
                 (unsigned long long)r->n[CHANGE_CHANGED], (unsigned long long)r->n[CHANGE_UNKNOWN],
                 severity_name(r->level));
    }
    buf_addch(&m->piece, '\n');
}

static void add_counts(struct page *m)
{
    struct arena a = ARENA_INIT;
    struct vec rows = VEC_INIT(struct count);
    struct report_levels levels = report_levels(m->d);
    char n[32];
    str_human_count(m->d->compared, n);
    buf_addf(&m->piece, "%s object%s on both sides.", n, m->d->compared == 1 ? " is" : "s are");
    if (m->d->changes.len) {
        buf_adds(&m->piece, " Changes by severity: ");
        report_level_counts(&levels, &m->piece);
        buf_addch(&m->piece, '.');
    }
    buf_adds(&m->piece, "\n\n");
    count_kinds(m->d, &a, &rows);
    if (rows.len)
        add_table(m, "kind", &rows);
    vec_reset(&rows);
    if (m->opt->summary)
        count_schemas(m->d, &a, &rows);
    if (rows.len)
        add_table(m, "schema", &rows);
    vec_release(&rows);
    arena_release(&a);
}

/* ---- values ---------------------------------------------------------------------------------- */

static size_t longest_ticks(const struct vec *ops)
{
    size_t longest = 2;
    for (size_t i = 0; i < ops->len; i++) {
        const struct line_op *l = &VEC_AT(ops, struct line_op, i);
        for (size_t k = 0, run = 0; k < l->len; k++) {
            run = l->text[k] == '`' ? run + 1 : 0;
            longest = run > longest ? run : longest;
        }
    }
    return longest;
}

static bool is_near(const struct vec *ops, size_t i)
{
    size_t from = i > AROUND ? i - AROUND : 0;
    size_t to = i + AROUND < ops->len ? i + AROUND : ops->len - 1;
    for (size_t k = from; k <= to; k++)
        if (VEC_AT(ops, struct line_op, k).op != ' ')
            return true;
    return false;
}

static void fence(struct page *m, size_t ticks, const char *language)
{
    buf_adds(&m->piece, "  ");
    for (size_t i = 0; i < ticks; i++)
        buf_addch(&m->piece, '`');
    buf_addf(&m->piece, "%s\n", language);
}

static void add_lines(struct page *m, const char *from, const char *to)
{
    struct vec ops = VEC_INIT(struct line_op);
    size_t shown = 0;
    lines_diff(from, to, &ops);
    size_t ticks = longest_ticks(&ops) + 1;
    buf_addch(&m->piece, '\n');
    fence(m, ticks, "diff");
    for (size_t i = 0; i < ops.len; i++) {
        const struct line_op *l = &VEC_AT(&ops, struct line_op, i);
        if (!is_near(&ops, i))
            continue;
        if (shown++ == LINES_MAX) {
            buf_addf(&m->piece, "  … %zu more lines\n", ops.len - i);
            break;
        }
        buf_addf(&m->piece, "  %c", l->op);
        report_visible(l->text, l->len, &m->piece);
        buf_addch(&m->piece, '\n');
    }
    fence(m, ticks, "");
    vec_release(&ops);
}

static void add_value(const char *value, struct buf *out)
{
    if (value && *value)
        code(value, out);
    else
        buf_adds(out, value ? "''" : "(none)");
}

static void add_property(struct page *m, const struct change *c, unsigned slot, const char *name)
{
    const struct prop *p = &report_object(c)->kind->props[slot];
    const char *from = report_value(c->from, slot), *to = report_value(c->to, slot);
    bool unknown = c->unknown >> slot & 1;
    buf_addf(&m->piece, "- %s%s", name, *name ? ": " : "");
    code(p->name, &m->piece);
    buf_addf(&m->piece, " (%s)", severity_name(severity_property(m->d, c, slot)));
    if (unknown) {
        buf_adds(&m->piece, " could not be compared\n");
    } else if (block_is_short(p, from) && block_is_short(p, to)) {
        buf_adds(&m->piece, ": ");
        add_value(from, &m->piece);
        buf_adds(&m->piece, " → ");
        add_value(to, &m->piece);
        buf_addch(&m->piece, '\n');
    } else {
        buf_addch(&m->piece, '\n');
        add_lines(m, from, to);
    }
}

/* ---- changes --------------------------------------------------------------------------------- */

static void add_one_sided(struct page *m, const struct change *c, struct buf *out)
{
    const struct object *o = report_object(c);
    struct buf text = BUF_INIT, inside = BUF_INIT;
    report_name(o, &text);
    summary_add(o, &text);
    buf_addf(out, "%s ", c->type == CHANGE_ADDED ? "only in" : "missing in");
    buf_addf(out, "TO (%s): ", severity_name(severity_of(m->d, c)));
    code(text.data, out);
    report_inside(o, &inside);
    if (inside.len)
        buf_addf(out, " with %s", inside.data);
    buf_release(&text);
    buf_release(&inside);
}

static void add_change(struct page *m, const struct groups *g, const struct change *c)
{
    const struct object *o = report_object(c);
    struct buf text = BUF_INIT, name = BUF_INIT;
    if (group_is_said(g, c))
        return;
    if (report_is_one_sided(c)) {
        buf_adds(&m->piece, "- ");
        add_one_sided(m, c, &m->piece);
        buf_addch(&m->piece, '\n');
        return;
    }
    if (o != model_top(o)) {
        report_name(o, &text);
        code(text.data, &name);
    }
    for (uint64_t left = group_left(g, c); left; left &= left - 1)
        add_property(m, c, (unsigned)__builtin_ctzll(left), name.data);
    buf_release(&text);
    buf_release(&name);
}

static void add_block(struct page *m, const struct groups *g, const struct block *b)
{
    if (b->alone) {
        add_change(m, g, b->changes);
    } else {
        struct buf key = BUF_INIT;
        report_top_key(b->changes, &key);
        apart(m);
        buf_adds(&m->piece, "<details><summary>");
        code(key.data, &m->piece);
        buf_addf(&m->piece, ": %zu change%s (%s)</summary>\n\n", b->shown, b->shown == 1 ? "" : "s",
                 severity_name(b->level));
        for (size_t i = 0; i < b->n; i++)
            add_change(m, g, &b->changes[i]);
        buf_adds(&m->piece, "\n</details>\n\n");
        buf_release(&key);
    }
    if (!take(m)) {
        m->left_objects++;
        m->left_changes += b->shown;
    }
}

static void add_group(struct page *m, const struct group *g)
{
    struct buf what = BUF_INIT, where = BUF_INIT;
    group_what(m->d, g, &what);
    group_where(g, &where);
    apart(m);
    buf_adds(&m->piece, "<details><summary>");
    code(what.data, &m->piece);
    buf_addf(&m->piece, " %s %s (%s)</summary>\n\n", g->slot < 0 ? "in" : "on", where.data,
             severity_name(g->level));
    for (size_t i = 0; i < g->members.len; i++) {
        struct buf name = BUF_INIT;
        if (i == NAMES_MAX) {
            buf_addf(&m->piece, " and %zu more", g->members.len - i);
            break;
        }
        report_kind(group_member(g, i)->kind, &name);
        buf_addch(&name, ' ');
        model_path(group_member(g, i), &name);
        buf_adds(&m->piece, i ? ", " : "");
        code(name.data, &m->piece);
        buf_release(&name);
    }
    buf_adds(&m->piece, "\n\n</details>\n\n");
    if (!take(m)) {
        m->left_objects += g->members.len;
        m->left_changes += g->members.len;
    }
    buf_release(&what);
    buf_release(&where);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void add_gaps(struct page *m)
{
    if (!m->d->gaps.len)
        return;
    apart(m);
    buf_adds(&m->piece, "**Not compared:**\n\n");
    take_other(m);
    for (size_t i = 0; i < m->d->gaps.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&m->d->gaps, struct coverage_gap, i);
        struct buf what = BUF_INIT;
        buf_addf(&what, "%s%s%s", g->kind, g->path ? " " : "", g->path ? g->path : "");
        buf_adds(&m->piece, "- ");
        code(what.data, &m->piece);
        buf_adds(&m->piece, ": ");
        code(g->why, &m->piece);
        buf_addch(&m->piece, '\n');
        take_other(m);
        buf_release(&what);
    }
}

/* What the text report says beside the changes: ignored, accepted, renamed, migrations. */
static void add_notes(struct page *m)
{
    struct report_options plain = {.full = true};
    struct buf text = BUF_INIT;
    struct vec lines = VEC_INIT(struct line_op);
    notes_text_head(m->d, &plain, &text);
    notes_text_foot(m->d, &plain, &text);
    lines_diff(text.data, text.data, &lines);
    if (lines.len) {
        size_t ticks = longest_ticks(&lines) + 1;
        apart(m);
        buf_adds(&m->piece, "<details><summary>Notes</summary>\n\n");
        fence(m, ticks, "text");
        for (size_t i = 0; i < lines.len; i++) {
            const struct line_op *l = &VEC_AT(&lines, struct line_op, i);
            buf_addf(&m->piece, "  %.*s\n", (int)l->len, l->text);
        }
        fence(m, ticks, "");
        buf_adds(&m->piece, "\n</details>\n\n");
        take_other(m);
    }
    vec_release(&lines);
    buf_release(&text);
}

static void add_foot(struct page *m)
{
    char objects[32], changes[32];
    if (!m->left_objects && !m->left_others)
        return;
    str_human_count(m->left_objects, objects);
    str_human_count(m->left_changes, changes);
    buf_adds(m->out, "\n**Left out here**, because a comment holds 65,536 characters: ");
    buf_addf(m->out, "%s objects with %s changes", objects, changes);
    if (m->left_others)
        buf_addf(m->out, ", and %llu notes or things that were not compared",
                 (unsigned long long)m->left_others);
    if (m->opt->link)
        buf_addf(m->out, ". The whole report is with [this run](%s).\n", m->opt->link);
    else
        buf_adds(m->out, ". A report in HTML or JSON has them all.\n");
}

static void of_diff(struct page *m, const struct diff *d)
{
    struct groups g;
    struct vec blocks = VEC_INIT(struct block);
    m->d = d;
    m->names = report_names(d);
    group_find(d, m->opt->full, &g);
    block_list(d, &g, &blocks);
    add_verdict(m);
    take_other(m);
    add_counts(m);
    take_other(m);
    add_gaps(m);
    for (size_t i = 0; !m->opt->summary && i < g.list.len; i++)
        add_group(m, VEC_AT(&g.list, struct group *, i));
    for (size_t i = 0; !m->opt->summary && i < blocks.len; i++)
        add_block(m, &g, &VEC_AT(&blocks, struct block, i));
    add_notes(m);
    vec_release(&blocks);
    group_release(&g);
}

bool report_markdown(const struct diff *d, const struct report_options *opt, struct buf *out,
                     struct err *err)
{
    struct page m = {.opt = opt, .out = out, .piece = BUF_INIT};
    (void)err;
    of_diff(&m, d);
    add_foot(&m);
    buf_release(&m.piece);
    return true;
}

/* ---- several databases ----------------------------------------------------------------------- */

static void set_head(struct page *m, const struct diff_set *s)
{
    static const char *const lines[] = {
        "### Same: no drift in any database\n\n",
        "### Drift: not all databases are what they should be\n\n",
        "### Incomplete: nothing differs, but not everything could be compared\n\n"};
    buf_adds(&m->piece, lines[diff_set_verdict(s)]);
    buf_adds(&m->piece, "From ");
    code(s->from, &m->piece);
    buf_adds(&m->piece, " to ");
    code(s->to, &m->piece);
    buf_adds(&m->piece, ".\n\n| database | verdict |\n|---|---|\n");
    take_other(m);
    for (size_t i = 0; i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        struct buf word = BUF_INIT;
        report_part_word(s, p, &word);
        buf_adds(&m->piece, "| ");
        code(p->database, &m->piece);
        buf_adds(&m->piece, " | ");
        escape(word.data, word.len, &m->piece);
        buf_adds(&m->piece, " |\n");
        take_other(m);
        buf_release(&word);
    }
    for (size_t i = 0; i < s->hidden.len; i++) {
        buf_adds(&m->piece, "\n**Not compared:** ");
        code(VEC_AT(&s->hidden, const char *, i), &m->piece);
        buf_addch(&m->piece, '\n');
        take_other(m);
    }
}

bool report_set_markdown(const struct diff_set *s, const struct report_options *opt,
                         struct buf *out, struct err *err)
{
    struct page m = {.opt = opt, .out = out, .piece = BUF_INIT};
    (void)err;
    set_head(&m, s);
    for (size_t i = 0; i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        if (!p->diff || p->diff->verdict == VERDICT_SAME || report_part_is_empty(p))
            continue;
        buf_adds(&m.piece, "\n## Database ");
        code(p->database, &m.piece);
        buf_adds(&m.piece, "\n\n");
        take_other(&m);
        of_diff(&m, p->diff);
    }
    add_foot(&m);
    buf_release(&m.piece);
    return true;
}
