#include "pair.h"

#include "sides.h"

#include <dbtwin/clock.h>

#include <string.h>

/* Without the mark nothing is explained, and all that differs is drift. */
static void read_more(const struct place *p, struct session *session, const struct model *m,
                      void *ctx)
{
    struct pair_side *s = ctx;
    struct err why = ERR_INIT;
    if (!p->e.driver->source->facts(session, &s->arena, &s->facts, &why))
        log_debug("%s: %s", p->e.label, why.msg);
    err_clear(&why);
    if (s->whole)
        model_digest(m, s->digest);
    if (s->with_history)
        history_read(p, session, m, &s->history);
    if (s->explained && !sync_neutralised(p->e.driver, session, &s->arena, &s->notes, &why))
        log_debug("%s: %s", p->e.label, why.msg);
}

static void *read_side(void *arg)
{
    struct pair_side *s = arg;
    s->ok = place_model_and(&s->place, &s->model, read_more, s, &s->err);
    return NULL;
}

void pair_explain(const struct pair *p, struct diff *d)
{
    const struct pair_side *to = &p->to;
    struct vec list = VEC_INIT(struct diff_explained);
    for (size_t i = 0; i < to->notes.len; i++) {
        const struct neutral_note *n = &VEC_AT(&to->notes, struct neutral_note, i);
        if (!str_eq(n->what, "empty"))
            VEC_PUSH(&list, struct diff_explained,
                     ((struct diff_explained){n->kind, n->path, *n->property ? n->property : NULL,
                                              str_eq(n->what, "kept")}));
    }
    diff_explain(d, &list);
    vec_release(&list);
}

/* Not a copy's doing, so it does not count as such. */
static void excuse_sql(const struct cli *c, struct diff *d)
{
    struct vec list = VEC_INIT(struct diff_explained);
    uint64_t explained = d->explained;
    sides_excuse(c, &list);
    diff_explain(d, &list);
    d->explained = explained;
    vec_release(&list);
}

/* A comparison with itself proves nothing. */
static void tell_same_database(struct diff *d, const struct pair_side *from,
                               const struct pair_side *to)
{
    const char *a = from->facts.database_id, *b = to->facts.database_id;
    if (!a || !b || strcmp(a, b) != 0)
        return;
    struct coverage_gap g = {.kind = "comparison",
                             .why = arena_printf(&d->arena,
                                                 "%s and %s are one and the same database \"%s\", "
                                                 "on one and the same server",
                                                 from->place.e.label, to->place.e.label,
                                                 from->facts.database)};
    VEC_PUSH(&d->gaps, struct coverage_gap, g);
    diff_judge(d);
}

static void side_start(struct pair_side *s)
{
    s->threaded = pthread_create(&s->thread, NULL, read_side, s) == 0;
    if (!s->threaded)
        read_side(s);
}

static void side_join(struct pair_side *s)
{
    if (s->threaded)
        pthread_join(s->thread, NULL);
    s->threaded = false;
}

/* Both sides are there, or why not. */
static bool read_sides(struct pair_side *from, struct pair_side *to, struct err *err)
{
    side_join(from);
    side_join(to);
    const struct pair_side *bad = !from->ok ? from : !to->ok ? to : NULL;
    if (log_cancelled())
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    if (bad)
        *err = bad->err;
    return !bad;
}

static void side_init(struct pair_side *s, const struct place *place)
{
    *s = (struct pair_side){.place = *place};
    model_init(&s->model);
    history_init(&s->history);
    vec_init(&s->notes, sizeof(struct neutral_note));
}

static void side_release(struct pair_side *s)
{
    side_join(s);
    history_release(&s->history);
    vec_release(&s->notes);
    arena_release(&s->arena);
    model_release(&s->model);
}

bool pair_open(struct pair *p, struct cli *c, const struct place *from, const struct place *to,
               struct err *err)
{
    *p = (struct pair){0};
    if (!filters_open(&p->filters, c, from->e.label, to->e.label, err))
        return false;
    side_init(&p->from, from);
    side_init(&p->to, to);
    p->to.explained = true;
    return true;
}

void pair_close(struct pair *p)
{
    if (p->compared)
        diff_release(&p->diff);
    side_release(&p->from);
    side_release(&p->to);
    filters_close(&p->filters);
}

void pair_start(struct pair *p, struct cli *c)
{
    struct pair_side *from = &p->from, *to = &p->to;
    filters_places(&p->filters, c, &from->place, &to->place);
    if (to->whole)
        to->place.wanted = NULL;
    from->with_history = to->with_history =
        from->place.kind == AT_LIVE && to->place.kind == AT_LIVE;
    p->started = true;
    side_start(from);
    side_start(to);
}

bool pair_compare(struct pair *p, struct cli *c, struct err *err)
{
    struct filters *t = &p->filters;
    struct pair_side *from = &p->from, *to = &p->to;
    double start = clock_now();
    if (!p->started)
        pair_start(p, c);
    if (!read_sides(from, to, err))
        return false;
    log_debug("both sides read in %.0f ms", (clock_now() - start) * 1000);
    if (p->prepare && !p->prepare(p->prepare_ctx, &to->model, err))
        return false;
    if (!filters_models(t, c, &from->place, &from->model, &to->place, &to->model, err))
        return false;
    history_compare(&from->history, &to->history, &t->arena, &t->context.migrations);
    struct diff_options o = {.strict = c->strict, .context = &t->context};
    struct opinion *opinion = opinion_open(c, &to->place);
    if (opinion) {
        o.opinion = opinion_ask;
        o.opinion_ctx = opinion;
    }
    start = clock_now();
    p->compared = diff_models(&p->diff, &from->model, &to->model, &o, err);
    if (p->compared)
        opinion_tell(opinion, &p->diff);
    opinion_close(opinion);
    if (p->compared) {
        log_debug("%llu objects of both sides compared in %.0f ms",
                  (unsigned long long)p->diff.compared, (clock_now() - start) * 1000);
        pair_explain(p, &p->diff);
        excuse_sql(c, &p->diff);
        tell_same_database(&p->diff, from, to);
    }
    return p->compared && filters_diff(t, c, &p->diff, err);
}
