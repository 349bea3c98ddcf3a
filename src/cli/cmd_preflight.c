#include "cli.h"

#include <dbtwin/json.h>
#include <dbtwin/preflight.h>

#include <string.h>
#include <unistd.h>

static void add_padded(struct buf *b, const char *text, size_t width)
{
    buf_adds(b, text);
    for (size_t n = strlen(text); n < width; n++)
        buf_addch(b, ' ');
}

static void add_finding(const struct preflight_finding *f, bool first, bool colour, struct buf *b)
{
    static const struct {
        const char *word, *colour;
    } looks[] = {
        {"ok", "\033[32m"}, {"note", ""},       {"warning", "\033[33m"},
        {"NO", "\033[31m"}, {"NO", "\033[31m"},
    };
    bool paint = colour && *looks[f->level].colour;
    buf_adds(b, "  ");
    add_padded(b, first ? f->check : "", 13);
    buf_adds(b, paint ? looks[f->level].colour : "");
    add_padded(b, looks[f->level].word, 8);
    buf_adds(b, paint ? "\033[0m" : "");
    if (f->side)
        buf_addf(b, "%s: ", f->side);
    model_line(f->text, b);
    buf_addch(b, '\n');
    if (!f->todo)
        return;
    buf_addf(b, "%25s", "→ ");
    model_line(f->todo, b);
    buf_addch(b, '\n');
}

static void show_lines(struct arena *a, struct preflight *p)
{
    for (size_t i = 0; i < p->settings.len; i++) {
        struct preflight_setting *s = &VEC_AT(&p->settings, struct preflight_setting, i);
        s->source = s->source ? output_line(a, s->source) : NULL;
        s->target = s->target ? output_line(a, s->target) : NULL;
    }
}

static void add_settings(const struct preflight *p, const char *from, const char *to, struct buf *b)
{
    size_t widths[2] = {strlen("setting"), strlen(from)};
    if (!p->settings.len)
        return;
    for (size_t i = 0; i < p->settings.len; i++) {
        const struct preflight_setting *s = &VEC_AT(&p->settings, struct preflight_setting, i);
        size_t n[2] = {strlen(s->name), s->source ? strlen(s->source) : 1};
        for (size_t k = 0; k < 2; k++)
            widths[k] = n[k] > widths[k] && n[k] <= 40 ? n[k] : widths[k];
    }
    buf_adds(b, "\nSettings that differ\n  ");
    add_padded(b, "setting", widths[0] + 2);
    add_padded(b, from, widths[1] + 2);
    buf_addf(b, "%s\n", to);
    for (size_t i = 0; i < p->settings.len; i++) {
        const struct preflight_setting *s = &VEC_AT(&p->settings, struct preflight_setting, i);
        buf_adds(b, "  ");
        add_padded(b, s->name, widths[0] + 2);
        add_padded(b, !s->source ? "-" : *s->source ? s->source : "''", widths[1] + 2);
        buf_addf(b, "%s  (%s)\n",
                 !s->target   ? "-"
                 : *s->target ? s->target
                              : "''",
                 s->about ? s->about : "");
    }
}

static void add_verdict(const struct preflight *p, struct buf *b)
{
    if (p->problems)
        buf_addf(b, "no-go: %zu thing%s in the way", p->problems,
                 p->problems == 1 ? " stands" : "s stand");
    else
        buf_adds(b, "go");
    if (p->warnings)
        buf_addf(b, "%s %zu warning%s", p->problems ? "," : ":", p->warnings,
                 p->warnings == 1 ? "" : "s");
    buf_addch(b, '\n');
}

static void add_address(struct buf *b, const char *label, const char *address)
{
    if (address && strcmp(address, label) != 0)
        buf_addf(b, "  %s is %s\n", label, address);
}

/* With --quiet: what is in the way, and the verdict. */
static void print_text(const struct cli *c, const struct preflight *p,
                       const struct endpoint *source, const struct endpoint *target, struct buf *b)
{
    const char *from = source->label, *to = target->label;
    bool colour = output_colour(c, STDOUT_FILENO);
    const char *last = NULL;
    if (c->quiet && !p->problems && !p->warnings)
        return;
    buf_addf(b, "Would a copy of %s to %s succeed?\n", from, to);
    add_address(b, from, source->address);
    add_address(b, to, target->address);
    buf_addch(b, '\n');
    for (size_t i = 0; i < p->findings.len; i++) {
        const struct preflight_finding *f = &VEC_AT(&p->findings, struct preflight_finding, i);
        if (c->quiet && f->level < PREFLIGHT_WARNING)
            continue;
        add_finding(f, !str_eq(f->check, last), colour, b);
        last = f->check;
    }
    if (!c->quiet)
        add_settings(p, from, to, b);
    buf_addch(b, '\n');
    add_verdict(p, b);
}

