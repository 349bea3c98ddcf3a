#include "job.h"

/* ---- what does not move with its tables ---------------------------------------------------- */

static bool refuse(const struct plan_refusal *r, struct err *err)
{
    err_set(err, ERR_REFUSED, "the current state cannot be kept: %s%s%s: %s", r->kind,
            r->path ? " " : "", r->path ? r->path : "", r->why);
    return err_hint(
        err,
        "it could not be recreated where it is kept: drop it, or copy without --keep-previous");
}

/* Tables move, so only programs must be such that they can be made again. */
static bool check_programs(const struct plan *p, struct err *err)
{
    for (size_t i = 0; i < p->refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&p->refusals, struct plan_refusal, i);
        const struct kind *k = r->object ? r->object->kind : kind_find(r->kind);
        if (k && (k->flags & KF_PROGRAM))
            return refuse(r, err);
    }
    return true;
}

/* Of tables that move, what keeps the name of the database it was made in. */
static bool is_made_again(const struct step *s)
{
    const struct kind *k = s->object ? s->object->kind : NULL;
    return k && ((k->flags & KF_PROGRAM) ||
                 (s->phase == PHASE_FINAL && (k->id == K_TABLE || k->id == K_FOREIGN_KEY)));
}

static bool tell_programs(const struct driver *d, struct target *t, enum target_state which,
                          const struct plan *p, struct err *err)
{
    for (size_t i = 0; i < p->steps.len; i++) {
        const struct step *s = &VEC_AT(&p->steps, struct step, i);
        if (is_made_again(s) && !d->target->remake(t, which, s->sql, err))
            return false;
    }
    return true;
}

bool previous_programs(const struct driver *d, struct target *t, enum target_state which, bool tell,
                       struct err *err)
{
    struct session *s = NULL;
    struct model m;
    struct plan p = {0};
    if (!d->target->remake)
        return true;
    if (!d->target->state(t, which, &s, err))
        return false;
    if (!s)
        return true;
    model_init(&m);
    bool ok = d->source->introspect(s, &m, err);
    if (ok) {
        struct plan_options o = {.owners = true,
                                 .leave_broken = true,
                                 .target_flavor = m.flavor,
                                 .target_version = m.version};
        ok = plan_create(&p, &m, &o, err);
        if (ok) {
            ok = check_programs(&p, err) && (!tell || tell_programs(d, t, which, &p, err));
            plan_release(&p);
        }
    }
    model_release(&m);
    d->source->close(s);
    return ok || err_context(err, "while reading what is to be kept of the target");
}

/* ---- what is in no schema -------------------------------------------------------------------- */

static bool is_copied(const struct job *j, const struct object *o)
{
    if (plan_leaves_out(&j->plan, o))
        return false;
    if (o->kind->id == K_LARGE_OBJECTS || o->kind->id == K_EXTENSION_ROWS)
        return true; /* rows: no step makes them */
    for (size_t i = 0; i < j->plan.steps.len; i++)
        if (VEC_AT(&j->plan.steps, struct step, i).object == o)
            return true;
    return false;
}

bool previous_fits(const struct job *j, struct err *err)
{
    if (!j->opt->keep_previous || !job_strategy(j)->one_transaction)
        return true;
    for (uint32_t i = 0; i < j->model.n_objects; i++) {
        const struct object *o = j->model.objects[i];
        if (!(o->kind->flags & KF_OUTSIDE) || !is_copied(j, o))
            continue;
        err_set(err, ERR_REFUSED,
                "%s: schema by schema, a state that has a %s (%s of the source) cannot be kept: it "
                "is in no schema and cannot exist twice",
                j->target_at->label, o->kind->name, o->name);
        return err_hint(err,
                        "--without %s, or omit --keep-previous; a role with CREATEDB that owns the "
                        "database can keep whole states, as databases of their own",
                        o->kind->name);
    }
    return true;
}

/* ---- the way back -------------------------------------------------------------------------- */

static bool may_roll_back(const struct endpoint *e, struct target *t, struct arena *a,
                          struct err *err)
{
    struct target_facts f;
    if (!e->driver->target->facts(t, a, &f, err))
        return false;
    if (f.mark == MARK_COPY)
        return true;
    if (!f.exists) {
        err_set(err, ERR_RUNTIME, "%s: there is no such database", e->label);
        return err_hint(err,
                        "rollback restores what a copy replaced, in a database that exists and "
                        "that this account may see");
    }
    if (f.mark == MARK_ELSEWHERE)
        return err_set(err, ERR_REFUSED, "%s was not filled by dbtwin%s", e->label,
                       SAFETY_ELSEWHERE);
    err_set(err, ERR_REFUSED,
            f.mark == MARK_PRODUCTION
                ? "%s: this database bears dbtwin's production mark"
                : "%s was not filled by dbtwin, so there is nothing to roll back to",
            e->label);
    return err_hint(err, "dbtwin-concepts(7), \"The mark\", says what the mark is");
}

static bool is_no_production(const struct endpoint *e, struct target *t,
                             const struct sync_options *opt, struct arena *a, struct err *err)
{
    struct server_facts f;
    return e->driver->target->server(t, a, &f, err) && production_check(opt, NULL, e, &f, a, err);
}

bool sync_rollback(const struct endpoint *target, const struct sync_options *opt, struct arena *a,
                   const char **ret_kept, struct err *err)
{
    const struct driver *d = target->driver;
    struct target_options o = {.jobs = opt->schema_jobs};
    struct target *t = NULL;
    if (target->role == DATABASE_ROLE_PRODUCTION)
        return err_set(err, ERR_REFUSED,
                       "%s is configured with role: production and is never a target",
                       target->label);
    if (!d->live) {
        err_set(err, ERR_USAGE, "%s: previous states are kept of live databases only",
                target->label);
        return err_hint(err, "restore a snapshot: dbtwin restore FILE TARGET");
    }
    bool ok =
        d->target->open(target, &o, &t, err) && is_no_production(target, t, opt, a, err) &&
        may_roll_back(target, t, a, err) && previous_programs(d, t, STATE_PRESENT, true, err) &&
        previous_programs(d, t, STATE_KEPT, true, err) && d->target->rollback(t, a, ret_kept, err);
    if (t)
        d->target->close(t);
    return ok;
}
