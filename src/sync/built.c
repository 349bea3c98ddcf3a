#include "job.h"

#include <dbtwin/proof.h>

#include <string.h>

/* ---- the second opinion: the shadow's own server ------------------------------------------ */

struct asked {
    const struct driver *driver;
    struct session *session;
    struct arena scratch; /* reset per question */
    struct err lost;      /* set once the connection is lost, or on an interrupt */
};

/*
 * The server took both texts before: one as the definition that the source gave, one it wrote
 * itself. So an error says that the question was wrong, and nothing about the texts.
 */
static int ask(void *ctx, const struct object *source, const struct object *built, unsigned slot)
{
    struct asked *q = ctx;
    const struct driver *d = q->driver;
    struct err why = ERR_INIT;
    const char *a = NULL, *b = NULL;
    if (!d->target->elaborate || err_is_set(&q->lost))
        return -1;
    arena_reset(&q->scratch);
    if (d->target->elaborate(q->session, built, slot, source->v[slot], &q->scratch, &a, &why) &&
        d->target->elaborate(q->session, built, slot, built->v[slot], &q->scratch, &b, &why))
        return strcmp(a, b) == 0;
    if (why.cls == ERR_CONNECTION || why.cls == ERR_INTERRUPTED)
        q->lost = why;
    log_debug("second opinion on %s: %s", built->name,
              err_is_set(&why) ? why.msg : "the server cannot be asked");
    return -1;
}

/* ---- telling ------------------------------------------------------------------------------- */

enum { FINDINGS_NAMED = 20 };

static void tell(struct job *j, const struct proof *p)
{
    for (size_t i = 0; i < p->absent.len; i++)
        job_event(j, LOG_WARN, "%s", VEC_AT(&p->absent, const char *, i));
    for (size_t i = 0; i < p->unsure.len && i < FINDINGS_NAMED; i++)
        job_event(j, LOG_WARN,
                  "%s; the server accepted it, but cannot say whether both mean the "
                  "same",
                  VEC_AT(&p->unsure, struct proof_finding, i).text);
    if (p->unsure.len > FINDINGS_NAMED)
        job_event(j, LOG_WARN, "%zu more are spelled differently in the same way",
                  p->unsure.len - FINDINGS_NAMED);
}

static bool fail(const struct job *j, const struct proof *p, struct err *err)
{
    const struct proof_finding *first = &VEC_AT(&p->differs, struct proof_finding, 0);
    const struct object *o = first->source ? first->source : first->built;
    if (p->differs.len == 1)
        err_set(err, ERR_RUNTIME, "what was built differs from the source: %s", first->text);
    else
        err_set(err, ERR_RUNTIME,
                "what was built differs from the source in %zu places; the first: %s",
                p->differs.len, first->text);
    for (size_t i = 1; i < p->differs.len && i < FINDINGS_NAMED; i++)
        log_debug("%s", VEC_AT(&p->differs, struct proof_finding, i).text);
    return err_hint(err,
                    "%s is as it was; if nobody changed the source's schema meanwhile, this is a "
                    "bug in dbtwin; please report it (--verbose names all places). --without %s "
                    "leaves out objects of this kind",
                    j->target_at->label, o->kind->name);
}

bool built_proof(const struct job *j, struct session *s, struct proof *ret, struct err *err)
{
    struct asked q = {.driver = j->target_at->driver, .session = s, .scratch = ARENA_INIT};
    struct proof_options o = {
        .owners = j->opt->owners, .grants = j->opt->grants, .opinion = ask, .opinion_ctx = &q};
    struct model built;
    bool ok;
    model_init(&built);
    ok = j->target_at->driver->source->introspect(s, &built, err) &&
         (!j->names || set_names_model(j->names, SET_SHADOW, SET_TARGET, &built, err)) &&
         proof_make(ret, &j->model, &built, &j->plan, &o, err);
    if (ok && err_is_set(&q.lost)) {
        proof_release(ret);
        *err = q.lost;
        ok = false;
    }
    arena_release(&q.scratch);
    model_release(&built);
    return ok;
}

bool built_prove(struct job *j, struct session *s, struct err *err)
{
    struct proof p;
    if (!built_proof(j, s, &p, err))
        return false;
    tell(j, &p);
    bool ok = !p.differs.len || fail(j, &p, err);
    proof_release(&p);
    return ok;
}
