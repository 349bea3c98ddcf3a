#include "sides.h"

#include "pair.h"

#include "reading.h"
#include "recent.h"

#include <dbtwin/clock.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- where reports go -------------------------------------------------------------------- */

struct output {
    const char *path;
    const struct report_format *format;
    bool implied; /* nobody asked for it by -o */
};

struct outputs {
    struct output list[CLI_LIST_MAX + 1];
    size_t n;
    struct report_options options;
    struct report_run run;
    double start;
};

static const struct report_format *format_named(const char *name, size_t len)
{
    for (const struct report_format *f = report_formats; f->name; f++)
        if (strlen(f->name) == len && strncmp(f->name, name, len) == 0)
            return f;
    return NULL;
}

/* "junit:FILE", or by ending: the longest that fits, so that .junit.xml goes before .xml. */
static bool parse_output(const char *word, struct output *ret, struct err *err)
{
    const char *colon = strchr(word, ':');
    struct output o = {.path = word};
    if (colon && (o.format = format_named(word, (size_t)(colon - word)))) {
        o.path = colon + 1;
    } else {
        size_t best = 0;
        for (const struct report_format *f = report_formats; f->name; f++)
            if (f->extension && str_ends(word, f->extension) && strlen(f->extension) > best) {
                best = strlen(f->extension);
                o.format = f;
            }
    }
    if (!o.format || !*o.path) {
        err_set(err, ERR_USAGE, "cannot tell the format of %s", word);
        struct buf endings = BUF_INIT;
        report_format_list(true, ", ", " or ", &endings);
        err_hint(err, "name it: -o json:%s, or end the file's name in %s", o.path, endings.data);
        buf_release(&endings);
        return false;
    }
    *ret = o;
    return true;
}

static bool list_outputs(const struct cli *c, struct outputs *o, struct err *err)
{
    const char *name = c->format ? c->format : "text";
    struct output *list = o->list;
    size_t n = 0;
    bool to_stdout = false;
    for (; c->outputs[n]; n++) {
        if (strcmp(c->outputs[n], "-") == 0)
            list[n] = (struct output){.path = "-", .format = format_named(name, strlen(name))};
        else if (!parse_output(c->outputs[n], &list[n], err))
            return false;
        to_stdout |= strcmp(list[n].path, "-") == 0;
    }
    const struct report_format *f = format_named(name, strlen(name));
    if (!f) {
        struct buf names = BUF_INIT;
        report_format_list(false, ", ", " and ", &names);
        err_set(err, ERR_USAGE, "unknown format: %s", name);
        err_hint(err, "diff writes %s", names.data);
        buf_release(&names);
        return false;
    }
    if (!to_stdout)
        list[n++] = (struct output){"-", f, true};
    o->n = n;
    return true;
}

/* One of the two. */
struct told {
    const struct diff *diff;
    const struct diff_set *set;
};

/* The CI server's own summary of the job. Without it the report is still there. */
static void add_companion(const struct told *t, const struct report_options *o,
                          const struct report_format *of)
{
    const char *path = of->companion ? getenv(of->companion) : NULL;
    const struct report_format *f = format_named("markdown", strlen("markdown"));
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    if (!path || !*path)
        return;
    if (!(t->diff ? f->write(t->diff, o, &out, &err) : f->write_set(t->set, o, &out, &err)) ||
        !output_append(path, buf_slice(&out), &err))
        log_warn("the job has no summary: %s", err.msg);
    buf_release(&out);
}

static bool write_report(const struct cli *c, const struct told *t, struct outputs *all,
                         const struct output *to, struct err *err)
{
    struct report_options o = all->options;
    struct buf out = BUF_INIT;
    const struct report_format *f = to->format;
    bool screen = strcmp(to->path, "-") == 0;
    o.colour = screen && output_colour(c, STDOUT_FILENO);
    bool ok = (t->diff ? f->write(t->diff, &o, &out, err) : f->write_set(t->set, &o, &out, err)) &&
              (screen && f->for_people ? page_write(c, buf_slice(&out), err)
                                       : output_write(to->path, buf_slice(&out), err));
    buf_release(&out);
    if (ok)
        add_companion(t, &all->options, f);
    return ok;
}

static bool write_reports(const struct cli *c, const struct told *t, struct outputs *all,
                          struct err *err)
{
    enum verdict verdict = t->diff ? t->diff->verdict : diff_set_verdict(t->set);
    about_end(&all->run, clock_now() - all->start);
    for (size_t i = 0; i < all->n; i++) {
        bool silent = c->quiet && all->list[i].implied && verdict == VERDICT_SAME;
        if (!silent && !write_report(c, t, all, &all->list[i], err))
            return false;
    }
    return true;
}

