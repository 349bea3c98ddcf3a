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
             "database \"%s\" (%s) holds rows that dbtwin did not put there (table %s)%s; the "
             "copy replaces all of them",
             name, j->target_at->label, t->row_table ? t->row_table : "unknown",
             t->mark == MARK_ELSEWHERE ? SAFETY_ELSEWHERE : "");
    bool yes = j->opt->confirm && j->opt->confirm(j->opt->ctx, q.data, name);
    buf_release(&q);
    if (log_cancelled())
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    if (yes)
        return true;
    err_set(err, ERR_REFUSED,
            "%s: database \"%s\" holds rows that dbtwin did not put there (table %s)%s",
            j->target_at->label, name, t->row_table ? t->row_table : "unknown",
            t->mark == MARK_ELSEWHERE ? SAFETY_ELSEWHERE : "");
    return err_hint(err, "if they may be lost, say so: --replace %s", name);
}

/* "id@start/oid" without its "@start": a standby and its primary have all but that in common. */
static bool same_but_for_start(const char *a, const char *b)
{
    size_t n = strcspn(a, "@");
    const char *x = strrchr(a, '/'), *y = strrchr(b, '/');
    return a[n] && n == strcspn(b, "@") && strncmp(a, b, n) == 0 && x && y && strcmp(x, y) == 0;
}

bool safety_same_database(const struct server_facts *a, const struct server_facts *b)
{
    if (!a->database_id || !b->database_id)
        return false;
    if (strcmp(a->database_id, b->database_id) == 0)
        return true;
    return (a->standby || b->standby) && same_but_for_start(a->database_id, b->database_id);
}

static bool refuse_by_servers(struct job *j, const struct server_facts *f, struct err *err)
{
    if (job_from_archive(j))
        return true;
    if (safety_same_database(f, &j->source_facts)) {
        err_set(err, ERR_REFUSED,
                "source and target are the same database: \"%s\" on one and the same server%s",
                f->database, j->source_facts.standby ? " (the source is its standby)" : "");
        return err_hint(err,
                        "the servers say so themselves, whatever the two URLs look like; "
                        "check where %s really points",
                        j->target_at->label);
    }
    return true;
}

bool safety_check_role(const struct job *j, struct err *err)
{
    if (j->target_at->role != DATABASE_ROLE_PRODUCTION)
        return true;
    err_set(err, ERR_REFUSED, "%s is configured with role: production and is never a target",
            j->target_at->label);
    return err_hint(err, "did you mean the other order? The source comes first, the target second");
}

/* A name with a slip of the pen is no wish for another database. */
static bool refuse_absent(const struct job *j, const struct server_facts *f, struct err *err)
{
    err_set(err, ERR_REFUSED, "%s: there is no database \"%s\" on that server", j->target_at->label,
            f->database ? f->database : "");
    return err_hint(err, "with --create the copy makes it (or create: true at its name in the "
                         "config)");
}

bool safety_check_target(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    if (!d->live)
        return true;
    struct server_facts f;
    struct target_facts t;
    if (d->live) {
        if (!d->target->server(j->target, j->arena, &f, err))
            return false;
        if (!refuse_by_servers(j, &f, err))
            return false;
    }
    if (!d->target->facts(j->target, j->arena, &t, err))
        return false;
    if (d->live && t.exists &&
        !production_check(j->opt, job_from_archive(j) ? NULL : j->source, j->target_at, &f,
                          j->arena, err))
        return false;
    if (d->live && !t.exists && !j->opt->create)
        return refuse_absent(j, &f, err);
    if (t.mark == MARK_PRODUCTION) {
        err_set(err, ERR_REFUSED, "%s: this database bears dbtwin's production mark",
                j->target_at->label);
        return err_hint(
            err, "it is never a target; dbtwin-concepts(7), \"The mark\", says what the mark is");
    }
    if (t.mark_is_old)
        job_event(
            j, LOG_WARN,
            "%s: the mark does not say which database it was written for, like those of earlier "
            "versions of dbtwin; it is taken to be for this one, and the copy will record that",
            j->target_at->label);
    if (t.mark == MARK_COPY || !t.has_rows || !d->live)
        return true;
    return refuse_not_ours(j, &f, &t, err);
}

static void add_refusal(const struct plan_refusal *r, struct buf *out)
{
    buf_addf(out, "%s%s%s", r->kind, r->path ? " " : "", r->path ? r->path : "");
}

static void tell_refusals(struct job *j)
{
    for (size_t i = 0; i < j->plan.refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&j->plan.refusals, struct plan_refusal, i);
        struct buf name = BUF_INIT;
        add_refusal(r, &name);
        job_event(j, LOG_ERROR, "cannot be copied: %s: %s", name.data, r->why);
        buf_release(&name);
    }
}

/* As many, or as long, as the error can hold; cron's mail is then one paragraph. */
enum { FEW_REFUSALS = 5, SHORT_LIST = 1600 };

