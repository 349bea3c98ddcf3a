#include "cli.h"

#include <dbtwin/mask.h>

#include <string.h>

/* ---- samples ------------------------------------------------------------------------------- */
/* A server's message may show a value: only what kind of failure it was is told. */
static const char *problem_of(const struct err *err, struct arena *a)
{
    if (err->cls == ERR_DENIED)
        return "this account may not read it";
    if (err->sqlstate[0])
        return arena_printf(a, "reading it failed, SQLSTATE %s", err->sqlstate);
    return err->native ? arena_printf(a, "reading it failed, error %d", err->native)
                       : "reading it failed";
}

/* The session of a live place. */
struct looking {
    const struct model *model;
    const struct place *place;
    struct session *session;
};

static bool fits(void *ctx, const struct object *column, bool unique, const char *rule)
{
    const struct looking *l = ctx;
    return mask_fits((void *)(uintptr_t)l->model, column, unique, rule);
}

static void sample_table(void *ctx, const struct object *table, struct arena *a,
                         struct classify_sample *ret)
{
    const struct looking *l = ctx;
    const struct source_ops *source = l->place->e.driver->source;
    struct classify_rows r = {a, VEC_INIT(struct slice), 0};
    struct err err = ERR_INIT;
    if (log_cancelled())
        return;
    if (source->sample(l->session, table, CLASSIFY_ROWS, classify_rows_add, &r, &err))
        *ret = classify_rows_sample(&r);
    else
        ret->problem = problem_of(&err, a);
    vec_release(&r.values);
}

/* ---- names ----------------------------------------------------------------------------------- */
static bool is_utf8(const char *s)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        unsigned more = c < 0x80   ? 0
                        : c < 0xc2 ? 9
                        : c < 0xe0 ? 1
                        : c < 0xf0 ? 2
                        : c < 0xf5 ? 3
                                   : 9;
        if (more == 9)
            return false;
        for (; more > 0; more--)
            if (((unsigned char)*++s & 0xc0) != 0x80)
                return false;
    }
    return true;
}

/* A name in a pattern (select.h): quoted if it holds anything that a pattern reads otherwise. */
static void add_part(struct buf *b, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    bool utf8 = is_utf8(name);
    if (*name && !name[strspn(name, plain)]) {
        buf_adds(b, name);
        return;
    }
    buf_addch(b, '"');
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;
        if (c < ' ' || c == 0x7f || (c >= 0x80 && !utf8))
            buf_addf(b, "\\x%02x", (unsigned)c);
        else if (c == '"' || c == '\\')
            buf_addf(b, "%c%c", c, c);
        else
            buf_addch(b, (char)c);
    }
    buf_addch(b, '"');
}

static void add_path(struct buf *b, const struct object *o)
{
    if (o->parent && o->parent->parent) {
        add_path(b, o->parent);
        buf_addch(b, '.');
    }
    add_part(b, o->name);
}

/* As a key in YAML: in single quotes, where only they are doubled, unless it is plain. */
static void add_key(struct buf *b, const struct object *o)
{
    struct buf path = BUF_INIT;
    add_path(&path, o);
    if (!strchr(path.data, '"')) {
        buf_adds(b, path.data);
    } else {
        buf_addch(b, '\'');
        for (const char *s = path.data; *s; s++)
            buf_addf(b, *s == '\'' ? "''" : "%c", *s);
        buf_addch(b, '\'');
    }
    buf_release(&path);
}

/* ---- the text -------------------------------------------------------------------------------- */
struct tally {
    size_t columns, personal, unknown;
};

static void count(const struct vec *tables, struct tally *ret)
{
    *ret = (struct tally){0};
    for (size_t i = 0; i < tables->len; i++) {
        const struct classified_table *t = vec_at(tables, i);
        for (uint32_t k = 0; k < t->n_columns; k++) {
            const struct classified *c = &t->columns[k];
            ret->columns += !c->generated;
            ret->personal += !c->generated && c->result.verdict == CLASSIFY_PERSONAL;
            ret->unknown += !c->generated && c->result.verdict == CLASSIFY_UNKNOWN;
        }
    }
}

static void add_column(struct buf *b, const struct classified *c)
{
    const struct classify_result *r = &c->result;
    buf_adds(b, c->generated ? "    # " : "    ");
    add_key(b, c->column);
    if (c->generated) {
        buf_adds(b, ": generated, from masked columns too\n");
        return;
    }
    buf_adds(b, ": ");
    classify_rule_yaml(r->rule, b);
    buf_adds(b, "  # ");
    if (r->verdict == CLASSIFY_UNKNOWN)
        buf_adds(b, "UNKNOWN: ");
    else if (r->class)
        buf_addf(b, "%s: ", classify_class_name(r->class));
    model_line(r->reason, b);
    buf_addch(b, '\n');
}

