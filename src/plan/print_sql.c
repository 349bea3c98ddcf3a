#include "print.h"

#include <string.h>

/* ---- the steps ------------------------------------------------------------------------------- */

static void add_comment(const struct step *s, size_t number, struct buf *out)
{
    buf_addf(out, "\n-- %zu: %s ", number, plan_act_name(s->act));
    print_line(s->what, out);
    buf_addch(out, '\n');
    for (size_t i = 0; i < HAZARD_COUNT; i++)
        if (s->hazards & plan_hazards[i].bit)
            buf_addf(out, "-- hazard %s: %s\n", plan_hazards[i].name, plan_hazards[i].help);
    if (s->reason) {
        buf_adds(out, "-- ");
        print_line(s->reason, out);
        buf_addch(out, '\n');
    }
}

static bool add_steps(const struct plan *p, unsigned flavor, bool lossy, struct buf *out,
                      struct err *err)
{
    struct plan_group g = {0};
    while (plan_next_group(p, flavor, &g)) {
        if (g.transaction)
            buf_adds(out, "\nBEGIN;\n");
        for (size_t i = g.first; i < g.end; i++) {
            const struct step *s = &VEC_AT(&p->steps, struct step, i);
            add_comment(s, i + 1, out);
            if (lossy && (s->hazards & HAZARD_DATA))
                buf_adds(out, "-- " PRINT_LOST "\n");
            const char *again = plan_settings_before(p, i, flavor);
            if (again)
                buf_addf(out, "%s;\n", again);
            if (!plan_print_statement(s->sql, flavor, out, err))
                return err_context(err, "%s", s->what);
        }
        if (g.transaction)
            buf_adds(out, "\nCOMMIT;\n");
    }
    return true;
}

static void add_manual(const struct plan *p, struct buf *out)
{
    if (p->refusals.len)
        buf_adds(out, "\n-- For a person to do:\n");
    for (size_t i = 0; i < p->refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&p->refusals, struct plan_refusal, i);
        print_refusal("manual", r, out);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void add_head(const struct plan *p, const struct plan_about *a, struct buf *out)
{
    unsigned hazards = plan_all_hazards(p);
    buf_adds(out, "-- Makes the schema of TO that of FROM.\n-- FROM: ");
    print_side(a->from, out);
    buf_adds(out, "\n-- TO: ");
    print_side(a->to, out);
    if (a->digest)
        buf_addf(out, "\n-- digest of TO's schema: %s", a->digest);
    buf_addf(out, "\n-- %zu step%s", p->steps.len, p->steps.len == 1 ? "" : "s");
    if (p->refusals.len)
        buf_addf(out, ", and %zu for a person to do", p->refusals.len);
    if (hazards) {
        buf_adds(out, "; hazards: ");
        plan_hazard_list(hazards, out);
    }
    buf_addch(out, '\n');
    if (p->steps.len)
        buf_addf(out, "-- %s\n", print_client_of(a->to->flavor)->command);
}

/* Each line as a comment: whoever wants it takes the two dashes off. */
static bool add_reverse(const struct plan *p, unsigned flavor, struct buf *out, struct err *err)
{
    struct buf text = BUF_INIT;
    buf_adds(out, "\n-- The reverse plan:\n");
    if (!p->steps.len && !p->refusals.len)
        buf_adds(&text, "nothing to do\n");
    bool ok = add_steps(p, flavor, false, &text, err);
    add_manual(p, &text);
    for (const char *line = text.data; *line;) {
        size_t n = strcspn(line, "\n");
        buf_addf(out, "--%s%.*s\n", n ? " " : "", (int)n, line);
        line += n + (line[n] == '\n');
    }
    buf_release(&text);
    return ok;
}

bool print_sql(const struct plan *p, const struct plan_about *a, struct buf *out, struct err *err)
{
    if (!p->steps.len && !p->refusals.len) {
        buf_adds(out, "-- nothing to do\n");
        return true;
    }
    add_head(p, a, out);
    if (p->steps.len) {
        buf_addch(out, '\n');
        plan_print_settings(a->to->flavor, out);
    }
    if (!add_steps(p, a->to->flavor, a->reverse != NULL, out, err))
        return false;
    add_manual(p, out);
    return !a->reverse || add_reverse(a->reverse, a->to->flavor, out, err);
}
