#include "finding.h"

#include <string.h>

struct list {
    const struct diff *d;
    const char *database;
    struct arena *a;
    struct vec *ret;
    struct map seen; /* what a fingerprint is made of → how often it was */
};

static const char *const not_compared = "not_compared";

/* Two gaps of one kind without a path are told apart by their order. */
static void fingerprint(struct list *l, struct finding *f)
{
    struct buf key = BUF_INIT;
    buf_addf(&key, "%s\n%s\n%s\n%s", f->database ? f->database : "", f->rule, f->kind,
             f->path ? f->path : "");
    uintptr_t times = (uintptr_t)map_get(&l->seen, key.data, key.len) + 1;
    map_put(&l->seen, arena_memdup(l->a, key.data, key.len), key.len, (void *)times);
    if (times > 1)
        buf_addf(&key, "\n%zu", (size_t)times);
    hash_sha256_hex(key.data, key.len, f->fingerprint);
    buf_release(&key);
}

static void push(struct list *l, struct finding *f, struct buf *message)
{
    f->database = l->database;
    f->message = arena_strdup(l->a, message->data);
    fingerprint(l, f);
    VEC_PUSH(l->ret, struct finding, *f);
    buf_release(message);
}

static struct finding of_change(struct list *l, const struct change *c)
{
    const struct object *o = report_object(c);
    return (struct finding){.kind = o->kind->name,
                            .path = model_path_text(o, l->a),
                            .top = model_path_text(model_top(o), l->a),
                            .change = report_change_names[c->type]};
}

static void begin_message(struct list *l, const struct object *o, struct buf *out)
{
    if (l->database) {
        buf_adds(out, "database ");
        report_visible(l->database, strlen(l->database), out);
        buf_adds(out, ", ");
    }
    report_kind(o->kind, out);
    buf_addch(out, ' ');
    model_path(o, out);
    buf_adds(out, ": ");
}

static void add_whole(struct list *l, const struct change *c)
{
    const struct object *o = report_object(c);
    struct finding f = of_change(l, c);
    struct buf message = BUF_INIT, inside = BUF_INIT;
    f.rule = arena_printf(l->a, "%s.%s", f.kind, f.change);
    f.help = arena_printf(l->a, "%s: only %s has it", o->kind->help, c->from ? "FROM" : "TO");
    f.level = severity_of(l->d, c);
    f.rule_level = severity_of_flags(o->kind->flags);
    begin_message(l, o, &message);
    buf_addf(&message, "%s %s", c->type == CHANGE_ADDED ? "only in" : "missing in",
             report_names(l->d).to);
    report_inside(o, &inside);
    if (inside.len)
        buf_addf(&message, " (%s)", inside.data);
    buf_release(&inside);
    push(l, &f, &message);
}

static void add_value(const char *value, struct buf *out)
{
    if (value && *value)
        report_short(value, out);
    else
        buf_adds(out, value ? "''" : "(none)");
}

static void add_slot(struct list *l, const struct change *c, unsigned slot)
{
    const struct object *o = report_object(c);
    const struct prop *p = &o->kind->props[slot];
    bool unknown = c->unknown >> slot & 1;
    struct finding f = of_change(l, c);
    struct buf message = BUF_INIT;
    f.change = report_change_names[unknown ? CHANGE_UNKNOWN : CHANGE_CHANGED];
    f.rule = arena_printf(l->a, "%s.%s", f.kind, p->name);
    f.help = arena_printf(l->a, "%s of %s", p->help, o->kind->help);
    f.property = p->name;
    f.level = severity_property(l->d, c, slot);
    f.rule_level = severity_of_flags(p->flags);
    f.from = report_value(c->from, slot);
    f.to = report_value(c->to, slot);
    begin_message(l, o, &message);
    buf_adds(&message, p->name);
    if (unknown) {
        f.why = "could not be compared";
        buf_addf(&message, " %s", f.why);
    } else {
        buf_adds(&message, ": ");
        add_value(f.from, &message);
        buf_adds(&message, " → ");
        add_value(f.to, &message);
    }
    push(l, &f, &message);
}

