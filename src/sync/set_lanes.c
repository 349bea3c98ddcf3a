#include "set.h"

struct walk {
    struct set_run *run;
    struct lane *lane;
    bool all;
    set_lane_fn *fn;
    void *ctx;
};

static struct member_run *take(const struct walk *w)
{
    struct set_run *run = w->run;
    struct lane *l = w->lane;
    struct member_run *r = NULL;
    pthread_mutex_lock(&run->lock);
    while (!r && l->at < run->set->n && (w->all || (!run->stop && !log_cancelled()))) {
        struct member_run *x = &run->runs[l->at++];
        if (!x->lane)
            x->lane = l;
        r = x->lane == l ? x : NULL;
    }
    pthread_mutex_unlock(&run->lock);
    return r;
}

static void *walk_main(void *arg)
{
    const struct walk *w = arg;
    for (struct member_run *r; (r = take(w));) {
        if (w->fn(r, w->ctx))
            continue;
        pthread_mutex_lock(&w->run->lock);
        w->run->stop = true;
        pthread_mutex_unlock(&w->run->lock);
    }
    return NULL;
}

/* The caller's thread is the first lane's; one without a thread has it afterwards, too. */
bool set_lanes_run(struct set_run *run, bool all, set_lane_fn *fn, void *ctx)
{
    struct arena a = ARENA_INIT;
    struct walk *walks = arena_calloc(&a, sizeof(*walks) * run->n_lanes);
    for (unsigned i = 0; i < run->n_lanes; i++) {
        walks[i] = (struct walk){run, &run->lanes[i], all, fn, ctx};
        run->lanes[i].at = 0;
    }
    for (unsigned i = 1; i < run->n_lanes; i++)
        run->lanes[i].started =
            pthread_create(&run->lanes[i].thread, NULL, walk_main, &walks[i]) == 0;
    walk_main(&walks[0]);
    for (unsigned i = 1; i < run->n_lanes; i++) {
        if (run->lanes[i].started)
            pthread_join(run->lanes[i].thread, NULL);
        else
            walk_main(&walks[i]);
    }
    arena_release(&a);
    return !run->stop && !log_cancelled();
}

void set_lanes_close(struct set_run *run)
{
    const struct driver *d = run->set->members[0].target.driver;
    for (unsigned i = 0; i < run->n_lanes; i++) {
        if (run->lanes[i].shared)
            d->source->close(run->lanes[i].shared);
        run->lanes[i].shared = NULL;
    }
}
