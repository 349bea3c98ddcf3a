#include <dbtwin/model.h>

#include <dbtwin/engine.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "utf8.h"

/*
 * A listing for people: one line for each object, with its short properties, and the long ones
 * below it. Kinds stand in the order of kinds.def, columns in the table's.
 */

enum { SHORT = 60, STEP = 2 };

struct tree {
    const struct model *m;
    struct buf *out;
    struct arena scratch;
};

static void indent(struct tree *t, unsigned depth)
{
    for (unsigned i = 0; i < depth * STEP; i++)
        buf_addch(t->out, ' ');
}

static int64_t position_of(const struct object *o)
{
    int slot = kind_prop(o->kind, "position");
    const char *text = slot < 0 ? NULL : model_get(o, slot);
    int64_t position;

    /* An index part's name is its place. */
    if (o->kind->id == K_INDEX_PART)
        text = o->name;
    return text && str_parse_i64(text, &position) ? position : 0;
}

struct sortable {
    const struct object *o;
    int64_t position;
};

static int compare(const void *left, const void *right)
{
    const struct sortable *a = left, *b = right;

    if (a->o->kind->id != b->o->kind->id)
        return a->o->kind->id < b->o->kind->id ? -1 : 1;
    if (a->position != b->position)
        return a->position < b->position ? -1 : 1;
    return a->o->id < b->o->id ? -1 : a->o->id > b->o->id;
}

static bool is_short(const struct prop *p, const char *text)
{
    return p->type != T_BODY && strlen(text) <= SHORT && !strchr(text, '\n');
}

/* Text that cannot do anything to a terminal. */
static void add_shown(struct tree *t, const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t len = utf8_char(text + i, n - i);
        unsigned char c = (unsigned char)text[i];
        bool control = !len || (c < 0x20 && c != '\t') || c == 0x7f ||
                       (len == 2 && c == 0xc2 && (unsigned char)text[i + 1] < 0xa0);

        if (control)
            for (size_t j = 0; j < (len ? len : 1); j++)
                buf_addf(t->out, "\\x%02X", (unsigned char)text[i + j]);
        else
            buf_add(t->out, text + i, len);
        i += len ? len : 1;
    }
}

static void add_lines(struct tree *t, const char *text, unsigned depth)
{
    for (const char *p = text;;) {
        size_t len = strcspn(p, "\n");

        indent(t, depth);
        add_shown(t, p, len);
        buf_addch(t->out, '\n');
        if (!p[len] || !p[len + 1])
            return;
        p += len + 1;
    }
}

static void add_properties(struct tree *t, const struct object *o, unsigned depth)
{
    const struct kind *k = o->kind;

    for (unsigned i = 0; i < k->n_props; i++) {
        const struct prop *p = &k->props[i];
        const char *text = o->v[i];

        if (p->flags & F_INTERNAL || !text || (text != model_unknown && !is_short(p, text)))
            continue;
        if (p->type == T_BOOL && text != model_unknown) {
            buf_addf(t->out, text[0] == 'y' ? "  %s" : "  not %s", p->name);
            continue;
        }
        buf_addf(t->out, "  %s=", p->name);
        if (text == model_unknown)
            buf_addch(t->out, '?');
        else
            add_shown(t, text, strlen(text));
    }
    buf_addch(t->out, '\n');
    for (unsigned i = 0; i < k->n_props; i++) {
        const struct prop *p = &k->props[i];
        const char *text = model_get(o, (int)i);

        if (p->flags & F_INTERNAL || !text || is_short(p, text))
            continue;
        indent(t, depth + 1);
        buf_addf(t->out, "%s:\n", p->name);
        add_lines(t, text, depth + 2);
    }
}

static void add_object(struct tree *t, const struct object *o, unsigned depth)
{
    struct sortable *children;
    size_t n = 0;

    indent(t, depth);
    buf_adds(t->out, o->kind->name);
    if (o->parent) {
        buf_addch(t->out, ' ');
        model_name(o->name, t->out);
    }
    add_properties(t, o, depth);
    if (!o->n_children)
        return;
    children = arena_alloc(&t->scratch, o->n_children * sizeof(*children));
    for (const struct object *child = o->first; child; child = child->next)
        children[n++] = (struct sortable){child, position_of(child)};
    qsort(children, n, sizeof(*children), compare);
    for (size_t i = 0; i < n; i++)
        add_object(t, children[i].o, depth + 1);
}

bool model_to_tree(const struct model *m, struct buf *out, struct err *err)
{
    struct tree t = {m, out, ARENA_INIT};

    (void)err;
    assert(m->frozen);
    buf_addf(out, "%s %s", engine_of(m->flavor)->title, m->server_version);
    if (*m->database) {
        buf_adds(out, ", database ");
        model_name(m->database, out);
    }
    if (m->taken_at)
        buf_addf(out, ", read %s", m->taken_at);
    buf_addch(out, '\n');
    add_object(&t, m->root, 0);
    for (size_t i = 0; i < m->gaps.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&m->gaps, struct coverage_gap, i);

        buf_addf(out, "not read: %s%s%s: ", g->kind, g->path ? " " : "", g->path ? g->path : "");
        add_shown(&t, g->why, strlen(g->why));
        buf_addch(out, '\n');
    }
    arena_release(&t.scratch);
    return true;
}
