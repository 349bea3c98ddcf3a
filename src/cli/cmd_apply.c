#include "planned.h"

#include <dbtwin/json.h>

#include <string.h>
#include <unistd.h>

/* ---- hazards --------------------------------------------------------------------------------- */

static bool parse_allowed(const struct cli *c, unsigned *ret, struct err *err)
{
    *ret = 0;
    for (size_t i = 0; c->allow[i]; i++) {
        unsigned bit = 0;
        for (size_t k = 0; k < HAZARD_COUNT; k++)
            if (str_eq(plan_hazards[k].name, c->allow[i]))
                bit = plan_hazards[k].bit;
        if (!bit) {
            struct buf names = BUF_INIT;
            plan_hazard_list(~0u, &names);
            err_set(err, ERR_USAGE, "--allow: there is no hazard \"%s\"", c->allow[i]);
            err_hint(err, "hazards are %s", names.data);
            buf_release(&names);
            return false;
        }
        *ret |= bit;
    }
    return true;
}

enum { STEPS_NAMED = 5 };

static bool refuse_hazards(const struct plan *p, unsigned allowed, struct err *err)
{
    unsigned open = plan_all_hazards(p) & HAZARD_REFUSED & ~allowed;
    struct buf names = BUF_INIT, steps = BUF_INIT;
    size_t n = 0;
    if (!open)
        return true;
    plan_hazard_list(open, &names);
    for (size_t i = 0; i < p->steps.len; i++) {
        const struct step *s = &VEC_AT(&p->steps, struct step, i);
        if (!(s->hazards & open) || n++ >= STEPS_NAMED)
            continue;
        buf_addf(&steps, "%sstep %zu, %s ", steps.len ? "; " : "", i + 1, plan_act_name(s->act));
        model_line(s->what, &steps);
        buf_adds(&steps, ": ");
        plan_hazard_list(s->hazards & open, &steps);
    }
    if (n > STEPS_NAMED)
        buf_addf(&steps, "; and %zu more", n - STEPS_NAMED);
    err_set(err, ERR_REFUSED, "the plan has hazards that are not allowed: %s (%s)", names.data,
            steps.data);
    for (char *p2 = names.data; (p2 = strstr(p2, ", "));)
        memmove(p2 + 1, p2 + 2, strlen(p2 + 1));
    err_hint(err, "nothing was changed; if they may happen: --allow %s", names.data);
    buf_release(&names);
    buf_release(&steps);
    return false;
}

/* ---- what is shown --------------------------------------------------------------------------- */

static bool show_plan(const struct cli *c, const struct planned *p, struct err *err)
{
    struct plan_about about = planned_about(p);
    struct buf out = BUF_INIT;
    bool ok = c->quiet || (plan_formats[0].write(&p->plan, &about, &out, err) &&
                           output_write("-", buf_slice(&out), err));
    buf_release(&out);
    return ok;
}

static bool on_confirm(void *ctx, const char *question, const char *database)
{
    (void)ctx;
    return copy_ask_name(question, "change", database);
}

static int say_done(const struct cli *c, const struct planned *p, const struct apply_result *r)
{
    const char *to = p->pair.to.place.e.label;
    struct buf b = BUF_INIT;
    struct json *fields = json_obj(), *rest = json_arr();
    buf_addf(&b, "%s: %zu step%s in %.1f s", to, r->steps, r->steps == 1 ? "" : "s", r->seconds);
    if (!r->rest.len)
        buf_adds(&b, "; read again: the same as FROM");
    else
        buf_addf(&b, "; read again: %zu difference%s left", r->rest.len,
                 r->rest.len == 1 ? " is" : "s are");
    for (size_t i = 0; i < r->rest.len; i++) {
        const char *text = VEC_AT(&r->rest, const char *, i);
        log_warn("still different: %s", text);
        json_push(rest, json_str(text));
    }
    json_set(fields, "steps", json_int((int64_t)r->steps));
    json_set(fields, "seconds", json_num(r->seconds));
    json_set(fields, "seconds_rehearsal", json_num(r->seconds_rehearsal));
    json_set(fields, "rehearsed", json_bool(r->rehearsed));
    json_set(fields, "rest", rest);
    if (c->quiet)
        json_free(fields);
    else
        progress_event(LOG_INFO, "done", b.data, fields);
    buf_release(&b);
    return r->rest.len ? 1 : 0;
}

/* ---- the command ----------------------------------------------------------------------------- */

static bool may_ask(const struct cli *c, const struct place *to, struct err *err)
{
    if (c->yes || (isatty(STDIN_FILENO) && isatty(STDERR_FILENO)))
        return true;
    err_set(err, ERR_REFUSED, "%s: nobody is at a terminal to confirm the plan", to->e.label);
    return err_hint(err, "nothing was changed; in cron and CI say --yes");
}

static int carry_out(struct cli *c, struct planned *p, struct err *err)
{
    struct planned_check check = {.p = p, .c = c, .arena = &c->arena, .excused = MAP_INIT};
    struct sync_options run;
    struct apply_options o;
    struct apply_result r;
    copy_safety(c, &run);
    run.confirm = on_confirm;
    planned_options(&check, &run, &o);
    if (!c->yes)
        o.question = arena_printf(&c->arena, "%zu steps change the schema of %s", p->plan.steps.len,
                                  p->pair.to.place.e.label);
    bool ok = sync_apply(&p->pair.to.place.e, &p->plan, &o, &c->arena, &r, err);
    int code = ok ? say_done(c, p, &r) : -1;
    vec_release(&r.rest);
    map_release(&check.excused);
    return code;
}

static int run(struct cli *c, struct planned *p, unsigned allowed, struct err *err)
{
    const struct plan *plan = &p->plan;
    if (!show_plan(c, p, err))
        return -1;
    if (plan->refusals.len && !(allowed & HAZARD_MANUAL)) {
        log_warn("%zu change%s for a person to do, and nothing was changed; --allow manual carries "
                 "out the rest",
                 plan->refusals.len, plan->refusals.len == 1 ? " is" : "s are");
        return 3;
    }
    if (!plan->steps.len)
        return plan->refusals.len ? 3 : 0;
    if (!refuse_hazards(plan, allowed, err) || !may_ask(c, &p->pair.to.place, err))
        return -1;
    return carry_out(c, p, err);
}

/* Before it is read: nobody has to wait for that. */
static bool check_target(const struct place *to, struct err *err)
{
    if (to->kind != AT_LIVE) {
        err_set(err, ERR_USAGE, "apply: %s is a file, not a live database", to->e.label);
        return err_hint(err, "dbtwin plan prints the SQL");
    }
    if (to->e.role != DATABASE_ROLE_PRODUCTION)
        return true;
    err_set(err, ERR_REFUSED, "%s is configured with role: production and is never a target",
            to->e.label);
    return err_hint(err, "did you mean the other order? FROM is what should be, TO is changed; "
                         "dbtwin plan prints the SQL for production");
}

int cmd_apply(struct cli *c, struct err *err)
{
    struct sides at;
    struct place to;
    struct planned p;
    unsigned allowed;
    int code = -1;
    if (!options_of_places(c, err) || !parse_allowed(c, &allowed, err) ||
        !place_find(c, c->args[1], &to, err) || !check_target(&to, err))
        return -1;
    if (sides_find(&at, c, err) && planned_make(&p, c, &at.from, &at.to, err)) {
        code = run(c, &p, allowed, err);
        planned_release(&p);
    }
    sides_close(&at);
    return code;
}
