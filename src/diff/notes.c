#include "notes.h"

#include <string.h>

enum { VERSIONS_MAX = 20 };

static const char *const note_names[] = {"expired", "outdated", "needless"};

/* The partitions of one table, on both sides. */
struct fold_pair {
    const char *path;
    struct select_fold from, to;
};

static const struct select_fold *fold_of(const struct vec *folds, const char *path)
{
    for (size_t i = 0; i < folds->len; i++)
        if (strcmp(VEC_AT(folds, struct select_fold, i).path, path) == 0)
            return &VEC_AT(folds, struct select_fold, i);
    return NULL;
}

static void pair_folds(const struct diff *d, struct vec *ret)
{
    const struct diff_context *c = d->context;
    for (size_t i = 0; c && i < c->from_folds.len; i++) {
        struct fold_pair p = {.from = VEC_AT(&c->from_folds, struct select_fold, i)};
        const struct select_fold *other = fold_of(&c->to_folds, p.from.path);
        p.path = p.from.path;
        if (other)
            p.to = *other;
        VEC_PUSH(ret, struct fold_pair, p);
    }
    for (size_t i = 0; c && i < c->to_folds.len; i++) {
        struct fold_pair p = {.to = VEC_AT(&c->to_folds, struct select_fold, i)};
        p.path = p.to.path;
        if (!fold_of(&c->from_folds, p.path))
            VEC_PUSH(ret, struct fold_pair, p);
    }
}

/* ---- text ---------------------------------------------------------------------------------- */

struct text {
    const struct diff *d;
    const struct report_options *opt;
    struct buf *out;
    struct report_names names;
};

static void heading(struct text *t, const char *s)
{
    buf_addf(t->out, "\n%s%s%s\n", t->opt->colour ? "\033[1m" : "", s,
             t->opt->colour ? "\033[0m" : "");
}

static void add_visible(struct text *t, const char *s)
{
    report_visible(s, strlen(s), t->out);
}

static void add_count(struct text *t, uint64_t n, const char *one, const char *many)
{
    char number[32];
    str_human_count(n, number);
    buf_addf(t->out, "%s %s", number, n == 1 ? one : many);
}

/* "3 objects" or "3 objects in prod, 2 in staging" */
static void add_both(struct text *t, uint64_t from, uint64_t to, const char *one, const char *many)
{
    char number[32];
    str_human_count(to, number);
    add_count(t, from, one, many);
    if (from != to)
        buf_addf(t->out, " in %s and %s in %s", t->names.from, number, t->names.to);
}

static void text_ignored(struct text *t)
{
    const struct diff_context *c = t->d->context;
    if (c->n_ignore) {
        buf_adds(t->out, "  ignored: ");
        add_both(t, c->from.objects, c->to.objects, "object", "objects");
        if (c->from.properties || c->to.properties) {
            buf_adds(t->out, ", ");
            add_both(t, c->from.properties, c->to.properties, "value", "values");
        }
        buf_adds(t->out, " by ");
        add_count(t, c->n_ignore, "pattern\n", "patterns\n");
    }
    if (c->from.unread || c->to.unread) {
        buf_adds(t->out, "  not read: ");
        add_both(t, c->from.unread, c->to.unread, "schema", "schemas");
        buf_addch(t->out, '\n');
    }
    if (c->selected) {
        buf_adds(t->out, "  not selected: ");
        add_both(t, c->from.left_out, c->to.left_out, "object", "objects");
        buf_addch(t->out, '\n');
    }
}

/* The kinds that select_leave_server takes out, by name. */
static size_t server_kinds(const char *ret[K_COUNT])
{
    size_t n = 0;
    for (int i = 0; i < K_COUNT; i++)
        if (kinds[i].flags & KF_OF_SERVER)
            ret[n++] = kinds[i].name;
    return n;
}

static void text_scope(struct text *t)
{
    const char *comma = "";
    if (!t->d->context->no_server)
        return;
    buf_adds(t->out, "  left out, because it is the server's own: ");
    for (int i = 0; i < K_COUNT; i++)
        if (kinds[i].flags & KF_OF_SERVER) {
            buf_adds(t->out, comma);
            report_plural(&kinds[i], 2, t->out);
            comma = ", ";
        }
    buf_adds(t->out, " (--scope server compares it)\n");
}

