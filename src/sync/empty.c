#include "subset.h"

#include <dbtwin/engine.h>

bool empty_wants(const struct job *j, const struct object *table)
{
    for (size_t i = 0; j->opt->empty && j->opt->empty[i]; i++)
        if (table->kind->id == K_TABLE && table_fits(table, j->opt->empty[i]))
            return true;
    return neutralise_empties(j, table) || subset_empties(j, table);
}

/* MySQL and MariaDB take foreign keys over rows unseen, so nobody else would notice. PostgreSQL
 * looks at the rows, and a key that is NULL everywhere is fine there. */
static bool check_keys(struct job *j, struct err *err)
{
    if (engine_of(j->model.flavor)->checks_keys)
        return true;
    for (size_t i = 0; i < j->model.deps.len; i++) {
        const struct dependency *d = &VEC_AT(&j->model.deps, struct dependency, i);
        const struct object *from = model_top(d->from), *to = model_top(d->to);
        if (d->from->kind->id != K_FOREIGN_KEY || from == to || !empty_wants(j, to) ||
            empty_wants(j, from))
            continue;
        err_set(err, ERR_USAGE,
                "--truncate: rows of %s would refer to nothing: foreign key %s to %s", from->name,
                d->from->name, to->name);
        return err_hint(err, "leave out its rows as well: --truncate %s", from->name);
    }
    return true;
}

/* A misspelt name would carry to staging what must not go there. */
bool empty_check(struct job *j, struct err *err)
{
    for (size_t p = 0; j->opt->empty && j->opt->empty[p]; p++) {
        size_t n = 0;
        for (uint32_t i = 0; i < j->model.n_objects; i++) {
            const struct object *o = j->model.objects[i];
            if (o->kind->id != K_TABLE || !table_holds_rows(&j->model, o) ||
                !table_fits(o, j->opt->empty[p]))
                continue;
            struct buf path = BUF_INIT;
            model_path(o, &path);
            if (!keep_is_kept(j, o))
                job_event(j, LOG_INFO, "arrives empty: %s", path.data);
            buf_release(&path);
            n++;
        }
        if (n && j->opt->fits)
            j->opt->fits(j->opt->ctx, j->opt->empty[p]);
        if (n || j->opt->of_set)
            continue;
        err_set(err, ERR_USAGE, "--truncate %s: %s has no such table that holds rows",
                j->opt->empty[p], j->source->label);
        return err_hint(err,
                        "tables are named as in reports: public.sessions, or sessions on MySQL "
                        "and MariaDB");
    }
    return check_keys(j, err);
}
