#include "preflight.h"

#include <dbtwin/proof.h>

#include <string.h>

/*
 * The rehearsal: a shadow beside the target in which every statement of the plan runs that the copy
 * would run, but on tables without rows. Then it is proven as a copy is, and dropped. What fails
 * here fails at night.
 */

enum { BATCH_STEPS = 100, FAILURES_NAMED = 10, SQL_SHOWN = 300 };

struct rehearsal {
    struct look *look;
    struct job *job;
    struct session *session;
    size_t steps, failed, followed; /* carried out; that failed; for want of what failed before */
    bool over;                      /* nothing more can run */
};

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

static void say_failure(struct rehearsal *r, const struct step *s, const struct err *e)
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
}

static void run_one(struct rehearsal *r, const struct step *s)
{
    const struct driver *d = r->job->target_at->driver;
    struct err e = ERR_INIT;
    bool own = false, defer = s->phase == PHASE_FINAL && d->target->defer;
    if (log_cancelled() || r->over)
        return;
    if (defer ? d->target->defer(r->job->target, s->sql, s->meanwhile, &own, &e)
              : again_exec(r->job, r->session, s, &e)) {
        r->steps++;
        return;
    }
    say_failure(r, s, &e);
    /* One transaction is over with its first failure; so is a session without its connection. */
    r->over = job_strategy(r->job)->one_transaction || e.cls == ERR_CONNECTION ||
              e.cls == ERR_INTERRUPTED;
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

static void run_phase(struct rehearsal *r, enum plan_phase phase)
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

static void run_all(struct rehearsal *r)
{
    double start = clock_now();
    for (int phase = 0; phase < PHASE_COUNT; phase++)
        run_phase(r, (enum plan_phase)phase);
    if (r->followed)
        look_say(r->look, PREFLIGHT_NOTE, NULL, NULL,
                 "%zu more statements failed, most likely because what is named above is missing",
                 r->followed);
    if (!r->failed && !r->over && !log_cancelled())
        prove(r);
    if (!r->failed && !r->over)
        look_say(r->look, PREFLIGHT_OK, NULL, NULL,
                 "the schema was built without rows in a shadow, proven and dropped: %zu "
                 "statements in %.1f s",
                 r->steps, clock_now() - start);
}

/* ---- the check ----------------------------------------------------------------------------- */

/* Why there is no rehearsal, or NULL. */
static const char *why_not(const struct look *l)
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

static bool open_shadow(struct rehearsal *r, struct err *err)
{
    struct job *j = r->job;
    const struct driver *d = j->target_at->driver;
    struct target_options o = j->target_options;
    o.look = o.resume = false;
    o.rehearse = true;
    return d->target->open(j->target_at, &o, &j->target, err) &&
           d->target->prepare(j->target, &j->model, err) &&
           d->target->session(j->target, &r->session, err);
}

void preflight_rehearse(struct look *l)
{
    struct job *j = &l->job;
    const struct endpoint *at = j->target_at;
    struct target *looked = j->target;
    struct rehearsal r = {.look = l, .job = j};
    struct err e = ERR_INIT;
    const char *reason = why_not(l);
    if (reason) {
        look_say(l, PREFLIGHT_NOTE, NULL, NULL, "%s", reason);
        return;
    }
    /* Production's snapshot is not held while somebody else's server works. */
    j->source->driver->source->close(j->first);
    j->first = NULL;
    j->target = NULL;
    if (open_shadow(&r, &e))
        run_all(&r);
    else if (!log_cancelled())
        look_say(l, e.cls == ERR_REFUSED ? PREFLIGHT_REFUSED : PREFLIGHT_CANNOT, at->label,
                 e.hint[0] ? e.hint : NULL, "no shadow can be created: %s",
                 look_text(at->label, &e));
    if (r.session)
        at->driver->source->close(r.session);
    at->driver->target->close(j->target);
    j->target = looked;
}
