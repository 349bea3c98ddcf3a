#include "print.h"

#include <string.h>

/* For a pull request: what happens and what may go wrong, then the SQL. */

/* Within a cell, and without markup of its own. */
static void add_text(const char *text, struct buf *out)
{
    struct buf line = BUF_INIT;
    print_line(text, &line);
    for (const char *p = line.data; *p; p++) {
        if (strchr("\\`*_{}[]<>#|~&", *p))
            buf_addch(out, '\\');
        buf_addch(out, *p);
    }
    buf_release(&line);
}

static void add_table(const struct plan *p, struct buf *out)
{
    buf_adds(out, "\n| | step | hazards |\n|---|---|---|\n");
    for (size_t i = 0; i < p->steps.len; i++) {
        const struct step *s = &VEC_AT(&p->steps, struct step, i);
        buf_addf(out, "| %zu | %s ", i + 1, plan_act_name(s->act));
        add_text(s->what, out);
        buf_adds(out, " | ");
        plan_hazard_list(s->hazards, out);
        if (s->reason) {
            buf_adds(out, s->hazards ? ": " : "");
            add_text(s->reason, out);
        }
        buf_adds(out, " |\n");
    }
}

static void add_manual(const struct plan *p, struct buf *out)
{
    if (p->refusals.len)
        buf_adds(out, "\n**For a person to do**\n\n");
    for (size_t i = 0; i < p->refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&p->refusals, struct plan_refusal, i);
        buf_addf(out, "- ");
        add_text(r->kind, out);
        buf_addch(out, ' ');
        add_text(r->path ? r->path : "", out);
        buf_adds(out, r->path ? ": " : "");
        add_text(r->why, out);
        buf_addch(out, '\n');
    }
}

/* A fence is longer than any row of backticks in it. */
static void add_fenced(const struct buf *sql, struct buf *out)
{
    size_t longest = 2;
    for (const char *p = sql->data; (p = strchr(p, '`'));) {
        size_t n = strspn(p, "`");
        longest = n > longest ? n : longest;
        p += n;
    }
    struct buf fence = BUF_INIT;
    for (size_t i = 0; i <= longest; i++)
        buf_addch(&fence, '`');
    buf_addf(out, "%ssql\n", fence.data);
    buf_add(out, sql->data, sql->len);
    buf_addf(out, "%s\n", fence.data);
    buf_release(&fence);
}

static bool add_statements(const struct plan *p, unsigned flavor, struct buf *sql, struct err *err)
{
    struct plan_group g = {0};
    while (plan_next_group(p, flavor, &g)) {
        if (g.transaction)
            buf_adds(sql, "BEGIN;\n");
        for (size_t i = g.first; i < g.end; i++) {
            const struct step *s = &VEC_AT(&p->steps, struct step, i);
            const char *again = plan_settings_before(p, i, flavor);
            if (again)
                buf_addf(sql, "%s;\n", again);
            if (!plan_print_statement(s->sql, flavor, sql, err))
                return err_context(err, "%s", s->what);
        }
        if (g.transaction)
            buf_adds(sql, "COMMIT;\n");
    }
    return true;
}

static bool add_details(const char *summary, const struct plan *p, unsigned flavor, struct buf *out,
                        struct err *err)
{
    struct buf sql = BUF_INIT;
    bool ok = add_statements(p, flavor, &sql, err);
    buf_addf(out, "\n<details><summary>%s</summary>\n\n", summary);
    add_fenced(&sql, out);
    buf_adds(out, "\n</details>\n");
    buf_release(&sql);
    return ok;
}

bool print_markdown(const struct plan *p, const struct plan_about *a, struct buf *out,
                    struct err *err)
{
    buf_adds(out, "### Schema plan\n\nFROM ");
    add_text(a->from->label, out);
    buf_adds(out, " → TO ");
    add_text(a->to->label, out);
    if (!p->steps.len && !p->refusals.len) {
        buf_adds(out, ": nothing to do\n");
        return true;
    }
    buf_addf(out, ": %zu step%s\n", p->steps.len, p->steps.len == 1 ? "" : "s");
    if (p->steps.len) {
        add_table(p, out);
        if (!add_details("SQL", p, a->to->flavor, out, err))
            return false;
    }
    add_manual(p, out);
    if (!a->reverse)
        return true;
    if (!add_details("Reverse plan", a->reverse, a->to->flavor, out, err))
        return false;
    add_manual(a->reverse, out);
    return true;
}
