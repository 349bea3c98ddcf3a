#include "preflight.h"

#include <dbtwin/proof.h>

#include <string.h>

/*
 * The rehearsal: a shadow beside the target in which every statement of the plan runs that the copy
 * would run, but on tables without rows. Then it is proven as a copy is, and dropped. What fails
 * here fails at night.
 */

enum { BATCH_STEPS = 100, FAILURES_NAMED = 10, SQL_SHOWN = 300 };

/* ---- one statement ------------------------------------------------------------------------- */

/* Something is not there: after a first failure, most likely what that did not make. */
static bool is_consequence(const struct rehearsal *r, const struct err *e)
{
    static const char *const states[] = {"42P01", "42703", "42704", "42883", "3F000",
                                         "42S02", "42S22", "HY000", "42000"};
    for (size_t i = 0; r->failed && i < ARRAY_LEN(states); i++)
        if (str_eq(e->sqlstate, states[i]))
            return true;
    return false;
}

/* On one line, and not all of a long one. */
static const char *shown(struct look *l, const char *sql)
{
    size_t n = strlen(sql) > SQL_SHOWN ? str_utf8_floor(sql, SQL_SHOWN) : strlen(sql);
    char *text = arena_printf(l->arena, "%.*s%s", (int)n, sql, sql[n] ? "…" : "");
    for (char *p = text; *p; p++)
        if (*p == '\n' || *p == '\t')
            *p = ' ';
    return text;
}

void rehearsal_failed(struct rehearsal *r, const struct step *s, const struct err *e)
{
    struct look *l = r->look;
    const char *to = r->job->target_at->label;
    if (is_consequence(r, e) || r->failed >= FAILURES_NAMED) {
        r->followed++;
        return;
    }
    r->failed++;
    look_say(l, PREFLIGHT_CANNOT, to,
             arena_printf(l->arena, "%s%sthe statement is: %s", e->hint, e->hint[0] ? "; " : "",
                          shown(l, s->sql)),
             "%s cannot be created: %s", s->what, look_text(to, e));
    /* One transaction is over with its first failure; so is a session without its connection. */
    r->over = job_strategy(r->job)->one_transaction || e->cls == ERR_CONNECTION ||
              e->cls == ERR_INTERRUPTED;
}

bool rehearsal_step(struct rehearsal *r, const struct step *s, struct err *err)
{
    const struct driver *d = r->job->target_at->driver;
    bool own = false, defer = s->phase == PHASE_FINAL && d->target->defer;
    bool ok = defer ? d->target->defer(r->job->target, s->sql, s->meanwhile, &own, err)
                    : again_exec(r->job, r->session, s, err);
    r->steps += ok;
    return ok;
}

static void run_one(struct rehearsal *r, const struct step *s)
{
    struct err e = ERR_INIT;
    if (!log_cancelled() && !r->over && !rehearsal_step(r, s, &e))
        rehearsal_failed(r, s, &e);
}

/* ---- all of them --------------------------------------------------------------------------- */

static void run_batch(struct rehearsal *r, const struct step *const *steps, size_t n)
{
    const struct driver *d = r->job->target_at->driver;
    const char *sql[BATCH_STEPS];
    struct err why = ERR_INIT;
    bool done = false;
    for (size_t i = 0; i < n; i++)
        sql[i] = steps[i]->sql;
    if (n > 1 && d->target->exec_batch && !job_strategy(r->job)->one_transaction &&
        !log_cancelled())
        done = d->target->exec_batch(r->session, sql, n, &why);
    if (done)
        r->steps += n;
    for (size_t i = 0; !done && i < n; i++)
        run_one(r, steps[i]);
}

void rehearsal_phase(struct rehearsal *r, enum plan_phase phase)
{
    const struct plan *p = &r->job->plan;
    const struct step *batch[BATCH_STEPS];
    size_t n = 0;
    for (size_t i = 0; i < p->steps.len; i++) {
        const struct step *s = &VEC_AT(&p->steps, struct step, i);
        if (s->phase != phase || s->needs_rows)
            continue;
        bool alone = phase == PHASE_FINAL || s->own_transaction;
        if (n == BATCH_STEPS || (alone && n)) {
            run_batch(r, batch, n);
            n = 0;
        }
        if (alone)
            run_one(r, s);
        else
            batch[n++] = s;
    }
    if (n)
        run_batch(r, batch, n);
}

