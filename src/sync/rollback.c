#include <dbtwin/sync.h>

static bool may_roll_back(const struct endpoint *e, struct target *t, struct arena *a,
                          struct err *err)
{
    struct target_facts f;
    if (!e->driver->target_facts(t, a, &f, err))
        return false;
    if (f.mark == MARK_COPY)
        return true;
    err_set(err, ERR_REFUSED,
            f.mark == MARK_PRODUCTION ? "%s: this database bears dbtwin's production mark"
                                      : "%s was not filled by dbtwin, so there is no way back",
            e->label);
    return err_hint(err, "dbtwin(1), \"The mark\", says what the mark is");
}

bool sync_rollback(const struct endpoint *target, struct arena *a, const char **ret_kept,
                   struct err *err)
{
    const struct driver *d = target->driver;
    struct target *t = NULL;
    if (target->role == DATABASE_ROLE_PRODUCTION)
        return err_set(err, ERR_REFUSED,
                       "%s is configured with role: production and is never a target",
                       target->label);
    if (!d->target_rollback) {
        err_set(err, ERR_USAGE, "%s: earlier states are kept on PostgreSQL only", target->label);
        return err_hint(err, "restore a snapshot: dbtwin restore FILE TARGET");
    }
    bool ok = d->target_open(target, &t, err) && may_roll_back(target, t, a, err) &&
              d->target_rollback(t, a, ret_kept, err);
    if (t)
        d->target_close(t);
    return ok;
}
