#include "set.h"

#include <dbtwin/engine.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- what must not be in a set ------------------------------------------------------------- */

bool sync_is_system(const struct driver *d, const char *name)
{
    static const struct {
        unsigned flavors;
        const char *name;
    } names[] = {
        {ENGINE_MYSQL, "information_schema"},
        {ENGINE_MYSQL, "mysql"},
        {ENGINE_MYSQL, "performance_schema"},
        {ENGINE_MYSQL, "sys"},
        {ENGINE_PG, "postgres"},
        {ENGINE_PG, "template0"},
        {ENGINE_PG, "template1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if ((names[i].flavors & d->flavors) && strcasecmp(names[i].name, name) == 0)
            return true;
    return strstr(name, "__dbtwin_") != NULL;
}

static bool one_name(const struct sync_member *m, const char *a, const char *b)
{
    return (engine_of(m->target.driver->flavors)->folds_databases ? strcasecmp(a, b)
                                                                  : strcmp(a, b)) == 0;
}

static bool check_names(const struct sync_set *set, struct err *err)
{
    for (size_t i = 0; i < set->n; i++) {
        const struct sync_member *m = &set->members[i];
        if (!m->target.driver->live)
            continue;
        if (sync_is_system(m->target.driver, m->other))
            return err_set(err, ERR_REFUSED, "database \"%s\" is the server's own, never a target",
                           m->other);
        for (size_t k = 0; k < i; k++)
            if (one_name(m, set->members[k].other, m->other)) {
                err_set(err, ERR_USAGE, "databases \"%s\" and \"%s\" would both become \"%s\"",
                        set->members[k].name, m->name, m->other);
                return err_hint(err, "give each a name of its own: --databases FROM=TO");
            }
    }
    return true;
}

/* A target that bears the name of another member's source: -1 there is none. */
static ptrdiff_t find_source(const struct sync_set *set, const struct sync_member *m)
{
    for (size_t i = 0; i < set->n; i++)
        if (&set->members[i] != m && one_name(m, set->members[i].name, m->other))
            return (ptrdiff_t)i;
    return -1;
}

static bool one_server(const struct sync_member *m, struct arena *a, bool *ret, struct err *err)
{
    const struct driver *d = m->source.driver;
    struct target_options look = {.look = true};
    struct session *s = NULL;
    struct target *t = NULL;
    struct server_facts from, to;
    bool ok = d->source->open(&m->source, DRIVER_SOURCE, NULL, &s, err) &&
              d->source->facts(s, a, &from, err) && d->target->open(&m->target, &look, &t, err) &&
              d->target->server(t, a, &to, err);
    if (ok)
        *ret = strncmp(from.server_id, to.server_id, strcspn(from.server_id, "@")) == 0;
    d->source->close(s);
    if (t)
        d->target->close(t);
    return ok;
}

/* shop_a to shop_b and shop_b to shop_c on one server would lose shop_b. */
static bool check_sources(const struct sync_set *set, struct arena *a, struct err *err)
{
    bool asked = false, one = false;
    for (size_t i = 0; i < set->n; i++) {
        const struct sync_member *m = &set->members[i];
        ptrdiff_t of = m->target.driver->live && m->source.driver == m->target.driver
                           ? find_source(set, m)
                           : -1;
        if (of < 0)
            continue;
        if (!asked && !one_server(m, a, &one, err))
            return false;
        asked = true;
        if (one)
            return err_set(err, ERR_REFUSED,
                           "database \"%s\" would replace \"%s\", which is a source of the same "
                           "run on the same server",
                           m->name, m->other);
    }
    return true;
}

bool sync_set_check(const struct sync_set *set, struct arena *a, struct err *err)
{
    return check_names(set, err) && check_sources(set, a, err);
}

/* ---- what a member's copy says and asks ---------------------------------------------------- */

static void on_event(void *ctx, enum log_level level, const char *text)
{
    struct member_run *r = ctx;
    const struct sync_options *o = r->run->opt;
    struct buf b = BUF_INIT;
    buf_addf(&b, "%s: %s", r->member->name, text);
    pthread_mutex_lock(&r->run->asking);
    o->event(o->ctx, level, b.data);
    pthread_mutex_unlock(&r->run->asking);
    buf_release(&b);
}

static bool on_confirm(void *ctx, const char *question, const char *database)
{
    struct member_run *r = ctx;
    const struct sync_options *o = r->run->opt;
    pthread_mutex_lock(&r->run->asking);
    bool yes = o->confirm(o->ctx, question, database);
    pthread_mutex_unlock(&r->run->asking);
    return yes;
}

static void on_fits(void *ctx, const char *pattern)
{
    struct member_run *r = ctx;
    pthread_mutex_lock(&r->run->lock);
    map_put(&r->run->fits, pattern, strlen(pattern), r);
    pthread_mutex_unlock(&r->run->lock);
}

const char *sync_set_replaces(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = list; p && *p; p += strcspn(p, ","), p += *p == ',')
        if (strcspn(p, ",") == n && strncmp(p, name, n) == 0)
            return name;
    return NULL;
}

/* The hour is that of the whole run, and so are the bytes a second of all that are copied at a
 * time. */
static struct sync_limits limits_left(const struct set_run *run)
{
    struct sync_limits l = run->opt->limits;
    double gone = clock_now() - run->started;
    if (l.deadline > 0)
        l.deadline = l.deadline > gone ? l.deadline - gone : 0.001;
    if (l.rate)
        l.rate = l.rate > run->n_lanes ? l.rate / run->n_lanes : 1;
    return l;
}

void set_options(struct member_run *r)
{
    struct sync_options *o = &r->opt;
    *o = *r->run->opt;
    o->jobs = r->run->jobs;
    o->of_set = true;
    o->limits = limits_left(r->run);
    o->build_memory = o->build_memory / r->run->n_lanes;
    o->fits = on_fits;
    o->replace = sync_set_replaces(o->replace, r->member->other);
    o->confirm = o->confirm ? on_confirm : NULL;
    o->event = o->event ? on_event : NULL;
    o->ctx = r;
    o->progress = &r->member->progress;
}

/* ---- progress ------------------------------------------------------------------------------ */

static void gather(const struct sync_progress *p, struct sync_progress *ret)
{
    const struct sync_set *set = p->set;
    *ret = (struct sync_progress){.phase = "copying", .databases = set->n};
    ret->databases_done = __atomic_load_n(&p->databases_done, __ATOMIC_RELAXED);
    for (size_t i = 0; i < set->n; i++) {
        const struct sync_progress *m = &set->members[i].progress;
        ret->tables += __atomic_load_n(&m->tables, __ATOMIC_RELAXED);
        ret->tables_done += __atomic_load_n(&m->tables_done, __ATOMIC_RELAXED);
        ret->rows += __atomic_load_n(&m->rows, __ATOMIC_RELAXED);
        ret->bytes += __atomic_load_n(&m->bytes, __ATOMIC_RELAXED);
    }
}

void set_done(struct member_run *r)
{
    r->member->state = SYNC_DONE;
    if (r->run->opt->progress)
        __atomic_add_fetch(&r->run->opt->progress->databases_done, 1, __ATOMIC_RELAXED);
}

/* ---- one database -------------------------------------------------------------------------- */

void set_fail(struct member_run *r, struct job *j)
{
    r->member->state = SYNC_FAILED;
    copy_failed(j, &r->member->err);
}

static void publish(struct member_run *r, struct job *j)
{
    if (!copy_publish(j, &r->member->result, &r->member->err)) {
        set_fail(r, j);
        return;
    }
    set_done(r);
}

/* What is reported of it outlives it. */
void set_end(struct member_run *r, struct job *j, const struct err *why)
{
    struct sync_result *res = &r->member->result;
    pthread_mutex_lock(&r->run->lock);
    res->taken_at = arena_strdup(r->run->arena, res->taken_at);
    res->position = arena_strdup(r->run->arena, res->position);
    pthread_mutex_unlock(&r->run->lock);
    job_release(j);
    if (why)
        tell_failed(j, why);
    arena_release(&r->arena);
}

/* False: none of them is to be swapped now. */
static bool copy_one(struct member_run *r, void *ctx)
{
    struct sync_member *m = r->member;
    bool together = r->run->set->together;
    (void)ctx;
    set_options(r);
    struct job *j = job_new(&m->source, &m->target, &r->opt, &r->arena);
    j->target_options.shared = &r->lane->shared;
    bool loaded = copy_load(j, &m->result, &m->err);
    if (!loaded) {
        set_fail(r, j);
    } else if (together) {
        budget_rest(j);
        m->state = SYNC_NOT_SWAPPED;
        r->job = j;
        return true;
    } else {
        publish(r, j);
    }
    set_end(r, j, m->state == SYNC_FAILED ? &m->err : NULL);
    return m->state != SYNC_FAILED || !together;
}

/* ---- all of them --------------------------------------------------------------------------- */

/* A misspelt name would carry to staging what must not go there, or lose what it keeps. */
static bool check_list(const struct set_run *run, const char *option, const char *const *list,
                       struct err *err)
{
    for (; list && *list; list++)
        if (!map_get(&run->fits, *list, strlen(*list)))
            return err_set(err, ERR_USAGE, "--%s %s: no database of the set has such an object",
                           option, *list);
    return true;
}

bool set_check_fits(const struct set_run *run, struct err *err)
{
    const struct sync_options *o = run->opt;
    for (size_t i = 0; i < run->set->n; i++)
        if (run->set->members[i].state != SYNC_DONE &&
            run->set->members[i].state != SYNC_NOT_SWAPPED)
            return true; /* nobody knows */
    return check_list(run, "truncate", o->empty, err) &&
           check_list(run, "keep-table", o->keep_tables, err) &&
           check_list(run, "keep-sequence", o->keep_sequences, err);
}

static bool all_loaded(const struct set_run *run)
{
    for (size_t i = 0; i < run->set->n; i++)
        if (run->set->members[i].state != SYNC_NOT_SWAPPED)
            return false;
    return true;
}

static void publish_all(struct set_run *run, bool good)
{
    good = good && all_loaded(run);
    for (size_t i = 0; i < run->set->n; i++) {
        struct member_run *r = &run->runs[i];
        if (!r->job)
            continue;
        if (good && !log_cancelled())
            publish(r, r->job);
        set_end(r, r->job, r->member->state == SYNC_FAILED ? &r->member->err : NULL);
        r->job = NULL;
    }
}

static void release(struct set_run *run)
{
    set_lanes_close(run);
    map_release(&run->fits);
    pthread_mutex_destroy(&run->lock);
    pthread_mutex_destroy(&run->asking);
}

static void prepare(struct set_run *run)
{
    const struct sync_set *set = run->set;
    unsigned jobs = run->opt->jobs ? run->opt->jobs : 1;
    run->started = clock_now();
    run->n_lanes = set->n < jobs ? (unsigned)set->n : jobs;
    run->jobs = jobs / run->n_lanes;
    pthread_mutex_init(&run->lock, NULL);
    pthread_mutex_init(&run->asking, NULL);
    run->lanes = arena_calloc(run->arena, sizeof(*run->lanes) * run->n_lanes);
    for (unsigned i = 0; i < run->n_lanes; i++)
        run->lanes[i].run = run;
    run->runs = arena_calloc(run->arena, sizeof(*run->runs) * set->n);
    for (size_t i = 0; i < set->n; i++) {
        run->runs[i].run = run;
        run->runs[i].member = &set->members[i];
        arena_init(&run->runs[i].arena);
    }
}

bool sync_copy_set(struct sync_set *set, const struct sync_options *opt, struct arena *a,
                   struct err *err)
{
    struct set_run run = {.set = set, .opt = opt, .arena = a, .fits = MAP_INIT};
    if (!set->n)
        return err_set(err, ERR_USAGE, "there is no database to copy");
    if (!sync_set_check(set, a, err))
        return false;
    if (opt->progress) {
        opt->progress->set = set;
        __atomic_store_n(&opt->progress->gather, gather, __ATOMIC_RELEASE);
    }
    prepare(&run);
    bool ok;
    if (set->as_one) {
        ok = set_one_run(&run, err);
    } else {
        set_lanes_run(&run, false, copy_one, NULL);
        ok = set_check_fits(&run, err);
        publish_all(&run, ok);
    }
    release(&run);
    if (log_cancelled())
        return err_set(err, ERR_INTERRUPTED,
                       "interrupted; targets that were not swapped are unchanged");
    return ok;
}