/* "security,data": a bit for each. False where a word is none of them. */
static bool parse_severities(const char *words, unsigned *ret)
{
    unsigned all = 0;
    for (const char *p = words; p; p = *p ? p + 1 : NULL) {
        size_t n = strcspn(p, ",");
        enum severity s;
        if (!severity_find(p, n, &s))
            return false;
        all |= 1u << s;
        p += n;
    }
    *ret = all;
    return true;
}

static int exit_code(const struct cli *c, const struct told *t)
{
    int code = verdict_exit_code(t->diff ? t->diff->verdict : diff_set_verdict(t->set));
    unsigned wanted;
    if (!c->fail_on || strcmp(c->fail_on, "incomplete") == 0)
        return code;
    if (strcmp(c->fail_on, "drift") == 0)
        return code == 1 ? 1 : 0;
    if (!parse_severities(c->fail_on, &wanted))
        return 0;
    struct severities s = t->diff ? severity_all(t->diff) : severity_set(t->set);
    return s.differs & wanted ? 1 : s.unknown & wanted ? 3 : 0;
}

static bool check_fail_on(const char *what, struct err *err)
{
    unsigned severities;
    if (!what || strcmp(what, "drift") == 0 || strcmp(what, "never") == 0 ||
        strcmp(what, "incomplete") == 0 || parse_severities(what, &severities))
        return true;
    err_set(err, ERR_USAGE, "--fail-on takes drift, incomplete or never, not \"%s\"", what);
    return err_hint(err, "or severities: security, data, behaviour, harmless, joined by commas");
}

/* The CI server reads the file whatever happened: what could not be compared is an error case. The
 * error itself stays what it is. */
static void report_failure(const struct cli *c, struct outputs *all, const char *from,
                           const char *to, const struct err *err)
{
    struct diff_part part = {.database = to, .alone = CHANGE_UNKNOWN, .why = err->msg};
    struct diff_set set = {.from = from,
                           .to = to,
                           .parts = VEC_INIT(struct diff_part),
                           .hidden = VEC_INIT(const char *)};
    struct told told = {.set = &set};
    VEC_PUSH(&set.parts, struct diff_part, part);
    about_end(&all->run, clock_now() - all->start);
    for (size_t i = 0; i < all->n; i++) {
        struct err why = ERR_INIT;
        if (all->list[i].format->of_failure && !write_report(c, &told, all, &all->list[i], &why))
            log_warn("the failure could not be reported: %s", why.msg);
    }
    vec_release(&set.parts);
}

static int run_one(struct cli *c, const struct place *from, const struct place *to,
                   struct outputs *outputs, struct err *err)
{
    struct pair p;
    if (!pair_open(&p, c, from, to, err))
        return -1;
    struct told told = {.diff = &p.diff};
    struct reading_display display;
    reading_start(&display, c, &p.from.place, &p.to.place);
    bool ok = pair_compare(&p, c, err);
    reading_stop(&display);
    if (ok && !c->schemas[0] && !c->tables[0])
        recent_note(c, &p.from.model);
    ok = ok && write_reports(c, &told, outputs, err);
    int code = ok ? exit_code(c, &told) : -1;
    pair_close(&p);
    return code;
}

static int run_all(struct cli *c, const struct place *from, const struct place *to,
                   struct outputs *outputs, struct err *err)
{
    struct all all;
    if (!all_compare(&all, c, from, to, err))
        return -1;
    struct told told = {.set = &all.set};
    bool ok = write_reports(c, &told, outputs, err);
    int code = !ok ? -1 : all.failed ? 2 : exit_code(c, &told);
    all_release(&all);
    return code;
}

static int run(struct cli *c, struct outputs *outputs, struct err *err)
{
    struct sides s;
    bool found = sides_find(&s, c, err);
    int code = -1;
    if (found && c->all_databases && c->script)
        found =
            err_set(err, ERR_USAGE, "--all-databases compares servers, and SQL is one database");
    if (found) {
        outputs->options.file = about_file(c, &s.from, &s.to);
        code = (c->all_databases ? run_all : run_one)(c, &s.from, &s.to, outputs, err);
    }
    if (code < 0 && err->cls != ERR_INTERRUPTED)
        report_failure(c, outputs, s.from.e.label ? s.from.e.label : "FROM",
                       s.to.e.label ? s.to.e.label : "TO", err);
    sides_close(&s);
    return code;
}

int cmd_diff(struct cli *c, struct err *err)
{
    struct outputs outputs = {.start = clock_now()};
    about_begin(&outputs.run, c);
    outputs.options.run = &outputs.run;
    outputs.options.link = about_link(c);
    outputs.options.full = c->full;
    outputs.options.summary = c->summary;
    if (!check_fail_on(c->fail_on, err) || !list_outputs(c, &outputs, err))
        return -1;
    return run(c, &outputs, err);
}
