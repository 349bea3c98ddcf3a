#include "job.h"

#include <string.h>

/*
 * What fails because of how this program's sessions are set up, and not because of what it is, is
 * tried once more as the target's driver proposes (target_ops.again).
 */

static bool ends_all(const struct err *why)
{
    return why->cls == ERR_INTERRUPTED || why->cls == ERR_CONNECTION || log_cancelled();
}

static bool once_more(const struct driver *d, struct session *s, const struct object *o,
                      struct err *why, struct buf *how)
{
    buf_reset(how);
    return d->target->again && !ends_all(why) && d->target->again(s, o, why, how);
}

static void tell(struct job *j, const char *what, const char *how, const char *first)
{
    job_event(j, LOG_WARN, "%s is built with production's own %s: %s", what, how, first);
}

static bool exec_until(struct job *j, struct session *s, const struct step *step, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    struct buf how = BUF_INIT, first = BUF_INIT;
    bool ok = resume_exec(j, s, step, err);
    if (!ok && j->mask)
        masking_hush(&j->model, err);
    if (!ok)
        buf_adds(&first, err->msg);
    while (!ok && once_more(d, s, step->object, err, &how)) {
        err_clear(err);
        ok = resume_exec(j, s, step, err);
    }
    if (ok && how.len)
        tell(j, step->what, how.data, first.data);
    buf_release(&how);
    buf_release(&first);
    return ok;
}

bool again_exec(struct job *j, struct session *s, const struct step *step, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    struct err later = ERR_INIT;
    if (orphans_skip(j, step))
        return true;
    if (d->target->about &&
        !d->target->about(s, step->phase == PHASE_PRE ? NULL : step->object, step->sql, err))
        return false;
    bool ok = exec_until(j, s, step, err);
    bool settled = !d->target->settle || (!ok && ends_all(err)) ||
                   d->target->settle(s, !ok, ok ? err : &later);
    return ok && settled;
}

bool again_load(struct job *j, struct session *s, const struct object *table, bool *told,
                struct err *err)
{
    struct buf how = BUF_INIT, path = BUF_INIT, first = BUF_INIT;
    if (j->mask)
        masking_hush(&j->model, err);
    buf_adds(&first, err->msg);
    bool ok = once_more(j->target_at->driver, s, table, err, &how);
    if (ok && !__atomic_test_and_set(told, __ATOMIC_RELAXED)) {
        buf_addf(&path, "%s ", table->kind->name);
        model_path(table, &path);
        tell(j, path.data, how.data, first.data);
    }
    if (ok)
        err_clear(err);
    buf_release(&how);
    buf_release(&path);
    buf_release(&first);
    return ok;
}

bool again_analyze(struct job *j, struct session *s, const struct object *table, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    struct buf how = BUF_INIT;
    bool ok = d->target->analyze(s, table, err);
    while (!ok && once_more(d, s, table, err, &how)) {
        err_clear(err);
        ok = d->target->analyze(s, table, err);
    }
    buf_release(&how);
    return ok;
}

/* ---- materialized views ------------------------------------------------------------------ */

static bool may_wait(const struct step *step, const struct err *why)
{
    return step->fills && !ends_all(why) && !str_starts(why->sqlstate, "53");
}

/* It stays empty, and is known to: production itself could not fill it now. */
static void leave_empty(struct job *j, const struct step *s, const char *why)
{
    struct buf path = BUF_INIT;
    model_path(s->object, &path);
    job_event(j, LOG_WARN, "%s arrives without its rows, because it cannot be filled: %s", s->what,
              why);
    VEC_PUSH(&j->plan.neutralised, struct neutralised,
             ((struct neutralised){.rule = NEUTRAL_UNFILLED,
                                   .what = NEUTRAL_CHANGED,
                                   .object = s->object,
                                   .slot = kind_prop(s->object->kind, "populated"),
                                   .path = arena_strdup(j->arena, path.data),
                                   .why = "it cannot be filled"}));
    buf_release(&path);
}

bool again_postpone(struct job *j, const struct step *step, struct err *err)
{
    if (!may_wait(step, err))
        return false;
    job_event(j, LOG_DEBUG, "%s is tried once more after the others are filled: %s", step->what,
              err->msg);
    VEC_PUSH(&j->unfilled, const struct step *, step);
    err_clear(err);
    return true;
}

/* As long as it helps: one may have waited for another that waited. */
bool again_fill(struct job *j, bool (*fill)(struct job *j, const struct step *s, struct err *err),
                struct err *err)
{
    for (size_t before = SIZE_MAX; j->unfilled.len && j->unfilled.len < before;) {
        size_t n = 0;
        before = j->unfilled.len;
        for (size_t i = 0; i < before; i++) {
            const struct step *s = VEC_AT(&j->unfilled, const struct step *, i);
            struct err why = ERR_INIT;
            if (fill(j, s, &why))
                continue;
            if (!may_wait(s, &why)) {
                *err = why;
                return false;
            }
            VEC_AT(&j->unfilled, const struct step *, n++) = s;
        }
        j->unfilled.len = n;
    }
    for (size_t i = 0; i < j->unfilled.len; i++) {
        const struct step *s = VEC_AT(&j->unfilled, const struct step *, i);
        struct err why = ERR_INIT;
        if (!fill(j, s, &why) && !may_wait(s, &why)) {
            *err = why;
            return false;
        }
        if (err_is_set(&why))
            leave_empty(j, s, why.msg);
    }
    vec_reset(&j->unfilled);
    return true;
}