static void add_gap(struct list *l, const char *kind, const char *path, const char *why,
                    enum severity level)
{
    struct finding f = {.rule = not_compared,
                        .help = "what could not be compared, and why",
                        .change = report_change_names[CHANGE_UNKNOWN],
                        .kind = kind,
                        .path = path,
                        .top = path,
                        .level = level,
                        .rule_level = SEVERITY_BEHAVIOUR,
                        .why = why};
    struct buf message = BUF_INIT;
    buf_adds(&message, "not compared: ");
    if (l->database && strcmp(kind, "database") != 0)
        buf_addf(&message, "database %s, ", l->database);
    buf_addf(&message, "%s%s%s: ", kind, path ? " " : "", path ? path : "");
    report_visible(why, strlen(why), &message);
    push(l, &f, &message);
}

static void add_diff(struct list *l, const struct diff *d)
{
    l->d = d;
    for (size_t i = 0; i < d->changes.len; i++) {
        const struct change *c = &VEC_AT(&d->changes, struct change, i);
        if (report_is_one_sided(c)) {
            add_whole(l, c);
            continue;
        }
        for (unsigned s = 0; s < report_object(c)->kind->n_props; s++)
            if ((c->differs | c->unknown) >> s & 1)
                add_slot(l, c, s);
    }
    for (size_t i = 0; i < d->gaps.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&d->gaps, struct coverage_gap, i);
        add_gap(l, g->kind, g->path, g->why, SEVERITY_BEHAVIOUR);
    }
    if (d->empty)
        add_gap(l, "comparison", NULL, report_why_empty(d), SEVERITY_BEHAVIOUR);
}

void finding_list(const struct diff *d, struct arena *a, struct vec *ret)
{
    struct list l = {.a = a, .ret = ret};
    add_diff(&l, d);
    map_release(&l.seen);
}

/* A database that only one side has, or that could not be read. */
static void add_alone(struct list *l, const struct diff_set *s, const struct diff_part *p)
{
    struct finding f = {.rule = arena_printf(l->a, "database.%s", report_change_names[p->alone]),
                        .help = "a database that only one of the servers has",
                        .change = report_change_names[p->alone],
                        .kind = kinds[K_DATABASE].name,
                        .path = p->database,
                        .top = p->database,
                        .level = SEVERITY_DATA,
                        .rule_level = SEVERITY_DATA};
    struct buf message = BUF_INIT;
    if (p->alone == CHANGE_UNKNOWN) {
        add_gap(l, f.kind, p->database, p->why, SEVERITY_DATA);
        return;
    }
    buf_adds(&message, "database ");
    report_visible(p->database, strlen(p->database), &message);
    buf_adds(&message, ": ");
    report_part_word(s, p, &message);
    push(l, &f, &message);
}

void finding_list_set(const struct diff_set *s, struct arena *a, struct vec *ret)
{
    struct list l = {.a = a, .ret = ret};
    bool any = diff_set_verdict(s) != VERDICT_INCOMPLETE;
    for (size_t i = 0; i < s->parts.len; i++) {
        const struct diff_part *p = &VEC_AT(&s->parts, struct diff_part, i);
        l.database = p->database;
        if (!p->diff)
            add_alone(&l, s, p);
        else if (!report_part_is_empty(p) || !any)
            add_diff(&l, p->diff);
    }
    l.database = NULL;
    for (size_t i = 0; i < s->hidden.len; i++)
        add_gap(&l, "databases", NULL, VEC_AT(&s->hidden, const char *, i), SEVERITY_BEHAVIOUR);
    map_release(&l.seen);
}

bool finding_report(const struct diff *d, const struct diff_set *s, finding_write *write,
                    const struct report_options *opt, struct buf *out)
{
    struct arena a = ARENA_INIT;
    struct vec findings = VEC_INIT(struct finding);
    if (d)
        finding_list(d, &a, &findings);
    else
        finding_list_set(s, &a, &findings);
    write(&findings, opt, out);
    vec_release(&findings);
    arena_release(&a);
    return true;
}
