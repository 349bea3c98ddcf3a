#include "report.h"

#include <dbtwin/engine.h>
#include <dbtwin/xml.h>

#include <string.h>

/*
 * One test case for each top object of either side, in FROM's order; those only in TO follow.
 * Drift is a failure; what could not be compared is an error, so that no CI server shows green.
 */
struct cases {
    const struct diff *d;
    struct xml *x;
    struct arena arena;
    struct map by_key; /* "kind path" → struct group */
    struct vec groups; /* struct group * */
    uint64_t tests, failures, errors;
};

struct group {
    const char *key;
    const struct object *top;
    struct vec changes; /* const struct change * */
    bool failed;
    bool told;
};

static struct group *group_of(struct cases *c, const char *key, const struct object *top)
{
    struct group *g = map_get(&c->by_key, key, strlen(key));
    if (g)
        return g;
    g = arena_new(&c->arena, struct group);
    g->key = arena_strdup(&c->arena, key);
    g->top = top;
    vec_init(&g->changes, sizeof(const struct change *));
    map_put(&c->by_key, g->key, strlen(g->key), g);
    VEC_PUSH(&c->groups, struct group *, g);
    return g;
}

static void make_groups(struct cases *c)
{
    struct buf key = BUF_INIT;
    for (size_t i = 0; i < c->d->changes.len; i++) {
        const struct change *ch = &VEC_AT(&c->d->changes, struct change, i);
        buf_reset(&key);
        report_top_key(ch, &key);
        struct group *g = group_of(c, key.data, model_top(report_object(ch)));
        g->failed |= ch->type != CHANGE_UNKNOWN;
        VEC_PUSH(&g->changes, const struct change *, ch);
    }
    buf_release(&key);
}

static const char whole[] = "dbtwin.diff";

/* CI servers group test cases by class: those of a schema (on MySQL of a database) stand together,
 * and apart from what is in none. */
static void open_case(struct xml *x, const struct diff *d, const struct object *top,
                      const char *name)
{
    struct buf class = BUF_INIT;
    buf_adds(&class, whole);
    if (top && top->parent && top->parent->kind->id == K_SCHEMA)
        buf_addf(&class, ".%s", top->parent->name);
    else if (top && top->parent && !engine_of(d->from->flavor)->schemas && d->from->database)
        buf_addf(&class, ".%s", d->from->database);
    xml_open(x, "testcase");
    xml_attr(x, "classname", class.data);
    xml_attr(x, "name", name);
    buf_release(&class);
}

static void one_case(struct cases *c, const char *name, const struct object *top,
                     const struct group *g)
{
    open_case(c->x, c->d, top, name);
    c->tests++;
    if (g) {
        struct buf first = BUF_INIT, all = BUF_INIT;
        for (size_t i = 0; i < g->changes.len; i++) {
            const struct change *ch = VEC_AT(&g->changes, const struct change *, i);
            if (i == 0)
                report_change_line(c->d, ch, &first);
            report_text_change(c->d, ch, &all);
        }
        if (g->changes.len > 1)
            buf_addf(&first, " (and %zu more)", g->changes.len - 1);
        xml_open(c->x, g->failed ? "failure" : "error");
        xml_attr(c->x, "type", g->failed ? "drift" : "incomplete");
        xml_attr(c->x, "message", first.data);
        xml_text(c->x, all.data);
        xml_close(c->x);
        buf_release(&first);
        buf_release(&all);
    }
    xml_close(c->x);
}

static void count(struct cases *c)
{
    for (size_t i = 0; i < c->groups.len; i++) {
        const struct group *g = VEC_AT(&c->groups, struct group *, i);
        c->failures += g->failed;
        c->errors += !g->failed;
    }
    c->errors += c->d->gaps.len + c->d->empty;
}

static uint64_t count_tops(const struct diff *d)
{
    uint64_t n = d->gaps.len + d->empty;
    for (uint32_t i = 0; i < d->from->n_objects; i++)
        n += (d->from->objects[i]->kind->flags & KF_TOP) != 0;
    for (size_t i = 0; i < d->changes.len; i++) {
        const struct change *ch = &VEC_AT(&d->changes, struct change, i);
        n += ch->type == CHANGE_ADDED && (ch->to->kind->flags & KF_TOP);
    }
    return n;
}

static void write_cases(struct cases *c)
{
    struct buf name = BUF_INIT;
    for (uint32_t i = 0; i < c->d->from->n_objects; i++) {
        const struct object *o = c->d->from->objects[i];
        if (!(o->kind->flags & KF_TOP))
            continue;
        struct change at = {.from = o};
        buf_reset(&name);
        report_top_key(&at, &name);
        struct group *g = map_get(&c->by_key, name.data, name.len);
        if (g)
            g->told = true;
        one_case(c, name.data, o, g);
    }
    for (size_t i = 0; i < c->groups.len; i++) {
        const struct group *g = VEC_AT(&c->groups, struct group *, i);
        if (!g->told)
            one_case(c, g->key, g->top, g);
    }
    buf_release(&name);
}

static void write_gap(struct cases *c, const char *name, const char *why)
{
    open_case(c->x, c->d, NULL, name);
    xml_open(c->x, "error");
    xml_attr(c->x, "type", "incomplete");
    xml_attr(c->x, "message", why);
    xml_close(c->x);
    xml_close(c->x);
}