static void text_partitions(struct text *t)
{
    struct vec pairs = VEC_INIT(struct fold_pair);
    pair_folds(t->d, &pairs);
    for (size_t i = 0; i < pairs.len; i++) {
        const struct fold_pair *p = &VEC_AT(&pairs, struct fold_pair, i);
        char from[32], to[32];
        str_human_count(p->from.like, from);
        str_human_count(p->to.like, to);
        buf_addf(t->out, "  partitions of %s: %s in %s, %s in %s, like their table: only counted",
                 p->path, from, t->names.from, to, t->names.to);
        if (p->from.unlike || p->to.unlike) {
            buf_adds(t->out, "; unlike it: ");
            add_both(t, p->from.unlike, p->to.unlike, "partition", "partitions");
        }
        buf_addch(t->out, '\n');
    }
    vec_release(&pairs);
}

static void text_versions(struct text *t, const struct vec *versions, char mark, const char *what)
{
    const char *colour = mark == '-' ? "\033[31m" : "\033[32m";
    for (size_t i = 0; i < versions->len; i++) {
        if (i == VERSIONS_MAX) {
            buf_addf(t->out, "  … %zu more %s %s\n", versions->len - i, what, t->names.to);
            break;
        }
        buf_addf(t->out, "  %s%c ", t->opt->colour ? colour : "", mark);
        add_visible(t, VEC_AT(versions, const char *, i));
        buf_addf(t->out, "%s: %s %s\n", t->opt->colour ? "\033[0m" : "", what, t->names.to);
    }
}

static void text_migrations(struct text *t)
{
    const struct vec *list = &t->d->context->migrations;
    for (size_t i = 0; i < list->len; i++) {
        const struct diff_migrations *m = &VEC_AT(list, struct diff_migrations, i);
        struct buf title = BUF_INIT;
        buf_addf(&title, "Migrations of %s (%s)", m->tool, m->table);
        heading(t, title.data);
        buf_release(&title);
        if (m->not_compared) {
            buf_addf(t->out, "  not compared: ");
            add_visible(t, m->not_compared);
            buf_addch(t->out, '\n');
            continue;
        }
        text_versions(t, &m->only_from, '-', "missing in");
        text_versions(t, &m->only_to, '+', "only in");
        buf_adds(t->out, "  ");
        add_count(t, m->both, "on both sides\n", "on both sides\n");
    }
}

void notes_text_head(const struct diff *d, const struct report_options *opt, struct buf *out)
{
    struct text t = {d, opt, out, report_names(d)};
    if (d->explained) {
        buf_adds(out, "  left out or disabled by the copy: ");
        add_count(&t, d->explained, "difference\n", "differences\n");
    }
    if (d->accepted) {
        buf_adds(out, "  accepted by the baseline: ");
        add_count(&t, d->accepted, "difference\n", "differences\n");
    }
    if (!d->context)
        return;
    text_ignored(&t);
    text_scope(&t);
    text_partitions(&t);
    text_migrations(&t);
}

static void text_renames(struct text *t)
{
    if (t->d->renames.len)
        heading(t, "Perhaps renamed: the same content under another name");
    for (size_t i = 0; i < t->d->renames.len; i++) {
        const struct diff_rename *r = &VEC_AT(&t->d->renames, struct diff_rename, i);
        buf_adds(t->out, "  ");
        report_kind(r->from->kind, t->out);
        buf_addch(t->out, ' ');
        model_path(r->from, t->out);
        buf_adds(t->out, " → ");
        model_path(r->to, t->out);
        buf_addch(t->out, '\n');
    }
}

static void text_baseline(struct text *t)
{
    if (t->d->notes.len)
        heading(t, "Baseline");
    for (size_t i = 0; i < t->d->notes.len; i++) {
        const struct diff_note *n = &VEC_AT(&t->d->notes, struct diff_note, i);
        if (n->type == NOTE_EXPIRED)
            buf_addf(t->out, "  expired after %s: ", n->until);
        else if (n->type == NOTE_OUTDATED)
            buf_adds(t->out, "  accepted for other values: ");
        else
            buf_adds(t->out, "  no longer needed: ");
        buf_addf(t->out, "%s %s", n->kind, n->path);
        if (n->property)
            buf_addf(t->out, ", %s", n->property);
        buf_adds(t->out, " (");
        add_visible(t, n->reason);
        buf_adds(t->out, ")\n");
    }
}

