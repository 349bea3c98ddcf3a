#include "preflight.h"

void preflight_strategy_check(struct look *l)
{
    const struct target_strategy *strategy = job_strategy(&l->job);
    const char *to = l->job.target_at->label;
    const struct driver *d = l->job.target_at->driver;
    struct err why = ERR_INIT;
    uint64_t need, slots;
    look_say(l, PREFLIGHT_OK, to, NULL, "%s", strategy->about);
    if (strategy->one_transaction && l->job.opt->keep_previous) {
        if (!d->target->keeps(l->job.target, &why) || (l->plan && !previous_fits(&l->job, &why)))
            look_err(l, to, &why);
        err_clear(&why);
    }
    if (l->model && d->target->fits && !d->target->fits(l->job.target, &l->job.model, &why))
        look_err(l, to, &why);
    if (l->model && !locks_suffice(&l->job, &need, &slots))
        look_say(l, PREFLIGHT_WARNING, to, "raise max_locks_per_transaction",
                 "one transaction takes about %llu locks, and there is room for %llu",
                 (unsigned long long)need, (unsigned long long)slots);
}

void preflight_strategy_keep(struct look *l)
{
    const struct sync_options *o = l->job.opt;
    const char *to = l->job.target_at->label;
    const struct driver *d = l->job.target_at->driver;
    struct keep *k = &l->job.keep;
    struct err why = ERR_INIT;
    if (!keep_is_wanted(o))
        return;
    if (err_is_set(&l->keep_err))
        look_err(l, to, &l->keep_err);
    else if (k->tables.len && d->target->may_lock &&
             !d->target->may_lock(l->job.target, k->tables.items, k->tables.len, &why))
        look_err(l, to, &why);
    else if (!k->state)
        look_say(l, PREFLIGHT_OK, to, NULL, "there is nothing to keep yet");
    else
        look_say(l, PREFLIGHT_OK, to, NULL, "%zu table(s) are kept as they are%s%s", k->tables.len,
                 o->keep_grants && o->keep_grants[0] ? ", and privileges of roles" : "",
                 o->keep_sequences && o->keep_sequences[0] ? ", and positions of sequences" : "");
}

void preflight_run_check(struct look *l)
{
    struct sync_running r;
    struct err e = ERR_INIT;
    struct buf b = BUF_INIT;
    const char *to = l->job.target_at->label;
    if (!tell_running(l->job.target_at->driver, l->job.target, l->arena, &r, &e)) {
        look_say(l, PREFLIGHT_NOTE, to, NULL, "whether another run is at work is not known: %s",
                 look_text(to, &e));
        return;
    }
    if (!r.there)
        return;
    sync_running_describe(&r, &b);
    look_say(l, PREFLIGHT_REFUSED, to, "wait until it ends; dbtwin status shows how far it is",
             "another run of dbtwin is at work there%s", b.data);
    buf_release(&b);
}