static void write_gaps(struct cases *c)
{
    struct buf name = BUF_INIT;
    for (size_t i = 0; i < c->d->gaps.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&c->d->gaps, struct coverage_gap, i);
        buf_reset(&name);
        buf_addf(&name, "not compared: %s%s%s", g->kind, g->path ? " " : "",
                 g->path ? g->path : "");
        write_gap(c, name.data, g->why);
    }
    if (c->d->empty)
        write_gap(c, "not compared: everything", report_why_empty(c->d));
    buf_release(&name);
}

/* The schema of JUnit's reports wants the time without a zone. */
static void add_times(struct xml *x, const struct report_options *opt, bool suite)
{
    const struct report_run *run = opt->run;
    struct buf text = BUF_INIT;
    if (!run || !run->started)
        return;
    if (run->seconds >= 0) {
        buf_addf(&text, "%.3f", run->seconds);
        xml_attr(x, "time", text.data);
    }
    buf_reset(&text);
    buf_add(&text, run->started, strcspn(run->started, "Z"));
    if (suite)
        xml_attr(x, "timestamp", text.data);
    buf_release(&text);
}

static void add_property(struct xml *x, const char *name, const char *value)
{
    xml_open(x, "property");
    xml_attr(x, "name", name);
    xml_attr(x, "value", value ? value : "");
    xml_close(x);
}

static void add_side(struct xml *x, const char *side, const struct model *m)
{
    struct buf name = BUF_INIT, server = BUF_INIT;
    report_server(m, &server);
    buf_addf(&name, "%s.server", side);
    add_property(x, name.data, server.data);
    buf_reset(&name);
    buf_addf(&name, "%s.database", side);
    add_property(x, name.data, m->database);
    buf_release(&name);
    buf_release(&server);
}

/* d may be NULL: a database that only one side has. */
static void add_properties(struct xml *x, const struct diff *d, const struct report_options *opt)
{
    xml_open(x, "properties");
    add_property(x, "dbtwin.version", DBTWIN_VERSION);
    if (d) {
        add_side(x, "from", d->from);
        add_side(x, "to", d->to);
    }
    for (size_t i = 0; opt->run && opt->run->options[i]; i++)
        add_property(x, "option", opt->run->options[i]);
    xml_close(x);
}

static void of_diff(const struct diff *d, const struct report_options *opt, struct xml *x)
{
    struct cases c = {.d = d, .x = x};
    arena_init(&c.arena);
    vec_init(&c.groups, sizeof(struct group *));
    make_groups(&c);
    count(&c);
    xml_open(c.x, "testsuite");
    struct buf name = BUF_INIT;
    buf_addf(&name, "dbtwin diff %s %s", report_label(d->from, "FROM"), report_label(d->to, "TO"));
    xml_attr(c.x, "name", name.data);
    xml_attr_int(c.x, "tests", count_tops(d));
    xml_attr_int(c.x, "failures", c.failures);
    xml_attr_int(c.x, "errors", c.errors);
    add_times(x, opt, true);
    add_properties(x, d, opt);
    write_cases(&c);
    write_gaps(&c);
    xml_close(c.x);
    buf_release(&name);
    for (size_t i = 0; i < c.groups.len; i++)
        vec_release(&VEC_AT(&c.groups, struct group *, i)->changes);
    vec_release(&c.groups);
    map_release(&c.by_key);
    arena_release(&c.arena);
}

bool report_junit(const struct diff *d, const struct report_options *opt, struct buf *out,
                  struct err *err)
{
    (void)err;
    struct xml *x = xml_start();
    xml_open(x, "testsuites");
    add_times(x, opt, false);
    of_diff(d, opt, x);
    xml_close(x);
    xml_end(x, out);
    return true;
}

/* ---- several databases ----------------------------------------------------------------------- */

static void junit_alone(struct xml *x, const struct report_options *opt, const char *name,
                        bool drift, const char *why)
{
    xml_open(x, "testsuite");
    xml_attr(x, "name", name);
    xml_attr_int(x, "tests", 1);
    xml_attr_int(x, "failures", drift);
    xml_attr_int(x, "errors", !drift);
    add_times(x, opt, true);
    add_properties(x, NULL, opt);
    open_case(x, NULL, NULL, name);
    xml_open(x, drift ? "failure" : "error");
    xml_attr(x, "type", drift ? "drift" : "incomplete");
    xml_attr(x, "message", why);
    xml_close(x);
    xml_close(x);
    xml_close(x);
}

bool report_set_junit(const struct diff_set *s, const struct report_options *opt, struct buf *out,
                      struct err *err)
{
    struct xml *x = xml_start();
    bool any = diff_set_verdict(s) != VERDICT_INCOMPLETE;
    (void)err;
    xml_open(x, "testsuites");
    add_times(x, opt, false);
    for (size_t i = 0; i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        struct buf name = BUF_INIT, why = BUF_INIT;
        buf_addf(&name, "database %s", p->database);
        report_part_word(s, p, &why);
        if (!p->diff)
            junit_alone(x, opt, name.data, p->alone != CHANGE_UNKNOWN, why.data);
        else if (!report_part_is_empty(p) || !any)
            of_diff(p->diff, opt, x);
        buf_release(&name);
        buf_release(&why);
    }
    for (size_t i = 0; i < s->hidden.len; i++)
        junit_alone(x, opt, "databases", false, VEC_AT(&s->hidden, const char *, i));
    xml_close(x);
    xml_end(x, out);
    return true;
}
