#include "job.h"

static bool refuse(const struct job *j, const char *why, struct err *err)
{
    err_set(err, ERR_REFUSED, "%s: map: schemas renames schemas and cannot be combined with %s",
            j->target_at->label, why);
    return err_hint(err, "nothing was moved; copy without it and with the right to create "
                         "databases, or remove schemas from map:");
}

bool rename_fits(const struct job *j, struct err *err)
{
    if (!j->plan.renames.len)
        return true;
    if (job_strategy(j)->one_transaction)
        return refuse(j, job_strategy(j)->name, err);
    if (keep_is_wanted(j->opt))
        return refuse(j, "keeping objects of the target (--keep-table and the like)", err);
    return true;
}

bool rename_schemas(struct job *j, struct err *err)
{
    const struct vec *all = &j->plan.renames;
    if (!all->len)
        return true;
    if (j->target_at->driver->target->exec_batch(j->workers[0].target, all->items, all->len, err))
        return true;
    return err_context(err, "while renaming schemas by map: schemas");
}
