#include "cli.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* ---- where reports go -------------------------------------------------------------------- */

struct output {
    const char *path;
    const struct report_format *format;
    bool implied; /* nobody asked for it by -o */
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
        return err_hint(err,
                        "name it: -o json:%s, or end the file's name in .txt, .json, .xml or "
                        ".junit.xml",
                        o.path);
    }
    *ret = o;
    return true;
}

static bool list_outputs(const struct cli *c, struct output *list, size_t *ret_n, struct err *err)
{
    const char *name = c->format ? c->format : "text";
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
        err_set(err, ERR_USAGE, "unknown format: %s", name);
        return err_hint(err, "diff writes text, json, xml and junit");
    }
    if (!to_stdout)
        list[n++] = (struct output){"-", f, true};
    *ret_n = n;
    return true;
}

static bool write_reports(const struct cli *c, const struct diff *d, const struct output *list,
                          size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        bool screen = strcmp(list[i].path, "-") == 0;
        if (c->quiet && list[i].implied && d->verdict == VERDICT_SAME)
            continue;
        struct report_options o = {.colour = screen && output_colour(c, STDOUT_FILENO)};
        struct buf out = BUF_INIT;
        bool ok = list[i].format->write(d, &o, &out, err) &&
                  output_write(list[i].path, buf_slice(&out), err);
        buf_release(&out);
        if (!ok)
            return false;
    }
    return true;
}

/* ---- both sides at once ------------------------------------------------------------------ */

struct side {
    struct place place;
    struct model model;
    struct history history;
    bool with_history;
    struct err err;
    bool ok;
};

static void *read_side(void *arg)
{
    struct side *s = arg;
    s->ok = place_model_and(&s->place, &s->model, s->with_history ? history_read : NULL,
                            &s->history, &s->err);
    return NULL;
}

static bool read_sides(struct side *from, struct side *to, struct err *err)
{
    pthread_t t;
    bool threaded = pthread_create(&t, NULL, read_side, from) == 0;
    if (!threaded)
        read_side(from);
    read_side(to);
    if (threaded)
        pthread_join(t, NULL);
    const struct side *bad = !from->ok ? from : !to->ok ? to : NULL;
    if (log_cancelled())
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    if (bad)
        *err = bad->err;
    return !bad;
}

static int exit_code(const struct cli *c, const struct diff *d)
{
    int code = diff_exit_code(d);
    if (!c->fail_on || strcmp(c->fail_on, "incomplete") == 0)
        return code;
    if (strcmp(c->fail_on, "drift") == 0)
        return code == 1 ? 1 : 0;
    return 0;
}

/* Reads, compares, tells; `t` says what of it is no drift. */
static int compare(struct cli *c, struct side *from, struct side *to, struct tolerance *t,
                   const struct output *outputs, size_t n_outputs, struct err *err)
{
    struct diff d;
    tolerance_places(t, c, &from->place, &to->place);
    from->with_history = to->with_history =
        from->place.kind == AT_LIVE && to->place.kind == AT_LIVE;
    if (!read_sides(from, to, err) ||
        !tolerance_models(t, c, &from->place, &from->model, &to->place, &to->model, err))
        return -1;
    history_compare(&from->history, &to->history, &t->arena, &t->context.migrations);
    struct diff_options o = {.strict = c->strict, .context = &t->context};
    struct opinion *opinion = opinion_open(&to->place);
    if (opinion) {
        o.opinion = opinion_ask;
        o.opinion_ctx = opinion;
    }
    bool ok = diff_models(&d, &from->model, &to->model, &o, err);
    opinion_close(opinion);
    if (!ok)
        return -1;
    ok = tolerance_diff(t, c, &d, err) && write_reports(c, &d, outputs, n_outputs, err);
    int code = ok ? exit_code(c, &d) : -1;
    diff_release(&d);
    return code;
}

static int run(struct cli *c, struct side *from, struct side *to, struct err *err)
{
    struct output outputs[CLI_LIST_MAX + 1];
    size_t n_outputs = 0;
    struct tolerance t;
    if (c->fail_on && strcmp(c->fail_on, "drift") != 0 && strcmp(c->fail_on, "never") != 0 &&
        strcmp(c->fail_on, "incomplete") != 0) {
        err_set(err, ERR_USAGE, "--fail-on takes drift, incomplete or never, not \"%s\"",
                c->fail_on);
        return -1;
    }
    if (!list_outputs(c, outputs, &n_outputs, err) ||
        !place_find(c, c->args[0], &from->place, err) ||
        !place_find(c, c->args[1], &to->place, err) ||
        !tolerance_open(&t, c, from->place.e.label, to->place.e.label, err))
        return -1;
    int code = compare(c, from, to, &t, outputs, n_outputs, err);
    tolerance_close(&t);
    return code;
}

int cmd_diff(struct cli *c, struct err *err)
{
    struct side from = {0}, to = {0};
    model_init(&from.model);
    model_init(&to.model);
    history_init(&from.history);
    history_init(&to.history);
    int code = run(c, &from, &to, err);
    history_release(&from.history);
    history_release(&to.history);
    model_release(&from.model);
    model_release(&to.model);
    return code;
}
