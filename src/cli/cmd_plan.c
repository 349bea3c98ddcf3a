#include "planned.h"

#include <string.h>

struct output {
    const char *path;
    const struct plan_format *format;
};

static const struct plan_format *format_named(const char *name, size_t len)
{
    for (const struct plan_format *f = plan_formats; f->name; f++)
        if (strlen(f->name) == len && strncmp(f->name, name, len) == 0)
            return f;
    return NULL;
}

/* "markdown:FILE", or by its ending, or by --format. */
static struct output parse_output(const char *word, const struct plan_format *standard)
{
    const char *colon = strchr(word, ':');
    struct output o = {word, NULL};
    if (colon && colon[1] && (o.format = format_named(word, (size_t)(colon - word)))) {
        o.path = colon + 1;
        return o;
    }
    for (const struct plan_format *f = plan_formats; f->name && !o.format; f++)
        if (str_ends(word, f->extension))
            o.format = f;
    if (!o.format)
        o.format = standard;
    return o;
}

static bool list_outputs(const struct cli *c, struct output *list, size_t *ret_n, struct err *err)
{
    const struct plan_format *standard =
        c->format ? format_named(c->format, strlen(c->format)) : plan_formats;
    size_t n = 0;
    if (!standard) {
        struct buf names = BUF_INIT;
        plan_format_list(false, ", ", " and ", &names);
        err_set(err, ERR_USAGE, "unknown format: %s", c->format);
        err_hint(err, "plan writes %s", names.data);
        buf_release(&names);
        return false;
    }
    for (; c->outputs[n]; n++)
        list[n] = parse_output(c->outputs[n], standard);
    if (!n)
        list[n++] = (struct output){"-", standard};
    *ret_n = n;
    return true;
}

static bool write_plan(const struct cli *c, const struct planned *p, const struct output *list,
                       size_t n, struct err *err)
{
    struct plan_about about = planned_about(p);
    bool nothing = !p->plan.steps.len && !p->plan.refusals.len;
    for (size_t i = 0; i < n; i++) {
        struct buf out = BUF_INIT;
        if (c->quiet && nothing && !c->outputs[0])
            continue;
        bool ok = list[i].format->write(&p->plan, &about, &out, err) &&
                  output_write(list[i].path, buf_slice(&out), err);
        buf_release(&out);
        if (!ok)
            return false;
    }
    return true;
}

static bool prove(struct cli *c, struct planned *p, struct err *err)
{
    struct planned_check check = {.p = p, .c = c, .arena = &c->arena, .excused = MAP_INIT};
    struct sync_options run;
    struct apply_options o;
    struct apply_result r;
    copy_safety(c, &run);
    planned_options(&check, &run, &o);
    bool ok = sync_prove(&p->pair.to.place.e, &p->plan, &o, &c->arena, &r, err);
    if (ok)
        log_info("proven in a scratch on the server of %s: %zu steps lead to FROM",
                 p->pair.to.place.e.label, p->plan.steps.len);
    vec_release(&r.rest);
    map_release(&check.excused);
    return ok;
}

static bool check_prove(const struct cli *c, const struct place *to, struct err *err)
{
    if (!c->prove || to->kind == AT_LIVE)
        return true;
    err_set(err, ERR_USAGE, "--prove: %s is a file, and has no server for a scratch", to->e.label);
    return err_hint(err, "prove the plan against a live copy of it");
}

static int exit_code(const struct cli *c, const struct plan *p)
{
    if (p->refusals.len)
        return 3;
    return c->exit_code && p->steps.len ? 1 : 0;
}

static int run(struct cli *c, const struct sides *at, const struct output *outputs, size_t n,
               struct err *err)
{
    struct planned p;
    int code = -1;

    if (!check_prove(c, &at->to, err) || !planned_make(&p, c, &at->from, &at->to, err))
        return -1;
    if (write_plan(c, &p, outputs, n, err) &&
        (!c->prove || !p.plan.steps.len || p.plan.refusals.len || prove(c, &p, err)))
        code = exit_code(c, &p.plan);
    planned_release(&p);
    return code;
}

int cmd_plan(struct cli *c, struct err *err)
{
    struct output outputs[CLI_LIST_MAX + 1];
    size_t n = 0;
    struct sides at;
    int code = -1;

    if (!options_of_places(c, err) || !list_outputs(c, outputs, &n, err))
        return -1;
    if (sides_find(&at, c, err))
        code = run(c, &at, outputs, n, err);
    sides_close(&at);
    return code;
}