/* What could not be read is a refusal without an object, and says by which statement it can be. */
bool safety_wants_right(const struct plan_refusal *r)
{
    return !r->object && (strstr(r->why, "GRANT ") || strstr(r->why, "ALTER ROLE "));
}

/* What cannot be recreated is named, all of it, before anything moves. */
bool safety_check_plan(struct job *j, struct err *err)
{
    for (size_t i = 0; i < j->plan.left_out.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&j->plan.left_out, struct plan_refusal, i);
        job_event(j, LOG_WARN, "left out: %s%s%s: %s", r->kind, r->path ? " " : "",
                  r->path ? r->path : "", r->why);
    }
    size_t n = j->plan.refusals.len;
    if (n == 0)
        return true;
    struct buf list = BUF_INIT;
    size_t rights = 0, follow = 0;
    for (size_t i = 0; i < n; i++) {
        const struct plan_refusal *r = &VEC_AT(&j->plan.refusals, struct plan_refusal, i);
        rights += safety_wants_right(r);
        follow += r->object && str_ends(r->why, PLAN_UNREAD);
        if (i >= FEW_REFUSALS)
            continue;
        buf_adds(&list, i ? "; " : "");
        add_refusal(r, &list);
        buf_addf(&list, " (%s)", r->why);
    }
    if (n > FEW_REFUSALS || list.len > SHORT_LIST)
        tell_refusals(j);
    if (n > FEW_REFUSALS)
        buf_addf(&list, "; and %zu more", n - FEW_REFUSALS);
    const char *kind = VEC_AT(&j->plan.refusals, struct plan_refusal, 0).kind;
    err_set(err, rights && rights + follow == n ? ERR_DENIED : ERR_REFUSED,
            "%zu object%s of the source cannot be copied: %s", n, n == 1 ? "" : "s", list.data);
    err_hint(err,
             "nothing was copied; dbtwin preflight says what would help; to copy without this kind "
             "of object: --without %s, without one object: --without %s:NAME",
             kind, kind);
    buf_release(&list);
    return false;
}

/* ---- roles ------------------------------------------------------------------------------- */

struct roles {
    struct map there; /* name → itself */
    struct buf missing;
    size_t n;
};

static void tell_role(const struct object *o, const char *property, safety_role_fn *fn, void *ctx)
{
    int slot = kind_prop(o->kind, property);
    const char *name = slot >= 0 ? model_get(o, slot) : NULL;
    /* The role that initdb gives public to stands where it is needed (postgres_is_initdbs). */
    bool initial = o->kind->id == K_SCHEMA && model_yes(o, P_SCHEMA_INITIAL_OWNER);
    if (name && strcmp(name, "PUBLIC") != 0 && !(initial && str_eq(name, "pg_database_owner")))
        fn(ctx, name, strcmp(property, "owner") == 0);
}

void safety_each_role(const struct job *j, safety_role_fn *fn, void *ctx)
{
    for (size_t i = 0; i < j->plan.steps.len; i++) {
        const struct object *o = VEC_AT(&j->plan.steps, struct step, i).object;
        if (!o || o->kind->id == K_DATABASE)
            continue;
        /* An extension is its maker's: no statement gives it to another. */
        if (j->opt->owners && o->kind->id != K_EXTENSION)
            tell_role(o, "owner", fn, ctx);
        if (j->opt->grants && (o->kind->id == K_GRANT || o->kind->id == K_DEFAULT_PRIVILEGE)) {
            tell_role(o, "grantee", fn, ctx);
            tell_role(o, "grantor", fn, ctx);
            tell_role(o, "role", fn, ctx);
        }
    }
}

static void need_role(void *ctx, const char *name, bool owner)
{
    struct roles *r = ctx;
    (void)owner;
    if (map_get(&r->there, name, strlen(name)))
        return;
    map_put(&r->there, name, strlen(name), (void *)(uintptr_t)name); /* named once */
    if (r->n++ < 10)
        buf_addf(&r->missing, "%s%s", r->n > 1 ? ", " : "", name);
    else if (r->n == 11)
        buf_adds(&r->missing, ", …");
}

/* Roles belong to the server and are not copied: found out now, not after hours of loading. */
bool safety_check_roles(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    struct roles r = {MAP_INIT, BUF_INIT, 0};
    struct vec names = VEC_INIT(const char *);
    if (!d->target->roles || (!j->opt->owners && !j->opt->grants))
        return true;
    bool ok = d->target->roles(j->target, j->arena, &names, err);
    for (size_t i = 0; ok && i < names.len; i++) {
        const char *name = VEC_AT(&names, const char *, i);
        map_put(&r.there, name, strlen(name), (void *)(uintptr_t)name);
    }
    if (ok)
        safety_each_role(j, need_role, &r);
    if (ok && r.n) {
        ok = err_set(err, ERR_REFUSED, "%s has no role %s", j->target_at->label, r.missing.data);
        err_hint(err, "nothing was copied; CREATE ROLE there, or leave out owners and privileges: "
                      "--no-owners --no-grants");
    }
    map_release(&r.there);
    buf_release(&r.missing);
    vec_release(&names);
    return ok;
}
