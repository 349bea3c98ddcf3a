#include "print.h"

#include <dbtwin/engine.h>

#include <string.h>

const char *plan_act_name(enum plan_act act)
{
    static const char *const names[] = {
        [ACT_CREATE] = "create", [ACT_ALTER] = "alter", [ACT_DROP] = "drop"};
    return names[act];
}

void plan_hazard_list(unsigned hazards, struct buf *out)
{
    bool first = true;
    for (size_t i = 0; i < HAZARD_COUNT; i++) {
        if (!(hazards & plan_hazards[i].bit))
            continue;
        buf_addf(out, "%s%s", first ? "" : ", ", plan_hazards[i].name);
        first = false;
    }
}

unsigned plan_all_hazards(const struct plan *p)
{
    unsigned all = 0;
    for (size_t i = 0; i < p->steps.len; i++)
        all |= VEC_AT(&p->steps, struct step, i).hazards;
    return all;
}

bool plan_next_group(const struct plan *p, unsigned flavor, struct plan_group *g)
{
    size_t n = p->steps.len, i = g->end;
    if (i >= n)
        return false;
    const struct step *s = &VEC_AT(&p->steps, struct step, i);
    *g = (struct plan_group){i, i + 1, engine_of(flavor)->ddl_transactions && !s->own_transaction};
    if (!g->transaction)
        return true;
    while (g->end < n && !(s->hazards & HAZARD_COMMIT)) {
        s = &VEC_AT(&p->steps, struct step, g->end);
        if (s->own_transaction)
            break;
        g->end++;
    }
    return true;
}

const char *plan_settings_before(const struct plan *p, size_t i, unsigned flavor)
{
    const struct step *s = &VEC_AT(&p->steps, struct step, i), *before = s - 1;
    const char *settings = print_client_of(flavor)->after_program;
    if (!settings || !i || before->object == s->object || str_eq(s->what, PLAN_SETTINGS))
        return NULL;
    for (size_t k = i; k-- > 0 && before->object == VEC_AT(&p->steps, struct step, k).object;)
        if (str_eq(VEC_AT(&p->steps, struct step, k).what, PLAN_SETTINGS))
            return settings;
    return NULL;
}

void print_line(const char *text, struct buf *out)
{
    model_line(text ? text : "?", out);
}

void print_side(const struct model *m, struct buf *out)
{
    print_line(m->label, out);
    if (m->address && !str_eq(m->address, m->label)) {
        buf_adds(out, " (");
        print_line(m->address, out);
        buf_addch(out, ')');
    }
    buf_addf(out, ", %s ", engine_of(m->flavor)->name);
    print_line(m->server_version, out);
    if (m->database) {
        buf_adds(out, ", database ");
        print_line(m->database, out);
    }
}

void print_refusal(const char *word, const struct plan_refusal *r, struct buf *out)
{
    buf_addf(out, "-- %s: %s ", word, r->kind);
    print_line(r->path ? r->path : "", out);
    buf_adds(out, r->path ? ": " : "");
    print_line(r->why, out);
    buf_addch(out, '\n');
}