void notes_text_foot(const struct diff *d, const struct report_options *opt, struct buf *out)
{
    struct text t = {d, opt, out, report_names(d)};
    text_renames(&t);
    text_baseline(&t);
    if (!d->context || !d->context->idle.len)
        return;
    heading(&t, "Patterns that match nothing");
    for (size_t i = 0; i < d->context->idle.len; i++) {
        buf_adds(out, "  ");
        add_visible(&t, VEC_AT(&d->context->idle, const char *, i));
        buf_addch(out, '\n');
    }
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static struct json *json_texts(const struct vec *texts)
{
    struct json *list = json_arr();
    for (size_t i = 0; i < texts->len; i++)
        json_push(list, json_str(VEC_AT(texts, const char *, i)));
    return list;
}

static struct json *json_numbers(const char *first, uint64_t a, const char *second, uint64_t b)
{
    struct json *v = json_obj();
    json_set(v, first, json_int((int64_t)a));
    json_set(v, second, json_int((int64_t)b));
    return v;
}

static struct json *json_renames(const struct diff *d)
{
    struct json *list = json_arr();
    for (size_t i = 0; i < d->renames.len; i++) {
        const struct diff_rename *r = &VEC_AT(&d->renames, struct diff_rename, i);
        struct json *v = json_obj();
        struct buf path = BUF_INIT;
        json_set(v, "kind", json_str(r->from->kind->name));
        model_path(r->from, &path);
        json_set(v, "from", json_str(path.data));
        buf_reset(&path);
        model_path(r->to, &path);
        json_set(v, "to", json_str(path.data));
        json_push(list, v);
        buf_release(&path);
    }
    return list;
}

static struct json *json_baseline(const struct diff *d)
{
    struct json *v = json_obj(), *list = json_arr();
    for (size_t i = 0; i < d->notes.len; i++) {
        const struct diff_note *n = &VEC_AT(&d->notes, struct diff_note, i);
        struct json *e = json_obj();
        json_set(e, "state", json_str(note_names[n->type]));
        json_set(e, "kind", json_str(n->kind));
        json_set(e, "path", json_str(n->path));
        json_set(e, "property", json_str(n->property));
        json_set(e, "reason", json_str(n->reason));
        json_set(e, "until", json_str(n->until));
        json_push(list, e);
    }
    json_set(v, "accepted", json_int((int64_t)d->accepted));
    json_set(v, "notes", list);
    return v;
}

static struct json *json_partitions(const struct diff *d)
{
    struct json *list = json_arr();
    struct vec pairs = VEC_INIT(struct fold_pair);
    pair_folds(d, &pairs);
    for (size_t i = 0; i < pairs.len; i++) {
        const struct fold_pair *p = &VEC_AT(&pairs, struct fold_pair, i);
        struct json *v = json_obj();
        json_set(v, "path", json_str(p->path));
        json_set(v, "from", json_numbers("like", p->from.like, "unlike", p->from.unlike));
        json_set(v, "to", json_numbers("like", p->to.like, "unlike", p->to.unlike));
        json_push(list, v);
    }
    vec_release(&pairs);
    return list;
}

static struct json *json_migrations(const struct diff *d)
{
    struct json *list = json_arr();
    for (size_t i = 0; i < d->context->migrations.len; i++) {
        const struct diff_migrations *m =
            &VEC_AT(&d->context->migrations, struct diff_migrations, i);
        struct json *v = json_obj();
        json_set(v, "tool", json_str(m->tool));
        json_set(v, "table", json_str(m->table));
        if (m->not_compared) {
            json_set(v, "not_compared", json_str(m->not_compared));
        } else {
            json_set(v, "only_from", json_texts(&m->only_from));
            json_set(v, "only_to", json_texts(&m->only_to));
            json_set(v, "both", json_int((int64_t)m->both));
        }
        json_push(list, v);
    }
    return list;
}

void notes_json(const struct diff *d, struct json *report)
{
    const struct diff_context *c = d->context;
    json_set(report, "renames", json_renames(d));
    if (d->explained)
        json_set(report, "neutralised", json_int((int64_t)d->explained));
    if (d->accepted || d->notes.len)
        json_set(report, "baseline", json_baseline(d));
    if (!c)
        return;
    if (c->n_ignore) {
        struct json *v = json_obj();
        json_set(v, "patterns", json_int(c->n_ignore));
        json_set(v, "from", json_numbers("objects", c->from.objects, "values", c->from.properties));
        json_set(v, "to", json_numbers("objects", c->to.objects, "values", c->to.properties));
        json_set(report, "ignored", v);
    }
    if (c->no_server) {
        const char *names[K_COUNT];
        struct json *list = json_arr();
        for (size_t i = 0, n = server_kinds(names); i < n; i++)
            json_push(list, json_str(names[i]));
        json_set(report, "not_in_scope", list);
    }
    if (c->selected)
        json_set(report, "not_selected",
                 json_numbers("from", c->from.left_out, "to", c->to.left_out));
    if (c->from.unread || c->to.unread)
        json_set(report, "unread_schemas",
                 json_numbers("from", c->from.unread, "to", c->to.unread));
    if (c->idle.len)
        json_set(report, "idle_patterns", json_texts(&c->idle));
    if (c->from_folds.len || c->to_folds.len)
        json_set(report, "partitions", json_partitions(d));
    if (c->migrations.len)
        json_set(report, "migrations", json_migrations(d));
}

/* ---- XML ----------------------------------------------------------------------------------- */

static void xml_texts(struct xml *x, const char *name, const struct vec *texts)
{
    for (size_t i = 0; i < texts->len; i++) {
        xml_open(x, name);
        xml_text(x, VEC_AT(texts, const char *, i));
        xml_close(x);
    }
}

static void xml_renames(const struct diff *d, struct xml *x)
{
    for (size_t i = 0; i < d->renames.len; i++) {
        const struct diff_rename *r = &VEC_AT(&d->renames, struct diff_rename, i);
        struct buf path = BUF_INIT;
        xml_open(x, "renamed");
        xml_attr(x, "kind", r->from->kind->name);
        model_path(r->from, &path);
        xml_attr(x, "from", path.data);
        buf_reset(&path);
        model_path(r->to, &path);
        xml_attr(x, "to", path.data);
        xml_close(x);
        buf_release(&path);
    }
}

static void xml_baseline(const struct diff *d, struct xml *x)
{
    if (d->explained) {
        xml_open(x, "neutralised");
        xml_attr_int(x, "differences", d->explained);
        xml_close(x);
    }
    if (!d->accepted && !d->notes.len)
        return;
    xml_open(x, "baseline");
    xml_attr_int(x, "accepted", d->accepted);
    for (size_t i = 0; i < d->notes.len; i++) {
        const struct diff_note *n = &VEC_AT(&d->notes, struct diff_note, i);
        xml_open(x, note_names[n->type]);
        xml_attr(x, "kind", n->kind);
        xml_attr(x, "path", n->path);
        xml_attr(x, "property", n->property);
        xml_attr(x, "reason", n->reason);
        xml_attr(x, "until", n->until);
        xml_close(x);
    }
    xml_close(x);
}

static void xml_selection(const struct diff_context *c, struct xml *x)
{
    if (c->n_ignore) {
        xml_open(x, "ignored");
        xml_attr_int(x, "patterns", c->n_ignore);
        xml_attr_int(x, "from_objects", c->from.objects);
        xml_attr_int(x, "from_values", c->from.properties);
        xml_attr_int(x, "to_objects", c->to.objects);
        xml_attr_int(x, "to_values", c->to.properties);
        xml_close(x);
    }
    if (c->no_server) {
        const char *names[K_COUNT];
        for (size_t i = 0, n = server_kinds(names); i < n; i++) {
            xml_open(x, "not_in_scope");
            xml_attr(x, "kind", names[i]);
            xml_close(x);
        }
    }
    if (c->selected) {
        xml_open(x, "not_selected");
        xml_attr_int(x, "from", c->from.left_out);
        xml_attr_int(x, "to", c->to.left_out);
        xml_close(x);
    }
    if (c->from.unread || c->to.unread) {
        xml_open(x, "unread_schemas");
        xml_attr_int(x, "from", c->from.unread);
        xml_attr_int(x, "to", c->to.unread);
        xml_close(x);
    }
    xml_texts(x, "idle_pattern", &c->idle);
}

static void xml_partitions(const struct diff *d, struct xml *x)
{
    struct vec pairs = VEC_INIT(struct fold_pair);
    pair_folds(d, &pairs);
    for (size_t i = 0; i < pairs.len; i++) {
        const struct fold_pair *p = &VEC_AT(&pairs, struct fold_pair, i);
        xml_open(x, "partitions");
        xml_attr(x, "path", p->path);
        xml_attr_int(x, "from_like", p->from.like);
        xml_attr_int(x, "from_unlike", p->from.unlike);
        xml_attr_int(x, "to_like", p->to.like);
        xml_attr_int(x, "to_unlike", p->to.unlike);
        xml_close(x);
    }
    vec_release(&pairs);
}

static void xml_migrations(const struct diff_context *c, struct xml *x)
{
    for (size_t i = 0; i < c->migrations.len; i++) {
        const struct diff_migrations *m = &VEC_AT(&c->migrations, struct diff_migrations, i);
        xml_open(x, "migrations");
        xml_attr(x, "tool", m->tool);
        xml_attr(x, "table", m->table);
        xml_attr(x, "not_compared", m->not_compared);
        if (!m->not_compared)
            xml_attr_int(x, "both", m->both);
        xml_texts(x, "only_from", &m->only_from);
        xml_texts(x, "only_to", &m->only_to);
        xml_close(x);
    }
}

void notes_xml(const struct diff *d, struct xml *x)
{
    xml_renames(d, x);
    xml_baseline(d, x);
    if (!d->context)
        return;
    xml_selection(d->context, x);
    xml_partitions(d, x);
    xml_migrations(d->context, x);
}