static void prove(struct rehearsal *r)
{
    struct look *l = r->look;
    const char *to = r->job->target_at->label;
    struct proof p;
    struct err e = ERR_INIT;
    if (!built_proof(r->job, r->session, &p, &e)) {
        look_err(l, to, &e);
        return;
    }
    for (size_t i = 0; i < p.absent.len; i++)
        look_say(l, PREFLIGHT_WARNING, to, NULL, "%s", VEC_AT(&p.absent, const char *, i));
    for (size_t i = 0; i < p.unsure.len && i < FAILURES_NAMED; i++)
        look_say(l, PREFLIGHT_WARNING, to, NULL,
                 "%s; the server cannot say whether both mean the same",
                 VEC_AT(&p.unsure, struct proof_finding, i).text);
    for (size_t i = 0; i < p.differs.len && i < FAILURES_NAMED; i++)
        look_say(l, PREFLIGHT_CANNOT, to, "please report this as a bug in dbtwin", "%s",
                 VEC_AT(&p.differs, struct proof_finding, i).text);
    r->failed += p.differs.len;
    proof_release(&p);
}

void rehearsal_judge(struct rehearsal *r)
{
    if (r->followed)
        look_say(r->look, PREFLIGHT_NOTE, NULL, NULL,
                 "%zu more statements failed, most likely because what is named above is missing",
                 r->followed);
    if (!r->failed && !r->over && !log_cancelled())
        prove(r);
    if (!r->failed && !r->over)
        look_say(r->look, PREFLIGHT_OK, NULL, NULL,
                 "the schema was built without rows in a shadow%s, proven and dropped: %zu "
                 "statements in %.1f s",
                 r->of_set ? ", with those of the others" : "", r->steps, clock_now() - r->start);
}

/* ---- the check ----------------------------------------------------------------------------- */

const char *rehearsal_why_not(const struct look *l)
{
    if (!l->job.opt->rehearse)
        return "skipped (--no-rehearsal): it is not shown that every statement succeeds";
    for (size_t i = 0; i < l->ret->findings.len; i++)
        if (VEC_AT(&l->ret->findings, struct preflight_finding, i).level == PREFLIGHT_REFUSED)
            return "skipped: a safety rule refuses the copy";
    if (!l->job.target_at->driver->live)
        return "skipped: a file has no server to rehearse on";
    if (job_strategy(&l->job)->blocks_readers)
        return "skipped: in place it would lock readers out of the target";
    return NULL;
}

bool rehearsal_open(struct rehearsal *r, struct look *l, struct session **shared)
{
    struct job *j = &l->job;
    const struct driver *d = j->target_at->driver;
    const char *to = j->target_at->label;
    struct target_options o = j->target_options;
    struct err e = ERR_INIT;
    *r = (struct rehearsal){.look = l, .job = j, .start = clock_now(), .of_set = shared != NULL};
    o.look = o.resume = false;
    o.rehearse = true;
    o.shared = shared;
    j->target = NULL;
    if (d->target->open(j->target_at, &o, &j->target, &e) &&
        d->target->prepare(j->target, &j->model, &e))
        return true;
    r->over = true;
    if (!log_cancelled())
        look_say(l, e.cls == ERR_REFUSED ? PREFLIGHT_REFUSED : PREFLIGHT_CANNOT, to,
                 e.hint[0] ? e.hint : NULL, "no shadow can be created: %s", look_text(to, &e));
    return false;
}

bool rehearsal_enter(struct rehearsal *r)
{
    struct job *j = r->job;
    struct err e = ERR_INIT;
    if (r->over || j->target_at->driver->target->session(j->target, &r->session, &e))
        return !r->over;
    look_err(r->look, j->target_at->label, &e);
    r->over = true;
    return false;
}

void rehearsal_leave(struct rehearsal *r)
{
    if (r->session)
        r->job->target_at->driver->source->close(r->session);
    r->session = NULL;
}

void preflight_rehearse(struct look *l)
{
    struct job *j = &l->job;
    struct target *looked = j->target;
    struct rehearsal r;
    const char *reason = rehearsal_why_not(l);
    if (l->of_set)
        return; /* with the others */
    if (reason) {
        look_say(l, PREFLIGHT_NOTE, NULL, NULL, "%s", reason);
        return;
    }
    /* Production's snapshot is not held while somebody else's server works. */
    j->source->driver->source->close(j->first);
    j->first = NULL;
    if (rehearsal_open(&r, l, NULL) && rehearsal_enter(&r)) {
        for (int phase = 0; phase < PHASE_COUNT; phase++)
            rehearsal_phase(&r, (enum plan_phase)phase);
        rehearsal_judge(&r);
    }
    rehearsal_leave(&r);
    j->target_at->driver->target->close(j->target);
    j->target = looked;
}