static void set_known(struct json *o, const char *key, uint64_t n)
{
    json_set(o, key, n ? json_int((int64_t)n) : json_str(NULL));
}

static struct json *to_json(const struct preflight *p, const char *from, const char *to)
{
    struct json *o = json_obj(), *checks = json_arr(), *settings = json_arr();
    json_set(o, "dbtwin", json_int(1));
    json_set(o, "source", json_str(from));
    json_set(o, "target", json_str(to));
    json_set(o, "verdict", json_str(p->problems ? "no-go" : "go"));
    json_set(o, "exit_code", json_int(p->exit_code));
    json_set(o, "problems", json_int((int64_t)p->problems));
    json_set(o, "warnings", json_int((int64_t)p->warnings));
    set_known(o, "tables", p->tables);
    set_known(o, "bytes", p->bytes);
    set_known(o, "disk_needed", p->disk_need);
    set_known(o, "disk_free", p->disk_free);
    json_set(o, "seconds", p->seconds > 0 ? json_num(p->seconds) : json_str(NULL));
    json_set(o, "seconds_by", json_str(p->seconds_by));
    for (size_t i = 0; i < p->findings.len; i++) {
        const struct preflight_finding *f = &VEC_AT(&p->findings, struct preflight_finding, i);
        struct json *v = json_obj();
        json_set(v, "check", json_str(f->check));
        json_set(v, "result", json_str(preflight_level_name(f->level)));
        json_set(v, "side", json_str(f->side));
        json_set(v, "text", json_str(f->text));
        json_set(v, "todo", json_str(f->todo));
        json_push(checks, v);
    }
    for (size_t i = 0; i < p->settings.len; i++) {
        const struct preflight_setting *s = &VEC_AT(&p->settings, struct preflight_setting, i);
        struct json *v = json_obj();
        json_set(v, "name", json_str(s->name));
        json_set(v, "source", json_str(s->source));
        json_set(v, "target", json_str(s->target));
        json_set(v, "about", json_str(s->about));
        json_push(settings, v);
    }
    json_set(o, "checks", checks);
    json_set(o, "settings", settings);
    return o;
}

static void print_json(struct json *o, struct buf *b)
{
    json_dump(o, 2, b);
    buf_addch(b, '\n');
    json_free(o);
}

static struct endpoint shown(const struct endpoint *e, struct arena *a)
{
    struct endpoint ret = *e;
    ret.label = output_line(a, e->label);
    ret.address = e->address ? output_line(a, e->address) : NULL;
    return ret;
}

int preflight_report(struct cli *c, const struct place *from, struct place *to, struct err *err)
{
    struct sync_options o;
    struct preflight p;
    struct buf b = BUF_INIT;
    if (!copy_options(c, &o, err) || !copy_in_place(c, &to->e, err))
        return -1;
    copy_map(c, from, &o);
    o.confirm = NULL; /* what a copy would ask for is told */
    bool ok = sync_preflight(&from->e, &to->e, &o, &c->arena, &p, err);
    if (ok && str_eq(c->format, "json")) {
        print_json(to_json(&p, from->e.label, to->e.label), &b);
    } else if (ok) {
        show_lines(&c->arena, &p);
        struct endpoint source = shown(&from->e, &c->arena), target = shown(&to->e, &c->arena);
        print_text(c, &p, &source, &target, &b);
    }
    ok = ok && output_write("-", buf_slice(&b), err);
    int code = ok ? p.exit_code : -1;
    sync_preflight_release(&p);
    buf_release(&b);
    return code;
}

/* ---- several databases --------------------------------------------------------------------- */

struct answers {
    struct json *list; /* --format json, or NULL */
    struct buf text;
    size_t no_go;
    int code;
};

