#include "job.h"

#include <string.h>

static bool refuse_not_ours(struct job *j, const struct server_facts *f,
                            const struct target_facts *t, struct err *err)
{
    const char *name = f->database;
    if (j->opt->replace) {
        if (strcmp(j->opt->replace, name) == 0)
            return true;
        err_set(err, ERR_REFUSED, "--replace names \"%s\", but the target database is \"%s\"",
                j->opt->replace, name);
        return err_hint(err, "--replace must name the database whose rows will be lost");
    }
    struct buf q = BUF_INIT;
    buf_addf(&q,
             "Database \"%s\" (%s) holds rows that dbtwin did not put there (table %s).\n"
             "Replace everything in it?",
             name, j->target_at->label, t->row_table ? t->row_table : "unknown");
    bool yes = j->opt->confirm && j->opt->confirm(j->opt->ctx, q.data);
    buf_release(&q);
    if (yes)
        return true;
    err_set(err, ERR_REFUSED,
            "%s: database \"%s\" holds rows that dbtwin did not put there (table %s)",
            j->target_at->label, name, t->row_table ? t->row_table : "unknown");
    return err_hint(err, "if they may be lost, say so: --replace %s", name);
}

static bool refuse_by_servers(struct job *j, const struct server_facts *f, struct err *err)
{
    if (job_from_archive(j))
        return true;
    if (f->database_id && j->source_facts.database_id &&
        strcmp(f->database_id, j->source_facts.database_id) == 0) {
        err_set(err, ERR_REFUSED,
                "source and target are the same database: \"%s\" on one and the same server",
                f->database);
        return err_hint(err,
                        "the servers say so themselves, whatever the two URLs look like; "
                        "check where %s really points",
                        j->target_at->label);
    }
    return true;
}

bool safety_check_target(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    if (j->target_at->role == DATABASE_ROLE_PRODUCTION) {
        err_set(err, ERR_REFUSED, "%s is configured with role: production and is never a target",
                j->target_at->label);
        return err_hint(err, "was the order meant to be the other way round? The source comes "
                             "first, the target second");
    }
    if (!d->target_facts)
        return true;
    struct server_facts f;
    struct target_facts t;
    if (d->target_server) {
        if (!d->target_server(j->target, j->arena, &f, err))
            return false;
        if (!refuse_by_servers(j, &f, err))
            return false;
    }
    if (!d->target_facts(j->target, j->arena, &t, err))
        return false;
    if (t.mark == MARK_PRODUCTION) {
        err_set(err, ERR_REFUSED, "%s: this database bears dbtwin's production mark",
                j->target_at->label);
        return err_hint(err,
                        "it is never a target; dbtwin(1), \"The mark\", says what the mark is");
    }
    if (t.mark == MARK_COPY || !t.has_rows || !d->target_server)
        return true;
    return refuse_not_ours(j, &f, &t, err);
}

/* What cannot be recreated is named, all of it, before anything moves. */
bool safety_check_plan(struct job *j, struct err *err)
{
    for (size_t i = 0; i < j->plan.left_out.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&j->plan.left_out, struct plan_refusal, i);
        job_event(j, LOG_WARN, "left out: %s %s: %s", r->kind, r->path ? r->path : "", r->why);
    }
    size_t n = j->plan.refusals.len;
    if (n == 0)
        return true;
    struct buf list = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        const struct plan_refusal *r = &VEC_AT(&j->plan.refusals, struct plan_refusal, i);
        job_event(j, LOG_ERROR, "cannot be copied: %s %s: %s", r->kind, r->path ? r->path : "",
                  r->why);
        if (i < 5)
            buf_addf(&list, "%s%s %s (%s)", i ? "; " : "", r->kind, r->path ? r->path : "", r->why);
    }
    if (n > 5)
        buf_addf(&list, "; and %zu more", n - 5);
    const char *kind = VEC_AT(&j->plan.refusals, struct plan_refusal, 0).kind;
    err_set(err, ERR_REFUSED, "%zu object%s of the source cannot be copied: %s", n,
            n == 1 ? "" : "s", list.data);
    err_hint(err,
             "nothing was moved; leave a kind out by name if the copy is still of use, for "
             "example --without %s",
             kind);
    buf_release(&list);
    return false;
}