static void add_table(struct buf *b, const struct classified_table *t, bool live)
{
    struct buf path = BUF_INIT;
    model_path(t->table, &path);
    buf_adds(b, "\n    # ");
    model_line(path.data, b);
    buf_release(&path);
    if (t->problem)
        buf_addf(b, ": not looked at: %s", t->problem);
    else if (live)
        buf_addf(b, ": %zu row%s looked at", t->n_rows, t->n_rows == 1 ? "" : "s");
    buf_addch(b, '\n');
    for (uint32_t k = 0; k < t->n_columns; k++)
        add_column(b, &t->columns[k]);
}

static void add_head(struct buf *b, const char *label, const struct tally *n, bool live)
{
    buf_adds(b, "# Rules for ");
    model_line(label, b);
    buf_adds(b, ", suggested by dbtwin mask suggest: of ");
    buf_addf(b, "%zu column%s %zu hold%s data about\n# persons", n->columns,
             n->columns == 1 ? "" : "s", n->personal, n->personal == 1 ? "s" : "");
    if (n->unknown == 1)
        buf_adds(b, "; of one, marked UNKNOWN, nobody can tell: it is masked until you say keep");
    else if (n->unknown)
        buf_addf(b, "; of %zu, marked UNKNOWN, nobody can tell: they are masked until you say keep",
                 n->unknown);
    buf_addf(
        b,
        ".\n# It is a guess by names, types%s: read it before you use it. What is kept arrives as "
        "it is.\n",
        live ? " and some rows" : "");
    buf_adds(b, "mask:\n"
                "  # The key, 32 random bytes: openssl rand -hex 32. Or key_command, or the "
                "environment variable\n"
                "  # DBTWIN_MASK_KEY. Only its owner may read the file (chmod 600).\n"
                "  # key_file: /etc/dbtwin/mask.key\n"
                "  require: pii\n"
                "  columns:\n");
}

/* ---- the command ------------------------------------------------------------------------------
 */
struct suggestion {
    struct arena arena;
    struct vec tables; /* struct classified_table */
    struct classifier *classifier;
    bool live;
};

static void look_at(const struct place *p, struct session *s, const struct model *m, void *ctx)
{
    struct suggestion *g = ctx;
    struct looking l = {m, p, s};
    struct classify_help help = {.sample = sample_table, .fits = fits, .ctx = &l};
    g->live = true;
    classify_model(g->classifier, m, &help, &g->arena, &g->tables);
}

static bool write_rules(const struct cli *c, const struct place *p, const struct suggestion *g,
                        struct err *err)
{
    struct buf out = BUF_INIT;
    struct tally n;
    count(&g->tables, &n);
    add_head(&out, p->e.label, &n, g->live);
    for (size_t i = 0; i < g->tables.len; i++)
        add_table(&out, vec_at(&g->tables, i), g->live);
    if (n.columns == 0)
        buf_adds(&out, "    {}\n");
    bool ok = output_write(c->outputs[0] ? c->outputs[0] : "-", buf_slice(&out), err);
    buf_release(&out);
    if (ok)
        log_info("%zu of %zu columns hold data about persons; %zu could not be judged", n.personal,
                 n.columns, n.unknown);
    return ok;
}

int mask_suggest(struct cli *c, const char *place, struct err *err)
{
    struct suggestion g = {.tables = VEC_INIT(struct classified_table)};
    struct place p;
    struct model m;
    if (c->outputs[0] && c->outputs[1]) {
        err_set(err, ERR_USAGE, "mask suggest writes one file");
        return -1;
    }
    if (!options_of_places(c, err) || !place_find(c, place, &p, err))
        return -1;
    model_init(&m);
    g.classifier = classifier_new();
    bool ok = place_model_and(&p, &m, look_at, &g, err);
    if (ok && log_cancelled())
        ok = err_set(err, ERR_INTERRUPTED, "interrupted");
    if (ok && p.kind != AT_LIVE)
        classify_model(g.classifier, &m,
                       &(struct classify_help){.fits = fits, .ctx = &(struct looking){.model = &m}},
                       &g.arena, &g.tables);
    ok = ok && write_rules(c, &p, &g, err);
    classifier_free(g.classifier);
    vec_release(&g.tables);
    arena_release(&g.arena);
    model_release(&m);
    return ok ? 0 : -1;
}