static void add_answer(struct cli *c, const struct sync_member *m, struct preflight *p,
                       struct arena *a, struct answers *r)
{
    if (r->list) {
        json_push(r->list, to_json(p, m->source.label, m->target.label));
    } else {
        show_lines(a, p);
        struct endpoint source = shown(&m->source, a), target = shown(&m->target, a);
        print_text(c, p, &source, &target, &r->text);
        buf_adds(&r->text, r->text.len ? "\n" : "");
    }
    r->no_go += p->problems > 0;
    r->code = set_worse(r->code, p->exit_code);
}

/* As one: what they say of each other is judged, too. */
static bool ask_all(struct cli *c, const struct sync_options *o, struct sync_set *set,
                    struct answers *r, struct err *err)
{
    struct preflight *p = arena_calloc(&c->arena, sizeof(*p) * set->n);
    bool ok = sync_preflight_set(set, o, &c->arena, p, err);
    for (size_t i = 0; i < set->n; i++) {
        if (ok)
            add_answer(c, &set->members[i], &p[i], &c->arena, r);
        sync_preflight_release(&p[i]);
    }
    return ok;
}

static bool ask_one(struct cli *c, const struct sync_options *o, struct sync_member *m,
                    struct answers *r, struct err *err)
{
    struct arena a = ARENA_INIT;
    struct preflight p;
    bool ok = sync_preflight(&m->source, &m->target, o, &a, &p, err);
    if (ok)
        add_answer(c, m, &p, &a, r);
    sync_preflight_release(&p);
    arena_release(&a);
    return ok;
}

static void add_total(const struct answers *r, const struct sync_set *set, struct buf *out)
{
    if (r->no_go)
        buf_addf(out, "no-go: %zu of %zu database%s\n", r->no_go, set->n, set->n == 1 ? "" : "s");
    else
        buf_addf(out, "go: %zu database%s\n", set->n, set->n == 1 ? "" : "s");
}

static struct json *total(struct answers *r)
{
    struct json *o = json_obj();
    json_set(o, "dbtwin", json_int(1));
    json_set(o, "verdict", json_str(r->no_go ? "no-go" : "go"));
    json_set(o, "exit_code", json_int(r->code));
    json_set(o, "databases", r->list);
    return o;
}

static int preflight_set(struct cli *c, const struct place *from, struct place *to, struct err *err)
{
    struct sync_options o;
    struct sync_set set;
    struct answers r = {.text = BUF_INIT};
    bool json = str_eq(c->format, "json");
    if (!copy_options(c, &o, err) || !copy_in_place(c, &to->e, err))
        return -1;
    copy_map(c, from, &o);
    o.confirm = NULL;
    o.of_set = true;
    if (!(from->kind == AT_LIVE ? set_members(c, from, to, &set, err)
                                : set_folder(c, c->args[0], to, &set, err)) ||
        !sync_set_check(&set, &c->arena, err))
        return -1;
    r.list = json ? json_arr() : NULL;
    const char *replace = o.replace;
    set.as_one = c->together != TOGETHER_NO && sync_set_can_be_one(&set);
    bool ok = !set.as_one || ask_all(c, &o, &set, &r, err);
    for (size_t i = 0; ok && !set.as_one && i < set.n; i++) {
        o.replace = sync_set_replaces(replace, set.members[i].other);
        ok = ask_one(c, &o, &set.members[i], &r, err);
    }
    if (json)
        print_json(total(&r), &r.text);
    else if (!c->quiet || r.no_go)
        add_total(&r, &set, &r.text);
    ok = ok && output_write("-", buf_slice(&r.text), err);
    buf_release(&r.text);
    return ok ? r.code : -1;
}

int cmd_preflight(struct cli *c, struct err *err)
{
    struct place from, to;
    if (c->format && !str_eq(c->format, "json") && !str_eq(c->format, "text")) {
        err_set(err, ERR_USAGE, "unknown format \"%s\"", c->format);
        err_hint(err, "preflight writes text and json");
        return -1;
    }
    if (!options_of_places(c, err))
        return -1;
    if (set_wanted(c) && retention_is_folder(c->args[0]) && !config_find(c->config, c->args[0]))
        return place_find(c, c->args[1], &to, err)
                   ? preflight_set(c, &(struct place){.kind = AT_ARCHIVE}, &to, err)
                   : -1;
    if (!copy_places(c, &from, &to, err))
        return -1;
    return (set_wanted(c) ? preflight_set : preflight_report)(c, &from, &to, err);
}
